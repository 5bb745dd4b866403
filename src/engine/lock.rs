//! One engine at a time on an embedded store: a file lock that the kernel frees even after `kill -9`, so
//! that a restart recovers at once. PostgreSQL needs none: engines share the work by claims.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// The lock; freed when dropped.
#[derive(Debug)]
pub struct EngineLock(#[allow(dead_code)] File);

/// The lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another engine works on this data.
    #[error("another engine works on {0}: attach to it with `leadgate`, or stop it first")]
    Taken(PathBuf),
    /// The file could not be used.
    #[error("cannot lock {path}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl EngineLock {
    /// Takes the lock in `dir`, without waiting.
    ///
    /// # Errors
    /// Another engine has it, or the file cannot be used.
    pub fn take(dir: &Path) -> Result<Self, LockError> {
        let path = dir.join("engine.lock");
        let fail = |source| LockError::File { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken(dir.to_owned())),
            Err(TryLockError::Error(source)) => Err(fail(source)),
        }
    }
}
