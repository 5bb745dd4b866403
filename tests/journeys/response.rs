//! The first human response: found by asking the ticket desk or told by a person, the earliest counts, and
//! our own entries never do.

use jiff::Timestamp;
use leadgate::desk::view::List;
use leadgate::desk::{Act, Desk as _};
use leadgate::lead::{HandoffState, LeadId, Quality};

use super::far_side::{Desk, Feed, desk_at};
use super::people::roofs;
use super::room::{MINUTE, ROOFER, Room, route, source};

async fn room(desk: &Desk) -> (Room, LeadId) {
    let web = Feed::of(roofs(1)).await;
    let text = [ROOFER, &source("web", &web.url()), &desk_at("desk", &desk.url()), &route(&["desk"])];
    let room = Room::open(&text.concat()).await;
    assert_eq!(room.pass().await.sent, 1);
    let lead = room.only(List::Open).await.lead.unwrap();
    (room, lead)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_in_the_ticket_is_found_once_and_the_earliest_counts() {
    let desk = Desk::start().await;
    let (room, lead) = room(&desk).await;
    desk.write(1, "Correspond", "leadgate", "2026-11-23T08:02:00Z");
    desk.write(1, "Correspond", "RT_System", "2026-11-23T08:03:00Z");
    desk.write(1, "Comment", "carla", "2026-11-23T08:04:00Z");
    desk.write(1, "Status", "carla", "2026-11-23T08:05:00Z");
    room.pass_after(MINUTE * 10).await;
    assert_eq!(room.handoff().await.first_at, None, "nobody has answered yet");
    desk.write(1, "Correspond", "carla", "2026-11-23T08:12:00Z");
    desk.write(1, "Correspond", "dora", "2026-11-23T08:09:00Z");
    room.pass_after(MINUTE * 10).await;
    let handoff = room.handoff().await;
    assert_eq!(handoff.first_at, Some(at("2026-11-23T08:09:00Z")));
    assert_eq!((handoff.state, handoff.first_quality), (HandoffState::Tracking, Some(Quality::Derived)));
    assert_eq!(handoff.first_business_secs, Some(540));
    assert_eq!(room.open_of("anna").await, 0);

    for _ in 0..3 {
        room.pass_after(MINUTE * 30).await;
    }
    let story = room.detail(lead).await.timeline;
    let told = story.iter().filter(|event| event.text.contains("first human response")).count();
    assert_eq!(told, 1, "{story:#?}");
    let speed = room.desk.response().await.unwrap().all;
    assert_eq!((speed.n, speed.answered, speed.median_secs), (1, 1, Some(540 + 1_800)), "from asking to answering");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_contact_does_not_move_an_earlier_answer() {
    let desk = Desk::start().await;
    let (room, lead) = room(&desk).await;
    desk.write(1, "Correspond", "carla", "2026-11-23T08:09:00Z");
    room.pass_after(MINUTE * 20).await;
    room.did(Act::Contacted { lead, at: None }).await;
    assert_eq!(room.handoff().await.first_at, Some(at("2026-11-23T08:09:00Z")));
    // An earlier one does, and its undo gives the ticket's back.
    room.did(Act::Contacted { lead, at: Some(at("2026-11-23T08:05:00Z")) }).await;
    assert_eq!(room.handoff().await.first_at, Some(at("2026-11-23T08:05:00Z")));
    room.did(Act::Undo).await;
    assert_eq!(room.handoff().await.first_at, Some(at("2026-11-23T08:09:00Z")));
    room.did(Act::Undo).await;
    let handoff = room.handoff().await;
    assert_eq!((handoff.first_at, handoff.state), (Some(at("2026-11-23T08:09:00Z")), HandoffState::Tracking));
    assert_eq!(room.open_of("anna").await, 0, "the ticket's answer stands");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_a_contact_back_leaves_what_the_ticket_says_since() {
    let desk = Desk::start().await;
    let (room, lead) = room(&desk).await;
    room.clock.advance(MINUTE * 20);
    room.did(Act::Contacted { lead, at: None }).await;
    desk.write(1, "Correspond", "carla", "2026-11-23T08:09:00Z");
    room.pass_after(MINUTE * 20).await;
    assert_eq!(room.handoff().await.first_at, Some(at("2026-11-23T08:09:00Z")));
    room.did(Act::Undo).await;
    assert_eq!(room.handoff().await.first_at, Some(at("2026-11-23T08:09:00Z")));
    assert_eq!(room.open_of("anna").await, 0);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_found_after_an_end_was_taken_back() {
    let desk = Desk::start().await;
    let (room, lead) = room(&desk).await;
    room.did(Act::Won { lead, value: Some(1_250_000) }).await;
    desk.write(1, "Correspond", "carla", "2026-11-23T08:09:00Z");
    room.pass_after(MINUTE * 20).await;
    room.did(Act::Undo).await;
    assert_eq!(room.handoff().await.state, HandoffState::Accepted);
    room.pass_after(MINUTE).await;
    assert_eq!(room.handoff().await.first_at, Some(at("2026-11-23T08:09:00Z")));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_cannot_be_asked_loses_no_answer() {
    let desk = Desk::start().await;
    let (room, _) = room(&desk).await;
    desk.write(1, "Correspond", "carla", "2026-11-23T08:09:00Z");
    desk.away(true);
    let pass = room.pass_after(MINUTE * 10).await;
    assert!(pass.is_clean(), "asking again later is no failure: {pass:#?}");
    assert_eq!(room.handoff().await.first_at, None);
    desk.away(false);
    room.pass_after(MINUTE * 10).await;
    assert_eq!(room.handoff().await.first_at, Some(at("2026-11-23T08:09:00Z")));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_takes_the_ticket_has_accepted_and_its_first_owner_has_not() {
    let desk = Desk::start().await;
    let (room, lead) = room(&desk).await;
    room.pass_after(MINUTE).await;
    assert_eq!(room.handoff().await.ack_at, None, "whom the ticket was made for has not said yes");
    desk.takes(1, "carla");
    room.pass_after(MINUTE * 5).await;
    let handoff = room.handoff().await;
    assert_eq!((handoff.ack_at, handoff.first_at), (Some(room.now()), None), "an assignment is no response");
    let told = room.detail(lead).await.timeline;
    assert!(told.iter().any(|event| event.text == "acknowledged: somebody took the ticket"), "{told:#?}");

    // A reply with the key says yes as well; the first yes counts.
    let key = handoff.token.clone();
    let again = room.store.say_yes_by_key(key, "mail").await.unwrap();
    assert_eq!(again, Some((lead, leadgate::store::Yes::Again)));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_that_is_done_ends_its_lead_and_one_that_is_lost_asks_why() {
    for (status, open, words) in [("resolved", false, "won at the ticket desk"), ("rejected", true, "say why")] {
        let desk = Desk::start().await;
        let (room, lead) = room(&desk).await;
        desk.becomes(1, status);
        room.pass_after(MINUTE * 10).await;
        assert_eq!(room.rows(List::Open).await.len(), usize::from(open), "{status}");
        let told: Vec<String> = room.detail(lead).await.timeline.into_iter().map(|event| event.text).collect();
        assert_eq!(told.iter().filter(|text| text.contains(words)).count(), 1, "{status} {told:#?}");
        room.end().await;
    }
}
