//! What a JSON value is to people: nothing, a text, or something a text cannot be made of.

use std::cmp::Ordering;

use serde_json::Value;

use crate::preset::instant;

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

/// What it is called in messages.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

/// Numbers by size, moments by time, everything else by its text.
pub fn order(a: &Value, b: &Value) -> Ordering {
    if let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) {
        return a.total_cmp(&b);
    }
    let (a, b) = (text_of(a).unwrap_or_default(), text_of(b).unwrap_or_default());
    match (instant::parse(&a), instant::parse(&b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.cmp(&b),
    }
}
