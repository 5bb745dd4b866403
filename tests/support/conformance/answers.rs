//! First responses in any order, and what may only ever be added to.

use std::sync::atomic::Ordering;

use jiff::SignedDuration;

use crate::lg::lead::Quality;
use crate::lg::store::{Cost, Store, Tracked};
use crate::support::bench::Bench;
use crate::support::scene::{HOUR, accepted, claimed, crew, open_caps, queue_up, rules, started, tracked_due};

async fn tracked(bench: &Bench) -> (Store, Tracked) {
    let config = crew(None);
    let store = started(bench, &config).await;
    queue_up(&store, "p", 1).await;
    let claim = claimed(&store, &rules(&config)).await;
    assert!(store.settle(&claim, accepted(), String::new()).await.unwrap());
    bench.sql("update handoff set poll_at = 0").await;
    let tracked = tracked_due(&store).await.remove(0);
    (store, tracked)
}

pub async fn the_earliest_answer_wins_in_any_order(bench: &Bench) {
    let (store, tracked) = tracked(bench).await;
    let at = |minutes| tracked.accepted_at + SignedDuration::from_mins(minutes);
    let stamps = [(30, Quality::Exact), (10, Quality::Approximate), (20, Quality::Derived), (10, Quality::Approximate)];
    for (minutes, quality) in stamps {
        store.polled(&tracked, Some((at(minutes), quality)), None, open_caps()).await.unwrap();
    }
    assert_eq!(bench.int("select first_at from handoff").await, at(10).as_microsecond());
    assert_eq!(bench.int("select first_quality from handoff").await, Quality::Approximate as i64);
    assert_eq!(bench.int("select count(*) from mark where kind = 'first'").await, 3, "the same news is no news");
    assert_eq!(bench.int("select state from handoff").await, 4);
    let open = "select count(*) from slot s join cap c on c.id = s.cap_id where c.name like 'person.%.open'";
    assert_eq!(bench.int(open).await, 0, "answered: no open backlog");
}

pub async fn an_answer_before_acceptance_is_immediate(bench: &Bench) {
    let (store, tracked) = tracked(bench).await;
    let early = tracked.accepted_at - HOUR;
    store.polled(&tracked, Some((early, Quality::Exact)), None, open_caps()).await.unwrap();
    assert_eq!(bench.int("select first_at from handoff").await, tracked.accepted_at.as_microsecond());
}

pub async fn polling_goes_on_until_told(bench: &Bench) {
    let (store, tracked) = tracked(bench).await;
    let next = store.clock().now() + HOUR;
    store.polled(&tracked, None, Some(next), open_caps()).await.unwrap();
    assert!(tracked_due(&store).await.is_empty());
    assert_eq!(store.next_due().await.unwrap()[2], Some(next));
    bench.clock.advance(HOUR);
    assert_eq!(tracked_due(&store).await.remove(0).polls, 1);
}

pub async fn what_was_written_is_never_changed(bench: &Bench) {
    let (store, tracked) = tracked(bench).await;
    store.polled(&tracked, Some((tracked.accepted_at, Quality::Exact)), None, open_caps()).await.unwrap();
    let cost = Cost {
        source: Some("web".into()),
        campaign: None,
        day: "2026-11-23".parse().unwrap(),
        amount: 1_250,
        currency: "EUR".into(),
        until: None,
        kind: crate::lg::store::CostKind::Spend,
    };
    store.add_costs(vec![cost.clone()], "anna".into()).await.unwrap();
    assert!(
        store.add_costs(vec![Cost { source: Some("nowhere".into()), ..cost.clone() }], "anna".into()).await.is_err()
    );
    assert_eq!(store.costs(cost.day, cost.day).await.unwrap(), [("web".into(), "EUR".into(), 1_250)]);
    for (table, change) in
        [("journal", "who = 'x'"), ("mark", "quality = 3"), ("cost", "amount = 0"), ("config", "body = ''")]
    {
        assert!(bench.int(&format!("select count(*) from {table}")).await > 0, "{table} has rows");
        for sql in [format!("update {table} set {change}"), format!("delete from {table}")] {
            let error = bench.try_sql(&sql).await.unwrap_err();
            assert!(error.contains("append-only"), "{sql}: {error}");
        }
    }
    if bench.is_postgres() {
        let error = bench.try_sql("truncate journal").await.unwrap_err();
        assert!(error.contains("append-only"), "{error}");
    }
}

/// Someone with the database's own password takes the guards off and changes one column of one entry.
pub async fn a_tampered_journal_is_found(bench: &Bench) {
    let (store, _) = tracked(bench).await;
    let entries = store.verify_journal().await.unwrap().unwrap();
    assert!(entries >= 4, "{entries}");
    bench.damaged.store(true, Ordering::SeqCst);
    let (off, on) = if bench.is_postgres() {
        ("alter table journal disable trigger all".to_owned(), "select 1".to_owned())
    } else {
        ("drop trigger journal_append_only".to_owned(), "drop trigger journal_keep".to_owned())
    };
    bench.sql(&off).await;
    bench.sql(&on).await;
    let last = bench.int("select max(n) from journal").await;
    for (column, value) in [
        ("at", "at + 1"),
        ("who", "'somebody'"),
        ("kind", "'nothing'"),
        ("lead_id", "coalesce(lead_id, 0) + 1"),
        ("handoff_id", "coalesce(handoff_id, 0) + 1"),
        ("count", "count + 1"),
        ("config_id", "coalesce(config_id, 0) + 1"),
        ("body", "'{}'"),
    ] {
        let keep = "create table kept as select * from journal where n = 2";
        bench.sql(keep).await;
        bench.sql(&format!("update journal set {column} = {value} where n = 2")).await;
        let error = store.verify_journal().await.unwrap().expect_err(column);
        assert_eq!(error.n, 2, "{column}");
        bench.sql("delete from journal where n = 2").await;
        assert!(store.verify_journal().await.unwrap().is_err(), "an entry is missing");
        bench.sql("insert into journal select * from kept").await;
        bench.sql("drop table kept").await;
        store.verify_journal().await.unwrap().unwrap();
    }
    bench.sql(&format!("delete from journal where n = {last}")).await;
    assert!(store.verify_journal().await.unwrap().is_err(), "the end was cut off");
    bench.sql("update journal set proc_id = proc_id + 1000").await;
    bench.sql("update proc set n = 0").await;
    assert!(store.verify_journal().await.unwrap().is_err(), "entries of no process");
}

/// Checking while others write sees one moment, not two.
pub async fn the_journal_holds_while_it_grows(bench: &Bench) {
    let config = crew(None);
    let (one, two) = (started(bench, &config).await, bench.open().await);
    let writes = async {
        for n in 0..40 {
            queue_up(&one, &format!("r{n}-"), 1).await;
        }
    };
    let checks = async {
        for _ in 0..40 {
            two.verify_journal().await.unwrap().unwrap();
            assert_eq!(two.invariants().await.unwrap(), []);
        }
    };
    tokio::join!(writes, checks);
}

pub async fn switching_a_config_back_is_told(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    let other = crate::lg::config::Config { hash: "ffff".into(), ..(*config).clone() };
    assert_eq!(store.activate(&other).await.unwrap(), 2);
    assert_eq!(store.activate(&config).await.unwrap(), 1);
    queue_up(&store, "p", 1).await;
    let decided = "select config_id from journal where kind = 'intake'";
    assert_eq!(bench.int(decided).await, 1, "an entry names the config that was in force");
}
