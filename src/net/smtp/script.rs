//! A mail server for tests that does what its script says at each command, one script a connection.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What to do at a command.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Answer this line (or these, with CRLF between them) and go on.
    Say(String),
    /// Answer, then close.
    Last(String),
    /// Close without an answer.
    Drop,
    /// Never answer.
    Silent,
}

/// What to do at `banner`, `EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `.`, `NOOP`, `RSET`; agreeable elsewhere. `DATA 2` is
/// the second one on a connection.
pub(crate) type Script = BTreeMap<&'static str, Act>;

pub(crate) fn say(at: &'static str, line: &str) -> Script {
    Script::from([(at, Act::Say(line.to_owned()))])
}

#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Every command line, in order, over all connections.
    pub(crate) commands: Vec<String>,
    /// Every message whose final dot arrived, as it was on the wire.
    pub(crate) messages: Vec<String>,
    /// Connections taken.
    pub(crate) connections: usize,
}

pub(crate) struct ScriptedServer {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Mutex<Seen>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl ScriptedServer {
    /// Serves one script a connection; the last one again and again.
    pub(crate) async fn start(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Seen>>::default();
        let shared = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let script = scripts.get(number).or(scripts.last()).cloned().unwrap_or_default();
                number += 1;
                shared.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, script, Arc::clone(&shared)));
            }
        });
        Self { address, seen, task }
    }

    pub(crate) fn messages(&self) -> Vec<String> {
        self.seen.lock().unwrap().messages.clone()
    }

    pub(crate) fn commands(&self) -> Vec<String> {
        self.seen.lock().unwrap().commands.clone()
    }
}

fn agreeable(at: &str) -> &'static str {
    match at {
        "banner" => "220 scripted.test ESMTP",
        "EHLO" => "250-scripted.test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
        "AUTH" => "235 2.7.0 welcome",
        "DATA" => "354 go on",
        _ => "250 2.0.0 ok",
    }
}

async fn serve(stream: TcpStream, script: Script, seen: Arc<Mutex<Seen>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    act(&mut stream, &script, "banner").await?;
    let mut messages = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        seen.lock().unwrap().commands.push(line);
        messages += usize::from(verb == "DATA");
        let numbered = format!("{verb} {messages}");
        let at = if verb == "DATA" && script.contains_key(numbered.as_str()) { &numbered } else { &verb };
        act(&mut stream, &script, at).await?;
        if verb == "DATA" && !matches!(script.get(at.as_str()), Some(Act::Say(line)) if !line.starts_with('3')) {
            if matches!(script.get("body"), Some(Act::Drop)) {
                return None;
            }
            let mut message = String::new();
            while !message.ends_with("\r\n.\r\n") {
                if stream.read_line(&mut message).await.ok()? == 0 {
                    return None;
                }
            }
            seen.lock().unwrap().messages.push(message);
            act(&mut stream, &script, ".").await?;
        }
    }
}

async fn act(stream: &mut BufReader<TcpStream>, script: &Script, at: &str) -> Option<()> {
    match script.get(at) {
        Some(Act::Drop) => None,
        Some(Act::Silent) => std::future::pending().await,
        Some(Act::Last(line)) => {
            stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
            None
        }
        Some(Act::Say(line)) => stream.write_all(format!("{line}\r\n").as_bytes()).await.ok(),
        None => stream.write_all(format!("{}\r\n", agreeable(at)).as_bytes()).await.ok(),
    }
}
