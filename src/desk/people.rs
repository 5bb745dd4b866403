//! The people as the Capacity screen shows them: who is there and why not, what they have, and what nobody can take.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::DeskError;
use super::figures::Counting;
use super::outlook::{Flow, fills, outlook};
use super::store_desk::StoreDesk;
use super::view::{CapLine, Outlook, PersonLine};
use super::words::when;
use crate::clock::earlier;
use crate::config::checked::{Person, Scope};
use crate::lead::Code;
use crate::queue::attendance::{Presence, There};
use crate::queue::{Lane, LaneHeads, Rules, Uses};
use crate::report::figures::speed;
use crate::store::{Override, OverrideKind, SpeedRow};

/// Inflow is measured over so many days.
const INFLOW_DAYS: i64 = 28;

/// Held leads of one lane, with the reasons the last release left on it.
pub(super) type HeldLane = (Lane, Vec<Code>, u64);

/// What is known of the teams' work besides their caps.
#[derive(Debug, Default)]
pub(super) struct TeamWork {
    /// Leads with an owner who has not answered, by person.
    pub(super) unanswered: BTreeMap<String, u32>,
    /// Held leads that nobody may take, by team; under no name those that no team takes.
    pub(super) ownerless: BTreeMap<String, u64>,
    /// What today still brings, by team.
    pub(super) outlook: BTreeMap<String, Outlook>,
    /// Held leads that wait for room in a cap, by its id.
    pub(super) waiting: BTreeMap<String, u64>,
    /// When each cap is first without room today with those who wait already, by id.
    pub(super) fills: BTreeMap<String, Timestamp>,
}

impl StoreDesk {
    pub(super) async fn team_work(
        &self,
        rules: &Rules,
        lanes: Vec<LaneHeads>,
        uses: &Uses,
        speeds: &[SpeedRow],
        held: &[HeldLane],
        now: Timestamp,
    ) -> Result<TeamWork, DeskError> {
        let unanswered = self.store.unanswered().await?;
        let since = earlier(now, jiff::SignedDuration::from_hours(24 * INFLOW_DAYS));
        let (inflow, oldest) = self.store.qualified_by_lane(since).await?;
        let flow = Flow {
            rules: rules.clone(),
            lanes,
            uses: uses.clone(),
            held: held.iter().map(|(lane, _, count)| (lane.clone(), *count)).collect(),
            inflow,
            inflow_days: (oldest.duration_until(now).as_secs_f64() / 86_400.0).max(1.0),
            unanswered: unanswered.clone(),
            answered: speeds.iter().filter_map(super::outlook::answered).collect(),
            now,
        };
        // The release is run ahead: not on a thread that keys wait for.
        let (outlook, fills) = tokio::task::spawn_blocking(move || (outlook(&flow), fills(&flow)))
            .await
            .map_err(|error| DeskError::Store(format!("looking ahead stopped: {error}")))?;
        Ok(TeamWork { unanswered, ownerless: ownerless(held), waiting: waiting(held), outlook, fills })
    }

    pub(super) fn person_line(&self, person: &Person, counting: &Counting<'_>) -> PersonLine {
        let now = counting.now;
        let used = |what: &str| {
            let id = format!("person.{}.{what}", person.id);
            let count = counting.uses.get(&id).map_or(0, |used| used.count);
            (count, counting.rules.caps.get(&id).and_then(|cap| cap.max))
        };
        let ((new, new_max), (open, open_max)) = (used("new"), used("open"));
        let there = counting.rules.presence(&person.id, now);
        let set = counting.overrides.iter().rev().find(|set| set.kind == OverrideKind::Person && set.name == person.id);
        let mine = counting.speeds.iter().filter(|row| *row.person == *person.id);
        PersonLine {
            id: person.id.clone(),
            name: person.name.clone(),
            on_shift: at_work(person, there, now),
            absent: there.presence == Presence::Absent,
            there: self.there(person, there, set, now),
            said: set.map(|set| format!("{} ({})", set.reason, self.title_of(&set.who))),
            unanswered: counting.people.unanswered.get(&person.id).copied().unwrap_or(0),
            new,
            new_max,
            open,
            open_max,
            caps: self.caps_on(person, counting),
            median_first_secs: speed(mine, now).median_secs,
        }
    }

    /// The caps on somebody that limit.
    fn caps_on(&self, person: &Person, counting: &Counting<'_>) -> Vec<CapLine> {
        let caps = counting.rules.of(&Scope::Person(person.id.clone())).filter(|cap| cap.limits());
        caps.map(|cap| self.cap_line(cap, counting)).collect()
    }

    /// How somebody is there, and until when.
    fn there(&self, person: &Person, there: There, set: Option<&Override>, now: Timestamp) -> String {
        let moment = |at: Timestamp| when(at, now, &self.seat.zone);
        let until = there.until.map(moment);
        let why = set.map(|set| format!(": {}", set.reason)).unwrap_or_default();
        match (there.presence, until) {
            (Presence::Absent, Some(until)) => format!("away until {until}{why}"),
            (Presence::Absent, None) => format!("away{why}"),
            (Presence::Off, until) => format!("sent off until {}{why}", until.unwrap_or_else(|| "told".into())),
            (Presence::On, until) => format!("called in until {}{why}", until.unwrap_or_else(|| "told".into())),
            (Presence::ByHours, _) => {
                let changes = person.hours.next_change(now).into_iter();
                match (person.hours.is_open(now), changes.chain(there.until).min().map(moment)) {
                    (true, Some(at)) => format!("till {at}"),
                    (true, None) => "always".into(),
                    (false, _) => match person.hours.next_open(now) {
                        Some(at) => format!("from {}", moment(at)),
                        None => "never".into(),
                    },
                }
            }
        }
    }
}

fn at_work(person: &Person, there: There, now: Timestamp) -> bool {
    match there.presence {
        Presence::Absent | Presence::Off => false,
        Presence::On => true,
        Presence::ByHours => person.hours.is_open(now),
    }
}

/// Held leads that nobody may take, by every team that could have; under no name where no team could.
fn ownerless(held: &[HeldLane]) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for (lane, _, count) in held.iter().filter(|(_, codes, _)| codes.contains(&Code::NoOwner)) {
        let nobody = [String::new()];
        let teams = if lane.teams.is_empty() { &nobody[..] } else { &lane.teams[..] };
        for team in teams {
            *found.entry(team.clone()).or_default() += count;
        }
    }
    found
}

/// Held leads that a cap without room holds, by its id.
fn waiting(held: &[HeldLane]) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for (_, codes, count) in held {
        for code in codes {
            if let Code::Cap(cap) = code {
                *found.entry(cap.clone()).or_default() += count;
            }
        }
    }
    found
}
