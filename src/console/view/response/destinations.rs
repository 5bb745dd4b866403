//! Where handoffs go: what waits at each destination, for how long, and whether anything goes out there at all.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::console::model::Model;
use crate::console::say;
use crate::console::theme::Role;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::wrap::wrap;
use crate::console::widget::{Align, Columns};
use crate::desk::view::{DestinationLine, Standing};

/// Columns of a number.
const NUMBER: usize = 5;
/// Columns of an age or a time to wait.
const TIME: usize = 8;
/// Columns of how one stands, at most.
const STANDING: usize = 14;
/// From this width on everything has a column of its own; below, what is going counts as waiting.
const WIDE: usize = 70;

/// Draws the panel.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let Some(data) = &model.response.data.value else {
        Panel::new("destinations").draw(frame, area, theme);
        return;
    };
    let stopped = data.destinations.iter().filter(|line| line.standing.is_stopped()).count();
    let right = if stopped == 0 { String::new() } else { format!("{stopped} stopped") };
    let inside = Panel { title: "destinations".to_owned(), right, ..Panel::default() }.draw(frame, area, theme);
    if data.destinations.is_empty() {
        panel::sentence(frame, inside, "No destination yet. Each place that leads are handed to appears here.", theme);
        return;
    }
    let width = usize::from(inside.width);
    let mut lines = vec![head(model, width)];
    for line in &data.destinations {
        lines.push(destination(model, line, width));
        lines.extend(why(model, line, width));
    }
    panel::lines(frame, inside, lines);
}

/// Columns of a name: what the rest leaves, within reason.
fn name_width(width: usize) -> usize {
    let (numbers, times) = if width >= WIDE { (5, 2) } else { (4, 1) };
    width.saturating_sub(3 + numbers * (NUMBER + 1) + times * (TIME + 1) + 1 + STANDING).clamp(6, 18)
}

fn head(model: &Model, width: usize) -> Line<'static> {
    let wide = width >= WIDE;
    let words: &[&str] =
        if wide { &["wait", "going", "maybe", "you", "there"] } else { &["wait", "maybe", "you", "there"] };
    let mut columns = Columns::new(model.fixed.theme).add("   ", Role::Quiet);
    columns = columns.col("", name_width(width), Align::Left, Role::Quiet);
    for word in words {
        columns = columns.col(word, NUMBER, Align::Right, Role::Quiet);
    }
    let next = if wide { TIME } else { 0 };
    columns.col("oldest", TIME, Align::Right, Role::Quiet).col("next", next, Align::Right, Role::Quiet).line()
}

fn destination(model: &Model, line: &DestinationLine, width: usize) -> Line<'static> {
    let wide = width >= WIDE;
    let (mark, role) = match line.standing {
        Standing::Mend | Standing::Refuses | Standing::LeftAlone => ("!", Role::Bad),
        Standing::Throttled => ("‖", Role::Warn),
        Standing::OnTrial => ("◐", Role::Warn),
        Standing::Well => ("✓", Role::Good),
        Standing::Gone => ("·", Role::Quiet),
    };
    let age = line.oldest_at.map_or_else(|| "·".to_owned(), |at| say::span(say::secs(at, model.now)));
    let next = line.next_at.map_or_else(|| "·".to_owned(), |at| until(model, at));
    let going = if wide { Some((line.sending, Role::Text)) } else { None };
    let waiting = if wide { line.waiting } else { line.waiting + line.sending };
    let rest = [(line.unknown, Role::Warn), (line.needs_you, Role::Bad), (line.sent, Role::Text)];
    let mut columns = Columns::new(model.fixed.theme).add(" ", Role::Text).col(mark, 1, Align::Left, role).col(
        &line.id,
        name_width(width),
        Align::Left,
        Role::Text,
    );
    for (count, role) in [(waiting, Role::Text)].into_iter().chain(going).chain(rest) {
        let (text, role) = if count == 0 { ("·".to_owned(), Role::Quiet) } else { (say::count(count, NUMBER), role) };
        columns = columns.col(&text, NUMBER, Align::Right, role);
    }
    columns
        .col(&age, TIME, Align::Right, if line.oldest_at.is_some() { Role::Text } else { Role::Quiet })
        .col(&next, if wide { TIME } else { 0 }, Align::Right, Role::Quiet)
        .add(line.standing.word(), role)
        .line()
}

fn until(model: &Model, at: jiff::Timestamp) -> String {
    let secs = say::secs(model.now, at);
    if secs <= 0 { "now".to_owned() } else { format!("in {}", say::span(secs)) }
}

/// Why it is not well and when it is asked again.
fn why(model: &Model, line: &DestinationLine, width: usize) -> Option<Line<'static>> {
    let why = line.why.as_ref()?;
    let again = line.again_at.map_or_else(String::new, |at| format!("again {}: ", until(model, at)));
    let text = wrap(&format!("{again}{why}"), width.saturating_sub(5)).into_iter().next()?;
    Some(Columns::new(model.fixed.theme).add(&format!("   {text}"), Role::Quiet).line())
}
