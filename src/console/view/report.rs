//! Report: the funnel of the line under the cursor with its money, the line over time, and the table of the split.
//! Everything is drawn from [`crate::report::Report`], the same as `leadgate report` prints.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr as _;

use super::funnel;
use super::over_time;
use crate::console::layout::{self, Shape};
use crate::console::model::report::count;
use crate::console::model::{Loaded, Model};
use crate::console::say;
use crate::console::theme::Role;
use crate::console::widget::bar::spark;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::{Align, Columns};
use crate::report::model::{Row, Verdict};
use crate::report::say::NO_VALUE;

/// Columns the funnel needs beside the line over time.
const FUNNEL: u16 = 72;
/// Columns of a name, at most.
const NAME_MAX: usize = 34;
/// Columns of a trend of four weeks, two days in each.
const SPARK_HALF: usize = 14;
/// Figures of the table that can be looked into.
const COUNTS: usize = 7;

/// Draws the funnel, the line over time and the table.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let (list, top) = layout::panes(model);
    table(model, frame, list);
    let Some(area) = top else { return };
    match Shape::of(model.size) {
        Shape::Wide => {
            let left = Rect { width: FUNNEL.max(area.width * 11 / 20), ..area };
            funnel::draw(model, frame, left);
            over_time::draw(model, frame, Rect { x: left.right(), width: area.width - left.width, ..area });
        }
        _ if model.report.over_time => over_time::draw(model, frame, area),
        _ => funnel::draw(model, frame, area),
    }
}

fn table(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let screen = &model.report;
    let title = format!("by {} · last {} days", screen.by.word(), screen.period.days());
    let view = serde_json::to_value(screen.view).ok().and_then(|view| view.as_str().map(str::to_owned));
    let view = view.unwrap_or_default();
    let right = match &screen.data.value {
        Some(data) if screen.is_counted() => format!("{} – {} · {view}", data.since, data.until),
        _ => format!("counting… · {view}"),
    };
    let (foot, bottom) = mail(model);
    let inside = Panel { title, right, bottom, foot, focus: true }.draw(frame, area, theme);
    let lines = screen.lines();
    if lines.is_empty() {
        panel::sentence(frame, inside, &counting(&screen.data), theme);
        return;
    }
    let longest = lines.iter().map(|row| name_of(row).width()).max().unwrap_or_default();
    let widths = Widths::of(usize::from(inside.width), longest);
    panel::lines(frame, inside, [widths.head(model)]);
    let body = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    let offset = screen.cursor.offset;
    let rows = lines.into_iter().skip(offset).take(usize::from(body.height));
    panel::lines(frame, body, rows.map(|row| widths.line(model, row)));
    let at = screen.cursor.index.saturating_sub(offset);
    panel::select(frame, body, at, theme);
    let cell = widths.cell(screen.figure);
    let cell = Rect { x: body.x + cell.0, width: cell.1, y: body.y + at as u16, height: 1 }.intersection(body);
    frame.buffer_mut().set_style(cell, theme.style(Role::Accent).add_modifier(Modifier::BOLD | Modifier::UNDERLINED));
}

/// The report that goes out by mail: quietly when it goes as it should, else as a warning.
fn mail(model: &Model) -> (String, String) {
    let Some(mail) = model.report.beside.value.as_ref().and_then(|beside| beside.mail.as_ref()) else {
        return (String::new(), String::new());
    };
    let last = mail.last.as_deref().unwrap_or("none went out yet");
    let text = format!("by mail: next {} to {} · {last}", mail.next, mail.to.len());
    if mail.trouble { (String::new(), text) } else { (text, String::new()) }
}

/// Said where no figure has been counted yet, or why none could be.
pub(super) fn counting<T>(loaded: &Loaded<T>) -> String {
    match &loaded.failed {
        Some((error, _)) => format!("{error}; asked again in a moment"),
        None => "counting…".to_owned(),
    }
}

/// The mark and word of a verdict, and its colour: never the colour alone.
pub(super) const fn verdict(verdict: Option<Verdict>) -> (&'static str, &'static str, Role) {
    match verdict {
        Some(Verdict::Continue) => ("▲", "continue", Role::Good),
        Some(Verdict::Adjust) => ("◆", "adjust", Role::Warn),
        Some(Verdict::Stop) => ("▼", "stop", Role::Bad),
        Some(Verdict::CollectData) => ("·", "collect", Role::Quiet),
        None => ("", NO_VALUE, Role::Quiet),
    }
}

struct Widths {
    name: usize,
    count: usize,
    money: usize,
    ratio: usize,
    verdict: usize,
    spark: usize,
}

impl Widths {
    /// The widths where the longest name takes `longest` columns: before a name is cut, the trend is.
    fn of(width: usize, longest: usize) -> Self {
        let (count, money, ratio, verdict, wide) = match width {
            150.. => (8, 13, 7, 12, 28),
            116.. => (6, 10, 6, 10, 8),
            76.. => (5, 0, 0, 10, 7),
            66.. => (5, 0, 0, 10, 0),
            _ => (4, 0, 0, 0, 0),
        };
        let some = |width: usize| if width == 0 { 0 } else { width + 1 };
        let taken = COUNTS * (count + 1) + 2 * some(money) + some(ratio) + some(verdict);
        let name = |spark: usize| width.saturating_sub(taken + some(spark) + 3).clamp(6, NAME_MAX);
        let fits = |spark: &usize| *spark <= wide && name(*spark) >= longest.min(NAME_MAX);
        let spark = [wide, SPARK_HALF, 0].into_iter().find(fits).unwrap_or(wide);
        let name = name(spark);
        Self { name, count, money, ratio, verdict, spark }
    }

    /// First column and columns of a figure that can be looked into.
    fn cell(&self, figure: usize) -> (u16, u16) {
        ((2 + self.name + 1 + figure * (self.count + 1)) as u16, self.count as u16)
    }

    fn head(&self, model: &Model) -> Line<'static> {
        let names = match self.count {
            0..=6 => ["inq.", "qual.", "out", "cont.", "act.", "won", "ret."],
            _ => ["inquir.", "qualif.", "handed", "contac.", "action.", "won", "return."],
        };
        let mut line = Columns::new(model.fixed.theme).add("  ", Role::Quiet).col(
            model.report.by.word(),
            self.name,
            Align::Left,
            Role::Quiet,
        );
        for (at, name) in names.into_iter().enumerate() {
            let role = if at == model.report.figure { Role::Accent } else { Role::Quiet };
            line = line.col(name, self.count, Align::Right, role);
        }
        line.col("cost", self.money, Align::Right, Role::Quiet)
            .col("per qual.", self.money, Align::Right, Role::Quiet)
            .col("ratio", self.ratio, Align::Right, Role::Quiet)
            .col("verdict", self.verdict, Align::Left, Role::Quiet)
            .col(if self.spark > 8 { "inquiries" } else { "trend" }, self.spark, Align::Left, Role::Quiet)
            .line()
    }

    fn line(&self, model: &Model, row: &Row) -> Line<'static> {
        let currency = model.report.data.value.as_ref().map_or("", |data| &data.currency);
        let mut line =
            Columns::new(model.fixed.theme).add("  ", Role::Text).col(name_of(row), self.name, Align::Left, Role::Text);
        for figure in 0..COUNTS {
            let role = match figure {
                1 => Role::Bright,
                5 => Role::Good,
                6 => Role::Quiet,
                _ => Role::Text,
            };
            line = line.col(&say::count(count(row, figure), self.count), self.count, Align::Right, role);
        }
        let (mark, word, role) = verdict(row.value.verdict);
        let ratio = row.value.ratio.value.map_or_else(|| NO_VALUE.to_owned(), |ratio| format!("{ratio:.2}"));
        line.col(&funnel::money(&row.cost.net, currency, self.money), self.money, Align::Right, Role::Text)
            .col(&funnel::money(&row.cost.per_qualified, currency, self.money), self.money, Align::Right, Role::Bright)
            .col(&ratio, self.ratio, Align::Right, Role::Text)
            .col(format!("{mark} {word}").trim_start(), self.verdict, Align::Left, role)
            .col(&spark(&fold(&row.spark, self.spark), self.spark), self.spark, Align::Left, Role::Accent)
            .line()
    }
}

fn name_of(row: &Row) -> &str {
    if row.key == "all" { "all" } else { &row.title }
}

/// Sums neighbours until there are at most `most` stretches, so that a sparkline shows the whole period.
fn fold(values: &[u64], most: usize) -> Vec<u64> {
    if most == 0 || values.len() <= most {
        return values.to_vec();
    }
    values.chunks(values.len().div_ceil(most)).map(|chunk| chunk.iter().sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_shows_the_whole_period() {
        assert_eq!(fold(&[1, 2, 3, 4, 5, 6, 7], 3), [6, 15, 7]);
        assert_eq!(fold(&[1, 2], 7), [1, 2]);
        assert_eq!(fold(&[1; 28], 7), [4; 7]);
    }
}
