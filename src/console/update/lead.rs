//! What one does with a lead or a handoff.

use super::command::{act, dialog};
use crate::console::commands::Id;
use crate::console::effect::Effect;
use crate::console::model::dialog::{Choice, Line, Pick, Purpose, Type};
use crate::console::model::{Dialog, Model};
use crate::console::{say, typed};
use crate::desk::Act;
use crate::desk::view::{DestinationLine, LeadDetail, Standing};
use crate::lead::{Answer, Code, HandoffId, LeadId, Waits};

/// Runs a command that is about the subject. The table has checked that there is one.
pub fn run(model: &mut Model, id: Id) -> Vec<Effect> {
    if let Some(done) = handoff(model, id) {
        return done;
    }
    let Some(lead) = model.subject() else { return Vec::new() };
    match id {
        Id::Accept => act(model, Act::Accept(lead)),
        Id::Contacted => act(model, Act::Contacted { lead, at: None }),
        Id::NoAnswer => act(model, Act::NoAnswer(lead)),
        Id::Answer => super::question::ask(model),
        Id::Fits => decide(model, lead, Answer::Met),
        Id::FitsNot => decide(model, lead, Answer::Unmet),
        Id::Won => {
            let hint = format!("in {}; leave empty when not known", model.fixed.currency);
            dialog(model, Dialog::Type(Type::new("Won: its value?", hint, Purpose::Won(lead), "")))
        }
        Id::Note => {
            dialog(model, Dialog::Type(Type::new("Note", "one line, kept with the lead", Purpose::Note(lead), "")))
        }
        Id::Lost => codes(model, "Lost: why?", Code::losses().into_iter(), |code| Choice::Lost(lead, code)),
        Id::Return => codes(model, "Return: why?", Code::RETURNS.into_iter(), |code| Choice::Return(lead, code)),
        Id::Snooze => snooze(model, lead),
        Id::PauseClock => pause(model, lead),
        Id::Edit => edit(model, lead),
        Id::Reassign => people(model, lead),
        _ => Vec::new(),
    }
}

fn handoff(model: &mut Model, id: Id) -> Option<Vec<Effect>> {
    let handoff = model.handoff()?.id;
    let what = match id {
        Id::Reroute => return Some(destinations(model, handoff)),
        Id::Resend => Act::Resend(handoff),
        Id::Retry => Act::Retry(handoff),
        Id::MarkSent => Act::MarkSent(handoff),
        Id::Drop => Act::Drop(handoff),
        _ => return None,
    };
    Some(act(model, what))
}

/// Where else it could go.
fn destinations(model: &mut Model, handoff: HandoffId) -> Vec<Effect> {
    let now = model.handoff().map(|row| row.destination.clone()).unwrap_or_default();
    let known = model.response.data.value.as_ref().map_or(&[][..], |data| &data.destinations);
    let line = |one: &DestinationLine| Line {
        label: one.id.clone(),
        beside: one.standing.word().to_owned(),
        disabled: match one.standing {
            _ if one.id == now => Some("it goes there now"),
            Standing::Gone => Some("it has left the config"),
            _ => None,
        },
        choice: Choice::Destination(handoff, one.id.clone()),
    };
    let lines = known.iter().map(line).collect();
    dialog(model, Dialog::Pick(Pick::new("Send it to", lines, true)))
}

fn decide(model: &mut Model, lead: LeadId, answer: Answer) -> Vec<Effect> {
    let Some(criterion) = model.question().and_then(|question| question.criterion.clone()) else { return Vec::new() };
    act(model, Act::Decide { lead, criterion, answer })
}

fn codes(
    model: &mut Model,
    title: &str,
    codes: impl Iterator<Item = Code>,
    choice: impl Fn(Code) -> Choice,
) -> Vec<Effect> {
    let lines = codes
        .map(|code| Line {
            label: sentence(&code),
            beside: code.stem().to_owned(),
            disabled: None,
            choice: choice(code),
        })
        .collect();
    dialog(model, Dialog::Pick(Pick::new(title, lines, true)))
}

/// The sentence of a code a person picks; the last attempt's number is not known when it is offered.
fn sentence(code: &Code) -> String {
    match code {
        Code::NoAnswer(_) => "Nobody ever answered.".to_owned(),
        code => code.sentence(),
    }
}

fn snooze(model: &mut Model, lead: LeadId) -> Vec<Effect> {
    let (now, zone) = (model.now, model.seat.zone.clone());
    let preset = |label: &str, typed: &str| {
        let until = typed::morning_of(typed, now, &zone)?;
        let choice = Choice::Snooze(lead, Some(until));
        Some(Line { label: label.to_owned(), beside: say::moment(until, now, &zone), disabled: None, choice })
    };
    let plain = |label: &str, choice| Line { label: label.to_owned(), beside: String::new(), disabled: None, choice };
    let mut lines: Vec<Line> =
        [preset("1 hour", "1 h"), preset("tomorrow 9:00", "tomorrow"), preset("next Monday 9:00", "monday")]
            .into_iter()
            .flatten()
            .collect();
    lines.push(plain("another moment…", Choice::SnoozeTyped(lead)));
    if model.subject_row().is_some_and(|row| row.snoozed_until.is_some_and(|until| until > now)) {
        lines.push(plain("wake it now", Choice::Snooze(lead, None)));
    }
    dialog(model, Dialog::Pick(Pick::new("Out of sight until", lines, true)))
}

/// What it waits for; or it goes on.
fn pause(model: &mut Model, lead: LeadId) -> Vec<Effect> {
    let paused = model.detail().and_then(|detail| detail.handoffs.first()?.paused);
    if paused.is_some_and(|(_, until)| until > model.now) {
        return act(model, Act::ResumeClock(lead));
    }
    let line = |waits: Waits| Line {
        label: waits.words().to_owned(),
        beside: String::new(),
        disabled: None,
        choice: Choice::Waits(lead, waits),
    };
    dialog(model, Dialog::Pick(Pick::new("Paused: for what?", Waits::ALL.map(line).into(), true)))
}

fn edit(model: &mut Model, lead: LeadId) -> Vec<Effect> {
    let Some(detail) = model.detail() else { return Vec::new() };
    let lines = fields(detail)
        .into_iter()
        .map(|(field, value)| {
            let beside = if value.is_empty() { "not known".to_owned() } else { value.clone() };
            Line { label: field.clone(), beside, disabled: None, choice: Choice::Field(lead, field, value) }
        })
        .collect();
    dialog(model, Dialog::Pick(Pick::new("Edit which field?", lines, false)))
}

/// Every field that can be edited, with what it reads now; the one in question first.
fn fields(detail: &LeadDetail) -> Vec<(String, String)> {
    let contact = &detail.contact;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let phone = contact.phone.clone().or_else(|| contact.phone_raw.clone()).unwrap_or_default();
    let mut fields: Vec<(String, String)> = [
        ("name", contact.name.clone()),
        ("email", text(&contact.email)),
        ("phone", phone),
        ("company", text(&contact.company)),
        ("need", contact.need.clone()),
        ("timing", contact.timing.clone()),
        ("budget", contact.budget.clone()),
        ("country", contact.place.country.clone()),
        ("postal-code", contact.place.postal_code.clone()),
        ("city", contact.place.city.clone()),
        ("service", detail.row.service.clone()),
    ]
    .into_iter()
    .map(|(field, value)| (field.to_owned(), value))
    .collect();
    fields.extend(contact.extra.iter().map(|(field, value)| (field.clone(), value.clone())));
    if let Some(criterion) = detail.question.as_ref().and_then(|question| question.criterion.as_ref()) {
        let name = match criterion.name() {
            "region" => "postal-code",
            "need" => "service",
            name => name,
        };
        fields.sort_by_key(|(field, _)| field != name);
    }
    fields
}

/// A service is picked, not typed.
pub fn services(model: &mut Model, lead: LeadId) -> Vec<Effect> {
    let line = |(id, title): &(String, String)| Line {
        label: title.clone(),
        beside: id.clone(),
        disabled: None,
        choice: Choice::Value(lead, "service".to_owned(), id.clone()),
    };
    let lines = model.seat.services.iter().map(line).collect();
    dialog(model, Dialog::Pick(Pick::new("Which service?", lines, true)))
}

fn people(model: &mut Model, lead: LeadId) -> Vec<Effect> {
    let owner = model.subject_row().and_then(|row| row.owner.clone());
    let line = |(id, name, team): &(String, String, String)| Line {
        label: format!("{name} · {team}"),
        beside: id.clone(),
        disabled: owner.as_ref().filter(|owner| *owner == name || *owner == id).map(|_| "has it now"),
        choice: Choice::Person(lead, id.clone()),
    };
    let lines = model.seat.people.iter().map(line).collect();
    dialog(model, Dialog::Pick(Pick::new("Give it to", lines, false)))
}

/// May `.` do this act again on another lead?
pub const fn repeatable(act: &Act) -> bool {
    matches!(
        act,
        Act::Accept(_)
            | Act::Contacted { .. }
            | Act::NoAnswer(_)
            | Act::Lost { .. }
            | Act::Return { .. }
            | Act::Snooze { .. }
            | Act::Note { .. }
            | Act::Reassign { .. }
            | Act::Decide { .. }
    )
}

/// The same act on another lead.
pub fn retarget(act: Act, to: LeadId) -> Act {
    match act {
        Act::Accept(_) => Act::Accept(to),
        Act::Contacted { .. } => Act::Contacted { lead: to, at: None },
        Act::NoAnswer(_) => Act::NoAnswer(to),
        Act::Lost { code, .. } => Act::Lost { lead: to, code },
        Act::Return { code, note, .. } => Act::Return { lead: to, code, note },
        Act::Snooze { until, .. } => Act::Snooze { lead: to, until },
        Act::Note { text, .. } => Act::Note { lead: to, text },
        Act::Reassign { person, .. } => Act::Reassign { lead: to, person },
        Act::Decide { criterion, answer, .. } => Act::Decide { lead: to, criterion, answer },
        other => other,
    }
}
