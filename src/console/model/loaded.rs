//! Something asked of the desk: the last answer stays while a newer one is on its way.

use jiff::Timestamp;

use crate::desk::DeskError;

/// The last answer and the state of the next one.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// The last answer.
    pub value: Option<T>,
    /// The question on its way, and since when.
    pub asked: Option<(u64, Timestamp)>,
    /// The last question failed: what the desk said, and when.
    pub failed: Option<(DeskError, Timestamp)>,
}

impl<T> Default for Loaded<T> {
    fn default() -> Self {
        Self { value: None, asked: None, failed: None }
    }
}

/// What a screen waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// A question is on its way since then.
    pub since: Option<Timestamp>,
    /// The store failed to answer the last one.
    pub failed: bool,
}

impl Waiting {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let since = match (self.since, other.since) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Self { since, failed: self.failed || other.failed }
    }
}

impl<T> Loaded<T> {
    /// Notes that a question with this number is on its way. The time since which an answer is missing
    /// goes on counting when a newer question replaces an unanswered one.
    pub fn ask(&mut self, ticket: u64, now: Timestamp) {
        let since = self.asked.map_or(now, |(_, since)| since);
        self.asked = Some((ticket, since));
    }

    /// Is this the answer we wait for?
    pub fn awaits(&self, ticket: u64) -> bool {
        self.asked.is_some_and(|(asked, _)| asked == ticket)
    }

    /// Takes the answer.
    pub fn take(&mut self, answer: Result<T, DeskError>, now: Timestamp) {
        self.asked = None;
        match answer {
            Ok(value) => {
                self.value = Some(value);
                self.failed = None;
            }
            Err(error) => self.failed = Some((error, now)),
        }
    }

    /// What it waits for. "No such thing" is an answer, not a silence.
    pub fn waiting(&self) -> Waiting {
        let failed = matches!(self.failed, Some((DeskError::Store(_), _)));
        Waiting { since: self.asked.map(|(_, since)| since), failed }
    }

    /// Should the failed question be asked again?
    pub fn wants_retry(&self, now: Timestamp, after_secs: i64) -> bool {
        self.asked.is_none()
            && matches!(&self.failed, Some((DeskError::Store(_), at)) if crate::console::say::secs(*at, now) >= after_secs)
    }
}
