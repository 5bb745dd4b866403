//! The screens that are one list: Capacity, Sources, Journal.

use super::cursor::follow;
use super::{Cursor, Loaded};
use crate::desk::view::{CapLine, Capacity, Event, PersonLine, SourceLine, TeamCapacity};

/// Does one of these contain the filter, whatever its case?
pub fn contains(texts: &[&str], filter: &str) -> bool {
    let filter = filter.trim().to_lowercase();
    filter.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&filter))
}

/// The Capacity screen.
#[derive(Debug, Clone, Default)]
pub struct CapacityScreen {
    /// What the desk said.
    pub data: Loaded<Capacity>,
    /// The cursor, over caps.
    pub cursor: Cursor<String>,
    /// First line shown.
    pub top: usize,
}

/// One line of the Capacity list.
#[derive(Debug, Clone, Copy)]
pub enum CapItem<'a> {
    /// A team's head.
    Team(&'a TeamCapacity),
    /// One of its caps.
    Cap(&'a TeamCapacity, &'a CapLine),
}

impl CapacityScreen {
    /// The lines: each team's head, then its caps.
    pub fn items(&self) -> impl Iterator<Item = CapItem<'_>> {
        let teams = self.data.value.as_ref().map_or(&[][..], |data| &data.teams);
        teams.iter().flat_map(|team| {
            std::iter::once(CapItem::Team(team)).chain(team.caps.iter().map(move |cap| CapItem::Cap(team, cap)))
        })
    }

    /// Everybody, with their team.
    pub fn people(&self) -> impl Iterator<Item = (&TeamCapacity, &PersonLine)> {
        let teams = self.data.value.as_ref().map_or(&[][..], |data| &data.teams);
        teams.iter().flat_map(|team| team.people.iter().map(move |person| (team, person)))
    }

    /// The lines the cursor stops at: the caps, and the heads of teams that have none, for their people's sake.
    fn stops(&self) -> impl Iterator<Item = (usize, CapItem<'_>)> {
        let stops = |item: &CapItem<'_>| match item {
            CapItem::Team(team) => team.caps.is_empty(),
            CapItem::Cap(..) => true,
        };
        self.items().enumerate().filter(move |(_, item)| stops(item))
    }

    /// What names these lines, in the order shown.
    pub fn keys(&self) -> Vec<String> {
        let key = |item: CapItem<'_>| match item {
            CapItem::Team(team) => format!("team {}", team.team),
            CapItem::Cap(_, cap) => cap.id.clone(),
        };
        self.stops().map(|(_, item)| key(item)).collect()
    }

    /// The team and cap under the cursor.
    pub fn selected(&self) -> Option<(&TeamCapacity, &CapLine)> {
        match self.stops().nth(self.cursor.index)?.1 {
            CapItem::Cap(team, cap) => Some((team, cap)),
            CapItem::Team(_) => None,
        }
    }

    /// The team under the cursor.
    pub fn team(&self) -> Option<&TeamCapacity> {
        let (CapItem::Team(team) | CapItem::Cap(team, _)) = self.stops().nth(self.cursor.index)?.1;
        Some(team)
    }

    /// Keeps the cursor's line in sight, and the head above it where it is the first.
    pub fn follow(&mut self, height: usize) {
        let line = self.line();
        let first = if self.cursor.index == 0 { 0 } else { line };
        self.top = follow(self.top.min(first), line, height, self.items().count());
    }

    /// The line the cursor is on.
    pub fn line(&self) -> usize {
        self.stops().nth(self.cursor.index).map_or(0, |(line, _)| line)
    }
}

/// The Sources screen.
#[derive(Debug, Clone, Default)]
pub struct SourcesScreen {
    /// What the desk said.
    pub data: Loaded<Vec<SourceLine>>,
    /// The cursor, by source id.
    pub cursor: Cursor<String>,
}

impl SourcesScreen {
    /// The sources that match the filter.
    pub fn shown(&self, filter: &str) -> Vec<&SourceLine> {
        let all = self.data.value.as_deref().unwrap_or_default();
        all.iter().filter(|line| contains(&[&line.id, &line.title, &line.preset, &line.channel], filter)).collect()
    }

    /// The source under the cursor.
    pub fn selected(&self) -> Option<&SourceLine> {
        let id = self.cursor.key.as_ref()?;
        self.data.value.as_ref()?.iter().find(|line| line.id == *id)
    }
}

/// The Journal screen.
#[derive(Debug, Clone, Default)]
pub struct JournalScreen {
    /// What the desk said, the latest first.
    pub data: Loaded<Vec<Event>>,
    /// The cursor, by the event itself.
    pub cursor: Cursor<Event>,
}

impl JournalScreen {
    /// The events that match the filter.
    pub fn shown(&self, filter: &str) -> Vec<&Event> {
        let all = self.data.value.as_deref().unwrap_or_default();
        all.iter().filter(|event| contains(&[&event.who, &event.text], filter)).collect()
    }
}
