//! The only file that knows the whole journey:
//!
//! ```text
//! poll (source → intake → qualify) → release (queue) → deliver (handoff) → track (response)
//!                     tend keeps claims alive · reconcile settles the unknown
//! ```

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Decider;
use super::alert::Alerts;
use super::deliver::Deliver;
use super::driver::{Stage, Trouble, drive};
use super::inbox::Returns;
use super::keep::Keep;
use super::ladder::Ladder;
use super::lock::{EngineLock, LockError};
use super::notify::Notify;
use super::owner::ReportMaker;
use super::poll::Poll;
use super::pressure::Relieve;
use super::reconcile::Reconcile;
use super::release::Release;
use super::shadow::Shadows;
use super::tell::Tell;
use super::tend::Tend;
use super::track::Track;
use crate::clock::SharedClock;
use crate::config::Config;
use crate::config::checked::Transport;
use crate::handoff::Destination;
use crate::handoff::email::Inbox;
use crate::lead::outcome::Failure;
use crate::listen::{Bounds, ListenError, Listener};
use crate::net::http::Http;
use crate::net::tokens::FileTokens;
use crate::preset::Library;
use crate::source::Source;
use crate::source::pushed::{Pushed, pushed};
use crate::store::{Clocks, EndpointKind, Store, StoreError};

/// A destination ready to be used.
pub struct Target {
    /// Endpoint row.
    pub id: i64,
    /// Config id.
    pub name: String,
    /// How it is reached.
    pub transport: Transport,
    /// How often an open handoff there is asked about at first.
    pub ask_every: SignedDuration,
    /// How long a request whose answer was lost may still be worked on there.
    pub grace: SignedDuration,
    /// The destination itself.
    pub by: Box<dyn Destination>,
    /// Where its answers and bounces are read.
    pub inbox: Option<Inbox>,
}

impl Target {
    /// The clocks that start when this destination has a handoff.
    pub fn clocks(&self, config: &Config, team: &str, route: &str, now: Timestamp) -> Clocks {
        crate::response::clocks(config, team, route, self.by.tracks().then_some(self.ask_every), now)
    }
}

/// What every stage shares.
pub struct Parts {
    /// The store.
    pub store: Store,
    /// The config.
    pub config: Arc<Config>,
    /// Its row.
    pub config_id: i64,
    /// The clock.
    pub clock: SharedClock,
    /// Towards the operator's own addresses.
    pub http: Http,
    /// Cleans and decides.
    pub decider: Decider,
    /// Sources by id.
    pub sources: BTreeMap<String, Box<dyn Source>>,
    /// Sources that tell by themselves, by id; nobody polls them.
    pub pushes: BTreeMap<String, Pushed>,
    /// Destinations by id.
    pub targets: BTreeMap<String, Arc<Target>>,
    /// Endpoint rows of destinations by id.
    pub destination_ids: BTreeMap<String, i64>,
    /// Sources and destinations that could not be built, and why.
    pub broken: Vec<(EndpointKind, String, Failure)>,
    /// No other engine can be at work on this store.
    pub alone: bool,
    beat: AtomicI64,
}

impl Parts {
    /// The destination of an endpoint row.
    pub fn target(&self, id: i64) -> Option<&Arc<Target>> {
        self.targets.values().find(|target| target.id == id)
    }

    /// Is this endpoint row a destination of the config that could not be set up?
    pub fn is_broken(&self, id: i64) -> bool {
        let mut broken = self.broken.iter().filter(|(kind, ..)| *kind == EndpointKind::Destination);
        broken.any(|(_, name, _)| self.destination_ids.get(name) == Some(&id))
    }

    /// Is a heartbeat due? Says yes once per `every`.
    pub fn beat_due(&self, now: Timestamp, every: SignedDuration) -> bool {
        let last = self.beat.load(Ordering::SeqCst);
        let due = now.as_microsecond() - last >= every.as_micros() as i64 || now.as_microsecond() < last;
        due && self.beat.compare_exchange(last, now.as_microsecond(), Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

/// An engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another one is at work.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The store did not answer.
    #[error("{}", .0.chain())]
    Store(#[from] StoreError),
    /// The presets cannot be read, or there is no network stack.
    #[error("{0}")]
    Parts(String),
}

/// The engine: its parts, and the tasks that drive them once started.
pub struct Engine {
    pub(super) parts: Arc<Parts>,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    troubles: Mutex<Vec<Arc<Trouble>>>,
    listener: Mutex<Option<Listener>>,
    pub(super) reports: Option<Arc<dyn ReportMaker>>,
    _lock: Option<EngineLock>,
}

/// Where presets and the lock are.
pub struct Place<'a> {
    /// Data directory; the lock is taken there.
    pub data_dir: &'a Path,
    /// Directory of the operator's own presets.
    pub presets: Option<&'a Path>,
    /// Take the engine's file lock (embedded store).
    pub lock: bool,
}

impl Engine {
    /// Builds every part and takes the lock; nothing runs yet.
    ///
    /// # Errors
    /// Another engine is at work, the store does not answer, or the presets cannot be read.
    pub async fn build(
        store: Store,
        config: Arc<Config>,
        clock: SharedClock,
        place: Place<'_>,
    ) -> Result<Self, StartError> {
        let lock = if place.lock { Some(EngineLock::take(place.data_dir)?) } else { None };
        let config_id = store.activate(&config).await?;
        let library = place.presets.map_or_else(|| Ok(Library::built_in()), Library::load);
        let library = library.map_err(|error| StartError::Parts(error.to_string()))?;
        let tokens = Arc::new(FileTokens::within(place.data_dir));
        let http = Http::new(Arc::clone(&clock)).map_err(StartError::Parts)?.keeping(tokens);
        // One that cannot be built never keeps the others from working: it is shown with its reason.
        let mut broken = Vec::new();
        let mut sources: BTreeMap<String, Box<dyn Source>> = BTreeMap::new();
        let mut pushes = BTreeMap::new();
        for (id, source) in &config.sources {
            match tokio::task::block_in_place(|| pushed(source, &library)) {
                Ok(None) => {}
                Ok(Some(told)) => {
                    pushes.insert(id.clone(), told);
                    continue;
                }
                Err(failure) => {
                    broken.push((EndpointKind::Source, id.clone(), failure));
                    continue;
                }
            }
            match tokio::task::block_in_place(|| crate::source::build(source, &library, &http)) {
                Ok(built) => drop(sources.insert(id.clone(), built)),
                Err(failure) => broken.push((EndpointKind::Source, id.clone(), failure)),
            }
        }
        let rows = store.endpoints(EndpointKind::Destination).await?;
        let destination_ids: BTreeMap<String, i64> = rows.into_iter().map(|(name, row)| (name, row.id)).collect();
        let mut targets = BTreeMap::new();
        for (id, destination) in &config.destinations {
            match tokio::task::block_in_place(|| crate::handoff::build(destination, &library, &http)) {
                Ok(by) => {
                    let inbox = tokio::task::block_in_place(|| Inbox::of(destination)).transpose();
                    let inbox = inbox.unwrap_or_else(|failure| {
                        broken.push((EndpointKind::Mailbox, id.clone(), failure));
                        None
                    });
                    let row = destination_ids.get(id).copied().unwrap_or_default();
                    if let Some(proof) = store.proof(row).await? {
                        by.recall(&proof);
                    }
                    let target = Target {
                        id: row,
                        name: id.clone(),
                        transport: destination.by.clone(),
                        ask_every: destination.ask_every,
                        grace: destination.grace,
                        by,
                        inbox,
                    };
                    targets.insert(id.clone(), Arc::new(target));
                }
                Err(failure) => broken.push((EndpointKind::Destination, id.clone(), failure)),
            }
        }
        for name in pushes.keys() {
            store.source_mended(name.clone()).await?;
        }
        for (kind, name, failure) in &broken {
            store.mark_broken(*kind, name.clone(), failure.clone()).await?;
        }
        let decider = Decider::new(&config);
        decider.shade().refresh(&store).await?;
        let parts = Parts {
            decider,
            store,
            config,
            config_id,
            clock,
            http,
            sources,
            pushes,
            targets,
            destination_ids,
            broken,
            alone: lock.is_some(),
            beat: AtomicI64::new(0),
        };
        Ok(Self {
            parts: Arc::new(parts),
            stop: watch::Sender::new(false),
            tasks: Mutex::default(),
            troubles: Mutex::default(),
            listener: Mutex::default(),
            reports: None,
            _lock: lock,
        })
    }

    /// The parts.
    pub fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }

    /// Turns true when the engine is asked to stop.
    pub fn stop_signal(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Asks for a stop without waiting for it.
    pub fn ask_to_stop(&self) {
        self.stop.send_replace(true);
    }

    /// One delivering stage a destination.
    pub(super) fn deliveries(&self) -> Vec<Arc<Deliver>> {
        let targets = self.parts.targets.values();
        targets.map(|target| Arc::new(Deliver { parts: Arc::clone(&self.parts), target: Arc::clone(target) })).collect()
    }

    /// One reconciling stage a destination, those that have left the config included.
    pub(super) fn reconciles(&self) -> Vec<Arc<Reconcile>> {
        let ids = self.parts.destination_ids.iter();
        let one =
            |(name, id): (&String, &i64)| Reconcile { parts: Arc::clone(&self.parts), name: name.clone(), id: *id };
        ids.map(one).map(Arc::new).collect()
    }

    /// One stage a mailbox; `all`: looked at due or not.
    pub(super) fn inboxes(&self, all: bool) -> Vec<Arc<Returns>> {
        let read = self.parts.targets.values().filter(|target| target.inbox.is_some());
        read.map(|target| Arc::new(Returns::new(Arc::clone(&self.parts), Arc::clone(target), all))).collect()
    }

    /// Starts every stage.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn start(&self) -> Result<(), StoreError> {
        if self.parts.alone {
            self.parts.store.bury_engines(SignedDuration::ZERO).await?;
        }
        // Whoever starts an engine has seen to what was wrong.
        self.parts.store.try_again_now().await?;
        self.stop.send_replace(false);
        if let Ok(mut troubles) = self.troubles.lock() {
            troubles.clear();
        }
        let parts = || Arc::clone(&self.parts);
        let mut stages: Vec<Arc<dyn Stage>> = vec![
            Arc::new(Tend(parts())),
            Arc::new(Poll::new(parts(), self.stop_signal())),
            Arc::new(Release(parts())),
            Arc::new(Relieve::new(parts())),
            Arc::new(Tell(parts())),
            Arc::new(Track { parts: parts(), all: false }),
            Arc::new(Ladder(parts())),
            Arc::new(Notify(parts())),
            Arc::new(Alerts(parts())),
            Arc::new(Shadows(parts())),
            Arc::new(Keep::new(parts())),
        ];
        stages.extend(self.owner().map(|stage| stage as Arc<dyn Stage>));
        stages.extend(self.stop_losses().map(|stage| stage as Arc<dyn Stage>));
        stages.extend(self.deliveries().into_iter().map(|stage| stage as Arc<dyn Stage>));
        stages.extend(self.reconciles().into_iter().map(|stage| stage as Arc<dyn Stage>));
        let inboxes = self.inboxes(false);
        if let Ok(mut tasks) = self.tasks.lock() {
            let ears = inboxes.iter().map(|inbox| Arc::clone(inbox).listen(self.stop_signal()));
            tasks.extend(ears.map(tokio::spawn));
        }
        stages.extend(inboxes.into_iter().map(|stage| stage as Arc<dyn Stage>));
        for stage in stages {
            let trouble = Arc::new(Trouble::new(None));
            let task = drive(
                stage,
                Arc::clone(&self.parts.clock),
                self.parts.store.changes(),
                self.stop_signal(),
                Arc::clone(&trouble),
            );
            if let (Ok(mut tasks), Ok(mut troubles)) = (self.tasks.lock(), self.troubles.lock()) {
                tasks.push(tokio::spawn(task));
                troubles.push(trouble);
            }
        }
        Ok(())
    }

    /// Opens the door for sources that tell by themselves, where the config says so; to be called once the
    /// stages are started. Where it listens, if it does.
    ///
    /// # Errors
    /// The address is taken or cannot be used; it is among the troubles from then on.
    pub async fn listen(&self) -> Result<Option<SocketAddr>, ListenError> {
        let Some(listen) = &self.parts.config.listen else { return Ok(None) };
        let stages = self.troubles.lock().map(|stages| stages.clone()).unwrap_or_default();
        match Listener::start(listen, Arc::clone(&self.parts), stages, Bounds::default()).await {
            Ok(listener) => {
                let address = listener.address();
                if let Ok(mut place) = self.listener.lock() {
                    *place = Some(listener);
                }
                Ok(Some(address))
            }
            Err(error) => {
                if let Ok(mut troubles) = self.troubles.lock() {
                    troubles.push(Arc::new(Trouble::new(Some(error.to_string()))));
                }
                Err(error)
            }
        }
    }

    /// What is wrong with the stages now.
    pub fn troubles(&self) -> Vec<String> {
        let Ok(troubles) = self.troubles.lock() else { return Vec::new() };
        troubles.iter().filter_map(|trouble| trouble.borrow().clone()).collect()
    }

    /// Stops taking new work, lets what is in flight finish for at most `grace`, and signs off.
    pub async fn stop(&self, grace: std::time::Duration) {
        // First, so that what is being told is committed while the store is still ours.
        let listener = self.listener.lock().ok().and_then(|mut listener| listener.take());
        if let Some(listener) = listener {
            listener.stop().await;
        }
        self.stop.send_replace(true);
        let tasks = self.tasks.lock().map(|mut tasks| std::mem::take(&mut *tasks)).unwrap_or_default();
        let all = futures::future::join_all(tasks);
        if tokio::time::timeout(grace, all).await.is_err() {
            tracing::warn!("some work was still in flight when the engine stopped; it is taken up at the next start");
        }
    }
}
