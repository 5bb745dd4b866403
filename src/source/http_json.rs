//! The polling source: asks a JSON address page by page, as its preset says. It keeps nothing between
//! polls; a very large page is given out in slices while its text is kept once.

mod compile;
mod leg;

use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;
use jiff::SignedDuration;
use serde_json::{Map, Value};

use self::leg::Held;
use super::far::Far;
use super::job::{JOB, Job};
use super::lookup::{Kept, Lookups, NotFound};
use super::mapping::{EACH, Mapped, Mapping};
use super::page::{Page, Records};
use super::paging::{Paging, Walk};
use super::parents::{Listed, Parent, Parents};
use super::reach::Reach;
use super::roster::Roster;
use super::sample::{self, Sample};
use super::single::{Hold, Recheck};
use super::tour::Tour;
use super::{Ask, Batch, Cursor, Source};
use crate::health::Facts;
use crate::lead::outcome::Failure;
use crate::lead::{Class, Consent, Record};
use crate::preset::Operation;
use crate::preset::reshape::Tables;

pub use self::compile::endpoint;

/// Most records given out at once; a larger page comes in slices.
pub const BATCH_MAX: usize = 5_000;

/// A compiled source.
pub struct HttpJson {
    far: Far,
    job: Option<Job>,
    request: Operation,
    paging: Paging,
    records: Records,
    mapping: Mapping,
    lookups: Lookups,
    recheck: Option<Recheck>,
    hold: Option<Hold>,
    reach: Reach,
    parents: Option<Parents>,
    /// Must every record be looked at closely, id by id?
    closely: bool,
    counts_up: bool,
    held: Held,
    roster: Roster,
    /// What is known of its vendor.
    facts: Facts,
    /// The parent to begin with next time: where the last walk was told to wait.
    begin: Mutex<Option<String>>,
}

impl HttpJson {
    /// The first page, each mapped field of its records beside its path: for `source try` and `source add`.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub async fn sample(&self) -> Result<Sample, Failure> {
        let Some((page, tables, roots)) = self.first_page().await? else { return Ok(Sample::default()) };
        let mut sample = Sample::of(&page);
        // What is looked up costs a question for each record: then few of them must do.
        let most = if self.lookups.is_empty() { sample::RECORDS_MAX } else { sample::LOOKED_UP_MAX };
        for raw in page.texts(0, most) {
            let mut opened = match self.mapping.open(raw, &tables) {
                Ok(opened) => opened,
                Err(unreadable) => {
                    sample.add(raw, Vec::new(), Mapped { moment: None, record: Some(Err(unreadable)) });
                    continue;
                }
            };
            let (id, wanted) = (opened.id.clone(), !self.lookups.is_empty() && opened.dropped == Ok(false));
            let read_on = if wanted {
                self.lookups.read_on(&self.far, &mut opened, &roots, Kept::OfTheWalk).await
            } else {
                Ok(())
            };
            let fields = self.mapping.explain(&opened);
            let mapped = match read_on {
                Ok(()) => self.mapping.finish(opened),
                Err(NotFound::Everybody(failure)) => return Err(failure),
                Err(NotFound::Record(why)) => {
                    let unreadable = opened.unreadable(id.unwrap_or_default(), why);
                    Mapped { moment: None, record: Some(Err(unreadable)) }
                }
            };
            sample.add(raw, fields, mapped);
        }
        Ok(sample)
    }

    /// The first page there is, with the tables its records are read with; `None` where there are no parents.
    async fn first_page(&self) -> Result<Option<(Page, Tables, Map<String, Value>)>, Failure> {
        let listed = match &self.parents {
            Some(parents) => Some(self.list(parents).await?),
            None => None,
        };
        let parent = listed.as_ref().and_then(|listed| listed.all.first());
        if listed.is_some() && parent.is_none() {
            return Ok(None);
        }
        let mut walk = self.start(&Cursor::default());
        while !self.made(&mut walk, parent).await? {}
        let page = self.fetch(&walk, parent).await?;
        let tables = self.tables(&page, parent);
        Ok(Some((page, tables, self.roots(&walk, parent))))
    }

    async fn list(&self, parents: &Parents) -> Result<Listed, Failure> {
        parents.list(&self.far, self.roots(&self.start(&Cursor::default()), None)).await
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
        let mut roots = self.roots(walk, parent);
        if let Some(job) = &walk.job {
            roots.insert(JOB.to_owned(), Value::Object(job.got.clone()));
        }
        self.far.page(&self.request, (&self.paging, &self.records), walk, roots).await
    }

    fn roots(&self, walk: &Walk, parent: Option<&Parent>) -> Map<String, Value> {
        let mut roots = Map::from_iter([("cursor".to_owned(), self.reach.shown(walk))]);
        roots.extend(parent.map(|parent| (EACH.to_owned(), parent.fields.clone())));
        roots
    }

    async fn read_page(&self, ask: Ask<'_>) -> Result<Batch, Failure> {
        let mut tour = match ask.place {
            None => {
                self.roster.clear();
                self.lookups.forget();
                Tour::new(self.reach.departures)
            }
            Some(place) => Tour::resume(place)?,
        };
        if let Some(parents) = &self.parents {
            return self.read_parents(ask, tour, parents).await;
        }
        let walk = tour.walk.take().unwrap_or_else(|| self.start(ask.cursor));
        let mut leg = self.leg(ask, ask.cursor, walk, None, 1).await?;
        self.roster.add(&mut tour, leg.ids.take(), leg.next.as_ref(), leg.total);
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
            None => self.list(parents).await?,
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
                    if leg.read {
                        tour.went_well();
                    }
                    self.roster.add(&mut tour, leg.ids, leg.next.as_ref(), leg.total);
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
    fn facts(&self) -> Facts {
        let (token_until, token_by_hand) =
            self.far.token_ends().map_or((None, false), |(until, by_hand)| (Some(until), by_hand));
        Facts { token_until, token_by_hand, ..self.facts.clone() }
    }

    fn rechecks(&self) -> Option<(SignedDuration, Vec<Consent>)> {
        self.recheck.as_ref().map(|recheck| (recheck.every, recheck.whom.clone()))
    }

    fn recheck<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Record>, Failure>> {
        Box::pin(async move {
            match &self.recheck {
                Some(recheck) => match recheck.read(&self.far, &self.mapping, &self.lookups, id).await {
                    // Some say it otherwise than by 404: the preset's rules know how.
                    Err(failure) if failure.class == Class::Gone => Ok(None),
                    other => other,
                },
                None => Err(Failure::new(Class::Config, "the source reads no single records")),
            }
        })
    }

    fn can_hold_back(&self) -> bool {
        self.hold.is_some()
    }

    fn hold_back(&self, stop: bool) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(async move {
            match &self.hold {
                Some(hold) => hold.say(&self.far, stop).await,
                None => Err(Failure::new(Class::Config, "the source cannot be told to pause")),
            }
        })
    }

    fn read<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(self.read_page(ask))
    }

    fn turn(&self) -> BoxFuture<'_, Option<tokio::sync::OwnedSemaphorePermit>> {
        Box::pin(self.far.turn())
    }

    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(async move {
            let Some((page, tables, _)) = self.first_page().await? else {
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
