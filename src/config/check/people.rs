//! `[person.ID]`.

use std::collections::BTreeMap;

use super::Known;
use super::business::Ground;
use super::refs::required;
use super::services::named_title;
use super::teams::WithDays;
use crate::config::checked::{Cap, Per, Person, Scope};
use crate::config::mistake::Mistakes;
use crate::config::raw::{self, Named};
use crate::config::units;

const EMAIL: &str = "an e-mail address, like \"anna@example.com\"";
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
    let weight = u32::try_from(weight).unwrap_or(1);
    Some(Person { id: named.id.clone(), name, email, team: team?, hours: hours?, weight })
}

/// An address without a name.
fn email(text: &str) -> Result<String, String> {
    text.parse::<lettre::Address>().map(|address| address.to_string()).map_err(|_| "is not an e-mail address".into())
}
