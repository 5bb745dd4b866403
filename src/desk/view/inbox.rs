//! The lists of leads, and what a row needs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::lead::{Code, HandoffId, HandoffState, LeadId, Stage};

/// Which list of leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum List {
    /// Handed off and not ended, in review, snoozed: sorted by what is due.
    #[default]
    Open,
    /// Waiting for capacity, in queue order.
    Held,
    /// Disqualified, newest first.
    Rejected,
    /// Records nobody could read, suppressed or test ones, newest first.
    Quarantine,
    /// Ended, newest first.
    Closed,
}

impl List {
    /// Every list, in the order `Tab` walks them.
    pub const ALL: [Self; 5] = [Self::Open, Self::Held, Self::Rejected, Self::Quarantine, Self::Closed];

    /// The word people see.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Held => "held",
            Self::Rejected => "rejected",
            Self::Quarantine => "quarantine",
            Self::Closed => "closed",
        }
    }
}

/// A question to the desk for a list of leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// Which list.
    pub list: List,
    /// Only this person's.
    pub person: Option<String>,
    /// Only rows whose name, service, place or id contain this (case-insensitive).
    pub text: String,
    /// Go on after this place (see [`Rows::next`]).
    pub after: Option<String>,
    /// At most this many rows.
    pub limit: u32,
}

/// One page of rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// The rows.
    pub rows: Vec<LeadRow>,
    /// How many the list has in all, where that is cheap to know.
    pub total: u64,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
}

/// One line of a list of leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadRow {
    /// The lead; `None` for a quarantined record.
    pub lead: Option<LeadId>,
    /// Record number, for quarantined ones.
    pub inquiry: i64,
    /// Where the lead is.
    pub stage: Option<Stage>,
    /// Name.
    pub name: String,
    /// Title of the service, or `?`.
    pub service: String,
    /// Postal code or country, or `?`.
    pub place: String,
    /// Budget in short: `12k EUR`, or `–`.
    pub budget: String,
    /// 0 to 100.
    pub score: Option<u8>,
    /// Source id.
    pub source: String,
    /// When it came in.
    pub received_at: Timestamp,
    /// Owner's name.
    pub owner: Option<String>,
    /// The open handoff.
    pub handoff: Option<HandoffId>,
    /// Its state.
    pub state: Option<HandoffState>,
    /// Answer by.
    pub answer_by: Option<Timestamp>,
    /// When an at-risk mark begins (20 % of the time left).
    pub at_risk_from: Option<Timestamp>,
    /// First human response.
    pub first_at: Option<Timestamp>,
    /// Acknowledged.
    pub acknowledged: bool,
    /// Out of sight until then.
    pub snoozed_until: Option<Timestamp>,
    /// Why it is where it is: reasons of a hold, a rejection, a quarantine.
    pub codes: Vec<Code>,
    /// About when a held lead leaves the queue.
    pub forecast: Option<Timestamp>,
}

impl LeadRow {
    /// What this row needs at `now`.
    pub fn need(&self, now: Timestamp) -> Need {
        if self.snoozed_until.is_some_and(|until| until > now) {
            return Need::Snoozed;
        }
        match self.stage {
            Some(Stage::Review | Stage::Pending) => Need::Review,
            Some(Stage::Out) if self.first_at.is_some() => Need::Answered,
            Some(Stage::Out) => match self.answer_by {
                Some(by) if by <= now => Need::Missed,
                Some(_) if self.at_risk_from.is_some_and(|from| from <= now) => Need::AtRisk,
                Some(_) => Need::Due,
                None => Need::Waiting,
            },
            _ => Need::Rest,
        }
    }
}

/// What a row needs now. Ordered as the Inbox sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The time to answer is over.
    Missed,
    /// At most 20 % of the time is left.
    AtRisk,
    /// The clock runs.
    Due,
    /// A person must answer a question first.
    Review,
    /// Sent or being sent; the clock has not started.
    Waiting,
    /// Answered; the outcome is open.
    Answered,
    /// Out of sight for now.
    Snoozed,
    /// Nothing to do.
    Rest,
}
