//! The Response screen.

use serde::{Deserialize, Serialize};

use super::HandoffRow;
use crate::lead::HandoffState;

/// The Response screen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Handoffs that need attention first, then open ones, then recent ones.
    pub handoffs: Vec<HandoffRow>,
    /// How many are in each state.
    pub counts: Vec<(HandoffState, u64)>,
    /// Over the last 28 days.
    pub all: Speed,
    /// By person, team, source, destination: (kind, id, speed).
    pub by: Vec<(String, String, Speed)>,
}

/// First-response times, wall clock (`domain-rules` 7, speed to lead).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Handed-off leads counted.
    pub n: u64,
    /// Answered ones.
    pub answered: u64,
    /// Median, seconds; `None` with `median_note` saying why or `> age`.
    pub median_secs: Option<i64>,
    /// Set when the median falls among the unanswered: it is longer than this many seconds.
    pub median_over_secs: Option<i64>,
    /// 90th percentile, seconds.
    pub p90_secs: Option<i64>,
    /// Set when it falls among the unanswered.
    pub p90_over_secs: Option<i64>,
    /// Answered within 5 min, 1 h, 24 h: (answered within, known).
    pub within: [(u64, u64); 3],
    /// Ended without a first response.
    pub never: u64,
    /// Response target: (met, met + missed).
    pub target: (u64, u64),
}
