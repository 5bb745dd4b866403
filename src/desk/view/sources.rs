//! The Sources screen.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::lead::Money;

/// The Sources screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceLine {
    /// Source id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Preset.
    pub preset: String,
    /// How it is.
    pub state: SourceState,
    /// Kind of channel.
    pub channel: String,
    /// Last complete read.
    pub last_ok_at: Option<Timestamp>,
    /// Next read.
    pub due_at: Option<Timestamp>,
    /// Failures in a row.
    pub fails: u32,
    /// Last error with its fix.
    pub error: Option<String>,
    /// Setup gate: what is missing.
    pub gaps: Vec<String>,
    /// Inquiries today.
    pub today: u64,
    /// Inquiries per day over the last 14 days, oldest first.
    pub days: Vec<u64>,
    /// Quarantined in all.
    pub quarantined: u64,
    /// What its campaigns cost today so far, as platforms and people said: one amount a currency.
    #[serde(default)]
    pub spend_today: Vec<Money>,
    /// It brings no people, but reads what the campaigns of this source cost.
    #[serde(default)]
    pub pays_for: Option<String>,
    /// Who paused it and why.
    pub paused: Option<String>,
}

/// How a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceState {
    /// Read in time.
    Ok,
    /// Being read.
    Reading,
    /// Never read yet.
    New,
    /// Last read failed; tried again.
    Failing,
    /// Credentials or settings are wrong; waits for a person.
    Stopped,
    /// Paused by a person.
    Paused,
    /// Setup is not complete.
    Setup,
}
