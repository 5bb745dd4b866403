//! Names that must exist, names that must be there.

use std::collections::BTreeSet;

use crate::config::field::Field;
use crate::config::mistake::{Mistake, Mistakes, nearest};
use crate::config::node::Place;
use crate::config::raw::{Named, join};

/// The ids of one family.
pub struct Ids {
    family: &'static str,
    ids: BTreeSet<String>,
}

impl Ids {
    /// The ids written in a family.
    pub fn new(family: &'static str, named: &[Named]) -> Self {
        Self { family, ids: named.iter().map(|named| named.id.clone()).collect() }
    }

    /// One more that always exists.
    pub fn with(mut self, id: &str) -> Self {
        self.ids.insert(id.to_owned());
        self
    }

    /// Every id.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }

    /// The id a field names.
    pub fn one(&self, field: &Field, mistakes: &mut Mistakes) -> Option<String> {
        let id = field.text(&format!("the name of a {}", self.family), mistakes)?;
        if self.ids.contains(&id) {
            return Some(id);
        }
        let family = self.family;
        let mistake = field.mistake(format!("is not a {family} of this configuration")).absence();
        mistakes.add(match nearest(&id, self.iter()) {
            Some(near) => mistake.hint(format!("did you mean \"{near}\"?")),
            None if self.ids.is_empty() => mistake.hint(format!("there is no [{family}.…] yet: add [{family}.{id}]")),
            None => {
                let known: Vec<&str> = self.iter().collect();
                mistake.hint(format!("known: {}; or add [{family}.{id}]", known.join(", ")))
            }
        });
        None
    }

    /// The ids a list names, each once.
    pub fn many(&self, field: &Field, mistakes: &mut Mistakes) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for item in field.items(&format!("a list of names, like [\"{}\"]", self.example()), mistakes) {
            if let Some(id) = self.one(&item, mistakes) {
                if found.contains(&id) {
                    mistakes.add(item.mistake("is named twice").hint("name it once"));
                } else {
                    found.push(id);
                }
            }
        }
        found
    }

    fn example(&self) -> &str {
        self.ids.first().map_or("example", String::as_str)
    }
}

/// A key that must be there; `example` is what could be written.
pub fn required<'a>(
    field: Option<&'a Field>,
    table: &Place,
    path: &str,
    key: &str,
    example: &str,
    mistakes: &mut Mistakes,
) -> Option<&'a Field> {
    if field.is_none() {
        let mistake = Mistake::at(table.clone(), &join(path, key), "is missing");
        mistakes.add(mistake.absence().hint(format!("add {key} = {example} under [{path}]")));
    }
    field
}

/// `heat-pump` → `Heat pump`: a title where none is written.
pub fn title(id: &str) -> String {
    let words = id.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
