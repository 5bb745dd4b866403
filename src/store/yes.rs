//! Saying yes to a handoff from outside the desk: by the link of a mail, a reply, or whoever took the ticket. The
//! first one counts; nobody says yes to what is over or with somebody else.

use super::db::args;
use super::{Note, Store, StoreError, Tracked, Tx};
use crate::lead::{HandoffId, HandoffState, LeadId, Token};

/// What became of a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yes {
    /// It stopped the clock.
    First,
    /// Somebody had said so before.
    Again,
    /// Too late: ended, or with somebody else.
    Over,
}

impl Store {
    /// The key that links are signed with: this installation's, under a name of its own.
    pub fn link_key(&self) -> [u8; 32] {
        blake3::derive_key("leadgate/links/1", &self.inner.key)
    }

    /// Somebody says yes to a handoff; `origin` is how: `link`, `mail`, `ticket`. `None`: there is no such handoff.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn say_yes(&self, handoff: HandoffId, origin: &'static str) -> Result<Option<(LeadId, Yes)>, StoreError> {
        self.write(move |tx| Box::pin(say_yes(tx, handoff, origin))).await
    }

    /// As [`Self::say_yes`], by the key a reply names: the newest handoff of that key.
    ///
    /// # Errors
    /// As [`Self::say_yes`].
    pub async fn say_yes_by_key(&self, key: Token, origin: &'static str) -> Result<Option<(LeadId, Yes)>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "select id from handoff where token = $1 order by id desc limit 1";
                let Some(row) = tx.one(sql, args![key.as_str()]).await? else { return Ok(None) };
                let handoff = HandoffId(row.int(0)?);
                say_yes(tx, handoff, origin).await
            })
        })
        .await
    }

    /// A handoff's lead, and whether a yes still means anything. `None`: there is no such handoff.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn may_say_yes(&self, handoff: HandoffId) -> Result<Option<(LeadId, bool)>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select lead_id, state from handoff where id = $1";
                let Some(row) = tx.one(sql, args![handoff.0]).await? else { return Ok(None) };
                let is_open = HandoffState::from_number(row.int(1)?).is_some_and(HandoffState::is_open);
                Ok(Some((LeadId(row.int(0)?), is_open)))
            })
        })
        .await
    }

    /// Who has a ticket, as the desk there says: whoever is named first may be of our own making, a later and other
    /// one took it, and that is a yes.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn ticket_owner(&self, of: &Tracked, owner: Option<String>) -> Result<(), StoreError> {
        let of = of.clone();
        let owner = owner.unwrap_or_default();
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "select seen_owner from handoff where id = $1";
                let row = tx.one(sql, args![of.id.0]).await?.ok_or(StoreError::Conflict)?;
                let seen = row.text_opt(0)?;
                if seen.as_deref() == Some(owner.as_str()) {
                    return Ok(());
                }
                tx.run("update handoff set seen_owner = $1 where id = $2", args![&owner, of.id.0]).await?;
                if seen.is_some() && !owner.is_empty() {
                    say_yes(tx, of.id, "ticket").await?;
                }
                Ok(())
            })
        })
        .await
    }
}

async fn say_yes(tx: &mut Tx, handoff: HandoffId, origin: &'static str) -> Result<Option<(LeadId, Yes)>, StoreError> {
    let lock = if tx.is_sqlite() { "" } else { " for update" };
    let sql = format!("select lead_id, state from handoff where id = $1{lock}");
    let Some(row) = tx.one(&sql, args![handoff.0]).await? else { return Ok(None) };
    let lead = LeadId(row.int(0)?);
    if !HandoffState::from_number(row.int(1)?).is_some_and(HandoffState::is_open) {
        return Ok(Some((lead, Yes::Over)));
    }
    if !tx.acknowledge_by(handoff, lead, origin).await? {
        return Ok(Some((lead, Yes::Again)));
    }
    tx.note(Note::new("accepted").lead(lead).handoff(handoff).body(serde_json::json!({ "origin": origin })));
    Ok(Some((lead, Yes::First)))
}
