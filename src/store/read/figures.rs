//! What is counted: stages, lanes, capacity in use, and times to the first response.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;
use crate::store::db::args;
use crate::store::{Row, Store, StoreError};

/// Times read at once.
const PAGE: SignedDuration = SignedDuration::from_hours(24);

/// One handed-off lead's times.
#[derive(Debug, Clone)]
pub struct SpeedRow {
    /// Source id.
    pub source: Arc<str>,
    /// Person id.
    pub person: Arc<str>,
    /// Team id.
    pub team: Arc<str>,
    /// Destination id.
    pub destination: Arc<str>,
    /// When the person asked.
    pub asked_at: Timestamp,
    /// When the destination took it.
    pub accepted_at: Timestamp,
    /// Answer by.
    pub answer_by: Option<Timestamp>,
    /// First response.
    pub first_at: Option<Timestamp>,
    /// Ended.
    pub closed_at: Option<Timestamp>,
}

impl Store {
    /// How many leads are in each stage, and how many records are aside (stage 0).
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn stage_counts(&self) -> Result<BTreeMap<i64, u64>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let mut counts = BTreeMap::new();
                for row in tx.all("select stage, count(*) from lead group by stage", vec![]).await? {
                    counts.insert(row.int(0)?, row.int(1)?.unsigned_abs());
                }
                let aside = tx.one_int("select count(*) from inquiry where lead_id is null", vec![]).await?;
                counts.insert(0, aside.unsigned_abs());
                Ok(counts)
            })
        })
        .await
    }

    /// Held leads by lane row.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn held_by_lane(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let rows = tx.all(held_lanes(tx.is_sqlite()), vec![]).await?;
                rows.iter().map(|row| Ok((row.text(0)?, row.int(2)?.unsigned_abs()))).collect()
            })
        })
        .await
    }

    /// Slots of handoffs that are not accepted yet, by cap.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn reserved_by_cap(&self) -> Result<BTreeMap<String, u32>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select c.name, cast(sum(s.amount) as bigint) from handoff h join slot s on s.handoff_id = h.id \
                           join cap c on c.id = s.cap_id where h.state in (1, 2, 6) group by c.name";
                let rows = tx.all(sql, vec![]).await?;
                rows.iter().map(|row| Ok((row.text(0)?, u32::try_from(row.int(1)?.max(0)).unwrap_or(u32::MAX)))).collect()
            })
        })
        .await
    }

    /// Records received in `[since, until)` that made no lead, per source: (source, touches, aside).
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn other_records(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(String, u64, u64)>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select e.name, \
                    cast(sum(case when i.lead_id is not null then 1 else 0 end) as bigint), \
                    cast(sum(case when i.lead_id is null then 1 else 0 end) as bigint) \
                    from inquiry i join endpoint e on e.id = i.source_id \
                    where i.code not in ('I-OK', 'I-LOOK-ALIKE', 'I-TEST') and i.received_at >= $1 and i.received_at < $2 \
                    group by e.name";
                let rows = tx.all(sql, args![since, until]).await?;
                rows.iter()
                    .map(|row| Ok((row.text(0)?, row.int(1)?.unsigned_abs(), row.int(2)?.unsigned_abs())))
                    .collect()
            })
        })
        .await
    }

    /// New leads per source since each of the given instants (ascending): counts per stretch between them.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn per_stretch(&self, edges: Vec<Timestamp>) -> Result<Vec<(String, usize, u64)>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let mut found = Vec::new();
                for (place, pair) in edges.windows(2).enumerate() {
                    let [from, to] = pair else { continue };
                    let sql = "select e.name, count(*) from lead l join endpoint e on e.id = l.source_id \
                               where l.received_at >= $1 and l.received_at < $2 group by e.name";
                    for row in tx.all(sql, args![*from, *to]).await? {
                        found.push((row.text(0)?, place, row.int(1)?.unsigned_abs()));
                    }
                }
                Ok(found)
            })
        })
        .await
    }

    /// Times of leads whose handoff was accepted, received in `[since, until)`; one row a lead, its first
    /// accepted handoff.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn speeds(&self, since: Timestamp, until: Timestamp) -> Result<Vec<SpeedRow>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select s.name, h.person, h.team, d.name, l.submitted_at, h.accepted_at, h.answer_by, \
                    (select min(x.first_at) from handoff x where x.lead_id = l.id), l.closed_at \
                    from handoff h join lead l on l.id = h.lead_id join endpoint s on s.id = l.source_id \
                    join endpoint d on d.id = h.destination_id where h.accepted_at is not null \
                    and l.received_at >= $1 and l.received_at < $2 and h.id = \
                    (select min(x.id) from handoff x where x.lead_id = l.id and x.accepted_at is not null)";
                // A day at a time: the rows as they come are ten times what is kept of them.
                let (mut found, mut names, mut from) = (Vec::new(), HashMap::new(), since);
                while from < until {
                    let to = later(from, PAGE).min(until);
                    for row in tx.all(sql, args![from, to]).await? {
                        found.push(speed_row(&row, &mut names)?);
                    }
                    from = to;
                }
                Ok(found)
            })
        })
        .await
    }
}

/// Key, codes and held leads of every lane in which somebody waits: counted first and named then, since a million keys
/// are long to sort.
pub(in crate::store) const fn held_lanes(is_sqlite: bool) -> &'static str {
    if is_sqlite {
        "select la.key, la.codes, due.many from (select lane, count(*) as many from lead indexed by lead_lane \
         where stage = 2 group by lane) due join lane la on la.id = due.lane"
    } else {
        "select la.key, la.codes, due.many from (select lane, count(*) as many from lead where stage = 2 group by lane) \
         due join lane la on la.id = due.lane"
    }
}

fn speed_row(row: &Row, names: &mut HashMap<String, Arc<str>>) -> Result<SpeedRow, StoreError> {
    let mut name = |at: usize| -> Result<Arc<str>, StoreError> {
        let text = row.text(at)?;
        Ok(Arc::clone(names.entry(text).or_insert_with_key(|text| Arc::from(text.as_str()))))
    };
    Ok(SpeedRow {
        source: name(0)?,
        person: name(1)?,
        team: name(2)?,
        destination: name(3)?,
        asked_at: row.at(4)?,
        accepted_at: row.at(5)?,
        answer_by: row.at_opt(6)?,
        first_at: row.at_opt(7)?,
        closed_at: row.at_opt(8)?,
    })
}
