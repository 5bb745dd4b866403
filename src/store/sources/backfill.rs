//! Reading again from an earlier moment: the cursor is set back, nobody's walk in progress may move it on,
//! and what is known already is dropped as ever.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{COLUMNS, Endpoint, endpoint};
use crate::store::db::args;
use crate::store::{Note, Store, StoreError, Tx};

/// A back-fill of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backfill {
    /// From when on everything is read again.
    pub since: Timestamp,
    /// When it was asked for.
    pub at: Timestamp,
    /// By whom; `leadgate` after a gap.
    pub who: String,
    /// Why, in words.
    pub why: String,
    /// The cursor before, JSON: what giving it up puts back.
    pub before: String,
    /// Pages read.
    pub pages: u64,
    /// Records read.
    pub records: u64,
    /// Of these new.
    pub fresh: u64,
    /// When it was complete.
    pub done_at: Option<Timestamp>,
}

impl Backfill {
    /// Is it still to be done?
    pub const fn is_open(&self) -> bool {
        self.done_at.is_none()
    }
}

/// As it is stored.
pub(in crate::store) fn text(backfill: &Backfill) -> String {
    serde_json::to_string(backfill).unwrap_or_default()
}

impl Tx {
    /// Where a source stands.
    pub(crate) async fn source(&mut self, name: &str) -> Result<Option<Endpoint>, StoreError> {
        let sql = format!("select {COLUMNS} from endpoint where kind = 'source' and name = $1");
        self.one(&sql, args![name]).await?.map(|row| endpoint(&row)).transpose()
    }

    /// Sets a source's cursor back for a back-fill and makes it due. A walk in progress ends at its next
    /// page; a wait that the far side asked for stands.
    pub(crate) async fn set_back(
        &mut self,
        of: &Endpoint,
        cursor: &str,
        backfill: &Backfill,
    ) -> Result<(), StoreError> {
        let sql = "update endpoint set cursor = $1, backfill = $2, lease_until = null, token = token + 1, \
                   due_at = case when class = 'throttle' then due_at else $3 end where id = $4 and cursor = $5";
        self.guarded(sql, args![cursor, text(backfill), self.now(), of.id, &of.cursor]).await
    }

    /// Gives a back-fill up: the cursor stands again where it stood. A complete one is left as it is
    /// ([`StoreError::Conflict`]).
    pub(crate) async fn give_up_backfill(&mut self, id: i64) -> Result<(), StoreError> {
        let row = self.one("select backfill from endpoint where id = $1", args![id]).await?;
        let kept: Option<Backfill> = row.map(|row| super::document(&row, 0)).transpose()?.flatten();
        let open = kept.filter(Backfill::is_open).ok_or(StoreError::Conflict)?;
        let sql =
            "update endpoint set cursor = $1, backfill = null, lease_until = null, token = token + 1 where id = $2";
        self.guarded(sql, args![open.before, id]).await
    }
}

impl Store {
    /// Begins a back-fill inside a walk, after a gap: the walk goes on from there.
    ///
    /// # Errors
    /// The database did not answer, or the walk was taken over ([`StoreError::Conflict`]).
    pub async fn backfill_walk(&self, taken: &Endpoint, cursor: String, backfill: Backfill) -> Result<(), StoreError> {
        let (id, walk, name) = (taken.id, taken.token, taken.name.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update endpoint set cursor = $1, backfill = $2 where id = $3 and token = $4";
                tx.guarded(sql, args![cursor, text(&backfill), id, walk]).await?;
                let body = serde_json::json!({ "source": name, "since": backfill.since.to_string(),
                    "why": backfill.why });
                tx.note(Note::new("source-gap").body(body));
                Ok(())
            })
        })
        .await
    }
}
