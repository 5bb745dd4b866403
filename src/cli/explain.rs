//! `leadgate explain`: why a lead, or a record that is only tried, is decided as it is.

use std::io::{self, Read, Write};

use jiff::Timestamp;
use serde::Deserialize;

use super::args::ExplainArgs;
use super::{CliError, json};
use crate::desk::view::{ExplainedCriterion, Explanation};
use crate::desk::words::when;
use crate::desk::{Desk, ExplainAsk, StoreDesk};
use crate::lead::{Answer, Record, VerdictKind};
use crate::text::clean_line;

/// Longest record taken from standard input, in bytes.
const INPUT_MAX: u64 = 1024 * 1024;
/// Longest text of a person that is shown, in characters.
const WRITTEN_MAX: usize = 200;

/// A record as people write it by hand; unknown names become further fields.
#[derive(Debug, Deserialize)]
struct Tried {
    source: Option<String>,
    submitted_at: Option<Timestamp>,
    #[serde(flatten)]
    fields: serde_json::Map<String, serde_json::Value>,
}

/// `leadgate explain`.
pub async fn run(desk: &StoreDesk, ask: &ExplainArgs, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let ask = match ask.lead.as_deref() {
        Some(id) if id != "-" => {
            let bad = |error: crate::lead::id::BadId| CliError::Failed(error.to_string());
            ExplainAsk::Lead(id.parse().map_err(bad)?)
        }
        _ => tried(ask.source.as_deref(), desk)?,
    };
    let explained = desk.explain(ask).await?;
    if as_json {
        json(out, &explained)?;
    } else {
        tell(&explained, desk, out)?;
    }
    Ok(0)
}

fn tried(source: Option<&str>, desk: &StoreDesk) -> Result<ExplainAsk, CliError> {
    let mut text = String::new();
    io::stdin().lock().take(INPUT_MAX).read_to_string(&mut text)?;
    let mut tried: Tried = serde_json::from_str(&text).map_err(|error| {
        CliError::Failed(format!("standard input is not a JSON object of a lead's fields: {error}"))
    })?;
    let only = || desk.only_source();
    let Some(source) = source.map(str::to_owned).or(tried.source.take()).or_else(only) else {
        return Err(CliError::Failed("which source? add --source ID, or \"source\" to the record".into()));
    };
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Null => None,
        other => Some(other.to_string()),
    };
    let mut fields = tried.fields;
    let mut take = |name: &str| fields.remove(name).and_then(text);
    let mut record = Record {
        id: "tried".into(),
        submitted_at: tried.submitted_at,
        name: take("name"),
        email: take("email"),
        phone: take("phone"),
        company: take("company"),
        need: take("need"),
        timing: take("timing"),
        budget: take("budget"),
        country: take("country"),
        subdivision: take("subdivision"),
        postal_code: take("postal_code"),
        city: take("city"),
        message: take("message"),
        ..Record::default()
    };
    if record.email.is_none() && record.phone.is_none() {
        // Only the decision is asked about, not whether somebody could be called.
        record.email = Some("tried@example.invalid".into());
    }
    record.extra = fields.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect();
    Ok(ExplainAsk::Record { source, record: Box::new(record) })
}

fn tell(explained: &Explanation, desk: &StoreDesk, out: &mut dyn Write) -> Result<(), CliError> {
    let kind = match explained.verdict {
        VerdictKind::Qualified => "qualified",
        VerdictKind::Review => "a person must look",
        VerdictKind::Disqualified => "disqualified",
    };
    let lead = explained.lead.map(|lead| format!("lead {lead}: ")).unwrap_or_default();
    let score = explained.score.map(|score| format!(", {score} of 100 points")).unwrap_or_default();
    let service = explained.service.as_ref().map(|service| format!(", service {service}")).unwrap_or_default();
    writeln!(out, "{lead}{kind}{service}{score}")?;
    for criterion in &explained.criteria {
        tell_criterion(criterion, out)?;
    }
    for assumed in &explained.assumed {
        writeln!(out, "  {assumed}")?;
    }
    let version = if explained.config_in_force { "in force" } else { "older than the one in force" };
    writeln!(out, "config {} ({version}), text readers {}", explained.config_hash, explained.readers)?;
    let (now, zone) = (desk.now_for_lists(), &desk.seat().zone);
    for holds in &explained.held_by {
        let frees = holds.frees_at.map(|at| format!("; frees {}", when(at, now, zone))).unwrap_or_default();
        writeln!(out, "held: {} ({}){frees}", holds.sentence, holds.code)?;
    }
    if let Some(at) = explained.leaves_at {
        writeln!(out, "leaves the queue about {}", when(at, now, zone))?;
    }
    writeln!(out, "next: {}", explained.next)?;
    Ok(())
}

fn tell_criterion(criterion: &ExplainedCriterion, out: &mut dyn Write) -> Result<(), CliError> {
    let answer = match criterion.answer {
        Answer::Met => "fits",
        Answer::Unmet => "does not fit",
        Answer::Unknown => "not known",
    };
    writeln!(out, "\n{}: {answer}", criterion.criterion.name())?;
    let written = clean_line(&criterion.written, WRITTEN_MAX);
    let written = if written.is_empty() { "nothing".to_owned() } else { format!("{written:?}") };
    writeln!(out, "  written  {written}")?;
    writeln!(out, "  read     {}", criterion.read)?;
    let at = criterion.written_at.as_deref().map(|at| format!("  ({at})")).unwrap_or_default();
    let key = criterion.key.as_deref().map(|key| format!("  {key}{at}")).unwrap_or_default();
    writeln!(out, "  asked    {}{key}", criterion.rule)?;
    if let (Some(code), Some(sentence)) = (&criterion.code, &criterion.sentence) {
        writeln!(out, "  reason   {sentence} ({code})")?;
    }
    if let Some(change) = &criterion.passes_if {
        writeln!(out, "  passes if {change}")?;
    }
    if let Some((weight, points)) = criterion.points {
        let at = criterion.weight_at.as_deref().map(|at| format!("  ({at})")).unwrap_or_default();
        let key = criterion.weight_key.as_deref().map(|key| format!("  {key}{at}")).unwrap_or_default();
        writeln!(out, "  points   {points} of {weight}{key}")?;
    }
    Ok(())
}
