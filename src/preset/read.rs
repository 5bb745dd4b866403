//! The reading half of the language: a path (JSONPath, RFC 9535) or a table around one. What is absent,
//! null, an empty text or an empty list is nothing, never an error; two nodes where one is meant are an
//! error, not a guess.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::fault::{Fault, did_you_mean};
use super::instant::Notation;
use super::pipe::Pipe;
use super::place::Place;
use super::reshape::Tables;
use super::template::{Scope, Template};
use super::vars::Values;
use crate::net::http::Answer;

/// Most nodes one path may give.
const NODES_MAX: usize = 10_000;

/// A path as written: `"$.email"`, a list of them (the first present), or a table.
#[derive(Debug, Clone, PartialEq)]
pub enum PathDoc {
    /// A JSONPath.
    At(String),
    /// The first that is present.
    First(Vec<PathDoc>),
    /// A table.
    Table(Box<PathTable>),
}

/// A path with everything that can be said of it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathTable {
    /// The reshaped (`pivot`) or joined (`join`) table it reads instead of the record.
    #[serde(rename = "in")]
    pub table: Option<String>,
    /// In a joined table: the path, in the current element, of the key of the row.
    pub by: Option<String>,
    /// A JSONPath; may hold `{{ vars.… }}`.
    pub at: Option<String>,
    /// Paths of which the first present counts.
    pub first: Option<Vec<PathDoc>>,
    /// `body` (default), `text` (the whole body), `status` or `header:NAME`.
    pub from: Option<String>,
    /// One capture of this expression is what is read.
    pub regex: Option<String>,
    /// Which of several nodes: `first`, `last`, `min`, `max`, `all` (a list) or `count`.
    pub pick: Option<String>,
    /// `text`, `integer`, `rfc3339`, `epoch_s`, `epoch_ms` or `utc:FORMAT`.
    #[serde(rename = "as")]
    pub kind: Option<String>,
    /// Changes, in order.
    #[serde(default)]
    pub pipe: Vec<String>,
    /// Texts that mean "nothing".
    #[serde(default)]
    pub null: Vec<String>,
    /// What each text means; `*` stands for any other. Meaning an empty text is meaning nothing.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
    /// Used where nothing was read.
    pub default: Option<toml::Value>,
    /// Always this; reads nothing.
    #[serde(rename = "const")]
    pub constant: Option<toml::Value>,
}

impl<'de> Deserialize<'de> for PathDoc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = PathDoc;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSONPath like \"$.email\", a list of them, or a table { at = … }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PathDoc, E> {
                Ok(PathDoc::At(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<PathDoc, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(PathDoc::First)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PathDoc, A::Error> {
                let table = PathTable::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(PathDoc::Table(Box::new(table)))
            }
        }
        deserializer.deserialize_any(Reading)
    }
}

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
    fn fill(&self, text: &str) -> Result<String, Fault> {
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

/// What is read from.
#[derive(Debug, Clone, Copy)]
pub struct View<'v> {
    /// The record, row or whole body.
    pub body: &'v Value,
    /// Its reshaped and joined tables.
    pub tables: Option<&'v Tables>,
    /// The answer it came in.
    pub answer: Option<&'v Answer>,
}

impl<'v> View<'v> {
    /// Only a body.
    pub const fn of(body: &'v Value) -> Self {
        Self { body, tables: None, answer: None }
    }

    /// The same answer and tables, another body.
    #[must_use]
    pub const fn at(self, body: &'v Value) -> Self {
        Self { body, ..self }
    }
}

/// A record says something its path cannot mean.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} {what}")]
pub struct ReadError {
    /// The path, as written.
    pub path: String,
    /// What is wrong with what it found.
    pub what: String,
}

/// A compiled path.
#[derive(Debug)]
pub struct Reader {
    origin: Origin,
    pick: Option<Pick>,
    regex: Option<regex::Regex>,
    kind: Kind,
    pipes: Vec<Pipe>,
    null: Vec<String>,
    map: BTreeMap<String, String>,
    default: Option<Value>,
    label: String,
}

#[derive(Debug)]
enum Origin {
    Nothing,
    Constant(Value),
    Body(Place),
    Table { table: String, by: Option<Place>, at: Place },
    First(Vec<Reader>),
    Header(String),
    Status,
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    First,
    Last,
    Min,
    Max,
    All,
    Count,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Any,
    Text,
    Integer,
    Instant(Notation),
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
            Some(other) => Kind::Instant(Notation::parse(other)?.ok_or_else(|| {
                let known = ["text", "integer", "rfc3339", "epoch_s", "epoch_ms", "utc:FORMAT"];
                Fault::about(other, format!("as = `{other}` is unknown{}", did_you_mean(other, known)))
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

    /// The path as written, for people.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Can it ever read something?
    pub const fn is_nothing(&self) -> bool {
        matches!(self.origin, Origin::Nothing) && self.default.is_none()
    }

    /// The table and the dotted name of the members this path and its alternatives start from: what
    /// need not be kept as an extra.
    pub fn covers(&self) -> Vec<(Option<&str>, String)> {
        match &self.origin {
            Origin::Body(at) => vec![(None, at.members())],
            Origin::Table { table, at, .. } => vec![(Some(table), at.members())],
            Origin::First(readers) => readers.iter().flat_map(Self::covers).collect(),
            _ => Vec::new(),
        }
    }

    /// Reads. `None` where there is nothing.
    ///
    /// # Errors
    /// Several nodes without `pick`, or a value of the wrong type.
    pub fn read<'v>(&self, view: View<'v>) -> Result<Option<Cow<'v, Value>>, ReadError> {
        let found = self.found(view)?;
        let mapped = match found {
            Some(value) if !self.map.is_empty() => self.meaning(value)?,
            other => other,
        };
        Ok(mapped.filter(|value| !is_empty(value)).or_else(|| self.default.clone().map(Cow::Owned)))
    }

    /// Reads a text: numbers and booleans as written, lists of such joined by `, `.
    ///
    /// # Errors
    /// As [`Reader::read`]; a table is no text.
    pub fn text(&self, view: View<'_>) -> Result<Option<String>, ReadError> {
        let Some(value) = self.read(view)? else { return Ok(None) };
        match value {
            Cow::Owned(Value::String(text)) => Ok(Some(text)),
            value => text_of(&value).map(Some).ok_or_else(|| self.wrong(&value, "text")),
        }
    }

    /// Reads a moment; RFC 3339 where the path does not say otherwise.
    ///
    /// # Errors
    /// As [`Reader::read`], and a value that is no such moment.
    pub fn instant(&self, view: View<'_>) -> Result<Option<Timestamp>, ReadError> {
        let Some(text) = self.text(view)? else { return Ok(None) };
        super::instant::parse(&text).map(Some).ok_or_else(|| self.not_a(&text, &Notation::Rfc3339.name()))
    }

    /// Every node as it stands, without `pick`: for rows and lists.
    pub fn nodes<'v>(&self, view: View<'v>) -> Vec<&'v Value> {
        match &self.origin {
            Origin::Body(at) => at.all(view.body),
            _ => Vec::new(),
        }
    }

    fn found<'v>(&self, view: View<'v>) -> Result<Option<Cow<'v, Value>>, ReadError> {
        let nodes = match &self.origin {
            Origin::Nothing => return Ok(None),
            Origin::Constant(value) => return Ok(Some(Cow::Owned(value.clone()))),
            Origin::Body(at) => match at.one(view.body) {
                // The common case, without a list of nodes.
                Some(node) if self.pick.is_none() => return self.single(node.map(Cow::Borrowed)),
                Some(node) => node.into_iter().map(Cow::Borrowed).collect(),
                None => at.all(view.body).into_iter().map(Cow::Borrowed).collect(),
            },
            Origin::Table { table, by, at } => {
                let Some(body) = self.row(view, table, by.as_ref())? else { return Ok(None) };
                at.all(body).into_iter().map(Cow::Borrowed).collect()
            }
            Origin::First(readers) => {
                for reader in readers {
                    if let Some(value) = reader.read(view)? {
                        return self.single(Some(value));
                    }
                }
                return Ok(None);
            }
            Origin::Header(name) => {
                let header = view.answer.and_then(|answer| answer.header(name));
                return self.single(header.map(|text| Cow::Owned(Value::from(text))));
            }
            Origin::Status => return Ok(view.answer.map(|answer| Cow::Owned(Value::from(answer.status)))),
            Origin::Text => {
                let text = view.answer.map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
                return self.single(text.map(|text| Cow::Owned(Value::from(text))));
            }
        };
        self.picked(nodes)
    }

    fn row<'v>(&self, view: View<'v>, table: &str, by: Option<&Place>) -> Result<Option<&'v Value>, ReadError> {
        let Some(rows) = view.tables.and_then(|tables| tables.get(table)) else { return Ok(None) };
        let Some(by) = by else { return Ok(Some(rows)) };
        let keys = by.all(view.body);
        match keys.as_slice() {
            [] => Ok(None),
            [key] => Ok(text_of(key).and_then(|key| rows.get(&key))),
            _ => Err(self.error("finds several keys where one is expected")),
        }
    }

    fn picked<'v>(&self, mut nodes: Vec<Cow<'v, Value>>) -> Result<Option<Cow<'v, Value>>, ReadError> {
        if nodes.len() > NODES_MAX {
            return Err(self.error(&format!("finds more than {NODES_MAX} nodes")));
        }
        if self.pick == Some(Pick::Count) {
            return Ok(Some(Cow::Owned(Value::from(nodes.len()))));
        }
        nodes.retain(|node| !is_empty(node));
        match self.pick {
            None if nodes.len() > 1 => {
                let what = format!("finds {} values where one is expected (say which with `pick`)", nodes.len());
                Err(self.error(&what))
            }
            None | Some(Pick::Last) => self.single(nodes.pop()),
            Some(Pick::First) => self.single(nodes.into_iter().next()),
            Some(pick) => {
                let mut values = Vec::with_capacity(nodes.len());
                for node in nodes {
                    values.extend(self.single(Some(node))?);
                }
                Ok(match pick {
                    Pick::All if values.is_empty() => None,
                    Pick::All => Some(Cow::Owned(Value::Array(values.into_iter().map(Cow::into_owned).collect()))),
                    Pick::Min => values.into_iter().min_by(|a, b| order(a, b)),
                    _ => values.into_iter().max_by(|a, b| order(a, b)),
                })
            }
        }
    }

    /// One node through null, regex, pipes and `as`.
    fn single<'v>(&self, node: Option<Cow<'v, Value>>) -> Result<Option<Cow<'v, Value>>, ReadError> {
        let Some(mut value) = node.filter(|value| !is_empty(value)) else { return Ok(None) };
        if !self.null.is_empty() && text_of(&value).is_some_and(|text| self.null.contains(&text)) {
            return Ok(None);
        }
        if let Some(regex) = &self.regex {
            let text = text_of(&value).ok_or_else(|| self.wrong(&value, "text"))?;
            let captured = regex.captures(&text).and_then(|found| found.get(1).or_else(|| found.get(0)));
            let Some(captured) = captured else { return Ok(None) };
            value = Cow::Owned(Value::from(captured.as_str()));
        }
        for pipe in &self.pipes {
            let changed = pipe.apply(&value).map_err(|what| self.error(&what))?;
            if is_empty(&changed) {
                return Ok(None);
            }
            value = Cow::Owned(changed);
        }
        self.convert(value).map(Some)
    }

    fn convert<'v>(&self, value: Cow<'v, Value>) -> Result<Cow<'v, Value>, ReadError> {
        match &self.kind {
            Kind::Any => Ok(value),
            Kind::Text if value.is_string() => Ok(value),
            Kind::Text => {
                let text = text_of(&value).ok_or_else(|| self.wrong(&value, "text"))?;
                Ok(Cow::Owned(Value::String(text)))
            }
            Kind::Integer if value.is_i64() || value.is_u64() => Ok(value),
            Kind::Integer => {
                let text = text_of(&value).unwrap_or_default();
                let number: i64 = text.trim().parse().map_err(|_| self.wrong(&value, "a whole number"))?;
                Ok(Cow::Owned(Value::from(number)))
            }
            Kind::Instant(notation) => {
                let text = text_of(&value).ok_or_else(|| self.wrong(&value, &notation.name()))?;
                let at = notation.read(&text).ok_or_else(|| self.not_a(&text, &notation.name()))?;
                Ok(Cow::Owned(Value::String(at.to_string())))
            }
        }
    }

    fn meaning<'v>(&self, value: Cow<'v, Value>) -> Result<Option<Cow<'v, Value>>, ReadError> {
        let text = text_of(&value).ok_or_else(|| self.wrong(&value, "a word"))?;
        let meant = self.map.get(&text).or_else(|| self.map.get("*"));
        Ok(Some(meant.map_or(value, |meant| Cow::Owned(Value::from(meant.as_str())))))
    }

    fn wrong(&self, value: &Value, expected: &str) -> ReadError {
        self.error(&format!("is {} where {expected} is expected", kind_of(value)))
    }

    fn not_a(&self, text: &str, expected: &str) -> ReadError {
        self.error(&format!("is `{}`, not {expected}", crate::text::clean_line(text, 80)))
    }

    fn error(&self, what: &str) -> ReadError {
        ReadError { path: self.label.clone(), what: what.to_owned() }
    }
}

fn origin(doc: &PathTable, names: Names<'_>) -> Result<(Origin, String), Fault> {
    let ways = [doc.at.is_some() || doc.from.is_some(), doc.first.is_some(), doc.constant.is_some()];
    let shown = || doc.at.clone().or_else(|| doc.from.clone()).unwrap_or_default();
    match ways {
        [true, false, false] => {}
        [false, true, false] => {
            let readers: Vec<Reader> =
                doc.first.iter().flatten().map(|path| Reader::compile(path, names)).collect::<Result<_, _>>()?;
            let label = readers.iter().map(Reader::label).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" or ");
            return Ok((Origin::First(readers), label));
        }
        [false, false, true] => {
            let value = doc.constant.as_ref().map_or(Ok(Value::Null), fixed)?;
            return Ok((Origin::Constant(value), "const".to_owned()));
        }
        _ => return Err(Fault::about(&shown(), "a path says one of `at`, `first`, `from` or `const`")),
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
        return Err(Fault::about(table, format!("there is no pivot or join named `{table}`{near}")));
    }
    let by = doc.by.as_deref().map(|by| Place::parse(by).map_err(|why| Fault::about(by, why))).transpose()?;
    Ok((Origin::Table { table: table.clone(), by, at: place }, format!("{table} {at}")))
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

/// Null, an empty text, an empty list or table: nothing.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(table) => table.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A scalar as text, a list of scalars joined by `, `; a table is no text.
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(list) => {
            let texts: Option<Vec<String>> = list
                .iter()
                .filter(|item| !is_empty(item))
                .map(|item| if item.is_array() { None } else { text_of(item) })
                .collect();
            texts.map(|texts| texts.join(", "))
        }
        Value::Object(_) => None,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn order(a: &Value, b: &Value) -> std::cmp::Ordering {
    if let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) {
        return a.total_cmp(&b);
    }
    let (a, b) = (text_of(a).unwrap_or_default(), text_of(b).unwrap_or_default());
    match (super::instant::parse(&a), super::instant::parse(&b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.cmp(&b),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Doc {
        p: PathDoc,
    }

    fn reader(path: &str) -> Result<Reader, Fault> {
        let doc: Doc = toml::from_str(&format!("p = {path}")).unwrap();
        let asked = toml::from_str(
            "sla = { prompt = \"x\", default = \"it's\" }\nmail = { prompt = \"x\", kind = \"path\", default = \"$.who.mail\" }\nnone = { prompt = \"x\", kind = \"path\", default = \"\" }",
        );
        let values = Values::sample(&asked.unwrap()).unwrap();
        Reader::compile(&doc.p, Names { values: &values, tables: &["answer".to_owned()] })
    }

    fn read(path: &str, body: &Value) -> String {
        match reader(path).unwrap().read(View::of(body)) {
            Ok(None) => "nothing".to_owned(),
            Ok(Some(value)) => value.to_string(),
            Err(error) => format!("ERROR {error}"),
        }
    }

    #[test]
    fn what_is_not_there_is_nothing_and_two_are_not_one() {
        let body = json!({"a": null, "b": "", "c": [], "d": 0, "list": [{"x": 2}, {"x": 10}], "text": "  Ada "});
        for (path, expected) in [
            ("'$.zzz'", "nothing"),
            ("'$.a'", "nothing"),
            ("'$.b'", "nothing"),
            ("'$.c'", "nothing"),
            ("'$.d'", "0"),
            ("['$.a', '$.b', '$.text']", "\"  Ada \""),
            ("'$.list[*].x'", "ERROR $.list[*].x finds 2 values where one is expected (say which with `pick`)"),
            ("{ at = '$.list[*].x', pick = 'first' }", "2"),
            ("{ at = '$.list[*].x', pick = 'last' }", "10"),
            ("{ at = '$.list[*].x', pick = 'max' }", "10"),
            ("{ at = '$.list[*].x', pick = 'min', as = 'text' }", "\"10\""),
            ("{ at = '$.list[*].x', pick = 'all' }", "[2,10]"),
            ("{ at = '$.list[*].x', pick = 'count' }", "2"),
            ("{ at = '$.list[*].y', pick = 'count' }", "0"),
            ("{ at = '$.text', pipe = ['trim', 'lower'] }", "\"ada\""),
            ("{ at = '$.b', default = 'x' }", "\"x\""),
            ("{ const = 7 }", "7"),
            ("{ at = '$.d', null = ['0'] }", "nothing"),
            ("{ at = '$.text', regex = 'A(d)a' }", "\"d\""),
            ("{ at = '$.text', regex = 'Bo' }", "nothing"),
            ("{ at = '$.list[0].x', map = { '2' = 'two' } }", "\"two\""),
            ("{ at = '$.list[1].x', map = { '2' = 'two', '*' = 'many' } }", "\"many\""),
            ("{ at = '$.list[1].x', map = { '*' = '' }, default = 'x' }", "\"x\""),
            ("{ first = ['$.b', { at = '$.text', pipe = ['trim'] }], pipe = ['upper'] }", "\"ADA\""),
            ("{ at = '$.list', as = 'integer' }", "ERROR $.list is a list where a whole number is expected"),
            ("'{{ vars.none }}'", "nothing"),
            ("{ from = 'status' }", "nothing"),
        ] {
            assert_eq!(read(path, &body), expected, "{path}");
        }
    }

    #[test]
    fn moments_become_one_notation() {
        let body = json!({"at": "2026-09-14T10:21:07+0200", "s": 1_789_374_067, "ms": "1789374067000", "bad": "soon"});
        let expected = "\"2026-09-14T08:21:07Z\"";
        assert_eq!(read("{ at = '$.at', as = 'rfc3339' }", &body), expected);
        assert_eq!(read("{ at = '$.s', as = 'epoch_s' }", &body), expected);
        assert_eq!(read("{ at = '$.ms', as = 'epoch_ms' }", &body), expected);
        assert!(read("{ at = '$.bad', as = 'rfc3339' }", &body).contains("is `soon`, not a moment"));
        assert_eq!(reader("'$.at'").unwrap().instant(View::of(&body)).unwrap(), "2026-09-14T08:21:07Z".parse().ok());
    }

    #[test]
    fn variables_in_a_path_are_literals_unless_they_are_the_path() {
        let body = json!({"who": {"mail": "a@b.c"}, "values": [{"name": "it's", "x": 1}, {"name": "other", "x": 2}]});
        assert_eq!(read("'{{ vars.mail }}'", &body), "\"a@b.c\"");
        assert_eq!(read("\"$.values[?@.name=='{{ vars.sla }}'].x\"", &body), "1");
    }

    #[test]
    fn numbers_are_text_and_tables_are_not() {
        let body = json!({"n": 4_930_901_820_i64, "list": ["evening", 2], "table": {"a": 1}});
        let text = |path: &str| reader(path).unwrap().text(View::of(&body)).map_err(|error| error.to_string());
        assert_eq!(text("'$.n'").unwrap().unwrap(), "4930901820");
        assert_eq!(text("'$.list'").unwrap().unwrap(), "evening, 2");
        assert_eq!(text("'$.table'").unwrap_err(), "$.table is a table where text is expected");
    }

    #[test]
    fn a_path_that_cannot_be_meant_is_refused() {
        let fault = |path: &str| reader(path).unwrap_err().message;
        assert!(fault("'email'").contains("not a JSONPath"));
        assert!(fault("{ at = '$.a', first = ['$.b'] }").contains("one of"));
        assert!(fault("{ at = '$.a', as = 'int' }").contains("unknown"));
        assert!(fault("{ at = '$.a', pick = 'frist' }").contains("did you mean `first`"));
        assert!(fault("{ at = '$.a', in = 'anser' }").contains("did you mean `answer`"));
        assert!(fault("{ from = 'heder:X' }").contains("unknown"));
        assert!(fault("'$.{{ vars.slo }}'").contains("did you mean `sla`"));
        assert!(toml::from_str::<Doc>("p = { att = '$.a' }").unwrap_err().message().contains("unknown field `att`"));
    }
}
