//! `leadgate engine`: polls and hands off without a screen.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use super::args::Args;
use super::session::Session;
use super::{CliError, json, log};
use crate::store::ProcKind;

/// What is in flight at a stop may take this long to finish.
pub const GRACE: Duration = Duration::from_secs(20);

/// Runs the engine until a signal, or one pass with `once`.
pub async fn run(args: &Args, once: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    log::to_stderr();
    let session = Session::open(args, ProcKind::Engine).await?;
    let engine = Arc::new(session.engine().await.map_err(|error| CliError::Failed(error.to_string()))?);
    if !once {
        engine.start().await?;
        if let Err(error) = engine.listen().await {
            engine.stop(GRACE).await;
            session.store.close().await?;
            return Err(CliError::Failed(error.to_string()));
        }
        tracing::info!("the engine runs; Ctrl-C stops it");
        stopped().await;
        engine.stop(GRACE).await;
        session.store.close().await?;
        return Ok(0);
    }
    let beat = tokio::spawn(keep_alive(Arc::clone(&engine)));
    let stopper = Arc::clone(&engine);
    let signal = tokio::spawn(async move {
        stopped().await;
        stopper.ask_to_stop();
    });
    // On a thread that also hears what its connections say, and not on one that has to be woken each time.
    let pass = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.once().await }
    });
    let pass = pass.await;
    beat.abort();
    signal.abort();
    let pass = pass.map_err(|stopped| CliError::Failed(format!("the pass stopped: {stopped}")))??;
    session.store.close().await?;
    if args.json {
        json(out, &pass)?;
    } else {
        let some = |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
        writeln!(
            out,
            "{} read · {} · {} · {} kept aside · {} handed off · {} held",
            some(pass.sources, "source", "sources"),
            some(pass.received, "new lead", "new leads"),
            some(pass.touches, "further touch", "further touches"),
            pass.aside,
            pass.sent,
            pass.held
        )?;
        for (title, lines) in [
            ("failed", &pass.failed),
            ("waits for a person", &pass.waits_for_person),
            ("not finished", &pass.unfinished),
        ] {
            for line in lines {
                writeln!(out, "{title}: {line}")?;
            }
        }
    }
    Ok(u8::from(!pass.is_clean()))
}

/// Renews this process's leases while a pass runs: a slow destination must not cost a claim.
async fn keep_alive(engine: Arc<crate::engine::Engine>) {
    loop {
        tokio::time::sleep(Duration::from_secs(15)).await;
        if let Err(error) = engine.parts().store.renew_leases().await {
            tracing::warn!("{}", error.chain());
        }
    }
}

/// Waits for a signal to stop.
pub async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()];
        let mut signals: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
        let waits = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
        futures::future::select_all(waits).await;
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
