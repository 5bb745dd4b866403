//! Who is there: the ids of a whole walk, from which the store sees who has left. Kept beside the walk, not in
//! its place, for it may be long.

use std::sync::{Mutex, PoisonError};

use super::tour::Tour;

/// Most ids a roster may hold; a longer one is not told.
const ROSTER_MAX: usize = 1_000_000;

/// The ids of the walk so far.
#[derive(Debug, Default)]
pub struct Roster(Mutex<Vec<String>>);

impl Roster {
    /// A walk begins.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Adds the ids of a page; `None` where they are not all there were.
    pub fn add(&self, tour: &mut Tour, ids: Option<Vec<String>>) {
        let Some(before) = tour.roster else { return };
        let mut roster = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Another walk (a second engine's, a trial) has begun meanwhile: neither knows the whole.
        let whole = ids.filter(|ids| roster.len() == before && before + ids.len() <= ROSTER_MAX);
        tour.roster = whole.map(|ids| {
            roster.extend(ids);
            roster.len()
        });
    }

    /// Everybody who is there, after a whole walk. Nobody at all proves nothing: it may be a right that is
    /// missing.
    pub fn whole(&self, tour: &Tour) -> Option<Vec<String>> {
        let roster = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        tour.roster.filter(|count| *count == roster.len() && *count > 0).map(|_| roster)
    }
}
