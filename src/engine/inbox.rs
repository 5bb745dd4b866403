//! Reads what comes back to a mail destination: answers stop the clocks, bounces move the lead on. One stage a
//! mailbox, so that a dead one never delays another. What a mail did is stored before the mailbox is remembered as
//! read; read twice it does nothing more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::watch;

use super::deliver::next_stop;
use super::driver::{Report, Stage};
use super::rules;
use super::wiring::{Parts, Target};
use crate::clock::later;
use crate::handoff::email::{Inbox, Place};
use crate::lead::{Class, Code, Quality};
use crate::net::imap::Fetched;
use crate::response::mail::{self, Told, What};
use crate::store::{EndpointKind, Heard, Returned, Settle, StoreError};

/// Pages read in one run; the rest at the next.
const PAGES: usize = 40;
/// A mailbox that cannot be listened to for the moment is tried again after this; it is looked at meanwhile.
const LISTEN_AGAIN: Duration = Duration::from_mins(1);
/// The same where somebody has to see to a password or a folder first: servers lock out whoever keeps trying.
const LISTEN_AGAIN_REFUSED: Duration = Duration::from_hours(1);

/// Stage 6, for one mailbox.
pub struct Returns {
    parts: Arc<Parts>,
    target: Arc<Target>,
    all: bool,
    /// Next look, in microseconds; a change in the store wakes every stage, and is none for a mailbox.
    due: AtomicI64,
    /// The server has told of a mail since the last look began.
    rung: AtomicBool,
}

impl Stage for Returns {
    fn name(&self) -> String {
        format!("mailbox of {}", self.target.name)
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let now = self.parts.clock.now();
            let due = Timestamp::from_microsecond(self.due.load(Ordering::Relaxed)).unwrap_or(now);
            let Some(inbox) = &self.target.inbox else { return Ok(Report::default()) };
            if !self.rung.swap(false, Ordering::SeqCst) && due > now && !self.all {
                return Ok(Report { did: 0, next_at: Some(due) });
            }
            let did = self.look(inbox).await?;
            let next = later(self.parts.clock.now(), inbox.every);
            self.due.store(next.as_microsecond(), Ordering::Relaxed);
            Ok(Report { did, next_at: Some(next) })
        })
    }
}

impl Returns {
    /// A stage for a destination's mailbox; `all`: look whether due or not.
    pub fn new(parts: Arc<Parts>, target: Arc<Target>, all: bool) -> Self {
        Self { parts, target, all, due: AtomicI64::new(0), rung: AtomicBool::new(false) }
    }

    /// Lets the server tell of new mails, where it can, until `stop` turns true. Only a hint: whatever is lost here is
    /// found at the next regular look.
    pub async fn listen(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let Some(inbox) = &self.target.inbox else { return };
        let ring = || {
            self.rung.store(true, Ordering::SeqCst);
            self.parts.store.announce();
        };
        while !*stop.borrow() {
            let heard = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                heard = inbox.listen(ring) => heard,
            };
            let Err(failure) = heard else {
                tracing::info!(destination = self.target.name, "its mailbox does not tell of mails: it is looked at");
                return;
            };
            tracing::debug!(destination = self.target.name, "its mailbox is not listened to: {failure}");
            let refused = matches!(failure.class, Class::Auth | Class::Config);
            let wait = if refused { LISTEN_AGAIN_REFUSED } else { LISTEN_AGAIN };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Mails that said something.
    async fn look(&self, inbox: &Inbox) -> Result<usize, StoreError> {
        let (store, name) = (&self.parts.store, &self.target.name);
        let mut did = 0;
        for _ in 0..PAGES {
            let endpoint = store.endpoints(EndpointKind::Mailbox).await?.remove(name);
            let Some(endpoint) = endpoint else { return Ok(did) };
            // What cannot be read back is read from the beginning: nothing is done twice.
            let place: Place = serde_json::from_str(&endpoint.cursor).unwrap_or_default();
            let page = match inbox.read(place, self.parts.clock.now()).await {
                Ok(page) => page,
                Err(failure) => {
                    tracing::warn!(destination = name, "its mailbox could not be read: {failure}");
                    store.mailbox_failed(name.clone(), failure).await?;
                    return Ok(did);
                }
            };
            for fetched in &page.mails {
                did += usize::from(self.take(fetched).await?);
            }
            if page.place != place || endpoint.class.is_some() {
                let cursor = serde_json::to_string(&page.place)
                    .map_err(|error| StoreError::Damaged(format!("how far a mailbox was read: {error}")))?;
                store.mailbox_read(name.clone(), cursor).await?;
            }
            if !page.more {
                break;
            }
        }
        Ok(did)
    }

    /// Does what a mail says; `true` when it said something new.
    async fn take(&self, fetched: &Fetched) -> Result<bool, StoreError> {
        let (parts, store) = (&self.parts, &self.parts.store);
        let Some(told) = mail::read(&fetched.bytes, fetched.received) else { return Ok(false) };
        let Some(of) = store.returned(&told.key, self.target.id).await? else { return Ok(false) };
        let clocks = self.target.clocks(&parts.config, &of.team, &of.route, parts.clock.now());
        match &told.what {
            What::Passed(why) => {
                tracing::debug!(handoff = of.id.0, "a mail does not count: {why}");
                Ok(false)
            }
            // Whoever asked is not whoever answers.
            What::Answer | What::Take if of.lead_email.as_deref() == Some(told.from.as_str()) => Ok(false),
            What::Answer => {
                let open = rules::open_caps(&rules::in_force(store, &parts.config).await?);
                store.mail_answered(&of, heard(&told, self.quality(&told), ""), clocks, open).await
            }
            What::Take => store.mail_taken(&of, clocks).await,
            What::Bounce { words, formal } => {
                let quality = if *formal { Quality::Exact } else { Quality::Approximate };
                store.mail_bounced(&of, heard(&told, quality, words), self.goes_on(&of)).await
            }
            What::Delay { words } => store.mail_delayed(&of, heard(&told, Quality::Exact, words)).await,
        }
    }

    /// Exact: somebody of ours, in the thread, at a moment that the mailbox bears out.
    fn quality(&self, told: &Told) -> Quality {
        let ours = |email: &str| email.eq_ignore_ascii_case(&told.from);
        let known = self.parts.config.people.values().any(|person| ours(&person.email));
        if known && told.by_thread && told.borne_out { Quality::Exact } else { Quality::Derived }
    }

    /// The route's next destination, or a person.
    fn goes_on(&self, of: &Returned) -> Settle {
        match next_stop(&self.parts, &of.route, of.hop, Class::Reject) {
            Settle::NextHop { destination, deadline, .. } => {
                Settle::NextHop { destination, code: Code::Bounced, deadline }
            }
            _ => Settle::NeedsPerson { code: Code::Bounced, surely_not: true },
        }
    }
}

fn heard(told: &Told, quality: Quality, words: &str) -> Heard {
    Heard { mail: told.id.clone(), at: told.at, quality, words: words.to_owned() }
}
