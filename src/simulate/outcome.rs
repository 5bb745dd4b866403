//! What a simulated stretch of time came to, in figures that can be compared.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

/// What became of the leads of one source, region or person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Leads; of a person: leads given to them.
    pub leads: u64,
    /// Of these qualified.
    pub qualified: u64,
    /// Of these handed off.
    pub handed_off: u64,
    /// Of these answered late, or not within what was promised.
    pub late: u64,
    /// Of these given up waiting.
    pub expired: u64,
    /// Cost in minor units of the business's currency over qualified leads; `None` without cost or without
    /// qualified leads.
    pub cost_per_qualified: Option<i64>,
}

/// What a simulated stretch of time came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Everything together.
    pub all: Part,
    /// Need a person's look.
    pub review: u64,
    /// Do not fit.
    pub disqualified: u64,
    /// Still waiting at the end.
    pub held: u64,
    /// Most that waited at the same time.
    pub held_most: u64,
    /// Median wait of those handed off, wall-clock seconds.
    pub wait_median_secs: Option<i64>,
    /// Qualified per local day.
    pub qualified_per_day: BTreeMap<Date, u64>,
    /// By source id.
    pub sources: BTreeMap<String, Part>,
    /// By region: subdivision, else country and the first two characters of the postal code, else `?`.
    pub regions: BTreeMap<String, Part>,
    /// By person id.
    pub people: BTreeMap<String, Part>,
}

impl Outcome {
    /// Adds what each source cost, in minor units of the business's currency.
    #[must_use]
    pub fn with_costs(mut self, costs: &BTreeMap<String, i64>) -> Self {
        let per = |cost: i64, part: &Part| {
            let count = i64::try_from(part.qualified).ok().filter(|count| *count > 0)?;
            (cost > 0).then(|| (cost + count / 2) / count)
        };
        for (source, part) in &mut self.sources {
            part.cost_per_qualified = per(costs.get(source).copied().unwrap_or(0), part);
        }
        self.all.cost_per_qualified = per(costs.values().sum(), &self.all);
        self
    }
}

/// Two outcomes over the same leads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// By the rules in force.
    pub now: Outcome,
    /// By the draft.
    pub draft: Outcome,
}
