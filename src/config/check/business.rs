//! `[business]`: the ground everything else stands on.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::people::{EMAIL, email};
use super::places::Postal;
use super::refs::required;
use crate::calendar::{Calendar, CalendarError, HolidayChanges, zone_by_place};
use crate::config::checked::Business;
use crate::config::field::Field;
use crate::config::mistake::{Mistakes, nearest};
use crate::config::node::Value;
use crate::config::raw;

const ZONE: &str = "a time zone by its place, like \"Europe/Berlin\"";
const COUNTRY: &str = "a country's two letters in ISO 3166-1, like \"DE\"";
const LANGUAGE: &str = "a language's two letters in ISO 639-1, like \"de\"";
const CURRENCY: &str = "a currency's three letters in ISO 4217, like \"EUR\"";
const HOURS: &str = "opening hours as in OpenStreetMap, like \"Mo-Fr 09:00-17:00; PH off\"";
const DATE: &str = "a date like \"2026-12-24\"";

/// The business as far as it could be read, and what stands in for the rest while others are checked.
pub struct Ground {
    /// `None` when something in it is wrong.
    pub business: Option<Business>,
    /// The zone, or UTC.
    pub zone: TimeZone,
    /// The country, or one whose holidays are known.
    pub country: String,
    /// The currency, or nothing.
    pub currency: String,
    /// The business's own holidays.
    pub days: HolidayChanges,
    /// The hours as written.
    pub hours: Option<Calendar>,
    /// Where postal codes are.
    pub postal: Postal,
}

impl Ground {
    /// Reads opening hours with somebody's own holidays.
    pub fn calendar(&self, hours: &Field, days: &HolidayChanges, mistakes: &mut Mistakes) -> Option<Calendar> {
        calendar(hours, &self.zone, &self.country, days, mistakes)
    }

    /// The business's hours with somebody's own holidays.
    pub fn hours_with(&self, days: &HolidayChanges) -> Option<Calendar> {
        Calendar::parse(self.hours.as_ref()?.text(), &self.zone, &self.country, days).ok()
    }
}

/// Checks `[business]`.
pub fn check(field: &Field, mistakes: &mut Mistakes) -> Ground {
    let path = "business";
    let raw = raw::Business::read(field, mistakes);
    let place = field.place();
    let name = required(raw.name.as_ref(), place, path, "name", "\"Your name\"", mistakes)
        .and_then(|name| name.text("your name, as mails show it", mistakes));
    let zone = required(raw.zone.as_ref(), place, path, "zone", "\"Europe/Berlin\"", mistakes)
        .and_then(|field| zone(field, mistakes));
    let country = required(raw.country.as_ref(), place, path, "country", "\"DE\"", mistakes)
        .and_then(|field| country(field, mistakes));
    let languages = raw.languages.as_ref().map(|field| field.each(LANGUAGE, language, mistakes)).unwrap_or_default();
    let currency = raw.currency.as_ref().and_then(|field| field.parse(CURRENCY, currency, mistakes));
    let days = holidays(raw.extra_holidays.as_ref(), raw.not_holidays.as_ref(), mistakes).unwrap_or_default();

    let ops = raw.ops.as_ref().map(|field| field.each(EMAIL, email, mistakes)).unwrap_or_default();
    let known_zone = zone.clone().unwrap_or(TimeZone::UTC);
    let known_country = country.clone().unwrap_or_else(|| "DE".into());
    let hours = raw.hours.as_ref().and_then(|field| calendar(field, &known_zone, &known_country, &days, mistakes));
    let known_currency = currency.clone().unwrap_or_default();
    let whole = name.zip(zone).zip(country).zip(currency).zip(hours.clone());
    let business = whole.map(|((((name, zone), country), currency), hours)| Business {
        name,
        zone,
        country,
        languages,
        currency,
        hours,
        ops,
    });
    let postal = Postal::default();
    Ground { business, zone: known_zone, country: known_country, currency: known_currency, days, hours, postal }
}

fn zone(field: &Field, mistakes: &mut Mistakes) -> Option<TimeZone> {
    let name = field.text(ZONE, mistakes)?;
    if let Some(zone) = zone_by_place(&name) {
        return Some(zone);
    }
    let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let mistake = field.mistake("is not a time zone").allowed(ZONE);
    mistakes.add(match nearest(&name, known.iter().map(String::as_str)) {
        Some(near) => mistake.hint(format!("did you mean \"{near}\"?")),
        None => mistake,
    });
    None
}

fn country(field: &Field, mistakes: &mut Mistakes) -> Option<String> {
    let code = field.parse(COUNTRY, country_code, mistakes)?;
    let probe = Calendar::parse("24/7", &TimeZone::UTC, &code, &HolidayChanges::default());
    if let Err(CalendarError::Country(_)) = probe {
        let mistake = field.mistake("is a country whose public holidays are not known");
        mistakes
            .add(mistake.hint(
                "take a neighbour with the same holidays, and correct them with extra_holidays and not_holidays",
            ));
        return None;
    }
    Some(code)
}

/// A country's code in capitals.
pub fn country_code(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    rust_iso3166::from_alpha2(&code).map(|_| code).ok_or_else(|| "is not a country".into())
}

fn language(text: &str) -> Result<String, String> {
    let fits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if fits { Ok(text.to_ascii_lowercase()) } else { Err("is not a language".into()) }
}

/// A currency's code in capitals.
pub fn currency(text: &str) -> Result<String, String> {
    let fits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if fits { Ok(text.to_ascii_uppercase()) } else { Err("is not a currency".into()) }
}

/// Somebody's own holidays; `None` when neither list is written.
pub fn holidays(extra: Option<&Field>, not: Option<&Field>, mistakes: &mut Mistakes) -> Option<HolidayChanges> {
    if extra.is_none() && not.is_none() {
        return None;
    }
    let mut dates = |field: Option<&Field>| field.map(|field| dates(field, mistakes)).unwrap_or_default();
    Some(HolidayChanges { extra: dates(extra), not: dates(not) })
}

fn dates(field: &Field, mistakes: &mut Mistakes) -> Vec<Date> {
    let items = field.items(&format!("a list, each item {DATE}"), mistakes);
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        let date = match &item.node.value {
            Value::Text(text) | Value::Date(text) => text.trim().parse().ok(),
            _ => None,
        };
        match date {
            Some(date) => found.push(date),
            None => mistakes.add(item.mistake("is not a date").allowed(DATE)),
        }
    }
    found
}

fn calendar(
    field: &Field,
    zone: &TimeZone,
    country: &str,
    days: &HolidayChanges,
    mistakes: &mut Mistakes,
) -> Option<Calendar> {
    let text = field.text(HOURS, mistakes)?;
    match Calendar::parse(&text, zone, country, days) {
        Ok(calendar) => Some(calendar),
        Err(CalendarError::Hours { why, .. }) => {
            let mistake = field.mistake("is not opening hours").allowed(HOURS);
            mistakes.add(mistake.hint(why));
            None
        }
        // Told once, at the country.
        Err(CalendarError::Country(_)) => None,
    }
}
