//! Who answers, and how much they can take.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::RegionRule;
use crate::calendar::Calendar;

/// `[team.ID]`.
#[derive(Debug, Clone)]
pub struct Team {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Services it answers; never empty.
    pub services: Vec<String>,
    /// Its territory; all lists empty means everywhere.
    pub region: RegionRule,
    /// Who takes what nobody else can.
    pub fallback: Option<String>,
    /// How its handoffs go.
    pub route: String,
    /// Its hours: response clocks run on these.
    pub hours: Calendar,
    /// Hand off outside hours instead of holding.
    pub hand_off_outside_hours: bool,
    /// A known customer goes to whom of this team they had before.
    pub same_owner: bool,
}

/// `[person.ID]`.
#[derive(Debug, Clone)]
pub struct Person {
    /// Id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Team.
    pub team: String,
    /// Their hours: nobody off shift gets a lead.
    pub hours: Calendar,
    /// Share of the work against others of the team.
    pub weight: u32,
    /// What they can, of what their team answers; empty is all of it.
    pub services: Vec<String>,
    /// Their own territory; all lists empty means all of the team's.
    pub region: RegionRule,
    /// When they are away.
    pub absent: Vec<Absence>,
}

/// Local days somebody is away, the first and the last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Absence {
    /// The first day.
    pub first: Date,
    /// The last day, not before the first.
    pub last: Date,
}

impl Absence {
    /// Its instants, half-open; `None` at the end of the calendar.
    pub fn span(&self, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let start = |day: Date| day.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
        start(self.first).zip(start(self.last.tomorrow().ok()?))
    }
}

/// A cap (`domain-rules` 4).
#[derive(Debug, Clone, PartialEq)]
pub struct Cap {
    /// Id; shorthands are `team.<id>.day`, `person.<id>.new`, `person.<id>.open`.
    pub id: String,
    /// Whom or what it limits.
    pub scope: Scope,
    /// At most this many; 0 closes, `None` does not limit.
    pub max: Option<u32>,
    /// Over what.
    pub per: Per,
    /// Spread over the rest of the working day.
    pub smooth: bool,
    /// Longest wait of a lead this cap holds; then it expires.
    pub hold_for: Option<SignedDuration>,
    /// Most leads this cap holds at once; then newcomers overflow.
    pub hold_at_most: Option<u32>,
}

/// Whom or what a cap limits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Every handoff.
    Everything,
    /// One team's.
    Team(String),
    /// One person's.
    Person(String),
    /// One source's.
    Source(String),
    /// One service's.
    Service(String),
    /// One destination's.
    Destination(String),
}

/// Over what a cap counts: `n` whole windows of the local clock, everything, or the open backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Per {
    /// n minutes, from the local day's start.
    Minutes(u32),
    /// n hours, from the local day's start.
    Hours(u32),
    /// n local days, from Mon 1970-01-05.
    Days(u32),
    /// n ISO weeks.
    Weeks(u32),
    /// n local months, from January 1970.
    Months(u32),
    /// For ever.
    Total,
    /// Handoffs open at the same time.
    Open,
}
