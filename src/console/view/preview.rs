//! Previews: how far one is, what a cap would have done, and a draft's whole difference.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Clear;

use crate::console::model::Model;
use crate::console::model::dialog::DraftPage;
use crate::console::theme::{Role, Theme};
use crate::console::widget::bar::filled;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::wrap::wrap;
use crate::console::widget::{Align, Columns};
use crate::console::{layout, say};
use crate::desk::view::{FigureLine, FlippedLead, PartLine, Preview, Today};
use crate::lead::{LeadId, VerdictKind};

/// Columns of a figure under one set of rules.
const FIGURE: usize = 12;
/// Columns of a figure's name.
const NAME: usize = 20;
/// Most columns of a draft's preview.
const WIDTH: u16 = 140;
/// Columns of the bar of how far it is.
const BAR: usize = 20;
/// An estimate is said from this many leads on.
const ENOUGH: u64 = 2_000;

/// A line, and the lead it is about.
pub type Row = (Line<'static>, Option<LeadId>);

/// How far the running preview is, with an estimate.
pub(super) fn progress(model: &Model) -> Line<'static> {
    let (decided, expected) = model.preview.progress;
    let theme = model.fixed.theme;
    if expected == 0 {
        return Columns::new(theme).add("looking at the past days… · Esc stops", Role::Quiet).line();
    }
    let solid = filled(decided, expected, BAR).min(BAR);
    let left = match decided {
        _ if decided >= expected => "letting them through the queue".to_owned(),
        ENOUGH.. => {
            let passed = model.now.as_millisecond() - model.preview.since.as_millisecond();
            let rest = i128::from(passed.max(0)) * i128::from(expected - decided) / i128::from(decided) / 1_000;
            format!("about {} left", say::span(i64::try_from(rest).unwrap_or(i64::MAX)))
        }
        _ => format!("{expected} leads"),
    };
    Columns::new(theme)
        .add(&format!("{:>3} % ", (decided * 100 / expected).min(100)), Role::Bright)
        .add(&"█".repeat(solid), Role::Accent)
        .add(&"░".repeat(BAR - solid), Role::Frame)
        .add(&format!(" {left} · Esc stops"), Role::Quiet)
        .line()
}

pub(super) fn say_in(theme: Theme, text: &str, role: Role, width: usize) -> Vec<Line<'static>> {
    wrap(text, width).iter().map(|line| Columns::new(theme).add(line, role).line()).collect()
}

/// What another maximum would have done, for the dialog that changes it.
pub fn cap_lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let theme = model.fixed.theme;
    match &model.preview.answer {
        _ if model.preview.wanted.is_none() => Vec::new(),
        None => vec![progress(model)],
        Some(Err(error)) => say_in(theme, &format!("no preview: {error}"), Role::Warn, width),
        Some(Ok(preview)) => {
            let mut lines = cap_past(model, preview, width);
            if let Some((_, today)) = &preview.today {
                lines.extend(say_in(theme, &today_words(model, today), Role::Text, width));
            }
            lines
        }
    }
}

fn cap_past(model: &Model, preview: &Preview, width: usize) -> Vec<Line<'static>> {
    let theme = model.fixed.theme;
    let since = say::moment(preview.since, model.now, &model.seat.zone);
    if preview.leads == 0 {
        let text = format!("No lead came since {since}: there is nothing to try it on.");
        return say_in(theme, &text, Role::Quiet, width);
    }
    let mut lines = vec![head(theme, &format!("{} leads since {since}", preview.leads), "now", "then")];
    lines.extend(preview.figures.iter().map(|one| figure(theme, one)));
    lines
}

fn today_words(model: &Model, today: &Today) -> String {
    let (now, zone) = (model.now, &model.seat.zone);
    let waits = match (&today.first, today.last_at) {
        (Some((name, first)), Some(last)) => {
            let last =
                if last > *first { format!(", the last about {}", say::time(last, zone)) } else { String::new() };
            let first = say::moment(*first, now, zone);
            format!("{} leave the queue ({name} first, about {first}{last}), {} stay", today.leaves, today.stays)
        }
        _ if today.stays == 0 => "nobody waits".to_owned(),
        _ => format!("nobody leaves the queue, {} stay", today.stays),
    };
    format!("today then: {waits}; the cap: {}", today.fills)
}

fn head(theme: Theme, title: &str, now: &str, then: &str) -> Line<'static> {
    Columns::new(theme)
        .col(title, NAME + 3, Align::Left, Role::Quiet)
        .col(now, FIGURE - 3, Align::Right, Role::Quiet)
        .col(then, FIGURE, Align::Right, Role::Quiet)
        .line()
}

fn figure(theme: Theme, one: &FigureLine) -> Line<'static> {
    let (mark, role) = match one.better {
        Some(true) => ("✓", Role::Good),
        Some(false) => ("!", Role::Warn),
        None => ("", Role::Quiet),
    };
    Columns::new(theme)
        .col(&one.name, NAME, Align::Left, Role::Quiet)
        .col(&one.now, FIGURE, Align::Right, Role::Text)
        .col(&one.draft, FIGURE, Align::Right, Role::Bright)
        .col(&one.change, FIGURE - 1, Align::Right, role)
        .add(mark, role)
        .line()
}

/// The inside of a draft's preview.
pub fn inside(model: &Model) -> Rect {
    let body = layout::parts(model.size).body;
    let frame = layout::middle(body, WIDTH, body.height);
    Rect {
        x: frame.x + 2,
        y: frame.y + 1,
        width: frame.width.saturating_sub(4),
        height: frame.height.saturating_sub(2),
    }
}

/// Draws a draft's preview over the whole body.
pub fn draft(model: &Model, page: &DraftPage, frame: &mut Frame<'_>) {
    let theme = model.fixed.theme;
    let body = layout::parts(model.size).body;
    let outer = layout::middle(body, WIDTH, body.height);
    frame.render_widget(Clear, outer);
    let inside = inside(model);
    let rows = rows(model, usize::from(inside.width));
    let room = usize::from(inside.height);
    let at = page.at.min(rows.len().saturating_sub(1));
    let top = (at + 1).saturating_sub(room);
    let left = rows.len().saturating_sub(top + room);
    let bottom = if left > 0 { format!("{} ↓", say::more_lines(left)) } else { String::new() };
    let (title, right) = (format!("draft · {}", page.file), format!("{} days", page.days()));
    Panel { title, right, bottom, focus: true, ..Panel::default() }.draw(frame, outer, theme);
    panel::lines(frame, inside, rows.into_iter().skip(top).take(room).map(|(line, _)| line));
    if model.preview.preview().is_some() {
        panel::select(frame, Rect { x: inside.x.saturating_sub(1), ..inside }, at - top, theme);
    }
}

/// The lines of a draft's preview at this width.
pub fn rows(model: &Model, width: usize) -> Vec<Row> {
    let theme = model.fixed.theme;
    let plain = |lines: Vec<Line<'static>>| lines.into_iter().map(|line| (line, None)).collect::<Vec<Row>>();
    match &model.preview.answer {
        None => plain(vec![progress(model)]),
        Some(Err(error)) => {
            let mut lines = Vec::new();
            for line in error.to_string().lines() {
                lines.extend(say_in(theme, line, Role::Bad, width));
            }
            lines.push(Line::default());
            lines.extend(say_in(theme, "Nothing was changed. r reads it again, Esc goes back.", Role::Quiet, width));
            plain(lines)
        }
        Some(Ok(preview)) => whole(model, preview, width),
    }
}

fn whole(model: &Model, preview: &Preview, width: usize) -> Vec<Row> {
    let theme = model.fixed.theme;
    let (now, zone) = (model.now, &model.seat.zone);
    let mut rows: Vec<Row> = Vec::new();
    let mut add = |lines: Vec<Line<'static>>| rows.extend(lines.into_iter().map(|line| (line, None)));
    let since = say::moment(preview.since, now, zone);
    if preview.leads == 0 {
        let text = format!("No lead came since {since}: there is nothing to try the draft on. d looks further back.");
        add(say_in(theme, &text, Role::Text, width));
        return rows;
    }
    let about = format!("{} leads since {since}, decided again by both; nothing is changed.", preview.leads);
    add(say_in(theme, &about, Role::Quiet, width));
    add(vec![Line::default(), head(theme, "", "in force", "draft")]);
    add(preview.figures.iter().map(|one| figure(theme, one)).collect());
    add(vec![Line::default()]);
    rows.extend(flips(model, preview, width));
    let mut add = |line: Line<'static>| rows.push((line, None));
    for (title, parts) in &preview.parts {
        add(Line::default());
        add(part_head(theme, title, width));
        for one in parts {
            add(part(theme, one, width));
        }
    }
    add(Line::default());
    for note in &preview.notes {
        say_in(theme, note, Role::Quiet, width).into_iter().for_each(&mut add);
    }
    rows
}

fn flips(model: &Model, preview: &Preview, width: usize) -> Vec<Row> {
    let theme = model.fixed.theme;
    let quiet = |text: &str| (Columns::new(theme).add(text, Role::Quiet).line(), None);
    if preview.flipped == 0 {
        return vec![quiet("No verdict changes.")];
    }
    let told = format!("{} verdicts change (Tab: the next, Enter: the lead)", preview.flipped);
    let mut rows = vec![(Columns::new(theme).add(&told, Role::Accent).line(), None)];
    rows.extend(preview.flips.iter().map(|one| (flip(model, one, None, width), Some(one.lead))));
    let more = preview.flipped.saturating_sub(preview.flips.len() as u64);
    if more > 0 {
        rows.push(quiet(&format!("… and {more} more: `leadgate simulate --config DRAFT --json` has all")));
    }
    rows
}

/// A lead that both decide differently; `ended` says what became of it.
pub(super) fn flip(model: &Model, one: &FlippedLead, ended: Option<&str>, width: usize) -> Line<'static> {
    let (name, source) = if width >= 100 { (24, 18) } else { (18, 0) };
    let reasons: Vec<String> = ended
        .map(str::to_owned)
        .into_iter()
        .chain(one.no_longer.iter().map(|code| format!("-{code}")))
        .chain(one.now.iter().map(|code| format!("+{code}")))
        .collect();
    let shown = if one.name.is_empty() { one.lead.to_string() } else { one.name.clone() };
    let role = if one.to == VerdictKind::Qualified { Role::Good } else { Role::Warn };
    let used = name + 1 + 10 + (if source > 0 { source + 1 } else { 0 }) + 28;
    Columns::new(model.fixed.theme)
        .col(&shown, name, Align::Left, Role::Text)
        .col(&say::moment(one.received_at, model.now, &model.seat.zone), 9, Align::Right, Role::Quiet)
        .col(&one.source, source, Align::Left, Role::Quiet)
        .col(&format!("{} → {}", word(one.from), word(one.to)), 27, Align::Left, role)
        .col(&reasons.join(" "), width.saturating_sub(used + 1), Align::Left, Role::Quiet)
        .line()
}

const fn word(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Qualified => "qualified",
        VerdictKind::Review => "review",
        VerdictKind::Disqualified => "disqualified",
    }
}

/// Columns of a part's cost, where there is room for it.
const fn cost_width(width: usize) -> usize {
    if width >= 100 { 26 } else { 0 }
}

fn part_head(theme: Theme, title: &str, width: usize) -> Line<'static> {
    Columns::new(theme)
        .col(title, NAME + 3, Align::Left, Role::Accent)
        .col("qualified", 15, Align::Right, Role::Quiet)
        .col("handed off", 15, Align::Right, Role::Quiet)
        .col("late", 15, Align::Right, Role::Quiet)
        .col("cost per qualified", cost_width(width), Align::Right, Role::Quiet)
        .line()
}

fn part(theme: Theme, one: &PartLine, width: usize) -> Line<'static> {
    let pair = |(a, b): (u64, u64)| if a == b { a.to_string() } else { format!("{a} → {b}") };
    let (a, b) = &one.cost;
    let cost = if a == b { a.clone() } else { format!("{} → {}", or_dash(a), or_dash(b)) };
    let role = |(a, b): (u64, u64)| if a == b { Role::Text } else { Role::Bright };
    Columns::new(theme)
        .col(&one.name, NAME + 3, Align::Left, Role::Text)
        .col(&pair(one.qualified), 15, Align::Right, role(one.qualified))
        .col(&pair(one.handed_off), 15, Align::Right, role(one.handed_off))
        .col(&pair(one.late), 15, Align::Right, role(one.late))
        .col(&cost, cost_width(width), Align::Right, Role::Text)
        .line()
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}
