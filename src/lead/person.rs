//! A person as a source tells of them, and as leadgate keeps them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether this person may be contacted (`domain-rules` 6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// They asked to be contacted (a form, a call-back request): no marketing consent is needed.
    #[default]
    Request = 1,
    /// A sign-up that is confirmed.
    Confirmed = 2,
    /// Double opt-in asked, not yet confirmed: visible, not contactable.
    Pending = 3,
    /// Taken back.
    Withdrawn = 4,
    /// Never given.
    None = 5,
    /// The confirmation never came in time.
    Expired = 6,
}

impl Consent {
    /// May this person be handed to somebody who will contact them?
    pub const fn contactable(self) -> bool {
        matches!(self, Self::Request | Self::Confirmed)
    }
}

/// One record as a source's preset mapped it: the source's own words, not yet cleaned.
///
/// Every text is as received, of any length and with any character in it; `intake` is the only reader.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The source's own id of this record; unique within the source.
    pub id: String,
    /// When the person asked, by the source's clock.
    pub submitted_at: Option<Timestamp>,
    /// Full name; else `given_name` and `family_name`.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number in any notation.
    pub phone: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// What they want, in their own words.
    pub need: Option<String>,
    /// When they want it, in their own words.
    pub timing: Option<String>,
    /// What they would spend, in their own words.
    pub budget: Option<String>,
    /// Country, as text or ISO code.
    pub country: Option<String>,
    /// State, canton, province.
    pub subdivision: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Anything else they wrote.
    pub message: Option<String>,
    /// The campaign that brought them.
    pub campaign: Option<String>,
    /// A referral code they gave.
    pub referral: Option<String>,
    /// Consent as the source states it; `None` where the source does not speak of it.
    pub consent: Option<Consent>,
    /// A test record of the vendor.
    pub test: bool,
    /// Fields the preset did not name, by the source's own names.
    pub extra: BTreeMap<String, String>,
    /// The record exactly as received (JSON text), kept for the configured retention.
    pub raw: String,
}

/// Who a lead is and what they wrote: the personal part, cleaned (see `intake`). Erased as one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contact {
    /// Name as to be shown; never empty (falls back to the e-mail's local part or the phone).
    pub name: String,
    /// E-mail, lower-cased domain, as written before the `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone in E.164 (`+4930901820`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Phone as written, where it could not be read as a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_raw: Option<String>,
    /// Company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// What they want, in their own words (need and message).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub need: String,
    /// When they want it, in their own words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub timing: String,
    /// What they would spend, in their own words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub budget: String,
    /// Where, as written: country, subdivision, postal code, town, each may be empty.
    #[serde(skip_serializing_if = "Place::is_empty")]
    pub place: Place,
    /// Other fields, by the source's names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// Where somebody says they are, in their own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Country, as text or code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
    /// State, canton, province.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subdivision: String,
    /// Postal code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
    /// Town.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
}

impl Place {
    /// Nothing known.
    pub fn is_empty(&self) -> bool {
        self.country.is_empty() && self.subdivision.is_empty() && self.postal_code.is_empty() && self.city.is_empty()
    }
}
