//! From a raw record to a [`Record`]: where each field is read, what is passed over, and what becomes of a
//! record that cannot be read. Everything the preset does not name is kept as an extra.

use jiff::Timestamp;
use serde_json::Value;

use super::extra::Extra;
use super::{Unreadable, page};
use crate::lead::{Consent, Record};
use crate::preset::condition::Condition;
use crate::preset::document::{MapDoc, SourcePreset};
use crate::preset::fault::{Fault, did_you_mean};
use crate::preset::read::{PathDoc, ReadError};
use crate::preset::reshape::{Reshape, Tables};
use crate::preset::{Context, Names, Reader, Scope, Values, View};

/// Longest id of a record, in bytes.
const ID_MAX: usize = 512;
/// Longest record, in bytes.
const RECORD_MAX: usize = 1024 * 1024;
/// How much of a longer one is kept to look at.
const OVERLONG_KEPT: usize = 64 * 1024;
/// A text field of a record: its name in `[map]`, its path there, its place in the record.
struct Field {
    name: &'static str,
    path: fn(&MapDoc) -> Option<&PathDoc>,
    put: fn(&mut Record, String),
}

macro_rules! fields {
    ($($name:ident)*) => {
        &[$( Field {
            name: stringify!($name),
            path: |doc| doc.$name.as_ref(),
            put: |record, text| record.$name = Some(text),
        } ),*]
    };
}

const FIELDS: &[Field] = fields!(
    name given_name family_name email phone company need timing budget
    country subdivision postal_code city message campaign referral
);

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
pub struct Mapping {
    reshape: Reshape,
    id: Option<Reader>,
    drop: Vec<Condition>,
    moments: Vec<Reader>,
    submitted_at: Option<Reader>,
    consent: Option<Reader>,
    test: Option<Condition>,
    fields: Vec<(&'static Field, Reader)>,
    extra: Vec<Extra>,
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
        for field in FIELDS {
            let reader = (field.path)(&preset.map).map(|doc| path(&format!("map.{}", field.name), doc)).transpose()?;
            fields.extend(reader.filter(|reader| !reader.is_nothing()).map(|reader| (field, reader)));
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
            extra: Vec::new(),
            reshape,
            fields,
            context: values.context(),
        };
        for doc in extra {
            let extra = Extra::new(path("map.extra", doc)?, mapping.readers());
            mapping.extra.push(extra);
        }
        Ok(mapping)
    }

    /// Do records say their own id?
    pub fn has_id(&self) -> bool {
        self.id.is_some()
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
        let fields = self.fields.iter().map(|(field, reader)| (field.name, reader));
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
        for (field, reader) in &self.fields {
            if let Some(text) = reader.text(view).map_err(|error| named(field.name, &error))? {
                (field.put)(&mut record, text);
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
        for extra in &self.extra {
            extra.keep(view, &mut record.extra).map_err(|error| named("extra", &error))?;
        }
        Ok(record)
    }

    /// Every reader whose field has its own place.
    fn readers(&self) -> impl Iterator<Item = &Reader> {
        let fields = self.fields.iter().map(|(_, reader)| reader);
        let others = [&self.id, &self.submitted_at, &self.consent].into_iter().flatten();
        fields.chain(others).chain(&self.moments)
    }
}

fn consent(word: &str) -> Result<Consent, String> {
    let found = CONSENTS.iter().find(|(name, _)| *name == word);
    found.map(|(_, consent)| *consent).ok_or_else(|| {
        let near = did_you_mean(word, CONSENTS.iter().map(|(name, _)| *name));
        format!("consent: `{}` is none of leadgate's words{near}", crate::text::clean_line(word, 40))
    })
}
