//! What a mail that came back says of a handoff: a person's answer, a bounce, a delay, or nothing that counts.
//! Pure: the engine fetches the mails, and knows whose handoff it is and who the lead is.
//!
//! **Which time counts.** A mail has two: `Date`, when its writer's program says it was written, and the moment
//! at which the mailbox got it (INTERNALDATE). `Date` is what is being measured, but every program may write what
//! it likes there; the other is the server's own, but is late by the time of travel. So `Date` counts where the
//! mailbox bears it out to within [`BORNE_OUT`], else the mailbox's own time, and then the moment is `derived`.

mod machine;
mod report;

use jiff::{SignedDuration, Timestamp};
use mail_parser::{Address, HeaderValue, Message, MessageParser};
use sha2::{Digest, Sha256};

use crate::lead::Token;
use crate::text::clean_line;

/// `Date` and the moment of arrival may be so far apart.
const BORNE_OUT: SignedDuration = SignedDuration::from_mins(10);
/// Characters of a text in which a key or the words of a machine are looked for.
const TEXT_MAX: usize = 64 * 1024;
/// Longest address kept, in characters.
const ADDRESS_MAX: usize = 300;
/// The header that every mail of ours has.
const OURS: &str = "X-LeadGate-Key";
/// The subject of a mail that takes a lead begins so.
const TAKE: &str = "take lg";

/// A mail about a handoff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its own name, or one made of its bytes: the same mail read again has the same.
    pub id: String,
    /// The handoff it is about.
    pub key: Token,
    /// The key stood where only an answer to our mail has it: in an address of ours, or in the thread.
    pub by_thread: bool,
    /// Who wrote it, lower case; empty where nobody is named.
    pub from: String,
    /// When it was written, see the module.
    pub at: Timestamp,
    /// `at` is what its writer said, borne out by the mailbox.
    pub borne_out: bool,
    /// What it says.
    pub what: What,
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A person wrote; whether it was the lead is for the engine to tell.
    Answer,
    /// A person takes the lead.
    Take,
    /// It was accepted and came back for good.
    Bounce {
        /// The far side's words, one line.
        words: String,
        /// In the form that RFC 3464 asks for; otherwise read off a text.
        formal: bool,
    },
    /// It is still being tried.
    Delay {
        /// The far side's words, one line.
        words: String,
    },
    /// A machine's, or ours: why it does not count.
    Passed(&'static str),
}

/// Reads a mail, its bytes as fetched. `None`: it is about no handoff, or no mail at all.
pub fn read(bytes: &[u8], received: Option<Timestamp>) -> Option<Told> {
    let mail = MessageParser::default().parse(bytes)?;
    let raw = String::from_utf8_lossy(bytes);
    let report = report::read(&mail);
    let (key, by_thread) = match report.as_ref().and_then(|report| report.envid.clone()) {
        Some(key) => (key, true),
        None => key_of(&mail, &raw)?,
    };
    let what = match report {
        Some(report) => report.what,
        None if mail.header(OURS).is_some() => What::Passed("our own mail"),
        None => match report::informal(&mail, &text_of(&mail)) {
            Some(what) => what,
            None => by_whom(&mail),
        },
    };
    let (at, borne_out) = moment(date_of(&mail), received)?;
    Some(Told { id: id_of(&mail, bytes), key, by_thread, from: from_of(&mail), at, borne_out, what })
}

/// The same for the same mail, and without anybody's name in it.
fn id_of(mail: &Message<'_>, bytes: &[u8]) -> String {
    let named = mail.message_id().map_or_else(|| Sha256::digest(bytes), |id| Sha256::digest(id.as_bytes()));
    named.iter().take(12).fold(String::new(), |id, byte| id + &format!("{byte:02x}"))
}

fn by_whom(mail: &Message<'_>) -> What {
    if let Some(why) = machine::by_machine(mail, &text_of(mail)) {
        return What::Passed(why);
    }
    let subject = mail.subject().unwrap_or_default().trim().to_lowercase();
    if subject.starts_with(TAKE) { What::Take } else { What::Answer }
}

fn moment(date: Option<Timestamp>, received: Option<Timestamp>) -> Option<(Timestamp, bool)> {
    match (date, received) {
        (Some(date), Some(received)) if date.duration_until(received).abs() <= BORNE_OUT => {
            Some((date.min(received), true))
        }
        (_, Some(received)) => Some((received, false)),
        (Some(date), None) => Some((date, false)),
        (None, None) => None,
    }
}

fn date_of(mail: &Message<'_>) -> Option<Timestamp> {
    mail.date()?.to_rfc3339().parse().ok()
}

fn from_of(mail: &Message<'_>) -> String {
    let from = mail.from().and_then(Address::first).and_then(|from| from.address.as_deref());
    clean_line(from.unwrap_or_default(), ADDRESS_MAX).to_lowercase()
}

/// The text a person would read, or would have read.
fn text_of(mail: &Message<'_>) -> String {
    mail.body_text(0).unwrap_or_default().chars().take(TEXT_MAX).collect()
}

/// The value of a header as it is written.
fn header<'a>(mail: &'a Message<'_>, name: &'static str) -> Option<&'a str> {
    match mail.header(name)? {
        HeaderValue::Text(text) => Some(text.as_ref()),
        HeaderValue::Empty => Some(""),
        _ => mail.header_raw(name).map(str::trim),
    }
}

/// The key, and whether it stood in an address or in the thread.
fn key_of(mail: &Message<'_>, raw: &str) -> Option<(Token, bool)> {
    let head: String = raw.chars().take(TEXT_MAX).collect();
    let head = head.split("\r\n\r\n").next().unwrap_or_default().split("\n\n").next().unwrap_or_default();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ").replace("\n ", " ").replace("\n\t", " ");
    let named = |names: &[&str]| {
        let mine = |line: &&str| {
            line.split_once(':').is_some_and(|(name, _)| names.iter().any(|one| one.eq_ignore_ascii_case(name)))
        };
        unfolded.lines().filter(mine).find_map(key_in)
    };
    let addressed = named(&["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"]);
    let threaded = || named(&["In-Reply-To", "References"]);
    let loose = || {
        let subject = mail.subject().and_then(key_in);
        // What came back is attached as a whole, or as its headers.
        subject.or_else(|| key_in(&text_of(mail))).or_else(|| key_in(raw))
    };
    addressed.or_else(threaded).map(|key| (key, true)).or_else(|| loose().map(|key| (key, false)))
}

/// The first key in a text: `LG…` by itself, or `<lg.…@` of our own Message-ID.
pub fn key_in(text: &str) -> Option<Token> {
    let mut before = ' ';
    for (at, char) in text.char_indices() {
        let begins = matches!(char, 'L' | 'l') && !before.is_ascii_alphanumeric();
        before = char;
        if !begins {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let (Some(mark), Some(after)) = (rest.get(..2), rest.get(2..)) else { continue };
        if !mark.eq_ignore_ascii_case("lg") {
            continue;
        }
        let tail = after.strip_prefix('.').unwrap_or(after);
        let ends = tail.get(12..).is_some_and(|rest| !rest.starts_with(|char: char| char.is_ascii_alphanumeric()));
        let key = tail.get(..12).and_then(|tail| Token::parse(&format!("LG{tail}")).ok());
        if let Some(key) = key.filter(|_| ends) {
            return Some(key);
        }
    }
    None
}

#[cfg(test)]
mod tests;
