//! One spelling for comparing: lower case, without accents, so that `März`, `MÄRZ` and `marz` are one word.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// No reader looks at more characters of one text than this.
pub const MOST_CHARS: usize = 4_000;

/// Lower case, compatibility-composed, accents dropped, `ß` as `ss`, vulgar fractions written out
/// (`½` as ` 1/2`), the kinds of dash, quote and space made one. At most [`MOST_CHARS`] characters are read.
pub fn fold(text: &str) -> String {
    if text.len() <= MOST_CHARS && text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len().min(MOST_CHARS * 4));
    for char in text.chars().take(MOST_CHARS) {
        match char {
            'ß' | 'ẞ' => out.push_str("ss"),
            'æ' | 'Æ' => out.push_str("ae"),
            'œ' | 'Œ' => out.push_str("oe"),
            'ø' | 'Ø' => out.push('o'),
            'ł' | 'Ł' => out.push('l'),
            '½' => out.push_str(" 1/2"),
            '¼' => out.push_str(" 1/4"),
            '¾' => out.push_str(" 3/4"),
            '⁄' | '∕' | '／' => out.push('/'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{ff0d}' => out.push('-'),
            '\u{2018}' | '\u{2019}' | '\u{201b}' | '`' | '´' | '\u{2bc}' => out.push('\''),
            '≤' => out.push_str("<="),
            '≥' => out.push_str(">="),
            '≈' | '∼' => out.push('~'),
            '…' => out.push(' '),
            other if other.is_ascii() => out.push(other.to_ascii_lowercase()),
            other => out
                .extend(std::iter::once(other).nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase)),
        }
    }
    out
}

/// The same spelling for words typed without umlauts: `ae`, `oe`, `ue` become `a`, `o`, `u`
/// (`fruehling` meets `frühling`). Lossy: only for comparing with words treated the same way.
pub fn loose(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    let mut chars = folded.chars().peekable();
    while let Some(char) = chars.next() {
        out.push(char);
        if matches!(char, 'a' | 'o' | 'u') && chars.peek() == Some(&'e') {
            chars.next();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_has_one_spelling() {
        assert_eq!(fold("MÄRZ Straße – 1½ ’27"), "marz strasse - 1 1/2 '27");
        assert_eq!(fold("Été ＡＢＣ"), "ete abc");
        assert_eq!(loose("fruehling"), loose(&fold("Frühling")));
        assert!(fold(&"ä".repeat(20_000)).len() <= MOST_CHARS);
    }
}
