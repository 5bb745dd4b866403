//! Putting a finished source on disk: new files only, whole or not at all, for their owner only.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::config::paths::private_dir;

/// Removes what was written unless it is told that all of it holds.
pub struct Written {
    files: Vec<PathBuf>,
    kept: bool,
}

impl Written {
    /// Nothing yet.
    pub const fn nothing() -> Self {
        Self { files: Vec::new(), kept: false }
    }

    /// Writes a new file, for its owner only (0600), in one step: it is there whole or not at all, and nothing
    /// that exists is replaced.
    ///
    /// # Errors
    /// Says what could not be written and why; a file of that name is an error.
    pub fn file(&mut self, path: &Path, bytes: &[u8]) -> Result<(), String> {
        let told = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                format!("{} exists already and stays as it is: take another --name", path.display())
            }
            _ => format!("{} cannot be written: {error}", path.display()),
        };
        let dir = path.parent().unwrap_or(Path::new("."));
        private_dir(dir).map_err(told)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let draft = dir.join(format!(".{name}.{:x}", fastrand::u64(..)));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&draft).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()?;
            // A link fails where a rename would replace; some file systems have none.
            match std::fs::hard_link(&draft, path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !path.exists() => {
                    std::fs::copy(&draft, path).map(drop)
                }
                linked => linked,
            }
        });
        let removed = std::fs::remove_file(&draft);
        written.map_err(told)?;
        self.files.push(path.to_owned());
        removed.map_err(told)
    }

    /// Writes a secret.
    ///
    /// # Errors
    /// As [`Written::file`]; the secret is in no message.
    pub fn secret(&mut self, path: &Path, secret: &SecretString) -> Result<(), String> {
        self.file(path, format!("{}\n", secret.expose_secret()).as_bytes())
    }

    /// All of it holds and stays.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for file in self.files.iter().filter(|_| !self.kept) {
            if let Err(error) = std::fs::remove_file(file) {
                tracing::warn!("{} could not be removed again: {error}", file.display());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_new_private_and_gone_again_when_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("conf.d/one.toml"), dir.path().join("conf.d/two.toml"));
        let mut written = Written::nothing();
        written.file(&one, b"1").unwrap();
        written.keep();
        let mut written = Written::nothing();
        written.secret(&two, &SecretString::from("canary")).unwrap();
        assert_eq!(std::fs::read_to_string(&two).unwrap(), "canary\n");
        let error = written.file(&one, b"2").unwrap_err();
        assert!(error.contains("exists already"), "{error}");
        drop(written);
        assert_eq!(std::fs::read_to_string(&one).unwrap(), "1");
        let left: Vec<_> =
            std::fs::read_dir(dir.path().join("conf.d")).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(left, std::slice::from_ref(&one));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&one).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
