//! What today still brings a team: how many leads it will get before midnight, and when a lead that came now would
//! first be answered. The release run ahead over what waits and what usually comes (the very function that releases),
//! then the work in front of the people who are there, at the pace they were measured at.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::view::Outlook;
use crate::clock::later;
use crate::config::checked::{Person, Team};
use crate::lead::LeadId;
use crate::queue::attendance::Presence;
use crate::queue::forecast::{ahead, forecast_within};
use crate::queue::{HeldLead, Lane, LaneHeads, Rules, Uses};
use crate::simulate::pace::{Answered, Paces};
use crate::store::SpeedRow;

/// How far ahead the next lead is looked for.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 14);
/// Most leads that are expected of one lane today.
const EXPECTED_MAX: usize = 200;
/// Ids of leads that are only expected begin here: behind all that wait.
const EXPECTED_FROM: i64 = 1 << 60;

/// What an outlook is worked out from.
pub(super) struct Flow {
    pub(super) rules: Rules,
    /// Lanes with the first of those who wait.
    pub(super) lanes: Vec<LaneHeads>,
    pub(super) uses: Uses,
    /// How many wait, by lane.
    pub(super) held: Vec<(Lane, u64)>,
    /// How many qualified leads came over so many days, by lane.
    pub(super) inflow: Vec<(Lane, u64)>,
    /// At least one.
    pub(super) inflow_days: f64,
    /// By person.
    pub(super) unanswered: BTreeMap<String, u32>,
    pub(super) answered: Vec<Answered>,
    pub(super) now: Timestamp,
}

/// An answer a pace can be measured from.
pub(super) fn answered(row: &SpeedRow) -> Option<Answered> {
    Some(Answered { first_at: row.first_at?, person: row.person.clone(), accepted_at: row.accepted_at })
}

/// When each cap is first without room before midnight, with those who wait already; by id.
pub(super) fn fills(flow: &Flow) -> BTreeMap<String, Timestamp> {
    ahead(&flow.rules, flow.lanes.clone(), &flow.uses, flow.now, tonight(flow)).fills
}

/// The outlook of every team.
pub(super) fn outlook(flow: &Flow) -> BTreeMap<String, Outlook> {
    let config = std::sync::Arc::clone(&flow.rules.config);
    let paces = Paces::measure(&config, &flow.answered);
    let tonight = tonight(flow);
    let today = today(flow, tonight);
    config
        .teams
        .values()
        .map(|team| {
            let own =
                flow.answered.iter().filter(|one| config.people.get(&*one.person).is_some_and(|p| p.team == team.id));
            let found = Outlook {
                to_come: today.get(&team.id).copied().unwrap_or(0),
                next_answered_at: next_answered(flow, team, &paces),
                answers: own.count() as u64,
            };
            (team.id.clone(), found)
        })
        .collect()
}

fn tonight(flow: &Flow) -> Timestamp {
    let zone = &flow.rules.config.business.zone;
    let tomorrow = flow.now.to_zoned(zone.clone()).date().checked_add(1.day());
    let midnight = tomorrow.ok().and_then(|day| day.to_zoned(zone.clone()).ok()).map(|zoned| zoned.timestamp());
    midnight.unwrap_or_else(|| later(flow.now, SignedDuration::from_hours(24)))
}

/// Leads that leave the queue before midnight, by every team of their lane.
fn today(flow: &Flow, tonight: Timestamp) -> BTreeMap<String, u64> {
    let left = flow.now.duration_until(tonight).as_secs_f64() / 86_400.0;
    let mut lanes = flow.lanes.clone();
    let mut next = EXPECTED_FROM;
    for (lane, count) in &flow.inflow {
        let expected = (*count as f64 / flow.inflow_days * left).round() as usize;
        if expected == 0 {
            continue;
        }
        let at = place(&mut lanes, lane);
        for _ in 0..expected.min(EXPECTED_MAX) {
            lanes[at].leads.push(HeldLead { lead: LeadId(next), rev: 0, priority: i64::MIN });
            next += 1;
        }
    }
    let of: BTreeMap<LeadId, usize> =
        lanes.iter().enumerate().flat_map(|(at, lane)| lane.leads.iter().map(move |held| (held.lead, at))).collect();
    let teams: Vec<Vec<String>> = lanes.iter().map(|lane| lane.lane.teams.clone()).collect();
    let mut count: BTreeMap<String, u64> = BTreeMap::new();
    for (lead, _) in forecast_within(&flow.rules, lanes, &flow.uses, flow.now, tonight) {
        for team in of.get(&lead).and_then(|at| teams.get(*at)).into_iter().flatten() {
            *count.entry(team.clone()).or_default() += 1;
        }
    }
    count
}

/// The place of a lane among those that wait; it is added where nobody waits.
fn place(lanes: &mut Vec<LaneHeads>, lane: &Lane) -> usize {
    if let Some(at) = lanes.iter().position(|one| one.lane == *lane) {
        return at;
    }
    let id = lanes.iter().map(|one| one.id).max().unwrap_or(0) + 1;
    lanes.push(LaneHeads { id, lane: lane.clone(), leads: Vec::new() });
    lanes.len() - 1
}

/// When a lead that came now to a team would first be answered: it leaves the queue, and whoever is there answers
/// what is open and what waits in front of it first.
fn next_answered(flow: &Flow, team: &Team, paces: &Paces) -> Option<Timestamp> {
    let config = &flow.rules.config;
    let theirs = |lane: &Lane| lane.teams.contains(&team.id) && lane.owner.is_none();
    let usual = flow.inflow.iter().filter(|(lane, _)| theirs(lane)).max_by_key(|(_, count)| *count);
    let guess = || Lane {
        service: team.services.first().cloned(),
        source: config.sources.keys().next().cloned().unwrap_or_default(),
        teams: vec![team.id.clone()],
        ..Lane::default()
    };
    let lane = usual.map_or_else(guess, |(lane, _)| lane.clone());
    let waiting: u64 = flow.held.iter().filter(|(lane, _)| lane.teams.contains(&team.id)).map(|(_, count)| count).sum();
    let mut lanes = flow.lanes.clone();
    let at = place(&mut lanes, &lane);
    let shown: u64 =
        lanes.iter().filter(|one| one.lane.teams.contains(&team.id)).map(|one| one.leads.len() as u64).sum();
    if shown < waiting {
        return None;
    }
    let probe = LeadId(EXPECTED_FROM);
    lanes[at].leads.push(HeldLead { lead: probe, rev: 0, priority: i64::MIN });
    let horizon = later(flow.now, AHEAD);
    let leaves = *forecast_within(&flow.rules, lanes, &flow.uses, flow.now, horizon).get(&probe)?;
    let there: Vec<&Person> = config
        .people_of(&team.id)
        .filter(|person| flow.rules.presence(&person.id, leaves).presence != Presence::Absent)
        .collect();
    let heads = i32::try_from(there.len().max(1)).ok()?;
    let pace = |person: &str| paces.of(person);
    let mut work = SignedDuration::ZERO;
    let (mut reaction, mut handling) = (SignedDuration::ZERO, SignedDuration::ZERO);
    for person in &there {
        let own = pace(&person.id);
        let open = i32::try_from(flow.unanswered.get(&person.id).copied().unwrap_or(0)).ok()?;
        work = work.checked_add(own.handling.checked_mul(open)?)?;
        reaction += own.reaction / heads;
        handling += own.handling / heads;
    }
    work = work.checked_add(handling.checked_mul(i32::try_from(waiting).ok()?)?)?;
    let after_work = team.hours.add(flow.now, work / heads + handling);
    let after_release = team.hours.add(leaves, reaction);
    after_release.zip(after_work).map(|(one, other)| one.max(other))
}
