//! Why a lead was decided as it was, and what holds it: for *explain*.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::lead::{Answer, Code, Criterion, LeadId, Stage, VerdictKind};

/// Everything that decided about a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The lead; `None` for a record that was only tried.
    pub lead: Option<LeadId>,
    /// The verdict.
    pub verdict: VerdictKind,
    /// Service id, where it is clear.
    pub service: Option<String>,
    /// 0 to 100.
    pub score: Option<u8>,
    /// Every criterion, in the order need, timing, region, budget.
    pub criteria: Vec<ExplainedCriterion>,
    /// What was assumed while reading, a sentence each.
    pub assumed: Vec<String>,
    /// Version of the configuration that decided.
    pub config_hash: String,
    /// It is the one in force.
    pub config_in_force: bool,
    /// Version of the text readers that would read it now.
    pub readers: u32,
    /// Where it is; `None` for a record that was only tried.
    pub stage: Option<Stage>,
    /// What holds it: every full cap, closed hours, nobody there.
    pub held_by: Vec<Holds>,
    /// About when it leaves the queue.
    pub leaves_at: Option<Timestamp>,
    /// What happens next, one sentence.
    pub next: String,
}

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedCriterion {
    /// Which.
    pub criterion: Criterion,
    /// Its result.
    pub answer: Answer,
    /// What the person wrote; empty where they wrote nothing.
    pub written: String,
    /// What was read of it.
    pub read: String,
    /// What is asked.
    pub rule: String,
    /// The key of the configuration that decided, `service.roof.criteria.timing.within`.
    pub key: Option<String>,
    /// Where it is written, `leadgate.toml:17`; `None` where a default counts, or the version is another one.
    pub written_at: Option<String>,
    /// The reason, where it counts against the lead.
    pub code: Option<Code>,
    /// The reason as a sentence.
    pub sentence: Option<String>,
    /// The nearest change that would pass.
    pub passes_if: Option<String>,
    /// Weight in the score, and points of it; `None` where it is not known.
    pub points: Option<(u16, u16)>,
    /// The key of the exception that says what it weighs; `None` where the service does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_key: Option<String>,
    /// Where that is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_at: Option<String>,
}

/// Something that holds a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holds {
    /// The reason.
    pub code: Code,
    /// As a sentence.
    pub sentence: String,
    /// When that ends by the clock alone.
    pub frees_at: Option<Timestamp>,
}
