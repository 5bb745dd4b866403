//! The limits of one account at one far side, shared by every source and destination that uses it: so many
//! requests in so long, so many at once, and nothing at all while it has asked us to wait.
//!
//! A place in the rate is reserved and then waited for, so that one account's queue holds up nobody else. A
//! long wait is not waited for here: whoever asks is told how long, and frees what they hold.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use super::Limits;
use crate::lead::Class;
use crate::lead::outcome::Failure;

/// Longest wait for a place in the rate or the end of a pause of our own; for a longer one we come back later.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// Longest wait for the end of a pause the far side asked for: a person may be looking on.
const PATIENCE_THROTTLED: Duration = Duration::from_secs(10);
/// Most requests of one scope at the same time, whatever a preset says.
const AT_ONCE_MAX: usize = 64;
/// Most requests that are remembered for a rate.
const REMEMBERED_MAX: usize = 100_000;

/// One account's limits and where they stand.
#[derive(Debug)]
pub struct Scope {
    host: String,
    requests: Arc<Semaphore>,
    walks: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rates: Vec<(u32, Duration)>,
    /// When the last requests left or will leave, in order.
    left: VecDeque<Instant>,
    at_once: usize,
    pause: Option<Pause>,
    /// The far side asked us to wait, and has given no good answer since.
    wary: bool,
}

#[derive(Debug, Clone)]
struct Pause {
    until: Timestamp,
    wake: Instant,
    why: String,
    patience: Duration,
}

/// The right to send one request now. Dropped when its answer has been read.
#[derive(Debug)]
pub struct Permit(#[allow(dead_code)] OwnedSemaphorePermit);

impl Scope {
    /// The limits of an account at `host`; none yet.
    pub fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            requests: Arc::new(Semaphore::new(AT_ONCE_MAX)),
            walks: Arc::new(Semaphore::new(AT_ONCE_MAX)),
            state: Mutex::new(State {
                rates: Vec::new(),
                left: VecDeque::new(),
                at_once: AT_ONCE_MAX,
                pause: None,
                wary: false,
            }),
        }
    }

    /// Adds the limits of one more user of the account: every rate holds, and the smallest number at once.
    pub fn join(&self, limits: &Limits) {
        let mut state = self.state();
        for rate in &limits.rates {
            if !state.rates.contains(rate) {
                state.rates.push(*rate);
            }
        }
        let fewer = limits.concurrency.clamp(1, AT_ONCE_MAX);
        if fewer < state.at_once {
            let surplus = state.at_once - fewer;
            state.at_once = fewer;
            for places in [&self.requests, &self.walks] {
                take_away(places, surplus);
            }
        }
    }

    /// Waits until one request may leave.
    ///
    /// # Errors
    /// [`Class::Throttle`] with the seconds to wait, where that is longer than [`PATIENCE`].
    pub async fn turn(&self, now: impl Fn() -> Timestamp) -> Result<Permit, Failure> {
        self.not_paused_for_long(now())?;
        let places = {
            let state = self.state();
            // After a throttle one request finds out whether it is over; the others wait for what it finds.
            if state.wary { state.at_once } else { 1 }
        };
        let permit = Arc::clone(&self.requests).acquire_many_owned(u32::try_from(places).unwrap_or(1)).await;
        let permit = permit.map_err(|_| Failure::new(Class::Retry, "the limiter was closed"))?;
        let due = self.reserve().map_err(|wait| {
            let secs = wait.as_secs().max(1);
            Failure {
                wait_secs: Some(secs),
                ..Failure::new(Class::Throttle, format!("{}: its rate leaves no room for {secs} s", self.host))
            }
        })?;
        sleep_until(due).await;
        // A pause may have begun meanwhile, and be prolonged while we sit it out.
        while let Some(pause) = self.not_paused_for_long(now())? {
            sleep_until(pause.wake).await;
        }
        Ok(Permit(permit))
    }

    /// Waits until one more walk over pages may begin, so that an account with many sources does not fill
    /// every place there is.
    pub async fn walk(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.walks).acquire_owned().await.ok()
    }

    /// Nothing is sent for so many seconds. A shorter wish than the present one changes nothing.
    pub fn pause(&self, now: Timestamp, secs: u64, why: &str, throttled: bool) {
        let until = now.saturating_add(jiff::SignedDuration::from_secs(i64::try_from(secs).unwrap_or(i64::MAX)));
        let until = until.unwrap_or(Timestamp::MAX);
        let mut state = self.state();
        state.wary |= throttled;
        if state.pause.as_ref().is_none_or(|pause| pause.until < until) {
            let wake = Instant::now() + Duration::from_secs(secs);
            let patience = if throttled { PATIENCE_THROTTLED } else { PATIENCE };
            state.pause = Some(Pause { until, wake, why: why.to_owned(), patience });
        }
    }

    /// A good answer came: whatever we were asked to wait for is over.
    pub fn well(&self) {
        self.state().wary = false;
    }

    /// What the present pause, if any, still asks for; over by either clock is over.
    fn not_paused_for_long(&self, now: Timestamp) -> Result<Option<Pause>, Failure> {
        let mut state = self.state();
        let over = |pause: &Pause| now >= pause.until || Instant::now() >= pause.wake;
        if state.pause.as_ref().is_some_and(over) {
            state.pause = None;
        }
        let Some(pause) = state.pause.clone() else { return Ok(None) };
        drop(state);
        if pause.wake.saturating_duration_since(Instant::now()) <= pause.patience {
            return Ok(Some(pause));
        }
        let secs = (pause.until.as_second() - now.as_second()).max(1).unsigned_abs();
        Err(Failure {
            wait_secs: Some(secs),
            ..Failure::new(Class::Throttle, format!("{} is left alone for {secs} s: {}", self.host, pause.why))
        })
    }

    /// The moment of the next place in every rate, taken; or how long that would be.
    fn reserve(&self) -> Result<Instant, Duration> {
        let now = Instant::now();
        let mut state = self.state();
        let State { rates, left, .. } = &mut *state;
        let Some(most) = rates.iter().map(|(count, _)| *count as usize).max() else { return Ok(now) };
        let due = rates.iter().filter_map(|(count, per)| {
            let place = left.len().checked_sub(*count as usize)?;
            left.get(place).map(|earlier| *earlier + *per)
        });
        let due = due.max().unwrap_or(now).max(now);
        let wait = due.saturating_duration_since(now);
        if wait > PATIENCE {
            return Err(wait);
        }
        left.push_back(due);
        while left.len() > most.min(REMEMBERED_MAX) {
            left.pop_front();
        }
        Ok(due)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fewer places from now on; those in use are taken away when they come back.
fn take_away(places: &Arc<Semaphore>, count: usize) {
    let missing = count - places.forget_permits(count);
    if missing > 0 {
        let places = Arc::clone(places);
        tokio::spawn(async move {
            if let Ok(permit) = places.acquire_many_owned(u32::try_from(missing).unwrap_or(1)).await {
                permit.forget();
            }
        });
    }
}

#[cfg(test)]
mod tests;
