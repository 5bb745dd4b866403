//! A key with its value, on the way from what is written to what is meant: the few ways to read one,
//! each leaving a mistake behind when it cannot.

use super::mistake::{Mistake, Mistakes, either};
use super::node::{Node, Place, Table, Value};

/// A value, the dotted path of its key, and its place.
#[derive(Debug, Clone)]
pub struct Field {
    /// `source.meta.every`; list items carry the path of their list.
    pub path: String,
    /// The value.
    pub node: Node,
}

impl Field {
    /// The value of a key.
    pub fn new(path: String, node: Node) -> Self {
        Self { path, node }
    }

    /// A mistake about this value; secrets are not shown.
    pub fn mistake(&self, problem: impl Into<String>) -> Mistake {
        Mistake::at(self.node.place.clone(), &self.path, problem).value(self.node.value.shown())
    }

    /// A mistake at this place that does not quote the value.
    pub fn silent(&self, problem: impl Into<String>) -> Mistake {
        Mistake::at(self.node.place.clone(), &self.path, problem)
    }

    /// The value is of another kind than `allowed`.
    pub fn wrong_kind(&self, allowed: &str) -> Mistake {
        self.mistake(format!("is {}", self.node.value.kind())).allowed(allowed)
    }

    /// Its place.
    pub fn place(&self) -> &Place {
        &self.node.place
    }

    /// A text that is not blank.
    pub fn text(&self, allowed: &str, mistakes: &mut Mistakes) -> Option<String> {
        match &self.node.value {
            Value::Text(text) if text.trim().is_empty() => mistakes.add(self.mistake("is empty").allowed(allowed)),
            Value::Text(text) => return Some(text.trim().to_owned()),
            _ => mistakes.add(self.wrong_kind(allowed)),
        }
        None
    }

    /// A text that `parse` understands; its error is the rest of a sentence that begins with the value.
    pub fn parse<T>(
        &self,
        allowed: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
        mistakes: &mut Mistakes,
    ) -> Option<T> {
        let text = self.text(allowed, mistakes)?;
        parse(&text).map_err(|problem| mistakes.add(self.mistake(problem).allowed(allowed))).ok()
    }

    /// One of a few words.
    pub fn one_of<T: Copy>(&self, words: &[(&str, T)], mistakes: &mut Mistakes) -> Option<T> {
        let names: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let find = |text: &str| {
            let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
            found.ok_or_else(|| "is not known here".to_owned())
        };
        self.parse(&either(&names), find, mistakes)
    }

    /// A whole number in a range.
    pub fn number(&self, least: i64, most: i64, mistakes: &mut Mistakes) -> Option<i64> {
        let allowed = format!("a whole number from {least} to {most}");
        match self.node.value {
            Value::Integer(number) if (least..=most).contains(&number) => return Some(number),
            Value::Integer(_) => mistakes.add(self.mistake("is out of range").allowed(allowed)),
            _ => mistakes.add(self.wrong_kind(&allowed)),
        }
        None
    }

    /// True or false.
    pub fn flag(&self, mistakes: &mut Mistakes) -> Option<bool> {
        if let Value::Boolean(yes) = self.node.value {
            return Some(yes);
        }
        mistakes.add(self.wrong_kind("true or false, without quotes"));
        None
    }

    /// The items of a list; a single text counts as a list of one.
    pub fn items(&self, allowed: &str, mistakes: &mut Mistakes) -> Vec<Self> {
        match &self.node.value {
            Value::List(list) => list.iter().map(|node| Self::new(self.path.clone(), node.clone())).collect(),
            Value::Text(_) => vec![self.clone()],
            _ => {
                mistakes.add(self.wrong_kind(allowed));
                Vec::new()
            }
        }
    }

    /// The items of a list that `parse` understands, each on its own.
    pub fn each<T>(&self, allowed: &str, parse: impl Fn(&str) -> Result<T, String>, mistakes: &mut Mistakes) -> Vec<T> {
        let items = self.items(&format!("a list, each item {allowed}"), mistakes);
        items.iter().filter_map(|item| item.parse(allowed, &parse, mistakes)).collect()
    }

    /// A table.
    pub fn table(&self, allowed: &str, mistakes: &mut Mistakes) -> Option<&Table> {
        if let Value::Table(table) = &self.node.value {
            return Some(table);
        }
        mistakes.add(self.wrong_kind(allowed));
        None
    }
}
