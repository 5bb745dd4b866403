//! The words of the report: how leads are put into a period, what they are split by, what the figures say to do.

use serde::{Deserialize, Serialize};

use crate::config::checked;

/// How leads are put into the period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Those received in it, whatever became of them until now.
    #[default]
    Cohort,
    /// What happened in it, whenever the lead was received.
    Calendar,
}

impl View {
    /// The label that stands with every figure.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cohort => "cohort: leads by the day they were received",
            Self::Calendar => "calendar: events by the day they happened",
        }
    }
}

/// What leads are split by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    /// The source that is credited.
    Source,
    /// Its campaign.
    Campaign,
    /// The service.
    Service,
    /// Subdivision, or country and the beginning of the postal code.
    Region,
    /// The team that has it.
    Team,
    /// The person who has it.
    Person,
    /// The referral code.
    Referral,
}

impl Dimension {
    /// All, in the order of a full report.
    pub const ALL: [Self; 7] =
        [Self::Source, Self::Campaign, Self::Service, Self::Region, Self::Team, Self::Person, Self::Referral];

    /// The word in calls and headings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Campaign => "campaign",
            Self::Service => "service",
            Self::Region => "region",
            Self::Team => "team",
            Self::Person => "person",
            Self::Referral => "referral",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// Is money known by it? Costs are booked by source and campaign.
    pub const fn has_cost(self) -> bool {
        matches!(self, Self::Source | Self::Campaign)
    }
}

/// What the figures say to do with a source (`domain-rules` 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It pays even at the lower bound.
    Continue,
    /// It may or may not pay.
    Adjust,
    /// It does not pay even at the upper bound.
    Stop,
    /// Too few are mature.
    CollectData,
}

impl Verdict {
    /// The word on screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Adjust => "adjust",
            Self::Stop => "stop",
            Self::CollectData => "collect data",
        }
    }
}

/// Days after which something counts as settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// A lead handed off so long ago is mature, decided or not.
    pub decision_days: u16,
    /// A lead handed off so long ago is returned no more.
    pub return_days: u16,
    /// A touch so long before the hand-off is still credited.
    pub attribution_days: u16,
}

impl From<checked::Windows> for Windows {
    fn from(windows: checked::Windows) -> Self {
        Self {
            decision_days: windows.decided_after,
            return_days: windows.returned_within,
            attribution_days: windows.credited_for,
        }
    }
}
