//! Layers: default < files < environment < flag. Files of one layer may not contradict each other; a
//! higher layer replaces single values of a lower one. Nothing stops at the first mistake.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::mask::REFERENCES;
use super::mistake::{Mistake, Mistakes, nearest};
use super::node::{self, Entry, Node, Place, Sheet, Table, Value};
use super::raw::{self, join};
use super::reference::{self, Absent};

/// Largest configuration file, in bytes.
const FILE_SIZE: u64 = 1 << 20;
/// Most files beside the main one.
const FILES: usize = 500;
/// Begins the name of every environment variable of leadgate.
pub const PREFIX: &str = "LEADGATE_";

/// Reads the main file and every `conf.d/*.toml` beside it, in name order, into one table; `draft` is read as if
/// it were there already.
pub fn files(main: &Path, draft: Option<(&Path, &str)>, mistakes: &mut Mistakes) -> (Table, Vec<PathBuf>) {
    let mut root = Table::new();
    let mut read = Vec::new();
    let draft_path = draft.map(|(path, _)| path.to_owned());
    for path in std::iter::once(main.to_owned()).chain(beside(main, mistakes)).chain(draft_path) {
        let drafted = draft.filter(|(drafted, _)| *drafted == path).map(|(_, text)| text.to_owned());
        let Some(text) = drafted.or_else(|| file(&path, mistakes)) else { continue };
        let dir = path.parent().unwrap_or(Path::new("")).to_owned();
        let sheet = Sheet::new(&path.display().to_string(), &dir, &text);
        merge(&mut root, node::document(&sheet, &text, mistakes), "", mistakes);
        read.push(path);
    }
    (root, read)
}

fn beside(main: &Path, mistakes: &mut Mistakes) -> Vec<PathBuf> {
    let dir = main.with_file_name("conf.d");
    let list = match std::fs::read_dir(&dir) {
        Ok(list) => list,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            mistakes.add(Mistake::of("", format!("{} cannot be listed: {error}", dir.display())));
            return Vec::new();
        }
    };
    let paths = list.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    if paths.len() > FILES {
        mistakes.add(Mistake::of("", format!("{} holds more than {FILES} files", dir.display())));
        paths.truncate(FILES);
    }
    paths.sort();
    paths
}

fn file(path: &Path, mistakes: &mut Mistakes) -> Option<String> {
    let shown = path.display();
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(path).and_then(|file| file.take(FILE_SIZE + 1).read_to_end(&mut bytes));
    if let Err(error) = opened {
        let mistake = Mistake::of("", format!("{shown} cannot be read: {error}"));
        mistakes.add(match error.kind() {
            std::io::ErrorKind::NotFound => mistake.hint("leadgate init writes a short one to begin with"),
            _ => mistake,
        });
        return None;
    }
    if bytes.len() as u64 > FILE_SIZE {
        mistakes.add(Mistake::of("", format!("{shown} is larger than {} KiB", FILE_SIZE / 1024)));
        return None;
    }
    String::from_utf8(bytes).map_err(|_| mistakes.add(Mistake::of("", format!("{shown} is not UTF-8 text")))).ok()
}

/// Adds `from` to `into`: tables grow together, the same key twice is a mistake that names both places.
fn merge(into: &mut Table, from: Table, path: &str, mistakes: &mut Mistakes) {
    for (key, new) in from {
        let path = join(path, &key);
        let Some(old) = into.get_mut(&key) else {
            into.insert(key, new);
            continue;
        };
        match (&mut old.node.value, new.node.value) {
            (Value::Table(old), Value::Table(new)) => merge(old, new, &path, mistakes),
            _ => mistakes.add(
                Mistake::at(new.key, &path, "is set twice")
                    .hint(format!("it is already set in {}: keep one of the two", old.key.line())),
            ),
        }
    }
}

/// Lays environment variables over `root`: `LEADGATE_BUSINESS__ZONE`, two underscores for each dot and
/// one for `-`. Variables without `__` are not configuration keys and are left alone.
pub fn environment<'a>(root: &mut Table, env: impl Iterator<Item = (&'a str, &'a str)>, mistakes: &mut Mistakes) {
    let mut vars: Vec<(&str, &str)> = env.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    vars.sort_unstable();
    for (name, value) in vars {
        let path = name.strip_prefix(PREFIX).unwrap_or(name).to_lowercase();
        if !path.contains("__") {
            continue;
        }
        let place = written("environment", name, value);
        match found(root, path.split("__"), &place) {
            Ok(keys) => set(root, &keys, value, &place),
            Err(mistake) => mistakes.add(*mistake),
        }
    }
}

/// Lays `--set path=value` over `root`.
pub fn flags(root: &mut Table, sets: &[String], mistakes: &mut Mistakes) {
    for text in sets {
        let Some((path, value)) = text.split_once('=') else {
            let sheet = Sheet::new("--set", Path::new(""), text);
            let place = Place { sheet, start: 0, end: text.len() };
            mistakes.add(
                Mistake::at(place, "--set", "has no =")
                    .allowed("--set path=value, like --set business.zone=Europe/Berlin"),
            );
            continue;
        };
        let place = written("--set", path, value);
        let keys: Vec<String> = path.trim().split('.').map(str::to_owned).collect();
        if keys.len() < 2 || keys.iter().any(String::is_empty) {
            mistakes.add(Mistake::at(place, path, "is not the path of a key").allowed("a path like business.zone"));
            continue;
        }
        set(root, &keys, value.trim(), &place);
    }
}

/// The place of the value in `name=value`.
fn written(sheet: &str, name: &str, value: &str) -> Place {
    let text = format!("{name}={value}");
    Place { sheet: Sheet::new(sheet, Path::new(""), &text), start: name.len() + 1, end: text.len() }
}

/// The keys an environment variable means: an id is found by its letters, for `-` cannot stand there.
fn found<'a>(
    root: &Table,
    mut path: impl Iterator<Item = &'a str>,
    place: &Place,
) -> Result<Vec<String>, Box<Mistake>> {
    let first = path.next().unwrap_or_default();
    let mut keys = vec![first.to_owned()];
    if !raw::Root::KEYS.contains(&first) {
        let mistake = Mistake::at(place.clone(), first, "is not a part of this configuration");
        let near = nearest(first, raw::Root::KEYS.iter().copied());
        return Err(Box::new(mistake.hint(near.map_or_else(
            || format!("known: {}", raw::Root::KEYS.join(", ")),
            |near| format!("did you mean \"{near}\"?"),
        ))));
    }
    if first == "rates" {
        keys.extend(path.map(str::to_uppercase));
        return Ok(keys);
    }
    if reference::is_family(first) {
        let id = path.next().unwrap_or_default();
        let known: Vec<&str> = match root.get(first).map(|entry| &entry.node.value) {
            Some(Value::Table(family)) => family.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        let Some(known_id) = known.iter().find(|known| known.replace('-', "_") == id) else {
            let mistake = Mistake::at(place.clone(), &join(first, id), "is not in any file");
            return Err(Box::new(match nearest(id, known) {
                Some(near) => mistake.hint(format!("did you mean \"{near}\"?")),
                None => mistake.hint("an environment variable changes what a file says; it adds nothing new"),
            }));
        };
        keys.push((*known_id).to_owned());
    }
    keys.extend(path.map(str::to_owned));
    Ok(keys)
}

/// Sets one value, whatever was there.
fn set(root: &mut Table, keys: &[String], text: &str, place: &Place) {
    let path = keys.join(".");
    let as_toml = text.starts_with(['{', '[', '"']) || reference::find(&path).is_some_and(|key| !key.is_text());
    let read = if as_toml { node::value(&place.sheet, text, place) } else { None };
    let node = read.unwrap_or_else(|| Node { value: Value::Text(text.to_owned()), place: place.clone() });
    insert(root, keys, node);
}

fn insert(table: &mut Table, keys: &[String], node: Node) {
    let Some((key, rest)) = keys.split_first() else { return };
    if rest.is_empty() {
        // One way to a secret replaces another.
        let is_reference = |key: &String| REFERENCES.contains(&key.as_str());
        if is_reference(key) && table.keys().all(is_reference) {
            table.clear();
        }
        let place = node.place.clone();
        table.insert(key.clone(), Entry { key: place, node });
        return;
    }
    let empty = || Node { value: Value::Table(Table::new()), place: node.place.clone() };
    let entry = table.entry(key.clone()).or_insert_with(|| Entry { key: node.place.clone(), node: empty() });
    if !matches!(entry.node.value, Value::Table(_)) {
        entry.node = empty();
    }
    if let Value::Table(inner) = &mut entry.node.value {
        insert(inner, rest, node);
    }
}

/// Adds every default of the reference that nothing above has set, so that the merged text says all
/// that decides.
pub fn defaults(root: &mut Table) {
    let sheet: Arc<Sheet> = Sheet::new("defaults", Path::new(""), "");
    let place = Place { sheet: sheet.clone(), start: 0, end: 0 };
    for (section, key) in reference::keys() {
        let Absent::Is(text) = key.absent else { continue };
        if let Some(node) = node::value(&sheet, text, &place) {
            let path: Vec<&str> = section.path.split('.').chain(key.name.split('.')).collect();
            fill(root, &path, &node);
        }
    }
}

fn fill(table: &mut Table, path: &[&str], node: &Node) {
    match path {
        [] => {}
        ["ID", rest @ ..] => {
            for entry in table.values_mut() {
                if let Value::Table(inner) = &mut entry.node.value {
                    fill(inner, rest, node);
                }
            }
        }
        [key] => {
            table.entry((*key).to_owned()).or_insert_with(|| Entry { key: node.place.clone(), node: node.clone() });
        }
        [family, "ID", ..] if !table.contains_key(*family) => {}
        [key, rest @ ..] => {
            let empty = Node { value: Value::Table(Table::new()), place: node.place.clone() };
            let entry =
                table.entry((*key).to_owned()).or_insert_with(|| Entry { key: node.place.clone(), node: empty });
            if let Value::Table(inner) = &mut entry.node.value {
                fill(inner, rest, node);
            }
        }
    }
}
