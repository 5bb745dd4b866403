//! The checked configuration: typed, complete, cross-referenced. Every id named here exists, every
//! duration is positive, every hour string parsed. 0 is closed, absent is unlimited.

mod alerts;
mod cap;
mod exception;
mod flow;
mod listen;
mod minimum;
mod owner;
mod people;
mod region;
mod service;
mod setup;
mod stop_loss;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

pub use alerts::{AlertHook, Alerts};
pub use cap::{Cap, HUNDREDTHS, OnFull, Per, Scope, Unit, monday_first};
pub use exception::{Changes, Exception, Fitted};
pub use flow::{
    Assume, Attach, Channel, Destination, KEY_MARK, Letter, Mail, Mailbox, OnUnknown, Plan, Reading, Remedy, ReplyTo,
    Route, Source, Step, Tls, Transport, Var, WhenFull, Written,
};
pub use listen::Listen;
pub use minimum::{Minimum, MinimumRule};
pub use owner::{Every, OwnerMail};
pub use people::{Absence, Person, Team};
pub use region::{Around, PostalRange, RegionRule};
pub use service::{BudgetRule, Criteria, Margin, Policy, Service, TimingRule};
pub use stop_loss::StopLoss;

use super::{Origins, Secret};
use crate::calendar::Calendar;
use crate::lead::Money;

/// Everything the operator decided.
#[derive(Debug, Clone)]
pub struct Config {
    /// First 16 hex digits of BLAKE3 over `body`: the version stored with every verdict.
    pub hash: String,
    /// The canonical text of all layers (TOML), secrets masked: stored once per hash.
    pub body: String,
    /// Where each value is written; empty for a configuration that was kept.
    pub origins: Origins,
    /// The business.
    pub business: Business,
    /// What it offers, by id.
    pub services: BTreeMap<String, Service>,
    /// Further criteria, by id.
    pub minimums: Vec<Minimum>,
    /// What is otherwise for a source or a region.
    pub exceptions: Vec<Exception>,
    /// Who answers, by id.
    pub teams: BTreeMap<String, Team>,
    /// The people, by id.
    pub people: BTreeMap<String, Person>,
    /// Every cap, the shorthands of people and teams included, sorted by id.
    pub caps: Vec<Cap>,
    /// Where interest comes from, by id.
    pub sources: BTreeMap<String, Source>,
    /// Where handoffs go, by id.
    pub destinations: BTreeMap<String, Destination>,
    /// How a handoff goes, by id; `default` always exists once there is a destination.
    pub routes: BTreeMap<String, Route>,
    /// One unit of a currency in the business's currency, by ISO code.
    pub rates: BTreeMap<String, Decimal>,
    /// How somebody hears at once what cannot wait.
    pub alerts: Alerts,
    /// Where sources that tell by themselves reach us; `None`: nothing listens.
    pub listen: Option<Listen>,
    /// How long what is kept.
    pub keep: Keep,
    /// What the figures go by.
    pub report: Reporting,
    /// Where the data lives.
    pub store: StoreAt,
}

/// `[business]`.
#[derive(Debug, Clone)]
pub struct Business {
    /// Its name, as shown in mails.
    pub name: String,
    /// Zone of every local time.
    pub zone: TimeZone,
    /// ISO 3166-1 alpha-2: phone numbers, public holidays.
    pub country: String,
    /// ISO 639-1 codes of the languages leads write in, most likely first.
    pub languages: Vec<String>,
    /// ISO 4217.
    pub currency: String,
    /// Opening hours; everybody's default.
    pub hours: Calendar,
    /// Who is told what nobody answers, by mail; may be empty.
    pub ops: Vec<String>,
}

/// `[keep]`.
#[derive(Debug, Clone)]
pub struct Keep {
    /// Raw payloads.
    pub raw_payloads: SignedDuration,
    /// Closed leads.
    pub closed_leads: SignedDuration,
}

/// `[report]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reporting {
    /// When something counts as settled.
    pub windows: Windows,
    /// Sources whose terms credit what is returned for their fault, at their price a lead.
    pub credited_by: Vec<String>,
    /// The report that goes out by mail; `None`: nobody gets it.
    pub mail: Option<OwnerMail>,
}

/// Whole days after which something counts as settled in the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// A lead handed off so long ago is mature, decided or not.
    pub decided_after: u16,
    /// A lead handed off so long ago is returned no more.
    pub returned_within: u16,
    /// A touch so long before the hand-off is still credited.
    pub credited_for: u16,
}

impl Default for Windows {
    fn default() -> Self {
        Self { decided_after: 60, returned_within: 14, credited_for: 30 }
    }
}

/// Where the data lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreAt {
    /// One SQLite file.
    Sqlite(PathBuf),
    /// PostgreSQL.
    Postgres {
        /// `postgres://user@host:port/database`, without a password.
        url: String,
        /// The password, where one is needed.
        password: Option<Secret>,
    },
}

impl Config {
    /// Destinations whose answers and bounces are read, by id.
    pub fn mailboxes(&self) -> impl Iterator<Item = (&str, &Mailbox)> {
        self.destinations.iter().filter_map(|(id, destination)| match &destination.by {
            Transport::Mail(mail) => Some((id.as_str(), mail.mailbox.as_ref()?)),
            Transport::Preset { .. } => None,
        })
    }

    /// The destination whose mail server takes letters that belong to no handoff: the first of the default route that
    /// sends mail, else any.
    pub fn letters_by(&self) -> Option<&str> {
        let is_mail = |id: &str| self.destinations.get(id).is_some_and(|one| matches!(one.by, Transport::Mail(_)));
        let route = self.routes.get("default").into_iter().flat_map(|route| &route.to);
        route.chain(self.destinations.keys()).map(String::as_str).find(|id| is_mail(id))
    }

    /// The source whose campaigns the costs of `source` are: itself, or the one it reads figures for.
    pub fn paid_by<'a>(&'a self, source: &'a str) -> &'a str {
        self.sources.get(source).and_then(|one| one.pays_for.as_deref()).unwrap_or(source)
    }

    /// The caps of one scope.
    pub fn caps_of<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a Cap> {
        self.caps.iter().filter(move |cap| cap.scope == *scope)
    }

    /// The people of a team, by id.
    pub fn people_of<'a>(&'a self, team: &'a str) -> impl Iterator<Item = &'a Person> {
        self.people.values().filter(move |person| person.team == team)
    }

    /// An amount in the business's currency, by the configured rate; `None` where there is no rate.
    pub fn in_business_currency(&self, money: &Money) -> Option<Money> {
        if money.currency == self.business.currency {
            return Some(money.clone());
        }
        let rate = self.rates.get(&money.currency)?;
        Some(Money::new(money.amount.checked_mul(*rate)?, &self.business.currency))
    }

    /// What one lead of a source costs in `currency`, by the configured rates; `None` where that is not said.
    pub fn price_in(&self, source: &str, currency: &str) -> Option<Decimal> {
        let price = self.sources.get(source)?.price_per_lead.as_ref()?;
        if price.currency == currency {
            return Some(price.amount);
        }
        let rate = |code: &str| match code {
            code if code == self.business.currency => Some(Decimal::ONE),
            code => self.rates.get(code).copied(),
        };
        price.amount.checked_mul(rate(&price.currency)?)?.checked_div(rate(currency)?)
    }

    /// The service's title, or its id.
    pub fn service_title<'a>(&'a self, id: &'a str) -> &'a str {
        self.services.get(id).map_or(id, |service| service.title.as_str())
    }
}
