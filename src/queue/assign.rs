//! To whom a lead goes: of those who may take it now the least loaded, the longest idle among equals, then by id
//! (`domain-rules` 4). Deterministic: the same rows and rules choose the same person.

use jiff::Timestamp;

use super::Lane;
use super::release::{Round, Shift, Whose};
use crate::config::checked::{Person, Scope, Team};
use crate::lead::Code;

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
        for (team, people) in self.eligible(lane) {
            let mut why = Vec::new();
            self.check_team(team, &mut why);
            if !why.is_empty() {
                codes.append(&mut why);
                continue;
            }
            for person in people {
                let mut why = Vec::new();
                self.check_person(team, person, &mut why);
                if why.is_empty() && open_lane {
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

    /// Who may take a lane's leads, by team. Where nobody is there at all (no team, no people, everybody
    /// away) it falls to the fallback owners; a full or sleeping team waits instead.
    fn eligible(&self, lane: &Lane) -> Vec<(&'a Team, Vec<&'a Person>)> {
        let (config, away) = (&self.rules.config, &self.rules.away);
        let teams: Vec<&Team> = lane.teams.iter().filter_map(|id| config.teams.get(id)).collect();
        let own: Vec<_> = teams.iter().map(|team| (*team, config.people_of(&team.id).collect::<Vec<_>>())).collect();
        if own.iter().flat_map(|(_, people)| people).any(|person| !away.contains(&person.id)) {
            return own;
        }
        let serves = |team: &&Team| lane.service.as_ref().is_none_or(|service| team.services.contains(service));
        let mut asked = teams;
        for others in [config.teams.values().filter(serves).collect::<Vec<_>>(), config.teams.values().collect()] {
            if asked.is_empty() {
                asked = others;
            }
        }
        let fallback = |team: &'a Team| Some((team, vec![config.people.get(team.fallback.as_ref()?)?]));
        asked.into_iter().filter_map(fallback).collect()
    }

    fn check_person(&mut self, team: &'a Team, person: &'a Person, codes: &mut Vec<Code>) {
        if self.rules.away.contains(&person.id) {
            codes.push(Code::NoOwner);
            return;
        }
        if !team.hand_off_outside_hours
            && let Shift::Off(until) = self.shift(Whose::Person, &person.id, &person.hours)
        {
            codes.push(Code::OffHours);
            self.wake(until);
            return;
        }
        self.check(&[Scope::Person(person.id.clone())], Some(team), codes);
    }

    fn load(&self, person: &Person) -> Load {
        let used = |what: &str| self.uses.get(&format!("person.{}.{what}", person.id)).copied().unwrap_or_default();
        let (new, open) = (used("new"), used("open"));
        Load {
            // Compared as a fraction over a common denominator: no rounding, so no drift.
            share: (u64::from(new.count) + u64::from(open.count)) * 1_000_000 / u64::from(person.weight.max(1)),
            idle_since: new.last_at.unwrap_or(Timestamp::MIN),
            id: person.id.clone(),
        }
    }
}

/// Least loaded first; ties by longest idle, then id.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Load {
    share: u64,
    idle_since: Timestamp,
    id: String,
}
