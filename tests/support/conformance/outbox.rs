//! Claim, phases, settling, rescue: every change names what it comes from, and a lost claim changes
//! nothing.

use std::collections::BTreeSet;

use futures::future::join_all;
use jiff::SignedDuration;

use crate::lg::handoff::Reference;
use crate::lg::lead::{Code, HandoffState, Phase};
use crate::lg::store::{Claimed, LEASE, Settle, Store, StoreError};
use crate::support::bench::Bench;
use crate::support::scene::{
    DAY, HOUR, accepted, claim_one, claimed, crew, destination, queue_up, release, rules, started,
};

/// A store with one handoff that somebody claimed.
async fn one_claimed(bench: &Bench) -> (Store, Claimed) {
    let config = crew(None);
    let store = started(bench, &config).await;
    queue_up(&store, "p", 1).await;
    let claim = claimed(&store, &rules(&config)).await;
    (store, claim)
}

async fn state(bench: &Bench) -> HandoffState {
    HandoffState::from_number(bench.int("select state from handoff order by id desc limit 1").await).unwrap()
}

fn retry(costs_attempt: bool) -> Settle {
    Settle::Retry { at: crate::support::bench::start(), code: Code::Retrying, costs_attempt }
}

fn unknown() -> Settle {
    Settle::Unknown { at: crate::support::bench::start() }
}

pub async fn a_claim_is_settled_once(bench: &Bench) {
    let (store, claim) = one_claimed(bench).await;
    assert_eq!((claim.attempt, claim.claim), (1, 1));
    assert!(store.claim(destination(&store, "desk").await, 10).await.unwrap().is_empty());
    let reference = Some(Reference { id: "77".into(), number: Some("T-77".into()), url: None });
    let settle = match accepted() {
        Settle::Accepted { code, clocks, copies, .. } => Settle::Accepted { reference, code, clocks, copies },
        other => other,
    };
    assert!(store.settle(&claim, settle, "250 ok".into()).await.unwrap());
    assert_eq!(state(bench).await, HandoffState::Accepted);
    assert_eq!(bench.texts("select reference from handoff").await, ["77"]);
    for again in [accepted(), retry(true), unknown()] {
        assert!(!store.settle(&claim, again, String::new()).await.unwrap());
    }
    assert_eq!(state(bench).await, HandoffState::Accepted);
    assert_eq!(bench.int("select count(*) from journal where kind = 'sent'").await, 1);
}

pub async fn a_lost_claim_changes_nothing(bench: &Bench) {
    let (store, old) = one_claimed(bench).await;
    bench.clock.advance(LEASE);
    assert_eq!(store.rescue().await.unwrap(), 1);
    let new = claim_one(&store).await;
    assert_eq!((new.claim, new.attempt), (2, 2));
    assert!(!store.enter_phase(&old, Phase::Body, Some(b"old".to_vec())).await.unwrap());
    assert!(!store.settle(&old, accepted(), "late".into()).await.unwrap());
    assert_eq!(bench.int("select count(*) from payload").await, 0);
    assert!(store.settle(&new, accepted(), String::new()).await.unwrap());
}

pub async fn two_claimers_never_get_the_same_row(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    queue_up(&store, "p", 60).await;
    release(&store, &rules(&config), 100).await.unwrap();
    let desk = destination(&store, "desk").await;
    let stores = join_all((0..4).map(|_| bench.open())).await;
    let grab = |store: Store| async move {
        let mut mine = Vec::new();
        for _ in 0..5 {
            mine.extend(store.claim(desk, 4).await.unwrap().into_iter().map(|claim| claim.id));
        }
        mine
    };
    let all: Vec<_> = join_all(stores.into_iter().map(|store| tokio::spawn(grab(store))))
        .await
        .into_iter()
        .flat_map(|task| task.unwrap())
        .collect();
    assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len());
    let rest = store.claim(desk, 100).await.unwrap().len();
    assert_eq!(all.len() + rest, 60);
}

pub async fn the_most_urgent_is_claimed_first(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    queue_up(&store, "p", 3).await;
    release(&store, &rules(&config), 10).await.unwrap();
    bench.sql("update handoff set deadline_at = deadline_at - id").await;
    let list = store.claim(destination(&store, "desk").await, 10).await.unwrap();
    assert_eq!(list.iter().map(|claim| claim.id.0).collect::<Vec<_>>(), [3, 2, 1]);
    assert!(store.claim(destination(&store, "spare").await, 10).await.unwrap().is_empty());
}

pub async fn bytes_are_frozen_once(bench: &Bench) {
    let (store, claim) = one_claimed(bench).await;
    assert!(claim.frozen.is_none());
    assert!(store.enter_phase(&claim, Phase::Body, Some(b"first".to_vec())).await.unwrap());
    assert!(store.enter_phase(&claim, Phase::Dot, Some(b"second".to_vec())).await.unwrap());
    assert!(store.settle(&claim, retry(true), "451".into()).await.unwrap());
    assert_eq!(claim_one(&store).await.frozen.as_deref(), Some(b"first".as_slice()));
}

pub async fn attempts_count_and_a_wait_costs_none(bench: &Bench) {
    let (store, claim) = one_claimed(bench).await;
    assert!(store.settle(&claim, retry(true), String::new()).await.unwrap());
    let second = claim_one(&store).await;
    assert_eq!((second.attempt, second.claim), (2, 2));
    assert!(store.settle(&second, retry(false), String::new()).await.unwrap());
    let third = claim_one(&store).await;
    assert_eq!((third.attempt, third.claim), (2, 3), "claims are never un-counted");
    assert_eq!(third.first_try_at, claim.first_try_at);
    // Not before its time.
    let later = Settle::Retry { at: store.clock().now() + HOUR, code: Code::Retrying, costs_attempt: true };
    assert!(store.settle(&third, later, String::new()).await.unwrap());
    let desk = destination(&store, "desk").await;
    assert!(store.claim(desk, 10).await.unwrap().is_empty());
    bench.clock.advance(HOUR);
    assert_eq!(store.claim(desk, 10).await.unwrap().len(), 1);
}

pub async fn what_was_not_begun_is_given_back(bench: &Bench) {
    let (store, claim) = one_claimed(bench).await;
    store.hand_back(vec![claim.clone()]).await.unwrap();
    assert!(!store.settle(&claim, accepted(), String::new()).await.unwrap(), "the claim is gone");
    let second = claim_one(&store).await;
    assert_eq!((second.attempt, second.claim), (1, 2), "no attempt was made, but a claim");
    // Whatever may have left is not given back, nor what somebody else holds by now.
    assert!(store.enter_phase(&second, Phase::Dot, None).await.unwrap());
    store.hand_back(vec![claim, second.clone()]).await.unwrap();
    assert_eq!(bench.int("select state from handoff").await, 2);
    // Unless it was marked before its turn, which never came.
    store.hand_back(vec![Claimed { marked: Some(Phase::Dot), ..second }]).await.unwrap();
    let third = claim_one(&store).await;
    assert_eq!((third.attempt, third.claim), (1, 3));
    assert!(store.settle(&third, accepted(), String::new()).await.unwrap());
}

/// What is asked at the same moment shares statements and commits; what one is answered does not depend on the others.
pub async fn a_lost_claim_costs_those_beside_it_nothing(bench: &Bench) {
    let config = crew(None);
    let store = started(bench, &config).await;
    queue_up(&store, "p", 7).await;
    release(&store, &rules(&config), 10).await.unwrap();
    let old = store.claim(destination(&store, "desk").await, 10).await.unwrap();
    bench.clock.advance(LEASE);
    assert_eq!(store.rescue().await.unwrap(), 7);
    let mut held = store.claim(destination(&store, "desk").await, 10).await.unwrap();
    // One of them is lost once more, to be sure that it is not the oldest or the newest that counts.
    held[3] = old[3].clone();
    let entered = held.iter().map(|claim| store.enter_phase(claim, Phase::Dot, Some(claim.id.0.to_string().into())));
    let entered: Vec<bool> = join_all(entered).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(entered, [true, true, true, false, true, true, true]);
    assert_eq!(bench.int("select count(*) from payload").await, 6);
    let ends = [accepted(), retry(true), accepted(), accepted(), unknown(), accepted(), accepted()];
    let ended = held.iter().zip(ends).map(|(claim, end)| store.settle(claim, end, format!("said of {}", claim.id.0)));
    let ended: Vec<bool> = join_all(ended).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(ended, entered);
    let states = bench.texts("select cast(state as text) from handoff order by deadline_at, id").await;
    assert_eq!(states, ["3", "1", "3", "2", "6", "3", "3"]);
    let own = "select count(*) from said where text = 'said of ' || cast(handoff_id as text)";
    assert_eq!(bench.int(own).await, 6);
    assert_eq!(bench.int("select count(*) from journal where kind = 'sent'").await, 4);
}

pub async fn an_unknown_one_is_looked_for(bench: &Bench) {
    for (end, wanted) in [
        (accepted(), HandoffState::Accepted),
        (retry(true), HandoffState::Queued),
        (Settle::NeedsPerson { code: Code::Unknown, surely_not: false }, HandoffState::NeedsPerson),
        (unknown(), HandoffState::Unknown),
    ] {
        let (store, claim) = one_claimed(bench).await;
        store.enter_phase(&claim, Phase::Dot, Some(b"x".to_vec())).await.unwrap();
        assert!(store.settle(&claim, unknown(), "broken".into()).await.unwrap());
        let slots = bench.int("select count(*) from slot").await;
        let found = store.unknown_due(None, 10).await.unwrap().remove(0);
        assert_eq!((found.id, &found.token, found.misses), (claim.id, &claim.token, 0));
        assert!(store.settle_unknown(&found, end, 1).await.unwrap());
        assert_eq!(state(bench).await, wanted);
        assert_eq!(bench.int("select count(*) from slot").await, slots, "what may be there keeps its slots");
        if wanted != HandoffState::Unknown {
            assert!(!store.settle_unknown(&found, accepted(), 2).await.unwrap(), "settled once");
        }
        store.close().await.unwrap();
        wipe(bench).await;
    }
}

/// Sent again after doubt, a night later: the same key, so that the far side can tell.
pub async fn a_resend_after_doubt_keeps_its_key(bench: &Bench) {
    let config = crew(Some(5));
    let store = started(bench, &config).await;
    queue_up(&store, "p", 1).await;
    let claim = claimed(&store, &rules(&config)).await;
    store.enter_phase(&claim, Phase::Dot, Some(b"x".to_vec())).await.unwrap();
    assert!(store.settle(&claim, unknown(), "broken".into()).await.unwrap());
    bench.clock.advance(DAY);
    assert_eq!(store.take_back_stale().await.unwrap(), 0, "in doubt: never taken back");
    let found = store.unknown_due(None, 10).await.unwrap().remove(0);
    assert!(store.settle_unknown(&found, retry(true), 1).await.unwrap());
    assert_eq!(store.take_back_stale().await.unwrap(), 0);
    let again = claim_one(&store).await;
    assert_eq!((&again.token, again.frozen.as_deref()), (&claim.token, Some(b"x".as_slice())));
}

/// Forgets every lead, so that one test can play several.
async fn wipe(bench: &Bench) {
    for table in ["handoff", "slot", "payload", "said", "lead", "contact", "contact_key", "raw"] {
        bench.sql(&format!("delete from {table}")).await;
    }
    bench.sql("update inquiry set lead_id = 1, source_id = -id").await;
}

pub async fn the_next_destination_gets_token_and_slots(bench: &Bench) {
    let (store, claim) = one_claimed(bench).await;
    let spare = destination(&store, "spare").await;
    let slots = bench.int("select count(*) from slot").await;
    let next = Settle::NextHop { destination: spare, code: Code::Refused, deadline: DAY };
    assert!(store.settle(&claim, next, "550".into()).await.unwrap());
    assert_eq!(bench.ints("select state from handoff order by id").await, [8, 1]);
    let hop = store.claim(spare, 10).await.unwrap().remove(0);
    assert_eq!((hop.hop, hop.round, &hop.token, &hop.person), (1, 1, &claim.token, &claim.person));
    assert_eq!(bench.ints("select distinct handoff_id from slot").await, [hop.id.0]);
    assert_eq!(bench.int("select count(*) from slot").await, slots);
    assert!(store.settle(&hop, accepted(), String::new()).await.unwrap());
}

pub async fn surely_not_there_gives_the_slots_back(bench: &Bench) {
    let (store, claim) = one_claimed(bench).await;
    let settle = Settle::NeedsPerson { code: Code::DeliveryConfig, surely_not: true };
    assert!(store.settle(&claim, settle, String::new()).await.unwrap());
    assert_eq!(state(bench).await, HandoffState::NeedsPerson);
    assert_eq!(bench.int("select count(*) from slot").await, 0);
}

pub async fn a_dead_senders_work_is_found(bench: &Bench) {
    for (phase, wanted) in [
        (Phase::Connect, HandoffState::Queued),
        (Phase::Body, HandoffState::Unknown),
        (Phase::Dot, HandoffState::Unknown),
    ] {
        let (store, claim) = one_claimed(bench).await;
        assert!(store.enter_phase(&claim, phase, Some(b"x".to_vec())).await.unwrap());
        bench.clock.advance(LEASE - SignedDuration::from_secs(1));
        assert_eq!(store.rescue().await.unwrap(), 0, "its lease runs");
        store.renew_leases().await.unwrap();
        bench.clock.advance(LEASE - SignedDuration::from_secs(1));
        assert_eq!(store.rescue().await.unwrap(), 0, "it was renewed");
        bench.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(store.rescue().await.unwrap(), 1);
        assert_eq!(state(bench).await, wanted);
        assert_eq!(store.rescue().await.unwrap(), 0);
        assert!(!store.settle(&claim, accepted(), String::new()).await.unwrap(), "the dead one is late");
        store.close().await.unwrap();
        wipe(bench).await;
    }
}

pub async fn a_phase_never_goes_back(bench: &Bench) {
    let (store, claim) = one_claimed(bench).await;
    assert!(store.enter_phase(&claim, Phase::Dot, Some(b"x".to_vec())).await.unwrap());
    store.enter_phase(&claim, Phase::Connect, None).await.unwrap();
    bench.clock.advance(LEASE);
    store.rescue().await.unwrap();
    assert_eq!(state(bench).await, HandoffState::Unknown, "something has left: never blindly again");
}

pub async fn signing_off_frees_claims_at_once(bench: &Bench) {
    let (store, claim) = one_claimed(bench).await;
    store.enter_phase(&claim, Phase::Connect, None).await.unwrap();
    store.close().await.unwrap();
    let next = bench.open().await;
    assert_eq!(next.rescue().await.unwrap(), 1);
    assert_eq!(claim_one(&next).await.id, claim.id);
}

pub async fn a_fenced_sender_cannot_settle(bench: &Bench) {
    let (old, claim) = one_claimed(bench).await;
    let new = bench.open().await;
    bench.clock.advance(LEASE);
    assert_eq!(new.bury_engines(LEASE).await.unwrap(), 1);
    assert!(matches!(old.enter_phase(&claim, Phase::Body, None).await, Err(StoreError::Fenced)));
    assert!(!matches!(old.settle(&claim, accepted(), String::new()).await, Ok(true)));
    assert_eq!(state(bench).await, HandoffState::Sending);
    assert_eq!(new.rescue().await.unwrap(), 1);
}

/// Sender and rescuer meet at the same instant: one of them wins, and both know which.
pub async fn sender_and_rescuer_meet(bench: &Bench) {
    let config = crew(None);
    let (one, two) = (started(bench, &config).await, bench.open().await);
    queue_up(&one, "p", 20).await;
    release(&one, &rules(&config), 100).await.unwrap();
    let claims = one.claim(destination(&one, "desk").await, 20).await.unwrap();
    bench.clock.advance(LEASE);
    let settles = async {
        let mut won = 0;
        for claim in &claims {
            won += usize::from(one.settle(claim, accepted(), String::new()).await.unwrap());
        }
        won
    };
    let (won, rescued) = tokio::join!(settles, two.rescue());
    assert_eq!(won + rescued.unwrap(), 20);
    assert_eq!(bench.int("select count(*) from handoff where state = 3").await, won as i64);
}

pub async fn what_is_due_next(bench: &Bench) {
    let (store, claim) = one_claimed(bench).await;
    assert_eq!(store.next_due().await.unwrap(), [None; 3]);
    let at = store.clock().now() + HOUR;
    store.settle(&claim, Settle::Unknown { at }, String::new()).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), [None, Some(at), None]);
    assert!(store.unknown_due(None, 10).await.unwrap().is_empty());
}

pub async fn a_card_is_told_of_the_first_inquiry(bench: &Bench) {
    let (store, claim) = one_claimed(bench).await;
    let facts = store.handoff_facts(claim.lead).await.unwrap();
    assert_eq!((facts.source.as_str(), facts.campaign.as_deref()), ("web", Some("autumn")));
    assert!(matches!(store.handoff_facts(crate::lg::lead::LeadId(99)).await, Err(StoreError::Conflict)));
}
