//! Signed requests (Standard Webhooks 1.0): the receiver can tell that the very bytes it got are ours, and
//! how old they are. Signed at sending: the time is each attempt's, the bytes are the frozen ones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use reqwest::header::HeaderName;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

use crate::preset::fault::Fault;
use crate::preset::template::{Context, Scope, Template};
use crate::preset::vars::Values;

/// Fewest bytes of a key (Standard Webhooks 1.0 asks for 24 to 64).
const KEY_MIN: usize = 16;

/// `[sign]` of a preset.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignDoc {
    /// Only `hmac-sha256`.
    pub scheme: String,
    /// Names of the variables that hold keys; all that are given sign, so that keys can be changed.
    pub keys: Vec<String>,
    /// `base64:PREFIX` (the key follows PREFIX in base 64) or `raw`.
    pub key_as: String,
    /// What is signed: `h`, `now` and `body` may be used.
    pub content: String,
    /// The header that carries the signatures.
    pub header: String,
    /// Each signature: `sig.base64` or `sig.hex`.
    pub format: String,
    /// Between two signatures.
    #[serde(default)]
    pub join: String,
    /// Further headers of every attempt: `h` and `now` may be used.
    #[serde(default)]
    pub headers: std::collections::BTreeMap<String, String>,
}

/// A compiled `[sign]` with its keys.
pub struct Signer {
    keys: Vec<Hmac<Sha256>>,
    content: Template,
    format: Template,
    header: HeaderName,
    join: String,
    headers: Vec<(HeaderName, Template)>,
}

impl Signer {
    /// Compiles and reads the keys.
    ///
    /// # Errors
    /// An unknown scheme or name, a key that is none; never holds any part of a key.
    pub fn compile(doc: &SignDoc, values: &Values) -> Result<Self, Fault> {
        if doc.scheme != "hmac-sha256" {
            return Err(Fault::about(&doc.scheme, format!("scheme `{}` is unknown (known: hmac-sha256)", doc.scheme)));
        }
        let names = Scope::new().names("h", ["id", "token"]).open("now");
        let given = doc.keys.iter().filter_map(|name| Some((name, values.secret(name)?)));
        let keys = given.map(|(name, secret)| key(name, secret, &doc.key_as)).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(Fault::new(format!("no key is given: set {}", doc.keys.join(" or "))));
        }
        let headers = doc.headers.iter().map(|(name, value)| Ok((header(name)?, Template::compile(value, &names)?)));
        Ok(Self {
            keys,
            content: Template::compile(&doc.content, &names.clone().open("body"))?,
            format: Template::compile(&doc.format, &Scope::new().names("sig", ["base64", "hex"]))?,
            header: header(&doc.header)?,
            join: doc.join.clone(),
            headers: headers.collect::<Result<_, Fault>>()?,
        })
    }

    /// The headers of one attempt: signature, time and what else the preset adds.
    ///
    /// # Errors
    /// The body is not text, or a template cannot be filled.
    pub fn headers(
        &self,
        id: &str,
        token: &str,
        now: Timestamp,
        body: &[u8],
    ) -> Result<Vec<(HeaderName, String)>, Fault> {
        let body = std::str::from_utf8(body).map_err(|_| Fault::new("only text can be signed"))?;
        let roots = json!({ "h": { "id": id, "token": token }, "now": now.to_string(), "body": body });
        let context = Context::from_serialize(&roots);
        let content = self.content.text(&context)?;
        let signatures = self.keys.iter().map(|key| {
            let digest = key.clone().chain_update(content.as_bytes()).finalize().into_bytes();
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            let sig = json!({ "sig": { "base64": STANDARD.encode(digest), "hex": hex } });
            self.format.text(&Context::from_serialize(&sig))
        });
        let signatures = signatures.collect::<Result<Vec<_>, _>>()?.join(&self.join);
        let mut headers = vec![(self.header.clone(), signatures)];
        for (name, value) in &self.headers {
            headers.push((name.clone(), value.text(&context)?));
        }
        Ok(headers)
    }
}

fn header(name: &str) -> Result<HeaderName, Fault> {
    name.parse().map_err(|_| Fault::about(name, format!("`{name}` is no header name")))
}

fn key(name: &str, secret: &SecretString, key_as: &str) -> Result<Hmac<Sha256>, Fault> {
    let text = secret.expose_secret();
    let bytes = match key_as.split_once(':') {
        Some(("base64", prefix)) => {
            let encoded = text.strip_prefix(prefix);
            let encoded = encoded.ok_or_else(|| Fault::new(format!("`{name}` does not begin with {prefix}")))?;
            let decoded = STANDARD.decode(encoded);
            decoded.map_err(|_| Fault::new(format!("`{name}` is not base 64 after {prefix}")))?
        }
        None if key_as == "raw" => text.as_bytes().to_vec(),
        _ => return Err(Fault::about(key_as, format!("key_as `{key_as}` is neither base64:PREFIX nor raw"))),
    };
    if bytes.len() < KEY_MIN {
        return Err(Fault::new(format!("`{name}` is too short: at least {KEY_MIN} random bytes")));
    }
    Hmac::new_from_slice(&bytes).map_err(|error| Fault::new(format!("`{name}` cannot be used: {error}")))
}
