//! A place for one test: a database of its own on either engine, a clock that stands still, and a second
//! way in past the store, to look and to do damage.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use jiff::Timestamp;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row, SqliteConnection};

use super::lg::clock::StubClock;
use super::lg::config::checked::StoreAt;
use super::lg::store::{Opened, ProcKind, Store, StoreError, StoreOptions};

/// Names a PostgreSQL for tests: `postgres://user@host:port/database`; that user may create databases.
pub const POSTGRES: &str = "LEADGATE_TEST_POSTGRES";

/// When every test begins: a Monday morning in Berlin.
pub fn start() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

/// One test's database and clock.
pub struct Bench {
    pub at: StoreAt,
    pub clock: Arc<StubClock>,
    /// The test damages the database on purpose: nothing is checked at its end.
    pub damaged: AtomicBool,
    dir: Option<tempfile::TempDir>,
}

/// A connection past the store.
pub enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bench {
    /// On a fresh SQLite file.
    pub fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = StoreAt::Sqlite(dir.path().join("leadgate.sqlite"));
        Self { at, clock: StubClock::at(start()), damaged: AtomicBool::new(false), dir: Some(dir) }
    }

    /// In a fresh PostgreSQL database; `None`, said aloud, where no server is given.
    pub async fn postgres() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var(POSTGRES) else {
            eprintln!("skipped: {POSTGRES} names no PostgreSQL");
            return None;
        };
        let name = format!("leadgate_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let mut admin = PgConnection::connect(&url).await.unwrap();
        admin.execute(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).await.unwrap();
        admin.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        let mut at = url::Url::parse(&url).unwrap();
        at.set_path(&name);
        let at = StoreAt::Postgres { url: at.into(), password: None };
        Some(Self { at, clock: StubClock::at(start()), damaged: AtomicBool::new(false), dir: None })
    }

    /// Is it PostgreSQL?
    pub fn is_postgres(&self) -> bool {
        self.dir.is_none()
    }

    /// Opens the store as an engine.
    pub async fn open(&self) -> Store {
        self.try_open(ProcKind::Engine).await.unwrap().store
    }

    /// Opens the store, or says why not.
    pub async fn try_open(&self, kind: ProcKind) -> Result<Opened, StoreError> {
        let (at, clock) = (self.at.clone(), Arc::clone(&self.clock));
        Store::open(StoreOptions { at, password: None, kind, who: "tester".into(), clock }).await
    }

    /// Moves the clock on.
    pub fn pass(&self, seconds: i64) {
        self.clock.advance(jiff::SignedDuration::from_secs(seconds));
    }

    /// A connection past the store.
    pub async fn raw(&self) -> Raw {
        match &self.at {
            StoreAt::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
                Raw::Sqlite(options.connect().await.unwrap())
            }
            StoreAt::Postgres { url, .. } => {
                Raw::Postgres(PgConnectOptions::from_str(url).unwrap().connect().await.unwrap())
            }
        }
    }

    /// Runs statements past the store.
    pub async fn sql(&self, sql: &str) {
        self.try_sql(sql).await.unwrap();
    }

    /// The same; how many rows it touched, or the database's own words.
    pub async fn try_sql(&self, sql: &str) -> Result<u64, String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.raw().await {
            Raw::Sqlite(mut link) => link.execute(sql).await.map(|done| done.rows_affected()),
            Raw::Postgres(mut link) => link.execute(sql).await.map(|done| done.rows_affected()),
        }
        .map_err(|error| error.to_string())
    }

    /// The numbers in the first column of a query.
    pub async fn ints(&self, sql: &str) -> Vec<i64> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.raw().await {
            Raw::Sqlite(mut link) => {
                link.fetch_all(sql).await.unwrap().iter().map(|row| row.get::<i64, _>(0)).collect()
            }
            Raw::Postgres(mut link) => {
                link.fetch_all(sql).await.unwrap().iter().map(|row| row.get::<i64, _>(0)).collect()
            }
        }
    }

    /// The texts in the first column of a query; absent ones are `-`.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        let found: Vec<Option<String>> = match self.raw().await {
            Raw::Sqlite(mut link) => link.fetch_all(sql).await.unwrap().iter().map(|row| row.get(0)).collect(),
            Raw::Postgres(mut link) => link.fetch_all(sql).await.unwrap().iter().map(|row| row.get(0)).collect(),
        };
        found.into_iter().map(|text| text.unwrap_or_else(|| "-".into())).collect()
    }

    /// The one number a query gives.
    pub async fn int(&self, sql: &str) -> i64 {
        let found = self.ints(sql).await;
        assert_eq!(found.len(), 1, "{sql}");
        found[0]
    }

    /// What every test ends with: nothing that must hold is broken, and the journal's chains hold.
    pub async fn finish(self) {
        if !self.damaged.load(Ordering::SeqCst) {
            let store = self.open().await;
            assert_eq!(store.invariants().await.unwrap(), [], "invariants");
            store.verify_journal().await.unwrap().unwrap();
            store.close().await.unwrap();
        }
        if let StoreAt::Postgres { url, .. } = &self.at {
            let name = url::Url::parse(url).unwrap().path().trim_start_matches('/').to_owned();
            let mut admin = PgConnection::connect(&std::env::var(POSTGRES).unwrap()).await.unwrap();
            admin.execute(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).await.unwrap();
        }
    }

    /// The database file, on SQLite.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.at {
            StoreAt::Sqlite(path) => Some(path.clone()),
            StoreAt::Postgres { .. } => None,
        }
    }
}
