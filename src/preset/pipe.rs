//! The changes a value may go through while it is read: a closed list.

use rust_decimal::Decimal;
use serde_json::Value;

use super::fault::{Fault, did_you_mean};
use super::read::{is_empty, text_of};

/// The names of all pipes.
pub const NAMES: &[&str] = &[
    "trim",
    "lower",
    "upper",
    "oneline",
    "digits",
    "tail",
    "first",
    "last",
    "join:SEPARATOR",
    "split:SEPARATOR",
    "divide:NUMBER",
    "bool",
    "all_true",
];

/// Words that mean yes, and words that mean no.
const YES: &[&str] = &["true", "1", "yes", "y", "on", "t"];
const NO: &[&str] = &["false", "0", "no", "n", "off", "f"];

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
    /// A text cut at each of this into a list, without white space around the parts and without empty ones.
    Split(String),
    /// A number divided by this (micros to units).
    Divide(Decimal),
    /// Yes or no, however written, as true or false.
    Bool,
    /// True if everything of a list is true.
    AllTrue,
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
            ("split", Some(at)) if !at.is_empty() => Self::Split(at.to_owned()),
            ("bool", None) => Self::Bool,
            ("all_true", None) => Self::AllTrue,
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

    /// Does it make one of many? Of a path that picks all, it is given the whole list.
    pub const fn gathers(&self) -> bool {
        matches!(self, Self::Join(_) | Self::AllTrue)
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
            (Self::AllTrue, Value::Array(list)) => {
                let all = list.iter().try_fold(true, |all, item| yes_or_no(item).map(|yes| all && yes))?;
                return Ok(Value::Bool(all));
            }
            (Self::Bool | Self::AllTrue, one) => return yes_or_no(one).map(Value::Bool),
            _ => {}
        }
        let text = text_of(value).ok_or("is a table where text is expected")?;
        if let Self::Split(at) = self {
            return Ok(text
                .split(at.as_str())
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(Value::from)
                .collect());
        }
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
            _ => text,
        }))
    }
}

fn yes_or_no(value: &Value) -> Result<bool, String> {
    let word = text_of(value).unwrap_or_default().trim().to_lowercase();
    match (YES.contains(&word.as_str()), NO.contains(&word.as_str())) {
        (true, _) => Ok(true),
        (_, true) => Ok(false),
        _ => Err("is neither yes nor no".to_owned()),
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
            ("split:;", json!("a; b;;c"), json!(["a", "b", "c"])),
            ("bool", json!(1), json!(true)),
            ("bool", json!("No"), json!(false)),
            ("all_true", json!([true, "1", "yes"]), json!(true)),
            ("all_true", json!([true, false]), json!(false)),
            ("all_true", json!(true), json!(true)),
            ("divide:1000000", json!("61230000"), json!("61.23")),
        ] {
            assert_eq!(Pipe::parse(pipe).unwrap().apply(&value).unwrap(), expected, "{pipe}");
        }
        assert!(Pipe::parse("trm").unwrap_err().message.contains("did you mean `trim`"));
        assert!(Pipe::parse("divide:0").is_err());
        assert!(Pipe::parse("split:").is_err());
        assert!(Pipe::parse("bool").unwrap().apply(&json!("perhaps")).is_err());
        assert!(Pipe::parse("divide:2").unwrap().apply(&json!("many")).is_err());
        assert!(Pipe::parse("lower").unwrap().apply(&json!({})).is_err());
    }
}
