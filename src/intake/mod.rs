//! Stage 2: clean what a source said; find out who it is.
//!
//! Foreign text gets in here and nowhere else, through [`crate::text::clean`], each field with a bound.
//! A record that cannot become a lead is refused with its code and a sentence; its raw form is the
//! store's to keep, so nothing is lost in silence.

pub mod email;
pub mod identity;
pub mod name;
pub mod parse;
pub mod phone;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use identity::{Key, KeyKind};

use crate::lead::person::Place;
use crate::lead::{Code, Consent, Contact, Record};
use crate::places;
use crate::text::{self, clean_line};

/// Longest text kept of what they wrote, in characters.
pub const MOST_TEXT: usize = 4_000;
/// Longest short field (place, company, campaign), in characters.
pub const MOST_LINE: usize = 200;
/// Most further fields kept.
pub const MOST_FIELDS: usize = 40;
/// Longest further field, in characters.
pub const MOST_FIELD: usize = 1_000;
/// Longest name of a further field, in characters.
pub const MOST_FIELD_NAME: usize = 80;
/// How far a source's clock may be ahead of ours, in seconds.
const CLOCK_AHEAD: i64 = 24 * 60 * 60;

/// A record that became a lead's contact data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean {
    /// Who they are and what they wrote.
    pub contact: Contact,
    /// When they asked, by the source; when it was received where the source does not say or cannot be right.
    pub submitted_at: Timestamp,
    /// Consent as the source states it; a request where it does not speak of it.
    pub consent: Consent,
    /// The campaign that brought them.
    pub campaign: Option<String>,
    /// A referral code they gave.
    pub referral: Option<String>,
    /// What they are known by; never empty.
    pub keys: Vec<Key>,
}

/// A record that cannot become a lead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct NotALead {
    /// The reason code.
    pub code: Code,
    /// One sentence for people, without contact data.
    pub sentence: String,
}

/// Cleans a record received at `received_at` by a business in `country` (ISO 3166-1 alpha-2).
///
/// # Errors
/// [`Code::Test`] for a vendor's test record, [`Code::Missing`] when there is neither a readable e-mail
/// address nor a readable phone number.
pub fn clean(record: &Record, country: &str, received_at: Timestamp) -> Result<Clean, NotALead> {
    if is_test(record) {
        return Err(NotALead { code: Code::Test, sentence: Code::Test.sentence() });
    }
    let mut extra = extra(&record.extra);
    let place = place(record);
    let (email, email_fault) = match text_of(record.email.as_deref(), MOST_LINE * 2) {
        None => (None, None),
        Some(written) => match email::read(&written) {
            Ok(address) => (Some(address), None),
            Err(why) => {
                extra.insert("email".to_owned(), written);
                (None, Some(why))
            }
        },
    };
    let written_phone = text_of(record.phone.as_deref(), MOST_LINE);
    let at_home = places::country(&place.country).unwrap_or(country);
    let phone = written_phone.as_deref().and_then(|written| {
        phone::read(written, at_home).or_else(|| (at_home != country).then(|| phone::read(written, country)).flatten())
    });
    let phone_raw = written_phone.filter(|_| phone.is_none());
    let keys = identity::keys(email.as_deref(), phone.as_deref());
    if keys.is_empty() {
        return Err(missing_contact(email_fault.as_deref(), phone_raw.is_some()));
    }
    let contact = Contact {
        name: name::read(
            record.name.as_deref(),
            record.given_name.as_deref(),
            record.family_name.as_deref(),
            email.as_deref(),
            phone.as_deref(),
        ),
        email,
        phone,
        phone_raw,
        company: text_of(record.company.as_deref(), MOST_LINE),
        need: need(record),
        timing: text_of(record.timing.as_deref(), MOST_TEXT).unwrap_or_default(),
        budget: text_of(record.budget.as_deref(), MOST_TEXT).unwrap_or_default(),
        place,
        extra,
    };
    Ok(Clean {
        contact,
        submitted_at: record
            .submitted_at
            .filter(|at| at.as_second() <= received_at.as_second() + CLOCK_AHEAD)
            .unwrap_or(received_at),
        consent: record.consent.unwrap_or_default(),
        campaign: text_of(record.campaign.as_deref(), MOST_LINE),
        referral: text_of(record.referral.as_deref(), MOST_LINE),
        keys,
    })
}

/// A test record by its flag, or by the dummy texts an ad platform fills in.
fn is_test(record: &Record) -> bool {
    let dummy = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| text.trim_start().starts_with("<test lead: dummy data"))
    };
    record.test || dummy(&record.name) || dummy(&record.given_name) || dummy(&record.email) || dummy(&record.phone)
}

fn missing_contact(email_fault: Option<&str>, phone_unread: bool) -> NotALead {
    let email = email_fault
        .map_or("no e-mail address".to_owned(), |why| format!("an e-mail address that cannot be used ({why})"));
    let phone = if phone_unread { "a phone number that cannot be read" } else { "no phone number" };
    NotALead {
        code: Code::Missing("contact".to_owned()),
        sentence: format!(
            "The record has {email} and {phone}, so nobody could be contacted. Correct it at the source, or by hand."
        ),
    }
}

/// One line, cleaned; `None` when nothing is left.
fn text_of(text: Option<&str>, most: usize) -> Option<String> {
    text.map(|text| clean_line(text, most)).filter(|text| !text.is_empty())
}

/// Need and message together, each once.
fn need(record: &Record) -> String {
    let lines =
        |text: &Option<String>| text.as_deref().map(|text| text::clean(text, MOST_TEXT, true)).unwrap_or_default();
    let (need, message) = (lines(&record.need), lines(&record.message));
    if need.is_empty() || message.contains(&need) {
        return message;
    }
    if message.is_empty() || need.contains(&message) {
        return need;
    }
    text::clean(&format!("{need}\n{message}"), MOST_TEXT, true)
}

fn place(record: &Record) -> Place {
    let line = |text: &Option<String>| text_of(text.as_deref(), MOST_LINE).unwrap_or_default();
    Place {
        country: line(&record.country),
        subdivision: line(&record.subdivision),
        postal_code: line(&record.postal_code),
        city: line(&record.city),
    }
}

/// Further fields: so many, so long, none empty. What is cut stays in the raw record.
fn extra(fields: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let cleaned =
        fields.iter().map(|(name, value)| (clean_line(name, MOST_FIELD_NAME), text::clean(value, MOST_FIELD, true)));
    cleaned.filter(|(name, value)| !name.is_empty() && !value.is_empty()).take(MOST_FIELDS).collect()
}
