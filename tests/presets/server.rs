//! A far side on loopback that says what it was told to say, in order, and remembers what it was asked: the
//! bytes of the request line and body as they came over the socket, nothing decoded.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longest wait for the rest of a request.
const PATIENCE: Duration = Duration::from_secs(5);
/// Headers every request of the client has, or that say nothing about the preset.
const USUAL: &[&str] = &["host", "user-agent", "accept-encoding", "content-length", "connection"];

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `GET /path?query`.
    pub line: String,
    /// Name in lower case and value, sorted; the usual ones left out.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// An answer as it goes out.
#[derive(Debug, Clone)]
pub struct Answer {
    /// How the request it is for begins; any where absent.
    pub to: Option<String>,
    /// What it is, for people.
    pub label: String,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub hang_up: bool,
}

#[derive(Default)]
struct Script {
    answers: Vec<(Answer, Option<Asked>)>,
    unexpected: Vec<Asked>,
}

/// The server; gone when dropped.
pub struct Server {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Listens on a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (script, stop) = (Arc::new(Mutex::new(Script::default())), Arc::new(AtomicBool::new(false)));
        let (shared, stopped) = (Arc::clone(&script), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let script = Arc::clone(&shared);
                // A client that goes away in the middle is the client's affair.
                std::thread::spawn(move || drop(serve(&stream.unwrap(), &script)));
            }
        });
        Self { address, script, stop }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// What is answered from now on.
    pub fn expect(&self, answers: Vec<Answer>) {
        let answers = answers.into_iter().map(|answer| (answer, None)).collect();
        *self.script.lock().unwrap() = Script { answers, unexpected: Vec::new() };
    }

    /// Each answer with the request it was given to, in the script's order, and the requests nobody foresaw.
    pub fn heard(&self) -> (Vec<(Answer, Option<Asked>)>, Vec<Asked>) {
        let script = std::mem::take(&mut *self.script.lock().unwrap());
        (script.answers, script.unexpected)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener; if that fails, it is gone already.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(stream: &TcpStream, script: &Mutex<Script>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read_request(&mut reader)? {
        let answer = take(&mut script.lock().unwrap(), asked);
        if answer.hang_up {
            return Ok(());
        }
        let mut out = stream;
        write!(out, "HTTP/1.1 {} Said\r\n", answer.status)?;
        for (name, value) in &answer.headers {
            write!(out, "{name}: {value}\r\n")?;
        }
        write!(out, "content-length: {}\r\n\r\n", answer.body.len())?;
        out.write_all(&answer.body)?;
        out.flush()?;
    }
    Ok(())
}

/// The first answer that is free and meant for it.
fn take(script: &mut Script, asked: Asked) -> Answer {
    let fits = |answer: &Answer| answer.to.as_ref().is_none_or(|to| asked.line.starts_with(to.as_str()));
    let named =
        script.answers.iter().position(|(answer, given)| given.is_none() && answer.to.is_some() && fits(answer));
    let next =
        named.or_else(|| script.answers.iter().position(|(answer, given)| given.is_none() && answer.to.is_none()));
    let Some(found) = next.and_then(|index| script.answers.get_mut(index)) else {
        script.unexpected.push(asked);
        let body = b"{\"message\":\"the case has no answer to this request\"}".to_vec();
        return Answer { to: None, label: String::new(), status: 599, headers: Vec::new(), body, hang_up: false };
    };
    found.1 = Some(asked);
    found.0.clone()
}

fn read_request(reader: &mut BufReader<&TcpStream>) -> std::io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut headers = Vec::new();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        let (name, value) = (name.to_ascii_lowercase(), value.to_owned());
        if name == "content-length" {
            length = value.parse().unwrap_or(0);
        }
        let json_anyway = name == "accept" && value == "application/json";
        if !json_anyway && !USUAL.contains(&name.as_str()) {
            headers.push((name, value));
        }
    }
    headers.sort();
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    Ok(Some(Asked { line, headers, body: String::from_utf8_lossy(&body).into_owned() }))
}
