//! `leadgate`: the console, with the engine inside unless one is at work already.

use std::sync::Arc;

use super::args::Args;
use super::engine::GRACE;
use super::session::{self, Session};
use super::{CliError, log};
use crate::desk::pulse;
use crate::engine::lock::LockError;
use crate::engine::{Engine, StartError};
use crate::store::ProcKind;

/// Opens the console; offers the demo or the set-up when there is no configuration yet.
#[cfg(feature = "console")]
pub async fn console(args: &Args) -> Result<u8, CliError> {
    use crate::console::{Exit, Offer, Options};
    let loaded = match session::load(args) {
        Ok(loaded) => loaded,
        Err(errors) if errors.nothing_there() => {
            let file = crate::config::paths::config_file().map_err(|error| CliError::Failed(error.to_string()))?;
            return match crate::console::offer(Offer { file: file.clone() }, options(args)).await {
                Ok(Exit::Demo) => super::demo::screen(args, crate::demo::DEFAULT_SEED).await,
                Ok(Exit::Init) => super::init::run(args, Some(&file), &mut std::io::stdout().lock()),
                Ok(Exit::Quit) => Ok(0),
                Err(error) => Err(CliError::Failed(error.to_string())),
            };
        }
        Err(errors) => return Err(CliError::Config(errors)),
    };
    let who = session::who(args);
    let session = Session::of(loaded, ProcKind::Engine, &who, Arc::new(crate::clock::SystemClock)).await?;
    let _log = log::to_file(&session.data_dir);
    screen(args, session, &who, false, |_| ()).await
}

/// The console without its screen feature.
#[cfg(not(feature = "console"))]
pub async fn console(_: &Args) -> Result<u8, CliError> {
    Err(CliError::Failed("this leadgate was built without the console; see `leadgate --help`".into()))
}

/// Runs the console over a session, the engine inside. `also` is called with the desk once it is there.
#[cfg(feature = "console")]
pub async fn screen(
    args: &Args,
    session: Session,
    who: &str,
    demo: bool,
    also: impl FnOnce(&Arc<crate::desk::StoreDesk>),
) -> Result<u8, CliError> {
    let engine = match session.engine().await {
        Ok(engine) => Some(Arc::new(engine)),
        Err(StartError::Lock(LockError::Taken(_))) => None,
        Err(error) => return Err(CliError::Failed(error.to_string())),
    };
    if let Some(engine) = &engine {
        engine.start().await?;
    }
    let pulse = pulse::start(&session.store, &session.config, engine.clone());
    let desk = Arc::new(session.desk_with(who, demo, pulse.receiver()).await?);
    also(&desk);
    let shown = crate::console::run(desk, Arc::clone(&session.clock), options(args)).await;
    pulse.stop();
    stop(engine).await;
    session.store.close().await?;
    shown.map(|_| 0).map_err(|error| CliError::Failed(error.to_string()))
}

/// Stops the engine inside, if there is one.
pub async fn stop(engine: Option<Arc<Engine>>) {
    if let Some(engine) = engine {
        engine.stop(GRACE).await;
    }
}

#[cfg(feature = "console")]
fn options(args: &Args) -> crate::console::Options {
    crate::console::Options { ascii: args.ascii, ..crate::console::Options::default() }
}
