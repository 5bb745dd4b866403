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
        if spelt(char, &mut out) {
            continue;
        }
        // What it is made of may be spelt otherwise as well: `ǽ` is `æ` with an accent.
        for part in std::iter::once(char).nfkd().filter(|part| !is_combining_mark(*part)) {
            if !spelt(part, &mut out) {
                out.extend(part.to_lowercase());
            }
        }
    }
    out
}

/// Writes a character that has a spelling of its own.
fn spelt(char: char, out: &mut String) -> bool {
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
        ascii if ascii.is_ascii() => out.push(ascii.to_ascii_lowercase()),
        _ => return false,
    }
    true
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
        for made_of_others in ["Ǽ", "ǿ", "⅓", "﹣", "ǽǼ"] {
            let once = fold(made_of_others);
            assert_eq!(fold(&once), once, "{made_of_others}");
        }
        assert_eq!(loose("fruehling"), loose(&fold("Frühling")));
        assert!(fold(&"ä".repeat(20_000)).len() <= MOST_CHARS);
    }
}
