//! What people set while running: caps, pauses, leave (the layer above the config). Overrides are
//! never changed, only ended.

use jiff::Timestamp;

use super::db::args;
use super::{Store, StoreError, Tx};
use crate::queue::attendance::Said;

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

impl Store {
    /// Overrides in force now.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn overrides(&self) -> Result<Vec<Override>, StoreError> {
        self.read(|tx| Box::pin(live(tx))).await
    }
}

pub(crate) async fn live(tx: &mut Tx) -> Result<Vec<Override>, StoreError> {
    let sql = "select id, kind, name, value, until, at, who, reason from override \
               where ended_at is null and (until is null or until > $1) order by id";
    let rows = tx.all(sql, args![tx.now()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Override {
                id: row.int(0)?,
                kind: kind_of(&row.text(1)?)?,
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

fn kind_of(word: &str) -> Result<OverrideKind, StoreError> {
    OverrideKind::parse(word).ok_or_else(|| StoreError::Damaged(format!("override {word}")))
}

impl Tx {
    /// Ends what is set for `name`; returns the ids that were in force.
    pub(crate) async fn end_override(&mut self, kind: OverrideKind, name: &str) -> Result<Vec<i64>, StoreError> {
        if matches!(kind, OverrideKind::Cap | OverrideKind::Person) {
            // Not while a release counts on what is set.
            self.lock_caps().await?;
        }
        let sql = "update override set ended_at = $1 where kind = $2 and name = $3 and ended_at is null returning id";
        let rows = self.all(sql, args![self.now, kind.word(), name]).await?;
        rows.iter().map(|row| row.int(0)).collect()
    }

    /// Sets a value for `name`, ending what was set before; returns (new id, ended ids). What waits to be sent to
    /// somebody who is away from now on is withheld in the same transaction.
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
        self.withhold_from_absent(kind, name, value).await?;
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
            let row = self.one("select kind, name, value from override where id = $1", args![*id]).await?;
            if let Some((kind, name, value)) =
                row.map(|row| Ok::<_, StoreError>((kind_of(&row.text(0)?)?, row.text(1)?, row.int(2)?))).transpose()?
            {
                self.withhold_from_absent(kind, &name, value).await?;
            }
        }
        Ok(())
    }

    /// What was decided for somebody and not tried yet is not sent to them while they are away: the release takes it
    /// back and decides anew.
    async fn withhold_from_absent(&mut self, kind: OverrideKind, name: &str, value: i64) -> Result<(), StoreError> {
        if kind != OverrideKind::Person || !Said::from_number(value).keeps_away() {
            return Ok(());
        }
        let sql = "update handoff set valid_until = $1 where person = $2 and state = 1 and closed_at is null \
                   and (valid_until is null or valid_until > $1)";
        self.run(sql, args![self.now, name]).await.map(drop)
    }
}
