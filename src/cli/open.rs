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
pub async fn console(args: &Args) -> Result<u8, CliError> {
    let own = config_file()?;
    if session::file(args).is_none() && !own.exists() && args.set.is_empty() {
        return first_start(args, &own).await;
    }
    let loaded = session::load(args)?;
    let who = session::who(args);
    let session = Session::of(loaded, ProcKind::Engine, &who, Arc::new(crate::clock::SystemClock)).await?.setting(args);
    let _log = log::to_file(&session.data_dir);
    screen(args, session, &who, false).await
}

fn config_file() -> Result<std::path::PathBuf, CliError> {
    crate::config::paths::config_file().map_err(|error| CliError::Failed(error.to_string()))
}

/// Nothing is set up yet: offers the demo or a starter configuration, never an error.
async fn first_start(args: &Args, own: &std::path::Path) -> Result<u8, CliError> {
    use crate::console::{Exit, Offer, first_start};
    let offer = Offer { config_path: own.display().to_string() };
    match first_start(offer, theme(args)).await.map_err(|error| CliError::Failed(error.to_string()))? {
        Exit::Demo => super::demo::screen(args, crate::demo::DEFAULT_SEED).await,
        Exit::Init => super::init::run(args, Some(own), &mut std::io::stdout().lock()),
        ended => Ok(status(ended)),
    }
}

/// By custom a program ended by a signal exits with 128 and its number.
fn status(exit: crate::console::Exit) -> u8 {
    match exit {
        crate::console::Exit::Signal(number) => u8::try_from(128 + number).unwrap_or(1),
        _ => 0,
    }
}

/// Runs the console over a session, the engine inside.
pub async fn screen(args: &Args, session: Session, who: &str, demo: bool) -> Result<u8, CliError> {
    let engine = match session.engine().await {
        Ok(engine) => Some(Arc::new(engine)),
        Err(StartError::Lock(LockError::Taken(_))) => None,
        Err(error) => return Err(CliError::Failed(error.to_string())),
    };
    if let Some(engine) = &engine {
        engine.start().await?;
        // The console opens all the same and shows why nothing can be told to it.
        if let Err(error) = engine.listen().await {
            tracing::error!("{error}");
        }
    }
    let pulse = pulse::start(&session.store, &session.config, engine.clone());
    let desk = Arc::new(session.desk_with(who, demo, pulse.receiver()).await?);
    let options = crate::console::Options {
        theme: theme(args),
        currency: session.config.business.currency.clone(),
        bell: crate::console::bell::Bell::new(session.config.alerts.bell, session.config.alerts.desktop, |name| {
            std::env::var(name).ok()
        }),
        engine: engine.clone().map(|engine| engine as Arc<dyn crate::console::Suspend>),
        ..crate::console::Options::default()
    };
    let shown = crate::console::run(desk, Arc::clone(&session.clock), options).await;
    pulse.stop();
    stop(engine).await;
    session.store.close().await?;
    shown.map(status).map_err(|error| CliError::Failed(error.to_string()))
}

/// Stops the engine inside, if there is one.
async fn stop(engine: Option<Arc<Engine>>) {
    if let Some(engine) = engine {
        engine.stop(GRACE).await;
    }
}

fn theme(args: &Args) -> crate::console::Theme {
    let mut theme = crate::console::Theme::detect(|name| std::env::var(name).ok());
    theme.ascii |= args.ascii;
    theme
}

impl crate::console::Suspend for Engine {
    fn stop(&self) -> futures::future::BoxFuture<'_, ()> {
        Box::pin(self.stop(GRACE))
    }

    fn resume(&self) -> futures::future::BoxFuture<'_, ()> {
        Box::pin(async move {
            if let Err(error) = self.start().await {
                tracing::error!("the engine could not go on: {}", error.chain());
            }
            if let Err(error) = self.listen().await {
                tracing::error!("{error}");
            }
        })
    }
}
