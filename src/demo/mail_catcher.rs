//! The mail catcher: takes every mail over SMTP on loopback, keeps the latest ones in memory and sends
//! nothing on, so that the demo can hand leads off by mail without anybody getting one.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::serving::{ended, locked};
use super::smtp::{Envelope, Session, Step};
use crate::clock::SharedClock;

/// Mails kept; the oldest goes first.
const MOST_MAILS: usize = 1_000;

/// Conversations at the same time; more wait.
const MOST_CONVERSATIONS: usize = 32;

/// Longest line, in bytes (RFC 5321 4.5.3.1.6 asks for 1,000).
const LONGEST_LINE: u64 = 4_096;

/// A client silent for this long is left (RFC 5321 4.5.3.2.7).
const PATIENCE: Duration = Duration::from_mins(5);

/// One caught mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// When.
    pub at: Timestamp,
    /// Envelope and message.
    pub envelope: Envelope,
}

impl Caught {
    /// A header of the message, unfolded, as sent (encoded words stay encoded).
    pub fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.envelope.data);
        let mut found: Option<String> = None;
        for line in text.lines().take_while(|line| !line.is_empty()) {
            match (&mut found, line.strip_prefix([' ', '\t'])) {
                (Some(value), Some(more)) => {
                    value.push(' ');
                    value.push_str(more.trim());
                }
                (Some(_), None) => break,
                (None, _) => {
                    found = line
                        .split_once(':')
                        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                        .map(|(_, value)| value.trim().to_owned());
                }
            }
        }
        found
    }
}

/// Every mail caught so far; cheap to clone.
#[derive(Clone)]
pub struct MailCatcher {
    clock: SharedClock,
    mails: Arc<Mutex<VecDeque<Caught>>>,
}

impl MailCatcher {
    /// An empty one.
    pub fn new(clock: SharedClock) -> Self {
        Self { clock, mails: Arc::default() }
    }

    /// The mails, oldest first.
    pub fn mails(&self) -> Vec<Caught> {
        locked(&self.mails).iter().cloned().collect()
    }

    fn keep(&self, envelope: Envelope) {
        let mut mails = locked(&self.mails);
        if mails.len() == MOST_MAILS {
            mails.pop_front();
        }
        mails.push_back(Caught { at: self.clock.now(), envelope });
    }

    /// Takes conversations until `stopped`.
    pub(super) async fn serve(self, listener: TcpListener, stopped: watch::Receiver<bool>) {
        let seats = Arc::new(Semaphore::new(MOST_CONVERSATIONS));
        let mut conversations = tokio::task::JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = ended(stopped.clone()) => break,
                accepted = listener.accept() => accepted,
            };
            while conversations.try_join_next().is_some() {}
            let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { break };
            match accepted {
                Ok((stream, _)) => {
                    let (catcher, stopped) = (self.clone(), stopped.clone());
                    conversations.spawn(async move {
                        let _seat = seat;
                        tokio::select! {
                            () = ended(stopped) => {}
                            end = catcher.converse(stream) => if let Err(error) = end {
                                tracing::debug!(%error, "a client left the mail catcher in the middle");
                            },
                        }
                    });
                }
                Err(error) => tracing::warn!(%error, "the mail catcher could not take a connection"),
            }
        }
        while conversations.join_next().await.is_some() {}
    }

    async fn converse(&self, stream: TcpStream) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        answer(&mut stream, Session::GREETING).await?;
        let mut session = Session::default();
        while let Some(line) = read_line(&mut stream).await? {
            match session.line(&line) {
                Step::Listen => {}
                Step::Say(text) => answer(&mut stream, &text).await?,
                Step::Keep(envelope, text) => {
                    self.keep(envelope);
                    answer(&mut stream, &text).await?;
                }
                Step::Leave(text) => return answer(&mut stream, &text).await,
            }
        }
        Ok(())
    }
}

async fn answer(stream: &mut BufReader<TcpStream>, text: &str) -> io::Result<()> {
    stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await
}

/// The next line without its end; `None` when the client has gone.
async fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut bounded = stream.take(LONGEST_LINE);
    let reading = tokio::time::timeout(PATIENCE, bounded.read_until(b'\n', &mut line));
    let count = reading.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    if count == 0 {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the line is too long or was broken off"));
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use lettre::message::Mailbox;
    use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

    use super::super::serving::Running;
    use super::*;
    use crate::clock::StubClock;

    async fn catcher() -> (MailCatcher, Running) {
        let catcher = MailCatcher::new(StubClock::at("2026-11-23T08:00:00Z".parse().unwrap()));
        let serving = catcher.clone();
        let running = Running::start(|listener, stopped| serving.serve(listener, stopped)).await.unwrap();
        (catcher, running)
    }

    #[tokio::test]
    async fn a_mail_client_delivers_and_the_mail_can_be_read() {
        let (catcher, running) = catcher().await;
        let smtp =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1").port(running.address.port()).build();
        let address = |text: &str| text.parse::<Mailbox>().unwrap();
        for number in 0..3 {
            let mail = Message::builder()
                .from(address("leads@example.com"))
                .to(address("Jonas <jonas@example.com>"))
                .subject(format!("Lead {number}"))
                .body(format!("A line\r\n.dotted\r\n..twice {number}"))
                .unwrap();
            smtp.send(mail).await.unwrap();
        }
        let mails = catcher.mails();
        assert_eq!(mails.len(), 3);
        assert_eq!(mails[2].envelope.to, ["jonas@example.com"]);
        assert_eq!(mails[2].header("subject").as_deref(), Some("Lead 2"));
        assert_eq!(mails[2].header("X-None"), None);
        assert!(String::from_utf8_lossy(&mails[1].envelope.data).contains("\r\n.dotted\r\n..twice 1"));
        running.stop().await;
    }

    #[tokio::test]
    async fn an_endless_line_ends_the_conversation_and_not_the_server() {
        let (catcher, running) = catcher().await;
        let mut rude = TcpStream::connect(running.address).await.unwrap();
        // The server may hang up while we are still writing; that is what is looked for.
        drop(rude.write_all(&vec![b'x'; 20_000]).await);
        let mut rest = Vec::new();
        drop(rude.read_to_end(&mut rest).await);
        let mut polite = BufReader::new(TcpStream::connect(running.address).await.unwrap());
        assert!(read_line(&mut polite).await.unwrap().unwrap().starts_with(b"220"));
        assert!(catcher.mails().is_empty());
        running.stop().await;
    }

    #[test]
    fn only_the_latest_mails_are_kept() {
        let catcher = MailCatcher::new(StubClock::at("2026-11-23T08:00:00Z".parse().unwrap()));
        for number in 0..=MOST_MAILS {
            catcher.keep(Envelope { from: number.to_string(), ..Envelope::default() });
        }
        let mails = catcher.mails();
        assert_eq!((mails.len(), mails[0].envelope.from.as_str()), (MOST_MAILS, "1"));
    }
}
