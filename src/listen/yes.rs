//! `/yes/LINK`: the page behind the link of a handoff. Opening it changes nothing, because mail scanners open every
//! link; its button does, with a plain form and no script. The page holds nothing of the lead but its number.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::door::{Door, Peer};
use super::say::Say;
use crate::lead::{HandoffId, LeadId};
use crate::response::link;
use crate::store::Yes;

/// Longest wait for the store.
const STORE_TIME: Duration = Duration::from_secs(10);
/// When to come again while the store is away.
const AGAIN_SECS: u64 = 30;
/// Nothing but the form itself may be loaded, run or sent anywhere.
const POLICY: &str = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Shows the page with its button.
pub async fn show(
    State(door): State<Arc<Door>>,
    Extension(peer): Extension<Peer>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Response {
    let handoff = match opened(&door, peer, &text, &headers) {
        Ok(handoff) => handoff,
        Err(response) => return response,
    };
    match asked(&door, handoff).await {
        Ok(Some((lead, true))) => page(
            StatusCode::OK,
            &format!("Accept lead {lead}?"),
            "<form method=\"post\"><button type=\"submit\" autofocus>Yes, I take it</button></form>",
        ),
        Ok(Some((lead, false))) => over(lead),
        Ok(None) => page(StatusCode::NOT_FOUND, "There is no such lead any more", ""),
        Err(response) => response,
    }
}

/// Says yes.
pub async fn take(
    State(door): State<Arc<Door>>,
    Extension(peer): Extension<Peer>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Response {
    let handoff = match opened(&door, peer, &text, &headers) {
        Ok(handoff) => handoff,
        Err(response) => return response,
    };
    let said = tokio::time::timeout(STORE_TIME, door.parts.store.say_yes(handoff, "link")).await;
    match said {
        Ok(Ok(Some((lead, Yes::First)))) => {
            page(StatusCode::OK, &format!("Lead {lead} is yours"), "<p>Now contact the person, and say so.</p>")
        }
        Ok(Ok(Some((lead, Yes::Again)))) => {
            page(StatusCode::OK, &format!("Lead {lead} was accepted already"), "<p>Nothing was changed.</p>")
        }
        Ok(Ok(Some((lead, Yes::Over)))) => over(lead),
        Ok(Ok(None)) => page(StatusCode::NOT_FOUND, "There is no such lead any more", ""),
        Ok(Err(error)) => {
            tracing::error!(handoff = handoff.0, "a yes could not be stored: {}", error.chain());
            Say::Later("it could not be stored", AGAIN_SECS).response()
        }
        Err(_) => Say::Later("it could not be stored in time", AGAIN_SECS).response(),
    }
}

#[allow(clippy::result_large_err)] // an answer is what both sides are
fn opened(door: &Door, peer: Peer, text: &str, headers: &HeaderMap) -> Result<HandoffId, Response> {
    if let Some(secs) = door.limits.peer(door.peer(peer, headers)) {
        return Err(Say::TooMany(secs).response());
    }
    link::open(&door.parts.store.link_key(), text, door.parts.clock.now()).map_err(|bad| {
        let status = if bad == link::BadLink::Ended { StatusCode::GONE } else { StatusCode::NOT_FOUND };
        page(status, &bad.to_string(), "<p>Accept it in leadgate instead.</p>")
    })
}

#[allow(clippy::result_large_err)] // an answer is what both sides are
async fn asked(door: &Door, handoff: HandoffId) -> Result<Option<(LeadId, bool)>, Response> {
    match tokio::time::timeout(STORE_TIME, door.parts.store.may_say_yes(handoff)).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => {
            tracing::error!(handoff = handoff.0, "a link could not be looked up: {}", error.chain());
            Err(Say::Later("it could not be looked up", AGAIN_SECS).response())
        }
        Err(_) => Err(Say::Later("it could not be looked up in time", AGAIN_SECS).response()),
    }
}

fn over(lead: LeadId) -> Response {
    let words = format!("Lead {lead} is no longer yours to accept");
    page(StatusCode::GONE, &words, "<p>Somebody else has it now, or it has ended.</p>")
}

/// A page; `title` and `body` are our own words, with numbers only.
fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"robots\" content=\"noindex\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title></head>\
         <body><h1>{title}</h1>{body}</body></html>"
    );
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
