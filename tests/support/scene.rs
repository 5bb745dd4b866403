//! Short words for what the stages hand to the store: a config that runs, people, pages, a release, a
//! delivery.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::bench::Bench;
use super::config::Draft;
use super::lg::config::Config;
use super::lg::config::checked::{Per, Scope};
use super::lg::lead::{Code, Consent, Contact, Stage, VerdictKind};
use super::lg::queue::release::counted_since;
use super::lg::queue::rules::EVERYTHING;
use super::lg::queue::{Lane, Plan, Rules, plan};
use super::lg::store::{
    Arrival, Claimed, Count, Endpoint, EndpointKind, FirstStop, Intake, KnownPerson, PageStored, Planner, ReleaseAsk,
    Settle, Store, StoreError, Tracked,
};

pub const HOUR: SignedDuration = SignedDuration::from_hours(1);
pub const DAY: SignedDuration = SignedDuration::from_hours(24);

/// One team `crew` of `anna` and `ben` for the services `roof` and `solar`, round the clock, and a cap of
/// `max` a day for the team.
pub fn crew(max: Option<u32>) -> Arc<Config> {
    crew_draft(max).done()
}

/// The same, to be changed.
pub fn crew_draft(max: Option<u32>) -> Draft {
    Draft::new("Europe/Berlin", "24/7")
        .service("roof")
        .service("solar")
        .source("shop")
        .team("crew", &["roof", "solar"], "")
        .person("anna", "crew", "", 1)
        .person("ben", "crew", "", 1)
        .cap("team.crew.day", Scope::Team("crew".into()), max, Per::Days(1))
}

/// The names of the caps that an answer frees.
pub fn open_caps() -> Vec<String> {
    vec!["person.anna.open".into(), "person.ben.open".into()]
}

/// The lane of `source` and `service` for the crew.
pub fn lane(source: &str, service: &str) -> String {
    Lane { service: Some(service.into()), source: source.into(), teams: vec!["crew".into()], ..Lane::default() }.key()
}

/// Somebody who wants a roof and waits for capacity.
pub fn held(name: &str, email: &str, phone: &str) -> KnownPerson {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let contact = Contact {
        name: name.into(),
        email: some(email),
        phone: some(phone),
        need: "a roof".into(),
        ..Contact::default()
    };
    let keys = [("email", email), ("phone", phone)].into_iter().filter(|(_, value)| !value.is_empty());
    KnownPerson {
        contact,
        keys: keys.map(|(kind, value)| (kind, value.to_owned())).collect(),
        stage: Stage::Held,
        service: Some("roof".into()),
        verdict: VerdictKind::Qualified,
        score: Some(50),
        facts: "{}".into(),
        lane: Some(lane("web", "roof")),
        priority: 0,
        expires_at: None,
        shadow: None,
    }
}

/// Somebody with an address made of `name`.
pub fn someone(name: &str) -> KnownPerson {
    held(name, &format!("{name}@example.com"), "")
}

/// A record of a person.
pub fn record(id: &str, person: KnownPerson) -> Arrival {
    let text = format!("{} {:?}", person.contact.name, person.keys);
    Arrival { consent: Consent::Request, ..aside(id, &text, Ok(person)) }
}

/// A record that was decided to be `what`; `text` is what of it matters.
pub fn aside(id: &str, text: &str, what: Result<KnownPerson, Code>) -> Arrival {
    let hash = text.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(1_000_003) ^ u64::from(byte));
    Arrival {
        id: id.into(),
        digest: hash.to_le_bytes(),
        raw: format!("{{\"id\":\"{id}\"}}"),
        submitted_at: super::bench::start(),
        campaign: Some("autumn".into()),
        referral: None,
        consent: Consent::Request,
        what,
    }
}

/// A started store with its config made current.
pub async fn started(bench: &Bench, config: &Config) -> Store {
    let store = bench.open().await;
    store.activate(config).await.unwrap();
    store
}

/// Takes the source `name`, due or not.
pub async fn take(store: &Store, name: &str) -> Endpoint {
    store.take_source(name.into(), SignedDuration::from_mins(5), true).await.unwrap().expect("the source is free")
}

/// A page of the walk `taken`.
pub fn page(taken: &Endpoint, arrivals: Vec<Arrival>) -> Intake {
    Intake {
        taken: taken.clone(),
        config: 1,
        arrivals,
        figures: Vec::new(),
        cursor: None,
        same_lead_for: DAY * 90,
        lease_until: "2026-11-23T08:05:00Z".parse().unwrap(),
    }
}

/// Walks one page of `source` from beginning to end.
pub async fn walk(store: &Store, source: &str, arrivals: Vec<Arrival>) -> PageStored {
    let taken = take(store, source).await;
    let stored = store.store_page(page(&taken, arrivals)).await.unwrap();
    store.end_walk(&taken, store.clock().now(), None).await.unwrap();
    stored
}

/// Stores `count` people who wait.
pub async fn queue_up(store: &Store, prefix: &str, count: usize) {
    let people = (0..count).map(|n| record(&format!("{prefix}{n}"), someone(&format!("{prefix}{n}")))).collect();
    assert_eq!(walk(store, "web", people).await.held, count);
}

/// Everything a release asks for under these rules.
pub async fn ask(store: &Store, rules: &Rules, most: usize) -> ReleaseAsk {
    let now = store.clock().now();
    let destinations = store.endpoints(EndpointKind::Destination).await.unwrap();
    let stop = |route: &str| FirstStop { route: route.into(), destination: destinations["desk"].id, deadline: DAY };
    ReleaseAsk {
        counts: counts(rules, now),
        stops: rules.config.teams.values().map(|team| (team.id.clone(), stop(&team.route))).collect(),
        config: 1,
        most,
        ..ReleaseAsk::default()
    }
}

/// Every cap to be counted.
pub fn counts(rules: &Rules, now: Timestamp) -> Vec<Count> {
    let count = |cap: &super::lg::config::checked::Cap| Count {
        cap: cap.id.clone(),
        since: counted_since(cap, rules, now),
        newest_only: cap.id == EVERYTHING,
        rolls: cap.rolling,
    };
    rules.caps.values().map(count).collect()
}

/// The decision, as the engine passes it in.
pub fn planner(rules: &Rules) -> Planner {
    let rules = rules.clone();
    Box::new(move |lanes, uses, now, most| plan(&rules, lanes, uses, now, most))
}

/// The rules of a config without overrides.
pub fn rules(config: &Arc<Config>) -> Rules {
    Rules::new(Arc::clone(config), &BTreeMap::new(), std::collections::BTreeSet::new())
}

/// Releases once.
pub async fn release(store: &Store, rules: &Rules, most: usize) -> Result<Plan, StoreError> {
    store.release(ask(store, rules, most).await, planner(rules)).await
}

/// The row of the destination `name`.
pub async fn destination(store: &Store, name: &str) -> i64 {
    store.endpoints(EndpointKind::Destination).await.unwrap()[name].id
}

/// Releases and claims one handoff.
pub async fn claimed(store: &Store, rules: &Rules) -> Claimed {
    release(store, rules, 1).await.unwrap();
    claim_one(store).await
}

/// Claims the one handoff that is due.
pub async fn claim_one(store: &Store) -> Claimed {
    let mut list = store.claim(destination(store, "desk").await, 10).await.unwrap();
    assert_eq!(list.len(), 1, "one handoff is due");
    list.remove(0)
}

/// The accepted handoffs to be asked about now.
pub async fn tracked_due(store: &Store) -> Vec<Tracked> {
    store.tracked_due(10, false).await.unwrap()
}

/// "The destination has it."
pub fn accepted() -> Settle {
    Settle::Accepted {
        reference: None,
        code: Code::Sent,
        clocks: super::lg::store::Clocks::default(),
        copies: Vec::new(),
    }
}
