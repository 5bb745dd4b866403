//! The one line a headless demo ends with.

use std::fmt;

use crate::desk::{Desk, DeskError, FiguresAsk};

/// How many came in and how far they got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records received, further touches and unreadable ones included.
    pub received: u64,
    /// Leads that qualified.
    pub qualified: u64,
    /// Leads waiting for capacity now.
    pub held: u64,
    /// Leads handed off.
    pub handed_off: u64,
    /// Leads somebody answered.
    pub answered: u64,
}

impl Tally {
    /// Counts what the desk shows.
    ///
    /// # Errors
    /// The desk could not be read.
    pub async fn of(desk: &dyn Desk) -> Result<Self, DeskError> {
        let report = desk.report(FiguresAsk::default()).await?;
        let (counts, answered) = (report.total.counts, report.total.speed.answered);
        Ok(Self {
            received: counts.inquiries + report.touches + report.aside,
            qualified: counts.qualified,
            held: desk.capacity().await?.held,
            handed_off: counts.handed_off,
            answered,
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { received, qualified, held, handed_off, answered } = self;
        write!(
            f,
            "received {received} · qualified {qualified} · held {held} · handed off {handed_off} · answered {answered}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_reads_as_documented() {
        let tally = Tally { received: 40, qualified: 25, held: 13, handed_off: 12, answered: 8 };
        assert_eq!(tally.to_string(), "received 40 · qualified 25 · held 13 · handed off 12 · answered 8");
    }
}
