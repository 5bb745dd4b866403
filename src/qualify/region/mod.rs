//! Where somebody is: country, state and postal code as ISO and postal codes (`domain-rules` 3).
//!
//! Countries are read from ISO 3166-1 codes and names in five languages, states from ISO 3166-2 codes and
//! names. A postal code counts for the country that is written; where none is, for the business's own when
//! the code has its form (marked), or for the one country that has codes of this form (GB, CA, NL).

mod line;
mod postal;

pub use line::read_line;
pub use postal::postal_code;

use crate::lead::Region;
use crate::lead::person::Place;
use crate::places::{self, country, subdivision};

/// Longest text of a place that is looked at, in characters.
const MOST_CHARS: usize = 120;

/// A reading with what was assumed for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// The codes.
    pub region: Region,
    /// The country was not written.
    pub assumed_country: bool,
}

/// Reads a place; `home` is the business's country (ISO 3166-1 alpha-2).
pub fn read(place: &Place, home: &str) -> Read {
    let short = |text: &str| text.chars().take(MOST_CHARS).collect::<String>();
    let (country_text, city, code_text) = (short(&place.country), short(&place.city), short(&place.postal_code));
    let mut written = country(&country_text);
    let state_text = short(&place.subdivision);
    // `Berlin, Germany`; `10405 Berlin`
    let (city, country_behind) = split_country(&city);
    written = written.or(country_behind);
    let (code_text, city) = if code_text.trim().is_empty() { split_code(city) } else { (code_text, city.to_owned()) };
    if written.is_none()
        && let Some((named, _)) = postal::prefixed(code_text.trim())
    {
        written = Some(named);
    }
    let mut assumed_country = false;
    let mut known = written.map(str::to_owned);
    let mut code = known.as_deref().and_then(|country| code_of(&code_text, country));
    if known.is_none() && country_text.trim().is_empty() && !code_text.trim().is_empty() {
        let guess = postal::only_country(code_text.trim())
            .map(str::to_owned)
            .or_else(|| code_of(&code_text, home).map(|_| home.to_owned()));
        code = guess.as_deref().and_then(|country| code_of(&code_text, country));
        assumed_country = guess.is_some();
        known = guess;
    }
    let state = subdivision(&state_text, known.as_deref())
        .or_else(|| places::city_state(&city, known.as_deref()?))
        .or_else(|| {
            // `Bayern` or `Scotland` in the field of the country
            let state_for_country = known.is_none() || known.as_deref() == Some("GB");
            state_for_country.then(|| subdivision(&country_text, known.as_deref())).flatten()
        });
    if known.is_none()
        && let Some((country, _)) = state.and_then(|state| state.split_once('-'))
    {
        known = Some(country.to_owned());
        code = code_of(&code_text, country);
    }
    Read { region: Region { country: known, subdivision: state.map(Into::into), postal_code: code }, assumed_country }
}

/// The code in a text such as `D-10405 Berlin`.
fn code_of(text: &str, country: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let bare = match postal::prefixed(text) {
        Some((named, code)) if named == country => code,
        _ => text,
    };
    postal_code(bare, country).or_else(|| {
        // A town behind it: the first one or two words are the code.
        let mut words = bare.split_whitespace();
        let (first, second) = (words.next()?, words.next());
        second
            .filter(|second| second.chars().any(|c| c.is_ascii_digit()) || matches!(country, "NL"))
            .and_then(|second| postal_code(&format!("{first} {second}"), country))
            .or_else(|| second.and_then(|_| postal_code(first, country)))
    })
}

/// `10405 Berlin` as code and town.
fn split_code(city: &str) -> (String, String) {
    let city = city.trim();
    let (first, rest) = city.split_once(' ').unwrap_or((city, ""));
    let digits = first.chars().filter(char::is_ascii_digit).count();
    if digits >= 3 && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return (city.to_owned(), rest.trim().to_owned());
    }
    (String::new(), city.to_owned())
}

/// `Berlin, Germany` as town and country.
fn split_country(city: &str) -> (&str, Option<&'static str>) {
    match city.rsplit_once(',') {
        Some((town, last)) => match country(last).filter(|_| last.trim().len() > 1) {
            Some(code) => (town, Some(code)),
            None => (city, None),
        },
        None => (city, None),
    }
}
