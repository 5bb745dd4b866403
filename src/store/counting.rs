//! What a release looks at: the first leads of every lane, and what is used of every cap.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::db::args;
use super::queue::Count;
use super::{StoreError, Tx};
use crate::lead::LeadId;
use crate::queue::{HeldLead, Lane, LaneHeads, Use, Uses};

/// Leads read in one question at most, about: rows as they come take far more room than what is kept of them.
const ROWS_AT_ONCE: usize = 2_000;

/// The lanes in which somebody waits, each with its first leads and the codes left on it.
pub(super) async fn lanes(tx: &mut Tx, heads: usize) -> Result<Vec<(LaneHeads, String)>, StoreError> {
    let mut found: Vec<(LaneHeads, String)> = Vec::new();
    let rows = tx.all("select id, key, codes from lane order by id", vec![]).await?;
    for some in rows.chunks((ROWS_AT_ONCE / heads.max(1)).max(1)) {
        let [Some(first), Some(last)] = [some.first(), some.last()] else { continue };
        let mut leads = heads_of(tx, (first.int(0)?, last.int(0)?), heads).await?;
        for row in some {
            let (id, key) = (row.int(0)?, row.text(1)?);
            if let Some(leads) = leads.remove(&id) {
                let lane =
                    Lane::parse(&key).ok_or_else(|| StoreError::Damaged(format!("lane {id} has no readable key")))?;
                found.push((LaneHeads { id, lane, leads }, row.text(2)?));
            }
        }
    }
    Ok(found)
}

/// The first leads of the lanes from one id to another, in one question: a server is asked over a network, and a file
/// by another thread.
async fn heads_of(
    tx: &mut Tx,
    (first, last): (i64, i64),
    most: usize,
) -> Result<BTreeMap<i64, Vec<HeldLead>>, StoreError> {
    let sql = if tx.is_sqlite() {
        // There is no lateral join: the rows are named by a subquery of each lane.
        "select la.id, h.id, h.rev, h.priority from lane la join lead h on h.id in \
         (select id from lead indexed by lead_lane where lane = la.id and stage = 2 \
         and (expires_at is null or expires_at > $2) order by priority desc, id limit $1) \
         where la.id between $3 and $4 order by la.id, h.priority desc, h.id"
    } else {
        "select n.id, h.id, h.rev, h.priority from lane n cross join lateral \
         (select id, rev, priority from lead where lane = n.id and stage = 2 \
         and (expires_at is null or expires_at > $2) order by priority desc, id limit $1) h \
         where n.id between $3 and $4 order by n.id, h.priority desc, h.id"
    };
    let mut found: BTreeMap<i64, Vec<HeldLead>> = BTreeMap::new();
    for row in tx.all(sql, args![most, tx.now(), first, last]).await? {
        let held = HeldLead { lead: LeadId(row.int(1)?), rev: row.int(2)?, priority: row.int(3)? };
        found.entry(row.int(0)?).or_default().push(held);
    }
    Ok(found)
}

/// The first leads of one lane.
pub(super) async fn lane_heads(tx: &mut Tx, lane: i64, most: usize) -> Result<Vec<HeldLead>, StoreError> {
    let indexed = if tx.is_sqlite() { "indexed by lead_lane " } else { "" };
    // Somebody whose time is over is never released, even when nobody has ended them yet.
    let sql = format!(
        "select id, rev, priority from lead {indexed}where lane = $1 and stage = 2 \
         and (expires_at is null or expires_at > $3) order by priority desc, id limit $2"
    );
    let rows = tx.all(&sql, args![lane, most, tx.now()]).await?;
    rows.iter().map(|row| Ok(HeldLead { lead: LeadId(row.int(0)?), rev: row.int(1)?, priority: row.int(2)? })).collect()
}

/// What is used of each cap that is asked about.
pub(super) async fn uses(tx: &mut Tx, counts: &[Count]) -> Result<Uses, StoreError> {
    let mut ids = BTreeMap::new();
    for row in tx.all("select name, id from cap", vec![]).await? {
        ids.insert(row.text(0)?, row.int(1)?);
    }
    // Caps whose windows begin together are counted together.
    let mut together: BTreeMap<(Timestamp, bool), BTreeMap<i64, &Count>> = BTreeMap::new();
    for count in counts {
        if let Some(id) = ids.get(&count.cap) {
            let since = count.since.unwrap_or(Timestamp::MIN);
            together.entry((since, count.newest_only || count.rolls)).or_default().insert(*id, count);
        }
    }
    let mut uses = Uses::new();
    for ((since, newest_only), caps) in together {
        let list = caps.keys().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let sum =
            "(select cast(coalesce(sum(s.amount), 0) as bigint) from slot s where s.cap_id = cap.id and s.at >= $1)";
        let sum = if newest_only { "cast($1 as bigint)" } else { sum };
        let sql = format!(
            "select cap.id, (select max(s.at) from slot s where s.cap_id = cap.id), {sum} from cap where cap.id in ({list})"
        );
        for row in tx.all_once(sql, args![since]).await? {
            let Some(count) = caps.get(&row.int(0)?) else { continue };
            let last_at = row.at_opt(1)?;
            let mut found = Use { last_at, ..Use::default() };
            if count.rolls && last_at.is_some() {
                found = rolling(tx, row.int(0)?, since, last_at).await?;
            } else if !newest_only {
                let sum = row.int(2)?;
                found.count = u32::try_from(sum.max(0)).unwrap_or(u32::MAX);
                found.surplus = u32::try_from(sum.saturating_neg().max(0)).unwrap_or(u32::MAX);
            }
            uses.insert(count.cap.clone(), found);
        }
    }
    Ok(uses)
}

/// What is used of a cap whose window moves: every slot of it, oldest first.
async fn rolling(tx: &mut Tx, cap: i64, since: Timestamp, last_at: Option<Timestamp>) -> Result<Use, StoreError> {
    let sql = "select at, cast(sum(amount) as bigint) from slot where cap_id = $1 and at >= $2 group by at order by at";
    let mut found = Use { last_at, ..Use::default() };
    for row in tx.all(sql, args![cap, since]).await? {
        found.take(row.at(0)?, u32::try_from(row.int(1)?.max(0)).unwrap_or(u32::MAX), true);
    }
    Ok(Use { last_at, ..found })
}
