//! `leadgate report --export FILE`: the leads of the period for other programs. The file is there whole or not at
//! all: it is written beside, and renamed when its last byte is on the disk.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{CliError, json};
use crate::desk::{FiguresAsk, StoreDesk};
use crate::report::export::{Export, Kind};

/// Where to, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportTo {
    path: PathBuf,
    kind: Kind,
}

/// Reads the file's name, refused at once where its ending says nothing.
///
/// # Errors
/// What it may end in.
pub fn export_to(text: &str) -> Result<ExportTo, String> {
    let path = PathBuf::from(text);
    let kind = Kind::of(&path).ok_or("a file that ends in .parquet or .csv")?;
    Ok(ExportTo { path, kind })
}

/// Writes them and says how many and where; `force`: over a file of that name.
///
/// # Errors
/// The file is there already or cannot be written, or the leads cannot be read; then nothing of it stays.
pub(super) async fn write(
    desk: &StoreDesk,
    ask: &FiguresAsk,
    to: &ExportTo,
    force: bool,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let path = &to.path;
    let failed =
        |error: &dyn std::fmt::Display| CliError::Failed(format!("{} was not written: {error}", path.display()));
    let free = || {
        if !force && path.try_exists().map_err(|error| failed(&error))? {
            return Err(failed(&"it is there already; name another, or add --force to replace it"));
        }
        Ok(())
    };
    free()?;
    let (draft, file) = Draft::create(path).map_err(|error| failed(&error))?;
    let mut export = Export::new(to.kind, desk.currency(), &file).map_err(|error| failed(&error))?;
    desk.export(ask, &mut export).await.map_err(|error| failed(&error))?;
    let rows = export.finish().map_err(|error| failed(&error))?;
    free()?;
    draft.keep(&file, path).map_err(|error| failed(&error))?;
    if as_json {
        json(out, &serde_json::json!({ "file": path, "leads": rows }))?;
    } else {
        writeln!(out, "{rows} {} written to {}", if rows == 1 { "lead" } else { "leads" }, path.display())?;
    }
    Ok(0)
}

/// A file that is not finished; it goes with its owner.
struct Draft {
    path: PathBuf,
    kept: bool,
}

impl Draft {
    /// `leads.parquet.3f….part` beside `path`: two at once do not meet, and nobody takes it for the whole.
    fn create(path: &Path) -> io::Result<(Self, File)> {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{:x}.part", fastrand::u64(..)));
        let path = PathBuf::from(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok((Self { path, kept: false }, file))
    }

    fn keep(mut self, file: &File, path: &Path) -> io::Result<()> {
        file.sync_all()?;
        std::fs::rename(&self.path, path)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!("{} could not be removed again: {error}", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_what_is_written() {
        for (name, kind) in [("a.parquet", Kind::Parquet), ("x/Leads.CSV", Kind::Csv), ("a.csv.parquet", Kind::Parquet)]
        {
            assert_eq!(export_to(name).unwrap().kind, kind);
        }
        for bad in ["", "leads", "leads.xlsx", ".parquet", "leads.parquet.part"] {
            assert!(export_to(bad).unwrap_err().contains(".parquet or .csv"), "{bad}");
        }
    }

    #[test]
    fn what_is_not_finished_does_not_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("leads.csv");
        let files = || std::fs::read_dir(dir.path()).unwrap().count();
        let (draft, mut file) = Draft::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert_eq!((files(), path.exists()), (1, false));
        drop(draft);
        assert_eq!(files(), 0);
        let (draft, mut file) = Draft::create(&path).unwrap();
        file.write_all(b"whole").unwrap();
        draft.keep(&file, &path).unwrap();
        assert_eq!((files(), std::fs::read(&path).unwrap()), (1, b"whole".to_vec()));
    }
}
