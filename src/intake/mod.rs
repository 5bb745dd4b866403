//! Stage 2: clean what a source said; find out who it is.
//!
//! A record holds the source's own words, of any length and with any character in them. [`clean`] is the one
//! way from there to a [`Contact`]: every text sanitised and bounded, e-mail and phone read into the form
//! people are recognised by. What can't be read is kept as written and does not count; nobody is dropped for
//! it unless no way to reach them is left (`domain-rules` 3: parsing never throws a lead away).
//!
//! All of it is pure: the same record gives the same contact, whenever and however often it comes.

mod dial;
mod edit;
mod email;
mod name;
pub mod parse;
mod phone;
mod plan;
mod providers;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub use edit::set_field;
pub use email::{Email, EmailWarning, email};
pub use phone::{Phone, phone};
pub use plan::PhoneKind;

use crate::lead::person::Place;
use crate::lead::{Code, Consent, Contact, Record};
use crate::text;

/// Most characters of need and message together, of timing and of budget.
const FREE_TEXT_MAX: usize = 4_000;
/// Most characters of a company, a part of a place or a phone as written.
const LINE_MAX: usize = 200;
/// Most other fields kept; the record as received has the rest.
const EXTRA_FIELDS_MAX: usize = 40;
/// Most characters of another field.
const EXTRA_MAX: usize = 1_000;
/// Most characters of another field's name.
const EXTRA_NAME_MAX: usize = 80;
/// Most characters of a campaign or a referral code.
const TAG_MAX: usize = 200;
/// How far a source's clock may be ahead of ours before its times are not believed.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Nobody asked before this moment (2000-01-01): an empty date of a source.
const EARLIEST: Timestamp = Timestamp::constant(946_684_800, 0);

/// A record, cleaned: who somebody is, what they wrote, and how they are recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean {
    /// Who and what.
    pub contact: Contact,
    /// When they asked: as the source says where that can be, else when it was received.
    pub submitted_at: Timestamp,
    /// The source's own word on when they asked, for [`digest`].
    pub stated_at: Option<Timestamp>,
    /// May they be contacted?
    pub consent: Consent,
    /// The campaign that brought them.
    pub campaign: Option<String>,
    /// A referral code they gave.
    pub referral: Option<String>,
    /// (`email`, address in lower case) and (`phone`, E.164), as far as known: equal means the same person.
    pub keys: Vec<(&'static str, String)>,
}

/// Cleans a record received at `received_at`. A phone without country code is read as dialled in the country
/// the record states as a code or a common name, else in `country` (ISO 3166-1 alpha-2).
///
/// # Errors
/// [`Code::Test`] for a vendor's test record, [`Code::Missing`] where neither e-mail nor phone can be read.
pub fn clean(record: &Record, country: &str, received_at: Timestamp) -> Result<Clean, Code> {
    if is_test(record) {
        return Err(Code::Test);
    }
    let place = Place {
        country: line(record.country.as_deref(), LINE_MAX),
        subdivision: line(record.subdivision.as_deref(), LINE_MAX),
        postal_code: line(record.postal_code.as_deref(), LINE_MAX),
        city: line(record.city.as_deref(), LINE_MAX),
    };
    let email = record.email.as_deref().and_then(email::address);
    let phone = record.phone.as_deref().and_then(|written| phone_at(written, &place.country, country));
    if email.is_none() && phone.is_none() {
        return Err(Code::Missing("contact".to_owned()));
    }
    let mut extra = BTreeMap::new();
    if email.as_ref().is_none_or(|email| email.partial) {
        keep(&mut extra, "email", record.email.as_deref().unwrap_or_default());
    }
    if phone.as_ref().is_some_and(|phone| phone.partial) {
        keep(&mut extra, "phone", record.phone.as_deref().unwrap_or_default());
    }
    for (name, value) in &record.extra {
        keep(&mut extra, name, value);
    }
    let phone_raw = if phone.is_none() { some(line(record.phone.as_deref(), LINE_MAX)) } else { None };
    let mut keys = Vec::with_capacity(2);
    keys.extend(email.as_ref().map(|email| ("email", email.key.clone())));
    keys.extend(phone.as_ref().map(|phone| ("phone", phone.e164.clone())));
    let (email, phone) = (email.map(|email| email.address), phone.map(|phone| phone.e164));
    let mut name = name::name(record.name.as_deref(), record.given_name.as_deref(), record.family_name.as_deref());
    if name.is_empty() {
        name = name::stand_in(email.as_deref(), phone.as_deref());
    }
    let contact = Contact {
        name,
        email,
        phone,
        phone_raw,
        company: some(line(record.company.as_deref(), LINE_MAX)),
        need: own_words(record.need.as_deref(), record.message.as_deref()),
        timing: free_text(record.timing.as_deref()),
        budget: free_text(record.budget.as_deref()),
        place,
        extra,
    };
    Ok(Clean {
        contact,
        submitted_at: believed(record.submitted_at, received_at),
        stated_at: record.submitted_at,
        consent: record.consent.unwrap_or_default(),
        campaign: some(line(record.campaign.as_deref(), TAG_MAX)),
        referral: some(line(record.referral.as_deref(), TAG_MAX)),
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

/// What of a record matters, in eight bytes: a record delivered again has the same, a changed one another.
/// When it was received does not matter, nor fields that are the same thing said twice.
pub fn digest(clean: &Clean) -> [u8; 8] {
    let Clean { contact, submitted_at: _, stated_at, consent, campaign, referral, keys: _ } = clean;
    let Contact { name, email, phone, phone_raw, company, need, timing, budget, place, extra } = contact;
    let Place { country, subdivision, postal_code, city } = place;
    let mut hasher = blake3::Hasher::new();
    // Each text with its length before it, so that no two sets of texts look alike.
    let mut put = |text: Option<&str>| {
        hasher.update(&text.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
        hasher.update(text.unwrap_or_default().as_bytes());
    };
    for text in [name, need, timing, budget, country, subdivision, postal_code, city] {
        put(Some(text));
    }
    for text in [email, phone, phone_raw, company, campaign, referral] {
        put(text.as_deref());
    }
    for (name, value) in extra {
        put(Some(name));
        put(Some(value));
    }
    put(stated_at.map(|at| at.to_string()).as_deref());
    hasher.update(&[*consent as u8]);
    let mut out = [0; 8];
    hasher.finalize_xof().fill(&mut out);
    out
}

/// Reads a phone as dialled where somebody says they are, else in the source's country.
fn phone_at(written: &str, stated: &str, country: &str) -> Option<Phone> {
    let stated = country_code(stated).filter(|stated| !stated.eq_ignore_ascii_case(country));
    stated.and_then(|stated| phone(written, &stated)).or_else(|| phone(written, country))
}

/// The ISO code of a country written as a code or by a name its own people use. Only a help for reading
/// phones: where somebody is, `qualify` decides.
fn country_code(text: &str) -> Option<String> {
    let upper = text.to_uppercase();
    let known = match upper.as_str() {
        "UK" | "ENGLAND" | "UNITED KINGDOM" => Some("GB"),
        "DEUTSCHLAND" | "GERMANY" => Some("DE"),
        "ÖSTERREICH" | "AUSTRIA" => Some("AT"),
        "SCHWEIZ" | "SUISSE" | "SVIZZERA" | "SWITZERLAND" => Some("CH"),
        "FRANCE" | "FRANKREICH" => Some("FR"),
        "ITALIA" | "ITALY" | "ITALIEN" => Some("IT"),
        "ESPAÑA" | "SPAIN" | "SPANIEN" => Some("ES"),
        "NEDERLAND" | "NETHERLANDS" | "NIEDERLANDE" => Some("NL"),
        "BELGIË" | "BELGIQUE" | "BELGIUM" | "BELGIEN" => Some("BE"),
        "LUXEMBOURG" | "LUXEMBURG" => Some("LU"),
        "POLSKA" | "POLAND" | "POLEN" => Some("PL"),
        "UNITED STATES" => Some("US"),
        _ => None,
    };
    known.map(str::to_owned).or_else(|| match upper.len() {
        2 => rust_iso3166::from_alpha2(&upper).map(|country| country.alpha2.to_owned()),
        3 => rust_iso3166::from_alpha3(&upper).map(|country| country.alpha2.to_owned()),
        _ => None,
    })
}

/// The time the source states, unless it cannot be.
fn believed(stated: Option<Timestamp>, received_at: Timestamp) -> Timestamp {
    let plausible = |at: &Timestamp| *at >= EARLIEST && at.duration_since(received_at) <= AHEAD_MAX;
    stated.filter(plausible).unwrap_or(received_at)
}

/// Need and message as one: the need first, what says the same thing once.
fn own_words(need: Option<&str>, message: Option<&str>) -> String {
    let (need, message) = (free_text(need), free_text(message));
    if message.is_empty() || says(&need, &message) {
        return need;
    }
    if need.is_empty() || says(&message, &need) {
        return message;
    }
    text::clean(&format!("{need}\n{message}"), FREE_TEXT_MAX, true)
}

/// Does the text hold these words, not just these letters?
fn says(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let (before, from) = text.split_at(at);
        let after = from.strip_prefix(words).unwrap_or_default();
        !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
    })
}

/// Keeps another field, within the bounds; one name used twice holds both values.
fn keep(extra: &mut BTreeMap<String, String>, name: &str, value: &str) {
    let name = some(text::clean_line(name, EXTRA_NAME_MAX)).unwrap_or_else(|| "unnamed".to_owned());
    let Some(value) = some(text::clean(value, EXTRA_MAX, true)) else { return };
    let room = extra.len() < EXTRA_FIELDS_MAX;
    match extra.get_mut(&name) {
        Some(known) if says(known, &value) => {}
        Some(known) => *known = text::clean(&format!("{known}\n{value}"), EXTRA_MAX, true),
        None if room => drop(extra.insert(name, value)),
        None => {}
    }
}

fn line(text: Option<&str>, max: usize) -> String {
    text.map_or_else(String::new, |text| text::clean_line(text, max))
}

fn free_text(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| text::clean(text, FREE_TEXT_MAX, true))
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
