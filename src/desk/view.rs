//! What the screens and lists show: plain data, cleaned, with instants instead of ages so that a screen
//! can count down without asking again. All of it serialises, because `--json` prints the same.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::lead::{Code, Contact, HandoffId, HandoffState, LeadId, Quality, Region, Stage, Token, Verdict};

/// Which list of leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum List {
    /// Handed off and not ended, in review, snoozed: sorted by what is due.
    #[default]
    Open,
    /// Waiting for capacity, in queue order.
    Held,
    /// Disqualified, newest first.
    Rejected,
    /// Records nobody could read, suppressed or test ones, newest first.
    Quarantine,
    /// Ended, newest first.
    Closed,
}

impl List {
    /// Every list, in the order `Tab` walks them.
    pub const ALL: [Self; 5] = [Self::Open, Self::Held, Self::Rejected, Self::Quarantine, Self::Closed];

    /// The word people see.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Held => "held",
            Self::Rejected => "rejected",
            Self::Quarantine => "quarantine",
            Self::Closed => "closed",
        }
    }
}

/// A question to the desk for a list of leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// Which list.
    pub list: List,
    /// Only this person's.
    pub person: Option<String>,
    /// Only rows whose name, service, place or id contain this (case-insensitive).
    pub text: String,
    /// Go on after this place (see [`Rows::next`]).
    pub after: Option<String>,
    /// At most this many rows.
    pub limit: u32,
}

/// One page of rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// The rows.
    pub rows: Vec<LeadRow>,
    /// How many the list has in all, where that is cheap to know.
    pub total: u64,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
}

/// One line of a list of leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadRow {
    /// The lead; `None` for a quarantined record.
    pub lead: Option<LeadId>,
    /// Record number, for quarantined ones.
    pub inquiry: i64,
    /// Where the lead is.
    pub stage: Option<Stage>,
    /// Name.
    pub name: String,
    /// Title of the service, or `?`.
    pub service: String,
    /// Postal code or country, or `?`.
    pub place: String,
    /// Budget in short: `12k EUR`, or `–`.
    pub budget: String,
    /// 0 to 100.
    pub score: Option<u8>,
    /// Source id.
    pub source: String,
    /// When it came in.
    pub received_at: Timestamp,
    /// Owner's name.
    pub owner: Option<String>,
    /// The open handoff.
    pub handoff: Option<HandoffId>,
    /// Its state.
    pub state: Option<HandoffState>,
    /// Answer by.
    pub answer_by: Option<Timestamp>,
    /// When an at-risk mark begins (20 % of the time left).
    pub at_risk_from: Option<Timestamp>,
    /// First human response.
    pub first_at: Option<Timestamp>,
    /// Acknowledged.
    pub acknowledged: bool,
    /// Out of sight until then.
    pub snoozed_until: Option<Timestamp>,
    /// Why it is where it is: reasons of a hold, a rejection, a quarantine.
    pub codes: Vec<Code>,
    /// About when a held lead leaves the queue.
    pub forecast: Option<Timestamp>,
}

/// What a row needs now. Ordered as the Inbox sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The time to answer is over.
    Missed,
    /// At most 20 % of the time is left.
    AtRisk,
    /// The clock runs.
    Due,
    /// A person must answer a question first.
    Review,
    /// Sent or being sent; the clock has not started.
    Waiting,
    /// Answered; the outcome is open.
    Answered,
    /// Out of sight for now.
    Snoozed,
    /// Nothing to do.
    Rest,
}

impl LeadRow {
    /// What this row needs at `now`.
    pub fn need(&self, now: Timestamp) -> Need {
        if self.snoozed_until.is_some_and(|until| until > now) {
            return Need::Snoozed;
        }
        match self.stage {
            Some(Stage::Review | Stage::Pending) => Need::Review,
            Some(Stage::Out) if self.first_at.is_some() => Need::Answered,
            Some(Stage::Out) => match self.answer_by {
                Some(by) if by <= now => Need::Missed,
                Some(_) if self.at_risk_from.is_some_and(|from| from <= now) => Need::AtRisk,
                Some(_) => Need::Due,
                None => Need::Waiting,
            },
            _ => Need::Rest,
        }
    }
}

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

/// The Capacity screen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// Teams, by id; caps of no team come in a last one called `all`.
    pub teams: Vec<TeamCapacity>,
    /// Held in all.
    pub held: u64,
}

/// One team's capacity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TeamCapacity {
    /// Team id.
    pub team: String,
    /// Title.
    pub title: String,
    /// Working now.
    pub open: bool,
    /// When that changes.
    pub changes_at: Option<Timestamp>,
    /// Held leads this team could take.
    pub held: u64,
    /// Its caps.
    pub caps: Vec<CapLine>,
    /// Its people.
    pub people: Vec<PersonLine>,
}

/// One cap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CapLine {
    /// Cap id.
    pub id: String,
    /// For people: `20 per day`, `12 open`.
    pub title: String,
    /// Accepted in the window (or open).
    pub used: u32,
    /// Reserved, not yet accepted.
    pub reserved: u32,
    /// Maximum in force; `None` is no cap.
    pub max: Option<u32>,
    /// The config's maximum, where an override is in force.
    pub config_max: Option<u32>,
    /// Who set the override, why and until when.
    pub overridden: Option<String>,
    /// When the window ends; `None` for open and total caps.
    pub frees_at: Option<Timestamp>,
    /// For people: `full`, `closed`, `full about 16:50`, `ok`.
    pub forecast: String,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonLine {
    /// Person id.
    pub id: String,
    /// Name.
    pub name: String,
    /// On shift now.
    pub on_shift: bool,
    /// When that changes.
    pub changes_at: Option<Timestamp>,
    /// New in the period of their `new` cap (today without one).
    pub new: u32,
    /// Limit of that.
    pub new_max: Option<u32>,
    /// Open backlog.
    pub open: u32,
    /// Limit of that.
    pub open_max: Option<u32>,
    /// Median first response over the last 28 days, wall-clock seconds.
    pub median_first_secs: Option<i64>,
}

/// The Response screen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Handoffs that need attention first, then open ones, then recent ones.
    pub handoffs: Vec<HandoffRow>,
    /// How many are in each state.
    pub counts: Vec<(HandoffState, u64)>,
    /// Over the last 28 days.
    pub all: Speed,
    /// By person, team, source, destination: (kind, id, speed).
    pub by: Vec<(String, String, Speed)>,
}

/// First-response times, wall clock (`domain-rules` 7, speed to lead).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Handed-off leads counted.
    pub n: u64,
    /// Answered ones.
    pub answered: u64,
    /// Median, seconds; `None` with `median_note` saying why or `> age`.
    pub median_secs: Option<i64>,
    /// Set when the median falls among the unanswered: it is longer than this many seconds.
    pub median_over_secs: Option<i64>,
    /// 90th percentile, seconds.
    pub p90_secs: Option<i64>,
    /// Set when it falls among the unanswered.
    pub p90_over_secs: Option<i64>,
    /// Answered within 5 min, 1 h, 24 h: (answered within, known).
    pub within: [(u64, u64); 3],
    /// Ended without a first response.
    pub never: u64,
    /// Response target: (met, met + missed).
    pub target: (u64, u64),
}

/// The Sources screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceLine {
    /// Source id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Preset.
    pub preset: String,
    /// How it is.
    pub state: SourceState,
    /// Kind of channel.
    pub channel: String,
    /// Last complete read.
    pub last_ok_at: Option<Timestamp>,
    /// Next read.
    pub due_at: Option<Timestamp>,
    /// Failures in a row.
    pub fails: u32,
    /// Last error with its fix.
    pub error: Option<String>,
    /// Setup gate: what is missing.
    pub gaps: Vec<String>,
    /// Inquiries today.
    pub today: u64,
    /// Inquiries per day over the last 14 days, oldest first.
    pub days: Vec<u64>,
    /// Quarantined in all.
    pub quarantined: u64,
    /// Who paused it and why.
    pub paused: Option<String>,
}

/// How a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceState {
    /// Read in time.
    Ok,
    /// Being read.
    Reading,
    /// Never read yet.
    New,
    /// Last read failed; tried again.
    Failing,
    /// Credentials or settings are wrong; waits for a person.
    Stopped,
    /// Paused by a person.
    Paused,
    /// Setup is not complete.
    Setup,
}

/// The Report screen and `leadgate report`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// First day, inclusive, local.
    pub since: String,
    /// Last day, inclusive, local.
    pub until: String,
    /// `cohort` (by received date).
    pub view: String,
    /// One line a source, by id.
    pub sources: Vec<ReportLine>,
    /// All together.
    pub total: ReportLine,
}

/// Figures of one source (`domain-rules` 7).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportLine {
    /// Source id, or `all`.
    pub source: String,
    /// New leads (inquiries that are not duplicates, tests or unreadable).
    pub inquiries: u64,
    /// Of these qualified.
    pub qualified: u64,
    /// Of these handed off.
    pub handed_off: u64,
    /// Of these contacted.
    pub contacted: u64,
    /// Of these won.
    pub won: u64,
    /// Of these returned.
    pub returned: u64,
    /// Further touches of known people.
    pub touches: u64,
    /// Records that could not be read.
    pub quarantined: u64,
    /// Cost in the period, minor units of the business's currency.
    pub cost: i64,
    /// Currency.
    pub currency: String,
    /// Cost per inquiry.
    pub cost_per_inquiry: Figure,
    /// Cost per qualified lead.
    pub cost_per_qualified: Figure,
    /// Speed to lead.
    pub speed: Speed,
}

/// A figure that may not exist; then it says why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Minor units, or seconds: as the field says.
    pub value: Option<i64>,
    /// Why there is none: "320 EUR spent, 0 qualified".
    pub why: Option<String>,
}
