//! One cap, many hands: engines, consoles and the command line, each a process or a desk of its own on the same data,
//! all at once. However they get in each other's way, a cap of ten lets ten through: never one more at any moment,
//! and all ten in the end.
//!
//! On SQLite one engine, one console and the command line; on PostgreSQL (`LEADGATE_TEST_POSTGRES`) two engines and two
//! consoles besides. The engines and the commands are the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests, in functions of their own

#[path = "support/roofer.rs"]
mod roofer;

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use leadgate::clock::{Clock as _, SharedClock, SystemClock};
use leadgate::config::checked::StoreAt;
use leadgate::config::{Config, load_text};
use leadgate::desk::{Act, Desk as _, StoreDesk};
use leadgate::store::{ProcKind, Store};
use roofer::ROOFER;
use serde_json::json;
use tokio::process::{Child, Command};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// People who wait for ten places.
const LEADS: usize = 40;
/// What the cap lets through.
const MAX: u32 = 10;
/// How long everybody gets in each other's way.
const HAMMER: Duration = Duration::from_secs(6);
/// Longer than anything may take.
const DEADLINE: Duration = Duration::from_mins(1);
const POSTGRES: &str = "LEADGATE_TEST_POSTGRES";

fn config(http: &str, store: &str) -> String {
    format!(
        r#"{ROOFER}hours = "24/7"
[team.crew]
services = ["roof"]
[person.anna]
team = "crew"
email = "anna@dach.example"
[person.ben]
team = "crew"
email = "ben@dach.example"
[person.carl]
team = "crew"
email = "carl@dach.example"
# Closed until everybody is in place; it has no window that could end meanwhile.
[cap.ten]
team = "crew"
max = 0
per = "total"
[source.web]
preset = "json"
url = "{http}/leads"
channel = "network"
goal = "ten a month"
services = ["roof"]
[destination.desk]
preset = "request-tracker"
url = "{http}"
token = {{ command = "echo token" }}
login = "leadgate"
[route.default]
to = ["desk"]
answer_within = "8h"
{store}
"#
    )
}

/// The form's API and the ticket desk.
async fn far_side() -> MockServer {
    let server = MockServer::start().await;
    let lead = |n: usize| {
        json!({ "id": format!("r{n:06}"), "created_at": SystemClock.now().to_string(), "name": format!("Person {n}"),
            "email": format!("person{n}@example.com"), "service": "a new roof", "country": "DE", "postal_code": "10405" })
    };
    let leads: Vec<_> = (1..=LEADS).map(lead).collect();
    let page = ResponseTemplate::new(200).set_body_json(json!({ "data": leads, "next": null }));
    Mock::given(path("/leads")).respond_with(page).mount(&server).await;
    let count = std::sync::atomic::AtomicUsize::new(0);
    let create = move |_: &Request| {
        let id = count.fetch_add(1, Ordering::SeqCst) + 1;
        ResponseTemplate::new(201).set_body_json(json!({ "id": id.to_string() }))
    };
    Mock::given(method("POST")).and(path("/REST/2.0/ticket")).respond_with(create).mount(&server).await;
    let none = ResponseTemplate::new(200).set_body_json(json!({ "items": [] }));
    Mock::given(path("/REST/2.0/tickets")).respond_with(none).mount(&server).await;
    server
}

/// A process of the binary on the data of `dir`.
fn leadgate(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadgate"));
    command.arg("--config").arg(dir.join("leadgate.toml")).arg("--data-dir").arg(dir).args(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

fn engine(dir: &Path) -> Child {
    leadgate(dir, &["engine"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A console's desk: a store and a process row of its own.
async fn console(config: &Arc<Config>, who: &str) -> (Store, StoreDesk) {
    let clock: SharedClock = Arc::new(SystemClock);
    let store = roofer::open(&config.store, ProcKind::Console, who, Arc::clone(&clock)).await;
    let desk = roofer::desk(&store, config, clock, who).await;
    (store, desk)
}

fn set(max: u32) -> Act {
    Act::SetCap { cap: "ten".into(), max, until: None, reason: "hammering".into() }
}

fn leave(person: &str) -> Act {
    Act::Leave { person: person.into(), until: None, reason: "hammering".into() }
}

/// What of the cap is used, and what is reserved: on its way.
async fn taken(desk: &StoreDesk) -> (u32, u32) {
    let capacity = desk.capacity().await.unwrap();
    let line = capacity.teams.iter().flat_map(|team| &team.caps).find(|line| line.id == "ten").unwrap();
    (line.used, line.reserved)
}

/// One console that changes the cap, sends people home and back, and gives their leads away.
async fn hammer(desk: Arc<StoreDesk>, on: Arc<AtomicBool>, seed: u64) -> u32 {
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut acts = 0;
    while on.load(Ordering::SeqCst) {
        let person = ["anna", "ben", "carl"][dice.usize(0..3)];
        let act = match dice.u32(0..6) {
            0 => set(dice.u32(3..=MAX)),
            1 => set(MAX),
            2 => leave(person),
            3 => Act::HandOver(person.into()),
            4 => Act::Undo,
            _ => Act::Back(person.into()),
        };
        // A refusal is an answer, too; a broken store is none.
        if let Err(leadgate::desk::Refused::Store(why)) = desk.perform(act).await {
            panic!("{why}");
        }
        acts += 1;
        let (used, reserved) = taken(&desk).await;
        let used = used + reserved;
        assert!(used <= MAX, "{used} of {MAX}");
    }
    acts
}

/// The command line, again and again.
async fn commands(dir: std::path::PathBuf, on: Arc<AtomicBool>) -> u32 {
    let mut calls = 0;
    for round in 0_usize.. {
        if !on.load(Ordering::SeqCst) {
            break;
        }
        let person = ["anna", "ben", "carl"][round % 3];
        let args: &[&str] = match round % 4 {
            0 => &["person", "leave", person, "--reason", "hammering"],
            1 => &["person", "hand-over", person],
            2 => &["person", "back", person],
            _ => &["capacity"],
        };
        let output = leadgate(&dir, args).output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let code = output.status.code();
        assert!(code == Some(0) || code == Some(1) && !said.contains("database"), "{args:?}: {code:?} {said}");
        calls += 1;
    }
    calls
}

/// No handoff was made a ticket twice, and no ticket was made of anything else.
async fn each_ticket_once(far: &MockServer, store: &Store) {
    let tokens: Vec<String> =
        store.handoffs_latest(i64::MAX, 10_000).await.unwrap().iter().map(|row| row.token.clone()).collect();
    let requests = far.received_requests().await.unwrap();
    let bodies: Vec<String> = requests
        .iter()
        .filter(|request| request.method.as_str() == "POST")
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .collect();
    let made = |token: &&String| bodies.iter().filter(|body| body.contains(token.as_str())).count();
    let twice: Vec<&String> = tokens.iter().filter(|token| made(token) > 1).collect();
    assert!(twice.is_empty(), "handed off twice: {twice:?}");
    let of_handoffs: usize = tokens.iter().map(|token| made(&token)).sum();
    assert_eq!((of_handoffs, bodies.len() >= MAX as usize), (bodies.len(), true));
}

/// Everybody at once, then what must be true.
async fn play(dir: &Path, text: &str, engines: &[&Path], consoles: &[&str], far: &MockServer) {
    for home in engines.iter().chain([&dir]) {
        std::fs::write(home.join("leadgate.toml"), text).unwrap();
    }
    let config = Arc::new(load_text("leadgate.toml", text, dir).unwrap_or_else(|e| panic!("{}", e.plain())).config);
    let mut desks = Vec::new();
    for who in consoles {
        desks.push(console(&config, who).await);
    }
    let mut running: Vec<Child> = engines.iter().map(|home| engine(home)).collect();
    let begun = Instant::now();
    while desks[0].0.stage_counts().await.unwrap().get(&2).copied() != Some(LEADS as u64) {
        assert!(begun.elapsed() < DEADLINE, "the leads never came: {:?}", desks[0].0.stage_counts().await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    desks[0].1.perform(set(MAX)).await.unwrap();

    let on = Arc::new(AtomicBool::new(true));
    let (stores, desks): (Vec<Store>, Vec<Arc<StoreDesk>>) =
        desks.into_iter().map(|(store, desk)| (store, Arc::new(desk))).unzip();
    let hands: Vec<_> = desks
        .iter()
        .zip(1..)
        .map(|(desk, seed)| tokio::spawn(hammer(Arc::clone(desk), Arc::clone(&on), seed)))
        .collect();
    let calls = tokio::spawn(commands(dir.to_owned(), Arc::clone(&on)));
    tokio::time::sleep(HAMMER).await;
    on.store(false, Ordering::SeqCst);
    let mut acts = 0;
    for hand in hands {
        acts += hand.await.unwrap();
    }
    let calls = calls.await.unwrap();
    assert!(acts > 10 && calls > 2, "{acts} acts, {calls} commands: nobody hammered");

    // Everybody is there again and the cap is ten: ten, and no more, however long one waits.
    for person in ["anna", "ben", "carl"] {
        let back = desks[0].perform(Act::Back(person.into())).await;
        assert!(back.is_ok() || back.unwrap_err().to_string().contains("their hours count already"));
    }
    desks[0].perform(set(MAX)).await.unwrap();
    let begun = Instant::now();
    let out = || async { stores[0].stage_counts().await.unwrap().get(&3).copied().unwrap_or(0) };
    while taken(&desks[0]).await != (MAX, 0) || out().await != u64::from(MAX) {
        assert!(begun.elapsed() < DEADLINE, "{:?} used and reserved, {} out", taken(&desks[0]).await, out().await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for engine in &mut running {
        engine.kill().await.unwrap();
    }
    assert_eq!((taken(&desks[0]).await, out().await), ((MAX, 0), u64::from(MAX)));
    let broken = stores[0].invariants().await.unwrap();
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(stores[0].verify_journal().await.unwrap().is_ok());
    each_ticket_once(far, &stores[0]).await;
    for store in stores {
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn console_engine_and_commands_on_one_file_let_exactly_ten_through() {
    let (dir, far) = (tempfile::tempdir().unwrap(), far_side().await);
    play(dir.path(), &config(&far.uri(), ""), &[dir.path()], &["anna"], &far).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_engines_and_two_consoles_on_one_server_let_exactly_ten_through() {
    let Ok(url) = std::env::var(POSTGRES) else {
        eprintln!("skipped: {POSTGRES} names no PostgreSQL");
        return;
    };
    let at = roofer::fresh_database(&url).await;
    let StoreAt::Postgres { url: own, .. } = &at else { panic!("{POSTGRES} makes a database on a server") };
    let store = format!("[store]\nurl = \"{own}\"");
    let (dir, one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let far = far_side().await;
    play(dir.path(), &config(&far.uri(), &store), &[one.path(), two.path()], &["anna", "ben"], &far).await;
    roofer::drop_database(&url, &at).await;
}
