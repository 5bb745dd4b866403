//! Opening what a command works on: the configuration, the store, and the desk of the person who calls.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;

use super::CliError;
use super::args::Args;
use crate::clock::{SharedClock, SystemClock};
use crate::config::checked::StoreAt;
use crate::config::{self, Config, Loaded};
use crate::desk::owner::DeskReports;
use crate::desk::{Pulse, Seat, StoreDesk};
use crate::engine::wiring::Place;
use crate::engine::{Engine, StartError};
use crate::net::http::Http;
use crate::net::tokens::FileTokens;
use crate::store::{ProcKind, Store, StoreOptions};

/// An opened configuration and store.
pub struct Session {
    /// The configuration.
    pub config: Arc<Config>,
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: SharedClock,
    /// The data folder.
    pub data_dir: PathBuf,
    /// The operator's own presets.
    pub presets: Option<PathBuf>,
    /// Where the configuration comes from, for drafts that take the place of its file.
    pub layers: config::Sources,
}

/// The configuration file the arguments name. A data folder that carries its own `leadgate.toml` (a kept
/// demo) is read with that when no other is named; `None` leaves the person's own.
pub fn file(args: &Args) -> Option<PathBuf> {
    let own = || args.data_dir.as_ref().map(|dir| dir.join("leadgate.toml")).filter(|file| file.is_file());
    args.config.clone().or_else(own)
}

/// Reads the configuration the arguments name.
///
/// # Errors
/// Every mistake in it.
pub fn load(args: &Args) -> Result<Loaded, Box<config::ConfigErrors>> {
    let sources =
        config::Sources { file: file(args), data_dir: args.data_dir.clone(), sets: args.set.clone(), env: Vec::new() };
    config::load(&sources.with_process_env()).map_err(Box::new)
}

impl Session {
    /// Opens what the arguments name.
    ///
    /// # Errors
    /// The configuration does not hold, or the store cannot be used.
    pub async fn open(args: &Args, kind: ProcKind) -> Result<Self, CliError> {
        let loaded = load(args)?;
        Ok(Self::of(loaded, kind, &who(args), Arc::new(SystemClock)).await?.setting(args))
    }

    /// Remembers what the call sets, which holds for drafts, too.
    #[must_use]
    pub fn setting(mut self, args: &Args) -> Self {
        self.layers.sets.clone_from(&args.set);
        self
    }

    /// Opens the store of a loaded configuration.
    ///
    /// # Errors
    /// The store cannot be used.
    pub async fn of(loaded: Loaded, kind: ProcKind, who: &str, clock: SharedClock) -> Result<Self, CliError> {
        let config = Arc::new(loaded.config);
        let password = match &config.store {
            StoreAt::Postgres { password: Some(secret), .. } => {
                let secret = secret.clone();
                let resolved = tokio::task::spawn_blocking(move || secret.resolve()).await;
                let resolved = resolved.map_err(|error| CliError::Failed(error.to_string()))?;
                Some(resolved.map_err(|words| CliError::Failed(format!("the database's password: {words}")))?)
            }
            _ => None,
        };
        let options =
            StoreOptions { at: config.store.clone(), password, kind, who: who.to_owned(), clock: Arc::clone(&clock) };
        let store = Store::open(options).await?.store;
        let presets = loaded.files.first().and_then(|file| file.parent()).map(|dir| dir.join("presets"));
        let layers = config::Sources {
            file: loaded.files.first().cloned(),
            data_dir: Some(loaded.data_dir.clone()),
            ..config::Sources::default()
        };
        let layers = layers.with_process_env();
        Ok(Self { config, store, clock, data_dir: loaded.data_dir, presets, layers })
    }

    /// Builds the engine; nothing runs yet.
    ///
    /// # Errors
    /// Another engine is at work, or the store does not answer.
    pub async fn engine(&self) -> Result<Engine, StartError> {
        let embedded = matches!(self.config.store, StoreAt::Sqlite(_));
        let place =
            Place { data_dir: home(&self.config, &self.data_dir), presets: self.presets.as_deref(), lock: embedded };
        let (store, config, clock) = (self.store.clone(), Arc::clone(&self.config), Arc::clone(&self.clock));
        let engine = Engine::build(store.clone(), Arc::clone(&config), Arc::clone(&clock), place).await?;
        let (seat, pulse) = (seat(&config, "leadgate", false), watch::Sender::new(Pulse::default()).subscribe());
        let desk = StoreDesk::new(store, config, clock, seat, pulse).await?;
        Ok(engine.reporting(Arc::new(DeskReports(Arc::new(desk)))))
    }

    /// The desk of the person who calls, without a pulse (one command).
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn desk(&self, args: &Args) -> Result<StoreDesk, CliError> {
        let pulse = watch::Sender::new(Pulse::default()).subscribe();
        self.desk_with(&who(args), false, pulse).await
    }

    /// The desk of `who`, with the pulse of a running engine.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn desk_with(&self, who: &str, demo: bool, pulse: watch::Receiver<Pulse>) -> Result<StoreDesk, CliError> {
        let seat = seat(&self.config, who, demo);
        let desk =
            StoreDesk::new(self.store.clone(), Arc::clone(&self.config), Arc::clone(&self.clock), seat, pulse).await?;
        Ok(desk.with_layers(self.layers.clone()))
    }
}

/// Who calls: `--as`, else the user of the operating system.
pub fn who(args: &Args) -> String {
    let user = || std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "somebody".into());
    crate::text::clean_line(&args.who.clone().unwrap_or_else(user), 60)
}

fn seat(config: &Config, who: &str, demo: bool) -> Seat {
    let person = config.people.get(who);
    Seat {
        who: who.to_owned(),
        title: person.map_or_else(|| who.to_owned(), |person| format!("{} · {}", person.name, person.team)),
        person: person.map(|person| person.id.clone()),
        zone: config.business.zone.clone(),
        business: config.business.name.clone(),
        people: config.people.values().map(|one| (one.id.clone(), one.name.clone(), one.team.clone())).collect(),
        services: config.services.values().map(|one| (one.id.clone(), one.title.clone())).collect(),
        demo,
    }
}

/// A client that knows the sign-ins of a configuration.
///
/// # Errors
/// The client cannot be made.
pub fn http(loaded: &Loaded) -> Result<Http, CliError> {
    let tokens = FileTokens::within(home(&loaded.config, &loaded.data_dir));
    Ok(Http::new(Arc::new(SystemClock)).map_err(CliError::Failed)?.keeping(Arc::new(tokens)))
}

/// Where the engine of a configuration keeps its own files (lock, sign-ins): beside an embedded store, else in
/// the data directory.
pub(super) fn home<'a>(config: &'a Config, data_dir: &'a Path) -> &'a Path {
    match &config.store {
        StoreAt::Sqlite(file) => file.parent().unwrap_or(data_dir),
        StoreAt::Postgres { .. } => data_dir,
    }
}
