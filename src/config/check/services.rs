//! `[service.ID]` and its criteria.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::business::Ground;
use super::refs::title;
use super::region;
use crate::config::checked::{BudgetRule, Criteria, Margin, Policy, RegionRule, Service, TimingRule};
use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::raw::{self, Named};
use crate::config::units;
use crate::lead::Money;

/// Priorities are small numbers people compare.
pub const PRIORITY: i64 = 1_000;
const WEIGHT: i64 = 1_000;
/// Most that one lead weighs.
const WORK: i64 = 100;
const POLICIES: [(&str, Policy); 3] = [("pass", Policy::Pass), ("review", Policy::Review), ("fail", Policy::Fail)];

/// Checks every service.
pub fn check(
    named: &[Named],
    ground: &Ground,
    rates: &BTreeMap<String, Decimal>,
    mistakes: &mut Mistakes,
) -> BTreeMap<String, Service> {
    named.iter().map(|named| (named.id.clone(), service(named, ground, rates, mistakes))).collect()
}

fn service(named: &Named, ground: &Ground, rates: &BTreeMap<String, Decimal>, mistakes: &mut Mistakes) -> Service {
    let raw = raw::Service::read(&named.field, mistakes);
    let word = |text: &str| Ok(text.to_owned());
    let mut words =
        |field: &Option<Field>| field.as_ref().map(|field| field.each("a word", word, mistakes)).unwrap_or_default();
    let (words, not_words) = (words(&raw.words), words(&raw.not_words));
    let margin = raw.margin.as_ref().and_then(|field| {
        let margin = field.parse(units::MARGIN, units::margin, mistakes)?;
        if let Margin::Each(money) = &margin {
            comparable(money, field, ground, rates, mistakes);
        }
        Some(margin)
    });
    Service {
        id: named.id.clone(),
        title: named_title(raw.title.as_ref(), &named.id, mistakes),
        words,
        not_words,
        margin,
        priority: raw.priority.as_ref().and_then(|field| field.number(-PRIORITY, PRIORITY, mistakes)).unwrap_or(0),
        weight: weight(raw.weight.as_ref(), mistakes),
        criteria: criteria(raw.criteria.as_ref(), ground, rates, mistakes),
    }
}

/// How much work a lead is, against others.
fn weight(field: Option<&Field>, mistakes: &mut Mistakes) -> u32 {
    let weight = field.and_then(|field| field.number(1, WORK, mistakes)).unwrap_or(1);
    u32::try_from(weight).unwrap_or(1)
}

/// The title as written, or made from the id.
pub fn named_title(field: Option<&Field>, id: &str, mistakes: &mut Mistakes) -> String {
    field.and_then(|field| field.text("a name for people", mistakes)).unwrap_or_else(|| title(id))
}

fn criteria(
    field: Option<&Field>,
    ground: &Ground,
    rates: &BTreeMap<String, Decimal>,
    mistakes: &mut Mistakes,
) -> Criteria {
    let raw = field.map(|field| raw::Criteria::read(field, mistakes)).unwrap_or_default();
    let need = raw.need.as_ref().map(|field| raw::Need::read(field, mistakes)).unwrap_or_default();
    let criteria = Criteria {
        anywhere: raw.anywhere.as_ref().and_then(|field| field.flag(mistakes)).unwrap_or(false),
        anybody: raw.anybody.as_ref().and_then(|field| field.flag(mistakes)).unwrap_or(false),
        need_unknown: policy(need.unknown.as_ref(), Policy::Review, mistakes),
        timing: timing(raw.timing.as_ref(), mistakes),
        region: region_rule(raw.region.as_ref(), ground, mistakes),
        budget: budget(raw.budget.as_ref(), ground, rates, mistakes),
        weights: weights(raw.weights.as_ref(), mistakes),
    };
    let limits =
        criteria.timing.within.is_some() || criteria.budget.at_least.is_some() || criteria.budget.at_most.is_some();
    for (field, word, asked, what) in [
        (&raw.anywhere, criteria.anywhere, !criteria.region.is_open(), "a region is asked for beside it"),
        (&raw.anybody, criteria.anybody, limits, "timing or budget is asked for beside it"),
    ] {
        if let Some(field) = field.as_ref().filter(|_| word && asked) {
            mistakes.add(field.silent(format!("is true, but {what}")).hint("leave out one of the two"));
        }
    }
    criteria
}

/// How weights that weigh nothing are mended.
pub const SOME_WEIGHT: &str = "give at least one of them a weight above 0";

/// The words for it.
pub const fn policies() -> [(&'static str, Policy); 3] {
    POLICIES
}

/// What an unknown answer means.
pub fn policy(field: Option<&Field>, otherwise: Policy, mistakes: &mut Mistakes) -> Policy {
    field.and_then(|field| field.one_of(&POLICIES, mistakes)).unwrap_or(otherwise)
}

fn timing(field: Option<&Field>, mistakes: &mut Mistakes) -> TimingRule {
    let raw = field.map(|field| raw::Timing::read(field, mistakes)).unwrap_or_default();
    TimingRule {
        within: raw.within.as_ref().and_then(|field| field.parse(units::SPAN, units::span, mistakes)),
        unknown: policy(raw.unknown.as_ref(), Policy::Review, mistakes),
    }
}

fn region_rule(field: Option<&Field>, ground: &Ground, mistakes: &mut Mistakes) -> RegionRule {
    let raw = field.map(|field| raw::Region::read(field, mistakes)).unwrap_or_default();
    let unknown = policy(raw.unknown.as_ref(), Policy::Review, mistakes);
    region::rule((&raw).into(), unknown, ground, mistakes)
}

fn budget(
    field: Option<&Field>,
    ground: &Ground,
    rates: &BTreeMap<String, Decimal>,
    mistakes: &mut Mistakes,
) -> BudgetRule {
    let raw = field.map(|field| raw::Budget::read(field, mistakes)).unwrap_or_default();
    let mut amount = |field: &Option<Field>| {
        let field = field.as_ref()?;
        let money = field.parse(units::MONEY, units::money, mistakes)?;
        comparable(&money, field, ground, rates, mistakes);
        Some(money)
    };
    let (at_least, at_most) = (amount(&raw.at_least), amount(&raw.at_most));
    if let (Some(least), Some(most), Some(field)) = (&at_least, &at_most, &raw.at_most)
        && least.currency == most.currency
        && least.amount > most.amount
    {
        mistakes.add(field.mistake(format!("is less than at_least, {least}")).hint("no budget fits both"));
    }
    BudgetRule { at_least, at_most, unknown: policy(raw.unknown.as_ref(), Policy::Pass, mistakes) }
}

/// An amount in a currency that can be compared with the business's.
pub fn comparable(
    money: &Money,
    field: &Field,
    ground: &Ground,
    rates: &BTreeMap<String, Decimal>,
    mistakes: &mut Mistakes,
) {
    let own = &ground.currency;
    if money.currency != *own && !own.is_empty() && !rates.contains_key(&money.currency) {
        let mistake = field.mistake(format!("is not in {own}, and there is no rate for it"));
        mistakes.add(mistake.hint(format!("add {} = … (in {own}) under [rates]", money.currency)));
    }
}

fn weights(field: Option<&Field>, mistakes: &mut Mistakes) -> [u16; 4] {
    let written = written_weights(field, mistakes);
    if let Some(field) = field.filter(|_| written == [Some(0); 4]) {
        mistakes.add(field.silent("weigh nothing at all").hint(SOME_WEIGHT));
    }
    written.map(Option::unwrap_or_default)
}

/// What need, timing, region and budget weigh, as far as it is written.
pub fn written_weights(field: Option<&Field>, mistakes: &mut Mistakes) -> [Option<u16>; 4] {
    let raw = field.map(|field| raw::Weights::read(field, mistakes)).unwrap_or_default();
    [&raw.need, &raw.timing, &raw.region, &raw.budget].map(|weight| {
        let number = weight.as_ref().and_then(|field| field.number(0, WEIGHT, mistakes))?;
        u16::try_from(number).ok()
    })
}
