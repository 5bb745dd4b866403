use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::clock::StubClock;
use crate::config::Secret;
use crate::config::checked::Var;

/// Of RFC 7515, A.1: its key in hexadecimal is not given there, so this is our own pair, by hand.
const SECRET_HEX: &str = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";

fn values(secret: &'static str) -> Values {
    let asked =
        toml::from_str("key = { prompt = \"\", kind = \"secret\" }\nempty = { prompt = \"\", optional = true }");
    let given = BTreeMap::from([("key".to_owned(), Var::Secret(Secret::Env(String::new())))]);
    Values::check(&asked.unwrap(), &given, &|_| Ok(SecretString::from(secret))).unwrap().owned_by("test")
}

fn compiled(doc: &str, secret: &'static str) -> Result<Authorisation, Fault> {
    let values = values(secret);
    Authorisation::compile(&toml::from_str(doc).unwrap(), &values, values.mask())
}

fn http(at: &str) -> Http {
    Http::new(StubClock::at(at.parse().unwrap())).unwrap()
}

/// What a request to this address is sent with: its address and its secret headers.
async fn sent(doc: &str, secret: &'static str, url: &str) -> (String, Vec<(String, String)>) {
    let auth = compiled(doc, secret).unwrap();
    assert!(!format!("{auth:?}").contains(secret), "{doc}");
    let request =
        auth.credentials(&http("2026-09-14T08:00:00Z")).await.unwrap().onto(&Request::get(url.parse().unwrap()));
    let headers = request.secret_headers.iter();
    let shown: Vec<_> = headers.map(|(name, text)| (name.to_string(), text.expose_secret().to_owned())).collect();
    for (_, text) in &shown {
        assert!(!auth.mask().hide(&format!("you sent {text}")).contains(text.as_str()), "{text}");
    }
    (request.url.to_string(), shown)
}

fn parts(token: &str) -> (Value, Value, Vec<u8>) {
    let parts: Vec<Vec<u8>> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    (serde_json::from_slice(&parts[0]).unwrap(), serde_json::from_slice(&parts[1]).unwrap(), parts[2].clone())
}

#[tokio::test]
async fn a_key_in_the_query_replaces_what_a_next_link_brought_and_touches_nothing_else() {
    let doc = "kind = \"query\"\nname = \"apiKey\"\nvalue = \"{{ vars.key }}\"";
    let (url, headers) = sent(doc, "canary/1", "https://x.org/a?apiKey=old&r=(a:b%3Ac)&apiKey=older").await;
    assert_eq!((url.as_str(), headers.len()), ("https://x.org/a?r=(a:b%3Ac)&apiKey=canary%2F1", 0));
}

#[tokio::test]
async fn further_headers_and_proofs_go_along_and_empty_ones_stay_away() {
    let doc = r#"
        kind = "bearer"
        token = "{{ vars.key }}"
        headers = { developer-token = "dev-{{ vars.key }}", login-customer-id = "{{ vars.empty }}" }
        [[derive]]
        query = "appsecret_proof"
        hmac = "sha256"
        key = "Jefe"
        text = "what do ya want for nothing?"
        [[derive]]
        header = "x-none"
        hmac = "sha1"
        key = "{{ vars.empty }}"
        text = "x"
    "#;
    let (url, headers) = sent(doc, "canary-1", "https://x.org/a").await;
    // RFC 4231, test case 2.
    assert!(
        url.ends_with("?appsecret_proof=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        "{url}"
    );
    let expected =
        [("developer-token".to_owned(), "dev-canary-1".to_owned()), ("authorization".into(), "Bearer canary-1".into())];
    assert_eq!(headers, expected);
}

#[tokio::test]
async fn a_token_signed_by_a_shared_key_is_what_the_far_side_expects() {
    let doc = r#"
        kind = "jwt"
        alg = "HS256"
        key = "{{ vars.key | part(':', 1) }}"
        key_encoding = "hex"
        token_headers = { kid = "{{ vars.key | part(':', 0) }}" }
        claims = { aud = "/admin/" }
        ttl = "5m"
        prefix = "Ghost "
    "#;
    let secret: &'static str = Box::leak(format!("id1:{SECRET_HEX}").into_boxed_str());
    let (_, headers) = sent(doc, secret, "https://x.org/").await;
    let token = headers[0].1.strip_prefix("Ghost ").unwrap();
    let (header, claims, signature) = parts(token);
    assert_eq!(header, json!({"alg": "HS256", "kid": "id1", "typ": "JWT"}));
    assert_eq!(claims, json!({"aud": "/admin/", "iat": 1_789_372_800, "exp": 1_789_373_100}));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[0x0b; 20]);
    let (message, _) = token.rsplit_once('.').unwrap();
    ring::hmac::verify(&key, message.as_bytes(), &signature).unwrap();
}

#[tokio::test]
async fn a_token_signed_by_a_key_pair_verifies() {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    let random = ring::rand::SystemRandom::new();
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &random).unwrap();
    let encoded = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
    let pem: &'static str =
        Box::leak(format!("-----BEGIN PRIVATE KEY-----\n{encoded}\n-----END PRIVATE KEY-----\n").into_boxed_str());
    let doc = "kind = \"jwt\"\nalg = \"ES256\"\nkey = \"{{ vars.key }}\"\nkey_encoding = \"pem\"";
    let (_, headers) = sent(doc, pem, "https://x.org/").await;
    let token = headers[0].1.strip_prefix("Bearer ").unwrap();
    let (message, _) = token.rsplit_once('.').unwrap();
    let public = ring::signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
    public.verify(message.as_bytes(), &parts(token).2).unwrap();
}

#[tokio::test]
async fn a_token_follows_the_clock_of_the_far_side_and_serves_more_than_once() {
    let doc = "kind = \"jwt\"\nalg = \"HS256\"\nkey = \"{{ vars.key }}\"\nttl = \"4m\"";
    let auth = compiled(doc, "canary-1").unwrap();
    let clock = StubClock::at("2026-09-14T08:00:00Z".parse().unwrap());
    let http = Http::new(clock.clone()).unwrap();
    let issued = async || {
        let credentials = auth.credentials(&http).await.unwrap();
        let (_, text) = &credentials.headers[0];
        let claims = parts(text.expose_secret().strip_prefix("Bearer ").unwrap()).1;
        (claims["iat"].as_i64().unwrap() - 1_789_372_800, credentials)
    };
    assert_eq!(issued().await.0, 0);
    clock.advance(jiff::SignedDuration::from_mins(2));
    let (at, first) = issued().await;
    assert_eq!(at, 0, "good for three quarters of its life");
    auth.notice("2026-09-14T09:02:00Z".parse().unwrap(), http.now());
    auth.renewed(&http, &first).await.unwrap();
    assert_eq!(issued().await.0, 3_720, "an hour ahead, like the far side");
    auth.notice("2026-09-14T08:02:02Z".parse().unwrap(), http.now());
    assert_eq!(issued().await.0, 120, "two seconds are no skew");
}

#[tokio::test]
async fn what_cannot_be_meant_is_told_without_the_secret() {
    let fault = |doc: &str| compiled(doc, "canary-1").unwrap_err().message;
    assert!(fault("kind = \"oauth\"").contains("did you mean `oauth2`"));
    assert!(fault("kind = \"query\"\nname = \"k\"").contains("needs a value"));
    assert!(fault("kind = \"oauth2\"").contains("needs a token_url"));
    assert!(fault("kind = \"oauth2\"\ntoken_url = \"ftp://x\"\nclient_id = \"a\"").contains("token_url"));
    assert!(fault("kind = \"jwt\"\nkey = \"{{ vars.key }}\"").contains("needs an alg"));
    assert!(
        fault("kind = \"none\"\n[[derive]]\nhmac = \"sha256\"\nkey = \"a\"\ntext = \"b\"")
            .contains("`query` and `header`")
    );
    let bad_key =
        compiled("kind = \"jwt\"\nalg = \"HS256\"\nkey = \"{{ vars.key }}\"\nkey_encoding = \"hex\"", "canary-1");
    let told = bad_key.unwrap().credentials(&http("2026-09-14T08:00:00Z")).await.unwrap_err().message;
    assert!(told.contains("not hexadecimal") && !told.contains("canary"), "{told}");
}
