//! The Capacity screen.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// Of these, leads that nobody may take: no skill, no territory, everybody away, no fallback (`C-NO-OWNER`).
    pub ownerless: u64,
    /// What today still brings; `None` for the caps of no team.
    pub outlook: Option<Outlook>,
    /// Its caps, and those of its people that are more than the two numbers everybody has.
    pub caps: Vec<CapLine>,
    /// Its people.
    pub people: Vec<PersonLine>,
}

/// What today still brings a team.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// Leads that probably leave the queue for it before the local midnight.
    pub to_come: u64,
    /// When a lead that came now would first be answered; `None` where that is further than can be seen.
    pub next_answered_at: Option<Timestamp>,
    /// Answers its people's pace was measured from; 0 is a guess.
    pub answers: u64,
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
    /// Where the config's maximum is written, `leadgate.toml:17`; `None` where a default counts.
    #[serde(default)]
    pub written_at: Option<String>,
    /// Who set the override, when, why and until when.
    pub overridden: Option<String>,
    /// Held leads that wait for room in it; one that is full elsewhere too counts there as well.
    #[serde(default)]
    pub held: u64,
    /// When the window ends; `None` for open and total caps.
    pub frees_at: Option<Timestamp>,
    /// For people: `full`, `closed`, `full about 16:50`, `ok`.
    pub forecast: String,
    /// Of a stop-loss: the figures it was last looked at by, in full.
    #[serde(default)]
    pub stop_loss: Option<String>,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonLine {
    /// Person id.
    pub id: String,
    /// Name.
    pub name: String,
    /// At work now.
    pub on_shift: bool,
    /// Away: others step in.
    pub absent: bool,
    /// How they are there and until when, for people: `till 16:00`, `away until Mon 09:00: flu`.
    pub there: String,
    /// Something was said of them while running: why, and by whom.
    pub said: Option<String>,
    /// Leads they have and have not answered.
    pub unanswered: u32,
    /// New in the period of their `new` cap (today without one).
    pub new: u32,
    /// Limit of that.
    pub new_max: Option<u32>,
    /// The caps on them that limit, the two numbers among them.
    #[serde(default)]
    pub caps: Vec<CapLine>,
    /// Open backlog.
    pub open: u32,
    /// Limit of that.
    pub open_max: Option<u32>,
    /// Median first response over the last 28 days, wall-clock seconds.
    pub median_first_secs: Option<i64>,
}
