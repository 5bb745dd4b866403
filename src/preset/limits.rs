//! How fast an endpoint may be asked, and how it says "later": `Retry-After` in both its forms, reset
//! headers in every unit seen (`sources` 11.6).

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::fault::{Fault, did_you_mean};
use super::instant;
use crate::net::http::{Answer, http_date};

/// Shortest wait, in seconds.
pub const WAIT_MIN: u64 = 1;
/// Longest wait, in seconds; a longer one is asked again.
pub const WAIT_MAX: u64 = 3_600;
/// Requests at the same time, where a preset does not say.
const CONCURRENCY: usize = 2;

/// `[limits]` of a preset.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsDoc {
    /// `"5/1s"`: at most 5 requests in a second. All of a list hold.
    #[serde(default)]
    pub rate: Vec<String>,
    /// Requests at the same time.
    pub concurrency: Option<usize>,
    /// Header that says how long to wait, in seconds or as an HTTP date; `Retry-After` where absent.
    pub retry_after: Option<String>,
    /// Header that says when requests are allowed again.
    pub reset: Option<ResetDoc>,
}

/// `reset = { header, unit }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetDoc {
    /// Name of the header.
    pub header: String,
    /// `s`, `ms`, `min` (from now), `epoch`, `rfc3339` or `http_date`.
    pub unit: String,
}

/// Compiled limits.
#[derive(Debug, Clone)]
pub struct Limits {
    /// At most so many in so long; all hold.
    pub rates: Vec<(u32, Duration)>,
    /// Requests at the same time, at least 1.
    pub concurrency: usize,
    retry_after: String,
    reset: Option<(String, Unit)>,
}

#[derive(Debug, Clone, Copy)]
enum Unit {
    Seconds,
    Millis,
    Minutes,
    Epoch,
    Rfc3339,
    HttpDate,
}

impl Limits {
    /// Compiles.
    ///
    /// # Errors
    /// Names what cannot be meant.
    pub fn compile(doc: &LimitsDoc) -> Result<Self, Fault> {
        let reset = doc.reset.as_ref().map(|reset| Ok((reset.header.clone(), unit(&reset.unit)?))).transpose()?;
        Ok(Self {
            rates: doc.rate.iter().map(|text| rate(text)).collect::<Result<_, _>>()?,
            concurrency: doc.concurrency.unwrap_or(CONCURRENCY).max(1),
            retry_after: doc.retry_after.clone().unwrap_or_else(|| "retry-after".to_owned()),
            reset,
        })
    }

    /// How long this answer asks us to wait, in seconds, between [`WAIT_MIN`] and [`WAIT_MAX`]. Dates count
    /// from the far side's clock where it tells it, else from `now`. Nonsense is no wish.
    pub fn wait_secs(&self, answer: &Answer, now: Timestamp) -> Option<u64> {
        let now = answer.date.unwrap_or(now);
        let from = |at: Timestamp| (at.as_millisecond() - now.as_millisecond()).max(0).unsigned_abs().div_ceil(1_000);
        let asked = answer.header(&self.retry_after).and_then(|text| match text.trim().parse::<f64>() {
            Ok(seconds) => whole_seconds(seconds, 1.0),
            Err(_) => http_date(text).map(from),
        });
        let reset = || {
            let (header, unit) = self.reset.as_ref()?;
            let text = answer.header(header)?.trim();
            match unit {
                Unit::Seconds => whole_seconds(text.parse().ok()?, 1.0),
                Unit::Millis => whole_seconds(text.parse().ok()?, 0.001),
                Unit::Minutes => whole_seconds(text.parse().ok()?, 60.0),
                Unit::Epoch => instant::Notation::EpochSeconds.read(text).map(from),
                Unit::Rfc3339 => instant::parse(text).map(from),
                Unit::HttpDate => http_date(text).map(from),
            }
        };
        asked.or_else(reset).map(|seconds| seconds.clamp(WAIT_MIN, WAIT_MAX))
    }
}

fn whole_seconds(number: f64, scale: f64) -> Option<u64> {
    let seconds = (number * scale).ceil();
    (seconds.is_finite() && seconds >= 0.0).then(|| seconds.min(WAIT_MAX as f64) as u64)
}

fn unit(name: &str) -> Result<Unit, Fault> {
    Ok(match name {
        "s" => Unit::Seconds,
        "ms" => Unit::Millis,
        "min" => Unit::Minutes,
        "epoch" => Unit::Epoch,
        "rfc3339" => Unit::Rfc3339,
        "http_date" => Unit::HttpDate,
        other => {
            let near = did_you_mean(other, ["s", "ms", "min", "epoch", "rfc3339", "http_date"]);
            return Err(Fault::about(other, format!("limits.reset.unit `{other}` is unknown{near}")));
        }
    })
}

fn rate(text: &str) -> Result<(u32, Duration), Fault> {
    let bad = || Fault::about(text, format!("limits.rate `{text}` is not like `5/1s` or `60/1m`"));
    let (count, per) = text.split_once('/').ok_or_else(bad)?;
    let count: u32 = count.trim().parse().ok().filter(|count| *count > 0).ok_or_else(bad)?;
    let per = Duration::try_from(instant::duration(per.trim())?).map_err(|_| bad())?;
    if per.is_zero() { Err(bad()) } else { Ok((count, per)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(doc: &str, headers: &[(&'static str, &str)]) -> Option<u64> {
        let limits = Limits::compile(&toml::from_str(doc).unwrap()).unwrap();
        let mut answer =
            Answer { status: 429, headers: reqwest::header::HeaderMap::new(), body: Vec::new(), date: None };
        for (name, text) in headers {
            answer.headers.insert(*name, text.parse().unwrap());
        }
        answer.date = answer.header("date").and_then(http_date);
        limits.wait_secs(&answer, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn every_way_to_say_later_is_understood_and_nonsense_ignored() {
        assert_eq!(wait("", &[("retry-after", "20")]), Some(20));
        assert_eq!(wait("", &[("retry-after", "0.4")]), Some(1));
        assert_eq!(wait("", &[("retry-after", "1000000000")]), Some(WAIT_MAX));
        assert_eq!(wait("", &[("retry-after", "-5")]), None);
        assert_eq!(wait("", &[("retry-after", "NaN")]), None);
        assert_eq!(wait("", &[("retry-after", "later")]), None);
        assert_eq!(wait("", &[("retry-after", "Thu, 01 Jan 2026 00:00:30 GMT")]), Some(30));
        let skewed = [("retry-after", "Fri, 02 Jan 2026 00:01:00 GMT"), ("date", "Fri, 02 Jan 2026 00:00:00 GMT")];
        assert_eq!(wait("", &skewed), Some(60));
        let reset = |unit: &str| format!("reset = {{ header = \"x-reset\", unit = \"{unit}\" }}");
        assert_eq!(wait(&reset("s"), &[("x-reset", "7")]), Some(7));
        assert_eq!(wait(&reset("ms"), &[("x-reset", "1500")]), Some(2));
        assert_eq!(wait(&reset("min"), &[("x-reset", "2")]), Some(120));
        assert_eq!(wait(&reset("epoch"), &[("x-reset", "1767225610")]), Some(10));
        assert_eq!(wait(&reset("rfc3339"), &[("x-reset", "2026-01-01T00:00:05Z")]), Some(5));
        assert_eq!(wait("", &[]), None);
    }

    #[test]
    fn a_limit_that_cannot_be_meant_is_refused() {
        let fault = |doc: &str| Limits::compile(&toml::from_str(doc).unwrap()).unwrap_err().message;
        assert!(fault("rate = [\"5\"]").contains("5/1s"));
        assert!(fault("rate = [\"0/1s\"]").contains("5/1s"));
        assert!(fault("reset = { header = \"x\", unit = \"sec\" }").contains("unknown"));
        let limits = Limits::compile(&toml::from_str("rate = [\"60/1m\"]\nconcurrency = 0").unwrap()).unwrap();
        assert_eq!((limits.rates[0], limits.concurrency), ((60, Duration::from_mins(1)), 1));
    }
}
