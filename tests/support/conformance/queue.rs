//! Release: in order, within every cap, once.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use crate::lg::config::checked::{Per, Scope};
use crate::lg::lead::LeadId;
use crate::lg::queue::{Rules, plan};
use crate::lg::store::{KnownPerson, Planner, StoreError};
use crate::support::bench::Bench;
use crate::support::scene::{
    DAY, accepted, ask, claim_one, claimed, counts, crew, crew_draft, destination, lane, open_caps, planner, queue_up,
    record, release, rules, someone, started, tracked_due, walk,
};

async fn out(bench: &Bench) -> i64 {
    bench.int("select count(*) from lead where stage = 3").await
}

pub async fn order_is_priority_then_age(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    let first = |id: &str, priority: i64, service: &str| {
        let lane = Some(lane("web", service));
        record(id, KnownPerson { priority, service: Some(service.into()), lane, ..someone(id) })
    };
    let people = vec![
        first("a", 0, "roof"),
        first("b", 5, "solar"),
        first("c", 0, "solar"),
        first("d", 5, "roof"),
        first("e", 9, "roof"),
    ];
    walk(&store, "web", people).await;
    let plan = release(&store, &rules(&config), 4).await.unwrap();
    let given: Vec<i64> = plan.give.iter().map(|give| give.lead.0).collect();
    assert_eq!(given, [5, 2, 4, 1]);
    assert_eq!(out(bench).await, 4);
}

/// Lanes are read as far as needed only; the order must be as if they had been read whole.
pub async fn order_holds_across_lanes_read_in_parts(bench: &Bench) {
    let draft = crew_draft(None).cap("anna.day", Scope::Person("anna".into()), Some(3), Per::Days(1));
    let config = draft.cap("ben.day", Scope::Person("ben".into()), Some(4), Per::Days(1)).done();
    let store = started(bench, &config).await;
    let mut people = Vec::new();
    for n in 0..24 {
        let (source, service) = [("web", "roof"), ("web", "solar"), ("shop", "roof")][n % 3];
        let name = format!("p{n}");
        let person = KnownPerson { priority: (n * 7 % 4) as i64, lane: Some(lane(source, service)), ..someone(&name) };
        people.push(record(&name, KnownPerson { service: Some(service.into()), ..person }));
    }
    walk(&store, "web", people).await;
    let rules = rules(&config);
    let (whole, mut uses) = store.queue_state(counts(&rules, store.clock().now()), 100).await.unwrap();
    let expected = planner(&rules)(&whole, &mut uses, store.clock().now(), 100);
    let plan = release(&store, &rules, 100).await.unwrap();
    assert_eq!(plan.give, expected.give);
    assert_eq!(plan.give.len(), 7);
}

pub async fn caps_are_counted_exactly(bench: &Bench) {
    let config = crew(Some(10));
    let store = started(bench, &config).await;
    let rules = rules(&config);
    queue_up(&store, "p", 25).await;
    let plan = release(&store, &rules, 100).await.unwrap();
    assert_eq!((plan.give.len(), plan.blocked.len()), (10, 1));
    assert_eq!(bench.texts("select codes from lane").await, [r#"["C-CAP:team.crew.day"]"#]);
    assert!(release(&store, &rules, 100).await.unwrap().give.is_empty());
    // Midnight in Berlin is 23:00 UTC: a new window, ten more, counted by the local day.
    bench.clock.set("2026-11-23T22:59:59Z".parse().unwrap());
    assert!(release(&store, &rules, 100).await.unwrap().give.is_empty());
    bench.clock.set("2026-11-23T23:00:00Z".parse().unwrap());
    assert_eq!(release(&store, &rules, 100).await.unwrap().give.len(), 10);
    let slots = "select count(*) from slot s join cap c on c.id = s.cap_id where c.name = 'team.crew.day'";
    assert_eq!(bench.int(slots).await, 20);
}

pub async fn zero_closes_and_absence_does_not_limit(bench: &Bench) {
    let config = crew(Some(0));
    let store = started(bench, &config).await;
    queue_up(&store, "p", 3).await;
    assert!(release(&store, &rules(&config), 10).await.unwrap().give.is_empty());
    // A cap set by a person stands above the config.
    let raised = Rules::new(config, &BTreeMap::from([("team.crew.day".into(), 2)]), BTreeSet::new());
    assert_eq!(release(&store, &raised, 10).await.unwrap().give.len(), 2);
}

pub async fn a_reservation_names_its_windows_end(bench: &Bench) {
    let config = crew(Some(10));
    let store = started(bench, &config).await;
    queue_up(&store, "p", 1).await;
    release(&store, &rules(&config), 10).await.unwrap();
    let until: jiff::Timestamp = "2026-11-23T23:00:00Z".parse().unwrap();
    assert_eq!(bench.int("select valid_until from handoff").await, until.as_microsecond());
    bench.clock.set(until);
    assert!(store.claim(destination(&store, "desk").await, 10).await.unwrap().is_empty(), "not sent in another window");
}

/// Eight engines, one cap of ten: exactly ten leave, each once. What makes it exact on PostgreSQL is
/// READ COMMITTED: the cap row is locked first and counted in a later statement. Under REPEATABLE READ
/// or SERIALIZABLE the count would come from a snapshot older than the wait for the lock: with
/// `begin_write` changed so, this test fails ("could not serialize access", or more than ten out), and
/// without the lock it fails with eleven and more out. Both were tried by hand.
pub async fn eight_releasers_never_exceed_a_cap(bench: &Bench) {
    if bench.is_postgres() {
        // Whatever the server's own default is, the store asks for the level it needs.
        let name = bench.texts("select current_database()").await.remove(0);
        bench.sql(&format!("alter database {name} set default_transaction_isolation = 'repeatable read'")).await;
    }
    let config = crew(Some(10));
    let store = started(bench, &config).await;
    // Each engine looks at a lane of its own, so that nothing but the cap stands between them.
    let person =
        |n: usize| KnownPerson { lane: Some(lane(&format!("s{}", n % 8), "roof")), ..someone(&format!("p{n}")) };
    walk(&store, "web", (0..80).map(|n| record(&format!("{n}"), person(n))).collect()).await;
    let stores = join_all((0..8).map(|_| bench.open())).await;
    let rules = rules(&config);
    let one = |place: usize, store: crate::lg::store::Store| {
        let (rules, mine) = (rules.clone(), format!("s{place}"));
        async move {
            let mut given = Vec::new();
            for _ in 0..6 {
                let (rules_here, mine) = (rules.clone(), mine.clone());
                let planner: Planner = Box::new(move |lanes, uses, now, most| {
                    let lanes: Vec<_> = lanes.iter().filter(|lane| lane.lane.source == mine).cloned().collect();
                    plan(&rules_here, &lanes, uses, now, most)
                });
                let asked = ask(&store, &rules, 2).await;
                given.extend(store.release(asked, planner).await.unwrap().give.into_iter().map(|give| give.lead));
            }
            given
        }
    };
    let tasks = stores.into_iter().enumerate().map(|(place, store)| tokio::spawn(one(place, store)));
    let given: Vec<LeadId> = join_all(tasks).await.into_iter().flat_map(|task| task.unwrap()).collect();
    assert_eq!(given.len(), 10, "exactly the cap");
    assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), 10, "nobody twice");
    assert_eq!(bench.int("select count(*) from handoff where state = 1").await, 10);
    assert_eq!(out(bench).await, 10);
}

/// Eight engines after the same leads: whoever is late says so, nobody goes out twice.
pub async fn eight_releasers_of_the_same_leads(bench: &Bench) {
    let config = crew(Some(10));
    let store = started(bench, &config).await;
    queue_up(&store, "p", 30).await;
    let stores = join_all((0..8).map(|_| bench.open())).await;
    let rules = rules(&config);
    let one = |store: crate::lg::store::Store| {
        let rules = rules.clone();
        async move {
            match release(&store, &rules, 3).await {
                Ok(plan) => plan.give.len(),
                Err(StoreError::Conflict) => 0,
                Err(error) => panic!("{}", error.chain()),
            }
        }
    };
    let given: usize = join_all(stores.into_iter().map(one)).await.into_iter().sum();
    assert_eq!(given, 10);
    assert_eq!(bench.int("select count(distinct lead_id) from handoff").await, 10);
}

pub async fn a_stale_reservation_goes_back_in_front(bench: &Bench) {
    let config = crew(Some(1));
    let store = started(bench, &config).await;
    let rules = rules(&config);
    queue_up(&store, "old", 1).await;
    release(&store, &rules, 10).await.unwrap();
    queue_up(&store, "new", 3).await;
    assert_eq!(store.take_back_stale().await.unwrap(), 0);
    bench.clock.advance(DAY);
    assert_eq!(store.take_back_stale().await.unwrap(), 1);
    assert_eq!(bench.int("select count(*) from slot").await, 0, "its slots are free");
    assert_eq!(bench.int("select count(*) from lead where stage = 2").await, 4);
    let plan = release(&store, &rules, 10).await.unwrap();
    assert_eq!(plan.give.iter().map(|give| give.lead.0).collect::<Vec<_>>(), [1], "oldest first");
}

pub async fn a_tried_reservation_that_goes_stale_leaves_nothing_behind(bench: &Bench) {
    let config = crew(Some(1));
    let store = started(bench, &config).await;
    let rules = rules(&config);
    queue_up(&store, "p", 1).await;
    let claim = claimed(&store, &rules).await;
    store.enter_phase(&claim, crate::lg::lead::Phase::Connect, Some(b"Dear Anna".to_vec())).await.unwrap();
    let wait = crate::lg::store::Settle::Retry {
        at: store.clock().now(),
        code: crate::lg::lead::Code::Throttled,
        costs_attempt: false,
    };
    assert!(store.settle(&claim, wait, "slow down".into()).await.unwrap());
    bench.clock.advance(DAY);
    assert_eq!(store.take_back_stale().await.unwrap(), 1);
    let orphans = "select (select count(*) from payload where handoff_id not in (select id from handoff)) + \
                   (select count(*) from said where handoff_id not in (select id from handoff))";
    assert_eq!(bench.int(orphans).await, 0, "no personal data without its handoff");
    assert_eq!(release(&store, &rules, 10).await.unwrap().give.len(), 1);
    let again = claim_one(&store).await;
    assert_ne!(again.token, claim.token);
}

/// A thousand reservations for a destination that was down all night, and one whose lead is gone.
pub async fn stale_reservations_are_taken_back_however_many(bench: &Bench) {
    let config = crew(Some(2_000));
    let store = started(bench, &config).await;
    queue_up(&store, "p", 1_200).await;
    assert_eq!(release(&store, &rules(&config), 2_000).await.unwrap().give.len(), 1_200);
    bench.sql("update lead set stage = 4, end_code = 'O-LOST', closed_at = 1 where id = 7").await;
    bench.clock.advance(DAY);
    assert_eq!(store.take_back_stale().await.unwrap(), 1_200);
    assert_eq!(bench.int("select count(*) from lead where stage = 2").await, 1_199);
    assert_eq!(bench.int("select stage from lead where id = 7").await, 4);
}

pub async fn held_leads_expire_at_their_true_time(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    let at = store.clock().now() + DAY;
    let soon = KnownPerson { expires_at: Some(at), ..someone("eva") };
    walk(&store, "web", vec![record("1", soon), record("2", someone("otto"))]).await;
    assert_eq!(store.expire_held(10).await.unwrap(), 0);
    bench.clock.advance(DAY * 3);
    // Found late, and whoever comes first: an expired lead is never released.
    let plan = release(&store, &rules(&config), 10).await.unwrap();
    assert_eq!(plan.give.iter().map(|give| give.lead.0).collect::<Vec<_>>(), [2]);
    assert_eq!(store.expire_held(10).await.unwrap(), 1);
    assert_eq!(bench.int("select closed_at from lead where id = 1").await, at.as_microsecond());
    assert_eq!(bench.texts("select end_code from lead where id = 1").await, ["H-EXPIRED"]);
}

pub async fn the_load_is_counted_from_slots(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    let rules = rules(&config);
    queue_up(&store, "p", 7).await;
    release(&store, &rules, 10).await.unwrap();
    let by_person = "select count(*) from handoff group by person order by person";
    assert_eq!(bench.ints(by_person).await, [4, 3]);
    let (_, uses) = store.queue_state(counts(&rules, store.clock().now()), 1).await.unwrap();
    assert_eq!(uses["person.anna.open"].count, 4);
    // An answer frees the open backlog only.
    let desk = destination(&store, "desk").await;
    let claim = store.claim(desk, 1).await.unwrap().remove(0);
    store.settle(&claim, accepted(), String::new()).await.unwrap();
    bench.sql("update handoff set poll_at = 0 where state = 3").await;
    let tracked = tracked_due(&store).await.remove(0);
    let first = Some((store.clock().now(), crate::lg::lead::Quality::Exact));
    store.polled(&tracked, first, None, open_caps()).await.unwrap();
    let (_, after) = store.queue_state(counts(&rules, store.clock().now()), 1).await.unwrap();
    let person = claim.person;
    let (open, new) = (format!("person.{person}.open"), format!("person.{person}.new"));
    assert_eq!(after[&open].count + 1, uses[&open].count);
    assert_eq!(after[&new].count, uses[&new].count);
}

pub async fn a_failed_release_keeps_nothing(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    let rules = rules(&config);
    queue_up(&store, "p", 3).await;
    let mut asked = ask(&store, &rules, 10).await;
    asked.stops.clear();
    assert!(store.release(asked, planner(&rules)).await.is_err());
    assert_eq!(bench.int("select count(*) from handoff").await, 0);
    assert_eq!(bench.int("select count(*) from slot").await, 0);
    assert_eq!(out(bench).await, 0);
}
