//! `kill -9` of the running engine, over and over, on a far side at its worst. Afterwards every lead is accounted for,
//! no key is there twice where that is promised, no cap is exceeded, and every slot has exactly one handoff.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use leadgate::clock::{Clock as _, SystemClock};
use leadgate::lead::HandoffState;
use leadgate::store::{ProcKind, Store, StoreOptions, StoredHandoff};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::target::{Fate, Target, preset};

/// Kills in the ordinary tests.
const KILLS: usize = 40;
/// Kills before the data is looked at and begun anew.
const KILLS_A_WORLD: usize = 50;
/// New leads before each start.
const LEADS_A_START: usize = 3;
/// What each team may have: less than there is, so that places given back are wanted.
const AT_MOST: usize = 24;
/// How long a desk may work on after it hung up.
const GRACE: Duration = Duration::from_millis(300);
/// How long its search may stay behind.
const LAG: Duration = Duration::from_millis(300);
/// The same where nobody told leadgate: longer than any start here, however busy the machine is.
const CARELESS_LAG: Duration = Duration::from_mins(10);
/// A death after a time comes within this, about as long as a start with work takes.
const TIMED: u64 = 700;
/// A death after a commit comes after at most so many of them.
const COMMITS: u64 = 60;
/// A start whose moment never comes is killed after this.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// Coming to rest takes no longer.
const REST: Duration = Duration::from_mins(2);

/// The desks: strong (searched at once), late (its search stays behind), careless (the same, and nobody told leadgate),
/// hold (cannot be searched, a person decides), again (cannot be searched, sent again).
const DESKS: [&str; 5] = ["strong", "late", "careless", "hold", "again"];

fn config(url: &str) -> String {
    let mut text = String::from(
        r#"
[business]
name = "Dach & Co"
zone = "Europe/Berlin"
country = "DE"
hours = "24/7"

[service.roof]
words = ["roof"]
[service.roof.criteria]
timing.unknown = "pass"
region.unknown = "pass"
anywhere = true
anybody = true

[source.web]
preset = "json"
"#,
    );
    text += &format!(
        "url = \"{url}/leads\"\nchannel = \"network\"\ngoal = \"ten a month\"\nservices = [\"roof\"]\nevery = \"1s\"\n"
    );
    for (n, desk) in (1..).zip(DESKS) {
        let grace = if desk == "careless" { 10 } else { GRACE.as_millis() };
        let on_unknown = if desk == "again" { "resend" } else { "hold" };
        text += &format!(
            "\n[team.{desk}]\nservices = [\"roof\"]\nregion.postal_codes = [\"{n}0000-{n}9999\"]\nroute = \"{desk}\"\n\
             at_most = \"{AT_MOST} per month\"\n[person.p{n}]\nteam = \"{desk}\"\nemail = \"p{n}@dach.example\"\n\
             [destination.{desk}]\npreset = \"{desk}\"\nurl = \"{url}/{desk}\"\ngrace = \"{grace}ms\"\n\
             [route.{desk}]\nto = [\"{desk}\"]\nanswer_within = \"8h\"\non_unknown = \"{on_unknown}\"\n"
        );
    }
    text + "\n[route.default]\nto = [\"strong\"]\nanswer_within = \"8h\"\n"
}

fn lay_out(dir: &Path, url: &str) -> String {
    let folder = dir.join("presets/destinations");
    std::fs::create_dir_all(&folder).unwrap();
    for desk in DESKS {
        let lag = match desk {
            "strong" | "careless" => Some("0s".to_owned()),
            "late" => Some(format!("{}ms", LAG.as_millis())),
            _ => None,
        };
        std::fs::write(folder.join(format!("{desk}.toml")), preset(desk, lag.as_deref())).unwrap();
    }
    let text = config(url);
    std::fs::write(dir.join("leadgate.toml"), &text).unwrap();
    text
}

/// One in nine is refused, always.
fn is_refused(email: &str) -> bool {
    email.trim_start_matches("person").split('@').next().and_then(|n| n.parse::<u64>().ok()).is_some_and(|n| n % 9 == 8)
}

fn lead(n: usize) -> Value {
    json!({ "id": format!("r{n:06}"), "created_at": SystemClock.now().to_string(), "name": format!("Person {n}"),
        "email": format!("person{n}@example.com"), "service": "a new roof", "country": "DE",
        "postal_code": format!("{}0405", n % DESKS.len() + 1) })
}

fn fate(desk: &str, email: &str) -> Fate {
    if is_refused(email) {
        return Fate::says("422 Unprocessable", "", "{\"error\": \"we do not take this one\"}");
    }
    match fastrand::u32(0..100) {
        // Where it is performed late, the grace is kept to; a careless desk is one that nobody knows the lag of.
        0..12 => Fate::late(GRACE.mul_f64(0.8 * fastrand::f64())),
        12..32 => Fate::REPLY_LOST,
        32..44 => Fate::HUNG_UP,
        44..49 => Fate::made_but_says("500 Oops", "", "<html>"),
        49..52 => Fate::made_but_says("201 Created", "", "{}"),
        52..54 if desk != "hold" => Fate::says("409 Conflict", "", "{\"error\": \"busy\"}"),
        _ => Fate::WELL,
    }
}

fn engine(dir: &Path) -> Child {
    let binary = std::env::var_os("LEADGATE").unwrap_or_else(|| env!("CARGO_BIN_EXE_leadgate").into());
    let mut command = Command::new(binary);
    command.arg("--data-dir").arg(dir).arg("engine").kill_on_drop(true);
    let log = std::fs::File::create(dir.join("engine.log")).unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

/// SQLite's own count of commits, in the index beside the log.
fn commits(dir: &Path) -> Option<u32> {
    let mut bytes = [0; 12];
    std::fs::File::open(dir.join("leadgate.db-shm")).ok()?.read_exact(&mut bytes).ok()?;
    Some(u32::from_ne_bytes(bytes[8..12].try_into().ok()?))
}

/// Returns after so many commits were seen.
async fn after_commits(dir: &Path, mut left: u64) {
    let mut last = commits(dir);
    while left > 0 {
        tokio::time::sleep(Duration::from_micros(200)).await;
        let now = commits(dir);
        if now != last {
            last = now;
            left -= 1;
        }
    }
}

#[derive(Default)]
struct Told {
    kills: usize,
    after_commit: usize,
    after_time: usize,
    in_talk: usize,
    leads: usize,
    sent: usize,
    doubts: usize,
    refused: usize,
    held: usize,
    copies: BTreeMap<String, usize>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_each_handoff_is_there_as_often_as_is_promised() {
    let wanted = std::env::var("LEADGATE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let (mut told, began) = (Told::default(), Instant::now());
    while told.kills < wanted {
        world((wanted - told.kills).min(KILLS_A_WORLD), &mut told).await;
        eprintln!(
            "{} kills ({} after a commit, {} after a time, {} in a conversation) in {} s: {} leads, {} sent, {} in \
             doubt with a person, {} refused, {} held; twice: {:?}",
            told.kills,
            told.after_commit,
            told.after_time,
            told.in_talk,
            began.elapsed().as_secs(),
            told.leads,
            told.sent,
            told.doubts,
            told.refused,
            told.held,
            told.copies
        );
    }
    let twice = |desk: &str| told.copies.get(desk).copied().unwrap_or_default();
    assert_eq!([twice("strong"), twice("late"), twice("hold")], [0, 0, 0], "there twice");
    assert!(twice("careless") > 0, "with its lag set to zero a late index must give doubles, else nothing is tested");
}

async fn world(kills: usize, told: &mut Told) {
    let target = Target::start().await;
    let dir = tempfile::tempdir().unwrap();
    let text = lay_out(dir.path(), &target.url);
    target.lag("late", LAG);
    target.lag("careless", CARELESS_LAG);
    target.decide(fate);
    let (points, mut passed) = mpsc::unbounded_channel();
    target.watch(move |point| points.send(point.to_owned()).unwrap_or_default());

    for n in 0..kills {
        let from = target.leads();
        target.add((from..from + LEADS_A_START).map(lead));
        while passed.try_recv().is_ok() {}
        let mut child = engine(dir.path());
        let moment = async {
            match n % 3 {
                0 => {
                    told.after_commit += 1;
                    after_commits(dir.path(), fastrand::u64(1..COMMITS)).await;
                }
                1 => {
                    told.after_time += 1;
                    after_commits(dir.path(), 1).await;
                    tokio::time::sleep(Duration::from_micros(fastrand::u64(0..TIMED * 1_000))).await;
                }
                _ => {
                    told.in_talk += 1;
                    for _ in 0..fastrand::usize(1..8) {
                        passed.recv().await;
                    }
                }
            }
        };
        // Not reached in time: it is killed wherever it is.
        drop(tokio::time::timeout(PATIENCE, moment).await);
        assert!(child.try_wait().unwrap().is_none(), "it died by itself: {}", log(dir.path()));
        child.kill().await.unwrap();
        told.kills += 1;
        places(dir.path()).await;
    }
    target.decide(|_, email| if is_refused(email) { Fate::says("422 Unprocessable", "", "{}") } else { Fate::WELL });
    let store = rest(dir.path(), &text, &target).await;
    account(&store, &target, told).await;
    store.close().await.unwrap();
}

/// What must be true of the caps at the moment of every death, as the file says it before anything is mended: reserved
/// and used together are within the cap, a handoff that counts has exactly one place of its team's cap and one that was
/// refused or dropped has none, and no lead has places twice.
async fn places(dir: &Path) {
    let team_cap = "join cap c on c.id = s.cap_id and c.name like 'team.%'";
    let rules = [
        (
            "a cap holds more than it may",
            format!("select s.cap_id from slot s {team_cap} group by s.cap_id having sum(s.amount) > {AT_MOST}"),
        ),
        (
            "a handoff on its way or accepted has not exactly one place",
            format!(
                "select h.id from handoff h where h.state in (1, 2, 3, 6) and \
                 (select count(*) from slot s {team_cap} where s.handoff_id = h.id and s.amount = 1) <> 1"
            ),
        ),
        (
            "a refused or dropped handoff still has a place",
            "select h.id from handoff h join slot s on s.handoff_id = h.id \
             where h.state = 8 or (h.state = 7 and h.code = 'D-REFUSED')"
                .to_owned(),
        ),
        (
            "a lead has two places of one cap",
            "select h.lead_id from handoff h join slot s on s.handoff_id = h.id \
             group by h.lead_id, s.cap_id having count(*) > 1"
                .to_owned(),
        ),
    ];
    let options = SqliteConnectOptions::new().filename(dir.join("leadgate.db"));
    let Ok(mut file) = options.connect().await else { return };
    for (what, sql) in rules {
        // A start killed before its first table was made has nothing to look at.
        let Ok(rows) = file.fetch_all(AssertSqlSafe(sql)).await else { continue };
        let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        assert!(ids.is_empty(), "{what}: {ids:?}");
    }
    file.close().await.unwrap();
}

fn log(dir: &Path) -> String {
    std::fs::read_to_string(dir.join("engine.log")).unwrap_or_default()
}

/// One start that is left alone, until nothing is on its way.
async fn rest(dir: &Path, text: &str, target: &Target) -> Store {
    let config = leadgate::config::load_text("leadgate.toml", text, dir).unwrap().config;
    let mut child = engine(dir);
    let until = Instant::now() + REST;
    let clock = Arc::new(SystemClock);
    let options = StoreOptions {
        at: config.store.clone(),
        password: None,
        kind: ProcKind::Console,
        who: "tester".to_owned(),
        clock,
    };
    let store = Store::open(options).await.unwrap().store;
    let open = [HandoffState::Queued, HandoffState::Sending, HandoffState::Unknown];
    let mut calm = 0;
    while calm < 3 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let left = store.handoffs_in(&open, 10_000).await.unwrap();
        let stages = store.stage_counts().await.unwrap();
        let in_store: u64 = stages.iter().filter(|(stage, _)| **stage != 0).map(|(_, count)| count).sum();
        let here = in_store == target.leads() as u64;
        calm = if left.is_empty() && here { calm + 1 } else { 0 };
        assert!(Instant::now() < until, "not at rest, {stages:?}: {left:#?}\n{}", log(dir));
    }
    child.kill().await.unwrap();
    store
}

async fn account(store: &Store, target: &Target, told: &mut Told) {
    let all: Vec<HandoffState> = (1..=8).filter_map(HandoffState::from_number).collect();
    let handoffs = store.handoffs_in(&all, 100_000).await.unwrap();
    let made = target.made();
    let mut there: BTreeMap<&str, usize> = BTreeMap::new();
    for ticket in &made {
        *there.entry(ticket.key.as_str()).or_default() += 1;
    }
    let by_key: BTreeMap<&str, &StoredHandoff> = handoffs.iter().map(|one| (one.token.as_str(), one)).collect();
    assert_eq!(by_key.len(), handoffs.len(), "a key twice");
    for key in there.keys() {
        assert!(by_key.contains_key(key), "{key} is there, and nobody knows of it");
    }
    for desk in DESKS {
        let here: Vec<&StoredHandoff> = handoffs.iter().filter(|one| one.destination == desk).collect();
        let copies = |one: &StoredHandoff| there.get(one.token.as_str()).copied().unwrap_or_default();
        let sent: Vec<_> = here.iter().filter(|one| one.state == HandoffState::Accepted).collect();
        let asks: Vec<_> = here.iter().filter(|one| one.state == HandoffState::NeedsPerson).collect();
        assert_eq!(sent.len() + asks.len(), here.len(), "neither with somebody nor asking: {here:#?}");
        for one in &sent {
            assert!(copies(one) > 0, "taken as sent, and not there: {one:#?}");
        }
        let (refused, doubts): (Vec<&StoredHandoff>, Vec<&StoredHandoff>) =
            asks.into_iter().partition(|one| one.code.as_deref() == Some("D-REFUSED"));
        assert!(doubts.iter().all(|one| one.code.as_deref() == Some("D-UNKNOWN")), "{doubts:#?}");
        // Where a copy may be there, a refusal later on does not take the doubt away.
        assert!(doubts.is_empty() || matches!(desk, "hold" | "again"), "{desk} can be searched: {doubts:#?}");
        let refused_there = refused.iter().any(|one| copies(one) > 0);
        assert!(!refused_there || desk == "careless", "{desk}: refused, and there: {refused:#?}");
        assert!(sent.len() + doubts.len() <= AT_MOST, "{desk}: more than the cap allows");
        // Every place a refusal gave back was used again: who is not out, waits only for room.
        let place = DESKS.iter().position(|one| *one == desk).unwrap();
        let asked = (0..target.leads()).filter(|n| n % DESKS.len() == place).count();
        assert_eq!(sent.len() + doubts.len(), (asked - refused.len()).min(AT_MOST), "{desk}: a place was lost");
        let twice = here.iter().filter(|one| copies(one) > 1).count();
        *told.copies.entry(desk.to_owned()).or_default() += twice;
        told.sent += sent.len();
        told.doubts += doubts.len();
        told.refused += refused.len();
    }
    let stages = store.stage_counts().await.unwrap();
    told.held += stages.get(&2).copied().unwrap_or_default() as usize;
    told.leads += target.leads();
    let leads: std::collections::BTreeSet<i64> = handoffs.iter().map(|one| one.lead).collect();
    assert_eq!(leads.len(), handoffs.len(), "a lead was handed off twice");
    assert!(store.invariants().await.unwrap().is_empty());
    assert!(store.verify_journal().await.unwrap().is_ok());
}
