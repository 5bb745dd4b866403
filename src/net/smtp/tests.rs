use std::net::SocketAddr;
use std::time::Duration;

use lettre::address::Envelope;
use secrecy::SecretString;

use super::outcome::lost;
use super::reply::classify;
use super::script::{Act, Script, ScriptedServer, say};
use super::*;
use crate::lead::Class;

const MESSAGE: &[u8] = b"Subject: hi\r\n\r\n.a line with a dot\r\nbye\r\n";

fn content(message: &[u8]) -> Content<'_> {
    Content { message, envid: None }
}

fn envelope() -> Envelope {
    Envelope::new(Some("desk@own.test".parse().unwrap()), vec!["ada@own.test".parse().unwrap()]).unwrap()
}

fn quick() -> Limits {
    let short = Duration::from_millis(80);
    Limits { connect: Duration::from_secs(5), command: short, dot: short, ..Limits::default() }
}

fn server(at: SocketAddr, login: bool) -> Server {
    let login = login.then(|| ("desk".to_owned(), SecretString::from("pw")));
    Server { host: "127.0.0.1".into(), port: at.port(), tls: Tls::Plain, login, ca_file: None }
}

async fn go() -> Result<(), ()> {
    Ok(())
}

const PIPELINES: &str = "250-scripted.test\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN";

/// One submission to a server with this script, which comes to the same where the server takes commands ahead.
async fn outcome(script: Script) -> (Result<Reply, Trouble>, ScriptedServer) {
    let mut ahead = script.clone();
    ahead.entry("EHLO").or_insert_with(|| Act::Say(PIPELINES.to_owned()));
    let (said, server) = submission(script).await;
    let (the_same, pipelined) = submission(ahead).await;
    let meant = |said: &Result<Reply, Trouble>| {
        said.as_ref().map(ToString::to_string).map_err(|trouble| (trouble.step, trouble.class()))
    };
    assert_eq!((meant(&said), server.messages()), (meant(&the_same), pipelined.messages()));
    (said, server)
}

async fn submission(script: Script) -> (Result<Reply, Trouble>, ScriptedServer) {
    let server_under_script = ScriptedServer::start(vec![script]).await;
    let smtp = Smtp::new(server(server_under_script.address, true), quick()).unwrap();
    let result = smtp.send(&envelope(), content(MESSAGE), go).await;
    (result, server_under_script)
}

#[test]
fn replies_mean_what_the_table_says() {
    use Step::{Auth, Body, Data, Dot, Greeting, Hello, Mail, Rcpt};
    for (step, code, text, class) in [
        // temporary, anywhere
        (Greeting, 421, "4.3.2 shutting down", Class::Retry),
        (Greeting, 450, "4.3.0 later", Class::Retry),
        (Mail, 450, "4.7.1 too much mail", Class::Retry),
        (Rcpt, 451, "4.7.1 Greylisted", Class::Retry),
        (Rcpt, 452, "4.2.2 Mailbox full", Class::Retry),
        (Rcpt, 452, "4.5.3 too many recipients", Class::Retry),
        (Auth, 454, "4.7.0 temporary", Class::Retry),
        (Mail, 455, "cannot", Class::Retry),
        (Dot, 451, "4.3.0 try again", Class::Retry),
        (Mail, 452, "4.3.4 too big", Class::Reject),
        // credentials
        (Auth, 535, "5.7.8 authentication failed", Class::Auth),
        (Auth, 534, "5.7.9 mechanism too weak", Class::Auth),
        (Mail, 530, "Authentication required", Class::Auth),
        (Auth, 538, "encryption required", Class::Auth),
        (Mail, 550, "5.7.8 sign in first", Class::Auth),
        // settings
        (Mail, 530, "5.7.0 Must issue a STARTTLS command first", Class::Config),
        (Hello, 502, "5.5.1 Error: unknown command", Class::Config),
        (Hello, 550, "go away", Class::Config),
        (Data, 503, "5.5.1 Error: need RCPT command", Class::Config),
        (Rcpt, 500, "5.3.0 Error: command failed", Class::Config),
        (Mail, 550, "5.7.1 not allowed to send as", Class::Config),
        (Mail, 553, "5.1.8 sender domain", Class::Config),
        (Dot, 550, "5.7.26 DKIM missing", Class::Config),
        (Dot, 554, "5.5.2 protocol", Class::Config),
        (Greeting, 521, "accepts no mail", Class::Config),
        // the lead's own fault, or rather its recipient's
        (Rcpt, 550, "5.1.1 User unknown", Class::Reject),
        (Rcpt, 556, "5.1.10 null MX", Class::Reject),
        (Rcpt, 550, "no such user", Class::Reject),
        (Rcpt, 551, "not here", Class::Reject),
        (Rcpt, 554, "5.7.1 Recipient refuses mail from you", Class::Reject),
        (Rcpt, 552, "5.2.2 Mailbox full", Class::Reject),
        (Rcpt, 550, "5.2.1 disabled", Class::Reject),
        (Mail, 552, "5.3.4 Message size exceeds fixed limit", Class::Reject),
        (Dot, 552, "5.2.3 too big", Class::Reject),
        (Dot, 554, "5.7.1 content refused", Class::Reject),
        (Dot, 554, "transaction failed", Class::Reject),
        // permanent by its digits, but worth another try
        (Greeting, 554, "no service now", Class::Retry),
        (Rcpt, 552, "too many recipients", Class::Retry),
        (Rcpt, 554, "5.3.2 not accepting messages", Class::Retry),
        (Rcpt, 554, "5.4.1 no answer from host", Class::Retry),
        // answers that are none
        (Dot, 354, "go on", Class::Unknown),
        (Body, 354, "go on", Class::Retry),
    ] {
        assert_eq!(classify(step, &Reply::new(code, text)), class, "{step:?} {code} {text}");
    }
}

#[test]
fn without_a_reply_only_the_final_dot_is_in_doubt() {
    use Step::{Auth, Body, Connect, Data, Dot, Greeting, Hello, Mail, Rcpt, Tls};
    for step in [Connect, Tls, Greeting, Hello, Auth, Mail, Rcpt, Data, Body] {
        assert_eq!(lost(step, "reset").class(), Class::Retry, "{step:?}");
    }
    assert_eq!(lost(Dot, "reset").class(), Class::Unknown);
}

#[test]
fn enhanced_codes_are_read_only_where_they_are() {
    assert_eq!(Reply::new(550, "5.1.10 gone").enhanced, Some((5, 1, 10)));
    assert_eq!(Reply::new(550, "1.2.3.4 is listed").enhanced, None);
    assert_eq!(Reply::new(550, "relay 5.7.1").enhanced, None);
    assert_eq!(Reply::new(450, "4.7.1 Greylisted").text, "4.7.1 Greylisted");
    let trouble = Trouble { step: Step::Rcpt, cause: Cause::Reply(Reply::new(450, "4.7.1 Greylisted")) };
    assert_eq!(trouble.wait_secs(), Some(300));
}

#[tokio::test]
async fn a_refusal_is_told_with_its_step_and_its_words() {
    for (at, line, step, class) in [
        ("banner", "421 4.3.2 busy", Step::Greeting, Class::Retry),
        ("banner", "554 no service", Step::Greeting, Class::Retry),
        ("EHLO", "502 5.5.1 unknown command", Step::Hello, Class::Config),
        ("EHLO", "421 4.3.2 busy", Step::Hello, Class::Retry),
        ("AUTH", "535 5.7.8 authentication failed", Step::Auth, Class::Auth),
        ("AUTH", "454 4.7.0 later", Step::Auth, Class::Retry),
        ("MAIL", "450 4.7.1 too much mail", Step::Mail, Class::Retry),
        ("MAIL", "550 5.7.1 not as that sender", Step::Mail, Class::Config),
        ("RCPT", "451 4.7.1 Greylisted", Step::Rcpt, Class::Retry),
        ("RCPT", "550 5.1.1 User unknown", Step::Rcpt, Class::Reject),
        ("DATA", "451 4.3.0 later", Step::Data, Class::Retry),
        ("DATA", "554 5.7.1 no", Step::Data, Class::Reject),
        (".", "451 4.3.0 later", Step::Dot, Class::Retry),
        (".", "554-5.7.1 first line\r\n554 5.7.1 second line", Step::Dot, Class::Reject),
    ] {
        let (result, server) = outcome(say(at, line)).await;
        let trouble = result.unwrap_err();
        assert_eq!((trouble.step, trouble.class()), (step, class), "{at} {line}: {trouble}");
        let code = &line[..3];
        assert!(trouble.to_string().contains(code), "{trouble}");
        assert_eq!(server.messages().len(), usize::from(at == "."));
    }
}

#[tokio::test]
async fn a_connection_that_ends_before_the_final_dot_is_no_delivery() {
    for (at, step) in [
        ("banner", Step::Greeting),
        ("EHLO", Step::Hello),
        ("AUTH", Step::Auth),
        ("MAIL", Step::Mail),
        ("RCPT", Step::Rcpt),
        ("DATA", Step::Data),
    ] {
        for act in [Act::Drop, Act::Silent] {
            let (result, server) = outcome(Script::from([(at, act)])).await;
            let trouble = result.unwrap_err();
            assert_eq!((trouble.step, trouble.class()), (step, Class::Retry), "{trouble}");
            assert!(server.messages().is_empty());
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_inside_the_message_is_no_delivery() {
    let scripted = ScriptedServer::start(vec![Script::from([("body", Act::Drop)])]).await;
    let limits = Limits { dot: Duration::from_secs(20), ..quick() };
    let smtp = Smtp::new(server(scripted.address, false), limits).unwrap();
    let long = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n".repeat(1 << 19);
    let trouble = smtp.send(&envelope(), content(&long), go).await.unwrap_err();
    assert_eq!((trouble.step, trouble.class()), (Step::Body, Class::Retry), "{trouble}");
}

#[tokio::test]
async fn after_the_final_dot_silence_is_unknown() {
    for act in [Act::Drop, Act::Silent, Act::Say("354 what?".into()), Act::Say("garbage".into())] {
        let (result, server) = outcome(Script::from([(".", act.clone())])).await;
        let trouble = result.unwrap_err();
        assert_eq!((trouble.step, trouble.class()), (Step::Dot, Class::Unknown), "{act:?} {trouble}");
        assert_eq!(server.messages().len(), 1, "the server has it all the same");
    }
    let long = format!("250 {}", "x".repeat(1_000_000));
    assert_eq!(outcome(say(".", &long)).await.0.unwrap_err().class(), Class::Unknown);
}

#[tokio::test]
async fn a_refused_connection_is_a_retry() {
    let (_held, nobody) = crate::net::nobody();
    let smtp = Smtp::new(server(nobody, false), quick()).unwrap();
    let trouble = smtp.send(&envelope(), content(MESSAGE), go).await.unwrap_err();
    assert_eq!((trouble.step, trouble.class()), (Step::Connect, Class::Retry));
}

#[tokio::test]
async fn what_arrives_is_what_was_frozen_and_the_answer_is_kept() {
    let (result, server) = outcome(say(".", "250 2.0.0 Ok: queued as 4F2")).await;
    assert_eq!(result.unwrap().text, "2.0.0 Ok: queued as 4F2");
    assert_eq!(server.messages(), ["Subject: hi\r\n\r\n..a line with a dot\r\nbye\r\n.\r\n"]);
}

#[tokio::test]
async fn one_connection_serves_many_and_a_refused_recipient_does_not_end_it() {
    let scripted = ScriptedServer::start(vec![Script::new()]).await;
    let limits = Limits { mails: 3, ..quick() };
    let smtp = Smtp::new(server(scripted.address, true), limits).unwrap();
    for _ in 0..4 {
        smtp.send(&envelope(), content(MESSAGE), go).await.unwrap();
    }
    assert_eq!(scripted.seen.lock().unwrap().connections, 2, "the third mail ends the first connection");
    assert_eq!(scripted.commands().iter().filter(|line| *line == "QUIT").count(), 1);

    let picky = ScriptedServer::start(vec![say("RCPT", "550 5.1.1 unknown")]).await;
    let smtp = Smtp::new(server(picky.address, true), quick()).unwrap();
    for _ in 0..3 {
        assert_eq!(smtp.send(&envelope(), content(MESSAGE), go).await.unwrap_err().class(), Class::Reject);
    }
    assert_eq!(picky.seen.lock().unwrap().connections, 1);
}

#[tokio::test]
async fn what_was_asked_ahead_is_heard_even_when_the_first_was_refused() {
    for (at, line, step) in [("MAIL", "450 4.7.1 later", Step::Mail), ("RCPT", "451 4.7.1 Greylisted", Step::Rcpt)] {
        let mut script = say(at, line);
        script.insert("EHLO", Act::Say(PIPELINES.to_owned()));
        let scripted = ScriptedServer::start(vec![script]).await;
        let smtp = Smtp::new(server(scripted.address, true), quick()).unwrap();
        for _ in 0..3 {
            let trouble = smtp.send(&envelope(), content(MESSAGE), go).await.unwrap_err();
            assert_eq!((trouble.step, trouble.cause), (step, Cause::Reply(Reply::new(code(line), &line[4..]))));
        }
        assert_eq!(scripted.seen.lock().unwrap().connections, 1, "each answer was heard by whom it was for");
        let asked: Vec<String> = scripted.commands().iter().map(|line| line[..4].to_owned()).collect();
        assert_eq!(asked[3..], ["MAIL", "RCPT", "RSET"].repeat(3), "{asked:?}");
    }
}

fn code(line: &str) -> u16 {
    line[..3].parse().unwrap()
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced_unnoticed() {
    let closes = Script::from([(".", Act::Last("250 2.0.0 ok".into()))]);
    let scripted = ScriptedServer::start(vec![closes, Script::new()]).await;
    let smtp = Smtp::new(server(scripted.address, true), quick()).unwrap();
    smtp.send(&envelope(), content(MESSAGE), go).await.unwrap();
    smtp.send(&envelope(), content(MESSAGE), go).await.unwrap();
    assert_eq!(scripted.seen.lock().unwrap().connections, 2);

    let scripted = ScriptedServer::start(vec![say("NOOP", "421 4.4.2 idle too long"), Script::new()]).await;
    let limits = Limits { ask_after: Duration::ZERO, ..quick() };
    let smtp = Smtp::new(server(scripted.address, true), limits).unwrap();
    smtp.send(&envelope(), content(MESSAGE), go).await.unwrap();
    smtp.send(&envelope(), content(MESSAGE), go).await.unwrap();
    assert_eq!(scripted.seen.lock().unwrap().connections, 2);
}

#[tokio::test]
async fn a_kept_connection_found_dead_at_data_costs_no_attempt() {
    for end in [Act::Drop, Act::Last("421 4.4.2 idle too long".into()), Act::Silent] {
        // It takes one message, and ends at the second DATA.
        let tired = Script::from([("DATA 2", end.clone())]);
        let scripted = ScriptedServer::start(vec![tired, Script::new()]).await;
        let smtp = Smtp::new(server(scripted.address, true), quick()).unwrap();
        smtp.send(&envelope(), content(MESSAGE), go).await.unwrap();
        let entered = AtomicBool::new(false);
        let once = || async {
            assert!(!entered.swap(true, Ordering::Relaxed));
            Ok::<_, ()>(())
        };
        let second = smtp.send(&envelope(), content(MESSAGE), once).await;
        second.unwrap_or_else(|trouble| panic!("{end:?}: {trouble}"));
        assert_eq!(scripted.messages().len(), 2, "{end:?}");
        assert_eq!(scripted.seen.lock().unwrap().connections, 2, "{end:?}");
    }
    // One that is refused at DATA is refused, whatever connection it went by; a second dead one is the server's fault.
    for (line, last) in [("554 5.7.1 no", false), ("421 4.3.2 shutting down", true)] {
        let act = if last { Act::Last(line.into()) } else { Act::Say(line.into()) };
        let picky = Script::from([("DATA 2", act.clone()), ("DATA 1", Act::Say("354 go on".into()))]);
        let always = Script::from([("DATA", act)]);
        let scripted = ScriptedServer::start(vec![picky, always]).await;
        let smtp = Smtp::new(server(scripted.address, true), quick()).unwrap();
        smtp.send(&envelope(), content(MESSAGE), go).await.unwrap();
        let trouble = smtp.send(&envelope(), content(MESSAGE), go).await.unwrap_err();
        assert_eq!(trouble.step, Step::Data, "{trouble}");
        assert_eq!(scripted.messages().len(), 1);
        assert_eq!(scripted.seen.lock().unwrap().connections, if last { 2 } else { 1 });
    }
}

#[tokio::test]
async fn a_lost_lease_stops_before_the_content() {
    let scripted = ScriptedServer::start(vec![Script::new()]).await;
    let smtp = Smtp::new(server(scripted.address, false), quick()).unwrap();
    let trouble = smtp.send(&envelope(), content(MESSAGE), || async { Err(()) }).await.unwrap_err();
    assert_eq!(trouble.cause, Cause::Stopped);
    assert!(scripted.messages().is_empty());
    assert!(!scripted.commands().iter().any(|line| line == "DATA"));
}

#[tokio::test]
async fn nothing_goes_unprotected_beyond_this_machine() {
    for host in ["mail.example.org", "192.0.2.1", "::2", "localhost.example.org"] {
        let away = Server { host: host.into(), port: 25, tls: Tls::Plain, login: None, ca_file: None };
        let trouble = Smtp::new(away, quick()).err().unwrap();
        assert_eq!(trouble.class(), Class::Config);
        assert!(trouble.to_string().contains("smtps://"), "{trouble}");
    }
    let scripted = ScriptedServer::start(vec![Script::new()]).await;
    let starttls = Server { tls: Tls::StartTls, host: "localhost".into(), ..server(scripted.address, true) };
    let trouble = Smtp::new(starttls, quick()).unwrap().send(&envelope(), content(MESSAGE), go).await.unwrap_err();
    assert_eq!(trouble.class(), Class::Config, "{trouble}");
    assert!(!scripted.commands().iter().any(|line| line.starts_with("AUTH")), "no password without TLS");
}

#[test]
fn a_ca_file_that_is_none_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "not a certificate").unwrap();
    for (tls, path) in [
        (Tls::Implicit, file.path().to_owned()),
        (Tls::Implicit, "/nonexistent/ca.pem".into()),
        (Tls::StartTls, "/nonexistent/ca.pem".into()),
    ] {
        let bad = Server { host: "mail.test".into(), port: 465, tls, login: None, ca_file: Some(path) };
        let trouble = Smtp::new(bad, Limits::default()).err().unwrap();
        assert_eq!(trouble.class(), Class::Config);
        assert!(trouble.to_string().contains("ca_file"), "{trouble}");
    }
}
