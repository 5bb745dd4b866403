//! Referrals: says honestly what there is.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::console::layout;
use crate::console::model::Model;
use crate::console::theme::Role;
use crate::console::widget::Columns;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::wrap::wrap;

const TEXT: [&str; 2] = [
    "There is no referral programme in leadgate yet: no advocates, links or rewards are kept, so nothing is listed here.",
    "A referral code that somebody gave is read with the lead and shown on it: 1, then Enter, the line \"referral\".",
];

/// Draws the text.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let theme = model.fixed.theme;
    let (area, _) = layout::panes(model);
    let inside = Panel { title: "referrals".to_owned(), focus: true, ..Panel::default() }.draw(frame, area, theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2).min(80), ..inside };
    let lines = TEXT.iter().flat_map(|text| wrap(text, usize::from(inside.width)).into_iter().chain([String::new()]));
    panel::lines(frame, inside, lines.map(|line| Columns::new(theme).add(&line, Role::Text).line()));
}
