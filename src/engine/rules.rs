//! The rules of this moment: the config with what people set while running on top, and what a release
//! must count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::config::checked::{Cap, Per, Route, Scope};
use crate::queue::attendance::{Presence, Said};
use crate::queue::limit::counted_since;
use crate::queue::rules::EVERYTHING;
use crate::queue::{Lane, Rules, head_start};
use crate::store::{CapRule, Count, FirstStop, Override, OverrideKind, Store, StoreError};

/// The retry deadline is half of the promised answer time, but at least this.
const DEADLINE_AT_LEAST: SignedDuration = SignedDuration::from_mins(15);

/// The rules in force now.
///
/// # Errors
/// The store did not answer.
pub async fn in_force(store: &Store, config: &Arc<Config>) -> Result<Rules, StoreError> {
    let (mut rules, now) = (with_overrides(config, &store.overrides().await?), store.clock().now());
    // Said on a machine whose clock is ahead: it counts here as well from now on.
    for attendance in rules.attendance.values_mut() {
        attendance.said_at = attendance.said_at.map(|at| at.min(now));
    }
    rules.ahead = head_starts(store, &rules, now).await?;
    Ok(rules)
}

/// Leads that count as taken for those who came back in the present period of their `new` cap: whoever was away
/// starts at the median of their team (`domain-rules` 4). Most of the time nobody came back.
async fn head_starts(store: &Store, rules: &Rules, now: Timestamp) -> Result<BTreeMap<String, u32>, StoreError> {
    let config = &rules.config;
    let period = |person: &str| rules.caps.get(&new_cap(person)).and_then(|cap| counted_since(cap, rules, now));
    let Some(since) = config.people.keys().filter_map(|person| period(person)).min() else {
        return Ok(BTreeMap::new());
    };
    let said = store.returns(since).await?;
    let mut ahead = BTreeMap::new();
    for person in config.people.values() {
        let Some(start) = period(&person.id) else { continue };
        let planned = rules.attendance.get(&person.id).and_then(|attendance| attendance.returned(start, now));
        let said = said.get(&person.id).copied().filter(|at| *at > start);
        let Some(back) = planned.into_iter().chain(said).max() else { continue };
        let caps: Vec<String> = config.people_of(&person.team).map(|one| new_cap(&one.id)).collect();
        let counts = store.counted_between(caps, start, back).await?;
        let new = |id: &str| counts.get(&new_cap(id)).copied().unwrap_or(0);
        let there = |id: &str| id != person.id && rules.presence(id, now).presence != Presence::Absent;
        let others = config.people_of(&person.team).filter(|one| there(&one.id));
        let others: Vec<(u32, u32)> = others.map(|one| (new(&one.id), one.weight)).collect();
        ahead.insert(person.id.clone(), head_start(new(&person.id), person.weight, &others));
    }
    Ok(ahead)
}

/// The cap that counts somebody's new leads; everybody has one.
fn new_cap(person: &str) -> String {
    format!("person.{person}.new")
}

/// The rules with these overrides.
pub fn with_overrides(config: &Arc<Config>, overrides: &[Override]) -> Rules {
    let caps: BTreeMap<String, u32> = overrides
        .iter()
        .filter(|set| set.kind == OverrideKind::Cap)
        .map(|set| (set.name.clone(), u32::try_from(set.value).unwrap_or(0)))
        .collect();
    let people = overrides.iter().filter(|set| set.kind == OverrideKind::Person);
    people.fold(Rules::new(Arc::clone(config), &caps, BTreeSet::new()), |rules, set| {
        rules.with_said(&set.name, Said::from_number(set.value), set.until).said_at(&set.name, set.at)
    })
}

/// What must be counted for a release at `now`: every cap that limits, and of everybody the newest slot.
pub fn counts(rules: &Rules, now: Timestamp) -> Vec<Count> {
    rules
        .caps
        .values()
        .filter(|cap| cap.limits() || matches!(cap.scope, Scope::Person(_)))
        .map(|cap| Count {
            cap: cap.id.clone(),
            since: counted_since(cap, rules, now),
            newest_only: !cap.limits() && !matches!(cap.scope, Scope::Person(_)),
            rolls: cap.rolling,
        })
        .collect()
}

/// What every cap counts, so that the store notices when that changes.
pub fn cap_rules(rules: &Rules, now: Timestamp) -> Vec<CapRule> {
    let caps = rules.caps.values().filter(|cap| cap.id != EVERYTHING && cap.stop_loss.is_none());
    caps.map(|cap| CapRule {
        cap: cap.id.clone(),
        rule: rule_of(cap),
        rolling: cap.rolling,
        open: cap.per == Per::Open,
        since: counted_since(cap, rules, now),
    })
    .collect()
}

/// What a cap counts, as a text; its maximum is no part of it.
fn rule_of(cap: &Cap) -> String {
    let only = cap.only.as_ref().map_or("", |only| only.text());
    format!("{:?} {:?} {:?} {} {only}", cap.scope, cap.per, cap.unit, if cap.rolling { "rolling" } else { "fixed" })
}

/// Every cap that counts open handoffs.
pub fn open_caps(rules: &Rules) -> Vec<String> {
    rules.caps.values().filter(|cap| cap.per == Per::Open).map(|cap| cap.id.clone()).collect()
}

/// The caps that a source-fault return is credited to.
pub fn crediting(rules: &Rules) -> Vec<String> {
    rules.caps.values().filter(|cap| cap.credits_returns).map(|cap| cap.id.clone()).collect()
}

/// The caps a handoff to this person counts under, the same as a release counts, and what it takes of each.
pub fn caps_of(rules: &Rules, lane: &Lane, team: &str, person: &str) -> Vec<(String, u32)> {
    rules.applying(lane, team, person).into_iter().map(|(cap, amount)| (cap.id.clone(), amount)).collect()
}

/// Of these, the ones that count it only while it is open.
pub fn open_caps_of(rules: &Rules, lane: &Lane, team: &str, person: &str) -> Vec<(String, u32)> {
    let mut caps = caps_of(rules, lane, team, person);
    caps.retain(|(id, _)| rules.caps.get(id).is_some_and(|cap| cap.per == Per::Open));
    caps
}

/// Where each team's handoffs go first.
pub fn first_stops(config: &Config, destinations: &BTreeMap<String, i64>) -> BTreeMap<String, FirstStop> {
    let stop = |route_id: &str| {
        let route = config.routes.get(route_id)?;
        let destination = *destinations.get(route.to.first()?)?;
        Some(FirstStop { route: route.id.clone(), destination, deadline: deadline(route) })
    };
    config.teams.values().filter_map(|team| Some((team.id.clone(), stop(&team.route)?))).collect()
}

/// How long a handoff of this route is tried.
pub fn deadline(route: &Route) -> SignedDuration {
    (route.answer_within / 2).max(DEADLINE_AT_LEAST)
}
