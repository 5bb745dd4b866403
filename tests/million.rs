//! A million people wait: what a release decides in, and what the Capacity screen and the held list are read in. By
//! hand, because the data takes a while to make: `cargo test --test million -- --ignored --nocapture`. On PostgreSQL
//! besides where `LEADGATE_TEST_POSTGRES` names one. `LEADGATE_MILLION` names a folder that keeps the SQLite file and
//! a configuration for it, to look at it with the console.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::expect_used, clippy::print_stderr)] // by hand: what it prints is what it is for

#[path = "support/roofer.rs"]
mod roofer;
mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use leadgate as lg;
use leadgate::config::load_text;
use leadgate::desk::Desk as _;
use leadgate::desk::view::{Ask, List};
use leadgate::queue::Lane;
use leadgate::store::Store;
use support::bench::Bench;
use support::scene::{ask, destination, planner, rules, take};

/// People who wait.
const WAITING: usize = 1_000_000;
/// A release may take so long.
const RELEASE_MOST: Duration = Duration::from_millis(50);
const TEAMS: usize = 8;
const PEOPLE: usize = 5;
const SOURCES: usize = 5;
const SERVICES: [&str; 3] = ["roof", "solar", "heat"];

/// A business of forty people in eight territories, five sources and three services; every team, person and source
/// has its caps.
fn business() -> String {
    use std::fmt::Write as _;
    let mut text = "[business]\nname = \"Dach\"\nzone = \"Europe/Berlin\"\ncountry = \"DE\"\nhours = \"24/7\"\n\
        [destination.desk]\nsmtp = \"smtp+plain://127.0.0.1:1\"\nfrom = \"leads@dach.example\"\n\
        [route.default]\nto = [\"desk\"]\nanswer_within = \"8h\"\n[cap.everybody]\nmax = 900\nper = \"day\"\n"
        .to_owned();
    for service in SERVICES {
        writeln!(text, "[service.{service}]\nwords = [\"{service}\"]").unwrap();
    }
    for team in 0..TEAMS {
        writeln!(
            text,
            "[team.t{team}]\nservices = [\"roof\", \"solar\", \"heat\"]\nregion = {{ postal_codes = [\"{}0000-{0}9999\"] }}\n\
             [cap.t{team}]\nteam = \"t{team}\"\nmax = 100\nper = \"day\"",
            team + 1
        )
        .unwrap();
        for person in 0..PEOPLE {
            writeln!(
                text,
                "[person.p{team}{person}]\nteam = \"t{team}\"\nemail = \"p{team}{person}@dach.example\"\n\
                 open_at_most = 60\nnew_at_most = \"40 per day\""
            )
            .unwrap();
        }
    }
    for source in 0..SOURCES {
        writeln!(
            text,
            "[source.s{source}]\npreset = \"json\"\nurl = \"http://127.0.0.1:1/\"\nchannel = \"campaign\"\ngoal = \"x\"\n\
             services = [\"roof\", \"solar\", \"heat\"]\n[cap.s{source}]\nsource = \"s{source}\"\nmax = 400\nper = \"day\""
        )
        .unwrap();
    }
    text
}

/// The lanes of that business: by source, service and territory; every other one also of known customers.
fn lanes() -> Vec<Lane> {
    let mut found = Vec::new();
    for team in 0..TEAMS {
        for source in 0..SOURCES {
            for service in SERVICES {
                let lane = Lane {
                    service: Some(service.into()),
                    source: format!("s{source}"),
                    teams: vec![format!("t{team}")],
                    ..Lane::default()
                };
                let owner = format!("p{team}{}", source % PEOPLE);
                found.push(lane.clone());
                found.push(lane.kept_by(Some(&owner)));
            }
        }
    }
    found
}

/// Everybody who waits, past the store: through its door a million take an hour.
async fn fill(bench: &Bench, store: &Store) {
    let lanes = lanes();
    let now = store.clock().now().as_microsecond();
    let values: Vec<String> =
        lanes.iter().enumerate().map(|(id, lane)| format!("({}, '{}')", id + 1, lane.key())).collect();
    bench.sql(&format!("insert into lane (id, key) values {}", values.join(","))).await;
    let numbers = if bench.is_postgres() {
        format!("select n from generate_series(1, {WAITING}) as one(n)")
    } else {
        format!(
            "with recursive one(n) as (select 1 union all select n + 1 from one where n < {WAITING}) select n from one"
        )
    };
    let count = lanes.len();
    let columns = "id, received_at, submitted_at, stage, source_id, service, verdict, score, config_id, decided_at, \
                   lane, priority, facts";
    bench
        .sql(&format!(
            "insert into lead ({columns}) select n, {now}, {now}, 2, \
             (select min(id) from endpoint where kind = 'source'), 'roof', 1, 50, 1, {now}, 1 + n % {count}, n % 7, \
             '{{}}' from ({numbers}) as ns"
        ))
        .await;
    let contacts =
        format!("insert into contact (lead_id, name, fields) select n, 'Person ' || n, '{{}}' from ({numbers}) as ns");
    bench.sql(&contacts).await;
}

/// How long the middle and the longest of so many runs took.
struct Took(Vec<Duration>);

impl Took {
    fn tell(&mut self, what: &str) -> Duration {
        self.0.sort();
        let (median, most) = (self.0[self.0.len() / 2], self.0[self.0.len() - 1]);
        println!("{what}: median {median:?}, longest {most:?} of {}", self.0.len());
        median
    }
}

async fn play(bench: &Bench) {
    let loaded = load_text("leadgate.toml", &business(), Path::new("/")).unwrap_or_else(|e| panic!("{}", e.plain()));
    let config = Arc::new(loaded.config);
    let store = bench.open().await;
    store.activate(&config).await.unwrap();
    let taken = take(&store, "s0").await;
    store.end_walk(&taken, store.clock().now(), None).await.unwrap();
    destination(&store, "desk").await;
    let begun = Instant::now();
    fill(bench, &store).await;
    bench.sql("analyze").await;
    println!("{WAITING} wait in {} lanes, made in {:?}", lanes().len(), begun.elapsed());

    let rules = rules(&config);
    let (mut one, mut full, mut given) = (Took(Vec::new()), Took(Vec::new()), 0);
    for _ in 0..30 {
        let ask = ask(&store, &rules, 1).await;
        let begun = Instant::now();
        let plan = store.release(ask, planner(&rules)).await.unwrap();
        one.0.push(begun.elapsed());
        given += plan.give.len();
        bench.pass(1);
    }
    loop {
        let ask = ask(&store, &rules, 100).await;
        let round = store.release(ask, planner(&rules)).await.unwrap().give.len();
        given += round;
        if round < 100 {
            break;
        }
    }
    for _ in 0..30 {
        let ask = ask(&store, &rules, 100).await;
        let begun = Instant::now();
        assert!(store.release(ask, planner(&rules)).await.unwrap().give.is_empty());
        full.0.push(begun.elapsed());
    }
    assert_eq!(given, 800, "eight teams of a hundred");
    let decided = [one.tell("a release of one"), full.tell("a release of nobody, every cap full")];

    let desk = roofer::desk(&store, &config, bench.clock.clone(), "anna").await;
    let (mut capacity, mut held) = (Took(Vec::new()), Took(Vec::new()));
    for _ in 0..5 {
        let begun = Instant::now();
        assert_eq!(desk.capacity().await.unwrap().held, WAITING as u64 - 800);
        capacity.0.push(begun.elapsed());
        let begun = Instant::now();
        let ask = Ask { list: List::Held, limit: 50, ..Ask::default() };
        assert_eq!(desk.rows(ask).await.unwrap().rows.len(), 50);
        held.0.push(begun.elapsed());
    }
    capacity.tell("what the Capacity screen shows");
    held.tell("a page of the held list");
    store.close().await.unwrap();
    if let (Some(keep), Some(file)) = (std::env::var_os("LEADGATE_MILLION").map(PathBuf::from), bench.file()) {
        std::fs::copy(file, keep.join("leadgate.db")).unwrap();
        std::fs::write(keep.join("leadgate.toml"), business()).unwrap();
    }
    let most = decided.into_iter().max().unwrap();
    assert!(most < RELEASE_MOST, "a release took {most:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "figures, by hand"]
async fn a_million_wait_in_a_file() {
    play(&Bench::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "figures, by hand"]
async fn a_million_wait_on_a_server() {
    if let Some(bench) = Bench::postgres().await {
        play(&bench).await;
    }
}
