//! A walk over several parents, one after the other, each with its own cursor: one broken form does not keep
//! the others from being read. Without `[each]` there is one walk, and this only carries it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::paging::Walk;
use super::parents::{Listed, Parent};
use super::{Cursor, Place};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::text::clean_line;

/// After so many parents in a row that could not be read, the others are not tried either: it is not them.
const ROW_MAX: usize = 3;
/// Broken parents told by name.
const TOLD_MAX: usize = 5;
/// Longest words about one of them, in characters.
const WORDS_MAX: usize = 200;

/// Where a walk over everything stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tour {
    /// The walk over the pages of the present parent; `None` begins it.
    pub walk: Option<Walk>,
    /// The present parent's id.
    pub parent: Option<String>,
    /// The parent it began with.
    first: Option<String>,
    /// Cursors that moved in this walk, by parent.
    pub moved: BTreeMap<String, Cursor>,
    /// How many ids the roster must hold by now; `None` where it cannot be whole any more.
    pub roster: Option<usize>,
    /// Where in the roster the present parent's ids begin.
    pub enrolled: usize,
    /// Did the pages say that there is nobody, of every parent so far? `None` before the first is read.
    pub said_empty: Option<bool>,
    /// How many records the pages of the present parent said there are: one number, if all goes well.
    pub totals: BTreeSet<u64>,
    read: usize,
    row: usize,
    broken: usize,
    told: Vec<String>,
}

impl Tour {
    /// A walk that begins.
    pub fn new(departures: bool) -> Self {
        Self { roster: departures.then_some(0), ..Self::default() }
    }

    /// From where the engine left off.
    ///
    /// # Errors
    /// It is not one of ours.
    pub fn resume(place: &Place) -> Result<Self, Failure> {
        serde_json::from_value(place.0.clone())
            .map_err(|error| Failure::new(Class::Retry, format!("the place in the walk cannot be read: {error}")))
    }

    /// As the engine carries it.
    pub fn place(&self) -> Option<Place> {
        serde_json::to_value(self).ok().map(Place)
    }

    /// The present parent. The first time that is `begin`, where it still exists, or the first of the list.
    pub fn present<'l>(&mut self, listed: &'l Listed, begin: Option<&str>) -> Option<&'l Parent> {
        let wanted = self.parent.as_deref().or(begin);
        let found = wanted.and_then(|id| listed.all.iter().find(|parent| parent.id == id));
        // A parent that vanished from the list in the middle of the walk ends it.
        let parent = if self.parent.is_some() { found } else { found.or_else(|| listed.all.first()) };
        let id = parent.map(|parent| parent.id.clone());
        self.first = self.first.take().or_else(|| id.clone());
        self.parent = id;
        parent
    }

    /// Goes on to the next parent; `false` where all had their turn.
    pub fn step(&mut self, listed: &Listed) -> bool {
        self.walk = None;
        let at = listed.all.iter().position(|parent| Some(&parent.id) == self.parent.as_ref());
        let next = at.map_or(0, |at| (at + 1) % listed.all.len().max(1));
        self.parent = listed.all.get(next).map(|parent| parent.id.clone());
        at.is_some() && self.parent != self.first
    }

    /// A page of the present parent was read.
    pub const fn went_well(&mut self) {
        self.read += 1;
        self.row = 0;
    }

    /// The present parent could not be read.
    ///
    /// # Errors
    /// That failure, where it is not this parent's alone.
    pub fn went_wrong(&mut self, parent: &Parent, failure: Failure) -> Result<(), Failure> {
        self.row += 1;
        self.broken += 1;
        self.roster = None;
        if self.told.len() < TOLD_MAX {
            self.told.push(format!("{}: {}", parent.shown(), clean_line(&failure.to_string(), WORDS_MAX)));
        }
        let not_its_own = self.read == 0 || matches!(failure.class, Class::Auth | Class::Retry);
        if failure.class == Class::Throttle || (not_its_own && self.row >= ROW_MAX) { Err(failure) } else { Ok(()) }
    }

    /// What is to be told at the end of a walk over `listed`; an error where nothing could be read.
    ///
    /// # Errors
    /// No parent could be read.
    pub fn trouble(&self, listed: &Listed, last: Option<Failure>) -> Result<Option<Failure>, Failure> {
        if let (0, Some(failure)) = (self.read, last) {
            return Err(failure);
        }
        let mut words = Vec::new();
        if self.broken > 0 {
            let more = self.broken.saturating_sub(self.told.len());
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            words.push(format!(
                "{} of {} could not be read: {}{more}",
                self.broken,
                listed.all.len(),
                self.told.join("; ")
            ));
        }
        if let Some(most) = listed.cut {
            words.push(format!("only the first {most} are read (each.max)"));
        }
        Ok((!words.is_empty()).then(|| Failure::new(Class::Retry, words.join("; "))))
    }

    /// The whole cursor: those of before, and those that moved. Those of parents that are gone are kept as long
    /// as there is room, for a list may come short once.
    pub fn cursor(&self, before: &Cursor, listed: &Listed) -> Cursor {
        let mut each = before.each.clone();
        each.extend(self.moved.clone());
        if each.len() > 2 * listed.all.len() {
            each.retain(|id, _| listed.all.iter().any(|parent| parent.id == *id));
        }
        Cursor { each, ..before.clone() }
    }
}
