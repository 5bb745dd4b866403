//! Names of things: a lead's short id, a handoff's number and the token that travels with it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An id that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not {1}")]
pub struct BadId(pub String, pub &'static str);

/// A lead's number, shown to people in Crockford base 32 (at least four characters, e.g. `008F`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LeadId(pub i64);

impl fmt::Display for LeadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.unsigned_abs();
        let mut digits = Vec::with_capacity(8);
        while rest > 0 || digits.len() < 4 {
            digits.push(CROCKFORD[(rest % 32) as usize]);
            rest /= 32;
        }
        digits.iter().rev().try_for_each(|d| write!(f, "{}", *d as char))
    }
}

impl FromStr for LeadId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId(text.to_owned(), "a lead id (four or more of 0-9 and A-Z, as the lists show it)");
        if text.is_empty() || text.len() > 12 {
            return Err(bad());
        }
        let value = text.bytes().try_fold(0_i64, |sum, byte| {
            let byte = match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            let digit = CROCKFORD.iter().position(|d| *d == byte)?;
            sum.checked_mul(32)?.checked_add(digit as i64)
        });
        value.map(Self).ok_or_else(bad)
    }
}

impl From<LeadId> for String {
    fn from(id: LeadId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for LeadId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

/// A handoff's row number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HandoffId(pub i64);

impl fmt::Display for HandoffId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The one key of a handoff, the same in every destination of its route and on every retry:
/// `LG` and twelve characters of Crockford base 32 (60 random bits), without punctuation so that no
/// search engine splits it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// Makes a token of 60 bits of `entropy`.
    pub fn from_entropy(entropy: u64) -> Self {
        let mut text = String::with_capacity(14);
        text.push_str("LG");
        for place in 0..12 {
            text.push(CROCKFORD[(entropy >> (place * 5) & 31) as usize] as char);
        }
        Self(text)
    }

    /// Reads a token as stored or as a person typed it.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let upper = text.trim().to_ascii_uppercase();
        let body = upper.strip_prefix("LG").unwrap_or_default();
        if body.len() == 12 && body.bytes().all(|b| CROCKFORD.contains(&b)) {
            Ok(Self(upper))
        } else {
            Err(BadId(text.to_owned(), "a handoff key (LG and twelve characters)"))
        }
    }

    /// The token as printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The twelve characters after `LG`, in lower case, as used in a Message-ID.
    pub fn tail(&self) -> String {
        self.0.get(2..).unwrap_or_default().to_ascii_lowercase()
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_id_reads_back_as_it_was_shown() {
        for number in [0, 1, 31, 32, 280_000, i64::from(u32::MAX)] {
            assert_eq!(LeadId(number).to_string().parse::<LeadId>().unwrap(), LeadId(number));
        }
        assert_eq!(LeadId(15).to_string(), "000F");
        assert_eq!("oool".parse::<LeadId>().unwrap(), LeadId(1));
        assert!("U!".parse::<LeadId>().is_err());
        assert!("".parse::<LeadId>().is_err());
        assert!("ZZZZZZZZZZZZZZZ".parse::<LeadId>().is_err());
    }

    #[test]
    fn a_token_has_no_punctuation_and_reads_back() {
        let token = Token::from_entropy(0x0123_4567_89AB_CDEF);
        assert_eq!(token.as_str().len(), 14);
        assert_eq!(Token::parse(&token.as_str().to_lowercase()).unwrap(), token);
        assert!(Token::parse("LG-123").is_err());
    }
}
