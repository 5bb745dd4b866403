//! Plays a case: at every arrival, every answer, every change and every instant a plan named.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::case::Case;
use super::truth::Truth;
use super::world::World;
use crate::lead::LeadId;
use crate::queue::attendance::Said;
use crate::queue::{Give, HeldLead, Rules, plan};

/// Most instants of a case.
const INSTANTS: usize = 600;

/// A case being played.
pub struct Play<'a> {
    case: &'a Case,
    pub rules: Rules,
    pub world: World,
    pub now: Timestamp,
    /// What is still to come, the soonest last.
    arrivals: Vec<(Timestamp, usize, i64)>,
    changes: Vec<(Timestamp, usize, Option<u32>)>,
    said: Vec<(Timestamp, usize, Said, Option<i64>)>,
    arrived: i64,
    lanes_of: BTreeMap<LeadId, usize>,
    answers: BTreeSet<(Timestamp, LeadId)>,
}

/// Plays a case to its end.
pub fn play(case: &Case) -> Result<Play<'_>, TestCaseError> {
    let mut play = Play::of(case);
    let end = case.minute(6 * 24 * 60);
    let mut wake = None;
    for _ in 0..INSTANTS {
        let Some(at) = play.next(wake).filter(|at| *at < end) else { break };
        play.nothing_before(wake, at)?;
        play.now = at;
        play.happen();
        wake = play.release()?;
    }
    Ok(play)
}

impl<'a> Play<'a> {
    fn of(case: &'a Case) -> Self {
        let mut arrivals: Vec<_> =
            case.arrivals.iter().map(|(at, lane, priority)| (case.minute(*at), *lane, *priority)).collect();
        let mut changes: Vec<_> = case.changes.iter().map(|(at, cap, max)| (case.minute(*at), *cap, *max)).collect();
        let mut said: Vec<_> =
            case.said.iter().map(|(at, who, said, long)| (case.minute(*at), *who, *said, *long)).collect();
        arrivals.sort();
        arrivals.reverse();
        changes.sort();
        changes.reverse();
        said.sort_by_key(|(at, who, ..)| (*at, *who));
        said.reverse();
        Self {
            case,
            rules: case.rules(),
            world: World::of(case.lanes()),
            now: case.begin(),
            arrivals,
            changes,
            said,
            arrived: 0,
            lanes_of: BTreeMap::new(),
            answers: BTreeSet::new(),
        }
    }

    /// When the next thing happens.
    fn next(&self, wake: Option<Timestamp>) -> Option<Timestamp> {
        let stale = self.world.unsent.values().filter_map(|(until, ..)| *until).min();
        let soon = [
            self.arrivals.last().map(|(at, ..)| *at),
            self.changes.last().map(|(at, ..)| *at),
            self.said.last().map(|(at, ..)| *at),
            self.answers.first().map(|(at, _)| *at),
            stale,
            wake,
        ];
        soon.into_iter().flatten().min()
    }

    /// Nothing frees up by the clock alone before the plan said so.
    fn nothing_before(&self, wake: Option<Timestamp>, at: Timestamp) -> Result<(), TestCaseError> {
        let lanes = self.world.lanes();
        let until = wake.unwrap_or(at).min(at);
        let early = self.now + (self.now.duration_until(until) / 2);
        if early > self.now && !lanes.is_empty() {
            let mut uses = self.world.uses(&self.rules, early);
            let nothing = plan(&self.rules, &lanes, &mut uses, early, usize::MAX);
            prop_assert!(nothing.give.is_empty(), "{:?} could have gone at {early}", nothing.give);
        }
        Ok(())
    }

    fn happen(&mut self) {
        let now = self.now;
        while let Some((_, cap, max)) = self.changes.pop_if(|(at, ..)| *at <= now) {
            self.rules = self.rules.clone().with_max(&format!("cap{cap}"), max);
        }
        while let Some((at, who, said, long)) = self.said.pop_if(|(at, ..)| *at <= now) {
            let who = format!("p{who}");
            if self.rules.config.people.contains_key(&who) {
                let until = long.map(|minutes| at + SignedDuration::from_mins(minutes));
                self.rules = self.rules.clone().with_said(&who, said, until);
            }
        }
        while let Some((_, lane, priority)) = self.arrivals.pop_if(|(at, ..)| *at <= now) {
            self.arrived += 1;
            self.world.arrive(lane, HeldLead { lead: LeadId(self.arrived), rev: 1, priority });
            self.lanes_of.insert(LeadId(self.arrived), lane);
        }
        while let Some((_, lead)) = self.answers.first().copied().filter(|(at, _)| *at <= now) {
            self.answers.pop_first();
            self.world.unsent.remove(&lead);
            self.answered(lead);
        }
        let world = &mut self.world;
        let rules = &self.rules;
        let uses = world.uses(rules, now);
        let truth = Truth { rules, uses: &uses, now };
        let away = |person: &str| {
            let said = rules.attendance.get(person).and_then(|who| who.said);
            said.is_some_and(|(said, until)| said.keeps_away() && until.is_none_or(|until| until > now))
                || truth.absent(person)
        };
        // Nobody answers what was never sent.
        let gone = world.take_back(now, &away);
        self.answers.retain(|(_, lead)| !gone.contains(lead));
    }

    fn answered(&mut self, lead: LeadId) {
        match lead.0 % 5 {
            0 if self.case.trouble => {
                self.world.refuse(lead);
                // The same lead comes back under another number, so that it is refused once only.
                let again = LeadId(lead.0 * 1_000 + 1);
                self.world.arrive(self.lanes_of[&lead], HeldLead { lead: again, rev: 2, priority: 0 });
                self.lanes_of.insert(again, self.lanes_of[&lead]);
            }
            2 if self.case.trouble => {
                self.world.give_back(&self.rules, lead, self.now);
                self.world.answer(&self.rules, lead);
            }
            _ => self.world.answer(&self.rules, lead),
        }
    }

    /// Releases until nobody can go; when the plan wants to be asked again.
    fn release(&mut self) -> Result<Option<Timestamp>, TestCaseError> {
        loop {
            let lanes: BTreeMap<LeadId, usize> =
                self.world.waiting().into_iter().map(|lead| (lead, self.world.lane_of(lead))).collect();
            let decided = self.world.step(&self.rules, self.now, self.case.most)?;
            let answer = self.now + SignedDuration::from_mins(self.case.answer_minutes);
            self.answers.extend(decided.give.iter().map(|give| (answer, give.lead)));
            // Some are sent only when they are answered; the others at once.
            let late = |give: &&Give| self.case.trouble && give.lead.0 % 7 == 3 && give.rev != 3;
            for give in decided.give.iter().filter(late) {
                self.world.unsent.insert(give.lead, (give.valid_until, give.person.clone(), lanes[&give.lead]));
            }
            // What was released is a change, after which the engine looks again.
            if decided.give.is_empty() {
                return Ok(decided.next_at);
            }
        }
    }
}
