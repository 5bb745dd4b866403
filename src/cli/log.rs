//! Where the log goes: to standard error without a screen, to a file while a screen is open.

use tracing_subscriber::EnvFilter;

fn filter() -> EnvFilter {
    EnvFilter::try_from_env("LEADGATE_LOG").unwrap_or_else(|_| EnvFilter::new("leadgate=info,warn"))
}

/// Logs to standard error.
pub fn to_stderr() {
    let set = tracing_subscriber::fmt()
        .with_env_filter(filter())
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false);
    // A second call in one process (tests) keeps the first log.
    drop(set.try_init());
}

/// Logs to `leadgate.log` in the data folder; the guard writes what is left when it is dropped.
#[cfg(feature = "console")]
pub fn to_file(dir: &std::path::Path) -> Option<tracing_appender::non_blocking::WorkerGuard> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(dir.join("leadgate.log")).ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let set = tracing_subscriber::fmt().with_env_filter(filter()).with_writer(writer).with_ansi(false);
    drop(set.try_init());
    Some(guard)
}
