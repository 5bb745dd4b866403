//! Forgetting people, and erasing by age: what goes, what stays, and that it is gone from the files.

use crate::lg::handoff::Reference;
use crate::lg::lead::{Code, Consent, Contact, LeadId, Phase};
use crate::lg::store::traces::search;
use crate::lg::store::{Arrival, Forget, Forgotten, PageStored, Settle, Store, StoreError};
use crate::support::bench::Bench;
use crate::support::scene::{
    DAY, accepted, aside, claim_one, claimed, crew, held, open_caps, record, release, rules, someone, started, walk,
};

/// Everything of her that is in one of the personal tables.
const PERSONAL: &str = "select (select count(*) from contact) + (select count(*) from raw) + (select count(*) from payload) \
    + (select count(*) from said) + (select count(*) from note) + (select count(*) from recheck)";

fn eva(id: &str) -> Arrival {
    let mut person = held("Eva Brecht", "eva@example.com", "+4930901820");
    person.contact.need = "a slate roof".into();
    let raw = r#"{"mail":"eva@example.com","tel":"+4930901820","text":"a slate roof"}"#;
    Arrival { raw: raw.into(), referral: Some("EVA-BRECHT".into()), ..record(id, person) }
}

async fn forget(store: &Store, leads: &[i64], aside: Vec<i64>) -> Forgotten {
    let leads = leads.iter().copied().map(LeadId).collect();
    store.forget(Forget { leads, aside, who: "tester".into(), open_caps: open_caps() }).await.unwrap()
}

/// Handed over with everything that is kept of it: frozen bytes, an answer, a note, what was there before an edit.
async fn handed_over(bench: &Bench) -> Store {
    let config = crew(None);
    let store = started(bench, &config).await;
    walk(&store, "web", vec![eva("1")]).await;
    let claim = claimed(&store, &rules(&config)).await;
    let body = b"To: anna\n\nEva Brecht, eva@example.com: a slate roof".to_vec();
    assert!(store.enter_phase(&claim, Phase::Body, Some(body)).await.unwrap());
    let reference = Some(Reference { id: "77".into(), number: Some("T-77".into()), url: None });
    let Settle::Accepted { code, clocks, .. } = accepted() else { unreachable!() };
    let settle = Settle::Accepted { reference, code, clocks, copies: Vec::new() };
    assert!(store.settle(&claim, settle, "stored for Eva Brecht".into()).await.unwrap());
    walk(&store, "web", vec![Arrival { digest: [9; 8], ..eva("1") }]).await;
    bench
        .sql("insert into recheck (source_id, skey, record, lead_id, due_at) values (1, 1, 'eva@example.com', 1, 1)")
        .await;
    let note = if bench.is_postgres() { "'\\x00'::bytea" } else { "x'00'" };
    let sql = "insert into note (id, lead_id, at, who, kind, body, salt) values (900, 1, 1, 'anna', 'note', 'Eva Brecht called'";
    bench.sql(&format!("{sql}, {note})")).await;
    store
}

pub async fn nothing_is_left_of_who_is_forgotten(bench: &Bench) {
    let store = handed_over(bench).await;
    let sent = store.sent_to(vec![LeadId(1)]).await.unwrap();
    assert_eq!((sent.len(), sent[0].destination.as_str(), sent[0].unsure), (1, "desk", false));
    assert_eq!(sent[0].number.as_deref(), Some("T-77"));
    assert_eq!(bench.int(PERSONAL).await, 7);
    let found =
        store.people_like(|contact: &Contact| contact.phone.as_deref() == Some("+4930901820"), 10).await.unwrap();
    assert_eq!((found.len(), found[0].0), (1, LeadId(1)));
    assert_eq!(forget(&store, &[1], vec![]).await, Forgotten::Done);
    assert_eq!(bench.int(PERSONAL).await, 0);
    assert_eq!(bench.texts("select referral from inquiry where referral is not null").await, Vec::<String>::new());
    assert_eq!(
        bench
            .int(
                "select count(*) from slot where cap_id <> 0 and handoff_id = 1 and cap_id in \
        (select id from cap where name like '%open')"
            )
            .await,
        0,
        "nobody has it open any more"
    );
    assert_eq!(bench.texts("select end_code from lead").await, ["erased"]);
    assert_eq!(bench.ints("select state from handoff").await, [5]);
    assert!(store.settle_deletes().await.unwrap());
    if let Some(file) = bench.file() {
        let traces =
            || search(file.parent().unwrap(), &regex::bytes::Regex::new("(?i)eva@|brecht|901820|slate").unwrap());
        if !traces().none() {
            assert!(store.rebuild().await.unwrap());
            assert!(store.settle_deletes().await.unwrap());
        }
        assert_eq!(traces().found, [], "in every file beside the database, its log included");
        assert!(traces().files >= 1 && traces().bytes > 4_096);
    }
    let told = bench.texts("select body from journal where kind = 'forgotten'").await;
    assert_eq!(told, [r#"{"sent":[{"destination":"desk","unsure":false}]}"#]);
    assert!(store.forgotten_at(vec![("email", "eva@example.com".into())]).await.unwrap().is_some());
}

pub async fn who_is_forgotten_does_not_come_back(bench: &Bench) {
    let store = handed_over(bench).await;
    forget(&store, &[1], vec![]).await;
    let again = walk(&store, "web", vec![eva("1"), eva("2"), record("3", held("?", "", "+4930901820"))]).await;
    assert_eq!(again, PageStored { known: 1, aside: 2, ..PageStored::default() });
    assert_eq!(bench.int(PERSONAL).await, 0, "and nothing of what came is kept");
    assert_eq!(bench.int("select count(*) from inquiry where code = 'I-SUPPRESSED' and referral is null").await, 2);
    let husband = record("4", held("Udo", "udo@example.com", "+4930901820"));
    let no = Arrival { consent: Consent::Withdrawn, ..record("5", someone("otto")) };
    assert_eq!(walk(&store, "web", vec![husband, no]).await.leads, 0, "a number is enough to know somebody by");
}

pub async fn who_is_being_sent_is_not_forgotten_half(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    walk(&store, "web", vec![eva("1")]).await;
    let claim = claimed(&store, &rules(&config)).await;
    assert_eq!(forget(&store, &[1], vec![]).await, Forgotten::Sending(LeadId(1)));
    assert_eq!(bench.int("select count(*) from contact").await, 1);
    assert!(store.settle(&claim, Settle::Unknown { at: store.clock().now() }, String::new()).await.unwrap());
    assert!(store.sent_to(vec![LeadId(1)]).await.unwrap()[0].unsure, "it may be there");
    assert_eq!(forget(&store, &[1], vec![]).await, Forgotten::Done);
    assert_eq!(bench.ints("select state from handoff").await, [8]);
    assert_eq!(forget(&store, &[1], vec![]).await, Forgotten::Done, "once more changes nothing");
}

pub async fn what_waits_is_never_sent(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    walk(&store, "web", vec![eva("1"), record("2", someone("otto"))]).await;
    release(&store, &rules(&config), 10).await.unwrap();
    forget(&store, &[1], vec![]).await;
    assert_eq!(claim_one(&store).await.lead, LeadId(2));
    assert_eq!(bench.int("select count(*) from slot where handoff_id = 1").await, 0);
}

pub async fn records_aside_are_found_and_erased(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let hers = Arrival { raw: r#"{"mail":"eva@example.com"}"#.into(), ..aside("1", "x", Err(Code::ConsentNone)) };
    let his = Arrival { raw: r#"{"mail":"otto@example.com"}"#.into(), ..aside("2", "y", Err(Code::ConsentNone)) };
    walk(&store, "web", vec![hers, his, eva("3")]).await;
    let found = store.aside_with(|body: &str| body.contains("eva@")).await.unwrap();
    assert_eq!(found.len(), 1, "what belongs to a lead is not aside");
    forget(&store, &[1], found).await;
    assert_eq!(bench.texts("select body from raw").await, [r#"{"mail":"otto@example.com"}"#]);
    assert_eq!(bench.int("select count from journal where kind = 'forgotten-aside'").await, 1);
}

pub async fn ended_leads_are_erased_by_age_in_steps(bench: &Bench) {
    let store = handed_over(bench).await;
    walk(&store, "web", (0..5).map(|n| record(&format!("p{n}"), someone(&format!("p{n}")))).collect()).await;
    bench.sql("update lead set stage = 4, end_code = 'O-PRICE', closed_at = 1000000 where id in (3, 4, 5)").await;
    bench.sql("update lead set stage = 5, decided_at = 1000000, lane = null where id = 6").await;
    assert_eq!(store.erase_ended(DAY, 3).await.unwrap(), 3);
    assert_eq!(store.erase_ended(DAY, 3).await.unwrap(), 1);
    assert_eq!(store.erase_ended(DAY, 3).await.unwrap(), 0, "whoever is still with somebody, or waits, stays");
    assert_eq!(bench.ints("select lead_id from contact order by lead_id").await, [1, 7]);
    let ends = bench.texts("select end_code from lead where erased_at is not null order by id").await;
    assert_eq!(ends, ["O-PRICE", "O-PRICE", "O-PRICE", "erased"], "how they ended is still counted");
    assert_eq!(bench.ints("select count from journal where kind = 'erased-by-age' order by n").await, [3, 1]);
    let back = walk(&store, "web", vec![record("q", someone("p0")), record("p1", someone("p1"))]).await;
    assert_eq!((back.leads, back.known), (1, 1), "who asks anew is somebody new");
    let rows = bench.ints("select lead_id from contact order by lead_id").await;
    assert_eq!(rows, [1, 7, 8]);
    let gone: Result<_, StoreError> = store.lead(LeadId(3)).await;
    assert!(gone.unwrap().unwrap().erased_at.is_some());
}
