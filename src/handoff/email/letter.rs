//! A handoff mail as it goes out: its headers, its two texts, and what a program can read. Made of the card and
//! the config alone, so that the same card gives the same bytes.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::adf::adf;
use super::vcard::vcard;
use super::{NAME_MAX, mailbox};
use crate::config::checked::{Attach, KEY_MARK, Letter, ReplyTo};
use crate::handoff::Card;
use crate::handoff::render::{Answers, SUBJECT_COLUMNS, Templates, address_of, tidy, title};
use crate::lead::outcome::Failure;
use crate::lead::{Class, Token};
use crate::text::{clean_line, fit};

/// What every mail of a destination shares.
pub(super) struct Paper {
    pub(super) from: Mailbox,
    pub(super) letter: Letter,
    /// Answers that come to us are read.
    pub(super) is_read: bool,
}

impl Paper {
    /// The name of a handoff's mail: the same on every retry.
    pub(super) fn message_id(&self, token: &Token) -> String {
        format!("<lg.{}@{}>", token.tail(), self.from.email.domain())
    }

    /// The envelope sender, which bounces go to.
    ///
    /// # Errors
    /// [`Class::Config`]: it is no address.
    pub(super) fn sender(&self, token: &Token) -> Result<Address, Failure> {
        let Some(written) = &self.letter.bounces_to else { return Ok(self.from.email.clone()) };
        Ok(mailbox("bounces_to", &with_key(written, token))?.email)
    }

    /// A letter to one of the business's own people.
    ///
    /// # Errors
    /// [`Class::Reject`]: it cannot be built.
    pub(super) fn notice(&self, letter: &crate::handoff::Letter, to: Mailbox) -> Result<Message, Failure> {
        let at = u64::try_from(letter.at.as_second()).unwrap_or_default();
        let cannot = |error: String| Failure::new(Class::Reject, format!("the letter cannot be built: {error}"));
        let builder = Message::builder()
            .date(UNIX_EPOCH + Duration::from_secs(at))
            .message_id(Some(format!("<lg.{}@{}>", letter.name, self.from.email.domain())))
            .from(self.from.clone())
            .to(to)
            .subject(fit(&clean_line(&letter.subject, NAME_MAX), SUBJECT_COLUMNS))
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            .raw_header(raw("X-Auto-Response-Suppress", "All"));
        let text = SinglePart::plain(crlf(&letter.text));
        let Some((name, page)) = &letter.page else {
            return builder.singlepart(text).map_err(|error| cannot(error.to_string()));
        };
        let media = ContentType::parse("text/html; charset=utf-8").map_err(|error| cannot(error.to_string()))?;
        let page = Attachment::new(name.clone()).body(crlf(page), media);
        // A boundary of its own making would make other bytes of the same letter each time.
        let parts = MultiPart::mixed().boundary(format!("lgm-{}", letter.name)).singlepart(text).singlepart(page);
        builder.multipart(parts).map_err(|error| cannot(error.to_string()))
    }

    /// The whole message.
    ///
    /// # Errors
    /// [`Class::Config`]: a template or an address does not hold. [`Class::Reject`]: it cannot be built.
    pub(super) fn message(&self, templates: &Templates, card: &Card, to: Mailbox) -> Result<Message, Failure> {
        let decided = u64::try_from(card.decided_at.as_second()).unwrap_or_default();
        let mut builder = Message::builder()
            .date(UNIX_EPOCH + Duration::from_secs(decided))
            .message_id(Some(self.message_id(&card.token)))
            .from(self.from.clone())
            .to(to)
            .subject(subject(card))
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            .raw_header(raw("X-Auto-Response-Suppress", "All"))
            .raw_header(raw("X-LeadGate-Key", card.token.as_str()));
        if let Some(score) = card.score {
            builder = builder.raw_header(raw("X-LeadGate-Score", &score.to_string()));
        }
        if !card.answer_by.is_empty() {
            let by: String = clean_line(&card.answer_by, NAME_MAX).chars().filter(char::is_ascii).collect();
            builder = builder.raw_header(raw("X-LeadGate-Answer-By", &by));
        }
        for one in &self.letter.reply_to {
            builder = match one {
                ReplyTo::Lead => match address_of(card) {
                    Some(address) => {
                        let name = clean_line(&card.contact.name, NAME_MAX);
                        builder.reply_to(Mailbox::new((!name.is_empty()).then_some(name), address))
                    }
                    None => builder,
                },
                ReplyTo::Address(written) => builder.reply_to(mailbox("reply_to", &with_key(written, &card.token))?),
            };
        }
        let parts = self.parts(templates, card)?;
        builder
            .multipart(parts)
            .map_err(|error| Failure::new(Class::Reject, format!("the mail cannot be built: {error}")))
    }

    /// Where answers to it go.
    pub(super) fn answers(&self) -> Answers {
        Answers { to_lead: self.letter.reply_to.contains(&ReplyTo::Lead), seen: self.is_read }
    }

    fn parts(&self, templates: &Templates, card: &Card) -> Result<MultiPart, Failure> {
        let answers = self.answers();
        let texts = MultiPart::alternative()
            .boundary(format!("lg-{}", card.token.tail()))
            .singlepart(SinglePart::plain(crlf(&templates.mail_text(card, answers)?)))
            .singlepart(SinglePart::html(crlf(&templates.mail_html(card, answers)?)));
        if self.letter.attach.is_empty() {
            return Ok(texts);
        }
        let mut all = MultiPart::mixed().boundary(format!("lgm-{}", card.token.tail())).multipart(texts);
        for kind in &self.letter.attach {
            all = all.singlepart(attachment(*kind, card)?);
        }
        Ok(all)
    }
}

/// The subject of a card's mail: it begins with the key, by which answers are known.
pub(super) fn subject(card: &Card) -> String {
    fit(&format!("[{}] {}", card.token, title(card)), SUBJECT_COLUMNS)
}

fn attachment(kind: Attach, card: &Card) -> Result<SinglePart, Failure> {
    let (end, media, body) = match kind {
        Attach::VCard => ("vcf", "text/vcard; charset=utf-8", vcard(card)),
        Attach::Json => ("json", "application/json", crlf(&json(card)?)),
        Attach::Adf => ("xml", "application/x-adf+xml", crlf(&adf(card))),
    };
    let media = ContentType::parse(media)
        .map_err(|error| Failure::new(Class::Config, format!("the media type {media}: {error}")))?;
    Ok(Attachment::new(format!("lead-{}.{end}", card.token)).body(body, media))
}

/// The card with every text cleaned again: the same object a preset has as `card.object`.
fn json(card: &Card) -> Result<String, Failure> {
    serde_json::to_string_pretty(&tidy(card))
        .map_err(|error| Failure::new(Class::Reject, format!("the card cannot be written as JSON: {error}")))
}

fn with_key(written: &str, token: &Token) -> String {
    written.replace(KEY_MARK, token.as_str())
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

pub(super) fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}
