//! Capacity: every cap with its use, what is held and when it frees, and the people.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr as _;

use super::nothing_yet;
use crate::console::layout;
use crate::console::model::Model;
use crate::console::model::screens::CapItem;
use crate::console::say;
use crate::console::theme::{Role, Theme};
use crate::console::widget::bar::gauge;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::wrap::wrap;
use crate::console::widget::{Align, Columns};
use crate::desk::view::{CapLine, PersonLine, TeamCapacity};

/// Draws the caps and, where there is room, the people of the team under the cursor.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let theme = model.fixed.theme;
    let (list, people) = layout::panes(model);
    let held = model.capacity.data.value.as_ref().map_or(0, |data| data.held);
    let right = if held > 0 { format!("{held} held") } else { String::new() };
    let inside = Panel { title: "caps".to_owned(), right, focus: true, ..Panel::default() }.draw(frame, list, theme);
    let widths = Widths::of(usize::from(inside.width));
    if model.capacity.items().next().is_none() {
        let text = match &model.capacity.data.value {
            None => nothing_yet(&model.capacity.data),
            Some(_) => {
                "No cap is set: every qualified lead goes out at once. A cap is a [cap.NAME] in the config, or at_most of a team."
                    .to_owned()
            }
        };
        panel::sentence(frame, inside, &text, theme);
    } else {
        panel::lines(frame, inside, [widths.head(theme)]);
        let body = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        let items = model.capacity.items().skip(model.capacity.top).take(usize::from(body.height));
        panel::lines(frame, body, items.map(|item| widths.item(model, item)));
        panel::select(frame, body, model.capacity.line().saturating_sub(model.capacity.top), theme);
    }
    if let Some(area) = people {
        self::people(model, frame, area);
    }
}

/// A stop-loss says its figure and then how many it is from: where there is no room for both, the figure is said
/// whole; the line's own words say all of it.
fn forecast(text: &str, width: usize) -> &str {
    if text.width() <= width { text } else { text.rsplit_once(" n ").map_or(text, |(figure, _)| figure) }
}

/// A name is not cut shorter, whatever stands beside it.
const NAME_LEAST: usize = 12;

struct Widths {
    title: usize,
    gauge: usize,
    frees: usize,
    forecast: usize,
}

impl Widths {
    const NUMBER: usize = 4;
    /// Used, reserved, the maximum, and who waits for it.
    const NUMBERS: usize = 4;

    fn of(inner: usize) -> Self {
        let rest = inner.saturating_sub(2 + Self::NUMBERS * (Self::NUMBER + 1));
        let (gauge, frees, forecast) = match inner {
            100.. => (28, 9, 20),
            84.. => (12, 9, 20),
            76.. => (12, 9, 16),
            60.. => (4, 9, 16),
            _ => (0, 0, 10),
        };
        let taken = [gauge, frees, forecast].iter().filter(|width| **width > 0).map(|width| width + 1).sum::<usize>();
        Self { title: rest.saturating_sub(taken + 1), gauge, frees, forecast }
    }

    fn head(&self, theme: Theme) -> Line<'static> {
        Columns::new(theme)
            .add("  ", Role::Quiet)
            .col("cap", self.title, Align::Left, Role::Quiet)
            .col("used", Self::NUMBER, Align::Right, Role::Quiet)
            .col("res.", Self::NUMBER, Align::Right, Role::Quiet)
            .col("max", Self::NUMBER, Align::Right, Role::Quiet)
            .col("held", Self::NUMBER, Align::Right, Role::Quiet)
            .col("", self.gauge, Align::Left, Role::Quiet)
            .col("frees", self.frees, Align::Right, Role::Quiet)
            .col("forecast", self.forecast, Align::Left, Role::Quiet)
            .line()
    }

    fn item(&self, model: &Model, item: CapItem<'_>) -> Line<'static> {
        match item {
            CapItem::Team(team) => Self::team(model, team),
            CapItem::Cap(_, cap) => self.cap(model, cap),
        }
    }

    fn team(model: &Model, team: &TeamCapacity) -> Line<'static> {
        let changes = team.changes_at.map(|at| say::moment(at, model.now, &model.seat.zone));
        let hours = match (team.open, changes) {
            (true, Some(at)) => format!("open until {at}"),
            (true, None) => "always open".to_owned(),
            (false, Some(at)) => format!("closed until {at}"),
            (false, None) => "closed".to_owned(),
        };
        let held = if team.held > 0 { format!(" · {} held", team.held) } else { String::new() };
        let nobody = if team.ownerless > 0 { format!(" · {} for nobody", team.ownerless) } else { String::new() };
        Columns::new(model.fixed.theme)
            .add(&format!(" {}", team.title), Role::Accent)
            .add(&format!("  {hours}"), Role::Quiet)
            .add(&held, Role::Warn)
            .add(&nobody, Role::Bad)
            .line()
    }

    fn cap(&self, model: &Model, cap: &CapLine) -> Line<'static> {
        let theme = model.fixed.theme;
        let taken = cap.used.saturating_add(cap.reserved);
        let full = cap.max.is_some_and(|max| taken >= max);
        let changed = if cap.overridden.is_some() { "*" } else { " " };
        let (used, reserved, free) = gauge(cap.used, cap.reserved, cap.max, self.gauge);
        let held = if cap.held == 0 { "–".to_owned() } else { say::count(cap.held, Self::NUMBER) };
        let line = Columns::new(theme)
            .add(&format!(" {changed}"), Role::Warn)
            .col(&cap.title, self.title, Align::Left, Role::Text)
            .col(
                &say::count(u64::from(cap.used), Self::NUMBER),
                Self::NUMBER,
                Align::Right,
                if full { Role::Warn } else { Role::Bright },
            )
            .col(&zero(cap.reserved), Self::NUMBER, Align::Right, Role::Quiet)
            .col(
                &cap.max.map_or_else(|| "–".to_owned(), |max| say::count(u64::from(max), Self::NUMBER)),
                Self::NUMBER,
                Align::Right,
                Role::Text,
            )
            .col(&held, Self::NUMBER, Align::Right, if cap.held > 0 { Role::Warn } else { Role::Quiet });
        let bar = if full { Role::Warn } else { Role::Good };
        let line = if self.gauge > 0 {
            line.add(&used, bar).add(&reserved, Role::Accent).add(&free, Role::Frame).add(" ", Role::Text)
        } else {
            line
        };
        let frees = cap.frees_at.map_or_else(|| "–".to_owned(), |at| say::moment(at, model.now, &model.seat.zone));
        line.col(&frees, self.frees, Align::Right, Role::Quiet)
            .col(
                forecast(&cap.forecast, self.forecast),
                self.forecast,
                Align::Left,
                if full { Role::Warn } else { Role::Quiet },
            )
            .line()
    }
}

fn zero(number: u32) -> String {
    if number == 0 { "–".to_owned() } else { say::count(u64::from(number), Widths::NUMBER) }
}

fn people(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let team = model.capacity.team();
    let title = team.map_or_else(|| "people".to_owned(), |team| format!("people · {}", team.title));
    let inside = Panel::new(title).draw(frame, area, theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let Some(team) = team else { return };
    let longest = |text: fn(&PersonLine) -> &String| team.people.iter().map(|person| text(person).width()).max();
    let presence = longest(|person| &person.there).unwrap_or(0);
    let rest = usize::from(inside.width).saturating_sub(2 + 1 + 7 + 7 + 7);
    // A name is cut before its hours are, but never to less than tells people apart.
    let least = longest(|person| &person.name).unwrap_or(0).min(NAME_LEAST);
    let name = rest.saturating_sub(presence).clamp(least, 24);
    let head = Columns::new(theme)
        .col("", 1, Align::Left, Role::Quiet)
        .col("", name, Align::Left, Role::Quiet)
        .col("new", 6, Align::Right, Role::Quiet)
        .col("open", 6, Align::Right, Role::Quiet)
        .col("median", 6, Align::Right, Role::Quiet)
        .line();
    let mut lines = vec![head];
    let width = usize::from(inside.width);
    let ahead = outlook(model, team).map(|text| wrap(&text, width)).unwrap_or_default();
    let room = usize::from(inside.height).saturating_sub(1 + ahead.len());
    let shown = if team.people.len() <= room { room } else { room.saturating_sub(1) };
    lines.extend(team.people.iter().take(shown).map(|person| self::person(model, person, name)));
    if team.people.len() > shown {
        let more = format!("… and {} more: a names everybody", team.people.len() - shown);
        lines.push(Columns::new(theme).add(&more, Role::Quiet).line());
    }
    if team.people.is_empty() {
        lines = vec![Columns::new(theme).add("No people in this team.", Role::Quiet).line()];
    }
    lines.extend(ahead.iter().map(|line| Columns::new(theme).add(line, Role::Quiet).line()));
    if let Some((_, cap)) = model.capacity.selected()
        && let Some(note) = &cap.overridden
    {
        lines.push(Line::default());
        let config = cap.config_max.map_or_else(String::new, |max| format!(" (config: {max})"));
        lines.extend(
            wrap(&format!("* {}: {note}{config}", cap.title), width)
                .iter()
                .map(|line| Columns::new(theme).add(line, Role::Warn).line()),
        );
    }
    if let Some((_, cap)) = model.capacity.selected()
        && let Some(words) = &cap.stop_loss
    {
        lines.push(Line::default());
        let role = if cap.max == Some(0) { Role::Warn } else { Role::Quiet };
        let words = wrap(&format!("{}: {words}", cap.title), width);
        lines.extend(words.iter().map(|line| Columns::new(theme).add(line, role).line()));
    }
    panel::lines(frame, inside, lines);
}

/// What today still brings, and when a lead that came now would be answered.
fn outlook(model: &Model, team: &TeamCapacity) -> Option<String> {
    let outlook = team.outlook?;
    let next = match outlook.next_answered_at.map(|at| say::moment(at, model.now, &model.seat.zone)) {
        Some(at) => format!("a new one is answered about {at}"),
        None => "a new one waits longer than can be seen".to_owned(),
    };
    let sure = match outlook.answers {
        0 => " (a guess: nothing was answered yet)".to_owned(),
        answers => format!(" (by {answers} answers)"),
    };
    Some(format!("~{} more today; {next}{sure}", outlook.to_come))
}

fn person(model: &Model, person: &PersonLine, name: usize) -> Line<'static> {
    let of = |part: u32, max: Option<u32>| max.map_or_else(|| part.to_string(), |max| format!("{part}/{max}"));
    let full = |part: u32, max: Option<u32>| max.is_some_and(|max| part >= max);
    let role = |part, max| if full(part, max) { Role::Warn } else { Role::Bright };
    let (mark, tone) = if person.on_shift { ("●", Role::Good) } else { ("○", Role::Quiet) };
    let median = person.median_first_secs.map_or_else(|| "–".to_owned(), say::span);
    Columns::new(model.fixed.theme)
        .col(mark, 1, Align::Left, tone)
        .col(&person.name, name, Align::Left, if person.on_shift { Role::Text } else { Role::Quiet })
        .col(&of(person.new, person.new_max), 6, Align::Right, role(person.new, person.new_max))
        .col(&of(person.open, person.open_max), 6, Align::Right, role(person.open, person.open_max))
        .col(&median, 6, Align::Right, Role::Quiet)
        .add(&person.there, if person.absent { Role::Warn } else { Role::Quiet })
        .line()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_loss_says_its_figure_whole_or_with_its_n() {
        assert_eq!(forecast("stop 22.39 EUR n 67", 20), "stop 22.39 EUR n 67");
        assert_eq!(forecast("stop 22.39 EUR n 67", 16), "stop 22.39 EUR");
        assert_eq!(forecast("full about 16:50", 16), "full about 16:50");
    }
}
