//! What people changed, and the plain counts on both sides of a change.

use jiff::Timestamp;

use crate::store::db::args;
use crate::store::{Note, Store, StoreError};

/// A change of rules, of a cap, or one noted by hand.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub who: String,
    /// `config`, `cap-set`, `cap-reset`, `change-noted`.
    pub kind: String,
    /// What the journal says of it.
    pub body: serde_json::Value,
}

impl Store {
    /// Notes that something was changed outside of leadgate: the text of an ad, a landing page.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn note_change(&self, source: Option<String>, text: String, who: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let body = serde_json::json!({ "source": source, "text": text });
                tx.note(Note::new("change-noted").by(&who).body(body));
                Ok(())
            })
        })
        .await
    }

    /// The latest changes in `[since, until)`, newest first, at most `most`.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn changes_between(
        &self,
        since: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<ChangeRow>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select at, who, kind, body from journal where kind in ('config', 'cap-set', 'cap-reset', \
                           'change-noted') and at >= $1 and at < $2 order by at desc, proc_id desc, n desc limit $3";
                let rows = tx.all(sql, args![since, until, i64::from(most)]).await?;
                rows.iter()
                    .map(|row| {
                        let body = serde_json::from_str(&row.text(3)?).unwrap_or_default();
                        Ok(ChangeRow { at: row.at(0)?, who: row.text(1)?, kind: row.text(2)?, body })
                    })
                    .collect()
            })
        })
        .await
    }

    /// (qualified, all) of the leads received in `[from, to)`, of one source or of all.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn qualified_between(
        &self,
        source: Option<String>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(u64, u64), StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select cast(coalesce(sum(case when l.verdict = 1 then 1 else 0 end), 0) as bigint), count(*) \
                           from lead l join endpoint e on e.id = l.source_id \
                           where l.received_at >= $1 and l.received_at < $2 and ($3 = '' or e.name = $3)";
                let row = tx.one(sql, args![from, to, source.unwrap_or_default()]).await?;
                let row = row.ok_or_else(|| StoreError::Damaged("a count gave no row".into()))?;
                Ok((row.int(0)?.unsigned_abs(), row.int(1)?.unsigned_abs()))
            })
        })
        .await
    }
}
