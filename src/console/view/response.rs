//! Response: handoffs by what they need, where they go, and how fast people answered.

mod chart;
mod destinations;
mod figures;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::nothing_yet;
use crate::console::layout::{self, Shape};
use crate::console::model::Model;
use crate::console::model::response::{Below, Group, Item};
use crate::console::say;
use crate::console::theme::Role;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::wrap::wrap;
use crate::console::widget::{Align, Columns};
use crate::desk::view::HandoffRow;
use crate::lead::HandoffState;
use crate::response::ClockState;

/// Below this many answers a share says "too few" (`domain-rules` 7).
const FEW: u64 = 5;

/// Draws handoffs, destinations and figures.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let (list, panel) = layout::panes(model);
    handoffs(model, frame, list);
    if let Some(area) = layout::destinations(model) {
        destinations::draw(model, frame, area);
    }
    let Some(area) = panel else { return };
    match model.response.below {
        _ if Shape::of(model.size) == Shape::Wide => figures::all(model, frame, area),
        Below::Destinations => destinations::draw(model, frame, area),
        Below::Speed => figures::speed(model, frame, area),
        Below::Table => figures::table(model, frame, area),
    }
}

fn handoffs(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let screen = &model.response;
    let filter = model.filter();
    let title = if filter.is_empty() { "handoffs".to_owned() } else { format!("handoffs · /{filter}") };
    let count = screen.items.iter().filter(|item| matches!(item, Item::Row(_))).count();
    let right = if count == 0 { String::new() } else { format!("{} of {count}", screen.cursor.index + 1) };
    let inside = Panel { title, right, focus: true, ..Panel::default() }.draw(frame, area, theme);
    let Some(data) = screen.data.value.as_ref().filter(|_| count > 0) else {
        let text = match &screen.data.value {
            None => nothing_yet(&screen.data),
            Some(_) if filter.is_empty() => {
                "No handoff yet. Each lead given to somebody appears here, with its ticket or mail and its answer."
                    .to_owned()
            }
            Some(_) => format!("Nothing matches /{filter}. Esc clears the filter."),
        };
        panel::sentence(frame, inside, &text, theme);
        return;
    };
    let width = usize::from(inside.width);
    let more = layout::more_rows(area);
    let (inside, note) = (
        Rect { height: inside.height.saturating_sub(more), ..inside },
        Rect { y: inside.bottom().saturating_sub(more), height: more, ..inside },
    );
    let items = screen.items.iter().skip(screen.top).take(usize::from(inside.height));
    let lines = items.map(|item| match item {
        Item::Head(group, count) => {
            let role = if *group <= Group::NeedsYou { Role::Bad } else { Role::Accent };
            Columns::new(theme).add(&format!(" {}", group.word()), role).add(&format!("  {count}"), Role::Quiet).line()
        }
        Item::Row(at) => data.handoffs.get(*at).map_or_else(Line::default, |row| handoff(model, row, width)),
    });
    panel::lines(frame, inside, lines);
    panel::select(frame, inside, screen.line().saturating_sub(screen.top), theme);
    if let Some(row) = screen.selected() {
        panel::lines(frame, note, about(model, row, note.width));
    }
}

/// Until when a handoff is paused.
fn paused_until(model: &Model, row: &HandoffRow) -> Option<jiff::Timestamp> {
    row.paused.map(|(_, until)| until).filter(|until| *until > model.now)
}

/// What there is to say about the handoff under the cursor that its line has no room for.
fn about(model: &Model, row: &HandoffRow, width: u16) -> impl Iterator<Item = Line<'static>> {
    let theme = model.fixed.theme;
    let clock = match row.clock {
        ClockState::Met => "in time · ".to_owned(),
        ClockState::Missed { late_secs } => format!("late by {} of working time · ", say::span(late_secs)),
        ClockState::AtRisk | ClockState::Running | ClockState::NoPolicy => String::new(),
    };
    let said = match row.state {
        HandoffState::Accepted | HandoffState::Tracking => String::new(),
        _ if row.last_text.is_empty() => String::new(),
        _ => format!(" · it said: {}", row.last_text),
    };
    let text = format!("{} · {}{clock}{}{said}", row.person, key_of(row), row.next);
    let lines = wrap(&text, usize::from(width.saturating_sub(2)));
    lines.into_iter().map(move |line| Columns::new(theme).add(&format!(" {line}"), Role::Text).line())
}

/// What to look for at the destination, where somebody may have to.
fn key_of(row: &HandoffRow) -> String {
    match row.state {
        HandoffState::Unknown | HandoffState::NeedsPerson => format!("key {} · ", row.token),
        _ => row.number.as_ref().map_or_else(String::new, |number| format!("#{number} · ")),
    }
}

fn handoff(model: &Model, row: &HandoffRow, width: usize) -> Line<'static> {
    let group = Group::of(row, model.now);
    let (mark, role) = match group {
        Group::Unknown | Group::NeedsYou | Group::Missed => ("!", Role::Bad),
        Group::AtRisk => ("◐", Role::Warn),
        Group::Waiting => ("○", Role::Quiet),
        Group::Sent => ("●", Role::Bright),
        Group::Answered if paused_until(model, row).is_some() => ("‖", Role::Warn),
        Group::Answered if matches!(row.clock, ClockState::Missed { .. }) => ("✓", Role::Warn),
        Group::Answered => ("✓", Role::Good),
        Group::Ended => ("·", Role::Quiet),
    };
    let (person, destination) = if width >= 70 { (9, 10) } else { (0, 8) };
    let name = (width / 4).clamp(10, 20);
    let used = 4 + name + 1 + destination + 1 + person + usize::from(person > 0) + 12;
    Columns::new(model.fixed.theme)
        .add("  ", Role::Text)
        .col(mark, 1, Align::Left, role)
        .col(&row.name, name, Align::Left, Role::Text)
        .col(&row.destination, destination, Align::Left, Role::Quiet)
        .col(&row.person, person, Align::Left, Role::Quiet)
        .col(&age(model, row, group), 11, Align::Right, role)
        .col(&row.next, width.saturating_sub(used + 1), Align::Left, Role::Quiet)
        .line()
}

fn age(model: &Model, row: &HandoffRow, group: Group) -> String {
    let now = model.now;
    let span = |at| say::span(say::secs(at, now));
    match (group, row.answer_by) {
        (Group::Missed, Some(by)) => format!("late {}", say::countdown(say::secs(by, now))),
        (Group::AtRisk | Group::Sent, Some(by)) => format!("{} left", span(by)),
        (Group::Answered, _) if let Some(until) = paused_until(model, row) => {
            format!("{} more", say::span(say::secs(now, until)))
        }
        (Group::Answered, _) if let ClockState::Missed { late_secs } = row.clock => {
            format!("late {}", say::span(late_secs))
        }
        (Group::Answered, _) => {
            row.first_business_secs.map_or_else(|| "answered".to_owned(), |secs| format!("in {}", say::span(secs)))
        }
        (Group::Ended, _) => span(row.first_at.or(row.accepted_at).unwrap_or(row.decided_at)),
        _ => format!("for {}", span(row.decided_at)),
    }
}

/// A quantile, `> age` when it falls among the unanswered, or `—`.
pub fn quantile(secs: Option<i64>, over: Option<i64>) -> String {
    match (secs, over) {
        (Some(secs), _) => say::span(secs),
        (None, Some(over)) => format!("> {}", say::span(over)),
        (None, None) => "—".to_owned(),
    }
}

/// A share in percent; `—` of nothing, "too few" of less than five.
pub fn share((part, whole): (u64, u64)) -> String {
    match whole {
        0 => "—".to_owned(),
        1..FEW => "too few".to_owned(),
        _ => format!("{} %", (part * 100 + whole / 2) / whole),
    }
}
