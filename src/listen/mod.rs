//! The way in for sources that tell by themselves: a small HTTP server inside the engine. Whoever sends is
//! not trusted: everything is bounded (connections, bytes, fields, time, rate), proof comes before work, and
//! a delivery is answered with success only once the store has committed it.

mod door;
mod form;
mod limits;
mod look;
mod metrics;
mod receive;
mod say;
mod status;
mod text;
mod yes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use axum::response::Response;
use axum::routing::{any, get, post};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use self::door::{Door, Peer};
use self::say::Say;
use crate::config::checked::Listen;
use crate::engine::Parts;
use crate::engine::driver::Trouble;

/// Connections at the same time; more wait to be taken.
const CONNECTIONS_MAX: usize = 256;
/// Longest time for the head of a request, and for silence between two on one connection.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Longest time for the body of a request.
const BODY_TIME: Duration = Duration::from_secs(15);
/// Most headers of a request.
const HEADERS_MAX: usize = 64;
/// Largest head of a request, in bytes.
const HEAD_MAX: usize = 32 * 1024;
/// Wait after a connection could not be taken: no file handle is left, say.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// What is in flight at the end has this long to commit and to be answered.
const GOODBYE: Duration = Duration::from_secs(15);

/// How long and how much a listener waits for; what it does by default is named above.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Longest time for the head of a request, and for silence between two.
    pub head_time: Duration,
    /// Longest time for a body.
    pub body_time: Duration,
    /// Connections at the same time.
    pub connections: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { head_time: HEAD_TIME, body_time: BODY_TIME, connections: CONNECTIONS_MAX }
    }
}

/// Why nothing listens.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody else has the port.
    #[error("listen.bind {0}: another program listens there already; end it, or choose another port in [listen]")]
    Taken(SocketAddr),
    /// The address cannot be used.
    #[error("listen.bind {0} cannot be used: {1}; give an address of this machine in [listen]")]
    Address(SocketAddr, std::io::Error),
    /// The token of the metrics cannot be read.
    #[error("listen.metrics_token: {0}")]
    Token(String),
}

/// A running listener.
pub struct Listener {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Opens the door and serves in a task of its own. `stages` are what /healthz looks at.
    ///
    /// # Errors
    /// The address is taken or cannot be used, or the token cannot be read.
    pub async fn start(
        listen: &Listen,
        parts: Arc<Parts>,
        stages: Vec<Arc<Trouble>>,
        bounds: Bounds,
    ) -> Result<Self, ListenError> {
        let token = match listen.metrics_token.clone() {
            Some(secret) => {
                let read = tokio::task::spawn_blocking(move || secret.resolve()).await;
                Some(read.map_err(|error| ListenError::Token(error.to_string()))?.map_err(ListenError::Token)?)
            }
            None => None,
        };
        let bound = TcpListener::bind(listen.bind).await;
        let listener = bound.map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => ListenError::Taken(listen.bind),
            _ => ListenError::Address(listen.bind, error),
        })?;
        let address = listener.local_addr().map_err(|error| ListenError::Address(listen.bind, error))?;
        tracing::info!("listens at http://{address}");
        for id in parts.pushes.keys() {
            let at = Listen { bind: address, ..listen.clone() }.address_of(id);
            tracing::info!(source = id, "waits to be told at {at}");
        }
        let router = router(Arc::new(Door::new(listen.clone(), parts, stages, token.as_ref(), bounds)));
        let stop = watch::Sender::new(false);
        let task = tokio::spawn(serve(listener, router, bounds, stop.subscribe()));
        Ok(Self { address, stop, task })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes nothing new, and waits until what is in flight is committed and answered.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!("the listener stopped by a fault of leadgate itself: {error}");
        }
    }
}

fn router(door: Arc<Door>) -> Router {
    Router::new()
        .route("/in/{source}", any(receive::receive))
        .route("/yes/{link}", get(yes::show).post(yes::take))
        .route("/look/{link}", post(look::called))
        .route("/healthz", get(status::health))
        .route("/metrics", get(status::metrics))
        .fallback(nowhere)
        .with_state(door)
}

async fn nowhere() -> Response {
    Say::NotFound.response()
}

async fn serve(listener: TcpListener, router: Router, bounds: Bounds, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(bounds.connections));
    loop {
        let taken = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            taken = take(&listener, &places) => taken,
        };
        let (stream, peer, place) = match taken {
            Ok(taken) => taken,
            Err(error) => {
                tracing::warn!("a connection could not be taken: {error}");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(router.clone().layer(Extension(Peer(peer.ip()))));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(bounds.head_time)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!("a connection ended: {error}");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(GOODBYE, graceful.shutdown()).await.is_err() {
        tracing::warn!("deliveries were still in flight when the listener stopped; their senders send them again");
    }
}

type Taken = (tokio::net::TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn take(listener: &TcpListener, places: &Arc<Semaphore>) -> std::io::Result<Taken> {
    let place = Arc::clone(places).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, peer, place))
}
