//! The outermost parts of a JSON text by its brackets, quotes and commas alone. The parser refuses a whole page
//! for one record that holds `NaN` or a bad escape; this lets it be told apart from the others.

use std::ops::Range;

/// Deepest nesting looked through.
const DEPTH_MAX: usize = 100_000;

/// The members of the list a text is; `None` where it is none, or its brackets do not match.
pub fn list(text: &str) -> Option<Vec<Range<usize>>> {
    parts(text, b'[', b']')
}

/// The members of the table a text is: their names, and where their values are.
pub fn table(text: &str) -> Option<Vec<(String, Range<usize>)>> {
    let members = parts(text, b'{', b'}')?;
    let member = |range: Range<usize>| {
        let end = quoted_end(text.get(range.clone())?)?;
        let name = serde_json::from_str(text.get(range.start..range.start + end)?).ok()?;
        let rest = text.get(range.start + end..range.end)?;
        let value = rest.trim_start().strip_prefix(':')?.trim_start();
        (!value.is_empty()).then(|| (name, range.end - value.len()..range.end))
    };
    members.into_iter().map(member).collect()
}

/// Where the string ends that a text begins with.
fn quoted_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    let mut bytes = text.bytes().enumerate();
    bytes.next().filter(|(_, first)| *first == b'"')?;
    let end = bytes.find(|(_, byte)| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map(|(at, _)| at + 1)
}

/// What stands between the commas of the outermost brackets, without white space; no part may be empty.
fn parts(text: &str, open: u8, close: u8) -> Option<Vec<Range<usize>>> {
    let mut parts = Vec::new();
    let mut closing: Vec<u8> = Vec::new();
    let (mut quoted, mut escaped, mut from, mut ended) = (false, false, 0, false);
    for (at, byte) in text.bytes().enumerate() {
        if quoted {
            quoted = byte != b'"' || escaped;
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'"' if !closing.is_empty() => quoted = true,
            _ if ended || closing.is_empty() => match byte {
                _ if byte.is_ascii_whitespace() => {}
                _ if byte == open && !ended => {
                    closing.push(close);
                    from = at + 1;
                }
                _ => return None,
            },
            b'[' | b'{' if closing.len() >= DEPTH_MAX => return None,
            b'[' => closing.push(b']'),
            b'{' => closing.push(b'}'),
            b']' | b'}' => {
                if closing.pop() != Some(byte) {
                    return None;
                }
                if closing.is_empty() {
                    ended = true;
                    let nothing = parts.is_empty() && text.get(from..at)?.trim_ascii().is_empty();
                    parts.extend((!nothing).then_some(from..at));
                }
            }
            b',' if closing.len() == 1 => {
                parts.push(from..at);
                from = at + 1;
            }
            _ => {}
        }
    }
    let trimmed = parts.into_iter().map(|part| {
        let inside = text.get(part.clone())?;
        let from = part.start + (inside.len() - inside.trim_ascii_start().len());
        let range = from..from + inside.trim_ascii().len();
        (!range.is_empty()).then_some(range)
    });
    if ended { trimmed.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Option<Vec<&str>> {
        list(text).map(|parts| parts.into_iter().map(|part| text.get(part).unwrap()).collect())
    }

    #[test]
    fn parts_are_found_whatever_they_hold() {
        assert_eq!(texts(" [ ] ").unwrap(), Vec::<&str>::new());
        let parts = texts("[{\"a\": NaN, \"b\": \"],}\\\"\"}, [1, [2]] ,\"x,y\", nul ]\n").unwrap();
        assert_eq!(parts, ["{\"a\": NaN, \"b\": \"],}\\\"\"}", "[1, [2]]", "\"x,y\"", "nul"]);
        let text = "{\"a\\\"b\" : [NaN], \"c\":1}";
        let members = table(text).unwrap();
        let seen: Vec<_> = members.iter().map(|(name, at)| (name.as_str(), text.get(at.clone()).unwrap())).collect();
        assert_eq!(seen, [("a\"b", "[NaN]"), ("c", "1")]);
    }

    #[test]
    fn what_has_no_clear_parts_has_none() {
        for text in ["", "[1, }", "[1", "[1]]", "[1] 2", "[1,,2]", "[1,]", "{}", "1", "[\"a]", "x[1]", "[}"] {
            assert_eq!(texts(text), None, "{text}");
        }
        for text in ["{1:2}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1]", "{\"a\" 1}"] {
            assert_eq!(table(text), None, "{text}");
        }
        let deep = format!("{}{}", "[".repeat(DEPTH_MAX + 2), "]".repeat(DEPTH_MAX + 2));
        assert_eq!(texts(&deep), None);
    }
}
