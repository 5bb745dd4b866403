//! Looks for handoffs that may or may not have arrived, before anything is sent again.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::deliver::by;
use super::driver::{Report, Stage};
use super::wiring::Parts;
use crate::clock::later;
use crate::config::checked::OnUnknown;
use crate::handoff::Found;
use crate::handoff::retry::{self, Asked, Doubt, Settled};
use crate::lead::Code;
use crate::store::{Settle, StoreError, UnknownHandoff};

/// A destination that could not be set up (its secret cannot be read today) is asked again after this.
const NOT_THERE: SignedDuration = SignedDuration::from_mins(5);
/// Most looks in one run.
const ROUND: u32 = 50;

/// Stage 5b, for one destination: one that is dead never keeps another's doubts waiting.
pub struct Reconcile {
    /// The engine's parts.
    pub parts: Arc<Parts>,
    /// The destination's config id.
    pub name: String,
    /// Its endpoint row.
    pub id: i64,
}

impl Stage for Reconcile {
    fn name(&self) -> String {
        format!("reconciling {}", self.name)
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(self.step())
    }
}

impl Reconcile {
    async fn step(&self) -> Result<Report, StoreError> {
        let store = &self.parts.store;
        let due = store.unknown_due(Some(self.id), ROUND).await?;
        let mut did = 0;
        for one in &due {
            did += 1;
            if self.look(one).await? == Asked::Failed {
                // It does not answer now: the others are not asked for in vain.
                break;
            }
        }
        let mut next_at = store.next_look(self.id).await?;
        if did < due.len() {
            let patience = self.parts.target(self.id).map_or(NOT_THERE, |target| target.grace);
            next_at = Some(later(self.parts.clock.now(), patience));
        }
        Ok(Report { did, next_at })
    }

    async fn look(&self, one: &UnknownHandoff) -> Result<Asked, StoreError> {
        let parts = &self.parts;
        let Some(target) = parts.target(one.destination) else {
            if parts.is_broken(one.destination) {
                let again = parts.clock.now().saturating_add(NOT_THERE).unwrap_or(Timestamp::MAX);
                parts.store.settle_unknown(one, Settle::Unknown { at: again }, one.misses).await?;
                return Ok(Asked::Absent);
            }
            let settle = Settle::NeedsPerson { code: Code::Unknown, surely_not: false };
            parts.store.settle_unknown(one, settle, one.misses).await?;
            return Ok(Asked::CannotAsk);
        };
        let mut references = Vec::new();
        let asked = match target.by.find(&one.token).await {
            Ok(Found::Here(found)) => {
                references = found;
                Asked::Found
            }
            Ok(Found::Absent) => Asked::Absent,
            Ok(Found::CannotAsk) => Asked::CannotAsk,
            Err(failure) => {
                tracing::warn!(handoff = one.id.0, "looking for it failed: {failure}");
                Asked::Failed
            }
        };
        if references.len() > 1 {
            tracing::warn!(handoff = one.id.0, copies = references.len(), "it is there more than once");
        }
        let now = parts.clock.now();
        let doubt = Doubt {
            asked,
            misses: u32::try_from(one.misses).unwrap_or(0),
            by: by(&target.transport),
            number: 1,
            first_attempt: one.first_try_at,
            last_attempt: one.last_try_at,
            now,
            deadline: one.deadline_at,
            lag: target.by.find_lag(),
            grace: target.grace,
            repeats_safe_secs: target.by.repeats_safe_secs(),
            policy: parts.config.routes.get(&one.route).map_or(OnUnknown::Hold, |route| route.on_unknown),
            random: fastrand::f64(),
        };
        let (settle, misses) = match retry::reconcile(&doubt) {
            Settled::Adopt => {
                let clocks = target.clocks(&parts.config, &one.team, &one.route, now);
                let mut found = references.into_iter();
                let (reference, copies) = (found.next(), found.collect());
                (Settle::Accepted { reference, code: Code::Exists, clocks, copies }, one.misses)
            }
            Settled::SendAgain { at, absent: true } => (Settle::Absent { at }, 0),
            Settled::SendAgain { at, absent: false } => {
                (Settle::Retry { at, code: Code::Retrying, costs_attempt: true }, 0)
            }
            Settled::AskAgain { at, misses } => (Settle::Unknown { at }, i64::from(misses)),
            Settled::NeedsPerson => (Settle::NeedsPerson { code: Code::Unknown, surely_not: false }, one.misses),
        };
        parts.store.settle_unknown(one, settle, misses).await?;
        Ok(asked)
    }
}
