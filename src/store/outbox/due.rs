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

    /// When the next handoff of unknown outcome at a destination is looked for.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn next_look(&self, destination: i64) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select min(due_at) from handoff where state = 6 and destination_id = $1";
                Ok(tx.one(sql, args![destination]).await?.map(|row| row.at_opt(0)).transpose()?.flatten())
            })
        })
        .await
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
