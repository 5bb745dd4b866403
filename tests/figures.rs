//! Figures of campaigns against a loopback server: windows that are read again, that shrink, and emptiness that
//! may be a missing right.

#![allow(clippy::unwrap_used)] // tests, in functions of their own

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::Date;
use leadgate::clock::{Clock as _, StubClock};
use leadgate::config::checked::{self, Assume, Channel, Var};
use leadgate::lead::outcome::Failure;
use leadgate::lead::{Class, Metric};
use leadgate::net::http::Http;
use leadgate::preset::{Direction, Library};
use leadgate::source::{self, Ask, Cursor, Nothing, Source};
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const PRESET: &str = r#"
format = 1
id = "figures"
title = "Figures"
kind = "metrics"
[vars]
url = { prompt = "", kind = "url" }
[http]
base = "{{ vars.url }}"
[request]
path = "/insights"
query = { since = "{{ cursor.day }}", until = "{{ cursor.until_day }}", after = "{{ page.token }}" }
[paging]
kind = "token"
next = "$.after"
[cursor]
strategy = "window"
restate = "28 days"
zone = "Europe/Oslo"
[extract]
records = "$.data[*]"
[metrics]
campaign = "$.id"
day = "$.day"
impressions = "$.shown"
spend = "$.spend"
currency = { const = "NOK" }
span = "31 days"
probe = { path = "/roles", ok_if = "$.roles" }
[[errors]]
when = { at = "$.error.code", equals = 100 }
class = "shrink"
"#;

struct World {
    server: MockServer,
    clock: Arc<StubClock>,
    source: Box<dyn Source>,
}

fn configured(url: &str, pays_for: Option<&str>) -> checked::Source {
    checked::Source {
        id: "meta-cost".into(),
        title: "Test".into(),
        preset: "figures".into(),
        vars: BTreeMap::from([("url".to_owned(), Var::Text(url.to_owned()))]),
        every: SignedDuration::from_secs(60),
        channel: Channel::Campaign,
        goal: None,
        services: Vec::new(),
        assume: Assume::default(),
        priority: 0,
        backfill: SignedDuration::from_hours(90 * 24),
        same_lead_for: SignedDuration::from_hours(24),
        map: BTreeMap::new(),
        pays_for: pays_for.map(str::to_owned),
        price_per_lead: None,
        reading: leadgate::config::checked::Reading::default(),
    }
}

fn library() -> Library {
    let mut library = Library::default();
    library.insert(Direction::Source, "figures", "figures.toml", PRESET);
    library
}

impl World {
    /// Half past midnight in Oslo on 15 September: still the 14th in UTC.
    async fn start() -> Self {
        let clock = StubClock::at("2026-09-14T22:30:00Z".parse().unwrap());
        let server = MockServer::start().await;
        let http = Http::new(clock.clone()).unwrap();
        let source = source::build(&configured(&server.uri(), Some("meta")), &library(), &http).unwrap();
        Self { server, clock, source }
    }

    /// The windows asked for so far.
    async fn windows(&self) -> Vec<(String, String)> {
        let requests = self.server.received_requests().await.unwrap();
        let asked = requests.iter().filter(|request| request.url.path() == "/insights");
        asked
            .map(|request| {
                let query = query(request);
                (query["since"].clone(), query["until"].clone())
            })
            .collect()
    }

    async fn walk(&self, cursor: &mut Cursor) -> Result<Vec<Metric>, Failure> {
        let (mut metrics, mut place) = (Vec::new(), None);
        loop {
            let batch = self.source.read(Ask { cursor, place: place.as_ref(), known: &Nothing }).await?;
            assert!(batch.records.is_empty());
            metrics.extend(batch.metrics);
            if let Some(new) = batch.cursor {
                *cursor = new;
            }
            place = batch.next;
            if place.is_none() {
                return Ok(metrics);
            }
        }
    }
}

fn query(request: &Request) -> BTreeMap<String, String> {
    request.url.query_pairs().into_owned().collect()
}

/// A row for each day of the window, from a server whose clock is ours.
fn every_day(clock: &StubClock, request: &Request) -> ResponseTemplate {
    let query = query(request);
    let (since, until): (Date, Date) = (query["since"].parse().unwrap(), query["until"].parse().unwrap());
    let days = since.series(jiff::Span::new().days(1)).take_while(|day| *day <= until);
    let rows: Vec<Value> = days.map(|day| json!({"id": "c1", "day": day.to_string(), "spend": "1.5"})).collect();
    dated(clock, ResponseTemplate::new(200).set_body_json(json!({ "data": rows })))
}

fn dated(clock: &StubClock, answer: ResponseTemplate) -> ResponseTemplate {
    answer.insert_header("date", clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string().as_str())
}

async fn rights(server: &MockServer, body: Value) {
    Mock::given(path("/roles")).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(server).await;
}

#[tokio::test]
async fn the_past_is_read_once_and_what_may_be_corrected_every_time() {
    let world = World::start().await;
    let clock = Arc::clone(&world.clock);
    let answer = move |request: &Request| every_day(&clock, request);
    Mock::given(path("/insights")).respond_with(answer).mount(&world.server).await;
    let mut cursor = Cursor::default();
    let first = world.walk(&mut cursor).await.unwrap();
    assert_eq!(first.len(), 91, "90 days back and today, in the account's zone");
    let text = |from: &str, until: &str| (from.to_owned(), until.to_owned());
    let windows = world.windows().await;
    let first = [text("2026-06-17", "2026-07-17"), text("2026-07-18", "2026-08-17"), text("2026-08-18", "2026-09-15")];
    assert_eq!(windows, first);
    assert_eq!(cursor.since.as_deref(), Some("2026-09-15"));
    world.clock.advance(SignedDuration::from_hours(24 * 10));
    world.walk(&mut cursor).await.unwrap();
    // After ten days of silence: from 28 days before the last read, not before today.
    let after = world.windows().await.split_off(3);
    assert_eq!(after, [text("2026-08-18", "2026-09-17"), text("2026-09-18", "2026-09-25")]);
}

#[tokio::test]
async fn a_window_that_is_too_much_shrinks_until_it_is_answered() {
    let world = World::start().await;
    let clock = Arc::clone(&world.clock);
    let answer = move |request: &Request| {
        let query = query(request);
        let (since, until): (Date, Date) = (query["since"].parse().unwrap(), query["until"].parse().unwrap());
        if (until - since).get_days() < 10 {
            return every_day(&clock, request);
        }
        let said = json!({"error": {"code": 100, "message": "Please reduce the amount of data you're asking for"}});
        dated(&clock, ResponseTemplate::new(400).set_body_json(said))
    };
    Mock::given(path("/insights")).respond_with(answer).mount(&world.server).await;
    let mut cursor = Cursor::default();
    let metrics = world.walk(&mut cursor).await.unwrap();
    let mut days: Vec<String> = metrics.iter().map(|metric| metric.day.to_string()).collect();
    days.dedup();
    assert_eq!((days.len(), days[0].as_str(), days[90].as_str()), (91, "2026-06-17", "2026-09-15"));
    let asked = world.windows().await.len();
    assert_eq!(asked, 2 + 13, "31, 15, then 7 days each: what was learnt is kept");
    world.walk(&mut cursor).await.unwrap();
    assert_eq!(world.windows().await.len(), asked + 5);
}

#[tokio::test]
async fn one_day_that_is_too_much_is_told() {
    let world = World::start().await;
    let said = ResponseTemplate::new(400).set_body_json(json!({"error": {"code": 100}}));
    Mock::given(path("/insights")).respond_with(said).mount(&world.server).await;
    let told = world.walk(&mut Cursor::default()).await.unwrap_err();
    assert!(told.class == Class::Config && told.message.contains("even one day"), "{told}");
}

#[tokio::test]
async fn no_rows_are_no_figures_only_where_we_may_see_them() {
    for (roles, allowed) in [(json!({"roles": []}), false), (json!({"roles": ["VIEWER"]}), true)] {
        let world = World::start().await;
        let nothing = ResponseTemplate::new(200).set_body_json(json!({ "data": [] }));
        Mock::given(path("/insights")).respond_with(nothing).mount(&world.server).await;
        rights(&world.server, roles).await;
        let mut cursor = Cursor::default();
        match world.walk(&mut cursor).await {
            Ok(metrics) => assert!(allowed && metrics.is_empty() && cursor.since.is_some()),
            Err(told) => {
                assert!(!allowed && cursor == Cursor::default(), "{told}");
                assert_eq!(told.class, Class::Auth);
                assert!(told.message.contains("no right to see any") && told.hint.is_some(), "{told}");
            }
        }
        assert_eq!(world.source.probe().await.is_ok(), allowed);
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_told_and_costs_one_row() {
    let world = World::start().await;
    let rows =
        json!({"data": [{"id": "c1", "day": "2026-09-13", "spend": "1"}, {"id": "c2", "day": "soon", "spend": "1"}]});
    Mock::given(path("/insights"))
        .respond_with(ResponseTemplate::new(200).set_body_json(rows))
        .mount(&world.server)
        .await;
    let cursor = Cursor { since: Some("2026-09-14".into()), ..Cursor::default() };
    let batch = world.source.read(Ask::first(&cursor)).await.unwrap();
    assert_eq!((batch.metrics.len(), batch.metrics[0].currency.as_deref()), (1, Some("NOK")));
    assert!(batch.trouble.unwrap().message.contains("1 of 2 rows cannot be read"));
    assert!(batch.cursor.is_some());
}

#[test]
fn a_source_of_figures_says_whom_it_pays_for() {
    let http = Http::new(StubClock::at("2026-09-14T22:30:00Z".parse().unwrap())).unwrap();
    let told = source::build(&configured("https://x.org", None), &library(), &http).err().unwrap();
    assert!(told.message.contains("`pays_for` says for which source"), "{told}");
    assert!(source::check_presets(&library(), &http).is_empty());
}

/// A preset, its variables, what the vendor answers, where, and the campaign and spend that is to be read.
type Vendor = (&'static str, Vec<(&'static str, &'static str)>, Value, &'static str, (&'static str, &'static str));

/// What each vendor documents, read by its preset: the query it is asked with, and the one row it answers.
#[tokio::test]
async fn every_vendors_report_is_asked_for_and_read_as_it_is_documented() {
    let meta = json!({"data": [{"campaign_id": "120210000000001", "campaign_name": "Spring intake", "account_currency": "NOK",
        "impressions": "1204", "clicks": "37", "spend": "52.18", "date_start": "2026-09-13", "date_stop": "2026-09-13"}],
        "paging": {"cursors": {"before": "MAZDZD", "after": "MQZDZD"}}});
    let google = json!([{"results": [{"campaign": {"id": "555", "name": "Search - courses"}, "segments": {"date": "2026-09-13"},
        "metrics": {"impressions": "830", "clicks": "41", "costMicros": "61230000"}, "customer": {"currencyCode": "NOK"}}]}]);
    let linkedin = json!({"paging": {"start": 0, "count": 10, "links": []}, "elements": [
        {"pivotValues": ["urn:li:sponsoredCampaign:9001"], "dateRange": {"start": {"year": 2026, "month": 9, "day": 13},
        "end": {"year": 2026, "month": 9, "day": 13}}, "impressions": 640, "clicks": 9, "costInLocalCurrency": "73.4400"}]});
    let tiktok = json!({"code": 0, "message": "OK", "data": {"page_info": {"page": 1, "total_number": 1, "total_page": 1},
        "list": [{"dimensions": {"campaign_id": "17", "stat_time_day": "2026-09-13 00:00:00"},
        "metrics": {"campaign_name": "Spring", "currency": "NOK", "impressions": "5", "clicks": "1", "spend": "1.20"}}]}});
    let oauth = [("client_id", "me"), ("client_secret", "secret"), ("refresh_token", "secret")];
    let vendors: [Vendor; 4] = [
        (
            "meta-insights",
            vec![("account_id", "7"), ("token", "secret"), ("app_secret", "secret")],
            meta,
            "/v26.0/act_7/insights",
            ("120210000000001", "52.18"),
        ),
        (
            "google-ads-metrics",
            [&oauth[..], &[("customer_id", "123"), ("developer_token", "secret")]].concat(),
            google,
            "/v25/customers/123/googleAds:searchStream",
            ("555", "61.23"),
        ),
        (
            "linkedin-analytics",
            [&oauth[..], &[("account_id", "1234"), ("currency", "nok")]].concat(),
            linkedin,
            "/adAnalytics",
            ("9001", "73.4400"),
        ),
        (
            "tiktok-report",
            vec![("advertiser_id", "9"), ("token", "secret")],
            tiktok,
            "/report/integrated/get/",
            ("17", "1.20"),
        ),
    ];
    for (preset, vars, answer, at, (campaign, spend)) in vendors {
        let server = MockServer::start().await;
        let token = ResponseTemplate::new(200).set_body_json(json!({"access_token": "access-1", "expires_in": 3600}));
        Mock::given(path("/token")).respond_with(token).mount(&server).await;
        Mock::given(path(at)).respond_with(ResponseTemplate::new(200).set_body_json(answer)).mount(&server).await;
        let mut source = checked::Source { preset: preset.into(), ..configured(&server.uri(), Some("meta")) };
        for (name, text) in vars {
            let secret = || Var::Secret(leadgate::config::Secret::Command("echo canary-1".into()));
            source.vars.insert(name.into(), if text == "secret" { secret() } else { Var::Text(text.into()) });
        }
        if preset.starts_with("google") || preset.starts_with("linkedin") {
            source.vars.insert("token_url".into(), Var::Text(format!("{}/token", server.uri())));
        }
        let http = Http::new(StubClock::at("2026-09-14T22:30:00Z".parse().unwrap())).unwrap();
        let built = source::build(&source, &Library::built_in(), &http).unwrap();
        let cursor = Cursor { since: Some("2026-09-14".into()), ..Cursor::default() };
        let batch = built.read(Ask::first(&cursor)).await.unwrap();
        let metric = &batch.metrics[0];
        assert_eq!((metric.campaign.as_str(), metric.spend), (campaign, spend.parse().ok()), "{preset}");
        assert_eq!(metric.day.to_string(), "2026-09-13", "{preset}");
        let asked = server.received_requests().await.unwrap();
        let request = asked.iter().find(|request| request.url.path() == at).unwrap();
        let sent = format!("{}\n{}", request.url.query().unwrap_or_default(), String::from_utf8_lossy(&request.body));
        let expected = match preset {
            "meta-insights" => "time_range=%7B%22since%22%3A%222026-08-17%22%2C%22until%22%3A%222026-09-14%22%7D",
            "google-ads-metrics" => "BETWEEN '2026-08-15' AND '2026-09-14'",
            "linkedin-analytics" => "dateRange=(start:(year:2026,month:8,day:17),end:(year:2026,month:8,day:30))",
            _ => "start_date=2026-08-17",
        };
        assert!(sent.contains(expected), "{preset}: {sent}");
        match preset {
            "meta-insights" => assert!(sent.contains("appsecret_proof=") && !sent.contains("canary"), "{sent}"),
            "google-ads-metrics" => {
                assert_eq!(request.headers["developer-token"], "canary-1");
                assert!(!request.headers.contains_key("login-customer-id"));
            }
            "linkedin-analytics" => {
                assert_eq!(metric.currency.as_deref(), Some("NOK"));
                assert!(sent.contains("accounts=List(urn%3Ali%3AsponsoredAccount%3A1234)"), "{sent}");
            }
            _ => assert_eq!(request.headers["access-token"], "canary-1"),
        }
    }
}
