//! No statement of the hot paths may walk a table that grows. Every statement the store sends to SQLite
//! while it works is caught on its way (sqlx logs them) and explained, on a database without statistics
//! and again after `ANALYZE`, because the planner chooses differently.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)] // tests, in functions of their own

mod support;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use leadgate as lg;
use leadgate::desk::view::List;
use leadgate::lead::{Code, LeadId, Phase, Quality, Stage};
use leadgate::store::{Arrival, Clocks, Filter, KnownPerson, Settle, Store};
use sqlx::{AssertSqlSafe, Executor, Row};
use support::bench::{Bench, Raw};
use support::scene::{
    DAY, HOUR, accepted, aside, counts, crew, destination, open_caps, queue_up, record, release, rules, someone,
    started, tracked_due, walk,
};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Tables that stay small however many leads there are, the result of a bounded subquery, the values that a statement
/// brings along (`v`), and partial indexes that hold only what is being worked on.
const SMALL: &[&str] = &["proc", "cap", "lane", "la", "config", "endpoint", "e", "due", "override", "CONSTANT", "v"];
const SMALL_INDEXES: &[&str] =
    &["handoff_due", "handoff_urgent", "handoff_unknown", "handoff_poll", "handoff_lease", "handoff_valid"];

/// Catches the text of every statement.
#[derive(Clone, Default)]
struct Catch(Arc<Mutex<BTreeSet<String>>>);

#[derive(Default)]
struct Words {
    summary: String,
    statement: String,
}

impl tracing::field::Visit for Words {
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.trim().clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Catch {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut words = Words::default();
            event.record(&mut words);
            let text = if words.statement.is_empty() { words.summary } else { words.statement };
            self.0.lock().unwrap().insert(text);
        }
    }
}

/// Everything the engine and the screens do all day.
async fn a_days_work(bench: &Bench, store: &Store) {
    let config = crew(None);
    let rules = rules(&config);
    let desk = destination(store, "desk").await;
    let mut page: Vec<Arrival> = (0..30).map(|n| record(&format!("r{n}"), someone(&format!("r{n}")))).collect();
    page.push(aside("bad", "bad", Err(Code::Format)));
    page.push(record("no", KnownPerson { stage: Stage::Disqualified, lane: None, ..someone("no") }));
    page.push(record("ask", KnownPerson { stage: Stage::Pending, lane: None, ..someone("ask") }));
    page.push(record("gone", KnownPerson { expires_at: Some(store.clock().now() + HOUR), ..someone("gone") }));
    walk(store, "web", page.clone()).await;
    page[0].digest = [9; 8];
    page.push(record("yes", someone("ask")));
    walk(store, "shop", page).await;
    release(store, &rules, 5).await.unwrap();
    store.queue_state(counts(&rules, store.clock().now()), 20).await.unwrap();
    bench.clock.advance(HOUR);
    store.expire_held(10).await.unwrap();
    for (place, claim) in store.claim(desk, 5).await.unwrap().into_iter().enumerate() {
        store.enter_phase(&claim, Phase::Body, Some(b"x".to_vec())).await.unwrap();
        store.handoff_facts(claim.lead).await.unwrap();
        let (at, code) = (store.clock().now(), Code::Retrying);
        let clocks = Clocks { poll_at: Some(at), ..Clocks::default() };
        let settle = match place {
            0 => Settle::Accepted { reference: None, code: Code::Sent, clocks, copies: Vec::new() },
            1 => Settle::Retry { at, code, costs_attempt: true },
            2 => Settle::Unknown { at },
            3 => Settle::NextHop { destination: destination(store, "spare").await, code, deadline: DAY },
            _ => continue,
        };
        store.settle(&claim, settle, "words".into()).await.unwrap();
    }
    let unknown = store.unknown_due(Some(desk), 10).await.unwrap().remove(0);
    store.settle_unknown(&unknown, accepted(), 1).await.unwrap();
    let tracked = tracked_due(store).await.remove(0);
    let first = Some((store.clock().now(), Quality::Exact));
    store.polled(&tracked, first, None, open_caps()).await.unwrap();
    store.next_due().await.unwrap();
    store.renew_leases().await.unwrap();
    bench.clock.advance(HOUR);
    store.rescue().await.unwrap();
    bench.sql("update handoff set valid_until = 1 where state = 1").await;
    store.take_back_stale().await.unwrap();
    for list in List::ALL {
        for after in [None, Some((0, 20))] {
            let filter = Filter { list, after, limit: 5, ..Filter::default() };
            store.list(filter.clone()).await.unwrap();
            store.list(Filter { text: "r1".into(), person: Some("anna".into()), ..filter }).await.unwrap();
        }
    }
    store.lead(LeadId(1)).await.unwrap();
    store.record(1).await.unwrap();
    store.version().await.unwrap();
    store.overrides().await.unwrap();
}

/// The lines of a plan that walk something large, or sort a page of a list that an index should give.
async fn slow_lines(bench: &Bench, sql: &str) -> Vec<String> {
    let Raw::Sqlite(mut link) = bench.raw().await else { unreachable!() };
    let rows = link.fetch_all(AssertSqlSafe(format!("explain query plan {sql}"))).await.unwrap();
    let sorted_page = sql.contains(" order by l.") || sql.contains("order by i.id");
    let slow = |line: &String| {
        let walks = line.strip_prefix("SCAN ").is_some_and(|rest| {
            let table = rest.split(' ').next().unwrap_or_default();
            let index = rest.split_once("INDEX ").map_or("", |(_, index)| index);
            !rest.ends_with("-ROW VALUES CLAUSE") && !SMALL.contains(&table) && !SMALL_INDEXES.contains(&index)
        });
        walks || sorted_page && line.contains("TEMP B-TREE")
    };
    rows.iter().map(|row| row.get::<String, _>("detail")).filter(slow).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_statement_of_a_days_work_seeks() {
    let caught = Catch::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(caught.clone())).unwrap();
    let bench = Bench::sqlite();
    let store = started(&bench, &crew(None)).await;
    caught.0.lock().unwrap().clear();
    a_days_work(&bench, &store).await;
    let statements: Vec<String> = std::mem::take(&mut *caught.0.lock().unwrap())
        .into_iter()
        .filter(|text| ["select", "update", "delete", "insert", "with"].iter().any(|verb| text.starts_with(verb)))
        .collect();
    assert!(statements.len() > 60, "only {} statements were caught", statements.len());
    for known in ["from contact_key k", "indexed by lead_lane", "with due as", "min(poll_at)", "i.lead_id is null"] {
        assert!(statements.iter().any(|text| text.contains(known)), "{known} was not caught");
    }
    for analysed in [false, true] {
        if analysed {
            queue_up(&store, "many", 3_000).await;
            release(&store, &rules(&crew(None)), 400).await.unwrap();
            let columns = "id, handoff_id, lead_id, kind, at, seen_at, quality, origin";
            let acks =
                format!("insert into mark ({columns}) select 1000 + id, id, lead_id, 'ack', 1, 1, 1, 'x' from handoff");
            bench.sql(&acks).await;
            bench.sql("analyze").await;
        }
        let mut slow = Vec::new();
        for sql in &statements {
            let lines = slow_lines(&bench, sql).await;
            if !lines.is_empty() {
                slow.push(format!("{lines:?}\n  {sql}"));
            }
        }
        assert!(slow.is_empty(), "analysed: {analysed}\n{}", slow.join("\n"));
    }
    bench.finish().await;
}
