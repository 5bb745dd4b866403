//! What one says of people on the Capacity screen: who is away, called in or back, and what becomes of their leads.
//! The list names everybody with how they are there, so it works where the screen has no room for them.

use super::command::{act, dialog};
use crate::console::commands::Id;
use crate::console::effect::Effect;
use crate::console::model::dialog::{Choice, Line, Pick, Purpose, Type};
use crate::console::model::{Dialog, Model};
use crate::desk::Act;
use crate::desk::view::PersonLine;

/// Asks who.
pub fn pick(model: &mut Model, id: Id) -> Vec<Effect> {
    let people = model.capacity.people().map(|(_, person)| person);
    let (title, lines): (&str, Vec<Line>) = match id {
        Id::HandOver => {
            ("whose leads go to the others?", people.filter(|person| person.unanswered > 0).map(hand_over).collect())
        }
        Id::Shift => ("who is called in, or sent off?", people.map(shift).collect()),
        _ => ("who is away, or back?", people.map(away).collect()),
    };
    dialog(model, Dialog::Pick(Pick::new(title, lines, true)))
}

fn line(label: String, person: &PersonLine, choice: Choice) -> Line {
    Line { label, beside: person.there.clone(), disabled: None, choice }
}

fn away(person: &PersonLine) -> Line {
    let (id, name) = (person.id.clone(), person.name.clone());
    if person.absent || person.said.is_some() {
        return line(format!("{name} is back"), person, Choice::Back(id));
    }
    line(format!("{name} is away…"), person, Choice::Away(id, name))
}

fn shift(person: &PersonLine) -> Line {
    let (id, name, on) = (person.id.clone(), person.name.clone(), !person.on_shift);
    let label = if on { format!("call {name} in…") } else { format!("send {name} off…") };
    line(label, person, Choice::Shift(id, name, on))
}

fn hand_over(person: &PersonLine) -> Line {
    let label = format!("{}: {} not answered", person.name, person.unanswered);
    line(label, person, Choice::HandOver(person.id.clone()))
}

/// Goes on with whoever was chosen.
pub fn chosen(model: &mut Model, choice: Choice) -> Vec<Effect> {
    match choice {
        Choice::Away(person, name) => {
            let hint = "flu until thu 9:00 · without `until` they are away until somebody says they are back";
            let title = format!("{name} is away: why?");
            dialog(model, Dialog::Type(Type::new(title, hint, Purpose::Leave(person), "")))
        }
        Choice::Shift(person, name, on) => {
            let hint = "stock-taking until 15:00 · without `until` it holds until midnight";
            let title = if on { format!("{name} is called in: why?") } else { format!("{name} is sent off: why?") };
            dialog(model, Dialog::Type(Type::new(title, hint, Purpose::Shift(person, on), "")))
        }
        Choice::Back(person) => act(model, Act::Back(person)),
        Choice::HandOver(person) => act(model, Act::HandOver(person)),
        _ => Vec::new(),
    }
}
