//! A handoff by preset: ticket, CRM or webhook. The far side may have made a ticket whose answer we never
//! read, so nothing is ever sent twice on a guess: what is unknown is looked for by our key.

mod asking;
mod frozen;
mod sign;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use self::frozen::{FrozenRequest, FrozenTicket, placeholder};
use self::sign::Signer;
use super::render::Templates;
use super::{Card, Delivery, Destination, Found, Frozen, LeaseLost, Phases, Polled, Reference};
use crate::config::Secret;
use crate::config::checked::Var;
use crate::lead::outcome::Failure;
use crate::lead::{Class, Phase, Quality, Token};
use crate::net::http::{Answer, Http, Request};
use crate::preset::endpoint::Turn;
use crate::preset::library::{Direction, Library};
use crate::preset::place::Place;
use crate::preset::{
    Context, DestinationPreset, Endpoint, Fault, Kind, Names, Operation, PresetError, Scope, Template, Values,
};

/// The meanings `[status]` may give.
const MEANINGS: &[&str] = &["new", "open", "waiting", "won", "lost", "closed", "merged", "deleted"];

/// What is kept of a destination where our key was found.
const SEEN: &str = "seen";
/// What is kept of one that dropped our key.
const MISSING: &str = "missing";

/// A destination described by a preset.
pub struct Ticket {
    endpoint: Endpoint,
    http: Http,
    templates: Arc<Templates>,
    values: Values,
    signer: Option<Signer>,
    before: Vec<Operation>,
    create: Operation,
    find: Option<Operation>,
    found_in: Option<Place>,
    poll: Vec<Operation>,
    probe: Option<Operation>,
    status: BTreeMap<String, String>,
    first_response: Quality,
    link: Option<Template>,
    repeats_safe_secs: Option<u64>,
    verify: AtomicBool,
    blind: AtomicBool,
    news: AtomicBool,
    kind: String,
}

impl Ticket {
    /// Prepares the destination `owner` of the config; nothing is connected yet. `resolve` reads a secret.
    ///
    /// # Errors
    /// [`Class::Config`]: every mistake in the variables, or the first in the preset with its line.
    pub fn new(
        owner: &str,
        preset: &str,
        vars: &BTreeMap<String, Var>,
        presets: &Library,
        http: &Http,
        templates: Arc<Templates>,
        resolve: &dyn Fn(&Secret) -> Result<secrecy::SecretString, String>,
    ) -> Result<Self, Failure> {
        let doc: DestinationPreset = presets.get(preset).map_err(|error| config(&error))?;
        let values = Values::check(&doc.vars, vars, resolve).map_err(|faults| {
            let each: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
            Failure::new(Class::Config, format!("preset {preset}: {}", each.join("; ")))
        })?;
        // Apart from the sources' names: both may be called the same.
        let values = values.owned_by(format!("to-{owner}"));
        let made = Self::compile(&doc, values, http.clone(), templates);
        made.map_err(|fault| config(&presets.place(Direction::Destination, preset, fault)))
    }

    /// Compiles a preset with stand-ins for its variables: finds what is wrong with it offline.
    ///
    /// # Errors
    /// What is wrong, with its place.
    pub fn check(preset: &str, presets: &Library, http: &Http) -> Result<(), PresetError> {
        let doc: DestinationPreset = presets.get(preset)?;
        let place = |fault: Fault| presets.place(Direction::Destination, preset, fault);
        let templates = Arc::new(Templates::shipped().map_err(|failure| place(Fault::new(failure.message)))?);
        // A stand-in is no key: signing is checked when there is one.
        let doc = DestinationPreset { sign: None, ..doc };
        let made = Values::sample(&doc.vars).and_then(|values| Self::compile(&doc, values, http.clone(), templates));
        made.map(drop).map_err(place)
    }

    fn compile(doc: &DestinationPreset, values: Values, http: Http, templates: Arc<Templates>) -> Result<Self, Fault> {
        let zone = doc.zone.as_deref().map(|zone| zone_of(zone, &values)).transpose()?;
        let values = values.in_zone(zone);
        let ops: &[&str] = &["before", "create", "find", "poll", "probe"];
        let endpoint = Endpoint::compile(&doc.http, &doc.auth, &doc.limits, &doc.errors, &values, ops)?;
        let names = Names::of(&values);
        let earlier: Vec<&str> = doc.before.iter().flat_map(|op| op.get.keys()).map(String::as_str).collect();
        let creating = words::create_names(&values, earlier);
        let looking = words::key_names(values.scope(Scope::new(), false));
        let known = doc.poll.iter().flat_map(|op| op.get.keys()).map(String::as_str);
        let polling = values.scope(Scope::new(), false).open("ref").names("known", known);
        let plain = values.scope(Scope::new(), false);
        let each = |name: &str, docs: &[_], scope: &Scope| {
            docs.iter().map(|doc| Operation::compile(name, doc, scope, names)).collect::<Result<Vec<_>, _>>()
        };
        if let Some((state, meaning)) = doc.status.iter().find(|(_, meaning)| !MEANINGS.contains(&meaning.as_str())) {
            let known = MEANINGS.join(", ");
            return Err(Fault::about(meaning, format!("status.{state}: `{meaning}` is none of {known}")));
        }
        Ok(Self {
            signer: doc.sign.as_ref().map(|sign| Signer::compile(sign, &values)).transpose()?,
            before: each("before", &doc.before, &creating)?,
            create: Operation::compile("create", &doc.create, &creating, names)?,
            find: doc.find.as_ref().map(|find| Operation::compile("find", find, &looking, names)).transpose()?,
            found_in: list_of(doc.find.as_ref().and_then(|find| find.rows.as_deref()))?,
            poll: each("poll", &doc.poll, &polling)?,
            probe: doc.probe.as_ref().map(|probe| Operation::compile("probe", probe, &plain, names)).transpose()?,
            status: doc.status.clone(),
            first_response: doc.first_response.unwrap_or(Quality::Derived),
            link: doc.link.as_deref().map(|link| Template::compile(link, &plain.clone().open("ref"))).transpose()?,
            repeats_safe_secs: doc
                .repeats_safe
                .as_deref()
                .map(crate::preset::instant::duration)
                .transpose()?
                .map(|safe| safe.as_secs().unsigned_abs()),
            verify: AtomicBool::new(doc.verify),
            blind: AtomicBool::new(false),
            news: AtomicBool::new(false),
            kind: format!("{} at {}", doc.id, endpoint.base()),
            endpoint,
            http,
            templates,
            values,
        })
    }

    fn frozen(&self, card: &Card) -> Result<FrozenTicket, Failure> {
        let mut roots = words::create_values(card, &self.values, &self.templates)?;
        let results = self.before.iter().flat_map(|op| op.get.keys());
        let marks: Map<String, Value> =
            results.map(|name| (name.clone(), Value::from(placeholder(&card.token, name)))).collect();
        roots.insert("before".to_owned(), Value::Object(marks));
        let context = Context::from_serialize(&roots);
        let freeze = |operation: &Operation| {
            let fault = |fault: Fault| Failure::new(Class::Reject, self.endpoint.shown(&fault.message));
            let request = self.endpoint.request(operation, Kind::Write, &context).map_err(fault)?;
            FrozenRequest::of(request).map_err(|why| Failure::new(Class::Reject, format!("{}: {why}", operation.name)))
        };
        Ok(FrozenTicket {
            token: card.token.clone(),
            before: self.before.iter().map(freeze).collect::<Result<_, _>>()?,
            create: freeze(&self.create)?,
        })
    }

    async fn submit(&self, ticket: &FrozenTicket, phases: &dyn Phases) -> Result<Delivery, Failure> {
        let mut known = Map::new();
        for (operation, request) in self.before.iter().zip(&ticket.before) {
            if operation.unless.as_ref().is_some_and(|name| known.contains_key(name)) {
                continue;
            }
            let request = self.thaw(request, ticket, &known)?;
            let turn = self.endpoint.turn(&self.http).await?;
            let answer = self.write(turn, operation, &request, &ticket.token).await.map_err(before_the_ticket)?;
            known.extend(self.results(operation, &answer).map_err(before_the_ticket)?);
        }
        let read = self.before.iter().flat_map(|op| op.get.keys());
        if let Some(missing) = read.into_iter().find(|name| !known.contains_key(*name)) {
            let why = format!("{} did not say `{missing}`, which the ticket needs", self.endpoint.host());
            return Err(Failure::new(Class::Retry, why));
        }
        let mut request = self.thaw(&ticket.create, ticket, &known)?;
        let turn = self.endpoint.turn(&self.http).await?;
        self.sign(&mut request, &ticket.token)?;
        // The request cannot be watched leaving, so its first byte counts as sent from here on. A refused
        // connection is a plain retry all the same: the error says that nothing was reached.
        if let Err(LeaseLost) = phases.enter(Phase::Body).await {
            return Err(Failure::new(Class::Retry, LeaseLost.to_string()));
        }
        match self.write(turn, &self.create, &request, &ticket.token).await {
            Ok(answer) => self.created(&answer, &ticket.token).await,
            Err(failure) if failure.class == Class::Exists => self.adopt(failure, &ticket.token).await,
            Err(failure) => Err(failure),
        }
    }

    fn thaw(
        &self,
        request: &FrozenRequest,
        ticket: &FrozenTicket,
        known: &Map<String, Value>,
    ) -> Result<Request, Failure> {
        request.thaw(&self.endpoint, &ticket.token, known).map_err(|why| {
            Failure::new(Class::Reject, self.endpoint.shown(&format!("the stored request cannot be sent: {why}")))
        })
    }

    fn sign(&self, request: &mut Request, token: &Token) -> Result<(), Failure> {
        let Some(signer) = &self.signer else { return Ok(()) };
        let body = request.body.as_ref().map_or(&[][..], |(_, body)| body);
        let headers = signer.headers(token, self.http.now(), body);
        request.headers.extend(headers.map_err(|fault| Failure::new(Class::Config, fault.message))?);
        Ok(())
    }

    /// Sends a write and gives the answer if it is a good one.
    async fn write(
        &self,
        turn: Turn,
        operation: &Operation,
        request: &Request,
        token: &Token,
    ) -> Result<Answer, Failure> {
        let context = self.looking(token);
        let sent = self.endpoint.exchange(&self.http, turn, operation, Kind::Write, &context, request).await?;
        match sent {
            (answer, None) => Ok(answer),
            (_, Some(failure)) => Err(failure),
        }
    }

    /// A good answer to `create`: accepted, if it names the ticket.
    async fn created(&self, answer: &Answer, token: &Token) -> Result<Delivery, Failure> {
        let results = self.results(&self.create, answer)?;
        let reference = if self.create.get.contains_key("ref") {
            self.reference(&results).ok_or_else(|| {
                let said = self.endpoint.said(answer, None);
                Failure::new(Class::Unknown, format!("{said}, without the number of a ticket"))
            })?
        } else {
            Reference { id: words::key(token)["id"].as_str().unwrap_or_default().to_owned(), ..Reference::default() }
        };
        Ok(Delivery {
            class: Class::Ok,
            message: format!("{} answered {}", self.endpoint.host(), answer.status),
            hint: self.verified(token).await,
            reference: Some(reference),
            wait_secs: None,
        })
    }

    /// The far side says that our key is there already: adopt what has it.
    async fn adopt(&self, said: Failure, token: &Token) -> Result<Delivery, Failure> {
        match self.look(token).await {
            Ok(Found::Here(references)) => {
                let reference = references.into_iter().next();
                Ok(Delivery {
                    class: Class::Exists,
                    reference,
                    message: said.message,
                    hint: said.hint,
                    wait_secs: None,
                })
            }
            // Where the search stays behind, nothing is known yet: it is looked for later.
            Ok(Found::Absent) if self.find_lag().is_zero() => Err(Failure { class: Class::Reject, ..said }),
            Ok(Found::Absent | Found::CannotAsk) | Err(_) => Err(Failure { class: Class::Unknown, ..said }),
        }
    }
}

impl Destination for Ticket {
    fn freeze(&self, card: &Card) -> Result<Frozen, Failure> {
        let frozen = serde_json::to_vec(&self.frozen(card)?);
        frozen.map(Frozen).map_err(|error| Failure::new(Class::Reject, format!("the ticket cannot be stored: {error}")))
    }

    fn still_fits(&self, frozen: &Frozen) -> bool {
        serde_json::from_slice::<FrozenTicket>(&frozen.0).is_ok_and(|ticket| ticket.create.is_for(&self.endpoint))
    }

    fn deliver<'a>(&'a self, frozen: &'a Frozen, phases: &'a dyn Phases) -> BoxFuture<'a, Delivery> {
        async move {
            let stored = serde_json::from_slice(&frozen.0);
            let sent = match &stored {
                Ok(ticket) => self.submit(ticket, phases).await,
                Err(error) => Err(Failure::new(Class::Reject, format!("the stored ticket cannot be read: {error}"))),
            };
            sent.unwrap_or_else(|Failure { class, message, hint, wait_secs }| Delivery {
                class,
                reference: None,
                message,
                hint,
                wait_secs,
            })
        }
        .boxed()
    }

    fn find<'a>(&'a self, token: &'a Token) -> BoxFuture<'a, Result<Found, Failure>> {
        self.look(token).boxed()
    }

    fn find_lag(&self) -> SignedDuration {
        self.find.as_ref().map_or(SignedDuration::ZERO, |find| find.lag)
    }

    fn repeats_safe_secs(&self) -> Option<u64> {
        self.repeats_safe_secs
    }

    fn proof(&self) -> Option<String> {
        let told = self.news.swap(false, Ordering::Relaxed);
        let word = if self.blind.load(Ordering::Relaxed) { MISSING } else { SEEN };
        told.then(|| format!("{word} {}", self.kind))
    }

    fn recall(&self, proof: &str) {
        let of_this = |word: &str| proof.strip_prefix(word).is_some_and(|rest| rest.trim_start() == self.kind);
        if of_this(SEEN) {
            self.verify.store(false, Ordering::Relaxed);
        }
        self.blind.store(of_this(MISSING), Ordering::Relaxed);
    }

    fn tracks(&self) -> bool {
        self.poll
            .iter()
            .any(|op| ["first_response_at", "answered_after_minutes"].iter().any(|name| op.get.contains_key(*name)))
    }

    fn poll<'a>(&'a self, reference: &'a Reference) -> BoxFuture<'a, Result<Polled, Failure>> {
        self.ask_all(reference).boxed()
    }

    fn concurrency(&self) -> usize {
        self.endpoint.limits.concurrency
    }

    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>> {
        self.try_out().boxed()
    }
}

/// A failure of a request that only prepares the ticket: the ticket itself was surely not made.
fn before_the_ticket(failure: Failure) -> Failure {
    let class = match failure.class {
        Class::Unknown | Class::Exists => Class::Retry,
        other => other,
    };
    Failure { class, ..failure }
}

/// The list whose elements are the rows: an answer without it proves no absence.
fn list_of(rows: Option<&str>) -> Result<Option<Place>, Fault> {
    let Some(list) = rows.and_then(|rows| rows.strip_suffix("[*]")) else { return Ok(None) };
    Place::parse(list).map(Some).map_err(|why| Fault::about(list, why))
}

/// The zone a template over `vars` names.
fn zone_of(text: &str, values: &Values) -> Result<TimeZone, Fault> {
    let template = Template::compile(text, &values.scope(Scope::new(), false))?;
    let name = template.text(&values.context())?;
    // A variable's stand-in, when only the preset is checked.
    let zone = if name == "sample" { Some(TimeZone::UTC) } else { crate::calendar::zone_by_place(&name) };
    zone.ok_or_else(|| Fault::about(&name, format!("zone: `{name}` is not a time zone, like Europe/Berlin")))
}

fn config(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Class::Config, error.to_string())
}

#[cfg(test)]
mod tests;
