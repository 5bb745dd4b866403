//! What happens to a file that was read and whose records are stored: nothing, or it is moved away. A file
//! with lines that could not be read goes to `failed/`, with the reasons beside it.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::look::Seen;
use super::state::Entry;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::preset::fault::Fault;

/// Where files go that hold what cannot be read.
const FAILED: &str = "failed";
/// Names tried before giving up on a free one.
const NAMES_MAX: u32 = 1_000;

/// What happens to a file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum After {
    /// Nothing.
    Keep,
    /// It is moved to this folder, by default one beside it.
    Move(PathBuf),
}

impl After {
    pub(super) fn parse(written: &str) -> Result<Self, Fault> {
        match (written.trim(), written.trim().strip_prefix("move:").map(str::trim)) {
            ("" | "keep", _) => Ok(Self::Keep),
            (_, Some(folder)) if !folder.is_empty() && !Path::new(folder).starts_with("..") => {
                Ok(Self::Move(PathBuf::from(folder)))
            }
            _ => Err(Fault::about(written, format!("after is `keep` or `move:FOLDER`, not `{written}`"))),
        }
    }

    /// Is this file one of those moved away?
    pub(super) fn holds(&self, path: &Path) -> bool {
        let (Self::Move(done), Some(folder)) = (self, path.parent()) else { return false };
        let failed = done.parent().unwrap_or(Path::new("")).join(FAILED);
        [done, &failed].into_iter().any(|away| if away.is_absolute() { folder == away } else { folder.ends_with(away) })
    }

    /// Moves a file that was read.
    ///
    /// # Errors
    /// It cannot be moved; names both places.
    pub(super) fn file_away(&self, seen: &Seen, entry: &Entry, now: Timestamp) -> Result<(), Failure> {
        let Self::Move(done) = self else { return Ok(()) };
        let beside = seen.path.parent().unwrap_or(Path::new("/"));
        let done = beside.join(done);
        let folder = if entry.broken == 0 { done } else { done.parent().unwrap_or(beside).join(FAILED) };
        let failed = |what: &Path, error: &dyn std::fmt::Display| {
            let message = format!("{} cannot be moved to {}: {error}", seen.path.display(), what.display());
            Failure::new(Class::Config, crate::text::clean_line(&message, 600)).hint(
                "the folder must be on the same disk, and the user leadgate runs as must be allowed to write to both",
            )
        };
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        let target = free(&folder, &seen.path).ok_or_else(|| failed(&folder, &"there is no free name"))?;
        if entry.broken > 0 {
            let mut beside = target.clone().into_os_string();
            beside.push(".why.txt");
            fs::write(&beside, reasons(seen, entry, now)).map_err(|error| failed(&folder, &error))?;
        }
        fs::rename(&seen.path, &target).map_err(|error| failed(&target, &error))
    }
}

/// A name in `folder` that nobody has: nothing is ever written over.
fn free(folder: &Path, path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?;
    let (stem, end) = (path.file_stem()?.to_string_lossy(), path.extension());
    let numbered = |number: u32| match end {
        Some(end) => folder.join(format!("{stem}.{number}.{}", end.to_string_lossy())),
        None => folder.join(format!("{stem}.{number}")),
    };
    let names = std::iter::once(folder.join(name)).chain((2..NAMES_MAX).map(numbered));
    names.into_iter().find(|target| !target.exists())
}

fn reasons(seen: &Seen, entry: &Entry, now: Timestamp) -> String {
    let good = entry.records.saturating_sub(entry.broken);
    let lines = if entry.broken == 1 { "1 line was".to_owned() } else { format!("{} lines were", entry.broken) };
    let mut text = vec![
        format!("{}, read by leadgate, filed {now}\n", seen.name()),
        format!("{good} records were taken in. {lines} not understood:\n"),
    ];
    text.extend(entry.why.iter().cloned());
    let more = entry.broken.saturating_sub(entry.why.len() as u64);
    if more > 0 {
        text.push(format!("and {more} more"));
    }
    text.push(
        "\nCorrect them and drop the file again: what was taken in already is known and not taken twice.\n".into(),
    );
    text.join("\n")
}
