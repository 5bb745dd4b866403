//! How long people waited for their first response.

use jiff::Timestamp;

use crate::desk::view::Speed;
use crate::store::SpeedRow;

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
}
