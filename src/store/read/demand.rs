//! What flood index and utilisation are counted from: qualified leads by who could take them, and what people set
//! over the config in the past.

use jiff::Timestamp;

use crate::lead::{LeadId, VerdictKind};
use crate::queue::Lane;
use crate::queue::past::{Past, Set};
use crate::store::db::args;
use crate::store::{Store, StoreError};

/// A lane as a row: its id, and how many qualified leads it had.
type Counted = (i64, Lane, u64);

/// What happened to the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigPast {
    /// When the first one came into force.
    pub first_at: Option<Timestamp>,
    /// Others that first came into force within the time that was asked for.
    pub changed: u64,
}

impl Store {
    /// Leads in force as qualified that were decided in `[from, to)`, by their lane: its row, itself, how many.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn demand_by_lane(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Counted>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select n.id, n.key, due.many from (select lane, count(*) as many from lead where verdict = $1 \
                           and decided_at >= $2 and decided_at < $3 and lane is not null group by lane) due \
                           join lane n on n.id = due.lane";
                let rows = tx.all(sql, args![VerdictKind::Qualified as i64, from, to]).await?;
                let lane = |key: String| {
                    Lane::parse(&key).ok_or_else(|| StoreError::Damaged(format!("the lane {key} cannot be read")))
                };
                rows.iter().map(|row| Ok((row.int(0)?, lane(row.text(1)?)?, row.int(2)?.unsigned_abs()))).collect()
            })
        })
        .await
    }

    /// The same leads of these lanes, by their numbers, at most `most`.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn demand_of_lanes(
        &self,
        lanes: Vec<i64>,
        (from, to): (Timestamp, Timestamp),
        most: usize,
    ) -> Result<Vec<LeadId>, StoreError> {
        let list = lanes.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        self.read(move |tx| {
            Box::pin(async move {
                let sql = format!(
                    "select id from lead where verdict = $1 and decided_at >= $2 and decided_at < $3 \
                     and lane in ({list}) order by id limit $4"
                );
                let rows = tx.all_once(sql, args![VerdictKind::Qualified as i64, from, to, most]).await?;
                rows.iter().map(|row| Ok(LeadId(row.int(0)?))).collect()
            })
        })
        .await
    }

    /// The leads that hold a place of these caps, by their numbers.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn holders_of(&self, caps: Vec<String>, most: usize) -> Result<Vec<LeadId>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let mut found = std::collections::BTreeSet::new();
                for cap in caps {
                    let sql = "select h.lead_id from slot s join cap c on c.id = s.cap_id join handoff h \
                               on h.id = s.handoff_id where c.name = $1 group by h.lead_id having sum(s.amount) > 0 \
                               limit $2";
                    for row in tx.all(sql, args![cap, most]).await? {
                        found.insert(LeadId(row.int(0)?));
                    }
                }
                Ok(found.into_iter().collect())
            })
        })
        .await
    }

    /// What people set of caps and said of people in `[from, to)`.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn set_between(&self, from: Timestamp, to: Timestamp) -> Result<Past, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select kind, name, value, since, until, ended_at from override where kind in ('cap', 'person') \
                           and since < $2 and (until is null or until > $1) and (ended_at is null or ended_at > $1) \
                           order by since, id";
                let mut past = Past::default();
                for row in tx.all(sql, args![from, to]).await? {
                    let ends = row.at_opt(4)?.into_iter().chain(row.at_opt(5)?).min().unwrap_or(Timestamp::MAX);
                    let set = Set { over: (row.at(3)?, ends), value: row.int(2)? };
                    if set.over.0 >= ends {
                        continue; // Set again in the same moment: never in force.
                    }
                    let into = if row.text(0)? == "cap" { &mut past.caps } else { &mut past.people };
                    into.entry(row.text(1)?).or_default().push(set);
                }
                Ok(past)
            })
        })
        .await
    }

    /// Since when there are configurations, and how many others came in `[from, to)`.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn configs_between(&self, from: Timestamp, to: Timestamp) -> Result<ConfigPast, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let row = tx.one("select min(activated_at) from config", vec![]).await?;
                let first_at = row.map(|row| row.at_opt(0)).transpose()?.flatten();
                let sql = "select count(*) from config where activated_at >= $1 and activated_at < $2";
                let begun = first_at.map_or(from, |first| first.max(from));
                let all = tx.one_int(sql, args![begun, to]).await?.unsigned_abs();
                let own = u64::from(first_at.is_some_and(|first| first >= from && first < to));
                Ok(ConfigPast { first_at, changed: all.saturating_sub(own) })
            })
        })
        .await
    }
}
