//! Something that must be made and waited for before it can be read: a report, an export. Each look is a step of
//! the walk, so that nobody waits for minutes with a page in hand.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::far::Far;
use super::single;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::preset::condition::Condition;
use crate::preset::document::JobDoc;
use crate::preset::fault::Fault;
use crate::preset::{Context, Names, Operation, Scope, Values, View, instant};

/// What templates see of it.
pub const JOB: &str = "job";
/// Names in rules and messages.
pub const START: &str = "job.start";
pub const POLL: &str = "job.poll";
/// How often to look, where a preset does not say; and at most.
const EVERY: Duration = Duration::from_secs(5);
const EVERY_MAX: Duration = Duration::from_mins(1);
/// When to give up, where a preset does not say.
const TIMEOUT: Duration = Duration::from_mins(10);

/// Compiled `[job]`.
#[derive(Debug)]
pub struct Job {
    start: Operation,
    poll: Operation,
    done: Condition,
    failed: Option<Condition>,
    every: Duration,
    timeout: Duration,
    context: Context,
}

/// How far one has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What its answers said, by name.
    pub got: Map<String, Value>,
    /// It can be read.
    pub ready: bool,
    /// How long it was waited for, in milliseconds.
    waited: u64,
}

impl Job {
    /// Compiles. `scope` is what templates see besides `job`.
    ///
    /// # Errors
    /// Names what is missing or wrong.
    pub fn compile(doc: &JobDoc, values: &Values, scope: &Scope) -> Result<Self, Fault> {
        let names = Names::of(values);
        let within = |fault: Fault| fault.within(POLL);
        let length = |part: &str, text: &Option<String>| {
            let length = text.as_deref().map(instant::duration).transpose();
            length
                .map(|length| length.and_then(|length| Duration::try_from(length).ok()))
                .map_err(|fault| within(fault.within(part)))
        };
        let plain = values.scope(Scope::new(), false);
        let condition = |doc| Condition::compile(doc, names, &plain).map_err(within);
        let done = doc.poll.done.as_ref().ok_or_else(|| within(Fault::new("`done` must say when it is ready")))?;
        let started = scope.clone().names(JOB, doc.start.get.keys().map(String::as_str));
        Ok(Self {
            start: Operation::compile(START, &doc.start, scope, names)?,
            poll: Operation::compile(POLL, &doc.poll.operation(), &started, names)?,
            done: condition(done)?,
            failed: doc.poll.failed.as_ref().map(condition).transpose()?,
            every: length("every", &doc.poll.every)?.unwrap_or(EVERY).min(EVERY_MAX),
            timeout: length("timeout", &doc.poll.timeout)?.unwrap_or(TIMEOUT),
            context: values.context(),
        })
    }

    /// The names templates may use below `job` once it is ready.
    pub fn names(doc: &JobDoc) -> impl Iterator<Item = &str> {
        doc.start.get.keys().chain(doc.poll.get.keys()).map(String::as_str)
    }

    /// One step: starts it, or looks after it, waiting a while first where it was not ready.
    ///
    /// # Errors
    /// It cannot be started or looked after, it failed, or it takes too long.
    pub async fn step(
        &self,
        far: &Far,
        progress: &mut Option<Progress>,
        mut roots: Map<String, Value>,
    ) -> Result<(), Failure> {
        let Some(progress) = progress else {
            let (_, got) = self.ask(far, &self.start, roots).await?;
            *progress = Some(Progress { got, ..Progress::default() });
            return Ok(());
        };
        if progress.waited > 0 {
            tokio::time::sleep(self.every).await;
        }
        roots.insert(JOB.to_owned(), Value::Object(progress.got.clone()));
        let (state, got) = self.ask(far, &self.poll, roots).await?;
        progress.got.extend(got);
        match state {
            State::Ready => progress.ready = true,
            State::Failed => {
                return Err(Failure::new(
                    Class::Retry,
                    format!("{}: what was asked for could not be made", far.host()),
                ));
            }
            State::Waiting => {
                progress.waited += u64::try_from(self.every.as_millis()).unwrap_or(u64::MAX).max(1);
                if u128::from(progress.waited) > self.timeout.as_millis() {
                    let message = format!("{}: not ready after {} s", far.host(), self.timeout.as_secs());
                    return Err(Failure::new(Class::Retry, message).hint("job.poll.timeout: it may need longer"));
                }
            }
        }
        Ok(())
    }

    async fn ask(
        &self,
        far: &Far,
        operation: &Operation,
        roots: Map<String, Value>,
    ) -> Result<(State, Map<String, Value>), Failure> {
        let (answer, body) = far.json(operation, &far.context(roots)).await?;
        let odd = |why: String| Failure::new(Class::Retry, far.shown(&format!("{}: {why}", operation.name)));
        let view = View { body: &body, tables: None, answer: Some(&answer) };
        let holds =
            |condition: &Condition| condition.holds(view, &self.context).map_err(|error| odd(error.to_string()));
        let state = match &self.failed {
            Some(failed) if holds(failed)? => State::Failed,
            _ if holds(&self.done)? => State::Ready,
            _ => State::Waiting,
        };
        Ok((state, single::got(operation, view).map_err(odd)?))
    }
}

enum State {
    Waiting,
    Ready,
    Failed,
}
