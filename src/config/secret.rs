//! Secrets come from the environment, a file or a command, and print as `***`. Nothing here, and no
//! error of it, ever shows one.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use secrecy::SecretString;

/// A command that gives a secret may take this long.
const COMMAND_TIME: Duration = Duration::from_secs(10);
/// Longest secret, in bytes.
const SECRET_SIZE: u64 = 64 * 1024;
/// How often a command that has said everything is asked whether it has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

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
    /// Reads it. Blocks for up to ten seconds when it is a command: call it off the async threads.
    ///
    /// # Errors
    /// A sentence that names where the secret should have come from, never the secret.
    pub fn resolve(&self) -> Result<SecretString, String> {
        let text = match self {
            Self::Env(name) => std::env::var(name).map_err(|error| match error {
                std::env::VarError::NotPresent => format!("the environment variable {name} is not set"),
                std::env::VarError::NotUnicode(_) => format!("the environment variable {name} is not UTF-8 text"),
            })?,
            Self::File(path) => file(path)?,
            Self::Command(line) => command(line)?,
        };
        // One line break ends the text; a second one would be part of the secret.
        let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        if text.is_empty() { Err(format!("{} is empty", self.origin())) } else { Ok(text.to_owned().into()) }
    }

    /// Where it comes from, for people; of a command only its first word.
    pub fn origin(&self) -> String {
        match self {
            Self::Env(name) => format!("the environment variable {name}"),
            Self::File(path) => format!("the file {}", path.display()),
            Self::Command(line) => format!("the command {} …", line.split_whitespace().next().unwrap_or_default()),
        }
    }
}

/// Why a secret's file must not be used: others may read it. `None` when it may, or is not there.
pub fn too_open(path: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
        (mode & 0o077 != 0).then(|| {
            let path = path.display();
            format!("others may use the file {path} (its mode is {mode:04o}): run chmod 600 {path}")
        })
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

fn file(path: &Path) -> Result<String, String> {
    if let Some(problem) = too_open(path) {
        return Err(problem);
    }
    let told = |error: std::io::Error| format!("the file {} cannot be read: {error}", path.display());
    read(std::fs::File::open(path).map_err(told)?).map_err(told)
}

fn read(from: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    from.take(SECRET_SIZE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > SECRET_SIZE {
        return Err(std::io::Error::other("it is too large to be a secret"));
    }
    Ok(text)
}

/// What the command prints. Its standard error is dropped: it may repeat the secret.
fn command(line: &str) -> Result<String, String> {
    let name = Secret::Command(line.to_owned()).origin();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(line).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = shell.spawn().map_err(|error| format!("{name} cannot be run: {error}"))?;
    let outcome = heard(&mut child, COMMAND_TIME);
    if outcome.is_err() {
        // It may have ended by itself meanwhile; either way it is gone after the wait.
        drop(child.kill());
        drop(child.wait());
    }
    outcome.map_err(|problem| format!("{name} {problem}"))
}

fn heard(child: &mut Child, time: Duration) -> Result<String, String> {
    let until = Instant::now() + time;
    let out_of_time = || format!("gave no answer within {} seconds", time.as_secs());
    let stdout = child.stdout.take().ok_or("has no output")?;
    let (answer, asked) = mpsc::channel();
    // The receiver may have given up; then nobody wants the text.
    std::thread::spawn(move || drop(answer.send(read(stdout))));
    let text = asked.recv_timeout(time).map_err(|_| out_of_time())?;
    let text = text.map_err(|error| format!("gave an answer that cannot be read: {error}"))?;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(text),
            Ok(Some(status)) => return Err(format!("failed ({status})")),
            Ok(None) if Instant::now() < until => std::thread::sleep(LOOK_AGAIN),
            Ok(None) => return Err(out_of_time()),
            Err(error) => return Err(format!("is lost: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn command_secret(line: &str) -> Result<String, String> {
        Secret::Command(line.into()).resolve().map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn commands_give_their_first_answer_without_the_line_break() {
        assert_eq!(command_secret("printf 'canary\\n'").unwrap(), "canary");
        assert_eq!(command_secret("printf 'canary\\r\\n'").unwrap(), "canary");
        assert_eq!(command_secret("printf 'can ary\\n\\n'").unwrap(), "can ary\n");
    }

    #[test]
    fn failures_name_the_source_and_not_the_secret() {
        for line in
            ["echo canary; exit 3", "echo canary >&2; false", "sh -c 'echo canary; exit 1'", "printf '\\377canary'"]
        {
            let error = command_secret(line).unwrap_err();
            assert!(error.starts_with("the command "), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
        assert!(command_secret("true").unwrap_err().ends_with("is empty"));
        assert!(command_secret("head -c 70000 /dev/zero").unwrap_err().contains("too large"));
        let unset = Secret::Env("LEADGATE_TEST_NOT_SET".into());
        assert_eq!(unset.resolve().unwrap_err(), "the environment variable LEADGATE_TEST_NOT_SET is not set");
    }

    #[test]
    fn a_command_that_hangs_is_stopped() {
        let mut shell = Command::new("sh");
        let mut child = shell.arg("-c").arg("exec cat /dev/zero >/dev/null").stdout(Stdio::piped()).spawn().unwrap();
        let error = heard(&mut child, Duration::from_millis(50)).unwrap_err();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(error.contains("no answer"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, "canary\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let secret = Secret::File(path.clone());
        let error = secret.resolve().unwrap_err();
        assert!(error.contains("chmod 600") && !error.contains("canary"), "{error}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(secret.resolve().unwrap().expose_secret(), "canary");
        assert_eq!(format!("{secret:?}"), "***");
        assert!(Secret::File(dir.path().join("none")).resolve().unwrap_err().contains("cannot be read"));
    }
}
