//! A lane: one class of held leads that the throttle cannot tell apart, because the same caps, the same teams and
//! the same people apply to them. There are tens to hundreds, however many leads wait (`data-model` 6).

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::config::checked::{Cap, RegionRule, Scope};
use crate::lead::Region;

/// What decides which caps, teams and people apply. Its JSON is the lane's stored key.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lane {
    /// Service id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Source id.
    pub source: String,
    /// Teams that may take it, in the order they are asked.
    pub teams: Vec<String>,
    /// People of these teams whose own territory it is not in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not: Vec<String>,
    /// Who had this customer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Of the caps with a condition, those that count its leads, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<String>,
}

impl Lane {
    /// The lane of a lead of `source` that wants `service` in `region`.
    pub fn of(config: &Config, source: &str, service: Option<&str>, region: &Region) -> Self {
        let serves = |services: &[String]| service.is_none_or(|wanted| services.iter().any(|one| one == wanted));
        let teams: Vec<String> = config
            .teams
            .values()
            .filter(|team| serves(&team.services) && covers(&team.region, region))
            .map(|team| team.id.clone())
            .collect();
        let elsewhere = config
            .people
            .values()
            .filter(|person| teams.contains(&person.team) && !covers(&person.region, region))
            .map(|person| person.id.clone());
        let not = elsewhere.collect();
        Self {
            service: service.map(str::to_owned),
            source: source.to_owned(),
            teams,
            not,
            owner: None,
            caps: Vec::new(),
        }
    }

    /// The same for a customer whom `owner` had before.
    #[must_use]
    pub fn kept_by(self, owner: Option<&str>) -> Self {
        Self { owner: owner.map(str::to_owned), ..self }
    }

    /// Does `cap` count the leads of this lane, whoever takes them?
    pub fn counts_under(&self, cap: &Cap) -> bool {
        cap.only.is_none() || self.caps.contains(&cap.id)
    }

    /// Is it this cap its leads wait for, whoever could take them? One that several teams may take does not
    /// wait for the cap of one of them, nor for that of a person.
    pub fn waits_for(&self, cap: &Cap) -> bool {
        let named = match &cap.scope {
            Scope::Everything => true,
            Scope::Source(id) => *id == self.source,
            Scope::Service(id) => self.service.as_ref() == Some(id),
            Scope::Team(id) => self.teams.as_slice() == std::slice::from_ref(id) && cap.on_full.next.is_none(),
            Scope::Person(_) | Scope::Destination(_) => false,
        };
        named && self.counts_under(cap)
    }

    /// The stored key.
    pub fn key(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a stored key.
    pub fn parse(key: &str) -> Option<Self> {
        serde_json::from_str(key).ok()
    }
}

/// Does a territory cover a region? A territory that asks nothing covers everything; one that asks
/// covers only what is surely inside.
fn covers(rule: &RegionRule, region: &Region) -> bool {
    rule.is_open() || rule.admits(region) == Some(true)
}
