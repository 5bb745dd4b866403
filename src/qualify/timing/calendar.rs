//! What a named stretch of the calendar covers, and which occurrence of it is meant when no year is said:
//! the next one that is not over.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use crate::qualify::lexicon::{Feast, Part, Season, Unit};

/// First and last day, both inclusive.
pub type Days = (Date, Date);

/// Years a reading may lie in; anything else is a typing error.
pub const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

/// A stretch of the calendar, perhaps without its year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// From one day of a month to another (month, first, last).
    MonthDays(i8, i8, i8),
    /// A day of a month that is not named.
    DayOnly(i8),
    /// From one month to another; the first may be in the year before.
    Month(i8),
    /// A season.
    Season(Season),
    /// A feast.
    Feast(Feast),
    /// Quarters, first and last.
    Quarter(i8, i8),
    /// Half of a year.
    Half(i8),
    /// ISO weeks, first and last.
    Week(i8, i8),
    /// A calendar year.
    Year,
    /// The n-th seven days of a month (5 is its last seven, −2 those before).
    WeekOfMonth(i8, i8),
    /// So many last days of a month.
    EndOfMonth(i8, i8),
    /// The n-th such weekday of a month (5 is the last, −2 the one before).
    WeekdayOfMonth(i8, i8, i8),
    /// The weekend that begins with the n-th Saturday of a month (5 is the last).
    WeekendOfMonth(i8, i8),
    /// First (1) or second half of a month.
    HalfOfMonth(i8, i8),
    /// A weekday (Monday is 1).
    Weekday(i8),
    /// Already worked out; the unit says how it is divided into parts.
    Fixed(Date, Date, Unit),
}

/// A shape, perhaps with its year and only a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// What it is.
    pub shape: Shape,
    /// Its year, where one is said.
    pub year: Option<i16>,
    /// From this part to that.
    pub part: Option<(Part, Part)>,
}

impl Period {
    /// The whole of a shape whose year is not said.
    pub const fn of(shape: Shape) -> Self {
        Self { shape, year: None, part: None }
    }

    /// The whole of a shape in a year.
    pub const fn in_year(shape: Shape, year: i16) -> Self {
        Self { shape, year: Some(year), part: None }
    }

    /// Two ends were said.
    pub const fn is_range(&self) -> bool {
        match self.shape {
            Shape::MonthDays(_, first, last) | Shape::Quarter(first, last) | Shape::Week(first, last) => first < last,
            _ => false,
        }
    }

    /// Could a year still be said for it?
    pub const fn wants_year(&self) -> bool {
        self.year.is_none()
            && !matches!(self.shape, Shape::Fixed(..) | Shape::Weekday(_) | Shape::DayOnly(_) | Shape::Year)
    }

    /// The days meant by somebody who writes on `today`.
    pub fn resolve(&self, today: Date) -> Option<Days> {
        self.ending_from(if matches!(self.shape, Shape::Weekday(_)) { today.tomorrow().ok()? } else { today })
    }

    /// The first occurrence that ends on or after `day`.
    pub fn ending_from(&self, day: Date) -> Option<Days> {
        self.pick(day, |near| near.iter().find(|days| days.1 >= day).copied())
    }

    /// The last occurrence that begins on or before `day`.
    pub fn begun_by(&self, day: Date) -> Option<Days> {
        self.pick(day, |near| near.iter().rev().find(|days| days.0 <= day).copied())
    }

    /// The first occurrence that begins after `day`.
    pub fn after(&self, day: Date) -> Option<Days> {
        self.pick(day, |near| near.iter().find(|days| days.0 > day).copied())
    }

    /// The only occurrence, or the one that `choose` takes from those around `day`.
    fn pick(&self, day: Date, choose: impl FnOnce(&[Days]) -> Option<Days>) -> Option<Days> {
        match (self.shape, self.year) {
            (Shape::Fixed(first, last, unit), _) => self.cut((first, last), unit),
            (Shape::Weekday(_) | Shape::DayOnly(_), _) | (_, None) => {
                let near: Vec<Days> = self.near(day).into_iter().flatten().collect();
                choose(&near)
            }
            (_, Some(year)) => self.at(year),
        }
    }

    /// Occurrences around a day, in order.
    fn near(&self, day: Date) -> Vec<Option<Days>> {
        match self.shape {
            Shape::Weekday(weekday) => {
                let back = (day.weekday().to_monday_one_offset() - weekday).rem_euclid(7);
                let last = day.checked_sub(i64::from(back).days()).ok();
                (0..3).map(|week: i64| last?.checked_add(week.weeks()).ok().map(|day| (day, day))).collect()
            }
            Shape::DayOnly(number) => (-1..4_i64)
                .map(|month| {
                    let month = day.first_of_month().checked_add(month.months()).ok()?;
                    let date = Date::new(month.year(), month.month(), number).ok()?;
                    Some((date, date))
                })
                .collect(),
            // Eight years reach the next 29 February from anywhere.
            _ => (-1..9_i16).map(|step| self.at(day.year().checked_add(step)?)).collect(),
        }
    }

    /// The days in that year.
    fn at(&self, year: i16) -> Option<Days> {
        if !YEARS.contains(&year) {
            return None;
        }
        let (days, unit) = whole(self.shape, year)?;
        self.cut(days, unit)
    }

    fn cut(&self, days: Days, unit: Unit) -> Option<Days> {
        let Some((first, last)) = self.part else { return Some(days) };
        Some((part_of(days, unit, first)?.0, part_of(days, unit, last)?.1))
    }
}

fn whole(shape: Shape, year: i16) -> Option<(Days, Unit)> {
    Some(match shape {
        Shape::MonthDays(month, first, last) => {
            ((Date::new(year, month, first).ok()?, Date::new(year, month, last).ok()?), Unit::Day)
        }
        Shape::Month(month) => (months(year, month, 1)?, Unit::Month),
        Shape::Season(Season::Spring) => (months(year, 3, 3)?, Unit::Quarter),
        Shape::Season(Season::Summer) => (months(year, 6, 3)?, Unit::Quarter),
        Shape::Season(Season::Autumn) => (months(year, 9, 3)?, Unit::Quarter),
        Shape::Season(Season::Winter) => (months(year, 12, 3)?, Unit::Quarter),
        Shape::Quarter(first, last) => (months(year, first * 3 - 2, i64::from(last - first + 1) * 3)?, Unit::Quarter),
        Shape::Half(half) => (months(year, half * 6 - 5, 6)?, Unit::HalfYear),
        Shape::Week(first, last) => {
            let monday = |week: i8| {
                jiff::civil::ISOWeekDate::new(year, week, Weekday::Monday).ok().map(jiff::civil::ISOWeekDate::date)
            };
            let end = monday(last)?.checked_add(6.days()).ok()?;
            ((monday(first)?, end), Unit::Week)
        }
        Shape::Year => (months(year, 1, 12)?, Unit::Year),
        Shape::EndOfMonth(days, month) => {
            let (_, last) = months(year, month, 1)?;
            ((last.checked_sub(i64::from(days - 1).days()).ok()?, last), Unit::Day)
        }
        Shape::WeekOfMonth(number, month) => (week_of_month(year, month, number)?, Unit::Week),
        Shape::WeekdayOfMonth(number, weekday, month) => {
            let day = nth_weekday(year, month, number, weekday)?;
            ((day, day), Unit::Day)
        }
        Shape::WeekendOfMonth(number, month) => {
            let saturday = nth_weekday(year, month, number, 6)?;
            ((saturday, saturday.tomorrow().ok()?), Unit::Day)
        }
        Shape::HalfOfMonth(half, month) => {
            let (first, last) = months(year, month, 1)?;
            let days = if half == 1 {
                (first, Date::new(year, month, 15).ok()?)
            } else {
                (Date::new(year, month, 16).ok()?, last)
            };
            (days, Unit::Day)
        }
        Shape::Feast(feast) => (feast_in(feast, year)?, Unit::Day),
        Shape::DayOnly(_) | Shape::Weekday(_) | Shape::Fixed(..) => return None,
    })
}

/// From the first of `month`, for `count` months.
fn months(year: i16, month: i8, count: i64) -> Option<Days> {
    let first = Date::new(year, month, 1).ok()?;
    Some((first, first.checked_add(count.months()).ok()?.yesterday().ok()?))
}

fn nth_weekday(year: i16, month: i8, number: i8, weekday: i8) -> Option<Date> {
    let weekday = Weekday::from_monday_one_offset(weekday).ok()?;
    Date::new(year, month, 1).ok()?.nth_weekday_of_month(if number == 5 { -1 } else { number }, weekday).ok()
}

fn week_of_month(year: i16, month: i8, number: i8) -> Option<Days> {
    let (first, last) = months(year, month, 1)?;
    let back = if number == 5 { 0 } else { i64::from(-1 - number) };
    if back >= 0 {
        let last = last.checked_sub(back.weeks()).ok()?;
        return Some((last.checked_sub(6.days()).ok()?, last));
    }
    let start = first.checked_add(i64::from(number - 1).weeks()).ok()?;
    Some((start, start.checked_add(6.days()).ok()?))
}

/// The thirds of a period, by the published table.
fn part_of(days: Days, unit: Unit, part: Part) -> Option<Days> {
    let (first, last) = days;
    let day = |date: Date, number: i64| date.checked_add((number - 1).days()).ok();
    let month = |number: i64, count: i64| {
        let start = first.checked_add((number - 1).months()).ok()?;
        Some((start, start.checked_add(count.months()).ok()?.yesterday().ok()?))
    };
    match (unit, part) {
        (Unit::Week | Unit::Fortnight, Part::Early) => Some((first, day(first, 2)?)),
        (Unit::Week | Unit::Fortnight, Part::Mid) => Some((day(first, 3)?, day(first, 4)?)),
        (Unit::Week | Unit::Fortnight, Part::Late) => Some((day(first, 5)?, last)),
        (Unit::Month, Part::Early) => Some((first, day(first, 10)?)),
        (Unit::Month, Part::Mid) => Some((day(first, 11)?, day(first, 20)?)),
        (Unit::Month, Part::Late) => Some((day(first, 21)?, last)),
        (Unit::Quarter, Part::Early) => month(1, 1),
        (Unit::Quarter, Part::Mid) => month(2, 1),
        (Unit::Quarter, Part::Late) => month(3, 1),
        (Unit::HalfYear, Part::Early) => month(1, 2),
        (Unit::HalfYear, Part::Mid) => month(3, 2),
        (Unit::HalfYear, Part::Late) => month(5, 2),
        (Unit::Year, Part::Early) => month(1, 3),
        (Unit::Year, Part::Mid) => month(5, 4),
        (Unit::Year, Part::Late) => month(10, 3),
        _ => Some(days),
    }
}

fn feast_in(feast: Feast, year: i16) -> Option<Days> {
    let fixed = |month, first, last| Some((Date::new(year, month, first).ok()?, Date::new(year, month, last).ok()?));
    let moving = |first: i64, last: i64| {
        let easter = easter(year)?;
        Some((easter.checked_add(first.days()).ok()?, easter.checked_add(last.days()).ok()?))
    };
    let advent = |first: i16, last: i16| {
        let fourth = Date::new(year, 12, 24).ok()?;
        let fourth = fourth.checked_sub(i64::from(fourth.weekday().to_sunday_zero_offset()).days()).ok()?;
        let sunday = fourth.checked_sub(3.weeks()).ok()?;
        Some((sunday.checked_add(i64::from(first).days()).ok()?, sunday.checked_add(i64::from(last).days()).ok()?))
    };
    match feast {
        Feast::Fixed(month, first, last) => fixed(month, first, last),
        Feast::Easter(first, last) => moving(first.into(), last.into()),
        Feast::Advent(first, last) => advent(first, last),
        Feast::AdventSeason => Some((advent(0, 0)?.0, Date::new(year, 12, 24).ok()?)),
        Feast::Nth(month, number, weekday, later) => {
            let day = nth_weekday(year, month, number, weekday)?.checked_add(i64::from(later).days()).ok()?;
            Some((day, day))
        }
    }
}

/// Easter Sunday of the Gregorian calendar (Gauss, as completed by Lichtenberg): a day of March, perhaps
/// beyond its end.
fn easter(year: i16) -> Option<Date> {
    let year_number = i64::from(year);
    let century = year_number / 100;
    let moon_shift = 15 + (3 * century + 3) / 4 - (8 * century + 13) / 25;
    let sun_shift = 2 - (3 * century + 3) / 4;
    let cycle = year_number % 19;
    let seed = (19 * cycle + moon_shift) % 30;
    let correction = (seed + cycle / 11) / 29;
    let full_moon = 21 + seed - correction;
    let first_sunday = 7 - (year_number + year_number / 4 + sun_shift) % 7;
    let march_day = full_moon + 7 - (full_moon - first_sunday) % 7;
    Date::new(year, 3, 1).ok()?.checked_add((march_day - 1).days()).ok()
}

/// The running unit (0), the next (1), the one after (2), the last (−1).
pub fn relative(unit: Unit, step: i64, today: Date) -> Option<Days> {
    let monday = today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
    let week = |first: i64, last: i64| {
        let monday = monday.checked_add(step.weeks()).ok()?;
        Some((monday.checked_add(first.days()).ok()?, monday.checked_add(last.days()).ok()?))
    };
    let block = |size: i8| {
        let month = (today.month() - 1) / size * size + 1;
        let first = Date::new(today.year(), month, 1).ok()?.checked_add((step * i64::from(size)).months()).ok()?;
        Some((first, first.checked_add(i64::from(size).months()).ok()?.yesterday().ok()?))
    };
    match unit {
        Unit::Minute | Unit::Hour => Some((today, today)),
        Unit::Day | Unit::Workday => {
            let day = today.checked_add(step.days()).ok()?;
            Some((day, day))
        }
        Unit::Week => week(0, 6),
        Unit::Weekend => week(5, 6),
        Unit::Fortnight => {
            let first = monday.checked_add((step * 2).weeks()).ok()?;
            Some((first, first.checked_add(13.days()).ok()?))
        }
        Unit::Month => block(1),
        Unit::Quarter => block(3),
        Unit::HalfYear => block(6),
        Unit::Year => block(12),
    }
}

/// Nothing further away than this many half units is a wish; such a number is a typing error.
pub const MOST_HALVES: i64 = 4_000;

/// `halves` half units after `day` (before it when negative).
pub fn shift(day: Date, halves: i64, unit: Unit) -> Option<Date> {
    if !(-MOST_HALVES..=MOST_HALVES).contains(&halves) {
        return None;
    }
    let whole = (halves.abs() + 1) / 2 * halves.signum();
    let by: Span = match unit {
        Unit::Minute => (whole_days(halves, 24 * 60) * halves.signum()).days(),
        Unit::Hour => (whole_days(halves, 24) * halves.signum()).days(),
        Unit::Day => whole.days(),
        Unit::Workday => return workdays(day, whole),
        Unit::Week | Unit::Weekend => ((halves.abs() * 7 + 1) / 2 * halves.signum()).days(),
        Unit::Fortnight => (halves * 7).days(),
        Unit::Month => return odd_months(day, halves),
        Unit::Quarter => return odd_months(day, halves * 3),
        Unit::HalfYear => (halves * 3).months(),
        Unit::Year => (halves * 6).months(),
    };
    let day = day.checked_add(by).ok()?;
    YEARS.contains(&day.year()).then_some(day)
}

/// Less than a day is the same day; more is rounded up.
const fn whole_days(halves: i64, in_a_day: i64) -> i64 {
    let day = in_a_day * 2;
    if halves.abs() < day { 0 } else { (halves.abs() + day - 1) / day }
}

fn odd_months(day: Date, halves: i64) -> Option<Date> {
    let day = day.checked_add((halves / 2).months()).ok()?.checked_add((halves % 2 * 15).days()).ok()?;
    YEARS.contains(&day.year()).then_some(day)
}

fn workdays(day: Date, count: i64) -> Option<Date> {
    // Counting begins on a working day; whole weeks first, so that a big count costs nothing.
    let weekend = match day.weekday() {
        Weekday::Saturday => 1,
        Weekday::Sunday => 2,
        _ => 0,
    };
    let back = if count > 0 {
        -weekend
    } else if weekend > 0 {
        3 - weekend
    } else {
        0
    };
    let day = day.checked_add(back.days()).ok()?;
    let mut day = day.checked_add((count / 5).weeks()).ok()?;
    let mut left = (count % 5).abs();
    while left > 0 {
        day = day.checked_add(count.signum().days()).ok()?;
        if day.weekday() != Weekday::Saturday && day.weekday() != Weekday::Sunday {
            left -= 1;
        }
    }
    Some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_where_it_falls() {
        for (year, month, day) in [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25)] {
            assert_eq!(easter(year), Date::new(year, month, day).ok());
        }
    }

    #[test]
    fn half_units_and_working_days_count() {
        let friday = Date::constant(2026, 11, 20);
        assert_eq!(shift(friday, 3, Unit::Year), Date::new(2028, 5, 20).ok());
        assert_eq!(shift(friday, 20, Unit::Workday), Date::new(2026, 12, 4).ok());
        assert_eq!(shift(friday, 48 * 2, Unit::Hour), Date::new(2026, 11, 22).ok());
        assert_eq!(shift(friday, i64::MAX / 64, Unit::Year), None);
    }
}
