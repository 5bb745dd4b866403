//! The Response screen: handoffs in the groups a person works through, then figures.

use jiff::Timestamp;

use super::cursor::follow;
use super::{Cursor, Loaded};
use crate::desk::view::{HandoffRow, Response};
use crate::lead::{HandoffId, HandoffState};

/// What a handoff needs, in the order of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// May exist already.
    Unknown,
    /// Cannot go on without a decision.
    NeedsYou,
    /// Little time is left.
    AtRisk,
    /// The time to answer is over.
    Missed,
    /// Will be sent.
    Waiting,
    /// The destination has it.
    Sent,
    /// Answered by a person.
    Answered,
    /// Ended.
    Ended,
}

impl Group {
    /// The word people see.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NeedsYou => "needs you",
            Self::AtRisk => "at risk",
            Self::Missed => "missed",
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Answered => "answered",
            Self::Ended => "ended",
        }
    }

    /// The group of a handoff at `now`.
    pub fn of(row: &HandoffRow, now: Timestamp) -> Self {
        match row.state {
            HandoffState::Unknown => Self::Unknown,
            HandoffState::NeedsPerson => Self::NeedsYou,
            HandoffState::Tracking => Self::Answered,
            HandoffState::Closed | HandoffState::Dropped => Self::Ended,
            _ if row.first_at.is_some() => Self::Answered,
            HandoffState::Queued | HandoffState::Sending => Self::Waiting,
            HandoffState::Accepted => match row.answer_by {
                Some(by) if by <= now => Self::Missed,
                Some(_) if row.at_risk_from.is_some_and(|from| from <= now) => Self::AtRisk,
                _ => Self::Sent,
            },
        }
    }
}

/// One line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A group's head with the number of its handoffs.
    Head(Group, usize),
    /// A handoff, by its place in the data.
    Row(usize),
}

/// Which kind of thing the table splits by.
pub const KINDS: [&str; 4] = ["person", "team", "source", "destination"];

/// What stands below the list where there is room for one panel only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Below {
    /// What waits at each destination, and how it stands.
    #[default]
    Destinations,
    /// How fast people answer, and day by day.
    Speed,
    /// The same by person, team, source or destination.
    Table,
}

impl Below {
    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Destinations => Self::Speed,
            Self::Speed => Self::Table,
            Self::Table => Self::Destinations,
        }
    }
}

/// The Response screen.
#[derive(Debug, Clone, Default)]
pub struct ResponseScreen {
    /// What the desk said.
    pub data: Loaded<Response>,
    /// The lines of the list.
    pub items: Vec<Item>,
    /// The cursor, over handoffs only.
    pub cursor: Cursor<HandoffId>,
    /// First line shown.
    pub top: usize,
    /// The table splits by this one of [`KINDS`].
    pub split: usize,
    /// What stands below the list.
    pub below: Below,
}

impl ResponseScreen {
    /// Which kind of thing the table splits by.
    pub const fn kind(&self) -> &'static str {
        KINDS[self.split % KINDS.len()]
    }

    /// The handoff under the cursor.
    pub fn selected(&self) -> Option<&HandoffRow> {
        let rows = &self.data.value.as_ref()?.handoffs;
        let id = self.cursor.key?;
        rows.iter().find(|row| row.id == id)
    }

    /// The identities of the handoffs in the order shown.
    pub fn keys(&self) -> Vec<HandoffId> {
        let Some(data) = &self.data.value else { return Vec::new() };
        let rows = self.items.iter().filter_map(|item| match item {
            Item::Row(at) => data.handoffs.get(*at),
            Item::Head(..) => None,
        });
        rows.map(|row| row.id).collect()
    }

    /// Groups, filters and sorts anew; the cursor stays on its handoff.
    pub fn arrange(&mut self, now: Timestamp, filter: &str, height: usize) {
        let Some(data) = &self.data.value else { return };
        let mut rows: Vec<(Group, Timestamp, usize)> = data
            .handoffs
            .iter()
            .enumerate()
            .filter(|(_, row)| matches(row, filter))
            .map(|(at, row)| (Group::of(row, now), row.answer_by.unwrap_or(row.decided_at), at))
            .collect();
        rows.sort_unstable();
        let mut items = Vec::with_capacity(rows.len() + 8);
        for chunk in rows.chunk_by(|one, two| one.0 == two.0) {
            items.extend(chunk.first().map(|(group, ..)| Item::Head(*group, chunk.len())));
            items.extend(chunk.iter().map(|(.., at)| Item::Row(*at)));
        }
        self.items = items;
        let keys = self.keys();
        self.cursor.settle(&keys, height);
        self.follow(height);
    }

    /// Keeps the cursor's line in sight, and its group's head where the two are neighbours.
    pub fn follow(&mut self, height: usize) {
        let line = self.line();
        let first = if self.cursor.index == 0 { 0 } else { line };
        self.top = follow(self.top.min(first), line, height, self.items.len());
    }

    /// The line of the list the cursor is on.
    pub fn line(&self) -> usize {
        let rows = self.items.iter().enumerate().filter(|(_, item)| matches!(item, Item::Row(_)));
        rows.map(|(line, _)| line).nth(self.cursor.index).unwrap_or(0)
    }
}

fn matches(row: &HandoffRow, filter: &str) -> bool {
    let number = row.number.as_deref().unwrap_or_default();
    super::screens::contains(&[&row.name, &row.destination, &row.person, &row.team, row.token.as_str(), number], filter)
}
