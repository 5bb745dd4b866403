//! A file on its way in: decided as everything else, stored under the source's lease, a page a transaction.
//! Whatever stops it, what was stored is stored; the same file again goes on from there, as what is known is
//! not taken twice.

use std::sync::Arc;

use jiff::SignedDuration;
use serde::Serialize;

use super::Decider;
use crate::clock::{SharedClock, later};
use crate::config::Config;
use crate::lead::{Record, VerdictKind};
use crate::source::Unreadable;
use crate::store::{Endpoint, Intake, Store, StoreError};

/// Records stored in one transaction.
pub const PAGE: usize = 1_500;
/// How long nobody else reads the source; renewed with every page.
const LEASE: SignedDuration = SignedDuration::from_mins(5);

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Records read.
    pub records: usize,
    /// New leads.
    pub leads: usize,
    /// Of these waiting in the queue.
    pub held: usize,
    /// Further touches of known people, and confirmations of pending ones.
    pub touches: usize,
    /// Known already.
    pub known: usize,
    /// Kept aside: unreadable, no way to reach them, tests, no consent.
    pub aside: usize,
    /// Not understood.
    pub unreadable: usize,
    /// Of a dry run: would be qualified, looked at by a person, or turned down.
    pub would: Option<[usize; 3]>,
}

/// An import at work.
pub struct Importing {
    store: Store,
    config: Arc<Config>,
    config_id: i64,
    decider: Decider,
    clock: SharedClock,
    name: String,
    /// `None`: a dry run.
    taken: Option<Endpoint>,
    /// What came of it so far.
    pub told: Imported,
}

impl Importing {
    /// Begins an import into source `name`; `dry` stores nothing. `None` while the source is being read.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn begin(
        store: &Store,
        config: &Arc<Config>,
        clock: &SharedClock,
        name: &str,
        dry: bool,
    ) -> Result<Option<Self>, StoreError> {
        let (config_id, taken) = if dry {
            (0, None)
        } else {
            let config_id = store.activate(config).await?;
            let Some(taken) = store.lend_source(name.to_owned(), LEASE).await? else { return Ok(None) };
            (config_id, Some(taken))
        };
        let decider = Decider::new(config);
        if !dry {
            decider.shade().refresh(store).await?;
        }
        Ok(Some(Self {
            store: store.clone(),
            config: Arc::clone(config),
            config_id,
            decider,
            clock: Arc::clone(clock),
            name: name.to_owned(),
            taken,
            told: Imported { would: dry.then_some([0; 3]), ..Imported::default() },
        }))
    }

    /// Decides a page of records, and stores it.
    ///
    /// # Errors
    /// The store did not answer, or somebody took the source over.
    pub async fn page(&mut self, records: Vec<Result<Record, Unreadable>>) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.told.records += records.len();
        self.told.unreadable += records.iter().filter(|record| record.is_err()).count();
        let decide = |record| self.decider.arrival(&self.name, record, now);
        let arrivals: Vec<_> = records.into_iter().map(decide).collect();
        let Some(taken) = &self.taken else {
            for arrival in &arrivals {
                let would = self.told.would.get_or_insert_default();
                match arrival.what.as_ref().map(|person| person.verdict) {
                    Ok(VerdictKind::Qualified) => would[0] += 1,
                    Ok(VerdictKind::Review) => would[1] += 1,
                    Ok(VerdictKind::Disqualified) => would[2] += 1,
                    Err(_) => self.told.aside += 1,
                }
            }
            return Ok(());
        };
        let source = self.config.sources.get(&self.name);
        let stored = self.store.store_page(Intake {
            figures: Vec::new(),
            taken: taken.clone(),
            config: self.config_id,
            arrivals,
            cursor: None,
            same_lead_for: source.map_or(SignedDuration::from_hours(90 * 24), |source| source.same_lead_for),
            lease_until: later(now, LEASE),
        });
        let stored = stored.await?;
        self.told.leads += stored.leads;
        self.told.held += stored.held;
        self.told.touches += stored.touches + stored.confirmed;
        self.told.known += stored.known;
        self.told.aside += stored.aside;
        Ok(())
    }

    /// Ends it: gives the source back, and tells the journal by whom which file was imported.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn end(self, who: &str, file: &str) -> Result<Imported, StoreError> {
        if let Some(taken) = &self.taken {
            let mut body = serde_json::to_value(&self.told).unwrap_or_default();
            if let Some(body) = body.as_object_mut() {
                body.insert("source".to_owned(), self.name.clone().into());
                body.insert("file".to_owned(), file.into());
                body.remove("would");
            }
            self.store.end_import(taken, who.to_owned(), body).await?;
        }
        Ok(self.told)
    }
}
