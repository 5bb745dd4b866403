//! Opening, processes, and what no caller may break.

use futures::future::join_all;

use crate::lg::store::{ProcKind, StoreError};
use crate::support::bench::Bench;
use crate::support::scene::{crew, page, record, someone, started, take, walk};

pub async fn opens_fresh_and_again(bench: &Bench) {
    let first = bench.try_open(ProcKind::Console).await.unwrap();
    assert!(first.fresh);
    first.store.activate(&crew(None)).await.unwrap();
    first.store.close().await.unwrap();
    let again = bench.try_open(ProcKind::Engine).await.unwrap();
    assert!(!again.fresh);
    assert_eq!(bench.int("select count(*) from proc where ended_at is null").await, 0, "no write, no process row");
    assert_eq!(again.store.activate(&crew(None)).await.unwrap(), 1, "the same config is stored once");
}

pub async fn many_open_a_fresh_database_at_once(bench: &Bench) {
    let opened = join_all((0..4).map(|_| bench.try_open(ProcKind::Engine))).await;
    let stores: Vec<_> = opened.into_iter().map(|opened| opened.unwrap().store).collect();
    let config = crew(None);
    for activated in join_all(stores.iter().map(|store| store.activate(&config))).await {
        assert_eq!(activated.unwrap(), 1);
    }
    assert_eq!(bench.int("select count(*) from config").await, 1);
    assert_eq!(bench.int("select count(*) from endpoint where kind = 'source'").await, 2);
}

pub async fn a_newer_schema_is_refused(bench: &Bench) {
    bench.open().await.close().await.unwrap();
    let (success, sum) = if bench.is_postgres() { ("true", "'\\x00'") } else { ("1", "x'00'") };
    bench
        .sql(&format!(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
             values (99, 'from the future', {success}, {sum}, 0)"
        ))
        .await;
    let error = bench.try_open(ProcKind::Engine).await.err().unwrap();
    assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }), "{error}");
    bench.sql("delete from _sqlx_migrations where version = 99").await;
}

pub async fn the_installation_key_stays(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    walk(&store, "web", vec![record("1", someone("eva"))]).await;
    store.close().await.unwrap();
    let store = bench.open().await;
    let stored = walk(&store, "web", vec![record("1", someone("eva")), record("2", someone("eva"))]).await;
    assert_eq!((stored.known, stored.touches, stored.leads), (1, 1, 0), "record and person are recognised");
}

pub async fn a_process_declared_dead_cannot_commit(bench: &Bench) {
    let config = crew(None);
    let (old, new) = (started(bench, &config).await, bench.open().await);
    let taken = take(&old, "web").await;
    bench.pass(120);
    assert_eq!(new.bury_engines(jiff::SignedDuration::from_secs(60)).await.unwrap(), 1);
    let error = old.store_page(page(&taken, vec![record("1", someone("eva"))])).await.unwrap_err();
    assert!(matches!(error, StoreError::Fenced), "{error}");
    assert_eq!(bench.int("select count(*) from lead").await, 0);
    let taken = new.take_source("web".into(), jiff::SignedDuration::from_mins(1), true).await.unwrap();
    assert!(taken.is_some(), "what the dead process held is free at once");
}

pub async fn a_heartbeat_tells_the_dead_that_they_are(bench: &Bench) {
    let config = crew(None);
    let (old, new) = (started(bench, &config).await, bench.open().await);
    bench.pass(120);
    assert_eq!(new.bury_engines(jiff::SignedDuration::from_secs(60)).await.unwrap(), 1);
    assert!(matches!(old.renew_leases().await, Err(StoreError::Fenced)));
}

pub async fn a_live_process_is_not_buried(bench: &Bench) {
    let config = crew(None);
    let (one, two) = (started(bench, &config).await, bench.open().await);
    bench.pass(120);
    one.renew_leases().await.unwrap();
    assert_eq!(two.bury_engines(jiff::SignedDuration::from_secs(60)).await.unwrap(), 0);
}

pub async fn a_dropped_call_leaves_the_store_usable(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    for round in 0..50_u64 {
        let taken = take(&store, "web").await;
        let people = (0..20).map(|n| record(&format!("{round}-{n}"), someone(&format!("p{round}-{n}")))).collect();
        let (caller, intake) = (store.clone(), page(&taken, people));
        let task = tokio::spawn(async move { caller.store_page(intake).await.map(drop) });
        for _ in 0..round % 7 {
            tokio::task::yield_now().await;
        }
        task.abort();
        let reader = store.clone();
        let other = tokio::spawn(async move { reader.stage_counts().await.map(drop) });
        tokio::task::yield_now().await;
        other.abort();
        let took = store.end_walk(&taken, store.clock().now(), None).await;
        took.expect("the store goes on after a dropped call");
    }
    // Every page is there whole or not at all.
    let leads = bench.int("select count(*) from lead").await;
    assert_eq!(leads % 20, 0, "{leads} leads");
    assert_eq!(walk(&store, "shop", vec![record("last", someone("last"))]).await.leads, 1);
}

pub async fn hostile_text_is_stored(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    let mut nul = record("a\0b", someone("nul"));
    nul.raw = "{\"x\":\"a\0b\"} \u{202e} 𝔘\u{feff}".into();
    nul.campaign = Some("c\0d'; drop table lead; --".into());
    nul.referral = Some("\0".into());
    assert_eq!(walk(&store, "web", vec![nul, record("2", someone("eva"))]).await.leads, 2);
}
