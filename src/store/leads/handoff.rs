//! Steps on a lead's handoff: acknowledge, hurry, give to somebody else.

use jiff::{SignedDuration, Timestamp};

use super::StoredLead;
use crate::clock::later;
use crate::lead::{Code, HandoffId, HandoffState, LeadId, Quality};
use crate::store::db::args;
use crate::store::outbox::add_mark;
use crate::store::queue::{NewHandoff, cap_ids, insert_handoff, new_token};
use crate::store::{StoreError, Tx};

/// Whom a lead is given to, and how it gets there.
pub(crate) struct Reassign<'a> {
    pub(crate) person: &'a str,
    pub(crate) team: &'a str,
    pub(crate) route: &'a str,
    pub(crate) destination: i64,
    pub(crate) deadline: SignedDuration,
    pub(crate) caps: &'a [(String, u32)],
    pub(crate) config: i64,
    /// Until when it must be sent, or it waits in the queue again.
    pub(crate) valid_until: Option<Timestamp>,
}

impl Tx {
    /// Stops the acknowledge clock at the desk; `false` when somebody already did.
    pub(crate) async fn acknowledge(&mut self, handoff: HandoffId, lead: LeadId) -> Result<bool, StoreError> {
        self.acknowledge_by(handoff, lead, "console").await
    }

    /// Stops the acknowledge clock; `origin` is by what.
    pub(crate) async fn acknowledge_by(
        &mut self,
        handoff: HandoffId,
        lead: LeadId,
        origin: &str,
    ) -> Result<bool, StoreError> {
        let sql = "update handoff set ack_at = $1 where id = $2 and ack_at is null";
        let first = self.run(sql, args![self.now, handoff.0]).await? == 1;
        if first {
            add_mark(self, handoff, lead, "ack", self.now, Quality::Exact, origin, None, None).await?;
        }
        Ok(first)
    }

    /// A handoff's lead and state, and whether it still holds capacity.
    pub(crate) async fn handoff_state(&mut self, id: HandoffId) -> Result<(LeadId, HandoffState, bool), StoreError> {
        let sql = "select lead_id, state, (select count(*) from slot s where s.handoff_id = h.id) from handoff h \
                   where id = $1";
        let row = self.one(sql, args![id.0]).await?.ok_or(StoreError::Conflict)?;
        let state = HandoffState::from_number(row.int(1)?)
            .ok_or_else(|| StoreError::Damaged("a handoff is in no known state".into()))?;
        Ok((LeadId(row.int(0)?), state, row.int(2)? > 0))
    }

    /// Brings a waiting handoff forward. Whoever does so has seen to what was wrong with the destination; only
    /// what the far side itself asked us to wait for is waited for.
    pub(crate) async fn hurry(&mut self, id: HandoffId) -> Result<(), StoreError> {
        let sql = "update endpoint set due_at = $1 where due_at > $1 and class in ('auth', 'config', 'gone') \
                   and id = (select destination_id from handoff where id = $2)";
        self.run(sql, args![self.now, id.0]).await?;
        self.guarded("update handoff set due_at = $1 where id = $2 and state = 1", args![self.now, id.0]).await
    }

    /// Gives a handoff sent by hand time to arrive.
    pub(crate) async fn extend_deadline(&mut self, id: HandoffId, by: SignedDuration) -> Result<(), StoreError> {
        let until = later(self.now, by);
        let sql = "update handoff set deadline_at = $1, valid_until = null where id = $2 and state = 1";
        self.guarded(sql, args![until, id.0]).await
    }

    /// Row ids of caps by name, with what is taken of each.
    pub(crate) async fn caps(&mut self, caps: &[(String, u32)]) -> Result<Vec<(i64, i64)>, StoreError> {
        let names: Vec<&String> = caps.iter().map(|(name, _)| name).collect();
        let ids = cap_ids(self, names).await?;
        Ok(caps.iter().filter_map(|(name, amount)| ids.get(name).map(|id| (*id, i64::from(*amount)))).collect())
    }

    /// Gives a lead to another person: the present handoff is dropped, a new round is queued with the
    /// same slots but those of persons, which `caps` replaces.
    pub(crate) async fn reassign(&mut self, lead: &StoredLead, to: &Reassign<'_>) -> Result<HandoffId, StoreError> {
        let old = lead.handoff.as_ref().ok_or(StoreError::Conflict)?;
        // Slots change hands under the same lock that a release counts them under.
        self.lock_caps().await?;
        // Whoever has it now: an answer to what is there already is the answer.
        let sql = "update handoff set state = 8, closed_at = $1, end_code = $2, \
                   poll_at = case when state = 3 then poll_at else null end where id = $3 and state in (1, 3, 4, 7)";
        self.guarded(sql, args![self.now, Code::Cancelled.to_string(), old.id.0]).await?;
        self.run("delete from slot where handoff_id = $1", args![old.id.0]).await?;
        let new = NewHandoff {
            lead: lead.id,
            destination: to.destination,
            route: to.route,
            hop: 0,
            round: old.round + 1,
            token: new_token()?,
            person: to.person,
            team: to.team,
            deadline: to.deadline,
            valid_until: to.valid_until,
            config: to.config,
        };
        let id = insert_handoff(self, &new).await?;
        for (cap, amount) in self.caps(to.caps).await? {
            let sql = "insert into slot (cap_id, at, handoff_id, amount) values ($1, $2, $3, $4)";
            self.run(sql, args![cap, self.now, id.0, amount]).await?;
        }
        self.guarded("update lead set rev = rev + 1 where id = $1 and rev = $2", args![lead.id.0, lead.rev]).await?;
        Ok(id)
    }
}
