//! A destination reached by mail. A password never travels unprotected: plain SMTP is for this machine.

use lettre::message::Mailbox;
use url::{Host, Url};

use super::refs::required;
use super::secrets::{in_address, secret};
use crate::config::checked::{Mail, Tls};
use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::paths::meant;
use crate::config::raw;

const SERVER: &str =
    "smtps://user@host:465 (TLS), smtp://user@host:587 (STARTTLS) or smtp+plain://127.0.0.1:2525 (this machine only)";
const MAILBOX: &str = "an address, with a name if you like: \"Leads <leads@example.com>\"";

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
    let address = raw.smtp.as_ref()?;
    let server = server(address, mistakes)?;
    login(&server, address, raw.password.as_ref(), mistakes);
    let (host, port, tls, user) = (server.host, server.port, server.tls, server.user);
    Some(Mail { host, port, tls, user, password, ca_file, from: from_written??, to })
}

struct Server {
    host: String,
    port: u16,
    tls: Tls,
    user: Option<String>,
}

fn server(field: &Field, mistakes: &mut Mistakes) -> Option<Server> {
    let text = field.text(SERVER, mistakes)?;
    let Ok(url) = Url::parse(&text) else {
        mistakes.add(field.silent("is not the address of a mail server").allowed(SERVER));
        return None;
    };
    if url.password().is_some() {
        mistakes.add(in_address(field, "SMTP_PASSWORD"));
        return None;
    }
    let (tls, port) = match url.scheme() {
        "smtps" => (Tls::Implicit, 465),
        "smtp" => (Tls::StartTls, 587),
        "smtp+plain" => (Tls::Plain, 25),
        other => {
            mistakes.add(field.mistake(format!("begins with {other}://")).allowed(SERVER));
            return None;
        }
    };
    let Some(host) = url.host().filter(|host| !host.to_string().is_empty()) else {
        mistakes.add(field.mistake("names no host").allowed(SERVER));
        return None;
    };
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        mistakes.add(field.mistake("has something after the host").allowed(SERVER));
        return None;
    }
    if tls == Tls::Plain && !is_here(&host) {
        let mistake = field.mistake("would send leads over the network unprotected");
        mistakes.add(
            mistake
                .allowed(SERVER)
                .hint("use smtps:// or smtp://; smtp+plain:// is only for 127.0.0.1, ::1 and localhost"),
        );
        return None;
    }
    let user = decoded(url.username());
    let host = match host {
        Host::Ipv6(address) => address.to_string(),
        host => host.to_string(),
    };
    Some(Server { host, port: url.port().unwrap_or(port), tls, user: Some(user).filter(|user| !user.is_empty()) })
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

fn mailbox(text: &str) -> Result<String, String> {
    text.parse::<Mailbox>().map(|_| text.to_owned()).map_err(|_| "is not an e-mail address".into())
}

/// `leads%40example.com` → `leads@example.com`.
fn decoded(user: &str) -> String {
    url::form_urlencoded::parse(user.replace('+', "%2B").as_bytes())
        .next()
        .map(|(user, _)| user.into_owned())
        .unwrap_or_default()
}
