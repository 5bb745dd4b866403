//! Intake: one transaction a page (`data-model` 4). Known records are dropped, known people get a touch,
//! everybody else becomes a lead with its verdict, and the source's cursor moves, all or nothing.

mod figures;
mod gone;
mod known;
mod pushed;
mod turn;
mod write;

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::db::args;
use super::together::{Step, Together};
use super::{Endpoint, Shadowed, Store, StoreError, Tx};
use crate::lead::{Code, Consent, Contact, Stage, VerdictKind};
pub use figures::CampaignDay;
pub(super) use figures::PLATFORM;
pub(super) use gone::{before, lose};
pub(super) use known::{digests_of, person_key, record_key};
use known::{drop_known, owners_of};
pub use pushed::Delivery;
pub(super) use write::{contact_json, ensure_lane, kept_by, withdraw};

/// How often a page is tried again when another engine stored the same people at the same moment.
const RACES: usize = 5;

/// One record, cleaned and decided, on its way into the store.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The source's own id.
    pub id: String,
    /// What of it matters, as bytes: a changed record has another digest.
    pub digest: [u8; 8],
    /// As received.
    pub raw: String,
    /// When the person asked.
    pub submitted_at: Timestamp,
    /// Campaign.
    pub campaign: Option<String>,
    /// Referral code.
    pub referral: Option<String>,
    /// Consent.
    pub consent: Consent,
    /// The lead it would become, or why it becomes none.
    pub what: Result<KnownPerson, Code>,
}

/// A person read from a record, with the decision about them.
#[derive(Debug, Clone)]
pub struct KnownPerson {
    /// Who and what.
    pub contact: Contact,
    /// Normalised e-mail and phone, each as (kind, value).
    pub keys: Vec<(&'static str, String)>,
    /// Where the lead goes.
    pub stage: Stage,
    /// Service id.
    pub service: Option<String>,
    /// The verdict.
    pub verdict: VerdictKind,
    /// 0 to 100.
    pub score: Option<u8>,
    /// Facts and marks, JSON.
    pub facts: String,
    /// Lane key, for held leads.
    pub lane: Option<String>,
    /// Higher is released first.
    pub priority: i64,
    /// When a held lead expires.
    pub expires_at: Option<Timestamp>,
    /// What a draft that runs beside the rules in force says; kept, never acted upon.
    pub shadow: Option<Shadowed>,
}

/// One page on its way into the store.
#[derive(Debug, Clone)]
pub struct Intake {
    /// The walk it belongs to.
    pub taken: Endpoint,
    /// Config version that decided.
    pub config: i64,
    /// The records, in the source's order.
    pub arrivals: Vec<Arrival>,
    /// Figures of campaigns; each replaces what was known of its campaign and day.
    pub figures: Vec<CampaignDay>,
    /// Cursor to store, JSON; `None` keeps the old one.
    pub cursor: Option<String>,
    /// A closed lead's person asking again within this time is a touch.
    pub same_lead_for: SignedDuration,
    /// The walk's lease is renewed until then.
    pub lease_until: Timestamp,
}

/// What became of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageStored {
    /// Records already known, dropped.
    pub known: usize,
    /// New leads.
    pub leads: usize,
    /// Of these waiting in the queue.
    pub held: usize,
    /// Further touches of known people.
    pub touches: usize,
    /// Pending people who confirmed.
    pub confirmed: usize,
    /// Kept aside: unreadable, test, no consent.
    pub aside: usize,
    /// Campaign days that had no figures yet.
    pub figures: usize,
    /// Campaign days whose figures were corrected.
    pub restated: usize,
}

impl Store {
    /// Stores one page and moves the cursor with it.
    ///
    /// # Errors
    /// The database did not answer, or another engine took the walk over ([`StoreError::Conflict`]):
    /// nothing of the page was kept then.
    pub async fn store_page(&self, intake: Intake) -> Result<PageStored, StoreError> {
        let intake = Arc::new(intake);
        for _ in 1..RACES {
            match self.write_together(Arc::clone(&intake)).await {
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
        self.write(move |tx| Box::pin(async move { store_page(tx, &intake).await })).await
    }
}

impl Step for Intake {
    type Said = PageStored;

    fn records(&self) -> usize {
        self.arrivals.len()
    }

    fn write<'t>(tx: &'t mut Tx, pages: &'t [Arc<Self>]) -> BoxFuture<'t, Result<Vec<PageStored>, StoreError>> {
        Box::pin(async move {
            let mut stored = Vec::with_capacity(pages.len());
            for page in pages {
                stored.push(store_page(tx, page).await?);
            }
            Ok(stored)
        })
    }

    fn waits_in(store: &Store) -> &Together<Self> {
        &store.inner.pages
    }
}

async fn store_page(tx: &mut Tx, page: &Intake) -> Result<PageStored, StoreError> {
    // First, so that a walk taken over stops here, and rows are locked in the order everybody locks them:
    // endpoint, leads, keys, process.
    let sql = "update endpoint set cursor = coalesce($1, cursor), lease_until = $2, \
               backfill = coalesce($3, backfill) where id = $4 and token = $5";
    let backfill = page.taken.backfill.as_ref().map(super::sources::backfill_text);
    let values = args![page.cursor.clone(), page.lease_until, backfill, page.taken.id, page.taken.token];
    tx.guarded(sql, values).await?;
    store_records(tx, page).await
}

/// The records of a page, whoever brought it.
async fn store_records(tx: &mut Tx, page: &Intake) -> Result<PageStored, StoreError> {
    let mut stored = PageStored::default();
    figures::write(tx, &page.taken, &page.figures, &mut stored).await?;
    let fresh = drop_known(tx, page, &mut stored).await?;
    if !fresh.is_empty() {
        tx.run("update endpoint set last_new_at = $1 where id = $2", args![tx.now(), page.taken.id]).await?;
        let mut owners = owners_of(tx, &fresh).await?;
        write::write_fresh(tx, page, fresh, &mut owners, &mut stored).await?;
    }
    Ok(stored)
}
