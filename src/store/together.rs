//! Group commit. What comes while another transaction is being written goes into the next one together: a
//! thousand sources that end their walks at the same moment cost a few dozen commits, not two thousand. One
//! that comes alone is written at once; nobody waits for company.
//!
//! Each step is whole and guarded by itself, so being written beside others changes nothing about it. Where
//! a group fails, each of its steps is written again alone and gets an answer of its own.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::oneshot;

use super::{Store, StoreError, Tx};

/// Most steps of one transaction.
const STEPS_MOST: usize = 64;
/// Most records of one transaction, unless a single step has more: a person's act waits behind it.
const RECORDS_MOST: usize = 1_500;

/// What may share a transaction with others of its kind.
pub(super) trait Step: Send + Sync + Sized + 'static {
    /// What one is answered.
    type Said: Send + 'static;

    /// How many records it writes, about.
    fn records(&self) -> usize;

    /// Writes them all; an answer each, in their order. Good to run again after a rollback.
    ///
    /// # Errors
    /// Nothing of any is kept; each is written again alone.
    fn write<'t>(tx: &'t mut Tx, steps: &'t [Arc<Self>]) -> BoxFuture<'t, Result<Vec<Self::Said>, StoreError>>;

    /// Where they wait.
    fn waits_in(store: &Store) -> &Together<Self>;
}

/// How a group went for one of its steps.
enum Went<T> {
    Kept(T),
    /// It was the only one: this is its own answer.
    Failed(StoreError),
    /// Another one may be the reason.
    Alone,
}

struct Waiting<S: Step> {
    step: Arc<S>,
    told: oneshot::Sender<Went<S::Said>>,
}

/// Steps that wait for the next transaction.
pub(super) struct Together<S: Step>(Mutex<Line<S>>);

struct Line<S: Step> {
    waiting: VecDeque<Waiting<S>>,
    /// Somebody writes one group after the other until none waits.
    served: bool,
}

impl<S: Step> Default for Together<S> {
    fn default() -> Self {
        Self(Mutex::new(Line { waiting: VecDeque::new(), served: false }))
    }
}

impl<S: Step> Together<S> {
    fn line(&self) -> MutexGuard<'_, Line<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one; is anybody there who writes it?
    fn push(&self, waiting: Waiting<S>) -> bool {
        let mut line = self.line();
        line.waiting.push_back(waiting);
        std::mem::replace(&mut line.served, true)
    }

    /// The next group, in the order they came; none when nobody waits.
    fn group(&self) -> Vec<Waiting<S>> {
        let mut line = self.line();
        let mut records = 0;
        let fits = |one: &&Waiting<S>| {
            records += one.step.records();
            records <= RECORDS_MOST
        };
        let most = line.waiting.iter().take(STEPS_MOST).take_while(fits).count();
        let most = most.max(usize::from(!line.waiting.is_empty()));
        line.served = most > 0;
        line.waiting.drain(..most).collect()
    }
}

impl Store {
    /// As [`Store::write`], in one transaction with other steps of its kind that wait at this moment.
    ///
    /// # Errors
    /// What the step said, or what [`Store::write`] says; nothing of it was kept then.
    pub(super) async fn write_together<S: Step>(&self, step: Arc<S>) -> Result<S::Said, StoreError> {
        let (told, went) = oneshot::channel();
        if !S::waits_in(self).push(Waiting { step: Arc::clone(&step), told }) {
            // In a task of its own: a caller that is dropped must not keep the others of its group waiting.
            let store = self.clone();
            tokio::spawn(async move { while store.write_group::<S>().await {} });
        }
        match went.await {
            Ok(Went::Kept(said)) => Ok(said),
            Ok(Went::Failed(error)) => Err(error),
            Ok(Went::Alone) | Err(_) => self.write(move |tx| Box::pin(alone(tx, step))).await,
        }
    }

    /// Writes the next group; `false`: nobody waited.
    async fn write_group<S: Step>(&self) -> bool {
        let (steps, told): (Vec<Arc<S>>, Vec<_>) =
            S::waits_in(self).group().into_iter().map(|one| (one.step, one.told)).unzip();
        if steps.is_empty() {
            return false;
        }
        let count = steps.len();
        // A fault in a step must not leave all that come later without anybody who writes them.
        let written = self.write_here(move |tx| Box::pin(async move { each_answered(tx, &steps).await }));
        let written = AssertUnwindSafe(written).catch_unwind().await;
        let written = written.unwrap_or_else(|_| Err(StoreError::Unusable("a store call stopped".into())));
        let went: Vec<Went<S::Said>> = match written {
            Ok(said) => said.into_iter().map(Went::Kept).collect(),
            Err(error) if count == 1 => vec![Went::Failed(error)],
            Err(_) => std::iter::repeat_with(|| Went::Alone).take(count).collect(),
        };
        for (told, went) in told.into_iter().zip(went) {
            // Whoever asked may be gone; it is written all the same.
            drop(told.send(went));
        }
        true
    }
}

/// Nothing is kept of a group in which one has no answer.
async fn each_answered<S: Step>(tx: &mut Tx, steps: &[Arc<S>]) -> Result<Vec<S::Said>, StoreError> {
    let said = S::write(tx, steps).await?;
    if said.len() == steps.len() { Ok(said) } else { Err(StoreError::Unusable("a step gave no answer".into())) }
}

async fn alone<S: Step>(tx: &mut Tx, step: Arc<S>) -> Result<S::Said, StoreError> {
    let said = each_answered(tx, std::slice::from_ref(&step)).await?;
    said.into_iter().next().ok_or_else(|| StoreError::Unusable("a step gave no answer".into()))
}
