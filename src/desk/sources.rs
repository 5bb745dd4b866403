//! The Sources screen's lines, from the rows of the sources, their days and what people set.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::DeskError;
use super::alarms::{HISTORY_DAYS, seen, worked};
use super::store_desk::StoreDesk;
use super::view::{BackfillLine, SourceLine, SourceState};
use super::words::{avoided_words, records, when};
use crate::config::checked::Source;
use crate::engine::pressure::estimate;
use crate::health::{Avoided, Day, LOOK_BACK_DAYS, band, notices, phase};
use crate::lead::{Class, Money};
use crate::source::Cursor;
use crate::store::{Backfill, Endpoint, EndpointKind, Level, Override, OverrideKind, Pressure};

/// Days of a source's sparkline.
const SPARK_DAYS: i64 = 14;

/// What all lines are drawn from.
struct Drawing {
    endpoints: BTreeMap<String, Endpoint>,
    overrides: Vec<Override>,
    days: BTreeMap<String, Vec<Day>>,
    aside: Vec<(String, u64, u64)>,
    spend: BTreeMap<String, String>,
    pending: BTreeMap<String, u64>,
    worked: SignedDuration,
    today: Date,
    now: Timestamp,
}

impl StoreDesk {
    pub(super) async fn source_lines(&self) -> Result<Vec<SourceLine>, DeskError> {
        let now = self.now();
        let today = now.to_zoned(self.config.business.zone.clone()).date();
        let since = today.checked_sub(HISTORY_DAYS.days()).unwrap_or(today);
        let spend = self.spend_of(self.store.costs(today, today).await?);
        let drawing = Drawing {
            endpoints: self.store.endpoints(EndpointKind::Source).await?,
            overrides: self.store.overrides().await?,
            days: self.store.source_days(since).await?,
            aside: self.store.other_records(Timestamp::UNIX_EPOCH, now).await?,
            spend,
            pending: self.store.pending().await?,
            worked: worked(&self.config, now),
            today,
            now,
        };
        Ok(self.config.sources.values().map(|source| self.source_line(source, &drawing)).collect())
    }

    fn source_line(&self, source: &Source, drawing: &Drawing) -> SourceLine {
        let (now, zone) = (drawing.now, &self.config.business.zone);
        let endpoint = drawing.endpoints.get(&source.id);
        let mut set = drawing.overrides.iter().rev().filter(|set| set.kind == OverrideKind::Source);
        let paused = set.find(|set| set.name == source.id);
        let gaps = self.config.setup_gaps(&source.id);
        let days = drawing.days.get(&source.id).map_or(&[][..], Vec::as_slice);
        let first_ok_at = endpoint.and_then(|one| one.first_ok_at);
        let today = days.iter().find(|day| day.day == drawing.today);
        SourceLine {
            id: source.id.clone(),
            title: source.title.clone(),
            preset: source.preset.clone(),
            told: endpoint.is_some_and(|one| one.facts.told),
            state: state_of(endpoint, paused.is_some(), !gaps.is_empty(), now),
            channel: source.channel.name().into(),
            last_ok_at: endpoint.and_then(|one| one.last_ok_at),
            due_at: endpoint.map(|one| one.due_at).filter(|at| *at > Timestamp::UNIX_EPOCH),
            fails: endpoint.map_or(0, |one| u32::try_from(one.fails).unwrap_or(u32::MAX)),
            error: endpoint.and_then(|one| one.error.clone().filter(|_| one.class.is_some())),
            today: today.map_or(0, |day| day.came),
            days: sparkline(days, drawing.today),
            pending: drawing.pending.get(&source.id).copied().unwrap_or(0),
            lapsed: lately(days, drawing.today).map(|day| day.lapsed).sum(),
            quarantined: drawing.aside.iter().find(|(name, _, _)| *name == source.id).map_or(0, |one| one.2),
            paused: paused.map(|set| self.paused_words(set, now)),
            phase: phase(gaps.len(), first_ok_at, days, zone, now),
            usual: band(days, first_ok_at, drawing.today, zone),
            pays_for: source.pays_for.clone(),
            spend: drawing.spend.get(&source.id).cloned(),
            notices: endpoint.map_or_else(Vec::new, |one| {
                let held = paused.is_some() || !gaps.is_empty() || one.pressure.is_some();
                notices(&seen(&self.config, source, one, (days, drawing.worked), held), now)
            }),
            slowed: endpoint.and_then(|one| one.pressure.as_ref()).map(|pressure| self.slowed_words(pressure, now)),
            avoided: endpoint.and_then(|one| self.avoided_words(source, one, now)),
            backfill: endpoint.and_then(|one| Some(self.backfill_line(one, one.backfill.as_ref()?, now))),
            gaps,
        }
    }

    /// What was spent today by source, in words. What has no rate is shown in its own currency.
    fn spend_of(&self, costs: Vec<(String, String, i64)>) -> BTreeMap<String, String> {
        let mut sums: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        for (source, currency, minor) in costs {
            let home = self.config.in_business_currency(&Money::from_minor(minor, &currency));
            let (currency, minor) = match home.as_ref().and_then(Money::minor) {
                Some(minor) => (self.config.business.currency.clone(), minor),
                None => (currency, minor),
            };
            let of_source = sums.entry(self.config.paid_by(&source).to_owned()).or_default();
            let sum = of_source.entry(currency).or_default();
            *sum = sum.saturating_add(minor);
        }
        let words = |(currency, minor): (String, i64)| Money::from_minor(minor, &currency).to_string();
        let all = |sums: BTreeMap<String, i64>| sums.into_iter().map(words).collect::<Vec<_>>().join(" + ");
        sums.into_iter().map(|(source, sums)| (source, all(sums))).collect()
    }

    /// What holding it back leaves out, now or the last time, and how that is reckoned.
    fn avoided_words(&self, source: &Source, endpoint: &Endpoint, now: Timestamp) -> Option<String> {
        let currency = &self.config.business.currency;
        if let Some(pressure) = &endpoint.pressure {
            let avoided = estimate::avoided(source, endpoint, pressure, now);
            let words = avoided_words(avoided, pressure.usual, pressure.held_until(now).told, currency);
            return Some(words).filter(|_| avoided != Avoided { spend: avoided.spend, ..Avoided::default() });
        }
        let last = endpoint.relieved.as_ref()?;
        let (since, until) = (when(last.since, now, &self.seat.zone), when(last.until, now, &self.seat.zone));
        let words = avoided_words(last.avoided, last.usual, last.told, currency);
        Some(format!("{since} to {until}: {words}"))
    }

    fn paused_words(&self, set: &Override, now: Timestamp) -> String {
        let until = set.until.map_or_else(String::new, |at| format!(" until {}", when(at, now, &self.seat.zone)));
        format!("{}{until}: {}", self.title_of(&set.who), set.reason)
    }

    fn slowed_words(&self, pressure: &Pressure, now: Timestamp) -> String {
        let word = match pressure.level {
            Level::Slow => "read more rarely",
            Level::Paused => "hardly read",
        };
        let until = pressure.until.map_or_else(
            || " for weeks to come".to_owned(),
            |at| if at > now { format!(" until {}", when(at, now, &self.seat.zone)) } else { String::new() },
        );
        let told = match (&pressure.refused, pressure.told_at) {
            (Some(why), _) => format!(" · could not be told to pause: {why}"),
            (None, Some(_)) => " · told to bring no more people".to_owned(),
            (None, None) => String::new(),
        };
        format!("{word}: {} full{until}{told}", fill_words(pressure.fill))
    }

    fn backfill_line(&self, endpoint: &Endpoint, backfill: &Backfill, now: Timestamp) -> BackfillLine {
        let zone = &self.seat.zone;
        let who = if backfill.who == "leadgate" { backfill.why.clone() } else { self.title_of(&backfill.who) };
        let since = when(backfill.since, now, zone);
        let brought = format!("{} read, {} of them new", records(backfill.records.cast_signed()), backfill.fresh);
        if let Some(done) = backfill.done_at {
            let text = format!("from {since} on, done {} ({who}): {brought}", when(done, now, zone));
            return BackfillLine { open: false, text, percent: Some(100) };
        }
        let cursor: Cursor = serde_json::from_str(&endpoint.cursor).unwrap_or_default();
        let percent = cursor.stands_at().and_then(|at| {
            let (done, all) = (backfill.since.duration_until(at), backfill.since.duration_until(backfill.at));
            u8::try_from((done.as_secs().max(0) * 100).checked_div(all.as_secs())?).ok().map(|percent| percent.min(99))
        });
        let far = percent.map_or_else(String::new, |percent| format!("{percent} %, "));
        BackfillLine { open: true, text: format!("from {since} on ({who}): {far}{brought}"), percent }
    }
}

/// `140 %`; what is closed has no percentage.
fn fill_words(fill: u32) -> String {
    if fill >= crate::queue::demand::CLOSED { "closed, so".to_owned() } else { format!("{fill} %") }
}

/// The last [`LOOK_BACK_DAYS`] days.
fn lately(days: &[Day], today: Date) -> impl Iterator<Item = &Day> {
    days.iter().filter(move |day| i64::from((today - day.day).get_days()) < LOOK_BACK_DAYS)
}

/// New leads on each of the last days, oldest first.
fn sparkline(days: &[Day], today: Date) -> Vec<u64> {
    let of = |back: i64| {
        let day = today.checked_sub(back.days()).ok()?;
        Some(days.iter().find(|one| one.day == day).map_or(0, |one| one.asked))
    };
    (0..SPARK_DAYS).rev().map(|back| of(back).unwrap_or(0)).collect()
}

fn state_of(endpoint: Option<&Endpoint>, paused: bool, gaps: bool, now: Timestamp) -> SourceState {
    let Some(endpoint) = endpoint else { return SourceState::New };
    match endpoint.class {
        _ if gaps => SourceState::Setup,
        _ if paused => SourceState::Paused,
        Some(Class::Auth | Class::Config | Class::Gone) => SourceState::Stopped,
        Some(Class::Throttle) => SourceState::Throttled,
        Some(_) => SourceState::Failing,
        None if endpoint.lease_until.is_some_and(|until| until > now) => SourceState::Reading,
        None if endpoint.last_ok_at.is_none() => SourceState::New,
        None if endpoint.pressure.is_some() => SourceState::Slowed,
        None => SourceState::Ok,
    }
}
