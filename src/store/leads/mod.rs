//! One lead as stored, and the guarded steps a person's act is made of. Every step names the revision or
//! state it comes from; the desk composes them inside one transaction.

mod handoff;
mod lead;
mod pause;
mod replace;
mod undo;

use jiff::Timestamp;

pub(crate) use handoff::Reassign;
pub(crate) use replace::{Replacement, Valid};

use super::db::args;
use super::{Store, StoreError, Tx};
use crate::lead::{Contact, HandoffId, HandoffState, LeadId, Stage, VerdictKind};

/// A lead with its personal part and its latest handoff.
#[derive(Debug, Clone)]
pub struct StoredLead {
    /// Its number.
    pub id: LeadId,
    /// Guards changes.
    pub rev: i64,
    /// Where it is.
    pub stage: Stage,
    /// Source id of the config.
    pub source: String,
    /// Service id.
    pub service: Option<String>,
    /// The personal part.
    pub contact: Contact,
    /// Facts and marks, JSON.
    pub facts: String,
    /// The verdict.
    pub verdict: VerdictKind,
    /// When the person asked.
    pub submitted_at: Timestamp,
    /// When it was stored.
    pub received_at: Timestamp,
    /// Config version that decided.
    pub config: i64,
    /// Out of sight until then.
    pub snoozed_until: Option<Timestamp>,
    /// How it ended.
    pub end_code: Option<String>,
    /// Who had this customer before.
    pub owner: Option<String>,
    /// When its personal part was erased.
    pub erased_at: Option<Timestamp>,
    /// The latest handoff that was not dropped.
    pub handoff: Option<LeadFacts>,
}

/// The latest handoff of a lead.
#[derive(Debug, Clone)]
pub struct LeadFacts {
    /// Its number.
    pub id: HandoffId,
    /// Its state.
    pub state: HandoffState,
    /// Person id.
    pub person: String,
    /// Team id.
    pub team: String,
    /// Route id.
    pub route: String,
    /// Round.
    pub round: i64,
    /// When the destination took it.
    pub accepted_at: Option<Timestamp>,
    /// Acknowledged.
    pub ack_at: Option<Timestamp>,
    /// First response.
    pub first_at: Option<Timestamp>,
    /// Answer by.
    pub answer_by: Option<Timestamp>,
}

/// A lead decided again.
#[derive(Debug, Clone)]
pub struct Redecided {
    /// The personal part.
    pub contact: Contact,
    /// Facts and marks, JSON.
    pub facts: String,
    /// Service id.
    pub service: Option<String>,
    /// The verdict.
    pub verdict: VerdictKind,
    /// 0 to 100.
    pub score: Option<u8>,
    /// Where it goes; the present stage for a lead that is out.
    pub stage: Stage,
    /// Lane key for a held lead.
    pub lane: Option<String>,
    /// Higher is released first.
    pub priority: i64,
    /// When a held lead expires.
    pub expires_at: Option<Timestamp>,
    /// Config version.
    pub config: i64,
}

impl Store {
    /// One lead; `None` when there is none.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn lead(&self, id: LeadId) -> Result<Option<StoredLead>, StoreError> {
        self.read(move |tx| Box::pin(load(tx, id))).await
    }
}

/// Reads a stored verdict.
pub(in crate::store) const fn verdict(number: i64) -> VerdictKind {
    match number {
        1 => VerdictKind::Qualified,
        2 => VerdictKind::Review,
        _ => VerdictKind::Disqualified,
    }
}

pub(crate) async fn load(tx: &mut Tx, id: LeadId) -> Result<Option<StoredLead>, StoreError> {
    let sql = "select l.rev, l.stage, e.name, l.service, c.fields, l.facts, l.verdict, l.submitted_at, l.received_at, \
               l.config_id, l.snoozed_until, l.end_code, l.owner, l.erased_at from lead l join endpoint e on e.id = l.source_id \
               left join contact c on c.lead_id = l.id where l.id = $1";
    let Some(row) = tx.one(sql, args![id.0]).await? else { return Ok(None) };
    let fields = row.text_opt(4)?.unwrap_or_else(|| "{}".into());
    let verdict = verdict(row.int(6)?);
    Ok(Some(StoredLead {
        id,
        rev: row.int(0)?,
        stage: Stage::from_number(row.int(1)?).ok_or_else(|| StoreError::Damaged("unknown stage".into()))?,
        source: row.text(2)?,
        service: row.text_opt(3)?,
        contact: serde_json::from_str(&fields)
            .map_err(|error| StoreError::Damaged(format!("contact of lead {id}: {error}")))?,
        facts: row.text(5)?,
        verdict,
        submitted_at: row.at(7)?,
        received_at: row.at(8)?,
        config: row.int(9)?,
        snoozed_until: row.at_opt(10)?,
        end_code: row.text_opt(11)?,
        owner: row.text_opt(12)?,
        erased_at: row.at_opt(13)?,
        handoff: latest_handoff(tx, id).await?,
    }))
}

async fn latest_handoff(tx: &mut Tx, lead: LeadId) -> Result<Option<LeadFacts>, StoreError> {
    let sql = "select id, state, person, team, route, round, accepted_at, ack_at, first_at, answer_by from handoff \
               where lead_id = $1 and state <> 8 order by round desc, hop desc limit 1";
    let Some(row) = tx.one(sql, args![lead.0]).await? else { return Ok(None) };
    Ok(Some(LeadFacts {
        id: HandoffId(row.int(0)?),
        state: HandoffState::from_number(row.int(1)?).ok_or_else(|| StoreError::Damaged("unknown state".into()))?,
        person: row.text(2)?,
        team: row.text(3)?,
        route: row.text(4)?,
        round: row.int(5)?,
        accepted_at: row.at_opt(6)?,
        ack_at: row.at_opt(7)?,
        first_at: row.at_opt(8)?,
        answer_by: row.at_opt(9)?,
    }))
}
