//! The Response screen.

use jiff::Timestamp;
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
    /// Every destination: what waits there and how it stands, those in trouble first.
    pub destinations: Vec<DestinationLine>,
    /// Over the last 28 days.
    pub all: Speed,
    /// By person, team, source, destination: (kind, id, speed).
    pub by: Vec<(String, String, Speed)>,
    /// The same days one by one, the oldest first: by the local day on which people asked.
    pub days: Vec<Day>,
}

/// The leads of one local day.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Day {
    /// The day, `2026-11-23`.
    pub day: String,
    /// How fast they were answered.
    pub speed: Speed,
}

/// One destination: its handoffs by state, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationLine {
    /// Destination id.
    pub id: String,
    /// Will be sent.
    pub waiting: u64,
    /// Being sent.
    pub sending: u64,
    /// May be there already.
    pub unknown: u64,
    /// Cannot go on without a person.
    pub needs_you: u64,
    /// It has them, and nobody has answered yet.
    pub sent: u64,
    /// How it stands.
    pub standing: Standing,
    /// Failures in a row.
    pub fails: i64,
    /// Why it is not well, in its own words with the fix.
    pub why: Option<String>,
    /// When it is tried or asked again, where it is stopped.
    pub again_at: Option<Timestamp>,
    /// Since when the oldest that is not sent has been on its way.
    pub oldest_at: Option<Timestamp>,
    /// When the next one is sent or looked for.
    pub next_at: Option<Timestamp>,
}

impl DestinationLine {
    /// One that nothing is known of.
    pub fn of(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            waiting: 0,
            sending: 0,
            unknown: 0,
            needs_you: 0,
            sent: 0,
            standing: Standing::Well,
            fails: 0,
            why: None,
            again_at: None,
            oldest_at: None,
            next_at: None,
        }
    }
}

/// How a destination stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It refuses our sign-in, or our settings do not fit it.
    Mend,
    /// It wants no more.
    Refuses,
    /// It failed again and again, and is only asked whether it is back.
    LeftAlone,
    /// It asked us to wait.
    Throttled,
    /// It is back, or fails now and then: one at a time.
    OnTrial,
    /// Nothing is wrong.
    Well,
    /// It has left the configuration.
    Gone,
}

impl Standing {
    /// The word people see.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mend => "mend it",
            Self::Refuses => "refuses",
            Self::LeftAlone => "left alone",
            Self::Throttled => "asked to wait",
            Self::OnTrial => "on trial",
            Self::Well => "well",
            Self::Gone => "not in config",
        }
    }

    /// Is nothing sent there now?
    pub const fn is_stopped(self) -> bool {
        !matches!(self, Self::OnTrial | Self::Well)
    }
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
