//! Dates in digits: `2027-04-03`, `3.4.27`, `03/04/2027`, `04/2027`, `12.-14.5.`, `2027-W12`.

use jiff::civil::Date;

use super::calendar::{Period, Shape, YEARS};
use super::cursor::Cursor;
use crate::qualify::lexicon::{Sem, Unit};

impl Cursor<'_> {
    /// A date in digits.
    pub fn digits_date(&mut self) -> Option<Period> {
        let (value, digits) = self.number(0)?;
        match digits {
            8 => self.compact(value),
            4 => self.attempt(Self::year_first),
            2 if self.look(1) == Some(Sem::QuarterMark) && self.glued(1) && self.glued(2) => {
                self.attempt(Self::short_year_quarter)
            }
            1 | 2 if self.mark(1, '.') => self.attempt(Self::dotted),
            1 | 2 if self.mark(3, '.') && self.glued(3) && self.glued(4) => self.attempt(Self::days_dotted),
            1 | 2 if self.mark(1, '/') && self.glued(1) && self.glued(2) => self.attempt(|c| c.divided('/')),
            1 | 2 if self.mark(1, '/') && self.number(2).is_some() => self.attempt(|c| c.divided('/')),
            1 | 2
                if self.mark(1, '-')
                    && (self.glued(1) && self.glued(2) || self.number(2).is_some_and(|n| n.1 == 4)) =>
            {
                self.attempt(|c| c.divided('-'))
            }
            _ => None,
        }
    }

    fn compact(&mut self, value: u32) -> Option<Period> {
        let date = day_in((value / 10_000) as i16, value / 100 % 100, value % 100)?;
        self.skip(1);
        Some(date)
    }

    /// `28q4`.
    fn short_year_quarter(&mut self) -> Option<Period> {
        let (year, digits) = self.number(0)?;
        let (quarter, 1) = self.number(2).filter(|(quarter, _)| (1..=4).contains(quarter))? else { return None };
        self.skip(3);
        Some(Period::in_year(Shape::Quarter(quarter as i8, quarter as i8), full_year(year, digits)?))
    }

    /// `2027-04-03`, `2027/04`, `2027-W12`, `2027-Q2`.
    fn year_first(&mut self) -> Option<Period> {
        let (year, _) = self.number(0)?;
        let year = i16::try_from(year).ok().filter(|year| YEARS.contains(year))?;
        let divided = matches!(self.look(1), Some(Sem::Mark('-' | '/' | '.'))) && self.glued(1);
        let ahead = if divided { 2 } else { 1 };
        match (self.look(ahead)?, self.number(ahead + 1)) {
            (Sem::WeekMark, Some((week @ 1..=53, _))) => {
                self.skip(ahead + 2);
                return Some(Period::in_year(Shape::Week(week as i8, week as i8), year));
            }
            (Sem::QuarterMark, Some((quarter @ 1..=4, _))) => {
                self.skip(ahead + 2);
                return Some(Period::in_year(Shape::Quarter(quarter as i8, quarter as i8), year));
            }
            (Sem::HalfMark, Some((half @ 1..=2, 1))) if divided => {
                self.skip(ahead + 2);
                return Some(Period::in_year(Shape::Half(half as i8), year));
            }
            _ => {}
        }
        // `2027-Mar-05`
        if divided && let (Some(Sem::Month(month)), Some((day, 1..=2))) = (self.look(2), self.number(4)) {
            (self.look(1) == self.look(3)).then(|| self.skip(5))?;
            return day_in(year, u32::try_from(month).ok()?, day);
        }
        // `2027 / 03`
        let spaced = matches!(self.look(1), Some(Sem::Mark('-' | '/'))) && !matches!(self.look(3), Some(Sem::Unit(..)));
        let (month, digits) = self.number(2).filter(|_| divided && self.glued(2) || spaced)?;
        if digits > 2 {
            return None;
        }
        if self.look(1) == self.look(3)
            && let Some((day, 1..=2)) = self.number(4)
        {
            let date = day_in(year, month, day)?;
            self.skip(5);
            return Some(date);
        }
        // `2027-28` is two years.
        ((digits == 2 || self.mark(1, '/')) && (1..=12).contains(&month)).then(|| self.skip(3))?;
        Some(Period::in_year(Shape::Month(month as i8), year))
    }

    /// `3.4.2027`, `3.4.`, `04.2027`, `12.-14.5.`.
    fn dotted(&mut self) -> Option<Period> {
        let (first, _) = self.number(0)?;
        self.skip(2);
        let joined = matches!(self.look(0), Some(Sem::Mark('-' | '/' | '+')));
        let last = if joined { self.second_day()? } else { first };
        let (month, digits) = self.number(0)?;
        if digits == 4 {
            let year = i16::try_from(month).ok().filter(|year| YEARS.contains(year))?;
            self.skip(1);
            return (1..=12).contains(&first).then(|| Period::in_year(Shape::Month(first as i8), year));
        }
        // `2.5 years` is a number.
        if !(1..=2).contains(&digits) || matches!(self.look(1), Some(Sem::Unit(..))) {
            return None;
        }
        self.skip(1);
        let year = if self.mark(0, '.') { self.year_after_dot() } else { None };
        // `3.15.2027`, where the month comes first
        if self.month_first && year.is_some() && month > 12 && first == last {
            return days_in(year, first, month, month);
        }
        days_in(year, month, first, last)
    }

    /// `12-14.5.`, `12 bis 14.5.2027`: days whose first has no dot.
    fn days_dotted(&mut self) -> Option<Period> {
        let (first, _) = self.number(0)?;
        matches!(self.look(1), Some(Sem::Mark('-' | '/') | Sem::To | Sem::Till)).then(|| self.skip(2))?;
        let (last, 1..=2) = self.number(0)? else { return None };
        let date = self.dotted()?;
        match date.shape {
            Shape::MonthDays(month, ..) => days_in(date.year, u32::try_from(month).ok()?, first, last),
            _ => None,
        }
    }

    /// `-14.` of `12.-14.5.`.
    fn second_day(&mut self) -> Option<u32> {
        let (last, 1..=2) = self.number(1)? else { return None };
        (self.mark(2, '.') && self.number(3).is_some_and(|n| n.1 <= 2) && !self.mark(5, '-')).then(|| self.skip(3))?;
        Some(last)
    }

    /// The year behind `3.4.`, in two or four digits; the dot is taken in any case.
    fn year_after_dot(&mut self) -> Option<i16> {
        self.skip(1);
        let (year, digits) = self.number(0)?;
        let apart = !self.glued(0) && digits == 2;
        let units_follow = matches!(self.look(1), Some(Sem::Unit(..) | Sem::Clock | Sem::Mark(':')))
            || apart && matches!(self.look(1), Some(Sem::Mark('-')));
        let year = (!units_follow).then(|| full_year(year, digits))??;
        // `8.12. 14` is an hour.
        (!apart || year >= self.today.year()).then_some(())?;
        self.skip(1);
        Some(year)
    }

    /// `03/04/2027`, `03/04`, `04/2027`, `3-4-2027`.
    fn divided(&mut self, mark: char) -> Option<Period> {
        let ((a, _), (b, digits)) = (self.number(0)?, self.number(2)?);
        if digits == 4 {
            let year = i16::try_from(b).ok().filter(|year| YEARS.contains(year))?;
            self.skip(3);
            return (1..=12).contains(&a).then(|| Period::in_year(Shape::Month(a as i8), year));
        }
        if digits > 2 {
            return None;
        }
        let year = if self.mark(3, mark) && self.glued(3) && self.glued(4) {
            let (year, digits) = self.number(4)?;
            Some(full_year(year, digits)?)
        } else {
            None
        };
        let clear = self.month_first && a <= 12 && b > 12;
        if year.is_none() && mark == '-' && !clear {
            return None; // `3-4` is a range
        }
        if year.is_none() && matches!(self.look(3), Some(Sem::Unit(..) | Sem::Month(_) | Sem::WeakMonth(_))) {
            return None; // `2/3 weeks`, `12/13 June`
        }
        let (day, month) = if self.month_first { (b, a) } else { (a, b) };
        let swapped = month > 12;
        if swapped && year.is_none() && !self.month_first && (1..=12).contains(&a) && b > 12 {
            // `04/27`: nobody writes a day there where the day comes first.
            self.skip(3);
            return Some(Period::in_year(Shape::Month(a as i8), full_year(b, 2)?));
        }
        let (day, month) = if swapped { (month, day) } else { (day, month) };
        self.ambiguous |= !swapped && day <= 12 && day != month;
        self.skip(if year.is_some() { 5 } else { 3 });
        days_in(year, month, day, day)
    }

    /// A year in digits, `2027` or `'27`, or a bare `27` where `bare` says that one may stand here.
    pub fn written_year(&mut self, bare: bool) -> Option<i16> {
        let quoted = self.mark(0, '\'');
        let (value, digits) = self.number(usize::from(quoted))?;
        let year = full_year(value, digits)?;
        let near = (self.today.year() - 1..=self.today.year() + 20).contains(&year);
        if digits == 2 && !quoted && !(bare && near) {
            return None;
        }
        self.skip(1 + usize::from(quoted));
        Some(year)
    }
}

/// Two digits are of this century up to 68, as POSIX has it.
fn full_year(value: u32, digits: u8) -> Option<i16> {
    let year = match digits {
        2 => (if value < 69 { 2000 } else { 1900 }) + i16::try_from(value).ok()?,
        4 => i16::try_from(value).ok()?,
        _ => return None,
    };
    YEARS.contains(&year).then_some(year)
}

fn day_in(year: i16, month: u32, day: u32) -> Option<Period> {
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    YEARS.contains(&year).then(|| Period::of(Shape::Fixed(date, date, Unit::Day)))
}

/// Days of a month, in a year or in the next one that fits; nothing when there is no such day.
pub fn days_in(year: Option<i16>, month: u32, first: u32, last: u32) -> Option<Period> {
    let [month, first, last] = [month, first, last].map(|n| i8::try_from(n).ok());
    let (month, first, last) = (month?, first?, last?);
    // A leap year has every day there is.
    Date::new(year.unwrap_or(2024), month, first).and_then(|_| Date::new(year.unwrap_or(2024), month, last)).ok()?;
    (first <= last).then_some(Period { shape: Shape::MonthDays(month, first, last), year, part: None })
}
