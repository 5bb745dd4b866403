//! The names a destination preset may use, and their values: what is checked when a preset is compiled
//! and what is filled in at freezing are made side by side here.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::handoff::Card;
use crate::handoff::render::{Templates, tidy, title};
use crate::lead::outcome::Failure;
use crate::lead::{Class, Token};
use crate::preset::{Scope, Values};

/// The names of `lead`: who it is and what they wrote.
const LEAD: &[&str] = &["title", "name", "email", "phone", "company", "need", "timing", "budget", "place", "extra"];
/// The names of `h` that are known from the token alone.
const KEY: &[&str] = &["id", "token", "uuid"];
/// The names of `h`: the handoff itself.
const HANDOFF: &[&str] = &[
    "id",
    "token",
    "uuid",
    "lead",
    "round",
    "score",
    "service",
    "source",
    "campaign",
    "referral",
    "submitted_at",
    "decided_at",
    "answer_by",
    "acknowledge_by",
    "owner",
    "team",
    "business",
];
/// The names of `card`: everything above at once.
const CARD: &[&str] = &["text", "object"];

/// What operations that look for a key may use besides `vars`.
pub(super) fn key_names(scope: Scope) -> Scope {
    scope.names("h", KEY.iter().copied())
}

/// What operations that create may use; `before` holds the names of earlier results.
pub(super) fn create_names<'a>(values: &Values, before: impl IntoIterator<Item = &'a str>) -> Scope {
    values
        .scope(Scope::new(), false)
        .names("lead", LEAD.iter().copied())
        .names("h", HANDOFF.iter().copied())
        .names("card", CARD.iter().copied())
        .names("before", before)
}

/// `h` as far as the token tells.
pub(super) fn key(token: &Token) -> Value {
    json!({ "id": format!("lgh_{}", token.tail().to_ascii_uppercase()), "token": token, "uuid": uuid(token) })
}

/// The key as a UUID: the first 128 bits of its SHA-256, marked as version 4, which is what far sides check.
fn uuid(token: &Token) -> String {
    let digest: [u8; 32] = Sha256::digest(token.to_string().as_bytes()).into();
    let mut bits = digest.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    bits = bits & !(0xf << 76) | 0x4 << 76;
    bits = bits & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{bits:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default().to_owned());
    parts.join("-")
}

/// The values of [`create_names`], without `before`.
///
/// # Errors
/// The ticket's text cannot be rendered.
pub(super) fn create_values(
    card: &Card,
    values: &Values,
    templates: &Templates,
) -> Result<Map<String, Value>, Failure> {
    let text = templates.ticket_text(card)?;
    let title = title(card);
    let card = tidy(card);
    let unreadable =
        |error: serde_json::Error| Failure::new(Class::Reject, format!("the card cannot be written: {error}"));
    let object = serde_json::to_value(&card).map_err(unreadable)?;
    let mut lead = serde_json::to_value(&card.contact).map_err(unreadable)?;
    if let Value::Object(names) = &mut lead {
        names.insert("title".to_owned(), Value::from(title));
    }
    let mut handoff = object.clone();
    if let (Value::Object(names), Value::Object(key)) = (&mut handoff, key(&card.token)) {
        names.extend(key);
    }
    let roots =
        [("vars", values.root()), ("lead", lead), ("h", handoff), ("card", json!({"text": text, "object": object}))];
    Ok(roots.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
