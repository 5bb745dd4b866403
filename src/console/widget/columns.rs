//! One line of aligned columns.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::console::theme::{Role, Theme};
use crate::text::Shown;

/// Which side a column leans to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers, money, times.
    Right,
}

/// Builds a line column by column.
#[derive(Debug)]
pub struct Columns {
    theme: Theme,
    spans: Vec<Span<'static>>,
}

impl Columns {
    /// An empty line.
    pub const fn new(theme: Theme) -> Self {
        Self { theme, spans: Vec::new() }
    }

    /// Adds a column of exactly `width` terminal columns and one of space; nothing when it is 0 wide.
    #[must_use]
    pub fn col(mut self, text: &str, width: usize, align: Align, role: Role) -> Self {
        if width > 0 {
            let mut cell = pad(text, width, align);
            cell.push(' ');
            self.spans.push(Span::styled(cell, self.theme.style(role)));
        }
        self
    }

    /// Adds text as it is (cleaned), without padding.
    #[must_use]
    pub fn add(mut self, text: &str, role: Role) -> Self {
        let leading = text.len() - text.trim_start_matches(' ').len();
        let trailing = if text.trim().is_empty() { 0 } else { text.len() - text.trim_end_matches(' ').len() };
        let shown = Shown::line(text, usize::from(u16::MAX));
        let cell = format!("{}{shown}{}", " ".repeat(leading), " ".repeat(trailing));
        self.spans.push(Span::styled(cell, self.theme.style(role)));
        self
    }

    /// The line.
    pub fn line(self) -> Line<'static> {
        Line::from(self.spans)
    }
}

/// Text cut and padded to exactly `width` terminal columns.
pub fn pad(text: &str, width: usize, align: Align) -> String {
    let shown = Shown::line(text, width);
    let room = " ".repeat(width.saturating_sub(shown.as_str().width()));
    match align {
        Align::Left => format!("{shown}{room}"),
        Align::Right => format!("{room}{shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_say_whatever_is_in_them() {
        for text in ["", "abc", "日本語テキスト", "\u{202e}evil\u{1b}[31m", "Zoë e\u{301}"] {
            for width in 1..9 {
                assert_eq!(pad(text, width, Align::Right).width(), width, "{text:?}");
            }
        }
    }
}
