//! Stop-losses on a real store, with figures that say what a test wants, on a clock moved by hand.

use std::sync::Mutex;

use super::*;
use crate::clock::{SharedClock, StubClock};
use crate::config::checked::{Per, StoreAt};
use crate::desk::{Act, Desk as _, Pulse, Seat, StoreDesk};
use crate::engine::rules;
use crate::engine::wiring::Place;
use crate::lead::Money;
use crate::report::letter::Sheet;
use crate::report::model::{Cost, Counts, Maybe, Rates};
use crate::report::period::Period;
use crate::report::stats::share;
use crate::store::{ProcKind, Store, StoreOptions};
use crate::test_config::Draft;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What a qualified lead costs, in euros, and how many there are.
struct Maker(Mutex<Result<(i64, u64), String>>);

impl ReportMaker for Arc<Maker> {
    fn make(&self, _: Period) -> BoxFuture<'static, Result<Sheet, String>> {
        Box::pin(async { Err("not asked for".into()) })
    }

    fn sources(&self, days: u16) -> BoxFuture<'static, Result<Vec<Row>, String>> {
        assert_eq!(days, 28);
        let said = self.0.lock().unwrap().clone();
        Box::pin(async move {
            said.map(|(euros, qualified)| {
                let per = euros * 100;
                let net = Maybe::some(per * qualified as i64);
                vec![Row {
                    key: "web".into(),
                    counts: Counts { inquiries: qualified, qualified, ..Counts::default() },
                    rates: Rates { qualified: share(qualified, qualified, ""), ..Rates::default() },
                    cost: Cost { net, per_qualified: Maybe::some(per), ..Cost::default() },
                    ..Row::default()
                }]
            })
        })
    }
}

struct Room {
    dir: tempfile::TempDir,
    clock: Arc<StubClock>,
    maker: Arc<Maker>,
    soft: bool,
    configured: bool,
    engine: Option<Engine>,
    desk: Option<StoreDesk>,
}

impl Room {
    async fn open(soft: bool) -> Self {
        let mut room = Self {
            dir: tempfile::tempdir().unwrap(),
            clock: StubClock::at("2026-11-23T08:00:00Z".parse().unwrap()),
            maker: Arc::new(Maker(Mutex::new(Ok((50, 40))))),
            soft,
            configured: true,
            engine: None,
            desk: None,
        };
        room.restart().await;
        room
    }

    async fn restart(&mut self) {
        drop((self.engine.take(), self.desk.take()));
        let mut draft = Draft::new("Europe/Berlin", "24/7").service("roof").team("crew", &["roof"], "");
        if self.configured {
            draft = draft.cap("web-cost", Scope::Source("web".into()), None, Per::Total).with_cap("web-cost", |cap| {
                let cost = Some(Money::from_minor(8_000, "EUR"));
                cap.stop_loss = Some(StopLoss { cost, on_verdict: false, days: 28, at_least: 20 });
                cap.soft = self.soft;
                cap.on_full.hook = Some("http://127.0.0.1:9/told".into());
            });
        }
        draft.0.store = StoreAt::Sqlite(self.dir.path().join("leadgate.sqlite"));
        let config = draft.done();
        let clock = || Arc::clone(&self.clock) as SharedClock;
        let (at, who) = (config.store.clone(), "tester".to_owned());
        let options = StoreOptions { at, password: None, kind: ProcKind::Engine, who, clock: clock() };
        let store = Store::open(options).await.unwrap().store;
        let place = Place { data_dir: self.dir.path(), presets: None, lock: true };
        let engine = Engine::build(store.clone(), Arc::clone(&config), clock(), place).await.unwrap();
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
        self.desk = Some(StoreDesk::new(store, config, clock(), seat, pulse).await.unwrap());
        self.engine = Some(engine.reporting(Arc::new(Arc::clone(&self.maker))));
    }

    fn parts(&self) -> &Arc<Parts> {
        &self.engine.as_ref().unwrap().parts
    }

    /// A look, some time later, while a qualified lead costs so much; is the cap closed?
    async fn look(&self, hours: i32, euros: i64, qualified: u64) -> bool {
        self.clock.advance(HOUR * hours);
        *self.maker.0.lock().unwrap() = Ok((euros, qualified));
        self.engine.as_ref().unwrap().stop_losses().unwrap().run().await.unwrap();
        self.is_closed().await
    }

    async fn is_closed(&self) -> bool {
        let rules = rules::in_force(&self.parts().store, &self.parts().config).await.unwrap();
        rules.caps.get("web-cost").is_some_and(|cap| cap.max == Some(0))
    }

    async fn act(&self, act: Act) {
        self.desk.as_ref().unwrap().perform(act).await.unwrap();
    }

    async fn told(&self, kind: &str) -> usize {
        self.parts().store.latest_told(500).await.unwrap().iter().filter(|one| one.kind == kind).count()
    }

    async fn line(&self) -> crate::desk::view::CapLine {
        let capacity = self.desk.as_ref().unwrap().capacity().await.unwrap();
        let caps = capacity.teams.into_iter().flat_map(|team| team.caps);
        caps.into_iter().find(|cap| cap.id == "web-cost").unwrap()
    }

    async fn end(self) {
        assert_eq!(self.parts().store.invariants().await.unwrap(), []);
        self.parts().store.verify_journal().await.unwrap().unwrap();
    }
}

fn reset() -> Act {
    Act::ResetCap("web-cost".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_costs_too_much_is_closed_with_its_reason_and_opened_well_below() {
    let mut room = Room::open(false).await;
    assert_eq!(room.line().await.forecast, "not looked at yet");
    assert!(!room.look(0, 90, 19).await, "too few");
    assert_eq!(room.line().await.forecast, "too few: 19");
    assert!(!room.look(1, 80, 20).await, "as much as it may");
    assert!(room.look(1, 90, 24).await);
    let line = room.line().await;
    assert_eq!((line.max, line.forecast.as_str()), (Some(0), "stop 90 EUR n 24"));
    assert!(line.overridden.is_some_and(|set| set.contains("leadgate")));
    assert!(line.stop_loss.is_some_and(|words| words.contains("95 %") && words.contains("n = 24), more than 80 EUR")));
    assert_eq!((room.told("stop-loss").await, room.parts().store.hooks_due(9).await.unwrap().len()), (1, 1));
    room.restart().await;
    assert!(room.look(1, 60, 30).await, "not within a day");
    assert!(room.look(30, 60, 19).await, "too few undo nothing");
    assert!(room.look(1, 75, 30).await, "not before nine tenths");
    assert!(!room.look(1, 72, 30).await);
    assert_eq!((room.told("stop-loss").await, room.told("stop-loss-over").await), (1, 1));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_opens_it_by_hand_is_left_in_peace_for_a_week_and_what_they_set_stands() {
    let room = Room::open(false).await;
    assert!(room.look(0, 90, 24).await);
    room.act(reset()).await;
    assert!(!room.look(1, 95, 24).await);
    assert!(room.line().await.stop_loss.is_some_and(|words| words.contains("opened by hand")));
    assert!(!room.look(24 * 6, 95, 24).await);
    // Taken back: it acts again as if it had never been opened.
    room.act(Act::Undo).await;
    assert!(room.look(1, 95, 24).await && room.line().await.forecast.starts_with("stop"));
    room.act(reset()).await;
    assert!(!room.look(1, 95, 24).await);
    assert!(room.look(24 * 7, 95, 24).await, "a week is over");
    let set = |max| Act::SetCap { cap: "web-cost".into(), max, until: None, reason: "I know".into() };
    let refused = room.desk.as_ref().unwrap().perform(set(5)).await.unwrap_err();
    assert!(refused.to_string().contains("counts no leads"), "{refused}");
    // Closed by a person, it stays closed however well the figures are.
    room.act(set(0)).await;
    assert!(room.look(30, 20, 90).await);
    assert_eq!(room.told("stop-loss-over").await, 0);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_soft_one_only_tells() {
    let room = Room::open(true).await;
    assert!(!room.look(0, 90, 24).await);
    assert!(room.line().await.forecast.starts_with("stop 90 EUR"));
    assert!(!room.look(1, 95, 24).await);
    assert_eq!(room.told("stop-loss").await, 1, "once");
    assert!(!room.look(25, 50, 24).await);
    assert_eq!(room.told("stop-loss-over").await, 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_leaves_the_configuration_opens_and_figures_that_fail_change_nothing() {
    let mut room = Room::open(false).await;
    assert!(room.look(0, 90, 24).await);
    room.clock.advance(HOUR * 30);
    *room.maker.0.lock().unwrap() = Err("a cost has no rate".into());
    let failed = room.engine.as_ref().unwrap().stop_losses().unwrap().run().await.unwrap_err();
    assert!(failed.chain().contains("a cost has no rate"), "{failed}");
    assert!(room.is_closed().await);
    room.configured = false;
    room.restart().await;
    room.engine.as_ref().unwrap().stop_losses().unwrap().run().await.unwrap();
    assert!(room.parts().store.overrides().await.unwrap().is_empty());
    assert_eq!(room.told("stop-loss-over").await, 1);
    room.end().await;
}
