//! What is over: `last week`, `last 2 weeks`, `past Friday`. It counts where a text says nothing else, and is read
//! so that its words are not taken for days that come.

use super::calendar::{Period, Shape, relative};
use super::cursor::Cursor;
use super::item::Item;
use crate::qualify::lexicon::{Sem, Unit};

impl Cursor<'_> {
    /// `past 3 weeks` and `past Friday` are over, `past March` comes.
    pub fn past_or_after(&mut self) -> Option<Item> {
        self.attempt(|c| {
            c.skip(1);
            if let Some(Sem::Unit(..) | Sem::Weekday(_)) = c.look(1) {
                return c.past_unit();
            }
            c.past_few().or_else(|| c.bound(Self::after_item))
        })
    }

    /// `last week`: over.
    pub fn past_unit(&mut self) -> Option<Item> {
        let shape = match self.look(1)? {
            Sem::Unit(unit, _) => {
                self.skip(2);
                let (first, last) = relative(unit, -1, self.today)?;
                // `last week on Tuesday`
                let day = self.attempt(|c| {
                    c.skip_noise();
                    let Some(Sem::Weekday(weekday)) = c.look(0) else { return None };
                    c.skip(1);
                    Period::of(Shape::Weekday(weekday)).ending_from(first).filter(|day| day.1 <= last)
                });
                let (first, last) = day.unwrap_or((first, last));
                return Some(Item::Past(first, last));
            }
            Sem::Month(month) => Shape::Month(month),
            Sem::Weekday(weekday) => Shape::Weekday(weekday),
            Sem::Season(season) => Shape::Season(season),
            Sem::Feast(feast) => Shape::Feast(feast),
            _ => return None,
        };
        self.skip(2);
        let mut days = Period::of(shape).begun_by(self.today)?;
        if days.1 >= self.today {
            days = Period::of(shape).begun_by(days.0.yesterday().ok()?)?;
        }
        Some(Item::Past(days.0, days.1))
    }

    /// `last 2 weeks`: over as well.
    pub fn past_few(&mut self) -> Option<Item> {
        self.attempt(|c| {
            c.skip(1);
            let (first, _) = c.duration()?.before(c.today)?;
            let last = c.today.yesterday().ok()?;
            (first <= last).then_some(Item::Past(first, last))
        })
    }

    /// `Tuesday of last week`.
    pub fn past_weekday(&mut self) -> Option<Item> {
        self.attempt(|c| {
            c.skip_noise();
            let Some(Sem::Weekday(weekday)) = c.look(0) else { return None };
            c.skip(1);
            c.skip_noise();
            let week = (Some(Sem::Last), Some(Sem::Unit(Unit::Week, false)));
            ((c.look(0), c.look(1)) == week).then(|| c.skip(2))?;
            let (monday, _) = relative(Unit::Week, -1, c.today)?;
            let (day, _) = Period::of(Shape::Weekday(weekday)).ending_from(monday)?;
            Some(Item::Past(day, day))
        })
    }
}
