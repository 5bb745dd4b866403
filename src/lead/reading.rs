//! What was read from somebody's words: timing, region, budget. `None` is "not said or not readable",
//! never a guess.

use std::collections::BTreeMap;

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
#[serde(rename_all = "snake_case")]
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

/// A service that somebody's words name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// Service id.
    pub service: String,
    /// The catalogue's entry that matched; of several the longest. Never the person's own words.
    pub word: String,
    /// Its length in characters: longer entries say more.
    pub longest: u32,
    /// How often the service was named.
    pub count: u32,
}

/// Something that was assumed for a reading and could be otherwise; shown beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assumed {
    /// 03/04: day and month by the country's habit.
    DateOrder,
    /// `12,500` or `$`: thousands, decimals or the sign's country by habit.
    AmountNotation,
    /// No country was written: the business's, or the only one with such postal codes.
    Country,
}

/// What a further field says. Never the person's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldRead {
    /// A number; of several the largest.
    Number(Decimal),
    /// One of the operator's words.
    Word(String),
    /// Something else.
    Other,
}

/// Everything that was read from one lead's words. Holds no personal data; a verdict is decided from it, so
/// history is decided anew without reading a text again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// When.
    pub timing: Timing,
    /// Where.
    pub region: Region,
    /// How much.
    pub budget: Budget,
    /// The services the words name, most telling first.
    pub needs: Vec<Match>,
    /// They wrote something about what they want that names no service.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other_need: bool,
    /// What further fields say, by the criterion that asks about them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldRead>,
    /// What was assumed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<Assumed>,
}
