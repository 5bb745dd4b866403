//! The figures over a million leads of a year: what the Report screen shows first, the whole page, and the memory
//! both take. By hand, because the data takes a while to make: `cargo test --release --test figures_million --
//! --ignored --nocapture`. `LEADGATE_MILLION_LEADS` makes it another number, `LEADGATE_MILLION` names a folder that
//! keeps the file and a configuration for it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::expect_used, clippy::print_stderr)] // by hand: what it prints is what it is for

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use leadgate as lg;
use leadgate::config::{Config, load_text};
use leadgate::desk::{Desk as _, FiguresAsk, Pulse, Seat, StoreDesk};
use leadgate::report::html;
use leadgate::report::model::{Dimension, View};
use leadgate::store::Store;
use support::bench::Bench;
use support::scene::{destination, take};

/// Leads of the year before now.
const LEADS: u64 = 1_000_000;
const SOURCES: usize = 12;
const FIRST_MOST: Duration = Duration::from_millis(500);
const PAGE_MOST: Duration = Duration::from_secs(5);

fn business() -> String {
    use std::fmt::Write as _;
    let mut text = "[business]\nname = \"Dach\"\nzone = \"Europe/Berlin\"\ncountry = \"DE\"\nhours = \"Mo-Fr 08:00-18:00\"\n\
        [service.roof]\nwords = [\"roof\"]\nmargin = \"20 %\"\n[service.solar]\nwords = [\"solar\"]\nmargin = \"900 EUR\"\n\
        [destination.desk]\nsmtp = \"smtp+plain://127.0.0.1:1\"\nfrom = \"leads@dach.example\"\n\
        [route.default]\nto = [\"desk\"]\nanswer_within = \"8h\"\n"
        .to_owned();
    for team in 0..4 {
        writeln!(text, "[team.t{team}]\nservices = [\"roof\", \"solar\"]").unwrap();
        for person in 0..5 {
            writeln!(text, "[person.p{team}{person}]\nteam = \"t{team}\"\nemail = \"p{team}{person}@dach.example\"")
                .unwrap();
        }
    }
    for source in 0..SOURCES {
        writeln!(
            text,
            "[source.s{source}]\npreset = \"json\"\nurl = \"http://127.0.0.1:1/\"\nchannel = \"campaign\"\ngoal = \"x\"\n\
             services = [\"roof\", \"solar\"]"
        )
        .unwrap();
    }
    text.replace("[service.roof]", "[service.roof]\ncriteria = { anywhere = true, anybody = true }")
        .replace("[service.solar]", "[service.solar]\ncriteria = { anywhere = true, anybody = true }")
}

/// Everybody of the year, past the store: a tenth touched twice, two thirds handed off, of these half closed.
async fn fill(bench: &Bench, store: &Store, leads: u64) {
    let now = store.clock().now().as_microsecond();
    let year = 365_i64 * 86_400_000_000;
    let step = year / leads as i64;
    let numbers = format!(
        "with recursive one(n) as (select 1 union all select n + 1 from one where n < {leads}) select n from one"
    );
    let begun = now - year;
    let first = "(select min(id) from endpoint where kind = 'source')";
    let source = format!("(n % {SOURCES}) + {first}");
    let facts = "'{\"facts\":{\"region\":{\"country\":\"DE\",\"postal_code\":\"' || (10 + n % 60) || '405\"}},\"marks\":[[\"need\",\"met\",null],[\"timing\",\"' || case n % 5 when 0 then 'unmet' when 1 then 'unknown' else 'met' end || '\",null],[\"region\",\"met\",null],[\"budget\",\"unknown\",null]],\"decided\":{}}'";
    let sqls = [
        format!(
            "insert into lead (id, received_at, submitted_at, stage, source_id, service, verdict, score, config_id, \
             decided_at, priority, facts, end_code, closed_at) select n, {begun} + n * {step}, {begun} + n * {step} - 60000000, \
             case when n % 3 = 0 then 5 when n % 2 = 0 then 4 else 3 end, {source}, case n % 2 when 0 then 'roof' else 'solar' end, \
             case when n % 3 = 0 then 3 else 1 end, 50, 1, {begun} + n * {step}, 0, {facts}, \
             case when n % 3 = 0 or n % 2 = 1 then null when n % 20 = 0 then 'R-FAKE' when n % 8 = 0 then 'O-WON' else 'O-PRICE' end, \
             case when n % 3 = 0 or n % 2 = 1 then null else min({now}, {begun} + n * {step} + (n % 40) * 3600000000) end from ({numbers})"
        ),
        format!(
            "insert into inquiry (id, source_id, skey, digest, received_at, submitted_at, lead_id, code, consent, campaign, proc_id, event) \
             select n, {source}, n, n, {begun} + n * {step}, {begun} + n * {step} - 60000000, n, 'I-OK', 0, 'c' || (n % 40), 1, 1 from ({numbers})"
        ),
        format!(
            "insert into inquiry (id, source_id, skey, digest, received_at, submitted_at, lead_id, code, consent, campaign, proc_id, event) \
             select {leads} + n, ((n + 1) % {SOURCES}) + {first}, {leads} + n, n, {begun} + n * {step} + 1000000, {begun} + n * {step} + 1000000, n, 'I-DUP-OPEN', 0, \
             'c' || (n % 7), 1, 1 from ({numbers}) where n % 10 = 0"
        ),
        format!(
            "insert into handoff (id, lead_id, destination_id, route, hop, round, token, person, team, state, due_at, deadline_at, \
             decided_at, accepted_at, answer_by, first_at, config_id, closed_at) select n, n, \
             (select min(id) from endpoint where kind = 'destination'), 'default', 0, 1, 't' || n, 'p' || (n % 4) || (n % 5), 't' || (n % 4), \
             case when n % 2 = 0 then 5 else 4 end, {begun} + n * {step}, {begun} + n * {step}, {begun} + n * {step}, \
             {begun} + n * {step} + 5000000, {begun} + n * {step} + 28800000000, \
             case when n % 7 = 0 then null else min({now}, {begun} + n * {step} + (n % 500) * 60000000) end, 1, null from ({numbers}) where n % 3 <> 0"
        ),
        format!(
            "insert into mark (id, handoff_id, lead_id, kind, at, seen_at, quality, origin, amount) select n, n, n, 'won', {begun} + n * {step}, \
             {begun} + n * {step}, 1, 'test', 1000000 + n % 1000 from ({numbers}) where n % 3 <> 0 and n % 8 = 0 and n % 20 <> 0"
        ),
        format!(
            "insert into cost (id, source_id, campaign, day, amount, currency, impressions, clicks, as_of, who) \
             select n, {source}, 'c' || (n % 40), date({begun} / 1000000 + (n / 40) * 86400, 'unixepoch'), 5000 + n % 999, 'EUR', 9000, 300, {begun}, \
             'platform' from ({numbers}) where n <= 14600"
        ),
    ];
    for sql in sqls {
        bench.sql(&sql).await;
    }
}

async fn desk(store: &Store, config: &Arc<Config>, bench: &Bench) -> StoreDesk {
    let seat = Seat {
        who: "anna".into(),
        title: "anna".into(),
        person: None,
        zone: config.business.zone.clone(),
        business: config.business.name.clone(),
        people: Vec::new(),
        services: Vec::new(),
        demo: false,
    };
    let pulse = tokio::sync::watch::Sender::new(Pulse::default()).subscribe();
    StoreDesk::new(store.clone(), Arc::clone(config), bench.clock.clone(), seat, pulse).await.unwrap()
}

/// Megabytes of this process: now, or the most there were.
fn megabytes(which: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(which)).unwrap_or_default().to_owned();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

async fn timed<T>(what: &str, work: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    let found = work.await;
    let took = begun.elapsed();
    println!("{what}: {took:?}, {} MB now, {} MB at most", megabytes("VmRSS:"), megabytes("VmHWM:"));
    (found, took)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "figures, by hand"]
async fn a_year_of_a_million_leads() {
    let leads = std::env::var("LEADGATE_MILLION_LEADS").ok().and_then(|text| text.parse().ok()).unwrap_or(LEADS);
    let bench = Bench::sqlite();
    let loaded = load_text("leadgate.toml", &business(), Path::new("/")).unwrap_or_else(|e| panic!("{}", e.plain()));
    let config = Arc::new(loaded.config);
    let store = bench.open().await;
    store.activate(&config).await.unwrap();
    let taken = take(&store, "s0").await;
    store.end_walk(&taken, store.clock().now(), None).await.unwrap();
    destination(&store, "desk").await;
    timed("made", fill(&bench, &store, leads)).await;
    bench.sql("analyze").await;
    let desk = desk(&store, &config, &bench).await;
    let today = store.clock().now().to_zoned(config.business.zone.clone()).date();
    let day = |ago: i64| today.checked_sub(jiff::Span::new().days(ago)).unwrap();
    let ask = |days: i64, by: &[Dimension], working| FiguresAsk {
        since: Some(day(days - 1)),
        until: Some(today),
        view: View::Cohort,
        by: by.to_vec(),
        as_of: None,
        working,
    };
    let month = || desk.report(ask(28, &[Dimension::Source], false));
    let (bare, _) = timed("28 days by source, nothing kept", month()).await;
    let begun = Instant::now();
    while store.keep_journeys().await.unwrap().1 {}
    println!("every chunk made in {:?}", begun.elapsed());
    println!("kept: {} MB", bench.int("select sum(length(body)) from journeys").await / 1_048_576);

    let (first, took) = timed("28 days by source, first figures", month()).await;
    assert_eq!(first.unwrap().total, bare.unwrap().total, "kept or not, the figures are the same");
    let (again, _) = timed("the same again", month()).await;
    println!("n = {}", again.unwrap().total.counts.inquiries);
    timed("7 days by source", desk.report(ask(7, &[Dimension::Source], false))).await.0.unwrap();
    timed("91 days by source", desk.report(ask(91, &[Dimension::Source], false))).await.0.unwrap();
    timed("365 days by source", desk.report(ask(365, &[Dimension::Source], false))).await.0.unwrap();
    let calendar = FiguresAsk { view: View::Calendar, ..ask(28, &[Dimension::Source], false) };
    timed("28 days by source, calendar", desk.report(calendar)).await.0.unwrap();
    timed("the leads behind won, 28 days", desk.behind(ask(28, &[], false), "won@source=s4".into())).await.0.unwrap();
    let whole = ask(366, &Dimension::ALL, true);
    let page = async {
        let report = desk.full_report(&whole).await.unwrap();
        (html::page(&report).unwrap(), report)
    };
    let ((page, report), page_took) = timed("the page of the year, every split, working time", page).await;
    println!("{} KB of page, n = {}", page.len() / 1_024, report.total.counts.inquiries);
    assert_eq!(report.total.counts.inquiries, leads);
    store.close().await.unwrap();
    if let (Some(keep), Some(file)) = (std::env::var_os("LEADGATE_MILLION").map(PathBuf::from), bench.file()) {
        std::fs::copy(file, keep.join("leadgate.db")).unwrap();
        std::fs::write(keep.join("leadgate.toml"), business()).unwrap();
    }
    assert!(took < FIRST_MOST, "first figures took {took:?}");
    assert!(page_took < PAGE_MOST, "the page took {page_took:?}");
}
