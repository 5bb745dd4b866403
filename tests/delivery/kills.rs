//! `kill -9` of the running engine, over and over, on a far side at its worst. Afterwards every lead is accounted for,
//! no key is there twice where that is promised, no cap is exceeded, and every slot has exactly one handoff.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
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
/// Most kills before the data is looked at and begun anew.
const KILLS_A_WORLD: usize = 60;
/// Worlds at the same time: most of a world is waiting.
const WORLDS: usize = 2;
/// New leads before each start.
const LEADS_A_START: usize = 3;
/// How long a desk may work on after it hung up.
const GRACE: Duration = Duration::from_millis(300);
/// How long its search may stay behind.
const LAG: Duration = Duration::from_millis(300);
/// The same at two desks, longer than any start here, however busy the machine is: one told leadgate of it.
const LONG_LAG: Duration = Duration::from_mins(10);
/// A death after a time comes within so many milliseconds of the first commit.
const TIMED: u64 = 400;
/// A death after a commit comes after at most so many of them.
const COMMITS: usize = 30;
/// A start whose moment never comes is killed so long after its first commit: however slow the machine is, it has
/// begun to work by then.
const PATIENCE: Duration = Duration::from_millis(800);
/// A start that commits nothing is killed after this.
const IDLE: Duration = Duration::from_secs(20);
/// Between two looks at the count of commits.
const LOOK: Duration = Duration::from_micros(400);
/// Coming to rest takes no longer.
const REST: Duration = Duration::from_mins(3);

/// The desks: strong (searched at once), late (its search stays behind), careless (stays behind for minutes, and nobody
/// told leadgate), patient (the same, and it was told), hold (cannot be searched, a person decides), again (cannot be
/// searched, sent again).
const DESKS: [&str; 6] = ["strong", "late", "careless", "patient", "hold", "again"];

/// What each team may have in a world of so many kills: less than there is, so that places given back are wanted.
const fn at_most(kills: usize) -> usize {
    kills * LEADS_A_START / DESKS.len() * 4 / 5
}

fn config(url: &str, at_most: usize) -> String {
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
             at_most = \"{at_most} per month\"\n[person.p{n}]\nteam = \"{desk}\"\nemail = \"p{n}@dach.example\"\n\
             [destination.{desk}]\npreset = \"{desk}\"\nurl = \"{url}/{desk}\"\ngrace = \"{grace}ms\"\n\
             [route.{desk}]\nto = [\"{desk}\"]\nanswer_within = \"8h\"\non_unknown = \"{on_unknown}\"\n"
        );
    }
    text + "\n[route.default]\nto = [\"strong\"]\nanswer_within = \"8h\"\n"
}

fn lay_out(dir: &Path, url: &str, at_most: usize) -> String {
    let folder = dir.join("presets/destinations");
    std::fs::create_dir_all(&folder).unwrap();
    for desk in DESKS {
        let lag = match desk {
            "strong" | "careless" => Some("0s".to_owned()),
            "late" => Some(format!("{}ms", LAG.as_millis())),
            "patient" => Some(format!("{}s", LONG_LAG.as_secs())),
            _ => None,
        };
        std::fs::write(folder.join(format!("{desk}.toml")), preset(desk, lag.as_deref())).unwrap();
    }
    let text = config(url, at_most);
    std::fs::write(dir.join("leadgate.toml"), &text).unwrap();
    text
}

/// One in seven is refused, always, at every desk alike.
fn is_refused(email: &str) -> bool {
    email.trim_start_matches("person").split('@').next().and_then(|n| n.parse::<u64>().ok()).is_some_and(|n| n % 7 == 6)
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

/// When a start dies.
#[derive(Clone, Copy)]
enum Moment {
    /// After so many commits.
    Commits(usize),
    /// So long after the first commit.
    Time(Duration),
    /// When so many steps of its conversations were seen.
    Talk(usize),
}

/// Returns when the moment has come, or will not come: whether it has.
async fn wait_for(moment: Moment, dir: &Path, passed: &mut mpsc::UnboundedReceiver<String>) -> bool {
    let (born, mut first) = (Instant::now(), None);
    let (mut last, mut seen, mut talked) = (commits(dir), 0, 0);
    loop {
        tokio::select! {
            _ = passed.recv() => talked += 1,
            () = tokio::time::sleep(LOOK) => {}
        }
        let now = commits(dir);
        if now != last {
            (last, seen) = (now, seen + 1);
            first.get_or_insert_with(Instant::now);
        }
        let worked = first.map_or(Duration::ZERO, |first| first.elapsed());
        let come = match moment {
            Moment::Commits(count) => seen >= count,
            Moment::Time(after) => seen > 0 && worked >= after,
            Moment::Talk(count) => talked >= count,
        };
        if come || worked > PATIENCE || born.elapsed() > IDLE {
            return come;
        }
    }
}

#[derive(Default)]
struct Told {
    kills: usize,
    after_commit: usize,
    after_time: usize,
    in_talk: usize,
    waits: usize,
    leads: usize,
    sent: usize,
    doubts: usize,
    refused: usize,
    held: usize,
    copies: BTreeMap<String, usize>,
}

impl Told {
    fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.after_commit += other.after_commit;
        self.after_time += other.after_time;
        self.in_talk += other.in_talk;
        self.waits += other.waits;
        self.leads += other.leads;
        self.sent += other.sent;
        self.doubts += other.doubts;
        self.refused += other.refused;
        self.held += other.held;
        for (desk, twice) in other.copies {
            *self.copies.entry(desk).or_default() += twice;
        }
    }

    fn say(&self, secs: u64) {
        let Self { kills, after_commit, after_time, in_talk, waits, leads, sent, doubts, refused, held, copies } = self;
        eprintln!(
            "{kills} kills ({after_commit} after a commit, {after_time} after a time, {in_talk} in a conversation) in \
             {secs} s: {leads} leads, {sent} sent, {doubts} in doubt with a person, {waits} in doubt until the lag is \
             over, {refused} refused, {held} held; twice: {copies:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_each_handoff_is_there_as_often_as_is_promised() {
    let wanted: usize = std::env::var("LEADGATE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let worlds = wanted.div_ceil(KILLS_A_WORLD).max(WORLDS);
    let (mut told, began) = (Told::default(), Instant::now());
    let each = (0..worlds).map(|n| world((wanted + n) / worlds));
    let mut ends = futures::stream::iter(each).buffer_unordered(WORLDS);
    while let Some(end) = ends.next().await {
        told.add(end);
        told.say(began.elapsed().as_secs());
    }
    let twice = |desk: &str| told.copies.get(desk).copied().unwrap_or_default();
    assert_eq!(["strong", "late", "patient", "hold"].map(twice), [0; 4], "there twice");
    assert!(twice("careless") > 0, "with its lag set to zero a late index must give doubles, else nothing is tested");
}

async fn world(kills: usize) -> Told {
    let mut told = Told::default();
    let target = Target::start().await;
    let dir = tempfile::tempdir().unwrap();
    let text = lay_out(dir.path(), &target.url, at_most(kills));
    target.lag("late", LAG);
    target.lag("careless", LONG_LAG);
    target.lag("patient", LONG_LAG);
    target.decide(fate);
    let (points, mut passed) = mpsc::unbounded_channel();
    target.watch(move |point| points.send(point.to_owned()).unwrap_or_default());

    for n in 0..kills {
        let from = target.leads();
        target.add((from..from + LEADS_A_START).map(lead));
        while passed.try_recv().is_ok() {}
        let mut child = engine(dir.path());
        let moment = match n % 3 {
            0 => Moment::Commits(fastrand::usize(1..COMMITS)),
            1 => Moment::Time(Duration::from_micros(fastrand::u64(0..TIMED * 1_000))),
            _ => Moment::Talk(fastrand::usize(1..6)),
        };
        // One that does not come: it is killed wherever it is.
        let come = wait_for(moment, dir.path(), &mut passed).await;
        assert!(child.try_wait().unwrap().is_none(), "it died by itself: {}", log(dir.path()));
        child.kill().await.unwrap();
        told.kills += 1;
        match moment {
            Moment::Commits(_) if come => told.after_commit += 1,
            Moment::Talk(_) if come => told.in_talk += 1,
            _ => told.after_time += 1,
        }
        places(dir.path(), at_most(kills)).await;
    }
    target.decide(|_, email| if is_refused(email) { Fate::says("422 Unprocessable", "", "{}") } else { Fate::WELL });
    let store = rest(dir.path(), &text, &target, at_most(kills)).await;
    account(&store, &target, at_most(kills), &mut told).await;
    store.close().await.unwrap();
    told
}

/// What must be true of the caps at the moment of every death, as the file says it before anything is mended: reserved
/// and used together are within the cap, a handoff that counts has exactly one place of its team's cap and one that was
/// refused or dropped has none, and no lead has places twice.
async fn places(dir: &Path, at_most: usize) {
    let team_cap = "join cap c on c.id = s.cap_id and c.name like 'team.%'";
    let rules = [
        (
            "a cap holds more than it may",
            format!("select s.cap_id from slot s {team_cap} group by s.cap_id having sum(s.amount) > {at_most}"),
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
async fn rest(dir: &Path, text: &str, target: &Target, at_most: usize) -> Store {
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
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut left = store.handoffs_in(&open, 10_000).await.unwrap();
        left.retain(|one| !waits_for_the_lag(one));
        let stages = store.stage_counts().await.unwrap();
        let in_store: u64 = stages.iter().filter(|(stage, _)| **stage != 0).map(|(_, count)| count).sum();
        let here = in_store == target.leads() as u64;
        // Every place a refusal gave back is used again: who is not out, waits only for room.
        let lost = lost_places(&store, target, at_most).await;
        if left.is_empty() && here && lost.is_empty() {
            break;
        }
        assert!(Instant::now() < until, "not at rest, {stages:?}, {lost:?}: {left:#?}\n{}", log(dir));
    }
    child.kill().await.unwrap();
    store
}

/// Desks where fewer leads are out than there could be: how many, and how many could.
async fn lost_places(store: &Store, target: &Target, at_most: usize) -> Vec<(&'static str, usize, usize)> {
    let all: Vec<HandoffState> = (1..=8).filter_map(HandoffState::from_number).collect();
    let handoffs = store.handoffs_in(&all, 100_000).await.unwrap();
    let desk = |(place, desk): (usize, &'static str)| {
        let asked = (0..target.leads()).filter(|n| n % DESKS.len() == place).count();
        let here = || handoffs.iter().filter(|one| one.destination == desk);
        let refused = here().filter(|one| one.code.as_deref() == Some("D-REFUSED")).count();
        (desk, here().count() - refused, (asked - refused).min(at_most))
    };
    DESKS.into_iter().enumerate().map(desk).filter(|(_, out, could)| out < could).collect()
}

/// In doubt where an absence proves nothing yet: it stays so, longer than anybody waits here.
fn waits_for_the_lag(one: &StoredHandoff) -> bool {
    one.destination == "patient" && one.state == HandoffState::Unknown
}

async fn account(store: &Store, target: &Target, at_most: usize, told: &mut Told) {
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
        let waits = here.iter().filter(|one| waits_for_the_lag(one)).count();
        assert_eq!(sent.len() + asks.len() + waits, here.len(), "neither with somebody nor asking: {here:#?}");
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
        let out = sent.len() + doubts.len() + waits;
        assert!(out <= at_most, "{desk}: more than the cap allows");
        let twice = here.iter().filter(|one| copies(one) > 1).count();
        *told.copies.entry(desk.to_owned()).or_default() += twice;
        told.sent += sent.len();
        told.doubts += doubts.len();
        told.waits += waits;
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
