//! Operations that are about one thing: a known record read again, and the word to the far side to pause or to
//! go on.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::far::Far;
use super::lookup::{Kept, Lookups, NotFound};
use super::mapping::{CONSENTS, Mapping};
use crate::lead::outcome::Failure;
use crate::lead::{Class, Consent, Record};
use crate::net::http::Answer;
use crate::preset::answer::{RuleDoc, StatusDoc};
use crate::preset::document::{RecheckDoc, SourcePreset};
use crate::preset::fault::{Fault, did_you_mean};
use crate::preset::operation::OperationDoc;
use crate::preset::read::PathDoc;
use crate::preset::{Names, Operation, Reader, Scope, Values, View, instant};

/// Names in rules and messages.
pub const RECHECK: &str = "recheck";
pub const PAUSE: &str = "pause";
pub const RESUME: &str = "resume";
/// How often records are read again, where a preset does not say.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Statuses that mean that something is there no more.
const GONE: &[u16] = &[404, 410];

/// Is what was asked for not there (any more)?
pub fn is_gone(answer: &Answer) -> bool {
    GONE.contains(&answer.status)
}

/// Makes "not there" a good answer of an operation.
pub fn allow_gone(doc: &mut OperationDoc) {
    if doc.ok.is_empty() {
        doc.ok.push(StatusDoc::Range("2xx".to_owned()));
    }
    doc.ok.extend(GONE.iter().map(|status| StatusDoc::Code(*status)));
}

/// Rules about "not there" must say which operation they are about where it is a good answer of others.
///
/// # Errors
/// One does not.
pub fn check_rules(preset: &SourcePreset) -> Result<(), Fault> {
    let gone_is_good = preset.recheck.is_some() || preset.lookup.values().any(|lookup| lookup.optional);
    let too_wide = |rule: &&RuleDoc| {
        let status = rule.when.status.iter().any(|status| match status {
            StatusDoc::Code(code) => GONE.contains(code),
            StatusDoc::Range(range) => range == "4xx",
        });
        status && rule.when.op.is_none()
    };
    match preset.errors.iter().position(|rule| too_wide(&rule)).filter(|_| gone_is_good) {
        None => Ok(()),
        Some(index) => {
            let what = "a 404 or 410 is a good answer of recheck and of optional lookups: say op = \"request\"";
            Err(Fault::new(format!("errors, rule {}: {what}", index + 1)))
        }
    }
}

/// What an operation's `get` reads of its answer.
///
/// # Errors
/// Says which path met something it cannot mean.
pub fn got(operation: &Operation, view: View<'_>) -> Result<Map<String, Value>, String> {
    let mut got = Map::new();
    for (name, reader) in &operation.get {
        let value = reader.read(view).map_err(|error| format!("{name}: {error}"))?;
        got.insert(name.clone(), value.map_or(Value::Null, std::borrow::Cow::into_owned));
    }
    Ok(got)
}

/// Compiled `[recheck]`.
#[derive(Debug)]
pub struct Recheck {
    operation: Operation,
    record: Reader,
    /// How often.
    pub every: SignedDuration,
    /// Whose records.
    pub whom: Vec<Consent>,
}

impl Recheck {
    /// Compiles.
    ///
    /// # Errors
    /// Names what is wrong with it.
    pub fn compile(doc: &RecheckDoc, values: &Values) -> Result<Self, Fault> {
        let within = |fault: Fault| fault.within(RECHECK);
        let scope = values.scope(Scope::new(), false).names("record", ["id"]);
        let mut written = doc.operation();
        allow_gone(&mut written);
        let whom = doc.whom.iter().map(|word| {
            let found = CONSENTS.iter().find(|(name, _)| name == word).map(|(_, consent)| *consent);
            found.ok_or_else(|| {
                let near = did_you_mean(word, CONSENTS.iter().map(|(name, _)| *name));
                Fault::about(word, format!("for: `{word}` is no word of consent{near}"))
            })
        });
        let whom = whom.collect::<Result<Vec<_>, _>>().map_err(within)?;
        let every = doc.every.as_deref().map(instant::duration).transpose().map_err(within)?.unwrap_or(EVERY);
        let record = PathDoc::At(doc.record.clone().unwrap_or_else(|| "$".to_owned()));
        Ok(Self {
            operation: Operation::compile(RECHECK, &written, &scope, Names::of(values))?,
            record: Reader::compile(&record, Names::of(values)).map_err(|fault| within(fault.within("record")))?,
            every: every.max(SignedDuration::from_mins(1)),
            whom: if whom.is_empty() { vec![Consent::Pending] } else { whom },
        })
    }

    /// Reads a record again; `None` where it is there no more, or is one the preset passes over now.
    ///
    /// # Errors
    /// It cannot be had, or cannot be read.
    pub async fn read(
        &self,
        far: &Far,
        mapping: &Mapping,
        lookups: &Lookups,
        id: &str,
    ) -> Result<Option<Record>, Failure> {
        let context = far.context(Map::from_iter([("record".to_owned(), json!({ "id": id }))]));
        let (answer, body) = far.json(&self.operation, &context).await?;
        if is_gone(&answer) {
            return Ok(None);
        }
        let odd = |class: Class, why: &str| Failure::new(class, far.shown(&format!("the record read again: {why}")));
        let view = View { body: &body, tables: None, answer: Some(&answer) };
        let found = self.record.read(view).map_err(|error| odd(Class::Config, &error.to_string()))?;
        let Some(raw) = found.map(|record| record.to_string()) else { return Ok(None) };
        let tables = mapping.page_tables(&body);
        let mut opened = mapping.open(&raw, &tables).map_err(|unreadable| odd(Class::Config, &unreadable.why))?;
        if opened.dropped == Ok(true) {
            return Ok(None);
        }
        lookups.read_on(far, &mut opened, &Map::new(), Kept::Anew).await.map_err(|why| match why {
            NotFound::Everybody(failure) => failure,
            NotFound::Record(why) => odd(Class::Config, &why),
        })?;
        match mapping.finish(opened).record {
            None => Ok(None),
            Some(Ok(record)) if record.id == id => Ok(Some(record)),
            Some(Ok(record)) => {
                let why = format!("asked for `{id}`, got `{}`", crate::text::clean_line(&record.id, 80));
                Err(odd(Class::Config, &why).hint("recheck: check `path` and `record` of the preset"))
            }
            Some(Err(unreadable)) => Err(odd(Class::Config, &unreadable.why)),
        }
    }
}

/// Compiled `[pause]` and `[resume]`.
#[derive(Debug)]
pub struct Hold {
    pause: Operation,
    resume: Operation,
}

impl Hold {
    /// Compiles; `None` where the preset has neither.
    ///
    /// # Errors
    /// There is one without the other, or something is wrong with one.
    pub fn compile(preset: &SourcePreset, values: &Values) -> Result<Option<Self>, Fault> {
        let (pause, resume) = match (&preset.pause, &preset.resume) {
            (None, None) => return Ok(None),
            (Some(pause), Some(resume)) => (pause, resume),
            _ => return Err(Fault::new("[pause] and [resume] go together: whoever stops must be able to go on")),
        };
        let scope = values.scope(Scope::new(), false);
        let operation = |name: &str, doc| Operation::compile(name, doc, &scope, Names::of(values));
        Ok(Some(Self { pause: operation(PAUSE, pause)?, resume: operation(RESUME, resume)? }))
    }

    /// Says it; what was answered, for people.
    ///
    /// # Errors
    /// The answer is not a good one.
    pub async fn say(&self, far: &Far, stop: bool) -> Result<String, Failure> {
        let operation = if stop { &self.pause } else { &self.resume };
        let answer = far.ask(operation, &far.context(Map::new())).await?;
        Ok(far.shown(&format!("{} answered {} to {}", far.host(), answer.status, operation.name)))
    }
}
