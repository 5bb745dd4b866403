//! A handoff by mail. SMTP can promise at least once or at most once, never exactly once; the constant
//! Message-ID makes a second copy recognisable, and the phase tells when a copy is possible at all.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use futures::FutureExt;
use futures::future::BoxFuture;
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::render::{SUBJECT_COLUMNS, Templates, address_of, title};
use super::{Card, Delivery, Destination, Found, Frozen, Letter, Phases, Polled, Reference};
use crate::config::checked::Mail;
use crate::lead::outcome::Failure;
use crate::lead::{Class, Phase, Token};
use crate::net::smtp::{Limits, Server, Smtp, Trouble};
use crate::text::{clean_line, fit};

/// Connections to one mail server at the same time (Postfix allows a client 50).
const CONCURRENCY: usize = 8;
/// Longest name put before the lead's address, in characters.
const NAME_MAX: usize = 80;

/// A mail destination.
pub struct MailDestination {
    from: Mailbox,
    to: Option<Mailbox>,
    templates: Arc<Templates>,
    smtp: Smtp,
}

/// A mail as stored: all that is sent, byte for byte.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrozenMail {
    /// Envelope sender.
    from: String,
    /// The one recipient, so that a reply means one thing.
    to: String,
    /// RFC 5322 message, ASCII with CRLF line ends.
    message: String,
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
        Ok(Self {
            from: mailbox("from", &mail.from)?,
            to: mail.to.as_deref().map(|to| mailbox("to", to)).transpose()?,
            templates,
            smtp: Smtp::new(server, limits).map_err(|trouble| failure(&trouble))?,
        })
    }

    /// The name of a handoff's mail: the same on every retry.
    fn message_id(&self, token: &Token) -> String {
        format!("<lg.{}@{}>", token.tail(), self.from.email.domain())
    }

    fn message(&self, card: &Card, to: Mailbox) -> Result<Message, Failure> {
        let decided = u64::try_from(card.decided_at.as_second()).unwrap_or_default();
        let subject = fit(&format!("[{}] {}", card.token, title(card)), SUBJECT_COLUMNS);
        let mut builder = Message::builder()
            .date(UNIX_EPOCH + Duration::from_secs(decided))
            .message_id(Some(self.message_id(&card.token)))
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            .raw_header(raw("X-Auto-Response-Suppress", "All"))
            .raw_header(raw("X-LeadGate-Key", card.token.as_str()));
        if let Some(address) = address_of(card) {
            let name = clean_line(&card.contact.name, NAME_MAX);
            builder = builder.reply_to(Mailbox::new((!name.is_empty()).then_some(name), address));
        }
        let parts = MultiPart::alternative()
            .boundary(format!("lg-{}", card.token.tail()))
            .singlepart(SinglePart::plain(crlf(&self.templates.mail_text(card)?)))
            .singlepart(SinglePart::html(crlf(&self.templates.mail_html(card)?)));
        builder
            .multipart(parts)
            .map_err(|error| Failure::new(Class::Reject, format!("the mail cannot be built: {error}")))
    }

    fn letter_to(&self, letter: &Letter, name: &str, email: &str) -> Result<Frozen, Failure> {
        let address: Address = email.parse().map_err(|error| {
            Failure::new(Class::Reject, format!("{email:?} is not an address: {error}"))
                .hint("correct it in the config")
        })?;
        only_ascii("the recipient", &address)?;
        let decided = u64::try_from(letter.at.as_second()).unwrap_or_default();
        let name = clean_line(name, NAME_MAX);
        let message = Message::builder()
            .date(UNIX_EPOCH + Duration::from_secs(decided))
            .message_id(Some(format!("<lg.{}@{}>", letter.name, self.from.email.domain())))
            .from(self.from.clone())
            .to(Mailbox::new((!name.is_empty()).then_some(name), address.clone()))
            .subject(fit(&clean_line(&letter.subject, NAME_MAX), SUBJECT_COLUMNS))
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            .raw_header(raw("X-Auto-Response-Suppress", "All"))
            .singlepart(SinglePart::plain(crlf(&letter.text)))
            .map_err(|error| Failure::new(Class::Reject, format!("the letter cannot be built: {error}")))?;
        self.frozen(address.as_ref(), &message)
    }

    fn frozen(&self, to: &str, message: &Message) -> Result<Frozen, Failure> {
        let mail = FrozenMail {
            from: self.from.email.to_string(),
            to: to.to_owned(),
            message: String::from_utf8(message.formatted())
                .map_err(|error| Failure::new(Class::Reject, format!("the mail is not text: {error}")))?,
        };
        let bytes = serde_json::to_vec(&mail)
            .map_err(|error| Failure::new(Class::Reject, format!("the mail cannot be stored: {error}")))?;
        Ok(Frozen(bytes))
    }

    async fn submit(&self, frozen: &Frozen, phases: &dyn Phases) -> Delivery {
        let (envelope, message) = match thaw(frozen) {
            Ok(mail) => mail,
            Err(why) => return refusal(format!("the stored mail cannot be read: {why}")),
        };
        // lettre writes the content and its final dot in one call, so both are one durable phase. Whether
        // the dot was reached is still told apart while we live; only a crash inside is unknown.
        let sent = self.smtp.send(&envelope, message.as_bytes(), || phases.enter(Phase::Dot)).await;
        match sent {
            Ok(reply) => Delivery {
                class: Class::Ok,
                reference: message_id_in(&message).map(|id| Reference { id, ..Reference::default() }),
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

impl Destination for MailDestination {
    fn freeze(&self, card: &Card) -> Result<Frozen, Failure> {
        let to = match &self.to {
            Some(to) => to.clone(),
            None => owner_mailbox(card)?,
        };
        let address = to.email.to_string();
        self.frozen(&address, &self.message(card, to)?)
    }

    fn letter(&self, letter: &Letter) -> Option<Result<Vec<Frozen>, Failure>> {
        Some(letter.to.iter().map(|(name, email)| self.letter_to(letter, name, email)).collect())
    }

    fn deliver<'a>(&'a self, frozen: &'a Frozen, phases: &'a dyn Phases) -> BoxFuture<'a, Delivery> {
        self.submit(frozen, phases).boxed()
    }

    fn find<'a>(&'a self, _: &'a Token) -> BoxFuture<'a, Result<Found, Failure>> {
        std::future::ready(Ok(Found::CannotAsk)).boxed()
    }

    fn find_lag_secs(&self) -> u64 {
        0
    }

    fn tracks(&self) -> bool {
        false
    }

    fn poll<'a>(&'a self, _: &'a Reference) -> BoxFuture<'a, Result<Polled, Failure>> {
        std::future::ready(Ok(Polled::default())).boxed()
    }

    fn concurrency(&self) -> usize {
        CONCURRENCY
    }

    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>> {
        async { self.smtp.check().await.map_err(|trouble| failure(&trouble)) }.boxed()
    }
}

fn thaw(frozen: &Frozen) -> Result<(Envelope, String), Box<dyn std::error::Error + Send + Sync>> {
    let mail: FrozenMail = serde_json::from_slice(&frozen.0)?;
    Ok((Envelope::new(Some(mail.from.parse()?), vec![mail.to.parse()?])?, mail.message))
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

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn message_id_in(message: &str) -> Option<String> {
    let line =
        message.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix("Message-ID: "))?;
    Some(line.trim().to_owned())
}

#[cfg(test)]
mod tests;
