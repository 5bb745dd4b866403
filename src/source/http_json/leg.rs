//! One page of one parent: asked for, its records mapped, and what the cursor needs to know of them.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::{BATCH_MAX, HttpJson};
use crate::lead::outcome::Failure;
use crate::preset::reshape::Tables;
use crate::source::page::Page;
use crate::source::paging::Walk;
use crate::source::parents::Parent;
use crate::source::reach::greatest;
use crate::source::{Ask, Batch, Cursor};

/// A page of one parent, read.
pub(super) struct Leg {
    pub batch: Batch,
    /// Where the walk over this parent goes on.
    pub next: Option<Walk>,
    /// The ids of the records looked at, for the roster; `None` where they are not all there is.
    pub ids: Option<Vec<String>>,
}

/// What was seen on a page besides its records.
#[derive(Default)]
struct Seen {
    /// Ids of the records that count.
    ids: Vec<String>,
    /// Ids of all, those passed over included.
    all: Vec<String>,
    /// A record has no id of its own.
    nameless: bool,
    latest: Option<Timestamp>,
}

/// The page that is being given out in slices: whose it is, and its place in the walk.
#[derive(Default)]
pub(super) struct Held(Mutex<Option<HeldPage>>);

struct HeldPage {
    of: Option<String>,
    walk: Walk,
    page: Arc<Page>,
}

impl Held {
    fn get(&self, of: Option<&str>, walk: &Walk) -> Option<Arc<Page>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref().filter(|held| held.of.as_deref() == of && held.walk == *walk);
        held.map(|held| Arc::clone(&held.page))
    }

    fn keep(&self, of: Option<String>, walk: Walk, page: &Arc<Page>) {
        let held = HeldPage { of, walk, page: Arc::clone(page) };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }

    fn let_go(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl HttpJson {
    /// The page of this place: the one held from the slice before, else a new one.
    async fn page(&self, walk: &Walk, parent: Option<&Parent>) -> Result<Arc<Page>, Failure> {
        let whole = Walk { skip: 0, seen: None, date: None, greatest: None, newest: None, ..walk.clone() };
        let of = parent.map(|parent| parent.id.clone());
        if let Some(page) = self.held.get(of.as_deref(), &whole).filter(|_| walk.skip > 0) {
            return Ok(page);
        }
        let page = Arc::new(self.fetch(walk, parent).await?);
        if page.len() > BATCH_MAX {
            self.held.keep(of, whole, &page);
        }
        Ok(page)
    }

    /// One page (or slice of one) of one parent. `cursor` is that parent's own, `parents` how many there are.
    pub(super) async fn leg(
        &self,
        ask: Ask<'_>,
        cursor: &Cursor,
        mut walk: Walk,
        parent: Option<&Parent>,
        parents: usize,
    ) -> Result<Leg, Failure> {
        let page = self.page(&walk, parent).await?;
        let mut batch = Batch::default();
        // Bytes that were read and stored last time hold nothing new.
        let known = self.reach.is_known(cursor, &page);
        let only_ids = known && !self.paging.follows_records() && !walk.open;
        let mut seen = Seen::default();
        if !only_ids || self.reach.departures {
            let tables = self.tables(&page, parent);
            if self.closely {
                self.read_closely(&page, &tables, &mut walk, only_ids, &mut batch, &mut seen);
            } else {
                for raw in page.texts(walk.skip, BATCH_MAX) {
                    let mapped = self.mapping.map(raw, &tables);
                    walk.seen = walk.seen.max(mapped.moment);
                    batch.records.extend(mapped.record);
                }
            }
            if walk.skip + BATCH_MAX < page.len() {
                walk.skip += BATCH_MAX;
                return Ok(Leg { batch, next: Some(walk), ids: (!seen.nameless).then_some(seen.all) });
            }
        }
        self.held.let_go();
        self.reach.note(&mut walk, &page)?;
        let known = only_ids || self.all_known(ask, &seen).await?;
        let early = self.reach.ends_here(&walk, &seen.ids, seen.latest, known);
        let next = if early { None } else { self.paging.next(&walk, &page)? };
        batch.cursor = self.reach.after(cursor, &walk, &page, next.is_none(), parents);
        Ok(Leg { batch, next, ids: (!early && !seen.nameless).then_some(seen.all) })
    }

    async fn all_known(&self, ask: Ask<'_>, seen: &Seen) -> Result<bool, Failure> {
        if !self.reach.asks_what_is_known() || seen.ids.is_empty() {
            return Ok(false);
        }
        let known = ask.known.among(&seen.ids).await?;
        Ok(seen.ids.iter().all(|id| known.contains(id)))
    }

    /// Reads the records of a page and what the cursor needs to know of each.
    fn read_closely(
        &self,
        page: &Page,
        tables: &Tables,
        walk: &mut Walk,
        only_ids: bool,
        batch: &mut Batch,
        seen: &mut Seen,
    ) {
        for raw in page.texts(walk.skip, BATCH_MAX) {
            let opened = match self.mapping.open(raw, tables) {
                Ok(opened) => opened,
                Err(unreadable) => {
                    seen.nameless = true;
                    seen.ids.push(unreadable.id.clone());
                    batch.records.extend((!only_ids).then_some(Err(unreadable)));
                    continue;
                }
            };
            if self.counts_up {
                walk.greatest = greatest(walk.greatest.take(), self.mapping.count(&opened));
            }
            let passed_over = opened.dropped == Ok(true);
            match &opened.id {
                Ok(id) => {
                    seen.all.push(id.clone());
                    if !passed_over {
                        seen.ids.push(id.clone());
                    }
                }
                Err(_) => seen.nameless = true,
            }
            if only_ids {
                continue;
            }
            let mapped = self.mapping.finish(opened);
            walk.seen = walk.seen.max(mapped.moment);
            seen.latest = seen.latest.max(mapped.moment);
            batch.records.extend(mapped.record);
        }
        walk.newest = walk.newest.take().or_else(|| seen.ids.first().cloned());
    }
}
