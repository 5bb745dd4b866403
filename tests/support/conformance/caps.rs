//! Caps as objects: counted anew, lowered while at work, credited, told when full, and bounded in what they hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::lg::config::Config;
use crate::lg::config::checked::{Per, Scope, Unit};
use crate::lg::engine::rules as engine_rules;
use crate::lg::lead::{Code, Money};
use crate::lg::queue::{Lane, Rules, plan};
use crate::lg::store::{Asking, HeldRow, HoldLimit, KnownPerson, Placed, Planner, ReleaseAsk, Store};
use crate::support::bench::Bench;
use crate::support::scene::{
    DAY, HOUR, accepted, ask, claim_one, crew, crew_draft, lane, queue_up, record, rules, someone, started, walk,
};

/// A release as the engine asks for it: caps counted anew where they have changed.
async fn asked(store: &Store, rules: &Rules) -> ReleaseAsk {
    let counting = rules.clone();
    let of = move |of: &crate::lg::store::HandedOff| {
        let lane = Lane { service: of.service.clone(), source: of.source.clone(), ..Lane::default() };
        engine_rules::caps_of(&counting, &lane, &of.team, &of.person)
    };
    ReleaseAsk {
        caps: engine_rules::cap_rules(rules, store.clock().now()),
        again: Some(Arc::new(of)),
        counts: engine_rules::counts(rules, store.clock().now()),
        hooks: BTreeMap::from([("team.crew.day".to_owned(), "http://127.0.0.1:1/full".to_owned())]),
        ..ask(store, rules, 100).await
    }
}

fn planner(rules: &Rules) -> Planner {
    let rules = rules.clone();
    Box::new(move |lanes, uses, now, most| plan(&rules, lanes, uses, now, most))
}

async fn released(store: &Store, config: &Arc<Config>) -> usize {
    let rules = rules(config);
    store.release(asked(store, &rules).await, planner(&rules)).await.unwrap().give.len()
}

/// A cap that is new in the config counts what was handed off in its window before.
pub async fn a_new_cap_counts_what_is_out_already(bench: &Bench) {
    let before = crew(None);
    let store = started(bench, &before).await;
    queue_up(&store, "p", 9).await;
    assert_eq!(
        store.release(ask(&store, &rules(&before), 4).await, planner(&rules(&before))).await.unwrap().give.len(),
        4
    );
    let draft = crew_draft(None).cap("roofs", Scope::Service("roof".into()), Some(6), Per::Days(1));
    let after = draft.cap("shop", Scope::Source("shop".into()), Some(1), Per::Days(1)).done();
    assert_eq!(released(&store, &after).await, 2, "four of the six are out");
    let of = |cap: &str| format!("select count(*) from slot s join cap c on c.id = s.cap_id where c.name = '{cap}'");
    assert_eq!(bench.int(&of("roofs")).await, 6);
    assert_eq!(bench.int(&of("shop")).await, 0, "of another source");
    assert_eq!(bench.int("select count(*) from journal where kind = 'caps-counted'").await, 1);
    // Another maximum is no other cap: nothing is counted anew.
    let raised = crew_draft(None).cap("roofs", Scope::Service("roof".into()), Some(7), Per::Days(1));
    let raised = raised.cap("shop", Scope::Source("shop".into()), Some(1), Per::Days(1)).done();
    assert_eq!(released(&store, &raised).await, 1);
    assert_eq!(bench.int("select count(*) from journal where kind = 'caps-counted'").await, 1);
}

/// What people set is read once the caps are locked: a release that began before never exceeds what was lowered.
pub async fn a_cap_lowered_while_a_release_begins_holds(bench: &Bench) {
    let config = crew(Some(10));
    let store = started(bench, &config).await;
    queue_up(&store, "p", 9).await;
    let base = asked(&store, &rules(&config)).await;
    let by = Arc::clone(&config);
    let set = "insert into override (id, kind, name, value, since, at, who, reason) \
               values (1, 'cap', 'team.crew.day', 2, 0, 0, 'anna', 'half of us are ill')";
    bench.sql(set).await;
    let asking: Asking = Box::new(move |set, _| {
        let rules = engine_rules::with_overrides(&by, set);
        (base.clone(), planner(&rules))
    });
    assert_eq!(store.release_in_force(asking).await.unwrap().give.len(), 2);
}

/// One place at a time, from the moment it was sent.
pub async fn a_rolling_cap_frees_one_at_a_time(bench: &Bench) {
    let draft = crew_draft(None).cap("roll", Scope::Everything, Some(2), Per::Hours(1));
    let config = draft.with_cap("roll", |cap| cap.rolling = true).done();
    let store = started(bench, &config).await;
    queue_up(&store, "p", 6).await;
    let rules = rules(&config);
    let one = |most| {
        let (store, rules) = (store.clone(), rules.clone());
        async move {
            let asked = ReleaseAsk { most, ..asked(&store, &rules).await };
            store.release(asked, planner(&rules)).await.unwrap()
        }
    };
    let minutes = |n| SignedDuration::from_mins(n);
    assert_eq!(one(1).await.give.len(), 1);
    bench.clock.advance(minutes(20));
    // It is sent twenty minutes after it was reserved: its hour begins now.
    let claim = claim_one(&store).await;
    store.settle(&claim, accepted(), String::new()).await.unwrap();
    bench.clock.advance(minutes(10));
    let plan = one(100).await;
    assert_eq!(plan.give.len(), 1);
    assert_eq!(plan.full["roll"].frees_at, Some(store.clock().now() + minutes(50)));
    bench.clock.advance(minutes(49));
    assert_eq!(one(100).await.give.len(), 0);
    bench.clock.advance(minutes(1));
    assert_eq!(one(100).await.give.len(), 1, "the first one's hour is over");
}

/// Cents are counted exactly; a lead of a source without a price takes nothing.
pub async fn money_is_counted_to_the_cent(bench: &Bench) {
    let mut draft = crew_draft(None).cap("spend", Scope::Everything, Some(3_703), Per::Days(1));
    draft = draft.with_cap("spend", |cap| cap.unit = Unit::Money("EUR".into()));
    draft.0.sources.get_mut("web").unwrap().price_per_lead = Some(Money::new("12.34".parse().unwrap(), "EUR"));
    let config = draft.done();
    let store = started(bench, &config).await;
    queue_up(&store, "p", 5).await;
    assert_eq!(released(&store, &config).await, 3, "37.02 of 37.03");
    let spent = "select cast(sum(s.amount) as bigint) from slot s join cap c on c.id = s.cap_id where c.name = 'spend'";
    assert_eq!(bench.int(spent).await, 3_702);
    let free = KnownPerson { lane: Some(lane("shop", "roof")), ..someone("free") };
    walk(&store, "shop", vec![record("free", free)]).await;
    assert_eq!(released(&store, &config).await, 1);
}

/// Filling and freeing are told once each, with the hook.
pub async fn a_cap_that_fills_is_told_once(bench: &Bench) {
    let config = crew(Some(2));
    let store = started(bench, &config).await;
    queue_up(&store, "p", 5).await;
    for _ in 0..3 {
        released(&store, &config).await;
    }
    let told = |kind: &str| format!("select count(*) from journal where kind = '{kind}'");
    assert_eq!(bench.int(&told("cap-full")).await, 1);
    let hooks = store.hooks_due(10).await.unwrap();
    assert_eq!(hooks.len(), 1);
    assert!(
        hooks[0].body.contains(r#""event":"cap-full""#) && hooks[0].body.contains(r#""used":2"#),
        "{}",
        hooks[0].body
    );
    store.hook_told(&hooks[0], Err("no answer".into()), Some(store.clock().now() + HOUR)).await.unwrap();
    assert!(store.hooks_due(10).await.unwrap().is_empty());
    bench.clock.advance(DAY);
    store.take_back_stale().await.unwrap();
    let raised = crew(Some(20));
    released(&store, &raised).await;
    assert_eq!(bench.int(&told("cap-free")).await, 1);
    let hooks = store.hooks_due(10).await.unwrap();
    assert_eq!((hooks.len(), hooks[0].tries), (2, 1));
    store.hook_told(&hooks[0], Err("no answer".into()), None).await.unwrap();
    store.hook_told(&hooks[1], Ok(()), None).await.unwrap();
    assert_eq!((bench.int(&told("hook-told")).await, bench.int(&told("hook-failed")).await), (1, 1));
    assert!(store.hooks_due(10).await.unwrap().is_empty());
}

/// Beyond what a cap may hold the last in order end, with their code and an entry each.
pub async fn whoever_is_too_many_overflows(bench: &Bench) {
    let config = crew(Some(2));
    let store = started(bench, &config).await;
    queue_up(&store, "p", 9).await;
    let limit = |at_most| HoldLimit { cap: "team.crew.day".into(), at_most, code: Code::Overflow };
    let over = |at_most| store.overflow(vec![limit(at_most)], Box::new(|_, _| true));
    assert_eq!(over(3).await.unwrap(), 0, "nobody waits for it yet");
    released(&store, &config).await;
    assert_eq!(store.overflow(vec![limit(3)], Box::new(|_, _| false)).await.unwrap(), 0);
    assert_eq!(over(3).await.unwrap(), 4);
    assert_eq!(over(3).await.unwrap(), 0);
    assert_eq!(bench.ints("select id from lead where end_code = 'H-OVERFLOW' order by id").await, [6, 7, 8, 9]);
    assert_eq!(bench.int("select count(*) from journal where kind = 'overflow'").await, 4);
    assert_eq!(bench.int("select count(*) from lead where stage = 2").await, 3);
}

/// Held leads change lanes after a change of the config: once, in steps, and not again.
pub async fn held_leads_change_lanes(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    queue_up(&store, "p", 5).await;
    let place: Arc<dyn Fn(&HeldRow) -> Placed + Send + Sync> = Arc::new(|held: &HeldRow| Placed {
        lane: lane(&held.source, "solar"),
        priority: 3,
        expires_at: Some(held.decided_at + DAY),
    });
    let step = |config| store.replace_held(config, 2, Arc::clone(&place));
    assert_eq!(step(1).await.unwrap(), Some(2));
    assert_eq!(step(1).await.unwrap(), Some(2));
    assert_eq!(step(1).await.unwrap(), Some(1));
    assert_eq!(step(1).await.unwrap(), None);
    assert_eq!(bench.int("select count(*) from lead where priority = 3 and expires_at is not null").await, 5);
    let in_lane = "select count(*) from lead l join lane la on la.id = l.lane where la.key like '%solar%'";
    assert_eq!(bench.int(in_lane).await, 5);
    // The next config begins anew, and moves nobody who stands right.
    let revs = bench.ints("select rev from lead order by id").await;
    while step(2).await.unwrap().is_some() {}
    assert_eq!(bench.ints("select rev from lead order by id").await, revs);
}
