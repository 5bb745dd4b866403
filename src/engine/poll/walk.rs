//! One walk over a source's pages: each page is stored together with the cursor before the next one counts,
//! and what only a complete walk can tell (who left, whom to ask about again) comes after the last one.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};

use super::known::Stored;
use super::place::Place;
use super::schedule::{Went, wait};
use super::{LEASE, gap, recheck};
use crate::clock::later;
use crate::config::checked;
use crate::engine::wiring::Parts;
use crate::lead::outcome::Failure;
use crate::lead::{Class, Metric, Money};
use crate::source::{Ask, Batch, Cursor, Known, Nothing, Source};
use crate::store::{CampaignDay, Endpoint, Intake, PageStored, StoreError};

/// Pages read and decided before the store takes them.
const PAGES_AHEAD: usize = 1;
/// Records stored in one transaction, about: a person's act on an embedded store waits behind one.
const RECORDS_TOGETHER: usize = 1_500;
/// A page that has not come after so long does not come.
const PAGE_MAX: SignedDuration = SignedDuration::from_mins(30);
/// While a page is waited for, the lease is renewed this often.
const BEAT: Duration = Duration::from_secs(100);

/// How a walk went.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    /// What was stored.
    pub stored: PageStored,
    /// Why it ended early.
    pub failure: Option<Failure>,
}

/// What reading all pages came to.
struct ReadAll {
    failure: Option<Failure>,
    /// The ids of a complete roster, told with the last page.
    roster: Option<Vec<String>>,
}

/// Walks a source that was taken, and says when it comes next. `first`: since the engine started.
pub async fn walk(
    parts: &Parts,
    mut taken: Endpoint,
    place: &mut Place,
    stop: &watch::Receiver<bool>,
    first: bool,
) -> Result<Walk, StoreError> {
    let mut walk = Walk::default();
    match (parts.sources.get(&taken.name), parts.config.sources.get(&taken.name)) {
        (Some(source), Some(config)) => {
            let done = read_all(parts, &mut taken, (source.as_ref(), config), place, stop, &mut walk.stored).await;
            match done {
                Ok(failure) => walk.failure = failure,
                Err(error) => {
                    // Taken over by another engine, or the cursor was set back: then this walk counts no
                    // more, and the end of it is not written either.
                    let failure =
                        Failure::new(Class::Retry, format!("storing what was read failed: {}", error.chain()));
                    finish(parts, &taken, &walk.stored, Some(&failure), first).await?;
                    return if matches!(error, StoreError::Conflict) { Ok(walk) } else { Err(error) };
                }
            }
        }
        _ => walk.failure = Some(Failure::new(Class::Config, "the source could not be built")),
    }
    place.leave();
    finish(parts, &taken, &walk.stored, walk.failure.as_ref(), first).await?;
    Ok(walk)
}

/// Everything a walk does between being taken and being ended.
async fn read_all(
    parts: &Parts,
    taken: &mut Endpoint,
    (source, config): (&dyn Source, &checked::Source),
    place: &mut Place,
    stop: &watch::Receiver<bool>,
    stored: &mut PageStored,
) -> Result<Option<Failure>, StoreError> {
    prepare(parts, taken, source, config).await?;
    let read = pages(parts, taken, (source, config), place, stop, stored).await?;
    if read.failure.is_some() || *stop.borrow() {
        return Ok(read.failure);
    }
    if let Some(ids) = read.roster {
        parts.store.keep_roster(taken, ids).await?;
    }
    let failure = recheck::people(parts, taken, source, place, stop, stored).await?;
    if failure.is_none()
        && let Some(backfill) = taken.backfill.as_mut().filter(|backfill| backfill.is_open())
    {
        backfill.done_at = Some(parts.clock.now());
        taken.walk.backfilled = true;
    }
    Ok(failure)
}

/// Notes what the store needs to know of this walk, and sets the cursor back after a gap.
async fn prepare(
    parts: &Parts,
    taken: &mut Endpoint,
    source: &dyn Source,
    config: &checked::Source,
) -> Result<(), StoreError> {
    let now = parts.clock.now();
    taken.facts = source.facts();
    taken.walk.recheck = source.rechecks();
    let open = taken.backfill.as_ref().is_some_and(crate::store::Backfill::is_open);
    if let Some(since) = taken.last_ok_at.filter(|_| !open && gap::gap(config, taken, now).is_some()) {
        let backfill = gap::after(taken, since, now);
        let cursor = serde_json::to_string(&cursor_of(taken).set_back(since)).unwrap_or_else(|_| taken.cursor.clone());
        parts.store.backfill_walk(taken, cursor.clone(), backfill.clone()).await?;
        (taken.cursor, taken.backfill) = (cursor, Some(backfill));
    } else if !open && taken.last_ok_at.is_some() {
        taken.walk.late_before = cursor_of(taken).stands_at();
    }
    Ok(())
}

fn cursor_of(taken: &Endpoint) -> Cursor {
    serde_json::from_str(&taken.cursor).unwrap_or_default()
}

/// Reads and decides ahead while what came before is stored. Pages that are ready when the store is go in
/// together: fewer, larger transactions in a back-fill, one a page otherwise.
async fn pages(
    parts: &Parts,
    taken: &mut Endpoint,
    (source, config): (&dyn Source, &checked::Source),
    place: &mut Place,
    stop: &watch::Receiver<bool>,
    stored: &mut PageStored,
) -> Result<ReadAll, StoreError> {
    let (sender, mut ready) = mpsc::channel(PAGES_AHEAD);
    let as_taken = taken.clone();
    let reading = read_ahead(parts, &as_taken, (source, config), place, stop, sender);
    let backfill = &mut taken.backfill;
    let storing = async {
        while let Some(mut page) = ready.recv().await {
            let mut pages = 1;
            while page.arrivals.len() < RECORDS_TOGETHER
                && let Ok(more) = ready.try_recv()
            {
                join(&mut page, more);
                pages += 1;
            }
            let records = page.arrivals.len() as u64;
            // A page that says nothing new needs no transaction; the lease is renewed by waiting.
            if records == 0 && page.figures.is_empty() && page.cursor.is_none() {
                continue;
            }
            page.taken.backfill.clone_from(backfill);
            let kept = parts.store.store_page(page).await?;
            if let Some(backfill) = backfill.as_mut().filter(|backfill| backfill.is_open()) {
                backfill.pages += pages;
                backfill.records += records;
                backfill.fresh += fresh(&kept);
            }
            add(stored, &kept);
        }
        // Dropped with an error, `ready` ends the reading as well.
        Ok::<(), StoreError>(())
    };
    let (read, done) = tokio::join!(reading, storing);
    done?;
    read
}

/// Reads page after page, each decided, until the walk ends, fails, or nobody stores any more.
async fn read_ahead(
    parts: &Parts,
    taken: &Endpoint,
    (source, config): (&dyn Source, &checked::Source),
    place: &mut Place,
    stop: &watch::Receiver<bool>,
    sender: mpsc::Sender<Intake>,
) -> Result<ReadAll, StoreError> {
    let cursor = cursor_of(taken);
    let stored = Stored { store: &parts.store, source: taken.id };
    // A back-fill reads on past what is known: there may be gaps in it.
    let again = taken.backfill.as_ref().is_some_and(crate::store::Backfill::is_open);
    let known: &dyn Known = if again { &Nothing } else { &stored };
    let mut at = None;
    loop {
        let ask = Ask { cursor: &cursor, place: at.as_ref(), known };
        let mut batch: Batch = match page(parts, taken, place, source.read(ask)).await? {
            Ok(batch) => batch,
            Err(failure) => return Ok(ReadAll { failure: Some(failure), roster: None }),
        };
        at = batch.next.take();
        let roster = batch.roster.take().filter(|_| at.is_none());
        // A part that cannot be read is told; the whole is asked again as planned.
        let every = config.every.as_secs().unsigned_abs();
        let trouble = batch.trouble.take();
        let failure = trouble.map(|trouble| Failure { wait_secs: trouble.wait_secs.or(Some(every)), ..trouble });
        let ready = decided(parts, taken, config, batch);
        if sender.send(ready).await.is_err() || *stop.borrow() {
            return Ok(ReadAll { failure, roster: None });
        }
        if at.is_none() {
            return Ok(ReadAll { failure, roster });
        }
    }
}

/// Waits for an answer of the far side: with a bound, lending the place out, and keeping the lease.
pub(super) async fn page<T>(
    parts: &Parts,
    taken: &Endpoint,
    place: &mut Place,
    answer: impl Future<Output = Result<T, Failure>>,
) -> Result<Result<T, Failure>, StoreError> {
    let alive = || parts.store.renew_walk(taken, later(parts.clock.now(), LEASE));
    let bounded = tokio::time::timeout(PAGE_MAX.unsigned_abs(), answer);
    Ok(place.patiently(bounded, BEAT, alive).await?.unwrap_or_else(|_| {
        Err(Failure::new(Class::Retry, format!("no page came within {} minutes", PAGE_MAX.as_mins())))
    }))
}

fn join(page: &mut Intake, more: Intake) {
    let Intake { mut arrivals, mut figures, cursor, lease_until, .. } = more;
    page.arrivals.append(&mut arrivals);
    page.figures.append(&mut figures);
    page.cursor = cursor.or_else(|| page.cursor.take());
    page.lease_until = lease_until;
}

pub(super) fn add(sum: &mut PageStored, page: &PageStored) {
    sum.known += page.known;
    sum.leads += page.leads;
    sum.held += page.held;
    sum.touches += page.touches;
    sum.confirmed += page.confirmed;
    sum.aside += page.aside;
    sum.figures += page.figures;
    sum.restated += page.restated;
}

/// Records that were not stored before.
fn fresh(page: &PageStored) -> u64 {
    (page.leads + page.touches + page.confirmed + page.aside) as u64
}

/// Records decided, on their way into the store.
fn decided(parts: &Parts, taken: &Endpoint, config: &checked::Source, batch: Batch) -> Intake {
    let now = parts.clock.now();
    let arrivals = batch.records.into_iter().map(|record| parts.decider.arrival(&taken.name, record, now)).collect();
    let cursor = batch.cursor.and_then(|cursor| serde_json::to_string(&cursor).ok());
    let figures = batch.metrics.into_iter().filter_map(|metric| campaign_day(parts, metric)).collect();
    Intake { figures, ..intake(parts, taken, config.same_lead_for, arrivals, cursor) }
}

/// A platform's figures as they are stored: exact, in minor units; in the business's currency where it names none.
fn campaign_day(parts: &Parts, metric: Metric) -> Option<CampaignDay> {
    let currency = metric.currency.unwrap_or_else(|| parts.config.business.currency.clone());
    let amount = Money::new(metric.spend.unwrap_or_default(), &currency).minor()?;
    let count = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok());
    Some(CampaignDay {
        campaign: metric.campaign,
        day: metric.day,
        amount,
        currency,
        impressions: count(metric.impressions),
        clicks: count(metric.clicks),
    })
}

pub(super) fn intake(
    parts: &Parts,
    taken: &Endpoint,
    same_lead_for: SignedDuration,
    arrivals: Vec<crate::store::Arrival>,
    cursor: Option<String>,
) -> Intake {
    Intake {
        taken: taken.clone(),
        config: parts.config_id,
        arrivals,
        figures: Vec::new(),
        cursor,
        same_lead_for,
        lease_until: later(parts.clock.now(), LEASE),
    }
}

/// Schedules the next read and gives the source back.
async fn finish(
    parts: &Parts,
    taken: &Endpoint,
    stored: &PageStored,
    failure: Option<&Failure>,
    first: bool,
) -> Result<(), StoreError> {
    let now = parts.clock.now();
    let went = Went { failure, fresh: fresh(stored) > 0, first };
    let wait = match parts.config.sources.get(&taken.name) {
        Some(source) => wait(source, taken, went, fastrand::u8(..)),
        None => LEASE,
    };
    let next_at: Timestamp = later(now, wait);
    match parts.store.end_walk(taken, next_at, failure.cloned()).await {
        // Taken over by another engine: its walk counts now.
        Err(StoreError::Conflict) => Ok(()),
        other => other,
    }
}
