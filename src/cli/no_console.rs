//! What the console's commands say in a leadgate that was built without it.

use std::future::{Ready, ready};

use super::CliError;
use super::args::Args;

/// In place of the console.
pub fn console(_: &Args) -> Ready<Result<u8, CliError>> {
    ready(Err(CliError::Failed("this leadgate was built without the console; see `leadgate --help`".into())))
}

/// In place of the demo's console.
pub fn demo(_: &Args, _: u64) -> Ready<Result<u8, CliError>> {
    ready(Err(CliError::Failed("this leadgate was built without the console; try `leadgate demo --headless`".into())))
}
