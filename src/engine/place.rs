//! Where a lead waits: which caps and teams apply to it, how it stands in order and how long it may wait.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Decider;
use super::decide::Stored;
use crate::lead::Facts;
use crate::qualify;
use crate::queue::Lane;
use crate::store::{HandedOff, HeldRow, Placed, StoredLead};

impl Decider {
    /// Higher is released first.
    pub(super) fn priority(&self, source: &str, service: Option<&str>) -> i64 {
        service.and_then(|id| self.config.services.get(id)).map_or(0, |service| service.priority)
            + self.config.sources.get(source).map_or(0, |source| source.priority)
    }

    /// Which caps and teams apply to a lead: a cap with a condition counts it unless that surely does not hold.
    pub(super) fn lane(&self, source: &str, service: Option<&str>, facts: &Facts, submitted_at: Timestamp) -> Lane {
        let mut lane = Lane::of(&self.config, source, service, &self.region(source, &facts.region));
        let mut caps = self.config.caps.iter().filter_map(|cap| Some((&cap.id, cap.only.as_ref()?))).peekable();
        if caps.peek().is_some() {
            let none = BTreeMap::new();
            let case = qualify::Case { source, submitted_at, service, answers: &none };
            let known = qualify::known(facts, &case, &self.config);
            let counts = caps.filter(|(_, only)| only.holds(&known) != Some(false));
            lane.caps = counts.map(|(id, _)| id.clone()).collect();
        }
        lane
    }

    /// The lane of a stored lead, wherever it is now.
    pub fn lane_of(&self, lead: &StoredLead) -> Lane {
        let lane = self.lane(&lead.source, lead.service.as_deref(), &facts_of(&lead.facts), lead.submitted_at);
        lane.kept_by(lead.owner.as_deref())
    }

    /// The lane a lead that was handed off would be in.
    pub fn lane_of_handed_off(&self, of: &HandedOff) -> Lane {
        self.lane(&of.source, of.service.as_deref(), &facts_of(&of.facts), of.submitted_at)
    }

    /// Where a held lead waits under this config; its verdict stands.
    pub fn place(&self, held: &HeldRow) -> Placed {
        let service = held.service.as_deref();
        let lane = self.lane(&held.source, service, &facts_of(&held.facts), held.submitted_at);
        let lane = lane.kept_by(held.owner.as_deref());
        let limit = self.hold_limit(&lane);
        Placed {
            lane: lane.key(),
            priority: self.priority(&held.source, service),
            expires_at: limit.and_then(|limit| held.decided_at.checked_add(limit).ok()),
        }
    }

    /// The shortest time any cap that applies to a lane lets a lead wait.
    pub(super) fn hold_limit(&self, lane: &Lane) -> Option<jiff::SignedDuration> {
        self.config.caps.iter().filter(|cap| lane.waits_for(cap)).filter_map(|cap| cap.hold_for).min()
    }
}

/// What was read of a stored lead; nothing where that cannot be understood.
fn facts_of(stored: &str) -> Facts {
    serde_json::from_str::<Stored>(stored).unwrap_or_default().facts
}
