//! People who are asked about again one by one, because their confirmation does not come with the pages.
//! The far side's own id of each is kept for it, and deleted as soon as nothing is left to ask.

use jiff::Timestamp;

use super::Endpoint;
use crate::lead::Stage;
use crate::store::db::args;
use crate::store::{Store, StoreError};

/// Somebody to be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recheck {
    /// Key of the record.
    pub key: i64,
    /// The far side's id.
    pub record: String,
}

impl Store {
    /// Who of a source is to be asked about now, the longest due first. Rows of leads that are pending no
    /// more are deleted on the way.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn rechecks_due(&self, source: i64, most: u32) -> Result<Vec<Recheck>, StoreError> {
        let waiting = self
            .read(move |tx| {
                Box::pin(async move {
                    let sql = "select count(*) from recheck where source_id = $1 and due_at <= $2";
                    tx.one_int(sql, args![source, tx.now()]).await
                })
            })
            .await?;
        if waiting == 0 {
            return Ok(Vec::new());
        }
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "delete from recheck where source_id = $1 and due_at <= $2 and lead_id not in \
                           (select id from lead where stage = $3)";
                tx.run(sql, args![source, tx.now(), Stage::Pending.number()]).await?;
                let sql = "select skey, record from recheck where source_id = $1 and due_at <= $2 \
                           order by due_at, skey limit $3";
                let rows = tx.all(sql, args![source, tx.now(), i64::from(most)]).await?;
                rows.iter().map(|row| Ok(Recheck { key: row.int(0)?, record: row.text(1)? })).collect()
            })
        })
        .await
    }

    /// These were asked about; the next time is at `next_at`.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn rechecked(&self, source: i64, keys: Vec<i64>, next_at: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for key in keys {
                    let sql = "update recheck set due_at = $1 where source_id = $2 and skey = $3";
                    tx.run(sql, args![next_at, source, key]).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// The far side has these records no more: they have left.
    ///
    /// # Errors
    /// The database did not answer, or the walk was taken over ([`StoreError::Conflict`]).
    pub async fn gone(&self, taken: &Endpoint, keys: Vec<i64>) -> Result<(), StoreError> {
        if keys.is_empty() { Ok(()) } else { self.leave(taken, keys).await }
    }
}
