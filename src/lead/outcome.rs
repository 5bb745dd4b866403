//! What an answer of the far side means, in one vocabulary for sources, tickets and mail.

use serde::{Deserialize, Serialize};

/// The class of an answer. Presets' `[[errors]]` rules name these in kebab case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Done.
    Ok,
    /// Our own key is already there: adopt it.
    Exists,
    /// The same person is already known to the far side under another key.
    Twin,
    /// Not performed, asked to wait; costs no attempt and pauses the whole endpoint.
    Throttle,
    /// Surely not performed; try again later.
    Retry,
    /// May have been performed; ask before sending again.
    Unknown,
    /// Credentials; pause the endpoint and ask for help.
    Auth,
    /// Our settings are wrong for this site; pause the endpoint and say which.
    Config,
    /// This one handoff is unacceptable; a person must look.
    Reject,
    /// The far side wants no more.
    Gone,
}

impl Class {
    /// The name used in presets, JSON and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Exists => "exists",
            Self::Twin => "twin",
            Self::Throttle => "throttle",
            Self::Retry => "retry",
            Self::Unknown => "unknown",
            Self::Auth => "auth",
            Self::Config => "config",
            Self::Reject => "reject",
            Self::Gone => "gone",
        }
    }
}

/// How well a moment is known (`domain-rules`: clocks).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// Someone said so, or the far side stamps exactly this.
    Exact = 1,
    /// Worked out from entries the far side stamped.
    Derived = 2,
    /// Seen between two polls, or read off a message.
    Approximate = 3,
}

/// Something at the far side went wrong, told for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it means.
    pub class: Class,
    /// What failed, in words: "the list API answered 401: API key invalid". Masked, at most 1 KiB.
    pub message: String,
    /// How to fix it, where that is known.
    pub hint: Option<String>,
    /// How long the far side asked us to wait, in seconds.
    pub wait_secs: Option<u64>,
}

impl Failure {
    /// A failure without hint or wait.
    pub fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), hint: None, wait_secs: None }
    }

    /// The same with a way to fix it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, " · {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
