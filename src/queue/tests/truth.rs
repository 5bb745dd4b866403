//! Who may take a lead, and why nobody does: `domain-rules` 4 said a second time, as plainly as can be.

use jiff::Timestamp;

use crate::config::checked::{Cap, Scope, Unit};
use crate::lead::Code;
use crate::queue::attendance::Said;
use crate::queue::{Give, Lane, Rules, Uses};

/// Rules at one moment, as the model sees them.
pub struct Truth<'a> {
    pub rules: &'a Rules,
    pub uses: &'a Uses,
    pub now: Timestamp,
}

impl<'a> Truth<'a> {
    /// What was said of somebody and holds.
    fn said(&self, person: &str) -> Option<Said> {
        let (said, until) = self.rules.attendance.get(person)?.said?;
        until.is_none_or(|until| until > self.now).then_some(said)
    }

    /// Away: by word of mouth, or else by the calendar on the wall.
    pub fn absent(&self, person: &str) -> bool {
        let Some(who) = self.rules.config.people.get(person) else { return true };
        let today = self.now.to_zoned(self.rules.config.business.zone.clone()).date();
        match self.said(person) {
            Some(said) => said == Said::Leave,
            None => who.absent.iter().any(|away| away.first <= today && today <= away.last),
        }
    }

    /// At work for a team.
    pub fn at_work(&self, team: &str, person: &str) -> bool {
        let (of, who) = (&self.rules.config.teams[team], &self.rules.config.people[person]);
        match self.said(person) {
            Some(Said::On) => true,
            Some(Said::Off | Said::Leave) => false,
            _ if self.absent(person) => false,
            _ => of.hand_off_outside_hours || (of.hours.is_open(self.now) && who.hours.is_open(self.now)),
        }
    }

    fn skilled(&self, person: &str, lane: &Lane) -> bool {
        let can = &self.rules.config.people[person].services;
        can.is_empty() || lane.service.as_ref().is_some_and(|service| can.contains(service))
    }

    /// Those of a team with the skill and the territory who are not away.
    fn able(&self, team: &str, lane: &Lane) -> Vec<(String, String)> {
        let people = self.rules.config.people.values().filter(|person| person.team == team).map(|person| &person.id);
        let able = people.filter(|id| self.skilled(id, lane) && !lane.not.contains(id) && !self.absent(id));
        able.map(|id| (team.to_owned(), id.clone())).collect()
    }

    /// Who is asked first of all, busy or not, by team.
    pub fn asked(&self, lane: &Lane) -> Vec<(String, String)> {
        let config = &self.rules.config;
        let serves = |team: &str| lane.service.as_ref().is_none_or(|one| config.teams[team].services.contains(one));
        let mut found = Vec::new();
        let kept = lane.owner.as_ref().and_then(|owner| config.people.get(owner));
        if let Some(owner) = kept.filter(|owner| {
            config.teams[&owner.team].same_owner
                && serves(&owner.team)
                && self.skilled(&owner.id, lane)
                && !self.absent(&owner.id)
        }) {
            found.push((owner.team.clone(), owner.id.clone()));
        }
        if found.is_empty() {
            found = lane.teams.iter().flat_map(|team| self.able(team, lane)).collect();
        }
        if found.is_empty() {
            // Both teams do roofs and only `b` does solar: one of them serves whatever no team was named for.
            let named = |team: &&str| lane.teams.iter().any(|one| one == team);
            let asked =
                ["a", "b"].into_iter().filter(|team| if lane.teams.is_empty() { serves(team) } else { named(team) });
            let fallback = |team: &str| Some((team.to_owned(), config.teams[team].fallback.clone()?));
            found = asked.filter_map(fallback).filter(|(_, id)| !self.absent(id)).collect();
        }
        found
    }

    /// Everybody who may take from a lane, busy or not, by team: besides those asked first the people of teams that are
    /// asked instead of a full one.
    pub fn may(&self, lane: &Lane) -> Vec<(String, String)> {
        let mut found = self.asked(lane);
        let mut next: Vec<String> = Vec::new();
        for (team, _) in &found {
            let full = self.full(lane, &[Scope::Team(team.clone())]);
            next.extend(full.iter().filter_map(|cap| cap.on_full.next.clone()));
        }
        found.extend(next.iter().flat_map(|team| self.able(team, lane)));
        found.sort();
        found.dedup();
        found
    }

    /// Of these scopes, the hard caps without room for one more of this lane.
    pub fn full(&self, lane: &Lane, scopes: &[Scope]) -> Vec<&'a Cap> {
        let rules = self.rules;
        let zone = &rules.config.business.zone;
        let is_full = |cap: &&Cap| {
            let used = self.uses.get(&cap.id).map_or(0, |used| used.count);
            cap.max_at(zone, self.now).is_some_and(|max| max == 0 || used + takes(cap, lane) > max)
        };
        let caps = scopes.iter().flat_map(|scope| rules.of(scope)).filter(|cap| !cap.soft && counts(cap, lane));
        caps.filter(is_full).collect()
    }

    /// Does it let leads through at their pace, and has begun to?
    fn paces(&self, cap: &Cap) -> bool {
        let begun = self.uses.get(&cap.id).is_some_and(|used| used.last_at.is_some());
        (cap.smooth && begun) || cap.spread
    }

    fn paced(&self, lane: &Lane, scopes: &[Scope]) -> bool {
        scopes.iter().flat_map(|scope| self.rules.of(scope)).any(|cap| counts(cap, lane) && self.paces(cap))
    }

    /// Those at work with room under every cap, none of which spreads.
    pub fn free(&self, lane: &Lane) -> Vec<(String, String)> {
        let mut may = self.may(lane);
        may.retain(|(team, person)| {
            let scopes = scopes(lane, team, person);
            self.at_work(team, person) && !self.paced(lane, &scopes) && self.full(lane, &scopes).is_empty()
        });
        may
    }

    /// Whether `give` went to the least loaded of those who were free, the longest idle among equals, then by id.
    pub fn fair(&self, lane: &Lane, give: &Give) -> bool {
        let free = self.free(lane);
        if !free.iter().any(|(_, person)| *person == give.person) {
            // A cap that spreads let it through: its pace is checked elsewhere.
            return self.paced(lane, &scopes(lane, &give.team, &give.person));
        }
        let of =
            |what: &str, person: &str| self.uses.get(&format!("person.{person}.{what}")).cloned().unwrap_or_default();
        // Compared by 12 / weight, a whole number for the weights of the model.
        let load = |person: &str| {
            let ahead = self.rules.ahead.get(person).copied().unwrap_or(0);
            let weight = self.rules.config.people[person].weight;
            let all = of("new", person).count + of("open", person).count + ahead;
            (all * 12 / weight, of("new", person).last_at, person.to_owned())
        };
        free.iter().all(|(_, other)| load(&give.person) <= load(other))
    }

    /// Is that a reason why nobody takes the leads of this lane?
    pub fn is_reason(&self, lane: &Lane, code: &Code) -> bool {
        let may = self.may(lane);
        let config = &self.rules.config;
        let mut teams: Vec<String> = lane.teams.iter().chain(may.iter().map(|(team, _)| team)).cloned().collect();
        // Whoever is asked instead of a full team may be full as well, with or without people.
        let full = teams.iter().flat_map(|team| self.full(lane, &[Scope::Team(team.clone())]));
        let instead: Vec<String> = full.filter_map(|cap| cap.on_full.next.clone()).collect();
        teams.extend(instead);
        let mut all = shared(lane);
        all.extend(teams.iter().map(|team| Scope::Team(team.clone())));
        all.extend(may.iter().map(|(_, person)| Scope::Person(person.clone())));
        // Of a team that is full, whoever else is full is named, too.
        let people = config.people.values().filter(|person| lane.teams.contains(&person.team));
        all.extend(people.map(|person| Scope::Person(person.id.clone())));
        all.push(Scope::Destination("desk".into()));
        match code {
            Code::Cap(id) => self.full(lane, &all).iter().any(|cap| cap.id == *id),
            Code::Pace => self.paced(lane, &all),
            Code::OffHours => may.iter().any(|(team, person)| !self.at_work(team, person)),
            Code::NoOwner => may.is_empty(),
            _ => false,
        }
    }
}

/// Does a cap count the leads of a lane?
pub fn counts(cap: &Cap, lane: &Lane) -> bool {
    cap.only.is_none() || lane.caps.contains(&cap.id)
}

/// What a lead takes of a cap.
pub fn takes(cap: &Cap, lane: &Lane) -> u32 {
    match &cap.unit {
        Unit::Lead => 1,
        Unit::Weight => 1 + u32::from(lane.service.as_deref() == Some("solar")),
        Unit::Money(_) => 1_234 * u32::from(lane.source == "web"),
    }
}

pub fn scopes(lane: &Lane, team: &str, person: &str) -> Vec<Scope> {
    let mut scopes = shared(lane);
    scopes.extend([Scope::Team(team.into()), Scope::Destination("desk".into()), Scope::Person(person.into())]);
    scopes
}

fn shared(lane: &Lane) -> Vec<Scope> {
    vec![Scope::Everything, Scope::Source(lane.source.clone()), Scope::Service(lane.service.clone().unwrap())]
}
