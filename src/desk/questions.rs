//! The review queue: each lead a person must look at, with the one question whose answer decides, or brings it
//! nearest to a decision. An answer is an edit or a decision like any other: the verdict follows at once, and
//! `undo` takes it back.

use serde::Serialize;

use super::act::Act;
use super::{DeskError, StoreDesk};
use crate::engine::decide::Stored;
use crate::lead::{Answer, Code, Criterion, LeadId, Mark, Stage};
use crate::store::StoredLead;

/// Most leads asked about at once.
pub const QUESTIONS_MOST: u32 = 500;

/// A lead in review and what to ask about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// The lead.
    pub lead: LeadId,
    /// Who.
    pub name: String,
    /// Where to reach them: phone, else e-mail.
    pub reach: Option<String>,
    /// What is asked about; `None` where no rule of today leaves anything open.
    pub criterion: Option<Criterion>,
    /// The question, one sentence.
    pub ask: String,
    /// What they wrote about it; may be empty. Foreign text.
    pub written: String,
    /// What the rule asks.
    pub rule: String,
    /// What it takes to fit.
    pub passes_if: Option<String>,
    /// Questions that are open, this one included; with 1, its answer decides.
    pub open: usize,
}

/// What an answer comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answering {
    /// The act to perform.
    pub act: Act,
    /// What the answer was about.
    pub criterion: Criterion,
}

impl StoreDesk {
    /// The review queue, those that came first first: at most `most` (and [`QUESTIONS_MOST`]).
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn questions(&self, most: u32) -> Result<Vec<Question>, DeskError> {
        let leads = self.store.in_review(LeadId(0), most.min(QUESTIONS_MOST)).await?;
        let mut questions = Vec::with_capacity(leads.len());
        for lead in leads {
            // Decided by somebody else since: nothing is asked any more.
            questions.extend(self.question(lead).await?);
        }
        Ok(questions)
    }

    /// What to ask about a lead; `None` when it is not in review.
    ///
    /// # Errors
    /// There is no such lead, or the store did not answer.
    pub async fn question(&self, lead: LeadId) -> Result<Option<Question>, DeskError> {
        let missing = || DeskError::NotFound(format!("there is no lead {lead}"));
        let lead = self.store.lead(lead).await?.ok_or_else(missing)?;
        if lead.stage != Stage::Review {
            return Ok(None);
        }
        let open = self.open_marks(&lead);
        Ok(Some(self.asked(lead, &open)))
    }

    /// What `text` says to the open question of a lead: yes and no decide, anything else is what they said.
    ///
    /// # Errors
    /// There is no such lead, nothing is asked about it, or the question takes only yes or no.
    pub async fn answering(&self, lead: LeadId, text: &str) -> Result<Answering, DeskError> {
        let found = self.question(lead).await?;
        let Some((question, criterion)) = found.and_then(|asked| Some((asked.clone(), asked.criterion?))) else {
            return Err(DeskError::NotFound(format!("nothing is asked about lead {lead}")));
        };
        let decide = |answer| Act::Decide { lead, criterion: criterion.clone(), answer };
        let act = match text.trim().to_lowercase().as_str() {
            "" => return Err(DeskError::NotFound(format!("an empty text answers nothing: {}", question.ask))),
            "yes" | "y" | "ja" => decide(Answer::Met),
            "no" | "n" | "nein" => decide(Answer::Unmet),
            _ => match self.field_of(&criterion, text) {
                Some((field, value)) => Act::Edit { lead, field, value },
                None => return Err(DeskError::NotFound(format!("answer yes or no: {}", question.ask))),
            },
        };
        Ok(Answering { act, criterion })
    }

    /// What is not known and counts against the lead, what decides most first: the need, which says by whose
    /// rules the rest is measured, then what weighs most.
    fn open_marks(&self, lead: &StoredLead) -> Vec<Mark> {
        let stored: Stored = serde_json::from_str(&lead.facts).unwrap_or_default();
        let verdict = self.decider.today(lead, &stored);
        let weights = lead.service.as_deref().and_then(|id| self.config.services.get(id));
        let weight = |criterion: &Criterion| {
            let [_, timing, region, budget] = weights.map(|service| service.criteria.weights).unwrap_or_default();
            match criterion {
                Criterion::Need => u16::MAX,
                Criterion::Timing => timing,
                Criterion::Region => region,
                Criterion::Budget => budget,
                Criterion::Field(id) => {
                    self.config.minimums.iter().find(|one| one.id == *id).map_or(0, |minimum| minimum.weight)
                }
            }
        };
        let is_open = |mark: &Mark| mark.answer == Answer::Unknown && mark.code.is_some();
        let mut open: Vec<Mark> = verdict.marks.into_iter().filter(is_open).collect();
        open.sort_by_key(|mark| std::cmp::Reverse(weight(&mark.criterion)));
        open
    }

    fn asked(&self, lead: StoredLead, open: &[Mark]) -> Question {
        let first = open.first();
        let alike = lead.end_code.as_deref().and_then(|code| code.parse().ok()) == Some(Code::LookAlike);
        let ask = match first {
            Some(mark) => self.ask(&mark.criterion, mark),
            None if alike => "It looks like two people we know: which one is it? Any edit decides it again.".to_owned(),
            None => "By today's rules nothing is open: any edit decides it again.".to_owned(),
        };
        let written = first.map(|mark| super::explain::written(&lead.contact, &mark.criterion)).unwrap_or_default();
        Question {
            lead: lead.id,
            reach: lead.contact.phone.clone().or_else(|| lead.contact.email.clone()),
            name: lead.contact.name,
            criterion: first.map(|mark| mark.criterion.clone()),
            ask,
            written,
            rule: first.map(|mark| mark.rule.clone()).unwrap_or_default(),
            passes_if: first.and_then(|mark| mark.passes_if.clone()),
            open: open.len(),
        }
    }

    fn ask(&self, criterion: &Criterion, mark: &Mark) -> String {
        match criterion {
            Criterion::Need => {
                let titles: Vec<String> = self.config.services.values().map(|one| one.title.clone()).collect();
                format!("What do they want: {}?", crate::names::either(&titles))
            }
            Criterion::Timing => format!("When do they want it ({})?", mark.rule),
            Criterion::Region => format!("Where is it ({})? A postal code says most.", mark.rule),
            Criterion::Budget => format!("How much do they want to spend ({})?", mark.rule),
            Criterion::Field(id) => match self.told_by_text(id) {
                Some(field) => format!("What about {field} ({})?", mark.rule),
                None => format!("Does this hold: {}? Yes or no.", mark.rule),
            },
        }
    }

    /// The extra field a further criterion reads; `None` where it asks a condition.
    fn told_by_text(&self, minimum: &str) -> Option<&str> {
        use crate::config::checked::MinimumRule;
        let found = self.config.minimums.iter().find(|one| one.id == minimum)?;
        (!matches!(found.rule, MinimumRule::Where(_))).then_some(found.field.as_str())
    }

    /// The field an answer belongs into, and what is written there.
    fn field_of(&self, criterion: &Criterion, text: &str) -> Option<(String, String)> {
        let text = text.trim();
        let field = match criterion {
            Criterion::Need => {
                let wanted = crate::fold::fold(text);
                let named = |id: &str, title: &str| crate::fold::fold(title) == wanted || id == text;
                let service = self.config.services.values().find(|service| named(&service.id, &service.title));
                if let Some(service) = service {
                    return Some(("service".to_owned(), service.id.clone()));
                }
                "need"
            }
            Criterion::Timing => "timing",
            Criterion::Budget => "budget",
            Criterion::Region if text.contains(|char: char| char.is_ascii_digit()) => "postal-code",
            Criterion::Region if crate::places::country(text).is_some() => "country",
            Criterion::Region => "city",
            Criterion::Field(id) => self.told_by_text(id)?,
        };
        Some((field.to_owned(), text.to_owned()))
    }
}
