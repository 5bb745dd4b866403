//! The first response day by day: median and 90th percentile on a scale of their own, because a minute and a day
//! have to be told apart in a few rows.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::console::model::Model;
use crate::console::theme::Role;
use crate::console::widget::panel;
use crate::console::widget::{Align, Columns};
use crate::desk::view::{Day, Speed};

/// The foot of the scale, in seconds; what is faster shows as its lowest step.
const FOOT_SECS: f64 = 60.0;
/// The top of the scale, in seconds: three days.
const TOP_SECS: f64 = 259_200.0;
/// Heights that are named beside the chart.
const NAMED: [(&str, i64); 3] = [("5 min", 300), ("1 h", 3_600), ("24 h", 86_400)];
/// Columns of the names.
const NAMES: usize = 6;
/// Steps of one cell.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Fewer leads than this make a day's figure a guess (`domain-rules` 7).
const FEW: u64 = 5;

/// Draws the days, the last one at the right; nothing where there is no room.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect, days: &[Day]) {
    let rows = usize::from(area.height).saturating_sub(2);
    let room = usize::from(area.width).saturating_sub(NAMES + 1);
    if rows < 2 || room < 7 || days.is_empty() {
        return;
    }
    let wide = (room / days.len()).clamp(1, 2);
    let days = days.get(days.len().saturating_sub(room / wide)..).unwrap_or_default();
    let mut lines: Vec<Line<'static>> = (0..rows).rev().map(|row| level(model, days, row, rows, wide)).collect();
    lines.push(foot(model, days, wide));
    lines.push(legend(model));
    panel::lines(frame, area, lines);
}

/// One row of the chart; `row` counts from the foot.
fn level(model: &Model, days: &[Day], row: usize, rows: usize, wide: usize) -> Line<'static> {
    let theme = model.fixed.theme;
    let name = NAMED.iter().find(|(_, secs)| height(*secs, rows).saturating_sub(1) / 8 == row);
    let mut spans =
        Columns::new(theme).col(name.map_or("", |(word, _)| word), NAMES, Align::Right, Role::Quiet).line().spans;
    for day in days {
        let (sign, role) = cell(&day.speed, row, rows);
        let mut text = String::from(sign);
        text.extend(std::iter::repeat_n(if sign == '·' { ' ' } else { sign }, wide - 1));
        spans.push(Span::styled(text, theme.style(role)));
    }
    Line::from(spans)
}

/// What stands in one cell of a day.
fn cell(speed: &Speed, row: usize, rows: usize) -> (char, Role) {
    if speed.n == 0 {
        return if row == 0 { ('·', Role::Quiet) } else { (' ', Role::Quiet) };
    }
    let steps = |secs: Option<i64>| secs.map_or(0, |secs| height(secs, rows));
    let median = steps(speed.median_secs.or(speed.median_over_secs));
    let slow = steps(speed.p90_secs.or(speed.p90_over_secs));
    let below = row * 8;
    // Longer than any answer known: nobody can say how high it will be.
    let open = speed.median_secs.is_none();
    let role = match speed.n {
        _ if open => Role::Warn,
        ..FEW => Role::Quiet,
        _ => Role::Accent,
    };
    match median.saturating_sub(below) {
        0 if slow > below => ('░', Role::Quiet),
        0 => (' ', Role::Quiet),
        _ if open => ('▒', role),
        part => (STEPS[part.min(8) - 1], role),
    }
}

/// How many steps high so many seconds are, at least one.
fn height(secs: i64, rows: usize) -> usize {
    let share = ((secs.max(1) as f64 / FOOT_SECS).ln() / (TOP_SECS / FOOT_SECS).ln()).clamp(0.0, 1.0);
    ((share * (rows * 8) as f64).round() as usize).max(1)
}

fn foot(model: &Model, days: &[Day], wide: usize) -> Line<'static> {
    let first = days.first().and_then(|day| day.day.parse::<jiff::civil::Date>().ok());
    let first = first.map_or_else(String::new, |day| day.strftime("%-d %b").to_string());
    let room = (days.len() * wide).saturating_sub(5);
    Columns::new(model.fixed.theme)
        .col("", NAMES, Align::Left, Role::Quiet)
        .col(&first, room.saturating_sub(1), Align::Left, Role::Quiet)
        .add("today", Role::Quiet)
        .line()
}

fn legend(model: &Model) -> Line<'static> {
    Columns::new(model.fixed.theme)
        .col("", NAMES, Align::Left, Role::Quiet)
        .add("█", Role::Accent)
        .add(" median ", Role::Quiet)
        .add("░", Role::Quiet)
        .add(" 90 % ", Role::Quiet)
        .add("▒", Role::Warn)
        .add(" half wait", Role::Quiet)
        .line()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_and_a_day_are_told_apart_and_nothing_leaves_the_chart() {
        let rows = 6;
        let heights = [1, 60, 300, 3_600, 86_400, 259_200, i64::MAX].map(|secs| height(secs, rows));
        assert!(heights.is_sorted(), "{heights:?}");
        assert_eq!((heights[0], heights[6]), (1, rows * 8));
        assert!(heights[2] + 8 < heights[3] && heights[3] + 8 < heights[4], "{heights:?}");
    }

    #[test]
    fn a_day_without_leads_is_empty_and_one_nobody_answered_says_so() {
        assert_eq!(cell(&Speed::default(), 0, 6), ('·', Role::Quiet));
        let waiting = Speed { n: 9, median_over_secs: Some(86_400), ..Speed::default() };
        assert_eq!(cell(&waiting, 0, 6), ('▒', Role::Warn));
        let few = Speed { n: 2, median_secs: Some(600), ..Speed::default() };
        assert_eq!(cell(&few, 0, 6).1, Role::Quiet);
        let good = Speed { n: 20, median_secs: Some(600), p90_secs: Some(86_400), ..Speed::default() };
        assert_eq!(cell(&good, 0, 6), ('█', Role::Accent));
        assert_eq!(cell(&good, 4, 6), ('░', Role::Quiet));
    }
}
