//! Group commit. What comes while another transaction is being written goes into the next one together: a
//! thousand sources that end their walks at the same moment cost a few dozen commits, not two thousand. One
//! that comes alone is written at once; nobody waits for company.
//!
//! Each step is whole and guarded by itself, so being written beside others changes nothing about it. Where
//! a group fails, each of its steps is written again alone and gets an answer of its own.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use tokio::sync::oneshot;

use super::{Store, StoreError, Tx};

/// Most steps of one transaction.
const STEPS_MOST: usize = 64;
/// Most records of one transaction, unless a single step has more: a person's act waits behind it.
const RECORDS_MOST: usize = 1_500;

/// A step, repeatable: its transaction may be rolled back and it be written again.
type Step = Box<dyn for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<(), StoreError>> + Send + Sync>;

/// How a group went for one of its steps.
enum Went {
    Kept,
    /// It was the only one: this is its own answer.
    Failed(StoreError),
    /// Another one may be the reason.
    Alone,
}

struct Waiting {
    records: usize,
    step: Step,
    told: oneshot::Sender<Went>,
}

/// Steps that wait for the next transaction.
#[derive(Default)]
pub(super) struct Together {
    waiting: Mutex<VecDeque<Waiting>>,
    /// Held while a group is written.
    turn: tokio::sync::Mutex<()>,
}

impl Together {
    fn push(&self, waiting: Waiting) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(waiting);
    }

    /// The next group, in the order they came; none when others took them all.
    fn group(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut records = 0;
        let fits = |one: &&Waiting| {
            records += one.records;
            records <= RECORDS_MOST
        };
        let most = waiting.iter().take(STEPS_MOST).take_while(fits).count();
        let most = most.max(usize::from(!waiting.is_empty()));
        waiting.drain(..most).collect()
    }
}

impl Store {
    /// As [`Store::write`], in one transaction with other steps that wait at this moment. `f` must be good to
    /// run again after a rollback, and guarded by itself. `records`: how many it writes, about.
    ///
    /// # Errors
    /// What `f` said, or what [`Store::write`] says; nothing of `f` was kept then.
    pub(super) async fn write_together<T, F>(&self, records: usize, f: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send + Sync + 'static,
    {
        let f = Arc::new(f);
        let said: Arc<Mutex<Option<T>>> = Arc::default();
        let (work, keep) = (Arc::clone(&f), Arc::clone(&said));
        let step: Step = Box::new(move |tx| {
            let (work, keep) = (Arc::clone(&work), Arc::clone(&keep));
            Box::pin(async move {
                let value = work(tx).await?;
                *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(())
            })
        });
        let (told, went) = oneshot::channel();
        self.inner.together.push(Waiting { records, step, told });
        // In a task of its own: a caller that is dropped must not keep the others of its group waiting.
        let store = self.clone();
        tokio::spawn(async move { store.write_group().await });
        match went.await {
            Ok(Went::Kept) => {
                let value = said.lock().unwrap_or_else(PoisonError::into_inner).take();
                value.ok_or_else(|| StoreError::Unusable("a step of a group gave no answer".into()))
            }
            Ok(Went::Failed(error)) => Err(error),
            Ok(Went::Alone) | Err(_) => self.write(move |tx| Box::pin(async move { f(tx).await })).await,
        }
    }

    async fn write_group(&self) {
        let _turn = self.inner.together.turn.lock().await;
        let (steps, told): (Vec<Step>, Vec<_>) =
            self.inner.together.group().into_iter().map(|one| (one.step, one.told)).unzip();
        if steps.is_empty() {
            return;
        }
        let written = self.write(move |tx| {
            Box::pin(async move {
                for step in &steps {
                    step(tx).await?;
                }
                Ok(())
            })
        });
        let mut failed = written.await.err();
        let (kept, single) = (failed.is_none(), told.len() == 1);
        for told in told {
            let answer = match failed.take().filter(|_| single) {
                _ if kept => Went::Kept,
                Some(error) => Went::Failed(error),
                None => Went::Alone,
            };
            // Whoever asked may be gone; it is written all the same.
            drop(told.send(answer));
        }
    }
}
