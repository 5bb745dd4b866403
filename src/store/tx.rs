//! Transactions. Every call of the store runs in a task of its own: a dropped caller never cancels a
//! database future half-way (sqlx 0.9: a cancelled `begin` poisons the pooled connection).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::future::BoxFuture;
use jiff::tz::TimeZone;
use sqlx::{PgPool, SqlitePool};
use tokio::sync::Mutex;

use super::db::{Arg, Link, Row};
use super::journal::{self, Note};
use super::open::ProcSeed;
use super::outbox::OutboxStep;
use super::sources::WalkEnd;
use super::together::Together;
use super::{Intake, StoreError};
use crate::clock::SharedClock;

/// The two databases' pools.
pub(super) enum Pools {
    /// One writer, several readers.
    Sqlite {
        writer: SqlitePool,
        reader: SqlitePool,
    },
    Postgres(PgPool),
}

pub(super) struct Inner {
    pub(super) pools: Pools,
    pub(super) clock: SharedClock,
    pub(super) seed: ProcSeed,
    /// This process's row, once it has written; none again after another process declared it dead.
    pub(super) proc: Mutex<Option<i64>>,
    /// Keys e-mail and phone hashes; never leaves the machine.
    pub(super) key: [u8; 32],
    pub(super) changed: tokio::sync::watch::Sender<u64>,
    /// Steps that may share a transaction with others of their kind.
    pub(super) pages: Together<Intake>,
    pub(super) walk_ends: Together<WalkEnd>,
    pub(super) outbox: Together<OutboxStep>,
    /// The config this process made current; 0 before that.
    pub(super) config: AtomicI64,
    /// The business's zone, by which days are counted; UTC before a config was made current.
    pub(super) zone: std::sync::Mutex<TimeZone>,
}

/// The store. Cheap to clone; all clones are one process towards the database.
#[derive(Clone)]
pub struct Store {
    pub(super) inner: Arc<Inner>,
}

/// A transaction: statements, and what to write into the journal when it commits.
pub struct Tx {
    pub(super) link: Link,
    pub(super) notes: Vec<Note>,
    pub(super) proc: i64,
    /// The config in force, where this process has made one current.
    pub(super) config: Option<i64>,
    pub(super) now: jiff::Timestamp,
    pub(super) key: [u8; 32],
    zone: TimeZone,
}

impl Store {
    /// Reads in one consistent transaction.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn read<T, F>(&self, f: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        finish(tokio::spawn(async move {
            let link = match &inner.pools {
                Pools::Sqlite { reader, .. } => reader.begin().await.map(Link::Sqlite),
                // One snapshot for all statements, as SQLite gives it: a chain and its head must be of one moment.
                Pools::Postgres(pool) => {
                    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map(Link::Postgres)
                }
            }
            .map_err(|source| StoreError::db("opening a reading transaction", source))?;
            let mut tx = Tx::new(link, 0, &inner);
            let result = f(&mut tx).await;
            tx.link.rollback().await.map_err(|source| StoreError::db("closing a reading transaction", source))?;
            result
        }))
        .await
    }

    /// Writes in one transaction with its journal rows. Nothing is kept when `f` fails or when this
    /// process has been declared dead.
    ///
    /// # Errors
    /// What `f` said, or the database did not answer, or [`StoreError::Fenced`].
    pub async fn write<T, F>(&self, f: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    {
        let store = self.clone();
        finish(tokio::spawn(async move { store.write_here(f).await })).await
    }

    /// As [`Store::write`], in the task of the caller, who must not be dropped.
    pub(super) async fn write_here<T, F>(&self, f: F) -> Result<T, StoreError>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>>,
    {
        let inner = &self.inner;
        let proc = {
            let mut known = inner.proc.lock().await;
            match *known {
                Some(proc) => proc,
                None => *known.insert(super::open::register(inner).await?),
            }
        };
        let mut tx = Tx::new(begin_write(&inner.pools).await?, proc, inner);
        let result = async {
            let value = f(&mut tx).await?;
            let told = journal::append(&mut tx).await?;
            Ok((value, told))
        }
        .await;
        match result {
            Ok((value, told)) => {
                tx.link.commit().await.map_err(|source| StoreError::db("committing", source))?;
                if told {
                    inner.changed.send_modify(|version| *version += 1);
                }
                Ok(value)
            }
            Err(error) => {
                if let Err(source) = tx.link.rollback().await {
                    tracing::warn!(%source, "rolling back failed; the connection is dropped");
                }
                if matches!(error, StoreError::Fenced) {
                    // Only the one that was declared dead: a call beside this one may have begun anew.
                    let mut known = inner.proc.lock().await;
                    *known = known.filter(|now| *now != proc);
                }
                Err(error)
            }
        }
    }

    /// Moves with every commit of this process that told the journal something; wakes whoever waits.
    pub fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// Wakes whoever waits for changes, e.g. after seeing another process's commit.
    pub fn announce(&self) {
        self.inner.changed.send_modify(|version| *version += 1);
    }

    /// The clock this store stamps with.
    pub fn clock(&self) -> &SharedClock {
        &self.inner.clock
    }

    /// A version that moves when any process commits, cheap to ask (`data-model` 8): SQLite's
    /// `data_version` per connection is not usable through a pool, so both databases answer the sum of
    /// all journal positions.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn version(&self) -> Result<i64, StoreError> {
        self.read(|tx| {
            Box::pin(async move { tx.one_int("select cast(coalesce(sum(n), 0) as bigint) from proc", vec![]).await })
        })
        .await
    }
}

pub(super) async fn begin_write(pools: &Pools) -> Result<Link, StoreError> {
    match pools {
        Pools::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Link::Sqlite),
        // READ COMMITTED on purpose: a cap is locked first and counted in later statements; a snapshot
        // taken before the wait would count the past (`data-model` 5).
        Pools::Postgres(pool) => pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await.map(Link::Postgres),
    }
    .map_err(|source| StoreError::db("opening a writing transaction", source))
}

async fn finish<T>(task: tokio::task::JoinHandle<Result<T, StoreError>>) -> Result<T, StoreError> {
    match task.await {
        Ok(result) => result,
        Err(error) => Err(StoreError::Unusable(format!("a store call stopped: {error}"))),
    }
}

impl Tx {
    pub(super) fn new(link: Link, proc: i64, inner: &Inner) -> Self {
        let config = Some(inner.config.load(Ordering::SeqCst)).filter(|config| *config > 0);
        let zone = inner.zone.lock().map_or(TimeZone::UTC, |zone| zone.clone());
        Self { link, notes: Vec::new(), proc, config, now: inner.clock.now(), key: inner.key, zone }
    }

    /// The instant every row of this transaction is stamped with.
    pub const fn now(&self) -> jiff::Timestamp {
        self.now
    }

    /// The business's local day of an instant, as it is written: `2026-11-23`.
    pub(super) fn day_of(&self, at: jiff::Timestamp) -> String {
        at.to_zoned(self.zone.clone()).date().to_string()
    }

    /// Adds an entry to the journal of this transaction.
    pub fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// Is this SQLite (one writer, whole-database lock)?
    pub(super) const fn is_sqlite(&self) -> bool {
        self.link.is_sqlite()
    }

    pub(super) async fn run(&mut self, sql: &str, args: Vec<Arg>) -> Result<u64, StoreError> {
        self.link.execute(sql.to_owned(), args, true).await.map_err(|source| StoreError::db("writing", source))
    }

    pub(super) async fn all(&mut self, sql: &str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        self.link.fetch(sql.to_owned(), args, true).await.map_err(|source| StoreError::db("reading", source))
    }

    /// For statements whose text varies with their arguments: not kept in the statement cache.
    pub(super) async fn all_once(&mut self, sql: String, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        self.link.fetch(sql, args, false).await.map_err(|source| StoreError::db("reading", source))
    }

    pub(super) async fn one(&mut self, sql: &str, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    pub(super) async fn one_int(&mut self, sql: &str, args: Vec<Arg>) -> Result<i64, StoreError> {
        let row = self.one(sql, args).await?;
        row.map_or_else(|| Err(StoreError::Damaged("a count gave no row".into())), |row| row.int(0))
    }

    /// A guarded change: exactly one row, or somebody was first.
    pub(super) async fn guarded(&mut self, sql: &str, args: Vec<Arg>) -> Result<(), StoreError> {
        if self.run(sql, args).await? == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    pub(super) async fn bulk(
        &mut self,
        into: &str,
        columns: usize,
        rows: Vec<Vec<Arg>>,
        suffix: &str,
    ) -> Result<u64, StoreError> {
        self.link.bulk(into, columns, rows, suffix).await.map_err(|source| StoreError::db("inserting rows", source))
    }

    /// The rows of a statement over a table of values, which `(ROWS)` stands for in its text and whose columns are
    /// `column1`, `column2` …; a row in it whose columns are all null means nothing.
    pub(super) async fn over(
        &mut self,
        sql: &str,
        columns: usize,
        rows: Vec<Vec<Arg>>,
    ) -> Result<Vec<Row>, StoreError> {
        let mut back = Vec::new();
        for (sql, args, cached) in self.link.each(sql, columns, rows) {
            let some = self.link.fetch(sql, args, cached).await;
            back.append(&mut some.map_err(|source| StoreError::db("reading", source))?);
        }
        Ok(back)
    }

    /// The same for a change of one row for each of the values; was it made for every one?
    pub(super) async fn each(&mut self, sql: &str, columns: usize, rows: Vec<Vec<Arg>>) -> Result<bool, StoreError> {
        let wanted = rows.len() as u64;
        let mut made = 0;
        for (sql, args, cached) in self.link.each(sql, columns, rows) {
            let some = self.link.execute(sql, args, cached).await;
            made += some.map_err(|source| StoreError::db("writing", source))?;
        }
        Ok(made == wanted)
    }

    /// Reserves `count` ids of a table. On PostgreSQL ids are not in commit order.
    pub(super) async fn next_ids(&mut self, table: &'static str, count: usize) -> Result<Vec<i64>, StoreError> {
        if self.is_sqlite() {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            let sql = "insert into meta (key, value) values ($1, $2) \
                       on conflict (key) do update set value = value + $2 returning value";
            let last = self.one_int(sql, super::db::args![format!("{table}_ids"), count]).await?;
            return Ok((last - count + 1..=last).collect());
        }
        let sql = format!("select nextval('{table}_ids') from generate_series(1, $1)");
        self.all(&sql, super::db::args![count]).await?.iter().map(|row| row.int(0)).collect()
    }

    /// Reserves one id.
    pub(super) async fn next_id(&mut self, table: &'static str) -> Result<i64, StoreError> {
        let ids = self.next_ids(table, 1).await?;
        ids.first().copied().ok_or_else(|| StoreError::Damaged(format!("no id for {table}")))
    }

    /// Locks cap 0 until this transaction ends: one release at a time over all engines. SQLite holds the
    /// whole database already.
    pub(super) async fn lock_caps(&mut self) -> Result<(), StoreError> {
        if !self.is_sqlite() {
            self.run("select id from cap where id = 0 for update", vec![]).await?;
        }
        Ok(())
    }

    /// `for update skip locked` where the database has it.
    pub(super) const fn skip_locked(&self) -> &'static str {
        if self.is_sqlite() { "" } else { " for update skip locked" }
    }
}
