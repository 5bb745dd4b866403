//! Sources that are read more rarely because there is no room for what they bring.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Endpoint;
use crate::health::{Avoided, HeldFor, Usual};
use crate::store::db::args;
use crate::store::{Note, Store, StoreError};

/// An engine that runs looks at a held-back source at least this often; for longer none ran.
pub const LOOKS_APART: SignedDuration = SignedDuration::from_mins(10);

/// How much a source is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Read more rarely.
    Slow,
    /// Read only as often as nothing may be lost.
    Paused,
}

/// Why and since when a source is held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressure {
    /// How much.
    pub level: Level,
    /// How full it is about to be: what is expected, in percent of what can be taken.
    pub fill: u32,
    /// Since when it is held back at all.
    pub since: Timestamp,
    /// Since when at this level.
    pub level_at: Timestamp,
    /// When what waits now will have left the queue; `None` beyond the forecast.
    pub until: Option<Timestamp>,
    /// Since when the far side is told to bring no more people.
    pub told_at: Option<Timestamp>,
    /// Why it could not be told, in words.
    pub refused: Option<String>,
    /// When an engine last looked at it: up to then `held` counts it as slowed or paused. `None` in a row written
    /// before this was kept; there `held` ends at `level_at`.
    #[serde(default)]
    pub looked_at: Option<Timestamp>,
    /// What it brought and cost before it was held back.
    #[serde(default)]
    pub usual: Usual,
    /// How long it was held back until `looked_at` by an engine that ran, and its vendor told before `told_at`.
    #[serde(default)]
    pub held: HeldFor,
}

impl Pressure {
    /// How long it was held back until `now`, in all. While no engine ran nothing was read anyway: that is not held
    /// back. A vendor that was told to stop stays told, whoever runs.
    pub fn held_until(&self, now: Timestamp) -> HeldFor {
        let secs = |since: Timestamp| since.duration_until(now).as_secs().max(0);
        let ran = match self.looked_at {
            Some(at) => secs(at).min(LOOKS_APART.as_secs()),
            None => secs(self.level_at),
        };
        let mut held = self.held;
        match self.level {
            Level::Slow => held.slowed += ran,
            Level::Paused => held.paused += ran,
        }
        held.told += self.told_at.map_or(0, secs);
        held
    }
}

/// The last time a source was held back, now over, and what that left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relieved {
    /// Since when it was held back.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// What was left out, about.
    pub avoided: Avoided,
    /// How long its vendor was told to bring no more people, in seconds.
    pub told: i64,
    /// What the estimate goes by.
    pub usual: Usual,
}

impl Store {
    /// Keeps how a source is held back, with the journal's entries where something changed. A source that was
    /// let go is due at once, and keeps what holding it back left out.
    ///
    /// # Errors
    /// The database did not answer, or somebody else decided first ([`StoreError::Conflict`]).
    pub async fn set_pressure(
        &self,
        of: &Endpoint,
        pressure: Option<Pressure>,
        relieved: Option<Relieved>,
        told: Vec<(&'static str, serde_json::Value)>,
    ) -> Result<(), StoreError> {
        let before = of.pressure.as_ref().map(text);
        let relieved = relieved.and_then(|relieved| serde_json::to_string(&relieved).ok());
        let id = of.id;
        self.write(move |tx| {
            Box::pin(async move {
                let now = tx.now();
                let sql = "update endpoint set pressure = $1, relieved = coalesce($5, relieved), \
                           due_at = case when $1 is null and due_at > $2 and class is null then $2 else due_at end \
                           where id = $3 and coalesce(pressure, '') = coalesce($4, '')";
                tx.guarded(sql, args![pressure.as_ref().map(text), now, id, before, relieved]).await?;
                for (kind, body) in told {
                    tx.note(Note::new(kind).body(body));
                }
                Ok(())
            })
        })
        .await
    }
}

/// Leads of a source that are looked at to know how many of them are qualified, counted over all sources.
const SAMPLE: i64 = 20_000;

impl Store {
    /// Of the latest leads, how many there are of each source and how many of these are qualified.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn qualified_lately(&self) -> Result<BTreeMap<String, (u64, u64)>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select e.name, count(*), \
                           cast(sum(case when l.verdict = 1 then 1 else 0 end) as bigint) from lead l \
                           join endpoint e on e.id = l.source_id \
                           where l.id > (select coalesce(max(id), 0) from lead) - $1 group by e.name";
                let rows = tx.all(sql, args![SAMPLE]).await?;
                let count = |row: &crate::store::Row, at| row.int(at).map(i64::unsigned_abs);
                rows.iter().map(|row| Ok((row.text(0)?, (count(row, 1)?, count(row, 2)?)))).collect()
            })
        })
        .await
    }
}

fn text(pressure: &Pressure) -> String {
    serde_json::to_string(pressure).unwrap_or_default()
}
