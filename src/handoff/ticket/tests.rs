use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use wiremock::matchers::{any, method, path, query_param};
use wiremock::{Mock, MockServer, Request as Received, ResponseTemplate};

use super::super::fixture::{Recorder, card, hostile};
use super::*;
use crate::clock::StubClock;

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn client() -> Http {
    Http::new(StubClock::at("2026-11-20T15:31:00Z".parse().unwrap())).unwrap()
}

fn token() -> Token {
    card().token
}

/// A destination whose secrets are what its variables' environment names say.
fn ticket(preset: &str, url: &str, vars: &[(&str, &str)]) -> Ticket {
    changed(preset, url, vars, |text| text)
}

fn changed(preset: &str, url: &str, vars: &[(&str, &str)], change: impl Fn(String) -> String) -> Ticket {
    let mut library = Library::built_in();
    let file = format!("{}/config/presets/destinations/{preset}.toml", env!("CARGO_MANIFEST_DIR"));
    library.insert(Direction::Destination, preset, "test.toml", &change(std::fs::read_to_string(file).unwrap()));
    let mut given: BTreeMap<String, Var> = [("url".to_owned(), Var::Text(url.to_owned()))].into();
    for (name, value) in vars {
        let secret = ["password", "token", "secret"].contains(name);
        let value = (*value).to_owned();
        given.insert((*name).to_owned(), if secret { Var::Secret(Secret::Env(value)) } else { Var::Text(value) });
    }
    let resolve = |secret: &Secret| match secret {
        Secret::Env(text) => Ok(SecretString::from(text.as_str())),
        _ => Err("unexpected".to_owned()),
    };
    let templates = Arc::new(Templates::shipped().unwrap());
    Ticket::new("desk", preset, &given, &library, &client(), templates, &resolve)
        .map_err(|error| error.to_string())
        .unwrap()
}

fn request_tracker(url: &str) -> Ticket {
    ticket("request-tracker", url, &[("token", "1-14-canary"), ("login", "leadgate")])
}

fn roundup(url: &str) -> Ticket {
    ticket("roundup", url, &[("user", "leadgate"), ("password", "canary-pw"), ("keyword", "lead")])
}

fn webhook(url: &str) -> Ticket {
    ticket("webhook", url, &[("secret", SECRET)])
}

async fn answers(server: &MockServer, verb: &str, at: &str, answer: ResponseTemplate) {
    Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(server).await;
}

fn json_answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

async fn deliver(ticket: &Ticket, card: &Card) -> (Delivery, Vec<Phase>) {
    let phases = Recorder::default();
    let delivery = ticket.deliver(&ticket.freeze(card).unwrap(), &phases).await;
    let entered = phases.entered.lock().unwrap().clone();
    (delivery, entered)
}

fn told(request: &Received) -> String {
    let mut out = format!("{} {}", request.method, request.url.path());
    let query: Vec<String> = request.url.query_pairs().map(|(name, value)| format!("\n  ? {name} = {value}")).collect();
    out.push_str(&query.concat());
    let mut headers: Vec<String> = request
        .headers
        .iter()
        .filter(|(name, _)| !["host", "content-length", "accept-encoding", "user-agent"].contains(&name.as_str()))
        .map(|(name, value)| format!("\n  {name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    out.push_str(&headers.concat());
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    out + "\n" + &serde_json::to_string_pretty(&body).unwrap()
}

async fn rt_taking() -> MockServer {
    let server = MockServer::start().await;
    answers(&server, "POST", "/REST/2.0/ticket", json_answer(201, &json!({"type": "ticket", "id": "42"}))).await;
    let found = json!({"items": [{"id": "42", "CustomFields": [{"name": "LeadGate ID", "values": [token()]}]}]});
    answers(&server, "GET", "/REST/2.0/tickets", json_answer(200, &found)).await;
    server
}

async fn roundup_taking() -> MockServer {
    let server = MockServer::start().await;
    answers(&server, "POST", "/leads/rest/data/msg", json_answer(201, &json!({"data": {"id": "7"}}))).await;
    answers(&server, "POST", "/leads/rest/data/issue", json_answer(201, &json!({"data": {"id": "3"}}))).await;
    server
}

#[tokio::test]
async fn a_hostile_lead_makes_these_requests_and_no_others() {
    let mut hostile = hostile();
    hostile.contact.extra.retain(|name, _| name.starts_with("field 7 "));
    let rt = rt_taking().await;
    let delivered = deliver(&request_tracker(&rt.uri()), &hostile).await.0;
    assert_eq!(delivered.class, Class::Ok, "{delivered:?}");
    let tracker = roundup_taking().await;
    assert_eq!(deliver(&roundup(&format!("{}/leads", tracker.uri())), &hostile).await.0.class, Class::Ok);
    let hook = MockServer::start().await;
    answers(&hook, "POST", "/hook", ResponseTemplate::new(204)).await;
    assert_eq!(deliver(&webhook(&format!("{}/hook", hook.uri())), &hostile).await.0.class, Class::Ok);
    for (name, server) in [("request-tracker", rt), ("roundup", tracker), ("webhook", hook)] {
        let requests: Vec<String> = server.received_requests().await.unwrap().iter().map(told).collect();
        insta::assert_snapshot!(name, requests.join("\n\n").replace(&server.uri(), "http://own.test"));
    }
}

#[tokio::test]
async fn a_created_ticket_has_its_number_its_page_and_its_phase() {
    let server = roundup_taking().await;
    let (delivery, phases) = deliver(&roundup(&format!("{}/leads", server.uri())), &card()).await;
    let reference = delivery.reference.unwrap();
    assert_eq!((reference.id.as_str(), reference.number.as_deref()), ("3", Some("3")));
    assert_eq!(reference.url.unwrap(), format!("{}/leads/issue3", server.uri()));
    assert_eq!(phases, [Phase::Body]);
    let sent = server.received_requests().await.unwrap();
    let body: Value = serde_json::from_slice(&sent[1].body).unwrap();
    assert_eq!(body["messages"], json!(["7"]), "the message made first");
    assert_eq!(body["extkey"], json!("LG7K3Q9V2MX4ZT"));
}

#[tokio::test]
async fn a_retry_sends_the_same_bytes_and_nothing_secret_is_stored() {
    let server = roundup_taking().await;
    let destination = roundup(&format!("{}/leads", server.uri()));
    let frozen = destination.freeze(&card()).unwrap();
    assert_eq!(frozen, destination.freeze(&card()).unwrap());
    let stored = String::from_utf8(frozen.0.clone()).unwrap();
    assert!(!stored.contains("canary") && !stored.to_lowercase().contains("authorization"));
    for _ in 0..2 {
        destination.deliver(&frozen, &Recorder::default()).await;
    }
    let sent = server.received_requests().await.unwrap();
    assert_eq!((&sent[0].body, &sent[1].body), (&sent[2].body, &sent[3].body));
    // A lead cannot write the placeholder of a result.
    let mut forging = card();
    forging.contact.need = "LGFILL.LG000000000000.message.".into();
    assert!(String::from_utf8(destination.freeze(&forging).unwrap().0).unwrap().contains("LGFILL.LG000000000000"));
}

#[tokio::test]
async fn every_answer_to_a_create_has_its_class() {
    let html = ResponseTemplate::new(200).set_body_raw("<html>Sign in</html>", "text/html");
    for (answer, class) in [
        (json_answer(201, &json!({"type": "ticket"})), Class::Unknown),
        (ResponseTemplate::new(201), Class::Unknown),
        (html, Class::Unknown),
        (json_answer(401, &json!({"message": "Unauthorized"})), Class::Auth),
        (ResponseTemplate::new(302).insert_header("location", "/NoAuth/Login.html"), Class::Auth),
        (json_answer(403, &json!({"message": "No permission to create tickets in the queue"})), Class::Config),
        (json_answer(400, &json!({"message": "Could not create ticket. Queue not set"})), Class::Config),
        (json_answer(400, &json!({"message": "Subject too strange"})), Class::Reject),
        (ResponseTemplate::new(307).insert_header("location", "http://evil.test/"), Class::Config),
        (ResponseTemplate::new(404), Class::Config),
        (ResponseTemplate::new(410), Class::Gone),
        (ResponseTemplate::new(422), Class::Reject),
        (ResponseTemplate::new(429).insert_header("retry-after", "20"), Class::Throttle),
        (ResponseTemplate::new(500).set_body_string("oops"), Class::Unknown),
        (ResponseTemplate::new(502), Class::Unknown),
        (ResponseTemplate::new(503), Class::Unknown),
        (ResponseTemplate::new(503).insert_header("retry-after", "7"), Class::Throttle),
    ] {
        let server = MockServer::start().await;
        answers(&server, "POST", "/REST/2.0/ticket", answer).await;
        let (delivery, phases) = deliver(&request_tracker(&server.uri()), &card()).await;
        assert_eq!(delivery.class, class, "{delivery:?}");
        assert_eq!(phases, [Phase::Body]);
        assert_eq!(server.received_requests().await.unwrap().len(), 1, "no redirect is followed, nothing sent twice");
        assert!(!delivery.message.contains("canary"));
        if class == Class::Throttle {
            assert!(matches!(delivery.wait_secs, Some(7 | 20)), "{delivery:?}");
        }
    }
}

#[tokio::test]
async fn a_ticket_whose_answer_never_came_is_unknown_and_one_never_asked_for_a_retry() {
    let server = MockServer::start().await;
    let slow = json_answer(201, &json!({"id": "42"})).set_delay(Duration::from_secs(30));
    answers(&server, "POST", "/REST/2.0/ticket", slow).await;
    let vars = [("token", "canary"), ("login", "leadgate")];
    let quick = |text: String| text.replace("timeout = \"60s\"", "timeout = \"200ms\"");
    let destination = changed("request-tracker", &server.uri(), &vars, quick);
    assert_eq!(deliver(&destination, &card()).await.0.class, Class::Unknown);

    let (_held, nobody) = crate::net::nobody();
    let delivery = deliver(&request_tracker(&format!("http://{nobody}")), &card()).await.0;
    assert_eq!(delivery.class, Class::Retry, "{delivery:?}");
}

#[tokio::test]
async fn a_failed_preparation_made_no_ticket() {
    for (status, class) in [(500, Class::Retry), (409, Class::Retry), (403, Class::Auth), (429, Class::Throttle)] {
        let server = MockServer::start().await;
        answers(&server, "POST", "/leads/rest/data/msg", ResponseTemplate::new(status)).await;
        let (delivery, phases) = deliver(&roundup(&format!("{}/leads", server.uri())), &card()).await;
        assert_eq!(delivery.class, class, "{delivery:?}");
        assert!(phases.is_empty(), "a crash there is a retry too");
    }
}

#[tokio::test]
async fn a_lost_lease_makes_no_ticket_and_stored_nonsense_is_refused() {
    let server = roundup_taking().await;
    let destination = roundup(&format!("{}/leads", server.uri()));
    let frozen = destination.freeze(&card()).unwrap();
    let phases = Recorder { lost: true, ..Recorder::default() };
    assert_eq!(destination.deliver(&frozen, &phases).await.class, Class::Retry);
    let made = server.received_requests().await.unwrap();
    assert!(made.iter().all(|request| request.url.path().ends_with("/msg")));
    let moved = roundup("http://127.0.0.1:1/leads").deliver(&frozen, &Recorder::default()).await;
    assert_eq!(moved.class, Class::Reject);
    assert!(moved.message.contains("it was made for"), "credentials never go where they do not belong: {moved:?}");
    let nonsense = destination.deliver(&Frozen(b"{}".to_vec()), &Recorder::default()).await;
    assert_eq!(nonsense.class, Class::Reject);
}

#[tokio::test]
async fn a_search_adopts_only_what_carries_our_key() {
    let row = |id: &str, key: &str| json!({"id": id, "extkey": key, "title": "x LG7K3Q9V2MX4ZT"});
    for (rows, found) in [
        (json!([]), Found::Absent),
        (json!([row("1", "LG0000000000ZZ"), row("2", "")]), Found::Absent),
        (
            json!([row("1", "LG0000000000ZZ"), row("4", "LG7K3Q9V2MX4ZT"), row("9", "LG7K3Q9V2MX4ZT")]),
            Found::Here(vec![reference("4"), reference("9")]),
        ),
    ] {
        let server = MockServer::start().await;
        let body = json!({"data": {"collection": rows}});
        Mock::given(method("GET"))
            .and(path("/leads/rest/data/issue"))
            .and(query_param("extkey:", "LG7K3Q9V2MX4ZT"))
            .respond_with(json_answer(200, &body))
            .mount(&server)
            .await;
        let answer = roundup(&format!("{}/leads", server.uri())).find(&token()).await.unwrap();
        let answer = match answer {
            Found::Here(all) => Found::Here(all.into_iter().map(|it| Reference { url: None, ..it }).collect()),
            other => other,
        };
        assert_eq!(answer, found);
    }
}

fn reference(id: &str) -> Reference {
    Reference { id: id.into(), number: Some(id.into()), url: None }
}

#[tokio::test]
async fn a_search_that_fails_proves_nothing() {
    for (answer, class) in [
        (ResponseTemplate::new(500), Class::Retry),
        (ResponseTemplate::new(429), Class::Throttle),
        (ResponseTemplate::new(401), Class::Auth),
        (ResponseTemplate::new(200).set_body_string("<html>"), Class::Retry),
        (ResponseTemplate::new(200), Class::Retry),
        (json_answer(200, &json!({"data": {"hint": "the search is being rebuilt"}})), Class::Retry),
    ] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let failure = roundup(&format!("{}/leads", server.uri())).find(&token()).await.unwrap_err();
        assert_eq!(failure.class, class, "{failure}");
    }
    assert_eq!(webhook("http://127.0.0.1:1/").find(&token()).await.unwrap(), Found::CannotAsk);
}

#[tokio::test]
async fn a_key_the_far_side_drops_is_noticed_after_the_first_ticket() {
    let server = MockServer::start().await;
    answers(&server, "POST", "/REST/2.0/ticket", json_answer(201, &json!({"id": "42"}))).await;
    answers(&server, "GET", "/REST/2.0/tickets", json_answer(200, &json!({"items": []}))).await;
    let destination = request_tracker(&server.uri());
    let delivery = deliver(&destination, &card()).await.0;
    assert_eq!(delivery.class, Class::Ok, "the ticket is there: sending again would double it");
    assert!(delivery.hint.unwrap().contains("not our key"));
    assert_eq!(destination.find(&token()).await.unwrap(), Found::CannotAsk, "an absence would prove nothing");

    let server = rt_taking().await;
    let destination = request_tracker(&server.uri());
    for _ in 0..2 {
        assert_eq!(deliver(&destination, &card()).await.0.hint, None);
    }
    let searches =
        server.received_requests().await.unwrap().iter().filter(|r| r.url.path().ends_with("tickets")).count();
    assert_eq!(searches, 1, "looked once");
}

#[tokio::test]
async fn a_key_that_exists_is_adopted_and_another_conflict_is_a_refusal() {
    for (rows, class) in [(json!([{"id": "8", "extkey": token()}]), Class::Exists), (json!([]), Class::Reject)] {
        let server = MockServer::start().await;
        answers(&server, "POST", "/leads/rest/data/msg", json_answer(201, &json!({"data": {"id": "7"}}))).await;
        answers(&server, "POST", "/leads/rest/data/issue", ResponseTemplate::new(409)).await;
        let found = json_answer(200, &json!({"data": {"collection": rows}}));
        answers(&server, "GET", "/leads/rest/data/issue", found).await;
        let delivery = deliver(&roundup(&format!("{}/leads", server.uri())), &card()).await.0;
        assert_eq!(delivery.class, class, "{delivery:?}");
        assert_eq!(delivery.reference.map(|it| it.id), (class == Class::Exists).then(|| "8".to_owned()));
    }
}

async fn roundup_polled(messages: &Value, rows: &Value) -> (Result<Polled, Failure>, usize) {
    let server = MockServer::start().await;
    let issue = json!({"data": {"attributes": {
        "status": {"name": "chatting"}, "assignedto": {"username": "desk"}, "messages": messages,
    }}});
    answers(&server, "GET", "/leads/rest/data/issue/3", json_answer(200, &issue)).await;
    answers(&server, "GET", "/leads/rest/data/msg", json_answer(200, &json!({"data": {"collection": rows}}))).await;
    let polled = roundup(&format!("{}/leads", server.uri())).poll(&reference("3")).await;
    (polled, server.received_requests().await.unwrap().len())
}

#[tokio::test]
async fn the_first_human_answer_is_the_earliest_that_is_not_ours() {
    let message = |who: &str, at: &str| json!({"id": "1", "creator": {"username": who}, "creation": at});
    let rows = json!([
        message("leadgate", "2026-11-21.22:00:00"),
        message("desk", "2026-11-21.22:45:10"),
        message("anna", "2026-11-21.22:33:57"),
    ]);
    let (polled, _) = roundup_polled(&json!([{"id": "1"}, {"id": "2"}, {"id": "3"}]), &rows).await;
    let polled = polled.unwrap();
    assert_eq!(polled.first_response, Some(("2026-11-21T22:33:57Z".parse().unwrap(), Quality::Derived)));
    assert_eq!((polled.state.as_deref(), polled.meaning.as_deref()), (Some("chatting"), Some("open")));
    assert_eq!(polled.owner.as_deref(), Some("desk"));

    let ours = json!([message("leadgate", "2026-11-21.22:00:00")]);
    let (polled, requests) = roundup_polled(&json!([{"id": "1"}]), &ours).await;
    assert_eq!((polled.unwrap().first_response, requests), (None, 2), "our own text is no answer");

    let (polled, requests) = roundup_polled(&json!([]), &rows).await;
    assert_eq!((polled.unwrap().first_response, requests), (None, 1), "without messages nobody else's are read");

    let broken = json!([message("desk", "yesterday")]);
    assert!(roundup_polled(&json!([{"id": "1"}]), &broken).await.0.is_err(), "a time nobody can read is not guessed");
}

#[tokio::test]
async fn request_tracker_is_asked_for_its_first_correspondence() {
    let server = MockServer::start().await;
    let ticket = json!({"id": 42, "Status": "resolved", "Owner": {"id": "Nobody"}});
    answers(&server, "GET", "/REST/2.0/ticket/42", json_answer(200, &ticket)).await;
    let item = |kind: &str, who: &str, at: &str| json!({"Type": kind, "Created": at, "Creator": {"id": who}});
    let history = json!({"items": [
        item("Create", "leadgate", "2026-11-21T22:00:00Z"),
        item("Correspond", "leadgate", "2026-11-21T22:00:01Z"),
        item("Correspond", "RT_System", "2026-11-21T22:00:02Z"),
        item("Comment", "ben", "2026-11-21T22:10:00Z"),
        item("Correspond", "ben", "2026-11-21T22:32:33Z"),
    ]});
    answers(&server, "GET", "/REST/2.0/ticket/42/history", json_answer(200, &history)).await;
    let destination = request_tracker(&server.uri());
    assert!(destination.tracks() && !webhook("http://127.0.0.1:1/").tracks());
    let polled = destination.poll(&reference("42")).await.unwrap();
    assert_eq!(polled.first_response, Some(("2026-11-21T22:32:33Z".parse().unwrap(), Quality::Derived)));
    assert_eq!((polled.meaning.as_deref(), polled.owner), (Some("won"), None));

    let gone = destination.poll(&reference("43")).await.unwrap();
    assert_eq!(gone.meaning.as_deref(), Some("deleted"));
}

#[tokio::test]
async fn a_webhook_is_signed_anew_with_the_same_id() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(502)).mount(&server).await;
    let destination = webhook(&server.uri());
    assert_eq!(destination.repeats_safe_secs(), Some(300));
    let (delivery, _) = deliver(&destination, &card()).await;
    assert_eq!(delivery.class, Class::Throttle);
    let sent = server.received_requests().await.unwrap();
    assert_eq!(sent[0].headers["webhook-id"], "lgh_7K3Q9V2MX4ZT");
    assert_eq!(sent[0].headers["webhook-timestamp"], "1795188660");
    assert!(sent[0].headers["webhook-signature"].to_str().unwrap().starts_with("v1,"));
    assert!(sent[0].body.len() < 20_000);
}

#[tokio::test]
async fn a_probe_changes_nothing_and_says_what_it_found() {
    let server = MockServer::start().await;
    let none = json_answer(200, &json!({"data": {"collection": []}}));
    answers(&server, "GET", "/leads/rest/data/issue", none).await;
    let destination = roundup(&format!("{}/leads", server.uri()));
    assert!(destination.probe().await.unwrap().contains("can be searched"));
    let hook = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(405)).mount(&hook).await;
    assert!(webhook(&hook.uri()).probe().await.unwrap().contains("405"));
    for server in [&server, &hook] {
        let sent = server.received_requests().await.unwrap();
        assert!(sent.iter().all(|request| ["GET", "HEAD"].contains(&request.method.as_str())));
    }
    let refusing = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(401).set_body_string("Invalid Login")).mount(&refusing).await;
    let failure = roundup(&format!("{}/leads", refusing.uri())).probe().await.unwrap_err();
    assert_eq!(failure.class, Class::Auth);
}

#[tokio::test]
async fn every_shipped_preset_compiles_and_mistakes_are_named() {
    let library = Library::built_in();
    let ids: Vec<&str> = library.ids(Direction::Destination).collect();
    assert!(ids.len() >= 23 && ids.contains(&"request-tracker") && ids.contains(&"zendesk"), "{ids:?}");
    for id in ids {
        Ticket::check(id, &library, &client()).map_err(|error| error.to_string()).unwrap();
    }
    let mistake = |from: &str, to: &str| {
        let mut library = Library::built_in();
        let file = format!("{}/config/presets/destinations/roundup.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains(from), "{from}");
        library.insert(Direction::Destination, "roundup", "mine.toml", &text.replace(from, to));
        Ticket::check("roundup", &library, &client()).unwrap_err().to_string()
    };
    assert!(mistake("{{ card.text }}", "{{ card.txt }}").contains("did you mean `text`"));
    assert!(mistake("{{ before.message }}", "{{ before.msg }}").contains("before.msg"));
    assert!(mistake("{{ h.token }}\"\n\n[find]", "{{ vars.password }}\"\n\n[find]").contains("secret"));
    assert!(mistake("unread        = \"new\"", "unread = \"neww\"").contains("neww"));
    let missing = Ticket::new(
        "desk",
        "roundup",
        &BTreeMap::new(),
        &library,
        &client(),
        Arc::new(Templates::shipped().unwrap()),
        &|_| Err(String::new()),
    );
    let missing = missing.err().unwrap();
    assert_eq!(missing.class, Class::Config);
    assert!(missing.message.contains("url") && missing.message.contains("password"), "{missing}");
}
