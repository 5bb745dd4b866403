//! What is counted within a year: `first six months of 2028`, `last week of the year`, `erste Woche 2027`.

use super::calendar::{Period, Shape, shift};
use super::cursor::Cursor;
use super::period::fixed;
use crate::qualify::lexicon::{Feast, Sem, Unit};

impl Cursor<'_> {
    /// `first six months of 2028`, `die letzten beiden Quartale des Jahres`.
    pub fn months_of_year(&mut self, count: u32, first: i8, is_last: bool) -> Option<Period> {
        self.skip(1);
        let count = i64::from(count);
        ((1..=12).contains(&count) && (is_last || first == 1)).then_some(())?;
        let year = self.of_year()?;
        let (start, end) = Period::in_year(Shape::Year, year).resolve(self.today)?;
        let days = if is_last {
            (shift(end.tomorrow().ok()?, -2 * count, Unit::Month)?, end)
        } else {
            (start, shift(start, 2 * count, Unit::Month)?.yesterday().ok()?)
        };
        Some(fixed(days, Unit::Day))
    }

    /// `of 2028`, `of next year`, `des Jahres`.
    pub fn of_year(&mut self) -> Option<i16> {
        self.year_behind(&Period::of(Shape::Year)).or_else(|| {
            self.skip_noise();
            // `of the new year`
            if self.take(Sem::Feast(Feast::Fixed(1, 1, 1))) {
                return self.today.year().checked_add(1);
            }
            self.take(Sem::Unit(Unit::Year, false)).then_some(self.today.year())
        })
    }

    /// `first week of 2028`, `last 2 weeks of the year`: as weeks are numbered (ISO 8601).
    pub fn weeks_of_year(&mut self, (first, last): (i8, i8), is_last: bool) -> Option<Period> {
        let year = self.of_year()?;
        let weeks = |first, last| Period::in_year(Shape::Week(first, last), year);
        if !is_last {
            return (1..=last).contains(&first).then(|| weeks(first, last));
        }
        let end = [53, 52].into_iter().find(|week| weeks(*week, *week).resolve(self.today).is_some())?;
        Some(weeks(end - (last - first), end))
    }
}
