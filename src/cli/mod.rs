//! The command line: everything the console does, with `--json` and honest exit codes (0 done, 1 not done,
//! 2 wrong call). Parsing is in `args`, opening config and store in `session`, one file a family of
//! commands.

mod act;
pub mod args;
mod cap_effect;
pub mod check;
mod clocks;
mod cost;
pub mod demo;
mod doctor;
mod engine;
mod explain;
mod fold;
pub mod forget;
mod generate;
mod handoff;
pub mod import;
pub mod init;
mod list;
mod log;
mod mail;
mod moment;
#[cfg(not(feature = "console"))]
mod no_console;
#[cfg(feature = "console")]
mod open;
pub mod parse;
mod person;
pub mod person_args;
mod presets;
mod questions;
mod report;
pub mod report_args;
mod report_export;
mod report_mail;
mod sampled;
pub mod session;
mod shadow;
mod simulate;
mod source;
mod source_add;
pub mod source_args;
mod source_login;
mod source_try;
mod talk;

use std::io::{self, Write};

use clap::Parser;

use args::{Args, Command, SourceAct};
use session::Session;

/// A command that could not do its work; printed once, by [`run`].
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration does not hold.
    #[error("the configuration does not hold")]
    Config(#[from] Box<crate::config::ConfigErrors>),
    /// Something else, said in full.
    #[error("{0}")]
    Failed(String),
    /// Standard output is gone.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl From<crate::store::StoreError> for CliError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Failed(error.chain())
    }
}

impl From<crate::desk::DeskError> for CliError {
    fn from(error: crate::desk::DeskError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Runs one command line; the exit status.
pub fn run() -> u8 {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let status = u8::try_from(error.exit_code()).unwrap_or(2);
            return if error.print().is_ok() { status } else { 2 };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&args, &CliError::Failed(format!("cannot start: {error}"))),
    };
    let status = runtime.block_on(dispatch(&args));
    // Whatever still waits on the network is not waited for: its outcome is in the store's hands.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match status {
        Ok(status) => status,
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(error) => complain(&args, &error),
    }
}

async fn dispatch(args: &Args) -> Result<u8, CliError> {
    let out = &mut io::stdout().lock();
    match &args.command {
        #[cfg(feature = "console")]
        None => open::console(args).await,
        #[cfg(not(feature = "console"))]
        None => no_console::console(args).await,
        Some(Command::Engine { once }) => engine::run(args, *once, out).await,
        Some(Command::Init { path }) => init::run(args, path.as_deref(), out),
        Some(Command::Check { presets: true, .. }) => presets::check(args, out),
        Some(Command::Check { connect, .. }) => check::run(args, *connect, out).await,
        Some(Command::Source(SourceAct::Presets)) => presets::list(args, out),
        Some(Command::Source(SourceAct::Try(ask))) => source_try::run(args, ask, out).await,
        Some(Command::Source(SourceAct::Login(ask))) => source_login::run(args, ask, out).await,
        Some(Command::Source(SourceAct::Add(ask))) => source_add::run(args, ask, out).await,
        Some(Command::Demo(demo)) => demo::run(args, demo, out).await,
        Some(Command::Completions { shell }) => generate::completions(*shell, out),
        Some(Command::Man { command }) => generate::man(command, out),
        Some(Command::Mail(mail::MailAct::Template { html })) => mail::template(*html, out),
        Some(Command::Simulate(ask)) => simulate::run(args, ask, out).await,
        Some(Command::Shadow(act)) => shadow::run(args, act, out).await,
        Some(Command::Parse(ask)) => parse::run(args, ask, out),
        Some(Command::Due(ask)) => clocks::due(args, ask, out),
        Some(Command::Elapsed(ask)) => clocks::elapsed(args, ask, out),
        Some(command) => {
            let session = Session::open(args, crate::store::ProcKind::Command).await?;
            let status = with_desk(args, command, &session, out).await;
            session.store.close().await?;
            status
        }
    }
}

async fn with_desk(args: &Args, command: &Command, session: &Session, out: &mut dyn Write) -> Result<u8, CliError> {
    let desk = session.desk(args).await?;
    match command {
        Command::Leads(ask) if ask.needs_answer => questions::list(&desk, ask.limit, args.json, out).await,
        Command::Leads(ask) => list::leads(&desk, ask, args.json, out).await,
        Command::Explain(ask) => explain::run(&desk, ask, args.json, out).await,
        Command::Handoffs { limit } => list::handoffs(&desk, *limit, args.json, out).await,
        Command::Sources => source::list(&desk, args.json, out).await,
        Command::Capacity => list::capacity(&desk, args.json, out).await,
        Command::Journal { limit } => list::journal(&desk, *limit, args.json, out).await,
        Command::Report(ask) => report::report(&desk, ask, session, args.json, out).await,
        Command::Cost(act) => cost::run(session, args, act, out).await,
        Command::Note(act) => cost::note(session, args, act, out).await,
        Command::Doctor => doctor::run(session, args.json, out).await,
        Command::Lead(act) => act::lead(&desk, act, session, args.json, out).await,
        Command::Handoff(act) => handoff::handoff(&desk, act, args.json, out).await,
        Command::Mail(mail::MailAct::Preview(ask)) => mail::preview(&desk, ask, args.json, out).await,
        Command::Source(act) => source::run(&desk, act, session, args.json, out).await,
        Command::Cap(act) => act::cap(&desk, act, session, args.json, out).await,
        Command::Import(ask) => import::run(args, ask, session, out).await,
        Command::Person(act) => person::run(&desk, act, session, args.json, out).await,
        Command::Forget(ask) => forget::run(&desk, ask, session, args.json, out).await,
        Command::Undo => act::perform(&desk, crate::desk::Act::Undo, args.json, out).await,
        _ => Ok(2),
    }
}

/// Prints an error once, on standard error (JSON on standard output with `--json`).
fn complain(args: &Args, error: &CliError) -> u8 {
    let told = match error {
        CliError::Config(errors) if args.json => {
            writeln!(io::stdout().lock(), "{}", serde_json::json!({ "ok": false, "mistakes": errors.json() }))
        }
        CliError::Config(errors) => check::mistakes(&mut io::stderr().lock(), errors, check::Look::of(args)),
        error if args.json => {
            let json = serde_json::json!({ "ok": false, "error": error.to_string() });
            writeln!(io::stdout().lock(), "{json}")
        }
        error => writeln!(io::stderr().lock(), "leadgate: {error}"),
    };
    if told.is_err() { 2 } else { 1 }
}

/// Prints a value as pretty JSON.
fn json(out: &mut dyn Write, value: &impl serde::Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CliError::Failed(error.to_string()))?;
    writeln!(out, "{text}").map_err(CliError::Output)
}
