//! Acts: the same values the console performs.

use std::io::Write;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::args::{CapAct, LeadAct};
use super::cap_effect::{Agreed, agree};
use super::moment::moment;
use super::session::Session;
use super::{CliError, json, list, questions};
use crate::desk::{Act, Desk, StoreDesk};
use crate::lead::{Answer, Code, Criterion, LeadId, Money, Waits};
use crate::report::say::span;

fn id(text: &str) -> Result<LeadId, CliError> {
    text.parse().map_err(|error: crate::lead::id::BadId| CliError::Failed(error.to_string()))
}

fn code(text: &str) -> Result<Code, CliError> {
    text.parse().map_err(|error: crate::lead::id::BadId| CliError::Failed(error.to_string()))
}

/// A moment to come, as it was written.
fn to_come(text: Option<&str>, session: &Session) -> Result<Option<Timestamp>, CliError> {
    let (now, zone) = (session.store.clock().now(), &session.config.business.zone);
    text.map(|text| moment(text, now, zone, 1)).transpose()
}

/// Does one act and says what came of it.
pub async fn perform(desk: &StoreDesk, act: Act, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    match desk.perform(act).await {
        Ok(done) if as_json => json(out, &serde_json::json!({ "ok": true, "done": done.sentence }))?,
        Ok(done) => writeln!(out, "{}", done.sentence)?,
        Err(refused) => return Err(CliError::Failed(refused.to_string())),
    }
    Ok(0)
}

/// `leadgate lead …`.
pub async fn lead(
    desk: &StoreDesk,
    act: &LeadAct,
    session: &Session,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let act = match act {
        LeadAct::Show { id: text } => return show(desk, id(text)?, as_json, out).await,
        LeadAct::Accept { id: text } => Act::Accept(id(text)?),
        LeadAct::Contacted { id: text, at } => Act::Contacted { lead: id(text)?, at: *at },
        LeadAct::NoAnswer { id: text } => Act::NoAnswer(id(text)?),
        LeadAct::Won { id: text, value } => {
            Act::Won { lead: id(text)?, value: value.map(|value| minor(value, session)).transpose()? }
        }
        LeadAct::Lost { id: text, reason } => Act::Lost { lead: id(text)?, code: code(reason)? },
        LeadAct::Return { id: text, reason, note } => {
            Act::Return { lead: id(text)?, code: code(reason)?, note: note.clone() }
        }
        LeadAct::Snooze { id: text, until } => {
            Act::Snooze { lead: id(text)?, until: to_come(until.as_deref(), session)? }
        }
        LeadAct::Pause { id: text, waits, until, reason } => {
            let (now, zone) = (session.store.clock().now(), &session.config.business.zone);
            let waits =
                Waits::parse(waits).ok_or_else(|| CliError::Failed(format!("{waits} is no state of a pause")))?;
            let until = moment(until, now, zone, 1)?;
            Act::PauseClock { lead: id(text)?, waits, until, reason: reason.clone() }
        }
        LeadAct::Resume { id: text } => Act::ResumeClock(id(text)?),
        LeadAct::Edit { id: text, field, value } => {
            Act::Edit { lead: id(text)?, field: field.clone(), value: value.clone() }
        }
        LeadAct::Decide { id: text, criterion, fits } => Act::Decide {
            lead: id(text)?,
            criterion: Criterion::from(criterion.clone()),
            answer: if fits == "yes" { Answer::Met } else { Answer::Unmet },
        },
        LeadAct::Answer { id: text, text: said } => {
            return questions::answer(desk, id(text)?, said, as_json, out).await;
        }
        LeadAct::Note { id: lead, text } => Act::Note { lead: id(lead)?, text: text.clone() },
        LeadAct::Reassign { id: text, person } => Act::Reassign { lead: id(text)?, person: person.clone() },
    };
    perform(desk, act, as_json, out).await
}

fn minor(value: Decimal, session: &Session) -> Result<i64, CliError> {
    let money = Money::new(value, &session.config.business.currency);
    money.minor().ok_or_else(|| CliError::Failed(format!("{money} is too large")))
}

/// `leadgate cap …`.
pub async fn cap(
    desk: &StoreDesk,
    act: &CapAct,
    session: &Session,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let act = match act {
        CapAct::Show => return list::caps(desk, as_json, out).await,
        CapAct::Set { id, max, reason, until, yes } => {
            let until = to_come(until.as_deref(), session)?;
            let act = Act::SetCap { cap: id.clone(), max: *max, until, reason: reason.clone() };
            return match agree(desk, (id, *max), *yes, as_json, out).await? {
                Agreed::Yes(preview) if as_json => {
                    let done = desk.perform(act).await.map_err(|refused| CliError::Failed(refused.to_string()))?;
                    json(out, &serde_json::json!({ "ok": true, "done": done.sentence, "preview": preview }))?;
                    Ok(0)
                }
                Agreed::Yes(_) => perform(desk, act, as_json, out).await,
                Agreed::No(preview, why) if as_json => {
                    json(out, &serde_json::json!({ "ok": false, "error": why, "preview": preview }))?;
                    Ok(1)
                }
                Agreed::No(_, why) => Err(CliError::Failed(why.to_owned())),
            };
        }
        CapAct::Reset { id } => Act::ResetCap(id.clone()),
    };
    perform(desk, act, as_json, out).await
}

async fn show(desk: &StoreDesk, lead: LeadId, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let detail = desk.lead(lead).await?;
    if as_json {
        json(out, &detail)?;
        return Ok(0);
    }
    let contact = &detail.contact;
    writeln!(out, "{}  lead {lead}  {}", contact.name, detail.row.stage.map_or("", crate::lead::Stage::word))?;
    let ways = [&contact.phone, &contact.email, &contact.company];
    let ways: Vec<&str> = ways.into_iter().flatten().map(String::as_str).collect();
    writeln!(out, "{}", ways.join("  "))?;
    for (label, text) in [("need", &contact.need), ("timing", &contact.timing), ("budget", &contact.budget)] {
        if !text.is_empty() {
            writeln!(out, "  {label}: {}", text.replace('\n', "\n          "))?;
        }
    }
    for mark in &detail.verdict.marks {
        let sign = match mark.answer {
            Answer::Met => "✓",
            Answer::Unmet => "✗",
            Answer::Unknown => "?",
        };
        let code = mark.code.as_ref().map(|code| format!("  {code}")).unwrap_or_default();
        let hint = mark.passes_if.as_ref().map(|hint| format!("  (passes if {hint})")).unwrap_or_default();
        writeln!(out, "  {sign} {:<7} {}  [{}]{code}{hint}", mark.criterion.name(), mark.read, mark.rule)?;
    }
    if let Some(score) = detail.row.score {
        writeln!(out, "  score {score}")?;
    }
    let campaign = detail.campaign.as_ref().map(|campaign| format!(" ({campaign})")).unwrap_or_default();
    writeln!(out, "from {}{campaign}", detail.source)?;
    if let Some(referral) = &detail.referral {
        writeln!(out, "referral code {referral}")?;
    }
    writeln!(out, "next: {}", detail.next)?;
    for handoff in &detail.handoffs {
        let first =
            handoff.first_business_secs.map(|secs| format!(", first response after {} of working time", span(secs)));
        writeln!(
            out,
            "handoff {} round {} to {} by {}: {}{} (key {})",
            handoff.id,
            handoff.round,
            handoff.person,
            handoff.destination,
            handoff.state.word(),
            first.unwrap_or_default(),
            handoff.token
        )?;
    }
    for event in &detail.timeline {
        let at = event.at.to_zoned(desk.seat().zone.clone());
        writeln!(out, "{}  {}: {}", at.strftime("%Y-%m-%d %H:%M:%S"), event.who, event.text)?;
    }
    Ok(0)
}
