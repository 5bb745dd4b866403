//! Response: handoffs by what they need, and how fast people answered.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::nothing_yet;
use crate::console::layout;
use crate::console::model::Model;
use crate::console::model::response::{Group, Item, KINDS};
use crate::console::say;
use crate::console::theme::Role;
use crate::console::widget::bar::bar;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::{Align, Columns};
use crate::desk::view::{HandoffRow, Speed};

/// Below this many answers a share says "too few" (`domain-rules` 7).
const FEW: u64 = 5;

/// Draws handoffs and figures.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let (list, figures) = layout::panes(model);
    handoffs(model, frame, list);
    if let Some(area) = figures {
        self::figures(model, frame, area);
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
}

fn handoff(model: &Model, row: &HandoffRow, width: usize) -> Line<'static> {
    let group = Group::of(row, model.now);
    let (mark, role) = match group {
        Group::Unknown | Group::NeedsYou | Group::Missed => ("!", Role::Bad),
        Group::AtRisk => ("◐", Role::Warn),
        Group::Waiting => ("○", Role::Quiet),
        Group::Sent => ("●", Role::Bright),
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
        (Group::Answered, _) => {
            row.first_business_secs.map_or_else(|| "answered".to_owned(), |secs| format!("in {}", say::span(secs)))
        }
        (Group::Ended, _) => span(row.first_at.or(row.accepted_at).unwrap_or(row.decided_at)),
        _ => format!("for {}", span(row.decided_at)),
    }
}

fn figures(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let Some(data) = &model.response.data.value else {
        Panel::new("first response").draw(frame, area, theme);
        return;
    };
    let right = format!("28 days · n {}", data.all.n);
    let inside = Panel { title: "first response".to_owned(), right, ..Panel::default() }.draw(frame, area, theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    // Where height is short and width is not, the table stands beside the figures instead of below.
    let short = inside.height < 10 && inside.width >= 74;
    let (left, right) = if short { (35, inside.width - 35) } else { (inside.width, inside.width) };
    let all = speed_lines(model, &data.all, usize::from(left));
    let used = all.len() as u16 + 1;
    panel::lines(frame, Rect { width: left, ..inside }, all);
    let table = if short {
        Rect { x: inside.x + left, width: right, ..inside }
    } else {
        Rect { y: inside.y + used.min(inside.height), height: inside.height.saturating_sub(used), ..inside }
    };
    panel::lines(frame, table, split_lines(model, &data.by, usize::from(table.width)));
}

/// The table by person, team, source or destination.
fn split_lines(model: &Model, by: &[(String, String, Speed)], width: usize) -> Vec<Line<'static>> {
    let theme = model.fixed.theme;
    let kind = KINDS[model.response.split % KINDS.len()];
    let p90 = if width >= 46 { 7 } else { 0 };
    let name = width.saturating_sub(5 + 8 + p90 + usize::from(p90 > 0) + 8 + 8 + 1).clamp(6, 24);
    let head = Columns::new(theme)
        .col(&format!("by {kind}"), name, Align::Left, Role::Accent)
        .col("n", 4, Align::Right, Role::Quiet)
        .col("median", 7, Align::Right, Role::Quiet)
        .col("p90", p90, Align::Right, Role::Quiet)
        .col("≤ 1 h", 7, Align::Right, Role::Quiet)
        .col("target", 7, Align::Right, Role::Quiet);
    let mut lines = vec![head.line()];
    for (_, id, speed) in by.iter().filter(|(of, ..)| of == kind) {
        let line = Columns::new(theme)
            .col(id, name, Align::Left, Role::Text)
            .col(&say::count(speed.n, 4), 4, Align::Right, Role::Quiet)
            .col(&quantile(speed.median_secs, speed.median_over_secs), 7, Align::Right, Role::Bright)
            .col(&quantile(speed.p90_secs, speed.p90_over_secs), p90, Align::Right, Role::Text)
            .col(&share(speed.within[1]), 7, Align::Right, Role::Text)
            .col(&share(speed.target), 7, Align::Right, Role::Text);
        lines.push(line.line());
    }
    lines
}

fn speed_lines(model: &Model, speed: &Speed, width: usize) -> Vec<Line<'static>> {
    let theme = model.fixed.theme;
    let first = Columns::new(theme)
        .col("median", 8, Align::Left, Role::Quiet)
        .col(&quantile(speed.median_secs, speed.median_over_secs), 8, Align::Right, Role::Bright)
        .col(" p90", 5, Align::Left, Role::Quiet)
        .col(&quantile(speed.p90_secs, speed.p90_over_secs), 8, Align::Right, Role::Text);
    let target = Columns::new(theme)
        .col("target", 8, Align::Left, Role::Quiet)
        .col(&share(speed.target), 8, Align::Right, Role::Text)
        .add(&format!("{} of {} in time", speed.target.0, speed.target.1), Role::Quiet);
    let mut lines = vec![first.line()];
    let room = Some(width.saturating_sub(9 + 9 + 14).min(28)).filter(|room| *room > 5).unwrap_or(0);
    for (label, (part, whole)) in ["≤ 5 min", "≤ 1 h", "≤ 24 h"].into_iter().zip(speed.within) {
        let line = Columns::new(theme)
            .col(label, 8, Align::Left, Role::Quiet)
            .col(&share((part, whole)), 8, Align::Right, Role::Bright)
            .col(&bar(part, whole, room), room, Align::Left, Role::Accent)
            .add(&format!("{part} of {whole}"), Role::Quiet);
        lines.push(line.line());
    }
    let never = Columns::new(theme)
        .col("never", 8, Align::Left, Role::Quiet)
        .col(&speed.never.to_string(), 8, Align::Right, if speed.never > 0 { Role::Warn } else { Role::Text })
        .add("without an answer", Role::Quiet);
    lines.push(never.line());
    lines.push(target.line());
    lines
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
