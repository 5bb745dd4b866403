//! The draft beside the rules: looked at, begun with a reason, ended.

use super::command::{act, dialog};
use super::refresh;
use crate::console::effect::Effect;
use crate::console::input::Key;
use crate::console::message::Load;
use crate::console::model::dialog::{Page, Purpose, Text, Type};
use crate::console::model::{Dialog, Model, Tone};
use crate::desk::Act;

/// Opens the page.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let mut effects = dialog(model, Dialog::Page(Page { text: Text::Shadow, scroll: 0 }));
    effects.push(refresh::ask(model, Load::Shadow));
    effects
}

/// Takes a key of the page that is its own; `None` is for the page to scroll.
pub fn key(model: &mut Model, page: Page, key: Key) -> Option<Vec<Effect>> {
    let runs = model.shadow.value.as_ref().map(|run| run.as_ref().is_some_and(|run| run.ended_at.is_none()));
    let (wanted, refused) = match (key, runs) {
        (Key::Char('s' | 'e'), None) => (None, "still being read"),
        (Key::Char('s'), Some(true)) => (None, "a draft runs already: e ends it"),
        (Key::Char('e'), Some(false)) => (None, "no draft runs"),
        (Key::Char('s' | 'e'), _) => (Some(key), ""),
        _ => return None,
    };
    model.dialogs.push(Dialog::Page(page));
    match wanted {
        None => {
            super::say(model, Tone::Info, refused);
            Some(Vec::new())
        }
        Some(Key::Char('e')) => Some(act(model, Act::StopShadow)),
        Some(_) => Some(ask(model)),
    }
}

/// Asks which draft; the usual one is filled in when the desk has said where it would be.
fn ask(model: &mut Model) -> Vec<Effect> {
    let hint = "a configuration file; it decides new leads too, and nothing is done by what it says · Tab completes";
    let line = Type::new("Which draft beside the rules?", hint, Purpose::Shadow, "");
    let mut effects = dialog(model, Dialog::Type(line));
    effects.push(refresh::ask(model, Load::Drafts(String::new())));
    effects
}

/// Asks why, for a file.
pub fn reason(model: &mut Model, file: String) -> Vec<Effect> {
    let hint = format!("{file} decides new leads too; say what you want to learn");
    let line = Type::new("Why does it run?", hint, Purpose::ShadowReason(file), "");
    dialog(model, Dialog::Type(line))
}
