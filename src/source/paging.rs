//! The walk over pages: where it stands ([`Walk`], opaque to everybody else), and where it goes on. Every
//! walk ends: an empty page, a repeated page and too many pages stop it, the latter two with an error.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::Place;
use super::page::Page;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::preset::document::{PagingDoc, PagingKind, StopDoc};
use crate::preset::fault::Fault;
use crate::preset::read::text_of;
use crate::preset::{Names, Reader, View};

/// Most pages of one walk, where a preset does not say.
const PAGES_MAX: u64 = 10_000;
/// Records asked for in one page, where a preset does not say.
const SIZE: u64 = 100;
/// Longest token or next address, in bytes.
const TOKEN_MAX: usize = 8 * 1024;

/// Where a walk stands. Lives only during one walk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Walk {
    /// Pages read so far.
    pub pages: u64,
    /// Records read so far.
    pub records: u64,
    /// Records of the present page that were given out before.
    pub skip: usize,
    /// `page`: its number.
    pub number: u64,
    /// `offset`, `keyset`: records to pass over.
    pub offset: u64,
    /// `token`: the token. `next_url`: path and query.
    pub token: Option<String>,
    /// The lower bound the walk asks for.
    pub from: Option<Timestamp>,
    /// The latest moment seen.
    pub seen: Option<Timestamp>,
    /// The latest moment the source's clock showed.
    pub date: Option<Timestamp>,
    /// Hashes of the pages read so far, without separators.
    pub hashes: String,
}

impl Walk {
    /// As the engine carries it.
    pub fn place(&self) -> Option<Place> {
        serde_json::to_value(self).ok().map(Place)
    }

    /// From where the engine left off.
    ///
    /// # Errors
    /// It is not one of ours.
    pub fn resume(place: &Place) -> Result<Self, Failure> {
        serde_json::from_value(place.0.clone())
            .map_err(|error| Failure::new(Class::Retry, format!("the place in the walk cannot be read: {error}")))
    }
}

/// Is `hash` one of those in `hashes`?
pub fn holds_hash(hashes: &str, hash: &str) -> bool {
    !hash.is_empty() && hashes.as_bytes().chunks(hash.len()).any(|known| known == hash.as_bytes())
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
    total: Option<Reader>,
    pages_max: u64,
}

impl Paging {
    /// Compiles.
    ///
    /// # Errors
    /// Names what is missing or cannot be meant.
    pub fn compile(doc: &PagingDoc, names: Names<'_>) -> Result<Self, Fault> {
        let within = |fault: Fault| fault.within("paging");
        let linked = matches!(doc.kind, PagingKind::Token | PagingKind::NextUrl);
        if linked != doc.next.is_some() {
            let say = if linked { "needs `next`" } else { "knows no `next` (only token and next_url do)" };
            return Err(Fault::new(format!("this kind {say}")).within("paging"));
        }
        let next = doc.next.as_ref().map(|next| Reader::compile(next, names)).transpose().map_err(within)?;
        let total = doc.total.as_ref().map(|at| Reader::compile(&crate::preset::read::PathDoc::At(at.clone()), names));
        Ok(Self {
            kind: doc.kind,
            start: doc.start.unwrap_or(1),
            size: doc.size.unwrap_or(SIZE).max(1),
            next,
            stop: doc.stop.clone(),
            total: total.transpose().map_err(within)?,
            pages_max: doc.max_pages.unwrap_or(PAGES_MAX).max(1),
        })
    }

    /// The start of a walk from `from`.
    pub fn first(&self, from: Option<Timestamp>) -> Walk {
        Walk { number: self.start, from, ..Walk::default() }
    }

    /// The address of the next page where the answer named it: its path and query at our own host.
    ///
    /// # Errors
    /// It is no address.
    pub fn follow(&self, walk: &Walk, base: &Url) -> Result<Option<Url>, Failure> {
        let (PagingKind::NextUrl, Some(link)) = (self.kind, walk.token.as_deref()) else { return Ok(None) };
        let bad = || Failure::new(Class::Retry, "the link to the next page is no address");
        let mut url = base.clone();
        let target = base.join(link).map_err(|_| bad())?;
        url.set_path(target.path());
        url.set_query(target.query());
        url.set_fragment(None);
        Ok(Some(url))
    }

    /// Where the walk goes on after `page`; `None` ends it. `overlap` is what keyset steps back.
    ///
    /// # Errors
    /// The source goes in circles, or never ends.
    pub fn next(&self, walk: &Walk, page: &Page, overlap: jiff::SignedDuration) -> Result<Option<Walk>, Failure> {
        let count = page.len() as u64;
        if count > 0 && holds_hash(&walk.hashes, &page.hash) {
            return Err(in_circles("page"));
        }
        let mut next = walk.clone();
        next.skip = 0;
        next.pages += 1;
        next.records += count;
        if count > 0 {
            next.hashes.push_str(&page.hash);
        }
        let total = self.total(&page.envelope)?;
        if self.ends(count, page, total, next.records) || !self.advance(&mut next, walk, page, count, overlap)? {
            return Ok(None);
        }
        if next.pages >= self.pages_max {
            let message = format!("the source has more than the {} pages allowed for one walk", self.pages_max);
            return Err(Failure::new(Class::Config, message).hint("ask for larger pages, or for less of the past"));
        }
        Ok(Some(next))
    }

    fn ends(&self, count: u64, page: &Page, total: Option<u64>, read: u64) -> bool {
        let counted = matches!(self.kind, PagingKind::Page | PagingKind::Offset | PagingKind::Keyset);
        (counted && (count == 0 || total.is_some_and(|total| read >= total)))
            || self.stop.iter().any(|stop| match stop {
                StopDoc::Empty => count == 0,
                StopDoc::Short => count < self.size,
                StopDoc::Missing => !page.listed,
            })
    }

    fn advance(
        &self,
        next: &mut Walk,
        walk: &Walk,
        page: &Page,
        count: u64,
        overlap: jiff::SignedDuration,
    ) -> Result<bool, Failure> {
        match self.kind {
            PagingKind::None => return Ok(false),
            PagingKind::Page => next.number += 1,
            PagingKind::Offset => next.offset += self.size.max(count),
            PagingKind::Token | PagingKind::NextUrl => {
                next.token = self.token(&page.envelope)?;
                if next.token.is_none() {
                    return Ok(false);
                }
                if next.token == walk.token {
                    return Err(in_circles("link to the next page"));
                }
            }
            PagingKind::Keyset => {
                let bound = walk.seen.and_then(|seen| seen.checked_sub(overlap).ok());
                match (bound, walk.from) {
                    (Some(bound), Some(from)) if bound <= from => next.offset += count,
                    (Some(bound), _) => {
                        next.from = Some(bound);
                        next.offset = 0;
                        // The overlap is read again on purpose: equal pages are no circle here.
                        next.hashes.clear();
                    }
                    (None, _) => next.offset += count,
                }
            }
        }
        Ok(true)
    }

    fn token(&self, envelope: &Value) -> Result<Option<String>, Failure> {
        let Some(reader) = &self.next else { return Ok(None) };
        let unreadable = |why: String| Failure::new(Class::Retry, format!("the next page cannot be found: {why}"));
        let value = reader.read(View::of(envelope)).map_err(|error| unreadable(error.to_string()))?;
        // `false` is how some say "no more".
        let value = value.filter(|value| **value != Value::Bool(false));
        let Some(value) = value else { return Ok(None) };
        let token = text_of(&value).ok_or_else(|| unreadable(format!("{} is not text", reader.label())))?;
        if token.len() > TOKEN_MAX {
            return Err(unreadable(format!("{} is longer than {TOKEN_MAX} bytes", reader.label())));
        }
        Ok(Some(token))
    }

    fn total(&self, envelope: &Value) -> Result<Option<u64>, Failure> {
        let Some(reader) = &self.total else { return Ok(None) };
        let text = reader.text(View::of(envelope));
        let text = text.map_err(|error| Failure::new(Class::Retry, format!("the total cannot be read: {error}")))?;
        Ok(text.and_then(|text| text.trim().parse().ok()))
    }
}

fn in_circles(what: &str) -> Failure {
    Failure::new(Class::Config, format!("the source keeps sending the same {what}"))
        .hint("its paging does not work as the preset expects: check the address and the paging of the preset")
}
