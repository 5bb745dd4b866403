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
anybody = true

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
        ["presets/sources/mailman.toml:", "did you mean `number`", "webhook.toml:", "did you mean `create`", "2 of "]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let output = home.run(&["--json", "check", "--presets"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &told["ok"]), (Some(1), &json!(false)));
    let own = std::fs::read_to_string(home.config_dir().join("presets/sources/mailman.toml")).unwrap();
    let line = own.lines().position(|line| line.contains("page.nunber")).unwrap() + 1;
    assert_eq!(told["mistakes"][0]["line"], line);
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
    assert!(home.not_done(&["source", "add", "mail", "--yes"]).contains("mailchimp"));
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
        // Left over from an earlier source: it stays as it is.
        std::fs::create_dir(home.config_dir().join("secrets")).unwrap();
        std::fs::write(home.config_dir().join("secrets/web-token"), "old").unwrap();
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
            person.reads("token = { file = \"../secrets/web-token-2\" }");
            assert_eq!(home.files(), ["leadgate.toml", "secrets/web-token"], "nothing is written before the end");
            person.answers("conf.d/web.toml? [Y/n]", "");
            person.reads("engine --once");
            let ended = person.ends();
            assert_eq!(home.files(), ["conf.d/web.toml", "leadgate.toml", "secrets/web-token", "secrets/web-token-2"]);
            assert_eq!(read(&home.config_dir().join("secrets/web-token-2")), "canary-4711\n");
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

    #[tokio::test(flavor = "multi_thread")]
    async fn a_consent_is_given_on_the_way() {
        let authority = super::login::Authority::start().await;
        let home = authority.home();
        std::fs::write(home.config(), BASE).unwrap();
        let (status, seen) = tokio::task::spawn_blocking(move || {
            let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut person = Person::starts(&home, &["source", "add", "vendor"]);
            person.answers("Name of the source", "");
            person.answers("Address of the API", &authority.server.uri());
            person.answers("Id of the app", "me");
            person.answers("How do you give it", "");
            person.answers("(not shown):", "canary-secret");
            person.answers("in a browser? [Y/n]", "");
            person.answers("Redirect address", &format!("http://127.0.0.1:{port}/cb"));
            person.reads("agree there:");
            person.reads("(The vendor must know");
            let address = person.seen.split_whitespace().find(|word| word.contains("code_challenge=")).unwrap();
            let back = authority.agree(&url::Url::parse(address).unwrap());
            assert!(super::login::browse(&back).contains("Signed in."));
            person.reads("ada@example.org");
            assert!(!home.dir.path().join("XDG_DATA_HOME").exists(), "nothing is kept before the end");
            person.answers("it is right so):", "");
            person.answers("Kind of channel:", "campaign");
            person.answers("actionable a month:", "40 a month");
            person.answers("with commas)", "");
            person.answers("How often", "");
            person.answers("[Y/n]", "y");
            person.reads("engine --once");
            let ended = person.ends();
            assert!(home.done(&["source", "try", "vendor"]).contains("readable"));
            ended
        })
        .await
        .unwrap();
        assert_eq!(status, 0, "{seen}");
        assert!(!seen.contains("canary"), "{seen}");
    }

    const LISTS: &str = r#"
format = 1
id = "lists"
title = "Lists by name"
[vars]
list_id = { prompt = "List", discover = { path = "/lists", rows = "$.lists[*]", get = { value = "$.id", label = "$.name" } } }
token = { prompt = "Token", kind = "secret" }
url = { prompt = "Address of the API", kind = "url" }
[http]
base = "{{ vars.url }}"
[auth]
kind = "bearer"
token = "{{ vars.token }}"
[request]
path = "/lists/{{ vars.list_id }}/people"
[cursor]
strategy = "snapshot"
[extract]
records = "$.data[*]"
id = "$.id"
[lookup.more]
path = "/people/{{ record.id }}"
with = { id = "$.id" }
[map]
email = "$.email"
phone = { at = "$.phone", in = "more" }
"#;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_list_is_chosen_by_its_name() {
        let home = Home::new();
        let folder = home.config_dir().join("presets/sources");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("lists.toml"), LISTS).unwrap();
        let server = MockServer::start().await;
        let lists = json!({"lists": [{"id": "l-1", "name": "Customers"}, {"id": "l-2", "name": "Roof\u{1b} news"}]});
        let with_key = |place: &str, body: Value| {
            Mock::given(path(place))
                .and(header("authorization", "Bearer canary-4711"))
                .respond_with(ResponseTemplate::new(200).set_body_json(body))
        };
        with_key("/lists", lists).mount(&server).await;
        with_key("/lists/l-2/people", leads()).mount(&server).await;
        with_key("/people/L1", json!({"phone": "+49 30 4711"})).mount(&server).await;
        Mock::given(any()).respond_with(ResponseTemplate::new(404)).mount(&server).await;
        let url = server.uri();
        let (status, seen) = tokio::task::spawn_blocking(move || {
            let mut person =
                Person::starts(&home, &["source", "add", "lists", "--name", "news", "--set", &format!("url={url}")]);
            person.answers("How do you give it", "");
            person.answers("(not shown):", "canary-4711");
            person.reads("l-1  Customers");
            person.reads("l-2  Roof news");
            person.answers("list_id:", "roof");
            person.reads("+49 30 4711");
            person.reads("record 2 (id L2)");
            person.answers("it is right so):", "");
            person.answers("Kind of channel:", "2");
            person.answers("actionable a month:", "40 a month");
            person.answers("with commas)", "roofs");
            person.reads("did you mean `roof`");
            person.answers("with commas)", "roof");
            person.answers("How often", "now");
            person.reads("does not hold");
            person.answers("How often", "5m");
            person.answers("(Enter: go on):", "");
            person.answers("[Y/n]", "y");
            let ended = person.ends();
            assert!(read(&home.config_dir().join("conf.d/news.toml")).contains("list_id = \"l-2\""));
            ended
        })
        .await
        .unwrap();
        assert_eq!(status, 0, "{seen}");
    }

    #[test]
    fn ctrl_c_leaves_nothing_behind_and_gives_the_echo_back() {
        let home = Home::new();
        let mut person = Person::starts(&home, &["source", "add", "mailman", "--set", "url=http://127.0.0.1:9"]);
        person.answers("Name of the source", "");
        person.answers("How do you give it", "type");
        person.reads("(not shown):");
        assert!(!person.echoes());
        person.types("canary");
        person.types("\u{3}");
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

/// A vendor that wants a person's consent.
const VENDOR: &str = r#"
format = 1
id = "vendor"
title = "Vendor with consent"
[vars]
url = { prompt = "Address of the API", kind = "url" }
client_id = { prompt = "Id of the app" }
client_secret = { prompt = "Secret of the app", kind = "secret" }
[http]
base = "{{ vars.url }}"
[auth]
kind = "oauth2"
authorize_url = "{{ vars.url }}/authorize"
authorize_query = { access_type = "offline" }
token_url = "{{ vars.url }}/token"
client_id = "{{ vars.client_id }}"
client_secret = "{{ vars.client_secret }}"
scope = "leads.read"
[request]
path = "/leads"
[cursor]
strategy = "snapshot"
[extract]
records = "$.data[*]"
id = "$.id"
[map]
email = "$.email"
"#;

mod login {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpStream;
    use std::process::{Child, Stdio};
    use std::sync::{Arc, Mutex};

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use sha2::{Digest as _, Sha256};
    use url::Url;
    use wiremock::Request;
    use wiremock::matchers::method;

    use super::*;

    /// An authorisation server: gives its code to whoever agrees, takes it back once, from whoever can prove to be
    /// the one who asked.
    pub struct Authority {
        pub server: MockServer,
        challenge: Arc<Mutex<Option<String>>>,
    }

    impl Authority {
        pub async fn start() -> Self {
            let server = MockServer::start().await;
            let challenge = Arc::new(Mutex::new(None));
            let kept: Arc<Mutex<Option<String>>> = Arc::clone(&challenge);
            let answer = move |request: &Request| {
                let form: std::collections::HashMap<String, String> =
                    url::form_urlencoded::parse(&request.body).into_owned().collect();
                let refused = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant"}));
                let fits = match form.get("grant_type").map(String::as_str) {
                    Some("authorization_code") => {
                        let verifier = form.get("code_verifier").map(String::as_str).unwrap_or_default();
                        let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
                        form.get("code").is_some_and(|code| code == "code-4711")
                            && form.contains_key("redirect_uri")
                            && kept.lock().unwrap().take() == Some(proof)
                    }
                    Some("refresh_token") => form.get("refresh_token").is_some_and(|token| token == "canary-refresh"),
                    _ => false,
                };
                let given =
                    json!({"access_token": "canary-access", "refresh_token": "canary-refresh", "expires_in": 3600});
                if fits { ResponseTemplate::new(200).set_body_json(given) } else { refused }
            };
            Mock::given(method("POST")).and(path("/token")).respond_with(answer).mount(&server).await;
            Mock::given(path("/leads"))
                .and(header("authorization", "Bearer canary-access"))
                .respond_with(ResponseTemplate::new(200).set_body_json(leads()))
                .mount(&server)
                .await;
            Self { server, challenge }
        }

        /// A home whose source `web` is this vendor's.
        pub fn home(&self) -> Home {
            let home = Home::new();
            let folder = home.config_dir().join("presets/sources");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("vendor.toml"), VENDOR).unwrap();
            home.source(&format!(
                "[source.web]\npreset = \"vendor\"\nurl = \"{}\"\nclient_id = \"me\"\nclient_secret = {{ env = \"API_KEY\" }}\nchannel = \"campaign\"\ngoal = \"x\"\nservices = [\"roof\"]\n",
                self.server.uri()
            ));
            home
        }

        /// A person opens the address and agrees; where their browser is sent to.
        pub fn agree(&self, address: &Url) -> Url {
            let asked: std::collections::HashMap<_, _> = address.query_pairs().into_owned().collect();
            for (name, value) in [
                ("response_type", "code"),
                ("client_id", "me"),
                ("scope", "leads.read"),
                ("access_type", "offline"),
                ("code_challenge_method", "S256"),
            ] {
                assert_eq!(asked[name], value, "{address}");
            }
            assert!(asked["state"].len() >= 32, "{address}");
            *self.challenge.lock().unwrap() = Some(asked["code_challenge"].clone());
            let mut back = Url::parse(&asked["redirect_uri"]).unwrap();
            back.query_pairs_mut().append_pair("code", "code-4711").append_pair("state", &asked["state"]);
            back
        }
    }

    /// What a browser shows at an address of this machine.
    pub fn browse(url: &Url) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", url.port().unwrap())).unwrap();
        let at = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        write!(stream, "GET {at} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        page
    }

    /// `source login web`, and the address it prints.
    fn begin(home: &Home, more: &[&str]) -> (Child, BufReader<std::process::ChildStderr>, Url) {
        let args: Vec<&str> = ["source", "login", "web"].iter().chain(more).copied().collect();
        let mut child =
            home.command(&args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(err.read_line(&mut line).unwrap() > 0, "it ended early");
            if let Ok(url) = Url::parse(line.trim()) {
                break url;
            }
        };
        (child, err, address)
    }

    fn end(child: Child, mut err: BufReader<std::process::ChildStderr>) -> (Option<i32>, String) {
        let mut told = String::new();
        err.read_to_string(&mut told).unwrap();
        let output = child.wait_with_output().unwrap();
        told += &text(&output.stdout);
        assert!(!told.contains("canary") && !told.contains("code-4711"), "{told}");
        (output.status.code(), told)
    }

    fn changed(url: &Url, name: &str, value: &str) -> Url {
        let mut changed = url.clone();
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(known, _)| known != name).collect();
        changed.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, value);
        changed
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_consent_in_the_browser_is_a_sign_in_that_lasts() {
        let authority = Authority::start().await;
        let home = authority.home();
        assert!(home.not_done(&["source", "try", "web"]).contains("source login web"));
        let (child, err, address) = begin(&home, &[]);
        let back = authority.agree(&address);
        assert!(browse(&changed(&back, "code", "")).contains("Not signed in."));
        let (status, told) = end(child, err);
        assert!(status == Some(1) && told.contains("without a code"), "{told}");
        let (child, err, address) = begin(&home, &["--wait", "1m"]);
        let back = authority.agree(&address);
        let mut elsewhere = back.clone();
        elsewhere.set_path("/favicon.ico");
        assert!(browse(&elsewhere).starts_with("HTTP/1.1 404"));
        let page = browse(&back);
        assert!(page.starts_with("HTTP/1.1 200") && page.contains("Signed in."), "{page}");
        assert!(page.contains("no-store") && page.contains("no-referrer"), "{page}");
        let (status, told) = end(child, err);
        assert_eq!(status, Some(0), "{told}");
        assert!(told.contains("source try web"), "{told}");
        assert!(home.done(&["source", "try", "web"]).contains("readable"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let kept = home.dir.path().join("XDG_DATA_HOME/leadgate/tokens/web.json");
            assert_eq!(std::fs::metadata(kept).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn refused_foreign_late_and_unwanted_answers_are_told() {
        let authority = Authority::start().await;
        let home = authority.home();
        let (child, err, address) = begin(&home, &[]);
        let denied = changed(&changed(&authority.agree(&address), "code", "x"), "error", "access_denied");
        assert!(browse(&denied).contains("refused"));
        let (status, told) = end(child, err);
        assert!(status == Some(1) && told.contains("refused (access_denied)"), "{told}");

        let (child, err, address) = begin(&home, &[]);
        assert!(browse(&changed(&authority.agree(&address), "state", "theirs")).contains("another attempt"));
        let (status, told) = end(child, err);
        assert!(status == Some(1) && told.contains("another attempt"), "{told}");

        let (child, err, address) = begin(&home, &[]);
        let page = browse(&changed(&authority.agree(&address), "code", "stolen"));
        assert!(page.contains("did not accept"), "{page}");
        let (status, told) = end(child, err);
        assert!(status == Some(1), "{told}");

        let (child, err, _) = begin(&home, &["--wait", "1s"]);
        let (status, told) = end(child, err);
        assert!(status == Some(1) && told.contains("nobody agreed within 1 s"), "{told}");

        home.source(&web(&authority.server));
        assert!(home.not_done(&["source", "login", "web"]).contains("needs no sign-in"));
        assert!(home.not_done(&["source", "login", "wbe"]).contains("did you mean `web`"));
        assert!(!home.dir.path().join("XDG_DATA_HOME/leadgate/tokens/web.json").exists());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_a_browser_here_the_address_is_pasted() {
        let authority = Authority::start().await;
        let home = authority.home();
        let far = "https://example.org/after";
        assert!(home.not_done(&["source", "login", "web", "--redirect", far]).contains("--paste"));
        let (mut child, err, address) = begin(&home, &["--paste", "--redirect", far]);
        let back = authority.agree(&address);
        let lines = format!("code-4711\n{back}\n");
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        let (status, told) = end(child, err);
        assert!(status == Some(0) && told.contains("whole address"), "{told}");
        let (mut child, err, address) = begin(&home, &["--paste"]);
        let back = changed(&authority.agree(&address), "state", "theirs");
        child.stdin.take().unwrap().write_all(format!("{back}\n").as_bytes()).unwrap();
        let (status, told) = end(child, err);
        assert!(status == Some(1) && told.contains("another attempt"), "{told}");
    }
}

/// Sources that are told, files and figures are added and looked at as truly as those of an API.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_source_is_added_and_tried() {
    let home = Home::new();
    let purpose = ["--channel", "campaign", "--goal", "40 a month", "--service", "roof", "--yes"];
    let add = |preset: &'static str, rest: &[&'static str]| {
        ["source", "add", preset].into_iter().chain(rest.iter().copied()).collect::<Vec<_>>()
    };
    let figures = ["--set", "advertiser_id=1", "--set", "token=env:API_KEY", "--yes"];
    let told = home.not_done(&add("tiktok-report", &figures));
    assert!(told.contains("there is no source yet: add that one first"), "{told}");

    let key = ["--name", "form", "--set", "key=env:API_KEY"];
    home.done(&add("web-form", &[&key[..], &purpose[..]].concat()));
    let fragment = read(&home.config_dir().join("conf.d/form.toml"));
    assert!(!fragment.contains("every ="), "it is not read: {fragment}");
    let aloud = home.done(&["check"]);
    assert!(aloud.contains("it tells each lead by itself, understood with web-form"), "{aloud}");
    assert!(!aloud.contains("read with web-form"), "{aloud}");
    let told = home.not_done(&["source", "try", "form"]);
    assert!(told.contains("is told by its vendor") && told.contains("send a test"), "{told}");

    let table = home.config_dir().join("leads.csv");
    std::fs::write(&table, "name,email\nAda,ada@example.com\n").unwrap();
    let path = format!("path={}", table.display());
    let place = ["--name", "table", "--set", &path, "--set", "name=$.name", "--set", "email=$.email"];
    let all: Vec<&str> = ["source", "add", "csv"].into_iter().chain(place).chain(purpose).collect();
    let told = home.done(&all);
    assert!(told.contains("1 record on the first page: 1 readable"), "{told}");
    assert!(home.done(&["source", "try", "table", "--show"]).contains("ada@example.com"));

    let server = MockServer::start().await;
    let row = json!({"dimensions": {"campaign_id": "17", "stat_time_day": "2026-09-14 00:00:00"},
        "metrics": {"campaign_name": "Spring", "currency": "EUR", "impressions": "900", "clicks": "31", "spend": "12.50"}});
    let page = json!({"code": 0, "data": {"list": [row], "page_info": {"total_number": 1}}});
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(page)).mount(&server).await;
    let url = format!("url={}", server.uri());
    let start: Vec<&str> = ["source", "add", "tiktok-report", "--set", &url].into_iter().chain(figures).collect();
    let told = home.not_done(&start);
    assert!(told.contains("--pays-for") && told.contains("form, table"), "{told}");
    let told = home.done(&[&start[..], &["--pays-for", "form"]].concat());
    assert!(
        told.contains("1 campaign days on the first page. The first: Spring on 2026-09-14: 12.50 EUR spent"),
        "{told}"
    );
    let fragment = read(&home.config_dir().join("conf.d/tiktok-report.toml"));
    assert!(fragment.contains("pays_for = \"form\"") && !fragment.contains("channel"), "{fragment}");
    assert!(home.done(&["source", "try", "tiktok-report"]).contains("31 clicks"));

    let letters = ["--set", "host=127.0.0.1", "--set", "port=1", "--set", "tls=plain", "--set", "user=me"];
    let letters = [&letters[..], &["--set", "password=env:API_KEY"], &purpose[..]].concat();
    let told = home.not_done(&add("mailbox", &letters));
    assert!(told.contains("Nothing was written; --no-sample"), "{told}");
    home.done(&[&add("mailbox", &letters)[..], &["--no-sample"]].concat());
    assert!(home.done(&["check"]).contains("read with mailbox every"));
    assert!(home.done(&["doctor"]).contains("the data is sound"));
}
