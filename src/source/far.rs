//! The far side of a source: how it is asked, and what time it is there.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::decode;
use super::page::{NotAPage, Page, Records};
use super::paging::{Paging, Walk};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::{Answer, Http, Request};
use crate::preset::{Context, Endpoint, Fault, Kind, Operation};

/// A far side.
#[derive(Debug)]
pub struct Far {
    http: Http,
    endpoint: Endpoint,
    vars: Value,
    /// How much later it is there than here, in milliseconds, as far as its answers told.
    ahead: AtomicI64,
}

impl Far {
    /// A far side nobody has asked yet.
    pub fn new(http: &Http, endpoint: Endpoint, vars: Value) -> Self {
        Self { http: http.clone(), endpoint, vars, ahead: AtomicI64::new(0) }
    }

    /// Host and port, for messages.
    pub fn host(&self) -> String {
        self.endpoint.host()
    }

    /// When a person has to sign in again or make a new token, as far as is known; and whether
    /// the token was made by hand.
    pub fn token_ends(&self) -> Option<(Timestamp, bool)> {
        self.endpoint.token_ends()
    }

    /// A text that may be shown.
    pub fn shown(&self, text: &str) -> String {
        self.endpoint.shown(text)
    }

    /// The present there: ours until it has told its own.
    pub fn now(&self) -> Timestamp {
        crate::clock::later(self.here(), SignedDuration::from_millis(self.ahead.load(Ordering::Relaxed)))
    }

    /// The present here, for what is kept here.
    pub fn here(&self) -> Timestamp {
        self.http.now()
    }

    /// What templates see: the variables, and these.
    pub fn context(&self, roots: Map<String, Value>) -> Context {
        let mut all = roots;
        all.insert("vars".to_owned(), self.vars.clone());
        Context::from_serialize(&all)
    }

    /// Asks once.
    ///
    /// # Errors
    /// Every answer that is not a good one, with its class.
    pub async fn ask(&self, operation: &Operation, context: &Context) -> Result<Answer, Failure> {
        let answer = self.endpoint.ask(&self.http, operation, context).await?;
        self.listen(&answer);
        Ok(answer)
    }

    /// Asks for JSON.
    ///
    /// # Errors
    /// As [`Far::ask`]; the answer is no JSON.
    pub async fn json(&self, operation: &Operation, context: &Context) -> Result<(Answer, Value), Failure> {
        let answer = self.ask(operation, context).await?;
        if answer.body.trim_ascii().is_empty() {
            return Ok((answer, Value::Null));
        }
        let charset = answer.header("content-type").and_then(decode::charset);
        let text = decode::text(answer.body.clone(), charset);
        match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
            Ok(value) => Ok((answer, value)),
            Err(_) if answer.is_html() => Err(self.unexpected(&NotAPage::Html("JSON"))),
            Err(error) if error.is_eof() => Err(self.unexpected(&NotAPage::CutOff(text.len()))),
            Err(error) => Err(self.unexpected(&NotAPage::NotJson(crate::text::clean_line(&error.to_string(), 120)))),
        }
    }

    /// An operation's request as one text, to tell equal ones; it holds no secret.
    ///
    /// # Errors
    /// It cannot be rendered.
    pub fn question(&self, operation: &Operation, context: &Context) -> Result<String, Failure> {
        let request = self.endpoint.request(operation, Kind::Read, context);
        let request = request.map_err(|fault| Failure::new(Class::Config, self.shown(&fault.message)))?;
        let body = request.body.map(|(_, body)| String::from_utf8_lossy(&body).into_owned()).unwrap_or_default();
        Ok(format!("{} {} {body}", request.method, request.url))
    }

    /// Asks for a page of a walk. `roots` are what templates see besides `vars` and `page`.
    ///
    /// # Errors
    /// Every answer that is not a good one, with its class; it is no page.
    pub async fn page(
        &self,
        operation: &Operation,
        (paging, records): (&Paging, &Records),
        walk: &Walk,
        roots: Map<String, Value>,
    ) -> Result<Page, Failure> {
        let (context, request) = self.asking(operation, paging, walk, roots)?;
        let answer = self.endpoint.ask_request(&self.http, operation, &context, &request).await?;
        self.taken_apart(records, answer)
    }

    /// The same; `None` where the far side says that too much was asked for at once.
    ///
    /// # Errors
    /// As [`Far::page`].
    pub async fn page_unless_too_much(
        &self,
        operation: &Operation,
        (paging, records): (&Paging, &Records),
        walk: &Walk,
        roots: Map<String, Value>,
    ) -> Result<Option<Page>, Failure> {
        let (context, request) = self.asking(operation, paging, walk, roots)?;
        let answer = self.endpoint.ask_unless_too_much(&self.http, operation, &context, &request).await?;
        answer.map(|answer| self.taken_apart(records, answer)).transpose()
    }

    /// Asks something whose answer only has to be good.
    ///
    /// # Errors
    /// It is not, with its class.
    pub async fn confirm(&self, operation: &Operation) -> Result<(), Failure> {
        let context = self.context(Map::new());
        let answer = self.endpoint.ask(&self.http, operation, &context).await?;
        self.listen(&answer);
        Ok(())
    }

    fn asking(
        &self,
        operation: &Operation,
        paging: &Paging,
        walk: &Walk,
        mut roots: Map<String, Value>,
    ) -> Result<(Context, Request), Failure> {
        let page = json!({
            "number": walk.number, "offset": walk.offset, "token": walk.token, "size": paging.size,
        });
        roots.insert("page".to_owned(), page);
        let context = self.context(roots);
        let wrong = |fault: Fault| Failure::new(Class::Config, self.shown(&fault.message));
        let mut request = self.endpoint.request(operation, Kind::Read, &context).map_err(wrong)?;
        if let Some(url) = paging.follow(walk, self.endpoint.base())? {
            request.url = url;
        } else if walk.turn > 0 {
            operation.for_later_page(&mut request.url, &context).map_err(wrong)?;
        }
        Ok((context, request))
    }

    fn taken_apart(&self, records: &Records, answer: Answer) -> Result<Page, Failure> {
        self.listen(&answer);
        records.split(answer).map_err(|what| self.unexpected(&what))
    }

    /// Waits until one more walk of this account may begin.
    pub async fn turn(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        self.endpoint.walk(&self.http).await
    }

    fn unexpected(&self, what: &NotAPage) -> Failure {
        Failure::new(Class::Retry, self.shown(&format!("{} answered {what}", self.host()))).hint(what.hint())
    }

    fn listen(&self, answer: &Answer) {
        if let Some(date) = answer.date {
            self.ahead.store(date.as_millisecond() - self.here().as_millisecond(), Ordering::Relaxed);
        }
    }
}
