//! `leadgate forget PERSON`: says who is meant and where their data went, asks, erases, and searches every file of
//! the data folder for what they were known by.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::session::{Session, home};
use super::talk::{Ended, Talk};
use super::{CliError, json};
use crate::config::checked::StoreAt;
use crate::desk::words::when;
use crate::desk::{Desk, StoreDesk, Whom};
use crate::store::traces::{Traces, search};
use crate::text::clean_line;

/// Said where nobody can be asked.
const NEEDS_YES: &str = "nothing was changed: nobody can be asked here, so add --yes to do it";
/// Longest path that is shown.
const PATH_MAX: usize = 200;

/// Who is to be forgotten.
#[derive(Debug, clap::Args)]
pub struct ForgetArgs {
    /// One of their leads, their e-mail address or their phone number
    pub person: String,
    /// Do not ask; who is meant is told all the same
    #[arg(long, short)]
    pub yes: bool,
}

/// `leadgate forget`: 0 when nothing is left of them here, 1 otherwise.
pub async fn run(
    desk: &StoreDesk,
    ask: &ForgetArgs,
    session: &Session,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let whom = desk.whom(&ask.person).await?;
    if !as_json {
        // Before a question it is part of the conversation; output is what was done.
        if ask.yes { tell(desk, &whom, out)? } else { tell(desk, &whom, &mut io::stderr().lock())? }
    }
    if !whom.is_empty() && !ask.yes {
        agree(&whom, as_json).await?;
    }
    let done = if whom.is_empty() {
        session.store.settle_deletes().await?;
        "There is nothing left to erase".to_owned()
    } else {
        desk.forget(&whom).await.map_err(|refused| CliError::Failed(refused.to_string()))?.sentence
    };
    let traces = prove(&whom, session).await?;
    let gone = traces.as_ref().is_none_or(Traces::none);
    if as_json {
        let told = serde_json::json!({ "ok": gone, "done": done, "person": whom, "traces": traces });
        json(out, &told)?;
        return Ok(u8::from(!gone));
    }
    writeln!(out, "{done}.")?;
    if let Some(traces) = &traces {
        proof(traces, &session.config.store, out)?;
    }
    Ok(u8::from(!gone))
}

async fn agree(whom: &Whom, quiet: bool) -> Result<(), CliError> {
    let Some(mut talk) = Talk::open().filter(|_| !quiet) else { return Err(CliError::Failed(NEEDS_YES.into())) };
    let question = format!("Erase {} for good?", if whom.name.is_empty() { "them" } else { &whom.name });
    match talk.yes(&question, false).await {
        Ok(true) => Ok(()),
        Ok(false) | Err(Ended::Input) => Err(CliError::Failed("nothing was changed".into())),
        Err(error) => Err(CliError::Failed(error.to_string())),
    }
}

fn tell(desk: &StoreDesk, whom: &Whom, out: &mut dyn Write) -> Result<(), CliError> {
    let (now, zone) = (desk.now_for_lists(), &desk.seat().zone);
    let ids = |leads: &[crate::lead::LeadId]| leads.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if let Some(at) = whom.forgotten_at {
        writeln!(out, "They were forgotten already: {}.", when(at, now, zone))?;
    }
    if !whom.leads.is_empty() {
        writeln!(out, "{}: {}", whom.name, ids(&whom.leads))?;
    }
    if !whom.aside.is_empty() {
        writeln!(out, "{} of theirs kept aside, without a lead", whom.aside.len())?;
    }
    for sent in &whom.sent {
        let number = sent.number.as_deref().unwrap_or("no number known");
        let url = sent.url.as_deref().map(|url| format!(" {url}")).unwrap_or_default();
        let word = if sent.unsure { "may have gone" } else { "went" };
        let at = when(sent.at, now, zone);
        writeln!(
            out,
            "  {} {word} to {} {at}: {number}{url}; ask for it to be erased there",
            sent.lead, sent.destination
        )?;
    }
    if !whom.others.is_empty() {
        writeln!(out, "Not theirs, only the same phone number: {} (stay as they are)", ids(&whom.others))?;
    }
    Ok(())
}

/// Searches the files; where something is found the database is written anew, and searched again.
async fn prove(whom: &Whom, session: &Session) -> Result<Option<Traces>, CliError> {
    let Some(pattern) = whom.traces()? else { return Ok(None) };
    let mut folders: BTreeSet<PathBuf> = [session.data_dir.clone()].into();
    folders.insert(home(&session.config, &session.data_dir).to_owned());
    let look = {
        let folders = folders.clone();
        move || {
            let inside = |dir: &Path| folders.iter().any(|other| other != dir && dir.starts_with(other));
            let mut all = Traces::default();
            for dir in folders.iter().filter(|dir| dir.is_dir() && !inside(dir)) {
                let one = search(dir, &pattern);
                all.files += one.files;
                all.bytes += one.bytes;
                all.found.extend(one.found);
                all.unread.extend(one.unread);
            }
            all
        }
    };
    let again = look.clone();
    let failed = |error: tokio::task::JoinError| CliError::Failed(format!("searching the files: {error}"));
    let traces = tokio::task::spawn_blocking(look).await.map_err(failed)?;
    if traces.found.is_empty() || !session.store.rebuild().await? {
        return Ok(Some(traces));
    }
    session.store.settle_deletes().await?;
    Ok(Some(tokio::task::spawn_blocking(again).await.map_err(failed)?))
}

fn proof(traces: &Traces, store: &StoreAt, out: &mut dyn Write) -> Result<(), CliError> {
    let shown = |path: &Path| clean_line(&path.display().to_string(), PATH_MAX);
    let searched = format!("{} files, {} KB searched", traces.files, traces.bytes / 1_024);
    if traces.none() {
        writeln!(out, "✓ {searched} for their e-mail, phone and name: found nowhere")?;
    }
    let database = match store {
        StoreAt::Sqlite(path) => Some(path.clone()),
        StoreAt::Postgres { .. } => None,
    };
    for (path, places) in &traces.found {
        let why = match &database {
            Some(file) if path == file => {
                "in what others wrote, in a note of yours, or in free parts of a database too large to be written anew (stop leadgate and run `sqlite3 FILE vacuum`)"
            }
            Some(file) if path.starts_with(file.parent().unwrap_or(file)) && is_copy(path) => {
                "a copy made before an upgrade: delete it when it is not needed any more"
            }
            _ => "look into it: it is not leadgate's database",
        };
        writeln!(out, "✗ {}: {places} places left; {why}", shown(path))?;
    }
    for (path, why) in &traces.unread {
        writeln!(out, "✗ {}: not searched: {}", shown(path), clean_line(why, PATH_MAX))?;
    }
    if database.is_none() {
        writeln!(out, "The rows are gone from PostgreSQL; its backups and log archive are kept as you told it.")?;
    }
    Ok(())
}

fn is_copy(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains(".before-"))
}
