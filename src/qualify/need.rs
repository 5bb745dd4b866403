//! What somebody wants: the words of the service catalogue in their text (`domain-rules` 3).
//!
//! A word counts on word boundaries, whatever its case and accents (`ä`, `ae` and `a` are one), with a plain
//! ending (`roofs`, `Dächer` only when listed, `boilers`), and at the start or the end of a compound word
//! (`Dachsanierung`, `Steildach`). Several words of one entry must follow each other. A word inside one of
//! the service's `not_words` does not count.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::fold::{fold, loose};
use crate::lead::reading::Match;

/// A shorter word is not looked for inside compounds.
const SHORTEST_IN_COMPOUND: usize = 4;
/// What must be left of a compound beside the word.
const SHORTEST_REST: usize = 3;
/// No text is cut into more words than this; the rest is not read.
const MOST_WORDS: usize = 800;
/// Endings a word may have.
const ENDINGS: &[&str] = &["", "s", "es", "e", "en", "n", "er", "ern", "ing", "ed", "x", "i"];

/// The catalogue, prepared once.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    entries: Vec<Entry>,
    by_first: HashMap<Box<str>, Vec<usize>>,
    /// Entries whose word may be part of a compound, by the first and by the last letters of the word.
    by_head: HashMap<Box<str>, Vec<usize>>,
    by_tail: HashMap<Box<str>, Vec<usize>>,
}

#[derive(Debug, Clone)]
struct Entry {
    service: Box<str>,
    /// As in the catalogue.
    shown: Box<str>,
    words: Vec<Box<str>>,
    /// One of `not_words`.
    denies: bool,
}

/// A hit: entry, first word and number of words in the text.
#[derive(Debug, Clone, Copy)]
struct Hit {
    entry: usize,
    at: usize,
    words: usize,
    /// Characters of the catalogue's entry: longer ones say more.
    weight: usize,
}

impl Catalogue {
    /// From services: id, words, words that contain one of these and mean something else.
    pub fn new<'a>(services: impl Iterator<Item = (&'a str, &'a [String], &'a [String])>) -> Self {
        let mut catalogue = Self::default();
        for (id, words, not_words) in services {
            for (list, denies) in [(words, false), (not_words, true)] {
                for word in list {
                    catalogue.add(id, word, denies);
                }
            }
        }
        catalogue
    }

    fn add(&mut self, service: &str, shown: &str, denies: bool) {
        let folded = loose(&fold(shown));
        let words: Vec<Box<str>> = split(&folded).map(Box::from).collect();
        let Some(first) = words.first().cloned() else { return };
        let single = words.len() == 1;
        // A plural in the catalogue means the singular too (`boilers`, `Klimaanlagen`).
        for singular in singulars(&words) {
            self.push(Entry { service: service.into(), shown: shown.into(), words: singular, denies });
        }
        let index = self.push(Entry { service: service.into(), shown: shown.into(), words, denies });
        if single && first.chars().count() >= SHORTEST_IN_COMPOUND {
            self.by_head.entry(head(&first).into()).or_default().push(index);
            self.by_tail.entry(tail(&first).into()).or_default().push(index);
        }
    }

    /// Keeps an entry under its first word; its index.
    fn push(&mut self, entry: Entry) -> usize {
        let index = self.entries.len();
        if let Some(first) = entry.words.first() {
            self.by_first.entry(first.clone()).or_default().push(index);
        }
        self.entries.push(entry);
        index
    }

    /// The services a text names, each with the catalogue's longest matching entry; most telling first.
    pub fn matches(&self, text: &str) -> Vec<Match> {
        let folded = loose(&fold(text));
        let words: Vec<&str> = split(&folded).take(MOST_WORDS).collect();
        let mut hits = Vec::new();
        for at in 0..words.len() {
            self.hits_at(&words, at, &mut hits);
        }
        let denied: Vec<Hit> =
            hits.iter().copied().filter(|hit| self.entry(hit.entry).is_some_and(|e| e.denies)).collect();
        let mut found: Vec<Match> = Vec::new();
        for hit in hits {
            let Some(entry) = self.entry(hit.entry).filter(|entry| !entry.denies) else { continue };
            let excluded = denied.iter().any(|no| {
                no.at <= hit.at
                    && hit.at + hit.words <= no.at + no.words
                    && self.entry(no.entry).is_some_and(|other| other.service == entry.service)
            });
            if excluded {
                continue;
            }
            let weight = u32::try_from(hit.weight).unwrap_or(u32::MAX);
            match found.iter_mut().find(|known| known.service == *entry.service) {
                Some(known) => {
                    if weight > known.longest {
                        known.word = entry.shown.to_string();
                        known.longest = weight;
                    }
                    known.count += 1;
                }
                None => found.push(Match {
                    service: entry.service.to_string(),
                    word: entry.shown.to_string(),
                    longest: weight,
                    count: 1,
                }),
            }
        }
        found.sort_by(|a, b| (b.longest, b.count, &a.service).cmp(&(a.longest, a.count, &b.service)));
        found
    }

    fn entry(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    fn hits_at(&self, words: &[&str], at: usize, hits: &mut Vec<Hit>) {
        let Some(word) = words.get(at) else { return };
        let before = hits.len();
        for stem in stems(word) {
            for index in self.by_first.get(stem).into_iter().flatten() {
                let Some(entry) = self.entry(*index) else { continue };
                let shown_here = |hit: &Hit| {
                    self.entry(hit.entry)
                        .is_some_and(|other| other.shown == entry.shown && other.service == entry.service)
                };
                if follows(&entry.words, words, at) && !hits.iter().skip(before).any(shown_here) {
                    hits.push(Hit { entry: *index, at, words: entry.words.len(), weight: entry.shown.chars().count() });
                }
            }
        }
        if word.chars().count() < SHORTEST_IN_COMPOUND + SHORTEST_REST {
            return;
        }
        let starts = self
            .by_head
            .get(head(word))
            .into_iter()
            .flatten()
            .filter(|i| self.part(**i, |part| word.starts_with(part)));
        let ends = stems(word).flat_map(|stem| {
            self.by_tail
                .get(tail(stem))
                .into_iter()
                .flatten()
                .filter(move |i| self.part(**i, |part| stem.ends_with(part)))
        });
        for index in starts.chain(ends) {
            let Some(entry) = self.entry(*index) else { continue };
            let rest = entry.words.first().map_or(0, |part| word.len().saturating_sub(part.len()));
            if rest >= SHORTEST_REST && !hits.iter().skip(before).any(|hit| hit.entry == *index) {
                hits.push(Hit { entry: *index, at, words: 1, weight: entry.shown.chars().count() });
            }
        }
    }

    fn part(&self, index: usize, fits: impl Fn(&str) -> bool) -> bool {
        self.entry(index).and_then(|entry| entry.words.first()).is_some_and(|part| fits(part))
    }
}

/// A clear winner among matches: the only one, or one with a longer word, or as long and more of them.
pub fn clear<'a>(matches: &[&'a Match]) -> Option<&'a Match> {
    match *matches {
        [only] => Some(only),
        [first, second, ..] if (first.longest, first.count) > (second.longest, second.count) => Some(first),
        _ => None,
    }
}

/// The words with the last one's plural ending taken off, where enough is left.
fn singulars(words: &[Box<str>]) -> impl Iterator<Item = Vec<Box<str>>> + '_ {
    ["s", "es", "n", "en"].into_iter().filter_map(|ending| {
        let (last, before) = words.split_last()?;
        let stem = last.strip_suffix(ending).filter(|stem| stem.len() >= SHORTEST_IN_COMPOUND)?;
        Some(before.iter().cloned().chain([stem.into()]).collect())
    })
}

/// Do the words of an entry stand at `at`, each perhaps with an ending?
fn follows(entry: &[Box<str>], words: &[&str], at: usize) -> bool {
    entry
        .iter()
        .enumerate()
        .all(|(ahead, wanted)| words.get(at + ahead).is_some_and(|word| stems(word).any(|stem| stem == &**wanted)))
}

/// The word without each of the plain endings.
fn stems(word: &str) -> impl Iterator<Item = &str> {
    ENDINGS
        .iter()
        .filter_map(move |ending| word.strip_suffix(ending).filter(|stem| ending.is_empty() || stem.len() >= 3))
}

/// Runs of letters and digits.
fn split(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// The first letters, under which compounds are looked up.
fn head(word: &str) -> &str {
    word.char_indices().nth(SHORTEST_IN_COMPOUND).map_or(word, |(at, _)| word.split_at(at).0)
}

/// The last letters.
fn tail(word: &str) -> &str {
    word.char_indices().rev().nth(SHORTEST_IN_COMPOUND - 1).map_or(word, |(at, _)| word.split_at(at).1)
}

/// Words that ask for contact without saying for what.
const SAYS_NOTHING: &[&str] = &[
    "please call me back contact us get in touch i am we are interested in more information info infos details hi hello dear sir madam thanks thank you \
     kind regards your services service offer quote request enquiry inquiry interest a an the for about to of and would like want need send ask phone email mail it",
    "bitte um ruckruf ruckmeldung anruf rufen sie mich uns zuruck an anfrage angebot interesse interessiert ich habe wir haben sind bin mehr informationen info infos hallo \
     guten tag mit freundlichen grussen danke vielen dank ein eine einen kontakt kontaktieren melden melde beratung gerne und die der das zu von ihr ihre ihren leistungen mochte mochten hatte hatten dienstleistung",
];

static NOTHING: LazyLock<HashSet<String>> =
    LazyLock::new(|| SAYS_NOTHING.iter().flat_map(|table| table.split_whitespace()).map(loose).collect());

/// Does a text only ask to be contacted, without saying for what?
pub fn says_nothing(text: &str) -> bool {
    let folded = loose(&fold(text));
    split(&folded).take(MOST_WORDS).all(|word| !word.contains(char::is_alphabetic) || NOTHING.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(String, u32)> {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let (yes, no) = (list(&["boilers", "Klimaanlagen", "solar", "heat pump"]), list(&["solarium"]));
        let catalogue = Catalogue::new([("home", yes.as_slice(), no.as_slice())].into_iter());
        catalogue.matches(text).into_iter().map(|found| (found.word, found.count)).collect()
    }

    #[test]
    fn words_meet_in_any_form_and_only_whole() {
        let one = |word: &str| vec![(word.to_owned(), 1)];
        assert_eq!(words("old BOILER"), one("boilers"));
        assert_eq!(words("two boilers"), one("boilers"));
        assert_eq!(words("eine Klimaanlage, bitte"), one("Klimaanlagen"));
        assert_eq!(words("Solardach"), one("solar"));
        assert_eq!(words("a solarium"), []);
        assert_eq!(words("heat-pumps"), one("heat pump"));
        assert_eq!(words("heat the pump room"), []);
        assert_eq!(words("insolaration"), [], "not in the middle of a word");
    }

    #[test]
    fn asking_for_a_call_says_nothing_of_the_need() {
        for text in ["", "Bitte um Rückruf", "Please call me back!", "Hallo, ich möchte ein Angebot", "?"] {
            assert!(says_nothing(text), "{text}");
        }
        assert!(!says_nothing("Please send me your catalogue"));
    }
}
