//! Weekdays by name, with the date, week or distance said beside them.

use jiff::Span;
use jiff::civil::Date;

use super::calendar::{Period, Shape, relative, shift};
use super::cursor::Cursor;
use super::item::Item;
use super::period::fixed;
use crate::qualify::lexicon::{Sem, Unit};

/// `Friday the 14th` is looked for in so many months; beyond them the weekday is a slip.
const MONTHS_AHEAD: i64 = 3;
/// A bare number behind a weekday may be an hour before this: `Friday 9`.
const FIRST_BARE_DAY: u32 = 13;

impl Cursor<'_> {
    /// A weekday, or the date that is said with it.
    pub fn weekday(&mut self, weekday: i8) -> Option<Period> {
        let english = self.english(0);
        self.skip(1);
        self.take(Sem::Mark('.'));
        let date = self.attempt(|c| {
            c.skip_noise();
            let period = match c.look(0)? {
                // `Saturday at 5.`
                Sem::Num(..) if c.clock_ahead() || english && c.mark(1, '.') && c.look(2).is_none() => return None,
                Sem::Num(..) => c.attempt(|c| c.base(false)).or_else(|| c.bare_day(weekday))?,
                Sem::Month(_) | Sem::WeakMonth(_) => c.base(false)?,
                // `Monday the twenty seventh`, but not `Monday first thing`
                Sem::Ordinal(day @ 4..) => {
                    c.skip(1);
                    c.day_only(day)?
                }
                _ => return None,
            };
            matches!(period.shape, Shape::MonthDays(..) | Shape::Fixed(_, _, Unit::Day) | Shape::DayOnly(_))
                .then_some(period)
        });
        if let Some(Period { shape: Shape::DayOnly(day), .. }) = date {
            return self.on_weekday(day, weekday).or(date);
        }
        if date.is_some() {
            return date;
        }
        // `Saturday at 5.` is no fifth.
        self.attempt(|c| {
            c.skip_noise();
            let hour = c.number(0).is_some_and(|(hour, _)| hour <= 24) && c.mark(1, '.') && c.look(2).is_none();
            (english && hour).then(|| c.skip(2))
        });
        if let Some(day) = self.attempt(|c| c.weekday_far_off(weekday)) {
            return Some(fixed((day, day), Unit::Day));
        }
        if self.take_after_next() {
            let (first, _) = Period::of(Shape::Weekday(weekday)).resolve(self.today)?;
            let later = Period::of(Shape::Weekday(weekday)).ending_from(first.tomorrow().ok()?)?;
            return Some(fixed(later, Unit::Day));
        }
        // `Monday after Easter`, `Freitag vor Weihnachten`
        if let Some(day) = self.attempt(|c| c.weekday_beside(weekday)) {
            return Some(fixed((day, day), Unit::Day));
        }
        // `Friday week` is a week after Friday.
        if self.english(0)
            && let Some(Sem::Unit(unit @ (Unit::Week | Unit::Fortnight), false)) = self.look(0)
            && self.number(1).is_none()
        {
            self.skip(1);
            let (day, _) = Period::of(Shape::Weekday(weekday)).resolve(self.today)?;
            let later = shift(day, 2, unit)?;
            return Some(fixed((later, later), Unit::Day));
        }
        // `a Monday in May` is in May.
        if let Some((month, year)) = self.attempt(|c| {
            (c.take(Sem::In) || c.take(Sem::Noise)).then_some(())?;
            c.of_month()
        }) {
            return Some(Period { shape: Shape::Month(month), year, part: None });
        }
        // `Monday next week`, `Dienstag übernächster Woche`, `Friday in two weeks`
        let week = self.attempt(|c| {
            c.skip_noise();
            match c.look(0)? {
                Sem::This | Sem::Next | Sem::AfterNext => {
                    let period = c.base(false)?;
                    match period.shape {
                        Shape::Fixed(monday, _, Unit::Week) => Some(monday),
                        _ => None,
                    }
                }
                Sem::In => {
                    // `Friday in a week` is a week after Friday.
                    c.skip(1);
                    let (friday, _) = Period::of(Shape::Weekday(weekday)).resolve(c.today)?;
                    Some(c.duration()?.after(friday)?.0)
                }
                _ => None,
            }
        });
        if let Some(monday) = week {
            let day = Period::of(Shape::Weekday(weekday)).ending_from(monday)?;
            return Some(fixed(day, Unit::Day));
        }
        self.take(Sem::Next);
        Some(Period::of(Shape::Weekday(weekday)))
    }

    /// `Monday 21`: a day on which it is that weekday; anything else may be an hour.
    fn bare_day(&mut self, weekday: i8) -> Option<Period> {
        let (day, _) = self.number(0).filter(|(day, digits)| (FIRST_BARE_DAY..=31).contains(day) && *digits == 2)?;
        self.skip(1);
        let ends = matches!(self.look(0), None | Some(Sem::Noise | Sem::Mark('.' | ',' | ')' | '!' | '?')))
            || self.clock_ahead();
        ends.then(|| self.on_weekday(i8::try_from(day).ok()?, weekday))?
    }

    /// The next such day of a month that is such a weekday.
    fn on_weekday(&self, day: i8, weekday: i8) -> Option<Period> {
        let month = self.today.first_of_month();
        let near = (0..=MONTHS_AHEAD).filter_map(|ahead| {
            let month = month.checked_add(Span::new().months(ahead)).ok()?;
            Date::new(month.year(), month.month(), day).ok()
        });
        let fits = |date: &Date| *date >= self.today && date.weekday().to_monday_one_offset() == weekday;
        near.into_iter().find(fits).map(|date| fixed((date, date), Unit::Day))
    }

    /// `Monday two weeks from now`, `Sunday, 3 weeks after Christmas`: of the week that is so far off.
    fn weekday_far_off(&mut self, weekday: i8) -> Option<Date> {
        self.skip_noise();
        let Item::Window(Some(day), Some(last)) = self.bare_duration()? else { return None };
        (day == last && day > self.today).then_some(())?;
        let (monday, _) = relative(Unit::Week, 0, day)?;
        Some(Period::of(Shape::Weekday(weekday)).ending_from(monday)?.0)
    }

    fn weekday_beside(&mut self, weekday: i8) -> Option<Date> {
        let later = match self.look(0)? {
            Sem::After => true,
            Sem::Before => false,
            _ => return None,
        };
        self.skip(1);
        let period = self.period()?;
        let dated = matches!(period.shape, Shape::MonthDays(..) | Shape::Feast(_) | Shape::Fixed(_, _, Unit::Day));
        let (first, last) = dated.then(|| period.resolve(self.today))??;
        let weekday = Period::of(Shape::Weekday(weekday));
        let day = if later { weekday.after(last)? } else { weekday.begun_by(first.yesterday().ok()?)? };
        Some(day.0)
    }

    /// `Mo`, `So`: only where it cannot be another word.
    pub fn weekday_is_meant(&self) -> bool {
        // `Di oder Mi`
        let other = |sem: Option<Sem>| matches!(sem, Some(Sem::Weekday(_) | Sem::WeakWeekday(_)));
        if self.look(1) == Some(Sem::Or) && other(self.look(2))
            || self.before() == Some(Sem::Or) && other(self.behind(2))
        {
            return true;
        }
        let beside = |sem: Option<Sem>| matches!(sem, Some(Sem::Mark('-' | '/') | Sem::Next | Sem::This));
        self.len() == 1
            || beside(self.before())
            || matches!(self.look(1), Some(Sem::Mark('.' | ',' | '-' | '/')))
            || (self.english(0) && !matches!(self.look(1), Some(Sem::Word)))
    }
}
