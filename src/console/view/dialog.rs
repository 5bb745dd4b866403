//! Dialogs over the screen. The one that is dangerous says what will happen and starts on Cancel.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Clear;

use super::{page, preview, question, sweep};
use crate::console::layout;
use crate::console::model::dialog::{CapChange, CapPart, Confirm, Page, Pick, Purpose, Text, Type};
use crate::console::model::{Dialog, Model};
use crate::console::say;
use crate::console::theme::{Role, Theme};
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::wrap::wrap;
use crate::console::widget::{Align, Columns, input};
use crate::desk::Act;
use crate::desk::view::Question;

const WIDTH: u16 = 64;
/// Most lines of a list shown at a time.
const LINES_MAX: usize = 14;

/// Draws the innermost dialog.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    match model.dialog() {
        None => {}
        Some(Dialog::Confirm(confirm)) => self::confirm(model, confirm, frame),
        Some(Dialog::Pick(pick)) => self::pick(model, pick, frame),
        Some(Dialog::Type(line)) if matches!(line.purpose, Purpose::Filter(_)) => {}
        Some(Dialog::Type(line)) => self::line(model, line, frame),
        Some(Dialog::Cap(change)) => cap(model, change, frame),
        Some(Dialog::Draft(page)) => preview::draft(model, page, frame),
        Some(Dialog::Sweep(page)) => sweep::draw(model, page, frame),
        Some(Dialog::Page(page)) => self::page(model, *page, frame),
    }
}

/// An empty box of this many inner lines in the middle; returns its inside with a column of air.
fn boxed(model: &Model, frame: &mut Frame<'_>, title: &str, width: u16, height: usize) -> Rect {
    let body = layout::parts(model.size).body;
    let height = u16::try_from(height).unwrap_or(u16::MAX).saturating_add(2);
    let area = layout::middle(body, width, height);
    frame.render_widget(Clear, area);
    let inside =
        Panel { title: title.to_owned(), focus: true, ..Panel::default() }.draw(frame, area, model.fixed.theme);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

fn inner_width(model: &Model) -> usize {
    usize::from(WIDTH.min(model.size.0).saturating_sub(4))
}

fn row(area: Rect, at: usize) -> Rect {
    let at = u16::try_from(at).unwrap_or(u16::MAX).min(area.height);
    Rect { y: area.y + at, height: (area.height - at).min(1), ..area }
}

fn put(frame: &mut Frame<'_>, area: Rect, line: Line<'static>) {
    panel::lines(frame, area, [line]);
}

fn buttons(theme: Theme, labels: &[(&str, bool)]) -> Line<'static> {
    let mut line = Columns::new(theme);
    for (label, focus) in labels {
        let (text, role) =
            if *focus { (format!("[›{label}‹]"), Role::Bright) } else { (format!("[ {label} ]"), Role::Quiet) };
        line = line.add(&text, role).add("  ", Role::Text);
    }
    line.line()
}

fn confirm(model: &Model, confirm: &Confirm, frame: &mut Frame<'_>) {
    let theme = model.fixed.theme;
    let text = wrap(&confirm.question, inner_width(model));
    let inside = boxed(model, frame, "sure?", WIDTH, text.len() + 2);
    let go = match &confirm.act {
        Act::Return { .. } => "Return it",
        Act::Drop(_) => "Give it up",
        Act::MarkSent(_) => "Mark as sent",
        Act::Retry(_) => "Send again",
        Act::Reassign { .. } => "Give it",
        Act::PauseSource { .. } => "Pause it",
        Act::Backfill { .. } => "Read it again",
        Act::SetCap { .. } => "Close it",
        Act::StopShadow => "End it",
        _ => "Do it",
    };
    let count = text.len();
    panel::lines(frame, inside, text.iter().map(|line| Columns::new(theme).add(line, Role::Text).line()));
    put(frame, row(inside, count + 1), buttons(theme, &[("Cancel", !confirm.on_go), (go, confirm.on_go)]));
}

fn pick(model: &Model, pick: &Pick, frame: &mut Frame<'_>) {
    let theme = model.fixed.theme;
    let body = usize::from(layout::parts(model.size).body.height);
    let most = LINES_MAX.min(body.saturating_sub(4)).max(1);
    let shown = pick.lines.len().min(most);
    let outcome = outcome(model, usize::from((WIDTH + 8).min(model.size.0).saturating_sub(4)));
    let inside = boxed(model, frame, &pick.title, WIDTH + 8, shown + 2 + outcome.len());
    let below = u16::try_from(outcome.len()).unwrap_or(u16::MAX).min(inside.height.saturating_sub(3));
    let foot = Rect { y: inside.bottom() - below, height: below, ..inside };
    panel::lines(frame, foot, outcome);
    let inside = Rect { height: inside.height - below, ..inside };
    let width = usize::from(inside.width);
    let label = "find: ";
    put(frame, row(inside, 0), Columns::new(theme).add(label, Role::Quiet).line());
    let skip = (label.len() as u16).min(inside.width);
    let typed = Rect { x: inside.x + skip, width: inside.width - skip, ..row(inside, 0) };
    input::draw(frame, typed, &pick.typed, theme, true);
    let list = Rect { y: row(inside, 2).y, height: inside.height.saturating_sub(2), ..inside };
    if pick.matching.is_empty() {
        put(frame, list, Columns::new(theme).add("nothing matches", Role::Quiet).line());
        return;
    }
    let height = usize::from(list.height).max(1);
    let offset = (pick.at + 1).saturating_sub(height);
    let number = usize::from(pick.digits);
    let label = label_width(pick, width.saturating_sub(3 + 2 * number));
    let beside = width.saturating_sub(3 + 2 * number + label + 1);
    let lean = if label < width / 3 { Align::Left } else { Align::Right };
    let lines = pick.matching.iter().enumerate().skip(offset).take(height).filter_map(|(at, index)| {
        let line = pick.lines.get(*index)?;
        let digit = if pick.digits && at < 9 { format!("{}", at + 1) } else { String::new() };
        let (role, text) = match line.disabled {
            Some(reason) => (Role::Quiet, format!("{} – {reason}", line.label)),
            None => (Role::Text, line.label.clone()),
        };
        let columns = Columns::new(theme).add("  ", Role::Text).col(&digit, number, Align::Left, Role::Accent);
        Some(columns.col(&text, label, Align::Left, role).col(&line.beside, beside, lean, Role::Quiet).line())
    });
    panel::lines(frame, list, lines);
    panel::select(frame, list, pick.at - offset, theme);
}

/// As wide as the longest label, at most two thirds; what stands beside gets the rest.
fn label_width(pick: &Pick, room: usize) -> usize {
    let wide = |line: &crate::console::model::dialog::Line| {
        use unicode_width::UnicodeWidthStr as _;
        line.label.width() + line.disabled.map_or(0, |reason| reason.width() + 3) + 1
    };
    let longest = pick.lines.iter().map(wide).max().unwrap_or(0);
    longest.min((room * 4 / 5).max(1))
}

/// What the answer that is being given would come to, below what it is given in.
fn outcome(model: &Model, width: usize) -> Vec<Line<'static>> {
    let Some(told) = question::outcome(model) else { return Vec::new() };
    let theme = model.fixed.theme;
    let wrapped =
        told.into_iter().flat_map(|(text, role)| wrap(&text, width).into_iter().map(move |line| (line, role)));
    let lines = wrapped.map(|(line, role)| Columns::new(theme).add(&line, role).line());
    std::iter::once(Line::default()).chain(lines).collect()
}

/// The question in full, for its title may be cut, and what they wrote; then the line, then what follows.
fn answer(model: &Model, line: &Type, asked: &Question, frame: &mut Frame<'_>) {
    let theme = model.fixed.theme;
    let width = inner_width(model);
    let mut head = wrap(&asked.ask, width);
    let question = head.len();
    head.extend(wrap(&question::written(asked), width));
    let role = |at: usize| if at < question { Role::Bright } else { Role::Quiet };
    let told = match &line.error {
        Some(error) => vec![Line::default(), Columns::new(theme).add(error, Role::Bad).line()],
        None if model.would_say().is_none() => {
            vec![Line::default(), Columns::new(theme).add(&line.hint, Role::Quiet).line()]
        }
        None => outcome(model, width),
    };
    let above = head.len() + 1;
    let inside = boxed(model, frame, &format!("answer · {}", asked.name), WIDTH, above + 1 + told.len().max(3));
    let lines = head.iter().enumerate().map(|(at, text)| Columns::new(theme).add(text, role(at)).line());
    panel::lines(frame, inside, lines);
    input::draw(frame, row(inside, above), &line.typed, theme, true);
    let below = row(inside, above + 1);
    panel::lines(frame, Rect { height: inside.bottom().saturating_sub(below.y), ..below }, told);
}

fn line(model: &Model, line: &Type, frame: &mut Frame<'_>) {
    if let Purpose::Answer(question) = &line.purpose {
        return answer(model, line, question, frame);
    }
    let theme = model.fixed.theme;
    let inside = boxed(model, frame, &line.title, WIDTH, 3);
    input::draw(frame, row(inside, 0), &line.typed, theme, true);
    let (text, role) = line.error.as_deref().map_or((line.hint.as_str(), Role::Quiet), |error| (error, Role::Bad));
    let below = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    panel::lines(
        frame,
        below,
        wrap(text, usize::from(inside.width)).iter().map(|text| Columns::new(theme).add(text, role).line()),
    );
}

fn cap(model: &Model, change: &CapChange, frame: &mut Frame<'_>) {
    let theme = model.fixed.theme;
    let effect = preview::cap_lines(model, inner_width(model));
    let inside = boxed(model, frame, "change a cap", WIDTH, 7 + effect.len() + usize::from(!effect.is_empty()));
    let old = change.old.map_or_else(|| "no cap".to_owned(), |old| old.to_string());
    put(frame, row(inside, 0), Columns::new(theme).add(&change.title, Role::Bright).line());
    let now = format!("now {old}, {} taken", change.taken);
    put(frame, row(inside, 1), Columns::new(theme).add(&now, Role::Quiet).line());
    for (at, label, input, part) in
        [(2, "new maximum", &change.max, CapPart::Max), (3, "reason", &change.reason, CapPart::Reason)]
    {
        let line = row(inside, at);
        put(frame, line, Columns::new(theme).col(label, 12, Align::Left, Role::Quiet).line());
        let skip = 13.min(line.width);
        input::draw(
            frame,
            Rect { x: line.x + skip, width: line.width - skip, ..line },
            input,
            theme,
            change.part == part,
        );
    }
    let note = match (&change.error, change.max.value().trim().parse::<u32>()) {
        (Some(error), _) => (error.clone(), Role::Bad),
        (None, Ok(0)) => ("0 closes it: no lead passes until it is raised".to_owned(), Role::Warn),
        (None, Ok(max)) if max < change.taken => {
            ("below what is taken: nothing is recalled, nothing more goes out".to_owned(), Role::Warn)
        }
        (None, _) => ("it holds above the config until then, or until it is reset".to_owned(), Role::Quiet),
    };
    put(frame, row(inside, 4), Columns::new(theme).add(&note.0, note.1).line());
    let labels = [
        ("Cancel", CapPart::Cancel),
        ("Save until tonight", CapPart::Tonight),
        ("Save", CapPart::Save),
        ("Curve…", CapPart::Curve),
    ];
    let labels = labels.map(|(label, part)| (label, change.part == part));
    put(frame, row(inside, 6), buttons(theme, &labels));
    let below = Rect { y: row(inside, 8).y, height: inside.height.saturating_sub(8), ..inside };
    panel::lines(frame, below, effect);
}

fn page(model: &Model, page: Page, frame: &mut Frame<'_>) {
    let theme = model.fixed.theme;
    let body = layout::parts(model.size).body;
    let area = page::area(model, page.text);
    let width = usize::from(area.width);
    let lines = page::lines(model, page.text, width);
    let room = usize::from(area.height);
    let scroll = page.scroll.min(lines.len().saturating_sub(room));
    if page.text == Text::Contact {
        frame.render_widget(Clear, body);
    } else {
        let outer = layout::middle(body, 96, body.height);
        frame.render_widget(Clear, outer);
        let left = lines.len().saturating_sub(scroll + room);
        let bottom = if left > 0 { format!("{} ↓", say::more_lines(left)) } else { String::new() };
        Panel { title: page::title(model, page.text), bottom, focus: true, ..Panel::default() }
            .draw(frame, outer, theme);
    }
    panel::lines(frame, area, lines.into_iter().skip(scroll).take(room));
}
