//! What the rows say of the people: who came back when, what they got, and what is open with them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::counting::uses;
use super::db::args;
use super::queue::back_to_queue;
use super::read::figures::held_lanes;
use super::{Count, Store, StoreError, Tx};
use crate::lead::{Code, HandoffId, HandoffState, LeadId};
use crate::queue::{Lane, Uses};

/// Most leads an inflow is measured from.
const INFLOW_MOST: i64 = 20_000;
/// States of a handoff that nobody has answered and that can be given to somebody else.
const MOVABLE: &str = "(1, 3, 7)";

impl Store {
    /// When people were last back from a leave, or from being sent off shift, after `since`; by person.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn returns(&self, since: Timestamp) -> Result<BTreeMap<String, Timestamp>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select name, max(back) from (select name, \
                           case when until is null or ended_at < until then ended_at else until end as back \
                           from override where kind = 'person' and value in (0, 2)) gone \
                           where back > $1 and back <= $2 group by name";
                let rows = tx.all(sql, args![since, tx.now()]).await?;
                rows.iter().map(|row| Ok((row.text(0)?, row.at(1)?))).collect()
            })
        })
        .await
    }

    /// How many handoffs count under each of these caps from an instant to another, the first included.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn counted_between(
        &self,
        caps: Vec<String>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<BTreeMap<String, u32>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select cast(coalesce(sum(s.amount), 0) as bigint) from slot s join cap c on c.id = s.cap_id \
                           where c.name = $1 and s.at >= $2 and s.at < $3";
                let mut counts = BTreeMap::new();
                for cap in caps {
                    let count = tx.one_int(sql, args![&cap, from, to]).await?;
                    counts.insert(cap, u32::try_from(count.max(0)).unwrap_or(u32::MAX));
                }
                Ok(counts)
            })
        })
        .await
    }

    /// The leads somebody has and has not answered yet, the most urgent first; at most `most`.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn unanswered_of(&self, person: String, most: usize) -> Result<Vec<LeadId>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select lead_id from handoff where person = $1 and closed_at is null and first_at is null \
                           and state in (1, 2, 3, 6, 7) order by coalesce(answer_by, deadline_at), id limit $2";
                let rows = tx.all(sql, args![&person, most]).await?;
                rows.iter().map(|row| Ok(LeadId(row.int(0)?))).collect()
            })
        })
        .await
    }

    /// Held leads by lane, with the reasons the last release left on it.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn held_by_lane_with_codes(&self) -> Result<Vec<(Lane, Vec<Code>, u64)>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let rows = tx.all(held_lanes(tx.is_sqlite()), vec![]).await?;
                rows.iter()
                    .map(|row| {
                        let codes = serde_json::from_str(&row.text(1)?).unwrap_or_default();
                        Ok((lane(&row.text(0)?)?, codes, row.int(2)?.unsigned_abs()))
                    })
                    .collect()
            })
        })
        .await
    }

    /// Does anybody wait whom nobody may take? Asked of the lanes, of which there are few, however many wait.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn anybody_ownerless(&self) -> Result<bool, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select count(*) from lane where codes like $1 \
                           and exists (select 1 from lead where lead.lane = lane.id and lead.stage = 2)";
                Ok(tx.one_int(sql, args![format!("%{}%", Code::NoOwner)]).await? > 0)
            })
        })
        .await
    }

    /// Leads received since an instant that had a lane (that is: qualified at some time), by lane, and when the oldest
    /// of those looked at came: the newest [`INFLOW_MOST`] at most.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn qualified_by_lane(&self, since: Timestamp) -> Result<(Vec<(Lane, u64)>, Timestamp), StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let newest = tx.one_int("select coalesce(max(id), 0) from lead", vec![]).await?;
                let after = newest.saturating_sub(INFLOW_MOST);
                let sql = "select n.key, due.many, due.oldest from (select lane, count(*) as many, \
                           min(received_at) as oldest from lead where id > $1 and received_at >= $2 and lane is not null \
                           group by lane) due join lane n on n.id = due.lane";
                let rows = tx.all(sql, args![after, since]).await?;
                let mut oldest = tx.now();
                let mut found = Vec::with_capacity(rows.len());
                for row in rows {
                    oldest = oldest.min(row.at(2)?);
                    found.push((lane(&row.text(0)?)?, row.int(1)?.unsigned_abs()));
                }
                Ok((found, oldest))
            })
        })
        .await
    }

    /// How many leads everybody has and has not answered yet, by person.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn unanswered(&self) -> Result<BTreeMap<String, u32>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select person, count(*) from handoff where closed_at is null and first_at is null \
                           and state in (1, 2, 3, 6, 7) group by person";
                let rows = tx.all(sql, vec![]).await?;
                rows.iter().map(|row| Ok((row.text(0)?, u32::try_from(row.int(1)?).unwrap_or(u32::MAX)))).collect()
            })
        })
        .await
    }
}

fn lane(key: &str) -> Result<Lane, StoreError> {
    Lane::parse(key).ok_or_else(|| StoreError::Damaged(format!("the lane {key} cannot be read")))
}

impl Tx {
    /// The lane a lead waited in; `None` where it never did.
    pub(crate) async fn lane_of(&mut self, lead: LeadId) -> Result<Option<Lane>, StoreError> {
        let sql = "select n.key from lead l join lane n on n.id = l.lane where l.id = $1";
        let row = self.one(sql, args![lead.0]).await?;
        Ok(row.map(|row| row.text(0)).transpose()?.and_then(|key| Lane::parse(&key)))
    }

    /// What is used of these caps, counted under the lock, as if a handoff held nothing of them.
    pub(crate) async fn uses_without(&mut self, counts: &[Count], handoff: HandoffId) -> Result<Uses, StoreError> {
        self.lock_caps().await?;
        let mut counted = uses(self, counts).await?;
        let sql = "select c.name, s.at, s.amount from slot s join cap c on c.id = s.cap_id where s.handoff_id = $1";
        for row in self.all(sql, args![handoff.0]).await? {
            let (cap, at, amount) = (row.text(0)?, row.at(1)?, row.int(2)?);
            let counts_now = counts.iter().any(|count| count.cap == cap && count.since.is_none_or(|since| at >= since));
            if let Some(used) = counted.get_mut(&cap).filter(|_| counts_now) {
                used.give_back(at, amount);
            }
        }
        Ok(counted)
    }

    /// Takes a handoff that nobody answered from its owner: the lead waits again, in front, and does not expire for
    /// having waited before.
    pub(crate) async fn take_from_owner(&mut self, handoff: HandoffId, lead: LeadId) -> Result<(), StoreError> {
        let sql = format!(
            "update handoff set state = $1, closed_at = $2, end_code = $3, poll_at = null \
             where id = $4 and state in {MOVABLE} and first_at is null"
        );
        let values = args![HandoffState::Dropped.number(), self.now, Code::Cancelled.to_string(), handoff.0];
        self.guarded(&sql, values).await?;
        self.run("delete from slot where handoff_id = $1", args![handoff.0]).await?;
        self.run("update lead set expires_at = null where id = $1", args![lead.0]).await?;
        back_to_queue(self, lead).await
    }
}
