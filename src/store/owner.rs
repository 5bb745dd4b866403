//! The report that goes out by mail, a row a period and recipient. Claimed before it is sent and settled behind it, so
//! that a crash sends none twice: what had begun its last step is unknown and is said to be, what had not is sent.

use jiff::Timestamp;

use super::db::args;
use super::{Note, Row, Store, StoreError, Tx};
use crate::clock::earlier;

/// Rows of periods older than this are no longer of use.
const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 400);
/// Since when reports are sent by mail: one of an earlier moment was never promised.
const SINCE: &str = "owner_mail_since";

/// How a mail of the report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    /// It is sent at its next moment.
    Waiting,
    /// Somebody is sending it.
    Sending,
    /// The mail server took it.
    Sent,
    /// The mail server may have taken it; it is not sent again.
    Unknown,
    /// The mail server refused it for good.
    Failed,
    /// Its period ended before it could be sent.
    Missed,
    /// A person sent the report instead.
    ByHand,
}

impl MailState {
    const ALL: [Self; 7] =
        [Self::Waiting, Self::Sending, Self::Sent, Self::Unknown, Self::Failed, Self::Missed, Self::ByHand];

    /// The word it is stored as.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Missed => "missed",
            Self::ByHand => "by-hand",
        }
    }
}

/// One mail of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportMail {
    /// Period: `week-2026-11-23`.
    pub period: String,
    /// Address.
    pub recipient: String,
    /// How it stands.
    pub state: MailState,
    /// When it is tried next, where it waits.
    pub due_at: Timestamp,
    /// When its period ends.
    pub until: Timestamp,
    /// Tries so far.
    pub tries: i64,
    /// Counts claims; guards every later change.
    pub claim: i64,
    /// What went wrong last.
    pub why: Option<String>,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailEnd {
    /// Taken.
    Sent,
    /// Surely not taken: tried again then.
    Again(Timestamp, String),
    /// Refused for good.
    Failed(String),
    /// May have been taken.
    Unknown(String),
}

const COLUMNS: &str = "period, recipient, state, due_at, until, tries, claim, why";

impl Store {
    /// Opens a period for these recipients, where it is newer than every other and than the first look of all.
    /// What an earlier one still waits for is missed.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn open_report_mail(
        &self,
        period: String,
        (scheduled, until): (Timestamp, Timestamp),
        to: Vec<String>,
    ) -> Result<bool, StoreError> {
        let known = self.read(|tx| Box::pin(newest(tx)));
        if known.await?.is_some_and(|newest| newest >= scheduled) {
            return Ok(false);
        }
        self.write(move |tx| Box::pin(open(tx, period, scheduled, until, to))).await
    }

    /// Finds mails whose sender is gone: what had not begun its last step waits again, the rest is unknown.
    /// To be called by the one that sends, while it sends none.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn rescue_report_mail(&self) -> Result<(), StoreError> {
        let open = self.read(|tx| {
            Box::pin(async move { tx.one_int("select count(*) from owner_mail where state = 'sending'", vec![]).await })
        });
        if open.await? == 0 {
            return Ok(());
        }
        self.write(|tx| Box::pin(rescue(tx))).await
    }

    /// Takes every mail that is due.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn claim_report_mail(&self) -> Result<Vec<ReportMail>, StoreError> {
        let due = self.read(|tx| {
            Box::pin(async move {
                let sql = "select count(*) from owner_mail where state = 'waiting' and due_at <= $1 and until > $1";
                tx.one_int(sql, args![tx.now()]).await
            })
        });
        if due.await? == 0 {
            return Ok(Vec::new());
        }
        self.write(|tx| {
            Box::pin(async move {
                let sql = format!(
                    "update owner_mail set state = 'sending', dot = 0, tries = tries + 1, claim = claim + 1, \
                     proc_id = $1 where state = 'waiting' and due_at <= $2 and until > $2 returning {COLUMNS}"
                );
                let rows = tx.all(&sql, args![tx.proc, tx.now()]).await?;
                rows.iter().map(mail).collect()
            })
        })
        .await
    }

    /// Makes durable that the last step begins, after which the mail may have arrived. `false`: the claim is lost.
    ///
    /// # Errors
    /// The database did not answer: the step must not begin.
    pub async fn report_mail_leaves(&self, of: &ReportMail) -> Result<bool, StoreError> {
        let (period, recipient, claim) = (of.period.clone(), of.recipient.clone(), of.claim);
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update owner_mail set dot = 1 where period = $1 and recipient = $2 and claim = $3 \
                           and state = 'sending' and proc_id = $4";
                Ok(tx.run(sql, args![period, recipient, claim, tx.proc]).await? == 1)
            })
        })
        .await
    }

    /// Stores how a try ended. `false`: the claim was lost.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn settle_report_mail(&self, of: &ReportMail, end: MailEnd) -> Result<bool, StoreError> {
        let of = of.clone();
        self.write(move |tx| Box::pin(async move { settle(tx, &of, end).await })).await
    }

    /// A person sent the report to these: what was not surely sent to them is no longer asked for.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn report_mailed(&self, who: String, to: Vec<String>, subject: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for one in &to {
                    let sql = "update owner_mail set state = 'by-hand', why = null where lower(recipient) = $1 \
                               and state in ('waiting', 'unknown', 'failed', 'missed')";
                    tx.run(sql, args![one.to_lowercase()]).await?;
                }
                let body = serde_json::json!({ "count": to.len(), "subject": subject });
                tx.note(Note::new("report-mailed").by(&who).body(body));
                Ok(())
            })
        })
        .await
    }

    /// The mails of the newest period.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn report_mails(&self) -> Result<Vec<ReportMail>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = format!(
                    "select {COLUMNS} from owner_mail where scheduled_at = (select max(scheduled_at) from owner_mail) \
                     order by period, recipient"
                );
                tx.all(&sql, vec![]).await?.iter().map(mail).collect()
            })
        })
        .await
    }
}

async fn newest(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let sql = "select max(at) from (select max(scheduled_at) as at from owner_mail \
               union all select value as at from meta where key = $1) known";
    Ok(tx.one(sql, args![SINCE]).await?.map(|row| row.at_opt(0)).transpose()?.flatten())
}

async fn open(
    tx: &mut Tx,
    period: String,
    scheduled: Timestamp,
    until: Timestamp,
    to: Vec<String>,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let Some(newest) = newest(tx).await? else {
        // The first look of all: what was due before anybody asked for it is not sent now.
        let sql = "insert into meta (key, value) values ($1, $2) on conflict (key) do nothing";
        tx.run(sql, args![SINCE, now]).await?;
        return Ok(false);
    };
    if newest >= scheduled {
        return Ok(false);
    }
    let sql = "update owner_mail set state = 'missed' where state = 'waiting' and scheduled_at < $1 returning why";
    let missed = tx.all(sql, args![scheduled]).await?;
    if let Some(first) = missed.first() {
        let why = first.text_opt(0)?;
        tx.note(Note::new("report-missed").body(serde_json::json!({ "count": missed.len(), "why": why })));
    }
    tx.run("delete from owner_mail where scheduled_at < $1", args![earlier(scheduled, KEPT)]).await?;
    for one in to {
        let sql = "insert into owner_mail (period, recipient, scheduled_at, until, state, due_at) \
                   values ($1, $2, $3, $4, 'waiting', $5) on conflict do nothing";
        tx.run(sql, args![&period, one, scheduled, until, now]).await?;
    }
    Ok(true)
}

async fn rescue(tx: &mut Tx) -> Result<(), StoreError> {
    let gone = "state = 'sending' and (proc_id = $1 or proc_id in (select id from proc where ended_at is not null))";
    let sql = format!("update owner_mail set state = 'waiting', due_at = $2 where dot = 0 and {gone}");
    tx.run(&sql, args![tx.proc, tx.now()]).await?;
    let why = "leadgate was stopped while the mail server took it";
    let sql = format!("update owner_mail set state = 'unknown', why = $2 where {gone} returning period");
    for row in tx.all(&sql, args![tx.proc, why]).await? {
        let body = serde_json::json!({ "period": row.text(0)?, "why": why });
        tx.note(Note::new("report-mail-unknown").body(body));
    }
    Ok(())
}

async fn settle(tx: &mut Tx, of: &ReportMail, end: MailEnd) -> Result<bool, StoreError> {
    let (state, kind, due, why) = match end {
        MailEnd::Sent => (MailState::Sent, Some("report-sent"), None, None),
        // Only the first failure of a period is news.
        MailEnd::Again(at, why) => (MailState::Waiting, (of.tries == 1).then_some("report-waits"), Some(at), Some(why)),
        MailEnd::Failed(why) => (MailState::Failed, Some("report-failed"), None, Some(why)),
        MailEnd::Unknown(why) => (MailState::Unknown, Some("report-mail-unknown"), None, Some(why)),
    };
    let sql = "update owner_mail set state = $1, due_at = coalesce($2, due_at), why = $3, dot = 0 \
               where period = $4 and recipient = $5 and claim = $6 and state = 'sending' and proc_id = $7";
    let args = args![state.word(), due, why.clone(), &of.period, &of.recipient, of.claim, tx.proc];
    if tx.run(sql, args).await? != 1 {
        return Ok(false);
    }
    if let Some(kind) = kind {
        tx.note(Note::new(kind).body(serde_json::json!({ "period": of.period, "why": why })));
    }
    Ok(true)
}

fn mail(row: &Row) -> Result<ReportMail, StoreError> {
    let word = row.text(2)?;
    let state = MailState::ALL.into_iter().find(|state| state.word() == word);
    Ok(ReportMail {
        period: row.text(0)?,
        recipient: row.text(1)?,
        state: state.ok_or_else(|| StoreError::Damaged(format!("a report's mail is in the unknown state {word}")))?,
        due_at: row.at(3)?,
        until: row.at(4)?,
        tries: row.int(5)?,
        claim: row.int(6)?,
        why: row.text_opt(7)?,
    })
}
