//! The curve of a cap's maximum: what each value would have come to, the knee marked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Clear;

use super::preview::{inside, progress, say_in};
use crate::console::model::Model;
use crate::console::model::dialog::SweepPage;
use crate::console::theme::Role;
use crate::console::widget::bar::bar;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::{Align, Columns};
use crate::console::{layout, say};
use crate::desk::view::{Curve, Point, Preview};

/// Columns of a number.
const NUMBER: usize = 10;
/// Columns of the words behind a bar.
const MARK: usize = 8;

/// Draws the curve over the whole body.
pub fn draw(model: &Model, page: &SweepPage, frame: &mut Frame<'_>) {
    let theme = model.fixed.theme;
    let area = inside(model);
    let width = usize::from(area.width);
    let outer = layout::middle(layout::parts(model.size).body, area.width + 4, area.height + 2);
    frame.render_widget(Clear, outer);
    let (title, right) = (format!("curve · {}", page.title), format!("{} days", page.days()));
    Panel { title, right, focus: true, ..Panel::default() }.draw(frame, outer, theme);
    let (head, points, foot) = match &model.preview.answer {
        None => (vec![progress(model)], Vec::new(), Vec::new()),
        Some(Err(error)) => {
            let mut lines = say_in(theme, &error.to_string(), Role::Bad, width);
            lines.extend(say_in(theme, "Nothing was changed. Esc goes back.", Role::Quiet, width));
            (lines, Vec::new(), Vec::new())
        }
        Some(Ok(preview)) => parts(model, preview, width),
    };
    let room = usize::from(area.height).saturating_sub(head.len() + foot.len()).max(1);
    let at = page.at.min(points.len().saturating_sub(1));
    let top = (at + 1).saturating_sub(room);
    let above = u16::try_from(head.len()).unwrap_or(u16::MAX).min(area.height);
    let (shown, any) = (points.len().saturating_sub(top).min(room), !points.is_empty());
    panel::lines(frame, area, head);
    let below = Rect { y: area.y + above, height: area.height - above, ..area };
    panel::lines(frame, below, points.into_iter().skip(top).take(room));
    if any {
        panel::select(frame, Rect { x: below.x.saturating_sub(1), ..below }, at - top, theme);
    }
    let used = u16::try_from(shown).unwrap_or(u16::MAX).min(below.height);
    let rest = Rect { y: below.y + used, height: below.height - used, ..below };
    panel::lines(frame, rest, foot);
}

type Lines = Vec<Line<'static>>;

fn parts(model: &Model, preview: &Preview, width: usize) -> (Lines, Lines, Lines) {
    let theme = model.fixed.theme;
    let since = say::moment(preview.since, model.now, &model.seat.zone);
    let Some(curve) = preview.curve.as_ref().filter(|_| preview.leads > 0) else {
        let text = format!("No lead came since {since}: there is nothing to try it on. d looks further back.");
        return (say_in(theme, &text, Role::Text, width), Vec::new(), Vec::new());
    };
    let about =
        format!("{} leads since {since}, let through the queue with each maximum; nothing is changed.", preview.leads);
    let mut head = say_in(theme, &about, Role::Quiet, width);
    let titles = ["maximum", "handed off", "in time", "late", "left over"];
    let titles =
        titles.into_iter().fold(Columns::new(theme), |line, title| line.col(title, NUMBER, Align::Right, Role::Quiet));
    head.push(titles.line());
    let mut foot = vec![Line::default()];
    foot.extend(say_in(theme, &curve.says, Role::Bright, width));
    foot.extend(say_in(
        theme,
        "Enter: set the cap to it · Tab: the knee · + - a wider, a narrower range · d: days",
        Role::Quiet,
        width,
    ));
    foot.extend(preview.notes.iter().flat_map(|note| say_in(theme, note, Role::Quiet, width)));
    (head, points(model, curve, width), foot)
}

fn points(model: &Model, curve: &Curve, width: usize) -> Lines {
    let most = curve.points.iter().map(|point| point.in_time).max().unwrap_or(0);
    let room = width.saturating_sub(5 * (NUMBER + 1) + MARK + 1);
    let line = |point: &Point| {
        let mark = match (curve.knee == Some(point.value), curve.max == Some(point.value)) {
            (true, _) => "← knee",
            (false, true) => "← now",
            _ => "",
        };
        let numbers = [point.handed_off, point.in_time, point.late, point.left_over];
        let value = Columns::new(model.fixed.theme).col(&point.value.to_string(), NUMBER, Align::Right, Role::Bright);
        let line =
            numbers.iter().fold(value, |line, number| line.col(&number.to_string(), NUMBER, Align::Right, Role::Text));
        line.add(&bar(point.in_time, most, room), Role::Accent).add(&format!(" {mark}"), Role::Good).line()
    };
    curve.points.iter().map(line).collect()
}
