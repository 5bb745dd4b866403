//! The arithmetic of the report.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::desk::view::{Figure, ReportLine, Speed};
use crate::lead::Money;
use crate::store::{FunnelCounts, SpeedRow};

/// The thresholds of the shares: 5 min, 1 h, 24 h, in seconds.
pub const WITHIN_SECS: [i64; 3] = [300, 3_600, 86_400];

/// How long one handed-off lead waited, or waits, for its first response. Seconds of the wall clock or of
/// working time, all of the same.
#[derive(Debug, Clone, Copy)]
pub struct Waited {
    /// Until the response, the end of the lead, or now.
    pub secs: i64,
    /// Until now.
    pub age: i64,
    /// There was a response.
    pub answered: bool,
    /// It ended.
    pub closed: bool,
    /// Its promise was kept, or not; `None` without a promise, or while it runs.
    pub met: Option<bool>,
}

impl Waited {
    /// One of `row` as of `now`, by the wall clock.
    pub fn of(row: &SpeedRow, now: Timestamp) -> Self {
        let (ends, promise) = ((row.first_at, row.closed_at), row.answer_by);
        Self::between(row.asked_at, ends, promise, now, |from, to| from.duration_until(to).as_secs())
    }

    /// One from `asked` on, measured by `clock`; `ends` are the response and the end of the lead.
    pub fn between(
        asked: Timestamp,
        (first, closed): (Option<Timestamp>, Option<Timestamp>),
        promise: Option<Timestamp>,
        now: Timestamp,
        clock: impl Fn(Timestamp, Timestamp) -> i64,
    ) -> Self {
        let until = first.or(closed).unwrap_or(now);
        let met = promise.and_then(|by| {
            let met = first.is_some_and(|first| first <= by);
            (met || first.is_some() || by < now).then_some(met)
        });
        let secs = clock(asked, until).max(0);
        Self { secs, age: clock(asked, now).max(0), answered: first.is_some(), closed: closed.is_some(), met }
    }
}

/// First-response times of handed-off leads as of `now`, by the wall clock.
pub fn speed<'a>(rows: impl Iterator<Item = &'a SpeedRow>, now: Timestamp) -> Speed {
    speed_of(rows.map(|row| Waited::of(row, now)))
}

/// The distribution. Unanswered leads are censored, not dropped: a share within T counts leads answered or older
/// than T; a quantile among the unanswered is "longer than their age".
pub fn speed_of(all: impl Iterator<Item = Waited>) -> Speed {
    let mut answered: Vec<i64> = Vec::new();
    let mut waiting: Vec<i64> = Vec::new();
    let mut speed = Speed::default();
    for one in all {
        speed.n += 1;
        if one.answered {
            answered.push(one.secs);
        } else {
            waiting.push(one.secs);
            speed.never += u64::from(one.closed);
        }
        for (place, limit) in WITHIN_SECS.iter().enumerate() {
            let in_time = one.answered && one.secs <= *limit;
            if in_time || one.answered || one.closed || one.age > *limit {
                speed.within[place].1 += 1;
                speed.within[place].0 += u64::from(in_time);
            }
        }
        if let Some(met) = one.met {
            speed.target.1 += 1;
            speed.target.0 += u64::from(met);
        }
    }
    answered.sort_unstable();
    waiting.sort_unstable();
    speed.answered = answered.len() as u64;
    (speed.median_secs, speed.median_over_secs) = quantile(&answered, &waiting, 50);
    (speed.p90_secs, speed.p90_over_secs) = quantile(&answered, &waiting, 90);
    speed
}

/// The nearest-rank quantile: (value, longer than).
fn quantile(answered: &[i64], waiting: &[i64], percent: usize) -> (Option<i64>, Option<i64>) {
    let all = answered.len() + waiting.len();
    if all == 0 {
        return (None, None);
    }
    let rank = (all * percent).div_ceil(100).max(1) - 1;
    match answered.get(rank) {
        Some(secs) => (Some(*secs), None),
        // At least as long as the slowest answer: a younger lead that still waits proves no less.
        None => (None, waiting.get(rank - answered.len()).copied().max(answered.last().copied())),
    }
}

/// What the report is made of.
pub struct Counted<'a> {
    /// Funnel counts by source.
    pub funnel: &'a [FunnelCounts],
    /// (source, touches, records kept aside).
    pub others: &'a [(String, u64, u64)],
    /// (source, cost in minor units of the business's currency).
    pub costs: &'a BTreeMap<String, i64>,
    /// Times.
    pub speeds: &'a [SpeedRow],
    /// ISO 4217.
    pub currency: &'a str,
    /// As of.
    pub now: Timestamp,
}

/// One line a source and one for all together. `sources` names the lines even where nothing came.
pub fn lines<'a>(counted: &Counted<'a>, sources: impl Iterator<Item = &'a str>) -> (Vec<ReportLine>, ReportLine) {
    let mut by_source: BTreeMap<&str, ReportLine> = BTreeMap::new();
    let names = sources
        .chain(counted.funnel.iter().map(|one| one.source.as_str()))
        .chain(counted.others.iter().map(|one| one.0.as_str()))
        .chain(counted.costs.keys().map(String::as_str));
    for name in names {
        by_source.entry(name).or_insert_with(|| ReportLine { source: name.to_owned(), ..ReportLine::default() });
    }
    for one in counted.funnel {
        let Some(line) = by_source.get_mut(one.source.as_str()) else { continue };
        line.inquiries = one.inquiries;
        line.qualified = one.qualified;
        line.handed_off = one.handed_off;
        line.contacted = one.contacted;
        line.won = one.won;
        line.returned = one.returned;
    }
    for (source, touches, aside) in counted.others {
        let Some(line) = by_source.get_mut(source.as_str()) else { continue };
        line.touches = *touches;
        line.quarantined = *aside;
    }
    let mut total = ReportLine { source: "all".into(), ..ReportLine::default() };
    for line in by_source.values_mut() {
        line.cost = counted.costs.get(&line.source).copied().unwrap_or(0);
        line.speed = speed(counted.speeds.iter().filter(|row| row.source == line.source), counted.now);
        add(&mut total, line);
    }
    total.speed = speed(counted.speeds.iter(), counted.now);
    for line in by_source.values_mut().chain([&mut total]) {
        counted.currency.clone_into(&mut line.currency);
        line.cost_per_inquiry = per(line.cost, line.inquiries, "inquiries", counted.currency);
        line.cost_per_qualified = per(line.cost, line.qualified, "qualified", counted.currency);
    }
    (by_source.into_values().collect(), total)
}

fn add(total: &mut ReportLine, line: &ReportLine) {
    total.inquiries += line.inquiries;
    total.qualified += line.qualified;
    total.handed_off += line.handed_off;
    total.contacted += line.contacted;
    total.won += line.won;
    total.returned += line.returned;
    total.touches += line.touches;
    total.quarantined += line.quarantined;
    total.cost += line.cost;
}

/// Σ cost / count, rounded half away from zero; without a denominator or without any cost it says why.
fn per(cost: i64, count: u64, what: &str, currency: &str) -> Figure {
    if cost == 0 {
        return Figure { value: None, why: Some("no cost entered".into()) };
    }
    let Ok(count @ 1..) = i64::try_from(count) else {
        return Figure { value: None, why: Some(format!("{} spent, 0 {what}", Money::from_minor(cost, currency))) };
    };
    let half = if cost < 0 { -count / 2 } else { count / 2 };
    Figure { value: Some((cost + half) / count), why: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + secs).unwrap()
    }

    fn row(first: Option<i64>, closed: Option<i64>) -> SpeedRow {
        SpeedRow {
            source: "meta".into(),
            person: "anna".into(),
            team: "berlin".into(),
            destination: "desk".into(),
            asked_at: at(0),
            accepted_at: at(10),
            answer_by: Some(at(3_600)),
            first_at: first.map(at),
            closed_at: closed.map(at),
        }
    }

    #[test]
    fn the_unanswered_are_censored_not_dropped() {
        let rows = [row(Some(60), None), row(Some(400), None), row(None, None), row(None, Some(7_000))];
        let speed = speed(rows.iter(), at(5_000));
        assert_eq!((speed.n, speed.answered, speed.never), (4, 2, 1));
        assert_eq!(speed.median_secs, Some(400));
        assert_eq!((speed.p90_secs, speed.p90_over_secs), (None, Some(7_000)));
        // Within 5 min one of all four (all older); within 24 h two of the three that are decided.
        assert_eq!(speed.within, [(1, 4), (2, 4), (2, 3)]);
        assert_eq!(speed.target, (2, 4));
    }

    #[test]
    fn nothing_measured_has_no_quantile() {
        let speed = speed([].iter(), at(0));
        assert_eq!((speed.median_secs, speed.median_over_secs, speed.n), (None, None, 0));
    }

    #[test]
    fn a_zero_denominator_has_no_value_and_says_why() {
        let funnel = [FunnelCounts { source: "meta".into(), inquiries: 3, qualified: 0, ..FunnelCounts::default() }];
        let costs = BTreeMap::from([("meta".to_owned(), 32_000)]);
        let counted = Counted { funnel: &funnel, others: &[], costs: &costs, speeds: &[], currency: "EUR", now: at(0) };
        let (lines, total) = lines(&counted, ["meta", "news"].into_iter());
        assert_eq!(lines[0].cost_per_inquiry.value, Some(10_667));
        assert_eq!(lines[0].cost_per_qualified.why.as_deref(), Some("320 EUR spent, 0 qualified"));
        assert_eq!(lines[1].cost_per_inquiry.why.as_deref(), Some("no cost entered"));
        assert_eq!(total.cost, 32_000);
    }
}
