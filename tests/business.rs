//! An invented business whose truth is known: a year, twelve sources, returns across windows, restated costs,
//! refunds, nothing where there is nothing. Every figure must equal what is counted here from the truth itself,
//! lead by lead and day by day, without any code of the report.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)] // tests, in functions of their own

mod support;

#[path = "business/capacity.rs"]
mod capacity;
#[path = "business/truth.rs"]
mod truth;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, date};
use leadgate as lg;
use leadgate::config::Config;
use leadgate::desk::{FiguresAsk, Pulse, Seat, StoreDesk};
use leadgate::report::model::{Dimension, Report, Row, View};
use support::bench::Bench;
use support::scene::started;
use truth::{Truth, World};

async fn desk(bench: &Bench, config: &Arc<Config>) -> StoreDesk {
    let store = started(bench, config).await;
    let seat = Seat {
        who: "tester".into(),
        title: "tester".into(),
        person: None,
        zone: config.business.zone.clone(),
        business: "x".into(),
        people: Vec::new(),
        services: Vec::new(),
        demo: false,
    };
    let pulse = tokio::sync::watch::Sender::new(Pulse::default()).subscribe();
    StoreDesk::new(store, Arc::clone(config), bench.clock.clone(), seat, pulse).await.unwrap()
}

fn ask(since: Date, until: Date, view: View) -> FiguresAsk {
    let by = Dimension::ALL.to_vec();
    FiguresAsk { since: Some(since), until: Some(until), view, by, as_of: None, working: true }
}

/// The steps of one line, counted anew: a lead counts in every step up to the furthest it reached.
fn counted(leads: &[&Truth], world: &World, since: Date, until: Date, view: View) -> ([u64; 6], u64, u64) {
    let day = |at: i64| world.day(at);
    let inside = |at: i64| (since..=until).contains(&day(at));
    let (mut steps, mut returned, mut fault) = ([0; 6], 0, 0);
    for lead in leads {
        let moments = lead.moments();
        for (step, count) in steps.iter_mut().enumerate() {
            // The earliest moment that shows the lead got at least so far.
            let at = moments[step..].iter().flatten().min();
            let hit = match view {
                View::Cohort => inside(lead.received) && at.is_some(),
                View::Calendar => at.is_some_and(|at| inside(*at)),
            };
            *count += u64::from(hit);
        }
        if let Some(code) = lead.end.filter(|code| code.starts_with("R-")) {
            let hit = inside(if view == View::Cohort { lead.received } else { lead.closed.unwrap() });
            returned += u64::from(hit);
            fault += u64::from(hit && code != "R-LATE" && code != "R-CAPACITY");
        }
    }
    (steps, returned, fault)
}

fn check_counts(row: &Row, leads: &[&Truth], world: &World, report: &Report) {
    let (steps, returned, fault) = counted(leads, world, report.since, report.until, report.view);
    let of = format!("{} {:?} {}..{}", row.key, report.view, report.since, report.until);
    assert_eq!(row.counts.steps(), steps, "{of}");
    assert_eq!((row.counts.returned, row.counts.returned_fault), (returned, fault), "{of}");
    let rate = &row.rates.qualified;
    assert_eq!((rate.part, rate.whole, rate.value.is_none()), (steps[1], steps[0], steps[0] == 0), "{of}");
    assert_eq!(rate.why.is_some(), steps[0] < 5, "{of}: nothing and too few say so");
}

/// Costs in minor units, day by day from the truth: (gross, credits).
fn costs(world: &World, since: Date, until: Date, source: Option<&str>) -> (i64, i64) {
    let (mut gross, mut credits) = (0, 0);
    for cost in world.costs.iter().filter(|cost| !cost.superseded) {
        if source.is_some_and(|source| cost.source.as_deref() != Some(source)) {
            continue;
        }
        let days: Vec<Date> = cost.from.series(jiff::Span::new().days(1)).take_while(|day| *day <= cost.to).collect();
        let (mut borne, n) = (0_i64, days.len() as i64);
        for (place, day) in days.into_iter().enumerate() {
            let upto = (cost.amount * (place as i64 + 1)).div_euclid(n);
            let part = upto - borne;
            borne = upto;
            if day < since || day > until {
                continue;
            }
            // 0.90 until the end of June, 0.95 from July on: half to even.
            let home = match cost.currency {
                "EUR" => part,
                _ => half_even(part * if day < date(2026, 7, 1) { 90 } else { 95 }, 100),
            };
            *(if cost.credit { &mut credits } else { &mut gross }) += home;
        }
    }
    (gross, credits)
}

fn half_even(value: i64, by: i64) -> i64 {
    let (floor, rest) = (value.div_euclid(by), value.rem_euclid(by));
    match (rest * 2).cmp(&by) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Greater => floor + 1,
        std::cmp::Ordering::Equal => floor + floor.rem_euclid(2),
    }
}

fn check_costs(row: &Row, expected: (i64, i64), entered: bool) {
    let (gross, credits) = expected;
    let cost = &row.cost;
    if !entered {
        assert_eq!((cost.gross.value, cost.gross.why.as_deref()), (None, Some("no cost entered")), "{}", row.key);
        return;
    }
    assert_eq!(
        (cost.gross.value, cost.credits, cost.net.value),
        (Some(gross), credits, Some(gross - credits)),
        "{}",
        row.key
    );
    let counts = row.counts;
    for (per, n) in [
        (&cost.per_inquiry, counts.inquiries),
        (&cost.per_qualified, counts.qualified),
        (&cost.per_actionable, counts.actionable),
        (&cost.per_won, counts.won),
    ] {
        match per.value {
            None => assert!(n == 0 && per.why.as_ref().unwrap().contains("spent, 0 "), "{}: {per:?}", row.key),
            Some(value) => {
                let exact = (gross - credits) as f64 / n as f64;
                assert!((value as f64 - exact).abs() <= 0.5, "{}: {value} for {exact}", row.key);
            }
        }
    }
}

/// Mature, won of them and the margin, from the truth.
fn check_value(row: &Row, leads: &[&Truth], world: &World, report: &Report) -> usize {
    let inside: Vec<&&Truth> =
        leads.iter().filter(|lead| (report.since..=report.until).contains(&world.day(lead.received))).collect();
    let out = |lead: &Truth| lead.moments()[2..].iter().flatten().min().copied();
    let mature = |lead: &Truth| out(lead).is_some_and(|at| lead.closed.is_some() || world.now - at >= 60 * truth::DAY);
    let won = |lead: &Truth| lead.end == Some("O-WON");
    assert_eq!(row.value.mature, inside.iter().filter(|lead| mature(lead)).count() as u64, "{}", row.key);
    let winners: Vec<&&&Truth> = inside.iter().filter(|lead| won(lead)).collect();
    assert_eq!(row.value.won_mature, winners.iter().filter(|lead| mature(lead)).count() as u64, "{}", row.key);
    let margins: Vec<Option<i64>> = winners.iter().map(|lead| World::margin(lead)).collect();
    assert_eq!(row.value.margin_unknown, margins.iter().filter(|one| one.is_none()).count() as u64, "{}", row.key);
    let sum: i64 = margins.iter().flatten().sum();
    let known = margins.iter().flatten().count();
    assert_eq!(row.value.margin.value, (known > 0).then_some(sum), "{}", row.key);
    known
}

/// The verdict by the published rule, with an interval computed by solving the score equation.
fn check_verdict(row: &Row, known: usize) {
    let value = &row.value;
    let Some(net) = row.cost.net.value.filter(|net| *net > 0) else {
        assert!(value.ratio.value.is_none(), "{}", row.key);
        return;
    };
    let word = value.verdict.map(lg::report::model::Verdict::word);
    if value.mature < 5 {
        assert_eq!(word, Some("collect data"), "{}", row.key);
        return;
    }
    let Some(margin) = value.margin.value else { return };
    let mean = margin as f64 / known as f64;
    let bound = |up: bool| {
        score_bound(value.won_mature as f64, value.mature as f64, up) * mean * value.mature as f64 / net as f64
    };
    let (low, high) = (bound(false), bound(true));
    assert!(
        (value.low.unwrap() - low).abs() < 1e-6 && (value.high.unwrap() - high).abs() < 1e-6,
        "{}: {value:?}",
        row.key
    );
    let expected = if low >= 1.0 {
        "continue"
    } else if high < 1.0 {
        "stop"
    } else {
        "adjust"
    };
    assert_eq!(word, Some(expected), "{}", row.key);
    assert!(value.rule.contains(&format!("{}/{}", value.won_mature, value.mature)), "{}", value.rule);
}

/// The p where |part/n − p| = z·√(p(1−p)/n), by bisection.
fn score_bound(part: f64, n: f64, up: bool) -> f64 {
    let seen = part / n;
    let far = |p: f64| (seen - p).abs() > 1.959_963_984_540_054 * (p * (1.0 - p) / n).sqrt();
    let (mut near, mut off) = (seen, if up { 1.0 } else { 0.0 });
    if (near - off).abs() < f64::EPSILON {
        return off;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(near, off);
        if far(middle) { off = middle } else { near = middle }
    }
    near
}

/// Median and shares of the first response, by sorting pairs of (seconds, is it only a lower bound?).
fn check_speed(row: &Row, leads: &[&Truth], world: &World, report: &Report) {
    let out = |lead: &Truth| lead.moments()[2..].iter().flatten().min().copied();
    let inside = |at: i64| (report.since..=report.until).contains(&world.day(at));
    let taken: Vec<&&Truth> = leads
        .iter()
        .filter(|lead| match report.view {
            View::Cohort => inside(lead.received) && out(lead).is_some(),
            View::Calendar => out(lead).is_some_and(inside),
        })
        .collect();
    let speed = &row.speed;
    assert_eq!(speed.n, taken.len() as u64, "{}", row.key);
    let secs = |lead: &Truth, until: i64| (until - lead.received) / 1_000_000;
    for (place, limit) in [300, 3_600, 86_400].into_iter().enumerate() {
        let within = taken.iter().filter(|lead| lead.first.is_some_and(|at| secs(lead, at) <= limit)).count();
        let young = |lead: &Truth| lead.first.is_none() && lead.closed.is_none() && secs(lead, world.now) <= limit;
        let known = taken.iter().filter(|lead| !young(lead)).count();
        assert_eq!(speed.within[place], (within as u64, known as u64), "{}", row.key);
    }
    let never = taken.iter().filter(|lead| lead.first.is_none() && lead.closed.is_some()).count();
    assert_eq!(speed.never, never as u64, "{}", row.key);
    let mut answered: Vec<i64> = taken.iter().filter_map(|lead| Some(secs(lead, lead.first?))).collect();
    answered.sort_unstable();
    let middle = taken.len().div_ceil(2);
    let median = if middle == 0 { None } else { answered.get(middle - 1).copied() };
    assert_eq!(speed.median_secs, median, "{}", row.key);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_figure_equals_what_is_counted_from_the_truth() {
    let bench = Bench::sqlite();
    let config = truth::config();
    let desk = desk(&bench, &config).await;
    let world = truth::world(&bench).await;
    let year = [(date(2025, 11, 23), date(2026, 11, 22))];
    let months = (0..12).map(|n| {
        let first = date(2025, 12, 1).checked_add(jiff::Span::new().months(n)).unwrap();
        (first, first.last_of_month().min(date(2026, 11, 22)))
    });
    let nothing = [(date(2024, 1, 1), date(2024, 1, 31))];
    for (since, until) in year.into_iter().chain(months).chain(nothing) {
        for view in [View::Cohort, View::Calendar] {
            let report = desk.full_report(&ask(since, until, view)).await.unwrap();
            let all: Vec<&Truth> = world.leads.iter().collect();
            check_counts(&report.total, &all, &world, &report);
            let known = check_value(&report.total, &all, &world, &report);
            check_speed(&report.total, &all, &world, &report);
            check_verdict(&report.total, known);
            let entered = until >= date(2025, 11, 23);
            check_costs(&report.total, costs(&world, since, until, None), entered);
            capacity::check(&report, &world);
            for split in &report.splits {
                let mut groups: BTreeMap<String, Vec<&Truth>> = BTreeMap::new();
                for lead in &world.leads {
                    groups.entry(lead.key(split.by)).or_default().push(lead);
                }
                for row in &split.rows {
                    let group = groups.get(&row.key).cloned().unwrap_or_default();
                    check_counts(row, &group, &world, &report);
                    check_speed(row, &group, &world, &report);
                    let known = check_value(row, &group, &world, &report);
                    if split.by == Dimension::Source {
                        let entered = world.entered(&row.key, since, until);
                        check_costs(row, costs(&world, since, until, Some(&row.key)), entered);
                        check_verdict(row, known);
                    }
                }
                let counted: u64 = split.rows.iter().map(|row| row.counts.inquiries).sum();
                assert_eq!(counted, report.total.counts.inquiries, "every lead is in one line by {:?}", split.by);
            }
            let over_time: u64 = report.series.iter().map(|point| point.counts.won).sum();
            assert_eq!(over_time, report.total.counts.won, "the line over time sums to the total");
            let spent: i64 = report.series.iter().map(|point| point.cost).sum();
            assert_eq!(spent, report.total.cost.gross.value.unwrap_or(0));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_exact_and_goes_with_the_first_change_of_any_of_its_leads() {
    let bench = Bench::sqlite();
    let config = truth::config();
    let desk = desk(&bench, &config).await;
    truth::world(&bench).await;
    let store = started(&bench, &config).await;
    let year = || async {
        let mut found = Vec::new();
        for view in [View::Cohort, View::Calendar] {
            found.push(desk.full_report(&ask(date(2025, 11, 23), date(2026, 11, 22), view)).await.unwrap());
        }
        found
    };
    let bare = year().await;
    while store.keep_journeys().await.unwrap().1 {}
    let kept = || bench.int("select count(*) from journeys");
    assert_eq!(kept().await, 9, "2,400 leads are nine full chunks and a part of one");
    assert_eq!(year().await, bare, "kept or not, the figures are the same");

    // A lead of another chunk each time; what figures do not tell takes nothing away.
    bench.sql("update lead set rev = rev + 1, lane = 7 where id = 300").await;
    bench.sql("update handoff set poll_at = 5, polls = 1").await;
    assert_eq!(kept().await, 9);
    let journal = "insert into journal (proc_id, n, at, who, kind, lead_id, count, body, hash) \
                   values (99, 1, 1763852400000000, 'anna', 'contacted', 1300, 1, '{}', x'00')";
    let touch = "insert into inquiry (id, source_id, skey, digest, received_at, submitted_at, lead_id, code, consent, proc_id, event) \
                 values (90001, 1, 90001, 1, 1763852400000000, 1763852400000000, 1600, 'I-DUP', 0, 1, 1)";
    let mark = "insert into mark (id, handoff_id, lead_id, kind, at, seen_at, quality, origin, amount) \
                values (90001, 1, 1800, 'won', 1763852400000000, 1763852400000000, 1, 'desk', 500)";
    let changes = [
        "update lead set end_code = 'O-PRICE', closed_at = received_at + 1 where id = 300",
        "update lead set facts = '{}' where id = 600",
        "update handoff set first_at = accepted_at where lead_id = (select min(lead_id) from handoff where lead_id >= 768)",
        journal,
        touch,
        mark,
    ];
    for (place, sql) in changes.into_iter().enumerate() {
        bench.sql(sql).await;
        assert_eq!(kept().await, 8 - place as i64, "{sql}");
    }
    let with = year().await;
    assert_ne!(with, bare, "what was changed shows");
    bench.sql("delete from journeys").await;
    assert_eq!(year().await, with);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_returned_for_the_sources_fault_is_credited_where_its_terms_say_so() {
    let bench = Bench::sqlite();
    let mut config = Config::clone(&truth::config());
    config.sources.get_mut("s03").unwrap().price_per_lead = Some(lg::lead::Money::from_minor(2_500, "EUR"));
    config.report.credited_by = vec!["s03".into()];
    let config = Arc::new(config);
    let desk = desk(&bench, &config).await;
    let world = truth::world(&bench).await;
    let months = [(date(2026, 3, 1), date(2026, 3, 31)), (date(2025, 11, 23), date(2026, 11, 22))];
    for ((since, until), view) in months.into_iter().flat_map(|days| [(days, View::Cohort), (days, View::Calendar)]) {
        let report = desk.full_report(&ask(since, until, view)).await.unwrap();
        // Whoever brought it credits it, whichever campaign the lead itself is credited to.
        let theirs: Vec<&Truth> = world.leads.iter().filter(|lead| lead.source == "s03").collect();
        let (_, _, fault) = counted(&theirs, &world, since, until, view);
        let entered = costs(&world, since, until, None).1;
        assert_eq!(report.total.cost.credits, entered + 2_500 * fault as i64, "{since} {view:?}");
        let row = report.split(Dimension::Source).unwrap().rows.iter().find(|row| row.key == "s03").unwrap();
        let own = costs(&world, since, until, Some("s03"));
        assert_eq!(row.cost.credits, own.1 + 2_500 * fault as i64);
        assert_eq!(row.cost.net.value.unwrap(), own.0 - row.cost.credits, "net stands beside gross");
        assert_eq!(row.cost.gross.value, Some(own.0));
        assert!(since.month() == 3 || fault > 0, "the year has some");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leads_costs_returns_and_order_are_traceable() {
    let bench = Bench::sqlite();
    let config = truth::config();
    let desk = desk(&bench, &config).await;
    let world = truth::world(&bench).await;
    let mut asked = ask(date(2025, 11, 23), date(2026, 11, 23), View::Cohort);
    let report = desk.full_report(&asked).await.unwrap();

    // Every count of every source is the number of leads behind it.
    let sources = report.split(Dimension::Source).unwrap();
    assert_eq!(sources.rows.len(), 13, "twelve, and the one of the draft");
    for row in &sources.rows {
        for (step, count) in lg::report::model::STEPS.into_iter().zip(row.counts.steps()) {
            let leads = desk.leads_behind(&asked, &format!("{step}@source={}", row.key)).await.unwrap();
            assert_eq!(leads.len() as u64, count, "{step} of {}", row.key);
        }
    }
    for line in &report.capacity.as_ref().unwrap().lines {
        let figures = [("demand", line.demand), ("given", line.handed_off), ("open", line.open.value.unwrap_or(0))];
        for (figure, count) in figures {
            let leads = desk.leads_behind(&asked, &line.wanted(figure)).await.unwrap();
            assert_eq!(leads.len() as u64, count, "{}", line.wanted(figure));
            assert!(leads.is_sorted() && leads.iter().all(|lead| (1..=2_400).contains(&lead.0)), "each lead once");
        }
    }
    assert!(desk.leads_behind(&asked, "wins").await.unwrap_err().to_string().contains("qualified"));

    // Money without any inquiry is last and says so; more clicks than impressions are flagged.
    let last = sources.rows.last().unwrap();
    assert_eq!(last.key, "s11");
    assert!(last.cost.per_inquiry.why.as_ref().unwrap().ends_with("EUR spent, 0 inquiries"), "{last:?}");
    let odd = sources.rows.iter().find(|row| row.key == "s02").unwrap();
    assert!(odd.flags.iter().any(|flag| flag.starts_with("clicks > impressions")), "{:?}", odd.flags);
    assert!(odd.rates.click.value.unwrap() > 1.0, "not clipped");
    let letter = sources.rows.iter().find(|row| row.key == "s10").unwrap();
    assert_eq!(letter.rates.click.value, None);
    assert!(letter.rates.inquiry.why.as_ref().unwrap().contains("clicks"));

    // The same in plain SQL.
    let from = "1763852400000000"; // 2025-11-23 00:00 in Berlin
    let sql = format!(
        "select count(*) from lead where verdict = 1 or id in (select lead_id from handoff where accepted_at is not null) and received_at >= {from}"
    );
    assert_eq!(report.total.counts.qualified, bench.int(&sql).await.unsigned_abs());
    let sql = format!("select count(*) from lead where end_code like 'R-%' and received_at >= {from}");
    assert_eq!(report.total.counts.returned, bench.int(&sql).await.unsigned_abs());
    let by_code: u64 = report.returns.by_code.iter().map(|one| one.1).sum();
    assert_eq!(by_code, report.total.counts.returned);

    // Returns: those that can still come are counted apart.
    let out = |lead: &Truth| lead.moments()[2..].iter().flatten().min().copied();
    let back = |lead: &Truth| lead.end.is_some_and(|code| code.starts_with("R-"));
    let young = |lead: &&Truth| out(lead).is_some_and(|at| world.now - at < 14 * truth::DAY) && !back(lead);
    assert_eq!(report.returns.immature, world.leads.iter().filter(young).count() as u64);
    assert!(report.returns.immature > 0);
    let old: Vec<&Truth> =
        world.leads.iter().filter(|lead| out(lead).is_some_and(|at| world.now - at >= 14 * truth::DAY)).collect();
    let share = &report.returns.mature;
    assert_eq!((share.part, share.whole), (old.iter().filter(|lead| back(lead)).count() as u64, old.len() as u64));

    // Criteria, and what each clause alone rejects.
    for name in ["timing", "budget"] {
        let one = report.quality.iter().find(|one| one.name == name).unwrap();
        let said = |what: &str| world.leads.iter().filter(|lead| lead.answer(name) == what).count() as u64;
        assert_eq!((one.met.part, one.met.whole), (said("met"), said("met") + said("unmet")), "{name}");
        assert_eq!(one.unknown.part, said("unknown"), "{name}");
        let other = if name == "timing" { "budget" } else { "timing" };
        let alone = world.leads.iter().filter(|lead| lead.answer(name) == "unmet" && lead.answer(other) != "unmet");
        assert_eq!(one.alone, alone.count() as u64, "{name}");
        let by_hand: Vec<&Truth> = world.leads.iter().filter(|lead| name == "timing" && lead.overridden).collect();
        assert_eq!(one.overridden, by_hand.len() as u64, "{name}");
        let won = by_hand.iter().filter(|lead| lead.end == Some("O-WON")).count() as u64;
        assert_eq!(one.overridden_won, won, "{name}");
    }

    // Costs as they were known before the platform corrected them.
    let now = report.total.cost.gross.value.unwrap();
    asked.as_of = Some(jiff::Timestamp::from_microsecond(world.corrected_at - 1).unwrap());
    let then = desk.full_report(&asked).await.unwrap().total.cost.gross.value.unwrap();
    assert_eq!(then - now, world.correction, "the later word took so much away");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_face_shows_the_same_and_nothing_of_it_runs() {
    let bench = Bench::sqlite();
    let config = truth::config();
    let desk = desk(&bench, &config).await;
    truth::world(&bench).await;
    desk_note(&bench, &config).await;
    let report = desk.full_report(&ask(date(2025, 11, 23), date(2026, 11, 23), View::Cohort)).await.unwrap();
    let hostile = "<script>alert(1)</script>";

    let page = lg::report::html::page(&report).unwrap();
    assert!(!page.contains(hostile) && page.contains("&lt;script&gt;"), "a campaign's name is text");
    for never in ["<script", "http://", "https://", "javascript:", "@import", "url("] {
        assert!(!page.contains(never), "{never} has no place on the page");
    }
    assert!(page.contains(&report.total.counts.inquiries.to_string()) && page.contains("prefers-color-scheme"));
    if let Some(path) = std::env::var_os("LEADGATE_KEEP_PAGE") {
        std::fs::write(path, &page).unwrap();
    }

    let text = lg::report::csv::csv(&report).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().unwrap().clone();
    let at = |name: &str| head.iter().position(|one| one == name).unwrap();
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let rows: usize = report.splits.iter().map(|split| split.rows.len()).sum();
    let capacity = &report.capacity.as_ref().unwrap().lines;
    assert_eq!(lines.len(), rows + 1 + capacity.len());
    let crew = lines.iter().find(|line| &line[3] == "capacity by team" && &line[at("key")] == "crew").unwrap();
    let index: f64 = crew[at("flood_index")].parse().unwrap();
    assert!((index - capacity[1].flood_index.value.unwrap()).abs() < 1e-6 && !crew[at("given")].is_empty());
    let shut = lines.iter().find(|line| &line[at("key")] == "s01" && line[3].starts_with("capacity")).unwrap();
    assert!(shut[at("flood_index")].is_empty() && shut[at("why")].starts_with("closed"), "{shut:?}");
    for line in &lines {
        for cell in ["key", "title", "rule", "why"].map(|name| &line[at(name)]) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?} would run");
        }
    }
    assert_eq!(&lines[0][at("inquiries")], report.total.counts.inquiries.to_string());
    assert!(lines.iter().any(|line| line[at("key")].contains("=cmd|")), "it is there, as text");

    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((json["schema"].as_u64(), json["view"].as_str()), (Some(1), Some("cohort")));
    let back: Report = serde_json::from_value(json).unwrap();
    assert_eq!(back.total.counts, report.total.counts);

    let table = lg::report::table::full(&report);
    for words in [
        "cohort",
        "flood index",
        "— closed",
        "2025-11-23",
        "30 days before the hand-off",
        "spent, 0 inquiries",
        "new headline",
        "collect data",
    ] {
        assert!(table.contains(words), "{words}");
    }
    let noted = report.changes.iter().find(|change| change.what.contains("new headline")).unwrap();
    assert_eq!((noted.source.as_deref(), noted.after.whole), (Some("s00"), 0));
    assert!(noted.before.whole > 0 && noted.after.why.is_some());
}

async fn desk_note(bench: &Bench, config: &Config) {
    let store = started(bench, config).await;
    store.note_change(Some("s00".into()), "new headline".into(), "anna".into()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rows_of_the_export_add_up_to_the_funnel() {
    use lg::report::export::{Export, Kind};
    let bench = Bench::sqlite();
    let config = truth::config();
    let desk = desk(&bench, &config).await;
    let world = truth::world(&bench).await;
    let year = (date(2025, 11, 23), date(2026, 11, 22));
    let periods = [year, (date(2026, 3, 1), date(2026, 3, 31)), (date(2024, 1, 1), date(2024, 1, 31))];
    for ((since, until), view) in periods.into_iter().flat_map(|days| [(days, View::Cohort), (days, View::Calendar)]) {
        let of = format!("{since}..{until} {view:?}");
        let asked = ask(since, until, view);
        let report = desk.full_report(&asked).await.unwrap();
        let mut exports = Vec::new();
        for kind in [Kind::Parquet, Kind::Csv] {
            let file = tempfile::tempfile().unwrap();
            let mut export = Export::new(kind, desk.currency(), &file).unwrap();
            desk.export(&asked, &mut export).await.unwrap();
            exports.push((export.finish().unwrap(), file));
        }
        let [(rows, parquet), (also, csv)] = <[_; 2]>::try_from(exports).unwrap();
        let lines = parquet_lines(parquet);
        assert_eq!(lines, csv_lines(csv), "{of}: the same rows in both");
        assert_eq!((rows, also), (lines.len() as u64, lines.len() as u64), "{of}");
        assert_eq!(rows == 0, since.year() == 2024, "{of}");

        let sum = |lines: &[&Line], name: &str| lines.iter().filter(|line| line[name] == "1").count() as u64;
        let check = |row: &Row, lines: &[&Line]| {
            let steps = ["inquiry", "qualified", "handed_off", "contacted", "actionable", "won"];
            assert_eq!(steps.map(|name| sum(lines, name)), row.counts.steps(), "{of} {}", row.key);
            let returned = (sum(lines, "returned"), sum(lines, "returned_fault"));
            assert_eq!(returned, (row.counts.returned, row.counts.returned_fault), "{of} {}", row.key);
        };
        check(&report.total, &lines.iter().collect::<Vec<_>>());
        for by in [Dimension::Source, Dimension::Service, Dimension::Region, Dimension::Team, Dimension::Person] {
            for row in &report.split(by).unwrap().rows {
                let key = if row.key.starts_with('(') { "" } else { &row.key };
                check(row, &lines.iter().filter(|line| line[by.word()] == key).collect::<Vec<_>>());
            }
        }
        let ids = desk.leads_behind(&asked, "inquiries").await.unwrap();
        let named: Vec<&str> = lines.iter().filter(|line| line["inquiry"] == "1").map(|line| &*line["lead"]).collect();
        assert_eq!(named, ids.iter().map(ToString::to_string).collect::<Vec<_>>(), "{of}: by the numbers of the lists");
        if (since, until) == year && view == View::Cohort {
            let worth: i64 = lines.iter().filter_map(|line| line["won_value_minor"].parse::<i64>().ok()).sum();
            assert_eq!(worth, world.leads.iter().filter_map(|lead| lead.value).sum::<i64>());
            let hostile = lines.iter().any(|line| line["campaign"].starts_with("'=cmd|"));
            assert!(hostile, "a formula is there, as text");
        }
    }
}

/// The cells of a row by their columns, as the CSV has them.
type Line = BTreeMap<String, String>;

fn csv_lines(mut file: std::fs::File) -> Vec<Line> {
    use std::io::Seek as _;
    file.rewind().unwrap();
    csv::Reader::from_reader(file).deserialize().map(Result::unwrap).collect()
}

fn parquet_lines(file: std::fs::File) -> Vec<Line> {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::Field;
    let text = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Bool(flag) => u8::from(*flag).to_string(),
        Field::Str(text) => lg::report::csv::safe(text),
        Field::Long(number) => number.to_string(),
        Field::TimestampMicros(at) => jiff::Timestamp::from_microsecond(*at).unwrap().to_string(),
        other => panic!("{other:?} is no column's"),
    };
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    rows.map(|row| row.get_column_iter().map(|(name, field)| (name.clone(), text(field))).collect()).collect()
}
