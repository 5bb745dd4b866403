//! Making sure that what was erased is gone from the disk, and showing it. SQLite overwrites what is deleted, but
//! old pages stay in the write-ahead log until it is cut off, and moved rows may leave a copy in a page's free
//! part: so the log is cut off, every file is searched, and the database is rebuilt when something is found.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use regex::bytes::Regex;

use super::tx::Pools;
use super::{Store, StoreError};

/// Bytes of a file searched at once.
const PIECE: usize = 1024 * 1024;
/// Bytes kept from one piece to the next: longer than anything searched for.
const OVERLAP: usize = 1024;
/// Most files searched.
const FILES_MAX: usize = 10_000;
/// Deepest folder searched.
const DEPTH_MAX: usize = 8;
/// Largest database that is rebuilt by itself: it takes its size again, in memory, and holds everybody up.
const REBUILD_MAX: u64 = 512 * 1024 * 1024;

/// What was found of somebody in the files of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Traces {
    /// Files searched.
    pub files: usize,
    /// Bytes searched.
    pub bytes: u64,
    /// Places found, by file; files without any are not named.
    pub found: Vec<(PathBuf, u64)>,
    /// Files that could not be searched, and why.
    pub unread: Vec<(PathBuf, String)>,
}

impl Traces {
    /// Nothing was found, and everything was searched.
    pub const fn none(&self) -> bool {
        self.found.is_empty() && self.unread.is_empty()
    }
}

impl Store {
    /// Cuts the write-ahead log off, so that what was deleted is in no file any more. `false`: somebody reads
    /// just now, and the log is still there. On PostgreSQL, frees what was deleted in the personal tables.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn settle_deletes(&self) -> Result<bool, StoreError> {
        match &self.inner.pools {
            Pools::Sqlite { writer, .. } => {
                let failed = |source| StoreError::db("cutting the write-ahead log off", source);
                let busy: i64 =
                    sqlx::query_scalar("pragma wal_checkpoint(truncate)").fetch_one(writer).await.map_err(failed)?;
                Ok(busy == 0)
            }
            Pools::Postgres(pool) => {
                let failed = |source| StoreError::db("freeing what was deleted", source);
                sqlx::query("vacuum contact, raw, payload, said, note, recheck").execute(pool).await.map_err(failed)?;
                Ok(true)
            }
        }
    }

    /// Writes an embedded database anew, without the free parts of its pages. `false`: it was left, as it is
    /// too large for that, or is none.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn rebuild(&self) -> Result<bool, StoreError> {
        let Pools::Sqlite { writer, .. } = &self.inner.pools else { return Ok(false) };
        let failed = |source| StoreError::db("rebuilding the database", source);
        let sql = "select page_count * page_size from pragma_page_count(), pragma_page_size()";
        let size: i64 = sqlx::query_scalar(sql).fetch_one(writer).await.map_err(failed)?;
        if size.unsigned_abs() > REBUILD_MAX {
            return Ok(false);
        }
        sqlx::query("vacuum").execute(writer).await.map_err(failed)?;
        Ok(true)
    }
}

/// Searches every file of a folder and the folders in it. Links are not followed.
pub fn search(folder: &Path, pattern: &Regex) -> Traces {
    let mut traces = Traces::default();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((at, depth)) = folders.pop() {
        let entries = match std::fs::read_dir(&at) {
            Ok(entries) => entries,
            Err(error) => {
                traces.unread.push((at, error.to_string()));
                continue;
            }
        };
        for entry in entries {
            let (path, kind) = match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                Ok(entry) => entry,
                Err(error) => {
                    traces.unread.push((at.clone(), error.to_string()));
                    continue;
                }
            };
            if kind.is_dir() && depth < DEPTH_MAX {
                folders.push((path, depth + 1));
            } else if kind.is_dir() || (kind.is_file() && traces.files >= FILES_MAX) {
                traces.unread.push((path, "there are too many files to search".into()));
            } else if kind.is_file() {
                traces.files += 1;
                one_file(path, pattern, &mut traces);
            }
        }
    }
    traces.found.sort();
    traces
}

fn one_file(path: PathBuf, pattern: &Regex, traces: &mut Traces) {
    match count(&path, pattern) {
        Ok((bytes, found)) => {
            traces.bytes += bytes;
            if found > 0 {
                traces.found.push((path, found));
            }
        }
        // The log of a database comes and goes with who uses it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => traces.unread.push((path, error.to_string())),
    }
}

/// Bytes of a file, and how often the pattern is in it.
fn count(path: &Path, pattern: &Regex) -> std::io::Result<(u64, u64)> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE + OVERLAP];
    let (mut kept, mut bytes, mut found) = (0, 0, 0);
    while let Some(room) = piece.get_mut(kept..) {
        let read = file.read(room)?;
        bytes += read as u64;
        let end = kept + read;
        let seen = piece.get(..end).unwrap_or_default();
        // What reaches into the kept end is counted with the next piece.
        let keep = if read == 0 { 0 } else { OVERLAP.min(end) };
        let mut from = end - keep;
        for hit in pattern.find_iter(seen) {
            if hit.start() < end - keep {
                found += 1;
                from = from.max(hit.end());
            }
        }
        if read == 0 {
            break;
        }
        piece.copy_within(from..end, 0);
        kept = end - from;
    }
    Ok((bytes, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_across_two_pieces_is_counted_once() {
        let dir = tempfile::tempdir().unwrap();
        let pattern = Regex::new("(?i-u)eva@example").unwrap();
        for at in [0, 5, PIECE - 4, PIECE + OVERLAP - 5, PIECE * 2 - 3] {
            let mut text = vec![b'.'; at];
            text.extend(b"EVA@example.com");
            text.extend(vec![b'.'; PIECE]);
            std::fs::write(dir.path().join("data"), &text).unwrap();
            let traces = search(dir.path(), &pattern);
            assert_eq!(traces.found, [(dir.path().join("data"), 1)], "at {at}");
            assert_eq!((traces.files, traces.bytes), (1, text.len() as u64));
        }
    }

    #[test]
    fn a_folder_that_cannot_be_searched_is_no_proof() {
        let traces = search(Path::new("/nowhere/at/all"), &Regex::new("x").unwrap());
        assert!(!traces.none());
    }
}
