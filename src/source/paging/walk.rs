//! Where a walk over pages stands. Opaque to everybody else, and lives only during one walk.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a walk stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Walk {
    /// Pages read so far.
    pub pages: u64,
    /// Pages of the present query: less than `pages` once the walk asked anew from a later bound.
    pub turn: u64,
    /// Records of the present query.
    pub records: u64,
    /// How many records the last page said there are.
    pub total: Option<u64>,
    /// A list that is read by places grew shorter meanwhile: somebody may have moved to a page that was read before.
    pub shrank: bool,
    /// Records of the present page that were given out before.
    pub skip: usize,
    /// `page`: its number.
    pub number: u64,
    /// `offset`, `keyset`: records to pass over.
    pub offset: u64,
    /// `token`, `last_item`: the token. `next_url`, `link_header`: path and query.
    pub token: Option<String>,
    /// The lower bound the walk asks for.
    pub from: Option<Timestamp>,
    /// The upper bound, the same for the whole walk.
    pub until: Option<Timestamp>,
    /// The id above which the walk asks.
    pub above: Option<String>,
    /// The token the far side gave to go on from.
    pub resume: Option<String>,
    /// The latest moment seen.
    pub seen: Option<Timestamp>,
    /// The greatest id seen.
    pub greatest: Option<String>,
    /// The id of the very first record of the walk.
    pub newest: Option<String>,
    /// What had to be made before, if anything.
    pub job: Option<crate::source::job::Progress>,
    /// The walk before was not finished: that a record is known does not mean that those behind it are.
    pub open: bool,
    /// The latest moment the source's clock showed.
    pub date: Option<Timestamp>,
    /// Hashes of the pages read so far, without separators.
    pub hashes: String,
    /// Hashes of the tokens followed so far, likewise.
    pub tokens: String,
}

/// Is `hash` one of those in `hashes`?
pub fn holds_hash(hashes: &str, hash: &str) -> bool {
    !hash.is_empty() && hashes.as_bytes().chunks(hash.len()).any(|known| known == hash.as_bytes())
}
