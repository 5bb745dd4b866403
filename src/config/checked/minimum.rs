//! Further criteria an operator names: an extra field, or a condition over all that is known.

use rust_decimal::Decimal;

use super::Policy;
use crate::condition::Condition;

/// `[minimum.ID]`.
#[derive(Debug, Clone)]
pub struct Minimum {
    /// Id: the name of the criterion.
    pub id: String,
    /// Only for this service.
    pub service: Option<String>,
    /// Only for this source.
    pub source: Option<String>,
    /// The field's name at the source.
    pub field: String,
    /// What is asked.
    pub rule: MinimumRule,
    /// Policy for unknown.
    pub unknown: Policy,
    /// Weight in the score.
    pub weight: u16,
}

/// What a further criterion asks.
#[derive(Debug, Clone)]
pub enum MinimumRule {
    /// The largest number in the field, within these, both included.
    Number {
        /// Smallest that fits.
        at_least: Option<Decimal>,
        /// Largest that fits.
        at_most: Option<Decimal>,
    },
    /// The field names one of these.
    OneOf(Vec<String>),
    /// This holds.
    Where(Condition),
}

impl Minimum {
    /// Is it asked of a lead of `source` that wants `service`?
    pub fn asks(&self, service: &str, source: &str) -> bool {
        self.service.as_deref().is_none_or(|id| id == service) && self.source.as_deref().is_none_or(|id| id == source)
    }
}
