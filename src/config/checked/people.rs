//! Who answers.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

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
    /// Person id of who leads it: told what its people do not answer.
    pub lead: Option<String>,
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
