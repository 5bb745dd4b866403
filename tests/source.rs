//! The polling source against servers that behave, misbehave and lie.

#![allow(clippy::unwrap_used, clippy::panic)] // tests, in functions of their own

#[path = "source/beside.rs"]
mod beside;
#[path = "source/news.rs"]
mod news;
#[path = "source/parents.rs"]
mod parents;
#[path = "source/scenarios.rs"]
mod scenarios;
#[path = "source/walks.rs"]
mod walks;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use leadgate::clock::StubClock;
use leadgate::config::Secret;
use leadgate::config::checked::{self, Assume, Channel, Var};
use leadgate::lead::outcome::Failure;
use leadgate::lead::{Class, Consent, Record};
use leadgate::net::http::Http;
use leadgate::preset::{Direction, Library};
use leadgate::source::{self, Ask, Batch, Cursor, Nothing, Source, Unreadable};
use serde_json::{Value, json};
use wiremock::matchers::{any, header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const CANARY: &str = "canary-4711";

fn http() -> Http {
    Http::new(StubClock::at("2026-09-15T00:00:00Z".parse().unwrap())).unwrap()
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("tests/fixtures/sources/{name}")).unwrap()
}

/// A source of a preset; a variable written `secret` becomes the canary.
fn configured(preset: &str, vars: &[(&str, &str)]) -> checked::Source {
    let vars = vars.iter().map(|(name, text)| {
        let var = match *text {
            "secret" => Var::Secret(Secret::Command(format!("echo {CANARY}"))),
            text => Var::Text(text.to_owned()),
        };
        ((*name).to_owned(), var)
    });
    checked::Source {
        id: "test".into(),
        title: "Test".into(),
        preset: preset.into(),
        vars: vars.collect(),
        every: SignedDuration::from_secs(60),
        channel: Channel::Network,
        goal: None,
        services: Vec::new(),
        map: BTreeMap::new(),
        assume: Assume::default(),
        priority: 0,
        backfill: SignedDuration::from_hours(24),
        same_lead_for: SignedDuration::from_hours(24),
        pays_for: None,
        price_per_lead: None,
        reading: leadgate::config::checked::Reading::default(),
    }
}

fn build(preset: &str, vars: &[(&str, &str)]) -> Box<dyn Source> {
    source::build(&configured(preset, vars), &Library::built_in(), &http()).unwrap()
}

fn json_source(server: &MockServer) -> Box<dyn Source> {
    build("json", &[("url", &format!("{}/leads", server.uri()))])
}

async fn answering(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(template).mount(&server).await;
    server
}

fn ok(body: impl Into<String>) -> ResponseTemplate {
    let now = "Tue, 15 Sep 2026 00:00:00 GMT";
    ResponseTemplate::new(200).set_body_raw(body.into(), "application/json").insert_header("date", now)
}

async fn first(source: &dyn Source) -> Result<Batch, Failure> {
    source.read(Ask::first(&Cursor::default())).await
}

/// A whole walk: everything read, and the last cursor.
async fn walk(source: &dyn Source, cursor: &mut Cursor) -> Result<Vec<Result<Record, Unreadable>>, Failure> {
    let mut records = Vec::new();
    let mut place = None;
    loop {
        let batch = source.read(Ask { cursor, place: place.as_ref(), known: &Nothing }).await?;
        records.extend(batch.records);
        if let Some(new) = batch.cursor {
            *cursor = new;
        }
        place = batch.next;
        if place.is_none() {
            return Ok(records);
        }
    }
}

fn good(records: Vec<Result<Record, Unreadable>>) -> Vec<Record> {
    records.into_iter().map(Result::unwrap).collect()
}

fn at(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn query(request: &Request) -> BTreeMap<String, String> {
    request.url.query_pairs().into_owned().collect()
}

/// A preset of one's own at this server; `rest` is everything after `[http]`. Its variables are `zone` and `key`.
fn library(url: &str, rest: &str) -> Library {
    let head = format!("format = 1\nid = \"own\"\ntitle = \"Own\"\n{rest}\n[http]\nbase = \"{url}\"\n");
    let vars = "[vars]\nzone = { prompt = \"\", default = \"Europe/Oslo\" }\n";
    let mut library = Library::default();
    library.insert(Direction::Source, "own", "own.toml", &format!("{head}{vars}"));
    library
}

fn own(server: &MockServer, rest: &str) -> Box<dyn Source> {
    source::build(&configured("own", &[]), &library(&server.uri(), rest), &http()).unwrap_or_else(|why| panic!("{why}"))
}

/// What is wrong with a preset, offline.
fn faults(rest: &str) -> String {
    let errors = source::check_presets(&library("https://example.org", rest), &http());
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn ids(records: &[Result<Record, Unreadable>]) -> Vec<&str> {
    records.iter().map(|record| record.as_ref().map_or("unreadable", |record| &record.id)).collect()
}

/// The addresses asked for, path and query as sent.
async fn asked(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    let shown = |request: &Request| match request.url.query() {
        Some(query) => format!("{}?{query}", request.url.path()),
        None => request.url.path().to_owned(),
    };
    requests.iter().map(shown).collect()
}

#[test]
fn every_built_in_preset_compiles() {
    let errors = source::check_presets(&Library::built_in(), &http());
    assert!(errors.is_empty(), "{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_wrong_name_in_a_preset_is_found_without_a_server() {
    let text = |from: &str, to: &str| {
        let text = std::fs::read_to_string("config/presets/sources/mailman.toml").unwrap();
        assert!(text.contains(from));
        let mut library = Library::default();
        library.insert(Direction::Source, "mailman", "mailman.toml", &text.replace(from, to));
        source::check_presets(&library, &http()).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let told = text("{{ page.number }}", "{{ page.nunber }}");
    assert!(told.starts_with("mailman.toml:27:") && told.contains("did you mean `number`"), "{told}");
    assert!(text("\"$.entries[*]\"", "\"entries\"").contains("not a JSONPath"));
    assert!(text("email = \"$.email\"", "emial = \"$.email\"").contains("did you mean `email`"));
    assert!(text("count = \"{{ page.size }}\"", "count = \"{{ vars.password }}\"").contains("only [auth]"));
    assert!(text("kind = \"page\"", "kind = \"token\"").contains("needs `next`"));
    assert!(text("strategy = \"snapshot\"", "strategy = \"since\"").contains("needs a field"));
}

#[test]
fn an_operators_mistakes_are_told_at_once_without_secrets() {
    let source = configured("mailman", &[("url", "not an address"), ("pasword", "secret"), ("list_id", "a.b")]);
    let failure = source::build(&source, &Library::built_in(), &http()).err().unwrap();
    assert_eq!(failure.class, Class::Config);
    for part in ["source.test", "`url` must be", "did you mean `password`", "`password` is missing"] {
        assert!(failure.message.contains(part), "{part}: {failure}");
    }
    let failure = source::build(&configured("mailmann", &[]), &Library::built_in(), &http()).err().unwrap();
    assert!(failure.message.contains("did you mean `mailman`"), "{failure}");
}

#[tokio::test]
async fn json_reads_the_page_of_the_benchmark() {
    let server = answering(ok(fixture("json-page.json"))).await;
    let batch = first(&*json_source(&server)).await.unwrap();
    assert!(batch.next.is_none());
    assert_eq!(batch.cursor.as_ref().unwrap().since.as_deref(), Some("2025-01-01T00:00:14Z"));
    let records = good(batch.records);
    let first = &records[0];
    assert_eq!(first.id, "L00000001");
    assert_eq!(first.submitted_at, at("2025-01-01T00:00:07Z"));
    assert_eq!(first.name.as_deref(), Some("Jürgen Müller"));
    assert_eq!(first.email.as_deref(), Some("juergen.mueller.1@example.com"));
    assert_eq!(first.phone.as_deref(), Some("+49 170 00000001"));
    assert_eq!((first.postal_code.as_deref(), first.country.as_deref()), (Some("10115"), Some("DE")));
    assert_eq!(first.need.as_deref(), Some("Looking for a quote for a heat pump in a detached house"));
    assert_eq!((first.timing.as_deref(), first.budget.as_deref()), (Some("ASAP"), Some("up to 12.500 EUR")));
    assert_eq!(first.campaign.as_deref(), Some("brand-search"));
    assert_eq!(first.extra, BTreeMap::from([("source".to_owned(), "webform".to_owned())]));
    assert_eq!((first.consent, first.test), (None, false));
    let raw: Value = serde_json::from_str(&first.raw).unwrap();
    assert_eq!(raw["name"], "Jürgen Müller");
    assert!(first.raw.starts_with("{\"id\":\"L00000001\",\"created_at\""), "as received: {}", first.raw);
    assert_eq!(records[1].timing, None, "an empty text is nothing");
}

#[tokio::test]
async fn json_fields_auth_and_the_question_for_news_can_be_said() {
    let server = MockServer::start().await;
    let body = json!({"items": [{"key": 7, "who": {"mail": "ada@example.org", "age": 40}, "when": 1_789_374_067, "ok": "unsubscribed"}]});
    Mock::given(header("x-api-key", CANARY))
        .and(query_param("updated_since", "2026-09-14T00:00:00Z"))
        .respond_with(ok(body.to_string()))
        .mount(&server)
        .await;
    let source = build(
        "json",
        &[
            ("url", &format!("{}/leads?kind=all", server.uri())),
            ("auth", "header"),
            ("header_value", "secret"),
            ("since_param", "updated_since"),
            ("records", "$.items[*]"),
            ("id", "$.key"),
            ("email", "$.who.mail"),
            ("created_at", "$.when"),
            ("time", "epoch_s"),
            ("consent", "$.ok"),
        ],
    );
    let mut cursor = Cursor::default();
    let records = good(walk(&*source, &mut cursor).await.unwrap());
    let record = &records[0];
    assert_eq!((record.id.as_str(), record.email.as_deref()), ("7", Some("ada@example.org")));
    assert_eq!(record.submitted_at, at("2026-09-14T08:21:07Z"));
    assert_eq!(record.consent, Some(Consent::Withdrawn));
    assert_eq!(record.extra, BTreeMap::from([("who.age".to_owned(), "40".to_owned())]));
    // The next poll asks from the last moment, less the overlap.
    server.reset().await;
    Mock::given(query_param("updated_since", "2026-09-14T08:16:07Z")).respond_with(ok("{}")).mount(&server).await;
    assert!(walk(&*source, &mut cursor).await.unwrap().is_empty());
    assert_eq!(cursor.since.as_deref(), Some("2026-09-14T08:21:07Z"), "nothing new moves nothing");
}

#[tokio::test]
async fn listmonk_knows_who_confirmed_on_the_chosen_list() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/api/subscribers"))
        .and(header("authorization", "Basic bGVhZGdhdGU6Y2FuYXJ5LTQ3MTE="))
        .respond_with(ok(fixture("listmonk-subscribers.json")))
        .expect(1)
        .mount(&server)
        .await;
    let vars = [("url", &*server.uri()), ("user", "leadgate"), ("token", "secret"), ("list_id", "1")];
    let mut cursor = Cursor::default();
    let records = good(walk(&*build("listmonk", &vars), &mut cursor).await.unwrap());
    let consents: Vec<_> = records.iter().map(|record| (record.id.as_str(), record.consent.unwrap())).collect();
    assert_eq!(
        consents,
        [("11", Consent::Confirmed), ("12", Consent::Pending), ("13", Consent::Withdrawn)],
        "by the chosen list, and nobody who was blocked"
    );
    assert_eq!(records[0].submitted_at, at("2026-09-14T08:21:07Z"));
    assert_eq!(records[0].city.as_deref(), Some("Oslo"));
    assert_eq!(records[0].extra, BTreeMap::from([("interest".to_owned(), "roof".to_owned())]));
    assert_eq!(cursor.since.as_deref(), Some("2026-09-14T08:25:00Z"), "another list's changes do not count");
    let asked = query(&server.received_requests().await.unwrap()[0]);
    assert_eq!((asked["page"].as_str(), asked["per_page"].as_str(), asked["order_by"].as_str()), ("1", "500", "id"));
    assert_eq!(
        asked["query"],
        "(subscribers.updated_at >= '2026-09-14T00:00:00Z' OR subscribers.id IN (SELECT s.subscriber_id FROM \
         subscriber_lists s WHERE s.list_id = 1 AND s.updated_at >= '2026-09-14T00:00:00Z'))"
    );
}

#[tokio::test]
async fn mailman_reads_the_roster_and_no_links() {
    let server = MockServer::start().await;
    Mock::given(path("/3.1/lists/offers.news.leadgate.test/roster/member"))
        .and(query_param("page", "1"))
        .and(query_param("count", "100"))
        .respond_with(ok(fixture("mailman-roster.json")))
        .expect(1)
        .mount(&server)
        .await;
    let url = format!("{}/3.1/", server.uri());
    let vars = [("url", &*url), ("password", "secret"), ("list_id", "offers.news.leadgate.test")];
    let records = good(walk(&*build("mailman", &vars), &mut Cursor::default()).await.unwrap());
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].id, "df11f0003b144943b7b6237a5b00bd72");
    assert_eq!(records[0].name.as_deref(), Some("Lead 00003"));
    assert_eq!(records[1].name, None);
    assert_eq!((records[0].consent, records[0].submitted_at), (Some(Consent::Confirmed), None));
    assert!(records[0].extra.is_empty());
}

#[tokio::test]
async fn a_list_without_members_has_no_entries_at_all() {
    let server = answering(ok("{\"start\":0,\"total_size\":0,\"http_etag\":\"x\"}")).await;
    let vars = [("url", &*server.uri()), ("password", "secret"), ("list_id", "a.b")];
    let source = build("mailman", &vars);
    assert!(walk(&*source, &mut Cursor::default()).await.unwrap().is_empty());
    assert!(source.probe().await.unwrap().contains("no records now"));
}

#[tokio::test]
async fn mailchimp_asks_on_from_the_last_change() {
    let server = MockServer::start().await;
    let answer = ok(fixture("mailchimp-members.json")).insert_header("date", "Mon, 14 Sep 2026 08:28:00 GMT");
    Mock::given(path("/3.0/lists/a1b2c3/members")).respond_with(answer).expect(1).mount(&server).await;
    let url = format!("{}/3.0", server.uri());
    let vars = [("url", &*url), ("dc", "us19"), ("list_id", "a1b2c3"), ("api_key", "secret")];
    let mut cursor = Cursor::default();
    let records = good(walk(&*build("mailchimp", &vars), &mut cursor).await.unwrap());
    assert_eq!(records.len(), 2, "who was cleaned away is passed over");
    assert_eq!((records[0].id.as_str(), records[0].consent), ("k0000001", Some(Consent::Confirmed)));
    assert_eq!((records[1].phone.as_deref(), records[1].consent), (Some("+47 21 00 00 00"), Some(Consent::Pending)));
    assert_eq!(records[0].submitted_at, at("2026-09-14T08:20:00Z"));
    assert_eq!(records[1].submitted_at, at("2026-09-14T08:25:00Z"));
    assert_eq!(records[0].extra, BTreeMap::from([("INTEREST".to_owned(), "roof".to_owned())]));
    assert_eq!(cursor.since.as_deref(), Some("2026-09-14T08:23:00Z"), "what is five minutes young is not settled");
    let asked = query(&server.received_requests().await.unwrap()[0]);
    assert_eq!(asked["since_last_changed"], "2026-09-14T00:00:00Z");
    assert_eq!((asked["count"].as_str(), asked["offset"].as_str(), asked["sort_dir"].as_str()), ("1000", "0", "ASC"));
}

#[tokio::test]
async fn mailchimp_walks_on_through_full_pages_and_many_changes_in_one_second() {
    let server = MockServer::start().await;
    let members: Vec<Value> = (0..2_500)
        .map(|n| {
            json!({"contact_id": format!("k{n}"), "status": "subscribed", "merge_fields": {},
            "last_changed": if n < 400 { "2026-09-14T08:00:00+00:00" } else { "2026-09-14T08:00:30+00:00" }})
        })
        .collect();
    Mock::given(any())
        .respond_with(move |request: &Request| {
            let asked = query(request);
            let since: Timestamp = asked["since_last_changed"].parse().unwrap();
            let changed =
                |member: &&Value| member["last_changed"].as_str().unwrap().parse::<Timestamp>().unwrap() > since;
            let page = members.iter().filter(changed).skip(asked["offset"].parse().unwrap()).take(1_000);
            ok(json!({"members": page.collect::<Vec<_>>()}).to_string())
        })
        .mount(&server)
        .await;
    let vars = [("url", &*server.uri()), ("dc", "us19"), ("list_id", "a1b2c3"), ("api_key", "secret")];
    let records = good(walk(&*build("mailchimp", &vars), &mut Cursor::default()).await.unwrap());
    let ids: std::collections::BTreeSet<_> = records.iter().map(|record| record.id.clone()).collect();
    assert_eq!(ids.len(), 2_500, "nobody is missed");
    assert!(server.received_requests().await.unwrap().len() <= 5);
}

#[tokio::test]
async fn every_refusal_gets_its_class_and_words_and_shows_no_secret() {
    let echo = format!("{{\"detail\":\"key {CANARY} \\u001b[2Jis bad\"}}");
    for (preset, template, class, words) in [
        ("json", ResponseTemplate::new(401).set_body_string(&echo), Class::Auth, "401: key *** [2Jis bad"),
        ("json", ResponseTemplate::new(403), Class::Auth, "answered 403"),
        ("json", ResponseTemplate::new(400).set_body_string("no"), Class::Config, "400: no"),
        ("json", ResponseTemplate::new(404), Class::Config, "404"),
        ("json", ResponseTemplate::new(410), Class::Gone, "410"),
        ("json", ResponseTemplate::new(418), Class::Config, "418"),
        ("json", ResponseTemplate::new(425), Class::Throttle, "425"),
        ("json", ResponseTemplate::new(500), Class::Retry, "500"),
        ("json", ResponseTemplate::new(503), Class::Retry, "503"),
        ("json", ResponseTemplate::new(304), Class::Config, "304"),
        ("json", ResponseTemplate::new(502).set_body_raw("<html>x", "text/html"), Class::Retry, "502: an HTML page"),
        ("json", ok("<!doctype html><html>login</html>"), Class::Retry, "answered an HTML page instead of JSON"),
        ("json", ok(""), Class::Retry, "answered nothing instead of JSON"),
        ("json", ok("{\"data\": [{\"id\": 1}, {\"id\""), Class::Retry, "JSON that is cut off after 26 bytes"),
        ("json", ok("{\"data\": [}"), Class::Retry, "not JSON"),
        ("mailchimp", ResponseTemplate::new(401).set_body_string(&echo), Class::Auth, "401"),
        (
            "mailchimp",
            ResponseTemplate::new(403).set_body_string("{\"title\":\"Forbidden\"}"),
            Class::Auth,
            "Forbidden",
        ),
        ("mailchimp", ResponseTemplate::new(403), Class::Throttle, "403"),
        ("mailman", ResponseTemplate::new(500).set_body_string("{\"title\":\"500 Internal\"}"), Class::Retry, "500"),
        ("listmonk", ResponseTemplate::new(403).set_body_string("{\"message\":\"no\"}"), Class::Auth, "403: no"),
    ] {
        let server = answering(template).await;
        let url = server.uri();
        let all = [
            ("json", vec![("url", url.as_str()), ("auth", "bearer"), ("token", "secret")]),
            ("mailchimp", vec![("url", url.as_str()), ("dc", "us1"), ("list_id", "a"), ("api_key", "secret")]),
            ("mailman", vec![("url", url.as_str()), ("list_id", "a"), ("password", "secret")]),
            ("listmonk", vec![("url", url.as_str()), ("list_id", "1"), ("user", "u"), ("token", "secret")]),
        ];
        let vars = &all.iter().find(|(id, _)| *id == preset).unwrap().1;
        let source = build(preset, vars);
        let failure = first(&*source).await.unwrap_err();
        assert_eq!(failure.class, class, "{preset}: {failure}");
        assert!(failure.message.contains(words), "{words}: {failure}");
        assert!(failure.message.starts_with("127.0.0.1:"), "{failure}");
        assert!(!failure.to_string().contains(CANARY) && !failure.message.contains('\u{1b}'), "{failure}");
        assert!(source.probe().await.unwrap_err().class == class);
    }
}

#[tokio::test]
async fn later_is_understood_in_seconds_and_as_a_date() {
    let busy = || ResponseTemplate::new(429);
    for (template, wait) in [
        (busy().insert_header("retry-after", "20"), Some(20)),
        (
            busy()
                .insert_header("retry-after", "Tue, 15 Sep 2026 00:02:00 GMT")
                .insert_header("date", "Tue, 15 Sep 2026 00:01:00 GMT"),
            Some(60),
        ),
        (busy().insert_header("retry-after", "1000000000"), Some(93_600)),
        (busy().insert_header("retry-after", "-1"), None),
        (busy(), None),
    ] {
        let server = answering(template).await;
        let failure = first(&*json_source(&server)).await.unwrap_err();
        assert_eq!((failure.class, failure.wait_secs), (Class::Throttle, wait));
    }
}

#[tokio::test]
async fn pages_are_followed_at_our_own_host_only() {
    let evil = answering(ok("{}")).await;
    let server = MockServer::start().await;
    let page = |next: &str, id: u32| ok(json!({"data": [{"id": id}], "next": next}).to_string());
    let elsewhere = format!("{}/leads?page=2", evil.uri());
    Mock::given(query_param_is_missing("page")).respond_with(page(&elsewhere, 1)).mount(&server).await;
    Mock::given(query_param("page", "2")).respond_with(page("?page=3", 2)).mount(&server).await;
    Mock::given(query_param("page", "3")).respond_with(page("", 3)).mount(&server).await;
    let source = build("json", &[("url", &format!("{}/leads", server.uri())), ("auth", "bearer"), ("token", "secret")]);
    let records = good(walk(&*source, &mut Cursor::default()).await.unwrap());
    assert_eq!(records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
    assert!(evil.received_requests().await.unwrap().is_empty(), "no credentials leave");
}

#[tokio::test]
async fn redirects_stay_at_home() {
    let evil = answering(ok("{\"data\":[]}")).await;
    for target in [evil.uri(), "http://169.254.169.254/latest/meta-data".to_owned(), "file:///etc/passwd".to_owned()] {
        let server = answering(ResponseTemplate::new(302).insert_header("location", target.as_str())).await;
        let failure = first(&*json_source(&server)).await.unwrap_err();
        assert_eq!(failure.class, Class::Config);
        assert!(failure.message.contains("redirects to") && failure.message.contains("refused"), "{failure}");
    }
    assert!(evil.received_requests().await.unwrap().is_empty());
    let server = MockServer::start().await;
    Mock::given(path("/leads"))
        .respond_with(ResponseTemplate::new(308).insert_header("location", "/new/leads"))
        .mount(&server)
        .await;
    Mock::given(path("/new/leads")).respond_with(ok("{\"data\":[{\"id\":1}]}")).mount(&server).await;
    assert_eq!(first(&*json_source(&server)).await.unwrap().records.len(), 1);
    let server = answering(ResponseTemplate::new(301).insert_header("location", "/leads")).await;
    assert!(first(&*json_source(&server)).await.unwrap_err().message.contains("in circles"));
}

#[tokio::test]
async fn a_walk_that_goes_in_circles_stops_and_says_so() {
    // The same page again under another link.
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|request: &Request| {
            let page: u32 = query(request).get("p").map_or(1, |page| page.parse().unwrap());
            ok(json!({"data": [{"id": 1}], "next": format!("/leads?p={}", page + 1)}).to_string())
        })
        .mount(&server)
        .await;
    let failure = walk(&*json_source(&server), &mut Cursor::default()).await.unwrap_err();
    assert_eq!(failure.class, Class::Config);
    assert!(failure.message.contains("keeps sending the same page"), "{failure}");
    // The same link on empty pages.
    let server = answering(ok("{\"data\": [], \"next\": \"/leads?p=2\"}")).await;
    let failure = walk(&*json_source(&server), &mut Cursor::default()).await.unwrap_err();
    assert!(failure.message.contains("keeps sending the same link"), "{failure}");
    // A counter that is ignored.
    let members: Vec<Value> = (0..100).map(|n| json!({"member_id": n})).collect();
    let server = answering(ok(json!({"entries": members}).to_string())).await;
    let vars = [("url", &*server.uri()), ("password", "secret"), ("list_id", "a.b")];
    let failure = walk(&*build("mailman", &vars), &mut Cursor::default()).await.unwrap_err();
    assert!(failure.message.contains("keeps sending the same page"), "{failure}");
}

#[tokio::test]
async fn an_empty_page_may_have_more_behind_it() {
    let server = MockServer::start().await;
    let empty = ok("{\"data\": [], \"next\": \"/leads?p=2\"}");
    Mock::given(query_param_is_missing("p")).respond_with(empty).mount(&server).await;
    Mock::given(query_param("p", "2")).respond_with(ok("{\"data\": [{\"id\": 1}]}")).mount(&server).await;
    assert_eq!(walk(&*json_source(&server), &mut Cursor::default()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_bad_record_costs_one_record() {
    let body = r#"{"data": [
        {"id": "a", "email": "a@example.org"},
        {"email": "no-id@example.org"},
        {"id": "c", "email": {"address": "c@example.org"}},
        {"id": "d", "created_at": "yesterday"},
        {"id": "e", "budget": 1e400},
        "text",
        {"id": "g", "phone": 4930901820, "need": null, "tags": ["x", "y"], "deep": {"a": {"b": true}}},
        {"id": "a", "email": "again@example.org"}
    ]}"#;
    let server = answering(ok(body)).await;
    let source = json_source(&server);
    let batch = first(&*source).await.unwrap();
    assert_eq!(batch.records.len(), 8);
    let (good, bad): (Vec<_>, Vec<_>) = batch.records.into_iter().partition(Result::is_ok);
    let good: Vec<Record> = good.into_iter().map(Result::unwrap).collect();
    let bad: Vec<Unreadable> = bad.into_iter().map(Result::unwrap_err).collect();
    assert_eq!(
        good.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(),
        ["a", "g", "a"],
        "the store tells them"
    );
    assert_eq!(good[1].phone.as_deref(), Some("4930901820"));
    assert_eq!(good[1].extra["tags"], "x, y");
    assert_eq!(good[1].extra["deep.a.b"], "true");
    let told: Vec<(bool, &str)> = bad.iter().map(|bad| (bad.id.len() == 16, bad.why.as_str())).collect();
    assert_eq!(told[0], (true, "it has no id ($.id)"));
    assert_eq!(told[1], (false, "email: $.email is a table where text is expected"));
    assert!(told[2].1.contains("$.created_at is `yesterday`, not a moment"));
    assert!(told[3].1.contains("not JSON") && told[3].0);
    assert_eq!(told[4], (true, "the record is not a JSON object"));
    assert_eq!(bad[1].raw, r#"{"id": "c", "email": {"address": "c@example.org"}}"#);
    let probed = source.probe().await.unwrap();
    assert!(
        probed.contains("8 records on the first page: 3 readable, 5 unreadable (the first: it has no id"),
        "{probed}"
    );
}

#[tokio::test]
async fn a_hundred_thousand_leads_on_one_page_come_in_slices() {
    let record = |n: u32| {
        let email = format!("lead{n}@example.org");
        json!({"id": format!("L{n:08}"), "created_at": "2025-01-01T00:00:07Z", "email": email, "service": "roof", "source": "x"})
    };
    let body = json!({"data": (0..100_000).map(record).collect::<Vec<_>>(), "next": null}).to_string();
    let server = answering(ok(body)).await;
    let source = json_source(&server);
    let mut cursor = Cursor::default();
    let mut place = None;
    let (mut count, mut largest) = (0, 0);
    loop {
        let batch = source.read(Ask { cursor: &cursor, place: place.as_ref(), known: &Nothing }).await.unwrap();
        count += batch.records.len();
        largest = largest.max(batch.records.len());
        assert_eq!(batch.cursor.is_some(), batch.next.is_none(), "the cursor moves at the end only");
        if let Some(new) = batch.cursor {
            cursor = new;
        }
        place = batch.next;
        if place.is_none() {
            break;
        }
    }
    assert_eq!((count, largest), (100_000, 5_000));
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "asked once");
    // Polled again with nothing new: the page is known and nothing is mapped.
    assert!(walk(&*source, &mut cursor).await.unwrap().is_empty());
    // Another mapping makes the same bytes news.
    let other = build("json", &[("url", &format!("{}/leads", server.uri())), ("need", "$.source")]);
    assert_eq!(other.read(Ask::first(&cursor)).await.unwrap().records.len(), 5_000);
}

#[tokio::test]
async fn one_changed_page_among_known_ones_is_read_again() {
    let server = MockServer::start().await;
    let page =
        |n: u32, email: &str, next: Value| ok(json!({"data": [{"id": n, "email": email}], "next": next}).to_string());
    let mount = async |second: &str| {
        server.reset().await;
        Mock::given(query_param_is_missing("p")).respond_with(page(1, "a@b.c", json!("?p=2"))).mount(&server).await;
        Mock::given(query_param("p", "2")).respond_with(page(2, second, json!(null))).mount(&server).await;
    };
    let source = json_source(&server);
    let mut cursor = Cursor::default();
    mount("old@b.c").await;
    assert_eq!(walk(&*source, &mut cursor).await.unwrap().len(), 2);
    assert_eq!(walk(&*source, &mut cursor).await.unwrap().len(), 0);
    mount("new@b.c").await;
    let changed = good(walk(&*source, &mut cursor).await.unwrap());
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].email.as_deref(), Some("new@b.c"));
}

#[tokio::test]
async fn compressed_answers_are_read_and_bombs_are_not() {
    // gzip of {"data":[{"id":"z"}]} followed by white space, made once with gzip -9.
    let server = answering(
        ResponseTemplate::new(200)
            .insert_header("content-encoding", "gzip")
            .set_body_raw(include_bytes!("fixtures/sources/page.json.gz").as_slice(), "application/json"),
    )
    .await;
    assert_eq!(good(first(&*json_source(&server)).await.unwrap().records)[0].id, "z");
    let bomb = include_bytes!("fixtures/sources/bomb.gz").as_slice();
    for (body, words) in [(bomb, "larger than"), (&bomb[..bomb.len() / 2], "cut off after")] {
        let template = ResponseTemplate::new(200).insert_header("content-encoding", "gzip");
        let server = answering(template.set_body_raw(body, "application/json")).await;
        let mut preset = std::fs::read_to_string("config/presets/sources/json.toml").unwrap();
        preset = preset.replace("base = \"{{ vars.url }}\"", "base = \"{{ vars.url }}\"\nbody_max_mib = 4");
        let mut library = Library::built_in();
        library.insert(Direction::Source, "json", "json.toml", &preset);
        let url = server.uri();
        let source = source::build(&configured("json", &[("url", &url)]), &library, &http()).unwrap();
        let failure = first(&*source).await.unwrap_err();
        assert!(failure.message.contains(words), "{words}: {failure}");
    }
}

/// Answers one connection with raw bytes, then closes it.
fn raw_server(answer: &'static [u8]) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut asked = [0; 2_048];
        assert!(stream.read(&mut asked).unwrap() > 0);
        stream.write_all(answer).unwrap();
    });
    format!("http://{address}/leads?key=hidden")
}

#[tokio::test]
async fn a_broken_connection_says_how_far_it_got() {
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    for (url, words) in [
        (format!("http://{nobody}/leads?key=hidden"), format!("connection refused by {nobody}")),
        (
            raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"data\": ["),
            "was cut off after 10 bytes".to_owned(),
        ),
        (raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{"), "is larger than".to_owned()),
        (raw_server(b"nonsense\r\n\r\n"), "broke before an answer came".to_owned()),
        (raw_server(b""), "broke before an answer came".to_owned()),
        ("http://leadgate.invalid/leads?key=hidden".to_owned(), "leadgate.invalid cannot be resolved".to_owned()),
    ] {
        let failure = first(&*build("json", &[("url", &url)])).await.unwrap_err();
        assert!(failure.message.contains(&words), "{words}: {failure}");
        assert!(!failure.message.contains("hidden"), "{failure}");
    }
}

/// The real thing, where one runs: `MAILMAN_API=… MAILMAN_PASSWORD=… MAILMAN_LIST_ID=… cargo test -- --ignored mailman`.
#[tokio::test]
#[ignore = "needs a running Mailman"]
async fn a_real_mailman_is_read() {
    let variable = |name: &str| std::env::var(name).unwrap();
    let (url, list) = (variable("MAILMAN_API"), variable("MAILMAN_LIST_ID"));
    let password = Var::Secret(Secret::Env("MAILMAN_PASSWORD".into()));
    let mut config = configured("mailman", &[("url", &url), ("list_id", &list)]);
    config.vars.insert("password".into(), password);
    let source = source::build(&config, &Library::built_in(), &http()).unwrap();
    let probed = source.probe().await.unwrap();
    let mut cursor = Cursor::default();
    let records = good(walk(&*source, &mut cursor).await.unwrap());
    println!("{probed}; read {}", records.len());
    for record in &records {
        assert!(record.email.as_deref().is_some_and(|email| email.contains('@')));
        assert_eq!(record.consent, Some(Consent::Confirmed));
    }
    assert!(walk(&*source, &mut cursor).await.unwrap().is_empty(), "nothing new the second time");
    config.vars.insert("list_id".into(), Var::Text("no.such.list".into()));
    let missing = source::build(&config, &Library::built_in(), &http()).unwrap();
    assert_eq!(first(&*missing).await.unwrap_err().class, Class::Config);
    config.vars.insert("password".into(), Var::Secret(Secret::Command("echo wrong".into())));
    let refused = source::build(&config, &Library::built_in(), &http()).unwrap();
    assert_eq!(first(&*refused).await.unwrap_err().class, Class::Auth);
}
