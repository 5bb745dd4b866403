//! How a far side writes "later": a number in some unit, a date, a length of time, a time of day. The unit is
//! the classic mistake (`sources` 11.6), so a preset always names it.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::WAIT_MAX;
use crate::net::http::http_date;
use crate::preset::fault::{Fault, did_you_mean};
use crate::preset::instant;
use crate::preset::place::Place;
use crate::preset::read::text_of;

/// The words for units.
const UNITS: &[&str] = &["s", "ms", "min", "epoch", "epoch_ms", "rfc3339", "http_date", "duration"];

/// What a number or text about waiting means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Millis,
    Minutes,
    Epoch,
    EpochMillis,
    Rfc3339,
    HttpDate,
    Duration,
}

impl Unit {
    /// Reads a unit's name; `part` is the key it stands in.
    pub(super) fn parse(name: &str, part: &str) -> Result<Self, Fault> {
        Ok(match name {
            "s" => Self::Seconds,
            "ms" => Self::Millis,
            "min" => Self::Minutes,
            "epoch" => Self::Epoch,
            "epoch_ms" => Self::EpochMillis,
            "rfc3339" => Self::Rfc3339,
            "http_date" => Self::HttpDate,
            "duration" => Self::Duration,
            other => {
                let near = did_you_mean(other, UNITS.iter().copied());
                return Err(Fault::about(other, format!("limits.{part}.unit `{other}` is unknown{near}")));
            }
        })
    }

    /// The seconds from `now` that a text asks for; nonsense asks for nothing.
    pub(super) fn secs(self, text: &str, now: Timestamp) -> Option<u64> {
        let text = text.trim();
        match self {
            Self::Seconds => scaled(text, 1.0),
            Self::Millis => scaled(text, 0.001),
            Self::Minutes => scaled(text, 60.0),
            Self::Epoch => instant::Notation::EpochSeconds.read(text).map(|at| until(at, now)),
            Self::EpochMillis => instant::Notation::EpochMillis.read(text).map(|at| until(at, now)),
            Self::Rfc3339 => instant::parse(text).map(|at| until(at, now)),
            Self::HttpDate => http_date(text).map(|at| until(at, now)),
            Self::Duration => match text.strip_suffix('s').and_then(|number| scaled(number, 1.0)) {
                Some(secs) => Some(secs),
                None => instant::duration(text).ok().map(|length| length.as_secs().unsigned_abs()),
            },
        }
    }

    /// The longest wait any of these nodes asks for.
    pub(super) fn longest(self, places: &[Place], json: &Value, now: Timestamp) -> Option<u64> {
        let nodes = places.iter().flat_map(|place| place.all(json));
        nodes.filter_map(|node| self.secs(&text_of(node)?, now)).max()
    }
}

/// `Retry-After`: seconds or an HTTP date.
pub(super) fn retry_after(text: &str, now: Timestamp) -> Option<u64> {
    match text.trim().parse::<f64>() {
        Ok(_) => Unit::Seconds.secs(text, now),
        Err(_) => Unit::HttpDate.secs(text, now),
    }
}

/// The greatest number at any of these places.
pub(super) fn greatest(places: &[Place], json: &Value) -> Option<f64> {
    numbers(places, json).reduce(f64::max)
}

/// The least number at any of these places.
pub(super) fn least(places: &[Place], json: &Value) -> Option<f64> {
    numbers(places, json).reduce(f64::min)
}

fn numbers<'v>(places: &'v [Place], json: &'v Value) -> impl Iterator<Item = f64> + 'v {
    let nodes = places.iter().flat_map(|place| place.all(json));
    nodes.filter_map(|node| text_of(node)?.trim().parse::<f64>().ok()).filter(|number| number.is_finite())
}

fn until(at: Timestamp, now: Timestamp) -> u64 {
    (at.as_millisecond() - now.as_millisecond()).max(0).unsigned_abs().div_ceil(1_000)
}

fn scaled(text: &str, scale: f64) -> Option<u64> {
    let seconds = (text.trim().parse::<f64>().ok()? * scale).ceil();
    (seconds.is_finite() && seconds >= 0.0).then(|| seconds.min(WAIT_MAX as f64) as u64)
}

/// A time of day at which a quota begins anew: `00:00Z`, `03:00 America/Los_Angeles`.
#[derive(Debug, Clone)]
pub(super) struct DailyReset {
    time: Time,
    zone: TimeZone,
}

impl DailyReset {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let bad =
            || Fault::about(text, format!("limits.resets_at `{text}` is not like `00:00Z` or `03:00 Asia/Tokyo`"));
        let (time, zone) = match text.strip_suffix('Z') {
            Some(time) => (time, TimeZone::UTC),
            None => {
                let (time, zone) = text.split_once(' ').ok_or_else(bad)?;
                (time, TimeZone::get(zone.trim()).map_err(|_| bad())?)
            }
        };
        let (hour, minute) = time.trim().split_once(':').ok_or_else(bad)?;
        let number = |text: &str| text.parse::<i8>().map_err(|_| bad());
        Ok(Self { time: Time::new(number(hour)?, number(minute)?, 0, 0).map_err(|_| bad())?, zone })
    }

    /// Seconds from `now` until the next one.
    pub(super) fn secs(&self, now: Timestamp) -> u64 {
        let today = now.to_zoned(self.zone.clone()).date();
        let days = [Some(today), today.tomorrow().ok()];
        let resets = days.into_iter().flatten().filter_map(|day| {
            day.to_datetime(self.time).to_zoned(self.zone.clone()).ok().map(|reset| reset.timestamp())
        });
        let next = resets.filter(|reset| *reset > now).min();
        next.map_or(super::PROBE_EVERY_SECS, |reset| until(reset, now))
    }
}
