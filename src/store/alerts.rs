//! What somebody is to hear at once, as rows: written in the transaction of the event they tell of, so that none is
//! lost and none is told twice. They hold numbers and ids of the configuration, nothing of a person.

use jiff::Timestamp;

use super::db::args;
use super::{Note, Row, Store, StoreError, Tx};
use crate::lead::{HandoffId, LeadId};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertKind {
    /// The time to answer is over.
    Late,
    /// A handoff cannot go on without a person.
    NeedsYou,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Late, Self::NeedsYou];

    /// The word it is stored and told as.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Late => "answer-late",
            Self::NeedsYou => "handoff-needs-you",
        }
    }
}

/// How many there were of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlertCounts {
    /// The time to answer is over.
    pub late: u64,
    /// Cannot go on without a person.
    pub needs_you: u64,
}

/// One alert, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Row id.
    pub id: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: AlertKind,
    /// The lead.
    pub lead: LeadId,
    /// The handoff.
    pub handoff: HandoffId,
    /// The handoff's key.
    pub key: String,
    /// Team id.
    pub team: String,
    /// Destination id.
    pub destination: String,
    /// Tries so far.
    pub tries: i64,
}

/// Alerts that are told together, under one name that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertBatch {
    /// The name of the message, the same on every try.
    pub message: String,
    /// What it tells, the oldest first.
    pub alerts: Vec<Alert>,
}

impl Tx {
    /// Something happened that somebody is to hear at once.
    pub(crate) async fn alert(&mut self, kind: AlertKind, lead: LeadId, handoff: HandoffId) -> Result<(), StoreError> {
        let id = self.next_id("alert").await?;
        let sql = "insert into alert (id, at, kind, lead_id, handoff_id, due_at) values ($1, $2, $3, $4, $5, $2)";
        self.run(sql, args![id, self.now, kind.word(), lead.0, handoff.0]).await.map(drop)
    }
}

impl Store {
    /// The number of the newest alert; 0 where there is none.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn newest_alert(&self) -> Result<i64, StoreError> {
        self.read(|tx| Box::pin(async move { tx.one_int("select coalesce(max(id), 0) from alert", vec![]).await }))
            .await
    }

    /// How many there were after the alert of this number.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn alerts_after(&self, id: i64) -> Result<AlertCounts, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let mut counts = AlertCounts::default();
                for row in tx.all("select kind, count(*) from alert where id > $1 group by kind", args![id]).await? {
                    let count = row.int(1)?.unsigned_abs();
                    match kind(&row.text(0)?)? {
                        AlertKind::Late => counts.late = count,
                        AlertKind::NeedsYou => counts.needs_you = count,
                    }
                }
                Ok(counts)
            })
        })
        .await
    }

    /// Why the alerts that wait could not be told so far.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn alerts_untold_why(&self) -> Result<Option<String>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select why from alert where told_at is null and why is not null order by due_at limit 1";
                Ok(tx.one(sql, vec![]).await?.map(|row| row.text_opt(0)).transpose()?.flatten())
            })
        })
        .await
    }

    /// Nobody is to be told by web hook: what waits for that waits no more. Returns how many.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn alerts_for_nobody(&self) -> Result<u64, StoreError> {
        let waits = self.read(|tx| {
            Box::pin(async move { tx.one_int("select count(*) from alert where told_at is null", vec![]).await })
        });
        if waits.await? == 0 {
            return Ok(0);
        }
        let sql = "update alert set told_at = $1, why = 'nobody to tell' where told_at is null";
        self.write(move |tx| Box::pin(async move { tx.run(sql, args![tx.now()]).await })).await
    }

    /// When the last message went out, well or not, and when the next alert is due.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn alert_moments(&self) -> Result<[Option<Timestamp>; 2], StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let mut moments = [None; 2];
                for (place, sql) in [
                    "select max(told_at) from alert where told_at is not null and message is not null",
                    "select min(due_at) from alert where told_at is null",
                ]
                .into_iter()
                .enumerate()
                {
                    moments[place] = tx.one(sql, vec![]).await?.map(|row| row.at_opt(0)).transpose()?.flatten();
                }
                Ok(moments)
            })
        })
        .await
    }

    /// What is to be told now: a message that was tried before, else a new one of up to `most` alerts, which gets
    /// this name for good.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn alerts_due(&self, name: String, most: u32) -> Result<Option<AlertBatch>, StoreError> {
        self.write(move |tx| Box::pin(alerts_due(tx, name.clone(), most))).await
    }

    /// A message was told, is tried again at `again`, or is given up, and why.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn alerts_told(
        &self,
        message: String,
        outcome: Result<(), String>,
        again: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            let (message, why) = (message.clone(), outcome.as_ref().err().cloned());
            Box::pin(async move {
                if let (Some(why), Some(again)) = (&why, again) {
                    let sql = "update alert set tries = tries + 1, due_at = $1, why = $2 \
                               where message = $3 and told_at is null";
                    return tx.run(sql, args![again, why.clone(), message]).await.map(drop);
                }
                let sql = "update alert set tries = tries + 1, told_at = $1, why = $2 \
                           where message = $3 and told_at is null";
                let count = tx.run(sql, args![tx.now(), why.clone(), message]).await?;
                if count > 0 {
                    let kind = if why.is_none() { "alert-told" } else { "alert-failed" };
                    tx.note(Note::new(kind).body(serde_json::json!({ "count": count, "why": why })));
                }
                Ok(())
            })
        })
        .await
    }
}

async fn alerts_due(tx: &mut Tx, name: String, most: u32) -> Result<Option<AlertBatch>, StoreError> {
    let sql = "select message from alert where told_at is null and message is not null and due_at <= $1 \
               order by due_at, id limit 1";
    let message = if let Some(row) = tx.one(sql, args![tx.now()]).await? {
        row.text(0)?
    } else {
        let sql = "update alert set message = $1 where id in \
                       (select id from alert where told_at is null and message is null and due_at <= $2 \
                       order by id limit $3)";
        if tx.run(sql, args![&name, tx.now(), i64::from(most)]).await? == 0 {
            return Ok(None);
        }
        name
    };
    let sql = "select a.id, a.at, a.kind, a.lead_id, a.handoff_id, h.token, h.team, e.name, a.tries from alert a \
               join handoff h on h.id = a.handoff_id join endpoint e on e.id = h.destination_id \
               where a.message = $1 and a.told_at is null and a.due_at <= $2 order by a.id";
    let rows = tx.all(sql, args![&message, tx.now()]).await?;
    let alerts = rows.iter().map(alert).collect::<Result<Vec<_>, _>>()?;
    Ok((!alerts.is_empty()).then_some(AlertBatch { message, alerts }))
}

fn alert(row: &Row) -> Result<Alert, StoreError> {
    Ok(Alert {
        id: row.int(0)?,
        at: row.at(1)?,
        kind: kind(&row.text(2)?)?,
        lead: LeadId(row.int(3)?),
        handoff: HandoffId(row.int(4)?),
        key: row.text(5)?,
        team: row.text(6)?,
        destination: row.text(7)?,
        tries: row.int(8)?,
    })
}

fn kind(word: &str) -> Result<AlertKind, StoreError> {
    let found = AlertKind::ALL.into_iter().find(|kind| kind.word() == word);
    found.ok_or_else(|| StoreError::Damaged(format!("an alert is of the unknown kind {word}")))
}
