//! Sending a handoff elsewhere, or once more as it reads now. Both are a new row in the place of the old one; what
//! may already be somewhere is never sent elsewhere, and what is there is sent again only by somebody who was told
//! that there will be two.

use serde_json::json;

use super::{Outcome, for_good, not_one_of};
use crate::config::checked::Route;
use crate::desk::StoreDesk;
use crate::desk::act::Refused;
use crate::desk::destinations::held_up;
use crate::engine::rules;
use crate::engine::succession::Successor;
use crate::lead::{Code, HandoffId, HandoffState};
use crate::store::{EndpointKind, Note, Replacement, StoreError, StoredHandoff, StoredLead, Valid, load_lead};

impl StoreDesk {
    /// A handoff with its lead, where it is the one that counts now.
    async fn present(&self, handoff: HandoffId) -> Result<(StoredLead, StoredHandoff), Refused> {
        let none = || Refused::NotNow(format!("there is no handoff {handoff}"));
        let found = self.store.lead_of(handoff).await?.ok_or_else(none)?;
        let lead = self.find(found).await?;
        let rows = self.store.handoffs_of(found).await?;
        let row = rows.into_iter().find(|row| row.id == handoff.0).ok_or_else(none)?;
        if lead.handoff.as_ref().is_none_or(|now| now.id != handoff) || !row.state.is_open() {
            return Err(Refused::NotNow(format!("handoff {handoff} has ended: another one may be in its place")));
        }
        Ok((lead, row))
    }

    pub(super) async fn reroute(&self, handoff: HandoffId, destination: &str) -> Outcome {
        let known = || self.config.destinations.keys().map(String::as_str);
        if !self.config.destinations.contains_key(destination) {
            return Err(not_one_of(destination, "", known()));
        }
        let (lead, row) = self.present(handoff).await?;
        if row.destination == destination {
            return Err(Refused::NotNow(format!("it goes to {destination} already: R sends it now")));
        }
        let doubt = self.store.in_doubt(lead.id, handoff).await? || row.code.as_deref() == Some(Code::Unknown.stem());
        may_go_elsewhere(&row, doubt)?;
        let endpoints = self.store.endpoints(EndpointKind::Destination).await?;
        let endpoint = endpoints
            .get(destination)
            .ok_or_else(|| Refused::NotNow(format!("{destination} is not set up yet: start the engine once")))?;
        let stopped =
            endpoint.class.map(|class| held_up(destination, (class, endpoint.due_at), self.now(), &self.seat.zone));
        let route = lead.handoff.as_ref().and_then(|now| self.config.routes.get(&now.route));
        let hop = route.map_or(0, |route| route.to.iter().position(|id| id == destination).unwrap_or(route.to.len()));
        let with = Replacement {
            destination: endpoint.id,
            hop: i64::try_from(hop).unwrap_or(i64::MAX),
            deadline: deadline(route),
            new_key: false,
            takes: Vec::new(),
            valid: Valid::AsBefore,
            config: self.config_id,
        };
        let (from, to) = (row.destination.clone(), destination.to_owned());
        let gave = self.moved(lead, row.state, with, move |new| new.body(json!({ "destination": to, "from": from })));
        if !gave.await? {
            return Err(Refused::NotNow(format!(
                "{} has no room for it just now: D gives it up, and it waits in front",
                self.title_of(&row.person)
            )));
        }
        let waits = stopped.map_or_else(String::new, |words| format!("; it {words}"));
        Ok(for_good(format!("Goes to {destination} now, not to {}{waits}", row.destination)))
    }

    /// Replaces the open handoff of a lead in `from`; one that holds no capacity any more takes it anew, under every
    /// cap. `false`: there is no room.
    async fn moved(
        &self,
        lead: StoredLead,
        from: HandoffState,
        with: Replacement,
        note: impl Fn(Note) -> Note + Send + Sync + 'static,
    ) -> Result<bool, StoreError> {
        let rules = rules::in_force(&self.store, &self.config).await?;
        let owner = lead.handoff.as_ref().map(|now| now.person.clone()).unwrap_or_default();
        let others = self.config.people.keys().filter(|id| **id != owner).cloned().collect();
        let successor = Successor::new(rules, std::collections::BTreeMap::new(), self.config_id, self.now());
        let (successor, who) = (successor.without(others), self.seat.who.clone());
        let with = std::sync::Arc::new(with);
        let note = std::sync::Arc::new(note);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let lead = load_lead(tx, lead.id).await?.ok_or(StoreError::Conflict)?;
                    let old = lead.handoff.as_ref().ok_or(StoreError::Conflict)?.id;
                    let (_, _, holds) = tx.handoff_state(old).await?;
                    if from == HandoffState::Queued && tx.is_in_doubt(lead.id, old).await? {
                        return Err(StoreError::Conflict);
                    }
                    let mut with = (*with).clone();
                    if !holds {
                        let Some(give) = successor.room(tx, &lead, old).await? else { return Ok(false) };
                        (with.takes, with.valid) = (give.caps, Valid::Until(give.valid_until));
                    }
                    let new = tx.replace_handoff(&lead, from, &with).await?;
                    tx.note(note(Note::new("rerouted").by(&who).lead(lead.id).handoff(new)));
                    Ok(true)
                })
            })
            .await
    }

    pub(super) async fn resend(&self, handoff: HandoffId) -> Outcome {
        let (lead, row) = self.present(handoff).await?;
        if row.state == HandoffState::Queued && !self.store.in_doubt(lead.id, handoff).await? {
            return self.render_anew(&lead, handoff).await;
        }
        may_be_doubled(&row)?;
        let endpoints = self.store.endpoints(EndpointKind::Destination).await?;
        let endpoint =
            endpoints.get(&row.destination).filter(|_| self.config.destinations.contains_key(&row.destination));
        let endpoint = endpoint.ok_or_else(|| {
            Refused::NotNow(format!("{} has left the config: A gives the lead to somebody else", row.destination))
        })?;
        let route = lead.handoff.as_ref().and_then(|now| self.config.routes.get(&now.route));
        let hop = route.and_then(|route| route.to.iter().position(|id| *id == row.destination)).unwrap_or_default();
        let with = Replacement {
            destination: endpoint.id,
            hop: i64::try_from(hop).unwrap_or_default(),
            deadline: deadline(route),
            new_key: true,
            takes: Vec::new(),
            valid: Valid::Until(None),
            config: self.config_id,
        };
        let body = json!({ "destination": row.destination, "key": row.token });
        let (who, from) = (self.seat.who.clone(), row.state);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let new = tx.replace_handoff(&lead, from, &with).await?;
                    tx.note(Note::new("resent").by(&who).lead(lead.id).handoff(new).body(body.clone()));
                    Ok(())
                })
            })
            .await?;
        Ok(for_good(format!(
            "Goes out anew under its own key; what is in {} under {} stays there: somebody has to close one",
            row.destination, row.token
        )))
    }
}

impl StoreDesk {
    /// It is nowhere yet: it is written anew with what was edited since, under the same key.
    async fn render_anew(&self, lead: &StoredLead, handoff: HandoffId) -> Outcome {
        let (who, lead) = (self.seat.who.clone(), lead.id);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if tx.is_in_doubt(lead, handoff).await? {
                        return Err(StoreError::Conflict);
                    }
                    tx.hurry(handoff).await?;
                    tx.forget_bytes(handoff).await?;
                    tx.note(Note::new("rewritten").by(&who).lead(lead).handoff(handoff));
                    Ok(())
                })
            })
            .await?;
        Ok(for_good("It was nowhere yet: it is written anew and goes out now"))
    }
}

/// May a handoff go to another destination, without being in two?
fn may_go_elsewhere(row: &StoredHandoff, doubt: bool) -> Result<(), Refused> {
    let (there, key) = (&row.destination, &row.token);
    let why = match row.state {
        HandoffState::Queued | HandoffState::NeedsPerson if !doubt => return Ok(()),
        HandoffState::Queued | HandoffState::NeedsPerson => {
            format!("{there} may have it already: look for {key} there, then M it is there, or R send again")
        }
        HandoffState::Sending => format!("it is being sent to {there} just now: wait until that is settled"),
        HandoffState::Unknown => {
            format!("{there} may have it: it is being looked for under {key}; wait, or settle it with M")
        }
        HandoffState::Accepted | HandoffState::Tracking => {
            format!("{there} has it: E sends it anew there, A gives the lead to somebody else")
        }
        HandoffState::Closed | HandoffState::Dropped => "it has ended".to_owned(),
    };
    Err(Refused::NotNow(why))
}

/// May a handoff that is there, or may be, be sent anew?
fn may_be_doubled(row: &StoredHandoff) -> Result<(), Refused> {
    let why = match row.state {
        HandoffState::Accepted if row.first_at.is_none() => return Ok(()),
        HandoffState::NeedsPerson if row.code.as_deref() == Some(Code::Unknown.stem()) => return Ok(()),
        HandoffState::Accepted | HandoffState::Tracking => {
            "it was answered already: nobody waits for another one".into()
        }
        HandoffState::Queued => {
            format!("{} may have it already: R sends the same again under the same key", row.destination)
        }
        HandoffState::NeedsPerson => "it is in no place yet: R sends it, as it reads now".into(),
        HandoffState::Sending => "it is being sent just now: wait until that is settled".into(),
        HandoffState::Unknown => format!("it is being looked for in {}: wait until that is settled", row.destination),
        HandoffState::Closed | HandoffState::Dropped => "it has ended".into(),
    };
    Err(Refused::NotNow(why))
}

/// How long it is tried.
fn deadline(route: Option<&Route>) -> jiff::SignedDuration {
    route.map_or(jiff::SignedDuration::from_mins(15), rules::deadline)
}
