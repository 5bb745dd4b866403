//! What a restart brings: another configuration, a secret that cannot be read today, a mended one.

use std::time::{Duration, Instant};

use leadgate::desk::Act;
use leadgate::desk::view::List;
use leadgate::lead::{Code, HandoffState};
use wiremock::ResponseTemplate;

use super::far_side::{Create, Desk, Feed, desk_at, nobody};
use super::people::{roof, roofs};
use super::room::{MINUTE, ROOFER, Room, route, source};

struct Texts {
    well: String,
    broken: String,
}

/// The same business, once with a token that can be read and once without.
fn texts(web: &Feed, desk: &Desk) -> Texts {
    let well = [ROOFER, &source("web", &web.url()), &desk_at("desk", &desk.url()), &route(&["desk"])].concat();
    let broken = well.replace("command = \"echo canary-token\"", "env = \"LEADGATE_TEST_NO_SUCH_TOKEN\"");
    assert_ne!(well, broken);
    Texts { well, broken }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_cannot_be_read_today_costs_no_answer() {
    let (web, desk) = (Feed::of(roofs(1)).await, Desk::start().await);
    let texts = texts(&web, &desk);
    let room = Room::open(&texts.well).await;
    assert_eq!(room.pass().await.sent, 1);
    let room = room.restart(&texts.broken).await;
    web.add([roof(2)]);
    let pass = room.pass_after(MINUTE * 5).await;
    assert!(pass.failed.len() == 1 && pass.failed[0].contains("LEADGATE_TEST_NO_SUCH_TOKEN"), "{pass:#?}");
    assert_eq!((pass.received, pass.unfinished.len()), (1, 1), "what came in is kept: {pass:#?}");
    let room = room.restart(&texts.well).await;
    desk.write(1, "Correspond", "carla", "2026-11-23T08:09:00Z");
    let pass = room.pass_after(MINUTE * 5).await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    let answered = room.handoffs().await.into_iter().filter(|row| row.first_at.is_some()).count();
    assert_eq!(answered, 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_doubt_waits_for_a_desk_that_cannot_be_asked_today() {
    let (web, desk) = (Feed::of(roofs(1)).await, Desk::start().await);
    desk.next([Create::TooLate]);
    desk.blind(Some(500));
    let texts = texts(&web, &desk);
    let room = Room::open(&texts.well).await;
    room.pass().await;
    let room = room.restart(&texts.broken).await;
    room.pass_after(MINUTE * 2).await;
    assert_eq!(room.handoff().await.state, HandoffState::Unknown);
    desk.blind(None);
    let room = room.restart(&texts.well).await;
    let pass = room.pass_after(MINUTE * 6).await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    assert_eq!((room.handoff().await.code, desk.posts()), (Some(Code::Exists), 1));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destination_that_left_the_config_asks_for_a_person_and_its_lead_goes_elsewhere() {
    let (web, old, new) = (Feed::of(roofs(1)).await, Desk::start().await, Desk::start().await);
    old.always(Some(Create::Refuse(401, "expired")));
    let room = Room::open(&texts(&web, &old).well).await;
    room.pass().await;
    let text = [ROOFER, &source("web", &web.url()), &desk_at("fresh", &new.url()), &route(&["fresh"])].concat();
    let room = room.restart(&text).await;
    let pass = room.pass_after(MINUTE).await;
    assert_eq!(pass.waits_for_person.len(), 1, "{pass:#?}");
    assert!(pass.waits_for_person[0].contains("desk is no longer in the config"), "{pass:#?}");
    let handoff = room.handoff().await;
    room.did(Act::Drop(handoff.id)).await;
    let pass = room.pass_after(MINUTE).await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    assert_eq!(new.tickets().len(), 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_address_that_was_mended_needs_nobody() {
    let held = nobody();
    let mistyped = format!("http://{}", held.local_addr().unwrap());
    let (web, desk) = (Feed::of(roofs(3)).await, Desk::start().await);
    let text = texts(&web, &desk).well;
    let room = Room::open(&text.replace(&desk.url(), &mistyped)).await;
    assert_eq!(room.pass().await.unfinished.len(), 3);
    let keys = |rows: Vec<leadgate::desk::view::HandoffRow>| {
        rows.into_iter().map(|row| row.token.to_string()).collect::<std::collections::BTreeSet<_>>()
    };
    let before = keys(room.handoffs().await);
    let room = room.restart(&text).await;
    let pass = room.pass_after(MINUTE).await;
    assert!(pass.is_clean() && pass.sent == 3, "{pass:#?}");
    assert_eq!(desk.tickets().into_iter().map(|ticket| ticket.key).collect::<std::collections::BTreeSet<_>>(), before);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_doubt_at_the_old_address_is_not_sent_to_the_new_one() {
    let (web, desk, other) = (Feed::of(roofs(1)).await, Desk::start().await, Desk::start().await);
    desk.next([Create::TooLate]);
    desk.blind(Some(500));
    let text = texts(&web, &desk).well;
    let room = Room::open(&text).await;
    for _ in 0..5 {
        room.pass_after(MINUTE * 10).await;
    }
    room.did(Act::Retry(room.handoff().await.id)).await;
    let room = room.restart(&text.replace(&desk.url(), &other.url())).await;
    let pass = room.pass_after(MINUTE).await;
    assert_eq!((other.posts(), pass.waits_for_person.len()), (0, 1), "{pass:#?}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleague_who_left_the_config_keeps_no_lead() {
    let (web, desk) = (Feed::of(roofs(1)).await, Desk::start().await);
    desk.always(Some(Create::Refuse(401, "expired")));
    let text = texts(&web, &desk).well;
    let room = Room::open(&text).await;
    room.pass().await;
    let ben = text.replace("[person.anna]", "[person.ben]").replace("Anna Berg", "Ben Adler");
    let room = room.restart(&ben).await;
    desk.always(None);
    let handoff = room.handoff().await;
    // What was frozen for Anna is not sent in her name; a person decides, and Ben gets it.
    room.pass_after(MINUTE * 16).await;
    if room.handoff().await.state == HandoffState::NeedsPerson {
        room.did(Act::Drop(handoff.id)).await;
        room.pass_after(MINUTE).await;
    }
    let rows = room.rows(List::Open).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(desk.tickets().len(), 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_starts_the_engine_anew_need_not_wait_for_what_was_mended() {
    let (web, desk) = (Feed::of(roofs(1)).await, Desk::start().await);
    let room = Room::open(&texts(&web, &desk).well).await;
    web.next([ResponseTemplate::new(401)]);
    assert_eq!(room.pass().await.failed.len(), 1);
    assert!(room.source("web").await.due_at.is_some_and(|due| due > room.now() + MINUTE * 30));
    room.engine.start().await.unwrap();
    let mut changes = room.store.changes();
    let end = Instant::now() + Duration::from_secs(20);
    while desk.tickets().is_empty() {
        let left = end.saturating_duration_since(Instant::now());
        tokio::time::timeout(left, changes.changed()).await.expect("read and handed off at once").unwrap();
    }
    room.engine.stop(Duration::from_secs(10)).await;
    assert_eq!(room.handoff().await.state, HandoffState::Accepted);
    room.end().await;
}
