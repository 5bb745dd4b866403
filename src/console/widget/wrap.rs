//! Breaks text into lines by columns.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::text;

/// Most characters of one text that are looked at.
const TEXT_MAX: usize = 8_192;

/// Cleans `text` and breaks it between words into lines of at most `width` columns. A word that is longer
/// is broken anywhere.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut out = Vec::new();
    for paragraph in text::clean(text, TEXT_MAX, true).lines() {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let wide = word.width();
            if used > 0 && used + 1 + wide > width {
                out.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            if wide <= width {
                line.push_str(word);
                used += wide;
            } else {
                used = break_word(word, width, &mut line, used, &mut out);
            }
        }
        out.push(line);
    }
    out
}

fn break_word(word: &str, width: usize, line: &mut String, mut used: usize, out: &mut Vec<String>) -> usize {
    for cluster in word.graphemes(true) {
        let wide = cluster.width();
        if used + wide > width {
            out.push(std::mem::take(line));
            used = 0;
        }
        line.push_str(cluster);
        used += wide;
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_too_wide() {
        let text =
            "Flachdach, ca. 120 m², seit dem Frühjahr undicht.\nDonaudampfschifffahrtsgesellschaft 日本語テキスト";
        for width in 2..40 {
            for line in wrap(text, width) {
                assert!(line.width() <= width, "{line:?} at {width}");
            }
        }
        assert_eq!(wrap("a b\nc", 10), ["a b", "c"]);
    }
}
