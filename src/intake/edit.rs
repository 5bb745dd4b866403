//! A person corrects what a lead says. The same readers as for a source's words, but stricter: who types an
//! address can be told at once that it cannot be read, so an unreadable one is refused instead of kept.

use super::{EXTRA_MAX, LINE_MAX, country_code, email, free_text, line, name, phone_at, some};
use crate::lead::Contact;
use crate::names::{all_of, nearest};
use crate::text;

/// The fields a person may change, besides a lead's own further fields.
const FIELDS: [&str; 11] =
    ["name", "email", "phone", "company", "need", "timing", "budget", "country", "subdivision", "postal-code", "city"];

/// Most characters of a refused value that are shown.
const SHOWN_MAX: usize = 80;

/// Sets one field of a lead to what a person typed; an empty value clears it. `country` (ISO 3166-1 alpha-2)
/// is where a phone without country code is dialled, unless the lead states its own. Returns the key, (kind,
/// value) as in [`super::Clean::keys`], that later inquiries of this person will be known by, if it is new.
///
/// # Errors
/// One sentence for people: an unknown field, an unreadable e-mail or phone, or the last way to reach
/// somebody taken away. The contact is unchanged then.
pub fn set_field(
    contact: &mut Contact,
    field: &str,
    value: &str,
    country: &str,
) -> Result<Vec<(&'static str, String)>, String> {
    let mut keys = Vec::new();
    match field {
        "name" => {
            let name = name::name(Some(value), None, None);
            contact.name = if name.is_empty() { stand_in(contact) } else { name };
        }
        "email" => keys.extend(set_email(contact, value)?.map(|key| ("email", key))),
        "phone" => keys.extend(set_phone(contact, value, country)?.map(|key| ("phone", key))),
        "company" => contact.company = some(line(Some(value), LINE_MAX)),
        "need" => contact.need = free_text(Some(value)),
        "timing" => contact.timing = free_text(Some(value)),
        "budget" => contact.budget = free_text(Some(value)),
        "country" => contact.place.country = line(Some(value), LINE_MAX),
        "subdivision" => contact.place.subdivision = line(Some(value), LINE_MAX),
        "postal-code" => contact.place.postal_code = line(Some(value), LINE_MAX),
        "city" => contact.place.city = line(Some(value), LINE_MAX),
        own => {
            let Some(kept) = contact.extra.get_mut(own) else { return Err(unknown(contact, own)) };
            *kept = text::clean(value, EXTRA_MAX, true);
            contact.extra.retain(|_, value| !value.is_empty());
        }
    }
    Ok(keys)
}

/// Sets or clears the e-mail; returns its key if it is a new one.
fn set_email(contact: &mut Contact, value: &str) -> Result<Option<String>, String> {
    let read = if is_blank(value) {
        may_go(contact.phone.as_deref(), "e-mail", "a phone")?;
        None
    } else {
        let why = || format!("{} is not an e-mail address; write it like ada@example.org", shown(value));
        Some(email(value).filter(|email| !email.partial).ok_or_else(why)?)
    };
    let old = contact.email.take();
    let (address, key) = read.map(|read| (read.address, read.key)).unzip();
    let was_stand_in = contact.name == name::stand_in(old.as_deref(), contact.phone.as_deref());
    contact.email = address;
    // What could not be read before is settled now.
    contact.extra.remove("email");
    if was_stand_in {
        contact.name = stand_in(contact);
    }
    Ok(key.filter(|key| old.is_none_or(|old| old.to_lowercase() != *key)))
}

/// Sets or clears the phone; returns its key if it is a new one.
fn set_phone(contact: &mut Contact, value: &str, country: &str) -> Result<Option<String>, String> {
    let read = if is_blank(value) {
        may_go(contact.email.as_deref(), "phone", "an e-mail")?;
        None
    } else {
        Some(phone_at(value, &contact.place.country, country).ok_or_else(|| {
            let dialled = country_code(&contact.place.country).unwrap_or_else(|| country.to_ascii_uppercase());
            format!(
                "{} is no phone number in {dialled}; write it with its country code, like +49 30 901820",
                shown(value)
            )
        })?)
    };
    let old = contact.phone.take();
    let was_stand_in = contact.email.is_none() && contact.name == name::stand_in(None, old.as_deref());
    contact.phone = read.as_ref().map(|read| read.e164.clone());
    contact.phone_raw = None;
    contact.extra.remove("phone");
    if let Some(text) = read.filter(|read| read.partial).and_then(|_| some(text::clean_line(value, EXTRA_MAX))) {
        contact.extra.insert("phone".to_owned(), text);
    }
    if was_stand_in {
        contact.name = stand_in(contact);
    }
    Ok(contact.phone.clone().filter(|phone| old.as_ref() != Some(phone)))
}

fn stand_in(contact: &Contact) -> String {
    name::stand_in(contact.email.as_deref(), contact.phone.as_deref())
}

/// One way to reach somebody may go only while the other is there.
fn may_go(other: Option<&str>, this: &str, that: &str) -> Result<(), String> {
    let why = || format!("the {this} is the only way to reach this person; give {that} first, then clear it");
    other.map(drop).ok_or_else(why)
}

fn is_blank(value: &str) -> bool {
    text::clean_line(value, SHOWN_MAX).is_empty()
}

fn shown(value: &str) -> String {
    format!("\"{}\"", text::clean_line(value, SHOWN_MAX))
}

fn unknown(contact: &Contact, field: &str) -> String {
    let names: Vec<&str> = FIELDS.into_iter().chain(contact.extra.keys().map(String::as_str)).collect();
    let field = text::clean_line(field, SHOWN_MAX);
    let meant =
        nearest(&field, names.iter().copied()).map_or_else(String::new, |near| format!("; did you mean {near}?"));
    let rest = if meant.is_empty() { "; there are " } else { " There are " };
    format!("there is no field \"{field}\"{meant}{rest}{}", all_of(&names))
}
