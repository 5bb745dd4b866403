//! How far each file has been read. What was read is known again by what it says, not by its name: a file
//! that was appended to is read on, one that was replaced is read from its beginning, one that was renamed
//! is still the same.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::look::{Files, Seen, fingerprint};
use super::{Batch, Cursor, Place, Position, Unreadable};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::text::clean_line;

/// Bytes at either end of what was read that are hashed while a file is being read.
const EDGE: u64 = 64 * 1024;
/// The same once it has been read to its end: most files as a whole.
const EDGE_DONE: u64 = 32 * 1024 * 1024;
/// Most lines that could not be read whose reason is kept.
const REASONS_MAX: usize = 20;
/// Longest of these reasons, in characters.
const REASON_MAX: usize = 200;
/// Most files in a folder that are looked at to find one that was renamed.
const SIBLINGS_MAX: usize = 10_000;

/// One file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    id: String,
    size: u64,
    changed: i64,
    pub(super) offset: u64,
    lines: u64,
    /// What the bytes before `offset` say.
    prefix: String,
    edge: u64,
    /// There is something at the end that is not finished.
    waits: bool,
    /// Reading came to the end of the file.
    at_end: bool,
    /// The file had rested, so that its end counted as its end.
    rested: bool,
    /// Records read.
    pub(super) records: u64,
    /// Of these, and of what was no record, not understood.
    pub(super) broken: u64,
    /// Why, of the first of these.
    pub(super) why: Vec<String>,
}

impl Entry {
    /// Where it was left.
    pub(super) const fn position(&self) -> Position {
        Position { offset: self.offset, lines: self.lines }
    }

    /// Has all of it been read that can be?
    pub(super) const fn is_done(&self) -> bool {
        self.at_end && (self.rested || !self.waits)
    }

    /// Is it certainly the same file, and still as long?
    pub(super) fn goes_on(&self, seen: &Seen) -> bool {
        self.id == seen.id && seen.size >= self.offset
    }

    /// Has nothing happened to the file since?
    pub(super) fn is_unchanged(&self, seen: &Seen) -> bool {
        self.size == seen.size && self.changed == seen.changed && self.id == seen.id
    }

    /// Does the file still begin with what was read?
    pub(super) fn is_continued(&self, seen: &Seen) -> io::Result<bool> {
        Ok(self.offset > 0
            && seen.size >= self.offset
            && fingerprint(&seen.path, self.offset, self.edge)? == self.prefix)
    }

    /// Keeps how the file was, and how far it was read.
    pub(super) fn saw(&mut self, seen: &Seen, to: Position, end: End) {
        self.id.clone_from(&seen.id);
        (self.size, self.changed) = (seen.size, seen.changed);
        (self.offset, self.lines) = (to.offset, to.lines);
        (self.at_end, self.rested, self.waits) = (end.reached, end.rested, end.waits);
    }

    /// Keeps what was read, so that it is known again.
    pub(super) fn mark(&mut self, path: &Path) -> io::Result<()> {
        self.edge = if self.at_end { EDGE_DONE } else { EDGE };
        self.prefix = fingerprint(path, self.offset, self.edge)?;
        Ok(())
    }

    /// Gives out what could not be read, and keeps why.
    pub(super) fn unreadable(&mut self, bad: Unreadable, batch: &mut Batch) {
        self.records += 1;
        self.broken += 1;
        if self.why.len() < REASONS_MAX {
            self.why.push(clean_line(&bad.why, REASON_MAX));
        }
        batch.records.push(Err(bad));
    }
}

/// How the end of a file was met.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// Reading came that far.
    pub(super) reached: bool,
    /// The file had rested.
    pub(super) rested: bool,
    /// Something there is not finished.
    pub(super) waits: bool,
}

/// Every file, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub(super) files: BTreeMap<String, Entry>,
}

impl State {
    /// From the cursor.
    ///
    /// # Errors
    /// It is not one of ours.
    pub(super) fn of(cursor: &Cursor) -> Result<Self, Failure> {
        match &cursor.own {
            None => Ok(Self::default()),
            Some(own) => serde_json::from_value(own.clone()).map_err(|error| {
                let message = format!("how far the files were read cannot be read back: {error}");
                Failure::new(Class::Config, message)
            }),
        }
    }

    /// As a cursor, if it differs.
    pub(super) fn cursor(&self, old: &Cursor) -> Option<Cursor> {
        let own = serde_json::to_value(self).ok()?;
        (old.own.as_ref() != Some(&own)).then(|| Cursor { own: Some(own), ..Cursor::default() })
    }

    /// Finds files again that were renamed where they are: a log that was rotated is read to its end.
    pub(super) fn follow(&mut self) {
        let mut renamed = Vec::new();
        for (key, entry) in &self.files {
            let path = Path::new(key);
            let gone = Seen::at(path).is_none_or(|now| now.id != entry.id);
            if gone && !entry.id.is_empty() {
                let new = sibling(path, &entry.id).filter(|new| !self.files.contains_key(&new.key));
                renamed.extend(new.map(|new| (key.clone(), new)));
            }
        }
        for (old, new) in renamed {
            // A number that was given out again to another file is no rename.
            if let Some(entry) = self.files.get(&old)
                && entry.is_continued(&new).unwrap_or(false)
                && let Some(entry) = self.files.remove(&old)
            {
                self.files.insert(new.key, entry);
            }
        }
    }

    /// Files that are followed although they are not where files are looked for any more.
    pub(super) fn elsewhere(&self, files: &Files) -> Vec<Seen> {
        let moved = self.files.keys().map(Path::new).filter(|path| !files.lists(path));
        moved.filter_map(Seen::at).collect()
    }

    /// Forgets files that are not there any more, and those followed to their end.
    pub(super) fn forget(&mut self, files: &Files) {
        self.files.retain(|key, entry| {
            let path = Path::new(key);
            let finished = |seen: &Seen| !files.lists(path) && entry.is_done() && entry.is_unchanged(seen);
            Seen::at(path).is_some_and(|seen| !finished(&seen))
        });
    }
}

/// The file of this number in the folder of `path`.
fn sibling(path: &Path, id: &str) -> Option<Seen> {
    let entries = std::fs::read_dir(path.parent()?).ok()?;
    let seen = entries.take(SIBLINGS_MAX).filter_map(Result::ok).filter_map(|entry| Seen::at(&entry.path()));
    seen.into_iter().find(|seen| seen.id == id)
}

/// Where a walk over the files stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Walk {
    pub(super) state: State,
    /// The file that is being read.
    pub(super) at: Option<String>,
    /// The files up to this one are done with.
    pub(super) after: Option<String>,
    /// What was wrong with single files.
    pub(super) troubles: Vec<Failure>,
}

impl Walk {
    pub(super) fn begin(state: State) -> Self {
        Self { state, ..Self::default() }
    }

    /// From where the engine left off.
    pub(super) fn resume(place: &Place) -> Result<Self, Failure> {
        serde_json::from_value(place.0.clone())
            .map_err(|error| Failure::new(Class::Retry, format!("the place in the walk cannot be read: {error}")))
    }

    /// As the engine carries it.
    pub(super) fn place(&self) -> Option<Place> {
        serde_json::to_value(self).ok().map(Place)
    }

    pub(super) fn done(&mut self, key: &str) {
        self.at = None;
        self.after = Some(key.to_owned());
    }

    /// What was wrong, as one.
    pub(super) fn trouble(&self) -> Option<Failure> {
        let others = self.troubles.len().saturating_sub(1);
        let mut first = self.troubles.first()?.clone();
        if others > 0 {
            first.message = format!("{}, and {others} more like it", first.message);
        }
        Some(first)
    }
}
