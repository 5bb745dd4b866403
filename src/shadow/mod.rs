//! Drafts that decide beside the rules in force: begun, ended, and scored by what became of the leads.
//!
//! The engine decides (`engine::shadow`); here is what people ask about it. A rule is right about a lead that it
//! qualified and somebody won, and wrong about one that it qualified and that came back through the source's
//! fault ([`score`]). What nobody was handed proves nothing and is counted apart.

mod board;
pub mod score;

pub use board::{Board, board};

use crate::config::Config;
use crate::engine::shadow::readable;
use crate::store::{Shadow, ShadowDraft, Store, StoreError};
use crate::text::clean_line;

/// Longest reason and name, in bytes.
const WORDS_MAX: usize = 300;

/// A shadow run that did not begin.
#[derive(Debug, thiserror::Error)]
pub enum ShadowError {
    /// The store did not answer.
    #[error("{}", .0.chain())]
    Store(#[from] StoreError),
    /// There is one already.
    #[error("the draft {name} runs already since {since}; `leadgate shadow stop` ends it")]
    Running {
        /// What it is called.
        name: String,
        /// Since when.
        since: jiff::Timestamp,
    },
    /// It would say what the rules in force say.
    #[error("the draft is the same as the configuration in force: change a rule in it, or add --set KEY=VALUE")]
    Same,
    /// It cannot be read again from what is kept of it.
    #[error("the draft cannot be kept: {0} (paths are read from the draft's own folder)")]
    NotKept(String),
    /// No reason was given.
    #[error("say why it runs: --reason \"…\"")]
    NoReason,
}

/// A draft somebody wants to run.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The draft, checked.
    pub draft: &'a Config,
    /// Folder of its file: relative paths start there.
    pub dir: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Lets a draft decide beside the rules in force from now on; a running engine takes it up by itself.
///
/// # Errors
/// One runs already, it says nothing else than `live`, or what is kept of it cannot be read again.
pub async fn start(store: &Store, live: &Config, wish: Wish<'_>, who: &str) -> Result<i64, ShadowError> {
    let reason = clean_line(wish.reason, WORDS_MAX);
    if reason.is_empty() {
        return Err(ShadowError::NoReason);
    }
    if wish.draft.hash == live.hash {
        return Err(ShadowError::Same);
    }
    let draft = ShadowDraft {
        hash: wish.draft.hash.clone(),
        body: wish.draft.body.clone(),
        live_hash: live.hash.clone(),
        dir: wish.dir.to_owned(),
        name: clean_line(wish.name, WORDS_MAX),
        reason,
    };
    readable(&draft).map_err(ShadowError::NotKept)?;
    if let Some(id) = store.start_shadow(draft, who.to_owned()).await? {
        return Ok(id);
    }
    let running = store.running_shadow().await?;
    let (name, since) = running.map_or_else(
        || ("of somebody else".to_owned(), store.clock().now()),
        |shadow| (shadow.draft.name, shadow.since),
    );
    Err(ShadowError::Running { name, since })
}

/// Ends the run; `None` when none ran. What it said of each lead is kept, and scored on.
///
/// # Errors
/// The store did not answer.
pub async fn stop(store: &Store, who: &str) -> Result<Option<Shadow>, StoreError> {
    store.stop_shadow(who.to_owned()).await
}
