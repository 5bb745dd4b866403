//! A draft beside the rules in force: it decides every new lead, is acted upon by nobody, is scored by what
//! became of the leads, and can never hurt the live path.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use leadgate as lg;
#[path = "support/mod.rs"]
mod support;

use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use leadgate::config::{Config, load_text};
use leadgate::engine::Decider;
use leadgate::lead::{Code, Record, VerdictKind};
use leadgate::shadow::{ShadowError, Wish, board, start, stop};
use leadgate::store::{Ended, Store};
use support::bench::Bench;
use support::scene::{page, started, take};

const CONFIG: &str = r#"
[business]
name = "Sonnenschein"
zone = "Europe/Berlin"
country = "DE"
languages = ["de", "en"]
currency = "EUR"

[service.roof]
title = "Roof"
words = ["roof", "dach"]
[service.roof.criteria]
anywhere = true
timing = { within = "3 months", unknown = "pass" }
budget = { at_least = "5000 EUR", unknown = "pass" }

[team.berlin]
services = ["roof"]
[person.anna]
name = "Anna"
team = "berlin"
email = "anna@example.com"

[source.web]
preset = "json"
url = "http://127.0.0.1:9/leads"
channel = "campaign"
goal = "some"
services = ["roof"]

[destination.mail]
smtp = "smtp://127.0.0.1:2525"
from = "Leads <leads@example.com>"
[route.default]
to = ["mail"]
answer_within = "1h"
"#;

fn config(changes: &[(&str, &str)]) -> Arc<Config> {
    let text = changes.iter().fold(CONFIG.to_owned(), |text, (from, to)| text.replace(from, to));
    Arc::new(load_text("leadgate.toml", &text, Path::new("/data")).map_err(|errors| errors.plain()).unwrap().config)
}

fn stricter() -> Arc<Config> {
    config(&[("3 months", "1 month"), ("5000 EUR", "8000 EUR")])
}

fn wish(draft: &Config) -> Wish<'_> {
    Wish { draft, dir: "", name: "stricter.toml", reason: "fewer returns" }
}

fn person(n: usize, budget: &str, timing: &str) -> Record {
    Record {
        id: format!("r{n}"),
        name: Some(format!("Person {n}")),
        email: Some(format!("person{n}@example.com")),
        need: Some("a new roof".into()),
        timing: Some(timing.into()),
        budget: Some(budget.into()),
        ..Record::default()
    }
}

async fn receive(bench: &Bench, store: &Store, decider: &Decider, people: Vec<Record>) {
    bench.pass(60);
    let now = store.clock().now();
    let arrivals = people.into_iter().map(|record| decider.arrival("web", Ok(record), now)).collect();
    let taken = take(store, "web").await;
    let mut intake = page(&taken, arrivals);
    intake.lease_until = now + SignedDuration::from_mins(5);
    store.store_page(intake).await.unwrap();
    store.end_walk(&taken, now, None).await.unwrap();
}

async fn end(bench: &Bench, lead: i64, code: &str) {
    bench.sql(&format!("update lead set stage = 4, end_code = '{code}' where id = {lead}")).await;
}

async fn both() -> Vec<Bench> {
    let mut benches = vec![Bench::sqlite()];
    benches.extend(Bench::postgres().await);
    benches
}

#[tokio::test]
async fn a_draft_needs_a_reason_and_a_difference_and_runs_alone() {
    for bench in both().await {
        let live = config(&[]);
        let store = started(&bench, &live).await;
        assert!(matches!(start(&store, &live, wish(&live), "anna").await, Err(ShadowError::Same)));
        let draft = stricter();
        let unsaid = Wish { reason: " ", ..wish(&draft) };
        assert!(matches!(start(&store, &live, unsaid, "anna").await, Err(ShadowError::NoReason)));
        assert_eq!(board(&store, &live, 10).await.unwrap(), None);
        assert!(stop(&store, "anna").await.unwrap().is_none());
        start(&store, &live, wish(&draft), "anna").await.unwrap();
        let again = start(&store, &live, wish(&draft), "ben").await.unwrap_err().to_string();
        assert!(again.contains("stricter.toml runs already") && again.contains("shadow stop"), "{again}");
        assert_eq!(stop(&store, "ben").await.unwrap().unwrap().who, "anna");
        start(&store, &live, wish(&draft), "ben").await.unwrap();
        bench.finish().await;
    }
}

#[tokio::test]
async fn every_new_lead_is_decided_twice_and_goes_where_the_live_rules_say() {
    for bench in both().await {
        let (live, draft) = (config(&[]), stricter());
        let store = started(&bench, &live).await;
        let decider = Decider::new(&live);
        receive(&bench, &store, &decider, vec![person(0, "6000 EUR", "asap")]).await;
        start(&store, &live, wish(&draft), "anna").await.unwrap();
        // As the engine's stage does: taken up while it runs.
        assert!(decider.shade().refresh(&store).await.unwrap());
        assert!(!decider.shade().refresh(&store).await.unwrap(), "nothing changed since");
        let people =
            vec![person(1, "6000 EUR", "asap"), person(2, "9000 EUR", "in 2 weeks"), person(3, "100 EUR", "asap")];
        receive(&bench, &store, &decider, people).await;
        assert_eq!(bench.ints("select stage from lead order by id").await, [2, 2, 2, 5], "live rules alone decide");
        let found = board(&store, &live, 10).await.unwrap().unwrap();
        assert_eq!((found.leads, found.differ, found.unseen), (3, 1, 0));
        let differs = &found.differing[0];
        assert_eq!((differs.live, differs.draft), (VerdictKind::Qualified, VerdictKind::Disqualified));
        assert_eq!((&differs.codes.now, &differs.codes.no_longer), (&vec![Code::BudgetLow], &Vec::new()));
        assert_eq!(differs.ended, Ended::Open);
        // Once ended, nobody is decided by it any more.
        stop(&store, "anna").await.unwrap();
        assert!(decider.shade().refresh(&store).await.unwrap());
        receive(&bench, &store, &decider, vec![person(4, "6000 EUR", "asap")]).await;
        let found = board(&store, &live, 10).await.unwrap().unwrap();
        assert_eq!((found.leads, found.ended_at.is_some()), (3, true));
        bench.finish().await;
    }
}

#[tokio::test]
async fn both_sides_are_scored_by_what_was_won_and_sent_back() {
    let bench = Bench::sqlite();
    let (live, draft) = (config(&[]), stricter());
    let store = started(&bench, &live).await;
    let decider = Decider::new(&live);
    start(&store, &live, wish(&draft), "anna").await.unwrap();
    decider.shade().refresh(&store).await.unwrap();
    // Ten that both qualify, ten that only the live rules do.
    let people = (0..20).map(|n| person(n, if n < 10 { "9000 EUR" } else { "6000 EUR" }, "asap")).collect();
    receive(&bench, &store, &decider, people).await;
    for lead in bench.ints("select id from lead order by id").await.into_iter().enumerate() {
        match lead {
            (0..7 | 10..12, id) => end(&bench, id, "O-WON").await,
            (7 | 12..18, id) => end(&bench, id, "R-NOREQUEST").await,
            (8, id) => end(&bench, id, "R-CAPACITY").await,
            (9, id) => end(&bench, id, "O-PRICE").await,
            _ => {}
        }
    }
    let found = board(&store, &live, 3).await.unwrap().unwrap();
    assert_eq!((found.ends.won, found.ends.returned, found.ends.our_fault), (9, 7, 1));
    assert_eq!((found.ends.lost, found.ends.open), (1, 2));
    let pair = |share: lg::shadow::score::Share| (share.hits, share.n);
    assert_eq!((pair(found.live.precision), pair(found.live.recall)), ((9, 16), (9, 9)));
    assert_eq!((pair(found.draft.precision), pair(found.draft.recall)), ((7, 8), (7, 9)));
    assert_eq!((found.differ, found.differing.len()), (10, 3), "counted in full, named as far as asked");
    assert!(!found.live_changed);
    assert!(board(&store, &config(&[("3 months", "9 months")]), 3).await.unwrap().unwrap().live_changed);
}

#[tokio::test]
async fn a_draft_that_cannot_be_read_says_so_and_hurts_nobody() {
    let bench = Bench::sqlite();
    let (live, draft) = (config(&[]), stricter());
    let store = started(&bench, &live).await;
    let decider = Decider::new(&live);
    start(&store, &live, wish(&draft), "anna").await.unwrap();
    bench.sql("update shadow set body = 'service.roof.wrds = 3'").await;
    decider.shade().refresh(&store).await.unwrap();
    receive(&bench, &store, &decider, vec![person(1, "6000 EUR", "asap")]).await;
    assert_eq!(bench.ints("select stage from lead").await, [2]);
    let found = board(&store, &live, 10).await.unwrap().unwrap();
    assert_eq!(found.leads, 0);
    let trouble = found.trouble.unwrap();
    assert!(trouble.contains("does not hold") && trouble.contains("wrds"), "{trouble}");
    // Asked again and again, the same trouble is told once.
    decider.shade().refresh(&store).await.unwrap();
    assert_eq!(bench.int("select count(*) from journal where kind = 'shadow-failed'").await, 1);
}
