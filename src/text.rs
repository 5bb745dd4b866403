//! Lead text is hostile. [`clean`] is the one way foreign text gets in (intake, answers of servers,
//! errors) and [`Shown`] the one way it gets onto a terminal.
//!
//! Neutralised: control characters and escape sequences, bidirectional overrides, zero-width and tag
//! characters, private use and unassigned code points, towers of combining marks (Unicode TR 36, TR 39).

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Most combining marks kept on one character.
const MARKS_PER_CLUSTER: usize = 4;

/// Cleans foreign text: NFC, one line per line, nothing invisible, at most `max` characters (cut text
/// ends in `…`). Idempotent. Line breaks are kept as `\n` only when `lines` is true.
pub fn clean(text: &str, max: usize, lines: bool) -> String {
    let fast = text.len() <= max && text.bytes().all(|b| (0x20..0x7f).contains(&b));
    if fast {
        return collapse_ascii(text);
    }
    let mut out = String::with_capacity(text.len().min(max * 4));
    let mut marks = 0_usize;
    let mut kept = 0_usize;
    let mut space = true;
    // A bound on work, not only on output: ten times the limit is looked at, the rest is cut unread.
    for char in text.chars().take(max.saturating_mul(10)).nfc() {
        let Some(char) = visible(char, lines) else { continue };
        if is_combining_mark(char) {
            marks += 1;
            if marks > MARKS_PER_CLUSTER {
                continue;
            }
        } else {
            marks = 0;
        }
        if char == ' ' {
            if space {
                continue;
            }
            space = true;
        } else {
            if char == '\n' {
                while out.ends_with(' ') {
                    out.pop();
                }
            }
            space = char == '\n';
        }
        if kept == max {
            out.pop();
            out.push('…');
            break;
        }
        out.push(char);
        kept += 1;
    }
    let end = out.trim_end().len();
    out.truncate(end);
    let start = out.len() - out.trim_start().len();
    out.drain(..start);
    out
}

/// Cleans to one line.
pub fn clean_line(text: &str, max: usize) -> String {
    clean(text, max, false)
}

fn collapse_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// What stands for one character of foreign text: itself, a substitute, or nothing.
fn visible(char: char, lines: bool) -> Option<char> {
    match char {
        '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' if lines => Some('\n'),
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{3000}' => {
            Some(' ')
        }
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fdd0}'..='\u{fdef}' => Some('\u{fffd}'),
        other => Some(other),
    }
}

/// Text that is safe to draw: cleaned, and cut to a number of terminal columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// One line of at most `columns` terminal columns, cut with `…`.
    pub fn line(text: &str, columns: usize) -> Self {
        Self(fit(&clean_line(text, 4_096), columns))
    }

    /// The safe text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Cuts clean text to `columns` terminal columns, ending in `…` when something was cut.
pub fn fit(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let wide = cluster.width();
        if used + wide + 1 > columns {
            break;
        }
        used += wide;
        out.push_str(cluster);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// Masks an e-mail or phone for logs: `a…@example.org`, `+49…20`.
pub fn mask(text: &str) -> String {
    if let Some((local, domain)) = text.split_once('@') {
        let first = local.chars().next().map(String::from).unwrap_or_default();
        return format!("{first}…@{domain}");
    }
    let chars: Vec<char> = text.chars().collect();
    if chars.len() < 6 {
        return "…".to_owned();
    }
    let head: String = chars.iter().take(3).collect();
    let tail: String = chars.iter().skip(chars.len() - 2).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_drives_a_terminal_survives() {
        let hostile = "\u{1b}[31mRed\u{9b}2J\u{7} \u{202e}evil\u{200b}\u{2066}\u{e0041} Zoë\r\nnext\u{2028}line";
        let line = clean_line(hostile, 200);
        assert_eq!(line, "[31mRed2J evil Zoë next line");
        assert_eq!(clean_line(&line, 200), line);
        assert_eq!(clean("a \n b", 10, true), "a\nb");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        let long = "ä".repeat(10_000);
        let cut = clean_line(&long, 120);
        assert_eq!(cut.chars().count(), 120);
        assert!(cut.ends_with('…'));
        assert_eq!(clean_line(&cut, 120), cut);
        let zalgo = format!("z{}", "\u{301}".repeat(500));
        assert!(clean_line(&zalgo, 100).chars().count() <= 1 + MARKS_PER_CLUSTER);
    }

    #[test]
    fn fitting_counts_columns_not_characters() {
        assert_eq!(fit("日本語テキスト", 6), "日本…");
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(fit("abcd", 0), "");
    }

    #[test]
    fn contact_data_is_masked_for_logs() {
        assert_eq!(mask("ada@example.org"), "a…@example.org");
        assert_eq!(mask("+4930901820"), "+49…20");
    }

    proptest::proptest! {
        #[test]
        fn cleaning_is_idempotent_and_leaves_no_control(text in "\\PC{0,60}|[\\x00-\\u{10ffff}]{0,60}") {
            let once = clean(&text, 40, true);
            proptest::prop_assert_eq!(&clean(&once, 40, true), &once);
            let bad = once.chars().any(|c| c.is_control() && c != '\n');
            proptest::prop_assert!(!bad);
        }
    }
}
