//! A JSONPath, compiled once. Plain chains of members and indexes, which nearly every path is, are walked
//! directly; everything else is left to the RFC 9535 library.

use serde_json::Value;
use serde_json_path::JsonPath;

/// A compiled JSONPath.
#[derive(Debug)]
pub struct Place {
    steps: Option<Vec<Step>>,
    path: JsonPath,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Index(usize),
}

/// So much of a path that is too much is shown, in characters.
const SHOWN_MAX: usize = 80;
/// Longest path, in bytes.
const LENGTH_MAX: usize = 4_000;
/// Deepest nesting of brackets. The library's parser calls itself for each, and a stack has an end.
const DEPTH_MAX: usize = 16;

/// Is it too long, or too deep, to be given to the library's parser? Says so, for people. Brackets inside a
/// quoted name count as well: nobody's names hold so many.
pub fn too_much(text: &str) -> Option<&'static str> {
    if text.len() > LENGTH_MAX {
        return Some("it is longer than 4,000 bytes");
    }
    let mut depth: usize = 0;
    let deep = text.bytes().any(|byte| {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEPTH_MAX
    });
    deep.then_some("its brackets are nested more than 16 deep")
}

impl Place {
    /// Parses.
    ///
    /// # Errors
    /// Says what is wrong, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(why) = too_much(text) {
            let shown = crate::text::clean_line(text, SHOWN_MAX);
            return Err(format!("`{shown} …` is not a JSONPath like $.email: {why}"));
        }
        let path = JsonPath::parse(text)
            .map_err(|error| format!("`{text}` is not a JSONPath like $.email: {}", error.message()))?;
        Ok(Self { steps: chain(text), path, text: text.to_owned() })
    }

    /// The path as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the path can name one node at most: that node, if it is there. `None` for other paths.
    pub fn one<'v>(&self, value: &'v Value) -> Option<Option<&'v Value>> {
        let steps = self.steps.as_deref()?;
        Some(steps.iter().try_fold(value, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Index(index) => value.get(index),
        }))
    }

    /// Every node.
    pub fn all<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        match self.one(value) {
            Some(node) => node.into_iter().collect(),
            None => self.path.query(value).all(),
        }
    }

    /// The members a plain path starts with, dotted: `merge_fields.FNAME`; empty for others.
    pub fn members(&self) -> String {
        let names = self.steps.iter().flatten().map_while(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            Step::Index(_) => None,
        });
        names.collect::<Vec<_>>().join(".")
    }

    /// For `$.a`: its name; `None` for other paths.
    pub fn member(&self) -> Option<String> {
        match self.steps.as_deref() {
            Some([Step::Member(name)]) => Some(name.clone()),
            _ => None,
        }
    }

    /// For `$.a.b[*]`: the members before the `[*]`; `None` for other paths.
    pub fn list_members(&self) -> Option<Vec<String>> {
        let steps = chain(self.text.trim_end().strip_suffix("[*]")?)?;
        let names = steps.into_iter().map(|step| match step {
            Step::Member(name) => Some(name),
            Step::Index(_) => None,
        });
        names.collect()
    }
}

/// The steps of `$.a['b'][0]`; `None` for anything more than members and indexes.
fn chain(text: &str) -> Option<Vec<Step>> {
    let mut rest = text.trim().strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("['") {
            let (name, after) = after.split_once("']")?;
            if name.contains(['\\', '\'']) {
                return None;
            }
            steps.push(Step::Member(name.to_owned()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (index, after) = after.split_once(']')?;
            steps.push(Step::Index(index.parse().ok()?));
            rest = after;
        } else {
            let after = rest.strip_prefix('.')?;
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return None;
            }
            steps.push(Step::Member(name.to_owned()));
            rest = after;
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_without_an_end_is_refused_and_does_not_end_the_process() {
        for once in ["[", "(", "$[?(", "$[?(@.a", "[?(!("] {
            let error = Place::parse(&format!("${}", once.repeat(2_000))).unwrap_err();
            assert!(error.contains("JSONPath"), "{error}");
        }
        assert!(Place::parse("$[?(@.kind == 'a' && (@.n > 3 || (@.n < 1)))].value").is_ok());
    }

    #[test]
    fn the_short_way_agrees_with_the_library() {
        let value = json!({"a": {"b c": [1, {"d": "x"}]}, "a.b": 2, "é": 3, "list": [{"x": 1}, {"x": 2}]});
        for text in ["$", "$.a", "$.a['b c'][1].d", "$['a.b']", "$.é", "$.a.b", "$.list[5]", "$.list[*].x", "$..x"] {
            let place = Place::parse(text).unwrap();
            assert_eq!(place.all(&value), JsonPath::parse(text).unwrap().query(&value).all(), "{text}");
        }
        assert!(Place::parse("$.list[*].x").unwrap().one(&value).is_none());
        assert_eq!(Place::parse("$.a['b c'][1].d").unwrap().members(), "a.b c");
        assert_eq!(Place::parse("$.data.results[*]").unwrap().list_members().unwrap(), ["data", "results"]);
        assert_eq!(Place::parse("$[*]").unwrap().list_members().unwrap(), Vec::<String>::new());
        assert_eq!(Place::parse("$.a[0][*]").unwrap().list_members(), None);
        assert!(Place::parse("email").unwrap_err().contains("not a JSONPath"));
    }
}
