//! Checked configs without the parser: struct literals behind a few short words, so that a test names
//! only what it is about.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::lg::calendar::{Calendar, HolidayChanges};
use super::lg::config::Config;
use super::lg::config::checked::{
    Alerts, Assume, BudgetRule, Business, Cap, Channel, Criteria, Destination, Keep, Letter, Mail, OnUnknown, Per,
    Person, Policy, Reading, RegionRule, Route, Scope, Service, Source, StoreAt, Team, TimingRule, Tls, Transport,
};

/// A config under construction.
pub struct Draft(pub Config);

impl Draft {
    /// A business in `zone` open at `hours` (OSM), with one destination `desk`, one route `default` and
    /// one source `web`.
    pub fn new(zone: &str, hours: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap();
        let hours = calendar(hours, &zone);
        let business = Business {
            name: "Dach & Co".into(),
            zone,
            country: "DE".into(),
            languages: vec!["de".into()],
            currency: "EUR".into(),
            hours,
            ops: Vec::new(),
        };
        let draft = Self(Config {
            hash: "0123456789abcdef".into(),
            body: "[business]".into(),
            origins: super::lg::config::Origins::default(),
            business,
            services: BTreeMap::new(),
            minimums: Vec::new(),
            exceptions: Vec::new(),
            teams: BTreeMap::new(),
            people: BTreeMap::new(),
            caps: Vec::new(),
            sources: BTreeMap::new(),
            destinations: BTreeMap::new(),
            routes: BTreeMap::new(),
            rates: BTreeMap::new(),
            alerts: Alerts::default(),
            listen: None,
            keep: Keep {
                raw_payloads: SignedDuration::from_hours(24 * 30),
                closed_leads: SignedDuration::from_hours(24 * 365),
            },
            report: super::lg::config::checked::Reporting::default(),
            store: StoreAt::Sqlite(PathBuf::from("unused.sqlite")),
        });
        draft.destination("desk").destination("spare").route("default", &["desk", "spare"]).source("web")
    }

    /// Adds a service.
    pub fn service(mut self, id: &str) -> Self {
        let criteria = Criteria {
            anywhere: true,
            anybody: true,
            need_unknown: Policy::Review,
            timing: TimingRule { within: None, unknown: Policy::Pass },
            region: everywhere(),
            budget: BudgetRule { at_least: None, at_most: None, unknown: Policy::Pass },
            weights: [25; 4],
        };
        let service = Service {
            id: id.into(),
            title: id.to_uppercase(),
            words: vec![id.into()],
            not_words: Vec::new(),
            margin: None,
            priority: 0,
            weight: 1,
            criteria,
        };
        self.0.services.insert(id.into(), service);
        self
    }

    /// Adds a team with its own hours; empty `hours` are the business's.
    pub fn team(mut self, id: &str, services: &[&str], hours: &str) -> Self {
        let team = Team {
            id: id.into(),
            title: id.to_uppercase(),
            services: services.iter().map(|&service| service.into()).collect(),
            region: everywhere(),
            fallback: None,
            route: "default".into(),
            hours: self.hours(hours),
            hand_off_outside_hours: false,
            same_owner: true,
            lead: None,
        };
        self.0.teams.insert(id.into(), team);
        self
    }

    /// Adds a person; empty `hours` are the business's.
    pub fn person(mut self, id: &str, team: &str, hours: &str, weight: u32) -> Self {
        let hours = self.hours(hours);
        let (name, email) = (id.to_uppercase(), format!("{id}@dach.example"));
        let person = Person {
            id: id.into(),
            name,
            email,
            team: team.into(),
            hours,
            weight,
            services: Vec::new(),
            region: everywhere(),
            absent: Vec::new(),
        };
        self.0.people.insert(id.into(), person);
        self
    }

    /// Adds a cap.
    pub fn cap(mut self, id: &str, scope: Scope, max: Option<u32>, per: Per) -> Self {
        self.0.caps.push(Cap::new(id.into(), scope, max, per));
        self.0.caps.sort_by(|a, b| a.id.cmp(&b.id));
        self
    }

    /// Changes the cap `id`.
    pub fn with_cap(mut self, id: &str, change: impl Fn(&mut Cap)) -> Self {
        self.0.caps.iter_mut().filter(|cap| cap.id == id).for_each(change);
        self
    }

    /// Spreads the cap `id` over the working time of its window.
    pub fn smooth(mut self, id: &str) -> Self {
        self.0.caps.iter_mut().filter(|cap| cap.id == id).for_each(|cap| cap.smooth = true);
        self
    }

    /// Adds a source.
    pub fn source(mut self, id: &str) -> Self {
        let source = Source {
            id: id.into(),
            title: id.to_uppercase(),
            preset: "list".into(),
            vars: BTreeMap::new(),
            every: SignedDuration::from_mins(1),
            channel: Channel::Network,
            goal: Some("to be tested".into()),
            services: Vec::new(),
            map: BTreeMap::new(),
            assume: Assume::default(),
            priority: 0,
            backfill: SignedDuration::from_hours(24),
            same_lead_for: SignedDuration::from_hours(24 * 90),
            pays_for: None,
            price_per_lead: None,
            reading: Reading::default(),
        };
        self.0.sources.insert(id.into(), source);
        self
    }

    fn destination(mut self, id: &str) -> Self {
        let mail = Mail {
            host: "localhost".into(),
            port: 25,
            tls: Tls::Plain,
            user: None,
            password: None,
            ca_file: None,
            from: "leads@dach.example".into(),
            to: None,
            letter: Letter::default(),
            mailbox: None,
            connections: 8,
            mails_per_connection: 100,
        };
        self.0.destinations.insert(
            id.into(),
            Destination {
                id: id.into(),
                by: Transport::Mail(mail),
                ask_every: SignedDuration::from_mins(1),
                grace: SignedDuration::from_mins(1),
            },
        );
        self
    }

    fn route(mut self, id: &str, to: &[&str]) -> Self {
        let route = Route {
            then: Vec::new(),
            plan: super::lg::config::checked::Plan::default(),
            id: id.into(),
            to: to.iter().map(|&stop| stop.into()).collect(),
            on_unknown: OnUnknown::Hold,
            acknowledge_within: None,
            answer_within: SignedDuration::from_hours(1),
        };
        self.0.routes.insert(id.into(), route);
        self
    }

    fn hours(&self, text: &str) -> Calendar {
        if text.is_empty() { self.0.business.hours.clone() } else { calendar(text, &self.0.business.zone) }
    }

    /// The config.
    pub fn done(self) -> Arc<Config> {
        Arc::new(self.0)
    }
}

/// Opening hours in a zone, with Germany's holidays.
pub fn calendar(text: &str, zone: &TimeZone) -> Calendar {
    Calendar::parse(text, zone, "DE", &HolidayChanges::default()).unwrap()
}

fn everywhere() -> RegionRule {
    RegionRule { countries: vec![], subdivisions: vec![], postal_codes: vec![], around: None, unknown: Policy::Pass }
}
