//! The `leadgate` binary: everything is in the library.

use std::process::ExitCode;

/// How soon it gives pages back stands in `.cargo/config.toml`. SQLite keeps the system's: an allocator that takes
/// `malloc` over stands still under `faketime`.
#[cfg(all(feature = "jemalloc", target_os = "linux"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    ExitCode::from(leadgate::cli::run())
}
