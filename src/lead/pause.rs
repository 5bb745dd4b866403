//! What an answered lead waits for that is not in its owner's hands.

use serde::{Deserialize, Serialize};

/// The named states of a pause (`domain-rules` 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waits {
    /// For the person who asked.
    Customer,
    /// For a day that was agreed.
    Appointment,
    /// For papers, measurements, a permit.
    Papers,
    /// For somebody else: a supplier, another trade.
    Others,
}

impl Waits {
    /// Every one, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Customer, Self::Appointment, Self::Papers, Self::Others];

    /// The word it is stored and called as.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Appointment => "appointment",
            Self::Papers => "papers",
            Self::Others => "others",
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Customer => "waits for the customer",
            Self::Appointment => "waits for the appointment",
            Self::Papers => "waits for papers",
            Self::Others => "waits for somebody else",
        }
    }

    /// Reads a word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}
