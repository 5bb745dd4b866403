//! A question to a record or an answer: is something there, is it this, does it hold that.

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::fault::Fault;
use super::operation::{Scalar, one_or_many};
use super::read::{Names, PathDoc, PathTable, ReadError, Reader, View};
use super::template::{Context, Scope, Template};

/// A condition as written: `"$.errors"` (finds something) or a table.
#[derive(Debug, Clone)]
pub enum ConditionDoc {
    /// The path finds something.
    Present(String),
    /// A table.
    Table(Box<ConditionTable>),
}

/// A condition with everything that can be said of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionTable {
    /// A JSONPath.
    pub at: Option<String>,
    /// The reshaped or joined table it reads.
    #[serde(rename = "in")]
    pub table: Option<String>,
    /// `body` (default), `text`, `status` or `header:NAME`.
    pub from: Option<String>,
    /// Any node is one of these; texts may be templates.
    #[serde(default, deserialize_with = "one_or_many")]
    pub equals: Vec<Scalar>,
    /// Nodes are there, and none is this text, which may be a template.
    pub differs: Option<String>,
    /// Any node holds this text, which may be a template.
    pub contains: Option<String>,
    /// Something is (true) or is not (false) there.
    pub present: Option<bool>,
}

impl<'de> Deserialize<'de> for ConditionDoc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = ConditionDoc;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSONPath that must find something, or a table { at = …, equals = … }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ConditionDoc, E> {
                Ok(ConditionDoc::Present(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ConditionDoc, A::Error> {
                let table = ConditionTable::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(ConditionDoc::Table(Box::new(table)))
            }
        }
        deserializer.deserialize_any(Reading)
    }
}

/// A compiled condition.
#[derive(Debug)]
pub struct Condition {
    reader: Reader,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Present(bool),
    Equals(Vec<Template>),
    Differs(Template),
    Contains(Template),
}

impl Condition {
    /// Compiles. Texts may use the names of `scope`.
    ///
    /// # Errors
    /// Names what is wrong with it.
    pub fn compile(doc: &ConditionDoc, names: Names<'_>, scope: &Scope) -> Result<Self, Fault> {
        let table = match doc {
            ConditionDoc::Present(at) => {
                &ConditionTable { at: Some(at.clone()), present: Some(true), ..ConditionTable::default() }
            }
            ConditionDoc::Table(table) => table,
        };
        let test = match (table.equals.as_slice(), &table.contains, table.present) {
            ([], None, None) if table.differs.is_some() => {
                Test::Differs(Template::compile(table.differs.as_deref().unwrap_or_default(), scope)?)
            }
            _ if table.differs.is_some() => {
                let at = table.at.as_deref().unwrap_or_default();
                return Err(Fault::about(at, "`differs` stands alone"));
            }
            ([], None, present) => Test::Present(present.unwrap_or(true)),
            ([], Some(text), None) => Test::Contains(Template::compile(text, scope)?),
            (any, None, None) => {
                let texts = any.iter().map(|scalar| Template::compile(&scalar.to_string(), scope));
                Test::Equals(texts.collect::<Result<_, _>>()?)
            }
            _ => {
                let at = table.at.as_deref().unwrap_or_default();
                return Err(Fault::about(at, "a condition says one of `equals`, `contains` or `present`"));
            }
        };
        let path = PathDoc::Table(Box::new(PathTable {
            at: table.at.clone(),
            table: table.table.clone(),
            from: table.from.clone(),
            pick: Some("all".to_owned()),
            ..PathTable::default()
        }));
        Ok(Self { reader: Reader::compile(&path, names)?, test })
    }

    /// The path it reads.
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Does it hold? A text that renders empty equals nothing, differs from nothing and is held by nothing.
    ///
    /// # Errors
    /// A path or template that cannot be read here.
    pub fn holds(&self, view: View<'_>, context: &Context) -> Result<bool, ConditionError> {
        let found = self.reader.read(view)?;
        let texts: Vec<String> = match found.as_deref() {
            None => Vec::new(),
            Some(serde_json::Value::Array(list)) => list.iter().filter_map(super::read::text_of).collect(),
            Some(one) => super::read::text_of(one).into_iter().collect(),
        };
        Ok(match &self.test {
            Test::Present(wanted) => found.is_some() == *wanted,
            Test::Equals(any) => {
                for template in any {
                    let wanted = template.text(context)?;
                    if !wanted.is_empty() && texts.contains(&wanted) {
                        return Ok(true);
                    }
                }
                false
            }
            Test::Differs(template) => {
                let wanted = template.text(context)?;
                !wanted.is_empty() && !texts.is_empty() && !texts.contains(&wanted)
            }
            Test::Contains(template) => {
                let wanted = template.text(context)?;
                !wanted.is_empty() && texts.iter().any(|text| text.contains(&wanted))
            }
        })
    }
}

/// Why a condition could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ConditionError {
    /// The path met something it cannot mean.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The text could not be rendered.
    #[error("{0}")]
    Template(Fault),
}

impl From<Fault> for ConditionError {
    fn from(fault: Fault) -> Self {
        Self::Template(fault)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::preset::Values;

    fn holds(doc: &str, body: &serde_json::Value) -> bool {
        #[derive(Deserialize)]
        struct Doc {
            c: ConditionDoc,
        }
        let doc: Doc = toml::from_str(doc).unwrap();
        let values = Values::default();
        let condition = Condition::compile(&doc.c, Names::of(&values), &Scope::new().names("key", ["token"])).unwrap();
        let context = Context::from_serialize(&json!({"key": {"token": "LG1"}}));
        condition.holds(View::of(body), &context).unwrap()
    }

    #[test]
    fn a_condition_answers_what_it_is_asked() {
        let body = json!({"id": 7, "title": "Roof [LG1]", "errors": [], "tags": [{"n": "a"}, {"n": "b"}]});
        assert!(!holds("c = \"$.errors\"", &body));
        assert!(holds("c = \"$.title\"", &body));
        assert!(holds("c = { at = \"$.id\", equals = \"7\" }", &body));
        assert!(holds("c = { at = \"$.id\", equals = [8, 7] }", &body));
        assert!(holds("c = { at = \"$.title\", contains = \"{{ key.token }}\" }", &body));
        assert!(!holds("c = { at = \"$.title\", equals = \"{{ key.token }}\" }", &body));
        assert!(holds("c = { at = \"$.tags[*].n\", equals = \"b\" }", &body));
        assert!(holds("c = { at = \"$.none\", present = false }", &body));
        assert!(!holds("c = { at = \"$.none\", equals = \"\" }", &body));
        assert!(holds("c = { at = \"$.id\", differs = \"8\" }", &body));
        for same in ["\"7\"", "\"\""] {
            assert!(!holds(&format!("c = {{ at = \"$.id\", differs = {same} }}"), &body));
        }
        assert!(!holds("c = { at = \"$.none\", differs = \"7\" }", &body));
    }
}
