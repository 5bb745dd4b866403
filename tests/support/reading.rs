//! A config built by hand, without files: one service with every rule, as the benchmarks' workload asks.

#![allow(clippy::unwrap_used, clippy::wildcard_imports, dead_code, missing_docs)] // built by hand for tests

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use leadgate::calendar::{Calendar, HolidayChanges};
use leadgate::config::Config;
use leadgate::config::checked::*;
use leadgate::lead::Money;

/// Need, timing within 3 months, ten postal areas of Germany, 5,000 to 50,000 EUR.
pub fn workload() -> Config {
    let prefix = |from: &str| PostalRange { country: "DE".into(), from: from.into(), to: None, prefix: true };
    let areas = ["10", "12", "13", "14", "20", "22", "50", "60", "70", "80"];
    let criteria = Criteria {
        anywhere: false,
        anybody: false,
        need_unknown: Policy::Fail,
        timing: TimingRule { within: Some(3.months()), unknown: Policy::Fail },
        region: RegionRule {
            countries: vec![],
            subdivisions: vec![],
            postal_codes: areas.map(prefix).into(),
            around: None,
            unknown: Policy::Fail,
        },
        budget: BudgetRule {
            at_least: Some(Money::new(5_000.into(), "EUR")),
            at_most: Some(Money::new(50_000.into(), "EUR")),
            unknown: Policy::Fail,
        },
        weights: [40, 25, 15, 20],
    };
    config(vec![service("home", &["heat pump", "solar", "roof", "boiler", "insulation"], &[], criteria)])
}

/// A service.
pub fn service(id: &str, words: &[&str], not_words: &[&str], criteria: Criteria) -> Service {
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Service {
        id: id.into(),
        title: id.to_uppercase(),
        words: list(words),
        not_words: list(not_words),
        margin: None,
        priority: 0,
        weight: 1,
        criteria,
    }
}

/// Criteria that ask nothing but the need; change what a test is about.
pub fn open_criteria() -> Criteria {
    Criteria {
        anywhere: true,
        anybody: true,
        need_unknown: Policy::Review,
        timing: TimingRule { within: None, unknown: Policy::Review },
        region: RegionRule {
            countries: vec![],
            subdivisions: vec![],
            postal_codes: vec![],
            around: None,
            unknown: Policy::Review,
        },
        budget: BudgetRule { at_least: None, at_most: None, unknown: Policy::Pass },
        weights: [40, 25, 15, 20],
    }
}

/// A German business with these services and one source, `web`, that offers them all.
pub fn config(services: Vec<Service>) -> Config {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let hours = Calendar::parse("Mo-Fr 08:00-17:00", &zone, "DE", &HolidayChanges::default()).unwrap();
    let source = Source {
        id: "web".into(),
        title: "Website".into(),
        preset: "webhook".into(),
        vars: BTreeMap::new(),
        every: SignedDuration::from_mins(2),
        channel: Channel::Campaign,
        goal: None,
        services: services.iter().map(|service| service.id.clone()).collect(),
        map: BTreeMap::new(),
        assume: Assume::default(),
        priority: 0,
        backfill: SignedDuration::from_hours(24),
        same_lead_for: SignedDuration::from_hours(24 * 90),
        pays_for: None,
        price_per_lead: None,
        reading: leadgate::config::checked::Reading::default(),
    };
    Config {
        hash: "0".repeat(16),
        body: String::new(),
        origins: leadgate::config::Origins::default(),
        business: Business {
            name: "Test".into(),
            zone,
            country: "DE".into(),
            languages: vec!["de".into(), "en".into()],
            currency: "EUR".into(),
            hours,
            ops: Vec::new(),
        },
        services: services.into_iter().map(|service| (service.id.clone(), service)).collect(),
        minimums: Vec::new(),
        exceptions: Vec::new(),
        teams: BTreeMap::new(),
        people: BTreeMap::new(),
        caps: vec![],
        sources: BTreeMap::from([("web".to_owned(), source)]),
        destinations: BTreeMap::new(),
        routes: BTreeMap::new(),
        rates: BTreeMap::from([("CHF".to_owned(), "1.05".parse().unwrap())]),
        keep: Keep { raw_payloads: SignedDuration::from_hours(24), closed_leads: SignedDuration::from_hours(24) },
        report: Reporting::default(),
        alerts: Alerts::default(),
        listen: None,
        store: StoreAt::Sqlite(PathBuf::from("unused")),
    }
}
