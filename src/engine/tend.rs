//! Housekeeping: the heartbeat that keeps this process's claims alive, and the rescue of claims whose
//! holder is gone.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::SignedDuration;

use super::driver::{Report, Stage};
use super::wiring::Parts;
use crate::store::{LEASE, StoreError};

/// Heartbeat: a third of a lease.
const BEAT: SignedDuration = SignedDuration::from_secs(20);

/// Keeps the house in order.
pub struct Tend(pub Arc<Parts>);

impl Stage for Tend {
    fn name(&self) -> String {
        "housekeeping".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let parts = &self.0;
            let now = parts.clock.now();
            if parts.beat_due(now, BEAT) {
                parts.store.renew_leases().await?;
                parts.store.bury_engines(LEASE).await?;
                parts.store.prune_raw(parts.config.keep.raw_payloads).await?;
                parts.store.prune_source_days().await?;
            }
            let did = parts.store.rescue().await?;
            Ok(Report { did, next_at: now.saturating_add(SignedDuration::from_secs(5)).ok() })
        })
    }
}
