//! Secrets come from the environment, a file or a command, and print as `***`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use secrecy::SecretString;

/// Longest a secret's command may run.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest secret, in bytes.
const SECRET_MAX: u64 = 64 * 1024;
/// How often a running command is looked at.
const COMMAND_POLL: Duration = Duration::from_millis(10);

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

impl Secret {
    /// Reads the secret now. Blocks: a command may take up to ten seconds.
    ///
    /// # Errors
    /// Says where it was looked for and what went wrong; never holds any part of the secret.
    pub fn resolve(&self) -> Result<SecretString, String> {
        let text = match self {
            Self::Env(name) => {
                std::env::var(name).map_err(|_| format!("the environment variable {name} is not set, or not text"))?
            }
            Self::File(path) => read_file(path)?,
            Self::Command(line) => run(line)?,
        };
        let text = text.strip_suffix('\n').map_or(text.as_str(), |cut| cut.strip_suffix('\r').unwrap_or(cut));
        if text.is_empty() {
            return Err(format!("{} is empty", self.place()));
        }
        Ok(SecretString::from(text.to_owned()))
    }

    fn place(&self) -> String {
        match self {
            Self::Env(name) => format!("the environment variable {name}"),
            Self::File(path) => format!("the file {}", path.display()),
            Self::Command(_) => "the output of the secret's command".to_owned(),
        }
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("the secret's file {} cannot be read: {error}", path.display());
    let file = std::fs::File::open(path).map_err(failed)?;
    bounded(file).map_err(failed)
}

fn bounded(from: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    from.take(SECRET_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > SECRET_MAX {
        return Err(std::io::Error::other(format!("longer than {SECRET_MAX} bytes")));
    }
    Ok(text)
}

fn run(line: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("the secret's command cannot be run: {error}");
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    // Read beside the waiting, else a full pipe would hold the command for ever.
    let reader = child.stdout.take().map(|out| std::thread::spawn(move || bounded(out)));
    let status = wait(&mut child)?;
    if !status.success() {
        return Err(format!("the secret's command failed ({status})"));
    }
    match reader.map(std::thread::JoinHandle::join) {
        Some(Ok(text)) => text.map_err(failed),
        _ => Err("the secret's command gave no output".to_owned()),
    }
}

fn wait(child: &mut Child) -> Result<std::process::ExitStatus, String> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if started.elapsed() < COMMAND_TIMEOUT => std::thread::sleep(COMMAND_POLL),
            Ok(None) => {
                let stopped = child.kill().and_then(|()| child.wait());
                let how = stopped.map_or_else(|error| format!(" and could not be stopped: {error}"), |_| String::new());
                return Err(format!("the secret's command ran longer than {} s{how}", COMMAND_TIMEOUT.as_secs()));
            }
            Err(error) => return Err(format!("the secret's command cannot be watched: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_secret_says_where_it_was_looked_for_and_never_what_it_is() {
        let missing = Secret::Env("LEADGATE_SURELY_NOT_SET".into()).resolve().unwrap_err();
        assert!(missing.contains("LEADGATE_SURELY_NOT_SET"));
        let failed = Secret::Command("echo hunter2; exit 3".into()).resolve().unwrap_err();
        assert!(failed.contains('3') && !failed.contains("hunter2"));
        assert!(Secret::Command("true".into()).resolve().unwrap_err().contains("empty"));
        assert!(Secret::File("/nonexistent/leadgate".into()).resolve().unwrap_err().contains("/nonexistent/leadgate"));
        assert_eq!(format!("{:?}", Secret::Env("X".into())), "***");
    }

    #[test]
    fn one_trailing_line_break_is_not_part_of_the_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, " top secret\n\n").unwrap();
        assert_eq!(Secret::File(path).resolve().unwrap().expose_secret(), " top secret\n");
        assert_eq!(Secret::Command("printf 'abc\\n'".into()).resolve().unwrap().expose_secret(), "abc");
    }
}
