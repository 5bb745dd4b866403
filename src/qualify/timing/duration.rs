//! Numbers of days, weeks, months: `2 weeks`, `zwei bis drei Monate`, `half a year`, `6 months to 1 year`.

use super::calendar::{MOST_HALVES, shift};
use super::cursor::Cursor;
use crate::qualify::lexicon::{Sem, Unit};
use jiff::civil::Date;

/// A stretch of time without a place on the calendar: from so many half units to so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    /// At least: half units and unit.
    pub least: (u32, Unit),
    /// At most: half units and unit.
    pub most: (u32, Unit),
    /// `6+ months`, `or more`.
    pub open: bool,
    /// A number was said, not `a few`.
    pub counted: bool,
}

impl Duration {
    /// Two different numbers were said.
    pub fn is_range(&self) -> bool {
        self.least != self.most
    }

    /// The days that far after `day`.
    pub fn after(&self, day: Date) -> Option<(Date, Date)> {
        Some(in_order(
            shift(day, i64::from(self.least.0), self.least.1)?,
            shift(day, i64::from(self.most.0), self.most.1)?,
        ))
    }

    /// The days that far before `day`.
    pub fn before(&self, day: Date) -> Option<(Date, Date)> {
        Some(in_order(
            shift(day, -i64::from(self.most.0), self.most.1)?,
            shift(day, -i64::from(self.least.0), self.least.1)?,
        ))
    }
}

/// `a quarter or 6 weeks`: the units may be said in either order.
fn in_order(a: Date, b: Date) -> (Date, Date) {
    (a.min(b), a.max(b))
}

impl Cursor<'_> {
    /// A duration.
    pub fn duration(&mut self) -> Option<Duration> {
        self.attempt(|c| {
            c.skip_noise();
            let counted = !matches!(c.look(0), Some(Sem::Few(..)));
            let (least, most) = c.count()?;
            // `les 3 prochains mois`
            if matches!((c.look(0), c.look(1)), (Some(Sem::Next), Some(Sem::Unit(_, true)))) {
                c.skip(1);
            }
            let mut open = c.take(Sem::Mark('+')) || c.take(Sem::OrMore);
            let mut duration = if let Some(unit) = c.unit() {
                Duration { least: (least, unit), most: (most, unit), open, counted }
            } else {
                return None;
            };
            // `a week or two`
            if let Some(longer) = c.attempt(Self::spoken_range).filter(|_| least == most) {
                duration.most = (longer.max(most), duration.most.1);
            }
            // `6 months to 1 year`
            if let Some(longer) = c.attempt(Self::longer_end) {
                duration.most = longer;
            }
            c.take(Sem::Mark('.'));
            open |= c.take(Sem::OrMore) || c.take(Sem::AtEarliest) || c.take(Sem::Mark('+'));
            duration.open = open;
            Some(duration)
        })
    }

    /// `or two` behind `a week`, in halves.
    pub fn spoken_range(&mut self) -> Option<u32> {
        self.take(Sem::Or).then_some(())?;
        let Some(Sem::Count(halves)) = self.look(0) else { return None };
        self.skip(1);
        (!matches!(self.look(0), Some(Sem::Unit(..)))).then_some(halves)
    }

    fn longer_end(&mut self) -> Option<(u32, Unit)> {
        if !self.joins_range() {
            return None;
        }
        let (_, most) = self.count()?;
        Some((most, self.unit()?))
    }

    /// One number or two joined ones, in halves.
    fn count(&mut self) -> Option<(u32, u32)> {
        if let Some(Sem::Few(low, high)) = self.look(0) {
            self.skip(1);
            return Some((low * 2, high * 2));
        }
        if let Some(halves) = self.attempt(Self::written_half) {
            return Some((halves, halves));
        }
        let first = self.one_number()?;
        let second = self.attempt(|c| {
            let listed = c.take(Sem::Mark(',')); // `two, three weeks`
            (listed || c.joins_range()).then_some(())?;
            c.skip_noise();
            let number = c.one_number()?;
            (!listed || matches!(c.look(0), Some(Sem::Unit(..)))).then_some(number)
        });
        match second {
            Some(second) if second >= first => Some((first, second)),
            Some(second) => Some((second, first)),
            None => Some((first, first)),
        }
    }

    /// `1/2`, `1 1/2`.
    fn written_half(&mut self) -> Option<u32> {
        let half =
            |c: &Self, at| c.number(at) == Some((1, 1)) && c.mark(at + 1, '/') && c.number(at + 2) == Some((2, 1));
        if half(self, 0) {
            self.skip(3);
            return Some(1);
        }
        let (whole, _) = self.number(0).filter(|(whole, _)| half(self, 1) && *whole < 100)?;
        self.skip(4);
        Some(whole * 2 + 1)
    }

    fn one_number(&mut self) -> Option<u32> {
        let halves = match self.look(0)? {
            Sem::Num(whole, _) => {
                let decimal = matches!(self.look(1), Some(Sem::Mark('.' | ','))) && self.glued(1) && self.glued(2);
                let fraction = self.number(2).filter(|(_, digits)| decimal && *digits == 1);
                if let Some((tenths, _)) = fraction {
                    self.skip(2);
                    whole.checked_mul(2)? + (tenths + 2) / 5
                } else {
                    whole.checked_mul(2)?
                }
            }
            // `forty five`
            Sem::Count(tens) if tens >= 40 && tens % 20 == 0 && tens < 200 => match self.look(1) {
                Some(Sem::Count(ones @ 2..20)) if ones % 2 == 0 => {
                    self.skip(1);
                    tens + ones
                }
                _ => tens,
            },
            Sem::Count(halves) => halves,
            Sem::Article => 2,
            _ => return None,
        };
        self.skip(1);
        (i64::from(halves) <= MOST_HALVES).then_some(halves)
    }

    fn unit(&mut self) -> Option<Unit> {
        let unit = match self.look(0)? {
            Sem::Unit(unit, _) => unit,
            // `48h`, but not `1H27`
            Sem::HalfMark if self.glued(0) && !(self.glued(1) && self.number(1).is_some()) => Unit::Hour,
            Sem::ShortUnit(unit) if self.glued(0) && !self.glued(1) => unit,
            Sem::WeekMark if self.glued(0) && self.number(1).is_none() => Unit::Week,
            // `3 mo`, in which German sees a Monday
            Sem::WeakWeekday(1) => Unit::Month,
            _ => return None,
        };
        self.skip(1);
        Some(unit)
    }

    /// Takes what joins the two ends of a range.
    pub fn joins_range(&mut self) -> bool {
        let joins = matches!(self.look(0), Some(Sem::To | Sem::Till | Sem::Or | Sem::Mark('-' | '/')));
        self.at += usize::from(joins);
        joins
    }
}
