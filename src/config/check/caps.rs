//! `[cap.ID]`: 0 closes, absent is unlimited.

use super::Known;
use super::refs::{Ids, required};
use crate::config::checked::{Cap, Per, Scope};
use crate::config::field::Field;
use crate::config::mistake::{Mistakes, all_of};
use crate::config::raw::{self, Named};
use crate::config::units;

const MOST: i64 = 1_000_000;

impl Cap {
    /// A cap that only counts.
    pub(super) fn of(id: String, scope: Scope, max: u32, per: Per) -> Self {
        Self { id, scope, max: Some(max), per, smooth: false, hold_for: None, hold_at_most: None }
    }
}

/// Checks every cap.
pub fn check(named: &[Named], known: &Known, mistakes: &mut Mistakes) -> Vec<Cap> {
    named.iter().filter_map(|named| cap(named, known, mistakes)).collect()
}

fn cap(named: &Named, known: &Known, mistakes: &mut Mistakes) -> Option<Cap> {
    let raw = raw::Cap::read(&named.field, mistakes);
    let scope = scope(&raw, known, mistakes);
    let max = raw.max.as_ref().and_then(|field| number(field, mistakes));
    let smooth = raw.smooth.as_ref().and_then(|field| field.flag(mistakes)).unwrap_or(false);
    let full = raw.on_full.as_ref().map(|field| raw::OnFull::read(field, mistakes)).unwrap_or_default();
    let hold_for = full.hold.as_ref().and_then(|field| field.parse(units::DURATION, units::duration, mistakes));
    let hold_at_most = full.at_most.as_ref().and_then(|field| number(field, mistakes));
    let per = required(raw.per.as_ref(), &named.at, &named.field.path, "per", "\"day\"", mistakes)
        .and_then(|field| field.parse(units::PERIOD, units::per, mistakes));
    if let (Some(field), true, Some(Per::Total | Per::Open)) = (&raw.smooth, smooth, per) {
        let mistake = field.mistake("cannot be: this cap has no windows to spread over");
        mistakes.add(mistake.hint("remove smooth, or write per = \"day\""));
    }
    Some(Cap { id: named.id.clone(), scope: scope?, max, per: per?, smooth, hold_for, hold_at_most })
}

fn number(field: &Field, mistakes: &mut Mistakes) -> Option<u32> {
    field.number(0, MOST, mistakes).and_then(|number| u32::try_from(number).ok())
}

/// The one thing a cap names, or everything.
fn scope(raw: &raw::Cap, known: &Known, mistakes: &mut Mistakes) -> Option<Scope> {
    type Of = fn(String) -> Scope;
    let scopes: [(&str, &Option<Field>, &Ids, Of); 5] = [
        ("team", &raw.team, &known.teams, Scope::Team),
        ("person", &raw.person, &known.people, Scope::Person),
        ("source", &raw.source, &known.sources, Scope::Source),
        ("service", &raw.service, &known.services, Scope::Service),
        ("destination", &raw.destination, &known.destinations, Scope::Destination),
    ];
    let mut found = Vec::new();
    let mut named = Vec::new();
    for (name, field, ids, of) in scopes {
        if let Some(field) = field {
            named.push((name, field));
            found.extend(ids.one(field, mistakes).map(of));
        }
    }
    match named.as_slice() {
        [] => return Some(Scope::Everything),
        [_] => {}
        [_, (_, second), ..] => {
            let keys: Vec<&str> = named.iter().map(|(key, _)| *key).collect();
            let mistake = second.mistake(format!("is one name too many: this cap limits {}", all_of(&keys)));
            mistakes.add(mistake.hint("write one cap for each: all that apply are kept"));
            return None;
        }
    }
    found.pop()
}
