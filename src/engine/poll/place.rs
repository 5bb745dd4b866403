//! Places for walks. So many read and decide at the same time; one that waits for its far side for long
//! gives its place to another and takes one again before it goes on. So a hundred dead sources do not keep
//! one that answers from being read, and what is in memory at a time stays bounded.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Walks at work at the same time.
const WALKS: usize = 32;
/// Walks that may wait for their far side without a place.
const WAITING: usize = 256;
/// A walk that waits longer gives its place back.
const PATIENCE: Duration = Duration::from_millis(200);

/// All places.
#[derive(Debug, Clone)]
pub struct Places {
    at_work: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Self {
        Self { at_work: Arc::new(Semaphore::new(WALKS)), waiting: Arc::new(Semaphore::new(WAITING)) }
    }
}

impl Places {
    /// Waits for a place.
    pub async fn take(&self) -> Place {
        let held = Arc::clone(&self.at_work).acquire_owned().await.ok();
        Place { places: self.clone(), held }
    }
}

/// One walk's place.
#[derive(Debug)]
pub struct Place {
    places: Places,
    held: Option<OwnedSemaphorePermit>,
}

impl Place {
    /// Gives the place to another walk: what is left to do needs none.
    pub fn leave(&mut self) {
        self.held = None;
    }

    /// Does something that may wait for others. While it takes long the place is lent out, and every
    /// `beat` the walk says that it is still there.
    ///
    /// # Errors
    /// What `alive` said: the work is dropped then.
    pub async fn patiently<T, E, F>(
        &mut self,
        work: impl Future<Output = T>,
        beat: Duration,
        alive: impl Fn() -> F,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<(), E>>,
    {
        tokio::pin!(work);
        tokio::select! {
            done = &mut work => return Ok(done),
            () = tokio::time::sleep(PATIENCE) => {}
        }
        // Where too many wait already, this one keeps its place.
        let waiting = Arc::clone(&self.places.waiting).try_acquire_owned().ok();
        if waiting.is_some() {
            self.held = None;
        }
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                () = tokio::time::sleep(beat) => alive().await?,
            }
        };
        if self.held.is_none() {
            self.held = Arc::clone(&self.places.at_work).acquire_owned().await.ok();
        }
        Ok(done)
    }
}
