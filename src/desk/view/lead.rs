//! One lead with its handoffs and its story.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LeadRow, Question};
use crate::lead::reading::Assumed;
use crate::lead::{Code, Contact, HandoffId, HandoffState, LeadId, Quality, Region, Token, Verdict, Waits};
use crate::response::ClockState;

/// All about one lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadDetail {
    /// The lead.
    pub lead: LeadId,
    /// Its line in the lists.
    pub row: LeadRow,
    /// Who they are and what they wrote.
    pub contact: Contact,
    /// Region as read.
    pub region: Region,
    /// The verdict with all its marks.
    pub verdict: Verdict,
    /// What is asked about it; leads in review only.
    #[serde(default)]
    pub question: Option<Question>,
    /// What was assumed while reading.
    pub assumed: Vec<Assumed>,
    /// Config the verdict was made under.
    pub config_hash: String,
    /// Source title and campaign.
    pub source: String,
    /// Campaign.
    pub campaign: Option<String>,
    /// Referral code given.
    pub referral: Option<String>,
    /// Every round, the latest first.
    pub handoffs: Vec<HandoffRow>,
    /// What happened, the latest first.
    pub timeline: Vec<Event>,
    /// What happens next, one sentence.
    pub next: String,
}

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who: a person, or `leadgate`.
    pub who: String,
    /// What, one sentence.
    pub text: String,
    /// The lead it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<LeadId>,
}

/// One handoff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoffRow {
    /// Its number.
    pub id: HandoffId,
    /// The lead.
    pub lead: LeadId,
    /// The lead's name.
    pub name: String,
    /// The key to look for at the destination.
    pub token: Token,
    /// Destination id.
    pub destination: String,
    /// Team id.
    pub team: String,
    /// Person id.
    pub person: String,
    /// Round.
    pub round: i64,
    /// State.
    pub state: HandoffState,
    /// Last answer's meaning.
    pub code: Option<Code>,
    /// The destination's last words.
    pub last_text: String,
    /// Attempts so far.
    pub attempt: i64,
    /// When it is tried, looked for or asked again.
    pub due_at: Option<Timestamp>,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// When the destination took it.
    pub accepted_at: Option<Timestamp>,
    /// Answer by.
    pub answer_by: Option<Timestamp>,
    /// From then on little time is left.
    pub at_risk_from: Option<Timestamp>,
    /// What it is paused for, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<(Waits, Timestamp)>,
    /// How its first-response clock stood when it was read.
    pub clock: ClockState,
    /// When somebody said yes.
    pub ack_at: Option<Timestamp>,
    /// First human response.
    pub first_at: Option<Timestamp>,
    /// How well that is known.
    pub first_quality: Option<Quality>,
    /// Business seconds from acceptance to the first response.
    pub first_business_secs: Option<i64>,
    /// The destination's number.
    pub number: Option<String>,
    /// Where people look.
    pub url: Option<String>,
    /// What happens next, one sentence.
    pub next: String,
}
