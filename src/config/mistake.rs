//! Mistakes of the person who wrote the configuration, all of them at once: each says which key, what
//! is written, why that cannot be, what could stand there and where it stands (`style-anchors` rule 11).

use std::fmt;

use miette::{Diagnostic, LabeledSpan, SourceCode};
use serde::Serialize;

use super::node::Place;
pub use crate::names::{all_of, either, nearest};

/// One mistake.
#[derive(Debug, Clone)]
pub struct Mistake {
    /// Dotted path, `source.meta.every`; empty for a whole file.
    pub key: String,
    /// As written, where showing it helps; never a secret.
    pub value: Option<String>,
    /// What is wrong: the rest of a sentence that begins with the value, or with the key.
    pub problem: String,
    /// What may stand there: a form or a range with an example.
    pub allowed: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    place: Option<Place>,
    /// Something is absent; where a text cannot be parsed, that may be why, and says nothing new.
    absence: bool,
}

impl Mistake {
    /// A mistake of `key` written at `place`.
    pub fn at(place: Place, key: &str, problem: impl Into<String>) -> Self {
        // Nobody wrote the defaults: nothing of them can be shown.
        let place = Some(place).filter(|place| !place.sheet.shown.inner().is_empty());
        Self { place, ..Self::of(key, problem) }
    }

    /// A mistake without a place: something is missing altogether.
    pub fn of(key: &str, problem: impl Into<String>) -> Self {
        let (key, problem) = (key.to_owned(), problem.into());
        Self { key, value: None, problem, allowed: None, hint: None, place: None, absence: false }
    }

    /// The mistake is that something is absent.
    #[must_use]
    pub fn absence(mut self) -> Self {
        self.absence = true;
        self
    }

    /// With the value as written.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// With what may stand there.
    #[must_use]
    pub fn allowed(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = Some(allowed.into());
        self
    }

    /// With what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// `leadgate.toml:12:8`; `None` when nothing is written anywhere.
    pub fn position(&self) -> Option<String> {
        let place = self.place.as_ref()?;
        let (line, column) = place.line_column();
        Some(format!("{}:{line}:{column}", place.name()))
    }

    fn help_text(&self) -> Option<String> {
        match (&self.allowed, &self.hint) {
            (Some(allowed), Some(hint)) => Some(format!("expected {allowed}\n{hint}")),
            (Some(allowed), None) => Some(format!("expected {allowed}")),
            (None, hint) => hint.clone(),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            f.write_str(&self.key)?;
            f.write_str(if self.value.is_some() { ": " } else { " " })?;
        }
        if let Some(value) = &self.value {
            write!(f, "{value} ")?;
        }
        f.write_str(&self.problem)
    }
}

impl std::error::Error for Mistake {}

impl Diagnostic for Mistake {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help_text().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref().map(|place| &place.sheet.shown as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        let length = place.end.saturating_sub(place.start);
        let label = LabeledSpan::new(Some("here".into()), place.start, length);
        Some(Box::new(std::iter::once(label)))
    }
}

/// Mistakes as they are found.
#[derive(Debug, Default)]
pub struct Mistakes {
    all: Vec<Mistake>,
    unparsed: bool,
}

/// More mistakes than this are not told: the first ones explain the rest.
const MOST: usize = 100;

impl Mistakes {
    /// Adds one.
    pub fn add(&mut self, mistake: Mistake) {
        self.all.push(mistake);
    }

    /// Adds one that left a text only partly read.
    pub fn add_unparsed(&mut self, mistake: Mistake) {
        self.unparsed = true;
        self.add(mistake);
    }

    /// Nothing was wrong.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them, by file and line; those without a place come last.
    pub fn into_errors(mut self) -> ConfigErrors {
        let key = |mistake: &Mistake| {
            mistake.place.as_ref().map_or((true, String::new(), 0), |at| (false, at.name().to_owned(), at.start))
        };
        if self.unparsed {
            self.all.retain(|mistake| !mistake.absence);
        }
        self.all.sort_by_cached_key(key);
        let untold = self.all.len().saturating_sub(MOST);
        self.all.truncate(MOST);
        ConfigErrors { mistakes: self.all, untold }
    }
}

/// Every mistake of every layer. Shown by miette with one excerpt each.
#[derive(Debug)]
pub struct ConfigErrors {
    /// By file and line.
    pub mistakes: Vec<Mistake>,
    /// Mistakes beyond the bound, counted only.
    pub untold: usize,
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.mistakes.len(), self.untold) {
            (1, 0) => f.write_str("the configuration has a mistake"),
            (told, 0) => write!(f, "the configuration has {told} mistakes"),
            (told, untold) => write!(f, "the configuration has {} mistakes, the first {told} are", told + untold),
        }
    }
}

impl std::error::Error for ConfigErrors {}

impl Diagnostic for ConfigErrors {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.mistakes.iter().map(|mistake| mistake as &dyn Diagnostic)))
    }
}

/// A mistake as `--json` prints it.
#[derive(Debug, Serialize)]
struct Told<'a> {
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    key: &'a str,
    value: Option<&'a str>,
    message: String,
    allowed: Option<&'a str>,
    hint: Option<&'a str>,
}

impl ConfigErrors {
    /// One line each: `leadgate.toml:12:8: key: "value" problem`, then what helps, indented.
    pub fn plain(&self) -> String {
        let mut out = String::new();
        for mistake in &self.mistakes {
            if let Some(position) = mistake.position() {
                out.push_str(&position);
                out.push_str(": ");
            }
            out.push_str(&mistake.to_string());
            out.push('\n');
            for line in mistake.help_text().iter().flat_map(|help| help.lines()) {
                out.push_str("  ");
                out.push_str(line);
                out.push('\n');
            }
        }
        out
    }

    /// `[{"file", "line", "column", "key", "value", "message", "allowed", "hint"}, …]`; what does not
    /// apply is null.
    pub fn json(&self) -> serde_json::Value {
        let told = self.mistakes.iter().map(|mistake| {
            let at = mistake.place.as_ref().map(|place| (place.name(), place.line_column()));
            serde_json::json!(Told {
                file: at.map(|(name, _)| name),
                line: at.map(|(_, (line, _))| line),
                column: at.map(|(_, (_, column))| column),
                key: &mistake.key,
                value: mistake.value.as_deref(),
                message: mistake.to_string(),
                allowed: mistake.allowed.as_deref(),
                hint: mistake.hint.as_deref(),
            })
        });
        told.collect()
    }
}
