//! The shape of a text on the wire: how wide its lines are, and how an address stands in a link.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Widest line of a text, in columns (RFC 5322 2.1.1 asks for at most 78).
pub const TEXT_COLUMNS: usize = 76;

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
