//! Previews: asked for when what is open wants another one, stopped when nothing does; and the keys of a draft's.

use super::command::dialog;
use super::{refresh, say, shadow};
use crate::console::effect::Effect;
use crate::console::input::Key;
use crate::console::message::{Load, PreviewRequest};
use crate::console::model::dialog::{DraftPage, Purpose, Type};
use crate::console::model::preview::Previewing;
use crate::console::model::{Dialog, Model, Opened, RowKey, Tone};
use crate::console::view;
use crate::desk::DeskError;
use crate::desk::view::Preview;

/// Starts and stops previews so that the one that runs is the one that is wanted.
pub fn due(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.opened.is_none() {
        model.came_from = None;
    }
    let wanted = model.wants_preview();
    if wanted == model.preview.wanted {
        return;
    }
    let ticket = model.next_ticket();
    effects.push(match &wanted {
        Some((ask, _)) => Effect::Preview(PreviewRequest { ticket, ask: ask.clone() }),
        None => Effect::StopPreview,
    });
    model.preview = Previewing { wanted, ticket, since: model.now, ..Previewing::default() };
}

/// Notes how far the wanted one is.
pub fn progress(model: &mut Model, ticket: u64, decided: u64, expected: u64) {
    if model.preview.ticket == ticket {
        model.preview.progress = (decided, expected);
    }
}

/// Takes the answer, if it is that of the wanted one.
pub fn take(model: &mut Model, ticket: u64, answer: Result<Box<Preview>, DeskError>) {
    if model.preview.ticket == ticket && model.preview.wanted.is_some() {
        model.preview.answer = Some(answer);
    }
}

/// Asks which draft; the usual one is filled in when the desk has said where it would be.
pub fn ask(model: &mut Model) -> Vec<Effect> {
    let hint = "a configuration file; nothing is changed by looking · Tab completes";
    let mut effects = dialog(model, Dialog::Type(Type::new("Preview which draft?", hint, Purpose::Draft, "")));
    effects.push(refresh::ask(model, Load::Drafts(String::new())));
    effects
}

/// Goes on with what was typed, as far as all files that begin so agree.
pub fn complete(model: &mut Model, found: Result<(String, Vec<String>), DeskError>) {
    let Some(Dialog::Type(line)) = model.dialogs.last_mut().filter(|dialog| is_path(dialog)) else { return };
    match found {
        Ok((typed, found)) if typed == line.typed.value() => {
            let common = common_beginning(&found);
            match found.as_slice() {
                [] => line.error = Some("no .toml file begins like this".to_owned()),
                [_] => line.typed = tui_input::Input::new(common),
                several => {
                    line.error = Some(several.join("  "));
                    line.typed = tui_input::Input::new(common);
                }
            }
        }
        Ok(_) => {}
        Err(error) => line.error = Some(error.to_string()),
    }
}

fn is_path(dialog: &Dialog) -> bool {
    matches!(dialog, Dialog::Type(line) if matches!(line.purpose, Purpose::Draft | Purpose::Shadow))
}

fn common_beginning(texts: &[String]) -> String {
    let Some((first, rest)) = texts.split_first() else { return String::new() };
    let same = |at: &usize, char: char| rest.iter().all(|text| text.chars().nth(*at) == Some(char));
    first.chars().enumerate().take_while(|(at, char)| same(at, *char)).map(|(_, char)| char).collect()
}

/// Opens the preview of a draft.
pub fn open(model: &mut Model, file: String) -> Vec<Effect> {
    model.dialogs.clear();
    dialog(model, Dialog::Draft(DraftPage { file, days: 0, round: 0, at: 0 }))
}

/// Takes a key for a draft's preview.
pub fn key(model: &mut Model, mut page: DraftPage, key: Key) -> Vec<Effect> {
    let (lines, room) = view::draft_lines(model);
    let last = lines.len().saturating_sub(1);
    let at = page.at.min(last);
    let flip = lines.get(at).copied().flatten();
    page.at = match key {
        Key::Up | Key::Char('k') => at.saturating_sub(1),
        Key::Down | Key::Char('j') => (at + 1).min(last),
        Key::PageUp => at.saturating_sub(room),
        Key::PageDown | Key::Char(' ') => (at + room).min(last),
        Key::Home | Key::Char('g') => 0,
        Key::End | Key::Char('G') => last,
        // From lead to lead, and around.
        Key::Tab | Key::Char('n') => {
            let next = |from: usize| (from..lines.len()).find(|place| lines[*place].is_some());
            next(at + 1).or_else(|| next(0)).unwrap_or(at)
        }
        _ => at,
    };
    match key {
        Key::Enter => {
            if let Some(lead) = flip {
                model.opened = Some(Opened { key: RowKey::Lead(lead), scroll: 0 });
                model.came_from = Some(Dialog::Draft(page));
                return Vec::new();
            }
            say(model, Tone::Info, "no lead on this line · Tab goes to the next one");
        }
        Key::Char('d') => (page.days, page.at) = (page.days + 1, 0),
        Key::Char('r') => (page.round, page.at) = (page.round + 1, 0),
        Key::Char('q') => return Vec::new(),
        Key::Char('s') => {
            let file = page.file.clone();
            model.dialogs.push(Dialog::Draft(page));
            return shadow::reason(model, file);
        }
        _ => {}
    }
    dialog(model, Dialog::Draft(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_on_as_far_as_all_agree() {
        let common =
            |texts: &[&str]| common_beginning(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(common(&["drafts/a.toml", "drafts/b.toml"]), "drafts/");
        assert_eq!(common(&["größer.toml", "größe/"]), "größe");
        assert_eq!(common(&[]), "");
    }
}
