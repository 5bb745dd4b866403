//! The real binary, killed between the commit and the answer: the sender repeats, and it is one lead.

use std::process::Stdio;
use std::time::Duration;

use sqlx::{Connection as _, Row as _, SqliteConnection};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::room::{AsJson as _, GOOGLE_KEY, LISTEN, business, google};

/// Rounds that are killed.
const ROUNDS: usize = 3;
/// An engine that says nothing for so long hangs.
const DEADLINE: Duration = Duration::from_secs(30);

struct Running {
    child: Child,
    base: String,
    log: tokio::task::JoinHandle<String>,
}

/// Starts `leadgate engine` on a folder, and waits until it says where it listens.
async fn start(dir: &std::path::Path) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_leadgate"))
        .arg("--config")
        .arg(dir.join("leadgate.toml"))
        .arg("--data-dir")
        .arg(dir)
        .arg("engine")
        .env("LEADGATE_LOG", "leadgate=trace,hyper=debug,sqlx=debug,info")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut log = String::new();
    let base = tokio::time::timeout(DEADLINE, async {
        while let Some(line) = lines.next_line().await.unwrap() {
            log.push_str(&line);
            if let Some((_, at)) = line.split_once("waits to be told at ")
                && let Some((base, "google")) =
                    at.split_once("/in/").map(|(base, rest)| (base, rest.split(' ').next().unwrap()))
            {
                return base.to_owned();
            }
        }
        panic!("it ended: {log}");
    });
    let base = base.await.unwrap();
    let log = tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            log.push('\n');
            log.push_str(&line);
        }
        log
    });
    Running { child, base, log }
}

async fn count(dir: &std::path::Path, table: &str) -> i64 {
    let path = dir.join("leadgate.db");
    let mut link = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query(sql).fetch_one(&mut link).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_commit_the_repeat_is_the_same_lead() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("leadgate.toml"), business() + LISTEN).unwrap();
    leadgate::net::http::install_crypto();
    let client = reqwest::Client::new();
    let mut logs = String::new();
    for round in 0..ROUNDS {
        let mut running = start(dir.path()).await;
        let lead = google(&format!("round-{round}"), GOOGLE_KEY);
        let send = client.post(format!("{}/in/google", running.base)).json(&lead).send();
        let answer = tokio::spawn(send);
        let committed = async {
            while count(dir.path(), "inquiry").await <= i64::try_from(round).unwrap() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(DEADLINE, committed).await.unwrap();
        running.child.kill().await.unwrap();
        // Answered or not: the sender was not told for sure, and sends it again.
        drop(answer.await.unwrap());
        logs.push_str(&running.log.await.unwrap());

        let mut again = start(dir.path()).await;
        let told = client.post(format!("{}/in/google", again.base)).json(&lead).send().await.unwrap();
        assert_eq!(told.status(), 200);
        assert_eq!(
            client
                .post(format!("{}/in/google", again.base))
                .json(&google("x", "canary-wrong"))
                .send()
                .await
                .unwrap()
                .status(),
            401
        );
        let leads = i64::try_from(round + 1).unwrap();
        assert_eq!((count(dir.path(), "inquiry").await, count(dir.path(), "lead").await), (leads, leads));
        again.child.kill().await.unwrap();
        logs.push_str(&again.log.await.unwrap());
    }
    assert!(logs.contains("a delivery was stored") && logs.contains("unproven"), "{logs}");
    for secret in ["canary", "whsec_", "round-0@example.org"] {
        assert!(!logs.contains(secret), "{secret} is in the log:\n{logs}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_whose_port_is_taken_says_so_and_ends() {
    let dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = taken.local_addr().unwrap();
    std::fs::write(dir.path().join("leadgate.toml"), business() + &format!("\n[listen]\nbind = \"{bind}\"\n")).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_leadgate"))
        .args(["--config", dir.path().join("leadgate.toml").to_str().unwrap()])
        .args(["--data-dir", dir.path().to_str().unwrap(), "engine"])
        .stdin(Stdio::null())
        .output();
    let out = tokio::time::timeout(DEADLINE, run).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success() && told.contains(&format!("listen.bind {bind}")), "{told}");
}
