//! The throttle run over the past: leads arrive when they arrived, are released by the very function that
//! releases ([`crate::queue::plan`]), and are answered at people's measured pace.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::outcome::Outcome;
use super::pace::Paces;
use crate::clock::later;
use crate::config::checked::{Cap, Per};
use crate::lead::LeadId;
use crate::queue::limit::counts_until;
use crate::queue::{Give, HeldLead, Lane, LaneHeads, Rules, Uses, plan};

/// Leads of a lane that one round looks at; where all of them go, more are looked at at once.
const HEADS: usize = 32;
/// Leads that arrive within so long are released together, as an engine would that looks around now and then.
const TOGETHER: SignedDuration = SignedDuration::from_secs(60);
/// Rounds between two questions whether to go on.
const ROUNDS_BETWEEN: u32 = 256;

/// A qualified lead.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The lead.
    pub lead: LeadId,
    /// When it arrived.
    pub at: Timestamp,
    /// What decides which caps and teams apply.
    pub lane: Lane,
    /// Its region in the figures.
    pub region: String,
    /// Higher goes first.
    pub priority: i64,
    /// When it gives up waiting.
    pub expires_at: Option<Timestamp>,
}

/// One lead, its lane and region by number.
#[derive(Debug, Clone, Copy)]
struct Waits {
    lead: LeadId,
    at: Timestamp,
    lane: usize,
    region: usize,
    priority: i64,
    expires_at: Option<Timestamp>,
}

/// All leads that are to be released.
#[derive(Default)]
pub(super) struct Flow {
    lanes: Vec<LaneHeads>,
    lane_numbers: HashMap<Lane, usize>,
    regions: Vec<String>,
    region_numbers: HashMap<String, usize>,
    leads: Vec<Waits>,
}

impl Flow {
    /// Adds a lead.
    pub(super) fn wants(&mut self, wanted: Wanted) {
        let lane = *self.lane_numbers.entry(wanted.lane).or_insert_with_key(|lane| {
            let id = i64::try_from(self.lanes.len()).unwrap_or(i64::MAX);
            self.lanes.push(LaneHeads { id, lane: lane.clone(), leads: Vec::new() });
            self.lanes.len() - 1
        });
        let region = *self.region_numbers.entry(wanted.region).or_insert_with_key(|region| {
            self.regions.push(region.clone());
            self.regions.len() - 1
        });
        let Wanted { lead, at, priority, expires_at, .. } = wanted;
        self.leads.push(Waits { lead, at, lane, region, priority, expires_at });
    }

    /// Releases and answers up to `until` and adds it to `outcome`; `None` when it was not to go on.
    pub(super) fn run(
        &mut self,
        rules: &Rules,
        paces: &Paces,
        until: Timestamp,
        outcome: &mut Outcome,
        goes_on: &dyn Fn() -> bool,
    ) -> Option<()> {
        self.leads.sort_by_key(|one| (one.at, one.lead));
        // Whoever was still held at the end of a run before this one.
        self.lanes.iter_mut().for_each(|lane| lane.leads.clear());
        let mut run = Run::new(self, rules, paces, until);
        let mut rounds = 0_u32;
        while let Some(at) = run.next().filter(|at| *at < until) {
            rounds = rounds.wrapping_add(1);
            if rounds.is_multiple_of(ROUNDS_BETWEEN) && !goes_on() {
                return None;
            }
            run.step(at, outcome);
        }
        run.step(until, outcome);
        run.end(outcome);
        Some(())
    }
}

/// A running simulation.
struct Run<'a> {
    rules: &'a Rules,
    paces: &'a Paces,
    until: Timestamp,
    leads: &'a [Waits],
    regions: &'a [String],
    places: HashMap<LeadId, usize>,
    lanes: &'a mut Vec<LaneHeads>,
    waiting: Vec<BTreeSet<(Reverse<i64>, LeadId)>>,
    waits: u64,
    expiring: BTreeSet<(Timestamp, usize)>,
    arrived: usize,
    uses: Uses,
    /// Slots by the moment they end.
    ends: BTreeMap<Timestamp, Vec<(String, u32)>>,
    /// Lanes that cannot move before `wake`, or before a slot ends.
    blocked: HashSet<usize>,
    wake: Option<Timestamp>,
    /// When each person has answered all they have.
    free: BTreeMap<String, Timestamp>,
    waited: Vec<i64>,
}

impl<'a> Run<'a> {
    fn new(flow: &'a mut Flow, rules: &'a Rules, paces: &'a Paces, until: Timestamp) -> Self {
        let by_lead = flow.leads.iter().enumerate().map(|(place, one)| (one.lead, place)).collect();
        Self {
            rules,
            paces,
            until,
            leads: &flow.leads,
            regions: &flow.regions,
            places: by_lead,
            waiting: vec![BTreeSet::new(); flow.lanes.len()],
            lanes: &mut flow.lanes,
            waits: 0,
            expiring: BTreeSet::new(),
            arrived: 0,
            uses: Uses::new(),
            ends: BTreeMap::new(),
            blocked: HashSet::new(),
            wake: None,
            free: BTreeMap::new(),
            waited: Vec::new(),
        }
    }

    /// The next moment at which something can happen.
    fn next(&self) -> Option<Timestamp> {
        let arrival = self.leads.get(self.arrived).and_then(|one| one.at.checked_add(TOGETHER).ok());
        let moves = (self.waits > 0).then_some(());
        let wake = moves.and(self.wake);
        let slot = moves.and(self.ends.keys().next().copied());
        let expiry = self.expiring.first().map(|(at, _)| *at);
        arrival.into_iter().chain(wake).chain(slot).chain(expiry).min()
    }

    fn step(&mut self, at: Timestamp, outcome: &mut Outcome) {
        let mut moved = self.end_slots(at);
        if self.wake.is_some_and(|wake| wake <= at) {
            self.wake = None;
            moved = true;
        }
        if moved {
            self.blocked.clear();
        }
        let came = self.arrive(at);
        self.expire(at, outcome);
        outcome.held_most = outcome.held_most.max(self.waits);
        if self.waits > 0 && (moved || came) {
            self.release(at, outcome);
        }
    }

    fn end_slots(&mut self, at: Timestamp) -> bool {
        let mut ended = false;
        while let Some(entry) = self.ends.first_entry().filter(|entry| *entry.key() <= at) {
            for (cap, amount) in entry.remove() {
                let length = self.rules.caps.get(&cap).and_then(Cap::rolls);
                if let Some(used) = self.uses.get_mut(&cap) {
                    used.count = used.count.saturating_sub(amount);
                    let left = |taken: Timestamp| length.is_some_and(|length| later(taken, length) <= at);
                    used.held.retain(|(taken, _)| !left(*taken));
                }
            }
            ended = true;
        }
        ended
    }

    /// Lets everybody in who has come by `at`; did anybody come into a lane that may move?
    fn arrive(&mut self, at: Timestamp) -> bool {
        let mut may_move = false;
        while let Some(one) = self.leads.get(self.arrived).filter(|one| one.at <= at) {
            if let Some(expires_at) = one.expires_at {
                self.expiring.insert((expires_at, self.arrived));
            }
            self.waiting[one.lane].insert((Reverse(one.priority), one.lead));
            self.fill(one.lane);
            self.waits += 1;
            may_move |= !self.blocked.contains(&one.lane);
            self.arrived += 1;
        }
        may_move
    }

    fn expire(&mut self, at: Timestamp, outcome: &mut Outcome) {
        while let Some((_, place)) = self.expiring.pop_first_if_before(at) {
            let one = self.leads[place];
            if self.waiting[one.lane].remove(&(Reverse(one.priority), one.lead)) {
                self.fill(one.lane);
                self.waits -= 1;
                self.count(&one, outcome, |part| part.expired += 1);
            }
        }
    }

    /// Shows a round the first leads of a lane.
    fn fill(&mut self, lane: usize) {
        let first = self.waiting[lane].iter().take(HEADS);
        self.lanes[lane].leads =
            first.map(|(priority, lead)| HeldLead { lead: *lead, rev: 0, priority: priority.0 }).collect();
    }

    fn release(&mut self, at: Timestamp, outcome: &mut Outcome) {
        loop {
            let planned = plan(self.rules, self.lanes, &mut self.uses, at, usize::MAX);
            self.wake = planned.next_at;
            self.blocked = planned.blocked.keys().filter_map(|lane| usize::try_from(*lane).ok()).collect();
            let mut ran_out = false;
            let mut touched = BTreeSet::new();
            for give in &planned.give {
                let Some(one) = self.places.get(&give.lead).map(|place| self.leads[*place]) else { continue };
                self.waiting[one.lane].remove(&(Reverse(one.priority), one.lead));
                self.waits -= 1;
                touched.insert(one.lane);
                self.give(&one, give, at, outcome);
            }
            for lane in touched {
                ran_out |= !self.blocked.contains(&lane) && !self.waiting[lane].is_empty();
                self.fill(lane);
            }
            if !ran_out {
                return;
            }
        }
    }

    fn give(&mut self, one: &Waits, give: &Give, at: Timestamp, outcome: &mut Outcome) {
        let rules = self.rules;
        self.waited.push(one.at.duration_until(at).as_secs());
        let answered = self.answered(&give.person, at);
        let due = rules.config.teams.get(&give.team).and_then(|team| {
            let within = rules.config.routes.get(&team.route)?.answer_within;
            team.hours.add(at, within)
        });
        // A promise that is not due by the end is not broken yet.
        let late = due.is_some_and(|due| due < self.until && answered.is_none_or(|answered| answered > due));
        self.count(one, outcome, |part| part.gave(late));
        let person = outcome.people.entry(give.person.clone()).or_default();
        person.leads += 1;
        person.qualified += 1;
        person.gave(late);
        for (cap, amount) in &give.caps {
            let Some(cap) = rules.caps.get(cap) else { continue };
            let ends = if cap.per == Per::Open { answered } else { counts_until(cap, rules, at) };
            if let Some(ends) = ends {
                self.ends.entry(ends).or_default().push((cap.id.clone(), *amount));
            }
        }
    }

    /// When this person answers one more lead they got at `at`.
    fn answered(&mut self, person: &str, at: Timestamp) -> Option<Timestamp> {
        let pace = self.paces.of(person);
        let config = &self.rules.config;
        let hours = config.people.get(person).map_or(&config.business.hours, |person| &person.hours);
        let free = self.free.get(person).copied().unwrap_or(at);
        let answered = if free > at { hours.add(free, pace.handling) } else { hours.add(at, pace.reaction) }?;
        self.free.insert(person.to_owned(), answered);
        Some(answered)
    }

    fn count(&self, one: &Waits, outcome: &mut Outcome, count: impl Fn(&mut super::Part)) {
        let source = self.lanes[one.lane].lane.source.clone();
        count(outcome.sources.entry(source).or_default());
        count(outcome.regions.entry(self.regions[one.region].clone()).or_default());
        count(&mut outcome.all);
    }

    fn end(mut self, outcome: &mut Outcome) {
        let not_looked_at = self.leads.len().saturating_sub(self.arrived);
        outcome.held = self.waits + not_looked_at as u64;
        self.waited.sort_unstable();
        outcome.wait_median_secs = self.waited.get(self.waited.len() / 2).copied();
    }
}

/// Takes the first entry out when its moment has come.
trait PopBefore {
    fn pop_first_if_before(&mut self, at: Timestamp) -> Option<(Timestamp, usize)>;
}

impl PopBefore for BTreeSet<(Timestamp, usize)> {
    fn pop_first_if_before(&mut self, at: Timestamp) -> Option<(Timestamp, usize)> {
        self.first().filter(|(due, _)| *due <= at)?;
        self.pop_first()
    }
}
