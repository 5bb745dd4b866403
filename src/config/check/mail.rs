//! A destination reached by mail. A password never travels unprotected: plain SMTP is for this machine.

use lettre::message::Mailbox;
use url::{Host, Url};

use super::refs::required;
use super::returns;
use super::secrets::{in_address, secret};
use crate::config::checked::{Mail, Tls};
use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::paths::meant;
use crate::config::raw;

const SERVER: &str =
    "smtps://user@host:465 (TLS), smtp://user@host:587 (STARTTLS) or smtp+plain://127.0.0.1:2525 (this machine only)";
pub(super) const MAILBOX: &str = "an address, with a name if you like: \"Leads <leads@example.com>\"";
/// Connections to one server where nothing is said, and at most (Postfix allows a client 50).
const CONNECTIONS: u32 = 8;
const CONNECTIONS_MAX: i64 = 50;
/// Mails on one connection where nothing is said, and at most.
const MAILS: u32 = 100;
const MAILS_MAX: i64 = 1_000;

/// Checks a destination that has `smtp`.
pub fn check(field: &Field, mistakes: &mut Mistakes) -> Option<Mail> {
    let raw = raw::Mail::read(field, mistakes);
    let password = raw.password.as_ref().and_then(|field| secret(field, mistakes));
    let mut mailbox = |field: &Field| field.parse(MAILBOX, mailbox, mistakes);
    let to = raw.to.as_ref().and_then(&mut mailbox);
    let from_written = raw.from.as_ref().map(&mut mailbox);
    if from_written.is_none() {
        required(None, field.place(), &field.path, "from", "\"Leads <leads@example.com>\"", mistakes);
    }
    let ca_file = raw.ca_file.as_ref().and_then(|field| {
        let path = meant(&field.text("the path of a file", mistakes)?, &field.place().sheet.dir);
        if path.is_file() {
            return Some(path);
        }
        mistakes.add(field.mistake(format!("is not there: no file {}", path.display())));
        None
    });
    let returns = returns::check(&raw, from_written.as_ref().and_then(Option::as_deref), ca_file.as_ref(), mistakes);
    let most = |field: &Option<Field>, most, else_: u32, mistakes: &mut Mistakes| {
        let number = field.as_ref().and_then(|field| field.number(1, most, mistakes));
        number.and_then(|number| u32::try_from(number).ok()).unwrap_or(else_)
    };
    let connections = most(&raw.connections, CONNECTIONS_MAX, CONNECTIONS, mistakes);
    let mails_per_connection = most(&raw.mails_per_connection, MAILS_MAX, MAILS, mistakes);
    let address = raw.smtp.as_ref()?;
    let server = server(address, &SMTP, mistakes)?;
    login(&server, address, raw.password.as_ref(), mistakes);
    let (host, port, tls, user) = (server.host, server.port, server.tls, server.user);
    let (letter, mailbox) = returns?;
    let from = from_written??;
    Some(Mail {
        host,
        port,
        tls,
        user,
        password,
        ca_file,
        from,
        to,
        letter,
        mailbox,
        connections,
        mails_per_connection,
    })
}

/// The addresses a protocol's servers have.
pub(super) struct Protocol {
    /// How they are written.
    pub(super) allowed: &'static str,
    /// Its three schemes, with their usual ports: TLS at once, STARTTLS, unprotected.
    pub(super) schemes: [(&'static str, u16); 3],
    /// An environment variable for its password.
    pub(super) secret: &'static str,
    /// A folder may stand behind the host.
    pub(super) folders: bool,
}

const SMTP: Protocol = Protocol {
    allowed: SERVER,
    schemes: [("smtps", 465), ("smtp", 587), ("smtp+plain", 25)],
    secret: "SMTP_PASSWORD",
    folders: false,
};

/// A mail server as its address says.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) user: Option<String>,
    /// What stands behind the host, where that may be a folder.
    pub(super) folder: String,
}

pub(super) fn server(field: &Field, protocol: &Protocol, mistakes: &mut Mistakes) -> Option<Server> {
    let allowed = protocol.allowed;
    let text = field.text(allowed, mistakes)?;
    let Ok(url) = Url::parse(&text) else {
        mistakes.add(field.silent("is not the address of a mail server").allowed(allowed));
        return None;
    };
    if url.password().is_some() {
        mistakes.add(in_address(field, protocol.secret));
        return None;
    }
    let [implicit, starttls, plain] = protocol.schemes;
    let (tls, port) = match url.scheme() {
        scheme if scheme == implicit.0 => (Tls::Implicit, implicit.1),
        scheme if scheme == starttls.0 => (Tls::StartTls, starttls.1),
        scheme if scheme == plain.0 => (Tls::Plain, plain.1),
        other => {
            mistakes.add(field.mistake(format!("begins with {other}://")).allowed(allowed));
            return None;
        }
    };
    let Some(host) = url.host().filter(|host| !host.to_string().is_empty()) else {
        mistakes.add(field.mistake("names no host").allowed(allowed));
        return None;
    };
    let path = !matches!(url.path(), "" | "/") && !protocol.folders;
    if path || url.query().is_some() || url.fragment().is_some() {
        mistakes.add(field.mistake("has something after the host").allowed(allowed));
        return None;
    }
    if tls == Tls::Plain && !is_here(&host) {
        let mistake = field.mistake("would send leads over the network unprotected");
        let (one, two, three) = (implicit.0, starttls.0, plain.0);
        mistakes.add(
            mistake
                .allowed(allowed)
                .hint(format!("use {one}:// or {two}://; {three}:// is only for 127.0.0.1, ::1 and localhost")),
        );
        return None;
    }
    let user = decoded(url.username());
    let folder = decoded(url.path().trim_start_matches('/'));
    let host = match host {
        Host::Ipv6(address) => address.to_string(),
        host => host.to_string(),
    };
    let (port, user) = (url.port().unwrap_or(port), Some(user).filter(|user| !user.is_empty()));
    Some(Server { host, port, tls, user, folder })
}

fn is_here(host: &Host<&str>) -> bool {
    match host {
        // Other schemes than http keep an IPv4 address as a name.
        Host::Domain(name) => {
            name.eq_ignore_ascii_case("localhost")
                || name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// A user and a password belong together.
fn login(server: &Server, address: &Field, password: Option<&Field>, mistakes: &mut Mistakes) {
    match (&server.user, password) {
        (Some(user), None) => {
            let mistake = address.mistake(format!("logs in as {user} without a password"));
            mistakes.add(mistake.hint("add password = { env = \"SMTP_PASSWORD\" }, or remove the user"));
        }
        (None, Some(password)) => {
            let mistake = password.silent("belongs to nobody: the address names no user");
            mistakes.add(mistake.hint("write the user before the host: smtps://user@host"));
        }
        _ => {}
    }
}

pub(super) fn mailbox(text: &str) -> Result<String, String> {
    text.parse::<Mailbox>().map(|_| text.to_owned()).map_err(|_| "is not an e-mail address".into())
}

/// `leads%40example.com` → `leads@example.com`.
fn decoded(user: &str) -> String {
    url::form_urlencoded::parse(user.replace('+', "%2B").as_bytes())
        .next()
        .map(|(user, _)| user.into_owned())
        .unwrap_or_default()
}
