//! One mail as one record, or as several where it brings several people; or why it is passed over.

use std::borrow::Cow;

use jiff::Timestamp;
use mail_parser::{Address, HeaderValue, Message, MessageParser, MimeHeaders, PartType};
use serde_json::{Map, Value, json};

use super::{adf, form, quoted};
use crate::source::page;
use crate::text;

/// Longest text of a mail, in characters.
const TEXT_MAX: usize = 100_000;
/// Longest subject, name or address, in characters.
const LINE_MAX: usize = 500;
/// Parts of a mail that are looked at for a document.
const PARTS_MAX: usize = 50;

/// What a mail is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Letter {
    /// Records, as JSON.
    Read(Vec<String>),
    /// Nobody's request: a machine's answer, a bounce, a mailing list.
    Passed(&'static str),
}

/// Opens a mail. `None`: it is none.
pub(super) fn open(bytes: &[u8], received: Option<Timestamp>) -> Option<Letter> {
    let mail = MessageParser::default().parse(bytes)?;
    let prospects = adf_of(&mail);
    let body = body(&mail);
    let fields = form::fields(&body);
    if let Some(why) = by_machine(&mail, !prospects.is_empty() || fields.is_some()) {
        return Some(Letter::Passed(why));
    }
    let id = mail.message_id().map_or_else(|| page::hash(&String::from_utf8_lossy(bytes)), str::to_owned);
    let mut record = record(&mail, &body, received);
    if body.to_ascii_lowercase().contains("</adf>") {
        // What it says is in `adf`.
        record.remove("text");
    }
    if prospects.is_empty() {
        let sender = sender(&mail, fields.as_ref());
        return Some(Letter::Read(vec![written(
            record,
            &[("id", json!(id)), ("fields", json!(fields)), ("sender", sender)],
        )]));
    }
    let number = |at: usize| if at == 0 { id.clone() } else { format!("{id}#{}", at + 1) };
    let one = |(at, adf): (usize, Value)| written(record.clone(), &[("id", json!(number(at))), ("adf", adf)]);
    Some(Letter::Read(prospects.into_iter().enumerate().map(one).collect()))
}

/// The record with its own members; empty ones are left out.
fn written(mut record: Map<String, Value>, more: &[(&str, Value)]) -> String {
    record.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    record.retain(|_, value| !value.is_null());
    Value::Object(record).to_string()
}

fn record(mail: &Message<'_>, body: &str, received: Option<Timestamp>) -> Map<String, Value> {
    let date = mail.date().and_then(|date| date.to_rfc3339().parse::<Timestamp>().ok()).or(received);
    let members = [
        ("message_id", json!(mail.message_id())),
        ("from", person(mail.from())),
        ("reply_to", person(mail.reply_to())),
        ("to", person(mail.to())),
        ("subject", json!(mail.subject().map(|subject| text::clean_line(subject, LINE_MAX)))),
        ("date", json!(date.map(|date| date.to_string()))),
        ("text", json!(text::clean(&quoted::cut(body), TEXT_MAX, true))),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn person(address: Option<&Address<'_>>) -> Value {
    let Some(first) = address.and_then(Address::first) else { return Value::Null };
    let line = |text: &Cow<'_, str>| text::clean_line(text, LINE_MAX);
    json!({ "name": first.name.as_ref().map(line), "email": first.address.as_ref().map(line) })
}

/// Who asks, where the mail itself is the request; a form that names somebody was sent by a machine.
fn sender(mail: &Message<'_>, fields: Option<&Map<String, Value>>) -> Value {
    if fields.is_some_and(|fields| fields.contains_key("email") || fields.contains_key("phone")) {
        return Value::Null;
    }
    match person(mail.reply_to()) {
        Value::Null => person(mail.from()),
        reply if reply.get("name").is_none_or(Value::is_null) => {
            // Who answers are for, by the name of who wrote.
            let name = person(mail.from()).get("name").cloned().unwrap_or_default();
            json!({ "name": name, "email": reply.get("email") })
        }
        reply => reply,
    }
}

/// The text, written by a person or made of what they wrote as HTML.
fn body(mail: &Message<'_>) -> String {
    let text = mail.body_text(0).unwrap_or_default();
    text.chars().take(TEXT_MAX * 2).filter(|char| *char != '\r').collect()
}

/// People in a document in the body or among the attachments.
fn adf_of(mail: &Message<'_>) -> Vec<Value> {
    let parts = mail.parts.iter().take(PARTS_MAX).filter_map(|part| {
        let text: Cow<'_, str> = match &part.body {
            PartType::Text(text) | PartType::Html(text) => Cow::Borrowed(text.as_ref()),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                let end = part.attachment_name().and_then(|name| name.rsplit_once('.')).map(|(_, end)| end);
                let named = end.is_some_and(|end| ["xml", "adf"].iter().any(|one| end.eq_ignore_ascii_case(one)));
                let xml = part.content_type().and_then(|kind| kind.subtype()).is_some_and(|kind| kind.ends_with("xml"));
                if !named && !xml {
                    return None;
                }
                String::from_utf8_lossy(bytes)
            }
            _ => return None,
        };
        let found = adf::prospects(&text);
        (!found.is_empty()).then_some(found)
    });
    parts.into_iter().next().unwrap_or_default()
}

/// Why a mail is nobody's request. `speaks`: it is a form or a document, which machines send as well.
fn by_machine(mail: &Message<'_>, speaks: bool) -> Option<&'static str> {
    let header = |name: &'static str| match mail.header(name) {
        Some(HeaderValue::Text(text)) => Some(text.to_ascii_lowercase()),
        Some(HeaderValue::Empty) | None => None,
        Some(_) => mail.header_raw(name).map(|raw| raw.trim().to_ascii_lowercase()),
    };
    let report = mail.content_type().is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case("multipart")
            && kind.subtype().is_some_and(|sub| sub.eq_ignore_ascii_case("report"))
    });
    let from = mail.from().and_then(Address::first).and_then(|from| from.address.as_ref());
    let from = from.map(|from| from.to_ascii_lowercase()).unwrap_or_default();
    let nobody = mail.header_raw("Return-Path").is_some_and(|path| path.trim() == "<>");
    if report || from.starts_with("mailer-daemon@") || from.starts_with("postmaster@") {
        return Some("bounce");
    }
    let submitted = header("Auto-Submitted").unwrap_or_default();
    let answers = submitted.starts_with("auto-replied")
        || mail.header("X-Autoreply").is_some()
        || mail.header("X-Autorespond").is_some()
        || header("Precedence").is_some_and(|word| word == "auto_reply");
    if answers {
        return Some("auto-reply");
    }
    if speaks {
        return None;
    }
    let bulk = header("Precedence").is_some_and(|word| matches!(word.as_str(), "bulk" | "list" | "junk"));
    if mail.header("List-Id").is_some() || bulk {
        return Some("mailing list");
    }
    let automatic = !submitted.is_empty() && submitted != "no";
    (automatic || nobody).then_some("automatic")
}
