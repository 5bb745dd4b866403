//! Instants and spans as people say them: "24 min", "Mon 09:30", "in 2 h". Pure: an instant, now, a zone.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Whole seconds from `from` to `to`; negative when `to` is earlier.
pub fn secs(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second())
}

/// A span in one unit: `42 s`, `24 min`, `3 h`, `5 d`. Its sign is dropped.
pub fn span(secs: i64) -> String {
    let secs = secs.saturating_abs();
    match secs {
        0..MINUTE => format!("{secs} s"),
        MINUTE..HOUR => format!("{} min", secs / MINUTE),
        HOUR..172_800 => format!("{} h", secs / HOUR),
        _ => format!("{} d", secs / DAY),
    }
}

/// `1 more line`, `2 more lines`.
pub fn more_lines(left: usize) -> String {
    if left == 1 { "1 more line".to_owned() } else { format!("{left} more lines") }
}

/// A countdown in a narrow column: `24 min`, `1 h 05`, `14 h`, `3 d`.
pub fn countdown(secs: i64) -> String {
    let secs = secs.saturating_abs();
    match secs {
        HOUR..36_000 => format!("{} h {:02}", secs / HOUR, secs % HOUR / MINUTE),
        _ => span(secs),
    }
}

/// A span in up to two units where the second one matters: `1 h 20 min`, `2 d 3 h`.
pub fn exact(secs: i64) -> String {
    let secs = secs.saturating_abs();
    let (large, small, unit) = match secs {
        HOUR..DAY => (secs / HOUR, secs % HOUR / MINUTE, "min"),
        DAY.. => (secs / DAY, secs % DAY / HOUR, "h"),
        _ => return span(secs),
    };
    let name = if secs < DAY { "h" } else { "d" };
    if small == 0 { format!("{large} {name}") } else { format!("{large} {name} {small} {unit}") }
}

/// A count that is never cut: in full where it fits `width` columns, else in thousands or millions.
pub fn count(number: u64, width: usize) -> String {
    let full = number.to_string();
    if full.len() <= width {
        return full;
    }
    let (unit, sign) = if number < 1_000_000 { (1_000, 'k') } else { (1_000_000, 'M') };
    let fine = format!("{}.{}{sign}", number / unit, number % unit * 10 / unit);
    if fine.len() <= width { fine } else { format!("{}{sign}", number / unit) }
}

/// The time of day.
pub fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// Weekday and time of day: `Mon 09:30`.
pub fn day_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %H:%M").to_string()
}

/// As short as it is clear: `09:30` today, `Mon 09:30` within six days, `23 Nov` this year, else with the year.
pub fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let there = at.to_zoned(zone.clone());
    let here = now.to_zoned(zone.clone());
    let days = secs(now, at).abs() / DAY;
    let form = if there.date() == here.date() {
        "%H:%M"
    } else if days < 6 {
        "%a %H:%M"
    } else if there.year() == here.year() {
        "%-d %b"
    } else {
        "%-d %b %Y"
    };
    there.strftime(form).to_string()
}

/// `in 24 min (Mon 09:30)` or `24 min ago (Mon 09:30)`.
pub fn relative(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let away = secs(now, at);
    let stamp = if away.abs() < 6 * DAY { day_time(at, zone) } else { moment(at, now, zone) };
    if away >= 0 { format!("in {} ({stamp})", exact(away)) } else { format!("{} ago ({stamp})", exact(away)) }
}

/// The local midnight that ends today.
pub fn tonight(now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let tomorrow = now.to_zoned(zone.clone()).date().checked_add(1.day()).ok()?;
    Some(tomorrow.to_zoned(zone.clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn spans_are_said_in_the_unit_that_matters() {
        assert_eq!(span(42), "42 s");
        assert_eq!(span(-24 * 60), "24 min");
        assert_eq!(span(47 * HOUR), "47 h");
        assert_eq!(span(49 * HOUR), "2 d");
        assert_eq!(exact(80 * 60), "1 h 20 min");
        assert_eq!(exact(2 * DAY + 3 * HOUR), "2 d 3 h");
        assert_eq!(span(i64::MIN), span(i64::MAX));
    }

    #[test]
    fn counts_are_never_cut() {
        assert_eq!(count(9_999, 4), "9999");
        assert_eq!(count(12_345, 4), "12k");
        assert_eq!(count(12_345, 5), "12345");
        assert_eq!(count(1_234, 3), "1k");
        assert_eq!(count(1_234_567, 4), "1.2M");
    }

    #[test]
    fn moments_are_said_in_the_zone_of_the_seat() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now = at("2026-11-23T08:06:00Z");
        assert_eq!(moment(at("2026-11-23T08:30:00Z"), now, &zone), "09:30");
        assert_eq!(moment(at("2026-11-26T08:00:00Z"), now, &zone), "Thu 09:00");
        assert_eq!(moment(at("2026-12-31T08:00:00Z"), now, &zone), "31 Dec");
        assert_eq!(moment(at("2025-12-31T08:00:00Z"), now, &zone), "31 Dec 2025");
        assert_eq!(relative(at("2026-11-23T08:30:00Z"), now, &zone), "in 24 min (Mon 09:30)");
        assert_eq!(tonight(now, &zone), Some(at("2026-11-23T23:00:00Z")));
    }
}
