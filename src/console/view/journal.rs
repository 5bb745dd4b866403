//! Journal: what happened lately over all leads.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::nothing_yet;
use crate::console::layout;
use crate::console::model::Model;
use crate::console::say;
use crate::console::theme::Role;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::wrap::wrap;
use crate::console::widget::{Align, Columns};

/// Draws the events.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let theme = model.fixed.theme;
    let (area, _) = layout::panes(model);
    let filter = model.filter();
    let shown = model.journal.shown(filter);
    let title = if filter.is_empty() { "journal, latest first".to_owned() } else { format!("journal · /{filter}") };
    let right =
        if shown.is_empty() { String::new() } else { format!("{} of {}", model.journal.cursor.index + 1, shown.len()) };
    let inside = Panel { title, right, focus: true, ..Panel::default() }.draw(frame, area, theme);
    let width = usize::from(inside.width);
    if shown.is_empty() {
        let text = match &model.journal.data.value {
            None => nothing_yet(&model.journal.data),
            Some(_) if filter.is_empty() => {
                "Nothing has happened yet. Every decision, handoff and act is written here.".to_owned()
            }
            Some(_) => format!("Nothing matches /{filter}. Esc clears the filter."),
        };
        panel::sentence(frame, inside, &text, theme);
        return;
    }
    let offset = model.journal.cursor.offset;
    let more = layout::journal_rows(model, area);
    let note = Rect { y: inside.bottom().saturating_sub(more), height: more, ..inside };
    let inside = Rect { height: inside.height.saturating_sub(more), ..inside };
    if let Some(event) = shown.get(model.journal.cursor.index) {
        let lines = wrap(&format!("{}: {}", event.who, event.text), width.saturating_sub(2));
        let line = |line: &String| Columns::new(theme).add(&format!(" {line}"), Role::Text).line();
        panel::lines(frame, note, lines.iter().map(line));
    }
    let rows = shown.into_iter().skip(offset).take(usize::from(inside.height));
    let lines = rows.map(|event| {
        Columns::new(theme)
            .add(" ", Role::Text)
            .col(&say::moment(event.at, model.now, &model.seat.zone), 10, Align::Right, Role::Quiet)
            .col(&event.who, 12, Align::Left, Role::Quiet)
            .col(&event.text, width.saturating_sub(1 + 11 + 13 + 1), Align::Left, Role::Text)
            .line()
    });
    panel::lines(frame, inside, lines);
    panel::select(frame, inside, model.journal.cursor.index.saturating_sub(offset), theme);
}
