//! What an answer means, and what is said of it.

use serde_json::Value;

use super::Endpoint;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::Answer;
use crate::preset::answer::{self, Kind, Meaning};
use crate::preset::{Context, Operation, View};
use crate::text::clean_line;

/// Longest part of a far side's own words in a message.
const WORDS_MAX: usize = 300;
/// Bytes of an answer looked at for those words.
const WORDS_LOOKED_AT: usize = 8 * 1024;

/// What an answer that is not good means.
pub(super) struct Verdict {
    pub(super) failure: Failure,
    /// New access may help.
    pub(super) renew: bool,
    /// Less at once may help.
    pub(super) too_much: bool,
}

impl Endpoint {
    /// What is wrong with an answer; `None` where it is good. Parses the body only where a rule, a
    /// condition or a bad status asks for it.
    pub(super) fn verdict(
        &self,
        operation: &Operation,
        kind: Kind,
        answer: &Answer,
        context: &Context,
        now: jiff::Timestamp,
    ) -> Option<Verdict> {
        let good_status = operation.ok.contains(answer.status);
        let asks = !operation.ok_if.is_empty() || !operation.fail_if.is_empty() || self.rules.look_into_json();
        let json: Option<Value> = (asks || !good_status).then(|| serde_json::from_slice(&answer.body).ok()).flatten();
        let bad = !good_status || !conditions_hold(operation, answer, json.as_ref(), context);
        let meaning = match self.rules.meaning(&operation.name, answer, json.as_ref(), !bad) {
            Some(meaning) => meaning.clone(),
            None if !bad => return None,
            None if good_status => Meaning::of(if kind == Kind::Read { Class::Retry } else { Class::Unknown }),
            None => Meaning::of(answer::by_status(kind, answer)),
        };
        if meaning.class == Class::Ok {
            return None;
        }
        let wait = self.limits.wait_secs(answer, json.as_ref(), now).or(meaning.wait_secs);
        let until_reset = meaning.until_reset || meaning.class == Class::Throttle;
        let failure = Failure {
            class: meaning.class,
            message: self.said(answer, json.as_ref()),
            hint: meaning.hint.or_else(|| answer::usual_hint(meaning.class).map(str::to_owned)),
            wait_secs: wait.or_else(|| until_reset.then(|| self.limits.until_reset_secs(now)).flatten()),
        };
        let renew = meaning.renew || (answer.status == 401 && meaning.class == Class::Auth);
        Some(Verdict { failure, renew, too_much: meaning.too_much })
    }

    /// `desk.example.org answered 422: No lookup value found`. Only what stands where errors stand is quoted:
    /// everything else in an answer may be about people.
    pub fn said(&self, answer: &Answer, json: Option<&Value>) -> String {
        let good_status = (200..300).contains(&answer.status);
        let parsed: Option<Value> = json.is_none().then(|| serde_json::from_slice(&answer.body).ok()).flatten();
        let json = json.or(parsed.as_ref());
        let looked_at = answer.body.get(..WORDS_LOOKED_AT).unwrap_or(&answer.body);
        let words = match json {
            Some(json) if good_status => envelope(json).unwrap_or_else(|| structure(json)),
            Some(json) => spoken(json, 0).unwrap_or_else(|| structure(json)),
            None if answer.is_html() => "an HTML page".to_owned(),
            None if good_status && !looked_at.trim_ascii().is_empty() => unparsed(&answer.body),
            None => String::from_utf8_lossy(looked_at).into_owned(),
        };
        let words = clean_line(&self.mask.hide(&words), WORDS_MAX);
        let host = self.host();
        self.shown(&if words.is_empty() {
            format!("{host} answered {}", answer.status)
        } else {
            format!("{host} answered {}: {words}", answer.status)
        })
    }
}

fn conditions_hold(operation: &Operation, answer: &Answer, json: Option<&Value>, context: &Context) -> bool {
    let view = View { body: json.unwrap_or(&Value::Null), tables: None, answer: Some(answer) };
    let all = operation.ok_if.iter().all(|condition| condition.holds(view, context).unwrap_or(false));
    all && !operation.fail_if.iter().any(|condition| condition.holds(view, context).unwrap_or(true))
}

/// The words of an answer whose status is good: a record may have a `message` of its own, so that only what
/// lies in an error, or beside a code, is taken for words of the far side.
fn envelope(json: &Value) -> Option<String> {
    const ERRORS: &[&str] = &["error", "errors", "error_description"];
    const MARKS: &[&str] = &["code", "error_code", "success", "ok"];
    let one = |json: &Value| {
        let table = json.as_object()?;
        let told = ERRORS.iter().find_map(|place| table.get(*place).and_then(|value| spoken(value, 1)));
        told.or_else(|| MARKS.iter().any(|mark| table.contains_key(*mark)).then(|| spoken(json, 0)).flatten())
    };
    match json {
        // Streams put their errors into a list.
        Value::Array(list) => list.iter().find_map(one),
        json => one(json),
    }
}

/// What an answer is that should be JSON.
fn unparsed(body: &[u8]) -> String {
    match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        Err(error) if error.is_eof() => format!("JSON that is cut off after {} bytes", body.len()),
        _ => "something that is not JSON".to_owned(),
    }
}

/// What an answer without known words is made of; none of its values.
fn structure(json: &Value) -> String {
    const NAMES_MAX: usize = 8;
    match json {
        Value::Object(table) if table.is_empty() => "{}".to_owned(),
        Value::Object(table) => {
            let names: Vec<&str> = table.keys().take(NAMES_MAX).map(String::as_str).collect();
            let more = if table.len() > NAMES_MAX { ", …" } else { "" };
            format!("a table of {}{more}", names.join(", "))
        }
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::String(_) => "a text".to_owned(),
        // Numbers and flags are codes.
        other => other.to_string(),
    }
}

/// The words of an error answer, wherever vendors put them.
fn spoken(json: &Value, depth: usize) -> Option<String> {
    const PLACES: &[&str] =
        &["detail", "message", "description", "msg", "error_description", "title", "error", "errors"];
    const DEPTH_MAX: usize = 4;
    if depth > DEPTH_MAX {
        return None;
    }
    match json {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Array(list) => list.iter().find_map(|item| spoken(item, depth + 1)),
        Value::Object(table) => {
            PLACES.iter().find_map(|place| table.get(*place).and_then(|value| spoken(value, depth + 1)))
        }
        _ => None,
    }
}
