//! Where the reader stands in the tokens, and the small looks ahead every part of the grammar needs.

use jiff::civil::Date;

use crate::qualify::lexicon::{Sem, Token};

/// A reader over the meanings of one text.
#[derive(Debug)]
pub struct Cursor<'a> {
    tokens: &'a [Token],
    /// Index of the next token.
    pub at: usize,
    /// The local day the text was written.
    pub today: Date,
    /// 03/04 is March 4th here.
    pub month_first: bool,
    /// A date was read by the country's habit and could be meant the other way round.
    pub ambiguous: bool,
}

impl<'a> Cursor<'a> {
    /// At the first token.
    pub const fn new(tokens: &'a [Token], today: Date, month_first: bool) -> Self {
        Self { tokens, at: 0, today, month_first, ambiguous: false }
    }

    /// The token `ahead` of the next one.
    pub fn look(&self, ahead: usize) -> Option<Sem> {
        self.tokens.get(self.at + ahead).map(|token| token.sem)
    }

    /// Whether nothing stands before the token `ahead`.
    pub fn glued(&self, ahead: usize) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.glued)
    }

    /// Whether the token `ahead` comes from the English table.
    pub fn english(&self, ahead: usize) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.english)
    }

    /// Whether the token before the next one comes from the English table.
    pub fn english_before(&self) -> bool {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).is_some_and(|token| token.english)
    }

    /// The meaning before the next token.
    pub fn before(&self) -> Option<Sem> {
        self.behind(1)
    }

    /// The meaning so many tokens before the next one.
    pub fn behind(&self, back: usize) -> Option<Sem> {
        self.tokens.get(self.at.checked_sub(back)?).map(|token| token.sem)
    }

    /// How many tokens there are in all.
    pub const fn len(&self) -> usize {
        self.tokens.len()
    }

    /// A number `ahead`: value and digits written.
    pub fn number(&self, ahead: usize) -> Option<(u32, u8)> {
        match self.look(ahead)? {
            Sem::Num(value, digits) => Some((value, digits)),
            _ => None,
        }
    }

    /// Is this mark `ahead`?
    pub fn mark(&self, ahead: usize, mark: char) -> bool {
        self.look(ahead) == Some(Sem::Mark(mark))
    }

    /// Goes on by `count` tokens.
    pub const fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// Takes the next token if it means `sem`.
    pub fn take(&mut self, sem: Sem) -> bool {
        let here = self.look(0) == Some(sem);
        self.at += usize::from(here);
        here
    }

    /// Goes past words that say nothing about time, commas and brackets.
    pub fn skip_noise(&mut self) {
        while matches!(
            self.look(0),
            Some(Sem::Noise | Sem::Mark(',' | '(' | ')' | '~' | ':' | ';' | '!' | '?' | '.' | '\''))
        ) {
            self.at += 1;
        }
    }

    /// Tries `read`; when it finds nothing, stands where it stood.
    pub fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let (at, ambiguous) = (self.at, self.ambiguous);
        let found = read(self);
        if found.is_none() {
            self.at = at;
            self.ambiguous = ambiguous;
        }
        found
    }
}
