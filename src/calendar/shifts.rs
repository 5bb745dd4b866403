//! Opening hours as shifts. A shift belongs to the day it begins on, and what other rules say about a day is
//! said about the shifts that begin on it: with `Mo-Fr 22:00-06:00; PH off` the shift of the evening before a
//! holiday ends in the morning, and none begins on the holiday. Read day by day, as the parser's own evaluation
//! does, the first would end at midnight and the second would begin there.
//!
//! So hours that go over midnight are read as two: what lies before midnight, and what lies behind it, told of
//! the day before.

use chrono::{NaiveDateTime, TimeDelta};
use opening_hours::{Context, OpeningHours, RuleKind};
use opening_hours_syntax::ExtendedTime;
use opening_hours_syntax::rules::time::{Time, TimeSelector, TimeSpan};
use opening_hours_syntax::rules::{OpeningHoursExpression, RuleOperator, RuleSequence};

/// A stretch of the local clock.
type Local = (NaiveDateTime, NaiveDateTime);

/// Hours that can be asked when they are open.
pub struct Shifts {
    /// What lies between midnight and midnight.
    day: OpeningHours,
    night: Option<Night>,
}

/// What lies behind midnight.
struct Night {
    /// On the clock of the day the shift began, a day early: 02:00 is 26:00.
    rest: OpeningHours,
    /// When hours are taken out, on the clock as it is.
    breaks: Option<OpeningHours>,
}

impl Shifts {
    /// Reads hours as written; `None` where its parts cannot be said in the parser's own language.
    pub fn new(hours: OpeningHours, context: &Context) -> Option<Self> {
        let whole = hours.get_expression();
        let Some(first) = whole.rules.iter().position(goes_over_midnight) else {
            return Some(Self { day: hours.with_context(context.clone()), night: None });
        };
        let parts = |part: fn(&TimeSpan) -> Option<TimeSpan>| {
            let rules = whole.rules.iter().filter_map(|rule| only(rule, part));
            read(rules.collect(), context)
        };
        let breaks: Vec<RuleSequence> = whole.rules.iter().skip(first).filter_map(taken_out).collect();
        let breaks = if breaks.is_empty() { None } else { Some(read(breaks, context)?) };
        Some(Self { day: parts(before_midnight)?, night: Some(Night { rest: parts(behind_midnight)?, breaks }) })
    }

    /// When it is open within `from..to` of the local clock, in no order; stretches may overlap.
    pub fn open(&self, from: NaiveDateTime, to: NaiveDateTime) -> Vec<Local> {
        let mut open = spans(&self.day, from, to);
        let Some(night) = &self.night else { return open };
        let day = TimeDelta::days(1);
        let Some((early, late)) = from.checked_sub_signed(day).zip(to.checked_sub_signed(day)) else { return open };
        let moved = |(start, end): Local| start.checked_add_signed(day).zip(end.checked_add_signed(day));
        let rest = spans(&night.rest, early, late).into_iter().filter_map(moved);
        let breaks = night.breaks.as_ref().map(|breaks| spans(breaks, from, to)).unwrap_or_default();
        open.extend(rest.flat_map(|span| without(span, &breaks)));
        open
    }
}

fn spans(hours: &OpeningHours, from: NaiveDateTime, to: NaiveDateTime) -> Vec<Local> {
    let open = hours.iter_range(from, to).filter(|interval| interval.kind == RuleKind::Open);
    open.map(|interval| (interval.range.start, interval.range.end)).collect()
}

/// What is left of a stretch; `breaks` are in order.
fn without((mut start, end): Local, breaks: &[Local]) -> Vec<Local> {
    let mut left = Vec::new();
    for (first, last) in breaks.iter().filter(|(first, _)| *first < end) {
        if *first > start {
            left.push((start, *first));
        }
        start = start.max(*last);
    }
    if start < end {
        left.push((start, end));
    }
    left
}

/// The parser alone makes hours: rules are written out and read again.
fn read(rules: Vec<RuleSequence>, context: &Context) -> Option<OpeningHours> {
    if rules.is_empty() {
        return "off".parse::<OpeningHours>().ok().map(|hours| hours.with_context(context.clone()));
    }
    let text = OpeningHoursExpression { rules }.to_string();
    text.parse::<OpeningHours>().ok().map(|hours| hours.with_context(context.clone()))
}

/// A rule with only one part of its times. A rule that has none of them still speaks for its days instead of
/// the rules before it, where it is no addition to them: "unknown" is neither open nor a gap for `||`.
fn only(rule: &RuleSequence, part: fn(&TimeSpan) -> Option<TimeSpan>) -> Option<RuleSequence> {
    let mut rule = rule.clone();
    if rule.kind == RuleKind::Closed {
        // Times that are taken out stay on the clock they are written for.
        let before = part(&TimeSpan::fixed_range(ExtendedTime::MIDNIGHT_00, ExtendedTime::MIDNIGHT_24)).is_some();
        return (before || is_whole_day(&rule)).then_some(rule);
    }
    let spans: Vec<TimeSpan> = rule.time_selector.spans.iter().filter_map(part).collect();
    if !spans.is_empty() {
        rule.time_selector = TimeSelector { spans };
        return Some(rule);
    }
    rule.time_selector = TimeSelector::default();
    rule.kind = RuleKind::Unknown;
    (rule.operator == RuleOperator::Normal).then_some(rule)
}

/// A rule that takes times out, as one that is open then.
fn taken_out(rule: &RuleSequence) -> Option<RuleSequence> {
    let takes = rule.kind == RuleKind::Closed && !is_whole_day(rule);
    takes.then(|| RuleSequence { kind: RuleKind::Open, operator: RuleOperator::Additional, ..rule.clone() })
}

fn is_whole_day(rule: &RuleSequence) -> bool {
    rule.time_selector == TimeSelector::default()
}

fn goes_over_midnight(rule: &RuleSequence) -> bool {
    rule.kind == RuleKind::Open && rule.time_selector.spans.iter().any(|span| behind_midnight(span).is_some())
}

fn before_midnight(span: &TimeSpan) -> Option<TimeSpan> {
    match fixed(span) {
        Some((_, end)) if end <= ExtendedTime::MIDNIGHT_24 => Some(span.clone()),
        Some((start, _)) if start < ExtendedTime::MIDNIGHT_24 => {
            Some(TimeSpan::fixed_range(start, ExtendedTime::MIDNIGHT_24))
        }
        Some(_) => None,
        // Hours by the sun are worked out by the parser's evaluation.
        None => Some(span.clone()),
    }
}

fn behind_midnight(span: &TimeSpan) -> Option<TimeSpan> {
    let (start, end) = fixed(span)?;
    if end <= ExtendedTime::MIDNIGHT_24 {
        return None;
    }
    let start = start.max(ExtendedTime::MIDNIGHT_24);
    Some(TimeSpan::fixed_range(start.add_hours(-24)?, end.add_hours(-24)?))
}

/// Start and end on the clock of the day it begins, up to 48:00.
fn fixed(span: &TimeSpan) -> Option<(ExtendedTime, ExtendedTime)> {
    let (Time::Fixed(start), Time::Fixed(end)) = (span.range.start, span.range.end) else { return None };
    if span.repeats.is_some() {
        return None;
    }
    Some((start, if end <= start { end.add_hours(24)? } else { end }))
}
