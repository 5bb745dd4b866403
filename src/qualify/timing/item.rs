//! One wish of a text: a window, bounded on both sides, one or none; or a word of urgency.

use jiff::civil::Date;

use super::calendar::{Period, Shape, shift};
use super::cursor::Cursor;
use super::date::days_in;
use super::duration::Duration;
use crate::qualify::lexicon::{Part, Sem, Unit};

/// `in den nächsten Tagen`: that many days.
const COMING_DAYS: u32 = 7;
/// `in the coming weeks`, `… months`: that many of them.
const COMING_UNITS: u32 = 4;

/// One wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// As soon as possible.
    Asap,
    /// Any time.
    Flexible,
    /// A named stretch; kept as such because a year may be said elsewhere.
    Period(Period),
    /// From the first period to the second.
    Range(Period, Period),
    /// Days; an end that is not said is open.
    Window(Option<Date>, Option<Date>),
    /// Hours from now: how long it takes, where a day is said beside it.
    Hours(Date, Date),
    /// Not before this stretch begins (false) or ends (true).
    FromPeriod(Period, bool),
    /// Not after this stretch ends (true), or before it begins (false).
    UntilPeriod(Period, bool),
    /// What was said last is the end (true), or the day after it.
    ByThen(bool),
    /// What was said last is over by then.
    AfterThat,
    /// Days that are over: they count where a text says nothing else.
    Past(Date, Date),
    /// Read, and says nothing (something denied, `since 2019`).
    Nothing,
}

impl Cursor<'_> {
    /// The next wish; `None` when the next token begins none.
    pub fn item(&mut self) -> Option<Item> {
        let item = self.attempt(Self::bare_item)?;
        let item = self.lasting(item);
        Some(self.postfix(item))
    }

    fn bare_item(&mut self) -> Option<Item> {
        let sem = self.look(0)?;
        let single = |c: &mut Self, item| {
            c.skip(1);
            Some(item)
        };
        match sem {
            Sem::Asap => single(self, Item::Asap),
            Sem::Flexible => single(self, Item::Flexible),
            Sem::ByThen(inclusive) => single(self, Item::ByThen(inclusive)),
            Sem::AfterThat => single(self, Item::AfterThat),
            Sem::Not => self.denied(),
            Sem::Past => self.bound(|c| c.item().map(|_| Item::Nothing)),
            Sem::Last if self.look(1) == Some(Sem::After) => self.past_or_after(),
            Sem::Last => self.attempt(Self::period_item).or_else(|| self.past_unit()).or_else(|| self.past_few()),
            // Italian `tra` is both.
            Sem::Between => self.bound(|c| c.between().or_else(|| c.far_ahead())),
            Sem::From => self.bound(Self::starting_item),
            // `the permit comes through, in June` sets no end.
            Sem::Till if self.mark(1, ',') => None,
            Sem::Until | Sem::Till => self.bound(Self::until_item),
            Sem::Before => self.bound(Self::before_item),
            Sem::After => self.bound(Self::after_item),
            Sem::Within | Sem::Mark('<') => self.bound(Self::within_item),
            Sem::MoreThan | Sem::Mark('>') => self.bound(Self::more_than),
            Sem::In => self.bound(|c| c.far_ahead().or_else(|| c.period_item())),
            Sem::Rest => self.bound(|c| {
                let Some(period) = c.period().or_else(|| c.base(true)) else {
                    return c.spanned(); // `im Laufe der nächsten Wochen`
                };
                let (first, last) = period.resolve(c.today)?;
                Some(Item::Window(Some(first), Some(last)))
            }),
            Sem::Next => self.next_few().or_else(|| self.period_item()),
            _ => self
                .clock_item()
                .or_else(|| self.weekdays_away())
                .or_else(|| self.bare_duration())
                .or_else(|| self.past_weekday())
                .or_else(|| self.period_item()),
        }
    }

    pub fn bound(&mut self, read: impl FnOnce(&mut Self) -> Option<Item>) -> Option<Item> {
        self.skip(1);
        self.take(Sem::Mark('='));
        self.take(Sem::Mark('.'));
        self.skip_noise();
        read(self)
    }

    /// `not this year` is after it; anything else that is denied says nothing.
    fn denied(&mut self) -> Option<Item> {
        self.skip(1);
        self.skip_noise();
        let item = self.item()?;
        Some(self.not_now(item).unwrap_or(Item::Nothing))
    }

    fn not_now(&self, item: Item) -> Option<Item> {
        let Item::Period(period) = item else { return None };
        let (first, last) = matches!(period.shape, Shape::Fixed(..)).then(|| period.resolve(self.today))??;
        (first <= self.today && self.today <= last).then_some(Item::FromPeriod(period, true))
    }

    /// A period, or two that are joined.
    pub fn period_item(&mut self) -> Option<Item> {
        let first = self.period()?;
        let second = self.attempt(|c| {
            let tilde = c.mark(0, '~') && c.glued(0);
            c.skip_clock(); // `Monday 8am to Friday 5pm`
            let joins = matches!(c.look(0), Some(Sem::To | Sem::Till | Sem::Mark('-')));
            (joins || tilde).then(|| c.skip(usize::from(joins)))?;
            c.period()
        });
        Some(second.map_or(Item::Period(first), |second| Item::Range(first, second)))
    }

    fn between(&mut self) -> Option<Item> {
        let joined = |c: &mut Self| (c.take(Sem::And) || c.joins_range()).then_some(());
        if let Some(from_now) = self.attempt(|c| {
            (c.take(Sem::Asap) || c.take(Sem::Day(0))).then_some(())?;
            joined(c)?;
            c.until_item()
        }) {
            return Some(from_now);
        }
        if let Some(range) = self.attempt(|c| {
            let first = c.period()?;
            c.skip_noise();
            joined(c)?;
            let second = c.attempt(Self::period).or_else(|| c.day_like(first))?;
            Some(Item::Range(first, second))
        }) {
            return Some(range);
        }
        self.attempt(|c| {
            // `between 2 and 3 weeks`, `between 6 months and a year`
            let least = c.attempt(Self::one_unit);
            let bare = if least.is_none() { c.number(0).or_else(|| c.counted_word()) } else { None };
            c.skip(usize::from(bare.is_some()));
            c.skip_noise();
            joined(c)?;
            let other = c.duration()?;
            let one = match (least, bare) {
                (Some(least), _) => least,
                (None, Some((count, _))) => {
                    let halves = (count.checked_mul(2)?, other.most.1);
                    Duration { least: halves, most: halves, ..other }
                }
                _ => return None,
            };
            // The longer one may come first: `between a year and 6 months`.
            let ((first, end), (from, until)) = (one.after(c.today)?, other.after(c.today)?);
            Some(Item::Window(Some(first.min(from)), Some(end.max(until))))
        })
    }

    /// The `15` of `between March 13 and 15`.
    fn day_like(&mut self, first: Period) -> Option<Period> {
        let Shape::MonthDays(month, ..) = first.shape else { return None };
        let (day, _) = self.number(0).filter(|(day, digits)| (1..=31).contains(day) && *digits <= 2)?;
        self.skip(1);
        self.take(Sem::Nth);
        let period = days_in(first.year, month as u32, day, day)?;
        let year = self.year_behind(&period);
        Some(Period { year: period.year.or(year), ..period })
    }

    fn counted_word(&self) -> Option<(u32, u8)> {
        match self.look(0)? {
            Sem::Count(halves) => Some((halves / 2, 1)),
            Sem::Article => Some((1, 1)),
            _ => None,
        }
    }

    fn starting_item(&mut self) -> Option<Item> {
        // `ab in 2 Wochen`, `from 2 weeks`, `frühestens in 3 Monaten`
        self.attempt(|c| {
            c.take(Sem::In);
            let (first, _) = c.duration()?.after(c.today)?;
            c.take(Sem::FromNow);
            Some(Item::Window(Some(first), None))
        })
        .or_else(|| match self.look(0)? {
            Sem::Asap => {
                self.skip(1);
                Some(Item::Asap)
            }
            Sem::After => self.bare_item(),
            _ => {
                let item = self.attempt(|c| {
                    c.take(Sem::In);
                    c.skip_noise();
                    c.period_item()
                })?;
                Some(match item {
                    // `from 3 to 5 May` has its end.
                    Item::Period(period) if !period.is_range() => Item::FromPeriod(period, false),
                    other => other,
                })
            }
        })
    }

    fn until_item(&mut self) -> Option<Item> {
        self.attempt(|c| {
            c.take(Sem::In);
            let (_, last) = c.duration()?.after(c.today)?;
            c.take(Sem::FromNow);
            Some(Item::Window(Some(c.today), Some(last)))
        })
        .or_else(|| match self.look(0)? {
            Sem::Before | Sem::Until | Sem::Till | Sem::Within => self.bare_item(),
            _ => {
                self.take(Sem::In);
                Some(Item::UntilPeriod(self.period()?, true))
            }
        })
    }

    fn before_item(&mut self) -> Option<Item> {
        // German `vor zwei Wochen` is two weeks ago, `noch vor` and English `before` are not.
        let ago = self.at.checked_sub(1).is_some_and(|_| !self.english_before());
        self.attempt(|c| {
            let duration = c.duration()?;
            if ago {
                let (first, last) = duration.before(c.today)?;
                return Some(Item::Past(first, last));
            }
            let (_, last) = duration.after(c.today)?;
            Some(Item::Window(Some(c.today), Some(last)))
        })
        .or_else(|| {
            // `before 11am on Thursday` is that Thursday.
            let timed = self.clock_ahead();
            let period = self.period()?;
            // `before the end of May` reaches to its end.
            let to_end = timed || matches!(period.part, Some((_, Part::Late)));
            Some(Item::UntilPeriod(period, to_end))
        })
    }

    pub fn after_item(&mut self) -> Option<Item> {
        self.attempt(|c| {
            let (first, _) = c.duration()?.after(c.today)?;
            Some(Item::Window(Some(first), None))
        })
        .or_else(|| {
            let timed = self.clock_ahead();
            Some(Item::FromPeriod(self.period()?, !timed))
        })
    }

    fn within_item(&mut self) -> Option<Item> {
        self.attempt(Self::spanned).or_else(|| {
            // `within this month`, `innerhalb der nächsten Woche`
            let period = self.period()?;
            // `maximal bis 15. August`, `längstens 15.8.`
            let day = matches!(period.shape, Shape::MonthDays(..) | Shape::DayOnly(_) | Shape::Fixed(_, _, Unit::Day));
            Some(if period.part.is_some() || day && !period.is_range() {
                Item::UntilPeriod(period, true)
            } else {
                Item::Period(period)
            })
        })
    }

    /// A duration from today on: `within 3 months`, `in den nächsten Wochen`, `within a year`.
    fn spanned(&mut self) -> Option<Item> {
        let at = self.at;
        let mut coming = false;
        while let Some(Sem::This | Sem::Next | Sem::Noise) = self.look(0) {
            coming |= self.take(Sem::Next) || {
                self.skip(1);
                false
            };
        }
        if let Some(duration) = self.duration() {
            let (first, last) = duration.after(self.today)?;
            // `within 45 days of today`
            self.attempt(|c| (c.take(Sem::Noise) && c.take(Sem::Day(0))).then_some(()));
            // `within 3-6 months` is after three, `in the next 3-6 months` and `within a few weeks` begin now.
            let later = duration.is_range() && duration.counted && !coming && !duration.coming;
            let first = if later { first } else { self.today };
            return Some(Item::Window(Some(first), Some(last)));
        }
        let Some(Sem::Unit(unit, plural)) = self.look(0) else { return None };
        // `within the month` is a month of the calendar, `in the next month` one from now.
        if !plural && at != self.at && !coming {
            return None;
        }
        self.skip(1);
        let count = match (plural, unit) {
            (false, _) => 1,
            (true, Unit::Day | Unit::Workday) => COMING_DAYS,
            (true, _) => COMING_UNITS,
        };
        // `in the next day or two`
        let count = self.attempt(Self::spoken_range).map_or(count, |halves| halves / 2);
        let last = shift(self.today, i64::from(count) * 2, unit)?;
        Some(Item::Window(Some(self.today), Some(last)))
    }

    /// `next 3 months`, `nächste Wochen`.
    fn next_few(&mut self) -> Option<Item> {
        let counted = !matches!(self.look(1), Some(Sem::Unit(_, false)));
        self.attempt(|c| {
            counted.then_some(())?;
            c.spanned()
        })
    }

    fn more_than(&mut self) -> Option<Item> {
        if let Some(item) = self.attempt(|c| {
            c.take(Sem::In);
            let (first, _) = c.duration()?.after(c.today)?;
            Some(Item::Window(Some(first), None))
        }) {
            return Some(item);
        }
        self.period_item() // `über Ostern`
    }

    /// `in 2-3 weeks`: that far ahead.
    fn far_ahead(&mut self) -> Option<Item> {
        self.attempt(|c| {
            let duration = c.duration()?;
            let (first, last) = duration.after(c.today)?;
            let first = if duration.coming { c.today } else { first };
            c.take(Sem::FromNow);
            c.take(Sem::FromNow); // `in two weeks' time from now`
            Some(Item::Window(Some(first), (!duration.open).then_some(last)))
        })
    }

    /// What stands behind: `April at the earliest`, `Mai oder später`, `Ende Juni spätestens`.
    fn postfix(&mut self, item: Item) -> Item {
        let from = match self.look(0) {
            Some(Sem::AtEarliest | Sem::OrMore | Sem::Mark('+')) => true,
            Some(Sem::From) if self.is_last(1) => true,
            // `this year not any more`
            Some(Sem::Not) if self.is_last(1) => return self.not_now(item).unwrap_or(item),
            Some(Sem::AtLatest) => false,
            Some(Sem::Until | Sem::Within) if self.is_last(1) => false,
            _ => return item,
        };
        let bounded = match item {
            Item::Period(period) if from => Item::FromPeriod(period, false),
            Item::Period(period) => Item::UntilPeriod(period, true),
            Item::Window(first, _) if from => Item::Window(first, None),
            Item::Window(_, last) if last.is_some() => Item::Window(Some(self.today), last),
            other => return other,
        };
        self.skip(1);
        bounded
    }

    /// Does the text, or its sentence, end there?
    fn is_last(&self, ahead: usize) -> bool {
        matches!(self.look(ahead), None | Some(Sem::Mark('.' | ',' | '!' | ')' | ';')))
    }
}
