//! What happened, as it was told: the journal, notes, touches and raw records.

use jiff::Timestamp;

use crate::lead::LeadId;
use crate::store::db::args;
use crate::store::{Row, Store, StoreError, Tx};

/// One entry of a story.
#[derive(Debug, Clone)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What kind; `note` for a note, `touch` for a touch.
    pub kind: String,
    /// Details, JSON; a note's text.
    pub body: String,
    /// Which lead.
    pub lead: Option<i64>,
}

impl Store {
    /// What the journal and the notes tell of one lead, the latest first, and its touches:
    /// (at, who, kind, body) where notes have kind `note` and their text as body.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn story(&self, lead: LeadId) -> Result<Vec<Told>, StoreError> {
        self.read(move |tx| Box::pin(story(tx, lead))).await
    }

    /// The journal's latest entries over all leads.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn latest_told(&self, most: u32) -> Result<Vec<Told>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql =
                    "select at, who, kind, body, lead_id from journal order by at desc, proc_id desc, n desc limit $1";
                let rows = tx.all(sql, args![i64::from(most)]).await?;
                rows.iter().map(told).collect()
            })
        })
        .await
    }

    /// A quarantined record: raw text and code.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn record(&self, inquiry: i64) -> Result<Option<(String, String)>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select coalesce(r.body, ''), i.code from inquiry i left join raw r on r.inquiry_id = i.id \
                           where i.id = $1";
                let row = tx.one(sql, args![inquiry]).await?;
                row.map(|row| Ok((row.text(0)?, row.text(1)?))).transpose()
            })
        })
        .await
    }
}

async fn story(tx: &mut Tx, lead: LeadId) -> Result<Vec<Told>, StoreError> {
    let sql = "select at, who, kind, body, lead_id from journal where lead_id = $1 order by at desc, proc_id, n desc limit 500";
    let mut story = tx.all(sql, args![lead.0]).await?.iter().map(told).collect::<Result<Vec<_>, _>>()?;
    let sql = "select at, who, kind, body, lead_id from note where lead_id = $1 and kind = 'note'";
    for row in tx.all(sql, args![lead.0]).await? {
        story.push(told(&row)?);
    }
    let sql = "select i.received_at, e.name, i.code, coalesce(i.campaign, ''), i.lead_id, coalesce(i.referral, '') \
               from inquiry i join endpoint e on e.id = i.source_id where i.lead_id = $1";
    for row in tx.all(sql, args![lead.0]).await? {
        let body = serde_json::json!({ "source": row.text(1)?, "code": row.text(2)?, "campaign": row.text(3)?,
            "referral": row.text(5)? });
        story.push(Told {
            at: row.at(0)?,
            who: "leadgate".into(),
            kind: "touch".into(),
            body: body.to_string(),
            lead: Some(lead.0),
        });
    }
    story.sort_by_key(|told| std::cmp::Reverse(told.at));
    Ok(story)
}

fn told(row: &Row) -> Result<Told, StoreError> {
    Ok(Told { at: row.at(0)?, who: row.text(1)?, kind: row.text(2)?, body: row.text(3)?, lead: row.int_opt(4)? })
}
