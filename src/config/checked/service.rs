//! What the business offers, and what a lead must fit.

use jiff::Span;
use rust_decimal::Decimal;

use super::RegionRule;
use crate::lead::Money;

/// `[service.ID]`.
#[derive(Debug, Clone)]
pub struct Service {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Words that mean it.
    pub words: Vec<String>,
    /// Words that contain one of the above and mean something else.
    pub not_words: Vec<String>,
    /// What a won one earns: a share of its value (0 to 1) or a fixed amount.
    pub margin: Option<Margin>,
    /// Higher is released first.
    pub priority: i64,
    /// How much work one of its leads is, for caps on weight; at least 1.
    pub weight: u32,
    /// What a lead must fit.
    pub criteria: Criteria,
}

/// What a won lead earns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Margin {
    /// Share of the value won, 0 to 1.
    Share(Decimal),
    /// The same for each.
    Each(Money),
}

/// `[service.ID.criteria]`.
#[derive(Debug, Clone)]
pub struct Criteria {
    /// Said on purpose: wherever they are.
    pub anywhere: bool,
    /// Said on purpose: whenever they want it, and for however much.
    pub anybody: bool,
    /// What an unknown need means (which service is not clear).
    pub need_unknown: Policy,
    /// Timing.
    pub timing: TimingRule,
    /// Region.
    pub region: RegionRule,
    /// Budget.
    pub budget: BudgetRule,
    /// Weights of need, timing, region, budget in the score.
    pub weights: [u16; 4],
}

/// What an unknown answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It does not count against the lead.
    Pass,
    /// A person must look.
    Review,
    /// The lead is disqualified.
    Fail,
}

/// When is soon enough.
#[derive(Debug, Clone)]
pub struct TimingRule {
    /// The work must start within this calendar span of the inquiry; `None` asks nothing.
    pub within: Option<Span>,
    /// Policy for unknown.
    pub unknown: Policy,
}

/// How much is enough.
#[derive(Debug, Clone)]
pub struct BudgetRule {
    /// The largest stated amount must reach this.
    pub at_least: Option<Money>,
    /// The smallest stated amount must not exceed this.
    pub at_most: Option<Money>,
    /// Policy for unknown.
    pub unknown: Policy,
}
