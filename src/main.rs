//! The `leadgate` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(leadgate::cli::run())
}
