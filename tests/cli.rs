//! The command line as somebody at a shell meets it: what is printed, where, and the exit status (0 done,
//! 1 not done, 2 wrong call).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests, in functions of their own

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The binary in a home of its own, without anybody's environment.
fn leadgate(home: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadgate"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", home);
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        command.env(name, home.join(name));
    }
    command.env("USER", "tester").env("TMPDIR", home).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Done: its standard output.
fn done(home: &Path, args: &[&str]) -> String {
    let output = leadgate(home, args);
    assert_eq!(output.status.code(), Some(0), "{args:?}\n{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Not done, with this status: its standard error, and nothing on standard output.
fn not_done(home: &Path, status: i32, args: &[&str]) -> String {
    let output = leadgate(home, args);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{args:?}\n{out}{err}");
    assert_eq!(out, "", "{args:?}: an error belongs on standard error");
    assert!(!err.contains("panicked") && !err.trim().is_empty(), "{args:?}: {err}");
    err
}

fn json(home: &Path, args: &[&str]) -> Value {
    let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
    serde_json::from_str(&done(home, &args)).unwrap()
}

#[test]
fn help_and_wrong_calls() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let help = done(home, &["--help"]);
    for command in ["engine", "init", "check", "leads", "handoffs", "report", "undo", "doctor", "demo", "--json"] {
        assert!(help.contains(command), "{command}: {help}");
    }
    assert!(done(home, &["--version"]).starts_with("leadgate "));
    assert!(done(home, &["lead", "contacted", "--help"]).contains("--at"));
    for wrong in [
        &["leeds"][..],
        &["leads", "everything"],
        &["lead", "contacted"],
        &["lead", "contacted", "0001", "--at", "soon"],
        &["cap", "set", "day", "minus", "--reason", "x"],
        &["report", "--since", "yesterday"],
        &["report", "--export", "leads.xlsx"],
        &["report", "--export", "leads.csv", "--mail"],
        &["report", "--force"],
        &["--nonsense"],
    ] {
        let err = not_done(home, 2, wrong);
        assert!(err.contains("error:"), "{wrong:?}: {err}");
    }
    assert!(not_done(home, 2, &["leeds"]).contains("leads"), "the nearest is offered");
    assert!(done(home, &["completions", "bash"]).contains("leadgate"));
    assert!(done(home, &["man"]).contains(".TH"));
    assert!(done(home, &["man", "source", "add"]).contains("env:NAME"));
    assert!(not_done(home, 1, &["man", "sourse"]).contains("source"));
    assert!(done(home, &["source", "try", "--help"]).contains("--show"));
    assert!(std::fs::read_dir(home).unwrap().next().is_none(), "asking for help leaves nothing behind");
}

#[test]
fn without_a_configuration_every_command_says_how_to_get_one() {
    let home = tempfile::tempdir().unwrap();
    for command in [&["leads"][..], &["handoffs"], &["report"], &["doctor"], &["engine", "--once"], &["undo"]] {
        let err = not_done(home.path(), 1, command);
        assert!(err.contains("leadgate init"), "{command:?}: {err}");
        assert!(!err.contains("stack") && err.lines().count() < 20, "{err}");
    }
    let output = leadgate(home.path(), &["--json", "leads"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &told["ok"]), (Some(1), &Value::Bool(false)));
}

#[test]
fn init_writes_a_starter_that_holds_and_never_overwrites() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("deep/leadgate.toml");
    let path = file.to_str().unwrap();
    assert!(done(home.path(), &["init", path]).contains("leadgate check"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(done(home.path(), &["--config", path, "check"]).contains("Roof renovation"));
    std::fs::write(&file, "mine").unwrap();
    let output = leadgate(home.path(), &["init", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!((text(&output.stdout) + &text(&output.stderr)).contains("exists already"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    // Without a path: where a start looks for it.
    done(home.path(), &["init"]);
    done(home.path(), &["check"]);
}

#[test]
fn check_tells_every_mistake_with_its_place() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("leadgate.toml");
    std::fs::write(
        &file,
        "[business]\nname = \"X\"\nzone = \"Europe/Berlim\"\ncountry = \"DE\"\n\n[team.a]\nservices = [\"rof\"]\n",
    )
    .unwrap();
    let path = file.to_str().unwrap();
    let output = leadgate(home.path(), &["--config", path, "check"]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    for words in ["Europe/Berlim", "Europe/Berlin", "rof", "leadgate.toml"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let output = leadgate(home.path(), &["--json", "--config", path, "check"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stdout)));
    assert_eq!((output.status.code(), &told["ok"]), (Some(1), &Value::Bool(false)));
    assert!(told["mistakes"].as_array().unwrap().len() >= 2, "{told:#}");
    let missing = not_done(home.path(), 1, &["--config", "/nonexistent/leadgate.toml", "leads"]);
    assert!(missing.contains("/nonexistent/leadgate.toml"), "{missing}");
}

/// Everything that is stored in a folder, as bytes.
fn all_bytes(dir: &Path, skip: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes.extend(all_bytes(&path, skip));
        } else if !path.to_string_lossy().ends_with(skip) {
            bytes.extend(std::fs::read(path).unwrap());
        }
    }
    bytes
}

type Call<'a, T> = &'a dyn Fn(&[&str]) -> T;

/// What a team lead does: a cap, and who is there.
fn steers(ok: Call<'_, String>, bad: Call<'_, String>, read: Call<'_, Value>) {
    // On a pipe nobody can be asked: the effect is told, and how to do it.
    let asked = bad(&["cap", "set", "berlin-hour", "9", "--reason", "help"]);
    assert!(asked.contains("nothing was changed") && asked.contains("--yes"), "{asked}");
    assert!(!ok(&["cap", "show"]).contains("help"));
    let set = ok(&["cap", "set", "berlin-hour", "9", "--reason", "help", "--yes"]);
    for words in ["berlin-hour from 6 to 9", "leads since", "handed off", "today then: ", "berlin-hour is now 9"] {
        assert!(set.contains(words), "{words}: {set}");
    }
    let shown = ok(&["cap", "show"]);
    assert!(shown.contains("set by Anna Berg") && shown.contains("help (config: 6, "), "{shown}");
    let reset = ok(&["cap", "reset", "berlin-hour"]);
    assert!(reset.contains("config"), "{reset}");
    let shown = ok(&["cap", "show"]);
    assert!(shown.contains("from the config (") && shown.contains("leadgate.toml:"), "{shown}");
    let somebody = read(&["person", "show"])[0]["id"].as_str().unwrap().to_owned();
    assert!(ok(&["person", "leave", &somebody, "--until", "3 days", "--reason", "flu"]).contains("is away until"));
    assert!(ok(&["person", "show", &somebody]).contains(": flu"));
    assert!(ok(&["person", "back", &somebody]).contains("is back"));
    assert!(ok(&["person", "shift", &somebody, "off", "--reason", "fair"]).contains("off shift until"));
    assert!(ok(&["undo"]).starts_with("Took back"));
}

/// Every lead as a row, in a folder of its own.
fn exports(dir: &Path, ok: Call<'_, String>, bad: Call<'_, String>, read: Call<'_, Value>) {
    std::fs::create_dir(dir).unwrap();
    let file = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let (parquet, csv) = (file("leads.parquet"), file("leads.csv"));
    let leads = read(&["report"])["total"]["counts"]["inquiries"].clone();
    assert_eq!(ok(&["report", "--export", &parquet]), format!("{leads} leads written to {parquet}\n"));
    let bytes = std::fs::read(&parquet).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    assert_eq!(read(&["report", "--export", &csv]), serde_json::json!({ "file": csv, "leads": leads }));
    let text = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(text.lines().count() as u64, leads.as_u64().unwrap() + 1);
    assert!(!text.contains('@'), "nobody's address is in it");

    let said = bad(&["report", "--export", &csv]);
    assert!(said.contains(&csv) && said.contains("--force"), "{said}");
    assert_eq!(std::fs::read_to_string(&csv).unwrap(), text, "what is there stays");
    let none = ok(&["report", "--export", &csv, "--force", "--since", "2024-01-01", "--until", "2024-01-31"]);
    assert!(none.starts_with("0 leads"), "{none}");
    assert_eq!(std::fs::read_to_string(&csv).unwrap().lines().count(), 1, "its columns");
    let nowhere = file("none/leads.csv");
    let said = bad(&["report", "--export", &nowhere]);
    assert!(said.contains(&nowhere) && said.contains("No such file"), "{said}");
    let said = bad(&["report", "--export", &file("a.csv"), "--since", "2026-03-02", "--until", "2026-03-01"]);
    assert!(said.contains("before it begins"), "{said}");
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 2, "nothing half stays");
}

#[test]
fn a_kept_demo_can_be_worked_with_from_the_shell() {
    let home = tempfile::tempdir().unwrap();
    let (home, dir) = (home.path(), home.path().join("kept"));
    let data = dir.to_str().unwrap();
    let mut printed = done(home, &["demo", "--headless", "--for", "3s", "--data-dir", data]);
    assert!(printed.contains("handed off"), "{printed}");

    let call = |args: &[&str]| -> Vec<String> {
        ["--data-dir", data, "--as", "anna"].iter().chain(args).map(|&arg| arg.to_owned()).collect()
    };
    let ok = |args: &[&str]| -> String {
        let all = call(args);
        done(home, &all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let bad = |args: &[&str]| -> String {
        let all = call(args);
        not_done(home, 1, &all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let read = |args: &[&str]| -> Value {
        let all = call(args);
        json(home, &all.iter().map(String::as_str).collect::<Vec<_>>())
    };

    let leads = read(&["leads"]);
    let leads = leads.as_array().unwrap();
    assert!(leads.len() >= 20, "{} leads", leads.len());
    let handoffs = read(&["handoffs"]);
    let handoffs = handoffs.as_array().unwrap().clone();
    assert!(handoffs.iter().any(|row| row["state"] == "accepted"), "{handoffs:#?}");
    for table in [&["leads"][..], &["handoffs"], &["sources"], &["capacity"], &["journal"], &["report"], &["doctor"]] {
        let shown = ok(table);
        assert!(shown.lines().count() >= 2, "{table:?}: {shown}");
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{table:?}");
        printed += &shown;
        read(table);
    }
    assert_eq!(read(&["doctor"])["sound"], true);
    assert_eq!(read(&["report"])["splits"][0]["rows"].as_array().unwrap().len(), 2);
    let mine = read(&["leads", "--mine"]);
    assert!(mine.as_array().unwrap().iter().all(|row| row["owner"] == "Anna Berg"), "{mine:#}");
    let nobodys = json(home, &["--data-dir", data, "--as", "nobody", "leads", "--mine"]);
    assert_eq!(nobodys, serde_json::json!([]), "nobody has none");

    let open = handoffs.iter().find(|row| row["state"] == "accepted" && row["first_at"].is_null()).unwrap();
    let lead = open["lead"].as_str().map_or_else(|| open["lead"].to_string(), str::to_owned);
    let shown = ok(&["lead", "show", &lead]);
    assert!(shown.contains("next:") && shown.contains("need"), "{shown}");
    let of = |lead: &str| read(&["lead", "show", lead])["handoffs"][0].clone();
    assert!(ok(&["lead", "contacted", &lead]).starts_with("Contacted "));
    assert!(!of(&lead)["first_at"].is_null());
    assert!(ok(&["undo"]).starts_with("Took back"));
    assert!(of(&lead)["first_at"].is_null());
    assert!(ok(&["lead", "note", &lead, "call after five"]).starts_with("Noted"));
    steers(&ok, &bad, &read);
    exports(&home.join("exports"), &ok, &bad, &read);
    assert!(ok(&["source", "pause", "campaign", "--reason", "fair"]).contains("paused"));
    assert!(ok(&["source", "resume", "campaign"]).contains("read again"));
    let spent = || read(&["report"])["total"]["cost"]["gross"]["value"].as_i64().unwrap();
    assert_eq!(spent(), 20_500, "what the demo's sources cost");
    assert!(ok(&["cost", "add", "campaign", "320 EUR"]).contains("320 EUR"));
    assert_eq!(spent(), 52_500);

    let somebody = read(&["person", "show"])[0]["id"].as_str().unwrap().to_owned();
    for (args, words) in [
        (&["lead", "show", "zzzz-9"][..], "zzzz-9"),
        (&["lead", "show", "ZZZZ"], "no lead"),
        (&["lead", "contacted", "ZZZZ"], "no lead"),
        (&["lead", "return", &lead, "--reason", "R-NONSENSE"], "R-NONSENSE"),
        (&["lead", "reassign", &lead, "zoe"], "zoe"),
        (&["lead", "edit", &lead, "shoe-size", "43"], "shoe-size"),
        (&["cap", "set", "moon", "9", "--reason", "help"], "berlin-hour"),
        (&["person", "leave", "moon", "--reason", "x"], somebody.as_str()),
        (&["person", "leave", &somebody, "--until", "soon", "--reason", "x"], "4h"),
        (&["person", "back", &somebody], "already"),
        (&["source", "pause", "moon", "--reason", "x"], "campaign"),
        (&["cost", "add", "campaign", "a lot"], "320 EUR"),
        (&["cost", "add", "moon", "3"], "campaign"),
        (&["handoff", "retry", "99999"], "99999"),
    ] {
        let said = bad(args);
        assert!(said.contains(words), "{args:?}: {said}");
    }

    // The demo's secrets stand in files of their own and nowhere else.
    let stored = all_bytes(&dir, ".token");
    for name in ["campaign.token", "newsletter.token", "desk.token"] {
        let secret = std::fs::read_to_string(dir.join(name)).unwrap();
        assert!(secret.len() >= 16);
        assert!(!printed.contains(&secret), "{name} was printed");
        assert!(!stored.windows(secret.len()).any(|window| window == secret.as_bytes()), "{name} was stored");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}

/// A business that reads and sends to the discard port, where nobody listens.
const NOWHERE: &str = "[business]\nname = \"X\"\nzone = \"Europe/Berlin\"\ncountry = \"DE\"\nhours = \"24/7\"\n\n\
     [service.roof]\nwords = [\"roof\"]\n\
     criteria = { anywhere = true, anybody = true }\n\n[team.a]\nservices = [\"roof\"]\n\n[person.anna]\nteam = \"a\"\n\
     email = \"a@x.example\"\n\n[source.web]\npreset = \"json\"\nurl = \"http://127.0.0.1:9/leads\"\n\
     channel = \"network\"\ngoal = \"x\"\nservices = [\"roof\"]\n\n[destination.mail]\n\
     smtp = \"smtp+plain://127.0.0.1:9\"\nfrom = \"a@x.example\"\n\n[route.default]\nto = [\"mail\"]\n\
     answer_within = \"1h\"\n";

#[test]
fn one_engine_works_on_the_data_and_a_signal_ends_it() {
    use std::io::{BufRead as _, BufReader};
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("data");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("leadgate.toml"), NOWHERE).unwrap();
    let data = dir.to_str().unwrap();
    let mut engine = Command::new(env!("CARGO_BIN_EXE_leadgate"))
        .args(["--data-dir", data, "engine"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(engine.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("the engine runs") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "the engine ended");
    }
    let refused = not_done(home.path(), 1, &["--data-dir", data, "engine", "--once"]);
    assert!(refused.contains("another engine works on") && refused.contains("stop it first"), "{refused}");
    // Everybody else works beside it.
    done(home.path(), &["--data-dir", data, "leads"]);
    done(home.path(), &["--data-dir", data, "cap", "show"]);
    let id = engine.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(engine.wait().unwrap().code(), Some(0));
    done(home.path(), &["--data-dir", data, "doctor"]);
}

#[test]
fn data_that_cannot_be_used_is_named_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("data");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("leadgate.toml"), NOWHERE).unwrap();
    let data = dir.to_str().unwrap();
    done(home.path(), &["--data-dir", data, "leads"]);
    let file = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
    let file =
        file.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "sqlite" || kind == "db")).unwrap();
    let garbage = b"this is no database, it is somebody's letter ".repeat(400);
    std::fs::write(&file, &garbage).unwrap();
    let said = not_done(home.path(), 1, &["--data-dir", data, "leads"]);
    assert!(said.contains(file.file_name().unwrap().to_str().unwrap()), "which file: {said}");
    assert_eq!(std::fs::read(&file).unwrap(), garbage);
    let config = dir.join("leadgate.toml");
    let no_folder = not_done(
        home.path(),
        1,
        &["--config", config.to_str().unwrap(), "--data-dir", config.to_str().unwrap(), "leads"],
    );
    assert!(no_folder.contains("leadgate.toml"), "{no_folder}");
}

#[test]
fn whoever_stops_listening_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_leadgate"))
        .env("HOME", home.path())
        .arg("man")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
}

#[test]
fn a_passing_engine_tells_what_failed_and_leaves_with_one() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("leadgate.toml");
    std::fs::write(&file, NOWHERE).unwrap();
    let (path, data) = (file.to_str().unwrap(), home.path().join("data"));
    let output = leadgate(home.path(), &["--config", path, "--data-dir", data.to_str().unwrap(), "engine", "--once"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("failed: source web: ") && said.contains("127.0.0.1"), "{said}");
    let output =
        leadgate(home.path(), &["--json", "--config", path, "--data-dir", data.to_str().unwrap(), "engine", "--once"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), told["failed"].as_array().unwrap().len()), (Some(1), 1), "{told:#}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data), 0o700);
        for entry in std::fs::read_dir(&data).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path) & 0o077, 0, "{} can be read by others", path.display());
        }
    }
}
