//! Reads an e-mail address as people write it, and keeps only what mail can be sent to: lettre's grammar,
//! the lengths of RFC 5321 (64 before the `@`, 254 in all), a domain with a dot, in ASCII (IDNA).
//!
//! An address goes into mail headers later, so a line break or a second address inside it is a refusal,
//! never a repair. Only what stands around an address is taken off.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use unicode_normalization::char::is_combining_mark;
use url::Host;

use super::providers;
use crate::text::clean_line;

/// Most characters of an answer that are looked at.
const TEXT_MAX: usize = 1_000;
/// Most bytes before the `@` (RFC 5321, 4.5.3.1.1).
const LOCAL_MAX: usize = 64;
/// Most bytes of a whole address (RFC 5321, 4.5.3.1.3, less the angle brackets).
const ADDRESS_MAX: usize = 254;
/// Most bytes of a domain (RFC 1035, 2.3.4, less the root).
const DOMAIN_MAX: usize = 253;
/// Most bytes of one name in a domain (RFC 1035, 2.3.4).
const LABEL_MAX: usize = 63;
/// Most addresses in one answer.
const LIST_MAX: usize = 10;

/// An address that mail can be sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Email {
    /// As written before the `@`; the domain in lower-case ASCII.
    pub address: String,
    /// The same for everybody who spells it differently: the whole address in lower case.
    pub key: String,
    /// What a person should look at before trusting it.
    pub warning: Option<EmailWarning>,
    /// More than this one address was written; the text is worth keeping.
    pub partial: bool,
}

/// Something odd about a readable address. Flagged only: the address stays as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmailWarning {
    /// One slip away from this big provider's domain.
    Typo(&'static str),
    /// The provider hands out addresses to throw away.
    Disposable,
}

impl EmailWarning {
    /// `typo` or `disposable`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Typo(_) => "typo",
            Self::Disposable => "disposable",
        }
    }
}

impl fmt::Display for EmailWarning {
    /// One sentence for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Typo(meant) => write!(f, "the domain looks like a slip for {meant}"),
            Self::Disposable => f.write_str("the provider hands out addresses to throw away"),
        }
    }
}

impl Serialize for EmailWarning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Reads an address, bare or as `Ada <ada@example.org>` or `mailto:ada@example.org`; of several, separated by
/// commas or semicolons and all readable, the first. `None` where no mail could be sent to it.
pub fn email(text: &str) -> Option<Email> {
    address(text).map(told)
}

/// As [`email`], for whoever asks for no warning: its search for slips is what costs.
pub(super) fn address(text: &str) -> Option<Email> {
    let text = one_line(text);
    if let Some(address) = alone(&text) {
        return Some(plain(address, false));
    }
    let mut listed = text.split([',', ';']).filter(|piece| !piece.trim().is_empty());
    let first = alone(listed.next()?)?;
    let others =
        listed.try_fold(0, |count, piece| (count < LIST_MAX && alone(piece).is_some()).then_some(count + 1))?;
    Some(plain(first, others > 0))
}

fn plain(address: String, partial: bool) -> Email {
    Email { key: address.to_lowercase(), warning: None, partial, address }
}

fn told(email: Email) -> Email {
    let domain = email.address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let warning = if providers::is_disposable(domain) {
        Some(EmailWarning::Disposable)
    } else {
        providers::meant(domain).map(EmailWarning::Typo)
    };
    Email { warning, ..email }
}

/// Plain ASCII as it is, anything else cleaned, with the full-width sign some keyboards write.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.len() <= TEXT_MAX && text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(clean_line(text, TEXT_MAX).replace('＠', "@"))
}

/// One address and what people put around it.
fn alone(text: &str) -> Option<String> {
    let mut text = trim(text);
    if let Some(inner) = text.strip_suffix('>') {
        text = inner.rsplit_once('<')?.1;
    }
    text = trim(text);
    if text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:")) {
        text = text.get(7..)?;
        text = trim(text.split_once('?').map_or(text, |(address, _)| address));
    }
    let (local, domain) = text.rsplit_once('@')?;
    let (local, domain) = (local.trim_end(), ascii_domain(domain.trim_start())?);
    let whole = local.len() + 1 + domain.len();
    if local.len() > LOCAL_MAX || whole > ADDRESS_MAX || !local.chars().all(is_local) {
        return None;
    }
    let address = format!("{local}@{domain}");
    address.parse::<lettre::Address>().is_ok().then_some(address)
}

/// Takes off spaces, quotes and brackets on both sides, and the punctuation of a sentence behind.
fn trim(text: &str) -> &str {
    text.trim_start_matches([' ', '"', '\'', '(']).trim_end_matches([' ', '"', '\'', ')', '.', ',', ';', ':', '!'])
}

/// Quoted local parts are refused: they exist in the grammar, and in attacks, but not among people.
fn is_local(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(char);
    }
    char.is_alphanumeric() || is_combining_mark(char)
}

/// The domain in lower-case ASCII; `None` for one name alone, an address of numbers or bad characters.
fn ascii_domain(text: &str) -> Option<String> {
    let text = text.trim_end_matches('.');
    // Percent signs would be decoded by the URL rules; no host name has one.
    if text.is_empty() || text.len() > DOMAIN_MAX || text.contains('%') {
        return None;
    }
    let mut domain = text.to_ascii_lowercase();
    if !text.is_ascii() || domain.contains("xn--") {
        let Host::Domain(ascii) = Host::parse(text).ok()? else { return None };
        domain = ascii;
    }
    let (_, last) = domain.rsplit_once('.')?;
    let is_top = last.len() >= 2 && (last.starts_with("xn--") || last.bytes().all(|byte| byte.is_ascii_alphabetic()));
    (is_top && domain.len() <= DOMAIN_MAX && domain.split('.').all(is_label)).then_some(domain)
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_MAX).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}
