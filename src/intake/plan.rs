//! Holds a number against its country's numbering plan: does it exist, and what is it for?
//!
//! The plans' patterns are the `phonenumber` crate's, but matched here: the crate matches the beginning of
//! a number only, and keeps no more than a hundred patterns compiled, so that leads from twenty countries
//! would compile them anew for every number (2 ms instead of 4 µs).

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};

use phonenumber::Type;
use phonenumber::metadata::{DATABASE, Metadata};
use regex::{Regex, RegexBuilder};
use serde::{Serialize, Serializer};

/// Most digits of a number with its country code (E.164, 6.2.1).
const DIGITS_MAX: usize = 15;

/// Patterns for whole numbers, by country and kind.
type Patterns = HashMap<(&'static str, Type), Option<Regex>>;

/// The patterns asked so far: as many as there are in the plans at most (10 MB).
static PATTERNS: LazyLock<Mutex<Patterns>> = LazyLock::new(Mutex::default);

/// What a number is for, by its country's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhoneKind {
    /// A mobile phone.
    Mobile,
    /// A landline.
    Fixed,
    /// Mobile or landline: the plan does not tell them apart (as in the United States).
    FixedOrMobile,
    /// Free for the caller.
    TollFree,
    /// Dear for the caller; seldom a person's own.
    Premium,
    /// Valid, and none of these: Internet telephony, shared cost, company and personal numbers.
    Unknown,
}

impl PhoneKind {
    /// `mobile`, `fixed`, `fixed-or-mobile`, `toll-free`, `premium` or `unknown`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Fixed => "fixed",
            Self::FixedOrMobile => "fixed-or-mobile",
            Self::TollFree => "toll-free",
            Self::Premium => "premium",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for PhoneKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for PhoneKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The number in E.164 and its kind, if some country behind this code has it in its plan.
pub(super) fn planned(code: u16, number: &str) -> Option<(String, PhoneKind)> {
    let e164 = format!("+{code}{number}");
    if e164.len() > DIGITS_MAX + 1 {
        return None;
    }
    for region in DATABASE.region(&code)? {
        let plan = match region {
            // Numbers of no country, such as international toll-free ones.
            "001" => DATABASE.by_code(&code)?.into_iter().next()?,
            id => DATABASE.by_id(id)?,
        };
        // Of several countries behind one code, the first digits may tell which it is.
        match plan.leading_digits().map(|leading| leading.find(number).is_some_and(|found| found.start() == 0)) {
            Some(false) => {}
            Some(true) => return Some((e164, kind(plan, number)?)),
            None => {
                if let Some(kind) = kind(plan, number) {
                    return Some((e164, kind));
                }
            }
        }
    }
    None
}

/// What kind of number it is in this plan, in the crate's order: a dear number may look like a landline.
fn kind(plan: &'static Metadata, number: &str) -> Option<PhoneKind> {
    let is = |kind: Type| matches(plan, kind, number);
    if is(Type::PremiumRate) {
        return Some(PhoneKind::Premium);
    }
    if is(Type::TollFree) {
        return Some(PhoneKind::TollFree);
    }
    match (is(Type::FixedLine), is(Type::Mobile)) {
        (true, true) => return Some(PhoneKind::FixedOrMobile),
        (true, false) => return Some(PhoneKind::Fixed),
        (false, true) => return Some(PhoneKind::Mobile),
        (false, false) => {}
    }
    let other = [Type::SharedCost, Type::PersonalNumber, Type::Voip, Type::Uan, Type::Pager, Type::Voicemail];
    other.into_iter().any(is).then_some(PhoneKind::Unknown)
}

/// Is the whole number of this kind?
fn matches(plan: &'static Metadata, kind: Type, number: &str) -> bool {
    let Some(described) = plan.descriptors().get(kind) else { return false };
    let lengths = described.possible_length();
    if !lengths.is_empty() && !lengths.contains(&(number.len() as u16)) {
        return false;
    }
    // Matched under the lock: a copy of a pattern would bring its own working memory, and build it each time.
    let mut patterns = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    let pattern = patterns.entry((plan.id(), kind)).or_insert_with(|| whole(described.national_number().as_str()));
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(number))
}

/// A plan's pattern for a whole number; digits are ASCII, which keeps it a tenth of the size.
fn whole(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{pattern}\n)$")).ignore_whitespace(true).unicode(false).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind the plans describe, so that a pattern that did not compile would be missed.
    #[test]
    fn the_plans_patterns_fit_their_own_examples() {
        for plan in DATABASE.iter() {
            for kind in [Type::FixedLine, Type::Mobile, Type::TollFree, Type::PremiumRate, Type::Voip, Type::Uan] {
                let example = plan.descriptors().get(kind).and_then(|described| described.example());
                assert!(example.is_none_or(|example| matches(plan, kind, example)), "{} {kind:?}", plan.id());
            }
        }
    }

    #[test]
    fn a_number_that_only_begins_like_one_does_not_exist() {
        assert_eq!(planned(49, "9001234567").map(|found| found.1), Some(PhoneKind::Premium));
        assert_eq!(planned(49, "90012345123"), None);
        assert_eq!(planned(372, "8001234123"), None);
    }
}
