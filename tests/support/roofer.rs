//! What plays with whole processes share: the business they are about, a store and a desk of somebody, and a database
//! of one's own.

#![allow(dead_code)] // each test binary uses a part of it

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use leadgate::clock::SharedClock;
use leadgate::config::Config;
use leadgate::config::checked::StoreAt;
use leadgate::desk::{Pulse, Seat, StoreDesk};
use leadgate::store::{ProcKind, Store, StoreOptions};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// A roofer in Berlin who takes everybody that names a roof; its hours are still to be said.
pub const ROOFER: &str = r#"
[service.roof]
words = ["dach", "roof"]
[service.roof.criteria]
anywhere = true
anybody = true
timing.unknown = "pass"
region.unknown = "pass"
[business]
name = "Dach & Co"
zone = "Europe/Berlin"
country = "DE"
"#;

/// A store of its own, as a process of this kind.
pub async fn open(at: &StoreAt, kind: ProcKind, who: &str, clock: SharedClock) -> Store {
    Store::open(StoreOptions { at: at.clone(), password: None, kind, who: who.into(), clock }).await.unwrap().store
}

/// Somebody's desk on that store.
pub async fn desk(store: &Store, config: &Arc<Config>, clock: SharedClock, who: &str) -> StoreDesk {
    let seat = Seat {
        who: who.into(),
        title: who.into(),
        person: config.people.contains_key(who).then(|| who.into()),
        zone: config.business.zone.clone(),
        business: config.business.name.clone(),
        people: Vec::new(),
        services: Vec::new(),
        demo: false,
    };
    let pulse = tokio::sync::watch::Sender::new(Pulse::default()).subscribe();
    StoreDesk::new(store.clone(), Arc::clone(config), clock, seat, pulse).await.unwrap()
}

/// A database of its own on the server that tests are given.
pub async fn fresh_database(server: &str) -> StoreAt {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("leadgate_play_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    admin(server, &format!("drop database if exists {name} with (force)")).await;
    admin(server, &format!("create database {name}")).await;
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(&name);
    StoreAt::Postgres { url: url.into(), password: None }
}

/// Takes a database away again; a file goes with its folder.
pub async fn drop_database(server: &str, at: &StoreAt) {
    if let StoreAt::Postgres { url, .. } = at {
        let name = url.rsplit('/').next().unwrap();
        admin(server, &format!("drop database if exists {name} with (force)")).await;
    }
}

async fn admin(server: &str, sql: &str) {
    let mut link = PgConnection::connect(server).await.unwrap();
    link.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
}
