//! Keys while a dialog is open. Esc goes back one step; what is dangerous starts on Cancel.

use tui_input::{Input, InputRequest};

use super::command::{self, act, dialog as open};
use super::{moving, preview, question, refresh, say, shadow, sweep};
use crate::console::effect::Effect;
use crate::console::input::Key;
use crate::console::message::Load;
use crate::console::model::dialog::{CapChange, CapPart, Choice, Confirm, LINE_MAX, Page, Pick, Purpose, Text, Type};
use crate::console::model::{Dialog, Model, Opened, RowKey, Tone};
use crate::console::{say as words, typed, view};
use crate::desk::Act;
use crate::text::clean_line;

/// Takes one key for the innermost dialog.
pub fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(dialog) = model.dialogs.pop() else { return Vec::new() };
    match dialog {
        Dialog::Type(Type { purpose: Purpose::Filter(before), .. }) if key == Key::Esc => {
            moving::filter(model, &before)
        }
        _ if key == Key::Esc => Vec::new(),
        Dialog::Confirm(confirm) => self::confirm(model, confirm, key),
        Dialog::Pick(pick) => self::pick(model, pick, key),
        Dialog::Type(line) => self::line(model, line, key),
        Dialog::Cap(change) => cap(model, change, key),
        Dialog::Draft(page) => preview::key(model, page, key),
        Dialog::Sweep(page) => sweep::key(model, page, key),
        Dialog::Page(page) => self::page(model, page, key),
    }
}

/// Takes pasted text: only into a line, as one line.
pub fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let text = clean_line(text, LINE_MAX);
    match model.dialogs.last_mut() {
        Some(Dialog::Type(line)) => {
            insert(&mut line.typed, &text);
            line.error = None;
            if matches!(line.purpose, Purpose::Filter(_)) {
                let text = line.typed.value().to_owned();
                return moving::filter(model, &text);
            }
        }
        Some(Dialog::Pick(pick)) => {
            insert(&mut pick.typed, &text);
            pick.narrow();
        }
        Some(Dialog::Cap(change)) => match change.part {
            CapPart::Max => insert(&mut change.max, &text),
            CapPart::Reason => insert(&mut change.reason, &text),
            _ => {}
        },
        _ => say(model, Tone::Info, "pasted text is taken only where text is typed"),
    }
    Vec::new()
}

fn insert(input: &mut Input, text: &str) {
    for char in text.chars() {
        type_char(input, char);
    }
}

fn type_char(input: &mut Input, char: char) {
    if input.value().chars().count() < LINE_MAX && !crate::console::guard::is_hostile(char) {
        input.handle(InputRequest::InsertChar(char));
    }
}

/// Edits a line. Returns whether the key was one for it.
fn edit(input: &mut Input, key: Key) -> bool {
    let request = match key {
        Key::Char(char) => {
            type_char(input, char);
            return true;
        }
        Key::Backspace => InputRequest::DeletePrevChar,
        Key::Delete => InputRequest::DeleteNextChar,
        Key::Left => InputRequest::GoToPrevChar,
        Key::Right => InputRequest::GoToNextChar,
        Key::Home | Key::Ctrl('a') => InputRequest::GoToStart,
        Key::End | Key::Ctrl('e') => InputRequest::GoToEnd,
        Key::Ctrl('w') => InputRequest::DeletePrevWord,
        Key::Ctrl('u') => InputRequest::DeleteLine,
        _ => return false,
    };
    input.handle(request);
    true
}

fn confirm(model: &mut Model, mut confirm: Confirm, key: Key) -> Vec<Effect> {
    match key {
        Key::Enter if confirm.on_go => return command::perform(model, confirm.act),
        Key::Enter => {
            say(model, Tone::Info, "cancelled, nothing was changed");
            model.dialogs.clear();
            return Vec::new();
        }
        Key::Left | Key::Char('h') => confirm.on_go = false,
        Key::Right | Key::Char('l') => confirm.on_go = true,
        Key::Tab | Key::BackTab => confirm.on_go = !confirm.on_go,
        _ => {}
    }
    open(model, Dialog::Confirm(confirm))
}

fn pick(model: &mut Model, mut pick: Pick, key: Key) -> Vec<Effect> {
    let last = pick.matching.len().saturating_sub(1);
    match key {
        Key::Enter => return choose(model, pick),
        Key::Char(digit @ '1'..='9') if pick.digits && pick.typed.value().is_empty() => {
            let at = digit as usize - '1' as usize;
            if at < pick.matching.len() {
                pick.at = at;
                return choose(model, pick);
            }
        }
        Key::Up | Key::BackTab | Key::Ctrl('p') => pick.at = pick.at.saturating_sub(1),
        Key::Down | Key::Tab | Key::Ctrl('n') => pick.at = (pick.at + 1).min(last),
        Key::PageUp => pick.at = pick.at.saturating_sub(10),
        Key::PageDown => pick.at = (pick.at + 10).min(last),
        key => {
            if edit(&mut pick.typed, key) {
                pick.narrow();
            }
        }
    }
    open(model, Dialog::Pick(pick))
}

fn choose(model: &mut Model, pick: Pick) -> Vec<Effect> {
    let Some(line) = pick.line().cloned() else { return open(model, Dialog::Pick(pick)) };
    if let Some(reason) = line.disabled {
        say(model, Tone::Info, format!("{}: {reason}", line.label));
        return open(model, Dialog::Pick(pick));
    }
    if let Choice::Command(id) = line.choice {
        return command::run(model, id);
    }
    // The list stays below what it leads to, so that Esc comes back to it.
    model.dialogs.push(Dialog::Pick(pick));
    match line.choice {
        Choice::Lost(lead, code) => act(model, Act::Lost { lead, code }),
        Choice::Return(lead, code) => {
            let hint = "for the source and your team; may be empty";
            open(model, Dialog::Type(Type::new("Return: a word on it?", hint, Purpose::ReturnNote(lead, code), "")))
        }
        Choice::Snooze(lead, until) => act(model, Act::Snooze { lead, until }),
        Choice::SnoozeTyped(lead) => {
            let hint = "2 h, 14:30, tomorrow, thu 9:00, 2026-11-25 14:00";
            open(model, Dialog::Type(Type::new("Out of sight until", hint, Purpose::Snooze(lead), "")))
        }
        Choice::Waits(lead, waits) => {
            let hint = "why, and until when: sends the plans until thu 9:00";
            let title = format!("Paused: {}", waits.words());
            open(model, Dialog::Type(Type::new(title, hint, Purpose::PauseClock(lead, waits), "")))
        }
        Choice::Value(lead, field, value) => act(model, Act::Edit { lead, field, value }),
        Choice::Field(lead, field, _) if field == "service" && !model.seat.services.is_empty() => {
            super::lead::services(model, lead)
        }
        Choice::Field(lead, field, value) => {
            let title = format!("Edit {field}");
            let hint = "the lead is decided again at once";
            open(model, Dialog::Type(Type::new(title, hint, Purpose::Field(lead, field), &value)))
        }
        Choice::Say(question, text) => question::say(model, &question, text),
        Choice::SayTyped(question) => question::typed(model, *question),
        Choice::Destination(handoff, destination) => act(model, Act::Reroute { handoff, destination }),
        Choice::Person(lead, person) => act(model, Act::Reassign { lead, person }),
        choice @ (Choice::Away(..) | Choice::Back(_) | Choice::Shift(..) | Choice::HandOver(_)) => {
            super::people::chosen(model, choice)
        }
        Choice::Look(lead) => {
            model.came_from = model.dialogs.pop();
            model.dialogs.clear();
            model.opened = Some(Opened { key: RowKey::Lead(lead), scroll: 0 });
            Vec::new()
        }
        Choice::Command(_) => Vec::new(),
    }
}

fn line(model: &mut Model, mut line: Type, key: Key) -> Vec<Effect> {
    if key == Key::Enter {
        return submit(model, line);
    }
    if matches!(line.purpose, Purpose::Draft | Purpose::Shadow) && key == Key::Tab {
        let typed = line.typed.value().to_owned();
        line.error = None;
        model.dialogs.push(Dialog::Type(line));
        return vec![refresh::ask(model, Load::Drafts(typed))];
    }
    let before = line.typed.value().to_owned();
    edit(&mut line.typed, key);
    line.error = None;
    let after = line.typed.value().to_owned();
    let filters = matches!(line.purpose, Purpose::Filter(_)) && before != after;
    model.dialogs.push(Dialog::Type(line));
    if filters { moving::filter(model, &after) } else { Vec::new() }
}

fn submit(model: &mut Model, mut line: Type) -> Vec<Effect> {
    let text = line.typed.value().trim().to_owned();
    let result = match &line.purpose {
        Purpose::Filter(_) => return Vec::new(),
        Purpose::Draft if !text.is_empty() => return preview::open(model, text),
        Purpose::Shadow if !text.is_empty() => {
            model.dialogs.push(Dialog::Type(line));
            return shadow::reason(model, text);
        }
        Purpose::Draft | Purpose::Shadow => Err("which file?".to_owned()),
        Purpose::ShadowReason(_) if text.is_empty() => Err("say why: the next person will ask".to_owned()),
        Purpose::ShadowReason(draft) => Ok(Act::StartShadow { draft: draft.clone(), reason: text }),
        Purpose::Won(lead) => typed::amount(&text, &model.fixed.currency).map(|value| Act::Won { lead: *lead, value }),
        Purpose::ReturnNote(lead, code) => Ok(Act::Return { lead: *lead, code: code.clone(), note: text }),
        Purpose::Snooze(lead) => {
            typed::moment(&text, model.now, &model.seat.zone).map(|at| Act::Snooze { lead: *lead, until: Some(at) })
        }
        Purpose::PauseClock(lead, waits) => match typed::until(&text, model.now, &model.seat.zone) {
            (reason, Some(until)) if !reason.is_empty() => {
                Ok(Act::PauseClock { lead: *lead, waits: *waits, until, reason })
            }
            _ => Err("say why and until when: sends the plans until thu 9:00".to_owned()),
        },
        Purpose::Field(lead, field) => Ok(Act::Edit { lead: *lead, field: field.clone(), value: text }),
        Purpose::Answer(question) => question::answer(question, text),
        Purpose::Note(_) if text.is_empty() => Err("write something, or Esc".to_owned()),
        Purpose::Note(lead) => Ok(Act::Note { lead: *lead, text }),
        Purpose::Pause(_) if text.is_empty() => Err("a reason is needed: the next person will ask".to_owned()),
        Purpose::Pause(source) => {
            let (reason, until) = typed::until(&text, model.now, &model.seat.zone);
            Ok(Act::PauseSource { source: source.clone(), reason, until })
        }
        Purpose::Leave(_) | Purpose::Shift(..) if text.is_empty() => {
            Err("a reason is needed: the next person will ask".to_owned())
        }
        Purpose::Leave(person) => {
            let (reason, until) = typed::until(&text, model.now, &model.seat.zone);
            Ok(Act::Leave { person: person.clone(), until, reason })
        }
        Purpose::Shift(person, on) => {
            let (reason, until) = typed::until(&text, model.now, &model.seat.zone);
            Ok(Act::Shift { person: person.clone(), on: *on, until, reason })
        }
        Purpose::Backfill(source) => {
            typed::past(&text, model.now, &model.seat.zone).map(|since| Act::Backfill { source: source.clone(), since })
        }
    };
    match result {
        Ok(what) => {
            model.dialogs.push(Dialog::Type(line));
            act(model, what)
        }
        Err(error) => {
            line.error = Some(error);
            open(model, Dialog::Type(line))
        }
    }
}

fn cap(model: &mut Model, mut change: Box<CapChange>, key: Key) -> Vec<Effect> {
    let at = CapPart::ALL.iter().position(|part| *part == change.part).unwrap_or(0);
    let step = |by: usize| CapPart::ALL[(at + by) % CapPart::ALL.len()];
    let (on, back) = (step(1), step(CapPart::ALL.len() - 1));
    match (change.part, key) {
        (_, Key::Tab | Key::Down)
        | (CapPart::Max | CapPart::Reason, Key::Enter)
        | (CapPart::Cancel | CapPart::Tonight | CapPart::Save, Key::Right) => change.part = on,
        (_, Key::BackTab | Key::Up) | (CapPart::Tonight | CapPart::Save | CapPart::Curve, Key::Left) => {
            change.part = back;
        }
        (CapPart::Cancel, Key::Enter) => {
            say(model, Tone::Info, "cancelled, nothing was changed");
            return Vec::new();
        }
        (CapPart::Tonight | CapPart::Save, Key::Enter) => return save_cap(model, change),
        (CapPart::Curve, Key::Enter) => return sweep::of_change(model, change),
        (CapPart::Max, key) => {
            edit(&mut change.max, key);
            change.error = None;
        }
        (CapPart::Reason, key) => {
            edit(&mut change.reason, key);
            change.error = None;
        }
        _ => {}
    }
    open(model, Dialog::Cap(change))
}

fn save_cap(model: &mut Model, mut change: Box<CapChange>) -> Vec<Effect> {
    let reason = change.reason.value().trim().to_owned();
    let max = change.max.value().trim().parse::<u32>();
    let problem = match (&max, reason.is_empty()) {
        (Err(_), _) => Some((CapPart::Max, "write a whole number; 0 closes the cap")),
        (Ok(_), true) => Some((CapPart::Reason, "a reason is needed: the next person will ask")),
        _ => None,
    };
    if let Some((part, error)) = problem {
        change.part = part;
        change.error = Some(error.to_owned());
        return open(model, Dialog::Cap(change));
    }
    let Ok(max) = max else { return Vec::new() };
    let until = match change.part {
        CapPart::Tonight => words::tonight(model.now, &model.seat.zone),
        _ => None,
    };
    let cap = change.cap.clone();
    model.dialogs.push(Dialog::Cap(change));
    act(model, Act::SetCap { cap, max, until, reason })
}

fn page(model: &mut Model, mut page: Page, key: Key) -> Vec<Effect> {
    if page.text == Text::Shadow
        && let Some(effects) = shadow::key(model, page, key)
    {
        return effects;
    }
    let (length, room) = view::page_length(model, page.text);
    let last = length.saturating_sub(room);
    let at = page.scroll.min(last);
    page.scroll = match key {
        Key::Enter | Key::Char('q') => return Vec::new(),
        Key::Char('?') if page.text == Text::Help => return Vec::new(),
        Key::Char('x') if matches!(page.text, Text::Explain(_)) => return Vec::new(),
        Key::Char('V') if matches!(page.text, Text::Mail(_)) => return Vec::new(),
        Key::Char('y') if page.text == Text::Contact => return Vec::new(),
        Key::Up | Key::Char('k') => at.saturating_sub(1),
        Key::Down | Key::Char('j') => (at + 1).min(last),
        Key::PageUp => at.saturating_sub(room),
        Key::PageDown | Key::Char(' ') => (at + room).min(last),
        Key::Home | Key::Char('g') => 0,
        Key::End | Key::Char('G') => last,
        _ => at,
    };
    open(model, Dialog::Page(page))
}
