//! A business whose sources tell by themselves, and its listener on a free port.

use std::sync::Arc;

use leadgate::clock::{SharedClock, StubClock};
use leadgate::config::checked::StoreAt;
use leadgate::config::load_text;
use leadgate::desk::StoreDesk;
use leadgate::engine::Engine;
use leadgate::engine::wiring::Place;
use leadgate::listen::{Bounds, Listener};
use leadgate::store::{ProcKind, Store};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};

use super::roofer::{ROOFER, desk, fresh_database, open};

/// Monday, 23 November 2026, 09:00 in Berlin.
pub const NOW: &str = "2026-11-23T08:00:00Z";
pub const GOOGLE_KEY: &str = "canary-google-4711";
pub const OLD_GOOGLE_KEY: &str = "canary-google-old-0815";
pub const FORM_KEY: &str = "canary-form-4711";
pub const METRICS_TOKEN: &str = "canary-metrics-4711";
pub const HOOK_KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub const OLD_HOOK_KEY: &str = "whsec_HxwdHhobFxgZFhQVExAREg8ODQwLCgkIBwYFBAMCAQA=";

/// A roofer with one source of each kind that tells by itself.
pub fn business() -> String {
    format!(
        r#"{ROOFER}hours = "Mo-Fr 08:00-17:00"

[team.berlin]
services = ["roof"]
[person.anna]
team = "berlin"
email = "anna@dach.example"

[destination.mail]
smtp = "smtp+plain://127.0.0.1:9"
from = "leads@dach.example"

[source.google]
preset = "google-lead-form-webhook"
channel = "campaign"
goal = "ten a month"
services = ["roof"]
key = {{ command = "echo {GOOGLE_KEY}" }}
old_key = {{ command = "echo {OLD_GOOGLE_KEY}" }}

[source.hook]
preset = "standard-webhook"
channel = "network"
goal = "ten a month"
services = ["roof"]
secret = {{ command = "echo {HOOK_KEY}" }}
old_secret = {{ command = "echo {OLD_HOOK_KEY}" }}

[source.batch]
preset = "standard-webhook"
channel = "network"
goal = "ten a month"
services = ["roof"]
records = "$.items[*]"
secret = {{ command = "echo {HOOK_KEY}" }}

[source.form]
preset = "web-form"
channel = "network"
goal = "ten a month"
services = ["roof"]
key = {{ command = "echo {FORM_KEY}" }}
origin = "https://dach.example"

[source.thankful]
preset = "web-form"
channel = "network"
goal = "ten a month"
services = ["roof"]
key = {{ command = "echo {FORM_KEY}" }}
thanks = "https://dach.example/danke"

[source.unset]
preset = "web-form"
channel = "network"
key = {{ command = "echo {FORM_KEY}" }}

[source.broken]
preset = "web-form"
channel = "network"
key = {{ env = "LEADGATE_TEST_NOT_SET" }}

[source.polled]
preset = "json"
channel = "network"
url = "http://127.0.0.1:9/leads"
every = "7 days"
"#
    )
}

/// The usual `[listen]`.
pub const LISTEN: &str = "\n[listen]\nbind = \"127.0.0.1:0\"\n";

pub struct Room {
    _dir: tempfile::TempDir,
    pub at: StoreAt,
    pub clock: Arc<StubClock>,
    pub store: Store,
    pub engine: Arc<Engine>,
    listener: Option<Listener>,
    pub base: String,
    pub client: reqwest::Client,
}

impl Room {
    pub async fn open() -> Self {
        Self::of(LISTEN, Bounds::default()).await
    }

    pub async fn of(listen: &str, bounds: Bounds) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = StubClock::at(NOW.parse().unwrap());
        let at = match std::env::var("LEADGATE_JOURNEYS_ON") {
            Ok(url) => fresh_database(&url).await,
            Err(_) => StoreAt::Sqlite(dir.path().join("leadgate.sqlite")),
        };
        let text = business() + listen;
        let loaded =
            load_text("leadgate.toml", &text, dir.path()).unwrap_or_else(|errors| panic!("{}", errors.plain()));
        let config = Arc::new(loaded.config);
        let shared = || Arc::clone(&clock) as SharedClock;
        let store = open(&at, ProcKind::Engine, "tester", shared()).await;
        let place = Place { data_dir: dir.path(), presets: None, lock: false };
        let engine = Engine::build(store.clone(), Arc::clone(&config), shared(), place).await.unwrap();
        let settings = config.listen.as_ref().unwrap();
        let listener = Listener::start(settings, Arc::clone(engine.parts()), Vec::new(), bounds).await.unwrap();
        let base = format!("http://{}", listener.address());
        // What a redirect says is looked at, not followed.
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { _dir: dir, at, clock, store, engine: Arc::new(engine), listener: Some(listener), base, client }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.post(self.url(path))
    }

    /// Takes the listener out, to be stopped by hand.
    pub fn listener(&mut self) -> Listener {
        self.listener.take().unwrap()
    }

    pub fn address(&self) -> std::net::SocketAddr {
        self.base.trim_start_matches("http://").parse().unwrap()
    }

    pub async fn int(&self, sql: &str) -> i64 {
        self.texts(&sql.replacen("select ", "select cast(", 1).replacen(" from", " as text) from", 1)).await[0]
            .parse()
            .unwrap()
    }

    /// The first column of every row, past the store.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.at {
            StoreAt::Sqlite(path) => {
                let mut link = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
                link.fetch_all(sql).await.unwrap().iter().map(|row| row.get(0)).collect()
            }
            StoreAt::Postgres { url, .. } => {
                let mut link = PgConnection::connect(url).await.unwrap();
                link.fetch_all(sql).await.unwrap().iter().map(|row| row.get(0)).collect()
            }
        }
    }

    pub async fn leads(&self) -> i64 {
        self.int("select count(*) from lead").await
    }

    pub async fn codes(&self) -> Vec<String> {
        self.texts("select code from inquiry order by id").await
    }

    pub async fn desk(&self) -> StoreDesk {
        let parts = self.engine.parts();
        let clock = Arc::clone(&self.clock) as SharedClock;
        desk(&self.store, &parts.config, clock, "anna").await
    }

    pub fn clock_now(&self) -> jiff::Timestamp {
        leadgate::clock::Clock::now(&*self.clock)
    }
}

/// A lead as Google sends it.
pub fn google(id: &str, key: &str) -> serde_json::Value {
    let text = std::fs::read_to_string("tests/fixtures/sources/google-lead-form-webhook.json").unwrap();
    let mut lead: serde_json::Value = serde_json::from_str(&text).unwrap();
    lead["lead_id"] = id.into();
    lead["google_key"] = key.into();
    for pair in lead["user_column_data"].as_array_mut().unwrap() {
        if pair["column_id"] == "EMAIL" {
            pair["string_value"] = format!("{}@example.org", id.to_lowercase()).into();
        }
    }
    lead
}

/// Sends JSON.
pub trait AsJson {
    fn json(self, body: &serde_json::Value) -> Self;
}

impl AsJson for reqwest::RequestBuilder {
    fn json(self, body: &serde_json::Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }
}
