//! Reads the sources that are due: page by page, each page stored together with the cursor before the next
//! one counts. One dead source never delays another: every walk is a task of its own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, watch};

use super::driver::{Report, Stage};
use super::wiring::Parts;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::source::{Batch, Cursor, Place};
use crate::store::{Endpoint, EndpointKind, Intake, OverrideKind, PageStored, StoreError};

/// Walks at the same time.
const WALKS: usize = 32;
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

async fn pages(
    parts: &Parts,
    taken: &Endpoint,
    stop: &watch::Receiver<bool>,
    stored: &mut PageStored,
) -> Result<Option<Failure>, StoreError> {
    let Some(source) = parts.sources.get(&taken.name) else {
        return Ok(Some(Failure::new(Class::Config, "the source could not be built")));
    };
    let cursor: Cursor = serde_json::from_str(&taken.cursor).unwrap_or_default();
    let mut batch: Batch = match source.read(&cursor, None).await {
        Ok(batch) => batch,
        Err(failure) => return Ok(Some(failure)),
    };
    loop {
        let place: Option<Place> = batch.next.take();
        let intake = arrivals(parts, taken, batch);
        // The next page is fetched while this one is stored; it counts only once this one is.
        let (page, next) = tokio::join!(parts.store.store_page(intake), async {
            match &place {
                Some(place) if !*stop.borrow() => Some(source.read(&cursor, Some(place)).await),
                _ => None,
            }
        });
        let page = page?;
        stored.known += page.known;
        stored.leads += page.leads;
        stored.held += page.held;
        stored.touches += page.touches;
        stored.confirmed += page.confirmed;
        stored.aside += page.aside;
        match next {
            None => return Ok(None),
            Some(Ok(next)) => batch = next,
            Some(Err(failure)) => return Ok(Some(failure)),
        }
    }
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
