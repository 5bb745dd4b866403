//! Closes the caps of sources that cost too much, by the figures of the report, and opens them again. Back-pressure
//! does the rest: for a closed source it reads more rarely, and tells a vendor that may be told to pause. What a
//! person sets or opens by hand stands.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::driver::{Pace, Report, Stage};
use super::owner::{ReportMaker, apart};
use super::wiring::{Engine, Parts};
use crate::config::checked::{Cap, Scope, StopLoss};
use crate::report::model::Row;
use crate::report::stop_loss::{Seen, Stands, seen, step};
use crate::store::{OverrideKind, StopLossLook, StopLossRow, StoreError};
use crate::text::clean_line;

/// Between two looks; each counts the leads of its days.
const LOOK: SignedDuration = SignedDuration::from_mins(15);
/// Longest reason kept, in characters.
const WHY_MAX: usize = 400;

/// Looks after what sources cost.
pub struct StopLosses {
    parts: Arc<Parts>,
    maker: Arc<dyn ReportMaker>,
    pace: Pace,
}

impl Engine {
    /// Looks after what sources cost, where somebody makes the figures.
    pub(super) fn stop_losses(&self) -> Option<Arc<StopLosses>> {
        let maker = Arc::clone(self.reports.as_ref()?);
        Some(Arc::new(StopLosses { parts: Arc::clone(&self.parts), maker, pace: Pace::of(LOOK) }))
    }
}

impl Stage for StopLosses {
    fn name(&self) -> String {
        "stop-loss".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let now = self.parts.clock.now();
            if let Some(next) = self.pace.waits(now) {
                return Ok(Report { did: 0, next_at: Some(next) });
            }
            let did = self.look(now).await?;
            Ok(Report { did, next_at: Some(self.pace.looked(now)) })
        })
    }
}

impl StopLosses {
    async fn look(&self, now: Timestamp) -> Result<usize, StoreError> {
        let store = &self.parts.store;
        let before = store.stop_losses().await?;
        let caps: Vec<(&Cap, &StopLoss, &String)> = self.parts.config.caps.iter().filter_map(stop_loss).collect();
        for gone in before.keys().filter(|id| caps.iter().all(|(cap, ..)| cap.id != **id)) {
            store.drop_stop_loss(gone.clone()).await?;
        }
        if caps.is_empty() {
            return Ok(0);
        }
        let overrides = store.overrides().await?;
        let mut lines: BTreeMap<u16, Vec<Row>> = BTreeMap::new();
        let mut changed = 0;
        for (cap, rule, source) in caps {
            let rows = match lines.entry(rule.days) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(empty) => {
                    let made = apart(self.maker.sources(rule.days)).await;
                    let failed = |why| StoreError::Unusable(format!("what sources cost is not known: {why}"));
                    empty.insert(made.map_err(failed)?)
                }
            };
            let row = rows.iter().find(|row| row.key == *source);
            let none = Row::default();
            let seen = seen(rule, row.unwrap_or(&none), &self.parts.config.business.currency);
            let was = before.get(&cap.id);
            let set = overrides.iter().rev().find(|set| set.kind == OverrideKind::Cap && set.name == cap.id);
            let ours = set.filter(|set| set.who == "leadgate").map(|set| set.at);
            let stood = stood(was, !cap.soft, ours, now);
            let stands = step(stood, seen.says, now);
            changed += usize::from(stands.since.is_some() != was.is_some_and(|was| was.tripped_at.is_some()));
            store.keep_stop_loss(kept((cap, source), stands, &seen, now)).await?;
        }
        Ok(changed)
    }
}

/// What is kept of a look.
fn kept((cap, source): (&Cap, &String), stands: Stands, seen: &Seen, now: Timestamp) -> StopLossLook {
    let row = StopLossRow {
        cap: cap.id.clone(),
        looked_at: now,
        tripped_at: stands.since,
        let_go_at: stands.let_go_at,
        body: serde_json::to_string(seen).unwrap_or_default(),
    };
    StopLossLook {
        row,
        closes: !cap.soft,
        why: clean_line(&seen.words, WHY_MAX),
        source: source.clone(),
        hook: cap.on_full.hook.clone(),
    }
}

/// How it stood before this look: what is set above the configuration says whether a person opened it since.
fn stood(was: Option<&StopLossRow>, closes: bool, ours: Option<Timestamp>, now: Timestamp) -> Stands {
    let (since, let_go_at) = was.map_or((None, None), |was| (was.tripped_at, was.let_go_at));
    match (since, ours) {
        (Some(_), None) if closes => Stands { since: None, let_go_at: Some(now) },
        // Opened by hand, and that was taken back.
        (None, Some(at)) if closes => Stands { since: Some(at), let_go_at: None },
        _ => Stands { since, let_go_at },
    }
}

fn stop_loss(cap: &Cap) -> Option<(&Cap, &StopLoss, &String)> {
    match &cap.scope {
        Scope::Source(source) => Some((cap, cap.stop_loss.as_ref()?, source)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
