//! What was asked and what came of it, as text a person reads: one line a fact, in a fixed order.

use std::fmt::Write as _;

use leadgate::lead::outcome::Failure;
use leadgate::lead::{Consent, Metric, Record};
use leadgate::source::{Cursor, Unreadable};
use serde_json::Value;

use crate::server::Asked;

/// A request, each line after `> `.
pub fn request(asked: &Asked) -> String {
    let mut text = format!("> {}\n", asked.line);
    for (name, value) in &asked.headers {
        writeln!(text, "> {name}: {value}").unwrap();
    }
    for line in asked.body.lines() {
        writeln!(text, "> {line}").unwrap();
    }
    text
}

/// A record: who, when, consent, then the fields that are there and the extras.
pub fn record(record: &Record) -> String {
    let at = record.submitted_at.map_or("no moment".to_owned(), |at| at.to_string());
    let mark = if record.test { " · a test" } else { "" };
    let mut text = format!("record {} · {at} · {}{mark}\n", record.id, consent(record.consent));
    for (name, value) in [
        ("name", &record.name),
        ("given_name", &record.given_name),
        ("family_name", &record.family_name),
        ("email", &record.email),
        ("phone", &record.phone),
        ("company", &record.company),
        ("need", &record.need),
        ("timing", &record.timing),
        ("budget", &record.budget),
        ("country", &record.country),
        ("subdivision", &record.subdivision),
        ("postal_code", &record.postal_code),
        ("city", &record.city),
        ("message", &record.message),
        ("campaign", &record.campaign),
        ("referral", &record.referral),
    ] {
        if let Some(value) = value {
            writeln!(text, "  {name}: {}", one_line(value)).unwrap();
        }
    }
    for (name, value) in &record.extra {
        writeln!(text, "  + {name}: {}", one_line(value)).unwrap();
    }
    text
}

/// A record that could not be read.
pub fn unreadable(unreadable: &Unreadable) -> String {
    format!("unreadable {} · {}\n", unreadable.id, unreadable.why)
}

/// A day's figures of a campaign.
pub fn metric(metric: &Metric) -> String {
    let title = metric.title.as_deref().map(|title| format!(" ({title})")).unwrap_or_default();
    let number = |name: &str, value: Option<String>| format!(" · {name} {}", value.unwrap_or_else(|| "—".to_owned()));
    let spend = metric.spend.map(|spend| format!("{spend} {}", metric.currency.as_deref().unwrap_or("?")));
    format!(
        "metric {}{title} · {}{}{}{}\n",
        metric.campaign,
        metric.day,
        number("impressions", metric.impressions.map(|count| count.to_string())),
        number("clicks", metric.clicks.map(|count| count.to_string())),
        number("spend", spend),
    )
}

/// A failure: class, words, hint, wait.
pub fn failure(failure: &Failure) -> String {
    let mut text = format!("failed {} · {}\n", failure.class.name(), failure.message);
    if let Some(hint) = &failure.hint {
        writeln!(text, "  hint: {hint}").unwrap();
    }
    if let Some(wait) = failure.wait_secs {
        writeln!(text, "  wait: {wait} s").unwrap();
    }
    text
}

/// A cursor as it is stored, without the tags, which change with every version of the program.
pub fn cursor(cursor: &Cursor) -> String {
    let mut value = serde_json::to_value(cursor).unwrap();
    without_tags(&mut value);
    format!("cursor {value}\n")
}

fn without_tags(value: &mut Value) {
    match value {
        Value::Object(table) => {
            table.remove("tag");
            table.values_mut().for_each(without_tags);
        }
        Value::Array(list) => list.iter_mut().for_each(without_tags),
        _ => {}
    }
}

const fn consent(consent: Option<Consent>) -> &'static str {
    match consent {
        Option::None => "consent not said",
        Some(Consent::Request) => "request",
        Some(Consent::Confirmed) => "confirmed",
        Some(Consent::Pending) => "pending",
        Some(Consent::Withdrawn) => "withdrawn",
        Some(Consent::None) => "no consent",
        Some(Consent::Expired) => "expired",
    }
}

fn one_line(text: &str) -> String {
    text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
}
