//! How sources are taken and read: their days, who left, whom to ask about again, cursors set back.

use std::collections::HashSet;

use jiff::SignedDuration;

use crate::lg::health::{Avoided, HeldFor, Usual};
use crate::lg::lead::outcome::Failure;
use crate::lg::lead::{Class, Consent, Stage};
use crate::lg::store::{
    Backfill, Departed, Endpoint, EndpointKind, KnownPerson, Level, Pressure, Relieved, Store, StoreError,
};
use crate::support::bench::{Bench, start};
use crate::support::scene::{DAY, aside, crew, crew_draft, page, record, release, rules, someone, started, take, walk};

const MIN: SignedDuration = SignedDuration::from_mins(1);

async fn web(store: &Store) -> Endpoint {
    store.endpoints(EndpointKind::Source).await.unwrap().remove("web").unwrap()
}

/// A complete walk that saw these people, all new ones stored.
async fn roster(store: &Store, names: &[&str]) -> Departed {
    let taken = take(store, "web").await;
    let people = names.iter().map(|name| record(name, someone(name))).collect();
    store.store_page(page(&taken, people)).await.unwrap();
    let told = store.keep_roster(&taken, names.iter().map(|&name| name.into()).collect()).await.unwrap();
    store.end_walk(&taken, start(), None).await.unwrap();
    told
}

fn stages() -> &'static str {
    "select stage from lead order by id"
}

pub async fn several_are_taken_at_once_and_only_the_due(bench: &Bench) {
    let draft = (0..250).fold(crew_draft(None), |draft, n| draft.source(&format!("s{n:03}")));
    let store = started(bench, &draft.done()).await;
    let names: Vec<String> = (0..250).map(|n| format!("s{n:03}")).chain(["nobody".into()]).collect();
    let busy = take(&store, "s007").await;
    let wait = Failure { wait_secs: Some(60), ..Failure::new(Class::Throttle, "slowly") };
    let throttled = take(&store, "s008").await;
    store.end_walk(&throttled, start() + MIN, Some(wait)).await.unwrap();
    let taken = store.take_sources(names.clone(), MIN * 5, true).await.unwrap();
    assert_eq!(taken.len(), 248);
    assert!(taken.iter().all(|one| one.name != busy.name && one.name != "s008"));
    assert!(taken.iter().all(|one| one.lease_until == Some(start() + MIN * 5)));
    assert!(store.take_sources(names, MIN * 5, true).await.unwrap().is_empty());
}

pub async fn a_clock_set_back_does_not_stop_the_reading(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    bench.pass(24 * 3_600);
    let taken = take(&store, "web").await;
    store.end_walk(&taken, start() + DAY + MIN, None).await.unwrap();
    bench.clock.set(start());
    assert!(store.take_source("web".into(), MIN, false).await.unwrap().is_some(), "not due by a wrong clock");
}

pub async fn a_long_walk_keeps_its_lease(bench: &Bench) {
    let (one, other) = (started(bench, &crew(None)).await, bench.open().await);
    let taken = take(&one, "web").await;
    one.renew_walk(&taken, start() + MIN * 9).await.unwrap();
    bench.pass(6 * 60);
    assert!(other.take_source("web".into(), MIN, true).await.unwrap().is_none(), "past its first lease");
    bench.pass(4 * 60);
    assert!(other.take_source("web".into(), MIN, true).await.unwrap().is_some());
    assert!(matches!(one.renew_walk(&taken, start() + DAY).await, Err(StoreError::Conflict)));
}

pub async fn quiet_reads_and_throttles_are_counted(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    for _ in 0..3 {
        bench.pass(60);
        walk(&store, "web", vec![]).await;
    }
    assert_eq!((web(&store).await.quiet, web(&store).await.last_new_at), (3, None));
    bench.pass(60);
    walk(&store, "web", vec![record("1", someone("eva"))]).await;
    let now = store.clock().now();
    let state = web(&store).await;
    assert_eq!((state.quiet, state.last_new_at, state.first_ok_at), (0, Some(now), Some(start() + MIN)));
    bench.pass(60);
    walk(&store, "web", vec![record("1", someone("eva"))]).await;
    assert_eq!(web(&store).await.quiet, 1, "known already is nothing new");
    for _ in 0..5 {
        let taken = take(&store, "web").await;
        store.end_walk(&taken, start(), Some(Failure::new(Class::Throttle, "x"))).await.unwrap();
    }
    assert_eq!(web(&store).await.strain, 3);
    walk(&store, "web", vec![]).await;
    assert_eq!(web(&store).await.strain, 2);
}

pub async fn each_day_knows_what_came(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let mut old = record("1", someone("eva"));
    old.submitted_at = start() - DAY * 2;
    let mut taken = take(&store, "web").await;
    taken.walk.late_before = Some(start() - DAY);
    let nobody = aside("3", "x", Err(crate::lg::lead::Code::Format));
    store.store_page(page(&taken, vec![old, record("2", someone("otto")), nobody])).await.unwrap();
    store.end_walk(&taken, start(), None).await.unwrap();
    // Ten at night in London is the next day in Berlin already.
    bench.pass(15 * 3_600 + 30 * 60);
    let again = vec![record("9", someone("eva")), record("10", someone("ida"))];
    walk(&store, "web", again).await;
    let days = store.source_days("2026-11-01".parse().unwrap()).await.unwrap().remove("web").unwrap();
    let told: Vec<_> =
        days.iter().map(|d| (d.day.to_string(), d.asked, d.came, d.touches, d.aside, d.late, d.late_secs)).collect();
    assert_eq!(
        told,
        [
            ("2026-11-21".into(), 1, 0, 0, 0, 0, 0),
            ("2026-11-23".into(), 2, 2, 0, 1, 1, 86_400),
            ("2026-11-24".to_owned(), 0, 1, 1, 0, 0, 0)
        ]
    );
    assert_eq!(store.prune_source_days().await.unwrap(), 0);
    bench.pass(401 * 86_400);
    assert_eq!(store.prune_source_days().await.unwrap(), 3);
}

pub async fn what_is_known_is_told(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    walk(&store, "web", vec![record("1", someone("eva"))]).await;
    let ask = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
    let (web, shop) = (web(&store).await.id, take(&store, "shop").await.id);
    assert_eq!(store.known_among(web, ask(&["1", "2"])).await.unwrap(), HashSet::from(["1".to_owned()]));
    assert!(store.known_among(shop, ask(&["1", "2"])).await.unwrap().is_empty());
    let many: Vec<String> = (0..4_000).map(|n| n.to_string()).collect();
    assert_eq!(store.known_among(web, many).await.unwrap().len(), 1);
}

pub async fn who_left_a_list_is_withdrawn_and_may_come_back(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    assert_eq!(roster(&store, &["eva", "otto", "ida"]).await, Departed::default());
    assert_eq!(roster(&store, &["eva", "ida"]).await, Departed { left: 1, doubted: 0 });
    assert_eq!(bench.ints(stages()).await, [2, 4, 2]);
    assert_eq!(bench.texts("select end_code from lead where id = 2").await, ["I-CONSENT-NONE"]);
    assert_eq!(roster(&store, &["eva", "ida"]).await, Departed::default(), "told once");
    assert_eq!(bench.int("select count(*) from journal where kind = 'withdrawn'").await, 1);
    roster(&store, &["eva", "otto", "ida"]).await;
    assert_eq!(bench.int("select count(*) from inquiry").await, 4, "whoever signs up again is heard");
    // She came while the list was changing, and left before it was read as a whole.
    walk(&store, "web", vec![record("zoe", someone("zoe"))]).await;
    assert_eq!(roster(&store, &["eva", "otto", "ida"]).await, Departed { left: 1, doubted: 0 });
    assert_eq!(roster(&store, &["eva", "otto", "ida"]).await, Departed::default(), "told once");
}

pub async fn leaving_a_list_takes_nothing_from_who_has_it_or_asked_elsewhere(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    roster(&store, &["eva", "otto"]).await;
    walk(&store, "shop", vec![record("x", someone("otto"))]).await;
    let mut plan = rules(&config);
    plan.away.insert("ben".into());
    release(&store, &plan, 1).await.unwrap();
    assert_eq!(bench.ints(stages()).await, [3, 2]);
    assert_eq!(roster(&store, &[]).await.left, 2);
    assert_eq!(bench.ints(stages()).await, [3, 2], "eva is out, otto asked in the shop as well");
    assert_eq!(bench.int("select count(*) from journal where kind = 'withdrawn-while-out'").await, 1);
}

pub async fn a_list_that_loses_most_people_at_once_is_doubted(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let names: Vec<String> = (0..20).map(|n| format!("p{n}")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    roster(&store, &all).await;
    assert_eq!(roster(&store, &all[..5]).await, Departed { left: 0, doubted: 15 });
    assert_eq!(web(&store).await.doubt_at, Some(start()));
    assert_eq!(bench.int("select count(*) from lead where stage = 4").await, 0);
    bench.pass(3_600);
    assert_eq!(roster(&store, &all).await, Departed::default(), "it was a fault");
    assert_eq!(web(&store).await.doubt_at, None);
    roster(&store, &all[..5]).await;
    bench.pass(24 * 3_600);
    assert_eq!(roster(&store, &all[..5]).await, Departed { left: 15, doubted: 0 }, "a day later it is believed");
    assert_eq!(web(&store).await.doubt_at, None);
    assert_eq!(bench.int("select count(*) from journal where kind = 'departures-doubted'").await, 2);
}

pub async fn a_walk_taken_over_lets_nobody_leave(bench: &Bench) {
    let (old, new) = (started(bench, &crew(None)).await, bench.open().await);
    roster(&old, &["eva", "otto"]).await;
    let taken = take(&old, "web").await;
    bench.pass(600);
    new.take_source("web".into(), MIN, true).await.unwrap().unwrap();
    assert!(matches!(old.keep_roster(&taken, vec!["eva".into()]).await, Err(StoreError::Conflict)));
    assert_eq!(bench.ints(stages()).await, [2, 2]);
}

fn pending(name: &str) -> crate::lg::store::Arrival {
    let person = KnownPerson { stage: Stage::Pending, lane: None, ..someone(name) };
    crate::lg::store::Arrival { consent: Consent::Pending, ..record(name, person) }
}

pub async fn pending_people_are_asked_about_until_they_are_not(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let mut taken = take(&store, "web").await;
    taken.walk.recheck = Some((DAY, vec![Consent::Pending]));
    let people = vec![pending("eva"), pending("otto"), pending("ida"), record("uwe", someone("uwe"))];
    store.store_page(page(&taken, people)).await.unwrap();
    assert!(store.rechecks_due(taken.id, 10).await.unwrap().is_empty(), "not before its time");
    bench.pass(24 * 3_600);
    assert_eq!(store.rechecks_due(taken.id, 2).await.unwrap().len(), 2, "no more than asked for");
    let due = store.rechecks_due(taken.id, 10).await.unwrap();
    let mut ids: Vec<_> = due.iter().map(|one| one.record.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["eva", "ida", "otto"]);
    // Eva has confirmed, Otto is there no more, nothing is new of Ida.
    let confirmed = crate::lg::store::Arrival { digest: [1; 8], ..record("eva", someone("eva")) };
    assert_eq!(store.store_page(page(&taken, vec![confirmed])).await.unwrap().confirmed, 1);
    let otto = due.iter().find(|one| one.record == "otto").unwrap().key;
    store.gone(&taken, vec![otto]).await.unwrap();
    let rest = due.iter().map(|one| one.key).collect();
    store.rechecked(taken.id, rest, store.clock().now() + DAY).await.unwrap();
    assert_eq!(bench.ints(stages()).await, [2, 4, 6, 2]);
    bench.pass(24 * 3_600);
    let due = store.rechecks_due(taken.id, 10).await.unwrap();
    assert_eq!(due.iter().map(|one| one.record.as_str()).collect::<Vec<_>>(), ["ida"]);
    assert_eq!(bench.int("select count(*) from recheck").await, 1, "nothing is kept of the others");
}

pub async fn who_never_confirms_is_given_up_and_may_come_back(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let mut taken = take(&store, "web").await;
    taken.walk.recheck = Some((DAY, vec![Consent::Pending]));
    let people = vec![pending("eva"), pending("otto"), pending("ida"), record("uwe", someone("uwe"))];
    store.store_page(page(&taken, people)).await.unwrap();
    bench.pass(29 * 24 * 3_600);
    assert_eq!(store.expire_pending(taken.id, DAY * 30, 10).await.unwrap(), 0);
    assert_eq!(store.pending().await.unwrap().get("web"), Some(&3));
    bench.pass(3 * 24 * 3_600);
    assert_eq!(store.expire_pending(taken.id + 1, DAY * 30, 10).await.unwrap(), 0, "another source's are left alone");
    assert_eq!(store.expire_pending(taken.id, DAY * 30, 2).await.unwrap(), 2, "no more than asked for");
    assert_eq!(store.expire_pending(taken.id, DAY * 30, 2).await.unwrap(), 1);
    assert_eq!(bench.ints(stages()).await, [4, 4, 4, 2]);
    assert_eq!(bench.texts("select distinct end_code from lead where stage = 4").await, ["I-DOI-EXPIRED"]);
    let late = format!("select count(*) from lead where closed_at = {}", (start() + DAY * 30).as_microsecond());
    assert_eq!(bench.int(&late).await, 3, "at their own time");
    assert_eq!(bench.int("select count(*) from recheck").await, 0, "nobody is asked about any more");
    let days = store.source_days("2026-11-01".parse().unwrap()).await.unwrap().remove("web").unwrap();
    assert_eq!(days.iter().map(|day| day.lapsed).sum::<u64>(), 3);
    assert_eq!(bench.int("select count(*) from journal where kind = 'expired'").await, 3);
    // Told the same again nothing changes; who confirms after all is somebody new.
    let again = |name: &str, digest| crate::lg::store::Arrival { digest, ..pending(name) };
    let confirmed = crate::lg::store::Arrival { digest: [1; 8], ..record("eva", someone("eva")) };
    let signed_up = crate::lg::store::Arrival { submitted_at: start() + DAY * 31, ..again("ida", [3; 8]) };
    store.store_page(page(&taken, vec![confirmed, again("otto", [2; 8]), signed_up])).await.unwrap();
    assert_eq!(bench.ints(stages()).await, [4, 4, 4, 2, 2, 6]);
}

pub async fn a_cursor_set_back_in_a_walk_is_told_and_kept(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let mut taken = take(&store, "web").await;
    let backfill = Backfill {
        since: start() - DAY,
        at: start(),
        who: "leadgate".into(),
        why: "a gap".into(),
        before: "{}".into(),
        pages: 0,
        records: 0,
        fresh: 0,
        done_at: None,
    };
    store.backfill_walk(&taken, r#"{"since":"x"}"#.into(), backfill.clone()).await.unwrap();
    assert_eq!(web(&store).await.backfill, Some(backfill.clone()));
    taken.backfill = Some(Backfill { pages: 3, records: 7, ..backfill.clone() });
    store.store_page(page(&taken, vec![record("1", someone("eva"))])).await.unwrap();
    assert_eq!(web(&store).await.backfill.unwrap().pages, 3);
    taken.backfill = Some(Backfill { done_at: Some(start()), ..backfill });
    taken.walk.backfilled = true;
    store.end_walk(&taken, start(), None).await.unwrap();
    assert!(!web(&store).await.backfill.unwrap().is_open());
    assert_eq!(
        bench.texts("select kind from journal where kind like '%gap' or kind = 'backfilled' order by n").await,
        ["source-gap", "backfilled"]
    );
    walk(&store, "web", vec![]).await;
    assert_eq!(bench.int("select count(*) from journal where kind = 'backfilled'").await, 1, "told once");
}

pub async fn pressure_is_kept_by_who_saw_it_last(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let pressure = |fill| Pressure {
        level: Level::Slow,
        fill,
        since: start(),
        level_at: start(),
        looked_at: None,
        until: None,
        told_at: None,
        refused: None,
        usual: Usual { days: 28, leads: 280, spend: Some(140_000) },
        held: HeldFor::default(),
    };
    let before = web(&store).await;
    let told = || vec![("source-slowed", serde_json::json!({ "source": "web" }))];
    store.set_pressure(&before, Some(pressure(140)), None, told()).await.unwrap();
    assert!(matches!(store.set_pressure(&before, Some(pressure(150)), None, told()).await, Err(StoreError::Conflict)));
    let taken = take(&store, "web").await;
    store.end_walk(&taken, start() + DAY, None).await.unwrap();
    let slowed = web(&store).await;
    assert_eq!((slowed.pressure.as_ref().map(|one| one.fill), slowed.due_at), (Some(140), start() + DAY));
    let usual = pressure(140).usual;
    let (avoided, told) = (Avoided { reads: 216, leads: 10, spend: Some(5_000) }, 86_400);
    let relieved = Relieved { since: start(), until: start() + DAY, avoided, told, usual };
    store.set_pressure(&slowed, None, Some(relieved.clone()), Vec::new()).await.unwrap();
    assert_eq!(web(&store).await.relieved, Some(relieved.clone()));
    store.set_pressure(&web(&store).await, Some(pressure(120)), None, Vec::new()).await.unwrap();
    assert_eq!(web(&store).await.relieved, Some(relieved), "the last one is known while the next goes on");
    store.set_pressure(&web(&store).await, None, None, Vec::new()).await.unwrap();
    assert_eq!((web(&store).await.pressure, web(&store).await.due_at), (None, start()), "let go, it is due");
    assert_eq!(bench.int("select count(*) from journal where kind = 'source-slowed'").await, 1);
}
