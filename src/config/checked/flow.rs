//! Where leads come from and how they go: sources, destinations, routes with their promises.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::civil::Date;

use crate::config::Secret;
use crate::lead::{Money, Region};

/// `[source.ID]`.
#[derive(Debug, Clone)]
pub struct Source {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Preset id.
    pub preset: String,
    /// The preset's variables.
    pub vars: BTreeMap<String, Var>,
    /// How often it is read.
    pub every: SignedDuration,
    /// Kind of channel.
    pub channel: Channel,
    /// What it is for, in words: "40 actionable a month".
    pub goal: Option<String>,
    /// The services its people may want.
    pub services: Vec<String>,
    /// What its people want where its records cannot say.
    pub assume: Assume,
    /// Fields read elsewhere than the preset says, by their names in its `[map]`: a path each, as presets write it.
    pub map: BTreeMap<String, toml::Value>,
    /// Added to the service's priority.
    pub priority: i64,
    /// How far back the first read goes, where the source can be asked.
    pub backfill: SignedDuration,
    /// A known person asking again within this time after closing is a touch, later a new lead.
    pub same_lead_for: SignedDuration,
    /// Not people but figures: what the campaigns of this other source cost.
    pub pays_for: Option<String>,
    /// What one of its leads costs: caps on money count it.
    pub price_per_lead: Option<Money>,
    /// How its reading adapts, and when somebody is warned.
    pub reading: Reading,
}

/// How reading a source adapts, and when somebody is warned.
#[derive(Debug, Clone)]
pub struct Reading {
    /// How rarely a quiet source is read at most; `None` as [`Source::every_at_most`] says.
    pub every_at_most: Option<SignedDuration>,
    /// Working time without anybody new before it counts as silent; `None` is learnt from its history.
    pub silent_after: Option<SignedDuration>,
    /// Somebody who has not confirmed their sign-up for so long is given up.
    pub pending_for: SignedDuration,
    /// The last day of a token that does not say so itself.
    pub token_until: Option<Date>,
    /// What happens when there is no room for what it brings.
    pub when_full: WhenFull,
    /// The far side may be told to bring no more people.
    pub may_pause: bool,
}

impl Default for Reading {
    /// As a source is read that says nothing about it.
    fn default() -> Self {
        Self {
            every_at_most: None,
            silent_after: None,
            pending_for: SignedDuration::from_hours(30 * 24),
            token_until: None,
            when_full: WhenFull::default(),
            may_pause: false,
        }
    }
}

/// What happens to reading when there is no room for what a source brings (`domain-rules` 4, back-pressure).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// Read it as ever.
    Read,
    /// Read it more rarely.
    Slow,
    /// Read it more rarely, then only as often as nothing may be lost.
    #[default]
    Pause,
}

impl Source {
    /// How rarely it is read at most while it is quiet: four times its interval, no more than half an hour,
    /// unless the operator says otherwise; never more often than its interval.
    pub fn every_at_most(&self) -> SignedDuration {
        let usual = (self.every * 4).min(SignedDuration::from_mins(30));
        self.reading.every_at_most.unwrap_or(usual).max(self.every)
    }
}

/// What a source's people want where its records cannot say.
#[derive(Debug, Clone, Default)]
pub struct Assume {
    /// Service id.
    pub service: Option<String>,
    /// Region.
    pub region: Option<Region>,
}

/// A variable of a preset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Var {
    /// Plain text (numbers and booleans as written).
    Text(String),
    /// A secret.
    Secret(Secret),
}

/// Kind of channel (`domain-rules` 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Paid: has impressions, clicks, spend.
    Campaign,
    /// Own newsletter, existing customers, partners.
    Network,
    /// Referral programme.
    Referral,
}

impl Channel {
    /// The name in config and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Network => "network",
            Self::Referral => "referral",
        }
    }
}

/// `[destination.ID]`.
#[derive(Debug, Clone)]
pub struct Destination {
    /// Id.
    pub id: String,
    /// How it is reached.
    pub by: Transport,
    /// How often an open handoff there is asked about in its first minutes; ever more rarely later.
    pub ask_every: SignedDuration,
    /// How long the far side may still be working on a request whose answer was lost.
    pub grace: SignedDuration,
}

/// How a destination is reached.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // a handful of them, made once
pub enum Transport {
    /// By e-mail.
    Mail(Mail),
    /// By a preset (ticket, CRM, webhook).
    Preset {
        /// Preset id.
        preset: String,
        /// Its variables.
        vars: BTreeMap<String, Var>,
    },
}

impl Destination {
    /// Are answers and bounces read?
    pub const fn has_mailbox(&self) -> bool {
        matches!(&self.by, Transport::Mail(Mail { mailbox: Some(_), .. }))
    }
}

/// An SMTP submission server and what mails look like.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// User for AUTH.
    pub user: Option<String>,
    /// Password for AUTH.
    pub password: Option<Secret>,
    /// A CA to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// `Name <address>` of the sender.
    pub from: String,
    /// Where to; the owner's own address where absent.
    pub to: Option<String>,
    /// What stands around its two texts, and where answers and bounces go.
    pub letter: Letter,
    /// Where what comes back is read.
    pub mailbox: Option<Mailbox>,
    /// Connections to the server at the same time.
    pub connections: u32,
    /// Mails on one connection.
    pub mails_per_connection: u32,
}

/// What a handoff mail carries besides its texts, and where answers and bounces to it go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Attachments, in this order.
    pub attach: Vec<Attach>,
    /// Where answers go.
    pub reply_to: Vec<ReplyTo>,
    /// Envelope sender; the address of `from` where absent. [`KEY_MARK`] stands for the handoff's key.
    pub bounces_to: Option<String>,
    /// The text, where it is not the one that comes with the program.
    pub text: Option<Written>,
    /// Its HTML form; made of the text where only that is the operator's own.
    pub html: Option<Written>,
}

/// A template the operator wrote, as it was when the configuration was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where it stands.
    pub path: PathBuf,
    /// What stands there.
    pub source: String,
}

impl Default for Letter {
    fn default() -> Self {
        Self {
            attach: vec![Attach::VCard, Attach::Json],
            reply_to: vec![ReplyTo::Lead],
            bounces_to: None,
            text: None,
            html: None,
        }
    }
}

/// In an address of a [`Letter`]: the key of the handoff stands here.
pub const KEY_MARK: &str = "KEY";

/// A form of the lead that a program can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attach {
    /// The person, for an address book (vCard 3.0).
    VCard,
    /// Everything, as JSON.
    Json,
    /// The inquiry, as lead programs of car dealers read it (ADF 1.0).
    Adf,
}

/// Where answers to a mail go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyTo {
    /// The person who asked.
    Lead,
    /// `Name <address>`, with [`KEY_MARK`] for the handoff's key.
    Address(String),
}

/// A folder in which answers and bounces arrive.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// User.
    pub user: String,
    /// Password.
    pub password: Secret,
    /// A CA to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Folder.
    pub folder: String,
    /// Looked at this often.
    pub every: SignedDuration,
}

/// How a mail connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte (`smtps://`).
    Implicit,
    /// STARTTLS, required (`smtp://`).
    StartTls,
    /// None; loopback only (`smtp+plain://`).
    Plain,
}

/// `[route.ID]`.
#[derive(Debug, Clone)]
pub struct Route {
    /// Id.
    pub id: String,
    /// Destinations in order: the next one only when the one before surely did not get it.
    pub to: Vec<String>,
    /// What to do when it is not known whether a destination got it and it cannot be asked.
    pub on_unknown: OnUnknown,
    /// Somebody says yes within this working time.
    pub acknowledge_within: Option<SignedDuration>,
    /// Somebody contacts the person within this working time.
    pub answer_within: SignedDuration,
    /// What happens when that time has run out, in the order of the offsets.
    pub then: Vec<Step>,
    /// What its owners are asked to do after the first try, and how a lead comes back.
    pub plan: Plan,
}

/// What is asked of an owner after the first try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Working time from a try nobody answered to the next.
    pub try_again_after: SignedDuration,
    /// Tries before a lead may be given up as not reached.
    pub tries: u32,
    /// How it ended is noted within this time of the handoff; `None`: nobody is asked.
    pub outcome_within: Option<SignedDuration>,
    /// A lead may be returned for so long after it was handed off; `None`: at any time.
    pub return_within: Option<SignedDuration>,
    /// A return says in words what shows its reason.
    pub return_proof: bool,
}

impl Default for Plan {
    /// Five tries, half a working day apart; returns at any time.
    fn default() -> Self {
        Self {
            try_again_after: SignedDuration::from_hours(4),
            tries: 5,
            outcome_within: None,
            return_within: None,
            return_proof: false,
        }
    }
}

/// A step of the ladder after a promise was missed (`domain-rules` 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What happens.
    pub remedy: Remedy,
    /// Working time from the moment `answer_within` runs out; may be zero.
    pub after: SignedDuration,
}

/// What a step of the ladder does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// Remind the owner.
    RemindOwner,
    /// Tell the team lead.
    TeamLead,
    /// Give it to somebody else.
    Reassign,
    /// Tell operations.
    Ops,
}

impl Remedy {
    /// Every remedy, in the order of the ladder.
    pub const ALL: [Self; 4] = [Self::RemindOwner, Self::TeamLead, Self::Reassign, Self::Ops];

    /// The words in config and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RemindOwner => "remind owner",
            Self::TeamLead => "team lead",
            Self::Reassign => "reassign",
            Self::Ops => "ops",
        }
    }
}

/// The operator's policy after an unknown outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnknown {
    /// Ask a person (default).
    Hold,
    /// Send again with the same key.
    Resend,
}
