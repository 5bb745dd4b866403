//! The Sources screen: one line a source, with everything that is told about it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::health::{Band, Notice, Phase};

/// The Sources screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceLine {
    /// Source id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Preset.
    pub preset: String,
    /// It is not read, but tells each lead by itself.
    #[serde(default)]
    pub told: bool,
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
    /// It brings no people, but reads what the campaigns of this source cost.
    #[serde(default)]
    pub pays_for: Option<String>,
    /// Who paused it, until when and why.
    pub paused: Option<String>,
    /// Where it is on its way.
    pub phase: Phase,
    /// How many this weekday usually brings; `None` while too little is known.
    pub usual: Option<Band>,
    /// What it cost today, in words: `12.50 EUR`; `None` when nothing was entered.
    pub spend: Option<String>,
    /// What is not as it should be, the most serious first.
    pub notices: Vec<Notice>,
    /// Why and until when it is read more rarely, for want of room.
    pub slowed: Option<String>,
    /// What holding it back leaves out, now or the last time, and how that is reckoned.
    #[serde(default)]
    pub avoided: Option<String>,
    /// Its people who have not confirmed their sign-up yet.
    #[serde(default)]
    pub pending: u64,
    /// People given up within 28 days because they never confirmed.
    #[serde(default)]
    pub lapsed: u64,
    /// Its last back-fill.
    pub backfill: Option<BackfillLine>,
}

impl SourceLine {
    /// The one thing to know about it, where there is any: its error, what it lacks, who paused it, then what
    /// its health says.
    pub fn remark(&self) -> Option<String> {
        let open = self.backfill.as_ref().filter(|one| one.open).map(|one| format!("back-fill {}", one.text));
        let first = self.error.as_ref().or(self.gaps.first()).or(self.paused.as_ref()).or(self.slowed.as_ref());
        first.cloned().or(open).or_else(|| self.notices.first().map(|notice| notice.what.clone()))
    }
}

/// A back-fill, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackfillLine {
    /// It is still going on.
    pub open: bool,
    /// From when on, how far it is, what it brought.
    pub text: String,
    /// How far it is, 0 to 100, where that can be told.
    pub percent: Option<u8>,
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
    /// It asked us to wait; it is read again when it allows it.
    Throttled,
    /// Last read failed; tried again.
    Failing,
    /// Credentials or settings are wrong; waits for a person.
    Stopped,
    /// Read more rarely: there is no room for what it brings.
    Slowed,
    /// Paused by a person.
    Paused,
    /// Setup is not complete.
    Setup,
}

impl SourceState {
    /// The word on screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Reading => "reading",
            Self::New => "new",
            Self::Throttled => "throttled",
            Self::Failing => "failing",
            Self::Stopped => "stopped",
            Self::Slowed => "slowed",
            Self::Paused => "paused",
            Self::Setup => "setup",
        }
    }
}
