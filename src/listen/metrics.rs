//! The figures a monitor watches. Labels are ids of the config and words of leadgate, so their number is
//! bounded; what is no longer in the config is told under one name. Nobody's data is in it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::door::Counts;
use super::text::Page;
use crate::clock::earlier;
use crate::config::Config;
use crate::engine::Parts;
use crate::report::figures::{WITHIN_SECS, speed};
use crate::store::{Endpoint, EndpointKind, StoreError};

/// First responses are those of the leads of so long.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The name of all that is no longer in the config.
const REMOVED: &str = "(removed)";

/// The page as of now.
///
/// # Errors
/// The store did not answer.
pub async fn page(parts: &Parts, counts: Counts, in_trouble: usize) -> Result<String, StoreError> {
    let now = parts.clock.now();
    let mut page = Page::default();
    page.metric("leadgate_stages_in_trouble", "gauge", "Stages of the engine that fail and are tried again.");
    page.value("leadgate_stages_in_trouble", &[], in_trouble);
    where_they_are(parts, &mut page).await?;
    first_responses(parts, now, &mut page).await?;
    let sources = parts.store.endpoints(EndpointKind::Source).await?;
    endpoints("source", &known(sources, |name| parts.config.sources.contains_key(name)), parts, now, &mut page);
    let destinations = parts.store.endpoints(EndpointKind::Destination).await?;
    let destinations = known(destinations, |name| parts.config.destinations.contains_key(name));
    endpoints("destination", &destinations, parts, now, &mut page);
    page.metric("leadgate_deliveries_total", "counter", "Deliveries to the listener since it started, by outcome.");
    for ((source, outcome), count) in counts {
        page.value("leadgate_deliveries_total", &[("source", &source), ("outcome", outcome)], count);
    }
    Ok(page.into_text())
}

async fn where_they_are(parts: &Parts, page: &mut Page) -> Result<(), StoreError> {
    let gauges = parts.store.gauges().await?;
    let Config { sources, destinations, .. } = &*parts.config;
    let named = |known: bool, name: String| if known { name } else { REMOVED.to_owned() };
    let mut leads: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for (source, stage, count) in gauges.leads {
        *leads.entry((named(sources.contains_key(&source), source), stage.word())).or_default() += count;
    }
    let mut handoffs: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for (destination, state, count) in gauges.handoffs {
        let name = named(destinations.contains_key(&destination), destination);
        *handoffs.entry((name, state.word())).or_default() += count;
    }
    page.metric("leadgate_leads", "gauge", "Leads by source and stage.");
    for ((source, stage), count) in leads {
        page.value("leadgate_leads", &[("source", &source), ("stage", stage)], count);
    }
    page.metric("leadgate_records_aside", "gauge", "Records that made no lead: unreadable, tests, no consent.");
    page.value("leadgate_records_aside", &[], gauges.aside);
    page.metric("leadgate_handoffs", "gauge", "Handoffs by destination and state.");
    for ((destination, state), count) in handoffs {
        page.value("leadgate_handoffs", &[("destination", &destination), ("state", state)], count);
    }
    Ok(())
}

async fn first_responses(parts: &Parts, now: Timestamp, page: &mut Page) -> Result<(), StoreError> {
    let rows = parts.store.speeds(earlier(now, LOOK_BACK), now).await?;
    let speed = speed(rows.iter(), now);
    page.metric("leadgate_first_response_leads", "gauge", "Leads of the last 30 days that were handed off.");
    page.value("leadgate_first_response_leads", &[], speed.n);
    page.metric("leadgate_first_response_answered", "gauge", "Of these, answered by a person.");
    page.value("leadgate_first_response_answered", &[], speed.answered);
    let name = "leadgate_first_response_seconds";
    page.metric(name, "gauge", "Time to the first human answer; absent where not enough are answered yet.");
    for (quantile, secs) in [("0.5", speed.median_secs), ("0.9", speed.p90_secs)] {
        if let Some(secs) = secs {
            page.value(name, &[("quantile", quantile)], secs);
        }
    }
    let name = "leadgate_first_response_within_ratio";
    page.metric(name, "gauge", "Share of those old enough to tell that were answered within so many seconds.");
    for (limit, (met, of)) in WITHIN_SECS.iter().zip(speed.within) {
        if of > 0 {
            page.value(name, &[("seconds", &limit.to_string())], met as f64 / of as f64);
        }
    }
    Ok(())
}

fn known(rows: BTreeMap<String, Endpoint>, is: impl Fn(&str) -> bool) -> Vec<(String, Endpoint)> {
    rows.into_iter().filter(|(name, _)| is(name)).collect()
}

fn endpoints(word: &str, rows: &[(String, Endpoint)], parts: &Parts, now: Timestamp, page: &mut Page) {
    let secs = |at: Timestamp| at.duration_until(now).as_secs().max(0);
    let mut gauge = |what: &str, help: &str, of: &dyn Fn(&str, &Endpoint) -> Option<i64>| {
        let name = format!("leadgate_{word}_{what}");
        page.metric(&name, "gauge", help);
        for (id, row) in rows {
            if let Some(value) = of(id, row) {
                page.value(&name, &[(word, id)], value);
            }
        }
    };
    gauge("up", "1 when the last try went well.", &|_, row| Some(i64::from(row.class.is_none())));
    gauge("failures", "Failures in a row.", &|_, row| Some(row.fails));
    gauge("seconds_since_success", "Time since it last went well.", &|_, row| row.last_ok_at.map(secs));
    if word == "source" {
        gauge("lag_seconds", "How long a read has been due.", &|id, row| {
            (parts.sources.contains_key(id) && row.due_at > Timestamp::UNIX_EPOCH).then(|| secs(row.due_at))
        });
    }
}
