//! The Inbox: five lists of leads, each with its cursor; sorted by what is needed now.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{Cursor, Loaded};
use crate::desk::view::{LeadRow, List, Rows};
use crate::lead::LeadId;

/// Rows asked for at a time.
pub const PAGE: u32 = 200;
/// Most rows kept of one list; beyond that a filter narrows it.
pub const ROWS_MAX: usize = 1_000;

/// What identifies a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowKey {
    /// A lead.
    Lead(LeadId),
    /// A quarantined record.
    Record(i64),
}

/// The key of a row.
pub fn key(row: &LeadRow) -> RowKey {
    row.lead.map_or(RowKey::Record(row.inquiry), RowKey::Lead)
}

/// One list.
#[derive(Debug, Clone, Default)]
pub struct ListState {
    /// Its rows as far as they were read.
    pub data: Loaded<Rows>,
    /// The next page is on its way, with this number.
    pub more: Option<u64>,
    /// What the rows shown were asked with: filter, mine.
    pub shown_for: (String, bool),
    /// What the question on its way was asked with.
    pub asked_for: (String, bool),
    /// The cursor.
    pub cursor: Cursor<RowKey>,
    /// Rows that arrived and were not on the screen yet.
    pub fresh: HashSet<RowKey>,
}

/// The Inbox.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// The list shown.
    pub list: List,
    /// Only the leads of the person who sits here.
    pub mine: bool,
    /// Every list, in the order of [`List::ALL`].
    pub lists: [ListState; 5],
}

impl Inbox {
    /// The list shown.
    pub fn state(&self) -> &ListState {
        &self.lists[self.list as usize]
    }

    /// The list shown.
    pub fn state_mut(&mut self) -> &mut ListState {
        &mut self.lists[self.list as usize]
    }

    /// Its rows and what it waits for.
    pub fn loaded(&self) -> &Loaded<Rows> {
        &self.state().data
    }

    /// Its rows.
    pub fn rows(&self) -> &[LeadRow] {
        self.loaded().value.as_ref().map_or(&[], |rows| &rows.rows)
    }

    /// The keys of its rows.
    pub fn keys(&self) -> Vec<RowKey> {
        self.rows().iter().map(key).collect()
    }

    /// The row under the cursor.
    pub fn selected_row(&self) -> Option<&LeadRow> {
        self.rows().get(self.state().cursor.index)
    }

    /// Takes rows that came: in place, sorted, counted when new, the cursor on its lead.
    pub fn arrange(&mut self, at: usize, now: Timestamp, height: usize, known: Option<&HashSet<RowKey>>) {
        let open = at == List::Open as usize;
        let state = &mut self.lists[at];
        let Some(rows) = state.data.value.as_mut() else { return };
        if open {
            sort(&mut rows.rows, now);
        }
        let keys: Vec<RowKey> = rows.rows.iter().map(key).collect();
        if let Some(known) = known {
            state.fresh.extend(keys.iter().filter(|key| !known.contains(key)));
            let there: HashSet<RowKey> = keys.iter().copied().collect();
            state.fresh.retain(|key| there.contains(key));
        }
        state.cursor.settle(&keys, height);
    }

    /// Sorts again when time alone changed what is due. Returns whether anything moved.
    pub fn age(&mut self, now: Timestamp, height: usize) -> bool {
        if self.list != List::Open || self.rows().is_sorted_by_key(|row| order(row, now)) {
            return false;
        }
        self.arrange(self.list as usize, now, height, None);
        true
    }

    /// Rows on the screen have been seen.
    pub fn seen(&mut self, height: usize) {
        let state = self.state_mut();
        if state.fresh.is_empty() {
            return;
        }
        let Some(rows) = state.data.value.as_ref() else { return };
        for row in rows.rows.iter().skip(state.cursor.offset).take(height) {
            state.fresh.remove(&key(row));
        }
    }

    /// New rows out of sight: (above, below).
    pub fn unseen(&self, height: usize) -> (usize, usize) {
        let state = self.state();
        if state.fresh.is_empty() {
            return (0, 0);
        }
        let end = state.cursor.offset + height;
        let fresh = |row: &&LeadRow| state.fresh.contains(&key(row));
        let rows = self.rows();
        let above = rows.iter().take(state.cursor.offset).filter(fresh).count();
        let below = rows.iter().skip(end).filter(fresh).count();
        (above, below)
    }
}

fn order(row: &LeadRow, now: Timestamp) -> (crate::desk::view::Need, Timestamp, Timestamp, i64) {
    let need = row.need(now);
    let due = match need {
        crate::desk::view::Need::Snoozed => row.snoozed_until,
        _ => row.answer_by,
    };
    (need, due.unwrap_or(Timestamp::MAX), row.received_at, row.inquiry)
}

/// Sorts by what is needed, then by when.
pub fn sort(rows: &mut [LeadRow], now: Timestamp) {
    rows.sort_by_cached_key(|row| order(row, now));
}
