//! Mails that say what became of a mail: reports in the form of RFC 3464, and the texts that servers write which
//! do not keep to it.

use mail_parser::{Message, MessagePart, MimeHeaders};

use super::{What, from_of, header, key_in};
use crate::lead::Token;
use crate::text::clean_line;

/// Longest words kept, in characters.
const WORDS_MAX: usize = 400;
/// Parts of a mail looked at.
const PARTS_MAX: usize = 50;
/// Fields of a report read.
const FIELDS_MAX: usize = 500;
/// How the subjects of informal reports begin, or what is in them.
const RETURNED: &[&str] = &[
    "undeliver",
    "not deliver",
    "delivery status notification",
    "delivery failure",
    "delivery failed",
    "mail delivery",
    "failure notice",
    "returned mail",
    "returning message to sender",
    "message status - undeliverable",
    "unzustellbar",
    "nicht zugestellt",
    "non remis",
    "no se puede entregar",
    "mancato recapito",
    "warning: could not send",
    "delayed",
];
/// Words of a server that has not given up.
const STILL: &[&str] = &[
    "will be retried",
    "will keep trying",
    "will retry",
    "still trying",
    "not yet been delivered",
    "has been delayed",
    "delivery is delayed",
    "delivery delayed",
    "warning message only",
    "do not need to resend",
    "wird weiter versucht",
];
/// Words of a server that has given up, where no code says so.
const GIVEN_UP: &[&str] = &["permanent error", "permanent fatal errors", "i've given up", "permanently failed"];

/// A formal report.
pub(super) struct Report {
    /// The key, where the server gives back the name we sent along.
    pub(super) envid: Option<Token>,
    /// What it says.
    pub(super) what: What,
}

/// One recipient's group of fields.
#[derive(Default)]
struct Recipient {
    action: String,
    status: String,
    diagnostic: String,
    address: String,
}

/// Reads a report, if it is one.
pub(super) fn read(mail: &Message<'_>) -> Option<Report> {
    let kind = mail.content_type()?;
    let subtype = kind.subtype().unwrap_or_default();
    if !(kind.ctype().eq_ignore_ascii_case("multipart") && subtype.eq_ignore_ascii_case("report")) {
        return None;
    }
    let Some(part) = mail.parts.iter().take(PARTS_MAX).find(|part| is_status(part)) else {
        return Some(Report { envid: None, what: What::Passed("a report of another kind") });
    };
    let text = String::from_utf8_lossy(part.contents()).replace("\r\n", "\n");
    let mut groups = text.split("\n\n").filter(|group| !group.trim().is_empty());
    let whole = groups.next().map(fields).unwrap_or_default();
    let envid = whole.iter().find(|(name, _)| name == "original-envelope-id").and_then(|(_, id)| key_in(id));
    let told: Vec<Recipient> = groups.map(recipient).collect();
    let with = |action: &str| told.iter().find(|one| one.action == action);
    let what = match (with("failed"), with("delayed")) {
        (Some(one), _) => What::Bounce { words: words(one), formal: true },
        (None, Some(one)) => What::Delay { words: words(one) },
        (None, None) => What::Passed("a notice of delivery"),
    };
    Some(Report { envid, what })
}

fn is_status(part: &MessagePart<'_>) -> bool {
    let subtype = part.content_type().and_then(|kind| kind.subtype()).unwrap_or_default();
    subtype.eq_ignore_ascii_case("delivery-status") || subtype.eq_ignore_ascii_case("global-delivery-status")
}

/// `Name: value` lines, names in lower case, what goes on on the next line joined.
fn fields(group: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in group.lines().take(FIELDS_MAX) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

fn recipient(group: &str) -> Recipient {
    let mut one = Recipient::default();
    for (name, value) in fields(group) {
        // Before these values stands of what kind they are: `smtp; 550 …`, `rfc822; ben@…`.
        let typed = || value.split_once(';').map_or(value.as_str(), |(_, rest)| rest).trim().to_owned();
        match name.as_str() {
            "action" => one.action = value.split([' ', '(']).next().unwrap_or_default().to_ascii_lowercase(),
            "status" => one.status.clone_from(&value),
            "diagnostic-code" => one.diagnostic = typed(),
            "final-recipient" => one.address = typed(),
            _ => {}
        }
    }
    one
}

fn words(one: &Recipient) -> String {
    let said = if one.diagnostic.is_empty() { &one.status } else { &one.diagnostic };
    clean_line(&format!("{}: {said}", one.address), WORDS_MAX)
}

/// Reads what a server wrote in its own way: from nobody, under a subject of that kind.
pub(super) fn informal(mail: &Message<'_>, text: &str) -> Option<What> {
    let from = from_of(mail);
    let daemon = ["mailer-daemon@", "postmaster@"].iter().any(|name| from.starts_with(name));
    let nobody = header(mail, "Return-Path").is_some_and(|path| matches!(path.trim(), "" | "<>"));
    let subject = mail.subject().unwrap_or_default().to_lowercase();
    let returned = RETURNED.iter().any(|words| subject.contains(words));
    let named = mail.header("X-Failed-Recipients").is_some();
    let machine = daemon || named || nobody && returned;
    if !machine {
        return None;
    }
    // An absent person's program may write with an empty return path, too.
    if !daemon
        && header(mail, "Auto-Submitted").is_some_and(|word| word.trim().eq_ignore_ascii_case("auto-replied"))
        && !named
    {
        return None;
    }
    let lower = text.to_lowercase();
    let line = code_line(text);
    let words = clean_line(line.map_or_else(|| subject.as_str(), |(line, _)| line), WORDS_MAX);
    if STILL.iter().any(|still| lower.contains(still)) {
        return Some(What::Delay { words });
    }
    let permanent = matches!(line, Some((_, '5'))) || GIVEN_UP.iter().any(|words| lower.contains(words)) || named;
    Some(if permanent {
        What::Bounce { words, formal: false }
    } else {
        What::Passed("a server's notice that says neither failed nor delayed")
    })
}

/// The first line with a reply code (`550 …`) or a status (`5.1.1`) of refusal, and its first digit.
fn code_line(text: &str) -> Option<(&str, char)> {
    let refusal = |word: &str| {
        let word = word.trim_matches(|char: char| !char.is_ascii_alphanumeric());
        let first = word.chars().next().filter(|char| matches!(char, '4' | '5'))?;
        let status: Vec<&str> = word.split('.').collect();
        let digits =
            |text: &&str| !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        let code = word.split('-').next().is_some_and(|code| code.len() == 3 && digits(&code));
        (code || status.len() == 3 && status[0].len() == 1 && status.iter().all(digits)).then_some(first)
    };
    text.lines().find_map(|line| line.split_whitespace().find_map(refusal).map(|digit| (line.trim(), digit)))
}
