//! The Inbox: whom to call next and until when, with the lead beside it.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{lead, nothing_yet};
use crate::console::layout::{self, Shape};
use crate::console::model::Model;
use crate::console::say;
use crate::console::theme::{Role, Theme};
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::{Align, Columns};
use crate::desk::view::{LeadRow, List, Need};
use crate::lead::{Code, HandoffState, Stage};

/// Draws list and detail as the width allows.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let (list, detail) = layout::panes(model);
    self::list(model, frame, list);
    if let Some(detail) = detail {
        lead::draw(model, frame, detail);
    }
}

fn list(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let rows = model.inbox.rows();
    let state = model.inbox.state();
    let inside = heading(model, area).draw(frame, area, theme);
    if rows.is_empty() {
        let text = match &state.data.value {
            None => nothing_yet(&state.data),
            Some(_) => empty(model),
        };
        panel::sentence(frame, inside, &text, theme);
        return;
    }
    let height = usize::from(inside.height);
    let draw = Row { theme, now: model.now, zone: &model.seat.zone, width: usize::from(inside.width) };
    let shown = rows.iter().skip(state.cursor.offset).take(height);
    panel::lines(
        frame,
        inside,
        shown
            .map(|row| if model.inbox.list == List::Open { draw.open(row) } else { draw.other(row, model.inbox.list) }),
    );
    panel::select(frame, inside, state.cursor.index.saturating_sub(state.cursor.offset), theme);
}

fn heading(model: &Model, area: Rect) -> Panel {
    let state = model.inbox.state();
    let mut title = match model.inbox.list {
        List::Open => "open, due first".to_owned(),
        List::Held => "held, in queue order".to_owned(),
        list => format!("{}, newest first", list.word()),
    };
    if model.inbox.mine {
        title.push_str(" · mine");
    }
    if !model.filter().is_empty() {
        title = format!("{title} · /{}", model.filter());
    }
    let rows = model.inbox.rows().len();
    let total = state.data.value.as_ref().map_or(0, |data| data.total.max(rows as u64));
    let right = if rows == 0 { String::new() } else { format!("{} of {total}", state.cursor.index + 1) };
    let (above, below) = model.inbox.unseen(usize::from(area.height.saturating_sub(2)));
    let bottom = match (above, below) {
        (0, 0) => String::new(),
        (0, below) => format!("{below} new ↓"),
        (above, 0) => format!("{above} new ↑"),
        (above, below) => format!("{above} new ↑ {below} new ↓"),
    };
    let focus = model.opened.is_none() || Shape::of(model.size) != Shape::Wide;
    Panel { title, right, bottom, focus, ..Panel::default() }
}

fn empty(model: &Model) -> String {
    if !model.filter().is_empty() {
        return format!("Nothing matches /{}. Esc clears the filter.", model.filter());
    }
    if model.inbox.mine {
        return "No lead of yours is here. m shows everyone's.".to_owned();
    }
    match model.inbox.list {
        List::Open => "No open lead. Leads appear here when they are handed to somebody or need an answer. 4 shows the sources, t there reads one now.",
        List::Held => "Nothing is held. Qualified leads wait here when a cap is full; 2 shows the caps.",
        List::Rejected => "Nothing was rejected. Leads that do not fit are kept here with every reason.",
        List::Quarantine => "Nothing is in quarantine. Records nobody could read are kept here, as received.",
        List::Closed => "No lead has ended yet. w won, l lost or r returned on an open lead ends it.",
    }
    .to_owned()
}

/// Columns in which most names stand in full.
const NAME_GOOD: usize = 22;

struct Row<'a> {
    theme: Theme,
    now: Timestamp,
    zone: &'a jiff::tz::TimeZone,
    width: usize,
}

impl Row<'_> {
    fn open(&self, row: &LeadRow) -> Line<'static> {
        let need = row.need(self.now);
        let (mark, role) = mark(need, row.state);
        let owner = if self.width >= 66 { 8 } else { 0 };
        let service = if self.width >= 70 {
            11
        } else if self.width >= 52 {
            9
        } else {
            0
        };
        let fixed = 1 + 2 + 12 + (service + usize::from(service > 0)) + 7 + 9 + owner + usize::from(owner > 0);
        let name = self.width.saturating_sub(fixed + 1).max(4);
        // Where names have room enough, amounts and owners get the rest of theirs.
        let (name, budget) = if name >= NAME_GOOD + 3 { (name - 3, 11) } else { (name, 8) };
        let (name, owner) = if owner > 0 && name >= NAME_GOOD + 4 { (name - 4, owner + 4) } else { (name, owner) };
        let name_role =
            if matches!(need, Need::Answered | Need::Snoozed | Need::Rest) { Role::Quiet } else { Role::Text };
        Columns::new(self.theme)
            .add(" ", Role::Text)
            .col(mark, 1, Align::Left, role)
            .col(&self.when(row, need), 11, Align::Right, role)
            .col(&row.name, name, Align::Left, name_role)
            .col(&row.service, service, Align::Left, Role::Quiet)
            .col(&row.place, 6, Align::Left, Role::Quiet)
            .col(&row.budget, budget, Align::Right, Role::Quiet)
            .col(row.owner.as_deref().unwrap_or("–"), owner, Align::Left, Role::Quiet)
            .line()
    }

    fn when(&self, row: &LeadRow, need: Need) -> String {
        let away = row.answer_by.map_or(0, |by| say::secs(self.now, by));
        match need {
            Need::Missed => format!("late {}", say::countdown(away)),
            Need::AtRisk | Need::Due => say::countdown(away),
            Need::Review => asked(row),
            Need::Waiting => row.state.map_or("waiting", HandoffState::word).to_owned(),
            Need::Answered => "answered".to_owned(),
            Need::Snoozed => row.snoozed_until.map_or_else(String::new, |at| say::moment(at, self.now, self.zone)),
            Need::Rest => String::new(),
        }
    }

    fn other(&self, row: &LeadRow, list: List) -> Line<'static> {
        let when = match list {
            List::Held => {
                row.forecast.map_or_else(|| "–".to_owned(), |at| format!("~{}", say::moment(at, self.now, self.zone)))
            }
            _ => say::moment(row.received_at, self.now, self.zone),
        };
        let name = (self.width * 3 / 10).clamp(8, 26);
        let (service, place) = if self.width >= 76 { (11, 6) } else { (0, 0) };
        let used = 1 + 11 + name + 1 + service + place + 2 * usize::from(service > 0);
        let why = row.codes.iter().map(Code::sentence).collect::<Vec<_>>().join(" ");
        Columns::new(self.theme)
            .add(" ", Role::Text)
            .col(&when, 10, Align::Right, Role::Text)
            .col(&row.name, name, Align::Left, Role::Text)
            .col(&row.service, service, Align::Left, Role::Quiet)
            .col(&row.place, place, Align::Left, Role::Quiet)
            .col(&why, self.width.saturating_sub(used + 1), Align::Left, Role::Quiet)
            .line()
    }
}

/// What a person is asked about a lead, as short as it can be said.
fn asked(row: &LeadRow) -> String {
    let mut open = row.codes.iter().filter_map(|code| match code {
        Code::UnknownField(criterion) if row.stage == Some(Stage::Review) => Some(criterion),
        _ => None,
    });
    match (open.next(), open.count()) {
        (Some(only), 0) => format!("{only}?"),
        (Some(_), more) => format!("{} questions", more + 1),
        (None, _) => row.stage.map_or("review", Stage::word).to_owned(),
    }
}

/// The mark and colour of a need; a handoff in trouble shows through.
fn mark(need: Need, state: Option<HandoffState>) -> (&'static str, Role) {
    if matches!(state, Some(HandoffState::Unknown | HandoffState::NeedsPerson)) && need == Need::Waiting {
        return ("!", Role::Bad);
    }
    match need {
        Need::Missed => ("!", Role::Bad),
        Need::AtRisk => ("◐", Role::Warn),
        Need::Due => ("●", Role::Bright),
        Need::Review => ("?", Role::Warn),
        Need::Waiting => ("○", Role::Quiet),
        Need::Answered => ("✓", Role::Good),
        Need::Snoozed => ("z", Role::Quiet),
        Need::Rest => (" ", Role::Quiet),
    }
}
