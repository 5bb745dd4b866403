//! Endpoints: the sources and destinations of the config as rows that remember where they stand: cursor,
//! schedule, what went wrong last. Also the config versions themselves.

mod backfill;
mod days;
mod pending;
mod pressure;
mod recheck;
mod roster;
mod walk;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};

use super::db::args;
use super::{Note, Row, Store, StoreError, Tx};
use crate::clock::earlier;
use crate::health::Facts;
use crate::lead::outcome::Failure;
use crate::lead::{Class, Consent};
pub use backfill::Backfill;
pub(super) use backfill::text as backfill_text;
pub(super) use days::DayCounts;
pub use pressure::{LOOKS_APART, Level, Pressure, Relieved};
pub use recheck::Recheck;
pub use roster::Departed;
pub(super) use walk::WalkEnd;

/// What an endpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndpointKind {
    /// Somewhere interest comes from.
    Source,
    /// Somewhere handoffs go.
    Destination,
    /// Where a destination's answers and bounces are read; it has the destination's id.
    Mailbox,
}

impl EndpointKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Mailbox => "mailbox",
        }
    }
}

/// Where an endpoint stands.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Row id.
    pub id: i64,
    /// Config id.
    pub name: String,
    /// Cursor, JSON.
    pub cursor: String,
    /// Next read, or next try of a paused destination.
    pub due_at: Timestamp,
    /// Failures in a row.
    pub fails: i64,
    /// Last complete success.
    pub last_ok_at: Option<Timestamp>,
    /// Last try.
    pub last_try_at: Option<Timestamp>,
    /// Class of the last failure; `None` when the last try went well.
    pub class: Option<Class>,
    /// The last failure in words with its fix.
    pub error: Option<String>,
    /// Fencing token of the current or last walk.
    pub token: i64,
    /// Somebody reads it until then.
    pub lease_until: Option<Timestamp>,
    /// Complete reads in a row that brought nothing new.
    pub quiet: u32,
    /// How often it asked us to slow down lately; each good read takes one away.
    pub strain: u32,
    /// First complete success.
    pub first_ok_at: Option<Timestamp>,
    /// When it last brought something new.
    pub last_new_at: Option<Timestamp>,
    /// Since then its rosters miss so many that nobody believes them yet.
    pub doubt_at: Option<Timestamp>,
    /// The last back-fill, done or not.
    pub backfill: Option<Backfill>,
    /// Read more rarely because there is no room for what it brings.
    pub pressure: Option<Pressure>,
    /// The last time it was held back, now over.
    pub relieved: Option<Relieved>,
    /// What its preset and far side say of it, as of the last walk.
    pub facts: Facts,
    /// What the walk that has it knows about it; not stored.
    pub walk: WalkHints,
}

/// What a walk tells the store about its source, for the records it stores.
#[derive(Debug, Clone, Default)]
pub struct WalkHints {
    /// A new record from before this instant was late: the cursor had passed it.
    pub late_before: Option<Timestamp>,
    /// People of these consents are asked about again after so long.
    pub recheck: Option<(SignedDuration, Vec<Consent>)>,
    /// It has completed a back-fill.
    pub backfilled: bool,
}

pub(super) const COLUMNS: &str = "id, name, cursor, due_at, fails, last_ok_at, last_try_at, class, error, token, lease_until, \
                       quiet, strain, first_ok_at, last_new_at, doubt_at, backfill, pressure, facts, relieved";

pub(super) fn endpoint(row: &Row) -> Result<Endpoint, StoreError> {
    let class = row.text_opt(7)?;
    let count = |at: usize| row.int(at).map(|count| u32::try_from(count).unwrap_or(0));
    Ok(Endpoint {
        id: row.int(0)?,
        name: row.text(1)?,
        cursor: row.text(2)?,
        due_at: row.at(3)?,
        fails: row.int(4)?,
        last_ok_at: row.at_opt(5)?,
        last_try_at: row.at_opt(6)?,
        class: class.and_then(|name| serde_json::from_value(serde_json::Value::String(name)).ok()),
        error: row.text_opt(8)?,
        token: row.int(9)?,
        lease_until: row.at_opt(10)?,
        quiet: count(11)?,
        strain: count(12)?,
        first_ok_at: row.at_opt(13)?,
        last_new_at: row.at_opt(14)?,
        doubt_at: row.at_opt(15)?,
        backfill: document(row, 16)?,
        pressure: document(row, 17)?,
        facts: document(row, 18)?.unwrap_or_default(),
        relieved: document(row, 19)?,
        walk: WalkHints::default(),
    })
}

/// A column that holds JSON or nothing.
fn document<T: serde::de::DeserializeOwned>(row: &Row, at: usize) -> Result<Option<T>, StoreError> {
    let read = |text: String| {
        serde_json::from_str(&text).map_err(|error| StoreError::Damaged(format!("an endpoint: {error}")))
    };
    row.text_opt(at)?.map(read).transpose()
}

impl Store {
    /// Makes a config version current: keeps its text once, and a row for every source, destination and
    /// cap it names. Returns its row id.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn activate(&self, config: &crate::config::Config) -> Result<i64, StoreError> {
        let (hash, body) = (config.hash.clone(), config.body.clone());
        let sources: Vec<String> = config.sources.keys().cloned().collect();
        let destinations: Vec<String> = config.destinations.keys().cloned().collect();
        let mailboxes: Vec<String> = config.mailboxes().map(|(id, _)| id.to_owned()).collect();
        let id = self
            .write(move |tx| {
                Box::pin(async move {
                    ensure_endpoints(tx, EndpointKind::Source, &sources).await?;
                    ensure_endpoints(tx, EndpointKind::Destination, &destinations).await?;
                    ensure_endpoints(tx, EndpointKind::Mailbox, &mailboxes).await?;
                    if let Some(row) = tx.one("select id from config where hash = $1", args![&hash]).await? {
                        let id = row.int(0)?;
                        if tx.one_int("select max(id) from config", vec![]).await? != id {
                            tx.note(Note::new("config").body(serde_json::json!({ "hash": hash, "again": true })));
                        }
                        tx.config = Some(id);
                        return Ok(id);
                    }
                    let id = tx.next_id("config").await?;
                    let sql = "insert into config (id, hash, body, activated_at) values ($1, $2, $3, $4) \
                           on conflict (hash) do nothing";
                    tx.run(sql, args![id, &hash, body, tx.now()]).await?;
                    tx.note(Note::new("config").body(serde_json::json!({ "hash": hash })));
                    let id = tx.one_int("select id from config where hash = $1", args![&hash]).await?;
                    tx.config = Some(id);
                    Ok(id)
                })
            })
            .await?;
        if let Ok(mut zone) = self.inner.zone.lock() {
            zone.clone_from(&config.business.zone);
        }
        self.inner.config.store(id, Ordering::SeqCst);
        Ok(id)
    }

    /// Every endpoint of a kind, by config id.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn endpoints(&self, kind: EndpointKind) -> Result<BTreeMap<String, Endpoint>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = format!("select {COLUMNS} from endpoint where kind = $1");
                let rows = tx.all(&sql, args![kind.word()]).await?;
                rows.iter().map(|row| endpoint(row).map(|one| (one.name.clone(), one))).collect()
            })
        })
        .await
    }

    /// Keeps why an endpoint could not even be built.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn mark_broken(&self, kind: EndpointKind, name: String, failure: Failure) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update endpoint set class = $1, error = $2 where kind = $3 and name = $4";
                let values = args![failure.class.name(), failure.to_string(), kind.word(), name];
                tx.run(sql, values).await.map(drop)
            })
        })
        .await
    }

    /// A source that tells by itself could be set up: what kept it from that counts no more.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn source_mended(&self, name: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update endpoint set class = null, error = null where kind = 'source' and name = $1 \
                           and class is not null";
                tx.run(sql, args![name]).await.map(drop)
            })
        })
        .await
    }

    /// Is another process's engine at work, heard of within `silent`?
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn engine_alive(&self, silent: SignedDuration) -> Result<bool, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let since = earlier(tx.now(), silent);
                let sql = "select count(*) from proc where kind = 'engine' and ended_at is null and beat_at >= $1";
                Ok(tx.one_int(sql, args![since]).await? > 0)
            })
        })
        .await
    }

    /// Lets a source be read at once.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn due_now(&self, name: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update endpoint set due_at = $1, class = null where kind = 'source' and name = $2";
                tx.run(sql, args![tx.now(), name]).await.map(drop)
            })
        })
        .await
    }

    /// What waits because credentials or settings were wrong is tried again now; what we were asked to wait
    /// for is not.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn try_again_now(&self) -> Result<(), StoreError> {
        self.write(|tx| {
            Box::pin(async move {
                let sql = "update endpoint set due_at = $1 where due_at > $1 and (class in ('auth', 'config') \
                           or (kind = 'destination' and class in ('retry', 'unknown')))";
                tx.run(sql, args![tx.now()]).await?;
                let sql = "update owner_mail set due_at = $1 where due_at > $1 and state = 'waiting'";
                tx.run(sql, args![tx.now()]).await.map(drop)
            })
        })
        .await
    }

    /// Records how a destination is: `failure` pauses it until `retry_at`, none clears it.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_state(
        &self,
        id: i64,
        retry_at: Timestamp,
        failure: Option<Failure>,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let class = failure.as_ref().map(|failure| failure.class.name());
                let words = failure.as_ref().map(ToString::to_string);
                let sql = "update endpoint set due_at = $1, class = $2, error = $3, last_try_at = $4, \
                           fails = case when $2 is null then 0 else fails + 1 end, \
                           last_ok_at = case when $2 is null then $4 else last_ok_at end where id = $5";
                tx.run(sql, args![retry_at, class, words, tx.now(), id]).await?;
                if let Some(class) = class {
                    tx.note(
                        Note::new("destination-paused").body(serde_json::json!({ "endpoint": id, "class": class })),
                    );
                }
                Ok(())
            })
        })
        .await
    }

    /// The config in force: row id, hash and text; `None` before the first.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn config_in_force(&self) -> Result<Option<(i64, String, String)>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select id, hash, body from config order by id desc limit 1";
                let row = tx.one(sql, vec![]).await?;
                row.map(|row| Ok((row.int(0)?, row.text(1)?, row.text(2)?))).transpose()
            })
        })
        .await
    }

    /// The text of a config version.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn config_hash(&self, id: i64) -> Result<Option<String>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let row = tx.one("select hash from config where id = $1", args![id]).await?;
                row.map(|row| row.text(0)).transpose()
            })
        })
        .await
    }
}

/// The row of a source that has just brought something by itself: it is well, as of now. Its row is locked
/// until the transaction ends.
pub(super) async fn source_told(tx: &mut Tx, name: &str) -> Result<Endpoint, StoreError> {
    let sql = "update endpoint set last_ok_at = $1, last_try_at = $1, fails = 0, class = null, error = null, \
               first_ok_at = coalesce(first_ok_at, $1), facts = $3 where kind = 'source' and name = $2";
    let facts = serde_json::to_string(&Facts { told: true, ..Facts::default() }).unwrap_or_default();
    tx.run(sql, args![tx.now(), name, facts]).await?;
    let sql = format!("select {COLUMNS} from endpoint where kind = 'source' and name = $1");
    let row = tx.one(&sql, args![name]).await?;
    let row = row.ok_or_else(|| StoreError::Damaged(format!("there is no row for the source {name}")))?;
    endpoint(&row)
}

async fn ensure_endpoints(tx: &mut Tx, kind: EndpointKind, names: &[String]) -> Result<(), StoreError> {
    for name in names {
        let sql = "select id from endpoint where kind = $1 and name = $2";
        if tx.one(sql, args![kind.word(), name]).await?.is_none() {
            let id = tx.next_id("endpoint").await?;
            let sql = "insert into endpoint (id, kind, name) values ($1, $2, $3) on conflict (kind, name) do nothing";
            tx.run(sql, args![id, kind.word(), name]).await?;
        }
    }
    Ok(())
}
