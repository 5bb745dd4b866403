//! Words to meanings. Every language is one table of phrases (`words/*.rs`); a [`Lexicon`] joins them, the
//! business's first, and turns a text into meanings by the longest phrase that fits. The timing grammar
//! sees meanings only, so a further language is a further table.

use std::collections::HashMap;

use super::pieces::{Kind, Piece, pieces};
use super::words;
use crate::fold::{fold, loose};

/// A stretch of the calendar people count in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A sixtieth of an hour.
    Minute,
    /// A twenty-fourth of a day.
    Hour,
    /// Days.
    Day,
    /// Days without Saturday and Sunday.
    Workday,
    /// Monday to Sunday.
    Week,
    /// Saturday and Sunday.
    Weekend,
    /// Two weeks.
    Fortnight,
    /// Calendar months.
    Month,
    /// Three months from January, April, July or October.
    Quarter,
    /// Six months from January or July.
    HalfYear,
    /// Calendar years.
    Year,
}

/// Which third of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Beginning.
    Early,
    /// Middle.
    Mid,
    /// End.
    Late,
}

/// Meteorological seasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    /// March to May.
    Spring,
    /// June to August.
    Summer,
    /// September to November.
    Autumn,
    /// December to February.
    Winter,
}

/// Feasts, by the rule that gives their days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feast {
    /// From one day of a month to another: month, first, last.
    Fixed(i8, i8, i8),
    /// From one day to another, counted from Easter Sunday.
    Easter(i16, i16),
    /// So many days after the n-th such weekday of a month (5 is the last): month, n, weekday (Monday is 1), days.
    Nth(i8, i8, i8, i8),
    /// From one day to another, counted from the first Sunday of Advent.
    Advent(i16, i16),
    /// From the first Sunday of Advent to Christmas Eve.
    AdventSeason,
}

/// What one word or phrase means to the timing grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sem {
    /// Digits: value and how many digits were written.
    Num(u32, u8),
    /// A number word; in halves, so that one and a half is 3.
    Count(u32),
    /// A vague number: from, to.
    Few(u32, u32),
    /// `a`, `an`: one before a unit, nothing elsewhere.
    Article,
    /// `first`, `zweite`.
    Ordinal(i8),
    /// `st`, `nd`, `er` glued to a number.
    Nth,
    /// `last` before a part of something; else the past.
    Last,
    /// A unit; true for a plural.
    Unit(Unit, bool),
    /// `d`, `m`, `y`: a unit where it is glued to its number.
    ShortUnit(Unit),
    /// January is 1.
    Month(i8),
    /// A month's name that is also another word (`may`).
    WeakMonth(i8),
    /// Monday is 1.
    Weekday(i8),
    /// An abbreviated weekday that is also another word (`mo`, `so`).
    WeakWeekday(i8),
    /// A season.
    Season(Season),
    /// A feast.
    Feast(Feast),
    /// `Q` before a number.
    QuarterMark,
    /// `H`, `HJ` before 1 or 2; `half` after an ordinal.
    HalfMark,
    /// `KW`, `CW` before a number.
    WeekMark,
    /// Days from today.
    Day(i8),
    /// `EOD`, `Feierabend`: of the day said beside it, else of today.
    DayEnd,
    /// `pm`, `Uhr` behind an hour.
    Clock,
    /// The running one.
    This,
    /// The coming one.
    Next,
    /// The one after that.
    AfterNext,
    /// A third of a period.
    Part(Part),
    /// What is left of a period.
    Rest,
    /// `in`, before a duration: that far ahead.
    In,
    /// Not later than a duration from now.
    Within,
    /// From then on.
    From,
    /// Not later than.
    Until,
    /// `bis`, `until`: joins two ends, else not later than.
    Till,
    /// Earlier than.
    Before,
    /// Later than.
    After,
    /// `at the earliest`, behind its date.
    AtEarliest,
    /// `at the latest`, behind its date.
    AtLatest,
    /// `or later`, `onwards`, `+`.
    OrMore,
    /// More than a duration.
    MoreThan,
    /// `from now`, behind a duration.
    FromNow,
    /// `ago`, `since`: speaks of the past.
    Past,
    /// `between … and …`.
    Between,
    /// Joins two ends.
    To,
    /// Joins alternatives.
    Or,
    /// `and`.
    And,
    /// `by then`, `bis dahin`: not later than what was said last; false for `before then`.
    ByThen(bool),
    /// `after that`, `danach`: later than what was said last.
    AfterThat,
    /// Takes back what follows.
    Not,
    /// `week of`, `w/c` before a date.
    WeekOf,
    /// As soon as possible.
    Asap,
    /// Any time.
    Flexible,
    /// Says nothing about time (`of`, `please`).
    Noise,
    /// Punctuation.
    Mark(char),
    /// A word nobody listed.
    Word,
}

/// A meaning and whether blank space stood before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it means.
    pub sem: Sem,
    /// Nothing stood between it and the token before.
    pub glued: bool,
    /// In an English table: day and month in American order, a number after a month is a day.
    pub english: bool,
}

/// One row of a table: what the phrases mean, and the phrases, divided by `|`; `{a,b}` stands for either.
pub type Row = (&'static [Sem], &'static str);

/// No text gives more tokens than this; the rest is not read.
const MOST_TOKENS: usize = 200;

#[derive(Debug, Clone)]
struct Phrase {
    rest: Vec<Box<str>>,
    means: &'static [Sem],
    english: bool,
}

/// The phrases of the business's languages, and those of each other language for texts written in it.
#[derive(Debug, Clone)]
pub struct Lexicon {
    by_first: HashMap<Box<str>, Vec<Phrase>>,
    others: Vec<Lexicon>,
}

impl Lexicon {
    /// Joins the tables of `languages` (ISO 639-1) in their order and English; English and German where
    /// none is given. Where two languages have the same phrase, the earlier one's meaning holds. Each other
    /// language stays apart, for texts of which it knows more words.
    pub fn new(languages: &[String]) -> Self {
        let known = |wanted: &str| words::TABLES.iter().find(|table| table.0 == wanted);
        let mut tables: Vec<_> = languages.iter().filter_map(|wanted| known(wanted)).collect();
        let usual: &[&str] = if tables.is_empty() { &["en", "de"] } else { &["en"] };
        for table in usual.iter().filter_map(|wanted| known(wanted)) {
            if !tables.iter().any(|other| other.0 == table.0) {
                tables.push(table);
            }
        }
        let others = words::TABLES.iter().filter(|table| !tables.iter().any(|own| own.0 == table.0));
        Self { others: others.map(|table| Self::of(&[table])).collect(), ..Self::of(&tables) }
    }

    fn of(tables: &[&words::Table]) -> Self {
        let mut lexicon = Self { by_first: HashMap::new(), others: Vec::new() };
        for (language, parts) in tables {
            for (means, phrases) in parts.iter().copied().flatten() {
                for phrase in phrases.split('|').flat_map(spread) {
                    lexicon.add(&phrase, means, *language == "en");
                }
            }
        }
        for phrases in lexicon.by_first.values_mut() {
            phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.rest.len()));
        }
        lexicon
    }

    fn add(&mut self, phrase: &str, means: &'static [Sem], english: bool) {
        let folded = fold(phrase);
        let mut pieces =
            pieces(&folded).into_iter().filter(|piece| piece.kind != Kind::Mark).map(|piece| piece.text.into());
        let Some(first) = pieces.next() else { return };
        let rest: Vec<Box<str>> = pieces.collect();
        let known = self.by_first.entry(first).or_default();
        if !known.iter().any(|other| other.rest == rest) {
            known.push(Phrase { rest, means, english });
        }
    }

    /// The meanings of a text, in order, in the language that knows most of its words.
    pub fn tokens(&self, text: &str) -> Vec<Token> {
        let folded = fold(text);
        let pieces = pieces(&folded);
        let strange = |tokens: &[Token]| tokens.iter().filter(|token| token.sem == Sem::Word).count();
        let mut best = self.meanings(&pieces);
        let mut left = strange(&best);
        for other in &self.others {
            if left == 0 {
                break;
            }
            let tokens = other.meanings(&pieces);
            if strange(&tokens) < left {
                left = strange(&tokens);
                best = tokens;
            }
        }
        best
    }

    fn meanings(&self, pieces: &[Piece<'_>]) -> Vec<Token> {
        let mut tokens = Vec::with_capacity(pieces.len() + 2);
        let mut at = 0;
        while let Some(piece) = pieces.get(at) {
            if tokens.len() >= MOST_TOKENS {
                break;
            }
            if let Some((phrase, length)) = self.longest(pieces, at) {
                let mut glued = piece.glued;
                for sem in phrase.means {
                    tokens.push(Token { sem: *sem, glued, english: phrase.english });
                    glued = false;
                }
                at += length;
                continue;
            }
            let sem = match piece.kind {
                Kind::Letters => spelled(piece.text).map_or(Sem::Word, |number| Sem::Count(number * 2)),
                Kind::Digits => piece.text.parse().map_or(Sem::Word, |value| Sem::Num(value, piece.text.len() as u8)),
                Kind::Mark => Sem::Mark(piece.text.chars().next().unwrap_or(' ')),
            };
            tokens.push(Token { sem, glued: piece.glued, english: false });
            at += 1;
        }
        tokens
    }

    fn longest(&self, pieces: &[Piece<'_>], at: usize) -> Option<(&Phrase, usize)> {
        let first = pieces.get(at).filter(|piece| piece.kind != Kind::Mark)?;
        if first.kind == Kind::Letters
            && !self.by_first.contains_key(first.text)
            && ["ae", "oe", "ue"].iter().any(|pair| first.text.contains(pair))
        {
            return self.fitting(&loose(first.text), pieces, at);
        }
        self.fitting(first.text, pieces, at)
    }

    fn fitting(&self, first: &str, pieces: &[Piece<'_>], at: usize) -> Option<(&Phrase, usize)> {
        let candidates = self.by_first.get(first)?;
        candidates.iter().find_map(|phrase| Some((phrase, rest_fits(&phrase.rest, pieces, at + 1)? - at)))
    }
}

/// The phrases of `no {set,firm} date`: one for each word between the braces.
fn spread(phrase: &str) -> Vec<String> {
    let Some((before, rest)) = phrase.split_once('{') else { return vec![phrase.to_owned()] };
    let Some((choices, after)) = rest.split_once('}') else { return vec![phrase.to_owned()] };
    let ends = spread(after);
    choices.split(',').flat_map(|choice| ends.iter().map(move |end| format!("{before}{choice}{end}"))).collect()
}

/// A German number in one word that no table lists: `fünfundvierzig`.
fn spelled(word: &str) -> Option<u32> {
    (word.contains("und") || word.ends_with("zig")).then(|| super::budget::spelled(word))?
}

/// Where the text goes on after the words of `rest`, dots, hyphens and apostrophes between them ignored.
fn rest_fits(rest: &[Box<str>], pieces: &[Piece<'_>], mut at: usize) -> Option<usize> {
    for word in rest {
        // The slash of `w/c`.
        let letter = word.len() == 1;
        while pieces.get(at).is_some_and(|piece| matches!(piece.text, "." | "-" | "'") || letter && piece.text == "/") {
            at += 1;
        }
        let piece = pieces.get(at)?;
        let same = piece.text == &**word
            || (piece.kind == Kind::Letters && piece.text.len() > word.len() && loose(piece.text) == **word);
        if !same {
            return None;
        }
        at += 1;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sems(text: &str) -> Vec<Sem> {
        Lexicon::new(&[]).tokens(text).into_iter().map(|token| token.sem).collect()
    }

    #[test]
    fn the_longest_phrase_wins_and_umlauts_may_be_spelled_out() {
        assert_eq!(sems("so bald wie moeglich"), [Sem::Asap]);
        assert_eq!(sems("A.S.A.P."), [Sem::Asap, Sem::Mark('.')]);
        assert_eq!(sems("Frühling"), sems("fruehling"));
        assert_eq!(sems("KW12"), [Sem::WeekMark, Sem::Num(12, 2)]);
        assert_eq!(sems("99999999999999 quux"), [Sem::Word, Sem::Word]);
    }
}
