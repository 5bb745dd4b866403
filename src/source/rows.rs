//! Rows that are lists (`[["Ada", "ada@…"]]`), as tables and spreadsheets give them: each becomes a table by the names
//! of its columns, so that paths can name what they mean.

use std::fmt::Write as _;

use serde_json::Value;

use super::decode::{COLUMNS_MAX, distinct};
use crate::preset::Fault;
use crate::preset::file::HeaderDoc;
use crate::preset::place::Place;

/// Where the columns' names are.
#[derive(Debug)]
pub enum Columns {
    /// In the first row of each answer.
    First,
    /// Beside the rows.
    At(Place),
    /// In the preset; every row is a record.
    Names(Vec<String>),
}

impl Columns {
    /// Compiles.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn compile(doc: &HeaderDoc) -> Result<Option<Self>, Fault> {
        Ok(match doc {
            HeaderDoc::Flag(false) => None,
            HeaderDoc::Flag(true) => Some(Self::First),
            HeaderDoc::Names(names) => Some(Self::Names(distinct(names.iter().cloned()))),
            HeaderDoc::Text(path) => {
                let place = Place::parse(path).map_err(|why| Fault::about(path, format!("extract.columns: {why}")))?;
                Some(Self::At(place))
            }
        })
    }

    /// The records of these rows as JSON texts. What is no list stays as it is: a table is a record already, and of
    /// anything else the mapping says what it is.
    ///
    /// # Errors
    /// There are no names; completes "something that has no rows (…)".
    pub fn records(&self, rows: &[&Value], answer: &Value) -> Result<Vec<String>, String> {
        let (names, rows) = match self {
            Self::Names(names) => (names.clone(), rows),
            Self::First => match rows.split_first() {
                Some((Value::Array(names), rest)) => (named(names.iter())?, rest),
                Some(_) => return Err("the first row is not a list of names".to_owned()),
                None => return Ok(Vec::new()),
            },
            Self::At(place) => (named(place.all(answer).into_iter())?, rows),
        };
        if names.is_empty() && !rows.is_empty() {
            return Err("the columns have no names".to_owned());
        }
        Ok(rows.iter().map(|row| record(row, &names)).collect())
    }
}

fn named<'v>(nodes: impl Iterator<Item = &'v Value>) -> Result<Vec<String>, String> {
    // `$.columns` finds the list itself, `$.columns[*]` what is in it.
    let nodes = nodes.flat_map(|node| node.as_array().map_or_else(|| vec![node], |list| list.iter().collect()));
    let text = |node: &Value| node.as_str().map_or_else(|| node.to_string(), str::to_owned);
    let names =
        distinct(nodes.take(COLUMNS_MAX + 1).map(|node| if node.is_null() { String::new() } else { text(node) }));
    if names.len() > COLUMNS_MAX { Err(format!("there are more than {COLUMNS_MAX} columns")) } else { Ok(names) }
}

/// A row by the names of its columns. Cells that are missing at its end are nothing, as spreadsheets leave them out;
/// those without a name are called by their number.
fn record(row: &Value, names: &[String]) -> String {
    let Some(cells) = row.as_array() else { return row.to_string() };
    let mut text = String::from("{");
    for (at, cell) in cells.iter().enumerate() {
        let name = names.get(at).cloned().unwrap_or_else(|| format!("column {}", at + 1));
        let comma = if at == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        write!(text, "{comma}{}:{cell}", Value::from(name)).unwrap_or_default();
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn records(columns: &HeaderDoc, answer: &Value) -> Result<Vec<String>, String> {
        let rows: Vec<&Value> = answer["rows"].as_array().unwrap().iter().collect();
        Columns::compile(columns).unwrap().unwrap().records(&rows, answer)
    }

    #[test]
    fn rows_are_named_by_the_first_by_what_stands_beside_or_by_the_preset() {
        let ada = r#"{"Name":"Ada","Mail":"ada@example.org"}"#;
        let rows = json!([["Name", "Mail"], ["Ada", "ada@example.org"]]);
        assert_eq!(records(&HeaderDoc::Flag(true), &json!({ "rows": rows })).unwrap(), [ada]);
        let beside = json!({ "columns": ["Name", "Mail"], "rows": [["Ada", "ada@example.org"]] });
        assert_eq!(records(&HeaderDoc::Text("$.columns".into()), &beside).unwrap(), [ada]);
        assert_eq!(records(&HeaderDoc::Text("$.columns[*]".into()), &beside).unwrap(), [ada]);
        let deep = json!({ "cols": [{ "name": "Name" }, { "name": "Mail" }], "rows": [["Ada", "ada@example.org"]] });
        assert_eq!(records(&HeaderDoc::Text("$.cols[*].name".into()), &deep).unwrap(), [ada]);
        assert_eq!(records(&HeaderDoc::Names(vec!["Name".into(), "Mail".into()]), &beside).unwrap(), [ada]);
        assert!(Columns::compile(&HeaderDoc::Flag(false)).unwrap().is_none());
        assert!(Columns::compile(&HeaderDoc::Text("columns".into())).is_err());
    }

    #[test]
    fn rows_of_any_length_lose_nothing_and_keep_their_types() {
        let rows = json!([["a", "", "a", null], [1], [12_345_678_901_234_567_890_u64, "x", [true], {"b": 1}, 5.5], [], {"a": 2}, "z"]);
        assert_eq!(
            records(&HeaderDoc::Flag(true), &json!({ "rows": rows })).unwrap(),
            [
                r#"{"a":1}"#,
                r#"{"a":12345678901234567890,"column 2":"x","a (2)":[true],"column 4":{"b":1},"column 5":5.5}"#,
                "{}",
                r#"{"a":2}"#,
                "\"z\"",
            ]
        );
    }

    #[test]
    fn rows_without_names_are_told() {
        for (columns, answer, words) in [
            (HeaderDoc::Flag(true), json!({ "rows": ["x"] }), "not a list of names"),
            (HeaderDoc::Text("$.columns".into()), json!({ "rows": [[1]] }), "have no names"),
            (
                HeaderDoc::Text("$.columns".into()),
                json!({ "columns": vec!["x"; 1_001], "rows": [[1]] }),
                "more than 1000",
            ),
        ] {
            assert!(records(&columns, &answer).unwrap_err().contains(words), "{words}");
        }
        assert!(records(&HeaderDoc::Flag(true), &json!({ "rows": [] })).unwrap().is_empty());
        assert!(records(&HeaderDoc::Text("$.columns".into()), &json!({ "rows": [] })).unwrap().is_empty());
    }
}
