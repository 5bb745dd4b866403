//! Reads the sources that are due. Every walk is a task of its own, so one dead source never delays
//! another; how many are at work at a time is bounded ([`place`]), when each comes next is a pure function
//! ([`schedule`]).

mod gap;
mod known;
pub mod place;
mod recheck;
pub mod schedule;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::driver::{Report, Stage};
use super::wiring::Parts;
use crate::queue::release::LOOK_AGAIN;
use crate::store::{Endpoint, EndpointKind, OverrideKind, StoreError};
use place::Places;
pub use walk::Walk;

/// Sources taken before their walks start.
const TAKEN_TOGETHER: usize = 100;
/// A walk's lease; renewed with every page, and while a page is waited for.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// Stored in the future by more than this, the last try was stamped by a clock that has been set back since.
const CLOCK_SET_BACK: SignedDuration = SignedDuration::from_secs(60);

/// Stage 1 to 3.
pub struct Poll {
    parts: Arc<Parts>,
    /// Sources that are set up and whose setup is complete; fixed by the config.
    startable: Vec<String>,
    walking: Arc<Mutex<BTreeSet<String>>>,
    /// Sources that were read since the engine started.
    met: Arc<Mutex<BTreeSet<String>>>,
    places: Places,
    stop: watch::Receiver<bool>,
}

impl Poll {
    /// A stage over all sources of the config.
    pub fn new(parts: Arc<Parts>, stop: watch::Receiver<bool>) -> Self {
        let complete = |id: &&String| parts.config.setup_gaps(id).is_empty();
        let startable = parts.sources.keys().filter(complete).cloned().collect();
        let (walking, met) = (Arc::default(), Arc::default());
        Self { parts, startable, walking, met, places: Places::default(), stop }
    }

    /// Sources that may be read: set up, and not paused by a person.
    async fn readable(&self) -> Result<impl Iterator<Item = &String>, StoreError> {
        let overrides = self.parts.store.overrides().await?;
        let sources = overrides.into_iter().filter(|set| set.kind == OverrideKind::Source);
        let paused: BTreeSet<String> = sources.map(|set| set.name).collect();
        Ok(self.startable.iter().filter(move |id| !paused.contains(*id)))
    }

    /// Reads every readable source once, due or not; for a single pass by hand.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn all_once(&self) -> Result<Vec<(String, Walk)>, StoreError> {
        let names: Vec<String> = self.readable().await?.cloned().collect();
        let taken = self.parts.store.take_sources(names, LEASE, true).await?;
        let walks = taken.into_iter().map(|taken| async move {
            let name = taken.name.clone();
            let _turn = turn(&self.parts, &name).await;
            let mut place = self.places.take().await;
            walk::walk(&self.parts, taken, &mut place, &self.stop, false).await.map(|walk| (name, walk))
        });
        futures::future::join_all(walks).await.into_iter().collect()
    }

    /// Starts the walk of a source that was taken.
    fn start(&self, taken: Endpoint) {
        let name = taken.name.clone();
        let first = self.met.lock().is_ok_and(|mut met| met.insert(name.clone()));
        let (parts, walking, places, stop) =
            (Arc::clone(&self.parts), Arc::clone(&self.walking), self.places.clone(), self.stop.clone());
        tokio::spawn(async move {
            let _turn = turn(&parts, &name).await;
            let mut place = places.take().await;
            let walked = walk::walk(&parts, taken, &mut place, &stop, first).await;
            drop(place);
            if let Err(error) = &walked {
                tracing::error!(source = name, "{}", error.chain());
            }
            if let Ok(mut walking) = walking.lock() {
                walking.remove(&name);
            }
            // Its next moment may come before anybody looks again.
            let soon = walked.map_or(true, |walk| walk.failure.is_some());
            if soon || parts.config.sources.get(&name).is_some_and(|source| source.every <= LOOK_AGAIN) {
                parts.store.announce();
            }
        });
    }
}

/// The source's turn among those of its account.
async fn turn(parts: &Parts, name: &str) -> Option<OwnedSemaphorePermit> {
    parts.sources.get(name)?.turn().await
}

/// May it be read now? A wait that the far side asked for always holds.
fn is_due(endpoint: &Endpoint, now: Timestamp) -> bool {
    let set_back = endpoint.last_try_at.is_some_and(|at| now.duration_until(at) > CLOCK_SET_BACK);
    endpoint.due_at <= now || (set_back && endpoint.class != Some(crate::lead::Class::Throttle))
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
            let mut due = Vec::new();
            for name in self.readable().await? {
                let Some(endpoint) = endpoints.get(name) else { continue };
                if self.walking.lock().is_ok_and(|walking| walking.contains(name)) {
                    continue;
                }
                if is_due(endpoint, now) {
                    due.push(name.clone());
                } else {
                    report.next_at = report.next_at.into_iter().chain([endpoint.due_at]).min();
                }
            }
            if due.is_empty() {
                return Ok(report);
            }
            // The first of many are on their way while the others are taken.
            for due in due.chunks(TAKEN_TOGETHER) {
                let taken = self.parts.store.take_sources(due.to_vec(), LEASE, false).await?;
                report.did += taken.len();
                if let Ok(mut walking) = self.walking.lock() {
                    walking.extend(taken.iter().map(|taken| taken.name.clone()));
                }
                for taken in taken {
                    self.start(taken);
                }
            }
            Ok(report)
        })
    }
}
