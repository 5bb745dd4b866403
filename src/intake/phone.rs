//! Reads a phone number as people write it into E.164 (`+4930901820`), for numbers that exist in a
//! country's plan only. The plans are those of the `phonenumber` crate.
//!
//! A number with its country code is held against the plan as it stands, and only then without a trunk
//! prefix: the crate's parser takes the *default* country's prefix off foreign numbers too (a German
//! `+49 151…` read in the United States would lose its `1`), so it is asked for national notations alone.

use phonenumber::country;
use phonenumber::metadata::{DATABASE, Metadata};
use serde::Serialize;

use super::dial::{Dialled, dialled};
use super::plan::{PhoneKind, planned};

/// Most digits of a country code.
const CODE_MAX: usize = 3;

/// A number that exists in its country's plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Phone {
    /// `+`, country code and number, digits only; also the key people are recognised by.
    pub e164: String,
    /// What kind of number the plan says it is.
    pub kind: PhoneKind,
    /// More was written than this number (an extension, a second number, a remark); the text is worth keeping.
    pub partial: bool,
}

/// Reads a number in any notation; one without a country code is read as dialled in `country` (ISO 3166-1
/// alpha-2, any case). `None` where no such number exists.
///
/// The first call loads the plans (about 0.1 s, optimised); later ones take microseconds.
pub fn phone(text: &str, country: &str) -> Option<Phone> {
    let written = dialled(text)?;
    let home = DATABASE.by_id(country.to_ascii_uppercase().as_str());
    let (e164, kind, whole) = written
        .readings()
        .find_map(|(digits, whole)| read(&written, digits, home).map(|(e164, kind)| (e164, kind, whole)))
        .or_else(|| {
            let (e164, kind) = read(&written, written.spelled.as_deref()?, home)?;
            Some((e164, kind, true))
        })?;
    Some(Phone { e164, kind, partial: !whole })
}

/// One reading of the digits: with a country code where one is written, else as dialled at home.
fn read(written: &Dialled, digits: &str, home: Option<&Metadata>) -> Option<(String, PhoneKind)> {
    let abroad = |rest: &str| {
        let gone = digits.len() - rest.len();
        international(rest).or_else(|| international(&written.without_trunk(gone, rest)?))
    };
    if written.plus && !digits.starts_with('0') {
        return abroad(digits);
    }
    // `00` is dialled before a country code nearly everywhere, and begins no national number.
    if let Some(found) = digits.strip_prefix("00").and_then(|rest| abroad(rest.trim_start_matches('0'))) {
        return Some(found);
    }
    let home = home?;
    let exit = home.international_prefix().and_then(|pattern| {
        let end = pattern.find(digits).filter(|found| found.start() == 0)?.end();
        digits.get(end..)
    });
    if let Some(found) = exit.and_then(abroad) {
        return Some(found);
    }
    // `4930901820` without `+`: where numbers are dialled with a prefix, one that lacks it and begins with the
    // country's code is meant internationally.
    let own_code = digits.starts_with(&home.country_code().to_string());
    let prefixed = home.national_prefix().is_none_or(|prefix| digits.starts_with(prefix));
    match (own_code, prefixed) {
        (true, false) => international(digits).or_else(|| national(digits, home)),
        (true, true) => national(digits, home).or_else(|| international(digits)),
        (false, _) => national(digits, home),
    }
}

/// Reads digits that begin with a country code.
fn international(digits: &str) -> Option<(String, PhoneKind)> {
    let (code, rest) = (1..=CODE_MAX).find_map(|length| {
        let (code, rest) = digits.split_at_checked(length)?;
        let code = code.parse::<u16>().ok().filter(|_| !code.starts_with('0'))?;
        DATABASE.region(&code).map(|_| (code, rest))
    })?;
    let trunk = || {
        let plans = DATABASE.by_code(&code)?;
        rest.strip_prefix(plans.first()?.national_prefix()?)
    };
    planned(code, rest).or_else(|| planned(code, trunk()?))
}

/// Reads digits as dialled within a country.
fn national(digits: &str, home: &Metadata) -> Option<(String, PhoneKind)> {
    let code = home.country_code();
    let bare = home.national_prefix().and_then(|prefix| digits.strip_prefix(prefix));
    bare.and_then(|bare| planned(code, bare)).or_else(|| planned(code, digits)).or_else(|| {
        // Carrier codes and mobile prefixes that are dialled in other places than they are written.
        let id: country::Id = home.id().parse().ok()?;
        let parsed = phonenumber::parse(Some(id), digits).ok()?;
        planned(parsed.code().value(), &parsed.national().to_string())
    })
}
