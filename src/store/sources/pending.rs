//! People who signed up and never confirmed: given up at their time, so that nobody waits for ever.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::days::DayCounts;
use crate::clock::{earlier, later};
use crate::lead::{Code, LeadId, Stage};
use crate::store::db::args;
use crate::store::{Note, Store, StoreError};

impl Store {
    /// Ends up to `most` people of a source who have not confirmed for `pending_for` since they were received,
    /// at the instant their time was over. Returns how many.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn expire_pending(
        &self,
        source: i64,
        pending_for: SignedDuration,
        most: u32,
    ) -> Result<usize, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = format!(
                    "select id, received_at from lead where stage = $1 and source_id = $2 and received_at <= $3 \
                     order by id limit $4{}",
                    tx.skip_locked()
                );
                let before = earlier(tx.now(), pending_for);
                let due = tx.all(&sql, args![Stage::Pending.number(), source, before, i64::from(most)]).await?;
                let code = Code::OptInExpired.to_string();
                let mut days = DayCounts::default();
                for row in &due {
                    let (lead, at): (i64, Timestamp) = (row.int(0)?, later(row.at(1)?, pending_for));
                    let sql = "update lead set stage = $1, end_code = $2, closed_at = $3, rev = rev + 1 \
                               where id = $4 and stage = $5";
                    tx.guarded(sql, args![Stage::Closed.number(), &code, at, lead, Stage::Pending.number()]).await?;
                    tx.run("delete from recheck where lead_id = $1", args![lead]).await?;
                    days.lapsed(tx, at);
                    let body = serde_json::json!({ "code": code, "at": at.to_string() });
                    tx.note(Note::new("expired").lead(LeadId(lead)).body(body));
                }
                days.write(tx, source).await?;
                Ok(due.len())
            })
        })
        .await
    }

    /// How many people of each source have not confirmed yet, by config id.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn pending(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select e.name, count(*) from lead l join endpoint e on e.id = l.source_id \
                           where l.stage = $1 group by e.name";
                let rows = tx.all(sql, args![Stage::Pending.number()]).await?;
                rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?.unsigned_abs()))).collect()
            })
        })
        .await
    }
}
