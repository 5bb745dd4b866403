//! Accounts against a loopback server: signing in, being refused, being told to wait in every style there is.

#![allow(clippy::unwrap_used, clippy::panic)] // tests, in functions of their own

#[path = "accounts/grants.rs"]
mod grants;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use jiff::SignedDuration;
use leadgate::clock::StubClock;
use leadgate::config::Secret;
use leadgate::config::checked::{self, Assume, Channel, Var};
use leadgate::lead::Class;
use leadgate::lead::outcome::Failure;
use leadgate::net::http::Http;
use leadgate::net::tokens::{FileTokens, TokenStore};
use leadgate::preset::auth::Consent;
use leadgate::preset::{Direction, Library, SourcePreset, Values};
use leadgate::source::{self, Ask, Cursor, Source};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use wiremock::matchers::{any, body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const NOW: &str = "2026-09-15T10:00:00Z";
const CANARY: &str = "canary-4711";

/// A preset that reads `$.data[*]` of one page, with these parts.
fn preset(parts: &str) -> Library {
    let whole = format!(
        r#"
format = 1
id = "x"
title = "X"
{parts}
[vars]
url = {{ prompt = "", kind = "url" }}
key = {{ prompt = "", kind = "secret", optional = true }}
other = {{ prompt = "", default = "" }}
[http]
base = "{{{{ vars.url }}}}"
[request]
path = "/leads"
[cursor]
strategy = "snapshot"
[extract]
records = "$.data[*]"
id = "$.id"
[map]
email = "$.email"
"#
    );
    let mut library = Library::default();
    library.insert(Direction::Source, "x", "x.toml", &whole);
    library
}

fn configured(id: &str, url: &str, key: Option<&str>) -> checked::Source {
    let mut vars = BTreeMap::from([("url".to_owned(), Var::Text(url.to_owned()))]);
    if let Some(key) = key {
        vars.insert("key".to_owned(), Var::Secret(Secret::Command(format!("echo {key}"))));
    }
    checked::Source {
        id: id.into(),
        title: "Test".into(),
        preset: "x".into(),
        vars,
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

struct World {
    server: MockServer,
    clock: Arc<StubClock>,
    http: Http,
    library: Library,
}

impl World {
    async fn of(parts: &str) -> Self {
        let clock = StubClock::at(NOW.parse().unwrap());
        let server = MockServer::start().await;
        let library = preset(&parts.replace("SERVER", &server.uri()));
        Self { server, http: Http::new(clock.clone()).unwrap(), clock, library }
    }

    fn source(&self, id: &str, key: Option<&str>) -> Box<dyn Source> {
        source::build(&configured(id, &self.server.uri(), key), &self.library, &self.http).unwrap()
    }

    async fn asked(&self, at: &str) -> usize {
        self.server.received_requests().await.unwrap().iter().filter(|request| request.url.path() == at).count()
    }
}

async fn read(source: &dyn Source) -> Result<usize, Failure> {
    source.read(Ask::first(&Cursor::default())).await.map(|batch| batch.records.len())
}

fn good() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"data": [{"id": 1, "email": "a@example.org"}]}))
}

async fn at(server: &MockServer, place: &str, answer: ResponseTemplate) {
    Mock::given(path(place)).respond_with(answer).mount(server).await;
}

/// `access-1`, `access-2`, …, and refresh tokens in the same way where `rotating`.
async fn token_server(server: &MockServer, rotating: bool) {
    let count = AtomicUsize::new(0);
    let answer = move |_: &Request| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let mut body =
            json!({"access_token": format!("access-{number}"), "expires_in": "3600", "token_type": "bearer"});
        if rotating {
            body["refresh_token"] = Value::from(format!("refresh-{number}"));
        }
        ResponseTemplate::new(200).set_body_json(body)
    };
    Mock::given(method("POST")).and(path("/token")).respond_with(answer).mount(server).await;
}

const OAUTH: &str = r#"
[auth]
kind = "oauth2"
token_url = "SERVER/token"
authorize_url = "SERVER/authorize"
authorize_query = { access_type = "offline" }
client_id = "me"
client_secret = "our-secret-1"
refresh_token = "{{ vars.key }}"
"#;

/// Where the far side says when the sign-in itself ends, it is told in time; access that renews itself never ends.
#[tokio::test]
async fn the_end_of_a_sign_in_and_of_a_token_is_known() {
    let world = World::of(OAUTH).await;
    let life = |name: &str, secs: i64| json!({"access_token": "a", "expires_in": 3600, name: secs});
    let answers = [life("refresh_token_expires_in", 864_000), life("refresh_expires_in", 86_400)];
    let count = AtomicUsize::new(0);
    let answer = move |_: &Request| {
        let number = count.fetch_add(1, Ordering::SeqCst).min(1);
        ResponseTemplate::new(200).set_body_json(answers[number].clone())
    };
    Mock::given(method("POST")).and(path("/token")).respond_with(answer).mount(&world.server).await;
    at(&world.server, "/leads", good()).await;
    let source = world.source("one", Some(CANARY));
    assert_eq!(source.facts().token_until, None, "nobody has asked yet");
    let now: jiff::Timestamp = NOW.parse().unwrap();
    read(&*source).await.unwrap();
    assert_eq!(source.facts().token_until, Some(now + SignedDuration::from_hours(240)));
    world.clock.advance(SignedDuration::from_hours(2));
    read(&*source).await.unwrap();
    let facts = source.facts();
    assert_eq!((facts.token_until, facts.token_by_hand), (Some(now + SignedDuration::from_hours(26)), false));

    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let token = format!("{}.{}.x", encode(r#"{"alg":"HS256"}"#), encode(r#"{"exp":1790000000}"#));
    let world = World::of("[auth]\nkind = \"bearer\"\ntoken = \"{{ vars.key }}\"").await;
    let facts = world.source("one", Some(&token)).facts();
    assert_eq!((facts.token_until.map(jiff::Timestamp::as_second), facts.token_by_hand), (Some(1_790_000_000), true));
    let odd = encode(r#"{"exp":"soon"}"#);
    for plain in ["canary", "a.b.c", &format!("a.{odd}.c"), "..", "EAAB.1|2"] {
        let odd = format!("'{plain}'");
        assert_eq!(world.source("one", Some(&odd)).facts().token_until, None, "{plain}");
    }
}

/// Scenario 14: every style, its wait, and that nobody of the account asks again before that is over.
#[tokio::test]
async fn a_throttle_in_every_style_lets_the_whole_account_rest() {
    let meta = json!({"1": [{"type": "leadgen", "call_count": 95, "estimated_time_to_regain_access": 19}]}).to_string();
    let google = json!([{"error": {"code": 429, "details": [{"errors": [{"details": {"quotaErrorDetails": {"retryDelay": "36s"}}}]}]}}]);
    let json = |status: u16, body: Value| ResponseTemplate::new(status).set_body_json(body);
    let styles: Vec<(&str, &str, &str, ResponseTemplate, u64)> = vec![
        ("Klaviyo", "", "", ResponseTemplate::new(429).insert_header("retry-after", "70"), 70),
        (
            "Brevo",
            "reset = { header = \"x-sib-ratelimit-reset\", unit = \"s\" }",
            "",
            ResponseTemplate::new(429).insert_header("x-sib-ratelimit-reset", "1800"),
            1_800,
        ),
        (
            "Meta",
            "usage = { header = \"x-business-use-case-usage\", percent = \"$.*[*].call_count\", pause_above = 80, wait = \"$.*[*].estimated_time_to_regain_access\", unit = \"min\" }",
            "[[errors]]\nwhen = { at = \"$.error.code\", equals = [4, 80005] }\nclass = \"throttle\"",
            json(400, json!({"error": {"code": 80005}})).insert_header("x-business-use-case-usage", meta.as_str()),
            1_140,
        ),
        ("Google", "body = { at = \"$..retryDelay\", unit = \"duration\" }", "", json(429, google), 36),
        (
            "LinkedIn",
            "resets_at = \"00:00Z\"",
            "",
            json(429, json!({"status": 429, "message": "Resource level throttle"})),
            3_600,
        ),
        (
            "Mailchimp",
            "",
            "[[errors]]\nwhen = { status = [403], not_json = true }\nclass = \"throttle\"\nwait = \"5m\"",
            ResponseTemplate::new(403).set_body_string("<html>Forbidden</html>"),
            300,
        ),
        (
            "TikTok",
            "",
            "[[errors]]\nwhen = { at = \"$.code\", equals = 40100 }\nclass = \"throttle\"\nwait = \"2m\"",
            json(200, json!({"code": 40100, "message": "Too frequent"})),
            120,
        ),
        (
            "Jotform",
            "left = { at = \"$['limit-left']\", below = 10, wait = \"1h\" }",
            "",
            json(200, json!({"data": [], "limit-left": 3})),
            3_600,
        ),
    ];
    for (vendor, limits, rules, answer, secs) in styles {
        let world = World::of(&format!(
            "[auth]\nkind = \"bearer\"\ntoken = \"{{{{ vars.key }}}}\"\n[limits]\n{limits}\n{rules}"
        ))
        .await;
        at(&world.server, "/leads", answer).await;
        let (one, other) = (world.source("one", Some(CANARY)), world.source("other", Some(CANARY)));
        match read(&*one).await {
            Err(failure) => {
                assert_eq!((failure.class, failure.wait_secs), (Class::Throttle, Some(secs)), "{vendor}: {failure}");
            }
            Ok(records) => assert_eq!((vendor, records), ("Jotform", 0), "a good answer that warns counts"),
        }
        if secs > 10 {
            let told = read(&*other).await.unwrap_err();
            assert_eq!((told.class, told.wait_secs), (Class::Throttle, Some(secs)), "{vendor}: {told}");
            assert_eq!(world.asked("/leads").await, 1, "{vendor}: nobody of the account asks again");
        }
        world.clock.advance(SignedDuration::from_secs(i64::try_from(secs).unwrap()));
        drop(read(&*other).await);
        assert_eq!(world.asked("/leads").await, 2, "{vendor}: when the wait is over, somebody does");
    }
}

#[tokio::test]
async fn another_account_of_the_same_vendor_is_not_held_up() {
    let world = World::of("[auth]\nkind = \"bearer\"\ntoken = \"{{ vars.key }}\"").await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "90000");
    Mock::given(header("authorization", "Bearer first-key")).respond_with(busy).mount(&world.server).await;
    at(&world.server, "/leads", good()).await;
    let (one, same, other) = (
        world.source("a", Some("first-key")),
        world.source("b", Some("first-key")),
        world.source("c", Some("second-key")),
    );
    assert_eq!(read(&*one).await.unwrap_err().wait_secs, Some(90_000), "more than an hour is believed");
    assert!(read(&*same).await.unwrap_err().message.contains("left alone"));
    assert_eq!(read(&*other).await.unwrap(), 1);
}

#[tokio::test]
async fn who_signs_with_another_key_is_another_account() {
    let world = World::of(
        "[auth]\nkind = \"jwt\"\nalg = \"HS256\"\nkey = \"{{ vars.key }}\"\nclaims = { iss = \"leadgate\" }\nttl = \"5m\"",
    )
    .await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "600");
    Mock::given(any()).respond_with(busy).up_to_n_times(1).mount(&world.server).await;
    at(&world.server, "/leads", good()).await;
    let (one, same, other) = (
        world.source("a", Some("first-key")),
        world.source("b", Some("first-key")),
        world.source("c", Some("second-key")),
    );
    assert_eq!(read(&*one).await.unwrap_err().wait_secs, Some(600));
    assert!(read(&*same).await.unwrap_err().message.contains("left alone"));
    assert_eq!(read(&*other).await.unwrap(), 1, "nobody asked this one to wait");
}

/// Scenario 15.
#[tokio::test]
async fn access_that_ran_out_is_renewed_once_and_the_request_sent_again() {
    let world = World::of(OAUTH).await;
    token_server(&world.server, false).await;
    let expired = ResponseTemplate::new(401)
        .set_body_json(json!({"code": "EXPIRED_ACCESS_TOKEN", "message": "access-1 is over"}));
    Mock::given(header("authorization", "Bearer access-1")).respond_with(expired).mount(&world.server).await;
    Mock::given(header("authorization", "Bearer access-2")).respond_with(good()).mount(&world.server).await;
    let source = world.source("google", Some(CANARY));
    assert_eq!(read(&*source).await.unwrap(), 1);
    assert_eq!((world.asked("/token").await, world.asked("/leads").await), (2, 2));
    assert_eq!(read(&*source).await.unwrap(), 1);
    assert_eq!(world.asked("/token").await, 2, "what is good is used again");
    world.clock.advance(SignedDuration::from_mins(59));
    drop(read(&*source).await);
    assert_eq!(world.asked("/token").await, 3, "before it ends, it is renewed");
}

#[tokio::test]
async fn a_second_refusal_is_told_and_not_tried_again() {
    let rule =
        "[[errors]]\nwhen = { at = \"$.error.code\", equals = 190 }\nclass = \"refresh\"\nhint = \"Ask for rights.\"";
    let world = World::of(&format!("{OAUTH}{rule}")).await;
    token_server(&world.server, false).await;
    let body = json!({"error": {"code": 190, "message": "access-2 and canary-4711 are no good"}});
    at(&world.server, "/leads", ResponseTemplate::new(400).set_body_json(body)).await;
    let told = read(&*world.source("meta", Some(CANARY))).await.unwrap_err();
    assert_eq!((told.class, told.hint.as_deref()), (Class::Auth, Some("Ask for rights.")));
    assert_eq!((world.asked("/token").await, world.asked("/leads").await), (2, 2));
    assert!(!told.to_string().contains("access-") && !told.to_string().contains(CANARY), "{told}");
}

#[tokio::test]
async fn a_consent_that_is_gone_says_how_to_give_it_again() {
    let world = World::of(OAUTH).await;
    let gone = json!({"error": "invalid_grant", "error_description": "Token canary-4711 has been revoked."});
    at(&world.server, "/token", ResponseTemplate::new(400).set_body_json(gone)).await;
    at(&world.server, "/leads", good()).await;
    let source = world.source("google", Some(CANARY));
    for _ in 0..3 {
        let told = read(&*source).await.unwrap_err();
        assert_eq!((told.class, told.hint.as_deref()), (Class::Auth, Some("leadgate source login google")));
        assert!(told.message.contains("has been revoked") && !told.message.contains(CANARY), "{told}");
    }
    assert_eq!(
        (world.asked("/token").await, world.asked("/leads").await),
        (1, 0),
        "one refusal serves all for a minute"
    );
    let nobody = read(&*world.source("linkedin", None)).await.unwrap_err();
    assert_eq!((nobody.class, nobody.hint.as_deref()), (Class::Auth, Some("leadgate source login linkedin")));
    let html = World::of(OAUTH).await;
    at(&html.server, "/token", ResponseTemplate::new(502).set_body_string("<html>")).await;
    assert_eq!(read(&*html.source("google", Some(CANARY))).await.unwrap_err().class, Class::Retry);
}

#[tokio::test]
async fn many_sources_of_an_account_share_one_renewal() {
    let world = World::of(&format!("{OAUTH}[limits]\nconcurrency = 50")).await;
    token_server(&world.server, true).await;
    at(&world.server, "/leads", good()).await;
    let sources: Vec<_> = (0..20).map(|n| world.source(&format!("s{n}"), Some(CANARY))).collect();
    let all = futures::future::join_all(sources.iter().map(|source| read(&**source))).await;
    assert!(all.iter().all(|records| records.as_ref().is_ok_and(|count| *count == 1)), "{all:?}");
    assert_eq!(world.asked("/token").await, 1);
}

#[tokio::test]
async fn a_replaced_refresh_token_is_kept_before_it_is_used_and_outlives_the_program() {
    let dir = tempfile::tempdir().unwrap();
    let tokens: Arc<dyn TokenStore> = Arc::new(FileTokens::within(dir.path()));
    let mut world = World::of(OAUTH).await;
    world.http = world.http.keeping(Arc::clone(&tokens));
    token_server(&world.server, true).await;
    at(&world.server, "/leads", good()).await;
    assert_eq!(read(&*world.source("google", Some(CANARY))).await.unwrap(), 1);
    let kept = tokens.load("google").unwrap().unwrap();
    assert_eq!(kept.refresh_token.expose_secret(), "refresh-1");
    // Another program, the same data: the far side takes only the newest one.
    world.http = Http::new(world.clock.clone()).unwrap().keeping(Arc::clone(&tokens));
    assert_eq!(read(&*world.source("google", Some(CANARY))).await.unwrap(), 1);
    let bodies = world.server.received_requests().await.unwrap();
    let used: Vec<String> = bodies
        .iter()
        .filter(|request| request.url.path() == "/token")
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .collect();
    assert!(
        used[0].contains("refresh_token=canary-4711") && used[0].contains("client_secret=our-secret-1"),
        "{used:?}"
    );
    assert!(used[1].contains("refresh_token=refresh-1"), "{used:?}");
    // The operator puts a newer one into the configuration: that one counts.
    world.http = Http::new(world.clock.clone()).unwrap().keeping(tokens);
    assert_eq!(read(&*world.source("google", Some("brand-new"))).await.unwrap(), 1);
    let last = world.server.received_requests().await.unwrap();
    assert!(last.iter().any(|request| String::from_utf8_lossy(&request.body).contains("refresh_token=brand-new")));
}

#[tokio::test]
async fn nothing_is_asked_while_a_replaced_token_cannot_be_kept() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("tokens");
    std::fs::write(&blocked, "a file where the folder should be").unwrap();
    let world = World::of(&OAUTH.replace("refresh_token =", "rotates = true\nrefresh_token =")).await;
    let world = World { http: world.http.clone().keeping(Arc::new(FileTokens::within(dir.path()))), ..world };
    token_server(&world.server, true).await;
    at(&world.server, "/leads", good()).await;
    let source = world.source("google", Some(CANARY));
    let told = read(&*source).await.unwrap_err();
    assert!(told.message.contains("cannot be kept") && told.class == Class::Retry, "{told}");
    assert_eq!(world.asked("/leads").await, 0);
    std::fs::remove_file(&blocked).unwrap();
    assert_eq!(read(&*source).await.unwrap(), 1);
}

#[tokio::test]
async fn an_id_and_a_secret_can_be_enough() {
    let world = World::of(
        "[auth]\nkind = \"oauth2\"\ntoken_url = \"SERVER/token\"\nclient_id = \"me\"\nclient_secret = \"{{ vars.key }}\"\n\
         grant = \"client_credentials\"\nclient_auth = \"basic\"\nscope = \"leads:read\"",
    )
    .await;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("me:{CANARY}"));
    Mock::given(path("/token"))
        .and(header("authorization", format!("Basic {basic}").as_str()))
        .and(body_string_contains("grant_type=client_credentials&scope=leads%3Aread"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"access_token": "access-1"})))
        .mount(&world.server)
        .await;
    Mock::given(header("authorization", "Bearer access-1")).respond_with(good()).mount(&world.server).await;
    assert_eq!(read(&*world.source("crm", Some(CANARY))).await.unwrap(), 1);
}

/// `source login`: the address to open, and the code that comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_consent_becomes_a_sign_in_that_is_kept() {
    let world = World::of(OAUTH).await;
    let preset: SourcePreset = world.library.get("x").unwrap();
    let source = configured("google", &world.server.uri(), None);
    let stand_in = |_: &Secret| Ok(SecretString::from("x"));
    let values = Values::check(&preset.vars, &source.vars, &stand_in).unwrap().owned_by("google");
    let consent = Consent::compile(&preset.auth, &values).unwrap().unwrap();
    let url = consent.url("http://127.0.0.1:1234/", "state-1", "verifier-1");
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!((query["client_id"].as_str(), query["access_type"].as_str()), ("me", "offline"));
    assert_eq!((query["code_challenge_method"].as_str(), query["state"].as_str()), ("S256", "state-1"));
    assert!(!url.as_str().contains("our-secret"));
    token_server(&world.server, true).await;
    consent.redeem(&world.http, "code-1", "http://127.0.0.1:1234/", "verifier-1").await.unwrap();
    at(&world.server, "/leads", good()).await;
    assert_eq!(read(&*world.source("google", None)).await.unwrap(), 1);
    let asked = world.server.received_requests().await.unwrap();
    let bodies: Vec<_> = asked.iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    assert!(bodies[0].contains("code=code-1") && bodies[0].contains("code_verifier=verifier-1"), "{bodies:?}");
    assert!(bodies[1].contains("refresh_token=refresh-1"), "{bodies:?}");
}

/// Scenario 16: the far side's clock is an hour ahead.
#[tokio::test]
async fn a_token_refused_for_its_time_is_signed_anew_by_the_far_sides_clock() {
    let world = World::of(
        "[auth]\nkind = \"jwt\"\nalg = \"HS256\"\nkey = \"{{ vars.key | part(':', 1) }}\"\nkey_encoding = \"hex\"\n\
         token_headers = { kid = \"{{ vars.key | part(':', 0) }}\" }\nclaims = { aud = \"/admin/\" }\nttl = \"5m\"\nprefix = \"Ghost \"\n\
         [[errors]]\nwhen = { status = [401], at = \"$.errors[0].code\", equals = \"INVALID_JWT\" }\nclass = \"refresh\"",
    )
    .await;
    let judge = |request: &Request| {
        let token = request.headers["authorization"].to_str().unwrap().strip_prefix("Ghost ").unwrap().to_owned();
        let claims = token.split('.').nth(1).unwrap();
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let there: jiff::Timestamp = "2026-09-15T11:00:00Z".parse().unwrap();
        let fits =
            claims["exp"].as_i64().unwrap() > there.as_second() && claims["iat"].as_i64().unwrap() <= there.as_second();
        let answer = if fits {
            good()
        } else {
            let said = json!({"errors": [{"message": "Invalid token: jwt expired", "code": "INVALID_JWT"}]});
            ResponseTemplate::new(401).set_body_json(said)
        };
        answer.insert_header("date", "Tue, 15 Sep 2026 11:00:00 GMT")
    };
    Mock::given(any()).respond_with(judge).mount(&world.server).await;
    let source = world.source("ghost", Some("id1:0b0b0b0b0b0b0b0b"));
    assert_eq!(read(&*source).await.unwrap(), 1);
    assert_eq!(world.asked("/leads").await, 2);
    assert_eq!(read(&*source).await.unwrap(), 1);
    assert_eq!(world.asked("/leads").await, 3, "the skew is remembered");
}

/// Scenario 22.
#[tokio::test]
async fn a_retired_version_is_a_matter_of_the_settings() {
    let world = World::of("[auth]\nkind = \"none\"\n[[errors]]\nwhen = { status = [426] }\nclass = \"sunset\"").await;
    let said = json!({"status": 426, "message": "Requested version 20250101 is not active"});
    at(&world.server, "/leads", ResponseTemplate::new(426).set_body_json(said)).await;
    let told = read(&*world.source("linkedin", None)).await.unwrap_err();
    assert_eq!(told.class, Class::Config);
    assert!(told.message.contains("is not active") && told.hint.unwrap().contains("retired"));
}
