//! What a source is told about its records: which of them are stored.

use std::collections::HashSet;

use futures::future::BoxFuture;

use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::source::Known;
use crate::store::Store;

/// Most ids looked up in one question to the store.
const AT_ONCE: usize = 5_000;

/// The stored records of one source.
pub struct Stored<'a> {
    /// The store.
    pub store: &'a Store,
    /// Endpoint row of the source.
    pub source: i64,
}

impl Known for Stored<'_> {
    fn among<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<HashSet<String>, Failure>> {
        Box::pin(async move {
            let mut known = HashSet::new();
            for some in ids.chunks(AT_ONCE) {
                let found = self.store.known_among(self.source, some.to_vec()).await;
                known.extend(found.map_err(|error| {
                    Failure::new(Class::Retry, format!("asking what is known already failed: {}", error.chain()))
                })?);
            }
            Ok(known)
        })
    }
}
