//! What the owner of a lead does with it: takes it, calls, and says how it ended.

use jiff::Timestamp;
use serde_json::json;

use super::{Outcome, TEXT_MAX, done, for_good, handoff_of, told};
use crate::clock::later;
use crate::config::checked::Plan;
use crate::desk::StoreDesk;
use crate::desk::act::Refused;
use crate::desk::words::when;
use crate::engine::rules;
use crate::lead::{Code, LeadId, Money, Quality, Stage};
use crate::store::{StoredLead, first_response};
use crate::text::clean;

impl StoreDesk {
    pub(super) async fn accept(&self, id: LeadId) -> Outcome {
        let lead = self.find(id).await?;
        let handoff = handoff_of(&lead)?.id;
        let (who, name) = (self.seat.who.clone(), lead.contact.name.clone());
        let owner = handoff_of(&lead)?.person.clone();
        let first = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let first = tx.acknowledge(handoff, id).await?;
                    if first {
                        tx.note(told("accepted", &who, id, json!({}), json!({ "ack": handoff.0 })).handoff(handoff));
                    }
                    Ok(first)
                })
            })
            .await?;
        Ok(match first {
            false => for_good(format!("{name} was already accepted")),
            true if owner == self.seat.who => done(format!("You take {name}")),
            true => done(format!("{name} is acknowledged for {}", self.title_of(&owner))),
        })
    }

    pub(super) async fn contacted(&self, id: LeadId, at: Option<Timestamp>, no_answer: bool) -> Outcome {
        let lead = self.find(id).await?;
        let handoff = handoff_of(&lead)?;
        let now = self.now();
        let at = at.unwrap_or(now);
        if at > now {
            return Err(Refused::BadValue(format!("{at} is in the future")));
        }
        let begun = handoff.accepted_at.ok_or_else(|| {
            Refused::NotNow(format!("lead {id} is still on its way to {}", self.title_of(&handoff.person)))
        })?;
        let team = handoff.team.clone();
        let (handoff, open, who) = (handoff.id, self.open_caps().await?, self.seat.who.clone());
        let name = lead.contact.name.clone();
        let plan = self.plan_of(&lead)?;
        let next_at = self.config.teams.get(&team).and_then(|team| team.hours.add(at, plan.try_again_after));
        let tries = i64::from(plan.tries);
        let attempt = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let (attempts, try_at) = tx.attempts(handoff).await?;
                    let next_at = next_at.filter(|_| no_answer && attempts + 1 < tries);
                    let attempts_now = tx.set_attempts(handoff, attempts + i64::from(no_answer), next_at).await?;
                    let acked = tx.acknowledge(handoff, id).await?;
                    let mark = first_response(tx, handoff, id, at.max(begun), Quality::Exact, "console", &open).await?;
                    let kind = if no_answer { "no-answer" } else { "contacted" };
                    let undo = json!({ "first": handoff.0, "mark": mark, "acked": acked, "attempts": attempts,
                        "try_at": try_at.map(Timestamp::as_microsecond) });
                    let body = if no_answer { json!({ "attempt": attempts_now, "of": tries }) } else { json!({}) };
                    tx.note(told(kind, &who, id, body, undo).handoff(handoff));
                    Ok((attempts_now, next_at))
                })
            })
            .await?;
        if !no_answer {
            return Ok(done(format!("Contacted {name}")));
        }
        let next = match attempt.1 {
            Some(at) => format!("; the next is due {}", when(at, now, &self.seat.zone)),
            None => "; that was the last one planned".to_owned(),
        };
        Ok(done(format!("Tried {name}, no answer: try {} of {tries}{next}", attempt.0)))
    }

    /// What the route of a lead's handoff asks of its owner.
    fn plan_of(&self, lead: &StoredLead) -> Result<Plan, Refused> {
        let route = &handoff_of(lead)?.route;
        Ok(self.config.routes.get(route).map(|route| route.plan.clone()).unwrap_or_default())
    }

    /// May this lead be returned now, and so?
    fn may_return(&self, lead: &StoredLead, note: Option<&str>) -> Result<(), Refused> {
        let (handoff, plan) = (handoff_of(lead)?, self.plan_of(lead)?);
        let ends = handoff.accepted_at.zip(plan.return_within).map(|(at, within)| later(at, within));
        if let Some(ends) = ends.filter(|ends| self.now() > *ends) {
            let ended = when(ends, self.now(), &self.seat.zone);
            return Err(Refused::NotNow(format!(
                "lead {} could be returned until {ended}: say how it ended instead (route.{}.return_within)",
                lead.id, handoff.route
            )));
        }
        if plan.return_proof && note.is_none_or(|note| note.trim().is_empty()) {
            return Err(Refused::BadValue(
                "a return needs a note that shows its reason: what was tried, when, and what came of it".into(),
            ));
        }
        Ok(())
    }

    pub(super) async fn end(
        &self,
        id: LeadId,
        kind: &'static str,
        code: Code,
        value: Option<i64>,
        note: Option<String>,
    ) -> Outcome {
        let fits = match kind {
            "returned" => code.stem().starts_with("R-"),
            _ => code.stem().starts_with("O-"),
        };
        if !fits {
            return Err(Refused::BadValue(format!("{code} is not a reason for this")));
        }
        let lead = self.find(id).await?;
        let handoff = handoff_of(&lead)?.id;
        if kind == "returned" {
            self.may_return(&lead, note.as_deref())?;
        }
        let rules = rules::in_force(&self.store, &self.config).await?;
        let credits = if code.is_source_fault() { rules::crediting(&rules) } else { Vec::new() };
        let (open, who, name) = (rules::open_caps(&rules), self.seat.who.clone(), lead.contact.name.clone());
        let (words, text) =
            (code.sentence(), note.map(|note| clean(&note, TEXT_MAX, true)).filter(|note| !note.is_empty()));
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let was = tx.end_lead(&lead, kind, &code, value, &open, &credits).await?;
                    if let Some(text) = &text {
                        tx.add_note(id, &who, text).await?;
                    }
                    let body = json!({ "code": code, "value": value });
                    tx.note(told(kind, &who, id, body, json!({ "reopen": was })).handoff(handoff));
                    Ok(())
                })
            })
            .await?;
        let worth = value.map(|value| format!(" ({})", Money::from_minor(value, &self.config.business.currency)));
        Ok(done(format!("{name}: {words}{}", worth.unwrap_or_default())))
    }

    pub(super) async fn snooze(&self, id: LeadId, until: Option<Timestamp>) -> Outcome {
        let now = self.now();
        if until.is_some_and(|until| until <= now) {
            return Err(Refused::BadValue("that moment is already over".into()));
        }
        let lead = self.find(id).await?;
        if !matches!(lead.stage, Stage::Out | Stage::Review | Stage::Pending) {
            return Err(Refused::NotNow(format!("lead {id} is {}", lead.stage.word())));
        }
        let (who, before, name) = (self.seat.who.clone(), lead.snoozed_until, lead.contact.name.clone());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    tx.snooze(&lead, until).await?;
                    let undo = json!({ "snooze": before.map(|at| at.to_string()) });
                    tx.note(told("snoozed", &who, id, json!({}), undo));
                    Ok(())
                })
            })
            .await?;
        Ok(done(until.map_or_else(
            || format!("{name} is back"),
            |until| format!("{name} is out of sight until {}; the clocks go on", when(until, now, &self.seat.zone)),
        )))
    }
}
