//! Walks: a source is taken for one, keeps its lease while it goes on, and gets its next moment at the end.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::{COLUMNS, Endpoint, endpoint};
use crate::clock::later;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::store::db::args;
use crate::store::together::{Step, Together};
use crate::store::{Note, Store, StoreError, Tx};

/// Sources taken in one transaction: others write in between.
const TAKEN_AT_ONCE: usize = 100;
/// A last try that lies further ahead than this was stamped by a clock that has been set back since.
const CLOCK_SET_BACK: SignedDuration = SignedDuration::from_secs(60);
/// Strain does not grow beyond this.
const STRAIN_MAX: i64 = 3;

impl Store {
    /// Takes a source for one walk: nobody else reads it until `lease` has passed. `None` when it is not
    /// due or somebody has it, and always while it has asked us to wait.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn take_source(
        &self,
        name: String,
        lease: SignedDuration,
        even_if_not_due: bool,
    ) -> Result<Option<Endpoint>, StoreError> {
        Ok(self.take_sources(vec![name], lease, even_if_not_due).await?.pop())
    }

    /// Takes those of several sources that may be read, as [`Store::take_source`].
    ///
    /// # Errors
    /// The database did not answer; what was taken before stays taken until its lease ends.
    pub async fn take_sources(
        &self,
        names: Vec<String>,
        lease: SignedDuration,
        even_if_not_due: bool,
    ) -> Result<Vec<Endpoint>, StoreError> {
        let mut taken = Vec::with_capacity(names.len());
        for names in names.chunks(TAKEN_AT_ONCE) {
            let names = names.to_vec();
            let some = self.write(move |tx| {
                Box::pin(async move {
                    let now = tx.now();
                    let due = if even_if_not_due { Timestamp::MAX } else { now };
                    let sql = format!(
                        "update endpoint set token = token + 1, proc_id = $1, lease_until = $2, last_try_at = $3 \
                         where kind = 'source' and name = $4 and (due_at <= $5 or last_try_at > $6) \
                         and (due_at <= $3 or class is null or class <> 'throttle') \
                         and (lease_until is null or lease_until <= $3 or proc_id not in \
                              (select id from proc where ended_at is null)) returning {COLUMNS}"
                    );
                    let mut taken = Vec::with_capacity(names.len());
                    for name in names {
                        let values = args![tx.proc, later(now, lease), now, name, due, later(now, CLOCK_SET_BACK)];
                        if let Some(row) = tx.one(&sql, values).await? {
                            taken.push(endpoint(&row)?);
                        }
                    }
                    Ok(taken)
                })
            });
            taken.append(&mut some.await?);
        }
        Ok(taken)
    }

    /// Keeps a walk that takes long: nobody else reads the source before `until`.
    ///
    /// # Errors
    /// The database did not answer, or the walk was taken over ([`StoreError::Conflict`]).
    pub async fn renew_walk(&self, taken: &Endpoint, until: Timestamp) -> Result<(), StoreError> {
        let (id, walk) = (taken.id, taken.token);
        self.write(move |tx| {
            Box::pin(async move {
                tx.guarded("update endpoint set lease_until = $1 where id = $2 and token = $3", args![until, id, walk])
                    .await
            })
        })
        .await
    }

    /// Ends a walk: schedules the next one, and keeps what went wrong. A page of it that comes later is
    /// refused. A walk that went well counts as quiet when nothing new was stored since it began.
    ///
    /// # Errors
    /// The database did not answer, or the walk was taken over ([`StoreError::Conflict`]).
    pub async fn end_walk(
        &self,
        taken: &Endpoint,
        next_at: Timestamp,
        failure: Option<Failure>,
    ) -> Result<(), StoreError> {
        self.write_together(Arc::new(WalkEnd { taken: taken.clone(), next_at, failure })).await
    }
}

/// How a walk ended.
pub(in crate::store) struct WalkEnd {
    taken: Endpoint,
    next_at: Timestamp,
    failure: Option<Failure>,
}

impl Step for WalkEnd {
    type Said = ();

    fn records(&self) -> usize {
        0
    }

    fn write<'t>(tx: &'t mut Tx, ends: &'t [Arc<Self>]) -> BoxFuture<'t, Result<Vec<()>, StoreError>> {
        Box::pin(async move {
            for end in ends {
                end.store(tx).await?;
            }
            Ok(vec![(); ends.len()])
        })
    }

    fn waits_in(store: &Store) -> &Together<Self> {
        &store.inner.walk_ends
    }
}

impl WalkEnd {
    async fn store(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let Self { taken, next_at, failure } = self;
        let now = tx.now();
        let class = failure.as_ref().map(|failure| failure.class);
        let words = failure.as_ref().map(ToString::to_string);
        let backfill = taken.backfill.as_ref().map(super::backfill::text);
        let facts = serde_json::to_string(&taken.facts).unwrap_or_default();
        let ids = [taken.id, taken.token];
        if failure.is_none() {
            let sql = "update endpoint set due_at = $1, fails = 0, last_ok_at = $2, \
                       first_ok_at = coalesce(first_ok_at, $2), class = null, error = null, \
                       quiet = case when last_new_at >= last_try_at then 0 else quiet + 1 end, \
                       strain = case when strain > 0 then strain - 1 else 0 end, \
                       backfill = coalesce($3, backfill), facts = $4, lease_until = null, \
                       token = token + 1 where id = $5 and token = $6";
            tx.guarded(sql, args![*next_at, now, backfill, facts, ids[0], ids[1]]).await?;
        } else {
            let sql = "update endpoint set due_at = $1, fails = fails + 1, last_try_at = $2, class = $3, \
                       error = $4, strain = case when $3 = 'throttle' and strain < $5 then strain + 1 \
                       else strain end, backfill = coalesce($6, backfill), facts = $7, \
                       lease_until = null, token = token + 1 where id = $8 and token = $9";
            let values =
                args![*next_at, now, class.map(Class::name), words, STRAIN_MAX, backfill, facts, ids[0], ids[1]];
            tx.guarded(sql, values).await?;
        }
        if class != taken.class {
            let body = serde_json::json!({ "source": taken.name, "class": class.map(Class::name) });
            tx.note(Note::new(if class.is_some() { "source-failing" } else { "source-ok" }).body(body));
        }
        if let Some(done) = taken.backfill.as_ref().filter(|_| taken.walk.backfilled) {
            let body = serde_json::json!({ "source": taken.name, "since": done.since.to_string(),
                "pages": done.pages, "records": done.records, "new": done.fresh });
            tx.note(Note::new("backfilled").body(body));
        }
        Ok(())
    }
}
