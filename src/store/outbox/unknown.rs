//! Handoffs whose outcome is not known: looked for until they are found, surely absent, or a person's.

use jiff::Timestamp;

use super::settle::{Settle, apply};
use crate::lead::{HandoffId, HandoffState, LeadId, Token};
use crate::store::db::args;
use crate::store::{Store, StoreError, Tx};

/// A handoff whose outcome is not known.
#[derive(Debug, Clone)]
pub struct UnknownHandoff {
    /// Its number.
    pub id: HandoffId,
    /// The lead.
    pub lead: LeadId,
    /// The key to look for.
    pub token: Token,
    /// Destination endpoint row.
    pub destination: i64,
    /// Team id.
    pub team: String,
    /// Route id.
    pub route: String,
    /// Absences counted so far.
    pub misses: i64,
    /// First try.
    pub first_try_at: Timestamp,
    /// Last try.
    pub last_try_at: Timestamp,
    /// Until then it is tried.
    pub deadline_at: Timestamp,
    /// Claim number, guards the change.
    pub claim: i64,
}

impl Store {
    /// Unknown handoffs to look for now, at one destination or at all of them.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn unknown_due(&self, at: Option<i64>, most: u32) -> Result<Vec<UnknownHandoff>, StoreError> {
        self.read(move |tx| Box::pin(unknown_due(tx, at, most))).await
    }

    /// Ends a look for an unknown handoff; `misses` replaces the count of absences.
    ///
    /// # Errors
    /// The database did not answer. `false`: somebody else settled it.
    pub async fn settle_unknown(&self, of: &UnknownHandoff, settle: Settle, misses: i64) -> Result<bool, StoreError> {
        let of = of.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update handoff set misses = $1 where id = $2 and state = 6 and claim = $3";
                if tx.run(sql, args![misses, of.id.0, of.claim]).await? != 1 {
                    return Ok(false);
                }
                apply(tx, of.id, of.lead, HandoffState::Unknown, settle).await?;
                Ok(true)
            })
        })
        .await
    }
}

async fn unknown_due(tx: &mut Tx, at: Option<i64>, most: u32) -> Result<Vec<UnknownHandoff>, StoreError> {
    let sql = "select id, lead_id, token, destination_id, team, route, misses, coalesce(first_try_at, decided_at), \
               coalesce(last_try_at, decided_at), deadline_at, claim from handoff where state = 6 and due_at <= $1 \
               and ($3 < 0 or destination_id = $3) order by due_at, id limit $2";
    let rows = tx.all(sql, args![tx.now(), i64::from(most), at.unwrap_or(-1)]).await?;
    rows.iter()
        .map(|row| {
            let token = row.text(2)?;
            Ok(UnknownHandoff {
                id: HandoffId(row.int(0)?),
                lead: LeadId(row.int(1)?),
                token: Token::parse(&token).map_err(|error| StoreError::Damaged(error.to_string()))?,
                destination: row.int(3)?,
                team: row.text(4)?,
                route: row.text(5)?,
                misses: row.int(6)?,
                first_try_at: row.at(7)?,
                last_try_at: row.at(8)?,
                deadline_at: row.at(9)?,
                claim: row.int(10)?,
            })
        })
        .collect()
}
