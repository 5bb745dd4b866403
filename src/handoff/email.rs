//! A handoff by mail. SMTP can promise at least once or at most once, never exactly once; the constant
//! Message-ID makes a second copy recognisable, and the phase tells when a copy is possible at all.

mod adf;
mod inbox;
mod letter;
mod vcard;

use std::borrow::Cow;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use lettre::address::Envelope;
use lettre::message::Mailbox;
use lettre::{Address, Message};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use self::inbox::{Inbox, Page, Place};
use self::letter::Paper;
use super::render::Templates;
use super::{Card, Delivery, Destination, Found, Frozen, Letter, Phases, Polled, Reference};
use crate::config::checked::Mail;
use crate::lead::outcome::Failure;
use crate::lead::{Class, Phase, Token};
use crate::net::smtp::{Content, Limits, Server, Smtp, Trouble};
use crate::text::clean_line;

/// Longest name put before the lead's address, in characters.
const NAME_MAX: usize = 80;

/// lettre writes the content and its final dot in one call, so both are one durable phase. Whether the dot was reached
/// is still told apart while we live; only a crash inside is unknown.
const LEAVES: Phase = Phase::Dot;

/// A mail destination.
pub struct MailDestination {
    paper: Paper,
    to: Option<Mailbox>,
    templates: Arc<Templates>,
    connections: usize,
    smtp: Smtp,
}

/// What stands before a stored mail, in one line. The RFC 5322 message follows, ASCII with CRLF line ends: all that is
/// sent, byte for byte.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cover {
    /// Envelope sender.
    from: String,
    /// The one recipient, so that a reply means one thing.
    to: String,
    /// What a notice about its delivery will name (RFC 3461): the key.
    #[serde(default)]
    envid: Option<String>,
    /// Before schema 19 the message stood here.
    #[serde(default, skip_serializing)]
    message: Option<String>,
}

/// A stored mail as it is sent.
#[derive(Debug)]
struct Thawed<'a> {
    envelope: Envelope,
    message: Cow<'a, str>,
    envid: Option<String>,
}

impl MailDestination {
    /// Prepares a destination; nothing is connected yet.
    ///
    /// # Errors
    /// [`Class::Config`]: an address, the CA file or the protection does not hold.
    pub fn new(
        mail: &Mail,
        password: Option<SecretString>,
        templates: Arc<Templates>,
        limits: Limits,
    ) -> Result<Self, Failure> {
        let login = mail.user.clone().zip(password);
        if mail.user.is_some() && login.is_none() {
            return Err(Failure::new(Class::Config, "a mail user without a password").hint("set password"));
        }
        let server =
            Server { host: mail.host.clone(), port: mail.port, tls: mail.tls, login, ca_file: mail.ca_file.clone() };
        let limits = Limits { mails: mail.mails_per_connection.min(limits.mails), ..limits };
        Ok(Self {
            paper: Paper {
                from: mailbox("from", &mail.from)?,
                letter: mail.letter.clone(),
                is_read: mail.mailbox.is_some(),
            },
            connections: usize::try_from(mail.connections).unwrap_or(1),
            to: mail.to.as_deref().map(|to| mailbox("to", to)).transpose()?,
            templates,
            smtp: Smtp::new(server, limits).map_err(|trouble| failure(&trouble))?,
        })
    }

    fn letter_to(&self, letter: &Letter, name: &str, email: &str) -> Result<Frozen, Failure> {
        let address: Address = email.parse().map_err(|error| {
            Failure::new(Class::Reject, format!("{email:?} is not an address: {error}"))
                .hint("correct it in the config")
        })?;
        only_ascii("the recipient", &address)?;
        let name = clean_line(name, NAME_MAX);
        let to = Mailbox::new((!name.is_empty()).then_some(name), address.clone());
        let message = self.paper.notice(letter, to)?;
        frozen(&self.paper.from.email, address.as_ref(), &message, None)
    }

    async fn submit(&self, frozen: &Frozen, phases: &dyn Phases) -> Delivery {
        let mail = match thaw(frozen) {
            Ok(mail) => mail,
            Err(why) => return refusal(format!("the stored mail cannot be read: {why}")),
        };
        let content = Content { message: mail.message.as_bytes(), envid: mail.envid.as_deref() };
        let sent = self.smtp.send(&mail.envelope, content, || phases.enter(LEAVES)).await;
        match sent {
            Ok(reply) => Delivery {
                class: Class::Ok,
                reference: message_id_in(&mail.message).map(|id| Reference { id, ..Reference::default() }),
                message: reply.to_string(),
                hint: None,
                wait_secs: None,
            },
            Err(trouble) => {
                let Failure { class, message, hint, wait_secs } = failure(&trouble);
                Delivery { class, reference: None, message, hint, wait_secs }
            }
        }
    }
}

/// A mail as it would go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Whom it goes to.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// The whole message, byte for byte.
    pub message: String,
}

/// What this destination would send of a card; no server is asked and no secret read.
///
/// # Errors
/// [`Class::Config`] or [`Class::Reject`]: as when it is sent.
pub fn preview(mail: &Mail, card: &Card) -> Result<Preview, Failure> {
    let templates = Templates::of(&mail.letter)?;
    let from = mailbox("from", &mail.from)?;
    let paper = Paper { from, letter: mail.letter.clone(), is_read: mail.mailbox.is_some() };
    let to = mail.to.as_deref().map_or_else(|| owner_mailbox(card), |to| mailbox("to", to))?;
    let message = paper.message(&templates, card, to.clone())?;
    let answers = paper.answers();
    Ok(Preview {
        to: to.to_string(),
        subject: letter::subject(card),
        text: templates.mail_text(card, answers)?,
        html: templates.mail_html(card, answers)?,
        message: String::from_utf8_lossy(&message.formatted()).into_owned(),
    })
}

impl Destination for MailDestination {
    fn freeze(&self, card: &Card) -> Result<Frozen, Failure> {
        let to = match &self.to {
            Some(to) => to.clone(),
            None => owner_mailbox(card)?,
        };
        let address = to.email.to_string();
        let from = self.paper.sender(&card.token)?;
        let message = self.paper.message(&self.templates, card, to)?;
        frozen(&from, &address, &message, Some(card.token.to_string()))
    }

    fn letter(&self, letter: &Letter) -> Option<Result<Vec<Frozen>, Failure>> {
        Some(letter.to.iter().map(|(name, email)| self.letter_to(letter, name, email)).collect())
    }

    fn deliver<'a>(&'a self, frozen: &'a Frozen, phases: &'a dyn Phases) -> BoxFuture<'a, Delivery> {
        self.submit(frozen, phases).boxed()
    }

    fn marked_ahead(&self) -> Option<Phase> {
        Some(LEAVES)
    }

    fn find<'a>(&'a self, _: &'a Token) -> BoxFuture<'a, Result<Found, Failure>> {
        std::future::ready(Ok(Found::CannotAsk)).boxed()
    }

    fn find_lag(&self) -> SignedDuration {
        SignedDuration::ZERO
    }

    fn tracks(&self) -> bool {
        false
    }

    fn poll<'a>(&'a self, _: &'a Reference) -> BoxFuture<'a, Result<Polled, Failure>> {
        std::future::ready(Ok(Polled::default())).boxed()
    }

    fn concurrency(&self) -> usize {
        self.connections.max(1)
    }

    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>> {
        async { self.smtp.check().await.map_err(|trouble| failure(&trouble)) }.boxed()
    }
}

fn frozen(from: &Address, to: &str, message: &Message, envid: Option<String>) -> Result<Frozen, Failure> {
    let cover = Cover { from: from.to_string(), to: to.to_owned(), envid, message: None };
    let mut bytes = serde_json::to_vec(&cover)
        .map_err(|error| Failure::new(Class::Reject, format!("the mail cannot be stored: {error}")))?;
    bytes.push(b'\n');
    bytes.append(&mut message.formatted());
    Ok(Frozen(bytes))
}

fn thaw(frozen: &Frozen) -> Result<Thawed<'_>, Box<dyn std::error::Error + Send + Sync>> {
    let text = std::str::from_utf8(&frozen.0)?;
    let (cover, message) = text.split_once('\n').map_or((text, None), |(cover, message)| (cover, Some(message)));
    let cover: Cover = serde_json::from_str(cover)?;
    let message = message.map(Cow::Borrowed).or(cover.message.map(Cow::Owned)).ok_or("it has no message")?;
    let envelope = Envelope::new(Some(cover.from.parse()?), vec![cover.to.parse()?])?;
    Ok(Thawed { envelope, message, envid: cover.envid })
}

fn failure(trouble: &Trouble) -> Failure {
    Failure {
        class: trouble.class(),
        message: trouble.to_string(),
        hint: trouble.hint().map(str::to_owned),
        wait_secs: trouble.wait_secs(),
    }
}

fn refusal(message: String) -> Delivery {
    Delivery { class: Class::Reject, reference: None, message, hint: None, wait_secs: None }
}

fn mailbox(key: &str, text: &str) -> Result<Mailbox, Failure> {
    let mailbox: Mailbox = text.parse().map_err(|error| {
        Failure::new(Class::Config, format!("{key} {text:?} is not an address: {error}"))
            .hint("write it as Name <name@example.org>")
    })?;
    only_ascii(key, &mailbox.email)?;
    Ok(mailbox)
}

/// Addresses beyond ASCII need a server and readers that know SMTPUTF8; a domain can be written without.
fn only_ascii(key: &str, address: &Address) -> Result<(), Failure> {
    if address.to_string().is_ascii() {
        return Ok(());
    }
    let failure = Failure::new(Class::Config, format!("{key} {address} has letters mail servers may not take"));
    Err(failure.hint("write the domain in its xn-- form"))
}

/// Where the owner's mails go. One person's wrong address is that handoff's trouble, not the mail server's:
/// everybody else's mails go on.
fn owner_mailbox(card: &Card) -> Result<Mailbox, Failure> {
    let (id, email) = (&card.owner.id, &card.owner.email);
    let reject = |failure: Failure| Failure { class: Class::Reject, ..failure };
    if email.is_empty() {
        let failure = Failure::new(Class::Reject, format!("{id} has no e-mail address"));
        return Err(failure.hint(format!("set person.{id}.email")));
    }
    let address: Address = email.parse().map_err(|error| {
        Failure::new(Class::Reject, format!("the e-mail of {id} is not an address: {error}"))
            .hint(format!("correct person.{id}.email"))
    })?;
    only_ascii(&format!("person.{id}.email"), &address).map_err(reject)?;
    Ok(Mailbox::new(Some(clean_line(&card.owner.name, NAME_MAX)), address))
}

fn message_id_in(message: &str) -> Option<String> {
    let line =
        message.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix("Message-ID: "))?;
    Some(line.trim().to_owned())
}

#[cfg(test)]
mod tests;
