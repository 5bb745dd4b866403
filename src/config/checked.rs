//! The checked configuration: typed, complete, cross-referenced. Every id named here exists, every
//! duration is positive, every hour string parsed. 0 is closed, absent is unlimited.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use rust_decimal::Decimal;

use super::Secret;
use crate::calendar::Calendar;
use crate::lead::{Money, Region};

/// Everything the operator decided.
#[derive(Debug, Clone)]
pub struct Config {
    /// First 16 hex digits of BLAKE3 over `body`: the version stored with every verdict.
    pub hash: String,
    /// The canonical text of all layers (TOML), secrets masked: stored once per hash.
    pub body: String,
    /// The business.
    pub business: Business,
    /// What it offers, by id.
    pub services: BTreeMap<String, Service>,
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
    /// How long what is kept.
    pub keep: Keep,
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
}

/// `[service.ID]`.
#[derive(Debug, Clone)]
pub struct Service {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Words that mean it.
    pub words: Vec<String>,
    /// Words that contain one of the above and mean something else.
    pub not_words: Vec<String>,
    /// What a won one earns: a share of its value (0 to 1) or a fixed amount.
    pub margin: Option<Margin>,
    /// Higher is released first.
    pub priority: i64,
    /// What a lead must fit.
    pub criteria: Criteria,
}

/// What a won lead earns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Margin {
    /// Share of the value won, 0 to 1.
    Share(Decimal),
    /// The same for each.
    Each(Money),
}

/// `[service.ID.criteria]`.
#[derive(Debug, Clone)]
pub struct Criteria {
    /// What an unknown need means (which service is not clear).
    pub need_unknown: Policy,
    /// Timing.
    pub timing: TimingRule,
    /// Region.
    pub region: RegionRule,
    /// Budget.
    pub budget: BudgetRule,
    /// Weights of need, timing, region, budget in the score.
    pub weights: [u16; 4],
}

/// What an unknown answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It does not count against the lead.
    Pass,
    /// A person must look.
    Review,
    /// The lead is disqualified.
    Fail,
}

/// When is soon enough.
#[derive(Debug, Clone)]
pub struct TimingRule {
    /// The work must start within this calendar span of the inquiry; `None` asks nothing.
    pub within: Option<Span>,
    /// Policy for unknown.
    pub unknown: Policy,
}

/// Where we work. Empty lists ask nothing; several lists are alternatives.
#[derive(Debug, Clone)]
pub struct RegionRule {
    /// ISO 3166-1 alpha-2.
    pub countries: Vec<String>,
    /// ISO 3166-2.
    pub subdivisions: Vec<String>,
    /// Postal codes.
    pub postal_codes: Vec<PostalRange>,
    /// Policy for unknown.
    pub unknown: Policy,
}

/// Postal codes of one country: `10000-14199`, `144*` or `10405`; `AT:1*` names another country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostalRange {
    /// ISO 3166-1 alpha-2; the business's where none is written.
    pub country: String,
    /// First code, upper case, without spaces.
    pub from: String,
    /// Last code of the range; `None` where `from` is a prefix or one code.
    pub to: Option<String>,
    /// `from` is a prefix.
    pub prefix: bool,
}

/// How much is enough.
#[derive(Debug, Clone)]
pub struct BudgetRule {
    /// The largest stated amount must reach this.
    pub at_least: Option<Money>,
    /// The smallest stated amount must not exceed this.
    pub at_most: Option<Money>,
    /// Policy for unknown.
    pub unknown: Policy,
}

/// `[team.ID]`.
#[derive(Debug, Clone)]
pub struct Team {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Services it answers; never empty.
    pub services: Vec<String>,
    /// Its territory; all lists empty means everywhere.
    pub region: RegionRule,
    /// Who takes what nobody else can.
    pub fallback: Option<String>,
    /// How its handoffs go.
    pub route: String,
    /// Its hours: response clocks run on these.
    pub hours: Calendar,
    /// Hand off outside hours instead of holding.
    pub hand_off_outside_hours: bool,
}

/// `[person.ID]`.
#[derive(Debug, Clone)]
pub struct Person {
    /// Id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Team.
    pub team: String,
    /// Their hours: nobody off shift gets a lead.
    pub hours: Calendar,
    /// Share of the work against others of the team.
    pub weight: u32,
}

/// A cap (`domain-rules` 4).
#[derive(Debug, Clone, PartialEq)]
pub struct Cap {
    /// Id; shorthands are `team.<id>.day`, `person.<id>.new`, `person.<id>.open`.
    pub id: String,
    /// Whom or what it limits.
    pub scope: Scope,
    /// At most this many; 0 closes, `None` does not limit.
    pub max: Option<u32>,
    /// Over what.
    pub per: Per,
    /// Spread over the rest of the working day.
    pub smooth: bool,
    /// Longest wait of a lead this cap holds; then it expires.
    pub hold_for: Option<SignedDuration>,
    /// Most leads this cap holds at once; then newcomers overflow.
    pub hold_at_most: Option<u32>,
}

/// Whom or what a cap limits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Every handoff.
    Everything,
    /// One team's.
    Team(String),
    /// One person's.
    Person(String),
    /// One source's.
    Source(String),
    /// One service's.
    Service(String),
    /// One destination's.
    Destination(String),
}

/// Over what a cap counts: `n` whole windows of the local clock, everything, or the open backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Per {
    /// n minutes, from the local day's start.
    Minutes(u32),
    /// n hours, from the local day's start.
    Hours(u32),
    /// n local days, from Mon 1970-01-05.
    Days(u32),
    /// n ISO weeks.
    Weeks(u32),
    /// n local months, from January 1970.
    Months(u32),
    /// For ever.
    Total,
    /// Handoffs open at the same time.
    Open,
}

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
    /// Added to the service's priority.
    pub priority: i64,
    /// How far back the first read goes, where the source can be asked.
    pub backfill: SignedDuration,
    /// A known person asking again within this time after closing is a touch, later a new lead.
    pub same_lead_for: SignedDuration,
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
}

/// How a destination is reached.
#[derive(Debug, Clone)]
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

/// `[keep]`.
#[derive(Debug, Clone)]
pub struct Keep {
    /// Raw payloads.
    pub raw_payloads: SignedDuration,
    /// Closed leads.
    pub closed_leads: SignedDuration,
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
    /// What is still missing before `source` may start (`domain-rules` 1, setup gate), for people.
    /// Empty means it may.
    pub fn setup_gaps(&self, source: &str) -> Vec<String> {
        let Some(source) = self.sources.get(source) else { return vec!["the source is not in the config".into()] };
        let mut gaps = Vec::new();
        if source.goal.is_none() {
            gaps.push(format!("goal: say what source.{} is for, e.g. goal = \"40 actionable a month\"", source.id));
        }
        if source.services.is_empty() {
            gaps.push(format!("services: say what its people may want, e.g. services = [\"{}\"]", self.any_service()));
        }
        for service in &source.services {
            if !self.teams.values().any(|team| team.services.contains(service)) {
                gaps.push(format!("handoff path: no team answers the service {service}"));
            }
        }
        if self.destinations.is_empty() {
            gaps.push("handoff path: there is no [destination.…] yet".into());
        }
        gaps
    }

    fn any_service(&self) -> &str {
        self.services.keys().next().map_or("…", String::as_str)
    }

    /// The caps of one scope.
    pub fn caps_of<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a Cap> {
        self.caps.iter().filter(move |cap| cap.scope == *scope)
    }

    /// The people of a team, by id.
    pub fn people_of<'a>(&'a self, team: &'a str) -> impl Iterator<Item = &'a Person> {
        self.people.values().filter(move |person| person.team == team)
    }

    /// The service's title, or its id.
    pub fn service_title<'a>(&'a self, id: &'a str) -> &'a str {
        self.services.get(id).map_or(id, |service| service.title.as_str())
    }
}

impl RegionRule {
    /// Is a region inside? `None` when the region does not say enough. A rule that asks nothing admits
    /// everything.
    pub fn admits(&self, region: &Region) -> Option<bool> {
        if self.countries.is_empty() && self.subdivisions.is_empty() && self.postal_codes.is_empty() {
            return Some(true);
        }
        let country = region.country.as_deref();
        let answers = [
            among(&self.countries, country),
            among(&self.subdivisions, region.subdivision.as_deref()),
            self.by_postal_code(country, region.postal_code.as_deref()),
        ];
        if answers.contains(&Answer::Inside) {
            return Some(true);
        }
        // Outside only when every list that asks could be answered.
        if answers.contains(&Answer::Unknown) { None } else { Some(false) }
    }

    fn by_postal_code(&self, country: Option<&str>, code: Option<&str>) -> Answer {
        if self.postal_codes.is_empty() {
            return Answer::NotAsked;
        }
        if country.is_some_and(|country| !self.postal_codes.iter().any(|range| range.country == country)) {
            return Answer::Outside;
        }
        let Some(code) = code else { return Answer::Unknown };
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        let inside = |range: &PostalRange| {
            country.is_none_or(|country| country == range.country)
                && match &range.to {
                    Some(to) => range.from.len() == code.len() && range.from <= code && code <= *to,
                    None if range.prefix => code.starts_with(&range.from),
                    None => code == range.from,
                }
        };
        Answer::of(self.postal_codes.iter().any(inside))
    }
}

/// What one list of a region rule says of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// The list is empty: it asks nothing.
    NotAsked,
    /// The region does not say enough.
    Unknown,
    Inside,
    Outside,
}

impl Answer {
    fn of(inside: bool) -> Self {
        if inside { Self::Inside } else { Self::Outside }
    }
}

fn among(list: &[String], value: Option<&str>) -> Answer {
    match value {
        _ if list.is_empty() => Answer::NotAsked,
        None => Answer::Unknown,
        Some(value) => Answer::of(list.iter().any(|one| one.eq_ignore_ascii_case(value))),
    }
}
