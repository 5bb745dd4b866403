//! What is read from people's words, phrase by phrase, and what is decided from it.

#![allow(clippy::unwrap_used)] // a test fails loudly

#[path = "reading/hostile.rs"]
mod hostile;
#[path = "reading/machine.rs"]
mod machine;
#[path = "support/reading.rs"]
mod support;

use std::collections::BTreeMap;

use jiff::civil::Date;
use leadgate::intake;
use leadgate::lead::person::Place;
use leadgate::lead::{Answer, Code, Contact, Criterion, Record, VerdictKind};
use leadgate::qualify::lexicon::Lexicon;
use leadgate::qualify::{Case, Decision, Rules, Subject, budget, explain, region, timing};

const TIMING: &str = include_str!("fixtures/reading/timing.txt");
const WINDOWS: &str = include_str!("fixtures/reading/windows.txt");
const BUDGET: &str = include_str!("fixtures/reading/budget.txt");
const PRICES: &str = include_str!("fixtures/reading/prices.txt");
const REGION: &str = include_str!("fixtures/reading/region.txt");
const LINES: &str = include_str!("fixtures/reading/lines.txt");
const EMAIL: &str = include_str!("fixtures/reading/email.txt");
const PHONE: &str = include_str!("fixtures/reading/phone.txt");

/// The lines of a table that are no comments, cut at ` | `, the last blank column kept.
fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| line.split(" | ").collect())
}

/// Compares every row, then reports all that differ.
fn all_read<'a>(least: usize, cases: impl Iterator<Item = (&'a str, String, String)>) {
    let (mut count, mut wrong) = (0, Vec::new());
    for (phrase, want, got) in cases {
        count += 1;
        if want != got {
            wrong.push(format!("{phrase:?}\n  want {want}\n  got  {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= least, "only {count} rows");
}

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

/// Reads a table of timing; `marked` says whether its rows tell what is ambiguous.
fn timings(table: &str, marked: bool) -> impl Iterator<Item = (&str, String, String)> {
    let mut lexicon = Lexicon::new(&[]);
    let (mut today, mut country) = (Date::MIN, String::new());
    rows(table).filter_map(move |row| {
        if let Some(setting) = row[0].strip_prefix("= ") {
            let mut words = setting.split(' ');
            today = words.next().unwrap().parse().unwrap();
            words.next().unwrap().clone_into(&mut country);
            lexicon = Lexicon::new(&words.map(str::to_owned).collect::<Vec<_>>());
            return None;
        }
        let read = timing::read(row[0], today, &country, &lexicon);
        let urgency = serde_json::to_value(read.timing.urgency).unwrap();
        let mut got =
            vec![shown(read.timing.earliest), shown(read.timing.latest), urgency.as_str().unwrap().to_owned()];
        got.extend((marked && read.ambiguous).then(|| "ambiguous".to_owned()));
        Some((row[0], row[1..].join(" | "), got.join(" | ")))
    })
}

#[test]
fn timing_phrases_give_their_windows() {
    all_read(150, timings(TIMING, true));
}

#[test]
fn windows_are_those_of_calendars_chats_and_forms() {
    all_read(600, timings(WINDOWS, false));
}

#[test]
fn budget_phrases_give_their_amounts() {
    let cases = rows(BUDGET).map(|row| {
        let (country, phrase) = row[0].split_once('@').unwrap_or(("DE", row[0]));
        let read = budget::read(phrase, country);
        let qualifier = serde_json::to_value(read.budget.qualifier).unwrap();
        let mut got = vec![shown(read.budget.min), shown(read.budget.max), shown(read.budget.currency)];
        got.push(qualifier.as_str().unwrap().to_owned());
        got.extend(read.ambiguous.then(|| "ambiguous".to_owned()));
        (row[0], row[1..].join(" | "), got.join(" | "))
    });
    all_read(200, cases);
}

#[test]
fn prices_are_read_as_shops_and_forms_write_them() {
    let cases = rows(PRICES).map(|row| {
        let (country, phrase) = row[0].split_once('@').unwrap_or(("DE", row[0]));
        let read = budget::read(phrase, country).budget;
        let qualifier = serde_json::to_value(read.qualifier).unwrap();
        let got = [shown(read.min), shown(read.max), shown(read.currency), qualifier.as_str().unwrap().to_owned()];
        (row[0], row[1..].join(" | "), got.join(" | "))
    });
    all_read(300, cases);
}

#[test]
fn places_give_their_codes() {
    let cases = rows(REGION).map(|row| {
        let mut parts = row[0].split('/').map(|part| part.trim().to_owned());
        let mut next = || parts.next().unwrap_or_default();
        let place = Place { country: next(), subdivision: next(), postal_code: next(), city: next() };
        let read = region::read(&place, "DE").region;
        (
            row[0],
            row[1..].join(" | "),
            [shown(read.country), shown(read.subdivision), shown(read.postal_code)].join(" | "),
        )
    });
    all_read(40, cases);
}

#[test]
fn lines_of_address_give_their_places() {
    let cases = rows(LINES).map(|row| {
        let (home, text) = row[0].split_once('@').unwrap_or(("DE", row[0]));
        let read = region::read_line(text, home).region;
        let got = [shown(read.country), shown(read.subdivision), shown(read.postal_code)];
        (row[0], row[1..].join(" | "), got.join(" | "))
    });
    all_read(200, cases);
}

#[test]
fn contact_data_is_read_or_refused() {
    let emails =
        rows(EMAIL).map(|row| (row[0], row[1].to_owned(), shown(intake::email(row[0]).map(|email| email.address))));
    all_read(100, emails);
    let phones = rows(PHONE).map(|row| {
        let (country, number) = row[0].split_once(": ").unwrap();
        (row[0], row[1].to_owned(), shown(intake::phone(number, country).map(|phone| phone.e164)))
    });
    all_read(100, phones);
}

fn record() -> Record {
    Record {
        id: "1".into(),
        submitted_at: Some("2026-11-20T10:00:00Z".parse().unwrap()),
        name: Some("Ada Lovelace".into()),
        email: Some("Ada@Example.org".into()),
        phone: Some("030 901820".into()),
        need: Some("Dachsanierung".into()),
        timing: Some("asap".into()),
        budget: Some("10.000 €".into()),
        country: Some("DE".into()),
        postal_code: Some("10405".into()),
        ..Record::default()
    }
}

fn clean(record: &Record) -> Result<intake::Clean, Code> {
    intake::clean(record, "DE", "2026-11-22T12:00:00Z".parse().unwrap())
}

#[test]
fn a_record_nobody_could_contact_is_refused_with_the_reason() {
    let nobody = Record { email: Some("ada at example".into()), phone: Some("n/a".into()), ..record() };
    let refused = clean(&nobody).unwrap_err();
    assert_eq!(refused, Code::Missing("contact".into()));
    assert!(!refused.sentence().contains("ada"), "no contact data in a reason");
    assert_eq!(clean(&Record { test: true, ..record() }).unwrap_err(), Code::Test);
    let dummy = Record { name: Some("<test lead: dummy data for full_name>".into()), ..record() };
    assert_eq!(clean(&dummy).unwrap_err(), Code::Test);
}

#[test]
fn what_cannot_be_read_is_kept_as_written() {
    let odd = clean(&Record { phone: Some("call me".into()), ..record() }).unwrap();
    assert_eq!(odd.contact.phone_raw.as_deref(), Some("call me"));
    let odd = clean(&Record { email: Some("ada at example".into()), ..record() }).unwrap();
    assert_eq!(odd.contact.extra["email"], "ada at example");
    assert_eq!(odd.contact.phone.as_deref(), Some("+4930901820"));
}

#[test]
fn one_person_has_one_spelling() {
    let one = clean(&record()).unwrap();
    let two = Record { email: Some(" ADA@EXAMPLE.ORG ".into()), phone: Some("+49 (0)30 / 901820".into()), ..record() };
    assert_eq!(one.keys, clean(&two).unwrap().keys);
    assert_eq!(one.contact.email.as_deref(), Some("Ada@example.org"));
    let nameless = Record { name: Some(" \u{200b} ".into()), ..record() };
    assert_eq!(clean(&nameless).unwrap().contact.name, "Ada");
    let abroad = Record { country: Some("Österreich".into()), phone: Some("0664 1234567".into()), ..record() };
    assert_eq!(clean(&abroad).unwrap().contact.phone.as_deref(), Some("+436641234567"));
}

#[test]
fn hostile_records_are_bounded_and_harmless() {
    let long = "Ünïcödé\u{202e}\u{1b}[31m ".repeat(10_000);
    let extra = (0..500).map(|n| (format!("field {n:03} \u{7}"), long.clone())).collect();
    let hostile = Record {
        name: Some(long.clone()),
        need: Some(long.clone()),
        message: Some(long.clone()),
        timing: Some(long.clone()),
        budget: Some(format!("{}{long}", "9".repeat(5_000))),
        country: Some(long.clone()),
        postal_code: Some(long.clone()),
        city: Some(long.clone()),
        extra,
        ..record()
    };
    let clean = clean(&hostile).unwrap().contact;
    assert!(clean.name.chars().count() <= 120);
    assert!(clean.need.chars().count() <= 4_000 && clean.timing.chars().count() <= 4_000);
    assert_eq!(clean.extra.len(), 40);
    let json = serde_json::to_string(&clean).unwrap();
    assert!(!json.contains("\\u001b") && !json.contains('\u{202e}'));
    let decision = decide(&clean, &support::workload(), None, &BTreeMap::new());
    assert_eq!(decision.verdict.kind, VerdictKind::Disqualified);
}

fn decide(
    contact: &Contact,
    config: &leadgate::config::Config,
    service: Option<&str>,
    answers: &BTreeMap<Criterion, Answer>,
) -> Decision {
    let case = Case { source: "web", submitted_at: "2026-11-22T12:00:00Z".parse().unwrap(), service, answers };
    Rules::new(config).decide(&Subject { contact, case }, config)
}

fn contact(need: &str, timing: &str, budget: &str, postal_code: &str) -> Contact {
    let place = Place { country: "DE".into(), postal_code: postal_code.into(), ..Place::default() };
    Contact { need: need.into(), timing: timing.into(), budget: budget.into(), place, ..Contact::default() }
}

fn codes(decision: &Decision) -> Vec<String> {
    decision.verdict.codes().map(ToString::to_string).collect()
}

#[test]
fn every_failing_reason_is_named_with_the_nearest_change() {
    let config = support::workload();
    let decision = decide(&contact("spare parts", "next year", "800 EUR", "99001"), &config, None, &BTreeMap::new());
    assert_eq!(decision.verdict.kind, VerdictKind::Disqualified);
    assert_eq!(codes(&decision), ["Q-NEED", "Q-REGION", "Q-BUDGET-LOW"]);
    let late = decide(&contact("solar", "summer 2027", "80.000 €", "10115"), &config, None, &BTreeMap::new());
    assert_eq!(codes(&late), ["Q-TIMING", "Q-BUDGET-HIGH"]);
    let timing = &late.verdict.marks[1];
    assert_eq!((timing.read.as_str(), timing.rule.as_str()), ("1 Jun – 31 Aug 2027", "within 3 months"));
    assert_eq!(timing.passes_if.as_deref(), Some("the start is by 22 Feb 2027"));
    let said = explain(&late).join("\n");
    assert!(said.contains("Passes if the start is by 22 Feb 2027"), "{said}");
}

#[test]
fn unknown_follows_the_policy_of_its_criterion() {
    let config = support::workload();
    for text in ["no rush", "just comparing offers", "", "quux"] {
        let decision = decide(&contact("solar", text, "8000", "10115"), &config, None, &BTreeMap::new());
        assert_eq!(codes(&decision), ["Q-UNKNOWN:timing"], "{text}");
        assert_eq!(decision.verdict.kind, VerdictKind::Disqualified);
    }
    let service = support::service("roof", &["roof"], &[], support::open_criteria());
    let mut config = support::config(vec![service]);
    let decision = decide(&contact("", "", "", ""), &config, None, &BTreeMap::new());
    assert_eq!((decision.verdict.kind, codes(&decision)), (VerdictKind::Review, vec!["Q-UNKNOWN:need".into()]));
    assert_eq!(decision.verdict.question().unwrap().criterion, Criterion::Need);
    config.sources.get_mut("web").unwrap().assume.service = Some("roof".into());
    let assumed = decide(&contact("please call me back", "", "", ""), &config, None, &BTreeMap::new());
    assert_eq!((assumed.verdict.kind, assumed.service.as_deref()), (VerdictKind::Qualified, Some("roof")));
}

#[test]
fn a_person_may_answer_and_choose() {
    let config = support::workload();
    let answers = BTreeMap::from([(Criterion::Timing, Answer::Met), (Criterion::Budget, Answer::Unmet)]);
    let decision = decide(&contact("solar", "no rush", "8000", "10115"), &config, None, &answers);
    assert_eq!(codes(&decision), ["Q-BUDGET-LOW"]);
    assert!(decision.verdict.marks[1].read.contains("decided by a person"));
    let chosen = decide(&contact("quux", "asap", "8000", "10115"), &config, Some("home"), &BTreeMap::new());
    assert_eq!((chosen.verdict.kind, chosen.service.as_deref()), (VerdictKind::Qualified, Some("home")));
}

#[test]
fn several_services_need_a_person_unless_one_is_clear() {
    let open = support::open_criteria;
    let config = support::config(vec![
        support::service("roof", &["dach", "dachsanierung"], &["dachgepäckträger"], open()),
        support::service("heat", &["wärmepumpe", "heat pump"], &[], open()),
    ]);
    let service = |text: &str| decide(&contact(text, "", "", ""), &config, None, &BTreeMap::new());
    for text in ["Steildach undicht", "DACHSANIERUNG", "Dachausbau", "unser Dach leckt", "dachsanierungen"] {
        assert_eq!(service(text).service.as_deref(), Some("roof"), "{text}");
    }
    for text in ["Waermepumpe", "Wärmepumpen", "warmepumpe", "Luft-Wärmepumpe", "two heat pumps"] {
        assert_eq!(service(text).service.as_deref(), Some("heat"), "{text}");
    }
    assert_eq!(codes(&service("Dachgepäckträger für mein Auto")), ["Q-NEED"]);
    assert_eq!(service("Dach, nicht Dachgepäckträger").service.as_deref(), Some("roof"));
    let both = service("dach und heat pump, Wärmepumpe");
    assert_eq!(both.service.as_deref(), Some("heat"), "the longer word is clearer");
    let config = support::config(vec![
        support::service("roof", &["dach"], &[], open()),
        support::service("wall", &["wand"], &[], open()),
    ]);
    let both = decide(&contact("Dach und Wand", "", "", ""), &config, None, &BTreeMap::new());
    assert_eq!((both.verdict.kind, codes(&both)), (VerdictKind::Review, vec!["Q-SERVICE".into()]));
}

#[test]
fn ranges_straddle_and_currencies_convert() {
    let config = support::workload();
    let mark = |budget: &str| {
        decide(&contact("solar", "asap", budget, "10115"), &config, None, &BTreeMap::new()).verdict.marks[3].clone()
    };
    assert!(mark("800 - 6000 EUR").straddles);
    assert_eq!(mark("CHF 4'800").answer, Answer::Met, "4,800 CHF are 5,040 EUR");
    assert_eq!(mark("CHF 4'700").answer, Answer::Unmet);
    assert_eq!(mark("8000 USD").answer, Answer::Unknown, "no rate");
    assert_eq!(mark("8000").read, "8,000 EUR (EUR assumed)");
    assert_eq!(mark("up to 75.000 EUR").code, Some(Code::BudgetHigh));
    assert_eq!(mark("ab 3000 €").answer, Answer::Met, "open towards the top");
}

#[test]
fn history_is_decided_anew_from_what_was_read() {
    let config = support::workload();
    let rules = Rules::new(&config);
    let answers = BTreeMap::new();
    let contact = contact("solar roof", "in 2-3 weeks", "2-10k", "10115");
    let case =
        Case { source: "web", submitted_at: "2026-11-22T23:30:00Z".parse().unwrap(), service: None, answers: &answers };
    let decision = rules.decide(&Subject { contact: &contact, case }, &config);
    let stored: leadgate::lead::Facts = serde_json::from_str(&serde_json::to_string(&decision.facts).unwrap()).unwrap();
    assert_eq!(rules.judge(&stored, &case, &config), (decision.service.clone(), decision.verdict.clone()));
    // 23:30 UTC is the next day in Berlin.
    assert_eq!(decision.facts.timing.earliest, Some("2026-12-07".parse().unwrap()));
    assert!(decision.verdict.score.is_some_and(|score| score > 50 && score <= 100));
}

#[test]
fn parse_prints_one_object_a_text() {
    use serde_json::json;
    let lexicon = Lexicon::new(&["de".to_owned()]);
    let today = jiff::civil::date(2026, 11, 22);
    assert_eq!(
        leadgate::qualify::parse::timing("Ende Mai", today, "DE", &lexicon),
        json!({"input": "Ende Mai", "earliest": "2027-05-21", "latest": "2027-05-31", "urgency": "dated"})
    );
    assert_eq!(
        leadgate::qualify::parse::budget("ca. 1.500,50 €", "DE"),
        json!({"input": "ca. 1.500,50 €", "min": 1500.5, "max": 1500.5, "currency": "EUR", "qualifier": "about"})
    );
    for (text, country, state, code) in [
        ("D-10405 Berlin", Some("DE"), None, Some("10405")),
        ("8001 Zürich, Schweiz", Some("CH"), None, Some("8001")),
        ("8001 Zürich Schweiz", Some("CH"), None, Some("8001")),
        ("Bayern", Some("DE"), Some("DE-BY"), None),
        ("Austria", Some("AT"), None, None),
        ("SW1A 1AA", Some("GB"), None, Some("SW1A 1AA")),
        ("Graz, Steiermark, AT", Some("AT"), Some("AT-6"), None),
        ("nowhere", None, None, None),
    ] {
        let mut got = leadgate::qualify::parse::region(text, "DE");
        got.as_object_mut().unwrap().remove("assumed_country");
        assert_eq!(got, json!({"input": text, "country": country, "subdivision": state, "postal_code": code}));
    }
    assert_eq!(
        intake::parse::phone("0151 12345678", "DE"),
        json!({"input": "0151 12345678", "e164": "+4915112345678", "kind": "mobile"})
    );
    assert_eq!(intake::parse::phone("n/a", "DE"), json!({"input": "n/a", "e164": null, "kind": null}));
    let typo = intake::parse::email("ada@gmial.com");
    assert_eq!((&typo["valid"], &typo["warning"]), (&json!(true), &json!("typo")));
    assert_eq!(intake::parse::email("ada")["valid"], false);
    assert_eq!(intake::parse::email("ada@example.org")["warning"], json!(null));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_stops_a_reader(text in "\\PC{0,80}|[0-9a-z€$.,/' -]{0,40}|(in|next|bis|ab|vor|Q|KW|mai|10|2027|woche|half|of|-|/|\\.| ){0,12}") {
        let lexicon = Lexicon::new(&[]);
        let today = jiff::civil::date(2026, 11, 22);
        let read = timing::read(&text, today, "DE", &lexicon).timing;
        if let (Some(first), Some(last)) = (read.earliest, read.latest) {
            proptest::prop_assert!(first <= last, "{first} > {last}");
        }
        let money = budget::read(&text, "DE").budget;
        if let (Some(min), Some(max)) = (money.min, money.max) {
            proptest::prop_assert!(min <= max && !min.is_sign_negative());
        }
        let place = Place { country: text.clone(), subdivision: text.clone(), postal_code: text.clone(), city: text.clone() };
        region::read(&place, "DE");
        if let Some(address) = intake::email(&text).map(|email| email.address) {
            proptest::prop_assert_eq!(intake::email(&address).map(|email| email.address), Some(address.clone()));
        }
        if let Some(number) = intake::phone(&text, "DE").map(|phone| phone.e164) {
            proptest::prop_assert_eq!(intake::phone(&number, "DE").map(|phone| phone.e164), Some(number.clone()));
        }
    }
}

/// Everything in the golden tables, as material for hostile texts.
fn all_phrases() -> Vec<&'static str> {
    let tables = [TIMING, WINDOWS, BUDGET, PRICES, REGION, LINES, EMAIL, PHONE];
    tables.into_iter().flat_map(rows).map(|row| row[0]).collect()
}

fn lexicons() -> [Lexicon; 2] {
    [Lexicon::new(&[]), Lexicon::new(&["fr".to_owned(), "de".to_owned()])]
}

#[test]
fn hostile_texts_are_read_like_any_other() {
    let (phrases, lexicons, machine) = (all_phrases(), lexicons(), machine::Bench::new());
    let mut dice = hostile::Dice::new(1);
    for _ in 0..1_500 {
        hostile::check(&hostile::text(&mut dice, &phrases), &lexicons, &machine);
    }
    let mut dice = hostile::Dice::new(2);
    for _ in 0..1_500 {
        hostile::check(&hostile::text(&mut dice, machine::WRITTEN), &lexicons[..1], &machine);
    }
}

/// As long as asked, from a seed: `LEADGATE_FUZZ_SECONDS=3600 LEADGATE_FUZZ_SEED=7 tests/fuzz`.
#[test]
#[ignore = "runs for as long as asked; see tests/fuzz"]
fn hostile_texts_for_as_long_as_asked() {
    let asked = |name: &str, usual: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (seconds, seed) = (asked("LEADGATE_FUZZ_SECONDS", 60), asked("LEADGATE_FUZZ_SEED", 1));
    let (phrases, lexicons, machine) = (all_phrases(), lexicons(), machine::Bench::new());
    let mut dice = hostile::Dice::new(seed);
    // The numbering plans are loaded once.
    intake::phone("030 901820", "DE");
    let start = std::time::Instant::now();
    let (mut texts, mut longest) = (0_u64, (std::time::Duration::ZERO, "", String::new()));
    while start.elapsed().as_secs() < seconds {
        // People's words one time, machines' the next.
        let rows = if texts % 2 == 0 { phrases.as_slice() } else { machine::WRITTEN };
        let text = hostile::text(&mut dice, rows);
        let (took, reader) = hostile::check(&text, &lexicons, &machine);
        if took > longest.0 {
            longest = (took, reader, text.chars().take(80).collect());
        }
        texts += 1;
    }
    eprintln!("{texts} texts, each with every reader, from seed {seed}; the longest reading: {longest:?}");
}

/// Nasty shapes at 1,000 and at 10,000 characters, by hand: what grows tenfold is linear, what grows a hundredfold is not.
#[test]
#[ignore = "figures, by hand"]
fn nasty_shapes_at_two_lengths() {
    let (lexicons, machine) = (lexicons(), machine::Bench::new());
    intake::phone("030 901820", "DE");
    let mut slowest: Vec<(std::time::Duration, f64, &str, &str)> = Vec::new();
    for once in machine::NASTY {
        let each = |most: usize, times: u32| {
            let text: String = once.chars().cycle().take(most).collect();
            let mut took: BTreeMap<&str, std::time::Duration> = BTreeMap::new();
            for _ in 0..times {
                hostile::each_timed(&text, &lexicons[..1], &machine, |name, time| {
                    *took.entry(name).or_default() += time / times;
                });
            }
            took
        };
        // The clock is coarse: short texts are read more often.
        let (short, long) = (each(1_000, 40), each(hostile::LONG, 4));
        for (name, time) in long {
            let ratio = time.as_secs_f64() / short[name].as_secs_f64().max(1e-4);
            slowest.push((time, ratio, name, once));
        }
    }
    slowest.sort_by_key(|row| std::cmp::Reverse(row.0));
    for (time, ratio, name, once) in slowest.iter().take(40) {
        eprintln!("{time:>12.3?}  {ratio:>6.1} x 1,000 characters  {name} of {once:?}");
    }
}

/// A long text takes no longer than its length says, whatever is in it: growth is counted in tokens, not in time.
#[test]
fn a_longer_text_is_not_looked_at_for_ever() {
    let lexicon = Lexicon::new(&[]);
    for once in ["next ", "bis ", "3 ", "in 2 weeks ", "KW 12 ", "the ", "1.2.", "½", "ä", "not ", "between "] {
        let long = once.repeat(hostile::LONG / once.len() + 1);
        let twice = long.repeat(2);
        let (a, b) = (lexicon.tokens(&long).len(), lexicon.tokens(&twice).len());
        assert!(a <= 201 && b <= 201, "{once:?} gives {a} and {b} tokens");
    }
}
