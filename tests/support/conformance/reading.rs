//! Lists page by key and show every row once; counts agree with them.

use std::collections::BTreeSet;

use crate::lg::desk::view::List;
use crate::lg::lead::{Code, LeadId, Stage, VerdictKind};
use crate::lg::store::{Filter, KnownPerson, ListRow, Store};
use crate::support::bench::Bench;
use crate::support::scene::{
    DAY, accepted, aside, crew, destination, queue_up, record, release, rules, someone, started, walk,
};

fn staged(name: &str, stage: Stage) -> KnownPerson {
    KnownPerson { stage, verdict: VerdictKind::Review, lane: None, ..someone(name) }
}

async fn every_page(store: &Store, list: List, limit: u32, text: &str) -> Vec<ListRow> {
    let mut filter = Filter { list, limit, text: text.into(), ..Filter::default() };
    let mut all = Vec::new();
    loop {
        let rows = store.list(filter.clone()).await.unwrap();
        assert!(rows.len() <= limit as usize);
        let Some(end) = rows.last() else { return all };
        filter.after = Some((end.priority, if end.lead == 0 { end.inquiry } else { end.lead }));
        all.extend(rows);
        assert!(all.len() < 1_000, "{list:?} does not end");
    }
}

fn ids(rows: &[ListRow]) -> Vec<i64> {
    rows.iter().map(|row| if row.lead == 0 { row.inquiry } else { row.lead }).collect()
}

pub async fn pages_show_every_row_once(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let mut records = Vec::new();
    for n in 0..90_i64 {
        let name = format!("n{n}");
        records.push(match n % 3 {
            0 => record(&name, KnownPerson { priority: n % 4, ..someone(&name) }),
            1 => record(&name, staged(&name, Stage::Disqualified)),
            _ => aside(&name, &name, Err(Code::Format)),
        });
    }
    walk(&store, "web", records).await;
    for (list, sort) in [
        (List::Held, "select id from lead where stage = 2 order by priority desc, id"),
        (List::Rejected, "select id from lead where stage = 5 order by id desc"),
        (List::Quarantine, "select id from inquiry where lead_id is null order by id desc"),
    ] {
        let wanted = bench.ints(sort).await;
        assert_eq!(wanted.len(), 30);
        for limit in [1, 7, 30, 100] {
            assert_eq!(ids(&every_page(&store, list, limit, "").await), wanted, "{list:?} by {limit}");
        }
    }
    bench.clock.advance(DAY);
    bench.sql("update lead set expires_at = 1 where stage = 2").await;
    store.expire_held(100).await.unwrap();
    let closed = bench.ints("select id from lead where stage = 4 order by id desc").await;
    assert_eq!(ids(&every_page(&store, List::Closed, 7, "").await), closed);
    let counts = store.stage_counts().await.unwrap();
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(0, 30), (4, 30), (5, 30)]);
}

pub async fn a_text_finds_its_rows(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    queue_up(&store, "anders", 40).await;
    queue_up(&store, "berg", 11).await;
    let found = every_page(&store, List::Held, 4, "berg").await;
    assert_eq!(found.len(), 11);
    assert!(found.iter().all(|row| row.name.starts_with("berg")));
    assert!(every_page(&store, List::Held, 4, "nobody").await.is_empty());
}

pub async fn the_open_list_shows_everything_open(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    queue_up(&store, "p", 6).await;
    release(&store, &rules(&config), 6).await.unwrap();
    let review = vec![record("r", staged("r", Stage::Review)), record("s", staged("s", Stage::Pending))];
    walk(&store, "web", review).await;
    // Two have been taken, one of them is due earlier; what is still on its way comes after them.
    let claims = store.claim(destination(&store, "desk").await, 2).await.unwrap();
    for claim in &claims {
        store.settle(claim, accepted(), String::new()).await.unwrap();
    }
    bench.sql("update handoff set answer_by = 2000000 - id where state = 3").await;
    let rows = store.list(Filter { list: List::Open, limit: 6, ..Filter::default() }).await.unwrap();
    let shown: BTreeSet<i64> = rows.iter().map(|row| row.lead).collect();
    assert_eq!(shown.len(), 8, "a full inbox hides no lead in review");
    assert_eq!(ids(&rows)[..2], [2, 1], "the earliest due first");
    let mine = Filter { list: List::Open, person: Some("anna".into()), limit: 50, ..Filter::default() };
    let rows = store.list(mine).await.unwrap();
    assert!(rows.iter().filter_map(|row| row.handoff.as_ref()).all(|handoff| handoff.person == "anna"));
}

pub async fn a_lead_reads_as_it_was_stored(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    queue_up(&store, "eva", 1).await;
    let lead = store.lead(LeadId(1)).await.unwrap().unwrap();
    assert_eq!((lead.contact.name.as_str(), lead.stage, lead.source.as_str()), ("eva0", Stage::Held, "web"));
    assert!(store.lead(LeadId(77)).await.unwrap().is_none());
    assert!(store.record(77).await.unwrap().is_none());
}

pub async fn figures_agree_with_the_rows(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    queue_up(&store, "p", 5).await;
    walk(&store, "shop", vec![record("t", someone("p0")), aside("u", "u", Err(Code::Format))]).await;
    release(&store, &rules(&config), 3).await.unwrap();
    let claims = store.claim(destination(&store, "desk").await, 2).await.unwrap();
    for claim in &claims {
        store.settle(claim, accepted(), String::new()).await.unwrap();
    }
    let (since, until) = (store.clock().now() - DAY, store.clock().now() + DAY);
    assert_eq!(store.other_records(since, until).await.unwrap(), [("shop".into(), 1, 1)]);
    assert_eq!(store.speeds(since, until).await.unwrap().len(), 2);
    assert_eq!(store.per_stretch(vec![since, until]).await.unwrap(), [("web".into(), 0, 5)]);
    assert_eq!(store.handoff_counts().await.unwrap().iter().map(|(_, count)| count).sum::<u64>(), 3);
    assert_eq!(store.held_by_lane().await.unwrap().iter().map(|(_, count)| count).sum::<u64>(), 2);
    let before = store.version().await.unwrap();
    queue_up(&store, "q", 1).await;
    assert!(store.version().await.unwrap() > before);
}
