//! A source that is told, not asked: a delivery becomes records by the very mapping a polled page goes
//! through. What cannot be proven is refused whole; what is proven and cannot be read is kept with its reason.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::header::HeaderMap;
use serde_json::Value;
use serde_json::value::RawValue;

use super::mapping::Mapping;
use super::page::{self, Records};
use super::{Ask, Batch, MESSAGE_MAX, Source, Unreadable};
use crate::config::checked;
use crate::lead::outcome::Failure;
use crate::lead::{Class, Record};
use crate::net::http::Answer;
use crate::preset::document::SourcePreset;
use crate::preset::push::{Proof, Push, PushDoc};
use crate::preset::read::PathDoc;
use crate::preset::{Direction, Fault, Library, Names, Reader, Values};
use crate::text::clean_line;

/// Most records of one delivery.
const RECORDS_MAX: usize = 1_000;
/// How much of what cannot be read is kept to look at, in characters.
const KEPT_MAX: usize = 64 * 1024;
/// Longest reason, in characters.
const WHY_MAX: usize = 300;

/// A compiled source that is told.
pub struct Pushed {
    /// How the sender proves to be the one.
    pub push: Push,
    mapping: Mapping,
    records: Records,
    /// Where the records are, as written.
    at: String,
    /// Records carry an id of their own.
    has_id: bool,
}

/// What was sent.
#[derive(Debug, Clone)]
pub enum Sent {
    /// A JSON text: the body.
    Json,
    /// The fields of a form, in their order.
    Form(Vec<(String, String)>),
    /// It cannot be taken apart, and why.
    Broken(String),
}

/// A delivery nobody answers for, or that says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It does not prove where it is from.
    Unproven,
    /// It cannot be read, and nobody answers for it; why, for people.
    Malformed(String),
}

/// A proven delivery.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// What could be read, and what could not.
    pub records: Vec<Result<Record, Unreadable>>,
    /// Why all of it is kept aside although it is well-formed: a machine filled it in.
    pub by_machine: bool,
    /// Not even the whole could be taken apart.
    pub broken: bool,
}

impl Pushed {
    /// Compiles a preset that has `[push]`.
    ///
    /// # Errors
    /// Names the part of the preset and what is wrong with it.
    pub fn compile(preset: &SourcePreset, values: &Values) -> Result<Self, Fault> {
        Self::with(preset, values, Push::compile)
    }

    /// As [`Pushed::compile`] with stand-ins for secrets: all that can be said offline.
    ///
    /// # Errors
    /// As [`Pushed::compile`].
    pub fn check(preset: &SourcePreset, values: &Values) -> Result<(), Fault> {
        Self::with(preset, values, Push::without_keys).map(drop)
    }

    fn with(
        preset: &SourcePreset,
        values: &Values,
        compile: impl FnOnce(&PushDoc, &Values) -> Result<Push, Fault>,
    ) -> Result<Self, Fault> {
        let doc = preset.push.as_ref().ok_or_else(|| Fault::new("[push] is missing"))?;
        if preset.request.is_some() {
            return Err(Fault::new("a preset has [request] or [push], not both").within("push"));
        }
        let mapping = Mapping::compile(preset, values)?;
        let records = Reader::compile(&PathDoc::At(preset.extract.records.clone()), Names::of(values))
            .map_err(|fault| fault.within("extract.records"))?;
        let at = records.label().to_owned();
        let records = Records::compile(&at)
            .map_err(|why| Fault::about(&preset.extract.records, why).within("extract.records"))?;
        let has_id = mapping.has_id();
        Ok(Self { push: compile(doc, values)?, mapping, records, at, has_id })
    }

    /// Takes a delivery received at `now`. `query` and `headers` are those it came with; `body` are the very
    /// bytes that were signed.
    ///
    /// # Errors
    /// See [`Refused`]: nothing of it is to be kept.
    pub fn take(
        &self,
        headers: &HeaderMap,
        query: &[(String, String)],
        body: &[u8],
        sent: Sent,
        now: Timestamp,
    ) -> Result<Told, Refused> {
        let proven = match self.push.head(headers, query) {
            Proof::Proven => true,
            Proof::InBody => false,
            Proof::Wrong => return Err(Refused::Unproven),
        };
        let delivery = if self.push.is_signed() {
            Some(self.push.signed(headers, body, now).ok_or(Refused::Unproven)?)
        } else {
            None
        };
        let opened = match sent {
            Sent::Broken(why) => Err(Closed::Broken(why)),
            Sent::Json => self.json(body, proven),
            Sent::Form(fields) => self.form(&fields, proven),
        };
        match opened {
            Ok(opened) => Ok(self.told(&opened, delivery, now)),
            Err(Closed::Unproven) => Err(Refused::Unproven),
            Err(Closed::Broken(why)) if proven => Ok(self.unreadable(&why, body, delivery)),
            Err(Closed::Broken(why)) => Err(Refused::Malformed(why)),
        }
    }

    /// A JSON text without the member that carries the secret.
    fn json(&self, body: &[u8], proven: bool) -> Result<Opened, Closed> {
        let (member, trap) = (self.push.member(), self.push.honeypot.as_deref());
        if member.is_none() && trap.is_none() {
            return Ok(Opened { json: body.to_vec(), by_machine: false });
        }
        let broken = |error: &serde_json::Error| Closed::Broken(not_json(error));
        let mut table: BTreeMap<String, &RawValue> = serde_json::from_slice(body).map_err(|error| broken(&error))?;
        let text = |raw: &RawValue| serde_json::from_str::<String>(raw.get()).ok();
        let given = member.and_then(|member| table.remove(member)).and_then(text);
        if !proven && !given.is_some_and(|given| self.push.in_body(&given)) {
            return Err(Closed::Unproven);
        }
        let trapped = trap.and_then(|trap| table.get(trap)).and_then(|raw| text(raw));
        let by_machine = trapped.is_some_and(|text| !text.trim().is_empty());
        let json = serde_json::to_vec(&table).map_err(|error| broken(&error))?;
        Ok(Opened { json, by_machine })
    }

    /// The fields of a form as JSON, without the one that carries the secret and an empty trap.
    fn form(&self, fields: &[(String, String)], proven: bool) -> Result<Opened, Closed> {
        let (member, trap) = (self.push.member(), self.push.honeypot.as_deref());
        let carries = |(name, text): &(String, String)| Some(name.as_str()) == member && self.push.in_body(text);
        if !proven && !fields.iter().fold(false, |found, field| found | carries(field)) {
            return Err(Closed::Unproven);
        }
        let trapped = |(name, text): &&(String, String)| Some(name.as_str()) == trap && !text.trim().is_empty();
        let told = |field: &&(String, String)| {
            Some(field.0.as_str()) != member && (Some(field.0.as_str()) != trap || trapped(field))
        };
        let json = table(fields.iter().filter(told)).to_string().into_bytes();
        Ok(Opened { json, by_machine: fields.iter().any(|field| trapped(&field)) })
    }

    fn told(&self, opened: &Opened, delivery: Option<String>, now: Timestamp) -> Told {
        let answer = Answer { status: 200, headers: HeaderMap::new(), body: opened.json.clone(), date: None };
        let page = match self.records.split(answer) {
            Ok(page) => page,
            Err(what) => return self.unreadable(&format!("it is {what}"), &opened.json, delivery),
        };
        if page.len() > RECORDS_MAX {
            return self.unreadable(&format!("it holds more than {RECORDS_MAX} records"), &opened.json, delivery);
        }
        let is_empty_list = page.listed && self.at.ends_with("[*]");
        if page.len() == 0 && !is_empty_list {
            return self.unreadable(&format!("there is no record at {}", self.at), &opened.json, delivery);
        }
        let tables = self.mapping.page_tables(&page.envelope);
        let mut records = Vec::with_capacity(page.len());
        for (place, raw) in page.texts(0, RECORDS_MAX).enumerate() {
            let Some(mut record) = self.mapping.map(raw, &tables).record else { continue };
            if opened.by_machine {
                let why = "a field that people do not see was filled in: a machine wrote it".to_owned();
                let id = record.map_or_else(|unreadable| unreadable.id, |record| record.id);
                record = Err(Unreadable { id, why, raw: raw.to_owned() });
            }
            if !self.has_id {
                let id = match &mut record {
                    Ok(record) => &mut record.id,
                    Err(unreadable) => &mut unreadable.id,
                };
                *id = own_id(delivery.as_deref(), place, id, now);
            }
            if let Err(unreadable) = &mut record {
                unreadable.why = clean_line(&self.push.shown(&unreadable.why), WHY_MAX);
            }
            records.push(record);
        }
        Told { records, by_machine: opened.by_machine, broken: false }
    }

    /// Proven, but nothing can be made of it: kept as one record that says why.
    fn unreadable(&self, why: &str, bytes: &[u8], delivery: Option<String>) -> Told {
        let raw: String = String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}").chars().take(KEPT_MAX).collect();
        let raw = self.push.shown(&raw);
        let id = delivery.unwrap_or_else(|| page::hash(&raw));
        let why = clean_line(&self.push.shown(why), WHY_MAX);
        Told { records: vec![Err(Unreadable { id, why, raw })], by_machine: false, broken: true }
    }
}

/// What is left of a delivery once its proof is taken out.
struct Opened {
    json: Vec<u8>,
    by_machine: bool,
}

/// Why a delivery could not be opened.
enum Closed {
    Unproven,
    Broken(String),
}

impl Source for Pushed {
    fn read<'a>(&'a self, _ask: Ask<'a>) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async { Err(Failure::new(Class::Config, "this source is told what is new; it cannot be asked")) })
    }

    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(async { Ok("waits to be told: its secrets can be read; nothing was asked".to_owned()) })
    }
}

/// A record without an id is known by its delivery, else by its words and the day: sent twice it is one, and
/// somebody who writes the same again another day is heard again.
fn own_id(delivery: Option<&str>, place: usize, hash: &str, now: Timestamp) -> String {
    match delivery {
        Some(delivery) if place == 0 => delivery.to_owned(),
        Some(delivery) => format!("{delivery}#{place}"),
        None => format!("{hash}-{}", now.to_zoned(TimeZone::UTC).date()),
    }
}

/// The fields of a form as a table; one that is given several times is a list.
fn table<'f>(fields: impl Iterator<Item = &'f (String, String)>) -> Value {
    let mut table = serde_json::Map::new();
    for (name, text) in fields {
        let text = Value::String(text.clone());
        match table.get_mut(name) {
            Some(Value::Array(list)) => list.push(text),
            Some(first) => *first = Value::Array(vec![first.take(), text]),
            None => drop(table.insert(name.clone(), text)),
        }
    }
    Value::Object(table)
}

fn not_json(error: &serde_json::Error) -> String {
    format!("it is no JSON table ({})", clean_line(&error.to_string(), 120))
}

/// Sets a source up that is told; `None` when its preset asks instead.
///
/// # Errors
/// As [`super::build`].
pub fn pushed(source: &checked::Source, presets: &Library) -> Result<Option<Pushed>, Failure> {
    let wrong =
        |why: &str| Failure::new(Class::Config, clean_line(&format!("source.{}: {why}", source.id), MESSAGE_MAX));
    let preset: SourcePreset = presets.get(&source.preset).map_err(|error| wrong(&error.to_string()))?;
    if preset.push.is_none() {
        return Ok(None);
    }
    let values = Values::check(&preset.vars, &source.vars, &super::checked_secret).map_err(|faults| {
        let told: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
        wrong(&told.join("; "))
    })?;
    let compiled = Pushed::compile(&preset, &values);
    let placed = |fault| wrong(&presets.place(Direction::Source, &source.preset, fault).to_string());
    compiled.map(Some).map_err(placed)
}

/// Is the source told, as far as its preset can be read?
pub fn is_pushed(source: &checked::Source, presets: &Library) -> bool {
    presets.get::<SourcePreset>(&source.preset).is_ok_and(|preset| preset.push.is_some())
}
