//! The reading half of the language: a path (JSONPath, RFC 9535) or a table around one. What is absent,
//! null, an empty text or an empty list is nothing, never an error; two nodes where one is meant are an
//! error, not a guess.

mod compile;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::instant::Notation;
pub use super::path::{PathDoc, PathTable};
use super::pipe::Pipe;
use super::place::Place;
use super::reshape::Tables;
use crate::net::http::Answer;

pub use compile::Names;
pub use value::{is_empty, text_of};
use value::{kind_of, order};

/// Most nodes one path may give.
const NODES_MAX: usize = 10_000;

/// Length of a hash of paths, in hex digits.
const HASH_DIGITS: usize = 32;

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
    Table {
        table: String,
        by: Option<Place>,
        at: Place,
    },
    First(Vec<Reader>),
    /// A hash of what these read; nothing where none reads anything.
    Hash(Vec<Reader>),
    /// Which of these is read goes by a word; `None` reads the member named like it.
    Typed {
        by: Place,
        of: BTreeMap<String, Option<Reader>>,
    },
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
    /// The path as written, for people.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Does it read the answer as JSON, and not only its headers, its status or its text?
    pub fn reads_body(&self) -> bool {
        match &self.origin {
            Origin::Body(_) | Origin::Table { .. } | Origin::Typed { .. } => true,
            Origin::First(readers) | Origin::Hash(readers) => readers.iter().any(Self::reads_body),
            Origin::Nothing | Origin::Constant(_) | Origin::Header(_) | Origin::Status | Origin::Text => false,
        }
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
            // A hash is made of fields, it does not stand for them.
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
        if let (Kind::Instant(notation), Some(Value::String(text))) = (&self.kind, self.plain(view)) {
            // The common case, without writing the moment out and reading it again.
            return notation.read(text).map(Some).ok_or_else(|| self.not_a(text, &notation.name()));
        }
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

    /// The node itself, where nothing but `as` is asked of it.
    fn plain<'v>(&self, view: View<'v>) -> Option<&'v Value> {
        let bare = self.pick.is_none() && self.regex.is_none() && self.pipes.is_empty();
        let Origin::Body(at) = &self.origin else { return None };
        let node = at.one(view.body).flatten().filter(|node| !is_empty(node))?;
        (bare && self.null.is_empty() && self.map.is_empty()).then_some(node)
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
            Origin::Hash(readers) => return self.single(hash(readers, view)?.map(Cow::Owned)),
            Origin::Typed { by, of } => return self.typed(view, by, of),
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

    fn typed<'v>(
        &self,
        view: View<'v>,
        by: &Place,
        of: &BTreeMap<String, Option<Reader>>,
    ) -> Result<Option<Cow<'v, Value>>, ReadError> {
        let Some(word) = by.all(view.body).first().and_then(|word| text_of(word)) else { return Ok(None) };
        match of.get(&word).or_else(|| of.get("*")) {
            None => Ok(None),
            Some(None) => self.single(view.body.get(&word).map(Cow::Borrowed)),
            Some(Some(reader)) => self.single(reader.read(view)?),
        }
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
                    Pick::All => {
                        let list = Value::Array(values.into_iter().map(Cow::into_owned).collect());
                        self.piped(Cow::Owned(list), self.pipes.get(self.single_pipes()..).unwrap_or_default())?
                    }
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
        let pipes = self.pipes.get(..self.single_pipes()).unwrap_or_default();
        match self.piped(value, pipes)? {
            Some(value) => self.convert(value).map(Some),
            None => Ok(None),
        }
    }

    /// How many of the pipes each node goes through by itself: of a list of all, a pipe that gathers and what
    /// follows it are for the list.
    fn single_pipes(&self) -> usize {
        let gathers = (self.pick == Some(Pick::All)).then(|| self.pipes.iter().position(Pipe::gathers)).flatten();
        gathers.unwrap_or(self.pipes.len())
    }

    fn piped<'v>(&self, mut value: Cow<'v, Value>, pipes: &[Pipe]) -> Result<Option<Cow<'v, Value>>, ReadError> {
        for pipe in pipes {
            let changed = pipe.apply(&value).map_err(|what| self.error(&what))?;
            if is_empty(&changed) {
                return Ok(None);
            }
            value = Cow::Owned(changed);
        }
        Ok(Some(value))
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

/// One text for what several paths read.
fn hash(readers: &[Reader], view: View<'_>) -> Result<Option<Value>, ReadError> {
    let mut hasher = blake3::Hasher::new();
    let mut any = false;
    for reader in readers {
        let text = reader.text(view)?;
        any |= text.is_some();
        let text = text.unwrap_or_default();
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    let digits: String = hasher.finalize().to_hex().chars().take(HASH_DIGITS).collect();
    Ok(any.then(|| Value::from(digits)))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::preset::fault::Fault;
    use crate::preset::vars::Values;

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
