//! Intake as a whole, and its readers against tables and hostile text.

use jiff::{SignedDuration, Timestamp};
use phonenumber::Type;
use phonenumber::metadata::DATABASE;

use super::*;
use crate::lead::Record;

mod ways;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-22T10:00:00Z")
}

fn record() -> Record {
    Record {
        id: "r-1".into(),
        submitted_at: Some(at("2026-11-21T09:30:00Z")),
        name: Some(" Ada\tLovelace ".into()),
        email: Some("Ada@Example.ORG".into()),
        phone: Some("030 901820".into()),
        company: Some("Engines &  Co".into()),
        need: Some("New roof".into()),
        message: Some("with solar\r\nplease".into()),
        timing: Some("in 3 weeks".into()),
        budget: Some("20.000 €".into()),
        country: Some("DE".into()),
        postal_code: Some(" 10405 ".into()),
        campaign: Some("autumn".into()),
        extra: [("roof".to_owned(), "tiles".to_owned()), ("empty".to_owned(), " \u{200b}".to_owned())].into(),
        ..Record::default()
    }
}

fn cleaned(record: &Record) -> Clean {
    clean(record, "DE", now()).unwrap()
}

#[test]
fn nobody_is_taken_in_whom_nobody_could_reach() {
    let mut nobody = Record { email: Some("ada at example".into()), phone: Some("5".into()), ..record() };
    assert_eq!(clean(&nobody, "DE", now()), Err(Code::Missing("contact".into())));
    nobody = Record { email: None, phone: Some("  ".into()), ..record() };
    assert_eq!(clean(&nobody, "DE", now()), Err(Code::Missing("contact".into())));
    let test = Record { test: true, ..Record::default() };
    assert_eq!(clean(&test, "DE", now()), Err(Code::Test));
}

#[test]
fn a_record_becomes_a_contact() {
    let clean = cleaned(&record());
    let contact = &clean.contact;
    assert_eq!(contact.name, "Ada Lovelace");
    assert_eq!(contact.email.as_deref(), Some("Ada@example.org"));
    assert_eq!(contact.phone.as_deref(), Some("+4930901820"));
    assert_eq!(contact.phone_raw, None);
    assert_eq!(contact.company.as_deref(), Some("Engines & Co"));
    assert_eq!(contact.need, "New roof\nwith solar\nplease");
    assert_eq!((contact.timing.as_str(), contact.budget.as_str()), ("in 3 weeks", "20.000 €"));
    assert_eq!((contact.place.country.as_str(), contact.place.postal_code.as_str()), ("DE", "10405"));
    assert_eq!(contact.extra.iter().collect::<Vec<_>>(), [(&"roof".to_owned(), &"tiles".to_owned())]);
    assert_eq!(clean.keys, [("email", "ada@example.org".to_owned()), ("phone", "+4930901820".to_owned())]);
    assert_eq!(clean.submitted_at, at("2026-11-21T09:30:00Z"));
    assert_eq!((clean.consent, clean.campaign.as_deref(), clean.referral), (Consent::Request, Some("autumn"), None));
}

#[test]
fn what_cannot_be_read_is_kept_as_written() {
    let odd = cleaned(&Record { email: Some("ada(at)example.org\u{1b}".into()), ..record() });
    assert_eq!(odd.contact.email, None);
    assert_eq!(odd.contact.extra["email"], "ada(at)example.org");
    assert_eq!(odd.keys, [("phone", "+4930901820".to_owned())]);

    let odd = cleaned(&Record { phone: Some("call my\noffice".into()), ..record() });
    assert_eq!((odd.contact.phone.as_deref(), odd.contact.phone_raw.as_deref()), (None, Some("call my office")));

    let more = Record {
        email: Some("ada@example.org; bob@example.org".into()),
        phone: Some("030 901820 ext. 12".into()),
        extra: [("email".to_owned(), "work".to_owned())].into(),
        ..record()
    };
    let more = cleaned(&more).contact;
    assert_eq!(more.email.as_deref(), Some("ada@example.org"));
    assert_eq!(more.extra["email"], "ada@example.org; bob@example.org\nwork");
    assert_eq!(more.extra["phone"], "030 901820 ext. 12");
}

#[test]
fn everybody_has_a_name() {
    let named = |name: &str, email: Option<&str>| {
        let record = Record { name: Some(name.into()), email: email.map(Into::into), ..record() };
        cleaned(&record).contact.name
    };
    assert_eq!(named(" … ", Some("ada.l@example.org")), "ada.l");
    assert_eq!(named("\u{202e}\0", None), "+4930901820");
    let given = Record { name: None, given_name: Some("Ada".into()), family_name: Some("L.".into()), ..record() };
    assert_eq!(cleaned(&given).contact.name, "Ada L.");
}

#[test]
fn the_same_words_are_not_kept_twice() {
    let words = |need: &str, message: &str| own_words(Some(need), Some(message));
    assert_eq!(words("New roof", "New roof"), "New roof");
    assert_eq!(words("New roof", "Hello, New roof please"), "Hello, New roof please");
    assert_eq!(words("New roof with solar", "with solar"), "New roof with solar");
    assert_eq!(words("north side", "no"), "north side\nno");
    assert_eq!(words("", "only this"), "only this");
    assert_eq!(words("x", ""), "x");
}

#[test]
fn a_time_that_cannot_be_is_not_believed() {
    let hour = SignedDuration::from_hours(1);
    let submitted = |stated| cleaned(&Record { submitted_at: stated, ..record() }).submitted_at;
    assert_eq!(submitted(None), now());
    assert_eq!(submitted(Some(now() + hour * 24)), now() + hour * 24);
    assert_eq!(submitted(Some(now() + hour * 25)), now());
    assert_eq!(submitted(Some(at("1970-01-01T00:00:00Z"))), now());
    assert_eq!(submitted(Some(at("2000-01-01T00:00:00Z"))), at("2000-01-01T00:00:00Z"));
    assert_eq!(submitted(Some(Timestamp::MAX)), now());
}

#[test]
fn a_phone_is_read_where_the_person_says_they_are() {
    for (country, written, e164) in [
        ("Österreich", "0664 1234567", "+436641234567"),
        ("che", "079 123 45 67", "+41791234567"),
        ("at", "030 901820", "+4930901820"),
        ("Atlantis", "030 901820", "+4930901820"),
        ("", "030 901820", "+4930901820"),
    ] {
        let record = Record { country: Some(country.into()), phone: Some(written.into()), ..record() };
        assert_eq!(cleaned(&record).contact.phone.as_deref(), Some(e164), "{country} {written}");
    }
}

#[test]
fn the_digest_tells_changed_from_delivered_again() {
    let first = digest(&cleaned(&record()));
    assert_eq!(digest(&clean(&record(), "DE", now() + SignedDuration::from_hours(9)).unwrap()), first);
    let undated = Record { submitted_at: None, ..record() };
    let later = clean(&undated, "DE", now() + SignedDuration::from_hours(9)).unwrap();
    assert_eq!(digest(&cleaned(&undated)), digest(&later));
    let changed: [fn(&mut Record); 9] = [
        |r| r.name = Some("Ada".into()),
        |r| r.email = None,
        |r| r.need = Some("Old roof".into()),
        |r| r.city = Some("Berlin".into()),
        |r| r.consent = Some(Consent::Withdrawn),
        |r| r.campaign = None,
        |r| r.referral = Some("autumn".into()),
        |r| r.submitted_at = None,
        |r| drop(r.extra.insert("floor".into(), "2".into())),
    ];
    let mut seen = vec![first];
    for change in changed {
        let mut record = record();
        change(&mut record);
        seen.push(digest(&cleaned(&record)));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), changed.len() + 1);
}

#[test]
fn nothing_grows_without_bound() {
    let long = "x\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}ab ".repeat(20_000);
    let all = Some(long.clone());
    let record = Record {
        name: all.clone(),
        company: all.clone(),
        need: all.clone(),
        message: Some("ä".repeat(50_000)),
        timing: all.clone(),
        budget: all.clone(),
        country: all.clone(),
        subdivision: all.clone(),
        postal_code: all.clone(),
        city: all.clone(),
        campaign: all.clone(),
        referral: all,
        extra: (0..500).map(|n| (format!("{n} {long}"), long.clone())).collect(),
        ..record()
    };
    let clean = cleaned(&record);
    let contact = &clean.contact;
    let count = |text: &str| text.chars().count();
    assert_eq!((count(&contact.name), count(&contact.need)), (120, 4_000));
    assert!(count(&contact.timing) <= 4_000 && count(&contact.budget) <= 4_000);
    assert!([&contact.place.country, &contact.place.city].iter().all(|text| count(text) <= LINE_MAX));
    assert!([&clean.campaign, &clean.referral].iter().all(|text| count(text.as_ref().unwrap()) <= TAG_MAX));
    assert_eq!(contact.extra.len(), EXTRA_FIELDS_MAX);
    assert!(contact.extra.iter().all(|(name, value)| count(name) <= EXTRA_NAME_MAX && count(value) <= EXTRA_MAX));
}

/// Text nobody writes by accident.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "5",
    "\0",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}]0;owned\u{7}",
    "\u{1b}]52;c;cm0gLXJm\u{7}",
    "\u{9b}2J",
    "\u{202e}gro.elpmaxe@ada\u{202c}",
    "\u{2066}x\u{2069}",
    "a\u{200d}\u{200b}\u{e0041}b",
    "Robert'); DROP TABLE lead;--",
    "{{7*7}}",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "%s%n%x",
    "a\r\nBcc: evil@example.org",
    "ada@example.org\r\nBcc: evil@example.org",
    "ada@example.org\0evil.org",
    "\"ada\r\n\"@example.org",
    "<>@<>",
    "@",
    "@@",
    "+",
    "++++",
    "(0)",
    "+(0)",
    "+49",
    "00",
    "0000000000000000000000000000",
    "999999999999999999999999999999999999",
    ";phone-context=",
    "+dwPAA;phone-context=AA",
    "tel:;ext=",
    "١٢٣",
    "\u{ff0b}\u{ff14}\u{ff19}",
    "ﷺ﷽",
    "z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}",
    "\u{d7ff}\u{e000}\u{fdd0}\u{ffff}\u{10ffff}",
    "👩‍👩‍👧‍👦",
    "日本語",
    "שלום",
];

#[test]
fn hostile_text_is_harmless_in_every_field() {
    for evil in HOSTILE {
        for text in
            [(*evil).to_owned(), evil.repeat(3_000), format!("030 901820 {evil}"), format!("{evil}ada@example.org")]
        {
            let all = Some(text.clone());
            let record = Record {
                id: text.clone(),
                name: all.clone(),
                given_name: all.clone(),
                family_name: all.clone(),
                company: all.clone(),
                need: all.clone(),
                message: all.clone(),
                timing: all.clone(),
                budget: all.clone(),
                country: all.clone(),
                city: all.clone(),
                campaign: all.clone(),
                referral: all.clone(),
                extra: [(text.clone(), text.clone())].into(),
                raw: text.clone(),
                ..record()
            };
            harmless(&cleaned(&record));
            harmless(&cleaned(&Record { email: all.clone(), ..record.clone() }));
            harmless(&cleaned(&Record { phone: all, ..record }));
        }
    }
}

/// No character that drives a terminal or breaks a header, and always a name and a way to reach somebody.
fn harmless(clean: &Clean) {
    let json = serde_json::to_value(&clean.contact).unwrap();
    let mut stack = vec![&json];
    while let Some(value) = stack.pop() {
        match value {
            serde_json::Value::String(text) => {
                assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
                assert!(!text.contains(['\u{202e}', '\u{2066}', '\u{200b}', '\u{200d}', '\u{e0041}']), "{text:?}");
                assert!(text.chars().count() <= FREE_TEXT_MAX);
            }
            serde_json::Value::Object(fields) => stack.extend(fields.values()),
            other => panic!("{other}"),
        }
    }
    let contact = &clean.contact;
    assert!(!contact.name.is_empty() && !contact.name.contains('\n'));
    assert!(contact.email.is_some() || contact.phone.is_some());
    assert!(!clean.keys.is_empty());
    for way in contact.email.iter().chain(&contact.phone) {
        assert!(!way.contains(char::is_whitespace), "{way:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_record_breaks_intake_and_a_clean_one_stays_as_it_is(
        texts in proptest::collection::vec("\\PC{0,30}|[\\x00-\\u{10ffff}]{0,30}|[-+0-9 ()/x@.a-z]{0,40}", 10)
    ) {
        let text = |n: usize| Some(texts[n].clone());
        let record = Record {
            name: text(0), given_name: text(1), family_name: text(2), email: text(3), phone: text(4),
            need: text(5), message: text(6), timing: text(7), country: text(8),
            extra: [(texts[9].clone(), texts[8].clone())].into(),
            ..Record::default()
        };
        if let Ok(once) = clean(&record, "DE", now()) {
            harmless(&once);
            let contact = once.contact.clone();
            let again = Record {
                name: Some(contact.name), email: contact.email, phone: contact.phone.or(contact.phone_raw),
                need: Some(contact.need), timing: Some(contact.timing), country: Some(contact.place.country),
                extra: contact.extra, ..Record::default()
            };
            let again = clean(&again, "DE", now()).unwrap();
            proptest::prop_assert_eq!(digest(&again), digest(&once));
            proptest::prop_assert_eq!(again, once);
        }
    }
}
