//! The open question of a lead in review: asked by itself, with what an answer would come to shown while it is
//! still being given.

use super::command::{act, dialog};
use super::refresh;
use crate::console::effect::Effect;
use crate::console::message::Load;
use crate::console::model::dialog::{Choice, Line, Pick, Purpose, Type};
use crate::console::model::{Dialog, Model, Tone};
use crate::desk::Act;
use crate::desk::view::Question;
use crate::lead::Criterion;

/// What a person may type to a question that words can answer.
const HINT: &str = "what they said · yes and no decide it";

/// Asks the open question of the subject.
pub fn ask(model: &mut Model) -> Vec<Effect> {
    let Some(question) = model.question().cloned() else { return Vec::new() };
    let wants_service = question.criterion == Some(Criterion::Need) && !model.seat.services.is_empty();
    if question.takes_text && !wants_service {
        return typed(model, question);
    }
    let services = if wants_service { model.seat.services.clone() } else { Vec::new() };
    let mut lines: Vec<Line> =
        services.into_iter().map(|(id, title)| line(&question, title, &id, Choice::Say)).collect();
    if !wants_service {
        lines.push(line(&question, "yes, it fits".to_owned(), "yes", Choice::Say));
    }
    let no = if wants_service { "none of these" } else { "no, it doesn't" };
    lines.push(line(&question, no.to_owned(), "no", Choice::Say));
    if question.takes_text {
        lines.push(line(&question, "something else they said…".to_owned(), "", |question, _| {
            Choice::SayTyped(question)
        }));
    }
    let title = question.ask;
    dialog(model, Dialog::Pick(Pick::new(title, lines, true)))
}

fn line(question: &Question, label: String, text: &str, choice: impl Fn(Box<Question>, String) -> Choice) -> Line {
    let choice = choice(Box::new(question.clone()), text.to_owned());
    Line { label, beside: String::new(), disabled: None, choice }
}

/// A line to type the answer into.
pub fn typed(model: &mut Model, question: Question) -> Vec<Effect> {
    let title = question.ask.clone();
    dialog(model, Dialog::Type(Type::new(title, HINT, Purpose::Answer(Box::new(question)), "")))
}

/// The act of answering with this text.
///
/// # Errors
/// It says nothing.
pub fn answer(question: &Question, text: String) -> Result<Act, String> {
    match &question.criterion {
        _ if text.is_empty() => Err("type what they said, or yes or no".to_owned()),
        None => Err("nothing is asked about this lead any more".to_owned()),
        Some(criterion) => Ok(Act::Answer { lead: question.lead, criterion: criterion.clone(), text }),
    }
}

/// Answers with a text that was picked.
pub fn say(model: &mut Model, question: &Question, text: String) -> Vec<Effect> {
    match answer(question, text) {
        Ok(what) => act(model, what),
        Err(why) => {
            super::say(model, Tone::Info, why);
            Vec::new()
        }
    }
}

/// Asks what the answer that is being given would come to, when it is another one than before.
pub fn due(model: &mut Model, effects: &mut Vec<Effect>) {
    let wanted = model.would_say();
    if wanted == model.weighed {
        return;
    }
    model.weighed.clone_from(&wanted);
    model.would_be.failed = None;
    if let Some((lead, text)) = wanted {
        effects.push(refresh::ask(model, Load::Foresee(lead, text)));
    }
}
