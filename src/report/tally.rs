//! Counting journeys: one pass over the leads of a period, adding each to the total and to its line of every
//! split. What a figure counts and which leads it counts are answered by the same [`Hits`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::figures::Waited;
use super::journey::Journey;
use super::model::{Counts, Dimension, View, Windows};
use super::value::Settled;
use super::wanted::Wanted;
use crate::lead::{Answer, LeadId};

/// Most lines of a split; what comes beyond goes into one line, so that hostile campaign names cannot fill memory.
const KEYS_MAX: usize = 2_000;
/// The line of what has no line of its own.
pub const OTHERS: &str = "(others)";
/// Most leads named behind a figure: 32 MB of numbers.
pub const LEADS_MAX: usize = 4_000_000;

/// Working seconds of a lead's team between two instants.
pub type Working<'a> = dyn Fn(&Journey, Timestamp, Timestamp) -> i64 + Sync + 'a;

/// Which leads and events are counted.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    /// How leads are put into the period.
    pub view: View,
    /// From then on.
    pub from: Timestamp,
    /// Until before then.
    pub to: Timestamp,
    /// As of.
    pub now: Timestamp,
    /// Windows in force.
    pub windows: Windows,
}

/// What is counted, and how.
pub struct Frame<'a> {
    /// Which leads and events.
    pub period: Period,
    /// Splits.
    pub by: &'a [Dimension],
    /// The stretches of the series: first day and its first instant, ascending.
    pub stretches: &'a [(Date, Timestamp)],
    /// What a won lead earned, minor units.
    pub margin: &'a (dyn Fn(&Journey) -> Option<i64> + Sync),
    /// What any won lead of a service earns; `None` where it depends on its value.
    pub each: &'a (dyn Fn(Option<&str>) -> Option<i64> + Sync),
    /// What the source that brought a lead credits when it is returned for its fault, minor units.
    pub credit: &'a (dyn Fn(&str) -> i64 + Sync),
    /// Working seconds between two instants for the team that has the lead.
    pub working: Option<&'a Working<'a>>,
}

/// What one lead counts for in the period.
#[derive(Debug, Clone, Copy)]
pub struct Hits {
    /// Each of the steps.
    pub steps: [bool; 6],
    /// Received in the period.
    pub cohort: bool,
    /// Returned.
    pub returned: bool,
    /// Returned for the source's fault.
    pub fault: bool,
    /// Received in the period, handed off and decided or past the decision window.
    pub mature: bool,
    /// Handed off, and too lately to know whether it is returned.
    pub returnable: bool,
}

impl Hits {
    /// Does it count for anything?
    pub fn any(&self) -> bool {
        self.cohort || self.returned || self.steps.contains(&true)
    }
}

impl Period {
    fn has(&self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| at >= self.from && at < self.to)
    }

    fn older(&self, at: Timestamp, days: u16) -> bool {
        at.duration_until(self.now) >= SignedDuration::from_hours(i64::from(days) * 24)
    }

    /// What `journey` counts for.
    pub fn hits(&self, journey: &Journey) -> Hits {
        let cohort = self.has(Some(journey.received_at));
        let counts = |at: Option<Timestamp>| match self.view {
            View::Cohort => cohort && at.is_some(),
            View::Calendar => self.has(at),
        };
        let returned = counts(journey.returned.as_ref().map(|(at, _)| *at));
        let fault = returned && journey.returned.as_ref().is_some_and(|(_, code)| code.is_source_fault());
        let out = journey.handed_off_at();
        let settled = out.is_some_and(|at| journey.closed_at.is_some() || self.older(at, self.windows.decision_days));
        let lately = out.is_some_and(|at| !self.older(at, self.windows.return_days));
        Hits {
            steps: journey.at.map(counts),
            cohort,
            returned,
            fault,
            mature: cohort && settled,
            returnable: counts(out) && lately && journey.returned.is_none(),
        }
    }
}

impl Frame<'_> {
    /// The stretch of an instant.
    fn stretch(&self, at: Timestamp) -> Option<usize> {
        self.stretches.partition_point(|(_, start)| *start <= at).checked_sub(1)
    }
}

/// What was counted of one line.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// The steps and returns.
    pub counts: Counts,
    /// Others' leads touched.
    pub assisted: u64,
    /// Credited by the terms of the sources for what was returned, minor units.
    pub credits: i64,
    /// Settled leads and what they earned.
    pub settled: Settled,
    /// Places in [`Tallies::waits`].
    pub waits: Vec<u32>,
    /// Handed off without a promise.
    pub no_target: u64,
    /// Inquiries by stretch.
    pub spark: Vec<u64>,
    each: BTreeSet<Option<i64>>,
}

impl Tally {
    /// `margin`: of a won lead, where it is known.
    #[allow(clippy::option_option)] // not won, won for an unknown margin, won for that much
    fn add(&mut self, hits: &Hits, margin: Option<Option<i64>>, each: Option<i64>) {
        let [inquiries, qualified, handed_off, contacted, actionable, won] = hits.steps.map(u64::from);
        let counts = &mut self.counts;
        counts.inquiries += inquiries;
        counts.qualified += qualified;
        counts.handed_off += handed_off;
        counts.contacted += contacted;
        counts.actionable += actionable;
        counts.won += won;
        counts.returned += u64::from(hits.returned);
        counts.returned_fault += u64::from(hits.fault);
        if hits.cohort {
            self.each.insert(each);
            // One margin for all of them, or none.
            self.settled.configured = self.each.first().copied().flatten().filter(|_| self.each.len() == 1);
        }
        self.settled.mature += u64::from(hits.mature);
        match margin {
            Some(Some(margin)) => {
                self.settled.known += 1;
                self.settled.margin = self.settled.margin.saturating_add(margin);
            }
            Some(None) => self.settled.unknown += 1,
            None => {}
        }
        self.settled.won_mature += u64::from(hits.mature && margin.is_some());
    }

    fn mark(&mut self, stretch: Option<usize>, stretches: usize) {
        self.spark.resize(stretches, 0);
        if let Some(count) = stretch.and_then(|place| self.spark.get_mut(place)) {
            *count += 1;
        }
    }
}

/// What was counted of one criterion.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// Met.
    pub met: u64,
    /// Unmet.
    pub unmet: u64,
    /// Unknown.
    pub unknown: u64,
    /// The only one that counts against the lead.
    pub alone: u64,
    /// Answered with yes by a person: all, handed off, won, returned.
    pub overridden: [u64; 4],
}

/// Everything that was counted.
#[derive(Debug, Clone, Default)]
pub struct Tallies {
    /// All together.
    pub total: Tally,
    /// By dimension and key.
    pub splits: BTreeMap<Dimension, BTreeMap<String, Tally>>,
    /// Counts by stretch.
    pub series: Vec<Counts>,
    /// By criterion.
    pub quality: BTreeMap<String, Asked>,
    /// Returns by code.
    pub by_code: BTreeMap<String, (u64, bool)>,
    /// Handed off too lately to know whether they are returned.
    pub immature: u64,
    /// (returned, all) of those handed off that can no longer be returned.
    pub settled_returns: (u64, u64),
    /// How long handed-off leads waited: wall clock, working time.
    pub waits: Vec<(Waited, Option<Waited>)>,
    /// The leads behind the figure that was asked for.
    pub leads: Vec<LeadId>,
}

/// The line of a lead in a split; what is not known has a line, too.
pub fn key_of(journey: &Journey, by: Dimension) -> Cow<'_, str> {
    fn or<'a>(value: Option<&'a Arc<str>>, none: &'static str) -> Cow<'a, str> {
        Cow::Borrowed(value.map_or(none, |value| value))
    }
    match by {
        Dimension::Source => Cow::Borrowed(&*journey.source),
        Dimension::Campaign => Cow::Owned(campaign_key(&journey.source, journey.campaign.as_deref())),
        Dimension::Service => or(journey.service.as_ref(), "(unknown)"),
        Dimension::Region => or(journey.region.as_ref(), "(unknown)"),
        Dimension::Team => or(journey.with.as_ref().map(|with| &with.0), "(nobody)"),
        Dimension::Person => or(journey.with.as_ref().map(|with| &with.1), "(nobody)"),
        Dimension::Referral => or(journey.referral.as_ref(), "(none)"),
    }
}

/// The line of a source's campaign.
pub fn campaign_key(source: &str, campaign: Option<&str>) -> String {
    let campaign = campaign.unwrap_or("(no campaign)");
    [source, "/", campaign].concat()
}

impl Tallies {
    /// Counts one lead, and names it where it is wanted.
    pub fn add(&mut self, frame: &Frame<'_>, journey: &Journey, wanted: Option<&Wanted>) {
        let hits = frame.period.hits(journey);
        if !hits.any() {
            return;
        }
        if wanted.is_some_and(|wanted| wanted.takes(journey, &hits)) && self.leads.len() < LEADS_MAX {
            self.leads.push(journey.id);
        }
        let margin = (hits.cohort && journey.won_at().is_some()).then(|| (frame.margin)(journey));
        let each = if hits.cohort { (frame.each)(journey.service.as_deref()) } else { None };
        let wait = hits.steps[2].then(|| self.wait(frame, journey));
        let stretch = hits.steps[0].then(|| frame.stretch(journey.received_at)).flatten();
        for by in std::iter::once(None).chain(frame.by.iter().copied().map(Some)) {
            let tally = match by {
                None => &mut self.total,
                Some(by) => line(self.splits.entry(by).or_default(), &key_of(journey, by)),
            };
            tally.add(&hits, margin, each);
            tally.mark(stretch, frame.stretches.len());
            tally.waits.extend(wait);
            tally.no_target += u64::from(wait.is_some() && journey.answer_by.is_none());
        }
        self.assist(frame, journey, &hits);
        self.credit(frame, journey, &hits);
        self.over_time(frame, journey, &hits);
        self.ask(journey, &hits);
        self.returns(frame, journey, &hits);
    }

    fn wait(&mut self, frame: &Frame<'_>, journey: &Journey) -> u32 {
        let (asked, ends) = (journey.submitted_at, (journey.first_at, journey.closed_at));
        let wall = |from: Timestamp, to: Timestamp| from.duration_until(to).as_secs();
        let measured = Waited::between(asked, ends, journey.answer_by, frame.period.now, wall);
        let working = frame.working.map(|clock| {
            Waited::between(asked, ends, journey.answer_by, frame.period.now, |from, to| clock(journey, from, to))
        });
        self.waits.push((measured, working));
        u32::try_from(self.waits.len() - 1).unwrap_or(u32::MAX)
    }

    fn assist(&mut self, frame: &Frame<'_>, journey: &Journey, hits: &Hits) {
        if !hits.steps[0] {
            return;
        }
        for (source, campaign) in &journey.assisted {
            for by in frame.by {
                let key = match by {
                    Dimension::Source if *source != journey.source => source.to_string(),
                    Dimension::Campaign => campaign_key(source, campaign.as_deref()),
                    _ => continue,
                };
                line(self.splits.entry(*by).or_default(), &key).assisted += 1;
            }
        }
    }

    /// Whoever brought the lead credits it, whoever gets the credit for it.
    fn credit(&mut self, frame: &Frame<'_>, journey: &Journey, hits: &Hits) {
        let (source, campaign) = &journey.brought;
        let amount = if hits.fault { (frame.credit)(source) } else { 0 };
        if amount == 0 {
            return;
        }
        self.total.credits = self.total.credits.saturating_add(amount);
        for by in frame.by.iter().filter(|by| by.has_cost()) {
            let key = match by {
                Dimension::Campaign => Cow::Owned(campaign_key(source, campaign.as_deref())),
                _ => Cow::Borrowed(&**source),
            };
            let tally = line(self.splits.entry(*by).or_default(), &key);
            tally.credits = tally.credits.saturating_add(amount);
        }
    }

    fn over_time(&mut self, frame: &Frame<'_>, journey: &Journey, hits: &Hits) {
        self.series.resize(frame.stretches.len(), Counts::default());
        let place = |at: Option<Timestamp>| match frame.period.view {
            View::Cohort => frame.stretch(journey.received_at),
            View::Calendar => at.and_then(|at| frame.stretch(at)),
        };
        for (step, hit) in hits.steps.into_iter().enumerate().filter(|(_, hit)| *hit) {
            let Some(counts) = place(journey.at[step]).and_then(|place| self.series.get_mut(place)) else { continue };
            let count = match step {
                0 => &mut counts.inquiries,
                1 => &mut counts.qualified,
                2 => &mut counts.handed_off,
                3 => &mut counts.contacted,
                4 => &mut counts.actionable,
                _ => &mut counts.won,
            };
            *count += u64::from(hit);
        }
        if let Some(counts) =
            place(journey.returned.as_ref().map(|one| one.0)).and_then(|place| self.series.get_mut(place))
        {
            counts.returned += u64::from(hits.returned);
            counts.returned_fault += u64::from(hits.fault);
        }
    }

    fn ask(&mut self, journey: &Journey, hits: &Hits) {
        if !hits.cohort {
            return;
        }
        let mut against = journey.marks.iter().filter(|(_, _, against)| *against);
        let alone = against.next().filter(|_| against.next().is_none()).map(|(criterion, ..)| criterion);
        for (criterion, answer, _) in &journey.marks {
            let asked = self.quality.entry(criterion.name().to_owned()).or_default();
            match answer {
                Answer::Met => asked.met += 1,
                Answer::Unmet => asked.unmet += 1,
                Answer::Unknown => asked.unknown += 1,
            }
            asked.alone += u64::from(alone == Some(criterion));
        }
        for criterion in &journey.overridden {
            let asked = self.quality.entry(criterion.name().to_owned()).or_default();
            let became =
                [true, journey.handed_off_at().is_some(), journey.won_at().is_some(), journey.returned.is_some()];
            for (count, is) in asked.overridden.iter_mut().zip(became) {
                *count += u64::from(is);
            }
        }
    }

    fn returns(&mut self, frame: &Frame<'_>, journey: &Journey, hits: &Hits) {
        self.immature += u64::from(hits.returnable);
        if let Some((_, code)) = journey.returned.as_ref().filter(|_| hits.returned) {
            self.by_code.entry(code.to_string()).or_insert((0, code.is_source_fault())).0 += 1;
        }
        let old = journey.handed_off_at().is_some_and(|at| frame.period.older(at, frame.period.windows.return_days));
        if hits.cohort && old {
            self.settled_returns.1 += 1;
            self.settled_returns.0 += u64::from(journey.returned.is_some());
        }
    }
}

fn line<'a>(lines: &'a mut BTreeMap<String, Tally>, key: &str) -> &'a mut Tally {
    let known = lines.contains_key(key);
    let key = if known || lines.len() < KEYS_MAX { key } else { OTHERS };
    lines.entry(key.to_owned()).or_default()
}
