//! What is not kept for ever.

use jiff::SignedDuration;

use super::db::args;
use super::{Store, StoreError};
use crate::clock::earlier;

impl Store {
    /// Deletes raw payloads older than `keep`; quarantined ones stay as long.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn prune_raw(&self, keep: SignedDuration) -> Result<u64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let before = earlier(tx.now(), keep);
                let sql = "delete from raw where inquiry_id in (select r.inquiry_id from raw r join inquiry i \
                           on i.id = r.inquiry_id where r.inquiry_id <= (select min(inquiry_id) + 500 from raw) \
                           and i.received_at < $1)";
                tx.run(sql, args![before]).await
            })
        })
        .await
    }
}
