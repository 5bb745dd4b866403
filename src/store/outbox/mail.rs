//! What the mailbox says of mails that were handed off: answers, bounces and delays. Everything here may be told
//! again (a mailbox numbered anew is read again), and changes nothing then.

use jiff::{SignedDuration, Timestamp};

use super::settle::{Clocks, Settle, apply, say};
use super::track::{add_mark, first_response, in_place_of};
use crate::clock::later;
use crate::handoff::Reference;
use crate::lead::outcome::Failure;
use crate::lead::{Code, HandoffId, HandoffState, LeadId, Quality, Token};
use crate::store::db::args;
use crate::store::{Note, Row, Store, StoreError, Tx};

/// A bounce that is so much older than the last send is of an earlier one; clocks of servers differ.
const OF_THIS_SEND: SignedDuration = SignedDuration::from_mins(10);

/// A handoff that a mail is about.
#[derive(Debug, Clone)]
pub struct Returned {
    /// Its number.
    pub id: HandoffId,
    /// The lead.
    pub lead: LeadId,
    /// The lead's e-mail, lower case, where known.
    pub lead_email: Option<String>,
    /// State when it was looked up.
    pub state: HandoffState,
    /// Team id.
    pub team: String,
    /// Route id.
    pub route: String,
    /// Place in the route.
    pub hop: i64,
    /// When the mail server took it.
    pub accepted_at: Option<Timestamp>,
}

/// What was read of a mail.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The mail's own name.
    pub mail: String,
    /// When it was written.
    pub at: Timestamp,
    /// How well that is known.
    pub quality: Quality,
    /// The far side's words; empty for an answer.
    pub words: String,
}

const RETURNED: &str = "select h.id, h.lead_id, c.fields, h.state, h.team, h.route, h.hop, h.accepted_at \
    from handoff h left join contact c on c.lead_id = h.lead_id";

impl Store {
    /// The handoff with a key at a destination: the last, where it went there more than once.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn returned(&self, key: &Token, destination: i64) -> Result<Option<Returned>, StoreError> {
        let key = key.to_string();
        self.read(move |tx| {
            Box::pin(async move {
                let sql = format!("{RETURNED} where h.token = $1 and h.destination_id = $2 order by h.id desc limit 1");
                let row = tx.one(&sql, args![key, destination]).await?;
                row.as_ref().map(returned).transpose()
            })
        })
        .await
    }

    /// A person answered: stamped when it is the earliest, acknowledged with it. What nobody could say had arrived
    /// has: then `clocks` start. `false`: nothing new.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn mail_answered(
        &self,
        of: &Returned,
        heard: Heard,
        clocks: Clocks,
        open_caps: Vec<String>,
    ) -> Result<bool, StoreError> {
        let of = of.clone();
        self.write(move |tx| Box::pin(async move { answered(tx, &of, &heard, clocks, &open_caps).await })).await
    }

    /// A person takes the lead, by mail. `false`: somebody had before.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn mail_taken(&self, of: &Returned, clocks: Clocks) -> Result<bool, StoreError> {
        let of = of.clone();
        self.write(move |tx| {
            Box::pin(async move {
                arrived(tx, &of, clocks).await?;
                let first = tx.acknowledge(of.id, of.lead).await?;
                if first {
                    let body = serde_json::json!({ "origin": "mail" });
                    tx.note(Note::new("accepted").lead(of.lead).handoff(of.id).body(body));
                }
                Ok(first)
            })
        })
        .await
    }

    /// The mail came back for good: it is with nobody, and goes on as `settle` says, unless somebody has answered
    /// already. `false`: this was known.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn mail_bounced(&self, of: &Returned, heard: Heard, settle: Settle) -> Result<bool, StoreError> {
        let of = of.clone();
        self.write(move |tx| Box::pin(async move { bounced(tx, &of, &heard, settle).await })).await
    }

    /// The mail is still on its way: said, and nothing else. `false`: this was known, or is over.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn mail_delayed(&self, of: &Returned, heard: Heard) -> Result<bool, StoreError> {
        let of = of.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let (state, _, _) = stands(tx, of.id).await?;
                if state != HandoffState::Accepted || !note_once(tx, &of, "delayed", &heard).await? {
                    return Ok(false);
                }
                let sql = "update handoff set code = $1 where id = $2 and state = 3";
                if tx.run(sql, args![Code::Retrying.to_string(), of.id.0]).await? == 1 {
                    say(tx, &[(of.id, &heard.words)]).await?;
                    tx.note(Note::new("delayed").lead(of.lead).handoff(of.id));
                }
                Ok(true)
            })
        })
        .await
    }

    /// How far a mailbox was read.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn mailbox_read(&self, name: String, cursor: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                // Only where something changed: a look that brought nothing wakes nobody.
                let sql = "update endpoint set cursor = $1, class = null, error = null, fails = 0, last_ok_at = $2, \
                           last_try_at = $2 where kind = 'mailbox' and name = $3";
                tx.run(sql, args![cursor, tx.now(), name]).await.map(drop)
            })
        })
        .await
    }

    /// A mailbox could not be read: why.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn mailbox_failed(&self, name: String, failure: Failure) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update endpoint set class = $1, error = $2, fails = fails + 1, last_try_at = $3 \
                           where kind = 'mailbox' and name = $4";
                let values = args![failure.class.name(), failure.to_string(), tx.now(), name];
                tx.run(sql, values).await.map(drop)
            })
        })
        .await
    }
}

fn returned(row: &Row) -> Result<Returned, StoreError> {
    let fields: serde_json::Value =
        row.text_opt(2)?.and_then(|fields| serde_json::from_str(&fields).ok()).unwrap_or_default();
    Ok(Returned {
        id: HandoffId(row.int(0)?),
        lead: LeadId(row.int(1)?),
        lead_email: fields.get("email").and_then(serde_json::Value::as_str).map(str::to_lowercase),
        state: state_of(row, 3)?,
        team: row.text(4)?,
        route: row.text(5)?,
        hop: row.int(6)?,
        accepted_at: row.at_opt(7)?,
    })
}

fn state_of(row: &Row, at: usize) -> Result<HandoffState, StoreError> {
    HandoffState::from_number(row.int(at)?).ok_or_else(|| StoreError::Damaged("a handoff is in no known state".into()))
}

/// Its state and when it was accepted, as of now.
async fn stands(tx: &mut Tx, id: HandoffId) -> Result<(HandoffState, Option<Timestamp>, Option<String>), StoreError> {
    let row = tx.one("select state, accepted_at, code from handoff where id = $1", args![id.0]).await?;
    let row = row.ok_or(StoreError::Conflict)?;
    Ok((state_of(&row, 0)?, row.at_opt(1)?, row.text_opt(2)?))
}

/// Somebody has the mail: where that was in doubt, it is not any more.
async fn arrived(tx: &mut Tx, of: &Returned, clocks: Clocks) -> Result<(), StoreError> {
    let (state, _, code) = stands(tx, of.id).await?;
    let doubt = code.as_deref() == Some(Code::Unknown.stem());
    if state == HandoffState::Unknown || state == HandoffState::NeedsPerson && doubt {
        let reference = tx.one("select reference, number, url from handoff where id = $1", args![of.id.0]).await?;
        let reference = reference.map(|row| {
            Ok::<_, StoreError>(Reference {
                id: row.text_opt(0)?.unwrap_or_default(),
                number: row.text_opt(1)?,
                url: row.text_opt(2)?,
            })
        });
        let settle =
            Settle::Accepted { reference: reference.transpose()?, code: Code::Exists, clocks, copies: Vec::new() };
        apply(tx, of.id, of.lead, state, settle).await?;
    }
    Ok(())
}

async fn answered(
    tx: &mut Tx,
    of: &Returned,
    heard: &Heard,
    clocks: Clocks,
    open_caps: &[String],
) -> Result<bool, StoreError> {
    arrived(tx, of, clocks).await?;
    let (state, accepted, _) = stands(tx, of.id).await?;
    let here =
        matches!(state, HandoffState::Accepted | HandoffState::Tracking | HandoffState::Closed | HandoffState::Dropped);
    let (true, Some(accepted)) = (here, accepted) else { return Ok(false) };
    let id = in_place_of(tx, of.id).await?;
    tx.acknowledge(id, of.lead).await?;
    let at = heard.at.max(accepted);
    Ok(first_response(tx, id, of.lead, at, heard.quality, "mail", open_caps).await?.is_some())
}

async fn bounced(tx: &mut Tx, of: &Returned, heard: &Heard, settle: Settle) -> Result<bool, StoreError> {
    let (state, accepted, _) = stands(tx, of.id).await?;
    // Not this one's: it may be one of the route's next destination, which reads the same mailbox.
    if matches!(state, HandoffState::Queued | HandoffState::Sending | HandoffState::Dropped) {
        return Ok(false);
    }
    if accepted.is_some_and(|accepted| later(heard.at, OF_THIS_SEND) < accepted) {
        // Of an earlier copy, which somebody has sent again since.
        return Ok(false);
    }
    if !note_once(tx, of, "bounced", heard).await? {
        return Ok(false);
    }
    let note = |acted: bool| {
        let body = serde_json::json!({ "code": Code::Bounced, "acted": if acted { "yes" } else { "no" } });
        Note::new("bounced").lead(of.lead).handoff(of.id).body(body)
    };
    match state {
        HandoffState::Accepted | HandoffState::Unknown => {
            // No clock runs against somebody who never got it.
            let sql = "update handoff set accepted_at = null, answer_by = null, at_risk_at = null, ack_by = null, \
                       poll_at = null where id = $1";
            tx.run(sql, args![of.id.0]).await?;
            say(tx, &[(of.id, &heard.words)]).await?;
            tx.note(note(true));
            apply(tx, of.id, of.lead, state, settle).await?;
        }
        HandoffState::NeedsPerson => {
            // It was in doubt, or given up: now it is known that it is not there.
            let sql = "update handoff set code = $1 where id = $2 and state = 7";
            tx.guarded(sql, args![Code::Bounced.to_string(), of.id.0]).await?;
            tx.run("delete from slot where handoff_id = $1", args![of.id.0]).await?;
            say(tx, &[(of.id, &heard.words)]).await?;
            tx.note(note(true));
        }
        HandoffState::Tracking | HandoffState::Closed => tx.note(note(false)),
        HandoffState::Queued | HandoffState::Sending | HandoffState::Dropped => {}
    }
    Ok(true)
}

/// Keeps that a mail said something of a handoff. `false`: that mail has said it before.
async fn note_once(tx: &mut Tx, of: &Returned, kind: &str, heard: &Heard) -> Result<bool, StoreError> {
    let origin = format!("mail {}", heard.mail);
    // Two destinations of a route may share a mailbox: what one of them did is not done again for the next.
    let known = "select id from mark where lead_id = $1 and kind = $2 and origin = $3";
    if tx.one(known, args![of.lead.0, kind, &origin]).await?.is_some() {
        return Ok(false);
    }
    add_mark(tx, of.id, of.lead, kind, heard.at, heard.quality, &origin, None, None).await?;
    Ok(true)
}
