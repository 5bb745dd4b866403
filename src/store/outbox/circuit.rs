//! How a destination stands: paused, left alone, on trial, well. Kept in its row, so that every process and every
//! restart knows.

use jiff::Timestamp;

use super::settle::{Settle, apply, say};
use crate::lead::outcome::Failure;
use crate::lead::{Class, HandoffId, HandoffState, LeadId};
use crate::store::db::args;
use crate::store::{Note, Store, StoreError};

/// A destination and what waits for it.
#[derive(Debug, Clone, Default)]
pub struct DestinationQueue {
    /// Nothing is sent there until then.
    pub paused_until: Timestamp,
    /// Why it is paused, or was until a moment ago.
    pub class: Option<Class>,
    /// The same in words.
    pub error: Option<String>,
    /// Failures in a row.
    pub fails: i64,
    /// When the earliest waiting handoff is due.
    pub next: Option<Timestamp>,
    /// When the time of a waiting handoff is up next.
    pub next_deadline: Option<Timestamp>,
}

/// A waiting handoff whose time is up while its destination is paused.
#[derive(Debug, Clone)]
pub struct Overdue {
    /// Its number.
    pub id: HandoffId,
    /// The lead.
    pub lead: LeadId,
    /// Route id.
    pub route: String,
    /// Place in the route.
    pub hop: i64,
}

impl Store {
    /// How a destination stands, and what waits for it.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_queue(&self, id: i64) -> Result<DestinationQueue, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select due_at, class, error, fails from endpoint where id = $1";
                let mut queue = DestinationQueue::default();
                if let Some(row) = tx.one(sql, args![id]).await? {
                    let class = row.text_opt(1)?;
                    queue.paused_until = row.at(0)?;
                    queue.class = class.and_then(|name| serde_json::from_value(serde_json::Value::String(name)).ok());
                    queue.error = row.text_opt(2)?;
                    queue.fails = row.int(3)?;
                }
                // The first of an index each: however many wait, this is asked before every claim.
                let waits = "from handoff where state = 1 and destination_id = $1 \
                             and (valid_until is null or valid_until > $2)";
                let next = format!("select due_at {waits} order by due_at limit 1");
                queue.next = tx.one(&next, args![id, tx.now()]).await?.map(|row| row.at(0)).transpose()?;
                let next = format!("select deadline_at {waits} and deadline_at > $2 order by deadline_at, id limit 1");
                queue.next_deadline = tx.one(&next, args![id, tx.now()]).await?.map(|row| row.at(0)).transpose()?;
                Ok(queue)
            })
        })
        .await
    }

    /// A destination did something with what it was given: whatever was wrong with it is over, and what waits for its
    /// next try there need not wait longer.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_well(&self, id: i64) -> Result<(), StoreError> {
        let ill = self.read(move |tx| {
            let sql = "select count(*) from endpoint where id = $1 and (class is not null or fails > 0)";
            Box::pin(async move { Ok(tx.one_int(sql, args![id]).await? > 0) })
        });
        if !ill.await? {
            return Ok(());
        }
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update endpoint set fails = 0, class = null, error = null, due_at = $3, last_ok_at = $2, \
                           last_try_at = $2 where id = $1 and (class is not null or fails > 0)";
                if tx.run(sql, args![id, tx.now(), Timestamp::UNIX_EPOCH]).await? == 0 {
                    return Ok(());
                }
                hurry_all(tx, id).await?;
                tx.note(Note::new("destination-well").body(serde_json::json!({ "endpoint": id })));
                Ok(())
            })
        })
        .await
    }

    /// An attempt failed in a way that may pass. After so many in a row (`opens_after`) the destination is left alone
    /// until `until`; `failure` says why.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_failed(
        &self,
        id: i64,
        opens_after: i64,
        until: Timestamp,
        failure: Failure,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update endpoint set fails = fails + 1, last_try_at = $1 where id = $2";
                tx.run(sql, args![tx.now(), id]).await?;
                // Those that were under way together with the one that closed it change nothing more.
                let sql = "update endpoint set due_at = $1, class = $2, error = $3 \
                           where id = $4 and fails >= $5 and due_at <= $6";
                let values = args![until, failure.class.name(), failure.to_string(), id, opens_after, tx.now()];
                if tx.run(sql, values).await? > 0 {
                    let body = serde_json::json!({ "endpoint": id, "class": failure.class.name() });
                    tx.note(Note::new("destination-paused").body(body));
                }
                Ok(())
            })
        })
        .await
    }

    /// A destination that was left alone was asked whether it is back: with `still`, it is not (why, and when it is asked
    /// again), else it is on trial, `fails` failures from being well.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_probed(
        &self,
        id: i64,
        fails: i64,
        still: Option<(Timestamp, String)>,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                if let Some((until, words)) = still {
                    let sql = "update endpoint set due_at = $1, error = $2, last_try_at = $3 \
                               where id = $4 and class in ('retry', 'unknown')";
                    return tx.run(sql, args![until, words, tx.now(), id]).await.map(drop);
                }
                let sql = "update endpoint set due_at = $1, class = null, error = null, fails = $2, last_try_at = $3 \
                           where id = $4 and class in ('retry', 'unknown')";
                if tx.run(sql, args![Timestamp::UNIX_EPOCH, fails, tx.now(), id]).await? > 0 {
                    hurry_all(tx, id).await?;
                    tx.note(Note::new("destination-well").body(serde_json::json!({ "endpoint": id })));
                }
                Ok(())
            })
        })
        .await
    }

    /// Waiting handoffs of a destination whose time is up.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn overdue(&self, destination: i64, most: u32) -> Result<Vec<Overdue>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select id, lead_id, route, hop from handoff where state = 1 and destination_id = $1 \
                           and deadline_at <= $2 order by deadline_at, id limit $3";
                let rows = tx.all(sql, args![destination, tx.now(), i64::from(most)]).await?;
                let read = |row: &crate::store::Row| {
                    let (id, lead) = (HandoffId(row.int(0)?), LeadId(row.int(1)?));
                    Ok(Overdue { id, lead, route: row.text(2)?, hop: row.int(3)? })
                };
                rows.iter().map(read).collect()
            })
        })
        .await
    }

    /// Ends the waiting of one whose time is up. `false`: it waits no more.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn settle_overdue(&self, of: &Overdue, settle: Settle, words: String) -> Result<bool, StoreError> {
        let (id, lead) = (of.id, of.lead);
        self.write(move |tx| {
            Box::pin(async move {
                if tx.one_int("select count(*) from handoff where id = $1 and state = 1", args![id.0]).await? == 0 {
                    return Ok(false);
                }
                say(tx, &[(id, &words)]).await?;
                apply(tx, id, lead, HandoffState::Queued, settle).await?;
                Ok(true)
            })
        })
        .await
    }

    /// What a destination was seen to do with our key, in its own words; kept for the next start.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn keep_proof(&self, id: i64, proof: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            let sql = "update endpoint set proof = $1 where id = $2";
            Box::pin(async move { tx.run(sql, args![proof, id]).await.map(drop) })
        })
        .await
    }

    /// What was kept of a destination, see [`Store::keep_proof`].
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn proof(&self, id: i64) -> Result<Option<String>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let row = tx.one("select proof from endpoint where id = $1", args![id]).await?;
                Ok(row.map(|row| row.text_opt(0)).transpose()?.flatten())
            })
        })
        .await
    }
}

/// Tries that were put off because the destination failed are due now.
async fn hurry_all(tx: &mut crate::store::Tx, destination: i64) -> Result<(), StoreError> {
    let sql = "update handoff set due_at = $1 where state = 1 and destination_id = $2 and due_at > $1 and code = $3";
    tx.run(sql, args![tx.now(), destination, crate::lead::Code::Retrying.to_string()]).await.map(drop)
}
