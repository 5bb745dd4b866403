//! A replay over a store: its leads page by page, its costs and its answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jiff::Timestamp;

use super::pace::{Answered, Paces};
use super::sweep::Point;
use super::verdicts::{Done, Replay};
use crate::config::Config;
use crate::engine::rules;
use crate::lead::{LeadId, Money};
use crate::queue::Rules;
use crate::store::{OverrideKind, Store, StoreError};

/// Leads read at once.
const PAGE: u32 = 2_000;

/// How far a simulation is, and whether it is to go on: shared with whoever waits for it.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    decided: Arc<AtomicU64>,
    expected: Arc<AtomicU64>,
    cancelled: Arc<AtomicBool>,
}

impl Progress {
    /// Leads decided again so far.
    pub fn decided(&self) -> u64 {
        self.decided.load(Ordering::Relaxed)
    }

    /// Says how many leads there will be to decide; 0 while nobody knows.
    pub fn expect(&self, leads: u64) {
        self.expected.store(leads, Ordering::Relaxed);
    }

    /// Leads there will be to decide; 0 while nobody knows.
    pub fn expected(&self) -> u64 {
        self.expected.load(Ordering::Relaxed)
    }

    /// Asks it to stop; it ends soon with [`SimulateError::Cancelled`].
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Has nobody asked it to stop?
    pub fn goes_on(&self) -> bool {
        !self.cancelled.load(Ordering::Relaxed)
    }
}

/// A simulation that came to no end.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The store did not answer.
    #[error("{}", .0.chain())]
    Store(#[from] StoreError),
    /// Somebody stopped it.
    #[error("stopped; nothing was changed")]
    Cancelled,
    /// Something else, said in full.
    #[error("{0}")]
    Failed(String),
}

/// What is compared, and over which time.
#[derive(Clone)]
pub struct Question {
    /// The rules in force.
    pub live: Rules,
    /// Row id of the config in force.
    pub config_id: i64,
    /// The draft.
    pub draft: Rules,
    /// First moment.
    pub since: Timestamp,
    /// End, exclusive.
    pub until: Timestamp,
}

/// The rules of a draft: its own, with what people set while running on top, save where the draft itself
/// says something else than the config in force about the same cap.
pub async fn draft_rules(store: &Store, live: &Config, draft: &Arc<Config>) -> Result<Rules, StoreError> {
    let max = |config: &Config, id: &str| config.caps.iter().find(|cap| cap.id == id).map(|cap| cap.max);
    let mut overrides = store.overrides().await?;
    overrides.retain(|set| set.kind != OverrideKind::Cap || max(live, &set.name) == max(draft, &set.name));
    Ok(rules::with_overrides(draft, &overrides))
}

/// Simulates.
///
/// # Errors
/// The store did not answer, somebody stopped it, or a stored lead or cost cannot be understood.
pub async fn simulate(store: &Store, ask: Question, progress: &Progress) -> Result<Done, SimulateError> {
    let costs = costs(store, &ask.live.config, ask.since, ask.until).await?;
    let until = ask.until.min(store.clock().now());
    let (replay, paces) = decided(store, ask, progress).await?;
    let on = progress.clone();
    let done = blocking(move || replay.finish(&paces, until, &|| on.goes_on())).await?;
    let mut done = done.ok_or(SimulateError::Cancelled)?;
    done.difference.now = done.difference.now.with_costs(&costs);
    done.difference.draft = done.difference.draft.with_costs(&costs);
    Ok(done)
}

/// The curve of rules that decide alike and differ in one number: the past is decided once, and released under each.
/// Costs are left out.
///
/// # Errors
/// As [`simulate`].
pub async fn curve(
    store: &Store,
    ask: Question,
    values: Vec<(u32, Rules)>,
    progress: &Progress,
) -> Result<(Done, Vec<Point>), SimulateError> {
    let until = ask.until.min(store.clock().now());
    let (replay, paces) = decided(store, ask, progress).await?;
    let (on, leads) = (progress.clone(), replay.leads);
    let told = progress.clone();
    let (numbers, rules): (Vec<u32>, Vec<Rules>) = values.into_iter().unzip();
    let each = move || {
        let count = || {
            told.decided.fetch_add(leads, Ordering::Relaxed);
        };
        replay.finish_each(&rules, &paces, until, &|| on.goes_on(), &count)
    };
    let (done, outcomes) = blocking(each).await?.ok_or(SimulateError::Cancelled)?;
    let points = numbers.into_iter().zip(&outcomes).map(|(value, outcome)| Point::of(value, outcome)).collect();
    Ok((done, points))
}

/// The past decided both ways, and people's paces; nothing is released yet.
async fn decided(store: &Store, ask: Question, progress: &Progress) -> Result<(Replay, Paces), SimulateError> {
    let Question { live, config_id, draft, since, until } = ask;
    let answered =
        store.speeds(since, until).await?.into_iter().filter_map(|row| {
            Some(Answered { first_at: row.first_at?, person: row.person, accepted_at: row.accepted_at })
        });
    let paces = Paces::measure(&live.config, &answered.collect::<Vec<_>>());
    let mut replay = Replay::new(live, draft);
    let mut after = LeadId(0);
    loop {
        if !progress.goes_on() {
            return Err(SimulateError::Cancelled);
        }
        let page = store.past(since, until, after, PAGE, replay.needs_words()).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        progress.decided.fetch_add(page.len() as u64, Ordering::Relaxed);
        replay =
            blocking(move || replay.take(&page, config_id).map(|()| replay)).await?.map_err(SimulateError::Failed)?;
    }
    Ok((replay, paces))
}

/// Off the threads that answer the screen.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SimulateError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| SimulateError::Failed(format!("the simulation stopped: {error}")))
}

/// Costs by source, in minor units of the business's currency.
async fn costs(
    store: &Store,
    config: &Config,
    since: Timestamp,
    until: Timestamp,
) -> Result<BTreeMap<String, i64>, SimulateError> {
    let day = |at: Timestamp| config.business.zone.to_datetime(at).date();
    let mut costs: BTreeMap<String, i64> = BTreeMap::new();
    for (source, currency, minor) in store.costs(day(since), day(until)).await? {
        let money = Money::from_minor(minor, &currency);
        let home = config.in_business_currency(&money).ok_or_else(|| {
            SimulateError::Failed(format!("costs in {currency} need a rate: add `{currency} = …` under [rates]"))
        })?;
        *costs.entry(source).or_default() += home.minor().unwrap_or(i64::MAX);
    }
    Ok(costs)
}
