//! The Report screen's drill-down; the figures themselves are [`crate::report::Report`].

use serde::{Deserialize, Serialize};

use super::LeadRow;
use crate::report::capacity::CapacityFigures;

/// The leads behind a figure.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Behind {
    /// The figure as `leadgate report --leads` takes it: `won@source=meta`.
    pub figure: String,
    /// How many it counts.
    pub total: u64,
    /// The latest of them, at most [`BEHIND_MAX`].
    pub rows: Vec<LeadRow>,
}

/// What stands beside the figures and is counted after them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// Flood index and utilisation of the same days.
    pub capacity: CapacityFigures,
    /// The report that goes out by mail; absent where it goes to nobody.
    pub mail: Option<MailStands>,
}

/// How the report stands that goes out by mail, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailStands {
    /// When the next one goes out: `Mon 07:00`.
    pub next: String,
    /// To whom.
    pub to: Vec<String>,
    /// How the last one went: `week-2026-11-23 sent to 2`; absent before the first.
    pub last: Option<String>,
    /// It did not go as it should.
    pub trouble: bool,
}

/// Most leads that are shown behind a figure; all of them are named by `leadgate report --leads`.
pub const BEHIND_MAX: usize = 500;
