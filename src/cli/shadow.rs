//! `leadgate shadow`: a draft beside the rules in force, and which of the two was right.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

use super::args::Args;
use super::session::{self, Session};
use super::{CliError, json};
use crate::config::{self, Loaded};
use crate::desk::words::when;
use crate::lead::VerdictKind;
use crate::shadow::score::{Score, TOO_FEW};
use crate::shadow::{self, Board, ShadowError, Wish};
use crate::store::{ProcKind, ShadowDiffers};
use crate::text::fit;

/// What to do about the draft beside the rules in force.
#[derive(Debug, Subcommand)]
pub enum ShadowAct {
    /// Begin: the draft is the file, or your configuration with --set on top; your own file stays as it is
    Start {
        /// The draft (else your configuration with --set on top)
        draft: Option<PathBuf>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// How both did, by what was won and sent back, and where they differ
    Show {
        /// Name at most this many of the leads they decide differently
        #[arg(long, default_value_t = 20)]
        leads: u32,
    },
    /// End it; its scores stay
    Stop,
}

impl From<ShadowError> for CliError {
    fn from(error: ShadowError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// `leadgate shadow …`.
pub async fn run(args: &Args, act: &ShadowAct, out: &mut dyn Write) -> Result<u8, CliError> {
    let live = read(args, session::file(args), Vec::new())?;
    let draft = match act {
        ShadowAct::Start { draft, .. } => Some(drafted(args, draft.as_ref())?),
        _ => None,
    };
    let clock = std::sync::Arc::new(crate::clock::SystemClock);
    let session = Session::of(live, ProcKind::Command, &session::who(args), clock).await?;
    let told = act_on(args, act, draft, &session, out).await;
    session.store.close().await?;
    told
}

async fn act_on(
    args: &Args,
    act: &ShadowAct,
    draft: Option<(String, Loaded)>,
    session: &Session,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let (store, who) = (&session.store, session::who(args));
    match (act, draft) {
        (ShadowAct::Start { reason, .. }, Some((name, draft))) => {
            let dir = draft.files.first().and_then(|file| file.parent()).map(std::path::absolute).transpose()?;
            let dir = dir.unwrap_or_default().display().to_string();
            let wish = Wish { draft: &draft.config, dir: &dir, name: &name, reason };
            shadow::start(store, &session.config, wish, &who).await?;
            if args.json {
                json(out, &serde_json::json!({ "ok": true, "name": name, "hash": draft.config.hash }))?;
            } else {
                writeln!(out, "{name} now decides every new lead too; nothing is done by what it says.")?;
                writeln!(out, "`leadgate shadow show` tells how it does, `leadgate shadow stop` ends it.")?;
            }
        }
        (ShadowAct::Stop, _) => {
            let Some(ended) = shadow::stop(store, &who).await? else {
                return Err(CliError::Failed("no draft runs beside the rules".into()));
            };
            if args.json {
                json(out, &serde_json::json!({ "ok": true, "name": ended.draft.name }))?;
            } else {
                writeln!(out, "{} was ended; its scores stay in `leadgate shadow show`.", ended.draft.name)?;
            }
        }
        (ShadowAct::Show { leads }, _) => {
            let board = shadow::board(store, &session.config, *leads).await?;
            if args.json {
                json(out, &board)?;
            } else if let Some(board) = board {
                tell(&board, session, out)?;
            } else {
                writeln!(out, "No draft ever ran beside the rules: `leadgate shadow start DRAFT --reason WHY`.")?;
            }
        }
        (ShadowAct::Start { .. }, None) => return Ok(2),
    }
    Ok(0)
}

/// The draft and what it is called.
fn drafted(args: &Args, draft: Option<&PathBuf>) -> Result<(String, Loaded), CliError> {
    let sets = args.set.join(", ");
    let name = match draft {
        Some(file) if sets.is_empty() => file.display().to_string(),
        Some(file) => format!("{} with {sets}", file.display()),
        None if sets.is_empty() => {
            return Err(CliError::Failed("which draft? name its file, or add --set KEY=VALUE".into()));
        }
        None => sets,
    };
    Ok((name, read(args, draft.cloned().or_else(|| session::file(args)), args.set.clone())?))
}

fn read(args: &Args, file: Option<PathBuf>, sets: Vec<String>) -> Result<Loaded, CliError> {
    let sources = config::Sources { file, data_dir: args.data_dir.clone(), sets, env: Vec::new() };
    Ok(config::load(&sources.with_process_env()).map_err(Box::new)?)
}

fn tell(board: &Board, session: &Session, out: &mut dyn Write) -> Result<(), CliError> {
    let (now, zone) = (session.clock.now(), &session.config.business.zone);
    let since = when(board.since, now, zone);
    match board.ended_at {
        None => writeln!(out, "{} decides beside the rules in force since {since}", board.name)?,
        Some(at) => writeln!(out, "{} decided from {since} until {}", board.name, when(at, now, zone))?,
    }
    writeln!(out, "by {}: {}", board.who, board.reason)?;
    if let Some(trouble) = &board.trouble {
        writeln!(out, "It does not decide at present: {trouble}")?;
        writeln!(out, "New leads are decided by the rules in force as ever. Stop it, and start a mended draft.")?;
    }
    if board.live_changed {
        writeln!(out, "The rules in force were changed since: leads before and after are mixed below.")?;
    }
    let ends = &board.ends;
    writeln!(
        out,
        "{} leads decided by both, {} of them differently; {} won, {} sent back, {} lost, {} open",
        board.leads,
        board.differ,
        ends.won,
        ends.returned,
        ends.lost,
        ends.open + ends.our_fault
    )?;
    let (live, draft) = (&board.live, &board.draft);
    writeln!(out, "\n{:<24}{:>26}{:>26}", "", "in force", "draft")?;
    for (name, of) in [
        ("qualified", (|score| score.qualified) as fn(&Score) -> u64),
        ("a person must look", |score| score.review),
        ("disqualified", |score| score.disqualified),
    ] {
        writeln!(out, "{name:<24}{:>26}{:>26}", of(live), of(draft))?;
    }
    writeln!(out, "{:<24}{:>26}{:>26}", "right when it qualifies", live.precision.words(), draft.precision.words())?;
    writeln!(out, "{:<24}{:>26}{:>26}", "found of what was won", live.recall.words(), draft.recall.words())?;
    writeln!(out, "\nRight: won, of won and sent back through the source's fault. In brackets: 95 % intervals and n.")?;
    writeln!(out, "Fewer than {TOO_FEW} are too few to say anything.")?;
    if board.unseen > 0 {
        writeln!(out, "{} more only the draft would qualify, but nobody was handed them: not known.", board.unseen)?;
    }
    differing(board, session, out)
}

fn differing(board: &Board, session: &Session, out: &mut dyn Write) -> Result<(), CliError> {
    if board.differ == 0 {
        return Ok(());
    }
    writeln!(out, "\nDecided differently:")?;
    for one in &board.differing {
        let day = session.config.business.zone.to_datetime(one.received_at).date();
        let ShadowDiffers { lead, source, live, draft, ended, codes, .. } = one;
        let dropped = codes.no_longer.iter().map(|code| format!("-{code}"));
        let reasons: Vec<String> = dropped.chain(codes.now.iter().map(|code| format!("+{code}"))).collect();
        let (live, draft, ended) = (word(*live), word(*draft), ended.word());
        let reasons = reasons.join(" ");
        writeln!(out, "  {lead}  {day}  {:<16} {live} -> {draft}  {ended}  {reasons}", fit(source, 16))?;
    }
    let shown = u64::try_from(board.differing.len()).unwrap_or(u64::MAX);
    if board.differ > shown {
        writeln!(out, "  … and {} more (--leads N)", board.differ - shown)?;
    }
    Ok(())
}

const fn word(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Qualified => "qualified",
        VerdictKind::Review => "review",
        VerdictKind::Disqualified => "disqualified",
    }
}
