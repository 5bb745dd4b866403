//! What every request shares: the engine's parts, the limits and what was counted.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

use super::Bounds;
use super::limits::Limits;
use crate::config::checked::Listen;
use crate::engine::Parts;
use crate::engine::driver::Trouble;

/// The far end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Deliveries since the start, by source of the config and word.
pub type Counts = BTreeMap<(String, &'static str), u64>;

/// The state of a listener.
pub struct Door {
    /// Store, config, decider and sources.
    pub parts: Arc<Parts>,
    /// The settings.
    pub listen: Listen,
    /// How often somebody may come.
    pub limits: Limits,
    /// How long somebody may take.
    pub bounds: Bounds,
    stages: Vec<Arc<Trouble>>,
    /// Digest of the token, so that it is compared in constant time.
    token: Option<blake3::Hash>,
    counts: Mutex<Counts>,
}

impl Door {
    /// Nothing has come yet.
    pub fn new(
        listen: Listen,
        parts: Arc<Parts>,
        stages: Vec<Arc<Trouble>>,
        token: Option<&SecretString>,
        bounds: Bounds,
    ) -> Self {
        Self {
            limits: Limits::new(listen.per_peer, listen.per_source),
            token: token.map(|token| blake3::hash(token.expose_secret().as_bytes())),
            parts,
            listen,
            bounds,
            stages,
            counts: Mutex::default(),
        }
    }

    /// Who sent it, as far as that can be known.
    pub fn peer(&self, connected: Peer, headers: &HeaderMap) -> IpAddr {
        // Only the last entry was written by the proxy; what stands before it anybody can send.
        let told = || {
            let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?.rsplit(',').next()?.trim();
            last.parse::<IpAddr>().ok().or_else(|| last.parse::<std::net::SocketAddr>().ok().map(|at| at.ip()))
        };
        self.listen.behind_proxy.then(told).flatten().unwrap_or(connected.0)
    }

    /// May the metrics be read? Without a token only where nobody else can ask.
    pub fn opens_metrics(&self, headers: &HeaderMap) -> bool {
        let Some(token) = self.token else { return self.listen.is_local() && !self.listen.behind_proxy };
        let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
        let given = given.strip_prefix(b"Bearer ").unwrap_or_default();
        blake3::hash(given) == token
    }

    /// Counts one answer to a source of the config.
    pub fn count(&self, source: &str, word: &'static str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((source.to_owned(), word)).or_default() += 1;
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many stages of the engine are in trouble now.
    pub fn in_trouble(&self) -> usize {
        self.stages.iter().filter(|stage| stage.borrow().is_some()).count()
    }
}
