//! Stage 1: read what a source has. A source keeps no state: it is given its cursor and a place in the
//! walk, and answers with records and where to go on. Storing them, and the cursor with them, is the
//! store's part, in one transaction (`reliability`: cursor with data).

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::lead::Record;
use crate::lead::outcome::Failure;

/// How far a source has been read, as its kind understands it; stored as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    /// `since`: the greatest value of the cursor field seen, by the source's own clock, as RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// `ETag` or the like of the last complete read; equal means nothing new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// Where a walk over pages stands; opaque to everybody but the source. Lives only during one walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(pub serde_json::Value);

/// One page.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// What could be read, and what could not.
    pub records: Vec<Result<Record, Unreadable>>,
    /// Where to go on; `None` ends the walk.
    pub next: Option<Place>,
    /// The cursor to store together with this page; `None` keeps the old one (a walk whose order is
    /// not known moves it only at the end).
    pub cursor: Option<Cursor>,
}

/// A record no mapping could read; kept raw and shown with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its id where it has one, else a hash of the raw text.
    pub id: String,
    /// What was wrong, for people.
    pub why: String,
    /// As received.
    pub raw: String,
}

/// Somewhere interest comes from.
pub trait Source: Send + Sync {
    /// Reads one page: the first of a walk when `place` is `None`. Every bound (bytes, pages, time) is
    /// the source's own and named in its preset.
    ///
    /// # Errors
    /// A [`Failure`] whose class says what to do; nothing of the page counts then.
    fn read<'a>(&'a self, cursor: &'a Cursor, place: Option<&'a Place>) -> BoxFuture<'a, Result<Batch, Failure>>;

    /// Asks for one page without counting it, for `check --connect`: what it found, for people.
    ///
    /// # Errors
    /// As [`Source::read`].
    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>>;
}
