//! `[person.ID]`.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Known;
use super::business::Ground;
use super::refs::required;
use super::services::named_title;
use super::teams::{WithDays, territory};
use crate::config::checked::{Absence, Cap, Per, Person, Scope};
use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::node::Value;
use crate::config::raw::{self, Named};
use crate::config::units;

pub(super) const EMAIL: &str = "an e-mail address, like \"anna@example.com\"";
const ABSENCE: &str = "days away, like \"2026-12-21..2027-01-03\", or one day";
const WEIGHT: i64 = 100;
const OPEN: i64 = 100_000;

/// Checks every person; `new_at_most` and `open_at_most` become caps.
pub fn check(
    named: &[Named],
    known: &Known,
    ground: &Ground,
    teams: &BTreeMap<String, WithDays>,
    caps: &mut Vec<Cap>,
    mistakes: &mut Mistakes,
) -> BTreeMap<String, Person> {
    let person = |named: &Named| Some((named.id.clone(), person(named, known, ground, teams, caps, mistakes)?));
    named.iter().filter_map(person).collect()
}

fn person(
    named: &Named,
    known: &Known,
    ground: &Ground,
    teams: &BTreeMap<String, WithDays>,
    caps: &mut Vec<Cap>,
    mistakes: &mut Mistakes,
) -> Option<Person> {
    let raw = raw::Person::read(&named.field, mistakes);
    let name = named_title(raw.name.as_ref(), &named.id, mistakes);
    let email = raw.email.as_ref().and_then(|field| field.parse(EMAIL, email, mistakes)).unwrap_or_default();
    let weight = raw.weight.as_ref().and_then(|field| field.number(1, WEIGHT, mistakes)).unwrap_or(1);
    let scope = || Scope::Person(named.id.clone());
    if let Some(field) = &raw.new_at_most
        && let Some((max, per)) = field.parse(units::RATE, units::rate, mistakes)
    {
        caps.push(Cap::new(format!("person.{}.new", named.id), scope(), Some(max), per));
    }
    if let Some(max) = raw.open_at_most.as_ref().and_then(|field| field.number(0, OPEN, mistakes)) {
        let max = u32::try_from(max).unwrap_or(u32::MAX);
        caps.push(Cap::new(format!("person.{}.open", named.id), scope(), Some(max), Per::Open));
    }
    let example = known.teams.iter().next().map_or_else(|| "\"…\"".to_owned(), |team| format!("\"{team}\""));
    let team = required(raw.team.as_ref(), &named.at, &named.field.path, "team", &example, mistakes)
        .and_then(|field| known.teams.one(field, mistakes));
    let with_days = team.as_ref().and_then(|team| teams.get(team));
    let hours = match &raw.hours {
        Some(field) => ground.calendar(field, with_days.map_or(&ground.days, |team| &team.days), mistakes),
        None => with_days.map(|team| team.team.hours.clone()),
    };
    let services = raw.services.as_ref().map(|field| skills(field, known, with_days, mistakes)).unwrap_or_default();
    let region = territory(raw.region.as_ref(), ground, mistakes);
    let absent = raw.absent.as_ref().map(|field| absences(field, mistakes)).unwrap_or_default();
    let weight = u32::try_from(weight).unwrap_or(1);
    Some(Person { id: named.id.clone(), name, email, team: team?, hours: hours?, weight, services, region, absent })
}

/// What somebody can: services their team answers.
fn skills(field: &Field, known: &Known, team: Option<&WithDays>, mistakes: &mut Mistakes) -> Vec<String> {
    let services = known.services.many(field, mistakes);
    let Some(team) = team.map(|with_days| &with_days.team) else { return services };
    for service in services.iter().filter(|service| !team.services.contains(service)) {
        let mistake = field.mistake(format!("names \"{service}\", which team {} does not answer", team.id));
        mistakes.add(mistake.hint(format!("name some of its services: {}", team.services.join(", "))));
    }
    services
}

fn absences(field: &Field, mistakes: &mut Mistakes) -> Vec<Absence> {
    let items = field.items(&format!("a list, each item {ABSENCE}"), mistakes);
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        let days = match &item.node.value {
            Value::Text(text) | Value::Date(text) => absence(text),
            _ => Err("is no date".to_owned()),
        };
        match days {
            Ok(days) => found.push(days),
            Err(problem) => mistakes.add(item.mistake(problem).allowed(ABSENCE)),
        }
    }
    found
}

/// `2026-12-21..2027-01-03`, or one day.
fn absence(text: &str) -> Result<Absence, String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let day =
        |text: &str| text.trim().parse::<Date>().map_err(|_| format!("is no absence: {:?} is no date", text.trim()));
    let (first, last) = (day(first)?, day(last)?);
    if last < first {
        return Err("ends before it begins".into());
    }
    Ok(Absence { first, last })
}

/// An address without a name.
pub(super) fn email(text: &str) -> Result<String, String> {
    text.parse::<lettre::Address>().map(|address| address.to_string()).map_err(|_| "is not an e-mail address".into())
}
