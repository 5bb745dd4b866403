//! Stretches that are counted: `2. Quartal`, `first week of May`, `KW 12-14`, `15th`, `3 May`, `2027`.

use super::calendar::{Period, Shape, relative, shift};
use super::cursor::Cursor;
use super::date::days_in;
use super::period::fixed;
use crate::qualify::lexicon::{Sem, Unit};

impl Cursor<'_> {
    /// What an ordinal counts: quarters, halves, weeks, weekdays, days; 5 is the last one where `is_last`.
    pub fn counted(&mut self, (first, last): (i8, i8), is_last: bool) -> Option<Period> {
        self.skip_noise();
        if let Some(stretch) = self.attempt(|c| c.several_of_month(first, is_last)) {
            return Some(stretch);
        }
        match self.look(0)? {
            Sem::Unit(Unit::Quarter, _) | Sem::QuarterMark => {
                self.skip(1);
                let (first, last) = if is_last { (4, 4) } else { (first, last) };
                (first >= 1 && first <= last && last <= 4).then_some(Period::of(Shape::Quarter(first, last)))
            }
            Sem::HalfMark | Sem::Unit(Unit::HalfYear, _) => {
                self.skip(1);
                let half = if is_last { 2 } else { first };
                if let Some(month) = self.of_month() {
                    return (1..=2).contains(&half).then_some(Period {
                        shape: Shape::HalfOfMonth(half, month.0),
                        year: month.1,
                        part: None,
                    });
                }
                if let Some(days) = self.attempt(|c| c.half_of(half)) {
                    return Some(days);
                }
                (1..=2).contains(&half).then_some(Period::of(Shape::Half(half)))
            }
            Sem::Unit(Unit::Week, _) | Sem::WeekOf => {
                self.skip(1);
                let Some((month, year)) = self.of_month() else {
                    if let Some(weeks) = self.attempt(|c| c.weeks_of_year((first, last), is_last)) {
                        return Some(weeks);
                    }
                    // `42. Woche`
                    return (!is_last && first == last && first > 5).then_some(Period::of(Shape::Week(first, first)));
                };
                let shape = match (first, last) {
                    (1..=3, 2..=4) if first < last => Shape::MonthDays(month, first * 7 - 6, last * 7),
                    _ => Shape::WeekOfMonth(first, month),
                };
                (first <= 5).then_some(Period { shape, year, part: None })
            }
            Sem::Unit(Unit::Day, false) => {
                self.skip(1);
                let (month, year) = self.of_month()?;
                let shape = if is_last { Shape::EndOfMonth(1, month) } else { Shape::MonthDays(month, first, first) };
                Some(Period { shape, year, part: None })
            }
            // `first month of next year`
            Sem::Unit(Unit::Month, false) => {
                self.skip(1);
                let month = if is_last { 12 } else { first };
                (is_last || first == last && (1..=12).contains(&first)).then_some(())?;
                Some(Period::in_year(Shape::Month(month), self.of_year()?))
            }
            Sem::Unit(Unit::Fortnight, false) => self.fortnight_of_month(first, is_last),
            Sem::Unit(Unit::Workday, false) => self.workday_of_month(first, is_last),
            Sem::WeekMark if !is_last && first == last => {
                self.skip(1);
                Some(Period::of(Shape::Week(first, last)))
            }
            Sem::Unit(Unit::Weekend, _) => {
                self.skip(1);
                let (month, year) = self.of_month()?;
                (first <= 5).then_some(Period { shape: Shape::WeekendOfMonth(first, month), year, part: None })
            }
            Sem::Weekday(weekday) => {
                self.skip(1);
                let (month, year) = self.of_month()?;
                (first <= 5).then_some(Period { shape: Shape::WeekdayOfMonth(first, weekday, month), year, part: None })
            }
            Sem::Month(month) | Sem::WeakMonth(month) if !is_last => {
                self.skip(1);
                days_in(None, month as u32, first as u32, last as u32)
            }
            _ => None,
        }
    }

    /// `first fortnight of May`.
    fn fortnight_of_month(&mut self, number: i8, is_last: bool) -> Option<Period> {
        self.skip(1);
        let (month, year) = self.of_month()?;
        let shape = match number {
            _ if is_last => Shape::EndOfMonth(14, month),
            1 | 2 => Shape::MonthDays(month, number * 14 - 13, number * 14),
            _ => return None,
        };
        Some(Period { shape, year, part: None })
    }

    /// `last working day of June`.
    fn workday_of_month(&mut self, number: i8, is_last: bool) -> Option<Period> {
        self.skip(1);
        let (month, year) = self.of_month()?;
        let (first, last) = Period { shape: Shape::Month(month), year, part: None }.resolve(self.today)?;
        let day = if is_last {
            shift(last.tomorrow().ok()?, -2, Unit::Workday)?
        } else {
            shift(first.yesterday().ok()?, i64::from(number) * 2, Unit::Workday)?
        };
        Some(fixed((day, day), Unit::Day))
    }

    /// `second half of Q3`, `zweite Hälfte des Sommers`, `erste Wochenhälfte`.
    fn half_of(&mut self, half: i8) -> Option<Period> {
        let running = matches!(self.look(0), Some(Sem::Unit(Unit::Week | Unit::Quarter, false)));
        let period = if running { self.base(true)? } else { self.period()? };
        let (first, last) = period.resolve(self.today)?;
        // The second half of three months begins on the 16th of the second, that of a week on Thursday.
        let second = match period.shape {
            Shape::Season(_) | Shape::Fixed(_, _, Unit::Quarter) => shift(first, 3, Unit::Month)?,
            Shape::Quarter(from, to) if from == to => shift(first, 3, Unit::Month)?,
            Shape::Week(..) | Shape::Fixed(_, _, Unit::Week) => shift(first, 6, Unit::Day)?,
            _ => return None,
        };
        match half {
            1 => Some(fixed((first, second.yesterday().ok()?), Unit::Day)),
            2 => Some(fixed((second, last), Unit::Day)),
            _ => None,
        }
    }

    /// `first two weeks of May`, `letzte 10 Tage im Juni`.
    fn several_of_month(&mut self, first: i8, is_last: bool) -> Option<Period> {
        let count = match self.look(0)? {
            Sem::Num(count, _) => count,
            Sem::Count(halves) if halves % 2 == 0 => halves / 2,
            _ => return None,
        };
        self.skip(1);
        let days = match self.look(0)? {
            Sem::Unit(Unit::Month, true) => return self.months_of_year(count, first, is_last),
            Sem::Unit(Unit::Quarter, true) => return self.months_of_year(count.checked_mul(3)?, first, is_last),
            Sem::Unit(Unit::Week, true) => count.checked_mul(7)?,
            Sem::Unit(Unit::Day, true) => count,
            _ => return None,
        };
        let weeks = matches!(self.look(0), Some(Sem::Unit(Unit::Week, _)));
        self.skip(1);
        if weeks
            && (is_last || first == 1)
            && let Some(period) = self.attempt(|c| {
                let count = i8::try_from(days / 7).ok().filter(|count| (1..=52).contains(count))?;
                c.weeks_of_year((1, count), is_last)
            })
        {
            return Some(period);
        }
        let days = i8::try_from(days).ok().filter(|days| (1..=28).contains(days) && (is_last || first == 1))?;
        let (month, year) = self.of_month()?;
        let shape = if is_last { Shape::EndOfMonth(days, month) } else { Shape::MonthDays(month, 1, days) };
        Some(Period { shape, year, part: None })
    }

    /// `of May`, `im Januar`, `of next month`: the month and, where known, the year.
    pub fn of_month(&mut self) -> Option<(i8, Option<i16>)> {
        self.attempt(|c| {
            while matches!(c.look(0), Some(Sem::Noise | Sem::In | Sem::From)) {
                c.skip(1);
            }
            match c.look(0)? {
                Sem::Month(month) | Sem::WeakMonth(month) => {
                    c.skip(1);
                    Some((month, None))
                }
                Sem::This | Sem::Next | Sem::AfterNext | Sem::Unit(Unit::Month, false) => {
                    let step = match c.look(0) {
                        Some(Sem::Next) => 1,
                        Some(Sem::AfterNext) => 2,
                        _ => 0,
                    };
                    c.skip(usize::from(!matches!(c.look(0), Some(Sem::Unit(..)))));
                    c.take(Sem::Unit(Unit::Month, false)).then_some(())?;
                    let (first, _) = relative(Unit::Month, step, c.today)?;
                    Some((first.month(), Some(first.year())))
                }
                _ => None,
            }
        })
    }

    /// `-Q2`, `. or 2.` behind an ordinal.
    pub fn second_ordinal(&mut self) -> Option<i8> {
        self.attempt(|c| {
            c.skip_noise();
            (c.joins_range() || c.take(Sem::And) || c.take(Sem::Mark('+'))).then_some(())?;
            c.skip_noise();
            let last = match c.look(0)? {
                Sem::Ordinal(number) => number,
                Sem::Num(number @ 1..=31, _) => number as i8,
                _ => return None,
            };
            c.skip(1);
            (c.take(Sem::Mark('.'))
                || c.take(Sem::Nth)
                || matches!(
                    c.look(0),
                    Some(
                        Sem::Unit(..)
                            | Sem::HalfMark
                            | Sem::Month(_)
                            | Sem::WeakMonth(_)
                            | Sem::Noise
                            | Sem::This
                            | Sem::Next
                    )
                ))
            .then_some(last)
        })
    }

    /// A number first: `3. Mai`, `3 May`, `2. Quartal`, `1Q27`, `15th`, `2027`.
    pub fn numbered(&mut self) -> Option<Period> {
        let (value, digits) = self.number(0)?;
        if digits == 4 {
            let year = self.attempt(|c| c.written_year(false).filter(|year| *year >= 2000))?;
            if let Some((next, digits @ 1..=2)) = self.number(1)
                && matches!(self.look(0), Some(Sem::Mark('-' | '/' | '.')))
                && self.glued(0)
                && self.glued(1)
            {
                // `2027/28` is two years, `2027-13-45` nothing.
                (digits == 2 && next == (year as u32 + 1) % 100).then(|| self.skip(2))?;
                let (first, _) = Period::in_year(Shape::Year, year).resolve(self.today)?;
                let (_, last) = Period::in_year(Shape::Year, year + 1).resolve(self.today)?;
                return Some(fixed((first, last), Unit::Year));
            }
            // `2027 June`
            let month = self.attempt(|c| {
                let Some(Sem::Month(month)) = c.look(0) else { return None };
                let month = c.month(month)?;
                (month.wants_year() && c.number(0).is_none_or(|(_, digits)| digits != 4)).then_some(month)
            });
            return Some(
                month.map_or(Period::in_year(Shape::Year, year), |month| Period { year: Some(year), ..month }),
            );
        }
        if !(1..=53).contains(&value) || digits > 2 {
            return None;
        }
        let number = value as i8;
        self.attempt(|c| {
            c.skip(1);
            let ordinal = c.take(Sem::Mark('.')) || c.take(Sem::Nth);
            if !ordinal && matches!(c.look(0), Some(Sem::QuarterMark | Sem::HalfMark)) && value <= 4 && c.glued(0) {
                return c.counted_mark(number);
            }
            let alone = c.at;
            let last = c.second_ordinal().unwrap_or(number);
            let glued_month = matches!(c.look(0), Some(Sem::Mark('-' | '/')))
                && matches!(c.look(1), Some(Sem::Month(_) | Sem::WeakMonth(_)));
            c.skip(usize::from(glued_month)); // `15-Mar-2027`
            let month_ahead = c.attempt(|c| {
                c.skip_noise();
                matches!(c.look(0), Some(Sem::Month(_) | Sem::WeakMonth(_))).then_some(())
            });
            let counts = month_ahead.is_some() || (ordinal && (value <= 5 || c.counts_ahead()));
            if counts && let Some(period) = c.counted_or_day((number, last), month_ahead.is_some()) {
                return Some(period);
            }
            // `4 to 22 next month`
            if last > number
                && let Some((month, year)) = c.of_month()
            {
                return days_in(year, month as u32, number as u32, last as u32);
            }
            // `the 15th and the 20th`: the second one is read for itself.
            c.at = alone;
            (value <= 31).then_some(())?;
            if ordinal { c.day_only(number) } else { c.day_of_month(number) }
        })
    }

    /// A day of the month that follows, else what the ordinal counts.
    pub fn counted_or_day(&mut self, days: (i8, i8), month_ahead: bool) -> Option<Period> {
        if month_ahead {
            self.skip_noise();
            let Some(Sem::Month(month) | Sem::WeakMonth(month)) = self.look(0) else { return None };
            self.skip(1);
            return days_in(None, month as u32, days.0 as u32, days.1 as u32);
        }
        self.counted(days, false)
    }

    /// `42. KW`, `20th day of next month`
    fn counts_ahead(&self) -> bool {
        matches!(self.look(0), Some(Sem::WeekMark | Sem::Unit(Unit::Week | Unit::Day, false)))
    }

    /// `20 of next month`.
    fn day_of_month(&mut self, day: i8) -> Option<Period> {
        matches!(self.look(0), Some(Sem::Noise)).then_some(())?;
        let (month, year) = self.of_month()?;
        days_in(year, month as u32, day as u32, day as u32)
    }

    /// `1Q`, `2H`: the letter behind the number.
    pub fn counted_mark(&mut self, number: i8) -> Option<Period> {
        let quarter = self.take(Sem::QuarterMark);
        self.skip(usize::from(!quarter));
        if quarter {
            return Some(Period::of(Shape::Quarter(number, number)));
        }
        (number <= 2).then_some(Period::of(Shape::Half(number)))
    }

    /// `the 15th`, `am 15. des nächsten Monats`.
    pub fn day_only(&mut self, day: i8) -> Option<Period> {
        // `the 1st of the month` may be next month's.
        let of_the_month = self.attempt(|c| {
            while c.take(Sem::Noise) {}
            c.take(Sem::Unit(Unit::Month, false)).then_some(())
        });
        if of_the_month.is_some() {
            return Some(Period::of(Shape::DayOnly(day)));
        }
        if let Some((month, year)) = self.of_month() {
            return days_in(year, month as u32, day as u32, day as u32);
        }
        matches!(
            self.look(0),
            None | Some(
                Sem::Noise
                    | Sem::Mark(_)
                    | Sem::Or
                    | Sem::And
                    | Sem::Till
                    | Sem::To
                    | Sem::AtEarliest
                    | Sem::AtLatest
                    | Sem::Word
            )
        )
        .then_some(Period::of(Shape::DayOnly(day)))
        .or_else(|| self.clock_ahead().then_some(Period::of(Shape::DayOnly(day))))
    }

    /// A mark and its number: `Q1`, `KW 12-14`, `Q1/Q2`.
    pub fn marked(&mut self, most: u32) -> Option<(i8, i8)> {
        let mark = self.look(0)?;
        self.attempt(|c| {
            c.skip(1);
            c.take(Sem::Mark('.'));
            let (first, _) = c.number(0).filter(|(n, digits)| (1..=most).contains(n) && *digits <= 2)?;
            c.skip(1);
            let last = c.attempt(|c| {
                let (slash, spoken) = (c.mark(0, '/'), matches!(c.look(0), Some(Sem::To | Sem::Till)));
                (c.joins_range() || c.take(Sem::And)).then_some(())?;
                let again = c.take(mark);
                // `KW 10 bis KW 14` is a range like any other.
                (!(spoken && again)).then_some(())?;
                c.take(Sem::Mark('.'));
                let (last, digits) = c.number(0).filter(|(n, digits)| (first..=most).contains(n) && *digits <= 2)?;
                // `KW 12/27` is a year, `KW 12/13` two weeks.
                (!slash || again || digits == 1 || last == first + 1).then(|| c.skip(1))?;
                Some(last)
            });
            Some((first as i8, last.unwrap_or(first) as i8))
        })
    }
}
