//! A made-up business and some days of it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::condition::Condition;
use crate::config::checked::{Absence, Cap, Per, Scope, Unit};
use crate::lead::Money;
use crate::queue::attendance::Said;
use crate::queue::{Lane, Rules};
use crate::test_config::Draft;

const HOURS: [&str; 6] =
    ["", "Mo-Su 06:00-14:00", "Mo-Su 20:00-04:00", "24/7", "Mo,We 09:00-11:00", "Mo-Su 08:00-18:00; PH off"];
/// A zone, and an instant some hours before its clock changes, or before holidays.
pub const PLACES: [(&str, &str); 9] = [
    ("Europe/Berlin", "2026-03-28T00:00:00Z"),
    ("Europe/Berlin", "2026-10-24T00:00:00Z"),
    ("America/New_York", "2026-03-07T00:00:00Z"),
    ("America/New_York", "2026-10-31T00:00:00Z"),
    // Midnight does not exist on the second day of these two, and is there twice on the third's.
    ("Asia/Beirut", "2026-03-27T22:00:00Z"),
    ("Africa/Cairo", "2026-04-22T22:00:00Z"),
    ("America/Havana", "2026-10-31T04:00:00Z"),
    // It moves by half an hour.
    ("Australia/Lord_Howe", "2026-10-02T13:00:00Z"),
    // Two public holidays in a row.
    ("Europe/Berlin", "2026-12-24T00:00:00Z"),
];
/// Minutes in which somebody asks or something is changed.
const BUSY: i64 = 4 * 24 * 60;
/// Lanes: four of newcomers, the same of the customers of `p0`, and of `p1`.
pub const LANES: usize = 12;

/// A made-up business and four days of it.
#[derive(Debug, Clone)]
pub struct Case {
    pub place: usize,
    pub people: Vec<Who>,
    pub caps: Vec<(usize, usize, Option<u32>, Kind)>,
    /// Maxima set while running: (minutes after the beginning, cap, maximum).
    pub changes: Vec<(i64, usize, Option<u32>)>,
    /// What is said of people while running: (minutes after the beginning, person, what, for how many minutes).
    pub said: Vec<(i64, usize, Said, Option<i64>)>,
    /// Handoffs are refused or sent late, and leads returned.
    pub trouble: bool,
    /// Who takes what nobody of `a` can: `boss`, or `p0`.
    pub fallback: Option<bool>,
    /// Teams `a` and `b` get leads outside their hours.
    pub outside_hours: [bool; 2],
    /// Teams `a` and `b` keep their customers.
    pub same_owner: [bool; 2],
    /// (minutes after the beginning, lane, priority)
    pub arrivals: Vec<(i64, usize, i64)>,
    pub most: usize,
    pub answer_minutes: i64,
}

/// Somebody of a team.
#[derive(Debug, Clone, Default)]
pub struct Who {
    pub team: usize,
    pub hours: usize,
    pub weight: u32,
    /// They can only this service.
    pub only: Option<usize>,
    /// The lanes of `shop` and of nobody's team are not in their territory.
    pub elsewhere: bool,
    /// Away from this local day on, for so many: of the days after the beginning.
    pub absent: Option<(i32, i32)>,
    /// Leads that count as taken since they came back.
    pub ahead: u32,
}

/// What is special about a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Smooth,
    Rolling,
    ByDay,
    Spread,
    Soft,
    Money,
    Weight,
    Only,
    Credits,
    Next,
}

const KINDS: [Kind; 11] = [
    Kind::Plain,
    Kind::Smooth,
    Kind::Rolling,
    Kind::ByDay,
    Kind::Spread,
    Kind::Soft,
    Kind::Money,
    Kind::Weight,
    Kind::Only,
    Kind::Credits,
    Kind::Next,
];

impl Kind {
    /// Makes a cap of this kind, where its windows can be.
    fn make(self, cap: &mut Cap) {
        let windows = !matches!(cap.per, Per::Total | Per::Open);
        match self {
            Self::Smooth => cap.smooth = true,
            Self::Rolling => cap.rolling = windows,
            Self::ByDay if matches!(cap.per, Per::Minutes(_) | Per::Hours(_) | Per::Days(1)) => {
                let max = cap.max;
                (cap.max, cap.by_day) = (None, Some([max, max, max, Some(1), max, Some(0), None]));
            }
            Self::Spread => cap.spread = matches!(cap.per, Per::Days(2) | Per::Weeks(_) | Per::Months(_)),
            Self::Soft => cap.soft = true,
            Self::Money => {
                cap.unit = Unit::Money("EUR".into());
                cap.max = cap.max.map(|max| max * 2_000);
            }
            Self::Weight => cap.unit = Unit::Weight,
            Self::Only => cap.only = Some(Condition::compile("source == 'web'", &["source"]).unwrap()),
            Self::Credits => cap.credits_returns = windows,
            Self::Next if cap.scope == Scope::Team("a".into()) => cap.on_full.next = Some("b".into()),
            Self::Plain | Self::ByDay | Self::Next => {}
        }
    }
}

fn people() -> impl Strategy<Value = Who> {
    let skill = prop_oneof![4 => Just(None), 1 => (0_usize..2).prop_map(Some)];
    let absent = prop_oneof![3 => Just(None), 1 => (-1_i32..4, 1_i32..4).prop_map(Some)];
    let ahead = prop_oneof![4 => Just(0), 1 => 1_u32..5];
    (0_usize..2, 0_usize..HOURS.len(), 1_u32..4, skill, proptest::bool::weighted(0.2), absent, ahead).prop_map(
        |(team, hours, weight, only, elsewhere, absent, ahead)| Who {
            team,
            hours,
            weight,
            only,
            elsewhere,
            absent,
            ahead,
        },
    )
}

pub fn cases() -> impl Strategy<Value = Case> {
    let max = prop_oneof![1 => Just(None), 1 => Just(Some(0)), 8 => (1_u32..7).prop_map(Some)];
    let kind = (0..KINDS.len()).prop_map(|place| KINDS[place]);
    let change = (0_i64..BUSY, 0_usize..6, max.clone());
    let cap = (0_usize..7, 0_usize..9, max, kind);
    let said = prop_oneof![Just(Said::Leave), Just(Said::On), Just(Said::Off), Just(Said::Back)];
    let said = (0_i64..BUSY, 0_usize..5, said, proptest::option::of(1_i64..BUSY / 2));
    // Most are nobody's customers yet.
    let lane = prop_oneof![3 => 0_usize..4, 1 => 4_usize..LANES];
    let arrival = (0_i64..BUSY, lane, 0_i64..3);
    let usually = |share| proptest::bool::weighted(share);
    (
        (0..PLACES.len(), vec(people(), 0..5), vec(cap, 0..6), vec(arrival, 1..40)),
        (vec(change, 0..4), vec(said, 0..5), any::<bool>(), proptest::option::of(usually(0.3))),
        (prop_oneof![Just(1), Just(3), Just(usize::MAX)], 1_i64..3_000),
        ([usually(0.2), usually(0.2)], [usually(0.8), usually(0.8)]),
    )
        .prop_map(
            |(
                (place, people, caps, arrivals),
                (changes, said, trouble, fallback),
                (most, answer_minutes),
                (outside_hours, same_owner),
            )| Case {
                place,
                people,
                caps,
                changes,
                said,
                trouble,
                fallback,
                outside_hours,
                same_owner,
                arrivals,
                most,
                answer_minutes,
            },
        )
}

impl Case {
    /// Nobody, no caps, nothing happens.
    pub fn plain() -> Self {
        Self {
            place: 0,
            people: Vec::new(),
            caps: Vec::new(),
            changes: Vec::new(),
            said: Vec::new(),
            trouble: false,
            fallback: None,
            outside_hours: [false; 2],
            same_owner: [true; 2],
            arrivals: Vec::new(),
            most: 1,
            answer_minutes: 1,
        }
    }

    pub fn begin(&self) -> Timestamp {
        PLACES[self.place].1.parse().unwrap()
    }

    /// So many minutes after the beginning.
    pub fn minute(&self, minutes: i64) -> Timestamp {
        self.begin() + SignedDuration::from_mins(minutes)
    }

    pub fn rules(&self) -> Rules {
        let mut draft = Draft::new(PLACES[self.place].0, "Mo-Su 08:00-18:00")
            .service("roof")
            .service("solar")
            .team("a", &["roof"], "")
            .team("b", &["roof", "solar"], "24/7")
            .person("boss", "nobody", "24/7", 1)
            .source("shop");
        for (team, place) in [("a", 0), ("b", 1)] {
            let team = draft.0.teams.get_mut(team).unwrap();
            (team.hand_off_outside_hours, team.same_owner) = (self.outside_hours[place], self.same_owner[place]);
        }
        for (place, who) in self.people.iter().enumerate() {
            draft = draft.person(&format!("p{place}"), ["a", "b"][who.team], HOURS[who.hours], who.weight);
            let first = self.begin().to_zoned(draft.0.business.zone.clone()).date();
            let person = draft.0.people.get_mut(&format!("p{place}")).unwrap();
            person.services = who.only.map(|only| ["roof", "solar"][only].to_owned()).into_iter().collect();
            person.absent = Vec::from_iter(who.absent.map(|(from, days)| {
                let first = first.checked_add(from.days()).unwrap();
                Absence { first, last: first.checked_add((days - 1).days()).unwrap() }
            }));
        }
        for (place, (scope, per, max, kind)) in self.caps.iter().enumerate() {
            let id = format!("cap{place}");
            draft = draft.cap(&id, scope_of(*scope), *max, per_of(*per)).with_cap(&id, |cap| kind.make(cap));
        }
        draft.0.services.get_mut("solar").unwrap().weight = 2;
        draft.0.sources.get_mut("web").unwrap().price_per_lead = Some(Money::new("12.34".parse().unwrap(), "EUR"));
        let p0 = self.fallback == Some(true) && !self.people.is_empty();
        draft.0.teams.get_mut("a").unwrap().fallback =
            self.fallback.map(|_| if p0 { "p0".into() } else { "boss".into() });
        let mut rules = Rules::new(draft.done(), &BTreeMap::new(), std::collections::BTreeSet::new());
        let ahead = self.people.iter().enumerate().filter(|(_, who)| who.ahead > 0);
        rules.ahead = ahead.map(|(place, who)| (format!("p{place}"), who.ahead)).collect();
        rules
    }

    pub fn lanes(&self) -> Vec<Lane> {
        (0..LANES).map(|place| self.lane(place)).collect()
    }

    fn lane(&self, place: usize) -> Lane {
        let (owner, place) = (place / 4, place % 4);
        let only = self.caps.iter().enumerate().filter(|(_, (.., kind))| *kind == Kind::Only && place != 2);
        let service = ["roof", "solar", "roof", "roof"][place];
        let teams: &[&str] = [&["a", "b"][..], &["b"], &["a"], &[]][place];
        let far = self.people.iter().enumerate().filter(|(_, who)| who.elsewhere && place >= 2);
        Lane {
            service: Some(service.into()),
            source: ["web", "web", "shop", "web"][place].into(),
            teams: teams.iter().map(|&team| team.into()).collect(),
            not: far.map(|(place, _)| format!("p{place}")).collect(),
            owner: [None, Some("p0"), Some("p1")][owner].map(str::to_owned),
            caps: only.map(|(at, _)| format!("cap{at}")).collect(),
        }
    }
}

fn scope_of(place: usize) -> Scope {
    let text = |word: &str| word.to_owned();
    match place {
        0 => Scope::Everything,
        1 => Scope::Team(text("a")),
        2 => Scope::Team(text("b")),
        3 => Scope::Person(text("p0")),
        4 => Scope::Source(text("web")),
        5 => Scope::Service(text("roof")),
        _ => Scope::Destination(text("desk")),
    }
}

fn per_of(place: usize) -> Per {
    [
        Per::Minutes(30),
        Per::Hours(1),
        Per::Hours(5),
        Per::Days(1),
        Per::Days(2),
        Per::Weeks(1),
        Per::Months(1),
        Per::Total,
        Per::Open,
    ][place]
}
