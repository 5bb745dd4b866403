//! A mail as the body of a request, for far sides that take raw messages (RFC 5322) over HTTP. Its text is encoded and
//! its headers are, so that no lead can add a header or a part.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use serde::Deserialize;

use crate::preset::fault::Fault;
use crate::preset::template::{Context, Scope, Template};

/// The type it is sent as.
pub(crate) const MESSAGE: &str = "message/rfc822";

/// `mail = { … }` of an operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailDoc {
    /// Address it is from.
    pub from: String,
    /// Name before that address.
    #[serde(default)]
    pub name: String,
    /// Address it is for.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// Message-ID, with its angle brackets.
    pub id: String,
    /// Its date, a moment.
    pub date: String,
}

/// The same, compiled.
#[derive(Debug)]
pub(super) struct Mail {
    from: Template,
    name: Template,
    to: Template,
    subject: Template,
    text: Template,
    id: Template,
    date: Template,
}

impl Mail {
    /// # Errors
    /// Names the key that is no template.
    pub(super) fn compile(doc: &MailDoc, scope: &Scope) -> Result<Self, Fault> {
        let template = |text: &str, key: &str| Template::compile(text, scope).map_err(|fault| fault.within(key));
        Ok(Self {
            from: template(&doc.from, "mail.from")?,
            name: template(&doc.name, "mail.name")?,
            to: template(&doc.to, "mail.to")?,
            subject: template(&doc.subject, "mail.subject")?,
            text: template(&doc.text, "mail.text")?,
            id: template(&doc.id, "mail.id")?,
            date: template(&doc.date, "mail.date")?,
        })
    }

    /// The message, with CRLF line ends.
    ///
    /// # Errors
    /// An address or the date is none, or a template failed.
    pub(super) fn render(&self, context: &Context) -> Result<Vec<u8>, Fault> {
        let one = |template: &Template, key: &str| super::one_line(template.text(context)?, key);
        let address = |template: &Template, key: &str| {
            let text = one(template, key)?;
            text.trim().parse().map_err(|error| Fault::new(format!("`{key}`: `{text}` is not an address: {error}")))
        };
        let name = one(&self.name, "mail.name")?;
        let from = Mailbox::new(Some(name).filter(|name| !name.is_empty()), address(&self.from, "mail.from")?);
        let date = one(&self.date, "mail.date")?;
        let date: Timestamp =
            date.parse().map_err(|error| Fault::new(format!("`mail.date`: `{date}` is no moment: {error}")))?;
        let message: MessageBuilder = Message::builder()
            .from(from)
            .to(Mailbox::new(None, address(&self.to, "mail.to")?))
            .subject(one(&self.subject, "mail.subject")?)
            .date(SystemTime::from(date))
            .message_id(Some(one(&self.id, "mail.id")?))
            // Whoever it is from is not told that it has come (RFC 3834).
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN);
        let message = message.body(self.text.text(context)?);
        Ok(message.map_err(|error| Fault::new(format!("`mail`: {error}")))?.formatted())
    }
}
