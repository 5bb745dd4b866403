//! When somebody wants it: free text to an inclusive window of local dates (`domain-rules` 3).
//!
//! Relative words count from the local day of the inquiry. Days that are over are cut from a window. What
//! has no year is the next one that is not over. The windows, the same in every language:
//!
//! | words | window |
//! |---|---|
//! | asap, sofort, soon, urgent | today, end open; urgency `asap` |
//! | flexible, no rush, just comparing offers | today, end open; urgency `flexible` |
//! | today, tomorrow, Friday, next Friday | that day; a weekday is the first one after today |
//! | Monday next week | that day of the ISO week |
//! | this, next week, month, quarter, year | Monday–Sunday, or the calendar period |
//! | in 2 weeks, in 2–3 weeks | today + 14 days, today + 14 to + 21 days |
//! | within 2 weeks, next 2 weeks, 2 weeks | today to today + 14 days |
//! | within 2–3 weeks, 2–3 weeks | today + 14 to + 21 days |
//! | in the next 2–3 weeks, within a few weeks | today to today + 21, + 28 days |
//! | a couple, a few (ein paar), several (mehrere) | 2, 2–4, 3–6 |
//! | coming days; coming weeks, months | 7 days; 4 weeks, months |
//! | more than 6 months, 6+ months | from today + 6 months |
//! | in 2 hours, 30 minutes | today |
//! | 24 hours, 3 working days | whole days, rounded up; Saturday and Sunday left out |
//! | 1 year and 6 months, 2 weeks and 3 days | both together |
//! | early, mid, late March | 1–10, 11–20, 21–end |
//! | early, mid, late 2027 | January–March, May–August, October–December |
//! | early, mid, late quarter, season | its first, second, third month |
//! | early, mid, late half-year | its first, second, third two months |
//! | early, mid, late week | Monday–Tuesday, Wednesday–Thursday, Friday–Sunday |
//! | first … fourth, last week of May | 1–7, 8–14, 15–21, 22–28, the last seven days |
//! | first, last week of 2027, of next year; first month | its first, last ISO week; January |
//! | first, last two weeks of May; last day of May | 1–14, 18–31; 31 |
//! | second to last week, Friday of May (vorletzte) | the seven days before the last, the Friday before the last |
//! | 18 May for 10 days, 2 weeks starting 3 May, 2 Wochen ab 15. März | that day to so much later |
//! | first, second half of May | 1–15, 16–end |
//! | first, second half of Q3, of summer; of the week | six weeks, from the 16th of its second month; Monday–Wednesday, Thursday–Sunday |
//! | Q1, H2, spring, winter 2027 | Jan–Mar, Jul–Dec, Mar–May, Dec 2027–Feb 2028 |
//! | week 12, KW 12, week of 3 March | Monday–Sunday |
//! | from X, ab X, not before X, X or later | from the first day of X |
//! | after X | from the day after X |
//! | by X, until X, bis X, X at the latest | today to the last day of X, of a feast to its first |
//! | before X | today to the day before X |
//! | by, before a day that is over | unknown |
//! | not this year | from the day after it |
//! | Friday after next, Friday week | a week after the next Friday |
//! | Friday the 14th, Monday 21 | the day that is both, within three months; else the next 14th |
//! | Friday two weeks from now, in 2 weeks on Friday | of the ISO week that is so far off |
//! | the week after Easter, the day before Christmas | the week, day beside the one in which it begins (a day after: ends) |
//! | two weeks after Easter, a week from Friday | that far from its last (before: its first) day |
//! | Christmas, Easter, Pentecost, carnival | 25–26 December, Sunday and Monday, Monday and Tuesday |
//! | Christmas week, Osterwoche; Labor Day weekend | Monday–Sunday of its last day; with the weekend beside it |
//! | Advent, first Advent, zwischen den Jahren | its first Sunday to 24 December, that Sunday, 27–31 December |
//! | school holidays (Sommerferien) | unknown: they differ from place to place |
//! | last week, 2 weeks ago, vor 2 Wochen | those days, where the text says nothing else; otherwise nothing |
//! | 03/04/2027 | by the country: 4 March in US and the like, 3 April elsewhere; marked |
//! | X or Y; X, Y | from the earlier to the later; the narrower when one lies in the other |

mod calendar;
mod clock;
mod cursor;
mod date;
mod duration;
mod item;
mod named;
mod numbered;
mod over;
mod period;
mod reckoned;
mod weekday;
mod year;

use jiff::civil::Date;

use self::calendar::{Days, Period, Shape, relative};
use self::cursor::Cursor;
use self::item::Item;
use super::lexicon::{Lexicon, Sem, Unit};
use crate::lead::{Timing, Urgency};

/// Countries that write the month first.
const MONTH_FIRST: &[&str] = &["US", "PH", "PR", "GU", "AS", "VI", "MH", "FM", "PW", "BZ"];

/// A reading with what was assumed for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// The window.
    pub timing: Timing,
    /// Day and month were told apart by the country's habit.
    pub ambiguous: bool,
}

/// Reads a text written on the local day `today` by somebody in `country` (ISO 3166-1 alpha-2).
pub fn read(text: &str, today: Date, country: &str, lexicon: &Lexicon) -> Read {
    let tokens = lexicon.tokens(text);
    let mut cursor = Cursor::new(&tokens, today, MONTH_FIRST.contains(&country));
    let mut said = Said::default();
    let mut joined = Joined::Beside;
    while let Some(sem) = cursor.look(0) {
        let at = cursor.at;
        match cursor.item() {
            Some(item) if cursor.at > at => {
                said.add(item, joined, today);
                joined = Joined::Beside;
            }
            _ => {
                said.strange |= sem == Sem::Word;
                joined = match sem {
                    Sem::Or | Sem::Mark('/') => Joined::Or,
                    Sem::And | Sem::Mark(',') if joined == Joined::Beside => Joined::And,
                    Sem::Noise | Sem::Mark(_) => joined,
                    _ => Joined::Beside,
                };
                let bad_mark = matches!(sem, Sem::QuarterMark | Sem::WeekMark) && cursor.number(1).is_some();
                cursor.skip(if bad_mark { 2 } else { 1 });
                cursor.skip(usize::from(bad_mark && cursor.number(0).is_some()));
                if matches!(sem, Sem::Num(..)) {
                    cursor.skip_month();
                }
                // The rest of `31.02.2027` is no date either.
                while matches!(sem, Sem::Num(..))
                    && cursor.glued(0)
                    && matches!(cursor.look(0), Some(Sem::Num(..) | Sem::Mark('.' | '/' | '-')))
                {
                    cursor.skip(1);
                }
            }
        }
    }
    Read { timing: said.timing(today), ambiguous: cursor.ambiguous }
}

/// How a wish hangs on the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Joined {
    #[default]
    Beside,
    And,
    Or,
}

/// A window with open ends.
type Window = (Option<Date>, Option<Date>);

/// What a text has said so far.
#[derive(Debug, Default)]
struct Said {
    asap: bool,
    flexible: bool,
    /// There were words nobody listed.
    strange: bool,
    past: Option<Days>,
    items: Vec<(Item, Joined)>,
}

impl Said {
    fn add(&mut self, item: Item, joined: Joined, today: Date) {
        match item {
            Item::Asap => self.asap = true,
            Item::Flexible => self.flexible = true,
            Item::Past(first, last) => self.past = Some((first, last)),
            Item::Nothing => {}
            Item::ByThen(inclusive) => {
                if let Some((last, _)) = self.items.last_mut()
                    && let Item::Period(period) = *last
                {
                    *last = Item::UntilPeriod(period, inclusive);
                }
            }
            Item::AfterThat => {
                if let Some((last, _)) = self.items.last_mut()
                    && let Item::Period(period) = *last
                {
                    *last = Item::FromPeriod(period, true);
                }
            }
            Item::Period(period) if period.year.is_some() && joined != Joined::Beside => {
                // `March or May 2027`: the year is said once, for both.
                for (earlier, _) in &mut self.items {
                    if let Item::Period(earlier) = earlier
                        && earlier.wants_year()
                    {
                        earlier.year = period.year;
                    }
                }
                self.items.push((item, joined));
            }
            Item::Period(mut period) if period.wants_year() => {
                // `2027, ideally in spring`: the year before it counts.
                period.year = self.year(today);
                self.items.push((Item::Period(period), joined));
            }
            other => self.items.push((other, joined)),
        }
    }

    /// The one year that was named as a whole.
    fn year(&self, today: Date) -> Option<i16> {
        self.items.iter().rev().find_map(|(item, _)| match item {
            Item::Period(Period { shape: Shape::Year, year: Some(year), part: None }) => Some(*year),
            Item::Period(period @ Period { shape: Shape::Fixed(_, _, Unit::Year), .. }) => {
                Some(period.resolve(today)?.0.year())
            }
            _ => None,
        })
    }

    fn timing(self, today: Date) -> Timing {
        let mut windows: Vec<(Window, Joined)> = Vec::with_capacity(self.items.len());
        let hours = |item: &Item| matches!(item, Item::Hours(..));
        let dated = self.items.iter().any(|(item, _)| !hours(item));
        let mut far = false;
        for (item, joined) in self.items.iter().filter(|(item, _)| !(dated && hours(item))) {
            let days_in =
                windows.last().and_then(|(within, _)| days_within(item, *within, far && *joined != Joined::Or));
            far = matches!(item, Item::Window(first, last) if first.is_some() && first == last);
            if let (Some((first, last)), Some((within, _))) = (days_in, windows.last_mut()) {
                *within = (Some(first), Some(last));
            } else if let Some(window) = window_of(*item, today) {
                match (windows.last_mut(), item) {
                    // `in May, June at the latest`: the limit is the end.
                    (Some((before, _)), Item::UntilPeriod(..))
                        if before.1.is_some_and(|last| Some(last) < window.1) =>
                    {
                        before.1 = window.1;
                    }
                    _ => windows.push((window, *joined)),
                }
            }
        }
        if windows.len() > 1 && windows.iter().any(|(window, _)| !is_over(*window, today)) {
            windows.retain(|(window, _)| !is_over(*window, today));
        }
        let dated = windows
            .into_iter()
            .reduce(|so_far, next| (join(so_far.0, next.0, next.1), so_far.1))
            .map(|joined| joined.0);
        self.judged(dated, today)
    }

    fn judged(&self, dated: Option<Window>, today: Date) -> Timing {
        let Some((first, last)) = dated else {
            let urgency = match (self.asap, self.flexible, self.past) {
                (true, ..) => Urgency::Asap,
                (false, true, _) => Urgency::Flexible,
                (false, false, Some((first, last))) if !self.strange && last < today => {
                    return Timing { earliest: Some(first), latest: Some(last), urgency: Urgency::Dated };
                }
                (false, false, _) => return Timing::default(),
            };
            return Timing { earliest: Some(today), latest: None, urgency };
        };
        let running = last.is_none_or(|last| last >= today);
        let first = if running { first.map(|first| first.max(today)) } else { first };
        let at_once = self.asap && first.is_none_or(|first| first <= today);
        Timing { earliest: first, latest: last, urgency: if at_once { Urgency::Asap } else { Urgency::Dated } }
    }
}

/// The days an item means.
fn window_of(item: Item, today: Date) -> Option<Window> {
    let both = |days: Days| (Some(days.0), Some(days.1));
    match item {
        Item::Period(period) => period.resolve(today).map(both),
        Item::Range(first, second) => range(first, second, today).map(both),
        Item::Window(first, last) => Some((first, last)),
        Item::Hours(first, last) => Some((Some(first), Some(last))),
        Item::FromPeriod(period, false) => Some((Some(period.resolve(today)?.0), None)),
        Item::FromPeriod(period, true) => Some((Some(period.resolve(today)?.1.tomorrow().ok()?), None)),
        Item::UntilPeriod(period, true) => {
            let (first, last) = period.resolve(today)?;
            // `by Christmas` is not after its last day.
            let end = if matches!(period.shape, Shape::Feast(_)) { first } else { last };
            // What should be done by a day that is over cannot be.
            (end >= today).then_some((Some(today), Some(end)))
        }
        Item::UntilPeriod(period, false) => {
            let last = period.resolve(today)?.0.yesterday().ok()?;
            (last >= today).then_some((Some(today), Some(last)))
        }
        Item::Asap | Item::Flexible | Item::Past(..) | Item::ByThen(_) | Item::AfterThat | Item::Nothing => None,
    }
}

/// From the first period to the second; a year said for one of them counts for both.
fn range(first: Period, second: Period, today: Date) -> Option<Days> {
    let (start, end) = if first.year.is_some() && second.year.is_none() {
        let start = first.resolve(today)?;
        (start, second.ending_from(start.0)?)
    } else {
        let end = second.resolve(today)?;
        let start = match first.shape {
            // `the 12th to 14 May`
            Shape::DayOnly(day) => Period::of(Shape::MonthDays(end.1.month(), day, day)).begun_by(end.1)?,
            Shape::Fixed(..) => first.resolve(today)?,
            _ => first.begun_by(end.1)?,
        };
        (start, end)
    };
    // `from next Monday to Friday`
    let again = start.0 > end.1 && matches!(second.shape, Shape::Weekday(_));
    let end = if again { second.ending_from(start.0)? } else { end };
    (start.0 <= end.1).then_some((start.0, end.1))
}

fn is_over(window: Window, today: Date) -> bool {
    window.1.is_some_and(|last| last < today)
}

/// Two windows as one: alternatives reach from the earlier to the later; else the narrower or common days.
fn join(a: Window, b: Window, joined: Joined) -> Window {
    let end = |window: Window| window.1.unwrap_or(Date::MAX);
    let start = |window: Window| window.0.unwrap_or(Date::MIN);
    let hull = (a.0.min(b.0), if a.1.is_none() || b.1.is_none() { None } else { a.1.max(b.1) });
    if joined == Joined::Or {
        return hull;
    }
    let common = (start(a).max(start(b)), end(a).min(end(b)));
    if common.0 <= common.1 {
        return (a.0.max(b.0), [a.1, b.1].into_iter().flatten().min());
    }
    hull
}

/// The weekday or day of a month that an item names, or from one to another, in a window that is bounded on both
/// sides; in the week of its day where the window is one day that was told by how far it is (`in 2 weeks on Friday`).
fn days_within(item: &Item, window: Window, far: bool) -> Option<Days> {
    let (mut first, mut last) = (window.0?, window.1?);
    let day = |period: &Period| matches!(period.shape, Shape::Weekday(_) | Shape::DayOnly(_)).then_some(*period);
    let (from, to) = match item {
        Item::Period(period) => (day(period)?, None),
        Item::Range(from, to) => (day(from)?, Some(day(to)?)),
        _ => return None,
    };
    if far {
        (first, last) = relative(Unit::Week, 0, first)?;
    }
    let (start, _) = from.ending_from(first)?;
    let end = to.map_or(Some(start), |to| Some(to.ending_from(start)?.1))?;
    (end <= last).then_some((start, end))
}
