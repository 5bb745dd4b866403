//! Files as a source: appended to, replaced, rotated, dropped into a folder; never half a line, never a file
//! moved away before what it held is stored.

#![allow(clippy::unwrap_used)] // tests, in functions of their own

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use leadgate::clock::StubClock;
use leadgate::config::checked::{self, Assume, Channel, Var};
use leadgate::lead::outcome::Failure;
use leadgate::lead::{Class, Record};
use leadgate::net::http::Http;
use leadgate::preset::Library;
use leadgate::source::{self, Ask, Cursor, Nothing, Source, Unreadable};

/// The clock of every test, and when files were last written: long ago.
const NOW: &str = "2026-09-15T12:00:00Z";

fn clock() -> Arc<StubClock> {
    StubClock::at(NOW.parse().unwrap())
}

fn source(preset: &str, vars: &[(&str, &str)]) -> Result<Box<dyn Source>, Failure> {
    let vars = vars.iter().map(|(name, text)| ((*name).to_owned(), Var::Text((*text).to_owned())));
    let source = checked::Source {
        map: std::collections::BTreeMap::new(),
        pays_for: None,
        price_per_lead: None,
        reading: leadgate::config::checked::Reading::default(),
        id: "drop".into(),
        title: "Drop".into(),
        preset: preset.into(),
        vars: vars.collect(),
        every: SignedDuration::from_secs(60),
        channel: Channel::Network,
        goal: None,
        services: Vec::new(),
        assume: Assume::default(),
        priority: 0,
        backfill: SignedDuration::from_hours(24),
        same_lead_for: SignedDuration::from_hours(24),
    };
    source::build(&source, &Library::built_in(), &Http::new(clock()).unwrap())
}

fn at(preset: &str, path: &Path, more: &[(&str, &str)]) -> Box<dyn Source> {
    let mut vars = vec![("path", path.to_str().unwrap())];
    vars.extend(more);
    source(preset, &vars).unwrap()
}

/// One poll: every page of a walk, the cursor moved as the store moves it.
async fn poll(source: &dyn Source, cursor: &mut Cursor) -> Result<Vec<Result<Record, Unreadable>>, Failure> {
    let old = cursor.clone();
    let (mut records, mut place) = (Vec::new(), None);
    loop {
        let batch = source.read(Ask { cursor: &old, place: place.as_ref(), known: &Nothing }).await?;
        records.extend(batch.records);
        if let Some(new) = batch.cursor {
            // Through the store's text and back.
            *cursor = serde_json::from_str(&serde_json::to_string(&new).unwrap()).unwrap();
        }
        place = batch.next;
        if place.is_none() {
            return Ok(records);
        }
    }
}

async fn names(source: &dyn Source, cursor: &mut Cursor) -> Vec<String> {
    let records = poll(source, cursor).await.unwrap();
    records.into_iter().map(|record| record.map_or_else(|bad| format!("! {}", bad.why), |r| r.name.unwrap())).collect()
}

/// Written, and since rested for `ago`.
fn write(path: &Path, bytes: impl AsRef<[u8]>, ago: Duration) {
    fs::write(path, bytes).unwrap();
    touch(path, ago);
}

fn append(path: &Path, text: &str, ago: Duration) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    touch(path, ago);
}

fn touch(path: &Path, ago: Duration) {
    let now: Timestamp = NOW.parse().unwrap();
    let at = std::time::SystemTime::from(now) - ago;
    File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

const LONG_AGO: Duration = Duration::from_hours(1);
const JUST_NOW: Duration = Duration::from_secs(1);

#[tokio::test]
async fn half_a_line_waits_and_comes_once_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("leads.jsonl");
    let mut cursor = Cursor::default();
    let source = at("jsonl", &path, &[]);
    write(&path, "{\"name\":\"Ada\",\"email\":\"ada@example.org\"}\n{\"name\":\"Bo\",\"em", JUST_NOW);
    assert_eq!(names(&*source, &mut cursor).await, ["Ada"]);
    assert_eq!(names(&*source, &mut cursor).await, [""; 0]);
    // However long it rests, half of a line is no lead and no fault.
    touch(&path, LONG_AGO);
    assert_eq!(names(&*source, &mut cursor).await, [""; 0]);
    append(&path, "ail\":\"bo@example.org\"}", JUST_NOW);
    assert_eq!(names(&*source, &mut cursor).await, [""; 0], "its line end is still missing");
    touch(&path, LONG_AGO);
    assert_eq!(names(&*source, &mut cursor).await, ["Bo"], "nobody is going to write it");
    append(&path, "\n{\"name\":\"Cy\"}\n", JUST_NOW);
    assert_eq!(names(&*source, &mut cursor).await, ["Bo", "Cy"], "the same record again is the store's to know");
    append(&path, "{\"name\":\"Di\"}\n", JUST_NOW);
    assert_eq!(names(&*at("jsonl", &path, &[]), &mut cursor).await, ["Di"], "after a restart, too");
}

#[tokio::test]
async fn a_csv_as_offices_write_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("Anfragen.csv");
    let text = "Vorname;Nachname;E-Mail;Nachricht;Kennziffer\r\n\
                Zoë;Müller;zoe@example.org;\"Ein Dach,\r\nbitte \"\"bald\"\"\";=1+1\r\n\
                Jürgen;Groß;j@example.org;;7\r\n";
    let western: Vec<u8> = text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect();
    for (kind, bytes) in [
        ("with a mark", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("Windows-1252", western),
        ("UTF-16", [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()),
    ] {
        write(&path, bytes, LONG_AGO);
        let records = poll(&*at("csv", &path, &[]), &mut Cursor::default()).await.unwrap();
        let records: Vec<Record> = records.into_iter().map(Result::unwrap).collect();
        assert_eq!(records.len(), 2, "{kind}");
        let zoe = &records[0];
        assert_eq!((zoe.given_name.as_deref(), zoe.family_name.as_deref()), (Some("Zoë"), Some("Müller")), "{kind}");
        assert_eq!(zoe.email.as_deref(), Some("zoe@example.org"), "{kind}");
        assert_eq!(zoe.message.as_deref(), Some("Ein Dach,\r\nbitte \"bald\""), "{kind}");
        assert_eq!(zoe.extra["Kennziffer"], "=1+1", "{kind}: a formula is text");
        assert_ne!(records[0].id, records[1].id);
    }
}

#[tokio::test]
async fn columns_are_named_by_the_operator() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.txt");
    write(&path, "7|Ada|ada@example.org|14.09.2026 10:00\n8|Bo|bo@example.org|gestern\n9|Cy\n", LONG_AGO);
    let vars = [
        ("header", "no, who, mail, when"),
        ("id", "$.no"),
        ("name", "$.who"),
        ("email", "$.mail"),
        ("created_at", "$.when"),
        ("time", "naive:%d.%m.%Y %H:%M"),
        ("zone", "Europe/Berlin"),
    ];
    let records = poll(&*at("csv", &path, &vars), &mut Cursor::default()).await.unwrap();
    let ada = records[0].as_ref().unwrap();
    assert_eq!((ada.id.as_str(), ada.submitted_at), ("7", "2026-09-14T08:00:00Z".parse().ok()));
    let bo = records[1].as_ref().unwrap_err();
    assert!(bo.id == "8" && bo.why.starts_with("x.txt, line 2: submitted_at: $.when is `gestern`"), "{}", bo.why);
    let cy = records[2].as_ref().unwrap_err();
    assert_eq!((cy.why.as_str(), cy.raw.as_str()), ("x.txt, line 3: it has 2 cells where the header has 4", "9|Cy\n"));
}

#[tokio::test]
async fn what_was_replaced_or_cut_is_read_again_and_what_was_rotated_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("leads.csv");
    let mut cursor = Cursor::default();
    let source = at("csv", &path, &[]);
    write(&path, "name,email\nAda,a@example.org\nBo,b@example.org\n", LONG_AGO);
    assert_eq!(names(&*source, &mut cursor).await, ["Ada", "Bo"]);
    assert_eq!(names(&*source, &mut cursor).await, [""; 0]);
    // Of the same length, and read as another file.
    write(&path, "name,email\nAda,a@example.org\nCy,c@example.org\n", JUST_NOW);
    assert_eq!(names(&*source, &mut cursor).await, ["Ada", "Cy"]);
    // Longer, the beginning another.
    write(&path, "email,name\na@example.org,Ada\nc@example.org,Cy\nd@example.org,Di\n", LONG_AGO);
    assert_eq!(names(&*source, &mut cursor).await, ["Ada", "Cy", "Di"]);
    write(&path, "name,email\nEd,e@example.org\n", LONG_AGO);
    assert_eq!(names(&*source, &mut cursor).await, ["Ed"], "cut");
    // Written anew beside it and renamed: the same beginning is not read twice.
    write(&dir.path().join("new"), "name,email\nEd,e@example.org\nFay,f@example.org\n", LONG_AGO);
    fs::rename(dir.path().join("new"), &path).unwrap();
    assert_eq!(names(&*source, &mut cursor).await, ["Fay"]);
    // Rotated while something was not read yet.
    append(&path, "Gus,g@example.org\n", LONG_AGO);
    fs::rename(&path, dir.path().join("leads.csv.1")).unwrap();
    write(&path, "name,email\nHal,h@example.org\n", LONG_AGO);
    let mut both = names(&*source, &mut cursor).await;
    both.sort();
    assert_eq!(both, ["Gus", "Hal"]);
    assert_eq!(names(&*source, &mut cursor).await, [""; 0]);
    assert!(!serde_json::to_string(&cursor).unwrap().contains("leads.csv.1"), "done with it");
}

#[tokio::test]
async fn a_dropped_file_is_moved_once_stored_and_a_faulty_one_with_its_reasons() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let mut cursor = Cursor::default();
    let source = at("csv", folder, &[("after", "move:done/")]);
    write(&folder.join("a.csv"), "name,email\nAda,a@example.org\n", LONG_AGO);
    write(&folder.join("b.csv"), "name,email\nBo\nCy,c@example.org\n\"Di,d@example.org", LONG_AGO);
    write(&folder.join("c.xlsx"), b"PK\x03\x04\x14\0\x06\0", LONG_AGO);
    write(&folder.join("d.csv.part"), "name,email\nHalf,h@example.org\n", LONG_AGO);
    write(&folder.join("e.csv"), "name,email\nEd,e@example.org\n", JUST_NOW);
    let before = cursor.clone();
    let told = names(&*source, &mut cursor).await;
    assert_eq!(
        told,
        [
            "Ada",
            "! b.csv, line 2: it has 1 cells where the header has 2",
            "Cy",
            "! b.csv, line 4: a quoted cell begins here and does not end",
            "! c.xlsx: it is an Excel workbook or a ZIP archive: save it as CSV",
            "Ed",
        ]
    );
    assert!(folder.join("a.csv").exists() && !folder.join("done").exists(), "nothing is moved with what it held");
    // The store did not keep the cursor: everything comes again, and still nothing is moved.
    assert_eq!(names(&*source, &mut before.clone()).await, told);
    assert!(folder.join("a.csv").exists());
    assert_eq!(names(&*source, &mut cursor).await, [""; 0]);
    assert!(!folder.join("a.csv").exists() && folder.join("done/a.csv").exists());
    assert!(folder.join("failed/b.csv").exists() && folder.join("failed/c.xlsx").exists());
    let why = fs::read_to_string(folder.join("failed/b.csv.why.txt")).unwrap();
    assert!(why.contains("1 records were taken in. 2 lines were not understood"), "{why}");
    assert!(why.contains("\nb.csv, line 2: it has 1 cells"), "{why}");
    assert!(folder.join("d.csv.part").exists() && folder.join("e.csv").exists(), "not finished, not rested");
    // The same name again overwrites nothing.
    write(&folder.join("a.csv"), "name,email\nAda2,a2@example.org\n", LONG_AGO);
    assert_eq!(names(&*source, &mut cursor).await, ["Ada2"]);
    names(&*source, &mut cursor).await;
    assert_eq!(fs::read_to_string(folder.join("done/a.csv")).unwrap(), "name,email\nAda,a@example.org\n");
    assert!(folder.join("done/a.2.csv").exists());
}

#[tokio::test]
async fn a_pattern_finds_its_files_and_one_that_cannot_be_read_is_told() {
    let dir = tempfile::tempdir().unwrap();
    for (name, who) in [("a.jsonl", "Ada"), ("b.jsonl", "Bo"), ("c.log", "Cy")] {
        write(&dir.path().join(name), format!("{{\"name\":\"{who}\"}}\n"), LONG_AGO);
    }
    let source = at("jsonl", &dir.path().join("*.jsonl"), &[]);
    let mut cursor = Cursor::default();
    assert_eq!(names(&*source, &mut cursor).await, ["Ada", "Bo"]);
    assert!(source.probe().await.unwrap().contains("2 files; a.jsonl holds 1 readable records"));
    write(&dir.path().join("aa.jsonl"), "{\"name\":\"Di\"}\n", LONG_AGO);
    assert_eq!(names(&*source, &mut cursor).await, ["Di"]);

    let missing = at("jsonl", &dir.path().join("nowhere/leads.jsonl"), &[]);
    let failure = poll(&*missing, &mut Cursor::default()).await.unwrap_err();
    assert_eq!(failure.class, Class::Config);
    assert!(failure.message.contains("nowhere/leads.jsonl: there is no such file"), "{failure}");
    let relative = source_failure(&[("path", "leads.jsonl")]);
    assert!(relative.contains("must be a path from the root"), "{relative}");
    let path = dir.path().to_str().unwrap();
    assert!(source_failure(&[("path", path), ("after", "delete")]).contains("`keep` or `move:FOLDER`"));
    assert!(source_failure(&[("path", path), ("after", "move:../x")]).contains("`keep` or `move:FOLDER`"));
}

fn source_failure(vars: &[(&str, &str)]) -> String {
    source("jsonl", vars).err().unwrap().to_string()
}

#[tokio::test]
async fn a_long_file_comes_in_pages_and_goes_on_where_it_was_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("long.csv");
    let rows = (0..12_000).map(|row| format!("P{row},p{row}@example.org\n")).collect::<Vec<_>>().concat();
    write(&path, format!("name,email\n{rows}"), LONG_AGO);
    let source = at("csv", &path, &[]);
    let first = source.read(Ask::first(&Cursor::default())).await.unwrap();
    assert_eq!(first.records.len(), 5_000);
    let mut cursor = first.cursor.unwrap();
    // The engine stopped after the first page was stored.
    let rest = names(&*source, &mut cursor).await;
    assert_eq!((rest.len(), rest[0].as_str(), rest[6_999].as_str()), (7_000, "P5000", "P11999"));
    assert_eq!(names(&*source, &mut cursor).await, [""; 0]);
}

#[tokio::test]
async fn a_json_document_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("export.json");
    let mut text = fs::read_to_string("config/presets/sources/jsonl.toml").unwrap();
    for (records, body) in [
        ("$[*]", r#"[{"name":"Ada"}, {"name":"Bo"}]"#),
        ("$.data[*]", r#"{"count":2,"data":[{"name":"Ada"}, {"name":"Bo"}]}"#),
    ] {
        write(&path, body, LONG_AGO);
        text = text.replace("decode = \"jsonl\"", "decode = \"json\"");
        let preset = text.replace("records = \"$[*]\"", &format!("records = \"{records}\""));
        let mut library = Library::built_in();
        library.insert(leadgate::preset::Direction::Source, "jsonl", "jsonl.toml", &preset);
        let vars = [("path".to_owned(), Var::Text(path.to_str().unwrap().to_owned()))];
        let source = checked::Source {
            map: std::collections::BTreeMap::new(),
            pays_for: None,
            price_per_lead: None,
            reading: leadgate::config::checked::Reading::default(),
            id: "doc".into(),
            title: "Doc".into(),
            preset: "jsonl".into(),
            vars: vars.into(),
            every: SignedDuration::from_secs(60),
            channel: Channel::Network,
            goal: None,
            services: Vec::new(),
            assume: Assume::default(),
            priority: 0,
            backfill: SignedDuration::from_hours(24),
            same_lead_for: SignedDuration::from_hours(24),
        };
        let source = source::build(&source, &library, &Http::new(clock()).unwrap()).unwrap();
        let mut cursor = Cursor::default();
        assert_eq!(names(&*source, &mut cursor).await, ["Ada", "Bo"], "{records}");
        assert_eq!(names(&*source, &mut cursor).await, [""; 0], "{records}");
    }
}
