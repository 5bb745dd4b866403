//! What is not taken, and that nothing of it is kept and nothing given away.

use base64::Engine as _;
use hmac::{Hmac, Mac as _};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use super::room::{AsJson as _, FORM_KEY, GOOGLE_KEY, HOOK_KEY, NOW, OLD_HOOK_KEY, Room, google};

/// Status and what is said, without any secret.
pub async fn said(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    let text = body["error"].as_str().unwrap_or_default().to_owned();
    assert!(!body.to_string().contains("canary"), "{body}");
    assert_eq!(body["ok"], status < 400, "{body}");
    (status, text)
}

/// The signature of Standard Webhooks 1.0, made here once more.
pub fn signature(key: &str, id: &str, at: i64, body: &str) -> String {
    let base64 = base64::engine::general_purpose::STANDARD;
    let bytes = base64.decode(key.strip_prefix("whsec_").unwrap()).unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(&bytes).unwrap().chain_update(format!("{id}.{at}.{body}"));
    format!("v1,{}", base64.encode(mac.finalize().into_bytes()))
}

pub fn now() -> i64 {
    NOW.parse::<jiff::Timestamp>().unwrap().as_second()
}

pub fn hook() -> String {
    std::fs::read_to_string("tests/fixtures/sources/standard-webhook.json").unwrap()
}

/// A signed delivery.
pub fn signed(room: &Room, id: &str, at: i64, signature: &str, body: &str) -> reqwest::RequestBuilder {
    room.post("/in/hook")
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", at)
        .header("webhook-signature", signature)
        .body(body.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_none_and_a_way_that_is_none() {
    let room = Room::open().await;
    for path in ["/in/nobody", "/in/polled", "/in/", "/in/google/more", "/", "/IN/google", "/in/%2e%2e%2fetc"] {
        let told = said(room.post(path).json(&google("a", GOOGLE_KEY)).send().await.unwrap()).await;
        assert_eq!(told, (404, "there is nothing here".to_owned()), "{path}");
    }
    let told = room.client.get(room.url("/in/google")).send().await.unwrap();
    assert_eq!((told.status(), told.headers()["allow"].to_str().unwrap()), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    // A source that could not be set up, or is not: its sender keeps what it has and comes again.
    for (source, words) in [("broken", "not set up"), ("unset", "not set up")] {
        let told = room.post(&format!("/in/{source}?key={FORM_KEY}")).form(&[("email", "a@b.example")]).send().await;
        let told = told.unwrap();
        assert!(told.headers().contains_key("retry-after"));
        let (status, text) = said(told).await;
        assert!(status == 503 && text.contains(words), "{source}: {status} {text}");
    }
    assert_eq!(room.int("select count(*) from inquiry").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_refused_without_a_hint() {
    let room = Room::open().await;
    let mut bodies = Vec::new();
    for key in ["", "wrong", "canary-google-471", "canary-google-47111", FORM_KEY] {
        let response = room.post("/in/google").json(&google("a", key)).send().await.unwrap();
        assert_eq!(response.status(), 401, "{key}");
        bodies.push(response.text().await.unwrap());
    }
    let mut none = google("a", "");
    none.as_object_mut().unwrap().remove("google_key");
    for odd in [none, json!([]), json!({"google_key": 4711}), json!({"google_key": [GOOGLE_KEY]}), json!(null)] {
        let response = room.post("/in/google").json(&odd).send().await.unwrap();
        let status = response.status().as_u16();
        assert!(status == 401 || status == 400, "{odd}: {status}");
        assert_eq!(room.int("select count(*) from inquiry").await, 0);
    }
    for form in [
        room.post("/in/form?key=wrong"),
        room.post("/in/form?Key=canary-form-4711"),
        room.post("/in/form").header("x-form-key", "wrong"),
        room.post("/in/form").header("authorization", FORM_KEY),
    ] {
        let response = form.form(&[("email", "a@b.example"), ("form_key", "also wrong")]).send().await.unwrap();
        assert_eq!(response.status(), 401);
        bodies.push(response.text().await.unwrap());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "every refusal says the same: {bodies:?}");
    assert_eq!(room.int("select count(*) from inquiry").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_does_not_hold_is_refused() {
    let room = Room::open().await;
    let (body, at) = (hook(), now());
    let good = signature(HOOK_KEY, "msg_1", at, &body);
    let stranger = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    for (id, at, given, body) in [
        ("msg_1", at, signature(stranger, "msg_1", at, &body), body.clone()),
        ("msg_1", at, good.clone(), body.replace("15000", "95000")),
        ("msg_2", at, good.clone(), body.clone()),
        ("msg_1", at + 1, good.clone(), body.clone()),
        ("msg_1", at - 301, signature(HOOK_KEY, "msg_1", at - 301, &body), body.clone()),
        ("msg_1", at + 301, signature(HOOK_KEY, "msg_1", at + 301, &body), body.clone()),
        ("msg_1", i64::MAX, signature(HOOK_KEY, "msg_1", i64::MAX, &body), body.clone()),
        ("msg_1", at, good.replace("v1,", "v2,"), body.clone()),
        ("msg_1", at, good.replace("v1,", ""), body.clone()),
        ("msg_1", at, "v1,".to_owned(), body.clone()),
        ("msg_1", at, "v1,not base 64!".to_owned(), body.clone()),
        ("", at, signature(HOOK_KEY, "", at, &body), body.clone()),
    ] {
        let response = signed(&room, id, at, &given, &body).send().await.unwrap();
        assert_eq!(said(response).await, (401, "the sender could not be recognised".to_owned()), "{id} {at} {given}");
    }
    let bare = room.post("/in/hook").json(&json!({})).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    assert_eq!(room.int("select count(*) from inquiry").await, 0);
    // Four minutes off, the older key, and one good signature among others are fine.
    for (id, at, given) in [
        ("msg_3", at - 240, signature(HOOK_KEY, "msg_3", at - 240, &body)),
        ("msg_4", at, signature(OLD_HOOK_KEY, "msg_4", at, &body)),
        ("msg_5", at, format!("v1,AAAA v2,x {}", signature(HOOK_KEY, "msg_5", at, &body))),
    ] {
        assert_eq!(said(signed(&room, id, at, &given, &body).send().await.unwrap()).await.0, 200, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_otherwise_or_too_large_is_refused() {
    let room = Room::open().await;
    let text = google("a", GOOGLE_KEY).to_string();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json", ""] {
        let response = room.post("/in/google").header("content-type", kind).body(text.clone()).send().await.unwrap();
        assert_eq!(said(response).await, (415, "send it as application/json".to_owned()), "{kind}");
    }
    let none = room.post("/in/google").body(text.clone()).send().await.unwrap();
    assert_eq!(none.status(), 415);
    let no_boundary = room.post("/in/form").header("content-type", "multipart/form-data").body("x").send().await;
    assert_eq!(no_boundary.unwrap().status(), 415);
    let mut large = google("a", GOOGLE_KEY);
    large["more"] = "x".repeat(1024 * 1024).into();
    let told = said(room.post("/in/google").json(&large).send().await.unwrap()).await;
    assert_eq!(told, (413, "a request may have at most 1048576 bytes".to_owned()));
    // Without a length said before.
    let piece = || Ok::<_, std::io::Error>(vec![b'x'; 64 * 1024]);
    let pieces = futures::stream::iter((0..17).map(move |_| piece()));
    let body = reqwest::Body::wrap_stream(pieces);
    let told = room.post("/in/google").header("content-type", "application/json").body(body).send().await;
    // The sender may be cut off while it still writes; it never hears of success.
    assert!(told.is_err() || told.is_ok_and(|told| told.status() == 413));
    assert_eq!(room.int("select count(*) from inquiry").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_answers_for_is_not_kept_and_what_is_proven_is() {
    let room = Room::open().await;
    let json =
        |path: &str, body: &str| room.post(path).header("content-type", "application/json").body(body.to_owned());
    // The key stands in the body, so a body that cannot be read proves nothing.
    for body in ["", "{", "{\"google_key\": \"canary-google-4711\"", "<html>"] {
        assert_eq!(said(json("/in/google", body).send().await.unwrap()).await.0, 400, "{body}");
    }
    assert_eq!(room.int("select count(*) from inquiry").await, 0);
    // Signed, or with the key in a header: kept aside with its reason, once.
    for _ in 0..2 {
        let given = signature(HOOK_KEY, "msg_1", now(), "{\"a\":");
        let told = said(signed(&room, "msg_1", now(), &given, "{\"a\":").send().await.unwrap()).await;
        assert!(told.0 == 400 && told.1.contains("cut off"), "{told:?}");
    }
    let told = json("/in/form", "\0 [1, 2").header("x-form-key", FORM_KEY).send().await.unwrap();
    assert_eq!(said(told).await.0, 400);
    let told =
        room.post("/in/form").header("x-form-key", FORM_KEY).header("content-type", "multipart/form-data; boundary=b");
    assert_eq!(said(told.body("--b\r\nnonsense").send().await.unwrap()).await.0, 400);
    assert_eq!(room.codes().await, ["I-FORMAT", "I-FORMAT", "I-FORMAT"]);
    // It can be read, but there is nobody in it, or a moment that is none.
    let told = room.post("/in/form").header("x-form-key", FORM_KEY).form(&[("name", "Ada"), ("email", "nonsense")]);
    let told = said(told.send().await.unwrap()).await;
    assert!(told.0 == 422 && told.1.contains("no e-mail address"), "{told:?}");
    let mut lead = google("late", GOOGLE_KEY);
    lead["lead_submit_time"] = "yesterday".into();
    let told = said(room.post("/in/google").json(&lead).send().await.unwrap()).await;
    assert!(told.0 == 422 && told.1.contains("lead_submit_time is `yesterday`"), "{told:?}");
    assert_eq!((room.int("select count(*) from inquiry").await, room.leads().await), (5, 0));
    for raw in room.texts("select body from raw").await {
        assert!(!raw.contains("canary"), "{raw}");
    }
}
