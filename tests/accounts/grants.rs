//! Other ways to access than a person's consent: a token we sign, a statement we sign, a session of the vendor's own.

use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use wiremock::matchers::body_json;

use super::*;

/// The members of the form that was sent to the token server, the last time.
async fn form(world: &World) -> BTreeMap<String, String> {
    let requests = world.server.received_requests().await.unwrap();
    let last = requests.iter().rfind(|request| request.url.path() == "/token").unwrap();
    url::form_urlencoded::parse(&last.body).into_owned().collect()
}

/// The claims of a token, and its header.
fn claims(token: &str) -> (Value, Value) {
    let parts: Vec<Value> = token
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    (parts[1].clone(), parts[0].clone())
}

const SIGNED: &str = r#"
[auth]
kind = "oauth2"
grant = "jwt_bearer"
token_url = "SERVER/token"
alg = "HS256"
key = "{{ vars.key }}"
token_headers = { kid = "k1" }
claims = { iss = "robot@example.org", scope = "sheets.readonly" }
"#;

/// As Google's service accounts and Salesforce's connected apps ask for it.
#[tokio::test]
async fn a_token_we_sign_is_exchanged_for_access() {
    let world = World::of(SIGNED).await;
    token_server(&world.server, false).await;
    Mock::given(header("authorization", "Bearer access-1")).respond_with(good()).mount(&world.server).await;
    let source = world.source("sheet", Some(CANARY));
    assert_eq!(read(&*source).await.unwrap(), 1);
    let first = form(&world).await;
    assert_eq!(first.keys().collect::<Vec<_>>(), ["assertion", "grant_type"]);
    assert_eq!(first["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (said, head) = claims(&first["assertion"]);
    assert_eq!((head["alg"].as_str(), head["kid"].as_str()), (Some("HS256"), Some("k1")));
    assert_eq!((said["iss"].as_str(), said["scope"].as_str()), (Some("robot@example.org"), Some("sheets.readonly")));
    assert_eq!(said["aud"], format!("{}/token", world.server.uri()), "whom it is for, where the preset does not say");
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 240);
    assert_eq!(read(&*source).await.unwrap(), 1);
    assert_eq!(world.asked("/token").await, 1, "what is good is used again");
    world.clock.advance(SignedDuration::from_mins(59));
    drop(read(&*source).await);
    let again = claims(&form(&world).await["assertion"]).0;
    assert_ne!(said["jti"], again["jti"], "no token serves twice");
}

#[tokio::test]
async fn a_key_the_far_side_does_not_know_is_told_with_what_helps() {
    let world = World::of(SIGNED).await;
    let body = json!({"error": "invalid_grant", "error_description": "Invalid JWT Signature: canary-4711."});
    let same_time = ("date", "Tue, 15 Sep 2026 10:00:02 GMT");
    at(&world.server, "/token", ResponseTemplate::new(400).insert_header(same_time.0, same_time.1).set_body_json(body))
        .await;
    let told = read(&*world.source("sheet", Some(CANARY))).await.unwrap_err();
    assert_eq!(told.class, Class::Auth, "{told}");
    let hint = told.hint.clone().unwrap();
    assert!(hint.contains("check the key") && !hint.contains("source login"), "{told}");
    assert!(!told.to_string().contains(CANARY), "{told}");
    assert_eq!(world.asked("/token").await, 1);
}

/// A machine whose clock is wrong is refused once, not for ever.
#[tokio::test]
async fn a_signature_goes_by_the_far_sides_clock() {
    let world = World::of(SIGNED).await;
    let early = ResponseTemplate::new(400)
        .insert_header("date", "Tue, 15 Sep 2026 12:00:00 GMT")
        .set_body_json(json!({"error": "invalid_grant", "error_description": "Token must be a short-lived token"}));
    Mock::given(path("/token")).respond_with(early).up_to_n_times(1).mount(&world.server).await;
    token_server(&world.server, false).await;
    at(&world.server, "/leads", good()).await;
    assert_eq!(read(&*world.source("sheet", Some(CANARY))).await.unwrap(), 1);
    let said = claims(&form(&world).await["assertion"]).0;
    assert_eq!(said["iat"], 1_789_473_600, "12:00 there, 10:00 here");
}

#[tokio::test]
async fn a_statement_we_sign_stands_for_the_secret() {
    let world = World::of(
        r#"
[auth]
kind = "oauth2"
grant = "client_credentials"
client_auth = "assertion"
token_url = "SERVER/token"
client_id = "me"
scope = "leads:read"
alg = "HS256"
key = "{{ vars.key }}"
token_form = { audience = "https://api.example.org", resource = "{{ vars.other }}", grant_type = "account_credentials" }
"#,
    )
    .await;
    token_server(&world.server, false).await;
    at(&world.server, "/leads", good()).await;
    assert_eq!(read(&*world.source("crm", Some(CANARY))).await.unwrap(), 1);
    let form = form(&world).await;
    let (said, _) = claims(&form["client_assertion"]);
    assert_eq!((said["iss"].as_str(), said["sub"].as_str()), (Some("me"), Some("me")));
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!((form["audience"].as_str(), form["scope"].as_str()), ("https://api.example.org", "leads:read"));
    assert_eq!(form["grant_type"], "account_credentials", "what the preset says goes before what the grant says");
    assert!(!form.contains_key("client_secret") && !form.contains_key("resource"), "{form:?}");
}

const SESSION: &str = r#"
[auth]
kind = "oauth2"
grant = "login"
token_url = "SERVER/sessions"
token_body = { login_name = "admin", password = "{{ vars.key }}" }
token_at = "$.data.key"
"#;

/// A session as interfaces of their own kind begin it; its key goes where the preset says.
#[tokio::test]
async fn a_session_is_begun_with_the_presets_words_and_begun_anew_when_it_is_over() {
    for (sends, expected) in [
        ("send_as = \"basic\"\nuser = \"any\"", format!("Basic {}", STANDARD.encode("any:session-2"))),
        ("name = \"X-Session\"\nprefix = \"key=\"", "key=session-2".to_owned()),
    ] {
        let world = World::of(&format!("{SESSION}{sends}")).await;
        let count = AtomicUsize::new(0);
        let answer = move |_: &Request| {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            ResponseTemplate::new(201).set_body_json(json!({"data": {"id": 7, "key": format!("session-{number}")}}))
        };
        let words = json!({"login_name": "admin", "password": CANARY});
        Mock::given(path("/sessions")).and(body_json(words)).respond_with(answer).mount(&world.server).await;
        let name = if sends.contains("basic") { "authorization" } else { "x-session" };
        Mock::given(header(name, expected.as_str())).respond_with(good()).mount(&world.server).await;
        Mock::given(path("/leads"))
            .respond_with(ResponseTemplate::new(401).set_body_json(json!({"message": "session-1 has expired"})))
            .mount(&world.server)
            .await;
        let source = world.source("phplist", Some(CANARY));
        assert_eq!(read(&*source).await.unwrap(), 1, "{sends}");
        assert_eq!((world.asked("/sessions").await, world.asked("/leads").await), (2, 2), "{sends}");
    }
}

#[tokio::test]
async fn a_session_that_is_refused_is_told_without_what_was_sent() {
    let world = World::of(SESSION).await;
    let no = json!({"message": "Not authorized with canary-4711"});
    at(&world.server, "/sessions", ResponseTemplate::new(401).set_body_json(no)).await;
    let told = read(&*world.source("phplist", Some(CANARY))).await.unwrap_err();
    assert_eq!(told.class, Class::Auth, "{told}");
    assert!(told.message.contains("Not authorized with") && !told.to_string().contains(CANARY), "{told}");
    assert!(told.hint.unwrap().contains("what the configuration says"));
    assert_eq!(world.asked("/leads").await, 0);
}

#[tokio::test]
async fn what_cannot_be_meant_is_told_offline() {
    for (parts, words) in [
        ("grant = \"jwt_bearer\"", "needs an alg"),
        ("grant = \"login\"", "needs a token_body"),
        ("token_body = { a = 1 }\nclient_id = \"me\"", "token_body is for grant = `login`"),
        ("grant = \"client_credentials\"", "needs a client_id"),
        ("grant = \"login\"\ntoken_body = { a = 1 }\ntoken_at = \"key\"", "token_at"),
        ("grant = \"password\"", "jwt_bearer"),
    ] {
        let text = format!("[auth]\nkind = \"oauth2\"\ntoken_url = \"https://x.example/token\"\n{parts}\n");
        let world = World::of(&text).await;
        let told = source::build(&configured("x", &world.server.uri(), None), &world.library, &world.http);
        let told = told.err().unwrap().to_string();
        assert!(told.contains(words), "{parts}: {told}");
    }
}
