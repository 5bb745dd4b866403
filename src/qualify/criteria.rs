//! Timing, region and budget against their rules: met, unmet or unknown (`domain-rules` 3).

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::say::{self, Words};
use crate::config::checked::{BudgetRule, PostalRange, RegionRule, TimingRule};
use crate::lead::{Answer, Budget, Code, Money, Qualifier, Region, Timing, Urgency};

/// The best fit.
pub const FULL: u32 = 100;
/// What is met, but only just, is worth this much.
const JUST: u32 = 50;

/// A criterion's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Met, unmet, unknown.
    pub answer: Answer,
    /// What was read, for people.
    pub read: String,
    /// Why it is unmet.
    pub code: Option<Code>,
    /// What would have to change for it to be met.
    pub passes_if: Option<String>,
    /// Partly inside the rule.
    pub straddles: bool,
    /// 0 to [`FULL`], where it is met.
    pub fit: u32,
    /// The rule asks something.
    pub asked: bool,
}

impl Found {
    /// A rule that asks nothing.
    pub fn unasked(read: String) -> Self {
        Self { answer: Answer::Met, read, code: None, passes_if: None, straddles: false, fit: FULL, asked: false }
    }

    /// Met with a fit.
    pub fn met(read: String, fit: u32) -> Self {
        Self { asked: true, fit, ..Self::unasked(read) }
    }

    /// Not known.
    pub fn unknown(read: String, passes_if: Option<String>) -> Self {
        Self { answer: Answer::Unknown, passes_if, asked: true, fit: 0, ..Self::unasked(read) }
    }

    /// Unmet for a reason.
    pub fn unmet(read: String, code: Code, passes_if: Option<String>) -> Self {
        Self { answer: Answer::Unmet, code: Some(code), passes_if, asked: true, fit: 0, ..Self::unasked(read) }
    }
}

/// Met when the earliest day is not after the limit. Somebody who is flexible has not said that it is soon
/// enough: under a limit that is unknown, and the rule's policy decides.
pub fn timing(timing: &Timing, rule: &TimingRule, today: Date, words: Words) -> Found {
    let read = words.say(|| say::timing(timing, today));
    let Some(within) = rule.within else { return Found::unasked(read) };
    let limit = today.checked_add(within).unwrap_or(Date::MAX);
    let passes_if = || words.or_none(|| format!("the start is by {}", say::day(limit)));
    let earliest = match timing.urgency {
        Urgency::Asap | Urgency::Dated => timing.earliest,
        Urgency::Flexible | Urgency::Unknown => None,
    };
    let Some(earliest) = earliest else { return Found::unknown(read, passes_if()) };
    if earliest > limit {
        return Found::unmet(read, Code::Timing, passes_if());
    }
    let (ahead, most) = (days_between(today, earliest), days_between(today, limit).max(1));
    let fit = FULL - JUST * ahead.min(most) / most;
    let open = timing.latest.is_none() && timing.urgency == Urgency::Dated;
    Found { straddles: open || timing.latest.is_some_and(|latest| latest > limit), ..Found::met(read, fit) }
}

fn days_between(from: Date, to: Date) -> u32 {
    from.until(to).map_or(0, |span| span.get_days()).max(0).unsigned_abs()
}

/// Met when any of the rule's lists holds the place; unknown when none does and one could.
pub fn region(region: &Region, rule: &RegionRule, home: &str, words: Words) -> Found {
    let read = words.say(|| say::region(region));
    if rule.is_open() {
        return Found::unasked(read);
    }
    let away = rule.around.as_ref().and_then(|around| Some((around.distance(region)?, &around.code)));
    let read = match away {
        Some((km, code)) => words.say(|| format!("{read}, {km:.0} km from {code}")),
        None => read,
    };
    let country = region.country.as_deref();
    let countries = rule.countries.iter().map(|wanted| country.map(|country| country == wanted));
    let states = rule.subdivisions.iter().map(|wanted| in_state(region, wanted));
    let codes = rule.postal_codes.iter().map(|range| in_range(region, range));
    let mut unknown = false;
    let around = rule.around.iter().map(|around| around.admits(region));
    for answer in countries.chain(states).chain(codes).chain(around) {
        match answer {
            Some(true) => return Found::met(read, FULL),
            Some(false) => {}
            None => unknown = true,
        }
    }
    let passes_if = words.or_none(|| format!("it is {}", say::region_rule(rule, home)));
    if unknown { Found::unknown(read, passes_if) } else { Found::unmet(read, Code::Region, passes_if) }
}

/// `None` when it cannot be said.
fn in_state(region: &Region, wanted: &str) -> Option<bool> {
    match (&region.subdivision, &region.country) {
        (Some(state), _) => Some(state == wanted),
        (None, Some(country)) if !wanted.starts_with(country.as_str()) => Some(false),
        _ => None,
    }
}

/// `None` when it cannot be said.
pub fn in_range(region: &Region, range: &PostalRange) -> Option<bool> {
    if region.country.as_ref()? != &range.country {
        return Some(false);
    }
    let code = region.postal_code.as_deref()?;
    let plain = if code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Cow::Borrowed(code)
    } else {
        Cow::Owned(code.chars().filter(char::is_ascii_alphanumeric).collect())
    };
    let plain = plain.as_ref();
    Some(match &range.to {
        // Codes of one country compare as text: they have one length and form.
        Some(to) => plain >= range.from.as_str() && (plain <= to.as_str() || plain.starts_with(to.as_str())),
        None if range.prefix => plain.starts_with(range.from.as_str()),
        None => plain == range.from,
    })
}

/// What money is worth in another currency.
#[derive(Debug, Clone, Copy)]
pub struct Rates<'a> {
    /// One unit of a currency in the home currency.
    pub rates: &'a BTreeMap<String, Decimal>,
    /// The home currency.
    pub home: &'a str,
}

impl Rates<'_> {
    /// `amount` of `from` in `to`; `None` where no rate is known.
    fn convert(&self, amount: Decimal, from: &str, to: &str) -> Option<Decimal> {
        if from == to {
            return Some(amount);
        }
        let worth =
            |currency: &str| if currency == self.home { Some(Decimal::ONE) } else { self.rates.get(currency).copied() };
        amount.checked_mul(worth(from)?)?.checked_div(worth(to)?)
    }
}

/// Met when the largest stated amount reaches the least and the smallest does not exceed the most. `from X`
/// leaves the largest open, `up to X` states X alone.
pub fn budget(budget: &Budget, rule: &BudgetRule, rates: Rates<'_>, words: Words) -> Found {
    let Some(limit) = rule.at_least.as_ref().or(rule.at_most.as_ref()) else {
        return Found::unasked(words.say(|| say::budget(budget, None)));
    };
    let assumed = limit.currency.as_str();
    let read = words.say(|| say::budget(budget, Some(assumed)));
    let passes_if = || words.or_none(|| format!("the budget is {}", say::budget_rule(rule)));
    let stated = |amount: Option<Decimal>, limit: &Money| {
        rates.convert(amount?, budget.currency.as_deref().unwrap_or(assumed), &limit.currency)
    };
    let (smallest, largest) = (budget.min.or(budget.max), budget.max.or(budget.min));
    let open_top = budget.qualifier == Qualifier::AtLeast;
    let mut found = Found::met(read, FULL);
    if let Some(least) = &rule.at_least {
        let (Some(small), Some(large)) = (stated(smallest, least), stated(largest, least)) else {
            return Found::unknown(found.read, passes_if());
        };
        if large < least.amount && !open_top {
            return Found::unmet(found.read, Code::BudgetLow, passes_if());
        }
        found.straddles |= small < least.amount;
        found.fit = fit_above(large, least.amount);
    }
    if let Some(most) = &rule.at_most {
        let (Some(small), Some(large)) = (stated(smallest, most), stated(largest, most)) else {
            return Found::unknown(found.read, passes_if());
        };
        if small > most.amount {
            return Found::unmet(found.read, Code::BudgetHigh, passes_if());
        }
        found.straddles |= large > most.amount || open_top;
    }
    found
}

/// Half for exactly the least, full for twice as much.
fn fit_above(amount: Decimal, least: Decimal) -> u32 {
    let above = (amount - least).max(Decimal::ZERO).checked_div(least).unwrap_or(Decimal::ONE).min(Decimal::ONE);
    JUST + (above * Decimal::from(FULL - JUST)).to_u32().unwrap_or(0)
}
