//! `leadgate source …`: how sources are, and what one does about them.

use std::io::Write;
use std::time::Duration;

use jiff::SignedDuration;

use super::args::SourceAct;
use super::moment::moment;
use super::session::Session;
use super::{CliError, act, json};
use crate::desk::view::{BackfillLine, SourceLine};
use crate::desk::words::when;
use crate::desk::{Act, Desk, StoreDesk};
use crate::health::Weight;
use crate::store::EndpointKind;

/// How often a back-fill is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// An engine that has not beaten for so long is gone.
const SILENT: SignedDuration = SignedDuration::from_secs(60);

/// `leadgate source …`.
pub async fn run(
    desk: &StoreDesk,
    what: &SourceAct,
    session: &Session,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let now = session.clock.now();
    let zone = &session.config.business.zone;
    let asked = match what {
        SourceAct::List => return list(desk, as_json, out).await,
        SourceAct::Pause { name, reason, until } => {
            let until = until.as_ref().map(|text| moment(text, now, zone, 1)).transpose()?;
            Act::PauseSource { source: name.clone(), reason: reason.clone(), until }
        }
        SourceAct::Resume { name } => Act::ResumeSource(name.clone()),
        SourceAct::Now { name } => Act::PollNow(name.clone()),
        // Those that need no store are answered before it is opened.
        SourceAct::Presets | SourceAct::Add(_) | SourceAct::Try(_) | SourceAct::Login(_) => return Ok(2),
        SourceAct::Backfill { name, since, .. } => {
            Act::Backfill { source: name.clone(), since: moment(since, now, zone, -1)? }
        }
    };
    let done = act::perform(desk, asked, as_json, out).await?;
    if let SourceAct::Backfill { name, follow, .. } = what {
        let running = session.store.engine_alive(SILENT).await?;
        if !running && !as_json {
            writeln!(out, "No engine is running: it begins with the next one.")?;
        } else if *follow {
            return follow_backfill(desk, name, session, as_json, out).await;
        } else if !as_json {
            writeln!(out, "`leadgate source list` shows how far it is, `leadgate undo` takes it back.")?;
        }
    }
    Ok(done)
}

/// Tells how far a back-fill is, until it is done.
async fn follow_backfill(
    desk: &StoreDesk,
    name: &str,
    session: &Session,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let mut told: Option<BackfillLine> = None;
    loop {
        let line = desk.sources().await?.into_iter().find(|line| line.id == name);
        let backfill = line.as_ref().and_then(|line| line.backfill.clone());
        let Some(backfill) = backfill else {
            return Err(CliError::Failed(format!("the back-fill of {name} was taken back")));
        };
        if told.as_ref() != Some(&backfill) {
            if as_json { json(out, &backfill)? } else { writeln!(out, "{}", backfill.text)? }
        }
        if !backfill.open {
            return Ok(0);
        }
        told = Some(backfill);
        if let Some(error) = line.and_then(|line| line.error) {
            let endpoints = session.store.endpoints(EndpointKind::Source).await?;
            let next = endpoints.get(name).map(|one| when(one.due_at, session.clock.now(), &desk.seat().zone));
            let next = next.map(|at| format!(" · tried again {at}")).unwrap_or_default();
            return Err(CliError::Failed(format!("{name}: {error}{next}; the back-fill goes on then by itself")));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// `leadgate source list` and `leadgate sources`.
pub async fn list(desk: &StoreDesk, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let lines = desk.sources().await?;
    if as_json {
        json(out, &lines)?;
        return Ok(0);
    }
    if lines.is_empty() {
        writeln!(out, "No sources yet: add a [source.…] to the configuration.")?;
    }
    for line in &lines {
        one(desk, line, out)?;
    }
    Ok(0)
}

fn one(desk: &StoreDesk, line: &SourceLine, out: &mut dyn Write) -> Result<(), CliError> {
    let (now, zone) = (desk.now_for_lists(), desk.seat().zone.clone());
    let last = line.last_ok_at.map_or_else(
        || "never read".into(),
        |at| format!("{} {}", if line.told { "told" } else { "read" }, when(at, now, &zone)),
    );
    let spend = line.spend.as_ref().map(|spend| format!(", {spend} spent")).unwrap_or_default();
    writeln!(
        out,
        "{} ({}, {}, {}): {}, {last}, {} today{spend}, {} aside",
        line.id,
        line.preset,
        line.channel,
        line.phase.word(),
        line.state.word(),
        line.today,
        line.quarantined
    )?;
    let paused = line.paused.as_ref().map(|why| format!("paused by {why}"));
    let backfill = line.backfill.as_ref().filter(|one| one.open).map(|one| format!("read again {}", one.text));
    let avoided = line.avoided.as_ref().map(|words| format!("held back: {words}"));
    let sign_ups = (line.pending + line.lapsed > 0)
        .then(|| format!("{} sign-ups not confirmed yet, {} given up in 28 days", line.pending, line.lapsed));
    let own = [&paused, &line.slowed, &avoided, &backfill, &sign_ups].into_iter().flatten();
    for text in line.error.iter().chain(&line.gaps).chain(own) {
        writeln!(out, "    {text}")?;
    }
    for notice in &line.notices {
        let word = match notice.weight {
            Weight::Info => "note",
            Weight::Warn => "warning",
            Weight::Alarm => "alarm",
        };
        writeln!(out, "    {word}: {} · {}", notice.what, notice.fix)?;
    }
    Ok(())
}
