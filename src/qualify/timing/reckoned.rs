//! Durations and what they are reckoned from: today, a feast, a weekday, the day something begins.

use super::calendar::{Days, Period, Shape, relative, shift};
use super::cursor::Cursor;
use super::duration::Duration;
use super::item::Item;
use crate::qualify::lexicon::{Sem, Unit};

impl Cursor<'_> {
    /// A duration without a word before it.
    pub fn bare_duration(&mut self) -> Option<Item> {
        self.attempt(|c| {
            // `halbes Jahr` is one, `Ende` is none; an article alone needs its unit.
            let duration = c.duration()?;
            let (first, last) = duration.after(c.today)?;
            // `an einem Tag nächster Woche` is a day of that week.
            if duration.least == (2, Unit::Day) && matches!(c.look(0), Some(Sem::This | Sem::Next | Sem::AfterNext)) {
                return None;
            }
            if duration.open {
                return Some(Item::Window(Some(first), None));
            }
            if let Some(days) = c.attempt(|c| c.week_on(duration)) {
                return Some(Item::Window(Some(days.0), Some(days.1)));
            }
            // `2 weeks starting 3 May`; English `from` says how far after.
            let starting = matches!((c.look(0), c.look(1)), (Some(Sem::Noise), Some(Sem::From)));
            c.skip_noise();
            match c.look(0) {
                Some(Sem::From) if starting || !c.english(0) => c.begun(duration),
                Some(Sem::Rest) if c.english(0) && c.look(1).is_none() => {
                    c.skip(1); // `a fortnight later`
                    Some(Item::Window(Some(first), Some(last)))
                }
                Some(Sem::FromNow) => {
                    c.skip(1);
                    Some(Item::Window(Some(first), Some(last)))
                }
                Some(Sem::Past) => {
                    c.skip(1);
                    let (first, last) = duration.before(c.today)?;
                    Some(Item::Past(first, last))
                }
                Some(Sem::Before | Sem::After | Sem::From) => c.anchored(duration),
                _ if matches!(duration.least.1, Unit::Minute | Unit::Hour) => Some(Item::Hours(c.today, last)),
                _ if duration.is_range() && !duration.coming => Some(Item::Window(Some(first), Some(last))),
                _ => Some(Item::Window(Some(c.today), Some(last))),
            }
        })
    }

    /// `two weeks starting 3 May`, `2 Wochen ab 15. März`: from that day on, that long.
    fn begun(&mut self, duration: Duration) -> Option<Item> {
        let anchor = self.attempt(|c| {
            c.skip(1);
            c.period()?.resolve(c.today)
        });
        let first = anchor.map_or(self.today, |days| days.0);
        Some(Item::Window(Some(first), Some(duration.after(first)?.1)))
    }

    /// `two weeks before Christmas`.
    fn anchored(&mut self, duration: Duration) -> Option<Item> {
        let word = self.look(0);
        let anchor: Option<Days> = self.attempt(|c| {
            c.skip(1);
            c.period()?.resolve(c.today)
        });
        let Some((first, last)) = anchor else {
            return Some(Item::Window(Some(self.today), Some(duration.after(self.today)?.1)));
        };
        let days = if word == Some(Sem::Before) { duration.before(first) } else { duration.after(last) }?;
        Some(Item::Window(Some(days.0), Some(days.1)))
    }

    /// `a week on Tuesday`, `a week today`: that far after it.
    fn week_on(&mut self, duration: Duration) -> Option<Days> {
        self.english_before().then_some(())?;
        if let Some(Sem::Day(days)) = self.look(0) {
            self.skip(1);
            return duration.after(relative(Unit::Day, days.into(), self.today)?.0);
        }
        self.take(Sem::Noise).then_some(())?;
        let Some(Sem::Weekday(weekday)) = self.look(0) else { return None };
        self.skip(1);
        let (day, _) = Period::of(Shape::Weekday(weekday)).resolve(self.today)?;
        duration.after(day)
    }

    /// `3 Fridays from now`, `two Sundays ago`.
    pub fn weekdays_away(&mut self) -> Option<Item> {
        self.attempt(|c| {
            let count = match c.look(0)? {
                Sem::Num(count, _) => i64::from(count),
                Sem::Count(halves) if halves % 2 == 0 => i64::from(halves / 2),
                _ => return None,
            };
            let Some(Sem::Weekday(weekday)) = c.look(1) else { return None };
            let weekday = Period::of(Shape::Weekday(weekday));
            let past = c.look(2) == Some(Sem::Past);
            (count >= 1 && (past || c.look(2) == Some(Sem::FromNow))).then(|| c.skip(3))?;
            let away = (count - 1).checked_mul(2)?;
            if past {
                let (last, _) = weekday.begun_by(c.today.yesterday().ok()?)?;
                let day = shift(last, -away, Unit::Week)?;
                return Some(Item::Past(day, day));
            }
            let (next, _) = weekday.resolve(c.today)?;
            let day = shift(next, away, Unit::Week)?;
            Some(Item::Window(Some(day), Some(day)))
        })
    }

    /// `18 December for 10 days`, `ab 15. März für 2 Wochen`: from the first day, that long.
    pub fn lasting(&mut self, item: Item) -> Item {
        let (Item::Period(period) | Item::FromPeriod(period, false)) = item else { return item };
        let found = self.attempt(|c| {
            let (first, last) = period.resolve(c.today)?;
            (first == last || matches!(item, Item::FromPeriod(..))).then_some(())?;
            c.take(Sem::Noise).then_some(())?;
            let (_, end) = c.duration()?.after(first)?;
            let reckoned = matches!(
                c.look(0),
                Some(Sem::FromNow | Sem::Past | Sem::Before | Sem::After | Sem::From | Sem::Word | Sem::AtLatest)
            );
            (!reckoned).then_some(Item::Window(Some(first), Some(end)))
        });
        found.unwrap_or(item)
    }
}
