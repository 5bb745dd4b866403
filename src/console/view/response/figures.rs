//! How fast people answered: shares and quantiles, day by day, and by person, team, source or destination.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{chart, quantile, share};
use crate::console::model::Model;
use crate::console::say;
use crate::console::theme::Role;
use crate::console::widget::bar::bar;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::{Align, Columns};
use crate::desk::view::{Response, Speed};

/// Rows of the chart, its axis and legend included, where there is room.
const CHART_ROWS: u16 = 11;
/// Columns of the shares where the chart stands beside them.
const SHARES: u16 = 40;
/// Below this many leads a share in the table is not told.
const FEW: u64 = 5;

/// Everything below each other.
pub fn all(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let Some((data, inside)) = open(model, frame, area, "first response") else { return };
    let shares = speed_lines(model, &data.all, usize::from(inside.width));
    let used = shares.len() as u16 + 1;
    panel::lines(frame, inside, shares);
    let rest = below(inside, used);
    let rows = CHART_ROWS.min(rest.height / 2);
    chart::draw(model, frame, Rect { height: rows, ..rest }, &data.days);
    panel::lines(frame, below(rest, rows + 1), split_lines(model, &data.by, usize::from(inside.width)));
}

/// The shares, and the days beside them.
pub fn speed(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let Some((data, inside)) = open(model, frame, area, "first response") else { return };
    panel::lines(
        frame,
        Rect { width: SHARES.min(inside.width), ..inside },
        speed_lines(model, &data.all, usize::from(SHARES)),
    );
    let days = Rect { x: inside.x + SHARES, width: inside.width.saturating_sub(SHARES), ..inside };
    chart::draw(model, frame, days, &data.days);
}

/// The table alone.
pub fn table(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let title = format!("first response by {}", model.response.kind());
    let Some((data, inside)) = open(model, frame, area, &title) else { return };
    panel::lines(frame, inside, split_lines(model, &data.by, usize::from(inside.width)));
}

fn open<'a>(model: &'a Model, frame: &mut Frame<'_>, area: Rect, title: &str) -> Option<(&'a Response, Rect)> {
    let theme = model.fixed.theme;
    let Some(data) = &model.response.data.value else {
        Panel::new(title).draw(frame, area, theme);
        return None;
    };
    let right = format!("28 days · n {}", data.all.n);
    let inside = Panel { title: title.to_owned(), right, ..Panel::default() }.draw(frame, area, theme);
    Some((data, Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }))
}

fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// The table by person, team, source or destination.
fn split_lines(model: &Model, by: &[(String, String, Speed)], width: usize) -> Vec<Line<'static>> {
    let theme = model.fixed.theme;
    let kind = model.response.kind();
    let p90 = if width >= 64 { 7 } else { 0 };
    let numbers = 5 + 8 + p90 + usize::from(p90 > 0) + 3 * 6 + 6 + 7;
    let name = width.saturating_sub(numbers + 1).clamp(6, 24);
    let mut head = Columns::new(theme)
        .col(&format!("by {kind}"), name, Align::Left, Role::Accent)
        .col("n", 4, Align::Right, Role::Quiet)
        .col("median", 7, Align::Right, Role::Quiet)
        .col("p90", p90, Align::Right, Role::Quiet);
    for (word, wide) in [("≤ 5m", 5), ("≤ 1h", 5), ("≤ 24h", 5), ("never", 5), ("target", 6)] {
        head = head.col(word, wide, Align::Right, Role::Quiet);
    }
    let mut lines = vec![head.line()];
    for (_, id, speed) in by.iter().filter(|(of, ..)| of == kind) {
        let mut line = Columns::new(theme)
            .col(id, name, Align::Left, Role::Text)
            .col(&say::count(speed.n, 4), 4, Align::Right, Role::Quiet)
            .col(&quantile(speed.median_secs, speed.median_over_secs), 7, Align::Right, Role::Bright)
            .col(&quantile(speed.p90_secs, speed.p90_over_secs), p90, Align::Right, Role::Text);
        for part in speed.within {
            line = line.col(&percent(part), 5, Align::Right, Role::Text);
        }
        let never = if speed.never > 0 { Role::Warn } else { Role::Quiet };
        let line = line.col(&speed.never.to_string(), 5, Align::Right, never).col(
            &percent(speed.target),
            6,
            Align::Right,
            Role::Text,
        );
        lines.push(line.line());
    }
    lines
}

/// A share in a narrow column: of fewer than [`FEW`] it is not told (`domain-rules` 7).
fn percent((part, whole): (u64, u64)) -> String {
    match whole {
        0 => "—".to_owned(),
        1..FEW => "few".to_owned(),
        _ => format!("{} %", (part * 100 + whole / 2) / whole),
    }
}

fn speed_lines(model: &Model, speed: &Speed, width: usize) -> Vec<Line<'static>> {
    let theme = model.fixed.theme;
    let first = Columns::new(theme)
        .col("median", 8, Align::Left, Role::Quiet)
        .col(&quantile(speed.median_secs, speed.median_over_secs), 8, Align::Right, Role::Bright)
        .col(" p90", 5, Align::Left, Role::Quiet)
        .col(&quantile(speed.p90_secs, speed.p90_over_secs), 8, Align::Right, Role::Text);
    let target = Columns::new(theme)
        .col("target", 8, Align::Left, Role::Quiet)
        .col(&share(speed.target), 8, Align::Right, Role::Text)
        .add(&format!("{} of {} in time", speed.target.0, speed.target.1), Role::Quiet);
    let mut lines = vec![first.line()];
    let room = Some(width.saturating_sub(9 + 9 + 14).min(28)).filter(|room| *room > 5).unwrap_or(0);
    for (label, (part, whole)) in ["≤ 5 min", "≤ 1 h", "≤ 24 h"].into_iter().zip(speed.within) {
        let line = Columns::new(theme)
            .col(label, 8, Align::Left, Role::Quiet)
            .col(&share((part, whole)), 8, Align::Right, Role::Bright)
            .col(&bar(part, whole, room), room, Align::Left, Role::Accent)
            .add(&format!("{part} of {whole}"), Role::Quiet);
        lines.push(line.line());
    }
    let never = Columns::new(theme)
        .col("never", 8, Align::Left, Role::Quiet)
        .col(&speed.never.to_string(), 8, Align::Right, if speed.never > 0 { Role::Warn } else { Role::Text })
        .add("without an answer", Role::Quiet);
    lines.push(never.line());
    lines.push(target.line());
    lines
}
