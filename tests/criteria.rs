//! Criteria that are otherwise for a source or a region: which of several counts, and who says so. Distances from
//! a postal code, measured with a file the operator brings.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
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
criteria = { anywhere = true, anybody = true }

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

fn mark<'a>(verdict: &'a Verdict, criterion: &Criterion) -> &'a Mark {
    verdict.marks.iter().find(|mark| mark.criterion == *criterion).unwrap()
}

#[test]
fn without_an_exception_the_service_decides() {
    let config = config();
    let usual = verdict(&config, "web", "roof", "in 3 months", "", "10115");
    assert_eq!(usual.kind, VerdictKind::Qualified);
    assert_eq!(mark(&usual, &Criterion::Timing).rule, "within 6 months");
    assert_eq!(verdict(&config, "web", "roof", "", "", "10115").kind, VerdictKind::Review);
}

#[test]
fn a_source_may_be_held_to_more_and_a_region_to_less() {
    let config = config();
    let meta = verdict(&config, "meta", "roof", "in 3 months", "", "10115");
    assert_eq!(mark(&meta, &Criterion::Timing).answer, Answer::Unmet);
    assert_eq!(mark(&meta, &Criterion::Timing).rule, "within 1 month (exception all-meta)");
    let soon = verdict(&config, "meta", "roof", "asap", "", "10115");
    assert_eq!(soon.kind, VerdictKind::Review, "all-meta asks for a budget; its amount stays the service's");
    assert_eq!(mark(&soon, &Criterion::Budget).rule, "at least 5,000 EUR");
    let north = verdict(&config, "web", "roof", "in 9 months", "25000 EUR", "20095");
    assert_eq!(north.kind, VerdictKind::Qualified);
    assert_eq!(verdict(&config, "web", "roof", "in 9 months", "9000 EUR", "20095").kind, VerdictKind::Disqualified);
    assert_eq!(verdict(&config, "web", "roof", "", "25000 EUR", "20095").kind, VerdictKind::Qualified);
}

#[test]
fn the_one_that_names_more_counts_key_by_key() {
    let config = config();
    let both = verdict(&config, "meta", "roof", "in 6 weeks", "25000 EUR", "20095");
    assert_eq!(mark(&both, &Criterion::Timing).rule, "within 2 months (exception meta-north)");
    assert_eq!(
        mark(&both, &Criterion::Budget).rule,
        "at least 20,000 EUR (exception far-north)",
        "nobody else writes it"
    );
    assert_eq!(mark(&both, &Criterion::Region).answer, Answer::Met);
    let outside = verdict(&config, "meta", "roof", "in 6 weeks", "25000 EUR", "20144");
    assert_eq!(mark(&outside, &Criterion::Region).answer, Answer::Unmet, "the place is replaced as a whole");
    // Another service: meta-north is not about it; the source counts more than the region.
    let solar = verdict(&config, "meta", "solar", "in 6 weeks", "25000 EUR", "20095");
    assert_eq!(mark(&solar, &Criterion::Timing).rule, "within 1 month (exception all-meta)");
}

#[test]
fn a_place_that_is_not_known_is_nobodys_exception() {
    let config = config();
    let unknown = verdict(&config, "web", "roof", "in 9 months", "25000 EUR", "");
    assert_eq!(mark(&unknown, &Criterion::Timing).answer, Answer::Unmet);
}

#[test]
fn they_are_read_back_in_plain_words() {
    let told = read_aloud(&config(), &BTreeSet::new());
    let of = |id: &str| told.iter().find(|text| text.contains(&format!("\"{id}\""))).unwrap().clone();
    assert_eq!(
        of("all-meta"),
        "Leads from Meta are an exception (\"all-meta\"): wanted within 1 month and how much not stated: one of you decides."
    );
    assert!(of("meta-north").starts_with("Leads for Roof from Meta in 20… are an exception"), "{}", of("meta-north"));
}

const POSTAL: &str = "DE\t10115\tBerlin\t\t\t\t\t\t\t52.5323\t13.3846\t6\n\
                      DE\t14467\tPotsdam\t\t\t\t\t\t\t52.4009\t13.0591\t6\n\
                      DE\t20095\tHamburg\t\t\t\t\t\t\t53.5511\t10.0000\t6\n\
                      PL\t69-100\tS\u{142}ubice\t\t\t\t\t\t\t52.3508\t14.5604\t6\n";

/// The configuration with a place of its own for roofs and a postal file beside it.
fn around(dir: &Path, place: &str, file: &str) -> Result<Config, String> {
    std::fs::write(dir.join("places.txt"), file).unwrap();
    let text = CONFIG.replace("postal_codes = [\"1*\", \"2*\"]", place) + "[places]\npostal_file = \"places.txt\"\n";
    load_text("leadgate.toml", &text, dir).map(|loaded| loaded.config).map_err(|errors| errors.plain())
}

#[test]
fn a_distance_that_cannot_be_measured_is_told_before_anything_runs() {
    let dir = tempfile::tempdir().unwrap();
    let said = |place: &str, file: &str| around(dir.path(), place, file).unwrap_err();
    let good = "within_km = 30, of = \"10115\"";
    assert!(said(good, "<html>").contains("is not in the postal format of GeoNames: line 1"));
    assert!(said(good, "").contains("holds no postal code"));
    assert!(said("within_km = 30, of = \"10117\"", POSTAL).contains("\"10117\" is not in the postal file"));
    assert!(said("within_km = 30", POSTAL).contains("is measured from nowhere"));
    assert!(said("of = \"10115\"", POSTAL).contains("has no distance"));
    assert!(said("within_km = 0, of = \"10115\"", POSTAL).contains("a whole number from 1 to 2000"));
    let text = CONFIG.replace("postal_codes = [\"1*\", \"2*\"]", good);
    let without = load_text("leadgate.toml", &text, dir.path()).unwrap_err().plain();
    assert!(
        without.contains("needs a file that says where postal codes are") && without.contains("DE.txt"),
        "{without}"
    );
    let gone = text + "[places]\npostal_file = \"gone.txt\"\n";
    let gone = load_text("leadgate.toml", &gone, dir.path()).unwrap_err().plain();
    assert!(gone.contains("cannot be read") && gone.contains("download.geonames.org"), "{gone}");
    assert_eq!(gone.matches("postal file").count(), 1, "one cause is told once: {gone}");
}

#[test]
fn near_is_met_far_is_unmet_and_what_the_file_does_not_know_is_unknown() {
    let dir = tempfile::tempdir().unwrap();
    let config = around(dir.path(), "within_km = 30, of = \"10115\"", POSTAL).unwrap();
    let region = |code: &str| {
        let decided = verdict(&config, "web", "roof", "asap", "9000 EUR", code);
        mark(&decided, &Criterion::Region).clone()
    };
    let near = region("14467");
    assert_eq!((near.answer, near.read.as_str()), (Answer::Met, "DE 14467, 26 km from 10115"));
    assert_eq!(near.rule, "within 30 km of 10115");
    let far = region("20095");
    assert_eq!((far.answer, far.passes_if.as_deref()), (Answer::Unmet, Some("it is within 30 km of 10115")));
    assert_eq!(region("10117").answer, Answer::Unknown, "no guess from its neighbours");
    assert_eq!(region("").answer, Answer::Unknown);
    assert_eq!(region("PL-69-100").answer, Answer::Unmet, "80 km away, over the border");
    let wide = around(dir.path(), "within_km = 100, of = \"10115\", subdivisions = [\"DE-HH\"]", POSTAL).unwrap();
    let mark = |code: &str| mark(&verdict(&wide, "web", "roof", "asap", "", code), &Criterion::Region).clone();
    assert_eq!(mark("PL-69-100").answer, Answer::Met);
    assert_eq!(mark("14467").rule, "in DE-HH, or within 100 km of 10115");
    let told = read_aloud(&wide, &BTreeSet::new());
    assert!(told.iter().any(|text| text.contains("Hamburg or the area within 100 km of 10115")), "{told:?}");
}

#[test]
fn another_postal_file_is_another_version_and_a_kept_text_finds_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let place = "within_km = 30, of = \"10115\"";
    let one = around(dir.path(), place, POSTAL).unwrap();
    assert_eq!(one.hash, around(dir.path(), place, POSTAL).unwrap().hash);
    let kept =
        leadgate::config::load_kept(&one.body, Path::new("/elsewhere")).map_err(|errors| errors.plain()).unwrap();
    assert_eq!(kept.config.hash, one.hash);
    assert_ne!(one.hash, around(dir.path(), place, &POSTAL.replace("52.4009", "52.5009")).unwrap().hash);
}

#[test]
fn weights_say_what_counts_in_the_score_and_are_part_of_the_version() {
    let weighed = |weights: &str| {
        let budget = "budget = { at_least = \"5000 EUR\", unknown = \"pass\" }";
        let text = CONFIG.replacen(budget, &format!("{budget}\nweights = {weights}"), 1);
        load_text("leadgate.toml", &text, Path::new("/data")).map_err(|errors| errors.plain()).unwrap().config
    };
    let money = weighed("{ need = 0, timing = 0, region = 0, budget = 10 }");
    let score = |config: &Config, budget: &str| verdict(config, "web", "roof", "asap", budget, "10115").score;
    assert_eq!(score(&money, "5000 EUR"), Some(50), "just enough is worth half");
    assert_eq!(score(&money, "10000 EUR"), Some(100));
    assert_eq!(score(&money, ""), None, "what is not known weighs nothing");
    let even = weighed("{ need = 10, timing = 10, region = 10, budget = 10 }");
    assert_eq!(score(&even, "5000 EUR"), Some(88), "(100 + 100 + 100 + 50) / 4");
    assert_eq!(score(&even, ""), Some(100));
    let told = verdict(&even, "web", "roof", "asap", "5000 EUR", "10115");
    let points: Vec<(u16, u16)> = told.factors.iter().map(|factor| (factor.weight, factor.points)).collect();
    assert_eq!(points, [(10, 10), (10, 10), (10, 10), (10, 5)], "each factor is shown");
    assert_ne!(money.hash, even.hash);
}

#[test]
fn an_exception_may_weigh_otherwise_key_by_key() {
    let weighed = |meta: &str, north: &str| {
        let service = "budget = { at_least = \"5000 EUR\", unknown = \"pass\" }\nweights = { need = 10, timing = 10, region = 10, budget = 10 }";
        let text = CONFIG.replacen("budget = { at_least = \"5000 EUR\", unknown = \"pass\" }", service, 1)
            + &format!("\n[exception.w-meta]\nsource = \"meta\"\nservice = \"roof\"\ncriteria.weights = {meta}\n")
            + &format!(
                "[exception.w-north]\nsource = \"meta\"\nservice = \"roof\"\nregion = {{ postal_codes = [\"200*\"] }}\ncriteria.weights = {north}\n"
            );
        load_text("leadgate.toml", &text, Path::new("/data")).map_err(|errors| errors.plain()).unwrap().config
    };
    let config = weighed("{ need = 0, timing = 0, region = 0, budget = 30 }", "{ timing = 30 }");
    let of = |source: &str, code: &str| verdict(&config, source, "roof", "asap", "20000 EUR", code);
    let weights = |verdict: &Verdict| -> Vec<u16> { verdict.factors.iter().map(|factor| factor.weight).collect() };
    assert_eq!(weights(&of("web", "10115")), [10, 10, 10, 10], "nobody's exception");
    assert_eq!(weights(&of("meta", "10115")), [0, 0, 0, 30]);
    assert_eq!(weights(&of("meta", "20095")), [0, 30, 0, 30], "the one that names more is written over the other");
    assert_eq!(of("meta", "10115").kind, of("web", "10115").kind, "a weight never changes a verdict");
    assert!(!mark(&of("meta", "10115"), &Criterion::Region).rule.contains("w-meta"), "it asks nothing else");
    let told = read_aloud(&config, &BTreeSet::new());
    assert!(told.iter().any(|one| one.contains("budget weighs 30 in the score")), "{told:?}");
    let other = weighed("{ need = 0, timing = 0, region = 0, budget = 31 }", "{ timing = 30 }");
    assert_ne!(config.hash, other.hash, "part of the version");
}
