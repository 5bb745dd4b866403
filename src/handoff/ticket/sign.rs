//! Signed requests (Standard Webhooks 1.0): the receiver can tell that the very bytes it got are ours, and
//! how old they are. Signed at sending: the time is each attempt's, the bytes are the frozen ones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use reqwest::header::HeaderName;
use serde_json::json;
use sha2::Sha256;

use super::words;
use crate::lead::Token;
use crate::preset::document::SignDoc;
use crate::preset::operation::{header, one_line};
use crate::preset::push::webhook_key;
use crate::preset::{Context, Fault, Scope, Template, Values};

/// Between the signatures of several keys.
const BETWEEN: &str = " ";

/// A compiled `[sign]` with its keys.
pub(super) struct Signer {
    keys: Vec<Hmac<Sha256>>,
    content: Template,
    format: Template,
    header: HeaderName,
    headers: Vec<(HeaderName, Template)>,
}

impl Signer {
    /// Compiles and reads the keys: all that are given sign, so that keys can be changed without a gap.
    ///
    /// # Errors
    /// An unknown name, a key that is none; never holds any part of a key.
    pub(super) fn compile(doc: &SignDoc, values: &Values) -> Result<Self, Fault> {
        let given = doc.keys.iter().filter_map(|name| Some((name, values.secret(name)?)));
        let keys =
            given.map(|(name, secret)| webhook_key(name, secret, &doc.key_prefix)).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(Fault::new(format!("no key to sign with: set {}", doc.keys.join(" or "))));
        }
        let names = words::key_names(Scope::new()).open("now");
        let (name, _) = header(&doc.header, "", &names)?;
        Ok(Self {
            keys,
            content: Template::compile(&doc.content, &names.clone().open("body"))?,
            format: Template::compile(&doc.format, &Scope::new().open("signature"))?,
            header: name,
            headers: doc.headers.iter().map(|(name, text)| header(name, text, &names)).collect::<Result<_, _>>()?,
        })
    }

    /// The headers of one attempt: signature, time and what else the preset adds.
    ///
    /// # Errors
    /// The body is not text, or a template cannot be filled.
    pub(super) fn headers(
        &self,
        token: &Token,
        now: Timestamp,
        body: &[u8],
    ) -> Result<Vec<(HeaderName, String)>, Fault> {
        let body = std::str::from_utf8(body).map_err(|_| Fault::new("only text can be signed"))?;
        let roots = json!({ "h": words::key(token), "now": now.to_string(), "body": body });
        let context = Context::from_serialize(&roots);
        let signed = self.content.text(&context)?;
        let signatures = self.keys.iter().map(|key| {
            let digest = key.clone().chain_update(signed.as_bytes()).finalize().into_bytes();
            self.format.text(&Context::from_serialize(&json!({ "signature": STANDARD.encode(digest) })))
        });
        let signatures = signatures.collect::<Result<Vec<_>, _>>()?.join(BETWEEN);
        let mut headers = vec![(self.header.clone(), one_line(signatures, self.header.as_str())?)];
        for (name, value) in &self.headers {
            headers.push((name.clone(), one_line(value.text(&context)?, name.as_str())?));
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use secrecy::SecretString;

    use super::*;
    use crate::config::Secret;
    use crate::config::checked::Var;

    const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const OLD: &str = "whsec_HxwdHhobFxgZFhQVExAREg8ODQwLCgkIBwYFBAMCAQA=";

    fn signer(secret: &str, old: Option<&str>) -> Result<Signer, Fault> {
        let preset: crate::preset::DestinationPreset = crate::preset::Library::built_in().get("webhook").unwrap();
        let mut given = BTreeMap::from([("url".to_owned(), Var::Text("https://own.test/hook".to_owned()))]);
        given.insert("secret".to_owned(), Var::Secret(Secret::Env(secret.to_owned())));
        if let Some(old) = old {
            given.insert("old_secret".to_owned(), Var::Secret(Secret::Env(old.to_owned())));
        }
        let resolve = |secret: &Secret| match secret {
            Secret::Env(text) => Ok(SecretString::from(text.as_str())),
            _ => Err(String::new()),
        };
        let values = Values::check(&preset.vars, &given, &resolve).unwrap();
        Signer::compile(&preset.sign.unwrap(), &values)
    }

    fn signature(signer: &Signer, body: &str) -> String {
        let token = Token::parse("LG7K3Q9V2MX4ZT").unwrap();
        let headers = signer.headers(&token, Timestamp::from_second(1_767_225_600).unwrap(), body.as_bytes()).unwrap();
        let find = |name: &str| headers.iter().find(|(header, _)| header == name).unwrap().1.clone();
        assert_eq!(find("webhook-timestamp"), "1767225600");
        find("webhook-signature")
    }

    #[test]
    fn the_published_vector_is_met_and_a_flipped_byte_is_not() {
        let body = r#"{"type":"lead.handoff","timestamp":"2026-01-01T00:00:00Z","data":{"key":"LG7K3Q9V2MX4ZT"}}"#;
        let good = "v1,jfTEKCBVgwrcbrohG46aU3QNhpDoVopFfNRSVJPyrNY=";
        let one = signer(SECRET, None).unwrap();
        assert_eq!(signature(&one, body), good);
        assert_ne!(signature(&one, &body.replace("2026-01", "2026-02")), good);
        let both = signature(&signer(SECRET, Some(OLD)).unwrap(), body);
        assert!(both.starts_with(good) && both.split(' ').count() == 2, "{both}");
    }

    #[test]
    fn a_key_that_is_none_is_refused_without_being_shown() {
        for bad in ["canary", "whsec_canary!", "whsec_Y2FuYXJ5"] {
            let fault = signer(bad, None).err().unwrap();
            assert!(fault.message.contains("secret") && !fault.message.contains("canary"), "{fault}");
        }
    }
}
