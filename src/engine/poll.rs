//! Reads the sources that are due: page by page, each page stored together with the cursor before the next
//! one counts. One dead source never delays another: every walk is a task of its own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, mpsc, watch};

use super::driver::{Report, Stage};
use super::wiring::Parts;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::source::{Ask, Batch, Cursor, Nothing, Place};
use crate::store::{Endpoint, EndpointKind, Intake, OverrideKind, PageStored, StoreError};

/// Walks at the same time.
const WALKS: usize = 32;
/// Pages read and decided before the store takes them.
const PAGES_AHEAD: usize = 1;
/// Records stored in one transaction, about: a person's act on an embedded store waits behind one.
const RECORDS_TOGETHER: usize = 1_500;
/// A walk's lease; renewed with every page.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// First wait after a failed read; doubles up to `WAIT_MAX`.
const WAIT_FIRST: SignedDuration = SignedDuration::from_secs(5);
/// Longest wait after failed reads.
const WAIT_MAX: SignedDuration = SignedDuration::from_mins(15);
/// A source with wrong credentials or settings is tried again this often.
const WAIT_PERSON: SignedDuration = SignedDuration::from_mins(60);

/// Stage 1 to 3.
pub struct Poll {
    parts: Arc<Parts>,
    walking: Arc<Mutex<BTreeSet<String>>>,
    places: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
}

/// How a walk went.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    /// What was stored.
    pub stored: PageStored,
    /// Why it ended early.
    pub failure: Option<Failure>,
}

impl Poll {
    /// A stage over all sources of the config.
    pub fn new(parts: Arc<Parts>, stop: watch::Receiver<bool>) -> Self {
        Self { parts, walking: Arc::default(), places: Arc::new(Semaphore::new(WALKS)), stop }
    }

    /// Sources that may be read: set up, and not paused by a person.
    async fn readable(&self) -> Result<Vec<String>, StoreError> {
        let overrides = self.parts.store.overrides().await?;
        let paused = |id: &str| overrides.iter().any(|set| set.kind == OverrideKind::Source && set.name == id);
        let ids = self.parts.sources.keys();
        Ok(ids.filter(|id| !paused(id) && self.parts.config.setup_gaps(id).is_empty()).cloned().collect())
    }

    /// Reads every readable source once, due or not; for a single pass by hand.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn all_once(&self) -> Result<Vec<(String, Walk)>, StoreError> {
        let names = self.readable().await?;
        let walks = names.into_iter().map(|name| async move {
            let _place = self.places.acquire().await;
            let walk = walk(&self.parts, &name, true, &self.stop).await?;
            Ok(walk.map(|walk| (name, walk)))
        });
        let done: Vec<Result<Option<(String, Walk)>, StoreError>> = futures::future::join_all(walks).await;
        Ok(done.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    fn start(&self, name: String) {
        {
            let Ok(mut walking) = self.walking.lock() else { return };
            if !walking.insert(name.clone()) {
                return;
            }
        }
        let (parts, walking, places, stop) =
            (Arc::clone(&self.parts), Arc::clone(&self.walking), Arc::clone(&self.places), self.stop.clone());
        tokio::spawn(async move {
            let _place = places.acquire_owned().await;
            if let Err(error) = walk(&parts, &name, false, &stop).await {
                tracing::error!(source = name, "{}", error.chain());
            }
            if let Ok(mut walking) = walking.lock() {
                walking.remove(&name);
            }
            parts.store.announce();
        });
    }

    fn is_walking(&self, name: &str) -> bool {
        self.walking.lock().is_ok_and(|walking| walking.contains(name))
    }
}

impl Stage for Poll {
    fn name(&self) -> String {
        "sources".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let now = self.parts.clock.now();
            let endpoints = self.parts.store.endpoints(EndpointKind::Source).await?;
            let mut report = Report::default();
            for name in self.readable().await? {
                let Some(endpoint) = endpoints.get(&name) else { continue };
                if self.is_walking(&name) {
                    continue;
                }
                if endpoint.due_at <= now {
                    self.start(name);
                    report.did += 1;
                } else {
                    report.next_at = report.next_at.into_iter().chain([endpoint.due_at]).min();
                }
            }
            Ok(report)
        })
    }
}

/// One walk over a source's pages; `None` when somebody else has it or it is not due.
async fn walk(
    parts: &Parts,
    name: &str,
    now_or_not: bool,
    stop: &watch::Receiver<bool>,
) -> Result<Option<Walk>, StoreError> {
    let Some(taken) = parts.store.take_source(name.to_owned(), LEASE, now_or_not).await? else { return Ok(None) };
    let mut walk = Walk::default();
    walk.failure = pages(parts, &taken, stop, &mut walk.stored).await?;
    let next = next_read(parts, &taken, walk.failure.as_ref(), parts.clock.now());
    match parts.store.end_walk(&taken, next, walk.failure.clone()).await {
        // Taken over by another engine: its walk counts now.
        Err(StoreError::Conflict) => {}
        other => other?,
    }
    Ok(Some(walk))
}

/// Reads and decides ahead while what came before is stored. Pages that are ready when the store is go in
/// together: fewer, larger transactions in a back-fill, one a page otherwise.
async fn pages(
    parts: &Parts,
    taken: &Endpoint,
    stop: &watch::Receiver<bool>,
    stored: &mut PageStored,
) -> Result<Option<Failure>, StoreError> {
    let (sender, mut ready) = mpsc::channel(PAGES_AHEAD);
    let reading = read_ahead(parts, taken, stop, sender);
    let storing = async {
        while let Some(mut intake) = ready.recv().await {
            while intake.arrivals.len() < RECORDS_TOGETHER
                && let Ok(more) = ready.try_recv()
            {
                join(&mut intake, more);
            }
            add(stored, &parts.store.store_page(intake).await?);
        }
        // Dropped with an error, `ready` ends the reading as well.
        Ok::<(), StoreError>(())
    };
    let (failure, done) = tokio::join!(reading, storing);
    done.map(|()| failure)
}

/// Reads page after page, each decided, until the walk ends, fails, or nobody stores any more.
async fn read_ahead(
    parts: &Parts,
    taken: &Endpoint,
    stop: &watch::Receiver<bool>,
    sender: mpsc::Sender<Intake>,
) -> Option<Failure> {
    let Some(source) = parts.sources.get(&taken.name) else {
        return Some(Failure::new(Class::Config, "the source could not be built"));
    };
    let cursor: Cursor = serde_json::from_str(&taken.cursor).unwrap_or_default();
    let mut place: Option<Place> = None;
    loop {
        let mut batch: Batch = match source.read(Ask { cursor: &cursor, place: place.as_ref(), known: &Nothing }).await
        {
            Ok(batch) => batch,
            Err(failure) => return Some(failure),
        };
        place = batch.next.take();
        // A part that cannot be read is told; the whole is asked again as planned.
        let every = parts.config.sources.get(&taken.name).map(|source| source.every.as_secs().unsigned_abs());
        let trouble = batch.trouble.take().map(|trouble| Failure { wait_secs: trouble.wait_secs.or(every), ..trouble });
        if sender.send(arrivals(parts, taken, batch)).await.is_err() || place.is_none() || *stop.borrow() {
            return trouble;
        }
    }
}

fn join(intake: &mut Intake, more: Intake) {
    let Intake { mut arrivals, cursor, lease_until, .. } = more;
    intake.arrivals.append(&mut arrivals);
    intake.cursor = cursor.or_else(|| intake.cursor.take());
    intake.lease_until = lease_until;
}

fn add(sum: &mut PageStored, page: &PageStored) {
    sum.known += page.known;
    sum.leads += page.leads;
    sum.held += page.held;
    sum.touches += page.touches;
    sum.confirmed += page.confirmed;
    sum.aside += page.aside;
}

fn arrivals(parts: &Parts, taken: &Endpoint, batch: Batch) -> Intake {
    let now = parts.clock.now();
    let source = parts.config.sources.get(&taken.name);
    Intake {
        taken: taken.clone(),
        config: parts.config_id,
        arrivals: batch.records.into_iter().map(|record| parts.decider.arrival(&taken.name, record, now)).collect(),
        cursor: batch.cursor.and_then(|cursor| serde_json::to_string(&cursor).ok()),
        same_lead_for: source.map_or(SignedDuration::from_hours(90 * 24), |source| source.same_lead_for),
        lease_until: now.saturating_add(LEASE).unwrap_or(now),
    }
}

fn next_read(parts: &Parts, taken: &Endpoint, failure: Option<&Failure>, now: Timestamp) -> Timestamp {
    let every = parts.config.sources.get(&taken.name).map_or(WAIT_MAX, |source| source.every);
    let wait = match failure {
        // A tenth to either side, so that many sources do not come back at once.
        None => every * 9 / 10 + every / 5 * i32::from(fastrand::u8(..)) / 255,
        Some(failure) => match (failure.wait_secs, failure.class) {
            (Some(secs), _) => SignedDuration::from_secs(i64::try_from(secs.clamp(1, 86_400)).unwrap_or(60)),
            (None, Class::Auth | Class::Config | Class::Gone) => WAIT_PERSON,
            (None, Class::Throttle) => SignedDuration::from_secs(60),
            _ => (WAIT_FIRST * (1_i32 << taken.fails.clamp(0, 10))).min(WAIT_MAX),
        },
    };
    now.saturating_add(wait).unwrap_or(now)
}
