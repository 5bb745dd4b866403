//! Asks the destinations how our handoffs stand, to find the first human response. Often in the first
//! hour, because that is what is being measured, then ever more rarely.

use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use jiff::SignedDuration;

use super::driver::{Report, Stage};
use super::rules;
use super::wiring::Parts;
use crate::response::ask_again_in;
use crate::store::{StoreError, Tracked};

/// Most tickets asked about in one run.
const ROUND: u32 = 100;
/// A destination that could not be set up is looked for again after this.
const NOT_THERE: SignedDuration = SignedDuration::from_mins(30);
/// Tickets asked about at the same time.
const AT_ONCE: usize = 4;

/// Stage 6.
pub struct Track {
    /// The engine's parts.
    pub parts: Arc<Parts>,
    /// Ask about every open ticket, due or not (a single pass by hand).
    pub all: bool,
}

impl Stage for Track {
    fn name(&self) -> String {
        "tracking".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let parts = &self.parts;
            let due = parts.store.tracked_due(if self.all { u32::MAX } else { ROUND }, self.all).await?;
            if due.is_empty() {
                return Ok(Report { did: 0, next_at: parts.store.next_due().await?[2] });
            }
            let open = rules::open_caps(&rules::in_force(&parts.store, &parts.config).await?);
            let did = due.len();
            let asks: Vec<BoxFuture<'_, Result<(), StoreError>>> =
                due.into_iter().map(|one| Box::pin(self.ask(one, &open)) as BoxFuture<'_, _>).collect();
            let results: Vec<_> = futures::stream::iter(asks).buffer_unordered(AT_ONCE).collect().await;
            results.into_iter().collect::<Result<(), _>>()?;
            Ok(Report { did, next_at: parts.store.next_due().await?[2] })
        })
    }
}

impl Track {
    async fn ask(&self, one: Tracked, open_caps: &[String]) -> Result<(), StoreError> {
        let parts = &self.parts;
        let now = parts.clock.now();
        let Some(target) = parts.target(one.destination) else {
            // It may only be that its secret cannot be read today: the answers are not given up.
            return parts.store.polled(&one, None, now.saturating_add(NOT_THERE).ok(), Vec::new()).await;
        };
        let next = now.saturating_add(ask_again_in(one.accepted_at, now, target.ask_every)).ok();
        match target.by.poll(&one.reference).await {
            Ok(polled) => {
                let first = polled.first_response.filter(|(at, _)| one.first_at.is_none_or(|known| *at < known));
                let ended = polled.meaning.as_deref().is_some_and(|word| matches!(word, "won" | "lost" | "deleted"));
                let next = next.filter(|_| !ended);
                let ended = polled.meaning.clone();
                if one.is_replaced {
                    return parts.store.polled(&one, first, next, open_caps.to_vec()).await;
                }
                parts.store.ticket_owner(&one, polled.owner).await?;
                parts.store.polled(&one, first, next, open_caps.to_vec()).await?;
                parts.store.ticket_ended(&one, ended.as_deref(), open_caps.to_vec()).await
            }
            Err(failure) => {
                tracing::warn!(handoff = one.id.0, "asking about it failed: {failure}");
                parts.store.polled(&one, None, next, Vec::new()).await
            }
        }
    }
}
