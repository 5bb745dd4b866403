//! Leads a person must look at.

use crate::lead::{LeadId, Stage};
use crate::store::db::args;
use crate::store::{Store, StoreError};

impl Store {
    /// Leads in review that nobody put aside, those that came first first, after `after`, at most `most`.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn in_review(&self, after: LeadId, most: u32) -> Result<Vec<LeadId>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select id from lead where stage = $1 and id > $2 \
                           and (snoozed_until is null or snoozed_until <= $3) order by id limit $4";
                let now = tx.now();
                let rows = tx.all(sql, args![Stage::Review.number(), after.0, now, i64::from(most)]).await?;
                rows.iter().map(|row| Ok(LeadId(row.int(0)?))).collect()
            })
        })
        .await
    }
}
