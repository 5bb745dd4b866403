//! A verdict: qualified, review or disqualified, with every criterion's result (`domain-rules` 3).

use serde::{Deserialize, Serialize};

use super::Code;

/// What is asked of a lead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum Criterion {
    /// Is it something we do?
    Need,
    /// Is it soon enough?
    Timing,
    /// Is it where we work?
    Region,
    /// Is it enough money, and not too much?
    Budget,
    /// A further field the operator named.
    Field(String),
}

impl Criterion {
    /// The name in config, JSON and on screen.
    pub fn name(&self) -> &str {
        match self {
            Self::Need => "need",
            Self::Timing => "timing",
            Self::Region => "region",
            Self::Budget => "budget",
            Self::Field(name) => name,
        }
    }
}

impl From<Criterion> for String {
    fn from(criterion: Criterion) -> Self {
        criterion.name().to_owned()
    }
}

impl From<String> for Criterion {
    fn from(name: String) -> Self {
        match name.as_str() {
            "need" => Self::Need,
            "timing" => Self::Timing,
            "region" => Self::Region,
            "budget" => Self::Budget,
            _ => Self::Field(name),
        }
    }
}

/// A criterion's three-valued result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It fits.
    Met,
    /// It does not.
    Unmet,
    /// It was not said or could not be read.
    Unknown,
}

/// One criterion's result with what was read and what was asked. Holds no personal data: words are
/// those of the catalogue, amounts and dates are readings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Which criterion.
    pub criterion: Criterion,
    /// Its result.
    pub answer: Answer,
    /// What was read, for people: `by 31 Dec`, `about 12,000 EUR`, `10405`.
    pub read: String,
    /// What is asked, for people: `within 6 months`, `at least 5,000 EUR`.
    pub rule: String,
    /// The reason, when it counts against the lead (unmet, or unknown where that is not accepted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The nearest change that would pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passes_if: Option<String>,
    /// A range that is partly inside the rule: met, and marked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub straddles: bool,
}

/// The three verdicts. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// All criteria are met (or an unknown one may pass).
    Qualified = 1,
    /// A person must answer one question.
    Review = 2,
    /// At least one criterion is unmet.
    Disqualified = 3,
}

/// One part of the score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Which criterion.
    pub criterion: Criterion,
    /// Its weight in the score.
    pub weight: u16,
    /// Points given, 0 to `weight`.
    pub points: u16,
}

/// The whole verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The decision.
    pub kind: VerdictKind,
    /// Every criterion, in the order need, timing, region, budget, further fields.
    pub marks: Vec<Mark>,
    /// 0 to 100: Σ weight·fit / Σ weight over the known criteria; `None` when none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// The parts of the score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<Factor>,
}

impl Verdict {
    /// Every reason that counts against the lead, in the order of the criteria.
    pub fn codes(&self) -> impl Iterator<Item = &Code> {
        self.marks.iter().filter_map(|mark| mark.code.as_ref())
    }

    /// The first criterion a person must answer for a lead in review.
    pub fn question(&self) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.answer == Answer::Unknown && mark.code.is_some())
    }
}
