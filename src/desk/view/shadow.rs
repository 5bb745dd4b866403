//! A draft beside the rules in force, and how both did.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{FigureLine, FlippedLead};

/// The draft that runs, else the one that ran last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShadowRun {
    /// What it is called.
    pub name: String,
    /// Who began it.
    pub who: String,
    /// Why.
    pub reason: String,
    /// When it began.
    pub since: Timestamp,
    /// When it was ended; `None` while it runs.
    pub ended_at: Option<Timestamp>,
    /// Why it cannot decide at present.
    pub trouble: Option<String>,
    /// Leads decided by both.
    pub leads: u64,
    /// Leads decided differently.
    pub differ: u64,
    /// How they ended, one sentence.
    pub ends: String,
    /// Verdicts, precision and recall, by the rules in force and by the draft.
    pub figures: Vec<FigureLine>,
    /// What to know about them, a sentence each.
    pub notes: Vec<String>,
    /// Leads decided differently, the latest first, each with how it ended.
    pub differing: Vec<(FlippedLead, String)>,
}
