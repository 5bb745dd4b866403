//! Housekeeping: the heartbeat that keeps this process's claims alive, and the rescue of claims whose
//! holder is gone.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::SignedDuration;

use super::driver::{Report, Stage};
use super::wiring::Parts;
use crate::store::{EndpointKind, LEASE, StoreError};

/// Heartbeat: a third of a lease.
const BEAT: SignedDuration = SignedDuration::from_secs(20);

/// Most people given up in one transaction: a console's act waits behind one at most.
const GIVEN_UP: u32 = 500;

/// Most leads erased by age in one look: a few thousand an hour, so that housekeeping is never felt.
const ERASED: u32 = 100;

/// Ends those who have not confirmed their sign-up for as long as their source allows.
async fn give_up_pending(parts: &Parts) -> Result<(), StoreError> {
    let waiting = parts.store.pending().await?;
    let endpoints = parts.store.endpoints(EndpointKind::Source).await?;
    for source in parts.config.sources.values().filter(|source| waiting.contains_key(&source.id)) {
        let Some(endpoint) = endpoints.get(&source.id) else { continue };
        let once = || parts.store.expire_pending(endpoint.id, source.reading.pending_for, GIVEN_UP);
        while once().await? == GIVEN_UP as usize {}
    }
    Ok(())
}

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
                parts.store.erase_ended(parts.config.keep.closed_leads, ERASED).await?;
                parts.store.prune_source_days().await?;
                give_up_pending(parts).await?;
            }
            let did = parts.store.rescue().await?;
            Ok(Report { did, next_at: now.saturating_add(SignedDuration::from_secs(5)).ok() })
        })
    }
}
