//! What somebody would dial, off a text that holds a phone number: digits, a `+`, and where else the number
//! may end. It knows how people write, and nothing of numbering plans.

use std::borrow::Cow;

use crate::text::clean_line;

/// Most characters of an answer that are looked at.
const TEXT_MAX: usize = 200;
/// Most digits taken; more than any number has, so that a longer run is refused instead of cut.
const DIGITS_MAX: usize = 20;
/// Most places where a number may end before the text does.
const ENDS_MAX: usize = 4;
/// Fewest digits of a second number.
const SECOND_MIN: usize = 7;
/// Fewest letters that spell a number (`0800 BAUEN`).
const SPELLED_MIN: usize = 3;
/// The zeros of the decimal digits people's keyboards write, besides ASCII.
const ZEROS: [char; 6] = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}', '\u{ff10}'];

/// The digits of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dialled {
    /// A `+` stood before the digits.
    pub plus: bool,
    /// All digits up to the first character that belongs to no number.
    pub digits: String,
    /// With the capital letters behind read as keys of a phone: `1-800-FLOWERS`.
    pub spelled: Option<String>,
    /// Where among the digits a bracketed `(0)` stands: dialled at home, not from abroad.
    trunk: Option<usize>,
    /// Counts of digits before a slash or a lonely dash, where a second number may begin.
    ends: Vec<usize>,
    /// As `ends`, where a second number does begin by the look of it.
    second: Option<usize>,
    /// Something stands behind the digits.
    rest: bool,
}

impl Dialled {
    /// What may be the number, the likeliest first, and whether that is all that was written.
    pub fn readings(&self) -> impl Iterator<Item = (&str, bool)> {
        let before = |end: &usize| self.digits.get(..*end).map(|digits| (digits, false));
        let all = (self.digits.as_str(), !self.rest);
        self.second.iter().filter_map(before).chain([all]).chain(self.ends.iter().rev().filter_map(before))
    }

    /// A reading that lost its first `gone` digits, an exit code, without the bracketed zero.
    pub fn without_trunk(&self, gone: usize, digits: &str) -> Option<String> {
        let (before, from) = digits.split_at_checked(self.trunk?.checked_sub(gone)?)?;
        Some(format!("{before}{}", from.strip_prefix('0')?))
    }
}

/// Takes the digits off a text. `None` without any, and for an e-mail address, whose digits are no number.
pub(super) fn dialled(text: &str) -> Option<Dialled> {
    let text = one_line(text);
    if text.contains('@') {
        return None;
    }
    let mut out = Dialled::default();
    let mut chars = text.chars();
    let mut last = ' ';
    while let Some(char) = chars.next() {
        let before = std::mem::replace(&mut last, char);
        match char {
            '+' | '＋' if out.digits.is_empty() => out.plus = true,
            '(' | '[' if is_trunk(chars.as_str()) => out.trunk = Some(out.digits.len()),
            _ if digit(char).is_some() => {
                out.digits.extend(digit(char));
                if out.digits.len() > DIGITS_MAX {
                    break;
                }
            }
            // Whatever stands before the first digit is a label: `Tel.:`, `mobil`, `p:`.
            _ if out.digits.is_empty() => out.plus &= is_between(char),
            '/' | '|' | '-' | '–' | '—' if out.ends.len() < ENDS_MAX => {
                let is_lonely = before == ' ';
                if is_lonely && out.second.is_none() && is_second(chars.as_str()) {
                    out.second = Some(out.digits.len());
                }
                if is_lonely || matches!(char, '/' | '|') {
                    out.ends.push(out.digits.len());
                }
            }
            _ if is_between(char) => {}
            _ => {
                let behind = std::iter::once(char).chain(chars);
                out.rest = true;
                out.spelled = spelled(&out.digits, behind);
                break;
            }
        }
    }
    (!out.digits.is_empty()).then_some(out)
}

fn one_line(text: &str) -> Cow<'_, str> {
    if text.len() <= TEXT_MAX && text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(clean_line(text, TEXT_MAX))
}

fn digit(char: char) -> Option<char> {
    if char.is_ascii() {
        return char.is_ascii_digit().then_some(char);
    }
    let value =
        ZEROS.into_iter().find_map(|zero| u32::from(char).checked_sub(zero.into()).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

/// Does this go on as `0)`?
fn is_trunk(text: &str) -> bool {
    text.trim_start().strip_prefix('0').is_some_and(|rest| rest.trim_start().starts_with([')', ']']))
}

/// Does this go on like a number of its own, not like an extension (`- 0`)?
fn is_second(text: &str) -> bool {
    text.trim_start().starts_with('0') && text.chars().filter_map(digit).count() >= SECOND_MIN
}

/// What people put between the digits of one number.
fn is_between(char: char) -> bool {
    matches!(
        char,
        ' ' | '-' | '.' | '/' | '|' | '(' | ')' | '[' | ']' | '_' | '\'' | '~' | ':' | '\u{b7}' | '\u{2010}'..='\u{2015}'
            | '\u{2212}' | '\u{30fc}' | '\u{ff08}' | '\u{ff09}' | '\u{ff0d}'..='\u{ff0f}'
    )
}

/// The digits with capital letters behind them as on a phone's keys; any other word makes it none.
fn spelled(digits: &str, behind: impl Iterator<Item = char>) -> Option<String> {
    let mut out = digits.to_owned();
    let mut letters = 0;
    for char in behind {
        match char {
            'A'..='Z' => {
                letters += 1;
                out.push(key(char));
            }
            _ if char.is_ascii_digit() => out.push(char),
            _ if is_between(char) => {}
            _ => return None,
        }
    }
    (letters >= SPELLED_MIN && out.len() <= DIGITS_MAX).then_some(out)
}

const fn key(letter: char) -> char {
    match letter {
        'A'..='C' => '2',
        'D'..='F' => '3',
        'G'..='I' => '4',
        'J'..='L' => '5',
        'M'..='O' => '6',
        'P'..='S' => '7',
        'T'..='V' => '8',
        _ => '9',
    }
}
