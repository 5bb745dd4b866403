//! The preset language as a JSON schema, so that an editor completes keys and marks wrong ones while a preset is
//! being written. Made from the same rows as the page for people: a form that is only words allows anything.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::keys::{CLASSES, DESTINATION, DESTINATION_PARTS, PARTS, PIPES, Part, TOP};
use super::source::{SOURCE, SOURCE_PARTS};

/// Parts that are operations with keys of their own beside.
const OPERATIONS: &[&str] = &["each", "job.poll", "lookup.NAME", "recheck"];
/// A text that holds a template may be anything in the end.
const TEMPLATE: &str = r"\{\{";

/// `docs/preset.schema.json`.
pub fn schema() -> String {
    let defs = Defs::collect();
    let sources = defs.whole(&[&TOP, &SOURCE]);
    let destinations = defs.whole(&[&TOP, &DESTINATION]);
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "leadgate preset",
        "description": "One vendor: how leads are read from it, or how a handoff is written to it.",
        "if": { "required": ["create"] },
        "then": destinations,
        "else": sources,
        "definitions": defs.definitions(),
    });
    serde_json::to_string_pretty(&schema).map(|text| text + "\n").unwrap_or_default()
}

/// The parts that stand below a key, by their dotted name: `paging`, `extract.pivot.NAME`, `operation`.
struct Defs(BTreeMap<String, &'static Part>);

/// One row of a part.
struct Row {
    key: String,
    form: String,
    absent: String,
    meaning: String,
    example: Option<Value>,
}

impl Defs {
    fn collect() -> Self {
        let parts = PARTS.iter().chain(SOURCE_PARTS).chain(DESTINATION_PARTS);
        Self(parts.map(|part| (name_of(part.head), part)).collect())
    }

    fn definitions(&self) -> Map<String, Value> {
        let mut all: Map<String, Value> = Map::new();
        for (name, part) in &self.0 {
            let mut rows = rows(part);
            if OPERATIONS.contains(&name.as_str()) {
                rows.extend(self.0.get("operation").map(|operation| self::rows(operation)).unwrap_or_default());
            }
            let table = self.table(name, part.meaning, &rows);
            let schema = match name.as_str() {
                // These have a short form, too.
                "path" => json!({ "anyOf": [{ "type": "string" }, list(&reference("path")), table] }),
                "condition" => json!({ "anyOf": [{ "type": "string" }, table] }),
                _ => table,
            };
            all.insert(name.clone(), schema);
        }
        let job = json!({ "start": reference("operation"), "poll": reference("job.poll") });
        all.insert(
            "job".to_owned(),
            json!({
                "type": "object", "properties": job, "required": ["start", "poll"], "additionalProperties": false,
            }),
        );
        all
    }

    /// A whole preset.
    fn whole(&self, parts: &[&Part]) -> Value {
        let rows: Vec<Row> = parts.iter().flat_map(|part| rows(part)).collect();
        self.table("", "", &rows)
    }

    fn table(&self, name: &str, meaning: &str, rows: &[Row]) -> Value {
        let properties: Map<String, Value> = rows.iter().map(|row| (row.key.clone(), self.key(name, row))).collect();
        let required: Vec<&str> =
            rows.iter().filter(|row| row.absent == "**required**").map(|row| row.key.as_str()).collect();
        let mut table = Map::from_iter([
            ("type".to_owned(), json!("object")),
            ("properties".to_owned(), Value::Object(properties)),
            ("additionalProperties".to_owned(), json!(false)),
        ]);
        if !required.is_empty() {
            table.insert("required".to_owned(), json!(required));
        }
        if !meaning.is_empty() {
            table.insert("description".to_owned(), json!(meaning));
        }
        Value::Object(table)
    }

    fn key(&self, part: &str, row: &Row) -> Value {
        let mut schema = match self.form(part, row) {
            Value::Object(schema) if !schema.contains_key("$ref") => schema,
            // What stands beside a reference is not read by all editors.
            other => Map::from_iter([("allOf".to_owned(), json!([other]))]),
        };
        let absent = match row.absent.as_str() {
            "**required**" => "Required.".to_owned(),
            "–" => String::new(),
            absent => format!("When absent: {absent}."),
        };
        schema.insert("description".to_owned(), json!(format!("{} {absent}", row.meaning).trim()));
        if let Some(example) = &row.example {
            schema.insert("examples".to_owned(), json!([example]));
        }
        Value::Object(schema)
    }

    fn form(&self, part: &str, row: &Row) -> Value {
        let form = row.form.as_str();
        match form {
            "text" | "address" | "regular expression" | "as in a path" => json!({ "type": "string" }),
            "whole number" => json!({ "type": "integer" }),
            "true or false" => json!({ "type": "boolean" }),
            "`1`" => json!({ "const": 1 }),
            "operation" => reference("operation"),
            "operations" => list(&reference("operation")),
            "condition" | "path" => reference(form),
            "path or list" => reference("path"),
            "condition or list" => one_or_many(&reference("condition")),
            "list" => json!({ "type": "array" }),
            "list of paths" => list(&reference("path")),
            "list of pipes, see below" => list(&pipes()),
            "a class, see below" => json!({ "enum": first_words(CLASSES) }),
            "text, number, true or false; or a list" => {
                one_or_many(&json!({ "type": ["string", "number", "boolean"] }))
            }
            "table of paths" => json!({ "type": "object", "additionalProperties": reference("path") }),
            "table" => self.below(part, &row.key, "").unwrap_or_else(|| json!({ "type": "object" })),
            "tables" => {
                let each = self.below(part, &row.key, ".NAME").unwrap_or_else(|| json!({ "type": "object" }));
                json!({ "type": "object", "additionalProperties": each })
            }
            "list of tables" => list(&self.below(part, &row.key, "").unwrap_or_else(|| json!({ "type": "object" }))),
            _ => in_words(form),
        }
    }

    /// The part that stands below a key: under its own part, or at the top.
    fn below(&self, part: &str, key: &str, end: &str) -> Option<Value> {
        let names = [format!("{part}.{key}{end}"), format!("{key}{end}")];
        let found = names.into_iter().find(|name| self.0.contains_key(name) || name == "job")?;
        Some(reference(&found))
    }
}

/// A form told in words, as far as it says something a schema can hold.
fn in_words(form: &str) -> Value {
    for (start, item) in [
        ("list of texts", json!({ "type": "string" })),
        ("list of names", json!({ "type": "string" })),
        ("list of words", json!({ "type": "string" })),
        ("list of codes", json!({ "type": ["integer", "string"] })),
        ("list of `\"", json!({ "type": "string" })),
    ] {
        if form.starts_with(start) {
            return list(&item);
        }
    }
    if let Some(words) = form.strip_prefix("list of ") {
        return choice(words).map_or_else(|| json!({ "type": "array" }), |word| list(&word));
    }
    if form.starts_with("table of te") {
        return json!({ "type": "object", "additionalProperties": { "type": "string" } });
    }
    if form.starts_with("table") {
        return json!({ "type": "object" });
    }
    let several = form.contains("or list") || form.contains("or a list");
    let text = ["template", "length of time", "JSONPath", "name"].iter().any(|start| form.starts_with(start));
    match choice(form) {
        Some(word) if several => one_or_many(&word),
        Some(word) => word,
        None if text && several => one_or_many(&json!({ "type": "string" })),
        None if text => json!({ "type": "string" }),
        None => json!({}),
    }
}

/// `` `a` (what it is), `b:WHAT` or `c` ``: one of these words, or a template.
fn choice(form: &str) -> Option<Value> {
    if !form.starts_with('`') {
        return None;
    }
    let (mut words, mut depth, mut word) = (Vec::new(), 0_i32, None::<String>);
    for char in form.chars() {
        match (char, &mut word) {
            ('`', Some(_)) => words.extend(word.take()),
            ('`', None) if depth == 0 => word = Some(String::new()),
            (char, Some(word)) => word.push(char),
            ('(', None) => depth += 1,
            (')', None) => depth -= 1,
            _ => {}
        }
    }
    if words.iter().any(|word| word.contains(['{', '"', ' '])) {
        return None;
    }
    let (open, closed): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| word.contains(':') && word.ends_with(char::is_uppercase));
    let mut any = vec![json!({ "enum": closed })];
    let starts = open.iter().filter_map(|word| word.split_once(':')).map(|(start, _)| format!("^{start}:"));
    any.extend(starts.chain([TEMPLATE.to_owned()]).map(|pattern| json!({ "type": "string", "pattern": pattern })));
    Some(json!({ "anyOf": any }))
}

fn pipes() -> Value {
    let words = first_words(PIPES);
    let (open, closed): (Vec<String>, Vec<String>) = words.into_iter().partition(|word| word.contains(':'));
    let mut any = vec![json!({ "enum": closed })];
    let starts = open.iter().filter_map(|word| word.split_once(':')).map(|(start, _)| format!("^{start}:"));
    any.extend(starts.map(|pattern| json!({ "type": "string", "pattern": pattern })));
    json!({ "anyOf": any })
}

fn first_words(rows: &str) -> Vec<String> {
    rows.trim().lines().filter_map(|row| row.split('`').nth(1)).map(str::to_owned).collect()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

fn list(item: &Value) -> Value {
    json!({ "type": "array", "items": item })
}

fn one_or_many(item: &Value) -> Value {
    json!({ "anyOf": [item, list(item)] })
}

/// The dotted name of what a part describes: the last one, where it has several.
fn name_of(head: &str) -> String {
    let last = head.rsplit(", ").next().unwrap_or(head);
    let name = last.trim_matches('`').trim_matches(['[', ']']);
    if name.chars().next().is_some_and(char::is_uppercase) { name.to_lowercase() } else { name.to_owned() }
}

fn rows(part: &Part) -> Vec<Row> {
    let row = |line: &str| {
        let mut cells = line.split(" | ").map(|cell| cell.replace("\\|", "|"));
        let mut next = || cells.next().unwrap_or_default();
        let (key, form, absent, meaning, example) = (next(), next(), next(), next(), next());
        let key = key.trim_matches('`').to_owned();
        let example: Option<toml::Table> = example.trim_matches('`').parse().ok();
        let example = example.and_then(|table| serde_json::to_value(table.get(&key)?).ok());
        Row { key, form, absent, meaning, example }
    };
    part.rows.trim().lines().map(row).collect()
}

#[cfg(test)]
mod tests;
