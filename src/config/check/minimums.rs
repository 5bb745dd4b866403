//! `[minimum.ID]`: further criteria.

use rust_decimal::Decimal;

use super::Known;
use super::services::policy;
use crate::condition::Condition;
use crate::config::checked::{Minimum, MinimumRule, Policy};
use crate::config::field::Field;
use crate::config::mistake::{Mistake, Mistakes};
use crate::config::node::Value;
use crate::config::raw::{self, Named};

/// Names a condition may use, besides the fields of the other minimums.
const NAMES: &[&str] = &[
    "service",
    "source",
    "timing.earliest",
    "timing.latest",
    "timing.urgency",
    "timing.days",
    "region.country",
    "region.subdivision",
    "region.postal_code",
    "budget.min",
    "budget.max",
    "budget.currency",
    "budget.qualifier",
];
/// Names of the criteria every service has.
const TAKEN: &[&str] = &["need", "timing", "region", "budget"];

/// Checks every further criterion.
pub fn check(named: &[Named], known: &Known, mistakes: &mut Mistakes) -> Vec<Minimum> {
    let askable = names(named);
    named.iter().filter_map(|named| minimum(named, known, &askable, mistakes)).collect()
}

/// Every name a condition may use.
pub fn names(named: &[Named]) -> Vec<String> {
    let fields = named.iter().map(|named| format!("field.{}", named.id));
    NAMES.iter().map(|name| (*name).to_owned()).chain(fields).collect()
}

/// A condition over these names.
pub fn condition(field: &Field, askable: &[String], mistakes: &mut Mistakes) -> Option<Condition> {
    let allowed: Vec<&str> = askable.iter().map(String::as_str).collect();
    field.parse("a condition like \"budget.max >= 20000\"", |text| Condition::compile(text, &allowed), mistakes)
}

fn minimum(named: &Named, known: &Known, askable: &[String], mistakes: &mut Mistakes) -> Option<Minimum> {
    let raw = raw::Minimum::read(&named.field, mistakes);
    if TAKEN.contains(&named.id.as_str()) {
        let mistake = Mistake::at(named.at.clone(), &named.field.path, "has the name of a criterion every service has");
        mistakes.add(mistake.hint("choose another name"));
        return None;
    }
    let field = raw.field.as_ref().and_then(|field| field.text("the name of a field at the source", mistakes));
    let weight = raw.weight.as_ref().and_then(|field| field.number(0, 1_000, mistakes)).unwrap_or(0);
    let minimum = Minimum {
        id: named.id.clone(),
        service: raw.service.as_ref().and_then(|field| known.services.one(field, mistakes)),
        source: raw.source.as_ref().and_then(|field| known.sources.one(field, mistakes)),
        field: field.unwrap_or_else(|| named.id.clone()),
        unknown: policy(raw.unknown.as_ref(), Policy::Review, mistakes),
        weight: u16::try_from(weight).unwrap_or(0),
        rule: rule(named, &raw, askable, mistakes)?,
    };
    Some(minimum)
}

fn rule(named: &Named, raw: &raw::Minimum, askable: &[String], mistakes: &mut Mistakes) -> Option<MinimumRule> {
    let numbers = raw.at_least.is_some() || raw.at_most.is_some();
    match (numbers, &raw.one_of, &raw.r#where) {
        (true, None, None) => {
            let mut bound = |field: &Option<Field>| field.as_ref().and_then(|field| decimal(field, mistakes));
            let (at_least, at_most) = (bound(&raw.at_least), bound(&raw.at_most));
            Some(MinimumRule::Number { at_least, at_most })
        }
        (false, Some(field), None) => {
            Some(MinimumRule::OneOf(field.each("a word", |text| Ok(text.to_lowercase()), mistakes)))
        }
        (false, None, Some(field)) => condition(field, askable, mistakes).map(MinimumRule::Where),
        _ => {
            let mistake = Mistake::at(named.at.clone(), &named.field.path, "must ask exactly one thing");
            mistakes.add(mistake.hint("write at_least and at_most, or one_of, or where"));
            None
        }
    }
}

fn decimal(field: &Field, mistakes: &mut Mistakes) -> Option<Decimal> {
    match &field.node.value {
        Value::Integer(number) => Some(Decimal::from(*number)),
        Value::Decimal(text) => text.parse().ok(),
        _ => {
            mistakes.add(field.wrong_kind("a number"));
            None
        }
    }
}
