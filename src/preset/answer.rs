//! What an answer means: the preset's ordered `[[errors]]` rules first, then the defaults of
//! `destinations` 4.5. A read that failed changed nothing; a write that may have arrived is `unknown`.

use serde::Deserialize;
use serde_json::Value;

use super::fault::{Fault, did_you_mean};
use super::operation::Scalar;
use super::place::Place;
use super::read::{is_empty, text_of};
use crate::lead::Class;
use crate::net::http::{Answer, SendError, SendErrorKind};

/// Bytes of a body in which a rule looks for a text.
const SEARCHED_MAX: usize = 64 * 1024;
/// A rule's `wait` for the start of the next daily quota.
const UNTIL_RESET: &str = "until_reset";
/// What helps against a retired version.
const RETIRED: &str = "this version of the interface is retired: set a newer one";

/// A status as written: `422`, `"5xx"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum StatusDoc {
    /// One code.
    Code(u16),
    /// A class of codes.
    Range(String),
}

/// `[[errors]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleDoc {
    /// What must hold; all given parts.
    pub when: WhenDoc,
    /// What it means.
    pub class: RuleClass,
    /// How to fix it, for people.
    pub hint: Option<String>,
    /// How long to wait where the answer does not say: `5m`, or `until_reset`.
    pub wait: Option<String>,
}

/// What a rule may call an answer: a [`Class`], or one that says more than the class it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the others are documented at `Class`
pub enum RuleClass {
    Ok,
    Exists,
    Twin,
    Throttle,
    Retry,
    Unknown,
    Auth,
    Config,
    Reject,
    Gone,
    /// Our access has run out: it is renewed once and the request sent again; [`Class::Auth`] where that does not help.
    Refresh,
    /// The version of the interface the preset names is retired: [`Class::Config`] with its own hint.
    Sunset,
    /// Too much was asked for at once: figures are asked for in fewer days, everything else is [`Class::Config`].
    Shrink,
}

impl RuleClass {
    const fn class(self) -> Class {
        match self {
            Self::Ok => Class::Ok,
            Self::Exists => Class::Exists,
            Self::Twin => Class::Twin,
            Self::Throttle => Class::Throttle,
            Self::Retry => Class::Retry,
            Self::Unknown => Class::Unknown,
            Self::Auth | Self::Refresh => Class::Auth,
            Self::Config | Self::Sunset | Self::Shrink => Class::Config,
            Self::Reject => Class::Reject,
            Self::Gone => Class::Gone,
        }
    }
}

/// `when = { … }`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhenDoc {
    /// One of these statuses.
    #[serde(default)]
    pub status: Vec<StatusDoc>,
    /// The body holds this text.
    pub body: Option<String>,
    /// This JSONPath finds something.
    pub at: Option<String>,
    /// What it finds is one of these.
    #[serde(default, deserialize_with = "super::operation::one_or_many")]
    pub equals: Vec<Scalar>,
    /// A header is there (`Name`), or holds a text (`Name: text`).
    pub header: Option<String>,
    /// Only for this operation (`create`, `find`, …).
    pub op: Option<String>,
    /// The body is (true) or is not (false) something else than JSON.
    pub not_json: Option<bool>,
}

/// A compiled set of statuses.
#[derive(Debug, Clone, Default)]
pub struct Statuses(Vec<std::ops::RangeInclusive<u16>>);

impl Statuses {
    /// Compiles; `written` names the part in messages.
    ///
    /// # Errors
    /// Something that is no status.
    pub fn compile(docs: &[StatusDoc], written: &str) -> Result<Self, Fault> {
        let ranges = docs.iter().map(|doc| match doc {
            StatusDoc::Code(code @ 100..=599) => Ok(*code..=*code),
            StatusDoc::Code(code) => Err(Fault::about(&code.to_string(), format!("{written}: {code} is no status"))),
            StatusDoc::Range(text) => {
                let first = text.strip_suffix("xx").and_then(|first| first.parse::<u16>().ok());
                match first {
                    Some(first @ 1..=5) => Ok(first * 100..=first * 100 + 99),
                    _ => Err(Fault::about(text, format!("{written}: `{text}` is no status like 422 or \"5xx\""))),
                }
            }
        });
        ranges.collect::<Result<_, _>>().map(Self)
    }

    /// Is it one of them?
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }

    /// Is none named?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The compiled rules of a preset, in order.
#[derive(Debug, Default)]
pub struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    status: Statuses,
    body: Option<String>,
    at: Option<Place>,
    equals: Vec<String>,
    header: Option<(String, Option<String>)>,
    op: Option<String>,
    not_json: Option<bool>,
    meaning: Meaning,
}

/// What a rule says an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// The class.
    pub class: Class,
    /// How to fix it.
    pub hint: Option<String>,
    /// How long to wait where the answer does not say.
    pub wait_secs: Option<u64>,
    /// Wait until the quota of the day begins anew, where the answer does not say.
    pub until_reset: bool,
    /// Renewing our access may help.
    pub renew: bool,
    /// Asking for less at once may help.
    pub too_much: bool,
}

impl Meaning {
    /// A class without more.
    pub const fn of(class: Class) -> Self {
        Self { class, hint: None, wait_secs: None, until_reset: false, renew: false, too_much: false }
    }
}

impl Rules {
    /// Compiles. `ops` are the operations a rule may name.
    ///
    /// # Errors
    /// Names the rule and what is wrong with it.
    pub fn compile(docs: &[RuleDoc], ops: &[&str]) -> Result<Self, Fault> {
        let compiled = docs
            .iter()
            .enumerate()
            .map(|(index, doc)| rule(doc, ops).map_err(|fault| fault.within(&format!("errors, rule {}", index + 1))));
        compiled.collect::<Result<_, _>>().map(Self)
    }

    /// The first rule that holds. About an answer that looks `good`, only rules speak that name a status
    /// or look at a place in its JSON: a text search there could be answered by a lead.
    pub fn meaning(&self, op: &str, answer: &Answer, json: Option<&Value>, good: bool) -> Option<&Meaning> {
        let mut asked = self.0.iter().filter(|rule| !good || !rule.status.is_empty() || rule.at.is_some());
        asked.find(|rule| rule.holds(op, answer, json)).map(|rule| &rule.meaning)
    }

    /// Do any of these look into the JSON of good answers too?
    pub fn look_into_json(&self) -> bool {
        self.0.iter().any(|rule| rule.at.is_some() || rule.not_json.is_some())
    }

    /// Does any of these wait for the start of the next daily quota?
    pub fn wait_until_reset(&self) -> bool {
        self.0.iter().any(|rule| rule.meaning.until_reset)
    }
}

fn rule(doc: &RuleDoc, ops: &[&str]) -> Result<Rule, Fault> {
    let when = &doc.when;
    let at = when.at.as_deref().map(|at| Place::parse(at).map_err(|why| Fault::about(at, why))).transpose()?;
    if at.is_none() && !when.equals.is_empty() {
        return Err(Fault::new("`equals` needs an `at` that says where"));
    }
    if let Some(op) = when.op.as_deref().filter(|op| !ops.contains(op)) {
        let near = did_you_mean(op, ops.iter().copied());
        return Err(Fault::about(op, format!("there is no operation `{op}`{near}")));
    }
    let rule = Rule {
        status: Statuses::compile(&when.status, "when.status")?,
        body: when.body.clone(),
        at,
        equals: when.equals.iter().map(ToString::to_string).collect(),
        header: when.header.as_deref().map(|header| match header.split_once(':') {
            Some((name, text)) => (name.trim().to_owned(), Some(text.trim().to_ascii_lowercase())),
            None => (header.trim().to_owned(), None),
        }),
        op: when.op.clone(),
        not_json: when.not_json,
        meaning: meaning(doc)?,
    };
    let says_nothing = rule.status.is_empty()
        && rule.body.is_none()
        && rule.at.is_none()
        && rule.header.is_none()
        && rule.not_json.is_none();
    if says_nothing { Err(Fault::new("`when` must name a status, body, at, header or not_json")) } else { Ok(rule) }
}

fn meaning(doc: &RuleDoc) -> Result<Meaning, Fault> {
    let until_reset = doc.wait.as_deref() == Some(UNTIL_RESET);
    let wait = doc.wait.as_deref().filter(|_| !until_reset).map(super::instant::duration).transpose()?;
    let retired = (doc.class == RuleClass::Sunset).then(|| RETIRED.to_owned());
    Ok(Meaning {
        class: doc.class.class(),
        hint: doc.hint.clone().or(retired),
        wait_secs: wait.map(|wait| wait.as_secs().unsigned_abs()),
        until_reset,
        renew: doc.class == RuleClass::Refresh,
        too_much: doc.class == RuleClass::Shrink,
    })
}

impl Rule {
    fn holds(&self, op: &str, answer: &Answer, json: Option<&Value>) -> bool {
        self.op.as_deref().is_none_or(|wanted| wanted == op)
            && (self.status.is_empty() || self.status.contains(answer.status))
            && self.not_json.is_none_or(|wanted| wanted == json.is_none())
            && self.header.as_ref().is_none_or(|(name, text)| {
                answer.header(name).is_some_and(|found| {
                    text.as_ref().is_none_or(|text| found.to_ascii_lowercase().contains(text.as_str()))
                })
            })
            && self.body.as_ref().is_none_or(|text| {
                let searched = answer.body.get(..SEARCHED_MAX).unwrap_or(&answer.body);
                String::from_utf8_lossy(searched).contains(text.as_str())
            })
            && self.at.as_ref().is_none_or(|at| json.is_some_and(|json| self.found(at, json)))
    }

    fn found(&self, at: &Place, json: &Value) -> bool {
        at.all(json).into_iter().any(|node| {
            if self.equals.is_empty() {
                !is_empty(node)
            } else {
                text_of(node).is_some_and(|text| self.equals.contains(&text))
            }
        })
    }
}

/// Does an operation change the far side?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It does not: every failure is harmless.
    Read,
    /// It may: what happened matters.
    Write,
}

/// What a status means where no rule speaks; only for answers the operation does not call good.
pub fn by_status(kind: Kind, answer: &Answer) -> Class {
    match kind {
        Kind::Read => read_status(answer.status),
        Kind::Write => write_status(answer.status, answer.header("retry-after").is_some()),
    }
}

/// What helps against a class of answer where no rule says it.
pub const fn usual_hint(class: Class) -> Option<&'static str> {
    match class {
        Class::Auth => Some("check the credentials in the config, and what their account may do there"),
        Class::Config => Some("check the address and the settings in the config"),
        Class::Gone => Some("the far side wants no more: take it out of the config"),
        _ => None,
    }
}

fn read_status(status: u16) -> Class {
    match status {
        401 | 403 | 407 => Class::Auth,
        421 | 425 | 429 => Class::Throttle,
        410 => Class::Gone,
        408 | 409 => Class::Retry,
        300..=499 | 501 | 505 => Class::Config,
        _ => Class::Retry,
    }
}

/// `destinations` 4.5. A 409 is `exists` only where the caller's search finds our key; it starts as that.
fn write_status(status: u16, asked_to_wait: bool) -> Class {
    match status {
        400 | 405 | 406 | 411..=418 | 422..=424 | 426 | 428 | 431 | 451 => Class::Reject,
        401 | 407 => Class::Auth,
        300..=399 | 402 | 403 | 404 | 501 | 505 => Class::Config,
        409 => Class::Exists,
        410 => Class::Gone,
        421 | 425 | 429 => Class::Throttle,
        503 if asked_to_wait => Class::Throttle,
        _ => Class::Unknown,
    }
}

/// What it means that no whole answer came.
pub fn by_error(kind: Kind, error: &SendError) -> Class {
    match (kind, error.kind) {
        (Kind::Write, SendErrorKind::Request) => Class::Reject,
        (Kind::Read, SendErrorKind::Request | SendErrorKind::Redirect | SendErrorKind::TooLarge) => Class::Config,
        (Kind::Write, _) if error.reached => Class::Unknown,
        _ => Class::Retry,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: reqwest::header::HeaderMap::new(), body: body.as_bytes().to_vec(), date: None }
    }

    #[derive(Deserialize)]
    struct Doc {
        errors: Vec<RuleDoc>,
    }

    fn rules(text: &str) -> Result<Rules, Fault> {
        Rules::compile(&toml::from_str::<Doc>(text).unwrap().errors, &["create", "find"])
    }

    #[test]
    fn the_first_rule_that_holds_wins() {
        let rules = rules(
            r#"
            [[errors]]
            when = { status = [403], not_json = true }
            class = "throttle"
            wait = "5m"
            [[errors]]
            when = { status = ["4xx"], body = "No lookup value" }
            class = "config"
            hint = "Check the group."
            [[errors]]
            when = { at = "$.error.code", equals = [190, "102"] }
            class = "auth"
            [[errors]]
            when = { status = [409], op = "create" }
            class = "twin"
            [[errors]]
            when = { header = "X-Block: cap" }
            class = "throttle"
            "#,
        )
        .unwrap();
        let class =
            |op: &str, answer: &Answer, json: Option<&Value>| rules.meaning(op, answer, json, false).map(|m| m.class);
        assert_eq!(class("find", &answer(403, "<html>"), None), Some(Class::Throttle));
        assert_eq!(rules.meaning("find", &answer(403, ""), None, false).unwrap().wait_secs, Some(300));
        assert_eq!(class("find", &answer(403, "{}"), Some(&json!({}))), None);
        assert_eq!(class("create", &answer(422, "No lookup value found"), None), Some(Class::Config));
        for code in [json!(190), json!("190"), json!(102)] {
            assert_eq!(class("x", &answer(400, ""), Some(&json!({"error": {"code": code}}))), Some(Class::Auth));
        }
        assert_eq!(class("find", &answer(409, ""), None), None);
        assert_eq!(class("create", &answer(409, ""), None), Some(Class::Twin));
        let mut blocked = answer(500, "");
        blocked.headers.insert("x-block", "Captcha".parse().unwrap());
        assert_eq!(class("find", &blocked, None), Some(Class::Throttle));
        blocked.status = 200;
        assert_eq!(rules.meaning("find", &blocked, None, true), None, "a good answer is not searched for words");
        let failed = json!({"error": {"code": 190}});
        assert_eq!(rules.meaning("x", &answer(200, ""), Some(&failed), true).map(|m| m.class), Some(Class::Auth));
    }

    #[test]
    fn a_rule_that_cannot_be_meant_is_refused() {
        let fault =
            |when: &str| rules(&format!("[[errors]]\nwhen = {{ {when} }}\nclass = \"auth\"")).unwrap_err().message;
        assert!(fault("").contains("must name"));
        assert!(fault("equals = 1").contains("needs an `at`"));
        assert!(fault("status = [\"6xx\"]").contains("no status"));
        assert!(fault("status = [1000]").contains("no status"));
        assert!(fault("status = [401], op = \"crate\"").contains("did you mean `create`"));
    }

    #[test]
    fn the_defaults_are_those_of_the_survey() {
        let write = |status: u16| by_status(Kind::Write, &answer(status, ""));
        for (class, statuses) in [
            (Class::Reject, &[400, 405, 406, 411, 413, 414, 415, 417, 422][..]),
            (Class::Auth, &[401, 407]),
            (Class::Config, &[301, 302, 307, 308, 402, 403, 404, 501, 505]),
            (Class::Unknown, &[408, 500, 502, 503, 504, 520, 524]),
            (Class::Throttle, &[421, 425, 429]),
            (Class::Gone, &[410]),
            (Class::Exists, &[409]),
        ] {
            for status in statuses {
                assert_eq!(write(*status), class, "write {status}");
            }
        }
        let mut waiting = answer(503, "");
        waiting.headers.insert("retry-after", "5".parse().unwrap());
        assert_eq!(by_status(Kind::Write, &waiting), Class::Throttle);
        let read = |status: u16| by_status(Kind::Read, &answer(status, ""));
        for (class, statuses) in [
            (Class::Auth, &[401, 403][..]),
            (Class::Throttle, &[429]),
            (Class::Config, &[302, 400, 404]),
            (Class::Retry, &[500, 502, 503, 504, 408]),
        ] {
            for status in statuses {
                assert_eq!(read(*status), class, "read {status}");
            }
        }
        let failed = |kind, reached| SendError { kind, reached, message: String::new(), hint: None };
        assert_eq!(by_error(Kind::Write, &failed(SendErrorKind::Connect, false)), Class::Retry);
        assert_eq!(by_error(Kind::Write, &failed(SendErrorKind::Timeout, true)), Class::Unknown);
        assert_eq!(by_error(Kind::Write, &failed(SendErrorKind::Broken, true)), Class::Unknown);
        assert_eq!(by_error(Kind::Read, &failed(SendErrorKind::Timeout, true)), Class::Retry);
        assert_eq!(by_error(Kind::Read, &failed(SendErrorKind::Redirect, true)), Class::Config);
    }
}
