//! Draws the model. Takes `&Model` and changes nothing; work grows with what is visible, not with what
//! there is.

mod bars;
mod capacity;
mod dialog;
mod explain;
mod funnel;
mod inbox;
mod journal;
mod lead;
mod over_time;
mod page;
mod preview;
mod question;
mod reasons;
mod referrals;
mod report;
mod response;
mod shadow;
mod sources;
mod sweep;

use ratatui::Frame;
use ratatui::style::Modifier;
use ratatui::text::Line;

use super::layout::{self, COLUMNS_MIN, ROWS_MIN, Shape};
use super::model::dialog::Text;
use super::model::{Model, Screen};
use super::theme::{self, Role};
use super::widget::panel::lines;
use super::widget::wrap::wrap;
use crate::lead::LeadId;

/// Draws everything.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let size = (area.width, area.height);
    if Shape::of(size) == Shape::TooSmall {
        too_small(frame);
    } else if size == model.size {
        screen(model, frame);
    }
    if model.fixed.theme.ascii {
        theme::to_ascii(frame.buffer_mut());
    }
}

fn too_small(frame: &mut Frame<'_>) {
    let area = frame.area();
    let text = format!("too small: {COLUMNS_MIN}×{ROWS_MIN} is needed, this is {}×{}", area.width, area.height);
    lines(frame, area, wrap(&text, usize::from(area.width)).into_iter().map(Line::from));
}

fn screen(model: &Model, frame: &mut Frame<'_>) {
    let parts = layout::parts(model.size);
    bars::title(model, frame, parts.title);
    match (model.opened, model.screen) {
        (None, Screen::Inbox) => inbox::draw(model, frame),
        (Some(_), Screen::Inbox) if Shape::of(model.size) == Shape::Wide => inbox::draw(model, frame),
        (Some(_), _) => lead::draw(model, frame, parts.body),
        (None, Screen::Capacity) => capacity::draw(model, frame),
        (None, Screen::Response) => response::draw(model, frame),
        (None, Screen::Sources) => sources::draw(model, frame),
        (None, Screen::Report) => report::draw(model, frame),
        (None, Screen::Referrals) => referrals::draw(model, frame),
        (None, Screen::Journal) => journal::draw(model, frame),
    }
    if model.silent_secs().is_some() {
        let old = model.fixed.theme.style(Role::Quiet).remove_modifier(Modifier::BOLD).add_modifier(Modifier::DIM);
        frame.buffer_mut().set_style(parts.body, old);
    }
    bars::status(model, frame, parts.status);
    bars::keys(model, frame, parts.keys);
    dialog::draw(model, frame);
}

/// Lines of the opened lead, for scrolling.
pub fn lead_length(model: &Model) -> usize {
    lead::length(model)
}

/// Lines of a page, and how many of them are shown at a time.
pub fn page_length(model: &Model, text: Text) -> (usize, usize) {
    let area = page::area(model, text);
    (page::lines(model, text, usize::from(area.width)).len(), usize::from(area.height))
}

/// The lead each line of the open draft's preview is about, and how many lines are shown at a time.
pub fn draft_lines(model: &Model) -> (Vec<Option<LeadId>>, usize) {
    let area = preview::inside(model);
    let rows = preview::rows(model, usize::from(area.width));
    (rows.into_iter().map(|(_, lead)| lead).collect(), usize::from(area.height))
}

/// Said where nothing has been read yet, or why it could not be.
fn nothing_yet<T>(loaded: &super::model::Loaded<T>) -> String {
    match &loaded.failed {
        Some((error, _)) => format!("{error}; asked again in a moment"),
        None => "reading…".to_owned(),
    }
}
