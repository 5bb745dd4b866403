//! Values with their unit in the text: `2m`, `5 days`, `6 months`, `5 per day`, `5000 EUR`, `18 %`. Read
//! here and nowhere else; an error is the rest of a sentence that begins with the value.

use jiff::{SignedDuration, Span};
use rust_decimal::Decimal;

use super::checked::{Margin, Per};
use crate::lead::Money;

/// What a length of time may look like, for messages.
pub const DURATION: &str =
    "a length of time with its unit, like \"30s\", \"2m\", \"1h 30m\", \"5 days\" or \"3 years\"";
/// What a length of working time may look like.
pub const WORKING_TIME: &str = "working time in minutes or hours, like \"20m\", \"1h\" or \"1h 30m\"";
/// What a stretch of the calendar may look like.
pub const SPAN: &str = "a stretch of the calendar, like \"10 days\", \"6 weeks\", \"6 months\" or \"1 year\"";
/// What a rate may look like.
pub const RATE: &str = "a number per period, like \"5 per day\", \"20 per 2 hours\" or \"100 per month\"";
/// What a period may look like.
pub const PERIOD: &str = "\"minute\", \"hour\", \"day\", \"week\" or \"month\", with a number in front where needed (\"2 hours\"), \"total\" or \"open\"";
/// What money may look like.
pub const MONEY: &str = "an amount and its currency, like \"5000 EUR\" or \"1250.50 CHF\"";
/// What a margin may look like.
pub const MARGIN: &str = "a share from 0 to 100 %, like \"18 %\", or an amount for each, like \"500 EUR\"";

/// No length of time in a configuration is longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 365 * 100);
const DAY: i64 = 24 * 60 * 60;

/// A positive length of time. A month counts 30 days, a year 365.
pub fn duration(text: &str) -> Result<SignedDuration, String> {
    let length = duration_or_none(text)?;
    if length.is_zero() { Err("is not longer than zero".into()) } else { Ok(length) }
}

/// A length of time that may be zero.
pub fn duration_or_none(text: &str) -> Result<SignedDuration, String> {
    let mut sum = SignedDuration::ZERO;
    for (number, unit) in parts(text)? {
        let seconds = match unit {
            "ms" => 0,
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hr" | "hrs" | "hour" | "hours" => 60 * 60,
            "d" | "day" | "days" => DAY,
            "w" | "week" | "weeks" => 7 * DAY,
            "month" | "months" => 30 * DAY,
            "y" | "year" | "years" => 365 * DAY,
            "" => return Err("has no unit".into()),
            other => return Err(format!("has an unknown unit, {other:?}")),
        };
        let part = match seconds {
            0 => Some(SignedDuration::from_millis(number)),
            _ => number.checked_mul(seconds).map(SignedDuration::from_secs),
        };
        sum = part.and_then(|part| sum.checked_add(part)).filter(|sum| *sum <= LONGEST).ok_or("is too long")?;
    }
    Ok(sum)
}

/// A positive length of working time: a day of work has no fixed length, so days are refused.
pub fn working_time(text: &str) -> Result<SignedDuration, String> {
    let length = working_time_or_none(text)?;
    if length.is_zero() { Err("is not longer than zero".into()) } else { Ok(length) }
}

/// A length of working time that may be zero.
pub fn working_time_or_none(text: &str) -> Result<SignedDuration, String> {
    if parts(text)?
        .iter()
        .any(|(_, unit)| matches!(unit.chars().next(), Some('d' | 'w' | 'y')) || unit.starts_with("mo"))
    {
        return Err("counts working hours, and a day of work has no fixed length".into());
    }
    duration_or_none(text)
}

/// A positive stretch of the calendar, in days or longer units.
pub fn span(text: &str) -> Result<Span, String> {
    const MOST: i64 = 10_000;
    let mut sum = Span::new();
    for (number, unit) in parts(text)? {
        if number > MOST {
            return Err("is too long".into());
        }
        sum = match unit {
            "d" | "day" | "days" => sum.days(number),
            "w" | "week" | "weeks" => sum.weeks(number),
            "month" | "months" => sum.months(number),
            "y" | "year" | "years" if number <= 1_000 => sum.years(number),
            "" => return Err("has no unit".into()),
            "s" | "m" | "min" | "minute" | "minutes" | "h" | "hour" | "hours" => {
                return Err("is shorter than a day".into());
            }
            _ => return Err(format!("has an unknown unit, {unit:?}")),
        };
    }
    if sum.is_zero() { Err("is not longer than zero".into()) } else { Ok(sum) }
}

/// Numbers and their units: `1h 30m` is `[(1, "h"), (30, "m")]`.
fn parts(text: &str) -> Result<Vec<(i64, &str)>, String> {
    let mut rest = text.trim();
    if rest.starts_with('-') {
        return Err("is negative".into());
    }
    let mut found = Vec::new();
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        if after.starts_with(['.', ',']) && digits > 0 {
            return Err("has a fraction: use a smaller unit".into());
        }
        let number = number.parse().map_err(|_| "does not begin with a number".to_owned())?;
        let after = after.trim_start();
        let letters = after.find(|char: char| !char.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        found.push((number, unit));
        rest = after.trim_start();
    }
    if found.is_empty() { Err("is empty".into()) } else { Ok(found) }
}

/// A number per period.
pub fn rate(text: &str) -> Result<(u32, Per), String> {
    let text = text.trim();
    let split = text.split_once(" per ").or_else(|| text.split_once(" a ")).or_else(|| text.split_once('/'));
    let (number, period) = split.ok_or("does not say per what")?;
    let number = number.trim();
    if number.starts_with('-') {
        return Err("is negative".into());
    }
    let number = number.parse().map_err(|_| "does not begin with a whole number".to_owned())?;
    match per(period)? {
        Per::Total | Per::Open => Err("does not say per what".into()),
        per => Ok((number, per)),
    }
}

/// A period of a cap.
pub fn per(text: &str) -> Result<Per, String> {
    let text = text.trim();
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let n: u32 = if number.is_empty() { 1 } else { number.parse().map_err(|_| "is too long".to_owned())? };
    let longest = |most: u32| if n > most { Err("is too long".to_owned()) } else { Ok(n) };
    match unit.trim() {
        _ if n == 0 => Err("is not longer than zero".into()),
        "minute" | "minutes" | "min" => Ok(Per::Minutes(longest(24 * 60)?)),
        "hour" | "hours" | "h" => Ok(Per::Hours(longest(24)?)),
        "day" | "days" => Ok(Per::Days(longest(366)?)),
        "week" | "weeks" => Ok(Per::Weeks(longest(53)?)),
        "month" | "months" => Ok(Per::Months(longest(12)?)),
        "total" if number.is_empty() => Ok(Per::Total),
        "open" if number.is_empty() => Ok(Per::Open),
        _ => Err("is not a period".into()),
    }
}

/// What weekdays may look like.
pub const WEEKDAYS: &str = "weekdays, like mo, mo-th or \"sa,su\"";

/// Weekdays, Monday is 0: `mo-th`, `sa,su`, `fr-mo`.
pub fn weekdays(text: &str) -> Result<Vec<usize>, String> {
    const NAMES: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];
    let day = |name: &str| {
        let name = name.trim().to_ascii_lowercase();
        NAMES.iter().position(|known| *known == name).ok_or_else(|| "names no weekday".to_owned())
    };
    let mut found = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        let length = (last + NAMES.len() - first) % NAMES.len();
        found.extend((0..=length).map(|step| (first + step) % NAMES.len()));
    }
    Ok(found)
}

/// The end of a shorthand cap's id: `day`, `2-hours`, `total`, `open`.
pub fn per_id(per: Per) -> String {
    per_words(per).replace(' ', "-")
}

/// A period for people: `day`, `2 hours`, `total`, `open`.
pub fn per_words(per: Per) -> String {
    let (n, unit) = match per {
        Per::Minutes(n) => (n, "minute"),
        Per::Hours(n) => (n, "hour"),
        Per::Days(n) => (n, "day"),
        Per::Weeks(n) => (n, "week"),
        Per::Months(n) => (n, "month"),
        Per::Total => return "total".into(),
        Per::Open => return "open".into(),
    };
    if n == 1 { unit.into() } else { format!("{n} {unit}s") }
}

/// Money of a stated currency, not negative.
pub fn money(text: &str) -> Result<Money, String> {
    let text = text.trim();
    let split = text.find(|char: char| char.is_alphabetic() || matches!(char, '€' | '$' | '£' | '%'));
    let (number, currency) = text.split_at(split.unwrap_or(text.len()));
    let currency = match currency.trim() {
        "" => return Err("has no currency".into()),
        "€" => "EUR",
        code if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) => code,
        other => return Err(format!("has a currency of no ISO code, {other:?}")),
    };
    let amount = decimal(number)?;
    if amount.is_sign_negative() { Err("is negative".into()) } else { Ok(Money::new(amount, currency)) }
}

/// A plain decimal number.
pub fn decimal(text: &str) -> Result<Decimal, String> {
    let text = text.trim();
    if text.contains([',', '\'', ' ']) {
        return Err("has separators: write the digits alone, with a point before decimals".into());
    }
    text.parse().map_err(|_| "is not an amount".to_owned())
}

/// A share or an amount.
pub fn margin(text: &str) -> Result<Margin, String> {
    let Some(share) = text.trim().strip_suffix('%') else { return money(text).map(Margin::Each) };
    let percent = decimal(share)?;
    if percent.is_sign_negative() || percent > Decimal::ONE_HUNDRED {
        return Err("is not between 0 and 100 %".into());
    }
    Ok(Margin::Share((percent / Decimal::ONE_HUNDRED).normalize()))
}

/// A length of time for people, in the largest units that say it exactly: `3 years`, `1 hour 30 minutes`.
pub fn words(length: SignedDuration) -> String {
    let mut left = length.as_secs();
    let mut out = Vec::new();
    let units = [(365 * DAY, "year"), (DAY, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    for (size, unit) in units {
        let n = left / size;
        // 400 days is 400 days, not a year and 35 days: years only where they say it all.
        if n == 0 || (unit == "year" && left % size != 0) {
            continue;
        }
        left %= size;
        out.push(count(n, unit));
    }
    if out.is_empty() { "no time".into() } else { out.join(" ") }
}

/// `1 day`, `2 days`.
pub fn count(n: i64, unit: &str) -> String {
    if n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") }
}

/// A stretch of the calendar for people: `6 months`, `1 year 6 months`.
pub fn span_words(span: &Span) -> String {
    let parts = [
        (i64::from(span.get_years()), "year"),
        (i64::from(span.get_months()), "month"),
        (i64::from(span.get_weeks()), "week"),
        (i64::from(span.get_days()), "day"),
    ];
    let words: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| count(*n, unit)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        for (text, seconds) in [
            ("30s", 30),
            ("2m", 120),
            ("2 min", 120),
            ("1h 30m", 5_400),
            ("1h30m", 5_400),
            ("5 days", 5 * DAY),
            ("1 week", 7 * DAY),
            ("3 years", 3 * 365 * DAY),
        ] {
            assert_eq!(duration(text).unwrap().as_secs(), seconds, "{text}");
        }
        for (text, problem) in [
            ("-2m", "negative"),
            ("0s", "zero"),
            ("5", "no unit"),
            ("5 fortnights", "unknown unit"),
            ("1.5h", "fraction"),
            ("soon", "number"),
            ("", "empty"),
            ("9999999999999 years", "too long"),
        ] {
            let error = duration(text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
        assert!(working_time("2 days").unwrap_err().contains("no fixed length"));
        assert_eq!(working_time("90m").unwrap().as_secs(), 5_400);
    }

    #[test]
    fn the_other_units() {
        assert_eq!(span("6 months").unwrap().get_months(), 6);
        assert!(span("2h").unwrap_err().contains("shorter than a day"));
        assert_eq!(rate("5 per day"), Ok((5, Per::Days(1))));
        assert_eq!(rate("20 per 2 hours"), Ok((20, Per::Hours(2))));
        assert_eq!(rate("0 a week"), Ok((0, Per::Weeks(1))));
        assert!(rate("five per day").is_err() && rate("5").is_err() && rate("5 per total").is_err());
        assert_eq!(weekdays("mo-th"), Ok(vec![0, 1, 2, 3]));
        assert_eq!(weekdays("sa,su"), Ok(vec![5, 6]));
        assert_eq!(weekdays("fr-mo"), Ok(vec![4, 5, 6, 0]));
        assert!(weekdays("Montag").is_err() && weekdays("").is_err() && weekdays("mo-").is_err());
        assert_eq!(per("open"), Ok(Per::Open));
        assert!(per("0 days").is_err() && per("2 total").is_err() && per("fortnight").is_err());
        assert_eq!(money("5000 EUR").unwrap().to_string(), "5,000 EUR");
        assert_eq!(money("1250.50chf").unwrap().to_string(), "1,250.50 CHF");
        assert_eq!(money("20 €").unwrap().to_string(), "20 EUR");
        assert!(money("5,000 EUR").unwrap_err().contains("separators"));
        assert!(money("5000").unwrap_err().contains("no currency"));
        assert!(money("5000 $").is_err() && money("-5 EUR").is_err() && money("5000 Euro").is_err());
        assert_eq!(margin("18 %"), Ok(Margin::Share(Decimal::new(18, 2))));
        assert!(margin("118 %").is_err());
    }

    #[test]
    fn lengths_for_people() {
        for (seconds, words_) in [
            (60, "1 minute"),
            (5_400, "1 hour 30 minutes"),
            (5 * DAY, "5 days"),
            (3 * 365 * DAY, "3 years"),
            (400 * DAY, "400 days"),
        ] {
            assert_eq!(words(SignedDuration::from_secs(seconds)), words_);
        }
        assert_eq!(span_words(&Span::new().months(6)), "6 months");
        assert_eq!(per_id(Per::Hours(2)), "2-hours");
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,24}") {
            drop((duration(&text), span(&text), rate(&text), per(&text), money(&text), margin(&text)));
        }

        #[test]
        fn words_read_back(seconds in 1_i64..40_000_000) {
            let length = SignedDuration::from_secs(seconds);
            proptest::prop_assert_eq!(duration(&words(length)).unwrap(), length);
        }
    }
}
