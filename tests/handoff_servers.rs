//! Handoffs against real servers, when told where they are; says so when it skips.
//!
//! `LEADGATE_TEST_MAIL=FILE`: `NAME=value` lines with SMTP_HOST, SMTP_PORT (STARTTLS), SMTPS_PORT, CA_FILE,
//! MAIL_USER, MAIL_PASSWORD. Its addresses `nosuch@`, `full@`, `tempfail@`, `blocked@`, `busy@` refuse in their ways.
//! `LEADGATE_TEST_MAIL_RATED=FILE`: the same with `MSG_RATE=2`.
//! `LEADGATE_TEST_ROUNDUP=FILE`: BASE_URL, API_USER, API_PASSWORD, HUMAN_USER, HUMAN_PASSWORD, KEY_FIELD,
//! QUEUE_KEYWORD of a Roundup tracker.
//! `LEADGATE_TEST_SINKS=1`: every fault of `tests/servers/mail-sink.sh` in turn (Postfix's smtp-sink must be there).
//! `LEADGATE_TEST_SINK=PORT`: a plain sink on this machine that answers the way LEADGATE_TEST_SINK_CLASS says.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::BoxFuture;
use leadgate::clock::SystemClock;
use leadgate::config::Secret;
use leadgate::config::checked::{self, Letter, Mail, Tls, Transport, Var};
use leadgate::handoff::email::MailDestination;
use leadgate::handoff::render::Templates;
use leadgate::handoff::{self, Card, Delivery, Destination, Found, LeaseLost, Owner, Phases};
use leadgate::lead::{Class, Contact, LeadId, Phase, Quality, Token};
use leadgate::net::http::Http;
use leadgate::net::smtp::{Content, Limits, Server, Smtp};
use leadgate::preset::Library;
use lettre::Address;
use lettre::address::Envelope;
use secrecy::SecretString;

#[derive(Default)]
struct Entered(Mutex<Vec<Phase>>);

impl Phases for Entered {
    fn enter(&self, phase: Phase) -> BoxFuture<'_, Result<(), LeaseLost>> {
        async move {
            self.0.lock().unwrap().push(phase);
            Ok(())
        }
        .boxed()
    }
}

fn settings(name: &str) -> Option<BTreeMap<String, String>> {
    let Ok(path) = std::env::var(name) else {
        eprintln!("skipped: {name} is not set");
        return None;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Some(pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect())
}

fn card(entropy: u64) -> Card {
    let at = "2026-11-20T15:30:00Z".parse().unwrap();
    Card {
        token: Token::from_entropy(entropy),
        lead: LeadId(271),
        round: 1,
        contact: Contact {
            name: "Zoë Ångström".into(),
            email: Some("zoe@example.org".into()),
            phone: Some("+4930901820".into()),
            need: "A new roof.\n.\n..and a dot at the start of a line".into(),
            ..Contact::default()
        },
        service: "Solar roof".into(),
        marks: Vec::new(),
        score: Some(80),
        source: "Website form".into(),
        campaign: None,
        referral: None,
        submitted_at: at,
        owner: Owner { id: "anna".into(), name: "Anna Roe".into(), email: "anna@leadgate.test".into() },
        team: "Roof team".into(),
        decided_at: at,
        answer_by: "Mon 23 Nov 09:30 (Europe/Berlin)".into(),
        acknowledge_by: String::new(),
        accept_at: None,
        business: "Own Roofs".into(),
    }
}

fn entropy() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() as u64
}

fn destination(mail: &Mail, password: Option<&str>) -> MailDestination {
    let templates = Arc::new(Templates::shipped().unwrap());
    MailDestination::new(mail, password.map(SecretString::from), templates, Limits::default()).unwrap()
}

async fn deliver(destination: &dyn Destination, card: &Card) -> (Delivery, Vec<Phase>) {
    let phases = Entered::default();
    let frozen = destination.freeze(card).unwrap();
    let delivery = destination.deliver(&frozen, &phases).await;
    (delivery, phases.0.into_inner().unwrap())
}

fn real_mail(env: &BTreeMap<String, String>, tls: Tls, port: &str) -> Mail {
    Mail {
        host: env["SMTP_HOST"].clone(),
        port: env[port].parse().unwrap(),
        tls,
        user: Some(env["MAIL_USER"].clone()),
        password: None,
        ca_file: Some(env["CA_FILE"].clone().into()),
        from: format!("LeadGate <{}>", env["MAIL_USER"]),
        to: None,
        letter: Letter::default(),
        mailbox: None,
        connections: 8,
        mails_per_connection: 100,
    }
}

/// What is said for whom by `tests/servers/mail-full.sh`, and what it comes to.
const ADDRESSES: [(&str, Class, &str, Option<u64>); 7] = [
    ("anna@leadgate.test", Class::Ok, "queued as", None),
    ("nosuch@leadgate.test", Class::Reject, "550 5.1.1", None),
    ("blocked@leadgate.test", Class::Reject, "554 5.7.1", None),
    ("somebody@elsewhere.test", Class::Reject, "550 5.7.1", None),
    ("full@leadgate.test", Class::Retry, "452 4.2.2", None),
    ("tempfail@leadgate.test", Class::Retry, "450 4.7.1", Some(300)),
    ("busy@leadgate.test", Class::Retry, "421 4.3.2", None),
];

#[tokio::test]
async fn a_real_mail_server_takes_and_refuses_as_classified() {
    let Some(env) = settings("LEADGATE_TEST_MAIL") else { return };
    let password = Some(env["MAIL_PASSWORD"].as_str());
    for (tls, port) in [(Tls::StartTls, "SMTP_PORT"), (Tls::Implicit, "SMTPS_PORT")] {
        let destination = destination(&real_mail(&env, tls, port), password);
        eprintln!("{}", destination.probe().await.unwrap());
        for (who, class, said, wait) in ADDRESSES {
            let mut card = card(entropy());
            card.owner.email = who.to_owned();
            let (delivery, phases) = deliver(&destination, &card).await;
            eprintln!("{tls:?} to {who}: {} {phases:?} {}", delivery.class.name(), delivery.message);
            assert_eq!((delivery.class, delivery.wait_secs), (class, wait), "{who} {delivery:?}");
            assert!(delivery.message.contains(said), "{who} {delivery:?}");
            assert_eq!(phases.len(), usize::from(class == Class::Ok), "{who}: refused before anything was sent");
        }
        for round in 0..5 {
            let delivery = deliver(&destination, &card(entropy() + round)).await.0;
            assert_eq!(delivery.class, Class::Ok, "still of use after refusals: {delivery:?}");
        }
    }
}

/// Refusals that are no single address's fault.
#[tokio::test]
async fn a_real_mail_server_refuses_what_was_set_up_wrong_and_what_is_too_much() {
    let Some(env) = settings("LEADGATE_TEST_MAIL") else { return };
    let password = Some(env["MAIL_PASSWORD"].as_str());
    let wrong = destination(&real_mail(&env, Tls::StartTls, "SMTP_PORT"), Some("wrong"));
    let failure = wrong.probe().await.unwrap_err();
    assert!(failure.class == Class::Auth && failure.message.contains("535"), "{failure}");
    let untrusted = Mail { ca_file: None, ..real_mail(&env, Tls::Implicit, "SMTPS_PORT") };
    let failure = destination(&untrusted, password).probe().await.unwrap_err();
    assert!(failure.hint.unwrap().contains("ca_file"));
    let crossed = destination(&real_mail(&env, Tls::Implicit, "SMTP_PORT"), password).probe().await.unwrap_err();
    eprintln!("TLS where none is: {} {crossed}", crossed.class.name());

    // No TLS where it is required, nobody signed in where somebody has to be.
    let open = Mail { user: None, ..real_mail(&env, Tls::Plain, "SMTP_PORT") };
    let stranger = Mail { user: None, ..real_mail(&env, Tls::Implicit, "SMTPS_PORT") };
    for (mail, class, said) in [(open, Class::Config, "530 5.7.0"), (stranger, Class::Reject, "554 5.7.1")] {
        let (delivery, phases) = deliver(&destination(&mail, None), &card(entropy())).await;
        eprintln!("{said}: {} {}", delivery.class.name(), delivery.message);
        assert_eq!((delivery.class, phases.len()), (class, 0), "{delivery:?}");
        assert!(delivery.message.contains(said), "{delivery:?}");
    }

    // Too many recipients for one mail, and a mail that is too large: leadgate sends neither by itself.
    let smtp = smtp(&env);
    let sender: Address = env["MAIL_USER"].parse().unwrap();
    let people = (0..51).map(|n| format!("lead{n}@example.test").parse().unwrap());
    let many = Envelope::new(Some(sender.clone()), people.collect()).unwrap();
    let one = Envelope::new(Some(sender), vec!["anna@leadgate.test".parse().unwrap()]).unwrap();
    let large = format!("Subject: large\r\n\r\n{}", format!("{}\r\n", "x".repeat(70)).repeat(30_000));
    for (envelope, message, class, said) in [
        (&many, "Subject: many\r\n\r\n", Class::Retry, "452 4.5.3"),
        (&one, large.as_str(), Class::Reject, "552 5.3.4"),
        (&one, "Subject: one\r\n\r\n", Class::Ok, ""),
    ] {
        let content = Content { message: message.as_bytes(), envid: None };
        let sent = smtp.send(envelope, content, || async { Ok::<(), ()>(()) }).await;
        let found = sent.as_ref().map_or_else(leadgate::net::smtp::Trouble::class, |_| Class::Ok);
        let told = sent.map_or_else(|trouble| trouble.to_string(), |reply| reply.to_string());
        eprintln!("{said}: {} {told}", found.name());
        assert!(found == class && told.contains(said), "{} and not {}: {told}", found.name(), class.name());
    }
}

fn smtp(env: &BTreeMap<String, String>) -> Smtp {
    let login = Some((env["MAIL_USER"].clone(), env["MAIL_PASSWORD"].clone().into()));
    let (host, port) = (env["SMTP_HOST"].clone(), env["SMTPS_PORT"].parse().unwrap());
    let server = Server { host, port, tls: Tls::Implicit, login, ca_file: Some(env["CA_FILE"].clone().into()) };
    Smtp::new(server, Limits::default()).ok().unwrap()
}

/// `LEADGATE_TEST_MAIL_RATED=FILE`: the same server started with `MSG_RATE=2`.
#[tokio::test]
async fn a_real_mail_server_that_counts_mails_asks_to_wait() {
    let Some(env) = settings("LEADGATE_TEST_MAIL_RATED") else { return };
    let password = Some(env["MAIL_PASSWORD"].as_str());
    let destination = destination(&real_mail(&env, Tls::Implicit, "SMTPS_PORT"), password);
    for _ in 0..100 {
        let (delivery, phases) = deliver(&destination, &card(entropy())).await;
        if delivery.class != Class::Ok {
            eprintln!("{} {}", delivery.class.name(), delivery.message);
            assert_eq!(
                (delivery.class, delivery.wait_secs, phases.len()),
                (Class::Retry, Some(300), 0),
                "{delivery:?}"
            );
            assert!(delivery.message.contains("450 4.7.1"), "{delivery:?}");
            return;
        }
    }
    panic!("100 mails in a row were taken");
}

#[tokio::test]
async fn a_sink_with_a_fault_is_classified() {
    let Ok(port) = std::env::var("LEADGATE_TEST_SINK") else {
        eprintln!("skipped: LEADGATE_TEST_SINK is not set");
        return;
    };
    let mail = Mail {
        host: "localhost".into(),
        port: port.parse().unwrap(),
        tls: Tls::Plain,
        user: None,
        password: None,
        ca_file: None,
        from: "handoff@own.test".into(),
        to: Some("desk@own.test".into()),
        letter: Letter::default(),
        mailbox: None,
        connections: 8,
        mails_per_connection: 100,
    };
    let (delivery, phases) = deliver(&destination(&mail, None), &card(entropy())).await;
    eprintln!("{} {:?} {}", delivery.class.name(), phases, delivery.message);
    if let Ok(class) = std::env::var("LEADGATE_TEST_SINK_CLASS") {
        assert_eq!(delivery.class.name(), class);
    }
}

/// One call of a person's own client.
async fn as_human(env: &BTreeMap<String, String>, verb: &str, path: &str, etag: &str, body: &str) -> serde_json::Value {
    let origin = url::Url::parse(&env["BASE_URL"]).unwrap().origin().ascii_serialization();
    let output = tokio::process::Command::new("curl")
        .args(["-sS", "-X", verb, "-u", &format!("{}:{}", env["HUMAN_USER"], env["HUMAN_PASSWORD"])])
        .args(["-H", "X-Requested-With: rest", "-H", &format!("Origin: {origin}"), "-H", &format!("If-Match: {etag}")])
        .args(["-H", "Content-Type: application/json", "--data", body])
        .arg(format!("{}rest/data/{path}", env["BASE_URL"]))
        .output()
        .await
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_real_tracker_is_created_in_found_and_polled() {
    let Some(env) = settings("LEADGATE_TEST_ROUNDUP") else { return };
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), format!("{}\n", env["API_PASSWORD"])).unwrap();
    let config = |key_field: &str, password: Secret| checked::Destination {
        id: "desk".into(),
        ask_every: jiff::SignedDuration::from_mins(1),
        grace: jiff::SignedDuration::from_mins(1),
        by: Transport::Preset {
            preset: "roundup".into(),
            vars: [
                ("url", Var::Text(env["BASE_URL"].trim_end_matches('/').to_owned())),
                ("user", Var::Text(env["API_USER"].clone())),
                ("password", Var::Secret(password)),
                ("keyword", Var::Text(env["QUEUE_KEYWORD"].clone())),
                ("key_field", Var::Text(key_field.to_owned())),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        },
    };
    let http = Http::new(Arc::new(SystemClock)).unwrap();
    let library = Library::built_in();
    let password = || Secret::File(secret.path().to_owned());
    let desk = handoff::build(&config(&env["KEY_FIELD"], password()), &library, &http).unwrap();
    eprintln!("{}", desk.probe().await.unwrap());

    let card = card(entropy());
    assert_eq!(desk.find(&card.token).await.unwrap(), Found::Absent);
    let (delivery, phases) = deliver(desk.as_ref(), &card).await;
    assert_eq!((delivery.class, phases.as_slice()), (Class::Ok, &[Phase::Body][..]), "{delivery:?}");
    let reference = delivery.reference.unwrap();
    eprintln!("{reference:?}");
    assert_eq!(desk.find(&card.token).await.unwrap(), Found::Here(vec![reference.clone()]));

    let before = desk.poll(&reference).await.unwrap();
    eprintln!("{before:?}");
    assert_eq!(before.first_response, None, "our own text is no answer");
    let issue = format!("issue/{}", reference.id);
    let message = as_human(&env, "POST", "msg", "", r#"{"content":"Calling now","author":"desk","date":"."}"#).await;
    let etag = as_human(&env, "GET", &issue, "", "").await["data"]["@etag"].as_str().unwrap().to_owned();
    let reply = format!(r#"{{"@op":"add","messages":["{}"]}}"#, message["data"]["id"].as_str().unwrap());
    eprintln!("{}", as_human(&env, "PATCH", &issue, &etag, &reply).await);
    let after = desk.poll(&reference).await.unwrap();
    eprintln!("{after:?}");
    assert_eq!(after.first_response.unwrap().1, Quality::Derived);
    assert!(after.first_response.unwrap().0 > card.decided_at);

    let misspelt = handoff::build(&config("extkeyy", password()), &library, &http).unwrap();
    let failure = misspelt.probe().await.unwrap_err();
    eprintln!("{failure}");
    assert_eq!(failure.class, Class::Config);
    assert_eq!(deliver(misspelt.as_ref(), &card).await.0.class, Class::Config);
    let missing =
        handoff::build(&config("extkey", Secret::File("/nonexistent".into())), &library, &http).err().unwrap();
    eprintln!("{missing}");
    assert!(missing.message.contains("destination.desk"));
}

/// Ends the sink it started, and only that.
struct Sink(std::path::PathBuf);

impl Drop for Sink {
    fn drop(&mut self) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers/mail-sink.sh");
        drop(std::process::Command::new(script).arg("stop").env("WORKDIR", &self.0).output());
    }
}

/// `LEADGATE_TEST_SINKS=1`: starts one `mail-sink.sh` a fault on a free port, and asks each for a handoff.
#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_sink_is_classed() {
    if std::env::var_os("LEADGATE_TEST_SINKS").is_none() {
        eprintln!("skipped: LEADGATE_TEST_SINKS is not set");
        return;
    }
    let cases: &[(&str, &str, Class)] = &[
        ("none", "", Class::Ok),
        ("slow:RCPT:1", "", Class::Ok),
        ("temp:CONNECT", "", Class::Retry),
        ("temp:EHLO", "", Class::Retry),
        ("temp:MAIL", "", Class::Retry),
        ("temp:RCPT", "", Class::Retry),
        ("temp:DATA", "", Class::Retry),
        ("temp:.", "", Class::Retry),
        ("temp:RCPT", "451 4.7.1 Greylisted", Class::Retry),
        ("temp:RCPT", "452 4.2.2 Mailbox full", Class::Retry),
        ("perm:CONNECT", "", Class::Config),
        ("perm:CONNECT", "554 5.3.2 not now", Class::Retry),
        ("perm:MAIL", "", Class::Config),
        ("perm:RCPT", "", Class::Config),
        ("perm:DATA", "", Class::Config),
        ("perm:.", "", Class::Config),
        ("perm:MAIL", "530 5.7.0 Must issue a STARTTLS command first", Class::Config),
        ("perm:MAIL", "535 5.7.8 who are you", Class::Auth),
        ("perm:MAIL", "550 5.7.1 not as that sender", Class::Config),
        ("perm:RCPT", "550 5.1.1 nobody", Class::Reject),
        ("perm:RCPT", "554 5.7.1 not to them", Class::Reject),
        ("perm:RCPT", "552 5.2.2 full", Class::Reject),
        ("perm:.", "552 5.3.4 too big", Class::Reject),
        ("perm:.", "554 5.7.1 spam", Class::Reject),
        ("drop:CONNECT", "", Class::Retry),
        ("drop:EHLO", "", Class::Retry),
        ("drop:MAIL", "", Class::Retry),
        ("drop:RCPT", "", Class::Retry),
        ("drop:DATA", "", Class::Retry),
        ("drop:.", "", Class::Unknown),
        ("close:MAIL", "", Class::Retry),
        ("close:RCPT", "", Class::Retry),
        ("close:DATA", "", Class::Retry),
        ("close:.", "", Class::Retry),
        ("abort:0", "", Class::Reject),
        ("noesmtp", "", Class::Config),
    ];
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers/mail-sink.sh");
    let mut wrong = Vec::new();
    for (fault, said, class) in cases {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("sink");
        let mut start = std::process::Command::new(script);
        start.arg("start").env("PORT", port.to_string()).env("WORKDIR", &place).env("LEADGATE_SERVERS", dir.path());
        start.env("FAULT", fault).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        if !said.is_empty() {
            start.env(if fault.starts_with("perm") { "HARD" } else { "SOFT" }, said);
        }
        let sink = Sink(place);
        assert!(start.status().unwrap().success(), "{fault}");
        let mail = Mail {
            host: "127.0.0.1".into(),
            port,
            tls: Tls::Plain,
            user: None,
            password: None,
            ca_file: None,
            from: "handoff@own.test".into(),
            to: Some("desk@own.test".into()),
            letter: Letter::default(),
            mailbox: None,
            connections: 8,
            mails_per_connection: 100,
        };
        let (delivery, phases) = deliver(&destination(&mail, None), &card(entropy())).await;
        eprintln!("{fault} {said}: {} {phases:?} {}", delivery.class.name(), delivery.message);
        // Whoever hangs up while we still write may take the answer along: then nobody knows.
        let hung_up = fault.starts_with("abort") && delivery.class == Class::Unknown;
        if delivery.class != *class && !hung_up {
            wrong.push(format!(
                "{fault} {said}: {} and not {}: {}",
                delivery.class.name(),
                class.name(),
                delivery.message
            ));
        }
        drop(sink);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
