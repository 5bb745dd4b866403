//! Where things are, as a pure function of the size: the view draws into these rectangles and the update
//! scrolls by them, so the two cannot disagree.

use ratatui::layout::Rect;

use super::model::response::Below;
use super::model::{Model, Screen};
use crate::desk::view::Response;

/// Fewer columns than this, or fewer rows than [`ROWS_MIN`], and nothing useful fits.
pub const COLUMNS_MIN: u16 = 40;
/// See [`COLUMNS_MIN`].
pub const ROWS_MIN: u16 = 10;
/// Rows of a list with its frame, at least: an empty one says in a sentence what belongs there.
const LIST_LEAST: u16 = 6;
/// A list this high has room to say more about what is under its cursor.
const MORE_FROM: u16 = 9;
/// Rows for that.
const MORE_ROWS: u16 = 2;

/// How list and detail stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Below [`COLUMNS_MIN`] × [`ROWS_MIN`].
    TooSmall,
    /// Below 80 columns: one thing at a time.
    Alone,
    /// 80 to 119 columns: one above the other.
    Stacked,
    /// From 120 columns: side by side.
    Wide,
}

impl Shape {
    /// The shape of a size.
    pub const fn of((columns, rows): (u16, u16)) -> Self {
        if columns < COLUMNS_MIN || rows < ROWS_MIN {
            Self::TooSmall
        } else if columns < 80 || rows < 18 {
            Self::Alone
        } else if columns < 120 {
            Self::Stacked
        } else {
            Self::Wide
        }
    }
}

/// The four parts of every screen.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// Tabs, engine, who, clock.
    pub title: Rect,
    /// The screen itself.
    pub body: Rect,
    /// The last event or error.
    pub status: Rect,
    /// What works here now.
    pub keys: Rect,
}

/// The parts of a window of this size.
pub fn parts((columns, rows): (u16, u16)) -> Parts {
    let row = |y, height| Rect { x: 0, y, width: columns, height };
    Parts {
        title: row(0, 1),
        body: row(1, rows.saturating_sub(3)),
        status: row(rows.saturating_sub(2), 1),
        keys: row(rows.saturating_sub(1), 1),
    }
}

fn beside(body: Rect, right: u16) -> (Rect, Rect) {
    let right = right.min(body.width);
    let left = Rect { width: body.width - right, ..body };
    (left, Rect { x: body.x + left.width, width: right, ..body })
}

fn above(body: Rect, top: u16) -> (Rect, Rect) {
    let top = top.min(body.height);
    (Rect { height: top, ..body }, Rect { y: body.y + top, height: body.height - top, ..body })
}

/// The list and, where there is room, the panel that goes with it.
pub fn panes(model: &Model) -> (Rect, Option<Rect>) {
    let body = parts(model.size).body;
    let shape = Shape::of(model.size);
    let split = |(list, panel)| (list, Some(panel));
    match (model.screen, shape) {
        (Screen::Inbox, Shape::Wide) => split(beside(body, body.width - (body.width * 46 / 100).clamp(60, 84))),
        (Screen::Inbox, Shape::Stacked) => split(above(body, (body.height * 2 / 5).max(7))),
        (Screen::Capacity, Shape::Wide) => split(beside(body, (body.width * 2 / 5).clamp(48, 60))),
        (Screen::Response, Shape::Wide) => {
            let (left, figures) = beside(body, 58 + (body.width - 120).min(60) / 3);
            (above(left, destinations_height(model, left.height)).1, Some(figures))
        }
        (Screen::Response, Shape::Stacked) => {
            split(above(body, body.height - panel_height(model, body.height - body.height * 3 / 5)))
        }
        // What a short list does not fill belongs to what stands below it.
        (Screen::Capacity, Shape::Stacked) => {
            split(above(body, list_height(model.capacity.items().count(), body.height * 3 / 5)))
        }
        (Screen::Sources, Shape::Wide | Shape::Stacked) => {
            let most = if shape == Shape::Wide { body.height * 3 / 5 } else { body.height.saturating_sub(8) };
            split(above(body, list_height(model.sources.data.value.as_ref().map_or(0, Vec::len), most)))
        }
        (Screen::Report, Shape::Wide | Shape::Stacked) => {
            let (funnel, table) = above(body, if body.height < 30 { 12 } else { 14 });
            (table, Some(funnel))
        }
        _ => (body, None),
    }
}

/// Rows the destinations take above the list of Response: with their frame and head, at most a third of the height.
fn destinations_height(model: &Model, height: u16) -> u16 {
    framed(model.response.data.value.as_ref().map_or(0, destination_lines)).min(height / 3)
}

/// Rows of the panel below the list of Response, at most `most`: what it does not fill is the list's.
fn panel_height(model: &Model, most: u16) -> u16 {
    let Some(data) = &model.response.data.value else { return most };
    match model.response.below {
        Below::Destinations => framed(destination_lines(data)).min(most),
        Below::Speed => most,
        Below::Table => framed(data.by.iter().filter(|(kind, ..)| kind == model.response.kind()).count()).min(most),
    }
}

fn destination_lines(data: &Response) -> usize {
    let why = data.destinations.iter().filter(|line| line.why.is_some()).count();
    data.destinations.len() + why
}

/// Rows of a list of so many lines above its panel, at most `most`.
fn list_height(lines: usize, most: u16) -> u16 {
    framed(lines).max(LIST_LEAST).min(most)
}

/// Rows of so many lines with a frame and a head; one line says that there is nothing.
fn framed(lines: usize) -> u16 {
    u16::try_from(lines.max(1) + 3).unwrap_or(u16::MAX)
}

/// Where the destinations stand on a wide Response screen.
pub fn destinations(model: &Model) -> Option<Rect> {
    let list = panes(model).0;
    let body = parts(model.size).body;
    let wide = Shape::of(model.size) == Shape::Wide;
    wide.then(|| Rect { y: body.y, height: list.y - body.y, ..list })
}

/// Rows of the list of Response that say more about the handoff under the cursor.
pub fn more_rows(list: Rect) -> u16 {
    if list.height >= MORE_FROM { MORE_ROWS } else { 0 }
}

/// Rows of the journal that say in full what its line under the cursor has no room for.
pub fn journal_rows(model: &Model, list: Rect) -> u16 {
    if Shape::of(model.size) == Shape::Wide { 0 } else { more_rows(list) }
}

/// The rectangle an opened lead is drawn in.
pub fn lead_pane(model: &Model) -> Rect {
    match (model.screen, Shape::of(model.size), panes(model)) {
        (Screen::Inbox, Shape::Wide, (_, Some(panel))) => panel,
        _ => parts(model.size).body,
    }
}

/// Rows of the list that fit on this screen: without its frame, and without the column heads it has.
pub fn list_rows(model: &Model) -> usize {
    let list = panes(model).0;
    let heads = match model.screen {
        Screen::Inbox | Screen::Referrals => 2,
        Screen::Journal => 2 + journal_rows(model, list),
        Screen::Response => 2 + more_rows(list),
        Screen::Capacity | Screen::Sources | Screen::Report => 3,
    };
    usize::from(list.height.saturating_sub(heads))
}

/// A rectangle of at most this size in the middle of `area`.
pub fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}
