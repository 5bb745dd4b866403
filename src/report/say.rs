//! Figures in words, the same on every face of the report: a share with its n and interval, money, times, and
//! a dash where there is no value.

use super::model::{Maybe, SHOW_INTERVAL, Share, TOO_FEW};
use crate::lead::Money;

/// What stands where there is no value; the reason stands beside or below.
pub const NO_VALUE: &str = "—";

/// A fraction as a percentage: one decimal below ten, so that 0.4 % is not 0.
pub fn percent(value: f64) -> String {
    let value = value * 100.0;
    if value != 0.0 && value.abs() < 9.95 { format!("{value:.1} %") } else { format!("{value:.0} %") }
}

/// `25 %`, `25 % (9–51 %)` where n is below 30, `too few (1 of 4)` below 5, a dash without a whole.
pub fn share(share: &Share) -> String {
    let Some(value) = share.value else { return NO_VALUE.to_owned() };
    if share.whole < TOO_FEW {
        return format!("too few ({} of {})", share.part, share.whole);
    }
    match share.low.zip(share.high) {
        Some((low, high)) if share.whole < SHOW_INTERVAL => format!("{} ({})", percent(value), between(low, high)),
        _ => percent(value),
    }
}

/// `9–51 %`.
pub fn between(low: f64, high: f64) -> String {
    format!("{:.0}–{:.0} %", low * 100.0, high * 100.0)
}

/// `25 % (95 %: 22–28 %, n = 812)`: everything there is to say of a share.
pub fn share_in_full(one: &Share) -> String {
    match (one.value, one.low.zip(one.high)) {
        (None, _) => format!("{NO_VALUE} {}", one.why.as_deref().unwrap_or_default()),
        (Some(value), Some((low, high))) => {
            format!("{} (95 %: {}, n = {})", percent(value), between(low, high), one.whole)
        }
        (Some(value), None) => format!("{} (n = {})", percent(value), one.whole),
    }
}

/// An amount, or a dash.
pub fn money(maybe: &Maybe<i64>, currency: &str) -> String {
    maybe.value.map_or_else(|| NO_VALUE.to_owned(), |minor| Money::from_minor(minor, currency).to_string())
}

/// A ratio with two digits, as an index is read: `1.40`; a dash with the reason where there is none.
pub fn index(maybe: &Maybe<f64>) -> String {
    maybe.value.map_or_else(|| why_not(maybe), |value| format!("{value:.2}"))
}

/// A part of what could be: `95 %`; a dash with the reason where there is none.
pub fn used(maybe: &Maybe<f64>) -> String {
    maybe.value.map_or_else(|| why_not(maybe), percent)
}

/// A count, or a dash with the reason.
pub fn count(maybe: &Maybe<u64>) -> String {
    maybe.value.map_or_else(|| why_not(maybe), |value| value.to_string())
}

/// `— closed`: the dash with the first words of why; all of them stand elsewhere.
fn why_not<T>(maybe: &Maybe<T>) -> String {
    let why = maybe.why.as_deref().unwrap_or_default();
    let first = why.split_once(" (").map_or(why, |(first, _)| first);
    format!("{NO_VALUE} {first}").trim_end().to_owned()
}

/// A quantile: `7 min`, `> 2 h 05`, or a dash.
pub fn quantile(secs: Option<i64>, over: Option<i64>) -> String {
    match (secs, over) {
        (Some(secs), _) => span(secs),
        (None, Some(over)) => format!("> {}", span(over)),
        (None, None) => NO_VALUE.to_owned(),
    }
}

/// `part` of `whole` in words.
pub fn part((part, whole): (u64, u64)) -> String {
    if whole == 0 { NO_VALUE.to_owned() } else { share(&super::stats::share(part, whole, "")) }
}

/// A length of time in two units at most: `42 s`, `7 min`, `3 h 05`, `2 d 4 h`.
pub fn span(secs: i64) -> String {
    match secs {
        ..60 => format!("{secs} s"),
        60..3_600 => format!("{} min", secs / 60),
        3_600..86_400 => format!("{} h {:02}", secs / 3_600, secs % 3_600 / 60),
        _ => format!("{} d {} h", secs / 86_400, secs % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::stats;

    #[test]
    fn a_share_says_its_interval_where_n_is_small_and_never_zero_for_nothing() {
        assert_eq!(share(&stats::share(0, 0, "x")), "—");
        assert_eq!(share(&stats::share(1, 4, "x")), "too few (1 of 4)");
        assert_eq!(share(&stats::share(5, 20, "x")), "25 % (11–47 %)");
        assert_eq!(share(&stats::share(25, 100, "x")), "25 %");
        assert_eq!(share(&stats::share(4, 1_000, "x")), "0.4 %");
        assert_eq!(share(&stats::share(12, 10, "x")), "120 %");
    }
}
