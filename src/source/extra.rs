//! What the preset does not name is kept too, by the source's own names: nothing a person wrote is lost
//! because nobody foresaw it. Bounded in number, length and depth.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::preset::read::{ReadError, is_empty, text_of};
use crate::preset::{Reader, View};

/// Most extra fields of a record.
const FIELDS_MAX: usize = 64;
/// Longest extra field, in characters.
const TEXT_MAX: usize = 4_096;
/// Deepest table whose members become extras.
const DEPTH_MAX: usize = 3;

/// One table whose members are kept.
#[derive(Debug)]
pub struct Extra {
    reader: Reader,
    /// Dotted names below the table that the mapping reads already.
    read_already: HashSet<String>,
}

impl Extra {
    /// `mapped` are the readers of the fields that have their own place.
    pub fn new<'a>(reader: Reader, mapped: impl Iterator<Item = &'a Reader>) -> Self {
        let own = reader.covers().first().map(|(table, members)| (table.map(str::to_owned), members.clone()));
        let (table, prefix) = own.unwrap_or_default();
        let below = |members: &str| match prefix.as_str() {
            "" => Some(members.to_owned()),
            prefix => members.strip_prefix(prefix)?.strip_prefix('.').map(str::to_owned),
        };
        let covered = mapped.flat_map(Reader::covers).filter(|(of, _)| *of == table.as_deref());
        let read_already = covered.filter_map(|(_, members)| below(&members)).collect();
        Self { reader, read_already }
    }

    /// Adds what is left of the table.
    ///
    /// # Errors
    /// The path finds several tables.
    pub fn keep(&self, view: View<'_>, into: &mut BTreeMap<String, String>) -> Result<(), ReadError> {
        if let Some(value) = self.reader.read(view)? {
            self.add(into, None, &value, 0);
        }
        Ok(())
    }

    fn add(&self, into: &mut BTreeMap<String, String>, name: Option<&str>, value: &Value, depth: usize) {
        let Value::Object(members) = value else { return };
        for (key, value) in members {
            let dotted = name.map(|name| format!("{name}.{key}"));
            let called = dotted.as_deref().unwrap_or(key);
            if is_empty(value) || self.read_already.contains(called) {
                continue;
            }
            if into.len() >= FIELDS_MAX {
                return;
            }
            match text_of(value) {
                Some(text) if text.len() > TEXT_MAX => {
                    into.insert(called.to_owned(), text.chars().take(TEXT_MAX).collect());
                }
                Some(text) => {
                    into.insert(called.to_owned(), text);
                }
                None if depth < DEPTH_MAX => self.add(into, Some(called), value, depth + 1),
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::preset::read::PathDoc;
    use crate::preset::{Names, Values};

    fn kept(table: &str, mapped: &[&str], record: &Value) -> BTreeMap<String, String> {
        let values = Values::default();
        let reader = |path: &str| Reader::compile(&PathDoc::At(path.to_owned()), Names::of(&values)).unwrap();
        let mapped: Vec<Reader> = mapped.iter().map(|path| reader(path)).collect();
        let mut into = BTreeMap::new();
        Extra::new(reader(table), mapped.iter()).keep(View::of(record), &mut into).unwrap();
        into
    }

    #[test]
    fn what_has_no_place_of_its_own_is_kept_by_its_name() {
        let record =
            json!({"email": "a", "fields": {"F": "x", "G": 2, "H": {"deep": true}}, "none": null, "tags": ["p", "q"]});
        let all = kept("$", &["$.email", "$.fields.F"], &record);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["fields.G", "fields.H.deep", "tags"]);
        assert_eq!(all["tags"], "p, q");
        let some = kept("$.fields", &["$.email", "$.fields.F"], &record);
        assert_eq!(some.keys().collect::<Vec<_>>(), ["G", "H.deep"]);
        assert!(kept("$.none", &[], &record).is_empty());
    }

    #[test]
    fn extras_are_bounded() {
        let many: serde_json::Map<String, Value> = (0..500).map(|n| (n.to_string(), json!("x"))).collect();
        assert_eq!(kept("$", &[], &Value::Object(many)).len(), FIELDS_MAX);
        let long = json!({"a": "ä".repeat(10_000), "b": {"c": {"d": {"e": {"f": 1}}}}});
        let kept = kept("$", &[], &long);
        assert_eq!(kept["a"].chars().count(), TEXT_MAX);
        assert!(!kept.contains_key("b.c.d.e.f"));
    }
}
