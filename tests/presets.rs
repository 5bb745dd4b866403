//! Every preset against its vendor's documented answers: `tests/fixtures/presets/ID/` holds a folder a preset.
//! `case.toml` says what a loopback server answers, `golden.txt` what was asked of it, byte for byte, and what
//! came of it. `LEADGATE_BLESS=1 cargo test --test presets` writes the golden files anew: read the difference.
//! `LEADGATE_PRESET=typeform` plays one folder alone.

#![allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string)] // tests, and their texts: plain is enough

#[path = "presets/case.rs"]
mod case;
#[path = "presets/difference.rs"]
mod difference;
#[path = "presets/hand.rs"]
mod hand;
#[path = "presets/play.rs"]
mod play;
#[path = "presets/server.rs"]
mod server;
#[path = "presets/told.rs"]
mod told;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use leadgate::preset::{Direction, Library, SourcePreset};

use case::{Act, Folder, Shows};

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/presets");
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.join("case.toml").is_file()).collect();
    folders.sort();
    folders
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_preset_asks_and_reads_as_its_vendor_documents() {
    let only = std::env::var("LEADGATE_PRESET").ok();
    let bless = std::env::var_os("LEADGATE_BLESS").is_some();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let chosen = folders().into_iter().filter(|path| only.as_ref().is_none_or(|only| *only == name(path)));
    let plays: Vec<_> = chosen
        .map(|path| (name(&path), tokio::spawn(async move { Box::pin(play_folder(&path, bless)).await })))
        .collect();
    let mut wrong = Vec::new();
    for (name, play) in plays {
        if let Err(told) = play.await.unwrap() {
            wrong.push(format!("══ {name}\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\nright? LEADGATE_BLESS=1 cargo test --test presets", wrong.join("\n"));
}

/// Plays a folder's cases and holds them against its golden file; `bless` writes that anew instead.
async fn play_folder(path: &Path, bless: bool) -> Result<(), String> {
    let folder = Folder::read(path)?;
    let mut played = String::new();
    let mut wrong = Vec::new();
    for case in &folder.cases {
        let hands_over = Library::built_in().ids(Direction::Destination).any(|id| id == folder.preset);
        let played_case = if hands_over { hand::case(&folder, case).await } else { play::case(&folder, case).await };
        let (text, faults) = played_case;
        played.push_str(&text);
        wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault}", case.name)));
    }
    let golden = path.join("golden.txt");
    let before = std::fs::read_to_string(&golden).unwrap_or_default();
    if before != played && wrong.is_empty() && bless {
        std::fs::write(&golden, &played).unwrap();
    } else if before != played {
        wrong.push(difference::between(&before, &played));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

#[test]
fn every_built_in_preset_shows_how_it_works_and_how_it_fails() {
    let library = Library::built_in();
    let mut shown: std::collections::BTreeMap<String, BTreeSet<Shows>> = std::collections::BTreeMap::new();
    let mut discovered: BTreeSet<(String, String)> = BTreeSet::new();
    for path in folders() {
        let folder = Folder::read(&path).unwrap();
        let steps = folder.cases.iter().flat_map(|case| &case.steps).filter(|step| step.act == Act::Discover);
        discovered.extend(steps.filter_map(|step| Some((folder.preset.clone(), step.id.clone()?))));
        shown.entry(folder.preset.clone()).or_default().extend(folder.cases.iter().filter_map(|case| case.shows));
    }
    let mut missing = Vec::new();
    for id in library.ids(Direction::Source) {
        let preset: SourcePreset = library.get(id).unwrap();
        for (name, _) in preset.vars.iter().filter(|(_, var)| var.discover.is_some()) {
            if !discovered.contains(&(id.to_owned(), name.clone())) {
                missing.push(format!("{id}: no step discovers `{name}`"));
            }
        }
    }
    // What is told, dropped or mailed asks nobody: `tests/listen`, `tests/source_files.rs`, `tests/source_mailbox.rs`.
    let asks = |id: &&str| library.get::<SourcePreset>(id).unwrap().request.is_some();
    // A webhook is told, not asked: its answer is not read (`handoff/ticket/tests.rs`).
    let elsewhere = ["webhook"];
    let hands_over = library.ids(Direction::Destination).filter(|id| !elsewhere.contains(id));
    for id in library.ids(Direction::Source).filter(asks).chain(hands_over) {
        let have = shown.get(id).cloned().unwrap_or_default();
        let lacks: Vec<&str> = Shows::ALL.iter().filter(|shows| !have.contains(shows)).map(|s| s.name()).collect();
        if !lacks.is_empty() {
            missing.push(format!("{id}: no case `shows` {}", lacks.join(", ")));
        }
    }
    assert!(missing.is_empty(), "tests/fixtures/presets:\n{}", missing.join("\n"));
}

/// A folder of the preset `json` with these steps, played against this golden file.
async fn told(head: &str, steps: &str, golden: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "preset = \"json\"\nnow = \"2026-09-14T09:00:00Z\"\n[vars]\nurl = \"{{server}}/leads\"\nauth = \"bearer\"\n\
         [secrets]\ntoken = \"4711\"\n[[case]]\nname = \"it\"\n{head}\n{steps}"
    );
    std::fs::write(dir.path().join("case.toml"), text).unwrap();
    std::fs::write(dir.path().join("golden.txt"), golden).unwrap();
    Box::pin(play_folder(dir.path(), false)).await.unwrap_err()
}

#[tokio::test]
async fn what_no_blessing_may_write_away_is_found() {
    let step = |replies: &str| format!("[[case.step]]\nreplies = [{replies}]\n");
    let page = "{ text = '{\"data\":[],\"next\":\"/leads?page=2\"}' }";
    let failed = "{ status = 401, text = '{\"message\":\"no\"}' }";
    for (head, replies, words) in [
        ("", page.to_owned(), "a request nobody foresaw:\n> GET /leads?page=2\n> authorization: Bearer 4711"),
        ("", format!("{failed}, {failed}"), "an answer was never asked for: 401"),
        ("shows = \"throttle\"", failed.to_owned(), "`shows` throttle ended as auth"),
        ("shows = \"html\"", "{ text = '{\"data\":[]}' }".to_owned(), "nothing failed, but the case `shows` html"),
    ] {
        let told = told(head, &step(&replies), "").await;
        assert!(told.contains(words), "{words}:\n{told}");
    }
}

#[tokio::test]
async fn a_difference_is_shown_line_by_line() {
    let golden = "# it\n\n## walk at 2026-09-14T09:00:00Z\n\n> GET /people\n> authorization: Bearer 4711\n< 200\n\ncursor {}\n\n";
    let told = told("", "[[case.step]]\nreplies = [{ text = '{\"data\":[]}' }]\n", golden).await;
    assert!(told.contains("- > GET /people\n+ > GET /leads\n  > authorization: Bearer 4711\n"), "{told}");
}
