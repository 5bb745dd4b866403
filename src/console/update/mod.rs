//! The one place where the state changes: a message in, effects out. No I/O, no clock.

mod answer;
mod caps;
mod command;
mod dialog;
mod lead;
mod moving;
mod people;
mod preview;
mod question;
mod refresh;
mod report;
mod shadow;
mod sweep;

use jiff::{SignedDuration, Timestamp};

use super::action::Action;
use super::effect::Effect;
use super::input::Input;
use super::keymap;
use super::layout;
use super::message::Message;
use super::model::{Model, Screen, Status, Tone};
use crate::desk::Calls;

/// How long a remark stays in the status line.
const REMARK: SignedDuration = SignedDuration::from_secs(8);
/// How long an error stays there.
const ERROR: SignedDuration = SignedDuration::from_secs(30);

/// Takes one message.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    match message {
        Message::Tick(now) => tick(model, now),
        Message::Input(input) => effects = self::input(model, input),
        Message::Pulse(pulse) => {
            model.outdated |= pulse.version != model.pulse.version;
            effects = called(model, pulse.calls);
            model.pulse = pulse;
        }
        Message::Reply(answer) => effects = answer::take(model, answer),
        Message::Resumed => {
            model.outdated = true;
            effects.push(Effect::Redraw);
        }
    }
    refresh::due(model, &mut effects);
    preview::due(model, &mut effects);
    question::due(model, &mut effects);
    effects
}

/// Rings when somebody is needed that was not needed before.
fn called(model: &mut Model, calls: Calls) -> Vec<Effect> {
    let before = model.pulse.calls;
    let late = calls.late.saturating_sub(before.late);
    let needs_you = calls.needs_you.saturating_sub(before.needs_you);
    let count = |count: u64, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {more}")),
    };
    let words = [
        count(late, "answer is late", "answers are late"),
        count(needs_you, "handoff needs somebody", "handoffs need somebody"),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    if words.is_empty() {
        return Vec::new();
    }
    let words = words.join(", ");
    say(model, Tone::Bad, format!("{words}: Response (3)"));
    vec![Effect::Ring(words)]
}

/// The questions of the first screen.
pub fn start(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    refresh::reload(model, &mut effects);
    effects
}

fn tick(model: &mut Model, now: Timestamp) {
    model.now = now;
    if model.status.as_ref().is_some_and(|status| status.until <= now) {
        model.status = None;
    }
    let rows = layout::list_rows(model);
    match model.screen {
        Screen::Inbox => {
            model.inbox.age(now, rows);
        }
        Screen::Response => {
            let filter = model.filter().to_owned();
            model.response.arrange(now, &filter, rows);
        }
        _ => {}
    }
}

fn input(model: &mut Model, input: Input) -> Vec<Effect> {
    match input {
        Input::Resize(columns, rows) => {
            model.size = (columns, rows);
            moving::settle(model);
            vec![Effect::Redraw]
        }
        Input::Paste(text) => dialog::paste(model, &text),
        Input::Key(key) => match keymap::resolve(model, key) {
            Action::Run(id) => command::run(model, id),
            Action::Dialog(key) => dialog::key(model, key),
            Action::Nothing(key) => {
                say(model, Tone::Info, format!("{key} does nothing here · ? shows what does"));
                Vec::new()
            }
        },
    }
}

/// Puts a sentence into the status line for a while.
fn say(model: &mut Model, tone: Tone, text: impl Into<String>) {
    let stay = if tone == Tone::Bad { ERROR } else { REMARK };
    let until = model.now.checked_add(stay).unwrap_or(Timestamp::MAX);
    model.status = Some(Status { tone, text: text.into(), until });
}
