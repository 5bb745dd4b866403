//! One setting tried over a range: the curve, and its knee.

use serde::{Deserialize, Serialize};

use super::Outcome;

/// Most values tried.
pub const VALUES_MOST: u32 = 200;

/// A setting and the values it is to have: `cap.berlin-day.max=5..30`, or `…=5..30/5` in steps of five.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// The key of the configuration.
    pub key: String,
    /// The values, ascending.
    pub values: Vec<u32>,
}

/// What one value came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The value.
    pub value: u32,
    /// Handed off.
    pub handed_off: u64,
    /// Answered late.
    pub late: u64,
    /// Given up waiting, or still waiting at the end.
    pub left_over: u64,
    /// Handed off and answered in time: what a cap is for.
    pub in_time: u64,
}

impl Point {
    /// What the value came to.
    pub fn of(value: u32, outcome: &Outcome) -> Self {
        let all = &outcome.all;
        Self {
            value,
            handed_off: all.handed_off,
            late: all.late,
            left_over: all.expired + outcome.held,
            in_time: all.handed_off.saturating_sub(all.late),
        }
    }
}

impl Sweep {
    /// Reads `KEY=FROM..TO` or `KEY=FROM..TO/STEP`, both ends included.
    ///
    /// # Errors
    /// What is wrong with it, with an example.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is not like cap.berlin-day.max=5..30, or …=5..30/5 in steps of five");
        let (key, range) = text.split_once('=').ok_or_else(bad)?;
        let (range, step) = range.split_once('/').unwrap_or((range, "1"));
        let (from, to) = range.split_once("..").ok_or_else(bad)?;
        let number = |text: &str| text.trim().parse::<u32>().map_err(|_| bad());
        let (from, to, step) = (number(from)?, number(to.trim_start_matches('='))?, number(step)?);
        if key.trim().is_empty() || from > to || step == 0 {
            return Err(bad());
        }
        if (to - from) / step >= VALUES_MOST {
            return Err(format!("{text:?} would try {} values; at most {VALUES_MOST}", (to - from) / step + 1));
        }
        let values = (from..=to).step_by(usize::try_from(step).unwrap_or(1)).collect();
        Ok(Self { key: key.trim().to_owned(), values })
    }
}

/// The smallest value after which more brings little: the point farthest above the line from the first to the
/// last point of (value, answered in time) (the "kneedle" of Satopää and others, 2011). `None` where the curve
/// never bends.
pub fn knee(points: &[Point]) -> Option<u32> {
    let (first, last) = (points.first()?, points.last()?);
    let best = points.iter().map(|point| point.in_time).max()?;
    let (low, span) = (first.in_time.min(last.in_time), f64::from(last.value.checked_sub(first.value)?));
    let rise = best.checked_sub(low).filter(|rise| *rise > 0)? as f64;
    let end = last.in_time.saturating_sub(low) as f64 / rise;
    let start = first.in_time.saturating_sub(low) as f64 / rise;
    let above = |point: &Point| {
        let x = f64::from(point.value - first.value) / span;
        point.in_time.saturating_sub(low) as f64 / rise - (start + (end - start) * x)
    };
    let mut found: Option<(f64, u32)> = None;
    for point in points {
        let height = above(point);
        if height > found.map_or(1e-9, |(most, _)| most + 1e-9) {
            found = Some((height, point.value));
        }
    }
    found.map(|(_, value)| value)
}

/// What a curve says, one or two sentences: where its knee is, and what stops more from helping beyond it.
pub fn words(points: &[Point]) -> String {
    let same = |pair: &[Point]| matches!(pair, [a, b] if a.handed_off == b.handed_off && a.late == b.late);
    if points.len() > 1 && points.windows(2).all(same) {
        return "No value of this range changes anything: it is something else that decides here.".to_owned();
    }
    let Some(knee) = knee(points) else { return "The curve has no knee in this range: try a wider one.".to_owned() };
    let at = points.iter().find(|point| point.value == knee);
    let (Some(at), Some(last)) = (at, points.last()) else { return String::new() };
    let why = if last.late > at.late {
        "people cannot answer more in time"
    } else if last.left_over == 0 {
        "nobody is left waiting"
    } else {
        "something else holds the rest: another cap, hours, or how many somebody takes"
    };
    format!("Beyond {knee}, more brings little: {why}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(in_time: &[u64]) -> Vec<Point> {
        let point = |(value, in_time): (usize, &u64)| Point {
            value: u32::try_from(value).unwrap() + 1,
            handed_off: *in_time,
            late: 0,
            left_over: 0,
            in_time: *in_time,
        };
        in_time.iter().enumerate().map(point).collect()
    }

    #[test]
    fn the_knee_is_where_more_stops_to_help() {
        assert_eq!(knee(&points(&[10, 20, 30, 31, 32, 32])), Some(3));
        assert_eq!(knee(&points(&[10, 20, 30, 25, 20, 10])), Some(3));
        assert_eq!(knee(&points(&[10, 20, 30, 40])), None, "a straight line has no knee");
        assert_eq!(knee(&points(&[7, 7, 7])), None);
        assert_eq!(knee(&points(&[7])), None);
        assert_eq!(knee(&[]), None);
    }

    #[test]
    fn what_stops_more_from_helping_is_said() {
        let told = |late: u64, left_over: u64| {
            let mut points = points(&[10, 20, 30, 30, 30]);
            if let Some(last) = points.last_mut() {
                (last.late, last.left_over) = (late, left_over);
            }
            words(&points)
        };
        assert_eq!(told(4, 9), "Beyond 3, more brings little: people cannot answer more in time.");
        assert_eq!(told(0, 0), "Beyond 3, more brings little: nobody is left waiting.");
        assert!(told(0, 9).contains("something else holds the rest"));
        assert!(words(&points(&[1, 2, 3])).contains("no knee"));
        assert!(words(&points(&[7, 7, 7])).starts_with("No value of this range changes anything"));
    }

    #[test]
    fn a_sweep_is_read_or_refused_with_an_example() {
        let sweep = Sweep::parse("cap.berlin-day.max=5..30/5").unwrap();
        assert_eq!((sweep.key.as_str(), sweep.values), ("cap.berlin-day.max", vec![5, 10, 15, 20, 25, 30]));
        assert_eq!(Sweep::parse("a=3..3").unwrap().values, [3]);
        for bad in ["a", "a=", "a=1..", "a=9..1", "=1..2", "a=1..2/0", "a=x..y"] {
            assert!(Sweep::parse(bad).unwrap_err().contains("5..30"), "{bad}");
        }
        assert!(Sweep::parse("a=0..100000").unwrap_err().contains("at most"));
    }
}
