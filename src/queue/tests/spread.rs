//! Spreading: over the rest of a working day, and over the working days of a month.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::prelude::*;

use super::case::Case;
use super::world::World;
use crate::config::checked::{Per, Scope};
use crate::lead::LeadId;
use crate::queue::{HeldLead, Rules, plan};
use crate::test_config::Draft;

/// A team of one in `zone`, and a cap on it.
fn rules(zone: &str, hours: &str, max: u32, per: Per, spread: bool) -> Rules {
    let draft = Draft::new(zone, hours).service("roof").team("a", &["roof"], "").person("p0", "a", "", 1);
    let draft = draft.cap("cap", Scope::Team("a".into()), Some(max), per);
    let draft = draft.with_cap("cap", |cap| (cap.spread, cap.smooth) = (spread, !spread));
    Rules::new(draft.done(), &BTreeMap::new(), BTreeSet::new())
}

fn waiting(world: &mut World, leads: std::ops::Range<i64>) {
    leads.for_each(|lead| world.arrive(2, HeldLead { lead: LeadId(lead), rev: 1, priority: 0 }));
}

/// How many go on each working day of a month, looked at once a day at noon; `arrivals`: how many come before noon of
/// which day of the month.
fn month(rules: &Rules, first: Date, arrivals: &[(i8, u32)]) -> Vec<u32> {
    let zone = rules.config.business.zone.clone();
    let (mut world, mut came, mut went) = (World::of(Case::plain().lanes()), 1, Vec::new());
    let mut day = first;
    while day.month() == first.month() {
        for (_, count) in arrivals.iter().filter(|(at, _)| *at == day.day()) {
            waiting(&mut world, came..came + i64::from(*count));
            came += i64::from(*count);
        }
        let now = day.at(12, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp();
        let decided = plan(rules, &world.lanes(), &mut world.uses(rules, now), now, usize::MAX);
        world.apply(&decided, now);
        if rules.config.business.hours.is_open(now) {
            went.push(decided.give.len() as u32);
        } else {
            assert!(decided.give.is_empty());
        }
        day = day.checked_add(1.day()).unwrap();
    }
    went
}

#[test]
fn six_left_and_four_hours_left_is_one_every_forty_minutes() {
    let rules = rules("Europe/Berlin", "Mo-Fr 09:00-17:00", 6, Per::Days(1), false);
    let mut world = World::of(Case::plain().lanes());
    waiting(&mut world, 1..10);
    let mut now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let mut went = Vec::new();
    loop {
        let decided = world.step(&rules, now, usize::MAX).unwrap();
        went.extend(decided.give.iter().map(|_| now.strftime("%H:%M").to_string()));
        match decided.next_at.filter(|_| went.len() < 6) {
            Some(next) => now = next,
            None => break,
        }
    }
    assert_eq!(went, ["12:00", "12:40", "13:20", "14:00", "14:40", "15:20"]);
}

/// November 2026 has 21 working days: every capacity up to 100 goes out exactly, each day its share.
#[test]
fn a_month_spread_over_its_working_days_is_exact_for_every_capacity() {
    for max in 1..=100 {
        let rules = rules("Europe/Berlin", "Mo-Fr 09:00-17:00", max, Per::Months(1), true);
        let days = month(&rules, date(2026, 11, 1), &[(1, 120)]);
        assert_eq!((days.len(), days.iter().sum::<u32>()), (21, max));
        assert!(days.iter().max().unwrap() - days.iter().min().unwrap() <= 1, "{max}: {days:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Months in which a clock changes, a midnight is missing or there twice, or half the days are holidays.
    #[test]
    fn any_month_is_exact(
        max in 1_u32..=100,
        place in prop_oneof![
            Just(("Europe/Berlin", 3)), Just(("Europe/Berlin", 10)), Just(("Europe/Berlin", 12)),
            Just(("Asia/Beirut", 3)), Just(("Africa/Cairo", 4)), Just(("America/Havana", 11)),
            Just(("Australia/Lord_Howe", 10)), Just(("Pacific/Apia", 2)),
        ],
        hours in prop_oneof![Just("24/7"), Just("Mo-Fr 09:00-17:00; PH off"), Just("Tu,Sa 10:00-13:00")],
    ) {
        let rules = rules(place.0, hours, max, Per::Months(1), true);
        let days = month(&rules, date(2026, place.1, 1), &[(1, 120)]);
        prop_assert_eq!(days.iter().sum::<u32>(), max);
        prop_assert!(days.iter().max().unwrap() - days.iter().min().unwrap() <= 1, "{max}: {days:?}");
    }

    /// Whatever comes when: no day goes beyond its share so far, nothing waits that it leaves room for, and in the end
    /// all have gone, or all there is room for.
    #[test]
    fn what_a_day_leaves_the_next_may_use(
        max in 1_u32..=100,
        arrivals in proptest::collection::vec((1_i8..=30, 1_u32..20), 1..12),
    ) {
        let rules = rules("Europe/Berlin", "Mo-Fr 09:00-17:00", max, Per::Months(1), true);
        let went = month(&rules, date(2026, 11, 1), &arrivals);
        let working = (1..=30).filter(|day| {
            let noon = date(2026, 11, *day).at(12, 0, 0, 0).to_zoned(TimeZone::get("Europe/Berlin").unwrap());
            rules.config.business.hours.is_open(noon.unwrap().timestamp())
        });
        let (mut used, mut passed, all) = (0, 0, went.len() as u32);
        for (day, count) in working.zip(&went) {
            passed += 1;
            used += count;
            let came: u32 = arrivals.iter().filter(|(at, _)| *at <= day).map(|(_, count)| count).sum();
            // The rule itself: ⌈C · d / P⌉ by the d-th of P working days.
            prop_assert_eq!(used, (used - count).max(came.min((max * passed).div_ceil(all))), "{:?}", went);
        }
    }
}

/// A day that is looked at late gets the same: what counts is the day, not how often it was looked at.
#[test]
fn a_week_in_which_nobody_looked_is_made_up_for() {
    let rules = rules("Europe/Berlin", "Mo-Fr 09:00-17:00", 21, Per::Months(1), true);
    let mut world = World::of(Case::plain().lanes());
    waiting(&mut world, 1..50);
    let mut now: Timestamp = "2026-11-02T12:00:00Z".parse().unwrap();
    let mut gone = Vec::new();
    for days in [0, 7, 1] {
        now += SignedDuration::from_hours(24 * days);
        gone.push(world.step(&rules, now, usize::MAX).unwrap().give.len());
    }
    assert_eq!(gone, [1, 5, 1], "the second of November is the first of 21 working days, the ninth the sixth");
}
