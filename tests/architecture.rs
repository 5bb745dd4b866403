//! The borders between the rooms, read off the source text, so that a build fails where an import runs the
//! wrong way. Each rule names its offenders with file and line.

#![allow(clippy::string_slice, clippy::unwrap_used)] // a test's own helpers: a panic is a failed test

use std::fs;
use std::path::Path;

/// The journey's stages: each knows the nouns and the ground, none knows another.
const STAGES: &[&str] = &["source", "intake", "qualify", "queue", "handoff", "response", "report"];

/// Longest file, in lines, its tests not counted.
const LONGEST_FILE: usize = 400;

/// Files that may be longer, up to so many lines, and why.
const LONGER_FILES: &[(&str, usize, &str)] = &[];

/// Imports between stages that are allowed, and why: (file or folder, stage, reason).
const ALLOWED_BETWEEN_STAGES: &[(&str, &str, &str)] = &[];

/// One source file with its strings, comments and tests blanked out; line numbers stay.
struct Source {
    path: String,
    code: String,
}

impl Source {
    /// The folder or file below `src/`, e.g. `console` for `console/view/inbox.rs`.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// Lines that hold `word` as a whole word.
    fn lines_with(&self, word: &str) -> Vec<String> {
        let named = |(number, line): (usize, &str)| {
            words(line).any(|found| found == word).then(|| format!("src/{}:{}: {}", self.path, number + 1, line.trim()))
        };
        self.code.lines().enumerate().filter_map(named).collect()
    }

    /// Every module of this crate that is named by `crate::…`, with its line number.
    fn modules(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("crate::") {
            if self.code[..at].ends_with(is_word) {
                continue;
            }
            let line = self.code[..at].lines().count().max(1);
            let rest = &self.code[at + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(heads(group).into_iter().map(|module| (line, module))),
                None => found.extend(words(rest).next().map(|module| (line, module.to_owned()))),
            }
        }
        found
    }
}

/// The first words of a group's members: `queue, store` for `queue::{a, b}, store}…`.
fn heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = vec![String::new()];
    for char in group.chars() {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(String::new()),
            _ => {}
        }
        if depth == 0 {
            heads.last_mut().unwrap().push(char);
        }
    }
    heads.iter().filter_map(|member| words(member).next().map(str::to_owned)).collect()
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char| !is_word(char)).filter(|word| !word.is_empty())
}

/// Every file below `src/`. Files that hold only tests are left out.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                if !name.ends_with("tests.rs") && !name.contains("/tests/") {
                    let text = fs::read_to_string(&path).unwrap();
                    found.push(Source { path: name, code: without_tests(&blank(&text)).to_owned() });
                }
            }
        }
    }
    assert!(found.len() > 20, "the sources were not found");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The text before the module of tests, which stands last in a file.
fn without_tests(code: &str) -> &str {
    for (at, _) in code.match_indices("#[cfg(test)]") {
        let item = code[at..].lines().find(|line| !line.trim_start().starts_with("#[")).unwrap_or_default();
        if words(item).any(|word| word == "mod") && item.trim_end().ends_with('{') {
            return &code[..at];
        }
    }
    code
}

/// The text with comments, strings and characters replaced by spaces.
fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let length = literal(rest, out.chars().next_back());
        let (piece, tail) = rest.split_at(if length > 0 { length } else { char.len_utf8() });
        if length > 0 {
            out.extend(piece.chars().map(|char| if char == '\n' { '\n' } else { ' ' }));
        } else {
            out.push_str(piece);
        }
        rest = tail;
    }
    out
}

/// Bytes of the comment, string or character that `text` begins with; 0 when it begins with code.
fn literal(text: &str, before: Option<char>) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return text.find("*/").map_or(text.len(), |end| end + 2);
    }
    if !before.is_some_and(is_word) {
        let raw = text.strip_prefix('b').unwrap_or(text);
        if let Some(hashes) = raw.strip_prefix('r') {
            let count = hashes.len() - hashes.trim_start_matches('#').len();
            if hashes[count..].starts_with('"') {
                let closing = format!("\"{}", "#".repeat(count));
                let opened = text.len() - hashes.len() + count + 1;
                return text[opened..].find(&closing).map_or(text.len(), |end| opened + end + closing.len());
            }
        }
    }
    if text.starts_with('"') {
        return quoted(text, '"');
    }
    // `'a'` and `'\n'` are characters, `'a` is a lifetime.
    let mut chars = text.chars();
    if chars.next() == Some('\'') && (chars.next() == Some('\\') || chars.next() == Some('\'')) {
        return quoted(text, '\'');
    }
    0
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if char == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn nothing(rule: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{rule}:\n  {}\n", offenders.join("\n  "));
}

#[test]
fn only_the_console_knows_the_terminal() {
    let outside = sources().into_iter().filter(|source| source.room() != "console");
    let offenders: Vec<_> =
        outside.flat_map(|source| ["ratatui", "crossterm"].map(|word| source.lines_with(word)).concat()).collect();
    nothing("ratatui and crossterm are named only in src/console", &offenders);
}

#[test]
fn the_consoles_model_update_and_view_do_not_know_the_store() {
    let parts = ["console/model", "console/update", "console/view"];
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|source| parts.iter().any(|part| source.path.starts_with(part))) {
        for (line, module) in source.modules().into_iter().filter(|(_, module)| module == "store") {
            offenders.push(format!("src/{}:{line}: crate::{module}", source.path));
        }
    }
    nothing("a screen asks the desk; it does not know the store", &offenders);
}

#[test]
fn stages_know_neither_each_other_nor_the_engine() {
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|source| STAGES.contains(&source.room())) {
        for (line, module) in source.modules() {
            let other = module == "engine" || (STAGES.contains(&module.as_str()) && module != source.room());
            let allowed =
                ALLOWED_BETWEEN_STAGES.iter().any(|(path, stage, _)| source.path.starts_with(path) && module == *stage);
            if other && !allowed {
                offenders.push(format!("src/{}:{line}: crate::{module}", source.path));
            }
        }
    }
    nothing("what one stage leaves in the store is what the next reads", &offenders);
}

#[test]
fn the_nouns_import_nothing_below_them() {
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|source| source.room() == "lead") {
        for (line, module) in source.modules().into_iter().filter(|(_, module)| module != "lead" && module != "text") {
            offenders.push(format!("src/{}:{line}: crate::{module}", source.path));
        }
    }
    nothing("lead imports only lead and text", &offenders);
}

#[test]
fn files_stay_short() {
    let mut offenders = Vec::new();
    for source in sources() {
        let lines = source.code.lines().count();
        let exception = LONGER_FILES.iter().find(|(path, ..)| *path == source.path);
        if lines > exception.map_or(LONGEST_FILE, |(_, limit, _)| *limit) {
            offenders.push(format!("src/{}: {lines} lines without its tests", source.path));
        } else if exception.is_some() && lines <= LONGEST_FILE {
            offenders.push(format!("src/{}: {lines} lines: it needs no exception any more", source.path));
        }
    }
    nothing(&format!("a file has at most {LONGEST_FILE} lines without its tests"), &offenders);
}

#[test]
fn only_the_command_line_prints() {
    let printing = ["println", "print", "eprintln", "eprint", "dbg"];
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|source| !["cli", "main"].contains(&source.room())) {
        for (number, line) in source.code.lines().enumerate() {
            if printing.iter().any(|word| line.contains(&format!("{word}!")) && words(line).any(|found| found == *word))
            {
                offenders.push(format!("src/{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    nothing("a stray print is a corrupted screen: log it, or say it in src/cli", &offenders);
}

#[test]
fn the_reader_of_these_rules_reads_right() {
    let text = r##"use crate::{queue::{a, b}, store}; // crate::engine
let s = "crate::report \" crate::intake"; let c = '"'; let r = r#"crate::response"#; fn f<'a>(x: &'a str) {}
use crate::text;
#[cfg(test)]
#[allow(x)]
mod tests {
    use crate::engine;
}"##;
    let source = Source { path: "lead/x.rs".into(), code: without_tests(&blank(text)).into() };
    let modules: Vec<_> = source.modules().into_iter().collect();
    assert_eq!(modules, [(1, "queue".to_owned()), (1, "store".to_owned()), (3, "text".to_owned())]);
    assert_eq!(source.lines_with("str").len(), 1);
    assert!(source.lines_with("intake").is_empty());
    assert_eq!(source.room(), "lead");
}
