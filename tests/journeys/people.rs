//! Who writes: records as a form on a website would send them.

use serde_json::{Value, json};

/// Somebody who wants a roof, with an address and a number of their own.
pub fn roof(n: usize) -> Value {
    json!({
        "id": format!("r{n:06}"),
        "created_at": "2026-11-23T07:30:00Z",
        "name": format!("Person {n}"),
        "email": format!("person{n}@example.com"),
        "phone": format!("+4930231{n:06}"),
        "postal_code": "10405",
        "country": "DE",
        "service": "a new roof",
    })
}

/// Several of them, from 1.
pub fn roofs(count: usize) -> Vec<Value> {
    (1..=count).map(roof).collect()
}

/// The same with some fields changed.
pub fn with(mut record: Value, fields: &[(&str, Value)]) -> Value {
    for (field, value) in fields {
        record[*field] = value.clone();
    }
    record
}
