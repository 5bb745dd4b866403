//! What a cap lets through at one moment: its maximum, the share of it that is due so far, and when it
//! frees up (`domain-rules` 4).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::release::Use;
use super::window::window;
use super::{Lane, Rules};
use crate::calendar::Calendar;
use crate::config::checked::{Cap, HUNDREDTHS, Per, Scope, Unit};

/// Most days one window is spread over; a longer one lets everything through.
const DAYS_MOST: usize = 400;

/// A cap at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Most that its window takes.
    pub max: u32,
    /// Most that may be used by now; less than `max` where it is spread over days.
    pub due: u32,
    /// When `due` grows.
    pub grows_at: Option<Timestamp>,
    /// The fixed window, where it has one.
    pub window: Option<(Timestamp, Timestamp)>,
}

impl Limit {
    /// What `cap` lets through at `now`; `None`: it does not limit then.
    pub fn of(cap: &Cap, rules: &Rules, now: Timestamp) -> Option<Self> {
        let zone = &rules.config.business.zone;
        let max = cap.max_at(zone, now)?;
        let window = window_of(cap, rules, now);
        let whole = Self { max, due: max, grows_at: None, window };
        let Some(bounds) = window.filter(|_| cap.spread) else { return Some(whole) };
        let (days, passed, next) = working_days(hours_of(cap, rules), bounds, now);
        if days == 0 || days > DAYS_MOST {
            return Some(whole);
        }
        Some(Self { due: due(max, passed, days), grows_at: next, ..whole })
    }

    /// Is there room for `amount` more?
    pub const fn takes(&self, used: u32, amount: u32) -> bool {
        self.max > 0 && used.saturating_add(amount) <= self.max
    }

    /// Smoothing: `r` left and `w` working time left in the window → one every `w / r`, from the last one on.
    pub fn paced(&self, cap: &Cap, hours: &Calendar, used: &Use) -> Option<Timestamp> {
        let ((start, end), last) = (self.window?, used.last_at?);
        if !cap.smooth || last < start {
            return None;
        }
        let left = hours.elapsed(last, end);
        let gap = left.checked_div(i32::try_from(self.max - used.count + 1).ok()?)?;
        hours.add(last, gap)
    }

    /// When room for `amount` may appear by the clock alone; `None`: not by the clock.
    pub fn frees_at(&self, cap: &Cap, rules: &Rules, used: &Use, amount: u32) -> Option<Timestamp> {
        if !self.takes(0, amount) {
            return self.window.and_then(|(_, end)| opens_at(cap, &rules.config.business.zone, end, amount));
        }
        let Some(length) = cap.rolls() else { return self.window.map(|(_, end)| end) };
        let mut left = used.count;
        used.held.iter().find_map(|(at, of)| {
            left = left.saturating_sub(*of);
            (left.saturating_add(amount) <= self.max).then(|| at.checked_add(length).ok()).flatten()
        })
    }
}

/// When an unused window first takes `amount`, from the window that begins at `from` on; `None`: on no weekday.
fn opens_at(cap: &Cap, zone: &TimeZone, from: Timestamp, amount: u32) -> Option<Timestamp> {
    let tomorrow = |at: &Timestamp| window(Per::Days(1), zone, *at).map(|(_, end)| end);
    let takes = |max: u32| max > 0 && amount <= max;
    std::iter::successors(Some(from), tomorrow).take(8).find(|at| cap.max_at(zone, *at).is_none_or(takes))
}

/// The part of `max` that is due by day `passed` of `days`: ⌈max · passed / days⌉. The differences from day
/// to day sum up to exactly `max`, and what one day leaves the next may use.
pub fn due(max: u32, passed: usize, days: usize) -> u32 {
    let (max, passed, days) = (u64::from(max), passed as u64, days.max(1) as u64);
    u32::try_from((max * passed).div_ceil(days)).unwrap_or(u32::MAX)
}

/// Working days of a window: all, those begun by `now`, and when the next one begins.
fn working_days(
    hours: &Calendar,
    (start, end): (Timestamp, Timestamp),
    now: Timestamp,
) -> (usize, usize, Option<Timestamp>) {
    let zone = hours.zone();
    let (mut all, mut begun, mut next) = (0, 0, None);
    let mut day = start.to_zoned(zone.clone()).date();
    let begins = |day: jiff::civil::Date| day.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
    while let (Some(from), Ok(tomorrow)) = (begins(day), day.checked_add(1.day())) {
        if from >= end || all > DAYS_MOST {
            break;
        }
        let until = begins(tomorrow).unwrap_or(end).min(end);
        if hours.spans(from.max(start), until).next().is_some() {
            all += 1;
            if from <= now {
                begun += 1;
            } else if next.is_none() {
                next = Some(from);
            }
        }
        day = tomorrow;
    }
    (all, begun, next)
}

/// Whose working days a cap is spread over.
fn hours_of<'a>(cap: &Cap, rules: &'a Rules) -> &'a Calendar {
    let config = &rules.config;
    let own = match &cap.scope {
        Scope::Team(team) => config.teams.get(team).map(|team| &team.hours),
        Scope::Person(person) => config.people.get(person).map(|person| &person.hours),
        _ => None,
    };
    own.unwrap_or(&config.business.hours)
}

/// The fixed window of a cap at `now`; `None` where it has none.
pub fn window_of(cap: &Cap, rules: &Rules, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    if cap.rolling { None } else { window(cap.per, &rules.config.business.zone, now) }
}

/// Until when a slot taken at `at` counts; `None`: not ended by the clock.
pub fn counts_until(cap: &Cap, rules: &Rules, at: Timestamp) -> Option<Timestamp> {
    match cap.rolls() {
        Some(length) => at.checked_add(length).ok(),
        None => window_of(cap, rules, at).map(|(_, end)| end),
    }
}

/// Slots from then on count; `None` counts all that are there (total, open).
pub fn counted_since(cap: &Cap, rules: &Rules, now: Timestamp) -> Option<Timestamp> {
    match (cap.per, cap.rolls()) {
        (Per::Total | Per::Open, _) => None,
        // A slot that is as old as the window is long has left it.
        (_, Some(length)) => Some(now.checked_sub(length).ok()?.checked_add(SignedDuration::from_micros(1)).ok()?),
        (_, None) => window_of(cap, rules, now).map(|(start, _)| start),
    }
}

/// What one lead of `lane` takes of `cap`: one, its service's weight, or what its source says it costs, in
/// hundredths of the cap's currency, rounded up.
pub fn amount(cap: &Cap, rules: &Rules, lane: &Lane) -> u32 {
    let config = &rules.config;
    match &cap.unit {
        Unit::Lead => 1,
        Unit::Weight => lane.service.as_ref().and_then(|id| config.services.get(id)).map_or(1, |one| one.weight),
        Unit::Money(currency) => config.price_in(&lane.source, currency).map_or(0, |price| {
            use rust_decimal::prelude::ToPrimitive;
            (price * rust_decimal::Decimal::from(HUNDREDTHS)).ceil().to_u32().unwrap_or(u32::MAX)
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::test_config::Draft;

    /// A queue that is looked at every half hour for nothing runs a forecast out of rounds.
    #[test]
    fn a_closed_window_frees_on_the_next_day_that_takes_the_lead() {
        let draft = Draft::new("Europe/Berlin", "24/7").cap("half", Scope::Everything, None, Per::Minutes(30));
        let draft = draft.with_cap("half", |cap| {
            cap.by_day = Some([Some(0), Some(0), Some(0), Some(2), Some(0), Some(1), Some(0)]);
        });
        let rules = Rules::new(draft.done(), &BTreeMap::new(), BTreeSet::new());
        let cap = &rules.caps["half"];
        let frees = |now: &str, used: u32, amount: u32| {
            let used = Use { count: used, ..Use::default() };
            let limit = Limit::of(cap, &rules, now.parse().unwrap()).unwrap();
            limit.frees_at(cap, &rules, &used, amount).map(|at| at.to_string())
        };
        let (monday, thursday, last) = ("2026-11-23T12:10:00Z", "2026-11-26T12:10:00Z", "2026-11-26T22:40:00Z");
        assert_eq!(frees(monday, 0, 1).as_deref(), Some("2026-11-25T23:00:00Z"), "Thursday's midnight in Berlin");
        assert_eq!(frees(thursday, 2, 1).as_deref(), Some("2026-11-26T12:30:00Z"), "used up for half an hour");
        assert_eq!(frees(last, 2, 2).as_deref(), Some("2026-11-26T23:00:00Z"), "it is looked at when the window ends");
        assert_eq!(frees("2026-11-27T12:10:00Z", 0, 1).as_deref(), Some("2026-11-27T23:00:00Z"), "Saturday takes one");
        assert_eq!(frees("2026-11-27T12:10:00Z", 0, 2).as_deref(), Some("2026-12-02T23:00:00Z"), "but no two");
        assert_eq!(frees(monday, 0, 3), None, "no day does");
    }

    #[test]
    fn shares_of_days_sum_up_to_the_whole_for_every_capacity() {
        for days in 1..=31 {
            for max in 0..=100 {
                let quota: Vec<u32> = (1..=days).map(|day| due(max, day, days) - due(max, day - 1, days)).collect();
                assert_eq!(quota.iter().sum::<u32>(), max, "{max} over {days} days");
                let (least, most) = (quota.iter().min().unwrap(), quota.iter().max().unwrap());
                assert!(most - least <= 1, "{max} over {days} days: {quota:?}");
            }
        }
        assert_eq!(due(10, 1, 22), 1, "a small capacity begins on the first day");
    }
}
