//! A small table of phrases: the longest one that begins at a word. For tables that hold one meaning a phrase.

use std::collections::HashMap;

use crate::fold::fold;

/// The other words of a phrase, and its meaning.
type Rest<M> = (Vec<Box<str>>, M);

/// Phrases and their meanings.
#[derive(Debug, Clone)]
pub struct Phrases<M> {
    by_first: HashMap<Box<str>, Vec<Rest<M>>>,
}

impl<M: Copy> Phrases<M> {
    /// From rows of a meaning and its phrases, divided by `|`; the words of a phrase by blanks.
    pub fn new(rows: &[(M, &str)]) -> Self {
        let mut by_first: HashMap<Box<str>, Vec<Rest<M>>> = HashMap::new();
        for (meaning, phrases) in rows {
            for phrase in phrases.split('|') {
                let folded = fold(phrase);
                let mut words = folded.split_whitespace().map(Box::from);
                let Some(first) = words.next() else { continue };
                by_first.entry(first).or_default().push((words.collect(), *meaning));
            }
        }
        for list in by_first.values_mut() {
            list.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
        }
        Self { by_first }
    }

    /// The meaning of the longest phrase `words` begin with, and how many words it has.
    pub fn longest<'a>(&self, mut words: impl Iterator<Item = &'a str> + Clone) -> Option<(M, usize)> {
        let candidates = self.by_first.get(words.next()?)?;
        candidates.iter().find_map(|(rest, meaning)| {
            let mut after = words.clone();
            rest.iter().all(|word| after.next() == Some(&**word)).then_some((*meaning, rest.len() + 1))
        })
    }
}
