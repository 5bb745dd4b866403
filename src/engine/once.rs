//! `leadgate engine --once`: works until nothing more is due, then tells what came of it. Held leads and
//! later polls are not due; a quarantined lead is not a failure.

use std::sync::Arc;

use serde::Serialize;

use super::alert::Alerts;
use super::driver::Stage;
use super::ladder::Ladder;
use super::notify::Notify;
use super::owner;
use super::poll::{Poll, Walk};
use super::release::Release;
use super::tell::Tell;
use super::tend::Tend;
use super::track::Track;
use super::wiring::Engine;
use crate::lead::{Class, HandoffState};
use crate::store::{EndpointKind, StoreError};

/// Rounds of work before giving up on coming to rest; each round does something, so this is never met.
const ROUNDS: usize = 100_000;

/// What one pass did, and what it leaves.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Pass {
    /// Sources read.
    pub sources: usize,
    /// New leads.
    pub received: usize,
    /// Further touches of known people.
    pub touches: usize,
    /// Records kept aside.
    pub aside: usize,
    /// Handoffs released.
    pub released: usize,
    /// Handoffs the destinations took.
    pub sent: u64,
    /// Leads held now.
    pub held: u64,
    /// What failed, for whom, how to fix it.
    pub failed: Vec<String>,
    /// What waits for a person.
    pub waits_for_person: Vec<String>,
    /// What will be tried again by itself.
    pub unfinished: Vec<String>,
}

impl Pass {
    /// Nothing failed and nothing is left to do but what waits for its time.
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty() && self.waits_for_person.is_empty() && self.unfinished.is_empty()
    }
}

impl Engine {
    /// One pass over everything that is due.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn once(&self) -> Result<Pass, StoreError> {
        let parts = &self.parts;
        let mut pass = Pass::default();
        // Whoever held claims on an embedded store before this process holds none now.
        if parts.alone {
            parts.store.bury_engines(jiff::SignedDuration::ZERO).await?;
        }
        Tend(Arc::clone(parts)).run().await?;
        let sent_before = sent(self).await?;
        // What was already decided goes out before new leads are looked at.
        self.settle_down(&mut pass).await?;
        for (kind, name, failure) in &parts.broken {
            if *kind == EndpointKind::Source {
                pass.failed.push(format!("source {name}: {failure}"));
            }
        }
        let poll = Poll::new(Arc::clone(parts), self.stop_signal());
        let walks = poll.all_once().await?;
        self.not_read(&walks, &mut pass).await?;
        if let Some(stop_losses) = self.stop_losses() {
            stop_losses.run().await?;
        }
        for (name, walk) in walks {
            pass.sources += 1;
            pass.received += walk.stored.leads;
            pass.touches += walk.stored.touches;
            pass.aside += walk.stored.aside;
            if let Some(failure) = walk.failure {
                pass.failed.push(format!("source {name}: {failure}"));
            }
        }
        self.settle_down(&mut pass).await?;
        Track { parts: Arc::clone(parts), all: true }.run().await?;
        for inbox in self.inboxes(true) {
            inbox.run().await?;
        }
        Ladder(Arc::clone(parts)).run().await?;
        self.settle_down(&mut pass).await?;
        Notify(Arc::clone(parts)).run().await?;
        Tell(Arc::clone(parts)).run().await?;
        Alerts(Arc::clone(parts)).run().await?;
        if let Some(owner) = self.owner() {
            owner.run().await?;
            pass.failed.extend(parts.store.report_mails().await?.iter().filter_map(owner::trouble));
        }
        // A mail that came back is no longer counted: more may come back than went out.
        pass.sent = sent(self).await?.saturating_sub(sent_before);
        pass.held = parts.store.stage_counts().await?.get(&2).copied().unwrap_or(0);
        self.leftovers(&mut pass).await?;
        Ok(pass)
    }

    /// Sources that asked us to wait, and still do, are left alone even in a pass by hand.
    async fn not_read(&self, walks: &[(String, Walk)], pass: &mut Pass) -> Result<(), StoreError> {
        let now = self.parts.clock.now();
        for (name, endpoint) in self.parts.store.endpoints(EndpointKind::Source).await? {
            let waits = endpoint.class == Some(Class::Throttle) && endpoint.due_at > now;
            if waits && self.parts.sources.contains_key(&name) && walks.iter().all(|(walked, _)| *walked != name) {
                let words = endpoint.error.unwrap_or_default();
                pass.unfinished.push(format!("source {name}: {words} · read again at {}", endpoint.due_at));
            }
        }
        Ok(())
    }

    /// Releases, sends and reconciles until a round does nothing.
    async fn settle_down(&self, pass: &mut Pass) -> Result<(), StoreError> {
        let release = Release(Arc::clone(&self.parts));
        for _ in 0..ROUNDS {
            let released = release.run().await?.did;
            pass.released += released;
            let mut did = released;
            let sends = self.deliveries().into_iter().map(|stage| async move { stage.run().await });
            for report in futures::future::join_all(sends).await {
                did += report?.did;
            }
            let looks = self.reconciles().into_iter().map(|stage| async move { stage.run().await });
            for report in futures::future::join_all(looks).await {
                did += report?.did;
            }
            if did == 0 || *self.stop_signal().borrow() {
                break;
            }
        }
        Ok(())
    }

    async fn leftovers(&self, pass: &mut Pass) -> Result<(), StoreError> {
        let destinations = self.parts.store.endpoints(EndpointKind::Destination).await?;
        let open = [HandoffState::NeedsPerson, HandoffState::Unknown, HandoffState::Queued, HandoffState::Sending];
        let rows = self.parts.store.handoffs_in(&open, 1_000).await?;
        let now = self.parts.clock.now();
        for (name, endpoint) in &destinations {
            // What was wrong once and has nothing left to prove itself with is no failure of this pass.
            let matters = endpoint.due_at > now
                || self.parts.broken.iter().any(|(kind, id, _)| *kind == EndpointKind::Destination && id == name)
                || rows.iter().any(|row| row.state == HandoffState::Queued && row.destination == *name);
            let known = self.parts.config.destinations.contains_key(name);
            if let Some(error) = endpoint.error.as_ref().filter(|_| endpoint.class.is_some() && known && matters) {
                pass.failed.push(format!("destination {name}: {error}"));
            }
        }
        for (name, endpoint) in self.parts.store.endpoints(EndpointKind::Mailbox).await? {
            let read = self.parts.config.mailboxes().any(|(id, _)| id == name);
            if let Some(error) = endpoint.error.filter(|_| endpoint.class.is_some() && read) {
                pass.failed.push(format!("mailbox of {name}: {error}"));
            }
        }
        for row in rows {
            let what = format!(
                "handoff {} of lead {} to {} (key {}): {}",
                row.id,
                crate::lead::LeadId(row.lead),
                row.destination,
                row.token,
                row.last_text
            );
            match row.state {
                HandoffState::NeedsPerson => pass.waits_for_person.push(what),
                HandoffState::Unknown => {
                    pass.unfinished.push(format!("{what} · may exist already, looked for again at {}", row.due_at));
                }
                _ if !self.parts.config.destinations.contains_key(&row.destination) => {
                    let gone = format!("{} is no longer in the config", row.destination);
                    pass.waits_for_person.push(format!("{what} · {gone}: give it up, and its lead queues again"));
                }
                _ => {
                    let paused_until = destinations.get(&row.destination).map_or(row.due_at, |one| one.due_at);
                    pass.unfinished.push(format!("{what} · tried again at {}", row.due_at.max(paused_until)));
                }
            }
        }
        Ok(())
    }
}

async fn sent(engine: &Engine) -> Result<u64, StoreError> {
    engine.parts.store.accepted_count().await
}
