//! Months by name, with the day or year said beside them.

use super::calendar::{Period, Shape};
use super::cursor::Cursor;
use super::date::days_in;
use crate::qualify::lexicon::{Sem, Unit};

impl Cursor<'_> {
    /// A month, perhaps with its day: `May 12-14`, `Mai 27`.
    pub fn month(&mut self, month: i8) -> Option<Period> {
        let english = self.english(0);
        let behind_weekday = self.behind_weekday();
        self.skip(1);
        self.take(Sem::Mark('.'));
        // `Feb 30`
        if english
            && let Some((day @ 1..=31, 2)) = self.number(0)
            && days_in(None, month as u32, day, day).is_none()
        {
            return None;
        }
        let day = self.attempt(|c| {
            c.skip_noise_but_quote();
            if let Some(day) = c.spoken_day(english) {
                let last = c.attempt(|c| {
                    c.joins_range().then_some(())?;
                    c.skip_noise_but_quote();
                    c.attempt(|c| c.spoken_day(english)).or_else(|| c.day_number(day))
                });
                return days_in(None, month as u32, day, last.unwrap_or(day));
            }
            let divided = matches!(c.look(0), Some(Sem::Mark('-' | '/'))) && c.glued(0) && c.glued(1);
            let comma = c.mark(0, ',') && c.number(1).is_some_and(|(_, digits)| digits <= 2);
            c.skip(usize::from((divided || comma) && english));
            let (day, digits) = c.number(0).filter(|(day, digits)| (1..=31).contains(day) && *digits <= 2)?;
            let named = matches!(c.look(1), Some(Sem::Nth)) && c.glued(1);
            // `Mai 27` is a year, `May 27` a day.
            // nor is it in `Montag, Mai 27` and `Mai 27, 2027`.
            let year_follows = c.number(1 + usize::from(c.mark(1, ','))).is_some_and(|(_, digits)| digits == 4);
            // and `19-20` are days.
            let two = c.mark(1, '-') && c.number(2).is_some_and(|(last, digits)| digits == 2 && last <= 31);
            let year_like = digits == 2
                && !(english || behind_weekday || year_follows || two)
                && (2000 + day as i16) >= c.today.year();
            if (year_like && !named) || matches!(c.look(1), Some(Sem::Unit(..) | Sem::Month(_))) || c.mark(1, ':') {
                return None;
            }
            c.skip(1 + usize::from(named));
            let last = c.attempt(|c| {
                // `May 3, 4 or 5`
                let joins = |sem| matches!(sem, Some(Sem::Or | Sem::And | Sem::Mark(',' | '-')));
                while c.mark(0, ',') && c.number(1).is_some_and(|(_, digits)| digits <= 2) && joins(c.look(2)) {
                    c.skip(2);
                }
                (c.joins_range() || c.take(Sem::And)).then_some(())?;
                c.attempt(|c| c.day_number(day)).or_else(|| c.spoken_day(english).filter(|last| *last >= day))
            });
            days_in(None, month as u32, day, last.unwrap_or(day))
        });
        if day.is_some() {
            return day;
        }
        let period = Period::of(Shape::Month(month));
        if self.take_after_next() {
            return self.occurrence(period, 2);
        }
        if matches!(self.look(0), Some(Sem::Next | Sem::AfterNext)) && !matches!(self.look(1), Some(Sem::Unit(..))) {
            let step = if self.take(Sem::Next) { 1 } else { 2 };
            return self.occurrence(period, step);
        }
        Some(period)
    }

    /// The second of two days in digits, not before the first.
    fn day_number(&mut self, first: u32) -> Option<u32> {
        let (last, _) = self.number(0).filter(|(last, digits)| (first..=31).contains(last) && *digits <= 2)?;
        (!matches!(self.look(1), Some(Sem::Month(_) | Sem::Unit(..)))).then_some(())?;
        self.skip(1);
        self.take(Sem::Nth);
        Some(last)
    }

    /// A day in words: `the first`, `May twenty one`.
    fn spoken_day(&mut self, english: bool) -> Option<u32> {
        if let Some(Sem::Ordinal(day @ 1..)) = self.look(0) {
            self.skip(1);
            return u32::try_from(day).ok();
        }
        self.attempt(|c| {
            let Some(Sem::Count(_)) = c.look(0).filter(|_| english) else { return None };
            let halves = c.one_number().filter(|halves| halves % 2 == 0 && *halves <= 62)?;
            // `March two rooms`
            let ends = c.number(0).is_some_and(|(_, digits)| digits == 4);
            (ends || matches!(c.look(0), None | Some(Sem::Mark(_) | Sem::To | Sem::Till))).then_some(halves / 2)
        })
    }

    /// Is a weekday said right before the next token?
    fn behind_weekday(&self) -> bool {
        let back = usize::from(matches!(self.behind(1), Some(Sem::Mark('.' | ',')))) + 1;
        matches!(self.behind(back), Some(Sem::Weekday(_) | Sem::WeakWeekday(_)))
    }

    /// Goes past words that say nothing, but not past an apostrophe before a year.
    pub fn skip_noise_but_quote(&mut self) {
        while matches!(self.look(0), Some(Sem::Noise)) {
            self.skip(1);
        }
    }

    /// The month of a day it does not have, with its year: `31 April 2027`.
    pub fn skip_month(&mut self) {
        let ahead = usize::from(matches!(self.look(0), Some(Sem::Mark('.') | Sem::Nth)));
        let number = self.before().is_some_and(|sem| matches!(sem, Sem::Num(1..=99, _)));
        if number && matches!(self.look(ahead), Some(Sem::Month(_))) {
            self.skip(ahead + 1);
            self.skip(usize::from(self.number(0).is_some_and(|(_, digits)| digits == 4)));
        }
    }

    /// Goes past a time of day before what it is a time of: `5pm Friday`, `17:30 Uhr am Montag`.
    pub fn skip_clock(&mut self) {
        self.attempt(|c| {
            c.number(0).filter(|(hour, digits)| *hour <= 24 && *digits <= 2)?;
            c.skip(1);
            let minutes = c.mark(0, ':') && c.number(1).is_some_and(|(minute, digits)| minute < 60 && digits == 2);
            c.skip(if minutes { 2 } else { 0 });
            (c.take(Sem::Clock) || minutes).then_some(())
        });
        self.skip_noise();
    }

    /// `after next` behind what it names.
    pub fn take_after_next(&mut self) -> bool {
        let named = (self.look(0), self.look(1)) == (Some(Sem::After), Some(Sem::Next))
            && !matches!(
                self.look(2),
                Some(Sem::Unit(..) | Sem::Month(_) | Sem::Weekday(_) | Sem::Season(_) | Sem::Feast(_))
            );
        self.skip(if named { 2 } else { 0 });
        named
    }

    /// The year said behind a period: `2027`, `'27`, `/27`, `next year`, `des nächsten Jahres`.
    pub fn year_behind(&mut self, period: &Period) -> Option<i16> {
        let short = !matches!(period.shape, Shape::MonthDays(..));
        self.attempt(|c| {
            // `15 Mar 27`, at the end
            if !short
                && c.number(0).is_some_and(|(_, digits)| digits == 2)
                && matches!(c.look(1), None | Some(Sem::Mark(_)))
            {
                return c.written_year(true);
            }
            while matches!(c.look(0), Some(Sem::Noise | Sem::Mark(',' | '.'))) {
                c.skip(1);
            }
            if matches!(c.look(0), Some(Sem::Mark('/' | '-')))
                && c.number(1).is_some_and(|(_, digits)| short || digits == 4 && c.glued(0) && c.glued(1))
            {
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
    pub fn month_is_meant(&self) -> bool {
        match self.before() {
            // The personal pronouns are noise, and so are the articles of a date: a word nobody listed
            // behind it tells the verb.
            Some(Sem::Noise | Sem::Word) => !matches!(self.look(1), Some(Sem::Word | Sem::Noise)),
            _ => true,
        }
    }
}
