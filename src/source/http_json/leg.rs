//! One page of one parent: asked for, its records mapped, and what the cursor needs to know of them.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{BATCH_MAX, HttpJson};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::preset::instant;
use crate::preset::reshape::Tables;
use crate::source::lookup::{Kept, NotFound};
use crate::source::mapping::Opened;
use crate::source::page::Page;
use crate::source::paging::Walk;
use crate::source::parents::Parent;
use crate::source::reach::greatest;
use crate::source::{Ask, Batch, Cursor, Unreadable};

/// Records given out at once where each may cost requests of its own.
const LOOKED_UP_AT_ONCE: usize = 50;

/// A page of one parent, read.
pub(super) struct Leg {
    pub batch: Batch,
    /// Where the walk over this parent goes on.
    pub next: Option<Walk>,
    /// The ids of the records looked at, for the roster; `None` where they are not all there is.
    pub ids: Option<Vec<String>>,
    /// How many records there are, as the page says.
    pub total: Option<u64>,
    /// Was a page read? Steps towards one do not show that the parent can be.
    pub read: bool,
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
    /// Those that are stored already.
    known: HashSet<String>,
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
        self.in_its_place(&page)?;
        if page.len() > self.slice() {
            self.held.keep(of, whole, &page);
        }
        Ok(page)
    }

    /// A list under another name is a far side that has changed, and no empty page: its people would be lost.
    fn in_its_place(&self, page: &Page) -> Result<(), Failure> {
        if self.paging.may_miss() || !self.mapping.has_id() {
            return Ok(());
        }
        let Some((expected, lists)) = self.records.elsewhere(page) else { return Ok(()) };
        let tables = Tables::default();
        let has_id = |record: &String| self.mapping.open(record, &tables).is_ok_and(|opened| opened.id.is_ok());
        match lists.into_iter().find(|(_, record)| has_id(record)) {
            None => Ok(()),
            Some((found, _)) => {
                let message = format!("{}: there is no list at {expected}, but one at {found}", self.far.host());
                Err(Failure::new(Class::Config, self.far.shown(&message))
                    .hint("the far side has changed what it sends: set `records` of the source or preset anew"))
            }
        }
    }

    /// Most records of a page given out at once: fewer where each may cost requests of its own.
    fn slice(&self) -> usize {
        if self.lookups.is_empty() { BATCH_MAX } else { LOOKED_UP_AT_ONCE }
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
        if !self.made(&mut walk, parent).await? {
            return Ok(Leg {
                batch: Batch::default(),
                next: Some(walk),
                ids: Some(Vec::new()),
                total: None,
                read: false,
            });
        }
        let page = self.page(&walk, parent).await?;
        let mut batch = Batch::default();
        // Bytes that were read and stored last time hold nothing new.
        let known = self.reach.is_known(cursor, &page);
        let only_ids = known && !self.paging.follows_records() && !walk.open;
        let mut seen = Seen::default();
        if !only_ids || self.reach.departures {
            let tables = self.tables(&page, parent);
            if self.closely {
                let opened = self.open(&page, &tables, &mut walk, &mut seen);
                if !only_ids {
                    seen.known = self.known(ask, &seen).await?;
                    let roots = self.roots(&walk, parent);
                    self.finish(opened, cursor, &seen, &roots, &mut batch).await?;
                }
            } else {
                for raw in page.texts(walk.skip, BATCH_MAX) {
                    let mapped = self.mapping.map(raw, &tables);
                    walk.seen = walk.seen.max(mapped.moment);
                    batch.records.extend(mapped.record);
                }
            }
            if walk.skip + self.slice() < page.len() {
                walk.skip += self.slice();
                let ids = (!seen.nameless).then_some(seen.all);
                return Ok(Leg { batch, next: Some(walk), ids, total: None, read: true });
            }
        }
        self.held.let_go();
        self.reach.note(&mut walk, &page)?;
        self.paging.note(&mut walk, &page)?;
        let known = only_ids || (!seen.ids.is_empty() && seen.ids.iter().all(|id| seen.known.contains(id)));
        let early = self.reach.ends_here(&walk, &seen.ids, seen.latest, known);
        let next = if early { None } else { self.paging.next(&walk, &page)? };
        batch.cursor = self.reach.after(cursor, &walk, &page, next.is_none(), parents);
        let total = if self.reach.departures { self.paging.total(&page)? } else { None };
        Ok(Leg { batch, next, ids: (!early && !seen.nameless).then_some(seen.all), total, read: true })
    }

    /// Is what must be made first ready? One step towards it where it is not.
    pub(super) async fn made(&self, walk: &mut Walk, parent: Option<&Parent>) -> Result<bool, Failure> {
        let Some(job) = self.job.as_ref().filter(|_| !walk.job.as_ref().is_some_and(|job| job.ready)) else {
            return Ok(true);
        };
        let roots = self.roots(walk, parent);
        job.step(&self.far, &mut walk.job, roots).await?;
        Ok(false)
    }

    /// Which of the records are stored already, where that matters.
    async fn known(&self, ask: Ask<'_>, seen: &Seen) -> Result<HashSet<String>, Failure> {
        let asks = self.reach.asks_what_is_known() || !self.lookups.is_empty();
        if asks && !seen.ids.is_empty() { ask.known.among(&seen.ids).await } else { Ok(HashSet::new()) }
    }

    /// Takes the records of a page apart, and notes what the cursor needs to know of each.
    fn open<'p>(
        &self,
        page: &'p Page,
        tables: &'p Tables,
        walk: &mut Walk,
        seen: &mut Seen,
    ) -> Vec<Result<Opened<'p>, Unreadable>> {
        let mut all = Vec::new();
        for raw in page.texts(walk.skip, self.slice()) {
            let mut opened = self.mapping.open(raw, tables);
            if let (true, Ok(one)) = (self.counts_up, &opened) {
                match (self.mapping.count(one), &one.id) {
                    (Ok(count), _) => walk.greatest = greatest(walk.greatest.take(), Some(count)),
                    (Err(why), Ok(id)) => opened = Err(one.unreadable(id.clone(), why)),
                    // It has no id: that is told when it is mapped.
                    (Err(_), Err(_)) => {}
                }
            }
            match &opened {
                Err(unreadable) => {
                    seen.nameless = true;
                    seen.ids.push(unreadable.id.clone());
                }
                Ok(opened) => {
                    let moment = opened.moment.as_ref().ok().copied().flatten();
                    walk.seen = walk.seen.max(moment);
                    seen.latest = seen.latest.max(moment);
                    seen.nameless |= opened.id.is_err();
                    seen.all.extend(opened.id.as_ref().ok().cloned());
                    seen.ids.extend(opened.id.as_ref().ok().filter(|_| opened.dropped != Ok(true)).cloned());
                }
            }
            all.push(opened);
        }
        walk.newest = walk.newest.take().or_else(|| seen.ids.first().cloned());
        all
    }

    /// Maps them; what must be looked up about new and changed ones is. Known ones that have not changed are left
    /// out then: without what was looked up they would look changed.
    async fn finish(
        &self,
        all: Vec<Result<Opened<'_>, Unreadable>>,
        cursor: &Cursor,
        seen: &Seen,
        roots: &Map<String, Value>,
        batch: &mut Batch,
    ) -> Result<(), Failure> {
        let since = cursor.since.as_deref().and_then(instant::parse);
        for opened in all {
            let mut opened = match opened {
                Ok(opened) => opened,
                Err(unreadable) => {
                    batch.records.push(Err(unreadable));
                    continue;
                }
            };
            let wanted = !self.lookups.is_empty() && opened.dropped == Ok(false);
            if let (true, Ok(id)) = (wanted, opened.id.clone()) {
                let moment = opened.moment.as_ref().ok().copied().flatten();
                let changed = since.zip(moment).is_some_and(|(since, moment)| moment > since);
                if seen.known.contains(&id) && !changed {
                    continue;
                }
                match self.lookups.read_on(&self.far, &mut opened, roots, Kept::OfTheWalk).await {
                    Ok(()) => {}
                    Err(NotFound::Everybody(failure)) => return Err(failure),
                    Err(NotFound::Record(why)) => {
                        batch.records.push(Err(opened.unreadable(id, why)));
                        continue;
                    }
                }
            }
            batch.records.extend(self.mapping.finish(opened).record);
        }
        Ok(())
    }
}
