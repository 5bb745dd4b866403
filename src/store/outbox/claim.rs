//! Taking handoffs for sending, one holder each: what is claimed runs out with its lease, and what a gone
//! process held is found again.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::settle::{Settle, apply};
use super::step::{Ask, OutboxStep};
use crate::clock::{earlier, later};
use crate::lead::{Code, HandoffId, HandoffState, LeadId, Phase, Token, VerdictKind};
use crate::store::db::args;
use crate::store::{Row, Store, StoreError, Tx};

/// A lease lasts this long and is renewed at a third of it.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// Leads asked for in one statement.
const FACTS_CHUNK: usize = 500;

/// A handoff claimed for sending.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its number.
    pub id: HandoffId,
    /// The lead.
    pub lead: LeadId,
    /// The key.
    pub token: Token,
    /// Round.
    pub round: i64,
    /// Person id.
    pub person: String,
    /// Team id.
    pub team: String,
    /// Route id.
    pub route: String,
    /// Place in the route.
    pub hop: i64,
    /// Counts claims; guards every later change.
    pub claim: i64,
    /// This attempt's number, from 1.
    pub attempt: i64,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Until then it is tried.
    pub deadline_at: Timestamp,
    /// First try.
    pub first_try_at: Timestamp,
    /// The frozen request, once there is one.
    pub frozen: Option<Vec<u8>>,
    /// A phase that was made durable before its turn.
    pub marked: Option<Phase>,
}

/// What a card needs of a lead.
#[derive(Debug, Clone)]
pub struct HandoffFacts {
    /// Contact, JSON.
    pub contact: String,
    /// Facts and marks, JSON.
    pub facts: String,
    /// Service id.
    pub service: Option<String>,
    /// Score.
    pub score: Option<i64>,
    /// Source id of the config.
    pub source: String,
    /// Campaign of the first inquiry.
    pub campaign: Option<String>,
    /// Referral code of the first inquiry.
    pub referral: Option<String>,
    /// When the person asked.
    pub submitted_at: Timestamp,
    /// The verdict.
    pub verdict: VerdictKind,
    /// Config version that decided.
    pub config: i64,
    /// Answer by, where the clock runs since an earlier round.
    pub answer_by: Option<Timestamp>,
}

impl Store {
    /// Asks for something a send needs, in one transaction with what others ask; did its claim still hold?
    pub(super) async fn ask(&self, of: &Claimed, ask: Ask) -> Result<bool, StoreError> {
        self.write_together(Arc::new(OutboxStep { id: of.id, lead: of.lead, claim: of.claim, ask })).await
    }

    /// Claims up to `most` waiting handoffs of a destination, the most urgent first.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn claim(&self, destination: i64, most: usize) -> Result<Vec<Claimed>, StoreError> {
        self.write(move |tx| Box::pin(claim(tx, destination, most))).await
    }

    /// What a card of this lead says.
    ///
    /// # Errors
    /// The database did not answer, or there is no such lead.
    pub async fn handoff_facts(&self, lead: LeadId) -> Result<HandoffFacts, StoreError> {
        self.handoff_facts_of(vec![lead]).await?.remove(&lead).ok_or(StoreError::Conflict)
    }

    /// What the cards of these leads say; one that is gone meanwhile is not among them.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn handoff_facts_of(&self, leads: Vec<LeadId>) -> Result<HashMap<LeadId, HandoffFacts>, StoreError> {
        self.read(move |tx| Box::pin(async move { handoff_facts(tx, &leads).await })).await
    }

    /// Makes the frozen bytes and the phase durable, before the phase's first byte. `false`: the claim is
    /// lost, stop.
    ///
    /// # Errors
    /// The database did not answer: the phase must not begin.
    pub async fn enter_phase(&self, of: &Claimed, phase: Phase, frozen: Option<Vec<u8>>) -> Result<bool, StoreError> {
        self.ask(of, Ask::Enter(phase, frozen)).await
    }

    /// Gives claims back of which nothing was begun, though one may be marked: they wait as before, and no attempt is
    /// counted. One whose claim was lost meanwhile is left alone.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn hand_back(&self, claims: Vec<Claimed>) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update handoff set state = 1, lease_until = null, attempt = attempt - 1, \
                           first_try_at = case when attempt = 1 then null else first_try_at end from (ROWS) v \
                           where id = v.column1 and state = 2 and phase = v.column2 and claim = v.column3 \
                           and proc_id = v.column4";
                let proc = tx.proc;
                let row = |of: &Claimed| args![of.id.0, of.marked.unwrap_or(Phase::Connect).number(), of.claim, proc];
                tx.each(sql, 4, claims.iter().map(row).collect()).await.map(drop)
            })
        })
        .await
    }

    /// Keeps a lease alive while the far side is slow.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn renew_leases(&self) -> Result<u64, StoreError> {
        self.write(|tx| {
            Box::pin(async move {
                let until = later(tx.now(), LEASE);
                let beat = "update proc set beat_at = $1 where id = $2 and ended_at is null";
                if tx.run(beat, args![tx.now(), tx.proc]).await? != 1 {
                    return Err(StoreError::Fenced);
                }
                tx.run("update handoff set lease_until = $1 where state = 2 and proc_id = $2", args![until, tx.proc])
                    .await
            })
        })
        .await
    }

    /// Forgets the frozen request of a claimed handoff, so that it can be made anew.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn forget_frozen(&self, of: &Claimed) -> Result<(), StoreError> {
        let (id, claim) = (of.id.0, of.claim);
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "delete from payload where handoff_id = $1 and exists \
                           (select 1 from handoff where id = $1 and state = 2 and claim = $2 and proc_id = $3)";
                tx.run(sql, args![id, claim, tx.proc]).await.map(drop)
            })
        })
        .await
    }

    /// May an earlier attempt of this handoff have arrived, as far as anybody knows?
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn in_doubt(&self, lead: LeadId, handoff: HandoffId) -> Result<bool, StoreError> {
        self.read(move |tx| Box::pin(tx.is_in_doubt(lead, handoff))).await
    }

    /// Finds claims whose holder is gone: nothing left yet → waiting again, else unknown. Gone is
    /// who has signed off, was declared dead, or let the lease pass.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn rescue(&self) -> Result<usize, StoreError> {
        self.write(|tx| Box::pin(rescue(tx))).await
    }

    /// Declares every other engine process dead (embedded store: the caller holds the engine's file lock).
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn bury_engines(&self, silent_for: SignedDuration) -> Result<u64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let before = earlier(tx.now(), silent_for);
                let sql = "update proc set ended_at = $1 where ended_at is null and id <> $2 \
                           and kind = 'engine' and beat_at <= $3";
                tx.run(sql, args![tx.now(), tx.proc, before]).await
            })
        })
        .await
    }
}

async fn claim(tx: &mut Tx, destination: i64, most: usize) -> Result<Vec<Claimed>, StoreError> {
    let until = later(tx.now(), LEASE);
    // Materialised: PostgreSQL may run a plain subquery again for every row, and each run skips what the
    // one before locked, so that more than the limit would be claimed.
    let sql = format!(
        "with due as materialized (select id from handoff where state = 1 and destination_id = $4 and due_at <= $3 \
         and (valid_until is null or valid_until > $3) order by deadline_at, id limit $5{}) \
         update handoff set state = 2, phase = 1, attempt = attempt + 1, claim = claim + 1, proc_id = $1, \
         lease_until = $2, first_try_at = coalesce(first_try_at, $3), last_try_at = $3 \
         where state = 1 and id in (select id from due) \
         returning id, lead_id, token, round, person, team, route, hop, claim, attempt, decided_at, deadline_at, \
         first_try_at",
        tx.skip_locked()
    );
    let rows = tx.all(&sql, args![tx.proc, until, tx.now(), destination, most]).await?;
    let mut list = rows.iter().map(claimed).collect::<Result<Vec<_>, _>>()?;
    list.sort_by_key(|one| (one.deadline_at, one.id));
    // Only what was tried before has been frozen.
    for one in list.iter_mut().filter(|one| one.claim > 1) {
        let row = tx.one("select bytes from payload where handoff_id = $1", args![one.id.0]).await?;
        one.frozen = row.map(|row| row.bytes_opt(0)).transpose()?.flatten();
    }
    Ok(list)
}

fn claimed(row: &Row) -> Result<Claimed, StoreError> {
    let token = row.text(2)?;
    Ok(Claimed {
        id: HandoffId(row.int(0)?),
        lead: LeadId(row.int(1)?),
        token: Token::parse(&token).map_err(|error| StoreError::Damaged(error.to_string()))?,
        round: row.int(3)?,
        person: row.text(4)?,
        team: row.text(5)?,
        route: row.text(6)?,
        hop: row.int(7)?,
        claim: row.int(8)?,
        attempt: row.int(9)?,
        decided_at: row.at(10)?,
        deadline_at: row.at(11)?,
        first_try_at: row.at(12)?,
        frozen: None,
        marked: None,
    })
}

async fn handoff_facts(tx: &mut Tx, leads: &[LeadId]) -> Result<HashMap<LeadId, HandoffFacts>, StoreError> {
    let mut facts = HashMap::new();
    for chunk in leads.chunks(FACTS_CHUNK) {
        let sql = format!(
            "select l.id, c.fields, l.facts, l.service, l.score, e.name, l.submitted_at, l.verdict, l.config_id, \
             i.campaign, i.referral, \
             (select min(h.answer_by) from handoff h where h.lead_id = l.id and h.state = 8 and h.first_at is null) \
             from lead l join contact c on c.lead_id = l.id join endpoint e on e.id = l.source_id \
             left join inquiry i on i.id = (select min(f.id) from inquiry f where f.lead_id = l.id) where l.id in {}",
            tx.link.list(chunk.len(), 0)
        );
        for row in tx.all_once(sql, chunk.iter().map(|lead| lead.0.into()).collect()).await? {
            facts.insert(LeadId(row.int(0)?), facts_in(&row)?);
        }
    }
    Ok(facts)
}

fn facts_in(row: &Row) -> Result<HandoffFacts, StoreError> {
    Ok(HandoffFacts {
        contact: row.text(1)?,
        facts: row.text(2)?,
        service: row.text_opt(3)?,
        score: row.int_opt(4)?,
        source: row.text(5)?,
        submitted_at: row.at(6)?,
        verdict: crate::store::leads::verdict(row.int(7)?),
        config: row.int(8)?,
        campaign: row.text_opt(9)?,
        referral: row.text_opt(10)?,
        answer_by: row.at_opt(11)?,
    })
}

async fn rescue(tx: &mut Tx) -> Result<usize, StoreError> {
    let sql = format!(
        "select id, lead_id, phase from handoff where state = 2 and (lease_until <= $1 or proc_id in \
         (select id from proc where ended_at is not null)) limit 500{}",
        tx.skip_locked()
    );
    let lost = tx.all(&sql, args![tx.now()]).await?;
    for row in &lost {
        let (id, lead) = (HandoffId(row.int(0)?), LeadId(row.int(1)?));
        let settle = if Phase::from_number(row.int(2)?) == Some(Phase::Connect) {
            Settle::Retry { at: tx.now(), code: Code::Retrying, costs_attempt: true }
        } else {
            Settle::Unknown { at: tx.now() }
        };
        apply(tx, id, lead, HandoffState::Sending, settle).await?;
    }
    Ok(lost.len())
}
