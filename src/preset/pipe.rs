//! The changes a value may go through while it is read: a closed list.

use rust_decimal::Decimal;
use serde_json::Value;

use super::fault::{Fault, did_you_mean};
use super::read::{is_empty, text_of};

/// The names of all pipes.
pub const NAMES: &[&str] =
    &["trim", "lower", "upper", "oneline", "digits", "tail", "first", "last", "join:SEPARATOR", "divide:NUMBER"];

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub enum Pipe {
    /// Without white space around it.
    Trim,
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// White space of any kind becomes one space.
    Oneline,
    /// Only its digits.
    Digits,
    /// What follows the last `:` (of a URN).
    Tail,
    /// First element of a list.
    First,
    /// Last element of a list.
    Last,
    /// The elements of a list, with this between them.
    Join(String),
    /// A number divided by this (micros to units).
    Divide(Decimal),
}

impl Pipe {
    /// Reads a pipe's name and argument.
    ///
    /// # Errors
    /// An unknown name, or an argument that cannot be.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (name, argument) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        Ok(match (name, argument) {
            ("trim", None) => Self::Trim,
            ("lower", None) => Self::Lower,
            ("upper", None) => Self::Upper,
            ("oneline", None) => Self::Oneline,
            ("digits", None) => Self::Digits,
            ("tail", None) => Self::Tail,
            ("first", None) => Self::First,
            ("last", None) => Self::Last,
            ("join", Some(between)) => Self::Join(between.to_owned()),
            ("divide", Some(by)) => match by.trim().parse::<Decimal>() {
                Ok(by) if !by.is_zero() => Self::Divide(by),
                _ => return Err(Fault::about(text, format!("`{text}` needs a number other than 0"))),
            },
            _ => {
                let near = did_you_mean(name, NAMES.iter().copied());
                return Err(Fault::about(text, format!("unknown pipe `{text}`{near}")));
            }
        })
    }

    /// Applies it.
    ///
    /// # Errors
    /// What is wrong with the value, for people.
    pub fn apply(&self, value: &Value) -> Result<Value, String> {
        match (self, value) {
            (Self::First, Value::Array(list)) => return Ok(list.first().cloned().unwrap_or_default()),
            (Self::Last, Value::Array(list)) => return Ok(list.last().cloned().unwrap_or_default()),
            (Self::First | Self::Last, other) => return Ok(other.clone()),
            (Self::Join(between), Value::Array(list)) => {
                let texts: Option<Vec<String>> = list.iter().filter(|item| !is_empty(item)).map(text_of).collect();
                let texts = texts.ok_or("holds a table where text is expected")?;
                return Ok(Value::from(texts.join(between)));
            }
            _ => {}
        }
        let text = text_of(value).ok_or("is a table where text is expected")?;
        Ok(Value::from(match self {
            Self::Trim => text.trim().to_owned(),
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Oneline => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Digits => text.chars().filter(char::is_ascii_digit).collect(),
            Self::Tail => text.rsplit(':').next().unwrap_or_default().to_owned(),
            Self::Divide(by) => {
                let number: Decimal = text.trim().parse().map_err(|_| "is not a number")?;
                number.checked_div(*by).ok_or("is too large a number")?.normalize().to_string()
            }
            Self::First | Self::Last | Self::Join(_) => text,
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pipes_change_what_they_say() {
        for (pipe, value, expected) in [
            ("trim", json!("  a "), json!("a")),
            ("lower", json!("ADA"), json!("ada")),
            ("oneline", json!("a\r\n b"), json!("a b")),
            ("digits", json!("+49 30"), json!("4930")),
            ("tail", json!("urn:li:campaign:9001"), json!("9001")),
            ("first", json!(["a", "b"]), json!("a")),
            ("last", json!([]), json!(null)),
            ("join: / ", json!(["a", "", 2]), json!("a / 2")),
            ("divide:1000000", json!("61230000"), json!("61.23")),
        ] {
            assert_eq!(Pipe::parse(pipe).unwrap().apply(&value).unwrap(), expected, "{pipe}");
        }
        assert!(Pipe::parse("trm").unwrap_err().message.contains("did you mean `trim`"));
        assert!(Pipe::parse("divide:0").is_err());
        assert!(Pipe::parse("divide:2").unwrap().apply(&json!("many")).is_err());
        assert!(Pipe::parse("lower").unwrap().apply(&json!({})).is_err());
    }
}
