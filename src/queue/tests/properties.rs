//! What holds for every case: no hard window is exceeded, nobody starves while there is room, the same rows decide the
//! same, and a forecast comes true.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::case::{Case, PLACES, cases};
use super::play::play;
use super::world::World;
use crate::config::checked::{Per, Scope};
use crate::lead::{Code, LeadId};
use crate::queue::forecast::{ROUNDS, forecast};
use crate::queue::{HeldLead, Lane, Rules, plan};
use crate::test_config::Draft;

/// The lanes under caps without conditions.
fn plain_lanes() -> Vec<Lane> {
    Case::plain().lanes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn days_of_leads_keep_every_rule(case in cases()) {
        let played = play(&case)?;
        // The same journal and config, the same rows: played again, every slot is where it was.
        prop_assert_eq!(played.world.slots, play(&case)?.world.slots);
    }

    /// What a forecast says is what later happens when nothing else changes and every answer comes when it is due.
    #[test]
    fn a_forecast_comes_true(case in cases()) {
        let mut case = case;
        case.trouble = false;
        let played = play(&case)?;
        let (rules, mut world, mut now) = (played.rules, played.world, played.now);
        for place in 0..8 {
            world.arrive(place % 4, HeldLead { lead: LeadId(1_000 + place as i64), rev: 1, priority: place as i64 % 2 });
        }
        let said = forecast(&rules, world.lanes(), &world.uses(&rules, now), now);
        let due = |at: Timestamp| rules.config.business.hours.add(at, rules.config.routes["default"].answer_within);
        let open = world.slots.iter().map(|slot| slot.lead);
        let mut answers: BTreeSet<_> = open.filter_map(|lead| Some((due(now)?, lead))).collect();
        let horizon = now + SignedDuration::from_hours(24 * 59);
        let mut seen = BTreeMap::new();
        let mut rounds = 0;
        loop {
            rounds += 1;
            prop_assert!(rounds < ROUNDS, "the queue is looked at for nothing");
            while let Some((_, lead)) = answers.first().copied().filter(|(at, _)| *at <= now) {
                answers.pop_first();
                world.answer(&rules, lead);
            }
            let decided = plan(&rules, &world.lanes(), &mut world.uses(&rules, now), now, usize::MAX);
            world.apply(&decided, now);
            if !decided.give.is_empty() {
                seen.extend(decided.give.iter().map(|give| (give.lead, now)));
                answers.extend(decided.give.iter().filter_map(|give| Some((due(now)?, give.lead))));
                continue;
            }
            let next = decided.next_at.into_iter().chain(answers.first().map(|(at, _)| *at)).min();
            match next.filter(|next| *next < horizon && !world.lanes().is_empty()) {
                Some(next) => now = next,
                None => break,
            }
        }
        let early: BTreeMap<_, _> = said.into_iter().filter(|(_, at)| *at < horizon).collect();
        prop_assert_eq!(early, seen);
    }

    /// Equal people get equal shares, however the leads come.
    #[test]
    fn equal_people_differ_by_one_at_most(people in 1_usize..6, sizes in proptest::collection::vec(1_usize..9, 1..8)) {
        let mut draft = Draft::new("Europe/Berlin", "24/7").service("roof").team("a", &["roof"], "");
        for place in 0..people {
            draft = draft.person(&format!("p{place}"), "a", "", 2);
        }
        let rules = Rules::new(draft.done(), &BTreeMap::new(), BTreeSet::new());
        let (mut world, mut next) = (World::of(plain_lanes()), 0);
        let begin: Timestamp = PLACES[0].1.parse().unwrap();
        for (round, size) in sizes.into_iter().enumerate() {
            let now = begin + SignedDuration::from_mins(round as i64 * 7);
            for _ in 0..size {
                next += 1;
                world.arrive(2, HeldLead { lead: LeadId(next), rev: 1, priority: 0 });
            }
            let decided = plan(&rules, &world.lanes(), &mut world.uses(&rules, now), now, usize::MAX);
            prop_assert_eq!(decided.give.len(), size);
            world.apply(&decided, now);
            let uses = world.uses(&rules, now);
            let loads: Vec<u32> = (0..people).map(|place| uses[&format!("person.p{place}.new")].count).collect();
            prop_assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= 1, "{loads:?}");
        }
    }
}

#[test]
fn what_nobody_can_take_falls_to_the_fallback() {
    let mut draft =
        Draft::new("Europe/Berlin", "24/7").service("roof").team("a", &["roof"], "").person("p0", "a", "", 1);
    draft = draft.person("boss", "board", "", 1).cap("boss.day", Scope::Person("boss".into()), Some(1), Per::Days(1));
    draft.0.teams.get_mut("a").unwrap().fallback = Some("boss".into());
    let config = draft.done();
    let there = Rules::new(Arc::clone(&config), &BTreeMap::new(), BTreeSet::new());
    let gone = Rules::new(config, &BTreeMap::new(), BTreeSet::from(["p0".to_owned()]));
    let mut world = World::of(plain_lanes());
    (1..=2).for_each(|lead| world.arrive(2, HeldLead { lead: LeadId(lead), rev: 1, priority: 0 }));
    world.arrive(3, HeldLead { lead: LeadId(3), rev: 1, priority: 0 });
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let owners = |rules: &Rules| {
        let decided = plan(rules, &world.lanes(), &mut world.uses(rules, now), now, usize::MAX);
        (decided.give.iter().map(|give| give.person.clone()).collect::<Vec<_>>(), decided.blocked)
    };
    // A lead no team serves is never in limbo; the others wait for their own people.
    assert_eq!(owners(&there).0, ["p0", "p0", "boss"]);
    let (who, blocked) = owners(&gone);
    assert_eq!(who, ["boss"], "whose caps still apply");
    assert_eq!(
        blocked.values().flatten().collect::<Vec<_>>(),
        [&Code::Cap("boss.day".into()), &Code::Cap("boss.day".into())]
    );
}

#[test]
fn a_shift_that_ends_ends_the_reservation() {
    let draft = Draft::new("Europe/Berlin", "24/7").service("roof").team("a", &["roof"], "");
    let rules = Rules::new(draft.person("p0", "a", "Mo-Fr 08:00-12:00", 1).done(), &BTreeMap::new(), BTreeSet::new());
    let mut world = World::of(plain_lanes());
    world.arrive(2, HeldLead { lead: LeadId(1), rev: 1, priority: 0 });
    let now: Timestamp = "2026-11-23T10:30:00Z".parse().unwrap();
    let decided = world.step(&rules, now, 1).unwrap();
    assert_eq!(decided.give[0].valid_until, Some("2026-11-23T11:00:00Z".parse().unwrap()));
}
