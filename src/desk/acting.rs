//! What people do, each act one guarded transaction: the rows, a journal entry by that person, and what
//! would take it back.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::act::{Act, Done, Refused};
use super::store_desk::StoreDesk;
use super::words::when;
use crate::engine::decide::Stored;
use crate::engine::rules;
use crate::lead::{Answer, Code, Contact, Criterion, HandoffId, HandoffState, LeadId, Money, Quality, Stage};
use crate::queue::Rules;
use crate::store::{
    Clocks, LeadFacts, Note, OverrideKind, Reassign, Redecided, Settle, StoreError, StoredLead, Tx, apply_settle,
    drop_to_queue, first_response, load_lead,
};
use crate::text::clean;

/// Longest note and longest field a person may type, in characters.
const TEXT_MAX: usize = 4_000;
/// How far back an undo looks, in this person's entries.
const UNDO_WITHIN: u32 = 20;

type Outcome = Result<Done, Refused>;

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::NotNow("it changed meanwhile: look again".into()),
            other => Self::Store(other.chain()),
        }
    }
}

fn done(sentence: impl Into<String>) -> Done {
    Done { sentence: sentence.into(), can_undo: true }
}

fn for_good(sentence: impl Into<String>) -> Done {
    Done { sentence: sentence.into(), can_undo: false }
}

/// A note by a person, with what would take the act back.
fn told(kind: &'static str, who: &str, lead: LeadId, body: Value, undo: Value) -> Note {
    let mut body = body;
    if let Value::Object(map) = &mut body {
        map.insert("undo".into(), undo);
    }
    Note::new(kind).by(who).lead(lead).body(body)
}

fn handoff_of(lead: &StoredLead) -> Result<&LeadFacts, Refused> {
    let none = || Refused::NotNow(format!("lead {} has not been handed to anybody ({})", lead.id, lead.stage.word()));
    if lead.stage != Stage::Out {
        return Err(none());
    }
    lead.handoff.as_ref().ok_or_else(none)
}

impl StoreDesk {
    pub(super) async fn act(&self, act: Act) -> Outcome {
        match act {
            Act::Accept(lead) => self.accept(lead).await,
            Act::Contacted { lead, at } => self.contacted(lead, at, false).await,
            Act::NoAnswer(lead) => self.contacted(lead, None, true).await,
            Act::Won { lead, value } => self.end(lead, "won", Code::Won, value, None).await,
            Act::Lost { lead, code } => self.end(lead, "lost", code, None, None).await,
            Act::Return { lead, code, note } => self.end(lead, "returned", code, None, Some(note)).await,
            Act::Snooze { lead, until } => self.snooze(lead, until).await,
            Act::Edit { lead, field, value } => self.edit(lead, field, &value).await,
            Act::Decide { lead, criterion, answer } => self.decide(lead, criterion, answer).await,
            Act::Note { lead, text } => self.note(lead, &text).await,
            Act::Reassign { lead, person } => self.reassign(lead, person).await,
            Act::Retry(handoff) => self.retry(handoff).await,
            Act::MarkSent(handoff) => self.mark_sent(handoff).await,
            Act::Drop(handoff) => self.drop_handoff(handoff).await,
            Act::PauseSource { source, reason } => self.pause_source(source, reason).await,
            Act::ResumeSource(source) => self.resume_source(source).await,
            Act::PollNow(source) => self.poll_now(source).await,
            Act::SetCap { cap, max, until, reason } => self.set_cap(cap, max, until, reason).await,
            Act::ResetCap(cap) => self.reset_cap(cap).await,
            Act::Undo => self.undo().await,
        }
    }

    async fn find(&self, lead: LeadId) -> Result<StoredLead, Refused> {
        let found = self.store.lead(lead).await?;
        found.ok_or_else(|| Refused::NotNow(format!("there is no lead {lead}")))
    }

    async fn open_caps(&self) -> Result<Vec<String>, Refused> {
        Ok(rules::open_caps(&rules::in_force(&self.store, &self.config).await?))
    }

    async fn accept(&self, id: LeadId) -> Outcome {
        let lead = self.find(id).await?;
        let handoff = handoff_of(&lead)?.id;
        let (who, name) = (self.seat.who.clone(), lead.contact.name.clone());
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
        Ok(if first { done(format!("You take {name}")) } else { for_good(format!("{name} was already accepted")) })
    }

    async fn contacted(&self, id: LeadId, at: Option<Timestamp>, no_answer: bool) -> Outcome {
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
        let (handoff, open, who) = (handoff.id, self.open_caps().await?, self.seat.who.clone());
        let name = lead.contact.name.clone();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let acked = tx.acknowledge(handoff, id).await?;
                    let mark = first_response(tx, handoff, id, at.max(begun), Quality::Exact, "console", &open).await?;
                    let kind = if no_answer { "no-answer" } else { "contacted" };
                    let undo = json!({ "first": handoff.0, "mark": mark, "acked": acked });
                    tx.note(told(kind, &who, id, json!({}), undo).handoff(handoff));
                    Ok(())
                })
            })
            .await?;
        Ok(done(if no_answer { format!("Tried {name}, no answer") } else { format!("Contacted {name}") }))
    }

    async fn end(
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
        let (open, who, name) = (self.open_caps().await?, self.seat.who.clone(), lead.contact.name.clone());
        let (words, text) =
            (code.sentence(), note.map(|note| clean(&note, TEXT_MAX, true)).filter(|note| !note.is_empty()));
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let was = tx.end_lead(&lead, kind, &code, value, &open).await?;
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

    async fn snooze(&self, id: LeadId, until: Option<Timestamp>) -> Outcome {
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

    async fn edit(&self, id: LeadId, field: String, value: &str) -> Outcome {
        let lead = self.find(id).await?;
        let mut stored: Stored = serde_json::from_str(&lead.facts).unwrap_or_default();
        let value = clean(value, TEXT_MAX, matches!(field.as_str(), "need" | "timing" | "budget"));
        let mut contact = lead.contact.clone();
        let mut keys = Vec::new();
        if field == "service" {
            let known = self.config.services.contains_key(&value);
            if !known && !value.is_empty() {
                let ids: Vec<&str> = self.config.services.keys().map(String::as_str).collect();
                return Err(Refused::BadValue(format!("{value:?} is not a service; there are {}", ids.join(", "))));
            }
            stored.service = known.then_some(value);
        } else {
            keys = self.decider.set_field(&mut contact, &field, &value).map_err(Refused::BadValue)?;
        }
        let name = contact.name.clone();
        let new = self.decided_again(&lead, contact, stored);
        let stage = new.stage;
        self.rewrite(lead, new, keys, "edited", json!({ "field": field })).await?;
        Ok(done(format!("{name}: {field} changed, now {}", stage.word())))
    }

    async fn decide(&self, id: LeadId, criterion: Criterion, answer: Answer) -> Outcome {
        let lead = self.find(id).await?;
        if !matches!(lead.stage, Stage::Review | Stage::Disqualified) {
            return Err(Refused::NotNow(format!("lead {id} is {}; nothing is asked about it", lead.stage.word())));
        }
        let mut stored: Stored = serde_json::from_str(&lead.facts).unwrap_or_default();
        stored.decided.insert(criterion.clone(), answer);
        let (name, body) = (lead.contact.name.clone(), json!({ "criterion": criterion.name(), "answer": answer }));
        let new = self.decided_again(&lead, lead.contact.clone(), stored);
        let stage = new.stage;
        self.rewrite(lead, new, Vec::new(), "decided", body).await?;
        Ok(done(format!("{name} is now {}", stage.word())))
    }

    fn decided_again(&self, lead: &StoredLead, contact: Contact, stored: Stored) -> Redecided {
        self.decider.again(lead, contact, stored, self.config_id, self.now())
    }

    async fn rewrite(
        &self,
        lead: StoredLead,
        new: Redecided,
        keys: Vec<(&'static str, String)>,
        kind: &'static str,
        body: Value,
    ) -> Result<(), Refused> {
        let who = self.seat.who.clone();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.place_of(lead.id).await?;
                    tx.rewrite(&lead, &new).await?;
                    tx.learn_keys(lead.id, &keys).await?;
                    // What was there before is personal: it stands in a note, not in the journal.
                    let was = json!({ "contact": lead.contact, "facts": lead.facts }).to_string();
                    let kept = tx.add_hidden_note(lead.id, &who, &was).await?;
                    let undo = json!({ "rewrite": kept, "before": before });
                    tx.note(told(kind, &who, lead.id, body, undo));
                    Ok(())
                })
            })
            .await?;
        Ok(())
    }

    async fn note(&self, id: LeadId, text: &str) -> Outcome {
        let text = clean(text, TEXT_MAX, true);
        if text.is_empty() {
            return Err(Refused::BadValue("an empty note was not kept".into()));
        }
        let lead = self.find(id).await?;
        let who = self.seat.who.clone();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let note = tx.add_note(id, &who, &text).await?;
                    tx.note(told("noted", &who, id, json!({}), json!({ "note": note })));
                    Ok(())
                })
            })
            .await?;
        Ok(done(format!("Noted on {}", lead.contact.name)))
    }

    async fn reassign(&self, id: LeadId, to: String) -> Outcome {
        let lead = self.find(id).await?;
        let handoff = handoff_of(&lead)?;
        let Some(person) = self.config.people.get(&to) else {
            let ids: Vec<&str> = self.config.people.keys().map(String::as_str).collect();
            return Err(Refused::BadValue(format!("{to:?} is not one of {}", ids.join(", "))));
        };
        if handoff.person == to {
            return Err(Refused::NotNow(format!("{} has it already", person.name)));
        }
        if matches!(handoff.state, HandoffState::Sending | HandoffState::Unknown) {
            return Err(Refused::NotNow("it is on its way just now: wait until that is settled".into()));
        }
        let rules = rules::in_force(&self.store, &self.config).await?;
        let endpoints = self.store.endpoints(crate::store::EndpointKind::Destination).await?;
        let ids = endpoints.into_iter().map(|(name, endpoint)| (name, endpoint.id)).collect();
        let stops = rules::first_stops(&self.config, &ids);
        let stop = stops
            .get(&person.team)
            .cloned()
            .ok_or_else(|| Refused::NotNow(format!("team {} has no destination", person.team)))?;
        let caps = rules::caps_of(&rules, &lead.source, lead.service.as_deref(), &person.team, &to);
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

    async fn retry(&self, handoff: HandoffId) -> Outcome {
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

    async fn mark_sent(&self, handoff: HandoffId) -> Outcome {
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
                    let settle = Settle::Accepted { reference: None, code: Code::Sent, clocks };
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
        let now = self.now();
        let (Some(team), Some(route)) = (self.config.teams.get(&team), self.config.routes.get(&route)) else {
            return Ok(Clocks::default());
        };
        Ok(Clocks {
            answer_by: team.hours.add(now, route.answer_within),
            at_risk_at: team.hours.add(now, route.answer_within * 4 / 5),
            ack_by: route.acknowledge_within.and_then(|within| team.hours.add(now, within)),
            poll_at: None,
        })
    }

    async fn drop_handoff(&self, handoff: HandoffId) -> Outcome {
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

    async fn pause_source(&self, source: String, reason: String) -> Outcome {
        self.known_source(&source)?;
        let (who, reason) = (self.seat.who.clone(), clean(&reason, 200, false));
        if reason.is_empty() {
            return Err(Refused::BadValue("say why, so that others know".into()));
        }
        let words = format!("{source} is paused: {reason}");
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let (id, ended) = tx.set_override(OverrideKind::Source, &source, 0, None, &who, &reason).await?;
                    let body =
                        json!({ "source": source, "reason": reason, "undo": { "override": id, "ended": ended } });
                    tx.note(Note::new("source-paused").by(&who).body(body));
                    Ok(())
                })
            })
            .await?;
        Ok(done(words))
    }

    async fn resume_source(&self, source: String) -> Outcome {
        self.known_source(&source)?;
        let who = self.seat.who.clone();
        let words = format!("{source} is read again");
        let ended = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let ended = tx.end_override(OverrideKind::Source, &source).await?;
                    if !ended.is_empty() {
                        let body = json!({ "source": source, "undo": { "ended": ended } });
                        tx.note(Note::new("source-resumed").by(&who).body(body));
                    }
                    Ok(!ended.is_empty())
                })
            })
            .await?;
        if ended { Ok(done(words)) } else { Err(Refused::NotNow("it is not paused".into())) }
    }

    async fn poll_now(&self, source: String) -> Outcome {
        self.known_source(&source)?;
        let gaps = self.config.setup_gaps(&source);
        if let Some(gap) = gaps.first() {
            return Err(Refused::NotNow(format!("{source} cannot start yet: {gap}")));
        }
        let who = self.seat.who.clone();
        let words = format!("Reading {source} now");
        self.store.due_now(source.clone()).await?;
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    tx.note(Note::new("poll-now").by(&who).body(json!({ "source": source })));
                    Ok(())
                })
            })
            .await?;
        Ok(for_good(words))
    }

    fn known_source(&self, source: &str) -> Result<(), Refused> {
        if self.config.sources.contains_key(source) {
            return Ok(());
        }
        let ids: Vec<&str> = self.config.sources.keys().map(String::as_str).collect();
        Err(Refused::BadValue(format!("{source:?} is not one of the sources {}", ids.join(", "))))
    }

    async fn set_cap(&self, cap: String, max: u32, until: Option<Timestamp>, reason: String) -> Outcome {
        self.known_cap(&cap)?;
        let (who, reason) = (self.seat.who.clone(), clean(&reason, 200, false));
        if reason.is_empty() {
            return Err(Refused::BadValue("say why, so that others know".into()));
        }
        if until.is_some_and(|until| until <= self.now()) {
            return Err(Refused::BadValue("that moment is already over".into()));
        }
        let words = if max == 0 { format!("{cap} is closed") } else { format!("{cap} is now {max}") };
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let (id, ended) =
                        tx.set_override(OverrideKind::Cap, &cap, i64::from(max), until, &who, &reason).await?;
                    let body =
                        json!({ "cap": cap, "max": max, "reason": reason, "undo": { "override": id, "ended": ended } });
                    tx.note(Note::new("cap-set").by(&who).body(body));
                    Ok(())
                })
            })
            .await?;
        Ok(done(words))
    }

    async fn reset_cap(&self, cap: String) -> Outcome {
        self.known_cap(&cap)?;
        let who = self.seat.who.clone();
        let words = format!("{cap} is back to the config's value");
        let ended = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let ended = tx.end_override(OverrideKind::Cap, &cap).await?;
                    if !ended.is_empty() {
                        let body = json!({ "cap": cap, "undo": { "ended": ended } });
                        tx.note(Note::new("cap-reset").by(&who).body(body));
                    }
                    Ok(!ended.is_empty())
                })
            })
            .await?;
        if ended { Ok(done(words)) } else { Err(Refused::NotNow("it has the config's value already".into())) }
    }

    fn known_cap(&self, cap: &str) -> Result<(), Refused> {
        if self.config.caps.iter().any(|one| one.id == cap) {
            return Ok(());
        }
        let ids: Vec<&str> = self.config.caps.iter().map(|one| one.id.as_str()).collect();
        Err(Refused::BadValue(format!("{cap:?} is not one of the caps {}", ids.join(", "))))
    }

    async fn undo(&self) -> Outcome {
        let who = self.seat.who.clone();
        let with = TakeBack { config: self.config_id, rules: rules::in_force(&self.store, &self.config).await? };
        let what = self.store.write(move |tx| Box::pin(async move { take_back(tx, &who, &with).await })).await?;
        match what {
            Some(what) => Ok(for_good(format!("Took back: {what}"))),
            None => Err(Refused::NotNow("there is nothing of yours to take back".into())),
        }
    }
}

/// What an undo goes by.
struct TakeBack {
    config: i64,
    rules: Rules,
}

impl TakeBack {
    /// The caps that count the lead's handoff while it is open.
    async fn open_caps(&self, tx: &mut Tx, lead: &StoredLead, handoff: HandoffId) -> Result<Vec<String>, StoreError> {
        let (team, person) = tx.team_and_person(handoff).await?;
        Ok(rules::open_caps_of(&self.rules, &lead.source, lead.service.as_deref(), &team, &person))
    }
}

/// Takes back this person's last act that can be and was not yet; names its kind.
async fn take_back(tx: &mut Tx, who: &str, with: &TakeBack) -> Result<Option<String>, StoreError> {
    let entries = tx.my_latest(who, UNDO_WITHIN).await?;
    let mut undone: Vec<(i64, i64)> = Vec::new();
    for (proc, n, kind, lead, handoff, body) in entries {
        if kind == "undone" {
            let of = |key: &str| body.get(key).and_then(Value::as_i64).unwrap_or_default();
            undone.push((of("proc"), of("n")));
            continue;
        }
        if undone.contains(&(proc, n)) {
            continue;
        }
        let Some(undo) = body.get("undo") else { return Ok(None) };
        apply_undo(tx, lead, handoff, undo, with).await?;
        let mut note = Note::new("undone").by(who).body(json!({ "what": kind, "proc": proc, "n": n }));
        note.lead = lead;
        note.handoff = handoff;
        tx.note(note);
        return Ok(Some(kind));
    }
    Ok(None)
}

async fn apply_undo(
    tx: &mut Tx,
    lead: Option<LeadId>,
    handoff: Option<HandoffId>,
    undo: &Value,
    with: &TakeBack,
) -> Result<(), StoreError> {
    let number = |key: &str| undo.get(key).and_then(Value::as_i64);
    if let Some(handoff) = number("ack").map(HandoffId) {
        tx.void_marks(handoff, &["ack"]).await?;
        return tx.clear_ack(handoff).await;
    }
    if let Some(id) = number("note") {
        return tx.remove_note(id).await;
    }
    if let Some(ended) = undo.get("ended") {
        if let Some(id) = number("override") {
            tx.end_override_row(id).await?;
        }
        let ids: Vec<i64> = ended.as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
        return tx.restore_overrides(&ids).await;
    }
    let Some(id) = lead else { return Err(StoreError::Conflict) };
    let now = load_lead(tx, id).await?.ok_or(StoreError::Conflict)?;
    if let Some(handoff) = number("first").map(HandoffId) {
        // Only this act's own mark: what the ticket desk said since stands.
        if let Some(mark) = number("mark") {
            tx.void_mark(handoff, id, mark).await?;
        }
        if undo.get("acked").and_then(Value::as_bool) == Some(true) {
            tx.void_marks(handoff, &["ack"]).await?;
            tx.clear_ack(handoff).await?;
        }
        if tx.refresh_first(handoff).await?.is_none() {
            let open = with.open_caps(tx, &now, handoff).await?;
            tx.retake_open(handoff, &open).await?;
        }
        return Ok(());
    }
    if let Some((was, handoff)) = undo.get("reopen").zip(handoff) {
        let open = with.open_caps(tx, &now, handoff).await?;
        return tx.reopen_lead(&now, handoff, was, &open).await;
    }
    if let Some(until) = undo.get("snooze") {
        return tx.snooze(&now, until.as_str().and_then(|at| at.parse().ok())).await;
    }
    if let Some(kept) = number("rewrite") {
        return tx.rewrite_back(&now, kept, undo.get("before").unwrap_or(&Value::Null), with.config).await;
    }
    Err(StoreError::Conflict)
}
