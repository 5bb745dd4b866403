//! A place in one line, among other words: `D-10405 Berlin`, `New York, NY 10001`, `near 80331 München`,
//! `Zürich, Switzerland`.
//!
//! Short codes are words as well (`in`, `de`, `ME`), so they count in capitals and where a code stands: in a
//! part of their own, at the end, before a postal code. A name beside a postal code is the town's; it tells the
//! country, but not the state.

use std::cell::OnceCell;

use super::{Read, postal};
use crate::lead::Region;
use crate::places::{self, country, subdivision};

/// Longest line that is looked at, in characters.
const LINE_CHARS: usize = 400;
/// Most words that are looked at.
const MOST_WORDS: usize = 60;
/// Most words of a name (`United States of America`).
const NAME_WORDS: usize = 5;
/// Countries whose addresses name the state before the postal code.
const STATE_FIRST: [&str; 3] = ["US", "CA", "AU"];
/// Countries' names that are other words as well: they count in a part of their own only.
const OTHER_WORDS: [&str; 2] = ["island", "man"];

/// Words of the line: from, to (exclusive).
type Span = (usize, usize);

/// Reads a place written in one line, perhaps among other words; `home` is the business's country.
pub fn read_line(text: &str, home: &str) -> Read {
    let text: String = text.chars().take(LINE_CHARS).collect();
    Line::of(&text).read(home)
}

struct Line<'a> {
    words: Vec<&'a str>,
    /// The part, between commas, each word is in.
    parts: Vec<usize>,
    /// Countries of the states and big towns that are named.
    towns: OnceCell<Vec<&'static str>>,
}

impl<'a> Line<'a> {
    fn of(text: &'a str) -> Self {
        let mut line = Self { words: Vec::new(), parts: Vec::new(), towns: OnceCell::new() };
        for (number, part) in text.split([',', ';', '\n', '(', ')', '|', '/']).enumerate() {
            for word in part.split_whitespace() {
                let word = word.trim_matches(|c: char| matches!(c, ':' | '!' | '?' | '"' | '\''));
                if !word.is_empty() && line.words.len() < MOST_WORDS {
                    line.words.push(word);
                    line.parts.push(number);
                }
            }
        }
        line
    }

    fn read(&self, home: &str) -> Read {
        let (land, state, code) = self
            .state_and_code()
            .map_or((None, None, None), |(land, state, code)| (Some(land), Some(state), Some(code)));
        let written = land.or_else(|| self.country());
        let code = code.or_else(|| self.postal_code(written, home));
        let at = code.as_ref().map(|code| code.span);
        let state = state.or_else(|| self.state(written, at));
        let told = written.is_some() || state.is_some() || code.is_some();
        let at_home = if told { None } else { self.state_at_home(home) };
        let state = state.or(at_home);
        let by_state = state.and_then(|state| state.split_once('-')).map(|(country, _)| country);
        let (known, assumed_country) = match (written, &code) {
            (Some(country), _) => (Some(country.to_owned()), false),
            (None, Some(code)) => (Some(code.country.clone()), code.assumed),
            (None, None) => (by_state.map(str::to_owned), at_home.is_some()),
        };
        // A state of another country than the code's tells nothing.
        let state = state.filter(|_| by_state == known.as_deref());
        let postal_code = code.map(|code| code.digits);
        Read { region: Region { country: known, subdivision: state.map(Into::into), postal_code }, assumed_country }
    }

    /// `NY 10001`, `Ontario K1A 0B6`: a state before a code of its country.
    fn state_and_code(&self) -> Option<(&'static str, &'static str, Code)> {
        for land in STATE_FIRST {
            for span in self.spans(2) {
                let Some(code) = postal::postal_code(&self.text(span), land).filter(|_| self.has_digit(span)) else {
                    continue;
                };
                let named = (1..=3).find_map(|length| {
                    let before = (span.0.checked_sub(length)?, span.0);
                    let text = self.text(before);
                    let sound = if length == 1 && text.len() <= 3 { is_capital(&text) } else { text.len() > 3 };
                    sound.then(|| subdivision(&text, Some(land)))?
                });
                if let Some(state) = named {
                    return Some((land, state, Code { country: land.to_owned(), digits: code, span, assumed: false }));
                }
            }
        }
        None
    }

    /// The country that is named, the longest name first, the later before the earlier.
    fn country(&self) -> Option<&'static str> {
        let mut spans: Vec<Span> = self.spans(NAME_WORDS).collect();
        spans.reverse();
        spans.sort_by_key(|span| std::cmp::Reverse(span.1 - span.0));
        spans.into_iter().find_map(|span| {
            let text = self.text(span);
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            let alone = self.is_part(span);
            let sound = match letters {
                0 => false,
                1 => alone && self.words.len() == 1,
                2 | 3 => (alone || span.1 == self.words.len()) && (is_capital(&text) || self.words.len() == 1),
                _ => alone || !OTHER_WORDS.contains(&text.to_lowercase().as_str()),
            };
            let code = country(&text).filter(|_| sound && !self.in_longer_state(span))?;
            // `Los Angeles, CA` is no Canadian town.
            let state_too = letters == 2
                && self.words.len() > 1
                && self
                    .named_countries()
                    .iter()
                    .copied()
                    .any(|land| land != code && subdivision(&text, Some(land)).is_some());
            (!state_too).then_some(code)
        })
    }

    /// `Mexico` of `New Mexico`.
    fn in_longer_state(&self, span: Span) -> bool {
        let longer = (span.0.saturating_sub(1), span.1);
        longer != span && self.parts.get(longer.0) == self.parts.get(span.0) && {
            let text = self.text(longer);
            country(&text).is_none() && places::state(&text).is_some()
        }
    }

    fn postal_code(&self, written: Option<&str>, home: &str) -> Option<Code> {
        let spans: Vec<Span> = self.spans(2).filter(|span| self.has_digit(*span)).collect();
        let fits = |span: &Span, land: &str, assumed| {
            let text = self.text(*span);
            let bare = match postal::prefixed(&text) {
                Some((named, code)) if named == land => code.to_owned(),
                _ => text,
            };
            let code = postal::postal_code(&bare, land)?;
            Some(Code { country: land.to_owned(), digits: code, span: *span, assumed })
        };
        if let Some(land) = written {
            // Two words first: `1012 AB`, `111 22`.
            return longest_first(&spans).find_map(|span| fits(&span, land, false));
        }
        let by_form = longest_first(&spans).find_map(|span| {
            let text = self.text(span);
            // In small letters too, where nothing else looks like it: `sw1a 1aa london`.
            let unlike = matches!(postal::only_country(&text), Some("GB" | "CA"));
            let capital = unlike || self.is_part(span) || text.chars().all(|c| !c.is_lowercase());
            let land = postal::prefixed(&text).map(|(land, _)| land);
            // `a 1010 Wien` among words is an article.
            let lands = [postal::only_country(&text), land];
            lands.into_iter().flatten().filter(|_| capital).find_map(|land| fits(&span, land, false))
        });
        by_form
            .or_else(|| {
                self.named_countries()
                    .iter()
                    .copied()
                    .find_map(|land| spans.iter().find_map(|span| fits(span, land, false)))
            })
            .or_else(|| longest_first(&spans).find_map(|span| fits(&span, home, true)))
    }

    fn named_countries(&self) -> &[&'static str] {
        self.towns.get_or_init(|| self.find_towns())
    }

    fn find_towns(&self) -> Vec<&'static str> {
        let mut found = Vec::new();
        for span in self.spans(3) {
            let text = self.text(span);
            let of_state = places::state(&text).and_then(|state| state.split_once('-')).map(|(land, _)| land);
            found.extend(places::country_of_town(&text).or(of_state));
        }
        found
    }

    /// The state that is named, not beside the postal code.
    fn state(&self, written: Option<&str>, code: Option<Span>) -> Option<&'static str> {
        let beside = |span: Span| code.is_some_and(|code| self.parts.get(span.0) == self.parts.get(code.0));
        let towns = self.named_countries();
        let mut spans: Vec<Span> = self.spans(NAME_WORDS).filter(|span| !beside(*span)).collect();
        spans.sort_by_key(|span| std::cmp::Reverse(span.1 - span.0));
        spans.into_iter().find_map(|span| {
            let text = self.text(span);
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            // `Milano (MI), Italia`, `BY` with its country, `DE-BY`
            if letters <= 3 && !text.contains('-') {
                if !is_capital(&text) || !(self.is_part(span) || self.words.len() <= 3) {
                    return None;
                }
                let named = towns.iter().copied().filter(|_| written.is_none());
                let lands = written.into_iter().filter(|land| country(&text) != Some(land)).chain(named);
                let coded = lands.into_iter().find_map(|land| subdivision(&text, Some(land)));
                return coded.or_else(|| places::state(&text).filter(|_| letters > 2 && written.is_none()));
            }
            match written.filter(|land| country(&text) != Some(land) || *land == "GB") {
                Some(land) => subdivision(&text, Some(land)),
                None if written.is_some() => places::state(&text),
                None => subdivision(&text, None).or_else(|| places::state(&text)),
            }
        })
    }

    /// `Austin, TX`: the code of a state of the business's own country, in capitals, behind a town.
    fn state_at_home(&self, home: &str) -> Option<&'static str> {
        let last = self.words.len().checked_sub(1).filter(|last| *last > 0)?;
        let text = self.text((last, last + 1));
        let code = text.len() == 2 && is_capital(&text) && self.is_part((last, last + 1));
        code.then(|| subdivision(&text, Some(home)))?
    }

    /// Every run of at most `most` words within a part.
    fn spans(&self, most: usize) -> impl Iterator<Item = Span> {
        (0..self.words.len())
            .flat_map(move |from| (1..=most).map(move |length| (from, from + length)))
            .filter(|span| span.1 <= self.words.len() && self.parts.get(span.0) == self.parts.get(span.1 - 1))
    }

    fn text(&self, span: Span) -> String {
        self.words.get(span.0..span.1).unwrap_or_default().join(" ").trim_end_matches('.').to_owned()
    }

    fn has_digit(&self, span: Span) -> bool {
        let words = self.words.get(span.0..span.1).unwrap_or_default();
        words.iter().any(|word| word.contains(|c: char| c.is_ascii_digit()))
    }

    /// Is that a whole part?
    fn is_part(&self, span: Span) -> bool {
        let part = self.parts.get(span.0);
        let before = span.0.checked_sub(1).and_then(|at| self.parts.get(at));
        before != part && self.parts.get(span.1) != part
    }
}

fn longest_first(spans: &[Span]) -> impl Iterator<Item = Span> {
    let mut spans = spans.to_vec();
    spans.sort_by_key(|span| std::cmp::Reverse(span.1 - span.0));
    spans.into_iter()
}

#[derive(Debug, Clone)]
struct Code {
    country: String,
    digits: String,
    span: Span,
    assumed: bool,
}

fn is_capital(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_uppercase() || c == '.')
}
