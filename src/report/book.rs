//! Costs of a period in the business's currency, by source and campaign. Each day of each cost is converted at
//! the rate booked for that day and rounded once, so that every sum of days, campaigns or sources agrees.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::lead::Money;
use crate::store::{CostKind, CostRow, Rate, part_of};

/// A cost has no rate, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// Nothing says what the currency is worth.
    #[error(
        "costs in {currency} on {day} need a rate: add `{currency} = …` under [rates], or \
         `leadgate cost rate {currency} RATE --from {day}`"
    )]
    NoRate {
        /// ISO 4217.
        currency: String,
        /// The day.
        day: Date,
    },
    /// The amount does not fit.
    #[error("{0} is too large to convert")]
    TooLarge(String),
}

/// Costs of one source and campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Spent, minor units.
    pub gross: i64,
    /// Credited, minor units.
    pub credits: i64,
    /// Something was entered, even if it came to 0.
    pub entered: bool,
    /// Shown; absent where nobody says.
    pub impressions: Option<u64>,
    /// Clicked.
    pub clicks: Option<u64>,
}

impl Bucket {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.gross = self.gross.saturating_add(other.gross);
        self.credits = self.credits.saturating_add(other.credits);
        self.entered |= other.entered;
        self.impressions = sum(self.impressions, other.impressions);
        self.clicks = sum(self.clicks, other.clicks);
    }
}

fn sum(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (one, other) => one.or(other),
    }
}

/// Source and campaign; `(None, None)` is of no source.
pub type Key = (Option<String>, Option<String>);

/// Costs of a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    /// By source and campaign.
    pub by: BTreeMap<Key, Bucket>,
    /// Gross by day.
    pub days: BTreeMap<Date, i64>,
}

/// What currencies are worth.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    home: String,
    booked: BTreeMap<String, BTreeMap<Date, Decimal>>,
    fallback: BTreeMap<String, Decimal>,
}

impl Rates {
    /// Booked rates first, those of the config where none is booked up to that day.
    pub fn new(home: &str, booked: Vec<Rate>, fallback: &BTreeMap<String, Decimal>) -> Self {
        let mut by: BTreeMap<String, BTreeMap<Date, Decimal>> = BTreeMap::new();
        for rate in booked {
            by.entry(rate.currency).or_default().insert(rate.day, rate.rate);
        }
        Self { home: home.to_owned(), booked: by, fallback: fallback.clone() }
    }

    fn at(&self, currency: &str, day: Date) -> Option<Decimal> {
        if currency == self.home {
            return Some(Decimal::ONE);
        }
        let booked = self.booked.get(currency).and_then(|days| days.range(..=day).next_back());
        booked.map(|(_, rate)| *rate).or_else(|| self.fallback.get(currency).copied())
    }

    /// Minor units of `currency` in minor units of the business's.
    ///
    /// # Errors
    /// There is no rate, or it does not fit.
    pub fn home(&self, minor: i64, currency: &str, day: Date) -> Result<i64, BookError> {
        if currency == self.home {
            return Ok(minor);
        }
        let rate = self.at(currency, day).ok_or_else(|| BookError::NoRate { currency: currency.to_owned(), day })?;
        let money = Money::from_minor(minor, currency);
        let home = money.amount.checked_mul(rate).and_then(|amount| Money::new(amount, &self.home).minor());
        home.ok_or_else(|| BookError::TooLarge(money.to_string()))
    }
}

/// The costs of `rows` that fall into the local days `[since, until]`. `paid_by` names the source a source of
/// figures pays for.
///
/// # Errors
/// [`BookError`].
pub fn book(
    rows: &[CostRow],
    (since, until): (Date, Date),
    rates: &Rates,
    paid_by: impl Fn(&str) -> String,
) -> Result<Book, BookError> {
    let mut book = Book::default();
    for row in rows {
        let cost = &row.cost;
        let key = (cost.source.as_deref().map(&paid_by), cost.campaign.clone());
        let bucket = book.by.entry(key).or_default();
        let counted = |count: Option<i64>| count.map(i64::unsigned_abs);
        bucket.impressions = sum(bucket.impressions, counted(row.impressions));
        bucket.clicks = sum(bucket.clicks, counted(row.clicks));
        bucket.entered = true;
        let days = (cost.day, cost.until.unwrap_or(cost.day));
        let (mut day, last) = (days.0.max(since), days.1.min(until));
        while day <= last {
            let minor = rates.home(part_of(cost.amount, days, (day, day)), &cost.currency, day)?;
            if cost.kind == CostKind::Credit {
                bucket.credits = bucket.credits.saturating_add(minor);
            } else {
                bucket.gross = bucket.gross.saturating_add(minor);
                let sum = book.days.entry(day).or_default();
                *sum = sum.saturating_add(minor);
            }
            match day.tomorrow() {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
    }
    Ok(book)
}
