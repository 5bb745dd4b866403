//! Blanks what may be a secret in configuration text before any message can quote it. Works on text and
//! not on values, because a file that cannot be parsed is quoted, too. Offsets stay as they are.

/// Names whose value is a secret: the last word, or the last two.
const SECRET_WORDS: [&str; 10] =
    ["token", "secret", "password", "passwd", "passphrase", "pwd", "credential", "credentials", "apikey", "bearer"];
const SECRET_KEYS: [&str; 11] =
    ["api", "access", "secret", "private", "auth", "admin", "signing", "app", "account", "server", "webhook"];
/// The ways to say where a secret is; what stands there is a name, not a secret.
pub const REFERENCES: [&str; 3] = ["env", "file", "command"];

/// Does a key of this name hold a secret? `api_key` and `page_token` do, `project_key` and `token_url`
/// do not.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.rsplit(['_', '-', '.']).filter(|word| !word.is_empty());
    match (words.next(), words.next()) {
        (Some(last), _) if SECRET_WORDS.contains(&last) => true,
        (Some("key"), None) => true,
        (Some("key"), Some(before)) => SECRET_KEYS.contains(&before),
        _ => false,
    }
}

/// `text` with plain secrets and passwords in addresses blanked: `***`, filled with spaces to the same
/// number of bytes.
pub fn masked(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    for (start, end) in assigned(text).into_iter().chain(in_addresses(text)) {
        for (place, byte) in out.iter_mut().take(end).skip(start).enumerate() {
            if *byte != b'\n' {
                *byte = if place < 3 { b'*' } else { b' ' };
            }
        }
    }
    // Only whole runs between quotes, colons and line ends were replaced: it is still UTF-8.
    String::from_utf8(out).unwrap_or_default()
}

/// Byte ranges of values assigned to keys that hold secrets.
fn assigned(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut table_is_secret = false;
    let mut inline_is_secret = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes.get(at) {
            Some(b'\n' | b'}') => inline_is_secret = false,
            Some(b'[') if line_is_blank_before(bytes, at) => {
                let end = at + run(bytes, at, |byte| byte != b'\n');
                let header = text.get(at..end).unwrap_or_default().split('#').next().unwrap_or_default();
                table_is_secret = is_secret(header.trim_matches(['[', ']', ' ', '"', '\t', '\r']));
                at = end;
                continue;
            }
            Some(byte) if is_name(*byte) => {
                let end = at + run(bytes, at, is_name);
                let name = text.get(at..end).unwrap_or_default();
                at = end;
                let Some(value) = value_after(bytes, end) else { continue };
                let last = name.rsplit('.').next().unwrap_or(name);
                let parent_is_secret = name.rsplit_once('.').is_some_and(|(before, _)| is_secret(before));
                let inside = table_is_secret || inline_is_secret || parent_is_secret;
                if is_secret(name) || (inside && !REFERENCES.contains(&last)) {
                    if bytes.get(value) == Some(&b'{') {
                        inline_is_secret = true;
                        at = value + 1;
                    } else {
                        let range = value_range(bytes, value);
                        at = range.1.max(value);
                        found.push(range);
                    }
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn run(bytes: &[u8], from: usize, holds: impl Fn(u8) -> bool) -> usize {
    bytes.iter().skip(from).take_while(|byte| holds(**byte)).count()
}

fn line_is_blank_before(bytes: &[u8], at: usize) -> bool {
    bytes.iter().take(at).rev().take_while(|byte| **byte != b'\n').all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Where the value of a key that ends at `end` begins, if it is followed by `=`.
fn value_after(bytes: &[u8], end: usize) -> Option<usize> {
    let quote = usize::from(matches!(bytes.get(end), Some(b'"' | b'\'')));
    let blank = |byte: u8| matches!(byte, b' ' | b'\t');
    let equals = end + quote + run(bytes, end + quote, blank);
    (bytes.get(equals) == Some(&b'=')).then(|| equals + 1 + run(bytes, equals + 1, blank))
}

/// The part of a value to blank: between its quotes, up to the end of a list, or the rest of the line.
fn value_range(bytes: &[u8], at: usize) -> (usize, usize) {
    match bytes.get(at) {
        Some(b'[') => (at, at + run(bytes, at, |byte| byte != b']')),
        Some(quote @ (b'"' | b'\'')) => {
            let triple = bytes.get(at + 1) == Some(quote) && bytes.get(at + 2) == Some(quote);
            let start = at + if triple { 3 } else { 1 };
            let mut end = start;
            while let Some(byte) = bytes.get(end) {
                let closes = if triple { bytes.get(end..end + 3) == Some(&[*quote; 3]) } else { byte == quote };
                if closes || (!triple && *byte == b'\n') {
                    break;
                }
                end += if *byte == b'\\' && *quote == b'"' { 2 } else { 1 };
            }
            (start, end.min(bytes.len()))
        }
        _ => (at, at + run(bytes, at, |byte| byte != b'\n')),
    }
}

/// Byte ranges of passwords in addresses: `scheme://user:PASSWORD@host`.
fn in_addresses(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find(|char: char| char.is_whitespace() || matches!(char, '"' | '\'')).unwrap_or(rest.len());
        let address = rest.get(..end).unwrap_or_default();
        if let Some((before, _)) = address.rsplit_once('@')
            && let Some((user, _)) = before.split_once(':')
        {
            found.push((start + user.len() + 1, start + before.len()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_secrets_are_blanked_wherever_they_stand() {
        for text in [
            "api_key = \"canary\"",
            "api_key='canary'",
            "  \"api_key\" = \"canary\" # why",
            "# password = \"canary\"",
            "token = { text = \"canary\", env = \"NAME\" }",
            "[store.password]\nvalue = \"canary\"",
            "store.password = \"canary\"",
            "store.password.text = \"canary\"",
            "password = \"\"\"can\ncanary\"\"\"",
            "password = \"canary",
            "password = canary",
            "client_secret = [\"a\", \"canary\"]",
            "password = \"a\\\"canary\"",
            "LEADGATE_STORE__PASSWORD=canary",
            "url = \"postgres://me:canary@host/db\"",
            "smtp = \"smtps://me:can/canary@host\"",
        ] {
            let shown = masked(text);
            assert_eq!(shown.len(), text.len(), "{text}");
            assert!(!shown.contains("canary"), "{text} → {shown}");
        }
    }

    #[test]
    fn the_rest_stays_as_it_is() {
        for text in [
            "page_token = { env = \"META_PAGE_TOKEN\" }",
            "[store.password]\nfile = \"pw\"\n[team.a]\ntitle = \"x\"",
            "project_key = \"ABC\"",
            "token_url = \"https://example.com/token\"",
            "smtp = \"smtps://leads@mail.example.com:465\"",
            "from = \"Ä <a@example.com>\"",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_length(text in "[a-z_ =\\[\\]{}\"'\\\\#@:/\n.ä]{0,60}") {
            let text = format!("{text}password = {text}");
            proptest::prop_assert_eq!(masked(&text).len(), text.len());
        }
    }
}
