//! A far side that is down: it is left alone, asked whether it is back, and keeps nobody else waiting.

use leadgate::lead::HandoffState::{Accepted, NeedsPerson, Queued};

use super::bench::Bench;
use super::target::Fate;

/// The time of a handoff in these tests: half of the promised four hours.
const DEADLINE_SECS: i64 = 2 * 3_600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_fails_is_left_alone_and_found_within_a_minute_of_being_back() {
    let mut bench =
        Bench::open(&[("desk", Some("0s")), ("other", Some("0s"))], &[(&["desk"], "hold"), (&["other"], "hold")]).await;
    bench.target.close("desk", true);
    bench.ask(1, 20);
    bench.ask(2, 20);
    let mut passes = 0;
    while !bench.is_left_alone("desk").await {
        bench.pass_after(61).await;
        passes += 1;
        assert!(passes < 5, "it is not left alone");
    }
    let tries = bench.target.asked("desk");
    assert!(tries <= 5, "{tries} sends to a destination that is down");
    assert_eq!(bench.count(Accepted).await, 20, "the other one takes its own at once");

    // While it is down nothing is spent on it, whoever starts anew.
    for _ in 0..5 {
        bench.pass_after(61).await;
    }
    bench.restart().await;
    bench.pass().await;
    assert_eq!(bench.target.asked("desk"), tries, "asked whether it is back, given nothing");
    assert!(bench.is_left_alone("desk").await);

    bench.target.close("desk", false);
    bench.pass_after(59).await;
    let desk = bench.desk("desk").await;
    assert!(desk.class.is_none() && desk.fails == 0, "back within a minute: {desk:?}");
    // What was in doubt is looked for, and then goes out.
    for _ in 0..3 {
        bench.pass_after(61).await;
    }
    assert_eq!(bench.count(Accepted).await, 40, "{:#?}", bench.handoffs().await);
    assert_eq!(bench.target.made_at("desk").len(), 20);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_on_trial_that_fails_again_is_left_alone_at_once() {
    let bench = Bench::open(&[("desk", Some("0s"))], &[(&["desk"], "hold")]).await;
    // It can be searched, and takes nothing.
    bench.target.script("desk", (0..6).map(|_| Fate::HUNG_UP));
    bench.ask(1, 12);
    bench.pass().await;
    let before = bench.target.asked("desk");
    assert!(bench.is_left_alone("desk").await && before <= 5);
    bench.pass_after(51).await;
    assert_eq!(bench.target.asked("desk"), before + 1, "one, to see");
    assert!(bench.is_left_alone("desk").await);
    for _ in 0..4 {
        bench.pass_after(61).await;
    }
    assert_eq!(bench.count(Accepted).await, 12);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_time_is_up_at_one_that_is_down_goes_to_the_next_or_to_a_person_and_never_out_of_doubt() {
    let desks = [("desk", Some("0s")), ("spare", Some("0s"))];
    let bench = Bench::open(&desks, &[(&["desk", "spare"], "hold"), (&["desk"], "hold")]).await;
    bench.target.close("desk", true);
    bench.ask(1, 10);
    bench.ask(2, 10);
    bench.pass().await;
    let in_doubt = bench.target.asked("desk");
    assert!(bench.is_left_alone("desk").await && in_doubt <= 5);
    bench.pass_after(DEADLINE_SECS / 2).await;
    assert_eq!(bench.count(Queued).await, 20 - in_doubt, "they wait, their time is not up");

    bench.pass_after(DEADLINE_SECS / 2 + 1).await;
    let spare = bench.target.made_at("spare").len();
    assert_eq!(bench.count(Accepted).await, spare, "nothing is taken as sent that is not there");
    assert_eq!(spare + bench.count(NeedsPerson).await, 20, "{:#?}", bench.handoffs().await);
    let needs = bench.store.handoffs_in(&[NeedsPerson], 100).await.unwrap();
    let dead = needs.iter().filter(|one| one.code.as_deref() == Some("D-DEAD"));
    assert!(dead.clone().all(|one| one.team == "t2" && one.last_text.contains("not sent in time")), "{needs:#?}");
    let doubts = needs.iter().filter(|one| one.code.as_deref() == Some("D-UNKNOWN")).count();
    assert_eq!(doubts, in_doubt, "what may be there goes to nobody else");
    assert_eq!(dead.count() + doubts + spare, 20);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_found_later_are_told_and_one_of_them_is_followed() {
    let bench = Bench::open(&[("desk", Some("0s"))], &[(&["desk"], "hold")]).await;
    bench.target.script("desk", [Fate::REPLY_LOST]);
    bench.ask(1, 1);
    bench.target.copy_made(true);
    bench.pass().await;
    let [one] = bench.handoffs().await.try_into().unwrap();
    assert_eq!((one.state, one.code.as_deref()), (Accepted, Some("D-EXISTS")));
    assert_eq!(one.last_text, "it is there 2 times; besides this one: 2");
    bench.end().await;
}
