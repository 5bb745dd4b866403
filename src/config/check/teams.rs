//! `[team.ID]`.

use std::collections::BTreeMap;

use super::Known;
use super::business::{Ground, holidays};
use super::refs::required;
use super::region;
use super::services::named_title;
use crate::calendar::HolidayChanges;
use crate::config::checked::{Cap, Policy, RegionRule, Scope, Team};
use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::raw::{self, Named};
use crate::config::units;

/// A team and the holidays its people share.
pub struct WithDays {
    /// The team.
    pub team: Team,
    /// Its holidays.
    pub days: HolidayChanges,
}

/// Checks every team; `at_most` becomes a cap. A team whose hours cannot be read is left out.
pub fn check(
    named: &[Named],
    known: &Known,
    ground: &Ground,
    caps: &mut Vec<Cap>,
    mistakes: &mut Mistakes,
) -> BTreeMap<String, WithDays> {
    named.iter().filter_map(|named| Some((named.id.clone(), team(named, known, ground, caps, mistakes)?))).collect()
}

fn team(
    named: &Named,
    known: &Known,
    ground: &Ground,
    caps: &mut Vec<Cap>,
    mistakes: &mut Mistakes,
) -> Option<WithDays> {
    let raw = raw::Team::read(&named.field, mistakes);
    let path = &named.field.path;
    let services = required(raw.services.as_ref(), &named.at, path, "services", "[\"…\"]", mistakes).map(|field| {
        let services = known.services.many(field, mistakes);
        if matches!(&field.node.value, crate::config::node::Value::List(list) if list.is_empty()) {
            mistakes.add(field.mistake("names no service").hint("a team without services gets no leads: name one"));
        }
        services
    });
    if let Some(field) = &raw.at_most
        && let Some((max, per)) = field.parse(units::RATE, units::rate, mistakes)
    {
        let id = format!("team.{}.{}", named.id, units::per_id(per));
        caps.push(Cap::new(id, Scope::Team(named.id.clone()), Some(max), per));
    }
    let days = holidays(raw.extra_holidays.as_ref(), raw.not_holidays.as_ref(), mistakes);
    let off_hours = [("hold", false), ("hand off", true)];
    let team = Team {
        id: named.id.clone(),
        title: named_title(raw.title.as_ref(), &named.id, mistakes),
        services: services.unwrap_or_default(),
        region: territory(raw.region.as_ref(), ground, mistakes),
        fallback: raw.fallback.as_ref().and_then(|field| known.people.one(field, mistakes)),
        route: raw.route.as_ref().and_then(|field| known.routes.one(field, mistakes)).unwrap_or_default(),
        hand_off_outside_hours: raw
            .off_hours
            .as_ref()
            .and_then(|field| field.one_of(&off_hours, mistakes))
            .unwrap_or(false),
        lead: raw.lead.as_ref().and_then(|field| known.people.one(field, mistakes)),
        same_owner: raw.same_owner.as_ref().and_then(|field| field.flag(mistakes)).unwrap_or(true),
        hours: match (&raw.hours, &days) {
            (Some(hours), days) => ground.calendar(hours, days.as_ref().unwrap_or(&ground.days), mistakes)?,
            (None, None) => ground.hours.clone()?,
            (None, Some(days)) => ground.hours_with(days)?,
        },
    };
    Some(WithDays { team, days: days.unwrap_or_else(|| ground.days.clone()) })
}

/// A territory: a region without a policy, since somebody whose region is unknown may be anywhere.
pub(super) fn territory(field: Option<&Field>, ground: &Ground, mistakes: &mut Mistakes) -> RegionRule {
    let raw = field.map(|field| raw::Territory::read(field, mistakes)).unwrap_or_default();
    region::rule((&raw).into(), Policy::Pass, ground, mistakes)
}
