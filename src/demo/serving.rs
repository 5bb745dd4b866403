//! What the demo's servers share: a loopback listener, an orderly end, and locks that survive a panic.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A server that has not ended this long after it was asked to is cut off.
const LONGEST_GOODBYE: Duration = Duration::from_secs(2);

/// One running server.
#[derive(Debug)]
pub(super) struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Runs `make` on a fresh loopback port; `make` gets the listener and a receiver that turns true when
    /// it has to end.
    pub async fn start<F, T>(make: F) -> std::io::Result<Self>
    where
        F: FnOnce(TcpListener, watch::Receiver<bool>) -> T,
        T: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        Ok(Self { address, stop, task: tokio::spawn(make(listener, stopped)) })
    }

    /// Serves `router` over HTTP.
    pub async fn http(router: Router) -> std::io::Result<Self> {
        Self::start(|listener, stopped| async move {
            let serving = axum::serve(listener, router).with_graceful_shutdown(ended(stopped));
            if let Err(error) = serving.await {
                tracing::error!(%error, "a server of the demo ended");
            }
        })
        .await
    }

    /// Asks it to end and waits until it has.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(LONGEST_GOODBYE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// Returns once `stopped` is true or nobody can make it true any more.
pub(super) async fn ended(mut stopped: watch::Receiver<bool>) {
    // An error means the sender is gone, which is an end as well.
    drop(stopped.wait_for(|stop| *stop).await);
}

/// The lock's content, also after somebody panicked while holding it: the demo goes on.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does the request carry exactly this `Authorization`?
pub(super) fn authorised(headers: &HeaderMap, expected: &str) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|given| given.as_bytes() == expected.as_bytes())
}

/// An error the way most APIs say it: `{"message": …}`.
pub(super) fn refuse(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(serde_json::json!({ "message": message }))).into_response()
}
