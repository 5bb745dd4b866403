//! The line over time: the figure under the cursor by day, week or month.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::Span;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType};

use crate::console::model::Model;
use crate::console::model::report::FIGURES;
use crate::console::theme::Role;
use crate::console::widget::panel::{self, Panel};
use crate::report::model::{Counts, Point};

/// Fewer rows inside the frame than this and the panel says the numbers' range only.
const ROWS_MIN: u16 = 3;

/// Draws it. Lines of a split know their inquiries over time; all together knows every figure.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let (Some(row), Some(data)) = (model.report.selected(), &model.report.data.value) else {
        Panel::new("over time").draw(frame, area, theme);
        return;
    };
    let all = model.report.cursor.index == 0;
    let figure = if all { model.report.figure } else { 0 };
    let name = FIGURES.get(figure).copied().unwrap_or("inquiries");
    let of = if all { "all together" } else { &row.title };
    let title = format!("{name} per {} · {of}", stretch(&data.series));
    let values: Vec<u64> = if all {
        data.series.iter().map(|point| value(&point.counts, figure)).collect()
    } else {
        let mut values = row.spark.clone();
        values.resize(data.series.len(), 0);
        values
    };
    let top = values.iter().copied().max().unwrap_or(0);
    let right = if top == 0 { String::new() } else { format!("most {top}") };
    let inside = Panel { title, right, ..Panel::default() }.draw(frame, area, theme);
    if top == 0 || inside.height < ROWS_MIN {
        panel::sentence(frame, inside, "nothing to draw in this period", theme);
        return;
    }
    let points: Vec<(f64, f64)> = values.iter().enumerate().map(|(at, value)| (at as f64, *value as f64)).collect();
    line(model, frame, inside, &points, &data.series, top);
}

fn line(model: &Model, frame: &mut Frame<'_>, area: Rect, points: &[(f64, f64)], series: &[Point], top: u64) {
    let theme = model.fixed.theme;
    let quiet: Style = theme.style(Role::Quiet);
    let day = |point: Option<&Point>| point.map_or_else(String::new, |one| one.from.strftime("%-d %b").to_string());
    let middle = series.get(series.len() / 2).filter(|_| area.width >= 40);
    let days: Vec<Span<'_>> = [series.first(), middle, series.last()]
        .into_iter()
        .filter(Option::is_some)
        .map(|one| Span::styled(day(one), quiet))
        .collect();
    let end = (points.len().saturating_sub(1)).max(1) as f64;
    // One stretch alone is a level, not a point nobody sees.
    let level = [(0.0, points.first().map_or(0.0, |one| one.1)), (1.0, points.first().map_or(0.0, |one| one.1))];
    let drawn = if points.len() == 1 { &level[..] } else { points };
    let data = Dataset::default()
        .marker(Marker::Braille)
        .graph_type(GraphType::Line)
        .style(theme.style(Role::Accent))
        .data(drawn);
    let x = Axis::default().bounds([0.0, end]).labels(days).style(theme.style(Role::Frame));
    let y = Axis::default()
        .bounds([0.0, top as f64])
        .labels([Span::styled("0", quiet), Span::styled(top.to_string(), quiet)])
        .style(theme.style(Role::Frame));
    frame.render_widget(Chart::new(vec![data]).x_axis(x).y_axis(y), area);
}

/// What one stretch of the line is.
fn stretch(series: &[Point]) -> &'static str {
    let days = series.iter().map(|point| (point.until - point.from).get_days() + 1).max().unwrap_or(1);
    match days {
        ..=1 => "day",
        2..=7 => "week",
        _ => "month",
    }
}

const fn value(counts: &Counts, figure: usize) -> u64 {
    match figure {
        6 => counts.returned,
        step => counts.steps()[step],
    }
}
