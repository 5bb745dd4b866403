//! The two reshapers: `pivot` turns a list of name and value pairs into a table, `join` makes rows of
//! another list findable by key (`sources` 10a-10d).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::fault::Fault;
use super::place::Place;
use super::read::{Names, PathDoc, ReadError, Reader, View, text_of};

/// Most rows one reshaped table may have.
const ROWS_MAX: usize = 5_000;

/// `pivot.NAME = { from, key, value }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PivotDoc {
    /// JSONPath of the pairs, in the record.
    pub from: String,
    /// The name, in a pair; may read a joined table.
    pub key: PathDoc,
    /// The value, in a pair; its path may go by a word in the pair (`by`, `of`). The values of a repeated name
    /// become one list.
    pub value: PathDoc,
}

/// `join.NAME = { table, key }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinDoc {
    /// JSONPath of the rows.
    pub table: String,
    /// JSONPath of the key, in a row.
    pub key: String,
    /// The rows stand in the page, not in each record.
    #[serde(default)]
    pub page: bool,
}

/// The reshaped and joined tables of one record.
#[derive(Debug, Clone, Default)]
pub struct Tables(BTreeMap<String, Value>);

impl Tables {
    /// A table by name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Adds a table, or replaces it.
    pub fn insert(&mut self, name: &str, table: Value) {
        self.0.insert(name.to_owned(), table);
    }
}

/// Compiled reshapers.
#[derive(Debug, Default)]
pub struct Reshape {
    joins: Vec<(String, Place, Place, bool)>,
    pivots: Vec<(String, Place, Reader, Reader)>,
}

impl Reshape {
    /// Compiles. Pivots may read joins and the tables of `names`, not other pivots.
    ///
    /// # Errors
    /// Names the table and what is wrong with it.
    pub fn compile(
        pivots: &BTreeMap<String, PivotDoc>,
        joins: &BTreeMap<String, JoinDoc>,
        names: Names<'_>,
    ) -> Result<Self, Fault> {
        let mut reshape = Self::default();
        let place = |part: String, text: &str| Place::parse(text).map_err(|why| Fault::about(text, why).within(&part));
        for (name, join) in joins {
            let rows = place(format!("join.{name}.table"), &join.table)?;
            let key = place(format!("join.{name}.key"), &join.key)?;
            reshape.joins.push((name.clone(), rows, key, join.page));
        }
        let joined: Vec<String> = joins.keys().chain(names.tables).cloned().collect();
        let names = Names { tables: &joined, ..names };
        for (name, pivot) in pivots {
            let from = place(format!("pivot.{name}.from"), &pivot.from)?;
            let key = Reader::compile(&pivot.key, names).map_err(|fault| fault.within(&format!("pivot.{name}.key")))?;
            let value =
                Reader::compile(&pivot.value, names).map_err(|fault| fault.within(&format!("pivot.{name}.value")))?;
            reshape.pivots.push((name.clone(), from, key, value));
        }
        Ok(reshape)
    }

    /// The names of all tables.
    pub fn names(&self) -> Vec<String> {
        let joins = self.joins.iter().map(|join| join.0.clone());
        joins.chain(self.pivots.iter().map(|pivot| pivot.0.clone())).collect()
    }

    /// Is there nothing to do?
    pub fn is_empty(&self) -> bool {
        self.joins.is_empty() && self.pivots.is_empty()
    }

    /// The joined tables that stand in the page: made once for each page.
    pub fn page(&self, page: &Value) -> Tables {
        let mut tables = Tables::default();
        for (name, rows, key, _) in self.joins.iter().filter(|join| join.3) {
            tables.0.insert(name.clone(), index(rows, key, page));
        }
        tables
    }

    /// All tables of one record.
    ///
    /// # Errors
    /// A pair whose name or value cannot be read.
    pub fn record(&self, record: &Value, page: &Tables) -> Result<Tables, ReadError> {
        let mut tables = page.clone();
        for (name, rows, key, _) in self.joins.iter().filter(|join| !join.3) {
            tables.0.insert(name.clone(), index(rows, key, record));
        }
        for (name, from, key, value) in &self.pivots {
            let mut pivoted = Map::new();
            for pair in from.all(record).into_iter().take(ROWS_MAX) {
                let view = View { body: pair, tables: Some(&tables), answer: None };
                let Some(key) = key.text(view)? else { continue };
                let Some(value) = value.read(view)? else { continue };
                append(&mut pivoted, key, value.into_owned());
            }
            tables.0.insert(name.clone(), Value::Object(pivoted));
        }
        Ok(tables)
    }
}

fn index(rows: &Place, key: &Place, within: &Value) -> Value {
    let mut table = Map::new();
    for row in rows.all(within).into_iter().take(ROWS_MAX) {
        let key = key.all(row).first().and_then(|key| text_of(key));
        if let Some(key) = key {
            table.entry(key).or_insert_with(|| row.clone());
        }
    }
    Value::Object(table)
}

fn append(table: &mut Map<String, Value>, key: String, value: Value) {
    match table.get_mut(&key) {
        None => {
            table.insert(key, value);
        }
        Some(Value::Array(list)) => match value {
            Value::Array(more) => list.extend(more),
            one => list.push(one),
        },
        Some(first) => {
            let mut list = vec![first.take()];
            match value {
                Value::Array(more) => list.extend(more),
                one => list.push(one),
            }
            *first = Value::Array(list);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::preset::Values;

    #[derive(Deserialize)]
    struct Doc {
        #[serde(default)]
        pivot: BTreeMap<String, PivotDoc>,
        #[serde(default)]
        join: BTreeMap<String, JoinDoc>,
        map: BTreeMap<String, PathDoc>,
    }

    fn mapped(text: &str, record: &Value, page: &Value) -> BTreeMap<String, String> {
        let doc: Doc = toml::from_str(text).unwrap();
        let values = Values::default();
        let reshape = Reshape::compile(&doc.pivot, &doc.join, Names::of(&values)).unwrap();
        let tables = reshape.record(record, &reshape.page(page)).unwrap();
        let names = reshape.names();
        let view = View { body: record, tables: Some(&tables), answer: None };
        let read = doc.map.iter().filter_map(|(name, path)| {
            let reader = Reader::compile(path, Names { values: &values, tables: &names }).unwrap();
            reader.text(view).unwrap().map(|text| (name.clone(), text))
        });
        read.collect()
    }

    #[test]
    fn pairs_become_a_table() {
        let record = json!({"field_data": [
            {"name": "email", "values": ["ada@example.org"]},
            {"name": "which_course?", "values": ["evening", "weekend"]},
            {"name": "which_course?", "values": ["night"]},
        ]});
        let mapped = mapped(
            r#"
            pivot.answer = { from = "$.field_data[*]", key = "$.name", value = "$.values" }
            [map]
            email = { in = "answer", at = "$.email[0]" }
            need = { in = "answer", at = "$['which_course?']" }
            phone = { in = "answer", at = "$.phone_number[0]" }
            "#,
            &record,
            &Value::Null,
        );
        assert_eq!(mapped["email"], "ada@example.org");
        assert_eq!(mapped["need"], "evening, weekend, night");
        assert!(!mapped.contains_key("phone"));
    }

    #[test]
    fn rows_are_found_by_key_in_the_record_and_in_the_page() {
        let text = |page: &str| {
            format!(
                r#"
                join.question = {{ table = "$.questions[*]", key = "$.id"{page} }}
                pivot.answer = {{ from = "$.answers[*]", key = {{ in = "question", by = "$.question", at = "$.name" }}, value = "$.text" }}
                [map]
                email = {{ in = "answer", at = "$.email" }}
                "#
            )
        };
        let answers = json!([{"question": 7, "text": "ada@example.org"}, {"question": 8, "text": "lost"}]);
        let questions = json!([{"id": 7, "name": "email"}]);
        let inside = json!({"answers": answers, "questions": questions});
        assert_eq!(mapped(&text(""), &inside, &Value::Null)["email"], "ada@example.org");
        let outside = json!({"questions": questions});
        assert_eq!(mapped(&text(", page = true"), &json!({"answers": answers}), &outside)["email"], "ada@example.org");
    }
}
