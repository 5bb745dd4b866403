//! When the outbox has work: the next instants, and how each destination is.

use jiff::Timestamp;

use crate::store::db::args;
use crate::store::{Store, StoreError};

impl Store {
    /// Earliest instants at which something is due in the outbox: (waiting, unknown, tracked).
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn next_due(&self) -> Result<[Option<Timestamp>; 3], StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let mut next = [None; 3];
                for (place, sql) in [
                    "select min(due_at) from handoff where state = 1",
                    "select min(due_at) from handoff where state = 6",
                    "select min(poll_at) from handoff where poll_at is not null",
                ]
                .into_iter()
                .enumerate()
                {
                    next[place] = tx.one(sql, vec![]).await?.map(|row| row.at_opt(0)).transpose()?.flatten();
                }
                Ok(next)
            })
        })
        .await
    }

    /// A destination's queue: until when it is paused, and its earliest waiting handoff.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_queue(&self, id: i64) -> Result<(Timestamp, Option<Timestamp>), StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let row = tx.one("select due_at from endpoint where id = $1", args![id]).await?;
                let paused = row.map(|row| row.at(0)).transpose()?.unwrap_or(Timestamp::UNIX_EPOCH);
                let sql = "select min(due_at) from handoff where state = 1 and destination_id = $1 \
                           and (valid_until is null or valid_until > $2)";
                let next = tx.one(sql, args![id, tx.now()]).await?;
                Ok((paused, next.map(|row| row.at_opt(0)).transpose()?.flatten()))
            })
        })
        .await
    }

    /// Did the last send to a destination fail for a reason of the destination's own?
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_failing(&self, id: i64) -> Result<bool, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select count(*) from endpoint where id = $1 and class is not null";
                Ok(tx.one_int(sql, args![id]).await? > 0)
            })
        })
        .await
    }

    /// A destination took something: whatever was wrong with it is over.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_well(&self, id: i64) -> Result<(), StoreError> {
        if !self.destination_failing(id).await? {
            return Ok(());
        }
        self.destination_state(id, Timestamp::UNIX_EPOCH, None).await
    }

    /// Handoffs ever accepted.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn accepted_count(&self) -> Result<u64, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select count(*) from handoff where accepted_at is not null";
                Ok(tx.one_int(sql, vec![]).await?.unsigned_abs())
            })
        })
        .await
    }
}
