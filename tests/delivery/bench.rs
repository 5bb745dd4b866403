//! One business whose leads go to the desks of a [`Target`], in this process, on a clock that is moved by hand.

use std::sync::Arc;

use jiff::SignedDuration;
use leadgate::clock::{Clock as _, SharedClock, StubClock};
use leadgate::config::{Config, load_text};
use leadgate::engine::Engine;
use leadgate::engine::once::Pass;
use leadgate::engine::wiring::Place;
use leadgate::lead::{Class, HandoffState};
use leadgate::store::{Endpoint, EndpointKind, ProcKind, Store, StoreOptions, StoredHandoff};
use serde_json::{Value, json};

use super::target::{Target, preset};

/// Monday, 23 November 2026, 09:00 in Berlin.
const MONDAY_NINE: &str = "2026-11-23T08:00:00Z";

/// The business, and its far side.
pub struct Bench {
    pub target: Target,
    pub clock: Arc<StubClock>,
    pub store: Store,
    engine: Option<Engine>,
    text: String,
    dir: tempfile::TempDir,
}

impl Bench {
    /// Desks `(id, lag)`; a lead whose postal code begins with 1, 2, … goes by the route of that place.
    pub async fn open(desks: &[(&str, Option<&str>)], routes: &[(&[&str], &str)]) -> Self {
        Self::open_with(desks, routes, "").await
    }

    /// The same, with more in its config.
    pub async fn open_with(desks: &[(&str, Option<&str>)], routes: &[(&[&str], &str)], more: &str) -> Self {
        let target = Target::start().await;
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("presets/destinations");
        std::fs::create_dir_all(&folder).unwrap();
        for (desk, lag) in desks {
            std::fs::write(folder.join(format!("{desk}.toml")), preset(desk, *lag)).unwrap();
        }
        let clock = StubClock::at(MONDAY_NINE.parse().unwrap());
        let text = config(&target.url, desks, routes) + more;
        let config =
            load_text("leadgate.toml", &text, dir.path()).unwrap_or_else(|errors| panic!("{}", errors.plain()));
        let store = store_of(&config.config, &clock).await;
        let mut bench = Self { target, clock, store, engine: None, text, dir };
        bench.restart().await;
        bench
    }

    /// A new engine on the same data.
    pub async fn restart(&mut self) {
        drop(self.engine.take());
        let config = Arc::new(load_text("leadgate.toml", &self.text, self.dir.path()).unwrap().config);
        let presets = self.dir.path().join("presets");
        let place = Place { data_dir: self.dir.path(), presets: Some(&presets), lock: true };
        let clock = Arc::clone(&self.clock) as SharedClock;
        self.engine = Some(Engine::build(self.store.clone(), config, clock, place).await.unwrap());
    }

    /// A new process on the same data, after the old one ended in the middle of whatever it did.
    pub async fn start_anew(&mut self) {
        drop(self.engine.take());
        self.store.close().await.unwrap();
        let config = load_text("leadgate.toml", &self.text, self.dir.path()).unwrap().config;
        self.store = store_of(&config, &self.clock).await;
        self.restart().await;
    }

    /// New people for the route of a place.
    pub fn ask(&self, place: usize, count: usize) {
        let from = self.target.leads();
        let now = self.clock.now().to_string();
        self.target.add((from..from + count).map(|n| -> Value {
            json!({ "id": format!("r{n:06}"), "created_at": now, "name": format!("Person {n}"),
                "email": format!("person{n}@example.com"), "service": "a new roof", "country": "DE",
                "postal_code": format!("{place}0405") })
        }));
    }

    pub async fn pass(&self) -> Pass {
        self.engine.as_ref().unwrap().once().await.unwrap()
    }

    pub async fn pass_after(&self, secs: i64) -> Pass {
        self.clock.advance(SignedDuration::from_secs(secs));
        self.pass().await
    }

    pub async fn handoffs(&self) -> Vec<StoredHandoff> {
        let all: Vec<HandoffState> = (1..=8).filter_map(HandoffState::from_number).collect();
        self.store.handoffs_in(&all, 1_000).await.unwrap()
    }

    pub async fn count(&self, state: HandoffState) -> usize {
        self.store.handoffs_in(&[state], 1_000).await.unwrap().len()
    }

    pub async fn desk(&self, id: &str) -> Endpoint {
        self.store.endpoints(EndpointKind::Destination).await.unwrap().remove(id).unwrap()
    }

    /// Is it left alone?
    pub async fn is_left_alone(&self, id: &str) -> bool {
        let desk = self.desk(id).await;
        matches!(desk.class, Some(Class::Retry | Class::Unknown)) && desk.due_at > self.clock.now()
    }

    pub async fn end(self) {
        assert!(self.store.invariants().await.unwrap().is_empty());
        assert!(self.store.verify_journal().await.unwrap().is_ok());
        self.store.close().await.unwrap();
    }
}

async fn store_of(config: &Config, clock: &Arc<StubClock>) -> Store {
    let options = StoreOptions {
        at: config.store.clone(),
        password: None,
        kind: ProcKind::Engine,
        who: "tester".into(),
        clock: Arc::clone(clock) as SharedClock,
    };
    Store::open(options).await.unwrap().store
}

fn config(url: &str, desks: &[(&str, Option<&str>)], routes: &[(&[&str], &str)]) -> String {
    let mut text = format!(
        "[business]\nname = \"Dach & Co\"\nzone = \"Europe/Berlin\"\ncountry = \"DE\"\nhours = \"24/7\"\n\
         [service.roof]\nwords = [\"roof\"]\n[service.roof.criteria]\ntiming.unknown = \"pass\"\n\
         region.unknown = \"pass\"\nanywhere = true\nanybody = true\n[source.web]\npreset = \"json\"\nurl = \"{url}/leads\"\nchannel = \"network\"\n\
         goal = \"ten a month\"\nservices = [\"roof\"]\n"
    );
    for (desk, _) in desks {
        text += &format!("[destination.{desk}]\npreset = \"{desk}\"\nurl = \"{url}/{desk}\"\n");
    }
    for (n, (to, on_unknown)) in (1..).zip(routes) {
        text += &format!(
            "[team.t{n}]\nservices = [\"roof\"]\nregion.postal_codes = [\"{n}0000-{n}9999\"]\nroute = \"r{n}\"\n\
             at_most = \"500 per day\"\n[person.p{n}]\nteam = \"t{n}\"\nemail = \"p{n}@dach.example\"\n\
             [route.r{n}]\nto = {to:?}\nanswer_within = \"4h\"\non_unknown = \"{on_unknown}\"\n"
        );
    }
    let first = routes[0].0;
    text + &format!("[route.default]\nto = {first:?}\nanswer_within = \"4h\"\n")
}
