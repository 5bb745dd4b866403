//! Leads of the past, page by page, for deciding them again.

use jiff::Timestamp;

use crate::lead::{Contact, LeadId, VerdictKind};
use crate::store::db::args;
use crate::store::leads::verdict;
use crate::store::{Row, Store, StoreError};

/// A lead as it was received and decided.
#[derive(Debug, Clone)]
pub struct PastLead {
    /// The lead.
    pub id: LeadId,
    /// Source id.
    pub source: String,
    /// When the person asked.
    pub submitted_at: Timestamp,
    /// When it was stored.
    pub received_at: Timestamp,
    /// The verdict in force.
    pub verdict: VerdictKind,
    /// The service it was decided by.
    pub service: Option<String>,
    /// What was read of it, and what people answered: JSON of the deciding room.
    pub facts: String,
    /// Config version that decided.
    pub config: i64,
    /// Its words, where they were asked for and are still kept.
    pub contact: Option<Contact>,
}

impl Store {
    /// How many leads [`Store::past`] brings in all.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn past_count(&self, since: Timestamp, until: Timestamp) -> Result<u64, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql =
                    "select count(*) from lead l where l.received_at >= $1 and l.received_at < $2 and l.stage <> 6";
                let count = tx.one(sql, args![since, until]).await?.map_or(Ok(0), |row| row.int(0))?;
                Ok(u64::try_from(count).unwrap_or(0))
            })
        })
        .await
    }

    /// Leads received in `[since, until)` in order of their ids after `after`, at most `most`; people who have
    /// not confirmed yet are left out. With `words` also what they wrote.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn past(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: LeadId,
        most: u32,
        words: bool,
    ) -> Result<Vec<PastLead>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let (fields, join) =
                    if words { ("c.fields", "left join contact c on c.lead_id = l.id") } else { ("null", "") };
                let sql = format!(
                    "select l.id, e.name, l.submitted_at, l.received_at, l.verdict, l.service, l.facts, l.config_id, \
                     {fields} from lead l join endpoint e on e.id = l.source_id {join} \
                     where l.id > $1 and l.received_at >= $2 and l.received_at < $3 and l.stage <> 6 \
                     order by l.id limit $4"
                );
                let rows = tx.all(&sql, args![after.0, since, until, i64::from(most)]).await?;
                rows.iter().map(|row| past(row, words)).collect()
            })
        })
        .await
    }
}

fn past(row: &Row, words: bool) -> Result<PastLead, StoreError> {
    let id = LeadId(row.int(0)?);
    let fields = if words { row.text_opt(8)? } else { None };
    let contact = fields.map(|fields| serde_json::from_str(&fields)).transpose();
    Ok(PastLead {
        id,
        source: row.text(1)?,
        submitted_at: row.at(2)?,
        received_at: row.at(3)?,
        verdict: verdict(row.int(4)?),
        service: row.text_opt(5)?,
        facts: row.text(6)?,
        config: row.int(7)?,
        contact: contact.map_err(|error| StoreError::Damaged(format!("contact of lead {id}: {error}")))?,
    })
}
