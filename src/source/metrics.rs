//! Figures of campaigns. Platforms correct them for weeks, so the last days are read again every time, and each
//! day replaces what was known of it (`sources` 6). A day without a row says nothing; no rows at all may mean
//! that we are not allowed to see them, which a second question settles.

use std::sync::atomic::{AtomicI32, Ordering};

use futures::future::BoxFuture;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::far::Far;
use super::figures::Figures;
use super::page::{Page, Records};
use super::paging::{Bound, Paging, Walk};
use super::{Ask, Batch, Cursor, Place, Source, reach};
use crate::health::Facts;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::Http;
use crate::preset::document::{MetricsDoc, SourcePreset};
use crate::preset::fault::Fault;
use crate::preset::read::PathDoc;
use crate::preset::sunset;
use crate::preset::{Endpoint, Names, Operation, Scope, Template, Values, instant};

/// So many days are read again, where a preset does not say.
const RESTATE_DAYS: i32 = 28;
/// Most days asked for at once, where a preset does not say.
const SPAN_DAYS: i32 = 31;
/// Rows of one page at most.
const ROWS_MAX: usize = 50_000;
/// Operations that `[[errors]]` rules may name.
const OPERATIONS: &[&str] = &["request", "probe"];

/// A compiled source of figures.
pub struct Metrics {
    far: Far,
    /// The version of the interface, and its last day.
    sunset: Option<(String, Date)>,
    request: Operation,
    probe: Option<Operation>,
    paging: Paging,
    records: Records,
    figures: Figures,
    zone: TimeZone,
    restate: i32,
    backfill: i32,
    /// Days asked for at once: fewer after the far side found them too many.
    span: AtomicI32,
}

/// Where a walk over days and pages stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Standing {
    /// First day of the present stretch.
    from: Date,
    /// Its last day.
    until: Date,
    /// The last day of all.
    last: Date,
    /// Where in its pages.
    walk: Walk,
    /// Rows seen in the whole walk.
    rows: u64,
    /// Of these unreadable, and why the first one is.
    bad: u64,
    why: Option<String>,
}

impl Metrics {
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
        let missing = |part: &str| Fault::new(format!("kind = \"metrics\" needs {part}"));
        let doc = preset.metrics.as_ref().ok_or_else(|| missing("[metrics]"))?;
        let request = preset.request.as_ref().ok_or_else(|| missing("[request]"))?;
        let at = preset.http.as_ref().ok_or_else(|| missing("[http]"))?;
        let zone = reach::zone(&preset.cursor, values)?;
        let values = &values.clone().in_zone(zone.clone());
        let (names, plain) = (Names::of(values), values.scope(Scope::new(), false));
        let scope = plain.clone().names("cursor", ["from", "until", "day", "until_day"]);
        let scope = scope.names("page", ["number", "offset", "token", "size"]);
        let records = Records::compile_in(&preset.extract.records, values).map_err(|fault| fault.within("extract"))?;
        let endpoint = Endpoint::compile(at, &preset.auth, &preset.limits, &preset.errors, values, OPERATIONS)?;
        let restate = days("cursor.restate", preset.cursor.restate.as_deref())?.unwrap_or(RESTATE_DAYS);
        let most = days("cursor.backfill", preset.cursor.backfill.as_deref())?.unwrap_or(i32::MAX);
        Ok(Self {
            far: Far::new(http, endpoint, values.root()),
            sunset: sunset::ends(preset, values)?,
            request: Operation::compile("request", request, &scope, names)?,
            probe: probe(doc, &plain, names)?,
            paging: Paging::compile(&preset.paging, values, &records, Bound::Moment(SignedDuration::ZERO))?,
            records,
            figures: Figures::compile(&filled(doc, values)?, names).map_err(|fault| fault.within("metrics"))?,
            zone: zone.unwrap_or(TimeZone::UTC),
            restate,
            backfill: i32::try_from(backfill.as_hours() / 24).unwrap_or(i32::MAX).clamp(restate, most.max(restate)),
            span: AtomicI32::new(days("metrics.span", doc.span.as_deref())?.unwrap_or(SPAN_DAYS).max(1)),
        })
    }

    /// The days of a walk: the last ones, and those since the last complete read with what may have been
    /// corrected before it.
    fn begin(&self, cursor: &Cursor) -> Standing {
        let last = self.far.now().to_zoned(self.zone.clone()).date();
        let read: Option<Date> = cursor.since.as_deref().and_then(|day| day.parse().ok());
        let back = |day: Date, days: i32| day.checked_sub(days.days()).unwrap_or(Date::MIN);
        let from = read.map_or_else(|| back(last, self.backfill), |read| back(read.min(last), self.restate));
        let until = self.stretch(from, last);
        Standing { from, until, last, walk: self.paging.first(), rows: 0, bad: 0, why: None }
    }

    fn stretch(&self, from: Date, last: Date) -> Date {
        let days = self.span.load(Ordering::Relaxed).max(1) - 1;
        from.checked_add(days.days()).unwrap_or(last).min(last)
    }

    /// A page of the present stretch; a shorter stretch where the far side finds it too long.
    async fn page(&self, at: &mut Standing) -> Result<Page, Failure> {
        loop {
            if let Some(page) = self.ask(at).await? {
                return Ok(page);
            }
            let days = (at.until - at.from).get_days() + 1;
            if days <= 1 {
                let message = format!("{} finds even one day of figures too much", self.far.host());
                return Err(Failure::new(Class::Config, message).hint("ask for fewer fields, or for one account each"));
            }
            self.span.store(days / 2, Ordering::Relaxed);
            at.until = self.stretch(at.from, at.last);
            at.walk = self.paging.first();
        }
    }

    async fn ask(&self, at: &Standing) -> Result<Option<Page>, Failure> {
        let moment = |day: Date| day.to_zoned(self.zone.clone()).map(|zoned| zoned.timestamp().to_string()).ok();
        let behind = at.until.tomorrow().unwrap_or(at.until);
        let cursor = json!({
            "from": moment(at.from), "until": moment(behind),
            "day": at.from.to_string(), "until_day": at.until.to_string(),
        });
        let roots = Map::from_iter([("cursor".to_owned(), cursor)]);
        self.far.page_unless_too_much(&self.request, (&self.paging, &self.records), &at.walk, roots).await
    }

    async fn read_page(&self, ask: Ask<'_>) -> Result<Batch, Failure> {
        let mut at = match ask.place {
            None => self.begin(ask.cursor),
            Some(Place(place)) => serde_json::from_value(place.clone())
                .map_err(|error| Failure::new(Class::Config, format!("the place in the walk is damaged: {error}")))?,
        };
        let page = self.page(&mut at).await?;
        let mut batch = Batch::default();
        self.read_rows(&page, &mut at, &mut batch)?;
        if let Some(walk) = self.paging.next(&at.walk, &page)? {
            at.walk = walk;
            batch.next = place(&at);
        } else if at.until < at.last {
            at.from = at.until.tomorrow().unwrap_or(at.last);
            at.until = self.stretch(at.from, at.last);
            at.walk = self.paging.first();
            batch.next = place(&at);
        } else {
            self.end(&at, &mut batch).await?;
        }
        Ok(batch)
    }

    fn read_rows(&self, page: &Page, at: &mut Standing, batch: &mut Batch) -> Result<(), Failure> {
        if page.len() > ROWS_MAX {
            let message = format!("{} sent more than {ROWS_MAX} rows at once", self.far.host());
            return Err(Failure::new(Class::Config, message).hint("ask for fewer days at once (metrics.span)"));
        }
        for raw in page.texts(0, ROWS_MAX) {
            at.rows += 1;
            match self.figures.read(raw) {
                Ok(metric) => batch.metrics.push(metric),
                Err(why) => {
                    at.bad += 1;
                    at.why.get_or_insert(why);
                }
            }
        }
        Ok(())
    }

    /// The end of a walk. Where it found nothing, it is made sure that there is nothing.
    async fn end(&self, at: &Standing, batch: &mut Batch) -> Result<(), Failure> {
        if at.rows == 0 {
            self.allowed().await?;
        }
        if let Some(why) = at.why.as_ref().filter(|_| at.bad == at.rows) {
            let told = format!("none of the {} rows can be read: {why}", at.rows);
            return Err(Failure::new(Class::Config, self.far.shown(&told)));
        }
        batch.trouble = at.why.as_ref().map(|why| {
            let told = format!("{} of {} rows cannot be read, the first: {why}", at.bad, at.rows);
            Failure::new(Class::Retry, self.far.shown(&told))
        });
        batch.cursor = Some(Cursor { since: Some(at.last.to_string()), ..Cursor::default() });
        Ok(())
    }

    /// May we see figures at all?
    async fn allowed(&self) -> Result<(), Failure> {
        let Some(probe) = &self.probe else { return Ok(()) };
        self.far.confirm(probe).await.map_err(|failure| Failure {
            class: if failure.class == Class::Retry { Class::Auth } else { failure.class },
            message: format!("no figures, and no right to see any: {}", failure.message),
            hint: failure
                .hint
                .or_else(|| Some("give the account behind the credentials the right to read reports".into())),
            wait_secs: failure.wait_secs,
        })
    }

    async fn tried(&self) -> Result<String, Failure> {
        let mut at = self.begin(&Cursor {
            since: Some(self.far.now().to_zoned(self.zone.clone()).date().to_string()),
            ..Cursor::default()
        });
        let page = self.page(&mut at).await?;
        let mut batch = Batch::default();
        self.read_rows(&page, &mut at, &mut batch)?;
        if at.rows == 0 {
            self.allowed().await?;
        }
        let unread = at.why.map(|why| format!(", {} unreadable (the first: {why})", at.bad)).unwrap_or_default();
        let (host, from, until) = (self.far.host(), at.from, at.until);
        Ok(self.far.shown(&match batch.metrics.len() {
            0 if at.rows == 0 => format!("{host} answered; no campaign had figures from {from} to {until}"),
            good => format!("{host} answered with figures from {from} to {until}: {good} readable{unread}"),
        }))
    }
}

impl Source for Metrics {
    fn facts(&self) -> Facts {
        let (token_until, token_by_hand) =
            self.far.token_ends().map_or((None, false), |(until, by_hand)| (Some(until), by_hand));
        Facts { token_until, token_by_hand, sunset: self.sunset.clone(), ..Facts::default() }
    }

    fn read<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(self.read_page(ask))
    }

    fn turn(&self) -> BoxFuture<'_, Option<tokio::sync::OwnedSemaphorePermit>> {
        Box::pin(self.far.turn())
    }

    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(self.tried())
    }
}

fn place(at: &Standing) -> Option<Place> {
    serde_json::to_value(at).ok().map(|value: Value| Place(value))
}

fn probe(doc: &MetricsDoc, scope: &Scope, names: Names<'_>) -> Result<Option<Operation>, Fault> {
    let probe = doc.probe.as_ref().map(|probe| Operation::compile("probe", probe, scope, names));
    probe.transpose().map_err(|fault| fault.within("metrics"))
}

/// The paths with what the operator said of the currency: some vendors never name it.
fn filled(doc: &MetricsDoc, values: &Values) -> Result<MetricsDoc, Fault> {
    let mut doc = doc.clone();
    let Some(PathDoc::Table(table)) = &mut doc.currency else { return Ok(doc) };
    if let Some(toml::Value::String(text)) = &table.constant {
        let within = |fault: Fault| fault.within("metrics.currency");
        let template = Template::compile(text, &values.scope(Scope::new(), false)).map_err(within)?;
        match template.text(&values.context()).map_err(within)? {
            none if none.is_empty() => doc.currency = None,
            code => table.constant = Some(toml::Value::String(code)),
        }
    }
    Ok(doc)
}

fn days(part: &str, text: Option<&str>) -> Result<Option<i32>, Fault> {
    let length = text.map(instant::duration).transpose().map_err(|fault| fault.within(part))?;
    Ok(length.map(|length| i32::try_from(length.as_hours() / 24).unwrap_or(i32::MAX)))
}
