//! The pulse: one task that notices what changed, here or in another process, and tells whoever shows
//! something. A missed beat only delays.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::alarms::Alarms;
use super::words::sentence;
use super::{Calls, EngineState, Pulse};
use crate::config::Config;
use crate::engine::Engine;
use crate::engine::owner::trouble;
use crate::store::{EndpointKind, Store, StoreError};

/// How often another process's changes are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// Changes closer together are told as one.
const FOLD: Duration = Duration::from_millis(150);
/// An engine that has not beaten for this long is gone.
const SILENT: SignedDuration = SignedDuration::from_secs(60);
/// Most troubles shown.
const TROUBLES: usize = 5;

/// A running pulse.
pub struct Beating {
    pulse: watch::Receiver<Pulse>,
    task: JoinHandle<()>,
}

impl Beating {
    /// Where the pulse is felt.
    pub fn receiver(&self) -> watch::Receiver<Pulse> {
        self.pulse.clone()
    }

    /// Ends it.
    pub fn stop(&self) {
        self.task.abort();
    }
}

/// What one look leaves for the next.
#[derive(Default)]
struct Known {
    alarms: Alarms,
    /// The newest alert there was at the first look.
    first: Option<i64>,
}

impl Known {
    /// What needed somebody since the first look.
    async fn calls(&mut self, store: &Store) -> Result<Calls, StoreError> {
        let Some(first) = self.first else {
            self.first = Some(store.newest_alert().await?);
            return Ok(Calls::default());
        };
        let counts = store.alerts_after(first).await?;
        Ok(Calls { late: counts.late, needs_you: counts.needs_you })
    }
}

/// Starts the pulse of a store; `engine` is the one inside this process.
pub fn start(store: &Store, config: &Arc<Config>, engine: Option<Arc<Engine>>) -> Beating {
    let (sender, pulse) = watch::channel(Pulse::default());
    let task = tokio::spawn(beat(store.clone(), Arc::clone(config), engine, sender));
    Beating { pulse, task }
}

async fn beat(store: Store, config: Arc<Config>, engine: Option<Arc<Engine>>, sender: watch::Sender<Pulse>) {
    let mut changes = store.changes();
    let mut seen = -1;
    let mut known = Known::default();
    loop {
        match store.version().await {
            Ok(version) if version != seen => {
                if seen >= 0 {
                    // Another process may have changed something the stages here wait for.
                    store.announce();
                    changes.mark_unchanged();
                }
                seen = version;
                match look(&store, &config, engine.as_deref(), &mut known).await {
                    Ok(found) => sender.send_modify(|pulse| {
                        *pulse = Pulse { version: pulse.version + 1, ..found };
                    }),
                    Err(error) => tracing::warn!("{}", error.chain()),
                }
            }
            Ok(_) => {
                let now = store.clock().now();
                let stale = sender.borrow().heard_at.is_none_or(|at| at.duration_until(now).as_secs() > 5);
                if stale {
                    refresh(&store, &config, engine.as_deref(), &mut known, &sender).await;
                }
            }
            Err(error) => tracing::warn!("{}", error.chain()),
        }
        tokio::select! {
            _ = changes.changed() => tokio::time::sleep(FOLD).await,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Nothing was written, but troubles and the engine's state can change without that. Only a real change
/// is told; being heard is kept silently.
async fn refresh(
    store: &Store,
    config: &Config,
    engine: Option<&Engine>,
    known: &mut Known,
    sender: &watch::Sender<Pulse>,
) {
    let Ok(found) = look(store, config, engine, known).await else { return };
    sender.send_if_modified(|pulse| {
        let changed = pulse.engine != found.engine || pulse.troubles != found.troubles || pulse.alarms != found.alarms;
        let version = pulse.version + u64::from(changed);
        *pulse = Pulse { version, ..found };
        changed
    });
}

async fn look(store: &Store, config: &Config, engine: Option<&Engine>, known: &mut Known) -> Result<Pulse, StoreError> {
    let mut troubles = engine.map(Engine::troubles).unwrap_or_default();
    for (kind, word) in [
        (EndpointKind::Source, "source"),
        (EndpointKind::Destination, "destination"),
        (EndpointKind::Mailbox, "mailbox of"),
    ] {
        for (name, endpoint) in store.endpoints(kind).await? {
            let known = match kind {
                EndpointKind::Source => config.sources.contains_key(&name),
                EndpointKind::Destination => config.destinations.contains_key(&name),
                EndpointKind::Mailbox => config.mailboxes().any(|(id, _)| id == name),
            };
            if let Some(error) = endpoint.error.filter(|_| known && endpoint.class.is_some()) {
                troubles.push(format!("{word} {name}: {error}"));
            }
        }
    }
    if store.anybody_ownerless().await? {
        troubles.push(
            "leads wait that nobody may take: no skill, no territory, or everybody away; Capacity (2) shows where"
                .into(),
        );
    }
    if let Some(why) = store.alerts_untold_why().await? {
        troubles.push(format!("alerts wait to be told: {why}"));
    }
    if config.report.mail.is_some() {
        troubles.extend(store.report_mails().await?.iter().filter_map(trouble));
    }
    troubles.truncate(TROUBLES);
    let state = match engine {
        Some(_) => EngineState::Here,
        None if store.engine_alive(SILENT).await? => EngineState::Elsewhere,
        None => EngineState::None,
    };
    let last = store.latest_told(1).await?;
    let now = store.clock().now();
    Ok(Pulse {
        version: 0,
        engine: state,
        heard_at: Some(now),
        troubles,
        alarms: known.alarms.at(store, config, now).await?,
        last: last.first().map(|told| sentence(told, config)),
        calls: known.calls(store).await?,
    })
}
