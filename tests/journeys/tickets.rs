//! Ticket desks that answer wrongly, late or not at all: once is sent again only where it surely did not
//! arrive, and everything in doubt is shown.

use jiff::SignedDuration;
use leadgate::desk::Act;
use leadgate::lead::{Code, HandoffState};

use super::far_side::{Create, Desk, Feed, desk_at, nobody};
use super::people::roofs;
use super::room::{MINUTE, ROOFER, Room, route, source};

async fn room(leads: usize, desk: &Desk) -> Room {
    let web = Feed::of(roofs(leads)).await;
    let text = [ROOFER, &source("web", &web.url()), &desk_at("desk", &desk.url()), &route(&["desk"])];
    Room::open(&text.concat()).await
}

fn keys(desk: &Desk) -> Vec<String> {
    desk.tickets().into_iter().map(|ticket| ticket.key).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_a_number_is_looked_for_and_adopted() {
    let desk = Desk::start().await;
    desk.next([Create::WithoutNumber]);
    let room = room(1, &desk).await;
    let pass = room.pass().await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    let handoff = room.handoff().await;
    assert_eq!(
        (handoff.state, handoff.code, handoff.number.as_deref()),
        (HandoffState::Accepted, Some(Code::Exists), Some("1"))
    );
    assert_eq!((desk.posts(), keys(&desk)), (1, vec![handoff.token.to_string()]));
    room.pass_after(MINUTE).await;
    assert_eq!(desk.posts(), 1, "not doubled");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_made_by_a_request_that_timed_out_is_adopted() {
    let desk = Desk::start().await;
    desk.next([Create::TooLate]);
    let room = room(1, &desk).await;
    let pass = room.pass().await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    assert_eq!(room.handoff().await.number.as_deref(), Some("1"));
    assert_eq!((desk.posts(), desk.tickets().len()), (1, 1));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_surely_absent_is_sent_again_once() {
    let desk = Desk::start().await;
    desk.next([Create::LostTooLate]);
    let room = room(1, &desk).await;
    let pass = room.pass().await;
    assert_eq!((pass.sent, pass.unfinished.len()), (0, 1), "{pass:#?}");
    assert!(pass.unfinished[0].contains("may exist already"), "{pass:#?}");
    assert_eq!(room.handoff().await.state, HandoffState::Unknown);

    let pass = room.pass_after(SignedDuration::from_secs(61)).await;
    assert_eq!((pass.sent, desk.posts()), (0, 1), "one absence proves nothing: {pass:#?}");
    let pass = room.pass_after(SignedDuration::from_secs(31)).await;
    assert_eq!((pass.sent, desk.posts()), (1, 2), "two do: {pass:#?}");
    assert!(pass.is_clean(), "{pass:#?}");
    let handoff = room.handoff().await;
    assert_eq!((handoff.state, handoff.attempt), (HandoffState::Accepted, 2));
    assert_eq!(keys(&desk), [handoff.token.to_string()]);
    room.pass_after(MINUTE * 5).await;
    assert_eq!(desk.posts(), 2);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn absence_counts_from_the_end_of_a_slow_request() {
    let desk = Desk::start().await;
    desk.next([Create::LostTooLate]);
    let room = room(1, &desk).await;
    // The far side may go on for a minute after we have hung up, and we hang up a minute after we began.
    desk.slow(&room.clock, MINUTE);
    room.pass().await;
    room.pass_after(SignedDuration::from_secs(31)).await;
    room.pass_after(SignedDuration::from_secs(28)).await;
    assert_eq!(desk.posts(), 1, "less than a minute after the request ended");
    room.pass_after(SignedDuration::from_secs(2)).await;
    room.pass_after(SignedDuration::from_secs(31)).await;
    assert_eq!(desk.posts(), 2);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_looked_for_is_asked_about_until_a_person_decides() {
    let desk = Desk::start().await;
    desk.next([Create::TooLate]);
    desk.blind(Some(500));
    let room = room(1, &desk).await;
    let pass = room.pass().await;
    assert_eq!(pass.unfinished.len(), 1, "{pass:#?}");
    for _ in 0..4 {
        room.pass_after(MINUTE * 10).await;
    }
    let pass = room.pass().await;
    assert_eq!((desk.posts(), pass.waits_for_person.len()), (1, 1), "{pass:#?}");
    let handoff = room.handoff().await;
    assert_eq!(handoff.state, HandoffState::NeedsPerson);
    assert!(
        handoff.next.contains("may exist already") && handoff.next.contains(handoff.token.as_str()),
        "{}",
        handoff.next
    );
    room.did(Act::MarkSent(handoff.id)).await;
    assert!(room.pass().await.is_clean());
    assert_eq!(room.handoff().await.state, HandoffState::Accepted);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_credentials_pause_the_desk_and_keep_every_handoff() {
    let desk = Desk::start().await;
    desk.always(Some(Create::Refuse(401, "token expired")));
    let room = room(3, &desk).await;
    let pass = room.pass().await;
    assert_eq!((pass.sent, desk.posts()), (0, 1), "one is enough to know");
    let said = pass.failed.join("\n");
    assert!(said.contains("destination desk") && said.contains("401"), "{said}");
    assert!(said.contains("check the credentials"), "how to mend it: {said}");
    assert!(!said.contains("canary"), "{said}");
    assert_eq!(pass.unfinished.len(), 3, "{pass:#?}");
    assert!(room.states().await.iter().all(|state| *state == HandoffState::Queued));

    room.pass_after(MINUTE * 10).await;
    assert_eq!(desk.posts(), 1, "paused");
    desk.always(None);
    let pass = room.pass_after(MINUTE * 5).await;
    assert!(pass.is_clean() && pass.sent == 3, "{pass:#?}");
    assert_eq!((desk.tickets().len(), desk.posts()), (3, 4));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_mended_the_credentials_need_not_wait() {
    let desk = Desk::start().await;
    desk.always(Some(Create::Refuse(401, "token expired")));
    let room = room(1, &desk).await;
    room.pass().await;
    desk.always(None);
    let handoff = room.handoff().await;
    room.did(Act::Retry(handoff.id)).await;
    let pass = room.pass().await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_fails_is_tried_again_after_looking() {
    let desk = Desk::start().await;
    desk.next([Create::Refuse(500, "oops"), Create::Refuse(503, "later")]);
    let room = room(1, &desk).await;
    let pass = room.pass().await;
    assert_eq!(pass.sent, 0);
    assert_eq!(pass.unfinished.len(), 1, "{pass:#?}");
    for _ in 0..12 {
        room.pass_after(SignedDuration::from_secs(31)).await;
    }
    assert_eq!((desk.tickets().len(), desk.posts()), (1, 3));
    assert!(room.pass().await.is_clean());
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_is_away_at_the_start_is_tried_again() {
    let held = nobody();
    let address = held.local_addr().unwrap();
    let web = Feed::of(roofs(1)).await;
    let url = format!("http://{address}");
    let room =
        Room::open(&[ROOFER, &source("web", &web.url()), &desk_at("desk", &url), &route(&["desk"])].concat()).await;
    let pass = room.pass().await;
    assert_eq!((pass.received, pass.sent), (1, 0));
    assert!(pass.unfinished.len() == 1 && pass.unfinished[0].contains("tried again at"), "{pass:#?}");
    assert!(pass.unfinished[0].contains("127.0.0.1"), "{pass:#?}");
    let desk = Desk::start_on(held.listen(64).unwrap().into_std().unwrap()).await;
    let pass = room.pass_after(MINUTE).await;
    assert_eq!((pass.sent, desk.tickets().len()), (1, 1), "{pass:#?}");
    assert!(pass.is_clean(), "{pass:#?}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fallback_gets_the_same_key_once_the_first_has_refused() {
    let (first, second) = (Desk::start().await, Desk::start().await);
    first.always(Some(Create::Refuse(422, "no such customer")));
    let web = Feed::of(roofs(1)).await;
    let desks = [desk_at("first", &first.url()), desk_at("second", &second.url())].concat();
    let room = Room::open(&[ROOFER, &source("web", &web.url()), &desks, &route(&["first", "second"])].concat()).await;
    let pass = room.pass().await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    let rows = room.handoffs().await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].token, rows[1].token);
    assert_eq!(keys(&second), [rows[0].token.to_string()]);
    assert_eq!((room.new_of("anna").await, room.open_of("anna").await), (1, 1), "counted once");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_doubt_never_goes_to_the_fallback() {
    let (first, second) = (Desk::start().await, Desk::start().await);
    first.next([Create::TooLate]);
    first.blind(Some(500));
    let web = Feed::of(roofs(1)).await;
    let desks = [desk_at("first", &first.url()), desk_at("second", &second.url())].concat();
    let room = Room::open(&[ROOFER, &source("web", &web.url()), &desks, &route(&["first", "second"])].concat()).await;
    for _ in 0..5 {
        room.pass_after(MINUTE * 10).await;
    }
    let handoff = room.handoff().await;
    assert_eq!(handoff.state, HandoffState::NeedsPerson);
    // Sent again by hand and refused: the first copy may be there all the same.
    first.next([Create::Refuse(422, "no")]);
    room.did(Act::Retry(handoff.id)).await;
    let pass = room.pass().await;
    assert_eq!((second.posts(), pass.waits_for_person.len()), (0, 1), "{pass:#?}");
    room.end().await;
}
