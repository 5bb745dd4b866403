//! `[exception.ID]`: what is otherwise for a source or a region.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Known;
use super::business::Ground;
use super::region::{self, Written, overlap};
use super::services::{SOME_WEIGHT, comparable, policies, written_weights};
use crate::config::checked::{Changes, Exception, Policy, RegionRule, Service, Source};
use crate::config::field::Field;
use crate::config::mistake::{Mistake, Mistakes};
use crate::config::raw::{self, Named};
use crate::config::units;

/// What is known by the time exceptions are checked.
pub struct Around<'a> {
    /// Ids.
    pub known: &'a Known,
    /// The business.
    pub ground: &'a Ground,
    /// Rates.
    pub rates: &'a BTreeMap<String, Decimal>,
    /// The services, checked.
    pub services: &'a BTreeMap<String, Service>,
    /// The sources, checked.
    pub sources: &'a BTreeMap<String, Source>,
}

/// Checks every exception, alone and against the others.
pub fn check(named: &[Named], around: &Around<'_>, mistakes: &mut Mistakes) -> Vec<Exception> {
    let mut found: Vec<(&Named, Exception)> = Vec::new();
    for one in named {
        let Some(exception) = exception(one, around, mistakes) else { continue };
        if let Some((_, other)) = found.iter().find(|(_, other)| contradict(other, &exception)) {
            let problem = format!("says otherwise than [exception.{}] about the same leads", other.id);
            let hint = "let one of them name more: a source, a region or a service";
            mistakes.add(Mistake::at(one.at.clone(), &one.field.path, problem).hint(hint));
        }
        found.push((one, exception));
    }
    found.into_iter().map(|(_, exception)| exception).collect()
}

fn exception(named: &Named, around: &Around<'_>, mistakes: &mut Mistakes) -> Option<Exception> {
    let raw = raw::Exception::read(&named.field, mistakes);
    let path = &named.field.path;
    let whole = |problem: &str| Mistake::at(named.at.clone(), path, problem);
    let service = raw.service.as_ref().map(|field| around.known.services.one(field, mistakes));
    let source = raw.source.as_ref().map(|field| around.known.sources.one(field, mistakes));
    let territory = raw.region.as_ref().map(|field| territory(field, around.ground, mistakes));
    if raw.source.is_none() && raw.region.is_none() {
        mistakes.add(whole("names neither a source nor a region").hint(match &raw.service {
            Some(_) => "what holds for all leads of a service stands in the service's own criteria",
            None => "add source = \"…\" or region = { postal_codes = [\"…\"] }",
        }));
    }
    let changes = raw.criteria.as_ref().map(|field| changes(field, around, mistakes)).unwrap_or_default();
    if changes.keys().is_empty() {
        mistakes.add(whole("changes nothing").hint("add criteria, like criteria.timing.within = \"1 month\""));
    }
    let exception = Exception {
        id: named.id.clone(),
        service: flat(service)?,
        source: flat(source)?,
        region: territory.filter(|region| !region.is_open()),
        changes,
    };
    reachable(&exception, named, around, mistakes);
    possible(&exception, raw.criteria.as_ref(), around, mistakes);
    Some(exception)
}

/// `None` where it is written and wrong.
#[allow(clippy::option_option)] // written and wrong, written and right, not written
fn flat(written: Option<Option<String>>) -> Option<Option<String>> {
    match written {
        Some(None) => None,
        Some(known) => Some(known),
        None => Some(None),
    }
}

fn territory(field: &Field, ground: &Ground, mistakes: &mut Mistakes) -> RegionRule {
    let raw = raw::Territory::read(field, mistakes);
    let region = region::rule((&raw).into(), Policy::Pass, ground, mistakes);
    if Written::from(&raw).is_empty() {
        mistakes.add(field.silent("names no place").hint("add countries, subdivisions, postal_codes or within_km"));
    }
    region
}

fn changes(field: &Field, around: &Around<'_>, mistakes: &mut Mistakes) -> Changes {
    let raw = raw::Changed::read(field, mistakes);
    let need = raw.need.as_ref().map(|field| raw::Need::read(field, mistakes)).unwrap_or_default();
    let timing = raw.timing.as_ref().map(|field| raw::Timing::read(field, mistakes)).unwrap_or_default();
    let place = raw.region.as_ref().map(|field| raw::Region::read(field, mistakes)).unwrap_or_default();
    let budget = raw.budget.as_ref().map(|field| raw::Budget::read(field, mistakes)).unwrap_or_default();
    let mut policy = |field: &Option<Field>| field.as_ref().and_then(|field| field.one_of(&policies(), mistakes));
    let (need_unknown, timing_unknown) = (policy(&need.unknown), policy(&timing.unknown));
    let (region_unknown, budget_unknown) = (policy(&place.unknown), policy(&budget.unknown));
    let written = Written::from(&place);
    let place = written.is_there().then(|| region::rule(written, Policy::Review, around.ground, mistakes));
    let mut money = |field: &Option<Field>| {
        let field = field.as_ref()?;
        let money = field.parse(units::MONEY, units::money, mistakes)?;
        comparable(&money, field, around.ground, around.rates, mistakes);
        Some(money)
    };
    let (at_least, at_most) = (money(&budget.at_least), money(&budget.at_most));
    let weights = written_weights(raw.weights.as_ref(), mistakes);
    Changes {
        need_unknown,
        within: timing.within.as_ref().and_then(|field| field.parse(units::SPAN, units::span, mistakes)),
        timing_unknown,
        place,
        region_unknown,
        at_least,
        at_most,
        budget_unknown,
        weights,
    }
}

/// An exception for a service its source's people cannot want is never reached.
fn reachable(exception: &Exception, named: &Named, around: &Around<'_>, mistakes: &mut Mistakes) {
    let source = exception.source.as_ref().and_then(|id| around.sources.get(id));
    let (Some(source), Some(service)) = (source, &exception.service) else { return };
    if !source.services.is_empty() && !source.services.contains(service) {
        let problem = format!("can never hold: people of {} do not want {service}", source.id);
        let hint = format!("add \"{service}\" to the services of [source.{}], or name another", source.id);
        mistakes.add(Mistake::at(named.at.clone(), &named.field.path, problem).hint(hint));
    }
}

/// With the service's own limits there must be an amount that fits, and something that weighs.
fn possible(exception: &Exception, written: Option<&Field>, around: &Around<'_>, mistakes: &mut Mistakes) {
    let of = |service: &&Service| exception.service.as_ref().is_none_or(|id| *id == service.id);
    for service in around.services.values().filter(of) {
        let mut criteria = service.criteria.clone();
        exception.changes.apply(&mut criteria);
        if criteria.weights == [0; 4] && service.criteria.weights != [0; 4] {
            let Some(field) = written else { return };
            let problem = format!("leaves nothing that weighs in the score of leads for {}", service.id);
            mistakes.add(field.silent(problem).hint(SOME_WEIGHT));
            return;
        }
        let (Some(least), Some(most)) = (&criteria.budget.at_least, &criteria.budget.at_most) else { continue };
        if least.currency == most.currency && least.amount > most.amount {
            let problem = format!("asks for at least {least} and at most {most} of leads for {}", service.id);
            let Some(field) = written else { return };
            mistakes.add(field.silent(problem).hint("no budget fits both: write both limits here"));
            return;
        }
    }
}

/// Do two exceptions of one rank write the same key for leads that both may cover?
fn contradict(one: &Exception, other: &Exception) -> bool {
    let keys = one.changes.keys();
    let regions = match (&one.region, &other.region) {
        (Some(one), Some(other)) => overlap(one, other),
        _ => true,
    };
    one.rank() == other.rank()
        && one.source == other.source
        && one.service == other.service
        && other.changes.keys().iter().any(|key| keys.contains(key))
        && regions
}
