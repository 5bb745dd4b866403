//! Long lines of a conversation, broken between words under the column their last part begins in. A terminal breaks
//! them wherever its edge is, in the middle of a word.

use std::io::{self, IsTerminal};

use unicode_width::UnicodeWidthStr as _;

/// Fewer columns than this, and a broken line is no easier to read.
const COLUMNS_MIN: usize = 30;

/// Columns of the terminal that standard error is; `None` where it is none, or says nothing.
pub fn columns() -> Option<usize> {
    if !io::stderr().is_terminal() {
        return None;
    }
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    }
    #[cfg(not(unix))]
    None
}

/// `words`, each of whose lines is broken to at most `columns`; a single longer word stays whole, since somebody may
/// have to copy it.
pub fn fold(words: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns.filter(|columns| *columns >= COLUMNS_MIN) else { return words.to_owned() };
    let lines: Vec<String> = words.split('\n').map(|line| fold_line(line, columns)).collect();
    lines.join("\n")
}

fn fold_line(line: &str, columns: usize) -> String {
    if line.width() <= columns {
        return line.to_owned();
    }
    let hang = " ".repeat(hang(line, columns));
    let (mut out, mut used) = (String::new(), 0);
    // What stands between words is kept, so that columns stay where they are.
    for word in line.split_inclusive(' ') {
        let (bare, wide) = (word.trim_end_matches(' ').width(), word.width());
        if used > hang.len() && bare > 0 && used + bare > columns {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.push_str(&hang);
            used = hang.len();
        }
        out.push_str(word);
        used += wide;
    }
    out
}

/// Where the lines after the first begin: under the last column, where that leaves room enough; else a little to the
/// right of where the line began.
fn hang(line: &str, columns: usize) -> usize {
    let begins = line.width() - line.trim_start_matches(' ').width();
    let mut column = begins;
    let (mut at, mut blanks) = (begins, 0);
    for word in line.trim_start_matches(' ').split_inclusive(' ') {
        let bare = word.trim_end_matches(' ').width();
        if bare > 0 {
            if blanks >= 2 && at <= columns * 3 / 5 {
                column = at;
            }
            blanks = 0;
        }
        blanks += word.width() - bare;
        at += word.width();
    }
    if column > begins { column } else { (begins + 2).min(columns / 2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_under_their_last_column() {
        let way = "    1  type     it, hidden; it is kept in ~/.config/leadgate/secrets/newsletter-api_key, readable by you only";
        let told = fold(way, Some(80));
        assert_eq!(
            told,
            "    1  type     it, hidden; it is kept in\n                ~/.config/leadgate/secrets/newsletter-api_key, readable by you\n                only"
        );
        let plain = "  ✗ this is wrong because of a reason that needs many more words than fit beside each other";
        assert_eq!(
            fold(plain, Some(60)),
            "  ✗ this is wrong because of a reason that needs many more\n    words than fit beside each other"
        );
        for columns in COLUMNS_MIN..100 {
            for line in fold(&format!("{way}\n{plain}"), Some(columns)).lines() {
                assert!(line.width() <= columns || !line.trim().contains(' '), "{line:?} at {columns}");
            }
        }
    }

    #[test]
    fn what_fits_and_what_goes_into_a_file_stays_as_it_is() {
        let long = "x".repeat(30) + " " + &"y".repeat(90);
        assert_eq!(fold(&long, None), long);
        assert_eq!(fold("a  b\n\n  c", Some(80)), "a  b\n\n  c");
        assert_eq!(fold(&long, Some(80)), format!("{}\n  {}", "x".repeat(30), "y".repeat(90)), "a word stays whole");
        assert_eq!(fold(&long, Some(10)), long, "too narrow to help");
    }
}
