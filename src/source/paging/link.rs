//! The `Link` header (RFC 8288): where the next page is, for those who do not say it in the answer.

use crate::net::http::Answer;

/// The target of the first link whose relation is `next`.
pub fn next(answer: &Answer) -> Option<String> {
    let headers = answer.headers.get_all("link");
    headers.iter().filter_map(|header| header.to_str().ok()).find_map(next_in)
}

fn next_in(header: &str) -> Option<String> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        let end = parameters_end(after);
        let (parameters, tail) = after.split_at(end);
        if parameters.split(';').any(is_next) {
            return Some(target.trim().to_owned());
        }
        rest = tail;
    }
    None
}

/// Where the parameters of a link end: the first comma outside quotes.
fn parameters_end(text: &str) -> usize {
    let mut quoted = false;
    let end = text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b',' && !quoted
    });
    end.unwrap_or(text.len())
}

/// `rel="next"`; several relations may stand in one text.
fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let relations = value.trim().trim_matches('"').split_ascii_whitespace();
    name.trim().eq_ignore_ascii_case("rel") && relations.into_iter().any(|word| word.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        for (header, expected) in [
            (
                "<https://x.org/a?page=2>; rel=\"next\", <https://x.org/a?page=9>; rel=\"last\"",
                Some("https://x.org/a?page=2"),
            ),
            ("<https://x.org/a,b>; rel=\"prev\"; title=\"a, b\", </c?x=1,2>; title=x; rel=next", Some("/c?x=1,2")),
            ("</d>; rel=\"prefetch NEXT\"", Some("/d")),
            ("</e>; rel=\"last\"", None),
            ("</f; rel=\"next\"", None),
            ("", None),
        ] {
            assert_eq!(next_in(header).as_deref(), expected, "{header}");
        }
    }
}
