//! Keeps leads in the form in which the figures count them, so that a report over a million is read from a few
//! thousand rows. What is not kept is worked out by whoever reads: this only makes it fast.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::driver::{Report, Stage};
use super::wiring::Parts;
use crate::clock::later;
use crate::store::StoreError;

/// Between two looks for chunks that were changed.
const LOOK: SignedDuration = SignedDuration::from_secs(30);
/// Between two steps while there is more to keep: others write in between.
const BREATH: SignedDuration = SignedDuration::from_millis(100);

/// Keeps what reports read.
pub struct Keep {
    parts: Arc<Parts>,
    /// Not before then, in microseconds, however much happens: each change would take a chunk away again.
    not_before: AtomicI64,
}

impl Keep {
    /// A stage that looks at once.
    pub const fn new(parts: Arc<Parts>) -> Self {
        Self { parts, not_before: AtomicI64::new(0) }
    }
}

impl Stage for Keep {
    fn name(&self) -> String {
        "figures".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let now = self.parts.clock.now();
            let not_before = self.not_before.load(Ordering::SeqCst);
            let waits = not_before.saturating_sub(now.as_microsecond());
            // A clock that was set back must not keep it waiting for longer than a look.
            if (1..=LOOK.as_micros() as i64).contains(&waits) {
                return Ok(Report { did: 0, next_at: Timestamp::from_microsecond(not_before).ok() });
            }
            let (_, more) = self.parts.store.keep_journeys().await?;
            let next = later(self.parts.clock.now(), if more { BREATH } else { LOOK });
            self.not_before.store(next.as_microsecond(), Ordering::SeqCst);
            // Nothing that anybody could see has changed.
            Ok(Report { did: 0, next_at: Some(next) })
        })
    }
}
