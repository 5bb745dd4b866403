//! The walk over pages: where it stands ([`Walk`]), and where it goes on. Every walk ends: an empty page, a
//! repeated page or token and too many pages stop it, the latter with an error.

mod link;
mod walk;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::Url;

use super::page::{self, Page, Records};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::preset::condition::Condition;
use crate::preset::document::{AdvanceDoc, PagingDoc, PagingKind, StopDoc};
use crate::preset::fault::Fault;
use crate::preset::read::{PathDoc, text_of};
use crate::preset::{Context, Names, Reader, Scope, Values, View};
pub use walk::{Walk, holds_hash};

/// Most pages of one walk, where a preset does not say.
const PAGES_MAX: u64 = 10_000;
/// Records asked for in one page, where a preset does not say.
const SIZE: u64 = 100;
/// Longest token or next address, in bytes.
const TOKEN_MAX: usize = 8 * 1024;

/// What becomes the lower bound where a walk asks anew from what it has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The latest moment, so much earlier.
    Moment(SignedDuration),
    /// The greatest id.
    Id,
}

/// Compiled paging.
#[derive(Debug)]
pub struct Paging {
    kind: PagingKind,
    start: u64,
    /// Records asked for in one page.
    pub size: u64,
    next: Option<Reader>,
    stop: Vec<StopDoc>,
    /// Conditions, and whether each must see the records too.
    stop_if: Vec<(Condition, bool)>,
    total: Option<Reader>,
    advance: AdvanceDoc,
    most: Option<u64>,
    pages_max: u64,
    bound: Bound,
    context: Context,
}

impl Paging {
    /// Compiles. `records` are those of the same answer.
    ///
    /// # Errors
    /// Names what is missing or cannot be meant.
    pub fn compile(doc: &PagingDoc, values: &Values, records: &Records, bound: Bound) -> Result<Self, Fault> {
        compile(doc, values, records, bound).map_err(|fault| fault.within("paging"))
    }

    /// Does a walk ask anew from what it has seen, so that every record must be read?
    pub fn follows_records(&self) -> bool {
        self.most.is_some() || (self.kind == PagingKind::Keyset && self.bound == Bound::Id)
    }

    /// Does an answer without a list of records mean that there are no more?
    pub fn may_miss(&self) -> bool {
        self.stop.contains(&StopDoc::Missing)
    }

    /// The start of a walk.
    pub fn first(&self) -> Walk {
        Walk { number: self.start, ..Walk::default() }
    }

    /// The address of the next page where the answer named it: its path and query at our own host.
    ///
    /// # Errors
    /// It is no address.
    pub fn follow(&self, walk: &Walk, base: &Url) -> Result<Option<Url>, Failure> {
        let linked = matches!(self.kind, PagingKind::NextUrl | PagingKind::LinkHeader);
        let (true, Some(link)) = (linked, walk.token.as_deref()) else { return Ok(None) };
        let bad = || Failure::new(Class::Retry, "the link to the next page is no address");
        let mut url = base.clone();
        let target = base.join(link).map_err(|_| bad())?;
        url.set_path(target.path());
        url.set_query(target.query());
        url.set_fragment(None);
        Ok(Some(url))
    }

    /// Notes how long the list is that is read by places.
    ///
    /// # Errors
    /// What it says is no number.
    pub fn note(&self, walk: &mut Walk, page: &Page) -> Result<(), Failure> {
        if matches!(self.kind, PagingKind::Page | PagingKind::Offset)
            && let Some(total) = self.total(page)?
        {
            walk.shrank |= walk.total.is_some_and(|before| total < before);
            walk.total = Some(total);
        }
        Ok(())
    }

    /// Where the walk goes on after `page`; `None` ends it.
    ///
    /// # Errors
    /// The source goes in circles, or never ends.
    pub fn next(&self, walk: &Walk, page: &Page) -> Result<Option<Walk>, Failure> {
        let count = page.len() as u64;
        if count > 0 && holds_hash(&walk.hashes, &page.hash) {
            return Err(in_circles("page"));
        }
        let mut next = walk.clone();
        next.skip = 0;
        next.pages += 1;
        next.turn += 1;
        next.records += count;
        if count > 0 {
            next.hashes.push_str(&page.hash);
        }
        if self.ends(count, page, next.records)? {
            return Ok(None);
        }
        if self.most.is_some_and(|most| next.records >= most) {
            self.ask_anew(&mut next, walk)?;
        } else if !self.advance(&mut next, walk, page, count)? {
            return Ok(None);
        }
        if next.pages >= self.pages_max {
            let message = format!("the source has more than the {} pages allowed for one walk", self.pages_max);
            return Err(Failure::new(Class::Config, message).hint("ask for larger pages, or for less of the past"));
        }
        Ok(Some(next))
    }

    fn ends(&self, count: u64, page: &Page, read: u64) -> Result<bool, Failure> {
        let counted = matches!(self.kind, PagingKind::Page | PagingKind::Offset | PagingKind::Keyset);
        let total = if counted { self.total(page)? } else { None };
        if (counted && count == 0) || total.is_some_and(|total| read >= total) {
            return Ok(true);
        }
        let stops = self.stop.iter().any(|stop| match stop {
            StopDoc::Empty => count == 0,
            StopDoc::Short => count < self.size,
            StopDoc::Missing => !page.listed,
        });
        if stops {
            return Ok(true);
        }
        for (condition, sees_records) in &self.stop_if {
            let whole = sees_records.then(|| page.whole());
            let view = View { body: whole.as_deref().unwrap_or(&page.envelope), ..page.view() };
            let holds = condition.holds(view, &self.context);
            if holds.map_err(|error| unreadable(&format!("stop_if: {error}")))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn advance(&self, next: &mut Walk, walk: &Walk, page: &Page, count: u64) -> Result<bool, Failure> {
        match self.kind {
            PagingKind::None => return Ok(false),
            PagingKind::Page => next.number += 1,
            PagingKind::Offset => {
                next.offset += if self.advance == AdvanceDoc::Size { self.size } else { count };
                if self.total(page)?.is_some_and(|total| next.offset >= total) {
                    return Ok(false);
                }
            }
            PagingKind::Token | PagingKind::NextUrl | PagingKind::LinkHeader | PagingKind::LastItem => {
                next.token = self.token(page)?;
                let Some(token) = &next.token else { return Ok(false) };
                let hash = page::hash(token);
                if holds_hash(&walk.tokens, &hash) {
                    return Err(in_circles("link to the next page"));
                }
                next.tokens.push_str(&hash);
            }
            PagingKind::Keyset => match (self.bound, self.moved(walk)) {
                (_, true) => self.ask_anew(next, walk)?,
                (Bound::Id, false) if walk.greatest.is_some() => return Err(in_circles("records")),
                (_, false) => next.offset += count,
            },
        }
        Ok(true)
    }

    /// The moment that would be the next lower bound.
    fn later(&self, walk: &Walk) -> Option<Timestamp> {
        let Bound::Moment(step_back) = self.bound else { return None };
        walk.seen.and_then(|seen| seen.checked_sub(step_back).ok())
    }

    /// Is what was seen a higher bound than the one that was asked with?
    fn moved(&self, walk: &Walk) -> bool {
        match self.bound {
            Bound::Moment(_) => self.later(walk).is_some_and(|later| walk.from.is_none_or(|from| later > from)),
            Bound::Id => walk.greatest.is_some() && walk.greatest != walk.above,
        }
    }

    /// A new query from the last cursor on.
    fn ask_anew(&self, next: &mut Walk, walk: &Walk) -> Result<(), Failure> {
        if !self.moved(walk) {
            let message = "the source has more records of one moment than it gives to one question";
            return Err(
                Failure::new(Class::Config, message).hint("paging.most: the rest of that moment cannot be read")
            );
        }
        match self.bound {
            Bound::Moment(_) => next.from = self.later(walk),
            Bound::Id => next.above.clone_from(&walk.greatest),
        }
        (next.turn, next.records, next.offset, next.number, next.token) = (0, 0, 0, self.start, None);
        next.total = None;
        // What the bound overlaps is read again on purpose: equal pages are no circle here.
        next.hashes.clear();
        next.tokens.clear();
        Ok(())
    }

    fn token(&self, page: &Page) -> Result<Option<String>, Failure> {
        if self.kind == PagingKind::LinkHeader {
            return Ok(link::next(&page.answer).filter(|link| link.len() <= TOKEN_MAX));
        }
        let Some(reader) = &self.next else { return Ok(None) };
        let last = if self.kind == PagingKind::LastItem { page.last() } else { None };
        if self.kind == PagingKind::LastItem {
            if page.len() == 0 {
                return Ok(None);
            }
            if last.is_none() {
                return Err(unreadable("the last record is not JSON"));
            }
        }
        let view = View { body: last.as_ref().unwrap_or(&page.envelope), ..page.view() };
        let value = reader.read(view).map_err(|error| unreadable(&error.to_string()))?;
        // `false` is how some say "no more".
        let value = value.filter(|value| **value != Value::Bool(false));
        let value = match value {
            // More is promised by every record: one without a token would end the walk too early.
            None if last.is_some() => return Err(unreadable(&format!("the last record has no {}", reader.label()))),
            None => return Ok(None),
            Some(value) => value,
        };
        let token = text_of(&value).ok_or_else(|| unreadable(&format!("{} is not text", reader.label())))?;
        if token.len() > TOKEN_MAX {
            return Err(unreadable(&format!("{} is longer than {TOKEN_MAX} bytes", reader.label())));
        }
        Ok(Some(token))
    }

    /// How many records there are in all, where the answer says so.
    ///
    /// # Errors
    /// What it says is no number.
    pub fn total(&self, page: &Page) -> Result<Option<u64>, Failure> {
        let Some(reader) = &self.total else { return Ok(None) };
        let text = reader.text(page.view());
        let text = text.map_err(|error| Failure::new(Class::Retry, format!("the total cannot be read: {error}")))?;
        Ok(text.and_then(|text| text.trim().parse().ok()))
    }
}

fn compile(doc: &PagingDoc, values: &Values, records: &Records, bound: Bound) -> Result<Paging, Fault> {
    let names = Names::of(values);
    let reads_next = matches!(doc.kind, PagingKind::Token | PagingKind::NextUrl | PagingKind::LastItem);
    if reads_next != doc.next.is_some() {
        let say = if reads_next { "needs `next`" } else { "knows no `next` (only token, next_url and last_item do)" };
        return Err(Fault::new(format!("this kind {say}")));
    }
    let scope = values.scope(Scope::new(), false);
    let stop_if = doc.stop_if.iter().map(|doc| {
        let condition = Condition::compile(doc, names, &scope).map_err(|fault| fault.within("stop_if"))?;
        let sees_records = !records.is_beside(condition.reader());
        Ok((condition, sees_records))
    });
    let total = doc.total.as_ref().map(|at| Reader::compile(&PathDoc::At(at.clone()), names));
    Ok(Paging {
        kind: doc.kind,
        start: doc.start.unwrap_or(1),
        size: doc.size.unwrap_or(SIZE).max(1),
        next: doc.next.as_ref().map(|next| Reader::compile(next, names)).transpose()?,
        stop: doc.stop.clone(),
        stop_if: stop_if.collect::<Result<_, Fault>>()?,
        total: total.transpose()?,
        advance: doc.advance,
        most: doc.most.map(|most| most.max(1)),
        pages_max: doc.max_pages.unwrap_or(PAGES_MAX).max(1),
        bound,
        context: values.context(),
    })
}

fn unreadable(why: &str) -> Failure {
    Failure::new(Class::Retry, format!("the next page cannot be found: {why}"))
        .hint("the far side may have changed what it sends: check the paging of the preset")
}

fn in_circles(what: &str) -> Failure {
    Failure::new(Class::Config, format!("the source keeps sending the same {what}"))
        .hint("its paging does not work as the preset expects: check the address and the paging of the preset")
}
