//! The configuration as an operator meets it: one fixture a mistake, with what is said about it at its
//! top, and what holds. `LEADGATE_BLESS=1 cargo test --test config` writes expected texts anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use leadgate::config::{load_text, reference};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/config");

fn blessing() -> bool {
    std::env::var_os("LEADGATE_BLESS").is_some()
}

fn fixtures(kind: &str) -> Vec<PathBuf> {
    let list = fs::read_dir(Path::new(FIXTURES).join(kind)).unwrap();
    let mut paths: Vec<PathBuf> = list.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn lines(lines: impl Iterator<Item = impl AsRef<str>>) -> String {
    lines.fold(String::new(), |text, line| text + line.as_ref() + "\n")
}

/// What is said about a text, each line behind `#: `.
fn said(text: &str) -> String {
    let errors = load_text("leadgate.toml", text, Path::new("/nowhere")).expect_err("this must not hold");
    // What miette shows must not fail, whatever the places are.
    let mut shown = String::new();
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none());
    handler.render_report(&mut shown, &errors).unwrap();
    for text in [&shown, &errors.plain(), &errors.json().to_string(), &format!("{errors} {errors:?}")] {
        assert!(!text.contains("canary"), "a secret is shown: {text}");
    }
    lines(errors.plain().lines().map(|line| format!("#: {line}")))
}

#[test]
fn every_mistake_is_told_with_its_place_and_its_fix() {
    let mut wrong = Vec::new();
    let fixtures = fixtures("invalid");
    assert!(fixtures.len() >= 30);
    for path in fixtures {
        let text = fs::read_to_string(&path).unwrap();
        if blessing() {
            let body = lines(text.lines().filter(|line| !line.starts_with("#:")));
            // The header moves the lines it speaks of: say it again until it is true.
            let first = said(&body) + &body;
            let second = said(&first) + &body;
            fs::write(&path, second).unwrap();
            continue;
        }
        let expected = lines(text.lines().take_while(|line| line.starts_with("#:")));
        let said = said(&text);
        if said != expected {
            wrong.push(format!("{}\nexpected\n{expected}said\n{said}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_right_holds() {
    for path in fixtures("valid") {
        let text = fs::read_to_string(&path).unwrap();
        if let Err(errors) = load_text("leadgate.toml", &text, Path::new("/data")) {
            panic!("{}\n{}", path.display(), errors.plain());
        }
    }
}

fn generated(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if blessing() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "{} is out of date: LEADGATE_BLESS=1 cargo test --test config", path.display());
}

#[test]
fn the_example_is_what_the_reference_says() {
    generated("config/leadgate.example.toml", &reference::example());
}

#[test]
fn the_manual_is_what_the_reference_says() {
    generated("docs/config.md", &reference::manual());
}

#[test]
fn the_example_loads_as_it_is_and_with_everything_switched_on() {
    let example = reference::example();
    let loaded =
        load_text("leadgate.example.toml", &example, Path::new("/data")).map_err(|errors| errors.plain()).unwrap();
    assert_eq!(loaded.warnings, Vec::<String>::new());
    // One thing at a time: a cap limits one thing only.
    let off: Vec<&str> = example.lines().filter(|line| line.starts_with('#') && !line.starts_with("# ")).collect();
    assert!(!off.is_empty());
    for line in &off {
        let key = line.trim_start_matches('#').split(' ').next().unwrap();
        // Some name another source or team, and the example has one only, or exclude what is on; a distance or a template needs its file, a signature its address.
        let measured = key.ends_with("within_km") || key.ends_with("region.of") || key == "postal_file";
        if measured
            || [
                "url",
                "secret",
                "password",
                "ca_file",
                "template",
                "html_template",
                "pays_for",
                "on_full.next",
                "on_full.decline",
                "stop_loss.cost_per_qualified",
                "stop_loss.on_verdict",
                "stop_loss.at_least",
                "returns_credited_by",
            ]
            .contains(&key)
        {
            continue;
        }
        let mut text = example.replace(line, line.trim_start_matches('#'));
        if ["person", "source", "service", "destination"].contains(&key) {
            text = text.replace("\nteam = \"berlin\"\n# Limits", "\n# Limits").replacen(
                "\nteam = \"berlin\"\n# Limits",
                "\n",
                1,
            );
            text = remove_cap_team(&text);
        }
        if let Err(errors) = load_text("example", &text, Path::new("/data")) {
            panic!("{line}\n{}", errors.plain());
        }
    }
    let store = example.replace("#url = ", "url = ").replace("#password = ", "password = ");
    assert!(load_text("example", &store, Path::new("/data")).is_ok());
}

/// The example without the team its cap limits.
fn remove_cap_team(text: &str) -> String {
    let (before, cap) = text.split_once("[cap.").unwrap();
    format!("{before}[cap.{}", cap.replacen("\nteam = \"berlin\"\n", "\n", 1))
}

proptest::proptest! {
    /// Slips of the hand: a piece of the example is lost, another is put in.
    #[test]
    fn any_slip_is_told_without_a_panic(cut in 0_usize..8_000, lost in 0_usize..40, put in "[\\[\\]{}\"'=#.,a-z0-9 \né\u{1f600}-]{0,12}") {
        let chars: Vec<char> = reference::example().chars().collect();
        let cut = cut.min(chars.len());
        let text: String = chars[..cut].iter().copied().chain(put.chars()).chain(chars[cut..].iter().skip(lost).copied()).collect();
        if let Err(errors) = load_text("leadgate.toml", &text, Path::new("/nowhere")) {
            let mut shown = String::new();
            let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none());
            handler.render_report(&mut shown, &errors).unwrap();
            proptest::prop_assert!(!errors.mistakes.is_empty(), "no reason is given");
            proptest::prop_assert!(!errors.plain().is_empty() && errors.json().is_array());
        }
    }
}

#[test]
fn nesting_is_bounded() {
    for open in ["[", "{a=", "[{a="] {
        let text = format!("a = {}", open.repeat(100_000));
        assert!(load_text("leadgate.toml", &text, Path::new("/nowhere")).is_err());
    }
    let dotted = format!("a{} = 1", ".a".repeat(100_000));
    assert!(load_text("leadgate.toml", &dotted, Path::new("/nowhere")).is_err());
}
