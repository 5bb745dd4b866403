//! How access is asked for (RFC 6749): by whom, where, in which notation. What the far side answers never
//! leaves here but as tokens, or as its own words without them.

use std::sync::Arc;

use base64::Engine as _;
use jiff::SignedDuration;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::doc::{ClientAuth, GrantKind};
use super::jwt::Jwt;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::{Answer, Http, Request, host_of};
use crate::preset::answer::{Kind, by_error};
use crate::preset::place::Place;
use crate::preset::read::text_of;
use crate::preset::vars::Mask;
use crate::text::clean_line;

/// Longest time for one request for access.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);
/// Largest answer.
const ANSWER_MAX: usize = 256 * 1024;
/// Longest token.
const TOKEN_MAX: usize = 64 * 1024;
/// Longest part of the far side's own words.
const WORDS_MAX: usize = 300;
/// RFC 7523, 2.1.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// RFC 7523, 2.2.
const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Wait where it throttles without saying for how long, in seconds.
const THROTTLE_SECS: u64 = 60;

/// How an account's access is asked for.
#[derive(Debug, Clone)]
pub(super) struct LoginPlan {
    pub(super) token_url: Url,
    pub(super) client_id: String,
    pub(super) client_secret: Option<SecretString>,
    pub(super) refresh_token: Option<SecretString>,
    pub(super) client_auth: ClientAuth,
    pub(super) grant: GrantKind,
    pub(super) scope: Option<String>,
    pub(super) rotates: bool,
    /// Signs what is asked with, or for us.
    pub(super) signer: Option<Arc<Jwt>>,
    /// What else the form says.
    pub(super) form: Vec<(String, SecretString)>,
    /// The JSON that begins a session.
    pub(super) body: Option<SecretString>,
    /// Where the token is in the answer.
    pub(super) at: Arc<Place>,
    pub(super) mask: Mask,
}

/// What was granted.
pub(super) struct Tokens {
    pub(super) access_token: SecretString,
    pub(super) refresh_token: Option<SecretString>,
    pub(super) expires_in: Option<SignedDuration>,
    /// How long the refresh token lasts, where it is said (`refresh_token_expires_in` or `refresh_expires_in`).
    pub(super) refresh_expires_in: Option<SignedDuration>,
}

impl LoginPlan {
    /// Does what the configuration says suffice?
    pub(super) fn needs_no_grant(&self) -> bool {
        self.grant != GrantKind::RefreshToken
    }

    /// Where it is asked, for messages.
    pub(super) fn host(&self) -> String {
        host_of(&self.token_url)
    }

    /// What tells this account from others. `owner` stands for a sign-in the configuration does not hold.
    pub(super) fn account(&self, owner: &str) -> String {
        let who = match (&self.refresh_token, self.grant) {
            (Some(token), GrantKind::RefreshToken) => self.mark(token),
            (None, GrantKind::RefreshToken) => owner.to_owned(),
            _ => String::new(),
        };
        let scope = self.scope.as_deref().unwrap_or_default();
        let mut hasher = blake3::Hasher::new();
        let said = self.form.iter().flat_map(|(name, text)| [name.as_str(), text.expose_secret()]);
        for text in said.chain(self.body.as_ref().map(ExposeSecret::expose_secret)) {
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
        let signer = self.signer.as_ref().map(|signer| signer.account()).unwrap_or_default();
        format!("{} {} {scope} {who} {signer} {}", self.token_url, self.client_id, hasher.finalize().to_hex())
    }

    /// What tells one refresh token from another without being it.
    pub(super) fn mark(&self, token: &SecretString) -> String {
        blake3::hash(format!("{}\n{}", self.client_id, token.expose_secret()).as_bytes()).to_hex().to_string()
    }

    /// The mark of the token the configuration holds.
    pub(super) fn configured_mark(&self) -> Option<String> {
        self.refresh_token.as_ref().map(|token| self.mark(token))
    }

    /// Asks for access by the plan's grant. Where we sign and the far side's clock turns out to be another one, the
    /// refusal was ours to prevent: it is asked once more.
    pub(super) async fn ask(&self, http: &Http, refresh: Option<&SecretString>) -> Result<Tokens, Failure> {
        let mut moved = false;
        match self.ask_once(http, refresh, &mut moved).await {
            Err(failure) if moved && matches!(failure.class, Class::Auth | Class::Config) => {
                self.ask_once(http, refresh, &mut moved).await
            }
            other => other,
        }
    }

    async fn ask_once(&self, http: &Http, refresh: Option<&SecretString>, moved: &mut bool) -> Result<Tokens, Failure> {
        let mut form = Vec::new();
        match (self.grant, refresh) {
            (GrantKind::RefreshToken, Some(token)) => {
                self.mask.learn(token);
                form.push(("grant_type", "refresh_token".to_owned()));
                form.push(("refresh_token", token.expose_secret().to_owned()));
            }
            (GrantKind::JwtBearer, _) => {
                form.push(("grant_type", JWT_BEARER.to_owned()));
                form.push(("assertion", self.signed(http)?));
            }
            _ => form.push(("grant_type", "client_credentials".to_owned())),
        }
        self.send(http, form, moved).await
    }

    /// A new token of ours.
    fn signed(&self, http: &Http) -> Result<String, Failure> {
        let signer =
            self.signer.as_ref().ok_or_else(|| Failure::new(Class::Config, "there is nothing to sign with"))?;
        let token = signer.fresh(http.now())?;
        self.mask.learn(&token);
        Ok(token.expose_secret().to_owned())
    }

    /// Asks with the code a person's consent gave.
    pub(super) async fn redeem(&self, http: &Http, code: &str, to: &str, verifier: &str) -> Result<Tokens, Failure> {
        self.mask.learn(&SecretString::from(code.to_owned()));
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", to.to_owned()),
            ("code_verifier", verifier.to_owned()),
        ];
        self.send(http, form, &mut false).await
    }

    async fn send(&self, http: &Http, form: Vec<(&'static str, String)>, moved: &mut bool) -> Result<Tokens, Failure> {
        let mut request = Request { timeout: TIMEOUT, body_max: ANSWER_MAX, ..Request::get(self.token_url.clone()) };
        request.method = Method::POST;
        request.follow = false;
        request.body = Some(match (&self.body, self.grant) {
            (Some(body), GrantKind::Login) => ("application/json", body.expose_secret().as_bytes().to_vec()),
            _ => ("application/x-www-form-urlencoded", self.form(http, form, &mut request)?.into_bytes()),
        });
        let answer = http.send(&request).await.map_err(|error| {
            Failure::new(by_error(Kind::Read, &error), format!("no new sign-in: {}", self.mask.hide(&error.message)))
        })?;
        if let (Some(signer), Some(date)) = (&self.signer, answer.date) {
            *moved = signer.notice(date, http.now());
        }
        self.read(&answer)
    }

    /// The form, with who we are in it or in the request's head. What the preset says goes before what the grant says.
    fn form(
        &self,
        http: &Http,
        mut form: Vec<(&'static str, String)>,
        request: &mut Request,
    ) -> Result<String, Failure> {
        form.extend(self.scope.clone().map(|scope| ("scope", scope)));
        let secret = self.client_secret.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
        if self.client_auth == ClientAuth::Basic {
            let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = format!("{}:{}", encode(&self.client_id), encode(secret));
            let pair = SecretString::from(base64::engine::general_purpose::STANDARD.encode(pair));
            self.mask.learn(&pair);
            request.secret_headers.push((AUTHORIZATION, SecretString::from(format!("Basic {}", pair.expose_secret()))));
        } else if !self.client_id.is_empty() {
            form.push(("client_id", self.client_id.clone()));
        }
        match self.client_auth {
            ClientAuth::Body if !secret.is_empty() => form.push(("client_secret", secret.to_owned())),
            ClientAuth::Assertion => {
                form.push(("client_assertion_type", CLIENT_ASSERTION.to_owned()));
                form.push(("client_assertion", self.signed(http)?));
            }
            ClientAuth::Body | ClientAuth::Basic => {}
        }
        form.retain(|(name, _)| self.form.iter().all(|(other, _)| other != name));
        let own = self.form.iter().map(|(name, text)| (name.as_str(), text.expose_secret()));
        let said = form.iter().map(|(name, text)| (*name, text.as_str())).chain(own);
        Ok(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish())
    }

    fn read(&self, answer: &Answer) -> Result<Tokens, Failure> {
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        let usable = |text: String| {
            let usable = !text.is_empty() && text.len() <= TOKEN_MAX && !text.chars().any(char::is_control);
            usable.then(|| SecretString::from(text))
        };
        let token = |name: &str| json.get(name)?.as_str().map(str::to_owned).and_then(usable);
        let access = self.at.one(&json).flatten().and_then(text_of).and_then(usable);
        for secret in [access.clone(), token("refresh_token"), token("id_token")].into_iter().flatten() {
            self.mask.learn(&secret);
        }
        if !(200..300).contains(&answer.status) {
            return Err(self.refused(answer, &json));
        }
        let Some(access_token) = access else { return Err(self.refused(answer, &json)) };
        let life = |name: &str| {
            let secs = json.get(name).and_then(text_of).and_then(|secs| secs.trim().parse::<f64>().ok());
            let secs = secs.filter(|secs| secs.is_finite() && *secs > 0.0)?;
            Some(SignedDuration::from_secs(secs.min(1e9) as i64))
        };
        Ok(Tokens {
            access_token,
            refresh_token: token("refresh_token"),
            expires_in: life("expires_in"),
            refresh_expires_in: life("refresh_token_expires_in").or_else(|| life("refresh_expires_in")),
        })
    }

    /// Which of the ways to say no it is (RFC 6749, 5.2).
    fn refused(&self, answer: &Answer, json: &Value) -> Failure {
        let code = json.get("error").and_then(Value::as_str).unwrap_or_default();
        let class = match (code, answer.status) {
            (_, 429) => Class::Throttle,
            ("temporarily_unavailable" | "server_error", _) => Class::Retry,
            ("unsupported_grant_type" | "invalid_scope", _) => Class::Config,
            (code, 400..=499) if !code.is_empty() => Class::Auth,
            (_, 401 | 403) => Class::Auth,
            (_, 300..=499) => Class::Config,
            _ => Class::Retry,
        };
        let described =
            ["/error_description", "/error/message", "/message"].into_iter().find_map(|at| json.pointer(at));
        let described = described.and_then(Value::as_str).unwrap_or_default();
        let words = match (code, described) {
            ("", "") if answer.is_html() => "an HTML page".to_owned(),
            ("", "") => "no access".to_owned(),
            (code, "") => code.to_owned(),
            ("", described) => described.to_owned(),
            (code, described) => format!("{code}: {described}"),
        };
        let words = clean_line(&self.mask.hide(&words), WORDS_MAX);
        let mut failure =
            Failure::new(class, format!("{} refused a new sign-in ({}): {words}", self.host(), answer.status));
        failure.hint = match code {
            "invalid_client" | "unauthorized_client" => Some("check the client's id and secret".to_owned()),
            "invalid_scope" => Some("check what the client may ask for".to_owned()),
            _ => (class == Class::Auth && self.needs_no_grant()).then(|| match self.signer {
                Some(_) => "check the key and what the token claims, and that the far side knows them".to_owned(),
                None => "check what the configuration says of this account".to_owned(),
            }),
        };
        if class == Class::Throttle {
            let asked = answer.header("retry-after").and_then(|secs| secs.trim().parse().ok());
            failure.wait_secs = Some(asked.unwrap_or(THROTTLE_SECS));
        }
        failure
    }
}
