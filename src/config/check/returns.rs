//! What a handoff mail carries, where answers and bounces to it go, and the mailbox where they are read.

use std::io::Read as _;
use std::path::PathBuf;

use jiff::SignedDuration;

use super::mail::{MAILBOX, Protocol, mailbox, server};
use super::refs::required;
use super::secrets::secret;
use super::sources::often;
use crate::config::checked::{Attach, KEY_MARK, Letter, Mailbox, ReplyTo, Written};
use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::paths::meant;
use crate::config::raw;

const ADDRESS: &str = "imaps://user@host/INBOX (TLS), imap://user@host/INBOX (STARTTLS) or \
                       imap+plain://user@127.0.0.1:2143/INBOX (this machine only)";
const IMAP: Protocol = Protocol {
    allowed: ADDRESS,
    schemes: [("imaps", 993), ("imap", 143), ("imap+plain", 143)],
    secret: "IMAP_PASSWORD",
    folders: true,
};
const ATTACH: &[(&str, Attach)] = &[("vcard", Attach::VCard), ("json", Attach::Json), ("adf", Attach::Adf)];
const REPLY_TO: &str = "\"lead\" or an address, like \"Leads <leads+KEY@example.com>\"";
/// How often a mailbox is looked at where nothing is said.
const EVERY: SignedDuration = SignedDuration::from_mins(1);
/// Largest template, in bytes.
const TEMPLATE_MAX: u64 = 64 * 1024;
/// What a key looks like, to try an address with one.
const SAMPLE_KEY: &str = "LG0000000000AA";

/// `None`: something is wrong with it, and was told.
pub(super) fn check(
    raw: &raw::Mail,
    from: Option<&str>,
    ca_file: Option<&PathBuf>,
    mistakes: &mut Mistakes,
) -> Option<(Letter, Option<Mailbox>)> {
    let mailbox = raw.mailbox.as_ref().map(|field| read_from(field, ca_file, mistakes));
    let mut letter = Letter::default();
    if mailbox.is_some() {
        letter.reply_to.extend(from.map(|from| ReplyTo::Address(from.to_owned())));
    }
    if let Some(field) = &raw.attach {
        letter.attach.clear();
        for item in field.items("a list of \"vcard\", \"json\" and \"adf\"", mistakes) {
            let kind = item.one_of(ATTACH, mistakes);
            letter.attach.extend(kind.filter(|kind| !letter.attach.contains(kind)));
        }
    }
    if let Some(field) = &raw.reply_to {
        letter.reply_to = field.each(REPLY_TO, reply_to, mistakes);
    }
    if let Some(field) = &raw.bounces_to {
        letter.bounces_to = Some(field.parse("an e-mail address, with KEY for the key", bare, mistakes)?);
    }
    letter.text = raw.template.as_ref().and_then(|field| template(field, mistakes));
    letter.html = raw.html_template.as_ref().and_then(|field| template(field, mistakes));
    match mailbox {
        Some(None) => None,
        Some(mailbox) => Some((letter, mailbox)),
        None => Some((letter, None)),
    }
}

/// A template as it stands in its file; whether it can be filled is told where cards are known.
fn template(field: &Field, mistakes: &mut Mistakes) -> Option<Written> {
    let path = meant(&field.text("the path of a file", mistakes)?, &field.place().sheet.dir);
    let read = || {
        let file = std::fs::File::open(&path).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        file.take(TEMPLATE_MAX + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        if bytes.len() as u64 > TEMPLATE_MAX {
            return Err(format!("it is larger than {} KiB", TEMPLATE_MAX / 1024));
        }
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
    };
    match read() {
        Ok(source) => Some(Written { path, source }),
        Err(why) => {
            let mistake = field.mistake(format!("cannot be read: {}: {why}", path.display()));
            mistakes.add(mistake.hint("`leadgate mail template` prints the one to start from"));
            None
        }
    }
}

fn read_from(field: &Field, ca_file: Option<&PathBuf>, mistakes: &mut Mistakes) -> Option<Mailbox> {
    let raw = raw::Mailbox::read(field, mistakes);
    let password = raw.password.as_ref().and_then(|field| secret(field, mistakes));
    let every = raw.every.as_ref().map_or(Some(EVERY), |field| often(field, mistakes));
    let Some(address) = &raw.imap else {
        required(None, field.place(), &field.path, "imap", "\"imaps://leads@mail.example.com\"", mistakes);
        return None;
    };
    if raw.password.is_none() {
        required(None, field.place(), &field.path, "password", "{ env = \"IMAP_PASSWORD\" }", mistakes);
    }
    let server = server(address, &IMAP, mistakes)?;
    let Some(user) = server.user else {
        mistakes.add(address.mistake("names no user").allowed(ADDRESS));
        return None;
    };
    let folder = if server.folder.is_empty() { "INBOX".to_owned() } else { server.folder };
    Some(Mailbox {
        host: server.host,
        port: server.port,
        tls: server.tls,
        user,
        password: password?,
        ca_file: ca_file.cloned(),
        folder,
        every: every?,
    })
}

fn reply_to(text: &str) -> Result<ReplyTo, String> {
    if text == "lead" {
        return Ok(ReplyTo::Lead);
    }
    with_key(text).map(|()| ReplyTo::Address(text.to_owned()))
}

/// An address without a name.
fn bare(text: &str) -> Result<String, String> {
    with_key(text)?;
    text.replace(KEY_MARK, SAMPLE_KEY)
        .parse::<lettre::Address>()
        .map_err(|_| "has more than the address".to_owned())?;
    Ok(text.to_owned())
}

fn with_key(text: &str) -> Result<(), String> {
    if !text.is_ascii() {
        return Err("has letters mail servers may not take".to_owned());
    }
    mailbox(&text.replace(KEY_MARK, SAMPLE_KEY)).map(drop).map_err(|why| format!("{why}: {MAILBOX}"))
}
