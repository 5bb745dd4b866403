//! Does a source cost too much? Decided by the same line of the report that people read, never by too few, and with
//! room between closing and opening again, so that a figure about the border does not switch to and fro.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::model::{Row, Verdict};
use crate::clock::later;
use crate::config::checked::StopLoss;
use crate::lead::Money;

/// It opens again at this share of what a lead may cost, in percent.
const OPENS_AT: i64 = 90;
/// It acts so long at least.
const STAY: SignedDuration = SignedDuration::from_hours(24);
/// Whoever let it go by hand is left in peace so long.
const REST: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What was found at one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What it says.
    pub says: Says,
    /// The figures in full, for people: value, interval, n, and what they are held against.
    pub words: String,
    /// The same in as few letters as a table has room for: `87.50 EUR n 24`.
    pub short: String,
}

/// What figures say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// Too much.
    Stop,
    /// Not enough leads to say anything.
    TooFew,
    /// Below the border, above where it opens again.
    Between,
    /// Well below.
    Fine,
}

/// How a stop-loss stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stands {
    /// It acts since then.
    pub since: Option<Timestamp>,
    /// A person let it go then.
    pub let_go_at: Option<Timestamp>,
}

/// What the line of its source says.
pub fn seen(rule: &StopLoss, row: &Row, currency: &str) -> Seen {
    let cost = rule.cost.as_ref().map(|most| by_cost(most, rule.at_least, row, currency));
    let verdict = rule.on_verdict.then(|| by_verdict(rule.at_least, row));
    match (cost, verdict) {
        (Some(cost), Some(verdict)) => Seen {
            says: both(cost.says, verdict.says),
            words: format!("{}; {}", cost.words, verdict.words),
            short: if verdict.says == Says::Stop { verdict.short } else { cost.short },
        },
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => Seen { says: Says::TooFew, words: "nothing is looked at".into(), short: String::new() },
    }
}

/// Either stops; it is fine only where what is known of either is.
fn both(a: Says, b: Says) -> Says {
    match (a, b) {
        (Says::Stop, _) | (_, Says::Stop) => Says::Stop,
        (Says::Between, _) | (_, Says::Between) => Says::Between,
        (Says::TooFew, one) | (one, Says::TooFew) => one,
        (Says::Fine, Says::Fine) => Says::Fine,
    }
}

fn by_cost(most: &Money, at_least: u64, row: &Row, currency: &str) -> Seen {
    let n = row.counts.qualified;
    let money = |minor: i64| Money::from_minor(minor, currency).to_string();
    let Some((minor, most_minor)) = row.cost.per_qualified.value.zip(most.minor()) else {
        let why = row.cost.per_qualified.why.as_deref().unwrap_or("not known");
        return Seen {
            says: Says::TooFew,
            words: format!("cost per qualified not known: {why}"),
            short: "no cost".into(),
        };
    };
    if n < at_least {
        let words =
            format!("too few: {n} qualified, at least {at_least} are asked for ({} per qualified)", money(minor));
        return Seen { says: Says::TooFew, words, short: format!("too few: {n}") };
    }
    let says = if minor > most_minor {
        Says::Stop
    } else if minor.saturating_mul(100) <= most_minor.saturating_mul(OPENS_AT) {
        Says::Fine
    } else {
        Says::Between
    };
    let than = if says == Says::Stop { "more than" } else { "of at most" };
    let words = format!("{} per qualified ({}n = {n}), {than} {most}", money(minor), interval(row, currency));
    Seen { says, words, short: format!("{} n {n}", money(minor)) }
}

/// The bounds that the share of qualified inquiries (Wilson 95 %) gives the cost of one.
fn interval(row: &Row, currency: &str) -> String {
    let (share, inquiries) = (&row.rates.qualified, row.counts.inquiries as f64);
    let (Some(net), Some((low, high))) = (row.cost.net.value, share.low.zip(share.high)) else { return String::new() };
    if low <= 0.0 || high <= 0.0 || inquiries <= 0.0 {
        return String::new();
    }
    let per = |share: f64| Money::from_minor((net as f64 / (inquiries * share)).round() as i64, currency);
    format!("95 %: {} to {}, ", per(high).amount, per(low).amount)
}

fn by_verdict(at_least: u64, row: &Row) -> Seen {
    let (value, n) = (&row.value, row.value.mature);
    let verdict = value.verdict.filter(|verdict| *verdict != Verdict::CollectData && n >= at_least);
    let says = match verdict {
        None => Says::TooFew,
        Some(Verdict::Stop) => Says::Stop,
        Some(_) => Says::Fine,
    };
    let words = if verdict.is_none() && value.verdict.is_some() {
        format!("too few: {n} mature, at least {at_least} are asked for")
    } else {
        value.rule.clone()
    };
    let short = verdict.map_or_else(|| format!("too few: {n}"), |verdict| format!("{} n {n}", verdict.word()));
    Seen { says, words, short }
}

/// How it stands after a look. Too few change nothing; whoever let it go by hand is left in peace for a while.
pub fn step(before: Stands, says: Says, now: Timestamp) -> Stands {
    match (before.since, says) {
        (None, Says::Stop) if before.let_go_at.is_none_or(|at| later(at, REST) <= now) => {
            Stands { since: Some(now), let_go_at: None }
        }
        (Some(since), Says::Fine) if later(since, STAY) <= now => Stands { since: None, ..before },
        _ => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::{Cost, Counts, Maybe, Rates, Value};
    use crate::report::stats::share;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn at(hours: i32) -> Timestamp {
        later(Timestamp::UNIX_EPOCH, HOUR * hours)
    }

    fn row(net: i64, qualified: u64) -> Row {
        Row {
            counts: Counts { inquiries: qualified * 2, qualified, ..Counts::default() },
            rates: Rates { qualified: share(qualified, qualified * 2, ""), ..Rates::default() },
            cost: Cost {
                net: Maybe::some(net),
                per_qualified: Maybe::some(net / i64::try_from(qualified).unwrap()),
                ..Cost::default()
            },
            ..Row::default()
        }
    }

    fn rule() -> StopLoss {
        StopLoss { cost: Some(Money::from_minor(8_000, "EUR")), on_verdict: false, days: 28, at_least: 20 }
    }

    #[test]
    fn a_figure_stops_only_where_enough_are_behind_it_and_says_its_interval() {
        let says = |net, n| seen(&rule(), &row(net, n), "EUR").says;
        assert_eq!(says(190_000, 19), Says::TooFew, "100 EUR each, and only 19");
        assert_eq!(says(160_000, 20), Says::Between, "exactly as much as it may");
        assert_eq!(says(160_020, 20), Says::Stop);
        assert_eq!(says(144_000, 20), Says::Fine, "nine tenths");
        let words = seen(&rule(), &row(240_000, 24), "EUR").words;
        assert_eq!(words, "100 EUR per qualified (95 %: 78.60 to 137.40, n = 24), more than 80 EUR");
        let free =
            Row { cost: Cost { per_qualified: Maybe::none("no cost entered"), ..Cost::default() }, ..row(1, 30) };
        let free = seen(&rule(), &free, "EUR");
        assert_eq!((free.says, free.words.as_str()), (Says::TooFew, "cost per qualified not known: no cost entered"));
    }

    #[test]
    fn the_reports_verdict_stops_and_either_is_enough() {
        let rule = StopLoss { on_verdict: true, ..rule() };
        let judged = |net, verdict, mature| {
            let value = Value { verdict: Some(verdict), mature, rule: "the rule".into(), ..Value::default() };
            seen(&rule, &Row { value, ..row(net, 30) }, "EUR").says
        };
        assert_eq!(judged(30_000, Verdict::Stop, 20), Says::Stop);
        assert_eq!(judged(30_000, Verdict::Stop, 19), Says::Fine, "too few of one do not hide the other");
        assert_eq!(judged(300_000, Verdict::Continue, 20), Says::Stop);
        assert_eq!(judged(30_000, Verdict::Adjust, 20), Says::Fine);
        assert_eq!(judged(230_000, Verdict::Continue, 20), Says::Between);
    }

    #[test]
    fn it_acts_a_day_at_least_opens_well_below_and_leaves_in_peace_who_let_it_go() {
        let looks = [
            (0, Says::TooFew, false),
            (1, Says::Between, false),
            (2, Says::Stop, true),
            (3, Says::Fine, true),
            (25, Says::Between, true),
            (26, Says::TooFew, true),
            (27, Says::Fine, false),
            (28, Says::Between, false),
            (29, Says::Stop, true),
        ];
        let mut stands = Stands::default();
        for (hours, says, acts) in looks {
            stands = step(stands, says, at(hours));
            assert_eq!(stands.since.is_some(), acts, "after {hours} h");
        }
        stands = Stands { since: None, let_go_at: Some(at(30)) };
        for (hours, acts) in [(31, false), (30 + 167, false), (30 + 168, true)] {
            stands = step(stands, Says::Stop, at(hours));
            assert_eq!(stands.since.is_some(), acts, "after {hours} h");
        }
    }
}
