//! Where we work, and whether a region lies inside.

use super::Policy;
use crate::lead::Region;

/// Where we work. Empty lists ask nothing; several lists are alternatives.
#[derive(Debug, Clone)]
pub struct RegionRule {
    /// ISO 3166-1 alpha-2.
    pub countries: Vec<String>,
    /// ISO 3166-2.
    pub subdivisions: Vec<String>,
    /// Postal codes.
    pub postal_codes: Vec<PostalRange>,
    /// Policy for unknown.
    pub unknown: Policy,
}

/// Postal codes of one country: `10000-14199`, `144*` or `10405`; `AT:1*` names another country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostalRange {
    /// ISO 3166-1 alpha-2; the business's where none is written.
    pub country: String,
    /// First code, upper case, without spaces.
    pub from: String,
    /// Last code of the range; `None` where `from` is a prefix or one code.
    pub to: Option<String>,
    /// `from` is a prefix.
    pub prefix: bool,
}

impl RegionRule {
    /// Does it ask nothing?
    pub const fn is_open(&self) -> bool {
        self.countries.is_empty() && self.subdivisions.is_empty() && self.postal_codes.is_empty()
    }

    /// Is a region inside? `None` when the region does not say enough. A rule that asks nothing admits
    /// everything.
    pub fn admits(&self, region: &Region) -> Option<bool> {
        if self.is_open() {
            return Some(true);
        }
        let country = region.country.as_deref();
        let answers = [
            among(&self.countries, country),
            among(&self.subdivisions, region.subdivision.as_deref()),
            self.by_postal_code(country, region.postal_code.as_deref()),
        ];
        if answers.contains(&Answer::Inside) {
            return Some(true);
        }
        // Outside only when every list that asks could be answered.
        if answers.contains(&Answer::Unknown) { None } else { Some(false) }
    }

    fn by_postal_code(&self, country: Option<&str>, code: Option<&str>) -> Answer {
        if self.postal_codes.is_empty() {
            return Answer::NotAsked;
        }
        if country.is_some_and(|country| !self.postal_codes.iter().any(|range| range.country == country)) {
            return Answer::Outside;
        }
        let Some(code) = code else { return Answer::Unknown };
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        let inside = |range: &PostalRange| {
            country.is_none_or(|country| country == range.country)
                && match &range.to {
                    Some(to) => range.from.len() == code.len() && range.from <= code && code <= *to,
                    None if range.prefix => code.starts_with(&range.from),
                    None => code == range.from,
                }
        };
        Answer::of(self.postal_codes.iter().any(inside))
    }
}

/// What one list of a region rule says of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// The list is empty: it asks nothing.
    NotAsked,
    /// The region does not say enough.
    Unknown,
    Inside,
    Outside,
}

impl Answer {
    fn of(inside: bool) -> Self {
        if inside { Self::Inside } else { Self::Outside }
    }
}

fn among(list: &[String], value: Option<&str>) -> Answer {
    match value {
        _ if list.is_empty() => Answer::NotAsked,
        None => Answer::Unknown,
        Some(value) => Answer::of(list.iter().any(|one| one.eq_ignore_ascii_case(value))),
    }
}
