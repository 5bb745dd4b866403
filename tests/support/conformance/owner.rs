//! The report by mail and the stop-losses, as rows.

use jiff::Timestamp;

use crate::lg::clock::Clock as _;
use crate::lg::store::{MailEnd, MailState, OverrideKind, StopLossLook, StopLossRow, Store};
use crate::support::bench::Bench;
use crate::support::scene::{crew, started};

const TO: [&str; 2] = ["a@own.test", "b@own.test"];

fn later(bench: &Bench, secs: i64) -> Timestamp {
    bench.clock.now().checked_add(jiff::SignedDuration::from_secs(secs)).unwrap()
}

async fn open(bench: &Bench, store: &Store, period: &str) -> bool {
    let to = TO.iter().map(|&one| one.to_owned()).collect();
    store.open_report_mail(period.to_owned(), (later(bench, 0), later(bench, 3_600)), to).await.unwrap()
}

async fn states(store: &Store) -> Vec<MailState> {
    store.report_mails().await.unwrap().iter().map(|mail| mail.state).collect()
}

pub async fn a_report_is_claimed_by_one_and_settled_once(bench: &Bench) {
    let config = crew(None);
    let (one, other) = (started(bench, &config).await, bench.open().await);
    assert!(!open(bench, &one, "p0").await, "what is due at the first look was never promised");
    bench.pass(60);
    assert!(open(bench, &one, "p1").await && !open(bench, &other, "p1").await);
    let (first, second) = tokio::join!(one.claim_report_mail(), other.claim_report_mail());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.len() + second.len(), 2, "each row has one holder");
    let (holder, rows, stranger) = if first.is_empty() { (&other, second, &one) } else { (&one, first, &other) };
    assert_eq!(rows.len(), 2);
    assert!(holder.report_mail_leaves(&rows[0]).await.unwrap());
    assert!(!stranger.report_mail_leaves(&rows[0]).await.unwrap());
    assert!(!stranger.settle_report_mail(&rows[0], MailEnd::Sent).await.unwrap());
    assert!(holder.settle_report_mail(&rows[0], MailEnd::Sent).await.unwrap());
    assert!(!holder.settle_report_mail(&rows[0], MailEnd::Failed("no".into())).await.unwrap());
    let again = MailEnd::Again(later(bench, 120), "busy".into());
    assert!(holder.settle_report_mail(&rows[1], again).await.unwrap());
    assert!(one.claim_report_mail().await.unwrap().is_empty());
    bench.pass(120);
    let claimed = one.claim_report_mail().await.unwrap();
    assert_eq!((claimed.len(), claimed[0].tries, claimed[0].why.as_deref()), (1, 2, Some("busy")));
    assert_eq!(states(&one).await.iter().filter(|state| **state == MailState::Sent).count(), 1);
    // Somebody sends it by hand: only what was not surely sent is touched.
    one.settle_report_mail(&claimed[0], MailEnd::Unknown("cut off".into())).await.unwrap();
    one.report_mailed("anna".into(), vec!["A@own.test".into(), "B@own.test".into()], "by hand".into()).await.unwrap();
    let mut told = states(&one).await;
    told.sort_by_key(|state| state.word());
    assert_eq!(told, [MailState::ByHand, MailState::Sent]);
    bench.pass(3_600);
    assert!(open(bench, &one, "p2").await);
    assert_eq!(states(&one).await, [MailState::Waiting; 2]);
    bench.pass(3_600);
    assert!(open(bench, &one, "p3").await);
    assert_eq!(bench.int("select count(*) from owner_mail where state = 'missed'").await, 2);
}

pub async fn what_a_gone_sender_held_waits_or_is_unknown(bench: &Bench) {
    let config = crew(None);
    let gone = started(bench, &config).await;
    assert!(!open(bench, &gone, "p0").await);
    bench.pass(60);
    assert!(open(bench, &gone, "p1").await);
    let claimed = gone.claim_report_mail().await.unwrap();
    assert!(gone.report_mail_leaves(&claimed[0]).await.unwrap());
    bench.pass(120);
    let store = bench.open().await;
    store.rescue_report_mail().await.unwrap();
    assert_eq!(states(&store).await, [MailState::Sending; 2], "it may be at work still");
    assert_eq!(store.bury_engines(jiff::SignedDuration::from_secs(60)).await.unwrap(), 1);
    store.rescue_report_mail().await.unwrap();
    let mut told = states(&store).await;
    told.sort_by_key(|state| state.word());
    assert_eq!(told, [MailState::Unknown, MailState::Waiting]);
    assert_eq!(store.claim_report_mail().await.unwrap().len(), 1);
}

pub async fn a_stop_loss_closes_and_opens_its_cap_and_nobody_elses_word(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    let look = |tripped: bool, closes: bool| {
        let now = later(bench, 0);
        let tripped_at = tripped.then_some(now);
        let row = StopLossRow { cap: "cost".into(), looked_at: now, tripped_at, let_go_at: None, body: "{}".into() };
        StopLossLook { row, closes, why: "90 EUR".into(), source: "web".into(), hook: None }
    };
    let closed = async || {
        let set = store.overrides().await.unwrap();
        set.iter().any(|set| set.kind == OverrideKind::Cap && set.name == "cost" && set.value == 0)
    };
    for (tripped, closes, wanted) in
        [(false, true, false), (true, true, true), (true, true, true), (true, false, false), (false, true, false)]
    {
        store.keep_stop_loss(look(tripped, closes)).await.unwrap();
        assert_eq!(closed().await, wanted, "{tripped} {closes}");
    }
    assert_eq!(
        bench.texts("select kind from journal where kind like 'stop-loss%' order by n").await,
        ["stop-loss", "stop-loss-over"]
    );
    store.keep_stop_loss(look(true, true)).await.unwrap();
    store.drop_stop_loss("cost".into()).await.unwrap();
    assert!(!closed().await && store.stop_losses().await.unwrap().is_empty());
}
