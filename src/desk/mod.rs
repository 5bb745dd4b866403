//! The desk: what a person reads and does. The console and the command line are two faces of it; both
//! talk to a [`Desk`] and to nothing below. Reading never blocks a writer; an act is one guarded
//! transaction, never a message that could be lost.

pub mod act;
mod acting;
mod alarms;
mod destinations;
mod explain;
mod export;
mod figures;
mod flood;
mod forget;
mod leads;
mod mails;
mod outlook;
pub mod owner;
mod people;
mod preview;
pub mod pulse;
pub mod questions;
mod report;
mod shadow;
mod sources;
mod store_desk;
pub mod view;
pub mod words;

use futures::future::BoxFuture;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use act::{Act, Done, Refused};
pub use explain::ExplainAsk;
pub use forget::Whom;
pub use preview::PreviewAsk;
pub use report::FiguresAsk;
pub use store_desk::StoreDesk;

use crate::lead::LeadId;
use crate::report::Report;
pub use crate::simulate::Progress;
use view::{
    Ask, Behind, Beside, Capacity, Event, Explanation, LeadDetail, MailPreview, Preview, Response, Rows, ShadowRun,
    SourceLine, WouldBe,
};

/// An answer of the desk that failed, for a person: what failed and what happens next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// The store did not answer; nothing is lost, it is asked again.
    #[error("the database did not answer: {0}")]
    Store(String),
    /// A draft of the configuration does not hold: every mistake with its line.
    #[error("the draft does not hold\n{0}")]
    Draft(String),
    /// It cannot be worked out, and why.
    #[error("{0}")]
    Unknown(String),
    /// Somebody stopped it.
    #[error("stopped; nothing was changed")]
    Stopped,
}

/// Who sits at the desk and where: fixed for one session.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Person id or operating-system user; every act carries it.
    pub who: String,
    /// That person's name and role as shown, e.g. `Anna · rep`.
    pub title: String,
    /// The person's id when they are one of the config's people.
    pub person: Option<String>,
    /// Zone of every time shown.
    pub zone: TimeZone,
    /// Business name.
    pub business: String,
    /// Everybody a lead can be given to: (id, name, team).
    pub people: Vec<(String, String, String)>,
    /// Services: (id, title).
    pub services: Vec<(String, String)>,
    /// This is the demo.
    pub demo: bool,
}

/// What the engine is doing, for the title and status lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    /// Grows with every change somebody could see; a screen asks again when it moved.
    pub version: u64,
    /// Is an engine at work, here or elsewhere?
    pub engine: EngineState,
    /// When the store last answered.
    pub heard_at: Option<Timestamp>,
    /// What went wrong last and is still wrong, with its fix: at most a few.
    pub troubles: Vec<String>,
    /// What is not as it should be with sources that are read well, the worst first, one line a source.
    #[serde(default)]
    pub alarms: Vec<String>,
    /// The last thing that happened, one sentence.
    pub last: Option<String>,
    /// What needed somebody at once since this was begun.
    #[serde(default)]
    pub calls: Calls,
}

/// How often somebody was needed at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// The time to answer was over.
    pub late: u64,
    /// A handoff could not go on without a person.
    pub needs_you: u64,
}

/// Where the engine runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineState {
    /// In this process.
    Here,
    /// In another process on the same store.
    Elsewhere,
    /// Nowhere: nothing is polled or sent.
    #[default]
    None,
}

/// What a person reads and does. Cheap to share; every call may wait for the store.
pub trait Desk: Send + Sync + 'static {
    /// Who sits here.
    fn seat(&self) -> &Seat;

    /// One page of leads.
    fn rows(&self, ask: Ask) -> BoxFuture<'_, Result<Rows, DeskError>>;

    /// All about one lead.
    fn lead(&self, lead: LeadId) -> BoxFuture<'_, Result<LeadDetail, DeskError>>;

    /// What would become of a lead with this answer to its open question; nothing is changed.
    fn foresee(&self, lead: LeadId, text: String) -> BoxFuture<'_, Result<WouldBe, DeskError>>;

    /// Why a lead, or a record that is tried, was decided as it was, and what holds it.
    fn explain(&self, ask: ExplainAsk) -> BoxFuture<'_, Result<Explanation, DeskError>>;

    /// What the past days would have been under other rules, and today's forecast; nothing is changed. May take
    /// long: `progress` says how far it is and stops it.
    fn preview(&self, ask: PreviewAsk, progress: Progress) -> BoxFuture<'_, Result<Preview, DeskError>>;

    /// The draft that decides beside the rules in force, else the one that did last, and how both did.
    fn shadow(&self) -> BoxFuture<'_, Result<Option<ShadowRun>, DeskError>>;

    /// Files of drafts whose path begins as typed, folders ending in `/`; for nothing typed the usual draft beside
    /// the configuration.
    fn drafts(&self, typed: String) -> BoxFuture<'_, Result<Vec<String>, DeskError>>;

    /// What a mail of this lead would say now, by this destination or the first that sends mail; it is sent to nobody.
    fn mail(&self, lead: LeadId, destination: Option<String>) -> BoxFuture<'_, Result<MailPreview, DeskError>>;

    /// A quarantined record: its raw text as received and the reason.
    fn record(&self, inquiry: i64) -> BoxFuture<'_, Result<(String, String), DeskError>>;

    /// The Capacity screen.
    fn capacity(&self) -> BoxFuture<'_, Result<Capacity, DeskError>>;

    /// The Response screen.
    fn response(&self) -> BoxFuture<'_, Result<Response, DeskError>>;

    /// The Sources screen.
    fn sources(&self) -> BoxFuture<'_, Result<Vec<SourceLine>, DeskError>>;

    /// The figures of a period, without what was changed in it.
    fn report(&self, ask: FiguresAsk) -> BoxFuture<'_, Result<Report, DeskError>>;

    /// The leads behind one of them, named as in `won@source=meta`.
    fn behind(&self, ask: FiguresAsk, figure: String) -> BoxFuture<'_, Result<Behind, DeskError>>;

    /// What stands beside the figures: their capacity, and how the report that goes out by mail stands. Counted after
    /// them, because it takes longer.
    fn beside(&self, ask: FiguresAsk) -> BoxFuture<'_, Result<Beside, DeskError>>;

    /// What happened lately over all leads, the latest first.
    fn journal(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Event>, DeskError>>;

    /// Does one act, in one transaction.
    fn perform(&self, act: Act) -> BoxFuture<'_, Result<Done, Refused>>;

    /// What the engine is doing; changes wake whoever waits.
    fn pulse(&self) -> watch::Receiver<Pulse>;
}
