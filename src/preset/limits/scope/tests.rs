use super::*;
use crate::preset::limits::LimitsDoc;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn scope(doc: &str) -> Scope {
    let scope = Scope::new("x.org");
    scope.join(&limits(doc));
    scope
}

fn limits(doc: &str) -> Limits {
    let doc: LimitsDoc = toml::from_str(doc).unwrap();
    Limits::compile(&doc, &crate::preset::Scope::new()).unwrap()
}

/// In which second each of so many requests leaves.
async fn leaving(scope: &Scope, count: usize) -> Vec<u64> {
    let start = Instant::now();
    let mut left = Vec::new();
    for _ in 0..count {
        drop(scope.turn(|| NOW).await.unwrap());
        left.push(start.elapsed().as_secs());
    }
    left
}

#[tokio::test(start_paused = true)]
async fn every_rate_holds_and_none_means_no_wait() {
    let scope = scope("rate = [\"2/1s\", \"3/10s\"]");
    assert_eq!(leaving(&scope, 7).await, [0, 0, 1, 10, 10, 11, 20]);
    assert_eq!(leaving(&Scope::new("y.org"), 50).await, [0; 50]);
}

#[tokio::test(start_paused = true)]
async fn all_users_of_an_account_share_its_rate_and_the_strictest_counts() {
    let scope = scope("rate = \"5/1s\"");
    scope.join(&limits("rate = \"1/1s\""));
    assert_eq!(leaving(&scope, 3).await, [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_place_too_far_off_is_told_instead_of_waited_for() {
    let scope = scope("rate = \"1/10m\"");
    drop(scope.turn(|| NOW).await.unwrap());
    let start = Instant::now();
    let told = scope.turn(|| NOW).await.unwrap_err();
    assert_eq!((told.class, told.wait_secs, start.elapsed().as_secs()), (Class::Throttle, Some(600), 0));
    tokio::time::advance(Duration::from_mins(9) + Duration::from_secs(30)).await;
    drop(scope.turn(|| NOW).await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 600, "a place that was refused was not used up");
}

#[tokio::test(start_paused = true)]
async fn no_more_at_once_than_the_smallest_number_anybody_says() {
    let scope = scope("concurrency = 3");
    let held = [scope.turn(|| NOW).await.unwrap(), scope.turn(|| NOW).await.unwrap()];
    scope.join(&limits("concurrency = 1"));
    let next = scope.turn(|| NOW);
    tokio::pin!(next);
    assert!(futures::poll!(&mut next).is_pending());
    drop(held);
    let one = next.await.unwrap();
    tokio::task::yield_now().await;
    let second = scope.turn(|| NOW);
    tokio::pin!(second);
    assert!(futures::poll!(&mut second).is_pending());
    drop(one);
    drop(second.await.unwrap());
    let walks = scope.walk().await;
    assert!(walks.is_some());
    let other = scope.walk();
    tokio::pin!(other);
    assert!(futures::poll!(other).is_pending());
}

#[tokio::test(start_paused = true)]
async fn a_short_pause_is_sat_out_and_a_long_one_told() {
    let scope = scope("");
    let start = Instant::now();
    scope.pause(NOW, 20, "told so", false);
    scope.pause(NOW, 5, "a shorter wish changes nothing", false);
    drop(scope.turn(|| NOW).await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 20);
    scope.pause(NOW, 26 * 3_600, "96 % of its quota are used", true);
    let told = scope.turn(|| NOW).await.unwrap_err();
    assert_eq!((told.class, told.wait_secs), (Class::Throttle, Some(26 * 3_600)));
    assert!(told.message.contains("x.org") && told.message.contains("96 %"), "{told}");
    // The machine slept: the wall clock alone says that it is over.
    let later = NOW + jiff::SignedDuration::from_hours(27);
    drop(scope.turn(|| later).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn after_a_throttle_one_request_finds_out_for_all() {
    let scope = scope("concurrency = 2");
    scope.pause(NOW, 1, "too many", true);
    let probe = scope.turn(|| NOW).await.unwrap();
    let other = scope.turn(|| NOW);
    tokio::pin!(other);
    assert!(futures::poll!(&mut other).is_pending());
    scope.pause(NOW, 3_600, "still too many", true);
    drop(probe);
    assert_eq!(other.await.unwrap_err().wait_secs, Some(3_600), "it does not ask in vain");
    let later = NOW + jiff::SignedDuration::from_hours(1);
    let good = scope.turn(|| later).await.unwrap();
    scope.well();
    drop(good);
    let _both = [scope.turn(|| later).await.unwrap(), scope.turn(|| later).await.unwrap()];
}
