//! Who answers.

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
}
