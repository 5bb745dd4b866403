//! The steps of the schema, and how a database takes those it does not have yet.

use std::borrow::Cow;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{PgPool, SqlSafeStr, SqlitePool};

use super::StoreError;
use super::open::private_file;

/// Every step of the schema: number, name, text for SQLite, text for PostgreSQL. Old ones never change.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (1, "start", include_str!("migrations/sqlite/0001_start.sql"), include_str!("migrations/postgres/0001_start.sql")),
    (
        2,
        "sources",
        include_str!("migrations/sqlite/0002_sources.sql"),
        include_str!("migrations/postgres/0002_sources.sql"),
    ),
    (
        3,
        "relief",
        include_str!("migrations/sqlite/0003_relief.sql"),
        include_str!("migrations/postgres/0003_relief.sql"),
    ),
    (
        4,
        "shadow",
        include_str!("migrations/sqlite/0004_shadow.sql"),
        include_str!("migrations/postgres/0004_shadow.sql"),
    ),
    (5, "caps", include_str!("migrations/sqlite/0005_caps.sql"), include_str!("migrations/postgres/0005_caps.sql")),
    (
        6,
        "people",
        include_str!("migrations/sqlite/0006_people.sql"),
        include_str!("migrations/postgres/0006_people.sql"),
    ),
    (
        10,
        "ladder",
        include_str!("migrations/sqlite/0010_ladder.sql"),
        include_str!("migrations/postgres/0010_ladder.sql"),
    ),
    (
        11,
        "delivery",
        include_str!("migrations/sqlite/0011_delivery.sql"),
        include_str!("migrations/postgres/0011_delivery.sql"),
    ),
    (
        12,
        "figures",
        include_str!("migrations/sqlite/0012_figures.sql"),
        include_str!("migrations/postgres/0012_figures.sql"),
    ),
    (
        13,
        "erasure",
        include_str!("migrations/sqlite/0013_erasure.sql"),
        include_str!("migrations/postgres/0013_erasure.sql"),
    ),
    (14, "owner", include_str!("migrations/sqlite/0014_owner.sql"), include_str!("migrations/postgres/0014_owner.sql")),
    (
        15,
        "alerts",
        include_str!("migrations/sqlite/0015_alerts.sql"),
        include_str!("migrations/postgres/0015_alerts.sql"),
    ),
    (
        17,
        "journeys",
        include_str!("migrations/sqlite/0017_journeys.sql"),
        include_str!("migrations/postgres/0017_journeys.sql"),
    ),
    (
        18,
        "other_records",
        include_str!("migrations/sqlite/0018_other_records.sql"),
        include_str!("migrations/postgres/0018_other_records.sql"),
    ),
    (19, "said", include_str!("migrations/sqlite/0019_said.sql"), include_str!("migrations/postgres/0019_said.sql")),
];
/// Newest schema this binary knows.
const SCHEMA: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// Pause between tries to be the one who upgrades.
const LOCK_RETRY: Duration = Duration::from_millis(50);

/// The steps a database has.
const FOUND: &str = "select version from _sqlx_migrations order by version";

/// Has it every step? Their numbers are given out before they are written, so that an earlier one may come later.
fn has_all(found: &[i64], newest: i64) -> Result<bool, StoreError> {
    if newest > SCHEMA {
        return Err(StoreError::NewerSchema { found: newest, known: SCHEMA });
    }
    Ok(MIGRATIONS.iter().all(|(version, ..)| found.contains(version)))
}

fn migrator(postgres: bool) -> Migrator {
    let migrations = MIGRATIONS.iter().map(|(version, name, sqlite, server)| {
        let sql = if postgres { *server } else { *sqlite };
        Migration::new(*version, Cow::Borrowed(*name), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}

pub(super) async fn migrate_sqlite(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    if let Found::All = found_in(pool).await? {
        return Ok(());
    }
    let _alone = alone(&path.with_extension("upgrade.lock")).await?;
    match found_in(pool).await? {
        Found::All => return Ok(()),
        Found::Some => save(pool, &path.with_extension(format!("before-{SCHEMA}.sqlite"))).await?,
        Found::None => {}
    }
    migrator(false)
        .run(pool)
        .await
        .map_err(|error| StoreError::Unusable(format!("upgrading the database failed: {error}")))
}

/// Which steps a database has.
enum Found {
    None,
    Some,
    All,
}

async fn found_in(pool: &SqlitePool) -> Result<Found, StoreError> {
    let asked = |source| StoreError::db("asking the database for its schema", source);
    let there = "select count(*) from sqlite_master where type = 'table' and name = '_sqlx_migrations'";
    if sqlx::query_scalar::<_, i64>(there).fetch_one(pool).await.map_err(asked)? == 0 {
        return Ok(Found::None);
    }
    let found = sqlx::query_scalar::<_, i64>(FOUND).fetch_all(pool).await.map_err(asked)?;
    let Some(newest) = found.last() else { return Ok(Found::None) };
    Ok(if has_all(&found, *newest)? { Found::All } else { Found::Some })
}

/// One process at a time takes the steps: the others wait for it and find them taken. The kernel frees the lock of
/// one that was killed. The file stays: removing it would let two have "the" lock.
async fn alone(lock: &Path) -> Result<File, StoreError> {
    let fail = |error: &std::io::Error| {
        StoreError::Unusable(format!("upgrading the database: cannot lock {}: {error}", lock.display()))
    };
    let file = File::options().create(true).truncate(false).write(true).open(lock).map_err(|error| fail(&error))?;
    private_file(lock).map_err(|error| fail(&error))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_RETRY).await,
            Err(TryLockError::Error(error)) => return Err(fail(&error)),
        }
    }
}

pub(super) async fn migrate_postgres(pool: &PgPool) -> Result<bool, StoreError> {
    let asked = |source| StoreError::db("asking the database for its schema", source);
    let there = "select to_regclass('_sqlx_migrations') is not null";
    let found = if sqlx::query_scalar::<_, bool>(there).fetch_one(pool).await.map_err(asked)? {
        sqlx::query_scalar::<_, i64>(FOUND).fetch_all(pool).await.map_err(asked)?
    } else {
        Vec::new()
    };
    if let Some(newest) = found.last()
        && has_all(&found, *newest)?
    {
        return Ok(false);
    }
    migrator(true)
        .run(pool)
        .await
        .map_err(|error| StoreError::Unusable(format!("upgrading the database failed: {error}")))?;
    Ok(found.is_empty())
}

/// Keeps the database as it was before its upgrade. A copy that is there is whole: it is written beside and renamed,
/// so what an earlier try was stopped at is only a `.part`, and is written anew.
async fn save(pool: &SqlitePool, copy: &Path) -> Result<(), StoreError> {
    if copy.exists() {
        return Ok(());
    }
    let part = copy.with_extension("part");
    let unusable = |what: &str, error: &std::io::Error| {
        StoreError::Unusable(format!(
            "saving the database before its upgrade: cannot {what} {}: {error}",
            part.display()
        ))
    };
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unusable("remove", &error)),
        _ => {}
    }
    sqlx::query("vacuum into $1")
        .bind(part.display().to_string())
        .execute(pool)
        .await
        .map_err(|source| StoreError::db("saving the database before its upgrade", source))?;
    private_file(&part).map_err(|error| unusable("protect", &error))?;
    std::fs::rename(&part, copy).map_err(|error| unusable("rename", &error))
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};

    use super::*;

    #[tokio::test]
    async fn a_step_with_an_earlier_number_is_taken_when_it_comes_later() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.sqlite");
        let pool = SqlitePool::connect(&format!("sqlite:{}?mode=rwc", path.display())).await.unwrap();
        migrate_sqlite(&pool, &path).await.unwrap();
        for sql in ["drop table owner_mail", "drop table stop_loss", "delete from _sqlx_migrations where version = 14"]
        {
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
        migrate_sqlite(&pool, &path).await.unwrap();
        let rows = sqlx::query_scalar::<_, i64>("select count(*) from owner_mail").fetch_one(&pool).await.unwrap();
        assert_eq!(rows, 0);
        let sql = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                   values (999, '', true, x'', 0)";
        sqlx::query(sql).execute(&pool).await.unwrap();
        assert!(matches!(migrate_sqlite(&pool, &path).await, Err(StoreError::NewerSchema { found: 999, .. })));
    }

    /// What waits to be sent, and what was said of what was sent, is there after the upgrade.
    #[tokio::test]
    async fn what_was_frozen_and_what_was_said_come_apart_and_nothing_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.sqlite");
        let pool = SqlitePool::connect(&format!("sqlite:{}?mode=rwc", path.display())).await.unwrap();
        migrate_sqlite(&pool, &path).await.unwrap();
        for sql in [
            "drop table said",
            "alter table payload add column last_text text not null default ''",
            "insert into payload (handoff_id, bytes, last_text) values (1, x'41', 'queued as 4F2'), (2, x'42', ''), \
             (3, null, 'not sent in time')",
            "delete from _sqlx_migrations where version = 19",
        ] {
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
        migrate_sqlite(&pool, &path).await.unwrap();
        let told = async |sql| sqlx::query_as::<_, (i64, String)>(sql).fetch_all(&pool).await.unwrap();
        let said = told("select handoff_id, text from said order by handoff_id").await;
        assert_eq!(said, [(1, "queued as 4F2".into()), (3, "not sent in time".into())]);
        let frozen = told("select handoff_id, cast(bytes as text) from payload order by handoff_id").await;
        assert_eq!(frozen, [(1, "A".into()), (2, "B".into())]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn many_that_start_at_once_make_one_copy_and_take_each_step_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.sqlite");
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(10));
        let pool = || SqlitePoolOptions::new().max_connections(1).connect_with(options.clone());
        migrate_sqlite(&pool().await.unwrap(), &path).await.unwrap();
        assert_eq!(copies(dir.path()), [""; 0], "nothing is lost by creating one: no copy");
        let first = pool().await.unwrap();
        for sql in ["drop table owner_mail", "drop table stop_loss", "delete from _sqlx_migrations where version = 14"]
        {
            sqlx::query(sql).execute(&first).await.unwrap();
        }
        let started = (0..8).map(|_| async { migrate_sqlite(&pool().await.unwrap(), &path).await });
        for upgraded in futures::future::join_all(started).await {
            upgraded.unwrap();
        }
        assert_eq!(copies(dir.path()), [format!("a.before-{SCHEMA}.sqlite")]);
    }

    fn copies(dir: &Path) -> Vec<String> {
        let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("before")).collect()
    }

    #[tokio::test]
    async fn a_copy_that_was_interrupted_is_written_anew_and_a_whole_one_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (copy, part) = (dir.path().join("a.before-2.sqlite"), dir.path().join("a.before-2.part"));
        let file = format!("sqlite:{}?mode=rwc", dir.path().join("a.sqlite").display());
        let pool = SqlitePool::connect(&file).await.unwrap();
        sqlx::query("create table t (x)").execute(&pool).await.unwrap();
        std::fs::write(&part, "stopped here").unwrap();
        save(&pool, &copy).await.unwrap();
        assert!(!part.exists());
        let whole = std::fs::read(&copy).unwrap();
        assert!(whole.starts_with(b"SQLite format 3"));
        sqlx::query("drop table t").execute(&pool).await.unwrap();
        save(&pool, &copy).await.unwrap();
        assert_eq!(std::fs::read(&copy).unwrap(), whole, "the first copy is the one from before");
    }
}
