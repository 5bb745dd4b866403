//! Taking back what oneself did last: the journal's entry carries what would undo it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Outcome, for_good};
use crate::desk::StoreDesk;
use crate::desk::act::Refused;
use crate::engine::{Decider, rules};
use crate::lead::{HandoffId, LeadId};
use crate::queue::Rules;
use crate::store::{Note, StoreError, StoredLead, Tx, load_lead};

/// How far back an undo looks, in this person's entries.
const UNDO_WITHIN: u32 = 20;

impl StoreDesk {
    pub(super) async fn undo(&self) -> Outcome {
        let who = self.seat.who.clone();
        let rules = rules::in_force(&self.store, &self.config).await?;
        let with = TakeBack { config: self.config_id, rules, decider: Decider::new(&self.config) };
        let what = self.store.write(move |tx| Box::pin(async move { take_back(tx, &who, &with).await })).await?;
        match what {
            Some(what) => Ok(for_good(format!("Took back: {}", what.replace('-', " ")))),
            None => Err(Refused::NotNow("there is nothing of yours to take back".into())),
        }
    }
}

/// What an undo goes by.
struct TakeBack {
    config: i64,
    rules: Rules,
    decider: Decider,
}

impl TakeBack {
    /// The caps that count the lead's handoff while it is open.
    async fn open_caps(
        &self,
        tx: &mut Tx,
        lead: &StoredLead,
        handoff: HandoffId,
    ) -> Result<Vec<(String, u32)>, StoreError> {
        let (team, person) = tx.team_and_person(handoff).await?;
        Ok(rules::open_caps_of(&self.rules, &self.decider.lane_of(lead), &team, &person))
    }
}

/// Takes back this person's last act that can be and was not yet; names its kind.
async fn take_back(tx: &mut Tx, who: &str, with: &TakeBack) -> Result<Option<String>, StoreError> {
    let entries = tx.my_latest(who, UNDO_WITHIN).await?;
    let mut undone: Vec<(i64, i64)> = Vec::new();
    for (proc, n, kind, lead, handoff, body) in entries {
        if kind == "undone" {
            let of = |key: &str| body.get(key).and_then(Value::as_i64).unwrap_or_default();
            undone.push((of("proc"), of("n")));
            continue;
        }
        if undone.contains(&(proc, n)) {
            continue;
        }
        let Some(undo) = body.get("undo") else { return Ok(None) };
        if let Some(lead) = lead
            && load_lead(tx, lead).await?.is_some_and(|lead| lead.erased_at.is_some())
        {
            return Ok(None);
        }
        apply_undo(tx, lead, handoff, undo, with).await?;
        let mut note = Note::new("undone").by(who).body(json!({ "what": kind, "proc": proc, "n": n }));
        note.lead = lead;
        note.handoff = handoff;
        tx.note(note);
        return Ok(Some(kind));
    }
    Ok(None)
}

async fn apply_undo(
    tx: &mut Tx,
    lead: Option<LeadId>,
    handoff: Option<HandoffId>,
    undo: &Value,
    with: &TakeBack,
) -> Result<(), StoreError> {
    let number = |key: &str| undo.get(key).and_then(Value::as_i64);
    if let Some(handoff) = number("ack").map(HandoffId) {
        tx.void_marks(handoff, &["ack"]).await?;
        return tx.clear_ack(handoff).await;
    }
    if let Some(handoff) = number("pause").map(HandoffId) {
        let try_at = number("try_at").and_then(|at| Timestamp::from_microsecond(at).ok());
        tx.unpause(handoff, try_at).await?;
        return match number("note_of_pause") {
            Some(note) => tx.remove_note(note).await,
            None => Ok(()),
        };
    }
    if let Some(id) = number("note") {
        return tx.remove_note(id).await;
    }
    if let Some(id) = number("backfill") {
        return tx.give_up_backfill(id).await;
    }
    if let Some(ended) = undo.get("ended") {
        if let Some(id) = number("override") {
            tx.end_override_row(id).await?;
        }
        let ids: Vec<i64> = ended.as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
        return tx.restore_overrides(&ids).await;
    }
    let Some(id) = lead else { return Err(StoreError::Conflict) };
    let now = load_lead(tx, id).await?.ok_or(StoreError::Conflict)?;
    if let Some(handoff) = number("first").map(HandoffId) {
        // Only this act's own mark: what the ticket desk said since stands.
        if let Some(mark) = number("mark") {
            tx.void_mark(handoff, id, mark).await?;
        }
        if undo.get("acked").and_then(Value::as_bool) == Some(true) {
            tx.void_marks(handoff, &["ack"]).await?;
            tx.clear_ack(handoff).await?;
        }
        if let Some(attempts) = number("attempts") {
            let before = number("try_at").and_then(|at| Timestamp::from_microsecond(at).ok());
            tx.set_attempts(handoff, attempts, before).await?;
        }
        if tx.refresh_first(handoff).await?.is_none() {
            let open = with.open_caps(tx, &now, handoff).await?;
            tx.retake_open(handoff, &open).await?;
        }
        return Ok(());
    }
    if let Some((was, handoff)) = undo.get("reopen").zip(handoff) {
        let open = with.open_caps(tx, &now, handoff).await?;
        return tx.reopen_lead(&now, handoff, was, &open).await;
    }
    if let Some(until) = undo.get("snooze") {
        return tx.snooze(&now, until.as_str().and_then(|at| at.parse().ok())).await;
    }
    if let Some(kept) = number("rewrite") {
        return tx.rewrite_back(&now, kept, undo.get("before").unwrap_or(&Value::Null), with.config).await;
    }
    Err(StoreError::Conflict)
}
