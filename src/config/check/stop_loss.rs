//! `[cap.ID.stop_loss]`: what a source's leads may cost.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::business::Ground;
use super::services::comparable;
use crate::config::checked::{Cap, Per, Scope, StopLoss};
use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::raw;
use crate::config::units;
use crate::lead::Money;

/// Below five nothing is said (`domain-rules` 7).
const AT_LEAST: i64 = 5;
const USUAL_AT_LEAST: u64 = 20;
const MOST: i64 = 1_000_000;
/// Longest stretch that is looked at, in days.
const DAYS_MOST: u32 = 366;
const SECTION: &str = "a table like { cost_per_qualified = \"80 EUR\" }";

/// Makes a stop-loss of a cap that has one. Without a maximum it closes only while its figures say so.
pub(super) fn check(
    cap: &mut Cap,
    raw: &raw::Cap,
    (ground, rates): (&Ground, &BTreeMap<String, Decimal>),
    mistakes: &mut Mistakes,
) {
    let Some(field) = &raw.stop_loss else { return };
    if field.table(SECTION, mistakes).is_none() {
        return;
    }
    let own = raw::StopLoss::read(field, mistakes);
    let cost = own.cost_per_qualified.as_ref().and_then(|field| cost(field, ground, rates, mistakes));
    let on_verdict = own.on_verdict.as_ref().and_then(|field| field.flag(mistakes)).unwrap_or(false);
    let at_least = own.at_least.as_ref().and_then(|field| field.number(AT_LEAST, MOST, mistakes));
    if own.cost_per_qualified.is_none() && !on_verdict {
        let mistake = field.silent("says neither what a lead may cost nor on_verdict");
        mistakes.add(mistake.hint("add cost_per_qualified = \"80 EUR\", or on_verdict = true"));
    }
    if !matches!(cap.scope, Scope::Source(_)) {
        let mistake = field.silent("is for the cap of one source: costs are booked by source");
        mistakes.add(mistake.hint("write source = \"…\" in place of what this cap limits"));
    }
    let others = [
        (&raw.max, true),
        (&raw.unit, true),
        (&raw.r#where, true),
        (&raw.rolling, cap.rolling),
        (&raw.smooth, cap.smooth),
        (&raw.spread, cap.spread),
        (&raw.credit_returns, cap.credits_returns),
    ];
    for other in others.into_iter().filter(|(_, wrong)| *wrong).filter_map(|(field, _)| field.as_ref()) {
        let mistake = other.silent("cannot be together with stop_loss, which counts no leads");
        mistakes.add(mistake.hint("remove it, or write two caps"));
    }
    let days = match cap.per {
        Per::Days(n) => Some(n),
        Per::Weeks(n) => n.checked_mul(7),
        Per::Months(n) => n.checked_mul(30),
        Per::Minutes(_) | Per::Hours(_) | Per::Total | Per::Open => None,
    };
    let days = days.filter(|days| (1..=DAYS_MOST).contains(days)).and_then(|days| u16::try_from(days).ok());
    if let (None, Some(per)) = (days, &raw.per) {
        mistakes.add(
            per.mistake("is nothing costs can be looked at over").allowed("days, weeks or months, like \"28 days\""),
        );
    }
    let at_least = at_least.map_or(USUAL_AT_LEAST, i64::unsigned_abs);
    cap.stop_loss = Some(StopLoss { cost, on_verdict, days: days.unwrap_or(1), at_least });
    // It counts no leads: closed while it acts, open otherwise, whatever was handed off.
    cap.per = Per::Total;
}

fn cost(field: &Field, ground: &Ground, rates: &BTreeMap<String, Decimal>, mistakes: &mut Mistakes) -> Option<Money> {
    let money = field.parse(units::MONEY, units::money, mistakes)?;
    comparable(&money, field, ground, rates, mistakes);
    let rate = if money.currency == ground.currency { Some(Decimal::ONE) } else { rates.get(&money.currency).copied() };
    let minor = money.amount.checked_mul(rate?).and_then(|amount| Money::new(amount, &ground.currency).minor());
    let Some(minor) = minor.filter(|minor| *minor > 0) else {
        mistakes.add(field.mistake("cannot be a limit").allowed("an amount above 0"));
        return None;
    };
    Some(Money::from_minor(minor, &ground.currency))
}
