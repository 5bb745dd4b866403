//! A mailbox on a real Dovecot, filled through a real Postfix, when told where they are; says so when it skips.
//!
//! `LEADGATE_TEST_MAIL=FILE`: `NAME=value` lines as `tests/servers/mail-full.sh` prints them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)] // tests, in functions of their own

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use leadgate::clock::SystemClock;
use leadgate::config::Secret;
use leadgate::config::checked::{self, Assume, Channel, Tls, Var};
use leadgate::lead::outcome::Failure;
use leadgate::lead::{Class, Record};
use leadgate::net::http::Http;
use leadgate::net::smtp::{Content, Limits, Server, Smtp};
use leadgate::preset::Library;
use leadgate::source::{self, Ask, Cursor, Nothing, Source};
use lettre::address::Envelope;
use secrecy::SecretString;

type Env = BTreeMap<String, String>;

fn settings() -> Option<Env> {
    let Ok(path) = std::env::var("LEADGATE_TEST_MAIL") else {
        eprintln!("skipped: LEADGATE_TEST_MAIL is not set");
        return None;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Some(pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect())
}

/// Whose mailbox this test reads; the other tests leave it alone.
const USER: &str = "ben@leadgate.test";

fn mailbox(env: &Env, more: &[(&str, &str)]) -> Box<dyn Source> {
    let mut vars: BTreeMap<String, Var> = [
        ("host", env["IMAP_HOST"].as_str()),
        ("port", &env["IMAPS_PORT"]),
        ("user", USER),
        ("ca_file", &env["CA_FILE"]),
    ]
    .into_iter()
    .chain(more.iter().copied())
    .map(|(name, text)| (name.to_owned(), Var::Text(text.to_owned())))
    .collect();
    let password = format!("printf %s '{}'", env["MAIL_PASSWORD"]);
    vars.entry("password".into()).or_insert(Var::Secret(Secret::Command(password)));
    if let Some(Var::Text(wrong)) = vars.get("password") {
        let wrong = Secret::Command(format!("printf %s '{wrong}'"));
        vars.insert("password".into(), Var::Secret(wrong));
    }
    let source = checked::Source {
        map: std::collections::BTreeMap::new(),
        pays_for: None,
        price_per_lead: None,
        reading: leadgate::config::checked::Reading::default(),
        id: "mail".into(),
        title: "Mail".into(),
        preset: "mailbox".into(),
        vars,
        every: SignedDuration::from_secs(60),
        channel: Channel::Network,
        goal: None,
        services: Vec::new(),
        assume: Assume::default(),
        priority: 0,
        backfill: SignedDuration::from_hours(24),
        same_lead_for: SignedDuration::from_hours(24),
    };
    let http = Http::new(std::sync::Arc::new(SystemClock)).unwrap();
    source::build(&source, &Library::built_in(), &http).unwrap()
}

async fn walk(source: &dyn Source, cursor: &mut Cursor) -> Result<Vec<Record>, Failure> {
    let old = cursor.clone();
    let (mut records, mut place) = (Vec::new(), None);
    loop {
        let batch = source.read(Ask { cursor: &old, place: place.as_ref(), known: &Nothing }).await?;
        assert_eq!(batch.trouble, None);
        records.extend(batch.records.into_iter().map(Result::unwrap));
        *cursor = batch.cursor.unwrap_or_else(|| cursor.clone());
        place = batch.next;
        if place.is_none() {
            return Ok(records);
        }
    }
}

async fn send(env: &Env, message: &str) {
    let server = Server {
        host: env["SMTP_HOST"].clone(),
        port: env["SMTPS_PORT"].parse().unwrap(),
        tls: Tls::Implicit,
        login: Some((env["MAIL_USER"].clone(), SecretString::from(env["MAIL_PASSWORD"].clone()))),
        ca_file: Some(env["CA_FILE"].clone().into()),
    };
    let smtp = Smtp::new(server, Limits::default()).unwrap_or_else(|_| panic!("no server"));
    let envelope = Envelope::new(Some(env["MAIL_USER"].parse().unwrap()), vec![USER.parse().unwrap()]).unwrap();
    let message = message.replace('\n', "\r\n");
    let taken =
        smtp.send(&envelope, Content { message: message.as_bytes(), envid: None }, || async { Ok::<(), ()>(()) }).await;
    assert!(taken.is_ok());
}

/// Makes a folder as Dovecot keeps it.
#[cfg(unix)]
fn make_folder(env: &Env, name: &str) {
    use std::os::unix::fs::{MetadataExt, chown};
    let own = Path::new(&env["WORKDIR"]).join("mail/ben");
    let about = std::fs::metadata(&own).unwrap();
    let folder = own.join(format!(".{name}"));
    for part in ["", "cur", "new", "tmp"] {
        let path = folder.join(part);
        std::fs::create_dir_all(&path).unwrap();
        chown(&path, Some(about.uid()), Some(about.gid())).unwrap();
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn mails_on_a_real_server_are_read_and_filed() {
    let Some(env) = settings() else { return };
    let stamp = std::process::id();
    let id = |name: &str| format!("{name}-{stamp}@leadgate.test");
    let letter = format!(
        "From: Zoë Müller <zoe@example.org>\nTo: {USER}\nSubject: =?utf-8?q?Gr=C3=BCnes_Dach?=\nMessage-ID: <{}>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nBitte 120 m² in 3 Wochen.\n\nAm 14.09.2026 um 10:00 schrieb Own Roofs:\n> Wann?\n",
        id("letter")
    );
    let form = format!(
        "From: Web <wordpress@leadgate.test>\nTo: {USER}\nSubject: Form\nMessage-ID: <{}>\n\nName: Ada Roe\nE-mail: ada@example.org\nZIP: 53111\nMessage: call me\n",
        id("form")
    );
    let away = format!(
        "From: Bo <bo@example.org>\nTo: {USER}\nSubject: Away\nMessage-ID: <{}>\nAuto-Submitted: auto-replied\n\nI am away.\n",
        id("away")
    );
    for mail in [&letter, &form, &away] {
        send(&env, mail).await;
    }
    let (source, mut cursor) = (mailbox(&env, &[]), Cursor::default());
    let until = Instant::now() + Duration::from_secs(20);
    let mut records = Vec::new();
    while !["letter", "form"].iter().all(|name| records.iter().any(|record: &Record| record.id == id(name))) {
        assert!(Instant::now() < until, "the mails did not arrive: {records:?}");
        records.extend(walk(&*source, &mut cursor).await.unwrap());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let of = |name: &str| records.iter().find(|record| record.id == id(name));
    let zoe = of("letter").unwrap();
    assert_eq!((zoe.name.as_deref(), zoe.need.as_deref()), (Some("Zoë Müller"), Some("Grünes Dach")));
    assert_eq!(zoe.message.as_deref(), Some("Bitte 120 m² in 3 Wochen."));
    assert!(zoe.submitted_at.is_some(), "when the server got it");
    let ada = of("form").unwrap();
    assert_eq!((ada.name.as_deref(), ada.postal_code.as_deref()), (Some("Ada Roe"), Some("53111")));
    assert!(of("away").is_none());
    assert!(walk(&*source, &mut cursor).await.unwrap().is_empty(), "nothing twice");

    // Over STARTTLS, moved away once stored.
    make_folder(&env, "Done");
    let mover = mailbox(&env, &[("port", &env["IMAP_PORT"]), ("tls", "starttls"), ("after", "move:Done")]);
    let mut fresh = Cursor::default();
    let again = walk(&*mover, &mut fresh).await.unwrap();
    assert!(again.iter().any(|record| record.id == id("letter")), "with another cursor, the same ids");
    assert!(walk(&*mover, &mut fresh).await.unwrap().is_empty());
    let done = walk(&*mailbox(&env, &[("folder", "Done")]), &mut Cursor::default()).await.unwrap();
    assert!(["letter", "form"].iter().all(|name| done.iter().any(|record| record.id == id(name))), "{done:?}");
    let left = walk(&*mailbox(&env, &[]), &mut Cursor::default()).await.unwrap();
    assert!(!left.iter().any(|record| record.id == id("letter")));
    assert!(mover.probe().await.unwrap().contains("mails in INBOX"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_refuses_as_classified() {
    let Some(env) = settings() else { return };
    let class = |more: Vec<(&'static str, &'static str)>| {
        let source = mailbox(&env, &more);
        async move { source.probe().await.unwrap_err() }
    };
    let wrong = class(vec![("password", "wrong-canary")]).await;
    assert!(wrong.class == Class::Auth && !wrong.to_string().contains("canary"), "{wrong}");
    let folder = class(vec![("folder", "Nowhere")]).await;
    assert!(folder.class == Class::Config && folder.message.contains("no folder `Nowhere`"), "{folder}");
    let stranger = class(vec![("ca_file", "/etc/ssl/certs/ca-certificates.crt")]).await;
    assert!(stranger.class == Class::Config && stranger.to_string().contains("ca_file"), "{stranger}");
    let closed = class(vec![("port", "1")]).await;
    assert_eq!(closed.class, Class::Retry, "{closed}");
}
