//! Acts on promises that were not kept (`domain-rules` 5): a lead nobody accepted goes to somebody else once, then
//! the steps of the route's `then`, each once and quiet outside the team's hours. What is to happen and when stands
//! in rows since the clocks began, so a restart forgets nothing; a step that is late by an outage is done late.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::SignedDuration;
use serde_json::json;

use super::driver::{Report, Stage};
use super::rules;
use super::succession::Successor;
use super::wiring::Parts;
use crate::clock::later;
use crate::config::checked::Remedy;
use crate::lead;
use crate::lead::HandoffState;
use crate::store::{DueRung, Note, NoticeKind, Rung, StoreError, load_lead};

/// Most rungs in one run.
const ROUND: u32 = 100;
/// A rung of a handoff that is just on its way to somebody else is looked at again after this.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(1);
/// The recipient that is no person.
pub(super) const OPS: &str = "ops";

/// The ladder.
pub struct Ladder(pub Arc<Parts>);

impl Stage for Ladder {
    fn name(&self) -> String {
        "ladder".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let parts = &self.0;
            let mut did = 0;
            loop {
                let due = parts.store.rungs_due(ROUND).await?;
                for rung in &due {
                    match self.climb(rung).await {
                        // Answered, or taken by somebody else, while this looked.
                        Ok(()) | Err(StoreError::Conflict) => {}
                        Err(error) => return Err(error),
                    }
                }
                did += due.len();
                if due.len() < ROUND as usize {
                    return Ok(Report { did, next_at: parts.store.next_rung_at().await? });
                }
            }
        })
    }
}

impl Ladder {
    async fn climb(&self, rung: &DueRung) -> Result<(), StoreError> {
        let parts = &self.0;
        let now = parts.clock.now();
        let lives = matches!(rung.stage, Some(lead::Stage::Out | lead::Stage::Held));
        let settled = match rung.rung {
            // Of an answered one somebody else gets, the next round asks.
            Rung::Outcome => rung.answered && rung.state == HandoffState::Dropped,
            Rung::Pool => rung.answered || rung.acknowledged,
            Rung::Missed | Rung::Step(_) => rung.answered,
        };
        match rung.state {
            _ if settled || !lives => return self.done(rung, "not needed", None).await,
            HandoffState::Accepted => {}
            HandoffState::Tracking if rung.rung == Rung::Outcome => {}
            // Somebody else gets it: the rung goes with it once it is there. A promise to say yes is each owner's own.
            HandoffState::Dropped if rung.rung != Rung::Pool => {
                return parts.store.put_off_rung(rung, later(now, ON_ITS_WAY)).await;
            }
            _ => return self.done(rung, "not needed", None).await,
        }
        if rung.rung == Rung::Missed {
            return self.done(rung, "missed", None).await;
        }
        let team = parts.config.teams.get(&rung.team);
        if let Some(team) = team.filter(|team| !team.hours.is_open(now))
            && let Some(open) = team.hours.next_open(now)
        {
            return parts.store.put_off_rung(rung, open).await;
        }
        match rung.rung {
            Rung::Pool | Rung::Step(Remedy::Reassign) => self.give_away(rung).await,
            Rung::Step(Remedy::RemindOwner) => self.tell(rung, Some(&rung.person), NoticeKind::Remind).await,
            Rung::Step(Remedy::TeamLead) => {
                let lead = team.and_then(|team| team.lead.as_deref());
                self.tell(rung, lead, NoticeKind::TeamLead).await
            }
            Rung::Step(Remedy::Ops) => {
                let ops = (!parts.config.business.ops.is_empty()).then_some(OPS);
                self.tell(rung, ops, NoticeKind::Ops).await
            }
            Rung::Outcome => self.tell(rung, Some(&rung.person), NoticeKind::Outcome).await,
            Rung::Missed => Ok(()),
        }
    }

    /// The rung is done; told in the journal unless nothing came of it.
    async fn done(&self, rung: &DueRung, outcome: &'static str, person: Option<&str>) -> Result<(), StoreError> {
        let (rung, person) = (rung.clone(), person.map(str::to_owned));
        self.0
            .store
            .write(move |tx| {
                Box::pin(async move {
                    tx.take_rung(&rung, outcome).await?;
                    if outcome != "not needed" {
                        tx.note(told(&rung, outcome, person.as_deref()));
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn tell(&self, rung: &DueRung, person: Option<&str>, kind: NoticeKind) -> Result<(), StoreError> {
        let Some(person) = person.map(str::to_owned) else { return self.done(rung, "nobody", None).await };
        let rung = rung.clone();
        self.0
            .store
            .write(move |tx| {
                Box::pin(async move {
                    tx.take_rung(&rung, "told").await?;
                    tx.notice(&person, kind, rung.handoff).await?;
                    tx.note(told(&rung, "told", Some(&person)));
                    Ok(())
                })
            })
            .await
    }

    /// To somebody else who has room under every cap; with nobody there it stays where it is.
    async fn give_away(&self, rung: &DueRung) -> Result<(), StoreError> {
        let parts = &self.0;
        let mut rules = rules::in_force(&parts.store, &parts.config).await?;
        rules.away.insert(rung.person.clone());
        let stops = rules::first_stops(&parts.config, &parts.destination_ids);
        let successor = Successor::new(rules, stops, parts.config_id, parts.clock.now());
        let rung = rung.clone();
        parts
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let lead = load_lead(tx, rung.lead).await?.ok_or(StoreError::Conflict)?;
                    let handoff = lead.handoff.as_ref().ok_or(StoreError::Conflict)?;
                    if handoff.id != rung.handoff || handoff.first_at.is_some() {
                        return Err(StoreError::Conflict);
                    }
                    let successor = successor.without(tx.owners_before(rung.lead).await?);
                    let to = successor.give(tx, &lead, &rung.person, "leadgate").await?;
                    let outcome = if to.is_some() { "given" } else { "no room" };
                    tx.take_rung(&rung, outcome).await?;
                    if to.is_some() {
                        tx.notice(&rung.person, NoticeKind::Taken, rung.handoff).await?;
                    }
                    tx.note(told(&rung, outcome, to.as_deref()));
                    Ok(())
                })
            })
            .await
    }
}

fn told(rung: &DueRung, outcome: &str, person: Option<&str>) -> Note {
    let body = json!({ "rung": rung.rung.word(), "outcome": outcome, "person": person, "from": rung.person });
    Note::new("rung").lead(rung.lead).handoff(rung.handoff).body(body)
}
