//! What is usual: how many a weekday brings, and how long a source may be silent before it is no chance.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::Day;

/// Weeks a weekday's band is learnt from.
const BAND_WEEKS: i64 = 8;
/// Fewer weeks teach nothing.
const BAND_WEEKS_LEAST: usize = 4;
/// How far back the usual silence is learnt from, in days.
pub const LOOK_BACK_DAYS: i64 = 28;
/// With fewer leads, or in fewer days, nothing is learnt about silence.
const SILENCE_LEADS: u64 = 10;
const SILENCE_DAYS: i64 = 14;
/// Leads that come independently of each other stay away so many times their mean distance once in a
/// thousand times: -ln(0.001).
const BY_CHANCE: f64 = 6.907_755;
/// Nothing shorter is called silence.
const SILENCE_LEAST: SignedDuration = SignedDuration::from_hours(1);

/// How many leads a weekday usually brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Band {
    /// Fewer are unusual.
    pub low: u64,
    /// More are unusual.
    pub high: u64,
}

impl Band {
    /// For people: `9 to 21`.
    pub fn words(self) -> String {
        if self.low == self.high { self.low.to_string() } else { format!("{} to {}", self.low, self.high) }
    }
}

/// The first day that is known in full.
fn begins(days: &[Day], first_ok_at: Option<Timestamp>, zone: &TimeZone) -> Option<Date> {
    let read = first_ok_at?.to_zoned(zone.clone()).date();
    // A first read goes back: who asked before is known as well, from the second day of it on.
    let back = days.iter().find(|day| day.asked > 0).and_then(|day| day.day.tomorrow().ok());
    Some(back.map_or(read, |back| back.min(read)))
}

/// What is usual on the weekday of `on`: the mean of the same weekdays before, two standard deviations to
/// either side, and no tighter than chance alone would scatter.
pub fn band(days: &[Day], first_ok_at: Option<Timestamp>, on: Date, zone: &TimeZone) -> Option<Band> {
    let begins = begins(days, first_ok_at, zone)?;
    let before: Vec<f64> = (1..=BAND_WEEKS)
        .filter_map(|week| on.checked_sub((week * 7).days()).ok())
        .filter(|day| *day >= begins)
        .map(|day| days.iter().find(|one| one.day == day).map_or(0.0, |one| one.asked as f64))
        .collect();
    if before.len() < BAND_WEEKS_LEAST {
        return None;
    }
    let n = before.len() as f64;
    let mean = before.iter().sum::<f64>() / n;
    let spread = before.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let sd = spread.max(mean).sqrt();
    let (low, high) = ((mean - 2.0 * sd).floor().max(0.0), (mean + 2.0 * sd).ceil());
    Some(Band { low: low as u64, high: high as u64 })
}

/// How much working time without anybody new is no chance any more; `None` while too little is known.
/// `worked`: working time of the last [`LOOK_BACK_DAYS`] days.
pub fn silent_limit(
    days: &[Day],
    first_ok_at: Option<Timestamp>,
    worked: SignedDuration,
    zone: &TimeZone,
    now: Timestamp,
) -> Option<SignedDuration> {
    let today = now.to_zoned(zone.clone()).date();
    let since = today.checked_sub(LOOK_BACK_DAYS.days()).ok()?;
    let begins = begins(days, first_ok_at, zone)?.max(since);
    let known = i64::from((today - begins).get_days());
    let leads: u64 = days.iter().filter(|day| day.day >= begins).map(|day| day.asked).sum();
    if known < SILENCE_DAYS || leads < SILENCE_LEADS {
        return None;
    }
    let worked = worked.as_secs_f64() * known as f64 / LOOK_BACK_DAYS as f64;
    let limit = SignedDuration::try_from_secs_f64(BY_CHANCE * worked / leads as f64).ok()?;
    Some(limit.max(SILENCE_LEAST))
}
