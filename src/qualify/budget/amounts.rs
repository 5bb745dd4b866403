//! Stated amounts to one reading: what belongs together, what counts something else.

use rust_decimal::Decimal;

use super::{Read, currencies, lex};
use crate::lead::{Budget, Qualifier};

/// A bare number below this beside another amount counts something else (`5000 for 2 rooms`).
const TOO_SMALL: Decimal = Decimal::ONE_HUNDRED;

/// What stood for a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Money {
    /// ISO 4217.
    Code(&'static str),
    /// What several countries share (`$`).
    Sign(char),
}

impl Money {
    /// Not a code yet.
    pub const fn is_sign(self) -> bool {
        matches!(self, Self::Sign(_))
    }
}

/// One stated amount.
#[derive(Debug, Clone, Copy, Default)]
pub struct Amount {
    /// As written, before its multiplier.
    pub raw: Decimal,
    /// Its multiplier.
    pub times: Option<Decimal>,
    /// Its currency.
    pub currency: Option<Money>,
    /// What stood beside it.
    pub qualifier: Option<Qualifier>,
    /// Joined to the amount before it.
    pub joined: bool,
    /// Nothing stood between it and the amount before it.
    pub follows: bool,
    /// Written with groups of three.
    pub grouped: bool,
    /// It was the price before (`was £120`).
    pub former: bool,
    /// It counts something else (`120 m2`).
    pub counts_else: bool,
    /// The same digits, their mark a decimal mark.
    pub as_decimal: Option<Decimal>,
}

impl Amount {
    fn value(&self) -> Option<Decimal> {
        self.raw.checked_mul(self.times.unwrap_or(Decimal::ONE)).filter(|value| *value <= Decimal::from(lex::MOST))
    }
}

/// The amounts of a text.
struct Amounts<'a> {
    list: Vec<Amount>,
    ambiguous: bool,
    country: &'a str,
}

/// One reading of all amounts of a text; `None` when there is none, or one is beyond all measure.
pub fn settle(list: Vec<Amount>, ambiguous: bool, country: &str) -> Option<Read> {
    Amounts { list, ambiguous, country }.settled()
}

impl Amounts<'_> {
    /// Multipliers and currencies counted for both ends, what counts something else left out.
    fn settled(mut self) -> Option<Read> {
        self.list.retain(|amount| !amount.counts_else);
        self.add_up();
        self.drop_counts();
        self.spread_multipliers();
        let currency = self.one_currency();
        if self.list.iter().any(|amount| !amount.former) {
            self.list.retain(|amount| !amount.former);
        }
        let first = *self.list.first()?;
        let values: Vec<Decimal> = self.list.iter().map(Amount::value).collect::<Option<_>>()?;
        let (min, max) = (*values.iter().min()?, *values.iter().max()?);
        let budget = |min, max, qualifier| Budget { min, max, currency: currency.map(Into::into), qualifier };
        let (min, max) = (min.normalize(), max.normalize());
        let budget = if self.list.len() > 1 && min < max {
            budget(Some(min), Some(max), Qualifier::Range)
        } else {
            match first.qualifier {
                Some(Qualifier::AtMost) => budget(None, Some(max), Qualifier::AtMost),
                Some(Qualifier::AtLeast) => budget(Some(min), None, Qualifier::AtLeast),
                Some(Qualifier::About) => budget(Some(min), Some(max), Qualifier::About),
                _ => budget(Some(min), Some(max), Qualifier::Exact),
            }
        };
        Some(Read { budget, ambiguous: self.ambiguous })
    }

    fn drop_counts(&mut self) {
        let joined: Vec<bool> = (0..self.list.len())
            .map(|at| self.list.get(at).is_some_and(|a| a.joined) || self.list.get(at + 1).is_some_and(|a| a.joined))
            .collect();
        let bare = |amount: &Amount| amount.raw < TOO_SMALL && amount.times.is_none() && amount.currency.is_none();
        if self.list.iter().any(|amount| !bare(amount)) {
            let mut joined = joined.into_iter();
            self.list.retain(|amount| joined.next() == Some(true) || !bare(amount));
        }
    }

    /// `2-3k`, `10-20.000`: the multiplier counts for the lower end too.
    fn spread_multipliers(&mut self) {
        for at in 1..self.list.len() {
            let [Some(low), Some(high)] = [at - 1, at].map(|at| self.list.get(at).copied()) else { continue };
            if !high.joined {
                continue;
            }
            let thousand = Decimal::ONE_THOUSAND;
            let spread = match (low.times, high.times) {
                (None, Some(times)) if low.raw <= high.raw => Some((at - 1, times)),
                (Some(times), None) if high.raw > low.raw && high.raw < thousand => Some((at, times)),
                (None, None)
                    if high.grouped && !low.raw.is_zero() && low.raw < thousand && low.raw * thousand < high.raw =>
                {
                    self.ambiguous = true;
                    Some((at - 1, thousand))
                }
                _ => None,
            };
            if let Some((which, times)) = spread
                && let Some(amount) = self.list.get_mut(which)
            {
                amount.times = Some(times);
            }
        }
    }

    /// `two thousand five hundred`, `2 Mio 300 Tsd`: what follows a multiple and is less than it is added.
    fn add_up(&mut self) {
        let mut sums: Vec<Amount> = Vec::with_capacity(self.list.len());
        for amount in self.list.drain(..) {
            if let Some(before) = sums.last_mut()
                && amount.follows
                && !amount.joined
                && before.currency.is_none()
                && let (Some(times), Some(value)) = (before.times, amount.value())
                && value < times
                && let Some(so_far) = before.value()
            {
                *before = Amount {
                    raw: so_far + value,
                    times: amount.times.map(|_| Decimal::ONE),
                    qualifier: before.qualifier,
                    joined: before.joined,
                    follows: before.follows,
                    ..amount
                };
                continue;
            }
            sums.push(amount);
        }
        self.list = sums;
    }

    /// One currency for all amounts; bare numbers that are not joined to one with a currency are something else.
    fn one_currency(&mut self) -> Option<&'static str> {
        for at in 1..self.list.len() {
            let [Some(a), Some(b)] = [at - 1, at].map(|at| self.list.get(at).copied()) else { continue };
            if !b.joined {
                continue;
            }
            // `$5,000 - 10,000 CAD`
            let shared = [a.currency, b.currency].into_iter().flatten().min_by_key(|money| money.is_sign());
            for which in [at - 1, at] {
                if let Some(amount) = self.list.get_mut(which)
                    && amount.currency.is_none_or(Money::is_sign)
                {
                    amount.currency = shared;
                }
            }
        }
        let first = self.list.iter().find_map(|amount| amount.currency)?;
        self.list
            .retain(|amount| amount.currency == Some(first) || (amount.currency.is_none() && amount.times.is_some()));
        match first {
            Money::Code(code) => Some(code),
            Money::Sign(sign) => {
                let (code, sure) = currencies::local(sign, self.country);
                self.ambiguous |= !sure;
                Some(code)
            }
        }
    }
}
