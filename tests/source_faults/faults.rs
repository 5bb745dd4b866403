//! Every fault of a source that `reliability` C.2 names and that costs a whole page: what the far side does, what
//! leadgate says of it, and what it does next.

use leadgate::lead::Class;

use crate::far_side::Answer;
use crate::{LITTLE, PLENTY, Patience};

/// One fault.
pub struct Fault {
    /// Its path at the far side.
    pub name: &'static str,
    pub answer: Answer,
    pub class: Class,
    /// What is told of it.
    pub words: &'static str,
    /// What is said to help; empty where it mends itself.
    pub help: &'static str,
    /// How long we are asked to wait.
    pub wait: Option<u64>,
}

impl Fault {
    /// Does this say what it is? Which patience ends first hangs on how much else the machine does.
    pub fn is_told_in(&self, message: &str) -> bool {
        message.contains(self.words) || (self.is_about_time() && is_late(message))
    }

    /// Does it end by our patience alone?
    pub fn is_about_time(&self) -> bool {
        self.help == BY_ITSELF && matches!(self.answer, Answer::Hang(_) | Answer::Drip(..))
    }

    /// What it is met with.
    pub fn patience(&self) -> Patience {
        if self.is_about_time() { LITTLE } else { PLENTY }
    }
}

/// Does this say that the patience was over?
pub fn is_late(message: &str) -> bool {
    ["no answer from", "no whole answer from", "fell silent after"].iter().any(|words| message.contains(words))
}

const BY_ITSELF: &str = "asked again by itself";
const CONFIG: &str = "settings in the config";
const ACCOUNT: &str = "credentials in the config";

fn fault(name: &'static str, answer: Answer, class: Class, words: &'static str, help: &'static str) -> Fault {
    Fault { name, answer, class, words, help, wait: None }
}

fn raw(bytes: &str) -> Vec<u8> {
    bytes.as_bytes().to_vec()
}

fn gzip(body: &[u8]) -> Answer {
    Answer::of(200, "content-type: application/json\r\ncontent-encoding: gzip\r\n", body)
}

fn moved(status: u16, to: &str) -> Answer {
    Answer::of(status, &format!("location: {to}\r\n"), "")
}

/// All of them.
pub fn all() -> Vec<Fault> {
    [connections(), bodies(), redirects(), statuses(), throttles(), texts(), walks()].into_iter().flatten().collect()
}

fn connections() -> Vec<Fault> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let begun = format!("{head}content-length: 5000\r\n\r\n{{\"data\": [");
    let endless = format!("{head}transfer-encoding: chunked\r\n\r\n");
    vec![
        fault("/silent", Answer::Hang(Vec::new()), Class::Retry, "no answer from 127.0.0.1", BY_ITSELF),
        fault("/stops", Answer::Hang(raw(&begun)), Class::Retry, "fell silent after 10 bytes", BY_ITSELF),
        fault("/drips", Answer::Drip(raw(&begun), b" "), Class::Retry, "no whole answer from 127.0.0.1", BY_ITSELF),
        fault(
            "/drips-head",
            Answer::Drip(raw("HTTP/1.1 200 OK\r\nx: "), b"y"),
            Class::Retry,
            "answer from 127",
            BY_ITSELF,
        ),
        fault("/endless", Answer::Drip(raw(&endless), b"2\r\n  \r\n"), Class::Retry, "no whole answer from", BY_ITSELF),
        fault("/reset", Answer::Reset(raw(&begun)), Class::Retry, "127.0.0.1", ""),
        fault("/closes", Answer::Bytes(Vec::new()), Class::Retry, "broke before an answer came", ""),
        fault(
            "/no-http",
            Answer::Bytes(raw("220 mail.example.org ESMTP\r\n")),
            Class::Retry,
            "broke before an answer",
            "",
        ),
        fault("/too-short", Answer::Bytes(raw(&begun)), Class::Retry, "cut off after 10 bytes", ""),
        fault(
            "/bad-chunks",
            Answer::Bytes(raw(&format!("{endless}zz\r\n{{}}\r\n"))),
            Class::Retry,
            "cut off after 0 bytes",
            "",
        ),
        fault(
            "/two-lengths",
            Answer::Bytes(raw(&format!("{head}content-length: 5\r\ncontent-length: 7\r\n\r\n{{}}"))),
            Class::Retry,
            "broke before an answer",
            "",
        ),
    ]
}

fn bodies() -> Vec<Fault> {
    let bomb = include_bytes!("../fixtures/sources/bomb.gz").as_slice();
    let claims = "HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n{\"data\":[";
    let smaller = "ask for smaller pages";
    vec![
        fault("/claims-10-gb", Answer::Hang(raw(claims)), Class::Config, "larger than the 4194304 bytes", smaller),
        fault("/bomb", gzip(bomb), Class::Config, "larger than the 4194304 bytes allowed", smaller),
        fault("/half-a-bomb", gzip(&bomb[..bomb.len() / 2]), Class::Retry, "cut off after", ""),
        fault("/no-gzip", gzip(b"{\"data\": []}"), Class::Retry, "cut off after 0 bytes", ""),
        fault(
            "/long",
            Answer::json(format!("{{\"data\": [{}1]}}", "1,".repeat(2_200_000))),
            Class::Config,
            "larger than the 4194304 bytes allowed",
            smaller,
        ),
    ]
}

fn redirects() -> Vec<Fault> {
    let new = "put the new address into the config";
    vec![
        fault("/circle", moved(301, "/circle"), Class::Config, "redirects in circles", new),
        fault(
            "/metadata",
            moved(302, "http://169.254.169.254/latest/meta-data/"),
            Class::Config,
            "a private address (http://169.254.169.254), which is refused",
            new,
        ),
        fault(
            "/elsewhere",
            moved(308, "https://evil.example/"),
            Class::Config,
            "another place (https://evil.example)",
            new,
        ),
        fault("/file", moved(302, "file:///etc/passwd"), Class::Config, "which is refused", new),
        fault("/nowhere", moved(307, "http://"), Class::Config, "something that is no address", new),
        fault("/304", Answer::of(304, "", ""), Class::Config, "answered 304", CONFIG),
        fault("/301-without-place", Answer::of(301, "", ""), Class::Config, "answered 301", CONFIG),
    ]
}

fn statuses() -> Vec<Fault> {
    let one = |name: &'static str, class: Class, words: &'static str, help: &'static str| {
        let status = name.trim_start_matches('/').parse().unwrap();
        fault(name, Answer::of(status, "", ""), class, words, help)
    };
    vec![
        one("/400", Class::Config, "answered 400", CONFIG),
        one("/401", Class::Auth, "answered 401", ACCOUNT),
        one("/403", Class::Auth, "answered 403", ACCOUNT),
        one("/404", Class::Config, "answered 404", CONFIG),
        one("/408", Class::Retry, "answered 408", ""),
        one("/409", Class::Retry, "answered 409", ""),
        one("/410", Class::Gone, "answered 410", "take it out of the config"),
        one("/413", Class::Config, "answered 413", CONFIG),
        one("/418", Class::Config, "answered 418", CONFIG),
        one("/425", Class::Throttle, "answered 425", ""),
        one("/429", Class::Throttle, "answered 429", ""),
        one("/500", Class::Retry, "answered 500", ""),
        one("/502", Class::Retry, "answered 502", ""),
        one("/503", Class::Retry, "answered 503", ""),
        one("/504", Class::Retry, "answered 504", ""),
        fault(
            "/500-in-words",
            Answer::of(500, "", "{\"error\": \"\\u001b[2J\\u202egone\"}"),
            Class::Retry,
            "answered 500: [2Jgone",
            "",
        ),
        fault(
            "/400-about-people",
            Answer::of(400, "", "{\"given\": {\"email\": \"eve@example.org\"}, \"at\": 1}"),
            Class::Config,
            "answered 400: a table of at, given",
            CONFIG,
        ),
    ]
}

fn throttles() -> Vec<Fault> {
    let asked = |name: &'static str, after: &str, wait: Option<u64>| Fault {
        wait,
        ..fault(name, Answer::of(429, &format!("retry-after: {after}\r\n"), ""), Class::Throttle, "answered 429", "")
    };
    let date = "date: Mon, 23 Nov 2026 08:00:00 GMT\r\nretry-after: Mon, 23 Nov 2026 08:02:00 GMT\r\n";
    vec![
        asked("/after-20", "20", Some(20)),
        asked("/after-half", "0.5", Some(1)),
        asked("/after-1e9", "1000000000", Some(93_600)),
        asked("/after-minus", "-5", None),
        asked("/after-garbage", "soon", None),
        asked("/after-nothing", "", None),
        asked("/after-nan", "NaN", None),
        asked("/after-past", "Sun, 06 Nov 1994 08:49:37 GMT", Some(1)),
        Fault { wait: Some(120), ..fault("/after-date", Answer::of(429, date, ""), Class::Throttle, "429", "") },
    ]
}

fn texts() -> Vec<Fault> {
    let deep = format!("{{\"x\": {}1{}, \"data\": []}}", "[".repeat(10_000), "]".repeat(10_000));
    let page = "<!doctype html><html><body>Please sign in</body></html>";
    let changed = "has changed what it sends";
    vec![
        fault(
            "/login",
            Answer::of(200, "content-type: text/html\r\n", page),
            Class::Retry,
            "an HTML page instead of JSON",
            "firewall",
        ),
        fault("/login-as-json", Answer::json(page), Class::Retry, "an HTML page instead of JSON", "firewall"),
        fault(
            "/xml",
            Answer::of(200, "content-type: text/xml\r\n", "<?xml version=\"1.0\"?><contacts/>"),
            Class::Retry,
            "answered XML instead of JSON",
            "by an Accept header",
        ),
        fault("/nothing", Answer::json(""), Class::Retry, "nothing instead of JSON", "check the address"),
        fault(
            "/cut",
            Answer::json("{\"data\": [{\"id\": 1}, {\"id\""),
            Class::Retry,
            "JSON that is cut off after 26 bytes",
            BY_ITSELF,
        ),
        fault("/words", Answer::json("service unavailable"), Class::Retry, "something that is not JSON", changed),
        fault(
            "/two-lists",
            Answer::json("{\"data\": [1], \"data\": [2]}"),
            Class::Retry,
            "`data` stands there twice",
            changed,
        ),
        fault(
            "/nan-beside",
            Answer::json("{\"next\": NaN, \"data\": []}"),
            Class::Retry,
            "something that is not JSON",
            changed,
        ),
        fault(
            "/1e400-beside",
            Answer::json("{\"next\": 1e400, \"data\": []}"),
            Class::Retry,
            "not JSON (number out of range",
            changed,
        ),
        fault("/deep-beside", Answer::json(deep), Class::Retry, "recursion limit", changed),
        fault(
            "/binary",
            Answer::json([0x50, 0x4b, 3, 4, 0xff, 0xfe, 0]),
            Class::Retry,
            "something that is not JSON",
            changed,
        ),
        fault(
            "/renamed",
            Answer::json("{\"leads\": [{\"id\": 1}], \"next\": null}"),
            Class::Config,
            "there is no list at $.data, but one at $.leads",
            "set `records`",
        ),
    ]
}

fn walks() -> Vec<Fault> {
    let round = "check the address and the paging";
    vec![
        fault("/same-link", Answer::json("{\"data\": [], \"next\": \"?p=2\"}"), Class::Config, "the same link", round),
        fault(
            "/same-page",
            Answer::json("{\"data\": [{\"id\": 1}], \"next\": \"?p=2\"}"),
            Class::Config,
            "the same page",
            round,
        ),
        fault(
            "/odd-link",
            Answer::json("{\"data\": [], \"next\": {\"a\": 1}}"),
            Class::Retry,
            "next page cannot be found",
            "check the paging",
        ),
    ]
}
