//! The preview that is wanted now, how far it is, and what it said.

use jiff::Timestamp;

use super::dialog::{CapChange, DraftPage, SweepPage};
use super::{Dialog, Model};
use crate::desk::view::Preview;
use crate::desk::{DeskError, PreviewAsk};

/// Days a draft can be tried on; the first is usual.
pub const DRAFT_DAYS: [u32; 4] = [30, 7, 14, 90];

/// Days a cap's curve can be tried on; the first is usual: two of each weekday.
pub const SWEEP_DAYS: [u32; 3] = [14, 30, 90];

/// What is wanted: the question, and the how manieth time it is asked.
pub type Wanted = (PreviewAsk, u32);

/// The state of the one preview.
#[derive(Debug, Clone, Default)]
pub struct Previewing {
    /// What is wanted now.
    pub wanted: Option<Wanted>,
    /// The request's number.
    pub ticket: u64,
    /// Since when it is computed.
    pub since: Timestamp,
    /// Leads decided again, and how many there are; 0 while nobody knows.
    pub progress: (u64, u64),
    /// What came of it.
    pub answer: Option<Result<Box<Preview>, DeskError>>,
}

impl Previewing {
    /// Is it still computed?
    pub const fn runs(&self) -> bool {
        self.wanted.is_some() && self.answer.is_none()
    }

    /// What came of it, when it went well.
    pub fn preview(&self) -> Option<&Preview> {
        self.answer.as_ref()?.as_ref().ok().map(|preview| &**preview)
    }
}

impl CapChange {
    /// The maximum as typed, where it is one.
    pub fn typed_max(&self) -> Option<u32> {
        self.max.value().trim().parse().ok()
    }

    fn ask(&self) -> Option<PreviewAsk> {
        let max = self.typed_max().filter(|max| Some(*max) != self.old)?;
        Some(PreviewAsk::cap(&self.cap, max))
    }
}

impl DraftPage {
    /// Days it is tried on.
    pub fn days(&self) -> u32 {
        DRAFT_DAYS[self.days % DRAFT_DAYS.len()]
    }

    fn ask(&self) -> PreviewAsk {
        PreviewAsk::Draft { file: self.file.clone(), days: self.days() }
    }
}

impl SweepPage {
    /// Days it is tried on.
    pub fn days(&self) -> u32 {
        SWEEP_DAYS[self.days % SWEEP_DAYS.len()]
    }

    fn ask(&self) -> PreviewAsk {
        PreviewAsk::sweep(&self.cap, self.around, self.days())
    }
}

impl Model {
    /// The preview that what is open wants. A draft keeps its own while one of its leads is looked at.
    pub fn wants_preview(&self) -> Option<Wanted> {
        let of = |dialog: &Dialog| match dialog {
            Dialog::Cap(change) => change.ask().map(|ask| (ask, 0)),
            Dialog::Sweep(page) => Some((page.ask(), 0)),
            Dialog::Draft(page) => Some((page.ask(), page.round)),
            _ => None,
        };
        let kept = || self.came_from.as_ref().and_then(of);
        self.dialogs.iter().rev().find_map(of).or_else(kept)
    }
}
