//! Named stretches of the calendar: `early March`, `Q1 2027`, `nächsten Freitag`, `erste Maiwoche`,
//! `second half of next year`.

use jiff::Span;
use jiff::civil::{Date, Weekday};

use super::calendar::{Days, Period, Shape, relative, shift};
use super::cursor::Cursor;
use crate::qualify::lexicon::{Part, Sem, Unit};

impl Cursor<'_> {
    /// A named stretch of the calendar, with the part of it and its year where they are said.
    pub fn period(&mut self) -> Option<Period> {
        self.attempt(|c| {
            c.skip_noise();
            c.skip_clock();
            let part = c.parts();
            if part.is_some() {
                while matches!(c.look(0), Some(Sem::Noise | Sem::Mark('-' | '.') | Sem::Article)) {
                    c.skip(1);
                }
            }
            let running = match c.look(0) {
                Some(Sem::Unit(unit, false)) if part.is_some() => Some(unit),
                _ => None,
            };
            let mut period = c.base(part.is_some())?;
            if period.part.is_none() {
                period.part = part;
            }
            // `Anfang der Woche` on a Thursday is next week's.
            if let Some(unit) = running
                && matches!(period.shape, Shape::Fixed(first, ..) if first <= c.today)
                && period.resolve(c.today)?.1 < c.today
            {
                period = Period { part: period.part, ..fixed(relative(unit, 1, c.today)?, unit) };
            }
            if period.wants_year() {
                period.year = c.year_behind(&period);
            }
            // `4th of July weekend`
            let day = matches!(period.shape, Shape::MonthDays(_, first, last) if first == last);
            if day && c.take(Sem::Unit(Unit::Weekend, false)) {
                return Some(fixed(with_weekend(period.resolve(c.today)?)?, Unit::Day));
            }
            Some(period)
        })
    }

    /// `early`, `Mitte bis Ende`.
    fn parts(&mut self) -> Option<(Part, Part)> {
        let Some(Sem::Part(first)) = self.look(0) else { return None };
        self.skip(1);
        let second = self.attempt(|c| {
            c.skip_noise();
            (c.joins_range() || c.take(Sem::And)).then_some(())?;
            c.skip_noise();
            let Some(Sem::Part(second)) = c.look(0) else { return None };
            c.skip(1);
            Some(second)
        });
        // `Ende Mai/Anfang Juni` names two months: the second part belongs to the second one.
        Some((first, second.filter(|second| *second >= first).unwrap_or(first)))
    }

    /// A period without the part said before it; `in_part` when a bare unit means the running one.
    pub fn base(&mut self, in_part: bool) -> Option<Period> {
        if let Some(date) = self.digits_date() {
            return Some(date);
        }
        match self.look(0)? {
            Sem::This => self.related(0, true),
            Sem::Next => self.related(1, true),
            Sem::AfterNext => self.related(2, true),
            Sem::Last => self.attempt(|c| {
                c.skip(1);
                c.counted((5, 5), true)
            }),
            Sem::Ordinal(number) => self.attempt(|c| {
                let named = c.before() == Some(Sem::Noise) || c.len() <= SHORT_TEXT;
                c.skip(1);
                let last = c.second_ordinal().unwrap_or(number);
                c.attempt(|c| c.counted((number, last), false)).or_else(|| {
                    // `am Ersten`, but not `first we need`
                    let ends = matches!(c.look(0), None | Some(Sem::Noise | Sem::Mark(_)));
                    (named && ends).then(|| c.day_only(number))?
                })
            }),
            Sem::Num(..) => self.numbered(),
            Sem::QuarterMark => self.marked(4).map(|(a, b)| Period::of(Shape::Quarter(a, b))),
            Sem::WeekMark => self.marked(53).map(|(a, b)| Period::of(Shape::Week(a, b))),
            Sem::HalfMark => self.marked(2).map(|(a, _)| Period::of(Shape::Half(a))),
            Sem::Month(month) => self.month(month),
            Sem::WeakMonth(month) if self.month_is_meant() => self.month(month),
            Sem::Weekday(weekday) => self.weekday(weekday),
            // French `mi-mai`, in which German sees a Wednesday.
            Sem::WeakWeekday(3) if self.mark(1, '-') && matches!(self.look(2), Some(Sem::Month(_))) => {
                self.skip(2);
                let month = self.base(in_part)?;
                Some(Period { part: Some((Part::Mid, Part::Mid)), ..month })
            }
            Sem::WeakWeekday(weekday) if self.weekday_is_meant() => self.weekday(weekday),
            Sem::Season(season) => self.plain(Shape::Season(season)),
            Sem::Feast(feast) => match self.look(1) {
                Some(Sem::Unit(unit @ (Unit::Week | Unit::Weekend), false)) => {
                    self.around_feast(Period::of(Shape::Feast(feast)), unit)
                }
                _ => self.plain(Shape::Feast(feast)),
            },
            Sem::Day(days) => self.day_from_today(days),
            // `EOD Friday`, and today's where no day is said
            Sem::DayEnd => {
                self.skip(1);
                self.attempt(Self::period).or_else(|| Some(fixed((self.today, self.today), Unit::Day)))
            }
            Sem::WeekOf => self.week_of(),
            Sem::Unit(unit, plural) => self.unit_period(unit, plural, in_part),
            _ => None,
        }
    }

    /// `tomorrow`, `tomorrow week`, `morgen in einer Woche`.
    fn day_from_today(&mut self, days: i8) -> Option<Period> {
        let (first, last) = relative(Unit::Day, days.into(), self.today)?;
        // `tomorrow week`
        if self.english(0)
            && let Some(Sem::Unit(unit @ (Unit::Week | Unit::Fortnight), false)) = self.look(1)
        {
            self.skip(2);
            let later = shift(first, 2, unit)?;
            return Some(fixed((later, later), Unit::Day));
        }
        // `morgen in einer Woche`
        if self.look(1) == Some(Sem::In)
            && let Some(later) = self.attempt(|c| {
                c.skip(2);
                c.duration()?.after(first)
            })
        {
            return Some(fixed(later, Unit::Day));
        }
        self.plain(Shape::Fixed(first, last, Unit::Day))
    }

    /// `Christmas week`: of its last day, as Easter's begins on the Monday; `Memorial Day weekend`.
    fn around_feast(&mut self, feast: Period, unit: Unit) -> Option<Period> {
        self.skip(2);
        let year = self.year_behind(&feast);
        let days = Period { year, ..feast }.resolve(self.today)?;
        Some(match unit {
            Unit::Week => fixed(relative(Unit::Week, 0, days.1)?, Unit::Week),
            _ => fixed(with_weekend(days)?, Unit::Day),
        })
    }

    /// A shape of one token, perhaps with `next` behind it (`le mois prochain`).
    fn plain(&mut self, shape: Shape) -> Option<Period> {
        self.skip(1);
        let period = Period::of(shape);
        if self.take_after_next() {
            return self.occurrence(period, 2);
        }
        if let Some(Sem::Next | Sem::AfterNext) = self.look(0)
            && period.wants_year()
            && !matches!(self.look(1), Some(Sem::Unit(..)))
        {
            let step = if self.take(Sem::Next) { 1 } else { 2 };
            return self.occurrence(period, step);
        }
        Some(period)
    }

    /// `this`, `next`, `the one after next` of what follows.
    fn related(&mut self, step: i64, skip_word: bool) -> Option<Period> {
        self.attempt(|c| {
            c.skip(usize::from(skip_word));
            c.skip_noise();
            if let Some(both) = c.attempt(|c| c.related_pair(step)) {
                return Some(both);
            }
            match c.look(0)? {
                // `within the next …`: the nearer word decides.
                Sem::Next if step == 0 => c.related(1, true),
                Sem::AfterNext => c.related(2, true),
                Sem::Part(_) => c.period(),
                Sem::Unit(unit, false) => {
                    c.skip(1);
                    if unit == Unit::Year
                        && step == 0
                        && let Some((2000..=2199, 4)) = c.number(0)
                    {
                        return Some(Period::in_year(Shape::Year, c.written_year(false)?));
                    }
                    let (first, last) = relative(unit, step, c.today)?;
                    let last = c.attempt(|c| c.or_next(unit, step)).unwrap_or(last);
                    Some(fixed((first, last), unit))
                }
                Sem::QuarterMark if c.number(1).is_none() => {
                    c.skip(1);
                    Some(fixed(relative(Unit::Quarter, step, c.today)?, Unit::Quarter))
                }
                Sem::HalfMark => {
                    c.skip(1);
                    Some(fixed(relative(Unit::HalfYear, step, c.today)?, Unit::HalfYear))
                }
                // `zum nächsten Ersten`
                Sem::Ordinal(day @ 1..=31) if step == 1 => c.attempt(|c| {
                    c.skip(1);
                    matches!(c.look(0), None | Some(Sem::Mark(_))).then(|| c.day_only(day))?
                }),
                Sem::Ordinal(_) | Sem::Num(..) => None,
                _ => {
                    let period = c.base(false)?;
                    c.occurrence(period, step)
                }
            }
        })
    }

    /// `or next` behind `this week`: the last day of that one.
    fn or_next(&mut self, unit: Unit, step: i64) -> Option<Date> {
        (step == 0 && self.joins_range() && self.take(Sem::Next)).then_some(())?;
        matches!(self.look(0), None | Some(Sem::Mark(_) | Sem::Noise)).then_some(())?;
        Some(relative(unit, 1, self.today)?.1)
    }

    /// `or next month` behind `this`.
    fn related_pair(&mut self, step: i64) -> Option<Period> {
        self.joins_range().then_some(())?;
        self.skip_noise();
        matches!(self.look(0), Some(Sem::This | Sem::Next | Sem::AfterNext)).then_some(())?;
        match self.base(false)?.shape {
            Shape::Fixed(_, last, unit) => Some(fixed((relative(unit, step, self.today)?.0, last), unit)),
            _ => None,
        }
    }

    /// The running or coming one, the one that begins next, or the one after that.
    pub fn occurrence(&self, period: Period, step: i64) -> Option<Period> {
        let days = match step {
            0 => period.resolve(self.today)?,
            1 => period.after(self.today)?,
            _ => period.after(period.after(self.today)?.1)?,
        };
        let unit = match period.shape {
            Shape::Month(_) => Unit::Month,
            Shape::Season(_) | Shape::Quarter(..) => Unit::Quarter,
            Shape::Half(_) => Unit::HalfYear,
            Shape::Week(..) => Unit::Week,
            _ => Unit::Day,
        };
        Some(fixed(days, unit))
    }

    /// `week of March 3rd`.
    fn week_of(&mut self) -> Option<Period> {
        self.attempt(|c| {
            c.skip(1);
            let named = c.period().filter(is_day)?;
            let (first, last) = named.resolve(c.today)?;
            let day = if matches!(named.shape, Shape::Feast(_)) { last } else { first };
            Some(fixed(relative(Unit::Week, 0, day)?, Unit::Week))
        })
    }

    /// `the week after Easter`, `the day before Christmas`, `the year after`: the unit beside the one it lies in.
    fn beside(&mut self, unit: Unit) -> Option<Period> {
        let step = match self.look(0)? {
            Sem::After => 1,
            Sem::Before => -1,
            _ => return None,
        };
        self.skip(1);
        let Some((first, last)) = self.attempt(Self::period).and_then(|period| period.resolve(self.today)) else {
            let ends = matches!(self.look(0), None | Some(Sem::Mark(_)));
            return (step == 1 && ends).then(|| Some(fixed(relative(unit, 2, self.today)?, unit)))?;
        };
        let anchor = if unit == Unit::Day && step > 0 { last } else { first };
        Some(fixed(relative(unit, step, anchor)?, unit))
    }

    /// A bare unit: `week 12`, `Quartal 2`, `le mois prochain`, `Ende der Woche`, `am Wochenende`.
    fn unit_period(&mut self, unit: Unit, plural: bool, in_part: bool) -> Option<Period> {
        match unit {
            Unit::Week if self.number(1).is_some() => {
                if let Some((first, last)) = self.marked(53) {
                    return Some(Period::of(Shape::Week(first, last)));
                }
            }
            Unit::Quarter if self.number(1).is_some() => {
                if let Some((first, last)) = self.marked(4) {
                    return Some(Period::of(Shape::Quarter(first, last)));
                }
            }
            _ => {}
        }
        if plural {
            return None;
        }
        self.attempt(|c| {
            c.skip(1);
            if unit == Unit::Year
                && let Some(year) = c.attempt(|c| {
                    c.skip_noise();
                    c.written_year(false)
                })
            {
                return Some(Period::in_year(Shape::Year, year));
            }
            if let Some(beside) = c.attempt(|c| c.beside(unit)) {
                return Some(beside);
            }
            let step = match c.look(0) {
                Some(Sem::Next) => Some(1),
                Some(Sem::AfterNext) => Some(2),
                Some(Sem::This) => Some(0),
                _ => None,
            };
            if let Some(step) = step.filter(|_| !matches!(c.look(1), Some(Sem::Unit(..)))) {
                c.skip(1);
                return Some(fixed(relative(unit, step, c.today)?, unit));
            }
            // `the week of 3 March`
            if matches!(unit, Unit::Week | Unit::Weekend)
                && let Some(week) = c.attempt(|c| {
                    let joined = matches!(c.look(0), Some(Sem::Noise | Sem::From));
                    (joined || unit == Unit::Weekend).then(|| c.skip(usize::from(joined)))?;
                    c.skip_noise();
                    let date = c.base(false).filter(is_day)?;
                    let Shape::Feast(_) = date.shape else { return relative(unit, 0, date.resolve(c.today)?.0) };
                    let year = c.year_behind(&date);
                    let days = Period { year, ..date }.resolve(c.today)?;
                    if unit == Unit::Weekend { with_weekend(days) } else { relative(unit, 0, days.1) }
                })
            {
                return Some(fixed(week, unit));
            }
            if in_part && unit == Unit::Year {
                // `early in the year`: the next early part, perhaps of next year.
                let year = c.year_behind(&Period::of(Shape::Year));
                return Some(Period { shape: Shape::Year, year, part: None });
            }
            // `any weekend in May` is in May.
            if unit == Unit::Weekend
                && let Some(month) = c.attempt(|c| {
                    let (month, year) = c.of_month()?;
                    Some(Period { shape: Shape::Month(month), year, part: None })
                })
            {
                return Some(month);
            }
            let spoken = in_part || unit == Unit::Weekend;
            spoken.then(|| Some(fixed(relative(unit, 0, c.today)?, unit)))?
        })
    }
}

/// Days, which a week or weekend can be named after.
const fn is_day(period: &Period) -> bool {
    matches!(period.shape, Shape::MonthDays(..) | Shape::DayOnly(_) | Shape::Feast(_) | Shape::Fixed(_, _, Unit::Day))
}

/// A text of so few words is all date.
const SHORT_TEXT: usize = 2;

/// A feast with the weekend it lies in or beside: `Memorial Day weekend`.
fn with_weekend((first, last): Days) -> Option<Days> {
    let days_off = |date: Date, away: i64| date.checked_add(Span::new().days(away)).ok();
    match first.weekday() {
        Weekday::Monday => Some((days_off(first, -2)?, last)),
        Weekday::Sunday => Some((days_off(first, -1)?, last)),
        Weekday::Saturday => Some((first, last.max(days_off(first, 1)?))),
        Weekday::Friday => Some((first, last.max(days_off(first, 2)?))),
        Weekday::Thursday => Some((first, last.max(days_off(first, 3)?))),
        Weekday::Tuesday => Some((days_off(first, -3)?, last)),
        // In the middle of a week nobody can say which.
        Weekday::Wednesday => None,
    }
}

/// A stretch already worked out.
pub const fn fixed(days: Days, unit: Unit) -> Period {
    Period::of(Shape::Fixed(days.0, days.1, unit))
}
