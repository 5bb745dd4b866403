//! The report that goes out by mail, to whoever decides what is spent.

use jiff::civil::{Time, Weekday};

/// `[report] mail_to` and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerMail {
    /// Addresses, each once, in order.
    pub to: Vec<String>,
    /// How often.
    pub every: Every,
    /// When, on the business's clock.
    pub at: Time,
    /// Leads received in so many whole days before it are counted.
    pub over: u16,
}

/// How often a report goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Each day.
    Day,
    /// Each week, on this day.
    Week(Weekday),
    /// On the first of each month.
    Month,
}

impl Every {
    /// The word of the configuration, and of what is told.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week(_) => "week",
            Self::Month => "month",
        }
    }
}
