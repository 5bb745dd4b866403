//! Pausing the work on a lead that waits for something outside: by a named state, with a reason and an end. The
//! clock to the first answer is never paused (`domain-rules` 5): only a lead that was answered can be.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Outcome, TEXT_MAX, done, handoff_of, told};
use crate::clock::later;
use crate::desk::StoreDesk;
use crate::desk::act::Refused;
use crate::desk::words::when;
use crate::lead::{LeadId, Waits};
use crate::text::clean;

/// Longest pause.
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);

impl StoreDesk {
    pub(super) async fn pause_clock(&self, id: LeadId, waits: Waits, until: Timestamp, reason: &str) -> Outcome {
        let (now, lead) = (self.now(), self.find(id).await?);
        let handoff = handoff_of(&lead)?;
        if handoff.first_at.is_none() {
            return Err(Refused::NotNow(format!(
                "nobody has answered lead {id} yet: the clock to the first answer is never paused"
            )));
        }
        if until <= now {
            return Err(Refused::BadValue("that moment is already over".into()));
        }
        if until > later(now, PAUSE_MAX) {
            let days = PAUSE_MAX.as_hours() / 24;
            return Err(Refused::BadValue(format!("a pause lasts at most {days} days: end it as lost until then?")));
        }
        let reason = clean(reason, TEXT_MAX, false);
        if reason.is_empty() {
            return Err(Refused::BadValue("a pause needs a reason: the next person will ask".into()));
        }
        let (who, handoff, name) = (self.seat.who.clone(), handoff.id, lead.contact.name.clone());
        self.store
            .write(move |tx| {
                let (who, reason) = (who.clone(), reason.clone());
                Box::pin(async move {
                    let before = tx.pause(handoff, waits, until).await?;
                    // What a person types may name somebody: it is kept where it can be erased.
                    let note = tx.add_note(id, &who, &format!("paused: {reason}")).await?;
                    let undo = json!({ "pause": handoff.0, "note_of_pause": note,
                        "try_at": before.map(Timestamp::as_microsecond) });
                    let body = json!({ "waits": waits.name(), "until": until.to_string() });
                    tx.note(told("clock-paused", &who, id, body, undo).handoff(handoff));
                    Ok(())
                })
            })
            .await?;
        let until = when(until, now, &self.seat.zone);
        Ok(done(format!("{name} is paused until {until}: {}", waits.words())))
    }

    pub(super) async fn resume_clock(&self, id: LeadId) -> Outcome {
        let lead = self.find(id).await?;
        let handoff = handoff_of(&lead)?.id;
        let (who, name) = (self.seat.who.clone(), lead.contact.name.clone());
        let was = self
            .store
            .write(move |tx| {
                let who = who.clone();
                Box::pin(async move {
                    let was = tx.resume(handoff).await?;
                    if was {
                        tx.note(crate::store::Note::new("clock-resumed").by(&who).lead(id).handoff(handoff));
                    }
                    Ok(was)
                })
            })
            .await?;
        if was {
            Ok(super::for_good(format!("{name} goes on")))
        } else {
            Err(Refused::NotNow(format!("lead {id} is not paused")))
        }
    }
}
