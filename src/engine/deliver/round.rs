//! One round of sends to a destination: made ready, perhaps marked as leaving, sent and recorded side by side, so that
//! they share what is written.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use futures::channel::mpsc::{self, SendError};
use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};

use super::{AHEAD, Deliver};
use crate::engine::card;
use crate::handoff::circuit::{self, Sign};
use crate::handoff::{Delivery, Frozen, LeaseLost, Phases};
use crate::lead::outcome::Failure;
use crate::lead::{Class, Phase};
use crate::store::{Claimed, HandoffFacts, Store, StoreError};

/// Of so many claimed handoffs one may be marked as leaving before its turn, where the destination can bear that: their
/// marks share a commit. What a crash leaves in doubt besides what was on its way stays this small a part of a long
/// line, and none of a short one.
const MARKED_ONE_IN: usize = 32;
/// The facts of so many are read at once: the first is sent before those of the last are read.
const FACTS_OF: usize = 32;
/// A round begins nothing more after this. A far side that turned slow must not keep what is claimed from people, nor
/// what became urgent from its turn.
const LONGEST: SignedDuration = SignedDuration::from_secs(10);

impl Deliver {
    /// Sends what was claimed, `most` at the same time. While some are sent, others are made ready and what came of
    /// those before is stored: all of that shares its commits. How many were begun.
    pub(super) async fn round(&self, claims: Vec<Claimed>, most: usize, ill: bool) -> Result<usize, StoreError> {
        let round = Arc::new(Round {
            most,
            marked: if ill { 0 } else { claims.len() / MARKED_ONE_IN },
            began: OnceLock::new(),
            ill: AtomicBool::new(ill),
            over: AtomicBool::new(false),
        });
        let (ready, next) = futures::channel::mpsc::channel(0);
        let preparing = tokio::spawn(self.clone().prepare_all(claims, Arc::clone(&round), ready));
        let ends: Vec<Result<Option<Claimed>, StoreError>> = next
            .map(|ready| self.transmit(ready, &round))
            .buffer_unordered(most)
            .map(|sent| self.record(sent, &round))
            .buffer_unordered(most * AHEAD)
            .collect()
            .await;
        preparing.await.unwrap_or_else(|error| Err(stopped(&error)))?;
        let begun = ends.len();
        let back = ends.into_iter().filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
        let begun = begun - back.len();
        if !back.is_empty() {
            self.parts.store.hand_back(back).await?;
        }
        Ok(begun)
    }

    /// Makes claimed handoffs ready in their order, on another thread than the one that sends.
    async fn prepare_all(
        self,
        claims: Vec<Claimed>,
        round: Arc<Round>,
        ready: mpsc::Sender<Result<Ready, StoreError>>,
    ) -> Result<(), StoreError> {
        let sent = futures::stream::iter(claims)
            .chunks(FACTS_OF)
            .then(|claims| with_facts(self.parts.store.clone(), claims))
            .map_ok(|claims| futures::stream::iter(claims).map(Ok))
            .try_flatten()
            .map(|one| async { self.prepare(one?).await })
            .buffered(round.most)
            .map(|ready| {
                // In a task of its own: marked while those before it are taken, not when they are gone.
                let (deliver, round) = (self.clone(), Arc::clone(&round));
                tokio::spawn(async move { deliver.mark(ready, &round).await })
            })
            .buffered(round.marked.max(1))
            .map(|marked| marked.unwrap_or_else(|error| Err(stopped(&error))))
            .map(Ok::<_, SendError>)
            .forward(ready)
            .await;
        // Whoever sends them goes on to the end, unless the engine stops.
        sent.map_err(|error| StoreError::Unusable(format!("nobody sends what was made ready: {error}")))
    }

    async fn prepare(&self, of: (Claimed, Option<HandoffFacts>)) -> Result<Ready, StoreError> {
        let (mut claimed, facts) = of;
        let frozen = self.frozen(&mut claimed, facts).await?;
        Ok((claimed, frozen))
    }

    /// Makes it durable before its turn that one is leaving, where that is wanted.
    async fn mark(&self, ready: Result<Ready, StoreError>, round: &Round) -> Result<Ready, StoreError> {
        let (mut claimed, frozen) = ready?;
        let phase = self.target.by.marked_ahead().filter(|_| round.marked > 0 && !round.over.load(Ordering::SeqCst));
        if let (Ok(bytes), Some(phase)) = (&frozen, phase) {
            let bytes = claimed.frozen.is_none().then(|| bytes.0.clone());
            // A lost claim is told when its turn comes.
            if self.parts.store.enter_phase(&claimed, phase, bytes).await? {
                claimed.marked = Some(phase);
            }
        }
        Ok((claimed, frozen))
    }

    /// Sends one; with no delivery it was not begun, since the round was over.
    async fn transmit(
        &self,
        ready: Result<Ready, StoreError>,
        round: &Round,
    ) -> Result<(Claimed, Option<Delivery>), StoreError> {
        let (claimed, frozen) = ready?;
        if round.is_over(self.parts.clock.now()) {
            return Ok((claimed, None));
        }
        let delivery = match frozen {
            Ok(frozen) => {
                let phases = Durable { store: &self.parts.store, claimed: &claimed, frozen: &frozen };
                self.target.by.deliver(&frozen, &phases).await
            }
            Err(failure) => Delivery {
                class: failure.class,
                reference: None,
                message: failure.message,
                hint: failure.hint,
                wait_secs: failure.wait_secs,
            },
        };
        if circuit::sign(delivery.class) != Sign::Well {
            round.over.store(true, Ordering::SeqCst);
            round.ill.store(true, Ordering::SeqCst);
        }
        Ok((claimed, Some(delivery)))
    }

    /// Stores what came of one; gives back what was not begun.
    async fn record(
        &self,
        sent: Result<(Claimed, Option<Delivery>), StoreError>,
        round: &Round,
    ) -> Result<Option<Claimed>, StoreError> {
        match sent? {
            (claimed, None) => Ok(Some(claimed)),
            (claimed, Some(delivery)) => self.settle(&claimed, delivery, round).await.map(|()| None),
        }
    }

    async fn frozen(
        &self,
        claimed: &mut Claimed,
        facts: Option<HandoffFacts>,
    ) -> Result<Result<Frozen, Failure>, StoreError> {
        if let Some(bytes) = &claimed.frozen {
            let frozen = Frozen(bytes.clone());
            // An address that was mistyped is mended in the config: what it was never sent to is made anew.
            if self.target.by.still_fits(&frozen) || self.parts.store.in_doubt(claimed.lead, claimed.id).await? {
                return Ok(Ok(frozen));
            }
            self.parts.store.forget_frozen(claimed).await?;
            claimed.frozen = None;
        }
        let facts = match facts {
            Some(facts) => facts,
            None => self.parts.store.handoff_facts(claimed.lead).await?,
        };
        let card = match card::card(&self.parts, claimed, &facts, self.parts.clock.now()) {
            Ok(card) => card,
            Err(words) => return Ok(Err(Failure::new(Class::Reject, words))),
        };
        Ok(self.target.by.freeze(&card))
    }
}

/// A claimed handoff and what is to be sent, or why nothing can be.
type Ready = (Claimed, Result<Frozen, Failure>);

/// Claimed handoffs with what their mails and tickets are made from, where that is to be made yet.
async fn with_facts(store: Store, claims: Vec<Claimed>) -> Result<Vec<(Claimed, Option<HandoffFacts>)>, StoreError> {
    let fresh = claims.iter().filter(|claimed| claimed.frozen.is_none()).map(|claimed| claimed.lead).collect();
    let mut facts = store.handoff_facts_of(fresh).await?;
    let facts = claims.into_iter().map(|claimed| {
        let facts = facts.remove(&claimed.lead);
        (claimed, facts)
    });
    Ok(facts.collect())
}

fn stopped(error: &tokio::task::JoinError) -> StoreError {
    StoreError::Unusable(format!("making handoffs ready stopped: {error}"))
}

/// What the sends of one round tell each other.
pub(super) struct Round {
    /// So many are sent at the same time.
    most: usize,
    /// So many are marked as leaving before their turn.
    marked: usize,
    /// When the first was sent.
    began: OnceLock<Timestamp>,
    /// Something is wrong with the destination, or was: a success is news.
    pub(super) ill: AtomicBool,
    /// Something has gone wrong, or it took too long: nothing more is begun.
    over: AtomicBool,
}

impl Round {
    /// Is nothing more to be begun? The first always is.
    fn is_over(&self, now: Timestamp) -> bool {
        let began = *self.began.get_or_init(|| now);
        if began.duration_until(now) > LONGEST {
            self.over.store(true, Ordering::SeqCst);
        }
        self.over.load(Ordering::SeqCst)
    }
}

/// Phases made durable in the store, the frozen bytes with the first of them.
struct Durable<'a> {
    store: &'a Store,
    claimed: &'a Claimed,
    frozen: &'a Frozen,
}

impl Phases for Durable<'_> {
    fn enter(&self, phase: Phase) -> BoxFuture<'_, Result<(), LeaseLost>> {
        Box::pin(async move {
            if self.claimed.marked.is_some_and(|marked| marked >= phase) {
                return Ok(());
            }
            let bytes = self.claimed.frozen.is_none().then(|| self.frozen.0.clone());
            match self.store.enter_phase(self.claimed, phase, bytes).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(LeaseLost),
                Err(error) => {
                    // Not durable, so the phase must not begin; the claim runs out and is rescued.
                    tracing::error!(handoff = self.claimed.id.0, "{}", error.chain());
                    Err(LeaseLost)
                }
            }
        })
    }
}
