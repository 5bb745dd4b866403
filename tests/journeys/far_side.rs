//! The far sides: a form's API and a ticket desk that do what a test tells them, the next time or always.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use leadgate::clock::StubClock;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// How long the ticket desk of the tests may take; it is kept short so that a timeout is soon over.
const PATIENCE: &str = "timeout = \"400ms\"";
/// Longer than that.
const TOO_LONG: Duration = Duration::from_millis(900);

/// Lays out the presets `desk` (Request Tracker's, with less patience) and `figures`.
pub fn lay_out_preset(presets: &Path) {
    let text = include_str!("../../config/presets/destinations/request-tracker.toml");
    let text = text.replace("timeout = \"60s\"", PATIENCE).replace("id     = \"request-tracker\"", "id = \"desk\"");
    assert!(text.contains(PATIENCE) && text.contains("id = \"desk\""));
    let folder = presets.join("destinations");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("desk.toml"), text).unwrap();
    let folder = presets.join("sources");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("figures.toml"), super::figures::PRESET).unwrap();
    let text = include_str!("../../config/presets/sources/json.toml").replace("id = \"json\"", "id = \"forms\"");
    let text = text.replace(
        "[request.query]",
        "[each]\nvalues = [\"a\", \"b\"]\n[request]\npath = \"/{{ each.id }}\"\n[request.query]",
    );
    assert!(text.contains("each.id") && text.contains("id = \"forms\""));
    std::fs::write(folder.join("forms.toml"), text).unwrap();
}

/// A `[destination.ID]` of the ticket desk at `url`.
pub fn desk_at(id: &str, url: &str) -> String {
    format!(
        "\n[destination.{id}]\npreset = \"desk\"\nurl = \"{url}\"\ntoken = {{ command = \"echo canary-token\" }}\n\
         queue = \"Leads\"\nlogin = \"leadgate\"\n"
    )
}

/// An address where nobody listens; nobody else can take it while this is held, and it may begin to listen.
pub fn nobody() -> tokio::net::TcpSocket {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    socket
}

/// An API that gives its leads on one page, unless told otherwise.
#[derive(Clone)]
pub struct Feed {
    server: Arc<MockServer>,
    inner: Arc<Mutex<FeedInner>>,
}

#[derive(Default)]
struct FeedInner {
    leads: Vec<Value>,
    page: Option<usize>,
    loops: bool,
    faults: VecDeque<ResponseTemplate>,
    always: Option<ResponseTemplate>,
    asked: usize,
}

impl Feed {
    pub async fn of(leads: Vec<Value>) -> Self {
        let server = MockServer::start().await;
        let inner = Arc::new(Mutex::new(FeedInner { leads, ..FeedInner::default() }));
        let feed = Self { server: Arc::new(server), inner };
        let answering = feed.clone();
        let uri = feed.server.uri();
        Mock::given(any())
            .respond_with(move |request: &Request| answering.answer(request, &uri))
            .mount(&feed.server)
            .await;
        feed
    }

    pub fn url(&self) -> String {
        format!("{}/leads", self.server.uri())
    }

    /// Answers so from now on; `None` behaves again.
    pub fn always(&self, answer: Option<ResponseTemplate>) {
        self.inner.lock().unwrap().always = answer;
    }

    /// Answers the next requests so.
    pub fn next(&self, answers: impl IntoIterator<Item = ResponseTemplate>) {
        self.inner.lock().unwrap().faults.extend(answers);
    }

    pub fn add(&self, leads: impl IntoIterator<Item = Value>) {
        self.inner.lock().unwrap().leads.extend(leads);
    }

    /// Gives so many a page from now on.
    pub fn pages_of(&self, size: usize) {
        self.inner.lock().unwrap().page = Some(size);
    }

    /// The last page names the first one as the next.
    pub fn go_round(&self, loops: bool) {
        self.inner.lock().unwrap().loops = loops;
    }

    pub fn asked(&self) -> usize {
        self.inner.lock().unwrap().asked
    }

    fn answer(&self, request: &Request, uri: &str) -> ResponseTemplate {
        let mut inner = self.inner.lock().unwrap();
        inner.asked += 1;
        if let Some(fault) = inner.faults.pop_front() {
            return fault;
        }
        if let Some(fault) = &inner.always {
            return fault.clone();
        }
        let size = inner.page.unwrap_or(usize::MAX);
        let number = request.url.query_pairs().find(|(name, _)| name == "p");
        let number: usize = number.and_then(|(_, text)| text.parse().ok()).unwrap_or(0);
        let from = number.saturating_mul(size).min(inner.leads.len());
        let to = from.saturating_add(size).min(inner.leads.len());
        let next = if to < inner.leads.len() {
            json!(format!("{uri}/leads?p={}", number + 1))
        } else if inner.loops {
            json!(format!("{uri}/leads?p=0"))
        } else {
            Value::Null
        };
        ResponseTemplate::new(200).set_body_json(json!({ "data": inner.leads[from..to], "next": next }))
    }
}

/// What the ticket desk does with the next ticket.
#[derive(Debug, Clone)]
pub enum Create {
    /// Makes it, and says which number it has.
    Well,
    /// Makes it and does not say so.
    WithoutNumber,
    /// Makes it and answers too late.
    TooLate,
    /// Makes nothing and answers too late.
    LostTooLate,
    /// Makes nothing and says this.
    Refuse(u16, &'static str),
}

#[derive(Debug, Clone)]
pub struct Ticket {
    pub id: usize,
    pub key: String,
    pub subject: String,
    pub text: String,
    pub status: String,
    pub owner: String,
    /// Who wrote what kind of entry, and when.
    pub history: Vec<(String, String, String)>,
}

#[derive(Default)]
struct DeskInner {
    tickets: Vec<Ticket>,
    next: VecDeque<Create>,
    always: Option<Create>,
    /// Looking for a key fails with this status.
    blind: Option<u16>,
    /// Tickets cannot be asked about.
    away: bool,
    posts: usize,
    clock: Option<Arc<StubClock>>,
    /// Time that passes at our side while a request is on its way.
    takes: Option<SignedDuration>,
}

/// A ticket desk that speaks as much of RT's REST2 as the preset asks for.
#[derive(Clone)]
pub struct Desk {
    server: Arc<MockServer>,
    inner: Arc<Mutex<DeskInner>>,
}

impl Desk {
    pub async fn start() -> Self {
        Self::start_on(std::net::TcpListener::bind("127.0.0.1:0").unwrap()).await
    }

    pub async fn start_on(listener: std::net::TcpListener) -> Self {
        let server = MockServer::builder().listener(listener).start().await;
        let desk = Self { server: Arc::new(server), inner: Arc::default() };
        Mock::given(any()).respond_with(desk.clone()).mount(&desk.server).await;
        desk
    }

    pub fn url(&self) -> String {
        self.server.uri()
    }

    pub fn next(&self, what: impl IntoIterator<Item = Create>) {
        self.inner.lock().unwrap().next.extend(what);
    }

    pub fn always(&self, what: Option<Create>) {
        self.inner.lock().unwrap().always = what;
    }

    /// From now on nobody can look for keys.
    pub fn blind(&self, status: Option<u16>) {
        self.inner.lock().unwrap().blind = status;
    }

    /// From now on no ticket can be asked about.
    pub fn away(&self, away: bool) {
        self.inner.lock().unwrap().away = away;
    }

    /// Every request to make a ticket takes this long by `clock`.
    pub fn slow(&self, clock: &Arc<StubClock>, takes: SignedDuration) {
        let mut inner = self.inner.lock().unwrap();
        inner.clock = Some(Arc::clone(clock));
        inner.takes = Some(takes);
    }

    pub fn tickets(&self) -> Vec<Ticket> {
        self.inner.lock().unwrap().tickets.clone()
    }

    /// Requests to make a ticket.
    pub fn posts(&self) -> usize {
        self.inner.lock().unwrap().posts
    }

    /// Somebody sets a ticket's state.
    pub fn becomes(&self, ticket: usize, status: &str) {
        self.inner.lock().unwrap().tickets[ticket - 1].status = status.into();
    }

    /// Somebody takes a ticket.
    pub fn takes(&self, ticket: usize, who: &str) {
        self.inner.lock().unwrap().tickets[ticket - 1].owner = who.into();
    }

    /// Writes an entry into a ticket's history.
    pub fn write(&self, ticket: usize, kind: &str, who: &str, at: &str) {
        let mut inner = self.inner.lock().unwrap();
        inner.tickets[ticket - 1].history.push((kind.into(), who.into(), at.into()));
    }
}

impl Respond for Desk {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut inner = self.inner.lock().unwrap();
        let path = request.url.path().strip_prefix("/REST/2.0").unwrap_or_default().to_owned();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["ticket"]) => inner.create(&request.body_json().unwrap()),
            ("GET", ["tickets"]) => inner.find(request),
            ("GET", ["ticket", ..]) if inner.away => answer(503, &json!({ "message": "maintenance" })),
            ("GET", ["ticket", id]) => match inner.ticket(id) {
                Some(ticket) => answer(200, &json!({ "Status": ticket.status, "Owner": { "id": ticket.owner } })),
                None => answer(404, &json!({ "message": "Ticket not found" })),
            },
            ("GET", ["ticket", id, "history"]) => match inner.ticket(id) {
                Some(ticket) => {
                    let items: Vec<Value> = ticket.history.iter().map(entry).collect();
                    answer(200, &json!({ "items": items }))
                }
                None => answer(404, &json!({ "message": "Ticket not found" })),
            },
            _ => answer(404, &json!({ "message": "Unknown path" })),
        }
    }
}

fn answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn entry((kind, who, at): &(String, String, String)) -> Value {
    json!({ "Type": kind, "Creator": { "id": who }, "Created": at })
}

impl DeskInner {
    fn create(&mut self, body: &Value) -> ResponseTemplate {
        self.posts += 1;
        if let (Some(clock), Some(takes)) = (&self.clock, self.takes) {
            clock.advance(takes);
        }
        let what = self.next.pop_front().or_else(|| self.always.clone()).unwrap_or(Create::Well);
        if matches!(what, Create::Well | Create::WithoutNumber | Create::TooLate) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let id = self.tickets.len() + 1;
            let created = "2026-11-23T08:00:00Z".to_owned();
            self.tickets.push(Ticket {
                id,
                key: text(&body["CustomFields"]["LeadGate ID"]),
                history: vec![("Create".into(), "leadgate".into(), created)],
                subject: text(&body["Subject"]),
                text: text(&body["Content"]),
                status: "new".into(),
                owner: "Nobody".into(),
            });
        }
        match what {
            Create::Well => answer(201, &json!({ "id": self.tickets.len().to_string(), "type": "ticket" })),
            Create::WithoutNumber => answer(201, &json!({ "type": "ticket" })),
            Create::TooLate | Create::LostTooLate => answer(201, &json!({ "id": "9999" })).set_delay(TOO_LONG),
            Create::Refuse(status, message) => answer(status, &json!({ "message": message })),
        }
    }

    fn find(&mut self, request: &Request) -> ResponseTemplate {
        if let Some(status) = self.blind {
            return answer(status, &json!({ "message": "busy" }));
        }
        let query = request.url.query_pairs().find(|(name, _)| name == "query");
        let query = query.map(|(_, text)| text.into_owned()).unwrap_or_default();
        let found = self.tickets.iter().filter(|ticket| query.contains(&format!("'{}'", ticket.key)));
        let items: Vec<Value> = found
            .map(|ticket| {
                json!({ "id": ticket.id.to_string(), "Subject": ticket.subject, "Status": ticket.status,
                    "CustomFields": [{ "name": "LeadGate ID", "values": [ticket.key] }] })
            })
            .collect();
        answer(200, &json!({ "items": items, "total": items.len() }))
    }

    fn ticket(&self, id: &str) -> Option<&Ticket> {
        self.tickets.get(id.parse::<usize>().ok()?.checked_sub(1)?)
    }
}
