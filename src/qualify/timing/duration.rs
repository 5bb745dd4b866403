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
    /// `the 2 coming months`: from now on.
    pub coming: bool,
    /// What is added in smaller units: `1 year and 6 months`.
    pub plus: [(u32, Unit); 2],
}

/// Nothing is added.
pub const NO_MORE: [(u32, Unit); 2] = [(0, Unit::Day); 2];

impl Duration {
    /// Two different numbers were said.
    pub fn is_range(&self) -> bool {
        self.least != self.most
    }

    /// The days that far after `day`.
    pub fn after(&self, day: Date) -> Option<(Date, Date)> {
        Some(in_order(self.away(day, self.least, 1)?, self.away(day, self.most, 1)?))
    }

    /// The days that far before `day`.
    pub fn before(&self, day: Date) -> Option<(Date, Date)> {
        Some(in_order(self.away(day, self.most, -1)?, self.away(day, self.least, -1)?))
    }

    fn away(&self, day: Date, far: (u32, Unit), sign: i64) -> Option<Date> {
        let mut parts = std::iter::once(&far).chain(&self.plus).filter(|part| part.0 > 0);
        parts.try_fold(day, |day, (halves, unit)| shift(day, sign * i64::from(*halves), *unit))
    }
}

/// Units by their length.
const fn rank(unit: Unit) -> u8 {
    match unit {
        Unit::Minute => 0,
        Unit::Hour => 1,
        Unit::Day | Unit::Workday => 2,
        Unit::Weekend | Unit::Week => 3,
        Unit::Fortnight => 4,
        Unit::Month => 5,
        Unit::Quarter => 6,
        Unit::HalfYear => 7,
        Unit::Year => 8,
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
            // `les 3 prochains mois`, `in the 2 coming months`
            let coming = matches!((c.look(0), c.look(1)), (Some(Sem::Next), Some(Sem::Unit(_, true))));
            c.skip(usize::from(coming));
            let mut open = c.take(Sem::Mark('+')) || c.take(Sem::OrMore);
            // `a 6-month project`
            let hyphen = c.mark(0, '-') && c.glued(0) && c.glued(1) && matches!(c.look(1), Some(Sem::Unit(..)));
            c.skip(usize::from(hyphen));
            let unit = c.unit()?;
            let mut duration =
                Duration { least: (least, unit), most: (most, unit), open, counted, coming, plus: NO_MORE };
            if least == most {
                c.smaller_units(&mut duration);
            }
            // `a week or two`
            if let Some(longer) = c.attempt(Self::spoken_range).filter(|_| !duration.is_range()) {
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

    /// `a year` of `between a year and 6 months`: what stands behind `and` is the other end.
    pub fn one_unit(&mut self) -> Option<Duration> {
        self.attempt(|c| {
            c.skip_noise();
            let counted = !matches!(c.look(0), Some(Sem::Few(..)));
            let (least, most) = c.count()?;
            let unit = c.unit()?;
            Some(Duration {
                least: (least, unit),
                most: (most, unit),
                open: false,
                counted,
                coming: false,
                plus: NO_MORE,
            })
        })
    }

    /// `and 6 months` behind `1 year`, `3 days` behind `a week`.
    fn smaller_units(&mut self, duration: &mut Duration) {
        let mut above = duration.least.1;
        for part in &mut duration.plus {
            let smaller = self.attempt(|c| {
                c.take(Sem::And);
                let halves = c.one_number()?;
                let unit = c.unit().filter(|unit| rank(*unit) < rank(above))?;
                Some((halves, unit))
            });
            let Some(smaller) = smaller else { return };
            (*part, above) = (smaller, smaller.1);
        }
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
        // `halbes Jahr`
        if self.look(0) == Some(Sem::Unit(Unit::HalfYear, false)) && self.number(1).is_none() {
            return Some((2, 2));
        }
        let first = self.one_number()?;
        let second = self.attempt(|c| {
            // `two, three weeks`, `drei vier Wochen`
            let comma = c.take(Sem::Mark(','));
            let joined = !comma && c.joins_range();
            if comma || joined {
                c.skip_noise();
            }
            let number = c.one_number()?;
            let fits = joined || matches!(c.look(0), Some(Sem::Unit(..))) && (comma || number == first + 2);
            fits.then_some(number)
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

    /// A number in digits or words, in halves.
    pub fn one_number(&mut self) -> Option<u32> {
        let halves = match self.look(0)? {
            Sem::Num(whole, _) => {
                let decimal = matches!(self.look(1), Some(Sem::Mark('.' | ','))) && self.glued(1) && self.glued(2);
                let fraction = self.number(2).filter(|(_, digits)| decimal && *digits == 1);
                if let Some((tenths, _)) = fraction {
                    self.skip(2);
                    whole.checked_mul(2)? + (tenths + 2) / 5
                } else if (self.look(1), self.look(2)) == (Some(Sem::And), Some(Sem::Count(1))) {
                    self.skip(2); // `2 and a half`
                    whole.checked_mul(2)? + 1
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
        let joins = matches!(self.look(0), Some(Sem::To | Sem::Till | Sem::Or | Sem::Mark('-' | '/' | '~')));
        self.at += usize::from(joins);
        joins
    }
}
