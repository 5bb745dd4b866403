//! How fast an endpoint may be asked, and how it says "later": `Retry-After` in both its forms, reset
//! headers in every unit seen, usage as JSON in a header, counters in the body, a time of day (`sources` 11.6).
//! [`Scope`] keeps what is said here.

mod heading;
mod scope;
mod wish;

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use self::heading::Heading;
use self::wish::{DailyReset, Unit, greatest, least, retry_after};
use super::fault::Fault;
use super::instant;
use super::operation::one_or_many;
use super::place::Place;
use super::template::{Context, Scope as Names, Template};
use crate::net::http::Answer;
pub use scope::{PATIENCE, Permit, Scope};

/// Shortest wait, in seconds.
pub const WAIT_MIN: u64 = 1;
/// Longest wait, in seconds: a day and a little; a longer one is asked again.
pub const WAIT_MAX: u64 = 26 * 3_600;
/// Wait when the far side throttles without saying for how long, in seconds.
pub const THROTTLE_SECS: u64 = 60;
/// While a daily quota is spent, one request an hour finds out whether it really is.
pub const PROBE_EVERY_SECS: u64 = 3_600;
/// Wait when a usage is too high and nothing says when it falls, in seconds.
const USAGE_SECS: u64 = 300;
/// Requests at the same time, where a preset does not say.
const CONCURRENCY: usize = 2;

/// `[limits]` of a preset.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsDoc {
    /// `"5/1s"`: at most 5 requests in a second. All of a list hold.
    #[serde(default, deserialize_with = "one_or_many")]
    pub rate: Vec<String>,
    /// Requests at the same time.
    pub concurrency: Option<usize>,
    /// What shares these limits: a template over `vars`; the host and the credentials where absent.
    pub scope: Option<String>,
    /// Header that says how long to wait, in seconds or as an HTTP date; `Retry-After` where absent.
    pub retry_after: Option<String>,
    /// Header that says when requests are allowed again.
    pub reset: Option<ResetDoc>,
    /// Headers that hold JSON about how much is used up.
    #[serde(default, deserialize_with = "one_or_many")]
    pub usage: Vec<UsageDoc>,
    /// Header that says how many requests are left.
    pub remaining: Option<RemainingDoc>,
    /// Where in a failure's JSON it says how long to wait.
    pub body: Option<BodyDoc>,
    /// Where in every answer's JSON it says how many requests are left.
    pub left: Option<LeftDoc>,
    /// When a daily quota begins anew: `00:00Z`.
    pub resets_at: Option<String>,
}

/// `reset = { header, regex, unit }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetDoc {
    /// Name of the header.
    pub header: String,
    /// Its capture is what is read, where the header says more than that.
    pub regex: Option<String>,
    /// `s`, `ms`, `min`, `duration` (from now), `epoch`, `epoch_ms`, `rfc3339` or `http_date`.
    pub unit: String,
}

/// `usage = { header, percent, pause_above, wait, unit }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageDoc {
    /// Name of the header.
    pub header: String,
    /// JSONPaths of percentages in it; the greatest counts.
    #[serde(deserialize_with = "one_or_many")]
    pub percent: Vec<String>,
    /// Above this nothing is asked for a while.
    pub pause_above: f64,
    /// JSONPath of the time until it falls; five minutes where it says nothing.
    pub wait: Option<String>,
    /// The unit of `wait`; seconds where absent.
    pub unit: Option<String>,
}

/// `remaining = { header, regex, below }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemainingDoc {
    /// Name of the header.
    pub header: String,
    /// Its capture is what is read, where the header says more than that.
    pub regex: Option<String>,
    /// With fewer left, nothing is asked until `reset`.
    pub below: f64,
}

/// `body = { at, unit }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyDoc {
    /// JSONPath; the longest counts.
    pub at: String,
    /// As in `reset`.
    pub unit: String,
}

/// `left = { at, below, wait }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftDoc {
    /// JSONPath of the number of requests left.
    pub at: String,
    /// With fewer left, nothing is asked for `wait`.
    pub below: f64,
    /// For so long.
    pub wait: String,
}

/// Compiled limits.
#[derive(Debug)]
pub struct Limits {
    /// At most so many in so long; all hold.
    pub rates: Vec<(u32, Duration)>,
    /// Requests at the same time, at least 1.
    pub concurrency: usize,
    scope: Option<Template>,
    retry_after: String,
    reset: Option<(Heading, Unit)>,
    usage: Vec<Usage>,
    remaining: Option<(Heading, f64)>,
    body: Option<(Place, Unit)>,
    left: Option<(Place, f64, u64)>,
    resets_at: Option<DailyReset>,
}

#[derive(Debug)]
struct Usage {
    header: String,
    percent: Vec<Place>,
    pause_above: f64,
    wait: Vec<Place>,
    unit: Unit,
}

impl Limits {
    /// Compiles. `scope` may use the names of `names`.
    ///
    /// # Errors
    /// Names what cannot be meant.
    pub fn compile(doc: &LimitsDoc, names: &Names) -> Result<Self, Fault> {
        let heading = |name: &str, regex: &Option<String>, part| Heading::compile(name, regex.as_deref(), part);
        let reset = doc
            .reset
            .as_ref()
            .map(|reset| Ok((heading(&reset.header, &reset.regex, "reset")?, Unit::parse(&reset.unit, "reset")?)));
        let remaining = doc
            .remaining
            .as_ref()
            .map(|remaining| Ok((heading(&remaining.header, &remaining.regex, "remaining")?, remaining.below)));
        let scope = doc.scope.as_deref().map(|text| Template::compile(text, names));
        Ok(Self {
            rates: doc.rate.iter().map(|text| rate(text)).collect::<Result<_, _>>()?,
            concurrency: doc.concurrency.unwrap_or(CONCURRENCY).max(1),
            scope: scope.transpose().map_err(|fault| fault.within("limits.scope"))?,
            retry_after: doc.retry_after.clone().unwrap_or_else(|| "retry-after".to_owned()),
            reset: reset.transpose()?,
            usage: doc.usage.iter().map(usage).collect::<Result<_, _>>()?,
            remaining: remaining.transpose()?,
            body: doc
                .body
                .as_ref()
                .map(|body| Ok((place(&body.at, "body")?, Unit::parse(&body.unit, "body")?)))
                .transpose()?,
            left: doc.left.as_ref().map(left).transpose()?,
            resets_at: doc.resets_at.as_deref().map(DailyReset::parse).transpose()?,
        })
    }

    /// What shares these limits, where the preset says it.
    ///
    /// # Errors
    /// The template failed.
    pub fn scope(&self, context: &Context) -> Result<Option<String>, Fault> {
        let text = self.scope.as_ref().map(|scope| scope.text(context)).transpose()?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// Does it say when a daily quota begins anew?
    pub const fn has_daily_reset(&self) -> bool {
        self.resets_at.is_some()
    }

    /// How long a failure asks us to wait, in seconds, between [`WAIT_MIN`] and [`WAIT_MAX`]: by its own words,
    /// its JSON, its usage, its reset header, in this order. Dates count from the far side's clock where it
    /// tells it, else from `now`. Nonsense is no wish.
    pub fn wait_secs(&self, answer: &Answer, json: Option<&Value>, now: Timestamp) -> Option<u64> {
        let now = answer.date.unwrap_or(now);
        let said = || answer.header(&self.retry_after).and_then(|text| retry_after(text, now));
        let body = || {
            let (at, unit) = self.body.as_ref()?;
            unit.longest(std::slice::from_ref(at), json?, now)
        };
        let regain = || self.usage.iter().filter_map(|usage| usage.wait(answer, now)).max();
        let wish = said().or_else(body).or_else(regain).or_else(|| self.reset_secs(answer, now));
        wish.map(|secs| secs.clamp(WAIT_MIN, WAIT_MAX))
    }

    /// How long to wait where a throttle says nothing and a daily quota is known: until that begins anew, but
    /// at most [`PROBE_EVERY_SECS`], for the throttle may have been another one.
    pub fn until_reset_secs(&self, now: Timestamp) -> Option<u64> {
        let reset = self.resets_at.as_ref()?;
        Some(reset.secs(now).clamp(WAIT_MIN, PROBE_EVERY_SECS))
    }

    /// Must the JSON of good answers be looked at?
    pub const fn look_into_json(&self) -> bool {
        self.left.is_some()
    }

    /// Whether an answer, good or bad, says that we had better stop for a while: for how many seconds and why.
    pub fn exhausted(&self, answer: &Answer, json: Option<&Value>, now: Timestamp) -> Option<(u64, String)> {
        let now = answer.date.unwrap_or(now);
        let usage = self.usage.iter().filter_map(|usage| usage.exceeded(answer, now));
        let remaining = self.remaining.as_ref().and_then(|(header, below)| {
            let left: f64 = header.read(answer)?.parse().ok()?;
            let wait = || self.reset_secs(answer, now).unwrap_or_else(|| self.shortest_rate_secs());
            (left < *below).then(|| (wait(), format!("{}: {left}", header.name())))
        });
        let left = self.left.as_ref().and_then(|(at, below, wait)| {
            let left = least(std::slice::from_ref(at), json?)?;
            (left < *below).then(|| (*wait, format!("{left} requests left")))
        });
        let longest = usage.chain(remaining).chain(left).max_by_key(|(secs, _)| *secs);
        longest.map(|(secs, why)| (secs.clamp(WAIT_MIN, WAIT_MAX), why))
    }

    fn reset_secs(&self, answer: &Answer, now: Timestamp) -> Option<u64> {
        let (header, unit) = self.reset.as_ref()?;
        unit.secs(header.read(answer)?, now)
    }

    fn shortest_rate_secs(&self) -> u64 {
        self.rates.iter().map(|(_, per)| per.as_secs()).min().unwrap_or(WAIT_MIN)
    }
}

impl Usage {
    fn json(&self, answer: &Answer) -> Option<Value> {
        serde_json::from_str(answer.header(&self.header)?).ok()
    }

    /// The time it names until requests are allowed again; none where it names nought.
    fn wait(&self, answer: &Answer, now: Timestamp) -> Option<u64> {
        self.unit.longest(&self.wait, &self.json(answer)?, now).filter(|secs| *secs > 0)
    }

    fn exceeded(&self, answer: &Answer, now: Timestamp) -> Option<(u64, String)> {
        let percent = greatest(&self.percent, &self.json(answer)?)?;
        let secs = || self.wait(answer, now).unwrap_or(USAGE_SECS);
        (percent > self.pause_above).then(|| (secs(), format!("{percent} % of its quota are used ({})", self.header)))
    }
}

fn usage(doc: &UsageDoc) -> Result<Usage, Fault> {
    Ok(Usage {
        header: doc.header.clone(),
        percent: doc.percent.iter().map(|at| place(at, "usage.percent")).collect::<Result<_, _>>()?,
        pause_above: doc.pause_above,
        wait: doc.wait.iter().map(|at| place(at, "usage.wait")).collect::<Result<_, _>>()?,
        unit: Unit::parse(doc.unit.as_deref().unwrap_or("s"), "usage")?,
    })
}

fn left(doc: &LeftDoc) -> Result<(Place, f64, u64), Fault> {
    let wait = instant::duration(&doc.wait).map_err(|fault| fault.within("limits.left.wait"))?;
    Ok((place(&doc.at, "left")?, doc.below, wait.as_secs().unsigned_abs()))
}

fn place(at: &str, part: &str) -> Result<Place, Fault> {
    Place::parse(at).map_err(|why| Fault::about(at, format!("limits.{part}: {why}")))
}

fn rate(text: &str) -> Result<(u32, Duration), Fault> {
    let bad = || Fault::about(text, format!("limits.rate `{text}` is not like `5/1s` or `60/1m`"));
    let (count, per) = text.split_once('/').ok_or_else(bad)?;
    let count: u32 = count.trim().parse().ok().filter(|count| *count > 0).ok_or_else(bad)?;
    let per = Duration::try_from(instant::duration(per.trim())?).map_err(|_| bad())?;
    if per.is_zero() { Err(bad()) } else { Ok((count, per)) }
}

#[cfg(test)]
mod tests;
