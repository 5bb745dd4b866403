//! Stated amounts to one reading: what belongs together, what counts something else.

use rust_decimal::Decimal;

use super::{Read, lex};
use crate::lead::{Budget, Qualifier};

/// A bare number below this beside another amount counts something else (`5000 for 2 rooms`).
const TOO_SMALL: Decimal = Decimal::ONE_HUNDRED;

/// One stated amount.
#[derive(Debug, Clone, Copy, Default)]
pub struct Amount {
    /// As written, before its multiplier.
    pub raw: Decimal,
    /// Its multiplier.
    pub times: Option<Decimal>,
    /// ISO 4217.
    pub currency: Option<&'static str>,
    /// What stood beside it.
    pub qualifier: Option<Qualifier>,
    /// Joined to the amount before it.
    pub joined: bool,
    /// Written with groups of three.
    pub grouped: bool,
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
struct Amounts {
    list: Vec<Amount>,
    ambiguous: bool,
}

/// One reading of all amounts of a text; `None` when there is none, or one is beyond all measure.
pub fn settle(list: Vec<Amount>, ambiguous: bool) -> Option<Read> {
    Amounts { list, ambiguous }.settled()
}

impl Amounts {
    /// Multipliers and currencies counted for both ends, what counts something else left out.
    fn settled(mut self) -> Option<Read> {
        self.list.retain(|amount| !amount.counts_else);
        self.drop_counts();
        self.spread_multipliers();
        self.spread_currencies();
        let first = *self.list.first()?;
        let values: Vec<Decimal> = self.list.iter().map(Amount::value).collect::<Option<_>>()?;
        let (min, max) = (*values.iter().min()?, *values.iter().max()?);
        let budget = |min, max, qualifier| Budget { min, max, currency: first.currency.map(Into::into), qualifier };
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

    /// One currency for joined amounts; bare numbers beside an amount with a currency are something else.
    fn spread_currencies(&mut self) {
        let Some(currency) = self.list.iter().find_map(|amount| amount.currency) else { return };
        for at in 1..self.list.len() {
            let [Some(a), Some(b)] = [at - 1, at].map(|at| self.list.get(at).copied()) else { continue };
            let shared = a.currency.or(b.currency);
            if b.joined {
                for which in [at - 1, at] {
                    if let Some(amount) = self.list.get_mut(which) {
                        amount.currency = amount.currency.or(shared);
                    }
                }
            }
        }
        self.list.retain(|amount| {
            amount.currency == Some(currency) || (amount.currency.is_none() && amount.times.is_some())
        });
        for amount in &mut self.list {
            amount.currency = Some(currency);
        }
    }
}
