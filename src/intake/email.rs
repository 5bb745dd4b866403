//! E-mail addresses: what a mail server would take, in one spelling.

use std::str::FromStr;

use lettre::Address;

/// Longest address (RFC 5321, 4.5.3.1).
const MOST_ADDRESS: usize = 254;
/// Longest part before the `@` (RFC 5321, 4.5.3.1.1).
const MOST_LOCAL: usize = 64;
/// Domains people mistype, and what they mean.
const COMMON: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "gmx.de",
    "gmx.net",
    "gmx.at",
    "gmx.ch",
    "web.de",
    "t-online.de",
    "outlook.com",
    "outlook.de",
    "hotmail.com",
    "hotmail.de",
    "yahoo.com",
    "yahoo.de",
    "icloud.com",
    "freenet.de",
    "bluewin.ch",
    "aon.at",
    "orange.fr",
    "libero.it",
    "hotmail.fr",
    "live.com",
];

/// Reads an address: `Ada <ada@Example.org>`, `mailto:…` and stray marks around it are taken off, the
/// domain is lower-cased and IDN-encoded; the part before the `@` stays as written.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn read(text: &str) -> Result<String, String> {
    let bare = strip(text);
    let (local, domain) = bare.rsplit_once('@').ok_or_else(|| "it has no @".to_owned())?;
    let bad = |why: &str| Err(why.to_owned());
    if local.is_empty() || domain.is_empty() {
        return bad("a part beside the @ is missing");
    }
    if local.len() > MOST_LOCAL {
        return bad("the part before the @ is longer than 64 characters");
    }
    if bare.contains(char::is_control) || local.contains(char::is_whitespace) && !local.starts_with('"') {
        return bad("it contains a blank or control character");
    }
    if domain.starts_with('[') {
        return bad("it names a machine by number, not a domain");
    }
    let Ok(url::Host::Domain(domain)) = url::Host::parse(domain.trim_end_matches('.')) else {
        return bad("its domain is not one");
    };
    let label =
        |label: &str| !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-');
    if !domain.contains('.') || !domain.split('.').all(label) || !domain.rsplit('.').next().is_some_and(is_top_level) {
        return bad("its domain is not one");
    }
    let address = format!("{local}@{domain}");
    if address.len() > MOST_ADDRESS {
        return bad("it is longer than 254 characters");
    }
    Address::from_str(&address).map_err(|error| error.to_string())?;
    Ok(address)
}

fn is_top_level(label: &str) -> bool {
    label.len() >= 2 && (label.starts_with("xn--") || label.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// Takes off what stands around an address.
fn strip(text: &str) -> &str {
    let mut bare = text.trim();
    if let Some((_, inside)) = bare.rsplit_once('<')
        && let Some((inside, _)) = inside.split_once('>')
    {
        bare = inside.trim();
    }
    if bare.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:")) {
        bare = bare.get(7..).unwrap_or_default();
        bare = bare.split('?').next().unwrap_or(bare);
    }
    bare.trim_matches(|c: char| matches!(c, '\'' | ',' | ';' | '(' | ')' | '<' | '>')).trim().trim_end_matches('.')
}

/// A well-formed address whose domain is probably mistyped: the domain that was meant.
pub fn probably_meant(address: &str) -> Option<&'static str> {
    let (_, domain) = address.rsplit_once('@')?;
    if COMMON.contains(&domain) {
        return None;
    }
    COMMON.iter().copied().find(|common| {
        let distance = strsim::damerau_levenshtein(domain, common);
        distance == 1 && common.len() > 6
            || distance == 2 && common.len() > 8 && domain.split('.').next() != common.split('.').next()
    })
}

/// The address for comparing people: lower case.
pub fn key(address: &str) -> String {
    address.trim().to_lowercase()
}
