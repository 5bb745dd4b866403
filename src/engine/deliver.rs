//! Sends what is waiting for one destination: claim, freeze, send, settle. One stage a destination, so
//! that a slow or dead one never delays another.

mod round;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::future::BoxFuture;
use jiff::SignedDuration;

use self::round::Round;
use super::driver::{Report, Stage};
use super::rules;
use super::wiring::{Parts, Target};
use crate::clock::later;
use crate::config::checked::{Route, Transport};
use crate::handoff::Delivery;
use crate::handoff::circuit::{self, Ramp, Sign};
use crate::handoff::retry::{self, Attempt, By, Next, Pause};
use crate::lead::outcome::Failure;
use crate::lead::{Class, Code};
use crate::store::{Claimed, DestinationQueue, Settle, StoreError};

/// A destination with wrong credentials or settings is tried again this often, one handoff at a time.
const PAUSE: SignedDuration = SignedDuration::from_mins(15);
/// A destination that wants no more is asked again after this.
const GONE: SignedDuration = SignedDuration::from_hours(24);

/// Most handoffs given up in one run.
const OVERDUE_ROUND: u32 = 100;
/// Handoffs claimed at once for each that may be sent at the same time: one commit claims them all, and the next is
/// ready when a connection is. A round ends at the first failure, and gives back what it did not begin.
const AHEAD: usize = 8;
/// After a round that took no longer than this the next one is twice as long: what becomes urgent meanwhile waits no
/// longer than for a few of these.
const QUICK: SignedDuration = SignedDuration::from_millis(250);
/// Most handoffs claimed at once.
const CLAIMED_MOST: usize = 512;

/// Stage 5, for one destination.
#[derive(Clone)]
pub struct Deliver {
    /// The engine's parts.
    pub parts: Arc<Parts>,
    /// The destination.
    pub target: Arc<Target>,
}

impl Stage for Deliver {
    fn name(&self) -> String {
        format!("destination {}", self.target.name)
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(self.step())
    }
}

impl Deliver {
    async fn step(&self) -> Result<Report, StoreError> {
        let parts = &self.parts;
        let mut report = Report::default();
        let mut ramp = Ramp::to(self.target.by.concurrency());
        let mut ahead = AHEAD;
        loop {
            let now = parts.clock.now();
            let queue = parts.store.destination_queue(self.target.id).await?;
            if queue.paused_until > now && (queue.next.is_some() || circuit::is_open(queue.class)) {
                report.did += self.give_up_overdue(&queue).await?;
                report.next_at = queue.next_deadline.map_or(queue.paused_until, |at| at.min(queue.paused_until)).into();
                return Ok(report);
            }
            if circuit::is_open(queue.class) {
                self.probe().await?;
                continue;
            }
            match queue.next {
                None => return Ok(report),
                Some(due) if due > now => {
                    report.next_at = Some(due);
                    return Ok(report);
                }
                Some(_) => {}
            }
            let ill = queue.fails > 0 || queue.class.is_some();
            let most = ramp.next(ill);
            let claims = if ill { most } else { (most * ahead).min(CLAIMED_MOST.max(most)) };
            let claims = parts.store.claim(self.target.id, claims).await?;
            if claims.is_empty() {
                return Ok(report);
            }
            report.did += self.round(claims, most, ill).await?;
            let quick = !ill && now.duration_until(parts.clock.now()) <= QUICK;
            ahead = if quick { (ahead * 2).min(CLAIMED_MOST) } else { AHEAD };
        }
    }

    /// Asks a destination that was left alone whether it is back, changing nothing there.
    async fn probe(&self) -> Result<(), StoreError> {
        let store = &self.parts.store;
        match self.target.by.probe().await {
            Ok(_) => store.destination_probed(self.target.id, circuit::ON_TRIAL, None).await,
            Err(failure) => {
                let again = later(self.parts.clock.now(), circuit::PROBE_EVERY);
                store.destination_probed(self.target.id, 0, Some((again, left_alone(&failure.message)))).await
            }
        }
    }

    /// What waits for a destination that is stopped, and whose time is up, goes to the route's next one, else to a
    /// person. Wrong settings alone keep it waiting, where nobody else can take it: they are mended once for all.
    async fn give_up_overdue(&self, queue: &DestinationQueue) -> Result<usize, StoreError> {
        let parts = &self.parts;
        let mut did = 0;
        for one in parts.store.overdue(self.target.id, OVERDUE_ROUND).await? {
            let waits = circuit::waits_for_settings(queue.class);
            let settle = match next_stop(parts, &one.route, one.hop, Class::Retry) {
                Settle::NeedsPerson { .. } if waits => continue,
                settle if !parts.store.in_doubt(one.lead, one.id).await? => settle,
                _ if waits => continue,
                _ => Settle::NeedsPerson { code: Code::Unknown, surely_not: false },
            };
            let why = queue.error.as_deref().unwrap_or("it asked to wait");
            let words = format!("not sent in time: destination {} was stopped: {why}", self.target.name);
            did += usize::from(parts.store.settle_overdue(&one, settle, words).await?);
        }
        Ok(did)
    }

    async fn settle(&self, claimed: &Claimed, delivery: Delivery, round: &Round) -> Result<(), StoreError> {
        let parts = &self.parts;
        let attempt = Attempt {
            by: by(&self.target.transport),
            class: delivery.class,
            has_reference: delivery.reference.is_some(),
            number: u32::try_from(claimed.attempt).unwrap_or(u32::MAX),
            now: parts.clock.now(),
            deadline: claimed.deadline_at,
            wait_secs: delivery.wait_secs,
            random: fastrand::f64(),
        };
        let next = retry::after(&attempt);
        let words = delivery
            .hint
            .as_ref()
            .map_or_else(|| delivery.message.clone(), |hint| format!("{} · {hint}", delivery.message));
        let settle = match next {
            Next::Accepted => Settle::Accepted {
                code: if delivery.class == Class::Exists { Code::Exists } else { Code::Sent },
                clocks: self.target.clocks(&parts.config, &claimed.team, &claimed.route, attempt.now),
                reference: delivery.reference.clone(),
                copies: Vec::new(),
            },
            Next::Queued { at, counts, .. } => {
                Settle::Retry { at, code: retry_code(delivery.class), costs_attempt: counts }
            }
            Next::Unknown { at } => Settle::Unknown { at },
            // Refused now, but an earlier copy may be there: neither the next destination nor its capacity
            // may be given away.
            Next::NeedsPerson if claimed.attempt > 1 && parts.store.in_doubt(claimed.lead, claimed.id).await? => {
                Settle::NeedsPerson { code: Code::Unknown, surely_not: false }
            }
            Next::NeedsPerson => next_stop(parts, &claimed.route, claimed.hop, delivery.class),
        };
        if !parts.store.settle(claimed, settle, words).await? {
            tracing::warn!(handoff = claimed.id.0, "the claim was lost before its result could be stored");
        }
        if let Some(proof) = self.target.by.proof() {
            parts.store.keep_proof(self.target.id, proof).await?;
        }
        self.pause(next, &delivery, round).await
    }

    /// What an answer means for the destination's other handoffs.
    async fn pause(&self, next: Next, delivery: &Delivery, round: &Round) -> Result<(), StoreError> {
        let now = self.parts.clock.now();
        let until = match next {
            Next::Queued { destination: Pause::Until(at), .. } => Some(at),
            Next::Queued { destination: Pause::ForPerson, .. } => Some(later(now, PAUSE)),
            Next::Queued { destination: Pause::Off, .. } => Some(later(now, GONE)),
            _ => None,
        };
        let failure = Failure {
            class: delivery.class,
            message: delivery.message.clone(),
            hint: delivery.hint.clone(),
            wait_secs: delivery.wait_secs,
        };
        let (store, id) = (&self.parts.store, self.target.id);
        match (until, circuit::sign(delivery.class)) {
            (Some(at), _) => store.destination_state(id, at, Some(failure)).await,
            (None, Sign::Well) if round.ill.load(Ordering::SeqCst) => store.destination_well(id).await,
            (None, Sign::Failed) => {
                let failure = Failure { message: left_alone(&failure.message), hint: None, ..failure };
                let until = later(now, circuit::PROBE_EVERY);
                store.destination_failed(id, circuit::OPENS_AFTER, until, failure).await
            }
            (None, Sign::Well | Sign::Told) => Ok(()),
        }
    }
}

/// Why a destination is left alone, for people.
fn left_alone(why: &str) -> String {
    format!("it fails again and again, and is asked every minute whether it is back: {why}")
}

/// How a destination's handoffs travel.
pub fn by(transport: &Transport) -> By {
    match transport {
        Transport::Mail(_) => By::Mail,
        Transport::Preset { .. } => By::Http,
    }
}

fn retry_code(class: Class) -> Code {
    match class {
        Class::Throttle => Code::Throttled,
        Class::Auth => Code::DeliveryAuth,
        Class::Config | Class::Gone => Code::DeliveryConfig,
        _ => Code::Retrying,
    }
}

/// Surely not delivered here: the route's next destination, or a person.
pub fn next_stop(parts: &Parts, route: &str, hop: i64, class: Class) -> Settle {
    let code = if class == Class::Reject {
        Code::Refused
    } else if class == Class::Twin {
        Code::TwinThere
    } else {
        Code::Dead
    };
    let route: Option<&Route> = parts.config.routes.get(route);
    let next = route.and_then(|route| route.to.get(usize::try_from(hop).ok()? + 1));
    match next.and_then(|name| parts.destination_ids.get(name)) {
        Some(destination) if class != Class::Twin => {
            Settle::NextHop { destination: *destination, code, deadline: route.map_or(PAUSE, rules::deadline) }
        }
        _ => Settle::NeedsPerson { code, surely_not: true },
    }
}
