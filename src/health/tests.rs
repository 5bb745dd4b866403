//! Sources that are well, and sources that are not, in every way that is told.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::*;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Monday, 23 November 2026, noon in Berlin.
fn now() -> Timestamp {
    "2026-11-23T11:00:00Z".parse().unwrap()
}

fn today() -> Date {
    date(2026, 11, 23)
}

fn hours() -> Calendar {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    Calendar::parse("Mo-Fr 09:00-17:00", &zone, "DE", &crate::calendar::HolidayChanges::default()).unwrap()
}

fn day(back: i64, asked: u64) -> Day {
    let day = today().checked_sub(back.days()).unwrap();
    Day { day, asked, came: asked, touches: 0, aside: 0, late: 0, late_secs: 0, lapsed: 0 }
}

/// So many a day, on each of the last days, today left out.
fn steady(days: i64, asked: u64) -> Vec<Day> {
    (1..=days).rev().map(|back| day(back, asked)).collect()
}

struct Case {
    facts: Facts,
    days: Vec<Day>,
    hours: Calendar,
}

impl Case {
    fn new(days: Vec<Day>) -> Self {
        Self { facts: Facts::default(), days, hours: hours() }
    }

    fn seen(&self) -> Seen<'_> {
        Seen {
            id: "web",
            every_at_most: SignedDuration::from_mins(20),
            silent_after: None,
            held: false,
            first_ok_at: Some(now() - DAY * 100),
            last_ok_at: Some(now()),
            last_new_at: Some(now()),
            doubt_at: None,
            gap_since: None,
            token_until: None,
            facts: &self.facts,
            days: &self.days,
            hours: &self.hours,
            worked: SignedDuration::from_hours(20 * 8),
        }
    }
}

fn kinds(seen: &Seen<'_>) -> Vec<(Weight, String)> {
    notices(seen, now()).into_iter().map(|notice| (notice.weight, notice.kind)).collect()
}

fn only(seen: &Seen<'_>) -> Notice {
    let mut found = notices(seen, now());
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[test]
fn a_source_that_is_well_says_nothing() {
    let case = Case::new(steady(60, 12));
    assert_eq!(kinds(&case.seen()), []);
    let new = Case::new(vec![]);
    assert_eq!(kinds(&Seen { first_ok_at: None, last_ok_at: None, last_new_at: None, ..new.seen() }), []);
}

#[test]
fn what_the_vendor_forgets_is_said_in_time() {
    let mut case = Case::new(vec![]);
    case.facts.retention = Some(DAY * 90);
    let at = |days: i32| kinds(&Seen { held: true, last_ok_at: Some(now() - DAY * days), ..case.seen() });
    assert_eq!(at(29), []);
    assert_eq!(at(31), [(Weight::Warn, "retention".into())], "also of a paused source");
    assert_eq!(at(61), [(Weight::Alarm, "retention".into())]);
    let told = only(&Seen { held: true, last_ok_at: Some(now() - DAY * 61), ..case.seen() });
    assert_eq!(told.what, "not read for 61 days; the vendor forgets leads after 90 days: the first on 22 Dec 2026");
    assert!(told.fix.contains("leadgate source now web"));
}

#[test]
fn tokens_and_versions_end_with_a_warning() {
    let mut case = Case::new(vec![]);
    for (days, weight) in [(20, None), (13, Some(Weight::Warn)), (2, Some(Weight::Alarm)), (-1, Some(Weight::Alarm))] {
        case.facts.token_until = Some(now() + DAY * days);
        assert_eq!(notices(&case.seen(), now()).first().map(|notice| notice.weight), weight, "{days}");
    }
    assert!(only(&case.seen()).what.contains("has ended") && only(&case.seen()).fix.contains("source login web"));
    case.facts.token_until = None;
    for (days, weight) in [(61, None), (60, Some(Weight::Warn)), (14, Some(Weight::Alarm)), (-9, Some(Weight::Alarm))] {
        case.facts.sunset = Some(("v21.0".into(), today().checked_add(days.days()).unwrap()));
        assert_eq!(notices(&case.seen(), now()).first().map(|notice| notice.weight), weight, "{days}");
    }
}

#[test]
fn silence_is_counted_in_working_time() {
    let case = Case::new(vec![]);
    let after = Some(SignedDuration::from_hours(6));
    // Noon on Monday: three working hours since the morning, six with Friday afternoon from 14:00 on.
    let friday = |time: &str| format!("2026-11-20T{time}:00Z").parse().ok();
    let quiet = |at| Seen { silent_after: after, last_new_at: at, ..case.seen() };
    assert_eq!(kinds(&quiet(friday("13:30"))), []);
    let told = only(&quiet(friday("13:00")));
    assert_eq!((told.weight, told.kind.as_str()), (Weight::Alarm, "silent"));
    assert_eq!(told.what, "silent for 6 hours of working time (you allow 6 hours)");
    assert_eq!(kinds(&Seen { held: true, ..quiet(friday("13:00")) }), [], "nobody reads it: that is said elsewhere");
    let never = Seen { last_new_at: None, first_ok_at: Some(now() - DAY * 3), ..quiet(None) };
    assert_eq!(kinds(&never), [(Weight::Alarm, "silent".into())]);
}

#[test]
fn usual_silence_is_learnt() {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let limit = |days: &[Day], first: i32| {
        let worked = SignedDuration::from_hours(160);
        silent_limit(days, Some(now() - DAY * first), worked, &zone, now()).map(|limit| limit.as_mins())
    };
    assert_eq!(limit(&steady(28, 10), 100), Some(236), "160 h and 280 leads: one in 34 min, times 6.9");
    assert_eq!(limit(&steady(28, 1_000), 100), Some(60), "never less than an hour");
    assert_eq!(limit(&steady(9, 1), 100), None, "too few leads");
    assert_eq!(limit(&steady(10, 50), 10), None, "too few days");
    assert_eq!(limit(&[], 100), None);
}

#[test]
fn a_weekday_has_its_own_band() {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let mut days = steady(70, 16);
    for day in &mut days {
        if day.day.weekday() == jiff::civil::Weekday::Sunday {
            day.asked = 0;
        }
    }
    let band = |on| band(&days, Some(now() - DAY * 70), on, &zone);
    assert_eq!(band(today()), Some(Band { low: 8, high: 24 }), "16, and twice its root to either side");
    assert_eq!(band(date(2026, 11, 22)), Some(Band { low: 0, high: 0 }));
    assert_eq!(super::band(&days[50..], Some(now() - DAY * 20), today(), &zone), None, "three weeks teach nothing");
    let case = Case::new(days.clone());
    assert_eq!(kinds(&case.seen()), [], "nobody on a Sunday is usual");
    days.push(day(0, 25));
    let case = Case::new(days);
    assert_eq!(only(&case.seen()).what, "25 today already; 8 to 24 is usual on a Monday");
}

#[test]
fn a_weak_day_is_told_the_day_after_and_only_when_it_was_read() {
    let mut days = steady(60, 16);
    days.last_mut().unwrap().asked = 3;
    let case = Case::new(days);
    assert_eq!(only(&case.seen()).what, "3 yesterday; 8 to 24 is usual on a Sunday");
    let seen = Seen { last_ok_at: Some(now() - DAY), last_new_at: Some(now()), ..case.seen() };
    assert_eq!(kinds(&seen), [(Weight::Warn, "unread".into())]);
}

#[test]
fn late_records_ask_for_a_longer_overlap() {
    let mut case = Case::new(vec![Day { late: 4, late_secs: 7_800, ..day(2, 4) }, day(1, 1)]);
    let told = only(&case.seen());
    assert_eq!(told.what, "4 records came late in 7 days, by up to 2 hours");
    assert_eq!(told.fix, "raise the overlap of its preset to 5 hours");
    case.facts.overlap = Some(SignedDuration::from_hours(1));
    assert!(only(&case.seen()).fix.contains("(now 1 hour)"));
    case.facts.overlap = Some(SignedDuration::from_hours(12));
    assert_eq!(only(&case.seen()).weight, Weight::Info);
    case.days[0].day = today().checked_sub(7.days()).unwrap();
    assert_eq!(kinds(&case.seen()), []);
}

#[test]
fn phases() {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let of = |gaps, read: Option<i32>, days: &[Day]| {
        phase(gaps, read.map(|days| now() - DAY * days), days, &zone, now()).word()
    };
    assert_eq!(of(1, Some(90), &steady(90, 10)), "setup");
    assert_eq!(of(0, None, &[]), "setup");
    assert_eq!(of(0, Some(13), &steady(13, 10)), "start");
    assert_eq!(of(0, Some(60), &steady(10, 2)), "start");
    assert_eq!(of(0, Some(20), &steady(20, 10)), "optimise");
    assert_eq!(of(0, Some(60), &steady(60, 10)), "stabilise");
    assert_eq!(of(0, Some(60), &steady(14, 10)), "optimise", "it has only just begun to flow");
}

#[test]
fn a_gap_is_told_while_it_is_read_again() {
    let case = Case::new(Vec::new());
    let found = only(&Seen { gap_since: Some(now() - DAY * 2), ..case.seen() });
    assert_eq!((found.weight, found.kind.as_str()), (Weight::Warn, "gap"));
    assert_eq!(found.what, "nobody read it for a while: it is read again from 21 Nov 12:00 on");
}

#[test]
fn a_token_made_by_hand_ends_as_its_operator_says() {
    let mut case = Case::new(Vec::new());
    let by_hand = only(&Seen { token_until: Some(now() + DAY * 5), ..case.seen() });
    assert_eq!((by_hand.weight, by_hand.what.as_str()), (Weight::Warn, "its token ends in 5 days"));
    assert!(by_hand.fix.contains("source.web.token_until"), "{}", by_hand.fix);
    case.facts = Facts { token_until: Some(now() + DAY), token_by_hand: true, ..Facts::default() };
    let told = only(&Seen { token_until: Some(now() + DAY * 5), ..case.seen() });
    assert_eq!((told.weight, told.what.as_str()), (Weight::Alarm, "its token ends in 1 day"));
    assert_eq!(told.fix, "make a new one at the vendor and set it");
}

#[test]
fn a_source_that_tells_by_itself_is_not_unread() {
    let mut case = Case::new(Vec::new());
    let quiet = |case: &Case| kinds(&Seen { last_ok_at: Some(now() - DAY), ..case.seen() });
    assert_eq!(quiet(&case), [(Weight::Warn, "unread".to_owned())]);
    case.facts.told = true;
    assert_eq!(quiet(&case), []);
}
