//! How full will the queue be? The release function run ahead over what waits and what is expected to come,
//! so that back-pressure and the forecast of a lead can never disagree (`domain-rules` 4).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::forecast::forecast_within;
use super::release::{HeldLead, LaneHeads, Uses};
use super::{Lane, Rules};
use crate::clock::later;
use crate::lead::LeadId;

/// How far ahead: a whole week has every weekday's hours and caps in it once.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 7);
/// The fill of a source of whose people nobody can be taken at all.
pub const CLOSED: u32 = 9_999;
/// So many times of what is expected are offered, so that a fill below 100 % can be told: down to 50 %.
const OFFERED: u64 = 2;
/// Most leads run ahead, besides those that wait; each source has its share of them.
const ALL_AT_MOST: u64 = 20_000;
/// Ids of leads that are only expected begin here: behind all that wait.
const EXPECTED_FROM: i64 = 1 << 60;

/// What a source is expected to bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Source id.
    pub source: String,
    /// Where its people would wait; at least one, each gets an equal share.
    pub lanes: Vec<Lane>,
    /// The priority they would have.
    pub priority: i64,
    /// Leads expected within [`AHEAD`].
    pub leads: u64,
}

/// How full a source is about to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// What waits and what is expected, in percent of what can be taken within [`AHEAD`]; 50 is the least that
    /// is told, [`CLOSED`] means that nobody is taken.
    pub percent: u32,
    /// When the last of those who wait now leaves the queue; `None` beyond the forecast.
    pub until: Option<Timestamp>,
}

/// The fill of every source that something is expected of or waits from. `lanes` may hold only the first who
/// wait; `waiting` counts all of them, by source.
pub fn fills(
    rules: &Rules,
    lanes: Vec<LaneHeads>,
    waiting: &BTreeMap<String, u64>,
    uses: &Uses,
    expected: &[Expected],
    now: Timestamp,
) -> BTreeMap<String, Fill> {
    let mut demand = waiting.clone();
    for one in expected {
        *demand.entry(one.source.clone()).or_default() += one.leads;
    }
    demand.retain(|_, leads| *leads > 0);
    let (lanes, offered) = offer(lanes, expected, &demand);
    let leaves = forecast_within(rules, lanes, uses, now, later(now, AHEAD));
    let mut taken: BTreeMap<&str, Vec<Timestamp>> = BTreeMap::new();
    for (lead, at) in &leaves {
        if let Some(source) = offered.of.get(lead) {
            taken.entry(source).or_default().push(*at);
        }
    }
    for times in taken.values_mut() {
        times.sort_unstable();
    }
    let fill = |source: &String, demand: u64| {
        let times = taken.get(source.as_str()).map_or(&[][..], Vec::as_slice);
        // Where all that was offered is taken there is room for at least twice of what is expected, or for
        // more than is ever looked at.
        let percent = match times.len() as u64 {
            taken if taken >= offered.count.get(source).copied().unwrap_or(0) => 100 / OFFERED as u32,
            0 => CLOSED,
            taken => u32::try_from(demand * 100 / taken).unwrap_or(CLOSED).min(CLOSED - 1),
        };
        let last = waiting.get(source).and_then(|count| usize::try_from(*count).ok()).unwrap_or(0);
        let until = if last == 0 { Some(now) } else { times.get(last - 1).copied() };
        Fill { percent, until }
    };
    demand.iter().map(|(source, leads)| (source.clone(), fill(source, *leads))).collect()
}

/// Whose each lead is that was run ahead, and how many of each source.
#[derive(Default)]
struct Offered {
    of: BTreeMap<LeadId, String>,
    count: BTreeMap<String, u64>,
}

impl Offered {
    fn add(&mut self, lead: LeadId, source: &str) {
        self.of.insert(lead, source.to_owned());
        *self.count.entry(source.to_owned()).or_default() += 1;
    }
}

/// The lanes with what is expected behind what waits, one of each source in turn.
fn offer(
    mut lanes: Vec<LaneHeads>,
    expected: &[Expected],
    demand: &BTreeMap<String, u64>,
) -> (Vec<LaneHeads>, Offered) {
    let mut offered = Offered::default();
    for lane in &lanes {
        lane.leads.iter().for_each(|held| offered.add(held.lead, &lane.lane.source));
    }
    let mut at: BTreeMap<String, usize> = lanes.iter().enumerate().map(|(at, lane)| (lane.lane.key(), at)).collect();
    let mut next_id = lanes.iter().map(|lane| lane.id).max().unwrap_or(0);
    let all: u64 = demand.values().sum::<u64>().max(1);
    let turns = i64::try_from(expected.len()).unwrap_or(i64::MAX).max(1);
    for (turn, one) in (0_i64..).zip(expected) {
        let demand = demand.get(&one.source).copied().unwrap_or(0);
        let share = ALL_AT_MOST.saturating_mul(demand) / all;
        let before = offered.count.get(&one.source).copied().unwrap_or(0);
        let count = (demand * OFFERED).min(share.max(1)).saturating_sub(before);
        for (place, lane) in (0..i64::try_from(count).unwrap_or(0)).zip(one.lanes.iter().cycle()) {
            let lead = LeadId(EXPECTED_FROM + place * turns + turn);
            offered.add(lead, &one.source);
            let at = *at.entry(lane.key()).or_insert_with(|| {
                next_id += 1;
                lanes.push(LaneHeads { id: next_id, lane: lane.clone(), leads: Vec::new() });
                lanes.len() - 1
            });
            lanes[at].leads.push(HeldLead { lead, rev: 0, priority: one.priority });
        }
    }
    // A release takes the head of a lane: what is expected stands in the order of priority as well.
    for lane in &mut lanes {
        lane.leads.sort_by_key(|held| (std::cmp::Reverse(held.priority), held.lead));
    }
    (lanes, offered)
}
