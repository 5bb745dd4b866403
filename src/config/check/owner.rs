//! `[report] mail_to`, `every`, `weekday`, `at`, `over`: the report that goes out by mail.

use jiff::civil::{Time, Weekday, time};

use super::housekeeping::{WINDOW, window};
use super::people::{EMAIL, email};
use crate::config::checked::{Destination, Every, OwnerMail, Transport};
use crate::config::mistake::Mistakes;
use crate::config::raw;

/// Most addresses.
const TO_MOST: usize = 20;
const AT: &str = "a time of the day, like \"07:00\"";
/// Unless the configuration says otherwise.
const USUAL_AT: Time = time(7, 0, 0, 0);
/// A quarter: long enough that some of its leads are decided.
const USUAL_OVER: u16 = 91;
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mo", Weekday::Monday),
    ("tu", Weekday::Tuesday),
    ("we", Weekday::Wednesday),
    ("th", Weekday::Thursday),
    ("fr", Weekday::Friday),
    ("sa", Weekday::Saturday),
    ("su", Weekday::Sunday),
];

/// Checks who gets the report, and when; `None` where nobody does.
pub(super) fn check<'a>(
    raw: &raw::Report,
    mut destinations: impl Iterator<Item = &'a Destination>,
    mistakes: &mut Mistakes,
) -> Option<OwnerMail> {
    let words = [("day", Every::Day), ("week", Every::Week(Weekday::Monday)), ("month", Every::Month)];
    let every = raw.every.as_ref().map(|field| field.one_of(&words, mistakes));
    let weekday = raw.weekday.as_ref().map(|field| field.one_of(&WEEKDAYS, mistakes));
    let at = raw.at.as_ref().map(|field| field.parse(AT, clock, mistakes));
    let over = raw.over.as_ref().map(|field| field.parse(WINDOW, window, mistakes));
    let field = raw.mail_to.as_ref()?;
    let mut to: Vec<String> = Vec::new();
    for address in field.each(EMAIL, email, mistakes) {
        if !to.iter().any(|known| known.eq_ignore_ascii_case(&address)) {
            to.push(address);
        }
    }
    if to.len() > TO_MOST {
        let mistake = field.mistake(format!("names {} addresses", to.len()));
        mistakes.add(mistake.allowed(format!("at most {TO_MOST}")).hint("name a list of your mail server instead"));
    }
    if !destinations.any(|one| matches!(one.by, Transport::Mail(_))) {
        let mistake = field.silent("needs a mail server, and no destination is one");
        mistakes.add(mistake.hint("add [destination.mail] with smtp = \"smtps://user@mail.example.com\""));
    }
    let every = match (every.unwrap_or(Some(words[1].1))?, weekday) {
        (Every::Week(usual), weekday) => Every::Week(weekday.unwrap_or(Some(usual))?),
        (every, _) => every,
    };
    (!to.is_empty()).then_some(OwnerMail {
        to,
        every,
        at: at.unwrap_or(Some(USUAL_AT))?,
        over: over.unwrap_or(Some(USUAL_OVER))?,
    })
}

fn clock(text: &str) -> Result<Time, String> {
    let fits = text.len() == 5 && text.as_bytes().get(2) == Some(&b':');
    let time = fits.then(|| text.parse::<Time>().ok()).flatten();
    time.ok_or_else(|| "is not a time of the day".to_owned())
}
