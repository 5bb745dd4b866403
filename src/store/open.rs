//! Opening a store: settings, migrations, who this process is.
//!
//! SQLite: WAL, `synchronous=FULL`, foreign keys, secure delete, no mmap; one writing connection and a few
//! reading ones; version ≥ 3.51.3 asserted (older ones can corrupt a WAL that two connections share).
//! PostgreSQL: a `ROLLBACK` before a pooled connection is lent, session timeouts, an advisory lock while
//! migrating.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Executor, SqlitePool};
use tokio::sync::Mutex;

use super::db::args;
use super::together::Together;
use super::tx::{Inner, Pools, begin_write};
use super::upgrade::{migrate_postgres, migrate_sqlite};
use super::{Store, StoreError, Tx, journal};
use crate::clock::SharedClock;
use crate::config::checked::StoreAt;

/// The oldest SQLite whose WAL is safe to share.
const SQLITE_AT_LEAST: (u32, u32, u32) = (3, 51, 3);
/// How long a writer waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(10);
/// Pause between tries to switch a new file to WAL.
const WAL_RETRY: Duration = Duration::from_millis(50);
/// What this process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcKind {
    /// Polls and sends.
    Engine,
    /// Shows and acts.
    Console,
    /// One command.
    Command,
}

impl ProcKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Console => "console",
            Self::Command => "command",
        }
    }
}

pub(super) struct ProcSeed {
    pub(super) kind: ProcKind,
    pub(super) who: String,
}

/// How to open a store.
pub struct StoreOptions {
    /// Where it is.
    pub at: StoreAt,
    /// Password for PostgreSQL.
    pub password: Option<SecretString>,
    /// What this process is.
    pub kind: ProcKind,
    /// Who runs it.
    pub who: String,
    /// Its clock.
    pub clock: SharedClock,
}

/// An opened store.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// It did not exist before.
    pub fresh: bool,
}

impl Store {
    /// Opens, and creates or migrates when needed.
    ///
    /// # Errors
    /// Unreachable, damaged, too new, or an SQLite that is too old; each says how to go on.
    pub async fn open(options: StoreOptions) -> Result<Opened, StoreError> {
        let (pools, fresh) = match &options.at {
            StoreAt::Sqlite(path) => {
                let fresh = !path.exists();
                (open_sqlite(path).await?, fresh)
            }
            StoreAt::Postgres { url, .. } => open_postgres(url, options.password.as_ref()).await?,
        };
        let key = installation_key(&pools).await?;
        let inner = Inner {
            pools,
            clock: options.clock,
            seed: ProcSeed { kind: options.kind, who: options.who },
            proc: Mutex::new(None),
            key,
            changed: tokio::sync::watch::Sender::new(0),
            pages: Together::default(),
            walk_ends: Together::default(),
            outbox: Together::default(),
            config: AtomicI64::new(0),
            zone: std::sync::Mutex::new(jiff::tz::TimeZone::UTC),
        };
        Ok(Opened { store: Self { inner: Arc::new(inner) }, fresh })
    }

    /// Ends this process's row; later writes of it are refused.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn close(&self) -> Result<(), StoreError> {
        let proc = *self.inner.proc.lock().await;
        if let Some(proc) = proc {
            let mut link = begin_write(&self.inner.pools).await?;
            let now = self.inner.clock.now();
            let ended = link
                .execute("update proc set ended_at = $1 where id = $2".into(), args![now, proc], true)
                .await
                .map_err(|source| StoreError::db("signing off", source))?;
            tracing::debug!(ended, "signed off");
            link.commit().await.map_err(|source| StoreError::db("signing off", source))?;
        }
        match &self.inner.pools {
            Pools::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
        Ok(())
    }
}

async fn open_sqlite(path: &Path) -> Result<Pools, StoreError> {
    let unusable =
        |what: &str, error: &dyn std::fmt::Display| StoreError::Unusable(format!("{what} {}: {error}", path.display()));
    if let Some(dir) = path.parent() {
        private_dir(dir).map_err(|error| unusable("cannot create the folder of", &error))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .pragma("secure_delete", "on")
        .pragma("temp_store", "memory")
        .pragma("mmap_size", "0")
        .pragma("wal_autocheckpoint", "8000")
        .pragma("journal_size_limit", "67108864")
        .pragma("cell_size_check", "on")
        .pragma("trusted_schema", "off")
        .statement_cache_capacity(200);
    // Nothing breaks a connection to a file: asking whether it is still there would be one more question a transaction.
    let pool = || SqlitePoolOptions::new().test_before_acquire(false);
    let writer = pool().max_connections(1).acquire_timeout(Duration::from_mins(1));
    let writer = connect(writer, options.clone().pragma("cache_size", "-6000"))
        .await
        .map_err(|error| unusable("cannot open the database", &error))?;
    private_file(path).map_err(|error| unusable("cannot protect", &error))?;
    let version: String = sqlx::query_scalar("select sqlite_version()")
        .fetch_one(&writer)
        .await
        .map_err(|source| StoreError::db("asking SQLite for its version", source))?;
    if !new_enough(&version) {
        return Err(StoreError::Unusable(format!("SQLite {version} is too old: 3.51.3 or newer is needed")));
    }
    migrate_sqlite(&writer, path).await?;
    let reading = options.create_if_missing(false).pragma("query_only", "on").pragma("cache_size", "-2000");
    let reader = connect(pool().max_connections(3), reading)
        .await
        .map_err(|error| unusable("cannot open the database", &error))?;
    Ok(Pools::Sqlite { writer, reader })
}

/// Connects. Switching a new file to WAL does not wait for others who do the same (SQLite answers BUSY at
/// once, whatever the timeout), so it is tried again for as long as any lock is waited for.
async fn connect(pool: SqlitePoolOptions, options: SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let mut waited = Duration::ZERO;
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(sqlx::Error::Database(error)) if is_busy(error.code().as_deref()) && waited < BUSY => {
                tokio::time::sleep(WAL_RETRY).await;
                waited += WAL_RETRY;
            }
            done => return done,
        }
    }
}

/// SQLITE_BUSY in any of its extended forms: the low byte is 5.
fn is_busy(code: Option<&str>) -> bool {
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}

fn new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut part = || parts.next().unwrap_or(0);
    (part(), part(), part()) >= SQLITE_AT_LEAST
}

async fn open_postgres(url: &str, password: Option<&SecretString>) -> Result<(Pools, bool), StoreError> {
    let mut options = PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::Unusable(format!("the PostgreSQL address cannot be read: {error}")))?
        .application_name("leadgate")
        .options([
            ("statement_timeout", "30s"),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "30s"),
            ("tcp_keepalives_idle", "30"),
        ]);
    if let Some(password) = password {
        options = options.password(password.expose_secret());
    }
    let host = options.get_host().to_owned();
    let pool = PgPoolOptions::new()
        .max_connections(12)
        .acquire_timeout(Duration::from_secs(15))
        .before_acquire(|connection, _| {
            Box::pin(async move {
                connection.execute("ROLLBACK").await?;
                Ok(true)
            })
        })
        .connect_with(options)
        .await
        .map_err(|error| StoreError::Unusable(format!("cannot reach PostgreSQL at {host}: {error}")))?;
    let fresh = migrate_postgres(&pool).await?;
    Ok((Pools::Postgres(pool), fresh))
}

/// The key of this installation: it hashes e-mails and phones, so that they can be recognised after
/// erasure without being kept.
async fn installation_key(pools: &Pools) -> Result<[u8; 32], StoreError> {
    let mut link = begin_write(pools).await?;
    let mut fresh = [0_u8; 32];
    getrandom::fill(&mut fresh).map_err(|error| StoreError::Unusable(format!("no random numbers: {error}")))?;
    let run = async {
        let sql = "insert into secret (key, value) values ('installation', $1) on conflict (key) do nothing";
        link.execute(sql.into(), args![fresh.to_vec()], true).await?;
        link.fetch("select value from secret where key = 'installation'".into(), vec![], true).await
    };
    let rows = run.await.map_err(|source| StoreError::db("reading the installation key", source))?;
    let key = rows.first().map(|row| row.bytes_opt(0)).transpose()?.flatten().unwrap_or_default();
    link.commit().await.map_err(|source| StoreError::db("storing the installation key", source))?;
    key.try_into().map_err(|_| StoreError::Damaged("the installation key has a wrong length".into()))
}

pub(super) async fn register(inner: &Inner) -> Result<i64, StoreError> {
    let link = begin_write(&inner.pools).await?;
    let mut tx = Tx::new(link, 0, inner);
    let id = tx.next_id("proc").await?;
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "localhost".into());
    let sql = "insert into proc (id, kind, who, host, pid, version, started_at, beat_at, n, head) \
               values ($1, $2, $3, $4, $5, $6, $7, $7, 0, $8)";
    let seed = &inner.seed;
    let values = args![
        id,
        seed.kind.word(),
        &seed.who,
        host,
        i64::from(std::process::id()),
        env!("CARGO_PKG_VERSION"),
        tx.now(),
        journal::genesis(id)
    ];
    tx.run(sql, values).await?;
    tx.link.commit().await.map_err(|source| StoreError::db("signing on", source))?;
    Ok(id)
}

#[cfg(unix)]
fn private_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if dir.as_os_str().is_empty() || dir.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(unix)]
pub(super) fn private_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let file = PathBuf::from(name);
        if file.exists() {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn private_dir(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)
}

#[cfg(not(unix))]
pub(super) fn private_file(_: &Path) -> std::io::Result<()> {
    Ok(())
}
