//! Piece by piece to stated amounts: which currency, multiplier and qualifier belongs to which number.

use rust_decimal::Decimal;

use super::amounts::{Amount, Money};
use super::lex::{Piece, Written};
use super::words::Means;
use crate::lead::Qualifier;

/// What a text has said so far.
#[derive(Debug, Default)]
pub struct Reader {
    amounts: Vec<Amount>,
    /// What stood before the next amount.
    qualifier: Option<Qualifier>,
    currency: Option<Money>,
    /// A multiplier glued to the currency before the next amount: `k€ 150`.
    multiplier: Option<Decimal>,
    joins: bool,
    between: bool,
    vague: bool,
    half: bool,
    /// Thousands or decimals were told apart by the country's habit.
    pub ambiguous: bool,
    /// The last piece belongs to the last amount: a word behind it may still change it.
    beside: bool,
    /// The next number is not an amount of its own: `5000 ± 500`.
    on_top: bool,
    /// The next amount is what it cost before.
    former: bool,
    /// Words of a number written out so far.
    spelled: Option<u32>,
}

impl Reader {
    /// Takes one piece; `None` when the text says nothing that can be trusted.
    pub fn take(&mut self, piece: Piece, next: Option<&Piece>) -> Option<()> {
        if !self.spells_on(piece, next) {
            self.spell_out();
        }
        match piece {
            Piece::Digits(written) => self.digits(written, next)?,
            Piece::Compound(value, currency) => self.compound(value, currency),
            Piece::Word(means, glued) => self.word(means, glued, next)?,
            Piece::Other => self.beside = false,
        }
        Some(())
    }

    /// The amounts, when the text is over; `None` for a fraction that lacks its million.
    pub fn amounts(mut self) -> Option<Vec<Amount>> {
        self.spell_out();
        self.spoken_cents();
        (!self.half).then_some(self.amounts)
    }

    /// Is this still part of a number written out?
    fn spells_on(&self, piece: Piece, next: Option<&Piece>) -> bool {
        let Piece::Word(means, _) = piece else { return false };
        let tens = self.spelled.is_some_and(|number| number % 10 == 0 && number % 100 > 10);
        match means {
            Means::Number(_) | Means::Article | Means::Times(2) => true,
            Means::And => !self.between,
            Means::Dash => tens && matches!(next, Some(Piece::Word(Means::Number(1..10), _))),
            Means::Cents => matches!(next, Some(Piece::Word(Means::Currency(_), _))),
            _ => false,
        }
    }

    fn digits(&mut self, written: Written, next: Option<&Piece>) -> Option<()> {
        // `1/2 Mio`
        if self.half {
            self.half = false;
            let last = self.amounts.last_mut()?;
            (!written.value.is_zero()).then(|| last.raw /= written.value)?;
            return matches!(next, Some(Piece::Word(Means::Times(_), _))).then_some(());
        }
        self.ambiguous |= written.ambiguous;
        self.push(Amount {
            raw: written.value,
            grouped: written.grouped,
            as_decimal: written.as_decimal,
            ..Amount::default()
        });
        Some(())
    }

    fn compound(&mut self, value: Decimal, currency: Option<&'static str>) {
        match (currency, self.beside, self.amounts.last_mut()) {
            (Some(currency), true, Some(last)) => {
                last.times = Some(value);
                last.currency = Some(Money::Code(currency));
            }
            (Some(currency), ..) => {
                self.currency = Some(Money::Code(currency));
                self.multiplier = Some(value);
            }
            (None, ..) => {
                // `fünf- bis zehntausend`: the thousand counts for both ends.
                let thousands = value / Decimal::ONE_THOUSAND;
                let (raw, times) = if thousands.fract().is_zero() {
                    (thousands, Some(Decimal::ONE_THOUSAND))
                } else {
                    (value, (value >= Decimal::ONE_THOUSAND).then_some(Decimal::ONE))
                };
                self.push(Amount { raw, times, ..Amount::default() });
            }
        }
    }

    fn push(&mut self, amount: Amount) {
        self.amounts.push(Amount {
            qualifier: self.qualifier.take(),
            currency: amount.currency.or(self.currency.take()),
            joined: std::mem::take(&mut self.joins),
            follows: self.beside,
            counts_else: std::mem::take(&mut self.on_top),
            former: std::mem::take(&mut self.former),
            times: amount.times.or(self.multiplier.take()),
            ..amount
        });
        self.beside = true;
    }

    /// Ends a number that was written in words.
    fn spell_out(&mut self) {
        if let Some(number) = self.spelled.take() {
            self.push(Amount { raw: Decimal::from(number), ..Amount::default() });
        }
    }

    fn word(&mut self, means: Means, glued: bool, next: Option<&Piece>) -> Option<()> {
        match means {
            Means::Currency(currency) => self.set_currency(Money::Code(currency)),
            Means::Sign(sign) => self.set_currency(Money::Sign(sign)),
            Means::Number(number) => self.number_word(number, next),
            Means::Article => self.article(next),
            Means::Times(power)
                if !self.beside
                    && self.spelled.is_none()
                    && matches!(next, Some(Piece::Word(Means::Currency(_) | Means::Sign(_), true))) =>
            {
                self.multiplier = Some(Decimal::from(10_i64.pow(power)));
            }
            Means::Times(power) => self.times(power)?,
            Means::Cents if self.spelled.is_some() => self.times(2)?,
            Means::CentsOrCirca if !self.beside => {
                if next.is_some_and(starts_amount) {
                    self.qualify(Means::About, next);
                }
            }
            Means::Cents | Means::CentsOrCirca => self.cents(),
            Means::Pence => self.pence(glued),
            Means::Plus => self.plus(next),
            Means::PlusMinus => self.plus_minus(),
            Means::De | Means::Of if self.beside && matches!(next, Some(Piece::Word(Means::Currency(_), _))) => {}
            Means::De => self.qualify(Means::AtLeast, next),
            Means::Of => {}
            Means::Figures(digits) => self.figures(digits),
            Means::About | Means::AtMost | Means::AtLeast | Means::UpTo => self.qualify(means, next),
            Means::To => self.joins |= !self.amounts.is_empty(),
            Means::Dash if self.spelled.is_some() => {}
            Means::Dash => self.dash(next)?,
            Means::Hundredths(hundredths) => {
                if matches!(next, Some(Piece::Word(Means::Times(_), _))) {
                    self.push(Amount { raw: Decimal::new(hundredths, 2), ..Amount::default() });
                }
            }
            Means::Stellig => {
                let digits = self.amounts.pop().and_then(|amount| u32::try_from(amount.raw).ok());
                self.figures(digits.filter(|digits| (2..=9).contains(digits))?);
            }
            Means::Between => self.between = true,
            Means::And => self.joins |= self.between && !self.amounts.is_empty(),
            Means::Or => self.or(glued, next),
            Means::Vague => self.vague = true,
            Means::Measure => {
                if self.beside
                    && let Some(last) = self.amounts.last_mut()
                {
                    last.counts_else = true;
                }
                self.beside = false;
            }
            Means::Former => self.former = true,
            Means::Rate | Means::Minus => return None,
            Means::Per => {
                if matches!(next, Some(Piece::Word(Means::Measure, _))) {
                    return None;
                }
            }
        }
        Some(())
    }

    /// A code says more than a sign beside it: `$25 CAD`.
    fn set_currency(&mut self, currency: Money) {
        match self.amounts.last_mut() {
            Some(last) if self.beside && last.currency.is_none_or(Money::is_sign) => {
                last.currency = Some(currency);
            }
            Some(last) if self.beside && last.currency.is_some() && currency.is_sign() => {}
            _ if currency.is_sign() && self.currency.is_some() => {}
            _ => self.currency = Some(currency),
        }
    }

    /// `99 cents`, `50 Euro und 20 Cent`.
    fn cents(&mut self) {
        if !self.beside {
            return;
        }
        let Some(last) = self.amounts.last_mut() else { return };
        last.raw /= Decimal::ONE_HUNDRED;
        let (cents, follows) = (last.raw, last.follows && !last.joined);
        if follows
            && let Some(before) = self.amounts.len().checked_sub(2).and_then(|at| self.amounts.get_mut(at))
            && before.currency.is_some()
            && before.raw.fract().is_zero()
        {
            before.raw += cents;
            self.amounts.pop();
        }
    }

    /// `10 Euro 50`, at the end of the text and nothing else between.
    fn spoken_cents(&mut self) {
        let [.., before, last] = self.amounts.as_mut_slice() else { return };
        let spoken = self.beside && last.follows && !last.joined && last.currency.is_none() && last.times.is_none();
        let (whole, cents) = (before.raw.fract().is_zero(), last.raw.fract().is_zero() && !last.counts_else);
        let priced = before.currency.is_some() && before.times.is_none() && before.raw < Decimal::ONE_THOUSAND;
        if spoken && whole && cents && priced && last.raw >= Decimal::TEN && last.raw < Decimal::ONE_HUNDRED {
            before.raw += last.raw / Decimal::ONE_HUNDRED;
            self.amounts.pop();
        }
    }

    /// `50p`.
    fn pence(&mut self, glued: bool) {
        if glued
            && self.beside
            && let Some(last) = self.amounts.last_mut()
            && last.currency.is_none()
        {
            last.raw /= Decimal::ONE_HUNDRED;
            last.currency = Some(Money::Code("GBP"));
        }
    }

    /// `5000+`; but what comes on top (`+ tax`) leaves the amount as it is.
    fn plus(&mut self, next: Option<&Piece>) {
        match (next, self.amounts.last_mut()) {
            (None | Some(Piece::Word(_, _)), Some(last)) if self.beside => last.qualifier = Some(Qualifier::AtLeast),
            _ => self.beside = false,
        }
    }

    /// `± 5000`; `5000 ± 10 %`.
    fn plus_minus(&mut self) {
        match self.amounts.last_mut() {
            Some(last) if self.beside => {
                last.qualifier = Some(Qualifier::About);
                self.on_top = true;
            }
            _ => self.qualifier = Some(Qualifier::About),
        }
    }

    /// `twenty five`, `zwei hundert`; an article counts only before a multiplier.
    fn number_word(&mut self, number: u32, next: Option<&Piece>) {
        // `the one in the ad`
        let counts = matches!(next, Some(Piece::Word(Means::Times(_) | Means::Currency(_) | Means::Sign(_), _)));
        if number == 1 && !counts && self.spelled.is_none() {
            return;
        }
        let so_far = self.spelled.unwrap_or(0);
        self.spelled = Some(so_far + number);
    }

    fn article(&mut self, next: Option<&Piece>) {
        if matches!(next, Some(Piece::Word(Means::Times(_), _))) {
            self.spelled = Some(self.spelled.unwrap_or(0) + 1);
        } else {
            // `5 à 10 k€`, `da 10 a 20 euro`
            self.joins |= self.spelled.is_none() && self.beside && next.is_some_and(starts_amount);
        }
    }

    fn times(&mut self, power: u32) -> Option<()> {
        let factor = Decimal::from(10_i64.pow(power));
        if power == 2
            && let Some(number) = self.spelled
        {
            self.spelled = number.checked_mul(100);
            return Some(());
        }
        self.spell_out();
        match self.amounts.last_mut() {
            Some(last) if self.beside => {
                // `1,250 Mio`: before a multiplier the mark is a decimal mark.
                if let (Some(decimal), true) = (last.as_decimal, power >= 6) {
                    last.raw = decimal;
                }
                last.times = Some(last.times.unwrap_or(Decimal::ONE).checked_mul(factor)?);
            }
            _ if self.vague => return None, // `a few thousand`
            _ => self.push(Amount { raw: Decimal::ONE, times: Some(factor), ..Amount::default() }),
        }
        Some(())
    }

    fn qualify(&mut self, means: Means, next: Option<&Piece>) {
        let qualifier = match means {
            Means::About => Qualifier::About,
            Means::AtLeast => Qualifier::AtLeast,
            _ => Qualifier::AtMost,
        };
        let amount_follows = next.is_some_and(starts_amount);
        // `5000 bis max. 8000`
        self.joins |= qualifier == Qualifier::AtMost && amount_follows && !self.amounts.is_empty();
        if means == Means::UpTo && !self.amounts.is_empty() {
            self.joins = true;
        } else if !amount_follows
            && self.beside
            && let Some(last) = self.amounts.last_mut()
        {
            last.qualifier = Some(qualifier); // `5000 max`, `10k+`
        } else {
            // `up to about 5000` stays `at most`.
            self.qualifier = match (self.qualifier, qualifier) {
                (Some(bound @ (Qualifier::AtMost | Qualifier::AtLeast)), Qualifier::About) => Some(bound),
                (_, new) => Some(new),
            };
        }
        self.beside &= !amount_follows;
    }

    /// `five-figure`: from the smallest to the largest number of so many digits.
    fn figures(&mut self, digits: u32) {
        let first = Decimal::from(10_i64.pow(digits - 1));
        let last = Decimal::from(10_i64.pow(digits) - 1);
        self.push(Amount { raw: first, times: Some(Decimal::ONE), ..Amount::default() });
        self.joins = true;
        self.push(Amount { raw: last, times: Some(Decimal::ONE), ..Amount::default() });
    }

    /// A dash joins two amounts; before the first number it is a minus, and nobody has that.
    fn dash(&mut self, next: Option<&Piece>) -> Option<()> {
        self.joins |= !self.amounts.is_empty();
        let negative = matches!(next, Some(Piece::Digits(_) | Piece::Word(Means::Currency(_) | Means::Sign(_), true)));
        (self.joins || !negative).then_some(())
    }

    fn or(&mut self, glued: bool, next: Option<&Piece>) {
        if glued
            && matches!(next, Some(Piece::Digits(_)))
            && self.beside
            && self.amounts.len() == 1
            && self.amounts.iter().all(|a| a.raw < Decimal::TEN)
        {
            self.half = true; // `1/2`
        } else if !self.amounts.is_empty() {
            self.joins = true;
        }
    }
}

/// Does an amount begin with this piece, perhaps after its currency or another qualifier?
const fn starts_amount(piece: &Piece) -> bool {
    matches!(
        piece,
        Piece::Digits(_)
            | Piece::Compound(..)
            | Piece::Word(
                Means::Currency(_) | Means::Sign(_) | Means::Number(_) | Means::About | Means::AtMost | Means::AtLeast,
                _
            )
    )
}
