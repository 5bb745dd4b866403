//! `leadgate explain` and `leadgate simulate` as a person calls them.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const CONFIG: &str = r#"[business]
name = "Sonnenschein"
zone = "Europe/Berlin"
country = "DE"
languages = ["de", "en"]
currency = "EUR"
hours = "Mo-Fr 08:00-17:00; PH off"

[service.roof]
title = "Roof"
words = ["roof", "dach"]
[service.roof.criteria]
anywhere = true
timing = { within = "3 months", unknown = "review" }
budget = { at_least = "5000 EUR" }

[team.berlin]
services = ["roof"]
[person.anna]
name = "Anna"
team = "berlin"
email = "anna@example.com"

[cap.day]
team = "berlin"
max = 4
per = "day"

[source.web]
preset = "json"
url = "http://127.0.0.1:9/leads"
channel = "campaign"
goal = "some"
services = ["roof"]

[destination.mail]
smtp = "smtp://127.0.0.1:2525"
from = "Leads <leads@example.com>"
[route.default]
to = ["mail"]
"#;

fn leadgate(dir: &Path, args: &[&str], input: &str) -> (bool, String, String) {
    let mut command = Command::cargo_bin("leadgate").unwrap();
    command.env_clear().arg("--config").arg(dir.join("leadgate.toml")).arg("--data-dir").arg(dir.join("data"));
    let output = command.args(args).write_stdin(input).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

fn place() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("leadgate.toml"), CONFIG).unwrap();
    dir
}

#[test]
fn what_cannot_be_explained_says_how_to_ask() {
    let dir = place();
    let failed = |args: &[&str], input: &str| {
        let (good, _, words) = leadgate(dir.path(), args, input);
        assert!(!good);
        words
    };
    assert!(failed(&["explain"], "not json").contains("JSON object of a lead's fields"));
    assert!(failed(&["explain", "--source", "wep"], "{}").contains("did you mean \"web\"?"));
    assert!(failed(&["explain", "zzzz!"], "").contains("zzzz!"));
    assert!(failed(&["explain", "0042"], "").contains("there is no lead 0042"));
}

#[test]
fn a_record_is_tried_without_being_stored_and_every_rule_names_its_line() {
    let dir = place();
    let record = r#"{"need": "Dach neu", "timing": "in 5 Monaten", "budget": "ca. 3.000 €", "postal_code": "10115"}"#;
    let (good, out, words) = leadgate(dir.path(), &["explain", "--json"], record);
    assert!(good, "{words}");
    let explained: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&explained["verdict"], &explained["lead"]), (&"disqualified".into(), &Value::Null));
    let criteria = explained["criteria"].as_array().unwrap();
    let of = |name: &str| criteria.iter().find(|one| one["criterion"] == name).unwrap();
    let (timing, budget) = (of("timing"), of("budget"));
    assert_eq!(timing["answer"], "unmet");
    assert_eq!(timing["written"], "in 5 Monaten");
    assert_eq!(timing["key"], "service.roof.criteria.timing.within");
    assert!(timing["written_at"].as_str().unwrap().ends_with("leadgate.toml:14"), "{timing}");
    assert_eq!(timing["code"], "Q-TIMING");
    assert!(timing["passes_if"].as_str().unwrap().starts_with("the start is by"), "{timing}");
    assert_eq!(budget["code"], "Q-BUDGET-LOW");
    assert!(budget["written_at"].as_str().unwrap().ends_with("leadgate.toml:15"), "{budget}");
    let (_, leads, _) = leadgate(dir.path(), &["leads", "--json"], "");
    assert_eq!(leads.trim(), "[]");
}

#[test]
fn an_exception_names_its_line() {
    let dir = place();
    let more = "\n[exception.web-north]\nsource = \"web\"\nregion = { postal_codes = [\"2*\"] }\n\
                criteria.budget = { at_least = \"9000 EUR\", unknown = \"review\" }\ncriteria.weights.budget = 60\n";
    fs::write(dir.path().join("leadgate.toml"), CONFIG.to_owned() + more).unwrap();
    let budget = |record: &str| {
        let (good, out, words) = leadgate(dir.path(), &["explain", "--json"], record);
        assert!(good, "{words}");
        let explained: Value = serde_json::from_str(&out).unwrap();
        explained["criteria"].as_array().unwrap().iter().find(|one| one["criterion"] == "budget").unwrap().clone()
    };
    let line = CONFIG.lines().count() + 5;
    let low = budget(r#"{"need": "Dach", "timing": "asap", "budget": "6000 EUR", "postal_code": "20095"}"#);
    assert_eq!(
        (&low["answer"], &low["key"]),
        (&"unmet".into(), &"exception.web-north.criteria.budget.at_least".into())
    );
    assert!(low["written_at"].as_str().unwrap().ends_with(&format!("leadgate.toml:{line}")), "{low}");
    assert_eq!(low["points"], serde_json::json!([60, 0]));
    assert_eq!(low["weight_key"], "exception.web-north.criteria.weights.budget");
    assert!(low["weight_at"].as_str().unwrap().ends_with(&format!("leadgate.toml:{}", line + 1)), "{low}");
    let unsaid = budget(r#"{"need": "Dach", "timing": "asap", "postal_code": "20095"}"#);
    assert_eq!(unsaid["key"], "exception.web-north.criteria.budget.unknown");
    let usual = budget(r#"{"need": "Dach", "timing": "asap", "budget": "6000 EUR", "postal_code": "10115"}"#);
    assert_eq!(usual["weight_key"], Value::Null);
    assert_eq!((&usual["answer"], &usual["key"]), (&"met".into(), &"service.roof.criteria.budget.at_least".into()));
}

#[test]
fn a_simulation_needs_a_history_and_a_setting_that_holds() {
    let dir = place();
    let failed = |args: &[&str]| {
        let (good, _, words) = leadgate(dir.path(), args, "");
        assert!(!good, "{args:?}");
        words
    };
    assert!(failed(&["simulate"]).contains("there is no history yet"));
    assert!(failed(&["simulate", "--set", "cap.day.max=many"]).contains("cap.day.max"));
    assert!(failed(&["simulate", "--sweep", "cap.day.max=9"]).contains("5..30"));
    leadgate(dir.path(), &["leads"], "");
    assert!(failed(&["simulate", "--since", "soon"]).contains("30d"));
    let (good, out, _) = leadgate(dir.path(), &["simulate", "--set", "cap.day.max=9"], "");
    assert!(good && out.contains("0 leads received"), "{out}");
}

/// The last `--json` answer of a call that must succeed.
fn told(dir: &Path, args: &[&str]) -> Value {
    let (good, out, words) = leadgate(dir, &[args, &["--json"]].concat(), "");
    assert!(good, "{args:?}: {words}{out}");
    serde_json::from_str(&out).unwrap()
}

fn stage(dir: &Path, lead: &str) -> String {
    let leads = told(dir, &["leads"]);
    let lead = leads.as_array().unwrap().iter().find(|one| one["lead"] == lead).unwrap().clone();
    lead["stage"].as_str().unwrap().to_owned()
}

#[test]
fn the_review_queue_asks_one_question_each_and_the_answer_decides() {
    let dir = place();
    let dir = dir.path();
    let more = "\n[minimum.area]\nfield = \"roof_area\"\nat_least = 20\nunknown = \"review\"\nweight = 1\n";
    fs::write(dir.join("leadgate.toml"), CONFIG.to_owned() + more).unwrap();
    let csv = "name,email,need,timing,budget,roof_area\n\
               Ada,ada@example.com,Dach,,9000 EUR,30\n\
               Ben,ben@example.com,Dach,asap,9000 EUR,\n\
               Cem,cem@example.com,,,9000 EUR,30\n";
    fs::write(dir.join("people.csv"), csv).unwrap();
    assert_eq!(told(dir, &["leads", "--needs-answer"]), Value::Array(Vec::new()));
    told(dir, &["import", dir.join("people.csv").to_str().unwrap(), "--source", "web"]);
    let asked = told(dir, &["leads", "--needs-answer"]);
    let of = |name: &str| asked.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
    let id = |name: &str| of(name)["lead"].as_str().unwrap().to_owned();
    let (ada, ben, cem) = (id("Ada"), id("Ben"), id("Cem"));
    assert_eq!((&of("Ada")["criterion"], &of("Ada")["open"]), (&"timing".into(), &1.into()));
    assert_eq!(of("Ada")["ask"], "When do they want it (within 3 months)?");
    assert_eq!((&of("Ben")["criterion"], &of("Cem")["criterion"]), (&"area".into(), &"need".into()));
    assert_eq!(of("Cem")["open"], 2, "what they want decides by whose rules the rest is asked");

    // What is not understood is kept and asked again; what is, decides; undo takes it back.
    let (good, out, _) = leadgate(dir, &["lead", "answer", &ada, "when the cows come home"], "");
    assert!(good && out.contains("not understood as timing") && out.contains("Still open: When"), "{out}");
    told(dir, &["lead", "answer", &ada, "in 3 weeks"]);
    assert_eq!(stage(dir, &ada), "held");
    told(dir, &["undo"]);
    assert_eq!(stage(dir, &ada), "review");
    told(dir, &["lead", "answer", &ada, "no"]);
    assert_eq!(stage(dir, &ada), "disqualified");
    let (good, _, words) = leadgate(dir, &["lead", "answer", &ada, "yes"], "");
    assert!(!good && words.contains("nothing is asked about lead"), "{words}");
    // A field the record did not have.
    told(dir, &["lead", "answer", &ben, "25"]);
    assert_eq!(stage(dir, &ben), "held");
    let (good, out, _) = leadgate(dir, &["lead", "answer", &cem, "roof"], "");
    assert!(good && out.contains("Still open: When do they want it"), "{out}");
    told(dir, &["lead", "answer", &cem, "in 8 months"]);
    assert_eq!(stage(dir, &cem), "disqualified");
}

#[test]
fn a_draft_is_begun_shown_and_ended_and_no_file_is_written() {
    let dir = place();
    let dir = dir.path();
    let failed = |args: &[&str]| {
        let (good, _, words) = leadgate(dir, args, "");
        assert!(!good, "{args:?}");
        words
    };
    assert!(failed(&["shadow", "start", "--reason", "try"]).contains("which draft?"));
    assert!(
        failed(&["shadow", "start", "gone.toml", "--reason", "try"]).contains("configuration does not hold")
            || failed(&["shadow", "start", "gone.toml", "--reason", "try"]).contains("gone.toml")
    );
    assert!(failed(&["shadow", "stop"]).contains("no draft runs"));
    let draft = dir.join("draft.toml");
    fs::write(&draft, CONFIG.replace("5000 EUR", "8000 EUR")).unwrap();
    let draft = draft.to_str().unwrap();
    told(dir, &["shadow", "start", draft, "--reason", "fewer returns"]);
    assert!(failed(&["shadow", "start", draft, "--reason", "again"]).contains("runs already"));
    fs::write(dir.join("people.csv"), "name,email,need,timing,budget\nAda,ada@example.com,Dach,asap,6000 EUR\n")
        .unwrap();
    told(dir, &["import", dir.join("people.csv").to_str().unwrap(), "--source", "web"]);
    let board = told(dir, &["shadow", "show"]);
    assert_eq!((&board["leads"], &board["differ"], &board["reason"]), (&1.into(), &1.into(), &"fewer returns".into()));
    assert_eq!(
        (&board["differing"][0]["live"], &board["differing"][0]["draft"]),
        (&"qualified".into(), &"disqualified".into())
    );
    assert_eq!(board["live"]["precision"]["too_few"], true);
    let (_, out, _) = leadgate(dir, &["shadow", "show"], "");
    assert!(out.contains("Decided differently:") && out.contains("+Q-BUDGET-LOW") && out.contains("— (n 0)"), "{out}");
    let (good, out, _) = leadgate(dir, &["shadow", "stop"], "");
    assert!(good && out.contains("its scores stay"), "{out}");
    let (good, out, words) = leadgate(
        dir,
        &["shadow", "start", "--set", "service.roof.criteria.timing.within=\"1 month\"", "--reason", "sooner"],
        "",
    );
    assert!(good && out.contains("timing.within"), "{out}{words}");
    assert_eq!(fs::read_to_string(dir.join("leadgate.toml")).unwrap(), CONFIG);
}
