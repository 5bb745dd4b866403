//! The Report screen.

use serde::{Deserialize, Serialize};

use super::Speed;

/// The Report screen and `leadgate report`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// First day, inclusive, local.
    pub since: String,
    /// Last day, inclusive, local.
    pub until: String,
    /// `cohort` (by received date).
    pub view: String,
    /// One line a source, by id.
    pub sources: Vec<ReportLine>,
    /// All together.
    pub total: ReportLine,
}

/// Figures of one source (`domain-rules` 7).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportLine {
    /// Source id, or `all`.
    pub source: String,
    /// New leads (inquiries that are not duplicates, tests or unreadable).
    pub inquiries: u64,
    /// Of these qualified.
    pub qualified: u64,
    /// Of these handed off.
    pub handed_off: u64,
    /// Of these contacted.
    pub contacted: u64,
    /// Of these won.
    pub won: u64,
    /// Of these returned.
    pub returned: u64,
    /// Further touches of known people.
    pub touches: u64,
    /// Records that could not be read.
    pub quarantined: u64,
    /// Cost in the period, minor units of the business's currency.
    pub cost: i64,
    /// Currency.
    pub currency: String,
    /// Cost per inquiry.
    pub cost_per_inquiry: Figure,
    /// Cost per qualified lead.
    pub cost_per_qualified: Figure,
    /// Speed to lead.
    pub speed: Speed,
}

/// A figure that may not exist; then it says why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Minor units, or seconds: as the field says.
    pub value: Option<i64>,
    /// Why there is none: "320 EUR spent, 0 qualified".
    pub why: Option<String>,
}
