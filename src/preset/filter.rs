//! The filters of templates: a closed list. Each passes nothing on as nothing, so that an empty value
//! leaves an empty leaf.

#![allow(clippy::needless_pass_by_value)] // the engine hands every argument over by value

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::value::{Rest, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Value};

use super::instant;

/// Every filter a template may use.
pub const NAMES: &[&str] = &[
    "base64",
    "date",
    "default",
    "digits",
    "e164",
    "epoch",
    "epoch_ms",
    "fence",
    "first",
    "html",
    "integer",
    "iso",
    "join",
    "json",
    "last",
    "lower",
    "oneline",
    "origin",
    "part",
    "prefix",
    "replace",
    "sqlquote",
    "sqltime",
    "suffix",
    "tail",
    "text",
    "trim",
    "trunc",
    "upper",
    "urlencode",
];

/// Fewest and most digits of an E.164 number.
const E164_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Puts every filter into the engine.
pub fn install(engine: &mut Environment<'static>) {
    text_filter(engine, "trim", |text| text.trim().to_owned());
    text_filter(engine, "lower", str::to_lowercase);
    text_filter(engine, "upper", str::to_uppercase);
    text_filter(engine, "oneline", |text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    text_filter(engine, "digits", |text| text.chars().filter(char::is_ascii_digit).collect());
    text_filter(engine, "tail", |text| text.rsplit(':').next().unwrap_or_default().to_owned());
    text_filter(engine, "text", str::to_owned);
    text_filter(engine, "e164", e164);
    text_filter(engine, "origin", |text| {
        url::Url::parse(text).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
    });
    text_filter(engine, "sqlquote", |text| format!("'{}'", text.replace('\'', "''")));
    text_filter(engine, "urlencode", urlencode);
    text_filter(engine, "html", html);
    text_filter(engine, "fence", fence);
    engine.add_filter("integer", integer);
    text_filter(engine, "base64", |text| {
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text.as_bytes())
    });
    engine.add_filter("default", |value: Value, other: Value| if is_empty(&value) { other } else { value });
    engine.add_filter("prefix", |value: Value, prefix: &str| on_text(&value, |text| format!("{prefix}{text}")));
    engine.add_filter("suffix", |value: Value, suffix: &str| on_text(&value, |text| format!("{text}{suffix}")));
    engine.add_filter("trunc", |value: Value, most: usize| on_text(&value, |text| trunc(text, most)));
    engine.add_filter("replace", |value: Value, from: &str, to: &str| on_text(&value, |text| text.replace(from, to)));
    engine.add_filter("part", |value: Value, between: &str, index: usize| {
        on_text(&value, |text| text.split(between).nth(index).unwrap_or_default().to_owned())
    });
    engine.add_filter("join", join);
    engine.add_filter("first", |value: Value| element(&value, false));
    engine.add_filter("last", |value: Value| element(&value, true));
    engine.add_filter("json", |value: Value| {
        let value = if value.is_undefined() { Value::from(()) } else { value };
        serde_json::to_string(&value).map_err(|error| invalid(&error.to_string()))
    });
    engine.add_filter("iso", |value: Value| on_instant(&value, |at| Value::from(seconds(at).to_string())));
    engine.add_filter("epoch", |value: Value| on_instant(&value, |at| Value::from(at.as_second())));
    engine.add_filter("epoch_ms", |value: Value| on_instant(&value, |at| Value::from(at.as_millisecond())));
    engine.add_filter("sqltime", |value: Value| {
        on_instant(&value, |at| Value::from(at.strftime("%Y-%m-%d %H:%M:%S").to_string()))
    });
    engine.add_filter("date", date);
}

fn text_filter(engine: &mut Environment<'static>, name: &'static str, change: fn(&str) -> String) {
    engine.add_filter(name, move |value: Value| on_text(&value, change));
}

/// Text for a page: nothing in it is markup, its lines stay lines.
fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>\n"),
            other => out.push(other),
        }
    }
    out
}

/// Text for Markdown as a block of code: no mention, command or link in it is one. Its fence is longer than
/// any in the text.
fn fence(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{text}\n{fence}")
}

fn integer(value: Value) -> Result<Value, Error> {
    if is_empty(&value) {
        return Ok(Value::from(()));
    }
    let text = value.to_string();
    text.trim().parse::<i64>().map(Value::from).map_err(|_| invalid(&format!("`{text}` is not a whole number")))
}

fn is_empty(value: &Value) -> bool {
    value.is_undefined() || value.is_none() || value.as_str() == Some("")
}

fn on_text(value: &Value, change: impl FnOnce(&str) -> String) -> Result<Value, Error> {
    if is_empty(value) {
        return Ok(Value::from(()));
    }
    match value.kind() {
        ValueKind::String => Ok(Value::from(change(value.as_str().unwrap_or_default()))),
        ValueKind::Number => Ok(Value::from(change(&value.to_string()))),
        ValueKind::Bool => Ok(Value::from(change(&value.is_true().to_string()))),
        other => Err(invalid(&format!("a {other} is not text"))),
    }
}

fn on_instant(value: &Value, show: impl FnOnce(Timestamp) -> Value) -> Result<Value, Error> {
    if is_empty(value) {
        return Ok(Value::from(()));
    }
    let text = value.to_string();
    instant::parse(&text).map(show).ok_or_else(|| invalid(&format!("`{text}` is not a moment (RFC 3339)")))
}

fn date(value: Value, format: &str, zone: Rest<String>) -> Result<Value, Error> {
    let zone = match zone.0.first() {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(name).map_err(|_| invalid(&format!("`{name}` is not a time zone")))?,
    };
    if is_empty(&value) {
        return Ok(Value::from(()));
    }
    let text = value.to_string();
    let at = instant::parse(&text).ok_or_else(|| invalid(&format!("`{text}` is not a moment (RFC 3339)")))?;
    let shown = jiff::fmt::strtime::format(format, &at.to_zoned(zone));
    shown.map(Value::from).map_err(|error| invalid(&format!("`{format}` is not a date format: {error}")))
}

fn join(value: Value, between: &str) -> Result<Value, Error> {
    if is_empty(&value) {
        return Ok(Value::from(()));
    }
    let mut texts = Vec::new();
    for item in value.try_iter()? {
        if !is_empty(&item) {
            texts.push(item.to_string());
        }
    }
    Ok(Value::from(texts.join(between)))
}

fn element(value: &Value, last: bool) -> Result<Value, Error> {
    if is_empty(value) {
        return Ok(Value::from(()));
    }
    let mut items = value.try_iter()?;
    let found = if last { items.last() } else { items.next() };
    Ok(found.unwrap_or_else(|| Value::from(())))
}

fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn trunc(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

fn e164(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.trim_start().starts_with('+') && E164_DIGITS.contains(&digits.len()) {
        format!("+{digits}")
    } else {
        String::new()
    }
}

/// Percent-encodes everything but unreserved characters: safe as one segment of a path.
pub fn urlencode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
    }
    out
}

fn invalid(why: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::preset::template::{Context, Scope, Template};

    fn render(source: &str) -> String {
        let context = Context::from_serialize(&json!({"x": {
            "name": "  Ada\r\n Example ", "at": "2026-09-14T08:21:07.5Z", "empty": "", "none": null,
            "list": ["a", "", "b"], "quote": "O'Hara", "phone": "+49 (30) 90-1820", "urn": "urn:li:x:9001",
        }}));
        match Template::compile(source, &Scope::new().open("x")).unwrap().text(&context) {
            Ok(text) => text,
            Err(fault) => format!("ERROR {}", fault.message),
        }
    }

    #[test]
    fn every_filter_does_what_it_says() {
        for (source, expected) in [
            ("{{ x.name | oneline }}", "Ada Example"),
            ("{{ x.name | trim | upper | trunc(4) }}", "ADA…"),
            ("{{ x.at | iso }}", "2026-09-14T08:21:07Z"),
            ("{{ x.at | epoch }}", "1789374067"),
            ("{{ x.at | epoch_ms }}", "1789374067500"),
            ("{{ x.at | sqltime }}", "2026-09-14 08:21:07"),
            ("{{ x.at | date('%d.%m.%Y %H:%M', 'Europe/Berlin') }}", "14.09.2026 10:21"),
            ("{{ x.empty | default('nobody') }}", "nobody"),
            ("{{ x.none | prefix('guess:') | default('c1') }}", "c1"),
            ("{{ x.list | join(', ') }}", "a, b"),
            ("{{ x.list | first }}{{ x.list | last }}", "ab"),
            ("{{ x.list | json }}", "[\"a\",\"\",\"b\"]"),
            ("{{ x.quote | sqlquote }}", "'O''Hara'"),
            ("{{ x.phone | e164 }}", "+4930901820"),
            ("{{ x.quote | e164 }}", ""),
            ("{{ x.urn | tail }}", "9001"),
            ("{{ x.urn | urlencode }}", "urn%3Ali%3Ax%3A9001"),
            ("{{ x.quote | replace('O', 'o') | lower }}", "o'hara"),
            ("{{ 'a:b' | base64 }}", "YTpi"),
            ("{{ 'id:secret' | part(':', 0) }}/{{ 'id:secret' | part(':', 1) }}{{ 'id' | part(':', 1) }}", "id/secret"),
        ] {
            assert_eq!(render(source), expected, "{source}");
        }
        assert!(render("{{ x.quote | iso }}").contains("not a moment"));
        assert!(render("{{ x.list | trim }}").contains("not text"));
        assert!(render("{{ x.at | date('%d', 'Mars/Base') }}").contains("not a time zone"));
    }
}
