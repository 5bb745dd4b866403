//! The one report that a screen, a page, CSV and JSON are drawn from. Plain data: every number that may not
//! exist says why, every share carries its n and its interval, every row can name the leads behind it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::capacity::CapacityFigures;
pub use super::terms::{Dimension, Verdict, View, Windows};
use crate::desk::view::Speed;

/// The version of the JSON: grows when a field changes its meaning or goes; new fields do not count.
pub const SCHEMA: u32 = 1;
/// Below so many a share says "too few" (`domain-rules` 7).
pub const TOO_FEW: u64 = 5;
/// Below so many the interval stands beside the share.
pub const SHOW_INTERVAL: u64 = 30;

/// A number that may not exist; then `why` says so and `value` is absent, never 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Maybe<T> {
    /// The number.
    pub value: Option<T>,
    /// Why there is none.
    pub why: Option<String>,
}

impl<T> Maybe<T> {
    /// There is one.
    pub const fn some(value: T) -> Self {
        Self { value: Some(value), why: None }
    }

    /// There is none.
    pub fn none(why: impl Into<String>) -> Self {
        Self { value: None, why: Some(why.into()) }
    }
}

/// A part of a whole with its 95 % interval (Wilson), as fractions: 0.25 is a quarter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole: n.
    pub whole: u64,
    /// part / whole; absent where the whole is 0. May exceed 1 where the whole is no bound (inquiries a click).
    pub value: Option<f64>,
    /// Lower bound.
    pub low: Option<f64>,
    /// Upper bound.
    pub high: Option<f64>,
    /// Why there is no value, or what to think of it ("too few").
    pub why: Option<String>,
}

/// How many leads reached each step; one counts in every step up to the furthest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Leads.
    pub inquiries: u64,
    /// Qualified.
    pub qualified: u64,
    /// Taken by a destination.
    pub handed_off: u64,
    /// First human attempt made.
    pub contacted: u64,
    /// Qualified, verified and not returned for the source's fault.
    pub actionable: u64,
    /// Won.
    pub won: u64,
    /// Returned, for whatever reason.
    pub returned: u64,
    /// Returned for the source's fault.
    pub returned_fault: u64,
}

/// Names of the steps as `--leads` takes them, in order.
pub const STEPS: [&str; 6] = ["inquiries", "qualified", "handed-off", "contacted", "actionable", "won"];

impl Counts {
    /// The six steps in order.
    pub const fn steps(&self) -> [u64; 6] {
        [self.inquiries, self.qualified, self.handed_off, self.contacted, self.actionable, self.won]
    }
}

/// From each step to the next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Clicks / impressions.
    pub click: Share,
    /// Inquiries / clicks.
    pub inquiry: Share,
    /// Qualified / inquiries.
    pub qualified: Share,
    /// Handed off / qualified.
    pub handed_off: Share,
    /// Contacted / handed off.
    pub contacted: Share,
    /// Actionable / contacted.
    pub actionable: Share,
    /// Won / actionable.
    pub won: Share,
    /// Returned / handed off.
    pub returned: Share,
    /// Returned for the source's fault / handed off.
    pub returned_fault: Share,
}

/// Money, in minor units of the report's currency.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// What was spent: ads and fees.
    pub gross: Maybe<i64>,
    /// Credited by the source for what was returned.
    pub credits: i64,
    /// Gross less credits.
    pub net: Maybe<i64>,
    /// Net cost an inquiry.
    pub per_inquiry: Maybe<i64>,
    /// Net cost a qualified lead.
    pub per_qualified: Maybe<i64>,
    /// Net cost an actionable lead.
    pub per_actionable: Maybe<i64>,
    /// Net cost a won lead.
    pub per_won: Maybe<i64>,
    /// Gross cost a qualified lead, where something was credited.
    pub gross_per_qualified: Maybe<i64>,
}

/// What came of it, against what it cost. Leads received in the period, in either view.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// Margin of the won, minor units.
    pub margin: Maybe<i64>,
    /// Won ones whose margin is not known (no value entered, or no margin configured).
    pub margin_unknown: u64,
    /// Margin / net cost.
    pub ratio: Maybe<f64>,
    /// Lower bound of the ratio (Wilson of won / mature).
    pub low: Option<f64>,
    /// Upper bound.
    pub high: Option<f64>,
    /// How many must be won for the margin to cover the cost.
    pub break_even: Maybe<u64>,
    /// Handed off and decided, or past the decision window.
    pub mature: u64,
    /// Of these won.
    pub won_mature: u64,
    /// What to do.
    pub verdict: Option<Verdict>,
    /// The rule with its numbers, or why there is no verdict.
    pub rule: String,
}

/// One line: all together, or one value of a dimension.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The id: `meta`, `meta/roofs`, `DE-BE`; `all` for all together.
    pub key: String,
    /// For people.
    pub title: String,
    /// Shown so often; absent where nobody says.
    pub impressions: Option<u64>,
    /// Clicked so often.
    pub clicks: Option<u64>,
    /// How many reached each step.
    pub counts: Counts,
    /// Others' leads it touched, too.
    pub assisted: u64,
    /// From step to step.
    pub rates: Rates,
    /// Money.
    pub cost: Cost,
    /// Value against cost.
    pub value: Value,
    /// From inquiry to first response, wall clock.
    pub speed: Speed,
    /// The same in the team's working time; absent where it was not asked for.
    pub speed_business: Option<Speed>,
    /// Handed off without a response target.
    pub no_target: u64,
    /// What is odd: "clicks > impressions".
    pub flags: Vec<String>,
    /// Inquiries of each stretch of [`Report::series`].
    pub spark: Vec<u64>,
}

/// Lines of one dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// By what.
    pub by: Dimension,
    /// The best first; what cost money and brought nothing last.
    pub rows: Vec<Row>,
}

/// One stretch of the period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
    /// How many reached each step.
    pub counts: Counts,
    /// Gross cost, minor units.
    pub cost: i64,
}

/// How leads do on one criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// need, timing, region, budget or a minimum's name.
    pub name: String,
    /// Met where known.
    pub met: Share,
    /// Unknown among all.
    pub unknown: Share,
    /// Turned away or held for review by this one alone.
    pub alone: u64,
    /// Leads a person let pass on it.
    pub overridden: u64,
    /// Of these handed off.
    pub overridden_handed_off: u64,
    /// Of these won.
    pub overridden_won: u64,
    /// Of these returned.
    pub overridden_returned: u64,
}

/// Returns, by reason.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Returns {
    /// (code, how many, is it the source's fault?).
    pub by_code: Vec<(String, u64, bool)>,
    /// Handed off so lately that they may still be returned.
    pub immature: u64,
    /// Returned / handed off, of those that can no longer be returned.
    pub mature: Share,
}

/// Something that was changed, with what was before and after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// What, by whom, in words.
    pub what: String,
    /// The source it is about; all where absent.
    pub source: Option<String>,
    /// Qualified / inquiries in the days before.
    pub before: Share,
    /// The same after it.
    pub after: Share,
    /// How many days were compared on each side, at most.
    pub days: u16,
}

/// Where a source is on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourcePhase {
    /// Source id.
    pub source: String,
    /// setup, start, optimise or stabilise.
    pub phase: String,
    /// What that means.
    pub means: String,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The business.
    pub business: String,
    /// First local day, inclusive.
    pub since: Date,
    /// Last local day, inclusive.
    pub until: Date,
    /// How leads were put into the period.
    pub view: View,
    /// What that means.
    pub view_label: String,
    /// IANA zone of the days.
    pub zone: String,
    /// ISO 4217 of every amount.
    pub currency: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Costs as they were known then; absent: as they are known now.
    pub costs_as_of: Option<Timestamp>,
    /// Windows in force.
    pub windows: Windows,
    /// Who gets the credit for a lead.
    pub attribution: String,
    /// All together.
    pub total: Row,
    /// Further records of people who were known.
    #[serde(default)]
    pub touches: u64,
    /// Records that made no lead: unreadable, suppressed.
    #[serde(default)]
    pub aside: u64,
    /// Costs of no source, minor units, within the total.
    pub unallocated: i64,
    /// By each dimension that was asked for.
    pub splits: Vec<Split>,
    /// Over time.
    pub series: Vec<Point>,
    /// Criterion by criterion.
    pub quality: Vec<Criterion>,
    /// Returns.
    pub returns: Returns,
    /// Phases of the sources.
    pub phases: Vec<SourcePhase>,
    /// What was changed, the latest first.
    pub changes: Vec<Change>,
    /// Flood index and utilisation; absent where they were not asked for.
    #[serde(default)]
    pub capacity: Option<CapacityFigures>,
}

impl Report {
    /// The lines by one dimension, where they were asked for.
    pub fn split(&self, by: Dimension) -> Option<&Split> {
        self.splits.iter().find(|split| split.by == by)
    }
}
