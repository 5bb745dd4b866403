//! Phone numbers in any notation, as E.164.

use phonenumber::country::Id;
use phonenumber::{Mode, Type};

/// Longest text that is looked at, in characters.
const MOST_CHARS: usize = 60;
/// Digits of an international number without its code (ITU-T E.164 allows 15 in all).
const NATIONAL_DIGITS: std::ops::RangeInclusive<usize> = 6..=13;
/// Length of a number with its `+`.
const E164_LENGTH: std::ops::RangeInclusive<usize> = 8..=16;
/// Country codes without a national prefix other than 0 and without other surprises: written
/// internationally, their digits are the E.164 number.
const PLAIN_CODES: &[&str] = &[
    "49", "39", "43", "41", "33", "31", "32", "44", "34", "45", "46", "47", "48", "351", "352", "353", "420", "421",
    "423", "30", "386", "385", "358", "61",
];

/// Reads a number written in `country` (ISO 3166-1 alpha-2) as E.164; `None` when it is none.
pub fn read(text: &str, country: &str) -> Option<String> {
    let text: String = text.chars().take(MOST_CHARS).collect();
    let text = tidy(&text);
    if let Some(number) = international(&text) {
        return is_real(&number).then_some(number);
    }
    let number = phonenumber::parse(country.parse::<Id>().ok(), &text).ok()?;
    let written = number.format().mode(Mode::E164).to_string();
    // An extension is dialled after the number and is no part of it.
    let written: String = written.chars().take_while(|c| c.is_ascii_digit() || *c == '+').collect();
    // What was written internationally is kept even where a new area code is not yet in the tables.
    if !(number.is_valid() || text.starts_with('+') && E164_LENGTH.contains(&written.len())) {
        return None;
    }
    is_real(&written).then_some(written)
}

/// What kind of line an E.164 number is: `mobile`, `fixed`, `fixed-or-mobile`, `toll-free`, `other`, `unknown`.
pub fn kind(e164: &str) -> &'static str {
    let Ok(number) = phonenumber::parse(None, e164) else { return "unknown" };
    match number.number_type(&phonenumber::metadata::DATABASE) {
        Type::Mobile => "mobile",
        Type::FixedLine => "fixed",
        Type::FixedLineOrMobile => "fixed-or-mobile",
        Type::TollFree => "toll-free",
        Type::Unknown => "unknown",
        _ => "other",
    }
}

/// Takes off what people write around a number: `Tel.:`, `(0)` behind a country code, `00` for `+`.
fn tidy(text: &str) -> String {
    let folded = text.replace("(0)", " ").replace('＋', "+");
    let start = folded.find(|c: char| c.is_ascii_digit() || matches!(c, '+' | '(')).unwrap_or(0);
    let (_, number) = folded.split_at(start);
    let number = number.trim();
    match number.strip_prefix("00") {
        Some(rest) if !rest.starts_with('0') => format!("+{rest}"),
        _ => number.to_owned(),
    }
}

/// The fast path: `+` and digits of a country whose numbers need no further knowledge.
fn international(text: &str) -> Option<String> {
    let rest = text.strip_prefix('+')?;
    let mut digits = String::with_capacity(16);
    digits.push('+');
    for char in rest.chars() {
        match char {
            '0'..='9' => digits.push(char),
            ' ' | '-' | '/' | '.' | '(' | ')' => {}
            _ => return None,
        }
    }
    let national = PLAIN_CODES.iter().find_map(|code| digits.get(1..)?.strip_prefix(code))?;
    // Only Italy has numbers that begin with 0 after the code.
    let begins = !national.starts_with('0') || digits.starts_with("+39");
    let sound = begins && NATIONAL_DIGITS.contains(&national.len()) && digits.len() <= 16;
    sound.then_some(digits)
}

/// `000000`, `111111`, `12345678` are typed to get past a form.
fn is_real(e164: &str) -> bool {
    let digits: Vec<u8> = e164.bytes().filter(u8::is_ascii_digit).collect();
    let tail = digits.get(3..).unwrap_or_default();
    let same = tail.windows(2).all(|pair| pair.first() == pair.last());
    let rising = tail.windows(2).all(|pair| matches!(pair, [a, b] if *b == *a + 1 || (*a == b'9' && *b == b'0')));
    tail.len() >= 4 && !same && !rising
}
