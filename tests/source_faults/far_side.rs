//! A far side on a real socket that misbehaves below and above HTTP: it hangs, drips, cuts off and lies about
//! lengths, with or without TLS. Every path is a server of its own, good or bad as the test says.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longest any connection is held: longer than every patience of these tests. The end of the far side ends it, too.
const HOLD: Duration = Duration::from_mins(5);

/// What is done with a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes, then nothing more for a long time.
    Hang(Vec<u8>),
    /// These bytes, then one more every few milliseconds, without end.
    Drip(Vec<u8>, &'static [u8]),
    /// These bytes, then a reset: what was asked is still unread.
    Reset(Vec<u8>),
}

impl Answer {
    /// A whole answer with its length.
    pub fn of(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let length = body.len();
        let mut bytes =
            format!("HTTP/1.1 {status} Said\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n")
                .into_bytes();
        bytes.extend_from_slice(body);
        Self::Bytes(bytes)
    }

    /// JSON with status 200.
    pub fn json(body: impl AsRef<[u8]>) -> Self {
        Self::of(200, "content-type: application/json\r\n", body)
    }
}

/// What a path answers while it is well, and while it is not; by the whole target, else by its path.
#[derive(Default)]
struct Script {
    well: BTreeMap<String, Answer>,
    ill: BTreeMap<String, Answer>,
}

/// The far side; gone when dropped.
pub struct FarSide {
    pub address: SocketAddr,
    script: Arc<Mutex<Script>>,
    ill: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    held: Arc<Held>,
    stop: Arc<AtomicBool>,
}

/// How many connections are held open without an end, now and at most.
#[derive(Default)]
struct Held {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl FarSide {
    pub fn start(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let far = Self {
            address: listener.local_addr().unwrap(),
            script: Arc::default(),
            ill: Arc::default(),
            asked: Arc::default(),
            held: Arc::default(),
            stop: Arc::default(),
        };
        let (script, ill, asked) = (Arc::clone(&far.script), Arc::clone(&far.ill), Arc::clone(&far.asked));
        let (held, stop) = (Arc::clone(&far.held), Arc::clone(&far.stop));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (script, ill, asked) = (Arc::clone(&script), Arc::clone(&ill), Arc::clone(&asked));
                let (held, stop) = (Arc::clone(&held), Arc::clone(&stop));
                let tls = tls.clone();
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    stream.set_read_timeout(Some(HOLD)).unwrap();
                    let line = Line { peer: stream.try_clone().unwrap(), held, stop };
                    let answer = |target: &str| {
                        asked.fetch_add(1, Ordering::SeqCst);
                        let script = script.lock().unwrap();
                        let path = target.split('?').next().unwrap_or_default();
                        let ill = ill.load(Ordering::SeqCst).then_some(&script.ill);
                        let scripts = ill.into_iter().chain([&script.well]);
                        let found = scripts.into_iter().find_map(|all| all.get(target).or_else(|| all.get(path)));
                        found.cloned().unwrap_or_else(|| Answer::of(404, "", "nothing here"))
                    };
                    // A client that goes away in the middle is the client's affair.
                    drop(match tls {
                        None => serve(&mut stream, &answer, &line),
                        Some(config) => {
                            let mut connection = rustls::ServerConnection::new(config).unwrap();
                            serve(&mut rustls::Stream::new(&mut connection, &mut stream), &answer, &line)
                        }
                    });
                });
            }
        });
        far
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What a target answers.
    pub fn well(&self, target: &str, answer: Answer) {
        self.script.lock().unwrap().well.insert(target.to_owned(), answer);
    }

    /// What it answers instead while the far side is ill.
    pub fn ill(&self, target: &str, answer: Answer) {
        self.script.lock().unwrap().ill.insert(target.to_owned(), answer);
    }

    pub fn fall_ill(&self, ill: bool) {
        self.ill.store(ill, Ordering::SeqCst);
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// How many it held at once, at most.
    pub fn most_held(&self) -> usize {
        self.held.most.load(Ordering::SeqCst)
    }
}

impl Drop for FarSide {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

/// What a connection is held by.
struct Line {
    /// The connection below TLS.
    peer: TcpStream,
    held: Arc<Held>,
    stop: Arc<AtomicBool>,
}

/// One request on one connection.
fn serve(stream: &mut (impl Read + Write), answer: &dyn Fn(&str) -> Answer, line: &Line) -> std::io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    // The last byte of the request is left unread, so that closing here is a reset where one is wanted.
    while !head.ends_with(b"\r\n\r") && stream.read(&mut byte)? > 0 {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let answer = answer(head.split(' ').nth(1).unwrap_or_default());
    if let Answer::Reset(bytes) = answer {
        stream.write_all(&bytes)?;
        return stream.flush();
    }
    stream.read_exact(&mut byte)?;
    let (bytes, drop) = match &answer {
        Answer::Bytes(bytes) | Answer::Reset(bytes) => {
            stream.write_all(bytes)?;
            return stream.flush();
        }
        Answer::Hang(bytes) => (bytes, None),
        Answer::Drip(bytes, drop) => (bytes, Some(*drop)),
    };
    stream.write_all(bytes)?;
    stream.flush()?;
    line.hold(|| drop.map_or(Ok(()), |drop| stream.write_all(drop).and_then(|()| stream.flush())))
}

impl Line {
    /// Does this again and again until the client or the far side has gone.
    fn hold(&self, mut again: impl FnMut() -> std::io::Result<()>) -> std::io::Result<()> {
        self.held.most.fetch_max(self.held.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        self.peer.set_read_timeout(Some(Duration::from_millis(15)))?;
        let begun = std::time::Instant::now();
        let mut ended = Ok(());
        while ended.is_ok() && begun.elapsed() < HOLD && !self.stop.load(Ordering::SeqCst) {
            // A client that went away reads as the end; one that waits says nothing.
            if self.peer.peek(&mut [0]).is_ok() {
                break;
            }
            ended = again();
        }
        self.held.now.fetch_sub(1, Ordering::SeqCst);
        ended
    }
}

/// TLS with a certificate of `tests/fixtures/tls`.
pub fn tls(certificate: &str) -> Arc<rustls::ServerConfig> {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    leadgate::net::http::install_crypto();
    let certificate = CertificateDer::from_pem_slice(&pem(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&pem("server.key")).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
    Arc::new(config.unwrap())
}

/// A file of `tests/fixtures/tls`.
pub fn pem(name: &str) -> Vec<u8> {
    std::fs::read(format!("tests/fixtures/tls/{name}")).unwrap()
}
