//! Sources that fail in every way: what a person sees, that the others go on, that nothing is lost and
//! that it recovers by itself.

use leadgate::desk::Desk as _;
use leadgate::desk::view::{List, SourceState};
use serde_json::json;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::far_side::{Desk, Feed, desk_at};
use super::people::{roof, roofs, with};
use super::room::{MINUTE, ROOFER, Room, route, source};

/// Two sources, `web` and `fair`, and a ticket desk.
async fn room(web: &Feed, fair: &Feed, desk: &Desk) -> Room {
    let text = [
        ROOFER,
        &source("web", &web.url()),
        &source("fair", &fair.url()),
        &desk_at("desk", &desk.url()),
        &route(&["desk"]),
    ];
    Room::open(&text.concat()).await
}

/// `web` answers so once it has been read: its message, that `fair` is read all the same, that the cursor
/// stands, and that the next good answer mends everything.
async fn fails(answer: ResponseTemplate, words: &[&str], state: SourceState) {
    let (web, fair, desk) = (Feed::of(vec![roof(1)]).await, Feed::of(vec![]).await, Desk::start().await);
    let room = room(&web, &fair, &desk).await;
    assert!(room.pass().await.is_clean());
    let cursor = room.cursor("web").await;

    web.add([with(roof(2), &[("created_at", json!("2026-11-23T07:50:00Z"))])]);
    fair.add([roof(3)]);
    web.always(Some(answer));
    let pass = room.pass_after(MINUTE * 2).await;
    assert_eq!(pass.failed.len(), 1, "{pass:#?}");
    for word in words.iter().chain(&["source web: "]) {
        assert!(pass.failed[0].contains(word), "{word}: {:?}", pass.failed);
    }
    assert!(!pass.failed[0].contains(char::is_control), "{:?}", pass.failed);
    assert_eq!((pass.received, pass.sent), (1, 1), "the other source is read, and its lead handed off");
    assert_eq!(room.cursor("web").await, cursor);
    let line = room.source("web").await;
    assert_eq!((line.state, line.fails), (state, 1));
    assert_eq!(pass.failed[0], format!("source web: {}", line.error.unwrap()));

    web.always(None);
    let pass = room.pass_after(MINUTE * 61).await;
    assert!(pass.is_clean(), "{pass:#?}");
    assert_eq!((pass.received, pass.sent), (1, 1), "nothing of the failed read is lost");
    let line = room.source("web").await;
    assert_eq!((line.state, line.fails, line.error), (SourceState::Ok, 0, None));
    assert_eq!(desk.tickets().len(), 3);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_answers_401_waits_for_a_person() {
    fails(ResponseTemplate::new(401).set_body_json(json!({ "error": "bad token" })), &["401"], SourceState::Stopped)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_answers_403_waits_for_a_person() {
    fails(ResponseTemplate::new(403), &["403"], SourceState::Stopped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_answers_500_is_tried_again() {
    fails(ResponseTemplate::new(500).set_body_string("<h1>oops</h1>"), &["500"], SourceState::Failing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_page_with_200_is_no_answer() {
    let html = ResponseTemplate::new(200).set_body_raw("<html><body>Please log in</body></html>", "text/html");
    fails(html, &["JSON"], SourceState::Failing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn truncated_json_is_no_answer() {
    let text = json!({ "data": [roof(2)], "next": null }).to_string();
    let cut = ResponseTemplate::new(200).set_body_raw(text.split_at(text.len() - 20).0, "application/json");
    fails(cut, &["JSON"], SourceState::Failing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_with_escapes_reaches_nobodys_screen() {
    let body = json!({ "error": "\u{1b}[2J\u{202e}gone" });
    fails(ResponseTemplate::new(500).set_body_json(body), &["500"], SourceState::Failing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_asks_us_to_wait_is_not_read_before() {
    let (web, fair, desk) = (Feed::of(roofs(1)).await, Feed::of(vec![]).await, Desk::start().await);
    let room = room(&web, &fair, &desk).await;
    web.next([ResponseTemplate::new(429).insert_header("Retry-After", "600")]);
    let pass = room.pass().await;
    assert!(pass.failed.len() == 1 && pass.failed[0].contains("429"), "{pass:#?}");
    assert_eq!(room.source("web").await.due_at, Some(room.now() + MINUTE * 10));
    assert_eq!(room.source("web").await.state, SourceState::Throttled);

    let pass = room.pass_after(MINUTE * 9).await;
    assert_eq!(web.asked(), 1, "not before it allows it, not even by hand");
    assert_eq!((pass.received, pass.sources), (0, 1));
    assert!(pass.unfinished.iter().any(|line| line.contains("source web")), "{pass:#?}");

    let pass = room.pass_after(MINUTE).await;
    assert!(pass.is_clean(), "{pass:#?}");
    assert_eq!((pass.received, web.asked()), (1, 2));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_without_end_are_left_and_what_they_held_is_kept() {
    let (web, fair, desk) = (Feed::of(roofs(6)).await, Feed::of(vec![roof(9)]).await, Desk::start().await);
    let room = room(&web, &fair, &desk).await;
    web.pages_of(2);
    web.go_round(true);
    let cursor = room.cursor("web").await;
    let pass = room.pass().await;
    assert_eq!(pass.received, 7, "{pass:#?}");
    assert!(pass.failed.len() == 1 && pass.failed[0].starts_with("source web: "), "{pass:#?}");
    assert!(web.asked() <= 5, "asked {} times", web.asked());
    assert_eq!(room.cursor("web").await, cursor);

    web.go_round(false);
    let pass = room.pass_after(MINUTE * 61).await;
    assert!(pass.is_clean() && pass.received == 0, "{pass:#?}");
    assert_eq!(desk.tickets().len(), 7);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_fails_in_the_middle_loses_and_doubles_nothing() {
    let (web, fair, desk) = (Feed::of(roofs(6)).await, Feed::of(vec![]).await, Desk::start().await);
    let room = room(&web, &fair, &desk).await;
    web.pages_of(2);
    let first = json!({ "data": roofs(2), "next": format!("{}?p=1", web.url()) });
    web.next([ResponseTemplate::new(200).set_body_json(first), ResponseTemplate::new(502)]);
    let cursor = room.cursor("web").await;
    let pass = room.pass().await;
    assert_eq!((pass.received, pass.failed.len()), (2, 1), "{pass:#?}");
    assert_eq!(room.cursor("web").await, cursor);
    let pass = room.pass_after(MINUTE * 16).await;
    assert!(pass.is_clean() && pass.received == 4, "{pass:#?}");
    assert_eq!(desk.tickets().len(), 6);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_form_that_cannot_be_read_is_told_and_the_others_come_in() {
    let (server, desk) = (MockServer::start().await, Desk::start().await);
    let page = |lead| ResponseTemplate::new(200).set_body_json(json!({ "data": [lead] }));
    Mock::given(path("/a")).respond_with(page(roof(1))).mount(&server).await;
    Mock::given(path("/b")).respond_with(ResponseTemplate::new(404)).up_to_n_times(1).mount(&server).await;
    Mock::given(path("/b")).respond_with(page(roof(2))).mount(&server).await;
    let forms = source("web", &server.uri()).replace("preset = \"json\"", "preset = \"forms\"");
    let room = Room::open(&[ROOFER, &forms, &desk_at("desk", &desk.url()), &route(&["desk"])].concat()).await;
    let pass = room.pass().await;
    assert_eq!((pass.received, pass.sent), (1, 1));
    assert!(pass.failed[0].contains("1 of 2 could not be read: b: 127.0.0.1"), "{:?}", pass.failed);
    assert_eq!(room.source("web").await.state, SourceState::Failing);
    let pass = room.pass_after(MINUTE * 2).await;
    assert!(pass.is_clean(), "{pass:#?}");
    assert_eq!((pass.received, pass.sent), (1, 1));
    assert_eq!(room.source("web").await.state, SourceState::Ok);
    room.end().await;
}

/// What a vendor sends of somebody who was deleted there: an id, and that it is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_that_names_only_its_record_ends_its_lead() {
    let (web, fair, desk) = (Feed::of(roofs(2)).await, Feed::of(vec![]).await, Desk::start().await);
    let gone =
        "[source.web.map]\nconsent = { at = \"$.deleted\", map = { true = \"withdrawn\" }, default = \"request\" }\n";
    let closed = "\n[cap.all]\nmax = 0\nper = \"day\"\n";
    let text = [ROOFER, &source("web", &web.url()), gone, &source("fair", &fair.url()), &desk_at("desk", &desk.url())];
    let room = Room::open(&[&text.concat(), closed, &route(&["desk"])].concat()).await;
    assert_eq!(room.pass().await.held, 2);
    web.add([json!({ "id": "r000001", "created_at": "2026-11-23T08:00:00Z", "deleted": true })]);
    let pass = room.pass_after(MINUTE * 2).await;
    assert!(pass.is_clean(), "{pass:#?}");
    assert_eq!((pass.received, pass.aside, pass.held), (0, 1, 1));
    assert_eq!(room.only(List::Held).await.name, "Person 2");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_thousand_leads_on_one_page_are_all_kept() {
    const MANY: usize = 20_000;
    let (web, fair, desk) = (Feed::of(roofs(MANY)).await, Feed::of(vec![]).await, Desk::start().await);
    let text = [ROOFER, &source("web", &web.url()), &source("fair", &fair.url()), &desk_at("desk", &desk.url())];
    let closed = "\n[cap.all]\nmax = 0\nper = \"day\"\n";
    let room = Room::open(&[&text.concat(), closed, &route(&["desk"])].concat()).await;
    let pass = room.pass().await;
    assert!(pass.is_clean(), "{:#?}", pass.failed);
    assert_eq!((pass.received, pass.held, pass.aside), (MANY, MANY as u64, 0));
    let pass = room.pass_after(MINUTE * 2).await;
    assert_eq!((pass.received, pass.held), (0, MANY as u64), "the second read brings nothing new");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_and_empty_records_are_cleaned_or_kept_aside_with_their_reason() {
    let long = "x".repeat(10_000);
    let hostile = with(roof(1), &[("name", json!("\u{1b}[31mEve\u{202e}\r\nBcc: all@example.org\u{7}"))]);
    let endless = with(roof(2), &[("name", json!(long))]);
    let silent = with(roof(3), &[("email", json!("")), ("phone", json!(""))]);
    let nonsense = json!(["not", "a", "record"]);
    let web = Feed::of(vec![hostile, endless, silent, nonsense, roof(4)]).await;
    let (fair, desk) = (Feed::of(vec![]).await, Desk::start().await);
    let room = room(&web, &fair, &desk).await;
    let pass = room.pass().await;
    assert!(pass.is_clean(), "what cannot be read is no failure: {pass:#?}");
    assert_eq!((pass.received, pass.aside, pass.sent), (3, 2, 3));
    for row in room.rows(List::Open).await {
        assert!(!row.name.contains(|c: char| c.is_control() || c == '\u{202e}'), "{row:?}");
        assert!(row.name.chars().count() <= 500, "{} characters", row.name.chars().count());
    }
    let aside = room.rows(List::Quarantine).await;
    assert_eq!(aside.len(), 2);
    let mut told = Vec::new();
    for row in &aside {
        let (raw, why) = room.desk.record(row.inquiry).await.unwrap();
        told.push(format!("{raw} {why} {}", row.codes[0].sentence()));
    }
    let told = told.join("\n");
    for words in ["Person 3", "not", "nobody could be contacted", "could not be read"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    for ticket in desk.tickets() {
        assert!(!ticket.subject.contains(char::is_control) && !ticket.text.contains('\u{1b}'), "{ticket:?}");
    }
    assert!(room.pass_after(MINUTE * 2).await.aside == 0, "and only once");
    assert_eq!(room.source("web").await.quarantined, 2);
    room.end().await;
}
