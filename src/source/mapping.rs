//! From a raw record to a [`Record`]: where each field is read, what is passed over, and what becomes of a
//! record that cannot be read. Everything the preset does not name is kept as an extra.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use super::extra::Extra;
use super::sample::FieldSeen;
use super::{Unreadable, page};
use crate::lead::{Consent, Record};
use crate::preset::condition::Condition;
use crate::preset::document::{MapDoc, SourcePreset, Strategy};
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

/// The names of the text fields `[map]` knows.
pub fn field_names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|field| field.name)
}

macro_rules! kept {
    ($($name:ident)*) => {
        &[$( Field {
            name: stringify!($name),
            path: |doc| doc.$name.as_ref(),
            put: |record, text| drop(record.extra.insert(stringify!($name).to_owned(), text)),
        } ),*]
    };
}

/// Fields without a place of their own: kept as extras under these names.
const KEPT: &[Field] = kept!(consent_at consent_ip consent_text title);

/// The words a consent may be.
pub const CONSENTS: &[(&str, Consent)] = &[
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
    /// The names of the tables a record has by itself.
    tables: Vec<String>,
    id: Option<Reader>,
    drop: Vec<Condition>,
    moments: Vec<Reader>,
    /// What is counted up instead of a moment, where it is not the id.
    count: Option<Reader>,
    submitted_at: Option<Reader>,
    consent: Option<Reader>,
    test: Option<Condition>,
    fields: Vec<(&'static Field, Reader)>,
    extra: Vec<Extra>,
    context: Context,
}

/// The table of the parent in which a record was found.
pub const EACH: &str = "each";

/// A record taken apart, before it is mapped.
#[derive(Debug)]
pub struct Opened<'r> {
    raw: &'r str,
    /// As JSON.
    pub body: Value,
    /// Its tables.
    pub tables: Cow<'r, Tables>,
    /// Its id, or why there is none.
    pub id: Result<String, String>,
    /// Its moment, for the cursor.
    pub moment: Result<Option<Timestamp>, String>,
    /// Is it passed over?
    pub dropped: Result<bool, String>,
}

impl Opened<'_> {
    /// The same, not mapped.
    pub fn unreadable(&self, id: String, why: String) -> Unreadable {
        unreadable(Some(id), why, self.raw)
    }
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
        let parents: Vec<String> = preset.each.iter().map(|_| EACH.to_owned()).collect();
        let reshape = Reshape::compile(&extract.pivot, &extract.join, Names { values, tables: &parents })
            .map_err(|fault| fault.within("extract"))?;
        // What is looked up can be mapped; which records there are does not hang on it.
        let own: Vec<String> = reshape.names().into_iter().chain(parents).collect();
        let all: Vec<String> = own.iter().cloned().chain(preset.lookup.keys().cloned()).collect();
        if let Some(twice) = preset.lookup.keys().find(|name| own.contains(name)) {
            return Err(Fault::about(twice, format!("lookup.{twice}: there is another table of this name")));
        }
        let tables = own.clone();
        let (own, names) = (Names { values, tables: &own }, Names { values, tables: &all });
        let scope = values.scope(Scope::new(), false);
        let path = |part: &str, doc: &PathDoc| {
            let names = if part.starts_with("map.") { names } else { own };
            Reader::compile(doc, names).map_err(|fault| fault.within(part))
        };
        let optional = |part: &str, doc: &Option<PathDoc>| {
            let reader = doc.as_ref().map(|doc| path(part, doc)).transpose()?;
            Ok::<_, Fault>(reader.filter(|reader| !reader.is_nothing()))
        };
        let condition = |part: &str, doc| {
            let names = if part.starts_with("map.") { names } else { own };
            Condition::compile(doc, names, &scope).map_err(|fault| fault.within(part))
        };
        let mut fields = Vec::new();
        for field in FIELDS.iter().chain(KEPT) {
            let reader = (field.path)(&preset.map).map(|doc| path(&format!("map.{}", field.name), doc)).transpose()?;
            fields.extend(reader.filter(|reader| !reader.is_nothing()).map(|reader| (field, reader)));
        }
        let whole = vec![PathDoc::At("$".to_owned())];
        let extra = preset.map.extra.as_ref().unwrap_or(&whole);
        let by_id = preset.cursor.strategy == Strategy::Id;
        let cursor = preset.cursor.field.iter().map(|doc| path("cursor.field", doc));
        let count = preset.cursor.field.first().map(|doc| path("cursor.field", doc)).transpose()?;
        let mut mapping = Self {
            id: optional("extract.id", &extract.id)?,
            drop: extract.drop.iter().map(|doc| condition("extract.drop", doc)).collect::<Result<_, _>>()?,
            moments: if by_id { Vec::new() } else { cursor.collect::<Result<_, _>>()? },
            count: if by_id { count } else { None },
            submitted_at: optional("map.submitted_at", &preset.map.submitted_at)?,
            consent: optional("map.consent", &preset.map.consent)?,
            test: preset.map.test.as_ref().map(|doc| condition("map.test", doc)).transpose()?,
            extra: Vec::new(),
            tables,
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

    /// The names of the tables a record has by itself.
    pub fn tables(&self) -> Vec<String> {
        self.tables.clone()
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
        match self.open(raw, page) {
            Ok(opened) => self.finish(opened),
            Err(unreadable) => Mapped { moment: None, record: Some(Err(unreadable)) },
        }
    }

    /// Takes one record apart, as far as its id and moment.
    ///
    /// # Errors
    /// It cannot be taken apart.
    pub fn open<'r>(&self, raw: &'r str, page: &'r Tables) -> Result<Opened<'r>, Unreadable> {
        let failed = |why: String| unreadable(None, why, raw);
        if raw.len() > RECORD_MAX {
            return Err(failed(format!("the record is longer than {RECORD_MAX} bytes")));
        }
        let body: Value = match serde_json::from_str(raw) {
            Ok(body @ Value::Object(_)) => body,
            Ok(_) => return Err(failed("the record is not a JSON object".to_owned())),
            Err(error) => {
                return Err(failed(format!("not JSON: {}", crate::text::clean_line(&error.to_string(), 200))));
            }
        };
        let tables = if self.reshape.is_empty() {
            Cow::Borrowed(page)
        } else {
            Cow::Owned(self.reshape.record(&body, page).map_err(|error| failed(error.to_string()))?)
        };
        let view = View { body: &body, tables: Some(&tables), answer: None };
        let id = self.id_of(view, raw);
        let moment = self.moment(view);
        let dropped = self.dropped(view);
        Ok(Opened { raw, body, tables, id, moment, dropped })
    }

    /// The number of a record that is counted up: its id, where the preset names nothing else.
    ///
    /// # Errors
    /// Says why there is none.
    pub fn count(&self, opened: &Opened<'_>) -> Result<String, String> {
        let Some(count) = &self.count else { return opened.id.clone() };
        let view = View { body: &opened.body, tables: Some(&opened.tables), answer: None };
        let text = count.text(view).map_err(|error| error.to_string())?;
        text.ok_or_else(|| format!("it has no number ({})", count.label()))
    }

    /// Maps what was taken apart.
    pub fn finish(&self, opened: Opened<'_>) -> Mapped {
        let Opened { raw, body, tables, id, moment, dropped } = opened;
        let view = View { body: &body, tables: Some(&tables), answer: None };
        match dropped {
            Ok(true) => return Mapped { moment: moment.unwrap_or(None), record: None },
            Ok(false) => {}
            Err(why) => return Mapped { moment: None, record: Some(Err(unreadable(id.ok(), why, raw))) },
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
        Mapped { moment, record: Some(record.map_err(|why| unreadable(known, why, raw))) }
    }

    /// Each mapped field of a record beside its path, for `source try`.
    pub fn explain(&self, opened: &Opened<'_>) -> Vec<FieldSeen> {
        let view = View { body: &opened.body, tables: Some(&opened.tables), answer: None };
        let single = [("id", &self.id), ("submitted_at", &self.submitted_at), ("consent", &self.consent)];
        let single = single.into_iter().filter_map(|(name, reader)| reader.as_ref().map(|reader| (name, reader)));
        let fields = self.fields.iter().map(|(field, reader)| (field.name, reader));
        let told = single.chain(fields).map(|(name, reader)| {
            let text = reader.text(view).map_err(|error| error.what);
            FieldSeen { name: name.to_owned(), path: reader.label().to_owned(), text }
        });
        told.collect()
    }

    fn id_of(&self, view: View<'_>, raw: &str) -> Result<String, String> {
        let Some(reader) = &self.id else { return Ok(page::hash(raw)) };
        match reader.text(view) {
            Ok(Some(id)) if id.len() > ID_MAX => {
                Err(format!("its id ({}) is longer than {ID_MAX} bytes", reader.label()))
            }
            // Of two such ids that differ in their last digits one would be taken for the other.
            Ok(Some(id)) if is_rounded(&id) => {
                Err(format!("its id ({}) is a number too long to be told exactly: it must be text", reader.label()))
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

/// Is it a number that was rounded, as they are written out: `1.8446744073709552e+19`?
fn is_rounded(id: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    id.split_once("e+").is_some_and(|(digits, power)| number(digits) && number(power))
}

fn unreadable(id: Option<String>, why: String, raw: &str) -> Unreadable {
    let kept = if raw.len() > RECORD_MAX { raw.chars().take(OVERLONG_KEPT).collect() } else { raw.to_owned() };
    Unreadable { id: id.unwrap_or_else(|| page::hash(raw)), why, raw: kept }
}

/// Reads one of leadgate's words of consent.
///
/// # Errors
/// It is none; with the nearest.
pub fn consent(word: &str) -> Result<Consent, String> {
    let found = CONSENTS.iter().find(|(name, _)| *name == word);
    found.map(|(_, consent)| *consent).ok_or_else(|| {
        let near = did_you_mean(word, CONSENTS.iter().map(|(name, _)| *name));
        format!("consent: `{}` is none of leadgate's words{near}", crate::text::clean_line(word, 40))
    })
}
