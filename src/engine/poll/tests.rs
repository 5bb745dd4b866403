//! Walks over far sides that do whatever a test tells them, on a real store.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::clock::{SharedClock, StubClock};
use crate::config::checked::{Per, Scope, StoreAt};
use crate::desk::view::SourceState;
use crate::desk::{Act, Desk as _, Pulse, Seat, StoreDesk};
use crate::engine::pressure::Relieve;
use crate::engine::wiring::{Engine, Place as EnginePlace};
use crate::health::Facts;
use crate::lead::outcome::Failure;
use crate::lead::{Class, Consent, Record};
use crate::source::{Ask, Batch, Cursor, Place as At, Source};
use crate::store::{Cost, Level, ProcKind, Store, StoreOptions};
use crate::test_config::Draft;

const MIN: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What a far side does and remembers.
#[derive(Default)]
struct Far {
    /// Pages of the next walks; the last one is given again and again.
    walks: Mutex<Vec<Vec<Result<Batch, Failure>>>>,
    people: Mutex<BTreeMap<String, Result<Option<Record>, Failure>>>,
    cursors: Mutex<Vec<Cursor>>,
    known: Mutex<HashSet<String>>,
    reads: AtomicUsize,
    asked: AtomicUsize,
    told: Mutex<Vec<bool>>,
    refuses: Mutex<Option<Failure>>,
    hangs: bool,
    rechecks: bool,
    facts: Facts,
}

#[derive(Clone)]
struct Fake(Arc<Far>);

impl Source for Fake {
    fn read<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let far = &self.0;
            far.reads.fetch_add(1, Ordering::SeqCst);
            if far.hangs {
                std::future::pending::<()>().await;
            }
            let at = ask.place.and_then(|place| place.0.as_u64()).unwrap_or(0) as usize;
            if at == 0 {
                far.cursors.lock().unwrap().push(ask.cursor.clone());
            }
            let ids = ["eva".to_owned(), "otto".to_owned()];
            *far.known.lock().unwrap() = ask.known.among(&ids).await?;
            let mut walks = far.walks.lock().unwrap();
            let pages = walks.first().cloned().unwrap_or_default();
            let Some(page) = pages.get(at).cloned() else { return Ok(Batch::default()) };
            let last = at + 1 == pages.len();
            if (last || page.is_err()) && walks.len() > 1 {
                walks.remove(0);
            }
            page.map(|page| Batch { next: (!last).then(|| At((at + 1).into())), ..page })
        })
    }

    fn rechecks(&self) -> Option<(SignedDuration, Vec<Consent>)> {
        self.0.rechecks.then(|| (DAY, vec![Consent::Pending]))
    }

    fn recheck<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Record>, Failure>> {
        Box::pin(async move {
            self.0.asked.fetch_add(1, Ordering::SeqCst);
            self.0.people.lock().unwrap().get(id).cloned().unwrap_or(Ok(None))
        })
    }

    fn can_hold_back(&self) -> bool {
        true
    }

    fn hold_back(&self, stop: bool) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(async move {
            if let Some(why) = self.0.refuses.lock().unwrap().clone() {
                return Err(why);
            }
            self.0.told.lock().unwrap().push(stop);
            Ok(if stop { "the campaign is paused" } else { "the campaign runs" }.into())
        })
    }

    fn facts(&self) -> Facts {
        self.0.facts.clone()
    }

    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(async { Ok(String::new()) })
    }
}

/// Monday morning in Berlin.
fn start() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

struct Room {
    _dir: tempfile::TempDir,
    clock: Arc<StubClock>,
    store: Store,
    engine: Engine,
    desk: StoreDesk,
}

impl Room {
    /// A crew with these sources; the draft may be changed before.
    async fn open(sources: Vec<(&str, Arc<Far>)>, change: impl FnOnce(Draft) -> Draft) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = StubClock::at(start());
        let mut draft = Draft::new("Europe/Berlin", "24/7").service("roof").team("crew", &["roof"], "");
        draft = draft.person("anna", "crew", "", 1);
        draft.0.sources.clear();
        for (name, _) in &sources {
            draft = draft.source(name);
        }
        for source in draft.0.sources.values_mut() {
            source.services = vec!["roof".into()];
            source.assume.service = Some("roof".into());
        }
        draft = change(draft);
        draft.0.store = StoreAt::Sqlite(dir.path().join("leadgate.sqlite"));
        let config = draft.done();
        let shared = || Arc::clone(&clock) as SharedClock;
        let options = StoreOptions {
            at: config.store.clone(),
            password: None,
            kind: ProcKind::Engine,
            who: "tester".into(),
            clock: shared(),
        };
        let store = Store::open(options).await.unwrap().store;
        let place = EnginePlace { data_dir: dir.path(), presets: None, lock: true };
        let mut engine = Engine::build(store.clone(), Arc::clone(&config), shared(), place).await.unwrap();
        let parts = Arc::get_mut(&mut engine.parts).unwrap();
        for (name, far) in sources {
            parts.sources.insert(name.into(), Box::new(Fake(far)));
            store.due_now(name.into()).await.unwrap();
        }
        let seat = Seat {
            who: "anna".into(),
            title: "Anna".into(),
            person: None,
            zone: config.business.zone.clone(),
            business: String::new(),
            people: Vec::new(),
            services: Vec::new(),
            demo: false,
        };
        let pulse = tokio::sync::watch::Sender::new(Pulse::default()).subscribe();
        let desk = StoreDesk::new(store.clone(), config, shared(), seat, pulse).await.unwrap();
        Self { _dir: dir, clock, store, engine, desk }
    }

    fn poll(&self) -> Poll {
        Poll::new(Arc::clone(&self.engine.parts), self.engine.stop_signal())
    }

    /// Reads everything once, some time later; what went wrong.
    async fn read_after(&self, wait: SignedDuration) -> Option<Failure> {
        self.clock.advance(wait);
        let mut walks = self.poll().all_once().await.unwrap();
        walks.pop().and_then(|(_, walk)| walk.failure)
    }

    async fn line(&self, name: &str) -> crate::desk::view::SourceLine {
        self.desk.sources().await.unwrap().into_iter().find(|line| line.id == name).unwrap()
    }

    async fn told(&self, kind: &str) -> usize {
        let told = self.store.latest_told(500).await.unwrap();
        told.iter().filter(|one| one.kind == kind).count()
    }

    async fn stages(&self) -> BTreeMap<i64, u64> {
        self.store.stage_counts().await.unwrap().into_iter().filter(|(_, count)| *count > 0).collect()
    }

    async fn end(self) {
        assert_eq!(self.store.invariants().await.unwrap(), []);
        self.store.verify_journal().await.unwrap().unwrap();
    }
}

fn person(id: &str, consent: Consent) -> Record {
    Record {
        id: id.into(),
        submitted_at: Some(start()),
        name: Some(id.into()),
        email: Some(format!("{id}@example.com")),
        need: Some("roof".into()),
        consent: Some(consent),
        raw: format!("{{\"id\":\"{id}\",\"consent\":\"{consent:?}\"}}"),
        ..Record::default()
    }
}

fn page(ids: &[&str]) -> Batch {
    Batch { records: ids.iter().map(|id| Ok(person(id, Consent::Confirmed))).collect(), ..Batch::default() }
}

/// The last page of a complete roster of these people.
fn roster(ids: &[&str]) -> Batch {
    Batch { roster: Some(ids.iter().map(|&id| id.into()).collect()), ..page(ids) }
}

fn far(walks: Vec<Vec<Result<Batch, Failure>>>) -> Arc<Far> {
    Arc::new(Far { walks: Mutex::new(walks), ..Far::default() })
}

fn broken() -> Failure {
    Failure::new(Class::Retry, "the list API answered 502")
}

fn since(at: Timestamp) -> Batch {
    Batch { cursor: Some(Cursor { since: Some(at.to_string()), ..Cursor::default() }), ..Batch::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_is_asked_with_what_is_stored() {
    let web = far(vec![vec![Ok(page(&["eva"])), Ok(page(&["ida"]))]]);
    let room = Room::open(vec![("web", Arc::clone(&web))], |draft| draft).await;
    assert_eq!(room.read_after(MIN).await, None);
    room.read_after(MIN).await;
    assert_eq!(*web.known.lock().unwrap(), HashSet::from(["eva".to_owned()]));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_leaves_by_a_walk_that_was_not_complete() {
    let all = ["eva", "otto", "ida"];
    let web = far(vec![
        vec![Ok(roster(&all))],
        vec![Ok(page(&["eva"])), Err(broken())],
        // A roster that is told before the end is none.
        vec![Ok(roster(&["eva"])), Ok(page(&["otto", "ida"]))],
        vec![Ok(page(&["eva"])), Ok(roster(&["eva", "ida"]))],
    ]);
    let room = Room::open(vec![("web", Arc::clone(&web))], |draft| draft).await;
    for (walk, held) in [(1, 3), (2, 3), (3, 3), (4, 2)] {
        room.read_after(MIN).await;
        assert_eq!(room.stages().await.get(&2), Some(&held), "walk {walk}");
    }
    assert_eq!(room.told("departed").await, 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pending_people_are_read_again_one_by_one() {
    let people = ["eva", "otto", "ida"].map(|id| Ok(person(id, Consent::Pending)));
    let pages = Batch { records: people.to_vec(), ..Batch::default() };
    let web = Arc::new(Far { rechecks: true, walks: Mutex::new(vec![vec![Ok(pages)], vec![]]), ..Far::default() });
    let room = Room::open(vec![("web", Arc::clone(&web))], |draft| draft).await;
    room.read_after(MIN).await;
    room.read_after(MIN).await;
    assert_eq!((room.stages().await, web.asked.load(Ordering::SeqCst)), (BTreeMap::from([(6, 3)]), 0));
    // Eva has confirmed, Otto is gone, and of Ida nothing can be heard today.
    web.people.lock().unwrap().extend([
        ("eva".into(), Ok(Some(person("eva", Consent::Confirmed)))),
        ("ida".into(), Err(Failure { wait_secs: Some(600), ..Failure::new(Class::Throttle, "slowly") })),
    ]);
    let mut failures = 0;
    for _ in 0..3 {
        failures += usize::from(room.read_after(DAY).await.is_some());
    }
    assert!(failures > 0, "the far side's wish to wait is heard");
    assert_eq!(room.stages().await, BTreeMap::from([(2, 1), (4, 1), (6, 1)]));
    web.people.lock().unwrap().insert("ida".into(), Ok(Some(person("ida", Consent::Confirmed))));
    room.read_after(DAY).await;
    assert_eq!(room.stages().await, BTreeMap::from([(2, 2), (4, 1)]));
    let asked = web.asked.load(Ordering::SeqCst);
    room.read_after(DAY * 2).await;
    assert_eq!(web.asked.load(Ordering::SeqCst), asked, "nobody is left to ask about");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_is_read_again_from_the_last_success() {
    let stands = start() + HOUR;
    let web = far(vec![vec![Ok(since(stands))], vec![Ok(page(&["eva"])), Ok(page(&["otto"]))]]);
    let room = Room::open(vec![("web", Arc::clone(&web))], |draft| draft).await;
    room.read_after(MIN).await;
    room.read_after(HOUR).await;
    assert!(room.line("web").await.backfill.is_none(), "an hour late is no gap");
    let last = start() + MIN + HOUR;
    room.read_after(HOUR * 3).await;
    let asked = web.cursors.lock().unwrap().last().unwrap().since.clone();
    assert_eq!(asked, Some(stands.min(last).to_string()));
    assert!(web.known.lock().unwrap().is_empty(), "what is known does not end a back-fill");
    let backfill = room.line("web").await.backfill.unwrap();
    assert!(!backfill.open && backfill.text.contains("nobody read it for a while"), "{backfill:?}");
    assert_eq!((room.told("source-gap").await, room.told("backfilled").await), (1, 1));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_back_fill_goes_on_after_failures_and_can_be_taken_back() {
    let web = far(vec![
        vec![Ok(since(start()))],
        vec![Ok(page(&["eva"])), Err(broken())],
        vec![Ok(page(&["eva"])), Ok(Batch { cursor: since(start()).cursor, ..page(&["otto"]) })],
    ]);
    let room = Room::open(vec![("web", Arc::clone(&web))], |draft| draft).await;
    let back = |days: i32| Act::Backfill { source: "web".into(), since: start() - DAY * days };
    let refused = room.desk.perform(back(-1)).await.unwrap_err().to_string();
    assert!(refused.contains("not in the past"), "{refused}");
    room.read_after(MIN).await;
    let cursor = |room: &Room| {
        let store = room.store.clone();
        async move { store.endpoints(EndpointKind::Source).await.unwrap()["web"].cursor.clone() }
    };
    let before = cursor(&room).await;
    assert!(room.desk.perform(back(7)).await.unwrap().can_undo);
    assert!(cursor(&room).await.contains("2026-11-16"));
    assert!(room.desk.perform(back(9)).await.unwrap_err().to_string().contains("already"));
    room.desk.perform(Act::Undo).await.unwrap();
    assert_eq!((cursor(&room).await, room.line("web").await.backfill), (before, None));

    room.desk.perform(back(7)).await.unwrap();
    assert!(room.read_after(MIN).await.is_some());
    let line = room.line("web").await.backfill.unwrap();
    assert!(line.open && line.text.contains("1 record read, 1 of them new"), "{line:?}");
    assert_eq!(room.read_after(MIN * 20).await, None);
    let line = room.line("web").await.backfill.unwrap();
    assert!(!line.open && line.text.contains("(ANNA): 3 records read, 2 of them new"), "{line:?}");
    assert!(room.desk.perform(Act::Undo).await.is_err(), "what was read is not taken back");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_in_progress_does_not_move_a_cursor_that_was_set_back() {
    let web = Arc::new(Far { hangs: true, ..Far::default() });
    let room = Room::open(vec![("web", web)], |draft| draft).await;
    let taken = room.store.take_source("web".into(), MIN * 5, true).await.unwrap().unwrap();
    let back = Act::Backfill { source: "web".into(), since: start() - DAY };
    room.desk.perform(back).await.unwrap();
    assert!(matches!(room.store.end_walk(&taken, start(), None).await, Err(StoreError::Conflict)));
    room.end().await;
}

/// Plays the stage until something is so, or a minute has passed.
async fn until(what: &str, done: impl AsyncFn() -> bool) {
    let waiting = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap_or_else(|_| panic!("{what} did not come"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_dead_sources_do_not_delay_one_that_answers() {
    let dead = Arc::new(Far { hangs: true, ..Far::default() });
    let names: Vec<String> = (0..100).map(|n| format!("dead{n:03}")).collect();
    let mut sources: Vec<_> = names.iter().map(|name| (name.as_str(), Arc::clone(&dead))).collect();
    let good = far(vec![vec![Ok(page(&["eva"]))]]);
    // Its name is the last one: everybody else is asked first.
    sources.push(("zebra", Arc::clone(&good)));
    let room = Room::open(sources, |draft| draft).await;
    let began = tokio::time::Instant::now();
    let poll = room.poll();
    assert_eq!(poll.run().await.unwrap().did, 101);
    until("the good one", async || good.reads.load(Ordering::SeqCst) > 0).await;
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(room.line("dead000").await.state, SourceState::Reading);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_source_says_of_itself_reaches_the_screen() {
    let facts = Facts { token_until: Some(start() + DAY), ..Facts::default() };
    let web = Arc::new(Far { facts, ..Far::default() });
    let room = Room::open(vec![("web", web)], |draft| draft).await;
    room.read_after(MIN).await;
    let line = room.line("web").await;
    assert_eq!(line.notices.iter().map(|notice| notice.kind.as_str()).collect::<Vec<_>>(), ["token"]);
    assert_eq!((line.state, line.phase.word()), (SourceState::Ok, "start"));
    let beating = crate::desk::pulse::start(&room.store, &room.engine.parts.config, None);
    let heard = beating.receiver().wait_for(|pulse| !pulse.alarms.is_empty()).await.unwrap().alarms.clone();
    assert_eq!(heard, ["WEB: its sign-in ends in 23 hours"]);
    beating.stop();
    room.end().await;
}

/// So many people, asked over the last four weeks.
fn crowd(count: usize) -> Batch {
    let one = |n: usize| Record {
        submitted_at: Some(start() - DAY * i32::try_from(n % 28).unwrap()),
        ..person(&format!("p{n}"), Consent::Confirmed)
    };
    Batch { records: (0..count).map(|n| Ok(one(n))).collect(), ..Batch::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_without_room_is_slowed_then_held_and_comes_back() {
    let web = far(vec![vec![Ok(crowd(280))], vec![]]);
    let room = Room::open(vec![("web", Arc::clone(&web))], |mut draft| {
        draft.0.sources.get_mut("web").unwrap().reading.may_pause = true;
        draft.cap("all", Scope::Everything, Some(10), Per::Days(1))
    })
    .await;
    room.read_after(MIN).await;
    let day = (start() - DAY).to_zoned(room.engine.parts.config.business.zone.clone()).date();
    let cost = Cost {
        source: Some("web".into()),
        campaign: None,
        day,
        until: None,
        amount: 135_000,
        currency: "EUR".into(),
        kind: crate::store::CostKind::Spend,
    };
    room.store.add_costs(vec![cost], "anna".into()).await.unwrap();
    let relieve = Relieve::new(Arc::clone(&room.engine.parts));
    relieve.run().await.unwrap();
    let line = room.line("web").await;
    assert_eq!(line.state, SourceState::Slowed, "{line:?}");
    assert!(line.slowed.unwrap().starts_with("read more rarely: "));
    assert_eq!(line.avoided, None, "nothing yet");
    assert_eq!(room.told("source-slowed").await, 1);

    *web.refuses.lock().unwrap() = Some(Failure::new(Class::Auth, "the token may not pause"));
    room.clock.advance(MIN * 31);
    relieve.run().await.unwrap();
    let line = room.line("web").await.slowed.unwrap();
    assert!(line.starts_with("hardly read: ") && line.contains("the token may not pause"), "{line}");
    *web.refuses.lock().unwrap() = None;
    for _ in 0..3 {
        room.clock.advance(MIN * 6);
        relieve.run().await.unwrap();
    }
    assert_eq!(*web.told.lock().unwrap(), [true], "told once");
    let endpoint = room.store.endpoints(EndpointKind::Source).await.unwrap().remove("web").unwrap();
    assert_eq!(endpoint.pressure.as_ref().map(|one| one.level), Some(Level::Paused));
    room.read_after(MIN).await;
    let due = room.line("web").await.due_at.unwrap();
    assert!(due > start() + HOUR * 10 && due < start() + HOUR * 15, "{due}");

    room.clock.advance(DAY * 3);
    let avoided = room.line("web").await.avoided.unwrap();
    assert!(
        avoided.starts_with("about 31 leads and 150.45 EUR avoided while it was told to pause for 3 days"),
        "{avoided}"
    );
    assert!(avoided.contains("by 280 leads and 1,350 EUR in the 27 days before"), "how it is reckoned: {avoided}");
    let cap = |max| Act::SetCap { cap: "all".into(), max, until: None, reason: "help came".into() };
    room.desk.perform(cap(1_000)).await.unwrap();
    room.clock.advance(MIN * 31);
    relieve.run().await.unwrap();
    assert_eq!(*web.told.lock().unwrap(), [true, false]);
    let line = room.line("web").await;
    assert_eq!((line.state, line.slowed), (SourceState::Ok, None));
    assert!(line.due_at.unwrap() <= start() + DAY * 3 + HOUR * 2, "read at once");
    assert_eq!(room.told("source-eased").await, 1);
    let avoided = line.avoided.unwrap();
    assert!(avoided.contains(": about 31 leads and 151"), "it stays on the screen: {avoided}");
    let told = room.desk.journal(5).await.unwrap();
    let eased = told.iter().find(|one| one.text.contains("read as ever again")).unwrap();
    assert!(eased.text.contains("about 31 leads and 151"), "{}", eased.text);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_with_room_or_an_operator_who_wants_it_read_is_left_alone() {
    let (web, shop) = (far(vec![vec![Ok(crowd(28))], vec![]]), far(vec![vec![Ok(crowd(0))]]));
    let room = Room::open(vec![("web", web), ("shop", shop)], |draft| {
        draft.cap("all", Scope::Everything, Some(10), Per::Days(1))
    })
    .await;
    room.read_after(MIN).await;
    let relieve = Relieve::new(Arc::clone(&room.engine.parts));
    relieve.run().await.unwrap();
    assert_eq!((room.line("web").await.slowed, room.line("shop").await.slowed), (None, None));
    let close = Act::SetCap { cap: "all".into(), max: 0, until: None, reason: "holidays".into() };
    room.desk.perform(close).await.unwrap();
    room.clock.advance(MIN * 6);
    relieve.run().await.unwrap();
    assert!(room.line("web").await.slowed.unwrap().contains("closed"), "{:?}", room.line("web").await.slowed);
    room.end().await;
}

/// What is taken from a source's setup, and the word its gap begins with.
type Lacking = (fn(&mut crate::config::Config), &'static str);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_whose_setup_lacks_something_is_not_read_and_says_what() {
    let lacking: [Lacking; 4] = [
        (|config| config.sources.get_mut("web").unwrap().goal = None, "goal:"),
        (|config| config.sources.get_mut("web").unwrap().services.clear(), "services:"),
        (|config| config.teams.get_mut("crew").unwrap().services.clear(), "handoff path: no team"),
        (|config| config.destinations.clear(), "handoff path: there is no"),
    ];
    for (take_away, gap) in lacking {
        let web = far(vec![vec![Ok(page(&["eva"]))]]);
        let room = Room::open(vec![("web", Arc::clone(&web))], |mut draft| {
            take_away(&mut draft.0);
            draft
        })
        .await;
        assert_eq!(room.poll().run().await.unwrap().did, 0, "{gap}");
        assert!(room.poll().all_once().await.unwrap().is_empty(), "nor by hand: {gap}");
        let line = room.line("web").await;
        assert_eq!((line.state, line.phase.word()), (SourceState::Setup, "setup"));
        assert!(line.gaps.iter().any(|one| one.starts_with(gap)), "{gap} {:?}", line.gaps);
        assert!(room.desk.perform(Act::PollNow("web".into())).await.unwrap_err().to_string().contains(gap), "{gap}");
        assert_eq!(web.reads.load(Ordering::SeqCst), 0);
    }
}
