//! Secrets come from the environment, a file or a command, and print as `***`.

use std::path::PathBuf;

/// Where a secret is read from. Written in the config as `{ env = "NAME" }`, `{ file = "path" }` or
/// `{ command = "pass show x" }`; a plain text is refused.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// An environment variable.
    Env(String),
    /// A file; the trailing line break is not part of the secret.
    File(PathBuf),
    /// A command line run by `sh -c`; its standard output without the trailing line break.
    Command(String),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
