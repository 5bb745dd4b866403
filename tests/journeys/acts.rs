//! What people do, through the desk that the console and the command line share: what an act changes, what
//! its undo gives back, and the sentence of every refusal.

use jiff::{SignedDuration, Timestamp};
use leadgate::desk::view::{Ask, List};
use leadgate::desk::{Act, Desk as _};
use leadgate::lead::{Answer, Code, Criterion, HandoffId, HandoffState, LeadId, Stage};
use serde_json::json;

use super::far_side::{Create, Desk, Feed, desk_at};
use super::people::{roof, roofs, with};
use super::room::{MINUTE, ROOFER, Room, route, source};

const BEN: &str = "\n[person.ben]\nname = \"Ben Adler\"\nteam = \"berlin\"\nemail = \"ben@dach.example\"\n";
const ONE_OPEN: &str = "\n[cap.crew-open]\nteam = \"berlin\"\nmax = 1\nper = \"open\"\n";

struct Play {
    room: Room,
    desk: Desk,
    web: Feed,
}

async fn play(leads: Vec<serde_json::Value>, more: &str) -> Play {
    let (web, desk) = (Feed::of(leads).await, Desk::start().await);
    let text = [ROOFER, &source("web", &web.url()), &desk_at("desk", &desk.url()), more, &route(&["desk"])];
    let room = Room::open(&text.concat()).await;
    room.pass().await;
    Play { room, desk, web }
}

async fn lead_of(room: &Room) -> LeadId {
    room.only(List::Open).await.lead.unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepting_stops_the_acknowledge_clock_and_can_be_taken_back() {
    let Play { room, .. } = play(roofs(1), "").await;
    let lead = lead_of(&room).await;
    let said = room.did(Act::Accept(lead)).await.sentence;
    assert_eq!(said, "You take Person 1");
    assert!(room.only(List::Open).await.acknowledged && room.handoff().await.ack_at.is_some());
    let again = room.did(Act::Accept(lead)).await;
    assert!(!again.can_undo && again.sentence.contains("already"), "{again:?}");
    room.did(Act::Undo).await;
    assert!(!room.only(List::Open).await.acknowledged);
    assert_eq!(room.refused(Act::Undo).await, "there is nothing of yours to take back");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_stops_the_clock_and_lets_the_next_one_out_and_its_undo_takes_the_place_again() {
    for cap in [ONE_OPEN, "\n[person.ben]\nteam = \"berlin\"\nhours = \"off\"\n"] {
        let text = if cap == ONE_OPEN {
            ROOFER.to_owned()
        } else {
            ROOFER.replace("email = \"anna@dach.example\"", "email = \"anna@dach.example\"\nopen_at_most = 1")
        };
        let (web, desk) = (Feed::of(roofs(3)).await, Desk::start().await);
        let parts = [text.as_str(), &source("web", &web.url()), &desk_at("desk", &desk.url()), cap, &route(&["desk"])];
        let room = Room::open(&parts.concat()).await;
        let pass = room.pass().await;
        assert_eq!((pass.sent, pass.held), (1, 2), "{cap} {pass:#?}");
        let first = lead_of(&room).await;

        room.did(Act::Contacted { lead: first, at: None }).await;
        let handoff = room.handoff().await;
        assert_eq!(
            (handoff.state, handoff.first_at, handoff.ack_at),
            (HandoffState::Tracking, Some(room.now()), Some(room.now()))
        );
        assert_eq!(room.open_of("anna").await, 0);
        room.did(Act::Undo).await;
        let handoff = room.handoff().await;
        assert_eq!((handoff.state, handoff.first_at, handoff.ack_at), (HandoffState::Accepted, None, None));
        assert_eq!(room.open_of("anna").await, 1);
        assert_eq!(room.pass_after(MINUTE).await.sent, 0, "its place is taken again");

        room.did(Act::NoAnswer(first)).await;
        let pass = room.pass_after(MINUTE).await;
        assert_eq!((pass.sent, pass.held), (1, 1), "{pass:#?}");
        // Taken back now, there are two open where one is allowed; nobody new comes until both are answered.
        room.did(Act::Undo).await;
        assert_eq!(room.open_of("anna").await, 2);
        assert_eq!(room.pass_after(MINUTE).await.sent, 0);
        room.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_end_closes_and_its_undo_opens_it_as_it_was() {
    let Play { room, desk, .. } = play(roofs(2), ONE_OPEN).await;
    let lead = lead_of(&room).await;
    for (act, code, words) in [
        (Act::Won { lead, value: Some(1_250_000) }, Code::Won, "12,500 EUR"),
        (Act::Lost { lead, code: Code::Price }, Code::Price, "expensive"),
        (Act::Return { lead, code: Code::ReturnArea, note: "in Hamburg".into() }, Code::ReturnArea, "area"),
    ] {
        let said = room.did(act).await.sentence;
        assert!(said.contains(words), "{said}");
        let row = room.only(List::Closed).await;
        assert_eq!((row.lead, row.stage, row.codes), (Some(lead), Some(Stage::Closed), vec![code]));
        assert_eq!(room.open_of("anna").await, 0);
        room.sound().await;
        room.did(Act::Undo).await;
        assert!(room.rows(List::Closed).await.is_empty());
        let handoff = room.handoff().await;
        assert_eq!((handoff.lead, handoff.state), (lead, HandoffState::Accepted));
        assert_eq!((room.open_of("anna").await, room.used("crew-open").await), (1, 1));
        assert_eq!(room.pass_after(MINUTE).await.sent, 0, "its place is taken again");
        room.sound().await;
    }
    room.did(Act::Contacted { lead, at: None }).await;
    room.did(Act::Won { lead, value: None }).await;
    room.did(Act::Undo).await;
    assert_eq!(room.handoff().await.state, HandoffState::Tracking, "answered it stays");
    assert_eq!(room.open_of("anna").await, 0);
    assert_eq!(room.pass_after(MINUTE).await.sent, 1);
    assert_eq!(desk.tickets().len(), 2);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_before_it_was_sent_is_never_sent_and_its_undo_queues_it_again() {
    let Play { room, desk, web } = play(vec![], "").await;
    desk.always(Some(Create::Refuse(401, "expired")));
    web.add(roofs(1));
    room.pass_after(MINUTE * 2).await;
    let lead = lead_of(&room).await;
    assert_eq!(room.handoff().await.state, HandoffState::Queued);
    room.did(Act::Lost { lead, code: Code::NoInterest }).await;
    desk.always(None);
    assert_eq!(room.pass_after(MINUTE * 20).await.sent, 0);
    assert_eq!((desk.tickets().len(), room.new_of("anna").await), (0, 0));
    room.sound().await;
    room.did(Act::Undo).await;
    let pass = room.pass_after(MINUTE).await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_of_one_in_doubt_taken_back_is_in_doubt_again() {
    let Play { room, desk, web } = play(vec![], "").await;
    desk.next([Create::TooLate]);
    desk.blind(Some(500));
    web.add(roofs(1));
    for _ in 0..5 {
        room.pass_after(MINUTE * 10).await;
    }
    let lead = lead_of(&room).await;
    assert_eq!(room.handoff().await.code, Some(Code::Unknown));
    room.did(Act::Lost { lead, code: Code::NoInterest }).await;
    room.did(Act::Undo).await;
    assert_eq!(room.handoff().await.state, HandoffState::NeedsPerson);
    assert_eq!(room.open_of("anna").await, 1);
    assert_eq!(room.pass_after(MINUTE).await.sent, 0);
    assert_eq!((desk.posts(), desk.tickets().len()), (1, 1), "not sent again by itself");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_decides_again_and_its_undo_puts_everything_back() {
    let unclear = with(roof(1), &[("service", json!("Guten Tag"))]);
    let Play { room, .. } = play(vec![unclear], "").await;
    let row = room.only(List::Open).await;
    let lead = row.lead.unwrap();
    assert_eq!((row.stage, row.service.as_str()), (Some(Stage::Review), "?"));
    let said = room.did(Act::Edit { lead, field: "need".into(), value: "a new roof".into() }).await.sentence;
    assert!(said.contains("held"), "{said}");
    assert_eq!(room.only(List::Held).await.service, "Roof");
    room.did(Act::Undo).await;
    let row = room.only(List::Open).await;
    assert_eq!((row.stage, row.service.as_str(), row.score), (Some(Stage::Review), "?", row.score));
    assert_eq!(room.detail(lead).await.contact.need, "Guten Tag");

    room.did(Act::Edit { lead, field: "service".into(), value: "roof".into() }).await;
    room.did(Act::Undo).await;
    assert_eq!(room.only(List::Open).await.service, "?");
    room.did(Act::Edit { lead, field: "service".into(), value: "roof".into() }).await;
    assert_eq!(room.pass_after(MINUTE).await.sent, 1);
    let refused = room.refused(Act::Undo).await;
    assert!(refused.contains("changed meanwhile"), "it is out now: {refused}");
    room.did(Act::Edit { lead, field: "phone".into(), value: "030 901820".into() }).await;
    assert_eq!(room.detail(lead).await.contact.phone.as_deref(), Some("+4930901820"));
    assert_eq!(room.only(List::Open).await.stage, Some(Stage::Out));
    room.did(Act::Undo).await;
    assert_eq!(room.detail(lead).await.contact.phone.as_deref(), Some("+4930231000001"));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_lead_edited_and_taken_back_waits_where_it_waited() {
    let solar = "\n[service.solar]\nwords = [\"solar\"]\n\n[service.solar.criteria]\nanywhere = true\nanybody = true\ntiming.unknown = \"pass\"\n\
                 region.unknown = \"pass\"\n\n[team.sun]\nservices = [\"solar\"]\n\n[person.sol]\nname = \"Sol\"\n\
                 team = \"sun\"\nemail = \"sol@dach.example\"\n\n[cap.closed]\nteam = \"berlin\"\nmax = 0\nper = \"day\"\n";
    let (web, desk) = (Feed::of(roofs(1)).await, Desk::start().await);
    let both = source("web", &web.url()).replace("services = [\"roof\"]", "services = [\"roof\", \"solar\"]");
    let room = Room::open(&[ROOFER, &both, &desk_at("desk", &desk.url()), solar, &route(&["desk"])].concat()).await;
    assert_eq!(room.pass().await.held, 1);
    let lead = room.only(List::Held).await.lead.unwrap();
    room.did(Act::Edit { lead, field: "service".into(), value: "solar".into() }).await;
    room.did(Act::Undo).await;
    assert_eq!(room.only(List::Held).await.service, "Roof");
    let pass = room.pass_after(MINUTE).await;
    assert_eq!((pass.sent, pass.held), (0, 1), "roofs are closed: {pass:#?}");
    room.did(Act::Edit { lead, field: "service".into(), value: "solar".into() }).await;
    assert_eq!(room.pass_after(MINUTE).await.sent, 1);
    assert_eq!(room.handoff().await.person, "sol");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_of_a_person_settles_a_review() {
    let far = ROOFER
        .replace("anywhere = true\n", "")
        .replace("region.unknown = \"pass\"", "region = { postal_codes = [\"10000-14199\"], unknown = \"review\" }");
    let (web, desk) = (Feed::of(vec![with(roof(1), &[("postal_code", json!(""))])]).await, Desk::start().await);
    let text = [far, source("web", &web.url()), desk_at("desk", &desk.url()), route(&["desk"])];
    let room = Room::open(&text.concat()).await;
    room.pass().await;
    let row = room.only(List::Open).await;
    let lead = row.lead.unwrap();
    assert_eq!(row.stage, Some(Stage::Review), "{row:?}");
    let said = room.did(Act::Decide { lead, criterion: Criterion::Region, answer: Answer::Unmet }).await.sentence;
    assert!(said.contains("disqualified"), "{said}");
    assert_eq!(room.only(List::Rejected).await.lead, Some(lead));
    room.did(Act::Undo).await;
    assert_eq!(room.only(List::Open).await.stage, Some(Stage::Review));
    room.did(Act::Decide { lead, criterion: Criterion::Region, answer: Answer::Met }).await;
    assert_eq!(room.pass_after(MINUTE).await.sent, 1);
    let refused = room.refused(Act::Decide { lead, criterion: Criterion::Region, answer: Answer::Met }).await;
    assert!(refused.contains("nothing is asked"), "{refused}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_comes_to_what_was_foreseen_and_only_to_the_question_that_was_shown() {
    let asks = ROOFER
        .replace("anywhere = true\n", "")
        .replace("region.unknown = \"pass\"", "region = { postal_codes = [\"10000-14199\"], unknown = \"review\" }");
    let (web, desk) = (Feed::of(vec![with(roof(1), &[("postal_code", json!(""))])]).await, Desk::start().await);
    let text = [asks, source("web", &web.url()), desk_at("desk", &desk.url()), route(&["desk"])];
    let room = Room::open(&text.concat()).await;
    room.pass().await;
    let lead = room.only(List::Open).await.lead.unwrap();
    let asked = room.detail(lead).await.question.unwrap();
    assert_eq!((&asked.criterion, asked.open, asked.takes_text), (&Some(Criterion::Region), 1, true));
    assert_eq!(room.only(List::Open).await.codes, [Code::UnknownField("region".into())]);

    let found = async |text: &str| {
        let ask = Ask { list: List::Open, text: text.into(), limit: 10, ..Ask::default() };
        room.desk.rows(ask).await.unwrap().rows.len()
    };
    assert_eq!((found("?").await, found("region?").await, found("review").await), (1, 1, 1), "the queue, by a filter");
    assert_eq!(found("timing?").await, 0);

    let would = |text: &str| room.desk.foresee(lead, text.to_owned());
    let far = would("80331 München").await.unwrap();
    assert_eq!((far.answer, far.stage, &far.next), (Answer::Unmet, Stage::Disqualified, &None), "{far:?}");
    let unread = would("behind the church").await.unwrap();
    assert_eq!((unread.answer, unread.stage), (Answer::Unknown, Stage::Review));
    assert_eq!(unread.next.as_ref(), Some(&asked.ask), "asked again");
    assert_eq!(would("no").await.unwrap().stage, Stage::Disqualified);
    assert!(would(" ").await.unwrap_err().to_string().contains("an empty text answers nothing"));
    let near = would("10405").await.unwrap();
    assert_eq!((near.answer, near.stage), (Answer::Met, Stage::Held));
    assert!(near.read.contains("10405"), "{near:?}");
    assert_eq!(room.detail(lead).await.contact.place.postal_code, "", "looking changes nothing");

    let answer = |criterion, text: &str| Act::Answer { lead, criterion, text: text.into() };
    let refused = room.refused(answer(Criterion::Timing, "10405")).await;
    assert!(refused.contains("the timing is not asked about any more"), "{refused}");
    room.did(answer(Criterion::Region, "10405")).await;
    assert_eq!(room.only(List::Held).await.lead, Some(lead));
    assert_eq!(room.detail(lead).await.question, None);
    let refused = room.refused(answer(Criterion::Region, "10405")).await;
    assert!(refused.contains("nothing is asked"), "{refused}");
    room.did(Act::Undo).await;
    assert_eq!(room.only(List::Open).await.stage, Some(Stage::Review));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_file_is_begun_and_ended_beside_the_rules_from_the_desk() {
    let Play { room, .. } = play(roofs(1), "").await;
    assert_eq!(room.desk.shadow().await.unwrap(), None);
    let start = |reason: &str| Act::StartShadow { draft: "none.toml".into(), reason: reason.into() };
    let refused = room.refused(start("why not")).await;
    assert!(refused.contains("none.toml") || refused.contains("has no file"), "{refused}");
    assert_eq!(room.refused(Act::StopShadow).await, "no draft runs beside the rules");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reassigned_lead_is_a_new_round_and_counts_once() {
    let caps = "\n[cap.desk-day]\ndestination = \"desk\"\nmax = 5\nper = \"day\"\n";
    let Play { room, desk, .. } = play(roofs(1), &[BEN, caps].concat()).await;
    let lead = lead_of(&room).await;
    let first = room.handoff().await;
    let (from, to) = if first.person == "anna" { ("anna", "ben") } else { ("ben", "anna") };
    assert_eq!((room.open_of(from).await, room.open_of(to).await, room.used("desk-day").await), (1, 0, 1));
    let refused = room.refused(Act::Reassign { lead, person: from.into() }).await;
    assert!(refused.contains("has it already"), "{refused}");
    room.did(Act::Reassign { lead, person: to.into() }).await;
    assert_eq!((room.open_of(from).await, room.open_of(to).await, room.used("desk-day").await), (0, 1, 1));
    let pass = room.pass_after(MINUTE).await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    let now = room.handoff().await;
    assert_eq!((now.round, now.person.as_str(), now.state), (2, to, HandoffState::Accepted));
    assert_ne!(now.token, first.token);
    assert_eq!(desk.tickets().len(), 2);
    assert_eq!(room.only(List::Open).await.lead, Some(lead));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snoozes_and_notes_can_be_taken_back() {
    let Play { room, .. } = play(roofs(1), "").await;
    let lead = lead_of(&room).await;
    let until = Some(room.now() + SignedDuration::from_hours(2));
    room.did(Act::Snooze { lead, until }).await;
    assert_eq!(room.only(List::Open).await.snoozed_until, until);
    room.did(Act::Undo).await;
    assert_eq!(room.only(List::Open).await.snoozed_until, None);
    room.did(Act::Note { lead, text: "calls back \u{1b}[31mtomorrow".into() }).await;
    let told =
        |detail: leadgate::desk::view::LeadDetail| detail.timeline.iter().any(|one| one.text.contains("calls back"));
    let detail = room.detail(lead).await;
    assert!(detail.timeline.iter().all(|event| !event.text.contains('\u{1b}')));
    assert!(told(detail));
    room.did(Act::Undo).await;
    assert!(!told(room.detail(lead).await));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_handoff_waits_in_front_and_goes_out_under_a_new_key() {
    let Play { room, desk, web } = play(vec![], "").await;
    desk.next([Create::Refuse(422, "no")]);
    web.add(roofs(1));
    room.pass_after(MINUTE * 2).await;
    let refused = room.handoff().await;
    assert_eq!(refused.state, HandoffState::NeedsPerson);
    room.did(Act::Drop(refused.id)).await;
    room.sound().await;
    assert_eq!(room.only(List::Held).await.lead, Some(refused.lead));
    assert_eq!(room.pass_after(MINUTE).await.sent, 1);
    let now = room.handoff().await;
    assert_ne!(now.token, refused.token);
    assert_eq!(desk.tickets().len(), 1);
    assert_eq!(room.refused(Act::Drop(now.id)).await, "it was sent already");
    assert_eq!(room.refused(Act::MarkSent(now.id)).await, "it is not in doubt");
    assert_eq!(room.refused(Act::Retry(now.id)).await, "there is nothing to send again");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_source_is_not_read_until_it_is_resumed() {
    let Play { room, web, .. } = play(roofs(1), "").await;
    let asked = web.asked();
    web.add([roof(2)]);
    let pause = || Act::PauseSource { source: "web".into(), reason: "trade fair".into(), until: None };
    room.did(pause()).await;
    let pass = room.pass_after(MINUTE * 10).await;
    assert_eq!((pass.sources, pass.received, web.asked()), (0, 0, asked));
    let line = room.source("web").await;
    assert_eq!(line.state, leadgate::desk::view::SourceState::Paused);
    assert!(line.paused.is_some_and(|words| words.contains("trade fair") && words.contains("Anna")));
    room.did(Act::Undo).await;
    assert_eq!(room.pass_after(MINUTE).await.received, 1);
    room.did(pause()).await;
    room.did(Act::ResumeSource("web".into())).await;
    web.add([roof(3)]);
    assert_eq!(room.pass_after(MINUTE).await.received, 1);
    assert_eq!(room.refused(Act::ResumeSource("web".into())).await, "it is not paused");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_raised_cap_releases_on_the_next_pass_and_its_undo_holds_again() {
    let Play { room, desk, .. } = play(roofs(4), "\n[cap.day]\nteam = \"berlin\"\nmax = 1\nper = \"day\"\n").await;
    assert_eq!(desk.tickets().len(), 1);
    let set = |max| Act::SetCap { cap: "day".into(), max, until: None, reason: "help has come".into() };
    room.did(set(2)).await;
    assert_eq!(room.pass_after(MINUTE).await.sent, 1);
    let line =
        room.capacity().await.teams.iter().flat_map(|team| team.caps.clone()).find(|cap| cap.id == "day").unwrap();
    assert_eq!((line.max, line.config_max, line.used), (Some(2), Some(1), 2));
    assert!(line.overridden.is_some_and(|words| words.contains("help has come")));
    room.did(set(3)).await;
    room.did(Act::Undo).await;
    assert_eq!(room.pass_after(MINUTE).await.sent, 0, "two again");
    room.did(Act::Undo).await;
    room.did(set(9)).await;
    room.did(Act::ResetCap("day".into())).await;
    assert_eq!(room.pass_after(MINUTE).await.sent, 0);
    room.did(Act::Undo).await;
    assert_eq!(room.pass_after(MINUTE).await.sent, 2, "nine again");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_takes_back_only_their_own() {
    let Play { room, .. } = play(roofs(1), BEN).await;
    let lead = lead_of(&room).await;
    let ben = room.desk_of("ben").await;
    room.did(Act::Accept(lead)).await;
    ben.perform(Act::Note { lead, text: "hers".into() }).await.unwrap();
    ben.perform(Act::Undo).await.unwrap();
    assert!(ben.perform(Act::Undo).await.is_err());
    assert!(room.only(List::Open).await.acknowledged);
    room.did(Act::Undo).await;
    assert!(!room.only(List::Open).await.acknowledged);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_is_a_sentence_and_changes_nothing() {
    let unclear = with(roof(2), &[("service", json!("Guten Tag"))]);
    let Play { room, desk, .. } =
        play(vec![roof(1), unclear], "\n[cap.day]\nteam = \"berlin\"\nmax = 5\nper = \"day\"\n").await;
    let rows = room.rows(List::Open).await;
    let of = |stage| rows.iter().find(|row| row.stage == Some(stage)).unwrap().lead.unwrap();
    let (out, review, none) = (of(Stage::Out), of(Stage::Review), LeadId(999));
    let text = String::from;
    let version = room.store.version().await.unwrap();
    for (act, words) in [
        (Act::Accept(none), "there is no lead"),
        (Act::Accept(review), "has not been handed to anybody (review)"),
        (Act::Contacted { lead: review, at: None }, "has not been handed"),
        (Act::Contacted { lead: out, at: Some(at("2027-01-01T00:00:00Z")) }, "is in the future"),
        (Act::Won { lead: review, value: None }, "has not been handed"),
        (Act::Lost { lead: out, code: Code::Fake }, "R-FAKE is not a reason for this"),
        (Act::Return { lead: out, code: Code::Price, note: text("") }, "O-PRICE is not a reason for this"),
        (Act::Snooze { lead: out, until: Some(at("2026-01-01T00:00:00Z")) }, "already over"),
        (Act::Edit { lead: out, field: text("service"), value: text("pool") }, "is not a service; there are roof"),
        (Act::Edit { lead: out, field: text("phone"), value: text("12") }, "12"),
        (Act::Edit { lead: out, field: text("email"), value: text("nobody at home") }, "nobody at home"),
        (Act::Decide { lead: out, criterion: Criterion::Need, answer: Answer::Met }, "nothing is asked about it"),
        (Act::Note { lead: out, text: text(" \n ") }, "an empty note"),
        (Act::Reassign { lead: out, person: text("zoe") }, "\"zoe\" is not one of anna"),
        (Act::Retry(HandoffId(77)), "no handoff"),
        (Act::MarkSent(HandoffId(77)), "no handoff"),
        (Act::Drop(HandoffId(77)), "no handoff"),
        (
            Act::PauseSource { source: text("fair"), reason: text("x"), until: None },
            "\"fair\" is not one of the sources web",
        ),
        (Act::PauseSource { source: text("web"), reason: text(" "), until: None }, "say why"),
        (Act::ResumeSource(text("web")), "it is not paused"),
        (Act::PollNow(text("fair")), "is not one of the sources"),
        (Act::SetCap { cap: text("nigth"), max: 1, until: None, reason: text("x") }, "is not one of the caps day"),
        (Act::SetCap { cap: text("day"), max: 1, until: None, reason: text("") }, "say why"),
        (
            Act::SetCap { cap: text("day"), max: 1, until: Some(at("2026-01-01T00:00:00Z")), reason: text("x") },
            "already over",
        ),
        (Act::ResetCap(text("day")), "it has the config's value already"),
        (Act::Undo, "there is nothing of yours to take back"),
    ] {
        let said = room.refused(act.clone()).await;
        assert!(said.contains(words), "{act:?}: {said}");
    }
    assert_eq!(room.store.version().await.unwrap(), version, "nothing was written");
    assert_eq!(desk.tickets().len(), 1);
    room.end().await;
}
