//! Two databases behind one face: the same SQL text with `$n`, values in, rows out. Everything that
//! differs between SQLite and PostgreSQL is in this file and in `open.rs`; the rest of the store is
//! written once (`data-model` 2).

use jiff::Timestamp;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Postgres, Row as _, Sqlite};

use super::StoreError;

/// Rows of one bulk statement. Fewer, larger statements are faster; SQLite's cost grows with the square
/// of *named* parameters, so bulk text uses `?` there.
const BULK_ROWS: usize = 500;
/// Up to so many rows are filled up with rows of nothing to a power of two: a text for every number of them would be
/// read anew each time.
const FILLED_ROWS: usize = 64;

/// A value going into a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// A number or its absence.
    Int(Option<i64>),
    /// Text or its absence.
    Text(Option<String>),
    /// Bytes or their absence.
    Bytes(Option<Vec<u8>>),
}

impl Arg {
    /// The absence of such a value.
    const fn nothing(&self) -> Self {
        match self {
            Self::Int(_) => Self::Int(None),
            Self::Text(_) => Self::Text(None),
            Self::Bytes(_) => Self::Bytes(None),
        }
    }
}

macro_rules! into_arg {
    ($($type:ty => $variant:ident, $value:ident => $into:expr;)*) => { $(
        impl From<$type> for Arg { fn from($value: $type) -> Self { Self::$variant($into) } }
    )* };
}

into_arg! {
    i64 => Int, value => Some(value);
    Option<i64> => Int, value => value;
    usize => Int, value => i64::try_from(value).ok();
    Timestamp => Int, value => Some(value.as_microsecond());
    Option<Timestamp> => Int, value => value.map(Timestamp::as_microsecond);
    &str => Text, value => Some(value.to_owned());
    &String => Text, value => Some(value.clone());
    String => Text, value => Some(value);
    Option<String> => Text, value => value;
    Option<&str> => Text, value => value.map(str::to_owned);
    Vec<u8> => Bytes, value => Some(value);
    Option<Vec<u8>> => Bytes, value => value;
}

/// Values of a statement: `args![id, "text", Some(at)]`.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::db::Arg::from($value)),*] };
}
pub(crate) use args;

/// A row coming back. Columns are read by position.
#[derive(Debug)]
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

macro_rules! column {
    ($self:ident, $at:ident, $type:ty) => {
        match $self {
            Self::Sqlite(row) => row.try_get::<$type, _>($at),
            Self::Postgres(row) => row.try_get::<$type, _>($at),
        }
        .map_err(|source| StoreError::db("reading a column", source))
    };
}

impl Row {
    /// A number.
    pub fn int(&self, at: usize) -> Result<i64, StoreError> {
        column!(self, at, i64)
    }

    /// A number or its absence.
    pub fn int_opt(&self, at: usize) -> Result<Option<i64>, StoreError> {
        column!(self, at, Option<i64>)
    }

    /// Text.
    pub fn text(&self, at: usize) -> Result<String, StoreError> {
        column!(self, at, String)
    }

    /// Text or its absence.
    pub fn text_opt(&self, at: usize) -> Result<Option<String>, StoreError> {
        column!(self, at, Option<String>)
    }

    /// Bytes or their absence.
    pub fn bytes_opt(&self, at: usize) -> Result<Option<Vec<u8>>, StoreError> {
        column!(self, at, Option<Vec<u8>>)
    }

    /// An instant.
    pub fn at(&self, at: usize) -> Result<Timestamp, StoreError> {
        instant(self.int(at)?)
    }

    /// An instant or its absence.
    pub fn at_opt(&self, at: usize) -> Result<Option<Timestamp>, StoreError> {
        self.int_opt(at)?.map(instant).transpose()
    }
}

fn instant(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Damaged(format!("{micros} is not an instant")))
}

/// One open transaction on either database.
pub(super) enum Link {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

fn bind_sqlite(sql: String, args: Vec<Arg>, cached: bool) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(cached);
    for arg in args {
        query = match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Bytes(value) => query.bind(value),
        };
    }
    query
}

/// PostgreSQL stores no NUL in a text; one record must not stop a page.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

fn bind_postgres(sql: String, args: Vec<Arg>, cached: bool) -> sqlx::query::Query<'static, Postgres, PgArguments> {
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(cached);
    for arg in args {
        query = match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Text(value) => query.bind(value.map(without_nul)),
            Arg::Bytes(value) => query.bind(value),
        };
    }
    query
}

impl Link {
    pub(super) async fn execute(&mut self, sql: String, args: Vec<Arg>, cached: bool) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite(tx) => {
                bind_sqlite(sql, args, cached).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            Self::Postgres(tx) => {
                bind_postgres(sql, args, cached).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        }
    }

    pub(super) async fn fetch(&mut self, sql: String, args: Vec<Arg>, cached: bool) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::Sqlite(tx) => {
                let rows = bind_sqlite(sql, args, cached).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(tx) => {
                let rows = bind_postgres(sql, args, cached).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    pub(super) async fn rollback(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        }
    }

    pub(super) const fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// `(?,?),(?,?)` or `($1,$2),($3,$4)`.
    pub(super) fn places(&self, rows: usize, columns: usize) -> String {
        let mut text = String::with_capacity(rows * (columns * 3 + 3));
        let mut number = 0;
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ",(" });
            for column in 0..columns {
                if column > 0 {
                    text.push(',');
                }
                if self.is_sqlite() {
                    text.push('?');
                } else {
                    number += 1;
                    text.push('$');
                    text.push_str(&number.to_string());
                }
            }
            text.push(')');
        }
        text
    }

    /// `(?,?,?)`, or `($2,$3,$4)` when `before` parameters stand in front.
    pub(super) fn list(&self, count: usize, before: usize) -> String {
        if self.is_sqlite() {
            return self.places(1, count);
        }
        let numbers: Vec<String> = (1..=count).map(|place| format!("${}", place + before)).collect();
        format!("({})", numbers.join(","))
    }

    /// Inserts many rows by as few statements as are fast; returns how many went in. No first column is ever null.
    pub(super) async fn bulk(
        &mut self,
        into: &str,
        columns: usize,
        rows: Vec<Vec<Arg>>,
        suffix: &str,
    ) -> Result<u64, sqlx::Error> {
        let sql = if rows.len() > FILLED_ROWS {
            format!("insert into {into} ROWS {suffix}")
        } else {
            let each: Vec<String> = (1..=columns).map(|column| format!("column{column}")).collect();
            format!("insert into {into} select {} from (ROWS) v where column1 is not null {suffix}", each.join(","))
        };
        let mut done = 0;
        for (sql, args, cached) in self.each(&sql, columns, rows) {
            done += self.execute(sql, args, cached).await?;
        }
        Ok(done)
    }

    /// A statement in which `ROWS` stands for these values, as statements of as many rows as are fast; with each, whether
    /// its text comes again. A few are filled up with rows of nothing.
    pub(super) fn each(&self, sql: &str, columns: usize, mut rows: Vec<Vec<Arg>>) -> Vec<(String, Vec<Arg>, bool)> {
        let few = rows.len() <= FILLED_ROWS;
        if let Some(row) = rows.first().filter(|_| few) {
            let nothing = row.iter().map(Arg::nothing).collect();
            rows.resize(rows.len().next_power_of_two(), nothing);
        }
        let mut rows = rows.into_iter().peekable();
        let mut statements = Vec::new();
        while rows.peek().is_some() {
            let chunk: Vec<Vec<Arg>> = rows.by_ref().take(BULK_ROWS).collect();
            let sql = sql.replace("ROWS", &format!("values {}", self.places(chunk.len(), columns)));
            let cached = few || chunk.len() == BULK_ROWS;
            statements.push((sql, chunk.into_iter().flatten().collect(), cached));
        }
        statements
    }
}
