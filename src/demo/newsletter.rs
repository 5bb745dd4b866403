//! The newsletter's list: the part of listmonk's API that reads subscribers, behind basic auth, with
//! double opt-in (`unconfirmed` until the person clicks, which not everybody does).
//!
//! As with the real one, a click moves the subscription's `updated_at` and not the subscriber's: whoever
//! asks only for changed subscribers never hears of it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::dice;
use super::serving::{authorised, refuse};
use super::wishes::{BERLIN, DOMAINS, FAMILY, GIVEN, WEST};
use crate::clock::SharedClock;

/// The list's number.
pub const LIST: u64 = 1;

/// People who signed up before the demo starts.
const BACKLOG: usize = 6;

/// The list never grows longer.
const MOST_SUBSCRIBERS: usize = 300;

/// Between two sign-ups while the demo runs, in milliseconds.
const PAUSE_MILLIS: std::ops::RangeInclusive<i64> = 6_000..=12_000;

/// Between a sign-up and the click in the confirmation mail, in milliseconds.
const CLICK_MILLIS: std::ops::RangeInclusive<i64> = 3_000..=15_000;

/// Records a page where nothing is asked.
const PAGE: usize = 50;

/// Most records a page.
const MOST_PER_PAGE: usize = 1_000;

/// Interests people tick in the form.
const INTERESTS: &[&str] = &["Solaranlage", "Solar", "Photovoltaik", "Wärmepumpe", "Dachsanierung"];

/// One person on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Subscriber {
    id: u64,
    name: String,
    email: String,
    interest: &'static str,
    postal_code: &'static str,
    city: &'static str,
    signed_up: SignedDuration,
    confirmed: Option<SignedDuration>,
}

/// What the API knows.
#[derive(Clone)]
pub(super) struct Newsletter(Arc<Inner>);

struct Inner {
    clock: SharedClock,
    start: Timestamp,
    authorization: String,
    everybody: Vec<Subscriber>,
}

impl Newsletter {
    /// A list of `seed`'s people that starts now.
    pub(super) fn new(seed: u64, user: &str, password: &str, clock: SharedClock) -> Self {
        let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        Self(Arc::new(Inner {
            start: clock.now(),
            clock,
            authorization: format!("Basic {credentials}"),
            everybody: everybody(seed),
        }))
    }

    /// Its routes.
    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/api/health", get(|| async { axum::Json(json!({ "data": true })) }))
            .route("/api/lists", get(lists))
            .route("/api/subscribers", get(subscribers))
            .route("/api/subscribers/{id}", get(subscriber))
            .fallback(|| async { refuse(StatusCode::NOT_FOUND, "unknown path") })
            .with_state(self)
    }

    fn allows(&self, headers: &HeaderMap) -> bool {
        authorised(headers, &self.0.authorization)
    }

    /// Who has signed up by now.
    fn present(&self) -> impl Iterator<Item = &Subscriber> {
        let elapsed = self.elapsed();
        self.0.everybody.iter().filter(move |one| one.signed_up <= elapsed)
    }

    fn elapsed(&self) -> SignedDuration {
        self.0.clock.now().duration_since(self.0.start)
    }

    fn instant(&self, offset: SignedDuration) -> Timestamp {
        self.0.start.saturating_add(offset).unwrap_or(self.0.start)
    }

    fn status(&self, one: &Subscriber) -> &'static str {
        if one.confirmed.is_some_and(|at| at <= self.elapsed()) { "confirmed" } else { "unconfirmed" }
    }

    /// When the subscriber last changed.
    fn updated_at(&self, one: &Subscriber) -> Timestamp {
        self.instant(one.signed_up)
    }

    /// When the subscription last changed.
    fn subscription_updated_at(&self, one: &Subscriber) -> Timestamp {
        let elapsed = self.elapsed();
        self.instant(one.confirmed.filter(|at| *at <= elapsed).unwrap_or(one.signed_up))
    }

    fn json(&self, one: &Subscriber) -> Value {
        let created = format!("{:.6}", self.instant(one.signed_up));
        let changed = format!("{:.6}", self.subscription_updated_at(one));
        json!({
            "id": one.id,
            "uuid": format!("00000000-0000-4000-8000-{:012}", one.id),
            "email": one.email,
            "name": one.name,
            "attribs": {
                "city": one.city,
                "interest": one.interest,
                "postal_code": one.postal_code,
                "message": format!("Ich interessiere mich für: {}", one.interest),
            },
            "status": "enabled",
            "created_at": created,
            "updated_at": created,
            "lists": [{
                "id": LIST,
                "name": "Sonnenschein-Brief",
                "subscription_status": self.status(one),
                "subscription_created_at": created,
                "subscription_updated_at": changed,
            }],
        })
    }
}

fn everybody(seed: u64) -> Vec<Subscriber> {
    let mut at = SignedDuration::ZERO;
    (0..MOST_SUBSCRIBERS)
        .map(|index| {
            let mut rng = dice(seed, index as u64 + 400_000);
            let signed_up = if index < BACKLOG {
                SignedDuration::from_hours(-7) * (BACKLOG - index) as i32
            } else {
                at += SignedDuration::from_millis(rng.i64(PAUSE_MILLIS));
                at
            };
            let (given, given_ascii) = GIVEN[rng.usize(0..GIVEN.len())];
            let (family, family_ascii) = FAMILY[rng.usize(0..FAMILY.len())];
            let (area, city) = if rng.bool() { (BERLIN, "Berlin") } else { (WEST, "Köln") };
            let click = SignedDuration::from_millis(rng.i64(CLICK_MILLIS));
            Subscriber {
                id: index as u64 + 1,
                name: format!("{given} {family}"),
                email: format!("{given_ascii}-{family_ascii}.{}@{}", index + 1, DOMAINS[index % DOMAINS.len()]),
                interest: INTERESTS[rng.usize(0..INTERESTS.len())],
                postal_code: area[rng.usize(0..area.len())],
                city,
                signed_up,
                // The last of the backlog never clicks, so that somebody always waits for confirmation.
                confirmed: (index + 1 != BACKLOG && rng.u32(0..100) < 85).then_some(signed_up + click),
            }
        })
        .collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    list_id: Option<u64>,
    subscription_status: Option<String>,
    query: Option<String>,
    order_by: Option<String>,
    order: Option<String>,
    page: Option<usize>,
    per_page: Option<String>,
}

fn no_entry() -> Response {
    refuse(StatusCode::FORBIDDEN, "invalid API credentials")
}

async fn lists(State(newsletter): State<Newsletter>, headers: HeaderMap) -> Response {
    if !newsletter.allows(&headers) {
        return no_entry();
    }
    let list = json!({ "id": LIST, "name": "Sonnenschein-Brief", "type": "public", "optin": "double",
        "subscriber_count": newsletter.present().count() });
    axum::Json(json!({ "data": { "results": [list], "total": 1, "per_page": 20, "page": 1 } })).into_response()
}

async fn subscriber(State(newsletter): State<Newsletter>, headers: HeaderMap, Path(id): Path<u64>) -> Response {
    if !newsletter.allows(&headers) {
        return no_entry();
    }
    match newsletter.present().find(|one| one.id == id) {
        Some(one) => axum::Json(json!({ "data": newsletter.json(one) })).into_response(),
        None => refuse(StatusCode::BAD_REQUEST, "Subscriber not found"),
    }
}

async fn subscribers(State(newsletter): State<Newsletter>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    if !newsletter.allows(&headers) {
        return no_entry();
    }
    let changed = match asked.query.as_deref().filter(|query| !query.is_empty()).map(Changed::read).transpose() {
        Ok(changed) => changed,
        Err(why) => return refuse(StatusCode::BAD_REQUEST, &why),
    };
    let mut wanted: Vec<&Subscriber> = newsletter
        .present()
        .filter(|_| asked.list_id.is_none_or(|list| list == LIST))
        .filter(|one| asked.subscription_status.as_deref().is_none_or(|status| status == newsletter.status(one)))
        .filter(|one| changed.as_ref().is_none_or(|changed| changed.holds(&newsletter, one)))
        .collect();
    if asked.order_by.as_deref() == Some("updated_at") {
        wanted.sort_by_key(|one| (newsletter.updated_at(one), one.id));
    }
    if !asked.order.as_deref().is_some_and(|order| order.eq_ignore_ascii_case("asc")) {
        wanted.reverse(); // newest first is the real one's default
    }
    let total = wanted.len();
    let per_page = match asked.per_page.as_deref() {
        Some("all") => MOST_PER_PAGE,
        Some(number) => number.parse().unwrap_or(PAGE).clamp(1, MOST_PER_PAGE),
        None => PAGE,
    };
    let page = asked.page.unwrap_or(1).max(1);
    let skip = (page - 1).saturating_mul(per_page);
    let results: Vec<Value> = wanted.into_iter().skip(skip).take(per_page).map(|one| newsletter.json(one)).collect();
    let query = asked.query.unwrap_or_default();
    let data = json!({ "results": results, "query": query, "total": total, "per_page": per_page, "page": page });
    axum::Json(json!({ "data": data })).into_response()
}

/// The conditions understood here: `subscribers.updated_at >= '…'`, alone or in
/// `(… OR subscribers.id IN (SELECT s.subscriber_id … AND s.updated_at >= '…'))`. The real one takes any SQL;
/// a demo has none, and refuses what it cannot answer.
struct Changed {
    subscriber: Timestamp,
    subscription: Option<Timestamp>,
}

impl Changed {
    fn read(query: &str) -> Result<Self, String> {
        let refused = || format!("not a condition that is understood here: {query}");
        let (own, other) = match query.trim().strip_prefix('(').and_then(|query| query.strip_suffix(')')) {
            Some(both) => {
                let (own, other) = both.split_once(" OR ").ok_or_else(refused)?;
                (own, Some(other))
            }
            None => (query, None),
        };
        let subscriber = since(own.trim().strip_prefix("subscribers.updated_at").ok_or_else(refused)?)?;
        let head = format!(
            "subscribers.id IN (SELECT s.subscriber_id FROM subscriber_lists s WHERE s.list_id = {LIST} AND s.updated_at"
        );
        let subscription = match other {
            None => None,
            Some(other) => {
                let rest = other.trim().strip_prefix(head.as_str()).and_then(|rest| rest.strip_suffix(')'));
                Some(since(rest.ok_or_else(refused)?)?)
            }
        };
        Ok(Self { subscriber, subscription })
    }

    fn holds(&self, newsletter: &Newsletter, one: &Subscriber) -> bool {
        newsletter.updated_at(one) >= self.subscriber
            || self.subscription.is_some_and(|at| newsletter.subscription_updated_at(one) >= at)
    }
}

/// The instant in `>= '…'`.
fn since(text: &str) -> Result<Timestamp, String> {
    let quoted = text.trim().strip_prefix(">=").map(str::trim);
    let text = quoted.and_then(|text| text.strip_prefix('\'')).and_then(|text| text.strip_suffix('\''));
    let text = text.ok_or("a condition here ends in >= '<time>'")?;
    text.parse().map_err(|error| format!("{text:?} is not an RFC 3339 time: {error}"))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // a bare client, to look at the server from outside
mod tests {
    use super::super::serving::Running;
    use super::*;
    use crate::clock::{Clock as _, StubClock};
    use crate::demo::world::tests::client;

    async fn get_json(url: &str) -> (u16, Value) {
        let answer = client().get(url).basic_auth("api", Some("pw")).send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    #[tokio::test]
    async fn wrong_credentials_and_other_conditions_are_refused() {
        let clock = StubClock::at("2026-11-23T08:00:00Z".parse().unwrap());
        let server = Running::http(Newsletter::new(1, "api", "pw", clock).router()).await.unwrap();
        let url = format!("http://{}/api/subscribers", server.address);
        let answer = client().get(&url).basic_auth("api", Some("other")).send().await.unwrap();
        assert_eq!(answer.status(), 403);
        assert_eq!(get_json(&format!("{url}?query=1=1;drop table subscribers")).await.0, 400);
        assert_eq!(get_json(&format!("{url}/9999")).await.0, 400);
        server.stop().await;
    }

    #[tokio::test]
    async fn a_sign_up_is_unconfirmed_until_the_click_and_then_shows_again() {
        let clock = StubClock::at("2026-11-23T08:00:00Z".parse().unwrap());
        let server = Running::http(Newsletter::new(1, "api", "pw", clock.clone()).router()).await.unwrap();
        let base = format!("http://{}/api/subscribers?list_id=1&order_by=id&order=ASC", server.address);
        let (_, body) = get_json(&base).await;
        assert_eq!(body["data"]["total"], BACKLOG);
        let waiting = everybody(1).into_iter().find(|one| one.id > BACKLOG as u64 && one.confirmed.is_some()).unwrap();

        clock.advance(waiting.signed_up);
        let one = format!("http://{}/api/subscribers/{}", server.address, waiting.id);
        let (_, body) = get_json(&one).await;
        assert_eq!(body["data"]["lists"][0]["subscription_status"], "unconfirmed");

        let after_sign_up = clock.now() + SignedDuration::from_millis(1);
        clock.advance(waiting.confirmed.unwrap() - waiting.signed_up);
        let own = format!("subscribers.updated_at >= '{after_sign_up}'");
        let either = format!(
            "({own} OR subscribers.id IN (SELECT s.subscriber_id FROM subscriber_lists s \
             WHERE s.list_id = 1 AND s.updated_at >= '{after_sign_up}'))"
        );
        let find = async |query: &str| {
            let (_, body) = get_json(&format!("{base}&query={query}")).await;
            let rows = body["data"]["results"].as_array().unwrap().clone();
            rows.into_iter().find(|row| row["id"] == waiting.id)
        };
        assert_eq!(find(&own).await, None, "the subscriber has not changed, only the subscription");
        assert_eq!(find(&either).await.unwrap()["lists"][0]["subscription_status"], "confirmed");
        server.stop().await;
    }

    #[tokio::test]
    async fn pages_cover_everybody_once() {
        let clock = StubClock::at("2026-11-23T08:00:00Z".parse().unwrap());
        let server = Running::http(Newsletter::new(1, "api", "pw", clock.clone()).router()).await.unwrap();
        clock.advance(SignedDuration::from_hours(3));
        let mut seen = std::collections::BTreeSet::new();
        for page in 1.. {
            let url =
                format!("http://{}/api/subscribers?order_by=id&order=ASC&per_page=90&page={page}", server.address);
            let (_, body) = get_json(&url).await;
            let rows = body["data"]["results"].as_array().unwrap().clone();
            if rows.is_empty() {
                break;
            }
            assert!(rows.iter().all(|row| seen.insert(row["id"].as_u64().unwrap())));
        }
        assert_eq!(seen.len(), MOST_SUBSCRIBERS);
        server.stop().await;
    }
}
