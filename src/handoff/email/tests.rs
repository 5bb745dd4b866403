use unicode_width::UnicodeWidthStr;

use super::super::fixture::{Recorder, card, hostile};
use super::super::render::Answers;
use super::super::render::TEXT_COLUMNS;
use super::*;
use crate::config::Secret;
use crate::config::checked::{Attach, Letter, Mailbox as Inbox, ReplyTo, Tls, Written};
use crate::net::smtp::script::{Act, Script, ScriptedServer, say};

/// As with nothing configured.
const ANSWERS: Answers = Answers { to_lead: true, seen: false };

fn config(port: u16) -> Mail {
    Mail {
        host: "127.0.0.1".into(),
        port,
        tls: Tls::Plain,
        user: None,
        password: None,
        ca_file: None,
        from: "LeadGate <handoff@own.test>".into(),
        to: None,
        letter: Letter { attach: Vec::new(), ..Letter::default() },
        mailbox: None,
        connections: 8,
        mails_per_connection: 100,
    }
}

fn destination(mail: &Mail) -> MailDestination {
    let short = std::time::Duration::from_millis(200);
    let limits = Limits { command: short, dot: short, ..Limits::default() };
    MailDestination::new(mail, None, Arc::new(Templates::shipped().unwrap()), limits).unwrap()
}

/// What a stored mail says.
struct Stored {
    from: String,
    to: String,
    message: String,
    envid: Option<String>,
}

fn stored(mail: &Mail, card: &Card) -> Stored {
    let frozen = destination(mail).freeze(card).unwrap();
    let Thawed { envelope, message, envid } = thaw(&frozen).unwrap();
    assert_eq!(envelope.to().len(), 1, "so that a reply means one thing");
    let from = envelope.from().unwrap().to_string();
    Stored { from, to: envelope.to()[0].to_string(), message: message.into_owned(), envid }
}

fn frozen(card: &Card) -> Stored {
    stored(&config(25), card)
}

fn headers(message: &str) -> Vec<String> {
    let head = message.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
    head.split("\r\n").map(str::to_owned).collect()
}

#[test]
fn the_envelope_and_the_headers_say_what_it_is() {
    let mail = frozen(&card());
    assert_eq!((mail.from.as_str(), mail.to.as_str()), ("handoff@own.test", "ben@own.test"));
    let headers = headers(&mail.message);
    for line in [
        "Date: Fri, 20 Nov 2026 15:30:00 +0000",
        "Message-ID: <lg.7k3q9v2mx4zt@own.test>",
        "From: LeadGate <handoff@own.test>",
        "To: \"Ben Roe\" <ben@own.test>",
        "Reply-To: \"Ada Beispiel\" <ada@example.org>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "X-LeadGate-Key: LG7K3Q9V2MX4ZT",
        "X-LeadGate-Score: 87",
        "X-LeadGate-Answer-By: Mon 23 Nov 09:30 (Europe/Berlin)",
        "Content-Type: multipart/alternative; boundary=\"lg-7k3q9v2mx4zt\"",
    ] {
        assert!(headers.iter().any(|header| header == line), "{line}\n{headers:#?}");
    }
    assert!(!headers.iter().any(|header| header.starts_with("List-") || header.starts_with("Precedence")));
    assert!(mail.message.is_ascii() && !mail.message.replace("\r\n", "").contains(['\r', '\n']));
}

#[test]
fn what_a_program_reads_is_attached_as_configured() {
    let letter = Letter { attach: vec![Attach::VCard, Attach::Json, Attach::Adf], ..Letter::default() };
    let made = |card: &Card| stored(&Mail { letter: letter.clone(), ..config(25) }, card);
    for card in [card(), hostile()] {
        let mail = made(&card);
        assert_eq!(mail.message, made(&card).message, "rendered again it is the same");
        let read = mail_parser::MessageParser::default().parse(mail.message.as_bytes()).unwrap();
        let kinds: Vec<String> = read
            .attachments()
            .map(|part| {
                let kind = mail_parser::MimeHeaders::content_type(part).unwrap();
                format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
            })
            .collect();
        assert_eq!(kinds, ["text/vcard", "application/json", "application/x-adf+xml"]);
        let json: serde_json::Value = serde_json::from_slice(read.attachments().nth(1).unwrap().contents()).unwrap();
        assert_eq!(json["token"], "LG7K3Q9V2MX4ZT");
        assert!(read.body_text(0).unwrap().starts_with("Who:"));
        assert!(read.body_html(0).unwrap().contains("<table"));
        assert!(mail.message.is_ascii() && !mail.message.replace("\r\n", "").contains(['\r', '\n']));
    }
}

#[test]
fn an_own_template_is_tried_before_a_lead_comes_and_its_file_is_named() {
    let own = |source: &str| Some(Written { path: "/etc/leadgate/mail.txt".into(), source: source.into() });
    let tried = |text, html| {
        let letter = Letter { text, html, ..Letter::default() };
        Templates::of(&letter).and_then(|templates| templates.try_out().map(|()| templates))
    };
    for wrong in ["{{ nme }}", "{% if who %}", "{% for n in range(100000) %}{{ n }}{% endfor %}", "{{ campaign.x.y }}"]
    {
        let failure = tried(own(wrong), None).err().unwrap();
        assert_eq!(failure.class, Class::Config, "{wrong}: {failure:?}");
    }
    let failure = tried(own("{% if who %}"), None).err().unwrap();
    assert!(failure.message.starts_with("/etc/leadgate/mail.txt: template mail.txt line 1"), "{}", failure.message);
    let (text, html) = crate::handoff::render::shipped_mail();
    assert!(tried(own(text), own(html)).is_ok(), "the one to start from holds");

    let templates = tried(own("{{ name }}: {{ need }}\n"), None).unwrap();
    let html = templates.mail_html(&hostile(), ANSWERS).unwrap();
    assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"), "{html}");
}

#[test]
fn answers_and_bounces_go_where_they_are_read() {
    let letter = Letter {
        reply_to: vec![ReplyTo::Lead, ReplyTo::Address("Leads <leads+KEY@own.test>".into())],
        bounces_to: Some("b+KEY@own.test".into()),
        attach: Vec::new(),
        ..Letter::default()
    };
    let inbox = Inbox {
        host: "127.0.0.1".into(),
        port: 143,
        tls: Tls::Plain,
        user: "leads".into(),
        password: Secret::Env("NO_SUCH".into()),
        ca_file: None,
        folder: "INBOX".into(),
        every: jiff::SignedDuration::from_mins(1),
    };
    let mail = Mail { letter, mailbox: Some(inbox), ..config(25) };
    let mail = stored(&mail, &card());
    assert_eq!((mail.from.as_str(), mail.envid.as_deref()), ("b+LG7K3Q9V2MX4ZT@own.test", Some("LG7K3Q9V2MX4ZT")));
    let line = "Reply-To: \"Ada Beispiel\" <ada@example.org>, Leads <leads+LG7K3Q9V2MX4ZT@own.test>";
    let headers = headers(&mail.message);
    assert!(headers.iter().any(|header| header == line), "{headers:#?}");
    let read = mail_parser::MessageParser::default().parse(mail.message.as_bytes()).unwrap();
    assert!(read.body_text(0).unwrap().contains("to all writes to Ada Beispiel"));
}

#[tokio::test]
async fn a_server_that_sends_notices_of_delivery_is_asked_for_them() {
    let offer = say("EHLO", "250-scripted.test\r\n250-DSN\r\n250 8BITMIME");
    let server = ScriptedServer::start(vec![offer, Script::new()]).await;
    let mail = Mail { mails_per_connection: 1, ..config(server.address.port()) };
    let destination = destination(&mail);
    let frozen = destination.freeze(&card()).unwrap();
    for _ in 0..2 {
        assert_eq!(destination.deliver(&frozen, &Recorder::default()).await.class, Class::Ok);
    }
    let commands = server.commands();
    let named: Vec<&String> =
        commands.iter().filter(|line| line.starts_with("MAIL") || line.starts_with("RCPT")).collect();
    assert_eq!(
        named,
        [
            "MAIL FROM:<handoff@own.test> RET=HDRS ENVID=LG7K3Q9V2MX4ZT",
            "RCPT TO:<ben@own.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ben@own.test",
            "MAIL FROM:<handoff@own.test>",
            "RCPT TO:<ben@own.test>",
        ],
        "only where it is offered"
    );
}

#[test]
fn the_first_eight_lines_answer_what_a_seller_asks() {
    let text = Templates::shipped().unwrap().mail_text(&card(), ANSWERS).unwrap();
    insta::assert_snapshot!(text);
    let head: Vec<&str> = text.lines().take(8).collect();
    for (at, words) in [
        (0, "Ada Beispiel, Beispiel GmbH"),
        (1, "Solar roof · when: by 31 Dec"),
        (2, "10405 Berlin, DE"),
        (3, "about 60k"),
        (4, "✓ need  ✓ timing  ✓ region  ? budget"),
        (5, "ANSWER BY: Mon 23 Nov 09:30 (Europe/Berlin)"),
        (6, "tel:+4930901820  mailto:ada@example.org"),
        (7, "leadgate lead accept 008F"),
    ] {
        assert!(head[at].contains(words), "{words}: {}", head[at]);
    }
    assert_eq!(text.lines().last(), Some("Key: LG7K3Q9V2MX4ZT"));
    insta::assert_snapshot!(Templates::shipped().unwrap().mail_html(&card(), ANSWERS).unwrap());
    insta::assert_snapshot!(Templates::shipped().unwrap().ticket_text(&card()).unwrap());
}

#[test]
fn the_same_card_freezes_to_the_same_bytes() {
    let destination = destination(&config(25));
    for card in [card(), hostile()] {
        assert_eq!(destination.freeze(&card).unwrap(), destination.freeze(&card).unwrap());
    }
}

#[test]
fn a_hostile_lead_adds_no_header_and_no_recipient() {
    let mail = frozen(&hostile());
    assert_eq!(mail.to, "ben@own.test");
    let headers = headers(&mail.message);
    let names: Vec<&str> = headers.iter().filter_map(|line| line.split(':').next()).collect();
    for name in &names {
        assert!(!name.eq_ignore_ascii_case("bcc") && !name.eq_ignore_ascii_case("x"), "{headers:#?}");
    }
    assert_eq!(names.iter().filter(|name| **name == "Subject").count(), 1);
    assert!(!names.contains(&"Reply-To"), "an address with a line break is none");
    assert!(mail.message.lines().all(|line| line.len() <= 998));
}

#[test]
fn a_hostile_lead_stays_text_in_every_part() {
    let templates = Templates::shipped().unwrap();
    let html = templates.mail_html(&hostile(), ANSWERS).unwrap();
    for bad in ["<script", "<img", "</td></table><img", "http://evil.test/x>", "\u{202e}", "\u{1b}"] {
        assert!(!html.contains(bad), "{bad}");
    }
    assert_eq!(html.matches("<table").count(), 1);
    assert_eq!(html.matches("href=").count(), 0, "neither phone nor address is one");
    for text in [templates.mail_text(&hostile(), ANSWERS).unwrap(), templates.ticket_text(&hostile()).unwrap()] {
        assert!(text.contains("{{ 7*7 }}"), "templates in data are not run");
        let wide = text.lines().find(|line| line.width() > TEXT_COLUMNS);
        assert_eq!(wide, None);
        let keys: Vec<&str> = text.lines().filter(|line| line.starts_with("Key:")).collect();
        assert_eq!(keys, ["Key: LG7K3Q9V2MX4ZT"], "a forged label is indented, ours is not");
        assert_eq!(text.lines().filter(|line| line.starts_with("ANSWER BY:")).count(), 1);
        assert!(!text.contains(['\r', '\u{0}', '\u{1b}', '\u{202e}']));
    }
}

#[test]
fn a_lead_with_only_a_phone_has_no_reply_to() {
    let mut card = card();
    card.contact.email = None;
    let mail = frozen(&card);
    assert!(!mail.message.contains("Reply-To"));
    card.contact.phone = None;
    let text = Templates::shipped().unwrap().mail_text(&card, ANSWERS).unwrap();
    assert!(text.contains("no way to reach them was given"));
}

#[test]
fn wrong_addresses_and_templates_are_named() {
    let templates = || Arc::new(Templates::shipped().unwrap());
    for (mail, word) in [
        (Mail { from: "no address".into(), ..config(25) }, "from"),
        (Mail { to: Some("desk@".into()), ..config(25) }, "to"),
        (Mail { to: Some("desk@bücher.test".into()), ..config(25) }, "to"),
        (Mail { user: Some("desk".into()), ..config(25) }, "password"),
        (Mail { host: "mail.example.org".into(), ..config(25) }, "mail.example.org"),
    ] {
        let failure = MailDestination::new(&mail, None, templates(), Limits::default()).err().unwrap();
        assert_eq!(failure.class, Class::Config);
        assert!(failure.to_string().contains(word), "{failure}");
    }
    let mut nobody = card();
    nobody.owner.email = "ben".into();
    let failure = destination(&config(25)).freeze(&nobody).unwrap_err();
    assert!(failure.to_string().contains("person.ben.email"), "{failure}");

    let failure = Templates::compile("{{ nme }}", "", "").unwrap().mail_text(&card(), ANSWERS).unwrap_err();
    assert!(failure.to_string().contains("mail.txt"), "{failure}");
    assert!(Templates::compile("{% if %}", "", "").is_err());
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    assert_eq!(
        Templates::compile(endless, "", "").unwrap().mail_text(&card(), ANSWERS).unwrap_err().class,
        Class::Config
    );
}

#[tokio::test]
async fn a_delivery_tells_its_phase_and_what_became_of_it() {
    for (script, class, messages) in [
        (say(".", "250 2.0.0 Ok: queued as 4F2"), Class::Ok, 1),
        (Script::from([(".", Act::Drop)]), Class::Unknown, 1),
        (say(".", "451 4.3.0 later"), Class::Retry, 1),
        (say("RCPT", "550 5.1.1 User unknown"), Class::Reject, 0),
        (say("MAIL", "550 5.7.1 not as that sender"), Class::Config, 0),
        (say("banner", "421 busy"), Class::Retry, 0),
    ] {
        let server = ScriptedServer::start(vec![script]).await;
        let destination = destination(&config(server.address.port()));
        let frozen = destination.freeze(&card()).unwrap();
        let phases = Recorder::default();
        let delivery = destination.deliver(&frozen, &phases).await;
        assert_eq!(delivery.class, class, "{delivery:?}");
        assert_eq!(server.messages().len(), messages);
        let entered = phases.entered.lock().unwrap().clone();
        assert_eq!(entered, vec![Phase::Dot; messages], "durable before the content, and only then");
        if class == Class::Ok {
            assert_eq!(delivery.reference.unwrap().id, "<lg.7k3q9v2mx4zt@own.test>");
            assert!(delivery.message.contains("queued as 4F2"));
        }
    }
}

#[tokio::test]
async fn a_retry_sends_the_same_bytes() {
    let server = ScriptedServer::start(vec![say(".", "451 4.3.0 later"), Script::new()]).await;
    let destination = destination(&config(server.address.port()));
    let frozen = destination.freeze(&card()).unwrap();
    for _ in 0..2 {
        destination.deliver(&frozen, &Recorder::default()).await;
    }
    let messages = server.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], messages[1]);
}

/// What waited when the form changed goes out as it was frozen.
#[test]
fn a_mail_stored_in_its_earlier_form_is_read() {
    let message = "Subject: =?utf-8?q?D=C3=A4cher?=\r\n\r\nHello \"you\"\r\n";
    let earlier = serde_json::json!({ "from": "a@own.test", "to": "b@own.test", "message": message, "envid": "LG7" });
    let earlier = Frozen(earlier.to_string().into());
    let mail = thaw(&earlier).unwrap();
    assert_eq!((mail.message.as_ref(), mail.envid.as_deref()), (message, Some("LG7")));
    let now = Frozen(format!("{{\"from\":\"a@own.test\",\"to\":\"b@own.test\",\"envid\":\"LG7\"}}\n{message}").into());
    assert_eq!(thaw(&now).unwrap().message, message);
}

#[tokio::test]
async fn a_lost_lease_sends_nothing_and_bad_rows_are_refused() {
    let server = ScriptedServer::start(vec![Script::new()]).await;
    let destination = destination(&config(server.address.port()));
    let frozen = destination.freeze(&card()).unwrap();
    let phases = Recorder { lost: true, ..Recorder::default() };
    assert_eq!(destination.deliver(&frozen, &phases).await.class, Class::Retry);
    assert!(server.messages().is_empty());
    for bytes in ["", "{}", r#"{"from":"x","to":"y","message":""}"#, r#"{"from":"a@own.test","to":"b@own.test"}"#] {
        let delivery = destination.deliver(&Frozen(bytes.into()), &Recorder::default()).await;
        assert_eq!(delivery.class, Class::Reject);
    }
}

#[tokio::test]
async fn a_probe_names_the_server_or_what_failed() {
    let server = ScriptedServer::start(vec![Script::new()]).await;
    let found = destination(&config(server.address.port())).probe().await.unwrap();
    assert!(found.contains("scripted.test"), "{found}");
    let server = ScriptedServer::start(vec![say("EHLO", "502 5.5.1 unknown")]).await;
    let failure = destination(&config(server.address.port())).probe().await.unwrap_err();
    assert_eq!(failure.class, Class::Config);
}
