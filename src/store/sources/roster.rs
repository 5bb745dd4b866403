//! Who is on a list, as its last complete reading said: whoever is missing from the next one has left, and
//! their consent is withdrawn. A record that comes back later is a new one.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::Endpoint;
use crate::clock::later;
use crate::store::Row;
use crate::store::db::args;
use crate::store::intake::{before, lose, record_key};
use crate::store::{Note, Store, StoreError, Tx};

/// Departures written in one transaction.
const LEAVE_AT_ONCE: usize = 200;
/// A list this short may lose everybody without being doubted.
const SHORT_LIST: usize = 10;
/// So long the same large loss must be seen before it is believed: an answer that shows too little is far
/// more often a matter of permissions than of people.
const DOUBT: SignedDuration = SignedDuration::from_hours(24);

/// What a complete roster told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Departed {
    /// Members that are not there any more.
    pub left: usize,
    /// Members that are missing, but so many at once that nobody is withdrawn yet.
    pub doubted: usize,
}

/// Records whose people wait for us and asked nowhere else. Whoever came in a walk that was not whole, and left
/// before the next whole one, stands on no roster; nobody may be called all the same.
const WAITING: &str = "select i.skey from lead l join inquiry i on i.lead_id = l.id and i.source_id = $1 \
    where l.source_id = $1 and l.stage in (1, 2, 6) \
    and i.id = (select max(x.id) from inquiry x where x.lead_id = l.id and x.source_id = $1) \
    and not exists (select 1 from inquiry o where o.lead_id = l.id and o.source_id <> $1 and o.consent in (1, 2))";

impl Store {
    /// Those of a source's records that are stored.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn known_among(&self, source: i64, ids: Vec<String>) -> Result<HashSet<String>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let keyed: Vec<(i64, String)> =
                    ids.into_iter().map(|id| (record_key(&tx.key, &id, None), id)).collect();
                let keys = keyed.iter().map(|(key, _)| *key).collect();
                let stored = crate::store::intake::digests_of(tx, source, keys).await?;
                Ok(keyed.into_iter().filter(|(key, _)| stored.contains_key(key)).map(|(_, id)| id).collect())
            })
        })
        .await
    }

    /// Takes the ids of all records of a complete walk: whoever was there before and is not now has left.
    ///
    /// # Errors
    /// The database did not answer, or the walk was taken over ([`StoreError::Conflict`]); what was written
    /// before stays, and the next complete walk finishes it.
    pub async fn keep_roster(&self, taken: &Endpoint, ids: Vec<String>) -> Result<Departed, StoreError> {
        let source = taken.id;
        let (members, waiting, present) = self
            .read(move |tx| {
                Box::pin(async move {
                    let members = keys(&tx.all("select skey from member where source_id = $1", args![source]).await?)?;
                    let waiting = keys(&tx.all(WAITING, args![source]).await?)?;
                    let present: HashSet<i64> = ids.iter().map(|id| record_key(&tx.key, id, None)).collect();
                    Ok((members, waiting, present))
                })
            })
            .await?;
        let joined: Vec<i64> = present.difference(&members).copied().collect();
        let there: HashSet<i64> = members.union(&waiting).copied().collect();
        let mut left: Vec<i64> = there.difference(&present).copied().collect();
        left.sort_unstable();
        let many = there.len() > SHORT_LIST && left.len() * 2 > there.len();
        let since = taken.doubt_at.filter(|_| many).unwrap_or_else(|| self.clock().now());
        let doubted = many && later(since, DOUBT) > self.clock().now();
        if !joined.is_empty() || doubted || taken.doubt_at.is_some() {
            let doubt = doubted.then_some(since);
            self.join_roster(taken, joined, doubt, left.len()).await?;
        }
        if doubted {
            return Ok(Departed { left: 0, doubted: left.len() });
        }
        for some in left.chunks(LEAVE_AT_ONCE) {
            self.leave(taken, some.to_vec()).await?;
        }
        Ok(Departed { left: left.len(), doubted: 0 })
    }

    async fn join_roster(
        &self,
        taken: &Endpoint,
        joined: Vec<i64>,
        doubt: Option<jiff::Timestamp>,
        missing: usize,
    ) -> Result<(), StoreError> {
        let taken = taken.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update endpoint set doubt_at = $1 where id = $2 and token = $3";
                tx.guarded(sql, args![doubt, taken.id, taken.token]).await?;
                let rows = joined.into_iter().map(|key| args![taken.id, key]).collect();
                tx.bulk("member (source_id, skey)", 2, rows, "on conflict (source_id, skey) do nothing").await?;
                if doubt.is_some() && taken.doubt_at.is_none() {
                    let body = serde_json::json!({ "source": taken.name, "missing": missing });
                    tx.note(Note::new("departures-doubted").body(body));
                }
                Ok(())
            })
        })
        .await
    }

    /// Records of these keys have left their source.
    ///
    /// # Errors
    /// The database did not answer, or the walk was taken over ([`StoreError::Conflict`]).
    pub(super) async fn leave(&self, taken: &Endpoint, keys: Vec<i64>) -> Result<(), StoreError> {
        let taken = taken.clone();
        self.write(move |tx| {
            Box::pin(async move {
                // First, so that a walk taken over stops here, and rows are locked in everybody's order.
                let sql = "update endpoint set lease_until = lease_until where id = $1 and token = $2";
                tx.guarded(sql, args![taken.id, taken.token]).await?;
                let count = keys.len();
                for key in keys {
                    left(tx, taken.id, key).await?;
                }
                let body = serde_json::json!({ "source": taken.name, "count": count });
                tx.note(Note::new("departed").body(body));
                Ok(())
            })
        })
        .await
    }
}

fn keys(rows: &[Row]) -> Result<HashSet<i64>, StoreError> {
    rows.iter().map(|row| row.int(0)).collect()
}

/// One record has left: its lead's consent is withdrawn, unless the same person asked elsewhere too.
async fn left(tx: &mut Tx, source: i64, key: i64) -> Result<(), StoreError> {
    tx.run("delete from member where source_id = $1 and skey = $2", args![source, key]).await?;
    tx.run("delete from recheck where source_id = $1 and skey = $2", args![source, key]).await?;
    let Some(before) = before(tx, source, key).await? else { return Ok(()) };
    // The id is free again: whoever signs up anew under it is heard.
    let freed = record_key(&tx.key, &format!("left {} {key}", before.inquiry), None);
    tx.guarded("update inquiry set skey = $1 where id = $2", args![freed, before.inquiry]).await?;
    if let Some(lead) = before.lead {
        lose(tx, source, lead).await?;
    }
    Ok(())
}
