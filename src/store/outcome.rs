//! How a lead goes on after its handoff: tries that nobody answered with the next one due, and outcomes that a
//! ticket desk tells.

use jiff::Timestamp;

use super::db::args;
use super::{Note, Store, StoreError, Tracked, Tx, load_lead};
use crate::lead::{Code, HandoffId, Stage};

impl Store {
    /// A ticket says how it ended, where its preset maps the state. Won: the lead ends so, unless somebody at the
    /// desk was first; what it was worth a ticket cannot say. Lost: it is told, and stays open until a person says why,
    /// since no ticket state names one of our reasons.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn ticket_ended(
        &self,
        of: &Tracked,
        meaning: Option<&str>,
        open_caps: Vec<String>,
    ) -> Result<(), StoreError> {
        let is_won = match meaning {
            Some("won") => true,
            Some("lost") => false,
            _ => return Ok(()),
        };
        let of = of.clone();
        let ended = self
            .write(move |tx| {
                Box::pin(async move {
                    let Some(lead) = load_lead(tx, of.lead).await? else { return Ok(()) };
                    let its_own = lead.handoff.as_ref().is_some_and(|handoff| handoff.id == of.id);
                    if lead.stage != Stage::Out || !its_own {
                        return Ok(());
                    }
                    if is_won {
                        tx.end_lead(&lead, "won", &Code::Won, None, &open_caps, &[]).await?;
                    }
                    let body = serde_json::json!({ "as": if is_won { "won" } else { "lost" } });
                    tx.note(Note::new("ticket-ended").lead(of.lead).handoff(of.id).body(body));
                    Ok(())
                })
            })
            .await;
        match ended {
            // Somebody was first: what they said stands.
            Err(StoreError::Conflict) => Ok(()),
            other => other,
        }
    }
}

impl Tx {
    /// Sets how many tries there were and when the next is due; returns how many.
    pub(crate) async fn set_attempts(
        &mut self,
        handoff: HandoffId,
        attempts: i64,
        try_at: Option<Timestamp>,
    ) -> Result<i64, StoreError> {
        let sql = "update handoff set attempts = $1, try_at = $2 where id = $3";
        self.guarded(sql, args![attempts, try_at, handoff.0]).await?;
        Ok(attempts)
    }

    /// When the next try is due, and how many there were.
    pub(crate) async fn attempts(&mut self, handoff: HandoffId) -> Result<(i64, Option<Timestamp>), StoreError> {
        let row = self.one("select attempts, try_at from handoff where id = $1", args![handoff.0]).await?;
        let row = row.ok_or(StoreError::Conflict)?;
        Ok((row.int(0)?, row.at_opt(1)?))
    }
}
