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

    /// Takes an end back: the lead is out again, its handoff as before.
    pub(crate) async fn reopen_lead(&mut self, lead: &StoredLead) -> Result<(), StoreError> {
        let sql = "update lead set stage = $1, end_code = null, closed_at = null, rev = rev + 1 \
                   where id = $2 and rev = $3 and stage = $4";
        let stage = if lead.handoff.is_some() { Stage::Out } else { Stage::Review };
        self.guarded(sql, args![stage.number(), lead.id.0, lead.rev, Stage::Closed.number()]).await?;
        if let Some(handoff) = &lead.handoff {
            let back = if handoff.first_at.is_some() { HandoffState::Tracking } else { HandoffState::Accepted };
            let sql = "update handoff set state = $1, closed_at = null, end_code = null where id = $2 and state = 5";
            self.run(sql, args![back.number(), handoff.id.0]).await?;
            if handoff.first_at.is_none() {
                self.retake_open(handoff.id).await?;
            }
            self.void_marks(handoff.id, &["won", "lost", "returned"]).await?;
        }
        Ok(())
    }

    /// Counts a handoff as open backlog of its person again.
    pub(crate) async fn retake_open(&mut self, handoff: HandoffId) -> Result<(), StoreError> {
        let sql = "insert into slot (cap_id, at, handoff_id, amount) select c.id, $1, h.id, 1 from handoff h \
                   join cap c on c.name in ('person.' || h.person || '.open', 'team.' || h.team || '.open') \
                   where h.id = $2 on conflict do nothing";
        self.run(sql, args![self.now, handoff.0]).await.map(drop)
    }

    /// Nobody has said yes yet.
    pub(crate) async fn clear_ack(&mut self, handoff: HandoffId) -> Result<(), StoreError> {
        self.guarded("update handoff set ack_at = null where id = $1 and ack_at is not null", args![handoff.0]).await
    }

    /// Ends one override.
    pub(crate) async fn end_override_row(&mut self, id: i64) -> Result<(), StoreError> {
        let sql = "update override set ended_at = $1 where id = $2 and ended_at is null";
        self.guarded(sql, args![self.now, id]).await
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
        let config = before.get("config").and_then(Value::as_i64).unwrap_or(config);
        let sql = "update lead set stage = $1, facts = $2, config_id = $3, rev = rev + 1, \
                   verdict = case $1 when 1 then 2 when 5 then 3 else verdict end where id = $4 and rev = $5";
        self.guarded(sql, args![stage.number(), &facts, config, lead.id.0, lead.rev]).await?;
        let sql = "update contact set name = $1, fields = $2 where lead_id = $3";
        self.guarded(sql, args![&contact.name, contact_json(&contact), lead.id.0]).await
    }

    /// Voids the newest standing mark of each of these kinds.
    pub(crate) async fn void_marks(&mut self, handoff: HandoffId, kinds: &[&str]) -> Result<(), StoreError> {
        for kind in kinds {
            let sql = "select m.id, m.lead_id from mark m where m.handoff_id = $1 and m.kind = $2 \
                       and not exists (select 1 from mark v where v.handoff_id = m.handoff_id and v.voids = m.id) order by m.id desc limit 1";
            let Some(row) = self.one(sql, args![handoff.0, *kind]).await? else { continue };
            let id = self.next_id("mark").await?;
            let sql = "insert into mark (id, handoff_id, lead_id, kind, at, seen_at, quality, origin, voids) \
                       values ($1, $2, $3, 'void', $4, $4, 1, 'console', $5)";
            self.run(sql, args![id, handoff.0, row.int(1)?, self.now, row.int(0)?]).await?;
        }
        Ok(())
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
