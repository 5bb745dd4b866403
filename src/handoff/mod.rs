//! Stage 5: hand a lead to somebody, once. What is sent is frozen before the first byte; how far a send
//! got is durable before the next phase begins; what an answer means is one [`Class`].

pub mod circuit;
pub mod email;
#[cfg(test)]
pub(crate) mod fixture;
pub mod render;
pub mod retry;
pub mod ticket;

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::email::MailDestination;
use self::render::Templates;
use self::ticket::Ticket;
use crate::config::Secret;
use crate::config::checked::{self, Transport};
use crate::lead::outcome::Failure;
use crate::lead::{Class, Contact, LeadId, Mark, Phase, Quality, Token};
use crate::net::http::Http;
use crate::net::smtp::Limits;
use crate::preset;

/// Prepares a destination of the config; its secrets are read now, nothing is connected yet. Blocks while
/// a secret's command runs.
///
/// # Errors
/// [`Class::Config`], or [`Class::Auth`] where a secret cannot be read; the message names the destination.
pub fn build(
    destination: &checked::Destination,
    presets: &preset::Library,
    http: &Http,
) -> Result<Box<dyn Destination>, Failure> {
    let named = |failure: Failure| {
        let message = format!("destination.{}: {}", destination.id, failure.message);
        Failure { message, ..failure }
    };
    let made = || -> Result<Box<dyn Destination>, Failure> {
        match &destination.by {
            Transport::Mail(mail) => {
                let templates = Arc::new(Templates::of(&mail.letter)?);
                let password = mail.password.as_ref().map(Secret::resolve).transpose();
                let password = password.map_err(|why| Failure::new(Class::Auth, format!("password: {why}")))?;
                Ok(Box::new(MailDestination::new(mail, password, templates, Limits::default())?))
            }
            Transport::Preset { preset, vars } => {
                let templates = Arc::new(Templates::shipped()?);
                Ok(Box::new(Ticket::new(&destination.id, preset, vars, presets, http, templates, &Secret::resolve)?))
            }
        }
    };
    made().map_err(named)
}

/// What is wrong with the operator's own mail templates, by destination: each is filled with invented leads.
pub fn check_templates<'a>(destinations: impl Iterator<Item = &'a checked::Destination>) -> Vec<String> {
    let wrong = |destination: &checked::Destination| {
        let Transport::Mail(mail) = &destination.by else { return None };
        let own = [("template", &mail.letter.text), ("html_template", &mail.letter.html)].into_iter();
        let own: Vec<String> =
            own.filter_map(|(key, own)| Some(format!("{key} = {}", own.as_ref()?.path.display()))).collect();
        let tried = Templates::of(&mail.letter).and_then(|templates| templates.try_out());
        Some(format!("destination.{} ({}): {}", destination.id, own.join(", "), tried.err()?))
    };
    destinations.filter_map(wrong).collect()
}

/// Compiles every destination preset with stand-ins for its variables: all that can be said offline.
pub fn check_presets(presets: &preset::Library, http: &Http) -> Vec<preset::PresetError> {
    presets.ids(preset::Direction::Destination).filter_map(|id| Ticket::check(id, presets, http).err()).collect()
}

/// All that a mail or a ticket may say of one handoff. Serialised as the context of every template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The key, in every destination of the route.
    pub token: Token,
    /// The lead.
    pub lead: LeadId,
    /// 1 for the first owner, one more for each reassignment.
    pub round: i64,
    /// Who they are and what they wrote.
    pub contact: Contact,
    /// Title of the service.
    pub service: String,
    /// Every criterion, with what was read.
    pub marks: Vec<Mark>,
    /// 0 to 100.
    pub score: Option<u8>,
    /// Title of the source.
    pub source: String,
    /// Campaign, where known.
    pub campaign: Option<String>,
    /// Referral code, where given.
    pub referral: Option<String>,
    /// When the person asked.
    pub submitted_at: Timestamp,
    /// Whose it is.
    pub owner: Owner,
    /// Title of the team.
    pub team: String,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Answer by, for people, in the team's zone: `Mon 23 Nov 09:30 (Europe/Berlin)`.
    pub answer_by: String,
    /// Acknowledge by, for people; empty where nothing is asked.
    pub acknowledge_by: String,
    /// The signed link that says yes, where the listener can be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_at: Option<String>,
    /// Name of the business.
    pub business: String,
}

/// Whose a handoff is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Person id.
    pub id: String,
    /// Name.
    pub name: String,
    /// E-mail.
    pub email: String,
}

/// A request, rendered once; every retry sends these bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen(pub Vec<u8>);

/// What the far side calls our handoff.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Machine id.
    pub id: String,
    /// Number people use.
    pub number: Option<String>,
    /// Where people look.
    pub url: Option<String>,
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What it means.
    pub class: Class,
    /// The far side's name for it, when it said so.
    pub reference: Option<Reference>,
    /// The far side's words, cleaned, masked, at most 1 KiB.
    pub message: String,
    /// How to fix it, where that is known.
    pub hint: Option<String>,
    /// How long it asked us to wait, in seconds.
    pub wait_secs: Option<u64>,
}

/// Makes a phase durable before its first byte. An error means the lease is lost: stop at once.
pub trait Phases: Send + Sync {
    /// Enters `phase`; returns when it is stored.
    fn enter(&self, phase: Phase) -> BoxFuture<'_, Result<(), LeaseLost>>;
}

/// Somebody else has this handoff now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lease on this handoff is lost")]
pub struct LeaseLost;

/// The answer to "is it there already?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Yes; the oldest first.
    Here(Vec<Reference>),
    /// Surely not (as of now; see [`Destination::find_lag`]).
    Absent,
    /// This destination cannot be asked.
    CannotAsk,
}

/// What a destination says of one of our handoffs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Polled {
    /// The far side's own state word.
    pub state: Option<String>,
    /// What it means: new, open, waiting, won, lost, closed, merged, deleted.
    pub meaning: Option<String>,
    /// First human response.
    pub first_response: Option<(Timestamp, Quality)>,
    /// Who has it there.
    pub owner: Option<String>,
}

/// A short letter to somebody of the business, without anything a lead wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its name: the same bytes under the same name are one letter.
    pub name: String,
    /// Names of the recipients, may be empty, and their addresses.
    pub to: Vec<(String, String)>,
    /// Subject.
    pub subject: String,
    /// Text, lines of any length.
    pub text: String,
    /// A page that goes with it: what it is called, and its HTML.
    pub page: Option<(String, String)>,
    /// When it was decided.
    pub at: Timestamp,
}

/// Somewhere a handoff goes.
pub trait Destination: Send + Sync {
    /// Renders a card.
    ///
    /// # Errors
    /// [`Class::Config`] or [`Class::Reject`]: nothing was sent.
    fn freeze(&self, card: &Card) -> Result<Frozen, Failure>;

    /// Were these bytes made for where the destination is now? What surely never arrived anywhere is made
    /// anew where they were not.
    fn still_fits(&self, _frozen: &Frozen) -> bool {
        true
    }

    /// Sends the frozen bytes. Calls `phases.enter` before the first byte of each phase and stops when
    /// that fails (the answer is then not stored by anyone).
    fn deliver<'a>(&'a self, frozen: &'a Frozen, phases: &'a dyn Phases) -> BoxFuture<'a, Delivery>;

    /// The one phase of a send, where it may be made durable before the send's turn: nothing is asked and nothing waited
    /// for in between but those that are sent before it.
    fn marked_ahead(&self) -> Option<Phase> {
        None
    }

    /// Looks for our key.
    ///
    /// # Errors
    /// The far side could not be asked now; nothing is known.
    fn find<'a>(&'a self, token: &'a Token) -> BoxFuture<'a, Result<Found, Failure>>;

    /// How long after a send an absence proves nothing.
    fn find_lag(&self) -> SignedDuration;

    /// May the same bytes be sent again within this many seconds of the first attempt, because the far
    /// side itself tells repeats by our key? `None`: no.
    fn repeats_safe_secs(&self) -> Option<u64> {
        None
    }

    /// News of whether our key can be found there at all, to be kept and given to [`Destination::recall`] at the next
    /// start; told once.
    fn proof(&self) -> Option<String> {
        None
    }

    /// What an earlier process found out, see [`Destination::proof`].
    fn recall(&self, _proof: &str) {}

    /// Renders a letter to people of the business, one request a recipient; `None` where this destination sends no
    /// letters.
    ///
    /// # Errors
    /// [`Class::Config`] or [`Class::Reject`]: nothing was sent.
    fn letter(&self, _letter: &Letter) -> Option<Result<Vec<Frozen>, Failure>> {
        None
    }

    /// Can [`Destination::poll`] see a first response?
    fn tracks(&self) -> bool;

    /// Asks how one of ours stands.
    ///
    /// # Errors
    /// The far side could not be asked now.
    fn poll<'a>(&'a self, reference: &'a Reference) -> BoxFuture<'a, Result<Polled, Failure>>;

    /// Sends at the same time to this destination.
    fn concurrency(&self) -> usize;

    /// Asks whether it is there and takes our credentials, changing nothing: what it found, for people.
    ///
    /// # Errors
    /// Exactly what failed.
    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::StubClock;
    use crate::config::checked::{Letter, Mail, Tls};

    #[test]
    fn what_cannot_be_built_says_which_destination_and_why() {
        let http = Http::new(StubClock::at(Timestamp::UNIX_EPOCH)).unwrap();
        let preset = Transport::Preset { preset: "roundupp".into(), vars: std::collections::BTreeMap::new() };
        let mail = Transport::Mail(Mail {
            host: "mail.own.test".into(),
            port: 465,
            tls: Tls::Implicit,
            user: Some("desk".into()),
            password: Some(Secret::Env("LEADGATE_NO_SUCH_VARIABLE".into())),
            ca_file: None,
            from: "desk@own.test".into(),
            to: None,
            letter: Letter::default(),
            mailbox: None,
            connections: 8,
            mails_per_connection: 100,
        });
        for (by, class, words) in [
            (preset, Class::Config, "did you mean `roundup`"),
            (mail, Class::Auth, "password: the environment variable LEADGATE_NO_SUCH_VARIABLE"),
        ] {
            let minute = SignedDuration::from_mins(1);
            let destination = checked::Destination { id: "desk".into(), by, ask_every: minute, grace: minute };
            let failure = build(&destination, &preset::Library::built_in(), &http).err().unwrap();
            assert_eq!(failure.class, class);
            assert!(failure.message.starts_with("destination.desk: ") && failure.message.contains(words), "{failure}");
        }
    }
}
