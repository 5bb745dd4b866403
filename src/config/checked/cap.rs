//! Caps: how much of what may pass, over what time, and what happens to the rest (`domain-rules` 4).

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::StopLoss;
use crate::condition::Condition;
use crate::lead::Code;

/// Parts of one unit of money that caps count in.
pub const HUNDREDTHS: u32 = 100;

/// A cap (`domain-rules` 4).
#[derive(Debug, Clone, PartialEq)]
pub struct Cap {
    /// Id; shorthands are `team.<id>.day`, `person.<id>.new`, `person.<id>.open`.
    pub id: String,
    /// Whom or what it limits.
    pub scope: Scope,
    /// Only leads of which this holds; one of which that is not known counts as well, so that nothing slips
    /// past a limit for want of an answer.
    pub only: Option<Condition>,
    /// At most so much; 0 closes, `None` does not limit. Leads, weight, or hundredths of money.
    pub max: Option<u32>,
    /// Maxima by weekday, Monday first, in place of `max`; a day without one is not limited.
    pub by_day: Option<[Option<u32>; 7]>,
    /// Over what.
    pub per: Per,
    /// The window ends now and reaches back `per`: slots free up one at a time.
    pub rolling: bool,
    /// What is counted.
    pub unit: Unit,
    /// It warns and forecasts, and stops nobody.
    pub soft: bool,
    /// Spread over the rest of the working day.
    pub smooth: bool,
    /// Spread over the working days of its window.
    pub spread: bool,
    /// A return that is the source's fault gives its place back, in the window of the return.
    pub credits_returns: bool,
    /// Longest wait of a lead this cap holds; then it expires.
    pub hold_for: Option<SignedDuration>,
    /// Most leads this cap holds at once; then newcomers overflow.
    pub hold_at_most: Option<u32>,
    /// What else happens when it is full.
    pub on_full: OnFull,
    /// It counts no leads, but closes while they cost too much.
    pub stop_loss: Option<StopLoss>,
}

/// What happens when a cap is full, besides that its leads wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnFull {
    /// This team is asked instead.
    pub next: Option<String>,
    /// Nobody waits: a lead it would hold ends with this code.
    pub decline: Option<Code>,
    /// This address is told when it fills and when it frees.
    pub hook: Option<String>,
}

/// What a cap counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Unit {
    /// Leads.
    #[default]
    Lead,
    /// What the sources say their leads cost, in hundredths of this currency (ISO 4217).
    Money(String),
    /// The weights of the services.
    Weight,
}

impl Cap {
    /// A plain cap on leads.
    pub fn new(id: String, scope: Scope, max: Option<u32>, per: Per) -> Self {
        Self {
            id,
            scope,
            only: None,
            max,
            by_day: None,
            per,
            rolling: false,
            unit: Unit::Lead,
            soft: false,
            smooth: false,
            spread: false,
            credits_returns: false,
            hold_for: None,
            hold_at_most: None,
            on_full: OnFull::default(),
            stop_loss: None,
        }
    }

    /// Does it say how much at all?
    pub const fn limits(&self) -> bool {
        self.max.is_some() || self.by_day.is_some()
    }

    /// The maximum of the window `at` lies in.
    pub fn max_at(&self, zone: &TimeZone, at: Timestamp) -> Option<u32> {
        match &self.by_day {
            None => self.max,
            Some(days) => days[monday_first(at.to_zoned(zone.clone()).weekday())],
        }
    }

    /// As people write it: whole money for hundredths, rounded up.
    pub const fn whole(&self, parts: u32) -> u32 {
        match self.unit {
            Unit::Money(_) => parts.div_ceil(HUNDREDTHS),
            Unit::Lead | Unit::Weight => parts,
        }
    }

    /// What a number people write counts in.
    pub const fn parts(&self, whole: u32) -> u32 {
        match self.unit {
            Unit::Money(_) => whole.saturating_mul(HUNDREDTHS),
            Unit::Lead | Unit::Weight => whole,
        }
    }

    /// The length of a rolling window: a day is 24 hours, a week 7 of them, a month 30; `None` for one that
    /// does not roll.
    pub fn rolls(&self) -> Option<SignedDuration> {
        let hours = |n: u32, hours: i64| SignedDuration::from_hours(i64::from(n) * hours);
        match self.per {
            _ if !self.rolling => None,
            Per::Minutes(n) => Some(SignedDuration::from_mins(n.into())),
            Per::Hours(n) => Some(hours(n, 1)),
            Per::Days(n) => Some(hours(n, 24)),
            Per::Weeks(n) => Some(hours(n, 24 * 7)),
            Per::Months(n) => Some(hours(n, 24 * 30)),
            Per::Total | Per::Open => None,
        }
    }

    /// The key that says how much: `cap.day.max`, or the shorthand it was written as.
    pub fn key(&self) -> String {
        match (&self.scope, self.id.split_once('.')) {
            (_, None) => format!("cap.{}.max", self.id),
            (Scope::Team(team), _) => format!("team.{team}.at_most"),
            (Scope::Person(person), _) if self.per == Per::Open => format!("person.{person}.open_at_most"),
            (Scope::Person(person), _) => format!("person.{person}.new_at_most"),
            (_, Some(_)) => format!("cap.{}.max", self.id),
        }
    }
}

/// A weekday's place in [`Cap::by_day`].
pub fn monday_first(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)
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
