//! What comes back to handoffs by mail: answers of people and of machines, bounces, delays.

use jiff::Timestamp;
use leadgate::config::checked::Tls;
use leadgate::desk::Act;
use leadgate::lead::{Code, HandoffState, Quality};
use leadgate::net::smtp::{Content, Limits, Server, Smtp};
use leadgate::store::EndpointKind;
use lettre::address::Envelope;

use super::far_side::Feed;
use super::mailbox_server::Mailbox;
use super::people::roofs;
use super::room::{MINUTE, ROOFER, Room, route, source};
use super::script::{Act as At, Script, ScriptedServer};

const DAY_CAP: &str = "\n[cap.day]\nteam = \"berlin\"\nmax = 1\nper = \"day\"\n";

struct Scene {
    room: Room,
    mailbox: Mailbox,
    server: ScriptedServer,
}

/// One lead handed off by mail, `to` these destinations: `mail` and `other` are mails, too.
async fn scene(to: &[&str], scripts: Vec<Script>) -> Scene {
    let (mailbox, server) = (Mailbox::start().await, ScriptedServer::start(scripts).await);
    let web = Feed::of(roofs(1)).await;
    let destination = |id: &str| {
        let port = server.address.port();
        let head = "from = \"Leads <leads@dach.example>\"\nconnections = 1\n";
        format!("\n[destination.{id}]\nsmtp = \"smtp+plain://127.0.0.1:{port}\"\n{head}{}", mailbox.config())
    };
    let mails: String = to.iter().map(|id| destination(id)).collect();
    let room = Room::open(&[ROOFER, &source("web", &web.url()), &mails, &route(to), DAY_CAP].concat()).await;
    room.pass().await;
    Scene { room, mailbox, server }
}

impl Scene {
    /// The Message-ID of the last mail sent.
    fn sent_as(&self) -> String {
        let messages = self.server.messages();
        let line = messages.last().unwrap().lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
        line.to_owned()
    }

    /// A mail comes in `after` minutes from now; `headers` besides the usual.
    fn comes(&self, name: &str, headers: &str, body: &str) {
        let at = self.room.now();
        let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let usual = if headers.contains("From:") { "" } else { "From: Anna Berg <anna@dach.example>\n" };
        let mail = format!(
            "{usual}{headers}Date: {date}\nMessage-ID: <{name}@far.example>\nIn-Reply-To: {}\n\n{body}\n",
            self.sent_as()
        );
        self.mailbox.put(at, &mail);
    }

    fn bounces(&self, name: &str, action: &str, said: &str) {
        let headers = "From: MAILER-DAEMON@mail.far.example\nSubject: Undelivered\nMIME-Version: 1.0\n\
            Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n";
        let body = format!(
            "--b\n\nSorry.\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.far.example\n\n\
             Final-Recipient: rfc822; anna@dach.example\nAction: {action}\nStatus: 5.2.2\nDiagnostic-Code: smtp; {said}\n\n\
             --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {}\n\n--b--",
            self.sent_as()
        );
        self.comes(name, headers, &body);
    }

    async fn told(&self) -> Vec<String> {
        let lead = self.room.handoffs().await[0].lead;
        self.room.detail(lead).await.timeline.into_iter().map(|line| line.text).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_persons_answer_stops_the_clock_and_the_earliest_wins() {
    let scene = scene(&["mail"], vec![Script::new()]).await;
    let room = &scene.room;
    let asked = room.now();
    assert_eq!(room.states().await, [HandoffState::Accepted]);
    scene.comes("away", "Auto-Submitted: auto-replied\nSubject: Re: Lead\n", "I am away.");
    scene.comes("desk", "From: Desk <desk@far.example>\nSubject: [far #12] Lead\n", "Your request has been received.");
    scene.comes("ours", "X-LeadGate-Key: LG0000000000AA\nSubject: Lead\n", "Our own.");
    let email = room.detail(room.handoffs().await[0].lead).await.contact.email.unwrap();
    scene.comes("lead", &format!("From: <{}>\nSubject: Re: Lead\n", email.to_uppercase()), "When do you come?");
    scene.bounces("odd", "delivered", "250 ok");
    let pass = room.pass_after(MINUTE * 2).await;
    assert!(pass.is_clean(), "{pass:#?}");
    assert_eq!(room.handoff().await.state, HandoffState::Accepted, "nobody has answered yet");

    room.clock.advance(MINUTE * 8);
    scene.comes("second", "From: Boss <boss@dach.example>\nSubject: Re: Lead\n", "I have called her, too.");
    room.pass().await;
    let first = room.handoff().await;
    assert_eq!(
        (first.state, first.first_at, first.first_quality),
        (HandoffState::Tracking, Some(asked + MINUTE * 10), Some(Quality::Derived))
    );
    assert!(scene.told().await.iter().any(|line| line.contains("seen in the mailbox")), "{:#?}", scene.told().await);
    assert_eq!(room.used("day").await, 1);

    // The mailbox tells of an earlier one only now, and is numbered anew: everything is read again.
    let later = room.now();
    let mail = format!(
        "From: anna@dach.example\nSubject: Re: Lead\nDate: {}\nMessage-ID: <first@far.example>\nReferences: {}\n\nCalled.\n",
        (asked + MINUTE * 5).strftime("%a, %d %b %Y %H:%M:%S +0000"),
        scene.sent_as()
    );
    scene.mailbox.put(asked + MINUTE * 6, &mail);
    scene.mailbox.renumber();
    room.pass().await;
    let first = room.handoff().await;
    assert_eq!(
        (first.first_at, first.first_quality),
        (Some(asked + MINUTE * 5), Some(Quality::Exact)),
        "a colleague, in the thread"
    );
    let fetched = scene.mailbox.fetched();
    room.pass().await;
    assert_eq!((scene.mailbox.fetched(), room.now()), (fetched, later), "what was read is not fetched again");
    scene.room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bounce_after_acceptance_gives_the_lead_to_the_next_destination_and_then_to_a_person() {
    let scene = scene(&["mail", "other"], vec![Script::new()]).await;
    let room = &scene.room;
    scene.bounces("slow", "delayed", "451 4.4.1 no answer");
    room.pass_after(MINUTE).await;
    let handoff = room.handoff().await;
    assert_eq!(
        (handoff.state, handoff.code),
        (HandoffState::Accepted, Some(Code::Retrying)),
        "shown, and not acted on"
    );
    assert!(scene.told().await.iter().any(|line| line.contains("goes on trying")), "{:#?}", scene.told().await);

    scene.bounces("full", "failed", "552 5.2.2 Quota exceeded");
    room.pass_after(MINUTE).await;
    assert_eq!(room.states().await, [HandoffState::Dropped, HandoffState::Accepted], "the next one got it");
    assert_eq!((scene.server.messages().len(), room.used("day").await), (2, 1), "under the same capacity");
    let told = scene.told().await;
    assert!(told.iter().any(|line| line.contains("came back")), "{told:#?}");

    // Both mailboxes are the same folder: the bounce of the first is not one of the second.
    room.pass_after(MINUTE).await;
    assert_eq!(room.states().await, [HandoffState::Dropped, HandoffState::Accepted]);
    room.clock.advance(MINUTE * 15);
    scene.bounces("gone", "failed", "550 5.1.1 unknown");
    let pass = room.pass().await;
    let handoff = room.handoff().await;
    assert_eq!((handoff.state, handoff.code), (HandoffState::NeedsPerson, Some(Code::Bounced)));
    assert!(handoff.answer_by.is_none(), "no clock runs against somebody who never got it");
    assert_eq!(room.used("day").await, 0, "and its capacity is free");
    drop(pass);
    let pass = room.pass().await;
    assert!(pass.waits_for_person[0].contains("550 5.1.1"), "{pass:#?}");

    // Sent again by hand, the old bounce says nothing of the new mail.
    room.clock.advance(MINUTE * 30);
    room.did(Act::Retry(handoff.id)).await;
    room.pass().await;
    scene.mailbox.renumber();
    room.pass().await;
    assert_eq!(room.handoff().await.state, HandoffState::Accepted);
    scene.room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_settles_a_doubt_and_a_bounce_after_an_answer_is_only_told() {
    let scene = scene(&["mail"], vec![Script::from([(".", At::Drop)]), Script::new()]).await;
    let room = &scene.room;
    assert_eq!(room.handoff().await.code, Some(Code::Unknown));
    room.clock.advance(MINUTE);
    scene.comes("answer", "Subject: Re: Lead\n", "Called.");
    room.pass().await;
    let handoff = room.handoff().await;
    assert_eq!(handoff.state, HandoffState::Tracking, "who answers has it");
    assert_eq!(handoff.first_at, Some(room.now()));
    scene.bounces("late", "failed", "550 5.1.1 unknown");
    room.pass_after(MINUTE).await;
    assert_eq!(room.handoff().await.state, HandoffState::Tracking);
    assert!(scene.told().await.iter().any(|line| line.contains("after somebody had answered")));
    assert_eq!(scene.server.messages().len(), 1);
    scene.room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_takes_a_lead_acknowledges_it_and_stops_no_clock() {
    let scene = scene(&["mail"], vec![Script::new()]).await;
    let key = scene.room.handoff().await.token.to_string();
    scene.comes("take", &format!("Subject: TAKE {key}\n"), "");
    scene.room.pass_after(MINUTE).await;
    let handoff = scene.room.handoff().await;
    assert_eq!((handoff.state, handoff.first_at), (HandoffState::Accepted, None));
    assert!(scene.told().await.iter().any(|line| line.starts_with("acknowledged")), "{:#?}", scene.told().await);
    scene.room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_cannot_be_read_is_told_and_keeps_nothing_from_going_out() {
    let scene = scene(&["mail"], vec![Script::new()]).await;
    let room = &scene.room;
    scene.mailbox.close(true);
    let pass = room.pass_after(MINUTE).await;
    assert!(pass.failed.iter().any(|line| line.starts_with("mailbox of mail: ")), "{pass:#?}");
    scene.mailbox.close(false);
    scene.comes("answer", "Subject: Re: Lead\n", "Called.");
    let pass = room.pass_after(MINUTE).await;
    assert!(pass.is_clean(), "{pass:#?}");
    assert_eq!(room.handoff().await.state, HandoffState::Tracking, "nothing was missed");
    let endpoints = room.store.endpoints(EndpointKind::Mailbox).await.unwrap();
    assert!(endpoints["mail"].class.is_none() && endpoints["mail"].last_ok_at.is_some());
    scene.room.end().await;
}

/// The clock of these stands still: nothing becomes due by itself, and only what the server tells of is looked for.
async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    for _ in 0..2_000 {
        if is().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("never: {what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_tells_of_mails_is_listened_to() {
    let scene = scene(&["mail"], vec![Script::new()]).await;
    let (room, mailbox) = (&scene.room, &scene.mailbox);
    mailbox.tells();
    let before = mailbox.clients().0;
    room.engine.start().await.unwrap();
    // The first look, the one that listens, and the look when it does; the first and the last may be one.
    until("it listens", async || mailbox.clients().1 == 1 && mailbox.clients().0 >= before + 2).await;
    let looked = mailbox.clients().0;
    scene.comes("away", "Auto-Submitted: auto-replied\nSubject: Re: Lead\n", "I am away.");
    until("it was looked at", async || mailbox.clients().0 > looked && mailbox.clients().1 == 1).await;
    assert_eq!(room.handoff().await.first_at, None);
    scene.comes("answer", "Subject: Re: Lead\n", "Called.");
    until("the answer counts", async || room.handoff().await.state == HandoffState::Tracking).await;
    room.engine.stop(std::time::Duration::from_secs(5)).await;
    assert!(mailbox.clients().0 <= before + 5, "nothing but what was told of was looked for");
    scene.room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_tell_is_looked_at() {
    let scene = scene(&["mail"], vec![Script::new()]).await;
    let (room, mailbox) = (&scene.room, &scene.mailbox);
    let before = mailbox.clients().0;
    room.engine.start().await.unwrap();
    until("it is asked once", async || mailbox.clients() == (before + 2, 0)).await;
    scene.comes("answer", "Subject: Re: Lead\n", "Called.");
    // The second look may still be under way, and be over before the mail: then the next one counts.
    let mut asked = 0;
    until("the answer counts", async || {
        if asked % 200 == 0 {
            room.clock.advance(MINUTE * 6);
            room.store.announce();
        }
        asked += 1;
        room.handoff().await.state == HandoffState::Tracking
    })
    .await;
    room.engine.stop(std::time::Duration::from_secs(5)).await;
    scene.room.end().await;
}

fn env() -> Option<std::collections::BTreeMap<String, String>> {
    let text = std::fs::read_to_string(std::env::var("LEADGATE_TEST_MAIL").ok()?).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Some(pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect())
}

/// Mails to somebody with little room, until there is none.
async fn fill(env: &std::collections::BTreeMap<String, String>) {
    let login = Some((env["MAIL_USER"].clone(), env["MAIL_PASSWORD"].clone().into()));
    let (host, port) = (env["SMTP_HOST"].clone(), env["SMTPS_PORT"].parse().unwrap());
    let server = Server { host, port, tls: Tls::Implicit, login, ca_file: Some(env["CA_FILE"].clone().into()) };
    let smtp = Smtp::new(server, Limits::default()).unwrap_or_else(|trouble| panic!("{trouble}"));
    let addresses = (env["MAIL_USER"].parse().unwrap(), "limited@leadgate.test".parse().unwrap());
    let envelope = Envelope::new(Some(addresses.0), vec![addresses.1]).unwrap();
    let message = format!("Subject: filler\r\n\r\n{}", format!("{}\r\n", "x".repeat(70)).repeat(40));
    let content = Content { message: message.as_bytes(), envid: None };
    for _ in 0..22 {
        smtp.send(&envelope, content, || async { Ok::<(), ()>(()) }).await.unwrap();
    }
}

/// A real Postfix takes it, a real Dovecot has no room for it, and the bounce is in the sender's mailbox.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_bounce_of_a_real_server_is_found() {
    let Some(env) = env() else { return };
    fill(&env).await;
    let web = Feed::of(roofs(1)).await;
    let long = "x".repeat(40);
    let secret = format!("{{ command = \"printf %s '{}'\" }}", env["MAIL_PASSWORD"]);
    let mail = format!(
        "\n[destination.mail]\nsmtp = \"smtps://{}@localhost:{}\"\npassword = {secret}\nca_file = \"{}\"\n\
         from = \"Leads {long} <{}>\"\nto = \"limited@leadgate.test\"\n\
         mailbox.imap = \"imaps://{}@localhost:{}/INBOX\"\nmailbox.password = {secret}\n",
        env["MAIL_USER"].replace('@', "%40"),
        env["SMTPS_PORT"],
        env["CA_FILE"],
        env["MAIL_USER"],
        env["MAIL_USER"].replace('@', "%40"),
        env["IMAPS_PORT"],
    );
    let open = ROOFER.replace("Mo-Fr 08:00-17:00", "24/7");
    let room = Room::open(&[open.as_str(), &source("web", &web.url()), &mail, &route(&["mail"])].concat()).await;
    room.clock.set(Timestamp::from_second(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64).unwrap());
    for _ in 0..100 {
        room.pass().await;
        if room.handoff().await.state == HandoffState::NeedsPerson {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let handoff = room.handoff().await;
    assert_eq!((handoff.state, handoff.code), (HandoffState::NeedsPerson, Some(Code::Bounced)));
    let said = room.pass().await.waits_for_person.remove(0);
    assert!(said.contains("5.2.2") && said.contains("Quota"), "{said}");
    room.end().await;
}
