//! Working time: OSM opening hours in a zone with public holidays, and the two functions every response
//! clock uses, [`Calendar::add`] and [`Calendar::elapsed`] (`domain-rules` 5).
//!
//! A shift over midnight belongs to the day it begins on (`shifts`). Hours are written on the local clock; durations are real seconds. A boundary that falls into a gap of
//! the zone moves to the gap's end, a repeated hour counts twice.

mod shifts;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use compact_calendar::CompactCalendar;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use opening_hours::localization::Country;
use opening_hours::{Context, ContextHolidays, OpeningHours};

use crate::clock::later;
use shifts::Shifts;

/// No clock looks further ahead than this for working time.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 366 * 3);
/// Years for which opening hours are worked out.
pub const YEARS: RangeInclusive<i16> = 1900..=2199;
/// Years for which public holidays are known.
pub const HOLIDAY_YEARS: RangeInclusive<i16> = 2000..=2076;
/// Working spans are worked out for so many seconds at once: 32 days.
const STRETCH_SECS: i64 = 32 * 86_400;
/// Most stretches kept in mind: a horizon and a year of history.
const STRETCHES_MAX: usize = 64;

/// Hours that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Not OSM opening hours.
    #[error("{text:?} is not opening hours: {why}")]
    Hours {
        /// As written.
        text: String,
        /// Where it cannot be read any more.
        why: String,
    },
    /// No holidays are known for this country.
    #[error(
        "no public holidays are known for {0:?}: give a country's two letters in ISO 3166-1, like \"DE\", and a region's own days as extra holidays"
    )]
    Country(String),
}

/// Days that differ from the country's public holidays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HolidayChanges {
    /// Public holidays here, though not in the country's list.
    pub extra: Vec<Date>,
    /// Working days here, though in the country's list.
    pub not: Vec<Date>,
}

/// When somebody works.
#[derive(Clone)]
pub struct Calendar {
    text: String,
    zone: TimeZone,
    hours: Arc<Shifts>,
    /// Spans by stretch of [`STRETCH_SECS`]: every stage asks about the same weeks again and again.
    known: Arc<Mutex<BTreeMap<i64, Arc<[Span]>>>>,
}

/// A working span.
type Span = (Timestamp, Timestamp);

impl std::fmt::Debug for Calendar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Calendar").field("text", &self.text).finish_non_exhaustive()
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.zone == other.zone
    }
}

impl Calendar {
    /// Reads OSM opening hours (`Mo-Fr 09:00-17:00; PH off`) on the local clock of `zone`, with the
    /// public holidays of `country` (ISO 3166-1 alpha-2).
    ///
    /// # Errors
    /// The hours cannot be read, or no holidays are known for the country.
    pub fn parse(text: &str, zone: &TimeZone, country: &str, days: &HolidayChanges) -> Result<Self, CalendarError> {
        let hours = text
            .parse::<OpeningHours>()
            .map_err(|error| CalendarError::Hours { text: text.to_owned(), why: unread(text, &error.to_string()) })?;
        let country: Country = country.parse().map_err(|_| CalendarError::Country(country.to_owned()))?;
        let mut holidays = CompactCalendar::default();
        let known = country.holidays();
        let changed = |day: &NaiveDate| days.not.iter().any(|not| same_day(*not, *day));
        let extra = days.extra.iter().filter_map(|day| naive_date(*day));
        for day in known.get_public().iter().filter(|day| !changed(day)).chain(extra) {
            holidays.insert(day);
        }
        let context = Context::default().with_holidays(ContextHolidays::new(Arc::new(holidays), Arc::default()));
        let unsplit = || CalendarError::Hours {
            text: text.to_owned(),
            why: "it goes over midnight in a way that cannot be worked out: write one rule for each group of days"
                .into(),
        };
        let hours = Arc::new(Shifts::new(hours, &context).ok_or_else(unsplit)?);
        Ok(Self { text: text.to_owned(), zone: zone.clone(), hours, known: Arc::default() })
    }

    /// The hours as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The zone of the local clock.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Is it working time at `at`?
    pub fn is_open(&self, at: Timestamp) -> bool {
        // A second is enough to see; the horizon would join years of touching spans first.
        self.spans(at, later(at, SignedDuration::from_secs(1))).next().is_some_and(|span| span.0 <= at)
    }

    /// The first working instant at or after `at`; `None` when it never opens.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        self.spans(at, later(at, HORIZON)).next().map(|(start, _)| start.max(at))
    }

    /// When working time at `at` ends, or begins when it is not working time.
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let mut spans = self.spans(at, later(at, HORIZON));
        let (start, mut end) = spans.next()?;
        if start > at {
            return Some(start);
        }
        for (next_start, next_end) in spans {
            if next_start > end {
                return Some(end);
            }
            end = next_end;
        }
        (end < later(at, HORIZON)).then_some(end)
    }

    /// The earliest instant by which `duration` of working time has passed since `at`; `add(t, 0) = t`.
    /// `None` when the hours never give that much.
    pub fn add(&self, at: Timestamp, duration: SignedDuration) -> Option<Timestamp> {
        if duration <= SignedDuration::ZERO {
            return Some(at);
        }
        let mut left = duration;
        for (start, end) in self.spans(at, later(at, HORIZON)) {
            let length = start.duration_until(end);
            if length >= left {
                return start.checked_add(left).ok();
            }
            left -= length;
        }
        None
    }

    /// Working time between `from` and `to`; zero when `to` is not later.
    pub fn elapsed(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        if to <= from {
            return SignedDuration::ZERO;
        }
        self.spans(from, to).fold(SignedDuration::ZERO, |sum, (start, end)| sum + start.duration_until(end))
    }

    /// Disjoint working spans inside `from..to`, in order, cut to it; touching ones may be split.
    pub fn spans(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let stretch = |at: Timestamp| at.as_second().div_euclid(STRETCH_SECS);
        (stretch(from)..=stretch(to))
            .flat_map(move |number| {
                let spans = self.stretch(number);
                let first = spans.partition_point(|(_, end)| *end <= from);
                (first..spans.len()).filter_map(move |place| spans.get(place).copied())
            })
            .take_while(move |(start, _)| *start < to)
            .map(move |(start, end)| (start.max(from), end.min(to)))
            .filter(|(start, end)| start < end)
    }

    /// The spans of one stretch of time, worked out once.
    fn stretch(&self, number: i64) -> Arc<[Span]> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(spans) = known().get(&number) {
            return Arc::clone(spans);
        }
        let edge = |number: i64| Timestamp::from_second(number.saturating_mul(STRETCH_SECS));
        let from = edge(number).unwrap_or(Timestamp::MIN);
        let to = edge(number.saturating_add(1)).unwrap_or(Timestamp::MAX);
        let mut spans: Vec<Span> = self.read(from, to).collect();
        // Two spans inside an hour that the local clock repeats are read one after the other, twice each; a
        // shift of the evening before may reach into today's.
        spans.sort_unstable();
        spans.dedup_by(|next, last| {
            let joined = next.0 <= last.1;
            if joined {
                last.1 = last.1.max(next.1);
            }
            joined
        });
        let spans: Arc<[Span]> = spans.into();
        let mut known = known();
        if known.len() >= STRETCHES_MAX {
            known.pop_first();
        }
        known.insert(number, Arc::clone(&spans));
        spans
    }

    /// Works the spans inside `from..to` out from the hours as written.
    fn read(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Span> + '_ {
        // The local clock may repeat an hour: start a day earlier and cut to the instants asked for.
        let local_from = self.zone.to_datetime(from).saturating_sub(SignedDuration::from_hours(24));
        let local_to = self.zone.to_datetime(to).saturating_add(SignedDuration::from_hours(24));
        let range = naive(local_from).zip(naive(local_to));
        range
            .into_iter()
            .flat_map(|(start, end)| self.hours.open(start, end))
            .filter_map(|(start, end)| civil(start).zip(civil(end)))
            .flat_map(move |(start, end)| self.instants(start, end))
            .map(move |(start, end)| (start.max(from), end.min(to)))
            .filter(|(start, end)| start < end)
    }

    /// The instants at which the local clock shows a time in `start..end`: one piece for each stretch of
    /// constant offset, so that a gap is skipped and a repeated hour counts twice.
    fn instants(&self, start: DateTime, end: DateTime) -> Vec<(Timestamp, Timestamp)> {
        let utc = |local: DateTime| Offset::UTC.to_timestamp(local).ok();
        let Some((low, high)) = utc(start).zip(utc(end)) else { return Vec::new() };
        let low = low.saturating_sub(SignedDuration::from_hours(26)).unwrap_or(low);
        let high = later(high, SignedDuration::from_hours(26));
        let mut pieces = Vec::with_capacity(1);
        let mut piece = (low, self.zone.to_offset(low));
        let changes = self.zone.following(low).take_while(|change| change.timestamp() < high);
        for (until, next) in changes.map(|change| (change.timestamp(), change.offset())).chain([(high, Offset::UTC)]) {
            let (since, offset) = piece;
            if let Ok((first, last)) = offset.to_timestamp(start).and_then(|a| Ok((a, offset.to_timestamp(end)?))) {
                let (first, last) = (first.max(since), last.min(until));
                if first < last {
                    pieces.push((first, last));
                }
            }
            piece = (until, next);
        }
        pieces
    }
}

/// A zone by its place, like `Europe/Berlin`, or UTC. A POSIX rule or a fixed offset would be understood, too,
/// and go wrong at the next clock change.
pub fn zone_by_place(name: &str) -> Option<TimeZone> {
    let by_place = name.contains('/') || name == "UTC";
    TimeZone::get(name).ok().filter(|_| by_place)
}

/// Where the parser stopped, without its own vocabulary.
fn unread(text: &str, why: &str) -> String {
    let column = why.lines().find_map(|line| line.trim().strip_prefix("--> 1:")?.parse::<usize>().ok());
    let rest: String = text.chars().skip(column.unwrap_or(1).saturating_sub(1)).collect();
    match rest.trim() {
        "" => "it ends too early".into(),
        rest => format!("it cannot be read from {rest:?} on; hours have four digits, 09:00-17:00"),
    }
}

fn naive_date(day: Date) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year().into(), day.month().unsigned_abs().into(), day.day().unsigned_abs().into())
}

fn same_day(a: Date, b: NaiveDate) -> bool {
    naive_date(a) == Some(b)
}

fn naive(local: DateTime) -> Option<NaiveDateTime> {
    naive_date(local.date())?.and_hms_opt(
        local.hour().unsigned_abs().into(),
        local.minute().unsigned_abs().into(),
        local.second().unsigned_abs().into(),
    )
}

fn civil(local: NaiveDateTime) -> Option<DateTime> {
    DateTime::new(
        local.year().try_into().ok()?,
        local.month().try_into().ok()?,
        local.day().try_into().ok()?,
        local.hour().try_into().ok()?,
        local.minute().try_into().ok()?,
        local.second().try_into().ok()?,
        0,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin(text: &str) -> Calendar {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        Calendar::parse(text, &zone, "DE", &HolidayChanges::default()).unwrap()
    }

    fn local(text: &str) -> Timestamp {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        text.parse::<DateTime>().unwrap().to_zoned(zone).unwrap().timestamp()
    }

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    #[test]
    fn answers_are_due_in_working_time() {
        let week = berlin("Mo-Fr 09:00-17:00; PH off");
        for (asked, due) in [
            ("2026-11-20T16:30", "2026-11-23T09:30"),
            ("2026-11-20T16:00", "2026-11-20T17:00"),
            ("2026-11-21T10:00", "2026-11-23T10:00"),
            ("2026-11-21T20:00", "2026-11-23T10:00"),
            ("2026-12-24T16:30", "2026-12-28T09:30"), // Christmas Friday, then the weekend
        ] {
            assert_eq!(week.add(local(asked), HOUR), Some(local(due)), "{asked}");
        }
        assert_eq!(week.add(local("2026-11-21T10:00"), SignedDuration::ZERO), Some(local("2026-11-21T10:00")));
    }

    #[test]
    fn a_calendar_that_never_opens_has_no_due_time() {
        let never = berlin("Mo-Su off");
        assert_eq!(never.add(local("2026-11-20T16:30"), HOUR), None);
        assert_eq!(never.next_open(local("2026-11-20T16:30")), None);
        assert!(!never.is_open(local("2026-11-20T16:30")));
    }

    #[test]
    fn clock_changes_count_real_seconds() {
        let night = berlin("Mo-Su 00:00-06:00");
        let spring = (local("2026-03-29T00:00"), local("2026-03-29T06:00"));
        assert_eq!(night.elapsed(spring.0, spring.1), SignedDuration::from_hours(5));
        let autumn = (local("2026-10-25T00:00"), local("2026-10-25T06:00"));
        assert_eq!(night.elapsed(autumn.0, autumn.1), SignedDuration::from_hours(7));
        // A span inside the repeated hour is worked twice; one that begins in the gap begins at its end.
        let short = berlin("Mo-Su 02:15-02:45");
        assert_eq!(short.elapsed(autumn.0, autumn.1), HOUR);
        assert_eq!(short.elapsed(spring.0, spring.1), SignedDuration::ZERO);
        let gap = berlin("Mo-Su 02:30-04:00");
        assert_eq!(gap.next_open(spring.0), Some(local("2026-03-29T03:00")));
    }

    #[test]
    fn round_the_clock_never_changes() {
        let always = berlin("24/7");
        let at = local("2026-10-25T00:30");
        assert!(always.is_open(at));
        assert_eq!(always.next_change(at), None);
        assert_eq!(always.add(at, HOUR), Some(at + HOUR));
    }

    #[test]
    fn local_holidays_can_be_added_and_taken_away() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let days =
            HolidayChanges { extra: vec!["2026-11-23".parse().unwrap()], not: vec!["2026-12-25".parse().unwrap()] };
        let here = Calendar::parse("Mo-Fr 09:00-17:00; PH off", &zone, "DE", &days).unwrap();
        assert!(!here.is_open(local("2026-11-23T10:00")));
        assert!(here.is_open(local("2026-12-25T10:00")));
    }

    proptest::proptest! {
        #[test]
        fn elapsed_inverts_add_and_splits(start in 1_767_225_600_i64..1_830_297_600, minutes in 0_i64..20_000, cut in 0_i64..40_000) {
            let week = berlin("Mo-Fr 08:00-12:00,13:00-17:30; Sa 10:00-02:00; PH off");
            let at = Timestamp::from_second(start).unwrap();
            let want = SignedDuration::from_mins(minutes);
            let due = week.add(at, want).unwrap();
            proptest::prop_assert_eq!(week.elapsed(at, due), want);
            let middle = at + SignedDuration::from_mins(cut);
            let end = middle + SignedDuration::from_mins(cut);
            proptest::prop_assert_eq!(week.elapsed(at, middle) + week.elapsed(middle, end), week.elapsed(at, end));
        }
    }
}
