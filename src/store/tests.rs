//! The steps that acts are made of, on both databases: the part of `tests/store_conformance.rs` that only
//! this crate can reach. It shares that suite's bench and scenes.

#[path = "../../tests/support/bench.rs"]
#[allow(dead_code, missing_docs)]
mod bench;
#[path = "../../tests/support/scene.rs"]
#[allow(dead_code, missing_docs)]
mod scene;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use self::bench::Bench;
use self::scene::{
    DAY, accepted, claim_one, crew, destination, open_caps, queue_up, record, release, rules, someone, started, walk,
};
use super::outbox::{apply, drop_to_queue, first_response};
use super::*;
use crate as lg;
use crate::lead::{Code, HandoffId, HandoffState, LeadId, Quality, Stage, VerdictKind};
use crate::queue::attendance::Said;
use crate::test_config as config;

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            use super::Bench;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let bench = Bench::sqlite();
                    super::$name(&bench).await;
                    bench.finish().await;
                }
            )*
        }
        mod postgres {
            use super::Bench;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let Some(bench) = Bench::postgres().await else { return };
                    super::$name(&bench).await;
                    bench.finish().await;
                }
            )*
        }
    };
}

on_both! {
    writing_reads_what_is_committed_and_reading_sees_one_moment
    an_override_is_set_ended_and_restored
    leave_and_what_waits_for_them_change_together
    an_end_ends_what_was_not_sent
    what_is_being_sent_cannot_be_ended
    a_lead_edited_while_out_can_wait_again
    a_decision_taken_back_finds_its_lane
    a_return_is_credited_and_the_credit_taken_back
    another_person_gets_a_new_round
    every_other_move_is_refused
    an_answer_can_be_taken_back
    acknowledging_counts_once
    notes_come_and_go
    a_learned_key_is_never_stolen
    a_conflict_keeps_nothing
}

/// One lead, out with one handoff that waits.
async fn one_out(bench: &Bench) -> Store {
    let config = crew(None);
    let store = started(bench, &config).await;
    queue_up(&store, "p", 1).await;
    release(&store, &rules(&config), 10).await.unwrap();
    store
}

async fn one_accepted(bench: &Bench) -> Store {
    let store = one_out(bench).await;
    let claim = claim_one(&store).await;
    assert!(store.settle(&claim, accepted(), String::new()).await.unwrap());
    store
}

async fn lead(store: &Store) -> StoredLead {
    store.lead(LeadId(1)).await.unwrap().unwrap()
}

async fn end(store: &Store) -> Result<(), StoreError> {
    let lead = lead(store).await;
    store
        .write(move |tx| {
            Box::pin(
                async move { tx.end_lead(&lead, "lost", &Code::NoInterest, None, &open_caps(), &[]).await.map(drop) },
            )
        })
        .await
}

fn redecided(lead: &StoredLead, stage: Stage, lane: Option<String>) -> Redecided {
    Redecided {
        contact: lead.contact.clone(),
        facts: lead.facts.clone(),
        service: lead.service.clone(),
        verdict: VerdictKind::Qualified,
        score: None,
        stage,
        lane,
        priority: 0,
        expires_at: None,
        config: 1,
    }
}

async fn rewrite(store: &Store, stage: Stage, lane: Option<String>) -> Result<(), StoreError> {
    let lead = lead(store).await;
    let new = redecided(&lead, stage, lane);
    store.write(move |tx| Box::pin(async move { tx.rewrite(&lead, &new).await })).await
}

async fn isolation(tx: &mut Tx) -> Result<String, StoreError> {
    tx.one("show transaction_isolation", vec![]).await?.unwrap().text(0)
}

async fn writing_reads_what_is_committed_and_reading_sees_one_moment(bench: &Bench) {
    let store = bench.open().await;
    if !bench.is_postgres() {
        return;
    }
    let name = bench.texts("select current_database()").await.remove(0);
    bench.sql(&format!("alter database {name} set default_transaction_isolation = 'serializable'")).await;
    let store_anew = bench.open().await;
    for store in [&store, &store_anew] {
        assert_eq!(
            store.write(|tx| Box::pin(isolation(tx))).await.unwrap(),
            "read committed",
            "caps are counted after a wait"
        );
        assert_eq!(store.read(|tx| Box::pin(isolation(tx))).await.unwrap(), "repeatable read");
    }
}

async fn an_override_is_set_ended_and_restored(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    let set = |store: &Store, value: i64, until: Option<Timestamp>| {
        let store = store.clone();
        async move {
            let set = store.write(move |tx| {
                Box::pin(async move { tx.set_override(OverrideKind::Cap, "c", value, until, "anna", "storm").await })
            });
            set.await.unwrap()
        }
    };
    let (first, ended) = set(&store, 5, None).await;
    assert!(ended.is_empty());
    let (second, ended) = set(&store, 0, Some(store.clock().now() + DAY)).await;
    assert_eq!(ended, [first]);
    let live = store.overrides().await.unwrap();
    assert_eq!(live.len(), 1);
    assert_eq!(
        (live[0].id, live[0].value, live[0].who.as_str(), live[0].reason.as_str()),
        (second, 0, "anna", "storm")
    );
    // An undo ends the newer and restores the older.
    store
        .write(move |tx| {
            Box::pin(async move {
                assert_eq!(tx.end_override(OverrideKind::Cap, "c").await?, [second]);
                tx.restore_overrides(&[first]).await
            })
        })
        .await
        .unwrap();
    assert_eq!(store.overrides().await.unwrap()[0].value, 5);
    let again = store.write(move |tx| Box::pin(async move { tx.restore_overrides(&[first]).await })).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "restored once");
    let (third, _) = set(&store, 7, Some(store.clock().now() + DAY)).await;
    bench.clock.advance(DAY);
    assert!(store.overrides().await.unwrap().is_empty(), "{third} is over by itself");
    assert_eq!(bench.int("select count(*) from override").await, 3, "nothing is deleted");
}

/// Says something of Anna in a transaction that is kept, or breaks off at its end.
async fn say(store: &Store, said: Said, keep: bool) -> Result<i64, StoreError> {
    let write = store.write(move |tx| {
        Box::pin(async move {
            let set = tx.set_override(OverrideKind::Person, "anna", said.number(), None, "boss", "flu").await?;
            if keep { Ok(set.0) } else { Err(StoreError::Conflict) }
        })
    });
    write.await
}

/// However it breaks off, somebody is away with everything that waited for them, or there with all of it.
async fn leave_and_what_waits_for_them_change_together(bench: &Bench) {
    let store = one_out(bench).await;
    let desk = destination(&store, "desk").await;
    let good_until = "select coalesce(valid_until, 0) from handoff where state = 1";
    let before = bench.int(good_until).await;
    assert!(say(&store, Said::Leave, false).await.is_err());
    assert!(store.overrides().await.unwrap().is_empty());
    assert_eq!(bench.int(good_until).await, before, "broken off, it goes to her as before");
    say(&store, Said::On, true).await.unwrap();
    assert_eq!(bench.int(good_until).await, before, "called in, she gets it all the more");

    let away = say(&store, Said::Leave, true).await.unwrap();
    assert!(store.claim(desk, 10).await.unwrap().is_empty(), "nothing is sent to somebody who is away");
    assert_eq!(store.take_back_stale().await.unwrap(), 1);
    let back = store.write(|tx| Box::pin(async { tx.end_override(OverrideKind::Person, "anna").await }));
    assert_eq!(back.await.unwrap(), [away]);
    assert_eq!(release(&store, &rules(&crew(None)), 10).await.unwrap().give[0].person, "anna");
    // Coming back is taken back: she is away again, and so is what was decided for her meanwhile.
    store.write(move |tx| Box::pin(async move { tx.restore_overrides(&[away]).await })).await.unwrap();
    assert!(store.claim(desk, 10).await.unwrap().is_empty());
    assert_eq!(store.take_back_stale().await.unwrap(), 1);
}

async fn an_end_ends_what_was_not_sent(bench: &Bench) {
    for (state, wanted, slots) in [
        (HandoffState::Queued, HandoffState::Dropped, 0),
        (HandoffState::NeedsPerson, HandoffState::Dropped, 3),
        (HandoffState::Unknown, HandoffState::Dropped, 3),
        (HandoffState::Accepted, HandoffState::Closed, 3),
        (HandoffState::Tracking, HandoffState::Closed, 3),
    ] {
        let store = one_out(bench).await;
        bench.sql(&format!("update handoff set state = {}", state.number())).await;
        end(&store).await.unwrap();
        assert_eq!(bench.int("select state from handoff").await, wanted.number(), "{state:?}");
        assert_eq!(bench.int("select count(*) from slot").await, slots, "{state:?}");
        assert_eq!(bench.ints("select stage from lead").await, [Stage::Closed.number()]);
        let desk = destination(&store, "desk").await;
        assert!(store.claim(desk, 10).await.unwrap().is_empty(), "a closed lead is never sent");
        store.close().await.unwrap();
        for table in ["handoff", "slot", "lead", "contact", "contact_key", "raw"] {
            bench.sql(&format!("delete from {table}")).await;
        }
        bench.sql("update inquiry set source_id = -id").await;
        let counter = if bench.is_postgres() {
            "select setval('lead_ids', 1, false)"
        } else {
            "update meta set value = 0 where key = 'lead_ids'"
        };
        bench.sql(counter).await;
    }
}

async fn what_is_being_sent_cannot_be_ended(bench: &Bench) {
    let store = one_out(bench).await;
    let claim = claim_one(&store).await;
    assert!(matches!(end(&store).await, Err(StoreError::Conflict)));
    assert_eq!(bench.int("select stage from lead").await, Stage::Out.number());
    assert_eq!(bench.int("select count(*) from mark").await, 0);
    assert!(store.settle(&claim, accepted(), String::new()).await.unwrap());
    end(&store).await.unwrap();
    assert!(matches!(end(&store).await, Ok(()) | Err(StoreError::Conflict)));
}

async fn a_lead_edited_while_out_can_wait_again(bench: &Bench) {
    let store = one_out(bench).await;
    rewrite(&store, Stage::Out, None).await.unwrap();
    let handoff = lead(&store).await.handoff.unwrap().id;
    store
        .write(move |tx| Box::pin(async move { drop_to_queue(tx, handoff, LeadId(1), HandoffState::Queued).await }))
        .await
        .unwrap();
    assert_eq!(lead(&store).await.stage, Stage::Held);
    assert_eq!(release(&store, &rules(&crew(None)), 10).await.unwrap().give.len(), 1, "it is in a lane");
}

async fn a_decision_taken_back_finds_its_lane(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    queue_up(&store, "p", 1).await;
    rewrite(&store, Stage::Review, None).await.unwrap();
    rewrite(&store, Stage::Held, None).await.unwrap();
    assert_eq!(release(&store, &rules(&crew(None)), 10).await.unwrap().give.len(), 1);
    assert!(matches!(rewrite(&store, Stage::Pending, None).await, Err(StoreError::Conflict)), "no legal move");
}

async fn a_return_is_credited_and_the_credit_taken_back(bench: &Bench) {
    let store = one_accepted(bench).await;
    let handoff = lead(&store).await.handoff.unwrap().id;
    let caps = vec!["team.crew.day".to_owned(), "unheard of".to_owned()];
    let credit = caps.clone();
    let used =
        "select cast(sum(s.amount) as bigint) from slot s join cap c on c.id = s.cap_id where c.name = 'team.crew.day'";
    assert_eq!(bench.int(used).await, 1);
    store.write(move |tx| Box::pin(async move { tx.credit(handoff, &credit).await })).await.unwrap();
    assert_eq!(bench.int(used).await, 0);
    bench.clock.advance(DAY);
    store.write(move |tx| Box::pin(async move { tx.credit(handoff, &caps).await })).await.unwrap();
    assert_eq!(bench.int(used).await, 0, "once is enough");
    store.write(move |tx| Box::pin(async move { tx.take_credits_back(handoff).await })).await.unwrap();
    assert_eq!(bench.int("select count(*) from slot where amount < 0").await, 0);
}

async fn another_person_gets_a_new_round(bench: &Bench) {
    let store = one_accepted(bench).await;
    let old = lead(&store).await;
    let desk = destination(&store, "desk").await;
    let give = |store: &Store, lead: StoredLead| {
        let store = store.clone();
        async move {
            let caps = ["*", "person.ben.open", "new cap"].map(|cap| (cap.to_owned(), 1));
            let work = store.write(move |tx| {
                Box::pin(async move {
                    let to = Reassign {
                        person: "ben",
                        team: "crew",
                        route: "default",
                        destination: desk,
                        deadline: SignedDuration::from_mins(30),
                        caps: &caps,
                        config: 1,
                        valid_until: None,
                    };
                    tx.reassign(&lead, &to).await
                })
            });
            work.await
        }
    };
    let new = give(&store, old.clone()).await.unwrap();
    assert!(matches!(give(&store, old.clone()).await, Err(StoreError::Conflict)), "given once");
    assert_eq!(bench.ints("select state from handoff order by id").await, [8, 1]);
    assert_eq!(bench.ints("select distinct handoff_id from slot").await, [new.0]);
    let claim = claim_one(&store).await;
    assert_eq!((claim.id, claim.round, claim.person.as_str()), (new, 2, "ben"));
    let sending = lead(&store).await;
    assert!(matches!(give(&store, sending).await, Err(StoreError::Conflict)), "not while it is being sent");
}

/// Every way to settle from every state, whatever state the row is in: it works exactly when the row is
/// in the state it names and the move is legal.
async fn every_other_move_is_refused(bench: &Bench) {
    let store = one_out(bench).await;
    let (spare, now) = (destination(&store, "spare").await, store.clock().now());
    let settles = move || {
        [
            (accepted(), HandoffState::Accepted),
            (Settle::Retry { at: now, code: Code::Retrying, costs_attempt: true }, HandoffState::Queued),
            (Settle::Unknown { at: now }, HandoffState::Unknown),
            (Settle::NeedsPerson { code: Code::Dead, surely_not: false }, HandoffState::NeedsPerson),
            (Settle::NextHop { destination: spare, code: Code::Refused, deadline: DAY }, HandoffState::Dropped),
        ]
    };
    let id = HandoffId(bench.int("select id from handoff").await);
    for row in HandoffState::ALL {
        for from in HandoffState::ALL {
            for (settle, to) in settles() {
                bench.sql(&format!("update handoff set state = {}, closed_at = null", row.number())).await;
                // Not sent in time, refused, surely absent, or a mail that came back.
                let superseded = to == HandoffState::Dropped
                    && matches!(
                        from,
                        HandoffState::Queued | HandoffState::Sending | HandoffState::Unknown | HandoffState::Accepted
                    );
                let again = *from == HandoffState::Unknown && to == HandoffState::Unknown;
                let back =
                    to == HandoffState::Accepted && matches!(from, HandoffState::Closed | HandoffState::Tracking);
                let table = from.may_become(to) && to != HandoffState::Dropped && !back;
                let legal = row == from && (table || superseded || again);
                let (from, words) = (*from, format!("{row:?}, {from:?} to {to:?}"));
                // Never kept: what is tried is rolled back, whether it worked or not.
                let result = store
                    .write(move |tx| {
                        Box::pin(async move {
                            let worked = apply(tx, id, LeadId(1), from, settle).await.is_ok();
                            Err::<(), _>(if worked {
                                StoreError::Damaged("legal".into())
                            } else {
                                StoreError::Conflict
                            })
                        })
                    })
                    .await;
                assert_eq!(matches!(result, Err(StoreError::Damaged(_))), legal, "{words}");
            }
        }
    }
    bench.sql("update handoff set state = 1").await;
}

async fn an_answer_can_be_taken_back(bench: &Bench) {
    let store = one_accepted(bench).await;
    let id = HandoffId(bench.int("select id from handoff").await);
    let base = store.clock().now();
    for minutes in [10, 20] {
        let at = base + SignedDuration::from_mins(minutes);
        store
            .write(move |tx| {
                Box::pin(async move {
                    first_response(tx, id, LeadId(1), at, Quality::Exact, "console", &open_caps()).await.map(drop)
                })
            })
            .await
            .unwrap();
    }
    let back = |store: &Store| {
        let store = store.clone();
        async move {
            let work = store.write(move |tx| {
                Box::pin(async move {
                    tx.void_marks(id, &["first"]).await?;
                    tx.refresh_first(id).await
                })
            });
            work.await.unwrap()
        }
    };
    assert_eq!(back(&store).await, Some(base + SignedDuration::from_mins(10)));
    assert_eq!(bench.int("select state from handoff").await, HandoffState::Tracking.number());
    assert_eq!(back(&store).await, None);
    assert_eq!(bench.int("select state from handoff").await, HandoffState::Accepted.number());
    assert_eq!(back(&store).await, None, "nothing is left to void");
    assert_eq!(bench.int("select count(*) from mark where kind = 'void'").await, 2);
    assert_eq!(bench.int("select count(*) from mark where kind = 'first'").await, 2, "nothing is deleted");
}

async fn acknowledging_counts_once(bench: &Bench) {
    let store = one_accepted(bench).await;
    let id = HandoffId(bench.int("select id from handoff").await);
    let both = [1, 2].map(|_| store.write(move |tx| Box::pin(async move { tx.acknowledge(id, LeadId(1)).await })));
    let won = futures::future::join_all(both).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!(won, 1);
    assert_eq!(bench.int("select count(*) from mark where kind = 'ack'").await, 1);
}

async fn notes_come_and_go(bench: &Bench) {
    let store = one_accepted(bench).await;
    let id = store
        .write(|tx| {
            Box::pin(async move {
                tx.note(Note::new("noted").by("anna").lead(LeadId(1)));
                tx.add_note(LeadId(1), "anna", "call \0 after five").await
            })
        })
        .await
        .unwrap();
    let latest = store.read(|tx| Box::pin(async move { tx.my_latest("anna", 5).await })).await.unwrap();
    assert_eq!((latest.len(), latest[0].2.as_str(), latest[0].3), (1, "noted", Some(LeadId(1))));
    assert!(store.read(|tx| Box::pin(async move { tx.my_latest("leadgate", 5).await })).await.unwrap().is_empty());
    store.write(move |tx| Box::pin(async move { tx.remove_note(id).await })).await.unwrap();
    let again = store.write(move |tx| Box::pin(async move { tx.remove_note(id).await })).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
}

async fn a_learned_key_is_never_stolen(bench: &Bench) {
    let store = started(bench, &crew(None)).await;
    walk(&store, "web", vec![record("1", someone("eva")), record("2", someone("otto"))]).await;
    let keys = [("email", "otto@example.com".to_owned()), ("phone", "+4930901820".to_owned())];
    store.write(move |tx| Box::pin(async move { tx.learn_keys(LeadId(1), &keys).await })).await.unwrap();
    assert_eq!(bench.ints("select count(*) from contact_key group by lead_id order by lead_id").await, [2, 1]);
    let known = walk(&store, "shop", vec![record("3", scene::held("e", "", "+4930901820"))]).await;
    assert_eq!(known.touches, 1, "found by what was learned");
}

async fn a_conflict_keeps_nothing(bench: &Bench) {
    let store = one_out(bench).await;
    let stale = Arc::new(lead(&store).await);
    rewrite(&store, Stage::Out, None).await.unwrap();
    let result = store
        .write(move |tx| {
            Box::pin(async move {
                tx.add_note(LeadId(1), "anna", "will be gone").await?;
                tx.snooze(&stale, Some(tx.now())).await
            })
        })
        .await;
    assert!(matches!(result, Err(StoreError::Conflict)), "it was changed meanwhile");
    assert_eq!(bench.int("select count(*) from note").await, 0);
}
