//! What is true: rows, and an append-only journal written in the same transaction as the rows it tells
//! of. One `Store` over SQLite (embedded default) and PostgreSQL; `tests/store_conformance.rs` runs the
//! same suite on both.
//!
//! Rules kept here: every writing transaction begins by taking the write lock (`BEGIN IMMEDIATE`), ends by
//! moving its process's chain head (the fence: a process declared dead cannot commit), and runs in a task
//! of its own that is never dropped half-way. A state change names the state it comes from; no row
//! touched means somebody was first.

mod alerts;
mod caps;
mod costs;
pub(crate) mod counting;
mod db;
mod erase;
mod holding;
mod imports;
mod intake;
mod journal;
mod keep;
mod ladder;
mod leads;
mod notice;
mod open;
mod outbox;
mod outcome;
mod overrides;
mod owner;
mod people;
mod queue;
mod read;
mod shadow;
mod sources;
mod stop_loss;
#[cfg(test)]
mod tests;
mod together;
pub mod traces;
mod tx;
mod upgrade;
mod yes;

pub use alerts::{Alert, AlertBatch, AlertCounts, AlertKind};
pub use caps::{CapRule, CountAgain, HandedOff, Hook};
pub use costs::{Cost, CostKind, CostRow, Rate, part_of};
pub(crate) use db::Row;
pub use erase::{Forget, Forgotten, SentTo};
pub use holding::{HeldRow, HoldLimit, Placed};
pub use intake::{Arrival, CampaignDay, Delivery, Intake, KnownPerson, PageStored};
pub use journal::{ChainError, Note};
pub use ladder::{DueRung, NextRung, Rung};
pub use leads::{LeadFacts, Redecided, StoredLead};
pub(crate) use leads::{Reassign, Replacement, Valid, load as load_lead};
pub use notice::{NOTICE_TRIES, Notice, NoticeKind};
pub use open::{Opened, ProcKind, StoreOptions};
pub use outbox::{
    Claimed, Clocks, DestinationQueue, HandoffFacts, Heard, LEASE, Overdue, Returned, Settle, Tracked, UnknownHandoff,
};
pub(crate) use outbox::{apply as apply_settle, drop_to_queue, first_response};
pub use overrides::{Override, OverrideKind};
pub use owner::{MailEnd, MailState, ReportMail};
pub use queue::{Asking, Count, FirstStop, Planner, ReleaseAsk};
pub use read::{
    ChangeRow, ConfigPast, DestinationLoad, Filter, Gauges, JourneyAsk, JourneyRow, ListHandoff, ListRow, PastLead,
    SpeedRow, StoredHandoff, Told, Touch,
};
pub use shadow::{CodeChange, Ended, Shadow, ShadowDiffers, ShadowDraft, ShadowTally, Shadowed};
pub use sources::{
    Backfill, Departed, Endpoint, EndpointKind, LOOKS_APART, Level, Pressure, Recheck, Relieved, WalkHints,
};
pub use stop_loss::{StopLossLook, StopLossRow};
pub use tx::{Store, Tx};
pub use yes::Yes;

/// The store could not do what was asked; nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or did not answer.
    #[error("{doing} failed")]
    Db {
        /// What was being done.
        doing: &'static str,
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
    /// Another process declared this one dead; it must start again.
    #[error("this process was declared dead by another one; nothing was written")]
    Fenced,
    /// A newer leadgate wrote this database.
    #[error("the database was written by a newer leadgate (schema {found}, this one knows {known}); update leadgate")]
    NewerSchema {
        /// Schema of the database.
        found: i64,
        /// Newest schema this binary knows.
        known: i64,
    },
    /// Somebody else changed it first.
    #[error("somebody else was first")]
    Conflict,
    /// A stored value makes no sense.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The database cannot be used, and why.
    #[error("{0}")]
    Unusable(String),
}

impl StoreError {
    pub(crate) fn db(doing: &'static str, source: sqlx::Error) -> Self {
        // PostgreSQL ended this transaction because two waited for each other: the other one was first.
        let deadlock =
            source.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "40P01");
        if deadlock { Self::Conflict } else { Self::Db { doing, source } }
    }

    /// The whole chain of causes in one line, for people and logs.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        crate::text::clean_line(&text, 1_024)
    }
}
