//! Pauses of an answered handoff: since when, until when, for what.

use jiff::Timestamp;

use crate::lead::{HandoffId, Waits};
use crate::store::db::args;
use crate::store::{StoreError, Tx};

impl Tx {
    /// Pauses an answered handoff; no try is due before its end. When the next try was due before.
    ///
    /// # Errors
    /// It is paused already, or not answered ([`StoreError::Conflict`]), or the database did not answer.
    pub(crate) async fn pause(
        &mut self,
        handoff: HandoffId,
        waits: Waits,
        until: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let row = self.one("select try_at from handoff where id = $1", args![handoff.0]).await?;
        let before = row.ok_or(StoreError::Conflict)?.at_opt(0)?;
        let sql = "update handoff set pause = $1, paused_at = $2, paused_until = $3, \
                   try_at = case when try_at < $3 then $3 else try_at end where id = $4 and state = 4 \
                   and first_at is not null and (pause is null or paused_until <= $2)";
        self.guarded(sql, args![waits.name(), self.now, until, handoff.0]).await?;
        // The time to the outcome stands still as long; one that has just run out has none left.
        let sql = "update ladder set due_at = case when due_at < $1 then $1 else due_at end + $2 \
                   where handoff_id = $3 and rung = 'outcome' and done_at is null";
        self.run(sql, args![self.now, micros(self.now, until), handoff.0]).await?;
        Ok(before)
    }

    /// The time to the outcome goes on by so much sooner.
    async fn outcome_sooner(&mut self, handoff: HandoffId, by: i64) -> Result<(), StoreError> {
        let sql =
            "update ladder set due_at = due_at - $1 where handoff_id = $2 and rung = 'outcome' and done_at is null";
        self.run(sql, args![by, handoff.0]).await.map(drop)
    }

    /// The running pause of a handoff: since when, until when.
    async fn pause_of(&mut self, handoff: HandoffId) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let sql =
            "select paused_at, paused_until from handoff where id = $1 and pause is not null and paused_until > $2";
        let Some(row) = self.one(sql, args![handoff.0, self.now]).await? else { return Ok(None) };
        Ok(row.at_opt(0)?.zip(row.at_opt(1)?))
    }

    /// Ends a pause; the next try is due at once. `false`: it was not paused.
    ///
    /// # Errors
    /// The database did not answer.
    pub(crate) async fn resume(&mut self, handoff: HandoffId) -> Result<bool, StoreError> {
        let Some((_, until)) = self.pause_of(handoff).await? else { return Ok(false) };
        let sql = "update handoff set paused_until = $1, try_at = case when try_at > $1 then $1 else try_at end \
                   where id = $2 and pause is not null and paused_until = $3";
        self.guarded(sql, args![self.now, handoff.0, until]).await?;
        self.outcome_sooner(handoff, micros(self.now, until)).await?;
        Ok(true)
    }

    /// Takes a pause back, as if it had never been.
    ///
    /// # Errors
    /// It is not paused any more ([`StoreError::Conflict`]), or the database did not answer.
    pub(crate) async fn unpause(&mut self, handoff: HandoffId, try_at: Option<Timestamp>) -> Result<(), StoreError> {
        let (since, until) = self.pause_of(handoff).await?.ok_or(StoreError::Conflict)?;
        let sql = "update handoff set pause = null, paused_at = null, paused_until = null, try_at = $1 \
                   where id = $2 and pause is not null and paused_until = $3";
        self.guarded(sql, args![try_at, handoff.0, until]).await?;
        self.outcome_sooner(handoff, micros(since, until)).await
    }
}

fn micros(from: Timestamp, to: Timestamp) -> i64 {
    to.as_microsecond().saturating_sub(from.as_microsecond())
}
