//! The inquiry in the Auto-lead Data Format 1.0, one prospect a mail: what lead programs of car dealers import.

use quick_xml::escape::escape;

use crate::handoff::Card;
use crate::handoff::render::tidy;
use crate::lead::Contact;

/// The document, UTF-8.
pub(super) fn adf(card: &Card) -> String {
    let card = tidy(card);
    let contact = &card.contact;
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?adf version=\"1.0\"?>\n<adf>\n<prospect>\n");
    let sequence = card.round.to_string();
    put(&mut out, &format!("id sequence=\"{sequence}\" source=\"leadgate\""), card.token.as_str());
    put(&mut out, "requestdate", &card.submitted_at.to_string());
    out.push_str("<vehicle interest=\"buy\" status=\"new\">\n");
    for name in ["year", "make", "model"] {
        put(&mut out, name, said(contact, name));
    }
    put(&mut out, "comments", &card.service);
    out.push_str("</vehicle>\n<customer>\n<contact>\n");
    put(&mut out, "name part=\"full\"", &contact.name);
    put_known(&mut out, "email", contact.email.as_deref());
    put_known(&mut out, "phone type=\"voice\"", contact.phone.as_deref().or(contact.phone_raw.as_deref()));
    out.push_str("<address>\n");
    let place = &contact.place;
    for (name, text) in [
        ("city", &place.city),
        ("regioncode", &place.subdivision),
        ("postalcode", &place.postal_code),
        ("country", &place.country),
    ] {
        put_known(&mut out, name, Some(text));
    }
    out.push_str("</address>\n</contact>\n");
    if !contact.timing.trim().is_empty() {
        out.push_str("<timeframe>\n");
        put(&mut out, "description", &contact.timing);
        out.push_str("</timeframe>\n");
    }
    let comments: Vec<&str> =
        [contact.need.as_str(), contact.budget.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    put(&mut out, "comments", &comments.join("\n"));
    out.push_str("</customer>\n<vendor>\n<contact>\n");
    put(&mut out, "name part=\"full\"", &card.business);
    out.push_str("</contact>\n</vendor>\n<provider>\n");
    put(&mut out, "name part=\"full\"", &card.source);
    out.push_str("</provider>\n</prospect>\n</adf>\n");
    out
}

/// A further field by its name.
fn said<'a>(contact: &'a Contact, name: &str) -> &'a str {
    let found = contact.extra.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
    found.map_or("", |(_, text)| text.as_str())
}

fn put_known(out: &mut String, tag: &str, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
        put(out, tag, text);
    }
}

/// `tag` with its attributes.
fn put(out: &mut String, tag: &str, text: &str) {
    let name = tag.split(' ').next().unwrap_or_default();
    for part in ["<", tag, ">", &escape(text), "</", name, ">\n"] {
        out.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handoff::fixture::{card, hostile};

    /// The elements with a text, by name; panics where the document is not well formed.
    fn read(document: &str) -> Vec<(String, String)> {
        let mut reader = quick_xml::Reader::from_str(document);
        let (mut path, mut text, mut found) = (Vec::new(), String::new(), Vec::new());
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Start(tag) => {
                    path.push(String::from_utf8(tag.name().as_ref().to_vec()).unwrap());
                    text.clear();
                }
                quick_xml::events::Event::Text(part) => text.push_str(&part.decode().unwrap()),
                quick_xml::events::Event::End(_) => {
                    let name = path.pop().unwrap();
                    if !text.trim().is_empty() {
                        found.push((name, std::mem::take(&mut text)));
                    }
                }
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert!(path.is_empty());
        found
    }

    #[test]
    fn an_inquiry_is_a_prospect() {
        let mut card = card();
        card.contact.extra.insert("Make".into(), "Volvo".into());
        let found = read(&adf(&card));
        for (name, text) in [
            ("id", "LG7K3Q9V2MX4ZT"),
            ("requestdate", "2026-11-20T15:04:05Z"),
            ("make", "Volvo"),
            ("email", "ada@example.org"),
            ("phone", "+4930901820"),
            ("postalcode", "10405"),
            ("description", "by the end of the year"),
        ] {
            assert!(found.contains(&(name.to_owned(), text.to_owned())), "{name}: {found:#?}");
        }
    }

    #[test]
    fn a_hostile_lead_stays_text() {
        let document = adf(&hostile());
        read(&document);
        assert_eq!(document.matches("<prospect>").count(), 1);
        assert!(!document.contains("<script") && !document.contains("<img") && !document.contains('\u{1b}'));
    }
}
