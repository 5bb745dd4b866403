//! What one does about a handoff. An act after which something may be in two places is asked for twice.

use std::io::Write;

use clap::Subcommand;

use super::act::perform;
use super::talk::{Ended, Talk};
use super::{CliError, json};
use crate::desk::{Act, Desk as _, StoreDesk};
use crate::lead::HandoffId;

/// What to do about a handoff.
#[derive(Debug, Subcommand)]
pub enum HandoffAct {
    /// Send again
    Retry {
        /// Handoff number
        id: i64,
    },
    /// To another destination; refused where it may be somewhere already
    Reroute {
        /// Handoff number
        id: i64,
        /// Destination id
        destination: String,
    },
    /// Send it anew, as it reads now, under a new key; what is there already stays, so there may be two
    Resend {
        /// Handoff number
        id: i64,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Print the address that a ticket system may call when something happens there: its tickets are asked at once
    Callback {
        /// Destination id
        destination: String,
    },
    /// It is there: settle it as sent
    MarkSent {
        /// Handoff number
        id: i64,
    },
    /// Give it up; the lead waits again
    Drop {
        /// Handoff number
        id: i64,
    },
}

/// `leadgate handoff …`.
pub async fn handoff(desk: &StoreDesk, act: &HandoffAct, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let act = match act {
        HandoffAct::Retry { id } => Act::Retry(HandoffId(*id)),
        HandoffAct::Reroute { id, destination } => {
            Act::Reroute { handoff: HandoffId(*id), destination: destination.clone() }
        }
        HandoffAct::Resend { id, yes } => {
            let act = Act::Resend(HandoffId(*id));
            if let Some(why) = refused(desk, &act, *yes).await? {
                if as_json {
                    json(out, &serde_json::json!({ "ok": false, "error": why }))?;
                    return Ok(1);
                }
                return Err(CliError::Failed(why));
            }
            act
        }
        HandoffAct::Callback { destination } => {
            let address = desk.callback(destination)?;
            if as_json {
                json(out, &serde_json::json!({ "destination": destination, "url": address }))?;
            } else {
                writeln!(out, "{address}")?;
            }
            return Ok(0);
        }
        HandoffAct::MarkSent { id } => Act::MarkSent(HandoffId(*id)),
        HandoffAct::Drop { id } => Act::Drop(HandoffId(*id)),
    };
    perform(desk, act, as_json, out).await
}

/// Asks the question of an act where somebody is there; why it is not to be done.
async fn refused(desk: &StoreDesk, act: &Act, yes: bool) -> Result<Option<String>, CliError> {
    let Some(question) = act.question(desk.seat(), desk.now_for_lists()).filter(|_| !yes) else { return Ok(None) };
    let Some(mut talk) = Talk::open() else {
        return Ok(Some(format!("nothing was changed: add --yes to do it. {question}")));
    };
    match talk.yes(&question, false).await {
        Ok(true) => Ok(None),
        Ok(false) | Err(Ended::Input) => Ok(Some("nothing was changed".to_owned())),
        Err(error) => Err(CliError::Failed(error.to_string())),
    }
}
