//! Who gets what now: held leads in order of (priority, received) against every cap that applies, the
//! working hours and the load of the people. Pure, deterministic, O(lanes + released).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::assign::Candidate;
use super::window::window;
use super::{Lane, Rules};
use crate::calendar::Calendar;
use crate::config::checked::{Cap, Per, Scope, Team};
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Use {
    /// Slots.
    pub count: u32,
    /// The newest slot's instant, ever.
    pub last_at: Option<Timestamp>,
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
    /// Caps it counts under.
    pub caps: Vec<String>,
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
}

/// What a round of one lane looks at.
pub(super) struct Round<'a> {
    pub(super) rules: &'a Rules,
    pub(super) uses: &'a mut Uses,
    pub(super) now: Timestamp,
    next_at: Option<Timestamp>,
    /// Asked of a calendar once: everybody's hours are looked at for every lead.
    shifts: HashMap<(Whose, &'a str), Shift>,
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
    let mut round = Round { rules, uses, now, next_at: None, shifts: HashMap::new() };
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
    plan
}

impl<'a> Round<'a> {
    /// Finds who takes the next lead of a lane, or every reason why nobody does.
    fn offer(&mut self, lane: &Lane) -> Result<Candidate<'a>, Vec<Code>> {
        let mut codes = Vec::new();
        let mut shared = vec![Scope::Everything, Scope::Source(lane.source.clone())];
        shared.extend(lane.service.clone().map(Scope::Service));
        self.check(&shared, None, &mut codes);
        self.choose(lane, codes)
    }

    pub(super) fn check_team(&mut self, team: &'a Team, codes: &mut Vec<Code>) {
        let mut scopes = vec![Scope::Team(team.id.clone())];
        if let Some(first) = self.rules.config.routes.get(&team.route).and_then(|route| route.to.first()) {
            scopes.push(Scope::Destination(first.clone()));
        }
        self.check(&scopes, Some(team), codes);
    }

    /// Adds a code for every cap of these scopes that has no room now.
    pub(super) fn check(&mut self, scopes: &[Scope], team: Option<&Team>, codes: &mut Vec<Code>) {
        let rules = self.rules;
        for cap in scopes.iter().flat_map(|scope| rules.of(scope)) {
            let Some(max) = cap.max else { continue };
            let used = self.uses.get(&cap.id).copied().unwrap_or_default();
            let window = window(cap.per, &rules.config.business.zone, self.now);
            if used.count >= max {
                codes.push(Code::Cap(cap.id.clone()));
                if max > 0 {
                    self.wake(window.map(|(_, end)| end));
                }
            } else if let Some(due) = self.pace(cap, team, used, max, window)
                && due > self.now
            {
                codes.push(Code::Pace);
                self.wake(Some(due));
            }
        }
    }

    /// Smoothing: `r` left and `w` working time left in the window → one every `w / r`.
    fn pace(
        &self,
        cap: &Cap,
        team: Option<&Team>,
        used: Use,
        max: u32,
        window: Option<(Timestamp, Timestamp)>,
    ) -> Option<Timestamp> {
        let ((start, end), last) = (window?, used.last_at?);
        if !cap.smooth || last < start {
            return None;
        }
        let hours = team.map_or(&self.rules.config.business.hours, |team| &team.hours);
        let left = hours.elapsed(last, end);
        let gap = left.checked_div(i32::try_from(max - used.count + 1).ok()?)?;
        hours.add(last, gap)
    }

    fn give(&mut self, lane: &Lane, held: &HeldLead, taken: &Candidate<'a>) -> Give {
        let rules = self.rules;
        let mut scopes = vec![
            Scope::Everything,
            Scope::Source(lane.source.clone()),
            Scope::Team(taken.team.id.clone()),
            Scope::Person(taken.person.id.clone()),
        ];
        scopes.extend(lane.service.clone().map(Scope::Service));
        let route = rules.config.routes.get(&taken.team.route);
        scopes.extend(route.and_then(|route| route.to.first()).cloned().map(Scope::Destination));
        let mut caps = Vec::new();
        let mut until: Option<Timestamp> = None;
        let sooner = |a: Option<Timestamp>, b: Option<Timestamp>| a.into_iter().chain(b).min();
        for cap in scopes.iter().flat_map(|scope| rules.of(scope)) {
            let used = self.uses.entry(cap.id.clone()).or_default();
            used.count += 1;
            used.last_at = Some(self.now);
            if cap.max.is_some() {
                until = sooner(until, window(cap.per, &rules.config.business.zone, self.now).map(|(_, end)| end));
            }
            caps.push(cap.id.clone());
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

/// The part of a window's caps that a use of `cap` at `at` counts in: `None` for caps without windows.
pub fn counted_since(cap: &Cap, rules: &Rules, now: Timestamp) -> Option<Timestamp> {
    match cap.per {
        Per::Total | Per::Open => None,
        per => window(per, &rules.config.business.zone, now).map(|(start, _)| start),
    }
}

/// How long an engine may sleep at most before it looks again.
pub const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(15);
