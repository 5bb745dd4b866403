//! Steps that take an act back: what a person did last is found in the journal and undone row by row.

use jiff::Timestamp;
use serde_json::Value;

use super::StoredLead;
use crate::lead::{Contact, HandoffId, HandoffState, LeadId, Stage};
use crate::store::db::args;
use crate::store::intake::contact_json;
use crate::store::{StoreError, Tx};

impl Tx {
    /// This person's latest entries of the journal, newest first: (proc, n, kind, lead, handoff, body).
    pub(crate) async fn my_latest(
        &mut self,
        who: &str,
        most: u32,
    ) -> Result<Vec<(i64, i64, String, Option<LeadId>, Option<HandoffId>, Value)>, StoreError> {
        let sql = "select proc_id, n, kind, lead_id, handoff_id, body from journal where who = $1 and who <> 'leadgate' \
                   order by at desc, proc_id desc, n desc limit $2";
        let rows = self.all(sql, args![who, i64::from(most)]).await?;
        rows.iter()
            .map(|row| {
                let body = serde_json::from_str(&row.text(5)?).unwrap_or_default();
                let (lead, handoff) = (row.int_opt(3)?.map(LeadId), row.int_opt(4)?.map(HandoffId));
                Ok((row.int(0)?, row.int(1)?, row.text(2)?, lead, handoff, body))
            })
            .collect()
    }

    /// Takes an end back: the lead and its handoff are what they were. One that still waited to be sent
    /// then gave its capacity away: its lead takes its turn in the queue again.
    pub(crate) async fn reopen_lead(
        &mut self,
        lead: &StoredLead,
        handoff: HandoffId,
        was: &Value,
        open_caps: &[(String, u32)],
    ) -> Result<(), StoreError> {
        let number = |key: &str| was.get(key).and_then(Value::as_i64);
        let before = number("state").and_then(HandoffState::from_number).ok_or(StoreError::Conflict)?;
        let stage = if before == HandoffState::Queued { Stage::Held } else { Stage::Out };
        let sql = "update lead set stage = $1, end_code = null, closed_at = null, rev = rev + 1 \
                   where id = $2 and rev = $3 and stage = $4";
        self.guarded(sql, args![stage.number(), lead.id.0, lead.rev, Stage::Closed.number()]).await?;
        self.void_marks(handoff, &["won", "lost", "returned"]).await?;
        self.take_credits_back(handoff).await?;
        if stage == Stage::Held {
            return Ok(());
        }
        let sql = "update handoff set state = $1, closed_at = null, end_code = null, poll_at = $2 \
                   where id = $3 and state in (5, 8)";
        self.guarded(sql, args![before.number(), number("poll"), handoff.0]).await?;
        let first = "select first_at from handoff where id = $1";
        let answered = self.one(first, args![handoff.0]).await?.map(|row| row.at_opt(0)).transpose()?.flatten();
        if answered.is_none() {
            self.retake_open(handoff, open_caps).await?;
        }
        Ok(())
    }

    /// Counts a handoff as open backlog under these caps again.
    pub(crate) async fn retake_open(
        &mut self,
        handoff: HandoffId,
        open_caps: &[(String, u32)],
    ) -> Result<(), StoreError> {
        self.lock_caps().await?;
        for (cap, amount) in self.caps(open_caps).await? {
            let held = "select count(*) from slot where cap_id = $1 and handoff_id = $2";
            if self.one_int(held, args![cap, handoff.0]).await? == 0 {
                let sql = "insert into slot (cap_id, at, handoff_id, amount) values ($1, $2, $3, $4)";
                self.run(sql, args![cap, self.now, handoff.0, amount]).await?;
            }
        }
        Ok(())
    }

    /// Whose a handoff is: team and person.
    pub(crate) async fn team_and_person(&mut self, id: HandoffId) -> Result<(String, String), StoreError> {
        let row = self.one("select team, person from handoff where id = $1", args![id.0]).await?;
        let row = row.ok_or(StoreError::Conflict)?;
        Ok((row.text(0)?, row.text(1)?))
    }

    /// Nobody has said yes yet.
    pub(crate) async fn clear_ack(&mut self, handoff: HandoffId) -> Result<(), StoreError> {
        self.guarded("update handoff set ack_at = null where id = $1 and ack_at is not null", args![handoff.0]).await
    }

    /// Ends one override.
    pub(crate) async fn end_override_row(&mut self, id: i64) -> Result<(), StoreError> {
        // Not while a release counts on what is set.
        self.lock_caps().await?;
        let sql = "update override set ended_at = $1 where id = $2 and ended_at is null";
        self.guarded(sql, args![self.now, id]).await
    }

    /// Where a lead stands before it is decided again: all that its undo must put back and that is not
    /// personal.
    pub(crate) async fn place_of(&mut self, lead: LeadId) -> Result<serde_json::Value, StoreError> {
        let sql =
            "select stage, config_id, service, verdict, score, lane, priority, expires_at from lead where id = $1";
        let row = self.one(sql, args![lead.0]).await?.ok_or(StoreError::Conflict)?;
        Ok(serde_json::json!({ "stage": row.int(0)?, "config": row.int(1)?, "service": row.text_opt(2)?,
            "verdict": row.int(3)?, "score": row.int_opt(4)?, "lane": row.int_opt(5)?, "priority": row.int(6)?,
            "expires_at": row.int_opt(7)? }))
    }

    /// Keeps what a rewrite replaced, out of sight, for its undo.
    pub(crate) async fn add_hidden_note(&mut self, lead: LeadId, who: &str, body: &str) -> Result<i64, StoreError> {
        let id = self.add_note(lead, who, body).await?;
        self.run("update note set kind = 'before' where id = $1", args![id]).await?;
        Ok(id)
    }

    /// Puts back what a rewrite replaced.
    pub(crate) async fn rewrite_back(
        &mut self,
        lead: &StoredLead,
        kept: i64,
        before: &Value,
        config: i64,
    ) -> Result<(), StoreError> {
        let row = self.one("select body from note where id = $1 and kind = 'before'", args![kept]).await?;
        let body = row.ok_or(StoreError::Conflict)?.text(0)?;
        let body: Value = serde_json::from_str(&body).map_err(|_| StoreError::Conflict)?;
        let stage = before.get("stage").and_then(Value::as_i64).and_then(Stage::from_number);
        let stage = stage.ok_or(StoreError::Conflict)?;
        if stage != lead.stage && !(lead.stage.may_become(stage) && stage != Stage::Out) {
            return Err(StoreError::Conflict);
        }
        let contact: Contact = serde_json::from_value(body.get("contact").cloned().unwrap_or_default())
            .map_err(|_| StoreError::Conflict)?;
        let facts = body.get("facts").and_then(Value::as_str).ok_or(StoreError::Conflict)?.to_owned();
        let number = |key: &str| before.get(key).and_then(Value::as_i64);
        let service = before.get("service").and_then(Value::as_str).map(str::to_owned);
        let sql = "update lead set stage = $1, facts = $2, config_id = $3, service = $4, verdict = coalesce($5, verdict), \
                   score = $6, lane = coalesce($7, lane), priority = coalesce($8, priority), expires_at = $9, \
                   rev = rev + 1 where id = $10 and rev = $11";
        let values = args![
            stage.number(),
            &facts,
            number("config").unwrap_or(config),
            service,
            number("verdict"),
            number("score"),
            number("lane"),
            number("priority"),
            number("expires_at"),
            lead.id.0,
            lead.rev
        ];
        self.guarded(sql, values).await?;
        let sql = "update contact set name = $1, fields = $2 where lead_id = $3";
        self.guarded(sql, args![&contact.name, contact_json(&contact), lead.id.0]).await
    }

    /// Voids the newest standing mark of each of these kinds.
    pub(crate) async fn void_marks(&mut self, handoff: HandoffId, kinds: &[&str]) -> Result<(), StoreError> {
        for kind in kinds {
            let sql = "select m.id, m.lead_id from mark m where m.handoff_id = $1 and m.kind = $2 \
                       and not exists (select 1 from mark v where v.handoff_id = m.handoff_id and v.voids = m.id) order by m.id desc limit 1";
            let Some(row) = self.one(sql, args![handoff.0, *kind]).await? else { continue };
            self.void_mark(handoff, LeadId(row.int(1)?), row.int(0)?).await?;
        }
        Ok(())
    }

    /// Voids this very mark.
    pub(crate) async fn void_mark(&mut self, handoff: HandoffId, lead: LeadId, mark: i64) -> Result<(), StoreError> {
        let id = self.next_id("mark").await?;
        let sql = "insert into mark (id, handoff_id, lead_id, kind, at, seen_at, quality, origin, voids) \
                   values ($1, $2, $3, 'void', $4, $4, 1, 'console', $5)";
        self.run(sql, args![id, handoff.0, lead.0, self.now, mark]).await.map(drop)
    }

    /// Recomputes a handoff's first response from the marks that stand.
    pub(crate) async fn refresh_first(&mut self, handoff: HandoffId) -> Result<Option<Timestamp>, StoreError> {
        let sql = "select m.at, m.quality from mark m where m.handoff_id = $1 and m.kind = 'first' \
                   and not exists (select 1 from mark v where v.handoff_id = m.handoff_id and v.voids = m.id) order by m.at limit 1";
        let row = self.one(sql, args![handoff.0]).await?;
        let first = row.as_ref().map(|row| row.at(0)).transpose()?;
        let quality = row.as_ref().map(|row| row.int(1)).transpose()?;
        let sql = "update handoff set first_at = $1, first_quality = $2, \
                   state = case when state = 4 and $1 is null then 3 else state end where id = $3";
        self.run(sql, args![first, quality, handoff.0]).await?;
        Ok(first)
    }

    /// Takes a note back.
    pub(crate) async fn remove_note(&mut self, id: i64) -> Result<(), StoreError> {
        self.guarded("delete from note where id = $1", args![id]).await
    }
}
