//! Where the configuration and the data of a person live. Asking for a place never creates it: only
//! [`private_dir`] does, for those who are about to write.

use std::io;
use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs};

/// Environment variable that names the data directory; the flag beats it.
pub const DATA_DIR: &str = "LEADGATE_DATA_DIR";

/// Neither a home directory nor a flag says where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no home directory to look in: say where with --config and --data-dir")]
pub struct NoHome;

fn dirs() -> Result<ProjectDirs, NoHome> {
    ProjectDirs::from("", "", "leadgate").ok_or(NoHome)
}

/// The person's configuration directory (`~/.config/leadgate` on Linux).
pub fn config_dir() -> Result<PathBuf, NoHome> {
    Ok(dirs()?.config_dir().to_owned())
}

/// The main file, where no other is named.
pub fn config_file() -> Result<PathBuf, NoHome> {
    Ok(config_dir()?.join("leadgate.toml"))
}

/// The data directory: the flag, else `LEADGATE_DATA_DIR`, else the person's own
/// (`~/.local/share/leadgate` on Linux).
pub fn data_dir(flag: Option<&Path>, env: Option<&str>) -> Result<PathBuf, NoHome> {
    match (flag, env) {
        (Some(dir), _) => Ok(dir.to_owned()),
        (None, Some(dir)) if !dir.is_empty() => Ok(PathBuf::from(dir)),
        _ => Ok(dirs()?.data_dir().to_owned()),
    }
}

/// `path` as meant in a file of `dir`: `~/` is the home directory, a relative path starts at `dir`.
pub fn meant(path: &str, dir: &Path) -> PathBuf {
    match path.strip_prefix("~/").zip(BaseDirs::new()) {
        Some((rest, base)) => base.home_dir().join(rest),
        None => dir.join(path),
    }
}

/// Creates a directory and its parents, for its owner only (0700). One that exists stays as it is.
///
/// # Errors
/// As the operating system says.
pub fn private_dir(dir: &Path) -> io::Result<()> {
    if dir.as_os_str().is_empty() || dir.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}
