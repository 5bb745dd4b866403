//! The throttle at work: takes back what was not sent in its windows, expires what waited too long, and
//! releases what there is room for, in rounds of a bounded size.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::driver::{Report, Stage};
use super::rules;
use super::wiring::Parts;
use crate::queue;
use crate::store::{ReleaseAsk, StoreError};

/// Most releases in one transaction: a console's act waits behind one at most.
const ROUND: usize = 100;
/// Most expired leads ended in one transaction.
const EXPIRE: u32 = 500;

/// Stage 4.
pub struct Release(pub Arc<Parts>);

impl Stage for Release {
    fn name(&self) -> String {
        "queue".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let parts = &self.0;
            let mut report = Report::default();
            report.did += parts.store.take_back_stale().await?;
            loop {
                let expired = parts.store.expire_held(EXPIRE).await?;
                report.did += expired;
                if expired < EXPIRE as usize {
                    break;
                }
            }
            loop {
                let rules = Arc::new(rules::in_force(&parts.store, &parts.config).await?);
                let ask = ReleaseAsk {
                    counts: rules::counts(&rules, parts.clock.now()),
                    stops: rules::first_stops(&parts.config, &parts.destination_ids),
                    config: parts.config_id,
                    most: ROUND,
                };
                let planner = Box::new(move |lanes: &[queue::LaneHeads], uses: &mut queue::Uses, now, most| {
                    queue::plan(&rules, lanes, uses, now, most)
                });
                let plan = parts.store.release(ask, planner).await?;
                report.did += plan.give.len();
                report.next_at = plan.next_at;
                if plan.give.len() < ROUND {
                    return Ok(report);
                }
            }
        })
    }
}
