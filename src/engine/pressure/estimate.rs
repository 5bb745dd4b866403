//! What a source brings and costs, so that what holding it back leaves out can be told.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::config::Config;
use crate::config::checked::Source;
use crate::engine::poll::schedule::rhythm;
use crate::health::{Avoided, Day, LOOK_BACK_DAYS, Usual};
use crate::lead::Money;
use crate::store::{Endpoint, Level, Pressure, Relieved, Store, StoreError};

/// What a source brought over the days it was read in full.
pub fn usual(days: &[Day], endpoint: &Endpoint, today: Date) -> Usual {
    let first = days.first().map(|day| day.day).filter(|_| endpoint.first_ok_at.is_some());
    let known = first.map_or(0, |first| i64::from((today - first).get_days()).clamp(1, LOOK_BACK_DAYS));
    let leads = if first.is_some() { days.iter().map(|day| day.asked).sum() } else { 0 };
    Usual { days: u32::try_from(known).unwrap_or(0), leads, spend: None }
}

/// The same with what it cost over these days, up to yesterday. A cost in a currency without a rate is left
/// out, and said.
pub async fn with_spend(
    usual: Usual,
    (store, config): (&Store, &Config),
    source: &str,
    today: Date,
) -> Result<Usual, StoreError> {
    let (Ok(since), Ok(until)) = (today.checked_sub(i64::from(usual.days).days()), today.yesterday()) else {
        return Ok(usual);
    };
    let mut spend: Option<i64> = None;
    for (paid, currency, minor) in store.costs(since, until).await? {
        if config.paid_by(&paid) != source {
            continue;
        }
        let cost = config.in_business_currency(&Money::from_minor(minor, &currency));
        if let Some(minor) = cost.and_then(|cost| cost.minor()) {
            spend = Some(spend.unwrap_or_default().saturating_add(minor));
        } else {
            tracing::warn!(source, "its cost in {currency} has no rate: add it under [rates]");
        }
    }
    Ok(Usual { spend, ..usual })
}

/// The leads a day of what is usual.
pub fn a_day(usual: Usual) -> f64 {
    usual.leads as f64 / f64::from(usual.days.max(1))
}

/// What holding a source back has left out so far.
pub fn avoided(source: &Source, endpoint: &Endpoint, pressure: &Pressure, now: Timestamp) -> Avoided {
    Avoided::of(pressure.usual, pressure.held_until(now), rhythm(source, endpoint.facts.retention))
}

/// The journal's entry for another level; at the end, with what was left out.
pub fn told_level(
    source: &Source,
    endpoint: &Endpoint,
    after: Option<&Pressure>,
    currency: &str,
    now: Timestamp,
) -> (Option<Relieved>, (&'static str, Value)) {
    match (endpoint.pressure.as_ref(), after) {
        (_, Some(after)) => {
            let kind = if after.level == Level::Paused { "source-held" } else { "source-slowed" };
            (None, (kind, json!({ "source": source.id, "fill": after.fill, "until": after.until })))
        }
        (Some(before), None) => {
            let relieved = Relieved {
                since: before.since,
                until: now,
                avoided: avoided(source, endpoint, before, now),
                told: before.held_until(now).told,
                usual: before.usual,
            };
            let mut body = serde_json::to_value(&relieved).unwrap_or_default();
            body["source"] = json!(source.id);
            body["currency"] = json!(currency);
            (Some(relieved), ("source-eased", body))
        }
        (None, None) => (None, ("source-eased", json!({ "source": source.id }))),
    }
}
