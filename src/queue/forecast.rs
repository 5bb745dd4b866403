//! When will a held lead leave the queue? The very function that releases, run ahead on a copy: no second
//! arithmetic that could disagree (`domain-rules` 9).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Rules;
use super::limit::counts_until;
use super::release::{LaneHeads, Use, Uses, plan};
use crate::clock::later;
use crate::config::checked::{Cap, Per};
use crate::lead::LeadId;

/// How far ahead a forecast looks.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 60);
/// Most rounds a forecast runs.
pub(super) const ROUNDS: usize = 4_000;

/// About when each of these leads leaves the queue; leads without an entry do not leave within the
/// horizon. Open caps are assumed to free up when an answer is due.
pub fn forecast(rules: &Rules, lanes: Vec<LaneHeads>, uses: &Uses, now: Timestamp) -> BTreeMap<LeadId, Timestamp> {
    forecast_within(rules, lanes, uses, now, later(now, HORIZON))
}

/// As [`forecast`], no further ahead than `horizon`.
pub fn forecast_within(
    rules: &Rules,
    lanes: Vec<LaneHeads>,
    uses: &Uses,
    now: Timestamp,
    horizon: Timestamp,
) -> BTreeMap<LeadId, Timestamp> {
    ahead(rules, lanes, uses, now, horizon).leaves
}

/// What the queue, run ahead, comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ahead {
    /// When each lead leaves; those without an entry do not leave within the horizon.
    pub leaves: BTreeMap<LeadId, Timestamp>,
    /// When each cap is first without room, by id.
    pub fills: BTreeMap<String, Timestamp>,
}

/// Runs the queue ahead of `now` up to `horizon`.
pub fn ahead(rules: &Rules, mut lanes: Vec<LaneHeads>, uses: &Uses, now: Timestamp, horizon: Timestamp) -> Ahead {
    let mut found = Ahead::default();
    // Uses by the moment they end: the end of their window, or the answer's due time. The newest instant of
    // a cap outlives them: it decides ties between people.
    let mut slots: BTreeMap<(String, Option<Timestamp>), u32> = BTreeMap::new();
    let mut newest: BTreeMap<String, Option<Timestamp>> = BTreeMap::new();
    for (cap, used) in uses {
        newest.insert(cap.clone(), used.last_at);
        if used.held.is_empty() && used.count > 0 {
            slots.insert((cap.clone(), ends_at(rules, cap, now)), used.count);
        }
        for (at, amount) in &used.held {
            *slots.entry((cap.clone(), ends_at(rules, cap, *at))).or_default() += amount;
        }
    }
    let mut at = now;
    for _ in 0..ROUNDS {
        slots.retain(|(_, ends), _| ends.is_none_or(|ends| ends > at));
        let mut counted = still_used(rules, &newest, &slots);
        let decided = plan(rules, &lanes, &mut counted, at, usize::MAX);
        for cap in decided.full.keys() {
            found.fills.entry(cap.clone()).or_insert(at);
        }
        for give in &decided.give {
            found.leaves.insert(give.lead, at);
            for (cap, amount) in &give.caps {
                *slots.entry((cap.clone(), ends_at(rules, cap, at))).or_default() += amount;
                newest.insert(cap.clone(), Some(at));
            }
        }
        if !decided.give.is_empty() {
            for lane in &mut lanes {
                // Leads leave a lane in its order.
                let gone = lane.leads.iter().take_while(|held| found.leaves.contains_key(&held.lead)).count();
                lane.leads.drain(..gone);
            }
            lanes.retain(|lane| !lane.leads.is_empty());
            // After a release an engine looks again: a team that has just filled up may spill over to the next.
            continue;
        }
        let frees = slots.keys().filter_map(|(_, ends)| *ends).filter(|ends| *ends > at).min();
        match decided.next_at.into_iter().chain(frees).filter(|next| *next > at).min() {
            Some(next) if next < horizon && !lanes.is_empty() => at = next,
            _ => break,
        }
    }
    found
}

/// What is used of every cap by slots that have not ended.
fn still_used(
    rules: &Rules,
    newest: &BTreeMap<String, Option<Timestamp>>,
    slots: &BTreeMap<(String, Option<Timestamp>), u32>,
) -> Uses {
    let mut counted: Uses =
        newest.iter().map(|(cap, last_at)| (cap.clone(), Use { last_at: *last_at, ..Use::default() })).collect();
    for ((cap, ends), amount) in slots {
        let used = counted.entry(cap.clone()).or_default();
        used.count = used.count.saturating_add(*amount);
        let length = rules.caps.get(cap).and_then(Cap::rolls);
        if let Some(at) = length.and_then(|length| ends.as_ref()?.checked_sub(length).ok()) {
            used.held.push((at, *amount));
        }
    }
    counted
}

fn ends_at(rules: &Rules, cap: &str, at: Timestamp) -> Option<Timestamp> {
    let cap = rules.caps.get(cap)?;
    if cap.per == Per::Open {
        let answer = rules.config.routes.values().next().map(|route| route.answer_within)?;
        return rules.config.business.hours.add(at, answer);
    }
    counts_until(cap, rules, at)
}
