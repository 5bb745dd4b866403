//! Drives one stage: runs it, then waits for its own next moment, a change in the store or the regular
//! look, whichever comes first. A stage never runs beside itself; a failure or a panic is shown, counted
//! and tried again with a growing wait.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::clock::{SharedClock, later};
use crate::queue::release::LOOK_AGAIN;
use crate::store::StoreError;

/// Longest wait after failures.
const BACKOFF_MAX: Duration = Duration::from_mins(1);
/// A moment that passed no longer ago than this passed while the stage ran.
const JUST_PASSED: SignedDuration = SignedDuration::from_secs(1);

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Things done; 0 means nothing was due.
    pub did: usize,
    /// When something will be due by the clock alone.
    pub next_at: Option<Timestamp>,
}

/// One stage of the journey.
pub trait Stage: Send + Sync + 'static {
    /// Its name in troubles and logs.
    fn name(&self) -> String;

    /// One idempotent step over what is true now.
    ///
    /// # Errors
    /// The store did not answer; everything else is a result that the stage stores itself.
    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>>;
}

/// How often a stage looks that is woken by every change: what it looks at costs more than a change is worth.
pub struct Pace {
    every: SignedDuration,
    looked_at: Mutex<Option<Timestamp>>,
}

impl Pace {
    /// A look each `every`; the first at once.
    pub fn of(every: SignedDuration) -> Self {
        Self { every, looked_at: Mutex::new(None) }
    }

    /// When the next look is due, where it is not due at `now`. A clock that was set back makes it due.
    pub fn waits(&self, now: Timestamp) -> Option<Timestamp> {
        let last = (*self.looked_at.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(later(last, self.every)).filter(|next| *next > now && last <= now)
    }

    /// It was looked at; when the next look is due.
    pub fn looked(&self, now: Timestamp) -> Timestamp {
        *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        later(now, self.every)
    }
}

/// What is wrong with a stage now; empty while it is well.
pub type Trouble = watch::Sender<Option<String>>;

/// Drives `stage` until `stop` turns true; ends after the run in progress.
pub async fn drive(
    stage: Arc<dyn Stage>,
    clock: SharedClock,
    mut changes: watch::Receiver<u64>,
    mut stop: watch::Receiver<bool>,
    trouble: Arc<Trouble>,
) {
    let mut failures = 0_u32;
    while !*stop.borrow() {
        changes.mark_unchanged();
        let outcome = AssertUnwindSafe(stage.run()).catch_unwind().await;
        let wait = match outcome {
            Ok(Ok(report)) => {
                failures = 0;
                trouble.send_if_modified(|now| now.take().is_some());
                pause_until(report.next_at, clock.now())
            }
            Ok(Err(StoreError::Conflict)) => Duration::from_millis(50),
            Ok(Err(error)) => failed(&stage.name(), &error.chain(), &mut failures, &trouble),
            Err(panic) => {
                let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                failed(
                    &stage.name(),
                    &format!("stopped by a fault of leadgate itself: {words}"),
                    &mut failures,
                    &trouble,
                )
            }
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            _ = changes.changed(), if failures == 0 => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

fn pause_until(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let most = LOOK_AGAIN.unsigned_abs();
    // A moment that is due already but could not be served is not asked for in a tight loop; one that has
    // only just passed while the stage ran is.
    let next = next.map(|next| now.duration_until(next)).filter(|wait| *wait > -JUST_PASSED);
    next.map_or(most, |wait| Duration::try_from(wait).unwrap_or_default().clamp(Duration::from_millis(100), most))
}

fn failed(name: &str, words: &str, failures: &mut u32, trouble: &Trouble) -> Duration {
    *failures = failures.saturating_add(1);
    let wait = Duration::from_secs(1_u64 << (*failures - 1).min(6)).min(BACKOFF_MAX);
    tracing::error!(stage = name, failures = *failures, "{words}");
    trouble.send_replace(Some(format!("{name}: {words}; trying again in {} s, nothing is lost", wait.as_secs())));
    wait
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_that_passed_while_the_stage_ran_is_not_slept_through() {
        let now = Timestamp::UNIX_EPOCH;
        let wait = |millis| pause_until(now.checked_add(SignedDuration::from_millis(millis)).ok(), now).as_millis();
        assert_eq!([wait(500), wait(3), wait(-3), wait(-900)], [500, 100, 100, 100]);
        let longest = LOOK_AGAIN.as_millis() as u128;
        assert_eq!([wait(-1_000), wait(-60_000), wait(60_000)], [longest; 3]);
        assert_eq!(pause_until(None, now).as_millis(), longest);
    }
}
