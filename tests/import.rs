//! `leadgate import` as somebody at a shell meets it.

#![allow(clippy::unwrap_used, clippy::panic)] // tests, in functions of their own

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A home with the starter configuration.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        assert!(home.call(&["init", home.path("leadgate.toml").to_str().unwrap()], None).status.success());
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    fn call(&self, args: &[&str], input: Option<&str>) -> Output {
        let home: &Path = self.0.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_leadgate"));
        command.env_clear().env("HOME", home).env("USER", "tester").args(args).stdin(Stdio::piped());
        if args[0] != "init" {
            command.env("LEADGATE_CONFIG", self.path("leadgate.toml")).arg("--data-dir").arg(self.path("data"));
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.unwrap_or_default().as_bytes()).unwrap();
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    /// Imports with this exit status: what was printed.
    fn import(&self, status: i32, args: &[&str], input: Option<&str>) -> String {
        let all = [&["import", "--source", "newsletter"], args].concat();
        let output = self.call(&all, input);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        said
    }

    fn counts(&self, status: i32, args: &[&str]) -> Value {
        let told = self.import(status, &[&["--json"], args].concat(), None);
        serde_json::from_str::<Value>(&told).unwrap_or_else(|_| panic!("{told}"))
    }
}

const PEOPLE: &str = "Vorname;Nachname;E-Mail;PLZ;Telefon;Datum;Leistung;Farbe\r\n\
    Ada;Roe;ada@example.org;10115;030 901820;14.09.2026 10:00;Dach;rot\r\n\
    Bo;Li;bo@example.org;80331;;15.09.2026 11:00;\"Dach,\r\nneu\";=1+1\r\n\
    Cy;Kurz\r\n\
    Di;Ohne;;;;16.09.2026 12:00;Dach;\r\n";

#[test]
fn a_table_is_understood_shown_taken_in_once_and_its_faults_are_told() {
    let home = Home::new();
    let file = home.file("Kunden.csv", encoding_rs::WINDOWS_1252.encode(PEOPLE).0);
    let dry = home.import(1, &[&file, "--dry-run"], None);
    for part in [
        "CSV with `;` between 8 columns",
        "given_name    Ada",
        "column E-Mail, guessed",
        "kept beside:  Farbe",
        "Nothing was stored",
    ] {
        assert!(dry.contains(part), "{part}: {dry}");
    }
    assert!(dry.contains("submitted_at  2026-09-14T08:00:00Z"), "as the business's clock: {dry}");
    assert!(dry.contains("line 5: it has 2 cells where the header has 8"), "{dry}");
    let rejected = home.path("rejected.csv");
    let told = home.counts(1, &[&file, "--rejected", rejected.to_str().unwrap()]);
    let counts = &told["counts"];
    assert_eq!(
        (&counts["records"], &counts["leads"], &counts["unreadable"], &counts["aside"]),
        (&4.into(), &2.into(), &1.into(), &2.into())
    );
    assert_eq!(told["rejected"][0]["line"], 5);
    assert!(std::fs::read_to_string(&rejected).unwrap().starts_with("line,reason,as received\n5,it has 2 cells"));
    let again = home.counts(1, &[&file]);
    assert_eq!((&again["counts"]["leads"], &again["counts"]["known"]), (&0.into(), &4.into()), "the same file again");
    let leads = home.call(&["--json", "leads"], None);
    let leads = String::from_utf8(leads.stdout).unwrap();
    assert!(leads.contains("Ada Roe") && leads.contains("Bo Li"), "{leads}");
    let journal = String::from_utf8(home.call(&["journal"], None).stdout).unwrap();
    assert!(journal.contains("tester") && journal.contains("imported Kunden.csv into newsletter: 2 new"), "{journal}");
    assert!(
        home.import(1, &[&file, "--rejected", rejected.to_str().unwrap()], None).contains("exists"),
        "never overwrites"
    );
}

#[test]
fn columns_can_be_said_and_wrong_ones_are_told_with_the_nearest() {
    let home = Home::new();
    let text = "Wer|Kontakt\nAda Roe|ada@example.org\n";
    let told = home.import(0, &["-", "--column", "name=Wer", "--dry-run"], Some(text));
    assert!(told.contains("name          Ada Roe  ← column Wer\n"), "{told}");
    assert!(told.contains("email         ada@example.org  ← column Kontakt, guessed"), "by what stands in it: {told}");
    let wrong = home.import(1, &["-", "--column", "name=Wehr"], Some(text));
    assert!(wrong.contains("there is no column `Wehr` (did you mean `Wer`?); there are: Wer, Kontakt"), "{wrong}");
    assert!(home.import(1, &["-", "--column", "nme=Wer"], Some(text)).contains("did you mean `name`"));
    assert!(home.import(2, &["-", "--column", "name"], Some(text)).contains("FIELD=COLUMN"));
    assert!(home.import(1, &["-", "--delimiter", "::"], Some(text)).contains("one character"));
    assert!(home.import(1, &["-"], Some("")).contains("it is empty"));
    let missing = home.path("none.csv");
    assert!(home.import(1, &[missing.to_str().unwrap()], None).contains("none.csv: "));
    let workbook = home.file("x.xlsx", b"PK\x03\x04\x14\0\x06\0");
    assert!(home.import(1, &[&workbook], None).contains("save it as CSV"));
    assert!(home.import(1, &[home.0.path().to_str().unwrap()], None).contains("it is a folder"));
    let output = home.call(&["import", "-", "--source", "newsletr"], Some(text));
    assert!(String::from_utf8(output.stderr).unwrap().contains("is not one of the sources newsletter"));
}

#[test]
fn json_lines_documents_and_several_pages_come_in() {
    let home = Home::new();
    let line = |n: usize| format!("{{\"name\":\"P {n}\",\"email\":\"p{n}@example.org\"}}\n");
    let lines = (0..3_200).map(line).collect::<Vec<_>>().concat();
    let told = home.counts(0, &[&home.file("people.jsonl", &lines)]);
    assert_eq!(told["counts"]["leads"], 3_200);
    let document =
        "[{\"name\": \"P 1\", \"email\": \"p1@example.org\"},\n {\"name\": \"Q\", \"email\": \"q@example.org\"}]";
    let told = home.counts(0, &[&home.file("people.json", document)]);
    assert_eq!(
        (&told["counts"]["leads"], &told["counts"]["touches"]),
        (&1.into(), &1.into()),
        "one is known by address"
    );
}
