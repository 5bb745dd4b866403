//! Sources: one line each, and the one under the cursor in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr as _;

use super::{nothing_yet, page};
use crate::console::layout;
use crate::console::model::Model;
use crate::console::say;
use crate::console::theme::Role;
use crate::console::widget::bar::spark;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::{Align, Columns};
use crate::desk::view::{SourceLine, SourceState};
use crate::health::{Phase, Weight};

/// Draws the list and the details.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let theme = model.fixed.theme;
    let (list, details) = layout::panes(model);
    let filter = model.filter();
    let shown = model.sources.shown(filter);
    let title = if filter.is_empty() { "sources".to_owned() } else { format!("sources · /{filter}") };
    let right =
        if shown.is_empty() { String::new() } else { format!("{} of {}", model.sources.cursor.index + 1, shown.len()) };
    let inside = Panel { title, right, focus: true, ..Panel::default() }.draw(frame, list, theme);
    if shown.is_empty() {
        let text = match &model.sources.data.value {
            None => nothing_yet(&model.sources.data),
            Some(_) if filter.is_empty() => "No source is configured yet: each line here will be one place people show interest. Write a [source.NAME] into the config; `leadgate check` says what it lacks.".to_owned(),
            Some(_) => format!("Nothing matches /{filter}. Esc clears the filter."),
        };
        panel::sentence(frame, inside, &text, theme);
    } else {
        let width = usize::from(inside.width);
        let widths = widths(&shown, width);
        panel::lines(frame, inside, [head(model, widths)]);
        let body = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        let offset = model.sources.cursor.offset;
        let rows = shown.into_iter().skip(offset).take(usize::from(body.height));
        panel::lines(frame, body, rows.map(|source| line(model, source, width, widths)));
        panel::select(frame, body, model.sources.cursor.index.saturating_sub(offset), theme);
    }
    if let Some(area) = details {
        let title = model.sources.selected().map_or_else(String::new, |source| source.title.clone());
        let inside = Panel::new(title).draw(frame, area, theme);
        let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        if model.sources.selected().is_some() {
            panel::lines(frame, inside, page::source_lines(model, usize::from(inside.width)));
        }
    }
}

/// Columns: title, state, lag, today, days, spend, phase; what is left is the remark's. Titles take no more than the
/// longest of them needs, and where no source says what it costs there is no column for it.
fn widths(sources: &[&SourceLine], width: usize) -> [usize; 7] {
    let spend = if sources.iter().any(|source| source.spend.is_some()) { 10 } else { 0 };
    let mut widths = match width {
        0..60 => [0, 8, 6, 0, 0, 0, 0],
        60..76 => [0, 8, 6, 5, 14, 0, 0],
        _ => [0, 8, 6, 5, 14, spend, 9],
    };
    let longest = sources.iter().map(|source| source.title.width()).max().unwrap_or_default();
    widths[0] = width.saturating_sub(taken(&widths) + BEFORE + 1).min(longest).clamp(6, 24);
    widths
}

/// The cursor's column and the mark.
const BEFORE: usize = 4;

fn taken(widths: &[usize]) -> usize {
    widths.iter().filter(|width| **width > 0).map(|width| width + 1).sum()
}

fn head(model: &Model, widths: [usize; 7]) -> Line<'static> {
    let [title, state, lag, today, days, spend, phase] = widths;
    Columns::new(model.fixed.theme)
        .add("    ", Role::Quiet)
        .col("source", title, Align::Left, Role::Quiet)
        .col("state", state, Align::Left, Role::Quiet)
        .col("lag", lag, Align::Right, Role::Quiet)
        .col("today", today, Align::Right, Role::Quiet)
        .col("14 days", days, Align::Left, Role::Quiet)
        .col("spend", spend, Align::Right, Role::Quiet)
        .col("phase", phase, Align::Left, Role::Quiet)
        .line()
}

fn line(model: &Model, source: &SourceLine, width: usize, all: [usize; 7]) -> Line<'static> {
    let [title, state, lag, today, days, spend, phase] = all;
    let (mark, word, role) = state_of(source.state);
    let behind = source.last_ok_at.map_or_else(|| "never".to_owned(), |at| say::span(say::secs(at, model.now)));
    let serious = source.notices.first().map(|notice| notice.weight);
    // What is wrong with a source that reads well is told by its mark as well.
    let (mark, role) = match (source.state, serious) {
        (SourceState::Ok | SourceState::Reading, Some(Weight::Alarm)) => ("!", Role::Bad),
        (SourceState::Ok | SourceState::Reading, Some(Weight::Warn)) => ("◐", Role::Warn),
        _ => (mark, role),
    };
    let remark = source.remark().unwrap_or_default();
    let cost = source.spend.as_deref().unwrap_or("–");
    let phase_role = if source.phase == Phase::Setup { Role::Warn } else { Role::Quiet };
    Columns::new(model.fixed.theme)
        .add("  ", Role::Text)
        .col(mark, 1, Align::Left, role)
        .col(&source.title, title, Align::Left, Role::Text)
        .col(word, state, Align::Left, role)
        .col(&behind, lag, Align::Right, Role::Quiet)
        .col(&source.today.to_string(), today, Align::Right, Role::Bright)
        .col(&spark(&source.days, days), days, Align::Left, Role::Accent)
        .col(cost, spend, Align::Right, if source.spend.is_some() { Role::Text } else { Role::Quiet })
        .col(source.phase.word(), phase, Align::Left, phase_role)
        .col(&remark, width.saturating_sub(taken(&all) + BEFORE + 1), Align::Left, role)
        .line()
}

const fn state_of(state: SourceState) -> (&'static str, &'static str, Role) {
    match state {
        SourceState::Ok => ("●", "ok", Role::Good),
        SourceState::Reading => ("●", "reading", Role::Accent),
        SourceState::New => ("○", "new", Role::Quiet),
        SourceState::Throttled => ("◐", "throttled", Role::Warn),
        SourceState::Failing => ("!", "failing", Role::Warn),
        SourceState::Stopped => ("!", "stopped", Role::Bad),
        SourceState::Slowed => ("◐", "slowed", Role::Warn),
        SourceState::Paused => ("‖", "paused", Role::Warn),
        SourceState::Setup => ("?", "setup", Role::Warn),
    }
}
