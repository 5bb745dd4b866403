//! The figures of the Capacity and Response screens, from counted rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::DeskError;
use super::people::TeamWork;
use super::store_desk::StoreDesk;
use super::view::{CapLine, Capacity, Day, PersonLine, Response, Speed, TeamCapacity};
use super::words::{clock, when};
use crate::clock::earlier;
use crate::config::checked::{Cap, Per, Scope, Team, Unit};
use crate::engine::rules;
use crate::lead::HandoffState;
use crate::queue::limit::window_of;
use crate::queue::{Lane, Limit, Rules, Use, Uses};
use crate::report::figures::speed;
use crate::report::stop_loss::Seen;
use crate::store::{Override, OverrideKind, SpeedRow, StopLossRow};

/// The Response screen and people's medians look back this far.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(28 * 24);
/// Days of the chart on the Response screen.
const DAYS_SHOWN: i64 = 28;
/// Waiting leads of a lane that the outlook runs ahead.
const HEADS: usize = 200;
/// Handoffs on the Response screen.
const HANDOFFS: u32 = 300;

/// What the Capacity screen is drawn from.
pub(super) struct Counting<'a> {
    pub(super) rules: &'a Rules,
    pub(super) uses: &'a Uses,
    reserved: &'a BTreeMap<String, u32>,
    pub(super) overrides: &'a [Override],
    pub(super) speeds: &'a [SpeedRow],
    pub(super) people: &'a TeamWork,
    pub(super) stops: &'a BTreeMap<String, StopLossRow>,
    pub(super) now: Timestamp,
}

impl StoreDesk {
    pub(super) async fn capacities(&self) -> Result<Capacity, DeskError> {
        let now = self.now();
        let overrides = self.store.overrides().await?;
        let rules = rules::with_overrides(&self.config, &overrides);
        let (lanes, uses) = self.store.queue_state(rules::counts(&rules, now), HEADS).await?;
        let reserved = self.store.reserved_by_cap().await?;
        let speeds = self.store.speeds(earlier(now, LOOK_BACK), now).await?;
        let held = self.store.held_by_lane_with_codes().await?;
        let people = self.team_work(&rules, lanes, &uses, &speeds, &held, now).await?;
        let stops = self.store.stop_losses().await?;
        let counting = Counting {
            rules: &rules,
            uses: &uses,
            reserved: &reserved,
            overrides: &overrides,
            speeds: &speeds,
            people: &people,
            stops: &stops,
            now,
        };
        let held_of = |team: &str| {
            let could = |lane: &Lane| lane.teams.iter().any(|one| one == team);
            held.iter().filter(|(lane, ..)| could(lane)).map(|(.., count)| count).sum()
        };
        let mut teams: Vec<TeamCapacity> =
            self.config.teams.values().map(|team| self.team_capacity(team, &counting, held_of(&team.id))).collect();
        let rest: Vec<CapLine> = rules
            .caps
            .values()
            .filter(|cap| {
                !matches!(cap.scope, Scope::Team(_) | Scope::Person(_)) && (cap.limits() || cap.stop_loss.is_some())
            })
            .map(|cap| CapLine { title: self.title_with_scope(cap), ..self.cap_line(cap, &counting) })
            .collect();
        let all = held.iter().map(|(.., count)| count).sum();
        if !rest.is_empty() {
            let hours = &self.config.business.hours;
            teams.push(TeamCapacity {
                team: "all".into(),
                title: "Everybody".into(),
                open: hours.is_open(now),
                changes_at: hours.next_change(now),
                held: all,
                ownerless: counting.people.ownerless.get("").copied().unwrap_or(0),
                outlook: None,
                caps: rest,
                people: Vec::new(),
            });
        }
        Ok(Capacity { teams, held: all })
    }

    fn team_capacity(&self, team: &Team, counting: &Counting<'_>, held: u64) -> TeamCapacity {
        let now = counting.now;
        let mut caps: Vec<CapLine> =
            counting.rules.of(&Scope::Team(team.id.clone())).map(|cap| self.cap_line(cap, counting)).collect();
        let people: Vec<PersonLine> =
            self.config.people_of(&team.id).map(|person| self.person_line(person, counting)).collect();
        for person in &people {
            // The two numbers stand beside the name, as long as nobody has set them while running.
            let two =
                |cap: &CapLine| ["new", "open"].iter().any(|what| cap.id == format!("person.{}.{what}", person.id));
            let more = person.caps.iter().filter(|cap| !two(cap) || cap.overridden.is_some());
            caps.extend(more.map(|cap| CapLine { title: format!("{}: {}", person.name, cap.title), ..cap.clone() }));
        }
        TeamCapacity {
            team: team.id.clone(),
            title: team.title.clone(),
            open: team.hours.is_open(now),
            changes_at: team.hours.next_change(now),
            held,
            ownerless: counting.people.ownerless.get(&team.id).copied().unwrap_or(0),
            outlook: counting.people.outlook.get(&team.id).copied(),
            caps,
            people,
        }
    }

    /// A cap of no team, with what it is on.
    fn title_with_scope(&self, cap: &Cap) -> String {
        let config = &self.config;
        let of = match &cap.scope {
            Scope::Source(id) => config.sources.get(id).map_or(id, |source| &source.title),
            Scope::Service(id) => config.services.get(id).map_or(id, |service| &service.title),
            Scope::Destination(id) => id,
            Scope::Everything | Scope::Team(_) | Scope::Person(_) => return cap_title(cap),
        };
        format!("{of}: {}", cap_title(cap))
    }

    pub(super) fn cap_line(&self, cap: &Cap, counting: &Counting<'_>) -> CapLine {
        let now = counting.now;
        let none = Use::default();
        let used = counting.uses.get(&cap.id).unwrap_or(&none);
        let (count, limit) = (used.count, Limit::of(cap, counting.rules, now));
        let reserved = counting.reserved.get(&cap.id).copied().unwrap_or(0).min(count);
        let set = counting.overrides.iter().rev().find(|set| set.kind == OverrideKind::Cap && set.name == cap.id);
        let ours = cap.stop_loss.is_some() && set.is_some_and(|set| set.who == "leadgate");
        let bounds = window_of(cap, counting.rules, now);
        let leaves = cap.rolls().and_then(|length| used.held.first()?.0.checked_add(length).ok());
        let forecast = self.cap_forecast(limit, count, bounds, now, counting.people.fills.get(&cap.id).copied());
        let (forecast, stop_loss) = match (cap.stop_loss.is_some(), counting.stops.get(&cap.id)) {
            (false, _) => (forecast, None),
            (true, None) => ("not looked at yet".into(), None),
            (true, Some(row)) => {
                let (short, words) = stopped_words(row, now, &self.seat.zone);
                (short, Some(words))
            }
        };
        CapLine {
            id: cap.id.clone(),
            title: cap_title(cap),
            used: cap.whole(count - reserved),
            reserved: cap.whole(reserved),
            max: limit.map(|limit| cap.whole(limit.max)),
            config_max: set.and_then(|_| {
                let own = self.config.caps.iter().find(|one| one.id == cap.id)?;
                own.max_at(&self.config.business.zone, now).map(|max| own.whole(max))
            }),
            written_at: self.cap_written_at(&cap.id).map(str::to_owned),
            overridden: set.map(|set| {
                let zone = &self.seat.zone;
                let until = set.until.map_or_else(String::new, |at| format!(" until {}", when(at, now, zone)));
                let (who, at) = (self.title_of(&set.who), when(set.at, now, zone));
                // A stop-loss says its reason itself, as it is now.
                let why = if ours { String::new() } else { format!(": {}", set.reason) };
                format!("set by {who} {at}{until}{why}")
            }),
            held: counting.people.waiting.get(&cap.id).copied().unwrap_or(0),
            frees_at: bounds.map(|(_, end)| end).or(leaves),
            forecast,
            stop_loss,
        }
    }

    /// Where the maximum of a cap is written: under the cap itself, or the limit of its team or person.
    fn cap_written_at(&self, id: &str) -> Option<&str> {
        let (owner, last) = id.rsplit_once('.').unwrap_or((id, ""));
        let limit = match (owner.starts_with("person."), last) {
            (true, "open") => format!("{owner}.open_at_most"),
            (true, _) => format!("{owner}.new_at_most"),
            (false, _) => format!("{owner}.at_most"),
        };
        let keys = [format!("cap.{id}.max"), format!("cap.{id}"), limit];
        keys.iter().find_map(|key| self.config.origins.of_key(key))
    }

    /// When those who wait fill it, or else straight on at the rate of this window so far: "full about 16:50".
    pub(super) fn cap_forecast(
        &self,
        limit: Option<Limit>,
        count: u32,
        bounds: Option<(Timestamp, Timestamp)>,
        now: Timestamp,
        filled_at: Option<Timestamp>,
    ) -> String {
        let Some(Limit { max, .. }) = limit else { return "no cap".into() };
        if max == 0 {
            return "closed".into();
        }
        if count >= max {
            return "full".into();
        }
        let by_rate = bounds.filter(|_| count > 0).and_then(|(start, _)| {
            let passed = start.duration_until(now).as_secs().max(1);
            let left = i64::from(max - count) * passed / i64::from(count);
            now.checked_add(SignedDuration::from_secs(left)).ok()
        });
        let in_window = |at: &Timestamp| bounds.is_none_or(|(_, end)| *at < end);
        match filled_at.or(by_rate).filter(in_window) {
            Some(full) => format!("full about {}", clock(full, now, &self.seat.zone)),
            None => "ok".into(),
        }
    }

    pub(super) async fn responses(&self) -> Result<Response, DeskError> {
        let now = self.now();
        let urgent = [HandoffState::Unknown, HandoffState::NeedsPerson, HandoffState::Sending, HandoffState::Queued];
        let mut found = self.store.handoffs_in(&urgent, HANDOFFS).await?;
        let mut open = self.store.handoffs_in(&[HandoffState::Accepted], HANDOFFS).await?;
        open.sort_by_key(|row| (row.answer_by.unwrap_or(Timestamp::MAX), row.id));
        found.extend(open);
        let answered = self.store.handoffs_latest(i64::MAX, 100).await?;
        let done = |state| matches!(state, HandoffState::Tracking | HandoffState::Closed);
        found.extend(answered.into_iter().filter(|row| done(row.state)));
        let speeds = self.store.speeds(earlier(now, LOOK_BACK), now).await?;
        Ok(Response {
            handoffs: found.iter().map(|row| self.handoff(row)).collect(),
            counts: self.store.handoff_counts().await?,
            all: speed(speeds.iter(), now),
            by: by_everything(&speeds, now),
            days: by_day(&speeds, now, &self.seat.zone),
            destinations: self.destination_lines().await?,
        })
    }
}

/// The days of [`LOOK_BACK`] one by one, today last.
fn by_day(speeds: &[SpeedRow], now: Timestamp, zone: &TimeZone) -> Vec<Day> {
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let today = day(now);
    let mut rows: BTreeMap<Date, Vec<&SpeedRow>> = BTreeMap::new();
    for row in speeds {
        rows.entry(day(row.asked_at)).or_default().push(row);
    }
    let days = (0..DAYS_SHOWN).rev().filter_map(|back| today.checked_sub(back.days()).ok());
    days.map(|day| {
        let of_day = rows.get(&day).into_iter().flatten().copied();
        Day { day: day.to_string(), speed: speed(of_day, now) }
    })
    .collect()
}

/// What speeds are grouped by: its word and the id in a row.
type Grouping = (&'static str, fn(&SpeedRow) -> &Arc<str>);

fn by_everything(speeds: &[SpeedRow], now: Timestamp) -> Vec<(String, String, Speed)> {
    let mut all = Vec::new();
    let keys: [Grouping; 4] = [
        ("person", |row| &row.person),
        ("team", |row| &row.team),
        ("source", |row| &row.source),
        ("destination", |row| &row.destination),
    ];
    for (kind, key) in keys {
        let mut names: Vec<&Arc<str>> = speeds.iter().map(key).collect();
        names.sort();
        names.dedup();
        for name in names {
            all.push((kind.to_owned(), name.to_string(), speed(speeds.iter().filter(|row| key(row) == name), now)));
        }
    }
    all
}

/// A cap in a few words: `20 per day`.
/// A stop-loss in as few letters as a table has, and in full.
pub(super) fn stopped_words(row: &StopLossRow, now: Timestamp, zone: &TimeZone) -> (String, String) {
    let Ok(seen) = serde_json::from_str::<Seen>(&row.body) else {
        return ("not known".into(), "what it was decided by cannot be read; it is looked at again soon".into());
    };
    let at = |at: Timestamp| when(at, now, zone);
    let acts = match (row.tripped_at, row.let_go_at) {
        (Some(since), _) => format!("acts since {}", at(since)),
        (None, Some(let_go)) => format!("opened by hand {}", at(let_go)),
        (None, None) => "does not act".into(),
    };
    let short = if row.tripped_at.is_some() { format!("stop {}", seen.short) } else { seen.short };
    (short, format!("{}; {acts}, looked at {}", seen.words, at(row.looked_at)))
}

pub(super) fn cap_title(cap: &Cap) -> String {
    let per = |word: &str, n: u32| if n == 1 { format!("per {word}") } else { format!("per {n} {word}s") };
    let per = match cap.per {
        Per::Minutes(n) => per("minute", n),
        Per::Hours(n) => per("hour", n),
        Per::Days(n) => per("day", n),
        Per::Weeks(n) => per("week", n),
        Per::Months(n) => per("month", n),
        Per::Total => "in all".into(),
        Per::Open => "open".into(),
    };
    let per = if cap.rolling { format!("{per}, rolling") } else { per };
    let unit = match &cap.unit {
        Unit::Lead => String::new(),
        Unit::Money(currency) => format!(" {currency}"),
        Unit::Weight => " weight".into(),
    };
    let soft = if cap.soft { " (soft)" } else { "" };
    let only = cap.only.as_ref().map_or_else(String::new, |only| format!(" if {}", only.text()));
    match (cap.max, cap.by_day) {
        _ if let Some(stop) = &cap.stop_loss => format!("{}{soft}", stop.words()),
        (Some(max), _) => format!("{}{unit} {per}{soft}{only}", cap.whole(max)),
        (None, Some(_)) => format!("by weekday{unit} {per}{soft}{only}"),
        (None, None) => format!("no cap {per}{only}"),
    }
}
