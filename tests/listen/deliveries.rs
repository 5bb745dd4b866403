//! What is taken: one lead each, however often and however many at once.

use futures::future::join_all;
use leadgate::desk::Desk as _;
use leadgate::desk::view::SourceState;
use serde_json::Value;

use super::refusals::{hook, now, said, signature, signed};
use super::room::{AsJson as _, FORM_KEY, GOOGLE_KEY, HOOK_KEY, OLD_GOOGLE_KEY, Room, google};

/// The contact of the only lead.
async fn contact(room: &Room) -> Value {
    let all = room.texts("select fields from contact").await;
    assert_eq!(all.len(), 1);
    serde_json::from_str(&all[0]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_lead_is_one_lead_however_often_it_comes() {
    let room = Room::open().await;
    for key in [GOOGLE_KEY, GOOGLE_KEY, OLD_GOOGLE_KEY] {
        let told = room.post("/in/google").json(&google("TeStLeAd-0001", key)).send().await.unwrap();
        assert_eq!(told.headers()["cache-control"], "no-store");
        assert_eq!(said(told).await.0, 200);
    }
    assert_eq!(room.codes().await, ["I-OK"]);
    let contact = contact(&room).await;
    assert_eq!(contact["email"], "testlead-0001@example.org");
    assert_eq!((&contact["name"], &contact["need"]), (&"Ada Example".into(), &"Dachsanierung".into()));
    assert_eq!(contact["extra"]["how_old_is_your_roof"], "40 Jahre");
    let raw = &room.texts("select body from raw").await[0];
    assert!(raw.contains("a_key_added_later") && raw.contains("20000000555"), "{raw}");
    for table in ["raw", "contact", "lead", "journal", "inquiry"] {
        let column = match table {
            "contact" => "fields",
            "lead" => "facts",
            "inquiry" => "campaign",
            _ => "body",
        };
        for text in room.texts(&format!("select coalesce(cast({column} as text), '') from {table}")).await {
            assert!(!text.contains("canary") && !text.contains("google_key"), "{table}: {text}");
        }
    }
    // A test of Google's is stored, marked, and no lead.
    let mut test = google("TeStLeAd-0002", GOOGLE_KEY);
    test["is_test"] = true.into();
    assert_eq!(said(room.post("/in/google").json(&test).send().await.unwrap()).await.0, 200);
    assert_eq!((room.codes().await, room.leads().await), (vec!["I-OK".to_owned(), "I-TEST".to_owned()], 1));
    let desk = room.desk().await;
    let line = desk.sources().await.unwrap().into_iter().find(|line| line.id == "google").unwrap();
    assert_eq!((line.state, line.last_ok_at, line.due_at), (SourceState::Ok, Some(room.clock_now()), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_delivery_is_known_by_its_id() {
    let room = Room::open().await;
    let body = hook();
    for _ in 0..3 {
        let given = signature(HOOK_KEY, "msg_2Lh9KRb0pzN4LePd3XiA4v12Axj", now(), &body);
        let told = signed(&room, "msg_2Lh9KRb0pzN4LePd3XiA4v12Axj", now(), &given, &body).send().await.unwrap();
        assert_eq!(said(told).await.0, 200);
    }
    assert_eq!((room.codes().await, room.leads().await), (vec!["I-OK".to_owned()], 1));
    let contact = contact(&room).await;
    assert_eq!((&contact["phone"], &contact["budget"]), (&"+4930901820".into(), &"15000 EUR".into()));
    assert_eq!(contact["extra"]["data.roof_type"], "Flachdach");
    // The same person by another message is a touch.
    let given = signature(HOOK_KEY, "msg_3", now(), &body);
    assert_eq!(said(signed(&room, "msg_3", now(), &given, &body).send().await.unwrap()).await.0, 200);
    assert_eq!((room.codes().await, room.leads().await), (vec!["I-OK".to_owned(), "I-DUP-OPEN".to_owned()], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_comes_in_every_way_a_form_is_sent() {
    let room = Room::open().await;
    let fields = |who: &str| {
        vec![
            ("name".to_owned(), "Jürgen & Söhne".to_owned()),
            ("email".to_owned(), format!("{who}@example.org")),
            ("service".to_owned(), "Dach".to_owned()),
            ("wish".to_owned(), "rot".to_owned()),
            ("wish".to_owned(), "grün".to_owned()),
            ("website".to_owned(), String::new()),
        ]
    };
    let by_header = room.post("/in/form").header("X-Form-Key", FORM_KEY).form(&fields("a"));
    let by_query = room.post(&format!("/in/form?key={FORM_KEY}&x=1")).form(&fields("b"));
    let mut by_field = fields("c");
    by_field.push(("form_key".to_owned(), FORM_KEY.to_owned()));
    let by_field = room.post("/in/form").form(&by_field);
    let part =
        |name: &str, text: &str| format!("--b0\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
    let mut parts = part("form_key", FORM_KEY);
    for (name, text) in fields("d") {
        parts += &part(&name, &text);
    }
    let mut parts = parts.into_bytes();
    parts.extend_from_slice(b"--b0\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"roof.jpg\"\r\ncontent-type: image/jpeg\r\n\r\n");
    parts.extend_from_slice(&[0, 159, 146, 150]);
    parts.extend_from_slice(b"\r\n--b0--\r\n");
    let by_parts = room.post("/in/form").header("content-type", "multipart/form-data; boundary=b0").body(parts);
    let json = serde_json::json!({"name": "Jürgen & Söhne", "email": "e@example.org", "service": "Dach", "wish": ["rot", "grün"]});
    let as_json = room.post("/in/form").header("X-Form-Key", FORM_KEY).json(&json);
    for (place, request) in [by_header, by_query, by_field, by_parts, as_json].into_iter().enumerate() {
        assert_eq!(said(request.send().await.unwrap()).await.0, 200, "{place}");
    }
    assert_eq!(room.leads().await, 5);
    for fields in room.texts("select fields from contact").await {
        let contact: Value = serde_json::from_str(&fields).unwrap();
        assert_eq!((&contact["name"], &contact["need"]), (&"Jürgen & Söhne".into(), &"Dach".into()), "{fields}");
        assert_eq!(contact["extra"]["wish"], "rot, grün", "{fields}");
        assert!(!fields.contains("form_key") && !fields.contains("website") && !fields.contains("canary"), "{fields}");
    }
    let raws = room.texts("select body from raw").await;
    assert!(raws.iter().all(|raw| !raw.contains("canary")), "{raws:?}");
    assert!(raws.iter().any(|raw| raw.contains("(file roof.jpg, not kept)")), "{raws:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_is_one_and_the_next_day_a_further_touch() {
    let room = Room::open().await;
    let send = || room.post("/in/form").header("X-Form-Key", FORM_KEY).form(&[("email", "a@example.org")]).send();
    for _ in 0..2 {
        assert_eq!(said(send().await.unwrap()).await.0, 200);
    }
    assert_eq!(room.codes().await, ["I-OK"]);
    room.clock.advance(jiff::SignedDuration::from_hours(24));
    assert_eq!(said(send().await.unwrap()).await.0, 200);
    assert_eq!((room.codes().await, room.leads().await), (vec!["I-OK".to_owned(), "I-DUP-OPEN".to_owned()], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_a_record_each_and_one_bad_one_costs_itself() {
    let room = Room::open().await;
    let send = |id: &'static str, body: String| {
        let given = signature(HOOK_KEY, id, now(), &body);
        signed(&room, id, now(), &given, &body).header("x-list", "1").send()
    };
    let record = |email: &str, at: &str| serde_json::json!({"timestamp": at, "data": {"email": email}});
    // The preset reads one record at `$`: a list is no table, and is kept aside as a whole.
    let told = said(send("msg_1", serde_json::json!([record("a@example.org", "")]).to_string()).await.unwrap()).await;
    assert!(told.0 == 422 && told.1.contains("not a JSON object"), "{told:?}");
    // With `records` set, each is its own, known by the delivery and its place.
    let list = serde_json::json!({"items": [
        record("a@example.org", "2026-11-23T07:00:00Z"), record("b@example.org", "soon"), record("c@example.org", "")
    ]});
    let send = |body: &serde_json::Value| {
        let body = body.to_string();
        let given = signature(HOOK_KEY, "msg_2", now(), &body);
        let request = room.post("/in/batch").header("content-type", "application/json").header("webhook-id", "msg_2");
        request.header("webhook-timestamp", now()).header("webhook-signature", given).body(body).send()
    };
    for _ in 0..2 {
        assert_eq!(said(send(&list).await.unwrap()).await.0, 200);
    }
    assert_eq!(room.codes().await, ["I-FORMAT", "I-OK", "I-FORMAT", "I-OK"]);
    let told = said(send(&serde_json::json!({"item": []})).await.unwrap()).await;
    assert!(told.0 == 400 && told.1.contains("no record at $.items[*]"), "{told:?}");
    assert_eq!(said(send(&serde_json::json!({"items": []})).await.unwrap()).await.0, 200);
    assert_eq!(room.leads().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn thanks_go_where_the_config_says_and_a_machine_learns_nothing() {
    let room = Room::open().await;
    let path = format!("/in/thankful?key={FORM_KEY}&thanks=https://evil.example&redirect=https://evil.example");
    let person = [("email", "a@example.org"), ("thanks", "https://evil.example")];
    let machine = [("email", "b@example.org"), ("website", "https://spam.example")];
    for (form, leads) in [(person, 1), (machine, 1)] {
        let told = room.post(&path).form(&form).send().await.unwrap();
        assert_eq!(
            (told.status().as_u16(), &told.headers()["location"]),
            (303, &"https://dach.example/danke".parse().unwrap())
        );
        assert_eq!(room.leads().await, leads);
    }
    let json = serde_json::json!({"email": "c@example.org", "website": "x"});
    assert_eq!(room.post(&path).json(&json).send().await.unwrap().status(), 303);
    assert_eq!(
        (room.codes().await, room.leads().await),
        (["I-OK", "I-FORMAT", "I-FORMAT"].map(str::to_owned).to_vec(), 1)
    );
    let raw = &room.texts("select body from raw order by inquiry_id").await[1];
    assert!(raw.contains("a machine wrote it") && raw.contains("b@example.org"), "{raw}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_configured_site_may_send_by_script() {
    let room = Room::open().await;
    let ask = |source: &str, origin: &str| {
        let request = room.client.request(reqwest::Method::OPTIONS, room.url(&format!("/in/{source}")));
        request.header("origin", origin).header("access-control-request-method", "POST").send()
    };
    let good = ask("form", "https://dach.example").await.unwrap();
    assert_eq!(good.status(), 204);
    assert_eq!(good.headers()["access-control-allow-origin"], "https://dach.example");
    assert_eq!(good.headers()["access-control-allow-headers"], "content-type, x-form-key");
    for (source, origin) in [("form", "https://evil.example"), ("form", "null"), ("thankful", "https://dach.example")] {
        let refused = ask(source, origin).await.unwrap();
        assert_eq!(refused.status(), 405);
        assert!(!refused.headers().contains_key("access-control-allow-origin"));
    }
    let send = |origin: &'static str| {
        let request = room.post("/in/form").header("X-Form-Key", FORM_KEY).header("origin", origin);
        request.form(&[("email", "a@example.org")]).send()
    };
    let told = send("https://dach.example").await.unwrap();
    assert_eq!(told.headers()["access-control-allow-origin"], "https://dach.example");
    assert!(!send("https://evil.example").await.unwrap().headers().contains_key("access-control-allow-origin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_are_fifty_leads_and_their_repeats_none() {
    let room = Room::open().await;
    let posts = || {
        // Each twice: the same person, the same delivery, at the same moment.
        let one = |n: usize| room.post("/in/google").json(&google(&format!("lead-{}", n / 2), GOOGLE_KEY)).send();
        join_all((0..100).map(one))
    };
    for _ in 0..2 {
        for told in posts().await {
            assert_eq!(told.unwrap().status(), 200);
        }
    }
    assert_eq!((room.leads().await, room.int("select count(*) from inquiry").await), (50, 50));
    assert_eq!(room.int("select count(*) from raw").await, 50);
    assert!(room.store.invariants().await.unwrap().is_empty());
}
