//! One HTTP client for sources and destinations: bounded in bytes and time, deaf to the environment's
//! proxies, unwilling to follow a redirect to another host, and able to say whether a failed request may
//! have reached the far side (`reliability` B.7, C.2).
//!
//! Addresses come from the operator's configuration, never from lead data, so a private address is fine
//! there. What an answer points to (redirects, next links) is confined to the same scheme, host and port.

mod failed;

use std::sync::{Arc, Once};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Method, Response};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use self::failed::{error, length, not_answered, root_cause};
use super::shared::Shared;
use super::tokens::{MemoryTokens, TokenStore};
use crate::clock::SharedClock;

/// Longest wait for a connection, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence while an answer is read.
pub const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest time for one request and its answer, where a preset does not say.
pub const TOTAL_TIMEOUT: Duration = Duration::from_mins(2);
/// Largest answer, decompressed, where a preset does not say.
pub const BODY_MAX: usize = 64 * 1024 * 1024;
/// Most redirects followed, on the same host.
const REDIRECTS_MAX: usize = 3;
/// Idle connections kept for one host.
const IDLE_PER_HOST: usize = 4;
/// How long an idle connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// What to send.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Where; http or https, without user and password.
    pub url: Url,
    /// Headers that may be shown.
    pub headers: Vec<(HeaderName, String)>,
    /// Headers that may not.
    pub secret_headers: Vec<(HeaderName, SecretString)>,
    /// Body with its content type.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// Longest time for the request and its answer.
    pub timeout: Duration,
    /// Largest answer, decompressed, in bytes.
    pub body_max: usize,
    /// Follow redirects on the same scheme, host and port: for reads only.
    pub follow: bool,
}

impl Request {
    /// A GET with the default bounds that follows redirects on its host.
    pub const fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: Vec::new(),
            secret_headers: Vec::new(),
            body: None,
            timeout: TOTAL_TIMEOUT,
            body_max: BODY_MAX,
            follow: true,
        }
    }
}

/// What came back, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body, decompressed.
    pub body: Vec<u8>,
    /// The far side's clock, where it said so.
    pub date: Option<Timestamp>,
}

impl Answer {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Does it say that it is XML, and no page for people?
    pub fn is_xml(&self) -> bool {
        let kind = self.header("content-type").unwrap_or_default().to_ascii_lowercase();
        (kind.contains("xml") && !kind.contains("html")) || self.body.trim_ascii_start().starts_with(b"<?xml")
    }

    /// Does the body look like a page for people?
    pub fn is_html(&self) -> bool {
        let typed = self.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
        typed || self.body.trim_ascii_start().first() == Some(&b'<')
    }
}

/// No (whole) answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SendError {
    /// What went wrong.
    pub kind: SendErrorKind,
    /// May any byte of the request have reached the far side?
    pub reached: bool,
    /// For people; names host and port, never path, query or credentials. At most 1 KiB.
    pub message: String,
    /// What helps, for people, where that is known.
    pub hint: Option<&'static str>,
}

/// How a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendErrorKind {
    /// The request itself cannot be made (a header, an address).
    Request,
    /// No connection: name, port, TLS.
    Connect,
    /// The time was over.
    Timeout,
    /// The connection broke, or the answer is damaged.
    Broken,
    /// The answer is larger than allowed.
    TooLarge,
    /// A redirect that must not be followed.
    Redirect,
}

/// How a client connects; what most use is the default.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Longest wait for a connection, TLS included.
    pub connect: Duration,
    /// Longest silence while an answer is read.
    pub read: Duration,
    /// Authorities trusted besides the machine's, as PEM.
    pub trust: Vec<Vec<u8>>,
    /// Trust the machine's own authorities too.
    pub machine: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { connect: CONNECT_TIMEOUT, read: READ_TIMEOUT, trust: Vec::new(), machine: true }
    }
}

/// The client. Cheap to clone; one for the whole program.
#[derive(Clone)]
pub struct Http {
    client: Client,
    terms: Arc<Terms>,
    clock: SharedClock,
    shared: Arc<Shared>,
    tokens: Arc<dyn TokenStore>,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Http")
    }
}

/// Chooses ring for every TLS connection of the program. May be called any number of times.
pub fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if rustls::crypto::ring::default_provider().install_default().is_err() {
            tracing::debug!("a TLS provider was chosen before");
        }
    });
}

impl Http {
    /// Makes the client.
    ///
    /// # Errors
    /// The machine's certificates cannot be used.
    pub fn new(clock: SharedClock) -> Result<Self, String> {
        Self::on(Terms::default(), clock)
    }

    /// The same, on terms of one's own.
    ///
    /// # Errors
    /// As [`Http::new`]; an authority is no certificate.
    pub fn on(terms: Terms, clock: SharedClock) -> Result<Self, String> {
        install_crypto();
        let trusted = terms.trust.iter().map(|pem| reqwest::Certificate::from_pem(pem));
        let trusted = trusted.collect::<Result<Vec<_>, _>>();
        let trusted = trusted.map_err(|error| format!("an authority is no certificate: {}", root_cause(&error)))?;
        let building = Client::builder();
        let building = if terms.machine { building.tls_certs_merge(trusted) } else { building.tls_certs_only(trusted) };
        let client = building
            .user_agent(concat!("leadgate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(terms.connect)
            .read_timeout(terms.read)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .build()
            .map_err(|error| format!("the HTTP client cannot be made: {}", root_cause(&error)))?;
        Ok(Self {
            client,
            terms: Arc::new(terms),
            clock,
            shared: Arc::default(),
            tokens: Arc::new(MemoryTokens::default()),
        })
    }

    /// The same client, keeping sign-ins there; until then only as long as the program runs.
    #[must_use]
    pub fn keeping(mut self, tokens: Arc<dyn TokenStore>) -> Self {
        self.tokens = tokens;
        self
    }

    /// Where sign-ins are kept.
    pub fn tokens(&self) -> &Arc<dyn TokenStore> {
        &self.tokens
    }

    /// What everybody who uses this client has in common.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The present, as this client's owner sees it.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends and reads the whole answer.
    ///
    /// # Errors
    /// [`SendError`] when no whole answer came; a status is never an error here.
    pub async fn send(&self, request: &Request) -> Result<Answer, SendError> {
        let exchange = self.exchange(request);
        tokio::time::timeout(request.timeout, exchange).await.unwrap_or_else(|_| {
            let (host, time) = (host_of(&request.url), length(request.timeout));
            Err(error(SendErrorKind::Timeout, true, &format!("no whole answer from {host} within {time}")))
        })
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, SendError> {
        let mut url = request.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let response = self.once(request, &url).await?;
            let redirected = response.status().is_redirection().then(|| response.headers().get(LOCATION)).flatten();
            match redirected {
                Some(to) if request.follow && request.method == Method::GET => url = confined(&url, to)?,
                _ => return read(response, request.body_max, &host_of(&url)).await,
            }
        }
        let message = format!("{} redirects in circles (more than {REDIRECTS_MAX} times)", host_of(&url));
        Err(error(SendErrorKind::Redirect, true, &message))
    }

    async fn once(&self, request: &Request, url: &Url) -> Result<Response, SendError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, text) in &request.headers {
            headers.insert(name, header_value(name, text)?);
        }
        for (name, secret) in &request.secret_headers {
            let mut value = header_value(name, secret.expose_secret())?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let mut building = self.client.request(request.method.clone(), url.clone());
        if let Some((kind, body)) = &request.body {
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
            building = building.body(body.clone());
        }
        building.headers(headers).send().await.map_err(|failure| not_answered(&failure, url, &self.terms))
    }
}

/// Reads the date of an HTTP header (RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`).
pub fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

/// `scheme://host:port` are the same: the only places an answer may point to.
pub fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && a.host() == b.host() && a.port_or_known_default() == b.port_or_known_default()
}

/// Host and port, for messages.
pub fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => "the address".to_owned(),
    }
}

/// Is this a host nobody outside should be able to point us to?
pub fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => {
            let shared = ip.octets()[0] == 100 && (64..128).contains(&ip.octets()[1]);
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || shared
        }
        Some(Host::Ipv6(ip)) => {
            let first = ip.segments()[0];
            let mapped = ip.to_ipv4_mapped().is_some();
            ip.is_loopback() || ip.is_unspecified() || mapped || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80
        }
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost") || name.ends_with(".internal")
        }
        None => true,
    }
}

fn confined(from: &Url, to: &HeaderValue) -> Result<Url, SendError> {
    let refused = |message: String| error(SendErrorKind::Redirect, true, &message);
    let to = to.to_str().ok().and_then(|to| from.join(to).ok());
    let to = to.ok_or_else(|| refused(format!("{} redirects to something that is no address", host_of(from))))?;
    if same_origin(from, &to) && to.username().is_empty() && to.password().is_none() {
        return Ok(to);
    }
    let what = if is_private(&to) { "a private address" } else { "another place" };
    let shown = format!("{}://{}", to.scheme(), host_of(&to));
    Err(refused(format!("{} redirects to {what} ({shown}), which is refused", host_of(from))))
}

async fn read(mut response: Response, most: usize, host: &str) -> Result<Answer, SendError> {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let date = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(http_date);
    let expected = response.content_length().unwrap_or(0);
    let too_large = || {
        error(SendErrorKind::TooLarge, true, &format!("the answer of {host} is larger than the {most} bytes allowed"))
    };
    if expected > most as u64 {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(Answer { status, headers, body, date }),
            Ok(Some(chunk)) if body.len() + chunk.len() > most => return Err(too_large()),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(failure) if failure.is_timeout() => {
                let message = format!("{host} fell silent after {} bytes of its answer", body.len());
                return Err(error(SendErrorKind::Timeout, true, &message));
            }
            Err(failure) => {
                let message =
                    format!("the answer of {host} was cut off after {} bytes: {}", body.len(), root_cause(&failure));
                return Err(error(SendErrorKind::Broken, true, &message));
            }
        }
    }
}

fn header_value(name: &HeaderName, text: &str) -> Result<HeaderValue, SendError> {
    HeaderValue::from_str(text).map_err(|_| {
        let message = format!("the header {name} would hold a line break or another character headers cannot hold");
        error(SendErrorKind::Request, false, &message)
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;
    use crate::clock::StubClock;

    fn http() -> Http {
        Http::new(StubClock::at(Timestamp::UNIX_EPOCH)).unwrap()
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    /// Takes one request, sends these bytes, then says nothing more until it is dropped.
    fn raw(answer: &'static [u8], hang: bool) -> (Url, std::sync::mpsc::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = url(&format!("http://{}/a?key=hidden", listener.local_addr().unwrap()));
        let (done, wait) = std::sync::mpsc::channel::<()>();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 2_048]).unwrap() > 0);
            stream.write_all(answer).unwrap();
            if hang {
                assert!(wait.recv().is_err(), "nobody sends, the test drops it");
            }
        });
        (to, done)
    }

    #[tokio::test]
    async fn a_failure_says_whether_anything_can_have_arrived() {
        let (_held, nobody) = crate::net::nobody();
        let refused = http().send(&Request::get(url(&format!("http://{nobody}/")))).await.unwrap_err();
        assert_eq!((refused.kind, refused.reached), (SendErrorKind::Connect, false), "{refused}");
        let mut request = Request::get(url("http://127.0.0.1:1/"));
        request.headers.push(("x-name".parse().unwrap(), "a\r\nX-Evil: 1".to_owned()));
        let split = http().send(&request).await.unwrap_err();
        assert_eq!((split.kind, split.reached), (SendErrorKind::Request, false), "{split}");
        let (to, _keep) = raw(b"", false);
        let closed = http().send(&Request::get(to)).await.unwrap_err();
        assert_eq!((closed.kind, closed.reached), (SendErrorKind::Broken, true), "{closed}");
    }

    #[tokio::test]
    async fn a_drip_ends_with_the_time_of_the_request() {
        let (to, _keep) = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{", true);
        let request = Request { timeout: Duration::from_millis(100), ..Request::get(to) };
        let late = http().send(&request).await.unwrap_err();
        assert_eq!((late.kind, late.reached), (SendErrorKind::Timeout, true), "{late}");
        assert!(!late.message.contains("hidden"));
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_bound_and_not_a_byte_more() {
        let answer = b"HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\nconnection: close\r\n\r\n0123456789";
        let (to, _keep) = raw(answer, false);
        let read = http().send(&Request { body_max: 10, ..Request::get(to) }).await.unwrap();
        assert_eq!((read.status, read.body.as_slice()), (200, b"0123456789".as_slice()));
        assert_eq!(read.date, "1994-11-06T08:49:37Z".parse().ok());
        let (to, _keep) = raw(answer, false);
        let over = http().send(&Request { body_max: 9, ..Request::get(to) }).await.unwrap_err();
        assert_eq!(over.kind, SendErrorKind::TooLarge, "{over}");
    }

    #[test]
    fn private_places_are_known_in_every_spelling() {
        for private in [
            "http://127.0.0.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://192.168.1.1/",
            "http://169.254.169.254/",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:8.8.8.8]/",
            "http://[fc00::1]/",
            "http://[fe80::1]/",
            "http://localhost/",
            "http://x.localhost/",
            "http://metadata.google.internal/",
        ] {
            assert!(is_private(&url(private)), "{private}");
        }
        for public in ["http://8.8.8.8/", "https://example.org/", "http://[2606:4700::1111]/", "http://172.32.0.1/"] {
            assert!(!is_private(&url(public)), "{public}");
        }
        assert!(same_origin(&url("https://x.org/a"), &url("https://x.org:443/b")));
        for other in ["http://x.org/", "https://x.org:444/", "https://y.org/"] {
            assert!(!same_origin(&url("https://x.org/"), &url(other)), "{other}");
        }
    }
}
