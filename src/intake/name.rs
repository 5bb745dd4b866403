//! A name that can be shown: never empty.

use crate::text;

/// Longest name kept, in characters.
pub const MOST_NAME: usize = 120;

/// The full name, else given and family name, else what stands before the `@`, else the phone number.
pub fn read(
    full: Option<&str>,
    given: Option<&str>,
    family: Option<&str>,
    email: Option<&str>,
    phone: Option<&str>,
) -> String {
    let line = |text: &str| text::clean_line(text, MOST_NAME);
    let readable = |name: &String| name.chars().any(char::is_alphanumeric);
    let joined = || line(&[given, family].into_iter().flatten().collect::<Vec<_>>().join(" "));
    full.map(line)
        .filter(readable)
        .or_else(|| Some(joined()).filter(readable))
        .or_else(|| Some(line(email?.split('@').next()?)).filter(readable))
        .or_else(|| phone.map(line))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}
