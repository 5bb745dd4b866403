//! Codes in plain words: opening hours, countries, regions.

use jiff::civil::Weekday;

use crate::config::checked::{Every, OwnerMail, PostalRange, RegionRule};
use crate::config::mistake::{all_of, either};

/// A region in words; `None` where it asks nothing.
pub fn place(rule: &RegionRule, home: &str) -> Option<String> {
    let mut all: Vec<String> = rule.countries.iter().map(|code| country(code)).collect();
    all.extend(rule.subdivisions.iter().map(|code| subdivision(code)));
    all.extend(rule.postal_codes.iter().map(|range| postal(range, home)));
    all.extend(rule.around.as_ref().map(|around| format!("the area {}", around.words(home))));
    (!all.is_empty()).then(|| either(&all))
}

fn postal(range: &PostalRange, home: &str) -> String {
    let country = if range.country == home { String::new() } else { format!("{} ", range.country) };
    match &range.to {
        Some(to) => format!("{country}{}–{to}", range.from),
        None if range.prefix => format!("{country}{}…", range.from),
        None => format!("{country}{}", range.from),
    }
}

/// Who gets the report by mail, and when.
pub fn mailed(mail: &OwnerMail, by: Option<&str>) -> String {
    let when = match mail.every {
        Every::Day => "every day".to_owned(),
        Every::Week(day) => format!("every {}", weekday(day)),
        Every::Month => "on the first of each month".to_owned(),
    };
    format!(
        "The report of the {} days before goes to {} by mail through {}, {when} at {}.",
        mail.over,
        all_of(&mail.to),
        by.unwrap_or("no mail server"),
        mail.at.strftime("%H:%M")
    )
}

const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// A country by its name.
pub fn country(code: &str) -> String {
    rust_iso3166::from_alpha2(code).map_or_else(|| code.to_owned(), |known| known.name.to_owned())
}

/// A state, canton or province by its name.
pub fn subdivision(code: &str) -> String {
    rust_iso3166::iso3166_2::from_code(code).map_or_else(|| code.to_owned(), |known| known.name.to_owned())
}

/// Opening hours as people say them, as far as they are plain; the rest stays as written.
pub fn hours(text: &str) -> String {
    const WORDS: [(&str, &str); 7] =
        [("Mo", "Mon"), ("Tu", "Tue"), ("We", "Wed"), ("Th", "Thu"), ("Fr", "Fri"), ("Sa", "Sat"), ("Su", "Sun")];
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(|part| match part {
        "PH off" => "not on public holidays".to_owned(),
        "24/7" => "around the clock".to_owned(),
        part => {
            let days = WORDS.iter().fold(part.to_owned(), |part, (short, word)| part.replace(short, word));
            days.replace('-', "–").replace("PH", "public holidays")
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_said_as_people_say_them() {
        assert_eq!(
            hours("Mo-Fr 08:00-12:00,13:00-17:00; PH off"),
            "Mon–Fri 08:00–12:00,13:00–17:00, not on public holidays"
        );
        assert_eq!(hours("24/7"), "around the clock");
        assert_eq!(subdivision("AT-8"), "Vorarlberg");
        assert_eq!((country("DE"), country("??")), ("Germany".into(), "??".into()));
    }
}
