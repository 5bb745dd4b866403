//! What a card looks like in a mail or a ticket. Everything a lead wrote reaches a template as cleaned
//! data, never as template; the templates are files an operator can read (`config/templates/`).

mod sample;
mod shape;

use lettre::Address;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

pub use self::shape::TEXT_COLUMNS;
use self::shape::{html_of, percent, wrap_all};
use super::Card;
use crate::config::checked::{Letter, Written};
use crate::lead::outcome::Failure;
use crate::lead::person::Place;
use crate::lead::{Answer, Class, Criterion, Mark};
use crate::text::{clean, clean_line, fit};

/// Widest subject, in columns.
pub const SUBJECT_COLUMNS: usize = 78;
/// Instructions one template may run.
const FUEL: u64 = 50_000;
/// Largest rendered text, in bytes.
const OUTPUT_MAX: usize = 256 * 1024;
/// Longest text in the lead's own words, in characters.
const WORDS_MAX: usize = 6_000;
/// Longest one-line value, in characters.
const LINE_MAX: usize = 300;
/// Longest name of a further field, in characters.
const NAME_MAX: usize = 60;
/// Most further fields shown.
const FIELDS_MAX: usize = 40;
/// Widest value in the first eight lines, in columns; longer ones are told in full below.
const HEAD_COLUMNS: usize = 62;

const MAIL_TEXT: &str = include_str!("../../config/templates/mail.txt");
const MAIL_HTML: &str = include_str!("../../config/templates/mail.html");
const TICKET_TEXT: &str = include_str!("../../config/templates/ticket.txt");
/// The templates of a mail that come with the program, text and HTML: what one starts from.
pub const fn shipped_mail() -> (&'static str, &'static str) {
    (MAIL_TEXT, MAIL_HTML)
}

/// Where answers to a mail go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answers {
    /// To the person who asked, where they have an address.
    pub to_lead: bool,
    /// To us, and they are read.
    pub seen: bool,
}

/// The compiled templates.
pub struct Templates {
    known: Environment<'static>,
    /// The HTML form of a mail is made of its text.
    html_of_text: bool,
}

impl Templates {
    /// The templates that come with the program.
    ///
    /// # Errors
    /// [`Class::Config`] where one does not compile.
    pub fn shipped() -> Result<Self, Failure> {
        Self::compile(MAIL_TEXT, MAIL_HTML, TICKET_TEXT)
    }

    /// Those of a mail that may be the operator's own.
    ///
    /// # Errors
    /// [`Class::Config`] where one does not compile, naming its file and line.
    pub fn of(letter: &Letter) -> Result<Self, Failure> {
        let named = |failure: Failure, own: &Option<Written>| match own {
            Some(own) => Failure { message: format!("{}: {}", own.path.display(), failure.message), ..failure },
            None => failure,
        };
        let source = |own: &Option<Written>, shipped: &'static str| {
            own.as_ref().map_or_else(|| shipped.to_owned(), |own| own.source.clone())
        };
        let text = source(&letter.text, MAIL_TEXT);
        // Each alone first, so that the file that is wrong is named.
        Self::compile(&text, "", "").map_err(|failure| named(failure, &letter.text))?;
        let html = source(&letter.html, MAIL_HTML);
        let templates = Self::compile(&text, &html, TICKET_TEXT).map_err(|failure| named(failure, &letter.html))?;
        Ok(Self { html_of_text: letter.text.is_some() && letter.html.is_none(), ..templates })
    }

    /// Fills both forms of a mail with somebody who said everything and somebody who said nothing: a name that no card
    /// has, or an endless loop, is found before a lead comes.
    ///
    /// # Errors
    /// [`Class::Config`]: what cannot be filled, with its line.
    pub fn try_out(&self) -> Result<(), Failure> {
        for card in [sample::full(), sample::bare()] {
            for answers in [Answers::default(), Answers { to_lead: true, seen: true }] {
                self.mail_text(&card, answers)?;
                self.mail_html(&card, answers)?;
            }
        }
        Ok(())
    }

    /// Compiles the text and HTML of a mail and the text of a ticket.
    ///
    /// # Errors
    /// [`Class::Config`], naming the template and the line.
    pub fn compile(mail_text: &str, mail_html: &str, ticket_text: &str) -> Result<Self, Failure> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| bad_template("syntax", &error))?);
        environment.set_auto_escape_callback(|name| match name {
            "mail.html" => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        for (name, source) in [("mail.txt", mail_text), ("mail.html", mail_html), ("ticket.txt", ticket_text)] {
            environment.add_template_owned(name, source.to_owned()).map_err(|error| bad_template(name, &error))?;
        }
        Ok(Self { known: environment, html_of_text: false })
    }

    /// The text part of a mail, at most [`TEXT_COLUMNS`] wide.
    ///
    /// # Errors
    /// [`Class::Config`]: the template cannot be rendered, or its result is too large.
    pub fn mail_text(&self, card: &Card, answers: Answers) -> Result<String, Failure> {
        Ok(wrap_all(&self.render("mail.txt", card, answers)?))
    }

    /// The HTML part of a mail.
    ///
    /// # Errors
    /// As [`Templates::mail_text`].
    pub fn mail_html(&self, card: &Card, answers: Answers) -> Result<String, Failure> {
        if self.html_of_text {
            let text = self.mail_text(card, answers)?;
            return Ok(html_of(&text));
        }
        self.render("mail.html", card, answers)
    }

    /// The text of a ticket, at most [`TEXT_COLUMNS`] wide.
    ///
    /// # Errors
    /// As [`Templates::mail_text`].
    pub fn ticket_text(&self, card: &Card) -> Result<String, Failure> {
        Ok(wrap_all(&self.render("ticket.txt", card, Answers::default())?))
    }

    fn render(&self, name: &str, card: &Card, answers: Answers) -> Result<String, Failure> {
        let template = self.known.get_template(name).map_err(|error| bad_template(name, &error))?;
        let mut out = Capped(Vec::new());
        template
            .render_captured_to(minijinja::Value::from(Serde(View::of(card, answers))), &mut out)
            .map_err(|error| bad_template(name, &error))?;
        String::from_utf8(out.0).map_err(|error| Failure::new(Class::Config, format!("template {name}: {error}")))
    }
}

fn bad_template(name: &str, error: &minijinja::Error) -> Failure {
    let line = error.line().map_or_else(String::new, |line| format!(" line {line}"));
    Failure::new(Class::Config, format!("template {name}{line}: {error}"))
        .hint("the names a template may use are those of the shipped one")
}

/// Takes at most [`OUTPUT_MAX`] bytes.
struct Capped(Vec<u8>);

impl std::io::Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_MAX {
            return Err(std::io::Error::other(format!("the result is larger than {OUTPUT_MAX} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One line for a subject or a title: `Lead: NAME – SERVICE – PLACE`, without what is not known.
pub fn title(card: &Card) -> String {
    let name = fit(&clean_line(&card.contact.name, LINE_MAX), 32);
    let parts = [name, clean_line(&card.service, LINE_MAX), place_of(&card.contact.place)];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("Lead: {}", parts.join(" – "))
}

/// The card with every text cleaned again and bounded: for what a program reads.
pub fn tidy(card: &Card) -> Card {
    let mut tidy = card.clone();
    let contact = &mut tidy.contact;
    contact.need = clean(&contact.need, WORDS_MAX, true);
    for text in [&mut contact.name, &mut contact.timing, &mut contact.budget] {
        *text = line(text);
    }
    let place = &mut contact.place;
    for text in [&mut place.country, &mut place.subdivision, &mut place.postal_code, &mut place.city] {
        *text = line(text);
    }
    let whole = (address_of(card).is_some(), phone_of(card).is_some());
    contact.email = contact.email.take().filter(|_| whole.0);
    contact.phone = contact.phone.take().filter(|_| whole.1);
    contact.phone_raw = contact.phone_raw.as_deref().map(line);
    contact.company = contact.company.as_deref().map(line);
    let extra = std::mem::take(&mut contact.extra).into_iter().take(FIELDS_MAX);
    contact.extra = extra.map(|(name, text)| (clean_line(&name, NAME_MAX), line(&text))).collect();
    tidy.campaign = tidy.campaign.as_deref().map(line);
    tidy.referral = tidy.referral.as_deref().map(line);
    tidy.service = line(&tidy.service);
    tidy.source = line(&tidy.source);
    tidy.marks.truncate(FIELDS_MAX);
    for mark in &mut tidy.marks {
        mark.read = line(&mark.read);
    }
    tidy
}

/// The lead's address, where mail can be sent to it.
pub fn address_of(card: &Card) -> Option<Address> {
    let email = card.contact.email.as_deref()?;
    let address: Address = email.parse().ok()?;
    email.is_ascii().then_some(address)
}

/// The lead's phone, where it is a whole international number.
pub fn phone_of(card: &Card) -> Option<&str> {
    let phone = card.contact.phone.as_deref()?;
    let digits = phone.strip_prefix('+')?;
    ((7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then_some(phone)
}

/// What templates see: the card, cleaned again, every text bounded.
#[derive(Serialize)]
struct View {
    key: String,
    lead: String,
    round: i64,
    name: String,
    who: String,
    service: String,
    timing: String,
    place: String,
    budget: String,
    fits: String,
    answer_by: String,
    acknowledge_by: String,
    accept_at: Option<String>,
    reach: String,
    tel: Option<String>,
    phone: Option<String>,
    mailto: Option<String>,
    email: Option<String>,
    replies: bool,
    seen: bool,
    owner: String,
    team: String,
    business: String,
    score: Option<u8>,
    marks: Vec<Line>,
    need: String,
    words: Vec<Word>,
    submitted_at: String,
    source: String,
    campaign: Option<String>,
    referral: Option<String>,
}

#[derive(Serialize)]
struct Line {
    sign: &'static str,
    name: String,
    read: String,
    rule: String,
}

#[derive(Serialize)]
struct Word {
    name: String,
    text: String,
}

impl View {
    fn of(card: &Card, answers: Answers) -> Self {
        let contact = &card.contact;
        let company = contact.company.as_deref().map(line).unwrap_or_default();
        let name = line(&contact.name);
        let who = if company.is_empty() { name.clone() } else { format!("{name}, {company}") };
        let tel = phone_of(card).map(str::to_owned);
        let mailto = address_of(card).map(|address| percent(address.as_ref()));
        let phone = contact.phone.as_deref().or(contact.phone_raw.as_deref()).map(line);
        let email = contact.email.as_deref().map(line);
        Self {
            key: card.token.to_string(),
            lead: card.lead.to_string(),
            round: card.round,
            who: fit(&who, HEAD_COLUMNS),
            service: fit(&line(&card.service), HEAD_COLUMNS / 2),
            timing: fit(&read_of(card, &Criterion::Timing, &contact.timing), HEAD_COLUMNS / 3),
            place: fit(&place_or_read(card), HEAD_COLUMNS),
            budget: fit(&read_of(card, &Criterion::Budget, &contact.budget), HEAD_COLUMNS),
            fits: fit(&fits(&card.marks), HEAD_COLUMNS),
            answer_by: line(&card.answer_by),
            acknowledge_by: line(&card.acknowledge_by),
            accept_at: card.accept_at.clone(),
            reach: reach(tel.as_deref(), phone.as_deref(), mailto.as_deref(), email.as_deref()),
            replies: answers.to_lead && mailto.is_some(),
            seen: answers.seen,
            tel,
            phone,
            mailto,
            email,
            owner: line(&card.owner.name),
            team: line(&card.team),
            business: line(&card.business),
            score: card.score,
            marks: card.marks.iter().take(FIELDS_MAX).map(Line::of).collect(),
            need: clean(&contact.need, WORDS_MAX, true),
            words: words(card),
            submitted_at: card.submitted_at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            source: line(&card.source),
            campaign: card.campaign.as_deref().map(line),
            referral: card.referral.as_deref().map(line),
            name,
        }
    }
}

impl Line {
    fn of(mark: &Mark) -> Self {
        Self {
            sign: sign(mark.answer),
            name: line(mark.criterion.name()),
            read: line(&mark.read),
            rule: line(&mark.rule),
        }
    }
}

const fn sign(answer: Answer) -> &'static str {
    match answer {
        Answer::Met => "✓",
        Answer::Unmet => "✗",
        Answer::Unknown => "?",
    }
}

fn line(text: &str) -> String {
    clean_line(text, LINE_MAX)
}

fn fits(marks: &[Mark]) -> String {
    let each: Vec<String> =
        marks.iter().map(|mark| format!("{} {}", sign(mark.answer), line(mark.criterion.name()))).collect();
    each.join("  ")
}

/// What was read of a criterion, else what they wrote.
fn read_of(card: &Card, criterion: &Criterion, written: &str) -> String {
    let read = card.marks.iter().find(|mark| mark.criterion == *criterion).map_or("", |mark| mark.read.as_str());
    line(if read.is_empty() { written } else { read })
}

fn place_of(place: &Place) -> String {
    let town = format!("{} {}", place.postal_code, place.city);
    let parts = [town.as_str(), &place.subdivision, &place.country].map(line);
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn place_or_read(card: &Card) -> String {
    let place = place_of(&card.contact.place);
    if place.is_empty() { read_of(card, &Criterion::Region, "") } else { place }
}

fn reach(tel: Option<&str>, phone: Option<&str>, mailto: Option<&str>, email: Option<&str>) -> String {
    let by_phone = tel.map(|tel| format!("tel:{tel}")).or_else(|| phone.map(|phone| format!("phone {phone}")));
    let by_mail = mailto.map(|to| format!("mailto:{to}")).or_else(|| email.map(|email| format!("e-mail {email}")));
    [by_phone, by_mail].into_iter().flatten().collect::<Vec<_>>().join("  ")
}

/// Timing, budget and further fields as they wrote them.
fn words(card: &Card) -> Vec<Word> {
    let own = [("timing", &card.contact.timing), ("budget", &card.contact.budget)];
    let extra = card.contact.extra.iter().map(|(name, text)| (name.as_str(), text));
    own.into_iter()
        .chain(extra)
        .filter(|(_, text)| !text.trim().is_empty())
        .take(FIELDS_MAX)
        .map(|(name, text)| Word { name: clean_line(name, NAME_MAX), text: line(text) })
        .collect()
}
