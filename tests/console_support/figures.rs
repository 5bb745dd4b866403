//! Made-up figures, put together by the report's own arithmetic.

use jiff::ToSpan as _;
use jiff::civil::Date;
use leadgate::desk::view::{self, MailStands, Speed};
use leadgate::desk::{FiguresAsk, Seat};
use leadgate::report::Report;
use leadgate::report::book::Bucket;
use leadgate::report::capacity::{CapacityFigures, CapacityLine, Known};
use leadgate::report::model::{Counts, Dimension, Maybe, Point, Row, SCHEMA, Split, Windows};
use leadgate::report::rows::{Beside, order, row};
use leadgate::report::tally::{Tallies, Tally};
use leadgate::report::value::Settled;

use super::{HOSTILE, now};

fn line(key: &str, title: &str, n: u64, cost: Option<i64>, won: u64, speed: fn(u64) -> Speed) -> Row {
    let counts = Counts {
        inquiries: n,
        qualified: n / 2,
        handed_off: n * 45 / 100,
        contacted: n * 40 / 100,
        actionable: n / 3,
        won,
        returned: n / 40,
        returned_fault: n / 60,
    };
    let settled = Settled {
        mature: n * 40 / 100,
        won_mature: won,
        margin: won as i64 * 90_000,
        known: won,
        ..Settled::default()
    };
    let mut tally = Tally::default();
    (tally.counts, tally.settled) = (counts, settled);
    tally.spark = (0..28).map(|day| if n == 0 { 0 } else { (day * 7 + n) % 9 }).collect();
    let bucket = Bucket {
        gross: cost.unwrap_or(0),
        credits: cost.map_or(0, |cost| cost / 40),
        entered: cost.is_some(),
        impressions: cost.map(|_| n * 420),
        clicks: cost.map(|_| n * 6),
    };
    let beside = Beside { bucket: Some(&bucket), currency: "EUR", working: false };
    Row { speed: speed(n * 45 / 100), ..row(key, title, &tally, &Tallies::default(), &beside) }
}

pub fn report(ask: &FiguresAsk, empty: bool, seat: &Seat, speed: fn(u64) -> Speed) -> Report {
    let (since, until) = (ask.since.unwrap(), ask.until.unwrap());
    let mut rows = vec![
        line("meta-roof", "Meta roof autumn", 1_200, Some(1_240_000), 60, speed),
        line("google", "Google search", 400, Some(700_000), 8, speed),
        line("portal", "Portal", 300, Some(900_000), 1, speed),
        line("newsletter", "Newsletter", 40, None, 3, speed),
        line("fair", "Fair 2026", 6, Some(20_000), 1, speed),
        line("radio", "Radio", 0, Some(32_000), 0, speed),
        line("hostile", HOSTILE, 12, Some(1), 0, speed),
    ];
    order(&mut rows);
    let total = if empty {
        line("all", "all together", 0, None, 0, speed)
    } else {
        line("all", "all together", 1_958, Some(2_892_001), 73, speed)
    };
    let rows = if empty { Vec::new() } else { rows };
    let by = ask.by.first().copied().unwrap_or(Dimension::Source);
    Report {
        schema: SCHEMA,
        business: seat.business.clone(),
        since,
        until,
        view: ask.view,
        view_label: ask.view.label().into(),
        zone: "Europe/Berlin".into(),
        currency: "EUR".into(),
        made_at: now(),
        costs_as_of: None,
        windows: Windows::from(leadgate::config::checked::Windows::default()),
        attribution: "one credit per lead: a referral code first".into(),
        total,
        touches: 31,
        aside: 4,
        unallocated: 0,
        splits: vec![Split { by, rows }],
        series: series(since, until, empty),
        quality: Vec::new(),
        returns: leadgate::report::model::Returns::default(),
        phases: Vec::new(),
        changes: Vec::new(),
        capacity: None,
    }
}

fn series(since: Date, until: Date, empty: bool) -> Vec<Point> {
    let days = since.series(1.day()).take_while(|day| *day <= until).enumerate();
    let point = |(at, day): (usize, Date)| {
        let n = if empty { 0 } else { 40 + (at as u64 * 37) % 60 };
        let counts = Counts { inquiries: n, qualified: n / 2, won: n / 20, ..Counts::default() };
        Point { from: day, until: day, counts, cost: 100_000 }
    };
    days.map(point).collect()
}

/// The capacity of these figures, and a report that went out.
pub fn beside() -> view::Beside {
    let line = |by, key: &str, title: &str, demand, handed_off, capacity| {
        let open = (Maybe::some(12), Maybe::some(20));
        let known = Known { demand, handed_off, capacity, basis: "20 per day".into(), open };
        CapacityLine::new(by, key, title, known)
    };
    let shut = Maybe::some(0);
    let lines = vec![
        line(None, "all", "all together", 979, 560, Maybe::some(600)),
        line(Some(Dimension::Source), "portal", "Portal", 150, 100, shut),
        line(Some(Dimension::Team), "roof", "Roof", 600, 400, Maybe::none("no cap")),
    ];
    let notes = vec!["by the day of the event, in either view".to_owned()];
    let mail = MailStands {
        next: "Mon 07:00".into(),
        to: vec!["owner@dach.example".into()],
        last: Some("week-2026-11-23 sent to 1".into()),
        trouble: false,
    };
    view::Beside { capacity: CapacityFigures { lines, notes }, mail: Some(mail) }
}
