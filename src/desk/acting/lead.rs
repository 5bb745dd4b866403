//! What a person corrects, decides and notes about a lead.

use serde_json::{Value, json};

use super::{Outcome, TEXT_MAX, done, told};
use crate::desk::act::Refused;
use crate::desk::questions::Said;
use crate::desk::{DeskError, StoreDesk};
use crate::engine::decide::Stored;
use crate::lead::{Answer, Contact, Criterion, LeadId, Stage};
use crate::store::{Redecided, StoredLead};
use crate::text::clean;

/// What a person can be known by: the kind, and the address or number.
type Keys = Vec<(&'static str, String)>;

impl StoreDesk {
    pub(super) async fn edit(&self, id: LeadId, field: String, value: &str) -> Outcome {
        let lead = self.find(id).await?;
        let (new, keys) = self.edited(&lead, &field, value)?;
        let (name, stage) = (new.contact.name.clone(), new.stage);
        self.rewrite(lead, new, keys, "edited", json!({ "field": field })).await?;
        Ok(done(format!("{name}: {field} changed, now {}", stage.word())))
    }

    /// A lead with another text in one field, decided again, and what the person can now be known by; nothing is
    /// stored.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(in crate::desk) fn edited(
        &self,
        lead: &StoredLead,
        field: &str,
        value: &str,
    ) -> Result<(Redecided, Keys), Refused> {
        let mut stored: Stored = serde_json::from_str(&lead.facts).unwrap_or_default();
        let value = clean(value, TEXT_MAX, matches!(field, "need" | "timing" | "budget"));
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
            keys = self.decider.set_field(&mut contact, field, &value).map_err(Refused::BadValue)?;
        }
        Ok((self.decided_again(lead, contact, stored), keys))
    }

    pub(super) async fn decide(&self, id: LeadId, criterion: Criterion, answer: Answer) -> Outcome {
        let lead = self.find(id).await?;
        if !matches!(lead.stage, Stage::Review | Stage::Disqualified) {
            return Err(Refused::NotNow(format!("lead {id} is {}; nothing is asked about it", lead.stage.word())));
        }
        let (name, body) = (lead.contact.name.clone(), json!({ "criterion": criterion.name(), "answer": answer }));
        let new = self.answered(&lead, criterion, answer);
        let stage = new.stage;
        self.rewrite(lead, new, Vec::new(), "decided", body).await?;
        Ok(done(format!("{name} is now {}", stage.word())))
    }

    /// A lead with a person's word on a criterion, decided again; nothing is stored.
    pub(in crate::desk) fn answered(&self, lead: &StoredLead, criterion: Criterion, answer: Answer) -> Redecided {
        let mut stored: Stored = serde_json::from_str(&lead.facts).unwrap_or_default();
        stored.decided.insert(criterion, answer);
        self.decided_again(lead, lead.contact.clone(), stored)
    }

    /// What somebody says to the question they were shown. Where something else is asked by now, it answers nothing.
    pub(super) async fn answer(&self, id: LeadId, asked: &Criterion, text: &str) -> Outcome {
        let (criterion, said) = self.heard(id, text).await.map_err(|error| match error {
            DeskError::Store(why) => Refused::Store(why),
            other => Refused::BadValue(other.to_string()),
        })?;
        if criterion != *asked {
            let (asked, now) = (asked.name(), criterion.name());
            let why = format!("the {asked} is not asked about any more, but the {now} is: look again");
            return Err(Refused::NotNow(why));
        }
        match said {
            Said::Word(answer) => self.decide(id, criterion, answer).await,
            Said::Field(field, value) => self.edit(id, field, &value).await,
        }
    }

    fn decided_again(&self, lead: &StoredLead, contact: Contact, stored: Stored) -> Redecided {
        self.decider.again(lead, contact, stored, self.config_id, self.now())
    }

    async fn rewrite(
        &self,
        lead: StoredLead,
        new: Redecided,
        keys: Keys,
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

    pub(super) async fn note(&self, id: LeadId, text: &str) -> Outcome {
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
}
