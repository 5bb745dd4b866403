//! `leadgate init`: a short configuration to begin with, never over one that exists.

use std::io::{self, Write};
use std::path::Path;

use super::CliError;
use super::args::Args;
use crate::config::paths;
use crate::config::starter::{StarterError, write_starter};

/// Writes the starter to `path` and says what to do next. The exit status: 0 written, 1 not.
///
/// # Errors
/// `out` cannot be written to.
pub fn init(out: &mut dyn Write, path: &Path) -> io::Result<u8> {
    match write_starter(path) {
        Ok(()) => {
            writeln!(out, "Wrote {}.", path.display())?;
            writeln!(out, "Fill it in, then run `leadgate check`: it reads it back and tells every mistake.")?;
            Ok(0)
        }
        Err(StarterError::Exists(path)) => {
            writeln!(out, "{} exists already and stays as it is.", path.display())?;
            writeln!(out, "`leadgate check` reads it back; `--config` names another one.")?;
            Ok(1)
        }
        Err(StarterError::Write { path, source }) => {
            writeln!(out, "{} cannot be written: {source}.", path.display())?;
            writeln!(out, "Nothing was changed; `--config` names another place.")?;
            Ok(1)
        }
    }
}

/// `leadgate init [PATH]`: to the path, else `--config`, else the person's own file.
///
/// # Errors
/// There is no home directory, or `out` cannot be written to.
pub fn run(args: &Args, path: Option<&Path>, out: &mut dyn Write) -> Result<u8, CliError> {
    let own = || paths::config_file().map_err(|error| CliError::Failed(error.to_string()));
    let path = path.or(args.config.as_deref()).map_or_else(own, |path| Ok(path.to_owned()))?;
    Ok(init(out, &path)?)
}
