//! The past under other rules: unchanged rules flip nothing, changed ones flip what they should and nothing
//! else, and the throttle run over the past keeps what it promises.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use leadgate as lg;
#[path = "support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use leadgate::clock::SharedClock;
use leadgate::config::{Config, Sources, load_text};
use leadgate::desk::{Act, Desk as _, DeskError, PreviewAsk, Pulse, Seat, StoreDesk};
use leadgate::engine::Decider;
use leadgate::lead::{Code, Record, VerdictKind};
use leadgate::queue::Rules;
use leadgate::simulate::{Done, Progress, Question, SimulateError, draft_rules, simulate};
use leadgate::store::Store;
use support::bench::{Bench, start};
use support::scene::{page, take};

const CONFIG: &str = r#"
[business]
name = "Sonnenschein"
zone = "Europe/Berlin"
country = "DE"
languages = ["de", "en"]
currency = "EUR"
hours = "Mo-Fr 08:00-17:00; PH off"

[service.roof]
title = "Roof"
words = ["roof", "dach"]
[service.roof.criteria]
timing = { within = "3 months", unknown = "review" }
region = { postal_codes = ["10000-14199"], unknown = "fail" }
budget = { at_least = "5000 EUR", unknown = "pass" }

[service.solar]
title = "Solar"
words = ["solar"]
criteria = { anywhere = true, anybody = true }

[team.berlin]
services = ["roof", "solar"]
[person.anna]
name = "Anna"
team = "berlin"
email = "anna@example.com"
[person.ben]
name = "Ben"
team = "berlin"
email = "ben@example.com"

[cap.berlin-day]
team = "berlin"
max = 4
per = "day"
on_full = { hold = "2 days" }

[source.web]
preset = "json"
url = "http://127.0.0.1:9/leads"
channel = "campaign"
goal = "some"
services = ["roof", "solar"]
[source.ads]
preset = "json"
url = "http://127.0.0.1:9/ads"
channel = "campaign"
goal = "some"
services = ["roof", "solar"]

[destination.mail]
smtp = "smtp://127.0.0.1:2525"
from = "Leads <leads@example.com>"
[route.default]
to = ["mail"]
answer_within = "1h"
"#;

fn config(changes: &[(&str, &str)]) -> Arc<Config> {
    let text = changes.iter().fold(CONFIG.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    Arc::new(load_text("leadgate.toml", &text, Path::new("/data")).map_err(|errors| errors.plain()).unwrap().config)
}

/// Leads of two sources, `count` in all over `days`, the same for the same `seed`.
async fn history(bench: &Bench, config: &Arc<Config>, count: usize, days: i64, seed: u64) -> Store {
    let store = support::scene::started(bench, config).await;
    let decider = Decider::new(config);
    let mut random = fastrand::Rng::with_seed(seed);
    let step = SignedDuration::from_hours(24 * days).as_secs() / i64::try_from(count).unwrap();
    let mut pick = |from: &[&str]| from[random.usize(..from.len())].to_owned();
    for n in 0..count {
        bench.pass(step);
        let now = store.clock().now();
        let source = pick(&["web", "ads"]);
        let record = Record {
            id: format!("r{n}"),
            name: Some(format!("Person {n}")),
            email: Some(format!("person{n}@example.com")),
            need: Some(pick(&["a new roof", "Dach neu decken", "solar panels", "a kitchen", "", "roof and solar"])),
            timing: Some(pick(&["in 2 weeks", "in 5 months", "asap", "", "nächstes Jahr", "whenever"])),
            budget: Some(pick(&["7000 EUR", "ca. 3.000 €", "", "10-20k", "a lot"])),
            postal_code: Some(pick(&["10115", "80331", "", "13000"])),
            ..Record::default()
        };
        let arrival = decider.arrival(&source, Ok(record), now);
        let taken = take(&store, &source).await;
        let mut intake = page(&taken, vec![arrival]);
        intake.lease_until = now + SignedDuration::from_mins(5);
        store.store_page(intake).await.unwrap();
        store.end_walk(&taken, now, None).await.unwrap();
    }
    store
}

async fn compare(store: &Store, live: &Arc<Config>, draft: &Arc<Config>) -> Result<Done, SimulateError> {
    let none = BTreeMap::new();
    let rules = Rules::new(Arc::clone(live), &none, std::collections::BTreeSet::new());
    let ask = Question {
        live: rules,
        config_id: 1,
        draft: draft_rules(store, live, draft).await.unwrap(),
        since: Timestamp::UNIX_EPOCH,
        until: store.clock().now() + SignedDuration::from_hours(1),
    };
    simulate(store, ask, &Progress::default()).await
}

#[tokio::test]
async fn unchanged_rules_flip_nothing() {
    for seed in 0..4 {
        let bench = Bench::sqlite();
        let live = config(&[]);
        let store = history(&bench, &live, 120, 20, seed).await;
        let done = compare(&store, &live, &config(&[])).await.unwrap();
        assert_eq!((done.leads, done.flipped, done.astray, done.older_rules), (120, 0, 0, 0), "seed {seed}");
        assert_eq!(done.difference.now, done.difference.draft);
        let all = &done.difference.now.all;
        assert!(all.qualified > 10 && all.handed_off > 10 && all.handed_off <= all.qualified, "{all:?}");
        assert_eq!(all.qualified, all.handed_off + all.expired + done.difference.now.held);
        store.close().await.unwrap();
        bench.finish().await;
    }
}

#[tokio::test]
async fn a_wider_limit_lets_in_who_failed_it_and_nobody_else() {
    let bench = Bench::sqlite();
    let live = config(&[]);
    let store = history(&bench, &live, 200, 20, 7).await;
    let done = compare(&store, &live, &config(&[("3 months", "6 months")])).await.unwrap();
    assert!(done.flipped > 0);
    assert_eq!(done.flips.len() as u64, done.flipped);
    for flip in &done.flips {
        assert_eq!(
            (flip.from, flip.no_longer.as_slice(), flip.now.as_slice()),
            (VerdictKind::Disqualified, &[Code::Timing][..], &[][..])
        );
        assert_ne!(flip.to, VerdictKind::Disqualified);
    }
    assert!(done.difference.draft.all.qualified > done.difference.now.all.qualified);
    store.close().await.unwrap();
    bench.finish().await;
}

#[tokio::test]
async fn new_words_are_looked_for_in_what_people_wrote() {
    let bench = Bench::sqlite();
    let live = config(&[]);
    let store = history(&bench, &live, 100, 10, 3).await;
    let done =
        compare(&store, &live, &config(&[("words = [\"solar\"]", "words = [\"solar\", \"kitchen\"]")])).await.unwrap();
    let kitchens = done.flips.iter().filter(|flip| flip.service == (None, Some("solar".to_owned()))).count();
    assert!(kitchens > 5 && kitchens == done.flips.len(), "{:?}", done.flips);
    assert_eq!(done.words_gone, 0);
    store.close().await.unwrap();
    bench.finish().await;
}

#[tokio::test]
async fn a_raised_cap_moves_more_and_a_closed_one_nothing() {
    let bench = Bench::sqlite();
    let live = config(&[("max = 4", "max = 1")]);
    let store = history(&bench, &live, 300, 20, 5).await;
    let mut before = 0;
    for max in [0, 1, 2, 5, 50] {
        let done = compare(&store, &live, &config(&[("max = 4", &format!("max = {max}"))])).await.unwrap();
        let draft = &done.difference.draft;
        assert_eq!(done.flipped, 0, "a cap changes no verdict");
        assert!(draft.all.handed_off >= before, "max {max}: {} after {before}", draft.all.handed_off);
        assert!(max > 0 || draft.all.handed_off == 0);
        assert_eq!(draft.all.qualified, draft.all.handed_off + draft.all.expired + draft.held);
        before = draft.all.handed_off;
    }
    assert!(before > 0);
    store.close().await.unwrap();
    bench.finish().await;
}

#[tokio::test]
async fn an_override_beats_the_config_but_not_a_draft_that_says_otherwise() {
    let bench = Bench::sqlite();
    let live = config(&[]);
    let store = support::scene::started(&bench, &live).await;
    bench
        .sql("insert into override (id, kind, name, value, since, at, who, reason) values (1, 'cap', 'berlin-day', 9, 0, 0, 'tester', 'more')")
        .await;
    let max = |rules: &Rules| rules.caps["berlin-day"].max;
    assert_eq!(max(&draft_rules(&store, &live, &config(&[])).await.unwrap()), Some(9));
    assert_eq!(max(&draft_rules(&store, &live, &config(&[("max = 4", "max = 6")])).await.unwrap()), Some(6));
    store.close().await.unwrap();
    bench.finish().await;
}

#[tokio::test]
async fn it_can_be_stopped_and_an_empty_past_is_no_mistake() {
    let bench = Bench::sqlite();
    let live = config(&[]);
    let store = support::scene::started(&bench, &live).await;
    let done = compare(&store, &live, &live).await.unwrap();
    assert_eq!((done.leads, done.difference.now.all.qualified), (0, 0));
    let stopped = Progress::default();
    stopped.cancel();
    let rules = Rules::new(Arc::clone(&live), &BTreeMap::new(), std::collections::BTreeSet::new());
    let ask = Question { live: rules.clone(), config_id: 1, draft: rules, since: start(), until: start() };
    assert!(matches!(simulate(&store, ask, &stopped).await, Err(SimulateError::Cancelled)));
    store.close().await.unwrap();
    bench.finish().await;
}

async fn desk(store: &Store, config: &Arc<Config>, bench: &Bench, folder: &Path) -> StoreDesk {
    let seat = Seat {
        who: "anna".into(),
        title: "Anna · berlin".into(),
        person: Some("anna".into()),
        zone: config.business.zone.clone(),
        business: config.business.name.clone(),
        people: Vec::new(),
        services: Vec::new(),
        demo: false,
    };
    let pulse = tokio::sync::watch::Sender::new(Pulse::default()).subscribe();
    let clock = Arc::clone(&bench.clock) as SharedClock;
    let desk = StoreDesk::new(store.clone(), Arc::clone(config), clock, seat, pulse).await.unwrap();
    desk.with_layers(Sources {
        file: Some(folder.join("leadgate.toml")),
        data_dir: Some(folder.join("data")),
        ..Sources::default()
    })
}

#[tokio::test]
async fn a_cap_is_previewed_by_the_same_figures_and_nothing_is_changed() {
    let bench = Bench::sqlite();
    let live = config(&[("max = 4", "max = 1")]);
    let folder = tempfile::tempdir().unwrap();
    let store = support::scene::started(&bench, &live).await;
    let desk = desk(&store, &live, &bench, folder.path()).await;
    let wrong = desk.preview(PreviewAsk::cap("berlin-dya", 9), Progress::default()).await.unwrap_err();
    assert!(wrong.to_string().contains("berlin-day"), "{wrong}");
    let nothing = desk.preview(PreviewAsk::cap("berlin-day", 9), Progress::default()).await.unwrap();
    assert_eq!((nothing.leads, nothing.flipped), (0, 0));
    store.close().await.unwrap();

    let bench = Bench::sqlite();
    let store = history(&bench, &live, 200, 10, 5).await;
    bench.pass(60);
    let desk = self::desk(&store, &live, &bench, folder.path()).await;
    let progress = Progress::default();
    let preview = desk.preview(PreviewAsk::cap("berlin-day", 9), progress.clone()).await.unwrap();
    assert_eq!((preview.leads, progress.decided(), progress.expected()), (200, 200, 200));
    assert_eq!(preview.title, "berlin-day from 1 to 9");
    let done = compare(&store, &live, &config(&[("max = 4", "max = 9")])).await.unwrap();
    let (now, draft) = (&done.difference.now, &done.difference.draft);
    let handed = preview.figures.iter().find(|line| line.name == "handed off").unwrap();
    assert_eq!((&handed.now, &handed.draft), (&now.all.handed_off.to_string(), &draft.all.handed_off.to_string()));
    assert_eq!(handed.better, Some(true));
    assert!(preview.parts.iter().any(|(title, lines)| title == "person" && lines.iter().any(|one| one.name == "Anna")));
    // Today: the release's own forecast, before and after.
    let (before, after) = preview.today.unwrap();
    assert_eq!(before.leaves + before.stays, after.leaves + after.stays);
    assert!(after.leaves > before.leaves, "{before:?} {after:?}");
    assert!(after.first.is_some_and(|(name, _)| name.starts_with("Person ")));
    assert!(store.overrides().await.unwrap().is_empty(), "looking changes nothing");
    // Whoever falls ill today was there all the days before.
    desk.perform(Act::Leave { person: "anna".into(), until: None, reason: "flu".into() }).await.unwrap();
    let ill = desk.preview(PreviewAsk::cap("berlin-day", 9), Progress::default()).await.unwrap();
    assert_eq!(ill.figures, preview.figures);
    desk.perform(Act::Undo).await.unwrap();
    // The curve: each value as it would be alone, and one progress over all of them.
    let progress = Progress::default();
    let ask = PreviewAsk::sweep("berlin-day", 10, 14);
    let preview = desk.preview(ask.clone(), progress.clone()).await.unwrap();
    let curve = preview.curve.unwrap();
    assert_eq!((curve.points.len(), curve.max), (20, Some(1)));
    assert_eq!((progress.decided(), progress.expected()), (21 * 200, 21 * 200), "decided once, let through by each");
    let nine = curve.points.iter().find(|point| point.value == 9).unwrap();
    assert_eq!((nine.handed_off, nine.late), (draft.all.handed_off, draft.all.late));
    assert!(curve.points.is_sorted_by_key(|point| point.handed_off), "{curve:?}");
    let stopped = Progress::default();
    stopped.cancel();
    assert_eq!(desk.preview(ask, stopped.clone()).await, Err(DeskError::Stopped));
    assert_eq!(desk.preview(PreviewAsk::cap("berlin-day", 9), stopped).await, Err(DeskError::Stopped));
    store.close().await.unwrap();
    bench.finish().await;
}

#[tokio::test]
async fn a_draft_file_is_previewed_or_its_mistake_is_told_with_its_line() {
    let bench = Bench::sqlite();
    let live = config(&[]);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let store = history(&bench, &live, 100, 10, 7).await;
    let desk = desk(&store, &live, &bench, folder.path()).await;
    let ask = |file: &str| PreviewAsk::Draft { file: file.into(), days: 30 };
    let refused = async |file: &str| desk.preview(ask(file), Progress::default()).await.unwrap_err().to_string();
    assert!(refused("leadgate.draft.toml").await.contains("leadgate.draft.toml"));
    write("bad.toml", &CONFIG.replace("max = 4", "max = \"many\""));
    let said = refused("bad.toml").await;
    let row = CONFIG.lines().position(|line| line == "max = 4").unwrap() + 1;
    assert!(said.contains(&format!("bad.toml:{row}:")) && said.contains("cap.berlin-day.max"), "{said}");

    write("leadgate.draft.toml", &CONFIG.replace("3 months", "6 months"));
    let preview = desk.preview(ask("leadgate.draft.toml"), Progress::default()).await.unwrap();
    assert!(preview.flipped > 0 && preview.flips.len() as u64 == preview.flipped, "{preview:?}");
    for flip in &preview.flips {
        assert_eq!((flip.from, flip.no_longer.as_slice()), (VerdictKind::Disqualified, &[Code::Timing][..]));
        assert!(flip.name.starts_with("Person "), "{flip:?}");
    }
    assert_eq!(preview.today, None);

    // The same file beside the rules: mistakes told with their line, one at a time, begun and ended by the desk.
    let begin = |file: &str, reason: &str| Act::StartShadow { draft: file.into(), reason: reason.into() };
    let refused = async |act: Act| desk.perform(act).await.unwrap_err().to_string();
    assert!(refused(begin("bad.toml", "try")).await.contains(&format!("bad.toml:{row}:")));
    assert!(refused(begin("leadgate.draft.toml", " ")).await.contains("say why"));
    assert_eq!(
        (desk.shadow().await.unwrap(), refused(Act::StopShadow).await.as_str()),
        (None, "no draft runs beside the rules")
    );
    desk.perform(begin("leadgate.draft.toml", "half a year")).await.unwrap();
    let run = desk.shadow().await.unwrap().unwrap();
    assert_eq!((run.name.as_str(), run.reason.as_str(), run.ended_at), ("leadgate.draft.toml", "half a year", None));
    assert_eq!((run.leads, run.trouble), (0, None));
    assert!(refused(begin("leadgate.draft.toml", "again")).await.contains("runs already"));
    desk.perform(Act::StopShadow).await.unwrap();
    assert!(desk.shadow().await.unwrap().unwrap().ended_at.is_some());

    let drafts = async |typed: &str| desk.drafts(typed.into()).await.unwrap();
    let usual = folder.path().join("leadgate.draft.toml").display().to_string();
    assert_eq!(drafts("").await, [usual]);
    std::fs::create_dir(folder.path().join("leads")).unwrap();
    assert_eq!(drafts("lea").await, ["leadgate.draft.toml", "leads/"]);
    assert!(drafts("leads/").await.is_empty() && drafts("nowhere/x").await.is_empty());
    store.close().await.unwrap();
    bench.finish().await;
}

/// Presses a key; what the console wants done is done at once by the true desk.
#[cfg(feature = "console")]
async fn press(model: &mut leadgate::console::model::Model, desk: &StoreDesk, key: leadgate::console::input::Key) {
    use leadgate::console::effect::{Effect, question};
    use leadgate::console::input::Input;
    use leadgate::console::message::{Message, Outcome, Reply};
    use leadgate::console::update::update;
    let mut effects = update(model, Message::Input(Input::Key(key)));
    while !effects.is_empty() {
        let reply = match effects.remove(0) {
            Effect::Ask(request) => {
                let (ticket, kind) = (request.ticket, request.load.kind());
                Reply::Loaded { ticket, kind, data: question(desk, request.load).await }
            }
            Effect::Preview(wanted) => {
                let answer = desk.preview(wanted.ask, Progress::default()).await.map(Box::new);
                Reply::Previewed { ticket: wanted.ticket, answer }
            }
            Effect::Perform(act) => {
                let outcome = desk.perform(act.clone()).await.map_or_else(Outcome::Refused, Outcome::Done);
                Reply::Acted { act, outcome }
            }
            _ => continue,
        };
        effects.extend(update(model, Message::Reply(reply)));
    }
}

#[cfg(feature = "console")]
#[tokio::test]
async fn a_cap_raised_in_the_console_says_who_when_and_until_when_and_is_taken_back() {
    use leadgate::console::Theme;
    use leadgate::console::input::Key;
    use leadgate::console::model::{Fixed, Model, Screen};
    let bench = Bench::sqlite();
    let live = config(&[]);
    let folder = tempfile::tempdir().unwrap();
    let store = history(&bench, &live, 60, 10, 5).await;
    let desk = desk(&store, &live, &bench, folder.path()).await;
    let now = store.clock().now();
    let fixed = Fixed { theme: Theme::default(), currency: "EUR".into() };
    let mut model = Model::new(desk.seat().clone(), fixed, Screen::Inbox, now, (120, 40));
    for key in [Key::Char('2'), Key::Char('+')].into_iter().chain("fair".chars().map(Key::Char)) {
        press(&mut model, &desk, key).await;
    }
    let preview = model.preview.preview().expect("the effect is known before anything is saved");
    assert_eq!((preview.title.as_str(), preview.leads > 0), ("berlin-day from 4 to 5", true));
    assert!(store.overrides().await.unwrap().is_empty());
    for key in [Key::Tab, Key::Tab, Key::Enter] {
        press(&mut model, &desk, key).await;
    }
    let set = store.overrides().await.unwrap();
    let [set] = set.as_slice() else { panic!("{set:?}") };
    assert_eq!(
        (set.name.as_str(), set.value, set.who.as_str(), set.reason.as_str()),
        ("berlin-day", 5, "anna", "fair")
    );
    assert_eq!((set.at, set.until.is_some_and(|until| until > now)), (now, true), "until tonight");
    let shown = desk.capacity().await.unwrap().teams[0].caps[0].clone();
    let said = shown.overridden.unwrap();
    assert!(said.starts_with("set by Anna ") && said.contains(" until ") && said.ends_with(": fair"), "{said}");
    assert_eq!((shown.max, shown.config_max), (Some(5), Some(4)));
    let row = CONFIG.lines().position(|line| line == "max = 4").unwrap() + 1;
    assert_eq!(shown.written_at, Some(format!("leadgate.toml:{row}")));
    assert_eq!(model.preview.wanted, None, "nothing is computed for a dialog that is gone");

    press(&mut model, &desk, Key::Char('u')).await;
    assert!(store.overrides().await.unwrap().is_empty());
    let shown = desk.capacity().await.unwrap().teams[0].caps[0].clone();
    assert_eq!((shown.max, shown.overridden), (Some(4), None));
    store.close().await.unwrap();
    bench.finish().await;
}
