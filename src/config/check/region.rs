//! Regions: countries, subdivisions, postal codes.

use std::sync::Arc;

use super::business::{Ground, country_code};
use super::places::{FROM, Postal};
use crate::config::checked::{Around, Policy, PostalRange, RegionRule};
use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::node::Value;
use crate::config::raw;
use crate::lead::Region;
use crate::places::gazetteer::distance_km;

const COUNTRY: &str = "a country's two letters in ISO 3166-1, like \"DE\"";
const SUBDIVISION: &str = "a code of ISO 3166-2, like \"DE-BE\"";
const OF: &str = "a postal code \"10115\", with a country in front where it is another than yours, \"AT:1010\"";
/// A radius larger than this means a country.
const KM_MOST: i64 = 2_000;
const POSTAL: &str = "a range \"10000-14199\", a beginning \"144*\" or a code \"10405\", with a country in front where it is another than yours, \"AT:1*\"";

/// A place as written: lists, and a distance from a postal code. All of them are alternatives.
#[derive(Clone, Copy, Default)]
pub struct Written<'a> {
    countries: Option<&'a Field>,
    subdivisions: Option<&'a Field>,
    postal_codes: Option<&'a Field>,
    within_km: Option<&'a Field>,
    of: Option<&'a Field>,
}

impl<'a> From<&'a raw::Region> for Written<'a> {
    fn from(raw: &'a raw::Region) -> Self {
        Self {
            countries: raw.countries.as_ref(),
            subdivisions: raw.subdivisions.as_ref(),
            postal_codes: raw.postal_codes.as_ref(),
            within_km: raw.within_km.as_ref(),
            of: raw.of.as_ref(),
        }
    }
}

impl<'a> From<&'a raw::Territory> for Written<'a> {
    fn from(raw: &'a raw::Territory) -> Self {
        Self {
            countries: raw.countries.as_ref(),
            subdivisions: raw.subdivisions.as_ref(),
            postal_codes: raw.postal_codes.as_ref(),
            within_km: raw.within_km.as_ref(),
            of: raw.of.as_ref(),
        }
    }
}

impl Written<'_> {
    /// Is anything written, be it an empty list?
    pub fn is_there(&self) -> bool {
        [self.countries, self.subdivisions, self.postal_codes, self.within_km, self.of].iter().any(Option::is_some)
    }

    /// Is nothing written but empty lists?
    pub fn is_empty(&self) -> bool {
        let empty = |field: &Field| matches!(&field.node.value, Value::List(list) if list.is_empty());
        let lists = [self.countries, self.subdivisions, self.postal_codes];
        self.within_km.is_none() && self.of.is_none() && lists.into_iter().flatten().all(empty)
    }
}

/// A rule from what is written.
pub fn rule(written: Written<'_>, unknown: Policy, ground: &Ground, mistakes: &mut Mistakes) -> RegionRule {
    let Written { countries, subdivisions, postal_codes, .. } = written;
    let countries = countries.map(|field| field.each(COUNTRY, country_code, mistakes)).unwrap_or_default();
    let subdivisions = subdivisions.map(|field| field.each(SUBDIVISION, subdivision, mistakes)).unwrap_or_default();
    let range = |text: &str| postal_range(text, &ground.country);
    let postal_codes = postal_codes.map(|field| field.each(POSTAL, range, mistakes)).unwrap_or_default();
    let around = around(written.within_km, written.of, ground, mistakes);
    RegionRule { countries, subdivisions, postal_codes, around, unknown }
}

/// A distance and the code it is measured from: both or none, and a file that knows the code.
fn around(km: Option<&Field>, of: Option<&Field>, ground: &Ground, mistakes: &mut Mistakes) -> Option<Around> {
    let (field, of) = match (km, of) {
        (Some(km), Some(of)) => (km, of),
        (Some(field), None) => {
            mistakes.add(
                field.mistake("is measured from nowhere").hint("add of = \"10115\", the postal code in the middle"),
            );
            return None;
        }
        (None, Some(field)) => {
            mistakes.add(field.mistake("has no distance").hint("add within_km = 30"));
            return None;
        }
        (None, None) => return None,
    };
    let km = field.number(1, KM_MOST, mistakes);
    let (country, code) = of.parse(OF, |text| centre(text, &ground.country), mistakes)?;
    let places = match &ground.postal {
        Postal::Read(places) => Arc::clone(places),
        Postal::Broken => return None,
        Postal::None => {
            let mistake = field.mistake("needs a file that says where postal codes are");
            mistakes.add(mistake.hint(format!("add postal_file = \"{country}.txt\" under [places]; {FROM}")));
            return None;
        }
    };
    let Some(centre) = places.position(&country, &code) else {
        let mistake = of.mistake("is not in the postal file");
        mistakes.add(mistake.hint(format!("name a code of {country} that stands in places.postal_file")));
        return None;
    };
    Some(Around { km: u32::try_from(km?).ok()?, country, code, centre, places })
}

/// `10115`, `AT:1010`.
fn centre(text: &str, home: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((country, rest)) => Ok((country_code(country.trim()).map_err(|_| "begins with no country")?, code(rest)?)),
        None => Ok((home.to_owned(), code(text)?)),
    }
}

/// May a place lie in both? Where lists cannot be compared (a state against postal codes), no: nobody can tell.
pub fn overlap(one: &RegionRule, other: &RegionRule) -> bool {
    let within = |country: &String, rule: &RegionRule| {
        rule.countries.contains(country)
            || rule.subdivisions.iter().any(|code| code.split('-').next() == Some(country))
            || rule.postal_codes.iter().any(|range| range.country == *country)
    };
    let codes =
        || one.postal_codes.iter().any(|range| other.postal_codes.iter().any(|known| ranges_meet(range, known)));
    one.countries.iter().any(|country| within(country, other))
        || other.countries.iter().any(|country| within(country, one))
        || one.subdivisions.iter().any(|code| other.subdivisions.contains(code))
        || codes()
        || match (&one.around, &other.around) {
            (Some(one), Some(other)) => distance_km(one.centre, other.centre) <= f64::from(one.km + other.km),
            _ => false,
        }
}

fn ranges_meet(one: &PostalRange, other: &PostalRange) -> bool {
    // The last code that begins like the end of a range sorts behind every other one that does.
    let end = |range: &PostalRange| match &range.to {
        Some(to) => to.clone(),
        None if range.prefix => format!("{}~", range.from),
        None => range.from.clone(),
    };
    one.country == other.country && one.from <= end(other) && other.from <= end(one)
}

fn subdivision(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    let known = rust_iso3166::iso3166_2::from_code(&code);
    known.map(|_| code).ok_or_else(|| "is not a state, canton or province".into())
}

/// Reads `10000-14199`, `144*`, `10405` or `AT:1*`.
fn postal_range(text: &str, home: &str) -> Result<PostalRange, String> {
    let (country, text) = match text.split_once(':') {
        Some((country, rest)) => (country_code(country.trim()).map_err(|_| "begins with no country")?, rest),
        None => (home.to_owned(), text),
    };
    if let Some(beginning) = text.trim().strip_suffix('*') {
        return Ok(PostalRange { country, from: code(beginning)?, to: None, prefix: true });
    }
    let Some((from, to)) = text.split_once(['-', '–']) else {
        return Ok(PostalRange { country, from: code(text)?, to: None, prefix: false });
    };
    let (from, to) = (code(from)?, code(to)?);
    if from.len() != to.len() {
        return Err("has ends of different length; codes are written without -".into());
    }
    if from > to {
        return Err("ends before it begins".into());
    }
    Ok(PostalRange { country, from, to: Some(to), prefix: false })
}

fn code(text: &str) -> Result<String, String> {
    let code: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    match code.as_str() {
        "" => Err("has an empty end".into()),
        code if code.len() > 10 => Err("is too long for a postal code".into()),
        code if !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Err("is not made of letters and digits".into())
        }
        code => Ok(code.to_ascii_uppercase()),
    }
}

/// A region in one word: a country, a subdivision or a postal code of `home`.
pub fn word(text: &str, home: &str) -> Result<Region, String> {
    if let Ok(country) = country_code(text) {
        return Ok(Region { country: Some(country), ..Region::default() });
    }
    if let Ok(code) = subdivision(text) {
        let country = code.split('-').next().map(str::to_owned);
        return Ok(Region { country, subdivision: Some(code), postal_code: None });
    }
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err("is no country, subdivision or postal code".into());
    }
    Ok(Region { country: Some(home.to_owned()), subdivision: None, postal_code: Some(code(text)?) })
}

/// A region from its parts.
pub fn parts(
    country: Option<&Field>,
    subdivision_: Option<&Field>,
    postal_code: Option<&Field>,
    home: &str,
    mistakes: &mut Mistakes,
) -> Region {
    let country = country.and_then(|field| field.parse(COUNTRY, country_code, mistakes));
    let subdivision = subdivision_.and_then(|field| field.parse(SUBDIVISION, subdivision, mistakes));
    let postal_code = postal_code.and_then(|field| field.parse("a postal code", code, mistakes));
    let home = country
        .or_else(|| subdivision.as_deref().and_then(|code| code.split('-').next()).map(str::to_owned))
        .unwrap_or_else(|| home.to_owned());
    Region { country: Some(home), subdivision, postal_code }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(country: &str, from: &str, to: Option<&str>, prefix: bool) -> PostalRange {
        PostalRange { country: country.into(), from: from.into(), to: to.map(str::to_owned), prefix }
    }

    #[test]
    fn postal_codes_are_ranges_beginnings_or_codes() {
        for (text, wanted) in [
            ("10000-14199", range("DE", "10000", Some("14199"), false)),
            ("10000 – 14199", range("DE", "10000", Some("14199"), false)),
            ("144*", range("DE", "144", None, true)),
            ("10405", range("DE", "10405", None, false)),
            ("at:1*", range("AT", "1", None, true)),
            ("GB:sw1a 1aa", range("GB", "SW1A1AA", None, false)),
        ] {
            assert_eq!(postal_range(text, "DE"), Ok(wanted), "{text}");
        }
        for text in ["14199-10000", "100-14199", "*", "XX:1*", "10-", "10405!", "12345678901"] {
            assert!(postal_range(text, "DE").is_err(), "{text}");
        }
    }

    #[test]
    fn a_region_in_one_word() {
        let region = |text| word(text, "DE").unwrap();
        assert_eq!(region("at").country.as_deref(), Some("AT"));
        assert_eq!(region("DE-BE").subdivision.as_deref(), Some("DE-BE"));
        assert_eq!(region("10405").postal_code.as_deref(), Some("10405"));
        assert!(word("Berlin", "DE").is_err());
    }
}
