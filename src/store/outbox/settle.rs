//! How a handoff ends or goes on: every move from one state to another, with its journal entry, its clocks
//! and its capacity.

use jiff::{SignedDuration, Timestamp};

use super::Claimed;
use super::step::Ask;
use crate::handoff::Reference;
use crate::lead::{Code, HandoffId, HandoffState, LeadId, Token};
use crate::store::db::args;
use crate::store::ladder::Ladder;
use crate::store::queue::{NewHandoff, back_to_queue, insert_handoff};
use crate::store::{AlertKind, Note, Rung, Store, StoreError, Tx};

/// Most copies named in one sentence.
const COPIES_NAMED: usize = 5;

/// How a claim ends.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // one at a time, moved straight into a transaction
pub enum Settle {
    /// The destination has it.
    Accepted {
        /// Its name there.
        reference: Option<Reference>,
        /// `D-SENT` or `D-EXISTS`.
        code: Code,
        /// Clocks that start now.
        clocks: Clocks,
        /// What else carries our key there: somebody has to put it together.
        copies: Vec<Reference>,
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks {
    /// Answer by.
    pub answer_by: Option<Timestamp>,
    /// At risk from.
    pub at_risk_at: Option<Timestamp>,
    /// Acknowledge by.
    pub ack_by: Option<Timestamp>,
    /// Ask the destination then.
    pub poll_at: Option<Timestamp>,
    /// What happens when nobody says yes or answers, and when: frozen with the clocks.
    pub rungs: Vec<(Rung, Timestamp)>,
    /// The promise they run under, for people: route, config and times.
    pub policy: Option<String>,
}

impl Store {
    /// Ends a claim. `false`: the claim was lost meanwhile; nothing was written.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn settle(&self, of: &Claimed, settle: Settle, words: String) -> Result<bool, StoreError> {
        self.ask(of, Ask::End(settle, words)).await
    }
}

/// May a handoff in `from` be settled so? The table of moves says it; besides, one may be looked for again,
/// and one may be superseded by its route's next destination.
fn legal(from: HandoffState, settle: &Settle) -> bool {
    use HandoffState::{Accepted, NeedsPerson, Queued, Sending, Unknown};
    match settle {
        Settle::Accepted { .. } => matches!(from, Sending | Unknown | NeedsPerson),
        Settle::Retry { .. } => from.may_become(Queued),
        Settle::Absent { .. } => from == Unknown,
        Settle::Unknown { .. } => from == Unknown || from.may_become(Unknown),
        // Accepted: a mail that came back.
        Settle::NextHop { .. } => matches!(from, Queued | Sending | Unknown | Accepted),
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
        Settle::Accepted { reference, code, clocks, copies } => {
            let reference = reference.as_ref();
            let one = Accepting { id, lead, from, claim: None, reference, code: &code, clocks: &clocks };
            if !accept(tx, &[one]).await? {
                return Err(StoreError::Conflict);
            }
            if !copies.is_empty() {
                tell_copies(tx, id, lead, &copies).await?;
            }
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
            next_hop(tx, id, lead, from, destination, &code, deadline).await?;
        }
        Settle::NeedsPerson { code, surely_not } => {
            let sql = "update handoff set state = 7, code = $1 where id = $2 and state = $3";
            tx.guarded(sql, args![code.to_string(), id.0, from.number()]).await?;
            if surely_not {
                tx.run("delete from slot where handoff_id = $1", args![id.0]).await?;
            }
            tx.alert(AlertKind::NeedsYou, lead, id).await?;
            tx.note(Note::new("needs-person").lead(lead).handoff(id).body(serde_json::json!({ "code": code })));
        }
    }
    Ok(())
}

/// A handoff that its destination has.
pub(super) struct Accepting<'a> {
    pub(super) id: HandoffId,
    pub(super) lead: LeadId,
    pub(super) from: HandoffState,
    /// Only while this process holds it under this claim.
    pub(super) claim: Option<i64>,
    pub(super) reference: Option<&'a Reference>,
    pub(super) code: &'a Code,
    pub(super) clocks: &'a Clocks,
}

/// The destinations have them: their clocks start. `false`: one of them did not stand as told; the others are changed
/// all the same.
pub(super) async fn accept(tx: &mut Tx, taken: &[Accepting<'_>]) -> Result<bool, StoreError> {
    let before = tx.before_accepting(taken.iter().map(|one| one.id)).await?;
    let (now, proc) = (tx.now(), tx.proc);
    let (mut rows, mut ladders) = (Vec::with_capacity(taken.len()), Vec::with_capacity(taken.len()));
    for one in taken {
        let Some(before) = before.get(&one.id) else { return Ok(false) };
        // Giving a lead to somebody else never restarts its first-response clock (`domain-rules` 5).
        let (answer_by, at_risk_at) = match &before.running {
            Some(running) => (Some(running.answer_by), running.at_risk_at),
            None => (one.clocks.answer_by, one.clocks.at_risk_at),
        };
        let named = one.reference;
        rows.push(args![
            one.id.0,
            one.from.number(),
            one.code.to_string(),
            named.map(|name| name.id.as_str()).filter(|id| !id.is_empty()),
            named.and_then(|name| name.number.as_deref()),
            named.and_then(|name| name.url.as_deref()),
            now,
            answer_by,
            at_risk_at,
            one.clocks.ack_by,
            one.clocks.poll_at,
            one.clocks.policy.as_deref(),
            one.claim,
            proc
        ]);
        ladders.push(Ladder { lead: one.lead, handoff: one.id, rungs: &one.clocks.rungs, before });
    }
    // One that was answered where it was before is answered.
    let sql = "update handoff set state = case when first_at is null then 3 else 4 end, lease_until = null, \
               code = v.column3, reference = v.column4, number = v.column5, url = v.column6, \
               accepted_at = v.column7, due_at = v.column7, answer_by = v.column8, at_risk_at = v.column9, \
               ack_by = v.column10, poll_at = v.column11, policy = v.column12 from (ROWS) v where id = v.column1 and state = v.column2 \
               and (v.column13 is null or (claim = v.column13 and proc_id = v.column14))";
    if !tx.each(sql, 14, rows).await? {
        return Ok(false);
    }
    tx.start_ladders(&ladders).await?;
    // A window that moves counts from when it was sent, so that sends in any such stretch are exact.
    let sql = "update slot set at = v.column2 from (ROWS) v \
               where handoff_id = v.column1 and cap_id in (select id from cap where rolling = 1)";
    let rolling = ladders.iter().filter(|ladder| ladder.before.rolls).map(|ladder| args![ladder.handoff.0, now]);
    tx.each(sql, 2, rolling.collect()).await?;
    for (one, Ladder { before, .. }) in taken.iter().zip(&ladders) {
        let body = serde_json::json!({ "code": one.code, "destination": before.destination });
        tx.note(Note::new("sent").lead(one.lead).handoff(one.id).body(body));
    }
    Ok(true)
}

/// What the far sides said last; nothing leaves what they said before.
pub(super) async fn say(tx: &mut Tx, words: &[(HandoffId, &str)]) -> Result<(), StoreError> {
    let rows = words.iter().filter(|(_, text)| !text.is_empty()).map(|(id, text)| args![id.0, *text]);
    let said = "on conflict (handoff_id) do update set text = excluded.text";
    tx.bulk("said (handoff_id, text)", 2, rows.collect(), said).await.map(drop)
}

/// It is there more than once: which others there are, for the person who puts them together.
async fn tell_copies(tx: &mut Tx, id: HandoffId, lead: LeadId, copies: &[Reference]) -> Result<(), StoreError> {
    let name = |copy: &Reference| copy.url.clone().or_else(|| copy.number.clone()).unwrap_or_else(|| copy.id.clone());
    let named: Vec<String> = copies.iter().take(COPIES_NAMED).map(name).collect();
    let words = format!("it is there {} times; besides this one: {}", copies.len() + 1, named.join(", "));
    tx.run("update handoff set copies = $1 where id = $2", args![copies.len(), id.0]).await?;
    say(tx, &[(id, &words)]).await?;
    tx.note(Note::new("copies").lead(lead).handoff(id).body(serde_json::json!({ "copies": named })));
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
