//! The live rules and the draft side by side.

use jiff::Timestamp;
use serde::Serialize;

use super::score::{Ends, Score, ends, score};
use crate::config::Config;
use crate::engine::shadow::readable;
use crate::lead::VerdictKind;
use crate::store::{Ended, ShadowDiffers, Store, StoreError};

/// What a shadow run came to so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Board {
    /// What the draft is called.
    pub name: String,
    /// Hash of the draft.
    pub draft_hash: String,
    /// Who began it.
    pub who: String,
    /// Why.
    pub reason: String,
    /// When it began.
    pub since: Timestamp,
    /// When it was ended; `None` while it runs.
    pub ended_at: Option<Timestamp>,
    /// Why the draft cannot decide at present.
    pub trouble: Option<String>,
    /// The rules in force are no longer those it began beside.
    pub live_changed: bool,
    /// Leads decided by both.
    pub leads: u64,
    /// Leads decided differently.
    pub differ: u64,
    /// How the leads ended.
    pub ends: Ends,
    /// The rules in force.
    pub live: Score,
    /// The draft.
    pub draft: Score,
    /// Leads only the draft would have qualified and that nobody was handed: whether it is right about them is
    /// not known.
    pub unseen: u64,
    /// Leads decided differently, the latest first, as many as were asked for.
    pub differing: Vec<ShadowDiffers>,
}

/// The draft that runs, else the one that ran last, beside the rules in force; `None` when none ever ran.
/// At most `most` differing leads are named.
///
/// # Errors
/// The store did not answer.
pub async fn board(store: &Store, live: &Config, most: u32) -> Result<Option<Board>, StoreError> {
    let Some(shadow) = store.latest_shadow().await? else { return Ok(None) };
    let tallies = store.shadow_tally(shadow.id).await?;
    let sum = |wanted: &dyn Fn(VerdictKind, VerdictKind, Ended) -> bool| -> u64 {
        tallies.iter().filter(|one| wanted(one.live, one.draft, one.ended)).map(|one| one.leads).sum()
    };
    // Asked here too, so that it is told before any engine has tried.
    let unreadable = || readable(&shadow.draft).err();
    let trouble = if shadow.ended_at.is_none() { shadow.trouble.clone().or_else(unreadable) } else { None };
    Ok(Some(Board {
        leads: sum(&|_, _, _| true),
        differ: sum(&|live, draft, _| live != draft),
        ends: ends(&tallies),
        live: score(&tallies, |one| one.live),
        draft: score(&tallies, |one| one.draft),
        unseen: sum(&|live, draft, ended| {
            draft == VerdictKind::Qualified && live != VerdictKind::Qualified && ended == Ended::Open
        }),
        differing: store.shadow_differs(shadow.id, most).await?,
        trouble,
        live_changed: shadow.draft.live_hash != live.hash,
        name: shadow.draft.name,
        draft_hash: shadow.draft.hash,
        who: shadow.who,
        reason: shadow.draft.reason,
        since: shadow.since,
        ended_at: shadow.ended_at,
    }))
}
