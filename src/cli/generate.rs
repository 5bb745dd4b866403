//! Completions and the manual page, from the same definitions that parse the calls.

use std::io::Write;

use clap::CommandFactory;

use super::CliError;
use super::args::Args;

/// `leadgate completions SHELL`.
pub fn completions(shell: clap_complete::Shell, out: &mut dyn Write) -> Result<u8, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "leadgate", &mut text);
    out.write_all(&text)?;
    Ok(0)
}

/// `leadgate man`.
pub fn man(out: &mut dyn Write) -> Result<u8, CliError> {
    clap_mangen::Man::new(Args::command()).render(out)?;
    Ok(0)
}
