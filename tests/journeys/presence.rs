//! Who is there: leave, shifts, coming back, what becomes of the leads of somebody who is ill, and customers who are
//! known. Everything said takes effect on the next decision.

use jiff::Timestamp;
use leadgate::desk::Act;
use leadgate::desk::view::{List, PersonLine};
use leadgate::lead::{Code, HandoffState};
use serde_json::json;

use super::far_side::{Desk, Feed, desk_at};
use super::people::{roof, roofs, with};
use super::room::{MINUTE, ROOFER, Room, route, source};

/// A second person of the team.
const BEN: &str = "\n[person.ben]\nname = \"Ben Adler\"\nteam = \"berlin\"\nemail = \"ben@dach.example\"\n";

struct Play {
    room: Room,
    web: Feed,
    _desk: Desk,
}

async fn play(leads: Vec<serde_json::Value>, business: &str) -> Play {
    let (web, desk) = (Feed::of(leads).await, Desk::start().await);
    let web_source = source("web", &web.url());
    let web_source = if business.contains("service.solar") {
        web_source.replace("services = [\"roof\"]", "services = [\"roof\", \"solar\"]")
    } else {
        web_source
    };
    let text = [business, &web_source, &desk_at("desk", &desk.url()), &route(&["desk"])].concat();
    Play { room: Room::open(&text).await, web, _desk: desk }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn leave(person: &str, until: Option<&str>) -> Act {
    Act::Leave { person: person.into(), until: until.map(at), reason: "flu".into() }
}

fn shift(person: &str, on: bool) -> Act {
    Act::Shift { person: person.into(), on, until: None, reason: "stock-taking".into() }
}

async fn person(room: &Room, id: &str) -> PersonLine {
    let teams = room.capacity().await.teams;
    teams.into_iter().flat_map(|team| team.people).find(|line| line.id == id).unwrap()
}

/// Whose the open leads are, by lead.
async fn owners(room: &Room) -> Vec<String> {
    let mut rows = room.handoffs().await;
    rows.retain(|row| row.state != HandoffState::Dropped);
    rows.sort_by_key(|row| row.lead);
    rows.into_iter().map(|row| row.person).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_goes_to_somebody_on_leave_until_they_are_back() {
    let carl = "\n[person.carl]\nteam = \"none\"\n[team.none]\nservices = [\"roof\"]\nregion.countries = [\"AT\"]\n";
    let Play { room, web, .. } = play(roofs(2), &[ROOFER, BEN, carl].concat()).await;
    for (act, why) in [
        (leave("nobody", None), "\"nobody\" is not one of the people anna, ben, carl"),
        (leave("anna", Some("2026-11-23T07:00:00Z")), "already over"),
        (Act::Leave { person: "anna".into(), until: None, reason: "  ".into() }, "say why"),
        (Act::Back("anna".into()), "their hours count already"),
        (Act::HandOver("anna".into()), "no lead that is not answered"),
    ] {
        let said = room.refused(act).await;
        assert!(said.contains(why), "{said}");
    }
    let said = room.did(leave("anna", Some("2026-11-24T23:00:00Z"))).await;
    assert_eq!((said.sentence.as_str(), said.can_undo), ("Anna Berg is away until Wed 00:00", true));
    assert_eq!(room.pass().await.sent, 2);
    assert_eq!(owners(&room).await, ["ben", "ben"]);
    let line = person(&room, "anna").await;
    assert!(line.absent && !line.on_shift);
    assert_eq!(line.there, "away until Wed 00:00: flu");

    // Taken back, she is there again at once; the next two go to her, who has less.
    room.did(Act::Undo).await;
    web.add((3..=4).map(roof));
    assert_eq!(room.pass_after(MINUTE).await.sent, 2);
    assert_eq!(room.new_of("anna").await, 2, "an undo is no return: nobody counted meanwhile");

    // Nobody hands anything to somebody who is away, not even by hand.
    let lead = room.rows(List::Open).await[0].lead.unwrap();
    room.did(leave("carl", None)).await;
    let said = room.refused(Act::Reassign { lead, person: "carl".into() }).await;
    assert_eq!(said, "Carl is away: give it to somebody else, or say they are back");

    // What was accepted stays where it is, however late it becomes.
    for row in room.rows(List::Open).await {
        room.did(Act::Accept(row.lead.unwrap())).await;
    }

    // Everybody away and no fallback: held, said, and let go by the clock alone.
    room.did(leave("anna", Some("2026-11-23T10:00:00Z"))).await;
    room.did(leave("ben", None)).await;
    web.add([roof(5)]);
    let pass = room.pass_after(MINUTE).await;
    assert_eq!((pass.sent, pass.held), (0, 1));
    let row = room.only(List::Held).await;
    assert_eq!((row.codes, row.forecast), (vec![Code::NoOwner], Some(at("2026-11-23T10:00:00Z"))));
    let team = room.capacity().await.teams.remove(0);
    assert_eq!((team.held, team.ownerless), (1, 1));
    assert!(room.store.anybody_ownerless().await.unwrap());
    room.clock.set(at("2026-11-23T10:00:00Z"));
    assert_eq!(room.pass().await.sent, 1);
    assert_eq!(owners(&room).await[4], "anna");
    let told = room.desk_of("anna").await;
    let journal: Vec<String> =
        leadgate::desk::Desk::journal(&told, 50).await.unwrap().into_iter().map(|e| e.text).collect();
    assert!(journal.iter().any(|text| text == "Ben Adler is away: flu"), "{journal:?}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn absences_of_the_config_hold_and_somebody_may_be_back_before() {
    let absent = "\nabsent = [\"2026-11-23..2026-11-24\", \"2026-12-24\"]\n";
    let Play { room, .. } = play(roofs(1), &[ROOFER, absent].concat()).await;
    assert_eq!(room.pass().await.sent, 0);
    let row = room.only(List::Held).await;
    assert_eq!((row.codes, row.forecast), (vec![Code::NoOwner], Some(at("2026-11-25T07:00:00Z"))));
    let said = room.did(Act::Back("anna".into())).await.sentence;
    assert_eq!(said, "Anna Berg is back, though the configuration says otherwise");
    assert_eq!(room.pass_after(MINUTE).await.sent, 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_sent_off_keeps_theirs_waiting_and_who_is_called_in_gets_them_on_a_sunday() {
    let Play { room, web, .. } = play(roofs(1), ROOFER).await;
    let said = room.did(shift("anna", false)).await.sentence;
    assert_eq!(said, "Anna Berg is off shift until Tue 00:00");
    assert_eq!(room.pass().await.sent, 0);
    assert_eq!(room.only(List::Held).await.codes, [Code::OffHours]);
    room.clock.set(at("2026-11-24T07:00:00Z"));
    assert_eq!(room.pass().await.sent, 1, "the next morning her hours count again");

    room.clock.set(at("2026-11-29T11:00:00Z"));
    web.add([roof(2)]);
    assert_eq!(room.pass().await.sent, 0);
    room.did(shift("anna", true)).await;
    assert_eq!(room.pass_after(MINUTE).await.sent, 1, "called in on a Sunday, though the team is closed");
    room.did(Act::Back("anna".into())).await;
    web.add([roof(3)]);
    assert_eq!(room.pass_after(MINUTE * 5).await.sent, 0);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_ill_has_goes_to_the_others_within_their_caps() {
    let ben = BEN.replace("team =", "open_at_most = 3\nteam =");
    let cap = "\n[cap.day]\nteam = \"berlin\"\nmax = 5\nper = \"day\"\n";
    let Play { room, .. } = play(roofs(8), &[ROOFER, &ben, cap].concat()).await;
    let pass = room.pass().await;
    assert_eq!((pass.sent, pass.held), (5, 3));
    let (anna, ben) = (room.open_of("anna").await, room.open_of("ben").await);
    assert_eq!((anna, ben), (3, 2));

    let said = room.did(leave("anna", None)).await.sentence;
    assert_eq!(said, "Anna Berg is away until they are back; 3 leads they have are not answered");
    let said = room.did(Act::HandOver("anna".into())).await;
    assert_eq!(said.sentence, "Ben Adler takes 1, 2 wait in front until somebody has room");
    assert!(!said.can_undo);
    assert_eq!((room.open_of("anna").await, room.open_of("ben").await), (0, 3));
    assert_eq!(room.used("day").await, 3, "those who wait gave their places back");
    let pass = room.pass_after(MINUTE).await;
    assert_eq!((pass.released, pass.held), (0, 5), "Ben is full: {pass:#?}");

    // She is back: what she had is first, and the day's five are five.
    room.did(Act::Back("anna".into())).await;
    let pass = room.pass_after(MINUTE).await;
    assert_eq!((pass.released, pass.held), (2, 3), "{pass:#?}");
    assert_eq!(room.used("day").await, 5);
    let open: Vec<i64> = room.rows(List::Open).await.iter().filter_map(|row| row.lead).map(|lead| lead.0).collect();
    assert_eq!(open.iter().copied().collect::<std::collections::BTreeSet<_>>(), (1..=5).collect(), "no newcomer");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_customer_goes_to_whom_they_had_before() {
    let solar = "\n[service.solar]\nwords = [\"solar\"]\n[service.solar.criteria]\nanywhere = true\nanybody = true\ntiming.unknown = \"pass\"\nregion.unknown = \"pass\"\n";
    let business = ROOFER.replace("services = [\"roof\"]", "services = [\"roof\", \"solar\"]");
    let Play { room, web, .. } = play(roofs(2), &[&business, BEN, solar].concat()).await;
    assert_eq!(room.pass().await.sent, 2);
    let owned = owners(&room).await;
    let had = owned[1].clone();
    assert_ne!(owned[0], had);

    // The second person asks for something else: the other one has less by now, and does not get it.
    let again = |id: &str| with(roof(2), &[("id", json!(id)), ("service", json!("solar"))]);
    let first = room.rows(List::Open).await;
    let of_had = first.iter().find(|row| row.name == "Person 2").unwrap().lead.unwrap();
    room.did(Act::Contacted { lead: of_had, at: None }).await;
    room.did(Act::Lost { lead: of_had, code: Code::NoInterest }).await;
    web.add([with(roof(7), &[]), again("s1")]);
    assert_eq!(room.pass_after(MINUTE).await.sent, 2);
    let rows = room.handoffs().await;
    let second = rows.iter().filter(|row| row.name == "Person 2").max_by_key(|row| row.id).unwrap();
    assert_eq!(second.person, had);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_is_not_flooded() {
    let carl = BEN.replace("ben", "carl").replace("Ben Adler", "Carl Ruh");
    let week = |text: &str| text.replace("team =", "new_at_most = \"100 per week\"\nteam =");
    let Play { room, web, .. } = play(roofs(12), &week(&[ROOFER, BEN, &carl].concat())).await;
    room.did(leave("anna", Some("2026-11-25T07:00:00Z"))).await;
    assert_eq!(room.pass().await.sent, 12);
    for lead in room.rows(List::Open).await {
        room.did(Act::Contacted { lead: lead.lead.unwrap(), at: None }).await;
    }
    room.clock.set(at("2026-11-25T07:00:00Z"));
    web.add((13..=18).map(roof));
    assert_eq!(room.pass().await.sent, 6);
    assert_eq!(room.new_of("anna").await, 2, "a third of what comes from now on, not six in a row");
    room.end().await;
}
