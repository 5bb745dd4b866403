//! A line to type in, with the terminal's own cursor.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use tui_input::Input;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::console::theme::{Role, Theme};

/// Draws what was typed so that the cursor is in sight; shows the cursor when `focus`.
pub fn draw(frame: &mut Frame<'_>, area: Rect, input: &Input, theme: Theme, focus: bool) {
    if area.width == 0 || area.height == 0 {
        return;
    }
    let width = usize::from(area.width.saturating_sub(1));
    let scroll = input.visual_scroll(width);
    let mut shown = String::new();
    let (mut column, mut used) = (0, 0);
    for cluster in input.value().graphemes(true) {
        let wide = cluster.width();
        if column >= scroll && used + wide <= width {
            shown.push_str(cluster);
            used += wide;
        }
        column += wide;
    }
    let room = usize::from(area.width).saturating_sub(used);
    let style = theme.style(if focus { Role::Bright } else { Role::Text }).add_modifier(Modifier::UNDERLINED);
    let line = Line::from(Span::styled(format!("{shown}{}", " ".repeat(room)), style));
    frame.buffer_mut().set_line(area.x, area.y, &line, area.width);
    if focus {
        let at = input.visual_cursor().saturating_sub(scroll).min(width);
        frame.set_cursor_position((area.x + at as u16, area.y));
    }
}
