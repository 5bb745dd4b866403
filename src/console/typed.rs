//! Reads what people type: moments and amounts. Pure; an error says what could be written instead.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};
use rust_decimal::Decimal;

use crate::lead::Money;

/// The hour "tomorrow" and a weekday mean when no time is typed.
const MORNING: i8 = 9;

/// Largest amount taken, in minor units: beyond it somebody leaned on a key.
const AMOUNT_MAX: i64 = 100_000_000_000_000;

const MOMENTS: &str = "write 30 min, 2 h, 3 d, 14:30, tomorrow, thu 9:00 or 2026-11-25 14:00";

/// A moment to come: `2 h`, `14:30`, `tomorrow`, `thu 9:00`, `2026-11-25 14:00`.
///
/// # Errors
/// What can be written, or that the moment is over.
pub fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let text = text.trim().to_lowercase();
    let at = read(&text, now, zone).ok_or_else(|| format!("{text:?} is no moment: {MOMENTS}"))?;
    if at <= now { Err("that moment is over".to_owned()) } else { Ok(at) }
}

fn read(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let here = now.to_zoned(zone.clone());
    if let Some(span) = span(text) {
        return Some(here.checked_add(span).ok()?.timestamp());
    }
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (day, clock) = match (day(first, here.date()), rest.trim()) {
        (Some(day), "") => (day, Time::new(MORNING, 0, 0, 0).ok()?),
        (Some(day), rest) => (day, clock(rest)?),
        (None, _) => {
            let clock = clock(text)?;
            let day = if clock > here.time() { here.date() } else { here.date().checked_add(1.day()).ok()? };
            (day, clock)
        }
    };
    Some(day.to_datetime(clock).to_zoned(zone.clone()).ok()?.timestamp())
}

fn span(text: &str) -> Option<Span> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let number: i64 = number.parse().ok().filter(|number| (1..=100_000).contains(number))?;
    match unit.trim() {
        "m" | "min" | "mins" | "minutes" | "minute" => Some(number.minutes()),
        "h" | "hour" | "hours" | "std" => Some(number.hours()),
        "d" | "day" | "days" => Span::new().try_days(number).ok(),
        "w" | "week" | "weeks" => Span::new().try_weeks(number).ok(),
        _ => None,
    }
}

fn day(word: &str, today: Date) -> Option<Date> {
    let weekday = match word.get(..3)? {
        "tod" => return Some(today),
        "tom" => return today.checked_add(1.day()).ok(),
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return word.parse().ok(),
    };
    today.nth_weekday(1, weekday).ok()
}

fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| -> Option<i8> { part.trim().parse().ok() };
    Time::new(two(hour)?, two(minute)?, 0, 0).ok()
}

/// A text that may end in `until` and a moment: the text before it, and the moment. Where what follows is no
/// moment to come, all of it is text.
pub fn until(text: &str, now: Timestamp, zone: &TimeZone) -> (String, Option<Timestamp>) {
    let Some((before, after)) = text.rsplit_once("until ") else { return (text.to_owned(), None) };
    let before = before.trim_end_matches([' ', ',', ';', ':', '·', '(']);
    match moment(after.trim_end_matches([' ', '.', ')']), now, zone) {
        Ok(at) if !before.is_empty() => (before.to_owned(), Some(at)),
        _ => (text.to_owned(), None),
    }
}

/// A moment that is over: `7 d` ago, `yesterday`, a weekday, `2026-11-01`; days begin at midnight.
///
/// # Errors
/// What can be written, or that the moment is still to come.
pub fn past(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let text = text.trim().to_lowercase();
    let here = now.to_zoned(zone.clone());
    let (first, rest) = text.split_once(' ').unwrap_or((text.as_str(), ""));
    let read = || {
        if let Some(span) = span(text.trim_end_matches(" ago")) {
            return Some(here.checked_sub(span).ok()?.timestamp());
        }
        let day = match first.get(..3)? {
            "yes" => here.date().checked_sub(1.day()).ok()?,
            "tod" => here.date(),
            "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun" => {
                day(first, here.date())?.checked_sub(7.days()).ok()?
            }
            _ => first.parse().ok()?,
        };
        let time = if rest.is_empty() { Time::midnight() } else { clock(rest)? };
        Some(day.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp())
    };
    let at =
        read().ok_or_else(|| format!("{text:?} is no moment: write 12 h, 7 d, yesterday, monday or 2026-11-01"))?;
    if at >= now { Err("that is still to come".to_owned()) } else { Ok(at) }
}

/// Next Monday (or another weekday) at nine.
pub fn morning_of(word: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    read(word, now, zone)
}

/// An amount as people write it (`12500`, `12.500,50`, `12,500.50`, `12 500`), in minor units of
/// `currency`; empty text is "not known".
///
/// # Errors
/// What can be written.
pub fn amount(text: &str, currency: &str) -> Result<Option<i64>, String> {
    let plain: String =
        text.chars().filter(|char| !char.is_whitespace() && !matches!(char, '\'' | '’' | '_')).collect();
    if plain.is_empty() {
        return Ok(None);
    }
    let bad = || format!("{text:?} is no amount: write 12500 or 12500.50 (in {currency}), or nothing");
    let bytes_ok = plain.chars().all(|char| char.is_ascii_digit() || matches!(char, '.' | ','));
    if !bytes_ok {
        return Err(bad());
    }
    // The last separator is a decimal one when one or two digits follow it; every other groups thousands.
    let places = plain.rfind(['.', ',']).map_or(0, |at| plain.len() - at - 1);
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    let scale = if places == 1 || places == 2 { places as u32 } else { 0 };
    let number: i64 = digits.parse().map_err(|_| bad())?;
    let money = Money::new(Decimal::new(number, scale), currency);
    match money.minor() {
        Some(minor) if (0..=AMOUNT_MAX).contains(&minor) => Ok(Some(minor)),
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_people_type() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-11-23T08:06:00Z".parse().unwrap(); // Monday 09:06
        let read = |text: &str| {
            moment(text, now, &zone).map(|at| at.to_zoned(zone.clone()).strftime("%a %d %H:%M").to_string())
        };
        assert_eq!(read("30 min").unwrap(), "Mon 23 09:36");
        assert_eq!(read("2h").unwrap(), "Mon 23 11:06");
        assert_eq!(read("3 d").unwrap(), "Thu 26 09:06");
        assert_eq!(read("14:30").unwrap(), "Mon 23 14:30");
        assert_eq!(read("8:00").unwrap(), "Tue 24 08:00");
        assert_eq!(read("tomorrow").unwrap(), "Tue 24 09:00");
        assert_eq!(read("Mon").unwrap(), "Mon 30 09:00");
        assert_eq!(read("thu 14:15").unwrap(), "Thu 26 14:15");
        assert_eq!(read("2026-12-01 10:00").unwrap(), "Tue 01 10:00");
        for bad in ["", "soon", "25:00", "today 8:00", "99999999999999999999 h", "ä", "2020-01-01", "5 parsecs"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn amounts_people_type() {
        for (text, minor) in [
            ("12500", 1_250_000),
            ("12.500", 1_250_000),
            ("12,500.50", 1_250_050),
            ("1.200,5", 120_050),
            ("12 500", 1_250_000),
        ] {
            assert_eq!(amount(text, "EUR"), Ok(Some(minor)), "{text}");
        }
        assert_eq!(amount("1500", "JPY"), Ok(Some(1_500)));
        assert_eq!(amount("  ", "EUR"), Ok(None));
        for bad in ["a lot", "-5", "99999999999999999999", "12€"] {
            assert!(amount(bad, "EUR").is_err(), "{bad}");
        }
    }

    #[test]
    fn moments_that_are_over() {
        let (now, zone) = ("2026-11-23T08:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap());
        let read = |text| past(text, now, &zone).map(|at| at.to_string());
        for (text, at) in [
            ("7 d", "2026-11-16T08:00:00Z"),
            ("12 h ago", "2026-11-22T20:00:00Z"),
            ("Yesterday", "2026-11-21T23:00:00Z"),
            ("monday", "2026-11-22T23:00:00Z"),
            ("friday 14:00", "2026-11-20T13:00:00Z"),
            ("2026-11-01", "2026-10-31T23:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(at), "{text}");
        }
        for text in ["", "tomorrow", "2027-01-01", "soon", "é", "0 d", "2026-11-01 25:00"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_reason_may_end_in_a_moment() {
        let (now, zone) = ("2026-11-23T08:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap());
        let read = |text| until(text, now, &zone);
        let tomorrow = "2026-11-24T08:00:00Z".parse().ok();
        assert_eq!(read("trade fair, until tomorrow"), ("trade fair".into(), tomorrow));
        for text in ["trade fair", "nobody is here until spring", "until tomorrow"] {
            assert_eq!(read(text), (text.into(), None));
        }
    }
}
