//! All faults at once, in the real engine on a real database: the source beside them is read, the cursors stand, and
//! when the far side is well again everybody who came meanwhile is there.

use std::sync::Arc;

use leadgate::clock::SharedClock;
use leadgate::config::checked::StoreAt;
use leadgate::config::load_text;
use leadgate::engine::Engine;
use leadgate::engine::once::Pass;
use leadgate::engine::wiring::Place;
use leadgate::store::{EndpointKind, ProcKind, Store, StoreOptions};

use super::*;

/// Longer than the longest wait a far side may ask for.
const LATER: SignedDuration = SignedDuration::from_hours(27);

/// A roofer who takes everybody and hands off nobody yet.
const BUSINESS: &str = r#"
[business]
name = "Dach & Co"
zone = "Europe/Berlin"
country = "DE"
hours = "Mo-Fr 08:00-17:00"
[service.roof]
title = "Roof"
words = ["dach", "roof"]
[service.roof.criteria]
anywhere = true
anybody = true
timing.unknown = "pass"
region.unknown = "pass"
[team.berlin]
services = ["roof"]
[person.anna]
name = "Anna Berg"
team = "berlin"
email = "anna@dach.example"
[cap.all]
max = 0
per = "day"
[destination.desk]
preset = "request-tracker"
url = "http://127.0.0.1:9"
token = { command = "echo canary-token" }
queue = "Leads"
login = "leadgate"
[route.default]
to = ["desk"]
acknowledge_within = "20m"
answer_within = "1h"
"#;

fn source(id: &str, preset: &str, url: &str) -> String {
    format!(
        "\n[source.{id}]\npreset = \"{preset}\"\nurl = \"{url}\"\nevery = \"1m\"\nchannel = \"network\"\n\
         goal = \"ten a month\"\nservices = [\"roof\"]\n"
    )
}

/// A page of one person.
fn person(n: usize, round: usize) -> Answer {
    let id = n * 10 + round;
    Answer::json(format!(
        "{{\"data\": [{{\"id\": \"r{id}\", \"created_at\": \"2026-11-23T07:3{round}:00Z\", \"name\": \"Person {id}\", \
         \"email\": \"person{id}@example.com\", \"phone\": \"+4930231{id:06}\", \"country\": \"DE\", \"service\": \"a new roof\"}}]}}"
    ))
}

struct Business {
    store: Store,
    engine: Engine,
    clock: Arc<StubClock>,
    _dir: tempfile::TempDir,
}

impl Business {
    async fn open(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let presets = dir.path().join("presets");
        std::fs::create_dir_all(presets.join("sources")).unwrap();
        for (id, patience) in [("brisk", LITTLE), ("patient", PLENTY)] {
            std::fs::write(presets.join(format!("sources/{id}.toml")), json_preset(id, patience)).unwrap();
        }
        let clock = StubClock::at(NOW.parse().unwrap());
        let loaded = load_text("leadgate.toml", text, dir.path()).unwrap_or_else(|errors| panic!("{}", errors.plain()));
        let options = StoreOptions {
            at: StoreAt::Sqlite(dir.path().join("leadgate.sqlite")),
            password: None,
            kind: ProcKind::Engine,
            who: "tester".into(),
            clock: Arc::clone(&clock) as SharedClock,
        };
        let store = Store::open(options).await.unwrap().store;
        let place = Place { data_dir: dir.path(), presets: Some(&presets), lock: true };
        let shared = Arc::clone(&clock) as SharedClock;
        let engine = Engine::build(store.clone(), Arc::new(loaded.config), shared, place).await.unwrap();
        Self { store, engine, clock, _dir: dir }
    }

    async fn pass(&self) -> Pass {
        self.engine.once().await.unwrap()
    }

    /// Passes until one leaves nothing undone, and who came with them. One is enough, save where a busy machine lets
    /// a good answer come too late for those with little patience.
    async fn all_read(&self) -> usize {
        let mut received = 0;
        for _ in 0..30 {
            let pass = self.pass().await;
            received += pass.received;
            if pass.failed.is_empty() {
                return received;
            }
            let late = pass.failed.iter().all(|told| faults::is_late(told));
            assert!(late, "{:#?}", pass.failed);
            self.clock.advance(SignedDuration::from_hours(1));
        }
        panic!("too busy a machine");
    }

    /// The cursor of every source.
    async fn cursors(&self) -> BTreeMap<String, String> {
        let rows = self.store.endpoints(EndpointKind::Source).await.unwrap();
        rows.into_iter().map(|(name, row)| (name, row.cursor)).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_faults_at_once_lose_nobody_and_hold_nobody_up() {
    let far = FarSide::start(None);
    let faults = faults::all();
    let mut text = BUSINESS.to_owned() + &source("healthy", "patient", &far.url("/healthy"));
    far.well("/healthy", person(900, 1));
    far.ill("/healthy", person(900, 2));
    for (n, fault) in faults.iter().enumerate() {
        let preset = if fault.is_about_time() { "brisk" } else { "patient" };
        text += &source(&format!("f{n}"), preset, &far.url(fault.name));
        far.well(fault.name, person(n, 1));
        far.ill(fault.name, fault.answer.clone());
    }
    let business = Business::open(&text).await;
    assert_eq!(business.all_read().await, faults.len() + 1);
    let before = business.cursors().await;

    far.fall_ill(true);
    business.clock.advance(SignedDuration::from_mins(2));
    let pass = business.pass().await;
    // Whose page comes round again gave its one record before.
    assert_eq!((pass.received, pass.aside), (1, 1), "the healthy one is read: {:#?}", pass.failed);
    let after = business.cursors().await;
    let rows = business.store.endpoints(EndpointKind::Source).await.unwrap();
    for (n, fault) in faults.iter().enumerate() {
        let name = format!("f{n}");
        let told = pass.failed.iter().find(|told| told.starts_with(&format!("source {name}: ")));
        assert!(told.is_some_and(|told| fault.is_told_in(told)), "{}: {told:?}", fault.name);
        assert_eq!(
            (before[&name].as_str(), rows[&name].class),
            (after[&name].as_str(), Some(fault.class)),
            "{}",
            fault.name
        );
    }
    assert_ne!(before["healthy"], after["healthy"]);
    // Side by side: the slowest fault costs its patience, not everybody's.
    assert!(far.most_held() > 1, "{}", far.most_held());

    far.fall_ill(false);
    for (n, fault) in faults.iter().enumerate() {
        far.well(fault.name, person(n, 2));
    }
    business.clock.advance(LATER);
    assert_eq!(business.all_read().await, faults.len(), "nobody is lost");
    assert_eq!(business.store.invariants().await.unwrap(), []);
    assert!(business.store.verify_journal().await.unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_with_other_words_is_the_same_person_and_one_used_again_is_not_lost() {
    let far = FarSide::start(None);
    let business = Business::open(&(BUSINESS.to_owned() + &source("web", "patient", &far.url("/")))).await;
    let page = |name: &str, service: &str| {
        Answer::json(format!(
            "{{\"data\": [{{\"id\": \"r1\", \"created_at\": \"2026-11-23T07:30:00Z\", \"name\": \"{name}\", \
             \"email\": \"{name}@example.com\", \"country\": \"DE\", \"service\": \"{service}\"}}]}}"
        ))
    };
    let next = async |answer: Answer| {
        far.well("/", answer);
        business.clock.advance(SignedDuration::from_mins(20));
        let pass = business.pass().await;
        assert!(pass.failed.is_empty(), "{:#?}", pass.failed);
        (pass.received, pass.touches, pass.aside)
    };
    assert_eq!(next(page("eve", "a roof")).await, (1, 0, 0));
    assert_eq!(next(page("eve", "a roof")).await, (0, 0, 0), "the same bytes are nothing new");
    assert_eq!(next(page("eve", "a roof, and soon")).await, (0, 1, 0), "what changed is noted with the same person");
    assert_eq!(next(page("adam", "a roof")).await, (1, 0, 0), "an id used again for somebody else is somebody else");
    assert_eq!(business.store.invariants().await.unwrap(), []);
}
