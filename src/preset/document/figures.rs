//! `[metrics]`: what a preset of kind `metrics` reads instead of leads.

use serde::Deserialize;

use crate::preset::operation::OperationDoc;
use crate::preset::read::PathDoc;

/// What a source preset reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresetKind {
    /// People who asked.
    #[default]
    Leads,
    /// What campaigns cost and showed, day by day.
    Metrics,
}

/// `[metrics]`: paths in a record, the fields of [`crate::lead::Metric`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsDoc {
    /// The campaign's id.
    pub campaign: PathDoc,
    /// Its name.
    pub title: Option<PathDoc>,
    /// The day: `2027-01-31`, whatever follows; or its parts.
    pub day: DayDoc,
    /// How often it was shown.
    pub impressions: Option<PathDoc>,
    /// How often it was clicked.
    pub clicks: Option<PathDoc>,
    /// What it cost, in units of the currency; nothing where absent.
    pub spend: PathDoc,
    /// ISO 4217; the business's own where absent.
    pub currency: Option<PathDoc>,
    /// Most days asked for at once: `31 days`.
    pub span: Option<String>,
    /// Asked where there are no figures at all: a good answer says that we may see them, and there are none.
    pub probe: Option<OperationDoc>,
}

/// A day, whole or in parts.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum DayDoc {
    /// Its parts.
    Parts(DayParts),
    /// A text.
    Text(PathDoc),
}

/// `{ year, month, day }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayParts {
    /// The year.
    pub year: PathDoc,
    /// The month, from 1.
    pub month: PathDoc,
    /// The day, from 1.
    pub day: PathDoc,
}
