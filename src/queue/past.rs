//! How many places a cap had over a stretch of time: what each of its windows let through, where somebody was there
//! to take it (`domain-rules` 7: capacity). Of the windows the throttle counts in, by the maxima it went by then.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::Rules;
use super::attendance::Said;
use super::limit::{due, window_of};
use crate::config::checked::{Cap, Per, Person, Scope, Unit};

/// Most windows that are added up: three years of hours.
const WINDOWS_MOST: usize = 30_000;
/// Longest window whose working days are counted.
const WINDOW_LONGEST: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Half-open.
pub type Span = (Timestamp, Timestamp);

/// A value that somebody set while running, and over what time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Set {
    /// From then on, until before then.
    pub over: Span,
    /// A maximum, or a [`Said`] by its number.
    pub value: i64,
}

/// What was set over the config, by cap and by person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// Maxima, by cap id.
    pub caps: BTreeMap<String, Vec<Set>>,
    /// What was said of people, by id.
    pub people: BTreeMap<String, Vec<Set>>,
}

/// Places of a cap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Places {
    /// So many.
    pub count: u64,
    /// Every maximum was 0.
    pub closed: bool,
    /// Windows of which only a part lies in the time.
    pub cut: u64,
    /// Somebody set a maximum within it.
    pub set: bool,
}

/// Why a cap has no number of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlimited {
    /// It never stops a lead on account of how many leads there were: it is soft, counts open leads, money, weight,
    /// only some leads, or for ever.
    Otherwise,
    /// There were days on which it let everything through.
    Sometimes,
    /// Its windows are too many or too long to be added up.
    Uncounted,
}

/// The places of `cap` in `of`, by the rules of the config without what is set now and with what was set then. A
/// window counts where somebody of its scope is at work in it, with the largest maximum it had; of one that is cut
/// by `of`, what its working days in `of` are worth ([`due`]).
///
/// # Errors
/// Why it has no number.
pub fn places(cap: &Cap, rules: &Rules, past: &Past, of: Span) -> Result<Places, Unlimited> {
    let none = Vec::new();
    let sets = past.caps.get(&cap.id).unwrap_or(&none);
    let counts_leads = cap.unit == Unit::Lead && !matches!(cap.per, Per::Total | Per::Open);
    if !counts_leads || cap.soft || cap.only.is_some() || cap.stop_loss.is_some() {
        return Err(Unlimited::Otherwise);
    }
    let zone = &rules.config.business.zone;
    let windows = windows(cap, rules, of)?;
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else { return Ok(Places::default()) };
    let there = attended(&cap.scope, rules, past, (first.0, last.1));
    let mut found = Places { closed: true, ..Places::default() };
    for window in &windows {
        let inside = (window.0.max(of.0), window.1.min(of.1));
        let max = most(cap, sets, zone, inside).ok_or(Unlimited::Sometimes)?;
        found.set |= sets.iter().any(|set| overlaps(set.over, inside));
        found.closed &= max == 0;
        if inside == *window {
            let at_work = there.get(there.partition_point(|span| span.1 <= window.0));
            found.count += if at_work.is_some_and(|span| span.0 < window.1) { u64::from(max) } else { 0 };
            continue;
        }
        let days = days(&there, *window, zone);
        let before = |at: Timestamp| days.range(..at.to_zoned(zone.clone()).date()).count();
        let until = if inside.1 == window.1 { days.len() } else { before(inside.1) };
        found.count += u64::from(due(max, until, days.len())) - u64::from(due(max, before(inside.0), days.len()));
        found.cut += u64::from(window.1 > of.1 || before(inside.0) > 0);
    }
    Ok(found)
}

/// Until when the places of a cap count at `now`: the window of now is counted whole, one of several days up to the
/// end of today.
pub fn counted_until(cap: &Cap, rules: &Rules, now: Timestamp) -> Timestamp {
    let zone = &rules.config.business.zone;
    let tomorrow = now.to_zoned(zone.clone()).date().tomorrow().ok().and_then(|day| start(day, zone));
    let window = window_of(cap, rules, now).map(|(_, end)| end);
    window.into_iter().chain(tomorrow).min().unwrap_or(now)
}

/// The windows that overlap `of`; those of a cap that rolls are laid end to end.
fn windows(cap: &Cap, rules: &Rules, (from, to): Span) -> Result<Vec<Span>, Unlimited> {
    let mut found: Vec<Span> = Vec::new();
    let mut at = from;
    while at < to {
        let window = match cap.rolls() {
            Some(length) => at.checked_add(length).ok().map(|end| (at, end)),
            None => window_of(cap, rules, at),
        };
        let window = window.filter(|(start, end)| start.duration_until(*end) <= WINDOW_LONGEST && *end > at);
        let window = window.filter(|_| found.len() < WINDOWS_MOST).ok_or(Unlimited::Uncounted)?;
        at = window.1;
        found.push(window);
    }
    Ok(found)
}

/// The largest maximum in force at some time of `over`; `None` where there was none at some time of it.
fn most(cap: &Cap, sets: &[Set], zone: &TimeZone, over: Span) -> Option<u32> {
    let by_hand = sets.iter().filter(|set| overlaps(set.over, over));
    let mut most = by_hand.map(|set| u32::try_from(set.value).unwrap_or(0)).max();
    let all: Vec<Span> = sets.iter().map(|set| set.over).collect();
    for (mut at, end) in without(&[over], &all) {
        while at < end {
            most = most.max(Some(cap.max_at(zone, at)?));
            let tomorrow = at.to_zoned(zone.clone()).date().tomorrow().ok().and_then(|day| start(day, zone));
            // The same on every day where no weekday is named.
            at = tomorrow.filter(|_| cap.by_day.is_some()).unwrap_or(end);
        }
    }
    most
}

/// When somebody of a scope is at work, in order and disjoint.
fn attended(scope: &Scope, rules: &Rules, past: &Past, all: Span) -> Vec<Span> {
    let theirs = |person: &&Person| match scope {
        Scope::Team(team) => person.team == *team,
        Scope::Person(id) => person.id == *id,
        _ => true,
    };
    let people = rules.config.people.values().filter(theirs);
    joined(people.flat_map(|person| at_work(person, rules, past, all)).collect())
}

/// When somebody is at work and their team takes leads, by hours, absences and what was said of them.
fn at_work(person: &Person, rules: &Rules, past: &Past, all: Span) -> Vec<Span> {
    let said = |which: &[Said]| -> Vec<Span> {
        let sets = past.people.get(&person.id).into_iter().flatten();
        sets.filter(|set| which.contains(&Said::from_number(set.value))).map(|set| set.over).collect()
    };
    let by_hours = match rules.config.teams.get(&person.team) {
        Some(team) if team.hand_off_outside_hours => vec![all],
        team => {
            let own: Vec<Span> = person.hours.spans(all.0, all.1).collect();
            let shut = team.map(|team| without(&[all], &team.hours.spans(all.0, all.1).collect::<Vec<_>>()));
            without(&own, &shut.unwrap_or_default())
        }
    };
    let absent = rules.attendance.get(&person.id).map_or(&[][..], |attendance| &attendance.absent);
    let mut away = without(absent, &said(&[Said::On, Said::Back]));
    away.extend(said(&[Said::Leave, Said::Off]));
    let mut found = without(&by_hours, &away);
    let called = said(&[Said::On]).into_iter().map(|(from, to)| (from.max(all.0), to.min(all.1)));
    found.extend(called.filter(|(from, to)| from < to));
    found
}

/// The local days of a window on which there are working spans.
fn days(there: &[Span], window: Span, zone: &TimeZone) -> BTreeSet<Date> {
    let mut found = BTreeSet::new();
    for span in there.iter().filter(|span| overlaps(**span, window)) {
        let (from, to) = (span.0.max(window.0), span.1.min(window.1));
        let last = to.checked_sub(SignedDuration::from_micros(1)).unwrap_or(to).to_zoned(zone.clone()).date();
        found.extend(from.to_zoned(zone.clone()).date().series(1.day()).take_while(|day| *day <= last));
    }
    found
}

fn start(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    day.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

fn overlaps(a: Span, b: Span) -> bool {
    a.0 < b.1 && b.0 < a.1
}

fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    spans.dedup_by(|next, last| {
        let touch = next.0 <= last.1;
        if touch {
            last.1 = last.1.max(next.1);
        }
        touch
    });
    spans
}

/// What is left of `spans` without `gone`, both in any order.
fn without(spans: &[Span], gone: &[Span]) -> Vec<Span> {
    let gone = joined(gone.to_vec());
    let mut left = Vec::new();
    for (from, to) in spans {
        let mut at = *from;
        let first = gone.partition_point(|span| span.1 <= at);
        for (begins, ends) in gone.iter().skip(first).take_while(|span| span.0 < *to) {
            if *begins > at {
                left.push((at, *begins));
            }
            at = at.max(*ends);
        }
        if at < *to {
            left.push((at, *to));
        }
    }
    left
}
