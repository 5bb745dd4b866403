//! Which files there are, and how one is known again.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::settle::After;
use super::{absolute, failed};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::preset::fault::Fault;
use crate::text::clean_line;

/// Most files of one source at a time.
const FILES_MAX: usize = 1_000;
/// How files are named that are still being written, or that are ours.
const UNFINISHED: &[&str] = &[".part", ".partial", ".tmp", ".filepart", ".crdownload", ".swp", "~", ".why.txt"];

/// Where files are looked for.
#[derive(Debug)]
pub(super) enum Files {
    /// A file, or a folder of them.
    Path(PathBuf),
    /// A pattern, and the folder it begins in.
    Pattern(String, PathBuf),
}

/// A file as it is now.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its path as text: what it is kept under.
    pub(super) key: String,
    /// Device and number; empty where there are none.
    pub(super) id: String,
    /// Bytes.
    pub(super) size: u64,
    /// Last change, microseconds.
    pub(super) changed: i64,
}

impl Files {
    /// Reads what the operator wrote.
    pub(super) fn at(written: &str) -> Result<Self, Fault> {
        let path = absolute(written.trim())?;
        if !written.contains(['*', '?', '[']) || path.exists() {
            return Ok(Self::Path(path));
        }
        glob::Pattern::new(written).map_err(|error| Fault::about(written, format!("`{written}`: {error}")))?;
        let plain = |path: &&Path| !path.to_string_lossy().contains(['*', '?', '[']);
        let base = path.ancestors().skip(1).find(plain).map(Path::to_path_buf).unwrap_or_default();
        Ok(Self::Pattern(written.trim().to_owned(), base))
    }

    /// For people.
    pub(super) fn told(&self) -> String {
        let text = match self {
            Self::Path(path) => path.display().to_string(),
            Self::Pattern(pattern, _) => pattern.clone(),
        };
        clean_line(&text, 400)
    }

    /// The files, by name. A file that vanishes meanwhile is not there.
    ///
    /// # Errors
    /// The file or folder is not there, or may not be read.
    pub(super) fn list(&self, after: &After) -> Result<Vec<Seen>, Failure> {
        let paths = match self {
            Self::Path(path) => {
                let about = fs::metadata(path).map_err(|error| failed(path, &error))?;
                if !about.is_dir() {
                    return Ok(Seen::of(path, &about).into_iter().collect());
                }
                folder(path)?
            }
            Self::Pattern(pattern, base) => {
                fs::metadata(base).map_err(|error| failed(base, &error))?;
                let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
                let found = glob::glob_with(pattern, options);
                let found = found.map_err(|error| Failure::new(Class::Config, format!("{pattern}: {error}")))?;
                found.map_while(Result::ok).take(FILES_MAX * 2).collect()
            }
        };
        let mut all: Vec<Seen> = paths.iter().filter(|path| !after.holds(path)).filter_map(|path| see(path)).collect();
        if all.len() > FILES_MAX {
            let message = format!("{}: more than {FILES_MAX} files", self.told());
            return Err(
                Failure::new(Class::Config, message).hint("let leadgate move what is read: after = \"move:done/\"")
            );
        }
        all.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(all)
    }

    /// Would this file be listed?
    pub(super) fn lists(&self, path: &Path) -> bool {
        match self {
            Self::Path(own) => path == own || path.parent() == Some(own),
            Self::Pattern(pattern, _) => glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches_path(path)),
        }
    }
}

fn folder(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| failed(path, &error))? {
        let file = entry.map_err(|error| failed(path, &error))?.path();
        all.push(file);
        if all.len() > FILES_MAX * 10 {
            break;
        }
    }
    Ok(all)
}

/// A finished, visible file; `None` for anything else.
fn see(path: &Path) -> Option<Seen> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    if name.starts_with('.') || UNFINISHED.iter().any(|end| name.ends_with(end)) {
        return None;
    }
    Seen::of(path, &fs::metadata(path).ok()?)
}

impl Seen {
    fn of(path: &Path, about: &Metadata) -> Option<Self> {
        if !about.is_file() {
            return None;
        }
        let changed = about.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
        Some(Self {
            path: path.to_path_buf(),
            key: path.to_string_lossy().into_owned(),
            id: identity(about),
            size: about.len(),
            changed: changed.map_or(0, Timestamp::as_microsecond),
        })
    }

    /// The file at a path, if there is one.
    pub(super) fn at(path: &Path) -> Option<Self> {
        Self::of(path, &fs::metadata(path).ok()?)
    }

    /// Its name, for people.
    pub(super) fn name(&self) -> String {
        clean_line(&self.path.file_name().unwrap_or_default().to_string_lossy(), 200)
    }

    /// Has nobody written to it for so long? A time in the future counts by its distance: another machine's
    /// clock must not keep a file waiting for ever.
    pub(super) fn rested(&self, now: Timestamp, settle: SignedDuration) -> bool {
        let apart = now.as_microsecond().saturating_sub(self.changed).unsigned_abs();
        u128::from(apart) >= settle.as_micros().unsigned_abs()
    }
}

#[cfg(unix)]
fn identity(about: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("{}:{}", about.dev(), about.ino())
}

#[cfg(not(unix))]
fn identity(_about: &Metadata) -> String {
    String::new()
}

/// A hash of the first `length` bytes of a file: of all of them, or of `edge` bytes at either end.
pub(super) fn fingerprint(path: &Path, length: u64, edge: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut add = |file: &mut File, most: u64| io::copy(&mut file.take(most), &mut hasher);
    if length <= edge.saturating_mul(2) {
        add(&mut file, length)?;
    } else {
        add(&mut file, edge)?;
        file.seek(SeekFrom::Start(length - edge))?;
        add(&mut file, edge)?;
    }
    Ok(hasher.finalize().to_hex().chars().take(32).collect())
}
