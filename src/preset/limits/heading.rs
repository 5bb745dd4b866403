//! A header that says one thing, or several of which one is meant: `RateLimit: limit=100, remaining=0, reset=5`.

use regex::Regex;

use crate::net::http::Answer;
use crate::preset::fault::Fault;

/// Where in the headers something is said.
#[derive(Debug, Clone)]
pub(super) struct Heading {
    name: String,
    regex: Option<Regex>,
}

impl Heading {
    /// Compiles; `part` is the key of `[limits]` it stands in.
    ///
    /// # Errors
    /// The expression is none, or captures nothing.
    pub(super) fn compile(name: &str, regex: Option<&str>, part: &str) -> Result<Self, Fault> {
        let compiled = regex.map(|text| {
            let wrong = |why: String| Fault::about(text, format!("limits.{part}.regex: {why}"));
            let compiled = Regex::new(text).map_err(|error| wrong(error.to_string()))?;
            let captures = compiled.captures_len() > 1;
            captures
                .then_some(compiled)
                .ok_or_else(|| wrong("it captures nothing: put ( ) around the number".to_owned()))
        });
        Ok(Self { name: name.to_owned(), regex: compiled.transpose()? })
    }

    /// Its name, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What it says in an answer.
    pub(super) fn read<'a>(&self, answer: &'a Answer) -> Option<&'a str> {
        let whole = answer.header(&self.name)?;
        let said = match &self.regex {
            None => whole,
            Some(regex) => regex.captures(whole)?.get(1)?.as_str(),
        };
        Some(said.trim())
    }
}
