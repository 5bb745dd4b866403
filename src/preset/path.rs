//! A path as presets write it: a JSONPath, a list of which the first present counts, or a table.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

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
    /// In a joined table: the path, in the current element, of the key of the row. With `of`: the path of the
    /// word that says which of its paths to read.
    pub by: Option<String>,
    /// What to read for each word found `by`; `*` stands for any other, and the path `@` for the member that
    /// is named like the word.
    pub of: Option<BTreeMap<String, PathDoc>>,
    /// Paths whose texts are hashed together: an id for records that have none.
    pub hash: Option<Vec<PathDoc>>,
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
    /// `text`, `integer`, `rfc3339`, `iso`, `date`, `epoch_s`, `epoch_ms`, `utc:FORMAT` or `naive:FORMAT`.
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
