//! The caps in force: the config's, with the overrides people set while running, and two silent ones for
//! everybody so that every handoff is counted somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::attendance::{Attendance, Presence, Said, There};
use super::{Lane, limit};
use crate::config::Config;
use crate::config::checked::{Cap, Per, Scope};

/// Id of the cap every handoff counts under; it never limits, and its row is the lock of a release.
pub const EVERYTHING: &str = "*";

/// The rules of one moment.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The config.
    pub config: Arc<Config>,
    /// Every cap in force, by id.
    pub caps: BTreeMap<String, Cap>,
    /// People who get nothing until further notice.
    pub away: BTreeSet<String>,
    /// People who are not there simply by their hours.
    pub attendance: BTreeMap<String, Attendance>,
    /// Leads that somebody who came back counts as having taken, in the present period of their cap.
    pub ahead: BTreeMap<String, u32>,
    by_scope: BTreeMap<Scope, Vec<String>>,
}

impl Rules {
    /// The config's caps with `overrides` (cap id → maximum) on top; `away` people get nothing.
    pub fn new(config: Arc<Config>, overrides: &BTreeMap<String, u32>, away: BTreeSet<String>) -> Self {
        let mut caps: BTreeMap<String, Cap> = BTreeMap::new();
        caps.insert(EVERYTHING.into(), silent(EVERYTHING.into(), Scope::Everything, Per::Total));
        for person in config.people.keys() {
            for (what, per) in [("new", Per::Days(1)), ("open", Per::Open)] {
                let id = format!("person.{person}.{what}");
                caps.insert(id.clone(), silent(id, Scope::Person(person.clone()), per));
            }
        }
        caps.extend(config.caps.iter().map(|cap| (cap.id.clone(), cap.clone())));
        for (id, max) in overrides {
            if let Some(cap) = caps.get_mut(id) {
                // Set by hand: the same on every day.
                (cap.max, cap.by_day) = (Some(*max), None);
            }
        }
        let mut by_scope: BTreeMap<Scope, Vec<String>> = BTreeMap::new();
        for cap in caps.values() {
            by_scope.entry(cap.scope.clone()).or_default().push(cap.id.clone());
        }
        let attendance = absences(&config);
        Self { config, caps, away, attendance, ahead: BTreeMap::new(), by_scope }
    }

    /// The maximum of one cap, changed.
    #[must_use]
    pub fn with_max(mut self, cap: &str, max: Option<u32>) -> Self {
        if let Some(cap) = self.caps.get_mut(cap) {
            (cap.max, cap.by_day) = (max, None);
        }
        self
    }

    /// What was said of somebody while running, until then.
    #[must_use]
    pub fn with_said(mut self, person: &str, said: Said, until: Option<Timestamp>) -> Self {
        self.attendance.entry(person.to_owned()).or_default().said = Some((said, until));
        self
    }

    /// When it was said: rules that are tried on the past know nothing of it before.
    #[must_use]
    pub fn said_at(mut self, person: &str, at: Timestamp) -> Self {
        self.attendance.entry(person.to_owned()).or_default().said_at = Some(at);
        self
    }

    /// How somebody is there at an instant.
    pub fn presence(&self, person: &str, now: Timestamp) -> There {
        if self.away.contains(person) {
            return There { presence: Presence::Absent, until: None };
        }
        let by_hours = There { presence: Presence::ByHours, until: None };
        self.attendance.get(person).map_or(by_hours, |attendance| attendance.at(now))
    }

    /// The caps that count a lead of `lane` which `team` and `person` take, with what it takes of each.
    pub fn applying(&self, lane: &Lane, team: &str, person: &str) -> Vec<(&Cap, u32)> {
        let mut scopes = shared(lane);
        scopes.extend([Scope::Team(team.to_owned()), Scope::Person(person.to_owned())]);
        scopes.extend(self.first_stop(team).map(Scope::Destination));
        let caps = scopes
            .iter()
            .flat_map(|scope| self.of(scope))
            .filter(|cap| lane.counts_under(cap) && cap.stop_loss.is_none());
        caps.map(|cap| (cap, limit::amount(cap, self, lane))).collect()
    }

    /// Where a team's handoffs go first.
    pub fn first_stop(&self, team: &str) -> Option<String> {
        let route = self.config.routes.get(&self.config.teams.get(team)?.route)?;
        route.to.first().cloned()
    }

    /// The caps of one scope.
    pub fn of<'a>(&'a self, scope: &Scope) -> impl Iterator<Item = &'a Cap> + use<'a> {
        self.by_scope.get(scope).into_iter().flatten().filter_map(|id| self.caps.get(id))
    }
}

/// The absences the config names, of those who have any.
fn absences(config: &Config) -> BTreeMap<String, Attendance> {
    let zone = &config.business.zone;
    let away = config.people.values().filter(|person| !person.absent.is_empty());
    away.map(|person| {
        let absent = person.absent.iter().filter_map(|absence| absence.span(zone)).collect();
        (person.id.clone(), Attendance { absent, ..Attendance::default() })
    })
    .collect()
}

/// The scopes every lead of a lane counts in, whoever takes it.
pub fn shared(lane: &Lane) -> Vec<Scope> {
    let mut scopes = vec![Scope::Everything, Scope::Source(lane.source.clone())];
    scopes.extend(lane.service.clone().map(Scope::Service));
    scopes
}

fn silent(id: String, scope: Scope, per: Per) -> Cap {
    Cap::new(id, scope, None, per)
}
