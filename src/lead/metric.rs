//! What a campaign cost and showed on one day, as its platform says (`domain-rules` 7).

use jiff::civil::Date;
use rust_decimal::Decimal;

/// One campaign on one day. Platforms correct such figures for weeks: a later one replaces an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// The platform's id of the campaign.
    pub campaign: String,
    /// Its name for people.
    pub title: Option<String>,
    /// The day, in the zone of the ad account.
    pub day: Date,
    /// How often it was shown.
    pub impressions: Option<u64>,
    /// How often it was clicked.
    pub clicks: Option<u64>,
    /// What it cost, in units of `currency`.
    pub spend: Option<Decimal>,
    /// ISO 4217.
    pub currency: Option<String>,
}
