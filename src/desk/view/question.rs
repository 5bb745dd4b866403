//! What a person is asked about a lead in review, and what an answer would come to.

use serde::{Deserialize, Serialize};

use crate::lead::{Answer, Criterion, LeadId, Stage};

/// A lead in review and what to ask about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// It can be answered in words; otherwise only by yes or no.
    pub takes_text: bool,
    /// Questions that are open, this one included; with 1, its answer decides.
    pub open: usize,
}

/// What an answer would come to, before it is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WouldBe {
    /// The lead.
    pub lead: LeadId,
    /// The answer as typed.
    pub text: String,
    /// What would be read of it; empty where nothing can be.
    pub read: String,
    /// Whether what was asked about would fit then.
    pub answer: Answer,
    /// Where the lead would go.
    pub stage: Stage,
    /// What would be asked next, one sentence.
    pub next: Option<String>,
}
