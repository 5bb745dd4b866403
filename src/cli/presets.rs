//! The presets there are, built-in and the operator's own: listed with what each needs, and compiled offline.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::args::Args;
use super::{CliError, json, session};
use crate::clock::SystemClock;
use crate::config::paths;
use crate::net::http::Http;
use crate::preset::vars::{VarDoc, VarKind};
use crate::preset::{DestinationPreset, Direction, Library, PresetError, SourcePreset};

/// A preset as it is listed.
struct Listed {
    direction: Direction,
    id: String,
    what: Result<Asks, PresetError>,
}

/// Title, the vendor's page, and variables.
type Asks = (String, Option<String>, BTreeMap<String, VarDoc>);

/// The folder of the operator's own presets: beside the configuration, whether that holds or not.
fn folder(args: &Args) -> Result<PathBuf, CliError> {
    let own = || paths::config_file().map_err(|error| CliError::Failed(error.to_string()));
    let file = session::file(args).map_or_else(own, Ok)?;
    Ok(file.parent().unwrap_or(Path::new("")).join("presets"))
}

/// The presets the arguments' configuration may name.
///
/// # Errors
/// The operator's folder cannot be read.
pub fn library(args: &Args) -> Result<Library, CliError> {
    Library::load(&folder(args)?).map_err(|error| CliError::Failed(error.to_string()))
}

/// `leadgate source presets`: every preset with its direction, title and what it needs.
pub fn list(args: &Args, out: &mut dyn Write) -> Result<u8, CliError> {
    let library = library(args)?;
    let sources = library.ids(Direction::Source).map(|id| Listed {
        direction: Direction::Source,
        id: id.to_owned(),
        what: library.get::<SourcePreset>(id).map(|preset| (preset.title, preset.docs, preset.vars)),
    });
    let destinations = library.ids(Direction::Destination).map(|id| Listed {
        direction: Direction::Destination,
        id: id.to_owned(),
        what: library.get::<DestinationPreset>(id).map(|preset| (preset.title, preset.docs, preset.vars)),
    });
    let all: Vec<Listed> = sources.chain(destinations).collect();
    let broken = all.iter().any(|one| one.what.is_err());
    if args.json {
        json(out, &all.iter().map(told).collect::<Vec<_>>())?;
    } else {
        table(&all, out)?;
    }
    Ok(u8::from(broken))
}

fn told(one: &Listed) -> serde_json::Value {
    let direction = noun(one.direction);
    match &one.what {
        Err(error) => json!({ "direction": direction, "id": one.id, "error": error.to_string() }),
        Ok((title, docs, vars)) => {
            let vars = vars.iter().map(|(name, doc)| {
                json!({
                    "name": name, "prompt": doc.prompt, "kind": doc.kind.name(), "required": is_required(doc),
                    "default": doc.default, "choices": doc.choices, "pattern": doc.pattern,
                })
            });
            let vars: Vec<_> = vars.collect();
            json!({ "direction": direction, "id": one.id, "title": title, "docs": docs, "vars": vars })
        }
    }
}

fn table(all: &[Listed], out: &mut dyn Write) -> Result<(), CliError> {
    let title = |one: &Listed| one.what.as_ref().map_or_else(|_| "✗".to_owned(), |(title, ..)| title.clone());
    let widest = |of: &dyn Fn(&Listed) -> String| all.iter().map(|one| of(one).chars().count()).max().unwrap_or(0);
    let (ids, titles) = (widest(&|one| one.id.clone()), widest(&title));
    for direction in Direction::ALL {
        writeln!(out, "{}", if direction == Direction::Source { "sources" } else { "destinations" })?;
        for one in all.iter().filter(|one| one.direction == direction) {
            let needs = match &one.what {
                Err(error) => error.to_string(),
                Ok((.., vars)) => needs(vars),
            };
            writeln!(out, "  {:ids$}  {:titles$}  {needs}", one.id, title(one))?;
        }
    }
    writeln!(out, "\n`leadgate source add NAME` asks for what a source needs. * is a secret, ~ may be left out.")?;
    Ok(())
}

/// What must be given, and how much more may be.
fn needs(vars: &BTreeMap<String, VarDoc>) -> String {
    let secret = |doc: &VarDoc| if doc.kind == VarKind::Secret { "*" } else { "" };
    let asked = vars.iter().filter(|(_, doc)| is_required(doc) || doc.kind == VarKind::Secret);
    let asked: Vec<String> =
        asked.map(|(name, doc)| format!("{name}{}{}", secret(doc), if is_required(doc) { "" } else { "~" })).collect();
    let more = vars.len() - asked.len();
    let asked = if asked.is_empty() { "nothing".to_owned() } else { asked.join(", ") };
    if more == 0 { format!("needs {asked}") } else { format!("needs {asked}; {more} more with defaults") }
}

/// Must the operator say it?
pub fn is_required(doc: &VarDoc) -> bool {
    !doc.optional && doc.default.is_none()
}

const fn noun(direction: Direction) -> &'static str {
    match direction {
        Direction::Source => "source",
        Direction::Destination => "destination",
    }
}

/// `leadgate check --presets`: compiles every preset with stand-ins for its variables. The exit status: 0 all
/// compile, 1 not all.
pub fn check(args: &Args, out: &mut dyn Write) -> Result<u8, CliError> {
    let library = library(args)?;
    let http = Http::new(Arc::new(SystemClock)).map_err(CliError::Failed)?;
    let mut wrong = crate::source::check_presets(&library, &http);
    wrong.extend(crate::handoff::check_presets(&library, &http));
    let count = |direction| library.ids(direction).count();
    let (sources, destinations) = (count(Direction::Source), count(Direction::Destination));
    if args.json {
        let mistakes = wrong.iter().map(|error| {
            json!({ "file": error.file, "line": error.at.map(|(line, _)| line), "column": error.at.map(|(_, column)| column),
                "message": error.message })
        });
        let mistakes: Vec<_> = mistakes.collect();
        let told =
            json!({ "ok": wrong.is_empty(), "sources": sources, "destinations": destinations, "mistakes": mistakes });
        writeln!(out, "{told}")?;
        return Ok(u8::from(!wrong.is_empty()));
    }
    for error in &wrong {
        writeln!(out, "✗ {error}")?;
    }
    let own = folder(args)?;
    let own = if own.is_dir() { format!(", your own in {} among them", own.display()) } else { String::new() };
    if wrong.is_empty() {
        writeln!(out, "✓ every preset compiles: {sources} for sources, {destinations} for destinations{own}")?;
    } else {
        let all = sources + destinations;
        writeln!(out, "{} of {all} presets cannot be used{own}; docs/presets.md tells every key.", wrong.len())?;
    }
    Ok(u8::from(!wrong.is_empty()))
}
