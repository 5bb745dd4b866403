//! Cuts a text about money into numbers and words with a meaning.

use rust_decimal::Decimal;

use super::currencies;
use super::words::{Means, WORDS, compound};
use crate::fold::fold;

/// Nobody's budget is larger; a larger number is a typing error.
pub const MOST: i64 = 1_000_000_000_000;
/// No text gives more pieces than this; the rest is not read.
const MOST_PIECES: usize = 200;
/// No currency behind an amount is longer, blanks and dots around it counted.
const CURRENCY_BYTES: usize = 32;

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Piece {
    /// A number in digits.
    Digits(Written),
    /// A number in one word, perhaps with its currency (`keur` is times 1,000).
    Compound(Decimal, Option<&'static str>),
    /// A word or sign with a meaning, and whether nothing stood before it.
    Word(Means, bool),
    /// A word nobody listed.
    Other,
}

/// A number in digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Written {
    /// Its value.
    pub value: Decimal,
    /// `1.500` where the country's point means something else: could be one and a half.
    pub ambiguous: bool,
    /// The same digits with the one mark as a decimal mark, where that is possible.
    pub as_decimal: Option<Decimal>,
    /// It was written with groups of three.
    pub grouped: bool,
}

/// A number that is none (`1e30`, `1.2.3`, `-5`): nothing of the text can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonsense;

/// The pieces of a text; `comma` says that the country's decimal mark is a comma.
pub fn pieces(text: &str, comma: bool) -> Result<Vec<Piece>, Nonsense> {
    let folded = fold(text);
    let tokens = split(&folded);
    let capitals = Capitals::of(text);
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if out.len() >= MOST_PIECES {
            break;
        }
        if token.is_number() {
            let mut written = number(token.text, comma).ok_or(Nonsense)?;
            at += 1;
            if exponent(&tokens, at) {
                return Err(Nonsense);
            }
            at += written.add_fraction(&tokens, at);
            if let Some((sign, cents)) = cents_behind(&tokens, at).filter(|_| written.value.fract().is_zero()) {
                written.value += cents;
                out.extend([Piece::Digits(written), Piece::Word(sign, true)]);
                at += 2;
                continue;
            }
            out.push(Piece::Digits(written));
            continue;
        }
        if token.text == "^" {
            return Err(Nonsense);
        }
        if token.text == "m" && million(&tokens, at) {
            out.push(Piece::Word(Means::Times(6), token.glued));
            at += 1;
            continue;
        }
        if token.text == "." {
            at += 1;
            continue;
        }
        if let Some(code) = capitals.code(&tokens, at) {
            out.push(Piece::Word(Means::Currency(code), token.glued));
            at += 1;
            continue;
        }
        let words = tokens.iter().skip(at).map(|token| token.text).filter(|text| *text != ".");
        if let Some((means, count)) = WORDS.longest(words) {
            out.push(Piece::Word(means, token.glued));
            at = after_words(&tokens, at, count);
            continue;
        }
        out.push(compound(token.text).map_or(Piece::Other, |(value, currency)| Piece::Compound(value, currency)));
        at += 1;
    }
    Ok(out)
}

/// `€50` behind the `12` of `12€50`.
fn cents_behind(tokens: &[Token<'_>], at: usize) -> Option<(Means, Decimal)> {
    let (sign, cents) = (tokens.get(at)?, tokens.get(at + 1)?);
    let together = sign.glued && cents.glued && !tokens.get(at + 2).is_some_and(|token| token.glued);
    if !together || !matches!(sign.text, "€" | "$" | "£" | "¥") || cents.text.len() != 2 {
        return None;
    }
    let (means, _) = WORDS.longest(std::iter::once(sign.text))?;
    Some((means, Decimal::new(cents.text.parse().ok()?, 2)))
}

/// `3M`, `3 M€`: million; else metres.
fn million(tokens: &[Token<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(Token::is_number);
    let glued = tokens.get(at).is_some_and(|token| token.glued);
    let money = tokens.get(at + 1).is_some_and(|token| {
        matches!(WORDS.longest(std::iter::once(token.text)), Some((Means::Currency(_) | Means::Sign(_), _)))
    });
    before && (glued || money)
}

/// `e30` glued to a number.
fn exponent(tokens: &[Token<'_>], at: usize) -> bool {
    let glued = |ahead: usize| tokens.get(at + ahead).is_some_and(|token| token.glued);
    tokens.get(at).is_some_and(|token| token.text == "e")
        && glued(0)
        && glued(1)
        && tokens.get(at + 1).is_some_and(|token| token.text.starts_with(|c: char| c.is_ascii_digit() || c == '+'))
}

/// Where the text goes on after `count` words, dots between them not counted.
fn after_words(tokens: &[Token<'_>], mut at: usize, count: usize) -> usize {
    let mut left = count;
    while left > 0 && at < tokens.len() {
        left -= usize::from(tokens.get(at).is_some_and(|token| token.text != "."));
        at += 1;
    }
    at
}

#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    glued: bool,
}

impl Token<'_> {
    fn is_number(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',')) && self.text.len() > 1
            || self.text.starts_with(|c: char| c.is_ascii_digit())
    }
}

/// The words of a text in capitals: a currency's code may be a word as well (`ALL`, `TRY`).
struct Capitals<'a>(Vec<&'a str>);

impl<'a> Capitals<'a> {
    fn of(text: &'a str) -> Self {
        let words = text.split(|c: char| !c.is_alphabetic());
        Self(words.filter(|word| currencies::code(word).is_some()).take(MOST_PIECES).collect())
    }

    /// The currency whose code stands there, beside a number.
    fn code(&self, tokens: &[Token<'_>], at: usize) -> Option<&'static str> {
        let text = tokens.get(at)?.text;
        let written = self.0.iter().find(|word| word.eq_ignore_ascii_case(text))?;
        let number = |at: Option<usize>| at.and_then(|at| tokens.get(at)).is_some_and(Token::is_number);
        let before = text.len() == 3 && number(at.checked_sub(1));
        let signed = tokens.get(at + 1).is_some_and(|token| token.text == "$") && number(Some(at + 2));
        (before || signed || number(Some(at + 1))).then(|| currencies::code(written))?
    }
}

fn split(folded: &str) -> Vec<Token<'_>> {
    let mut out = Vec::with_capacity(12);
    let mut rest = folded;
    let mut glued = false;
    let mut last = ' ';
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() {
            number_length(rest)
        } else if matches!(first, '.' | ',') && !last.is_alphanumeric() && !matches!(last, '.' | ',' | '-') {
            bare_fraction_length(rest)
        } else if first.is_alphabetic() {
            letters_length(rest)
        } else if first == '<' || first == '>' || first == '=' {
            rest.find(|c: char| !matches!(c, '<' | '>' | '=')).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (text, after) = rest.split_at(length.max(1).min(rest.len()));
        if !first.is_whitespace()
            && text != ","
            && !matches!(first, ';' | ':' | '!' | '?' | '(' | ')' | '"' | '\'' | '*' | '_' | '=' | '[' | ']')
        {
            out.push(Token { text, glued });
        }
        glued = !first.is_whitespace();
        last = text.chars().next_back().unwrap_or(first);
        rest = after;
    }
    out
}

/// Letters, with the digit of `m2`.
fn letters_length(rest: &str) -> usize {
    let letters = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (word, after) = rest.split_at(letters);
    let area =
        word == "m" && after.starts_with(['2', '3']) && !after.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    // `US$`, `R$`, `CN¥`; `S/.` is Peru's.
    let sign = match after.chars().next() {
        // but `10k$` is ten thousand.
        Some(sign @ ('$' | '¥' | '₵')) if letters <= 3 && !matches!(word, "k" | "m") => sign.len_utf8(),
        Some('/') if word == "s" && after.starts_with("/.") => 2,
        Some('/') if word == "s" => 1,
        _ => 0,
    };
    letters + usize::from(area) + sign
}

/// `.75`, `,99`: digits of a number below one.
fn bare_fraction_length(rest: &str) -> usize {
    let digits = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
    let ends = !matches!(rest.as_bytes().get(digits + 1), Some(b'.' | b','))
        || !rest.as_bytes().get(digits + 2).is_some_and(u8::is_ascii_digit);
    if (1..=4).contains(&digits) && ends { digits + 1 } else { 1 }
}

/// Digits with what may stand inside a number, and `.-`, `,--` behind it.
fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let three = |at: usize| digit(at) && digit(at + 1) && digit(at + 2) && !digit(at + 3);
    let mut at = 0;
    let (mut spaced, mut marked) = (false, false);
    loop {
        match bytes.get(at) {
            Some(b'0'..=b'9') => at += 1,
            Some(b'.' | b',') if digit(at + 1) => {
                marked = true;
                at += 1;
            }
            Some(b'\'' | b'_') if digit(at + 1) => at += 1,
            // `12 000`, but not `2 500` behind `1.`
            Some(b' ') if three(at + 1) && !marked && (spaced || at <= 3) => {
                spaced = true;
                at += 1;
            }
            _ => break,
        }
    }
    // `99:50 kr`
    if bytes.get(at) == Some(&b':')
        && digit(at + 1)
        && digit(at + 2)
        && rest.get(at + 3..).is_some_and(|after| after.trim_start().starts_with("kr"))
    {
        at += 3;
    }
    // `118, 99 TL`: a slip of the blank bar.
    let apart = at > 0 && matches!(bytes.get(at), Some(b'.' | b',')) && bytes.get(at + 1) == Some(&b' ');
    if apart && digit(at + 2) && digit(at + 3) && rest.get(at + 4..).is_some_and(ends_price) {
        return at + 4;
    }
    if matches!(bytes.get(at), Some(b'.' | b',')) && bytes.get(at + 1) == Some(&b'-') {
        at += 1;
        while bytes.get(at) == Some(&b'-') {
            at += 1;
        }
    }
    at
}

/// Is there nothing more, or a currency and nothing more?
fn ends_price(after: &str) -> bool {
    if after.len() > CURRENCY_BYTES {
        return false;
    }
    let after = after.trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '*'));
    after.is_empty() || matches!(WORDS.longest(std::iter::once(after)), Some((Means::Currency(_) | Means::Sign(_), _)))
}

/// The value of digits with marks in them: `1.500`, `12,50`, `2'000.-`, `12 000`, `1,234.5`.
fn number(text: &str, comma: bool) -> Option<Written> {
    let text = text.trim_end_matches('-').trim_end_matches(['.', ',']);
    if let Some(fraction) = text.strip_prefix(['.', ',']) {
        let value = format!("0.{fraction}").parse().ok()?;
        return Some(Written { value, ambiguous: false, as_decimal: None, grouped: false });
    }
    let text = &text.replacen(':', ".", 1);
    let plain: String = text.chars().filter(|c| !matches!(c, '\'' | ' ' | '_')).collect();
    let dots = plain.matches('.').count();
    let commas = plain.matches(',').count();
    let written = |value: Option<Decimal>, grouped| {
        value.filter(|v| *v <= Decimal::from(MOST)).map(|value| Written {
            value,
            ambiguous: false,
            as_decimal: None,
            grouped,
        })
    };
    match (dots, commas) {
        (0, 0) => written(plain.parse().ok(), plain.len() < text.len()),
        (1, 0) | (0, 1) => one_mark(&plain, if dots == 1 { '.' } else { ',' }, comma),
        (_, 0) => written(groups(&plain, '.')?.parse().ok(), true),
        (0, _) => written(groups(&plain, ',')?.parse().ok(), true),
        _ => {
            // Both marks: the last one is the decimal mark, and stands once.
            let decimal = if plain.rfind('.') > plain.rfind(',') { '.' } else { ',' };
            let group = if decimal == '.' { ',' } else { '.' };
            let (whole, fraction) = plain.rsplit_once(decimal)?;
            if whole.contains(decimal) {
                return None;
            }
            written(format!("{}.{fraction}", groups(whole, group)?).parse().ok(), true)
        }
    }
}

/// One mark: three digits behind it make it a group, anything else a decimal mark.
fn one_mark(plain: &str, mark: char, comma: bool) -> Option<Written> {
    let (whole, fraction) = plain.split_once(mark)?;
    let decimal: Decimal = format!("{whole}.{fraction}").parse().ok()?;
    let local = if comma { ',' } else { '.' };
    let group = fraction.len() == 3 && whole.len() <= 3 && !whole.starts_with('0');
    let value = if group { format!("{whole}{fraction}").parse().ok()? } else { decimal };
    (value <= Decimal::from(MOST)).then_some(Written {
        value,
        ambiguous: group && mark == local,
        as_decimal: group.then_some(decimal),
        grouped: group,
    })
}

impl Written {
    /// Adds what is written apart from the whole: `1 1/2`. How many tokens that takes.
    fn add_fraction(&mut self, tokens: &[Token<'_>], at: usize) -> usize {
        let text = |ahead: usize| tokens.get(at + ahead).map_or("", |token| token.text);
        let glued = |ahead: usize| tokens.get(at + ahead).is_some_and(|token| token.glued);
        if !self.value.fract().is_zero() || self.as_decimal.is_some() {
            return 0;
        }
        let quarters = match (text(0), text(1), text(2)) {
            ("1", "/", "4") => 1,
            ("1", "/", "2") => 2,
            ("3", "/", "4") => 3,
            _ => 0,
        };
        if quarters > 0 && self.value < Decimal::ONE_HUNDRED && glued(1) && glued(2) {
            self.value += Decimal::new(quarters * 25, 2);
            return 3;
        }
        0
    }
}

/// The digits without their group marks; `None` when the groups are neither of three nor Indian (`12,34,567`).
fn groups(text: &str, mark: char) -> Option<String> {
    let mut parts = text.split(mark);
    let first = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    let sound = match rest.split_last() {
        Some((last, pairs)) if mark == ',' && !pairs.is_empty() && pairs.iter().all(|pair| pair.len() == 2) => {
            first.len() <= 2 && last.len() == 3
        }
        _ => (1..=3).contains(&first.len()) && rest.iter().all(|part| part.len() == 3),
    };
    (sound || !text.contains(mark)).then(|| text.chars().filter(|c| *c != mark).collect())
}
