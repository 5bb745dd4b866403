//! The outbox (`data-model` 7): claim under a lease, freeze and mark the phase before the first byte,
//! settle once. Every change names the state and the claim it comes from; a lost claim changes nothing.

use jiff::{SignedDuration, Timestamp};

use super::db::args;
use super::queue::{NewHandoff, back_to_queue, insert_handoff};
use super::{Note, Row, Store, StoreError, Tx};
use crate::handoff::Reference;
use crate::lead::{Code, HandoffId, HandoffState, LeadId, Phase, Quality, Token};

/// A lease lasts this long and is renewed at a third of it.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

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
}

/// How a claim ends.
#[derive(Debug, Clone)]
pub enum Settle {
    /// The destination has it.
    Accepted {
        /// Its name there.
        reference: Option<Reference>,
        /// `D-SENT` or `D-EXISTS`.
        code: Code,
        /// Clocks that start now.
        clocks: Clocks,
    },
    /// Surely not there; tried again at `at`.
    Retry {
        /// When.
        at: Timestamp,
        /// Why.
        code: Code,
        /// A wait we were asked for costs no attempt.
        costs_attempt: bool,
    },
    /// Was in doubt and is surely not there: sent again at `at`, the doubt is over.
    Absent {
        /// When.
        at: Timestamp,
    },
    /// May be there; looked for at `at`.
    Unknown {
        /// When.
        at: Timestamp,
    },
    /// Surely not there; the next destination of the route gets it.
    NextHop {
        /// Endpoint row.
        destination: i64,
        /// Why this one did not.
        code: Code,
        /// Time to deliver there.
        deadline: SignedDuration,
    },
    /// A person must decide. `surely_not` gives the capacity back.
    NeedsPerson {
        /// Why.
        code: Code,
        /// It is surely not there.
        surely_not: bool,
    },
}

/// Clocks that start with acceptance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clocks {
    /// Answer by.
    pub answer_by: Option<Timestamp>,
    /// At risk from.
    pub at_risk_at: Option<Timestamp>,
    /// Acknowledge by.
    pub ack_by: Option<Timestamp>,
    /// Ask the destination then.
    pub poll_at: Option<Timestamp>,
}

/// A handoff whose outcome is not known.
#[derive(Debug, Clone)]
pub struct UnknownHandoff {
    /// Its number.
    pub id: HandoffId,
    /// The lead.
    pub lead: LeadId,
    /// The key to look for.
    pub token: Token,
    /// Destination endpoint row.
    pub destination: i64,
    /// Team id.
    pub team: String,
    /// Route id.
    pub route: String,
    /// Absences counted so far.
    pub misses: i64,
    /// First try.
    pub first_try_at: Timestamp,
    /// Last try.
    pub last_try_at: Timestamp,
    /// Until then it is tried.
    pub deadline_at: Timestamp,
    /// Claim number, guards the change.
    pub claim: i64,
}

/// An accepted handoff to be asked about.
#[derive(Debug, Clone)]
pub struct Tracked {
    /// Its number.
    pub id: HandoffId,
    /// The lead.
    pub lead: LeadId,
    /// Destination endpoint row.
    pub destination: i64,
    /// Team id.
    pub team: String,
    /// Its name there.
    pub reference: Reference,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// First response known so far.
    pub first_at: Option<Timestamp>,
    /// Polls so far.
    pub polls: i64,
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
    })
}

impl Store {
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
    /// The database did not answer.
    pub async fn handoff_facts(&self, lead: LeadId) -> Result<HandoffFacts, StoreError> {
        self.read(move |tx| Box::pin(handoff_facts(tx, lead))).await
    }

    /// Makes the frozen bytes and the phase durable, before the phase's first byte. `false`: the claim is
    /// lost, stop.
    ///
    /// # Errors
    /// The database did not answer: the phase must not begin.
    pub async fn enter_phase(&self, of: &Claimed, phase: Phase, frozen: Option<Vec<u8>>) -> Result<bool, StoreError> {
        let (id, claim) = (of.id.0, of.claim);
        self.write(move |tx| {
            Box::pin(async move {
                let until = tx.now().saturating_add(LEASE).unwrap_or(Timestamp::MAX);
                // What has left cannot be taken back: a phase never goes back within a claim.
                let sql = "update handoff set phase = case when phase > $1 then phase else $1 end, lease_until = $2 \
                           where id = $3 and state = 2 and claim = $4 and proc_id = $5";
                if tx.run(sql, args![phase.number(), until, id, claim, tx.proc]).await? != 1 {
                    return Ok(false);
                }
                if let Some(bytes) = frozen {
                    let sql = "insert into payload (handoff_id, bytes) values ($1, $2) \
                               on conflict (handoff_id) do update set bytes = coalesce(payload.bytes, $2)";
                    tx.run(sql, args![id, bytes]).await?;
                }
                Ok(true)
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
                let until = tx.now().saturating_add(LEASE).unwrap_or(Timestamp::MAX);
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

    /// Ends a claim. `false`: the claim was lost meanwhile; nothing was written.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn settle(&self, of: &Claimed, settle: Settle, words: String) -> Result<bool, StoreError> {
        let of = of.clone();
        self.write(move |tx| Box::pin(async move { settle_claim(tx, &of, settle, &words).await })).await
    }

    /// Forgets the frozen request of a claimed handoff, so that it can be made anew.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn forget_frozen(&self, of: &Claimed) -> Result<(), StoreError> {
        let (id, claim) = (of.id.0, of.claim);
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update payload set bytes = null where handoff_id = $1 and exists \
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
    pub async fn in_doubt(&self, of: &Claimed) -> Result<bool, StoreError> {
        let (lead, id) = (of.lead.0, of.id.0);
        self.read(move |tx| {
            Box::pin(async move {
                let last = "select max(at) from journal where lead_id = $1 and handoff_id = $2 and kind = $3";
                let mut at = [None; 2];
                for (place, kind) in ["unknown", "absent"].into_iter().enumerate() {
                    let row = tx.one(last, args![lead, id, kind]).await?;
                    at[place] = row.map(|row| row.at_opt(0)).transpose()?.flatten();
                }
                Ok(at[0].is_some_and(|unknown| at[1].is_none_or(|absent| absent <= unknown)))
            })
        })
        .await
    }

    /// Finds claims whose holder is gone: nothing left yet → waiting again, else unknown. With
    /// `dead_only`, claims of processes that have signed off; else also those whose lease has passed.
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
                let before = tx.now().saturating_sub(silent_for).unwrap_or(Timestamp::MIN);
                let sql = "update proc set ended_at = $1 where ended_at is null and id <> $2 \
                           and kind = 'engine' and beat_at <= $3";
                tx.run(sql, args![tx.now(), tx.proc, before]).await
            })
        })
        .await
    }

    /// Unknown handoffs to look for now.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn unknown_due(&self, most: u32) -> Result<Vec<UnknownHandoff>, StoreError> {
        self.read(move |tx| Box::pin(unknown_due(tx, most))).await
    }

    /// Ends a look for an unknown handoff; `misses` replaces the count of absences.
    ///
    /// # Errors
    /// The database did not answer. `false`: somebody else settled it.
    pub async fn settle_unknown(&self, of: &UnknownHandoff, settle: Settle, misses: i64) -> Result<bool, StoreError> {
        let of = of.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update handoff set misses = $1 where id = $2 and state = 6 and claim = $3";
                if tx.run(sql, args![misses, of.id.0, of.claim]).await? != 1 {
                    return Ok(false);
                }
                apply(tx, of.id, of.lead, HandoffState::Unknown, settle).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Accepted handoffs to ask about now.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn tracked_due(&self, most: u32, even_if_not_due: bool) -> Result<Vec<Tracked>, StoreError> {
        self.read(move |tx| {
            let until = if even_if_not_due { Timestamp::MAX } else { tx.now() };
            Box::pin(tracked_due(tx, most, until))
        })
        .await
    }

    /// Earliest instants at which something is due in the outbox: (waiting, unknown, tracked).
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn next_due(&self) -> Result<[Option<Timestamp>; 3], StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let mut next = [None; 3];
                for (place, sql) in [
                    "select min(due_at) from handoff where state = 1",
                    "select min(due_at) from handoff where state = 6",
                    "select min(poll_at) from handoff where poll_at is not null",
                ]
                .into_iter()
                .enumerate()
                {
                    next[place] = tx.one(sql, vec![]).await?.map(|row| row.at_opt(0)).transpose()?.flatten();
                }
                Ok(next)
            })
        })
        .await
    }

    /// A destination's queue: until when it is paused, and its earliest waiting handoff.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_queue(&self, id: i64) -> Result<(Timestamp, Option<Timestamp>), StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let row = tx.one("select due_at from endpoint where id = $1", args![id]).await?;
                let paused = row.map(|row| row.at(0)).transpose()?.unwrap_or(Timestamp::UNIX_EPOCH);
                let sql = "select min(due_at) from handoff where state = 1 and destination_id = $1 \
                           and (valid_until is null or valid_until > $2)";
                let next = tx.one(sql, args![id, tx.now()]).await?;
                Ok((paused, next.map(|row| row.at_opt(0)).transpose()?.flatten()))
            })
        })
        .await
    }

    /// Did the last send to a destination fail for a reason of the destination's own?
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_failing(&self, id: i64) -> Result<bool, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select count(*) from endpoint where id = $1 and class is not null";
                Ok(tx.one_int(sql, args![id]).await? > 0)
            })
        })
        .await
    }

    /// A destination took something: whatever was wrong with it is over.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_well(&self, id: i64) -> Result<(), StoreError> {
        if !self.destination_failing(id).await? {
            return Ok(());
        }
        self.destination_state(id, Timestamp::UNIX_EPOCH, None).await
    }

    /// Handoffs ever accepted.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn accepted_count(&self) -> Result<u64, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select count(*) from handoff where accepted_at is not null";
                Ok(tx.one_int(sql, vec![]).await?.unsigned_abs())
            })
        })
        .await
    }

    /// Notes what a poll said: a first response (kept when earliest), and when to ask again.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn polled(
        &self,
        of: &Tracked,
        first: Option<(Timestamp, Quality)>,
        next: Option<Timestamp>,
        open_caps: Vec<String>,
    ) -> Result<(), StoreError> {
        let of = of.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update handoff set poll_at = $1, polls = polls + 1 where id = $2 and state in (3, 4)";
                tx.run(sql, args![next, of.id.0]).await?;
                if let Some((at, quality)) = first {
                    first_response(tx, of.id, of.lead, at.max(of.accepted_at), quality, "ticket", &open_caps).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

async fn claim(tx: &mut Tx, destination: i64, most: usize) -> Result<Vec<Claimed>, StoreError> {
    let until = tx.now().saturating_add(LEASE).unwrap_or(Timestamp::MAX);
    // Materialised: PostgreSQL may run a plain subquery again for every row, and each run skips what the
    // one before locked, so that more than the limit would be claimed.
    let sql = format!(
        "with due as materialized (select id from handoff where state = 1 and destination_id = $4 and due_at <= $3 \
         and (valid_until is null or valid_until > $3) order by due_at, id limit $5{}) \
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
    for one in &mut list {
        let row = tx.one("select bytes from payload where handoff_id = $1", args![one.id.0]).await?;
        one.frozen = row.map(|row| row.bytes_opt(0)).transpose()?.flatten();
    }
    Ok(list)
}

async fn handoff_facts(tx: &mut Tx, lead: LeadId) -> Result<HandoffFacts, StoreError> {
    let sql = "select c.fields, l.facts, l.service, l.score, e.name, l.submitted_at from lead l \
               join contact c on c.lead_id = l.id join endpoint e on e.id = l.source_id where l.id = $1";
    let row = tx.one(sql, args![lead.0]).await?.ok_or(StoreError::Conflict)?;
    let first = "select campaign, referral from inquiry where lead_id = $1 order by id limit 1";
    let touch = tx.one(first, args![lead.0]).await?;
    Ok(HandoffFacts {
        contact: row.text(0)?,
        facts: row.text(1)?,
        service: row.text_opt(2)?,
        score: row.int_opt(3)?,
        source: row.text(4)?,
        submitted_at: row.at(5)?,
        campaign: touch.as_ref().map(|row| row.text_opt(0)).transpose()?.flatten(),
        referral: touch.as_ref().map(|row| row.text_opt(1)).transpose()?.flatten(),
    })
}

async fn settle_claim(tx: &mut Tx, of: &Claimed, settle: Settle, words: &str) -> Result<bool, StoreError> {
    let sql = "update handoff set lease_until = null where id = $1 and state = 2 and claim = $2 and proc_id = $3";
    if tx.run(sql, args![of.id.0, of.claim, tx.proc]).await? != 1 {
        return Ok(false);
    }
    let sql = "insert into payload (handoff_id, last_text) values ($1, $2) \
               on conflict (handoff_id) do update set last_text = $2";
    tx.run(sql, args![of.id.0, words]).await?;
    apply(tx, of.id, of.lead, HandoffState::Sending, settle).await?;
    Ok(true)
}

/// May a handoff in `from` be settled so? The table of moves says it; besides, one may be looked for again,
/// and one may be superseded by its route's next destination.
fn legal(from: HandoffState, settle: &Settle) -> bool {
    use HandoffState::{NeedsPerson, Queued, Sending, Unknown};
    match settle {
        Settle::Accepted { .. } => matches!(from, Sending | Unknown | NeedsPerson),
        Settle::Retry { .. } => from.may_become(Queued),
        Settle::Absent { .. } => from == Unknown,
        Settle::Unknown { .. } => from == Unknown || from.may_become(Unknown),
        Settle::NextHop { .. } => matches!(from, Sending | Unknown),
        Settle::NeedsPerson { .. } => from.may_become(NeedsPerson),
    }
}

pub(crate) async fn apply(
    tx: &mut Tx,
    id: HandoffId,
    lead: LeadId,
    from: HandoffState,
    settle: Settle,
) -> Result<(), StoreError> {
    if !legal(from, &settle) {
        return Err(StoreError::Conflict);
    }
    match settle {
        Settle::Accepted { reference, code, clocks } => {
            let reference = reference.unwrap_or_default();
            let sql = "update handoff set state = 3, code = $1, reference = $2, number = $3, url = $4, accepted_at = $5, \
                       answer_by = $6, at_risk_at = $7, ack_by = $8, poll_at = $9, due_at = $5 where id = $10 and state = $11";
            let values = args![
                code.to_string(),
                Some(reference.id).filter(|text| !text.is_empty()),
                reference.number,
                reference.url,
                tx.now(),
                clocks.answer_by,
                clocks.at_risk_at,
                clocks.ack_by,
                clocks.poll_at,
                id.0,
                from.number()
            ];
            tx.guarded(sql, values).await?;
            tx.note(Note::new("sent").lead(lead).handoff(id).body(serde_json::json!({ "code": code })));
        }
        Settle::Retry { at, code, costs_attempt } => {
            // Once its arrival was in doubt it goes out under the same key, in whatever window: taken back to
            // the queue it would get another key, and perhaps arrive twice.
            let sql = "update handoff set state = 1, due_at = $1, code = $2, attempt = attempt - $3, \
                       valid_until = case when $5 = 6 then null else valid_until end where id = $4 and state = $5";
            let back = i64::from(!costs_attempt);
            tx.guarded(sql, args![at, code.to_string(), back, id.0, from.number()]).await?;
            tx.note(Note::new("retrying").lead(lead).handoff(id).body(serde_json::json!({ "code": code })));
        }
        Settle::Absent { at } => {
            let sql = "update handoff set state = 1, due_at = $1, code = $2, valid_until = null \
                       where id = $3 and state = $4";
            tx.guarded(sql, args![at, Code::Retrying.to_string(), id.0, from.number()]).await?;
            tx.note(Note::new("absent").lead(lead).handoff(id));
        }
        Settle::Unknown { at } => {
            // An absence proves something only some time after the request has ended, not after it began.
            let sql = "update handoff set state = 6, due_at = $1, code = $2, \
                       last_try_at = case when $4 = 2 then $5 else last_try_at end where id = $3 and state = $4";
            tx.guarded(sql, args![at, Code::Unknown.to_string(), id.0, from.number(), tx.now()]).await?;
            if from != HandoffState::Unknown {
                tx.note(Note::new("unknown").lead(lead).handoff(id));
            }
        }
        Settle::NextHop { destination, code, deadline } => {
            next_hop(tx, id, lead, from, destination, &code, deadline).await?
        }
        Settle::NeedsPerson { code, surely_not } => {
            let sql = "update handoff set state = 7, code = $1 where id = $2 and state = $3";
            tx.guarded(sql, args![code.to_string(), id.0, from.number()]).await?;
            if surely_not {
                tx.run("delete from slot where handoff_id = $1", args![id.0]).await?;
            }
            tx.note(Note::new("needs-person").lead(lead).handoff(id).body(serde_json::json!({ "code": code })));
        }
    }
    Ok(())
}

/// The route's next destination gets the same key, owner and slots.
async fn next_hop(
    tx: &mut Tx,
    id: HandoffId,
    lead: LeadId,
    from: HandoffState,
    destination: i64,
    code: &Code,
    deadline: SignedDuration,
) -> Result<(), StoreError> {
    let sql = "select route, hop, round, token, person, team, valid_until, config_id from handoff where id = $1";
    let row = tx.one(sql, args![id.0]).await?.ok_or(StoreError::Conflict)?;
    let sql = "update handoff set state = 8, code = $1, closed_at = $2, end_code = $1 where id = $3 and state = $4";
    tx.guarded(sql, args![code.to_string(), tx.now(), id.0, from.number()]).await?;
    let (route, person, team, token) = (row.text(0)?, row.text(4)?, row.text(5)?, row.text(3)?);
    let new = NewHandoff {
        lead,
        destination,
        route: &route,
        hop: row.int(1)? + 1,
        round: row.int(2)?,
        token: Token::parse(&token).map_err(|error| StoreError::Damaged(error.to_string()))?,
        person: &person,
        team: &team,
        deadline,
        valid_until: row.at_opt(6)?,
        config: row.int(7)?,
    };
    let next = insert_handoff(tx, &new).await?;
    tx.run("update slot set handoff_id = $1 where handoff_id = $2", args![next.0, id.0]).await?;
    let body = serde_json::json!({ "code": code, "from": id.0 });
    tx.note(Note::new("next-destination").lead(lead).handoff(next).body(body));
    Ok(())
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

async fn unknown_due(tx: &mut Tx, most: u32) -> Result<Vec<UnknownHandoff>, StoreError> {
    let sql = "select id, lead_id, token, destination_id, team, route, misses, coalesce(first_try_at, decided_at), \
               coalesce(last_try_at, decided_at), deadline_at, claim from handoff where state = 6 and due_at <= $1 \
               order by due_at, id limit $2";
    let rows = tx.all(sql, args![tx.now(), i64::from(most)]).await?;
    rows.iter()
        .map(|row| {
            let token = row.text(2)?;
            Ok(UnknownHandoff {
                id: HandoffId(row.int(0)?),
                lead: LeadId(row.int(1)?),
                token: Token::parse(&token).map_err(|error| StoreError::Damaged(error.to_string()))?,
                destination: row.int(3)?,
                team: row.text(4)?,
                route: row.text(5)?,
                misses: row.int(6)?,
                first_try_at: row.at(7)?,
                last_try_at: row.at(8)?,
                deadline_at: row.at(9)?,
                claim: row.int(10)?,
            })
        })
        .collect()
}

async fn tracked_due(tx: &mut Tx, most: u32, until: Timestamp) -> Result<Vec<Tracked>, StoreError> {
    let sql = "select id, lead_id, destination_id, team, reference, number, url, accepted_at, first_at, polls \
               from handoff where poll_at is not null and poll_at <= $1 and state in (3, 4) order by poll_at limit $2";
    let rows = tx.all(sql, args![until, i64::from(most)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Tracked {
                id: HandoffId(row.int(0)?),
                lead: LeadId(row.int(1)?),
                destination: row.int(2)?,
                team: row.text(3)?,
                reference: Reference {
                    id: row.text_opt(4)?.unwrap_or_default(),
                    number: row.text_opt(5)?,
                    url: row.text_opt(6)?,
                },
                accepted_at: row.at(7)?,
                first_at: row.at_opt(8)?,
                polls: row.int(9)?,
            })
        })
        .collect()
}

/// Stamps a first response: a mark always, the handoff's moment only when it is the earliest. The open
/// backlog ends with it.
pub(crate) async fn first_response(
    tx: &mut Tx,
    id: HandoffId,
    lead: LeadId,
    at: Timestamp,
    quality: Quality,
    origin: &str,
    open_caps: &[String],
) -> Result<Option<i64>, StoreError> {
    let known = "select id from mark m where handoff_id = $1 and kind = 'first' and at = $2 and origin = $3 \
                 and not exists (select 1 from mark v where v.handoff_id = m.handoff_id and v.voids = m.id)";
    if tx.one(known, args![id.0, at, origin]).await?.is_some() {
        return Ok(None);
    }
    let mark = add_mark(tx, id, lead, "first", at, quality, origin, None, None).await?;
    let sql = "update handoff set first_at = $1, first_quality = $2 \
               where id = $3 and (first_at is null or first_at > $1)";
    let earliest = tx.run(sql, args![at, quality as i64, id.0]).await? == 1;
    tx.run("update handoff set state = 4 where id = $1 and state = 3", args![id.0]).await?;
    if earliest {
        free_open_slots(tx, id, open_caps).await?;
        let body = serde_json::json!({ "at": at.to_string(), "origin": origin });
        tx.note(Note::new("first-response").lead(lead).handoff(id).body(body));
    }
    Ok(Some(mark))
}

/// Gives back the open-backlog slots of a handoff.
pub(crate) async fn free_open_slots(tx: &mut Tx, id: HandoffId, open_caps: &[String]) -> Result<(), StoreError> {
    for cap in open_caps {
        let sql = "delete from slot where handoff_id = $1 and cap_id in (select id from cap where name = $2)";
        tx.run(sql, args![id.0, cap]).await?;
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)] // one row's columns, named once
pub(crate) async fn add_mark(
    tx: &mut Tx,
    handoff: HandoffId,
    lead: LeadId,
    kind: &str,
    at: Timestamp,
    quality: Quality,
    origin: &str,
    code: Option<String>,
    amount: Option<i64>,
) -> Result<i64, StoreError> {
    let id = tx.next_id("mark").await?;
    let sql = "insert into mark (id, handoff_id, lead_id, kind, at, seen_at, quality, origin, code, amount) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = args![id, handoff.0, lead.0, kind, at, tx.now(), quality as i64, origin, code, amount];
    tx.run(sql, values).await?;
    Ok(id)
}

/// Drops an open handoff for good and lets its lead wait again.
pub(crate) async fn drop_to_queue(
    tx: &mut Tx,
    id: HandoffId,
    lead: LeadId,
    from: HandoffState,
) -> Result<(), StoreError> {
    if !from.may_become(HandoffState::Dropped) {
        return Err(StoreError::Conflict);
    }
    let sql =
        "update handoff set state = 8, closed_at = $1, end_code = $2, poll_at = null where id = $3 and state = $4";
    tx.guarded(sql, args![tx.now(), Code::Cancelled.to_string(), id.0, from.number()]).await?;
    tx.run("delete from slot where handoff_id = $1", args![id.0]).await?;
    back_to_queue(tx, lead).await
}
