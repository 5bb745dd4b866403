//! `[[auth.derive]]`: parameters that prove we hold a key without sending it (Meta's `appsecret_proof`).

use reqwest::header::HeaderName;
use secrecy::SecretString;

use super::doc::DeriveDoc;
use super::sign::hmac_of;
use super::{header_name, hidden};
use crate::preset::fault::Fault;
use crate::preset::template::{Context, Scope};

/// Where a derived parameter goes.
pub(super) enum Place {
    Query(String),
    Header(HeaderName),
}

/// Every derived parameter whose key is there.
pub(super) fn derived(
    docs: &[DeriveDoc],
    scope: &Scope,
    context: &Context,
) -> Result<Vec<(Place, SecretString)>, Fault> {
    let all = docs.iter().map(|doc| one(doc, scope, context).map_err(|fault| fault.within("derive")));
    Ok(all.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn one(doc: &DeriveDoc, scope: &Scope, context: &Context) -> Result<Option<(Place, SecretString)>, Fault> {
    let place = match (&doc.query, &doc.header) {
        (Some(name), None) => Place::Query(name.clone()),
        (None, Some(name)) => Place::Header(header_name(name)?),
        _ => return Err(Fault::new("says one of `query` and `header`")),
    };
    let (key, text) = (hidden("key", &doc.key, scope, context)?, hidden("text", &doc.text, scope, context)?);
    if key.is_empty() {
        return Ok(None);
    }
    let proof = hmac_of(doc.hmac, key.as_bytes(), text.as_bytes(), doc.written);
    Ok(Some((place, SecretString::from(proof))))
}
