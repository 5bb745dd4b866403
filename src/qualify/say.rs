//! The words of a verdict: what was read and what is asked, for people, in one style.

use std::fmt::Write as _;

use jiff::civil::Date;
use jiff::{Span, SpanRelativeTo, Unit};

use crate::config::checked::{BudgetRule, PostalRange, RegionRule, TimingRule};
use crate::lead::{Budget, Money, Qualifier, Region, Timing, Urgency};

/// Are the sentences of a verdict wanted? Most verdicts are stored as results and codes and shown to nobody;
/// what is decided is the same either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// For somebody who reads them.
    Said,
    /// Left empty.
    Left,
}

impl Words {
    /// What `words` says, or nothing.
    pub fn say(self, words: impl FnOnce() -> String) -> String {
        match self {
            Self::Said => words(),
            Self::Left => String::new(),
        }
    }

    /// What `words` says, or no sentence.
    pub fn or_none(self, words: impl FnOnce() -> String) -> Option<String> {
        (self == Self::Said).then(words)
    }
}

/// So many entries of a list are named; the rest is counted.
const NAMED: usize = 5;

/// `31 Dec 2026`.
pub fn day(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// What was read about timing, for somebody who wrote on `today`.
pub fn timing(timing: &Timing, today: Date) -> String {
    match (timing.urgency, timing.earliest, timing.latest) {
        (Urgency::Unknown, ..) | (Urgency::Dated, None, None) => "not known".into(),
        (Urgency::Flexible, ..) => "flexible".into(),
        (Urgency::Asap, _, None) => "as soon as possible".into(),
        (Urgency::Asap, _, Some(last)) => format!("as soon as possible, by {}", day(last)),
        (Urgency::Dated, Some(first), Some(last)) if first == last => day(first),
        (Urgency::Dated, first, Some(last)) if first.is_none_or(|first| first <= today) => format!("by {}", day(last)),
        (Urgency::Dated, Some(first), Some(last)) => span_of_days(first, last),
        (Urgency::Dated, None, Some(last)) => format!("by {}", day(last)),
        (Urgency::Dated, Some(first), None) => format!("from {}", day(first)),
    }
}

/// `1–10 Mar 2027`, `1 Mar – 31 May 2027`.
fn span_of_days(first: Date, last: Date) -> String {
    if (first.year(), first.month()) == (last.year(), last.month()) {
        format!("{}–{}", first.day(), day(last))
    } else if first.year() == last.year() {
        format!("{} – {}", first.strftime("%-d %b"), day(last))
    } else {
        format!("{} – {}", day(first), day(last))
    }
}

/// `6 months`, `2 weeks`.
pub fn span(span: &Span) -> String {
    let parts = [
        (i64::from(span.get_years()), "year"),
        (i64::from(span.get_months()), "month"),
        (i64::from(span.get_weeks()), "week"),
        (i64::from(span.get_days()), "day"),
    ];
    let mut out = String::new();
    for (count, unit) in parts.into_iter().filter(|(count, _)| *count != 0) {
        let glue = if out.is_empty() { "" } else { " " };
        // Writing to a String cannot fail.
        write!(out, "{glue}{count} {unit}{}", if count == 1 { "" } else { "s" }).ok();
    }
    if out.is_empty() {
        let hours = span.total((Unit::Hour, SpanRelativeTo::days_are_24_hours())).unwrap_or(0.0);
        return format!("{hours:.0} hours");
    }
    out
}

/// `DE 10405`, `DE-BE`, `AT`.
pub fn region(region: &Region) -> String {
    let country = region.country.as_deref();
    match (&region.postal_code, &region.subdivision, country) {
        (Some(code), Some(state), _) => format!("{state} {code}"),
        (Some(code), None, Some(country)) => format!("{country} {code}"),
        (Some(code), None, None) => code.clone(),
        (None, Some(state), _) => state.clone(),
        (None, None, Some(country)) => country.into(),
        (None, None, None) => "not known".into(),
    }
}

/// `within 6 months`.
pub fn timing_rule(rule: &TimingRule) -> String {
    rule.within.as_ref().map_or_else(|| "any time".into(), |within| format!("within {}", span(within)))
}

/// `10000–14199, 144…, AT-9`.
pub fn region_rule(rule: &RegionRule, home: &str) -> String {
    let places = rule.countries.iter().cloned().chain(rule.subdivisions.iter().cloned());
    let codes = rule.postal_codes.iter().map(|range| postal_range(range, home));
    let all: Vec<String> = places.chain(codes).collect();
    let around = rule.around.as_ref().map(|around| around.words(home));
    if let Some(around) = &around {
        return if all.is_empty() { around.clone() } else { format!("{}, or {around}", listed(&all)) };
    }
    listed(&all)
}

fn listed(all: &[String]) -> String {
    match all.len() {
        0 => "anywhere".into(),
        1..=NAMED => format!("in {}", all.join(", ")),
        more => {
            format!("in {} and {} more", all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", "), more - NAMED)
        }
    }
}

/// `10000–14199`, `144…`, `AT 1…`.
pub fn postal_range(range: &PostalRange, home: &str) -> String {
    let country = if range.country == home { String::new() } else { format!("{} ", range.country) };
    match (&range.to, range.prefix) {
        (Some(to), _) => format!("{country}{}–{to}", range.from),
        (None, true) => format!("{country}{}…", range.from),
        (None, false) => format!("{country}{}", range.from),
    }
}

/// `about 12,000 EUR`, `5,000 – 8,000 EUR`; `assumed` is the currency taken where none was written.
pub fn budget(budget: &Budget, assumed: Option<&str>) -> String {
    let currency = budget.currency.as_deref().or(assumed).unwrap_or("");
    let money = |amount| Money::new(amount, currency).to_string().trim_end().to_owned();
    let text = match (budget.qualifier, budget.min, budget.max) {
        (Qualifier::Unknown, ..) | (_, None, None) => return "not known".into(),
        (Qualifier::Range, Some(min), Some(max)) => {
            format!("{} – {}", money(min).trim_end_matches(currency).trim_end(), money(max))
        }
        (Qualifier::AtMost, _, Some(max)) => format!("up to {}", money(max)),
        (Qualifier::AtLeast, Some(min), _) => format!("at least {}", money(min)),
        (Qualifier::About, _, Some(max)) => format!("about {}", money(max)),
        (_, min, max) => max.or(min).map(money).unwrap_or_default(),
    };
    if budget.currency.is_none() && assumed.is_some() { format!("{text} ({currency} assumed)") } else { text }
}

/// `at least 5,000 EUR`, `5,000 EUR to 50,000 EUR`.
pub fn budget_rule(rule: &BudgetRule) -> String {
    match (&rule.at_least, &rule.at_most) {
        (None, None) => "any amount".into(),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (Some(least), Some(most)) => format!("{least} to {most}"),
    }
}

/// `roof, flat roof and 3 more`.
pub fn words(words: &[String]) -> String {
    let named = words.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match words.len().checked_sub(NAMED) {
        Some(more) if more > 0 => format!("{named} and {more} more"),
        _ => named,
    }
}
