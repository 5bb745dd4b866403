//! Who is there: the ids of a whole walk, from which the store sees who has left. Kept beside the walk, not in
//! its place, for it may be long.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::paging::Walk;
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

    /// Adds the ids of a page; `None` where they are not all there were. `next` is where the walk over its parent
    /// goes on, `total` how many records the page said there are.
    ///
    /// Pages go by places in a list, and a list changes while it is read: who leaves pushes another one out of
    /// sight. So a source that counts must count the same on every page, and as many as were seen.
    pub fn add(&self, tour: &mut Tour, ids: Option<Vec<String>>, next: Option<&Walk>, total: Option<u64>) {
        let Some(before) = tour.roster else { return };
        tour.totals.extend(total);
        let mut roster = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Another walk (a second engine's, a trial) has begun meanwhile: neither knows the whole.
        let whole = ids.filter(|ids| roster.len() == before && before + ids.len() <= ROSTER_MAX);
        tour.roster = whole.map(|ids| {
            roster.extend(ids);
            roster.len()
        });
        if next.is_none() {
            let seen: HashSet<&String> = roster.iter().skip(tour.enrolled).collect();
            tour.roster = tour.roster.filter(|_| tour.totals.iter().all(|total| *total == seen.len() as u64));
            let nobody = !tour.totals.is_empty() && tour.totals.iter().all(|total| *total == 0);
            tour.said_empty = Some(nobody && tour.said_empty.unwrap_or(true));
            tour.enrolled = roster.len();
            tour.totals.clear();
        }
    }

    /// Everybody who is there, after a whole walk. Nobody at all proves nothing, for it may be a right that is
    /// missing, unless the source counts and says itself that there is nobody.
    pub fn whole(&self, tour: &Tour) -> Option<Vec<String>> {
        let roster = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let nobody_is_left = tour.said_empty == Some(true);
        tour.roster.filter(|count| *count == roster.len() && (*count > 0 || nobody_is_left)).map(|_| roster)
    }
}
