//! The open question of a lead in review: on the lead, and what an answer would come to while it is given.

use crate::console::model::Model;
use crate::console::theme::Role;
use crate::desk::DeskError;
use crate::desk::view::{Question, WouldBe};
use crate::lead::{Answer, Stage};

/// Most characters of what they wrote that are quoted beside the question.
const WRITTEN_MAX: usize = 160;

/// The question, how many more are open, and what they wrote about it.
pub fn asked(question: &Question) -> Vec<(String, Role)> {
    let more = if question.open > 1 { format!(" (the first of {})", question.open) } else { String::new() };
    let mut lines = vec![(format!("? {}{more}", question.ask), Role::Warn)];
    if question.criterion.is_some() {
        lines.push((written(question), Role::Quiet));
    }
    lines
}

/// What they wrote about what is asked.
pub fn written(question: &Question) -> String {
    match crate::text::clean_line(&question.written, WRITTEN_MAX) {
        nothing if nothing.is_empty() => "They wrote nothing about it.".to_owned(),
        written => format!("They wrote “{written}”."),
    }
}

/// What the answer that is being given would come to; `None` while none is.
pub fn outcome(model: &Model) -> Option<Vec<(String, Role)>> {
    let (lead, text) = model.would_say()?;
    let found = model.would_be.value.as_ref().filter(|one| one.lead == lead && one.text == text);
    Some(match (found, &model.would_be.failed) {
        (Some(found), _) => told(found),
        // What cannot be an answer is said here and not in red: it is still being typed.
        (None, Some((DeskError::Store(why), _))) => vec![(format!("not known: {why}"), Role::Bad)],
        (None, Some((error, _))) => vec![(error.to_string(), Role::Warn)],
        (None, None) => vec![("reading…".to_owned(), Role::Quiet)],
    })
}

fn told(found: &WouldBe) -> Vec<(String, Role)> {
    let (sign, role) = super::lead::sign(found.answer);
    let read = match (found.answer, found.read.is_empty()) {
        (Answer::Unknown, _) => "not understood: it would be kept, and the question stays open".to_owned(),
        (Answer::Met, true) => "it fits".to_owned(),
        (Answer::Unmet, true) => "it does not fit".to_owned(),
        (_, false) => format!("read as {}", found.read),
    };
    let (then, then_role) = match (found.stage, &found.next) {
        (Stage::Held, _) => ("then: qualified, waits for whoever is free first".to_owned(), Role::Good),
        (Stage::Disqualified, _) => ("then: disqualified, kept with every reason".to_owned(), Role::Bad),
        (Stage::Review, Some(next)) => (format!("then: still in review. {next}"), Role::Warn),
        (stage, _) => (format!("then: {}", stage.word()), Role::Text),
    };
    vec![(format!("{sign} {read}"), role), (then, then_role)]
}
