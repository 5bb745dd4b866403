//! Steps on the lead itself: end, put aside, decide again, note.

use jiff::Timestamp;

use super::{Redecided, StoredLead};
use crate::lead::{Code, HandoffId, HandoffState, LeadId, Quality, Stage};
use crate::store::db::args;
use crate::store::intake::{contact_json, ensure_lane, kept_by, person_key};
use crate::store::outbox::{add_mark, free_open_slots};
use crate::store::{StoreError, Tx};

impl Tx {
    /// Ends a lead and its handoff with a code; says what the handoff was, for an undo.
    pub(crate) async fn end_lead(
        &mut self,
        lead: &StoredLead,
        kind: &str,
        code: &Code,
        amount: Option<i64>,
        open_caps: &[String],
        credits: &[String],
    ) -> Result<serde_json::Value, StoreError> {
        let text = code.to_string();
        let was = match &lead.handoff {
            Some(handoff) => self.end_handoff(handoff.id, &text, open_caps).await?,
            None => serde_json::Value::Null,
        };
        let sql = "update lead set stage = $1, end_code = $2, closed_at = $3, snoozed_until = null, rev = rev + 1 \
                   where id = $4 and rev = $5";
        self.guarded(sql, args![Stage::Closed.number(), &text, self.now, lead.id.0, lead.rev]).await?;
        if let Some(handoff) = &lead.handoff {
            self.credit(handoff.id, credits).await?;
            add_mark(self, handoff.id, lead.id, kind, self.now, Quality::Exact, "console", Some(text), amount).await?;
        }
        Ok(was)
    }

    /// Ends a handoff with its lead: one that was taken closes, one still waiting is never sent. One that
    /// is being sent at this moment cannot be ended ([`StoreError::Conflict`]).
    async fn end_handoff(
        &mut self,
        id: HandoffId,
        code: &str,
        open_caps: &[String],
    ) -> Result<serde_json::Value, StoreError> {
        let lock = if self.is_sqlite() { "" } else { " for update" };
        let sql = format!("select state, poll_at from handoff where id = $1{lock}");
        let row = self.one(&sql, args![id.0]).await?.ok_or(StoreError::Conflict)?;
        let was = serde_json::json!({ "state": row.int(0)?, "poll": row.int_opt(1)? });
        let end = match HandoffState::from_number(row.int(0)?) {
            Some(HandoffState::Accepted | HandoffState::Tracking) => HandoffState::Closed,
            Some(HandoffState::Queued | HandoffState::Unknown | HandoffState::NeedsPerson) => HandoffState::Dropped,
            Some(HandoffState::Closed | HandoffState::Dropped) => return Ok(was),
            Some(HandoffState::Sending) | None => return Err(StoreError::Conflict),
        };
        let sql = "update handoff set state = $1, closed_at = $2, end_code = $3, poll_at = null where id = $4";
        self.run(sql, args![end.number(), self.now, code, id.0]).await?;
        if row.int(0)? == HandoffState::Queued.number() {
            self.run("delete from slot where handoff_id = $1", args![id.0]).await?;
        } else {
            free_open_slots(self, id, open_caps).await?;
        }
        Ok(was)
    }

    /// Puts a lead out of sight until then, or wakes it.
    pub(crate) async fn snooze(&mut self, lead: &StoredLead, until: Option<Timestamp>) -> Result<(), StoreError> {
        let sql = "update lead set snoozed_until = $1, rev = rev + 1 where id = $2 and rev = $3";
        self.guarded(sql, args![until, lead.id.0, lead.rev]).await
    }

    /// Writes a lead that was decided again.
    pub(crate) async fn rewrite(&mut self, lead: &StoredLead, new: &Redecided) -> Result<(), StoreError> {
        if new.stage != lead.stage && !lead.stage.may_become(new.stage) {
            return Err(StoreError::Conflict);
        }
        let lane = match &new.lane {
            Some(key) => Some(ensure_lane(self, &kept_by(key, lead.owner.as_deref())?).await?),
            None => None,
        };
        // A lane once known is kept: a lead that is out waits in it again when its handoff is dropped or goes
        // stale, and so does one whose decision is taken back.
        let sql = "update lead set stage = $1, service = $2, verdict = $3, score = $4, config_id = $5, decided_at = $6, \
                   lane = coalesce($7, lane), priority = $8, expires_at = coalesce($9, expires_at), facts = $10, rev = rev + 1, \
                   end_code = case when $1 = 4 then end_code else null end, closed_at = case when $1 = 4 then closed_at \
                   else null end where id = $11 and rev = $12";
        let values = args![
            new.stage.number(),
            new.service.clone(),
            new.verdict as i64,
            new.score.map(i64::from),
            new.config,
            self.now,
            lane,
            new.priority,
            new.expires_at,
            &new.facts,
            lead.id.0,
            lead.rev
        ];
        self.guarded(sql, values).await?;
        let sql = "update contact set name = $1, fields = $2 where lead_id = $3";
        self.guarded(sql, args![&new.contact.name, contact_json(&new.contact), lead.id.0]).await
    }

    /// Learns a new e-mail or phone of a lead, so that later inquiries find it. Ones that belong to
    /// somebody else stay theirs.
    pub(crate) async fn learn_keys(&mut self, lead: LeadId, keys: &[(&str, String)]) -> Result<(), StoreError> {
        for (kind, value) in keys {
            let key = person_key(&self.key, kind, value);
            let sql = "insert into contact_key (key, lead_id) values ($1, $2) on conflict (key) do nothing";
            self.run(sql, args![key, lead.0]).await?;
        }
        Ok(())
    }

    /// Adds a note; returns its number.
    pub(crate) async fn add_note(&mut self, lead: LeadId, who: &str, text: &str) -> Result<i64, StoreError> {
        let id = self.next_id("note").await?;
        let mut salt = [0_u8; 16];
        getrandom::fill(&mut salt).map_err(|error| StoreError::Unusable(format!("no random numbers: {error}")))?;
        let sql = "insert into note (id, lead_id, at, who, kind, body, salt) values ($1, $2, $3, $4, 'note', $5, $6)";
        self.run(sql, args![id, lead.0, self.now, who, text, salt.to_vec()]).await?;
        Ok(id)
    }
}
