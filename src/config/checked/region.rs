//! Where we work, and whether a region lies inside.

use std::sync::Arc;

use super::Policy;
use crate::lead::Region;
use crate::places::gazetteer::{Gazetteer, Point, distance_km};

/// Where we work. Empty lists ask nothing; several lists are alternatives.
#[derive(Debug, Clone)]
pub struct RegionRule {
    /// ISO 3166-1 alpha-2.
    pub countries: Vec<String>,
    /// ISO 3166-2.
    pub subdivisions: Vec<String>,
    /// Postal codes.
    pub postal_codes: Vec<PostalRange>,
    /// Around a postal code.
    pub around: Option<Around>,
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

/// All within a distance of a postal code, as the crow flies.
#[derive(Debug, Clone)]
pub struct Around {
    /// Kilometres.
    pub km: u32,
    /// The country of the code in the middle.
    pub country: String,
    /// The code in the middle, as written.
    pub code: String,
    /// Where that is.
    pub centre: Point,
    /// Where the others are.
    pub places: Arc<Gazetteer>,
}

impl Around {
    /// How far away a region is, in kilometres; `None` when its postal code is not said, or not in the file.
    pub fn distance(&self, region: &Region) -> Option<f64> {
        let (country, code) = (region.country.as_deref()?, region.postal_code.as_deref()?);
        Some(distance_km(self.centre, self.places.position(country, code)?))
    }

    /// Does a region lie within? `None` when that cannot be said.
    pub fn admits(&self, region: &Region) -> Option<bool> {
        self.distance(region).map(|km| km <= f64::from(self.km))
    }

    /// `within 30 km of 10115`, `within 30 km of AT 1010`.
    pub fn words(&self, home: &str) -> String {
        let country = if self.country == home { String::new() } else { format!("{} ", self.country) };
        format!("within {} km of {country}{}", self.km, self.code)
    }
}

impl RegionRule {
    /// Does it ask nothing?
    pub const fn is_open(&self) -> bool {
        self.countries.is_empty()
            && self.subdivisions.is_empty()
            && self.postal_codes.is_empty()
            && self.around.is_none()
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
            match self.around.as_ref().map(|around| around.admits(region)) {
                None => Answer::NotAsked,
                Some(None) => Answer::Unknown,
                Some(Some(inside)) => Answer::of(inside),
            },
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
