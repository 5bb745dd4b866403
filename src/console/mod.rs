//! The console: what a person sees and does. Keys become actions, actions become effects, answers become
//! messages, and the picture is a function of the model:
//!
//! ```text
//! key ──▶ action ──▶ update(&mut Model, Message) ──▶ effects ──▶ desk
//!                        ▲          │                              │
//!                        └──────────┼────────── message ◀──────────┘
//!                                   ▼
//!                            view(&Model, &mut Frame)
//! ```
//!
//! `update` does no I/O and reads no clock; `view` changes nothing; only `effect` calls the desk. Nothing
//! here knows the store.

pub mod action;
pub mod bell;
pub mod commands;
pub mod effect;
pub mod guard;
pub mod input;
pub mod keymap;
pub mod layout;
pub mod message;
pub mod model;
pub mod offer;
pub mod run;
pub mod say;
pub mod terminal;
pub mod theme;
pub mod typed;
pub mod update;
pub mod view;
pub mod widget;

use std::io::IsTerminal as _;
use std::sync::Arc;

use futures::future::BoxFuture;

pub use model::Screen;
pub use offer::Offer;
pub use theme::{Colours, Theme};

use crate::clock::SharedClock;
use crate::desk::Desk;

/// What must stop when the console is suspended, and go on when it is resumed: the engine, when it runs
/// in the same process.
pub trait Suspend: Send + Sync {
    /// Finishes what is in flight and releases its leases; returns when it has stopped.
    fn stop(&self) -> BoxFuture<'_, ()>;

    /// Goes on.
    fn resume(&self) -> BoxFuture<'_, ()>;
}

/// How a console is opened.
#[derive(Clone, Default)]
pub struct Options {
    /// The screen shown first.
    pub first_screen: Screen,
    /// Colours and marks; see [`Theme::detect`].
    pub theme: Theme,
    /// ISO 4217 code of the business's currency, for amounts people type; `EUR` when empty.
    pub currency: String,
    /// Set when there is no config: what a first start offers before anything else.
    pub offer: Option<Offer>,
    /// How somebody is called when an answer is late or a handoff cannot go on.
    pub bell: bell::Bell,
    /// Set when an engine runs in this process.
    pub engine: Option<Arc<dyn Suspend>>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("first_screen", &self.first_screen)
            .field("theme", &self.theme)
            .finish_non_exhaustive()
    }
}

/// How a console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The person left.
    Quit,
    /// A first start: play the demo.
    Demo,
    /// A first start: write a starter config.
    Init,
    /// This signal asked us to end; by custom the exit code is 128 and its number.
    Signal(i32),
}

/// Why a console could not be opened or had to end.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// There is no screen.
    #[error(
        "the console needs a terminal, and this is none; `leadgate --help` lists the commands that work without one"
    )]
    NoTerminal,
    /// The terminal cannot place text.
    #[error(
        "TERM={0} cannot show a console; set TERM to what your terminal is, or use the commands of `leadgate --help`"
    )]
    DumbTerminal(String),
    /// Reading keys or drawing failed.
    #[error("the terminal failed while {doing}")]
    Terminal {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Opens the console and stays until the person leaves. The terminal is given back on return, error,
/// panic and signal.
///
/// # Errors
/// There is no terminal, or it failed.
pub async fn run(desk: Arc<dyn Desk>, clock: SharedClock, options: Options) -> Result<Exit, ConsoleError> {
    check_terminal()?;
    terminal::as_console(Box::pin(run::console(desk, clock, options))).await
}

/// Asks what to do on a first start, before there is anything to open a desk on.
///
/// # Errors
/// There is no terminal, or it failed.
pub async fn first_start(offer: Offer, theme: Theme) -> Result<Exit, ConsoleError> {
    check_terminal()?;
    terminal::as_console(offer::ask(offer, theme)).await
}

fn check_terminal() -> Result<(), ConsoleError> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(ConsoleError::NoTerminal);
    }
    match std::env::var("TERM") {
        Ok(term) if term == "dumb" => Err(ConsoleError::DumbTerminal(term)),
        _ => Ok(()),
    }
}
