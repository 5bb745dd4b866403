//! What a source brings by itself: no walk, no lease, no cursor. The records go through the very same
//! statements as those of a page, so several deliveries at once, and the same one twice, end as one lead.

use std::sync::Arc;

use jiff::SignedDuration;

use super::{Arrival, Intake, PageStored, RACES, store_records};
use crate::store::sources::source_told;
use crate::store::{Store, StoreError, Tx};

/// A delivery on its way into the store.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Source id.
    pub source: String,
    /// Config version that decided.
    pub config: i64,
    /// The records, in their order.
    pub arrivals: Vec<Arrival>,
    /// A closed lead's person asking again within this time is a touch.
    pub same_lead_for: SignedDuration,
}

impl Store {
    /// Stores what a source brought; once this returns it is committed.
    ///
    /// # Errors
    /// The database did not answer: nothing was kept.
    pub async fn store_pushed(&self, delivery: Delivery) -> Result<PageStored, StoreError> {
        let delivery = Arc::new(delivery);
        for _ in 1..RACES {
            let given = Arc::clone(&delivery);
            match self.write(move |tx| Box::pin(async move { store(tx, &given).await })).await {
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
        self.write(move |tx| Box::pin(async move { store(tx, &delivery).await })).await
    }
}

/// The source's row first: rows are locked in the order everybody locks them, and deliveries of one source
/// come one after the other.
async fn store(tx: &mut Tx, delivery: &Delivery) -> Result<PageStored, StoreError> {
    let taken = source_told(tx, &delivery.source).await?;
    let page = Intake {
        figures: Vec::new(),
        taken,
        config: delivery.config,
        arrivals: delivery.arrivals.clone(),
        cursor: None,
        same_lead_for: delivery.same_lead_for,
        lease_until: tx.now(),
    };
    store_records(tx, &page).await
}
