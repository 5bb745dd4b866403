//! Report: what became of the inquiries of a period, and what they cost.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::nothing_yet;
use super::response::{quantile, share};
use crate::console::layout;
use crate::console::model::Model;
use crate::console::say;
use crate::console::theme::Role;
use crate::console::widget::bar::bar;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::wrap::wrap;
use crate::console::widget::{Align, Columns};
use crate::desk::view::{Figure, ReportLine};
use crate::lead::Money;

/// Columns of the money beside the funnel.
const BESIDE: usize = 16;

/// Draws the funnel of the line under the cursor and the table of all sources.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let (list, funnel) = layout::panes(model);
    table(model, frame, list);
    if let Some(area) = funnel {
        self::funnel(model, frame, area);
    }
}

fn table(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let period = model
        .report
        .data
        .value
        .as_ref()
        .map_or_else(String::new, |data| format!("{} – {} · {}", data.since, data.until, data.view));
    let title = format!("last {} days", model.report.period.days());
    let inside = Panel { title, right: period, focus: true, ..Panel::default() }.draw(frame, area, theme);
    let lines = model.report.lines();
    if lines.is_empty() {
        let text = wrap(&nothing_yet(&model.report.data), usize::from(inside.width.saturating_sub(2)));
        panel::lines(
            frame,
            inside,
            text.iter().map(|line| Columns::new(theme).add(&format!(" {line}"), Role::Quiet).line()),
        );
        return;
    }
    let widths = Widths::of(usize::from(inside.width));
    panel::lines(frame, inside, [widths.head(model)]);
    let body = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    let offset = model.report.cursor.offset;
    let rows = lines.into_iter().skip(offset).take(usize::from(body.height));
    panel::lines(frame, body, rows.map(|line| widths.line(model, line)));
    panel::select(frame, body, model.report.cursor.index.saturating_sub(offset), theme);
}

struct Widths {
    source: usize,
    count: usize,
    money: usize,
    more: usize,
}

impl Widths {
    fn of(width: usize) -> Self {
        let (count, money, more) = if width >= 130 {
            (7, 12, 9)
        } else if width >= 110 {
            (7, 12, 0)
        } else if width >= 76 {
            (5, 11, 0)
        } else {
            (5, 0, 0)
        };
        let columns =
            5 * (count + 1) + 3 * if money > 0 { money + 1 } else { 0 } + 3 * if more > 0 { more + 1 } else { 0 };
        Self { source: width.saturating_sub(columns + 3).clamp(6, 30), count, money, more }
    }

    fn head(&self, model: &Model) -> Line<'static> {
        let long = self.count > 5;
        let names = if long {
            ["inquir.", "qualif.", "handed", "contac.", "won"]
        } else {
            ["inq.", "qual.", "out", "cont.", "won"]
        };
        let mut line =
            Columns::new(model.fixed.theme).add("  ", Role::Quiet).col("source", self.source, Align::Left, Role::Quiet);
        for name in names {
            line = line.col(name, self.count, Align::Right, Role::Quiet);
        }
        for name in ["cost", "per inq.", "per qual."] {
            line = line.col(name, self.money, Align::Right, Role::Quiet);
        }
        for name in ["returned", "median", "≤ 1 h"] {
            line = line.col(name, self.more, Align::Right, Role::Quiet);
        }
        line.line()
    }

    fn line(&self, model: &Model, row: &ReportLine) -> Line<'static> {
        let name = if row.source == "all" || row.source.is_empty() { "all" } else { &row.source };
        let mut line =
            Columns::new(model.fixed.theme).add("  ", Role::Text).col(name, self.source, Align::Left, Role::Text);
        for (count, role) in [
            (row.inquiries, Role::Text),
            (row.qualified, Role::Bright),
            (row.handed_off, Role::Text),
            (row.contacted, Role::Text),
            (row.won, Role::Good),
        ] {
            line = line.col(&say::count(count, self.count), self.count, Align::Right, role);
        }
        line.col(&money(row.cost, &row.currency, self.money), self.money, Align::Right, Role::Text)
            .col(&figure(&row.cost_per_inquiry, &row.currency, self.money), self.money, Align::Right, Role::Quiet)
            .col(&figure(&row.cost_per_qualified, &row.currency, self.money), self.money, Align::Right, Role::Bright)
            .col(&row.returned.to_string(), self.more, Align::Right, Role::Quiet)
            .col(&quantile(row.speed.median_secs, row.speed.median_over_secs), self.more, Align::Right, Role::Text)
            .col(&share(row.speed.within[1]), self.more, Align::Right, Role::Text)
            .line()
    }
}

/// An amount that is never cut: without its currency where it is too wide.
fn money(minor: i64, currency: &str, width: usize) -> String {
    let full = Money::from_minor(minor, currency).to_string();
    if full.len() <= width {
        return full;
    }
    full.split(' ').next().unwrap_or_default().to_owned()
}

fn figure(figure: &Figure, currency: &str, width: usize) -> String {
    figure.value.map_or_else(|| "—".to_owned(), |minor| money(minor, currency, width))
}

fn funnel(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let Some(row) = model.report.selected() else {
        Panel::new("funnel").draw(frame, area, theme);
        return;
    };
    let title =
        if row.source == "all" || row.source.is_empty() { "all sources".to_owned() } else { row.source.clone() };
    let inside = Panel::new(title).draw(frame, area, theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let width = usize::from(inside.width);
    let beside = money_lines(row);
    let room = width.saturating_sub(11 + 7 + 8 + 34).clamp(8, 60);
    let steps = [
        ("inquiries", row.inquiries, None, Role::Text),
        ("qualified", row.qualified, Some(row.inquiries), Role::Accent),
        ("handed off", row.handed_off, Some(row.qualified), Role::Accent),
        ("contacted", row.contacted, Some(row.handed_off), Role::Accent),
        ("won", row.won, Some(row.contacted), Role::Good),
        ("returned", row.returned, Some(row.handed_off), Role::Warn),
    ];
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (at, (label, count, of, role)) in steps.into_iter().enumerate() {
        let rate = of.map_or_else(String::new, |of| share((count, of)));
        let (name, text) = beside.get(at).cloned().unwrap_or_default();
        let line = Columns::new(theme)
            .col(label, 10, Align::Left, Role::Quiet)
            .col(&say::count(count, 6), 6, Align::Right, Role::Bright)
            .col(&rate, 7, Align::Right, Role::Quiet)
            .col(&bar(count, row.inquiries, room), room, Align::Left, role)
            .col(name, 14, Align::Left, Role::Quiet)
            .col(&text, BESIDE, Align::Right, Role::Text);
        lines.push(line.line());
    }
    let rest = format!("{} further touches · {} could not be read", row.touches, row.quarantined);
    lines.push(Columns::new(theme).add(&rest, Role::Quiet).line());
    let reasons = [("cost per inquiry", &row.cost_per_inquiry), ("cost per qualified", &row.cost_per_qualified)];
    for (name, figure) in reasons {
        if let (None, Some(why)) = (figure.value, &figure.why) {
            lines.extend(
                wrap(&format!("— {name}: {why}"), width)
                    .iter()
                    .map(|line| Columns::new(theme).add(line, Role::Warn).line()),
            );
        }
    }
    panel::lines(frame, inside, lines);
}

fn money_lines(row: &ReportLine) -> Vec<(&'static str, String)> {
    vec![
        ("cost", money(row.cost, &row.currency, BESIDE)),
        ("per inquiry", figure(&row.cost_per_inquiry, &row.currency, BESIDE)),
        ("per qualified", figure(&row.cost_per_qualified, &row.currency, BESIDE)),
        ("first answer", quantile(row.speed.median_secs, row.speed.median_over_secs)),
        ("within 1 h", share(row.speed.within[1])),
        ("target met", share(row.speed.target)),
    ]
}
