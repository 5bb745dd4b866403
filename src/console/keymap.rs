//! From keys to actions. The only source is the command table, so that help, key line and manual cannot
//! disagree with what a key does.

use super::action::Action;
use super::commands::{self, Id};
use super::input::Key;
use super::model::Model;

/// What `key` means now: Ctrl-C always quits, Ctrl-Z and Ctrl-L always work, an open dialog takes all else.
pub fn resolve(model: &Model, key: Key) -> Action {
    match key {
        Key::Ctrl('c') => return Action::Run(Id::Quit),
        Key::Ctrl('z') => return Action::Run(Id::Suspend),
        Key::Ctrl('l') => return Action::Run(Id::Redraw),
        _ => {}
    }
    if model.dialog().is_some() {
        return Action::Dialog(key);
    }
    let place = model.place();
    commands::TABLE
        .iter()
        .find(|command| command.keys.contains(&key) && command.scope.holds(place))
        .map_or(Action::Nothing(key), |command| Action::Run(command.id))
}
