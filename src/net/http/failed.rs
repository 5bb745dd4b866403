//! Why no whole answer came, in words: what failed, at which host, and what a person can do about it. Never
//! reqwest's own text, which holds the whole address.

use std::time::Duration;

use rustls::CertificateError;
use url::Url;

use super::{SendError, SendErrorKind, Terms, host_of};
use crate::text::clean_line;

/// Longest error message.
const MESSAGE_MAX: usize = 1_024;

/// An error with the hint of its kind.
pub(super) fn error(kind: SendErrorKind, reached: bool, message: &str) -> SendError {
    let hint = match kind {
        SendErrorKind::Redirect => Some("where it has moved for good, put the new address into the config"),
        SendErrorKind::TooLarge => Some("ask for smaller pages, or allow more with `http.body_max_mib` of the preset"),
        SendErrorKind::Timeout => Some("it is asked again by itself; `http.timeout` of the preset may allow more"),
        SendErrorKind::Request | SendErrorKind::Connect | SendErrorKind::Broken => None,
    };
    SendError { kind, reached, message: clean_line(message, MESSAGE_MAX), hint }
}

/// A length of time in messages: whole seconds, or milliseconds below one.
pub(super) fn length(time: Duration) -> String {
    if time < Duration::from_secs(1) { format!("{} ms", time.as_millis()) } else { format!("{} s", time.as_secs()) }
}

/// What it means that a request got no answer at all.
pub(super) fn not_answered(failure: &reqwest::Error, url: &Url, terms: &Terms) -> SendError {
    let host = host_of(url);
    if failure.is_builder() {
        return error(SendErrorKind::Request, false, &format!("the request to {host} cannot be made"));
    }
    if failure.is_connect() {
        let (message, hint) = no_connection(failure, &host, terms);
        return SendError { hint: Some(hint), ..error(SendErrorKind::Connect, false, &message) };
    }
    if failure.is_timeout() {
        let message = format!("no answer from {host} within {}", length(terms.read));
        return error(SendErrorKind::Timeout, true, &message);
    }
    let message = format!("the connection to {host} broke before an answer came: {}", root_cause(failure));
    error(SendErrorKind::Broken, true, &message)
}

fn no_connection(failure: &reqwest::Error, host: &str, terms: &Terms) -> (String, &'static str) {
    if failure.is_dns() {
        let hint = "check the name in the config, and whether this machine is online";
        return (format!("the name {host} cannot be resolved"), hint);
    }
    if failure.is_timeout() {
        let hint = "check the address in the config, and whether a firewall stands in between";
        return (format!("no connection to {host} within {}", length(terms.connect)), hint);
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(failure);
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return (format!("no safe connection to {host}: {tls}"), unsafe_hint(tls));
        }
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused) {
            let hint = "nobody listens there: check host and port in the config, and whether the server runs";
            return (format!("connection refused by {host}"), hint);
        }
        // An error of input and output passes over what it wraps.
        let wrapped = io.and_then(std::io::Error::get_ref).map(|inner| inner as &(dyn std::error::Error + 'static));
        cause = wrapped.or_else(|| error.source());
    }
    let usual = "check the address in the config, and whether this machine is online";
    (format!("no connection to {host}: {}", root_cause(failure)), usual)
}

/// What helps where the far side cannot be trusted.
const fn unsafe_hint(error: &rustls::Error) -> &'static str {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
        UnknownIssuer,
    };
    match error {
        rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. }) => {
            "its operator must renew the certificate; if it is good, this machine's clock is wrong"
        }
        rustls::Error::InvalidCertificate(NotValidYet | NotValidYetContext { .. }) => {
            "this machine's clock is wrong, or the certificate was made for later"
        }
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            "the address in the config must have the name its certificate was made for"
        }
        rustls::Error::InvalidCertificate(UnknownIssuer) => {
            "this machine trusts nobody who signed its certificate: add that authority to the machine's own"
        }
        rustls::Error::InvalidMessage(_) => "it does not speak TLS there: check port and http:// or https://",
        _ => "its operator must mend its certificate or its TLS",
    }
}

/// The innermost reason; never reqwest's own text, which holds the whole address.
pub(super) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if cause.is::<reqwest::Error>() { "unknown reason".to_owned() } else { cause.to_string() }
}
