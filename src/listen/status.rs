//! `/healthz` for whoever restarts, `/metrics` for whoever watches.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::door::{Door, Peer};
use super::metrics;
use super::say::Say;
use crate::lead::Class;
use crate::store::{EndpointKind, StoreError};

/// A store that has not answered by then is away.
const STORE_TIME: Duration = Duration::from_secs(5);
/// When to ask again while the store is away.
const AGAIN_SECS: u64 = 30;
/// The Prometheus text format.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// One line: is the engine at work, the store there, and how are sources and destinations? 503 where a
/// restart or a person is needed; a single source that fails does not make the whole unwell.
pub async fn health(State(door): State<Arc<Door>>, Extension(peer): Extension<Peer>, headers: HeaderMap) -> Response {
    if let Some(secs) = door.limits.peer(door.peer(peer, &headers)) {
        return Say::TooMany(secs).response();
    }
    let stopping = door.in_trouble();
    let looked = tokio::time::timeout(STORE_TIME, worst(&door)).await;
    let (store, sources, destinations) = match looked {
        Ok(Ok((sources, destinations))) => ("ok", sources, destinations),
        _ => ("away", "unknown", "unknown"),
    };
    let well = store == "ok" && stopping == 0;
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let engine = if stopping == 0 { "ok" } else { "in trouble" };
    let body = json!({
        "ok": well, "engine": engine, "store": store, "sources": sources, "destinations": destinations,
    });
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The worst state of the sources and of the destinations of the config.
async fn worst(door: &Door) -> Result<(&'static str, &'static str), StoreError> {
    let (store, config) = (&door.parts.store, &door.parts.config);
    let sources = store.endpoints(EndpointKind::Source).await?;
    let sources = sources.into_iter().filter(|(name, _)| config.sources.contains_key(name));
    let destinations = store.endpoints(EndpointKind::Destination).await?;
    let destinations = destinations.into_iter().filter(|(name, _)| config.destinations.contains_key(name));
    Ok((worst_of(sources.map(|(_, row)| row.class)), worst_of(destinations.map(|(_, row)| row.class))))
}

fn worst_of(classes: impl Iterator<Item = Option<Class>>) -> &'static str {
    let rank = |class: Option<Class>| match class {
        None => 0,
        Some(Class::Auth | Class::Config | Class::Gone) => 2,
        Some(_) => 1,
    };
    match classes.map(rank).max() {
        None | Some(0) => "ok",
        Some(1) => "failing",
        _ => "needs a person",
    }
}

/// The metrics, for whoever may read them.
pub async fn metrics(State(door): State<Arc<Door>>, Extension(peer): Extension<Peer>, headers: HeaderMap) -> Response {
    if let Some(secs) = door.limits.peer(door.peer(peer, &headers)) {
        return Say::TooMany(secs).response();
    }
    if !door.opens_metrics(&headers) {
        let mut response = Say::Unproven.response();
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    match tokio::time::timeout(STORE_TIME, metrics::page(&door.parts, door.counts(), door.in_trouble())).await {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, METRICS_TYPE)], text).into_response(),
        Ok(Err(error)) => {
            tracing::error!("the metrics could not be counted: {}", error.chain());
            Say::Later("the store did not answer", AGAIN_SECS).response()
        }
        Err(_) => Say::Later("the store did not answer in time", AGAIN_SECS).response(),
    }
}
