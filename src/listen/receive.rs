//! `POST /in/ID`: from bytes to a committed lead. Cheap refusals come first, proof before work, and success
//! only after the commit.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header, request};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::door::{Door, Peer};
use super::form;
use super::say::Say;
use crate::lead::Code;
use crate::preset::push::{Content, Proof};
use crate::source::pushed::{Pushed, Refused, Sent, Told};
use crate::store::{Delivery, EndpointKind, OverrideKind, StoreError};

/// Largest body, in bytes.
pub const BODY_MAX: usize = 1024 * 1024;
/// How much of a refused body is read so that its sender hears the answer, in bytes.
const DISCARD_MAX: usize = 8 * BODY_MAX;
/// Longest wait for the store.
const STORE_TIME: Duration = Duration::from_secs(30);
/// Most query parameters looked at.
const QUERY_MAX: usize = 32;
/// When to come again while the store is away.
const AGAIN_SECS: u64 = 30;
/// When to come again to a source that a person has to see to.
const AGAIN_LATER_SECS: u64 = 600;
/// How long a browser may remember what it may send, in seconds.
const PREFLIGHT_SECS: u64 = 600;

/// Answers a delivery.
pub async fn receive(
    State(door): State<Arc<Door>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    if let Some(secs) = door.limits.peer(door.peer(peer, &head.headers)) {
        return Say::TooMany(secs).response();
    }
    let Some(source) = door.parts.pushes.get(&id) else {
        let broken = |(kind, name, _): &(EndpointKind, String, _)| *kind == EndpointKind::Source && *name == id;
        let is_broken = door.parts.broken.iter().any(broken);
        let say = if is_broken { Say::Later("this source is not set up", AGAIN_LATER_SECS) } else { Say::NotFound };
        return say.response();
    };
    let allowed = allowed_origin(source, &head.headers);
    if head.method == Method::OPTIONS {
        return preflight(source, allowed);
    }
    let say = match refused(source, &head) {
        Some(say) => {
            // A sender that is cut off while it still writes would not hear why.
            discard(body, door.bounds.body_time).await;
            say
        }
        None => delivery(&door, &id, source, &head, body).await,
    };
    door.count(&id, say.word());
    match &say {
        Say::Stored | Say::Thanks(_) => tracing::debug!(source = id, "a delivery was stored"),
        refused => tracing::warn!(source = id, outcome = refused.word(), "a delivery was not taken"),
    }
    let mut response = say.response();
    if let Some(origin) = allowed {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// What can be refused without its body.
fn refused(source: &Pushed, head: &request::Parts) -> Option<Say> {
    if head.method != Method::POST {
        return Some(Say::Method);
    }
    if !kind(&head.headers).is_some_and(|kind| source.push.takes(kind.content())) {
        return Some(Say::Kind(taken(source)));
    }
    if source.push.head(&head.headers, &query(head)) == Proof::Wrong {
        return Some(Say::Unproven);
    }
    let length = head.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > BODY_MAX as u64).then_some(Say::Large)
}

/// Reads what nobody wants, up to a bound.
async fn discard(body: Body, time: Duration) {
    let mut body = Limited::new(body, DISCARD_MAX);
    let all = async { while let Some(Ok(_)) = body.frame().await {} };
    if tokio::time::timeout(time, all).await.is_err() {
        tracing::debug!("a refused request did not end");
    }
}

async fn delivery(door: &Door, id: &str, source: &Pushed, head: &request::Parts, body: Body) -> Say {
    let Some(kind) = kind(&head.headers) else { return Say::Kind(taken(source)) };
    let query = query(head);
    let body = match read(body, door.bounds.body_time).await {
        Ok(body) => body,
        Err(say) => return say,
    };
    let sent = opened(kind, &body).await;
    let now = door.parts.clock.now();
    let told = match source.take(&head.headers, &query, &body, sent, now) {
        Ok(told) => told,
        Err(Refused::Unproven) => return Say::Unproven,
        Err(Refused::Malformed(why)) => return Say::Malformed(why),
    };
    if let Some(secs) = door.limits.source(id) {
        return Say::TooMany(secs);
    }
    match tokio::time::timeout(STORE_TIME, store(door, id, source, told)).await {
        Ok(Ok(say)) => say,
        // It may still be committed: then the repeat is known.
        Err(_) => Say::Later("it could not be stored in time", AGAIN_SECS),
        Ok(Err(error)) => {
            tracing::error!(source = id, "a delivery could not be stored: {}", error.chain());
            Say::Later("it could not be stored", AGAIN_SECS)
        }
    }
}

/// Commits what was told, as a page of a polled source is.
async fn store(door: &Door, id: &str, source: &Pushed, told: Told) -> Result<Say, StoreError> {
    let parts = &door.parts;
    if !parts.config.setup_gaps(id).is_empty() {
        return Ok(Say::Later("this source is not set up", AGAIN_LATER_SECS));
    }
    let overrides = parts.store.overrides().await?;
    if overrides.iter().any(|set| set.kind == OverrideKind::Source && set.name == id) {
        return Ok(Say::Later("this source is paused", AGAIN_LATER_SECS));
    }
    let Some(same_lead_for) = parts.config.sources.get(id).map(|source| source.same_lead_for) else {
        return Ok(Say::NotFound);
    };
    let unusable = if told.by_machine { None } else { unusable(&told) };
    let now = parts.clock.now();
    let arrivals: Vec<_> = told.records.into_iter().map(|record| parts.decider.arrival(id, record, now)).collect();
    let nobody = !arrivals.is_empty() && arrivals.iter().all(|one| matches!(one.what, Err(Code::Missing(_))));
    let delivery = Delivery { source: id.to_owned(), config: parts.config_id, arrivals, same_lead_for };
    parts.store.store_pushed(delivery).await?;
    Ok(match unusable {
        Some((true, why)) => Say::Malformed(why),
        Some((false, why)) => Say::Unusable(why),
        None if nobody => Say::Unusable("there is no e-mail address and no phone number that can be read".into()),
        None => match &source.push.thanks {
            Some(url) => Say::Thanks(Box::new(url.clone())),
            None => Say::Stored,
        },
    })
}

/// Why none of the records could be read, if so; true when not even the whole could.
fn unusable(told: &Told) -> Option<(bool, String)> {
    let first = told.records.first().and_then(|record| record.as_ref().err())?;
    told.records.iter().all(Result::is_err).then(|| (told.broken, first.why.clone()))
}

/// How a body is written.
enum Kind {
    Json,
    Urlencoded,
    Multipart(String),
}

impl Kind {
    const fn content(&self) -> Content {
        match self {
            Self::Json => Content::Json,
            Self::Urlencoded | Self::Multipart(_) => Content::Form,
        }
    }
}

fn kind(headers: &HeaderMap) -> Option<Kind> {
    let written = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = written.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/x-www-form-urlencoded" => Some(Kind::Urlencoded),
        "multipart/form-data" => multer::parse_boundary(written).ok().map(Kind::Multipart),
        "application/json" => Some(Kind::Json),
        other => (other.starts_with("application/") && other.ends_with("+json")).then_some(Kind::Json),
    }
}

fn taken(source: &Pushed) -> &'static str {
    match (source.push.takes(Content::Json), source.push.takes(Content::Form)) {
        (true, true) => "application/json, application/x-www-form-urlencoded or multipart/form-data",
        (true, false) => "application/json",
        _ => "application/x-www-form-urlencoded or multipart/form-data",
    }
}

fn query(head: &request::Parts) -> Vec<(String, String)> {
    let text = head.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(text.as_bytes()).into_owned().take(QUERY_MAX).collect()
}

async fn read(body: Body, time: Duration) -> Result<Bytes, Say> {
    let whole = tokio::time::timeout(time, Limited::new(body, BODY_MAX).collect()).await;
    match whole {
        Err(_) => Err(Say::Slow),
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Say::Large),
        Ok(Err(_)) => Err(Say::Malformed("it ended too early".into())),
    }
}

async fn opened(kind: Kind, body: &Bytes) -> Sent {
    let fields = match kind {
        Kind::Json => return Sent::Json,
        Kind::Urlencoded => form::urlencoded(body),
        Kind::Multipart(boundary) => form::multipart(body.clone(), boundary).await,
    };
    fields.map_or_else(Sent::Broken, Sent::Form)
}

/// The configured origin, when the request comes from there.
fn allowed_origin(source: &Pushed, headers: &HeaderMap) -> Option<HeaderValue> {
    let (own, given) = (source.push.origin.as_deref()?, headers.get(header::ORIGIN)?);
    (given.as_bytes() == own.as_bytes()).then(|| given.clone())
}

fn preflight(source: &Pushed, allowed: Option<HeaderValue>) -> Response {
    let Some(origin) = allowed else { return Say::Method.response() };
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    let taken = source.push.header().map_or_else(|| "content-type".to_owned(), |name| format!("content-type, {name}"));
    if let Ok(taken) = HeaderValue::try_from(taken) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, taken);
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(PREFLIGHT_SECS));
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    response
}
