//! The polling source: asks a JSON address page by page, as its preset says. It keeps nothing between
//! polls; a very large page is given out in slices while its text is kept once.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::mapping::Mapping;
use super::page::{Page, Records};
use super::paging::{Paging, Walk, holds_hash};
use super::{Ask, Batch, Cursor, Place, Source};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::Http;
use crate::preset::document::{Order, SourcePreset, Strategy};
use crate::preset::fault::Fault;
use crate::preset::read::PathDoc;
use crate::preset::{Context, Endpoint, Kind, Names, Operation, Reader, Scope, Values, instant};

/// Most records given out at once; a larger page comes in slices.
pub const BATCH_MAX: usize = 5_000;
/// Most page hashes remembered from one poll to the next.
const HASHES_MAX: usize = 4_096;

/// A compiled source.
pub struct HttpJson {
    http: Http,
    endpoint: Endpoint,
    request: Operation,
    paging: Paging,
    records: Records,
    mapping: Mapping,
    strategy: Strategy,
    order: Order,
    overlap: SignedDuration,
    settle: SignedDuration,
    backfill: SignedDuration,
    values: Value,
    /// Changes with everything that could make the same page mean something else.
    fingerprint: String,
    /// The page that is being given out in slices.
    held: Mutex<Option<(Walk, Arc<Page>)>>,
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
        let names = Names::of(values);
        let request =
            preset.request.as_ref().ok_or_else(|| Fault::new("[request] is missing: nothing says what is asked"))?;
        let scope = values.scope(Scope::new(), false);
        let scope = scope.names("cursor", ["from"]).names("page", ["number", "offset", "token", "size"]);
        let endpoint =
            Endpoint::compile(&preset.http, &preset.auth, &preset.limits, &preset.errors, values, &["request"])?;
        let length = |part: &str, text: &Option<String>| {
            text.as_deref().map_or(Ok(SignedDuration::ZERO), instant::duration).map_err(|fault| fault.within(part))
        };
        if preset.cursor.strategy == Strategy::Since && preset.cursor.field.is_empty() {
            return Err(Fault::new("strategy since needs a field").within("cursor"));
        }
        let records = Reader::compile(&PathDoc::At(preset.extract.records.clone()), names)
            .map_err(|fault| fault.within("extract.records"))?;
        let records = Records::compile(records.label())
            .map_err(|why| Fault::about(&preset.extract.records, why).within("extract.records"))?;
        let fingerprint = super::page::hash(&format!("{} {preset:?} {}", env!("CARGO_PKG_VERSION"), values.root()));
        Ok(Self {
            http: http.clone(),
            endpoint,
            request: Operation::compile("request", request, &scope, names)?,
            paging: Paging::compile(&preset.paging, names)?,
            records,
            mapping: Mapping::compile(preset, values)?,
            strategy: preset.cursor.strategy,
            order: preset.cursor.order,
            overlap: length("cursor.overlap", &preset.cursor.overlap)?,
            settle: length("cursor.settle", &preset.cursor.settle)?,
            backfill,
            values: values.root(),
            fingerprint,
            held: Mutex::new(None),
        })
    }

    /// One record of the first page, each mapped field beside its path: for `source try`.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub async fn explain(&self) -> Result<Vec<(String, String, Result<Option<String>, String>)>, Failure> {
        let page = self.fetch(&self.start(&Cursor::default())).await?;
        let tables = self.mapping.page_tables(&page.envelope);
        Ok(page.texts(0, 1).flat_map(|raw| self.mapping.explain(raw, &tables)).collect())
    }

    /// The start of a walk: from the cursor less the overlap; the first time, from `backfill` ago.
    fn start(&self, cursor: &Cursor) -> Walk {
        let from = (self.strategy == Strategy::Since).then(|| {
            let since = cursor.since.as_deref().and_then(instant::parse);
            let from = match since {
                Some(since) => since.checked_sub(self.overlap),
                None => self.http.now().checked_sub(self.backfill),
            };
            from.unwrap_or(Timestamp::UNIX_EPOCH)
        });
        self.paging.first(from)
    }

    async fn fetch(&self, walk: &Walk) -> Result<Page, Failure> {
        let context = self.context(walk);
        let mut request = self
            .endpoint
            .request(&self.request, Kind::Read, &context)
            .map_err(|fault| Failure::new(Class::Config, self.endpoint.shown(&fault.message)))?;
        if let Some(url) = self.paging.follow(walk, self.endpoint.base())? {
            request.url = url;
        }
        let answer = self.endpoint.ask_request(&self.http, &self.request, &context, &request).await?;
        self.records.split(answer).map_err(|what| {
            Failure::new(Class::Retry, self.endpoint.shown(&format!("{} answered {what}", self.endpoint.host())))
        })
    }

    fn context(&self, walk: &Walk) -> Context {
        let page = json!({
            "number": walk.number, "offset": walk.offset, "token": walk.token, "size": self.paging.size,
        });
        let from = walk.from.map(|from| from.to_string());
        Context::from_serialize(&json!({"vars": self.values, "cursor": {"from": from}, "page": page}))
    }

    /// The page of this place: the one held from the slice before, else a new one.
    async fn page(&self, walk: &Walk) -> Result<Arc<Page>, Failure> {
        let whole = Walk { skip: 0, seen: None, date: None, ..walk.clone() };
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((of, page)) = held.filter(|(of, _)| walk.skip > 0 && *of == whole) {
            self.hold(of, &page);
            return Ok(page);
        }
        let page = Arc::new(self.fetch(walk).await?);
        if page.len() > BATCH_MAX {
            self.hold(whole, &page);
        }
        Ok(page)
    }

    fn hold(&self, walk: Walk, page: &Arc<Page>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some((walk, Arc::clone(page)));
    }

    async fn read_page(&self, cursor: &Cursor, place: Option<&Place>) -> Result<Batch, Failure> {
        let mut walk = match place {
            None => self.start(cursor),
            Some(place) => Walk::resume(place)?,
        };
        let page = self.page(&walk).await?;
        let mut batch = Batch::default();
        // Bytes that were read and stored last time hold nothing new.
        if !self.is_known(cursor, &page) {
            let tables = self.mapping.page_tables(&page.envelope);
            for raw in page.texts(walk.skip, BATCH_MAX) {
                let mapped = self.mapping.map(raw, &tables);
                walk.seen = walk.seen.max(mapped.moment);
                batch.records.extend(mapped.record);
            }
            if walk.skip + BATCH_MAX < page.len() {
                walk.skip += BATCH_MAX;
                batch.next = walk.place();
                return Ok(batch);
            }
        }
        self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        walk.date = walk.date.max(page.date);
        let next = self.paging.next(&walk, &page, self.overlap)?;
        batch.cursor = self.cursor(cursor, &walk, &page, next.as_ref());
        batch.next = next.as_ref().and_then(Walk::place);
        Ok(batch)
    }

    fn is_known(&self, cursor: &Cursor, page: &Page) -> bool {
        let tag = cursor.tag.as_deref().and_then(|tag| tag.strip_prefix(&self.fingerprint));
        page.len() > 0 && tag.and_then(|tag| tag.strip_prefix(':')).is_some_and(|tag| holds_hash(tag, &page.hash))
    }

    /// The cursor to store with a page: after the last page, and after each where pages come in order.
    fn cursor(&self, old: &Cursor, walk: &Walk, page: &Page, next: Option<&Walk>) -> Option<Cursor> {
        if next.is_some() && self.order == Order::Unknown {
            return None;
        }
        let before = old.since.as_deref().and_then(instant::parse);
        let since = (self.strategy == Strategy::Since).then(|| before.max(self.settled(walk))).flatten();
        let tag = if next.is_some() { old.tag.clone() } else { Some(self.tag(walk, page)) };
        let new = Cursor { since: since.map(|since| since.to_string()), tag };
        (new != *old).then_some(new)
    }

    /// The latest moment seen, but nothing the source may still be changing its mind about.
    fn settled(&self, walk: &Walk) -> Option<Timestamp> {
        let seen = walk.seen?;
        if self.settle.is_zero() {
            return Some(seen);
        }
        let now = walk.date.unwrap_or(seen);
        Some(now.checked_sub(self.settle).map_or(seen, |final_before| seen.min(final_before)))
    }

    fn tag(&self, walk: &Walk, page: &Page) -> String {
        let kept: String = walk.hashes.chars().take(HASHES_MAX * page.hash.len()).collect();
        format!("{}:{kept}{}", self.fingerprint, page.hash)
    }
}

impl Source for HttpJson {
    fn read<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(self.read_page(ask.cursor, ask.place))
    }

    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(async move {
            let page = self.fetch(&self.start(&Cursor::default())).await?;
            let tables = self.mapping.page_tables(&page.envelope);
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
            let host = self.endpoint.host();
            let unread = why.map(|why| format!(", {bad} unreadable (the first: {why})")).unwrap_or_default();
            Ok(self.endpoint.shown(&match page.len() {
                0 => format!("{host} answered; there are no records now"),
                1 => format!("{host} answered with 1 record: {good} readable{unread}"),
                count => format!("{host} answered with {count} records on the first page: {good} readable{unread}"),
            }))
        })
    }
}
