//! A configuration value with the place it was written: every later mistake points at its line, in
//! whichever layer it came from. Nothing here knows what a key means.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::NamedSource;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mask;
use super::mistake::{Mistake, Mistakes};

/// One text of configuration: a file, an environment variable or a `--set`. What is kept is already
/// masked, so that no message can show a secret somebody wrote in plain text.
#[derive(Debug)]
pub struct Sheet {
    /// Name and masked text, as messages show them; offsets are those of the original.
    pub shown: NamedSource<String>,
    /// Relative paths in it start here.
    pub dir: PathBuf,
}

impl Sheet {
    /// A sheet called `name`, with relative paths starting at `dir`.
    pub fn new(name: &str, dir: &Path, text: &str) -> Arc<Self> {
        Arc::new(Self { shown: NamedSource::new(name, mask::masked(text)), dir: dir.to_owned() })
    }
}

/// Where something is written: bytes `start..end` of a sheet.
#[derive(Debug, Clone)]
pub struct Place {
    /// The text.
    pub sheet: Arc<Sheet>,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

impl Place {
    /// The text's name.
    pub fn name(&self) -> &str {
        self.sheet.shown.name()
    }

    /// Line and column, from 1; columns count characters.
    pub fn line_column(&self) -> (usize, usize) {
        let before = self.sheet.shown.inner().get(..self.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// `leadgate.toml:12`.
    pub fn line(&self) -> String {
        format!("{}:{}", self.name(), self.line_column().0)
    }
}

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it is written.
    pub place: Place,
}

/// What can be written.
#[derive(Debug, Clone)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A decimal number, as written.
    Decimal(String),
    /// True or false.
    Boolean(bool),
    /// A date or time, as written.
    Date(String),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
}

/// A table, by key.
pub type Table = BTreeMap<String, Entry>;

/// A value of a table and where its key is written.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where the key is written.
    pub key: Place,
    /// The value.
    pub node: Node,
}

impl Value {
    /// What kind of value it is, for people.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Decimal(_) => "a decimal number",
            Self::Boolean(_) => "true or false",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    /// As written, short enough for one line of a message.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => crate::text::fit(&format!("{:?}", crate::text::clean_line(text, 80)), 80),
            Self::Integer(number) => number.to_string(),
            Self::Decimal(text) | Self::Date(text) => text.clone(),
            Self::Boolean(yes) => yes.to_string(),
            Self::List(_) => "[…]".into(),
            Self::Table(_) => "{…}".into(),
        }
    }
}

/// Reads one TOML document; what cannot be read is added to `mistakes`, the rest is returned.
pub fn document(sheet: &Arc<Sheet>, text: &str, mistakes: &mut Mistakes) -> Table {
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let place = Place { sheet: sheet.clone(), start: span.start, end: span.end };
        mistakes.add_unparsed(if error.message().contains("duplicate key") {
            let key = text.get(span).unwrap_or_default().to_owned();
            Mistake::at(place, &key, "is set twice").hint("keep one of the two")
        } else {
            Mistake::at(place, "", error.message().to_owned())
                .hint("this line is not TOML: texts, times and amounts stand in quotes, lists in [ ]")
        });
    }
    table(sheet, root.into_inner(), 0, mistakes)
}

/// Reads one TOML value, or `None` when `text` is none.
pub fn value(sheet: &Arc<Sheet>, text: &str, place: &Place) -> Option<Node> {
    let parsed = DeValue::parse(text).ok()?;
    // Offsets inside the value mean nothing outside it: everything in it is at the whole value's place.
    let mut ignored = Mistakes::default();
    let mut node = node(sheet, parsed, 0, &mut ignored);
    node.move_to(place);
    Some(node)
}

/// Deepest nesting anything in a configuration can need, twice over.
const DEEPEST: usize = 16;

fn table(sheet: &Arc<Sheet>, table: DeTable<'_>, depth: usize, mistakes: &mut Mistakes) -> Table {
    let entry = |(key, value): (Spanned<std::borrow::Cow<'_, str>>, Spanned<DeValue<'_>>)| {
        let span = key.span();
        let key_place = Place { sheet: sheet.clone(), start: span.start, end: span.end };
        (key.into_inner().into_owned(), Entry { key: key_place, node: node(sheet, value, depth + 1, mistakes) })
    };
    table.into_iter().map(entry).collect()
}

fn node(sheet: &Arc<Sheet>, value: Spanned<DeValue<'_>>, depth: usize, mistakes: &mut Mistakes) -> Node {
    let span = value.span();
    let place = Place { sheet: sheet.clone(), start: span.start, end: span.end };
    if depth > DEEPEST {
        let problem = format!("nested deeper than {DEEPEST} levels");
        mistakes.add(Mistake::at(place.clone(), "", problem).hint("nothing in this configuration is that deep"));
        return Node { value: Value::Boolean(false), place };
    }
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Decimal(number.to_string()),
        },
        DeValue::Float(number) => Value::Decimal(number.to_string()),
        DeValue::Boolean(yes) => Value::Boolean(yes),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(list) => {
            Value::List(list.into_iter().map(|item| node(sheet, item, depth + 1, mistakes)).collect())
        }
        DeValue::Table(inner) => Value::Table(table(sheet, inner, depth, mistakes)),
    };
    Node { value, place }
}

impl Node {
    fn move_to(&mut self, place: &Place) {
        self.place = place.clone();
        match &mut self.value {
            Value::List(list) => list.iter_mut().for_each(|item| item.move_to(place)),
            Value::Table(table) => table.values_mut().for_each(|entry| {
                entry.key = place.clone();
                entry.node.move_to(place);
            }),
            _ => {}
        }
    }
}
