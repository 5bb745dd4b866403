//! `leadgate forget` as somebody at a shell meets it: who is meant, what goes, and the proof.

#![allow(clippy::unwrap_used, clippy::panic)] // tests, in functions of their own

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A home with the starter configuration and a few people.
struct Home(tempfile::TempDir);

const PEOPLE: &str = "Name,E-Mail,Telefon,PLZ,Leistung,Nachricht\n\
    Eva Brecht,Eva@Brecht.example,030 901820,10115,Dach,Schiefer über der Remise\n\
    Udo Brecht,udo@example.org,030 5557788,10115,Dach,auch ein Dach\n\
    Joe Eva,joeeva@brecht.example,,10115,Dach,ein Dach\n";

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        assert!(home.call(&["init", home.path("leadgate.toml").to_str().unwrap()]).status.success());
        std::fs::write(home.path("people.csv"), PEOPLE).unwrap();
        home.done(&["import", "--source", "newsletter", home.path("people.csv").to_str().unwrap()]);
        home.done(&["lead", "edit", &home.lead("Udo Brecht"), "phone", "030 901820"]);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn call(&self, args: &[&str]) -> Output {
        let home: &Path = self.0.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_leadgate"));
        command.env_clear().env("HOME", home).env("USER", "tester").args(args).stdin(Stdio::piped());
        if args[0] != "init" {
            command.env("LEADGATE_CONFIG", self.path("leadgate.toml")).arg("--data-dir").arg(self.path("data"));
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().flush().unwrap();
        child.wait_with_output().unwrap()
    }

    /// What was printed, by a call that ends with this status.
    fn says(&self, status: i32, args: &[&str]) -> String {
        let output = self.call(args);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(status), "{args:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
        said
    }

    fn done(&self, args: &[&str]) -> String {
        self.says(0, args)
    }

    /// The id of the lead with this name.
    fn lead(&self, name: &str) -> String {
        let leads: Value = serde_json::from_str(&self.done(&["--json", "leads"])).unwrap();
        let rows = leads.as_array().unwrap().iter().find(|row| row["name"] == name);
        rows.unwrap_or_else(|| panic!("{leads}"))["lead"].as_str().unwrap().to_owned()
    }

    /// How often a text is in the files of the data folder, whatever the case of its letters.
    fn count(&self, text: &str) -> usize {
        let pattern = regex::bytes::RegexBuilder::new(&regex::escape(text)).case_insensitive(true).build().unwrap();
        let files = std::fs::read_dir(self.path("data")).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.is_file()).map(|path| pattern.find_iter(&std::fs::read(path).unwrap()).count()).sum()
    }
}

#[test]
fn a_person_is_shown_erased_and_proven_gone() {
    let home = Home::new();
    let lead = home.lead("Eva Brecht");
    home.done(&["lead", "note", &lead, "Eva Brecht called about the Remise"]);
    home.done(&["lead", "edit", &lead, "timing", "as soon as the Remise is empty"]);
    assert!(home.count("eva@brecht.example") > 2 && home.count("Remise") > 2);

    let asked = home.says(1, &["forget", "eva@brecht.example"]);
    assert!(asked.contains("nobody can be asked here, so add --yes") && asked.contains(&lead), "{asked}");
    assert!(home.says(1, &["forget", "nobody@example.org", "--yes"]).contains("nobody is known by"));
    assert!(home.says(1, &["forget", "030 901820", "--yes"]).contains("several people have this phone number"));
    assert!(
        home.says(1, &["forget", "what?", "--yes"]).contains("no lead's id, no e-mail address and no phone number")
    );
    assert_eq!(home.lead("Eva Brecht"), lead, "nothing was changed");

    let told = home.says(1, &["forget", "EVA@brecht.example", "--yes"]);
    assert!(told.contains(&format!("Not theirs, only the same phone number: {}", home.lead("Udo Brecht"))), "{told}");
    assert!(told.contains("Erased 1 lead."), "{told}");
    // Another's address ends in hers, and another has her number: that is said, and nothing of theirs is gone.
    assert!(told.contains("places left; in what others wrote"), "{told}");
    for gone in ["Eva Brecht", "Remise", "\"eva@brecht.example"] {
        assert_eq!(home.count(gone), 0, "{gone}");
    }
    assert!(home.count("joeeva@brecht.example") > 0 && home.count("udo@example.org") > 0);
    assert!(home.done(&["doctor"]).contains("the data is sound"));
    assert!(home.says(1, &["lead", "edit", &lead, "name", "Eva"]).contains("is erased"));
    assert!(home.says(1, &["undo"]).contains("nothing of yours to take back"));

    let again = home.done(&["import", "--source", "newsletter", home.path("people.csv").to_str().unwrap()]);
    assert!(again.contains('0'), "{again}");
    std::fs::write(home.path("more.csv"), "Name,E-Mail,Leistung\nE. Brecht,eva@brecht.example,Dach neu\n").unwrap();
    home.done(&["import", "--source", "newsletter", home.path("more.csv").to_str().unwrap()]);
    let aside = home.done(&["--json", "leads", "quarantine"]);
    assert!(aside.contains("I-SUPPRESSED"), "{aside}");
    assert_eq!((home.count("E. Brecht"), home.count("Dach neu")), (0, 0), "nothing of what came is kept");
}

#[test]
fn whoever_is_alone_in_it_leaves_no_trace() {
    let home = Home::new();
    let lead = home.lead("Udo Brecht");
    home.says(1, &["forget", &lead, "--yes"]);
    let told: Value =
        serde_json::from_str(&home.done(&["--json", "forget", "joeeva@brecht.example", "--yes"])).unwrap();
    assert_eq!((&told["ok"], &told["traces"]["found"]), (&true.into(), &Value::Array(vec![])), "{told}");
    assert!(told["traces"]["bytes"].as_u64().unwrap() > 0);
    let told = home.done(&["forget", "eva@brecht.example", "--yes"]);
    assert!(told.contains("✓ ") && told.contains("found nowhere"), "{told}");
    let once_more = home.done(&["forget", "eva@brecht.example", "--yes"]);
    assert!(once_more.contains("forgotten already") && once_more.contains("nothing left to erase"), "{once_more}");
    for gone in ["brecht", "901820", "5557788", "udo@", "Remise"] {
        assert_eq!(home.count(gone), 0, "{gone}");
    }
    let rows = home.done(&["leads", "closed"]);
    assert_eq!(rows.matches("(erased)").count(), 3, "{rows}");
}
