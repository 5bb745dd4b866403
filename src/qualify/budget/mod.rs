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
//! | US$ 5, A$ 5, R$ 5, kr 5, 5 грн, 5 Canadian dollars | the currency's ISO 4217 code; `XXX` where nobody can say whose |
//! | ₹1,50,000; 12€50; .75; 50 Euro 20 Cent; 99 cents | Indian groups; a hundredth of the currency |
//! | was £120, now £99; statt 59 € nur 49 € | what it costs now |
//! | free, kostenlos, and nothing else | 0 |
//! | 200 €/month, 90 € pro m², 1e30, -500, a few thousand | unknown: no total, no number |
//!
//! A number that counts something else (`120 m2`, `19 %`) is passed over; where one amount has a currency,
//! bare numbers that are not joined to it are too. `$`, `kr` and `¥` are the country's own.

mod amounts;
mod currencies;
mod lex;
mod reader;
mod words;

use rust_decimal::Decimal;

pub use self::currencies::UNKNOWN_CURRENCY;

use self::amounts::settle;
use self::lex::pieces;
use self::reader::Reader;
use crate::lead::{Budget, Qualifier};

/// Countries whose decimal mark is a point.
const POINT: &[&str] = &[
    "US", "GB", "IE", "CA", "AU", "NZ", "IN", "CH", "LI", "MX", "JP", "CN", "SG", "HK", "MT", "CY", "IL", "KR", "TH",
    "MY", "PH",
];

/// What costs nothing.
const FREE: &[&str] = &[
    "free",
    "for free",
    "free of charge",
    "no charge",
    "no cost",
    "kostenlos",
    "kostenfrei",
    "gratis",
    "umsonst",
    "gratuit",
    "gratuito",
];

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
    if is_free(text) {
        let budget = Budget {
            min: Some(Decimal::ZERO),
            max: Some(Decimal::ZERO),
            qualifier: Qualifier::Exact,
            ..Budget::default()
        };
        return Read { budget, ambiguous: false };
    }
    let mut reader = Reader::default();
    for (at, piece) in pieces.iter().enumerate() {
        let next = pieces.get(at + 1);
        if reader.take(*piece, next).is_none() {
            return Read::default();
        }
    }
    let ambiguous = reader.ambiguous;
    reader.amounts().and_then(|amounts| settle(amounts, ambiguous, country)).unwrap_or_default()
}

/// A German number in one word, from 21.
pub(in crate::qualify) fn spelled(word: &str) -> Option<u32> {
    words::german(word)
}

/// `free`, `kostenlos!` and nothing else: inside a sentence the words mean other things.
fn is_free(text: &str) -> bool {
    const FREE_CHARS: usize = 40;
    let short = text.len() <= FREE_CHARS;
    let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    short && FREE.contains(&bare(text).as_str())
}
