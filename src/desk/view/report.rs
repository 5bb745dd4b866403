//! The Report screen's drill-down; the figures themselves are [`crate::report::Report`].

use serde::{Deserialize, Serialize};

use super::LeadRow;

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

/// Most leads that are shown behind a figure; all of them are named by `leadgate report --leads`.
pub const BEHIND_MAX: usize = 500;
