//! Today under given rules: who of those who wait leaves the queue until midnight, and how a cap fills.

use jiff::{Timestamp, ToSpan as _};

use crate::desk::view::Today;
use crate::desk::{DeskError, StoreDesk};
use crate::engine::rules;
use crate::queue::forecast;
use crate::queue::limit::window_of;
use crate::queue::{Limit, Rules};

/// Leads of a lane the forecast looks at.
const HEADS: usize = 500;

impl StoreDesk {
    pub(super) async fn today(&self, rules: &Rules, cap: &str) -> Result<Today, DeskError> {
        let (now, midnight) = (self.now(), self.midnight());
        let (lanes, uses) = self.store.queue_state(rules::counts(rules, now), HEADS).await?;
        let held: u64 = self.store.held_by_lane().await?.iter().map(|(_, count)| count).sum();
        let taken = uses.get(cap).map_or(0, |used| used.count);
        let ahead = rules.clone();
        let work = tokio::task::spawn_blocking(move || forecast::ahead(&ahead, lanes, &uses, now, midnight));
        let forecast::Ahead { leaves: leaving, fills } =
            work.await.map_err(|error| DeskError::Unknown(format!("the forecast stopped: {error}")))?;
        let first = match leaving.iter().min_by_key(|(lead, at)| (**at, **lead)) {
            Some((lead, at)) => {
                let row = self.store.list_one(*lead).await?;
                Some((row.map_or_else(|| lead.to_string(), |row| row.name), *at))
            }
            None => None,
        };
        let leaves = leaving.len() as u64;
        Ok(Today {
            leaves,
            stays: held.saturating_sub(leaves),
            first,
            last_at: leaving.values().max().copied(),
            fills: self.fills(rules, cap, taken, fills.get(cap).copied(), now),
        })
    }

    /// As the Capacity screen says it.
    fn fills(&self, rules: &Rules, cap: &str, used: u32, filled_at: Option<Timestamp>, now: Timestamp) -> String {
        let Some(cap) = rules.caps.get(cap) else { return String::new() };
        self.cap_forecast(Limit::of(cap, rules, now), used, window_of(cap, rules, now), now, filled_at)
    }

    /// The end of today in the business's zone.
    pub(in crate::desk) fn midnight(&self) -> Timestamp {
        let zone = &self.config.business.zone;
        let tomorrow = zone.to_datetime(self.now()).date().checked_add(1.day());
        let start = tomorrow.and_then(|day| day.to_zoned(zone.clone()));
        start.map_or(Timestamp::MAX, |midnight| midnight.timestamp())
    }
}
