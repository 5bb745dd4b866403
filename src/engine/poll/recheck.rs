//! After the pages: people who have not confirmed yet are asked about one by one, where their source can be
//! asked so. What comes back goes through the same turn as any record.

use jiff::SignedDuration;
use tokio::sync::watch;

use super::place::Place;
use super::walk::{add, intake, page};
use crate::clock::later;
use crate::engine::wiring::Parts;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::source::Source;
use crate::store::{Endpoint, PageStored, StoreError};

/// Most people asked about after one walk: the pages of everybody else go first.
const PEOPLE: u32 = 50;
/// Where asking about somebody failed, they are due again after this.
const AGAIN: SignedDuration = SignedDuration::from_mins(30);

/// Asks about those who are due. What was heard before a failure is kept; who was not asked about yet is
/// due again next time.
pub async fn people(
    parts: &Parts,
    taken: &Endpoint,
    source: &dyn Source,
    place: &mut Place,
    stop: &watch::Receiver<bool>,
    stored: &mut PageStored,
) -> Result<Option<Failure>, StoreError> {
    let Some((every, _)) = &taken.walk.recheck else { return Ok(None) };
    let due = parts.store.rechecks_due(taken.id, PEOPLE).await?;
    let (mut arrivals, mut asked, mut gone, mut failure) = (Vec::new(), Vec::new(), Vec::new(), None);
    for person in due {
        if *stop.borrow() {
            break;
        }
        match page(parts, taken, place, source.recheck(&person.record)).await? {
            Ok(Some(record)) => {
                asked.push(person.key);
                arrivals.push(parts.decider.arrival(&taken.name, Ok(record), parts.clock.now()));
            }
            Ok(None) => gone.push(person.key),
            // This one person cannot be asked about; the others can.
            Err(why) if why.class == Class::Reject => {
                tracing::warn!(source = taken.name, "asking about one person again failed: {why}");
                asked.push(person.key);
            }
            Err(why) => {
                // The others are asked first next time, so that nobody's trouble keeps them waiting.
                parts.store.rechecked(taken.id, vec![person.key], later(parts.clock.now(), AGAIN)).await?;
                failure = Some(why);
                break;
            }
        }
    }
    if !arrivals.is_empty() {
        let same_lead_for = parts.config.sources.get(&taken.name).map(|source| source.same_lead_for);
        let page = intake(parts, taken, same_lead_for.unwrap_or_default(), arrivals, None);
        add(stored, &parts.store.store_page(page).await?);
    }
    if !asked.is_empty() {
        parts.store.rechecked(taken.id, asked, later(parts.clock.now(), *every)).await?;
    }
    parts.store.gone(taken, gone).await?;
    Ok(failure)
}
