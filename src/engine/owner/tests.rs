//! The report by mail on a real store and a mail server that does what it is told, on a clock moved by hand.

use std::sync::Mutex;

use super::*;
use crate::clock::{Clock as _, SharedClock, StubClock};
use crate::config::checked::{Every, StoreAt, Transport};
use crate::engine::once::Pass;
use crate::engine::wiring::Place;
use crate::net::smtp::script::{Act, Script, ScriptedServer, say};
use crate::store::{ProcKind, StoreOptions};
use crate::test_config::Draft;

const OWNER: &str = "owner@own.test";

/// Makes a letter of a period's name; fails while it is told to.
#[derive(Default)]
struct Maker {
    made: Mutex<Vec<Period>>,
    fails: Mutex<Option<String>>,
}

impl ReportMaker for Arc<Maker> {
    fn make(&self, period: Period) -> BoxFuture<'static, Result<Sheet, String>> {
        let maker = Arc::clone(self);
        Box::pin(async move {
            if let Some(why) = maker.fails.lock().unwrap().clone() {
                return Err(why);
            }
            let (subject, text) = (format!("figures of {}", period.name), format!("to {}", period.last));
            maker.made.lock().unwrap().push(period);
            let page = Some("<!doctype html><title>Bericht – ü</title>".to_owned());
            Ok(Sheet { subject, text, page, file: "report.html".into() })
        })
    }

    fn sources(&self, _: u16) -> BoxFuture<'static, Result<Vec<Row>, String>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

struct Room {
    dir: tempfile::TempDir,
    clock: Arc<StubClock>,
    server: ScriptedServer,
    maker: Arc<Maker>,
    mail: OwnerMail,
    engine: Option<Engine>,
}

impl Room {
    /// Monday, 23 November 2026, 09:00 in Berlin; the report was set up a moment before.
    async fn open(scripts: Vec<Script>, every: Every) -> Self {
        let mail = OwnerMail { to: vec![OWNER.into()], every, at: jiff::civil::time(7, 0, 0, 0), over: 91 };
        let mut room = Self {
            dir: tempfile::tempdir().unwrap(),
            clock: StubClock::at("2026-11-23T08:00:00Z".parse().unwrap()),
            server: ScriptedServer::start(scripts).await,
            maker: Arc::default(),
            mail,
            engine: None,
        };
        room.restart().await;
        assert!(room.pass().await.is_clean());
        room
    }

    async fn weekly(scripts: Vec<Script>) -> Self {
        Self::open(scripts, Every::Week(jiff::civil::Weekday::Monday)).await
    }

    /// Another process; the one before did not sign off.
    async fn restart(&mut self) {
        drop(self.engine.take());
        let mut draft = Draft::new("Europe/Berlin", "24/7").service("roof").team("crew", &["roof"], "");
        draft = draft.person("anna", "crew", "", 1);
        draft.0.sources.clear();
        for destination in draft.0.destinations.values_mut() {
            if let Transport::Mail(mail) = &mut destination.by {
                (mail.host, mail.port) = ("127.0.0.1".into(), self.server.address.port());
            }
        }
        draft.0.report.mail = Some(self.mail.clone());
        draft.0.store = StoreAt::Sqlite(self.dir.path().join("leadgate.sqlite"));
        let config = draft.done();
        let clock = || Arc::clone(&self.clock) as SharedClock;
        let (at, who) = (config.store.clone(), "tester".to_owned());
        let options = StoreOptions { at, password: None, kind: ProcKind::Engine, who, clock: clock() };
        let store = Store::open(options).await.unwrap().store;
        let place = Place { data_dir: self.dir.path(), presets: None, lock: true };
        let engine = Engine::build(store, config, clock(), place).await.unwrap();
        self.engine = Some(engine.reporting(Arc::new(Arc::clone(&self.maker))));
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    fn store(&self) -> &Store {
        &self.engine().parts.store
    }

    async fn pass(&self) -> Pass {
        self.engine().once().await.unwrap()
    }

    async fn pass_at(&self, at: &str) -> Pass {
        self.clock.set(at.parse().unwrap());
        self.pass().await
    }

    async fn states(&self) -> Vec<MailState> {
        self.store().report_mails().await.unwrap().iter().map(|mail| mail.state).collect()
    }

    async fn told(&self, kind: &str) -> usize {
        self.store().latest_told(500).await.unwrap().iter().filter(|one| one.kind == kind).count()
    }

    /// Subjects that arrived.
    fn subjects(&self) -> Vec<String> {
        let found = |message: &String| {
            message.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default().trim().to_owned()
        };
        self.server.messages().iter().map(found).collect()
    }

    async fn end(self) {
        assert_eq!(self.store().invariants().await.unwrap(), []);
        self.store().verify_journal().await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_recipient_gets_each_week_once_under_a_name_that_stays() {
    let mut room = Room::weekly(vec![Script::new()]).await;
    room.mail.to.push("partner@own.test".into());
    room.restart().await;
    assert!(room.subjects().is_empty(), "what was due before it was set up is not sent");
    room.pass_at("2026-11-30T05:59:59Z").await;
    assert!(room.subjects().is_empty());
    assert!(room.pass_at("2026-11-30T06:00:00Z").await.is_clean());
    for _ in 0..3 {
        room.clock.advance(SignedDuration::from_hours(1));
        room.restart().await;
        assert!(room.pass().await.is_clean());
    }
    assert_eq!(room.subjects(), ["figures of week-2026-11-30", "figures of week-2026-11-30"]);
    assert_eq!(room.maker.made.lock().unwrap().len(), 1, "made once for all of them");
    let messages = room.server.messages();
    for (message, to) in messages.iter().zip([OWNER, "partner@own.test"]) {
        let read = mail_parser::MessageParser::default().parse(message.as_bytes()).unwrap();
        assert_eq!(read.message_id(), Some("lg.report-week-2026-11-30@dach.example"));
        assert_eq!(read.to().unwrap().first().unwrap().address(), Some(to));
        assert_eq!(read.body_text(0).unwrap().trim(), "to 2026-11-29");
        let page = read.attachment(0).unwrap();
        assert_eq!(mail_parser::MimeHeaders::attachment_name(page), Some("report.html"));
        assert!(page.text_contents().unwrap().contains("Bericht – ü"));
        assert!(message.contains("Auto-Submitted: auto-generated"));
    }
    room.pass_at("2026-12-07T06:00:00Z").await;
    assert_eq!(room.subjects().len(), 4);
    assert_eq!(room.told("report-sent").await, 4);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_month_ends_and_changes_of_the_clock_each_period_comes_once() {
    let room = Room::open(vec![Script::new()], Every::Month).await;
    for _ in 0..(24 * 140) / 6 {
        room.clock.advance(SignedDuration::from_hours(6));
        room.engine().owner().unwrap().run().await.unwrap();
    }
    let months = ["2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01", "2027-04-01"];
    let wanted: Vec<String> = months.iter().map(|day| format!("figures of month-{day}")).collect();
    assert_eq!(room.subjects(), wanted);
    let days: Vec<String> =
        room.maker.made.lock().unwrap().iter().map(|one| format!("{} {}", one.first, one.last)).collect();
    assert_eq!(days[2..4], ["2027-01-01 2027-01-31", "2027-02-01 2027-02-28"]);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_was_off_sends_the_latest_only() {
    let mut room = Room::weekly(vec![Script::new()]).await;
    room.clock.set("2026-12-16T12:00:00Z".parse().unwrap());
    room.restart().await;
    assert!(room.pass().await.is_clean());
    assert_eq!(room.subjects(), ["figures of week-2026-12-14"]);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_now_is_asked_again_ever_more_rarely_and_the_trouble_is_said() {
    let busy = || Script::from([("RCPT", Act::Last("451 4.3.0 come back".into()))]);
    let mut room = Room::weekly(vec![busy(), busy(), Script::new()]).await;
    let pass = room.pass_at("2026-11-30T06:00:00Z").await;
    assert_eq!(pass.failed.len(), 1, "{:?}", pass.failed);
    assert!(pass.failed[0].contains(OWNER) && pass.failed[0].contains("come back"), "{:?}", pass.failed);
    assert_eq!(room.states().await, [MailState::Waiting]);
    assert_eq!(room.told("report-waits").await, 1);
    room.pass_at("2026-11-30T06:01:59Z").await;
    assert_eq!(room.server.seen.lock().unwrap().connections, 1, "not before two minutes have passed");
    room.pass_at("2026-11-30T06:02:00Z").await;
    room.pass_at("2026-11-30T06:05:59Z").await;
    assert_eq!(room.server.seen.lock().unwrap().connections, 2, "then not before four");
    room.restart().await;
    assert!(room.pass_at("2026-11-30T06:06:00Z").await.is_clean());
    assert_eq!(room.subjects(), ["figures of week-2026-11-30"]);
    assert_eq!((room.told("report-waits").await, room.told("report-sent").await), (1, 1));
    room.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_ends_before_it_could_be_sent_is_missed_and_the_next_one_goes_out() {
    let away = Script::from([("banner", Act::Last("421 4.3.2 closed".into()))]);
    let room = Room::weekly(vec![away, Script::new()]).await;
    assert_eq!(room.pass_at("2026-11-30T06:00:00Z").await.failed.len(), 1);
    assert!(room.pass_at("2026-12-07T06:00:00Z").await.is_clean());
    assert_eq!(room.subjects(), ["figures of week-2026-12-07"]);
    assert_eq!(room.told("report-missed").await, 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_is_said_and_not_tried_again() {
    let room = Room::weekly(vec![say("RCPT", "550 5.1.1 nobody of that name")]).await;
    let pass = room.pass_at("2026-11-30T06:00:00Z").await;
    assert!(pass.failed[0].contains("nobody of that name") && pass.failed[0].contains("report --mail"), "{pass:?}");
    let commands = room.server.commands().len();
    room.pass_at("2026-12-02T06:00:00Z").await;
    assert_eq!(room.server.commands().len(), commands);
    assert_eq!(room.states().await, [MailState::Failed]);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_be_made_waits_and_says_why() {
    let room = Room::weekly(vec![Script::new()]).await;
    *room.maker.fails.lock().unwrap() = Some("the cost of meta has no rate".into());
    let pass = room.pass_at("2026-11-30T06:00:00Z").await;
    assert!(pass.failed[0].contains("the cost of meta has no rate"), "{pass:?}");
    *room.maker.fails.lock().unwrap() = None;
    assert!(room.pass_at("2026-11-30T06:02:00Z").await.is_clean());
    assert_eq!(room.subjects().len(), 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_last_step_it_is_sent_and_killed_within_it_is_said_and_not_sent_again() {
    for leaves in [false, true] {
        let mut room = Room::weekly(vec![Script::new()]).await;
        room.clock.set("2026-11-30T06:00:00Z".parse().unwrap());
        let period = latest(&room.mail, &jiff::tz::TimeZone::get("Europe/Berlin").unwrap(), room.clock.now()).unwrap();
        let moments = (period.due_at, period.until);
        assert!(room.store().open_report_mail(period.name, moments, room.mail.to.clone()).await.unwrap());
        let claimed = room.store().claim_report_mail().await.unwrap();
        assert_eq!(claimed.len(), 1);
        if leaves {
            assert!(room.store().report_mail_leaves(&claimed[0]).await.unwrap());
        }
        let gone = room.store().clone();
        room.restart().await;
        let pass = room.pass().await;
        if leaves {
            assert!(room.subjects().is_empty());
            assert_eq!(room.states().await, [MailState::Unknown]);
            assert!(pass.failed[0].contains("may have arrived"), "{pass:?}");
            assert_eq!(room.told("report-mail-unknown").await, 1);
            // A person who sends it by hand ends the doubt.
            room.store().report_mailed("anna".into(), vec!["Owner@own.test".into()], "by hand".into()).await.unwrap();
            assert!(room.pass().await.is_clean());
        } else {
            assert_eq!((room.subjects().len(), pass.is_clean()), (1, true), "{pass:?}");
        }
        // The one that was gone comes back: its claim is lost.
        assert!(!gone.report_mail_leaves(&claimed[0]).await.unwrap_or(false));
        assert!(!gone.settle_report_mail(&claimed[0], MailEnd::Sent).await.unwrap_or(false));
        room.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_behind_the_last_byte_is_unknown_and_nothing_is_sent_twice() {
    let room = Room::weekly(vec![Script::from([(".", Act::Drop)]), Script::new()]).await;
    let pass = room.pass_at("2026-11-30T06:00:00Z").await;
    assert!(pass.failed[0].contains("may have arrived"), "{pass:?}");
    room.pass_at("2026-11-30T12:00:00Z").await;
    assert_eq!((room.subjects().len(), room.states().await), (1, vec![MailState::Unknown]));
    room.end().await;
}
