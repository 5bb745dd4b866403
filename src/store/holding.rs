//! Held leads as a whole: given their lanes anew after a change of the config, and kept to as many as a cap may
//! hold. Both under the lock of a release, in steps of a bounded size.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::db::args;
use super::intake::ensure_lane;
use super::{Note, Store, StoreError, Tx};
use crate::lead::{Code, LeadId, Stage};
use crate::queue::Lane;

/// Most leads ended in one transaction because too many wait.
const OVERFLOW_AT_ONCE: u32 = 500;
/// Expiries that differ by less are not told apart.
const SAME_EXPIRY: SignedDuration = SignedDuration::from_mins(1);
/// Where it is kept under which config every held lead has its lane, and up to which lead of the next one.
const LANES_CONFIG: &str = "lanes_config";
const LANES_NEXT: &str = "lanes_next";
const LANES_UPTO: &str = "lanes_upto";

/// A held lead, to be placed.
#[derive(Debug, Clone)]
pub struct HeldRow {
    /// Source id.
    pub source: String,
    /// Service id.
    pub service: Option<String>,
    /// Facts and marks, JSON.
    pub facts: String,
    /// When the person asked.
    pub submitted_at: Timestamp,
    /// When it began to wait.
    pub decided_at: Timestamp,
    /// Who had this customer before.
    pub owner: Option<String>,
}

/// Where a held lead waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Lane key.
    pub lane: String,
    /// Higher is released first.
    pub priority: i64,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
}

/// How many may wait for a cap.
#[derive(Debug, Clone)]
pub struct HoldLimit {
    /// Cap id.
    pub cap: String,
    /// Most of them; 0: nobody waits.
    pub at_most: u32,
    /// How the others end.
    pub code: Code,
}

/// Do the leads of this lane wait for that cap?
pub type Waits = Box<dyn Fn(&Lane, &str) -> bool + Send + Sync>;

impl Store {
    /// Ends whoever waits beyond what a cap may hold, the last in order first. `waits`: do the leads of this
    /// lane wait for that cap? Returns how many.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn overflow(&self, limits: Vec<HoldLimit>, waits: Waits) -> Result<usize, StoreError> {
        if limits.is_empty() {
            return Ok(0);
        }
        self.write(move |tx| Box::pin(async move { overflow(tx, &limits, &*waits).await })).await
    }

    /// Gives the next `most` held leads their lanes under `config`; `None` once every one has it.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn replace_held(
        &self,
        config: i64,
        most: u32,
        place: Arc<dyn Fn(&HeldRow) -> Placed + Send + Sync>,
    ) -> Result<Option<usize>, StoreError> {
        let known = self.read(|tx| Box::pin(async move { meta(tx, LANES_CONFIG).await })).await?;
        if known == Some(config) {
            return Ok(None);
        }
        self.write(move |tx| Box::pin(async move { replace_held(tx, config, most, &*place).await })).await
    }
}

async fn overflow(
    tx: &mut Tx,
    limits: &[HoldLimit],
    waits: &(dyn Fn(&Lane, &str) -> bool + Send + Sync),
) -> Result<usize, StoreError> {
    tx.lock_caps().await?;
    let rows = tx.all("select id, key, codes from lane order by id", vec![]).await?;
    let mut ended = 0;
    for limit in limits {
        let full = Code::Cap(limit.cap.clone());
        let mut lanes = Vec::new();
        for row in &rows {
            let codes: Vec<Code> = serde_json::from_str(&row.text(2)?).unwrap_or_default();
            let lane = Lane::parse(&row.text(1)?);
            if codes.contains(&full) && lane.is_some_and(|lane| waits(&lane, &limit.cap)) {
                lanes.push(row.int(0)?.to_string());
            }
        }
        if !lanes.is_empty() {
            ended += end_last(tx, limit, &lanes.join(",")).await?;
        }
    }
    Ok(ended)
}

/// Ends the last of those who wait in these lanes, as far as there are too many.
async fn end_last(tx: &mut Tx, limit: &HoldLimit, lanes: &str) -> Result<usize, StoreError> {
    let (by_lane, in_order) =
        if tx.is_sqlite() { ("indexed by lead_lane ", "indexed by lead_queue ") } else { ("", "") };
    let counting = format!(
        "select count(*) from (select 1 as one from lead {by_lane}where stage = 2 and lane in ({lanes}) limit $1) as due"
    );
    let most = i64::from(limit.at_most) + i64::from(OVERFLOW_AT_ONCE);
    let rows = tx.all_once(counting, args![most]).await?;
    let waiting = rows.first().map(|row| row.int(0)).transpose()?.unwrap_or(0);
    let over = waiting - i64::from(limit.at_most);
    if over <= 0 {
        return Ok(0);
    }
    let last = format!(
        "select id from lead {in_order}where stage = 2 and lane in ({lanes}) order by priority, id desc limit $1"
    );
    let rows = tx.all_once(last, args![over]).await?;
    let code = limit.code.to_string();
    for row in &rows {
        let lead = row.int(0)?;
        let sql = "update lead set stage = $1, end_code = $2, closed_at = $3, rev = rev + 1 \
                   where id = $4 and stage = $5";
        tx.guarded(sql, args![Stage::Closed.number(), &code, tx.now(), lead, Stage::Held.number()]).await?;
        let body = serde_json::json!({ "code": code, "cap": limit.cap });
        tx.note(Note::new("overflow").lead(LeadId(lead)).body(body));
    }
    Ok(rows.len())
}

async fn replace_held(
    tx: &mut Tx,
    config: i64,
    most: u32,
    place: &(dyn Fn(&HeldRow) -> Placed + Send + Sync),
) -> Result<Option<usize>, StoreError> {
    tx.lock_caps().await?;
    let begun = meta(tx, LANES_NEXT).await? == Some(config);
    let after = if begun { meta(tx, LANES_UPTO).await?.unwrap_or(0) } else { 0 };
    let sql = "select l.id, e.name, l.service, l.facts, l.submitted_at, l.decided_at, la.key, l.priority, l.expires_at, \
               l.owner \
               from lead l join endpoint e on e.id = l.source_id left join lane la on la.id = l.lane \
               where l.stage = 2 and l.id > $1 order by l.id limit $2";
    let rows = tx.all(sql, args![after, i64::from(most)]).await?;
    let mut moved = 0;
    for row in &rows {
        let held = HeldRow {
            source: row.text(1)?,
            service: row.text_opt(2)?,
            facts: row.text(3)?,
            submitted_at: row.at(4)?,
            decided_at: row.at(5)?,
            owner: row.text_opt(9)?,
        };
        let placed = place(&held);
        let same_place = row.text_opt(6)?.as_ref() == Some(&placed.lane) && row.int(7)? == placed.priority;
        if same_place && about_same(row.at_opt(8)?, placed.expires_at) {
            continue;
        }
        let lane = ensure_lane(tx, &placed.lane).await?;
        let sql =
            "update lead set lane = $1, priority = $2, expires_at = $3, rev = rev + 1 where id = $4 and stage = 2";
        moved += tx.run(sql, args![lane, placed.priority, placed.expires_at, row.int(0)?]).await?;
    }
    let last = rows.last().map(|row| row.int(0)).transpose()?.unwrap_or(after);
    let whole = rows.len() < most as usize;
    set_meta(tx, LANES_NEXT, config).await?;
    set_meta(tx, LANES_UPTO, last).await?;
    if whole {
        set_meta(tx, LANES_CONFIG, config).await?;
        set_meta(tx, LANES_NEXT, 0).await?;
    }
    if moved > 0 {
        let mut note = Note::new("replaced").body(serde_json::json!({ "upto": last }));
        note.count = i64::try_from(moved).unwrap_or(i64::MAX);
        tx.note(note);
    }
    Ok(Some(rows.len()))
}

/// An expiry that differs by less than the time between deciding and storing is the same one.
fn about_same(a: Option<Timestamp>, b: Option<Timestamp>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.duration_until(b).abs() < SAME_EXPIRY,
        (a, b) => a == b,
    }
}

async fn meta(tx: &mut Tx, key: &str) -> Result<Option<i64>, StoreError> {
    tx.one("select value from meta where key = $1", args![key]).await?.map(|row| row.int(0)).transpose()
}

async fn set_meta(tx: &mut Tx, key: &str, value: i64) -> Result<(), StoreError> {
    let sql = "insert into meta (key, value) values ($1, $2) on conflict (key) do update set value = $2";
    tx.run(sql, args![key, value]).await.map(drop)
}
