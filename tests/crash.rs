//! `kill -9` at every moment of a pass: the real binary against servers in this process that count what
//! arrives by key. Some rounds are killed at a chosen point of a conversation, some after a chosen time.
//! `LEADGATE_CRASH_ROUNDS=500` plays more of them. Afterwards nothing is lost, nothing is there twice, and whatever may be in doubt is shown.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests, in functions of their own

#[path = "support/roofer.rs"]
mod roofer;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use leadgate::clock::{Clock as _, SharedClock, StubClock, SystemClock};
use leadgate::engine::Engine;
use leadgate::engine::wiring::Place;
use leadgate::lead::HandoffState;
use leadgate::store::ProcKind;
use roofer::ROOFER;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// Rounds that are killed.
const ROUNDS: usize = 30;
/// New leads before each round: half of them go by ticket, half by mail.
const LEADS_A_ROUND: usize = 4;
/// Rounds killed after a time are killed within this many milliseconds, about as long as a pass takes.
const TIMED: u64 = 160;
/// A pass that takes longer has hung.
const DEADLINE: Duration = Duration::from_secs(30);

/// Where a round is killed.
const POINTS: &[&str] = &[
    "feed asked",
    "ticket before it is made",
    "ticket made, not answered",
    "ticket looked for",
    "mail greeted",
    "mail begun",
    "mail wholly sent",
    "mail taken, answered",
];

/// The far sides, and where the running pass is to be killed.
struct World {
    leads: Mutex<Vec<Value>>,
    /// Key of every ticket made, in order.
    tickets: Mutex<Vec<String>>,
    /// Message-ID of every mail whose end arrived, in order.
    mails: Mutex<Vec<String>>,
    /// The point, and how often it is passed before.
    trap: Mutex<Option<(&'static str, usize)>>,
    kill: mpsc::UnboundedSender<()>,
}

impl World {
    /// At the trap the pass is killed and never gets its answer.
    async fn pass(&self, point: &'static str) {
        let sprung = {
            let mut trap = self.trap.lock().unwrap();
            match &mut *trap {
                Some((at, 0)) if *at == point => trap.take().is_some(),
                Some((at, before)) if *at == point => {
                    *before -= 1;
                    false
                }
                _ => false,
            }
        };
        if sprung {
            self.kill.send(()).unwrap();
            std::future::pending::<()>().await;
        }
    }
}

async fn feed(State(world): State<Arc<World>>) -> Json<Value> {
    world.pass("feed asked").await;
    Json(json!({ "data": *world.leads.lock().unwrap(), "next": null }))
}

async fn create(State(world): State<Arc<World>>, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    world.pass("ticket before it is made").await;
    let id = {
        let mut tickets = world.tickets.lock().unwrap();
        tickets.push(body["CustomFields"]["LeadGate ID"].as_str().unwrap().to_owned());
        tickets.len()
    };
    world.pass("ticket made, not answered").await;
    (StatusCode::CREATED, Json(json!({ "id": id.to_string() })))
}

async fn find(State(world): State<Arc<World>>, Query(asked): Query<BTreeMap<String, String>>) -> Json<Value> {
    world.pass("ticket looked for").await;
    let tickets = world.tickets.lock().unwrap();
    let named = tickets.iter().enumerate().filter(|(_, key)| asked["query"].contains(&format!("'{key}'")));
    let items: Vec<Value> = named
        .map(|(at, key)| {
            json!({ "id": (at + 1).to_string(), "Status": "new",
                "CustomFields": [{ "name": "LeadGate ID", "values": [key] }] })
        })
        .collect();
    Json(json!({ "items": items }))
}

async fn mail(world: Arc<World>, stream: TcpStream) -> Option<()> {
    // It answers each by itself.
    stream.set_nodelay(true).ok()?;
    let mut stream = BufReader::new(stream);
    world.pass("mail greeted").await;
    stream.write_all(b"220 sink.test ESMTP\r\n").await.ok()?;
    loop {
        let line = line(&mut stream).await?;
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => stream.write_all(b"250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n").await.ok()?,
            "MAIL" => {
                world.pass("mail begun").await;
                stream.write_all(b"250 ok\r\n").await.ok()?;
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.ok()?;
                let mut id = None;
                loop {
                    let line = self::line(&mut stream).await?;
                    if line == "." {
                        break;
                    }
                    id = id.or_else(|| line.strip_prefix("Message-ID: ").map(str::to_owned));
                }
                world.mails.lock().unwrap().push(id.unwrap());
                world.pass("mail wholly sent").await;
                stream.write_all(b"250 queued\r\n").await.ok()?;
                world.pass("mail taken, answered").await;
            }
            "QUIT" => return None,
            _ => stream.write_all(b"250 ok\r\n").await.ok()?,
        }
    }
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    (stream.read_line(&mut line).await.ok()? > 0).then(|| line.trim_end().to_owned())
}

fn config(http: &str, port: u16) -> String {
    format!(
        r#"{ROOFER}hours = "24/7"

[team.berlin]
services = ["roof"]
region.postal_codes = ["10000-14199"]
route = "tickets"
[team.west]
services = ["roof"]
region.postal_codes = ["50000-53999"]

[person.anna]
team = "berlin"
email = "anna@dach.example"
[person.jonas]
team = "west"
email = "jonas@dach.example"

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
[destination.mail]
smtp = "smtp+plain://127.0.0.1:{port}"
from = "leads@dach.example"

[route.default]
to = ["mail"]
answer_within = "8h"
[route.tickets]
to = ["desk"]
answer_within = "8h"
"#
    )
}

fn lead(n: usize) -> Value {
    json!({ "id": format!("r{n:06}"), "created_at": SystemClock.now().to_string(), "name": format!("Person {n}"),
        "email": format!("person{n}@example.com"), "service": "a new roof", "country": "DE",
        "postal_code": if n.is_multiple_of(2) { "10405" } else { "50667" } })
}

fn pass(dir: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadgate"));
    command.arg("--data-dir").arg(dir).args(["--json", "engine", "--once"]).kill_on_drop(true);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_nothing_is_lost_and_nothing_is_there_twice() {
    let (kill, mut killed) = mpsc::unbounded_channel();
    let world = Arc::new(World {
        leads: Mutex::default(),
        tickets: Mutex::default(),
        mails: Mutex::default(),
        trap: Mutex::default(),
        kill,
    });
    let routes = Router::new()
        .route("/leads", get(feed))
        .route("/REST/2.0/ticket", post(create))
        .route("/REST/2.0/tickets", get(find))
        .with_state(Arc::clone(&world));
    let http = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let smtp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let text = config(&format!("http://{}", http.local_addr().unwrap()), smtp.local_addr().unwrap().port());
    tokio::spawn(async move { axum::serve(http, routes).await.unwrap() });
    let sink = Arc::clone(&world);
    tokio::spawn(async move {
        while let Ok((stream, _)) = smtp.accept().await {
            tokio::spawn(mail(Arc::clone(&sink), stream));
        }
    });
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("leadgate.toml"), &text).unwrap();

    let rounds = std::env::var("LEADGATE_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let mut kills = 0;
    let mut dice = fastrand::Rng::with_seed(rounds as u64);
    for round in 0..rounds {
        let from = round * LEADS_A_ROUND;
        world.leads.lock().unwrap().extend((from..from + LEADS_A_ROUND).map(lead));
        // Two rounds in three at a point of a conversation, the third after a time.
        let point = (round % 3 < 2).then(|| POINTS[dice.usize(0..POINTS.len())]);
        *world.trap.lock().unwrap() = point.map(|point| (point, dice.usize(0..2)));
        let patience = if point.is_some() { DEADLINE } else { Duration::from_millis(dice.u64(2..TIMED)) };
        let mut child = pass(dir.path());
        tokio::select! {
            _ = killed.recv() => {
                child.kill().await.unwrap();
                kills += 1;
            }
            // One that ends by itself never came to its trap.
            ended = tokio::time::timeout(patience, child.wait()) => if ended.is_err() {
                assert!(point.is_none(), "round {round} ({point:?}) hung");
                child.kill().await.unwrap();
                kills += 1;
            }
        }
        *world.trap.lock().unwrap() = None;
    }

    assert!(kills >= rounds / 2, "only {kills} were killed");
    // What can be settled at once, the real binary settles.
    let done = tokio::time::timeout(DEADLINE, pass(dir.path()).wait_with_output()).await.unwrap().unwrap();
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(told["failed"], json!([]), "{told:#}");
    let doctor = Command::new(env!("CARGO_BIN_EXE_leadgate"))
        .arg("--data-dir")
        .arg(dir.path())
        .arg("doctor")
        .output()
        .await
        .unwrap();
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));

    // What must be looked for twice, half a minute apart, is settled on a clock that can be moved.
    let waits = settle(dir.path(), &text, rounds * LEADS_A_ROUND).await;
    let all = rounds * LEADS_A_ROUND;
    let (tickets, mails) = (world.tickets.lock().unwrap().clone(), world.mails.lock().unwrap().clone());
    for (what, keys) in [("ticket", &tickets), ("mail", &mails)] {
        let mut once = keys.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), keys.len(), "a {what} is there twice: {keys:?}");
    }
    assert_eq!(tickets.len(), all / 2, "tickets can be looked for: none is lost, none waits");
    assert!(
        mails.len() <= all / 2 && mails.len() + waits >= all / 2,
        "{} mails, {waits} wait for a person",
        mails.len()
    );
}

/// Passes on the same data until nothing is left but what waits for a person; how many do.
async fn settle(dir: &Path, text: &str, all: usize) -> usize {
    let clock = StubClock::at(SystemClock.now());
    let config = Arc::new(leadgate::config::load_text("leadgate.toml", text, dir).unwrap().config);
    let shared = || Arc::clone(&clock) as SharedClock;
    let store = roofer::open(&config.store, ProcKind::Engine, "tester", shared()).await;
    let place = Place { data_dir: dir, presets: None, lock: true };
    let engine = Engine::build(store.clone(), Arc::clone(&config), shared(), place).await.unwrap();
    let mut pass = engine.once().await.unwrap();
    for _ in 0..5 {
        clock.advance(SignedDuration::from_secs(61));
        pass = engine.once().await.unwrap();
    }
    assert!(pass.failed.is_empty() && pass.unfinished.is_empty() && pass.held == 0, "{pass:#?}");
    assert_eq!(store.stage_counts().await.unwrap().values().sum::<u64>(), all as u64);
    let waiting = store.handoffs_in(&[HandoffState::NeedsPerson], 100_000).await.unwrap();
    assert!(
        waiting.iter().all(|row| row.destination == "mail" && row.code.as_deref() == Some("D-UNKNOWN")),
        "{waiting:#?}"
    );
    assert_eq!(waiting.len(), pass.waits_for_person.len());
    let sent = store.handoffs_in(&[HandoffState::Accepted], 100_000).await.unwrap();
    assert_eq!(sent.len() + waiting.len(), all, "every lead is with somebody or asks for one");
    assert!(store.invariants().await.unwrap().is_empty());
    assert!(store.verify_journal().await.unwrap().is_ok());
    store.close().await.unwrap();
    waiting.len()
}
