//! Who gets what now: held leads in order of (priority, received) against every cap that applies, the
//! working hours and the load of the people. Pure, deterministic, O(lanes + released).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::assign::Candidate;
pub use super::limit::counted_since;
use super::limit::{amount, counts_until};
use super::{Lane, Limit, Rules, rules};
use crate::calendar::Calendar;
use crate::config::checked::{Cap, Scope, Team};
use crate::lead::{Code, LeadId};

/// A lead waiting in a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLead {
    /// The lead; ids stand for received order.
    pub lead: LeadId,
    /// Guards the release against a change in between.
    pub rev: i64,
    /// Higher goes first.
    pub priority: i64,
}

/// The first leads of a lane, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneHeads {
    /// Row id.
    pub id: i64,
    /// The lane.
    pub lane: Lane,
    /// Its first leads by (priority descending, id).
    pub leads: Vec<HeldLead>,
}

/// What is used of a cap in its present window (or open at the moment).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Use {
    /// What its slots take together: leads, weight, or hundredths of money.
    pub count: u32,
    /// What returns credited beyond that: the next ones are taken from it.
    pub surplus: u32,
    /// The newest slot's instant, ever.
    pub last_at: Option<Timestamp>,
    /// Of a rolling cap: its slots, oldest first, and what each takes.
    pub held: Vec<(Timestamp, u32)>,
}

impl Use {
    /// One more slot.
    pub fn take(&mut self, at: Timestamp, amount: u32, rolling: bool) {
        let credited = amount.min(self.surplus);
        self.surplus -= credited;
        self.count = self.count.saturating_add(amount - credited);
        self.last_at = Some(at);
        if rolling {
            self.held.push((at, amount));
        }
    }

    /// As if the slot of `at` had never been taken; `amount` may be a credit, below 0.
    pub fn give_back(&mut self, at: Timestamp, amount: i64) {
        let left = |all: u32| u32::try_from((i64::from(all) - amount).max(0)).unwrap_or(u32::MAX);
        self.count = left(self.count);
        for slot in self.held.iter_mut().filter(|slot| slot.0 == at) {
            slot.1 = left(slot.1);
        }
    }
}

/// Uses by cap id.
pub type Uses = BTreeMap<String, Use>;

/// One release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Give {
    /// The lead.
    pub lead: LeadId,
    /// Its revision when it was read.
    pub rev: i64,
    /// To which team.
    pub team: String,
    /// To whom.
    pub person: String,
    /// Caps it counts under, and what it takes of each.
    pub caps: Vec<(String, u32)>,
    /// The reservation holds until then: the earliest end of a window it was counted in, or of the
    /// working hours.
    pub valid_until: Option<Timestamp>,
}

/// What a round decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Releases, in order.
    pub give: Vec<Give>,
    /// Why each blocked lane waits: every exhausted cap, not the first.
    pub blocked: BTreeMap<i64, Vec<Code>>,
    /// When the first thing that blocks frees up by the clock alone.
    pub next_at: Option<Timestamp>,
    /// Caps without room at the end of this round, by id; those that are closed are not among them.
    pub full: BTreeMap<String, Full>,
}

/// A cap without room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Full {
    /// What is used.
    pub used: u32,
    /// What it takes.
    pub max: u32,
    /// It only warns.
    pub soft: bool,
    /// When it has room again by the clock alone.
    pub frees_at: Option<Timestamp>,
}

/// What a round of one lane looks at.
pub(super) struct Round<'a> {
    pub(super) rules: &'a Rules,
    pub(super) uses: &'a mut Uses,
    pub(super) now: Timestamp,
    next_at: Option<Timestamp>,
    /// Asked of a calendar once: everybody's hours are looked at for every lead.
    shifts: HashMap<(Whose, &'a str), Shift>,
    /// What each cap lets through now, worked out once.
    limits: HashMap<&'a str, Option<Limit>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    Team,
    Person,
}

/// Somebody's working time at this moment.
#[derive(Clone, Copy)]
pub(super) enum Shift {
    /// At work until then.
    On(Option<Timestamp>),
    /// At work again from then.
    Off(Option<Timestamp>),
}

/// Plans one round: at most `most` releases.
pub fn plan(rules: &Rules, lanes: &[LaneHeads], uses: &mut Uses, now: Timestamp, most: usize) -> Plan {
    let mut plan = Plan::default();
    let mut round = Round { rules, uses, now, next_at: None, shifts: HashMap::new(), limits: HashMap::new() };
    let mut at: Vec<usize> = vec![0; lanes.len()];
    let candidate = |lane: usize, place: usize| {
        let first = lanes.get(lane)?.leads.get(place)?;
        Some((first.priority, Reverse(first.lead), lane))
    };
    let mut heap: BinaryHeap<_> = (0..lanes.len()).filter_map(|lane| candidate(lane, 0)).collect();
    while let Some((_, _, lane)) = heap.pop() {
        if plan.give.len() >= most {
            break;
        }
        let waiting = &lanes[lane];
        match round.offer(&waiting.lane) {
            Ok(taken) => {
                let held = &waiting.leads[at[lane]];
                plan.give.push(round.give(&waiting.lane, held, &taken));
                at[lane] += 1;
                heap.extend(candidate(lane, at[lane]));
            }
            Err(codes) => {
                plan.blocked.insert(waiting.id, codes);
            }
        }
    }
    plan.next_at = round.next_at;
    plan.full = round.full(&plan.blocked);
    plan
}

impl<'a> Round<'a> {
    /// Finds who takes the next lead of a lane, or every reason why nobody does.
    fn offer(&mut self, lane: &Lane) -> Result<Candidate<'a>, Vec<Code>> {
        let mut codes = Vec::new();
        self.check(lane, &rules::shared(lane), None, &mut codes);
        self.choose(lane, codes)
    }

    /// The teams that are asked instead of one whose caps are full.
    pub(super) fn spills(&self, team: &Team, codes: &[Code]) -> Vec<&'a Team> {
        let full = codes.iter().filter_map(|code| match code {
            Code::Cap(id) => self.rules.caps.get(id),
            _ => None,
        });
        let own = full.filter(|cap| matches!(&cap.scope, Scope::Team(id) if *id == team.id));
        own.filter_map(|cap| self.rules.config.teams.get(cap.on_full.next.as_ref()?)).collect()
    }

    pub(super) fn check_team(&mut self, lane: &Lane, team: &'a Team, codes: &mut Vec<Code>) {
        let mut scopes = vec![Scope::Team(team.id.clone())];
        scopes.extend(self.rules.first_stop(&team.id).map(Scope::Destination));
        self.check(lane, &scopes, Some(team), codes);
    }

    /// Adds a code for every cap of these scopes that has no room now.
    pub(super) fn check(&mut self, lane: &Lane, scopes: &[Scope], team: Option<&Team>, codes: &mut Vec<Code>) {
        let rules = self.rules;
        let business = &rules.config.business.hours;
        let caps = scopes.iter().flat_map(|scope| rules.of(scope));
        for cap in caps.filter(|cap| !cap.soft && lane.counts_under(cap)) {
            let Some(limit) = self.limit(cap) else { continue };
            let amount = amount(cap, rules, lane);
            let none = Use::default();
            let used = self.uses.get(&cap.id).unwrap_or(&none);
            if !limit.takes(used.count, amount) {
                codes.push(Code::Cap(cap.id.clone()));
                let frees = limit.frees_at(cap, rules, used, amount);
                self.wake(frees);
            } else if used.count.saturating_add(amount) > limit.due {
                codes.push(Code::Pace);
                self.wake(limit.grows_at);
            } else if let Some(due) = limit.paced(cap, team.map_or(business, |team| &team.hours), used)
                && due > self.now
            {
                codes.push(Code::Pace);
                self.wake(Some(due));
            }
        }
    }

    fn limit(&mut self, cap: &'a Cap) -> Option<Limit> {
        let (rules, now) = (self.rules, self.now);
        *self.limits.entry(&cap.id).or_insert_with(|| Limit::of(cap, rules, now))
    }

    /// Every cap without room, whether somebody waits for it or not.
    fn full(&mut self, blocked: &BTreeMap<i64, Vec<Code>>) -> BTreeMap<String, Full> {
        let waited_for: BTreeSet<&str> = blocked.values().flatten().filter_map(Code::parameter).collect();
        let rules = self.rules;
        let mut found = BTreeMap::new();
        for cap in rules.caps.values().filter(|cap| cap.limits()) {
            let Some(limit) = self.limit(cap).filter(|limit| limit.max > 0) else { continue };
            let none = Use::default();
            let used = self.uses.get(&cap.id).unwrap_or(&none);
            if used.count >= limit.max || waited_for.contains(cap.id.as_str()) {
                let frees_at = limit.frees_at(cap, rules, used, 1);
                let full = Full { used: used.count, max: limit.max, soft: cap.soft, frees_at };
                found.insert(cap.id.clone(), full);
            }
        }
        found
    }

    fn give(&mut self, lane: &Lane, held: &HeldLead, taken: &Candidate<'a>) -> Give {
        let rules = self.rules;
        let mut caps = Vec::new();
        let mut until: Option<Timestamp> = None;
        let sooner = |a: Option<Timestamp>, b: Option<Timestamp>| a.into_iter().chain(b).min();
        for (cap, amount) in rules.applying(lane, &taken.team.id, &taken.person.id) {
            self.uses.entry(cap.id.clone()).or_default().take(self.now, amount, cap.rolling);
            if cap.limits() && !cap.soft {
                until = sooner(until, counts_until(cap, rules, self.now));
            }
            caps.push((cap.id.clone(), amount));
        }
        let (team, person) = (taken.team, taken.person);
        let team_hours = (!team.hand_off_outside_hours).then(|| self.shift(Whose::Team, &team.id, &team.hours));
        for shift in team_hours.into_iter().chain([self.attends(team, person)]) {
            if let Shift::On(end) = shift {
                until = sooner(until, end);
            }
        }
        Give {
            lead: held.lead,
            rev: held.rev,
            team: taken.team.id.clone(),
            person: taken.person.id.clone(),
            caps,
            valid_until: until,
        }
    }

    pub(super) fn shift(&mut self, whose: Whose, id: &'a str, hours: &Calendar) -> Shift {
        let now = self.now;
        let ask =
            || if hours.is_open(now) { Shift::On(hours.next_change(now)) } else { Shift::Off(hours.next_open(now)) };
        *self.shifts.entry((whose, id)).or_insert_with(ask)
    }

    pub(super) fn wake(&mut self, at: Option<Timestamp>) {
        self.next_at = self.next_at.into_iter().chain(at).min();
    }
}

/// How long an engine may sleep at most before it looks again.
pub const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(15);
