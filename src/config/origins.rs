//! Where each value of a configuration is written, for *explain*: file and line, variable or flag.

use std::collections::BTreeMap;

use super::node::{Table, Value};

/// Where values are written, by dotted key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, String>);

impl Origins {
    pub(super) fn of(root: &Table) -> Self {
        let mut origins = Self::default();
        origins.add("", root);
        origins
    }

    fn add(&mut self, path: &str, table: &Table) {
        for (key, entry) in table {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let place = &entry.node.place;
            self.0.insert(path.clone(), format!("{}:{}", place.name(), place.line_column().0));
            if let Value::Table(inner) = &entry.node.value {
                self.add(&path, inner);
            }
        }
    }

    /// Where `key` is written, `leadgate.toml:17`; `None` where a default counts.
    pub fn of_key(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}
