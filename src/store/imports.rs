//! What a person brings in by hand goes into a source's rows by the same transaction as what was polled, under
//! the same lease; the source's own cursor and schedule stay as they are.

use jiff::SignedDuration;

use super::db::args;
use super::sources::{COLUMNS, endpoint};
use super::{Endpoint, Note, Store, StoreError};
use crate::clock::later;

impl Store {
    /// Takes a source for an import: nobody reads it until `lease` has passed. `None` while somebody does.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn lend_source(&self, name: String, lease: SignedDuration) -> Result<Option<Endpoint>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let now = tx.now();
                let sql = "update endpoint set token = token + 1, proc_id = $1, lease_until = $2 \
                           where kind = 'source' and name = $3 \
                           and (lease_until is null or lease_until <= $4 or proc_id not in \
                                (select id from proc where ended_at is null))";
                if tx.run(sql, args![tx.proc, later(now, lease), &name, now]).await? == 0 {
                    return Ok(None);
                }
                let sql = format!("select {COLUMNS} from endpoint where kind = 'source' and name = $1");
                tx.one(&sql, args![name]).await?.map(|row| endpoint(&row)).transpose()
            })
        })
        .await
    }

    /// Gives a lent source back, and writes into the journal by whom what was imported.
    ///
    /// # Errors
    /// The database did not answer, or the lease was lost ([`StoreError::Conflict`]).
    pub async fn end_import(&self, taken: &Endpoint, who: String, body: serde_json::Value) -> Result<(), StoreError> {
        let (id, walk) = (taken.id, taken.token);
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update endpoint set lease_until = null, token = token + 1 where id = $1 and token = $2";
                tx.guarded(sql, args![id, walk]).await?;
                tx.note(Note::new("imported").by(&who).body(body));
                Ok(())
            })
        })
        .await
    }
}
