//! How calls are authorised. Secrets are rendered here once and shown nowhere; access that runs out is got
//! when it is needed and renewed when the far side says so.

mod consent;
mod derive;
mod doc;
mod jwt;
mod login;
mod plan;
mod planned;
mod sign;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderName};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use self::consent::Consent;
use self::derive::{Place, derived};
pub use self::doc::{AlgDoc, AuthDoc, ClientAuth, DeriveDoc, GrantKind, KeyEncoding, SendAs};
use self::jwt::Jwt;
use self::login::Login;
use self::plan::LoginPlan;
use super::fault::{Fault, did_you_mean};
use super::operation::one_line;
use super::template::{Context, Scope, Template};
use super::vars::{Mask, Values};
use crate::lead::outcome::Failure;
use crate::net::http::{Http, Request};

/// The words for kinds.
const KINDS: &[&str] = &["none", "basic", "bearer", "header", "query", "oauth2", "jwt"];

/// Compiled authorisation of one endpoint.
#[derive(Debug)]
pub(super) struct Authorisation {
    headers: Vec<(HeaderName, SecretString)>,
    query: Vec<(String, SecretString)>,
    live: Option<Live>,
    /// When a token from the configuration ends, where it says so itself.
    until: Option<Timestamp>,
    mask: Mask,
}

/// Access that is got while the program runs, and the header it goes into.
#[derive(Debug)]
struct Live {
    name: HeaderName,
    prefix: String,
    /// The token is the password of this user.
    basic: Option<String>,
    by: By,
}

#[derive(Debug)]
enum By {
    Login { plan: Box<LoginPlan>, owner: String, login: OnceLock<Arc<Login>> },
    Jwt(Box<Jwt>),
}

/// What one request is sent with.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    headers: Vec<(HeaderName, SecretString)>,
    query: Vec<(String, SecretString)>,
    /// Which access it is, where that is renewed.
    generation: u64,
}

impl Authorisation {
    /// Compiles. Everything is, whichever kind was chosen, so that a mistake never waits for its operator.
    ///
    /// # Errors
    /// Names the part; quotes no secret.
    pub(super) fn compile(doc: &AuthDoc, values: &Values, mut mask: Mask) -> Result<Self, Fault> {
        let scope = values.scope(Scope::new(), true);
        let parts = Parts::render(doc, &scope, &values.with_secrets())?;
        let (mut headers, mut query) = (parts.extra_headers()?, Vec::new());
        for (place, secret) in derived(&doc.derive, &scope, &parts.context)? {
            match place {
                Place::Query(name) => query.push((name, secret)),
                Place::Header(name) => headers.push((name, secret)),
            }
        }
        let (mut live, mut until) = (None, None);
        match parts.kind.as_str() {
            "none" | "" => {}
            "basic" => {
                let encoded = basic(&parts.needed("user")?, &parts.needed("password")?);
                mask.add(&encoded);
                headers.push((AUTHORIZATION, secret_line(format!("Basic {encoded}"))?));
            }
            "bearer" => {
                let token = parts.needed("token")?;
                until = jwt::end_of(&token);
                headers.push((AUTHORIZATION, secret_line(format!("Bearer {token}"))?));
            }
            "header" => headers.push((header_name(&parts.needed("name")?)?, secret_line(parts.needed("value")?)?)),
            "query" => query.push((parts.needed("name")?, secret_line(parts.needed("value")?)?)),
            "oauth2" => {
                let plan = Box::new(parts.login_plan(doc, &scope, mask.clone())?);
                let by = By::Login { plan, owner: values.owner().to_owned(), login: OnceLock::new() };
                let basic = (doc.send_as == SendAs::Basic).then(|| parts.given("user").unwrap_or_default());
                live = Some(Live { basic, ..parts.live(by)? });
            }
            "jwt" => {
                let key = parts.given("key").unwrap_or_default();
                live = Some(parts.live(By::Jwt(Box::new(Jwt::compile(doc, &key, &scope, &parts.context)?)))?);
            }
            other => {
                let near = did_you_mean(other, KINDS.iter().copied());
                return Err(Fault::about(other, format!("kind `{other}` is unknown{near}")));
            }
        }
        let sent = headers.iter().map(|(_, secret)| secret).chain(query.iter().map(|(_, secret)| secret));
        sent.for_each(|secret| mask.add(secret.expose_secret()));
        Ok(Self { headers, query, live, until, mask })
    }

    /// Hides whatever this sends.
    pub(super) fn mask(&self) -> Mask {
        self.mask.clone()
    }

    /// Can access be renewed when the far side refuses it?
    pub(super) const fn renews(&self) -> bool {
        self.live.is_some()
    }

    /// A text that is the same for two endpoints with the same credentials and no secret itself; `None` without any.
    pub(super) fn account(&self) -> Option<String> {
        if self.headers.is_empty() && self.query.is_empty() && self.live.is_none() {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        for (name, secret) in &self.headers {
            hasher.update(name.as_str().as_bytes()).update(secret.expose_secret().as_bytes());
        }
        for (name, secret) in &self.query {
            hasher.update(name.as_bytes()).update(secret.expose_secret().as_bytes());
        }
        match &self.live {
            Some(Live { by: By::Login { plan, owner, .. }, .. }) => hasher.update(plan.account(owner).as_bytes()),
            Some(Live { by: By::Jwt(jwt), .. }) => hasher.update(jwt.account().as_bytes()),
            None => &mut hasher,
        };
        Some(hasher.finalize().to_hex().to_string())
    }

    /// What to send now. Gets access first where it has run out.
    ///
    /// # Errors
    /// There is none to be had.
    pub(super) async fn credentials(&self, http: &Http) -> Result<Credentials, Failure> {
        let got = match &self.live {
            None => None,
            Some(Live { by: By::Jwt(jwt), .. }) => Some(jwt.token(http.now())?),
            Some(Live { by: By::Login { plan, owner, login }, .. }) => {
                Some(signed_in(http, plan, owner, login).token(http).await?)
            }
        };
        self.with(got)
    }

    /// What to send after the far side refused `used`.
    ///
    /// # Errors
    /// As [`Authorisation::credentials`].
    pub(super) async fn renewed(&self, http: &Http, used: &Credentials) -> Result<Credentials, Failure> {
        let got = match &self.live {
            None => None,
            Some(Live { by: By::Jwt(jwt), .. }) => Some(jwt.renew(http.now(), used.generation)?),
            Some(Live { by: By::Login { plan, owner, login }, .. }) => {
                Some(signed_in(http, plan, owner, login).renew(http, used.generation).await?)
            }
        };
        self.with(got)
    }

    /// When a person has to sign in again or make a new token, as far as is known. Access that is renewed by
    /// itself never ends. With it, whether the token was made by hand.
    pub(super) fn ends(&self) -> Option<(Timestamp, bool)> {
        match &self.live {
            Some(Live { by: By::Login { login, .. }, .. }) => Some((login.get()?.ends()?, false)),
            Some(Live { by: By::Jwt(_), .. }) => None,
            None => Some((self.until?, true)),
        }
    }

    /// Takes note of the far side's clock.
    pub(super) fn notice(&self, date: Timestamp, now: Timestamp) {
        if let Some(Live { by: By::Jwt(jwt), .. }) = &self.live {
            let _: bool = jwt.notice(date, now);
        }
    }

    fn with(&self, got: Option<(SecretString, u64)>) -> Result<Credentials, Failure> {
        let mut credentials = Credentials { headers: self.headers.clone(), query: self.query.clone(), generation: 0 };
        if let (Some((token, generation)), Some(live)) = (got, &self.live) {
            self.mask.learn(&token);
            credentials.generation = generation;
            let value = match &live.basic {
                None => secret_line(format!("{}{}", live.prefix, token.expose_secret())),
                Some(user) => {
                    let pair = SecretString::from(basic(user, token.expose_secret()));
                    self.mask.learn(&pair);
                    secret_line(format!("Basic {}", pair.expose_secret()))
                }
            };
            let value = value.map_err(|fault| Failure::new(crate::lead::Class::Auth, fault.message))?;
            credentials.headers.push((live.name.clone(), value));
        }
        Ok(credentials)
    }
}

fn signed_in<'a>(http: &Http, plan: &LoginPlan, owner: &str, login: &'a OnceLock<Arc<Login>>) -> &'a Arc<Login> {
    login.get_or_init(|| {
        let login = http.shared().one(&plan.account(owner), || Login::new(plan.clone()));
        login.owned_by(owner);
        login
    })
}

impl Credentials {
    /// The request with them.
    pub(super) fn onto(&self, request: &Request) -> Request {
        let mut request = request.clone();
        request.secret_headers.extend(self.headers.iter().cloned());
        for (name, secret) in &self.query {
            set_query(&mut request.url, name, secret.expose_secret());
        }
        request
    }
}

/// Sets one parameter and leaves every other byte of the query as it is: some must not be encoded anew.
fn set_query(url: &mut Url, name: &str, value: &str) {
    let is_it = |part: &&str| url::form_urlencoded::parse(part.as_bytes()).next().is_some_and(|(key, _)| key == name);
    let others: Vec<&str> =
        url.query().unwrap_or_default().split('&').filter(|part| !part.is_empty() && !is_it(part)).collect();
    let own = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    let query = others.into_iter().chain([own.as_str()]).collect::<Vec<_>>().join("&");
    url.set_query(Some(&query));
}

/// The rendered parts of `[auth]`.
struct Parts {
    kind: String,
    filled: BTreeMap<&'static str, Option<String>>,
    headers: Vec<(String, String)>,
    context: Context,
}

impl Parts {
    fn render(doc: &AuthDoc, scope: &Scope, context: &Context) -> Result<Self, Fault> {
        let mut filled = BTreeMap::new();
        for (part, text) in [
            ("user", &doc.user),
            ("password", &doc.password),
            ("token", &doc.token),
            ("name", &doc.name),
            ("value", &doc.value),
            ("prefix", &doc.prefix),
            ("token_url", &doc.token_url),
            ("client_id", &doc.client_id),
            ("client_secret", &doc.client_secret),
            ("refresh_token", &doc.refresh_token),
            ("scope", &doc.scope),
            ("authorize_url", &doc.authorize_url),
            ("key", &doc.key),
        ] {
            let text = text.as_deref().map(|text| hidden(part, text, scope, context)).transpose()?;
            filled.insert(part, text.filter(|text| !text.is_empty()));
        }
        let headers = doc.headers.iter().map(|(name, text)| {
            Ok((name.clone(), hidden(name, text, scope, context).map_err(|fault| fault.within("headers"))?))
        });
        Ok(Self {
            kind: Template::compile(&doc.kind, scope)?.text(context)?,
            filled,
            headers: headers.collect::<Result<_, Fault>>()?,
            context: context.clone(),
        })
    }

    fn given(&self, part: &str) -> Option<String> {
        self.filled.get(part).cloned().flatten()
    }

    fn needed(&self, part: &str) -> Result<String, Fault> {
        self.given(part).ok_or_else(|| Fault::new(format!("kind = `{}` needs a {part}", self.kind)))
    }

    fn extra_headers(&self) -> Result<Vec<(HeaderName, SecretString)>, Fault> {
        let filled = self.headers.iter().filter(|(_, text)| !text.is_empty());
        filled.map(|(name, text)| Ok((header_name(name)?, secret_line(text.clone())?))).collect()
    }

    fn live(&self, by: By) -> Result<Live, Fault> {
        let name = self.given("name").map_or(Ok(AUTHORIZATION), |name| header_name(&name))?;
        let prefix = self.given("prefix").unwrap_or_else(|| "Bearer ".to_owned());
        Ok(Live { name, prefix, basic: None, by })
    }
}

/// Renders what may hold a secret. A failed filter may quote its value: that message must not leave here.
fn hidden(part: &str, text: &str, scope: &Scope, context: &Context) -> Result<String, Fault> {
    let template = Template::compile(text, scope)?;
    template.text(context).map_err(|_| Fault::new(format!("`{part}` cannot be rendered")))
}

fn basic(user: &str, password: &str) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{user}:{password}"))
}

fn header_name(name: &str) -> Result<HeaderName, Fault> {
    name.parse().map_err(|_| Fault::new(format!("`{name}` cannot be the name of a header")))
}

fn secret_line(text: String) -> Result<SecretString, Fault> {
    let line = one_line(text, "authorisation");
    line.map(SecretString::from).map_err(|_| Fault::new("a secret holds a line break: check how it was stored"))
}
