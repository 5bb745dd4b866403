//! The windows caps count in: half-open `[start, next)` on the local clock of a zone (`domain-rules` 4).
//! A day may have 23 or 25 hours; where local midnight does not exist the day begins with the first
//! instant after it, where it occurs twice with the earlier.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::config::checked::Per;

/// Days are counted from this Monday.
const FIRST_MONDAY: Date = date(1970, 1, 5);

/// The window `now` lies in; `None` for caps that have none (total, open).
pub fn window(per: Per, zone: &TimeZone, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let today = now.to_zoned(zone.clone()).date();
    match per {
        Per::Minutes(n) => within_day(today, zone, now, SignedDuration::from_mins(n.max(1).into())),
        Per::Hours(n) => within_day(today, zone, now, SignedDuration::from_hours(n.max(1).into())),
        Per::Days(n) => days(today, zone, n.max(1).into()),
        Per::Weeks(n) => days(today, zone, i64::from(n.max(1)) * 7),
        Per::Months(n) => months(today, zone, i32::try_from(n.max(1)).ok()?),
        Per::Total | Per::Open => None,
    }
}

fn day_start(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    day.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

fn within_day(today: Date, zone: &TimeZone, now: Timestamp, length: SignedDuration) -> Option<(Timestamp, Timestamp)> {
    let midnight = day_start(today, zone)?;
    let tomorrow = day_start(today.tomorrow().ok()?, zone)?;
    let passed = midnight.duration_until(now).as_secs() / length.as_secs();
    let start = midnight.checked_add(length.checked_mul(i32::try_from(passed).ok()?)?).ok()?;
    Some((start, start.checked_add(length).ok()?.min(tomorrow)))
}

fn days(today: Date, zone: &TimeZone, n: i64) -> Option<(Timestamp, Timestamp)> {
    let passed = i64::from(FIRST_MONDAY.until(today).ok()?.get_days());
    let first = FIRST_MONDAY.checked_add((passed.div_euclid(n) * n).days()).ok()?;
    Some((day_start(first, zone)?, day_start(first.checked_add(n.days()).ok()?, zone)?))
}

fn months(today: Date, zone: &TimeZone, n: i32) -> Option<(Timestamp, Timestamp)> {
    let passed = (i32::from(today.year()) - 1970) * 12 + i32::from(today.month()) - 1;
    let month = |count: i32| {
        let year = i16::try_from(1970 + count.div_euclid(12)).ok()?;
        Date::new(year, i8::try_from(count.rem_euclid(12) + 1).ok()?, 1).ok()
    };
    let first = passed.div_euclid(n) * n;
    Some((day_start(month(first)?, zone)?, day_start(month(first + n)?, zone)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn a_day_is_the_local_day_even_with_23_or_25_hours() {
        let berlin = zone("Europe/Berlin");
        let hours = |now: &str| {
            let (start, end) = window(Per::Days(1), &berlin, at(now)).unwrap();
            start.duration_until(end).as_hours()
        };
        assert_eq!(hours("2026-03-29T10:00:00Z"), 23);
        assert_eq!(hours("2026-10-25T10:00:00Z"), 25);
        assert_eq!(hours("2026-11-22T10:00:00Z"), 24);
    }

    #[test]
    fn a_missing_midnight_begins_with_the_first_instant_after_it() {
        // Beirut, 2026-03-29: 00:00 does not exist, the day begins at 01:00.
        let beirut = zone("Asia/Beirut");
        let (start, _) = window(Per::Days(1), &beirut, at("2026-03-29T10:00:00Z")).unwrap();
        assert_eq!(start.to_zoned(beirut).hour(), 1);
    }

    #[test]
    fn hours_minutes_weeks_and_months_begin_where_the_rules_say() {
        let berlin = zone("Europe/Berlin");
        let show = |per| {
            let (start, end) = window(per, &berlin, at("2026-11-22T13:37:00Z")).unwrap();
            let local = |t: Timestamp| t.to_zoned(zone("Europe/Berlin")).strftime("%m-%d %H:%M").to_string();
            format!("{} {}", local(start), local(end))
        };
        assert_eq!(show(Per::Hours(1)), "11-22 14:00 11-22 15:00");
        assert_eq!(show(Per::Hours(5)), "11-22 10:00 11-22 15:00");
        assert_eq!(show(Per::Minutes(15)), "11-22 14:30 11-22 14:45");
        assert_eq!(show(Per::Weeks(1)), "11-16 00:00 11-23 00:00");
        assert_eq!(show(Per::Months(1)), "11-01 00:00 12-01 00:00");
        assert_eq!(show(Per::Months(3)), "10-01 00:00 01-01 00:00");
        assert_eq!(window(Per::Open, &berlin, at("2026-11-22T13:37:00Z")), None);
    }

    proptest::proptest! {
        #[test]
        fn windows_tile_time(second in 1_700_000_000_i64..1_900_000_000, n in 1_u32..13, kind in 0..5) {
            let lord_howe = zone("Australia/Lord_Howe");
            let per = [Per::Minutes(n), Per::Hours(n), Per::Days(n), Per::Weeks(n), Per::Months(n)][kind as usize];
            let now = Timestamp::from_second(second).unwrap();
            let (start, end) = window(per, &lord_howe, now).unwrap();
            proptest::prop_assert!(start <= now && now < end);
            let (next, _) = window(per, &lord_howe, end).unwrap();
            proptest::prop_assert_eq!(next, end);
        }
    }
}
