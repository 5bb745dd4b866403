//! What to call somebody: never nothing, so that every list and every mail has a word for them.

use crate::text::clean_line;

/// Most characters of a name.
pub(super) const NAME_MAX: usize = 120;

/// The full name, else given and family name; empty where neither holds a letter or digit.
pub(super) fn name(full: Option<&str>, given: Option<&str>, family: Option<&str>) -> String {
    let full = part(full);
    if !full.is_empty() {
        return full;
    }
    let (given, family) = (part(given), part(family));
    if given.is_empty() {
        return family;
    }
    // Some forms fill the whole name into the first field.
    if family.is_empty()
        || given.split(' ').next_back() == Some(family.as_str())
        || given.ends_with(&format!(" {family}"))
    {
        return given;
    }
    clean_line(&format!("{given} {family}"), NAME_MAX)
}

/// What to call somebody who gave no name: what stands before the `@`, else the phone number.
pub(super) fn stand_in(email: Option<&str>, phone: Option<&str>) -> String {
    let local = email.and_then(|email| email.rsplit_once('@')).map(|(local, _)| local);
    clean_line(local.or(phone).unwrap_or_default(), NAME_MAX)
}

fn part(text: Option<&str>) -> String {
    let text = clean_line(text.unwrap_or_default(), NAME_MAX);
    if text.contains(char::is_alphanumeric) { text } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_put_together_from_what_there_is() {
        fn name(full: &str, given: &str, family: &str) -> String {
            super::name(Some(full), Some(given), Some(family))
        }
        assert_eq!(name("  Ada \t Lovelace\u{200b} ", "x", "y"), "Ada Lovelace");
        assert_eq!(name("", " Ada ", "Lovelace "), "Ada Lovelace");
        assert_eq!(name("-", "", "Lovelace"), "Lovelace");
        assert_eq!(name(" … ", "Ada Lovelace", "Lovelace"), "Ada Lovelace");
        assert_eq!(name("", "Ada van Dyke", "van Dyke"), "Ada van Dyke");
        assert_eq!(name("", "Li", "Li"), "Li");
        assert_eq!(name("\0\u{202e}", ".", "?"), "");
        assert_eq!(name("", &"a".repeat(120), &"b".repeat(120)).chars().count(), NAME_MAX);
        assert_eq!(name(&"ä".repeat(10_000), "", "").chars().count(), NAME_MAX);
    }

    #[test]
    fn who_gave_no_name_is_called_by_their_contact() {
        assert_eq!(stand_in(Some("ada.l@example.org"), Some("+4930901820")), "ada.l");
        assert_eq!(stand_in(None, Some("+4930901820")), "+4930901820");
        assert_eq!(stand_in(None, None), "");
    }
}
