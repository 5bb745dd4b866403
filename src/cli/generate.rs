//! Completions and the manual page, from the same definitions that parse the calls.

use std::io::Write;

use clap::CommandFactory;

use super::CliError;
use super::args::Args;
use crate::preset::fault::did_you_mean;

/// `leadgate completions SHELL`.
pub fn completions(shell: clap_complete::Shell, out: &mut dyn Write) -> Result<u8, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "leadgate", &mut text);
    out.write_all(&text)?;
    Ok(0)
}

/// `leadgate man [COMMAND…]`: the page of the program, or of one command of it.
pub fn man(words: &[String], out: &mut dyn Write) -> Result<u8, CliError> {
    let mut page = Args::command();
    // Without it, the pages of commands would not know the options of all.
    page.build();
    for word in words {
        let known: Vec<String> = page.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        let found = page.get_subcommands().find(|command| command.get_name() == word).cloned();
        page = found.ok_or_else(|| {
            let near = did_you_mean(word, known.iter().map(String::as_str));
            CliError::Failed(format!("there is no command {word:?}{near}"))
        })?;
    }
    clap_mangen::Man::new(page).render(out)?;
    Ok(0)
}
