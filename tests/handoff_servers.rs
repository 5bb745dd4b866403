//! Handoffs against real servers, when told where they are; says so when it skips.
//!
//! `LEADGATE_TEST_MAIL=FILE`: `NAME=value` lines with SMTP_HOST, SMTP_PORT (STARTTLS), SMTPS_PORT, CA_FILE,
//! MAIL_USER, MAIL_PASSWORD. Its addresses `nosuch@`, `full@`, `tempfail@`, `blocked@` refuse in their ways.
//! `LEADGATE_TEST_SINK=PORT`: a plain sink on this machine that answers the way LEADGATE_TEST_SINK_CLASS says.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::BoxFuture;
use leadgate::config::checked::{Mail, Tls};
use leadgate::handoff::email::MailDestination;
use leadgate::handoff::render::Templates;
use leadgate::handoff::{Card, Delivery, Destination, LeaseLost, Owner, Phases};
use leadgate::lead::{Class, Contact, LeadId, Phase, Token};
use leadgate::net::smtp::Limits;
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

async fn deliver(destination: &MailDestination, card: &Card) -> (Delivery, Vec<Phase>) {
    let phases = Entered::default();
    let frozen = destination.freeze(card).unwrap();
    let delivery = destination.deliver(&frozen, &phases).await;
    (delivery, phases.0.into_inner().unwrap())
}

#[tokio::test]
async fn a_real_mail_server_takes_and_refuses_as_classified() {
    let Some(env) = settings("LEADGATE_TEST_MAIL") else { return };
    let mail = |tls, port: &str, ca: bool| Mail {
        host: env["SMTP_HOST"].clone(),
        port: env[port].parse().unwrap(),
        tls,
        user: Some(env["MAIL_USER"].clone()),
        password: None,
        ca_file: ca.then(|| env["CA_FILE"].clone().into()),
        from: format!("LeadGate <{}>", env["MAIL_USER"]),
        to: None,
    };
    let password = Some(env["MAIL_PASSWORD"].as_str());
    for (tls, port) in [(Tls::StartTls, "SMTP_PORT"), (Tls::Implicit, "SMTPS_PORT")] {
        let destination = destination(&mail(tls, port, true), password);
        eprintln!("{}", destination.probe().await.unwrap());
        for round in 0..5 {
            let (delivery, phases) = deliver(&destination, &card(entropy() + round)).await;
            assert_eq!(delivery.class, Class::Ok, "{delivery:?}");
            assert_eq!(phases, [Phase::Dot]);
        }
        for (who, class) in [
            ("nosuch", Class::Reject),
            ("blocked", Class::Reject),
            ("full", Class::Retry),
            ("tempfail", Class::Retry),
            ("busy", Class::Retry),
        ] {
            let mut card = card(entropy());
            card.owner.email = format!("{who}@leadgate.test");
            let (delivery, phases) = deliver(&destination, &card).await;
            eprintln!("{who}: {}", delivery.message);
            assert_eq!((delivery.class, phases.len()), (class, 0), "{who} {delivery:?}");
        }
        assert_eq!(deliver(&destination, &card(entropy())).await.0.class, Class::Ok, "still of use after refusals");
    }
    let wrong = destination(&mail(Tls::StartTls, "SMTP_PORT", true), Some("wrong"));
    assert_eq!(wrong.probe().await.unwrap_err().class, Class::Auth);
    let untrusted = destination(&mail(Tls::Implicit, "SMTPS_PORT", false), password);
    let failure = untrusted.probe().await.unwrap_err();
    eprintln!("{failure}");
    assert!(failure.hint.unwrap().contains("ca_file"));
    let crossed = destination(&mail(Tls::Implicit, "SMTP_PORT", true), password);
    eprintln!("{}", crossed.probe().await.unwrap_err());
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
    };
    let (delivery, phases) = deliver(&destination(&mail, None), &card(entropy())).await;
    eprintln!("{} {:?} {}", delivery.class.name(), phases, delivery.message);
    if let Ok(class) = std::env::var("LEADGATE_TEST_SINK_CLASS") {
        assert_eq!(delivery.class.name(), class);
    }
}
