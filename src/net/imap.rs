//! Reading a folder of mails over IMAP (RFC 3501). `async-imap` speaks the protocol; here are the connection by
//! the operator's choice of TLS, a time limit for every step, a limit on what one answer may hold, and what each
//! refusal means. Nothing here can delete a mail.

mod folder;
mod wire;

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use async_imap::Client;
use async_imap::error::Error as ImapError;
use async_imap::imap_proto::{Response, Status};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

pub use self::folder::Folder;
use self::wire::{Budget, Wire};
use super::smtp::is_local_name;
use super::smtp::trust::{connector, name_of};
use crate::config::checked::Tls;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::text::clean_line;

/// Longest wait for a connection, and for TLS on it.
const CONNECT_WAIT: Duration = Duration::from_secs(30);
/// Longest wait for the answer to one command, or for the next mail of several.
const COMMAND_WAIT: Duration = Duration::from_mins(1);
/// Longest wait for the goodbye.
const LOGOUT_WAIT: Duration = Duration::from_secs(2);
/// Most bytes of an answer that holds no mail.
const ANSWER_MAX: u64 = 16 * 1024 * 1024;
/// Bytes read of one mail: what people write stands at its beginning.
pub const MAIL_PART: u32 = 2 * 1024 * 1024;
/// A larger mail is not read at all: some servers send the whole of it whatever is asked for.
pub const MAIL_MAX: u32 = 32 * 1024 * 1024;
/// Room for what stands around a mail in an answer.
const AROUND: u64 = 4 * 1024 * 1024;
/// Longest text of a server in a message, in characters.
const WORDS_MAX: usize = 300;

/// A mail server and who signs in.
#[derive(Debug, Clone)]
pub struct Server {
    /// Host name or IP literal.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// User.
    pub user: SecretString,
    /// Password.
    pub password: SecretString,
    /// PEM file of a CA to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// Time limits; tests shorten them.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a connection, and for TLS on it.
    pub connect: Duration,
    /// For the answer to one command.
    pub command: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: CONNECT_WAIT, command: COMMAND_WAIT }
    }
}

/// A mail server, ready to be connected to.
pub struct Imap {
    server: Server,
    limits: Limits,
    tls: Option<TlsConnector>,
}

/// A mail as it was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Its number in the folder.
    pub uid: u32,
    /// When the server got it.
    pub received: Option<Timestamp>,
    /// Its first [`MAIL_PART`] bytes.
    pub bytes: Vec<u8>,
}

impl Imap {
    /// Prepares; nothing is opened yet.
    ///
    /// # Errors
    /// The CA file cannot be used, or an unprotected connection would leave this machine; for people.
    pub fn new(server: Server, limits: Limits) -> Result<Self, String> {
        if server.tls == Tls::Plain && !is_local_name(&server.host) {
            return Err(format!("{} is not this machine: without TLS a password would be readable", server.host));
        }
        let tls = if server.tls == Tls::Plain { None } else { Some(connector(server.ca_file.as_deref())?) };
        Ok(Self { server, limits, tls })
    }

    /// Host and port, for messages.
    pub fn place(&self) -> String {
        format!("{}:{}", self.server.host, self.server.port)
    }

    /// Connects, signs in and opens a folder; `change`: mails may be marked and moved there.
    ///
    /// # Errors
    /// [`Class::Auth`] where the password is refused, [`Class::Config`] where there is no such folder or no TLS,
    /// else [`Class::Retry`].
    pub async fn open(&self, folder: &str, change: bool) -> Result<Folder, Failure> {
        let budget = Budget::default();
        budget.set(ANSWER_MAX);
        let client = self.connect(&budget).await?;
        let (user, password) = (self.server.user.expose_secret(), self.server.password.expose_secret());
        let signed_in = self.within(client.login(user, password)).await?;
        let session = signed_in.map_err(|(error, _)| self.refused_login(&error))?;
        Folder::open(session, budget, self.limits.command, self.place(), (folder, change)).await
    }

    async fn connect(&self, budget: &Budget) -> Result<Client<Wire>, Failure> {
        let retry =
            |what: &str| Failure::new(Class::Retry, format!("{}: {}", self.place(), clean_line(what, WORDS_MAX)));
        let dialled = TcpStream::connect((self.server.host.as_str(), self.server.port));
        let stream = timeout(self.limits.connect, dialled).await.map_err(|_| retry("no connection in time"))?;
        let stream = stream.map_err(|error| retry(&format!("no connection: {error}")))?;
        stream.set_nodelay(true).map_err(|error| retry(&error.to_string()))?;
        let wire = Wire::tcp(stream, budget.clone());
        match self.server.tls {
            Tls::Plain => self.greeted(wire).await,
            Tls::Implicit => self.greeted(self.protect(wire).await?).await,
            Tls::StartTls => {
                let mut client = self.greeted(wire).await?;
                let asked = self.within(client.run_command_and_check_ok("STARTTLS", None)).await?;
                asked.map_err(|error| {
                    let message = format!("{}: no STARTTLS: {}", self.place(), words(&error));
                    Failure::new(class_of(&error), message).hint("tls = \"implicit\" on the server's other port?")
                })?;
                // What came unasked before TLS is thrown away with this stream's buffer.
                let wire = self.protect(client.into_inner()).await?;
                Ok(Client::new(wire))
            }
        }
    }

    async fn greeted(&self, wire: Wire) -> Result<Client<Wire>, Failure> {
        let mut client = Client::new(wire);
        let greeting = self.within(client.read_response()).await?;
        let words = |what: &str| format!("{}: {what}", self.place());
        match greeting {
            Ok(Some(greeting)) => match greeting.parsed() {
                Response::Data { status: Status::Bye, outcome } => {
                    Err(goodbye(&self.place(), outcome.information.as_deref()))
                }
                _ => Ok(client),
            },
            Ok(None) => Err(Failure::new(Class::Retry, words("the connection was closed without a greeting"))),
            Err(error) => Err(Failure::new(Class::Retry, words(&clean_line(&error.to_string(), WORDS_MAX)))),
        }
    }

    async fn protect(&self, wire: Wire) -> Result<Wire, Failure> {
        let failed =
            |class, what: &str| Failure::new(class, format!("{}: TLS: {}", self.place(), clean_line(what, WORDS_MAX)));
        let Some(tls) = &self.tls else { return Ok(wire) };
        let name = name_of(&self.server.host).map_err(|why| failed(Class::Config, &why))?;
        let protected = timeout(self.limits.connect, wire.protect(tls, name)).await;
        protected.map_err(|_| failed(Class::Retry, "no answer in time"))?.map_err(|error| {
            let certificate = error.to_string().contains("certificate");
            let failure = failed(if certificate { Class::Config } else { Class::Retry }, &error.to_string());
            if certificate {
                failure.hint("is the host name right? An authority of your own goes into ca_file")
            } else {
                failure
            }
        })
    }

    async fn within<T>(&self, step: impl Future<Output = T>) -> Result<T, Failure> {
        timeout(self.limits.command, step).await.map_err(|_| late(&self.place()))
    }

    fn refused_login(&self, error: &ImapError) -> Failure {
        let told = words(error);
        let refused = matches!(error, ImapError::No(_) | ImapError::Validate(_)) && !told.contains("[UNAVAILABLE]");
        let message = format!("{}: signing in failed: {told}", self.place());
        if refused {
            return Failure::new(Class::Auth, message)
                .hint("check user and password; some providers want an app password");
        }
        Failure::new(Class::Retry, message)
    }
}

/// Numbers as a set: `1:3,7`. They must be in order.
pub fn set_of(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match ranges.last_mut() {
            Some((_, to)) if to.checked_add(1) == Some(*uid) => *to = *uid,
            _ => ranges.push((*uid, *uid)),
        }
    }
    let one = |(from, to): &(u32, u32)| if from == to { from.to_string() } else { format!("{from}:{to}") };
    ranges.iter().map(one).collect::<Vec<_>>().join(",")
}

fn class_of(error: &ImapError) -> Class {
    match error {
        ImapError::No(_) | ImapError::Bad(_) | ImapError::Validate(_) => Class::Config,
        _ => Class::Retry,
    }
}

fn failure(place: &str, error: &ImapError) -> Failure {
    let told = words(error);
    let class = if told.contains("[UNAVAILABLE]") || told.contains("[INUSE]") { Class::Retry } else { class_of(error) };
    Failure::new(class, format!("{place}: {told}"))
}

/// What an error says, without the bytes that made it.
fn words(error: &ImapError) -> String {
    let told = match error {
        ImapError::No(text) | ImapError::Bad(text) => format!("refused: {}", said(text)),
        ImapError::ConnectionLost => "the connection was closed".to_owned(),
        // The library puts what it could not read, mails included, into its message.
        ImapError::Io(error) if error.kind() == io::ErrorKind::Other && error.to_string() != wire::TOO_LONG => {
            "the server says something that is not IMAP".to_owned()
        }
        ImapError::Io(error) => format!("the connection broke: {error}"),
        ImapError::Parse(_) => "the server says something that is not IMAP".to_owned(),
        ImapError::Validate(_) => "user or password holds a character that cannot be sent".to_owned(),
        other => other.to_string(),
    };
    clean_line(&told, WORDS_MAX)
}

/// The server's own words out of what the library makes of a refusal: `code: Some(TryCreate), info: Some("…")`.
fn said(refusal: &str) -> String {
    let parts = refusal.strip_prefix("code: ").and_then(|rest| rest.split_once(", info: "));
    let Some((code, info)) = parts else { return refusal.to_owned() };
    match info.strip_prefix("Some(\"").and_then(|info| info.strip_suffix("\")")) {
        Some(info) => info.replace("\\\"", "\"").replace("\\'", "'").replace("\\\\", "\\"),
        None => code.trim_start_matches("Some(").trim_end_matches(')').to_owned(),
    }
}

fn goodbye(place: &str, words: Option<&str>) -> Failure {
    let told = clean_line(words.unwrap_or_default(), WORDS_MAX);
    Failure::new(Class::Retry, format!("{place}: the connection was closed with the words: {told}"))
}

fn late(place: &str) -> Failure {
    Failure::new(Class::Retry, format!("{place}: no answer in time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_servers_words() {
        for (made, told) in [
            (
                r#"code: Some(TryCreate), info: Some("Mailbox doesn't exist: Done")"#,
                "refused: Mailbox doesn't exist: Done",
            ),
            (r#"code: None, info: Some("[INUSE] \"INBOX\" is locked")"#, "refused: [INUSE] \"INBOX\" is locked"),
            ("code: Some(ReadOnly), info: None", "refused: ReadOnly"),
            ("outcome: Some(No)", "refused: outcome: Some(No)"),
        ] {
            assert_eq!(words(&ImapError::No(made.to_owned())), told);
        }
        assert_eq!(
            failure("x", &ImapError::No(r#"code: None, info: Some("[INUSE] y")"#.to_owned())).class,
            Class::Retry
        );
    }

    #[test]
    fn numbers_become_ranges() {
        assert_eq!(set_of(&[]), "");
        assert_eq!(set_of(&[7]), "7");
        assert_eq!(set_of(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
    }

    #[test]
    fn a_password_does_not_leave_this_machine_in_the_open() {
        let server = Server {
            host: "mail.example.org".into(),
            port: 143,
            tls: Tls::Plain,
            user: "u".into(),
            password: "hunter2".into(),
            ca_file: None,
        };
        assert!(!format!("{server:?}").contains("hunter2"));
        assert!(Imap::new(server, Limits::default()).err().unwrap().contains("not this machine"));
    }
}
