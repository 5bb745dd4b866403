//! Leads as the figures count them, kept in chunks. The engine makes a chunk; a trigger takes it away in the very
//! transaction that changes one of its leads; a report reads what is kept and works out the rest from the rows, so
//! that it is exact whatever is kept. A page is one short transaction: no long snapshot keeps the write-ahead log
//! growing, and memory stays bounded.

use std::collections::{BTreeMap, BTreeSet};

use super::journeys::between;
use super::packed::{JourneyRow, pack, unpack};
use crate::store::db::args;
use crate::store::{Store, StoreError, Tx};

/// Leads of a chunk; the triggers of migration 17 count with it, too.
const CHUNK: i64 = 256;
/// Chunks of one page.
const PAGE: i64 = 32;
/// Chunks made in one transaction: an act of a person waits behind one at most.
const MADE: usize = 8;
/// The number of the kept chunks among PostgreSQL's advisory locks, as in migration 17.
const LOCK: i64 = 1905;

impl Store {
    /// The leads of the first pages of `[first, last]`, in order, and where the next page begins; `None` at the end.
    /// Leads just outside of the bounds may be among them.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn journeys(&self, first: i64, last: i64) -> Result<(Vec<JourneyRow>, Option<i64>), StoreError> {
        let from = first.div_euclid(CHUNK);
        let to = (from + PAGE - 1).min(last.div_euclid(CHUNK));
        let next = Some((to + 1) * CHUNK).filter(|next| *next <= last);
        let rows = self.read(move |tx| Box::pin(async move { page(tx, from, to).await })).await?;
        Ok((rows, next))
    }

    /// Makes chunks that are not kept, the latest first, at most a few; how many were made, and whether there are
    /// more to make. A chunk that is not full yet is left for later.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn keep_journeys(&self) -> Result<(usize, bool), StoreError> {
        let missing = self.read(|tx| Box::pin(async move { missing(tx).await })).await?;
        let more = missing.len() > MADE;
        let these: Vec<i64> = missing.into_iter().rev().take(MADE).collect();
        if these.is_empty() {
            return Ok((0, false));
        }
        let made = self
            .write(move |tx| {
                Box::pin(async move {
                    let mut made = 0;
                    for chunk in these {
                        made += usize::from(make(tx, chunk).await?);
                    }
                    Ok(made)
                })
            })
            .await?;
        Ok((made, more && made > 0))
    }
}

async fn page(tx: &mut Tx, from: i64, to: i64) -> Result<Vec<JourneyRow>, StoreError> {
    let sql = "select chunk, body from journeys where chunk >= $1 and chunk <= $2";
    let mut kept: BTreeMap<i64, Vec<JourneyRow>> = BTreeMap::new();
    for row in tx.all(sql, args![from, to]).await? {
        if let Some(rows) = row.bytes_opt(1)?.as_deref().and_then(unpack) {
            kept.insert(row.int(0)?, rows);
        }
    }
    let mut rows = Vec::new();
    let mut chunk = from;
    while chunk <= to {
        if let Some(known) = kept.remove(&chunk) {
            rows.extend(known);
            chunk += 1;
            continue;
        }
        // As far as nothing is kept in one go.
        let until = kept.range(chunk..).next().map_or(to, |(next, _)| next - 1);
        rows.extend(between(tx, chunk * CHUNK, until * CHUNK + CHUNK - 1).await?);
        chunk = until + 1;
    }
    Ok(rows)
}

/// Full chunks that are not kept, ascending.
async fn missing(tx: &mut Tx) -> Result<Vec<i64>, StoreError> {
    let bounds = tx.one("select min(id), max(id) from lead", vec![]).await?;
    let Some((first, last)) = bounds.map(|row| Ok::<_, StoreError>((row.int_opt(0)?, row.int_opt(1)?))).transpose()?
    else {
        return Ok(Vec::new());
    };
    let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
    let mut kept = BTreeSet::new();
    for row in tx.all("select chunk from journeys", vec![]).await? {
        kept.insert(row.int(0)?);
    }
    let full = first.div_euclid(CHUNK)..(last + 1).div_euclid(CHUNK);
    Ok(full.filter(|chunk| !kept.contains(chunk)).collect())
}

/// Makes one chunk; `false` where somebody is changing it right now.
async fn make(tx: &mut Tx, chunk: i64) -> Result<bool, StoreError> {
    if !tx.is_sqlite() {
        let row = tx.one("select pg_try_advisory_xact_lock($1::int, $2::int)::int::bigint", args![LOCK, chunk]).await?;
        if row.map(|row| row.int(0)).transpose()? != Some(1) {
            return Ok(false);
        }
    }
    let rows = between(tx, chunk * CHUNK, chunk * CHUNK + CHUNK - 1).await?;
    let Some(body) = pack(&rows) else { return Ok(false) };
    let sql = "insert into journeys (chunk, body) values ($1, $2) on conflict (chunk) do nothing";
    Ok(tx.run(sql, args![chunk, body]).await? > 0)
}
