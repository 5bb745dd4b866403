//! Who gets a lead, rule by rule: each test names the people and asks once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::attendance::Said;
use super::{HeldLead, Lane, LaneHeads, Plan, Rules, Uses, plan};
use crate::config::checked::{Absence, Per, RegionRule, Scope};
use crate::lead::{Code, LeadId, Region};
use crate::test_config::Draft;

/// Monday, 23 November 2026, 13:00 in Berlin.
const MONDAY: &str = "2026-11-23T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn draft() -> Draft {
    Draft::new("Europe/Berlin", "Mo-Fr 08:00-18:00")
        .service("roof")
        .service("solar")
        .team("a", &["roof", "solar"], "")
        .person("anna", "a", "", 1)
        .person("ben", "a", "", 1)
        .person("boss", "board", "", 1)
}

fn rules(draft: Draft) -> Rules {
    Rules::new(draft.done(), &BTreeMap::new(), BTreeSet::new())
}

fn lane(rules: &Rules, service: &str, postal: &str) -> Lane {
    let region = Region { country: Some("DE".into()), subdivision: None, postal_code: Some(postal.to_owned()) };
    Lane::of(&rules.config, "web", Some(service), &region)
}

/// What becomes of so many leads of a lane.
fn ask(rules: &Rules, lane: Lane, leads: i64, now: &str) -> Plan {
    let leads = (1..=leads).map(|lead| HeldLead { lead: LeadId(lead), rev: 1, priority: 0 }).collect();
    plan(rules, &[LaneHeads { id: 1, lane, leads }], &mut Uses::new(), at(now), usize::MAX)
}

fn takers(plan: &Plan) -> Vec<&str> {
    plan.give.iter().map(|give| give.person.as_str()).collect()
}

fn reasons(plan: &Plan) -> Vec<Code> {
    plan.blocked.get(&1).cloned().unwrap_or_default()
}

#[test]
fn nobody_absent_is_asked_and_the_queue_wakes_when_they_are_back() {
    let mut config = draft();
    for person in ["anna", "ben"] {
        let absent = Absence { first: "2026-11-20".parse().unwrap(), last: "2026-11-24".parse().unwrap() };
        config.0.people.get_mut(person).unwrap().absent = vec![absent];
    }
    let rules = rules(config);
    let found = ask(&rules, lane(&rules, "roof", "10405"), 1, MONDAY);
    assert_eq!((reasons(&found), found.next_at), (vec![Code::NoOwner], Some(at("2026-11-24T23:00:00Z"))));
    let back = ask(&rules, lane(&rules, "roof", "10405"), 1, "2026-11-25T08:00:00Z");
    assert_eq!(takers(&back), ["anna"]);
}

#[test]
fn a_reservation_ends_where_an_absence_begins() {
    let mut config = draft();
    let day: jiff::civil::Date = "2026-11-24".parse().unwrap();
    config.0.people.get_mut("anna").unwrap().hours = config.0.business.hours.clone();
    config.0.people.get_mut("anna").unwrap().absent = vec![Absence { first: day, last: day }];
    config.0.teams.get_mut("a").unwrap().hand_off_outside_hours = true;
    let rules = rules(config);
    let found = ask(&rules, lane(&rules, "roof", "10405"), 1, "2026-11-23T20:00:00Z");
    assert_eq!(takers(&found), ["anna"]);
    assert_eq!(found.give[0].valid_until, Some(at("2026-11-23T23:00:00Z")));
}

#[test]
fn skills_and_territories_leave_only_those_who_fit_and_the_fallback_takes_the_rest() {
    let mut config = draft();
    config.0.people.get_mut("ben").unwrap().services = vec!["roof".into()];
    let mut north = config.0.people["anna"].region.clone();
    north.countries = vec!["DE".into()];
    config.0.people.get_mut("anna").unwrap().region =
        RegionRule { subdivisions: vec!["DE-HH".into()], countries: Vec::new(), ..north };
    let rules = rules(config);
    assert_eq!(takers(&ask(&rules, lane(&rules, "roof", "10405"), 2, MONDAY)), ["ben", "ben"], "Anna is elsewhere");
    let nobody = ask(&rules, lane(&rules, "solar", "10405"), 1, MONDAY);
    assert_eq!(reasons(&nobody), [Code::NoOwner]);

    let mut config = (*rules.config).clone();
    config.teams.get_mut("a").unwrap().fallback = Some("boss".into());
    let capped = Draft(config).cap("boss.day", Scope::Person("boss".into()), Some(1), Per::Days(1));
    let rules = self::rules(capped);
    let found = ask(&rules, lane(&rules, "solar", "10405"), 2, MONDAY);
    assert_eq!((takers(&found), reasons(&found)), (vec!["boss"], vec![Code::Cap("boss.day".into())]));
    let away = rules.clone().with_said("boss", Said::Leave, None);
    assert_eq!(reasons(&ask(&away, lane(&away, "solar", "10405"), 1, MONDAY)), [Code::NoOwner]);
}

#[test]
fn a_known_customer_waits_for_their_owner_but_not_for_one_who_is_away() {
    let config = draft().cap("anna.day", Scope::Person("anna".into()), Some(1), Per::Days(1));
    let rules = rules(config);
    let known = |rules: &Rules| lane(rules, "roof", "10405").kept_by(Some("anna"));
    let found = ask(&rules, known(&rules), 2, MONDAY);
    assert_eq!((takers(&found), reasons(&found)), (vec!["anna"], vec![Code::Cap("anna.day".into())]));

    let off = rules.clone().with_said("anna", Said::Off, Some(at("2026-11-23T15:00:00Z")));
    let found = ask(&off, known(&off), 1, MONDAY);
    assert_eq!((reasons(&found), found.next_at), (vec![Code::OffHours], Some(at("2026-11-23T15:00:00Z"))));
    let away = rules.clone().with_said("anna", Said::Leave, None);
    assert_eq!(takers(&ask(&away, known(&away), 1, MONDAY)), ["ben"]);
    let gone = lane(&rules, "roof", "10405").kept_by(Some("somebody-who-left"));
    assert_eq!(takers(&ask(&rules, gone, 2, MONDAY)), ["anna", "ben"]);

    let mut config = (*rules.config).clone();
    config.people.get_mut("anna").unwrap().services = vec!["solar".into()];
    let other = self::rules(Draft(config.clone()));
    assert_eq!(takers(&ask(&other, known(&other), 1, MONDAY)), ["ben"], "she does not answer that any more");
    config.people.get_mut("anna").unwrap().services = Vec::new();
    config.teams.get_mut("a").unwrap().same_owner = false;
    let anybody = self::rules(Draft(config));
    assert_eq!(takers(&ask(&anybody, known(&anybody), 2, MONDAY)), ["anna", "ben"]);
}

#[test]
fn called_in_counts_on_a_closed_day_and_only_for_those_called() {
    let rules = rules(draft());
    let sunday = "2026-11-22T12:00:00Z";
    let closed = ask(&rules, lane(&rules, "roof", "10405"), 1, sunday);
    assert_eq!((reasons(&closed), closed.next_at), (vec![Code::OffHours], Some(at("2026-11-23T07:00:00Z"))));
    let called = rules.clone().with_said("ben", Said::On, Some(at("2026-11-22T15:00:00Z")));
    let found = ask(&called, lane(&called, "roof", "10405"), 2, sunday);
    assert_eq!(takers(&found), ["ben", "ben"]);
    assert_eq!(found.give[0].valid_until, Some(at("2026-11-22T15:00:00Z")));
}

#[test]
fn who_came_back_counts_what_they_missed_and_weights_share() {
    let mut rules = rules(draft().person("carl", "a", "", 2));
    // A lead counts as new and as open: three of them weigh six.
    rules.ahead.insert("anna".into(), 6);
    let found = ask(&rules, lane(&rules, "roof", "10405"), 9, MONDAY);
    let count = |who: &str| takers(&found).iter().filter(|taker| **taker == who).count();
    assert_eq!((count("anna"), count("ben"), count("carl")), (0, 3, 6));
}

#[test]
fn a_team_asked_instead_keeps_to_its_peoples_territories() {
    let mut config = draft()
        .team("b", &["solar"], "")
        .person("carl", "b", "", 1)
        .person("dora", "b", "", 1)
        .cap("a.day", Scope::Team("a".into()), Some(1), Per::Days(1))
        .with_cap("a.day", |cap| cap.on_full.next = Some("b".into()));
    let elsewhere = config.0.people["anna"].region.clone();
    config.0.people.get_mut("carl").unwrap().region =
        RegionRule { countries: Vec::new(), subdivisions: vec!["DE-HH".into()], ..elsewhere };
    let rules = rules(config);
    let found = ask(&rules, lane(&rules, "roof", "10405"), 3, MONDAY);
    assert_eq!(takers(&found), ["anna", "dora", "dora"], "Carl is elsewhere");
}
