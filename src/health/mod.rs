//! How sources are: what is usual for each, what is not as it should be, and what to do about it. Pure
//! functions of stored rows, the config and an instant; the desk shows them, and nothing is switched by them.

mod avoided;
mod phase;
mod volume;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::config::units::words;
pub use avoided::{Avoided, HeldFor, Rhythm, Usual};
pub use phase::{Phase, phase};
pub use volume::{Band, LOOK_BACK_DAYS, band, silent_limit};

/// A token ends within this: warn, and later alarm.
const TOKEN_WARN: SignedDuration = SignedDuration::from_hours(14 * 24);
const TOKEN_ALARM: SignedDuration = SignedDuration::from_hours(3 * 24);
/// A version is switched off within so many days: warn, and later alarm.
const SUNSET_WARN: i64 = 60;
const SUNSET_ALARM: i64 = 14;
/// Late arrivals are counted over so many days.
const LATE_DAYS: i64 = 7;
/// A source counts as unread after so many of its longest intervals, and not before `UNREAD_AT_LEAST`.
const UNREAD_READS: i32 = 3;
const UNREAD_AT_LEAST: SignedDuration = SignedDuration::from_mins(15);

/// What is known of a source besides its records, as its preset and its far side say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// How long the vendor keeps what is not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<SignedDuration>,
    /// When the token ends for which a person must sign in again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_until: Option<Timestamp>,
    /// A person made the token at the vendor, and did not sign in here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub token_by_hand: bool,
    /// The version of the vendor's interface in use, and the day it is switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sunset: Option<(String, Date)>,
    /// It is not read, but tells each lead by itself: only silence says anything about it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
    /// How far each read goes back behind the cursor, for records that arrive late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<SignedDuration>,
}

/// What a source brought on one of the business's local days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub day: Date,
    /// New leads who asked on that day, whenever they were read.
    pub asked: u64,
    /// New leads that were stored on that day.
    pub came: u64,
    /// Further touches of known people, stored on that day.
    pub touches: u64,
    /// Records kept aside on that day.
    pub aside: u64,
    /// Of the new ones, those the cursor had passed already.
    pub late: u64,
    /// How late the latest of these was, in seconds.
    pub late_secs: i64,
    /// People who never confirmed their sign-up and were given up on that day.
    pub lapsed: u64,
}

/// How serious something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Good to know.
    Info,
    /// Look at it soon.
    Warn,
    /// Leads are being lost, or will be.
    Alarm,
}

/// Something about a source that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// How serious.
    pub weight: Weight,
    /// A stable word for scripts: `silent`, `volume`, `unread`, `retention`, `token`, `sunset`, `late`, `departures`,
    /// `gap`.
    pub kind: String,
    /// What it is, in words.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// What is known of a source at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Config id.
    pub id: &'a str,
    /// Its longest usual interval.
    pub every_at_most: SignedDuration,
    /// Working time without anybody new before it is silent; `None` is learnt.
    pub silent_after: Option<SignedDuration>,
    /// Nobody reads it on purpose: paused, slowed, or not set up.
    pub held: bool,
    /// First complete read.
    pub first_ok_at: Option<Timestamp>,
    /// Last complete read.
    pub last_ok_at: Option<Timestamp>,
    /// When it last brought something new.
    pub last_new_at: Option<Timestamp>,
    /// Since when its rosters miss too many.
    pub doubt_at: Option<Timestamp>,
    /// Nobody read it for a while, and since then it is being read again.
    pub gap_since: Option<Timestamp>,
    /// When its token ends, as the operator says.
    pub token_until: Option<Timestamp>,
    /// What its preset and its far side say.
    pub facts: &'a Facts,
    /// Its days, oldest first; days on which nothing came are absent.
    pub days: &'a [Day],
    /// The business's hours.
    pub hours: &'a Calendar,
    /// Working time of the last [`LOOK_BACK_DAYS`] days.
    pub worked: SignedDuration,
}

/// Everything that is not as it should be, the most serious first.
pub fn notices(seen: &Seen<'_>, now: Timestamp) -> Vec<Notice> {
    let found = [
        retention(seen, now),
        token(seen, now),
        sunset(seen, now),
        silent(seen, now),
        unread(seen, now),
        volume(seen, now),
        gap(seen),
        doubted(seen),
        late(seen, now),
    ];
    let mut found: Vec<Notice> = found.into_iter().flatten().collect();
    found.sort_by_key(|notice| std::cmp::Reverse(notice.weight));
    found
}

#[allow(clippy::unnecessary_wraps)] // every check ends in one or in none
fn notice(weight: Weight, kind: &str, what: String, fix: impl Into<String>) -> Option<Notice> {
    Some(Notice { weight, kind: kind.into(), what, fix: fix.into() })
}

/// A length of time without the small change: hours from two hours on, days from two days on.
pub fn about(length: SignedDuration) -> String {
    let secs = length.as_secs().max(0);
    let unit = if secs >= 2 * 86_400 {
        86_400
    } else if secs >= 7_200 {
        3_600
    } else {
        60
    };
    words(SignedDuration::from_secs((secs / unit).max(1) * unit))
}

/// A third of what the vendor keeps has passed unread: warn; two thirds: alarm (`sources` 11.5).
fn retention(seen: &Seen<'_>, now: Timestamp) -> Option<Notice> {
    let (kept, last) = (seen.facts.retention?, seen.last_ok_at?);
    let away = last.duration_until(now);
    let weight = match () {
        () if away > kept / 3 * 2 => Weight::Alarm,
        () if away > kept / 3 => Weight::Warn,
        () => return None,
    };
    let first = crate::clock::later(last, kept).to_zoned(seen.hours.zone().clone()).strftime("%-d %b %Y");
    let what =
        format!("not read for {}; the vendor forgets leads after {}: the first on {first}", about(away), words(kept));
    notice(weight, "retention", what, format!("mend or resume it, then `leadgate source now {}`", seen.id))
}

fn token(seen: &Seen<'_>, now: Timestamp) -> Option<Notice> {
    let by_hand = seen.token_until.filter(|end| seen.facts.token_until.is_none_or(|other| *end < other));
    let until = by_hand.or(seen.facts.token_until)?;
    let left = now.duration_until(until);
    let weight = match () {
        () if left <= TOKEN_ALARM => Weight::Alarm,
        () if left <= TOKEN_WARN => Weight::Warn,
        () => return None,
    };
    let (thing, fix) = match by_hand {
        Some(_) => (
            "token",
            format!("make a new one at the vendor, set it, and its last day as source.{}.token_until", seen.id),
        ),
        None if seen.facts.token_by_hand => ("token", "make a new one at the vendor and set it".to_owned()),
        None => ("sign-in", format!("sign in again: `leadgate source login {}`", seen.id)),
    };
    let what = if left.is_negative() || left.is_zero() {
        format!("its {thing} has ended")
    } else {
        format!("its {thing} ends in {}", about(left))
    };
    notice(weight, "token", what, fix)
}

fn sunset(seen: &Seen<'_>, now: Timestamp) -> Option<Notice> {
    let (version, on) = seen.facts.sunset.as_ref()?;
    let today = now.to_zoned(seen.hours.zone().clone()).date();
    let left = i64::from((*on - today).get_days());
    let weight = match () {
        () if left <= SUNSET_ALARM => Weight::Alarm,
        () if left <= SUNSET_WARN => Weight::Warn,
        () => return None,
    };
    let what = if left <= 0 {
        format!("version {version} of its interface was switched off on {on}")
    } else {
        format!("version {version} of its interface is switched off on {on}")
    };
    notice(weight, "sunset", what, "set a newer version in the source's variables, or update leadgate")
}

/// Nobody new for longer than this source is ever without (or than the operator says), in working time.
fn silent(seen: &Seen<'_>, now: Timestamp) -> Option<Notice> {
    if seen.held {
        return None;
    }
    let learnt = silent_limit(seen.days, seen.first_ok_at, seen.worked, seen.hours.zone(), now);
    let limit = seen.silent_after.or(learnt)?;
    let since = seen.last_new_at.or(seen.first_ok_at)?;
    let bounded = since.max(crate::clock::earlier(now, SignedDuration::from_hours(24 * LOOK_BACK_DAYS)));
    let silence = seen.hours.elapsed(bounded, now);
    if silence < limit {
        return None;
    }
    let usual = match (seen.silent_after, learnt) {
        (Some(limit), _) => format!("you allow {}", words(limit)),
        _ => format!("so long happens by chance once in a thousand times; {} would be long", about(limit)),
    };
    let what = format!("silent for {} of working time ({usual})", about(silence));
    notice(
        Weight::Alarm,
        "silent",
        what,
        "look whether the form or the campaign still runs, and send a test through it",
    )
}

fn unread(seen: &Seen<'_>, now: Timestamp) -> Option<Notice> {
    let away = seen.last_ok_at?.duration_until(now);
    if seen.held || seen.facts.told || away <= (seen.every_at_most * UNREAD_READS).max(UNREAD_AT_LEAST) {
        return None;
    }
    notice(Weight::Warn, "unread", format!("not read for {}", about(away)), "see its error, or start the engine")
}

/// Yesterday brought less, or today brings more, than this weekday usually does.
fn volume(seen: &Seen<'_>, now: Timestamp) -> Option<Notice> {
    let today = now.to_zoned(seen.hours.zone().clone()).date();
    let yesterday = today.yesterday().ok()?;
    let of = |day: Date| seen.days.iter().find(|one| one.day == day).map_or(0, |one| one.asked);
    let weekday = |day: Date| day.strftime("%A").to_string();
    let zone = seen.hours.zone();
    if let Some(usual) = band(seen.days, seen.first_ok_at, today, zone).filter(|usual| of(today) > usual.high) {
        let what = format!("{} today already; {} is usual on a {}", of(today), usual.words(), weekday(today));
        return notice(Weight::Info, "volume", what, "if they are wanted: look at Capacity (2)");
    }
    let complete = seen.last_ok_at.is_some_and(|at| at.to_zoned(zone.clone()).date() > yesterday);
    let usual = band(seen.days, seen.first_ok_at, yesterday, zone).filter(|_| complete && !seen.held)?;
    if of(yesterday) >= usual.low {
        return None;
    }
    let what = format!("{} yesterday; {} is usual on a {}", of(yesterday), usual.words(), weekday(yesterday));
    notice(Weight::Warn, "volume", what, "look whether the form or the campaign still runs as before")
}

fn gap(seen: &Seen<'_>) -> Option<Notice> {
    let since = seen.gap_since?.to_zoned(seen.hours.zone().clone());
    let what = format!("nobody read it for a while: it is read again from {} on", since.strftime("%-d %b %H:%M"));
    notice(Weight::Warn, "gap", what, "nothing to do; its late leads come with their own times")
}

fn doubted(seen: &Seen<'_>) -> Option<Notice> {
    seen.doubt_at?;
    let what = "more than half of its people are missing at once; nobody is withdrawn before that was seen for a day";
    let fix = "look whether the key may still see everybody";
    notice(Weight::Warn, "departures", what.into(), fix)
}

/// Records that arrived behind the cursor: the overlap found them, and may be too short for others.
fn late(seen: &Seen<'_>, now: Timestamp) -> Option<Notice> {
    let today = now.to_zoned(seen.hours.zone().clone()).date();
    let lately = seen.days.iter().filter(|day| i64::from((today - day.day).get_days()) < LATE_DAYS);
    let (count, worst) = lately.fold((0, 0), |(count, worst), day| (count + day.late, worst.max(day.late_secs)));
    if count == 0 {
        return None;
    }
    let worst = SignedDuration::from_secs(worst);
    let came = if count == 1 { "1 record came".to_owned() } else { format!("{count} records came") };
    let what = format!("{came} late in {LATE_DAYS} days, by up to {}", about(worst));
    match seen.facts.overlap {
        Some(overlap) if worst * 2 < overlap => {
            notice(Weight::Info, "late", what, format!("the overlap of {} covers it", words(overlap)))
        }
        overlap => {
            let now_is = overlap.map_or_else(String::new, |overlap| format!(" (now {})", words(overlap)));
            let hours = (worst * 2).as_secs().div_euclid(3_600) + 1;
            let wanted = words(SignedDuration::from_hours(hours));
            notice(Weight::Warn, "late", what, format!("raise the overlap of its preset to {wanted}{now_is}"))
        }
    }
}

#[cfg(test)]
mod tests;
