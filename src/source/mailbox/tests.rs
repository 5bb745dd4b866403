//! A mailbox on a server that behaves, and on one that does not: what was read stays read, what was not is
//! read again.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::clock::StubClock;
use crate::lead::Record;
use crate::preset::Library;
use crate::preset::vars::VarDoc;
use crate::source::Nothing;

const PASSWORD: &str = "hunter2-canary";

/// What goes wrong, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// After half of the second mail.
    Drop,
    /// Instead of mails.
    Bye,
    /// A mail is announced with so many bytes.
    Huge(u64),
    /// Nothing is said any more.
    Silent,
    /// After the first mail the server gives up, saying so.
    Refused,
    /// Not a word of IMAP, and a secret of somebody.
    Nonsense,
}

struct Room {
    mails: Vec<(u32, String)>,
    validity: u32,
    fault: Fault,
    can_move: bool,
    /// Every command, without its tag.
    asked: Vec<String>,
}

struct Server(Arc<Mutex<Room>>, u16);

impl Server {
    async fn start(mails: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails = mails.iter().enumerate().map(|(at, mail)| (at as u32 + 1, mail.replace('\n', "\r\n"))).collect();
        let room = Room { mails, validity: 7, fault: Fault::None, can_move: true, asked: Vec::new() };
        let room = Arc::new(Mutex::new(room));
        let serving = Arc::clone(&room);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&serving)));
            }
        });
        Self(room, port)
    }

    fn set(&self, change: impl FnOnce(&mut Room)) {
        change(&mut self.0.lock().unwrap());
    }

    fn asked(&self, word: &str) -> Vec<String> {
        self.0.lock().unwrap().asked.iter().filter(|line| line.contains(word)).cloned().collect()
    }

    fn mailbox(&self, password: &str, after: &str) -> Mailbox {
        let preset: SourcePreset = Library::built_in().get("mailbox").unwrap();
        let mut values = preset.vars.clone();
        for (name, text) in [("host", "127.0.0.1"), ("tls", "plain"), ("user", "leads"), ("after", after)] {
            values.insert(name.to_owned(), VarDoc { default: Some(text.into()), ..values[name].clone() });
        }
        values.insert("port".into(), VarDoc { default: Some(self.1.to_string().into()), ..values["host"].clone() });
        let secret = crate::config::checked::Var::Secret(crate::config::Secret::Env("X".into()));
        let given = [("password".to_owned(), secret)].into();
        let values = Values::check(&values, &given, &|_| Ok(SecretString::from(password.to_owned()))).unwrap();
        let http = Http::new(StubClock::at("2026-09-15T12:00:00Z".parse().unwrap())).unwrap();
        let limits = Limits { connect: Duration::from_secs(5), command: Duration::from_millis(400) };
        let backfill = SignedDuration::from_hours(24 * 7);
        Mailbox::compile(&preset, preset.mailbox.as_ref().unwrap(), &values, backfill, &http, limits).unwrap()
    }
}

/// One connection. Numbers in the folder are those of the list, from 1.
async fn serve(stream: TcpStream, room: Arc<Mutex<Room>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"* OK ready\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let (tag, command) = line.split_once(' ').unwrap();
        let (answer, goes_on) = answer(tag, command, &mut room.lock().unwrap());
        if write.write_all(&answer).await.is_err() || !goes_on {
            return;
        }
    }
}

fn answer(tag: &str, command: &str, room: &mut Room) -> (Vec<u8>, bool) {
    room.asked.push(command.to_owned());
    let ok = |text: &str| (format!("{text}{tag} OK done\r\n").into_bytes(), true);
    let next = room.mails.last().map_or(1, |mail| mail.0 + 1);
    let wanted = |set: &str| -> Vec<(usize, u32, String)> {
        let ranges: Vec<(u32, u32)> = set
            .split(',')
            .map(|range| range.split_once(':').unwrap_or((range, range)))
            .map(|(from, to)| (from.parse().unwrap(), to.parse().unwrap_or(u32::MAX)))
            .collect();
        let within = |uid: u32| ranges.iter().any(|(from, to)| (*from..=*to).contains(&uid));
        let numbered = room.mails.iter().enumerate().filter(|(_, (uid, _))| within(*uid));
        numbered.map(|(at, (uid, mail))| (at + 1, *uid, mail.clone())).collect()
    };
    let words: Vec<&str> = command.split(' ').collect();
    match words.as_slice() {
        ["LOGIN", _, password] if !password.contains(PASSWORD) => {
            (format!("{tag} NO [AUTHENTICATIONFAILED] Invalid credentials for {password}\r\n").into_bytes(), true)
        }
        ["CAPABILITY"] => {
            ok(if room.can_move { "* CAPABILITY IMAP4rev1 MOVE\r\n" } else { "* CAPABILITY IMAP4rev1\r\n" })
        }
        ["SELECT" | "EXAMINE", folder] if *folder != "\"INBOX\"" => {
            (format!("{tag} NO [NONEXISTENT] no such folder\r\n").into_bytes(), true)
        }
        ["SELECT" | "EXAMINE", _] => ok(&format!(
            "* FLAGS (\\Seen)\r\n* {} EXISTS\r\n* OK [UIDVALIDITY {}] x\r\n* OK [UIDNEXT {next}] x\r\n",
            room.mails.len(),
            room.validity
        )),
        ["UID", "SEARCH", "UNDELETED", "UID", set, ..] => {
            let mut found: Vec<String> = wanted(set).iter().map(|mail| mail.1.to_string()).collect();
            if found.is_empty() {
                // `n:*` names the last mail even when it is before n.
                found.extend(room.mails.last().map(|mail| mail.0.to_string()));
            }
            ok(&format!("* SEARCH {}\r\n", found.join(" ")))
        }
        ["UID", "FETCH", set, "(UID", "RFC822.SIZE)"] => ok(&wanted(set)
            .iter()
            .map(|(at, uid, mail)| format!("* {at} FETCH (UID {uid} RFC822.SIZE {})\r\n", mail.len()))
            .collect::<Vec<_>>()
            .concat()),
        ["UID", "FETCH", set, ..] => mails(tag, &wanted(set), std::mem::replace(&mut room.fault, Fault::None)),
        ["UID", "MOVE", set, _] => {
            let gone: Vec<u32> = wanted(set).iter().map(|mail| mail.1).collect();
            room.mails.retain(|(uid, _)| !gone.contains(uid));
            ok("")
        }
        ["LOGOUT"] => (format!("* BYE\r\n{tag} OK bye\r\n").into_bytes(), false),
        _ => ok(""),
    }
}

fn mails(tag: &str, mails: &[(usize, u32, String)], fault: Fault) -> (Vec<u8>, bool) {
    let mut out = String::new();
    for (index, (at, uid, mail)) in mails.iter().enumerate() {
        let date = "INTERNALDATE \"14-Sep-2026 10:00:00 +0200\"";
        let length = if let (Fault::Huge(bytes), 1) = (fault, index) { bytes } else { mail.len() as u64 };
        write!(out, "* {at} FETCH (UID {uid} {date} BODY[]<0> {{{length}}}\r\n").unwrap();
        match (fault, index) {
            (Fault::Drop | Fault::Huge(_), 1) => {
                return (format!("{out}{}", &mail[..mail.len() / 2]).into_bytes(), fault != Fault::Drop);
            }
            (Fault::Bye, 1) => return (b"* BYE shutting down\r\n".to_vec(), false),
            (Fault::Refused, 1) => return (format!("{tag} NO [SERVERBUG] internal error\r\n").into_bytes(), true),
            (Fault::Silent, 1) => return (out.into_bytes(), true),
            (Fault::Nonsense, 1) => return (b"HTTP/1.1 200 OK secret=4711\r\n\r\n".to_vec(), true),
            _ => out += &[mail, ")\r\n"].concat(),
        }
    }
    (format!("{out}{tag} OK done\r\n").into_bytes(), true)
}

async fn walk(mailbox: &Mailbox, cursor: &mut Cursor) -> Result<(Vec<Record>, Option<Failure>), Failure> {
    let old = cursor.clone();
    let (mut records, mut place, mut trouble) = (Vec::new(), None, None);
    loop {
        let batch = mailbox.read(Ask { cursor: &old, place: place.as_ref(), known: &Nothing }).await?;
        records.extend(batch.records.into_iter().map(Result::unwrap));
        if let Some(new) = batch.cursor {
            *cursor = serde_json::from_str(&serde_json::to_string(&new).unwrap()).unwrap();
        }
        trouble = trouble.or(batch.trouble);
        place = batch.next;
        if place.is_none() {
            return Ok((records, trouble));
        }
    }
}

async fn ids(mailbox: &Mailbox, cursor: &mut Cursor) -> Vec<String> {
    walk(mailbox, cursor).await.unwrap().0.into_iter().map(|record| record.id).collect()
}

fn plain(id: &str) -> String {
    format!(
        "From: {id} <{id}@example.org>\nMessage-ID: <{id}@x>\nSubject: Roof\nDate: Mon, 14 Sep 2026 10:00:00 +0200\n\nHello, I want a roof.\n"
    )
}

#[tokio::test]
async fn letters_forms_and_documents_become_records() {
    let adf = "From: leads@portal.example\nMessage-ID: <adf@x>\nPrecedence: bulk\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nsee below\n--b\nContent-Type: application/xml; name=lead.adf\nContent-Transfer-Encoding: base64\n\nPGFkZj48cHJvc3BlY3Q+PHJlcXVlc3RkYXRlPjIwMjYtMDktMTNUMTA6MDA6MDBaPC9yZXF1ZXN0\nZGF0ZT48Y3VzdG9tZXI+PGNvbnRhY3Q+PG5hbWUgcGFydD0iZnVsbCI+Q3kgWDwvbmFtZT48ZW1h\naWw+Y3lAZXhhbXBsZS5vcmc8L2VtYWlsPjwvY29udGFjdD48Y29tbWVudHM+Q2FsbDwvY29tbWVu\ndHM+PC9jdXN0b21lcj48L3Byb3NwZWN0PjwvYWRmPg==\n--b--\n";
    let form = "From: Website <wordpress@own.example>\nReply-To: zoe@example.org\nMessage-ID: <form@x>\nAuto-Submitted: auto-generated\nSubject: =?utf-8?q?Neue_Anfrage_=C3=BCber_das_Formular?=\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nName: Zoë Müller\nE-Mail: zoe@example.org\nPLZ: 53111\nLeistung: Dach\nDachfläche: 120\nNachricht: bitte bald\n";
    let html = "From: Ada Roe <ada@example.org>\nMessage-ID: <html@x>\nSubject: Re: Roof\nDate: Mon, 14 Sep 2026 10:00:00 +0200\nContent-Type: text/html; charset=utf-8\n\n<html><style>p{}</style><body><p>Two roofs &amp; a door</p><script>alert(1)</script><p>Am 14.09.2026 schrieb Own Roofs:</p><p>&gt; old</p></body></html>\n";
    let server = Server::start(&[adf, form, html]).await;
    let (records, _) = walk(&server.mailbox(PASSWORD, "keep"), &mut Cursor::default()).await.unwrap();
    let [cy, zoe, ada] = records.as_slice() else { panic!("{records:#?}") };
    assert_eq!(
        (cy.id.as_str(), cy.name.as_deref(), cy.email.as_deref()),
        ("adf@x", Some("Cy X"), Some("cy@example.org"))
    );
    assert_eq!((cy.message.as_deref(), cy.submitted_at), (Some("Call"), "2026-09-13T10:00:00Z".parse().ok()));
    assert_eq!((zoe.name.as_deref(), zoe.email.as_deref()), (Some("Zoë Müller"), Some("zoe@example.org")));
    assert_eq!(
        (zoe.need.as_deref(), zoe.message.as_deref(), zoe.postal_code.as_deref()),
        (Some("Dach"), Some("bitte bald"), Some("53111"))
    );
    assert_eq!((zoe.extra["Dachfläche"].as_str(), zoe.submitted_at), ("120", "2026-09-14T08:00:00Z".parse().ok()));
    assert_eq!((ada.name.as_deref(), ada.email.as_deref()), (Some("Ada Roe"), Some("ada@example.org")));
    let said = ada.message.as_deref().unwrap();
    assert!(said.contains("Two roofs & a door") && !said.contains("old") && !said.contains("alert"), "{said}");
}

#[tokio::test]
async fn machines_are_passed_over_and_counted() {
    let with = |header: &str| plain("m").replace("Subject: Roof", &format!("Subject: Out of office\n{header}"));
    let report =
        with("Content-Type: multipart/report; boundary=b").replace("m@example.org", "MAILER-DAEMON@example.org");
    let mails = [
        with("Auto-Submitted: auto-replied"),
        with("X-Autoreply: yes"),
        report,
        with("List-Id: <news.example.org>"),
        with("Precedence: bulk"),
        with("Auto-Submitted: auto-generated"),
        with("Return-Path: <>"),
        plain("ada"),
    ];
    let server = Server::start(&mails.each_ref().map(String::as_str)).await;
    let mut cursor = Cursor::default();
    assert_eq!(ids(&server.mailbox(PASSWORD, "keep"), &mut cursor).await, ["ada@x"]);
    let passed = &cursor.own.as_ref().unwrap()["passed"];
    assert_eq!(passed, &serde_json::json!({"auto-reply": 2, "automatic": 2, "bounce": 1, "mailing list": 2}));
}

#[tokio::test]
async fn a_folder_is_read_on_and_after_a_new_numbering_again() {
    let server = Server::start(&[&plain("a"), &plain("b")]).await;
    let mailbox = server.mailbox(PASSWORD, "keep");
    let mut cursor = Cursor::default();
    assert_eq!(ids(&mailbox, &mut cursor).await, ["a@x", "b@x"]);
    assert!(server.asked("SEARCH")[0].ends_with("UID 1:* SINCE 8-Sep-2026"), "{:?}", server.asked("SEARCH"));
    assert_eq!(ids(&mailbox, &mut cursor).await, [""; 0], "the last mail is not new");
    server.set(|room| room.mails.push((9, plain("c").replace('\n', "\r\n"))));
    assert_eq!(ids(&mailbox, &mut cursor).await, ["c@x"]);
    server.set(|room| room.validity = 8);
    assert_eq!(ids(&mailbox, &mut cursor).await, ["a@x", "b@x", "c@x"], "the same ids: the store knows them");
    assert!(server.asked("STORE").is_empty() && server.asked("SELECT").is_empty(), "nothing is changed");
    let many: Vec<(u32, String)> =
        (10..260).map(|uid| (uid, plain(&format!("p{uid}")).replace('\n', "\r\n"))).collect();
    server.set(|room| room.mails.extend(many));
    assert_eq!(ids(&mailbox, &mut cursor).await.len(), 250);
}

#[tokio::test]
async fn mails_are_filed_only_once_stored() {
    let server = Server::start(&[&plain("a"), &plain("b")]).await;
    let mailbox = server.mailbox(PASSWORD, "move:Done");
    let mut cursor = Cursor::default();
    assert_eq!(ids(&mailbox, &mut cursor.clone()).await, ["a@x", "b@x"]);
    assert_eq!(ids(&mailbox, &mut cursor).await, ["a@x", "b@x"], "the cursor was not stored");
    assert!(server.asked("MOVE").is_empty());
    assert_eq!(ids(&mailbox, &mut cursor).await, [""; 0]);
    assert_eq!(server.asked("UID MOVE"), ["UID MOVE 1:2 \"Done\""]);
    server.set(|room| {
        room.mails.push((3, plain("c").replace('\n', "\r\n")));
        room.can_move = false;
    });
    ids(&mailbox, &mut cursor).await;
    server.set(|room| room.mails.push((4, plain("d").replace('\n', "\r\n"))));
    let (records, trouble) = walk(&mailbox, &mut cursor).await.unwrap();
    assert_eq!(records[0].id, "d@x", "reading goes on");
    assert!(trouble.unwrap().to_string().contains("cannot move mails"));
    assert!(server.asked("Deleted").is_empty() && server.asked("EXPUNGE").is_empty(), "never");
    let seen = Server::start(&[&plain("a")]).await;
    let mut cursor = Cursor::default();
    ids(&seen.mailbox(PASSWORD, "seen"), &mut cursor).await;
    ids(&seen.mailbox(PASSWORD, "seen"), &mut cursor).await;
    assert_eq!(seen.asked("STORE"), ["UID STORE 1 +FLAGS.SILENT (\\Seen)"]);
}

#[tokio::test]
async fn what_breaks_is_told_and_read_again() {
    let server = Server::start(&[&plain("a"), &plain("b")]).await;
    let mailbox = server.mailbox(PASSWORD, "keep");
    for (fault, words) in [
        (Fault::Drop, "the connection"),
        (Fault::Bye, "the connection"),
        (Fault::Huge(400_000_000), "longer than allowed"),
        (Fault::Huge(u64::MAX), "longer than allowed"),
        (Fault::Silent, "no answer in time"),
        (Fault::Nonsense, "not IMAP"),
    ] {
        server.set(|room| room.fault = fault);
        let failure = walk(&mailbox, &mut Cursor::default()).await.unwrap_err();
        assert_eq!(failure.class, Class::Retry, "{fault:?}: {failure}");
        assert!(failure.message.contains(words) && !failure.message.contains("4711"), "{fault:?}: {failure}");
        assert_eq!(ids(&mailbox, &mut Cursor::default()).await, ["a@x", "b@x"], "{fault:?}");
    }
    server.set(|room| room.fault = Fault::Refused);
    assert_eq!(ids(&mailbox, &mut Cursor::default()).await, ["a@x", "b@x"], "one by one");
    let wrong = walk(&server.mailbox("wrong-canary", "keep"), &mut Cursor::default()).await.unwrap_err();
    assert_eq!(wrong.class, Class::Auth);
    assert!(!wrong.to_string().contains("wrong-canary") && wrong.message.contains("***"), "{wrong}");
    let mut nowhere = server.mailbox(PASSWORD, "keep");
    nowhere.folder = "Leads".into();
    let missing = walk(&nowhere, &mut Cursor::default()).await.unwrap_err();
    assert!(missing.class == Class::Config && missing.message.contains("no folder `Leads`"), "{missing}");
    assert!(mailbox.probe().await.unwrap().contains("2 mails in INBOX, 2 of them since 2026-09-08"));
}

#[test]
fn a_mail_that_is_none_and_one_without_id() {
    let without = plain("a").replace("Message-ID: <a@x>\n", "");
    let Some(Letter::Read(one)) = letter::open(without.as_bytes(), None) else { panic!() };
    let Some(Letter::Read(two)) = letter::open(without.as_bytes(), None) else { panic!() };
    assert_eq!(one, two, "the same mail has the same id");
    assert!(letter::open(b"", None).is_none());
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        drop(letter::open(&bytes, None));
        drop(adf::prospects(&String::from_utf8_lossy(&bytes)));
        drop(form::fields(&String::from_utf8_lossy(&bytes)));
        drop(quoted::cut(&String::from_utf8_lossy(&bytes)));
    }
}
