//! Every lead of a period as the figures count it, one row each, for those who go on with other programs: as
//! Parquet, whose columns have types, or as CSV. One table of columns makes both. There is no personal data in a row.

mod parquet;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use ::parquet::errors::ParquetError;
use jiff::Timestamp;

use super::csv::safe;
use super::journey::Journey;
use super::tally::Hits;
use crate::lead::{LeadId, VerdictKind};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Columns with types.
    Parquet,
    /// Text, RFC 4180.
    Csv,
}

impl Kind {
    /// By how the file's name ends, in small or capital letters.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "parquet" => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// Rows that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// As CSV, mostly because the file takes no more.
    #[error("{0}")]
    Csv(#[from] csv::Error),
    /// As Parquet, mostly because the file takes no more.
    #[error("{}", plain(.0))]
    Parquet(#[from] ParquetError),
    /// What was left in a buffer.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What the file said, without the library's words around it.
fn plain(error: &ParquetError) -> String {
    match error {
        ParquetError::External(inner) => inner.to_string(),
        other => other.to_string(),
    }
}

/// One lead.
#[derive(Debug, Clone)]
pub struct Line {
    lead: LeadId,
    source: Arc<str>,
    campaign: Option<Arc<str>>,
    service: Option<Arc<str>>,
    region: Option<Arc<str>>,
    with: Option<(Arc<str>, Arc<str>)>,
    received_at: Timestamp,
    submitted_at: Timestamp,
    verdict: VerdictKind,
    handed_off_at: Option<Timestamp>,
    answer_by: Option<Timestamp>,
    first_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    end: Option<Arc<str>>,
    won: Option<i64>,
    hits: Hits,
}

impl Line {
    /// The row of a lead that counts for `hits`.
    pub fn of(journey: Journey, hits: Hits) -> Self {
        Self {
            lead: journey.id,
            handed_off_at: journey.handed_off_at(),
            source: journey.source,
            campaign: journey.campaign,
            service: journey.service,
            region: journey.region,
            with: journey.with,
            received_at: journey.received_at,
            submitted_at: journey.submitted_at,
            verdict: journey.verdict,
            answer_by: journey.answer_by,
            first_at: journey.first_at,
            closed_at: journey.closed_at,
            end: journey.end,
            won: journey.won_value,
            hits,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.verdict {
            VerdictKind::Qualified => "qualified",
            VerdictKind::Review => "review",
            VerdictKind::Disqualified => "disqualified",
        }
    }
}

/// What stands in a column, and how a row tells it.
#[derive(Clone, Copy)]
enum Cells {
    /// The lead's number, as the lists show it and `leadgate lead show` takes it.
    Number,
    /// The business's currency.
    Currency,
    /// A word that is always there.
    Word(fn(&Line) -> &str),
    /// One that may be missing.
    MaybeWord(fn(&Line) -> Option<&str>),
    /// An instant.
    At(fn(&Line) -> Timestamp),
    /// One that may be missing.
    MaybeAt(fn(&Line) -> Option<Timestamp>),
    /// Minor units of the currency.
    MaybeMinor(fn(&Line) -> Option<i64>),
    /// Does the report count it there?
    Flag(fn(&Line) -> bool),
}

/// The columns in order. New ones come last: people's queries name these.
const COLUMNS: &[(&str, Cells)] = &[
    ("lead", Cells::Number),
    ("source", Cells::Word(|line| &line.source)),
    ("campaign", Cells::MaybeWord(|line| line.campaign.as_deref())),
    ("service", Cells::MaybeWord(|line| line.service.as_deref())),
    ("region", Cells::MaybeWord(|line| line.region.as_deref())),
    ("team", Cells::MaybeWord(|line| line.with.as_ref().map(|with| &*with.0))),
    ("person", Cells::MaybeWord(|line| line.with.as_ref().map(|with| &*with.1))),
    ("submitted_at", Cells::At(|line| line.submitted_at)),
    ("received_at", Cells::At(|line| line.received_at)),
    ("verdict", Cells::Word(Line::verdict)),
    ("handed_off_at", Cells::MaybeAt(|line| line.handed_off_at)),
    ("answer_by", Cells::MaybeAt(|line| line.answer_by)),
    ("first_response_at", Cells::MaybeAt(|line| line.first_at)),
    ("closed_at", Cells::MaybeAt(|line| line.closed_at)),
    ("end_code", Cells::MaybeWord(|line| line.end.as_deref())),
    ("won_value_minor", Cells::MaybeMinor(|line| line.won)),
    ("currency", Cells::Currency),
    ("inquiry", Cells::Flag(|line| line.hits.steps[0])),
    ("qualified", Cells::Flag(|line| line.hits.steps[1])),
    ("handed_off", Cells::Flag(|line| line.hits.steps[2])),
    ("contacted", Cells::Flag(|line| line.hits.steps[3])),
    ("actionable", Cells::Flag(|line| line.hits.steps[4])),
    ("won", Cells::Flag(|line| line.hits.steps[5])),
    ("returned", Cells::Flag(|line| line.hits.returned)),
    ("returned_fault", Cells::Flag(|line| line.hits.fault)),
];

/// Rows on their way to a file, of which only so many as a group has are held.
pub struct Export<W: Write + Send> {
    currency: String,
    rows: u64,
    into: Target<W>,
}

enum Target<W: Write + Send> {
    Parquet(Box<parquet::Groups<W>>),
    Csv(Box<csv::Writer<W>>),
}

impl<W: Write + Send> Export<W> {
    /// Begins with what stands before the rows. `currency`: ISO 4217, that of every amount.
    ///
    /// # Errors
    /// `out` takes no more.
    pub fn new(kind: Kind, currency: &str, out: W) -> Result<Self, ExportError> {
        let into = match kind {
            Kind::Parquet => Target::Parquet(Box::new(parquet::Groups::new(out)?)),
            Kind::Csv => {
                let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
                writer.write_record(COLUMNS.iter().map(|(name, _)| name))?;
                Target::Csv(Box::new(writer))
            }
        };
        Ok(Self { currency: currency.to_owned(), rows: 0, into })
    }

    /// One more row.
    ///
    /// # Errors
    /// `out` takes no more.
    pub fn add(&mut self, line: Line) -> Result<(), ExportError> {
        self.rows += 1;
        match &mut self.into {
            Target::Parquet(groups) => groups.add(line, &self.currency),
            Target::Csv(writer) => {
                Ok(writer.write_record(COLUMNS.iter().map(|(_, cells)| cell(*cells, &line, &self.currency)))?)
            }
        }
    }

    /// Writes what is left; how many rows there are.
    ///
    /// # Errors
    /// `out` takes no more.
    pub fn finish(self) -> Result<u64, ExportError> {
        match self.into {
            Target::Parquet(groups) => groups.finish(&self.currency)?,
            Target::Csv(mut writer) => writer.flush()?,
        }
        Ok(self.rows)
    }
}

/// As text: nothing where there is nothing, instants in UTC, 1 and 0 for flags, which every program can add up.
fn cell(cells: Cells, line: &Line, currency: &str) -> String {
    match cells {
        Cells::Number => line.lead.to_string(),
        Cells::Currency => safe(currency),
        Cells::Word(word) => safe(word(line)),
        Cells::MaybeWord(word) => word(line).map_or_else(String::new, safe),
        Cells::At(at) => at(line).to_string(),
        Cells::MaybeAt(at) => at(line).map_or_else(String::new, |at| at.to_string()),
        Cells::MaybeMinor(minor) => minor(line).map_or_else(String::new, |minor| minor.to_string()),
        Cells::Flag(flag) => u8::from(flag(line)).to_string(),
    }
}

#[cfg(test)]
mod tests;
