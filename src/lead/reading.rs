//! What was read from somebody's words: timing, region, budget. `None` is "not said or not readable",
//! never a guess.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How soon (`domain-rules` 3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// As soon as possible.
    Asap,
    /// A window is given.
    Dated,
    /// Any time.
    Flexible,
    /// Not said, or not readable.
    #[default]
    Unknown,
}

/// When somebody wants it: an inclusive window of local dates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// First day, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Date>,
    /// Last day, inclusive; `None` is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<Date>,
    /// How soon.
    pub urgency: Urgency,
}

/// Where, as codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// ISO 3166-2, e.g. `DE-BE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subdivision: Option<String>,
    /// Postal code in the country's own notation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
}

/// How an amount was qualified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Qualifier {
    /// An amount as such.
    Exact,
    /// About, around, ca.
    About,
    /// Up to, max.
    AtMost,
    /// From, at least.
    AtLeast,
    /// From … to ….
    Range,
    /// Not said, or not readable.
    #[default]
    Unknown,
}

/// What somebody would spend.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Smallest stated amount, major units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Decimal>,
    /// Largest stated amount, major units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Decimal>,
    /// ISO 4217 code; `None` where none was written and none can be assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// How the amount was qualified.
    pub qualifier: Qualifier,
}
