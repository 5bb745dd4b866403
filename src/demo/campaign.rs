//! The campaign's API: `GET /leads?since=…&limit=…`, newest last, in pages with a `next` link, behind a
//! bearer token. It only ever adds at the end, so a page number stays right while people write.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::arrivals::{Arrivals, DemoLead};
use super::serving::{authorised, locked, refuse};
use crate::clock::SharedClock;

/// Records a page where nothing is asked.
const PAGE: usize = 50;

/// Most records a page.
const MOST_PER_PAGE: usize = 200;

/// What the API knows.
#[derive(Clone)]
pub(super) struct Campaign(Arc<Inner>);

struct Inner {
    clock: SharedClock,
    start: Timestamp,
    token: String,
    written: Mutex<Written>,
}

/// Who has written so far, and who is next.
struct Written {
    leads: Vec<DemoLead>,
    coming: std::iter::Peekable<Arrivals>,
}

impl Campaign {
    /// A campaign of `seed`'s people that starts now.
    pub(super) fn new(seed: u64, token: &str, clock: SharedClock) -> Self {
        let written = Written { leads: Vec::new(), coming: Arrivals::new(seed).peekable() };
        Self(Arc::new(Inner { start: clock.now(), clock, token: token.to_owned(), written: Mutex::new(written) }))
    }

    /// Its routes.
    pub(super) fn router(self) -> Router {
        Router::new().route("/leads", get(leads)).fallback(nothing_here).with_state(self)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    since: Option<String>,
    page: Option<usize>,
    limit: Option<usize>,
}

async fn nothing_here() -> Response {
    refuse(StatusCode::NOT_FOUND, "there is only GET /leads here")
}

async fn leads(State(campaign): State<Campaign>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let inner = &campaign.0;
    if !authorised(&headers, &format!("Bearer {}", inner.token)) {
        return refuse(StatusCode::UNAUTHORIZED, "a bearer token is needed, and this is not the right one");
    }
    let since = match asked.since.as_deref().filter(|text| !text.is_empty()).map(str::parse::<Timestamp>).transpose() {
        Ok(since) => since,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &format!("since is not an RFC 3339 time: {error}")),
    };
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, MOST_PER_PAGE);
    let page = asked.page.unwrap_or(1).max(1);
    let elapsed = inner.clock.now().duration_since(inner.start);

    let mut written = locked(&inner.written);
    let Written { leads, coming } = &mut *written;
    while let Some(lead) = coming.next_if(|lead| lead.at <= elapsed) {
        leads.push(lead);
    }
    let wanted = leads.iter().filter(|lead| since.is_none_or(|since| lead.created_at(inner.start) >= since));
    let mut wanted = wanted.skip((page - 1).saturating_mul(limit)).map(|lead| lead.json(inner.start));
    let data: Vec<_> = wanted.by_ref().take(limit).collect();
    let next = wanted.next().map(|_| next_link(&headers, since, page + 1, limit));
    axum::Json(json!({ "data": data, "next": next })).into_response()
}

fn next_link(headers: &HeaderMap, since: Option<Timestamp>, page: usize, limit: usize) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let since = since.map(|since| format!("since={since}&")).unwrap_or_default();
    format!("http://{host}/leads?{since}page={page}&limit={limit}")
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // a bare client, to look at the server from outside
mod tests {
    use jiff::SignedDuration;
    use serde_json::Value;

    use super::super::arrivals::{BACKLOG, arrivals};
    use super::super::serving::Running;
    use super::*;
    use crate::clock::StubClock;
    use crate::demo::world::tests::client;

    async fn page(url: &str) -> (u16, Value) {
        let answer = client().get(url).bearer_auth("key").send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    #[tokio::test]
    async fn only_the_right_token_reads_and_mistakes_are_named() {
        let clock = StubClock::at("2026-11-23T08:00:00Z".parse().unwrap());
        let server = Running::http(Campaign::new(1, "key", clock).router()).await.unwrap();
        let url = format!("http://{}/leads", server.address);
        assert_eq!(client().get(&url).send().await.unwrap().status(), 401);
        assert_eq!(client().get(&url).bearer_auth("kex").send().await.unwrap().status(), 401);
        let (status, body) = page(&format!("{url}?since=yesterday")).await;
        assert_eq!(status, 400);
        assert!(body["message"].as_str().unwrap().contains("RFC 3339"));
        assert_eq!(page(&format!("http://{}/other", server.address)).await.0, 404);
        server.stop().await;
    }

    #[tokio::test]
    async fn pages_follow_their_links_and_since_leaves_out_what_was_read() {
        let clock = StubClock::at("2026-11-23T08:00:00Z".parse().unwrap());
        let server = Running::http(Campaign::new(1, "key", clock.clone()).router()).await.unwrap();
        let mut url = format!("http://{}/leads?limit=10", server.address);
        let mut ids = Vec::new();
        loop {
            let (status, body) = page(&url).await;
            assert_eq!(status, 200);
            ids.extend(body["data"].as_array().unwrap().iter().map(|lead| lead["id"].as_str().unwrap().to_owned()));
            let Some(next) = body["next"].as_str() else { break };
            next.clone_into(&mut url);
        }
        assert_eq!(ids.len(), BACKLOG);

        let minute = SignedDuration::from_secs(60);
        clock.advance(minute);
        let (_, body) = page(&format!("http://{}/leads?since=2026-11-23T08:00:00Z", server.address)).await;
        assert_eq!(body["data"].as_array().unwrap().len(), arrivals(1, minute).len() - BACKLOG);
        server.stop().await;
    }
}
