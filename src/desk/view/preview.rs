//! What the past days would have been under other rules, as both faces show it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Point;
use crate::lead::{Code, LeadId, VerdictKind};

/// The past under the rules in force and under a change, side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// What is changed: `berlin-day from 20 to 24`, or the draft's file.
    pub title: String,
    /// First moment that is looked at.
    pub since: Timestamp,
    /// End of it, exclusive.
    pub until: Timestamp,
    /// Leads decided again.
    pub leads: u64,
    /// Verdicts that change.
    pub flipped: u64,
    /// Of these the first, one by one.
    pub flips: Vec<FlippedLead>,
    /// The figures, the ones that matter first.
    pub figures: Vec<FigureLine>,
    /// Per source, region and person, the largest first.
    pub parts: Vec<(String, Vec<PartLine>)>,
    /// Today's forecast under the rules in force and under the change; none for a draft file.
    pub today: Option<(Today, Today)>,
    /// What was assumed, a sentence each.
    pub notes: Vec<String>,
    /// What each value of a range came to; only where a range was tried, and then without figures of its own.
    #[serde(default)]
    pub curve: Option<Curve>,
}

/// One maximum over a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Curve {
    /// The maximum in force; `None` without one.
    pub max: Option<u32>,
    /// What each value came to, ascending.
    pub points: Vec<Point>,
    /// The value beyond which more brings little; `None` where the curve does not bend.
    pub knee: Option<u32>,
    /// That, and what stops more from helping, in words.
    pub says: String,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureLine {
    /// Its name.
    pub name: String,
    /// Under the rules in force.
    pub now: String,
    /// Under the change.
    pub draft: String,
    /// The difference, `+31`; `=` without one.
    pub change: String,
    /// Is the difference a gain? `None` where it is neither.
    pub better: Option<bool>,
}

/// One source, region or person: each pair is under the rules in force, and under the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartLine {
    /// Its name.
    pub name: String,
    /// Qualified.
    pub qualified: (u64, u64),
    /// Handed off.
    pub handed_off: (u64, u64),
    /// Answered late.
    pub late: (u64, u64),
    /// Cost per qualified lead; empty where there is none.
    pub cost: (String, String),
}

/// A lead whose verdict changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlippedLead {
    /// The lead.
    pub lead: LeadId,
    /// Its name; empty where it is not kept any more.
    pub name: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Title of its source.
    pub source: String,
    /// Under the rules in force.
    pub from: VerdictKind,
    /// Under the change.
    pub to: VerdictKind,
    /// Reasons against it that go away.
    pub no_longer: Vec<Code>,
    /// Reasons against it that come.
    pub now: Vec<Code>,
}

/// What becomes of those who wait, until the local midnight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Today {
    /// Held leads that leave the queue today.
    pub leaves: u64,
    /// Held leads that do not.
    pub stays: u64,
    /// Who leaves first, and when.
    pub first: Option<(String, Timestamp)>,
    /// When the last of today leaves.
    pub last_at: Option<Timestamp>,
    /// How the cap fills today: `ok`, `full about Mon 16:50`, `full`, `closed`.
    pub fills: String,
}
