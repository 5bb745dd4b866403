//! To whom a lead goes (`domain-rules` 4): a known customer to whom they had before; else, of those whom service,
//! territory and attendance leave, the least loaded, the longest idle among equals, then by id. Where nobody is left
//! it falls to the fallback. Deterministic: the same rows and rules choose the same person.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::Lane;
use super::attendance::Presence;
use super::release::{Round, Shift, Whose};
use crate::config::checked::{Person, Scope, Team};
use crate::lead::Code;

/// Shares are compared as parts of a million: no rounding that could drift.
const WHOLE: u64 = 1_000_000;

/// Somebody who could take the next lead of a lane.
pub(super) struct Candidate<'a> {
    pub(super) team: &'a Team,
    pub(super) person: &'a Person,
}

impl<'a> Round<'a> {
    /// The one who takes the next lead of a lane; `codes` are the reasons found before anybody was asked. Where there
    /// are any, nobody gets it, but the reasons of teams and people are told as well.
    pub(super) fn choose(&mut self, lane: &Lane, mut codes: Vec<Code>) -> Result<Candidate<'a>, Vec<Code>> {
        let open_lane = codes.is_empty();
        let mut best: Option<(Load, Candidate<'a>)> = None;
        let mut asked: VecDeque<(&'a Team, Vec<&'a Person>)> = self.eligible(lane).into();
        let mut met: Vec<&str> = asked.iter().map(|(team, _)| team.id.as_str()).collect();
        while let Some((team, mut people)) = asked.pop_front() {
            let mut why = Vec::new();
            self.check_hours(team, &mut people, &mut why);
            self.check_team(lane, team, &mut why);
            let open_team = why.is_empty();
            for next in self.spills(team, &why) {
                if !met.contains(&next.id.as_str()) {
                    met.push(&next.id);
                    let people = self.able(next, lane);
                    asked.push_back((next, people));
                }
            }
            codes.append(&mut why);
            for person in people {
                let mut why = Vec::new();
                self.check_person(lane, team, person, &mut why);
                if !open_team {
                    // Nobody of them is asked, yet whatever else is full is named as well.
                    why.retain(|code| matches!(code, Code::Cap(_)));
                    codes.append(&mut why);
                } else if why.is_empty() && open_lane {
                    let load = self.load(person);
                    if best.as_ref().is_none_or(|(least, _)| load < *least) {
                        best = Some((load, Candidate { team, person }));
                    }
                } else {
                    codes.append(&mut why);
                }
            }
        }
        if let Some((_, candidate)) = best {
            return Ok(candidate);
        }
        codes.sort();
        codes.dedup();
        if codes.is_empty() {
            codes.push(Code::NoOwner);
        }
        Err(codes)
    }

    /// Who may take a lane's leads, by team; nobody absent is among them. Where nobody is left (no team, no people
    /// with the skill and territory, everybody away) it falls to the fallback owners; a full or sleeping team waits.
    fn eligible(&mut self, lane: &Lane) -> Vec<(&'a Team, Vec<&'a Person>)> {
        if let Some((team, owner)) = self.kept_owner(lane) {
            return vec![(team, vec![owner])];
        }
        let rules = self.rules;
        let config = &rules.config;
        let teams: Vec<&Team> = lane.teams.iter().filter_map(|id| config.teams.get(id)).collect();
        let mut own = Vec::with_capacity(teams.len());
        for team in &teams {
            let people = self.able(team, lane);
            if !people.is_empty() {
                own.push((*team, people));
            }
        }
        if !own.is_empty() {
            return own;
        }
        let serves = |team: &&Team| lane.service.as_ref().is_none_or(|service| team.services.contains(service));
        let mut asked = teams;
        for others in [config.teams.values().filter(serves).collect::<Vec<_>>(), config.teams.values().collect()] {
            if asked.is_empty() {
                asked = others;
            }
        }
        let fallback = |team: &'a Team| Some((team, config.people.get(team.fallback.as_ref()?)?));
        let found: Vec<_> = asked.into_iter().filter_map(fallback).collect();
        let there = found.into_iter().filter(|(_, person)| self.is_there(person));
        there.map(|(team, person)| (team, vec![person])).collect()
    }

    /// Those of a team with the skill and the territory who are not absent.
    fn able(&mut self, team: &'a Team, lane: &Lane) -> Vec<&'a Person> {
        let fits = |person: &&Person| can(person, lane) && !lane.not.contains(&person.id);
        let people: Vec<&Person> = self.rules.config.people_of(&team.id).filter(fits).collect();
        people.into_iter().filter(|person| self.is_there(person)).collect()
    }

    /// Whom this customer goes to again: not while they are absent, and only for what they still answer. Their
    /// territory does not matter: they know each other.
    fn kept_owner(&mut self, lane: &Lane) -> Option<(&'a Team, &'a Person)> {
        let rules = self.rules;
        let config = &rules.config;
        let person = config.people.get(lane.owner.as_ref()?)?;
        let team = config.teams.get(&person.team)?;
        let serves = lane.service.as_ref().is_none_or(|service| team.services.contains(service));
        (team.same_owner && serves && can(person, lane) && self.is_there(person)).then_some((team, person))
    }

    /// Not absent; when that changes the queue is looked at again.
    fn is_there(&mut self, person: &Person) -> bool {
        let there = self.rules.presence(&person.id, self.now);
        self.wake(there.until);
        there.presence != Presence::Absent
    }

    /// While a team is closed only those who were called in are asked.
    fn check_hours(&mut self, team: &'a Team, people: &mut Vec<&'a Person>, codes: &mut Vec<Code>) {
        if team.hand_off_outside_hours {
            return;
        }
        let Shift::Off(until) = self.shift(Whose::Team, &team.id, &team.hours) else { return };
        let (rules, now) = (self.rules, self.now);
        people.retain(|person| rules.presence(&person.id, now).presence == Presence::On);
        self.wake(until);
        if people.is_empty() {
            codes.push(Code::OffHours);
        }
    }

    fn check_person(&mut self, lane: &Lane, team: &'a Team, person: &'a Person, codes: &mut Vec<Code>) {
        if let Shift::Off(until) = self.attends(team, person) {
            codes.push(Code::OffHours);
            self.wake(until);
            return;
        }
        self.check(lane, &[Scope::Person(person.id.clone())], Some(team), codes);
    }

    /// Is somebody at work for their team, and until when?
    pub(super) fn attends(&mut self, team: &'a Team, person: &'a Person) -> Shift {
        let there = self.rules.presence(&person.id, self.now);
        match there.presence {
            Presence::Absent | Presence::Off => Shift::Off(there.until),
            Presence::On => Shift::On(there.until),
            Presence::ByHours if team.hand_off_outside_hours => Shift::On(there.until),
            Presence::ByHours => match self.shift(Whose::Person, &person.id, &person.hours) {
                Shift::On(end) => Shift::On(end.into_iter().chain(there.until).min()),
                off @ Shift::Off(_) => off,
            },
        }
    }

    fn load(&self, person: &Person) -> Load {
        let used = |what: &str| self.uses.get(&format!("person.{}.{what}", person.id)).cloned().unwrap_or_default();
        let (new, open) = (used("new"), used("open"));
        let ahead = self.rules.ahead.get(&person.id).copied().unwrap_or(0);
        Load {
            share: (u64::from(new.count) + u64::from(ahead) + u64::from(open.count)) * WHOLE
                / u64::from(person.weight.max(1)),
            idle_since: new.last_at.unwrap_or(Timestamp::MIN),
            id: person.id.clone(),
        }
    }
}

/// Has somebody the skill a lane asks for? Who names none can all of their team's.
fn can(person: &Person, lane: &Lane) -> bool {
    person.services.is_empty() || lane.service.as_ref().is_none_or(|service| person.services.contains(service))
}

/// Least loaded first; ties by longest idle, then id.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Load {
    share: u64,
    idle_since: Timestamp,
    id: String,
}

/// How many leads somebody who came back counts as having taken while away, so that they start at the median of
/// their team and are not flooded: `others` are the leads each colleague got in the period before the return, with
/// their weight; `own` is what they got themselves before.
pub fn head_start(own: u32, weight: u32, others: &[(u32, u32)]) -> u32 {
    let mut shares: Vec<u64> =
        others.iter().map(|(new, weight)| u64::from(*new) * WHOLE / u64::from((*weight).max(1))).collect();
    shares.sort_unstable();
    let Some(upper) = shares.get(shares.len() / 2) else { return 0 };
    let lower = shares.get((shares.len() - 1) / 2).unwrap_or(upper);
    let start = (lower + upper) / 2 * u64::from(weight) / WHOLE;
    u32::try_from(start).unwrap_or(u32::MAX).saturating_sub(own)
}

#[cfg(test)]
mod tests {
    use super::head_start;

    #[test]
    fn who_comes_back_starts_at_the_median_of_the_others() {
        assert_eq!(head_start(0, 1, &[]), 0, "alone, nothing is counted");
        assert_eq!(head_start(0, 1, &[(8, 1), (10, 1), (40, 1)]), 10);
        assert_eq!(head_start(3, 1, &[(8, 1), (10, 1)]), 6, "what they got themselves is counted anyway");
        assert_eq!(head_start(12, 1, &[(8, 1), (10, 1)]), 0);
        assert_eq!(head_start(0, 2, &[(8, 1), (10, 1)]), 18, "a double share starts at twice as much");
    }
}
