//! The ticket desk: the part of Request Tracker 5's REST2 that a handoff needs (create, find by key, read,
//! history), with its habits: an unknown custom field is dropped without a word, ids are text in lists and
//! a number in a ticket, "never" is 1970.
//!
//! What its agents do stands in `desk_agents`, which searches it understands in `ticket_sql`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::desk_agents::Plan;
use super::serving::{authorised, locked, refuse};
use super::ticket_sql::Condition;
use crate::clock::SharedClock;

/// The queue that takes leads.
pub const QUEUE: &str = "Leads";

/// The custom field that carries a handoff's key.
pub const KEY_FIELD: &str = "LeadGate ID";

/// The name of the user leadgate writes as.
pub const LOGIN: &str = "leadgate";

/// What Request Tracker says for "never".
const NEVER: &str = "1970-01-01T00:00:00Z";

/// Tickets kept; then creating is refused.
const MOST_TICKETS: usize = 2_000;

/// Longest request body, in bytes.
const LONGEST_BODY: usize = 256 * 1024;

/// Tickets a page of a search.
const PAGE: usize = 20;

#[derive(Debug, Clone)]
struct Ticket {
    id: u64,
    subject: String,
    content: String,
    fields: BTreeMap<String, String>,
    created: Timestamp,
    plan: Plan,
}

/// What the desk knows.
#[derive(Clone)]
pub(super) struct TicketDesk(Arc<Inner>);

struct Inner {
    clock: SharedClock,
    seed: u64,
    authorization: String,
    /// Tickets that name this person are left to the one who sits at the console.
    spared: Option<String>,
    tickets: Mutex<Vec<Ticket>>,
}

impl TicketDesk {
    /// An empty desk. Its agents leave tickets alone that name `spared`.
    pub(super) fn new(seed: u64, token: &str, spared: Option<String>, clock: SharedClock) -> Self {
        let authorization = format!("token {token}");
        Self(Arc::new(Inner { clock, seed, authorization, spared, tickets: Mutex::default() }))
    }

    /// Its routes.
    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/REST/2.0/rt", get(version))
            .route("/REST/2.0/queue/{name}", get(queue))
            .route("/REST/2.0/ticket", post(create))
            .route("/REST/2.0/tickets", get(search))
            .route("/REST/2.0/ticket/{id}", get(ticket))
            .route("/REST/2.0/ticket/{id}/history", get(history))
            .route("/Ticket/Display.html", get(display))
            .fallback(|| async { refuse(StatusCode::NOT_FOUND, "Not Found") })
            .layer(DefaultBodyLimit::max(LONGEST_BODY))
            .with_state(self)
    }

    fn allows(&self, headers: &HeaderMap) -> bool {
        authorised(headers, &self.0.authorization)
    }

    fn plan(&self, id: u64, created: Timestamp, content: &str) -> Plan {
        let spared = self.0.spared.as_deref().is_some_and(|name| content.contains(name));
        if spared { Plan::default() } else { Plan::of(self.0.seed, id, created) }
    }

    fn find(&self, id: &str) -> Option<Ticket> {
        let id: u64 = id.parse().ok()?;
        locked(&self.0.tickets).iter().find(|ticket| ticket.id == id).cloned()
    }
}

impl Ticket {
    fn answered(&self, now: Timestamp) -> Option<Timestamp> {
        self.plan.answer.filter(|at| *at <= now)
    }

    fn settled(&self, now: Timestamp) -> Option<(Timestamp, &'static str)> {
        self.plan.settle.filter(|(at, _)| *at <= now)
    }

    fn status(&self, now: Timestamp) -> &'static str {
        match (self.settled(now), self.answered(now)) {
            (Some((_, status)), _) => status,
            (None, Some(_)) => "open",
            (None, None) => "new",
        }
    }

    fn updated(&self, now: Timestamp) -> Timestamp {
        self.settled(now).map(|(at, _)| at).or(self.answered(now)).unwrap_or(self.created)
    }

    fn owner(&self, now: Timestamp) -> &'static str {
        if self.answered(now).is_some() { self.plan.agent } else { "Nobody" }
    }

    fn custom_fields(&self) -> Value {
        self.fields.iter().map(|(name, value)| json!({ "id": "1", "name": name, "values": [value] })).collect()
    }

    fn url(&self, headers: &HeaderMap) -> String {
        format!("{}/REST/2.0/ticket/{}", base(headers), self.id)
    }
}

fn base(headers: &HeaderMap) -> String {
    let host = headers.get(axum::http::header::HOST).and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or("127.0.0.1"))
}

/// Whole seconds, as Request Tracker writes them.
fn stamp(at: Timestamp) -> String {
    format!("{at:.0}")
}

fn no_entry() -> Response {
    refuse(StatusCode::UNAUTHORIZED, "Unauthorized")
}

async fn version(State(desk): State<TicketDesk>, headers: HeaderMap) -> Response {
    if !desk.allows(&headers) {
        return no_entry();
    }
    axum::Json(json!({ "Version": "5.0.7", "Plugins": [] })).into_response()
}

async fn queue(State(desk): State<TicketDesk>, headers: HeaderMap, Path(name): Path<String>) -> Response {
    if !desk.allows(&headers) {
        return no_entry();
    }
    if name != QUEUE && name != "1" {
        return refuse(StatusCode::NOT_FOUND, "Unable to find queue");
    }
    let fields = json!([{ "id": "1", "name": KEY_FIELD, "type": "customfield" }]);
    axum::Json(json!({ "id": 1, "Name": QUEUE, "TicketCustomFields": fields })).into_response()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Wanted {
    queue: String,
    subject: String,
    content: String,
    custom_fields: BTreeMap<String, Value>,
}

async fn create(
    State(desk): State<TicketDesk>,
    headers: HeaderMap,
    body: Result<axum::Json<Wanted>, JsonRejection>,
) -> Response {
    if !desk.allows(&headers) {
        return no_entry();
    }
    let wanted = match body {
        Ok(axum::Json(wanted)) => wanted,
        Err(rejection) => return refuse(StatusCode::BAD_REQUEST, &rejection.body_text()),
    };
    if wanted.queue.is_empty() {
        return refuse(StatusCode::BAD_REQUEST, "Could not create ticket. Queue not set");
    }
    if wanted.queue != QUEUE {
        return refuse(
            StatusCode::FORBIDDEN,
            &format!("No permission to create tickets in the queue '{}'", wanted.queue),
        );
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let key = wanted.custom_fields.get(KEY_FIELD).map(text);
    let created = desk.0.clock.now();
    let mut tickets = locked(&desk.0.tickets);
    if tickets.len() == MOST_TICKETS {
        return refuse(StatusCode::INSUFFICIENT_STORAGE, "The demo's desk is full: start the demo again");
    }
    let id = tickets.len() as u64 + 1;
    let ticket = Ticket {
        id,
        plan: desk.plan(id, created, &wanted.content),
        subject: wanted.subject,
        content: wanted.content,
        fields: key.map(|key| (KEY_FIELD.to_owned(), key)).into_iter().collect(),
        created,
    };
    let url = ticket.url(&headers);
    tickets.push(ticket);
    let body = json!({ "id": id.to_string(), "type": "ticket", "_url": url });
    (StatusCode::CREATED, [(axum::http::header::LOCATION, format!("/REST/2.0/ticket/{id}"))], axum::Json(body))
        .into_response()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    query: String,
    page: Option<usize>,
    per_page: Option<usize>,
}

async fn search(State(desk): State<TicketDesk>, headers: HeaderMap, Query(search): Query<Search>) -> Response {
    if !desk.allows(&headers) {
        return no_entry();
    }
    let conditions = match Condition::read_all(&search.query) {
        Ok(conditions) => conditions,
        Err(why) => return refuse(StatusCode::BAD_REQUEST, &why),
    };
    let now = desk.0.clock.now();
    let fits = |ticket: &Ticket| {
        conditions.iter().all(|condition| match condition {
            Condition::Everything => true,
            Condition::Key(key) => ticket.fields.get(KEY_FIELD) == Some(key),
            Condition::UpdatedAfter(at) => ticket.updated(now) > *at,
        })
    };
    let tickets: Vec<Ticket> = locked(&desk.0.tickets).iter().filter(|ticket| fits(ticket)).cloned().collect();
    let per_page = search.per_page.unwrap_or(PAGE).clamp(1, 100);
    let page = search.page.unwrap_or(1).max(1);
    let pages = tickets.len().div_ceil(per_page);
    let skip = (page - 1).saturating_mul(per_page);
    let items: Vec<Value> =
        tickets.iter().skip(skip).take(per_page).map(|ticket| line(ticket, now, &headers)).collect();
    let total = tickets.len();
    axum::Json(json!({ "count": items.len(), "total": total, "page": page, "pages": pages, "per_page": per_page,
        "items": items }))
    .into_response()
}

fn line(ticket: &Ticket, now: Timestamp, headers: &HeaderMap) -> Value {
    json!({
        "id": ticket.id.to_string(),
        "type": "ticket",
        "_url": ticket.url(headers),
        "Subject": ticket.subject,
        "Status": ticket.status(now),
        "Owner": { "id": ticket.owner(now), "type": "user" },
        "Created": stamp(ticket.created),
        "LastUpdated": stamp(ticket.updated(now)),
        "CustomFields": ticket.custom_fields(),
    })
}

async fn ticket(State(desk): State<TicketDesk>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !desk.allows(&headers) {
        return no_entry();
    }
    let Some(ticket) = desk.find(&id) else { return refuse(StatusCode::NOT_FOUND, "Not Found") };
    let now = desk.0.clock.now();
    let resolved = ticket.settled(now).map_or_else(|| NEVER.to_owned(), |(at, _)| stamp(at));
    axum::Json(json!({
        "id": ticket.id,
        "type": "ticket",
        "Subject": ticket.subject,
        "Status": ticket.status(now),
        "Queue": { "id": "1", "type": "queue", "Name": QUEUE },
        "Owner": { "id": ticket.owner(now), "type": "user" },
        "Creator": { "id": LOGIN, "type": "user" },
        "EffectiveId": { "id": ticket.id.to_string(), "type": "ticket" },
        "Created": stamp(ticket.created),
        "LastUpdated": stamp(ticket.updated(now)),
        "Resolved": resolved,
        "CustomFields": ticket.custom_fields(),
    }))
    .into_response()
}

async fn history(State(desk): State<TicketDesk>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !desk.allows(&headers) {
        return no_entry();
    }
    let Some(ticket) = desk.find(&id) else { return refuse(StatusCode::NOT_FOUND, "Not Found") };
    let now = desk.0.clock.now();
    let mut entries = vec![("Create", LOGIN, ticket.created)];
    // What RT's own rules do on creation; it must never count as somebody's answer.
    entries.push(("EmailRecord", "RT_System", ticket.created));
    if let Some(at) = ticket.answered(now) {
        entries.push(("Correspond", ticket.plan.agent, at));
        entries.push(("Status", ticket.plan.agent, at));
    }
    if let Some((at, _)) = ticket.settled(now) {
        entries.push(("Status", ticket.plan.agent, at));
    }
    let items: Vec<Value> = entries
        .iter()
        .zip(1..)
        .map(|((kind, who, at), number)| {
            json!({ "id": (ticket.id * 100 + number).to_string(), "type": "transaction", "Type": kind,
                "Created": stamp(*at), "Creator": { "id": who, "type": "user" } })
        })
        .collect();
    let count = items.len();
    axum::Json(json!({ "count": count, "total": count, "page": 1, "pages": 1, "per_page": 100, "items": items }))
        .into_response()
}

#[derive(Debug, Deserialize)]
struct Shown {
    id: String,
}

/// What a person sees who opens a ticket's link in a browser.
async fn display(State(desk): State<TicketDesk>, Query(shown): Query<Shown>) -> Response {
    let Some(ticket) = desk.find(&shown.id) else { return refuse(StatusCode::NOT_FOUND, "Not Found") };
    let now = desk.0.clock.now();
    format!("DEMO ticket #{} · {}\n{}\n\n{}\n", ticket.id, ticket.status(now), ticket.subject, ticket.content)
        .into_response()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // a bare client, to look at the server from outside
mod tests {
    use jiff::SignedDuration;

    use super::super::serving::Running;
    use super::*;
    use crate::clock::{Clock as _, StubClock};
    use crate::demo::world::tests::client;

    struct Visit {
        clock: Arc<StubClock>,
        server: Running,
    }

    impl Visit {
        async fn new() -> Self {
            let clock = StubClock::at("2026-11-23T08:00:00Z".parse().unwrap());
            let desk = TicketDesk::new(1, "key", Some("Anna Berg".into()), clock.clone());
            Self { server: Running::http(desk.router()).await.unwrap(), clock }
        }

        async fn get(&self, path: &str) -> (u16, Value) {
            let url = format!("http://{}/REST/2.0/{path}", self.server.address);
            let answer = client().get(url).header("Authorization", "token key").send().await.unwrap();
            (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
        }

        async fn create(&self, body: &Value) -> (u16, Value) {
            let url = format!("http://{}/REST/2.0/ticket", self.server.address);
            let request = client().post(url).header("Authorization", "token key");
            let request = request.header("Content-Type", "application/json").body(body.to_string());
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
        }
    }

    fn lead(key: &str) -> Value {
        json!({ "Queue": QUEUE, "Subject": "Lead", "Content": "text", "CustomFields": { KEY_FIELD: key, "Typo": "x" } })
    }

    #[tokio::test]
    async fn refusals_are_those_of_the_real_one() {
        let visit = Visit::new().await;
        let url = format!("http://{}/REST/2.0/tickets?query=id>0", visit.server.address);
        let wrong = client().get(&url).header("Authorization", "token other").send().await.unwrap();
        assert_eq!(wrong.status(), 401);
        assert_eq!(visit.get("ticket/99").await.0, 404);
        assert_eq!(visit.get("ticket/x").await.0, 404);
        assert_eq!(visit.get("nowhere").await.0, 404);
        assert_eq!(visit.create(&json!({ "Subject": "x" })).await.0, 400);
        assert_eq!(visit.create(&json!({ "Queue": "Other" })).await.0, 403);
        assert_eq!(visit.create(&json!("nonsense")).await.0, 400);
        assert_eq!(visit.get("tickets?query='CF.{Typo}' = 'LG1'").await.0, 400);
        assert_eq!(visit.get("tickets?query=drop table").await.0, 400);
        visit.server.stop().await;
    }

    #[tokio::test]
    async fn a_ticket_is_found_by_its_key_and_only_by_that() {
        let visit = Visit::new().await;
        assert_eq!(visit.create(&lead("LG000000000001")).await.0, 201);
        let (status, created) = visit.create(&lead("LG000000000002")).await;
        assert_eq!((status, created["id"].as_str()), (201, Some("2")));
        let (_, found) = visit.get("tickets?query='CF.{LeadGate ID}' = 'LG000000000002'").await;
        assert_eq!((found["total"].as_u64(), found["items"][0]["id"].as_str()), (Some(1), Some("2")));
        assert_eq!(found["items"][0]["CustomFields"].as_array().unwrap().len(), 1, "an unknown field is dropped");
        let (_, none) = visit.get("tickets?query='CF.{LeadGate ID}' = 'LG000000000003'").await;
        assert_eq!(none["total"], 0);
        visit.server.stop().await;
    }

    #[tokio::test]
    async fn agents_answer_most_tickets_and_spare_those_of_the_person_at_the_console() {
        let visit = Visit::new().await;
        for number in 0..40 {
            visit.create(&lead(&format!("LG{number:012}"))).await;
        }
        let mut hers = lead("LG00000000HERS");
        hers["Content"] = json!("For Anna Berg\nPhone …");
        visit.create(&hers).await;
        let (_, before) = visit.get("ticket/1/history").await;
        assert_eq!(before["items"].as_array().unwrap().len(), 2);

        visit.clock.advance(SignedDuration::from_secs(120));
        let mut answered = 0;
        for number in 1..=40 {
            let (_, after) = visit.get(&format!("ticket/{number}/history")).await;
            let human = |item: &&Value| item["Type"] == "Correspond" && item["Creator"]["id"] != LOGIN;
            answered += after["items"].as_array().unwrap().iter().filter(human).count();
        }
        assert!((20..=36).contains(&answered), "{answered} of 40 answered");
        let (_, hers) = visit.get("ticket/41").await;
        assert_eq!((hers["Status"].as_str(), hers["Resolved"].as_str()), (Some("new"), Some(NEVER)));
        let (_, moved) = visit.get("tickets?query=Queue = 'Leads' AND LastUpdated > '2026-11-23 08:00:01'").await;
        assert_eq!(moved["total"].as_u64(), Some(answered as u64));
        visit.server.stop().await;
    }

    #[test]
    fn times_are_whole_seconds() {
        let clock = StubClock::at("2026-11-23T08:00:00.75Z".parse().unwrap());
        assert_eq!(stamp(clock.now()), "2026-11-23T08:00:00Z");
    }
}
