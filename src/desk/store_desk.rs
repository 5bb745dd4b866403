//! The desk over the store: what the console and the command line really talk to.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::watch;

use super::act::{Act, Done, Refused};
use super::leads::Foreseen;
use super::view::{
    Ask, Behind, Beside, Capacity, Event, Explanation, LeadDetail, List, MailPreview, Preview, Response, Rows,
    ShadowRun, SourceLine, WouldBe,
};
use super::{Desk, DeskError, ExplainAsk, FiguresAsk, PreviewAsk, Progress, Pulse, Seat};
use crate::clock::SharedClock;
use crate::config::{Config, Sources};
use crate::engine::Decider;
use crate::lead::LeadId;
use crate::report::Report;
use crate::store::{Store, StoreError};

/// A desk on one store with one config.
pub struct StoreDesk {
    pub(super) store: Store,
    pub(super) config: Arc<Config>,
    pub(super) config_id: i64,
    pub(super) clock: SharedClock,
    pub(super) decider: Decider,
    pub(super) seat: Seat,
    pub(super) pulse: watch::Receiver<Pulse>,
    /// The layers of the configuration in force; a draft takes the place of its file.
    pub(super) layers: Option<Sources>,
    /// The last forecast of the queue.
    pub(super) leaves: tokio::sync::Mutex<Option<Foreseen>>,
}

impl StoreDesk {
    /// A desk for `seat`.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn new(
        store: Store,
        config: Arc<Config>,
        clock: SharedClock,
        seat: Seat,
        pulse: watch::Receiver<Pulse>,
    ) -> Result<Self, StoreError> {
        let config_id = store.activate(&config).await?;
        let (decider, leaves) = (Decider::new(&config), tokio::sync::Mutex::new(None));
        Ok(Self { decider, store, config, config_id, clock, seat, pulse, layers: None, leaves })
    }

    /// Knows where its configuration comes from, so that a draft can take the place of the file.
    #[must_use]
    pub fn with_layers(mut self, layers: Sources) -> Self {
        self.layers = Some(layers);
        self
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn title_of(&self, person: &str) -> String {
        self.config.people.get(person).map_or_else(|| person.to_owned(), |person| person.name.clone())
    }
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.chain())
    }
}

impl Desk for StoreDesk {
    fn seat(&self) -> &Seat {
        &self.seat
    }

    fn rows(&self, ask: Ask) -> BoxFuture<'_, Result<Rows, DeskError>> {
        Box::pin(self.list(ask))
    }

    fn lead(&self, lead: LeadId) -> BoxFuture<'_, Result<LeadDetail, DeskError>> {
        Box::pin(self.detail(lead))
    }

    fn foresee(&self, lead: LeadId, text: String) -> BoxFuture<'_, Result<WouldBe, DeskError>> {
        Box::pin(async move { self.foreseen(lead, &text).await })
    }

    fn explain(&self, ask: ExplainAsk) -> BoxFuture<'_, Result<Explanation, DeskError>> {
        Box::pin(self.explained(ask))
    }

    fn preview(&self, ask: PreviewAsk, progress: Progress) -> BoxFuture<'_, Result<Preview, DeskError>> {
        Box::pin(self.previewed(ask, progress))
    }

    fn shadow(&self) -> BoxFuture<'_, Result<Option<ShadowRun>, DeskError>> {
        Box::pin(self.shadow_run())
    }

    fn drafts(&self, typed: String) -> BoxFuture<'_, Result<Vec<String>, DeskError>> {
        Box::pin(self.draft_files(typed))
    }

    fn mail(&self, lead: LeadId, destination: Option<String>) -> BoxFuture<'_, Result<MailPreview, DeskError>> {
        Box::pin(async move { self.mail_preview(lead, destination.as_deref()).await })
    }

    fn record(&self, inquiry: i64) -> BoxFuture<'_, Result<(String, String), DeskError>> {
        Box::pin(async move {
            let found = self.store.record(inquiry).await?;
            found.ok_or_else(|| DeskError::NotFound(format!("there is no record {inquiry}")))
        })
    }

    fn capacity(&self) -> BoxFuture<'_, Result<Capacity, DeskError>> {
        Box::pin(self.capacities())
    }

    fn response(&self) -> BoxFuture<'_, Result<Response, DeskError>> {
        Box::pin(self.responses())
    }

    fn sources(&self) -> BoxFuture<'_, Result<Vec<SourceLine>, DeskError>> {
        Box::pin(self.source_lines())
    }

    fn report(&self, ask: FiguresAsk) -> BoxFuture<'_, Result<Report, DeskError>> {
        Box::pin(async move { self.brief_report(&ask).await })
    }

    fn behind(&self, ask: FiguresAsk, figure: String) -> BoxFuture<'_, Result<Behind, DeskError>> {
        Box::pin(self.rows_behind(ask, figure))
    }

    fn beside(&self, ask: FiguresAsk) -> BoxFuture<'_, Result<Beside, DeskError>> {
        Box::pin(
            async move { Ok(Beside { capacity: self.capacity_figures(&ask).await?, mail: self.mail_stands().await? }) },
        )
    }

    fn journal(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Event>, DeskError>> {
        Box::pin(async move {
            let told = self.store.latest_told(limit).await?;
            Ok(told.iter().map(|one| self.event(one, true)).collect())
        })
    }

    fn perform(&self, act: Act) -> BoxFuture<'_, Result<Done, Refused>> {
        Box::pin(self.act(act))
    }

    fn pulse(&self) -> watch::Receiver<Pulse> {
        self.pulse.clone()
    }
}

/// How the stage counts name a list.
pub(super) const fn stages_of(list: List) -> &'static [i64] {
    match list {
        List::Open => &[1, 3, 6],
        List::Held => &[2],
        List::Rejected => &[5],
        List::Quarantine => &[0],
        List::Closed => &[4],
    }
}
