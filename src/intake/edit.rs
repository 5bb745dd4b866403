//! A person corrects one field: cleaned like a source's own, and never to the point where nobody could be
//! contacted any more.

use super::{MOST_FIELD, MOST_LINE, MOST_TEXT, email, identity, phone};
use crate::intake::identity::Key;
use crate::intake::name::MOST_NAME;
use crate::lead::Contact;
use crate::text;

/// Fields every lead has; further ones are edited by their own names.
pub const FIELDS: [&str; 11] =
    ["name", "email", "phone", "company", "need", "timing", "budget", "country", "subdivision", "postal-code", "city"];

/// Sets `field` to what a person typed; an empty value clears it. Returns what the person can be known by
/// afterwards.
///
/// # Errors
/// The field is not known, its value cannot be read, or nobody could be contacted without it: a sentence
/// for people.
pub fn set_field(contact: &mut Contact, field: &str, value: &str, country: &str) -> Result<Vec<Key>, String> {
    let line = |most| text::clean_line(value, most);
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    match field {
        "name" => contact.name = some(line(MOST_NAME)).ok_or("a lead needs a name")?,
        "email" => {
            let read = some(line(MOST_LINE * 2)).map(|text| email::read(&text)).transpose();
            let read = read.map_err(|why| format!("this is not an e-mail address: {why}"))?;
            if read.is_none() && contact.phone.is_none() {
                return Err("without it nobody could contact this person: set a phone number first".into());
            }
            contact.email = read;
        }
        "phone" => {
            let text = line(MOST_LINE);
            let read = phone::read(&text, country);
            if read.is_none() && !text.is_empty() {
                return Err(format!("{text:?} is not a phone number; write e.g. +49 30 901820"));
            }
            if read.is_none() && contact.email.is_none() {
                return Err("without it nobody could contact this person: set an e-mail address first".into());
            }
            contact.phone = read;
            contact.phone_raw = None;
        }
        "company" => contact.company = some(line(MOST_LINE)),
        "need" => contact.need = text::clean(value, MOST_TEXT, true),
        "timing" => contact.timing = text::clean(value, MOST_TEXT, true),
        "budget" => contact.budget = text::clean(value, MOST_TEXT, true),
        "country" => contact.place.country = line(MOST_LINE),
        "subdivision" => contact.place.subdivision = line(MOST_LINE),
        "postal-code" => contact.place.postal_code = line(MOST_LINE),
        "city" => contact.place.city = line(MOST_LINE),
        own if contact.extra.contains_key(own) => {
            contact.extra.insert(own.to_owned(), line(MOST_FIELD));
        }
        unknown => return Err(refusal(contact, unknown)),
    }
    Ok(identity::keys(contact.email.as_deref(), contact.phone.as_deref()))
}

fn refusal(contact: &Contact, unknown: &str) -> String {
    let known: Vec<&str> =
        FIELDS.into_iter().chain(["service"]).chain(contact.extra.keys().map(String::as_str)).collect();
    let near = known.iter().filter(|name| strsim::damerau_levenshtein(name, unknown) <= 2).min();
    let hint = near.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    format!("{unknown:?} is not a field of this lead{hint} There are {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Contact {
        Contact { name: "Ada".into(), email: Some("ada@example.org".into()), ..Contact::default() }
    }

    #[test]
    fn a_corrected_field_is_cleaned_and_read() {
        let mut lead = ada();
        let keys = set_field(&mut lead, "phone", "030 / 901820", "DE").unwrap();
        assert_eq!(lead.phone.as_deref(), Some("+4930901820"));
        assert_eq!(keys.len(), 2);
        set_field(&mut lead, "need", "Dach\u{1b}[31m\nundicht", "DE").unwrap();
        assert_eq!(lead.need, "Dach[31m\nundicht");
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_changes_nothing() {
        let mut lead = ada();
        assert!(set_field(&mut lead, "email", "nobody", "DE").unwrap_err().contains("e-mail"));
        assert!(set_field(&mut lead, "phone", "call me", "DE").unwrap_err().contains("+49"));
        assert!(set_field(&mut lead, "email", "", "DE").unwrap_err().contains("phone number first"));
        assert!(set_field(&mut lead, "naem", "x", "DE").unwrap_err().contains("did you mean name?"));
        assert_eq!(lead, ada());
    }
}
