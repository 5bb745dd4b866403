//! From a path as written to one that reads: every name in it is checked here, once.

use serde_json::Value;

use super::{Kind, Origin, PathDoc, PathTable, Pick, Reader};
use crate::preset::fault::{Fault, did_you_mean};
use crate::preset::instant::Notation;
use crate::preset::pipe::Pipe;
use crate::preset::place::Place;
use crate::preset::template::{Scope, Template};
use crate::preset::vars::Values;

/// What a path may be read as.
const KINDS: &[&str] =
    &["text", "integer", "rfc3339", "iso", "date", "epoch_s", "epoch_ms", "utc:FORMAT", "naive:FORMAT"];

/// What paths are compiled against.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The operator's variables, for `{{ vars.… }}` inside paths.
    pub values: &'a Values,
    /// The names of the reshaped and joined tables.
    pub tables: &'a [String],
}

impl<'a> Names<'a> {
    /// No tables.
    pub const fn of(values: &'a Values) -> Self {
        Self { values, tables: &[] }
    }

    /// A text of a path table with its variables filled in; inside a longer text they are quoted, so
    /// that a value can never become syntax.
    pub(in crate::preset) fn fill(&self, text: &str) -> Result<String, Fault> {
        if !text.contains("{{") {
            return Ok(text.to_owned());
        }
        let template = Template::compile(text, &self.values.scope(Scope::new(), false))?;
        let context = self.values.context();
        if template.is_one_expression() {
            return template.text(&context);
        }
        template.text_with(&context, |value| value.replace('\\', "\\\\").replace('\'', "\\'"))
    }
}

impl Reader {
    /// Compiles a path.
    ///
    /// # Errors
    /// Names the path and what is wrong with it.
    pub fn compile(doc: &PathDoc, names: Names<'_>) -> Result<Self, Fault> {
        match doc {
            PathDoc::At(at) => Self::table(&PathTable { at: Some(at.clone()), ..PathTable::default() }, names),
            PathDoc::First(first) => {
                Self::table(&PathTable { first: Some(first.clone()), ..PathTable::default() }, names)
            }
            PathDoc::Table(table) => Self::table(table, names),
        }
    }

    fn table(doc: &PathTable, names: Names<'_>) -> Result<Self, Fault> {
        let (origin, label) = origin(doc, names)?;
        let kind = match doc.kind.as_deref().map(|kind| names.fill(kind)).transpose()?.as_deref() {
            None | Some("") => Kind::Any,
            Some("text") => Kind::Text,
            Some("integer") => Kind::Integer,
            Some(other) => Kind::Instant(Notation::parse(other, names.values.zone())?.ok_or_else(|| {
                let near = did_you_mean(other, KINDS.iter().copied());
                Fault::about(other, format!("as = `{other}` is unknown{near}"))
            })?),
        };
        let regex = doc.regex.as_deref().map(regex::Regex::new).transpose();
        let written = doc.regex.as_deref().unwrap_or_default();
        let regex = regex.map_err(|error| Fault::about(written, format!("regex `{written}`: {error}")))?;
        let constant = |value: &Option<toml::Value>| value.as_ref().map(fixed).transpose();
        Ok(Self {
            origin,
            pick: doc.pick.as_deref().map(pick).transpose()?,
            regex,
            kind,
            pipes: doc.pipe.iter().map(|name| Pipe::parse(name)).collect::<Result<_, _>>()?,
            null: doc.null.clone(),
            map: doc.map.clone(),
            default: constant(&doc.default)?,
            label,
        })
    }
}

fn origin(doc: &PathTable, names: Names<'_>) -> Result<(Origin, String), Fault> {
    let at = doc.at.is_some() || doc.from.is_some();
    let ways = [at, doc.first.is_some(), doc.constant.is_some(), doc.hash.is_some(), doc.of.is_some()];
    let shown = || doc.at.clone().or_else(|| doc.from.clone()).unwrap_or_default();
    let several = |paths: &Option<Vec<PathDoc>>, between: &str| {
        let readers = paths.iter().flatten().map(|path| Reader::compile(path, names)).collect::<Result<Vec<_>, _>>()?;
        let label = readers.iter().map(Reader::label).filter(|label| !label.is_empty()).collect::<Vec<_>>();
        let label = label.join(between);
        Ok::<_, Fault>((readers, label))
    };
    match ways {
        [true, false, false, false, false] => {}
        [false, true, false, false, false] => {
            let (readers, label) = several(&doc.first, " or ")?;
            return Ok((Origin::First(readers), label));
        }
        [false, false, true, false, false] => {
            let value = doc.constant.as_ref().map_or(Ok(Value::Null), fixed)?;
            return Ok((Origin::Constant(value), "const".to_owned()));
        }
        [false, false, false, true, false] => {
            let (readers, label) = several(&doc.hash, ", ")?;
            if readers.is_empty() {
                return Err(Fault::new("`hash` needs at least one path"));
            }
            return Ok((Origin::Hash(readers), format!("hash of {label}")));
        }
        [false, false, false, false, true] => return typed(doc, names),
        _ => {
            let what = "a path says one of `at`, `first`, `from`, `const`, `hash` or `of`";
            return Err(Fault::about(&shown(), what));
        }
    }
    if let Some(from) = doc.from.as_deref().filter(|from| *from != "body") {
        let origin = match (from, from.strip_prefix("header:")) {
            ("status", _) => Origin::Status,
            ("text", _) => Origin::Text,
            (_, Some(name)) => Origin::Header(name.trim().to_owned()),
            _ => {
                let near = did_you_mean(from, ["body", "text", "status", "header:NAME"]);
                return Err(Fault::about(from, format!("from = `{from}` is unknown{near}")));
            }
        };
        return Ok((origin, from.to_owned()));
    }
    let at = names.fill(doc.at.as_deref().unwrap_or_default())?;
    if at.is_empty() {
        return Ok((Origin::Nothing, String::new()));
    }
    let place = Place::parse(&at).map_err(|why| Fault::about(&shown(), why))?;
    let Some(table) = &doc.table else { return Ok((Origin::Body(place), at)) };
    if !names.tables.contains(table) {
        let near = did_you_mean(table, names.tables.iter().map(String::as_str));
        return Err(Fault::about(table, format!("there is no table named `{table}` here{near}")));
    }
    let by = doc.by.as_deref().map(|by| Place::parse(by).map_err(|why| Fault::about(by, why))).transpose()?;
    Ok((Origin::Table { table: table.clone(), by, at: place }, format!("{table} {at}")))
}

/// `{ by, of }`: which path is read depends on a word beside it.
fn typed(doc: &PathTable, names: Names<'_>) -> Result<(Origin, String), Fault> {
    let by = doc.by.as_deref().ok_or_else(|| Fault::new("`of` needs a `by` that says where the word is"))?;
    let place = Place::parse(by).map_err(|why| Fault::about(by, why))?;
    let of = doc.of.iter().flatten().map(|(word, path)| {
        let reader = if *path == PathDoc::At("@".to_owned()) { None } else { Some(Reader::compile(path, names)?) };
        Ok::<_, Fault>((word.clone(), reader))
    });
    Ok((Origin::Typed { by: place, of: of.collect::<Result<_, _>>()? }, format!("by {by}")))
}

fn pick(name: &str) -> Result<Pick, Fault> {
    Ok(match name {
        "first" => Pick::First,
        "last" => Pick::Last,
        "min" => Pick::Min,
        "max" => Pick::Max,
        "all" => Pick::All,
        "count" => Pick::Count,
        other => {
            let near = did_you_mean(other, ["first", "last", "min", "max", "all", "count"]);
            return Err(Fault::about(other, format!("pick = `{other}` is unknown{near}")));
        }
    })
}

fn fixed(value: &toml::Value) -> Result<Value, Fault> {
    serde_json::to_value(value).map_err(|error| Fault::new(format!("a value that JSON cannot hold: {error}")))
}
