//! Times of day. They say nothing about the day, so they are read only to be passed over: what is left of
//! `9:30 till 11:00 on Thursday` or `3 May at 16h` is the day.

use super::cursor::Cursor;
use super::item::Item;
use crate::qualify::lexicon::{Sem, Unit};

impl Cursor<'_> {
    /// A time of day, two that are joined, or one that is told in words.
    pub fn clock_item(&mut self) -> Option<Item> {
        self.attempt(|c| {
            if c.attempt(Self::told_clock).is_some() {
                return Some(Item::Nothing);
            }
            // `48h` and `in 5h` are durations, `Friday 15h` is none.
            let said = c.before().is_some();
            let first = c.hour()?;
            let last = c.attempt(|c| {
                c.joins_range().then_some(())?;
                c.hour()
            });
            let clear = [Some(first), last].contains(&Some(Hour::Clear));
            let lettered = first == Hour::Lettered && (said || last == Some(Hour::Lettered));
            (clear || lettered).then_some(Item::Nothing)
        })
    }

    /// Does a time of day stand here?
    pub fn clock_ahead(&mut self) -> bool {
        let at = self.at;
        self.skip_noise();
        let timed = self.attempt(Self::told_clock).is_some()
            || matches!(self.attempt(Self::hour), Some(Hour::Clear | Hour::Lettered));
        self.at = at;
        timed
    }

    /// `9`, `9:30`, `9 Uhr`, `9h`, `9h30`.
    fn hour(&mut self) -> Option<Hour> {
        let (hour, _) = self.number(0).filter(|(hour, digits)| *hour <= 24 && *digits <= 2)?;
        self.skip(1);
        let mut kind = Hour::Bare;
        while self.mark(0, ':') && self.glued(0) && self.number(1).is_some_and(|(n, digits)| n < 60 && digits == 2) {
            self.skip(2);
            kind = Hour::Clear;
        }
        // `8.30 Uhr`
        if self.mark(0, '.')
            && self.glued(0)
            && self.glued(1)
            && self.number(1).is_some_and(|(n, digits)| n < 60 && digits == 2)
            && self.look(2) == Some(Sem::Clock)
        {
            self.skip(2);
        }
        if self.look(0) == Some(Sem::HalfMark) && self.glued(0) && kind == Hour::Bare {
            self.skip(1);
            kind = Hour::Lettered;
            // `1h27` is a half-year.
            if hour > 2 && self.glued(0) && self.number(0).is_some_and(|(n, digits)| n < 60 && digits == 2) {
                self.skip(1);
                kind = Hour::Clear;
            }
        }
        Some(if self.take(Sem::Clock) { Hour::Clear } else { kind })
    }

    /// `quarter past 3`, `15 minutes to 5`, `viertel nach 8`.
    fn told_clock(&mut self) -> Option<()> {
        self.take(Sem::Article);
        match (self.look(0)?, self.look(1)) {
            (Sem::Num(..) | Sem::Count(_), Some(Sem::Unit(Unit::Minute, _))) => self.skip(2),
            (Sem::Unit(Unit::Quarter, false), _) | (Sem::Count(1), Some(Sem::After | Sem::Last)) => self.skip(1),
            _ => return None,
        }
        self.take(Sem::Last); // `past` is both
        matches!(self.look(0), Some(Sem::After | Sem::Before | Sem::To)).then(|| self.skip(1))?;
        let spelled = matches!(self.look(0), Some(Sem::Count(2..=24)));
        if spelled {
            self.skip(1);
            self.take(Sem::Clock);
        } else {
            self.hour()?;
        }
        // `a quarter after 3 May`
        (!matches!(self.look(0), Some(Sem::Unit(..) | Sem::Month(_) | Sem::WeakMonth(_) | Sem::Mark('.') | Sem::Nth)))
            .then_some(())
    }
}

/// How sure it is that a number is an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hour {
    /// A bare number.
    Bare,
    /// `16h`, which may be a duration as well.
    Lettered,
    /// With its minutes or `Uhr`.
    Clear,
}
