//! The setup gate (`domain-rules` 1): what a source must know before it may start. Nobody is qualified by an
//! oversight: where a service is offered, and what a lead for it must fit, is said, even when it is "anywhere"
//! and "anybody".

use super::{Config, Exception, Service};

impl Config {
    /// What is still missing before `source` may start (`domain-rules` 1, setup gate), for people.
    /// Empty means it may.
    pub fn setup_gaps(&self, source: &str) -> Vec<String> {
        let Some(source) = self.sources.get(source) else { return vec!["the source is not in the config".into()] };
        let mut gaps = Vec::new();
        if source.pays_for.is_some() {
            return gaps;
        }
        if source.goal.is_none() {
            gaps.push(format!("goal: say what source.{} is for, e.g. goal = \"40 actionable a month\"", source.id));
        }
        if source.services.is_empty() {
            gaps.push(format!("services: say what its people may want, e.g. services = [\"{}\"]", self.any_service()));
        }
        for service in source.services.iter().filter_map(|id| self.services.get(id)) {
            gaps.extend(self.unasked(service, &source.id));
        }
        for service in &source.services {
            if !self.teams.values().any(|team| team.services.contains(service)) {
                gaps.push(format!("handoff path: no team answers the service {service}"));
            }
        }
        if self.destinations.is_empty() {
            gaps.push("handoff path: there is no [destination.…] yet".into());
        }
        gaps
    }

    /// Region and criteria of a service, as far as they are not said for leads of this source.
    fn unasked(&self, service: &Service, source: &str) -> Vec<String> {
        let (id, criteria) = (&service.id, &service.criteria);
        let exceptions = || self.exceptions.iter().filter(|one| may_cover(one, id, source));
        let place = |one: &Exception| one.changes.place.as_ref().is_some_and(|place| !place.is_open());
        let mut gaps = Vec::new();
        if !criteria.anywhere && criteria.region.is_open() && !exceptions().any(place) {
            gaps.push(format!(
                "region: say where {id} is offered, e.g. region.postal_codes = [\"10*\"] under [service.{id}.criteria], \
                 or anywhere = true"
            ));
        }
        let asks = |one: &Exception| {
            one.changes.within.is_some() || one.changes.at_least.is_some() || one.changes.at_most.is_some()
        };
        let asked = criteria.timing.within.is_some()
            || criteria.budget.at_least.is_some()
            || criteria.budget.at_most.is_some()
            || self.minimums.iter().any(|minimum| minimum.asks(id, source))
            || exceptions().any(asks);
        if !criteria.anybody && !asked {
            gaps.push(format!(
                "criteria: say what a lead for {id} must fit, e.g. timing.within = \"6 months\" under \
                 [service.{id}.criteria], or anybody = true"
            ));
        }
        gaps
    }

    fn any_service(&self) -> &str {
        self.services.keys().next().map_or("…", String::as_str)
    }
}

/// Is it about leads of this source for this service, wherever they are?
fn may_cover(one: &Exception, service: &str, source: &str) -> bool {
    one.service.as_deref().is_none_or(|id| id == service) && one.source.as_deref().is_none_or(|id| id == source)
}
