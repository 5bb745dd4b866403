//! What somebody would spend: free text to smallest and largest stated amount (`domain-rules` 3).
//!
//! | words | reading |
//! |---|---|
//! | 1.500 €, 1,500 EUR, 1 500 €, CHF 2'000.–, 1500,- | 1500 (three digits behind one mark are thousands) |
//! | 12,50; 12.5; 1.234,56; 1,234.56 | decimals; with two kinds of mark the last is the decimal mark |
//! | 2k, 10 Tsd, 20 TEUR, 1,5 Mio, 3 million, fünftausend | times 1,000 or 1,000,000; `k` and the like need no blank |
//! | 2-3k, between 1 and 2 thousand, 10-20.000 | the multiplier counts for both ends |
//! | up to, max, under, bis zu, < | `at-most` |
//! | from, at least, over, ab, mindestens, >, 10k+ | `at-least` |
//! | about, ca, rund, ~ | `about` |
//! | 5-10k, 5000 bis 8000, from 5000 to 8000, 5000 or 6000 | `range` |
//! | five-figure, fünfstellig | 10,000–99,999, `range` |
//! | 200 €/month, 90 € pro m², 1e30, -500, a few thousand | unknown: no total, no number |
//!
//! A number that counts something else (`120 m2`, `19 %`) is passed over; where one amount has a currency,
//! bare numbers that are not joined to it are too. `$`, `kr` and `¥` are the country's own.

mod amounts;
mod lex;
mod words;

use rust_decimal::Decimal;

use self::amounts::{Amount, settle};
use self::lex::{Piece, Written, pieces};
use self::words::Means;
use crate::lead::{Budget, Qualifier};

/// Countries whose decimal mark is a point.
const POINT: &[&str] = &[
    "US", "GB", "IE", "CA", "AU", "NZ", "IN", "CH", "LI", "MX", "JP", "CN", "SG", "HK", "MT", "CY", "IL", "KR", "TH",
    "MY", "PH",
];

/// ISO 4217's code for no known currency: `kr` where nobody can say whose.
pub const UNKNOWN_CURRENCY: &str = "XXX";

/// A reading with what was assumed for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// The amounts.
    pub budget: Budget,
    /// Thousands or decimals, or a currency sign, were told apart by the country's habit.
    pub ambiguous: bool,
}

/// Reads a text written in `country` (ISO 3166-1 alpha-2).
pub fn read(text: &str, country: &str) -> Read {
    let Ok(pieces) = pieces(text, !POINT.contains(&country)) else { return Read::default() };
    let mut reader = Reader { country, ..Reader::default() };
    for (at, piece) in pieces.iter().enumerate() {
        let next = pieces.get(at + 1);
        if reader.take(*piece, next).is_none() {
            return Read::default();
        }
    }
    reader.spell_out();
    if reader.half {
        return Read::default();
    }
    settle(reader.amounts, reader.ambiguous).unwrap_or_default()
}

#[derive(Debug, Default)]
struct Reader<'a> {
    country: &'a str,
    amounts: Vec<Amount>,
    /// What stood before the next amount.
    qualifier: Option<Qualifier>,
    currency: Option<&'static str>,
    joins: bool,
    between: bool,
    vague: bool,
    half: bool,
    ambiguous: bool,
    /// The last piece belongs to the last amount: a word behind it may still change it.
    beside: bool,
    /// Words of a number written out so far.
    spelled: Option<u32>,
}

impl Reader<'_> {
    /// Takes one piece; `None` when the text says nothing that can be trusted.
    fn take(&mut self, piece: Piece, next: Option<&Piece>) -> Option<()> {
        if !matches!(piece, Piece::Word(Means::Number(_) | Means::Times(2) | Means::And, _)) {
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
                last.currency = Some(currency);
            }
            (Some(currency), ..) => self.currency = Some(currency), // `TEUR 20` is rare enough to stay 20
            (None, ..) => {
                // `fünf- bis zehntausend`: the thousand counts for both ends.
                let thousands = value / Decimal::ONE_THOUSAND;
                let (raw, times) = if thousands.fract().is_zero() {
                    (thousands, Decimal::ONE_THOUSAND)
                } else {
                    (value, Decimal::ONE)
                };
                self.push(Amount { raw, times: Some(times), ..Amount::default() });
            }
        }
    }

    fn push(&mut self, amount: Amount) {
        self.amounts.push(Amount {
            qualifier: self.qualifier.take(),
            currency: amount.currency.or(self.currency.take()),
            joined: std::mem::take(&mut self.joins),
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
            Means::Currency(currency) => self.set_currency(currency),
            Means::Sign(sign) => {
                let currency = self.local(sign);
                self.set_currency(currency);
            }
            Means::Number(number) => self.number_word(number, next),
            Means::Times(power) => self.times(power)?,
            Means::Figures(digits) => self.figures(digits),
            Means::About | Means::AtMost | Means::AtLeast | Means::UpTo => self.qualify(means, next),
            Means::To => self.joins |= !self.amounts.is_empty(),
            Means::Dash => self.dash(next)?,
            Means::Tenths(tenths) => {
                if matches!(next, Some(Piece::Word(Means::Times(_), _))) {
                    self.push(Amount { raw: Decimal::new(tenths, 1), ..Amount::default() });
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
            Means::Rate | Means::Minus => return None,
            Means::Per => {
                if matches!(next, Some(Piece::Word(Means::Measure, _))) {
                    return None;
                }
            }
        }
        Some(())
    }

    fn set_currency(&mut self, currency: &'static str) {
        match self.amounts.last_mut() {
            Some(last) if self.beside && last.currency.is_none() => last.currency = Some(currency),
            _ => self.currency = Some(currency),
        }
    }

    /// The currency a sign stands for here.
    fn local(&mut self, sign: char) -> &'static str {
        let (currency, sure) = match (sign, self.country) {
            ('$', "US" | "PR" | "EC" | "SV") => ("USD", true),
            ('$', "CA") => ("CAD", false),
            ('$', "AU") => ("AUD", false),
            ('$', "NZ") => ("NZD", false),
            ('$', "SG") => ("SGD", false),
            ('$', "HK") => ("HKD", false),
            ('$', "MX") => ("MXN", false),
            ('$', _) => ("USD", false),
            ('k', "NO") => ("NOK", true),
            ('k', "DK") => ("DKK", true),
            ('k', "IS") => ("ISK", true),
            ('k', "CZ") => ("CZK", true),
            ('k', "SE") => ("SEK", true),
            ('k', _) => (UNKNOWN_CURRENCY, false),
            ('¥', "CN") => ("CNY", true),
            _ => ("JPY", true),
        };
        self.ambiguous |= !sure;
        currency
    }

    /// `twenty five`, `zwei hundert`; an article counts only before a multiplier.
    fn number_word(&mut self, number: u32, next: Option<&Piece>) {
        if number == 1 && !matches!(next, Some(Piece::Word(Means::Times(_), _))) {
            return;
        }
        let so_far = self.spelled.unwrap_or(0);
        self.spelled = Some(so_far + number);
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
        (self.joins || !matches!(next, Some(Piece::Digits(_)))).then_some(())
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
