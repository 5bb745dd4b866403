//! What people set while running: caps, pauses, leave (the layer above the config), and costs entered by
//! hand. Overrides are never changed, only ended; costs are never changed, only re-stated.

use jiff::Timestamp;
use jiff::civil::Date;

use super::db::args;
use super::intake::PLATFORM;
use super::{Note, Store, StoreError, Tx};

/// What an override is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OverrideKind {
    /// A cap's maximum.
    Cap,
    /// A source that is paused (value 0).
    Source,
    /// What was said of a person: a [`crate::queue::attendance::Said`] by its number.
    Person,
}

impl OverrideKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Cap => "cap",
            Self::Source => "source",
            Self::Person => "person",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Cap, Self::Source, Self::Person].into_iter().find(|kind| kind.word() == word)
    }
}

/// Something a person set while running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Row id.
    pub id: i64,
    /// About what.
    pub kind: OverrideKind,
    /// Cap, source or person id.
    pub name: String,
    /// The value.
    pub value: i64,
    /// Until when; `None` until it is ended.
    pub until: Option<Timestamp>,
    /// When it was set.
    pub at: Timestamp,
    /// By whom.
    pub who: String,
    /// Why.
    pub reason: String,
}

/// A cost entered by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Source id.
    pub source: String,
    /// Campaign.
    pub campaign: Option<String>,
    /// Local day.
    pub day: Date,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
}

impl Store {
    /// Overrides in force now.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn overrides(&self) -> Result<Vec<Override>, StoreError> {
        self.read(|tx| Box::pin(live(tx))).await
    }

    /// Enters a cost.
    ///
    /// # Errors
    /// The database did not answer, or the source was never known to it.
    pub async fn add_cost(&self, cost: Cost, who: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "select id from endpoint where kind = 'source' and name = $1";
                let Some(row) = tx.one(sql, args![&cost.source]).await? else {
                    return Err(StoreError::Unusable(format!("no source {:?} is known here", cost.source)));
                };
                let (source, id) = (row.int(0)?, tx.next_id("cost").await?);
                let sql = "insert into cost (id, source_id, campaign, day, amount, currency, as_of, who) \
                           values ($1, $2, $3, $4, $5, $6, $7, $8)";
                let day = cost.day.to_string();
                let values =
                    args![id, source, cost.campaign.clone(), &day, cost.amount, &cost.currency, tx.now(), &who];
                tx.run(sql, values).await?;
                let body = serde_json::json!({ "source": cost.source, "day": day, "amount": cost.amount,
                    "currency": cost.currency });
                tx.note(Note::new("cost").by(&who).body(body));
                Ok(())
            })
        })
        .await
    }

    /// Costs per source between two local days, inclusive: (source, currency, minor units). What people entered
    /// adds up; of what a platform said of a campaign and day, the latest counts.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn costs(&self, since: Date, until: Date) -> Result<Vec<(String, String, i64)>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select e.name, c.currency, cast(sum(c.amount) as bigint) from cost c \
                           join endpoint e on e.id = c.source_id where c.day >= $1 and c.day <= $2 \
                           and (c.who <> $3 or not exists (select 1 from cost x where x.source_id = c.source_id \
                           and x.day = c.day and x.campaign = c.campaign and x.who = c.who \
                           and (x.as_of > c.as_of or (x.as_of = c.as_of and x.id > c.id)))) \
                           group by e.name, c.currency order by e.name, c.currency";
                let rows = tx.all(sql, args![since.to_string(), until.to_string(), PLATFORM]).await?;
                rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.int(2)?))).collect()
            })
        })
        .await
    }
}

pub(crate) async fn live(tx: &mut Tx) -> Result<Vec<Override>, StoreError> {
    let sql = "select id, kind, name, value, until, at, who, reason from override \
               where ended_at is null and (until is null or until > $1) order by id";
    let rows = tx.all(sql, args![tx.now()]).await?;
    rows.iter()
        .map(|row| {
            let kind = row.text(1)?;
            Ok(Override {
                id: row.int(0)?,
                kind: OverrideKind::parse(&kind).ok_or_else(|| StoreError::Damaged(format!("override {kind}")))?,
                name: row.text(2)?,
                value: row.int(3)?,
                until: row.at_opt(4)?,
                at: row.at(5)?,
                who: row.text(6)?,
                reason: row.text(7)?,
            })
        })
        .collect()
}

impl Tx {
    /// Ends what is set for `name`; returns the ids that were in force.
    pub(crate) async fn end_override(&mut self, kind: OverrideKind, name: &str) -> Result<Vec<i64>, StoreError> {
        if kind == OverrideKind::Cap {
            // Not while a release counts on what is set.
            self.lock_caps().await?;
        }
        let sql = "update override set ended_at = $1 where kind = $2 and name = $3 and ended_at is null returning id";
        let rows = self.all(sql, args![self.now, kind.word(), name]).await?;
        rows.iter().map(|row| row.int(0)).collect()
    }

    /// Sets a value for `name`, ending what was set before; returns (new id, ended ids).
    pub(crate) async fn set_override(
        &mut self,
        kind: OverrideKind,
        name: &str,
        value: i64,
        until: Option<Timestamp>,
        who: &str,
        reason: &str,
    ) -> Result<(i64, Vec<i64>), StoreError> {
        let ended = self.end_override(kind, name).await?;
        let id = self.next_id("override").await?;
        let sql = "insert into override (id, kind, name, value, since, until, at, who, reason) \
                   values ($1, $2, $3, $4, $5, $6, $5, $7, $8)";
        self.run(sql, args![id, kind.word(), name, value, self.now, until, who, reason]).await?;
        Ok((id, ended))
    }

    /// Puts overrides back in force after an undo; a conflict where somebody has set the same meanwhile.
    pub(crate) async fn restore_overrides(&mut self, ids: &[i64]) -> Result<(), StoreError> {
        // Not while a release counts on what is set.
        self.lock_caps().await?;
        for id in ids {
            let sql = "select count(*) from override was join override other on other.kind = was.kind \
                       and other.name = was.name where was.id = $1 and other.ended_at is null \
                       and (other.until is null or other.until > $2)";
            if self.one_int(sql, args![*id, self.now]).await? > 0 {
                return Err(StoreError::Conflict);
            }
            self.guarded("update override set ended_at = null where id = $1 and ended_at is not null", args![*id])
                .await?;
        }
        Ok(())
    }
}
