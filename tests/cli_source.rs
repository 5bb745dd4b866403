//! Setting a source up at the command line, against far sides on loopback: presets, a first look, and the walk
//! from a vendor account to a source that is read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::string_slice)] // tests, in functions of their own

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use wiremock::matchers::{any, header, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const BASE: &str = r#"
[business]
name = "Example"
zone = "Europe/Berlin"
country = "DE"
hours = "24/7"

[service.roof]
title = "Roof renovation"
words = ["roof", "dach"]
[service.roof.criteria]
region = { postal_codes = ["10000-14199"], unknown = "review" }

[team.berlin]
services = ["roof"]
[person.anna]
team = "berlin"
name = "Anna"
email = "anna@example.com"

[destination.mail]
smtp = "smtp+plain://127.0.0.1:2525"
from = "Leads <leads@example.com>"

[route.default]
to = ["mail"]
answer_within = "1h"
"#;

/// A home with a configuration that holds and has no source.
struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir(home.config_dir()).unwrap();
        std::fs::write(home.config(), BASE).unwrap();
        home
    }

    fn config_dir(&self) -> PathBuf {
        self.dir.path().join("etc")
    }

    fn config(&self) -> PathBuf {
        self.config_dir().join("leadgate.toml")
    }

    fn source(&self, text: &str) {
        std::fs::write(self.config(), format!("{BASE}\n{text}")).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leadgate"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.dir.path());
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
            command.env(name, self.dir.path().join(name));
        }
        command.env("LEADGATE_CONFIG", self.config()).env("API_KEY", "canary-4711").args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}\n{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    fn not_done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let told = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}\n{told}");
        assert!(!told.contains("panicked") && !told.contains("canary"), "{told}");
        told
    }

    /// Every file below the configuration's folder.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.config_dir()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(self.config_dir()).unwrap().display().to_string());
                }
            }
        }
        found.sort();
        found
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Leads as a website might give them; one is broken, none has a field `phone`.
fn leads() -> Value {
    json!({"data": [
        {"id": "L1", "created_at": "2026-09-14T08:21:07Z", "name": "Ada Lovelace", "email": "ada@example.org",
         "service": "new roof", "postal_code": "10115", "country": "DE", "contact": {"mobile": "+49 170 0000001"}},
        {"id": "L2", "created_at": "2026-09-14T09:00:00Z", "name": "Grace Hopper", "email": "grace@example.org",
         "service": "dach", "postal_code": "10405", "country": "DE", "contact": {"mobile": "+49 170 0000002"}},
        {"id": "L3", "created_at": "soon", "email": "x@example.org"}
    ]})
}

async fn far_side() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(leads())).mount(&server).await;
    server
}

fn web(server: &MockServer) -> String {
    format!(
        "[source.web]\npreset = \"json\"\nurl = \"{}/leads\"\nchannel = \"campaign\"\ngoal = \"x\"\nservices = [\"roof\"]\n",
        server.uri()
    )
}

#[test]
fn presets_are_listed_with_what_each_needs() {
    let home = Home::new();
    let list = home.done(&["source", "presets"]);
    for part in ["mailchimp", "Mailchimp audience", "needs api_key*", "webhook", "destinations"] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let told: Value = serde_json::from_str(&home.done(&["--json", "source", "presets"])).unwrap();
    let mailchimp = told.as_array().unwrap().iter().find(|preset| preset["id"] == "mailchimp").unwrap();
    let key = mailchimp["vars"].as_array().unwrap().iter().find(|var| var["name"] == "api_key").unwrap();
    assert_eq!((&key["kind"], &key["required"]), (&json!("secret"), &json!(true)));
    assert_eq!(mailchimp["direction"], "source");
}

#[test]
fn every_preset_is_compiled_offline_and_each_mistake_has_its_place() {
    let home = Home::new();
    assert!(home.done(&["check", "--presets"]).contains("every preset compiles"));
    // Without any configuration, too.
    std::fs::remove_file(home.config()).unwrap();
    home.done(&["check", "--presets"]);
    for folder in ["sources", "destinations"] {
        std::fs::create_dir_all(home.config_dir().join("presets").join(folder)).unwrap();
    }
    let own = |from: &str, to: &str, text: &str| {
        let built_in = read(Path::new("config/presets").join(from).as_path());
        let changed = text.split_once("=>").map(|(old, new)| built_in.replace(old, new)).unwrap();
        std::fs::write(home.config_dir().join("presets").join(to), changed).unwrap();
    };
    own("sources/mailman.toml", "sources/mailman.toml", "{{ page.number }}=>{{ page.nunber }}");
    own("destinations/webhook.toml", "destinations/webhook.toml", "[create]=>[craete]");
    let told = home.not_done(&["check", "--presets"]);
    for part in
        ["presets/sources/mailman.toml:26:", "did you mean `number`", "webhook.toml:", "did you mean `create`", "2 of "]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let output = home.run(&["--json", "check", "--presets"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &told["ok"]), (Some(1), &json!(false)));
    assert_eq!(told["mistakes"][0]["line"], 26);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_look_shows_each_field_beside_its_path_and_stores_nothing() {
    let home = Home::new();
    let server = far_side().await;
    home.source(&web(&server));
    let shown = home.done(&["source", "try", "web", "--show"]);
    let shown: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "3 records on the first page: 2 readable, 1 unreadable",
        "email $.email ada@example.org",
        "moment (cursor) 2026-09-14T08:21:07Z",
        "contact.mobile = +49 170 0000001",
        "`$.phone` matched 0 of 3 records",
        "record 3 (id L3): ",
        "qualified for Roof renovation",
        "✓ region",
    ] {
        assert!(shown.contains(part), "{part}:\n{shown}");
    }
    let veiled = home.done(&["source", "try", "web"]);
    assert!(!veiled.contains("ada@") && !veiled.contains("Lovelace") && !veiled.contains("0000001"), "{veiled}");
    assert!(!veiled.contains("soon"), "a reason quotes no more: {veiled}");
    assert!(veiled.contains("xxx@xxxxxxx.xxx") && veiled.contains("--show") && veiled.contains("L1"), "{veiled}");
    assert!(home.not_done(&["source", "try", "web", "--raw"]).contains("--show"));
    assert!(home.done(&["source", "try", "web", "--raw", "--show", "--records", "2"]).contains("\"Grace Hopper\""));
    let told: Value = serde_json::from_str(&home.done(&["--json", "source", "try", "web", "--records", "9"])).unwrap();
    assert_eq!((&told["readable"], &told["unreadable_count"], &told["veiled"]), (&json!(2), &json!(1), &json!(true)));
    let phone = told["matches"].as_array().unwrap().iter().find(|field| field["field"] == "phone").unwrap();
    assert_eq!((&phone["matched"], &phone["path"]), (&json!(0), &json!("$.phone")));
    assert_eq!(told["first"]["verdict"]["kind"], "qualified");
    assert!(!home.dir.path().join("XDG_DATA_HOME").exists(), "nothing is stored");
    assert!(home.not_done(&["source", "try", "wbe"]).contains("did you mean `web`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_with_its_fix_and_without_secrets() {
    let home = Home::new();
    let server = MockServer::start().await;
    let refusal = ResponseTemplate::new(401).set_body_string("bad key canary-4711");
    Mock::given(any()).respond_with(refusal).mount(&server).await;
    let with_key = "auth = \"bearer\"\ntoken = { env = \"API_KEY\" }\n";
    home.source(&format!("{}{with_key}", web(&server)));
    assert!(home.not_done(&["source", "try", "web"]).contains("401"));
    home.source(&format!("{}{}", web(&server), with_key.replace("API_KEY", "NOT_SET")));
    assert!(home.not_done(&["source", "try", "web"]).contains("NOT_SET is not set"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_can_be_read_elsewhere_than_the_preset_says() {
    let home = Home::new();
    let server = far_side().await;
    home.source(&format!("{}map = {{ phone = \"$.contact.mobile\" }}\n", web(&server)));
    let shown = home.done(&["source", "try", "web", "--show"]);
    assert!(shown.contains("$.contact.mobile") && shown.contains("+49 170 0000001"), "{shown}");
    assert!(!shown.contains("contact.mobile ="), "it has a place of its own now: {shown}");
    assert!(home.done(&["check"]).contains("phone"));
    home.source(&format!("{}map = {{ phnoe = \"$.contact.mobile\", email = \"mail\" }}\n", web(&server)));
    assert!(home.not_done(&["check"]).contains("is not a JSONPath"));
    home.source(&format!("{}map = {{ phnoe = \"$.contact.mobile\" }}\n", web(&server)));
    assert!(home.not_done(&["check"]).contains("did you mean `phone`"));
}

fn add<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let base = ["source", "add", "json", "--set", url, "--channel", "campaign", "--goal", "40 a month", "--yes"];
    base.iter().chain(more).copied().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_added_by_flags_alone() {
    let home = Home::new();
    let server = MockServer::start().await;
    Mock::given(path("/leads"))
        .and(header("authorization", "Bearer canary-4711"))
        .and(query_param("kind", "all"))
        .respond_with(ResponseTemplate::new(200).set_body_json(leads()))
        .mount(&server)
        .await;
    let url = format!("url={}/leads?kind=all", server.uri());
    let more =
        ["--name", "web", "--set", "auth=bearer", "--set", "token=env:API_KEY", "--map", "phone=$.contact.mobile"];
    let told = home.done(&add(&url, &more));
    assert!(told.contains("2 readable") && told.contains("engine --once") && !told.contains("ada@"), "{told}");
    assert_eq!(home.files(), ["conf.d/web.toml", "leadgate.toml"]);
    let file = home.config_dir().join("conf.d/web.toml");
    let fragment = read(&file);
    assert!(
        fragment.contains("token = { env = \"API_KEY\" }") && fragment.contains("services = [\"roof\"]"),
        "{fragment}"
    );
    assert!(!fragment.contains("canary"));
    assert_eq!(read(&home.config()), BASE, "nobody's file is written to");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let shown = home.done(&["source", "try", "web", "--show"]);
    assert!(shown.contains("+49 170 0000001"), "{shown}");
    // Never over one that exists.
    assert!(home.not_done(&add(&url, &more)).contains("web already"));
    assert_eq!(read(&file), fragment);
    let told: Value = serde_json::from_str(&{
        let args = add(&url, &["--json", "--no-sample"]);
        home.done(&args)
    })
    .unwrap();
    assert_eq!((&told["source"], &told["gaps"]), (&json!("json"), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_wrong_is_told_at_once_and_nothing_is_written() {
    let home = Home::new();
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let told = home.not_done(&["source", "add", "mailchimp", "--set", "dc=us19"]);
    for part in ["no terminal", "--set api_key=env:NAME", "--set list_id", "--channel", "--goal", "--yes"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("--set dc"), "{told}");
    let told =
        home.not_done(&["source", "add", "mailchimp", "--yes", "--set", "api_key=canary-4711", "--set", "lst_id=1"]);
    assert!(told.contains("api_key is a secret") && told.contains("did you mean `list_id`"), "{told}");
    assert!(home.not_done(&["source", "add", "mail", "--yes"]).contains("mailchimp, mailman"));
    assert!(home.not_done(&["source", "add", "hubspotty", "--yes"]).contains("no preset"));
    let url = format!("url={}/leads", server.uri());
    assert!(home.not_done(&add(&url, &["--name", "a b"])).contains("cannot be a name"));
    assert!(home.not_done(&add(&url, &["--service", "rof"])).contains("did you mean `roof`"));
    assert!(home.not_done(&add(&url, &["--map", "phnoe=$.x"])).contains("did you mean `phone`"));
    assert!(home.not_done(&add(&url, &["--every", "soon"])).contains("soon"));
    assert!(home.not_done(&add(&url, &[])).contains("--no-sample"), "the far side refuses");
    assert_eq!(home.files(), ["leadgate.toml"]);
    std::fs::write(home.config(), "[business]\n").unwrap();
    assert!(home.not_done(&add(&url, &["--no-sample"])).contains("business"));
}

#[cfg(unix)]
mod dialogue {
    use std::io::{Read as _, Write as _};
    use std::sync::mpsc::{Receiver, channel};
    use std::time::{Duration, Instant};

    use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

    use super::*;

    /// Whatever is waited for must be there by then.
    const DEADLINE: Duration = Duration::from_secs(20);

    /// Somebody at a terminal: reads up to a question, types an answer.
    struct Person {
        master: Box<dyn MasterPty + Send>,
        child: Box<dyn Child + Send + Sync>,
        keys: Box<dyn std::io::Write + Send>,
        heard: Receiver<Vec<u8>>,
        seen: String,
        read_to: usize,
    }

    impl Person {
        fn starts(home: &Home, args: &[&str]) -> Self {
            let size = PtySize { rows: 60, cols: 160, pixel_width: 0, pixel_height: 0 };
            let pair = native_pty_system().openpty(size).unwrap();
            let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_leadgate"));
            command.args(args);
            command.env_clear();
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command.env("HOME", home.dir.path());
            command.env("LEADGATE_CONFIG", home.config());
            for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
                command.env(name, home.dir.path().join(name));
            }
            let child = pair.slave.spawn_command(command).unwrap();
            drop(pair.slave);
            let mut reader = pair.master.try_clone_reader().unwrap();
            let (send, heard) = channel();
            std::thread::spawn(move || {
                let mut bytes = [0_u8; 4096];
                while let Ok(count @ 1..) = reader.read(&mut bytes) {
                    if send.send(bytes[..count].to_vec()).is_err() {
                        return;
                    }
                }
            });
            let keys = pair.master.take_writer().unwrap();
            Self { master: pair.master, child, keys, heard, seen: String::new(), read_to: 0 }
        }

        /// Waits for words after those waited for last.
        fn reads(&mut self, words: &str) {
            let end = Instant::now() + DEADLINE;
            loop {
                if let Some(at) = self.seen[self.read_to..].find(words) {
                    self.read_to += at + words.len();
                    return;
                }
                match self.heard.recv_timeout(end.saturating_duration_since(Instant::now())) {
                    Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                    Err(error) => panic!("{words:?}: {error}\n{}", self.seen),
                }
            }
        }

        fn types(&mut self, keys: &str) {
            self.keys.write_all(keys.as_bytes()).unwrap();
            self.keys.flush().unwrap();
        }

        /// Waits for a question and answers it.
        fn answers(&mut self, question: &str, answer: &str) {
            self.reads(question);
            self.types(&format!("{answer}\r"));
        }

        /// Does the terminal show what is typed?
        fn echoes(&self) -> bool {
            const ECHO: u64 = 0o10;
            u64::from(self.master.get_termios().unwrap().local_flags.bits()) & ECHO != 0
        }

        fn ends(mut self) -> (u32, String) {
            let end = Instant::now() + DEADLINE;
            while let Ok(bytes) = self.heard.recv_timeout(end.saturating_duration_since(Instant::now())) {
                self.seen.push_str(&String::from_utf8_lossy(&bytes));
            }
            (self.child.wait().unwrap().exit_code(), self.seen)
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_person_is_led_from_a_vendor_account_to_a_source_that_is_read() {
        let home = Home::new();
        let server = MockServer::start().await;
        Mock::given(header("authorization", "Bearer canary-4711"))
            .respond_with(ResponseTemplate::new(200).set_body_json(leads()))
            .mount(&server)
            .await;
        Mock::given(any()).respond_with(ResponseTemplate::new(401)).mount(&server).await;
        let file = home.config_dir().join("conf.d/web.toml");
        let server_uri = server.uri();
        let (status, seen) = tokio::task::spawn_blocking(move || {
            let mut person = Person::starts(&home, &["source", "add"]);
            person.answers("Preset:", "mail");
            person.reads("mailman");
            person.answers("Preset:", "any json");
            person.answers("Name of the source [json]:", "We b");
            person.answers("Name of the source [json]:", "web");
            person.answers("Address of the leads", "localhost");
            person.reads("must be an address");
            person.answers("Address of the leads", &format!("{server_uri}/leads"));
            person.reads("How to authorise");
            person.answers("[none]:", "bearer");
            person.reads("never written into the configuration");
            person.answers("How do you give it [type]:", "");
            person.answers("(not shown):", "wrong-key");
            person.answers("(Enter: go on):", "");
            person.reads("401");
            person.answers("What now [again]:", "change");
            person.answers("(Enter: go on):", "token");
            person.answers("How do you give it [type]:", "1");
            person.answers("(not shown):", "canary-4711");
            person.answers("(Enter: go on):", "");
            person.reads("ada@example.org");
            person.reads("`$.phone` matched 0 of 3");
            person.answers("it is right so):", "phone");
            person.reads("$.contact.mobile");
            person.answers("phone (Enter: leave it):", "$.contact[");
            person.reads("not a JSONPath");
            person.answers("phone (Enter: leave it):", "mobile");
            person.answers("Another field (Enter: look again):", "");
            person.reads("+49 170 0000001");
            person.answers("it is right so):", "");
            person.answers("Kind of channel:", "campaign");
            person.answers("actionable a month:", "40 a month");
            person.answers("with commas) [roof]:", "");
            person.answers("How often it is read [5m]:", "2m");
            person.reads("token = { file = \"../secrets/web-token\" }");
            assert_eq!(home.files(), ["leadgate.toml"], "nothing is written before the end");
            person.answers("conf.d/web.toml? [Y/n]", "");
            person.reads("engine --once");
            let ended = person.ends();
            assert_eq!(home.files(), ["conf.d/web.toml", "leadgate.toml", "secrets/web-token"]);
            assert_eq!(read(&home.config_dir().join("secrets/web-token")), "canary-4711\n");
            let fragment = read(&file);
            assert!(!fragment.contains("canary") && fragment.contains("phone = \"$.contact.mobile\""), "{fragment}");
            assert!(home.done(&["source", "try", "web"]).contains("2 readable"));
            ended
        })
        .await
        .unwrap();
        assert_eq!(status, 0, "{seen}");
        assert!(!seen.contains("canary") && !seen.contains("wrong-key"), "{seen}");
    }

    #[test]
    fn ctrl_c_leaves_nothing_behind_and_gives_the_echo_back() {
        let home = Home::new();
        let mut person = Person::starts(&home, &["source", "add", "mailman", "--set", "url=http://127.0.0.1:9"]);
        person.answers("Name of the source", "");
        person.answers("How do you give it", "type");
        person.reads("(not shown):");
        person.types("canary");
        person.types("\u{3}");
        assert!(!person.echoes());
        person.reads("nothing was written");
        assert!(person.echoes());
        let (status, seen) = person.ends();
        assert_eq!(status, 130, "{seen}");
        assert!(!seen.contains("canary"), "{seen}");
        assert_eq!(home.files(), ["leadgate.toml"]);
        // End of input is an end, too.
        let mut person = Person::starts(&home, &["source", "add"]);
        person.reads("Preset:");
        person.types("\u{4}");
        let (status, seen) = person.ends();
        assert_eq!(status, 1, "{seen}");
        assert!(seen.contains("nothing was written"), "{seen}");
        assert_eq!(home.files(), ["leadgate.toml"]);
    }
}
