//! Capacity of the invented business, counted day by day from the truth: its caps, holidays, absences, what was set by
//! hand and when, and who could have taken whom.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::{Date, Weekday, date};
use jiff::{Timestamp, ToSpan as _};
use leadgate::config::checked::{Absence, Per, Scope};
use leadgate::report::model::{Dimension, Report};

use super::support::config::Draft;
use super::truth::{Truth, World};

/// When the business began: the afternoon of a Tuesday.
const BEGAN: &str = "2025-11-25T14:00:00Z";
/// Holidays of all of Germany that are no Sundays.
const HOLIDAYS: [Date; 9] = [
    date(2025, 12, 25),
    date(2025, 12, 26),
    date(2026, 1, 1),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 5, 14),
    date(2026, 5, 25),
    date(2026, 10, 3),
];

fn began() -> i64 {
    BEGAN.parse::<Timestamp>().unwrap().as_microsecond()
}

/// A second team that can only solar, and caps of every kind.
pub fn caps(mut draft: Draft) -> Draft {
    draft = draft.team("west", &["solar"], "Tu-Su 10:00-14:00; PH off").person(
        "cleo",
        "west",
        "Mo-Sa 08:00-12:00; PH off",
        1,
    );
    let (team, person) = (|id: &str| Scope::Team(id.into()), |id: &str| Scope::Person(id.into()));
    let source = |id: &str| Scope::Source(id.into());
    draft = draft
        .cap("crew-day", team("crew"), Some(4), Per::Days(1))
        .cap("crew-month", team("crew"), Some(80), Per::Months(1))
        .cap("person.anna.new", person("anna"), Some(2), Per::Days(1))
        .cap("person.ben.new", person("ben"), Some(3), Per::Days(1))
        .cap("person.anna.open", person("anna"), Some(50), Per::Open)
        .cap("person.ben.open", person("ben"), Some(40), Per::Open)
        .cap("person.cleo.new", person("cleo"), Some(6), Per::Weeks(1))
        .cap("s00-month", source("s00"), Some(12), Per::Months(1))
        .cap("s01-shut", source("s01"), Some(0), Per::Days(1))
        .cap("s02-soft", source("s02"), Some(5), Per::Days(1))
        .cap("s03-days", source("s03"), None, Per::Days(1))
        .cap("s04-days", source("s04"), None, Per::Days(1))
        .cap("gutter-weeks", Scope::Service("gutter".into()), Some(7), Per::Weeks(2))
        .with_cap("s02-soft", |cap| cap.soft = true)
        .with_cap("s03-days", |cap| cap.by_day = Some([Some(1), Some(2), Some(0), Some(4), Some(5), Some(6), Some(7)]))
        .with_cap("s04-days", |cap| cap.by_day = Some([Some(1), Some(1), None, Some(1), Some(1), Some(1), Some(1)]));
    draft.0.people.get_mut("anna").unwrap().absent = vec![Absence { first: date(2026, 7, 6), last: date(2026, 7, 19) }];
    draft
}

/// Lanes, places that are held, and what was set: past the store, like everything else of this business.
pub fn write(sql: &mut String, world: &World) {
    write!(sql, "insert into config (id, hash, body, activated_at) values (77, 'first', '', {});", began()).unwrap();
    for (id, teams) in [(71, r#""crew""#), (72, r#""crew","west""#)] {
        write!(sql, r#"insert into lane (id, key) values ({id}, '{{"source":"s00","teams":[{teams}]}}');"#).unwrap();
    }
    for (cap, name) in [(901, "person.anna.open"), (902, "person.ben.open")] {
        write!(sql, "insert into cap (id, name) values ({cap}, '{name}');").unwrap();
    }
    for (lead, id) in world.leads.iter().zip(1_i64..) {
        if let Some(lane) = lane(lead, id) {
            write!(sql, "update lead set lane = {lane} where id = {id};").unwrap();
        }
        if is_open(lead) {
            let (cap, at) = (if lead.person == Some("anna") { 901 } else { 902 }, lead.accepted.unwrap());
            write!(sql, "insert into slot (cap_id, at, handoff_id, amount) values ({cap}, {at}, {id}, 1);").unwrap();
        }
    }
    let at = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
    // Kind, name, value, since, until, ended.
    let sets = [
        ("cap", "crew-day", 9, at("2026-03-10T11:00:00Z"), None, Some(at("2026-03-12T07:00:00Z"))),
        ("cap", "crew-day", 0, at("2026-08-02T22:00:00Z"), Some(at("2026-08-07T22:00:00Z")), None),
        ("cap", "s00-month", 30, at("2026-09-10T08:00:00Z"), Some(at("2026-09-11T08:00:00Z")), None),
        (
            "person",
            "ben",
            0,
            at("2026-05-31T22:00:00Z"),
            Some(at("2027-01-01T00:00:00Z")),
            Some(at("2026-06-14T22:00:00Z")),
        ),
        ("person", "anna", 1, at("2026-01-10T09:00:00Z"), Some(at("2026-01-10T13:00:00Z")), None),
        ("person", "anna", 3, at("2026-07-15T22:00:00Z"), None, Some(at("2026-07-19T22:00:00Z"))),
    ];
    for (number, (kind, name, value, since, until, ended)) in sets.into_iter().enumerate() {
        let null = |at: Option<i64>| at.map_or_else(|| "null".to_owned(), |at| at.to_string());
        write!(
            sql,
            "insert into override (id, kind, name, value, since, until, at, who, reason, ended_at) \
             values ({}, '{kind}', '{name}', {value}, {since}, {}, {since}, 'anna', '', {});",
            500 + number,
            null(until),
            null(ended)
        )
        .unwrap();
    }
}

/// Who could take it; some never got as far as a queue.
fn lane(lead: &Truth, id: i64) -> Option<i64> {
    (lead.qualified && id % 17 != 0).then_some(if lead.service == Some("solar") { 72 } else { 71 })
}

fn is_open(lead: &Truth) -> bool {
    lead.accepted.is_some() && lead.first.is_none() && lead.closed.is_none()
}

/// Is somebody at work that day?
fn works(person: &str, day: Date) -> bool {
    let usual = match person {
        "cleo" => !matches!(day.weekday(), Weekday::Sunday | Weekday::Monday),
        _ => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
    };
    let within = |from: Date, to: Date| (from..=to).contains(&day);
    let usual = usual && !HOLIDAYS.contains(&day);
    match person {
        // Called in on a Saturday; back from her holidays three days early.
        "anna" => (usual && !within(date(2026, 7, 6), date(2026, 7, 15))) || day == date(2026, 1, 10),
        "ben" => usual && !within(date(2026, 6, 1), date(2026, 6, 14)),
        _ => usual,
    }
}

/// What windows of these days let through, by whoever of these people is there; `max` by day.
fn sum(windows: &[(Date, Date)], period: (Date, Date), who: &[&str], max: impl Fn(Date) -> u64) -> u64 {
    let mut sum = 0;
    for (first, last) in windows {
        let all: Vec<Date> = first.series(1.day()).take_while(|day| day <= last).collect();
        let inside = |day: &&Date| (period.0..=period.1).contains(*day);
        let most = all.iter().filter(inside).map(|day| max(*day)).max().unwrap_or(0);
        let working: Vec<&Date> = all.iter().filter(|day| who.iter().any(|one| works(one, **day))).collect();
        // The quota of each working day by itself: the differences of the rounded-up shares.
        for (place, day) in working.iter().enumerate() {
            let upto = |days: u64| (most * days).div_ceil(working.len() as u64);
            if inside(day) {
                sum += upto(place as u64 + 1) - upto(place as u64);
            }
        }
    }
    sum
}

fn windows(period: (Date, Date), start: impl Fn(Date) -> Date, length: jiff::Span) -> Vec<(Date, Date)> {
    let mut found: Vec<(Date, Date)> = Vec::new();
    let mut first = start(period.0);
    while first <= period.1 {
        let next = first.checked_add(length).unwrap();
        found.push((first, next.yesterday().unwrap()));
        first = next;
    }
    found
}

/// Every figure of the section.
pub fn check(report: &Report, world: &World) {
    let figures = report.capacity.as_ref().unwrap();
    let first_day = world.day(began());
    if report.until < first_day {
        assert!(figures.lines.is_empty() && figures.notes[0].contains("nothing was in operation"), "{figures:?}");
        return;
    }
    let of = format!("{}..{}", report.since, report.until);
    let period = (report.since.max(first_day), report.until.min(world.day(world.now)));
    let day = |date: Date| date;
    let months = windows(period, Date::first_of_month, 1.month());
    let days = windows(period, day, 1.day());
    let weeks = windows(
        period,
        |day| day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).unwrap(),
        7.days(),
    );
    let fortnights = windows(
        period,
        |day| {
            let passed = (day - date(1970, 1, 5)).get_days().rem_euclid(14);
            day.checked_sub(i64::from(passed).days()).unwrap()
        },
        14.days(),
    );
    let (crew, all): (&[&str], &[&str]) = (&["anna", "ben"], &["anna", "ben", "cleo"]);
    let crew_day = sum(&days, period, crew, |day| match day {
        _ if (date(2026, 3, 10)..=date(2026, 3, 12)).contains(&day) => 9,
        _ if (date(2026, 8, 3)..=date(2026, 8, 7)).contains(&day) => 0,
        _ => 4,
    });
    let crew_people = sum(&days, period, &["anna"], |_| 2) + sum(&days, period, &["ben"], |_| 3);
    let crew_places = crew_day.min(crew_people).min(sum(&months, period, crew, |_| 80));
    let west = sum(&weeks, period, &["cleo"], |_| 6);
    let capacity: BTreeMap<&str, u64> = BTreeMap::from([
        ("all", crew_places + west),
        ("crew", crew_places),
        ("west", west),
        (
            "s00",
            sum(&months, period, all, |day| if [10, 11].map(|n| date(2026, 9, n)).contains(&day) { 30 } else { 12 }),
        ),
        ("s01", 0),
        ("s03", sum(&days, period, all, |day| [1, 2, 0, 4, 5, 6, 7][day.weekday().to_monday_zero_offset() as usize])),
        ("gutter", sum(&fortnights, period, all, |_| 7)),
    ]);
    let keys: Vec<&str> = figures.lines.iter().map(|line| line.key.as_str()).collect();
    assert_eq!(keys, ["all", "crew", "west", "gutter", "s00", "s01", "s02", "s03", "s04"], "{of}");
    for line in &figures.lines {
        let key = line.key.as_str();
        let of = format!("{key} {of}: {line:?}");
        assert_eq!(line.capacity.value, capacity.get(key).copied(), "{of}");
        let inside = |at: i64| at >= began() && (report.since..=report.until).contains(&world.day(at));
        let could = |lead: &Truth, id: i64| match (line.by, key) {
            (None, _) => true,
            (Some(Dimension::Team), "crew") => lane(lead, id).is_some(),
            (Some(Dimension::Team), _) => lane(lead, id) == Some(72),
            (Some(Dimension::Source), source) => lead.source == source,
            (_, service) => lead.service == Some(service),
        };
        let leads = || world.leads.iter().zip(1_i64..);
        let demand = leads().filter(|(lead, id)| lead.qualified && inside(lead.received) && could(lead, *id)).count();
        assert_eq!(line.demand, demand as u64, "{of}");
        let given = leads().filter(|(lead, id)| {
            let out = lead.moments()[2..].iter().flatten().min().copied();
            let theirs = if line.by == Some(Dimension::Team) {
                key == "crew" && lead.person.is_some()
            } else {
                could(lead, *id)
            };
            out.is_some_and(inside) && theirs
        });
        assert_eq!(line.handed_off, given.count() as u64, "{of}");
        check_ratios(line.demand, &line.flood_index, line.capacity.value, &of);
        check_ratios(line.handed_off, &line.utilisation, line.capacity.value, &of);
        let open = leads().filter(|(lead, _)| is_open(lead)).count() as u64;
        let (open, most) = match key {
            "all" => (Some(open), None),
            "crew" => (Some(open), Some(90)),
            "west" => (Some(0), None),
            _ => (None, None),
        };
        assert_eq!((line.open.value, line.open_at_most.value), (open, most), "{of}");
        let backlog = open.zip(most).map(|(open, most): (u64, u64)| open as f64 / most as f64);
        assert_eq!(line.backlog.value, backlog, "{of}");
    }
    let why = |key: &str| figures.lines.iter().find(|line| line.key == key).unwrap().flood_index.why.clone().unwrap();
    assert_eq!(why("s01"), "closed");
    assert!(why("s02").starts_with("no cap on how many leads"), "{}", why("s02"));
    assert!(report.since == report.until || why("s04").starts_with("no cap on some days"), "{}", why("s04"));
}

fn check_ratios(part: u64, found: &leadgate::report::model::Maybe<f64>, whole: Option<u64>, of: &str) {
    match whole.filter(|whole| *whole > 0) {
        None => assert!(found.value.is_none() && found.why.is_some(), "{of}"),
        Some(whole) => assert!((found.value.unwrap() * whole as f64 - part as f64).abs() < 1e-9, "{of}"),
    }
}
