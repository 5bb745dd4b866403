//! Sign-ins that outlive the program: the refresh token of an account, replaced by the far side while we
//! work. It is written before it is used: a token that is lost with a crash is a person's browser sign-in lost.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// Largest file of a token.
const FILE_MAX: u64 = 64 * 1024;
/// Longest name of a token.
const NAME_MAX: usize = 128;

/// What lets us ask for access again.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The token.
    pub refresh_token: SecretString,
    /// Mark of the token the configuration held when this one was got: another one there is newer than this.
    pub configured: Option<String>,
    /// When it was got.
    pub saved_at: Timestamp,
    /// When it ends, where the far side said so.
    pub until: Option<Timestamp>,
}

/// A token could not be kept or read back. Names the file, never what is in it.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file could not be used.
    #[error("{what} {path}: {source}")]
    File {
        /// What was tried.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Other people of this machine may read it.
    #[error("{0} can be read by others: chmod 600 it")]
    Readable(PathBuf),
    /// It is not what was written.
    #[error("{0} is damaged: sign in again")]
    Damaged(PathBuf),
    /// Nothing can be kept under this name.
    #[error("`{0}` cannot be the name of a file")]
    Name(String),
}

/// Keeps grants by the name of their source or destination. Calls block for a moment.
pub trait TokenStore: Send + Sync {
    /// What is kept.
    ///
    /// # Errors
    /// It is there and cannot be read.
    fn load(&self, name: &str) -> Result<Option<Grant>, TokenError>;

    /// Keeps it, durably, in place of what was there.
    ///
    /// # Errors
    /// It is not kept; what was there still is.
    fn save(&self, name: &str, grant: &Grant) -> Result<(), TokenError>;

    /// Waits until no other process renews this one; until the guard is dropped none will.
    ///
    /// # Errors
    /// The lock cannot be used.
    fn guard(&self, name: &str) -> Result<Box<dyn Send>, TokenError>;
}

/// Keeps them as long as the program runs: for tests, and where nothing is to be written.
#[derive(Debug, Default)]
pub struct MemoryTokens(Mutex<HashMap<String, Grant>>);

impl TokenStore for MemoryTokens {
    fn load(&self, name: &str) -> Result<Option<Grant>, TokenError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn save(&self, name: &str, grant: &Grant) -> Result<(), TokenError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), grant.clone());
        Ok(())
    }

    fn guard(&self, _name: &str) -> Result<Box<dyn Send>, TokenError> {
        Ok(Box::new(()))
    }
}

/// Keeps each in a file of its own that only its owner can read.
#[derive(Debug, Clone)]
pub struct FileTokens {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    refresh_token: String,
    #[serde(default)]
    configured: Option<String>,
    saved_at: Timestamp,
    #[serde(default)]
    until: Option<Timestamp>,
}

impl FileTokens {
    /// Keeps them in `tokens/` of the data directory; made when it is needed.
    pub fn within(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("tokens") }
    }

    fn file(&self, name: &str, ending: &str) -> Result<PathBuf, TokenError> {
        let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
        let fits = !name.is_empty() && name.len() <= NAME_MAX && !name.starts_with('.') && name.chars().all(plain);
        if fits { Ok(self.folder.join(format!("{name}.{ending}"))) } else { Err(TokenError::Name(name.to_owned())) }
    }

    fn prepare(&self) -> Result<(), TokenError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder).map_err(at("cannot make", &self.folder))
    }
}

fn at(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TokenError {
    let path = path.to_owned();
    move |source| TokenError::File { what, path, source }
}

fn only_ours() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

impl TokenStore for FileTokens {
    fn load(&self, name: &str) -> Result<Option<Grant>, TokenError> {
        let path = self.file(name, "json")?;
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(at("cannot read", &path)(error)),
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = file.metadata().map_err(at("cannot read", &path))?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(TokenError::Readable(path));
            }
        }
        let mut text = String::new();
        file.take(FILE_MAX).read_to_string(&mut text).map_err(at("cannot read", &path))?;
        let stored: Stored = serde_json::from_str(&text).map_err(|_| TokenError::Damaged(path))?;
        Ok(Some(Grant {
            refresh_token: SecretString::from(stored.refresh_token),
            configured: stored.configured,
            saved_at: stored.saved_at,
            until: stored.until,
        }))
    }

    fn save(&self, name: &str, grant: &Grant) -> Result<(), TokenError> {
        self.prepare()?;
        let (path, new) = (self.file(name, "json")?, self.file(name, "json.new")?);
        let stored = Stored {
            refresh_token: grant.refresh_token.expose_secret().to_owned(),
            configured: grant.configured.clone(),
            saved_at: grant.saved_at,
            until: grant.until,
        };
        let text = serde_json::to_vec(&stored).map_err(|error| at("cannot write", &path)(io::Error::other(error)))?;
        let write = || {
            let mut file = only_ours().truncate(true).open(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            // The name itself must survive a power cut, too.
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(at("cannot write", &path))
    }

    fn guard(&self, name: &str) -> Result<Box<dyn Send>, TokenError> {
        self.prepare()?;
        let path = self.file(name, "lock")?;
        let file = only_ours().truncate(false).open(&path).map_err(at("cannot lock", &path))?;
        file.lock().map_err(at("cannot lock", &path))?;
        Ok(Box::new(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(token: &str) -> Grant {
        Grant {
            refresh_token: SecretString::from(token.to_owned()),
            configured: Some("mark".into()),
            saved_at: Timestamp::UNIX_EPOCH,
            until: Some(Timestamp::UNIX_EPOCH),
        }
    }

    #[test]
    fn a_token_is_kept_for_its_owner_only_and_replaced_whole() {
        let dir = tempfile::tempdir().unwrap();
        let tokens = FileTokens::within(dir.path());
        assert!(tokens.load("google").unwrap().is_none());
        tokens.save("google", &grant("first")).unwrap();
        tokens.save("google", &grant("second")).unwrap();
        let kept = tokens.load("google").unwrap().unwrap();
        assert_eq!((kept.refresh_token.expose_secret(), kept.configured.as_deref()), ("second", Some("mark")));
        assert!(!format!("{kept:?}").contains("second"));
        let names: Vec<_> = fs::read_dir(dir.path().join("tokens")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["google.json"]);
        drop(tokens.guard("google").unwrap());
        drop(tokens.guard("google").unwrap());
    }

    #[test]
    fn what_is_wrong_with_a_token_is_told_without_it() {
        let dir = tempfile::tempdir().unwrap();
        let tokens = FileTokens::within(dir.path());
        tokens.save("a", &grant("canary-1")).unwrap();
        let file = dir.path().join("tokens/a.json");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(tokens.load("a").unwrap_err().to_string().contains("chmod 600"));
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        fs::write(&file, "{\"refresh_token\": \"canary-1\"").unwrap();
        let told = tokens.load("a").unwrap_err().to_string();
        assert!(told.contains("damaged") && !told.contains("canary"), "{told}");
        for name in ["", "../a", ".a", "a/b", "a b"] {
            assert!(tokens.save(name, &grant("x")).is_err(), "{name}");
        }
        let blocked = FileTokens::within(&file);
        assert!(blocked.save("a", &grant("canary-1")).unwrap_err().to_string().contains("cannot make"));
    }
}
