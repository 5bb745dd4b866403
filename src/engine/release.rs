//! The throttle at work: takes back what was not sent in its windows, expires what waited too long, gives
//! held leads their lanes after a change of the config, releases what there is room for, and ends whoever
//! waits beyond what a cap may hold; all in rounds of a bounded size.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::driver::{Report, Stage};
use super::rules;
use super::wiring::Parts;
use crate::lead::Code;
use crate::queue;
use crate::store::{Asking, HoldLimit, Planner, ReleaseAsk, StoreError};

/// Most releases in one transaction: a console's act waits behind one at most.
const ROUND: usize = 100;
/// Most expired leads ended in one transaction.
const EXPIRE: u32 = 500;
/// Most held leads given their lanes in one transaction.
const PLACE: u32 = 2_000;

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
            report.did += place_held(parts).await?;
            loop {
                // Only the order of people depends on it: that it is read before the caps are locked does no harm.
                let ahead = rules::in_force(&parts.store, &parts.config).await?.ahead;
                let plan = parts.store.release_in_force(asking(parts, ahead)).await?;
                report.did += plan.give.len();
                report.next_at = plan.next_at;
                if plan.give.len() < ROUND {
                    break;
                }
            }
            report.did += overflow(parts).await?;
            Ok(report)
        })
    }
}

/// Gives every held lead its lane under this config; nothing to do unless the config has changed.
async fn place_held(parts: &Arc<Parts>) -> Result<usize, StoreError> {
    let mut did = 0;
    loop {
        let by = Arc::clone(parts);
        let place = Arc::new(move |held: &crate::store::HeldRow| by.decider.place(held));
        match parts.store.replace_held(parts.config_id, PLACE, place).await? {
            Some(looked_at) => did += looked_at,
            None => return Ok(did),
        }
    }
}

/// What a release asks for, under what is set once the caps are locked.
fn asking(parts: &Arc<Parts>, ahead: BTreeMap<String, u32>) -> Asking {
    let parts = Arc::clone(parts);
    Box::new(move |overrides, now| {
        let mut rules = rules::with_overrides(&parts.config, overrides);
        rules.ahead = ahead.clone();
        let rules = Arc::new(rules);
        let (by, counting) = (Arc::clone(&parts), Arc::clone(&rules));
        let hook = |cap: &crate::config::checked::Cap| Some((cap.id.clone(), cap.on_full.hook.clone()?));
        let ask = ReleaseAsk {
            counts: rules::counts(&rules, now),
            stops: rules::first_stops(&parts.config, &parts.destination_ids),
            config: parts.config_id,
            most: ROUND,
            caps: rules::cap_rules(&rules, now),
            again: Some(Arc::new(move |of| {
                rules::caps_of(&counting, &by.decider.lane_of_handed_off(of), &of.team, &of.person)
            })),
            hooks: rules.caps.values().filter_map(hook).collect(),
        };
        let planner: Planner = Box::new(move |lanes: &[queue::LaneHeads], uses: &mut queue::Uses, now, most| {
            queue::plan(&rules, lanes, uses, now, most)
        });
        (ask, planner)
    })
}

/// Ends whoever waits beyond what a cap may hold.
async fn overflow(parts: &Arc<Parts>) -> Result<usize, StoreError> {
    let limits = limits(&parts.config);
    let mut did = 0;
    loop {
        let config = Arc::clone(&parts.config);
        let waits =
            move |lane: &queue::Lane, cap: &str| config.caps.iter().any(|one| one.id == cap && lane.waits_for(one));
        let ended = parts.store.overflow(limits.clone(), Box::new(waits)).await?;
        did += ended;
        if ended == 0 {
            return Ok(did);
        }
    }
}

fn limits(config: &crate::config::Config) -> Vec<HoldLimit> {
    let limit = |cap: &crate::config::checked::Cap| {
        let (at_most, code) = match (&cap.on_full.decline, cap.hold_at_most) {
            (Some(code), _) => (0, code.clone()),
            (None, Some(at_most)) => (at_most, Code::Overflow),
            (None, None) => return None,
        };
        Some(HoldLimit { cap: cap.id.clone(), at_most, code })
    };
    config.caps.iter().filter_map(limit).collect()
}
