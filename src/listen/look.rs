//! `/look/LINK`: a ticket system says that something happened there. What it says is not read and not believed: its
//! open tickets are asked at once, as they would have been a little later. Called often, they are asked no more often
//! than [`SPACING`].

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;

use super::door::{Door, Peer};
use super::say::Say;
use crate::response::link;

/// Longest wait for the store.
const STORE_TIME: Duration = Duration::from_secs(10);
/// When to come again while the store is away.
const AGAIN_SECS: u64 = 30;
/// Between two looks that somebody called for.
const SPACING: SignedDuration = SignedDuration::from_secs(10);
/// Most tickets asked because of one call, the youngest: an old one is not what somebody just answered.
const AT_ONCE: u32 = 50;

/// Takes a call; its body is not looked at.
pub async fn called(
    State(door): State<Arc<Door>>,
    Extension(peer): Extension<Peer>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Some(secs) = door.limits.peer(door.peer(peer, &headers)) {
        return Say::TooMany(secs).response();
    }
    let Some(destination) = link::opens_look(&door.parts.store.link_key(), &text) else {
        return Say::NotFound.response();
    };
    let Some(id) = door.parts.destination_ids.get(&destination) else { return Say::NotFound.response() };
    match tokio::time::timeout(STORE_TIME, door.parts.store.look_soon(*id, SPACING, AT_ONCE)).await {
        Ok(Ok(_)) => StatusCode::NO_CONTENT.into_response(),
        Ok(Err(error)) => {
            tracing::error!(destination, "a call could not be acted on: {}", error.chain());
            Say::Later("it could not be looked at", AGAIN_SECS).response()
        }
        Err(_) => Say::Later("it could not be looked at in time", AGAIN_SECS).response(),
    }
}
