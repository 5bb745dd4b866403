//! Flood index and utilisation, put together: what came is counted from the leads, what could be taken from the caps
//! with what was set over them then, what is open from the places that are held now.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::DeskError;
use super::FiguresAsk;
use super::figures::cap_title;
use super::report::Days;
use super::store_desk::StoreDesk;
use crate::config::checked::{Cap, Per, Scope, Unit};
use crate::engine::rules;
use crate::lead::LeadId;
use crate::queue::past::{Past, Places, Unlimited, counted_until, places};
use crate::queue::{Lane, Limit, Rules, Uses};
use crate::report::capacity::{CLOSED, CapacityFigures, CapacityLine, CapacityWanted, Figure, Known, NO_CAP};
use crate::report::journey::Journey;
use crate::report::model::{Dimension, Maybe, View, Windows};
use crate::report::tally::LEADS_MAX;

/// What the lines are made of.
struct Ground {
    /// In force now, with what is set.
    now: Rules,
    uses: Uses,
    /// As configured, by cap id.
    places: BTreeMap<String, Result<Places, Unlimited>>,
    lanes: Vec<(i64, Lane, u64)>,
    counted: BTreeMap<(Option<Dimension>, String), (u64, u64)>,
    at: Timestamp,
}

impl StoreDesk {
    /// The figures about capacity of the days of a report, by the day of the event in either view.
    ///
    /// # Errors
    /// The database did not answer, or the period ends before it begins.
    pub async fn capacity_figures(&self, ask: &FiguresAsk) -> Result<CapacityFigures, DeskError> {
        self.flooded(&self.days(ask)?).await
    }

    pub(super) async fn flooded(&self, days: &Days) -> Result<CapacityFigures, DeskError> {
        let configs = self.store.configs_between(days.from, days.to).await?;
        let since = configs.first_at.map_or(days.from, |first| first.max(days.from));
        if since >= days.to || since > days.now {
            let notes = vec!["nothing was in operation in this period".to_owned()];
            return Ok(CapacityFigures { lines: Vec::new(), notes });
        }
        let now = rules::with_overrides(&self.config, &self.store.overrides().await?);
        let uses = self.store.queue_state(rules::counts(&now, days.now), 0).await?.1;
        let past = self.store.set_between(since, days.to).await?;
        let any_set = past.caps.keys().any(|cap| now.caps.contains_key(cap));
        let ground = Ground {
            places: self.all_places(past, (since, days.to), days.now).await?,
            lanes: self.store.demand_by_lane(since, days.to).await?,
            counted: self.came(since, days).await?,
            now,
            uses,
            at: days.now,
        };
        let begun = (since > days.from).then(|| since.to_zoned(self.config.business.zone.clone()));
        let mut notes = notes(begun, configs.changed, any_set);
        let lines = self.lines(&ground);
        let shared =
            ground.lanes.iter().filter(|(_, lane, _)| lane.teams.len() > 1).map(|(.., count)| count).sum::<u64>();
        if shared > 0 {
            notes.push(format!("{shared} of these leads could go to several teams and count as the demand of each"));
        }
        Ok(CapacityFigures { lines, notes })
    }

    /// The leads behind a figure about capacity.
    pub(super) async fn leads_of_capacity(
        &self,
        ask: &FiguresAsk,
        wanted: &CapacityWanted,
    ) -> Result<Vec<LeadId>, DeskError> {
        let days = self.days(ask)?;
        let first = self.store.configs_between(days.from, days.to).await?.first_at;
        let since = first.map_or(days.from, |first| first.max(days.from));
        let (by, key) = wanted.line.as_ref().map_or((None, "all"), |(by, key)| (Some(*by), key.as_str()));
        match (wanted.figure, by) {
            (Figure::Open, _) => {
                let rules = Rules::new(Arc::clone(&self.config), &BTreeMap::new(), std::collections::BTreeSet::new());
                let caps = self.caps_on_open(&rules, by, key).iter().map(|cap| cap.id.clone()).collect();
                Ok(self.store.holders_of(caps, LEADS_MAX).await?)
            }
            (Figure::Demand, Some(Dimension::Team)) => {
                let lanes = self.store.demand_by_lane(since, days.to).await?;
                let theirs = lanes.into_iter().filter(|(_, lane, _)| lane.teams.iter().any(|team| team == key));
                let ids: Vec<i64> = theirs.map(|(id, ..)| id).collect();
                Ok(self.store.demand_of_lanes(ids, (since, days.to), LEADS_MAX).await?)
            }
            (figure, _) => {
                let step = if figure == Figure::Given { 2 } else { 1 };
                let mut leads = Vec::new();
                self.events(since, &days, |journey, hits| {
                    if hits[step] && line_of(journey, by).is_some_and(|line| line == key) && leads.len() < LEADS_MAX {
                        leads.push(journey.id);
                    }
                })
                .await?;
                Ok(leads)
            }
        }
    }

    /// Qualified and handed off in the period, by every line that may be shown.
    async fn came(
        &self,
        since: Timestamp,
        days: &Days,
    ) -> Result<BTreeMap<(Option<Dimension>, String), (u64, u64)>, DeskError> {
        let mut counted: BTreeMap<(Option<Dimension>, String), (u64, u64)> = BTreeMap::new();
        self.events(since, days, |journey, hits| {
            if !hits[1] && !hits[2] {
                return;
            }
            for by in [None, Some(Dimension::Team), Some(Dimension::Source), Some(Dimension::Service)] {
                let Some(line) = line_of(journey, by) else { continue };
                let count = counted.entry((by, line.to_owned())).or_default();
                count.0 += u64::from(hits[1]);
                count.1 += u64::from(hits[2]);
            }
        })
        .await?;
        Ok(counted)
    }

    /// Every lead that something happened to, with the steps it reached in the time, by the day of the event.
    async fn events(
        &self,
        since: Timestamp,
        days: &Days,
        mut take: impl FnMut(&Journey, [bool; 6]),
    ) -> Result<(), DeskError> {
        let mut period = days.period(View::Calendar, Windows::from(self.config.report.windows));
        period.from = since;
        self.walk(&period, |journey| {
            take(&journey, period.hits(&journey).steps);
            Ok(())
        })
        .await
    }

    async fn all_places(
        &self,
        past: Past,
        (since, to): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Result<BTreeMap<String, Result<Places, Unlimited>>, DeskError> {
        let config = Arc::clone(&self.config);
        // A year of everybody's hours: not on a thread that others wait for.
        let all = tokio::task::spawn_blocking(move || {
            let rules = Rules::new(config, &BTreeMap::new(), std::collections::BTreeSet::new());
            let counts = |cap: &&Cap| cap.limits() || past.caps.contains_key(&cap.id);
            let of = |cap: &Cap| places(cap, &rules, &past, (since, to.min(counted_until(cap, &rules, now))));
            rules.caps.values().filter(counts).map(|cap| (cap.id.clone(), of(cap))).collect()
        });
        all.await.map_err(|error| DeskError::Store(format!("adding up the capacity stopped: {error}")))
    }

    fn lines(&self, ground: &Ground) -> Vec<CapacityLine> {
        let teams: Vec<(&String, Maybe<u64>, String)> = self
            .config
            .teams
            .keys()
            .map(|team| {
                let (capacity, basis) = self.team_places(ground, team);
                (team, capacity, basis)
            })
            .collect();
        let sum: Option<u64> = teams.iter().map(|(_, capacity, _)| capacity.value).sum();
        let sum = sum.filter(|_| !teams.is_empty());
        let all = least(ground.of_scope(&Scope::Everything), sum.map(|sum| (sum, "what its teams take".to_owned())));
        let mut lines = vec![self.line(ground, None, "all", all)];
        lines.extend(
            teams
                .into_iter()
                .map(|(team, capacity, basis)| self.line(ground, Some(Dimension::Team), team, (capacity, basis))),
        );
        for (by, scope) in ground.now.caps.values().filter_map(scoped) {
            if ground.now.of(&scope.0).any(Cap::limits)
                && !lines.iter().any(|line| line.by == Some(by) && line.key == scope.1)
            {
                let places = least(ground.of_scope(&scope.0), None);
                lines.push(self.line(ground, Some(by), &scope.1, places));
            }
        }
        lines
    }

    fn line(
        &self,
        ground: &Ground,
        by: Option<Dimension>,
        key: &str,
        (capacity, basis): (Maybe<u64>, String),
    ) -> CapacityLine {
        let (came, handed_off) = ground.counted.get(&(by, key.to_owned())).copied().unwrap_or_default();
        let could = |lane: &Lane| lane.teams.iter().any(|team| team == key);
        let demand = match by {
            Some(Dimension::Team) => ground.lanes.iter().filter(|(_, lane, _)| could(lane)).map(|(.., n)| n).sum(),
            _ => came,
        };
        let open = self.open_now(ground, by, key);
        let title = by.map_or_else(|| "all together".to_owned(), |by| self.line_title(by, key));
        CapacityLine::new(by, key, &title, Known { demand, handed_off, capacity, basis, open })
    }

    /// Its own caps, and together those of its people where each of them has one: the least of these.
    fn team_places(&self, ground: &Ground, team: &str) -> (Maybe<u64>, String) {
        let people: Vec<_> = self.config.people_of(team).collect();
        let each = people.iter().map(|person| least(ground.of_scope(&Scope::Person(person.id.clone())), None).0.value);
        let sum: Option<u64> = each.sum();
        let theirs =
            sum.filter(|_| !people.is_empty()).map(|sum| (sum, format!("what its {} people take", people.len())));
        least(ground.of_scope(&Scope::Team(team.to_owned())), theirs)
    }

    /// The caps on the open leads of a line. Of people everybody has one, limited or not.
    fn caps_on_open<'a>(&self, rules: &'a Rules, by: Option<Dimension>, key: &str) -> Vec<&'a Cap> {
        let scopes: Vec<Scope> = match by {
            None => self.config.people.keys().cloned().map(Scope::Person).collect(),
            Some(Dimension::Team) => self.config.people_of(key).map(|one| Scope::Person(one.id.clone())).collect(),
            Some(Dimension::Source) => vec![Scope::Source(key.to_owned())],
            Some(_) => vec![Scope::Service(key.to_owned())],
        };
        let open = |cap: &&Cap| cap.per == Per::Open && cap.unit == Unit::Lead && cap.only.is_none();
        scopes.iter().filter_map(|scope| rules.of(scope).find(open)).collect()
    }

    fn open_now(&self, ground: &Ground, by: Option<Dimension>, key: &str) -> (Maybe<u64>, Maybe<u64>) {
        let caps = self.caps_on_open(&ground.now, by, key);
        if caps.is_empty() {
            return (Maybe::none("no cap counts them"), Maybe::none(NO_CAP));
        }
        let used = |cap: &&Cap| ground.uses.get(&cap.id).map_or(0, |used| u64::from(used.count));
        let max = |cap: &&Cap| Some(u64::from(Limit::of(cap, &ground.now, ground.at).filter(|_| !cap.soft)?.max));
        let own = match by {
            Some(Dimension::Team) => Some(Scope::Team(key.to_owned())),
            None => Some(Scope::Everything),
            _ => None,
        };
        let open = |cap: &&Cap| cap.per == Per::Open && cap.unit == Unit::Lead && cap.only.is_none();
        let own = own.and_then(|scope| ground.now.of(&scope).filter(open).filter_map(|cap| max(&cap)).min());
        let most = caps.iter().map(max).sum::<Option<u64>>().into_iter().chain(own).min();
        (Maybe::some(caps.iter().map(used).sum()), most.map_or_else(|| Maybe::none(NO_CAP), Maybe::some))
    }
}

impl Ground {
    /// The places of the caps of a scope, with what each is.
    fn of_scope(&self, scope: &Scope) -> Vec<(Result<Places, Unlimited>, String)> {
        let known = |cap: &Cap| Some((*self.places.get(&cap.id)?, cap_title(cap)));
        self.now.of(scope).filter_map(known).collect()
    }
}

/// The source or service a cap is on.
fn scoped(cap: &Cap) -> Option<(Dimension, (Scope, String))> {
    match &cap.scope {
        Scope::Source(id) => Some((Dimension::Source, (cap.scope.clone(), id.clone()))),
        Scope::Service(id) => Some((Dimension::Service, (cap.scope.clone(), id.clone()))),
        _ => None,
    }
}

/// The line of a lead; a cap counts it for the source that brought it, whoever is credited.
fn line_of(journey: &Journey, by: Option<Dimension>) -> Option<&str> {
    match by {
        None => Some("all"),
        Some(Dimension::Team) => journey.with.as_ref().map(|with| &*with.0),
        Some(Dimension::Source) => Some(&journey.brought.0),
        Some(_) => journey.service.as_deref(),
    }
}

/// The least of what these let through, and what that is.
fn least(caps: Vec<(Result<Places, Unlimited>, String)>, also: Option<(u64, String)>) -> (Maybe<u64>, String) {
    let why = match caps.iter().find_map(|(places, title)| Some((places.err()?, title))) {
        None => NO_CAP.to_owned(),
        Some((Unlimited::Otherwise, title)) => format!("{NO_CAP} on how many leads ({title})"),
        Some((Unlimited::Sometimes, title)) => format!("{NO_CAP} on some days ({title})"),
        Some((Unlimited::Uncounted, title)) => format!("windows too many or too long to add up ({title})"),
    };
    let told = caps.into_iter().filter_map(|(places, title)| Some((places.ok()?, title)));
    let said = told.map(|(places, title)| {
        let mut words = title;
        if places.closed {
            words = format!("{words}, {CLOSED}");
        } else if places.count == 0 {
            words.push_str(", nobody at work");
        }
        if places.set {
            words.push_str(", as set by hand");
        }
        if places.cut > 0 {
            words.push_str(", windows in part by their working days");
        }
        (places.count, words)
    });
    match said.chain(also).min_by_key(|(count, _)| *count) {
        Some((count, words)) => (Maybe::some(count), words),
        None => (Maybe::none(why.clone()), why),
    }
}

fn notes(begun: Option<jiff::Zoned>, changed: u64, any_set: bool) -> Vec<String> {
    let mut notes = vec![
        "flood index: demand / capacity; utilisation: handed off / capacity".to_owned(),
        "by the day of the event, in either view; demand: qualified leads it could take; handed off: leads it was given"
            .to_owned(),
        "capacity: what its hard caps let through in the windows in which somebody is at work, the last one whole; a \
         team's is the least of its own caps and those of its people together"
            .to_owned(),
    ];
    if let Some(begun) = begun {
        let begun = begun.strftime("%Y-%m-%d %H:%M");
        notes.push(format!("counted from {begun}, when the first configuration came into force"));
    }
    if changed > 0 {
        let times = if changed == 1 { "once".to_owned() } else { format!("{changed} times") };
        notes.push(format!(
            "the configuration was changed {times} in the period; the caps are taken as they are configured now, what \
             they said before is not known here"
        ));
    }
    if any_set {
        notes.push(
            "caps that were set by hand count as they were set then, each window with its largest maximum".to_owned(),
        );
    }
    notes
}
