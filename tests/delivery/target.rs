//! A far side that really keeps what it is given, and does what it is told: performs and hangs up, hangs up without
//! performing, performs late, shows late what it performed. It speaks HTTP over a socket of its own, so that a
//! connection can end at any moment.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the far side does with one request to make a ticket.
#[derive(Debug, Clone)]
pub struct Fate {
    /// It makes the ticket after this long; `None`: never.
    pub made_after: Option<Duration>,
    /// What it says then, at once; `None`: it hangs up.
    pub says: Option<Saying>,
}

/// An answer: status line, headers, body. `ID` in it stands for the ticket's number.
#[derive(Debug, Clone)]
pub struct Saying {
    pub status: &'static str,
    pub headers: &'static str,
    pub body: &'static str,
}

impl Fate {
    /// As it should be.
    pub const WELL: Self = Self { made_after: Some(Duration::ZERO), says: Some(Saying::MADE) };
    /// It makes the ticket, and nobody hears of it.
    pub const REPLY_LOST: Self = Self { made_after: Some(Duration::ZERO), says: None };
    /// It makes nothing, and nobody hears of that.
    pub const HUNG_UP: Self = Self { made_after: None, says: None };

    pub fn late(after: Duration) -> Self {
        Self { made_after: Some(after), says: None }
    }

    pub fn says(status: &'static str, headers: &'static str, body: &'static str) -> Self {
        Self { made_after: None, says: Some(Saying { status, headers, body }) }
    }

    /// Makes the ticket, and says something odd.
    pub fn made_but_says(status: &'static str, headers: &'static str, body: &'static str) -> Self {
        Self { made_after: Some(Duration::ZERO), says: Some(Saying { status, headers, body }) }
    }
}

impl Saying {
    const MADE: Self = Self { status: "201 Created", headers: "", body: r#"{"id": "ID"}"# };
}

/// A ticket that is there.
#[derive(Debug, Clone)]
pub struct Ticket {
    pub desk: String,
    pub key: String,
    pub email: String,
    /// A search shows it from then on.
    pub seen_from: Instant,
}

type Decides = Box<dyn Fn(&str, &str) -> Fate + Send + Sync>;
type Watches = Box<dyn Fn(&str) + Send + Sync>;

#[derive(Default)]
struct Inner {
    leads: Vec<Value>,
    made: Vec<Ticket>,
    script: BTreeMap<String, VecDeque<Fate>>,
    /// How long a desk's index takes, at most.
    lags: BTreeMap<String, Duration>,
    asked: BTreeMap<String, Vec<Instant>>,
    closed: BTreeMap<String, bool>,
    decides: Option<Decides>,
    watches: Option<Watches>,
    copies: bool,
}

/// The far side: leads at `/leads`, and a desk at every other first part of a path.
#[derive(Clone, Default)]
pub struct Target {
    inner: Arc<Mutex<Inner>>,
    pub url: String,
}

impl Target {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Self { inner: Arc::default(), url: format!("http://{}", listener.local_addr().unwrap()) };
        let serving = target.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve(stream).await });
            }
        });
        target
    }

    /// What becomes of requests nothing is scripted for, by desk and e-mail.
    pub fn decide(&self, decides: impl Fn(&str, &str) -> Fate + Send + Sync + 'static) {
        self.inner.lock().unwrap().decides = Some(Box::new(decides));
    }

    /// Told of every moment worth a death: `asked`, `made`, `looked`.
    pub fn watch(&self, watches: impl Fn(&str) + Send + Sync + 'static) {
        self.inner.lock().unwrap().watches = Some(Box::new(watches));
    }

    /// The next requests to a desk.
    pub fn script(&self, desk: &str, fates: impl IntoIterator<Item = Fate>) {
        self.inner.lock().unwrap().script.entry(desk.to_owned()).or_default().extend(fates);
    }

    /// How long a desk's search stays behind, at most.
    pub fn lag(&self, desk: &str, lag: Duration) {
        self.inner.lock().unwrap().lags.insert(desk.to_owned(), lag);
    }

    /// Everything is made twice from now on.
    pub fn copy_made(&self, copies: bool) {
        self.inner.lock().unwrap().copies = copies;
    }

    /// A desk that hangs up on everything, or is there again.
    pub fn close(&self, desk: &str, closed: bool) {
        self.inner.lock().unwrap().closed.insert(desk.to_owned(), closed);
    }

    pub fn add(&self, leads: impl IntoIterator<Item = Value>) {
        self.inner.lock().unwrap().leads.extend(leads);
    }

    pub fn leads(&self) -> usize {
        self.inner.lock().unwrap().leads.len()
    }

    /// Everything that was made, in order.
    pub fn made(&self) -> Vec<Ticket> {
        self.inner.lock().unwrap().made.clone()
    }

    pub fn made_at(&self, desk: &str) -> Vec<String> {
        self.made().into_iter().filter(|ticket| ticket.desk == desk).map(|ticket| ticket.key).collect()
    }

    /// How often a desk was asked to make something.
    pub fn asked(&self, desk: &str) -> usize {
        self.inner.lock().unwrap().asked.get(desk).map_or(0, Vec::len)
    }

    fn pass(&self, point: &str) {
        let inner = self.inner.lock().unwrap();
        if let Some(watches) = &inner.watches {
            watches(point);
        }
    }

    async fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        let mut first = String::new();
        stream.read_line(&mut first).await.ok()?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.ok()?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(said) = line.strip_prefix("content-length:") {
                length = said.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let mut words = first.split(' ');
        let (method, path) = (words.next()?, words.next()?);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let desk = path.trim_start_matches('/').split('/').next()?.to_owned();
        let closed = self.inner.lock().unwrap().closed.get(&desk).copied().unwrap_or(false);
        let answer = match (method, desk.as_str()) {
            (_, "leads") => Some(("200 OK".to_owned(), String::new(), self.feed())),
            ("POST", _) => {
                let fate = self.asked_to_make(&desk, &body);
                if closed { None } else { self.make(&desk, &body, fate) }
            }
            _ if closed => None,
            ("GET", _) if query.contains("key=") => {
                self.pass("looked");
                Some(("200 OK".to_owned(), String::new(), self.found(&desk, query)))
            }
            _ => Some(("200 OK".to_owned(), String::new(), "{}".to_owned())),
        };
        let (status, headers, body) = answer?;
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}connection: close\r\n\r\n"
        );
        stream.write_all(text.as_bytes()).await.ok()?;
        if method != "HEAD" {
            stream.write_all(body.as_bytes()).await.ok()?;
        }
        stream.flush().await.ok()
    }

    /// Who is there already is not told again: the page stays small however many there are.
    fn feed(&self) -> String {
        let inner = self.inner.lock().unwrap();
        let there: std::collections::BTreeSet<&str> = inner.made.iter().map(|ticket| ticket.email.as_str()).collect();
        let new = |lead: &&Value| lead["email"].as_str().is_some_and(|email| !there.contains(email));
        let leads: Vec<&Value> = inner.leads.iter().filter(new).collect();
        json!({ "data": leads, "next": null }).to_string()
    }

    fn asked_to_make(&self, desk: &str, body: &[u8]) -> Fate {
        let body: Value = serde_json::from_slice(body).unwrap();
        let mut inner = self.inner.lock().unwrap();
        inner.asked.entry(desk.to_owned()).or_default().push(Instant::now());
        let scripted = inner.script.get_mut(desk).and_then(VecDeque::pop_front);
        let decided =
            || inner.decides.as_ref().map(|decides| decides(desk, body["email"].as_str().unwrap_or_default()));
        scripted.or_else(decided).unwrap_or(Fate::WELL)
    }

    fn make(&self, desk: &str, body: &[u8], fate: Fate) -> Option<(String, String, String)> {
        self.pass("asked");
        match fate.made_after {
            Some(Duration::ZERO) => self.keep(desk, body),
            Some(after) => {
                let (late, desk, body) = (self.clone(), desk.to_owned(), body.to_vec());
                tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    late.keep(&desk, &body);
                });
            }
            None => {}
        }
        self.pass("made");
        let number = self.inner.lock().unwrap().made.len().to_string();
        fate.says.map(|said| (said.status.to_owned(), said.headers.to_owned(), said.body.replace("ID", &number)))
    }

    fn keep(&self, desk: &str, body: &[u8]) {
        let body: Value = serde_json::from_slice(body).unwrap();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let mut inner = self.inner.lock().unwrap();
        let lag = inner.lags.get(desk).copied().unwrap_or_default();
        let seen_from = Instant::now() + lag.mul_f64(fastrand::f64());
        let ticket = Ticket { desk: desk.to_owned(), key: text("key"), email: text("email"), seen_from };
        if inner.copies {
            inner.made.push(ticket.clone());
        }
        inner.made.push(ticket);
    }

    fn found(&self, desk: &str, query: &str) -> String {
        let inner = self.inner.lock().unwrap();
        let now = Instant::now();
        let here = |(_, ticket): &(usize, &Ticket)| {
            ticket.desk == desk && ticket.seen_from <= now && query.contains(&format!("key={}", ticket.key))
        };
        let items: Vec<Value> = inner
            .made
            .iter()
            .enumerate()
            .filter(here)
            .map(|(at, ticket)| json!({ "id": (at + 1).to_string(), "key": ticket.key }))
            .collect();
        json!({ "items": items }).to_string()
    }
}

/// A preset of a desk: `lag` makes it one that can be searched.
pub fn preset(id: &str, lag: Option<&str>) -> String {
    let find = lag.map_or_else(String::new, |lag| {
        format!(
            "[find]\npath = \"/tickets\"\nquery = {{ key = \"{{{{ h.token }}}}\" }}\nrows = \"$.items[*]\"\n\
             same = {{ at = \"$.key\", equals = \"{{{{ h.token }}}}\" }}\nget = {{ ref = \"$.id\" }}\nlag = \"{lag}\"\n"
        )
    });
    format!(
        "format = 1\nid = \"{id}\"\ntitle = \"A desk of the tests\"\n\n[vars.url]\nprompt = \"Address\"\nkind = \"url\"\n\n\
         [http]\nbase = \"{{{{ vars.url }}}}\"\ntimeout = \"2s\"\n\n[auth]\nkind = \"none\"\n\n\
         [create]\nmethod = \"POST\"\npath = \"/tickets\"\nget = {{ ref = \"$.id\" }}\n\n\
         [create.body]\nkey = \"{{{{ h.token }}}}\"\nemail = \"{{{{ lead.email }}}}\"\n\n{find}\n[limits]\nconcurrency = 4\n"
    )
}
