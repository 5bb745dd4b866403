//! What `leadgate parse` prints for contact data: one JSON object for one text.

use serde_json::{Value, json};

/// `{"input","e164","kind"}` of a number written in `country` (ISO 3166-1 alpha-2); both are null when it
/// is none.
pub fn phone(text: &str, country: &str) -> Value {
    let read = super::phone(text, country);
    let kind = read.as_ref().map(|phone| phone.kind.name());
    json!({ "input": text, "kind": kind, "e164": read.map(|phone| phone.e164) })
}

/// `{"input","address","valid","warning"}`: the warning names what a person should look at.
pub fn email(text: &str) -> Value {
    let read = super::email(text);
    let warning = read.as_ref().and_then(|email| email.warning).map(super::email::EmailWarning::name);
    json!({ "input": text, "valid": read.is_some(), "warning": warning, "address": read.map(|email| email.address) })
}
