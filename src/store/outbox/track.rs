//! Accepted handoffs, asked about until somebody has answered, and the marks that are kept of it.

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;
use crate::handoff::Reference;
use crate::lead::{HandoffId, HandoffState, LeadId, Quality};
use crate::store::db::args;
use crate::store::{Note, Store, StoreError, Tx};

/// An accepted handoff to be asked about.
#[derive(Debug, Clone)]
pub struct Tracked {
    /// Its number.
    pub id: HandoffId,
    /// The lead.
    pub lead: LeadId,
    /// Destination endpoint row.
    pub destination: i64,
    /// Team id.
    pub team: String,
    /// Its name there.
    pub reference: Reference,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// First response known so far.
    pub first_at: Option<Timestamp>,
    /// Polls so far.
    pub polls: i64,
    /// Another handoff is in its place: nothing but an answer counts.
    pub is_replaced: bool,
}

impl Store {
    /// Accepted handoffs to ask about now.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn tracked_due(&self, most: u32, even_if_not_due: bool) -> Result<Vec<Tracked>, StoreError> {
        self.read(move |tx| {
            let until = if even_if_not_due { Timestamp::MAX } else { tx.now() };
            Box::pin(tracked_due(tx, most, until))
        })
        .await
    }

    /// Notes what a poll said: a first response (kept when earliest), and when to ask again.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn polled(
        &self,
        of: &Tracked,
        first: Option<(Timestamp, Quality)>,
        next: Option<Timestamp>,
        open_caps: Vec<String>,
    ) -> Result<(), StoreError> {
        let of = of.clone();
        self.write(move |tx| {
            Box::pin(async move {
                if let Some((at, quality)) = first {
                    let id = in_place_of(tx, of.id).await?;
                    first_response(tx, id, of.lead, at.max(of.accepted_at), quality, "ticket", &open_caps).await?;
                }
                // One in whose place another one is, is asked about as long as somebody is to answer that.
                let sql = "update handoff set polls = polls + 1, poll_at = case when state = 8 and not exists \
                           (select 1 from handoff n where n.lead_id = handoff.lead_id and n.id > handoff.id \
                           and n.state not in (5, 8) and n.first_at is null) then null else $1 end \
                           where id = $2 and state in (3, 4, 8)";
                tx.run(sql, args![next, of.id.0]).await.map(drop)
            })
        })
        .await
    }
}

impl Store {
    /// Somebody says that something happened at a destination: its youngest open handoffs are asked about as soon as
    /// `spacing` after the last one that was asked about. Returns how many come earlier.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn look_soon(&self, destination: i64, spacing: SignedDuration, most: u32) -> Result<u64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                // The row remembers the last call, so that no number of calls and no restart asks more often.
                let sql = "select cursor from endpoint where id = $1";
                let row = tx.one(sql, args![destination]).await?.ok_or(StoreError::Conflict)?;
                let last = row.text(0)?.parse::<Timestamp>().ok();
                let at = last.map_or(tx.now(), |last| later(last, spacing).max(tx.now()));
                let sql = "update handoff set poll_at = $1 where id in (select id from handoff where destination_id = $2 \
                           and state in (3, 4, 8) and poll_at > $1 order by id desc limit $3)";
                let earlier = tx.run(sql, args![at, destination, i64::from(most)]).await?;
                if earlier > 0 {
                    tx.run("update endpoint set cursor = $1 where id = $2", args![at.to_string(), destination]).await?;
                }
                Ok(earlier)
            })
        })
        .await
    }
}

async fn tracked_due(tx: &mut Tx, most: u32, until: Timestamp) -> Result<Vec<Tracked>, StoreError> {
    let sql = "select id, lead_id, destination_id, team, reference, number, url, accepted_at, first_at, polls, state \
               from handoff where poll_at is not null and poll_at <= $1 and state in (3, 4, 8) order by poll_at limit $2";
    let rows = tx.all(sql, args![until, i64::from(most)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Tracked {
                id: HandoffId(row.int(0)?),
                lead: LeadId(row.int(1)?),
                destination: row.int(2)?,
                team: row.text(3)?,
                reference: Reference {
                    id: row.text_opt(4)?.unwrap_or_default(),
                    number: row.text_opt(5)?,
                    url: row.text_opt(6)?,
                },
                accepted_at: row.at(7)?,
                first_at: row.at_opt(8)?,
                polls: row.int(9)?,
                is_replaced: row.int(10)? == HandoffState::Dropped.number(),
            })
        })
        .collect()
}

/// The handoff that an answer to this one counts for: the one in its place, where another one is there by now.
pub(super) async fn in_place_of(tx: &mut Tx, id: HandoffId) -> Result<HandoffId, StoreError> {
    let sql = "select n.id from handoff o join handoff n on n.lead_id = o.lead_id and n.id > o.id and n.state <> 8 \
               where o.id = $1 and o.state = 8 and o.first_at is null order by n.id desc limit 1";
    let row = tx.one(sql, args![id.0]).await?;
    Ok(row.map(|row| row.int(0)).transpose()?.map_or(id, HandoffId))
}

/// Stamps a first response: a mark always, the handoff's moment only when it is the earliest. The open
/// backlog ends with it.
pub(crate) async fn first_response(
    tx: &mut Tx,
    id: HandoffId,
    lead: LeadId,
    at: Timestamp,
    quality: Quality,
    origin: &str,
    open_caps: &[String],
) -> Result<Option<i64>, StoreError> {
    let known = "select id from mark m where handoff_id = $1 and kind = 'first' and at = $2 and origin = $3 \
                 and not exists (select 1 from mark v where v.handoff_id = m.handoff_id and v.voids = m.id)";
    if tx.one(known, args![id.0, at, origin]).await?.is_some() {
        return Ok(None);
    }
    let mark = add_mark(tx, id, lead, "first", at, quality, origin, None, None).await?;
    let sql = "update handoff set first_at = $1, first_quality = $2 \
               where id = $3 and (first_at is null or first_at > $1)";
    let earliest = tx.run(sql, args![at, quality as i64, id.0]).await? == 1;
    tx.run("update handoff set state = 4 where id = $1 and state = 3", args![id.0]).await?;
    if earliest {
        free_open_slots(tx, id, open_caps).await?;
        let body = serde_json::json!({ "at": at.to_string(), "origin": origin });
        tx.note(Note::new("first-response").lead(lead).handoff(id).body(body));
    }
    Ok(Some(mark))
}

/// Gives back the open-backlog slots of a handoff.
pub(crate) async fn free_open_slots(tx: &mut Tx, id: HandoffId, open_caps: &[String]) -> Result<(), StoreError> {
    for cap in open_caps {
        let sql = "delete from slot where handoff_id = $1 and cap_id in (select id from cap where name = $2)";
        tx.run(sql, args![id.0, cap]).await?;
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)] // one row's columns, named once
pub(crate) async fn add_mark(
    tx: &mut Tx,
    handoff: HandoffId,
    lead: LeadId,
    kind: &str,
    at: Timestamp,
    quality: Quality,
    origin: &str,
    code: Option<String>,
    amount: Option<i64>,
) -> Result<i64, StoreError> {
    let id = tx.next_id("mark").await?;
    let sql = "insert into mark (id, handoff_id, lead_id, kind, at, seen_at, quality, origin, code, amount) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = args![id, handoff.0, lead.0, kind, at, tx.now(), quality as i64, origin, code, amount];
    tx.run(sql, values).await?;
    Ok(id)
}
