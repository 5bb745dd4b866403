//! A framed panel with its title, a figure at the right, and a note at the bottom.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};

use super::Columns;
use super::wrap::wrap;
use crate::console::theme::{Role, Theme};
use crate::text::Shown;

/// What stands on a panel's frame.
#[derive(Debug, Clone, Default)]
pub struct Panel {
    /// At the left of the top.
    pub title: String,
    /// At the right of the top.
    pub right: String,
    /// At the right of the bottom.
    pub bottom: String,
    /// At the left of the bottom, quietly.
    pub foot: String,
    /// It has the keys.
    pub focus: bool,
}

impl Panel {
    /// A panel with a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Draws the frame and returns what is inside.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: Theme) -> Rect {
        let edge = theme.style(if self.focus { Role::Focus } else { Role::Frame });
        let room = usize::from(area.width.saturating_sub(4));
        let right = Shown::line(&self.right, room.saturating_sub(8));
        let left = Shown::line(&self.title, room.saturating_sub(unicode_width::UnicodeWidthStr::width(right.as_str())));
        let label = |text: &Shown, role: Role| Line::from(Span::styled(format!(" {text} "), theme.style(role)));
        let mut block = Block::new().borders(Borders::ALL).border_style(edge);
        if !left.as_str().is_empty() {
            block = block.title_top(label(&left, if self.focus { Role::Accent } else { Role::Text }));
        }
        if !right.as_str().is_empty() {
            block = block.title_top(label(&right, Role::Quiet).right_aligned());
        }
        if !self.foot.is_empty() {
            let room = room.saturating_sub(unicode_width::UnicodeWidthStr::width(self.bottom.as_str()) + 2);
            block = block.title_bottom(label(&Shown::line(&self.foot, room), Role::Quiet));
        }
        if !self.bottom.is_empty() {
            block = block.title_bottom(label(&Shown::line(&self.bottom, room), Role::Warn).right_aligned());
        }
        let inside = block.inner(area);
        frame.render_widget(block, area);
        inside
    }
}

/// Draws lines from the top of `area`; what does not fit is cut.
pub fn lines(frame: &mut Frame<'_>, area: Rect, lines: impl IntoIterator<Item = Line<'static>>) {
    for (row, line) in (area.y..area.bottom()).zip(lines) {
        frame.buffer_mut().set_line(area.x, row, &line, area.width);
    }
}

/// A quiet sentence over as many lines as it needs: what to say where there is nothing to show.
pub fn sentence(frame: &mut Frame<'_>, area: Rect, text: &str, theme: Theme) {
    let broken = wrap(text, usize::from(area.width.saturating_sub(2)));
    lines(frame, area, broken.iter().map(|line| Columns::new(theme).add(&format!(" {line}"), Role::Quiet).line()));
}

/// Marks the `row`th line of `area` as the one under the cursor.
pub fn select(frame: &mut Frame<'_>, area: Rect, row: usize, theme: Theme) {
    let Ok(row) = u16::try_from(row) else { return };
    if row < area.height && area.width > 0 {
        let line = Rect { y: area.y + row, height: 1, ..area };
        let buffer = frame.buffer_mut();
        buffer.set_style(line, theme.style(Role::Selected));
        if let Some(cell) = buffer.cell_mut((line.x, line.y)) {
            cell.set_char('▌').set_style(theme.style(Role::Accent));
        }
    }
}
