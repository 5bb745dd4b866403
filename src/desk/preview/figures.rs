//! Two simulated outcomes as lines that can be read side by side.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use crate::desk::view::{FigureLine, PartLine};
use crate::lead::Money;
use crate::report::say::span;
use crate::simulate::{Done, Outcome, Part};

/// Sources, regions or people told one by one.
const PARTS_MOST: usize = 30;

/// Which way is a gain?
#[derive(Clone, Copy)]
enum Good {
    More,
    Less,
    Neither,
}

/// The figures. `only_flow`: without those that only other verdicts could change.
pub(super) fn lines(done: &Done, currency: &str, only_flow: bool) -> Vec<FigureLine> {
    let (now, draft) = (&done.difference.now, &done.difference.draft);
    let count = |name: &str, of: fn(&Outcome) -> u64, good| {
        let (a, b) = (of(now), of(draft));
        let change = i128::from(b) - i128::from(a);
        let change = if change == 0 { "=".to_owned() } else { format!("{change:+}") };
        line(name, (a.to_string(), b.to_string()), change, gain(b.cmp(&a), good))
    };
    let mut lines = Vec::new();
    if !only_flow {
        lines.push(count("qualified", |one| one.all.qualified, Good::Neither));
        lines.push(count("a person must look", |one| one.review, Good::Less));
        lines.push(count("disqualified", |one| one.disqualified, Good::Neither));
    }
    lines.push(count("handed off", |one| one.all.handed_off, Good::More));
    lines.push(count("answered late", |one| one.all.late, Good::Less));
    lines.push(count("expired waiting", |one| one.all.expired, Good::Less));
    lines.push(count("held at most", |one| one.held_most, Good::Less));
    lines.push(count("held at the end", |one| one.held, Good::Less));
    lines.push(wait(now, draft));
    lines.extend(cost(&now.all, &draft.all, currency));
    lines
}

fn line(name: &str, (now, draft): (String, String), change: String, better: Option<bool>) -> FigureLine {
    FigureLine { name: name.to_owned(), now, draft, change, better }
}

fn gain(change: Ordering, good: Good) -> Option<bool> {
    match (change, good) {
        (Ordering::Equal, _) | (_, Good::Neither) => None,
        (Ordering::Greater, Good::More) | (Ordering::Less, Good::Less) => Some(true),
        _ => Some(false),
    }
}

fn wait(now: &Outcome, draft: &Outcome) -> FigureLine {
    let words = |secs: Option<i64>| secs.map_or_else(|| "–".to_owned(), span);
    let (a, b) = (now.wait_median_secs, draft.wait_median_secs);
    let (change, better) = match (a, b) {
        (Some(a), Some(b)) if a != b => {
            let sign = if b > a { '+' } else { '-' };
            (format!("{sign}{}", span((b - a).abs())), gain(b.cmp(&a), Good::Less))
        }
        _ => ("=".to_owned(), None),
    };
    let change = if a.is_some() == b.is_some() { change } else { String::new() };
    line("median wait", (words(a), words(b)), change, better)
}

fn cost(now: &Part, draft: &Part, currency: &str) -> Option<FigureLine> {
    let (a, b) = (now.cost_per_qualified, draft.cost_per_qualified);
    if a.is_none() && b.is_none() {
        return None;
    }
    let change = match (a, b) {
        (Some(a), Some(b)) if a == b => "=".to_owned(),
        (Some(a), Some(b)) => format!("{}{}", if b > a { "+" } else { "" }, money(Some(b - a), currency)),
        _ => String::new(),
    };
    let better = a.zip(b).and_then(|(a, b)| gain(b.cmp(&a), Good::Less));
    Some(line("cost per qualified", (money(a, currency), money(b, currency)), change, better))
}

fn money(minor: Option<i64>, currency: &str) -> String {
    minor.map_or_else(|| "–".to_owned(), |minor| Money::from_minor(minor, currency).to_string())
}

/// The largest parts under both, by the leads they had.
pub(super) fn parts(
    now: &BTreeMap<String, Part>,
    draft: &BTreeMap<String, Part>,
    title: &dyn Fn(&str) -> String,
    currency: &str,
) -> Vec<PartLine> {
    let none = Part::default();
    let mut ids: Vec<&String> = now.keys().chain(draft.keys().filter(|id| !now.contains_key(*id))).collect();
    let leads = |id: &String| now.get(id).into_iter().chain(draft.get(id)).map(|part| part.leads).max();
    ids.sort_by_key(|id| (Reverse(leads(id)), (*id).clone()));
    let cost = |part: &Part| part.cost_per_qualified.map_or_else(String::new, |minor| money(Some(minor), currency));
    let line = |id: &String| {
        let (a, b) = (now.get(id).unwrap_or(&none), draft.get(id).unwrap_or(&none));
        PartLine {
            name: title(id),
            qualified: (a.qualified, b.qualified),
            handed_off: (a.handed_off, b.handed_off),
            late: (a.late, b.late),
            cost: (cost(a), cost(b)),
        }
    };
    ids.into_iter().take(PARTS_MOST).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::Difference;

    fn outcome(handed_off: u64, late: u64, wait: Option<i64>, cost: Option<i64>) -> Outcome {
        let all = Part { handed_off, late, cost_per_qualified: cost, ..Part::default() };
        Outcome { all, wait_median_secs: wait, ..Outcome::default() }
    }

    #[test]
    fn a_difference_says_its_size_and_whether_it_is_a_gain() {
        let difference =
            Difference { now: outcome(10, 1, Some(7_200), Some(4_100)), draft: outcome(41, 3, Some(600), None) };
        let lines = lines(&Done { difference, ..Done::default() }, "EUR", true);
        let of = |name: &str| {
            let line = lines.iter().find(|line| line.name == name).unwrap();
            (line.now.as_str(), line.draft.as_str(), line.change.as_str(), line.better)
        };
        assert_eq!(of("handed off"), ("10", "41", "+31", Some(true)));
        assert_eq!(of("answered late"), ("1", "3", "+2", Some(false)));
        assert_eq!(of("expired waiting"), ("0", "0", "=", None));
        assert_eq!(of("median wait"), ("2 h 00", "10 min", "-1 h 50", Some(true)));
        assert_eq!(of("cost per qualified"), ("41 EUR", "–", "", None));
        assert!(!lines.iter().any(|line| line.name == "qualified"));
    }
}
