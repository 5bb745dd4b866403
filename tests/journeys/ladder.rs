//! Promises that are not kept: a lead nobody accepts goes to somebody else once, then the steps of the route's `then`,
//! each once, quiet outside hours, and over a restart.

use jiff::Timestamp;
use leadgate::desk::Act;
use leadgate::desk::view::List;
use leadgate::lead::{HandoffState, LeadId, Waits};

use super::far_side::Feed;
use super::people::roofs;
use super::room::{MINUTE, ROOFER, Room, source};
use super::script::{Script, ScriptedServer};

/// A second person of the team, and who is told.
const BEN: &str = "\n[person.ben]\nname = \"Ben Adler\"\nteam = \"berlin\"\nemail = \"ben@dach.example\"\n";

fn business(more: &str) -> String {
    let ops = ROOFER
        .replace("Mo-Fr 08:00-17:00", "Mo-Fr 08:00-17:00; PH off")
        .replace("[business]", "[business]\nops = [\"ops@dach.example\"]");
    ops.replace("[team.berlin]", "[team.berlin]\nlead = \"anna\"") + more
}

fn route(keys: &str) -> String {
    format!("\n[route.default]\nto = [\"mail\"]\nanswer_within = \"1h\"\n{keys}\n")
}

struct Play {
    room: Room,
    server: ScriptedServer,
    text: String,
    _web: Feed,
}

async fn play(leads: usize, more: &str, keys: &str) -> Play {
    let server = ScriptedServer::start(vec![Script::new()]).await;
    let web = Feed::of(roofs(leads)).await;
    let mail = format!(
        "\n[destination.mail]\nsmtp = \"smtp+plain://127.0.0.1:{}\"\nfrom = \"Leads <leads@dach.example>\"\n",
        server.address.port()
    );
    let text = [&business(more), &source("web", &web.url()), &mail, &route(keys)].map(String::as_str).concat();
    let room = Room::open(&text).await;
    Play { room, server, text, _web: web }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Subjects of the letters to an address, handoffs aside.
fn letters(server: &ScriptedServer, to: &str) -> Vec<String> {
    let line = |message: &str, head: &str| {
        message.lines().find_map(|line| line.strip_prefix(head).map(str::to_owned)).unwrap_or_default()
    };
    let all = server.messages();
    let notices = all.iter().filter(|one| line(one, "Message-ID: ").contains("notice"));
    notices.filter(|one| line(one, "To: ").contains(to)).map(|one| line(one, "Subject: ")).collect()
}

async fn story(room: &Room, lead: LeadId) -> Vec<String> {
    room.detail(lead).await.timeline.into_iter().rev().map(|event| event.text).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_nobody_accepts_goes_to_somebody_else_once_and_its_clock_goes_on() {
    let Play { room, server, .. } = play(1, BEN, "acknowledge_within = \"20m\"").await;
    room.pass().await;
    let first = room.handoff().await;
    let (owner, by) = (first.person.clone(), first.answer_by);
    room.pass_after(MINUTE * 19).await;
    assert_eq!(room.handoff().await.person, owner, "the time to accept is not over");
    room.pass_after(MINUTE * 2).await;
    let second = room.handoff().await;
    assert_ne!(second.person, owner);
    assert_eq!((second.round, second.state), (2, HandoffState::Accepted));
    assert_eq!(second.answer_by, by, "giving it to somebody else never restarts the clock");
    assert_eq!((room.open_of(&owner).await, room.open_of(&second.person).await), (0, 1));
    assert_eq!(letters(&server, &format!("{owner}@")).len(), 1, "the first owner is told to leave it");

    room.pass_after(MINUTE * 30).await;
    assert_eq!(room.handoff().await.person, second.person, "back to the pool once");
    let told = story(&room, second.lead).await;
    assert_eq!(told.iter().filter(|text| text.contains("nobody accepted it in time")).count(), 1, "{told:#?}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_accepts_or_has_nobody_beside_them_keeps_it() {
    let Play { room, .. } = play(1, BEN, "acknowledge_within = \"20m\"").await;
    room.pass().await;
    let first = room.handoff().await;
    room.did(Act::Accept(first.lead)).await;
    room.pass_after(MINUTE * 25).await;
    assert_eq!(room.handoff().await.id, first.id);
    room.end().await;

    let Play { room, server, .. } = play(1, "", "acknowledge_within = \"20m\"").await;
    room.pass().await;
    let first = room.handoff().await;
    room.pass_after(MINUTE * 25).await;
    assert_eq!(room.handoff().await.id, first.id);
    let told = story(&room, first.lead).await;
    assert!(told.iter().any(|text| text.contains("nobody else has room: it stays with Anna Berg")), "{told:#?}");
    assert!(letters(&server, "@").is_empty());
    room.end().await;
}

const ALL: &str = "then = [\"remind owner\", \"team lead after 30m\", \"reassign after 1h\", \"ops after 90m\"]";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_is_taken_once_over_a_restart_and_quiet_outside_hours() {
    let Play { room, server, text, .. } = play(1, BEN, ALL).await;
    // Monday 16:30: an hour of working time ends on Tuesday at 8:30.
    room.clock.set(at("2026-11-23T15:30:00Z"));
    room.pass().await;
    let first = room.handoff().await;
    assert_eq!(first.answer_by, Some(at("2026-11-24T07:30:00Z")));
    assert!(room.desk.handoffs(10).await.unwrap()[0].next.contains("remind"), "{first:#?}");
    for night in ["2026-11-23T17:00:00Z", "2026-11-24T02:00:00Z", "2026-11-24T07:29:00Z"] {
        room.clock.set(at(night));
        room.pass().await;
    }
    assert!(letters(&server, "@").is_empty(), "nobody is called at night");
    room.clock.set(at("2026-11-24T07:31:00Z"));
    room.pass().await;
    room.pass().await;
    let owner = format!("{}@", first.person);
    assert_eq!(letters(&server, &owner).len(), 1, "the owner is reminded once");

    let room = room.restart(&text).await;
    room.pass_after(MINUTE).await;
    assert_eq!(letters(&server, &owner).len(), 1, "and not again after a restart");
    room.clock.set(at("2026-11-24T08:01:00Z"));
    room.pass().await;
    room.clock.set(at("2026-11-24T08:31:00Z"));
    room.pass().await;
    let second = room.handoff().await;
    assert_ne!(second.person, first.person);
    assert_eq!(second.answer_by, first.answer_by);
    room.clock.set(at("2026-11-24T09:01:00Z"));
    room.pass().await;
    assert_eq!(letters(&server, "ops@").len(), 1);
    assert_eq!(letters(&server, "ops@")[0], format!("[{}] Lead {} is not answered", second.token, second.lead));
    let told = story(&room, first.lead).await;
    for words in ["Anna Berg is told", "is reminded", "given to", "operations are told", "the time to answer is over"] {
        assert_eq!(
            told.iter().filter(|text| text.contains(words)).count(),
            if words == "given to" { 2 } else { 1 },
            "{words} {told:#?}"
        );
    }
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_ends_the_ladder_and_many_reminders_are_one_letter() {
    let Play { room, server, .. } = play(5, "", "then = [\"remind owner\", \"ops after 30m\"]").await;
    room.pass().await;
    let leads = room.rows(List::Open).await;
    room.did(Act::Contacted { lead: leads[0].lead.unwrap(), at: None }).await;
    room.pass_after(MINUTE * 61).await;
    assert_eq!(letters(&server, "anna@"), ["4 leads need you"]);
    for lead in &leads {
        if room.detail(lead.lead.unwrap()).await.handoffs[0].first_at.is_none() {
            room.did(Act::Contacted { lead: lead.lead.unwrap(), at: None }).await;
        }
    }
    room.pass_after(MINUTE * 60).await;
    assert!(letters(&server, "ops@").is_empty(), "all were answered before");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_answered_is_asked_once_how_it_ended() {
    let Play { room, server, .. } = play(2, "", "outcome_within = \"3 days\"").await;
    room.pass().await;
    let leads: Vec<LeadId> = room.rows(List::Open).await.into_iter().filter_map(|row| row.lead).collect();
    for lead in &leads {
        room.did(Act::Contacted { lead: *lead, at: None }).await;
    }
    assert_eq!(room.desk.handoffs(10).await.unwrap()[0].next, "answered; outcome by Thu 09:00");
    room.did(Act::Won { lead: leads[0], value: None }).await;
    // Thursday 8:30, then 9:00 and a minute.
    room.clock.set(at("2026-11-26T07:30:00Z"));
    room.pass().await;
    assert!(letters(&server, "anna@").is_empty(), "its time is not over");
    room.clock.set(at("2026-11-26T08:01:00Z"));
    room.pass().await;
    room.pass_after(MINUTE * 60).await;
    let asked = letters(&server, "anna@");
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].ends_with(&format!("Lead {}: how did it end?", leads[1])), "{asked:?}");
    let told = story(&room, leads[1]).await;
    assert!(told.iter().any(|text| text == "nobody has said how it ended: Anna Berg is asked"), "{told:#?}");
    assert!(!story(&room, leads[0]).await.iter().any(|text| text.contains("how it ended")), "that one was won");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_stops_the_time_to_the_outcome() {
    let Play { room, server, .. } = play(1, "", "outcome_within = \"3 days\"").await;
    room.pass().await;
    let lead = room.only(List::Open).await.lead.unwrap();
    room.did(Act::Contacted { lead, at: None }).await;
    let by = async || room.handoff().await.next;
    assert_eq!(by().await, "answered; outcome by Thu 09:00");
    let pause = |until: &str| {
        let reason = "waits for the grant".to_owned();
        Act::PauseClock { lead, waits: Waits::Customer, until: at(until), reason }
    };
    // Tuesday 9:00 to Wednesday 15:00, taken back at once; then again, and ended on Wednesday at 9:00.
    room.clock.set(at("2026-11-24T08:00:00Z"));
    room.did(pause("2026-11-25T14:00:00Z")).await;
    room.clock.advance(MINUTE);
    room.did(Act::Undo).await;
    assert_eq!(by().await, "answered; outcome by Thu 09:00", "as if it had never been");
    room.clock.set(at("2026-11-24T08:00:00Z") + MINUTE * 2);
    room.did(pause("2026-11-25T14:00:00Z")).await;
    room.clock.set(at("2026-11-25T08:00:00Z") + MINUTE * 2);
    room.did(Act::ResumeClock(lead)).await;
    assert_eq!(by().await, "answered; outcome by Fri 09:00", "a day was paused");
    // One that is over by itself: Thursday 9:00 to 11:00. Nobody is asked before the rest of the time has gone by.
    room.clock.set(at("2026-11-26T08:00:00Z"));
    room.did(pause("2026-11-26T10:00:00Z")).await;
    for early in ["2026-11-26T09:00:00Z", "2026-11-27T08:30:00Z", "2026-11-27T09:59:00Z"] {
        room.clock.set(at(early));
        room.pass().await;
        assert!(letters(&server, "anna@").is_empty(), "{early}");
    }
    assert_eq!(by().await, "answered; outcome by Fri 11:00");
    room.clock.set(at("2026-11-27T10:01:00Z"));
    room.pass().await;
    assert_eq!(letters(&server, "anna@").len(), 1);

    // Nor is somebody asked whose time ran out over night, and who says in the morning that it waits.
    let Play { room, server, .. } = play(1, "", "outcome_within = \"12 hours\"").await;
    room.pass().await;
    let lead = room.only(List::Open).await.lead.unwrap();
    room.did(Act::Contacted { lead, at: None }).await;
    room.clock.set(at("2026-11-24T07:00:00Z"));
    let reason = "waits for the grant".to_owned();
    let until = at("2026-11-25T08:00:00Z");
    room.did(Act::PauseClock { lead, waits: Waits::Customer, until, reason }).await;
    room.pass().await;
    assert!(letters(&server, "anna@").is_empty());
    room.clock.set(until);
    room.pass().await;
    assert_eq!(letters(&server, "anna@").len(), 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_follow_a_plan_and_a_return_has_its_window_and_its_proof() {
    let keys = "try_again_after = \"2h\"\ntries = 2\nreturn_within = \"2 days\"\nreturn_proof = true";
    let Play { room, server: _server, .. } = play(1, "", keys).await;
    room.pass().await;
    let lead = room.only(List::Open).await.lead.unwrap();
    let done = room.did(Act::NoAnswer(lead)).await;
    assert!(done.sentence.ends_with("no answer: try 1 of 2; the next is due Mon 11:00"), "{}", done.sentence);
    assert_eq!(room.handoff().await.next, "try 2 at Mon 11:00");
    room.clock.advance(MINUTE * 121);
    assert_eq!(room.handoff().await.next, "try 2 is due since Mon 11:00");
    let done = room.did(Act::NoAnswer(lead)).await;
    assert!(done.sentence.ends_with("try 2 of 2; that was the last one planned"), "{}", done.sentence);
    room.did(Act::Undo).await;
    assert_eq!(room.handoff().await.next, "try 2 is due since Mon 11:00", "taken back, it is due again");
    room.did(Act::Contacted { lead, at: None }).await;
    assert!(!room.handoff().await.next.starts_with("try"));

    let back = |note: &str| Act::Return { lead, code: leadgate::lead::Code::ReturnArea, note: note.into() };
    let said = room.refused(back(" ")).await;
    assert!(said.contains("needs a note that shows its reason"), "{said}");
    room.clock.set(at("2026-11-25T08:01:00Z"));
    let said = room.refused(back("their roof is in Hamburg")).await;
    assert!(said.contains("could be returned until Wed 09:00") && said.contains("return_within"), "{said}");
    room.clock.set(at("2026-11-25T08:00:00Z"));
    room.did(back("their roof is in Hamburg")).await;
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ladder_rests_over_a_weekend_and_a_public_holiday() {
    let Play { room, server, .. } = play(1, "", "then = [\"remind owner after 30m\"]").await;
    let hours = room.config.teams["berlin"].hours.clone();
    // Thursday before Good Friday 2027, half an hour before the end of the day.
    room.clock.set(at("2027-03-25T15:30:00Z"));
    room.pass().await;
    let handoff = room.handoff().await;
    assert_eq!(handoff.answer_by, hours.add(at("2027-03-25T15:30:00Z"), MINUTE * 60));
    let due = hours.add(handoff.answer_by.unwrap(), MINUTE * 30).unwrap();
    assert_eq!(due, at("2027-03-30T07:00:00Z"), "the Tuesday after Easter, an hour into the day, in summer time");
    for quiet in ["2027-03-26T10:00:00Z", "2027-03-27T10:00:00Z", "2027-03-29T10:00:00Z", "2027-03-30T06:59:00Z"] {
        room.clock.set(at(quiet));
        room.pass().await;
        assert!(letters(&server, "anna@").is_empty(), "{quiet}");
    }
    room.clock.set(due);
    room.pass().await;
    assert_eq!(letters(&server, "anna@").len(), 1);
    room.end().await;
}
