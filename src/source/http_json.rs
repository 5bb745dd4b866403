//! The polling source: asks a JSON address page by page, as its preset says. It keeps nothing between
//! polls; a very large page is given out in slices while its text is kept once.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::Map;

use super::far::Far;
use super::mapping::{EACH, Mapping};
use super::page::{Page, Records};
use super::paging::{Paging, Walk};
use super::parents::{Parent, Parents};
use super::reach::{self, Reach, greatest};
use super::tour::Tour;
use super::{Ask, Batch, Cursor, Source};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::Http;
use crate::preset::document::{GrainDoc, PagingKind, SourcePreset, Strategy};
use crate::preset::fault::Fault;
use crate::preset::reshape::Tables;
use crate::preset::{Endpoint, Names, Operation, Scope, Values};

/// Most records given out at once; a larger page comes in slices.
pub const BATCH_MAX: usize = 5_000;
/// Most ids a roster may hold; a longer one is not told.
const ROSTER_MAX: usize = 1_000_000;

/// A compiled source.
pub struct HttpJson {
    far: Far,
    request: Operation,
    paging: Paging,
    records: Records,
    mapping: Mapping,
    reach: Reach,
    parents: Option<Parents>,
    /// Must every record be looked at closely, id by id?
    closely: bool,
    counts_up: bool,
    /// The page that is being given out in slices.
    held: Mutex<Option<(Option<String>, Walk, Arc<Page>)>>,
    /// The ids of the walk so far.
    roster: Mutex<Vec<String>>,
    /// The parent to begin with next time: where the last walk was told to wait.
    begin: Mutex<Option<String>>,
}

/// A page of one parent, read.
struct Leg {
    batch: Batch,
    /// Where the walk over this parent goes on.
    next: Option<Walk>,
    /// The ids of the records looked at, for the roster; `None` where they are not all there is.
    ids: Option<Vec<String>>,
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

impl HttpJson {
    /// Compiles a preset with an operator's variables. `backfill`: how far back the first read goes.
    ///
    /// # Errors
    /// Names the part of the preset and what is wrong with it.
    pub fn compile(
        preset: &SourcePreset,
        values: &Values,
        backfill: SignedDuration,
        http: &Http,
    ) -> Result<Self, Fault> {
        let Some(request) = preset.request.as_ref().filter(|_| preset.way_in() == Ok("request")) else {
            return Err(preset.way_in().err().unwrap_or_else(|| Fault::new("it has no [request]")));
        };
        let values = &values.clone().in_zone(reach::zone(&preset.cursor, values)?);
        let fingerprint = super::page::hash(&format!("{} {preset:?} {}", env!("CARGO_PKG_VERSION"), values.root()));
        let reach = Reach::compile(&preset.cursor, values, backfill, fingerprint)?;
        let records = Records::compile_in(&preset.extract.records, values).map_err(|fault| fault.within("extract"))?;
        let paging = Paging::compile(&preset.paging, values, &records, reach.bound())?;
        let asks_anew = preset.paging.kind == PagingKind::Keyset || preset.paging.most.is_some();
        if asks_anew && preset.cursor.grain == GrainDoc::Day {
            return Err(Fault::new("paging: keyset and `most` need a finer cursor than grain = \"day\""));
        }
        let counts_up = preset.cursor.strategy == Strategy::Id;
        Ok(Self {
            far: Far::new(http, endpoint(preset, values)?, values.root()),
            request: Operation::compile("request", request, &scope(preset, values), Names::of(values))?,
            mapping: Mapping::compile(preset, values)?,
            parents: preset.each.as_ref().map(|each| Parents::compile(each, values)).transpose()?,
            closely: counts_up || reach.departures || reach.asks_what_is_known(),
            counts_up,
            paging,
            records,
            reach,
            held: Mutex::default(),
            roster: Mutex::default(),
            begin: Mutex::default(),
        })
    }

    /// One record of the first page, each mapped field beside its path: for `source try`.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub async fn explain(&self) -> Result<Vec<(String, String, Result<Option<String>, String>)>, Failure> {
        let Some((page, tables)) = self.first_page().await? else { return Ok(Vec::new()) };
        Ok(page.texts(0, 1).flat_map(|raw| self.mapping.explain(raw, &tables)).collect())
    }

    /// The first page there is, with the tables its records are read with; `None` where there are no parents.
    async fn first_page(&self) -> Result<Option<(Page, Tables)>, Failure> {
        let listed = match &self.parents {
            Some(parents) => Some(parents.list(&self.far).await?),
            None => None,
        };
        let parent = listed.as_ref().and_then(|listed| listed.all.first());
        if listed.is_some() && parent.is_none() {
            return Ok(None);
        }
        let page = self.fetch(&self.start(&Cursor::default()), parent).await?;
        let tables = self.tables(&page, parent);
        Ok(Some((page, tables)))
    }

    fn tables(&self, page: &Page, parent: Option<&Parent>) -> Tables {
        let mut tables = self.mapping.page_tables(&page.envelope);
        if let Some(parent) = parent {
            tables.insert(EACH, parent.fields.clone());
        }
        tables
    }

    /// The start of a walk.
    fn start(&self, cursor: &Cursor) -> Walk {
        let mut walk = self.paging.first();
        self.reach.begin(&mut walk, cursor, self.far.now());
        walk
    }

    async fn fetch(&self, walk: &Walk, parent: Option<&Parent>) -> Result<Page, Failure> {
        let mut roots = Map::from_iter([("cursor".to_owned(), self.reach.shown(walk))]);
        if let Some(parent) = parent {
            roots.insert(EACH.to_owned(), parent.fields.clone());
        }
        self.far.page(&self.request, (&self.paging, &self.records), walk, roots).await
    }

    /// The page of this place: the one held from the slice before, else a new one.
    async fn page(&self, walk: &Walk, parent: Option<&Parent>) -> Result<Arc<Page>, Failure> {
        let whole = Walk { skip: 0, seen: None, date: None, greatest: None, newest: None, ..walk.clone() };
        let of = parent.map(|parent| parent.id.clone());
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((_, _, page)) = held.filter(|held| walk.skip > 0 && held.0 == of && held.1 == whole) {
            self.hold(of, whole, &page);
            return Ok(page);
        }
        let page = Arc::new(self.fetch(walk, parent).await?);
        if page.len() > BATCH_MAX {
            self.hold(of, whole, &page);
        }
        Ok(page)
    }

    fn hold(&self, of: Option<String>, walk: Walk, page: &Arc<Page>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some((of, walk, Arc::clone(page)));
    }

    /// One page (or slice of one) of one parent. `cursor` is that parent's own, `parents` how many there are.
    async fn leg(
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
        self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
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

    async fn read_page(&self, ask: Ask<'_>) -> Result<Batch, Failure> {
        let mut tour = match ask.place {
            None => self.set_out(),
            Some(place) => Tour::resume(place)?,
        };
        if let Some(parents) = &self.parents {
            return self.read_parents(ask, tour, parents).await;
        }
        let walk = tour.walk.take().unwrap_or_else(|| self.start(ask.cursor));
        let mut leg = self.leg(ask, ask.cursor, walk, None, 1).await?;
        self.enrol(&mut tour, leg.ids.take());
        match leg.next {
            Some(walk) => {
                tour.walk = Some(walk);
                leg.batch.next = tour.place();
            }
            None => leg.batch.roster = self.roster(&tour),
        }
        Ok(leg.batch)
    }

    /// The next page of a walk over parents; parents that cannot be read are passed over and told at the end.
    async fn read_parents(&self, ask: Ask<'_>, mut tour: Tour, parents: &Parents) -> Result<Batch, Failure> {
        let listed = match parents.present().filter(|_| ask.place.is_some()) {
            Some(listed) => listed,
            None => parents.list(&self.far).await?,
        };
        let begin = self.begin.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut batch = Batch::default();
        let mut last = None;
        while let Some(parent) = tour.present(&listed, begin.as_deref()) {
            let cursor = tour.moved.get(&parent.id).or_else(|| ask.cursor.each.get(&parent.id));
            let cursor = cursor.cloned().unwrap_or_default();
            let walk = tour.walk.take().unwrap_or_else(|| self.start(&cursor));
            let more = match self.leg(ask, &cursor, walk, Some(parent), listed.all.len()).await {
                Ok(mut leg) => {
                    tour.went_well();
                    self.enrol(&mut tour, leg.ids.take());
                    batch = leg.batch;
                    if let Some(moved) = batch.cursor.take() {
                        tour.moved.insert(parent.id.clone(), moved);
                        batch.cursor = Some(tour.cursor(ask.cursor, &listed));
                    }
                    tour.walk = leg.next;
                    tour.walk.is_some() || tour.step(&listed)
                }
                Err(failure) => {
                    let told = tour.went_wrong(parent, failure.clone());
                    let waits = failure.class == Class::Throttle;
                    let more = tour.step(&listed);
                    if let Err(failure) = told {
                        let begin = if waits { Some(parent.id.clone()) } else { tour.parent.clone() };
                        *self.begin.lock().unwrap_or_else(PoisonError::into_inner) = begin;
                        return Err(failure);
                    }
                    last = Some(failure);
                    if more {
                        continue;
                    }
                    false
                }
            };
            if more {
                batch.next = tour.place();
                return Ok(batch);
            }
            break;
        }
        batch.trouble = tour.trouble(&listed, last)?;
        batch.roster = self.roster(&tour);
        Ok(batch)
    }

    fn set_out(&self) -> Tour {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Tour::new(self.reach.departures)
    }

    /// Adds ids to the roster of the walk.
    fn enrol(&self, tour: &mut Tour, ids: Option<Vec<String>>) {
        let Some(before) = tour.roster else { return };
        let mut roster = self.roster.lock().unwrap_or_else(PoisonError::into_inner);
        // Another walk (a second engine's, a trial) has begun meanwhile: neither knows the whole.
        let whole = ids.filter(|ids| roster.len() == before && before + ids.len() <= ROSTER_MAX);
        tour.roster = whole.map(|ids| {
            roster.extend(ids);
            roster.len()
        });
    }

    /// Everybody who is there, after a whole walk. Nobody at all proves nothing: it may be a right that is missing.
    fn roster(&self, tour: &Tour) -> Option<Vec<String>> {
        let roster = std::mem::take(&mut *self.roster.lock().unwrap_or_else(PoisonError::into_inner));
        tour.roster.filter(|count| *count == roster.len() && *count > 0).map(|_| roster)
    }
}

/// Operations that `[[errors]]` rules may name.
const OPERATIONS: &[&str] = &["request", EACH];

fn endpoint(preset: &SourcePreset, values: &Values) -> Result<Endpoint, Fault> {
    let http = preset.http.as_ref().ok_or_else(|| Fault::new("[http] is missing: `base` says where it goes"))?;
    Endpoint::compile(http, &preset.auth, &preset.limits, &preset.errors, values, OPERATIONS)
}

/// What the templates of `[request]` may use.
fn scope(preset: &SourcePreset, values: &Values) -> Scope {
    let scope = values.scope(Scope::new(), false);
    let scope = scope.names("cursor", ["from", "until", "day", "until_day", "id", "token"]);
    let scope = scope.names("page", ["number", "offset", "token", "size"]);
    match &preset.each {
        Some(each) => scope.names(EACH, Parents::names(each)),
        None => scope,
    }
}

impl Source for HttpJson {
    fn read<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(self.read_page(ask))
    }

    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(async move {
            let Some((page, tables)) = self.first_page().await? else {
                return Ok(format!("{} answered; there is nothing to read one by one now", self.far.host()));
            };
            let (mut good, mut bad, mut why) = (0_usize, 0_usize, None);
            for raw in page.texts(0, BATCH_MAX) {
                match self.mapping.map(raw, &tables).record {
                    Some(Ok(_)) => good += 1,
                    Some(Err(unreadable)) => {
                        bad += 1;
                        why.get_or_insert(unreadable.why);
                    }
                    None => {}
                }
            }
            let host = self.far.host();
            let unread = why.map(|why| format!(", {bad} unreadable (the first: {why})")).unwrap_or_default();
            Ok(self.far.shown(&match page.len() {
                0 => format!("{host} answered; there are no records now"),
                1 => format!("{host} answered with 1 record: {good} readable{unread}"),
                count => format!("{host} answered with {count} records on the first page: {good} readable{unread}"),
            }))
        })
    }
}
