//! Asking the far side about ours: is it there, how does it stand, who answered first. Nothing here
//! changes anything over there, so every failure is harmless: nothing was learned.

use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::{Ticket, words};
use crate::clock::later;
use crate::handoff::{Destination, Found, Polled, Reference};
use crate::lead::outcome::Failure;
use crate::lead::{Class, Quality, Token};
use crate::net::http::{Answer, Request};
use crate::preset::read::{Reader, text_of};
use crate::preset::{Context, Kind, Operation, View, instant};

/// A key no handoff has: looking for it must find nothing.
const NO_KEY: &str = "LG000000000000";
/// Meaning of a state the preset does not name.
const UNMAPPED: &str = "open";

impl Ticket {
    /// Looks for our key; what is found, the oldest first.
    pub(super) async fn look(&self, token: &Token) -> Result<Found, Failure> {
        if self.blind.load(Ordering::Relaxed) { Ok(Found::CannotAsk) } else { self.search(token).await }
    }

    /// The same, even where our key was dropped before.
    pub(super) async fn search(&self, token: &Token) -> Result<Found, Failure> {
        let Some(find) = &self.find else { return Ok(Found::CannotAsk) };
        let context = self.looking(token);
        let answer = self.endpoint.ask(&self.http, find, &context).await?;
        let json = self.json(find, &answer)?;
        if let Some(list) = self.found_in.as_ref().filter(|list| !list.all(&json).iter().any(|node| node.is_array())) {
            let why = format!("{} (no list at {})", self.endpoint.said(&answer, None), list.text());
            return Err(self.unreadable(find, &why));
        }
        let view = View { answer: Some(&answer), ..View::of(&json) };
        let rows = find.rows.as_ref().map_or_else(|| vec![&json], |rows| rows.nodes(view));
        let mut here = Vec::new();
        for row in rows {
            let same = find.same.as_ref().map_or(Ok(true), |same| same.holds(view.at(row), &context));
            if same.map_err(|error| self.unreadable(find, &error))? {
                let mut results = Map::new();
                for (name, reader) in &find.get {
                    let value = reader.read(view.at(row)).map_err(|error| self.unreadable(find, &error))?;
                    results.extend(value.map(|value| (name.clone(), value.into_owned())));
                }
                here.extend(self.reference(&results));
            }
        }
        Ok(if here.is_empty() { Found::Absent } else { Found::Here(here) })
    }

    /// After the first ticket: is our key where `find` looks? A system that dropped it silently would answer
    /// "absent" for ever, so from then on this destination counts as one that cannot be asked.
    pub(super) async fn verified(&self, token: &Token) -> Option<String> {
        if !self.verify.load(Ordering::Relaxed) {
            return None;
        }
        match self.search(token).await {
            Ok(Found::Here(_)) => {
                self.verify.store(false, Ordering::Relaxed);
                self.blind.store(false, Ordering::Relaxed);
                self.news.store(true, Ordering::Relaxed);
                None
            }
            Ok(Found::Absent) if self.find_lag().is_zero() => {
                self.news.store(!self.blind.swap(true, Ordering::Relaxed), Ordering::Relaxed);
                Some(
                    "the ticket is there, but not our key in it: check the field for the key at the far side"
                        .to_owned(),
                )
            }
            Ok(Found::Absent | Found::CannotAsk) | Err(_) => None,
        }
    }

    /// Runs the polls in order and merges what they say.
    pub(super) async fn ask_all(&self, reference: &Reference) -> Result<Polled, Failure> {
        let mut known = Map::new();
        let mut quality = self.first_response;
        for (place, operation) in self.poll.iter().enumerate() {
            let has = |name: &Option<String>| name.as_ref().map(|name| known.contains_key(name));
            if has(&operation.unless) == Some(true) || has(&operation.needs) == Some(false) {
                continue;
            }
            let roots = json!({ "vars": self.values.root(), "ref": reference.id, "known": known });
            let context = Context::from_serialize(&roots);
            let request = self.endpoint.request(operation, Kind::Read, &context);
            let request = request.map_err(|fault| Failure::new(Class::Config, self.endpoint.shown(&fault.message)))?;
            let turn = self.endpoint.turn(&self.http).await?;
            let sent = self.endpoint.exchange(&self.http, turn, operation, Kind::Read, &context, &request).await?;
            let (answer, failure) = sent;
            // A preset that counts them as good knows better.
            if place == 0 && matches!(answer.status, 404 | 410) && !operation.ok.contains(answer.status) {
                let state = format!("answered {}", answer.status);
                return Ok(Polled { state: Some(state), meaning: Some("deleted".to_owned()), ..Polled::default() });
            }
            if let Some(failure) = failure {
                return Err(failure);
            }
            let results = self.results(operation, &answer)?;
            if results.contains_key("first_response_at") && !known.contains_key("first_response_at") {
                quality = operation.quality.unwrap_or(self.first_response);
            }
            for (name, value) in results {
                known.entry(name).or_insert(value);
            }
        }
        self.polled(&known, quality)
    }

    fn polled(&self, known: &Map<String, Value>, quality: Quality) -> Result<Polled, Failure> {
        let text = |name: &str| known.get(name).and_then(text_of).filter(|text| !text.is_empty());
        let moment = |name: &str| {
            let read = text(name).map(|at| {
                let parsed = instant::parse(&at);
                parsed.ok_or_else(|| Failure::new(Class::Config, format!("poll: {name} `{at}` is no moment")))
            });
            read.transpose()
        };
        let first = match (moment("first_response_at")?, text("answered_after_minutes")) {
            (None, Some(minutes)) => {
                let bad =
                    || Failure::new(Class::Config, format!("poll: answered_after_minutes `{minutes}` is no number"));
                let after = SignedDuration::from_mins(minutes.parse::<i32>().map_err(|_| bad())?.into());
                moment("created_at")?.map(|created| later(created, after))
            }
            (known, _) => known,
        };
        let state = text("state");
        let meaning = state.as_ref().map(|state| self.meaning(state));
        Ok(Polled { first_response: first.map(|at| (at, quality)), owner: text("owner"), meaning, state })
    }

    fn meaning(&self, state: &str) -> String {
        self.status.get(state).cloned().unwrap_or_else(|| {
            tracing::warn!(host = self.endpoint.host(), state, "a state the preset does not name: taken as open");
            UNMAPPED.to_owned()
        })
    }

    /// What an operation reads from its answer, by name; what is not there is left out.
    pub(super) fn results(&self, operation: &Operation, answer: &Answer) -> Result<Map<String, Value>, Failure> {
        let mut results = Map::new();
        if operation.get.is_empty() {
            return Ok(results);
        }
        // What is only in the headers, or is the whole text, needs no JSON.
        let json =
            if operation.get.values().any(Reader::reads_body) { self.json(operation, answer)? } else { Value::Null };
        let view = View { answer: Some(answer), ..View::of(&json) };
        for (name, reader) in &operation.get {
            let value = reader.read(view).map_err(|error| self.unreadable(operation, &error))?;
            results.extend(value.map(|value| (name.clone(), value.into_owned())));
        }
        Ok(results)
    }

    fn json(&self, operation: &Operation, answer: &Answer) -> Result<Value, Failure> {
        match serde_json::from_slice(&answer.body) {
            Ok(json) => Ok(json),
            Err(_) if answer.body.trim_ascii().is_empty() => Ok(Value::Null),
            Err(error) => {
                let said = self.endpoint.said(answer, None);
                Err(self.unreadable(operation, &format!("{said} (no JSON: {error})")))
            }
        }
    }

    /// A good status with an answer nobody can read: for a write, it may have been performed.
    fn unreadable(&self, operation: &Operation, why: &dyn std::fmt::Display) -> Failure {
        let class = if matches!(operation.name.as_str(), "create" | "before") { Class::Unknown } else { Class::Retry };
        Failure::new(class, self.endpoint.shown(&format!("{}: {why}", operation.name)))
    }

    pub(super) fn reference(&self, results: &Map<String, Value>) -> Option<Reference> {
        let text = |name: &str| results.get(name).and_then(text_of).filter(|text| !text.is_empty());
        let id = text("ref")?;
        let url = text("url").or_else(|| {
            let roots = json!({ "vars": self.values.root(), "ref": id });
            self.link.as_ref()?.text(&Context::from_serialize(&roots)).ok()
        });
        Some(Reference { number: text("number"), url, id })
    }

    /// What operations about one key may use.
    pub(super) fn looking(&self, token: &Token) -> Context {
        Context::from_serialize(&json!({ "vars": self.values.root(), "h": words::key(token) }))
    }

    /// Changes nothing; looks for a key nobody has, where there is a search.
    pub(super) async fn try_out(&self) -> Result<String, Failure> {
        let host = self.endpoint.host();
        if let Some(probe) = &self.probe {
            self.endpoint.ask(&self.http, probe, &self.values.context()).await?;
            return Ok(format!("{host} answers and takes our credentials"));
        }
        if self.find.is_some() {
            let nobody = Token::parse(NO_KEY).map_err(|error| Failure::new(Class::Config, error.to_string()))?;
            return match self.look(&nobody).await? {
                Found::Here(_) => Err(Failure::new(Class::Config, format!("{host} finds a key that no ticket has"))
                    .hint("the search ignores our key: check the field for the key")),
                Found::Absent | Found::CannotAsk => {
                    Ok(format!("{host} answers, takes our credentials and can be searched"))
                }
            };
        }
        let mut request = Request::get(self.endpoint.base().clone());
        request.method = reqwest::Method::HEAD;
        let answer = self.http.send(&request).await.map_err(|error| self.endpoint.failed(Kind::Read, &error))?;
        Ok(format!("{host} answers ({}); whether it takes our signature shows with the first delivery", answer.status))
    }
}
