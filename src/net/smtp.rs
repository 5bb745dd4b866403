//! Mail submission that knows how far it came. A server may have taken a message whose answer we never
//! read; telling that case from every other is what this module is for (RFC 1047).
//!
//! `lettre` speaks SMTP on one connection; here are the connections: opened by the operator's choice of
//! TLS, kept and reused, each step under its own time limit.

mod dial;
mod notices;
mod outcome;
pub mod reply;
#[cfg(test)]
pub(crate) mod script;
mod talk;
pub(in crate::net) mod trust;
mod wire;

use std::future::Future;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Ehlo, Noop, Rset};
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};

use self::outcome::{not_local, offers, refused, settled};
pub use self::reply::{Cause, Reply, Step, Trouble};
use self::trust::Trust;
use crate::config::checked::Tls;
use crate::text::clean_line;

/// Longest wait for a connection, and for TLS on it.
const CONNECT_WAIT: Duration = Duration::from_mins(1);
/// Longest wait for the answer to one command.
const COMMAND_WAIT: Duration = Duration::from_mins(1);
/// Longest time for writing the message and hearing the answer to its final dot (RFC 5321 4.5.3.2.6:
/// ten minutes; hanging up earlier is what makes copies).
const DOT_WAIT: Duration = Duration::from_mins(10);
/// A connection idle for longer is asked with NOOP before it is used again.
const ASK_AFTER: Duration = Duration::from_secs(5);
/// A connection idle for longer is not used again.
const IDLE_MAX: Duration = Duration::from_mins(5);
/// Messages on one connection.
const MAILS_MAX: u32 = 100;
/// Longest wait for the goodbye of a connection that has served its messages.
const QUIT_WAIT: Duration = Duration::from_secs(2);
/// Most idle connections kept.
const KEPT_MAX: usize = 16;

/// A submission server.
#[derive(Debug, Clone)]
pub struct Server {
    /// Host name or IP literal.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// User and password for AUTH.
    pub login: Option<(String, SecretString)>,
    /// PEM file of a CA to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// Time and use limits; tests shorten them.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a connection, and for TLS on it.
    pub connect: Duration,
    /// For the answer to one command.
    pub command: Duration,
    /// For the message and the answer to its final dot.
    pub dot: Duration,
    /// Messages on one connection.
    pub mails: u32,
    /// Idle time after which NOOP comes first.
    pub ask_after: Duration,
    /// Idle time after which a connection is given up.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: CONNECT_WAIT,
            command: COMMAND_WAIT,
            dot: DOT_WAIT,
            mails: MAILS_MAX,
            ask_after: ASK_AFTER,
            idle: IDLE_MAX,
        }
    }
}

/// What is submitted.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// RFC 5322 message with CRLF line ends.
    pub message: &'a [u8],
    /// Asks a server that can (RFC 3461) to tell the envelope sender of failures and delays under this name.
    pub envid: Option<&'a str>,
}

/// A submission server and its kept connections: as many as there are senders at the same time.
pub struct Smtp {
    server: Server,
    limits: Limits,
    hello: ClientId,
    trust: Trust,
    kept: Mutex<Vec<Session>>,
}

struct Session {
    connection: AsyncSmtpConnection,
    /// The server sends notices of delivery.
    notices: bool,
    /// The server takes the next command before it has answered the one before (RFC 2920).
    pipelines: bool,
    /// Whether what is flushed may wait for more.
    more: Arc<AtomicBool>,
    mails: u32,
    used: Instant,
    /// It lay idle before: it may have ended unseen.
    kept: bool,
}

impl Smtp {
    /// Prepares a server's connections; nothing is opened yet.
    ///
    /// # Errors
    /// [`Cause::Refused`]: the CA file cannot be read, the host cannot carry a certificate, or an
    /// unprotected connection would leave this machine.
    pub fn new(server: Server, limits: Limits) -> Result<Self, Trouble> {
        let host = server.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let server = Server { host, ..server };
        if server.tls == Tls::Plain && !is_local_name(&server.host) {
            return Err(not_local(&server.host));
        }
        let trust = Trust::of(&server).map_err(|why| refused(Step::Tls, why))?;
        Ok(Self { server, limits, hello: ClientId::default(), trust, kept: Mutex::default() })
    }

    /// Submits one message to one recipient. `before_content` runs when the recipient is accepted and nothing of the
    /// message has left; its error stops the submission.
    ///
    /// # Errors
    /// Where it failed and why; [`Trouble::class`] says what that means.
    pub async fn send<F, E>(
        &self,
        envelope: &Envelope,
        content: Content<'_>,
        before_content: impl FnOnce() -> F + Send,
    ) -> Result<Reply, Trouble>
    where
        F: Future<Output = Result<(), E>> + Send,
        E: Send,
    {
        let mut before_content = Some(before_content);
        let mut session = match self.reuse().await {
            Some(session) => session,
            None => self.open().await?,
        };
        let mut ready = self.approach(&mut session, envelope, content.envid, &mut before_content).await;
        // A kept connection that turns out dead is replaced once, as late as at DATA, where a server answers what comes
        // before from a buffer: nothing of the message has left.
        if session.kept && ready.as_ref().is_err_and(Trouble::ends_connection) {
            session = self.open().await?;
            ready = self.approach(&mut session, envelope, content.envid, &mut before_content).await;
        }
        let sent = match ready {
            Ok(()) => self.content(&mut session, content.message).await,
            Err(trouble) => Err(trouble),
        };
        if sent.is_ok() {
            session.mails += 1;
            self.keep(session).await;
        } else {
            self.recover(session, sent.as_ref().err()).await;
        }
        sent
    }

    /// Signs in and says NOOP: what was found, for people.
    ///
    /// # Errors
    /// As [`Smtp::send`].
    pub async fn check(&self) -> Result<String, Trouble> {
        let mut session = self.open().await?;
        self.step(Step::Hello, session.connection.command(Noop)).await?;
        let name = clean_line(session.connection.server_info().name(), 100);
        self.keep(session).await;
        let how = match self.server.tls {
            Tls::Implicit => "TLS",
            Tls::StartTls => "STARTTLS",
            Tls::Plain => "not encrypted, this machine only",
        };
        let who = self.server.login.as_ref().map_or_else(String::new, |(user, _)| format!(", signed in as {user}"));
        Ok(format!("{name} answers at {}:{} ({how}){who}", self.server.host, self.server.port))
    }

    /// A kept connection that still answers.
    async fn reuse(&self) -> Option<Session> {
        loop {
            let mut session = self.lock().pop()?;
            let idle = session.used.elapsed();
            if idle > self.limits.idle {
                continue;
            }
            if idle <= self.limits.ask_after || self.step(Step::Hello, session.connection.command(Noop)).await.is_ok() {
                return Some(session);
            }
        }
    }

    async fn keep(&self, mut session: Session) {
        if session.mails >= self.limits.mails {
            // Out of politeness; a server that does not answer loses nothing.
            drop(timeout(QUIT_WAIT, session.connection.quit()).await);
            return;
        }
        session.used = Instant::now();
        session.kept = true;
        let mut kept = self.lock();
        if kept.len() < KEPT_MAX {
            kept.push(session);
        }
    }

    /// Keeps the connection of a failed submission when it can carry the next one.
    async fn recover(&self, mut session: Session, trouble: Option<&Trouble>) {
        let usable = trouble.is_some_and(|trouble| !trouble.ends_connection());
        if usable && self.step(Step::Mail, session.connection.command(Rset)).await.is_ok() {
            self.keep(session).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self) -> Result<Session, Trouble> {
        let wire = self.dial().await?;
        let (spoke, more) = (wire.spoke(), wire.more());
        let greeting = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &self.hello);
        let greeted = timeout(self.limits.command, greeting).await;
        let step = if spoke.load(Ordering::Relaxed) { Step::Hello } else { Step::Greeting };
        let mut connection = settled(step, greeted)?;
        if let Trust::StartTls(parameters) = &self.trust {
            if !connection.can_starttls() {
                return Err(refused(Step::Tls, "the mail server offers no STARTTLS, and it is required".to_owned()));
            }
            let upgrade = timeout(self.limits.connect, connection.starttls(parameters.clone(), &self.hello)).await;
            settled(Step::Tls, upgrade)?;
        }
        self.sign_in(&mut connection).await?;
        // Which extensions were offered is kept to itself by the library but for those it uses.
        let offered = self.step(Step::Hello, connection.command(Ehlo::new(self.hello.clone()))).await;
        let (notices, pipelines) = match offered {
            Ok(offered) => (offers(&offered, "DSN"), offers(&offered, "PIPELINING")),
            Err(trouble) if trouble.ends_connection() && matches!(trouble.cause, Cause::Lost(_)) => {
                return Err(trouble);
            }
            Err(_) => (false, false),
        };
        Ok(Session { connection, mails: 0, used: Instant::now(), notices, pipelines, more, kept: false })
    }

    async fn sign_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Trouble> {
        let Some((user, password)) = &self.server.login else { return Ok(()) };
        let known = [Mechanism::Plain, Mechanism::Login];
        if connection.server_info().get_auth_mechanism(&known).is_none() {
            return Err(refused(Step::Auth, "the mail server offers neither AUTH PLAIN nor AUTH LOGIN".to_owned()));
        }
        let login = Credentials::new(user.clone(), password.expose_secret().to_owned());
        self.step(Step::Auth, connection.auth(&known, &login)).await.map(drop)
    }

    async fn step<T>(&self, step: Step, call: impl Future<Output = Result<T, SmtpError>>) -> Result<T, Trouble> {
        settled(step, timeout(self.limits.command, call).await)
    }
}

pub(in crate::net) fn is_local_name(host: &str) -> bool {
    host.parse::<IpAddr>().map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |ip| ip.is_loopback())
}

#[cfg(test)]
mod tests;
