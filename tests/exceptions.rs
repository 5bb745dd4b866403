//! Criteria that are otherwise for a source or a region: which of several counts, and who says so.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use leadgate::config::readback::read_aloud;
use leadgate::config::{Config, load_text};
use leadgate::lead::person::Place;
use leadgate::lead::{Answer, Contact, Criterion, Mark, Verdict, VerdictKind};
use leadgate::qualify::{Case, Rules, Subject};

const CONFIG: &str = r#"
[business]
name = "Sonnenschein"
zone = "Europe/Berlin"
country = "DE"
currency = "EUR"

[service.roof]
title = "Roof"
words = ["roof"]
[service.roof.criteria]
timing = { within = "6 months", unknown = "review" }
region = { postal_codes = ["1*", "2*"], unknown = "review" }
budget = { at_least = "5000 EUR", unknown = "pass" }
[service.solar]
title = "Solar"
words = ["solar"]

[source.meta]
title = "Meta"
preset = "json"
channel = "campaign"
services = ["roof", "solar"]
[source.web]
preset = "json"
channel = "network"
services = ["roof", "solar"]

[exception.all-meta]
source = "meta"
criteria = { timing = { within = "1 month" }, budget = { unknown = "review" } }
[exception.far-north]
region = { postal_codes = ["20*"] }
criteria = { timing = { within = "1 year", unknown = "pass" }, budget = { at_least = "20000 EUR" } }
[exception.meta-north]
source = "meta"
region = { postal_codes = ["20*"] }
service = "roof"
criteria = { timing = { within = "2 months" }, region = { postal_codes = ["2009*"] } }
"#;

fn config() -> Config {
    load_text("leadgate.toml", CONFIG, Path::new("/data")).map_err(|errors| errors.plain()).unwrap().config
}

fn verdict(config: &Config, source: &str, need: &str, timing: &str, budget: &str, code: &str) -> Verdict {
    let contact = Contact {
        need: need.into(),
        timing: timing.into(),
        budget: budget.into(),
        place: Place { postal_code: code.into(), ..Place::default() },
        ..Contact::default()
    };
    let at: Timestamp = "2026-11-02T09:00:00Z".parse().unwrap();
    let answers = BTreeMap::new();
    let case = Case { source, submitted_at: at, service: None, answers: &answers };
    Rules::new(config).decide(&Subject { contact: &contact, case }, config).verdict
}

fn mark(verdict: &Verdict, criterion: Criterion) -> &Mark {
    verdict.marks.iter().find(|mark| mark.criterion == criterion).unwrap()
}

#[test]
fn without_an_exception_the_service_decides() {
    let config = config();
    let usual = verdict(&config, "web", "roof", "in 3 months", "", "10115");
    assert_eq!(usual.kind, VerdictKind::Qualified);
    assert_eq!(mark(&usual, Criterion::Timing).rule, "within 6 months");
    assert_eq!(verdict(&config, "web", "roof", "", "", "10115").kind, VerdictKind::Review);
}

#[test]
fn a_source_may_be_held_to_more_and_a_region_to_less() {
    let config = config();
    let meta = verdict(&config, "meta", "roof", "in 3 months", "", "10115");
    assert_eq!(mark(&meta, Criterion::Timing).answer, Answer::Unmet);
    assert_eq!(mark(&meta, Criterion::Timing).rule, "within 1 month (exception all-meta)");
    let soon = verdict(&config, "meta", "roof", "asap", "", "10115");
    assert_eq!(soon.kind, VerdictKind::Review, "all-meta asks for a budget; its amount stays the service's");
    assert_eq!(mark(&soon, Criterion::Budget).rule, "at least 5,000 EUR");
    let north = verdict(&config, "web", "roof", "in 9 months", "25000 EUR", "20095");
    assert_eq!(north.kind, VerdictKind::Qualified);
    assert_eq!(verdict(&config, "web", "roof", "in 9 months", "9000 EUR", "20095").kind, VerdictKind::Disqualified);
    assert_eq!(verdict(&config, "web", "roof", "", "25000 EUR", "20095").kind, VerdictKind::Qualified);
}

#[test]
fn the_one_that_names_more_counts_key_by_key() {
    let config = config();
    let both = verdict(&config, "meta", "roof", "in 6 weeks", "25000 EUR", "20095");
    assert_eq!(mark(&both, Criterion::Timing).rule, "within 2 months (exception meta-north)");
    assert_eq!(mark(&both, Criterion::Budget).rule, "at least 20,000 EUR (exception far-north)", "nobody else writes it");
    assert_eq!(mark(&both, Criterion::Region).answer, Answer::Met);
    let outside = verdict(&config, "meta", "roof", "in 6 weeks", "25000 EUR", "20144");
    assert_eq!(mark(&outside, Criterion::Region).answer, Answer::Unmet, "the place is replaced as a whole");
    // Another service: meta-north is not about it; the source counts more than the region.
    let solar = verdict(&config, "meta", "solar", "in 6 weeks", "25000 EUR", "20095");
    assert_eq!(mark(&solar, Criterion::Timing).rule, "within 1 month (exception all-meta)");
}

#[test]
fn a_place_that_is_not_known_is_nobodys_exception() {
    let config = config();
    let unknown = verdict(&config, "web", "roof", "in 9 months", "25000 EUR", "");
    assert_eq!(mark(&unknown, Criterion::Timing).answer, Answer::Unmet);
}

#[test]
fn they_are_read_back_in_plain_words() {
    let told = read_aloud(&config());
    let of = |id: &str| told.iter().find(|text| text.contains(&format!("\"{id}\""))).unwrap().clone();
    assert_eq!(
        of("all-meta"),
        "Leads from Meta are an exception (\"all-meta\"): wanted within 1 month and how much not stated: one of you decides."
    );
    assert!(of("meta-north").starts_with("Leads for Roof from Meta in 20… are an exception"), "{}", of("meta-north"));
}
