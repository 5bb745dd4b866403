//! Sources: one line each, and the one under the cursor in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{nothing_yet, page};
use crate::console::layout;
use crate::console::model::Model;
use crate::console::say;
use crate::console::theme::Role;
use crate::console::widget::bar::spark;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::{Align, Columns};
use crate::desk::view::{SourceLine, SourceState};

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
            Some(_) if filter.is_empty() => "No source is configured. Write one under [[sources]] in the config; `leadgate check` says what is missing.".to_owned(),
            Some(_) => format!("Nothing matches /{filter}. Esc clears the filter."),
        };
        panel::sentence(frame, inside, &text, theme);
    } else {
        let width = usize::from(inside.width);
        panel::lines(frame, inside, [head(model, width)]);
        let body = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        let offset = model.sources.cursor.offset;
        let rows = shown.into_iter().skip(offset).take(usize::from(body.height));
        panel::lines(frame, body, rows.map(|source| line(model, source, width)));
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

/// Columns: title, state, last, next, today, spark, quarantined.
fn widths(width: usize) -> [usize; 7] {
    let fixed = [0, 8, 11, 10, 5, 14, 5];
    let mut widths = if width >= 76 { fixed } else { [0, 8, 11, 0, 5, 0, 0] };
    let used: usize = widths.iter().filter(|width| **width > 0).map(|width| width + 1).sum();
    widths[0] = width.saturating_sub(used + 5).clamp(6, 24);
    widths
}

fn head(model: &Model, width: usize) -> Line<'static> {
    let [title, state, last, next, today, days, quarantined] = widths(width);
    Columns::new(model.fixed.theme)
        .add("    ", Role::Quiet)
        .col("source", title, Align::Left, Role::Quiet)
        .col("state", state, Align::Left, Role::Quiet)
        .col("last read", last, Align::Right, Role::Quiet)
        .col("next", next, Align::Right, Role::Quiet)
        .col("today", today, Align::Right, Role::Quiet)
        .col("14 days", days, Align::Left, Role::Quiet)
        .col("quar.", quarantined, Align::Right, Role::Quiet)
        .line()
}

fn line(model: &Model, source: &SourceLine, width: usize) -> Line<'static> {
    let [title, state, last, next, today, days, quarantined] = widths(width);
    let used: usize = widths(width).iter().filter(|width| **width > 0).map(|width| width + 1).sum();
    let note = source.error.as_ref().or(source.gaps.first()).or(source.paused.as_ref()).map_or("", String::as_str);
    let (mark, word, role) = state_of(source.state);
    let ago = source
        .last_ok_at
        .map_or_else(|| "never".to_owned(), |at| format!("{} ago", say::span(say::secs(at, model.now))));
    let due = source.due_at.map_or_else(
        || "–".to_owned(),
        |at| {
            let away = say::secs(model.now, at);
            if away <= 0 { "now".to_owned() } else { format!("in {}", say::span(away)) }
        },
    );
    let bad = if source.quarantined > 0 { source.quarantined.to_string() } else { "–".to_owned() };
    Columns::new(model.fixed.theme)
        .add("  ", Role::Text)
        .col(mark, 1, Align::Left, role)
        .col(&source.title, title, Align::Left, Role::Text)
        .col(word, state, Align::Left, role)
        .col(&ago, last, Align::Right, Role::Quiet)
        .col(&due, next, Align::Right, Role::Quiet)
        .col(&source.today.to_string(), today, Align::Right, Role::Bright)
        .col(&spark(&source.days, days), days, Align::Left, Role::Accent)
        .col(&bad, quarantined, Align::Right, if source.quarantined > 0 { Role::Warn } else { Role::Quiet })
        .col(note, width.saturating_sub(used + 5), Align::Left, role)
        .line()
}

const fn state_of(state: SourceState) -> (&'static str, &'static str, Role) {
    match state {
        SourceState::Ok => ("●", "ok", Role::Good),
        SourceState::Reading => ("●", "reading", Role::Accent),
        SourceState::New => ("○", "new", Role::Quiet),
        SourceState::Failing => ("!", "failing", Role::Warn),
        SourceState::Stopped => ("!", "stopped", Role::Bad),
        SourceState::Paused => ("‖", "paused", Role::Warn),
        SourceState::Setup => ("?", "setup", Role::Warn),
    }
}
