//! The review queue: each lead a person must look at, with the one question whose answer decides, or brings it
//! nearest to a decision. An answer is an edit or a decision like any other: the verdict follows at once, and
//! `undo` takes it back.

use super::act::Refused;
use super::view::{Question, WouldBe};
use super::{DeskError, StoreDesk};
use crate::engine::decide::Stored;
use crate::lead::{Answer, Code, Criterion, LeadId, Mark, Stage, Verdict};
use crate::store::StoredLead;

/// Most leads asked about at once.
pub const QUESTIONS_MOST: u32 = 500;

/// What an answer says.
pub(super) enum Said {
    /// Yes or no.
    Word(Answer),
    /// Text for a field: its name, and what goes into it.
    Field(String, String),
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
        Ok(self.question_of(&lead))
    }

    /// What to ask about a lead; `None` when it is not in review.
    pub(super) fn question_of(&self, lead: &StoredLead) -> Option<Question> {
        (lead.stage == Stage::Review).then(|| self.asked(lead, &self.open_marks(lead)))
    }

    /// What would become of a lead with `text` as the answer to its open question; nothing is changed.
    ///
    /// # Errors
    /// There is no such lead, nothing is asked about it, the text cannot be an answer, or the store did not answer.
    pub async fn foreseen(&self, lead: LeadId, text: &str) -> Result<WouldBe, DeskError> {
        let (criterion, said) = self.heard(lead, text).await?;
        let missing = || DeskError::NotFound(format!("there is no lead {lead}"));
        let stored = self.store.lead(lead).await?.ok_or_else(missing)?;
        let new = match said {
            Said::Word(answer) => self.answered(&stored, criterion.clone(), answer),
            Said::Field(field, value) => {
                let refused = |refused: Refused| DeskError::NotFound(refused.to_string());
                self.edited(&stored, &field, &value).map_err(refused)?.0
            }
        };
        let facts: Stored = serde_json::from_str(&new.facts).unwrap_or_default();
        let verdict = self.decider.today(&stored, &facts);
        let open = self.open_of(&verdict, new.service.as_deref(), &stored.source, &facts);
        let mark = verdict.marks.iter().find(|mark| mark.criterion == criterion);
        Ok(WouldBe {
            lead,
            text: text.to_owned(),
            read: mark.map(|mark| mark.read.clone()).unwrap_or_default(),
            answer: mark.map_or(Answer::Unknown, |mark| mark.answer),
            stage: new.stage,
            next: open.first().map(|mark| self.ask(&mark.criterion, mark)),
        })
    }

    /// What `text` says to the open question of a lead, and which one that is: yes and no decide, anything else is
    /// what they said.
    ///
    /// # Errors
    /// There is no such lead, nothing is asked about it, or the question takes only yes or no.
    pub(super) async fn heard(&self, lead: LeadId, text: &str) -> Result<(Criterion, Said), DeskError> {
        let found = self.question(lead).await?;
        let Some((question, criterion)) = found.and_then(|asked| Some((asked.clone(), asked.criterion?))) else {
            return Err(DeskError::NotFound(format!("nothing is asked about lead {lead}")));
        };
        let said = match text.trim().to_lowercase().as_str() {
            "" => return Err(DeskError::NotFound(format!("an empty text answers nothing: {}", question.ask))),
            "yes" | "y" | "ja" => Said::Word(Answer::Met),
            "no" | "n" | "nein" => Said::Word(Answer::Unmet),
            _ => match self.field_of(&criterion, text) {
                Some((field, value)) => Said::Field(field, value),
                None => return Err(DeskError::NotFound(format!("answer yes or no: {}", question.ask))),
            },
        };
        Ok((criterion, said))
    }

    fn open_marks(&self, lead: &StoredLead) -> Vec<Mark> {
        let stored: Stored = serde_json::from_str(&lead.facts).unwrap_or_default();
        let verdict = self.decider.today(lead, &stored);
        self.open_of(&verdict, lead.service.as_deref(), &lead.source, &stored)
    }

    /// What is not known and counts against the lead, what decides most first: the need, which says by whose
    /// rules the rest is measured, then what weighs most.
    fn open_of(&self, verdict: &Verdict, service: Option<&str>, source: &str, stored: &Stored) -> Vec<Mark> {
        let place = self.decider.region(source, &stored.facts.region);
        let fitted = service.and_then(|id| self.config.services.get(id));
        let fitted = fitted.map(|service| self.config.criteria_for(service, source, &place));
        let [_, timing, region, budget] = fitted.map(|fitted| fitted.criteria.weights).unwrap_or_default();
        let weight = |criterion: &Criterion| match criterion {
            Criterion::Need => u16::MAX,
            Criterion::Timing => timing,
            Criterion::Region => region,
            Criterion::Budget => budget,
            Criterion::Field(id) => {
                self.config.minimums.iter().find(|one| one.id == *id).map_or(0, |minimum| minimum.weight)
            }
        };
        let is_open = |mark: &&Mark| mark.answer == Answer::Unknown && mark.code.is_some();
        let mut open: Vec<Mark> = verdict.marks.iter().filter(is_open).cloned().collect();
        open.sort_by_key(|mark| std::cmp::Reverse(weight(&mark.criterion)));
        open
    }

    fn asked(&self, lead: &StoredLead, open: &[Mark]) -> Question {
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
            name: lead.contact.name.clone(),
            criterion: first.map(|mark| mark.criterion.clone()),
            ask,
            written,
            rule: first.map(|mark| mark.rule.clone()).unwrap_or_default(),
            passes_if: first.and_then(|mark| mark.passes_if.clone()),
            takes_text: first.is_some_and(|mark| self.takes_text(&mark.criterion)),
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

    fn takes_text(&self, criterion: &Criterion) -> bool {
        !matches!(criterion, Criterion::Field(id) if self.told_by_text(id).is_none())
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
