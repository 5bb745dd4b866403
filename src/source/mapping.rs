//! From a raw record to a [`Record`]: where each field is read, what is passed over, and what becomes of a
//! record that cannot be read. Everything the preset does not name is kept as an extra.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde_json::Value;

use super::{Unreadable, page};
use crate::lead::{Consent, Record};
use crate::preset::condition::Condition;
use crate::preset::document::{MapDoc, SourcePreset};
use crate::preset::fault::{Fault, did_you_mean};
use crate::preset::read::{PathDoc, ReadError, is_empty, text_of};
use crate::preset::reshape::{Reshape, Tables};
use crate::preset::{Context, Names, Reader, Scope, Values, View};

/// Longest id of a record, in bytes.
const ID_MAX: usize = 512;
/// Longest record, in bytes.
const RECORD_MAX: usize = 1024 * 1024;
/// How much of a longer one is kept to look at.
const OVERLONG_KEPT: usize = 64 * 1024;
/// Most extra fields of a record.
const EXTRA_FIELDS: usize = 64;
/// Longest extra field, in characters.
const EXTRA_TEXT: usize = 4_096;
/// Deepest table whose members become extras.
const EXTRA_DEPTH: usize = 3;

type Put = fn(&mut Record, String);

/// The text fields of a record, as presets name them.
const FIELDS: &[(&str, fn(&MapDoc) -> Option<&PathDoc>, Put)] = &[
    ("name", |doc| doc.name.as_ref(), |record, text| record.name = Some(text)),
    ("given_name", |doc| doc.given_name.as_ref(), |record, text| record.given_name = Some(text)),
    ("family_name", |doc| doc.family_name.as_ref(), |record, text| record.family_name = Some(text)),
    ("email", |doc| doc.email.as_ref(), |record, text| record.email = Some(text)),
    ("phone", |doc| doc.phone.as_ref(), |record, text| record.phone = Some(text)),
    ("company", |doc| doc.company.as_ref(), |record, text| record.company = Some(text)),
    ("need", |doc| doc.need.as_ref(), |record, text| record.need = Some(text)),
    ("timing", |doc| doc.timing.as_ref(), |record, text| record.timing = Some(text)),
    ("budget", |doc| doc.budget.as_ref(), |record, text| record.budget = Some(text)),
    ("country", |doc| doc.country.as_ref(), |record, text| record.country = Some(text)),
    ("subdivision", |doc| doc.subdivision.as_ref(), |record, text| record.subdivision = Some(text)),
    ("postal_code", |doc| doc.postal_code.as_ref(), |record, text| record.postal_code = Some(text)),
    ("city", |doc| doc.city.as_ref(), |record, text| record.city = Some(text)),
    ("message", |doc| doc.message.as_ref(), |record, text| record.message = Some(text)),
    ("campaign", |doc| doc.campaign.as_ref(), |record, text| record.campaign = Some(text)),
    ("referral", |doc| doc.referral.as_ref(), |record, text| record.referral = Some(text)),
];

/// The words a consent may be.
const CONSENTS: &[(&str, Consent)] = &[
    ("request", Consent::Request),
    ("confirmed", Consent::Confirmed),
    ("pending", Consent::Pending),
    ("withdrawn", Consent::Withdrawn),
    ("none", Consent::None),
    ("expired", Consent::Expired),
];

/// A compiled mapping.
#[derive(Debug)]
pub struct Mapping {
    reshape: Reshape,
    id: Option<Reader>,
    drop: Vec<Condition>,
    moments: Vec<Reader>,
    submitted_at: Option<Reader>,
    consent: Option<Reader>,
    test: Option<Condition>,
    fields: Vec<(&'static str, Put, Reader)>,
    extra: Vec<Reader>,
    covered: HashSet<(String, String)>,
    context: Context,
}

/// What became of one record.
#[derive(Debug)]
pub struct Mapped {
    /// Its moment, for the cursor.
    pub moment: Option<Timestamp>,
    /// `None`: the preset passes it over.
    pub record: Option<Result<Record, Unreadable>>,
}

impl Mapping {
    /// Compiles.
    ///
    /// # Errors
    /// Names the part and what is wrong with it.
    pub fn compile(preset: &SourcePreset, values: &Values) -> Result<Self, Fault> {
        let extract = &preset.extract;
        let reshape = Reshape::compile(&extract.pivot, &extract.join, Names::of(values))
            .map_err(|fault| fault.within("extract"))?;
        let tables = reshape.names();
        let names = Names { values, tables: &tables };
        let scope = values.scope(Scope::new(), false);
        let path = |part: &str, doc: &PathDoc| Reader::compile(doc, names).map_err(|fault| fault.within(part));
        let optional = |part: &str, doc: &Option<PathDoc>| {
            let reader = doc.as_ref().map(|doc| path(part, doc)).transpose()?;
            Ok::<_, Fault>(reader.filter(|reader| !reader.is_nothing()))
        };
        let condition = |part: &str, doc| Condition::compile(doc, names, &scope).map_err(|fault| fault.within(part));
        let mut fields = Vec::new();
        for (name, doc, put) in FIELDS {
            if let Some(reader) = doc(&preset.map).map(|doc| path(&format!("map.{name}"), doc)).transpose()? {
                if !reader.is_nothing() {
                    fields.push((*name, *put, reader));
                }
            }
        }
        let whole = vec![PathDoc::At("$".to_owned())];
        let extra = preset.map.extra.as_ref().unwrap_or(&whole);
        let mut mapping = Self {
            id: optional("extract.id", &extract.id)?,
            drop: extract.drop.iter().map(|doc| condition("extract.drop", doc)).collect::<Result<_, _>>()?,
            moments: preset.cursor.field.iter().map(|doc| path("cursor.field", doc)).collect::<Result<_, _>>()?,
            submitted_at: optional("map.submitted_at", &preset.map.submitted_at)?,
            consent: optional("map.consent", &preset.map.consent)?,
            test: preset.map.test.as_ref().map(|doc| condition("map.test", doc)).transpose()?,
            extra: extra.iter().map(|doc| path("map.extra", doc)).collect::<Result<_, _>>()?,
            reshape,
            fields,
            covered: HashSet::new(),
            context: values.context(),
        };
        mapping.covered = mapping.covered();
        Ok(mapping)
    }

    /// The joined tables that stand in a page.
    pub fn page_tables(&self, envelope: &Value) -> Tables {
        self.reshape.page(envelope)
    }

    /// Maps one record.
    pub fn map(&self, raw: &str, page: &Tables) -> Mapped {
        let unreadable = |id: Option<String>, why: String| {
            let kept: String =
                if raw.len() > RECORD_MAX { raw.chars().take(OVERLONG_KEPT).collect() } else { raw.to_owned() };
            Unreadable { id: id.unwrap_or_else(|| page::hash(raw)), why, raw: kept }
        };
        let failed = |id, why| Mapped { moment: None, record: Some(Err(unreadable(id, why))) };
        if raw.len() > RECORD_MAX {
            return failed(None, format!("the record is longer than {RECORD_MAX} bytes"));
        }
        let body: Value = match serde_json::from_str(raw) {
            Ok(body @ Value::Object(_)) => body,
            Ok(_) => return failed(None, "the record is not a JSON object".to_owned()),
            Err(error) => {
                return failed(None, format!("not JSON: {}", crate::text::clean_line(&error.to_string(), 200)));
            }
        };
        let tables = if self.reshape.is_empty() { Ok(Tables::default()) } else { self.reshape.record(&body, page) };
        let tables = match tables {
            Ok(tables) => tables,
            Err(error) => return failed(None, error.to_string()),
        };
        let view = View { body: &body, tables: Some(&tables), answer: None };
        let id = self.id_of(view, raw);
        let moment = self.moment(view);
        match self.dropped(view) {
            Ok(true) => return Mapped { moment: moment.unwrap_or(None), record: None },
            Ok(false) => {}
            Err(why) => return failed(id.ok(), why),
        }
        let known = id.as_ref().ok().cloned();
        let record = id.and_then(|id| {
            let mut record = self.read(view)?;
            record.id = id;
            raw.clone_into(&mut record.raw);
            Ok(record)
        });
        let (moment, record) = match (moment, record) {
            (Ok(moment), record) => (moment, record),
            (Err(why), record) => (None, record.and(Err(why))),
        };
        Mapped { moment, record: Some(record.map_err(|why| unreadable(known, why))) }
    }

    /// Each mapped field of a record beside its path, for `source try`: name, path, text or what is wrong.
    pub fn explain(&self, raw: &str, page: &Tables) -> Vec<(String, String, Result<Option<String>, String>)> {
        let Ok(body) = serde_json::from_str::<Value>(raw) else { return Vec::new() };
        let Ok(tables) = self.reshape.record(&body, page) else { return Vec::new() };
        let view = View { body: &body, tables: Some(&tables), answer: None };
        let single = [("id", &self.id), ("submitted_at", &self.submitted_at), ("consent", &self.consent)];
        let single = single.into_iter().filter_map(|(name, reader)| reader.as_ref().map(|reader| (name, reader)));
        let fields = self.fields.iter().map(|(name, _, reader)| (*name, reader));
        let told = single.chain(fields).map(|(name, reader)| {
            let text = reader.text(view).map_err(|error| error.what);
            (name.to_owned(), reader.label().to_owned(), text)
        });
        told.collect()
    }

    fn id_of(&self, view: View<'_>, raw: &str) -> Result<String, String> {
        let Some(reader) = &self.id else { return Ok(page::hash(raw)) };
        match reader.text(view) {
            Ok(Some(id)) if id.len() > ID_MAX => {
                Err(format!("its id ({}) is longer than {ID_MAX} bytes", reader.label()))
            }
            Ok(Some(id)) => Ok(id),
            Ok(None) => Err(format!("it has no id ({})", reader.label())),
            Err(error) => Err(format!("id: {error}")),
        }
    }

    fn moment(&self, view: View<'_>) -> Result<Option<Timestamp>, String> {
        let mut latest = None;
        for reader in &self.moments {
            latest = latest.max(reader.instant(view).map_err(|error| error.to_string())?);
        }
        Ok(latest)
    }

    fn dropped(&self, view: View<'_>) -> Result<bool, String> {
        for condition in &self.drop {
            if condition.holds(view, &self.context).map_err(|error| error.to_string())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read(&self, view: View<'_>) -> Result<Record, String> {
        let mut record = Record::default();
        let named = |name: &str, error: &ReadError| format!("{name}: {error}");
        for (name, put, reader) in &self.fields {
            if let Some(text) = reader.text(view).map_err(|error| named(name, &error))? {
                put(&mut record, text);
            }
        }
        if let Some(reader) = &self.submitted_at {
            record.submitted_at = reader.instant(view).map_err(|error| named("submitted_at", &error))?;
        }
        if let Some(reader) = &self.consent {
            let word = reader.text(view).map_err(|error| named("consent", &error))?;
            record.consent = word.map(|word| consent(&word)).transpose()?;
        }
        if let Some(test) = &self.test {
            record.test = test.holds(view, &self.context).map_err(|error| format!("test: {error}"))?;
        }
        for reader in &self.extra {
            let table = reader.covers().first().and_then(|(table, _)| *table).unwrap_or_default().to_owned();
            if let Some(value) = reader.read(view).map_err(|error| named("extra", &error))? {
                let prefix = reader.covers().first().map(|(_, members)| members.clone()).unwrap_or_default();
                self.add_extra(&mut record.extra, &table, &prefix, "", &value, 0);
            }
        }
        Ok(record)
    }

    /// Keeps the members of a table the mapping does not cover; `members` is their place in the record,
    /// `name` what they are called among the extras.
    fn add_extra(
        &self,
        extra: &mut BTreeMap<String, String>,
        table: &str,
        members: &str,
        name: &str,
        value: &Value,
        depth: usize,
    ) {
        let Value::Object(entries) = value else { return };
        for (key, value) in entries {
            if extra.len() >= EXTRA_FIELDS {
                return;
            }
            let place = if members.is_empty() { key.clone() } else { format!("{members}.{key}") };
            if is_empty(value) || self.covered.contains(&(table.to_owned(), place.clone())) {
                continue;
            }
            let called = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            match text_of(value) {
                Some(text) if text.chars().count() > EXTRA_TEXT => {
                    extra.insert(called, text.chars().take(EXTRA_TEXT).collect());
                }
                Some(text) => {
                    extra.insert(called, text);
                }
                None if depth < EXTRA_DEPTH => self.add_extra(extra, table, &place, &called, value, depth + 1),
                None => {}
            }
        }
    }

    fn covered(&self) -> HashSet<(String, String)> {
        let fields = self.fields.iter().map(|(_, _, reader)| reader);
        let others = [&self.id, &self.submitted_at, &self.consent].into_iter().flatten();
        let all = fields.chain(others).chain(&self.moments).flat_map(Reader::covers);
        all.map(|(table, members)| (table.unwrap_or_default().to_owned(), members)).collect()
    }
}

fn consent(word: &str) -> Result<Consent, String> {
    let found = CONSENTS.iter().find(|(name, _)| *name == word);
    found.map(|(_, consent)| *consent).ok_or_else(|| {
        let near = did_you_mean(word, CONSENTS.iter().map(|(name, _)| *name));
        format!("consent: `{}` is none of leadgate's words{near}", crate::text::clean_line(word, 40))
    })
}
