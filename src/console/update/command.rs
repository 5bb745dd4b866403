//! Runs a command of the table, or says why it cannot run now.

use super::{caps, lead, moving, people, preview, refresh, report, say, shadow, sweep};
use crate::console::commands::{self, Id};
use crate::console::effect::Effect;
use crate::console::message::Load;
use crate::console::model::dialog::{Choice, Line, Page, Pick, Purpose, Text, Type};
use crate::console::model::response::KINDS;
use crate::console::model::{Dialog, Model, Opened, RowKey, Screen, Tone};
use crate::desk::Act;

/// Runs one command.
pub fn run(model: &mut Model, id: Id) -> Vec<Effect> {
    let Some(command) = commands::command(id) else { return Vec::new() };
    if let Err(reason) = command.available(model) {
        let name = command.title.split([':', ';', ',']).next().unwrap_or(command.title);
        say(model, Tone::Info, format!("{name}: {reason}"));
        return Vec::new();
    }
    match id {
        Id::Up | Id::Down | Id::PageUp | Id::PageDown | Id::First | Id::Last => moving::step(model, id),
        Id::Inbox => moving::screen(model, Screen::Inbox),
        Id::Capacity => moving::screen(model, Screen::Capacity),
        Id::Response => moving::screen(model, Screen::Response),
        Id::Sources => moving::screen(model, Screen::Sources),
        Id::Report => moving::screen(model, Screen::Report),
        Id::Referrals => moving::screen(model, Screen::Referrals),
        Id::Journal => moving::screen(model, Screen::Journal),
        Id::NextList => moving::list(model, 1),
        Id::PreviousList => moving::list(model, -1),
        Id::Mine => moving::mine(model),
        Id::Back => moving::back(model),
        Id::Open => open(model),
        Id::Quit => vec![Effect::Quit],
        Id::Suspend => vec![Effect::Suspend],
        Id::Redraw => vec![Effect::Redraw],
        Id::Refresh => {
            let mut effects = Vec::new();
            refresh::reload(model, &mut effects);
            effects
        }
        Id::Undo => perform(model, Act::Undo),
        Id::Repeat => repeat(model),
        Id::Help => dialog(model, Dialog::Page(Page { text: Text::Help, scroll: 0 })),
        Id::Explain => explain(model),
        Id::Mail => mail(model),
        Id::Preview => preview::ask(model),
        Id::Contact => dialog(model, Dialog::Page(Page { text: Text::Contact, scroll: 0 })),
        Id::Palette => palette(model),
        Id::Filter => {
            let before = model.filter().to_owned();
            let title = format!("filter {}", model.screen.title());
            let filter = Type::new(title, "", Purpose::Filter(before.clone()), &before);
            dialog(model, Dialog::Type(filter))
        }
        Id::RaiseCap | Id::LowerCap | Id::ChangeCap | Id::ResetCap => caps::cap(model, id),
        Id::Curve => sweep::of_selected(model),
        Id::Shadow => shadow::open(model),
        Id::Away | Id::Shift | Id::HandOver => people::pick(model, id),
        Id::Pause | Id::PollNow | Id::Backfill => caps::source(model, id),
        Id::Period | Id::View | Id::By | Id::OverTime | Id::FigureBefore | Id::FigureAfter => report::run(model, id),
        Id::Reasons => dialog(model, Dialog::Page(Page { text: Text::Figures, scroll: 0 })),
        Id::Split => {
            model.response.split = (model.response.split + 1) % KINDS.len();
            Vec::new()
        }
        Id::NextPanel => {
            model.response.below = model.response.below.next();
            Vec::new()
        }
        _ => lead::run(model, id),
    }
}

fn explain(model: &mut Model) -> Vec<Effect> {
    let Some(lead) = model.subject() else { return Vec::new() };
    model.explained.value = None;
    let mut effects = dialog(model, Dialog::Page(Page { text: Text::Explain(lead), scroll: 0 }));
    effects.push(refresh::ask(model, Load::Explain(lead)));
    effects
}

fn mail(model: &mut Model) -> Vec<Effect> {
    let Some(lead) = model.subject() else { return Vec::new() };
    model.mail.value = None;
    let mut effects = dialog(model, Dialog::Page(Page { text: Text::Mail(lead), scroll: 0 }));
    effects.push(refresh::ask(model, Load::Mail(lead)));
    effects
}

/// Opens a dialog.
pub fn dialog(model: &mut Model, dialog: Dialog) -> Vec<Effect> {
    model.dialogs.push(dialog);
    Vec::new()
}

/// Does an act, after its question where it has one.
pub fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act.question(&model.seat, model.now) {
        None => perform(model, act),
        Some(question) => {
            let confirm = crate::console::model::dialog::Confirm { question, act, on_go: false };
            dialog(model, Dialog::Confirm(confirm))
        }
    }
}

/// Does an act.
pub fn perform(model: &mut Model, act: Act) -> Vec<Effect> {
    model.dialogs.clear();
    model.acting += 1;
    if lead::repeatable(&act) {
        model.last_act = Some(act.clone());
    }
    vec![Effect::Perform(act)]
}

fn repeat(model: &mut Model) -> Vec<Effect> {
    let (Some(last), Some(subject)) = (model.last_act.clone(), model.subject()) else { return Vec::new() };
    act(model, lead::retarget(last, subject))
}

fn open(model: &mut Model) -> Vec<Effect> {
    match model.screen {
        Screen::Capacity => caps::cap(model, Id::ChangeCap),
        Screen::Sources => dialog(model, Dialog::Page(Page { text: Text::Source, scroll: 0 })),
        Screen::Report => report::open(model),
        Screen::Inbox => {
            model.opened = model.inbox.state().cursor.key.map(|key| Opened { key, scroll: 0 });
            Vec::new()
        }
        _ => {
            model.opened = model.subject().map(|lead| Opened { key: RowKey::Lead(lead), scroll: 0 });
            Vec::new()
        }
    }
}

fn palette(model: &mut Model) -> Vec<Effect> {
    let lines = commands::TABLE
        .iter()
        .filter(|command| command.id != Id::Palette)
        .map(|command| Line {
            label: command.title.to_owned(),
            beside: command.keys_text(),
            disabled: command.available(model).err(),
            choice: Choice::Command(command.id),
        })
        .collect();
    dialog(model, Dialog::Pick(Pick::new("run", lines, false)))
}
