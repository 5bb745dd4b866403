//! One business in a temporary folder: its configuration, store, engine and desk, and a clock that stands
//! still until it is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{SignedDuration, Timestamp};
use leadgate::clock::{SharedClock, StubClock};
use leadgate::config::checked::StoreAt;
use leadgate::config::{Config, load_text};
use leadgate::desk::view::{Ask, Capacity, HandoffRow, LeadDetail, LeadRow, List, PersonLine, SourceLine};
use leadgate::desk::{Act, Desk, Done, Pulse, Refused, Seat, StoreDesk};
use leadgate::engine::Engine;
use leadgate::engine::once::Pass;
use leadgate::engine::wiring::Place;
use leadgate::lead::{HandoffState, LeadId};
use leadgate::store::{ProcKind, Store, StoreOptions};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// Monday, 23 November 2026, 09:00 in Berlin.
pub const MONDAY_NINE: &str = "2026-11-23T08:00:00Z";

pub const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// A roofer of one team of one person, who takes everything that names a roof.
pub const ROOFER: &str = r#"
[business]
name = "Dach & Co"
zone = "Europe/Berlin"
country = "DE"
hours = "Mo-Fr 08:00-17:00"

[service.roof]
title = "Roof"
words = ["dach", "roof"]

[service.roof.criteria]
anywhere = true
anybody = true
timing.unknown = "pass"
region.unknown = "pass"

[team.berlin]
services = ["roof"]

[person.anna]
name = "Anna Berg"
team = "berlin"
email = "anna@dach.example"
"#;

/// A `[source.ID]` that reads `url` as JSON.
pub fn source(id: &str, url: &str) -> String {
    format!(
        "\n[source.{id}]\npreset = \"json\"\nurl = \"{url}\"\nevery = \"1m\"\nchannel = \"network\"\n\
         goal = \"ten a month\"\nservices = [\"roof\"]\n"
    )
}

/// The only route, through these destinations.
pub fn route(to: &[&str]) -> String {
    format!("\n[route.default]\nto = {to:?}\nacknowledge_within = \"20m\"\nanswer_within = \"1h\"\n")
}

pub struct Room {
    dir: tempfile::TempDir,
    at: StoreAt,
    pub clock: Arc<StubClock>,
    pub store: Store,
    pub config: Arc<Config>,
    pub engine: Engine,
    pub desk: StoreDesk,
}

impl Room {
    /// Opens the business that `text` describes.
    pub async fn open(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = StubClock::at(MONDAY_NINE.parse().unwrap());
        let at = match std::env::var(POSTGRES) {
            Ok(url) => fresh_database(&url).await,
            Err(_) => StoreAt::Sqlite(dir.path().join("leadgate.sqlite")),
        };
        Self::build(dir, at, clock, text).await
    }

    async fn build(dir: tempfile::TempDir, at: StoreAt, clock: Arc<StubClock>, text: &str) -> Self {
        let presets = dir.path().join("presets");
        super::far_side::lay_out_preset(&presets);
        let loaded = load_text("leadgate.toml", text, dir.path()).unwrap_or_else(|errors| panic!("{}", errors.plain()));
        let config = Arc::new(loaded.config);
        let options = StoreOptions {
            at: at.clone(),
            password: None,
            kind: ProcKind::Engine,
            who: "tester".into(),
            clock: Arc::clone(&clock) as SharedClock,
        };
        let store = Store::open(options).await.unwrap().store;
        let place = Place { data_dir: dir.path(), presets: Some(&presets), lock: matches!(at, StoreAt::Sqlite(_)) };
        let shared = Arc::clone(&clock) as SharedClock;
        let engine = Engine::build(store.clone(), Arc::clone(&config), shared, place).await.unwrap();
        let desk = desk(&store, &config, &clock, "anna").await;
        Self { dir, at, clock, store, config, engine, desk }
    }

    /// Ends the process and starts another one on the same data, with this configuration.
    pub async fn restart(self, text: &str) -> Self {
        let Self { dir, at, clock, store, engine, desk, .. } = self;
        drop((engine, desk));
        store.close().await.unwrap();
        Self::build(dir, at, clock, text).await
    }

    /// The desk of somebody else.
    pub async fn desk_of(&self, who: &str) -> StoreDesk {
        desk(&self.store, &self.config, &self.clock, who).await
    }

    /// One pass of the engine.
    pub async fn pass(&self) -> Pass {
        self.engine.once().await.unwrap()
    }

    /// A pass some time later.
    pub async fn pass_after(&self, wait: SignedDuration) -> Pass {
        self.clock.advance(wait);
        self.pass().await
    }

    pub fn now(&self) -> Timestamp {
        leadgate::clock::Clock::now(&*self.clock)
    }

    pub async fn act(&self, act: Act) -> Result<Done, Refused> {
        self.desk.perform(act).await
    }

    /// An act that must succeed.
    pub async fn did(&self, act: Act) -> Done {
        self.act(act.clone()).await.unwrap_or_else(|refused| panic!("{act:?} was refused: {refused}"))
    }

    /// An act that must be refused; its sentence.
    pub async fn refused(&self, act: Act) -> String {
        self.act(act.clone()).await.expect_err(&format!("{act:?} was done")).to_string()
    }

    pub async fn rows(&self, list: List) -> Vec<LeadRow> {
        let ask = Ask { list, limit: 1_000, ..Ask::default() };
        self.desk.rows(ask).await.unwrap().rows
    }

    /// The only lead of a list.
    pub async fn only(&self, list: List) -> LeadRow {
        let mut rows = self.rows(list).await;
        assert_eq!(rows.len(), 1, "{list:?}: {rows:#?}");
        rows.remove(0)
    }

    pub async fn detail(&self, lead: LeadId) -> LeadDetail {
        self.desk.lead(lead).await.unwrap()
    }

    pub async fn handoffs(&self) -> Vec<HandoffRow> {
        self.desk.handoffs(1_000).await.unwrap()
    }

    /// The only handoff that was not dropped.
    pub async fn handoff(&self) -> HandoffRow {
        let mut rows = self.handoffs().await;
        rows.retain(|row| row.state != HandoffState::Dropped);
        assert_eq!(rows.len(), 1, "{rows:#?}");
        rows.remove(0)
    }

    pub async fn states(&self) -> Vec<HandoffState> {
        let mut rows = self.handoffs().await;
        rows.sort_by_key(|row| row.id);
        rows.iter().map(|row| row.state).collect()
    }

    pub async fn source(&self, id: &str) -> SourceLine {
        self.desk.sources().await.unwrap().into_iter().find(|line| line.id == id).unwrap()
    }

    pub async fn capacity(&self) -> Capacity {
        self.desk.capacity().await.unwrap()
    }

    /// What a cap counts now: accepted and reserved.
    pub async fn used(&self, cap: &str) -> u32 {
        let capacity = self.capacity().await;
        let line = capacity.teams.iter().flat_map(|team| &team.caps).find(|line| line.id == cap);
        line.map_or_else(|| panic!("no cap {cap}: {capacity:#?}"), |line| line.used + line.reserved)
    }

    async fn person(&self, id: &str) -> PersonLine {
        let capacity = self.capacity().await;
        capacity.teams.into_iter().flat_map(|team| team.people).find(|line| line.id == id).unwrap()
    }

    /// How many leads somebody has open.
    pub async fn open_of(&self, person: &str) -> u32 {
        self.person(person).await.open
    }

    /// How many somebody got today.
    pub async fn new_of(&self, person: &str) -> u32 {
        self.person(person).await.new
    }

    /// The cursor a source stands at, as stored.
    pub async fn cursor(&self, id: &str) -> String {
        let endpoints = self.store.endpoints(leadgate::store::EndpointKind::Source).await.unwrap();
        endpoints[id].cursor.clone()
    }

    /// What must hold after everything.
    pub async fn sound(&self) {
        let broken = self.store.invariants().await.unwrap();
        assert!(broken.is_empty(), "{broken:#?}\n{:#?}", self.handoffs().await);
        let journal = self.store.verify_journal().await.unwrap();
        assert!(journal.is_ok_and(|entries| entries > 0), "the journal does not hold");
    }

    /// The end of every test.
    pub async fn end(self) {
        self.sound().await;
        self.store.close().await.unwrap();
        if let StoreAt::Postgres { url, .. } = &self.at {
            let name = url.rsplit('/').next().unwrap();
            admin(&std::env::var(POSTGRES).unwrap(), &format!("drop database {name} with (force)")).await;
        }
    }
}

/// A PostgreSQL to play on instead of SQLite.
const POSTGRES: &str = "LEADGATE_JOURNEYS_ON";

async fn admin(url: &str, sql: &str) {
    let mut link = PgConnection::connect(url).await.unwrap();
    link.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
}

async fn fresh_database(url: &str) -> StoreAt {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("journeys_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    admin(url, &format!("create database {name}")).await;
    let server = url.rsplit_once('/').unwrap().0;
    StoreAt::Postgres { url: format!("{server}/{name}"), password: None }
}

async fn desk(store: &Store, config: &Arc<Config>, clock: &Arc<StubClock>, who: &str) -> StoreDesk {
    let seat = Seat {
        who: who.into(),
        title: who.into(),
        person: config.people.contains_key(who).then(|| who.into()),
        zone: config.business.zone.clone(),
        business: config.business.name.clone(),
        people: Vec::new(),
        services: Vec::new(),
        demo: false,
    };
    let pulse = tokio::sync::watch::Sender::new(Pulse::default()).subscribe();
    let clock = Arc::clone(clock) as SharedClock;
    StoreDesk::new(store.clone(), Arc::clone(config), clock, seat, pulse).await.unwrap()
}
