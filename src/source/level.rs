//! One level of a JSON text taken apart: the members of a table or a list, as they were written.

use std::ops::Range;

use serde_json::value::RawValue;

use super::skim;

/// The members of a table, in order. What the parser does not take is told apart by its brackets, so that one
/// broken record costs no page; a text that ends too early is no table.
///
/// # Errors
/// It is no table.
pub fn level(text: &str) -> serde_json::Result<Vec<(String, &str)>> {
    struct Members;
    impl<'de> serde::de::Visitor<'de> for Members {
        type Value = Vec<(String, &'de str)>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a table")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((name, raw)) = access.next_entry::<String, &'de RawValue>()? {
                members.push((name, raw.get()));
            }
            Ok(members)
        }
    }
    let mut parser = serde_json::Deserializer::from_str(text);
    let parsed = serde::Deserializer::deserialize_map(&mut parser, Members);
    parsed.and_then(|members| parser.end().map(|()| members)).or_else(|error| {
        let skimmed = if error.is_eof() { None } else { skim::table(text) };
        let named = |members: Vec<(String, Range<usize>)>| {
            members.into_iter().map(|(name, at)| (name, text.get(at).unwrap_or_default())).collect()
        };
        skimmed.map(named).ok_or(error)
    })
}

/// Where the members of a list are; otherwise as [`level`].
///
/// # Errors
/// It is no list.
pub fn items(text: &str) -> serde_json::Result<Vec<Range<usize>>> {
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(items) => {
            let start = text.as_ptr() as usize;
            let range = |item: &&RawValue| {
                let from = item.get().as_ptr() as usize - start;
                from..from + item.get().len()
            };
            Ok(items.iter().map(range).collect())
        }
        Err(error) if error.is_eof() => Err(error),
        Err(error) => skim::list(text).ok_or(error),
    }
}
