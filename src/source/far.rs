//! The far side of a source: how it is asked, and what time it is there.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::page::{Page, Records};
use super::paging::{Paging, Walk};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::{Answer, Http};
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

    /// Asks for a page of a walk. `roots` are what templates see besides `vars` and `page`.
    ///
    /// # Errors
    /// Every answer that is not a good one, with its class; it is no page.
    pub async fn page(
        &self,
        operation: &Operation,
        (paging, records): (&Paging, &Records),
        walk: &Walk,
        mut roots: Map<String, Value>,
    ) -> Result<Page, Failure> {
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
        let answer = self.endpoint.ask_request(&self.http, operation, &context, &request).await?;
        self.listen(&answer);
        records.split(answer).map_err(|what| self.unexpected(&what.to_string()))
    }

    fn unexpected(&self, what: &str) -> Failure {
        Failure::new(Class::Retry, self.shown(&format!("{} answered {what}", self.host())))
    }

    fn listen(&self, answer: &Answer) {
        if let Some(date) = answer.date {
            self.ahead.store(date.as_millisecond() - self.here().as_millisecond(), Ordering::Relaxed);
        }
    }
}
