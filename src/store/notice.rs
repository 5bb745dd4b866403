//! What somebody is told by mail because a promise was not kept or a word is missing, as rows: sent once, several to
//! one person in one letter.

use jiff::Timestamp;

use super::db::args;
use super::{Note, Row, Store, StoreError, Tx};
use crate::lead::{HandoffId, HandoffState, LeadId};

/// A notice is given up after so many tries.
pub const NOTICE_TRIES: i64 = 8;
/// Most notices in one letter.
const LETTER_MAX: i64 = 200;

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// To the owner: it is not answered.
    Remind,
    /// To the team lead: it is not answered.
    TeamLead,
    /// To operations: it is not answered.
    Ops,
    /// To the owner before: somebody else has it now.
    Taken,
    /// To the owner: how did it end?
    Outcome,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Remind, Self::TeamLead, Self::Ops, Self::Taken, Self::Outcome];

    /// The word it is stored as.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Remind => "remind",
            Self::TeamLead => "team-lead",
            Self::Ops => "ops",
            Self::Taken => "taken",
            Self::Outcome => "outcome",
        }
    }
}

/// A notice that is to be sent.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Row id.
    pub id: i64,
    /// When it was decided.
    pub at: Timestamp,
    /// Person id, or `ops`.
    pub person: String,
    /// What it says.
    pub kind: NoticeKind,
    /// The lead.
    pub lead: LeadId,
    /// The handoff.
    pub handoff: HandoffId,
    /// The key of the handoff.
    pub token: String,
    /// Service id.
    pub service: Option<String>,
    /// Whose the handoff is.
    pub owner: String,
    /// Route id.
    pub route: String,
    /// Team id.
    pub team: String,
    /// Answer by.
    pub answer_by: Option<Timestamp>,
    /// It needs nobody any more: answered, ended or with somebody else.
    pub is_over: bool,
    /// Tries so far.
    pub tries: i64,
}

impl Store {
    /// When the next notice is due.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn next_notice_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.earliest("select min(due_at) from notice where sent_at is null").await
    }

    /// Who is to hear something now: the notices of one recipient together, the oldest first. A recipient who
    /// heard something after `since` waits.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn notices_due(&self, since: Timestamp) -> Result<Option<Vec<Notice>>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select n.person from notice n where n.sent_at is null and n.due_at <= $1 and not exists \
                           (select 1 from notice s where s.person = n.person and s.sent_at is not null and s.sent_at > $2) \
                           order by n.due_at, n.id limit 1";
                let Some(row) = tx.one(sql, args![tx.now(), since]).await? else { return Ok(None) };
                let person = row.text(0)?;
                let sql = "select n.id, n.at, n.kind, n.tries, h.id, h.lead_id, h.token, d.service, h.person, h.route, \
                           h.team, h.answer_by, h.first_at, h.state from notice n join handoff h on h.id = n.handoff_id \
                           join lead d on d.id = h.lead_id where n.sent_at is null and n.person = $1 and n.due_at <= $2 \
                           order by n.id limit $3";
                let rows = tx.all(sql, args![&person, tx.now(), LETTER_MAX]).await?;
                rows.iter().map(|row| notice(row, &person)).collect::<Result<Vec<_>, _>>().map(Some)
            })
        })
        .await
    }

    /// Notes that notices were sent, are tried again at `again`, or are given up, and why.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn notices_told(
        &self,
        notices: &[Notice],
        outcome: Result<(), String>,
        again: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let ids: Vec<i64> = notices.iter().map(|notice| notice.id).collect();
        let person = notices.first().map(|notice| notice.person.clone()).unwrap_or_default();
        self.write(move |tx| {
            Box::pin(async move {
                let why = outcome.as_ref().err().cloned();
                for id in &ids {
                    let sql = match (&outcome, again) {
                        (Err(_), Some(_)) => "update notice set tries = tries + 1, due_at = $1, why = $2 where id = $3",
                        _ => "update notice set tries = tries + 1, sent_at = $1, why = $2 where id = $3",
                    };
                    tx.run(sql, args![again.unwrap_or(tx.now()), why.clone(), *id]).await?;
                }
                if let (Err(_), Some(_)) = (&outcome, again) {
                    return Ok(());
                }
                let kind = if outcome.is_ok() { "noticed" } else { "notice-failed" };
                tx.note(Note::new(kind).body(serde_json::json!({ "person": person, "count": ids.len(), "why": why })));
                Ok(())
            })
        })
        .await
    }
}

impl Tx {
    /// Tells somebody by mail: a person by id, or `ops`.
    pub(crate) async fn notice(
        &mut self,
        person: &str,
        kind: NoticeKind,
        handoff: HandoffId,
    ) -> Result<(), StoreError> {
        let id = self.next_id("notice").await?;
        let sql = "insert into notice (id, at, person, kind, handoff_id, due_at) values ($1, $2, $3, $4, $5, $2)";
        self.run(sql, args![id, self.now, person, kind.word(), handoff.0]).await.map(drop)
    }
}

fn notice(row: &Row, person: &str) -> Result<Notice, StoreError> {
    let word = row.text(2)?;
    let kind = NoticeKind::ALL.into_iter().find(|kind| kind.word() == word);
    let kind = kind.ok_or_else(|| StoreError::Damaged(format!("a notice is of the unknown kind {word}")))?;
    let state = HandoffState::from_number(row.int(13)?);
    let is_over = match kind {
        NoticeKind::Taken => false,
        NoticeKind::Outcome => !matches!(state, Some(HandoffState::Accepted | HandoffState::Tracking)),
        NoticeKind::Remind | NoticeKind::TeamLead | NoticeKind::Ops => {
            state != Some(HandoffState::Accepted) || row.at_opt(12)?.is_some()
        }
    };
    Ok(Notice {
        id: row.int(0)?,
        at: row.at(1)?,
        person: person.to_owned(),
        kind,
        tries: row.int(3)?,
        handoff: HandoffId(row.int(4)?),
        lead: LeadId(row.int(5)?),
        token: row.text(6)?,
        service: row.text_opt(7)?,
        owner: row.text(8)?,
        route: row.text(9)?,
        team: row.text(10)?,
        answer_by: row.at_opt(11)?,
        is_over,
    })
}
