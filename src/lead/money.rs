//! Exact money: an amount and its ISO 4217 currency. Stored as minor units.

use std::fmt;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Amount in major units (12.50 = twelve and a half).
    pub amount: Decimal,
    /// ISO 4217 code, upper case.
    pub currency: String,
}

impl Money {
    /// An amount in `currency`.
    pub fn new(amount: Decimal, currency: &str) -> Self {
        Self { amount, currency: currency.to_ascii_uppercase() }
    }

    /// From minor units (cents; yen have none).
    pub fn from_minor(minor: i64, currency: &str) -> Self {
        let places = decimals(currency);
        Self::new(Decimal::new(minor, places), currency)
    }

    /// In minor units, rounded half to even; `None` when it does not fit.
    pub fn minor(&self) -> Option<i64> {
        let places = decimals(&self.currency);
        (self.amount.round_dp(places) * Decimal::from(10_i64.pow(places))).to_i64()
    }
}

/// Decimal places of a currency's minor unit (ISO 4217); 2 where nothing else is known.
pub fn decimals(currency: &str) -> u32 {
    match currency {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "UGX" | "XAF" | "XOF" | "XPF" | "PYG" | "RWF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

impl fmt::Display for Money {
    /// Thousands grouped with commas, decimals only when there are any: `12,000 EUR`, `12.50 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.amount.trunc();
        let digits = whole.abs().to_string();
        let sign = if self.amount.is_sign_negative() && !self.amount.is_zero() { "-" } else { "" };
        let mut grouped = String::with_capacity(digits.len() + 4);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{sign}{grouped}")?;
        let fraction = (self.amount - whole).abs();
        if !fraction.is_zero() {
            let places = decimals(&self.currency);
            let text = format!("{:.*}", places as usize, fraction);
            write!(f, "{}", text.trim_start_matches('0'))?;
        }
        write!(f, " {}", self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact_and_prints_as_people_write() {
        let money = Money::new(Decimal::new(1_250, 2), "eur");
        assert_eq!(money.minor(), Some(1_250));
        assert_eq!(money.to_string(), "12.50 EUR");
        assert_eq!(Money::from_minor(1_200_000, "EUR").to_string(), "12,000 EUR");
        assert_eq!(Money::from_minor(-1_200_050, "EUR").to_string(), "-12,000.50 EUR");
        assert_eq!(Money::from_minor(500, "JPY").to_string(), "500 JPY");
    }
}
