//! A token we sign ourselves, good for minutes: what is sent (`kind = "jwt"`), or what access is asked for with. Its times are the far side's: a machine whose
//! clock is wrong would be refused for ever (`sources` 3.10).

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{EncodingKey, Header};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::doc::{AlgDoc, AuthDoc, KeyEncoding};
use super::sign;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::preset::fault::Fault;
use crate::preset::instant;
use crate::preset::template::{Context, Scope, Template};
use crate::preset::tree::Tree;

/// How long a token is good, where the preset does not say.
const TTL: SignedDuration = SignedDuration::from_mins(4);
/// Clocks nearer to each other than this count as equal: a `Date` has whole seconds and was on its way.
const SKEW_MIN_SECS: i64 = 5;
/// Random bytes of a token's own name.
const JTI_BYTES: usize = 16;

/// Makes tokens, and makes each serve for three quarters of its life.
pub(super) struct Jwt {
    alg: AlgDoc,
    key: Result<EncodingKey, String>,
    header: Header,
    claims: Map<String, Value>,
    ttl: SignedDuration,
    /// Hash of everything that tells one signer from another.
    account: blake3::Hash,
    /// Seconds the far side's clock is ahead of ours.
    skew: AtomicI64,
    made: Mutex<Option<(SecretString, Timestamp)>>,
    generation: AtomicU64,
}

/// When a token that was given to us ends, where it is a JWT and says so. It is only looked at, not verified:
/// who is warned by a wrong time has a wrong token.
pub(super) fn end_of(token: &str) -> Option<Timestamp> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims.get("exp")?.as_f64()? as i64).ok()
}

impl std::fmt::Debug for Jwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Jwt({:?})", self.alg)
    }
}

impl Jwt {
    /// Compiles. That the key cannot be read is told when it is used: a stand-in is no key.
    pub(super) fn compile(doc: &AuthDoc, key: &str, scope: &Scope, context: &Context) -> Result<Self, Fault> {
        let alg = doc.alg.ok_or_else(|| Fault::new("what is signed needs an alg"))?;
        if doc.key_encoding == KeyEncoding::Pem && !matches!(alg, AlgDoc::RS256 | AlgDoc::ES256) {
            return Err(Fault::new("key_encoding = `pem` is for RS256 and ES256"));
        }
        let mut header = Map::new();
        header.insert("typ".to_owned(), Value::from("JWT"));
        for (name, text) in &doc.token_headers {
            let text = Template::compile(text, scope)
                .and_then(|template| template.text(context).map_err(|_| Fault::new("cannot be rendered")));
            header.insert(
                name.clone(),
                Value::from(text.map_err(|fault| fault.within(&format!("token_headers.{name}")))?),
            );
        }
        header.insert("alg".to_owned(), Value::from(format!("{alg:?}")));
        let named = Value::Object(header.clone());
        let header = serde_json::from_value(Value::Object(header));
        let header = header.map_err(|_| Fault::new("token_headers: cannot be the header of a token"))?;
        let claims = toml::Value::Table(doc.claims.clone().into_iter().collect());
        let claims = Tree::compile(&claims, scope).map_err(|fault| fault.within("claims"))?.render(context);
        let claims = claims.map_err(|_| Fault::new("claims cannot be rendered"))?;
        let ttl = doc.ttl.as_deref().map(instant::duration).transpose().map_err(|fault| fault.within("ttl"))?;
        let claims = claims.and_then(|claims| claims.as_object().cloned()).unwrap_or_default();
        let said = format!("{named} {}", Value::Object(claims.clone()));
        let mut account = blake3::Hasher::new();
        account.update(said.as_bytes()).update(&[0]).update(key.as_bytes());
        Ok(Self {
            alg,
            account: account.finalize(),
            key: sign::key(alg, doc.key_encoding, key),
            header,
            claims,
            ttl: ttl.filter(|ttl| !ttl.is_zero()).unwrap_or(TTL),
            skew: AtomicI64::new(0),
            made: Mutex::default(),
            generation: AtomicU64::new(0),
        })
    }

    /// The same, saying this as well where the preset says nothing else.
    pub(super) fn claiming(mut self, claims: &[(&str, &str)]) -> Self {
        for (name, text) in claims {
            self.claims.entry((*name).to_owned()).or_insert_with(|| Value::from(*text));
        }
        self
    }

    /// A token nobody had before, with a `jti` of its own: some far sides take each only once.
    pub(super) fn fresh(&self, now: Timestamp) -> Result<SecretString, Failure> {
        let mut id = [0; JTI_BYTES];
        getrandom::fill(&mut id).map_err(|error| Failure::new(Class::Retry, format!("no randomness: {error}")))?;
        let now = later(now, self.skew.load(Ordering::Relaxed));
        Ok(SecretString::from(self.sign(now, Some(&URL_SAFE_NO_PAD.encode(id)))?))
    }

    /// A text that is the same for two with the same key and claims, and no secret itself.
    pub(super) fn account(&self) -> String {
        self.account.to_hex().to_string()
    }

    /// A token that is good now, and its number.
    pub(super) fn token(&self, now: Timestamp) -> Result<(SecretString, u64), Failure> {
        let now = later(now, self.skew.load(Ordering::Relaxed));
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, issued)) = made.as_ref() {
            let age = now.duration_since(*issued);
            if !age.is_negative() && age < self.ttl * 3 / 4 {
                return Ok((token.clone(), self.generation.load(Ordering::Relaxed)));
            }
        }
        let token = SecretString::from(self.sign(now, None)?);
        *made = Some((token.clone(), now));
        Ok((token, self.generation.fetch_add(1, Ordering::Relaxed) + 1))
    }

    /// A new token in place of the one numbered `seen`, if it still is that one.
    pub(super) fn renew(&self, now: Timestamp, seen: u64) -> Result<(SecretString, u64), Failure> {
        if self.generation.load(Ordering::Relaxed) == seen {
            self.made.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        self.token(now)
    }

    /// Takes note of the far side's clock. Does it differ from what was believed of it?
    pub(super) fn notice(&self, date: Timestamp, now: Timestamp) -> bool {
        let ahead = date.as_second() - now.as_second();
        let ahead = if ahead.abs() < SKEW_MIN_SECS { 0 } else { ahead };
        (self.skew.swap(ahead, Ordering::Relaxed) - ahead).abs() >= SKEW_MIN_SECS
    }

    fn sign(&self, now: Timestamp, id: Option<&str>) -> Result<String, Failure> {
        sign::install();
        let fault = |why: &str| Failure::new(Class::Auth, format!("the token cannot be signed: {why}"));
        let key = self.key.as_ref().map_err(|why| fault(why))?;
        let mut claims = self.claims.clone();
        claims.insert("iat".to_owned(), Value::from(now.as_second()));
        claims.insert("exp".to_owned(), Value::from(now.as_second() + self.ttl.as_secs()));
        if let Some(id) = id {
            claims.entry("jti").or_insert_with(|| Value::from(id));
        }
        jsonwebtoken::encode(&self.header, &claims, key).map_err(|error| fault(&error.to_string()))
    }
}

fn later(at: Timestamp, secs: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(secs)).unwrap_or(at)
}
