//! The program itself on other days: a lead handed off before a weekend and before public holidays, answered after
//! them. The clock of the process is moved by `faketime`; without it this says so and passes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)] // tests, in functions of their own

use std::path::Path;
use std::process::{Command, Output};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const WEEK: &str = "Mo-Fr 09:00-17:00; PH off";

const PRESET: &str = r#"
format = 1
id = "desk"
title = "A desk of the tests"
first_response = "exact"

[vars.url]
prompt = "Address"
kind = "url"

[http]
base = "{{ vars.url }}"

[auth]
kind = "none"

[create]
method = "POST"
path = "/tickets"
get = { ref = "$.id" }
[create.body]
key = "{{ h.token }}"

[[poll]]
path = "/tickets/{{ ref }}"
[poll.get]
state = "$.state"
first_response_at = { at = "$.answered", as = "rfc3339" }
"#;

fn config(url: &str) -> String {
    format!(
        "[business]\nname = \"Dach & Co\"\nzone = \"Europe/Berlin\"\ncountry = \"DE\"\nhours = \"{WEEK}\"\n\
         [service.roof]\nwords = [\"roof\"]\n[service.roof.criteria]\nanywhere = true\nanybody = true\n\
         timing.unknown = \"pass\"\n[team.berlin]\nservices = [\"roof\"]\n[person.anna]\nteam = \"berlin\"\n\
         email = \"anna@dach.example\"\n[source.web]\npreset = \"json\"\nurl = \"{url}/leads\"\nchannel = \"network\"\n\
         goal = \"ten a month\"\nservices = [\"roof\"]\n[destination.desk]\npreset = \"desk\"\nurl = \"{url}\"\n\
         [route.default]\nto = [\"desk\"]\nanswer_within = \"1h\"\n"
    )
}

/// The program, begun at this moment.
fn at(moment: Timestamp, dir: &Path, words: &[&str]) -> Output {
    let moment = moment.strftime("@%Y-%m-%d %H:%M:%S").to_string();
    let mut command = Command::new("faketime");
    command.args(["-m", "--exclude-monotonic", "-f", &moment, env!("CARGO_BIN_EXE_leadgate"), "--data-dir"]);
    command.arg(dir).args(words).env("TZ", "UTC");
    loop {
        let done = command.output().unwrap();
        // An earlier process of the same number left its semaphore: the next one has another number.
        if !String::from_utf8_lossy(&done.stderr).contains("sem_open: File exists") {
            return done;
        }
    }
}

fn pass(moment: Timestamp, dir: &Path) {
    let done = at(moment, dir, &["engine", "--once"]);
    assert!(done.status.success(), "{moment}: {}", String::from_utf8_lossy(&done.stderr));
}

/// What a command says as JSON.
fn told(moment: Timestamp, dir: &Path, words: &[&str]) -> Value {
    let done = at(moment, dir, words);
    let said = String::from_utf8_lossy(&done.stdout);
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("{words:?}: {said}{}", String::from_utf8_lossy(&done.stderr)))
}

fn moment(of: &Value, key: &str) -> Timestamp {
    of[key].as_str().unwrap_or_else(|| panic!("{key}: {of:#}")).parse().unwrap()
}

async fn stands(server: &MockServer, answered: Value) {
    let body = json!({ "state": "open", "answered": answered });
    Mock::given(method("GET"))
        .and(path("/tickets/7"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .with_priority(if answered.is_null() { 5 } else { 1 })
        .mount(server)
        .await;
}

/// Handed off at `handed`, looked at on the free day `between`, answered at `answered`: `working` seconds of working
/// time lie between; an hour of it after `handed` ends at `due`.
async fn over(handed: &str, between: &str, answered: &str, working: i64, due: &str) {
    let [handed, between, answered, due] =
        [handed, between, answered, due].map(|text| text.parse::<Timestamp>().unwrap());
    let server = MockServer::start().await;
    let lead = json!({ "id": "r1", "created_at": handed.to_string(), "name": "Ann", "email": "ann@example.com",
        "service": "a new roof", "country": "DE", "postal_code": "10405" });
    for (verb, at, body) in
        [("GET", "/leads", json!({ "data": [lead], "next": null })), ("POST", "/tickets", json!({ "id": "7" }))]
    {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&server).await;
    }
    stands(&server, Value::Null).await;
    let dir = tempfile::tempdir().unwrap();
    let presets = dir.path().join("presets/destinations");
    std::fs::create_dir_all(&presets).unwrap();
    std::fs::write(presets.join("desk.toml"), PRESET).unwrap();
    std::fs::write(dir.path().join("leadgate.toml"), config(&server.uri())).unwrap();

    pass(handed, dir.path());
    let accepted = moment(&told(handed, dir.path(), &["handoffs", "--json"])[0], "accepted_at");
    // A start takes as long as it takes: everything counts from the moment that is stored.
    let late = accepted.duration_since(handed);
    assert!(late >= SignedDuration::ZERO && late < SignedDuration::from_mins(5), "accepted at {accepted}");

    pass(between, dir.path());
    let row = told(between, dir.path(), &["handoffs", "--json"])[0].clone();
    assert_eq!(row["first_at"], Value::Null, "nobody has answered: {row:#}");
    let answer_by = moment(&row, "answer_by");
    // The promise counts from just before the acceptance is stored.
    assert!((answer_by.duration_since(due) - late).abs() < SignedDuration::from_secs(1), "{answer_by} and not {due}");

    stands(&server, json!(answered.to_string())).await;
    pass(answered + SignedDuration::from_mins(10), dir.path());
    let row = told(answered, dir.path(), &["handoffs", "--json"])[0].clone();
    assert_eq!(moment(&row, "first_at"), answered, "{row:#}");
    let working = (SignedDuration::from_secs(working) - late).as_secs();
    assert_eq!(row["first_business_secs"].as_i64().unwrap(), working, "{row:#}");

    // The two functions at a shell say the same as the clocks of the engine.
    let (from, to) = (accepted.to_string(), answered.to_string());
    let office = ["--hours", WEEK, "--zone", "Europe/Berlin", "--country", "DE", "--json"];
    let elapsed = told(answered, dir.path(), &[&["elapsed", "--from", &from, "--to", &to], &office[..]].concat());
    assert_eq!(elapsed["business_seconds"].as_i64().unwrap(), working);
    assert_eq!(elapsed["wall_seconds"].as_i64().unwrap(), answered.duration_since(accepted).as_secs());
    let same = told(answered, dir.path(), &[&["due", "--from", &from, "--within", "1h"], &office[..]].concat());
    assert!(moment(&same, "due").duration_since(answer_by).abs() < SignedDuration::from_secs(1), "{same}");
}

fn there_is_none() -> bool {
    let missing = Command::new("faketime").arg("--version").output().is_err();
    if missing {
        eprintln!("skipped: there is no faketime here");
    }
    missing
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weekend_is_no_working_time() {
    if there_is_none() {
        return;
    }
    // Friday 16:30 to Monday 09:45 in Berlin: half an hour and three quarters.
    over("2026-11-20T15:30:00Z", "2026-11-22T11:00:00Z", "2026-11-23T08:45:00Z", 75 * 60, "2026-11-23T08:30:00Z").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn public_holidays_are_no_working_time() {
    if there_is_none() {
        return;
    }
    // Thursday, Christmas Eve, 16:30 to Monday 09:20: both days of Christmas and a Sunday between.
    over("2026-12-24T15:30:00Z", "2026-12-25T11:00:00Z", "2026-12-28T08:20:00Z", 50 * 60, "2026-12-28T08:30:00Z").await;
    // Maundy Thursday to Easter Tuesday, and the clock goes forward before it, not within it.
    over("2026-04-02T14:59:00Z", "2026-04-06T10:00:00Z", "2026-04-07T07:10:00Z", 11 * 60, "2026-04-07T07:59:00Z").await;
}
