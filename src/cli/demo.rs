//! `leadgate demo`: the demo's world, the very engine a business would run, and the console on it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use tokio::sync::watch;

use super::args::Args;
use super::engine::{GRACE, stopped};
#[cfg(not(feature = "console"))]
use super::no_console::demo as screen;
use super::session::Session;
use super::{CliError, json};
use crate::clock::{SharedClock, SystemClock};
use crate::config;
use crate::demo::{Cast, Tally, World, scene};
use crate::desk::{Pulse, pulse};
use crate::store::{Cost, CostKind, ProcKind};

/// How to run the demo.
#[derive(Debug, ClapArgs)]
pub struct DemoArgs {
    /// Without a screen; ends with a one-line summary
    #[arg(long)]
    pub headless: bool,
    /// How long a headless demo runs
    #[arg(long = "for", value_name = "TIME", default_value = "30s")]
    pub length: String,
    /// Another story
    #[arg(long, default_value_t = crate::demo::DEFAULT_SEED)]
    pub seed: u64,
}

/// Who the simulated people act as.
const SIMULATED: &str = "demo";

/// A started demo.
struct Stage {
    world: World,
    session: Session,
    clock: SharedClock,
    /// Removed at the end, unless a data folder was asked for.
    temporary: Option<PathBuf>,
}

/// `leadgate demo`, with or without a screen.
pub async fn run(args: &Args, demo: &DemoArgs, out: &mut dyn Write) -> Result<u8, CliError> {
    let length =
        config::duration(&demo.length).map_err(|words| CliError::Failed(format!("--for {}: {words}", demo.length)))?;
    if demo.headless {
        headless(args, demo.seed, length.unsigned_abs(), out).await
    } else {
        screen(args, demo.seed).await
    }
}

async fn set_up(args: &Args, seed: u64, spared: Option<&str>) -> Result<Stage, CliError> {
    let clock: SharedClock = Arc::new(SystemClock);
    let failed = |what: &str, error: &dyn std::fmt::Display| CliError::Failed(format!("{what}: {error}"));
    let temporary = match &args.data_dir {
        Some(_) => None,
        None => Some(std::env::temp_dir().join(format!("leadgate-demo-{}", std::process::id()))),
    };
    let dir = args.data_dir.clone().or_else(|| temporary.clone()).unwrap_or_default();
    let dir = std::path::absolute(&dir).map_err(|error| failed("the demo's folder", &error))?;
    config::paths::private_dir(&dir).map_err(|error| failed("cannot create the demo's folder", &error))?;
    let world =
        World::start(seed, spared, Arc::clone(&clock)).await.map_err(|error| failed("the demo's world", &error))?;
    let text = scene::lay_out(&world.addresses, &world.secrets, &dir)
        .map_err(|error| failed("cannot write the demo's configuration", &error))?;
    write_private(&dir.join("leadgate.toml"), &text)
        .map_err(|error| failed("cannot keep the demo's configuration", &error))?;
    let loaded = config::load_text("the demo's configuration", &text, &dir).map_err(Box::new)?;
    let session = Session::of(loaded, ProcKind::Engine, scene::YOU, Arc::clone(&clock)).await?;
    book_spend(&session).await?;
    Ok(Stage { world, session, clock, temporary })
}

/// Books what today's leads cost, as somebody with the platforms' bills at hand would; once a day.
async fn book_spend(session: &Session) -> Result<(), CliError> {
    let business = &session.config.business;
    let day = session.clock.now().to_zoned(business.zone.clone()).date();
    if !session.store.cost_rows(day, day, None).await?.is_empty() {
        return Ok(());
    }
    let cost = |(source, amount): (&str, i64)| Cost {
        source: Some(source.to_owned()),
        campaign: None,
        day,
        until: None,
        amount,
        currency: business.currency.clone(),
        kind: CostKind::Spend,
    };
    session.store.activate(&session.config).await?;
    session.store.add_costs(scene::SPEND.map(cost).into(), SIMULATED.into()).await?;
    Ok(())
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}

/// Sets the simulated people to work, at a desk of their own: their acts are not those of whoever sits at
/// the console.
async fn people(
    session: &Session,
    clock: &SharedClock,
    seed: u64,
    spared: Option<&str>,
) -> Result<watch::Sender<bool>, CliError> {
    let quiet = watch::Sender::new(Pulse::default()).subscribe();
    let desk = Arc::new(session.desk_with(SIMULATED, true, quiet).await?);
    let cast = Cast::new(seed, desk, Arc::clone(clock), scene::MAIL, spared);
    let stopped = watch::Sender::new(false);
    tokio::spawn(cast.run(stopped.subscribe()));
    Ok(stopped)
}

async fn headless(args: &Args, seed: u64, length: Duration, out: &mut dyn Write) -> Result<u8, CliError> {
    let stage = set_up(args, seed, None).await?;
    let engine = Arc::new(stage.session.engine().await.map_err(|error| CliError::Failed(error.to_string()))?);
    engine.start().await?;
    let pulse = pulse::start(&stage.session.store, &stage.session.config, Some(Arc::clone(&engine)));
    let desk = stage.session.desk_with(scene::YOU, true, pulse.receiver()).await?;
    let cast = people(&stage.session, &stage.clock, seed, None).await?;
    tokio::select! {
        () = tokio::time::sleep(length) => {}
        () = stopped() => {}
    }
    cast.send_replace(true);
    engine.stop(GRACE).await;
    let tally = Tally::of(&desk).await?;
    pulse.stop();
    if args.json {
        let counts = serde_json::json!({ "received": tally.received, "qualified": tally.qualified, "held": tally.held,
            "handed_off": tally.handed_off, "answered": tally.answered });
        json(out, &counts)?;
    } else {
        writeln!(out, "{tally}")?;
    }
    stage.end().await?;
    Ok(0)
}

/// The demo with the console on it.
#[cfg(feature = "console")]
pub async fn screen(args: &Args, seed: u64) -> Result<u8, CliError> {
    let stage = set_up(args, seed, Some(scene::YOUR_NAME)).await?;
    let _log = super::log::to_file(&stage.session.data_dir);
    let Stage { world, session, clock, temporary } = stage;
    let shown = match people(&session, &clock, seed, Some(scene::YOU)).await {
        Ok(cast) => {
            let shown = super::open::screen(args, session, scene::YOU, true).await;
            cast.send_replace(true);
            shown
        }
        Err(error) => Err(error),
    };
    world.stop().await;
    remove(temporary);
    shown
}

impl Stage {
    async fn end(self) -> Result<(), CliError> {
        self.session.store.close().await?;
        self.world.stop().await;
        remove(self.temporary);
        Ok(())
    }
}

fn remove(temporary: Option<PathBuf>) {
    if let Some(dir) = temporary
        && let Err(error) = std::fs::remove_dir_all(&dir)
    {
        tracing::warn!(%error, "the demo's folder could not be removed");
    }
}
