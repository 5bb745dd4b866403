//! What a person does with a handoff itself: gives it to somebody else, sends it again, settles a doubt.

use jiff::SignedDuration;
use serde_json::json;

use super::{Outcome, for_good, handoff_of, not_one_of};
use crate::desk::StoreDesk;
use crate::desk::act::Refused;
use crate::engine::rules;
use crate::lead::{Code, HandoffId, HandoffState, LeadId};
use crate::queue::attendance::Presence;
use crate::store::{Clocks, EndpointKind, Note, Reassign, Settle, StoreError, apply_settle, drop_to_queue};

impl StoreDesk {
    pub(super) async fn reassign(&self, id: LeadId, to: String) -> Outcome {
        let lead = self.find(id).await?;
        let handoff = handoff_of(&lead)?;
        let Some(person) = self.config.people.get(&to) else {
            return Err(not_one_of(&to, "", self.config.people.keys().map(String::as_str)));
        };
        if handoff.person == to {
            return Err(Refused::NotNow(format!("{} has it already", person.name)));
        }
        if matches!(handoff.state, HandoffState::Sending | HandoffState::Unknown) {
            return Err(Refused::NotNow("it is on its way just now: wait until that is settled".into()));
        }
        let rules = rules::in_force(&self.store, &self.config).await?;
        if rules.presence(&to, self.now()).presence == Presence::Absent {
            return Err(Refused::NotNow(format!(
                "{} is away: give it to somebody else, or say they are back",
                person.name
            )));
        }
        let endpoints = self.store.endpoints(EndpointKind::Destination).await?;
        let ids = endpoints.into_iter().map(|(name, endpoint)| (name, endpoint.id)).collect();
        let stops = rules::first_stops(&self.config, &ids);
        let stop = stops
            .get(&person.team)
            .cloned()
            .ok_or_else(|| Refused::NotNow(format!("team {} has no destination", person.team)))?;
        let caps = rules::caps_of(&rules, &self.decider.lane_of(&lead), &person.team, &to);
        let (who, team, name, config) =
            (self.seat.who.clone(), person.team.clone(), person.name.clone(), self.config_id);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let goes = Reassign {
                        person: &to,
                        team: &team,
                        route: &stop.route,
                        destination: stop.destination,
                        deadline: stop.deadline,
                        caps: &caps,
                        config,
                        valid_until: None,
                    };
                    let new = tx.reassign(&lead, &goes).await?;
                    tx.note(Note::new("reassigned").by(&who).lead(id).handoff(new).body(json!({ "person": to })));
                    Ok(())
                })
            })
            .await?;
        Ok(for_good(format!("{name} gets it now")))
    }

    /// Every act on a handoff begins here: its team and route, or that there is no such handoff.
    async fn known_handoff(&self, handoff: HandoffId) -> Result<(String, String), Refused> {
        match self.store.team_and_route(handoff).await {
            Err(StoreError::Conflict) => Err(Refused::NotNow(format!("there is no handoff {handoff}"))),
            other => Ok(other?),
        }
    }

    pub(super) async fn retry(&self, handoff: HandoffId) -> Outcome {
        self.known_handoff(handoff).await?;
        let who = self.seat.who.clone();
        let again = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let (lead, state, holds_slots) = tx.handoff_state(handoff).await?;
                    match state {
                        HandoffState::Queued => tx.hurry(handoff).await?,
                        // It may be there: its capacity is still taken, so the same bytes go out again.
                        HandoffState::NeedsPerson if holds_slots => {
                            let settle = Settle::Retry { at: tx.now(), code: Code::Retrying, costs_attempt: true };
                            apply_settle(tx, handoff, lead, state, settle).await?;
                            tx.extend_deadline(handoff, SignedDuration::from_mins(15)).await?;
                        }
                        // Surely not there: it takes its turn for capacity again, in front.
                        HandoffState::NeedsPerson => drop_to_queue(tx, handoff, lead, state).await?,
                        _ => return Ok(false),
                    }
                    tx.note(Note::new("retried").by(&who).lead(lead).handoff(handoff));
                    Ok(true)
                })
            })
            .await?;
        if again {
            Ok(for_good("It goes out again"))
        } else {
            Err(Refused::NotNow("there is nothing to send again".into()))
        }
    }

    pub(super) async fn mark_sent(&self, handoff: HandoffId) -> Outcome {
        let who = self.seat.who.clone();
        let clocks = self.clocks_of(handoff).await?;
        let marked = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let (lead, state, _) = tx.handoff_state(handoff).await?;
                    if !matches!(state, HandoffState::Unknown | HandoffState::NeedsPerson) {
                        return Ok(false);
                    }
                    let settle = Settle::Accepted { reference: None, code: Code::Sent, clocks, copies: Vec::new() };
                    apply_settle(tx, handoff, lead, state, settle).await?;
                    tx.note(Note::new("marked-sent").by(&who).lead(lead).handoff(handoff));
                    Ok(true)
                })
            })
            .await?;
        if marked {
            Ok(for_good("Taken as delivered; the clock to answer runs"))
        } else {
            Err(Refused::NotNow("it is not in doubt".into()))
        }
    }

    async fn clocks_of(&self, handoff: HandoffId) -> Result<Clocks, Refused> {
        let (team, route) = self.known_handoff(handoff).await?;
        Ok(crate::response::clocks(&self.config, &team, &route, None, self.now()))
    }

    pub(super) async fn drop_handoff(&self, handoff: HandoffId) -> Outcome {
        self.known_handoff(handoff).await?;
        let who = self.seat.who.clone();
        let dropped = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let (lead, state, _) = tx.handoff_state(handoff).await?;
                    if !matches!(state, HandoffState::Queued | HandoffState::NeedsPerson | HandoffState::Unknown) {
                        return Ok(false);
                    }
                    drop_to_queue(tx, handoff, lead, state).await?;
                    tx.note(Note::new("dropped").by(&who).lead(lead).handoff(handoff));
                    Ok(true)
                })
            })
            .await?;
        if dropped {
            Ok(for_good("Given up; the lead waits again, in front"))
        } else {
            Err(Refused::NotNow("it was sent already".into()))
        }
    }
}
