//! `[cap.ID]`: 0 closes, absent is unlimited.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::Known;
use super::business::Ground;
use super::minimums::condition;
use super::refs::{Ids, required};
use super::services::comparable;
use super::stop_loss;
use crate::config::checked::{Cap, HUNDREDTHS, OnFull, Per, Scope, Unit};
use crate::config::field::Field;
use crate::config::mistake::{Mistake, Mistakes, all_of};
use crate::config::node::Value;
use crate::config::raw::{self, Named};
use crate::config::units;
use crate::lead::Code;

const MOST: i64 = 1_000_000;
/// Most that a rolling cap lets through: each of its slots is looked at on its own.
const ROLLING_MOST: u32 = 10_000;
/// Most money a cap counts, in whole units of its currency.
const MONEY_MOST: i64 = 10_000_000;
const UNITS: [(&str, Counted); 3] = [("lead", Counted::Lead), ("money", Counted::Money), ("weight", Counted::Weight)];
const MONEY: &str = "money with its currency, like \"5000 EUR\": at most two decimals";
const HOOK: &str = "an http or https address, like \"https://example.com/leadgate\"";
type MakeCode = fn() -> Code;
/// How somebody may be declined.
const DECLINES: [(&str, MakeCode); 2] = [("H-OVERFLOW", || Code::Overflow), ("R-CAPACITY", || Code::Capacity)];

/// What a cap counts, before its currency is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    Lead,
    Money,
    Weight,
}

/// What amounts are held against.
type Rates<'a> = (&'a Ground, &'a BTreeMap<String, Decimal>);

/// Checks every cap. `askable`: what its condition may ask about.
pub fn check(
    named: &[Named],
    known: &Known,
    askable: &[String],
    rates: Rates<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Cap> {
    named.iter().filter_map(|named| cap(named, known, askable, rates, mistakes)).collect()
}

fn cap(named: &Named, known: &Known, askable: &[String], rates: Rates<'_>, mistakes: &mut Mistakes) -> Option<Cap> {
    let raw = raw::Cap::read(&named.field, mistakes);
    let scope = scope(&raw, known, mistakes);
    let per = required(raw.per.as_ref(), &named.at, &named.field.path, "per", "\"day\"", mistakes)
        .and_then(|field| field.parse(units::PERIOD, units::per, mistakes));
    let mut flag = |field: &Option<Field>| field.as_ref().and_then(|field| field.flag(mistakes)).unwrap_or(false);
    let (rolling, smooth, spread) = (flag(&raw.rolling), flag(&raw.smooth), flag(&raw.spread));
    let credits_returns = flag(&raw.credit_returns);
    let only = raw.r#where.as_ref().and_then(|field| condition(field, askable, mistakes));
    let soft = raw.kind.as_ref().and_then(|field| field.one_of(&[("hard", false), ("soft", true)], mistakes));
    let counted = raw.unit.as_ref().and_then(|field| field.one_of(&UNITS, mistakes));
    let limit = Amounts::read(raw.max.as_ref(), counted, rates, mistakes);
    let full = raw.on_full.as_ref().map(|field| raw::OnFull::read(field, mistakes)).unwrap_or_default();
    let mut cap = Cap::new(named.id.clone(), scope?, limit.max, per?);
    cap.only = only;
    cap.by_day = limit.by_day;
    cap.unit = limit.unit;
    (cap.rolling, cap.smooth, cap.spread, cap.credits_returns) = (rolling, smooth, spread, credits_returns);
    cap.soft = soft.unwrap_or(false);
    cap.hold_for = full.hold.as_ref().and_then(|field| field.parse(units::DURATION, units::duration, mistakes));
    cap.hold_at_most = full.at_most.as_ref().and_then(|field| number(field, mistakes));
    cap.on_full = on_full(&full, known, mistakes);
    fits_together(&cap, &raw, &full, mistakes);
    stop_loss::check(&mut cap, &raw, rates, mistakes);
    Some(cap)
}

fn number(field: &Field, mistakes: &mut Mistakes) -> Option<u32> {
    field.number(0, MOST, mistakes).and_then(|number| u32::try_from(number).ok())
}

/// How much a cap lets through.
#[derive(Default)]
struct Amounts {
    max: Option<u32>,
    by_day: Option<[Option<u32>; 7]>,
    unit: Unit,
}

impl Amounts {
    fn read(field: Option<&Field>, counted: Option<Counted>, rates: Rates<'_>, mistakes: &mut Mistakes) -> Self {
        let mut read = Self::default();
        match counted {
            Some(Counted::Weight) => read.unit = Unit::Weight,
            Some(Counted::Money) => read.unit = Unit::Money(rates.0.currency.clone()),
            Some(Counted::Lead) | None => {}
        }
        let Some(field) = field else { return read };
        if let Value::Table(table) = &field.node.value {
            let mut days = [None; 7];
            for (name, entry) in table {
                let path = raw::join(&field.path, name);
                match units::weekdays(name) {
                    Ok(which) => {
                        let value = Field::new(path, entry.node.clone());
                        let most = read.amount(&value, counted, rates, mistakes);
                        for day in which {
                            days[day] = most;
                        }
                    }
                    Err(problem) => {
                        mistakes.add(Mistake::at(entry.key.clone(), &path, problem).allowed(units::WEEKDAYS));
                    }
                }
            }
            read.by_day = Some(days);
        } else {
            read.max = read.amount(field, counted, rates, mistakes);
        }
        read
    }

    /// One maximum, in the parts it is counted in.
    fn amount(
        &mut self,
        field: &Field,
        counted: Option<Counted>,
        (ground, rates): Rates<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<u32> {
        let is_text = matches!(field.node.value, Value::Text(_));
        if counted != Some(Counted::Money) && !(counted.is_none() && is_text) {
            return number(field, mistakes);
        }
        let money = field.parse(MONEY, units::money, mistakes)?;
        comparable(&money, field, ground, rates, mistakes);
        if matches!(&self.unit, Unit::Money(other) if *other != money.currency && self.max.is_some()) {
            mistakes.add(field.mistake("is in another currency than the rest of this cap"));
        }
        let parts = money.amount * Decimal::from(HUNDREDTHS);
        self.unit = Unit::Money(money.currency);
        let most = Decimal::from(MONEY_MOST) * Decimal::from(HUNDREDTHS);
        let counted = parts.to_u32().filter(|_| parts.fract().is_zero() && parts <= most);
        if counted.is_none() {
            mistakes.add(field.mistake("cannot be counted").allowed(MONEY).hint(format!("at most {MONEY_MOST}")));
        }
        counted
    }
}

fn on_full(raw: &raw::OnFull, known: &Known, mistakes: &mut Mistakes) -> OnFull {
    OnFull {
        next: raw.next.as_ref().and_then(|field| known.teams.one(field, mistakes)),
        decline: raw.decline.as_ref().and_then(|field| field.one_of(&DECLINES, mistakes)).map(|code| code()),
        hook: raw.hook.as_ref().and_then(|field| field.parse(HOOK, super::alerts::hook, mistakes)),
    }
}

/// What cannot be meant together.
fn fits_together(cap: &Cap, raw: &raw::Cap, full: &raw::OnFull, mistakes: &mut Mistakes) {
    let windows = !matches!(cap.per, Per::Total | Per::Open);
    let long = matches!(cap.per, Per::Weeks(_) | Per::Months(_)) || matches!(cap.per, Per::Days(n) if n > 1);
    let short = matches!(cap.per, Per::Minutes(_) | Per::Hours(_) | Per::Days(1));
    let leads = cap.unit == Unit::Lead;
    let largest = cap.max.max(cap.by_day.and_then(|days| days.into_iter().flatten().max()));
    let own = match &cap.scope {
        Scope::Team(team) => cap.on_full.next.as_ref().is_some_and(|next| next != team),
        _ => false,
    };
    let holds = cap.hold_for.is_some() || cap.hold_at_most.is_some();
    let rules: [(&Option<Field>, bool, &str, &str); 11] = [
        (&raw.smooth, cap.smooth && !windows, "cannot be: this cap has no windows to spread over", DAY),
        (&raw.smooth, cap.smooth && (cap.rolling || !leads), FIXED, "remove it"),
        (
            &raw.spread,
            cap.spread && !long,
            "cannot be: there is no more than a day to spread over",
            "write per = \"month\", or smooth",
        ),
        (&raw.spread, cap.spread && (cap.rolling || !leads), FIXED, "remove it"),
        (&raw.spread, cap.spread && cap.smooth, "cannot be together with smooth", "add a cap a day with smooth"),
        (&raw.rolling, cap.rolling && !windows, "cannot be: this cap has no windows", DAY),
        (&raw.rolling, cap.rolling && largest > Some(ROLLING_MOST) && leads, "lets too many through", "at most 10000"),
        (
            &raw.max,
            cap.by_day.is_some() && (!short || cap.rolling),
            "differs by weekday, and the window of this cap does not",
            DAY,
        ),
        (
            &raw.credit_returns,
            cap.credits_returns && cap.rolling,
            "cannot be: a window that moves has none to credit",
            "remove it",
        ),
        (&full.next, cap.on_full.next.is_some() && !own, "is for the cap of another team", "name the team it limits"),
        (&raw.on_full, cap.soft && (holds || cap.on_full.next.is_some() || cap.on_full.decline.is_some()), SOFT, HOOKS),
    ];
    for (field, wrong, problem, hint) in rules {
        if let Some(field) = field.as_ref().filter(|_| wrong) {
            let is_table = matches!(field.node.value, Value::Table(_));
            let mistake = if is_table { field.silent(problem) } else { field.mistake(problem) };
            mistakes.add(mistake.hint(hint));
        }
    }
    if let Some(field) = full.decline.as_ref().filter(|_| holds) {
        mistakes
            .add(field.mistake("cannot be: nobody waits where everybody is declined").hint("remove hold and at_most"));
    }
}

const FIXED: &str = "cannot be: only leads in a fixed window can be spread";
const DAY: &str = "remove it, or write per = \"day\"";
const SOFT: &str = "says what happens to those who wait, and a soft cap stops nobody";
const HOOKS: &str = "write kind = \"hard\", or keep the hook alone";

/// The one thing a cap names, or everything.
fn scope(raw: &raw::Cap, known: &Known, mistakes: &mut Mistakes) -> Option<Scope> {
    type Of = fn(String) -> Scope;
    let scopes: [(&str, &Option<Field>, &Ids, Of); 5] = [
        ("team", &raw.team, &known.teams, Scope::Team),
        ("person", &raw.person, &known.people, Scope::Person),
        ("source", &raw.source, &known.sources, Scope::Source),
        ("service", &raw.service, &known.services, Scope::Service),
        ("destination", &raw.destination, &known.destinations, Scope::Destination),
    ];
    let mut found = Vec::new();
    let mut named = Vec::new();
    for (name, field, ids, of) in scopes {
        if let Some(field) = field {
            named.push((name, field));
            found.extend(ids.one(field, mistakes).map(of));
        }
    }
    match named.as_slice() {
        [] => return Some(Scope::Everything),
        [_] => {}
        [_, (_, second), ..] => {
            let keys: Vec<&str> = named.iter().map(|(key, _)| *key).collect();
            let mistake = second.mistake(format!("is one name too many: this cap limits {}", all_of(&keys)));
            mistakes.add(mistake.hint("write one cap for each: all that apply are kept"));
            return None;
        }
    }
    found.pop()
}
