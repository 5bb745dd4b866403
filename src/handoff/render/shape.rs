//! The shape of a text on the wire: how wide its lines are, and how an address stands in a link.

use minijinja::HtmlEscape;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Widest line of a text, in columns (RFC 5322 2.1.1 asks for at most 78).
pub const TEXT_COLUMNS: usize = 76;

/// Around a text that is the only thing the operator wrote.
const HTML_HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"></head>\n<body>\n<pre style=\"font-family:sans-serif;font-size:15px;line-height:1.4;white-space:pre-wrap\">\n";
const HTML_FOOT: &str = "</pre>\n</body>\n</html>\n";

/// A page that says what a text says, escaped.
pub(super) fn html_of(text: &str) -> String {
    format!("{HTML_HEAD}{}{HTML_FOOT}", HtmlEscape(text))
}

/// For a `mailto:` link (RFC 6068): everything that could end the address is escaped.
pub(super) fn percent(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_~+".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    out
}

fn hex(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase()
}

/// Breaks every line wider than [`TEXT_COLUMNS`]; what goes on is indented under its start.
pub(super) fn wrap_all(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for line in text.lines() {
        wrap_line(line, &mut out);
    }
    out
}

fn wrap_line(line: &str, out: &mut String) {
    if line.width() <= TEXT_COLUMNS {
        out.push_str(line);
        out.push('\n');
        return;
    }
    let lead: String = line.chars().take_while(|char| *char == ' ').collect();
    let indent = format!("{lead}  ");
    let mut row = lead.clone();
    let mut empty = true;
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        for (place, piece) in pieces(word, TEXT_COLUMNS - indent.width()).into_iter().enumerate() {
            let gap = usize::from(!empty && place == 0);
            if !empty && (place > 0 || row.width() + gap + piece.width() > TEXT_COLUMNS) {
                out.push_str(&row);
                out.push('\n');
                row.clone_from(&indent);
            } else if gap == 1 {
                row.push(' ');
            }
            row.push_str(&piece);
            empty = false;
        }
    }
    out.push_str(&row);
    out.push('\n');
}

/// A word in pieces of at most `columns`.
fn pieces(word: &str, columns: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for char in word.chars() {
        let wide = char.width().unwrap_or(0);
        if used + wide > columns {
            pieces.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(last) = pieces.last_mut() {
            last.push(char);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::clean;

    #[test]
    fn what_goes_on_is_indented_so_that_no_label_can_be_forged() {
        let text = wrap_all(&format!("  {}Key: LGFORGED", "word ".repeat(15)));
        assert_eq!(text.lines().count(), 2);
        assert!(text.lines().all(|line| line.starts_with("  ")), "{text}");
        assert_eq!(wrap_all("a\n\nb\n"), "a\n\nb\n");
    }

    #[test]
    fn an_address_cannot_leave_its_link() {
        assert_eq!(percent("a+b@x.org"), "a+b@x.org");
        assert_eq!(percent("a?bcc=b&x\"@x.org"), "a%3Fbcc%3Db%26x%22@x.org");
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_letter_is_lost(text in "(\\PC|[ \\n]){0,400}") {
            let text = clean(&text, 1_000, true);
            let wrapped = wrap_all(&text);
            for line in wrapped.lines() {
                proptest::prop_assert!(line.width() <= TEXT_COLUMNS, "{} {line:?}", line.width());
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            proptest::prop_assert_eq!(letters(&wrapped), letters(&text));
        }
    }
}
