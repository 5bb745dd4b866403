//! The `leadgate` binary: everything is in the library.

use std::process::ExitCode;

/// SQLite's memory is in it as well (`unprefixed_malloc`); how soon it gives pages back stands in `.cargo/config.toml`.
#[cfg(all(feature = "jemalloc", target_os = "linux"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    ExitCode::from(leadgate::cli::run())
}
