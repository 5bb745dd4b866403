//! The only file of the console that calls the desk. Everything is bounded, nothing is waited for by the
//! screen, and every request gets exactly one answer: data, an error, "superseded" or "no answer in time".
//!
//! A desk call runs in its own task that is never cancelled (a dropped database call can poison its
//! connection), so a call that hangs holds its worker, not the screen.

mod preview;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, mpsc, watch};

use super::message::{Data, Kind, Load, Outcome, PreviewRequest, Reply, Request};
use crate::desk::{Act, Desk, DeskError, ExplainAsk, Refused};

/// How long a question or an act may take before it is answered with "no answer".
pub const DEADLINE: Duration = Duration::from_secs(30);
/// Most acts waiting for the desk.
pub const ACTS_MAX: usize = 16;
/// Most calls of one kind that may hang at the same time.
const HANGING_MAX: usize = 2;
/// Most answers waiting for the screen; workers wait beyond that.
const ANSWERS_MAX: usize = 64;
/// Most lines of the journal.
pub const JOURNAL_LIMIT: u32 = 500;

/// What the update wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the desk.
    Ask(Request),
    /// Compute this preview, instead of any other.
    Preview(PreviewRequest),
    /// No preview is wanted any more.
    StopPreview,
    /// Do this act.
    Perform(Act),
    /// Give the terminal back and stop until resumed.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Somebody is needed at once: ring, with these words.
    Ring(String),
    /// Leave.
    Quit,
}

/// The workers: one for each kind of question, one for acts, one for previews.
#[derive(Debug)]
pub struct Effects {
    slots: HashMap<Kind, Arc<Slot>>,
    acts: mpsc::Sender<Act>,
    previews: watch::Sender<Option<PreviewRequest>>,
}

/// The place of the one queued question of a kind.
#[derive(Debug, Default)]
struct Slot {
    next: Mutex<Option<Request>>,
    nudge: Notify,
    closed: std::sync::atomic::AtomicBool,
}

impl Slot {
    fn put(&self, request: Request) -> Option<Request> {
        let replaced = self.next.lock().unwrap_or_else(PoisonError::into_inner).replace(request);
        self.nudge.notify_one();
        replaced
    }

    fn take(&self) -> Option<Request> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Effects {
    /// Starts the workers on the running tokio runtime; their answers arrive on the receiver.
    pub fn start(desk: &Arc<dyn Desk>) -> (Self, mpsc::Receiver<Reply>) {
        let (answers, receiver) = mpsc::channel(ANSWERS_MAX);
        let mut slots = HashMap::new();
        for kind in Kind::ALL {
            let slot = Arc::new(Slot::default());
            slots.insert(kind, Arc::clone(&slot));
            tokio::spawn(answer_questions(Arc::clone(desk), slot, answers.clone()));
        }
        let (acts, queue) = mpsc::channel(ACTS_MAX);
        let previews = preview::start(Arc::clone(desk), answers.clone());
        tokio::spawn(do_acts(Arc::clone(desk), queue, answers));
        (Self { slots, acts, previews }, receiver)
    }

    /// Wants this preview from now on, or none.
    pub fn preview(&self, wanted: Option<PreviewRequest>) {
        self.previews.send_replace(wanted);
    }

    /// Queues a question. Returns the answer of the one it replaced, if any.
    pub fn ask(&self, request: Request) -> Option<Reply> {
        let replaced = self.slots.get(&request.load.kind())?.put(request)?;
        Some(Reply::Superseded { ticket: replaced.ticket })
    }

    /// Queues an act. Returns its answer at once when there is no room.
    pub fn perform(&self, act: Act) -> Option<Reply> {
        let act = match self.acts.try_send(act) {
            Ok(()) => return None,
            Err(mpsc::error::TrySendError::Full(act) | mpsc::error::TrySendError::Closed(act)) => act,
        };
        let reason = format!("busy: {ACTS_MAX} acts are waiting for the database; nothing was changed, try again");
        Some(Reply::Acted { act, outcome: Outcome::Refused(Refused::NotNow(reason)) })
    }
}

impl Drop for Effects {
    fn drop(&mut self) {
        for slot in self.slots.values() {
            slot.closed.store(true, std::sync::atomic::Ordering::SeqCst);
            slot.nudge.notify_one();
        }
    }
}

async fn answer_questions(desk: Arc<dyn Desk>, slot: Arc<Slot>, answers: mpsc::Sender<Reply>) {
    let room = Arc::new(Semaphore::new(HANGING_MAX));
    loop {
        slot.nudge.notified().await;
        if slot.closed.load(std::sync::atomic::Ordering::SeqCst) {
            return;
        }
        while let Some(Request { ticket, load }) = slot.take() {
            let kind = load.kind();
            let call = bounded(&room, {
                let desk = Arc::clone(&desk);
                async move { question(&*desk, load).await }
            });
            let data = match call.await {
                Ended::With(data) => data,
                Ended::Fault(fault) => Err(DeskError::Store(format!("the question failed inside leadgate: {fault}"))),
                Ended::NoAnswer | Ended::NoRoom => {
                    Err(DeskError::Store(format!("no answer in {} s", DEADLINE.as_secs())))
                }
            };
            if answers.send(Reply::Loaded { ticket, kind, data }).await.is_err() {
                return;
            }
        }
    }
}

async fn do_acts(desk: Arc<dyn Desk>, mut queue: mpsc::Receiver<Act>, answers: mpsc::Sender<Reply>) {
    // One at a time and in order, also after one that hangs: an undo must not overtake what it undoes.
    let room = Arc::new(Semaphore::new(1));
    while let Some(what) = queue.recv().await {
        let call = bounded(&room, {
            let (desk, act) = (Arc::clone(&desk), what.clone());
            async move { desk.perform(act).await }
        });
        let outcome = match call.await {
            Ended::With(Ok(done)) => Outcome::Done(done),
            Ended::With(Err(refused)) => Outcome::Refused(refused),
            Ended::Fault(fault) => Outcome::Unknown(format!("the act failed inside leadgate: {fault}")),
            Ended::NoAnswer => Outcome::Unknown(format!("no answer in {} s", DEADLINE.as_secs())),
            Ended::NoRoom => Outcome::Refused(Refused::Store("the act before it is still not answered".to_owned())),
        };
        if answers.send(Reply::Acted { act: what, outcome }).await.is_err() {
            return;
        }
    }
}

/// How a call of the desk ended for the screen.
enum Ended<T> {
    /// It answered.
    With(T),
    /// It panicked.
    Fault(tokio::task::JoinError),
    /// It was begun and has not answered in time; it goes on by itself.
    NoAnswer,
    /// It was not begun, because calls before it hang.
    NoRoom,
}

/// Runs a call in its own task, for at most [`DEADLINE`] as far as the screen is concerned. A call that hangs
/// keeps its place in `room` until it ends, so that hanging calls do not pile up.
async fn bounded<T: Send + 'static>(room: &Arc<Semaphore>, call: impl Future<Output = T> + Send + 'static) -> Ended<T> {
    let until = tokio::time::Instant::now() + DEADLINE;
    let Ok(Ok(place)) = tokio::time::timeout_at(until, Arc::clone(room).acquire_owned()).await else {
        return Ended::NoRoom;
    };
    let task = tokio::spawn(async move {
        let answer = call.await;
        drop(place);
        answer
    });
    match tokio::time::timeout_at(until, task).await {
        Ok(Ok(answer)) => Ended::With(answer),
        Ok(Err(fault)) => Ended::Fault(fault),
        Err(_) => Ended::NoAnswer,
    }
}

/// Puts one question to the desk.
///
/// # Errors
/// What the desk says.
pub async fn question(desk: &dyn Desk, load: Load) -> Result<Data, DeskError> {
    Ok(match load {
        Load::Rows(ask) => Data::Rows(desk.rows(ask).await?),
        Load::Lead(id) => Data::Lead(Box::new(desk.lead(id).await?)),
        Load::Explain(id) => Data::Explain(Box::new(desk.explain(ExplainAsk::Lead(id)).await?)),
        Load::Foresee(id, text) => Data::WouldBe(Box::new(desk.foresee(id, text).await?)),
        Load::Shadow => Data::Shadow(Box::new(desk.shadow().await?)),
        Load::Drafts(typed) => {
            let found = desk.drafts(typed.clone()).await?;
            Data::Drafts(typed, found)
        }
        Load::Mail(id) => Data::Mail(Box::new(desk.mail(id, None).await?)),
        Load::Record(inquiry) => {
            let (raw, reason) = desk.record(inquiry).await?;
            Data::Record(raw, reason)
        }
        Load::Capacity => Data::Capacity(desk.capacity().await?),
        Load::Response => Data::Response(Box::new(desk.response().await?)),
        Load::Sources => Data::Sources(desk.sources().await?),
        Load::Report(ask) => Data::Report(Box::new(desk.report(ask).await?)),
        Load::Behind(ask, figure) => Data::Behind(desk.behind(ask, figure).await?),
        Load::Beside(ask) => Data::Beside(Box::new(desk.beside(ask).await?)),
        Load::Journal => Data::Journal(desk.journal(JOURNAL_LIMIT).await?),
    })
}
