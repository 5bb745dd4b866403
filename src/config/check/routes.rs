//! `[route.ID]`: where a handoff goes, and what is promised.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::Known;
use crate::config::checked::{OnUnknown, Plan, Remedy, Route, Step};
use crate::config::field::Field;
use crate::config::mistake::{Mistake, Mistakes};
use crate::config::raw::{self, Named};
use crate::config::units;

/// The route of teams that name none.
pub const DEFAULT: &str = "default";
const ANSWER: SignedDuration = SignedDuration::from_hours(1);
/// Most tries that may be asked for.
const TRIES_MAX: i64 = 50;
const STEP: &str =
    "\"remind owner\", \"team lead\", \"reassign\" or \"ops\", each with \"after 30m\" where it comes later";
const UNKNOWN: [(&str, OnUnknown); 2] = [("hold", OnUnknown::Hold), ("resend", OnUnknown::Resend)];

/// Checks every route; `default` is made up where there is just one destination to send to.
pub fn check(named: &[Named], known: &Known, mistakes: &mut Mistakes) -> BTreeMap<String, Route> {
    let route = |named: &Named| (named.id.clone(), route(named, known, mistakes));
    let mut routes: BTreeMap<String, Route> = named.iter().map(route).collect();
    let destinations: Vec<&str> = known.destinations.iter().collect();
    match destinations.as_slice() {
        _ if routes.contains_key(DEFAULT) => {}
        [] => {}
        [only] => {
            let to = vec![(*only).to_owned()];
            let made_up = Route {
                id: DEFAULT.into(),
                to,
                on_unknown: OnUnknown::Hold,
                acknowledge_within: None,
                answer_within: ANSWER,
                then: Vec::new(),
                plan: Plan::default(),
            };
            routes.insert(DEFAULT.into(), made_up);
        }
        several => {
            let mistake = Mistake::of("route.default", "is missing: there are several destinations, and no order");
            let list: Vec<String> = several.iter().map(|id| format!("\"{id}\"")).collect();
            mistakes.add(
                mistake
                    .absence()
                    .hint(format!("add [route.default] with to = [{}], the first one first", list.join(", "))),
            );
        }
    }
    routes
}

fn route(named: &Named, known: &Known, mistakes: &mut Mistakes) -> Route {
    let raw = raw::Route::read(&named.field, mistakes);
    let to = to(raw.to.as_ref(), named, known, mistakes);
    let mut time = |field: &Option<Field>| {
        let field = field.as_ref()?;
        field.parse(units::WORKING_TIME, units::working_time, mistakes)
    };
    let (acknowledge, answer) = (time(&raw.acknowledge_within), time(&raw.answer_within));
    if let (Some(acknowledge), Some(answer), Some(field)) = (acknowledge, answer, &raw.acknowledge_within)
        && acknowledge > answer
    {
        let mistake = field.mistake(format!("is longer than answer_within, {}", units::words(answer)));
        mistakes.add(mistake.hint("saying yes comes before answering"));
    }
    let mut then = raw.then.as_ref().map(|field| field.each(STEP, step, mistakes)).unwrap_or_default();
    then.sort_by_key(|step| (step.after, step.remedy));
    let plan = plan(&raw, mistakes);
    Route {
        id: named.id.clone(),
        to,
        on_unknown: raw
            .on_unknown
            .as_ref()
            .and_then(|field| field.one_of(&UNKNOWN, mistakes))
            .unwrap_or(OnUnknown::Hold),
        acknowledge_within: acknowledge,
        answer_within: answer.unwrap_or(ANSWER),
        then,
        plan,
    }
}

/// What is asked of an owner after the first try.
fn plan(raw: &raw::Route, mistakes: &mut Mistakes) -> Plan {
    let usual = Plan::default();
    let again = raw.try_again_after.as_ref();
    let mut days = |field: &Option<Field>| {
        field.as_ref().and_then(|field| field.parse(units::DURATION, units::duration, mistakes))
    };
    let (outcome_within, return_within) = (days(&raw.outcome_within), days(&raw.return_within));
    let tries = raw.tries.as_ref().and_then(|field| field.number(1, TRIES_MAX, mistakes));
    Plan {
        try_again_after: again
            .and_then(|field| field.parse(units::WORKING_TIME, units::working_time, mistakes))
            .unwrap_or(usual.try_again_after),
        tries: tries.and_then(|tries| u32::try_from(tries).ok()).unwrap_or(usual.tries),
        outcome_within,
        return_within,
        return_proof: raw.return_proof.as_ref().and_then(|field| field.flag(mistakes)).unwrap_or(usual.return_proof),
    }
}

fn to(field: Option<&Field>, named: &Named, known: &Known, mistakes: &mut Mistakes) -> Vec<String> {
    let mut all = known.destinations.iter();
    match (field, all.next(), all.next()) {
        (Some(field), _, _) => {
            let to = known.destinations.many(field, mistakes);
            if matches!(&field.node.value, crate::config::node::Value::List(list) if list.is_empty()) {
                mistakes.add(field.mistake("names no destination").hint("name at least one"));
            }
            to
        }
        (None, Some(only), None) => vec![only.to_owned()],
        (None, _, _) => {
            let mistake = Mistake::at(named.at.clone(), &format!("{}.to", named.field.path), "is missing");
            mistakes.add(mistake.absence().hint("add to = [\"…\"] with the destinations in order"));
            Vec::new()
        }
    }
}

/// Reads `remind owner` or `team lead after 30m`.
fn step(text: &str) -> Result<Step, String> {
    let (name, after) = match text.split_once(" after ") {
        Some((name, after)) => (name, units::working_time(after)?),
        None => (text, SignedDuration::ZERO),
    };
    let remedy = Remedy::ALL.into_iter().find(|remedy| remedy.name() == name.trim());
    remedy.map(|remedy| Step { remedy, after }).ok_or_else(|| "is not a step".into())
}
