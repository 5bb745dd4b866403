//! Every fault of a source (`reliability` C.2) on real sockets, with patience scaled to milliseconds: nothing panics,
//! nothing is lost, the cursor stands, the far side's fault is told with what helps, and the source beside it is read.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // tests, in functions of their own

#[path = "source_faults/drift.rs"]
mod drift;
#[path = "source_faults/far_side.rs"]
mod far_side;
#[path = "source_faults/faults.rs"]
mod faults;
#[path = "source_faults/many.rs"]
mod many;
#[path = "source_faults/records.rs"]
mod records;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use jiff::SignedDuration;
use leadgate::clock::StubClock;
use leadgate::config::checked::{self, Assume, Channel, Var};
use leadgate::lead::outcome::Failure;
use leadgate::lead::{Class, Record};
use leadgate::net::http::{Http, Terms};
use leadgate::preset::{Direction, Library};
use leadgate::source::{self, Ask, Cursor, Nothing, Source, Unreadable};

use far_side::{Answer, FarSide, pem, tls};

/// The present in these tests.
pub const NOW: &str = "2026-11-23T08:00:00Z";

/// How long we wait for a far side. Only faults that end by our patience alone meet a short one: everywhere else a
/// short one would measure how busy the machine is.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the connection, TLS included.
    connect: Duration,
    /// Between two pieces of an answer.
    silence: Duration,
    /// For the whole answer, as presets write it.
    whole: &'static str,
}

/// For whom never says what it should.
pub const LITTLE: Patience =
    Patience { connect: Duration::from_millis(400), silence: Duration::from_millis(600), whole: "1500ms" };
/// Longer than any machine is busy.
pub const PLENTY: Patience =
    Patience { connect: Duration::from_secs(90), silence: Duration::from_secs(90), whole: "90s" };

/// The preset `json` under this id, with a bound of 4 MiB.
pub fn json_preset(id: &str, patience: Patience) -> String {
    let text = include_str!("../config/presets/sources/json.toml").replace("id = \"json\"", &format!("id = \"{id}\""));
    let base = "base = \"{{ vars.url }}\"";
    assert!(text.contains(base));
    text.replace(base, &format!("{base}\ntimeout = \"{}\"\nbody_max_mib = 4", patience.whole))
}

fn http(patience: Patience) -> Http {
    let trust = vec![pem("authority.pem")];
    let terms = Terms { connect: patience.connect, read: patience.silence, trust, machine: false };
    Http::on(terms, StubClock::at(NOW.parse().unwrap())).unwrap()
}

/// A source of a preset's text.
pub fn of_preset(text: &str, url: &str, patience: Patience) -> Box<dyn Source> {
    let source = checked::Source {
        id: "test".into(),
        title: "Test".into(),
        preset: "own".into(),
        vars: BTreeMap::from([("url".to_owned(), Var::Text(url.to_owned()))]),
        every: SignedDuration::from_secs(60),
        channel: Channel::Network,
        goal: None,
        services: Vec::new(),
        map: BTreeMap::new(),
        assume: Assume::default(),
        priority: 0,
        backfill: SignedDuration::from_hours(24),
        same_lead_for: SignedDuration::from_hours(24),
        pays_for: None,
        price_per_lead: None,
        reading: checked::Reading::default(),
    };
    let mut library = Library::default();
    library.insert(Direction::Source, "own", "own.toml", text);
    source::build(&source, &library, &http(patience)).unwrap_or_else(|why| panic!("{why}"))
}

/// A source that gives any answer time.
pub fn at(url: &str) -> Box<dyn Source> {
    with(url, PLENTY)
}

pub fn with(url: &str, patience: Patience) -> Box<dyn Source> {
    of_preset(&json_preset("own", patience), url, patience)
}

/// A whole walk as the engine does it: what was read before it ended, and why it ended early.
pub async fn walk(source: &dyn Source, cursor: &mut Cursor) -> (Vec<Result<Record, Unreadable>>, Option<Failure>) {
    let (begun, mut records, mut place) = (cursor.clone(), Vec::new(), None);
    loop {
        match source.read(Ask { cursor: &begun, place: place.as_ref(), known: &Nothing }).await {
            Err(failure) => return (records, Some(failure)),
            Ok(batch) => {
                records.extend(batch.records);
                *cursor = batch.cursor.unwrap_or_else(|| cursor.clone());
                place = batch.next;
            }
        }
        if place.is_none() {
            return (records, None);
        }
    }
}

pub fn since(moment: &str) -> Cursor {
    Cursor { since: Some(moment.to_owned()), ..Cursor::default() }
}

/// A failure is of this class, says this, and what helps; it shows neither path nor secret.
fn assert_told(name: &str, failure: &Failure, (class, words, help): (Class, &str, &str)) {
    assert_eq!(failure.class, class, "{name}: {failure}");
    assert!(failure.message.contains(words), "{name}: {words}: {failure}");
    let hint = failure.hint.as_deref().unwrap_or_default();
    assert!(hint.contains(help) && hint.is_empty() == help.is_empty(), "{name}: {help}: {failure}");
    assert!(!failure.to_string().contains("hidden"), "{name}: {failure}");
    assert!(!failure.to_string().contains("eve@"), "{name}: {failure}");
    assert!(!failure.to_string().contains(|c: char| c.is_control() || c == '\u{202e}'), "{name}: {failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_told_with_what_helps_and_moves_no_cursor() {
    let far = FarSide::start(None);
    let faults = faults::all();
    for fault in &faults {
        far.well(fault.name, fault.answer.clone());
    }
    // Set up beforehand: that takes longer than the patience here.
    let url = |fault: &faults::Fault| far.url(&format!("{}?key=hidden", fault.name));
    let sources: Vec<_> = faults.iter().map(|fault| with(&url(fault), fault.patience())).collect();
    let one = async |(fault, source): (&faults::Fault, Box<dyn Source>)| {
        let mut cursor = since("2026-11-23T07:00:00Z");
        let (_, failure) = walk(&*source, &mut cursor).await;
        let failure = failure.unwrap_or_else(|| panic!("{} was taken for an answer", fault.name));
        assert!(fault.is_told_in(&failure.message), "{}: {}: {failure}", fault.name, fault.words);
        assert_told(fault.name, &failure, (fault.class, "", fault.help));
        assert_eq!(failure.wait_secs, fault.wait, "{}: {failure}", fault.name);
        assert_eq!(cursor, since("2026-11-23T07:00:00Z"), "{}", fault.name);
    };
    futures::future::join_all(faults.iter().zip(sources).map(one)).await;
    assert!(far.asked() > faults.len(), "every one was really asked: {}", far.asked());
}

#[tokio::test]
async fn whoever_never_answers_holds_up_nobody_beside_it() {
    let far = FarSide::start(None);
    far.well("/hung", Answer::Hang(Vec::new()));
    far.well("/healthy", Answer::json("{\"data\": [{\"id\": \"h\", \"email\": \"h@example.org\"}]}"));
    let (hung, healthy) = (at(&far.url("/hung")), at(&far.url("/healthy")));
    let hung = async {
        let ended = walk(&*hung, &mut Cursor::default()).await.1;
        panic!("the one beside it was not read meanwhile: {ended:?}");
    };
    let healthy = async {
        while far.asked() == 0 {
            tokio::task::yield_now().await;
        }
        walk(&*healthy, &mut Cursor::default()).await
    };
    let (records, failure) = tokio::select! { () = hung => return, read = healthy => read };
    assert!(records.len() == 1 && failure.is_none(), "{failure:?}");
}

#[tokio::test]
async fn nobody_there_is_told_by_what_is_wrong() {
    // Bound and not listening: nobody else can take the port meanwhile.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let nobody = held.local_addr().unwrap();
    // Somebody accepts, and never says a word of TLS.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = (mute.local_addr().unwrap(), mute);
    // Somebody answers, and not in TLS.
    let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let plain_at = plain.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut stream = plain.accept().unwrap().0;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").unwrap();
        // Until the client goes: closing with its greeting unread would be a reset.
        drop(std::io::copy(&mut stream, &mut std::io::sink()));
    });
    for (url, patience, words, help) in [
        (format!("http://{nobody}/?key=hidden"), PLENTY, "connection refused by 127.0.0.1", "check host and port"),
        (
            "http://leadgate.invalid/?key=hidden".to_owned(),
            PLENTY,
            "leadgate.invalid cannot be resolved",
            "check the name",
        ),
        (format!("https://{}/?key=hidden", mute.0), LITTLE, "no connection to 127.0.0.1", "firewall"),
        (format!("https://{plain_at}/?key=hidden"), PLENTY, "no safe connection to 127.0.0.1", "does not speak TLS"),
    ] {
        let mut cursor = since("2026-11-23T07:00:00Z");
        let failure = walk(&*with(&url, patience), &mut cursor).await.1.unwrap();
        assert_told(&url, &failure, (Class::Retry, words, help));
        assert_eq!(cursor, since("2026-11-23T07:00:00Z"), "{url}");
    }
}

#[tokio::test]
async fn a_far_side_that_cannot_be_trusted_is_told_by_why() {
    for (certificate, words, help) in [
        ("expired.pem", "expired", "must renew the certificate"),
        ("early.pem", "not valid yet", "clock is wrong"),
        ("other-name.pem", "not valid for name", "must have the name"),
        ("self-signed.pem", "invalid peer certificate", "certificate"),
    ] {
        let far = FarSide::start(Some(tls(certificate)));
        far.well("/", Answer::json("{\"data\": []}"));
        let mut cursor = since("2026-11-23T07:00:00Z");
        let url = format!("https://{}/?key=hidden", far.address);
        let failure = walk(&*at(&url), &mut cursor).await.1.unwrap();
        assert_told(certificate, &failure, (Class::Retry, words, help));
        assert!(failure.message.starts_with("no safe connection to 127.0.0.1"), "{failure}");
        assert_eq!((far.asked(), cursor), (0, since("2026-11-23T07:00:00Z")), "nothing was sent");
    }
    let far = FarSide::start(Some(tls("good.pem")));
    far.well("/", Answer::json("{\"data\": [{\"id\": 1, \"email\": \"a@example.org\"}]}"));
    let (records, failure) = walk(&*at(&format!("https://{}/", far.address)), &mut Cursor::default()).await;
    assert!(records.len() == 1 && failure.is_none(), "{failure:?}");
}
