//! Back-pressure: more is expected of a source in a week than can be taken, so it is read more rarely, then
//! hardly at all, and its vendor is told to pause where the operator allowed that. Reading later loses
//! nothing; every step, and what was left out, is in the journal (`domain-rules` 4).

pub mod estimate;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::json;

use super::driver::{Pace, Report, Stage};
use super::rules;
use super::wiring::Parts;
use crate::clock::later;
use crate::config::checked::{Source, Team, WhenFull};
use crate::health::{Day, HeldFor, LOOK_BACK_DAYS, Usual};
use crate::lead::Region;
use crate::queue::demand::{AHEAD, Expected, Fill, fills};
use crate::queue::{Lane, Rules};
use crate::store::{Endpoint, EndpointKind, Level, Pressure, StoreError};

/// How often it is looked at.
const LOOK: SignedDuration = SignedDuration::from_mins(5);
/// Slowed when more than this is expected, in percent of what can be taken …
const SLOW_ABOVE: u32 = 100;
/// … and read as ever again at this.
const EASE_AT: u32 = 80;
/// Hardly read above this …
const PAUSE_ABOVE: u32 = 150;
/// … and only slowed again at this.
const RELENT_AT: u32 = 120;
/// A level is kept so long at least, so that a fill about a border does not switch to and fro.
const STAY: SignedDuration = SignedDuration::from_mins(30);
/// Waiting leads of a lane that are looked at one by one.
const HEADS: usize = 200;
/// A vendor that has not answered after so long is asked again at the next look.
const PATIENCE: Duration = Duration::from_mins(1);

/// Looks after sources there is no room for.
pub struct Relieve {
    parts: Arc<Parts>,
    pace: Pace,
}

impl Relieve {
    /// The stage.
    pub fn new(parts: Arc<Parts>) -> Self {
        Self { parts, pace: Pace::of(LOOK) }
    }
}

impl Stage for Relieve {
    fn name(&self) -> String {
        "back-pressure".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let now = self.parts.clock.now();
            if let Some(next) = self.pace.waits(now) {
                return Ok(Report { did: 0, next_at: Some(next) });
            }
            let did = look(&self.parts, now).await?;
            Ok(Report { did, next_at: Some(self.pace.looked(now)) })
        })
    }
}

/// One look at every source; how many changed.
async fn look(parts: &Parts, now: Timestamp) -> Result<usize, StoreError> {
    let rules = rules::in_force(&parts.store, &parts.config).await?;
    let endpoints = parts.store.endpoints(EndpointKind::Source).await?;
    let limited = rules.caps.values().any(|cap| cap.limits() && !cap.soft);
    if !limited && endpoints.values().all(|one| one.pressure.is_none()) {
        return Ok(0);
    }
    let today = now.to_zoned(parts.config.business.zone.clone()).date();
    let since = today.checked_sub(LOOK_BACK_DAYS.days()).unwrap_or(today);
    let days = parts.store.source_days(since).await?;
    let found = all_fills(parts, rules, &endpoints, &days, now).await?;
    let mut did = 0;
    for (id, source) in &parts.config.sources {
        let Some(endpoint) = endpoints.get(id) else { continue };
        let mut wanted = step(source.reading.when_full, endpoint.pressure.as_ref(), found.get(id).copied(), now);
        if let Some(begun) = wanted.as_mut().filter(|_| endpoint.pressure.is_none()) {
            let days = days.get(id).map_or(&[][..], Vec::as_slice);
            let usual = estimate::usual(days, endpoint, today);
            begun.usual = estimate::with_spend(usual, (&parts.store, &parts.config), id, today).await?;
        }
        did += usize::from(settle(parts, (source, endpoint), wanted, now).await?);
    }
    Ok(did)
}

/// How full every source is about to be.
async fn all_fills(
    parts: &Parts,
    rules: Rules,
    endpoints: &BTreeMap<String, Endpoint>,
    days: &BTreeMap<String, Vec<Day>>,
    now: Timestamp,
) -> Result<BTreeMap<String, Fill>, StoreError> {
    let today = now.to_zoned(parts.config.business.zone.clone()).date();
    let shares = parts.store.qualified_lately().await?;
    let mut waiting: BTreeMap<String, u64> = BTreeMap::new();
    for (key, count) in parts.store.held_by_lane().await? {
        if let Some(lane) = Lane::parse(&key) {
            *waiting.entry(lane.source).or_default() += count;
        }
    }
    let expected: Vec<Expected> = parts
        .config
        .sources
        .values()
        .filter_map(|source| {
            let days = days.get(&source.id).map_or(&[][..], Vec::as_slice);
            let a_day = estimate::a_day(estimate::usual(days, endpoints.get(&source.id)?, today));
            let (leads, qualified) = shares.get(&source.id).copied().unwrap_or((0, 0));
            let share = if leads == 0 { 1.0 } else { qualified as f64 / leads as f64 };
            Some(expected(parts, source, a_day * share))
        })
        .filter(|one| one.leads > 0 || waiting.contains_key(&one.source))
        .collect();
    let (lanes, uses) = parts.store.queue_state(rules::counts(&rules, now), HEADS).await?;
    let work = move || fills(&rules, lanes, &waiting, &uses, &expected, now);
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Unusable(format!("looking at the fill stopped: {error}")))
}

fn expected(parts: &Parts, source: &Source, a_day: f64) -> Expected {
    let region = parts.decider.region(&source.id, &Region::default());
    let lane = |service: &str| {
        let known = Lane::of(&parts.config, &source.id, Some(service), &region);
        // Where people do not say where they are, any team that serves them may take them.
        let serves = |team: &&Team| team.services.iter().any(|one| one == service);
        let teams = parts.config.teams.values().filter(serves).map(|team| team.id.clone());
        if known.teams.is_empty() { Lane { teams: teams.collect(), ..known } } else { known }
    };
    let services =
        source.assume.service.iter().chain(source.services.iter().filter(|_| source.assume.service.is_none()));
    let lanes = services.map(|service| lane(service.as_str())).collect();
    let leads = (a_day * AHEAD.as_hours() as f64 / 24.0).round() as u64;
    Expected { source: source.id.clone(), lanes, priority: source.priority, leads }
}

/// How a source is to be held back now, given how it was and how full it is about to be. Between the borders
/// a level stays.
fn step(when_full: WhenFull, before: Option<&Pressure>, fill: Option<Fill>, now: Timestamp) -> Option<Pressure> {
    let (percent, until) = fill.map_or((0, Some(now)), |fill| (fill.percent, fill.until));
    let stayed = before.is_none_or(|before| later(before.level_at, STAY) <= now);
    let was = before.map(|before| before.level);
    let level = match (was, when_full) {
        (_, WhenFull::Read) => None,
        (None, _) => (percent > SLOW_ABOVE).then_some(Level::Slow),
        (Some(Level::Paused), WhenFull::Slow) => Some(Level::Slow),
        (Some(level), _) if !stayed => Some(level),
        (Some(_), _) if percent <= EASE_AT => None,
        (Some(Level::Paused), _) if percent <= RELENT_AT => Some(Level::Slow),
        (Some(Level::Slow), WhenFull::Pause) if percent > PAUSE_ABOVE => Some(Level::Paused),
        (Some(level), _) => Some(level),
    }?;
    let same = before.filter(|before| before.level == level);
    let told_at = before.and_then(|before| before.told_at);
    Some(Pressure {
        level,
        fill: percent,
        since: before.map_or(now, |before| before.since),
        level_at: same.map_or(now, |before| before.level_at),
        until,
        told_at,
        refused: before.and_then(|before| before.refused.clone()),
        usual: before.map_or_else(Usual::default, |before| before.usual),
        looked_at: Some(now),
        held: before.map_or_else(HeldFor::default, |before| counted(before, now)),
    })
}

/// The same, only slowed: its vendor is still to be told to go on.
fn slowed(before: &Pressure, now: Timestamp) -> Pressure {
    let same = before.level == Level::Slow;
    Pressure {
        level: Level::Slow,
        level_at: if same { before.level_at } else { now },
        looked_at: Some(now),
        held: counted(before, now),
        ..before.clone()
    }
}

/// How long it was held back until this look; a telling that goes on is counted from its own beginning.
fn counted(before: &Pressure, now: Timestamp) -> HeldFor {
    HeldFor { told: before.held.told, ..before.held_until(now) }
}

/// Tells the vendor where that is wanted, and keeps the new state with its entry in the journal.
async fn settle(
    parts: &Parts,
    (source, endpoint): (&Source, &Endpoint),
    mut wanted: Option<Pressure>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let before = endpoint.pressure.as_ref();
    let told_at = before.and_then(|before| before.told_at);
    let far = parts.sources.get(&source.id).filter(|far| source.reading.may_pause && far.can_hold_back());
    let stop = wanted.as_ref().is_some_and(|wanted| wanted.level == Level::Paused) && far.is_some();
    let mut told = None;
    if let Some(far) = far.or(parts.sources.get(&source.id)).filter(|_| stop != told_at.is_some()) {
        let answer = tokio::time::timeout(PATIENCE, far.hold_back(stop)).await;
        let answer =
            answer.map_or_else(|_| Err("it did not answer".to_owned()), |done| done.map_err(|why| why.to_string()));
        match (answer, &mut wanted) {
            (Ok(answer), wanted) => {
                let body = json!({ "source": source.id, "answer": answer });
                told = Some((if stop { "source-told-stop" } else { "source-told-go" }, body));
                if let Some(wanted) = wanted {
                    wanted.held.told += told_at.map_or(0, |at| at.duration_until(now).as_secs().max(0));
                    (wanted.told_at, wanted.refused) = (stop.then_some(now), None);
                }
            }
            // Not told to go on yet: it stays on the list until it is.
            (Err(why), wanted) => {
                let news = before.and_then(|before| before.refused.as_ref()) != Some(&why);
                told = news.then(|| ("source-not-told", json!({ "source": source.id, "why": why })));
                if wanted.is_none() {
                    *wanted = before.map(|before| slowed(before, now));
                }
                if let Some(wanted) = wanted {
                    wanted.refused = Some(why);
                }
            }
        }
    }
    if wanted.as_ref() == before {
        return Ok(false);
    }
    let changed = wanted.as_ref().map(|one| one.level) != before.map(|one| one.level);
    let currency = &parts.config.business.currency;
    let (relieved, level) = changed
        .then(|| estimate::told_level(source, endpoint, wanted.as_ref(), currency, now))
        .map_or((None, None), |(relieved, note)| (relieved, Some(note)));
    let notes = [level, told].into_iter().flatten().collect();
    match parts.store.set_pressure(endpoint, wanted, relieved, notes).await {
        // Another engine, or an act of a person, was first: the next look sees what is true then.
        Err(StoreError::Conflict) => Ok(false),
        done => done.map(|()| changed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LOOKS_APART;

    const MIN: SignedDuration = SignedDuration::from_mins(1);

    fn at(minutes: i32) -> Timestamp {
        later(Timestamp::UNIX_EPOCH, MIN * minutes)
    }

    /// Plays looks at so many minutes with so much fill; the levels.
    fn play(when_full: WhenFull, looks: &[(i32, u32)]) -> String {
        let mut pressure: Option<Pressure> = None;
        let mut levels = String::new();
        for (minutes, percent) in looks {
            let fill = Fill { percent: *percent, until: None };
            pressure = step(when_full, pressure.as_ref(), Some(fill), at(*minutes));
            levels.push(match pressure.as_ref().map(|one| one.level) {
                None => '-',
                Some(Level::Slow) => 's',
                Some(Level::Paused) => 'P',
            });
        }
        levels
    }

    #[test]
    fn it_slows_then_pauses_and_comes_back_the_same_way() {
        let looks = [(0, 100), (5, 101), (40, 150), (45, 151), (80, 121), (85, 120), (120, 81), (125, 80), (130, 90)];
        assert_eq!(play(WhenFull::Pause, &looks), "-ssPPss--");
    }

    #[test]
    fn a_fill_about_a_border_does_not_switch_to_and_fro() {
        let looks: Vec<(i32, u32)> = (0..30).map(|n| (n * 5, if n % 2 == 0 { 105 } else { 95 })).collect();
        assert_eq!(play(WhenFull::Pause, &looks), "s".repeat(30));
        let looks: Vec<(i32, u32)> = (0..12).map(|n| (n, if n % 2 == 0 { 300 } else { 10 })).collect();
        assert_eq!(play(WhenFull::Pause, &looks), "s".repeat(12), "no level is left within half an hour");
    }

    #[test]
    fn the_operator_decides_how_far_it_goes() {
        let looks = [(0, 500), (40, 500), (80, 500)];
        assert_eq!(play(WhenFull::Read, &looks), "---");
        assert_eq!(play(WhenFull::Slow, &looks), "sss");
        assert_eq!(play(WhenFull::Pause, &looks), "sPP");
    }

    #[test]
    fn hours_in_which_no_engine_ran_leave_nothing_out() {
        let fill = Some(Fill { percent: 140, until: None });
        let mut pressure = step(WhenFull::Pause, None, fill, at(0));
        // Three looks, a night without an engine, three looks more.
        for minutes in [5, 10, 15, 735, 740, 745] {
            pressure = step(WhenFull::Pause, pressure.as_ref(), fill, at(minutes));
        }
        let held = |minutes| pressure.as_ref().map(|one| one.held_until(at(minutes)).slowed / 60);
        let looks_apart = LOOKS_APART.as_mins();
        assert_eq!(held(745), Some(15 + looks_apart + 10));
        assert_eq!(held(748), Some(15 + looks_apart + 13), "what goes on is counted to the minute");
        assert_eq!(held(2_000), Some(15 + looks_apart + 10 + looks_apart), "and nobody looked since");
        // A row from before looks were kept counts in full, once.
        let old = pressure.map(|one| Pressure { looked_at: None, held: HeldFor::default(), ..one });
        let next = step(WhenFull::Pause, old.as_ref(), fill, at(800));
        assert_eq!(next.map(|one| one.held_until(at(805)).slowed / 60), Some(805));
    }

    #[test]
    fn nothing_expected_and_nobody_waiting_is_room() {
        let full = step(WhenFull::Pause, None, Some(Fill { percent: 140, until: None }), at(0));
        assert_eq!(full.as_ref().map(|one| (one.fill, one.since)), Some((140, at(0))));
        assert_eq!(step(WhenFull::Pause, full.as_ref(), None, at(31)), None);
    }
}
