//! One page, one transaction: who is new, who is known, who must not be stored, and the cursor with it.

use futures::future::join_all;
use jiff::SignedDuration;

use crate::lg::lead::outcome::Failure;
use crate::lg::lead::{Class, Code, Consent, Stage};
use crate::lg::store::{
    Arrival, CampaignDay, Cost, Delivery, EndpointKind, Intake, KnownPerson, PageStored, StoreError,
};
use crate::support::bench::Bench;
use crate::support::scene::{DAY, aside, crew, held, lane, page, record, release, rules, someone, started, take, walk};

fn solar(person: KnownPerson) -> KnownPerson {
    KnownPerson { service: Some("solar".into()), lane: Some(lane("web", "solar")), ..person }
}

fn pending(person: KnownPerson) -> KnownPerson {
    KnownPerson { stage: Stage::Pending, lane: None, ..person }
}

fn with(consent: Consent, arrival: Arrival) -> Arrival {
    Arrival { consent, ..arrival }
}

async fn codes(bench: &Bench) -> Vec<String> {
    bench.texts("select code from inquiry order by id").await
}

pub async fn new_people_become_leads(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let stored = walk(&store, "web", vec![record("1", someone("eva")), record("2", someone("otto"))]).await;
    assert_eq!(stored, PageStored { leads: 2, held: 2, ..PageStored::default() });
    assert_eq!(codes(bench).await, ["I-OK", "I-OK"]);
    assert_eq!(bench.int("select count(*) from lead where lane is not null and stage = 2").await, 2);
    assert_eq!(bench.int("select count(*) from contact_key").await, 2);
    assert_eq!(bench.texts("select body from raw order by inquiry_id").await[0], r#"{"id":"1"}"#);
}

pub async fn the_same_page_again_writes_no_lead(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let people = || (0..30).map(|n| record(&format!("{n}"), someone(&format!("p{n}")))).collect::<Vec<_>>();
    walk(&store, "web", people()).await;
    let (journal, inquiries) = ("select count(*) from journal", "select count(*) from inquiry");
    let before = (bench.int(journal).await, bench.int(inquiries).await);
    assert_eq!(walk(&store, "web", people()).await, PageStored { known: 30, ..PageStored::default() });
    assert_eq!((bench.int(journal).await, bench.int(inquiries).await), before);
    // The same ids at another source are other records, of the same people.
    assert_eq!(walk(&store, "shop", people()).await, PageStored { touches: 30, ..PageStored::default() });
}

pub async fn what_is_told_at_once_is_stored_once(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let config = bench.int("select max(id) from config").await;
    let told = |n: usize, who: &str| Delivery {
        source: "web".into(),
        config,
        arrivals: vec![record(&n.to_string(), someone(who))],
        same_lead_for: DAY,
    };
    // Twenty deliveries, each three times at once, by one and the same person in pairs; a walk goes on beside.
    let taken = take(&store, "web").await;
    let all = (0..60).map(|n| store.store_pushed(told(n / 3, &format!("p{}", n / 6))));
    let stored = join_all(all).await.into_iter().map(Result::unwrap);
    let (leads, touches, known) =
        stored.fold((0, 0, 0), |sum, one| (sum.0 + one.leads, sum.1 + one.touches, sum.2 + one.known));
    assert_eq!((leads, touches, known), (10, 10, 40));
    assert_eq!(bench.int("select count(*) from inquiry").await, 20);
    store.store_page(page(&taken, vec![record("x", someone("x"))])).await.unwrap();
    let rows = store.endpoints(EndpointKind::Source).await.unwrap();
    assert_eq!((rows["web"].last_ok_at, rows["web"].token), (Some(store.clock().now()), taken.token));
    assert!(rows["web"].first_ok_at.is_some() && rows["web"].facts.told, "{:?}", rows["web"]);
    // What kept it from being set up counts no more once it could be, or once something came.
    let failure = || Failure::new(Class::Config, "no key");
    store.mark_broken(EndpointKind::Source, "web".into(), failure()).await.unwrap();
    store.source_mended("web".into()).await.unwrap();
    assert_eq!(store.endpoints(EndpointKind::Source).await.unwrap()["web"].class, None);
    store.mark_broken(EndpointKind::Source, "web".into(), failure()).await.unwrap();
    store.store_pushed(told(99, "late")).await.unwrap();
    assert_eq!(store.endpoints(EndpointKind::Source).await.unwrap()["web"].error, None);
    let nowhere = Delivery { source: "nowhere".into(), ..told(1, "p") };
    assert!(store.store_pushed(nowhere).await.unwrap_err().to_string().contains("no row for the source nowhere"));
    let gauges = store.gauges().await.unwrap();
    assert_eq!((gauges.leads, gauges.aside), (vec![("web".to_owned(), Stage::Held, 12)], 0));
}

pub async fn a_changed_record_is_a_touch(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    walk(&store, "web", vec![record("1", someone("eva"))]).await;
    let changed = || Arrival { digest: [9; 8], ..record("1", someone("eva")) };
    assert_eq!(walk(&store, "web", vec![changed()]).await, PageStored { touches: 1, ..PageStored::default() });
    assert_eq!(walk(&store, "web", vec![changed()]).await, PageStored { known: 1, ..PageStored::default() });
    let back = vec![record("1", someone("eva"))];
    assert_eq!(walk(&store, "web", back).await, PageStored { known: 1, ..PageStored::default() });
    assert_eq!(codes(bench).await, ["I-OK", "I-DUP-OPEN"]);
}

pub async fn an_e_mail_or_a_phone_names_a_person(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    walk(&store, "web", vec![record("1", held("eva", "eva@example.com", "+4930901820"))]).await;
    let by_mail = record("2", held("Eva B", "eva@example.com", ""));
    let by_phone = record("3", held("E.", "", "+4930901820"));
    assert_eq!(walk(&store, "shop", vec![by_mail, by_phone]).await, PageStored { touches: 2, ..PageStored::default() });
    assert_eq!(codes(bench).await, ["I-OK", "I-DUP-OPEN", "I-DUP-OPEN"]);
}

pub async fn after_closing_a_person_stays_known_for_a_while(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    walk(&store, "web", vec![record("1", KnownPerson { expires_at: Some(store.clock().now()), ..someone("eva") })])
        .await;
    assert_eq!(store.expire_held(10).await.unwrap(), 1);
    bench.clock.advance(DAY * 89);
    assert_eq!(walk(&store, "web", vec![record("2", someone("eva"))]).await.touches, 1);
    bench.clock.advance(DAY * 2);
    assert_eq!(walk(&store, "web", vec![record("3", someone("eva"))]).await.leads, 1);
    assert_eq!(codes(bench).await, ["I-OK", "I-DUP", "I-OK"]);
    let owner = bench.int("select lead_id from contact_key").await;
    assert_eq!(owner, bench.int("select max(id) from lead").await, "the newer lead owns the address");
}

pub async fn another_service_is_a_new_lead_of_the_same_person(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    walk(&store, "web", vec![record("1", held("eva", "eva@example.com", "+4930901820"))]).await;
    let other = solar(held("eva", "eva@example.com", "+4930901820"));
    assert_eq!(walk(&store, "web", vec![record("2", other.clone())]).await.leads, 1);
    assert_eq!(bench.ints("select distinct lead_id from contact_key").await.len(), 1, "both keys went over");
    assert_eq!(walk(&store, "web", vec![record("3", other)]).await.touches, 1);
}

pub async fn a_page_may_take_a_key_over_twice(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    walk(&store, "web", vec![record("1", someone("eva"))]).await;
    let stored = walk(&store, "web", vec![record("2", solar(someone("eva"))), record("3", someone("eva"))]).await;
    assert_eq!(stored.leads, 2);
    assert_eq!(bench.int("select lead_id from contact_key").await, bench.int("select max(id) from lead").await);
}

pub async fn two_people_in_one_record_are_looked_at(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    walk(&store, "web", vec![record("1", someone("eva")), record("2", held("otto", "", "+4930901820"))]).await;
    let mixed = record("3", held("?", "eva@example.com", "+4930901820"));
    assert_eq!(walk(&store, "web", vec![mixed]).await, PageStored { leads: 1, ..PageStored::default() });
    assert_eq!(codes(bench).await[2], "I-LOOK-ALIKE");
    assert_eq!(bench.int("select count(*) from lead where stage = 1 and end_code = 'I-LOOK-ALIKE'").await, 1);
    assert_eq!(bench.int("select count(*) from contact_key").await, 2, "nobody's key is touched");
}

pub async fn duplicates_within_a_page_make_one_lead(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let twice = vec![
        record("1", someone("eva")),
        record("1", someone("eva")),
        Arrival { digest: [9; 8], ..record("1", someone("eva")) },
        record("2", someone("eva")),
    ];
    let stored = walk(&store, "web", twice).await;
    assert_eq!((stored.leads, stored.known, stored.touches), (1, 1, 2));
}

pub async fn a_confirmed_sign_up_is_promoted(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let asked = with(Consent::Pending, record("1", pending(someone("eva"))));
    assert_eq!(walk(&store, "web", vec![asked]).await.leads, 1);
    assert_eq!(bench.ints("select stage from lead").await, [6]);
    let confirmed = Arrival { digest: [9; 8], ..with(Consent::Confirmed, record("1", someone("eva"))) };
    assert_eq!(walk(&store, "web", vec![confirmed]).await.confirmed, 1);
    assert_eq!(bench.ints("select stage from lead").await, [2]);
    assert_eq!(bench.int("select count(*) from lead where lane is not null").await, 1);
}

pub async fn sign_up_and_confirmation_may_share_a_page(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let asked = with(Consent::Pending, record("1", pending(someone("eva"))));
    let confirmed = Arrival { digest: [9; 8], ..with(Consent::Confirmed, record("1", someone("eva"))) };
    let stored = walk(&store, "web", vec![asked, confirmed, record("2", someone("eva"))]).await;
    assert_eq!((stored.leads, stored.confirmed, stored.touches), (1, 1, 1));
    assert_eq!(bench.ints("select stage from lead").await, [2]);
}

pub async fn a_withdrawal_closes_what_was_not_handed_out(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    walk(&store, "web", vec![record("1", someone("eva"))]).await;
    let no = |id: &str| with(Consent::Withdrawn, record(id, someone("eva")));
    let stored = walk(&store, "web", vec![no("2"), no("3")]).await;
    assert_eq!((stored.leads, stored.aside), (0, 2));
    assert_eq!(bench.texts("select end_code from lead").await, ["I-CONSENT-NONE"]);
    assert_eq!(bench.ints("select stage from lead").await, [4]);
    assert_eq!(bench.int("select count(*) from journal where kind = 'withdrawn'").await, 1, "told once");
}

pub async fn a_withdrawal_in_the_same_page_counts(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let no = with(Consent::Withdrawn, record("2", someone("eva")));
    walk(&store, "web", vec![record("1", someone("eva")), no]).await;
    assert_eq!(bench.ints("select stage from lead").await, [4], "nobody calls somebody who said no");
}

pub async fn a_withdrawal_of_a_lead_that_is_out_is_told(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    walk(&store, "web", vec![record("1", someone("eva"))]).await;
    release(&store, &rules(&config), 10).await.unwrap();
    walk(&store, "web", vec![with(Consent::Withdrawn, record("2", someone("eva")))]).await;
    assert_eq!(bench.ints("select stage from lead").await, [3], "whoever has it decides");
    assert_eq!(bench.int("select count(*) from inquiry where lead_id = 1 and code = 'I-CONSENT-NONE'").await, 1);
    assert_eq!(bench.int("select count(*) from journal where kind = 'withdrawn-while-out' and lead_id = 1").await, 1);
}

pub async fn a_record_that_is_gone_takes_its_lead_along(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    let gone = |id: &str| with(Consent::Withdrawn, aside(id, "gone", Err(Code::ConsentNone)));
    let mut plan = rules(&config);
    plan.away.insert("ben".into());
    walk(&store, "web", vec![record("1", someone("eva"))]).await;
    release(&store, &plan, 1).await.unwrap();
    walk(&store, "web", vec![record("2", someone("otto")), record("3", someone("ida"))]).await;
    walk(&store, "shop", vec![record("2", someone("zoe")), record("3", someone("ida"))]).await;
    let stages = "select stage from lead order by id";
    assert_eq!(bench.ints(stages).await, [3, 2, 2, 2]);
    // Nothing but ids: of one who is out, one who waits, one who asked in the shop as well, and nobody we know.
    let stored = walk(&store, "web", vec![gone("1"), gone("2"), gone("3"), gone("4")]).await;
    assert_eq!((stored.leads, stored.aside), (0, 4));
    assert_eq!(bench.ints(stages).await, [3, 4, 2, 2], "only who waits for us alone is withdrawn");
    assert_eq!(bench.texts("select end_code from lead where id = 2").await, ["I-CONSENT-NONE"]);
    assert_eq!(bench.int("select count(*) from journal where kind = 'withdrawn'").await, 1);
    assert_eq!(bench.int("select count(*) from journal where kind = 'withdrawn-while-out' and lead_id = 1").await, 1);
    assert_eq!(walk(&store, "web", vec![gone("1"), gone("2"), gone("4")]).await.known, 3, "told once");
    // Who came and went within one page.
    walk(&store, "web", vec![record("5", someone("kim")), gone("5"), record("6", someone("kim"))]).await;
    assert_eq!(bench.ints(stages).await, [3, 4, 2, 2, 4], "who asks again so soon is the same person");
}

pub async fn a_withdrawal_is_never_a_look_alike(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    walk(&store, "web", vec![record("1", someone("eva")), record("2", held("otto", "", "+4930901820"))]).await;
    let no = with(Consent::Withdrawn, record("3", held("?", "eva@example.com", "+4930901820")));
    assert_eq!(walk(&store, "web", vec![no]).await.leads, 0);
}

pub async fn records_aside_keep_what_was_received(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let broken = aside("1", "x", Err(Code::Format));
    let test = aside("2", "y", Err(Code::Test));
    assert_eq!(walk(&store, "web", vec![broken, test]).await, PageStored { aside: 2, ..PageStored::default() });
    let inquiry = bench.int("select min(id) from inquiry").await;
    assert_eq!(store.record(inquiry).await.unwrap(), Some((r#"{"id":"1"}"#.into(), "I-FORMAT".into())));
    assert_eq!(bench.int("select count(*) from lead").await, 0);
}

pub async fn an_erased_person_is_suppressed(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    walk(&store, "web", vec![record("1", someone("eva"))]).await;
    bench.sql("update lead set stage = 4, end_code = 'erased', closed_at = 1, erased_at = 1, suppressed = 1").await;
    bench.sql("delete from contact").await;
    bench.sql("delete from raw").await;
    let stored = walk(&store, "web", vec![record("2", someone("eva"))]).await;
    assert_eq!(stored, PageStored { aside: 1, ..PageStored::default() });
    assert_eq!(codes(bench).await[1], "I-SUPPRESSED");
    assert_eq!(bench.int("select count(*) from raw").await, 0, "nothing of what they sent is kept");
}

pub async fn the_cursor_moves_with_the_page_only(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let cursor = "select cursor from endpoint where kind = 'source' and name = 'web'";
    let taken = take(&store, "web").await;
    let mut intake = page(&taken, vec![record("1", someone("eva"))]);
    intake.cursor = Some(r#"{"since":"1"}"#.into());
    store.store_page(intake.clone()).await.unwrap();
    assert_eq!(bench.texts(cursor).await, [r#"{"since":"1"}"#]);
    // A page that cannot be stored leaves the cursor where it was.
    if bench.is_postgres() {
        bench.sql("alter table raw add constraint small check (length(body) < 20)").await;
    } else {
        bench.sql("create trigger small before insert on raw when length(new.body) >= 20 begin select raise(abort, 'big'); end").await;
    }
    intake.arrivals = vec![Arrival { raw: "x".repeat(40), ..record("2", someone("otto")) }];
    intake.cursor = Some(r#"{"since":"2"}"#.into());
    assert!(matches!(store.store_page(intake).await, Err(StoreError::Db { .. })));
    assert_eq!(bench.texts(cursor).await, [r#"{"since":"1"}"#]);
    assert_eq!(bench.int("select count(*) from inquiry").await, 1);
}

pub async fn a_walk_taken_over_stores_nothing(bench: &Bench) {
    let config = crew(None);
    let (old, new) = (started(bench, &config).await, bench.open().await);
    let taken = take(&old, "web").await;
    let busy = new.take_source("web".into(), SignedDuration::from_mins(5), true).await.unwrap();
    assert!(busy.is_none(), "a walk has one walker");
    bench.pass(301);
    let later = new.take_source("web".into(), SignedDuration::from_mins(5), true).await.unwrap().unwrap();
    assert!(later.token > taken.token);
    let error = old.store_page(page(&taken, vec![record("1", someone("eva"))])).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict), "{error}");
    assert!(matches!(old.end_walk(&taken, old.clock().now(), None).await, Err(StoreError::Conflict)));
    assert_eq!(bench.int("select count(*) from inquiry").await, 0);
    new.store_page(page(&later, vec![record("1", someone("eva"))])).await.unwrap();
}

pub async fn one_walker_wins_among_many(bench: &Bench) {
    let config = crew(None);
    started(bench, &config).await.due_now("web".into()).await.unwrap();
    let stores = join_all((0..4).map(|_| bench.open())).await;
    let takes =
        stores.iter().cycle().take(8).map(|store| store.take_source("web".into(), SignedDuration::from_mins(5), false));
    let won = join_all(takes).await.into_iter().filter(|taken| taken.as_ref().unwrap().is_some()).count();
    assert_eq!(won, 1);
}

/// The same twenty people arrive from two sources through two engines at the same moments, in opposite
/// order, with everything a page may do: one lead each, nothing lost, nobody waits for ever.
pub async fn the_same_people_from_two_sources_at_once(bench: &Bench) {
    let config = crew(None);
    let (one, two) = (started(bench, &config).await, bench.open().await);
    for round in 0..10 {
        let person = |n: usize| someone(&format!("p{round}-{n}"));
        let forth: Vec<_> = (0..20).map(|n| record(&format!("{round}-{n}"), person(n))).collect();
        let back: Vec<_> = (0..20).rev().map(|n| record(&format!("{round}-{n}"), person(n))).collect();
        let (web, shop) = tokio::join!(walk(&one, "web", forth), walk(&two, "shop", back));
        assert_eq!((web.leads + shop.leads, web.touches + shop.touches), (20, 20), "{web:?} {shop:?}");
    }
}

/// Pages of several sources and acts of the same process at the same time: each page's journal entry
/// carries the number its records name.
pub async fn one_process_stores_pages_side_by_side(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    let pages = |source: &'static str| {
        let store = store.clone();
        async move {
            for round in 0..15 {
                let people = (0..5).map(|n| record(&format!("{round}-{n}"), someone(&format!("{source}{round}-{n}"))));
                walk(&store, source, people.collect()).await;
            }
        }
    };
    let pokes = {
        let store = store.clone();
        async move {
            for _ in 0..30 {
                store.due_now("web".into()).await.unwrap();
                store.expire_held(10).await.unwrap();
            }
        }
    };
    tokio::join!(pages("web"), pages("shop"), pokes);
    assert_eq!(bench.int("select count(*) from lead").await, 150);
}

fn spent(campaign: &str, day: &str, amount: i64) -> CampaignDay {
    CampaignDay {
        campaign: campaign.into(),
        day: day.parse().unwrap(),
        amount,
        currency: "EUR".into(),
        impressions: Some(1_000),
        clicks: None,
    }
}

pub async fn a_corrected_figure_replaces_the_one_before(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let stores = async |figures: Vec<CampaignDay>| {
        let taken = take(&store, "web").await;
        let stored = store.store_page(Intake { figures, ..page(&taken, vec![]) }).await.unwrap();
        store.end_walk(&taken, taken.due_at, None).await.unwrap();
        (stored.figures, stored.restated)
    };
    let costs = async || {
        let found = store.costs("2026-11-01".parse().unwrap(), "2026-11-30".parse().unwrap()).await.unwrap();
        found.into_iter().map(|(_, currency, amount)| (currency, amount)).collect::<Vec<_>>()
    };
    let days = || vec![spent("c1", "2026-11-20", 1_000), spent("c1", "2026-11-21", 500), spent("c2", "2026-11-20", 7)];
    assert_eq!(stores(days()).await, (3, 0));
    let rows = bench.int("select count(*) from cost").await;
    assert_eq!(stores(days()).await, (0, 0));
    assert_eq!(bench.int("select count(*) from cost").await, rows, "what did not change writes nothing");
    assert_eq!(stores(vec![spent("c1", "2026-11-20", 900)]).await, (0, 1));
    assert_eq!(costs().await, [("EUR".to_owned(), 1_407)], "a day nobody speaks of keeps what is known");
    assert_eq!(stores(vec![spent("c1", "2026-11-20", 1_000)]).await, (0, 1));
    let by_hand = Cost {
        source: Some("web".into()),
        campaign: None,
        day: "2026-11-20".parse().unwrap(),
        amount: 50,
        currency: "EUR".into(),
        until: None,
        kind: crate::lg::store::CostKind::Spend,
    };
    store.add_costs(vec![by_hand.clone()], "anna".into()).await.unwrap();
    store.add_costs(vec![by_hand], "anna".into()).await.unwrap();
    assert_eq!(costs().await, [("EUR".to_owned(), 1_607)], "what people enter adds up, beside it");
    let abroad = CampaignDay { currency: "NOK".into(), ..spent("c2", "2026-11-20", 80) };
    assert_eq!(stores(vec![abroad]).await, (0, 1));
    assert_eq!(costs().await, [("EUR".to_owned(), 1_600), ("NOK".to_owned(), 80)]);
}

pub async fn figures_go_with_the_cursor_or_not_at_all(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let taken = take(&store, "web").await;
    store.end_walk(&taken, taken.due_at, None).await.unwrap();
    let late = Intake {
        figures: vec![spent("c1", "2026-11-20", 1)],
        cursor: Some("{\"since\":\"2026-11-20\"}".into()),
        ..page(&taken, vec![])
    };
    assert!(matches!(store.store_page(late).await, Err(StoreError::Conflict)));
    assert_eq!(bench.int("select count(*) from cost").await, 0);
}
