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
        Ok(before)
    }

    /// Ends a pause; the next try is due at once. `false`: it was not paused.
    ///
    /// # Errors
    /// The database did not answer.
    pub(crate) async fn resume(&mut self, handoff: HandoffId) -> Result<bool, StoreError> {
        let sql = "update handoff set paused_until = $1, try_at = case when try_at > $1 then $1 else try_at end \
                   where id = $2 and pause is not null and paused_until > $1";
        Ok(self.run(sql, args![self.now, handoff.0]).await? == 1)
    }

    /// Takes a pause back, as if it had never been.
    ///
    /// # Errors
    /// It is not paused any more ([`StoreError::Conflict`]), or the database did not answer.
    pub(crate) async fn unpause(&mut self, handoff: HandoffId, try_at: Option<Timestamp>) -> Result<(), StoreError> {
        let sql = "update handoff set pause = null, paused_at = null, paused_until = null, try_at = $1 \
                   where id = $2 and pause is not null and paused_until > $3";
        self.guarded(sql, args![try_at, handoff.0, self.now]).await
    }
}
