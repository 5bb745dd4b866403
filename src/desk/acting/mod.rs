//! What people do, each act one guarded transaction: the rows, a journal entry by that person, and what
//! would take it back.

mod again;
mod answer;
mod handoff;
mod lead;
mod pause;
mod person;
mod source;
mod steer;
mod undo;

use serde_json::Value;

use super::act::{Act, Done, Refused};
use super::store_desk::StoreDesk;
use crate::engine::rules;
use crate::lead::{Code, LeadId, Stage};
use crate::store::{LeadFacts, Note, StoreError, StoredLead};

/// Longest note and longest field a person may type, in characters.
const TEXT_MAX: usize = 4_000;

type Outcome = Result<Done, Refused>;

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::NotNow("it changed meanwhile: look again".into()),
            other => Self::Store(other.chain()),
        }
    }
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
            Act::PauseClock { lead, waits, until, reason } => self.pause_clock(lead, waits, until, &reason).await,
            Act::ResumeClock(lead) => self.resume_clock(lead).await,
            Act::Edit { lead, field, value } => self.edit(lead, field, &value).await,
            Act::Answer { lead, criterion, text } => self.answer(lead, &criterion, &text).await,
            Act::Decide { lead, criterion, answer } => self.decide(lead, criterion, answer).await,
            Act::Note { lead, text } => self.note(lead, &text).await,
            Act::Reassign { lead, person } => self.reassign(lead, person).await,
            Act::Retry(handoff) => self.retry(handoff).await,
            Act::MarkSent(handoff) => self.mark_sent(handoff).await,
            Act::Reroute { handoff, destination } => self.reroute(handoff, &destination).await,
            Act::Resend(handoff) => self.resend(handoff).await,
            Act::Drop(handoff) => self.drop_handoff(handoff).await,
            Act::PauseSource { source, reason, until } => self.pause_source(source, reason, until).await,
            Act::Backfill { source, since } => self.backfill(source, since).await,
            Act::ResumeSource(source) => self.resume_source(source).await,
            Act::PollNow(source) => self.poll_now(source).await,
            Act::SetCap { cap, max, until, reason } => self.set_cap(cap, max, until, reason).await,
            Act::ResetCap(cap) => self.reset_cap(cap).await,
            Act::Leave { person, until, reason } => self.leave(person, until, reason).await,
            Act::Shift { person, on, until, reason } => self.shift(person, on, until, reason).await,
            Act::Back(person) => self.back(person).await,
            Act::HandOver(person) => self.hand_over(person).await,
            Act::StartShadow { draft, reason } => self.start_shadow(&draft, &reason).await,
            Act::StopShadow => self.stop_shadow().await,
            Act::Forget(lead) => self.forget_person_of(lead).await,
            Act::Undo => self.undo().await,
        }
    }

    async fn find(&self, lead: LeadId) -> Result<StoredLead, Refused> {
        let found = self.store.lead(lead).await?;
        let found = found.ok_or_else(|| Refused::NotNow(format!("there is no lead {lead}")))?;
        match found.erased_at {
            Some(_) => Err(Refused::NotNow(format!("lead {lead} is erased: nothing can be done with it any more"))),
            None => Ok(found),
        }
    }

    async fn open_caps(&self) -> Result<Vec<String>, Refused> {
        Ok(rules::open_caps(&rules::in_force(&self.store, &self.config).await?))
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

/// A value that is none of the known ones, which are named.
fn not_one_of<'a>(value: &str, what: &str, known: impl Iterator<Item = &'a str>) -> Refused {
    let known: Vec<&str> = known.collect();
    Refused::BadValue(format!("{value:?} is not one of {what}{}", known.join(", ")))
}

fn handoff_of(lead: &StoredLead) -> Result<&LeadFacts, Refused> {
    let none = || Refused::NotNow(format!("lead {} has not been handed to anybody ({})", lead.id, lead.stage.word()));
    if lead.stage != Stage::Out {
        return Err(none());
    }
    lead.handoff.as_ref().ok_or_else(none)
}
