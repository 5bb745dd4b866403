//! The full report: leads of the period page by page through the tally, costs through the book, and what was
//! changed beside them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::DeskError;
use super::alarms::HISTORY_DAYS;
use super::store_desk::StoreDesk;
use super::view::{BEHIND_MAX, Behind};
use crate::clock::{earlier, later};
use crate::config::checked::Margin;
use crate::health::phase;
use crate::lead::LeadId;
use crate::report::book::{Book, Bucket, Rates, book};
use crate::report::capacity::CapacityWanted;
use crate::report::journey::Journey;
use crate::report::model::{Change, Dimension, Point, Report, Row, SCHEMA, SourcePhase, Split, View, Windows};
use crate::report::rows::{Beside, order, quality, returns, row};
use crate::report::stats::share;
use crate::report::stretch;
use crate::report::tally::{Frame, Period, Tallies, Tally, campaign_key};
use crate::report::value::margin;
use crate::report::wanted::Wanted;
use crate::store::{ChangeRow, EndpointKind, JourneyAsk};

/// Days of a report that names none, besides today.
const DAYS_DEFAULT: i64 = 27;
/// Changes that are compared; each costs two counts.
const CHANGES_MAX: u32 = 20;
/// Days on each side of a change.
const CHANGE_DAYS: u16 = 28;

/// Which report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FiguresAsk {
    /// First local day, inclusive; 28 days ago when absent.
    pub since: Option<Date>,
    /// Last local day, inclusive; today when absent.
    pub until: Option<Date>,
    /// How leads are put into the period.
    pub view: View,
    /// Splits.
    pub by: Vec<Dimension>,
    /// Costs as they were known then.
    pub as_of: Option<Timestamp>,
    /// Measure working time as well; takes longer.
    pub working: bool,
}

/// The period of a report.
pub(super) struct Days {
    since: Date,
    until: Date,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) now: Timestamp,
    stretches: Vec<(Date, Timestamp)>,
}

impl Days {
    pub(super) fn period(&self, view: View, windows: Windows) -> Period {
        Period { view, from: self.from, to: self.to, now: self.now, windows }
    }
}

impl StoreDesk {
    /// The report.
    ///
    /// # Errors
    /// The database did not answer, a cost has no rate, or the period ends before it begins.
    pub async fn full_report(&self, ask: &FiguresAsk) -> Result<Report, DeskError> {
        let days = self.days(ask)?;
        let capacity = Some(self.flooded(&days).await?);
        Ok(Report { changes: self.changes(&days).await?, capacity, ..self.counted(ask, &days).await? })
    }

    /// The report without what was changed and without capacity, which take counts of their own.
    pub(super) async fn brief_report(&self, ask: &FiguresAsk) -> Result<Report, DeskError> {
        self.counted(ask, &self.days(ask)?).await
    }

    async fn counted(&self, ask: &FiguresAsk, days: &Days) -> Result<Report, DeskError> {
        let all = self.tally(ask, days, None).await?;
        let booked = self.booked(ask, days).await?;
        self.assemble(ask, days, all, &booked).await
    }

    /// The leads behind a figure, by their numbers.
    ///
    /// # Errors
    /// There is no such figure, the database did not answer, or the period ends before it begins.
    pub async fn leads_behind(&self, ask: &FiguresAsk, figure: &str) -> Result<Vec<LeadId>, DeskError> {
        if let Some(wanted) = CapacityWanted::parse(figure) {
            return self.leads_of_capacity(ask, &wanted.map_err(DeskError::NotFound)?).await;
        }
        let wanted = Wanted::parse(figure).map_err(DeskError::NotFound)?;
        let ask = FiguresAsk { by: Vec::new(), working: false, ..ask.clone() };
        Ok(self.tally(&ask, &self.days(&ask)?, Some(&wanted)).await?.leads)
    }

    /// The same as rows, the latest first.
    pub(super) async fn rows_behind(&self, ask: FiguresAsk, figure: String) -> Result<Behind, DeskError> {
        let leads = self.leads_behind(&ask, &figure).await?;
        let latest = leads.iter().rev().take(BEHIND_MAX).copied().collect();
        let rows = self.store.list_these(latest).await?;
        let leaves = BTreeMap::new();
        let rows = rows.iter().map(|row| self.row(row, &leaves)).collect();
        Ok(Behind { figure, total: leads.len() as u64, rows })
    }

    pub(super) fn days(&self, ask: &FiguresAsk) -> Result<Days, DeskError> {
        let (now, zone) = (self.now(), &self.config.business.zone);
        let until = ask.until.unwrap_or_else(|| now.to_zoned(zone.clone()).date());
        let since = ask.since.unwrap_or_else(|| until.checked_sub(DAYS_DEFAULT.days()).unwrap_or(until));
        if until < since {
            return Err(DeskError::Unknown(format!("the period ends ({until}) before it begins ({since})")));
        }
        let start = |day: Date| day.to_zoned(zone.clone()).map_or(now, |zoned| zoned.timestamp());
        let stretches = stretch::starts(since, until).into_iter().map(|day| (day, start(day))).collect();
        Ok(Days { since, until, from: start(since), to: start(until.tomorrow().unwrap_or(until)), now, stretches })
    }

    async fn tally(&self, ask: &FiguresAsk, days: &Days, wanted: Option<&Wanted>) -> Result<Tallies, DeskError> {
        let windows = Windows::from(self.config.report.windows);
        let config = &self.config;
        let worth = |journey: &Journey| margin(config, journey.service.as_deref(), journey.won_value);
        let fixed: BTreeMap<&str, i64> = config
            .services
            .iter()
            .filter(|(_, service)| matches!(service.margin, Some(Margin::Each(_))))
            .filter_map(|(id, _)| Some((id.as_str(), margin(config, Some(id), None)?)))
            .collect();
        let each = |service: Option<&str>| fixed.get(service?).copied();
        let credits = self.credits()?;
        let credit = |source: &str| credits.get(source).copied().unwrap_or(0);
        let clock = |journey: &Journey, from: Timestamp, to: Timestamp| {
            let team = journey.with.as_ref().and_then(|(team, _)| config.teams.get(&**team));
            team.map_or(&config.business.hours, |team| &team.hours).elapsed(from, to).as_secs()
        };
        let frame = Frame {
            period: days.period(ask.view, windows),
            by: &ask.by,
            stretches: &days.stretches,
            margin: &worth,
            each: &each,
            credit: &credit,
            working: if ask.working { Some(&clock) } else { None },
        };
        let mut all = Tallies::default();
        self.walk(&frame.period, |journey| {
            all.add(&frame, &journey, wanted);
            Ok(())
        })
        .await?;
        Ok(all)
    }

    /// Gives every lead that may count in the period to `take`, in order; ends with its first error.
    pub(super) async fn walk(
        &self,
        period: &Period,
        mut take: impl FnMut(Journey) -> Result<(), DeskError>,
    ) -> Result<(), DeskError> {
        // In the calendar view a lead of long ago may be won today; in both the verdict is of those received.
        let which = JourneyAsk { from: period.from, to: period.to, events: period.view == View::Calendar };
        let Some((first, last)) = self.store.journey_ids(which).await? else { return Ok(()) };
        let (mut page, mut next) = self.store.journeys(first, last).await?;
        loop {
            // The next page is read while this one is taken.
            let taken =
                async { page.into_iter().try_for_each(|one| take(Journey::of(one, period.windows.attribution_days))) };
            let Some(place) = next else { return taken.await };
            let (read, taken) = tokio::join!(self.store.journeys(place, last), taken);
            taken?;
            (page, next) = read?;
        }
    }

    /// What a source credits for one return, minor units of the business's currency.
    fn credits(&self) -> Result<BTreeMap<&str, i64>, DeskError> {
        let one = |id: &'_ String| {
            let price = self.config.sources.get(id).and_then(|source| source.price_per_lead.as_ref());
            let home = price.and_then(|price| self.config.in_business_currency(price)?.minor());
            home.ok_or_else(|| DeskError::Unknown(format!("the price of a lead of {id} has no rate or is too large")))
        };
        self.config.report.credited_by.iter().map(|id| Ok((id.as_str(), one(id)?))).collect()
    }

    async fn booked(&self, ask: &FiguresAsk, days: &Days) -> Result<Book, DeskError> {
        let rates = Rates::new(&self.config.business.currency, self.store.rates(ask.as_of).await?, &self.config.rates);
        let rows = self.store.cost_rows(days.since, days.until, ask.as_of).await?;
        let paid_by = |source: &str| self.config.paid_by(source).to_owned();
        book(&rows, (days.since, days.until), &rates, paid_by).map_err(|error| DeskError::Unknown(error.to_string()))
    }

    async fn assemble(
        &self,
        ask: &FiguresAsk,
        days: &Days,
        mut all: Tallies,
        booked: &Book,
    ) -> Result<Report, DeskError> {
        let windows = Windows::from(self.config.report.windows);
        let others = self.store.other_records(days.from, days.to).await?;
        let currency = &self.config.business.currency;
        let mut sum = Bucket::default();
        booked.by.values().for_each(|bucket| sum.add(bucket));
        let of_none = booked.by.iter().filter(|((source, _), _)| source.is_none());
        let unallocated = of_none.map(|(_, bucket)| bucket.gross - bucket.credits).sum();
        let splits = std::mem::take(&mut all.splits);
        let beside = Beside { bucket: Some(&sum), currency, working: ask.working };
        let total = row("all", "all together", &all.total, &all, &beside);
        let splits = ask.by.iter().map(|by| self.split(*by, &splits, &all, booked, ask)).collect();
        Ok(Report {
            schema: SCHEMA,
            business: self.config.business.name.clone(),
            since: days.since,
            until: days.until,
            view: ask.view,
            view_label: ask.view.label().into(),
            zone: self.config.business.zone.iana_name().unwrap_or("UTC").into(),
            currency: currency.clone(),
            made_at: days.now,
            costs_as_of: ask.as_of,
            windows,
            attribution: format!(
                "one credit per lead: a referral code first, else the last touch that names a campaign up to {} days \
                 before the hand-off, else the first touch; others are counted as assisted",
                windows.attribution_days
            ),
            total,
            touches: others.iter().map(|one| one.1).sum(),
            aside: others.iter().map(|one| one.2).sum(),
            unallocated,
            splits,
            series: series(days, &all, booked),
            quality: quality(&all),
            returns: returns(&all),
            phases: self.phases(days.now).await?,
            changes: Vec::new(),
            capacity: None,
        })
    }

    fn split(
        &self,
        by: Dimension,
        tallies: &BTreeMap<Dimension, BTreeMap<String, Tally>>,
        all: &Tallies,
        booked: &Book,
        ask: &FiguresAsk,
    ) -> Split {
        let mut lines: BTreeMap<String, Tally> = tallies.get(&by).cloned().unwrap_or_default();
        let mut buckets: BTreeMap<String, Bucket> = BTreeMap::new();
        for ((source, campaign), bucket) in booked.by.iter().filter(|_| by.has_cost()) {
            let Some(source) = source else { continue };
            let key = match by {
                Dimension::Campaign => campaign_key(source, campaign.as_deref()),
                _ => source.clone(),
            };
            lines.entry(key.clone()).or_default();
            buckets.entry(key).or_default().add(bucket);
        }
        for id in self.known_lines(by) {
            lines.entry(id).or_default();
        }
        let none = Bucket::default();
        let mut rows: Vec<Row> = lines
            .iter()
            .map(|(key, tally)| {
                let bucket = by.has_cost().then(|| buckets.get(key).unwrap_or(&none));
                let beside = Beside { bucket, currency: &self.config.business.currency, working: ask.working };
                row(key, &self.line_title(by, key), tally, all, &beside)
            })
            .collect();
        order(&mut rows);
        Split { by, rows }
    }

    /// Lines that stand even where nothing came.
    fn known_lines(&self, by: Dimension) -> Vec<String> {
        let config = &self.config;
        match by {
            Dimension::Source => {
                config.sources.values().filter(|one| one.pays_for.is_none()).map(|one| one.id.clone()).collect()
            }
            Dimension::Service => config.services.keys().cloned().collect(),
            Dimension::Team => config.teams.keys().cloned().collect(),
            Dimension::Person => config.people.keys().cloned().collect(),
            Dimension::Campaign | Dimension::Region | Dimension::Referral => Vec::new(),
        }
    }

    pub(super) fn line_title(&self, by: Dimension, key: &str) -> String {
        let config = &self.config;
        let title = match by {
            Dimension::Source => config.sources.get(key).map(|one| one.title.clone()),
            Dimension::Service => config.services.get(key).map(|one| one.title.clone()),
            Dimension::Team => config.teams.get(key).map(|one| one.title.clone()),
            Dimension::Person => config.people.get(key).map(|one| one.name.clone()),
            Dimension::Campaign | Dimension::Region | Dimension::Referral => None,
        };
        title.filter(|title| !title.is_empty()).unwrap_or_else(|| crate::text::clean_line(key, 120))
    }

    async fn phases(&self, now: Timestamp) -> Result<Vec<SourcePhase>, DeskError> {
        let zone = &self.config.business.zone;
        let today = now.to_zoned(zone.clone()).date();
        let endpoints = self.store.endpoints(EndpointKind::Source).await?;
        let days = self.store.source_days(today.checked_sub(HISTORY_DAYS.days()).unwrap_or(today)).await?;
        let sources = self.config.sources.values().filter(|source| source.pays_for.is_none());
        Ok(sources
            .map(|source| {
                let first = endpoints.get(&source.id).and_then(|one| one.first_ok_at);
                let days = days.get(&source.id).map_or(&[][..], Vec::as_slice);
                let phase = phase(self.config.setup_gaps(&source.id).len(), first, days, zone, now);
                SourcePhase { source: source.id.clone(), phase: phase.word().into(), means: phase.means().into() }
            })
            .collect())
    }

    async fn changes(&self, days: &Days) -> Result<Vec<Change>, DeskError> {
        let mut found = Vec::new();
        for change in self.store.changes_between(days.from, days.to, CHANGES_MAX).await? {
            let side = SignedDuration::from_hours(i64::from(CHANGE_DAYS) * 24);
            let (before, after) = (earlier(change.at, side), later(change.at, side).min(days.now));
            let source = change.body.get("source").and_then(|one| one.as_str()).map(str::to_owned);
            let (had, of) = self.store.qualified_between(source.clone(), before, change.at).await?;
            let (has, of_now) = self.store.qualified_between(source.clone(), change.at, after).await?;
            found.push(Change {
                at: change.at,
                what: self.change_words(&change),
                source,
                before: share(had, of, "0 inquiries before"),
                after: share(has, of_now, "0 inquiries since"),
                days: CHANGE_DAYS,
            });
        }
        Ok(found)
    }

    fn change_words(&self, change: &ChangeRow) -> String {
        let text = |key: &str| {
            let value =
                change.body.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            crate::text::clean_line(&value.unwrap_or_default(), 400)
        };
        let what = match change.kind.as_str() {
            "config" => format!("configuration {} in force", text("hash")),
            "cap-set" => format!("cap {} set to {}: {}", text("cap"), text("max"), text("reason")),
            "cap-reset" => format!("cap {} back to the configuration", text("cap")),
            _ => text("text"),
        };
        if change.who == "leadgate" { what } else { format!("{what} ({})", self.title_of(&change.who)) }
    }
}

fn series(days: &Days, all: &Tallies, booked: &Book) -> Vec<Point> {
    let starts: Vec<Date> = days.stretches.iter().map(|(day, _)| *day).collect();
    let last = |place: usize| starts.get(place + 1).and_then(|next| next.yesterday().ok()).unwrap_or(days.until);
    starts
        .iter()
        .enumerate()
        .map(|(place, from)| Point {
            from: *from,
            until: last(place),
            counts: all.series.get(place).copied().unwrap_or_default(),
            cost: booked.days.range(*from..=last(place)).map(|(_, minor)| minor).sum(),
        })
        .collect()
}
