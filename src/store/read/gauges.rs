//! What a monitor asks: how many are where, without a single name.

use crate::lead::{HandoffState, Stage};
use crate::store::{Store, StoreError};

/// How many are where, now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Leads by source id and stage.
    pub leads: Vec<(String, Stage, u64)>,
    /// Handoffs by destination id and state.
    pub handoffs: Vec<(String, HandoffState, u64)>,
    /// Records that made no lead.
    pub aside: u64,
}

impl Store {
    /// Counts, all of one moment.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn gauges(&self) -> Result<Gauges, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let mut gauges = Gauges::default();
                let sql = "select e.name, l.stage, count(*) from lead l join endpoint e on e.id = l.source_id \
                           group by e.name, l.stage";
                for row in tx.all(sql, vec![]).await? {
                    let stage = Stage::from_number(row.int(1)?);
                    gauges
                        .leads
                        .extend(stage.map(|stage| Ok((row.text(0)?, stage, row.int(2)?.unsigned_abs()))).transpose()?);
                }
                let sql = "select e.name, h.state, count(*) from handoff h join endpoint e on e.id = h.destination_id \
                           group by e.name, h.state";
                for row in tx.all(sql, vec![]).await? {
                    let state = HandoffState::from_number(row.int(1)?);
                    gauges
                        .handoffs
                        .extend(state.map(|state| Ok((row.text(0)?, state, row.int(2)?.unsigned_abs()))).transpose()?);
                }
                gauges.aside =
                    tx.one_int("select count(*) from inquiry where lead_id is null", vec![]).await?.unsigned_abs();
                Ok(gauges)
            })
        })
        .await
    }
}
