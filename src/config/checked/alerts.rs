//! How somebody hears at once what cannot wait.

use crate::config::Secret;

/// `[alerts]`: answers that are late, handoffs that cannot go on.
#[derive(Debug, Clone, Default)]
pub struct Alerts {
    /// The console rings the terminal's bell.
    pub bell: bool,
    /// The console asks the terminal for a notice on the desktop.
    pub desktop: bool,
    /// The engine tells this address.
    pub hook: Option<AlertHook>,
}

/// An address that is told.
#[derive(Debug, Clone)]
pub struct AlertHook {
    /// Where it is told.
    pub url: String,
    /// What it is signed with; unsigned where absent.
    pub secret: Option<Secret>,
}
