//! The phase a source is in (`domain-rules` 1): what to expect of its figures, and what to do next.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::Day;

/// A source has started once it was read for so many days …
const START_DAYS: i32 = 14;
/// … and brought so many leads: with fewer, every share has an interval too wide to act on.
const START_LEADS: u64 = 30;
/// It is stable after so many weeks …
const STABLE_DAYS: i32 = 56;
/// … when no week of the last four differs from their mean by more than this share.
const STABLE_SHARE: f64 = 0.5;

/// Where a source is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Something is missing before it can be read.
    Setup,
    /// It is read; too little is known of it for a verdict.
    Start,
    /// Enough is known to change something about it.
    Optimise,
    /// It brings about the same every week: watch it, and keep it as it is.
    Stabilise,
}

impl Phase {
    /// The word on screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Start => "start",
            Self::Optimise => "optimise",
            Self::Stabilise => "stabilise",
        }
    }

    /// What it means, for people.
    pub const fn means(self) -> &'static str {
        match self {
            Self::Setup => "something is missing before it can be read",
            Self::Start => "collect data: too little is known for a verdict",
            Self::Optimise => "enough is known: change one thing at a time",
            Self::Stabilise => "it brings about the same every week: keep it",
        }
    }
}

/// The phase of a source whose setup misses `gaps` things.
pub fn phase(gaps: usize, first_ok_at: Option<Timestamp>, days: &[Day], zone: &TimeZone, now: Timestamp) -> Phase {
    let Some(first) = first_ok_at.filter(|_| gaps == 0) else { return Phase::Setup };
    let today = now.to_zoned(zone.clone()).date();
    let read = (today - first.to_zoned(zone.clone()).date()).get_days();
    let leads: u64 = days.iter().map(|day| day.asked).sum();
    if read < START_DAYS || leads < START_LEADS {
        return Phase::Start;
    }
    if read >= STABLE_DAYS && is_steady(days, today) { Phase::Stabilise } else { Phase::Optimise }
}

/// Do the last four whole weeks resemble each other?
fn is_steady(days: &[Day], today: Date) -> bool {
    let week = |back: i64| {
        let (from, to) = (today.checked_sub((back * 7).days()), today.checked_sub(((back - 1) * 7).days()));
        let (Ok(from), Ok(to)) = (from, to) else { return 0.0 };
        days.iter().filter(|day| day.day >= from && day.day < to).map(|day| day.asked as f64).sum::<f64>()
    };
    let weeks: Vec<f64> = (1..=4).map(week).collect();
    let mean = weeks.iter().sum::<f64>() / 4.0;
    mean > 0.0 && weeks.iter().all(|count| (count - mean).abs() <= mean * STABLE_SHARE)
}
