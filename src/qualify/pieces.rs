//! A folded text in pieces, which phrases are looked for in.

use crate::fold::MOST_CHARS;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Letters,
    Digits,
    Mark,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) kind: Kind,
    pub(super) glued: bool,
}

/// Runs of letters, runs of digits, single marks; other characters are blank.
pub(super) fn pieces(folded: &str) -> Vec<Piece<'_>> {
    let mut out: Vec<Piece<'_>> = Vec::with_capacity(16);
    let mut rest = folded;
    let mut glued = false;
    while let Some(first) = rest.chars().next() {
        if out.len() >= MOST_CHARS {
            break;
        }
        let kind = kind_of(first);
        let length = match kind {
            Some(Kind::Mark) | None => first.len_utf8(),
            Some(run) => rest.find(|char| kind_of(char) != Some(run)).unwrap_or(rest.len()),
        };
        let (text, after) = rest.split_at(length);
        if let Some(kind) = kind {
            out.push(Piece { text, kind, glued });
        }
        glued = kind.is_some();
        rest = after;
    }
    out
}

fn kind_of(char: char) -> Option<Kind> {
    match char {
        '0'..='9' => Some(Kind::Digits),
        '.' | ',' | '/' | '-' | ':' | '+' | '<' | '>' | '=' | '~' | '\'' | '(' | ')' | ';' | '&' | '!' | '?' => {
            Some(Kind::Mark)
        }
        other if other.is_alphabetic() => Some(Kind::Letters),
        _ => None,
    }
}
