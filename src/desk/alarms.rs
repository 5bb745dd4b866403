//! What is not as it should be with the sources, in one line each, for the line at the bottom of every
//! screen: a source that went silent must not wait for somebody to open Sources.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::figures::stopped_words;
use crate::clock::earlier;
use crate::config::Config;
use crate::config::checked::Source;
use crate::health::{Day, LOOK_BACK_DAYS, Notice, Seen, Weight, notices};
use crate::store::{Endpoint, EndpointKind, OverrideKind, Store, StoreError};

/// How long what was found is believed: it is reckoned from weeks, and not looked at with every change.
const BELIEVED: SignedDuration = SignedDuration::from_secs(30);
/// Days of history that are looked at: nine weeks, so that every weekday has its eight.
pub(super) const HISTORY_DAYS: i64 = 63;
/// Most alarms kept.
const ALARMS: usize = 100;
/// Kinds that somebody has to act on in time, so that their warnings count as well.
const IN_TIME: [&str; 4] = ["token", "retention", "sunset", "gap"];

/// The alarms of all sources, looked up again when they are old.
#[derive(Default)]
pub(super) struct Alarms {
    at: Option<Timestamp>,
    found: Vec<String>,
}

impl Alarms {
    /// The alarms at `now`, the worst first.
    pub(super) async fn at(
        &mut self,
        store: &Store,
        config: &Config,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let fresh = |at: &Timestamp| *at <= now && at.duration_until(now) < BELIEVED;
        if self.at.is_none_or(|at| !fresh(&at)) {
            self.found = look(store, config, now).await?;
            self.at = Some(now);
        }
        Ok(self.found.clone())
    }
}

async fn look(store: &Store, config: &Config, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let endpoints = store.endpoints(EndpointKind::Source).await?;
    let set = store.overrides().await?;
    let paused: BTreeSet<&str> =
        set.iter().filter(|set| set.kind == OverrideKind::Source).map(|set| set.name.as_str()).collect();
    let today = now.to_zoned(config.business.zone.clone()).date();
    let days = store.source_days(today.checked_sub(HISTORY_DAYS.days()).unwrap_or(today)).await?;
    let worked = worked(config, now);
    let mut found: Vec<(Weight, String)> = Vec::new();
    for source in config.sources.values() {
        let Some(endpoint) = endpoints.get(&source.id) else { continue };
        let days = days.get(&source.id).map_or(&[][..], Vec::as_slice);
        let held = paused.contains(source.id.as_str())
            || endpoint.pressure.is_some()
            || !config.setup_gaps(&source.id).is_empty();
        let told = notices(&seen(config, source, endpoint, (days, worked), held), now);
        let worst = told.into_iter().find(counts);
        found.extend(worst.map(|one| (one.weight, format!("{}: {}", source.title, one.what))));
    }
    for (id, stop) in store.stop_losses().await?.iter().filter(|(_, stop)| stop.tripped_at.is_some()) {
        let Some(cap) = config.caps.iter().find(|cap| cap.id == *id) else { continue };
        let words = stopped_words(stop, now, &config.business.zone).1;
        let what = if cap.soft { "it only warns" } else { "its leads are held" };
        found.push((Weight::Alarm, format!("{id}: {words}; {what}")));
    }
    // Stable: among equals the order of the config stays.
    found.sort_by_key(|one| std::cmp::Reverse(one.0));
    found.truncate(ALARMS);
    Ok(found.into_iter().map(|one| one.1).collect())
}

fn counts(notice: &Notice) -> bool {
    match notice.weight {
        Weight::Alarm => true,
        Weight::Warn => IN_TIME.contains(&notice.kind.as_str()),
        Weight::Info => false,
    }
}

/// Working time of the last [`LOOK_BACK_DAYS`] days.
pub(super) fn worked(config: &Config, now: Timestamp) -> SignedDuration {
    config.business.hours.elapsed(earlier(now, SignedDuration::from_hours(24 * LOOK_BACK_DAYS)), now)
}

/// The end of a day where the business is.
fn end_of(last: Date, config: &Config) -> Timestamp {
    let next = last.tomorrow().unwrap_or(last);
    next.to_zoned(config.business.zone.clone()).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// What is known of a source, for its health.
pub(super) fn seen<'a>(
    config: &'a Config,
    source: &'a Source,
    endpoint: &'a Endpoint,
    (days, worked): (&'a [Day], SignedDuration),
    held: bool,
) -> Seen<'a> {
    let gap = endpoint.backfill.as_ref().filter(|one| one.is_open() && one.who == "leadgate");
    Seen {
        id: &source.id,
        every_at_most: source.every_at_most(),
        silent_after: source.reading.silent_after,
        held,
        first_ok_at: endpoint.first_ok_at,
        last_ok_at: endpoint.last_ok_at,
        last_new_at: endpoint.last_new_at,
        doubt_at: endpoint.doubt_at,
        gap_since: gap.map(|one| one.since),
        token_until: source.reading.token_until.map(|last| end_of(last, config)),
        facts: &endpoint.facts,
        days,
        hours: &config.business.hours,
        worked,
    }
}
