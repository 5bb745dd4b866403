//! The Report screen: which figures are asked for, and which one the cursor is on.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use super::{Cursor, Loaded};
use crate::desk::FiguresAsk;
use crate::desk::view::Behind;
use crate::report::Report;
use crate::report::model::{Dimension, Row, View};
use crate::report::tally::OTHERS;

/// The figures of a line whose leads can be looked at, as `leadgate report --leads` names them; in the order of the
/// table's columns.
pub const FIGURES: [&str; 7] = ["inquiries", "qualified", "handed-off", "contacted", "actionable", "won", "returned"];

/// How many days a report covers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Period {
    /// 7 days.
    Week,
    /// 28 days.
    #[default]
    Month,
    /// 91 days.
    Quarter,
    /// 365 days.
    Year,
}

impl Period {
    /// Its days.
    pub const fn days(self) -> i64 {
        match self {
            Self::Week => 7,
            Self::Month => 28,
            Self::Quarter => 91,
            Self::Year => 365,
        }
    }

    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Week => Self::Month,
            Self::Month => Self::Quarter,
            Self::Quarter => Self::Year,
            Self::Year => Self::Week,
        }
    }
}

/// The Report screen.
#[derive(Debug, Clone)]
pub struct ReportScreen {
    /// What the desk said; boxed, because every future of the console carries the model.
    pub data: Loaded<Box<Report>>,
    /// Days covered.
    pub period: Period,
    /// How leads are put into them.
    pub view: View,
    /// What the table is split by.
    pub by: Dimension,
    /// The line over time stands where the funnel does, where there is no room for both.
    pub over_time: bool,
    /// The cursor: all together first, then the lines by their keys.
    pub cursor: Cursor<String>,
    /// The figure under the cursor, among [`FIGURES`].
    pub figure: usize,
    /// The leads behind a figure, while they are looked for.
    pub behind: Loaded<Behind>,
}

impl Default for ReportScreen {
    fn default() -> Self {
        Self {
            data: Loaded::default(),
            period: Period::default(),
            view: View::default(),
            by: Dimension::Source,
            over_time: false,
            cursor: Cursor::default(),
            figure: 0,
            behind: Loaded::default(),
        }
    }
}

impl ReportScreen {
    /// The question for what is shown: so many local days up to today.
    pub fn ask(&self, now: Timestamp, zone: &TimeZone) -> FiguresAsk {
        let today: Date = now.to_zoned(zone.clone()).date();
        FiguresAsk {
            since: today.checked_sub((self.period.days() - 1).days()).ok(),
            until: Some(today),
            view: self.view,
            by: vec![self.by],
            ..FiguresAsk::default()
        }
    }

    /// All together, then the lines of the split where they have been counted.
    pub fn lines(&self) -> Vec<&Row> {
        let Some(data) = &self.data.value else { return Vec::new() };
        let rows = data.split(self.by).map_or(&[][..], |split| &split.rows);
        std::iter::once(&data.total).chain(rows).collect()
    }

    /// The line under the cursor.
    pub fn selected(&self) -> Option<&Row> {
        self.lines().get(self.cursor.index).copied()
    }

    /// Is what is shown what was asked for, or are its figures still being counted?
    pub fn is_counted(&self) -> bool {
        let data = self.data.value.as_ref();
        data.is_some_and(|data| data.split(self.by).is_some() && data.view == self.view && self.covers(data))
    }

    fn covers(&self, data: &Report) -> bool {
        i64::from((data.until - data.since).get_days()) + 1 == self.period.days()
    }

    /// The figure under the cursor as the desk takes it.
    ///
    /// # Errors
    /// Why there are no leads to show, for people.
    pub fn wanted(&self) -> Result<String, &'static str> {
        let row = self.selected().ok_or("the figures are still being counted")?;
        let figure = FIGURES.get(self.figure).copied().unwrap_or("inquiries");
        match row.key.as_str() {
            _ if count(row, self.figure) == 0 => Err("no lead is behind a figure of 0"),
            _ if self.cursor.index == 0 => Ok(figure.to_owned()),
            OTHERS => Err("this line adds up what has no line of its own"),
            key => Ok(format!("{figure}@{}={key}", self.by.word())),
        }
    }
}

/// How many leads the figure at this place of [`FIGURES`] counts.
pub const fn count(row: &Row, figure: usize) -> u64 {
    let counts = &row.counts;
    match figure {
        0 => counts.inquiries,
        1 => counts.qualified,
        2 => counts.handed_off,
        3 => counts.contacted,
        4 => counts.actionable,
        5 => counts.won,
        _ => counts.returned,
    }
}
