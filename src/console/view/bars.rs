//! The title line, the status line and the key line: the same frame round every screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::console::commands::{self, Id};
use crate::console::model::dialog::{Purpose, Text};
use crate::console::model::{Dialog, Model, Screen, Tone};
use crate::console::say;
use crate::console::theme::Role;
use crate::console::widget::{Columns, input};
use crate::desk::EngineState;
use crate::text::{Shown, fit};

/// ` 1 Inbox  2 Capacity …      ● live   Anna · rep   Mon 09:06`.
pub fn title(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let right = title_right(model);
    let width = usize::from(area.width);
    let wide = |line: &Line<'_>| line.width();
    let right_width = wide(&right);
    let full = tabs(model, |_| true);
    let left = if wide(&full) + right_width < width { full } else { tabs(model, |screen| screen == model.screen) };
    let left_width = wide(&left);
    frame.buffer_mut().set_line(area.x, area.y, &left, area.width);
    // Tabs win over the right side: what does not fit of it is cut at its left end.
    let room = width.saturating_sub(left_width + 1);
    if right_width <= room {
        frame.buffer_mut().set_line(area.right() - right_width as u16, area.y, &right, right_width as u16);
    } else {
        let clock = Line::from(Span::styled(clock(model), theme.style(Role::Text)));
        let (state, role) = engine(model);
        let short = Line::from(vec![Span::styled(format!("{state}  "), theme.style(role)), clock.spans[0].clone()]);
        let short = if wide(&short) <= room { short } else { clock };
        let short_width = wide(&short).min(room) as u16;
        frame.buffer_mut().set_line(area.right() - short_width, area.y, &short, short_width);
    }
}

fn tabs(model: &Model, named: impl Fn(Screen) -> bool) -> Line<'static> {
    let theme = model.fixed.theme;
    let mut spans = vec![Span::raw(" ")];
    for screen in Screen::ALL {
        let here = screen == model.screen;
        let name = if named(screen) { format!(" {}", screen.title()) } else { String::new() };
        let number = screen.index() + 1;
        let text = if here { format!("[{number}{name}]") } else { format!(" {number}{name} ") };
        spans.push(Span::styled(text, theme.style(if here { Role::Accent } else { Role::Quiet })));
    }
    Line::from(spans)
}

fn title_right(model: &Model) -> Line<'static> {
    let theme = model.fixed.theme;
    let (state, role) = engine(model);
    let mut spans = Vec::new();
    if model.seat.demo {
        spans.push(Span::styled(" DEMO ", theme.style(Role::Badge)));
        spans.push(Span::raw("  "));
    }
    spans.push(Span::styled(state, theme.style(role)));
    spans.push(Span::styled(format!("  {}  ", Shown::line(&model.seat.title, 24)), theme.style(Role::Quiet)));
    spans.push(Span::styled(clock(model), theme.style(Role::Text)));
    Line::from(spans)
}

fn clock(model: &Model) -> String {
    format!("{} ", say::day_time(model.now, &model.seat.zone))
}

fn engine(model: &Model) -> (String, Role) {
    match (model.silent_secs(), model.pulse.engine) {
        (Some(secs), _) => (format!("◐ {} old", say::span(secs)), Role::Warn),
        (None, EngineState::Here) => ("● live".to_owned(), Role::Good),
        (None, EngineState::Elsewhere) => ("● live elsewhere".to_owned(), Role::Good),
        (None, EngineState::None) => ("○ no engine".to_owned(), Role::Warn),
    }
}

/// The last event, or the error that is still wrong with its fix.
pub fn status(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    if let Some(Dialog::Type(line)) = model.dialog()
        && matches!(line.purpose, Purpose::Filter(_))
    {
        let label = format!(" {}: ", line.title);
        let start = label.width() as u16;
        let style = model.fixed.theme.style(Role::Accent);
        frame.buffer_mut().set_line(area.x, area.y, &Line::from(Span::styled(label, style)), area.width);
        let rest = Rect { x: area.x + start, width: area.width.saturating_sub(start + 1), ..area };
        input::draw(frame, rest, &line.typed, model.fixed.theme, true);
        return;
    }
    let (text, role) = status_text(model);
    let shown = Shown::line(&text, usize::from(area.width.saturating_sub(2)));
    let line = Columns::new(model.fixed.theme).add(&format!(" {shown}"), role).line();
    frame.buffer_mut().set_line(area.x, area.y, &line, area.width);
}

fn status_text(model: &Model) -> (String, Role) {
    // What just failed comes first, then the silence that may be why, then everything else.
    let status = model.status.as_ref().map(|status| match status.tone {
        Tone::Info => (status.text.clone(), Role::Text),
        Tone::Good => (status.text.clone(), Role::Good),
        Tone::Bad => (status.text.clone(), Role::Bad),
    });
    match (status, model.silent_secs()) {
        (Some((text, Role::Bad)), _) => return (text, Role::Bad),
        (_, Some(secs)) => {
            let text = format!("database not answering for {}, retrying; nothing is lost", say::span(secs));
            return (text, Role::Warn);
        }
        (Some(status), None) => return status,
        (None, None) => {}
    }
    if model.acting > 0 {
        return ("on its way…".to_owned(), Role::Quiet);
    }
    match (model.pulse.troubles.as_slice(), &model.pulse.last) {
        ([first], _) => (format!("! {first}"), Role::Bad),
        ([first, rest @ ..], _) => (format!("! {first} · and {} more", rest.len()), Role::Bad),
        ([], _) if !model.pulse.alarms.is_empty() => (alarms(model), Role::Bad),
        ([], Some(last)) => (last.clone(), Role::Quiet),
        ([], None) => (String::new(), Role::Quiet),
    }
}

/// How many sources are not as they should be, the key that leads there, and the worst of them.
fn alarms(model: &Model) -> String {
    let [worst, rest @ ..] = model.pulse.alarms.as_slice() else { return String::new() };
    let key = Screen::Sources.index() + 1;
    let count = if rest.is_empty() { "1 source".to_owned() } else { format!("{} sources", rest.len() + 1) };
    format!("! {count} to look at ({key}) · {worst}")
}

/// Only what works here and now; the rest is in `?` with its reason.
pub fn keys(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let mut line = Columns::new(theme).add(" ", Role::Quiet);
    let mut room = usize::from(area.width).saturating_sub(2);
    for (key, hint) in hints(model) {
        let wide = key.width() + hint.width() + 3;
        if wide > room {
            break;
        }
        room -= wide;
        line = line.add(&format!("{key} "), Role::Accent).add(&format!("{hint}  "), Role::Quiet);
    }
    frame.buffer_mut().set_line(area.x, area.y, &line.line(), area.width);
}

fn hints(model: &Model) -> Vec<(String, String)> {
    let pairs =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(key, hint)| ((*key).to_owned(), (*hint).to_owned())).collect();
    match model.dialog() {
        None => commands(model),
        Some(Dialog::Confirm(_)) => pairs(&[("← →", "choose"), ("Enter", "do it"), ("Esc", "back")]),
        Some(Dialog::Pick(pick)) if pick.digits => {
            pairs(&[("1-9", "pick"), ("↑ ↓", "move"), ("Enter", "pick"), ("Esc", "back")])
        }
        Some(Dialog::Pick(_)) => pairs(&[("type", "to find"), ("↑ ↓", "move"), ("Enter", "pick"), ("Esc", "back")]),
        Some(Dialog::Type(line)) if matches!(line.purpose, Purpose::Filter(_)) => {
            pairs(&[("Enter", "keep"), ("Esc", "as before")])
        }
        Some(Dialog::Type(line)) if line.purpose == Purpose::Draft => {
            pairs(&[("Tab", "complete"), ("Enter", "preview"), ("Esc", "back")])
        }
        Some(Dialog::Type(line)) if line.purpose == Purpose::Shadow => {
            pairs(&[("Tab", "complete"), ("Enter", "go on"), ("Esc", "back")])
        }
        Some(Dialog::Type(_)) => pairs(&[("Enter", "done"), ("Ctrl-U", "clear"), ("Esc", "back")]),
        Some(Dialog::Cap(_)) => pairs(&[("Tab", "next"), ("Enter", "go on"), ("Esc", "change nothing")]),
        Some(Dialog::Draft(_)) => pairs(&[
            ("Tab", "next lead"),
            ("Enter", "open"),
            ("d", "days"),
            ("r", "again"),
            ("s", "beside the rules"),
            ("Esc", "back"),
        ]),
        Some(Dialog::Sweep(_)) => pairs(&[
            ("↑ ↓", "move"),
            ("Enter", "set the cap"),
            ("Tab", "knee"),
            ("+ -", "range"),
            ("d", "days"),
            ("Esc", "back"),
        ]),
        Some(Dialog::Page(page)) if page.text == Text::Contact => pairs(&[("Esc", "back")]),
        Some(Dialog::Page(page)) if page.text == Text::Shadow => {
            pairs(&[("↑ ↓", "scroll"), ("s", "start"), ("e", "end"), ("Esc", "back")])
        }
        Some(Dialog::Page(_)) => pairs(&[("↑ ↓", "scroll"), ("Esc", "back")]),
    }
}

fn commands(model: &Model) -> Vec<(String, String)> {
    let help = |id: Id| id == Id::Help;
    let mut list: Vec<(String, String)> = commands::TABLE
        .iter()
        .filter(|command| !command.hint.is_empty() && !help(command.id) && command.available(model).is_ok())
        .map(|command| (command.keys.first().map(ToString::to_string).unwrap_or_default(), hint(model, command)))
        .collect();
    // Help is never cut: it stands where the last hint that fits would be.
    let width = usize::from(model.size.0).saturating_sub(2 + "? help  ".width());
    let mut used = 0;
    list.retain(|(key, hint)| {
        used += key.width() + hint.width() + 3;
        used <= width
    });
    list.push(("?".to_owned(), "help".to_owned()));
    list
}

fn hint(model: &Model, command: &commands::Command) -> String {
    let text = match command.id {
        Id::Mine if model.inbox.mine => "everyone's",
        Id::Pause if model.sources.selected().is_some_and(|source| source.paused.is_some()) => "resume",
        Id::Pause => "pause…",
        _ => command.hint,
    };
    fit(text, 24)
}
