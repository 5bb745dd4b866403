//! What `leadgate parse` prints for contact data: one JSON object for one text.

use serde_json::{Value, json};

use super::{email, phone};

/// `{"input","e164","kind"}` of a number written in `country` (ISO 3166-1 alpha-2); both are null when it
/// is none.
pub fn phone(text: &str, country: &str) -> Value {
    let e164 = phone::read(text, country);
    json!({ "input": text, "kind": e164.as_deref().map(phone::kind), "e164": e164 })
}

/// `{"input","address","valid","warning"}`: the warning says why it is not valid, or which domain was
/// probably meant.
pub fn email(text: &str) -> Value {
    match email::read(text) {
        Ok(address) => {
            let warning = email::probably_meant(&address).map(|domain| format!("did they mean @{domain}?"));
            json!({ "input": text, "address": address, "valid": true, "warning": warning })
        }
        Err(why) => json!({ "input": text, "address": null, "valid": false, "warning": why }),
    }
}
