//! Named stretches of the calendar: `early March`, `Q1 2027`, `nächsten Freitag`, `erste Maiwoche`,
//! `second half of next year`.

use super::calendar::{Days, Period, Shape, relative};
use super::cursor::Cursor;
use super::date::days_in;
use crate::qualify::lexicon::{Part, Sem, Unit};

impl Cursor<'_> {
    /// A named stretch of the calendar, with the part of it and its year where they are said.
    pub fn period(&mut self) -> Option<Period> {
        self.attempt(|c| {
            c.skip_noise();
            let part = c.parts();
            if part.is_some() {
                while matches!(c.look(0), Some(Sem::Noise | Sem::Mark('-' | '.') | Sem::Article)) {
                    c.skip(1);
                }
            }
            let mut period = c.base(part.is_some())?;
            if period.part.is_none() {
                period.part = part;
            }
            if period.wants_year() {
                period.year = c.year_behind(&period);
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
                c.counted((5, 5))
            }),
            Sem::Ordinal(number) => self.attempt(|c| {
                c.skip(1);
                let last = c.second_ordinal().unwrap_or(number);
                c.counted((number, last))
            }),
            Sem::Num(..) => self.numbered(),
            Sem::QuarterMark => self.marked(4).map(|(a, b)| Period::of(Shape::Quarter(a, b))),
            Sem::WeekMark => self.marked(53).map(|(a, b)| Period::of(Shape::Week(a, b))),
            Sem::HalfMark => self.marked(2).map(|(a, _)| Period::of(Shape::Half(a))),
            Sem::Month(month) => self.month(month),
            Sem::WeakMonth(month) if self.month_is_meant() => self.month(month),
            Sem::Weekday(weekday) => self.weekday(weekday),
            Sem::WeakWeekday(weekday) if self.weekday_is_meant() => self.weekday(weekday),
            Sem::Season(season) => self.plain(Shape::Season(season)),
            Sem::Feast(feast) => self.plain(Shape::Feast(feast)),
            Sem::Day(days) => {
                let (first, last) = relative(Unit::Day, days.into(), self.today)?;
                self.plain(Shape::Fixed(first, last, Unit::Day))
            }
            Sem::WeekOf => self.week_of(),
            Sem::Unit(unit, plural) => self.unit_period(unit, plural, in_part),
            _ => None,
        }
    }

    /// A shape of one token, perhaps with `next` behind it (`le mois prochain`).
    fn plain(&mut self, shape: Shape) -> Option<Period> {
        self.skip(1);
        let period = Period::of(shape);
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
                    Some(fixed(relative(unit, step, c.today)?, unit))
                }
                Sem::HalfMark => {
                    c.skip(1);
                    Some(fixed(relative(Unit::HalfYear, step, c.today)?, Unit::HalfYear))
                }
                Sem::Ordinal(_) | Sem::Num(..) => None,
                _ => {
                    let period = c.base(false)?;
                    c.occurrence(period, step)
                }
            }
        })
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
    fn occurrence(&self, period: Period, step: i64) -> Option<Period> {
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

    /// What an ordinal counts: quarters, halves, weeks, weekdays; 5 is the last one.
    fn counted(&mut self, (first, last): (i8, i8)) -> Option<Period> {
        self.skip_noise();
        let is_last = first == 5;
        match self.look(0)? {
            Sem::Unit(Unit::Quarter, _) => {
                self.skip(1);
                let (first, last) = if is_last { (4, 4) } else { (first, last) };
                (first >= 1 && first <= last && last <= 4).then_some(Period::of(Shape::Quarter(first, last)))
            }
            Sem::HalfMark | Sem::Unit(Unit::HalfYear, _) => {
                self.skip(1);
                let half = if is_last { 2 } else { first };
                if let Some(month) = self.of_month() {
                    return (half <= 2).then_some(Period {
                        shape: Shape::HalfOfMonth(half, month.0),
                        year: month.1,
                        part: None,
                    });
                }
                (1..=2).contains(&half).then_some(Period::of(Shape::Half(half)))
            }
            Sem::Unit(Unit::Week, _) | Sem::WeekOf => {
                self.skip(1);
                let (month, year) = self.of_month()?;
                (first <= 5).then_some(Period { shape: Shape::WeekOfMonth(first, month), year, part: None })
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

    /// `of May`, `im Januar`, `of next month`: the month and, where known, the year.
    fn of_month(&mut self) -> Option<(i8, Option<i16>)> {
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
    fn second_ordinal(&mut self) -> Option<i8> {
        self.attempt(|c| {
            c.skip_noise();
            (c.joins_range() || c.take(Sem::And)).then_some(())?;
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
                    Some(Sem::Unit(..) | Sem::HalfMark | Sem::Month(_) | Sem::WeakMonth(_) | Sem::Noise)
                ))
            .then_some(last)
        })
    }

    /// A number first: `3. Mai`, `3 May`, `2. Quartal`, `1Q27`, `15th`, `2027`.
    fn numbered(&mut self) -> Option<Period> {
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
            return Some(Period::in_year(Shape::Year, year));
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
            let last = c.second_ordinal().unwrap_or(number);
            let month_ahead = c.attempt(|c| {
                c.skip_noise();
                matches!(c.look(0), Some(Sem::Month(_) | Sem::WeakMonth(_))).then_some(())
            });
            if month_ahead.is_some() || (ordinal && value <= 5) {
                let at = c.at;
                if let Some(period) = c.counted_or_day((number, last), month_ahead.is_some()) {
                    return Some(period);
                }
                c.at = at;
            }
            (ordinal && value <= 31).then_some(())?;
            c.day_only(number)
        })
    }

    fn counted_or_day(&mut self, days: (i8, i8), month_ahead: bool) -> Option<Period> {
        if month_ahead {
            self.skip_noise();
            let Some(Sem::Month(month) | Sem::WeakMonth(month)) = self.look(0) else { return None };
            self.skip(1);
            return days_in(None, month as u32, days.0 as u32, days.1 as u32);
        }
        self.counted(days)
    }

    /// `1Q`, `2H`: the letter behind the number.
    fn counted_mark(&mut self, number: i8) -> Option<Period> {
        let quarter = self.take(Sem::QuarterMark);
        self.skip(usize::from(!quarter));
        if quarter {
            return Some(Period::of(Shape::Quarter(number, number)));
        }
        (number <= 2).then_some(Period::of(Shape::Half(number)))
    }

    /// `the 15th`, `am 15. des nächsten Monats`.
    fn day_only(&mut self, day: i8) -> Option<Period> {
        if let Some((month, year)) = self.of_month() {
            return days_in(year, month as u32, day as u32, day as u32);
        }
        matches!(
            self.look(0),
            None | Some(
                Sem::Noise | Sem::Mark(_) | Sem::Or | Sem::Till | Sem::To | Sem::AtEarliest | Sem::AtLatest | Sem::Word
            )
        )
        .then_some(Period::of(Shape::DayOnly(day)))
    }

    /// A mark and its number: `Q1`, `KW 12-14`, `Q1/Q2`.
    fn marked(&mut self, most: u32) -> Option<(i8, i8)> {
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

    fn month(&mut self, month: i8) -> Option<Period> {
        let english = self.english(0);
        self.skip(1);
        self.take(Sem::Mark('.'));
        let day = self.attempt(|c| {
            c.skip_noise_but_quote();
            let (day, digits) = c.number(0).filter(|(day, digits)| (1..=31).contains(day) && *digits <= 2)?;
            let named = matches!(c.look(1), Some(Sem::Nth)) && c.glued(1);
            // `Mai 27` is a year, `May 27` a day.
            let year_like = digits == 2 && !english && (2000 + day as i16) >= c.today.year();
            if (year_like && !named) || matches!(c.look(1), Some(Sem::Unit(..) | Sem::Month(_))) || c.mark(1, ':') {
                return None;
            }
            c.skip(1 + usize::from(named));
            let last = c.attempt(|c| {
                c.joins_range().then_some(())?;
                let (last, _) = c.number(0).filter(|(last, digits)| (day..=31).contains(last) && *digits <= 2)?;
                (!matches!(c.look(1), Some(Sem::Month(_) | Sem::Unit(..)))).then_some(())?;
                c.skip(1);
                c.take(Sem::Nth);
                Some(last)
            });
            days_in(None, month as u32, day, last.unwrap_or(day))
        });
        if day.is_some() {
            return day;
        }
        let period = Period::of(Shape::Month(month));
        if matches!(self.look(0), Some(Sem::Next | Sem::AfterNext)) && !matches!(self.look(1), Some(Sem::Unit(..))) {
            let step = if self.take(Sem::Next) { 1 } else { 2 };
            return self.occurrence(period, step);
        }
        Some(period)
    }

    fn skip_noise_but_quote(&mut self) {
        while matches!(self.look(0), Some(Sem::Noise)) {
            self.skip(1);
        }
    }

    /// A weekday, or the date that is said with it.
    fn weekday(&mut self, weekday: i8) -> Option<Period> {
        self.skip(1);
        self.take(Sem::Mark('.'));
        let date = self.attempt(|c| {
            c.skip_noise();
            let period = match c.look(0)? {
                Sem::Num(..) | Sem::Month(_) | Sem::WeakMonth(_) => c.base(false)?,
                _ => return None,
            };
            matches!(period.shape, Shape::MonthDays(..) | Shape::Fixed(_, _, Unit::Day) | Shape::DayOnly(_))
                .then_some(period)
        });
        if date.is_some() {
            return date;
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
                    c.skip(1);
                    let (day, _) = c.duration()?.after(c.today)?;
                    Some(relative(Unit::Week, 0, day)?.0)
                }
                _ => None,
            }
        });
        if let Some(monday) = week {
            let day = Period::of(Shape::Weekday(weekday)).from(monday)?;
            return Some(fixed(day, Unit::Day));
        }
        self.take(Sem::Next);
        Some(Period::of(Shape::Weekday(weekday)))
    }

    /// `week of March 3rd`.
    fn week_of(&mut self) -> Option<Period> {
        self.attempt(|c| {
            c.skip(1);
            let (day, _) = c.period()?.resolve(c.today)?;
            Some(fixed(relative(Unit::Week, 0, day)?, Unit::Week))
        })
    }

    /// A bare unit: `week 12`, `Quartal 2`, `le mois prochain`, `Ende der Woche`, `am Wochenende`.
    fn unit_period(&mut self, unit: Unit, plural: bool, in_part: bool) -> Option<Period> {
        match unit {
            Unit::Week if !plural && self.number(1).is_some() => {
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
            if unit == Unit::Week
                && let Some(week) = c.attempt(|c| {
                    matches!(c.look(0), Some(Sem::Noise | Sem::From)).then(|| c.skip(1))?;
                    c.skip_noise();
                    let date = c.base(false)?;
                    matches!(date.shape, Shape::MonthDays(..) | Shape::Fixed(_, _, Unit::Day)).then_some(())?;
                    Some(relative(Unit::Week, 0, date.resolve(c.today)?.0)?)
                })
            {
                return Some(fixed(week, unit));
            }
            if in_part && unit == Unit::Year {
                // `early in the year`: the next early part, perhaps of next year.
                let year = c.year_behind(&Period::of(Shape::Year));
                return Some(Period { shape: Shape::Year, year, part: None });
            }
            let spoken = in_part || unit == Unit::Weekend;
            spoken.then(|| Some(fixed(relative(unit, 0, c.today)?, unit)))?
        })
    }

    /// The year said behind a period: `2027`, `'27`, `/27`, `next year`, `des nächsten Jahres`.
    fn year_behind(&mut self, period: &Period) -> Option<i16> {
        let short = !matches!(period.shape, Shape::MonthDays(..));
        self.attempt(|c| {
            while matches!(c.look(0), Some(Sem::Noise | Sem::Mark(',' | '.'))) {
                c.skip(1);
            }
            if short && matches!(c.look(0), Some(Sem::Mark('/' | '-'))) && c.number(1).is_some() {
                c.skip(1);
                return c.written_year(true);
            }
            // `winter 2026/27` is named by its December.
            let step = match c.look(0)? {
                Sem::Num(..) | Sem::Mark('\'') => {
                    let year = c.written_year(short)?;
                    c.attempt(|c| {
                        let next =
                            c.mark(0, '/') && c.number(1).is_some_and(|(n, _)| n % 100 == (year as u32 + 1) % 100);
                        (next && matches!(period.shape, Shape::Season(_))).then(|| c.skip(2))
                    });
                    return Some(year);
                }
                Sem::This => 0,
                Sem::Next => 1,
                Sem::AfterNext => 2,
                Sem::In => {
                    // `spring in 2028`
                    c.skip(1);
                    return c.number(0).filter(|n| n.1 == 4).and_then(|_| c.written_year(false));
                }
                Sem::Unit(Unit::Year, false) => {
                    c.skip(1);
                    if let Some(year) = c.attempt(|c| c.written_year(false)) {
                        return Some(year);
                    }
                    let step = match c.look(0)? {
                        Sem::Next => 1,
                        Sem::AfterNext => 2,
                        _ => return None,
                    };
                    c.skip(1);
                    return c.today.year().checked_add(step);
                }
                _ => return None,
            };
            c.skip(1);
            c.take(Sem::Unit(Unit::Year, false)).then_some(())?;
            c.today.year().checked_add(step)
        })
    }

    /// `I may`, `it may be` is no month.
    fn month_is_meant(&self) -> bool {
        match self.before() {
            // The personal pronouns are noise, and so are the articles of a date: a word nobody listed
            // behind it tells the verb.
            Some(Sem::Noise | Sem::Word) => !matches!(self.look(1), Some(Sem::Word | Sem::Noise)),
            _ => true,
        }
    }

    /// `Mo`, `So`: only where it cannot be another word.
    fn weekday_is_meant(&self) -> bool {
        let beside = |sem: Option<Sem>| matches!(sem, Some(Sem::Mark('-' | '/') | Sem::Next | Sem::This));
        self.len() == 1
            || beside(self.before())
            || matches!(self.look(1), Some(Sem::Mark('.' | ',' | '-' | '/')))
            || (self.english(0) && !matches!(self.look(1), Some(Sem::Word)))
    }
}

const fn fixed(days: Days, unit: Unit) -> Period {
    Period::of(Shape::Fixed(days.0, days.1, unit))
}
