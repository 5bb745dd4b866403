//! The pages made from the code say what the code says. `LEADGATE_BLESS=1 cargo test --test docs` writes
//! them anew.

#![allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string)] // a test's own page: plain is enough

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use leadgate::clock::SystemClock;
use leadgate::config::load_text;
use leadgate::lead::Code;
use leadgate::net::http::Http;
use leadgate::preset::{Direction, Library, reference};
use leadgate::source::check_presets;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn generated(path: &str, made: &str) {
    if std::env::var_os("LEADGATE_BLESS").is_some() {
        fs::write(Path::new(ROOT).join(path), made).unwrap();
    }
    assert!(text(path) == made, "{path} is out of date: LEADGATE_BLESS=1 cargo test --test docs");
}

#[test]
fn the_preset_language_is_told_as_it_is() {
    generated("docs/presets.md", &reference::manual());
    generated("docs/preset.schema.json", &reference::schema());
    let mut library = Library::default();
    let example = format!("#:schema preset.schema.json\n{}", reference::EXAMPLE);
    library.insert(Direction::Source, "forms", "docs/presets.md", &example);
    let http = Http::new(Arc::new(SystemClock)).unwrap();
    let wrong: Vec<String> = check_presets(&library, &http).iter().map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Groups of reason codes by how they begin.
const GROUPS: &[(&str, &str)] = &[
    ("I-", "Reading a record"),
    ("Q-", "Does it fit?"),
    ("C-", "Why it is held"),
    ("H-", "How waiting ended"),
    ("D-", "Delivery"),
    ("R-", "Returned by a person"),
    ("O-", "What came of it"),
];

#[test]
fn every_reason_is_told() {
    let mut page = String::from(
        "# Reasons\n\n*Generated from `src/lead/code.rs`; `LEADGATE_BLESS=1 cargo test --test docs` writes it anew.*\n\n\
         One closed list, the same in the console, the command line, JSON and the journal. A code may carry a parameter:\n\
         `C-CAP:berlin-day`. Of the returns those marked are the source's fault, the others ours.\n",
    );
    let faults: Vec<&str> = Code::RETURNS.iter().filter(|code| code.is_source_fault()).map(Code::stem).collect();
    let mut told = 0;
    for (prefix, title) in GROUPS {
        page.push_str(&format!("\n## {title}\n\n| code | means |\n|---|---|\n"));
        for (stem, sentence) in Code::ALL.iter().filter(|(stem, _)| stem.starts_with(prefix)) {
            let mark = if faults.contains(stem) { " *(the source)*" } else { "" };
            page.push_str(&format!("| `{stem}` | {}{mark} |\n", sentence.replace("{}", "…")));
            told += 1;
        }
    }
    assert_eq!(told, Code::ALL.len(), "a code begins with none of the groups");
    generated("docs/reasons.md", &page);
}

#[test]
fn a_page_names_only_codes_that_exist() {
    let known: BTreeMap<&str, &str> = Code::ALL.iter().copied().collect();
    for page in ["README.md", "docs/rep.md", "docs/team-lead.md", "docs/ops.md", "docs/owner.md"] {
        let text = text(page);
        let words = text.split('`').skip(1).step_by(2);
        let codes = words.filter(|word| GROUPS.iter().any(|(prefix, _)| word.starts_with(prefix)));
        for code in codes {
            let stem = code.split(':').next().unwrap();
            assert!(known.contains_key(stem), "{page}: there is no code {code}");
        }
    }
}

#[test]
fn the_windows_of_phrases_are_those_of_the_reader() {
    let source = text("src/qualify/timing/mod.rs");
    let rows: Vec<&str> = source.lines().filter_map(|line| line.strip_prefix("//! |")).collect();
    assert!(rows.len() > 20);
    let page = text("docs/timing.md");
    let (before, rest) = page.split_once("<!-- windows -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let table = rows.iter().fold(String::new(), |table, row| table + "|" + row + "\n");
    generated("docs/timing.md", &format!("{before}<!-- windows -->\n{table}<!-- end -->{after}"));
}

#[test]
fn the_teams_example_holds() {
    if let Err(errors) = load_text("team.example.toml", &text("config/team.example.toml"), Path::new("/data")) {
        panic!("{}", errors.plain());
    }
}
