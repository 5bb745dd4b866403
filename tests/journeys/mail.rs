//! Mail servers that refuse, break off or want what we cannot give.

use leadgate::desk::Act;
use leadgate::lead::{Code, HandoffState};
use leadgate::store::EndpointKind;

use super::far_side::{Desk, Feed, desk_at};
use super::people::roofs;
use super::room::{MINUTE, ROOFER, Room, route, source};
use super::script::{Act as At, Script, ScriptedServer, say};

fn mail_at(scheme: &str, port: u16) -> String {
    format!("\n[destination.mail]\nsmtp = \"{scheme}://127.0.0.1:{port}\"\nfrom = \"Leads <leads@dach.example>\"\n")
}

async fn room(leads: usize, scheme: &str, server: &ScriptedServer, more: &str) -> Room {
    let web = Feed::of(roofs(leads)).await;
    let mail = mail_at(scheme, server.address.port());
    Room::open(&[ROOFER, &source("web", &web.url()), &mail, &route(&["mail"]), more].concat()).await
}

fn message_ids(server: &ScriptedServer) -> Vec<String> {
    let id = |text: &String| text.lines().find_map(|line| line.strip_prefix("Message-ID: ").map(str::to_owned));
    server.messages().iter().map(|message| id(message).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_for_now_is_tried_again() {
    let later = Script::from([("RCPT", At::Last("450 4.2.1 mailbox busy".into()))]);
    let server = ScriptedServer::start(vec![later, Script::new()]).await;
    let room = room(1, "smtp+plain", &server, "").await;
    let pass = room.pass().await;
    assert_eq!((pass.sent, pass.unfinished.len()), (0, 1), "{pass:#?}");
    assert!(pass.unfinished[0].contains("450") && pass.unfinished[0].contains("tried again at"), "{pass:#?}");
    let handoff = room.handoff().await;
    assert_eq!((handoff.state, handoff.code), (HandoffState::Queued, Some(Code::Retrying)));
    room.pass_after(MINUTE / 4).await;
    assert_eq!(server.seen.lock().unwrap().connections, 1, "not at once");
    let pass = room.pass_after(MINUTE * 2).await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    assert_eq!(server.messages().len(), 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_for_good_needs_a_person_and_gives_the_capacity_back() {
    let never = Script::from([("RCPT", At::Last("550 5.1.1 no such user".into()))]);
    let server = ScriptedServer::start(vec![never, Script::new()]).await;
    let room = room(1, "smtp+plain", &server, "\n[cap.day]\nteam = \"berlin\"\nmax = 1\nper = \"day\"\n").await;
    let pass = room.pass().await;
    assert_eq!((pass.sent, pass.waits_for_person.len(), pass.failed.len()), (0, 1, 0), "{pass:#?}");
    assert!(pass.waits_for_person[0].contains("550"), "{pass:#?}");
    let handoff = room.handoff().await;
    assert_eq!((handoff.state, handoff.code), (HandoffState::NeedsPerson, Some(Code::Refused)));
    assert!(handoff.next.contains("R send again"), "{}", handoff.next);
    assert_eq!((room.used("day").await, room.open_of("anna").await), (0, 0));

    room.did(Act::Retry(handoff.id)).await;
    let pass = room.pass().await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    assert_eq!((room.used("day").await, room.open_of("anna").await), (1, 1));
    assert_eq!(server.messages().len(), 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_after_the_final_dot_waits_for_a_person() {
    let server = ScriptedServer::start(vec![Script::from([(".", At::Drop)]), Script::new()]).await;
    let room = room(1, "smtp+plain", &server, "").await;
    let pass = room.pass().await;
    assert_eq!((pass.sent, pass.waits_for_person.len()), (0, 1), "{pass:#?}");
    let handoff = room.handoff().await;
    assert_eq!((handoff.state, handoff.code), (HandoffState::NeedsPerson, Some(Code::Unknown)));
    assert!(handoff.next.contains("may exist already"), "{}", handoff.next);
    assert_eq!(room.open_of("anna").await, 1, "it may be there: it counts");
    room.pass_after(MINUTE * 5).await;
    assert_eq!(server.messages().len(), 1, "never sent again by itself");

    // A person who sends it again sends the same mail.
    room.did(Act::Retry(handoff.id)).await;
    let pass = room.pass().await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    let ids = message_ids(&server);
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    assert_eq!(room.open_of("anna").await, 1);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_resend_one_more_copy_goes_out_under_the_same_name() {
    let server = ScriptedServer::start(vec![Script::from([(".", At::Drop)]), Script::new()]).await;
    let web = Feed::of(roofs(1)).await;
    let resend = "on_unknown = \"resend\"\n";
    let mail = mail_at("smtp+plain", server.address.port());
    let room = Room::open(&[ROOFER, &source("web", &web.url()), &mail, &route(&["mail"]), resend].concat()).await;
    let pass = room.pass().await;
    assert_eq!((pass.sent, pass.unfinished.len()), (0, 1), "{pass:#?}");
    let pass = room.pass_after(MINUTE * 2).await;
    assert!(pass.is_clean() && pass.sent == 1, "{pass:#?}");
    for _ in 0..3 {
        room.pass_after(MINUTE * 20).await;
    }
    let ids = message_ids(&server);
    assert_eq!(ids.len(), 2, "one more, not two");
    assert_eq!(ids[0], ids[1]);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_in_doubt_that_is_refused_later_goes_to_nobody_else() {
    let refuses = Script::from([("RCPT", At::Last("550 5.1.1 no such user".into()))]);
    let server = ScriptedServer::start(vec![Script::from([(".", At::Drop)]), refuses]).await;
    let (web, desk) = (Feed::of(roofs(1)).await, Desk::start().await);
    let parts = [ROOFER, &source("web", &web.url()), &mail_at("smtp+plain", server.address.port())].concat();
    let more = [desk_at("desk", &desk.url()), route(&["mail", "desk"]), "on_unknown = \"resend\"\n".into()].concat();
    let room = Room::open(&(parts + &more)).await;
    room.pass().await;
    let pass = room.pass_after(MINUTE * 2).await;
    assert_eq!((pass.waits_for_person.len(), desk.posts()), (1, 0), "{pass:#?}");
    assert_eq!(room.handoff().await.code, Some(Code::Unknown));
    assert_eq!(room.open_of("anna").await, 1, "it may be there: it counts");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_unprotected_where_tls_is_required() {
    let server = ScriptedServer::start(vec![Script::new()]).await;
    let room = room(1, "smtp", &server, "").await;
    let pass = room.pass().await;
    let said = pass.failed.join("\n");
    assert!(said.contains("destination mail") && said.contains("TLS"), "{pass:#?}");
    assert_eq!(pass.unfinished.len(), 1, "kept: {pass:#?}");
    let commands = server.seen.lock().unwrap().commands.clone();
    assert!(!commands.iter().any(|line| line.starts_with("MAIL") || line.starts_with("AUTH")), "{commands:?}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_credentials_are_told_with_their_fix() {
    let server = ScriptedServer::start(vec![say("AUTH", "535 5.7.8 authentication failed")]).await;
    let web = Feed::of(roofs(2)).await;
    let port = server.address.port();
    let mail = format!(
        "\n[destination.mail]\nsmtp = \"smtp+plain://leads@127.0.0.1:{port}\"\n\
         password = {{ command = \"echo canary-password\" }}\nfrom = \"leads@dach.example\"\n"
    );
    let room = Room::open(&[ROOFER, &source("web", &web.url()), &mail, &route(&["mail"])].concat()).await;
    let pass = room.pass().await;
    let said = format!("{pass:?}");
    assert!(said.contains("535") && said.contains("password"), "{said}");
    assert!(!said.contains("canary"), "{said}");
    assert_eq!(pass.unfinished.len(), 2);
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleague_without_an_address_does_not_stop_the_others() {
    let server = ScriptedServer::start(vec![Script::new()]).await;
    let ben = "\n[person.ben]\nname = \"Ben Adler\"\nteam = \"berlin\"\n";
    let room = room(4, "smtp+plain", &server, ben).await;
    room.pass().await;
    let pass = room.pass().await;
    assert_eq!(server.messages().len(), 2, "Anna's go out: {pass:#?}");
    let mail = &room.store.endpoints(EndpointKind::Destination).await.unwrap()["mail"];
    assert!(mail.due_at <= room.now(), "the mail server has done nothing wrong: {mail:?}");
    assert_eq!(pass.waits_for_person.len(), 2, "{pass:#?}");
    assert!(pass.waits_for_person.iter().all(|line| line.contains("person.ben.email")), "{pass:#?}");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_wrong_with_a_destination_is_forgotten_once_mended() {
    let server = ScriptedServer::start(vec![Script::new()]).await;
    let web = Feed::of(vec![]).await;
    let port = server.address.port();
    let text = |password: &str| {
        let mail = format!(
            "\n[destination.mail]\nsmtp = \"smtp+plain://leads@127.0.0.1:{port}\"\npassword = {password}\n\
             from = \"leads@dach.example\"\n"
        );
        [ROOFER, &source("web", &web.url()), &mail, &route(&["mail"])].concat()
    };
    let room = Room::open(&text("{ env = \"LEADGATE_TEST_NO_SUCH_VARIABLE\" }")).await;
    let pass = room.pass().await;
    assert!(pass.failed.len() == 1 && pass.failed[0].contains("LEADGATE_TEST_NO_SUCH_VARIABLE"), "{pass:#?}");
    let room = room.restart(&text("{ command = \"echo pw\" }")).await;
    let pass = room.pass().await;
    assert!(pass.is_clean(), "{pass:#?}");
    room.end().await;
}
