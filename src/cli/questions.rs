//! The review queue on the command line: `leadgate leads --needs-answer` and `leadgate lead answer`.

use std::io::Write;

use super::{CliError, act, json};
use crate::desk::view::Question;
use crate::desk::{Act, StoreDesk};
use crate::lead::LeadId;
use crate::text::clean_line;

/// Longest text of a person that is shown, in characters.
const WRITTEN_MAX: usize = 200;

/// The queue.
pub async fn list(desk: &StoreDesk, most: u32, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let questions = desk.questions(most).await?;
    if as_json {
        json(out, &questions)?;
        return Ok(0);
    }
    if questions.is_empty() {
        writeln!(out, "Nobody waits for an answer of yours.")?;
        return Ok(0);
    }
    for question in &questions {
        tell(question, out)?;
    }
    writeln!(
        out,
        "\nAnswer with `leadgate lead answer ID \"in 3 weeks\"`, or yes or no; `leadgate undo` takes it back."
    )?;
    Ok(0)
}

fn tell(question: &Question, out: &mut dyn Write) -> Result<(), CliError> {
    let reach = question.reach.as_deref().map(|reach| format!("  {reach}")).unwrap_or_default();
    let more = match question.open {
        0 | 1 => String::new(),
        open => format!("  (the first of {open})"),
    };
    writeln!(out, "{}  {}{reach}", question.lead, clean_line(&question.name, WRITTEN_MAX))?;
    writeln!(out, "  {}{more}", question.ask)?;
    let written = clean_line(&question.written, WRITTEN_MAX);
    if !written.is_empty() {
        writeln!(out, "  they wrote {written:?}")?;
    }
    Ok(())
}

/// Answers the open question of a lead, and says what came of it and what is still open.
pub async fn answer(
    desk: &StoreDesk,
    lead: LeadId,
    text: &str,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let nothing = || CliError::Failed(format!("nothing is asked about lead {lead}"));
    let criterion = desk.question(lead).await?.and_then(|asked| asked.criterion).ok_or_else(nothing)?;
    let answer = Act::Answer { lead, criterion: criterion.clone(), text: text.to_owned() };
    act::perform(desk, answer, as_json, out).await?;
    let Some(left) = desk.question(lead).await? else { return Ok(0) };
    if as_json {
        return Ok(0);
    }
    if left.criterion.as_ref() == Some(&criterion) {
        writeln!(
            out,
            "That was kept, but not understood as {}; say yes or no, or say it otherwise.",
            criterion.name()
        )?;
    }
    writeln!(out, "Still open: {}", left.ask)?;
    Ok(0)
}
