//! `[push]`: what a far side sends to us, and how it proves that it is the one. Proof is compared in constant
//! time, and nothing here says which part of one was wrong: whoever guesses learns nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::Sha256;
use url::Url;

use super::fault::Fault;
use super::operation::one_or_many;
use super::place::Place;
use super::read::Names;
use super::template::{Scope, Template};
use super::vars::{Mask, Values};

/// How far a signed moment may be from ours, either way (Standard Webhooks 1.0: a few minutes).
const AGE_MAX: SignedDuration = SignedDuration::from_mins(5);
/// Fewest bytes of a signing key; Standard Webhooks 1.0 asks for 24 to 64.
const KEY_MIN: usize = 24;
/// Fewest characters of a shared secret: shorter ones can be guessed.
const SECRET_MIN: usize = 8;
/// Longest id of a signed delivery, in bytes.
const ID_MAX: usize = 256;
/// Most signatures of one delivery that are looked at.
const SIGNATURES_MAX: usize = 16;
/// What stands before the base64 of a Standard Webhooks key.
const KEY_PREFIX: &str = "whsec_";

/// `[push]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushDoc {
    /// How what is sent is written.
    #[serde(deserialize_with = "one_or_many")]
    pub content: Vec<Content>,
    /// A word only the sender knows.
    pub secret: Option<SecretDoc>,
    /// A signature over every byte.
    pub sign: Option<PushSignDoc>,
    /// A form's field people do not see: filled in, a machine wrote it. A template over `vars`.
    pub honeypot: Option<String>,
    /// Where somebody is sent after their form was stored. A template over `vars`.
    pub thanks: Option<String>,
    /// The site whose pages may send by script (CORS). A template over `vars`.
    pub origin: Option<String>,
}

/// How what is sent is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded` or the text fields of `multipart/form-data`.
    Form,
}

/// `[push.secret]`: the places that may carry it, any of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretDoc {
    /// One member at the top of what is sent: `$.google_key`. It is taken out before anything is kept.
    pub at: Option<String>,
    /// A header.
    pub header: Option<String>,
    /// A query parameter.
    pub query: Option<String>,
    /// What it must be; several while it is being changed, empty ones are passed over. Templates over `vars`.
    #[serde(deserialize_with = "one_or_many")]
    pub equals: Vec<String>,
}

/// `[push.sign]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushSignDoc {
    /// How.
    pub kind: SignKind,
    /// Names of the secret variables; unset ones are passed over.
    pub keys: Vec<String>,
}

/// How a delivery is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignKind {
    /// Standard Webhooks 1.0: HMAC-SHA256 over id, time and body.
    StandardWebhooks,
}

/// A compiled `[push]` with its secrets.
pub struct Push {
    content: Vec<Content>,
    secret: Option<Shared>,
    keys: Option<Vec<Hmac<Sha256>>>,
    /// The field people do not see.
    pub honeypot: Option<String>,
    /// Where somebody is sent after their form was stored.
    pub thanks: Option<Url>,
    /// The site whose pages may send by script.
    pub origin: Option<String>,
    mask: Mask,
}

/// The digests of what a shared secret may be, and where it may stand.
struct Shared {
    member: Option<String>,
    header: Option<HeaderName>,
    query: Option<String>,
    digests: Vec<blake3::Hash>,
}

/// Does the sender prove to be the one?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Yes.
    Proven,
    /// Only the body can tell.
    InBody,
    /// No.
    Wrong,
}

impl Push {
    /// Compiles and reads the secrets.
    ///
    /// # Errors
    /// Names the part and what is wrong with it; never holds a secret.
    pub fn compile(doc: &PushDoc, values: &Values) -> Result<Self, Fault> {
        let mut push = Self::without_keys(doc, values)?;
        let keys = doc.sign.as_ref().map(|doc| keys(doc, values)).transpose();
        push.keys = keys.map_err(|fault| fault.within("push.sign"))?;
        Ok(push)
    }

    /// Everything but the keys: as far as can be told with stand-ins for secrets. Nothing is proven by it.
    ///
    /// # Errors
    /// As [`Push::compile`].
    pub fn without_keys(doc: &PushDoc, values: &Values) -> Result<Self, Fault> {
        let within = |part: &'static str| move |fault: Fault| fault.within(part);
        if doc.content.is_empty() {
            return Err(Fault::new("content says json, form or both").within("push"));
        }
        if doc.secret.is_none() && doc.sign.is_none() {
            return Err(Fault::new("anybody could send: it needs [push.secret] or [push.sign]").within("push"));
        }
        let mut mask = values.mask();
        let origin = written(doc.origin.as_deref(), values).map_err(within("push.origin"))?;
        Ok(Self {
            content: doc.content.clone(),
            secret: doc
                .secret
                .as_ref()
                .map(|doc| shared(doc, values, &mut mask))
                .transpose()
                .map_err(within("push.secret"))?,
            keys: doc.sign.as_ref().map(|_| Vec::new()),
            honeypot: written(doc.honeypot.as_deref(), values).map_err(within("push.honeypot"))?,
            thanks: written(doc.thanks.as_deref(), values)
                .and_then(|text| text.map(|text| address(&text)).transpose())
                .map_err(within("push.thanks"))?,
            origin: origin
                .map(|text| address(&text).map(|url| url.origin().ascii_serialization()))
                .transpose()
                .map_err(within("push.origin"))?,
            mask,
        })
    }

    /// Is what is sent taken when it is written so?
    pub fn takes(&self, content: Content) -> bool {
        self.content.contains(&content)
    }

    /// The member of what is sent that carries the secret: it is for nobody's eyes.
    pub fn member(&self) -> Option<&str> {
        self.secret.as_ref()?.member.as_deref()
    }

    /// The header that carries the secret.
    pub fn header(&self) -> Option<&HeaderName> {
        self.secret.as_ref()?.header.as_ref()
    }

    /// The text with every secret hidden.
    pub fn shown(&self, text: &str) -> String {
        self.mask.hide(text)
    }

    /// What headers and query prove, a signature aside: that one needs the body.
    pub fn head(&self, headers: &HeaderMap, query: &[(String, String)]) -> Proof {
        let Some(shared) = &self.secret else { return Proof::Proven };
        let by_header = shared.header.iter().flat_map(|name| headers.get_all(name)).map(HeaderValue::as_bytes);
        let by_query = query.iter().filter(|(name, _)| Some(name) == shared.query.as_ref());
        let given = by_header.chain(by_query.map(|(_, value)| value.as_bytes()));
        match given.fold(false, |proven, given| proven | shared.is(given)) {
            true => Proof::Proven,
            false if shared.member.is_some() => Proof::InBody,
            false => Proof::Wrong,
        }
    }

    /// Is this the secret that stands in the body?
    pub fn in_body(&self, given: &str) -> bool {
        self.secret.as_ref().is_some_and(|shared| shared.is(given.as_bytes()))
    }

    /// Does every delivery carry a signature?
    pub const fn is_signed(&self) -> bool {
        self.keys.is_some()
    }

    /// The id of a delivery whose signature holds at `now`; `None` when it does not.
    pub fn signed(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Option<String> {
        let keys = self.keys.as_ref()?;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (id, at, given) = (text("webhook-id")?, text("webhook-timestamp")?, text("webhook-signature")?);
        let second = Timestamp::from_second(at.parse().ok()?).ok()?;
        let fresh = second.duration_until(now).abs() <= AGE_MAX;
        let plain = !id.is_empty() && id.len() <= ID_MAX;
        let mut holds = false;
        for signature in given.split(' ').take(SIGNATURES_MAX).filter_map(|one| one.strip_prefix("v1,")) {
            let Ok(bytes) = STANDARD.decode(signature) else { continue };
            for key in keys {
                let signed = key.clone().chain_update(id).chain_update(".").chain_update(at).chain_update(".");
                holds |= signed.chain_update(body).verify_slice(&bytes).is_ok();
            }
        }
        (holds && fresh && plain).then(|| id.to_owned())
    }
}

impl Shared {
    /// Compared by digest: equally long, and in constant time.
    fn is(&self, given: &[u8]) -> bool {
        let given = blake3::hash(given);
        // Counted, so that every secret is looked at whichever it is.
        self.digests.iter().filter(|known| **known == given).count() > 0
    }
}

fn shared(doc: &SecretDoc, values: &Values, mask: &mut Mask) -> Result<Shared, Fault> {
    let scope = values.scope(Scope::new(), true);
    let mut digests = Vec::new();
    for text in &doc.equals {
        let template = Template::compile(text, &scope)?;
        if template.is_constant() {
            return Err(Fault::about(text, "a secret in a preset is none: take a variable, {{ vars.key }}"));
        }
        let secret = SecretString::from(template.text(&values.with_secrets())?);
        match secret.expose_secret().chars().count() {
            0 => continue,
            count if count < SECRET_MIN => {
                return Err(Fault::about(text, format!("the secret is too short: at least {SECRET_MIN} characters")));
            }
            _ => {}
        }
        mask.add(secret.expose_secret());
        digests.push(blake3::hash(secret.expose_secret().as_bytes()));
    }
    if digests.is_empty() {
        return Err(Fault::new(format!(
            "there is no secret to compare with: set what {} names",
            doc.equals.join(" or ")
        )));
    }
    let member = doc.at.as_deref().map(|at| member(at, values)).transpose()?.flatten();
    let header = written(doc.header.as_deref(), values)?;
    let header =
        header.map(|name| HeaderName::try_from(&name).map_err(|_| Fault::about(&name, "is not the name of a header")));
    let (header, query) = (header.transpose()?, written(doc.query.as_deref(), values)?);
    if member.is_none() && header.is_none() && query.is_none() {
        return Err(Fault::new("it says none of `at`, `header` and `query`"));
    }
    Ok(Shared { member, header, query, digests })
}

/// The name in `$.name`.
fn member(at: &str, values: &Values) -> Result<Option<String>, Fault> {
    let at = Names::of(values).fill(at)?;
    if at.is_empty() {
        return Ok(None);
    }
    let place = Place::parse(&at).map_err(|why| Fault::about(&at, why))?;
    place
        .member()
        .map(Some)
        .ok_or_else(|| Fault::about(&at, format!("`{at}` must be one member at the top, like $.key")))
}

fn keys(doc: &PushSignDoc, values: &Values) -> Result<Vec<Hmac<Sha256>>, Fault> {
    let SignKind::StandardWebhooks = doc.kind;
    let given = doc.keys.iter().filter_map(|name| Some((name, values.secret(name)?)));
    let keys = given.map(|(name, secret)| webhook_key(name, secret, KEY_PREFIX)).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() {
        return Err(Fault::new(format!("no key to check signatures with: set {}", doc.keys.join(" or "))));
    }
    Ok(keys)
}

/// A Standard Webhooks key: base 64 after its prefix.
///
/// # Errors
/// It is none; never holds any part of it.
pub(crate) fn webhook_key(name: &str, secret: &SecretString, prefix: &str) -> Result<Hmac<Sha256>, Fault> {
    let encoded = secret.expose_secret().strip_prefix(prefix);
    let encoded = encoded.ok_or_else(|| Fault::new(format!("`{name}` does not begin with {prefix}")))?;
    let bytes = STANDARD.decode(encoded).map_err(|_| Fault::new(format!("`{name}` is not base 64 after {prefix}")))?;
    if bytes.len() < KEY_MIN {
        return Err(Fault::new(format!("`{name}` is too short: at least {KEY_MIN} random bytes, in base 64")));
    }
    Hmac::new_from_slice(&bytes).map_err(|error| Fault::new(format!("`{name}` cannot be used: {error}")))
}

/// A text over plain variables; `None` where it is not given or empty.
fn written(text: Option<&str>, values: &Values) -> Result<Option<String>, Fault> {
    let Some(text) = text else { return Ok(None) };
    let text = Template::compile(text, &values.scope(Scope::new(), false))?.text(&values.context())?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

fn address(text: &str) -> Result<Url, Fault> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| Fault::about(text, format!("`{text}` is not an address like https://example.org")))
}
