//! What is new: from where a walk begins, when it may stop early, and the cursor it leaves behind. Moments come
//! from the source's own clock (the greatest value seen, or its `Date` header), never from ours.

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Cursor;
use super::page::Page;
use super::paging::{Bound, Walk, holds_hash};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::preset::document::{BoundDoc, CursorDoc, GrainDoc, Order, Strategy};
use crate::preset::fault::Fault;
use crate::preset::read::PathDoc;
use crate::preset::{Names, Reader, Scope, Template, Values, instant};

/// Most page hashes remembered from one poll to the next, shared by all parents.
const HASHES_MAX: usize = 4_096;
/// By how much an exclusive bound is stepped back.
const BOUND_STEP: SignedDuration = SignedDuration::from_secs(1);
/// By how much a bound of whole days is stepped back.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Longest token the far side may give to go on from, in bytes.
const TOKEN_MAX: usize = 8 * 1024;

/// A compiled cursor.
#[derive(Debug)]
pub struct Reach {
    strategy: Strategy,
    order: Order,
    /// Each time read again so far behind the cursor.
    pub overlap: SignedDuration,
    settle: SignedDuration,
    backfill: SignedDuration,
    behind: SignedDuration,
    ahead: SignedDuration,
    restate: Option<SignedDuration>,
    exclusive: bool,
    by_day: bool,
    zone: TimeZone,
    has_field: bool,
    token: Option<Reader>,
    /// Tell who has left.
    pub departures: bool,
    /// Changes with everything that could make the same page mean something else.
    fingerprint: String,
}

/// The zone of a preset's days and naive moments.
///
/// # Errors
/// It is none.
pub fn zone(doc: &CursorDoc, values: &Values) -> Result<Option<TimeZone>, Fault> {
    let Some(text) = &doc.zone else { return Ok(None) };
    let within = |fault: Fault| fault.within("cursor.zone");
    let template = Template::compile(text, &values.scope(Scope::new(), false)).map_err(within)?;
    let name = template.text(&values.context()).map_err(within)?;
    match name.as_str() {
        // A stand-in or a variable left out.
        "" => Ok(None),
        "sample" => Ok(Some(TimeZone::UTC)),
        name => TimeZone::get(name)
            .map(Some)
            .map_err(|_| within(Fault::about(text, format!("`{name}` is not a time zone like Europe/Oslo")))),
    }
}

impl Reach {
    /// Compiles. `backfill`: how far back the operator lets the first read go.
    ///
    /// # Errors
    /// Names what is missing or cannot be meant.
    pub fn compile(
        doc: &CursorDoc,
        values: &Values,
        backfill: SignedDuration,
        fingerprint: String,
    ) -> Result<Self, Fault> {
        compile(doc, values, backfill, fingerprint).map_err(|fault| fault.within("cursor"))
    }

    /// What a walk that asks anew takes as its bound.
    pub fn bound(&self) -> Bound {
        let step = if self.exclusive { BOUND_STEP } else { SignedDuration::ZERO };
        if self.strategy == Strategy::Id { Bound::Id } else { Bound::Moment(self.overlap + step) }
    }

    /// Sets the bounds of a walk. `now` is the far side's present.
    pub fn begin(&self, walk: &mut Walk, cursor: &Cursor, now: Timestamp) {
        let before = |at: Timestamp, by: SignedDuration| crate::clock::earlier(at, by);
        let since = cursor.since.as_deref().and_then(instant::parse);
        let fresh = since.map_or_else(|| before(now, self.backfill), |since| before(since, self.overlap));
        let from = match self.strategy {
            Strategy::Since => Some(fresh),
            Strategy::UntilKnown if self.has_field => Some(fresh),
            // The first time there is no id to begin with: as far back as the first read may go.
            Strategy::UntilKnown | Strategy::Id if cursor.id.is_none() => Some(before(now, self.backfill)),
            Strategy::Window => Some(before(now, self.behind)),
            _ => None,
        };
        let from = from.map(|from| self.restate.map_or(from, |restate| from.min(before(now, restate))));
        let from = from.map(|from| if self.exclusive { before(from, BOUND_STEP) } else { from });
        walk.from = from.map(|from| if self.by_day { before(from, DAY) } else { from });
        walk.until = Some(match self.strategy {
            Strategy::Window => crate::clock::later(now, self.ahead),
            _ => before(now, self.settle),
        });
        walk.above.clone_from(&cursor.id);
        walk.resume.clone_from(&cursor.token);
        walk.open = cursor.open;
    }

    /// What templates see as `cursor`.
    pub fn shown(&self, walk: &Walk) -> Value {
        let day = |at: Option<Timestamp>| at.map(|at| at.to_zoned(self.zone.clone()).date().to_string());
        let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let id = walk.above.as_ref().filter(|_| self.strategy == Strategy::Id);
        json!({
            "from": text(walk.from), "until": text(walk.until), "day": day(walk.from), "until_day": day(walk.until),
            "id": id, "token": walk.resume,
        })
    }

    /// Was this page read and stored the last time, byte for byte?
    pub fn is_known(&self, cursor: &Cursor, page: &Page) -> bool {
        let tag = cursor.tag.as_deref().and_then(|tag| tag.strip_prefix(&self.fingerprint));
        page.len() > 0 && tag.and_then(|tag| tag.strip_prefix(':')).is_some_and(|tag| holds_hash(tag, &page.hash))
    }

    /// Does the walk go by records that are known?
    pub fn asks_what_is_known(&self) -> bool {
        self.strategy == Strategy::UntilKnown
    }

    /// Newest first: is there nothing new behind this page? `ids` are its records, `latest` its latest moment,
    /// `known` whether all of them are stored.
    pub fn ends_here(&self, walk: &Walk, ids: &[String], latest: Option<Timestamp>, known: bool) -> bool {
        if self.strategy != Strategy::UntilKnown {
            return false;
        }
        // After a walk that was not finished only what the one before it began with is sure.
        let reached = if walk.open { walk.above.as_ref().is_some_and(|id| ids.contains(id)) } else { known };
        reached || latest.zip(walk.from).is_some_and(|(latest, from)| latest < from)
    }

    /// Takes what the answer says to go on from next time.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn note(&self, walk: &mut Walk, page: &Page) -> Result<(), Failure> {
        walk.date = walk.date.max(page.answer.date);
        let Some(reader) = &self.token else { return Ok(()) };
        let failed = |why: String| Failure::new(Class::Retry, format!("the token to go on from cannot be read: {why}"));
        if let Some(token) = reader.text(page.view()).map_err(|error| failed(error.to_string()))? {
            if token.len() > TOKEN_MAX {
                return Err(failed(format!("it is longer than {TOKEN_MAX} bytes")));
            }
            walk.resume = Some(token);
        }
        Ok(())
    }

    /// The cursor to store with a page: after the last page, and after each where pages come in order. `parents`
    /// share the room for hashes.
    pub fn after(&self, old: &Cursor, walk: &Walk, page: &Page, last: bool, parents: usize) -> Option<Cursor> {
        let newest_first = self.strategy == Strategy::UntilKnown;
        // Who moved to a page that was read before is met by the next walk, if that begins where this one did.
        if walk.shrank && self.strategy == Strategy::Since {
            return None;
        }
        if !last && (self.order == Order::Unknown || newest_first) {
            let begun = newest_first && walk.pages == 0 && !walk.open;
            return begun.then(|| Cursor { open: true, ..old.clone() });
        }
        let before = old.since.as_deref().and_then(instant::parse);
        let moves = self.strategy == Strategy::Since || (newest_first && self.has_field);
        let since = moves.then(|| before.max(self.settled(walk))).flatten();
        let mut new = Cursor {
            since: since.map(|since| since.to_string()),
            tag: if last { Some(self.tag(walk, page, parents)) } else { old.tag.clone() },
            ..Cursor::default()
        };
        match self.strategy {
            Strategy::Id => new.id = greatest(old.id.clone(), walk.greatest.clone()),
            Strategy::UntilKnown => new.id = walk.newest.clone().or_else(|| old.id.clone()),
            Strategy::ResumeToken => new.token.clone_from(&walk.resume),
            _ => {}
        }
        // A walk that was marked as begun is marked as done, even if it moved nothing.
        (new != *old || (newest_first && walk.pages > 0)).then_some(new)
    }

    /// The latest moment seen, but nothing the source may still be changing its mind about, and nothing that is
    /// yet to come there: one record of the year 9999 would hide everybody before it for ever.
    fn settled(&self, walk: &Walk) -> Option<Timestamp> {
        let begun = walk.until.map(|until| crate::clock::later(until, self.settle));
        let present = walk.date.max(begun);
        let seen = walk.seen?;
        let seen = present.map_or(seen, |present| seen.min(present));
        if self.settle.is_zero() {
            return Some(seen);
        }
        let now = walk.date.unwrap_or(seen);
        Some(now.checked_sub(self.settle).map_or(seen, |final_before| seen.min(final_before)))
    }

    fn tag(&self, walk: &Walk, page: &Page, parents: usize) -> String {
        let most = (HASHES_MAX / parents.max(1)).max(1);
        let kept: String = walk.hashes.chars().take((most - 1) * page.hash.len()).collect();
        format!("{}:{kept}{}", self.fingerprint, page.hash)
    }
}

/// The greater of two ids: by number where both are numbers, else by text.
pub fn greatest(a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if id_order(&a, &b) == Ordering::Less { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// Numbers of any length by size, everything else by its text.
fn id_order(a: &str, b: &str) -> Ordering {
    let number = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if number(a) && number(b) {
        let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
        return a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    }
    a.cmp(b)
}

fn compile(doc: &CursorDoc, values: &Values, backfill: SignedDuration, fingerprint: String) -> Result<Reach, Fault> {
    let length = |part: &str, text: &Option<String>| {
        let length = text.as_deref().map(instant::duration).transpose();
        length.map_err(|fault| fault.within(part))
    };
    let (needs_field, strategy) = (doc.strategy == Strategy::Since && doc.field.is_empty(), doc.strategy);
    if needs_field {
        return Err(Fault::new("strategy since needs a field"));
    }
    if (strategy == Strategy::ResumeToken) != doc.token.is_some() {
        return Err(Fault::new("strategy resume_token and `token` go together"));
    }
    if strategy != Strategy::Window && (doc.behind.is_some() || doc.ahead.is_some()) {
        return Err(Fault::new("`behind` and `ahead` are for strategy window"));
    }
    if strategy == Strategy::Window && doc.behind.is_none() && doc.ahead.is_none() {
        return Err(Fault::new("strategy window needs `behind` or `ahead`"));
    }
    if doc.departures && !matches!(strategy, Strategy::Snapshot | Strategy::UntilKnown) {
        let why = "who has left is seen only where all are read";
        return Err(Fault::new(format!("`departures` needs strategy snapshot or until_known: {why}")));
    }
    let token = doc.token.as_ref().filter(|token| **token != PathDoc::At(String::new()));
    let most = length("backfill", &doc.backfill)?.unwrap_or(backfill);
    Ok(Reach {
        strategy,
        order: doc.order,
        overlap: length("overlap", &doc.overlap)?.unwrap_or_default(),
        settle: length("settle", &doc.settle)?.unwrap_or_default(),
        backfill: backfill.min(most),
        behind: length("behind", &doc.behind)?.unwrap_or_default(),
        ahead: length("ahead", &doc.ahead)?.unwrap_or_default(),
        restate: length("restate", &doc.restate)?,
        exclusive: doc.bound == BoundDoc::Exclusive,
        by_day: doc.grain == GrainDoc::Day,
        zone: values.zone().cloned().unwrap_or(TimeZone::UTC),
        has_field: !doc.field.is_empty(),
        token: token.map(|token| Reader::compile(token, Names::of(values))).transpose()?,
        departures: doc.departures,
        fingerprint,
    })
}
