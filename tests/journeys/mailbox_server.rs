//! A mailbox on this machine: mails are put into it, and a client that only looks may read them over IMAP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Default)]
struct Inside {
    validity: u32,
    /// When it arrived, and its bytes; numbered from 1.
    mails: Vec<(Timestamp, String)>,
    /// Bodies fetched.
    fetched: usize,
    closed: bool,
}

pub struct Mailbox {
    address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Mailbox {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inside = Arc::new(Mutex::new(Inside { validity: 1, ..Inside::default() }));
        let shared = Arc::clone(&inside);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { address, inside, task }
    }

    /// Lines of `[destination.ID]` that read it.
    pub fn config(&self) -> String {
        format!(
            "mailbox.imap = \"imap+plain://leads@{}\"\nmailbox.password = {{ command = \"printf x\" }}\n",
            self.address
        )
    }

    pub fn put(&self, at: Timestamp, mail: &str) {
        self.inside.lock().unwrap().mails.push((at, mail.replace('\n', "\r\n")));
    }

    /// Numbers its mails anew, as after a restore.
    pub fn renumber(&self) {
        self.inside.lock().unwrap().validity += 1;
    }

    /// Hangs up on everybody, or stops doing so.
    pub fn close(&self, closed: bool) {
        self.inside.lock().unwrap().closed = closed;
    }

    /// Bodies fetched so far.
    pub fn fetched(&self) -> usize {
        self.inside.lock().unwrap().fetched
    }
}

async fn serve(stream: TcpStream, inside: Arc<Mutex<Inside>>) -> Option<()> {
    if inside.lock().unwrap().closed {
        return None;
    }
    let mut stream = BufReader::new(stream);
    stream.write_all(b"* OK ready\r\n").await.ok()?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let (tag, command) = line.trim_end().split_once(' ')?;
        let told = answer(command, &mut inside.lock().unwrap());
        stream.write_all(format!("{told}{tag} OK done\r\n").as_bytes()).await.ok()?;
    }
}

fn answer(command: &str, inside: &mut Inside) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    match words.as_slice() {
        ["EXAMINE", ..] => format!(
            "* {} EXISTS\r\n* OK [UIDVALIDITY {}] x\r\n* OK [UIDNEXT {}] x\r\n",
            inside.mails.len(),
            inside.validity,
            inside.mails.len() + 1
        ),
        ["UID", "SEARCH", "UNDELETED", "UID", range, ..] => {
            let first: usize = range.split(':').next().unwrap().parse().unwrap();
            let found: Vec<String> = (first..=inside.mails.len()).map(|uid| uid.to_string()).collect();
            format!("* SEARCH {}\r\n", found.join(" "))
        }
        ["UID", "FETCH", set, rest @ ..] => {
            let whole = rest.iter().any(|word| word.contains("BODY"));
            let mut told = String::new();
            for uid in numbers(set) {
                let (at, mail) = &inside.mails[uid - 1];
                let at = at.strftime("%d-%b-%Y %H:%M:%S +0000");
                told += &if whole {
                    inside.fetched += 1;
                    format!(
                        "* {uid} FETCH (UID {uid} INTERNALDATE \"{at}\" BODY[]<0> {{{}}}\r\n{mail})\r\n",
                        mail.len()
                    )
                } else {
                    format!("* {uid} FETCH (UID {uid} RFC822.SIZE {})\r\n", mail.len())
                };
            }
            told
        }
        ["LOGOUT"] => "* BYE\r\n".into(),
        ["LOGIN", ..] => String::new(),
        other => panic!("nobody who only looks says {other:?}"),
    }
}

fn numbers(set: &str) -> Vec<usize> {
    let range = |part: &str| {
        let (from, to) = part.split_once(':').unwrap_or((part, part));
        from.parse::<usize>().unwrap()..=to.parse::<usize>().unwrap()
    };
    set.split(',').flat_map(range).collect()
}
