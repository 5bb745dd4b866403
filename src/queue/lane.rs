//! A lane: one class of held leads that the throttle cannot tell apart, because the same caps and the
//! same teams apply to them. There are tens to hundreds, however many leads wait (`data-model` 6).

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::config::checked::{Cap, RegionRule, Scope};
use crate::lead::Region;

/// What decides which caps and teams apply. Its JSON is the lane's stored key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lane {
    /// Service id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Source id.
    pub source: String,
    /// Teams that may take it, in the order they are asked.
    pub teams: Vec<String>,
    /// Of the caps with a condition, those that count its leads, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<String>,
}

impl Lane {
    /// The lane of a lead of `source` that wants `service` in `region`.
    pub fn of(config: &Config, source: &str, service: Option<&str>, region: &Region) -> Self {
        let serves = |services: &[String]| service.is_none_or(|wanted| services.iter().any(|one| one == wanted));
        let teams = config
            .teams
            .values()
            .filter(|team| serves(&team.services) && covers(&team.region, region))
            .map(|team| team.id.clone())
            .collect();
        Self { service: service.map(str::to_owned), source: source.to_owned(), teams, caps: Vec::new() }
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
    let asks = !(rule.countries.is_empty() && rule.subdivisions.is_empty() && rule.postal_codes.is_empty());
    !asks || rule.admits(region) == Some(true)
}
