//! Figures about many sources, by hand: `cargo test --test load -- --ignored --nocapture`. Real sources on a
//! real loopback server, the real engine, a real file.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // by hand: what it prints is what it is for

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use leadgate::clock::{Clock, SystemClock};
use leadgate::config::load_text;
use leadgate::engine::Engine;
use leadgate::engine::wiring::Place;
use leadgate::store::{EndpointKind, ProcKind, Store, StoreOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

const HEAD: &str = "[business]\nname = \"Dach\"\nzone = \"Europe/Berlin\"\ncountry = \"DE\"\n\
    [service.roof]\nwords = [\"dach\"]\n\
    criteria = { anywhere = true, anybody = true }\n[team.berlin]\nservices = [\"roof\"]\n\
    [person.anna]\nteam = \"berlin\"\nemail = \"anna@dach.example\"\n\
    [destination.mail]\nsmtp = \"smtp+plain://127.0.0.1:1\"\nfrom = \"leads@dach.example\"\n";

/// Answers every request with one record of its path; counts them.
async fn serve(asked: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let asked = Arc::clone(&asked);
            tokio::spawn(async move {
                let mut buffer = vec![0_u8; 4_096];
                while let Ok(read) = socket.read(&mut buffer).await {
                    if read == 0 {
                        break;
                    }
                    asked.fetch_add(1, Ordering::SeqCst);
                    let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
                    let path: String =
                        text.split(' ').nth(1).unwrap_or("/x").chars().filter(char::is_ascii_digit).take(4).collect();
                    let body = format!(
                        "{{\"data\":[{{\"id\":\"{path}\",\"created_at\":\"2026-11-20T08:00:00Z\",\"name\":\"P {path}\",\
                         \"email\":\"p{path}@example.com\",\"service\":\"Dach\"}}],\"next\":null}}"
                    );
                    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:";
                    let answer = format!("{head} {}\r\n\r\n{body}", body.len());
                    if socket.write_all(answer.as_bytes()).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// Resident memory in MB.
fn rss() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or("0");
    line.chars().filter(char::is_ascii_digit).collect::<String>().parse::<u64>().unwrap_or(0) / 1_024
}

/// Seconds this process was on a processor: what a busy machine does not change.
fn worked() -> f64 {
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    behind_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
        / TICKS_A_SECOND
}

async fn engine(dir: &std::path::Path, sources: usize, every: &str, port: u16) -> (Store, Engine) {
    let mut text = HEAD.to_owned();
    for n in 0..sources {
        let source = format!(
            "[source.s{n:04}]\npreset = \"json\"\nurl = \"http://127.0.0.1:{port}/{n:04}\"\nevery = \"{every}\"\n\
             every_at_most = \"{every}\"\nchannel = \"network\"\ngoal = \"x\"\nservices = [\"roof\"]\n"
        );
        text.push_str(&source);
    }
    let loaded = load_text("leadgate.toml", &text, dir).unwrap_or_else(|errors| panic!("{}", errors.plain()));
    let config = Arc::new(loaded.config);
    let clock = Arc::new(SystemClock);
    let options = StoreOptions {
        at: config.store.clone(),
        password: None,
        kind: ProcKind::Engine,
        who: "load".into(),
        clock: clock.clone(),
    };
    let store = Store::open(options).await.unwrap().store;
    let place = Place { data_dir: dir, presets: None, lock: true };
    let engine = Engine::build(store.clone(), config, clock, place).await.unwrap();
    (store, engine)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "figures, by hand"]
async fn a_thousand_sources_due_at_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let port = serve(Arc::clone(&asked)).await;
    let dir = tempfile::tempdir().unwrap();
    let (store, engine) = engine(dir.path(), 1_000, "5m", port).await;
    println!("built: {} MB", rss());
    let (began, worked_before) = (Instant::now(), worked());
    engine.start().await.unwrap();
    let (mut most, mut all_asked) = (0, None);
    loop {
        most = most.max(rss());
        if all_asked.is_none() && asked.load(Ordering::SeqCst) >= 1_000 {
            all_asked = Some(began.elapsed());
        }
        let rows = store.endpoints(EndpointKind::Source).await.unwrap();
        let read = rows.values().filter(|row| row.last_ok_at.is_some()).count();
        if read == 1_000 {
            break;
        }
        assert!(began.elapsed() < Duration::from_mins(2), "{read} read");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!(
        "1,000 sources: all asked after {all_asked:?}, all stored after {:?}, {:.2} CPU seconds with those of the \
         server, at most {most} MB",
        began.elapsed(),
        worked() - worked_before
    );
    engine.stop(Duration::from_secs(5)).await;
    assert!(most <= 150, "{most} MB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "figures, by hand"]
async fn memory_over_ten_thousand_polls() {
    let asked = Arc::new(AtomicUsize::new(0));
    let port = serve(Arc::clone(&asked)).await;
    let dir = tempfile::tempdir().unwrap();
    let (store, engine) = engine(dir.path(), 100, "1s", port).await;
    engine.start().await.unwrap();
    let began = Instant::now();
    let mut next = 1_000;
    while next <= 10_000 {
        if asked.load(Ordering::SeqCst) >= next {
            println!("{next} polls after {:?}, {:.1} CPU seconds: {} MB", began.elapsed(), worked(), rss());
            next += 1_000;
        }
        assert!(began.elapsed() < Duration::from_mins(9), "{} polls", asked.load(Ordering::SeqCst));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    engine.stop(Duration::from_secs(5)).await;
    let now = SystemClock.now();
    assert!(store.endpoints(EndpointKind::Source).await.unwrap().values().all(|row| row.last_ok_at < Some(now)));
}
