//! A mailbox on this machine: mails are put into it, and a client that only looks may read them over IMAP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Default)]
struct Inside {
    validity: u32,
    /// When it arrived, and its bytes; numbered from 1.
    mails: Vec<(Timestamp, String)>,
    /// Bodies fetched.
    fetched: usize,
    /// Times it was opened.
    opened: usize,
    /// Clients that wait to be told of new mails, where it tells.
    listening: usize,
    tells: bool,
    closed: bool,
}

pub struct Mailbox {
    address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
    news: Arc<watch::Sender<usize>>,
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
        let news = Arc::new(watch::Sender::new(0));
        let (shared, told) = (Arc::clone(&inside), Arc::clone(&news));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared), told.subscribe()));
            }
        });
        Self { address, inside, news, task }
    }

    /// From now on it says that it tells of new mails (IDLE), and does.
    pub fn tells(&self) {
        self.inside.lock().unwrap().tells = true;
    }

    /// How often it was opened, and how many clients wait to be told now.
    pub fn clients(&self) -> (usize, usize) {
        let inside = self.inside.lock().unwrap();
        (inside.opened, inside.listening)
    }

    /// Lines of `[destination.ID]` that read it.
    pub fn config(&self) -> String {
        format!(
            "mailbox.imap = \"imap+plain://leads@{}\"\nmailbox.password = {{ command = \"printf x\" }}\n",
            self.address
        )
    }

    pub fn put(&self, at: Timestamp, mail: &str) {
        let mut inside = self.inside.lock().unwrap();
        inside.mails.push((at, mail.replace('\n', "\r\n")));
        self.news.send_replace(inside.mails.len());
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

async fn serve(stream: TcpStream, inside: Arc<Mutex<Inside>>, mut news: watch::Receiver<usize>) -> Option<()> {
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
        if command == "IDLE" {
            tell(&mut stream, &inside, &mut news).await?;
        }
        let told = answer(command, &mut inside.lock().unwrap());
        stream.write_all(format!("{told}{tag} OK done\r\n").as_bytes()).await.ok()?;
    }
}

/// Tells of new mails until the client has heard enough.
async fn tell(
    stream: &mut BufReader<TcpStream>,
    inside: &Mutex<Inside>,
    news: &mut watch::Receiver<usize>,
) -> Option<()> {
    inside.lock().unwrap().listening += 1;
    stream.write_all(b"+ idling\r\n* OK Still here\r\n").await.ok()?;
    let mut line = String::new();
    let heard = loop {
        tokio::select! {
            read = stream.read_line(&mut line) => break read.ok().filter(|_| line.trim_end() == "DONE"),
            Ok(()) = news.changed() => {
                let count = *news.borrow_and_update();
                stream.write_all(format!("* {count} EXISTS\r\n* 1 RECENT\r\n").as_bytes()).await.ok()?;
            }
        }
    };
    inside.lock().unwrap().listening -= 1;
    heard.map(drop)
}

fn answer(command: &str, inside: &mut Inside) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    match words.as_slice() {
        ["EXAMINE", ..] => {
            inside.opened += 1;
            let count = inside.mails.len();
            let validity = inside.validity;
            format!("* {count} EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n* OK [UIDNEXT {}] x\r\n", count + 1)
        }
        ["CAPABILITY"] => format!("* CAPABILITY IMAP4rev1{}\r\n", if inside.tells { " IDLE" } else { "" }),
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
        ["IDLE"] | ["LOGIN", ..] => String::new(),
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
