//! A first page, looked at before anything of it is stored: what each path found, what could not be read, and
//! which paths found nothing at all.

use jiff::Timestamp;

use super::mapping::{Mapped, field_names};
use super::page::Page;
use super::{Batch, Unreadable};
use crate::lead::{Metric, Record};

/// Most records of a page that are looked at.
pub const RECORDS_MAX: usize = 1_000;

/// Most records looked at where more is asked about each of them.
pub const LOOKED_UP_MAX: usize = 10;

/// The texts of a record by name.
fn read_fields(record: &Record) -> Vec<FieldSeen> {
    let all = serde_json::to_value(record).unwrap_or_default();
    let texts = all.as_object().into_iter().flatten().filter(|(name, value)| *name != "raw" && value.is_string());
    let seen = |(name, value): (&String, &serde_json::Value)| FieldSeen {
        name: name.clone(),
        path: String::new(),
        text: Ok(value.as_str().map(str::to_owned)),
    };
    texts.map(seen).collect()
}

/// What a first page holds.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Records on the page.
    pub on_page: usize,
    /// At most [`RECORDS_MAX`] of them, in the page's order.
    pub records: Vec<Sampled>,
    /// Of a source of figures, at most [`RECORDS_MAX`] campaign days.
    pub metrics: Vec<Metric>,
}

/// One record of a sample.
#[derive(Debug, Clone)]
pub struct Sampled {
    /// As received.
    pub raw: String,
    /// Every mapped field; none where the record cannot be taken apart.
    pub fields: Vec<FieldSeen>,
    /// Its moment, for the cursor.
    pub moment: Option<Timestamp>,
    /// `None`: the preset passes it over.
    pub read: Option<Result<Record, Unreadable>>,
}

/// A mapped field in one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSeen {
    /// Its name in `[map]`, or `id`.
    pub name: String,
    /// Its path as written.
    pub path: String,
    /// What the path found; the error says why what it found cannot be meant.
    pub text: Result<Option<String>, String>,
}

/// A mapped field over the whole sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldMatched {
    /// Its name in `[map]`, or `id`.
    pub name: String,
    /// Its path as written.
    pub path: String,
    /// In how many records it found something.
    pub matched: usize,
}

impl Sample {
    /// A sample of a page, without records yet.
    pub(super) fn of(page: &Page) -> Self {
        Self { on_page: page.len(), ..Self::default() }
    }

    /// Adds a record with what became of it.
    pub(super) fn add(&mut self, raw: &str, fields: Vec<FieldSeen>, mapped: Mapped) {
        self.records.push(Sampled { raw: raw.to_owned(), fields, moment: mapped.moment, read: mapped.record });
    }

    /// What a source that knows no paths gives: the fields as they were read.
    pub(super) fn of_batch(batch: Batch) -> Self {
        let on_page = batch.records.len();
        let seen = batch.records.into_iter().take(RECORDS_MAX).map(|read| {
            let (fields, moment) =
                read.as_ref().map_or_else(|_| (Vec::new(), None), |record| (read_fields(record), record.submitted_at));
            let raw = read.as_ref().map_or_else(|bad| bad.raw.clone(), |record| record.raw.clone());
            Sampled { raw, fields, moment, read: Some(read) }
        });
        let records = seen.collect();
        Self { on_page, records, metrics: batch.metrics.into_iter().take(RECORDS_MAX).collect() }
    }

    /// Every mapped field and how often it found something, in the order of the mapping.
    pub fn matches(&self) -> Vec<FieldMatched> {
        let mut all: Vec<FieldMatched> = Vec::new();
        for field in self.records.iter().flat_map(|record| &record.fields) {
            let found = usize::from(!matches!(field.text, Ok(None)));
            match all.iter_mut().find(|seen| seen.name == field.name) {
                Some(seen) => seen.matched += found,
                None => all.push(FieldMatched { name: field.name.clone(), path: field.path.clone(), matched: found }),
            }
        }
        all
    }

    /// Fields a record may have and the preset reads nowhere, as far as this sample tells.
    pub fn unmapped(&self) -> Vec<&'static str> {
        let matches = self.matches();
        let read = |name: &str| matches.iter().any(|field| field.name == name);
        if matches.is_empty() { Vec::new() } else { field_names().filter(|name| !read(name)).collect() }
    }

    /// Those that became a record.
    pub fn readable(&self) -> impl Iterator<Item = (&Sampled, &Record)> {
        self.records.iter().filter_map(|seen| Some((seen, seen.read.as_ref()?.as_ref().ok()?)))
    }

    /// Those that could not be read, with their place on the page, from 1.
    pub fn unreadable(&self) -> impl Iterator<Item = (usize, &Unreadable)> {
        let read = self.records.iter().enumerate();
        read.filter_map(|(at, seen)| Some((at + 1, seen.read.as_ref()?.as_ref().err()?)))
    }

    /// How many the preset passes over.
    pub fn passed_over(&self) -> usize {
        self.records.iter().filter(|seen| seen.read.is_none()).count()
    }
}
