//! A handoff that goes out again as another one: to another destination, or as it reads now. The old row ends, the
//! new one has what it held of every cap, so that nothing is counted twice.

use jiff::{SignedDuration, Timestamp};

use super::StoredLead;
use crate::lead::{Code, HandoffId, HandoffState, Token};
use crate::store::db::args;
use crate::store::queue::{NewHandoff, insert_handoff, new_token};
use crate::store::{StoreError, Tx};

/// How long a reservation is good.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Valid {
    /// As long as that of the handoff before.
    AsBefore,
    /// Until then; without an end where it has none.
    Until(Option<Timestamp>),
}

/// Where it goes instead.
#[derive(Clone)]
pub(crate) struct Replacement {
    /// Endpoint row.
    pub(crate) destination: i64,
    /// Place in the route; beyond its end nothing follows when this one fails.
    pub(crate) hop: i64,
    /// Time to get it delivered.
    pub(crate) deadline: SignedDuration,
    /// The old one may be there: this one must not be taken for it.
    pub(crate) new_key: bool,
    /// What it takes of each cap besides what the old one held.
    pub(crate) takes: Vec<(String, u32)>,
    /// Until when it must be sent, or it waits in the queue again.
    pub(crate) valid: Valid,
    /// Config version.
    pub(crate) config: i64,
}

impl Tx {
    /// May an earlier attempt of this handoff have arrived, as far as anybody knows?
    ///
    /// # Errors
    /// The database did not answer.
    pub(crate) async fn is_in_doubt(&mut self, lead: crate::lead::LeadId, id: HandoffId) -> Result<bool, StoreError> {
        let last = "select max(at) from journal where lead_id = $1 and handoff_id = $2 and kind = $3";
        let mut at = [None; 2];
        for (place, kind) in ["unknown", "absent"].into_iter().enumerate() {
            let row = self.one(last, args![lead.0, id.0, kind]).await?;
            at[place] = row.map(|row| row.at_opt(0)).transpose()?.flatten();
        }
        Ok(at[0].is_some_and(|unknown| at[1].is_none_or(|absent| absent <= unknown)))
    }

    /// Forgets what a waiting handoff was going to send, so that it is written anew.
    ///
    /// # Errors
    /// It does not wait any more ([`StoreError::Conflict`]), or the database did not answer.
    pub(crate) async fn forget_bytes(&mut self, id: HandoffId) -> Result<(), StoreError> {
        let waits = "select count(*) from handoff where id = $1 and state = 1";
        if self.one_int(waits, args![id.0]).await? == 0 {
            return Err(StoreError::Conflict);
        }
        self.run("delete from payload where handoff_id = $1", args![id.0]).await.map(drop)
    }

    /// Ends the open handoff of a lead and queues another one in its place. What the old one held of every cap goes
    /// with it. In the same round it keeps its key, unless that may be taken for the old one or was at that
    /// destination before.
    ///
    /// # Errors
    /// The handoff is not in that state any more ([`StoreError::Conflict`]), or the database did not answer.
    pub(crate) async fn replace_handoff(
        &mut self,
        lead: &StoredLead,
        from: HandoffState,
        with: &Replacement,
    ) -> Result<HandoffId, StoreError> {
        let old = lead.handoff.as_ref().ok_or(StoreError::Conflict)?;
        self.lock_caps().await?;
        let sql = "select round, token, valid_until from handoff where id = $1 and state = $2";
        let row = self.one(sql, args![old.id.0, from.number()]).await?.ok_or(StoreError::Conflict)?;
        let (round, token, valid_until) = (row.int(0)?, row.text(1)?, row.at_opt(2)?);
        let sql = "select count(*) from handoff where lead_id = $1 and round = $2 and destination_id = $3";
        let was_there = self.one_int(sql, args![lead.id.0, round, with.destination]).await? > 0;
        let anew = with.new_key || was_there;
        let last = "select max(round) from handoff where lead_id = $1";
        let round = if anew { self.one_int(last, args![lead.id.0]).await? + 1 } else { round };
        let kept = || Token::parse(&token).map_err(|error| StoreError::Damaged(error.to_string()));
        // What is there goes on being asked about: an answer to it is the answer.
        let sql = "update handoff set state = 8, closed_at = $1, end_code = $2 where id = $3 and state = $4";
        self.guarded(sql, args![self.now, Code::Cancelled.to_string(), old.id.0, from.number()]).await?;
        let new = NewHandoff {
            lead: lead.id,
            destination: with.destination,
            route: &old.route,
            hop: with.hop,
            round,
            token: if anew { new_token()? } else { kept()? },
            person: &old.person,
            team: &old.team,
            deadline: with.deadline,
            valid_until: match with.valid {
                Valid::AsBefore => valid_until,
                Valid::Until(until) => until,
            },
            config: with.config,
        };
        let id = insert_handoff(self, &new).await?;
        self.run("update slot set handoff_id = $1 where handoff_id = $2", args![id.0, old.id.0]).await?;
        for (cap, amount) in self.caps(&with.takes).await? {
            let sql = "insert into slot (cap_id, at, handoff_id, amount) values ($1, $2, $3, $4)";
            self.run(sql, args![cap, self.now, id.0, amount]).await?;
        }
        self.guarded("update lead set rev = rev + 1 where id = $1 and rev = $2", args![lead.id.0, lead.rev]).await?;
        Ok(id)
    }
}
