//! The person as a card for an address book: vCard 3.0 (RFC 2426), which everything that reads vCards at all
//! reads.

use crate::handoff::Card;
use crate::handoff::render::{address_of, phone_of};
use crate::text::{clean, clean_line};

/// Longest one-line value, in characters.
const LINE_MAX: usize = 200;
/// Longest note, in characters.
const NOTE_MAX: usize = 2_000;
/// Longest line, in bytes without its end (RFC 2426 2.6); what is longer goes on after a space.
const FOLD: usize = 75;

/// The card, with CRLF line ends.
pub(super) fn vcard(card: &Card) -> String {
    let contact = &card.contact;
    let line = |text: &str| escaped(&clean_line(text, LINE_MAX));
    let name = line(&contact.name);
    let shown = if name.is_empty() { card.token.to_string() } else { name.clone() };
    let mut out = String::from("BEGIN:VCARD\r\nVERSION:3.0\r\n");
    // Which part of a name is the family's is not known, and not guessed.
    put(&mut out, "N", &format!(";{shown};;;"));
    put(&mut out, "FN", &shown);
    if let Some(company) = contact.company.as_deref().map(line).filter(|company| !company.is_empty()) {
        put(&mut out, "ORG", &company);
    }
    if let Some(phone) = phone_of(card) {
        put(&mut out, "TEL;TYPE=VOICE", phone);
    } else if let Some(phone) = contact.phone_raw.as_deref().map(line).filter(|phone| !phone.is_empty()) {
        put(&mut out, "TEL;TYPE=VOICE", &phone);
    }
    if let Some(address) = address_of(card) {
        put(&mut out, "EMAIL;TYPE=INTERNET", &escaped(address.as_ref()));
    }
    let place = &contact.place;
    let parts = [&place.city, &place.subdivision, &place.postal_code, &place.country].map(|part| line(part));
    if parts.iter().any(|part| !part.is_empty()) {
        put(&mut out, "ADR", &format!(";;;{}", parts.join(";")));
    }
    let note = format!("{}\n{}", clean(&contact.need, NOTE_MAX, true), card.token);
    put(&mut out, "NOTE", &escaped(note.trim()));
    put(&mut out, "UID", card.token.as_str());
    put(&mut out, "REV", &card.decided_at.strftime("%Y%m%dT%H%M%SZ").to_string());
    out.push_str("END:VCARD\r\n");
    out
}

/// One property; a value can neither end it nor begin another.
fn put(out: &mut String, name: &str, value: &str) {
    let mut room = FOLD;
    for char in name.chars().chain([':']).chain(value.chars()) {
        if char.len_utf8() > room {
            out.push_str("\r\n ");
            room = FOLD - 1;
        }
        out.push(char);
        room -= char.len_utf8();
    }
    out.push_str("\r\n");
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | ';' | ',' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            '\r' => {}
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handoff::fixture::{card, hostile};

    #[test]
    fn a_person_is_written_for_an_address_book() {
        let text = vcard(&card()).replace("\r\n ", "");
        for line in [
            "N:;Ada Beispiel;;;",
            "FN:Ada Beispiel",
            "ORG:Beispiel GmbH",
            "TEL;TYPE=VOICE:+4930901820",
            "EMAIL;TYPE=INTERNET:ada@example.org",
            "ADR:;;;Berlin;;10405;DE",
            "NOTE:We want 40 kW on the barn roof.\\nCan you come and look?\\nLG7K3Q9V2MX4ZT",
            "UID:LG7K3Q9V2MX4ZT",
            "REV:20261120T153000Z",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_hostile_lead_adds_no_property() {
        let text = vcard(&hostile());
        assert!(text.split("\r\n").all(|line| line.len() <= FOLD), "{text}");
        let names: Vec<String> = text
            .replace("\r\n ", "")
            .split("\r\n")
            .filter_map(|line| line.split([':', ';']).next().map(str::to_owned))
            .collect();
        assert_eq!(
            names,
            ["BEGIN", "VERSION", "N", "FN", "ORG", "ADR", "NOTE", "UID", "REV", "END", ""],
            "neither phone nor address is one"
        );
    }
}
