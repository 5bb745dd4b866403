//! Exceptions: what of a service's criteria is otherwise for a source or a region, and which of several counts.
//!
//! Resolved key by key, in one order: the exception that names more of source, region and service counts; of two
//! that name as many, the one that names the source, then the region; then the one whose id comes first. What no
//! exception writes is as the service says. A place (`region` of the criteria) is replaced as a whole.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Span;

use super::{Config, Criteria, Policy, RegionRule, Service};
use crate::lead::{Money, Region};

/// `[exception.ID]`.
#[derive(Debug, Clone)]
pub struct Exception {
    /// Id.
    pub id: String,
    /// Only leads for this service.
    pub service: Option<String>,
    /// Only leads of this source.
    pub source: Option<String>,
    /// Only leads surely from here.
    pub region: Option<RegionRule>,
    /// What is otherwise for them.
    pub changes: Changes,
}

/// What an exception replaces; `None` is as the service says.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// When it is not clear what they want.
    pub need_unknown: Option<Policy>,
    /// How soon.
    pub within: Option<Span>,
    /// When they did not say when.
    pub timing_unknown: Option<Policy>,
    /// Where; its own policy is not used.
    pub place: Option<RegionRule>,
    /// When they did not say where.
    pub region_unknown: Option<Policy>,
    /// How much at least.
    pub at_least: Option<Money>,
    /// How much at most.
    pub at_most: Option<Money>,
    /// When they did not say how much.
    pub budget_unknown: Option<Policy>,
    /// What need, timing, region and budget weigh in the score, 0 to 1000 each.
    pub weights: [Option<u16>; 4],
}

/// A service's criteria as they are for one lead.
#[derive(Debug, Clone)]
pub struct Fitted<'a> {
    /// The criteria.
    pub criteria: Cow<'a, Criteria>,
    /// The exception that wrote a key of them (`timing.within`, `region`), by that key.
    pub by: BTreeMap<&'static str, &'a str>,
}

impl Exception {
    /// What it is ranked by: how many of source, region and service it names, then which.
    pub const fn rank(&self) -> (usize, bool, bool, bool) {
        let (source, region, service) = (self.source.is_some(), self.region.is_some(), self.service.is_some());
        (source as usize + region as usize + service as usize, source, region, service)
    }

    /// Is it about leads of `source` for `service` at `place`? A place that is not known well enough is not its.
    pub fn covers(&self, service: &str, source: &str, place: &Region) -> bool {
        self.service.as_deref().is_none_or(|id| id == service)
            && self.source.as_deref().is_none_or(|id| id == source)
            && self.region.as_ref().is_none_or(|region| region.admits(place) == Some(true))
    }
}

impl Changes {
    /// The keys it writes.
    pub fn keys(&self) -> Vec<&'static str> {
        let [need, timing, region, budget] = self.weights;
        let written = [
            ("need.unknown", self.need_unknown.is_some()),
            ("timing.within", self.within.is_some()),
            ("timing.unknown", self.timing_unknown.is_some()),
            ("region", self.place.is_some()),
            ("region.unknown", self.region_unknown.is_some()),
            ("budget.at_least", self.at_least.is_some()),
            ("budget.at_most", self.at_most.is_some()),
            ("budget.unknown", self.budget_unknown.is_some()),
            ("weights.need", need.is_some()),
            ("weights.timing", timing.is_some()),
            ("weights.region", region.is_some()),
            ("weights.budget", budget.is_some()),
        ];
        written.into_iter().filter_map(|(key, is)| is.then_some(key)).collect()
    }

    /// Writes what it has over `criteria`.
    pub fn apply(&self, criteria: &mut Criteria) {
        let set = |policy: &mut Policy, new: Option<Policy>| *policy = new.unwrap_or(*policy);
        set(&mut criteria.need_unknown, self.need_unknown);
        set(&mut criteria.timing.unknown, self.timing_unknown);
        set(&mut criteria.budget.unknown, self.budget_unknown);
        if let Some(place) = &self.place {
            criteria.region = RegionRule { unknown: criteria.region.unknown, ..place.clone() };
        }
        set(&mut criteria.region.unknown, self.region_unknown);
        criteria.timing.within = self.within.or(criteria.timing.within);
        criteria.budget.at_least = self.at_least.clone().or_else(|| criteria.budget.at_least.take());
        for (weight, new) in criteria.weights.iter_mut().zip(self.weights) {
            *weight = new.unwrap_or(*weight);
        }
        criteria.budget.at_most = self.at_most.clone().or_else(|| criteria.budget.at_most.take());
    }
}

impl Config {
    /// A service's criteria for a lead of `source` at `place`, exceptions applied.
    pub fn criteria_for<'a>(&'a self, service: &'a Service, source: &str, place: &Region) -> Fitted<'a> {
        let mut covering: Vec<&Exception> =
            self.exceptions.iter().filter(|one| one.covers(&service.id, source, place)).collect();
        let mut fitted = Fitted { criteria: Cow::Borrowed(&service.criteria), by: BTreeMap::new() };
        // The least one first, so that what counts more is written over it.
        covering.sort_by_key(|one| (one.rank(), Reverse(one.id.as_str())));
        for one in covering {
            one.changes.apply(fitted.criteria.to_mut());
            fitted.by.extend(one.changes.keys().into_iter().map(|key| (key, one.id.as_str())));
        }
        fitted
    }
}
