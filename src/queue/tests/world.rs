//! Rows as the store would keep them, in plain lists, and everything that must be true of a plan made from them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::truth::{Truth, counts, scopes, takes};
use crate::config::checked::{Cap, Per, Scope};
use crate::lead::LeadId;
use crate::queue::release::counted_since;
use crate::queue::window::window;
use crate::queue::{Give, HeldLead, Lane, LaneHeads, Plan, Rules, Use, Uses, plan};

/// Rows as the store would keep them, in plain lists.
#[derive(Clone)]
pub struct World {
    lanes: Vec<Lane>,
    held: BTreeMap<usize, Vec<HeldLead>>,
    pub slots: Vec<Slot>,
    /// Reserved and not sent yet: until when the reservation is good, and for whom.
    pub unsent: BTreeMap<LeadId, (Option<Timestamp>, String, usize)>,
}

/// One slot; a credit takes less than nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub cap: String,
    pub at: Timestamp,
    pub lead: LeadId,
    pub amount: i64,
}

impl World {
    pub fn of(lanes: Vec<Lane>) -> Self {
        Self { lanes, held: BTreeMap::new(), slots: Vec::new(), unsent: BTreeMap::new() }
    }

    pub fn uses(&self, rules: &Rules, now: Timestamp) -> Uses {
        let used = |cap: &Cap| {
            let mine = self.slots.iter().filter(|slot| slot.cap == cap.id);
            let since = counted_since(cap, rules, now);
            let inside = mine.clone().filter(|slot| since.is_none_or(|since| slot.at >= since));
            let sum = inside.clone().map(|slot| slot.amount).sum::<i64>();
            let (count, surplus) = (sum.max(0) as u32, (-sum).max(0) as u32);
            let mut held: Vec<_> =
                inside.filter(|_| cap.rolling).map(|slot| (slot.at, slot.amount.max(0) as u32)).collect();
            held.sort();
            Use { count, surplus, last_at: mine.map(|slot| slot.at).max(), held }
        };
        rules.caps.values().map(|cap| (cap.id.clone(), used(cap))).collect()
    }

    pub fn lanes(&self) -> Vec<LaneHeads> {
        let heads = self.held.iter().filter(|(_, leads)| !leads.is_empty());
        heads
            .map(|(place, leads)| LaneHeads {
                id: *place as i64,
                lane: self.lanes[*place].clone(),
                leads: leads.clone(),
            })
            .collect()
    }

    pub fn arrive(&mut self, lane: usize, lead: HeldLead) {
        let leads = self.held.entry(lane).or_default();
        leads.push(lead);
        leads.sort_by_key(|held| (-held.priority, held.lead));
    }

    /// Everybody who waits.
    pub fn waiting(&self) -> BTreeSet<LeadId> {
        self.held.values().flatten().map(|held| held.lead).collect()
    }

    pub fn apply(&mut self, decided: &Plan, now: Timestamp) {
        for give in &decided.give {
            self.held.values_mut().for_each(|leads| leads.retain(|held| held.lead != give.lead));
            let slot = |(cap, amount): &(String, u32)| Slot {
                cap: cap.clone(),
                at: now,
                lead: give.lead,
                amount: i64::from(*amount),
            };
            self.slots.extend(give.caps.iter().map(slot));
        }
    }

    /// An answer ends the open backlog of a lead.
    pub fn answer(&mut self, rules: &Rules, lead: LeadId) {
        self.slots.retain(|slot| slot.lead != lead || rules.caps[&slot.cap].per != Per::Open);
    }

    /// A refusal gives every slot back.
    pub fn refuse(&mut self, lead: LeadId) {
        self.slots.retain(|slot| slot.lead != lead);
    }

    /// A return that is the source's fault credits the caps that say so, now.
    pub fn give_back(&mut self, rules: &Rules, lead: LeadId, now: Timestamp) {
        let mine = self.slots.iter().filter(|slot| slot.lead == lead && rules.caps[&slot.cap].credits_returns);
        let credits: Vec<Slot> = mine.map(|slot| Slot { at: now, amount: -slot.amount, ..slot.clone() }).collect();
        self.slots.extend(credits);
    }

    /// What was not sent while its reservation was good, and what is reserved for somebody who is away, waits again.
    pub fn take_back(&mut self, now: Timestamp, away: &dyn Fn(&str) -> bool) -> BTreeSet<LeadId> {
        let over = |(until, person, _): &(Option<Timestamp>, String, usize)| {
            until.is_some_and(|until| until <= now) || away(person)
        };
        let gone: Vec<_> = self.unsent.extract_if(.., |_, of| over(of)).collect();
        for (lead, (_, _, lane)) in &gone {
            self.refuse(*lead);
            // In front of everybody of its lane who has no higher priority: that is what its number says.
            self.arrive(*lane, HeldLead { lead: *lead, rev: 3, priority: 0 });
        }
        gone.into_iter().map(|(lead, _)| lead).collect()
    }

    /// What is used of a cap, added up as plainly as can be.
    fn plainly(&self, cap: &Cap, rules: &Rules, now: Timestamp) -> i64 {
        let inside = |at: Timestamp| match cap.rolls() {
            Some(length) => at.duration_until(now) < length,
            None => window(cap.per, &rules.config.business.zone, now).is_none_or(|(from, to)| from <= at && at < to),
        };
        let mine = self.slots.iter().filter(|slot| slot.cap == cap.id && inside(slot.at));
        mine.map(|slot| slot.amount).sum::<i64>().max(0)
    }

    /// One plan, and everything that must be true of it.
    pub fn step(&mut self, rules: &Rules, now: Timestamp, most: usize) -> Result<Plan, TestCaseError> {
        let (mut lanes, uses) = (self.lanes(), self.uses(rules, now));
        let decided = plan(rules, &lanes, &mut uses.clone(), now, most);
        prop_assert_eq!(&decided, &plan(rules, &lanes, &mut uses.clone(), now, most), "the same rows, the same plan");
        lanes.reverse();
        let turned = plan(rules, &lanes, &mut uses.clone(), now, most);
        prop_assert_eq!(&decided.give, &turned.give, "in whatever order the lanes were read");
        prop_assert!(decided.give.len() <= most);
        self.in_order(&decided)?;
        for give in &decided.give {
            self.taken_well(rules, give, now)?;
            let one = Plan { give: vec![give.clone()], ..Plan::default() };
            self.apply(&one, now);
            for cap in give.caps.iter().map(|(id, _)| &rules.caps[id]).filter(|cap| !cap.soft) {
                let (count, max) = (self.plainly(cap, rules, now), cap.max_at(&rules.config.business.zone, now));
                prop_assert!(max.is_none_or(|max| count <= i64::from(max)), "{} holds {count} of {max:?}", cap.id);
            }
        }
        self.blocked_well(rules, now, &decided, most)?;
        Ok(decided)
    }

    /// Who still waits, waits for a reason, and for no other than the true ones.
    fn blocked_well(&self, rules: &Rules, now: Timestamp, decided: &Plan, most: usize) -> Result<(), TestCaseError> {
        let uses = self.uses(rules, now);
        for (id, full) in &decided.full {
            prop_assert!(
                full.used >= full.max || decided.blocked.values().flatten().any(|c| c.parameter() == Some(id))
            );
            prop_assert!(full.frees_at.is_none_or(|at| at > now));
        }
        let truth = Truth { rules, uses: &uses, now };
        if decided.give.len() < most {
            for lane in self.lanes() {
                let why = decided.blocked.get(&lane.id);
                prop_assert!(why.is_some_and(|codes| !codes.is_empty()), "lane {} waits without a reason", lane.id);
                // Who is asked instead of a team that filled up in this very round is asked in the next, which follows at once.
                let asked = truth.asked(&lane.lane);
                let mut free = truth.free(&lane.lane);
                free.retain(|one| decided.give.is_empty() || asked.contains(one));
                prop_assert!(free.is_empty(), "lane {} starves: {why:?}, though {free:?} could", lane.id);
                for code in why.into_iter().flatten() {
                    prop_assert!(truth.is_reason(&lane.lane, code), "{code} is no reason of lane {}", lane.id);
                }
            }
        }
        prop_assert!(decided.next_at.is_none_or(|next| next > now));
        Ok(())
    }

    fn in_order(&self, decided: &Plan) -> Result<(), TestCaseError> {
        let place =
            |lead: LeadId| self.held.values().flatten().find(|held| held.lead == lead).map(|h| (-h.priority, h.lead));
        let order: Vec<_> = decided.give.iter().map(|give| place(give.lead)).collect();
        prop_assert!(order.is_sorted(), "{order:?}");
        for leads in self.held.values() {
            let given: Vec<bool> = leads.iter().map(|l| decided.give.iter().any(|give| give.lead == l.lead)).collect();
            prop_assert!(given.is_sorted_by(|before, after| before >= after), "somebody was overtaken in a lane");
        }
        Ok(())
    }

    /// The lane somebody waits in.
    pub fn lane_of(&self, lead: LeadId) -> usize {
        *self.held.iter().find(|(_, leads)| leads.iter().any(|held| held.lead == lead)).unwrap().0
    }

    /// Somebody who may and is at work got it, the least loaded of all who could, counted under every cap that
    /// applies, and not too soon after the last one.
    fn taken_well(&self, rules: &Rules, give: &Give, now: Timestamp) -> Result<(), TestCaseError> {
        let uses = self.uses(rules, now);
        let lane = &self.lanes[self.lane_of(give.lead)];
        let truth = Truth { rules, uses: &uses, now };
        let (team, person) = (&give.team, &give.person);
        prop_assert!(truth.may(lane).contains(&(team.clone(), person.clone())), "{team}'s {person} may not take it");
        prop_assert!(truth.at_work(team, person), "{person} is not at work");
        prop_assert!(truth.fair(lane, give), "{person} was not the next");
        if let Some(until) = give.valid_until {
            let last = Truth { now: until - SignedDuration::from_secs(1), ..truth };
            prop_assert!(until > now && last.at_work(team, person), "reserved beyond the working hours");
        }
        let all = scopes(lane, team, person);
        let applying = all.iter().flat_map(|scope| rules.of(scope)).filter(|cap| counts(cap, lane));
        let applying: BTreeSet<_> = applying.map(|cap| (cap.id.clone(), takes(cap, lane))).collect();
        prop_assert_eq!(applying, give.caps.iter().cloned().collect::<BTreeSet<_>>());
        for cap in give.caps.iter().map(|(id, _)| &rules.caps[id]).filter(|cap| cap.smooth) {
            let (Some(max), Some((start, end))) = (cap.max, window(cap.per, &rules.config.business.zone, now)) else {
                continue;
            };
            prop_assert!(give.valid_until.is_some_and(|until| until <= end));
            let Some(last) = uses[&cap.id].last_at.filter(|last| *last >= start) else { continue };
            let hours = match &cap.scope {
                Scope::Team(_) | Scope::Person(_) | Scope::Destination(_) => &rules.config.teams[team].hours,
                _ => &rules.config.business.hours,
            };
            let (passed, left) = (hours.elapsed(last, now).as_secs(), hours.elapsed(last, end).as_secs());
            let places = i64::from(max - uses[&cap.id].count + 1);
            prop_assert!(passed >= left / places - 1, "{passed} s after the last one, {left} s for {places}");
        }
        Ok(())
    }
}
