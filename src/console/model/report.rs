//! The Report screen: which figures are asked for, and which one the cursor is on.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use super::{Cursor, Loaded};
use crate::desk::FiguresAsk;
use crate::desk::view::{Behind, Beside};
use crate::report::Report;
use crate::report::capacity::CapacityLine;
use crate::report::model::{Dimension, Row, View};
use crate::report::tally::OTHERS;

/// The figures of a line whose leads can be looked at, as `leadgate report --leads` names them; in the order of the
/// table's columns.
pub const FIGURES: [&str; 7] = ["inquiries", "qualified", "handed-off", "contacted", "actionable", "won", "returned"];

/// What stands beside the figures is counted anew no more often than this.
const BESIDE_EVERY_SECS: i64 = 60;

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
    /// What is counted after the figures.
    pub beside: Loaded<Beside>,
    /// For which days, and when it was asked for last.
    pub beside_for: Option<(i64, Timestamp)>,
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
            beside: Loaded::default(),
            beside_for: None,
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

    /// The question for what stands beside the figures, once these are there: when the days are others than last, and
    /// now and then. Noted as asked.
    pub fn wants_beside(&mut self, now: Timestamp, zone: &TimeZone) -> Option<FiguresAsk> {
        let fresh = self.beside_for.is_some_and(|(days, at)| {
            days == self.period.days() && now.duration_until(at).abs().as_secs() < BESIDE_EVERY_SECS
        });
        if fresh || self.beside.asked.is_some() || !self.is_counted() || self.data.asked.is_some() {
            return None;
        }
        if self.beside_for.is_some_and(|(days, _)| days != self.period.days()) {
            self.beside.value = None;
        }
        self.beside_for = Some((self.period.days(), now));
        Some(self.ask(now, zone))
    }

    /// The capacity of the line under the cursor, where it has one and it has been counted.
    pub fn capacity(&self) -> Option<&CapacityLine> {
        let key = self.selected().map(|row| row.key.as_str())?;
        let by = (self.cursor.index > 0).then_some(self.by);
        let of_these_days = self.beside_for.is_some_and(|(days, _)| days == self.period.days());
        let lines = &self.beside.value.as_ref().filter(|_| of_these_days)?.capacity.lines;
        lines.iter().find(|line| line.by == by && (by.is_none() || line.key == key))
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
