//! What a monitor sees, and what happens when the store is away.

use leadgate::config::load_text;
use leadgate::desk::{Act, Desk as _};
use leadgate::listen::{Bounds, Listener};
use serde_json::Value;

use super::refusals::said;
use super::room::{AsJson as _, GOOGLE_KEY, LISTEN, METRICS_TOKEN, Room, business, google};

async fn health(room: &Room) -> (u16, Value) {
    let told = room.client.get(room.url("/healthz")).send().await.unwrap();
    (told.status().as_u16(), serde_json::from_str(&told.text().await.unwrap()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_away_senders_keep_what_they_have() {
    let room = Room::open().await;
    let (status, body) = health(&room).await;
    assert_eq!((status, body["ok"].as_bool(), body["store"].as_str()), (200, Some(true), Some("ok")));
    assert_eq!(body["sources"], "needs a person", "one cannot read its key: {body}");
    room.store.close().await.unwrap();
    let told = room.post("/in/google").json(&google("a", GOOGLE_KEY)).send().await.unwrap();
    assert_eq!(told.headers()["retry-after"], "30");
    assert_eq!(said(told).await, (503, "it could not be stored; send it again later".to_owned()));
    let (status, body) = health(&room).await;
    assert_eq!((status, &body["store"]), (503, &"away".into()));
    let metrics = room.client.get(room.url("/metrics")).send().await.unwrap();
    assert_eq!(metrics.status(), 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_source_asks_its_sender_to_come_again() {
    let room = Room::open().await;
    let desk = room.desk().await;
    desk.perform(Act::PauseSource { source: "google".into(), reason: "too many".into(), until: None }).await.unwrap();
    let send = || room.post("/in/google").json(&google("a", GOOGLE_KEY)).send();
    assert_eq!(said(send().await.unwrap()).await, (503, "this source is paused; send it again later".to_owned()));
    desk.perform(Act::ResumeSource("google".into())).await.unwrap();
    assert_eq!(send().await.unwrap().status(), 200);
    assert_eq!(room.leads().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_and_name_nobody() {
    let room = Room::open().await;
    for (id, key) in [("ada", GOOGLE_KEY), ("bo", GOOGLE_KEY), ("eve", "wrong")] {
        room.post("/in/google").json(&google(id, key)).send().await.unwrap();
    }
    room.post("/in/elsewhere").send().await.unwrap();
    let told = room.client.get(room.url("/metrics")).send().await.unwrap();
    assert!(told.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = told.text().await.unwrap();
    for line in [
        "leadgate_deliveries_total{source=\"google\",outcome=\"stored\"} 2",
        "leadgate_deliveries_total{source=\"google\",outcome=\"unproven\"} 1",
        "leadgate_leads{source=\"google\",stage=\"held\"} 2",
        "leadgate_source_up{source=\"broken\"} 0",
        "leadgate_source_seconds_since_success{source=\"google\"} 0",
        "leadgate_first_response_leads 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    for hidden in ["canary", "Ada", "example.org", "elsewhere"] {
        assert!(!text.contains(hidden), "{hidden} in\n{text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("leadgate_") && value.parse::<f64>().is_ok(), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_whoever_has_the_token() {
    let token = format!("{LISTEN}behind_proxy = true\nmetrics_token = {{ command = \"echo {METRICS_TOKEN}\" }}\n");
    let room = Room::of(&token, Bounds::default()).await;
    let ask = |given: Option<String>| {
        let request = room.client.get(room.url("/metrics"));
        given.map_or(room.client.get(room.url("/metrics")), |given| request.header("authorization", given)).send()
    };
    for given in [None, Some("Bearer wrong".into()), Some(METRICS_TOKEN.into()), Some(format!("Basic {METRICS_TOKEN}"))]
    {
        let told = ask(given).await.unwrap();
        assert_eq!(told.headers()["www-authenticate"], "Bearer");
        assert_eq!(said(told).await.0, 401);
    }
    assert_eq!(ask(Some(format!("Bearer {METRICS_TOKEN}"))).await.unwrap().status(), 200);
    // Without a token nobody from outside may look, and a proxy brings everybody from outside.
    let open = Room::of(&format!("{LISTEN}behind_proxy = true\n"), Bounds::default()).await;
    assert_eq!(open.client.get(open.url("/metrics")).send().await.unwrap().status(), 401);
    assert_eq!(open.client.get(open.url("/healthz")).send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_told_with_its_setting() {
    let room = Room::open().await;
    let mut settings = room.engine.parts().config.listen.clone().unwrap();
    settings.bind = room.address();
    let parts = std::sync::Arc::clone(room.engine.parts());
    let error = Listener::start(&settings, parts, Vec::new(), Bounds::default()).await.err().unwrap().to_string();
    assert!(error.contains(&format!("listen.bind {}", room.address())) && error.contains("another program"), "{error}");
    settings.bind = "192.0.2.1:0".parse().unwrap();
    let parts = std::sync::Arc::clone(room.engine.parts());
    let error = Listener::start(&settings, parts, Vec::new(), Bounds::default()).await.err().unwrap().to_string();
    assert!(error.starts_with("listen.bind 192.0.2.1:0 cannot be used"), "{error}");
}

#[test]
fn check_says_where_each_source_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let check = |listen: &str, json: bool| {
        std::fs::write(dir.path().join("leadgate.toml"), business() + listen).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_leadgate"));
        command.args(["--config", dir.path().join("leadgate.toml").to_str().unwrap()]);
        command.args(if json { vec!["--json", "check"] } else { vec!["check"] });
        let out = command.output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let told = check("\n[listen]\nbind = \"127.0.0.1:8787\"\npublic_url = \"https://leads.example\"\n", false);
    assert!(told.contains("Google is told by POST to https://leads.example/in/google."), "{told}");
    assert!(told.contains("send to 127.0.0.1:8787, which only this machine reaches"), "{told}");
    let told = check("", false);
    assert!(told.contains("! source form tells by itself, but nothing listens") && !told.contains("POST to"), "{told}");
    assert!(!told.contains("source polled tells"), "{told}");
    let json: Value = serde_json::from_str(&check("\n[listen]\nbind = \"127.0.0.1:8787\"\n", true)).unwrap();
    assert!(json["ways_in"].to_string().contains("http://127.0.0.1:8787/in/hook"), "{json}");
}

#[test]
fn an_open_door_is_said_in_so_many_words() {
    let load =
        |listen: &str| load_text("leadgate.toml", &format!("{}\n[listen]\n{listen}", business()), "/data".as_ref());
    let told = load("bind = \"0.0.0.0:8787\"").unwrap_err().plain();
    assert!(told.contains("speaks no TLS") && told.contains("allow_remote = true"), "{told}");
    let open = load("bind = \"0.0.0.0:8787\"\nallow_remote = true").unwrap();
    assert!(open.warnings.iter().any(|warning| warning.contains("in the clear")), "{:?}", open.warnings);
    let told = load("bind = \"localhost\"\npublic_url = \"leads.example\"\nper_peer = 0\nmetrics_token = \"canary\"");
    let told = told.unwrap_err().plain();
    for part in ["listen.bind", "listen.public_url", "listen.per_peer", "listen.metrics_token"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!told.contains("canary"));
    let settings =
        load("bind = \"[::1]:8787\"\npublic_url = \"https://leads.example/x/\"").unwrap().config.listen.unwrap();
    assert_eq!(settings.address_of("web"), "https://leads.example/x/in/web");
}
