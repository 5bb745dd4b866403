//! The polling source: asks a JSON address page by page, as its preset says. It keeps nothing between
//! polls; a very large page is given out in slices while its text is kept once.

mod compile;
mod leg;

use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;
use serde_json::Map;

use self::leg::Held;
use super::far::Far;
use super::mapping::{EACH, Mapping};
use super::page::{Page, Records};
use super::paging::{Paging, Walk};
use super::parents::{Listed, Parent, Parents};
use super::reach::Reach;
use super::roster::Roster;
use super::tour::Tour;
use super::{Ask, Batch, Cursor, Source};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::preset::Operation;
use crate::preset::reshape::Tables;

/// Most records given out at once; a larger page comes in slices.
pub const BATCH_MAX: usize = 5_000;

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
    held: Held,
    roster: Roster,
    /// The parent to begin with next time: where the last walk was told to wait.
    begin: Mutex<Option<String>>,
}

impl HttpJson {
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

    async fn read_page(&self, ask: Ask<'_>) -> Result<Batch, Failure> {
        let mut tour = match ask.place {
            None => {
                self.roster.clear();
                Tour::new(self.reach.departures)
            }
            Some(place) => Tour::resume(place)?,
        };
        if let Some(parents) = &self.parents {
            return self.read_parents(ask, tour, parents).await;
        }
        let walk = tour.walk.take().unwrap_or_else(|| self.start(ask.cursor));
        let mut leg = self.leg(ask, ask.cursor, walk, None, 1).await?;
        self.roster.add(&mut tour, leg.ids.take());
        match leg.next {
            Some(walk) => {
                tour.walk = Some(walk);
                leg.batch.next = tour.place();
            }
            None => leg.batch.roster = self.roster.whole(&tour),
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
            match self.leg(ask, &cursor, walk, Some(parent), listed.all.len()).await {
                Ok(leg) => {
                    tour.went_well();
                    self.roster.add(&mut tour, leg.ids);
                    batch = leg.batch;
                    if let Some(moved) = batch.cursor.take() {
                        tour.moved.insert(parent.id.clone(), moved);
                        batch.cursor = Some(tour.cursor(ask.cursor, &listed));
                    }
                    tour.walk = leg.next;
                    if tour.walk.is_some() || tour.step(&listed) {
                        batch.next = tour.place();
                        return Ok(batch);
                    }
                    break;
                }
                Err(failure) => {
                    last = Some(failure.clone());
                    if !self.pass_over(&mut tour, parent, &listed, failure)? {
                        break;
                    }
                }
            }
        }
        batch.trouble = tour.trouble(&listed, last)?;
        batch.roster = self.roster.whole(&tour);
        Ok(batch)
    }

    /// Goes on to the next parent after one that could not be read; `false` where it was the last.
    fn pass_over(&self, tour: &mut Tour, parent: &Parent, listed: &Listed, failure: Failure) -> Result<bool, Failure> {
        let waits = failure.class == Class::Throttle;
        let told = tour.went_wrong(parent, failure);
        let more = tour.step(listed);
        told.map(|()| more).inspect_err(|_| {
            // The next walk begins with whom this one did not come to.
            let begin = if waits { Some(parent.id.clone()) } else { tour.parent.clone() };
            *self.begin.lock().unwrap_or_else(PoisonError::into_inner) = begin;
        })
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
